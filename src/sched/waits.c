#include "sched/waits.h"

#include <stdlib.h>

#define LOAD_MOST 0.97 /* above, what a few periods show says too little */
#define TOO_MUCH_NS 10e9 /* for a load of one more than that */
enum { WARM_UP = 5 }; /* one of so many parts of the time does not count */

struct weir_arrival {
    int64_t at_ns;
    uint32_t visit;
    uint16_t number; /* of this visit */
    bool counts;
};

int weir_waits_reserve(struct weir_waits *waits, size_t visits) {
    if (visits <= waits->cap)
        return 0;
    struct weir_arrival *arrival =
        realloc(waits->arrival, visits * (WEIR_WAITS_MOST + 1) * sizeof *arrival);
    if (!arrival)
        return WEIR_ENOMEM;
    waits->arrival = arrival;
    uint32_t *counted = realloc(waits->counted, visits * sizeof *counted);
    if (!counted)
        return WEIR_ENOMEM;
    waits->counted = counted;
    waits->cap = visits;
    return 0;
}

void weir_waits_done(struct weir_waits *waits) {
    free(waits->arrival);
    free(waits->counted);
    *waits = (struct weir_waits){0};
}

static double late(const struct weir_visit *v, int64_t k) {
    uint64_t h = weir_hash64(v->luck * 0x9e3779b97f4a7c15u + (uint64_t)k);
    return (double)(h >> 11) * 0x1p-53 * (double)v->jitter_ns;
}

static int by_time(const void *a, const void *b) {
    const struct weir_arrival *x = a, *y = b;
    if (x->at_ns != y->at_ns)
        return x->at_ns < y->at_ns ? -1 : 1;
    return (x->visit > y->visit) - (x->visit < y->visit);
}

/* Cheap where they almost are, as cameras of one rate come. */
static void put_in_order(struct weir_arrival *a, size_t len, bool almost) {
    if (!almost) {
        qsort(a, len, sizeof *a, by_time);
        return;
    }
    for (size_t i = 1; i < len; i++) {
        struct weir_arrival x = a[i];
        size_t k = i;
        for (; k > 0 && by_time(&a[k - 1], &x) > 0; k--)
            a[k] = a[k - 1];
        a[k] = x;
    }
}

/* All arrivals from the latest `at` on, for a time; in order. */
static size_t arrive(struct weir_waits *waits, const struct weir_visit *visit, size_t visits) {
    struct weir_arrival *a = waits->arrival;
    int64_t from = INT64_MIN, longest = 1, shortest = INT64_MAX;
    size_t len = 0;
    for (size_t i = 0; i < visits; i++) {
        const struct weir_visit *v = &visit[i];
        from = v->at_ns > from ? v->at_ns : from;
        longest = v->period_ns > longest ? v->period_ns : longest;
        shortest = v->period_ns < shortest ? v->period_ns : shortest;
        waits->counted[i] = 0;
    }
    const bool alike = longest == shortest;
    /* Never so much that a product would overflow, nor a fast one need more than its room. */
    const int64_t span = longest < shortest * (WEIR_WAITS_MOST / WEIR_WAITS_PERIODS)
                             ? longest * WEIR_WAITS_PERIODS
                             : shortest * WEIR_WAITS_MOST;
    /* The first of each, in order; then those after it. */
    for (size_t i = 0; i < visits; i++) {
        const struct weir_visit *v = &visit[i];
        int64_t behind = (from - v->at_ns) % v->period_ns;
        a[len++] = (struct weir_arrival){.at_ns = behind ? from - behind + v->period_ns : from,
                                         .visit = (uint32_t)i};
    }
    put_in_order(a, len, alike && visits < 16);
    for (size_t n = 0; n < len; n++) {
        struct weir_arrival next = a[n];
        next.at_ns += visit[next.visit].period_ns;
        next.number++;
        if (next.at_ns - from < span)
            a[len++] = next;
    }
    for (size_t n = 0; n < len; n++) {
        a[n].counts = a[n].at_ns - from >= span / WARM_UP;
        waits->counted[a[n].visit] += a[n].counts;
        a[n].at_ns += (int64_t)late(&visit[a[n].visit], a[n].number);
    }
    put_in_order(a, len, alike);
    return len;
}

size_t weir_waits_of(struct weir_waits *waits, const struct weir_visit *visit, size_t visits,
                     int slots, double *ret_wait_ns) {
    int64_t idle[WEIR_WAITS_SLOTS];
    double load = 0;
    const int many = slots < WEIR_WAITS_SLOTS ? slots : WEIR_WAITS_SLOTS;
    const size_t len = visits ? arrive(waits, visit, visits) : 0;
    for (int i = 0; i < many; i++)
        idle[i] = INT64_MIN;
    for (size_t i = 0; i < visits; i++) {
        load += (double)visit[i].slot_ns / (double)visit[i].period_ns / slots;
        ret_wait_ns[i] = 0;
    }
    for (size_t i = 0; i < len; i++) {
        const struct weir_arrival *a = &waits->arrival[i];
        int slot = 0;
        for (int k = 1; k < many; k++)
            slot = idle[k] < idle[slot] ? k : slot;
        int64_t begins = idle[slot] > a->at_ns ? idle[slot] : a->at_ns;
        idle[slot] = begins + visit[a->visit].slot_ns;
        if (a->counts)
            ret_wait_ns[a->visit] += (double)(begins - a->at_ns);
    }
    for (size_t i = 0; i < visits; i++) {
        ret_wait_ns[i] /= waits->counted[i] ? waits->counted[i] : 1;
        if (load > LOAD_MOST)
            ret_wait_ns[i] += (load - LOAD_MOST) * TOO_MUCH_NS;
    }
    return len;
}
