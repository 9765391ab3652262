/*
 * The linear assignment problem with a cap, rectangular: shortest augmenting
 * paths with dual prices (Jonker and Volgenant, "A shortest augmenting path
 * algorithm for dense and sparse linear assignment problems", Computing 38, 1987).
 */
#ifndef WEIR_VISION_ASSIGN_H
#define WEIR_VISION_ASSIGN_H

#include <stddef.h>

#include "base/base.h"

/* Memory that is kept from problem to problem. Zero-initialise; not thread-safe. */
struct weir_assign {
    double *num;
    int *idx;
    size_t num_cap, idx_cap;
};

void weir_assign_done(struct weir_assign *assign);

/* Makes room, so that problems of up to rows x cols cannot fail. 0, ENOMEM. */
int weir_assign_reserve(struct weir_assign *assign, size_t rows, size_t cols);

/*
 * cost is rows x cols, row-major. Picks the set of pairs, each row and column
 * in one at most, that minimises the sum of (cost - cap): a pair is worth making only
 * if it costs less than leaving both alone, and pairs whose cost is not below
 * cap (NaN included) are never made. Writes rows entries: the column, or -1. The answer
 * depends on the input alone. O(min^2 max). 0, ENOMEM.
 */
int weir_assign_solve(struct weir_assign *assign, const double *cost, size_t rows, size_t cols,
                      double cap, int *ret_col_of_row);

#endif
