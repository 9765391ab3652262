/*
 * A hop without a network: encoder, packet, decoder, as frames travel. One packet a picture, and
 * one picture a packet at once, for what it costs is to be that frame's own.
 */
#include "cli/record.h"

#include <stdlib.h>

struct record_hop {
    struct weir_encoder *encoder;
    struct weir_stage *decode;
    struct weir_clock *clock;
    struct record_coding coding;
    int64_t frames;
};

int record_hop_new(const struct weir_stage_conf *conf, struct record_coding coding,
                   struct weir_size size, double rate_fps, struct record_hop **ret_hop,
                   struct weir_error *err) {
    struct weir_encoder_conf how = {
        .coding = coding.travel == WEIR_TRAVEL_H264 ? WEIR_CODING_H264 : WEIR_CODING_JPEG,
        .width = size.width,
        .height = size.height,
        .quality = coding.quality,
        .rate_fps = rate_fps,
    };
    struct record_hop *hop = calloc(1, sizeof *hop);
    if (!hop)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    hop->clock = conf->clock;
    hop->coding = coding;
    int rc = weir_encoder_new(&how, &hop->encoder, err);
    if (!rc)
        rc = weir_stage_decode.open(conf, &hop->decode, err);
    if (rc) {
        record_hop_free(hop);
        return rc;
    }
    *ret_hop = hop;
    return 0;
}

void record_hop_free(struct record_hop *hop) {
    if (!hop)
        return;
    weir_stage_free(hop->decode);
    weir_encoder_free(hop->encoder);
    free(hop);
}

int record_hop_pass(struct record_hop *hop, struct weir_image *image, struct weir_image **ret_image,
                    struct record_hop_cost *ret_cost, struct weir_error *err) {
    struct weir_packet *packet = NULL;
    struct weir_frame *frame = NULL;
    const char *name = weir_coding_name(hop->coding.travel == WEIR_TRAVEL_H264 ? WEIR_CODING_H264
                                                                               : WEIR_CODING_JPEG);
    const int64_t begin = weir_clock_now(hop->clock);
    int rc = weir_encoder_push(hop->encoder, image, hop->frames == 0, &packet, err);
    const int64_t end = weir_clock_now(hop->clock);
    if (rc)
        return rc;
    struct record_hop_cost cost = {.bytes = (uint32_t)packet->len, .encode_ns = end - begin};
    rc = weir_decode_by_hand(hop->decode, packet, &frame, err);
    weir_packet_unref(&packet);
    if (!rc && (frame->image->width != image->width || frame->image->height != image->height))
        rc = weir_fail(err, WEIR_ECORRUPT, "its packet does not give its picture");
    if (rc) {
        weir_frame_free(frame);
        return weir_fail_at(err, rc, "%s %d, %dx%d, frame %lld: ", name, hop->coding.quality,
                            image->width, image->height, (long long)hop->frames);
    }
    cost.decode_ns = frame->times.decode_end - frame->times.decode_begin;
    *ret_image = frame->image;
    frame->image = NULL;
    if (hop->coding.travel == WEIR_TRAVEL_JPEG)
        (*ret_image)->matrix = image->matrix; /* JPEG cannot say; a receiver is told */
    weir_frame_free(frame);
    *ret_cost = cost;
    hop->frames++;
    return 0;
}
