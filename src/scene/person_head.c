/*
 * Heads: a face in front, hair as balls behind, above and beside it. Painted far
 * to near, the face shows exactly as far as it is turned to the camera, and hair
 * the rest. Measures are shares of the head's height.
 */
#include <math.h>

#include "form.h"
#include "person.h"

/* A point of the head: ahead, to the left, up. */
static struct vec3 spot(const struct scene_model *m, double ahead, double left, double up) {
    double size = m->figure->head;
    struct vec3 p = m->at[SCENE_HEAD];
    p = vec3_add(p, vec3_scale(m->face, ahead * size));
    p = vec3_add(p, vec3_scale(m->ear, left * size));
    return vec3_add(p, vec3_scale(m->brow, up * size));
}

/* Caps, hats, helmets: a dome from the brow up. */
static const struct {
    double base, top, radius, back;
} domes[] = {
    [SCENE_CAP] = {0.16, 0.525, 0.405, -0.02},
    [SCENE_BEANIE] = {0.12, 0.56, 0.41, -0.03},
    [SCENE_BRIM] = {0.2, 0.60, 0.39, -0.02},
    [SCENE_HELMET] = {0.14, 0.60, 0.47, -0.03},
};

static void draw_dome(struct scene_brush *brush, const struct scene_model *m,
                      const struct scene_part *part) {
    const struct scene_figure *f = m->figure;
    double base = domes[f->hat].base, top = domes[f->hat].top, r = domes[f->hat].radius;
    struct scene_ring ring[5];
    static const double rise[5] = {0, 0.35, 0.68, 0.9, 1}, wide[5] = {1, 0.98, 0.82, 0.5, 0.12};
    for (int i = 0; i < 5; i++) {
        double w = r * wide[i] * f->head, tilt = -0.06 * (1 - rise[i]);
        ring[i].c = spot(m, domes[f->hat].back + tilt, 0, base + (top - base) * rise[i]);
        ring[i].a = vec3_scale(m->ear, w * (f->hat == SCENE_HELMET ? 0.9 : 0.96));
        ring[i].b = vec3_scale(m->face, w * 1.08);
    }
    if (f->hat == SCENE_BRIM)
        scene_brush_disc(brush, spot(m, 0, 0, base), vec3_scale(m->ear, 0.62 * f->head),
                         vec3_scale(m->face, 0.66 * f->head), rgb_scale(f->hat_rgb, 0.85), m->brow);
    scene_form_sweep(brush, ring, 5, f->hat_rgb);
    if (f->hat == SCENE_CAP)
        scene_brush_disc(brush, spot(m, 0.46, 0, base + 0.04), vec3_scale(m->ear, 0.27 * f->head),
                         vec3_scale(m->face, 0.2 * f->head), rgb_scale(f->hat_rgb, 0.8), m->brow);
    if (f->hat == SCENE_BEANIE)
        scene_form_sweep(brush, ring, 2, rgb_scale(f->hat_rgb, 0.8));
    if (f->hat == SCENE_HELMET && brush->px_per_m > 60)
        for (int i = -1; i <= 1; i++)
            scene_brush_line(brush, spot(m, 0.3, 0.2 * i, 0.42), spot(m, -0.3, 0.2 * i, 0.45),
                             0.06 * f->head, rgb_scale(f->hat_rgb, 0.35));
}

/* Eyes, nose, mouth, beard, glasses: what is turned to the camera. */
static void draw_features(struct scene_brush *brush, const struct scene_model *m,
                          const struct scene_part *part) {
    const struct scene_figure *f = m->figure;
    struct vec3 view = scene_form_view(brush, m->at[SCENE_HEAD]);
    double ahead = vec3_dot(view, m->face), size = f->head;
    struct rgb lip = rgb_mul(f->skin, rgb(0.78, 0.55, 0.52)), ink = rgb(0.10, 0.08, 0.07);
    if (f->beard && ahead > -0.2)
        scene_brush_limb(brush, spot(m, 0.12, 0, -0.2), 0.255 * size, spot(m, 0.14, 0, -0.27),
                         0.22 * size, f->hair_rgb);
    if (ahead > -0.1)
        scene_brush_limb(brush, spot(m, 0.36, 0, 0.03), 0.03 * size, spot(m, 0.41, 0, -0.07),
                         0.045 * size, rgb_scale(f->skin, 0.93));
    for (int side = -1; side <= 1; side += 2) {
        struct vec3 out = vec3_unit(vec3_add(m->face, vec3_scale(m->ear, 0.45 * side)));
        if (vec3_dot(view, out) < 0.25)
            continue;
        struct vec3 eye = spot(m, 0.365, 0.15 * side, 0.06);
        if (f->glasses)
            scene_brush_ball(brush, eye, 0.075 * size, rgb_mix(ink, f->skin, 0.35));
        else
            scene_brush_ball(brush, eye, 0.036 * size, ink);
        if (brush->px_per_m > 100)
            scene_brush_line(brush, spot(m, 0.36, 0.09 * side, 0.15),
                             spot(m, 0.33, 0.22 * side, 0.145), 0.03 * size, f->hair_rgb);
    }
    if (f->glasses && ahead > 0.2)
        scene_brush_line(brush, spot(m, 0.4, 0.1, 0.07), spot(m, 0.4, -0.1, 0.07), 0.025 * size,
                         ink);
    if (ahead > 0.3)
        scene_brush_line(brush, spot(m, 0.35, 0.07, -0.22), spot(m, 0.35, -0.07, -0.22),
                         0.045 * size, lip);
}

