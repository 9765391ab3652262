/*
 * Ray casting. Every ray starts at the camera, so each block keeps the eye in its
 * own frame and a ray costs one rotation and a few comparisons: the convex block
 * is the part of the ray that no half-space cuts away.
 */
#include "cast.h"

#include "random.h"

double scene_gable_rise(const struct scene_building *b) {
    return b->gable ? 0.75 * b->half_width_m : 0;
}

struct vec3 scene_block_local(const struct scene_block *b, struct vec3 p) {
    double x = p.x - b->x, y = p.y - b->y;
    return vec3(x * b->ux + y * b->uy, y * b->ux - x * b->uy, p.z);
}

/* The rectangle of pixels around the block's corners; everything where one is behind
 * the camera. */
static void bound(struct scene_block *b, const struct scene_camera *c) {
    double left = 1e9, top = 1e9, right = -1e9, bottom = -1e9;
    double ridge = b->to_m + b->slope * b->half_width_m;
    bool behind = false, ahead = false;
    for (int i = 0; i < 8; i++) {
        double a = i & 1 ? b->half_length_m : -b->half_length_m;
        double w = i & 2 ? b->half_width_m : -b->half_width_m, u, v;
        struct vec3 p = vec3(b->x + a * b->ux - w * b->uy, b->y + a * b->uy + w * b->ux,
                             i & 4 ? ridge : b->from_m);
        if (!scene_project(c, p, &u, &v)) {
            behind = true;
            continue;
        }
        ahead = true;
        left = fmin(left, u), right = fmax(right, u);
        top = fmin(top, v), bottom = fmax(bottom, v);
    }
    if (behind)
        left = top = 0, right = ahead ? c->width : 0, bottom = c->height;
    b->left = (int)fmax(left - 1, 0), b->right = (int)fmin(right + 2, c->width);
    b->top = (int)fmax(top - 1, 0), b->bottom = (int)fmin(bottom + 2, c->height);
}

static void add(struct scene_cast *cast, struct scene_block block) {
    struct scene_block *b = &cast->block[cast->blocks++];
    *b = block;
    b->eye = scene_block_local(b, scene_eye(&cast->camera));
    struct vec3 u = vec3(b->ux, b->uy, 0), w = vec3(-b->uy, b->ux, 0);
    double k = 1 / sqrt(1 + b->slope * b->slope), tilt = b->slope * k;
    b->normal[SCENE_FACE_HEAD] = u;
    b->normal[SCENE_FACE_TAIL] = vec3_scale(u, -1);
    b->normal[SCENE_FACE_LEFT] = w;
    b->normal[SCENE_FACE_RIGHT] = vec3_scale(w, -1);
    b->normal[SCENE_FACE_TOP] = vec3(0, 0, 1);
    b->normal[SCENE_FACE_SLOPE_LEFT] = vec3_add(vec3_scale(w, tilt), vec3(0, 0, k));
    b->normal[SCENE_FACE_SLOPE_RIGHT] = vec3_add(vec3_scale(w, -tilt), vec3(0, 0, k));
    bound(b, &cast->camera);
}

/* A box standing on the roof of `on`, a metres along and w across. */
static void add_extra(struct scene_cast *cast, struct scene_block on, double a, double w,
                      double half_length, double half_width, double from, double to) {
    on.x += a * on.ux - w * on.uy;
    on.y += a * on.uy + w * on.ux;
    on.half_length_m = half_length, on.half_width_m = half_width;
    on.from_m = from, on.to_m = to, on.slope = 0, on.extra = true;
    add(cast, on);
}

