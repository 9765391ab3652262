/*
 * Yardsticks: not what a strategy could do, but what could be done.
 *
 * hindsight  the best fixed setting for each stream, found by coordinate descent over settings on
 *            the simulator itself, from several starts, with knowledge of the whole run
 * static     the best single fixed kind of setting for all streams: same tier, model, size, codec
 * bound      the mean over frames of the least latency that any setting that meets the floor
 *            would have if nobody else were there
 */
#ifndef WEIR_SIM_HINDSIGHT_H
#define WEIR_SIM_HINDSIGHT_H

#include "sim/world.h"

struct sim_hindsight_conf {
    const bool *meets; /* [streams][settings]: the floor, over the whole run, by the truth */
    double warm_up_s;
    int starts; /* >= 1: the first is each stream's own fastest alone, others by chance */
    double search_s; /* of virtual time for each trial run; the result is of the whole run */
};

struct sim_hindsight {
    int *setting; /* [streams]: index into settings; -1: none meets the floor and can be reached */
    double latency_ms; /* mean of the whole run after the warm-up */
    double age_ms, on_time;
    int64_t trials; /* runs of the simulator that it took */
};

/* conf's strategy is not used. The score is mean age after the warm-up, which drops cannot flatter.
 * EINVAL, ENOMEM as sim_world_run. */
int sim_hindsight_of(const struct sim_conf *conf, const struct sim_hindsight_conf *how,
                     struct sim_hindsight *ret, struct weir_error *err);
void sim_hindsight_done(struct sim_hindsight *hindsight);

/* The best single setting by the same score; what a stream cannot reach or what misses its floor,
 * it replaces by its own fastest alone. ret->setting as above. */
int sim_best_static_of(const struct sim_conf *conf, const struct sim_hindsight_conf *how,
                       struct sim_hindsight *ret, struct weir_error *err);

/* ms; NaN: some stream has no setting that meets its floor. */
double sim_bound_ms(const struct sim_conf *conf, const bool *meets);

#endif