static void hair_parts(struct scene_parts *parts, const struct scene_brush *brush,
                       const struct scene_model *m) {
    const struct scene_figure *f = m->figure;
    bool covered = f->hat == SCENE_HOOD || f->hat == SCENE_SCARF;
    struct rgb c =
        covered ? (f->hat == SCENE_HOOD ? rgb_scale(f->top_rgb, 0.94) : f->hat_rgb) : f->hair_rgb;
    double size = f->head, grow = covered ? 0.035 : 0;
    struct vec3 crown = spot(m, -0.035, 0, 0.095);
    if (f->hair == SCENE_BALD && !covered)
        c = f->skin;
    scene_parts_limb(parts, brush, crown, (0.405 + grow) * size, crown, (0.405 + grow) * size, c,
                     0);
    if (brush->shadow || brush->px_per_m < 30)
        return;
    if (f->hair != SCENE_BALD || covered)
        for (int side = -1; side <= 1; side += 2) {
            struct vec3 top = spot(m, -0.11, 0.1 * side, 0.13),
                        low = spot(m, -0.17, 0.1 * side, -0.1);
            scene_parts_limb(parts, brush, top, (0.29 + grow) * size, low, (0.2 + 2 * grow) * size,
                             c, 0);
        }
    if (covered) { /* down to the shoulders */
        struct vec3 neck = spot(m, -0.04, 0, -0.5);
        scene_parts_limb(parts, brush, spot(m, -0.08, 0, -0.1), 0.4 * size, neck, 0.36 * size, c,
                         -0.02);
    } else if (f->hair == SCENE_LONG || f->hair == SCENE_BOB) {
        double down = f->hair == SCENE_LONG ? -0.75 : -0.34;
        scene_parts_limb(parts, brush, spot(m, -0.1, 0, 0), 0.385 * size, spot(m, -0.16, 0, down),
                         0.27 * size, c, -0.01);
    } else if (f->hair == SCENE_TAIL)
        scene_parts_limb(parts, brush, spot(m, -0.4, 0, 0.18), 0.11 * size,
                         spot(m, -0.52, 0, -0.42), 0.07 * size, c, 0);
    else if (f->hair == SCENE_BUN)
        scene_parts_limb(parts, brush, spot(m, -0.36, 0, 0.28), 0.15 * size,
                         spot(m, -0.36, 0, 0.28), 0.15 * size, c, 0);
}

void scene_head_parts(struct scene_parts *parts, const struct scene_brush *brush,
                      const struct scene_model *m) {
    const struct scene_figure *f = m->figure;
    double size = f->head;
    bool hat = f->hat == SCENE_CAP || f->hat == SCENE_BEANIE || f->hat == SCENE_BRIM ||
               f->hat == SCENE_HELMET;
    scene_parts_limb(parts, brush, spot(m, 0.06, 0, 0.01), 0.34 * size, spot(m, 0.1, 0, -0.24),
                     0.225 * size, f->skin, 0);
    scene_parts_limb(parts, brush, vec3_mix(m->at[SCENE_CHEST], m->at[SCENE_HEAD], 0.36),
                     0.033 * f->height, spot(m, -0.06, 0, -0.2), 0.03 * f->height,
                     rgb_scale(f->skin, 0.92), 0);
    hair_parts(parts, brush, m);
    if (hat)
        scene_parts_own(parts, brush, m->at[SCENE_HEAD], draw_dome, 0, 0.13);
    if (!brush->shadow && brush->px_per_m > 60)
        scene_parts_own(parts, brush, spot(m, 0.1, 0, 0), draw_features, 0, 0.03);
}
