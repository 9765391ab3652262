/*
 * The trunk and what is worn on it: rings of a table from crotch to neck, wider
 * for coats, down to the legs for coats and dresses; bands around it (stripes,
 * quilting, vests) and patches on its front (open jackets, prints, straps).
 */
#include <math.h>

#include "form.h"
#include "person.h"

/* Half widths and depths along the spine (0 pelvis, 1 between the shoulders), in
 * body heights. */
static const struct {
    double t, width, curvy, depth;
} trunk[] = {
    {-0.18, 0.080, 0.084, 0.062}, {0.00, 0.094, 0.102, 0.070}, {0.22, 0.088, 0.088, 0.066},
    {0.45, 0.082, 0.072, 0.060},  {0.78, 0.098, 0.088, 0.068}, {0.95, 0.108, 0.098, 0.060},
    {1.05, 0.098, 0.088, 0.048},  {1.12, 0.060, 0.052, 0.040}, {1.18, 0.034, 0.030, 0.034},
};
enum { TRUNK = sizeof(trunk) / sizeof(*trunk), CROTCH = 0, HIPS = 1 };

/* How much a garment adds. */
static const double bulk[] = {
    [SCENE_TEE] = 1,       [SCENE_SHIRT] = 1,   [SCENE_JACKET] = 1.1, [SCENE_HOODIE] = 1.1,
    [SCENE_PUFFER] = 1.22, [SCENE_COAT] = 1.12, [SCENE_DRESS] = 1,
};

static struct scene_ring ring_at(const struct scene_model *m, double t) {
    const struct scene_figure *f = m->figure;
    int i = 0;
    while (i < TRUNK - 2 && t > trunk[i + 1].t)
        i++;
    double k = clamp01((t - trunk[i].t) / (trunk[i + 1].t - trunk[i].t)), h = f->height;
    double w0 = f->curvy ? trunk[i].curvy : trunk[i].width;
    double w1 = f->curvy ? trunk[i + 1].curvy : trunk[i + 1].width;
    double belly = fmax(0, 1 - fabs(t - 0.35) * 2.2) * fmax(f->girth - 0.95, 0) * 1.6;
    double size = h * f->girth * (t < 1.1 ? bulk[f->top] : 1);
    double width = (w0 + (w1 - w0) * k) * size * (1 + 0.4 * belly);
    double depth = (trunk[i].depth + (trunk[i + 1].depth - trunk[i].depth) * k) * size;
    struct vec3 spine = vec3_sub(m->at[SCENE_CHEST], m->at[SCENE_PELVIS]);
    struct vec3 hips = vec3_sub(m->at[SCENE_HIP], m->at[SCENE_HIP + 1]);
    struct vec3 arms = vec3_sub(m->at[SCENE_SHOULDER], m->at[SCENE_SHOULDER + 1]);
    struct vec3 a = vec3_unit(vec3_mix(vec3_scale(hips, 2), arms, clamp01(t)));
    struct vec3 b = vec3_unit(vec3_cross(a, spine));
    struct vec3 c = vec3_add(m->at[SCENE_PELVIS], vec3_scale(spine, t));
    c = vec3_add(c, vec3_scale(b, belly * depth * 0.5));
    return (struct scene_ring){c, vec3_scale(a, width), vec3_scale(b, depth * (1 + belly))};
}

/* Cloth around both legs, `down` thighs (to 1) and shins (to 2) below the hips. */
static struct scene_ring hem_at(const struct scene_model *m, double down) {
    struct vec3 p[2];
    double h = m->figure->height, flare = 0.055 + 0.012 * down;
    for (int side = 0; side < 2; side++)
        p[side] = down <= 1
                      ? vec3_mix(m->at[SCENE_HIP + side], m->at[SCENE_KNEE + side], down)
                      : vec3_mix(m->at[SCENE_KNEE + side], m->at[SCENE_ANKLE + side], down - 1);
    struct vec3 apart = vec3_sub(p[0], p[1]);
    double f = fabs(vec3_dot(apart, m->forward)), l = fabs(vec3_dot(apart, m->left));
    double girth = h * m->figure->girth;
    return (struct scene_ring){vec3_mix(p[0], p[1], 0.5),
                               vec3_scale(m->left, 0.5 * l + flare * girth),
                               vec3_scale(m->forward, 0.5 * f + flare * girth)};
}

static double hem_of(const struct scene_figure *f) {
    return f->top == SCENE_COAT            ? 0.92
           : f->bottom == SCENE_LONG_SKIRT ? 1.7
                                           : 0.55 + 0.5 * f->habit;
}

bool scene_wears_skirt(const struct scene_model *model) {
    return model->posture <= SCENE_STANDING && model->figure->bottom >= SCENE_SKIRT;
}

/* Adds the rings of a hem from below up to the hips. */
static int hang(const struct scene_model *m, double hem, struct scene_ring *ring) {
    int n = 0;
    ring[n++] = hem_at(m, hem);
    if (hem > 1.2)
        ring[n++] = hem_at(m, 0.9);
    ring[n++] = hem_at(m, 0.35);
    return n;
}

void scene_draw_skirt(struct scene_brush *brush, const struct scene_model *m,
                      const struct scene_part *part) {
    struct scene_ring ring[SCENE_FORM_RINGS];
    int n = hang(m, hem_of(m->figure), ring);
    ring[n++] = ring_at(m, 0);
    ring[n++] = ring_at(m, 0.32);
    scene_form_sweep(brush, ring, n, m->figure->bottom_rgb);
}

