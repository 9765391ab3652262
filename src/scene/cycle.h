/*
 * Inside of bicycles: the measures that a bicycle and its rider must agree on.
 * Both follow from the look, which rider and bicycle share.
 */
#ifndef WEIR_SCENE_CYCLE_H
#define WEIR_SCENE_CYCLE_H

#include <stdbool.h>
#include <stdint.h>

#include "body.h"

enum scene_cycle_kind {
    SCENE_DIAMOND, /* upright, with mudguards */
    SCENE_STEP_THROUGH,
    SCENE_RACER, /* thin, low bar */
    SCENE_MOUNTAIN, /* thick tyres, flat bar */
    SCENE_CARGO, /* a box between bar and front wheel */
    SCENE_CYCLE_KINDS
};

/* Metres; forward and up from the ground point in the middle of the wheels. */
struct scene_cycle {
    enum scene_cycle_kind kind;
    struct rgb rgb, trim_rgb; /* frame; saddle, grips, box */
    double wheel_rear, wheel_front; /* radii to the tread */
    double tyre; /* thickness */
    struct vec2 rear, front; /* axles */
    struct vec2 crank; /* bottom bracket */
    double crank_m, gear_m; /* length of a crank; path of one turn of it */
    struct vec2 saddle; /* top of it */
    struct vec2 head, stem; /* of the steering tube: lower end, upper end */
    struct vec2 grip; /* where the hands are */
    double grip_half; /* half the bar's width */
    bool basket, child_seat, mudguards, rack;
};

struct scene_cycle scene_cycle_of(uint64_t look);
/* Where a pedal (0 left, 1 right) is after that path: forward, left, up. */
struct vec3 scene_cycle_pedal(const struct scene_cycle *cycle, double phase_m, int side);
/* Leaning into a turn, radians to the left. */
double scene_cycle_lean(const struct scene_body *body);
/* p tipped about the line of the wheels by that angle. */
struct vec3 scene_cycle_tip(struct vec3 p, double lean);

#endif
