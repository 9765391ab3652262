/*
 * One thing drawn by itself on a transparent layer, before it goes into the
 * picture: larger than the picture, so that what lies outside counts as hidden
 * and not as missing.
 */
#ifndef WEIR_SCENE_LAYER_H
#define WEIR_SCENE_LAYER_H

#include <cairo.h>
#include <stdint.h>

#include "thing.h"

struct scene_layer {
    cairo_surface_t *surface; /* premultiplied ARGB */
    cairo_t *cr; /* user space: pixels of the picture */
    uint32_t *pixels;
    int stride; /* in pixels */
    struct scene_rect reach; /* what of the picture's plane the layer holds */
};

/* Half a picture more on every side. 0, ENOMEM. */
int scene_layer_init(struct scene_layer *layer, int width, int height);
void scene_layer_done(struct scene_layer *layer);
/* Pixel (x,y) of the picture's plane, within reach. */
static inline uint32_t *scene_layer_at(const struct scene_layer *layer, int x, int y) {
    return layer->pixels + (long)(y - layer->reach.y0) * layer->stride + (x - layer->reach.x0);
}
/*
 * Clears what thing can touch and draws it there, smeared by the motion of one
 * exposure. brush's cr and px_per_m are set here. Returns the part touched,
 * within reach.
 */
struct scene_rect scene_layer_draw(struct scene_layer *layer, const struct scene_thing *thing,
                                   struct scene_brush brush);

#endif
