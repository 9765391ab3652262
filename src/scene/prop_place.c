/* Where one waits, sits or buys: benches, bus shelters, kiosks, café tables. */
#include "prop.h"

static const struct rgb wood[] = {{0.50, 0.34, 0.20}, {0.40, 0.28, 0.18}, {0.58, 0.44, 0.30},
                                  {0.20, 0.34, 0.22}, {0.46, 0.15, 0.13}, {0.62, 0.60, 0.56}};
static const struct rgb metals[] = {
    {0.20, 0.21, 0.22}, {0.42, 0.44, 0.45}, {0.14, 0.24, 0.20}, {0.60, 0.61, 0.62}};
static const struct rgb cloth[] = {{0.80, 0.16, 0.15}, {0.93, 0.91, 0.85}, {0.16, 0.42, 0.30},
                                   {0.14, 0.28, 0.55}, {0.92, 0.70, 0.18}, {0.70, 0.34, 0.16},
                                   {0.52, 0.55, 0.58}};

/* A board along the bench, from the middle of its front edge. */
static void slat(struct scene_pen *pen, double f, double u, double deep, double high, double half,
                 struct rgb rgb) {
    scene_pen_box(pen, f, 0, u, deep / 2, half, high, rgb);
}

#define SEAT_M 0.45

void scene_make_bench(struct scene_pen *pen) {
    double half = scene_pen_in(pen, 0.78, 0.95), back = fmax(pen->height_m, 0.7);
    struct rgb timber = scene_pen_vary(pen, scene_pen_pick(pen, wood, 6), 0.12),
               iron = scene_pen_pick(pen, metals, 4);
    double kind = weir_random_unit(&pen->random);
    if (kind < 0.25) { /* a block of stone under a wooden seat, without a back */
        struct rgb stone = scene_pen_vary(pen, rgb(0.60, 0.59, 0.56), 0.12);
        for (int i = -1; i <= 1; i += 2)
            scene_pen_box(pen, 0, 0.62 * half * i, 0, 0.2, 0.2, SEAT_M - 0.06, stone);
        scene_pen_flush(pen);
        for (int i = 0; i < 3; i++)
            slat(pen, -0.17 + 0.17 * i, SEAT_M - 0.06, 0.155, 0.06, half,
                 scene_pen_vary(pen, timber, 0.05));
        return;
    }
    bool arms = kind > 0.5;
    for (int i = -1; i <= 1; i += 2) {
        double l = (half - 0.12) * i;
        scene_pen_bar(pen, scene_pen_at(pen, 0.2, l, 0), 0.025, scene_pen_at(pen, 0.17, l, SEAT_M),
                      0.025, iron);
        scene_pen_bar(pen, scene_pen_at(pen, -0.24, l, 0), 0.025,
                      scene_pen_at(pen, -0.18, l, SEAT_M), 0.025, iron);
        scene_pen_bar(pen, scene_pen_at(pen, -0.18, l, SEAT_M), 0.025,
                      scene_pen_at(pen, -0.29, l, back - 0.03), 0.022, iron);
        if (!arms)
            continue;
        scene_pen_bar(pen, scene_pen_at(pen, 0.17, l, SEAT_M), 0.02,
                      scene_pen_at(pen, 0.16, l, 0.64), 0.02, iron);
        scene_pen_bar(pen, scene_pen_at(pen, 0.16, l, 0.64), 0.025,
                      scene_pen_at(pen, -0.24, l, 0.66), 0.025, iron);
    }
    for (int i = 0; i < 4; i++)
        slat(pen, 0.16 - 0.115 * i, SEAT_M - 0.035, 0.095, 0.035, half,
             scene_pen_vary(pen, timber, 0.05));
    int rails = 3;
    for (int i = 0; i < rails; i++) {
        double u = SEAT_M + 0.10 + (back - SEAT_M - 0.13) * i / rails;
        double high = (back - SEAT_M - 0.12) / rails - 0.03;
        slat(pen, -0.20 - 0.08 * (u - SEAT_M) / (back - SEAT_M), u, 0.035, high, half,
             scene_pen_vary(pen, timber, 0.05));
    }
}

