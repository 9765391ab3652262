/*
 * H.264 by FFmpeg. A picture is sent and its packet received in the same call, on the
 * caller's thread; an encoder that has no packet for it holds pictures back, which a hop cannot
 * use, and is refused.
 *
 * The encoder is opened when it is made, so that what cannot work is known before the
 * first picture; matrix and range are a guess then. Where pictures turn out to be other ones, and
 * after every failure, it is opened anew: its first packet is a keyframe, so the receiver
 * has nothing to know. The settings are in tuning.c.
 */
#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/encode/av.h"
#include "pipeline/encode/coding.h"
#include "pipeline/encode/tuning.h"

/* libx264's own; it leaks a little when it is the one to refuse. Others take less. */
enum { SIZE_MAX_PX = 16384 };

struct h264 {
    struct weir_encoder encoder;
    struct weir_encoder_conf conf; /* encoder: NULL, codec below is meant */
    const AVCodec *codec;
    AVCodecContext *ctx; /* NULL after a failure */
    enum weir_matrix matrix; /* what ctx was opened for */
    bool full_range;
    AVPacket *packet;
    int64_t next_pts;
};

/* A new encoder in h->ctx. FFmpeg's code. */
static int open_codec(struct h264 *h, const AVCodec *codec, enum weir_matrix matrix,
                      bool full_range) {
    avcodec_free_context(&h->ctx);
    h->ctx = avcodec_alloc_context3(codec);
    if (!h->ctx)
        return AVERROR(ENOMEM);
    tuning_set(h->ctx, &h->conf, matrix, full_range);
    int rc = avcodec_open2(h->ctx, codec, NULL);
    if (rc < 0) {
        avcodec_free_context(&h->ctx);
        return rc;
    }
    h->next_pts = 0;
    h->codec = codec;
    h->matrix = matrix;
    h->full_range = full_range;
    return 0;
}

/* The first of the encoders of that name that opens. */
static int choose(struct h264 *h, const char *name, struct weir_error *err) {
    char tried[512] = "";
    int rc = AVERROR_ENCODER_NOT_FOUND;
    const AVCodec *codec = weir_av_encoder(name, 0);

    if (strcmp(name, "auto") &&
        (!codec || codec->id != AV_CODEC_ID_H264 || !weir_av_takes_i420(codec)))
        return weir_av_refuse(err, "encode: encoder", name, true);
    /* what a decoder takes a stream for that says nothing */
    const enum weir_matrix matrix = h->conf.height >= 720 ? WEIR_MATRIX_BT709 : WEIR_MATRIX_BT601;
    for (size_t i = 0; (codec = weir_av_encoder(name, i)); i++) {
        size_t at = strlen(tried);
        snprintf(tried + at, sizeof tried - at, "%s%s", i ? ", " : "", codec->name);
        rc = open_codec(h, codec, matrix, false);
        if (!rc)
            return 0;
        if (rc == AVERROR(ENOMEM))
            return weir_fail(err, WEIR_ENOMEM, "encode: out of memory");
    }
    return weir_fail(err, WEIR_EUNSUPPORTED,
                     "encode: no H.264 encoder takes pictures of %dx%d: %s (tried %s); use jpeg, "
                     "or install an FFmpeg with libx264 or libopenh264",
                     h->conf.width, h->conf.height, av_err2str(rc), *tried ? tried : "none");
}

/* Sends the picture and receives its packet into h->packet. FFmpeg's code. */
static int encode(struct h264 *h, struct weir_image *image, bool key) {
    AVFrame *frame = weir_av_frame(image);

    if (!frame)
        return AVERROR(ENOMEM);
    frame->pts = h->next_pts++;
    frame->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    int av = avcodec_send_frame(h->ctx, frame);
    av_frame_free(&frame);
    return av < 0 ? av : avcodec_receive_packet(h->ctx, h->packet);
}

