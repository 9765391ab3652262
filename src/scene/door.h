/* Places along footways where people step into buildings and come out of them. */
#ifndef WEIR_SCENE_DOOR_H
#define WEIR_SCENE_DOOR_H

#include "ways.h"

#define SCENE_MAX_DOORS 256

struct scene_door {
    double s; /* along its footway, where one turns off */
    double x, y; /* behind the wall: nobody sees one there */
    double ux, uy; /* the way in */
};

struct scene_doors {
    struct scene_door door[SCENE_MAX_DOORS];
    int doors;
    int first[SCENE_MAX_WAYS], count[SCENE_MAX_WAYS]; /* of each way, along it */
};

void scene_doors_find(const struct scene_ways *ways, struct scene_doors *ret);
/* The nearest door ahead of s, at least room_m away; -1: none. */
int scene_door_ahead(const struct scene_doors *doors, int way, int direction, double s,
                     double room_m);

#endif
