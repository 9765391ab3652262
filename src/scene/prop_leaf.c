/*
 * Foliage: clumps of leaves, painted from far to near, each as a ragged shape in the
 * shade of its own leaves and, where large enough, single leaves in the light. Light
 * follows the clump's normal, shade its depth within the crown; what is left open
 * between clumps shows branches and sky.
 */
#include "prop.h"

#include <stdlib.h>

#define EDGE 11 /* corners of a clump */
#define LEAF_M 0.10
#define SIMPLE_PX 1.7 /* radius below which a clump is one shape */

static double push(double x, double radius, double low, double high) {
    return fmax(fmin(x, high - radius), low + radius);
}

void scene_leaf_add(struct scene_pen *pen, struct scene_foliage *foliage, struct vec3 at,
                    struct vec3 normal, double radius, double squash, double shade,
                    struct rgb rgb) {
    if (foliage->len == SCENE_MAX_LEAVES)
        return;
    struct vec3 low = foliage->low, high = foliage->high;
    if (high.z > low.z) {
        struct vec3 o = vec3_sub(at, pen->pose.at), f = pen->pose.forward, l = pen->pose.left;
        double reach = 1.25 * radius; /* single leaves stick out */
        at = scene_pen_at(pen, push(vec3_dot(o, f), reach, low.x, high.x),
                          push(vec3_dot(o, l), reach, low.y, high.y),
                          push(o.z, reach * squash, low.z, high.z));
    }
    foliage->leaf[foliage->len++] = (struct scene_leaf){
        at, normal, radius, squash, clamp01(shade), rgb, scene_pen_far(pen, at)};
}

/* A point of the unit sphere. */
static struct vec3 direction(struct scene_pen *pen) {
    double z = scene_pen_in(pen, -1, 1), t = scene_pen_in(pen, 0, 2 * M_PI), r = sqrt(1 - z * z);
    return vec3(r * cos(t), r * sin(t), z);
}

void scene_leaf_lobe(struct scene_pen *pen, struct scene_foliage *foliage, struct vec3 centre,
                     double radius, struct vec3 inner, int n, double clump, struct rgb rgb) {
    struct rgb own = scene_pen_vary(pen, rgb, 0.09);
    for (int i = 0; i < n; i++) {
        struct vec3 d = direction(pen);
        double rho = 0.55 + 0.45 * sqrt(weir_random_unit(&pen->random));
        struct vec3 at = vec3_add(centre, vec3_scale(d, radius * rho));
        struct vec3 out = vec3_sub(at, inner);
        double far = sqrt(vec3_dot(out, out)) + 1e-9;
        struct vec3 normal = vec3_add(vec3_scale(d, 0.8), vec3_scale(out, 0.7 / far));
        normal = vec3_unit(vec3_add(normal, vec3(0, 0, 0.25)));
        /* Inside of the lobe, below it, and towards the middle of the crown it is dark. */
        double shade = 0.8 * (1 - rho) + 0.20 * (1 - d.z) + 0.35 * fmax(0, 1 - far / (2 * radius));
        struct rgb green = scene_pen_vary(pen, own, 0.07);
        double flat = scene_pen_in(pen, 0.75, 1);
        scene_leaf_add(pen, foliage, at, normal, clump * scene_pen_in(pen, 0.75, 1.25), flat, shade,
                       green);
    }
}

static int compare(const void *a, const void *b) {
    const struct scene_leaf *p = a, *q = b;
    return p->far_m == q->far_m ? 0 : p->far_m > q->far_m ? -1 : 1;
}

void scene_leaf_sort(struct scene_foliage *foliage) {
    qsort(foliage->leaf, (size_t)foliage->len, sizeof *foliage->leaf, compare);
}

static void colour(struct scene_pen *pen, struct rgb c) {
    c = pen->brush->shadow ? rgb(0, 0, 0) : rgb_clamp(c);
    cairo_set_source_rgb(pen->brush->cr, c.r, c.g, c.b);
}

/* A ragged outline; the same chance gives the same rags. */
static void ragged(cairo_t *cr, double u, double v, double r, double squash, bool needles,
                   uint64_t rags) {
    double inner = needles ? 0.40 : 0.60;
    for (int i = 0; i < EDGE; i++) {
        double jitter = (double)(rags >> (4 * i) & 15) / 15;
        double reach = r * ((i & 1 ? inner : 0.88) + 0.32 * jitter);
        double t = 2 * M_PI * (i + 0.7 * jitter) / EDGE;
        cairo_line_to(cr, u + reach * cos(t), v + reach * squash * sin(t));
    }
    cairo_close_path(cr);
}

