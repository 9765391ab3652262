/*
 * FFmpeg's encoders as everything here uses them. The order of "auto" is one of
 * trust: x264 does all that is asked of an encoder; OpenH264 is what a build of
 * FFmpeg without GPL parts brings; the rest is hardware, present in the list
 * whether the machine has it or not, and therefore tried last.
 */
#include "pipeline/encode/av.h"

#include <libavcodec/avcodec.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const preferred[] = {"libx264", "libopenh264"};
enum { PREFERRED = sizeof preferred / sizeof *preferred };

static bool is_preferred(const AVCodec *codec) {
    for (size_t k = 0; k < PREFERRED; k++)
        if (!strcmp(codec->name, preferred[k]))
            return true;
    return false;
}

bool weir_av_takes_i420(const AVCodec *codec) {
    for (const enum AVPixelFormat *f = codec->pix_fmts; f && *f != AV_PIX_FMT_NONE; f++)
        if (*f == AV_PIX_FMT_YUV420P)
            return true;
    return false;
}

const AVCodec *weir_av_encoder(const char *name, size_t i) {
    if (strcmp(name, "auto"))
        return i == 0 ? avcodec_find_encoder_by_name(name) : NULL;

    size_t n = 0;
    for (size_t k = 0; k < PREFERRED; k++) {
        const AVCodec *codec = avcodec_find_encoder_by_name(preferred[k]);
        if (codec && n++ == i)
            return codec;
    }
    void *state = NULL;
    const AVCodec *codec;
    while ((codec = av_codec_iterate(&state)))
        if (av_codec_is_encoder(codec) && codec->id == AV_CODEC_ID_H264 && !is_preferred(codec) &&
            weir_av_takes_i420(codec) && n++ == i)
            return codec;
    return NULL;
}

int weir_av_refuse(struct weir_error *err, const char *key, const char *name, bool h264) {
    char known[512] = "";
    void *state = NULL;
    const AVCodec *codec;
    while ((codec = av_codec_iterate(&state))) {
        bool meant = codec->id == AV_CODEC_ID_H264 ||
                     (!h264 && (codec->id == AV_CODEC_ID_HEVC || codec->id == AV_CODEC_ID_MPEG4));
        size_t at = strlen(known);
        if (meant && av_codec_is_encoder(codec) && weir_av_takes_i420(codec))
            snprintf(known + at, sizeof known - at, ", %s", codec->name);
    }
    const AVCodec *named = avcodec_find_encoder_by_name(name);
    const char *finding = !named                              ? "is not there"
                          : named->type != AVMEDIA_TYPE_VIDEO ? "does not encode video"
                          : h264 && named->id != AV_CODEC_ID_H264
                              ? "does not make H.264"
                              : "does not take yuv420p pictures";
    return weir_fail(err, WEIR_EUNSUPPORTED, "%s: %s %s; FFmpeg on this machine has auto%s", key,
                     name, finding, known);
}

void weir_av_set_color(AVCodecContext *ctx, enum weir_matrix matrix, bool full_range) {
    ctx->color_range = full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    switch (matrix) {
    case WEIR_MATRIX_BT709:
        ctx->colorspace = AVCOL_SPC_BT709;
        ctx->color_primaries = AVCOL_PRI_BT709;
        ctx->color_trc = AVCOL_TRC_BT709;
        break;
    case WEIR_MATRIX_BT2020:
        ctx->colorspace = AVCOL_SPC_BT2020_NCL;
        ctx->color_primaries = AVCOL_PRI_BT2020;
        ctx->color_trc = AVCOL_TRC_BT2020_10;
        break;
    default:
        ctx->colorspace = AVCOL_SPC_SMPTE170M;
        ctx->color_primaries = AVCOL_PRI_SMPTE170M;
        ctx->color_trc = AVCOL_TRC_SMPTE170M;
    }
}

int64_t weir_av_bit_rate(int width, int height, double rate_fps, int quality) {
    double bits = 0.1 * width * height * rate_fps;
    return (int64_t)(bits * exp2((23 - quality) / 6.0));
}

static void unref_image(void *opaque, uint8_t *data) {
    struct weir_image *image = opaque;
    (void)data;
    weir_image_unref(&image);
}

AVFrame *weir_av_frame(struct weir_image *image) {
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return NULL;
    size_t size = (size_t)image->stride[0] * (size_t)image->height;
    frame->buf[0] = av_buffer_create((uint8_t *)image->plane[0], size, unref_image,
                                     weir_image_ref(image), AV_BUFFER_FLAG_READONLY);
    if (!frame->buf[0]) {
        unref_image(image, NULL);
        av_frame_free(&frame);
        return NULL;
    }
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = image->width;
    frame->height = image->height;
    for (int p = 0; p < 3; p++) {
        frame->data[p] = (uint8_t *)image->plane[p];
        frame->linesize[p] = (int)image->stride[p];
    }
    return frame;
}
