/* What a run was worth: latency, age, share on time, and what it used. */
#ifndef WEIR_SIM_MEASURE_H
#define WEIR_SIM_MEASURE_H

#include "sim/world.h"

struct sim_spread {
    double mean, p50, p95, p99; /* ms; NaN where there is nothing to measure */
};

struct sim_measures {
    int64_t frames; /* due after the warm-up, of all streams */
    int64_t outcome[WEIR_OUTCOME_COUNT]; /* of these */
    struct sim_spread latency; /* capture to delivery, of results */
    /* Of every frame due: from its due time until a result for it or a later frame of its
     * stream is delivered; where none ever is, until the end of the run and its deadline after
     * it. Drops cannot flatter it. */
    struct sim_spread age;
    double on_time; /* results within their deadline / frames due */
    double jain; /* Jain's index over the shares on time of streams that had frames: 1 is fair */
    double uplink_mbit_per_s; /* over links from nodes that hold cameras, that way, whole run */
};

/* warm_up_s: frames due before it do not count. ENOMEM. */
int sim_measure(const struct sim_conf *conf, const struct sim_result *result, double warm_up_s,
                struct sim_measures *ret);

/* The mean age of one stream's frames after the warm-up, as above, and how many they are; NaN:
 * there are none. */
double sim_mean_age_ms(const struct sim_conf *conf, const struct sim_result *result, int stream,
                       double warm_up_s, int64_t *ret_frames);

#endif
