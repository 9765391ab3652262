/*
 * One row after another is added to an optimal partial assignment: Dijkstra over
 * columns, with reduced costs that the dual prices keep non-negative, finds
 * the cheapest way to give the new row a column, moving others where that pays.
 *
 * The cap enters as worth = min(cost - cap, 0): staying alone is worth 0, so a
 * complete assignment of these values with its zero pairs struck out is the
 * best partial one. Rows and columns that have no pair below the cap are left
 * out beforehand, which is what makes hundreds of scattered boxes cheap.
 */
#include "vision/assign.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void weir_assign_done(struct weir_assign *assign) {
    free(assign->num);
    free(assign->idx);
    *assign = (struct weir_assign){0};
}

int weir_assign_reserve(struct weir_assign *assign, size_t rows, size_t cols) {
    if (rows > INT32_MAX / 4 || cols > INT32_MAX / 4)
        return WEIR_ENOMEM;
    size_t n = rows > cols ? rows : cols;
    /* the compacted values; prices of both sides and path lengths */
    if (cols && rows > SIZE_MAX / sizeof(double) / 2 / cols)
        return WEIR_ENOMEM;
    size_t num = rows * cols + 3 * (n + 1);
    /* kept rows and columns; owner, path and visited of each column */
    size_t idx = 2 * n + 3 * (n + 1);
    if (num > assign->num_cap) {
        double *more = realloc(assign->num, num * sizeof *more);
        if (!more)
            return WEIR_ENOMEM;
        assign->num = more;
        assign->num_cap = num;
    }
    if (idx > assign->idx_cap) {
        int *more = realloc(assign->idx, idx * sizeof *more);
        if (!more)
            return WEIR_ENOMEM;
        assign->idx = more;
        assign->idx_cap = idx;
    }
    return 0;
}

/* worth: n x m with n <= m, all finite and <= 0. owner[j] becomes the row of column j,
 * both counted from 1, 0: free. */
static void solve(const double *worth, int n, int m, double *row_price, double *col_price,
                  double *length, int *owner, int *came_from, int *visited) {
    memset(row_price, 0, (size_t)(n + 1) * sizeof *row_price);
    memset(col_price, 0, (size_t)(m + 1) * sizeof *col_price);
    memset(owner, 0, (size_t)(m + 1) * sizeof *owner);
    for (int row = 1; row <= n; row++) {
        for (int j = 0; j <= m; j++) {
            length[j] = INFINITY;
            visited[j] = 0;
        }
        int at = 0; /* column 0 stands for the new row's start */
        owner[0] = row;
        do {
            visited[at] = 1;
            int i = owner[at], next = 0;
            const double *w = worth + (size_t)(i - 1) * (size_t)m - 1;
            double least = INFINITY;
            for (int j = 1; j <= m; j++) {
                if (visited[j])
                    continue;
                double reduced = w[j] - row_price[i] - col_price[j];
                if (reduced < length[j]) {
                    length[j] = reduced;
                    came_from[j] = at;
                }
                if (length[j] < least) {
                    least = length[j];
                    next = j;
                }
            }
            for (int j = 0; j <= m; j++) {
                if (visited[j]) {
                    row_price[owner[j]] += least;
                    col_price[j] -= least;
                } else {
                    length[j] -= least;
                }
            }
            at = next;
        } while (owner[at]);
        while (at) { /* shift owners along the path */
            int before = came_from[at];
            owner[at] = owner[before];
            at = before;
        }
    }
}

int weir_assign_solve(struct weir_assign *assign, const double *cost, size_t rows, size_t cols,
                      double cap, int *ret_col_of_row) {
    int rc = weir_assign_reserve(assign, rows, cols);
    if (rc)
        return rc;
    for (size_t r = 0; r < rows; r++)
        ret_col_of_row[r] = -1;

    size_t side = rows > cols ? rows : cols;
    int *row = assign->idx, *col = row + side, *owner = col + side;
    int *came_from = owner + side + 1, *visited = came_from + side + 1;
    size_t n = 0, m = 0;
    memset(visited, 0, (side + 1) * sizeof *visited);
    for (size_t r = 0; r < rows; r++) {
        bool any = false;
        for (size_t c = 0; c < cols; c++) {
            if (cost[r * cols + c] < cap) {
                any = true;
                visited[c] = 1;
            }
        }
        if (any)
            row[n++] = (int)r;
    }
    for (size_t c = 0; c < cols; c++)
        if (visited[c])
            col[m++] = (int)c;
    if (!n)
        return 0;

    /* The shorter side becomes the rows. */
    bool turned = n > m;
    const int *a = turned ? col : row, *b = turned ? row : col;
    size_t a_len = turned ? m : n, b_len = turned ? n : m;
    double *worth = assign->num;
    for (size_t i = 0; i < a_len; i++) {
        for (size_t j = 0; j < b_len; j++) {
            size_t r = (size_t)(turned ? b[j] : a[i]), c = (size_t)(turned ? a[i] : b[j]);
            double value = cost[r * cols + c] - cap;
            /* -1e300 stands for minus infinity, whose differences would be NaN */
            worth[i * b_len + j] = value < 0 ? fmax(value, -1e300) : 0;
        }
    }
    double *row_price = worth + a_len * b_len, *col_price = row_price + b_len + 1;
    solve(worth, (int)a_len, (int)b_len, row_price, col_price, col_price + b_len + 1, owner,
          came_from, visited);
    for (size_t j = 0; j < b_len; j++) {
        if (!owner[j + 1])
            continue;
        int other = a[owner[j + 1] - 1];
        size_t r = (size_t)(turned ? b[j] : other), c = (size_t)(turned ? other : b[j]);
        if (cost[r * cols + c] < cap)
            ret_col_of_row[r] = (int)c;
    }
    return 0;
}
