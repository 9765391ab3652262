/*
 * The reducer around its planes: checks, formats, and the picture that comes out. One
 * block of scratch a call, as large as the plane that wants most.
 */
#include "pipeline/reduce/reduce.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/reduce/reduce_colour.h"
#include "pipeline/reduce/reduce_plane.h"

const int weir_reduce_ladder[WEIR_REDUCE_LADDER] = {160, 224, 320, 416, 512, 640, 960, 1280};

const struct weir_reduce_kernel *const weir_reduce_kernels[] = {
#if defined(__x86_64__)
    &weir_reduce_avx2,
#endif
    &weir_reduce_plain,
};
const size_t weir_reduce_kernels_len = sizeof weir_reduce_kernels / sizeof weir_reduce_kernels[0];

static struct weir_reduce_extent extent(int width, int height, int shift_x, int shift_y) {
    return (struct weir_reduce_extent){(width + shift_x) >> shift_x, (height + shift_y) >> shift_y};
}

static int plane_step(enum weir_pixel pixel, int p) {
    if (pixel == WEIR_PIXEL_RGB || pixel == WEIR_PIXEL_BGR)
        return 3;
    return pixel == WEIR_PIXEL_NV12 && p == 1 ? 2 : 1;
}

static void init_plane(struct weir_reduce_plane *plane, const struct weir_reduce_kernel *kernel,
                       const struct weir_image *image, int p, const struct weir_image *small) {
    int shift_x = p ? weir_pixel_chroma_shift_x(image->pixel) : 0;
    int shift_y = p ? weir_pixel_chroma_shift_y(image->pixel) : 0, halved = p ? 1 : 0;
    weir_reduce_plane_init(plane, kernel, image->plane[p], image->stride[p],
                           plane_step(image->pixel, p),
                           extent(image->width, image->height, shift_x, shift_y),
                           extent(small->width, small->height, halved, halved));
}

static int reduce_planes(const struct weir_reduce_kernel *kernel, const struct weir_image *image,
                         struct weir_image *small) {
    struct weir_reduce_plane plane[3];
    int planes = weir_pixel_planes(image->pixel);
    size_t most = 0;
    for (int p = 0; p < planes; p++) {
        init_plane(&plane[p], kernel, image, p, small);
        size_t bytes = weir_reduce_plane_bytes(&plane[p]);
        most = bytes > most ? bytes : most;
    }
    void *scratch = NULL;
    if (most && !(scratch = aligned_alloc(WEIR_REDUCE_ALIGN, most)))
        return WEIR_ENOMEM;
    for (int p = 0; p < planes; p++) {
        weir_reduce_plane_start(&plane[p], scratch);
        int second = plane_step(image->pixel, p) == 2 ? 2 : p; /* interleaved chroma: U and V */
        uint8_t *out[2] = {weir_image_data(small, p), weir_image_data(small, second)};
        for (int y = 0; y < plane[p].to.height; y++) {
            weir_reduce_plane_row(&plane[p], out);
            out[0] += small->stride[p];
            out[1] += small->stride[second];
        }
    }
    free(scratch);
    if (image->pixel == WEIR_PIXEL_GRAY)
        for (int p = 1; p < 3; p++)
            memset(weir_image_data(small, p), 128,
                   (size_t)small->stride[p] * (size_t)((small->height + 1) / 2));
    small->matrix = image->matrix;
    small->full_range = image->pixel == WEIR_PIXEL_GRAY || image->full_range;
    return 0;
}

/* Two rows of the small picture at a time, for its chroma; the last one and the last column of an
 * odd size count twice. */
