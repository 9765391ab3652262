/*
 * A thing on the street, body or prop: where its foot stands, which pixels it can
 * touch, and who hides whom.
 */
#ifndef WEIR_SCENE_THING_H
#define WEIR_SCENE_THING_H

#include <stdbool.h>
#include <stddef.h>

#include "plan.h"

/* Pixels [x0,x1) x [y0,y1) of the picture; may lie outside of it. */
struct scene_rect {
    int x0, y0, x1, y1;
};

static inline bool scene_rect_empty(struct scene_rect r) {
    return r.x0 >= r.x1 || r.y0 >= r.y1;
}

static inline struct scene_rect scene_rect_both(struct scene_rect a, struct scene_rect b) {
    return (struct scene_rect){a.x0 > b.x0 ? a.x0 : b.x0, a.y0 > b.y0 ? a.y0 : b.y0,
                               a.x1 < b.x1 ? a.x1 : b.x1, a.y1 < b.y1 ? a.y1 : b.y1};
}

struct scene_thing {
    const struct scene_body *body; /* either of the two, borrowed */
    const struct scene_prop *prop;
    struct scene_size size;
    struct vec2 foot[4]; /* corners of its rectangle on the ground, counter-clockwise */
    double depth; /* of its centre, metres */
    struct scene_rect rect; /* what it can touch when drawn; empty: not in view */
};

struct scene_thing scene_thing_of_body(const struct scene_camera *camera,
                                       const struct scene_body *body);
struct scene_thing scene_thing_of_prop(const struct scene_camera *camera,
                                       const struct scene_prop *prop);
/* What its shadow can touch; empty where there is none in reach. */
struct scene_rect scene_thing_shadow(const struct scene_camera *camera, struct vec3 sun,
                                     const struct scene_thing *thing);
/* Whether a lies before b as the camera sees them: by a line on the ground that
 * parts their feet; where there is none, by depth. */
bool scene_thing_hides(const struct scene_thing *a, const struct scene_thing *b);
/* Puts things in the order in which they are painted, far to near. order: len indices, filled. */
void scene_things_order(const struct scene_thing *things, size_t len, int *order);

#endif
