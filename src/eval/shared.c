/*
 * Only pairs that met are kept, and tracks that never met, not even through others, are assigned
 * apart. A day of video has tens of thousands of tracks, and few of them know each other: a matrix
 * of all would have billions of zeros.
 */
#include "eval/shared.h"

#include <stdlib.h>
#include <string.h>

void eval_shared_done(struct eval_shared *shared) {
    free(shared->meeting);
    *shared = (struct eval_shared){0};
}

static int by_pair(const void *a, const void *b) {
    const struct eval_meeting *x = a, *y = b;
    int order = (x->group > y->group) - (x->group < y->group);
    if (!order)
        order = (x->truth > y->truth) - (x->truth < y->truth);
    return order ? order : (x->found > y->found) - (x->found < y->found);
}

/* Sorted, and each pair once. */
static void merge(struct eval_shared *shared) {
    struct eval_meeting *m = shared->meeting;
    size_t kept = 0;
    if (shared->len)
        qsort(m, shared->len, sizeof *m, by_pair);
    for (size_t i = 0; i < shared->len; i++)
        if (kept && m[kept - 1].truth == m[i].truth && m[kept - 1].found == m[i].found)
            m[kept - 1].frames += m[i].frames;
        else
            m[kept++] = m[i];
    shared->len = kept;
}

static int grow(struct eval_shared *shared) {
    const size_t cap = 2 * shared->cap + 4096;
    struct eval_meeting *grown = realloc(shared->meeting, cap * sizeof *grown);
    if (!grown)
        return WEIR_ENOMEM;
    shared->meeting = grown;
    shared->cap = cap;
    return 0;
}

int eval_shared_add(struct eval_shared *shared, int truth, int found) {
    if (shared->len == shared->cap) {
        merge(shared);
        int rc = shared->len >= shared->cap / 2 ? grow(shared) : 0;
        if (rc)
            return rc;
    }
    shared->meeting[shared->len++] = (struct eval_meeting){truth, found, 0, 1};
    return 0;
}

/* ---- who knows whom --------------------------------------------------------- */

static int root_of(int *parent, int i) {
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

/* Gives every meeting the group of its two tracks. parent [truths + founds] */
static void group(struct eval_shared *shared, size_t truths, size_t founds, int *parent) {
    for (size_t i = 0; i < truths + founds; i++)
        parent[i] = (int)i;
    for (size_t i = 0; i < shared->len; i++) {
        int a = root_of(parent, shared->meeting[i].truth);
        int b = root_of(parent, (int)truths + shared->meeting[i].found);
        parent[a > b ? a : b] = a < b ? a : b;
    }
    for (size_t i = 0; i < shared->len; i++)
        shared->meeting[i].group = root_of(parent, shared->meeting[i].truth);
}

/* The number of a track within its group, whose len counts them. place [tracks]: -1 at first */
static size_t place_of(int *place, int track, size_t *len) {
    if (place[track] < 0)
        place[track] = (int)(*len)++;
    return (size_t)place[track];
}

/* One group: sorted meetings, none of whose tracks has a place yet. */
static int assign_group(const struct eval_meeting *m, size_t len, int *row, int *col,
                        struct weir_assign *assign, int64_t *frames) {
    size_t rows = 0, cols = 0;
    for (size_t i = 0; i < len; i++) {
        place_of(row, m[i].truth, &rows);
        place_of(col, m[i].found, &cols);
    }
    double *cost = calloc(rows * cols, sizeof *cost);
    int *match = malloc(rows * sizeof *match);
    int rc = cost && match ? 0 : WEIR_ENOMEM;
    for (size_t i = 0; !rc && i < len; i++)
        cost[(size_t)row[m[i].truth] * cols + (size_t)col[m[i].found]] = -(double)m[i].frames;
    if (!rc)
        rc = weir_assign_solve(assign, cost, rows, cols, 0, match);
    for (size_t r = 0; !rc && r < rows; r++)
        if (match[r] >= 0)
            *frames -= (int64_t)cost[r * cols + (size_t)match[r]];
    free(cost);
    free(match);
    return rc;
}

int eval_shared_most(struct eval_shared *shared, size_t truths, size_t founds,
                     struct weir_assign *assign, int64_t *ret_frames) {
    const size_t tracks = truths + founds;
    int *parent = malloc((tracks + 1) * sizeof *parent),
        *place = malloc((tracks + 1) * sizeof *place);
    int64_t frames = 0;
    int rc = parent && place ? 0 : WEIR_ENOMEM;
    merge(shared);
    if (!rc) {
        group(shared, truths, founds, parent);
        memset(place, 0xff, tracks * sizeof *place);
    }
    if (!rc && shared->len)
        qsort(shared->meeting, shared->len, sizeof *shared->meeting, by_pair);
    for (size_t i = 0, end; !rc && i < shared->len; i = end) {
        for (end = i; end < shared->len && shared->meeting[end].group == shared->meeting[i].group;)
            end++;
        rc = assign_group(shared->meeting + i, end - i, place, place + truths, assign, &frames);
    }
    free(parent);
    free(place);
    if (!rc)
        *ret_frames = frames;
    return rc;
}
