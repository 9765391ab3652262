/*
 * The row kernels in portable C, in loops that a compiler can vectorise. They
 * serve every machine without kernels of its own, and the tests as a second opinion.
 */
#include "pipeline/reduce/reduce_kernel.h"

static bool always(void) {
    return true;
}

/* Sums wrap around in 16 bits on their way; the last one fits. */
static void set_1(const uint8_t *restrict a, uint16_t u, int n, int16_t *restrict sum) {
    for (int i = 0; i < n; i++)
        sum[i] = (int16_t)(32768u + (uint16_t)(a[i] * u));
}

static void set_2(const uint8_t *restrict a, const uint8_t *restrict b, uint16_t u, uint16_t v,
                  int n, int16_t *restrict sum) {
    for (int i = 0; i < n; i++)
        sum[i] = (int16_t)(32768u + (uint16_t)(a[i] * u) + (uint16_t)(b[i] * v));
}

static void set_3(const uint8_t *restrict a, const uint8_t *restrict b, const uint8_t *restrict c,
                  uint16_t u, uint16_t v, uint16_t w, int n, int16_t *restrict sum) {
    for (int i = 0; i < n; i++)
        sum[i] =
            (int16_t)(32768u + (uint16_t)(a[i] * u) + (uint16_t)(b[i] * v) + (uint16_t)(c[i] * w));
}

static void add_1(const uint8_t *restrict a, uint16_t u, int n, int16_t *restrict sum) {
    for (int i = 0; i < n; i++)
        sum[i] = (int16_t)((uint16_t)sum[i] + (uint16_t)(a[i] * u));
}

static uint32_t share(const struct weir_reduce_rows *rows, int k) {
    return weir_reduce_span_share(&rows->axis, &rows->span, k);
}

static void down(const struct weir_reduce_rows *rows, int16_t *sum) {
    const uint8_t *a = rows->src;
    const ptrdiff_t stride = rows->stride;
    uint16_t u = (uint16_t)share(rows, 0), v = (uint16_t)share(rows, 1);
    int len = weir_reduce_span_len(&rows->span), n = rows->n;
    if (len == 1)
        set_1(a, u, n, sum);
    else if (len == 2)
        set_2(a, a + stride, u, v, n, sum);
    else
        set_3(a, a + stride, a + 2 * stride, u, v, (uint16_t)share(rows, 2), n, sum);
    for (int k = 3; k < len; k++)
        add_1(a + k * stride, (uint16_t)share(rows, k), n, sum);
}

static void set_wide(const uint8_t *restrict a, uint32_t u, int n, uint32_t *restrict sum) {
    for (int i = 0; i < n; i++)
        sum[i] = a[i] * u;
}

static void add_wide(const uint8_t *restrict a, uint32_t u, int n, uint32_t *restrict sum) {
    for (int i = 0; i < n; i++)
        sum[i] += a[i] * u;
}

static void down_wide(const struct weir_reduce_rows *rows, uint32_t *sum) {
    set_wide(rows->src, rows->span.head, rows->n, sum);
    for (int k = 1; k < weir_reduce_span_len(&rows->span); k++)
        add_wide(rows->src + k * rows->stride, share(rows, k), rows->n, sum);
}

static int32_t dot_4(const int16_t *a, const int16_t *w) {
    return a[0] * w[0] + a[1] * w[1] + a[2] * w[2] + a[3] * w[3];
}

static int32_t dot(const int16_t *a, const int16_t *w, int taps) {
    int32_t sum = 0;
    for (int k = 0; k < taps; k++)
        sum += a[k] * w[k];
    return sum;
}

static void divide(const struct weir_reduce_columns *columns, const int32_t *all, uint8_t *out) {
    const int32_t start = columns->start;
    const double scale = columns->scale;
    if (columns->area <= WEIR_REDUCE_FLOAT_AREA)
        for (int i = 0; i < WEIR_REDUCE_BATCH; i++)
            out[i] = (uint8_t)(int)((float)(all[i] + start) * (float)scale);
    else
        for (int i = 0; i < WEIR_REDUCE_BATCH; i++)
            out[i] = (uint8_t)(int)((double)(all[i] + start) * scale);
}

static void across(const struct weir_reduce_columns *columns, const int16_t *sum, uint8_t *out) {
    const int taps = columns->taps;
    for (int j = 0; j < columns->n; j += WEIR_REDUCE_BATCH) {
        const int32_t *base = columns->base + j;
        const int16_t *weight = columns->weight + (ptrdiff_t)j * taps;
        int32_t all[WEIR_REDUCE_BATCH];
        if (taps == 4)
            for (int i = 0; i < WEIR_REDUCE_BATCH; i++, weight += 4)
                all[i] = dot_4(sum + base[i], weight);
        else
            for (int i = 0; i < WEIR_REDUCE_BATCH; i++, weight += taps)
                all[i] = dot(sum + base[i], weight, taps);
        divide(columns, all, out + j);
    }
}

static uint64_t dot_wide(const uint32_t *a, const uint32_t *w, int taps) {
    uint64_t sum = 0;
    for (int k = 0; k < taps; k++)
        sum += (uint64_t)a[k] * w[k];
    return sum;
}

/* Without a table, which would be larger than the picture. */
static uint64_t dot_span(const struct weir_reduce_columns *columns,
                         const struct weir_reduce_span *span, const uint32_t *sum) {
    const uint32_t *a = sum + (ptrdiff_t)span->first * columns->step;
    uint64_t full = 0, all = (uint64_t)span->head * *a;
    for (int k = 0; k < span->full; k++)
        full += *(a += columns->step);
    if (span->tail)
        all += (uint64_t)span->tail * a[columns->step];
    return all + full * columns->axis.to;
}

static void across_wide(const struct weir_reduce_columns *columns, const uint32_t *sum,
                        uint8_t *out) {
    const double scale = 1 / (double)columns->area;
    const int64_t half = (int64_t)(columns->area / 2);
    const uint32_t *weight = columns->weight_wide;
    struct weir_reduce_span span = WEIR_REDUCE_SPAN_START;
    for (int j = 0; j < columns->results; j++) {
        uint64_t all;
        if (weight) {
            all = dot_wide(sum + columns->base[j], weight, columns->taps);
            weight += columns->taps;
        } else {
            weir_reduce_span_next(&columns->axis, &span);
            all = dot_span(columns, &span, sum);
        }
        out[j] = (uint8_t)(int)(((double)((int64_t)all + half) + 0.5) * scale);
    }
}

static void halve(const uint8_t *restrict top, const uint8_t *restrict bottom, int n,
                  uint8_t *restrict out) {
    for (int i = 0; i < n; i++)
        out[i] =
            (uint8_t)((top[2 * i] + top[2 * i + 1] + bottom[2 * i] + bottom[2 * i + 1] + 2) >> 2);
}

const struct weir_reduce_kernel weir_reduce_plain = {
    .name = "plain",
    .available = always,
    .down = down,
    .down_wide = down_wide,
    .across = across,
    .across_wide = across_wide,
    .halve = halve,
};
