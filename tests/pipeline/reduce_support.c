#include "pipeline/reduce_support.h"

#include <math.h>
#include <stdlib.h>

#include "support/support.h"

const enum weir_pixel reduce_formats[REDUCE_FORMATS] = {
    WEIR_PIXEL_I420, WEIR_PIXEL_I422, WEIR_PIXEL_I444, WEIR_PIXEL_NV12,
    WEIR_PIXEL_GRAY, WEIR_PIXEL_BGR,  WEIR_PIXEL_RGB};

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

bool reduce_is_rgb(enum weir_pixel pixel) {
    return pixel == WEIR_PIXEL_BGR || pixel == WEIR_PIXEL_RGB;
}

static int step_of(enum weir_pixel pixel, int plane) {
    return reduce_is_rgb(pixel) ? 3 : pixel == WEIR_PIXEL_NV12 && plane == 1 ? 2 : 1;
}

int reduce_plane_width(const struct weir_image *image, int p) {
    int s = p ? weir_pixel_chroma_shift_x(image->pixel) : 0;
    return (image->width + s) >> s;
}

int reduce_plane_height(const struct weir_image *image, int p) {
    int s = p ? weir_pixel_chroma_shift_y(image->pixel) : 0;
    return (image->height + s) >> s;
}

uint8_t *reduce_row(const struct weir_image *image, int p, int y) {
    return (uint8_t *)(uintptr_t)image->plane[p] + y * image->stride[p];
}

int reduce_row_bytes(const struct weir_image *image, int p) {
    return reduce_plane_width(image, p) * step_of(image->pixel, p);
}

struct weir_image reduce_make_image(enum weir_pixel pixel, int w, int h, int gap) {
    struct weir_image image = {.pixel = pixel, .width = w, .height = h};
    weir_ref_init(&image.ref);
    for (int p = 0; p < weir_pixel_planes(pixel); p++) {
        size_t row = (size_t)reduce_row_bytes(&image, p);
        image.stride[p] = (ptrdiff_t)row + gap;
        image.plane[p] =
            malloc((size_t)image.stride[p] * (reduce_plane_height(&image, p) - 1) + row);
        assert_non_null(image.plane[p]);
    }
    return image;
}

void reduce_free_image(struct weir_image *image) {
    for (int p = 0; p < 3; p++)
        free((void *)(uintptr_t)image->plane[p]);
}

void reduce_fill_each(const struct weir_image *image, uint8_t (*value)(int p, int i, int y)) {
    for (int p = 0; p < weir_pixel_planes(image->pixel); p++)
        for (int y = 0; y < reduce_plane_height(image, p); y++)
            for (int i = 0; i < reduce_row_bytes(image, p); i++)
                reduce_row(image, p, y)[i] = value(p, i, y);
}

void reduce_fill_random(const struct weir_image *image, uint32_t seed) {
    for (int p = 0; p < weir_pixel_planes(image->pixel); p++)
        for (int y = 0; y < reduce_plane_height(image, p); y++)
            for (int i = 0; i < reduce_row_bytes(image, p); i++) {
                uint32_t r = next_random(&seed);
                /* extremes often: they are where weights show */
                reduce_row(image, p, y)[i] =
                    (uint8_t)(r % 4 == 0 ? (r >> 2 & 1 ? 255 : 0) : r >> 3);
            }
}

void reduce_fill_constant(const struct weir_image *image, const int value[3]) {
    for (int p = 0; p < weir_pixel_planes(image->pixel); p++)
        for (int y = 0; y < reduce_plane_height(image, p); y++)
            for (int i = 0; i < reduce_row_bytes(image, p); i++)
                reduce_row(image, p, y)[i] = (uint8_t)value[p + i % step_of(image->pixel, p)];
}

/* How much of result j, as a share of it, lies in sample i. */
static double share(int i, int j, int from, int to) {
    double size = (double)from / to, begin = fmax(j * size, i), end = fmin((j + 1) * size, i + 1);
    return fmax(end - begin, 0) / size;
}

/* The definition: the mean of what sample (x, y) of to_w x to_h covers of component c. */
static double box(const struct weir_image *image, int p, int c, int x, int y, int to_w, int to_h) {
    int w = reduce_plane_width(image, p), h = reduce_plane_height(image, p),
        step = step_of(image->pixel, p);
    int x0 = (int)((int64_t)x * w / to_w), y0 = (int)((int64_t)y * h / to_h);
    int64_t x1 = ((int64_t)(x + 1) * w + to_w - 1) / to_w;
    int64_t y1 = ((int64_t)(y + 1) * h + to_h - 1) / to_h;
    double all = 0;
    for (int v = y0; v < y1; v++) {
        double row = 0;
        for (int u = x0; u < x1; u++)
            row += reduce_row(image, p, v)[u * step + c] * share(u, x, w, to_w);
        all += row * share(v, y, h, to_h);
    }
    return all;
}

/* ITU-R BT.601, limited range. */
static double colour(const double rgb[3], int p) {
    double luma = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
    return p == 0   ? 16 + luma * 219 / 255
           : p == 1 ? 128 + (rgb[2] - luma) / 1.772 * 224 / 255
                    : 128 + (rgb[0] - luma) / 1.402 * 224 / 255;
}

static double component(const struct weir_image *image, int c, int x, int y,
                        const struct weir_image *small) {
    return box(image, 0, image->pixel == WEIR_PIXEL_RGB ? c : 2 - c, x, y, small->width,
               small->height);
}

double reduce_wanted(const struct weir_image *image, const struct weir_image *small, int p, int x,
                     int y) {
    if (image->pixel == WEIR_PIXEL_GRAY && p > 0)
        return 128;
    if (!reduce_is_rgb(image->pixel)) {
        bool second = image->pixel == WEIR_PIXEL_NV12 && p == 2;
        return box(image, second ? 1 : p, second, x, y, reduce_plane_width(small, p),
                   reduce_plane_height(small, p));
    }
    double rgb[3];
    for (int c = 0; c < 3; c++) {
        if (p == 0) {
            rgb[c] = component(image, c, x, y, small);
            continue;
        }
        int right = 2 * x + 1 < small->width ? 2 * x + 1 : 2 * x;
        int below = 2 * y + 1 < small->height ? 2 * y + 1 : 2 * y;
        rgb[c] =
            (component(image, c, 2 * x, 2 * y, small) + component(image, c, right, 2 * y, small) +
             component(image, c, 2 * x, below, small) + component(image, c, right, below, small)) /
            4;
    }
    return colour(rgb, p);
}
