/*
 * Metres to filled paths. Every primitive goes through scene_brush_point, which
 * is where a shadow falls to the ground; so an object and its shadow are the
 * same drawing.
 */
#include "brush.h"

#include <math.h>

#define LINE_MIN_PX 0.4
#define SHADED_LIMB_PX 2.2 /* radius from which a limb shows a light and a dark side */
#define POLYGON_POINTS 64

struct scene_pose scene_pose_of(double x, double y, double heading_rad) {
    double c = cos(heading_rad), s = sin(heading_rad);
    return (struct scene_pose){vec3(x, y, 0), vec3(c, s, 0), vec3(-s, c, 0)};
}

/* Where p is, or where the sun's ray through p meets the ground. */
static struct vec3 place(const struct scene_brush *brush, struct vec3 p) {
    if (!brush->shadow)
        return p;
    const struct vec3 *sun = &brush->sky->sun;
    double t = (p.z > 0 ? p.z : 0) / sun->z;
    return vec3(p.x - sun->x * t, p.y - sun->y * t, 0);
}

bool scene_brush_point(const struct scene_brush *brush, struct vec3 p, double *ret_u,
                       double *ret_v) {
    return scene_project(brush->camera, place(brush, p), ret_u, ret_v);
}

bool scene_brush_faces(const struct scene_brush *brush, struct vec3 p, struct vec3 normal) {
    return brush->shadow || vec3_dot(normal, vec3_sub(scene_eye(brush->camera), p)) > 0;
}

struct rgb scene_brush_lit(const struct scene_brush *brush, struct rgb albedo, struct vec3 normal) {
    return rgb_mul(albedo, scene_light_on(brush->sky, normal, brush->sunlit, brush->lamp));
}

static void set_colour(struct scene_brush *brush, struct rgb c) {
    if (brush->shadow)
        c = rgb(0, 0, 0);
    c = rgb_clamp(c);
    cairo_set_source_rgb(brush->cr, c.r, c.g, c.b);
}

static void fill_outline(struct scene_brush *brush, const struct vec3 *p, int n,
                         struct rgb colour) {
    double u[POLYGON_POINTS], v[POLYGON_POINTS];
    if (n < 3 || n > POLYGON_POINTS)
        return;
    for (int i = 0; i < n; i++)
        if (!scene_brush_point(brush, p[i], &u[i], &v[i]))
            return;
    cairo_move_to(brush->cr, u[0], v[0]);
    for (int i = 1; i < n; i++)
        cairo_line_to(brush->cr, u[i], v[i]);
    set_colour(brush, colour);
    cairo_fill(brush->cr);
}

void scene_brush_face(struct scene_brush *brush, const struct vec3 *p, int n, struct rgb albedo,
                      struct vec3 normal) {
    fill_outline(brush, p, n, scene_brush_lit(brush, albedo, normal));
}

void scene_brush_shine(struct scene_brush *brush, const struct vec3 *p, int n, struct rgb colour) {
    if (!brush->shadow)
        fill_outline(brush, p, n, colour);
}

/* Points of an ellipse: more where it is large. */
static int disc_points(const struct scene_brush *brush, struct vec3 a) {
    double px = sqrt(vec3_dot(a, a)) * brush->px_per_m;
    return px < 1.5 ? 6 : px < 4 ? 10 : px < 12 ? 16 : px < 40 ? 28 : 48;
}

void scene_brush_disc(struct scene_brush *brush, struct vec3 c, struct vec3 a, struct vec3 b,
                      struct rgb albedo, struct vec3 normal) {
    struct vec3 p[POLYGON_POINTS];
    int n = disc_points(brush, a);
    for (int i = 0; i < n; i++) {
        double t = 2 * M_PI * i / n;
        p[i] = vec3_add(c, vec3_add(vec3_scale(a, cos(t)), vec3_scale(b, sin(t))));
    }
    fill_outline(brush, p, n, scene_brush_lit(brush, albedo, normal));
}

/* A disc of the picture: centre and radius in pixels. */
struct spot {
    double u, v, r;
};

static bool spot_of(const struct scene_brush *brush, struct vec3 p, double radius,
                    struct spot *ret) {
    struct vec3 q = place(brush, p);
    if (!scene_project(brush->camera, q, &ret->u, &ret->v))
        return false;
    ret->r = radius * brush->camera->focal_px / scene_depth(brush->camera, q);
    return true;
}

