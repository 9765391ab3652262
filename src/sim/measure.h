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
    int64_t below_floor; /* results that the agent itself believed to be, or that were carried from
                          * such a one */
    struct sim_spread latency; /* capture to delivery, of what was detected */
    /* Of every frame due: from its due time until what was detected in it or in a later frame of
     * its stream is delivered; where nothing ever is, until its stream goes, or the run ends, and
     * its deadline after that. Neither drops nor boxes that the tracker carries can flatter it. */
    struct sim_spread age;
    /* Of frames whose boxes the tracker carried: since the capture of the frame that it had them
     * from, the last one delivered by then. NaN: there are none, or it never had any. */
    struct sim_spread carried;
    double on_time; /* results within their deadline / frames that were to be detected */
    double jain; /* Jain's index over the shares on time of streams that had frames: 1 is fair */
    double uplink_mbit_per_s; /* over links from nodes that hold cameras, that way, whole run */
};

/*
 * Several runs as one: the frames of all of them together. Jain's index is the mean of those of
 * the runs, so that a stream that starves in one run is not made up for by another in the next.
 * Zeroed is empty.
 */
struct sim_samples {
    double *ms;
    size_t len, cap;
};
struct sim_tally {
    struct sim_samples latency, age, carried;
    int64_t outcome[WEIR_OUTCOME_COUNT], below_floor, on_time;
    double jain, uplink_mbit, seconds; /* sums */
    int runs, fair_runs; /* those that had a Jain's index */
};

/* warm_up_s: frames due before it do not count. ENOMEM: the tally is as it was. */
int sim_tally_add(struct sim_tally *tally, const struct sim_conf *conf,
                  const struct sim_result *result, double warm_up_s);
/* What was added so far; more may follow. */
void sim_tally_measures(struct sim_tally *tally, struct sim_measures *ret);
void sim_tally_done(struct sim_tally *tally);

/* Of one run. ENOMEM. */
int sim_measure(const struct sim_conf *conf, const struct sim_result *result, double warm_up_s,
                struct sim_measures *ret);

/* The age of each frame of one stream as above, warm-up included: ret_ms [its frames]. */
void sim_ages_ms(const struct sim_conf *conf, const struct sim_result *result, int stream,
                 double *ret_ms);

/* The frame whose boxes the tracker carried into that one; -1: it had none yet. */
int64_t sim_carried_from(const struct sim_stream_result *result, int64_t frame);

/* The mean age of one stream's frames after the warm-up, as above, and how many they are; NaN:
 * there are none. */
double sim_mean_age_ms(const struct sim_conf *conf, const struct sim_result *result, int stream,
                       double warm_up_s, int64_t *ret_frames);

#endif
