/*
 * ITU-R BT.601: Y' = 0.299 R' + 0.587 G' + 0.114 B', Cb = (B' - Y') / 1.772, Cr = (R' - Y') /
 * 1.402, on 16–235 and 16–240. Coefficients are in 1/65536, the chroma ones rounded so that they
 * add up to 0: grey gives exactly 128.
 */
#include "pipeline/reduce/reduce_colour.h"

#include <stddef.h>

void weir_reduce_luma(const uint8_t *const rgb[3], int n, uint8_t *restrict y) {
    const uint8_t *restrict r = rgb[0], *restrict g = rgb[1], *restrict b = rgb[2];
    for (int i = 0; i < n; i++)
        y[i] =
            (uint8_t)((16829 * r[i] + 33039 * g[i] + 6416 * b[i] + (16 << 16) + (1 << 15)) >> 16);
}

void weir_reduce_chroma(const uint8_t *const top[3], const uint8_t *const bottom[3], int n,
                        uint8_t *restrict u, uint8_t *restrict v) {
    enum { ZERO = (128 << 18) + (1 << 17) }; /* of four pixels, with half for rounding */
    for (int i = 0; i < n; i++) {
        int sum[3];
        for (int c = 0; c < 3; c++)
            sum[c] = top[c][2 * i] + top[c][2 * i + 1] + bottom[c][2 * i] + bottom[c][2 * i + 1];
        u[i] = (uint8_t)((-9714 * sum[0] - 19070 * sum[1] + 28784 * sum[2] + ZERO) >> 18);
        v[i] = (uint8_t)((28784 * sum[0] - 24103 * sum[1] - 4681 * sum[2] + ZERO) >> 18);
    }
}
