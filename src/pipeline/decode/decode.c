/*
 * The decoder: packets in, pictures in display order out, one decoder thread
 * (the caller's). FFmpeg does the decoding; this file keeps each picture with
 * the frame it belongs to. A packet's pts is set to a running id of ours, which
 * FFmpeg carries to the picture, so that time stamps of the medium, good or
 * bad, never decide which frame a picture lands in.
 *
 * What always holds: every frame that was pushed is pulled exactly once, with
 * an image or with an outcome, and seq counts them in that order (order.c).
 *
 * A picture that was decoded with errors (concealed blocks) is a picture: only
 * a packet that gives none at all makes its frame `corrupt`. So does a picture
 * above the size limit, or in a format that nobody can convert. EXIF rotation is
 * not applied: boxes are in the pixels as stored.
 *
 * A frame that comes with its picture, from a source that draws, passes by in its
 * turn; its decoding took no time.
 *
 * When the codec description changes (a reconnect, another kind of picture) the
 * old decoder is drained first: push says EAGAIN until pull has emptied it.
 */
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>

#include "order.h"
#include "picture.h"
#include "pipeline/stage.h"

/* A decoder that fails this often while being emptied has nothing more to give. */
enum { FLUSH_ERRORS_MAX = 64 };

struct decode {
    struct weir_stage stage;
    struct weir_clock *clock;
    int max_width, max_height;
    struct weir_codec *codec; /* what ctx decodes; NULL: no decoder is open */
    AVCodecContext *ctx;
    AVPacket *packet;
    AVFrame *picture;
    struct picture_converter converter;
    bool full_gray; /* an unspecified range of gray means full */
    bool flushing; /* ctx was told that no more comes */
    int flush_errors;
    bool draining; /* the stage was told so */
    int64_t next_id;
    struct order order;
};

static struct decode *self(struct weir_stage *stage) {
    return (struct decode *)stage;
}

/* ---- the decoder --------------------------------------------------------- */

static void close_codec(struct decode *d) {
    avcodec_free_context(&d->ctx);
    weir_codec_unref(&d->codec);
    d->flushing = false;
    d->flush_errors = 0;
    order_flush(&d->order);
}

/* 0, EUNSUPPORTED (no such codec, or not in this build of FFmpeg), ENOMEM, ECORRUPT. */
static int open_codec(struct decode *d, struct weir_codec *codec, struct weir_error *err) {
    const AVCodecDescriptor *desc = avcodec_descriptor_get_by_name(codec->name);
    if (!desc)
        return weir_fail(err, WEIR_EUNSUPPORTED,
                         "codec '%s' is unknown to the installed FFmpeg; have the source send "
                         "H.264, H.265, VP9 or JPEG, or install a newer FFmpeg",
                         codec->name);
    const AVCodec *decoder = avcodec_find_decoder(desc->id);
    if (!decoder || desc->type != AVMEDIA_TYPE_VIDEO)
        return weir_fail(err, WEIR_EUNSUPPORTED,
                         "codec '%s' has no video decoder in the installed FFmpeg; install a "
                         "complete one (Debian: libavcodec-extra), or have the source send H.264",
                         codec->name);

    AVCodecContext *ctx = avcodec_alloc_context3(decoder);
    if (!ctx)
        return weir_fail(err, WEIR_ENOMEM, "decoder '%s': out of memory", codec->name);
    ctx->thread_count = 1;
    ctx->width = codec->width;
    ctx->height = codec->height;
    ctx->codec_tag = codec->tag;
    ctx->bits_per_coded_sample = codec->bits_per_sample;
    ctx->pix_fmt = codec->pixel_hint >= 0 ? (enum AVPixelFormat)codec->pixel_hint : AV_PIX_FMT_NONE;
    ctx->max_pixels = (int64_t)d->max_width * d->max_height;
    if (codec->extradata_len) {
        ctx->extradata = av_mallocz(codec->extradata_len + AV_INPUT_BUFFER_PADDING_SIZE);
        if (!ctx->extradata) {
            avcodec_free_context(&ctx);
            return weir_fail(err, WEIR_ENOMEM, "decoder '%s': out of memory", codec->name);
        }
        memcpy(ctx->extradata, codec->extradata, codec->extradata_len);
        ctx->extradata_size = (int)codec->extradata_len;
    }
    int rc = avcodec_open2(ctx, decoder, NULL);
    if (rc < 0) {
        avcodec_free_context(&ctx);
        return weir_fail(err, rc == AVERROR(ENOMEM) ? WEIR_ENOMEM : WEIR_ECORRUPT,
                         "decoder '%s' does not accept the stream's description: %s; the file or "
                         "the camera's setup is damaged",
                         codec->name, av_err2str(rc));
    }
    d->ctx = ctx;
    d->codec = weir_codec_ref(codec);
    d->full_gray = desc->props & AV_CODEC_PROP_INTRA_ONLY;
    return 0;
}

