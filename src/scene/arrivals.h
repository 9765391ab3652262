/* How often somebody comes in, and where. */
#ifndef WEIR_SCENE_ARRIVALS_H
#define WEIR_SCENE_ARRIVALS_H

#include "phase.h"
#include "ways.h"

/* Those who are counted and let in together. */
enum scene_crowd {
    SCENE_DRIVERS,
    SCENE_CYCLISTS,
    SCENE_WALKERS,
    SCENE_NEAR_WALKERS, /* besides, on ways that pass the camera; some stop there */
    SCENE_CROWDS
};

struct scene_arrivals {
    const struct scene_ways *ways;
    struct scene_phases phases;
    bool cycle_lanes; /* else cyclists use the outer lanes */
    double expected[SCENE_CROWDS]; /* how many should be there */
    double rate[SCENE_CROWDS][SCENE_MAX_WAYS][2]; /* per second, at the beginning, the end */
};

void scene_arrivals_init(struct scene_arrivals *arrivals, const struct scene_ways *ways,
                         enum weir_scene_profile profile);
/* The stretch of a course that matters to a crowd: ret_s[0] … ret_s[1]. */
void scene_arrivals_stretch(enum scene_crowd crowd, const struct scene_course *course,
                            double ret_s[2]);
/* Sets the rates for now. there: how many of each crowd are in the world and have
 * not passed that stretch yet. */
void scene_arrivals_update(struct scene_arrivals *arrivals, double now_s,
                           const double there[SCENE_CROWDS]);
/* How many of a crowd should be on a way at the very beginning, over its whole length. */
double scene_arrivals_fill(const struct scene_arrivals *arrivals, enum scene_crowd crowd, int way,
                           double at_s);

#endif
