#include "sim/events.h"

#include <stdlib.h>

void sim_events_done(struct sim_events *events) {
    free(events->heap);
    *events = (struct sim_events){0};
}

static bool before(const struct sim_event *a, const struct sim_event *b) {
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->turn < b->turn;
}

int sim_events_add(struct sim_events *events, int64_t at_ns, int32_t kind, int32_t who,
                   int64_t what) {
    if (at_ns == WEIR_FOREVER)
        return 0;
    if (at_ns < events->now_ns)
        return WEIR_EINVAL;
    if (events->len == events->cap) {
        size_t cap = events->cap ? 2 * events->cap : 256;
        struct sim_event *heap = realloc(events->heap, cap * sizeof *heap);
        if (!heap)
            return WEIR_ENOMEM;
        events->heap = heap;
        events->cap = cap;
    }
    struct sim_event event = {at_ns, events->turn++, kind, who, what};
    size_t i = events->len++;
    for (; i && before(&event, &events->heap[(i - 1) / 2]); i = (i - 1) / 2)
        events->heap[i] = events->heap[(i - 1) / 2];
    events->heap[i] = event;
    return 0;
}

bool sim_events_next(struct sim_events *events, struct sim_event *ret_event) {
    struct sim_event *heap = events->heap;
    if (!events->len)
        return false;
    *ret_event = heap[0];
    events->now_ns = heap[0].at_ns;
    const struct sim_event last = heap[--events->len];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < events->len && before(&heap[child + 1], &heap[child]))
            child++;
        if (child >= events->len || !before(&heap[child], &last))
            break;
        heap[i] = heap[child];
        i = child;
    }
    if (events->len)
        heap[i] = last;
    return true;
}
