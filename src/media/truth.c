#include "media/truth.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

void weir_truth_done(struct weir_truth *truth) {
    free(truth->data);
    *truth = (struct weir_truth){0};
}

void weir_truth_reset(struct weir_truth *truth) {
    truth->len = 0;
}

static int reserve(struct weir_truth *truth, size_t cap) {
    if (cap <= truth->cap)
        return 0;
    if (cap < 2 * truth->cap)
        cap = 2 * truth->cap;
    struct weir_truth_object *data = realloc(truth->data, cap * sizeof *data);
    if (!data)
        return WEIR_ENOMEM;
    truth->data = data;
    truth->cap = cap;
    return 0;
}

int weir_truth_add(struct weir_truth *truth, struct weir_truth_object object) {
    if (reserve(truth, truth->len + 1) < 0)
        return WEIR_ENOMEM;
    truth->data[truth->len++] = object;
    return 0;
}

int weir_truth_copy(struct weir_truth *into, const struct weir_truth *from) {
    if (reserve(into, from->len) < 0)
        return WEIR_ENOMEM;
    if (from->len)
        memcpy(into->data, from->data, from->len * sizeof *from->data);
    into->len = from->len;
    return 0;
}
