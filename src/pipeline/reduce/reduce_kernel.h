/*
 * Inside the reducer: its arithmetic, and the row kernels that do the work.
 *
 * Along an axis `from` samples become `to`, in lowest terms: 640 -> 416 is 20 -> 13. In
 * units of 1/to of a source sample, each source sample is `to` long and each result
 * `from`; what they share is a whole number, and the shares of one result add up to
 * `from`. So sums are exact integers, and rounding happens once, in the division by
 * rows.from * columns.from. (Weights scaled to a power of two would save that division,
 * but their rounding adds up: at 12 bits the mean of 1279 columns may be 12 grey levels off.)
 *
 * A row of the result is made in two steps: `down` adds up the rows it covers, each
 * times its share, over the whole width of the source; `across` does the same with the
 * columns of that sum, and divides.
 *
 * Kernels are pure: they keep nothing between calls and allocate nothing. All of them
 * give the same bytes.
 */
#ifndef WEIR_PIPELINE_REDUCE_REDUCE_KERNEL_H
#define WEIR_PIPELINE_REDUCE_REDUCE_KERNEL_H

#include "pipeline/reduce/reduce.h"

/* One direction, in lowest terms; from >= to. */
struct weir_reduce_axis {
    uint32_t from, to;
};

struct weir_reduce_axis weir_reduce_axis(int from, int to);

/*
 * What one result covers: `head` of sample `first`, all (axis->to) of each of the `full`
 * samples behind it, and `tail` of the one behind those (0: nothing, and it may not exist).
 */
struct weir_reduce_span {
    int first, full;
    uint32_t head, tail;
};

/* What a walk over an axis begins with: next makes the span of result 0 of it. */
#define WEIR_REDUCE_SPAN_START ((struct weir_reduce_span){.first = -1})
/* From the span of one result to that of the next. */
void weir_reduce_span_next(const struct weir_reduce_axis *axis, struct weir_reduce_span *span);
/* How many samples a span touches, and what its k-th one weighs. */
static inline int weir_reduce_span_len(const struct weir_reduce_span *span) {
    return 1 + span->full + (span->tail > 0);
}
static inline uint32_t weir_reduce_span_share(const struct weir_reduce_axis *axis,
                                              const struct weir_reduce_span *span, int k) {
    return k == 0 ? span->head : k <= span->full ? axis->to : span->tail;
}

enum {
    WEIR_REDUCE_ALIGN = 64, /* bytes, of the scratch memory's pieces */
    WEIR_REDUCE_BATCH = 32, /* results made at once: tables and result rows are padded to it */
    WEIR_REDUCE_WINDOW = 16, /* sums that four neighbouring results read at once, see pick */
    WEIR_REDUCE_WIDE_TAPS = 64, /* further apart, wide results have no table */
    /* The narrow kernels serve up to these: sums of rows fit 16 bits (255 * 257), twice a
     * share does, too, and what `across` adds up fits 32. The wide ones serve all. */
    WEIR_REDUCE_NARROW_ROWS = 257,
    WEIR_REDUCE_NARROW_COLUMNS = (1 << 14) - 1,
    WEIR_REDUCE_NARROW_AREA = 1 << 22,
    WEIR_REDUCE_FLOAT_AREA = (1 << 14) - 1, /* float divides exactly, see scale */
};

/*
 * Where each result reads a row of sums, and how much of each. Result j weighs the
 * `taps` sums from base[j] on by weight[j * taps …]. Sums that it does not cover weigh
 * nothing (those of other components, too, where a plane interleaves several).
 */
struct weir_reduce_columns {
    struct weir_reduce_axis axis;
    uint64_t area; /* axis.from * rows.from: what a result's shares add up to */
    int results, step; /* step: components that the plane interleaves */
    bool wide;
    int n; /* results, padded to WEIR_REDUCE_BATCH with some that weigh nothing, from base 0 */
    int taps; /* narrow: 4 or a multiple of 8; wide: a multiple of 4 */
    int32_t *base; /* n; NULL: wide, and taps is over WEIR_REDUCE_WIDE_TAPS */

