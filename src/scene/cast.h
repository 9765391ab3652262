/*
 * What a ray from the camera meets: buildings as convex blocks (with gabled
 * roofs, chimneys and roof huts), the ground, or the sky.
 */
#ifndef WEIR_SCENE_CAST_H
#define WEIR_SCENE_CAST_H

#include "plan.h"

/* Faces of a block: its four walls, the flat top, the two slopes of a roof. */
enum scene_face {
    SCENE_FACE_HEAD, /* +length */
    SCENE_FACE_TAIL,
    SCENE_FACE_LEFT, /* +width */
    SCENE_FACE_RIGHT,
    SCENE_FACE_TOP,
    SCENE_FACE_SLOPE_LEFT,
    SCENE_FACE_SLOPE_RIGHT,
    SCENE_FACES
};

struct scene_block {
    double x, y, ux, uy; /* centre and unit vector along its length */
    double half_length_m, half_width_m, from_m, to_m; /* to_m: top of its walls */
    double slope; /* rise per metre towards the ridge; 0: flat */
    struct vec3 eye; /* the camera in this block's frame */
    struct vec3 normal[SCENE_FACES]; /* in the world */
    int building; /* its index in the plan */
    bool extra; /* chimney or hut on a roof */
    int left, top, right, bottom; /* pixels it may cover; right, bottom exclusive */
};

#define SCENE_MAX_BLOCKS (SCENE_MAX_BUILDINGS * 4)

struct scene_cast {
    struct scene_camera camera;
    struct scene_block block[SCENE_MAX_BLOCKS];
    int blocks;
};

#define SCENE_HIT_GROUND (-1)
#define SCENE_HIT_SKY (-2)

struct scene_hit {
    struct vec3 ray, at; /* at: 0 for the sky */
    double depth;
    int block; /* index, SCENE_HIT_GROUND or SCENE_HIT_SKY */
    enum scene_face face;
};

/* Ground beyond this depth is sky: air has swallowed it. */
#define SCENE_FAR_M 6000.0

/* Rise of a gabled roof's ridge over the walls, metres. */
double scene_gable_rise(const struct scene_building *building);
void scene_cast_init(struct scene_cast *cast, const struct scene_plan *plan);
/* The nearest thing behind a point of the picture among the listed blocks. */
struct scene_hit scene_cast_ray(const struct scene_cast *cast, const int *list, int len, double u,
                                double v);
/* Coordinates of a point in the frame of a block: along, across, z. */
struct vec3 scene_block_local(const struct scene_block *block, struct vec3 p);

#endif
