#include "pipeline/sink/convert.h"

#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a scaler was made for; another picture needs another one. */
struct scaler_key {
    enum weir_pixel pixel;
    enum weir_matrix matrix;
    bool full_range;
    int src_width, src_height, dst_width, dst_height;
};

struct weir_convert {
    enum weir_matrix matrix;
    struct SwsContext *sws; /* NULL until needed */
    struct scaler_key key;
};

struct weir_convert *weir_convert_new(enum weir_matrix matrix) {
    struct weir_convert *convert = calloc(1, sizeof *convert);
    if (convert)
        convert->matrix = matrix;
    return convert;
}

void weir_convert_free(struct weir_convert *convert) {
    if (!convert)
        return;
    sws_freeContext(convert->sws);
    free(convert);
}

static enum AVPixelFormat av_pixel(enum weir_pixel pixel) {
    switch (pixel) {
    case WEIR_PIXEL_I420:
        return AV_PIX_FMT_YUV420P;
    case WEIR_PIXEL_I422:
        return AV_PIX_FMT_YUV422P;
    case WEIR_PIXEL_I444:
        return AV_PIX_FMT_YUV444P;
    case WEIR_PIXEL_NV12:
        return AV_PIX_FMT_NV12;
    case WEIR_PIXEL_GRAY:
        return AV_PIX_FMT_GRAY8;
    case WEIR_PIXEL_BGR:
        return AV_PIX_FMT_BGR24;
    case WEIR_PIXEL_RGB:
        return AV_PIX_FMT_RGB24;
    }
    return AV_PIX_FMT_NONE;
}

static int av_matrix(enum weir_matrix matrix) {
    return matrix == WEIR_MATRIX_BT709    ? SWS_CS_ITU709
           : matrix == WEIR_MATRIX_BT2020 ? SWS_CS_BT2020
                                          : SWS_CS_ITU601;
}

static bool is_yuv(enum weir_pixel pixel) {
    return pixel == WEIR_PIXEL_I420 || pixel == WEIR_PIXEL_I422 || pixel == WEIR_PIXEL_I444 ||
           pixel == WEIR_PIXEL_NV12;
}

static bool same_key(const struct scaler_key *a, const struct scaler_key *b) {
    return a->pixel == b->pixel && a->matrix == b->matrix && a->full_range == b->full_range &&
           a->src_width == b->src_width && a->src_height == b->src_height &&
           a->dst_width == b->dst_width && a->dst_height == b->dst_height;
}

static int make_scaler(struct weir_convert *convert, const struct scaler_key *key,
                       struct weir_error *err) {
    if (convert->sws && same_key(&convert->key, key))
        return 0;
    sws_freeContext(convert->sws);
    convert->sws = sws_alloc_context();
    if (!convert->sws)
        return weir_fail(err, WEIR_ENOMEM, "no memory to convert a picture");
    av_opt_set_int(convert->sws, "srcw", key->src_width, 0);
    av_opt_set_int(convert->sws, "srch", key->src_height, 0);
    av_opt_set_int(convert->sws, "src_format", av_pixel(key->pixel), 0);
    av_opt_set_int(convert->sws, "dstw", key->dst_width, 0);
    av_opt_set_int(convert->sws, "dsth", key->dst_height, 0);
    av_opt_set_int(convert->sws, "dst_format", AV_PIX_FMT_YUV420P, 0);
    av_opt_set_int(convert->sws, "sws_flags", SWS_BILINEAR, 0);
    /* Stated before the context is set up, so that pictures which differ from
     * the canvas in nothing but their range are not just copied. */
    sws_setColorspaceDetails(convert->sws, sws_getCoefficients(av_matrix(key->matrix)),
                             key->full_range, sws_getCoefficients(av_matrix(convert->matrix)), 0, 0,
                             1 << 16, 1 << 16);
    if (sws_init_context(convert->sws, NULL, NULL) < 0) {
        sws_freeContext(convert->sws);
        convert->sws = NULL;
        return weir_fail(err, WEIR_EUNSUPPORTED,
                         "a picture of %dx%d (%s) cannot be scaled to %dx%d", key->src_width,
                         key->src_height, weir_pixel_name(key->pixel), key->dst_width,
                         key->dst_height);
    }
    convert->key = *key;
    return 0;
}

