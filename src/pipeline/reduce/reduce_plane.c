/*
 * One plane, row by row. A picture is read once, from top to bottom; only the row
 * that two results share is read for both. The sum of rows stays in the L1 or L2
 * cache between `down` and `across`.
 */
#include "pipeline/reduce/reduce_plane.h"

#include <string.h>

void weir_reduce_plane_init(struct weir_reduce_plane *plane,
                            const struct weir_reduce_kernel *kernel, const uint8_t *src,
                            ptrdiff_t stride, int step, struct weir_reduce_extent from,
                            struct weir_reduce_extent to) {
    struct weir_reduce_axis rows = weir_reduce_axis(from.height, to.height);
    struct weir_reduce_axis columns = weir_reduce_axis(from.width, to.width);
    *plane = (struct weir_reduce_plane){
        .kernel = kernel,
        .to = to,
        .src = src,
        .rows = {.src = src,
                 .stride = stride,
                 .axis = rows,
                 .span = WEIR_REDUCE_SPAN_START,
                 .n = from.width * step},
    };
    weir_reduce_columns_init(&plane->columns, columns, to.width, step, rows.from);
    if (step == 1 && plane->columns.area == 1)
        plane->way = WEIR_REDUCE_COPY;
    else if (step == 1 && columns.from == 2 && rows.from == 2 && kernel->halve)
        plane->way = WEIR_REDUCE_HALVE;
    else
        plane->way = plane->columns.wide ? WEIR_REDUCE_WIDE : WEIR_REDUCE_NARROW;
}

/* Of the sums of a row, and of what may be read behind them. */
static size_t sum_bytes(const struct weir_reduce_plane *plane) {
    size_t n = (size_t)plane->rows.n + (size_t)weir_reduce_columns_behind(&plane->columns);
    size_t bytes =
        n * (plane->way == WEIR_REDUCE_WIDE ? sizeof(*plane->sum_wide) : sizeof(*plane->sum));
    return (bytes + WEIR_REDUCE_ALIGN - 1) / WEIR_REDUCE_ALIGN * WEIR_REDUCE_ALIGN;
}

static bool needs_memory(const struct weir_reduce_plane *plane) {
    return plane->way == WEIR_REDUCE_NARROW || plane->way == WEIR_REDUCE_WIDE;
}

size_t weir_reduce_plane_bytes(const struct weir_reduce_plane *plane) {
    return needs_memory(plane) ? weir_reduce_columns_bytes(&plane->columns) + sum_bytes(plane) : 0;
}

void weir_reduce_plane_start(struct weir_reduce_plane *plane, void *memory) {
    if (!needs_memory(plane))
        return;
    weir_reduce_columns_fill(&plane->columns, memory);
    void *sum = (char *)memory + weir_reduce_columns_bytes(&plane->columns);
    memset(sum, 0, sum_bytes(plane));
    if (plane->way == WEIR_REDUCE_WIDE)
        plane->sum_wide = sum;
    else
        plane->sum = sum;
}

void weir_reduce_plane_row(struct weir_reduce_plane *plane, uint8_t *const *out) {
    struct weir_reduce_rows *rows = &plane->rows;
    const struct weir_reduce_kernel *kernel = plane->kernel;
    int step = plane->columns.step;
    weir_reduce_span_next(&rows->axis, &rows->span);
    rows->src = plane->src + rows->span.first * rows->stride;
    switch (plane->way) {
    case WEIR_REDUCE_COPY:
        memcpy(out[0], rows->src, (size_t)plane->to.width);
        break;
    case WEIR_REDUCE_HALVE:
        kernel->halve(rows->src, rows->src + rows->stride, plane->to.width, out[0]);
        break;
    case WEIR_REDUCE_NARROW:
        kernel->down(rows, plane->sum);
        for (int c = 0; c < step; c++)
            kernel->across(&plane->columns, plane->sum + c, out[c]);
        break;
    case WEIR_REDUCE_WIDE:
        kernel->down_wide(rows, plane->sum_wide);
        for (int c = 0; c < step; c++)
            kernel->across_wide(&plane->columns, plane->sum_wide + c, out[c]);
        break;
    }
}