static void band(struct scene_brush *brush, const struct scene_model *m, double from, double to,
                 struct rgb albedo) {
    struct scene_ring ring[2] = {ring_at(m, from), ring_at(m, to)};
    for (int i = 0; i < 2; i++) {
        ring[i].a = vec3_scale(ring[i].a, 1.01);
        ring[i].b = vec3_scale(ring[i].b, 1.01);
    }
    scene_form_sweep(brush, ring, 2, albedo);
}

/* On the front of the trunk: x from -1 (right) to 1 (left). */
static struct vec3 front_at(const struct scene_model *m, double t, double x) {
    struct scene_ring r = ring_at(m, t);
    return vec3_add(r.c, vec3_add(vec3_scale(r.a, x), vec3_scale(r.b, sqrt(1 - x * x))));
}

/* A patch of the front between two heights, as wide below as x0 and above as x1. */
static void patch(struct scene_brush *brush, const struct scene_model *m, double t0, double t1,
                  double mid0, double x0, double mid1, double x1, struct rgb albedo) {
    struct vec3 p[4] = {front_at(m, t0, mid0 - x0), front_at(m, t0, mid0 + x0),
                        front_at(m, t1, mid1 + x1), front_at(m, t1, mid1 - x1)};
    struct scene_ring r = ring_at(m, (t0 + t1) / 2);
    struct vec3 normal =
        vec3_unit(vec3_add(vec3_scale(r.b, 1 / vec3_dot(r.b, r.b)),
                           vec3_scale(r.a, (mid0 + mid1) / 2 / vec3_dot(r.a, r.a))));
    struct vec3 to_eye = vec3_unit(vec3_sub(scene_eye(brush->camera), r.c));
    if (vec3_dot(normal, to_eye) > 0.12)
        scene_brush_face(brush, p, 4, albedo, normal);
}

static void details(struct scene_brush *brush, const struct scene_model *m) {
    const struct scene_figure *f = m->figure;
    struct rgb dark = rgb_scale(f->top_rgb, 0.72);
    bool near = brush->px_per_m > 60;
    if (f->stripes)
        for (double t = 0.05; t < 0.95; t += 0.2)
            band(brush, m, t, t + 0.085, f->shirt_rgb);
    switch (f->top) {
    case SCENE_JACKET:
        patch(brush, m, -0.1, 1.05, 0, 0.16, 0, 0.3, f->shirt_rgb);
        break;
    case SCENE_PUFFER:
        if (near)
            for (double t = 0.02; t < 1; t += 0.19)
                band(brush, m, t, t + 0.022, dark);
        break;
    case SCENE_COAT:
        if (near)
            patch(brush, m, -0.15, 0.7, 0, 0.03, 0, 0.03, dark);
        patch(brush, m, 0.7, 1.08, 0, 0.03, 0, 0.35, f->shirt_rgb);
        break;
    case SCENE_HOODIE:
        if (near)
            patch(brush, m, 0.08, 0.34, 0, 0.55, 0, 0.38, dark);
        break;
    case SCENE_DRESS:
        if (near)
            band(brush, m, 0.4, 0.47, dark);
        break;
    case SCENE_TEE:
    case SCENE_SHIRT:
        if (near && f->print && !f->stripes)
            patch(brush, m, 0.52, 0.78, 0, 0.42, 0, 0.42, f->shirt_rgb);
        if (near)
            patch(brush, m, 0.98, 1.1, 0, 0.05, 0, 0.5, f->skin);
        break;
    }
    if (f->vest) {
        band(brush, m, -0.02, 0.98, rgb(0.86, 0.95, 0.18));
        band(brush, m, 0.22, 0.32, rgb(0.85, 0.87, 0.88));
        band(brush, m, 0.56, 0.66, rgb(0.85, 0.87, 0.88));
    }
    if (near && f->bag == SCENE_BACKPACK)
        for (int side = -1; side <= 1; side += 2)
            patch(brush, m, 0.45, 1.08, side * 0.78, 0.1, side * 0.55, 0.12, f->bag_rgb);
}

void scene_draw_torso(struct scene_brush *brush, const struct scene_model *m,
                      const struct scene_part *part) {
    struct scene_ring ring[SCENE_FORM_RINGS];
    const struct scene_figure *f = m->figure;
    bool upright = m->posture <= SCENE_STANDING;
    bool hangs = upright && (f->top == SCENE_COAT || f->top == SCENE_DRESS);
    int n = hangs ? hang(m, hem_of(f), ring) : 0;
    for (int i = hangs ? HIPS : CROTCH; i < TRUNK; i++)
        ring[n++] = ring_at(m, trunk[i].t);
    if (!hangs && f->bottom >= SCENE_SKIRT && upright)
        ring[0] = ring_at(m, 0.1); /* tucked into the skirt */
    if (!hangs && f->bottom < SCENE_SKIRT && f->top <= SCENE_SHIRT && f->habit > 0.6) {
        scene_form_sweep(brush, ring, 4, f->bottom_rgb); /* tucked into the trousers */
        ring[0] = ring_at(m, 0.12);
        for (int i = 1; i < 3; i++)
            ring[i] = ring_at(m, 0.12 + 0.1 * i);
    }
    scene_form_sweep(brush, ring, n, f->top_rgb);
    if (!brush->shadow && brush->px_per_m > 22)
        details(brush, m);
}
