/*
 * The pen: parts are collected, sorted from far to near and painted. Solid parts
 * fill their whole silhouette first and then their sides over it: neighbouring
 * sides alone would let the ground shine through between them.
 */
#include "prop.h"

#include <stdlib.h>

#define GLASS_ALPHA 0.30
#define GLASS_SHADOW_ALPHA 0.25
#define ROUND_PX 1.6 /* diameter from which a drum shows light and shade */
#define ARC 10 /* steps of half a circle */

double scene_pen_far(const struct scene_pen *pen, struct vec3 p) {
    struct vec3 d = vec3_sub(pen->view, p);
    return sqrt(vec3_dot(d, d));
}

void scene_pen_group(struct scene_pen *pen, struct vec3 centre) {
    pen->grouped = true;
    pen->group_far_m = scene_pen_far(pen, centre);
}

void scene_pen_ungroup(struct scene_pen *pen) {
    pen->grouped = false;
}

/* A new part that lies about centre. */
static struct scene_part *part(struct scene_pen *pen, enum scene_part_kind kind, struct vec3 centre,
                               struct rgb rgb) {
    if (pen->len == SCENE_PEN_PARTS)
        scene_pen_flush(pen);
    struct scene_part *p = &pen->part[pen->len];
    p->kind = kind;
    p->rgb = rgb;
    p->far_m = pen->grouped ? pen->group_far_m : scene_pen_far(pen, centre);
    p->rank = pen->len++;
    return p;
}

static void polygon(struct scene_pen *pen, enum scene_part_kind kind, const struct vec3 *p, int n,
                    struct rgb rgb) {
    struct vec3 sum = vec3(0, 0, 0);
    for (int i = 0; i < n; i++)
        sum = vec3_add(sum, p[i]);
    struct scene_part *q = part(pen, kind, vec3_scale(sum, 1.0 / n), rgb);
    q->points = n;
    for (int i = 0; i < n; i++)
        q->point[i] = p[i];
}

void scene_pen_face(struct scene_pen *pen, const struct vec3 *p, int n, struct rgb rgb) {
    polygon(pen, SCENE_PART_FACE, p, n, rgb);
}

void scene_pen_shine(struct scene_pen *pen, const struct vec3 *p, int n, struct rgb rgb) {
    polygon(pen, SCENE_PART_SHINE, p, n, rgb);
}

void scene_pen_glass(struct scene_pen *pen, const struct vec3 *p, int n, struct rgb rgb) {
    polygon(pen, SCENE_PART_GLASS, p, n, rgb);
}

void scene_pen_bar(struct scene_pen *pen, struct vec3 a, double radius_a, struct vec3 b,
                   double radius_b, struct rgb rgb) {
    struct scene_part *p = part(pen, SCENE_PART_BAR, vec3_mix(a, b, 0.5), rgb);
    p->point[0] = a;
    p->point[1] = b;
    p->radius[0] = radius_a;
    p->radius[1] = radius_b;
}

void scene_pen_ball(struct scene_pen *pen, struct vec3 c, double radius, struct rgb rgb) {
    scene_pen_bar(pen, c, radius, c, radius, rgb);
}

void scene_pen_wire(struct scene_pen *pen, struct vec3 a, struct vec3 b, double width_m,
                    struct rgb rgb) {
    struct scene_part *p = part(pen, SCENE_PART_WIRE, vec3_mix(a, b, 0.5), rgb);
    p->point[0] = a;
    p->point[1] = b;
    p->radius[0] = width_m;
}

void scene_pen_disc(struct scene_pen *pen, struct vec3 c, struct vec3 a, struct vec3 b,
                    struct rgb rgb) {
    struct scene_part *p = part(pen, SCENE_PART_DISC, c, rgb);
    p->point[0] = c;
    p->point[1] = a;
    p->point[2] = b;
}

void scene_pen_crate(struct scene_pen *pen, struct vec3 c, struct vec3 a, struct vec3 b,
                     struct vec3 up, struct rgb rgb) {
    struct scene_part *p = part(pen, SCENE_PART_BOX, c, rgb);
    p->point[0] = c;
    p->point[1] = a;
    p->point[2] = b;
    p->point[3] = up;
}

void scene_pen_box(struct scene_pen *pen, double f, double l, double u, double half_f,
                   double half_l, double height, struct rgb rgb) {
    scene_pen_crate(pen, scene_pen_at(pen, f, l, u + height / 2),
                    vec3_scale(pen->pose.forward, half_f), vec3_scale(pen->pose.left, half_l),
                    vec3(0, 0, height / 2), rgb);
}

void scene_pen_drum(struct scene_pen *pen, double f, double l, double u0, double radius0, double u1,
                    double radius1, struct rgb rgb) {
    struct vec3 a = scene_pen_at(pen, f, l, u0), b = scene_pen_at(pen, f, l, u1);
    struct scene_part *p = part(pen, SCENE_PART_DRUM, vec3_mix(a, b, 0.5), rgb);
    p->point[0] = a;
    p->point[1] = b;
    p->radius[0] = radius0;
    p->radius[1] = radius1;
}