/* A pane between two upright edges. */
static void pane(struct scene_pen *pen, double f0, double l0, double f1, double l1, double low,
                 double high) {
    struct vec3 p[4] = {scene_pen_at(pen, f0, l0, low), scene_pen_at(pen, f1, l1, low),
                        scene_pen_at(pen, f1, l1, high), scene_pen_at(pen, f0, l0, high)};
    scene_pen_glass(pen, p, 4, rgb(0.66, 0.78, 0.80));
    /* two streaks of sky on it */
    for (int i = 0; i < 2; i++) {
        double a = 0.25 + 0.4 * i, b = a + (i ? 0.06 : 0.14);
        struct vec3 q[4] = {vec3_mix(p[0], p[1], a - 0.15), vec3_mix(p[0], p[1], b - 0.15),
                            vec3_mix(p[3], p[2], b), vec3_mix(p[3], p[2], a)};
        scene_pen_glass(pen, q, 4, rgb(0.95, 0.98, 1.0));
    }
}

void scene_make_shelter(struct scene_pen *pen) {
    double h = pen->height_m, half = scene_pen_in(pen, 1.6, 2.1), back = -0.65, front = 0.55;
    struct rgb iron = scene_pen_vary(pen, scene_pen_pick(pen, metals, 4), 0.15);
    bool advert = scene_pen_chance(pen, 0.75);
    double end = scene_pen_chance(pen, 0.5) ? half : -half, roof = h - 0.12;
    bool vault = scene_pen_chance(pen, 0.35);
    int panes = 3;
    for (int i = 0; i <= panes; i++)
        scene_pen_box(pen, back, half * (2.0 * i / panes - 1), 0, 0.035, 0.035, roof, iron);
    for (int i = 0; i < panes; i++)
        pane(pen, back, half * (2.0 * i / panes - 1), back, half * (2.0 * (i + 1) / panes - 1), 0.2,
             roof - 0.15);
    pane(pen, back, -end, 0.1, -end, 0.2, roof - 0.15);
    scene_pen_box(pen, front - 0.1, -end, 0, 0.035, 0.035, roof, iron);
    scene_pen_box(pen, back + 0.22, 0, SEAT_M - 0.04, 0.16, 0.55 * half, 0.05,
                  scene_pen_pick(pen, wood, 6));
    for (int i = -1; i <= 1; i += 2)
        scene_pen_box(pen, back + 0.22, 0.4 * half * i, 0, 0.03, 0.03, SEAT_M - 0.04, iron);
    if (advert) {
        /* the case stands across: its sides look along the street */
        struct scene_pose own = pen->pose;
        scene_pen_group(pen, scene_pen_at(pen, -0.05, end, 0.5 * roof));
        scene_pen_box(pen, -0.05, end, 0.15, 0.6, 0.07, roof - 0.3, rgb_scale(iron, 0.8));
        for (int i = -1; i <= 1; i += 2) {
            struct scene_board b = {.at = scene_pen_at(pen, -0.05, end + 0.075 * i, 0.5 * roof),
                                    .right = vec3_scale(own.forward, -i),
                                    .up = vec3(0, 0, 1),
                                    .shines = scene_pen_lit(pen)};
            if (scene_board_seen(pen, &b) && !pen->brush->shadow)
                scene_board_poster(pen, &b, 0.52, 0.5 * roof - 0.24);
        }
        scene_pen_ungroup(pen);
        if (scene_pen_lit(pen))
            scene_brush_glow(pen->brush, scene_pen_at(pen, -0.05, end, 0.5 * roof),
                             rgb(0.12, 0.12, 0.13), 1.8);
    } else
        scene_pen_box(pen, front - 0.1, end, 0, 0.035, 0.035, roof, iron);
    scene_pen_flush(pen);
    if (vault) {
        for (int i = 0; i < 5; i++) {
            double t0 = -1 + 0.4 * i, t1 = t0 + 0.42, mid = (front + back) / 2,
                   wide = (front - back) / 2 + 0.1;
            struct vec3 p[4] = {
                scene_pen_at(pen, mid + wide * t0, -half - 0.08, roof + 0.11 * (1 - t0 * t0)),
                scene_pen_at(pen, mid + wide * t1, -half - 0.08, roof + 0.11 * (1 - t1 * t1)),
                scene_pen_at(pen, mid + wide * t1, half + 0.08, roof + 0.11 * (1 - t1 * t1)),
                scene_pen_at(pen, mid + wide * t0, half + 0.08, roof + 0.11 * (1 - t0 * t0))};
            scene_pen_face(pen, p, 4, rgb_mix(iron, rgb(0.7, 0.8, 0.8), 0.5));
        }
        return;
    }
    scene_pen_box(pen, (front + back) / 2, 0, roof, (front - back) / 2 + 0.12, half + 0.08, 0.1,
                  iron);
    scene_pen_flush(pen);
    struct scene_board name =
        scene_board_of(pen, front + 0.18, 0, roof + 0.05); /* the stop's name along the edge */
    if (scene_board_seen(pen, &name)) {
        name.shines = scene_pen_lit(pen);
        scene_board_rect(pen, &name, -0.8, -0.045, 0.8, 0.045, rgb(0.92, 0.80, 0.22));
    }
}

