/*
 * One plane of a picture on its way down, row by row:
 *
 *     weir_reduce_plane_init(&plane, kernel, src, stride, step, from, to);
 *     weir_reduce_plane_start(&plane, weir_reduce_plane_bytes(&plane) of memory);
 *     to.height times weir_reduce_plane_row(&plane, out);
 */
#ifndef WEIR_PIPELINE_REDUCE_REDUCE_PLANE_H
#define WEIR_PIPELINE_REDUCE_REDUCE_PLANE_H

#include "pipeline/reduce/reduce_kernel.h"

struct weir_reduce_extent {
    int width, height; /* samples */
};

struct weir_reduce_plane {
    const struct weir_reduce_kernel *kernel;
    struct weir_reduce_extent to;
    enum weir_reduce_way {
        WEIR_REDUCE_COPY,
        WEIR_REDUCE_HALVE,
        WEIR_REDUCE_NARROW, /* 16 bits a sum: 1280 -> 416, which is 40 -> 13 */
        WEIR_REDUCE_WIDE, /* 32 bits a sum: 1279 -> 417, which have no divisor in common */
    } way;
    const uint8_t *src;
    struct weir_reduce_rows rows; /* those of the last row made */
    struct weir_reduce_columns columns;
    int16_t *sum; /* narrow */
    uint32_t *sum_wide;
};

/* Everything but memory. src is borrowed; step components are interleaved in it. Sizes are
 * checked by the caller: 1 <= to <= from <= WEIR_REDUCE_SIDE_MAX. */
void weir_reduce_plane_init(struct weir_reduce_plane *plane,
                            const struct weir_reduce_kernel *kernel, const uint8_t *src,
                            ptrdiff_t stride, int step, struct weir_reduce_extent from,
                            struct weir_reduce_extent to);
/* How much memory start wants, a multiple of WEIR_REDUCE_ALIGN. */
size_t weir_reduce_plane_bytes(const struct weir_reduce_plane *plane);
/* Puts the tables into memory, which is aligned and stays the caller's. */
void weir_reduce_plane_start(struct weir_reduce_plane *plane, void *memory);
/*
 * Makes the next row, component c into out[c]. A row of out has room for to.width rounded
 * up to WEIR_REDUCE_BATCH; what is beyond to.width means nothing.
 */
void weir_reduce_plane_row(struct weir_reduce_plane *plane, uint8_t *const *out);

#endif
