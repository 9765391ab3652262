/* How sure a share is: k of n, as an interval. */
#ifndef WEIR_EVAL_INTERVAL_H
#define WEIR_EVAL_INTERVAL_H

#include <stdint.h>

struct weir_interval {
    double low, high;
};

/*
 * Clopper and Pearson's exact interval (Biometrika 26, 1934) for the probability behind k
 * successes of n, 0 <= k <= n, at that confidence, (0,1): 0.95. n = 0: [0, 1].
 */
struct weir_interval weir_interval_exact(int64_t k, int64_t n, double confidence);

#endif
