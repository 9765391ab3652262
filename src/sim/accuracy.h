/*
 * How right a simulated run was, by a recorded table: F1 at IoU 0.5, class-aware, counts
 * pooled over windows. Every frame due counts. A frame whose result was not delivered by
 * its deadline is scored with the boxes last delivered by then, as a viewer would have
 * seen it; one that was skipped with those that the tracker carried (carry.h). Relative accuracy is
 * F1 / F1 of the reference on the same frames.
 */
#ifndef WEIR_SIM_ACCURACY_H
#define WEIR_SIM_ACCURACY_H

#include "eval/eval.h"
#include "sim/finds.h"
#include "sim/showing.h"
#include "sim/verdicts.h"
#include "sim/world.h"

struct sim_accuracy_conf {
    const struct sim_verdicts *verdicts; /* its table's settings are told apart by model, size,
                                          * travel, quality */
    const struct sim_showing *showing; /* [streams] */
    double warm_up_s, window_s; /* >= 0, >= 0.001 */
    int least_truths; /* windows with fewer true boxes are not held against the floor */
    struct sim_finds *finds; /* what was really found; NULL: what was recorded */
};

struct sim_window {
    int stream;
    struct sim_counts own, reference;
    bool judged; /* has enough true boxes */
    bool held; /* judged, and at or above its stream's floor */
};

struct sim_accuracy {
    struct sim_window *window; /* of all streams, whole ones past the warm-up */
    size_t windows;
    int64_t judged, held;
    struct weir_interval compliance; /* 95%, of held among judged */
    double f1, reference_f1, relative; /* all windows pooled; NaN: nothing there */
};

/*
 * EINVAL (a setting of the run that the table lacks: which; a clip it lacks; windows of no
 * length), ENOMEM.
 */
int sim_accuracy_of(const struct sim_conf *conf, const struct sim_result *result,
                    const struct sim_accuracy_conf *how, struct sim_accuracy *ret,
                    struct weir_error *err);
/* Takes over the windows of another run, by the same floor, and sums up anew; more is empty then.
 * into may be zeroed. ENOMEM: both are as they were. */
int sim_accuracy_join(struct sim_accuracy *into, struct sim_accuracy *more);
void sim_accuracy_done(struct sim_accuracy *accuracy);

#endif
