/*
 * Statues: a person in bronze or stone on a pedestal. At low resolution they look
 * like somebody who stands there; they are in nobody's labels.
 */
#include "prop.h"

static const struct rgb materials[] = {{0.26, 0.36, 0.31},
                                       {0.28, 0.23, 0.17},
                                       {0.70, 0.68, 0.63},
                                       {0.52, 0.51, 0.49},
                                       {0.18, 0.18, 0.18}};

/* Frame of a figure: where its feet are and how tall it is. */
struct cast {
    struct scene_pen *pen;
    double f, l, u, tall; /* tall: metres from feet to crown */
    struct rgb rgb;
};

/* Points in parts of the height. */
static struct vec3 at(const struct cast *c, double f, double l, double u) {
    return scene_pen_at(c->pen, c->f + f * c->tall, c->l + l * c->tall, c->u + u * c->tall);
}

static void limb(const struct cast *c, struct vec3 a, double ra, struct vec3 b, double rb) {
    scene_pen_bar(c->pen, a, ra * c->tall, b, rb * c->tall, c->rgb);
}

/* An arm over the elbow to the hand; side 1 left, -1 right. */
static void arm(const struct cast *c, double side, struct vec3 elbow, struct vec3 hand) {
    struct vec3 e = at(c, elbow.x, side * elbow.y, elbow.z),
                h = at(c, hand.x, side * hand.y, hand.z);
    limb(c, at(c, 0, side * 0.115, 0.80), 0.036, e, 0.028);
    limb(c, e, 0.028, h, 0.022);
    scene_pen_ball(c->pen, h, 0.028 * c->tall, c->rgb);
}

static void head(const struct cast *c, double u, bool hat) {
    scene_pen_bar(c->pen, at(c, 0, 0, u - 0.06), 0.03 * c->tall, at(c, 0, 0, u), 0.03 * c->tall,
                  c->rgb);
    limb(c, at(c, 0.01, 0, u - 0.005), 0.048, at(c, 0, 0, u + 0.02), 0.055);
    if (!hat)
        return;
    scene_pen_drum(c->pen, c->f, c->l, c->u + (u + 0.045) * c->tall, 0.10 * c->tall,
                   c->u + (u + 0.06) * c->tall, 0.10 * c->tall, c->rgb);
    scene_pen_drum(c->pen, c->f, c->l, c->u + (u + 0.06) * c->tall, 0.06 * c->tall,
                   c->u + (u + 0.075) * c->tall, 0.05 * c->tall, c->rgb);
}

/* Chest and hips. */
static void trunk(const struct cast *c, double hip, double neck) {
    limb(c, at(c, 0, 0, hip), 0.088, at(c, 0.005, 0, neck - 0.09), 0.108);
    limb(c, at(c, 0, 0.07, neck - 0.075), 0.055, at(c, 0, -0.07, neck - 0.075), 0.055);
}

