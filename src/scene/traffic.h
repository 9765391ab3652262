/*
 * Vehicles and cyclists on lanes: one queue a lane, front first. Nobody
 * overtakes, so the order never changes and a leader is one step away.
 */
#ifndef WEIR_SCENE_TRAFFIC_H
#define WEIR_SCENE_TRAFFIC_H

#include "junction.h"
#include "random.h"
#include "ways.h"

#define SCENE_MAX_ON_LANE 64
#define SCENE_MAX_VEHICLES 200

/* What the light of a signal group shows; groups 0 and 1 take turns. */
enum scene_light { SCENE_GREEN, SCENE_AMBER, SCENE_RED };
/* ret_left_s, if not NULL: until the next green; 0 where it is green or amber. */
enum scene_light scene_signal(uint64_t seed, int group, double t_s, double *ret_left_s);

struct scene_vehicle {
    int32_t id; /* of the bicycle; its rider's is the next */
    enum scene_class kind;
    uint64_t look;
    double s, v, a; /* of its middle, along the lane; m/s; m/s² */
    double length, side_m; /* side: to the right of the lane's middle */
    double phase_m;
    double pace, headway_s; /* its driver: share of the limit, distance kept */
    double halt_s, halt_left_s; /* a bus stop; < 0: none */
    double waited_s; /* standing for others at a crossing */
    /* The junction in which it is or which it is about to enter: goes through. */
    const struct scene_junction *committed_to;
};

struct scene_traffic {
    struct scene_ways *ways;
    uint64_t seed;
    struct weir_random random;
    struct scene_junctions junctions;
    float *limit[SCENE_MAX_WAYS]; /* of lanes: m/s, at every metre */
    int first_leg[SCENE_MAX_WAYS], legs[SCENE_MAX_WAYS];
    uint16_t leg[SCENE_MAX_LEGS]; /* by lane, then along it */
    struct scene_vehicle vehicle[SCENE_MAX_WAYS][SCENE_MAX_ON_LANE];
    int on_lane[SCENE_MAX_WAYS], total;
};

/* ways is borrowed. 0, ENOMEM. */
int scene_traffic_init(struct scene_traffic *traffic, struct scene_ways *ways);
void scene_traffic_done(struct scene_traffic *traffic); /* zeroed allowed */
/* One comes in at the beginning of a lane, or where there already is a place at s
 * (before anybody looks). False: no room now. A bicycle takes two ids. */
bool scene_traffic_enter(struct scene_traffic *traffic, int lane, enum scene_class kind, double s,
                         int32_t id);
/* Which kind comes next on a lane of motor vehicles. */
enum scene_class scene_traffic_draw(struct scene_traffic *traffic, int lane);
void scene_traffic_tick(struct scene_traffic *traffic, double now_s, double step_s);
/* Body, with its rider after it, rest_s after the last tick; returns how many. */
int scene_traffic_body(const struct scene_traffic *traffic, int lane,
                       const struct scene_vehicle *vehicle, double rest_s,
                       struct scene_body ret_body[2]);

#endif
