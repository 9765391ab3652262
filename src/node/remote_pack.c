/* Pictures become payloads: as they are, or by encoders, which are kept as long as size and quality
 * stay. */
#include <string.h>

#include "node/remote_state.h"

static int coder_at(struct weir_remote *r, struct remote_coder *at, enum weir_coding coding,
                    const struct weir_image *image, int quality, struct weir_error *err) {
    const struct weir_encoder_conf conf = {.coding = coding,
                                           .width = image->width,
                                           .height = image->height,
                                           .quality = quality,
                                           .rate_fps = r->conf.rate_fps};
    at->used = ++r->uses;
    if (at->encoder && at->width == image->width && at->height == image->height &&
        at->quality == quality)
        return 0;
    weir_encoder_free(at->encoder);
    at->encoder = NULL;
    at->width = image->width;
    at->height = image->height;
    at->quality = quality;
    return weir_encoder_new(&conf, &at->encoder, err);
}

static struct remote_coder *jpeg_of(struct weir_remote *r, const struct weir_image *image,
                                    int quality) {
    struct remote_coder *at = &r->jpeg[0];
    for (int i = 0; i < REMOTE_JPEGS; i++) {
        struct remote_coder *c = &r->jpeg[i];
        if (c->encoder && c->width == image->width && c->height == image->height &&
            c->quality == quality)
            return c;
        if (c->used < at->used)
            at = c;
    }
    return at;
}

static void copy_plane(uint8_t *into, const struct weir_image *image, int plane, int width,
                       int height) {
    for (int y = 0; y < height; y++)
        memcpy(into + (size_t)y * (size_t)width, image->plane[plane] + y * image->stride[plane],
               (size_t)width);
}

int remote_pack_raw(struct weir_remote *r, const struct weir_image *image,
                    struct weir_fabric_payload **ret, struct weir_error *err) {
    const int half_width = (image->width + 1) / 2, half_height = (image->height + 1) / 2;
    const size_t luma = (size_t)image->width * (size_t)image->height,
                 chroma = (size_t)half_width * (size_t)half_height;
    struct weir_fabric_payload *payload = NULL;
    int rc = weir_fabric_payload_new(r->conf.fabric, luma + 2 * chroma, &payload);
    if (rc)
        return weir_fail(err, rc, "a picture of %zu bytes: %s", luma + 2 * chroma,
                         weir_err_str(rc));
    uint8_t *bytes = weir_fabric_payload_data(payload);
    copy_plane(bytes, image, 0, image->width, image->height);
    copy_plane(bytes + luma, image, 1, half_width, half_height);
    copy_plane(bytes + luma + chroma, image, 2, half_width, half_height);
    *ret = payload;
    return 0;
}

int remote_pack_coded(struct weir_remote *r, struct weir_image *image,
                      const struct weir_remote_setting *set, bool *key,
                      struct weir_fabric_payload **ret, struct weir_error *err) {
    const bool chained = set->codec == WEIR_WIRE_CODEC_H264;
    struct remote_coder *coder = chained ? &r->h264 : jpeg_of(r, image, set->quality);
    struct weir_packet *packet = NULL;
    int rc =
        coder_at(r, coder, chained ? WEIR_CODING_H264 : WEIR_CODING_JPEG, image, set->quality, err);
    if (!rc)
        rc = weir_encoder_push(coder->encoder, image, *key, &packet, err);
    if (rc)
        return rc;
    *key = packet->keyframe;
    rc = weir_fabric_payload_new(r->conf.fabric, packet->len, ret);
    if (rc)
        weir_fail(err, rc, "a packet of %zu bytes: %s", packet->len, weir_err_str(rc));
    else
        memcpy(weir_fabric_payload_data(*ret), packet->data, packet->len);
    weir_packet_unref(&packet);
    return rc;
}
