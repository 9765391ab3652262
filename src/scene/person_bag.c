/* What people carry: bags of all kinds, phones, sticks, umbrellas. */
#include <math.h>

#include "form.h"
#include "person.h"

#define TAU 6.283185307179586

static struct vec3 shifted(const struct scene_model *m, struct vec3 p, double f, double l,
                           double u) {
    p = vec3_add(p, vec3_scale(m->forward, f));
    p = vec3_add(p, vec3_scale(m->left, l));
    return vec3(p.x, p.y, p.z + u);
}

/* Half a box's length, width and height. */
static void box(struct scene_brush *brush, const struct scene_model *m, struct vec3 c, double f,
                double l, double u, struct rgb albedo) {
    scene_form_box(brush, c, vec3_scale(m->forward, f), vec3_scale(m->left, l), vec3(0, 0, u),
                   albedo);
}

static void draw_backpack(struct scene_brush *brush, const struct scene_model *m,
                          const struct scene_part *part) {
    struct vec3 spine = vec3_sub(m->at[SCENE_CHEST], m->at[SCENE_PELVIS]);
    struct vec3 out = vec3_cross(spine, m->left);
    struct vec3 back = vec3_scale(vec3_unit(out), 0.068 * m->figure->height);
    struct vec3 c = vec3_add(m->at[SCENE_PELVIS], back), *at = (struct vec3[4]){{0}};
    double h = m->figure->height, big = 0.75 + 0.4 * m->figure->habit;
    static const double t[4] = {0.22, 0.34, 0.85, 0.98}, w[4] = {0.6, 0.95, 0.85, 0.4};
    struct scene_ring ring[4];
    for (int i = 0; i < 4; i++) {
        at[i] = vec3_add(c, vec3_scale(spine, t[i]));
        at[i] = vec3_add(at[i], vec3_scale(back, 0.5 * big));
        ring[i] = (struct scene_ring){at[i], vec3_scale(m->left, 0.088 * h * w[i] * big),
                                      vec3_scale(back, 0.8 * w[i] * big)};
    }
    scene_form_sweep(brush, ring, 4, m->figure->bag_rgb);
    /* its pocket, seen from behind */
    struct vec3 low = vec3_add(vec3_mix(at[0], at[2], 0.3), vec3_scale(back, 0.45 * big));
    struct vec3 up = vec3_scale(spine, 0.1), side = vec3_scale(m->left, 0.055 * h * big);
    struct vec3 corner[4] = {vec3_add(vec3_sub(low, up), side), vec3_sub(vec3_sub(low, up), side),
                             vec3_sub(vec3_add(low, up), side), vec3_add(vec3_add(low, up), side)};
    struct vec3 view = scene_form_view(brush, low);
    if (!brush->shadow && brush->px_per_m > 50 && vec3_dot(view, vec3_unit(back)) > 0.3)
        scene_brush_face(brush, corner, 4, rgb_scale(m->figure->bag_rgb, 0.75), vec3_unit(back));
}

static void draw_handbag(struct scene_brush *brush, const struct scene_model *m,
                         const struct scene_part *part) {
    double out = m->figure->side ? -1 : 1, h = m->figure->height;
    struct vec3 bag = part->joint[0];
    struct vec3 top = m->at[SCENE_SHOULDER + m->figure->side];
    struct rgb c = m->figure->bag_rgb;
    top = shifted(m, top, 0, -0.01 * out, 0.035 * h);
    scene_brush_line(brush, top, shifted(m, bag, 0.05, 0, 0.06), 0.018, rgb_scale(c, 0.8));
    scene_brush_line(brush, top, shifted(m, bag, -0.05, 0, 0.06), 0.018, rgb_scale(c, 0.8));
    box(brush, m, bag, 0.13, 0.045, 0.1, c);
}

static void draw_briefcase(struct scene_brush *brush, const struct scene_model *m,
                           const struct scene_part *part) {
    struct vec3 hand = m->at[SCENE_HAND + part->side];
    box(brush, m, shifted(m, hand, 0, 0, -0.2), 0.2, 0.04, 0.14, m->figure->bag_rgb);
}

static void draw_shopping(struct scene_brush *brush, const struct scene_model *m,
                          const struct scene_part *part) {
    struct vec3 hand = m->at[SCENE_HAND + part->side];
    struct rgb c = part->side ? m->figure->shirt_rgb : m->figure->hat_rgb;
    struct vec3 low = shifted(m, hand, 0, 0, -0.31);
    for (int i = -1; i <= 1; i += 2)
        scene_brush_line(brush, hand, shifted(m, low, 0.07 * i, 0, 0.15), 0.008,
                         rgb(0.85, 0.83, 0.78));
    box(brush, m, low, 0.13, 0.055, 0.15, rgb_mix(c, rgb(0.9, 0.88, 0.82), 0.35));
}