static void flush_codec(struct decode *d) {
    avcodec_send_packet(d->ctx, NULL);
    d->flushing = true;
}

/* The picture in d->picture becomes its frame's, which leaves. */
static void deliver(struct decode *d, int64_t begin_ns) {
    int64_t id = d->picture->pts;
    struct weir_frame *frame = order_find(&d->order, id);

    if (!frame && id >= 0)
        order_too_late(&d->order, id);
    if (frame && !frame->image) { /* else a second picture out of one packet */
        int width = d->picture->width, height = d->picture->height;
        bool fits = width > 0 && height > 0 && width <= d->max_width && height <= d->max_height;
        frame->times.decode_begin = begin_ns;
        frame->times.decode_end = weir_clock_now(d->clock);
        if (fits)
            picture_to_image(&d->converter, d->picture, d->full_gray, &frame->image);
        if (frame->image) {
            frame->width = width;
            frame->height = height;
            frame->outcome = WEIR_OUTCOME_NONE;
            frame->times.decode_end = weir_clock_now(d->clock);
        }
        order_leave(&d->order, id, d->ctx->has_b_frames == 0);
    }
    av_frame_unref(d->picture);
}

/* One step of output. 0: go on; EAGAIN: it wants packets; EEOF: emptied. */
static int receive(struct decode *d, int64_t begin_ns) {
    int rc = avcodec_receive_frame(d->ctx, d->picture);

    if (rc == 0) {
        deliver(d, begin_ns);
        return 0;
    }
    if (rc == AVERROR_EOF)
        return WEIR_EEOF;
    if (rc == AVERROR(EAGAIN) && !d->flushing)
        return WEIR_EAGAIN;
    if (d->flushing)
        return ++d->flush_errors > FLUSH_ERRORS_MAX ? WEIR_EEOF : 0;
    return WEIR_EAGAIN; /* an error of one packet: its frame leaves in its turn */
}

static void free_shared_packet(void *opaque, uint8_t *data) {
    (void)data;
    struct weir_packet *packet = opaque;
    weir_packet_unref(&packet);
}

/* FFmpeg gets a reference on the bytes, not a copy. */
static int share_packet(struct decode *d, struct weir_packet *packet, int64_t id) {
    struct weir_packet *shared = weir_packet_ref(packet);

    d->packet->buf = av_buffer_create((uint8_t *)shared->data, shared->len + WEIR_PACKET_PADDING,
                                      free_shared_packet, shared, AV_BUFFER_FLAG_READONLY);
    if (!d->packet->buf) {
        weir_packet_unref(&shared);
        return WEIR_ENOMEM;
    }
    d->packet->data = (uint8_t *)shared->data;
    d->packet->size = (int)shared->len;
    d->packet->pts = d->packet->dts = id;
    d->packet->flags = shared->keyframe ? AV_PKT_FLAG_KEY : 0;
    return 0;
}

/* ---- the stage ----------------------------------------------------------- */