/* An awning striped along l, from the wall at f0 to f1. */
static void awning(struct scene_pen *pen, double f0, double f1, double half, double high,
                   double low, struct rgb a, struct rgb b) {
    int n = 8;
    for (int i = 0; i < n; i++) {
        double l0 = half * (2.0 * i / n - 1), l1 = half * (2.0 * (i + 1) / n - 1);
        struct vec3 p[4] = {scene_pen_at(pen, f0, l0, high), scene_pen_at(pen, f0, l1, high),
                            scene_pen_at(pen, f1, l1, low), scene_pen_at(pen, f1, l0, low)};
        struct vec3 q[4] = {p[3], p[2], p[2], p[3]};
        q[2].z -= 0.16;
        q[3].z -= 0.16;
        scene_pen_face(pen, p, 4, i & 1 ? a : b);
        scene_pen_face(pen, q, 4, rgb_scale(i & 1 ? a : b, 0.92));
    }
}

/* The open front of a stall: dark or lit inside, shelves with goods, a counter. */
static void stall(struct scene_pen *pen, double f, double half, double low, double high) {
    struct scene_board b = scene_board_of(pen, f, 0, 0);
    if (!scene_board_seen(pen, &b) || pen->brush->shadow)
        return;
    b.shines = scene_pen_lit(pen);
    scene_pen_group(pen, scene_pen_at(pen, f, 0, high));
    struct rgb inside = b.shines ? rgb(0.98, 0.86, 0.60) : rgb(0.18, 0.16, 0.15);
    scene_board_rect(pen, &b, -half, low, half, high, inside);
    for (int row = 0; row < 3; row++)
        for (int i = 0; i < 9; i++) {
            double x = half * (-0.92 + 0.2 * i), y = low + (high - low) * (0.08 + 0.3 * row);
            struct rgb ware = scene_pen_vary(pen, scene_pen_pick(pen, cloth, 7), 0.2);
            scene_board_rect(pen, &b, x, y, x + 0.16 * half,
                             y + (high - low) * scene_pen_in(pen, 0.1, 0.22),
                             b.shines ? ware : rgb_scale(ware, 0.6));
        }
    if (scene_pen_chance(pen, 0.5)) { /* who sells: a shape in the dark */
        double x = scene_pen_in(pen, -0.4, 0.4) * half;
        struct rgb dim = rgb_scale(scene_pen_pick(pen, cloth, 7), b.shines ? 0.5 : 0.35);
        const double trunk[] = {x - 0.24, low,        x + 0.24, low,        x + 0.25, low + 0.36,
                                x + 0.1,  low + 0.46, x - 0.1,  low + 0.46, x - 0.25, low + 0.36};
        scene_board_shape(pen, &b, trunk, 6, dim);
        scene_board_round(pen, &b, x, low + 0.58, 0.1, 0.13, 0, rgb(0.42, 0.30, 0.24));
    }
    scene_pen_ungroup(pen);
    if (b.shines)
        scene_brush_glow(pen->brush, scene_pen_at(pen, f, 0, (low + high) / 2),
                         rgb(0.30, 0.24, 0.14), 1.8);
}

