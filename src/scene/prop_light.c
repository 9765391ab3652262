/* Street lamps and traffic lights. */
#include "prop.h"

static const struct rgb steel[] = {
    {0.46, 0.48, 0.50}, {0.24, 0.26, 0.28}, {0.16, 0.22, 0.19}, {0.60, 0.61, 0.60}};
/* Light of bulbs: sodium, warm and cold white. */
static const struct rgb bulbs[] = {{1.0, 0.70, 0.34}, {1.0, 0.85, 0.62}, {0.94, 0.96, 1.0}};

/* A bulb at p: bright and with a glow where lamps are lit, milky glass else. */
static void bulb(struct scene_pen *pen, struct vec3 p, double radius, struct rgb light) {
    struct vec3 ring[8];
    if (!scene_pen_lit(pen)) {
        scene_pen_ball(pen, p, radius, rgb(0.84, 0.84, 0.80));
        return;
    }
    struct vec3 d = vec3_sub(pen->view, p);
    double flat = hypot(d.x, d.y) + 1e-9;
    struct vec3 across = vec3(-d.y / flat * radius, d.x / flat * radius, 0);
    for (int i = 0; i < 8; i++) {
        double t = 2 * M_PI * i / 8;
        ring[i] = vec3_add(p, vec3_scale(across, cos(t)));
        ring[i].z += radius * sin(t);
    }
    scene_pen_shine(pen, ring, 8, rgb_mix(light, rgb(1, 1, 0.97), 0.75));
    scene_brush_glow(pen->brush, p, light, 1.5);
}

/* A tall mast whose arm rises to a flat head. */
static void modern(struct scene_pen *pen, double side, struct rgb metal, struct rgb light) {
    double h = pen->height_m, f = 1.2 * side;
    struct vec3 knee = scene_pen_at(pen, 0, 0, h * 0.93), tip = scene_pen_at(pen, f, 0, h + 0.10);
    struct vec3 mid = scene_pen_at(pen, 0.35 * side, 0, h + 0.02);
    scene_pen_bar(pen, knee, 0.05, mid, 0.045, metal);
    scene_pen_bar(pen, mid, 0.045, tip, 0.04, metal);
    scene_pen_crate(pen, scene_pen_at(pen, f, 0, h + 0.10), vec3_scale(pen->pose.forward, 0.36),
                    vec3_scale(pen->pose.left, 0.14), vec3(0, 0, 0.06), rgb_scale(metal, 1.1));
    bulb(pen, scene_pen_at(pen, f, 0, h + 0.02), 0.10, light);
}

/* A swan neck with a bell. */
static void swan(struct scene_pen *pen, double side, struct rgb metal, struct rgb light) {
    double h = pen->height_m, tip = 1.2 * side;
    struct vec3 last = scene_pen_at(pen, 0, 0, h * 0.9);
    for (int i = 1; i <= 8; i++) {
        double s = i / 8.0, t = M_PI * s, rise = s * (0.1 * h + 0.3) + 0.2 * sin(t);
        struct vec3 p = scene_pen_at(pen, 0.6 * (1 - cos(t)) * side, 0, h * 0.9 + rise);
        scene_pen_bar(pen, last, 0.032, p, 0.032, metal);
        last = p;
    }
    scene_pen_drum(pen, tip, 0, h + 0.02, 0.27, h + 0.22, 0.07, metal);
    scene_pen_drum(pen, tip, 0, h + 0.22, 0.07, h + 0.30, 0.04, metal);
    bulb(pen, scene_pen_at(pen, tip, 0, h), 0.13, light);
}

/* An ornate bracket from which a lantern hangs. */
static void lantern(struct scene_pen *pen, double side, struct rgb metal, struct rgb light) {
    double h = pen->height_m, f = 1.2 * side;
    struct vec3 root = scene_pen_at(pen, 0, 0, h + 0.34), tip = scene_pen_at(pen, f, 0, h + 0.40);
    scene_pen_bar(pen, root, 0.035, tip, 0.025, metal);
    scene_pen_bar(pen, scene_pen_at(pen, 0, 0, h - 0.25), 0.025,
                  scene_pen_at(pen, 0.8 * side, 0, h + 0.36), 0.02, metal);
    bulb(pen, scene_pen_at(pen, f, 0, h), 0.14, light);
    scene_pen_drum(pen, f, 0, h + 0.18, 0.22, h + 0.36, 0.04, metal);
    scene_pen_drum(pen, f, 0, h - 0.24, 0.06, h - 0.17, 0.11, metal);
    for (int i = 0; i < 4; i++) {
        double a = M_PI / 4 + M_PI / 2 * i, c = cos(a), s = sin(a);
        scene_pen_wire(pen, scene_pen_at(pen, f + 0.11 * c, 0.11 * s, h - 0.18),
                       scene_pen_at(pen, f + 0.20 * c, 0.20 * s, h + 0.18), 0.02, metal);
    }
}