/* Of a flat face, turned to the viewer. */
static struct vec3 normal_of(const struct scene_pen *pen, const struct vec3 *p) {
    struct vec3 n = vec3_cross(vec3_sub(p[1], p[0]), vec3_sub(p[2], p[0]));
    if (vec3_dot(n, n) < 1e-18)
        return vec3(0, 0, 1);
    n = vec3_unit(n);
    return vec3_dot(n, vec3_sub(pen->view, p[0])) < 0 ? vec3_scale(n, -1) : n;
}

static void paint_face(struct scene_pen *pen, const struct scene_part *p) {
    scene_brush_face(pen->brush, p->point, p->points, p->rgb, normal_of(pen, p->point));
}

static void paint_shine(struct scene_pen *pen, const struct scene_part *p) {
    if (pen->brush->shadow)
        paint_face(pen, p); /* it still stands in the light */
    else
        scene_brush_shine(pen->brush, p->point, p->points, p->rgb);
}

/* Adds the outline to the path; false where it passes behind the lens. */
static bool trace(struct scene_pen *pen, const struct vec3 *p, int n) {
    double u, v;
    cairo_new_sub_path(pen->brush->cr);
    for (int i = 0; i < n; i++) {
        if (!scene_brush_point(pen->brush, p[i], &u, &v)) {
            cairo_new_path(pen->brush->cr);
            return false;
        }
        cairo_line_to(pen->brush->cr, u, v);
    }
    cairo_close_path(pen->brush->cr);
    return true;
}

static void colour(struct scene_pen *pen, struct rgb c, double alpha) {
    c = pen->brush->shadow ? rgb(0, 0, 0) : rgb_clamp(c);
    cairo_set_source_rgba(pen->brush->cr, c.r, c.g, c.b, alpha);
}

static void paint_glass(struct scene_pen *pen, const struct scene_part *p) {
    if (!trace(pen, p->point, p->points))
        return;
    struct vec3 normal = normal_of(pen, p->point);
    colour(pen, scene_brush_lit(pen->brush, p->rgb, normal),
           pen->brush->shadow ? GLASS_SHADOW_ALPHA : GLASS_ALPHA);
    cairo_fill(pen->brush->cr);
}

static void paint_bar(struct scene_pen *pen, const struct scene_part *p) {
    scene_brush_limb(pen->brush, p->point[0], p->radius[0], p->point[1], p->radius[1], p->rgb);
}

static void paint_wire(struct scene_pen *pen, const struct scene_part *p) {
    scene_brush_line(pen->brush, p->point[0], p->point[1], p->radius[0], p->rgb);
}

static void paint_disc(struct scene_pen *pen, const struct scene_part *p) {
    struct vec3 corner[3] = {p->point[0], vec3_add(p->point[0], p->point[1]),
                             vec3_add(p->point[0], p->point[2])};
    scene_brush_disc(pen->brush, p->point[0], p->point[1], p->point[2], p->rgb,
                     normal_of(pen, corner));
}

static void paint_box(struct scene_pen *pen, const struct scene_part *p) {
    struct vec3 face[6][4], normal[6];
    struct rgb darkest = rgb(9, 9, 9);
    int faces = 0;
    for (int i = 0; i < 6; i++) {
        struct vec3 n = vec3_scale(p->point[1 + i / 2], i & 1 ? -1 : 1);
        struct vec3 a = p->point[1 + (i / 2 + 1) % 3], b = p->point[1 + (i / 2 + 2) % 3];
        struct vec3 m = vec3_add(p->point[0], n);
        if (i & 1)
            b = vec3_scale(b, -1); /* all go around in one direction */
        if (vec3_dot(n, vec3_sub(pen->view, m)) <= 0)
            continue;
        normal[faces] = vec3_unit(n);
        face[faces][0] = vec3_add(m, vec3_add(a, b));
        face[faces][1] = vec3_add(m, vec3_sub(b, a));
        face[faces][2] = vec3_sub(m, vec3_add(a, b));
        face[faces][3] = vec3_add(m, vec3_sub(a, b));
        struct rgb lit = scene_brush_lit(pen->brush, p->rgb, normal[faces]);
        darkest = lit.g < darkest.g ? lit : darkest;
        if (!trace(pen, face[faces++], 4))
            return;
    }
    colour(pen, darkest, 1);
    cairo_fill(pen->brush->cr);
    for (int i = 0; i < faces && !pen->brush->shadow; i++)
        scene_brush_face(pen->brush, face[i], 4, p->rgb, normal[i]);
}