static void draw_suitcase(struct scene_brush *brush, const struct scene_model *m,
                          const struct scene_part *part) {
    struct vec3 hand = m->at[SCENE_HAND + part->side];
    struct vec3 foot = shifted(m, hand, -0.42, 0, 0);
    foot.z = 0.05;
    struct vec3 rise = vec3_sub(hand, foot);
    double len = sqrt(vec3_dot(rise, rise));
    rise = vec3_scale(rise, 1 / len);
    struct vec3 across = vec3_cross(m->left, rise); /* of its flat side */
    struct vec3 c = vec3_add(foot, vec3_scale(rise, 0.31));
    for (int i = -1; i <= 1; i += 2)
        scene_brush_line(
            brush, shifted(m, hand, 0, 0.06 * i, 0),
            vec3_add(vec3_add(c, vec3_scale(rise, 0.25)), vec3_scale(m->left, 0.09 * i)), 0.014,
            rgb(0.35, 0.35, 0.37));
    scene_brush_ball(brush, shifted(m, foot, 0, 0.16, 0), 0.045, rgb(0.08, 0.08, 0.08));
    scene_brush_ball(brush, shifted(m, foot, 0, -0.16, 0), 0.045, rgb(0.08, 0.08, 0.08));
    scene_form_box(brush, c, vec3_scale(across, 0.11), vec3_scale(m->left, 0.2),
                   vec3_scale(rise, 0.29), m->figure->bag_rgb);
}

/* Dark glass; at night it lights the face that looks at it. */
static void draw_phone(struct scene_brush *brush, const struct scene_model *m,
                       const struct scene_part *part) {
    struct vec3 hand = m->at[SCENE_HAND + part->side];
    struct vec3 to_head = vec3_unit(vec3_sub(m->at[SCENE_HEAD], hand));
    struct vec3 up = vec3_unit(vec3_cross(to_head, m->left));
    bool calls = m->figure->hold[part->side] == SCENE_CALLS;
    if (calls)
        up = to_head;
    struct vec3 c = vec3_add(hand, vec3_scale(calls ? up : to_head, 0.03));
    struct vec3 a = vec3_scale(up, 0.075), b = vec3_scale(m->left, 0.038);
    if (calls)
        b = vec3_scale(m->forward, 0.038);
    struct vec3 p[4] = {vec3_add(c, vec3_add(a, b)), vec3_add(c, vec3_sub(a, b)),
                        vec3_sub(c, vec3_add(a, b)), vec3_sub(c, vec3_sub(a, b))};
    bool screen = !calls && scene_brush_faces(brush, c, to_head);
    if (screen && brush->sky->lamps_lit)
        scene_brush_shine(brush, p, 4, rgb(0.75, 0.85, 0.98));
    else
        scene_brush_face(brush, p, 4, screen ? rgb(0.3, 0.36, 0.42) : rgb(0.09, 0.09, 0.1),
                         to_head);
}

static void draw_stick(struct scene_brush *brush, const struct scene_model *m,
                       const struct scene_part *part) {
    struct vec3 hand = m->at[SCENE_HAND + part->side], foot = shifted(m, hand, 0.03, 0, 0);
    foot.z = 0.01;
    scene_brush_line(brush, hand, foot, 0.024, rgb(0.24, 0.16, 0.1));
}

/* Where the shaft ends: above and a little before the head. */
static struct vec3 canopy_of(const struct scene_model *m) {
    struct vec3 hand = m->at[SCENE_HAND + m->figure->side], head = m->at[SCENE_HEAD];
    struct vec3 p = vec3_mix(head, hand, 0.45);
    p.z = head.z + 0.5 * m->figure->head + 0.2;
    return p;
}

static void draw_shaft(struct scene_brush *brush, const struct scene_model *m,
                       const struct scene_part *part) {
    struct vec3 hand = m->at[SCENE_HAND + m->figure->side], top = canopy_of(m);
    scene_brush_line(brush, vec3_mix(hand, top, -0.12), top, 0.016, rgb(0.2, 0.2, 0.21));
}

