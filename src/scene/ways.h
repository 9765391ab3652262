/*
 * What follows once and for all from a plan's ways: their paths, led on to where
 * nobody sees who comes and goes; what the camera sees of them; where footways
 * cross lanes. A crossing's legs are also the board on which walkers and
 * traffic leave word for each other, so that neither knows the other.
 */
#ifndef WEIR_SCENE_WAYS_H
#define WEIR_SCENE_WAYS_H

#include "path.h"
#include "plan.h"

#define SCENE_LOOK_M 4
#define SCENE_LOOKS 320

/* One way. Places are m along its path. */
struct scene_course {
    const struct scene_way *way;
    struct scene_path path;
    double seen_m; /* length that counts as in view: not hidden, not too far */
    double near_m; /* and nearer than SCENE_NEAR_WAY_M */
    double near_s; /* about the middle of that */
    double lead_m[2]; /* from its beginning, from its end to the first place seen */
    /* How far one may come in from the beginning, the end, without being seen
     * nearer than SCENE_FAR_WAY_M; 0: not worth it. */
    double far_m[2];
    bool near, far; /* passes within SCENE_NEAR_WAY_M; only beyond SCENE_FAR_WAY_M */
    bool outer; /* lanes: no other of its direction to its right */
    double stop_s; /* way->stop_m; < 0: none */
    /* Every SCENE_LOOK_M: whatever moves there is behind buildings. */
    bool blocked[SCENE_LOOKS];
    int crossing, crossings; /* footways: its part of scene_ways.crossing, along the path */
};

/* Where a footway crosses one lane. */
struct scene_leg {
    int lane; /* index of the way */
    double lane_s, foot_s, stop_s; /* stop_s: where vehicles wait, along the lane */
    double half_m; /* width of the lane along the footway, halved */
    bool zebra, signalled;
    /* Written by walkers in each tick: */
    bool taken; /* somebody is on it or about to be */
    bool wanted; /* somebody waits at the kerb */
    /* Written by traffic in each tick: */
    bool blocked; /* a vehicle stands or passes on it */
    double free_s; /* until the next vehicle that would not stop */
    double red_s; /* signalled: how long the vehicles' light stays red yet, 0: green */
};

struct scene_crossing {
    double from_s, to_s; /* the kerbs, along the footway */
    int leg, legs; /* part of scene_ways.leg */
};

#define SCENE_MAX_CROSSINGS 160
#define SCENE_MAX_LEGS 640

struct scene_ways {
    const struct scene_plan *plan;
    struct scene_course course[SCENE_MAX_WAYS]; /* one for each way */
    struct scene_crossing crossing[SCENE_MAX_CROSSINGS];
    struct scene_leg leg[SCENE_MAX_LEGS];
    int crossings, legs;
};

/* plan is borrowed. 0, ENOMEM. */
int scene_ways_make(const struct scene_plan *plan, struct scene_ways *ret_ways);
void scene_ways_done(struct scene_ways *ways); /* zeroed allowed */
/* Is (x,y) on a lane, or within margin_m of it? */
bool scene_ways_on_lane(const struct scene_ways *ways, double x, double y, double margin_m);
/* Is one at s behind buildings? */
bool scene_course_blocked(const struct scene_course *course, double s);

#endif