void scene_cast_init(struct scene_cast *cast, const struct scene_plan *plan) {
    cast->camera = plan->camera;
    cast->blocks = 0;
    for (int i = 0; i < plan->buildings; i++) {
        const struct scene_building *b = &plan->building[i];
        struct scene_block body = {.x = b->x,
                                   .y = b->y,
                                   .ux = b->ux,
                                   .uy = b->uy,
                                   .half_length_m = b->half_length_m,
                                   .half_width_m = b->half_width_m,
                                   .to_m = b->height_m,
                                   .slope = scene_gable_rise(b) / b->half_width_m,
                                   .building = i};
        add(cast, body);
        struct weir_random r = weir_random_of(b->seed, SCENE_RANDOM_BACKDROP, 1);
        int n = b->facade == SCENE_SHED ? 0 : 1 + weir_random_below(&r, 3);
        for (int k = 0; k < n; k++) {
            double a = weir_random_in(&r, -0.85, 0.85) * b->half_length_m;
            if (b->gable) {
                double w = weir_random_in(&r, -0.35, 0.35) * b->half_width_m;
                double ridge = b->height_m + scene_gable_rise(b);
                add_extra(cast, body, a, w, 0.35, 0.45, b->height_m,
                          ridge + weir_random_in(&r, 0.4, 1.3));
            } else {
                double half = fmin(weir_random_in(&r, 0.8, 3), b->half_length_m * 0.4);
                double deep = fmin(weir_random_in(&r, 0.8, 3), b->half_width_m * 0.4);
                double w = weir_random_in(&r, -0.5, 0.5) * (b->half_width_m - deep);
                a *= (b->half_length_m - half) / b->half_length_m;
                add_extra(cast, body, a, w, half, deep, b->height_m,
                          b->height_m + weir_random_in(&r, 0.8, 2.8));
            }
        }
    }
}

/* Cuts [near, far] down to where o + t d <= limit. */
static inline bool cut(double o, double d, double limit, enum scene_face face, double *near,
                       double *far, enum scene_face *ret_face) {
    double room = limit - o;
    if (d == 0)
        return room >= 0;
    double t = room / d;
    if (d > 0) {
        if (t < *far)
            *far = t;
    } else if (t > *near) {
        *near = t;
        *ret_face = face;
    }
    return *near < *far;
}

static bool meet(const struct scene_block *b, struct vec3 ray, double *depth,
                 enum scene_face *ret_face) {
    double near = SCENE_NEAR_M, far = *depth;
    double da = ray.x * b->ux + ray.y * b->uy, dw = ray.y * b->ux - ray.x * b->uy, dz = ray.z;
    const struct vec3 o = b->eye;
    enum scene_face face = SCENE_FACES;
    if (!cut(o.x, da, b->half_length_m, SCENE_FACE_HEAD, &near, &far, &face) ||
        !cut(-o.x, -da, b->half_length_m, SCENE_FACE_TAIL, &near, &far, &face) ||
        !cut(o.y, dw, b->half_width_m, SCENE_FACE_LEFT, &near, &far, &face) ||
        !cut(-o.y, -dw, b->half_width_m, SCENE_FACE_RIGHT, &near, &far, &face))
        return false;
    if (b->slope > 0) {
        double k = b->slope, ridge = b->to_m + k * b->half_width_m;
        if (!cut(o.z + k * o.y, dz + k * dw, ridge, SCENE_FACE_SLOPE_LEFT, &near, &far, &face) ||
            !cut(o.z - k * o.y, dz - k * dw, ridge, SCENE_FACE_SLOPE_RIGHT, &near, &far, &face))
            return false;
    } else if (!cut(o.z, dz, b->to_m, SCENE_FACE_TOP, &near, &far, &face)) {
        return false;
    }
    if (face == SCENE_FACES)
        return false;
    *depth = near;
    *ret_face = face;
    return true;
}

struct scene_hit scene_cast_ray(const struct scene_cast *cast, const int *list, int len, double u,
                                double v) {
    const struct scene_camera *c = &cast->camera;
    struct scene_hit hit = {.ray = scene_ray(c, u, v), .block = SCENE_HIT_SKY, .depth = 1e9};
    if (hit.ray.z * SCENE_FAR_M < -c->height_m) {
        hit.depth = -c->height_m / hit.ray.z;
        hit.block = SCENE_HIT_GROUND;
    }
    for (int i = 0; i < len; i++)
        if (meet(&cast->block[list[i]], hit.ray, &hit.depth, &hit.face))
            hit.block = list[i];
    if (hit.block != SCENE_HIT_SKY)
        hit.at = vec3_add(scene_eye(c), vec3_scale(hit.ray, hit.depth));
    return hit;
}
