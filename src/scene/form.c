/*
 * A swept body is drawn as its silhouette only: on each ring the two points that
 * are outermost across the spine as seen, joined by smooth curves. Narrower copies
 * on the side of the sun make it look round: three fills, whatever the number of
 * rings (a gradient takes longer than all of them).
 */
#include "form.h"

#include <math.h>

#define TAU 6.283185307179586

struct vec3 scene_form_view(const struct scene_brush *brush, struct vec3 p) {
    return brush->shadow ? brush->sky->sun : vec3_unit(vec3_sub(scene_eye(brush->camera), p));
}

/* Half the ellipse's extent along s, as a vector to the outermost point. */
static struct vec3 outermost(const struct scene_ring *r, struct vec3 s) {
    double a = vec3_dot(r->a, s), b = vec3_dot(r->b, s), n = sqrt(a * a + b * b);
    if (n < 1e-9)
        return vec3(0, 0, 0);
    return vec3_add(vec3_scale(r->a, a / n), vec3_scale(r->b, b / n));
}

static void set_rgb(struct scene_brush *brush, struct rgb c) {
    cairo_set_source_rgb(brush->cr, c.r, c.g, c.b);
}

static struct vec2 mix2(struct vec2 a, struct vec2 b, double t) {
    return (struct vec2){a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t};
}

/* One side of an outline: a Catmull-Rom curve through n points. */
static void side_path(cairo_t *cr, const struct vec2 *p, int n) {
    for (int i = 0; i + 1 < n; i++) {
        struct vec2 a = p[i > 0 ? i - 1 : 0], b = p[i], c = p[i + 1],
                    d = p[i + 2 < n ? i + 2 : i + 1];
        cairo_curve_to(cr, b.x + (c.x - a.x) / 6, b.y + (c.y - a.y) / 6, c.x - (d.x - b.x) / 6,
                       c.y - (d.y - b.y) / 6, c.x, c.y);
    }
}

/* An end: bent outwards, as a hem or a rim is seen. */
static void end_path(cairo_t *cr, struct vec2 from, struct vec2 to, struct vec2 out) {
    struct vec2 b = mix2(from, to, 0.25), c = mix2(from, to, 0.75);
    double len = hypot(out.x, out.y), k = 0.14 * hypot(to.x - from.x, to.y - from.y);
    k = len > 1e-6 ? k / len : 0;
    cairo_curve_to(cr, b.x + k * out.x, b.y + k * out.y, c.x + k * out.x, c.y + k * out.y, to.x,
                   to.y);
}

/* The outline (n points up the left, n down the right), narrowed to [from,to] of
 * its width. */
static void outline_path(cairo_t *cr, const struct vec2 *outline, int n, double from, double to,
                         bool smooth) {
    struct vec2 p[2 * SCENE_FORM_RINGS];
    for (int i = 0; i < n; i++) {
        p[i] = mix2(outline[i], outline[2 * n - 1 - i], from);
        p[2 * n - 1 - i] = mix2(outline[i], outline[2 * n - 1 - i], to);
    }
    cairo_new_path(cr);
    cairo_move_to(cr, p[0].x, p[0].y);
    if (smooth) {
        struct vec2 low = mix2(p[0], p[2 * n - 1], 0.5), high = mix2(p[n - 1], p[n], 0.5);
        struct vec2 up = {high.x - low.x, high.y - low.y};
        side_path(cr, p, n);
        end_path(cr, p[n - 1], p[n], up);
        side_path(cr, p + n, n);
        end_path(cr, p[2 * n - 1], p[0], (struct vec2){-up.x, -up.y});
    } else
        for (int i = 1; i < 2 * n; i++)
            cairo_line_to(cr, p[i].x, p[i].y);
    cairo_close_path(cr);
}

