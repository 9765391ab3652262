/*
 * Shadows on the ground: what all things cast, and the darkness where they touch
 * it, gathered in two masks and laid over the picture once.
 */
#ifndef WEIR_SCENE_SHADE_H
#define WEIR_SCENE_SHADE_H

#include <cairo.h>
#include <stdint.h>

#include "thing.h"

struct scene_mask {
    cairo_surface_t *surface; /* 8-bit coverage, as large as the picture */
    cairo_t *cr;
    uint8_t *data;
    int stride;
};

struct scene_shade {
    int width, height;
    struct scene_mask cast, contact;
    struct scene_rect dirty; /* what was drawn since it was laid */
};

int scene_shade_init(struct scene_shade *shade, int width, int height); /* 0, ENOMEM */
void scene_shade_done(struct scene_shade *shade);
/* Adds a thing's shadow (where the sky has a sun and brush is sunlit) and its contact. */
void scene_shade_add(struct scene_shade *shade, const struct scene_thing *thing,
                     struct scene_brush brush);
/* Darkens xrgb where sun (0-255: how much of the ground's light there is the sun's)
 * and ground (nonzero: bare ground) allow, and clears the masks. sun is lowered
 * where lower is set: what lies in shadow does not darken again. */
void scene_shade_lay(struct scene_shade *shade, const struct scene_sky *sky, uint32_t *xrgb,
                     uint8_t *sun, const uint8_t *ground, bool lower);

#endif
