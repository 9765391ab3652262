/*
 * How long periodic jobs wait for each other at a service. Cameras keep their rhythm: which of
 * them meet at a node, and which never do, stays the same for a long time, and no formula for
 * chance arrivals knows it. So a few periods are played through: arrivals with their jitter, first
 * come first served, on so many slots. Pure; the same input gives the same waits.
 */
#ifndef WEIR_SCHED_WAITS_H
#define WEIR_SCHED_WAITS_H

#include <stdint.h>

#include "base/base.h"

enum { WEIR_WAITS_PERIODS = 10, WEIR_WAITS_MOST = 100, WEIR_WAITS_SLOTS = 64 };

struct weir_visit {
    int64_t at_ns; /* an arrival, jitter left out; any, periods are counted from it */
    int64_t period_ns; /* > 0 */
    int64_t jitter_ns; /* it comes up to that much later, each time anew */
    int64_t slot_ns; /* what it takes, >= 0 */
    uint64_t luck; /* draws its jitter: the same number, the same draws */
};

/* Room for the arrivals of so many visits. */
struct weir_waits {
    struct weir_arrival *arrival;
    uint32_t *counted; /* of each visit */
    size_t cap; /* visits */
};

/* Zeroed is empty. ENOMEM. */
int weir_waits_reserve(struct weir_waits *waits, size_t visits);
void weir_waits_done(struct weir_waits *waits);

/*
 * The mean wait of each visit's jobs, ns; how many arrivals were played through. All are played
 * over one time: WEIR_WAITS_PERIODS of the longest period, less where the shortest comes over
 * WEIR_WAITS_MOST times in it; its first fifth does not count, and who does not come in the rest
 * waits for nothing. slots: 1 and more; beyond WEIR_WAITS_SLOTS as so many. Where more work comes
 * than the slots can do, waits grow with what is too much: 1 s for each tenth. No more visits than
 * were reserved.
 */
size_t weir_waits_of(struct weir_waits *waits, const struct weir_visit *visit, size_t visits,
                     int slots, double *ret_wait_ns);

#endif