static void fill_plane(const struct weir_canvas *canvas, int p, uint8_t value) {
    int rows = p ? canvas->height / 2 : canvas->height;
    int columns = p ? canvas->width / 2 : canvas->width;
    for (int y = 0; y < rows; y++)
        memset(canvas->plane[p] + y * canvas->stride[p], value, (size_t)columns);
}

/* The largest even rectangle of the picture's aspect, in the middle of the canvas. */
static struct weir_placement fit(const struct weir_image *image, const struct weir_canvas *canvas) {
    double sx = (double)canvas->width / image->width, sy = (double)canvas->height / image->height;
    double s = fmin(sx, sy);
    int w = (int)lround(image->width * s / 2) * 2, h = (int)lround(image->height * s / 2) * 2;
    w = w < 2 ? 2 : w > canvas->width ? canvas->width : w;
    h = h < 2 ? 2 : h > canvas->height ? canvas->height : h;
    return (struct weir_placement){
        .scale_x = (double)w / image->width,
        .scale_y = (double)h / image->height,
        .x = (canvas->width - w) / 4 * 2,
        .y = (canvas->height - h) / 4 * 2,
        .width = w,
        .height = h,
    };
}

static void copy_planes(const struct weir_image *image, const struct weir_canvas *canvas) {
    for (int p = 0; p < 3; p++) {
        int rows = p ? canvas->height / 2 : canvas->height;
        size_t columns = (size_t)(p ? canvas->width / 2 : canvas->width);
        for (int y = 0; y < rows; y++)
            memcpy(canvas->plane[p] + y * canvas->stride[p], image->plane[p] + y * image->stride[p],
                   columns);
    }
}

int weir_convert_image(struct weir_convert *convert, const struct weir_image *image,
                       const struct weir_canvas *canvas, struct weir_placement *ret_placement,
                       struct weir_error *err) {
    /* An odd last column or row is cut off rather than squeezed in. */
    bool same_size = (image->width & ~1) == canvas->width && (image->height & ~1) == canvas->height;
    if (same_size && image->pixel == WEIR_PIXEL_I420 && !image->full_range) {
        copy_planes(image, canvas);
        *ret_placement = (struct weir_placement){
            .scale_x = 1, .scale_y = 1, .width = canvas->width, .height = canvas->height};
        return 0;
    }

    struct weir_placement at = fit(image, canvas);
    struct scaler_key key = {
        .pixel = image->pixel,
        .matrix = is_yuv(image->pixel) ? image->matrix : convert->matrix,
        .full_range = is_yuv(image->pixel) ? image->full_range : true,
        .src_width = image->width,
        .src_height = image->height,
        .dst_width = at.width,
        .dst_height = at.height,
    };
    int rc = make_scaler(convert, &key, err);
    if (rc)
        return rc;

    const uint8_t *src[4] = {0};
    uint8_t *dst[4] = {0};
    int src_stride[4] = {0}, dst_stride[4] = {0};
    for (int p = 0; p < weir_pixel_planes(image->pixel); p++) {
        src[p] = image->plane[p];
        src_stride[p] = (int)image->stride[p];
    }
    for (int p = 0; p < 3; p++) {
        int x = p ? at.x / 2 : at.x, y = p ? at.y / 2 : at.y;
        if (at.width < canvas->width || at.height < canvas->height)
            fill_plane(canvas, p, p ? 128 : 16);
        dst[p] = canvas->plane[p] + y * canvas->stride[p] + x;
        dst_stride[p] = (int)canvas->stride[p];
    }
    sws_scale(convert->sws, src, src_stride, 0, image->height, dst, dst_stride);
    *ret_placement = at;
    return 0;
}
