/*
 * Can what is promised be kept at all? A floor above what any setting reaches that a camera can
 * have, a deadline below what the fastest of those takes that meet the floor, were it alone: no
 * strategy could help. What could be promised instead is said, too.
 */
#ifndef WEIR_SIM_PROMISE_H
#define WEIR_SIM_PROMISE_H

#include "sim/world.h"

struct sim_promise {
    bool floor_kept, deadline_kept;
    double floor; /* the highest that every stream can reach; NaN: nothing is there to be found */
    int floor_stream, floor_setting; /* whose best that is */
    double deadline_ms; /* the least in which every stream's floor can be met; infinite: not all
                         * can be met */
    int deadline_stream, deadline_setting; /* whose fastest that is; setting -1: it has none */
};

/*
 * truth [streams][settings]: F1 of each over that of its reference, by the truth; NaN where nothing
 * is to be found meets any floor. conf's strategy is not used. EINVAL, ENOENT, EIO (a trace),
 * ENOMEM.
 */
int sim_promise_look(const struct sim_conf *conf, const double *truth, struct sim_promise *ret,
                     struct weir_error *err);

/* Does an accuracy meet a floor, rounding aside? */
static inline bool sim_promise_meets(double truth, double floor) {
    return !(truth < floor - 1e-9);
}

#endif
