/*
 * The world's metres and the camera's pixels. World: x to the right, y away from
 * the camera, z up; the ground is z = 0; the camera stands over the origin.
 */
#ifndef WEIR_SCENE_GEOMETRY_H
#define WEIR_SCENE_GEOMETRY_H

#include <math.h>
#include <stdbool.h>

struct vec2 {
    double x, y;
};

struct vec3 {
    double x, y, z;
};

static inline struct vec3 vec3(double x, double y, double z) {
    return (struct vec3){x, y, z};
}
static inline struct vec3 vec3_add(struct vec3 a, struct vec3 b) {
    return vec3(a.x + b.x, a.y + b.y, a.z + b.z);
}
static inline struct vec3 vec3_sub(struct vec3 a, struct vec3 b) {
    return vec3(a.x - b.x, a.y - b.y, a.z - b.z);
}
static inline struct vec3 vec3_scale(struct vec3 a, double s) {
    return vec3(a.x * s, a.y * s, a.z * s);
}
static inline struct vec3 vec3_mix(struct vec3 a, struct vec3 b, double t) {
    return vec3_add(vec3_scale(a, 1 - t), vec3_scale(b, t));
}
static inline double vec3_dot(struct vec3 a, struct vec3 b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
static inline struct vec3 vec3_cross(struct vec3 a, struct vec3 b) {
    return vec3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}
static inline struct vec3 vec3_unit(struct vec3 a) {
    return vec3_scale(a, 1 / sqrt(vec3_dot(a, a)));
}

/* A pinhole without roll or yaw (the street is turned instead), pitched down. */
struct scene_camera {
    double height_m; /* of the lens over the ground, 2.5 – 14 */
    double pitch_rad; /* down from the horizontal, 0.03 – 0.7 */
    double focal_px; /* proportional to the picture's width */
    double cx, cy; /* principal point, pixels */
    int width, height; /* of the picture */
    double sin_pitch, cos_pitch; /* kept beside pitch_rad */
};

/* Distance of p along the optical axis, metres; what depth maps hold. */
static inline double scene_depth(const struct scene_camera *c, struct vec3 p) {
    return p.y * c->cos_pitch - (p.z - c->height_m) * c->sin_pitch;
}

#define SCENE_NEAR_M 0.5

/* Where p is seen, pixels; false where it is nearer than SCENE_NEAR_M or behind. */
static inline bool scene_project(const struct scene_camera *c, struct vec3 p, double *ret_u,
                                 double *ret_v) {
    double depth = scene_depth(c, p);
    if (depth < SCENE_NEAR_M)
        return false;
    double up = (p.z - c->height_m) * c->cos_pitch + p.y * c->sin_pitch;
    *ret_u = c->cx + c->focal_px * p.x / depth;
    *ret_v = c->cy - c->focal_px * up / depth;
    return true;
}

/* Direction of the ray through a pixel, with depth 1 along the optical axis (so
 * eye + t * ray lies at depth t). */
static inline struct vec3 scene_ray(const struct scene_camera *c, double u, double v) {
    double x = (u - c->cx) / c->focal_px, up = (c->cy - v) / c->focal_px;
    return vec3(x, c->cos_pitch + up * c->sin_pitch, up * c->cos_pitch - c->sin_pitch);
}

static inline struct vec3 scene_eye(const struct scene_camera *c) {
    return vec3(0, 0, c->height_m);
}

static inline double clamp01(double x) {
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

#endif
