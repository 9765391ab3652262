/*
 * A decoded picture becomes an image. Three ways, cheapest first:
 *
 *   wrap      the formats of enum weir_pixel: the image holds FFmpeg's buffers
 *   stretch   gray in limited range: copied through a table to full range,
 *             because an image in gray has no range of its own
 *   convert   everything else by libswscale: colour with chroma planes to I420
 *             (10 bits, 4:1:1, packed YUYV …), RGB, palettes and Bayer to BGR,
 *             deep gray to gray
 *
 * A conversion never changes size, matrix or range of YUV; only depth and layout.
 */
#include "picture.h"

#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

static const struct {
    enum AVPixelFormat av;
    enum weir_pixel weir;
} wrapped[] = {
    {AV_PIX_FMT_YUV420P, WEIR_PIXEL_I420},  {AV_PIX_FMT_YUVJ420P, WEIR_PIXEL_I420},
    {AV_PIX_FMT_YUVA420P, WEIR_PIXEL_I420}, {AV_PIX_FMT_YUV422P, WEIR_PIXEL_I422},
    {AV_PIX_FMT_YUVJ422P, WEIR_PIXEL_I422}, {AV_PIX_FMT_YUVA422P, WEIR_PIXEL_I422},
    {AV_PIX_FMT_YUV444P, WEIR_PIXEL_I444},  {AV_PIX_FMT_YUVJ444P, WEIR_PIXEL_I444},
    {AV_PIX_FMT_YUVA444P, WEIR_PIXEL_I444}, {AV_PIX_FMT_NV12, WEIR_PIXEL_NV12},
    {AV_PIX_FMT_GRAY8, WEIR_PIXEL_GRAY},    {AV_PIX_FMT_BGR24, WEIR_PIXEL_BGR},
    {AV_PIX_FMT_RGB24, WEIR_PIXEL_RGB},
};

void picture_converter_done(struct picture_converter *converter) {
    sws_freeContext(converter->sws);
    converter->sws = NULL;
}

static enum weir_matrix matrix_of(const AVFrame *frame) {
    switch (frame->colorspace) {
    case AVCOL_SPC_BT709:
        return WEIR_MATRIX_BT709;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
        return WEIR_MATRIX_BT2020;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_FCC:
        return WEIR_MATRIX_BT601;
    default:
        return frame->height >= 720 ? WEIR_MATRIX_BT709 : WEIR_MATRIX_BT601;
    }
}

static bool is_j_format(int format) {
    return format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P ||
           format == AV_PIX_FMT_YUVJ444P || format == AV_PIX_FMT_YUVJ440P ||
           format == AV_PIX_FMT_YUVJ411P;
}

/* What the picture itself says comes first: FFmpeg's H.264 decoder goes on with its "J"
 * format when a stream changes to limited range. */
static bool is_full_range(const AVFrame *frame) {
    return frame->color_range == AVCOL_RANGE_UNSPECIFIED ? is_j_format(frame->format)
                                                         : frame->color_range == AVCOL_RANGE_JPEG;
}

static void free_frame(struct weir_image *image, void *owner) {
    (void)image;
    AVFrame *frame = owner;
    av_frame_free(&frame);
}

static int wrap(AVFrame *frame, enum weir_pixel pixel, struct weir_image **ret_image) {
    struct weir_image *image = weir_image_new();
    AVFrame *owner = av_frame_alloc();

    if (!image || !owner) {
        weir_image_unref(&image);
        av_frame_free(&owner);
        return WEIR_ENOMEM;
    }
    av_frame_move_ref(owner, frame);
    image->pixel = pixel;
    image->width = owner->width;
    image->height = owner->height;
    for (int p = 0; p < weir_pixel_planes(pixel); p++) {
        image->plane[p] = owner->data[p];
        image->stride[p] = owner->linesize[p];
    }
    image->owner = owner;
    image->free = free_frame;
    *ret_image = image;
    return 0;
}

/* 16–235 to 0–255; the output may be the input. */
static void stretch_gray(uint8_t *out, ptrdiff_t out_stride, const uint8_t *in, ptrdiff_t in_stride,
                         int width, int height) {
    uint8_t table[256];

    for (int v = 0; v < 256; v++) {
        int full = ((v - 16) * 255 + 109) / 219;
        table[v] = v <= 16 ? 0 : full > 255 ? 255 : (uint8_t)full;
    }
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            out[y * out_stride + x] = table[in[y * in_stride + x]];
}

