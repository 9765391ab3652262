/*
 * The encoders' front: what is the same for all codings. Configurations and pictures
 * are checked here, once, so that a coding sees good ones only; and a packet is made
 * here, in one way: its bytes copied out of the library's buffer, which is a few
 * kilobytes a frame, so that nothing of a library outlives the encoder.
 */
#include "pipeline/encode/encode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/encode/coding.h"

/* What JPEG can hold. */
enum { SIZE_MAX_PX = 65500 };
static const double rate_min_fps = 0.01, rate_max_fps = 1000;

static const struct coding *const codings[] = {
    [WEIR_CODING_JPEG] = &coding_jpeg,
    [WEIR_CODING_H264] = &coding_h264,
};
enum { CODINGS = sizeof codings / sizeof *codings };

static const struct coding *find(enum weir_coding coding) {
    return (unsigned)coding < CODINGS ? codings[coding] : NULL;
}

const char *weir_coding_name(enum weir_coding coding) {
    const struct coding *c = find(coding);
    return c ? c->name : "?";
}

int weir_coding_by_name(const char *name, enum weir_coding *ret_coding) {
    for (size_t i = 0; i < CODINGS; i++)
        if (!strcmp(codings[i]->name, name)) {
            *ret_coding = (enum weir_coding)i;
            return 0;
        }
    return WEIR_ENOENT;
}

static int check(const struct coding *coding, const struct weir_encoder_conf *conf,
                 struct weir_error *err) {
    if (conf->width < 1 || conf->height < 1 || conf->width > SIZE_MAX_PX ||
        conf->height > SIZE_MAX_PX)
        return weir_fail(err, WEIR_ERANGE, "encode: pictures of %dx%d; allowed is 1x1 to %dx%d",
                         conf->width, conf->height, SIZE_MAX_PX, SIZE_MAX_PX);
    if (conf->quality < coding->quality_min || conf->quality > coding->quality_max)
        return weir_fail(err, WEIR_ERANGE, "encode: %s quality %d; allowed is %d to %d (%s)",
                         coding->name, conf->quality, coding->quality_min, coding->quality_max,
                         coding->quality);
    if (conf->coding == WEIR_CODING_JPEG)
        return 0;
    /* written so that what is not a number fails */
    if (!(conf->rate_fps >= rate_min_fps && conf->rate_fps <= rate_max_fps))
        return weir_fail(err, WEIR_ERANGE, "encode: %g frames a second; allowed is %g to %g",
                         conf->rate_fps, rate_min_fps, rate_max_fps);
    if (conf->key_every < 0)
        return weir_fail(err, WEIR_ERANGE,
                         "encode: a keyframe every %d frames; allowed is 1 or more, or 0 for "
                         "only on demand",
                         conf->key_every);
    return 0;
}

int weir_encoder_new(const struct weir_encoder_conf *conf, struct weir_encoder **ret_encoder,
                     struct weir_error *err) {
    const struct coding *coding = find(conf->coding);
    if (!coding)
        return weir_fail(err, WEIR_EINVAL, "encode: there is no coding %d", (int)conf->coding);
    int rc = check(coding, conf, err);
    if (rc)
        return rc;
    struct weir_encoder *encoder = NULL;
    rc = coding->open(conf, &encoder, err);
    if (rc)
        return rc;
    encoder->coding = coding;
    encoder->width = conf->width;
    encoder->height = conf->height;
    encoder->codec = weir_codec_new(coding->codec);
    if (!encoder->codec) {
        weir_encoder_free(encoder);
        return weir_fail(err, WEIR_ENOMEM, "encode: out of memory");
    }
    encoder->codec->width = conf->width;
    encoder->codec->height = conf->height;
    *ret_encoder = encoder;
    return 0;
}

void weir_encoder_free(struct weir_encoder *encoder) {
    if (!encoder)
        return;
    weir_codec_unref(&encoder->codec);
    encoder->coding->free(encoder);
}

int weir_encoder_push(struct weir_encoder *encoder, struct weir_image *image, bool key,
                      struct weir_packet **ret_packet, struct weir_error *err) {
    if (image->pixel != WEIR_PIXEL_I420 || image->width != encoder->width ||
        image->height != encoder->height)
        return weir_fail(err, WEIR_EINVAL,
                         "encode: a picture is %s of %dx%d; this encoder takes i420 of %dx%d, "
                         "another picture needs to be converted or an encoder of its own",
                         weir_pixel_name(image->pixel), image->width, image->height, encoder->width,
                         encoder->height);
    return encoder->coding->push(encoder, image, key, ret_packet, err);
}

static void free_bytes(struct weir_packet *packet, void *owner) {
    (void)packet;
    free(owner);
}

int coding_packet(const struct weir_encoder *encoder, const void *bytes, size_t len, bool key,
                  struct weir_packet **ret_packet, struct weir_error *err) {
    struct weir_packet *packet = weir_packet_new(encoder->codec);
    uint8_t *copy = malloc(len + WEIR_PACKET_PADDING);
    if (!packet || !copy) {
        free(copy);
        weir_packet_unref(&packet);
        return weir_fail(err, WEIR_ENOMEM, "encode: out of memory");
    }
    memcpy(copy, bytes, len);
    memset(copy + len, 0, WEIR_PACKET_PADDING);
    packet->data = copy;
    packet->len = len;
    packet->keyframe = key;
    packet->free = free_bytes;
    packet->owner = copy;
    *ret_packet = packet;
    return 0;
}
