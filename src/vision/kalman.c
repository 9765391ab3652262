/*
 * The published filter has eight states and 8x8 matrices. But its transition
 * couples each position with its own velocity only, it measures the four positions,
 * and all noises are diagonal; a covariance that starts block-diagonal so stays.
 * Hence four filters of two states each give the same numbers, exactly, and
 * every inverse is a division. The test compares with the dense form.
 */
#include "vision/kalman.h"

#include <math.h>

static const double weight_pos = 1.0 / 20, weight_vel = 1.0 / 160;
/* No box is taken to be lower than this, so that no variance vanishes. */
static const double least_height = 1e-3;

bool weir_kalman_measurable(const struct weir_box *box) {
    float w = box->x1 - box->x0, h = box->y1 - box->y0;
    return isfinite(box->x0) && isfinite(box->y0) && isfinite(w) && isfinite(h) &&
           w >= (float)least_height && h >= (float)least_height;
}

static void measure(const struct weir_box *box, double z[WEIR_KALMAN_AXES]) {
    double w = (double)box->x1 - box->x0, h = (double)box->y1 - box->y0;
    z[WEIR_KALMAN_X] = box->x0 + w / 2;
    z[WEIR_KALMAN_Y] = box->y0 + h / 2;
    z[WEIR_KALMAN_ASPECT] = w / h;
    z[WEIR_KALMAN_HEIGHT] = h;
}

static double height(const struct weir_kalman *kalman) {
    return fmax(kalman->axis[WEIR_KALMAN_HEIGHT].pos, least_height);
}

static double square(double v) {
    return v * v;
}

void weir_kalman_init(struct weir_kalman *kalman, const struct weir_box *box) {
    double z[WEIR_KALMAN_AXES];
    measure(box, z);
    for (int i = 0; i < WEIR_KALMAN_AXES; i++) {
        bool aspect = i == WEIR_KALMAN_ASPECT;
        kalman->axis[i] = (struct weir_kalman_axis){
            .pos = z[i],
            .var_pos = square(aspect ? 1e-2 : 2 * weight_pos * z[WEIR_KALMAN_HEIGHT]),
            .var_vel = square(aspect ? 1e-5 : 10 * weight_vel * z[WEIR_KALMAN_HEIGHT]),
        };
    }
}

void weir_kalman_predict(struct weir_kalman *kalman, bool hold_height) {
    double h = height(kalman);
    if (hold_height)
        kalman->axis[WEIR_KALMAN_HEIGHT].vel = 0;
    for (int i = 0; i < WEIR_KALMAN_AXES; i++) {
        struct weir_kalman_axis *a = &kalman->axis[i];
        bool aspect = i == WEIR_KALMAN_ASPECT;
        a->pos += a->vel;
        a->var_pos += 2 * a->cov + a->var_vel + square(aspect ? 1e-2 : weight_pos * h);
        a->cov += a->var_vel;
        a->var_vel += square(aspect ? 1e-5 : weight_vel * h);
    }
}

void weir_kalman_update(struct weir_kalman *kalman, const struct weir_box *box) {
    double z[WEIR_KALMAN_AXES], h = height(kalman);
    measure(box, z);
    for (int i = 0; i < WEIR_KALMAN_AXES; i++) {
        struct weir_kalman_axis *a = &kalman->axis[i];
        double noise = square(i == WEIR_KALMAN_ASPECT ? 1e-1 : weight_pos * h);
        double s = a->var_pos + noise, gain_pos = a->var_pos / s, gain_vel = a->cov / s;
        double surprise = z[i] - a->pos;
        a->pos += gain_pos * surprise;
        a->vel += gain_vel * surprise;
        a->var_vel -= gain_vel * a->cov;
        a->cov -= gain_pos * a->cov;
        a->var_pos -= gain_pos * a->var_pos;
    }
}

struct weir_box weir_kalman_box(const struct weir_kalman *kalman) {
    double x = kalman->axis[WEIR_KALMAN_X].pos, y = kalman->axis[WEIR_KALMAN_Y].pos;
    double h = fmax(kalman->axis[WEIR_KALMAN_HEIGHT].pos, 0);
    double w = fmax(kalman->axis[WEIR_KALMAN_ASPECT].pos, 0) * h;
    return (struct weir_box){
        .x0 = (float)(x - w / 2),
        .y0 = (float)(y - h / 2),
        .x1 = (float)(x + w / 2),
        .y1 = (float)(y + h / 2),
    };
}

struct weir_box weir_kalman_ahead(const struct weir_kalman *kalman, double frames) {
    struct weir_kalman then = *kalman;
    for (int i = 0; i < WEIR_KALMAN_AXES; i++)
        then.axis[i].pos += frames * then.axis[i].vel;
    return weir_kalman_box(&then);
}
