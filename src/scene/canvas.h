/*
 * The picture being put together: a copy of the still picture, over which
 * bodies are drawn from far to near, each pixel against the depth of what
 * stands there. Knows for every pixel which body it shows; from that comes the
 * truth.
 */
#ifndef WEIR_SCENE_CANVAS_H
#define WEIR_SCENE_CANVAS_H

#include <stddef.h>
#include <stdint.h>

#include "backdrop.h"
#include "body.h"

struct scene_canvas;

/* Takes the backdrop's content over and draws plan's props and parked bodies into
 * it, with their shadows. 0, ENOMEM (the backdrop stays the caller's). */
int scene_canvas_new(const struct scene_plan *plan, struct scene_backdrop *backdrop,
                     struct scene_canvas **ret_canvas);
void scene_canvas_free(struct scene_canvas *canvas);
/* A new picture with these bodies in it; truth is replaced. 0, ENOMEM. */
int scene_canvas_draw(struct scene_canvas *canvas, const struct scene_body *bodies, size_t len,
                      struct weir_truth *truth);
/* The picture drawn last, 0x00RRGGBB, rows without gaps; and its glows. */
const uint32_t *scene_canvas_pixels(const struct scene_canvas *canvas);

#endif
