/* Which samples a result covers and how much of each, one by one and as tables for a row. */
#include <string.h>

#include "pipeline/reduce/reduce_kernel.h"

struct weir_reduce_axis weir_reduce_axis(int from, int to) {
    uint32_t a = (uint32_t)from, b = (uint32_t)to;
    while (b) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return (struct weir_reduce_axis){.from = (uint32_t)from / a, .to = (uint32_t)to / a};
}

/* A result is at least as long as a sample, so it takes all that the last one left of its first. */
void weir_reduce_span_next(const struct weir_reduce_axis *axis, struct weir_reduce_span *span) {
    uint32_t head = axis->to - span->tail, rest = axis->from - head;
    span->first += 1 + span->full;
    span->head = head;
    span->full = (int)(rest / axis->to);
    span->tail = rest % axis->to;
}

static size_t padded(size_t n, size_t to) {
    return (n + to - 1) / to * to;
}

void weir_reduce_columns_init(struct weir_reduce_columns *columns, struct weir_reduce_axis axis,
                              int results, int step, uint32_t rows_from) {
    uint64_t area = (uint64_t)axis.from * rows_from;
    bool wide = rows_from > WEIR_REDUCE_NARROW_ROWS || axis.from > WEIR_REDUCE_NARROW_COLUMNS ||
                area > WEIR_REDUCE_NARROW_AREA;
    /* samples at most, with head and tail at their shortest; and from the first sum to the last */
    uint32_t most = (axis.from + 2 * axis.to - 2) / axis.to;
    int reach = (int)(most - 1) * step + 1;
    *columns = (struct weir_reduce_columns){
        .axis = axis,
        .area = area,
        .results = results,
        .step = step,
        .wide = wide,
        .n = (int)padded((size_t)results, WEIR_REDUCE_BATCH),
        .taps = (int)padded((size_t)reach, wide || reach <= 4 ? 4 : 8),
        .picks = !wide && reach <= 3,
        .scale = 0.5 / (double)area,
    };
    if (!wide) /* what `down` took off, half the area for rounding, and the 1 */
        columns->start = (int32_t)(2 * (32768 * axis.from + (uint32_t)area / 2) + 1);
}

static bool has_tables(const struct weir_reduce_columns *columns) {
    return !columns->wide || columns->taps <= WEIR_REDUCE_WIDE_TAPS;
}

static size_t weight_bytes(const struct weir_reduce_columns *columns) {
    size_t size = columns->wide ? sizeof(*columns->weight_wide) : sizeof(*columns->weight);
    return padded((size_t)columns->n * (size_t)columns->taps * size, WEIR_REDUCE_ALIGN);
}

static size_t base_bytes(const struct weir_reduce_columns *columns) {
    return padded((size_t)columns->n * sizeof(*columns->base), WEIR_REDUCE_ALIGN);
}

size_t weir_reduce_columns_bytes(const struct weir_reduce_columns *columns) {
    if (!has_tables(columns))
        return 0;
    return weight_bytes(columns) + base_bytes(columns) * (columns->picks ? 3 : 1);
}

int weir_reduce_columns_behind(const struct weir_reduce_columns *columns) {
    if (!has_tables(columns))
        return 0;
    return columns->taps > WEIR_REDUCE_WINDOW ? columns->taps : WEIR_REDUCE_WINDOW;
}

/*
 * The pairs of result j, whose first sum is at base; returns by how much its base moves
 * back to lie at the beginning of a pair. Where no result reaches over more than 3 sums,
 * neighbours are at most 4 apart: the fourth ends within the window.
 */
static int pick_pairs(struct weir_reduce_columns *columns, int j, int base) {
    int window = j % 4 == 0 ? base : columns->base[j / 4 * 4];
    columns->pick[2 * j] = (base - window) / 2;
    columns->pick[2 * j + 1] = (base - window) / 2 + 1;
    return (base - window) % 2;
}

void weir_reduce_columns_fill(struct weir_reduce_columns *columns, void *memory) {
    if (!has_tables(columns))
        return;
    memset(memory, 0, weir_reduce_columns_bytes(columns));
    char *weights = memory, *bases = weights + weight_bytes(columns);
    columns->base = (int32_t *)(void *)bases;
    if (columns->wide)
        columns->weight_wide = (uint32_t *)(void *)weights;
    else
        columns->weight = (int16_t *)(void *)weights;
    if (columns->picks)
        columns->pick = (int32_t *)(void *)(bases + base_bytes(columns));

    const struct weir_reduce_axis axis = columns->axis;
    struct weir_reduce_span span = WEIR_REDUCE_SPAN_START;
    for (int j = 0; j < columns->results; j++) {
        weir_reduce_span_next(&axis, &span);
        int base = span.first * columns->step;
        int back = columns->picks ? pick_pairs(columns, j, base) : 0;
        columns->base[j] = base - back;
        ptrdiff_t at = (ptrdiff_t)j * columns->taps + back;
        for (int k = 0; k < weir_reduce_span_len(&span); k++, at += columns->step) {
            uint32_t share = weir_reduce_span_share(&axis, &span, k);
            if (columns->wide)
                columns->weight_wide[at] = share;
            else
                columns->weight[at] = (int16_t)(2 * share);
        }
    }
}
