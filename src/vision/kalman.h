/*
 * The Kalman filter of a box: constant velocity on (centre x, centre y, aspect
 * = width / height, height), eight states in all, with noise proportional to the
 * box's height: weights 1/20 on positions and 1/160 on velocities, as in
 * DeepSORT (Wojke, Bewley, Paulus, "Simple Online and Realtime Tracking with a Deep
 * Association Metric", ICIP 2017) and ByteTrack. Time is counted in frames.
 */
#ifndef WEIR_VISION_KALMAN_H
#define WEIR_VISION_KALMAN_H

#include <stdbool.h>

#include "media/media.h"

enum { WEIR_KALMAN_X, WEIR_KALMAN_Y, WEIR_KALMAN_ASPECT, WEIR_KALMAN_HEIGHT, WEIR_KALMAN_AXES };

/* One quantity, its velocity per frame, and their covariance. */
struct weir_kalman_axis {
    double pos, vel;
    double var_pos, cov, var_vel;
};

struct weir_kalman {
    struct weir_kalman_axis axis[WEIR_KALMAN_AXES];
};

/* Can box be measured: finite, wider and higher than nothing? */
bool weir_kalman_measurable(const struct weir_box *box);
/* The state after one measurement, at rest. box is measurable. */
void weir_kalman_init(struct weir_kalman *kalman, const struct weir_box *box);
/* One frame on. hold_height: the height's velocity is forgotten first (lost tracks). */
void weir_kalman_predict(struct weir_kalman *kalman, bool hold_height);
/* Corrects by a measurement. box is measurable. */
void weir_kalman_update(struct weir_kalman *kalman, const struct weir_box *box);
/* The box as it will be so many frames on, >= 0, parts of one counted: of whole frames what as many
 * predictions say. */
struct weir_box weir_kalman_ahead(const struct weir_kalman *kalman, double frames);
/* The box that the state stands for: corners only, empty where the height is not above 0. */
struct weir_box weir_kalman_box(const struct weir_kalman *kalman);

#endif
