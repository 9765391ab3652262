/* Where lanes cross or join each other. */
#ifndef WEIR_SCENE_JUNCTION_H
#define WEIR_SCENE_JUNCTION_H

#include "ways.h"

/* A stretch of one lane that a vehicle of another might need. */
struct scene_zone {
    int other; /* the other lane */
    double from, to, other_from, other_to; /* along the lane, along the other */
    bool joins; /* both go on in the same direction: follow, do not cross */
    bool yields; /* the other goes first where no signal says who */
};

/* Zones that are passed in one go: who enters has made sure of all of them. */
struct scene_junction {
    double enter_s, leave_s;
    int zone, zones; /* part of scene_junctions.zone */
};

#define SCENE_MAX_ZONES 640
#define SCENE_MAX_JUNCTIONS 240

struct scene_junctions {
    struct scene_zone zone[SCENE_MAX_ZONES];
    struct scene_junction junction[SCENE_MAX_JUNCTIONS];
    int zones, junctions;
    int first[SCENE_MAX_WAYS], count[SCENE_MAX_WAYS]; /* of each lane, along it */
};

void scene_junctions_find(const struct scene_ways *ways, struct scene_junctions *ret);

#endif