static int decode_push(struct weir_stage *stage, struct weir_frame *frame, struct weir_error *err) {
    struct decode *d = self(stage);

    if (d->draining)
        return weir_fail(err, WEIR_EINVAL, "decode: a packet after the end of the stream");
    if (d->order.head)
        return WEIR_EAGAIN;
    if (frame->outcome != WEIR_OUTCOME_NONE || frame->image) {
        if (frame->image)
            frame->times.decode_begin = frame->times.decode_end = weir_clock_now(d->clock);
        const int64_t dts_ns = frame->packet ? frame->packet->dts_ns : -1;
        weir_packet_unref(&frame->packet);
        order_enter(&d->order, frame, d->next_id++, dts_ns);
        return 0;
    }
    if (!frame->packet)
        return weir_fail(err, WEIR_EINVAL, "decode: a frame without a packet");

    if (frame->packet->codec != d->codec) {
        if (d->ctx) {
            if (!d->flushing)
                flush_codec(d);
            return WEIR_EAGAIN;
        }
        int rc = open_codec(d, frame->packet->codec, err);
        if (rc)
            return rc;
    }

    const int64_t begin_ns = weir_clock_now(d->clock), id = d->next_id;
    int rc = AVERROR_INVALIDDATA;
    /* no bytes would tell FFmpeg that the stream ends */
    if (frame->packet->len > 0 && frame->packet->len <= INT32_MAX - WEIR_PACKET_PADDING) {
        if (share_packet(d, frame->packet, id))
            return weir_fail(err, WEIR_ENOMEM, "decode: out of memory");
        rc = avcodec_send_packet(d->ctx, d->packet);
        av_packet_unref(d->packet);
    }
    if (rc == AVERROR(EAGAIN))
        return WEIR_EAGAIN;
    d->next_id++;
    const int64_t dts_ns = frame->packet->dts_ns;
    weir_packet_unref(&frame->packet);
    order_enter(&d->order, frame, id, dts_ns);
    receive(d, begin_ns); /* at once, so that its time is the decoder's alone */
    if (rc < 0)
        order_give_up(&d->order, id);
    return 0;
}

static int decode_pull(struct weir_stage *stage, struct weir_frame **ret_frame,
                       struct weir_error *err) {
    struct decode *d = self(stage);

    (void)err;
    for (;;) {
        struct weir_frame *frame = order_pop(&d->order);
        if (frame) {
            *ret_frame = frame;
            return 0;
        }
        if (!d->ctx)
            return d->draining ? WEIR_EEOF : WEIR_EAGAIN;
        int rc = receive(d, weir_clock_now(d->clock));
        if (rc == WEIR_EAGAIN)
            return rc;
        if (rc == WEIR_EEOF)
            close_codec(d);
    }
}

static int decode_drain(struct weir_stage *stage, struct weir_error *err) {
    struct decode *d = self(stage);

    (void)err;
    d->draining = true;
    if (!d->ctx)
        order_flush(&d->order);
    else if (!d->flushing)
        flush_codec(d);
    return 0;
}

static void decode_free(struct weir_stage *stage) {
    if (!stage)
        return;
    struct decode *d = self(stage);
    close_codec(d);
    order_done(&d->order);
    picture_converter_done(&d->converter);
    av_packet_free(&d->packet);
    av_frame_free(&d->picture);
    free(d);
}

static const struct weir_stage_ops decode_ops = {
    .name = "ffmpeg",
    .push = decode_push,
    .pull = decode_pull,
    .drain = decode_drain,
    .free = decode_free,
};

static int decode_open(const struct weir_stage_conf *conf, struct weir_stage **ret_stage,
                       struct weir_error *err) {
    struct decode *d = calloc(1, sizeof *d);

    if (!d)
        return weir_fail(err, WEIR_ENOMEM, "decode: out of memory");
    av_log_set_level(weir_log_level() >= WEIR_LOG_DEBUG ? AV_LOG_INFO : AV_LOG_QUIET);
    d->stage.ops = &decode_ops;
    d->stage.frames_total = -1;
    d->clock = conf->clock;
    d->max_width = conf->workflow->set.source.max_width;
    d->max_height = conf->workflow->set.source.max_height;
    d->packet = av_packet_alloc();
    d->picture = av_frame_alloc();
    if (!d->packet || !d->picture) {
        decode_free(&d->stage);
        return weir_fail(err, WEIR_ENOMEM, "decode: out of memory");
    }
    *ret_stage = &d->stage;
    return 0;
}

static bool decode_kind(size_t i, const char **ret_name, const char **ret_about) {
    if (i > 0)
        return false;
    *ret_name = decode_ops.name;
    *ret_about = "every codec that the installed FFmpeg decodes, on the processor";
    return true;
}

const struct weir_stage_type weir_stage_decode = {
    .name = "decode",
    .consumes = "packet",
    .produces = "image",
    .about = "turns packets into pictures, in display order",
    .open = decode_open,
    .kind = decode_kind,
};
