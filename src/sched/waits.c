#include "sched/waits.h"

#include <stdlib.h>

#define LOAD_MOST 0.97 /* above, what a few periods show says too little */
#define TOO_MUCH_NS 10e9 /* for a load of one more than that */
enum { WARM_UP = 2 }; /* periods that do not count */

struct weir_arrival {
    int64_t at_ns;
    uint32_t visit;
    bool counts;
};

int weir_waits_reserve(struct weir_waits *waits, size_t visits) {
    size_t need = visits * WEIR_WAITS_PERIODS;
    if (need <= waits->cap)
        return 0;
    struct weir_arrival *room = realloc(waits->arrival, need * sizeof *room);
    if (!room)
        return WEIR_ENOMEM;
    waits->arrival = room;
    waits->cap = need;
    return 0;
}

void weir_waits_done(struct weir_waits *waits) {
    free(waits->arrival);
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

/* Almost in order where all have one period, which is the common case. */
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

/* So many arrivals of each, from one time on; in order. Of a fast stream they cover less time. */
static size_t arrive(struct weir_waits *waits, const struct weir_visit *visit, size_t visits) {
    struct weir_arrival *a = waits->arrival;
    int64_t from = INT64_MIN;
    bool alike = true;
    for (size_t i = 0; i < visits; i++)
        from = visit[i].at_ns > from ? visit[i].at_ns : from;
    /* The first of each, in order; then a period of all of them after the other. */
    for (size_t i = 0; i < visits; i++) {
        const struct weir_visit *v = &visit[i];
        alike &= v->period_ns == visit[0].period_ns;
        a[i] = (struct weir_arrival){v->at_ns + (from - v->at_ns) / v->period_ns * v->period_ns,
                                     (uint32_t)i, false};
    }
    put_in_order(a, visits, visits < 16);
    for (size_t n = visits; n < visits * WEIR_WAITS_PERIODS; n++) {
        a[n] = a[n - visits];
        a[n].at_ns += visit[a[n].visit].period_ns;
        a[n].counts = n >= visits * WARM_UP;
    }
    for (size_t n = 0; n < visits * WEIR_WAITS_PERIODS; n++)
        a[n].at_ns += (int64_t)late(&visit[a[n].visit], (int64_t)(n / (visits ? visits : 1)));
    put_in_order(a, visits * WEIR_WAITS_PERIODS, alike);
    return visits * WEIR_WAITS_PERIODS;
}

void weir_waits_of(struct weir_waits *waits, const struct weir_visit *visit, size_t visits,
                   int slots, double *ret_wait_ns) {
    int64_t idle[WEIR_WAITS_SLOTS];
    double load = 0;
    const int many = slots < WEIR_WAITS_SLOTS ? slots : WEIR_WAITS_SLOTS;
    const size_t len = arrive(waits, visit, visits);
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
        ret_wait_ns[i] /= WEIR_WAITS_PERIODS - WARM_UP;
        if (load > LOAD_MOST)
            ret_wait_ns[i] += (load - LOAD_MOST) * TOO_MUCH_NS;
    }
}
