/*
 * Pixels: a reference-counted picture in memory. Whoever made the pixels (a
 * decoder, a test) gives a function that frees them. Pixels are written only
 * by their maker, before the image is shared; afterwards they are read-only.
 */
#ifndef WEIR_MEDIA_IMAGE_H
#define WEIR_MEDIA_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

enum weir_pixel {
    WEIR_PIXEL_I420, /* 3 planes Y, U, V; chroma halved both ways (rounded up) */
    WEIR_PIXEL_I422, /* 3 planes; chroma halved horizontally */
    WEIR_PIXEL_I444, /* 3 planes; chroma whole */
    WEIR_PIXEL_NV12, /* 2 planes Y, UV interleaved; chroma halved both ways */
    WEIR_PIXEL_GRAY, /* 1 plane of 8-bit luma, full range */
    WEIR_PIXEL_BGR, /* 1 plane, 3 bytes a pixel: B, G, R */
    WEIR_PIXEL_RGB, /* 1 plane, 3 bytes a pixel: R, G, B */
};

enum weir_matrix { WEIR_MATRIX_BT601, WEIR_MATRIX_BT709, WEIR_MATRIX_BT2020 };

struct weir_image {
    struct weir_ref ref;
    enum weir_pixel pixel;
    int width, height; /* pixels, >= 1 */
    const uint8_t *plane[3];
    ptrdiff_t stride[3]; /* bytes from row to row */
    enum weir_matrix matrix; /* YUV formats: which R'G'B' */
    bool full_range; /* YUV formats: 0–255 instead of 16–235 */
    void (*free)(struct weir_image *image, void *owner); /* frees pixels, not *image; may be NULL */
    void *owner;
};

/* Number of planes of a format, its chroma shifts (0 or 1), and its name. */
int weir_pixel_planes(enum weir_pixel pixel);
int weir_pixel_chroma_shift_x(enum weir_pixel pixel);
int weir_pixel_chroma_shift_y(enum weir_pixel pixel);
const char *weir_pixel_name(enum weir_pixel pixel);

/* A header without pixels, count 1; the caller sets the rest. NULL: no memory. */
struct weir_image *weir_image_new(void);
/* An image that owns freshly allocated pixels (uninitialised, rows 64-byte
 * aligned and padded); weir_image_data gives them for writing. */
struct weir_image *weir_image_alloc(enum weir_pixel pixel, int width, int height);
/* Plane p for writing; only for the maker of an image from weir_image_alloc. */
uint8_t *weir_image_data(struct weir_image *image, int p);

struct weir_image *weir_image_ref(struct weir_image *image);
/* Gives the reference back and sets *image to NULL. Accepts NULL inside. */
void weir_image_unref(struct weir_image **image);

#endif
