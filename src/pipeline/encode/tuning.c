/*
 * The settings of FFmpeg's H.264 encoders for a hop: common ones in FFmpeg's own
 * words, then a row of the table for those encoders whose further words are known.
 * Options that an encoder does not have are passed over, because other versions and builds
 * have others; whether a packet came at once, and as a keyframe, is seen when one is
 * encoded (h264.c).
 *
 * libx264: "ultrafast", since it is the weak machine that encodes: on generated streets it needs
 * half of the time of "veryfast" and, at the same PSNR, 10 to 40 % more bytes, and what it
 * makes takes least time to decode. "zerolatency" has no lookahead.
 * A constant rate factor, under a buffer (VBV) that only large keyframes meet: without
 * lookahead x264 lets a picture take up to half of what is in the buffer where the buffer
 * holds at least five pictures' share of the rate, so a buffer of two keyframes and a rate of
 * 3/8 keyframe a picture hold a keyframe to its bound, leave the P-frames behind it their
 * quality, and are full again after three of them.
 *
 * libopenh264: a quantiser from conf->quality alone (least and most are the same). Its rate
 * control bounds bits over many frames only, so that there is nothing to hold a keyframe
 * with.
 */
#include "pipeline/encode/tuning.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <math.h>
#include <string.h>

#include "pipeline/encode/av.h"

enum { NEVER = 1 << 30 }; /* frames; what x264, too, takes for never */

static void set_text(AVCodecContext *ctx, const char *name, const char *value) {
    av_opt_set(ctx, name, value, AV_OPT_SEARCH_CHILDREN);
}

static void set_number(AVCodecContext *ctx, const char *name, int64_t value) {
    av_opt_set_int(ctx, name, value, AV_OPT_SEARCH_CHILDREN);
}

/* What a keyframe is to be held to; the constant is for headers, which matter to
 * tiny pictures. */
static double keyframe_bits(const struct weir_encoder_conf *conf) {
    double pixels = (double)conf->width * conf->height;
    return 2.5 * pixels * exp2((23 - conf->quality) / 8.0) + 16384;
}

static void tune_x264(AVCodecContext *ctx, const struct weir_encoder_conf *conf) {
    set_text(ctx, "preset", "ultrafast");
    set_text(ctx, "tune", "zerolatency");
    set_number(ctx, "sc_threshold", 0); /* a keyframe is what was asked for, no more */
    set_number(ctx, "forced-idr", 1);
    av_opt_set_double(ctx, "crf", conf->quality, AV_OPT_SEARCH_CHILDREN);

    const double bits = fmin(keyframe_bits(conf), INT32_MAX / 2);
    ctx->rc_buffer_size = (int)(2 * bits);
    ctx->rc_initial_buffer_occupancy = ctx->rc_buffer_size;
    ctx->rc_max_rate = (int64_t)fmax(1000, 0.375 * bits * conf->rate_fps);
}

static void tune_openh264(AVCodecContext *ctx, const struct weir_encoder_conf *conf) {
    if (!conf->key_every)
        ctx->gop_size = 0; /* its word for never */
    set_text(ctx, "rc_mode", "quality");
    set_number(ctx, "allow_skip_frames", 0);
    ctx->qmin = ctx->qmax = conf->quality < 12 ? 12 : conf->quality; /* it has no finer */
    ctx->bit_rate = weir_av_bit_rate(conf->width, conf->height, conf->rate_fps, conf->quality);
}

/* The names that NVENC and others have for the same things. */
static void tune_other(AVCodecContext *ctx, const struct weir_encoder_conf *conf) {
    set_number(ctx, "forced-idr", 1);
    set_number(ctx, "zerolatency", 1);
    set_number(ctx, "delay", 0);
    ctx->bit_rate = weir_av_bit_rate(conf->width, conf->height, conf->rate_fps, conf->quality);
}

static const struct {
    const char *encoder; /* NULL: all that are not named before */
    void (*tune)(AVCodecContext *ctx, const struct weir_encoder_conf *conf);
} tunings[] = {
    {"libx264", tune_x264},
    {"libopenh264", tune_openh264},
    {NULL, tune_other},
};

void tuning_set(AVCodecContext *ctx, const struct weir_encoder_conf *conf, enum weir_matrix matrix,
                bool full_range) {
    ctx->width = conf->width;
    ctx->height = conf->height;
    ctx->pix_fmt = AV_PIX_FMT_YUV420P;
    ctx->framerate = av_d2q(conf->rate_fps, 60000);
    ctx->time_base = av_inv_q(ctx->framerate); /* pictures are numbered, not timed */
    ctx->gop_size = conf->key_every ? conf->key_every : NEVER;
    ctx->max_b_frames = 0;
    ctx->refs = 1;
    ctx->thread_count = 1; /* the caller's: frame threads would hold pictures back */
    ctx->flags |= AV_CODEC_FLAG_LOW_DELAY;
    weir_av_set_color(ctx, matrix, full_range);

    size_t i = 0;
    while (tunings[i].encoder && strcmp(tunings[i].encoder, ctx->codec->name))
        i++;
    tunings[i].tune(ctx, conf);
}