/* Single leaves within the clump, added to the path. */
static void leaves(cairo_t *cr, double u, double v, double r, double squash, double px, int n,
                   bool needles, struct weir_random *random) {
    double thin = needles ? 0.22 : 0.55, length = px * (needles ? 1.7 : 1);
    for (int i = 0; i < n; i++) {
        double t = weir_random_in(random, 0, 2 * M_PI), reach = r * sqrt(weir_random_unit(random));
        double c = cos(t), s = sin(t), x = u + reach * c, y = v + reach * squash * s;
        double a = 0.5 * length * c, b = 0.5 * length * s;
        cairo_move_to(cr, x - a, y - b);
        cairo_line_to(cr, x - b * thin, y + a * thin);
        cairo_line_to(cr, x + a, y + b);
        cairo_line_to(cr, x + b * thin, y - a * thin);
        cairo_close_path(cr);
    }
}

static void clump(struct scene_pen *pen, const struct scene_leaf *leaf, bool needles,
                  uint64_t number) {
    struct scene_brush *brush = pen->brush;
    double u, v;
    if (!scene_brush_point(brush, leaf->at, &u, &v))
        return;
    struct weir_random random = weir_random_of(pen->prop->seed, SCENE_RANDOM_PROP, number);
    uint64_t rags = weir_random_bits(&random);
    double scale = brush->shadow ? brush->px_per_m
                                 : brush->camera->focal_px / scene_depth(brush->camera, leaf->at);
    double r = leaf->radius * scale;
    cairo_new_path(brush->cr);
    ragged(brush->cr, u, v, r, leaf->squash, needles, rags);
    if (brush->shadow) {
        colour(pen, rgb(0, 0, 0));
        cairo_fill(brush->cr);
        return;
    }
    struct rgb lit = scene_brush_lit(brush, leaf->rgb, leaf->normal);
    double open = 1 - 0.55 * leaf->shade;
    if (r < SIMPLE_PX) {
        colour(pen, rgb_scale(lit, 0.92 * open));
        cairo_fill(brush->cr);
        return;
    }
    colour(pen, rgb_scale(rgb_mul(lit, rgb(0.95, 1, 1.06)), 0.76 * open));
    cairo_fill(brush->cr);
    double du = (0.25 * brush->sky->sun.x - 0.05) * r, dv = -0.2 * r;
    double px = fmin(LEAF_M * scale, 0.5 * r);
    if (px < 1.2) {
        ragged(brush->cr, u + du, v + dv, 0.66 * r, leaf->squash, needles, rags >> 7);
        colour(pen, rgb_scale(rgb_mul(lit, rgb(1.03, 1.01, 0.94)), open));
        cairo_fill(brush->cr);
        return;
    }
    int n = (int)fmin(3 + 1.3 * r / px, 8);
    leaves(brush->cr, u + du, v + dv, 0.8 * r, leaf->squash, 1.15 * px, n, needles, &random);
    colour(pen, rgb_scale(rgb_mul(lit, rgb(1.04, 1.02, 0.92)), 1.08 * open));
    cairo_fill(brush->cr);
    if (r < 11)
        return;
    leaves(brush->cr, u + 1.5 * du, v + 1.5 * dv, 0.6 * r, leaf->squash, px, n / 2, needles,
           &random);
    colour(pen, rgb_scale(rgb_mul(lit, rgb(1.08, 1.04, 0.88)), 1.28 * open));
    cairo_fill(brush->cr);
}

void scene_leaf_draw(struct scene_pen *pen, const struct scene_foliage *foliage, double from_m,
                     double to_m) {
    cairo_antialias_t fine = cairo_get_antialias(pen->brush->cr);
    cairo_set_antialias(pen->brush->cr, CAIRO_ANTIALIAS_FAST); /* half the time, no difference */
    for (int i = 0; i < foliage->len; i++)
        if (foliage->leaf[i].far_m < from_m && foliage->leaf[i].far_m >= to_m)
            clump(pen, &foliage->leaf[i], foliage->needles, (uint64_t)i + 1000);
    cairo_set_antialias(pen->brush->cr, fine);
}