static int copy_gray(const AVFrame *frame, struct weir_image **ret_image) {
    struct weir_image *image = weir_image_alloc(WEIR_PIXEL_GRAY, frame->width, frame->height);

    if (!image)
        return WEIR_ENOMEM;
    stretch_gray(weir_image_data(image, 0), image->stride[0], frame->data[0], frame->linesize[0],
                 frame->width, frame->height);
    *ret_image = image;
    return 0;
}

/* Matrix and range are those of the source on both sides, so that YUV stays what it was. */
static int convert(struct picture_converter *converter, const AVFrame *frame, enum weir_pixel pixel,
                   bool full, enum weir_matrix matrix, struct weir_image **ret_image) {
    static const enum AVPixelFormat target[] = {
        [WEIR_PIXEL_I420] = AV_PIX_FMT_YUV420P,
        [WEIR_PIXEL_GRAY] = AV_PIX_FMT_GRAY8,
        [WEIR_PIXEL_BGR] = AV_PIX_FMT_BGR24,
    };
    static const int coefficients[] = {
        [WEIR_MATRIX_BT601] = SWS_CS_ITU601,
        [WEIR_MATRIX_BT709] = SWS_CS_ITU709,
        [WEIR_MATRIX_BT2020] = SWS_CS_BT2020,
    };
    if (!sws_isSupportedInput(frame->format))
        return WEIR_EUNSUPPORTED;
    converter->sws = sws_getCachedContext(
        converter->sws, frame->width, frame->height, frame->format, frame->width, frame->height,
        target[pixel], SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, NULL, NULL, NULL);
    if (!converter->sws)
        return WEIR_EUNSUPPORTED;
    const int *table = sws_getCoefficients(coefficients[matrix]);
    sws_setColorspaceDetails(converter->sws, table, full, table, full, 0, 1 << 16, 1 << 16);

    struct weir_image *image = weir_image_alloc(pixel, frame->width, frame->height);
    if (!image)
        return WEIR_ENOMEM;
    uint8_t *plane[4] = {NULL};
    int stride[4] = {0};
    for (int p = 0; p < weir_pixel_planes(pixel); p++) {
        plane[p] = weir_image_data(image, p);
        stride[p] = (int)image->stride[p];
    }
    if (sws_scale(converter->sws, (const uint8_t *const *)frame->data, frame->linesize, 0,
                  frame->height, plane, stride) != frame->height) {
        weir_image_unref(&image);
        return WEIR_EUNSUPPORTED;
    }
    *ret_image = image;
    return 0;
}

int picture_to_image(struct picture_converter *converter, AVFrame *frame, bool unspecified_full,
                     struct weir_image **ret_image) {
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);
    const enum weir_matrix matrix = matrix_of(frame);
    const bool full = is_full_range(frame);
    struct weir_image *image = NULL;
    int rc = WEIR_EUNSUPPORTED;

    if (!desc || desc->flags & AV_PIX_FMT_FLAG_HWACCEL)
        return WEIR_EUNSUPPORTED;
    bool coloured =
        desc->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BAYER) ||
        frame->format == AV_PIX_FMT_XYZ12LE || frame->format == AV_PIX_FMT_XYZ12BE;
    bool gray = !coloured && desc->nb_components - !!(desc->flags & AV_PIX_FMT_FLAG_ALPHA) == 1;
    bool bits = desc->flags & AV_PIX_FMT_FLAG_BITSTREAM; /* black and white, one bit a pixel */
    bool limited_gray =
        gray && !full && !bits && (frame->color_range == AVCOL_RANGE_MPEG || !unspecified_full);

    for (size_t i = 0; i < sizeof wrapped / sizeof *wrapped; i++) {
        if (wrapped[i].av != frame->format)
            continue;
        rc = limited_gray ? copy_gray(frame, &image) : wrap(frame, wrapped[i].weir, &image);
        goto made;
    }
    if (gray) {
        rc = convert(converter, frame, WEIR_PIXEL_GRAY, !limited_gray, matrix, &image);
        if (!rc && limited_gray)
            stretch_gray(weir_image_data(image, 0), image->stride[0], image->plane[0],
                         image->stride[0], image->width, image->height);
    } else {
        rc = convert(converter, frame, coloured ? WEIR_PIXEL_BGR : WEIR_PIXEL_I420, full, matrix,
                     &image);
    }
made:
    if (rc)
        return rc;
    image->matrix = matrix;
    image->full_range = full || image->pixel == WEIR_PIXEL_GRAY;
    *ret_image = image;
    return 0;
}
