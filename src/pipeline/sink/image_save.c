/*
 * A picture as a PNG file, for looking at: FFmpeg's scaler turns it into red,
 * green and blue, cairo compresses it, and the file appears when it is whole.
 */
#include <cairo.h>
#include <libswscale/swscale.h>

#include "pipeline/stage.h"

static cairo_status_t append(void *closure, const unsigned char *data, unsigned int len) {
    struct weir_buf *png = closure;
    weir_buf_add(png, (const char *)data, len);
    return png->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

static int to_rgb(const struct weir_image *image, cairo_surface_t *surface) {
    const int matrix = image->matrix == WEIR_MATRIX_BT709    ? SWS_CS_ITU709
                       : image->matrix == WEIR_MATRIX_BT2020 ? SWS_CS_BT2020
                                                             : SWS_CS_ITU601;
    struct SwsContext *sws =
        sws_getContext(image->width, image->height, AV_PIX_FMT_YUV420P, image->width, image->height,
                       AV_PIX_FMT_RGB32, SWS_BICUBIC | SWS_ACCURATE_RND, NULL, NULL, NULL);
    if (!sws)
        return WEIR_ENOMEM;
    sws_setColorspaceDetails(sws, sws_getCoefficients(matrix), image->full_range,
                             sws_getCoefficients(matrix), 1, 0, 1 << 16, 1 << 16);
    const int src_stride[4] = {(int)image->stride[0], (int)image->stride[1], (int)image->stride[2]};
    const int dst_stride[4] = {cairo_image_surface_get_stride(surface)};
    uint8_t *const dst[4] = {cairo_image_surface_get_data(surface)};
    const uint8_t *const src[4] = {image->plane[0], image->plane[1], image->plane[2]};
    cairo_surface_flush(surface);
    sws_scale(sws, src, src_stride, 0, image->height, dst, dst_stride);
    cairo_surface_mark_dirty(surface);
    sws_freeContext(sws);
    return 0;
}

int weir_image_save(const char *path, const struct weir_image *image, struct weir_error *err) {
    if (image->pixel != WEIR_PIXEL_I420)
        return weir_fail(err, WEIR_EUNSUPPORTED, "%s: a picture of %s cannot be saved; only i420",
                         path, weir_pixel_name(image->pixel));
    struct weir_buf png = {0};
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, image->width, image->height);
    bool ok = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS && !to_rgb(image, surface) &&
              cairo_surface_write_to_png_stream(surface, append, &png) == CAIRO_STATUS_SUCCESS;
    int rc = ok ? weir_file_write_all(path, png.data, png.len, err)
                : weir_fail(err, WEIR_ENOMEM, "%s: out of memory", path);
    cairo_surface_destroy(surface);
    weir_buf_done(&png);
    return rc;
}
