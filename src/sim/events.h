/*
 * What will happen when: a heap of events in virtual time. Of equal times the one
 * that was added first comes first, so that a run depends on nothing but its input.
 * Inside sim only.
 */
#ifndef WEIR_SIM_EVENTS_H
#define WEIR_SIM_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

struct sim_event {
    int64_t at_ns;
    uint64_t turn; /* set by add */
    int32_t kind, who; /* the caller's */
    int64_t what;
};

struct sim_events {
    struct sim_event *heap;
    size_t len, cap;
    uint64_t turn;
    int64_t now_ns; /* the time of the last event that came */
};

/* Zeroed is empty. */
void sim_events_done(struct sim_events *events);
/* at_ns must not lie before now_ns: EINVAL; ENOMEM. WEIR_FOREVER never comes: 0, nothing added. */
int sim_events_add(struct sim_events *events, int64_t at_ns, int32_t kind, int32_t who,
                   int64_t what);
/* The next one, and now_ns is its time; false: there is none. */
bool sim_events_next(struct sim_events *events, struct sim_event *ret_event);

#endif