void scene_make_lamp(struct scene_pen *pen) {
    static void (*const heads[])(struct scene_pen *, double, struct rgb,
                                 struct rgb) = {modern, swan, lantern};
    double h = pen->height_m;
    /* Streets have lamps of one make. */
    int kind = h > 6.5 ? (int)(pen->place % 2) : 1 + (int)(pen->place / 2 % 2);
    if (scene_pen_chance(pen, 0.12))
        kind = h > 6.5 ? 0 : 2;
    struct rgb metal = scene_pen_vary(pen, scene_pen_pick(pen, steel, 4), 0.1);
    if (kind == 2)
        metal = scene_pen_vary(pen, rgb(0.15, 0.18, 0.16), 0.2);
    struct rgb light = bulbs[pen->place / 4 % 3];
    double foot = kind == 2 ? 0.12 : 0.11, top = kind == 2 ? h + 0.36 : 0.93 * h;
    scene_pen_drum(pen, 0, 0, 0, 0.9 * foot, top, 0.5 * foot, metal);
    scene_pen_drum(pen, 0, 0, 0, 1.5 * foot, 0.12 * h, 1.3 * foot, metal);
    if (kind == 2) {
        scene_pen_drum(pen, 0, 0, 0.12 * h, 1.6 * foot, 0.135 * h, 1.2 * foot, metal);
        scene_pen_ball(pen, scene_pen_at(pen, 0, 0, h + 0.42), 0.07, metal);
    } else if (scene_pen_chance(pen, 0.3)) { /* a banner or a notice */
        static const struct rgb cloth[] = {
            {0.75, 0.16, 0.16}, {0.16, 0.35, 0.65}, {0.90, 0.72, 0.15}, {0.20, 0.50, 0.30}};
        struct scene_board b = scene_board_of(pen, 0.09, 0.0, 0.55 * h);
        struct rgb c = scene_pen_pick(pen, cloth, 4);
        scene_pen_group(pen, b.at);
        scene_board_rect(pen, &b, 0.02, -0.6, 0.38, 0.6, c);
        scene_board_rect(pen, &b, 0.08, -0.1, 0.32, 0.25, rgb_mix(c, rgb(1, 1, 1), 0.7));
        scene_pen_ungroup(pen);
    }
    heads[kind](pen, 1, metal, light);
    if (scene_pen_chance(pen, 0.12)) /* a second arm, over the pavement */
        heads[kind](pen, -1, metal, light);
}

#define LIGHTS 3

/* One housing of lamps; lit says which shines. people: two lamps, smaller. */
static void housing(struct scene_pen *pen, double f, double u, double side, bool people, int lit) {
    static const struct rgb shining[LIGHTS] = {
        {1.0, 0.16, 0.10}, {1.0, 0.72, 0.12}, {0.15, 0.95, 0.50}};
    static const struct rgb dark[LIGHTS] = {
        {0.28, 0.06, 0.05}, {0.30, 0.21, 0.05}, {0.05, 0.24, 0.13}};
    int lamps = people ? 2 : 3;
    double half = people ? 0.12 : 0.15, step = people ? 0.25 : 0.29, high = lamps * step + 0.04;
    struct rgb black = rgb(0.10, 0.11, 0.11);
    scene_pen_box(pen, f, 0, u, 0.10, half, high, black);
    struct scene_board b =
        side > 0 ? scene_board_of(pen, f + 0.11, 0, u) : scene_board_back(pen, f - 0.11, 0, u);
    struct vec3 before = vec3_add(b.at, vec3(0, 0, high / 2));
    if (!people) { /* the backing board */
        struct scene_board back = b;
        back.at = scene_pen_at(pen, f - 0.11 * side, 0, u);
        scene_board_rect(pen, &back, -0.30, -0.10, 0.30, high + 0.10, rgb(0.85, 0.85, 0.82));
        back.at = scene_pen_at(pen, f - 0.10 * side, 0, u);
        scene_board_rect(pen, &back, -0.27, -0.07, 0.27, high + 0.07, black);
    }
    if (!scene_board_seen(pen, &b))
        return;
    scene_pen_group(pen, before);
    for (int i = 0; i < lamps; i++) {
        int light = people ? (i == 0 ? 0 : 2) : i;
        double y = high - 0.02 - step * (i + 0.5), r = 0.36 * step;
        b.shines = light == lit;
        scene_board_round(pen, &b, 0, y, r, r, 0, b.shines ? shining[light] : dark[light]);
        if (b.shines) {
            scene_board_round(pen, &b, 0, y, 0.55 * r, 0.55 * r, 0,
                              rgb_mix(shining[light], rgb(1, 1, 0.9), 0.55));
            if (scene_pen_lit(pen))
                scene_brush_glow(pen->brush, vec3_add(b.at, vec3(0, 0, y)),
                                 rgb_scale(shining[light], 0.7), 0.55);
        }
        b.shines = false; /* the visor */
        const double visor[] = {
            -1.15 * r, y, -r,       y + r,        0, y + 1.3 * r,  r,         y + r,
            1.15 * r,  y, 0.85 * r, y + 0.65 * r, 0, y + 1.02 * r, -0.85 * r, y + 0.65 * r};
        scene_board_shape(pen, &b, visor, 8, rgb(0.06, 0.06, 0.07));
    }
    scene_pen_ungroup(pen);
}

void scene_make_signal(struct scene_pen *pen) {
    double h = pen->height_m;
    struct rgb pole = scene_pen_vary(pen, scene_pen_pick(pen, steel, 4), 0.1);
    int lit = scene_pen_chance(pen, 0.12) ? 1 : scene_pen_chance(pen, 0.5) ? 0 : 2;
    scene_pen_drum(pen, 0, 0, 0, 0.075, h - 0.12, 0.065, pole);
    scene_pen_drum(pen, 0, 0, 0, 0.13, 0.18, 0.11, rgb_scale(pole, 0.8));
    housing(pen, 0.2, h - 1.03, 1, false, lit);
    if (scene_pen_chance(pen, 0.7))
        housing(pen, -0.2, fmax(h - 1.3, 1.9), -1, true, lit == 0 ? 2 : 0);
    if (scene_pen_chance(pen, 0.6)) /* the button to press */
        scene_pen_box(pen, 0, 0.1, 1.0, 0.06, 0.05, 0.24, rgb(0.92, 0.76, 0.14));
}
