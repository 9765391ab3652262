/*
 * Yardsticks: not what a strategy could do, but what could be done.
 *
 * hindsight  the best fixed setting for each stream, found by coordinate descent over settings on
 *            the simulator itself, from several starts, with knowledge of the whole run
 * static     the best single fixed kind of setting for all streams: same tier, model, size, codec
 * bound      the mean over frames of the least latency that any setting that meets the floor
 *            would have if nobody else were there
 *
 * Trials are runs of the very simulator, with the settings in use alone and beliefs left out: the
 * content is asked for bytes only. A search ends where no single stream can do better for all
 * by another of its most promising settings, nor two by trading theirs: a local optimum, of which
 * the best is taken.
 */
#ifndef WEIR_SIM_HINDSIGHT_H
#define WEIR_SIM_HINDSIGHT_H

#include "sim/world.h"

struct sim_hindsight_conf {
    const bool *meets; /* [streams][settings]: the floor, over the whole run, by the truth */
    double warm_up_s;
    int starts; /* >= 1: each stream's own fastest alone; the best static; greedy, one stream after
                 * the other; others by chance */
    double search_s; /* of virtual time for each trial run, above warm_up_s; the result is of the
                      * whole run */
};

struct sim_hindsight {
    int *setting; /* [streams]: index into settings; -1: none meets the floor and can be reached */
    double latency_ms; /* mean of the whole run after the warm-up; NaN: no frame was delivered */
    double age_ms, on_time;
    int64_t trials; /* runs of the simulator that it took */
};

/* conf's strategy is not used. The score is mean age after the warm-up, which drops cannot flatter.
 * A stream with nothing to take loses every frame. Errors as sim_world_run; EINVAL also: how
 * makes no sense. */
int sim_hindsight_of(const struct sim_conf *conf, const struct sim_hindsight_conf *how,
                     struct sim_hindsight *ret, struct weir_error *err);
void sim_hindsight_done(struct sim_hindsight *hindsight); /* zeroed allowed */

/* The best single setting by the same score; what a stream cannot reach or what misses its floor,
 * it replaces by its own fastest alone. ret->setting as above. */
int sim_best_static_of(const struct sim_conf *conf, const struct sim_hindsight_conf *how,
                       struct sim_hindsight *ret, struct weir_error *err);

/* Over all frames of the run, ms; NaN: some stream has no setting that meets its floor and that it
 * reaches, or conf makes no sense. */
double sim_bound_ms(const struct sim_conf *conf, const bool *meets);

#endif
