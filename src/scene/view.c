/*
 * The picture's sides are planes through the eye; a standing cylinder is outside
 * when its foot and its top are both farther than its radius beyond one of them.
 * Buildings hide it when they cut all rays from the eye to a row of points across
 * its top: all that is lower is then hidden as well.
 */
#include "view.h"

#define SHAKE_MARGIN 0.04
#define SLIT_M 1.2 /* between houses: narrower ones are missed */

/* Plane a x + b depth + c up > 0 outside, with pixels as a, b, c. */
static bool beyond(const struct scene_camera *k, double a, double b, double c, struct vec3 p,
                   double radius) {
    double up = (p.z - k->height_m) * k->cos_pitch + p.y * k->sin_pitch;
    double forward = b * k->cos_pitch + c * k->sin_pitch; /* change with y */
    return a * p.x + b * scene_depth(k, p) + c * up > radius * hypot(a, forward);
}

bool scene_view_outside(const struct scene_camera *camera, double x, double y, double radius_m,
                        double height_m, double margin) {
    const struct scene_camera *k = camera;
    if (hypot(x, y) > SCENE_FAR_M)
        return true;
    double f = k->focal_px, wide = margin * k->width;
    double right = k->width - k->cx + wide, left = k->cx + wide, below = k->height - k->cy + wide;
    struct vec3 foot = vec3(x, y, 0), top = vec3(x, y, height_m);
    return (beyond(k, f, -right, 0, foot, radius_m) && beyond(k, f, -right, 0, top, radius_m)) ||
           (beyond(k, -f, -left, 0, foot, radius_m) && beyond(k, -f, -left, 0, top, radius_m)) ||
           beyond(k, 0, -below, -f, top, radius_m);
}

/* Narrows the part [from,to] of a ray p + t d that lies within ±half. */
static bool clip(double p, double d, double half, double *from, double *to) {
    if (fabs(d) < 1e-12)
        return fabs(p) <= half;
    double t0 = (-half - p) / d, t1 = (half - p) / d;
    *from = fmax(*from, fmin(t0, t1));
    *to = fmin(*to, fmax(t0, t1));
    return *from < *to;
}

static bool blocked(const struct scene_plan *plan, double x, double y, double z) {
    double eye = plan->camera.height_m;
    for (int i = 0; i < plan->buildings; i++) {
        const struct scene_building *b = &plan->building[i];
        double px = -(b->x * b->ux + b->y * b->uy), py = b->x * b->uy - b->y * b->ux;
        double dx = x * b->ux + y * b->uy, dy = -x * b->uy + y * b->ux;
        double from = 0, to = 1;
        if (!clip(px, dx, b->half_length_m, &from, &to) ||
            !clip(py, dy, b->half_width_m, &from, &to))
            continue;
        double at = z < eye ? to : from; /* where the ray is lowest */
        if (eye + (z - eye) * at < b->height_m)
            return true;
    }
    return false;
}

bool scene_view_blocked(const struct scene_plan *plan, double x, double y, double radius_m,
                        double height_m) {
    double distance = fmax(1e-6, hypot(x, y));
    double sx = -y / distance * radius_m, sy = x / distance * radius_m;
    int rays = 2 + (int)(2 * radius_m / SLIT_M);
    for (int i = 0; i < rays; i++) {
        double k = 2.0 * i / (rays - 1) - 1;
        if (!blocked(plan, x + sx * k, y + sy * k, height_m))
            return false;
    }
    return true;
}

bool scene_view_hidden(const struct scene_plan *plan, double x, double y, double radius_m,
                       double height_m) {
    return scene_view_outside(&plan->camera, x, y, radius_m, height_m, SHAKE_MARGIN) ||
           scene_view_blocked(plan, x, y, radius_m, height_m);
}