void scene_make_kiosk(struct scene_pen *pen) {
    static const struct rgb paints[] = {{0.16, 0.36, 0.28}, {0.82, 0.79, 0.70}, {0.62, 0.18, 0.16},
                                        {0.20, 0.30, 0.46}, {0.48, 0.33, 0.22}, {0.88, 0.72, 0.30}};
    double h = pen->height_m, wall = h - 0.45, half = 1.15;
    struct rgb paint = scene_pen_vary(pen, scene_pen_pick(pen, paints, 6), 0.1),
               trim = rgb_mix(paint, rgb(0.9, 0.88, 0.84), 0.6), roof = rgb_scale(paint, 0.7);
    if (scene_pen_chance(pen, 0.35)) { /* round, under a dome */
        scene_pen_drum(pen, 0, 0, 0, 1.15, 0.93, 1.15, paint);
        scene_pen_flush(pen);
        scene_pen_drum(pen, 0, 0, 0.93, 1.24, 1.0, 1.24, trim);
        scene_pen_flush(pen);
        scene_pen_drum(pen, 0, 0, 0.95, 1.1, wall - 0.3, 1.1,
                       scene_pen_lit(pen) ? rgb(1.3, 1.1, 0.7) : rgb(0.30, 0.36, 0.40));
        scene_pen_flush(pen);
        for (int i = 0; i < 12; i++) {
            double a = M_PI / 6 * i, c = 1.14 * cos(a), s = 1.14 * sin(a);
            if (scene_brush_faces(pen->brush, scene_pen_at(pen, c, s, 1),
                                  scene_pose_direction(&pen->pose, cos(a), sin(a), 0)))
                scene_pen_bar(pen, scene_pen_at(pen, c, s, 1.0), 0.035,
                              scene_pen_at(pen, c, s, wall - 0.3), 0.035, trim);
        }
        scene_pen_drum(pen, 0, 0, wall - 0.3, 1.38, wall - 0.02, 1.38, trim);
        scene_pen_flush(pen);
        scene_pen_drum(pen, 0, 0, wall - 0.02, 1.38, h - 0.2, 0.6, roof);
        scene_pen_flush(pen);
        scene_pen_drum(pen, 0, 0, h - 0.2, 0.6, h - 0.1, 0.1, roof);
        scene_pen_flush(pen);
        scene_pen_ball(pen, scene_pen_at(pen, 0, 0, h - 0.05), 0.07, trim);
        return;
    }
    scene_pen_box(pen, 0, 0, 0, half, 1.3, wall, paint);
    scene_pen_flush(pen);
    struct scene_board side[2] = {scene_board_of(pen, half + 0.01, 0, 0),
                                  scene_board_back(pen, -half - 0.01, 0, 0)};
    if (!pen->brush->shadow && scene_board_seen(pen, &side[1])) { /* the door behind */
        scene_pen_group(pen, side[1].at);
        scene_board_rect(pen, &side[1], -0.45, 0, 0.4, 2.0, trim);
        scene_board_rect(pen, &side[1], -0.40, 0.05, 0.35, 1.95, rgb_scale(paint, 0.85));
        scene_pen_ungroup(pen);
    }
    for (int i = -1; i <= 1; i += 2) { /* boards with posters on the flanks */
        struct scene_board b = {.at = scene_pen_at(pen, 0, 1.31 * i, 1.25),
                                .right = vec3_scale(pen->pose.forward, -i),
                                .up = vec3(0, 0, 1)};
        if (pen->brush->shadow || !scene_board_seen(pen, &b))
            continue;
        scene_pen_group(pen, b.at);
        scene_board_rect(pen, &b, -0.62, -0.72, 0.62, 0.72, trim);
        scene_board_poster(pen, &b, 0.56, 0.66);
        scene_pen_ungroup(pen);
    }
    stall(pen, half + 0.01, 1.15, 1.0, wall - 0.25);
    scene_pen_flush(pen);
    if (scene_board_seen(pen, &side[0]))
        scene_pen_box(pen, half + 0.14, 0, 0.95, 0.16, 1.2, 0.06, trim);
    scene_pen_flush(pen);
    scene_pen_box(pen, 0, 0, wall, half + 0.12, 1.42, 0.12, trim);
    scene_pen_flush(pen);
    if (scene_pen_chance(pen, 0.5)) { /* a sign on the roof */
        struct scene_board b = scene_board_of(pen, half + 0.02, 0, wall + 0.28);
        scene_pen_group(pen, b.at);
        scene_board_rect(pen, &b, -1.1, -0.16, 1.1, 0.16, roof);
        b.shines = scene_pen_lit(pen);
        for (int i = 0; i < 6 && scene_board_seen(pen, &b); i++)
            scene_board_rect(pen, &b, -0.85 + 0.29 * i, -0.09, -0.65 + 0.29 * i, 0.1,
                             rgb(0.96, 0.90, 0.70));
        scene_pen_ungroup(pen);
    } else
        scene_pen_box(pen, 0, 0, wall + 0.12, 0.6 * half, 0.8, h - wall - 0.12, roof);
    if (scene_pen_chance(pen, 0.75))
        awning(pen, half, half + 0.8, 1.3, wall - 0.02, wall - 0.4, scene_pen_pick(pen, cloth, 7),
               rgb(0.92, 0.90, 0.84));
}

