/*
 * What a frame shows becomes mass; and whether it is still the same scene.
 *
 * Objects stay for seconds, so that the counts of successive frames are nearly one draw: a sum
 * of log-likelihoods over frames would take every little crowd for another scene. So the mean
 * count of about half a second is held against what ways of that kin are expected to show, by
 * the deviance of one Poisson draw, summed over bands of height, and over classes: a crowd of
 * people where there were as many cars is another scene, too. In an hour of objects that come and
 * go by chance the sum passes 12 once, if that; in streets that go on it stays below 9. A count is
 * expected by the mass, scaled by what this kin had in this scene for each box expected; and as
 * long as it had little, the model may be off by a third.
 */
#include <math.h>
#include <string.h>

#include "sched/floor_state.h"

#define CAP 5.0 /* objects that one detection may stand for */
#define GAIN_MOST 0.125 /* of one frame, however long nothing was seen there */
#define LATELY_S 0.25 /* fades in: about half a second counts */
#define CHANGED 18.0
#define SCALED 3.0 /* at most, by what a kin had for each box expected */
#define OFF 0.1 /* square of the share by which the model may be off */
#define SETTLES_S 1.0
#define DIM 0.2 /* a frame of a way that does not see all */
#define STALE 3.0 /* memories without a frame: nothing is known any more */

static void begin_scene(struct weir_floor *floor) {
    memset(floor->mass, 0, (size_t)floor->cells * sizeof *floor->mass);
    memset(floor->lately, 0, (size_t)floor->groups * sizeof *floor->lately);
    memset(floor->group, 0, (size_t)(floor->kins * floor->groups) * sizeof *floor->group);
    for (int k = 0; k < floor->kins; k++)
        floor->kin[k].seen_s = 0;
    floor->settled = false;
    floor->settling_s = 0;
    floor_audits_doubt(floor);
}

static int cell_of(const struct weir_floor_box *box) {
    return box->class_id * FLOOR_BINS + floor_bin((double)box->y1 - box->y0);
}

void floor_witness(const struct weir_floor *floor, int kin, const struct weir_floor_box *box,
                   size_t len, double *ret_objects) {
    const size_t kins = (size_t)floor->kins;
    int left = WEIR_FLOOR_BOXES_MAX;
    memset(ret_objects, 0, (size_t)floor->cells * sizeof *ret_objects);
    for (size_t i = 0; i < len && left; i++) {
        if (!floor_box_counts(floor, &box[i]))
            continue;
        double share, height = (double)box[i].y1 - box[i].y0,
                      p = floor_found(floor, kin, box[i].class_id, height),
                      objects = p > 1 / CAP ? 1 / p : CAP;
        double *cell = &ret_objects[box[i].class_id * FLOOR_BINS + floor_between(height, &share)];
        cell[0] += (1 - share) * objects;
        cell[1] += share * objects;
        left--;
    }
    for (int cell = 0; cell < floor->cells; cell++) {
        double p = floor->found[(size_t)cell * kins + kin];
        if (p >= FLOOR_SEES)
            ret_objects[cell] -= floor->alarm[(size_t)cell * kins + kin] / p;
    }
}

void floor_learn(struct weir_floor *floor, int64_t now_ns, int kin, int blind,
                 const double *objects) {
    for (int cell = 0; cell < floor->cells; cell++) {
        const double *p = &floor->found[(size_t)cell * (size_t)floor->kins];
        if (p[kin] < FLOOR_SEES || (blind >= 0 && p[blind] >= FLOOR_SEES))
            continue;
        struct floor_mass *m = &floor->mass[cell];
        double dt = m->weight > 0 ? (double)(now_ns - m->last_ns) / 1e9 : 0;
        double gain = fmin(floor_gain(fmax(dt, floor->period_s / 4), floor->memory_s), GAIN_MOST);
        m->weight += gain * (1 - m->weight);
        m->mean += gain / m->weight * (objects[cell] - m->mean);
        m->last_ns = now_ns;
    }
}

