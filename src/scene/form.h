/*
 * Forms that persons and bicycles share: bodies swept along a spine, limbs in one
 * piece, boxes, hoops.
 */
#ifndef WEIR_SCENE_FORM_H
#define WEIR_SCENE_FORM_H

#include "brush.h"

#define SCENE_FORM_RINGS 12

/* A cross-section: an ellipse around c with half axes a and b. */
struct scene_ring {
    struct vec3 c, a, b;
};

/* Towards the eye; in shadow, towards the sun. Unit. */
struct vec3 scene_form_view(const struct scene_brush *brush, struct vec3 p);
/* The silhouette of n (2 … SCENE_FORM_RINGS) rings one after another, rounded,
 * with light and shade across. */
void scene_form_sweep(struct scene_brush *brush, const struct scene_ring *ring, int n,
                      struct rgb albedo);
/* A limb of n (1 … 4) joints in one piece: balls of those radii and what lies
 * between; shaded as a whole, so that the joints do not show. */
void scene_form_chain(struct scene_brush *brush, const struct vec3 *p, const double *radius, int n,
                      struct rgb albedo);
/* A box around c with three half axes; only its sides turned to the camera. */
void scene_form_box(struct scene_brush *brush, struct vec3 c, struct vec3 a, struct vec3 b,
                    struct vec3 up, struct rgb albedo);
/* An elliptical line around c with half axes a and b, width_m thick (at least
 * 0.6 pixel); from .. to in turns. */
void scene_form_hoop(struct scene_brush *brush, struct vec3 c, struct vec3 a, struct vec3 b,
                     double from, double to, double width_m, struct rgb albedo);
/* n lines, from ends[2i] to ends[2i+1], in one fill; at least 0.4 pixel. */
void scene_form_lines(struct scene_brush *brush, const struct vec3 *ends, int n, double width_m,
                      struct rgb albedo);

#endif