void scene_form_sweep(struct scene_brush *brush, const struct scene_ring *ring, int n,
                      struct rgb albedo) {
    struct vec2 outline[2 * SCENE_FORM_RINGS];
    struct vec3 middle = vec3_mix(ring[0].c, ring[n - 1].c, 0.5);
    struct vec3 view = scene_form_view(brush, middle);
    struct vec3 across = vec3_cross(vec3_sub(ring[n - 1].c, ring[0].c), view);
    if (vec3_dot(across, across) < 1e-8)
        return; /* seen end-on: what lies at the end covers it */
    across = vec3_unit(across);
    for (int i = 0; i < n; i++) {
        struct vec3 out = outermost(&ring[i], across);
        struct vec2 *l = &outline[i], *r = &outline[2 * n - 1 - i];
        if (!scene_brush_point(brush, vec3_add(ring[i].c, out), &l->x, &l->y) ||
            !scene_brush_point(brush, vec3_sub(ring[i].c, out), &r->x, &r->y))
            return;
    }
    bool small = brush->px_per_m<30, left_lit = vec3_dot(across, brush->sky->sun)> 0;
    struct vec3 sunward = vec3_scale(across, left_lit ? 0.5 : -0.5);
    struct rgb light = scene_brush_lit(brush, albedo, vec3_unit(vec3_add(view, sunward)));
    struct rgb dark =
        scene_brush_lit(brush, rgb_scale(albedo, 0.9), vec3_unit(vec3_sub(view, sunward)));
    bool flat = small || n == 2 || brush->shadow;
    outline_path(brush->cr, outline, n, 0, 1, !small && n > 2);
    set_rgb(brush, brush->shadow ? rgb(0, 0, 0) : rgb_mix(light, dark, flat ? 0.3 : 0.75));
    cairo_fill(brush->cr);
    if (flat)
        return;
    outline_path(brush->cr, outline, n, left_lit ? 0.05 : 0.2, left_lit ? 0.8 : 0.95, true);
    set_rgb(brush, rgb_mix(light, dark, 0.32));
    cairo_fill(brush->cr);
    outline_path(brush->cr, outline, n, left_lit ? 0.11 : 0.4, left_lit ? 0.6 : 0.89, true);
    set_rgb(brush, light);
    cairo_fill(brush->cr);
}

/* A disc of the picture. */
struct spot {
    double u, v, r;
};

/* Adds an arc from angle a to b, in as many chords as its size asks for. */
static void arc(cairo_t *cr, struct spot s, double a, double b) {
    int n = (int)((b - a) * (s.r < 1.5 ? 0.7 : s.r < 5 ? 1.3 : 2)) + 1;
    for (int i = 0; i <= n; i++) {
        double t = a + (b - a) * i / n;
        cairo_line_to(cr, s.u + s.r * cos(t), s.v + s.r * sin(t));
    }
}

/* The outlines of all pairs of neighbours, all turning the same way: one fill
 * joins them. */
static void chain_path(cairo_t *cr, const struct spot *s, int n) {
    cairo_new_path(cr);
    for (int i = 0; i < n - 1 || i == 0; i++) {
        struct spot a = s[i], b = s[n > 1 ? i + 1 : 0];
        double d = hypot(b.u - a.u, b.v - a.v);
        cairo_new_sub_path(cr);
        if (d <= fabs(a.r - b.r) + 1e-6)
            arc(cr, a.r > b.r ? a : b, 0, TAU);
        else {
            double along = atan2(b.v - a.v, b.u - a.u), open = acos((a.r - b.r) / d);
            arc(cr, a, along + open, along + TAU - open);
            arc(cr, b, along - open, along + open);
        }
        cairo_close_path(cr);
    }
}

void scene_form_chain(struct scene_brush *brush, const struct vec3 *p, const double *radius, int n,
                      struct rgb albedo) {
    struct spot outer[4], inner[4];
    struct vec3 sun = brush->sky->sun, view = scene_form_view(brush, p[0]);
    double rise = sun.z * 0.7 + 0.2, shift = 0.24 / hypot(sun.x, rise), widest = 0;
    for (int i = 0; i < n; i++) {
        if (!scene_brush_point(brush, p[i], &outer[i].u, &outer[i].v))
            return;
        double r = fmax(radius[i] * brush->px_per_m, 0.45);
        outer[i].r = r;
        inner[i] =
            (struct spot){outer[i].u + sun.x * shift * r, outer[i].v - rise * shift * r, 0.74 * r};
        widest = fmax(widest, r);
    }
    bool flat = brush->shadow || widest < 4;
    struct rgb light = scene_brush_lit(
        brush, albedo, vec3_unit(vec3_add(view, vec3_scale(sun, flat ? 0.2 : 0.4))));
    struct rgb dark = scene_brush_lit(brush, rgb_scale(albedo, 0.92),
                                      vec3_unit(vec3_sub(view, vec3_scale(sun, 0.6))));
    chain_path(brush->cr, outer, n);
    set_rgb(brush, brush->shadow ? rgb(0, 0, 0) : flat ? light : rgb_mix(dark, light, 0.3));
    cairo_fill(brush->cr);
    if (flat)
        return;
    chain_path(brush->cr, inner, n);
    set_rgb(brush, light);
    cairo_fill(brush->cr);
}

