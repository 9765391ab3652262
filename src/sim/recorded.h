/*
 * Content out of a recorded table: bytes as the codecs made them, accuracy as an agent could
 * know it. What an agent believes comes from what was found in its own frames and from audits
 * (sched/floor), never from the truth. One object for one run: it learns as the run goes on.
 */
#ifndef WEIR_SIM_RECORDED_H
#define WEIR_SIM_RECORDED_H

#include "profile/profile.h"
#include "sim/finds.h"
#include "sim/showing.h"
#include "sim/world.h"

struct sim_recorded_conf {
    const struct sim_verdicts *verdicts; /* of the table */
    const struct sim_showing *showing; /* [streams] */
    /* [models of the table]: how well each sees. NULL: beliefs are what the truth says of each
     * setting over all that the stream shows: for yardsticks, never for strategies. */
    const struct weir_sight *sight;
    double window_s; /* over which the floor is to hold */
    int64_t audit_every; /* one of so many that are detected is audited; 0: none */
    uint64_t seed;
    struct sim_finds *finds; /* what was really found; NULL: what was recorded */
};

struct sim_recorded;

/*
 * For the streams and settings of conf (its content is not looked at); conf and how outlive it.
 * EINVAL (a setting that the table lacks: which, and how to record it; a clip it lacks), ENOMEM.
 */
int sim_recorded_new(const struct sim_conf *conf, const struct sim_recorded_conf *how,
                     struct sim_recorded **ret, struct weir_error *err);
void sim_recorded_free(struct sim_recorded *recorded); /* NULL allowed */
struct sim_content *sim_recorded_content(struct sim_recorded *recorded);

/* F1 of a setting over F1 of the stream's reference, over all frames of the stream that are
 * detected, by the truth. */
double sim_recorded_truth(const struct sim_recorded *recorded, int stream, int setting);

/* What the stream's last audits said themselves, over about a window: accuracy relative to the
 * reference of what was delivered. NaN before any, and where beliefs are the truth. */
double sim_recorded_audit(const struct sim_recorded *recorded, int stream);

#endif
