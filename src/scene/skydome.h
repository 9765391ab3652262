/* The sky above the street and what is seen at its lower edge. */
#ifndef WEIR_SCENE_SKYDOME_H
#define WEIR_SCENE_SKYDOME_H

#include "plan.h"

struct scene_skydome {
    const struct scene_sky *sky;
    uint32_t seed;
    double cover, scale; /* of clouds: 0–1, and how fine they are */
    double hills, city; /* how high the distance rises, radians */
};

struct scene_skydome scene_skydome_of(const struct scene_plan *plan);
/* The colour in a direction (any length). */
struct rgb scene_skydome_at(const struct scene_skydome *dome, struct vec3 direction);
/* What glass and water show of it: no clouds, and the opposite side of the street low down. */
struct rgb scene_skydome_mirror(const struct scene_skydome *dome, struct vec3 direction);

#endif