static int fail(const struct h264 *h, int av, struct weir_error *err) {
    if (av == AVERROR(ENOMEM))
        return weir_fail(err, WEIR_ENOMEM, "encode: out of memory");
    if (av == AVERROR(EAGAIN))
        return weir_fail(err, WEIR_EUNSUPPORTED,
                         "encode: %s holds pictures back instead of giving a packet for each; "
                         "name another encoder, or use jpeg",
                         h->codec->name);
    return weir_fail(err, WEIR_EIO, "encode: %s failed on a picture of %dx%d: %s", h->codec->name,
                     h->conf.width, h->conf.height, av_err2str(av));
}

/* The packet in h->packet becomes the caller's. */
static int hand_out(struct h264 *h, bool key, struct weir_packet **ret_packet,
                    struct weir_error *err) {
    const bool is_key = h->packet->flags & AV_PKT_FLAG_KEY;

    if (key && !is_key)
        return weir_fail(err, WEIR_EUNSUPPORTED,
                         "encode: %s gives no keyframe on demand; name another encoder, or use "
                         "jpeg",
                         h->codec->name);
    return coding_packet(&h->encoder, h->packet->data, (size_t)h->packet->size, is_key, ret_packet,
                         err);
}

static int h264_push(struct weir_encoder *encoder, struct weir_image *image, bool key,
                     struct weir_packet **ret_packet, struct weir_error *err) {
    struct h264 *h = (struct h264 *)encoder;
    int av = 0;

    if (!h->ctx || h->matrix != image->matrix || h->full_range != image->full_range)
        av = open_codec(h, h->codec, image->matrix, image->full_range);
    if (!av) {
        key = key || h->next_pts == 0;
        av = encode(h, image, key);
    }
    int rc = av ? fail(h, av, err) : hand_out(h, key, ret_packet, err);
    av_packet_unref(h->packet);
    if (rc) /* it would go on from a picture that the receiver does not get */
        avcodec_free_context(&h->ctx);
    return rc;
}

static void h264_free(struct weir_encoder *encoder) {
    struct h264 *h = (struct h264 *)encoder;

    if (!h)
        return;
    avcodec_free_context(&h->ctx);
    av_packet_free(&h->packet);
    free(h);
}

static int h264_open(const struct weir_encoder_conf *conf, struct weir_encoder **ret_encoder,
                     struct weir_error *err) {
    if (conf->width & 1 || conf->height & 1)
        return weir_fail(err, WEIR_ERANGE,
                         "encode: h264 of %dx%d; its pictures have an even width and height: "
                         "reduce them to %dx%d, or use jpeg",
                         conf->width, conf->height, conf->width & ~1, conf->height & ~1);
    if (conf->width > SIZE_MAX_PX || conf->height > SIZE_MAX_PX)
        return weir_fail(err, WEIR_ERANGE,
                         "encode: h264 of %dx%d; allowed is up to %dx%d: reduce them, or use jpeg",
                         conf->width, conf->height, SIZE_MAX_PX, SIZE_MAX_PX);
    struct h264 *h = calloc(1, sizeof *h);
    if (!h)
        return weir_fail(err, WEIR_ENOMEM, "encode: out of memory");
    /* errors come back as values; FFmpeg's own words are for debugging */
    av_log_set_level(weir_log_level() >= WEIR_LOG_DEBUG ? AV_LOG_INFO : AV_LOG_QUIET);
    h->conf = *conf;
    h->conf.encoder = NULL;
    h->packet = av_packet_alloc();
    int rc = h->packet ? choose(h, conf->encoder ? conf->encoder : "auto", err)
                       : weir_fail(err, WEIR_ENOMEM, "encode: out of memory");
    if (rc) {
        h264_free(&h->encoder);
        return rc;
    }
    *ret_encoder = &h->encoder;
    return 0;
}

const struct coding coding_h264 = {
    .name = "h264",
    .codec = "h264",
    .quality_min = 0,
    .quality_max = 51,
    .quality = "0 is the best picture",
    .open = h264_open,
    .push = h264_push,
    .free = h264_free,
};
