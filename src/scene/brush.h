/*
 * What objects are drawn with: points, faces and limbs in metres become filled
 * paths in pixels (Cairo). The same calls draw an object and, with `shadow` set,
 * what it casts on the ground: every point then falls along the sun's ray and
 * every colour is black.
 */
#ifndef WEIR_SCENE_BRUSH_H
#define WEIR_SCENE_BRUSH_H

#include <cairo.h>
#include <stdbool.h>
#include <stddef.h>

#include "geometry.h"
#include "sky.h"

/* Light that spreads over the picture around a lamp; added after all is drawn. */
struct scene_glow {
    struct vec3 at;
    struct rgb rgb;
    double radius_m;
};

struct scene_glows {
    struct scene_glow *data; /* room for cap; what does not fit is left out */
    size_t len, cap;
};

struct scene_brush {
    cairo_t *cr; /* user space: pixels of the picture; may be clipped */
    const struct scene_camera *camera;
    const struct scene_sky *sky;
    double sunlit; /* 0 where the object stands in a building's shadow, else 1 */
    struct rgb lamp; /* light of street lamps at that place */
    double px_per_m; /* at the object's distance: leave out what is below half a pixel */
    bool shadow;
    struct scene_glows *glows; /* may be NULL: nothing glows */
};

/* A frame of reference on the ground: forward, left and up of an object. */
struct scene_pose {
    struct vec3 at; /* the point of the ground below the object's centre */
    struct vec3 forward, left; /* unit, horizontal */
};

struct scene_pose scene_pose_of(double x, double y, double heading_rad);
/* f metres forward, l to the left, u up. */
static inline struct vec3 scene_pose_point(const struct scene_pose *p, double f, double l,
                                           double u) {
    return vec3(p->at.x + f * p->forward.x + l * p->left.x,
                p->at.y + f * p->forward.y + l * p->left.y, p->at.z + u);
}
static inline struct vec3 scene_pose_direction(const struct scene_pose *p, double f, double l,
                                               double u) {
    return vec3(f * p->forward.x + l * p->left.x, f * p->forward.y + l * p->left.y, u);
}

/* Pixels of a point; in shadow, of where its shadow falls. */
bool scene_brush_point(const struct scene_brush *brush, struct vec3 p, double *ret_u,
                       double *ret_v);
/* Is a face at p with that normal turned to the camera (in shadow: always)? */
bool scene_brush_faces(const struct scene_brush *brush, struct vec3 p, struct vec3 normal);
/* Albedo under the light of the place. */
struct rgb scene_brush_lit(const struct scene_brush *brush, struct rgb albedo, struct vec3 normal);

/* Fills the outline of n (3–64) points with a lit colour; parts nearer than the
 * near plane leave it undrawn. */
void scene_brush_face(struct scene_brush *brush, const struct vec3 *p, int n, struct rgb albedo,
                      struct vec3 normal);
/* The same in a colour that shines by itself. Not drawn in shadow. */
void scene_brush_shine(struct scene_brush *brush, const struct vec3 *p, int n, struct rgb colour);
/* An ellipse around c with half axes a and b (a disc seen askew: wheels). */
void scene_brush_disc(struct scene_brush *brush, struct vec3 c, struct vec3 a, struct vec3 b,
                      struct rgb albedo, struct vec3 normal);
/* A limb: the outline of two balls and what lies between; lit from the side with
 * a little shading across. */
void scene_brush_limb(struct scene_brush *brush, struct vec3 a, double radius_a, struct vec3 b,
                      double radius_b, struct rgb albedo);
/* A ball. */
void scene_brush_ball(struct scene_brush *brush, struct vec3 c, double radius, struct rgb albedo);
/* A line of that width in metres, at least 0.4 pixel: frames, spokes, wires. */
void scene_brush_line(struct scene_brush *brush, struct vec3 a, struct vec3 b, double width_m,
                      struct rgb albedo);
/* Remembers a glow. Nothing in shadow or without a list. */
void scene_brush_glow(struct scene_brush *brush, struct vec3 at, struct rgb colour,
                      double radius_m);

#endif
