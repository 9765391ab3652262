/* Where people stay at spots, and how they get there. */
#ifndef WEIR_SCENE_STAY_H
#define WEIR_SCENE_STAY_H

#include "ways.h"

#define SCENE_MAX_SEATS 4
#define SCENE_BENCH_STEP_M 0.5 /* in front of a bench one turns around and sits down */

struct scene_seat {
    double x, y, ux, uy; /* where, facing what */
    int walker; /* slot of who has it, or is on his way there; -1: nobody */
};

struct scene_stay {
    int way; /* the footway from which one gets there; -1: none */
    double s; /* where one leaves it */
    int leave; /* direction in which one goes without coming near the camera; 0: either may */
    double distance_m; /* from the camera */
    bool sits;
    int seats;
    struct scene_seat seat[SCENE_MAX_SEATS];
};

void scene_stay_make(const struct scene_ways *ways, int spot, struct scene_stay *ret_stay);
/* Does a thing, or a parked vehicle, stand at (x,y)? Is that in a building? */
bool scene_stay_obstructed(const struct scene_ways *ways, double x, double y);
bool scene_stay_indoors(const struct scene_ways *ways, double x, double y);
int scene_stay_free(const struct scene_stay *stay); /* seats that nobody has */

#endif