/* The outline of two discs and what lies between: two arcs and the tangents. */
static void spots_path(cairo_t *cr, struct spot a, struct spot b) {
    double du = b.u - a.u, dv = b.v - a.v, d = hypot(du, dv);
    if (d <= fabs(a.r - b.r) + 1e-6) { /* one within the other */
        struct spot big = a.r > b.r ? a : b;
        cairo_new_sub_path(cr);
        cairo_arc(cr, big.u, big.v, big.r, 0, 2 * M_PI);
        return;
    }
    double along = atan2(dv, du), open = acos((a.r - b.r) / d);
    if (a.r < 1.2 && b.r < 1.2) { /* too small for round ends */
        double cu = cos(along), cv = sin(along);
        cairo_move_to(cr, a.u - cv * a.r - cu * a.r, a.v + cu * a.r - cv * a.r);
        cairo_line_to(cr, b.u - cv * b.r + cu * b.r, b.v + cu * b.r + cv * b.r);
        cairo_line_to(cr, b.u + cv * b.r + cu * b.r, b.v - cu * b.r + cv * b.r);
        cairo_line_to(cr, a.u + cv * a.r - cu * a.r, a.v - cu * a.r - cv * a.r);
        cairo_close_path(cr);
        return;
    }
    cairo_new_sub_path(cr);
    cairo_arc(cr, a.u, a.v, a.r, along + open, along + 2 * M_PI - open);
    cairo_arc(cr, b.u, b.v, b.r, along - open, along + open);
    cairo_close_path(cr);
}

/* Unit vector from p towards the camera. */
static struct vec3 to_eye(const struct scene_brush *brush, struct vec3 p) {
    return vec3_unit(vec3_sub(scene_eye(brush->camera), p));
}

void scene_brush_limb(struct scene_brush *brush, struct vec3 a, double radius_a, struct vec3 b,
                      double radius_b, struct rgb albedo) {
    struct spot sa, sb;
    if (!spot_of(brush, a, radius_a, &sa) || !spot_of(brush, b, radius_b, &sb))
        return;
    if (sa.r < LINE_MIN_PX)
        sa.r = LINE_MIN_PX;
    if (sb.r < LINE_MIN_PX)
        sb.r = LINE_MIN_PX;
    struct vec3 eye = to_eye(brush, a), sun = brush->sky->sun;
    struct vec3 middle = vec3_unit(vec3_add(eye, vec3_scale(sun, 0.35)));
    bool shaded = !brush->shadow && fmax(sa.r, sb.r) > SHADED_LIMB_PX;
    spots_path(brush->cr, sa, sb);
    if (!shaded) {
        set_colour(brush, scene_brush_lit(brush, albedo, middle));
        cairo_fill(brush->cr);
        return;
    }
    struct vec3 dark = vec3_unit(vec3_add(eye, vec3_scale(sun, -0.9)));
    set_colour(brush, rgb_scale(scene_brush_lit(brush, albedo, dark), 0.86));
    cairo_fill(brush->cr);
    /* the light side lies where the sun is, seen across the view */
    double side = sun.x, rise = sun.z * 0.7 + 0.2, len = hypot(side, rise);
    double shift = 0.30 / len;
    struct spot la = {sa.u + side * shift * sa.r, sa.v - rise * shift * sa.r, 0.70 * sa.r};
    struct spot lb = {sb.u + side * shift * sb.r, sb.v - rise * shift * sb.r, 0.70 * sb.r};
    spots_path(brush->cr, la, lb);
    set_colour(brush, scene_brush_lit(brush, albedo, middle));
    cairo_fill(brush->cr);
}

void scene_brush_ball(struct scene_brush *brush, struct vec3 c, double radius, struct rgb albedo) {
    scene_brush_limb(brush, c, radius, c, radius, albedo);
}

void scene_brush_line(struct scene_brush *brush, struct vec3 a, struct vec3 b, double width_m,
                      struct rgb albedo) {
    double ua, va, ub, vb;
    if (!scene_brush_point(brush, a, &ua, &va) || !scene_brush_point(brush, b, &ub, &vb))
        return;
    struct vec3 normal = to_eye(brush, a);
    cairo_set_line_width(brush->cr, fmax(width_m * brush->px_per_m, LINE_MIN_PX));
    cairo_set_line_cap(brush->cr, CAIRO_LINE_CAP_ROUND);
    cairo_move_to(brush->cr, ua, va);
    cairo_line_to(brush->cr, ub, vb);
    set_colour(brush, scene_brush_lit(brush, albedo, normal));
    cairo_stroke(brush->cr);
}

void scene_brush_glow(struct scene_brush *brush, struct vec3 at, struct rgb colour,
                      double radius_m) {
    struct scene_glows *list = brush->glows;
    if (!brush->shadow && list && list->len < list->cap)
        list->data[list->len++] = (struct scene_glow){at, colour, radius_m};
}