static void standing(const struct cast *c) {
    struct scene_pen *pen = c->pen;
    static const struct {
        struct vec3 elbow, hand;
    } poses[] = {
        {{0.00, 0.17, 0.64}, {0.06, 0.16, 0.50}}, /* hangs */
        {{0.10, 0.20, 0.86}, {0.24, 0.22, 0.97}}, /* points upwards */
        {{0.00, 0.21, 0.66}, {0.10, 0.04, 0.68}}, /* hand on the chest */
        {{0.08, 0.18, 0.70}, {0.22, 0.16, 0.76}}, /* holds something out */
        {{-0.03, 0.22, 0.66}, {0.02, 0.11, 0.55}}, /* hand on the hip */
    };
    bool robe = scene_pen_chance(pen, 0.35), cape = scene_pen_chance(pen, 0.35);
    double step = scene_pen_in(pen, 0, 0.09);
    int left = weir_random_below(&pen->random, 5), right = weir_random_below(&pen->random, 5);
    for (int i = -1; i <= 1; i += 2) {
        double s = i * step;
        limb(c, at(c, 0, 0.05 * i, 0.50), 0.06, at(c, s + 0.02, 0.06 * i, 0.27), 0.042);
        limb(c, at(c, s + 0.02, 0.06 * i, 0.27), 0.042, at(c, s, 0.065 * i, 0.03), 0.03);
        limb(c, at(c, s - 0.02, 0.065 * i, 0.02), 0.022, at(c, s + 0.09, 0.075 * i, 0.018), 0.018);
    }
    if (robe || cape) {
        double back = cape ? -0.05 : 0;
        limb(c, at(c, back, 0, robe ? 0.05 : 0.22), 0.12, at(c, back * 0.5, 0, 0.55), 0.085);
        limb(c, at(c, back, 0, 0.52), 0.09, at(c, back * 0.3, 0, 0.78), 0.09);
    }
    trunk(c, 0.52, 0.86);
    arm(c, 1, poses[left].elbow, poses[left].hand);
    arm(c, -1, poses[right].elbow, poses[right].hand);
    if (right == 1 || right == 3) { /* a staff or a sword, or a scroll */
        struct vec3 h = at(c, poses[right].hand.x, -poses[right].hand.y, poses[right].hand.z);
        struct vec3 low = h, high = h;
        low.z = right == 3 ? c->u + 0.02 : h.z - 0.05 * c->tall;
        high.z = fmin(h.z + 0.10 * c->tall, c->u + 1.02 * c->tall);
        scene_pen_bar(pen, low, 0.012 * c->tall, high, 0.012 * c->tall, c->rgb);
    }
    head(c, 0.93, scene_pen_chance(pen, 0.2));
}

static void seated(const struct cast *c) {
    struct scene_pen *pen = c->pen;
    double seat = 0.34;
    scene_pen_box(pen, c->f - 0.08 * c->tall, c->l, c->u, 0.15 * c->tall, 0.17 * c->tall,
                  (seat - 0.05) * c->tall, rgb_scale(c->rgb, 0.9));
    for (int i = -1; i <= 1; i += 2) {
        struct vec3 knee = at(c, 0.20, 0.08 * i, seat + 0.02);
        limb(c, at(c, -0.06, 0.06 * i, seat + 0.02), 0.065, knee, 0.05);
        limb(c, knee, 0.05, at(c, 0.18, 0.08 * i, 0.03), 0.034);
        limb(c, at(c, 0.18, 0.08 * i, 0.02), 0.025, at(c, 0.27, 0.09 * i, 0.02), 0.02);
    }
    struct cast up = *c;
    up.f -= 0.06 * c->tall;
    up.u += (seat - 0.50) * c->tall;
    trunk(&up, 0.52, 0.86);
    arm(&up, 1, vec3(0.03, 0.18, 0.66), vec3(0.20, 0.10, 0.58));
    arm(&up, -1, vec3(0.05, 0.17, 0.66),
        scene_pen_chance(pen, 0.5) ? vec3(0.12, 0.03, 0.84) : vec3(0.20, 0.08, 0.57));
    head(&up, 0.93, false);
}

/* Head and shoulders. */
static void bust(const struct cast *c) {
    struct cast big = *c;
    big.tall = 2.1 * c->tall;
    big.u = c->u - 0.60 * big.tall;
    limb(&big, at(&big, 0, 0, 0.66), 0.05, at(&big, 0, 0, 0.78), 0.10);
    limb(&big, at(&big, 0, 0.10, 0.775), 0.06, at(&big, 0, -0.10, 0.775), 0.06);
    head(&big, 0.93, false);
}