    /* wide: the shares. A result is floor((their sum + floor(area / 2) + 0.5) / area). */
    uint32_t *weight_wide; /* n * taps, or NULL as base */

    /* narrow: twice the shares */
    int16_t *weight; /* n * taps */
    /*
     * For shuffles of pairs of sums. Four results i … i + 3, i a multiple of 4, all read from
     * the WEIR_REDUCE_WINDOW sums at base[i]: result j pairs pick[2 * j] and pick[2 * j + 1]
     * of them. (So base[j] is an even number of sums behind base[i]; where it had to move for
     * that, its first weight is 0.)
     */
    bool picks; /* no result reaches over more than 3 sums: there is pick */
    int32_t *pick; /* 2 * n, or NULL */
    /*
     * A result is floor((start + its weighed sum) * scale). With `all` as the exact sum,
     * start + weighed sum is 2 * (all + floor(area / 2)) + 1, and scale 1 / (2 * area): the 1,
     * which is half of all's unit, keeps the quotient 0.5 / area away from every whole
     * number. Two roundings in float err by less than 2^-15, so there the floor is right
     * where area is up to WEIR_REDUCE_FLOAT_AREA; beyond that it takes double.
     */
    int32_t start;
    double scale;
};

/* For `results` results along axis, of rows whose shares add up to rows_from. All but tables. */
void weir_reduce_columns_init(struct weir_reduce_columns *columns, struct weir_reduce_axis axis,
                              int results, int step, uint32_t rows_from);
/* How much memory the tables want, a multiple of WEIR_REDUCE_ALIGN; and how many sums behind a
 * row across may read, and weighs by nothing. */
size_t weir_reduce_columns_bytes(const struct weir_reduce_columns *columns);
int weir_reduce_columns_behind(const struct weir_reduce_columns *columns);
/* Puts the tables into memory, which is aligned and stays the caller's. */
void weir_reduce_columns_fill(struct weir_reduce_columns *columns, void *memory);

/* The rows that a row of the result covers. */
struct weir_reduce_rows {
    const uint8_t *src; /* the first of them */
    ptrdiff_t stride; /* from each to the next */
    struct weir_reduce_axis axis;
    struct weir_reduce_span span;
    int n; /* bytes of a row: no other is read */
};

struct weir_reduce_kernel {
    const char *name;
    bool (*available)(void); /* on this machine */
    /* sum[i] = the samples i of the rows, each times its share; narrow: less 32768. */
    void (*down)(const struct weir_reduce_rows *rows, int16_t *sum);
    void (*down_wide)(const struct weir_reduce_rows *rows, uint32_t *sum);
    /* columns->n results of component 0 of sum; from &sum[c], of component c. */
    void (*across)(const struct weir_reduce_columns *columns, const int16_t *sum, uint8_t *out);
    void (*across_wide)(const struct weir_reduce_columns *columns, const uint32_t *sum,
                        uint8_t *out);
    /* The same as both where 2 become 1 both ways: n results from 2 n bytes of two rows. NULL:
     * goes the general way. */
    void (*halve)(const uint8_t *top, const uint8_t *bottom, int n, uint8_t *out);
};

extern const struct weir_reduce_kernel weir_reduce_plain;
#if defined(__x86_64__)
extern const struct weir_reduce_kernel weir_reduce_avx2;
#endif
/* All of this build, fastest first, the plain one (always available) last. */
extern const struct weir_reduce_kernel *const weir_reduce_kernels[];
extern const size_t weir_reduce_kernels_len;

/* weir_reduce_image with that kernel, which must be available. */
int weir_reduce_image_with(const struct weir_reduce_kernel *kernel, const struct weir_image *image,
                           int width, int height, struct weir_image **ret_image,
                           struct weir_error *err);

#endif