static void side(struct scene_brush *brush, struct vec3 c, struct vec3 n, struct vec3 p,
                 struct vec3 q, struct rgb albedo) {
    struct vec3 m = vec3_add(c, n), normal = vec3_unit(n);
    if (brush->shadow ? vec3_dot(normal, brush->sky->sun) <= 0
                      : !scene_brush_faces(brush, m, normal))
        return;
    struct vec3 pq = vec3_add(p, q), qp = vec3_sub(p, q);
    struct vec3 corner[4] = {vec3_add(m, pq), vec3_add(m, qp), vec3_sub(m, pq), vec3_sub(m, qp)};
    scene_brush_face(brush, corner, 4, albedo, normal);
}

void scene_form_box(struct scene_brush *brush, struct vec3 c, struct vec3 a, struct vec3 b,
                    struct vec3 up, struct rgb albedo) {
    struct vec3 axis[3] = {a, b, up};
    for (int i = 0; i < 3; i++) {
        struct vec3 n = axis[i], p = axis[(i + 1) % 3], q = axis[(i + 2) % 3];
        side(brush, c, n, p, q, albedo);
        side(brush, c, vec3_scale(n, -1), p, q, albedo);
    }
}

static void fill_plain(struct scene_brush *brush, struct vec3 at, struct rgb albedo) {
    set_rgb(brush, brush->shadow ? rgb(0, 0, 0)
                                 : scene_brush_lit(brush, albedo, scene_form_view(brush, at)));
    cairo_fill(brush->cr);
}

/* Half of a line's width across its direction, pixels. */
static struct vec2 beside(struct vec2 from, struct vec2 to, double half) {
    double du = to.x - from.x, dv = to.y - from.y, len = hypot(du, dv);
    return len > 1e-6 ? (struct vec2){-dv / len * half, du / len * half} : (struct vec2){half, 0};
}

#define HOOP_POINTS 40

/* Filled between its two edges: several times faster than a stroke. */
void scene_form_hoop(struct scene_brush *brush, struct vec3 c, struct vec3 a, struct vec3 b,
                     double from, double to, double width_m, struct rgb albedo) {
    double size_px = sqrt(vec3_dot(a, a)) * brush->px_per_m;
    double half = 0.5 * fmax(width_m * brush->px_per_m, 0.6);
    int n = (int)((to - from) * fmin(8 + size_px * 0.7, 36)) + 3;
    bool closed = to - from >= 1;
    struct vec2 p[HOOP_POINTS], out[HOOP_POINTS];
    for (int i = 0; i <= n; i++) {
        double t = (from + (to - from) * i / n) * TAU;
        struct vec3 q = vec3_add(c, vec3_add(vec3_scale(a, cos(t)), vec3_scale(b, sin(t))));
        if (!scene_brush_point(brush, q, &p[i].x, &p[i].y))
            return;
    }
    for (int i = 0; i <= n; i++) {
        int before = i > 0 ? i - 1 : closed ? n - 1 : 0, after = i < n ? i + 1 : closed ? 1 : n;
        out[i] = beside(p[before], p[after], half);
    }
    cairo_new_path(brush->cr);
    for (int i = 0; i <= n; i++)
        cairo_line_to(brush->cr, p[i].x + out[i].x, p[i].y + out[i].y);
    if (closed) {
        cairo_close_path(brush->cr);
        cairo_new_sub_path(brush->cr);
    }
    for (int i = n; i >= 0; i--)
        cairo_line_to(brush->cr, p[i].x - out[i].x, p[i].y - out[i].y);
    cairo_close_path(brush->cr);
    fill_plain(brush, c, albedo);
}

/* Quads that all turn the same way, so that one does not cut a hole in another. */
void scene_form_lines(struct scene_brush *brush, const struct vec3 *ends, int n, double width_m,
                      struct rgb albedo) {
    double half = 0.5 * fmax(width_m * brush->px_per_m, 0.4);
    cairo_new_path(brush->cr);
    for (int i = 0; i < n; i++) {
        struct vec2 a, b;
        if (!scene_brush_point(brush, ends[2 * i], &a.x, &a.y) ||
            !scene_brush_point(brush, ends[2 * i + 1], &b.x, &b.y))
            continue;
        struct vec2 out = beside(a, b, half);
        cairo_move_to(brush->cr, a.x + out.x, a.y + out.y);
        cairo_line_to(brush->cr, b.x + out.x, b.y + out.y);
        cairo_line_to(brush->cr, b.x - out.x, b.y - out.y);
        cairo_line_to(brush->cr, a.x - out.x, a.y - out.y);
        cairo_close_path(brush->cr);
    }
    fill_plain(brush, ends[0], albedo);
}