/* A rider: the horse's height is a part of the whole figure's. */
static void rider(const struct cast *c) {
    struct scene_pen *pen = c->pen;
    double raised = scene_pen_in(pen, 0.05, 0.2);
    for (int i = 0; i < 4; i++) {
        double f = i & 1 ? 0.24 : -0.24, l = i & 2 ? 0.07 : -0.07, lift = i == 1 ? raised : 0;
        struct vec3 hip = at(c, f, l, 0.40),
                    knee = at(c, f + (i & 1 ? 0.05 + lift : -0.03), l, 0.22 + 0.6 * lift),
                    hoof = at(c, f + (i & 1 ? 0.02 + 0.4 * lift : 0), l, 0.02 + lift);
        limb(c, hip, 0.055, knee, 0.03);
        limb(c, knee, 0.03, hoof, 0.024);
    }
    limb(c, at(c, -0.24, 0, 0.45), 0.105, at(c, 0.22, 0, 0.46), 0.10);
    limb(c, at(c, 0.26, 0, 0.48), 0.075, at(c, 0.38, 0, 0.66), 0.045);
    limb(c, at(c, 0.37, 0, 0.67), 0.045, at(c, 0.48, 0, 0.58), 0.028);
    limb(c, at(c, -0.33, 0, 0.48), 0.03, at(c, -0.40, 0, 0.22), 0.02);
    struct cast man = *c;
    man.tall = 0.75 * c->tall;
    man.u = c->u + 0.20 * c->tall;
    for (int i = -1; i <= 1; i += 2) {
        limb(&man, at(&man, 0, 0.10 * i, 0.46), 0.055, at(&man, 0.10, 0.15 * i, 0.32), 0.045);
        limb(&man, at(&man, 0.10, 0.15 * i, 0.32), 0.045, at(&man, 0.05, 0.15 * i, 0.08), 0.03);
    }
    trunk(&man, 0.50, 0.86);
    arm(&man, 1, vec3(0.06, 0.17, 0.66), vec3(0.22, 0.03, 0.60));
    arm(&man, -1, vec3(0.08, 0.18, 0.76), vec3(0.24, 0.20, 0.88));
    head(&man, 0.93, scene_pen_chance(pen, 0.5));
}

void scene_make_statue(struct scene_pen *pen) {
    static void (*const kinds[])(const struct cast *) = {standing, standing, standing,
                                                         seated,   rider,    bust};
    double h = pen->height_m, base = h * scene_pen_in(pen, 0.34, 0.45),
           half = fmin(0.16 * h, 0.8) * scene_pen_in(pen, 0.85, 1.05);
    int kind = weir_random_below(&pen->random, 6);
    struct rgb metal = scene_pen_vary(pen, scene_pen_pick(pen, materials, 5), 0.15),
               stone = scene_pen_vary(pen, rgb(0.63, 0.61, 0.57), 0.12);
    bool tall = kinds[kind] == bust, wide = kinds[kind] == rider;
    if (tall)
        base = 0.68 * h;
    double along = wide ? 1.7 * half : half;
    if (tall)
        half = along = 0.7 * half;
    scene_pen_box(pen, 0, 0, 0, 1.35 * along, 1.35 * half, 0.10 * base, rgb_scale(stone, 0.92));
    scene_pen_flush(pen);
    scene_pen_box(pen, 0, 0, 0.10 * base, 1.15 * along, 1.15 * half, 0.10 * base, stone);
    scene_pen_flush(pen);
    if (!wide && scene_pen_chance(pen, 0.35)) {
        scene_pen_drum(pen, 0, 0, 0.20 * base, 0.9 * half, 0.9 * base, 0.82 * half, stone);
        scene_pen_flush(pen);
        scene_pen_drum(pen, 0, 0, 0.90 * base, 1.05 * half, base, 1.05 * half, stone);
    } else {
        scene_pen_box(pen, 0, 0, 0.20 * base, 0.95 * along, 0.95 * half, 0.7 * base, stone);
        scene_pen_flush(pen);
        struct scene_board b = scene_board_of(pen, 0.95 * along + 0.01, 0, 0.58 * base);
        if (scene_board_seen(pen, &b) && !pen->brush->shadow)
            scene_board_rect(pen, &b, -0.5 * half, -0.14 * base, 0.5 * half, 0.14 * base,
                             rgb(0.30, 0.26, 0.18));
        scene_pen_flush(pen);
        scene_pen_box(pen, 0, 0, 0.90 * base, 1.05 * along, 1.05 * half, 0.1 * base, stone);
    }
    scene_pen_flush(pen);
    struct cast cast = {pen, 0, 0, base, (h - base) / 1.02, metal};
    if (kinds[kind] == seated)
        cast.tall *= 1.18; /* a seated figure is as high as its head lies */
    kinds[kind](&cast);
}