/* Half a circle around c from across over front to -across. */
static int arc(struct vec3 c, double radius, struct vec3 across, struct vec3 front,
               struct vec3 *ret) {
    for (int i = 0; i <= ARC; i++) {
        double t = M_PI * i / ARC;
        ret[i] = vec3_add(
            c, vec3_add(vec3_scale(across, radius * cos(t)), vec3_scale(front, radius * sin(t))));
    }
    return ARC + 1;
}

static void paint_drum(struct scene_pen *pen, const struct scene_part *p) {
    struct vec3 low = p->point[0], high = p->point[1], d = vec3_sub(pen->view, low);
    struct scene_brush *brush = pen->brush;
    double flat = hypot(d.x, d.y);
    if (flat < 1e-6)
        return;
    struct vec3 front = vec3(d.x / flat, d.y / flat, 0), across = vec3(front.y, -front.x, 0);
    struct vec3 back = vec3_scale(front, -1), other = vec3_scale(across, -1), outline[2 * ARC + 2];
    int n = arc(low, p->radius[0], across, pen->view.z > low.z ? front : back, outline);
    n += arc(high, p->radius[1], other, pen->view.z > high.z ? back : front, outline + n);
    if (!trace(pen, outline, n))
        return;
    double wide = fmax(p->radius[0], p->radius[1]);
    struct vec3 c = vec3_mix(low, high, 0.5), left = vec3_sub(c, vec3_scale(across, wide)),
                right = vec3_add(c, vec3_scale(across, wide));
    double lu, lv, ru, rv;
    if (brush->shadow || 2 * wide * brush->px_per_m < ROUND_PX ||
        !scene_brush_point(brush, left, &lu, &lv) || !scene_brush_point(brush, right, &ru, &rv)) {
        colour(pen, scene_brush_lit(brush, p->rgb, front), 1);
        cairo_fill(brush->cr);
    } else {
        double rise = (p->radius[0] - p->radius[1]) / fmax(high.z - low.z, 1e-6);
        cairo_pattern_t *shade = cairo_pattern_create_linear(lu, lv, ru, rv);
        for (int i = 0; i <= 6; i++) {
            double t = M_PI * i / 6;
            struct vec3 side = vec3_add(vec3_scale(across, -cos(t)), vec3_scale(front, sin(t)));
            struct vec3 normal = vec3_unit(vec3(side.x, side.y, rise));
            struct rgb lit =
                rgb_clamp(scene_brush_lit(brush, rgb_scale(p->rgb, 0.8 + 0.2 * sin(t)), normal));
            cairo_pattern_add_color_stop_rgb(shade, (1 - cos(t)) / 2, lit.r, lit.g, lit.b);
        }
        cairo_set_source(brush->cr, shade);
        cairo_fill(brush->cr);
        cairo_pattern_destroy(shade);
    }
    if (brush->shadow)
        return;
    if (pen->view.z > high.z && p->radius[1] > 0)
        scene_brush_disc(brush, high, vec3(p->radius[1], 0, 0), vec3(0, p->radius[1], 0), p->rgb,
                         vec3(0, 0, 1));
    if (pen->view.z < low.z && p->radius[0] > 0)
        scene_brush_disc(brush, low, vec3(p->radius[0], 0, 0), vec3(0, p->radius[0], 0), p->rgb,
                         vec3(0, 0, -1));
}

static int compare(const void *a, const void *b) {
    const struct scene_part *p = a, *q = b;
    if (p->far_m != q->far_m)
        return p->far_m > q->far_m ? -1 : 1;
    return p->rank - q->rank;
}

void scene_pen_flush(struct scene_pen *pen) {
    static void (*const paint[SCENE_PARTS])(struct scene_pen *, const struct scene_part *) = {
        [SCENE_PART_FACE] = paint_face,   [SCENE_PART_SHINE] = paint_shine,
        [SCENE_PART_GLASS] = paint_glass, [SCENE_PART_BAR] = paint_bar,
        [SCENE_PART_WIRE] = paint_wire,   [SCENE_PART_DISC] = paint_disc,
        [SCENE_PART_BOX] = paint_box,     [SCENE_PART_DRUM] = paint_drum,
    };
    qsort(pen->part, (size_t)pen->len, sizeof *pen->part, compare);
    for (int i = 0; i < pen->len; i++)
        paint[pen->part[i].kind](pen, &pen->part[i]);
    pen->len = 0;
}

double scene_pen_in(struct scene_pen *pen, double from, double to) {
    return weir_random_in(&pen->random, from, to);
}

bool scene_pen_chance(struct scene_pen *pen, double p) {
    return weir_random_chance(&pen->random, p);
}

struct rgb scene_pen_pick(struct scene_pen *pen, const struct rgb *table, int n) {
    return table[weir_random_below(&pen->random, n)];
}

struct rgb scene_pen_vary(struct scene_pen *pen, struct rgb c, double amount) {
    return rgb_scale(c, 1 + scene_pen_in(pen, -amount, amount));
}

bool scene_pen_lit(const struct scene_pen *pen) {
    return pen->brush->sky->lamps_lit;
}
