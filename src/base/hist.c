/*
 * The log-linear histogram. Values below 64 have a bucket each; a value in
 * [2^e, 2^(e+1)) with e >= 6 falls into one of 64 buckets of width 2^(e-6), so
 * a bucket's upper bound is at most 1/64 above any value inside it. The last
 * bucket also takes everything from 2^47 on (39 hours in nanoseconds); min and
 * max stay exact.
 */
#include "base/hist.h"

#include <math.h>
#include <string.h>

enum {
    SUB_BITS = 6, /* log2(WEIR_HIST_SUB) */
    LAST = WEIR_HIST_BUCKETS - 1,
};
_Static_assert(1 << SUB_BITS == WEIR_HIST_SUB, "SUB_BITS is log2 of WEIR_HIST_SUB");

static int bucket_of(int64_t value) {
    if (value < WEIR_HIST_SUB)
        return (int)value;
    int exponent = 63 - __builtin_clzll((unsigned long long)value);
    int shift = exponent - SUB_BITS;
    /* value >> shift lies in [64, 128): its leading 64 advances the group by one */
    int64_t index = (int64_t)shift * WEIR_HIST_SUB + (value >> shift);
    return index < LAST ? (int)index : LAST;
}

/* The largest value that falls into a bucket. */
static int64_t upper_bound(int bucket) {
    if (bucket < WEIR_HIST_SUB)
        return bucket;
    int shift = bucket / WEIR_HIST_SUB - 1;
    int64_t lead = bucket % WEIR_HIST_SUB + WEIR_HIST_SUB;
    return ((lead + 1) << shift) - 1;
}

void weir_hist_init(struct weir_hist *hist) {
    memset(hist, 0, sizeof *hist);
}

static void add_saturated(uint32_t *bucket, uint32_t n) {
    if (__builtin_add_overflow(*bucket, n, bucket))
        *bucket = UINT32_MAX;
}

void weir_hist_add(struct weir_hist *hist, int64_t value) {
    if (value < 0)
        value = 0;
    if (hist->count == 0 || value < hist->min)
        hist->min = value;
    if (hist->count == 0 || value > hist->max)
        hist->max = value;
    hist->count++;
    hist->sum += (double)value;
    add_saturated(&hist->bucket[bucket_of(value)], 1);
}

void weir_hist_merge(struct weir_hist *into, const struct weir_hist *from) {
    if (from->count == 0)
        return;
    if (into->count == 0 || from->min < into->min)
        into->min = from->min;
    if (into->count == 0 || from->max > into->max)
        into->max = from->max;
    into->count += from->count;
    into->sum += from->sum;
    for (int i = 0; i < WEIR_HIST_BUCKETS; i++)
        add_saturated(&into->bucket[i], from->bucket[i]);
}

double weir_hist_mean(const struct weir_hist *hist) {
    return hist->count ? hist->sum / (double)hist->count : 0.0;
}

int64_t weir_hist_quantile(const struct weir_hist *hist, double q) {
    if (hist->count == 0)
        return 0;
    if (!(q > 0.0))
        return hist->min;
    if (q >= 1.0)
        return hist->max;
    /* 0.07 * 100 is a little more than 7: the factor takes the rounding back */
    double rank = ceil(q * (double)hist->count * (1.0 - 1e-12));
    if (rank <= 1.0)
        return hist->min;
    if (rank >= (double)hist->count)
        return hist->max;

    uint64_t seen = 0;
    for (int i = 0; i < LAST; i++) {
        seen += hist->bucket[i];
        if ((double)seen >= rank) {
            int64_t bound = upper_bound(i);
            if (bound < hist->min)
                return hist->min;
            return bound < hist->max ? bound : hist->max;
        }
    }
    return hist->max; /* the open last bucket has no bound of its own */
}