static int reduce_rgb(const struct weir_reduce_kernel *kernel, const struct weir_image *image,
                      struct weir_image *small) {
    struct weir_reduce_plane plane;
    init_plane(&plane, kernel, image, 0, small);
    size_t bytes = weir_reduce_plane_bytes(&plane);
    size_t row = ((size_t)small->width + WEIR_REDUCE_ALIGN) / WEIR_REDUCE_ALIGN * WEIR_REDUCE_ALIGN;
    uint8_t *scratch = aligned_alloc(WEIR_REDUCE_ALIGN, bytes + 6 * row);
    if (!scratch)
        return WEIR_ENOMEM;
    weir_reduce_plane_start(&plane, scratch);
    uint8_t *rows = scratch + bytes, *yuv[3];
    for (int p = 0; p < 3; p++)
        yuv[p] = weir_image_data(small, p);
    bool reversed = image->pixel == WEIR_PIXEL_BGR;
    for (int y = 0; y < small->height; y += 2) {
        const uint8_t *rgb[2][3];
        int both = y + 1 < small->height ? 2 : 1;
        for (int r = 0; r < both; r++) {
            uint8_t *out[3];
            for (int c = 0; c < 3; c++)
                out[c] = rows + (size_t)(3 * r + c) * row;
            weir_reduce_plane_row(&plane, out);
            for (int c = 0; c < 3; c++) {
                out[c][small->width] = out[c][small->width - 1];
                rgb[r][reversed ? 2 - c : c] = out[c];
            }
            weir_reduce_luma(rgb[r], small->width, yuv[0]);
            yuv[0] += small->stride[0];
        }
        weir_reduce_chroma(rgb[0], rgb[both - 1], (small->width + 1) / 2, yuv[1], yuv[2]);
        yuv[1] += small->stride[1];
        yuv[2] += small->stride[2];
    }
    free(scratch);
    small->matrix = WEIR_MATRIX_BT601;
    small->full_range = false;
    return 0;
}

static int check(const struct weir_image *image, int width, int height, struct weir_error *err) {
    int planes = weir_pixel_planes(image->pixel);
    if (planes == 0)
        return weir_fail(err, WEIR_EUNSUPPORTED, "a picture of unknown format %d cannot be reduced",
                         (int)image->pixel);
    if (width < 1 || height < 1 || width > image->width || height > image->height)
        return weir_fail(err, WEIR_ERANGE,
                         "a picture of %dx%d cannot be reduced to %dx%d; allowed: 1x1 to %dx%d",
                         image->width, image->height, width, height, image->width, image->height);
    if (image->width > WEIR_REDUCE_SIDE_MAX || image->height > WEIR_REDUCE_SIDE_MAX)
        return weir_fail(err, WEIR_ERANGE,
                         "a picture of %dx%d cannot be reduced; allowed: up to %d a side",
                         image->width, image->height, WEIR_REDUCE_SIDE_MAX);
    for (int p = 0; p < planes; p++)
        if (!image->plane[p])
            return weir_fail(err, WEIR_EINVAL,
                             "a picture without plane %d of its %d cannot be reduced", p, planes);
    return 0;
}

int weir_reduce_image_with(const struct weir_reduce_kernel *kernel, const struct weir_image *image,
                           int width, int height, struct weir_image **ret_image,
                           struct weir_error *err) {
    int rc = check(image, width, height, err);
    if (rc < 0)
        return rc;
    if (image->pixel == WEIR_PIXEL_I420 && image->width == width && image->height == height) {
        /* only the count is written, and that is no part of the picture */
        *ret_image = weir_image_ref((struct weir_image *)(uintptr_t)image);
        return 0;
    }
    struct weir_image *small = weir_image_alloc(WEIR_PIXEL_I420, width, height);
    bool rgb = plane_step(image->pixel, 0) == 3;
    rc = small ? (rgb ? reduce_rgb : reduce_planes)(kernel, image, small) : WEIR_ENOMEM;
    if (rc < 0) {
        weir_image_unref(&small);
        return weir_fail(err, rc, "no memory to reduce a picture of %dx%d to %dx%d", image->width,
                         image->height, width, height);
    }
    *ret_image = small;
    return 0;
}

int weir_reduce_image(const struct weir_image *image, int width, int height,
                      struct weir_image **ret_image, struct weir_error *err) {
    size_t k = 0;
    while (!weir_reduce_kernels[k]->available())
        k++;
    return weir_reduce_image_with(weir_reduce_kernels[k], image, width, height, ret_image, err);
}
