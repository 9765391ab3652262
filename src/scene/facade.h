/* What walls and roofs look like, without the light that falls on them. */
#ifndef WEIR_SCENE_FACADE_H
#define WEIR_SCENE_FACADE_H

#include "plan.h"
#include "texture.h"

/* How a building is divided and coloured; follows from its seed. */
struct scene_front {
    const struct scene_building *building;
    double ground_m, storey_m, bay_m; /* ground floor, further floors, wanted window axis */
    double window_w, window_h, sill; /* shares of bay and storey */
    struct rgb wall, trim, frame, base, shutter, roof, door, accent;
    bool shutters, balconies, bands, lintels, crossbars;
    double lit; /* share of the windows with light in them */
    uint32_t seed;
};

/* A point of a wall: albedo takes light, glow is light of its own, mirror is the
 * share of what it reflects. */
struct scene_texel {
    struct rgb albedo, glow;
    double mirror;
};

struct scene_front scene_facade_of(const struct scene_building *building,
                                   const struct scene_sky *sky);
/* at->a from a wall's lower left corner, at->b above the ground; length_m of the wall,
 * face tells its four walls apart. */
struct scene_texel scene_facade_wall(const struct scene_front *facade, const struct scene_place *at,
                                     int face, double length_m);
/* at->a along the ridge, at->b down the slope. */
struct scene_texel scene_facade_roof(const struct scene_front *facade,
                                     const struct scene_place *at);
/* Flat roofs, from above. */
struct scene_texel scene_facade_top(const struct scene_front *facade, const struct scene_place *at);
/* Chimneys and huts on roofs. */
struct scene_texel scene_facade_extra(const struct scene_front *facade,
                                      const struct scene_place *at);

/* shop.c: the ground floor of a shopping street; t is the wall behind it. */
void scene_facade_shops(const struct scene_front *facade, const struct scene_place *at, int face,
                        double length_m, struct scene_texel *t);
/* window.c: the pane of one window. x from its left edge, y from its lower one (metres),
 * key tells windows apart. */
struct scene_texel scene_facade_pane(const struct scene_front *facade, const struct scene_place *at,
                                     double x, double y, double w, double h, uint32_t key);

#endif