/* A chair that looks to the middle from (f,l). */
static void chair(struct scene_pen *pen, double a, double out, struct rgb rgb) {
    double c = cos(a), s = sin(a);
    struct vec3 ahead = scene_pose_direction(&pen->pose, -c, -s, 0),
                side = scene_pose_direction(&pen->pose, -s, c, 0);
    struct vec3 seat = scene_pen_at(pen, out * c, out * s, SEAT_M - 0.02);
    for (int i = 0; i < 4; i++) {
        struct vec3 corner = vec3_add(vec3_scale(ahead, i & 1 ? 0.17 : -0.17),
                                      vec3_scale(side, i & 2 ? 0.17 : -0.17));
        struct vec3 top = vec3_add(seat, corner), foot = top;
        foot.z = 0;
        if (!(i & 1))
            top.z += 0.40; /* the back's posts */
        scene_pen_bar(pen, foot, 0.016, top, 0.016, rgb_scale(rgb, 0.8));
    }
    scene_pen_crate(pen, seat, vec3_scale(ahead, 0.2), vec3_scale(side, 0.2), vec3(0, 0, 0.02),
                    rgb);
    struct vec3 back = vec3_sub(seat, vec3_scale(ahead, 0.18));
    back.z += 0.29;
    scene_pen_crate(pen, back, vec3_scale(ahead, 0.015), vec3_scale(side, 0.19), vec3(0, 0, 0.1),
                    rgb);
}

void scene_make_parasol(struct scene_pen *pen) {
    double h = pen->height_m, r = scene_pen_in(pen, 1.2, 1.5), rim = h - 0.5;
    struct rgb a = scene_pen_vary(pen, scene_pen_pick(pen, cloth, 7), 0.08),
               b = scene_pen_chance(pen, 0.45) ? rgb(0.93, 0.91, 0.86) : a,
               furniture = scene_pen_pick(pen, wood, 6);
    int chairs = 2 + weir_random_below(&pen->random, 3), ribs = scene_pen_chance(pen, 0.3) ? 4 : 8;
    double turn = scene_pen_in(pen, 0, 2 * M_PI), table = 0.40;
    for (int i = 0; i < chairs; i++) {
        double out = scene_pen_in(pen, 0.68, 0.85);
        chair(pen, turn + 2 * M_PI * i / chairs + scene_pen_in(pen, -0.25, 0.25), out, furniture);
    }
    scene_pen_drum(pen, 0, 0, 0, 0.25, 0.06, 0.22, rgb(0.5, 0.5, 0.5));
    scene_pen_drum(pen, 0, 0, 0.06, 0.035, 0.70, 0.035, rgb(0.4, 0.4, 0.4));
    scene_pen_flush(pen); /* chairs before the table only hide its foot */
    scene_pen_drum(pen, 0, 0, 0.70, table, 0.74, table, rgb(0.78, 0.76, 0.72));
    for (int i = 0; i < 3; i++) { /* cups, a vase */
        double t = turn + 2.1 * i;
        scene_pen_drum(pen, 0.24 * cos(t), 0.24 * sin(t), 0.74, 0.035,
                       0.74 + 0.06 + 0.05 * (i == 2), 0.04,
                       i == 2 ? rgb(0.75, 0.5, 0.3) : rgb(0.92, 0.92, 0.9));
    }
    scene_pen_flush(pen);
    scene_pen_bar(pen, scene_pen_at(pen, 0, 0, 0.72), 0.025, scene_pen_at(pen, 0, 0, h - 0.05),
                  0.025, rgb(0.75, 0.70, 0.62));
    scene_pen_flush(pen);
    struct vec3 top = scene_pen_at(pen, 0, 0, h - 0.03);
    for (int i = 0; i < ribs; i++) {
        double t0 = turn + 2 * M_PI * i / ribs, t1 = turn + 2 * M_PI * (i + 1) / ribs;
        struct vec3 p[3] = {top, scene_pen_at(pen, r * cos(t0), r * sin(t0), rim),
                            scene_pen_at(pen, r * cos(t1), r * sin(t1), rim)};
        struct vec3 q[4] = {p[1], p[2], p[2], p[1]};
        q[2].z -= 0.14;
        q[3].z -= 0.14;
        struct rgb own = i & 1 ? a : b;
        scene_pen_face(pen, p, 3, own);
        scene_pen_face(pen, q, 4, rgb_scale(own, 0.94));
    }
    scene_pen_flush(pen);
    if (pen->view.z > h)
        scene_pen_ball(pen, scene_pen_at(pen, 0, 0, h), 0.035, furniture);
}
