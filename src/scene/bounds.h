/*
 * What may matter for a part of the picture: a box around the places seen in it, and
 * cheap tests that never say no wrongly.
 */
#ifndef WEIR_SCENE_BOUNDS_H
#define WEIR_SCENE_BOUNDS_H

#include "cast.h"

/* A box in the world around all that a tile shows. */
struct scene_bounds {
    struct vec3 lo, hi;
    bool any;
};

static inline void scene_bounds_add(struct scene_bounds *b, struct vec3 p) {
    if (!b->any)
        *b = (struct scene_bounds){p, p, true};
    b->lo.x = p.x < b->lo.x ? p.x : b->lo.x, b->hi.x = p.x > b->hi.x ? p.x : b->hi.x;
    b->lo.y = p.y < b->lo.y ? p.y : b->lo.y, b->hi.y = p.y > b->hi.y ? p.y : b->hi.y;
    b->lo.z = p.z < b->lo.z ? p.z : b->lo.z, b->hi.z = p.z > b->hi.z ? p.z : b->hi.z;
}

static inline void scene_bounds_grow(struct scene_bounds *b, double margin) {
    double mx = margin + (b->hi.x - b->lo.x) / 8, my = margin + (b->hi.y - b->lo.y) / 8;
    b->lo.x -= mx, b->hi.x += mx, b->lo.y -= my, b->hi.y += my;
}

/* Whether a rectangle (from (x, y) on, along (ux, uy)) may touch b grown by `more`. */
static inline bool scene_bounds_touch(const struct scene_bounds *b, double x, double y, double ux,
                                      double uy, double from, double to, double half, double more) {
    double cx = (b->lo.x + b->hi.x) / 2, cy = (b->lo.y + b->hi.y) / 2;
    double ex = (b->hi.x - b->lo.x) / 2 + more, ey = (b->hi.y - b->lo.y) / 2 + more;
    double along = (cx - x) * ux + (cy - y) * uy, across = (cy - y) * ux - (cx - x) * uy;
    double ea = fabs(ux) * ex + fabs(uy) * ey, eb = fabs(uy) * ex + fabs(ux) * ey;
    return along + ea > from && along - ea < to && fabs(across) < half + eb;
}

/* Whether a building's shadow may reach into b: compared along and across the sun. */
static inline bool scene_bounds_shaded(const struct scene_building *c, const struct scene_bounds *b,
                                       struct vec3 sun) {
    double flat = hypot(sun.x, sun.y);
    if (flat < 1e-6)
        flat = 1e-6;
    double sx = sun.x / flat, sy = sun.y / flat;
    double rise = fmax(c->height_m + scene_gable_rise(c) - b->lo.z, 0);
    double reach = rise * flat / sun.z, r = hypot(c->half_length_m, c->half_width_m) + 0.5;
    double mx = (b->lo.x + b->hi.x) / 2, my = (b->lo.y + b->hi.y) / 2;
    double ex = (b->hi.x - b->lo.x) / 2, ey = (b->hi.y - b->lo.y) / 2;
    double along = (c->x - mx) * sx + (c->y - my) * sy,
           across = (c->y - my) * sx - (c->x - mx) * sy;
    double ea = fabs(sx) * ex + fabs(sy) * ey, eb = fabs(sy) * ex + fabs(sx) * ey;
    return fabs(across) < r + eb && along > -r - ea && along < r + ea + reach;
}

#endif