static struct scene_ring rim_of(struct vec3 apex, double share, double below) {
    double r = share * SCENE_UMBRELLA_M;
    return (struct scene_ring){vec3(apex.x, apex.y, apex.z - below), vec3(r, 0, 0), vec3(0, r, 0)};
}

/* The inside as a whole, so that no light comes between; then eight panels: those seen from below
 * first, then those seen from above. */
void scene_draw_umbrella(struct scene_brush *brush, const struct scene_model *m,
                         const struct scene_part *part) {
    struct vec3 apex = canopy_of(m);
    struct rgb c = m->figure->shade ? rgb(0.11, 0.115, 0.13) : m->figure->hat_rgb;
    struct scene_ring dome[3] = {rim_of(apex, 0.97, 0.2), rim_of(apex, 0.6, 0.06),
                                 rim_of(apex, 0.03, 0)};
    scene_brush_disc(brush, dome[0].c, dome[0].a, dome[0].b, rgb_scale(c, 0.5), vec3(0, 0, -1));
    if (brush->shadow)
        return;
    bool whole = brush->px_per_m < 20;
    scene_form_sweep(brush, dome, 3, rgb_scale(c, whole ? 1 : 0.6));
    if (whole)
        return;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < 8; i++) {
            struct vec3 p[5] = {apex}, out = {0};
            for (int k = 0; k < 4; k++) {
                double t = TAU * (i + (k == 1 || k == 2)) / 8 + m->figure->habit;
                double r = SCENE_UMBRELLA_M * (k == 0 || k == 1 ? 0.6 : 1);
                p[k + 1] = vec3(apex.x + r * cos(t), apex.y + r * sin(t),
                                apex.z - 0.2 * (r < 0.5 ? 0.3 : 1));
                out = vec3_add(out, vec3(cos(t), sin(t), 0));
            }
            struct vec3 normal = vec3_unit(vec3_add(vec3_scale(out, 0.11), vec3(0, 0, 1)));
            bool above = scene_brush_faces(brush, p[2], normal);
            struct rgb tone = rgb_scale(c, i % 2 ? 1 : 0.9);
            if (above == (pass == 1))
                scene_brush_face(brush, p, 5, above ? tone : rgb_scale(c, 0.5), normal);
        }
    scene_brush_line(brush, apex, vec3(apex.x, apex.y, apex.z + 0.04), 0.015, rgb(0.2, 0.2, 0.2));
}

void scene_bag_parts(struct scene_parts *parts, const struct scene_brush *brush,
                     const struct scene_model *m) {
    const struct scene_figure *f = m->figure;
    double out = f->side ? -1 : 1, h = f->height;
    struct vec3 chest = vec3_mix(m->at[SCENE_PELVIS], m->at[SCENE_CHEST], 0.6);
    struct vec3 handbag = shifted(m, m->at[SCENE_HIP + f->side], -0.04, 0.085 * h * out, 0.03);
    static scene_part_draw *const in_hand[] = {[SCENE_BRIEFCASE] = draw_briefcase,
                                               [SCENE_SHOPPING] = draw_shopping,
                                               [SCENE_SUITCASE] = draw_suitcase};
    if (f->bag == SCENE_BACKPACK)
        scene_parts_own(parts, brush, shifted(m, chest, -0.11 * h, 0, 0), draw_backpack, 0, 0);
    else if (f->bag == SCENE_HANDBAG)
        scene_parts_own(parts, brush, handbag, draw_handbag, f->side, 0);
    for (int side = 0; side < 2; side++) {
        struct vec3 hand = m->at[SCENE_HAND + side];
        enum scene_hold hold = f->hold[side];
        if (m->umbrella && side == f->side)
            hold = SCENE_HOLDS_UMBRELLA;
        if (hold == SCENE_CARRIES || hold == SCENE_PULLS)
            scene_parts_own(parts, brush, shifted(m, hand, hold == SCENE_PULLS ? -0.3 : 0, 0, -0.2),
                            in_hand[f->bag], side, 0);
        else if (hold == SCENE_STICK)
            scene_parts_own(parts, brush, hand, draw_stick, side, 0);
        else if ((hold == SCENE_PHONE || hold == SCENE_CALLS) && brush->px_per_m > 40)
            scene_parts_own(parts, brush, hand, draw_phone, side, 0.04);
        else if (hold == SCENE_HOLDS_UMBRELLA)
            scene_parts_own(parts, brush, hand, draw_shaft, side, 0);
    }
    if (m->umbrella)
        scene_parts_own(parts, brush, m->at[SCENE_HEAD], scene_draw_umbrella, 0, 1);
}
