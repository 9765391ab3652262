/*
 * A growing list of boxes, and its stable order by score. Sorting merges runs
 * through a scratch copy; where there is no memory for one it falls back to
 * insertion in place: slower, the same result, and no error to pass on.
 */
#include "media/boxes.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

enum { RUN = 16 }; /* sorted by insertion before merging */

void weir_boxes_done(struct weir_boxes *boxes) {
    if (!boxes)
        return;
    free(boxes->data);
    *boxes = (struct weir_boxes){0};
}

void weir_boxes_reset(struct weir_boxes *boxes) {
    boxes->len = 0;
}

static int reserve(struct weir_boxes *boxes, size_t need) {
    if (need <= boxes->cap)
        return 0;
    if (need > PTRDIFF_MAX / 2 / sizeof *boxes->data)
        return WEIR_ENOMEM;
    size_t cap = boxes->cap ? boxes->cap : 16;
    while (cap < need)
        cap *= 2;
    struct weir_box *data = realloc(boxes->data, cap * sizeof *data);
    if (!data)
        return WEIR_ENOMEM;
    boxes->data = data;
    boxes->cap = cap;
    return 0;
}

int weir_boxes_add(struct weir_boxes *boxes, struct weir_box box) {
    int rc = reserve(boxes, boxes->len + 1);
    if (rc)
        return rc;
    boxes->data[boxes->len++] = box;
    return 0;
}

int weir_boxes_copy(struct weir_boxes *into, const struct weir_boxes *from) {
    if (into == from)
        return 0;
    int rc = reserve(into, from->len);
    if (rc)
        return rc;
    if (from->len > 0)
        memcpy(into->data, from->data, from->len * sizeof *from->data);
    into->len = from->len;
    return 0;
}

/* Whether b must stand before a. NaN is less than every score, so that the
 * order is total and the sort ends the same way whatever comes in. */
static bool overtakes(const struct weir_box *b, const struct weir_box *a) {
    if (isnan(b->score))
        return false;
    return isnan(a->score) || b->score > a->score;
}

static void insertion_sort(struct weir_box *data, size_t len) {
    for (size_t i = 1; i < len; i++) {
        struct weir_box box = data[i];
        size_t at = i;
        for (; at > 0 && overtakes(&box, &data[at - 1]); at--)
            data[at] = data[at - 1];
        data[at] = box;
    }
}

/* Two neighbouring sorted runs into one; the left one wins where equal. */
static void merge(struct weir_box *into, const struct weir_box *from, size_t mid, size_t len) {
    size_t left = 0, right = mid;
    for (size_t i = 0; i < len; i++) {
        bool take_right = left == mid || (right < len && overtakes(&from[right], &from[left]));
        into[i] = take_right ? from[right++] : from[left++];
    }
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

void weir_boxes_sort(struct weir_boxes *boxes) {
    size_t len = boxes->len;
    if (len <= RUN) {
        insertion_sort(boxes->data, len);
        return;
    }
    struct weir_box *scratch = malloc(len * sizeof *scratch);
    if (!scratch) {
        insertion_sort(boxes->data, len);
        return;
    }
    for (size_t at = 0; at < len; at += RUN)
        insertion_sort(boxes->data + at, smaller(RUN, len - at));

    struct weir_box *from = boxes->data, *into = scratch;
    for (size_t run = RUN; run < len; run *= 2) {
        for (size_t at = 0; at < len; at += 2 * run)
            merge(into + at, from + at, smaller(run, len - at), smaller(2 * run, len - at));
        struct weir_box *swap = from;
        from = into;
        into = swap;
    }
    if (from != boxes->data)
        memcpy(boxes->data, from, len * sizeof *from);
    free(scratch);
}
