/*
 * A trial: a run of the simulator in which each stream has one setting, and what it was worth. Only
 * the settings in use are in it, so that making offers costs nothing. Inside sim only.
 */
#ifndef WEIR_SIM_TRIAL_H
#define WEIR_SIM_TRIAL_H

#include "sim/measure.h"

/* What each stream had of it. */
struct sim_score {
    double age_ms; /* mean over all streams' frames after the warm-up; INFINITY: there are none */
    double *stream_age_ms; /* [streams]; 0 where a stream has no frames */
};

struct sim_trial;

/* conf outlives it. ENOMEM. */
int sim_trial_new(const struct sim_conf *conf, double warm_up_s, struct sim_trial **ret);
void sim_trial_free(struct sim_trial *trial); /* NULL allowed */
int64_t sim_trial_runs(const struct sim_trial *trial); /* that were made */

/* setting [streams], -1: its frames are dropped. ret's array is the caller's. Errors as
 * sim_world_run. */
int sim_trial_score(struct sim_trial *trial, const int *setting, double seconds,
                    struct sim_score *ret, struct weir_error *err);
int sim_trial_measure(struct sim_trial *trial, const int *setting, double seconds,
                      struct sim_measures *ret, struct weir_error *err);

#endif
