/* Small rows of R'G'B' into I420, BT.601 in limited range. */
#ifndef WEIR_PIPELINE_REDUCE_REDUCE_COLOUR_H
#define WEIR_PIPELINE_REDUCE_REDUCE_COLOUR_H

#include <stdint.h>

/* n samples of luma. rgb: one row a component. */
void weir_reduce_luma(const uint8_t *const rgb[3], int n, uint8_t *y);
/* n samples each of U and V, from two rows of 2 n pixels: each the mean of its four. */
void weir_reduce_chroma(const uint8_t *const top[3], const uint8_t *const bottom[3], int n,
                        uint8_t *u, uint8_t *v);

#endif
