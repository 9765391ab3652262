/*
 * A histogram of durations with bounded relative error (1/64), in the manner of
 * HdrHistogram (G. Tene): logarithmic buckets, each cut into 64 linear parts.
 * Fixed memory. Not synchronised: one writer, or the caller's lock.
 */
#ifndef WEIR_BASE_HIST_H
#define WEIR_BASE_HIST_H

#include <stdint.h>

enum { WEIR_HIST_SUB = 64, WEIR_HIST_BUCKETS = 42 * WEIR_HIST_SUB };

struct weir_hist {
    uint64_t count;
    double sum;
    int64_t min, max;
    uint32_t bucket[WEIR_HIST_BUCKETS];
};

void weir_hist_init(struct weir_hist *hist);
/* value >= 0 (negative ones count as 0); nanoseconds by convention. */
void weir_hist_add(struct weir_hist *hist, int64_t value);
void weir_hist_merge(struct weir_hist *into, const struct weir_hist *from);
/* 0 for an empty histogram. */
double weir_hist_mean(const struct weir_hist *hist);
/* q in [0,1]: the smallest recorded bucket bound that at least q of the values
 * do not exceed; exact at min and max; 0 for an empty histogram. */
int64_t weir_hist_quantile(const struct weir_hist *hist, double q);

#endif