/* Poisson: twice the log-likelihood that is lost by expecting it; half an object eases both. */
static double deviance(double count, double expected) {
    double n = count + 0.5, e = expected + 0.5;
    return 2 * (n * log(n / e) - (n - e));
}

/* Of a class and of a band: as many boxes, and as many expected. */
static void count(struct weir_floor *floor, int cell, double boxes, double expected) {
    struct floor_group *band = &floor->frame[cell % FLOOR_BINS * FLOOR_BANDS / FLOOR_BINS],
                       *class = &floor->frame[FLOOR_BANDS + cell / FLOOR_BINS];
    band->boxes += boxes;
    band->expected += expected;
    class->boxes += boxes;
    class->expected += expected;
}

/* What ways of kin show in a frame, as far as they see. */
static void count_all(struct weir_floor *floor, int kin, const struct weir_floor_box *box,
                      size_t len) {
    const size_t kins = (size_t)floor->kins;
    int left = WEIR_FLOOR_BOXES_MAX;
    memset(floor->frame, 0, (size_t)floor->groups * sizeof *floor->frame);
    for (size_t i = 0; i < len && left; i++) {
        if (!floor_box_counts(floor, &box[i]))
            continue;
        int cell = cell_of(&box[i]);
        if (floor->found[(size_t)cell * kins + kin] >= FLOOR_SEES)
            count(floor, cell, 1, 0);
        left--;
    }
    for (int cell = 0; cell < floor->cells; cell++) {
        double p = floor->found[(size_t)cell * kins + kin];
        if (p >= FLOOR_SEES)
            count(floor, cell, 0,
                  p * floor_mass_of(floor, cell) + floor->alarm[(size_t)cell * kins + kin]);
    }
}

/* Is what was shown lately, this frame included, another scene? */
static bool changed(struct weir_floor *floor, int kin, double dt, const struct weir_floor_box *box,
                    size_t len) {
    struct floor_kin *k = &floor->kin[kin];
    const double off = OFF / (1 + k->seen_s), part = floor_gain(fmin(dt, LATELY_S), LATELY_S),
                 gain = fmin(floor_gain(dt, floor->memory_s), GAIN_MOST);
    double sum = 0;
    count_all(floor, kin, box, len);
    for (int i = 0; i < floor->groups; i++) {
        struct floor_group *frame = &floor->frame[i], *lately = &floor->lately[i],
                           *theirs = &k->group[i];
        double scale = (theirs->boxes + 0.5 * gain) / (theirs->expected + 0.5 * gain),
               likely = frame->expected * fmin(fmax(scale, 1 / SCALED), SCALED);
        lately->boxes += part * (frame->boxes - lately->boxes);
        lately->expected += part * (likely - lately->expected);
        sum += deviance(lately->boxes, lately->expected) / (1 + off * lately->expected);
        theirs->boxes += gain * (frame->boxes - theirs->boxes);
        theirs->expected += gain * (frame->expected - theirs->expected);
    }
    k->seen_s += floor->period_s;
    return sum > CHANGED;
}

void floor_settle(struct weir_floor *floor, double seconds) {
    floor->settling_s += seconds;
    floor->settled = floor->settled || floor->settling_s >= SETTLES_S * (1 - 1e-9);
}

void weir_floor_seen(struct weir_floor *floor, int64_t now_ns, int way,
                     const struct weir_floor_box *box, size_t len) {
    if (way < 0 || way >= floor->ways)
        return;
    const int kin = floor->kin_of[way];
    double dt = floor->any ? (double)(now_ns - floor->seen_ns) / 1e9 : floor->period_s;
    dt = fmax(dt, floor->period_s / 4);
    floor->any = true;
    floor->seen_ns = now_ns;
    if (dt > STALE * floor->memory_s || (floor->settled && changed(floor, kin, dt, box, len)))
        begin_scene(floor);
    floor_witness(floor, kin, box, len, floor->objects);
    floor_learn(floor, now_ns, kin, -1, floor->objects);
    floor_settle(floor, floor->period_s * (floor->kin[kin].clear ? 1 : DIM));
    floor_work_out(floor);
}
