/*
 * What moves before a fixed camera, without any learning of what things look
 * like: a mixture of Gaussians a pixel (Zivkovic, "Improved Adaptive Gaussian
 * Mixture Model for Background Subtraction", 2004, with its constants), shadows
 * left out, small holes and specks closed, and the connected regions of the rest.
 */
#ifndef WEIR_BENCH_SUBTRACT_H
#define WEIR_BENCH_SUBTRACT_H

#include <stddef.h>

#include "media/media.h"

struct subtract;

struct region {
    int x0, y0, x1, y1; /* pixels, x1 and y1 excluded */
    int area; /* foreground pixels */
};

/* history: frames after which the old is forgotten. NULL: no memory. */
struct subtract *subtract_new(int width, int height, int history);
void subtract_free(struct subtract *s);
/* Learns from an I420 picture and finds the regions in it, of at least min_area pixels;
 * *ret_regions is good until the next call. The number of regions. */
size_t subtract_next(struct subtract *s, const struct weir_image *image, int min_area,
                     const struct region **ret_regions);

#endif
