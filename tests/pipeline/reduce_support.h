/*
 * What the reducer's tests share: pictures in heap blocks of the exact size, so that a sanitizer
 * sees every byte too far, and the definition: a plain box filter in double precision.
 */
#ifndef WEIR_TESTS_PIPELINE_REDUCE_SUPPORT_H
#define WEIR_TESTS_PIPELINE_REDUCE_SUPPORT_H

#include "media/media.h"

enum { REDUCE_FORMATS = 7 };
extern const enum weir_pixel reduce_formats[REDUCE_FORMATS]; /* all there are, I420 first */
bool reduce_is_rgb(enum weir_pixel pixel);

/* Samples in a row, rows, and bytes in a row of plane p; where row y of it begins. */
int reduce_plane_width(const struct weir_image *image, int p);
int reduce_plane_height(const struct weir_image *image, int p);
int reduce_row_bytes(const struct weir_image *image, int p);
uint8_t *reduce_row(const struct weir_image *image, int p, int y);

/* Planes without a byte behind the last sample, rows `gap` bytes further apart than they
 * must be. The caller keeps the one reference, and frees. */
struct weir_image reduce_make_image(enum weir_pixel pixel, int w, int h, int gap);
void reduce_free_image(struct weir_image *image);
void reduce_fill_each(const struct weir_image *image, uint8_t (*value)(int p, int i, int y));
void reduce_fill_random(const struct weir_image *image, uint32_t seed);
/* value: one a component, planes and interleaved ones alike */
void reduce_fill_constant(const struct weir_image *image, const int value[3]);

/* What sample (x, y) of plane p must be where image is reduced to the I420 picture small. */
double reduce_wanted(const struct weir_image *image, const struct weir_image *small, int p, int x,
                     int y);

#endif
