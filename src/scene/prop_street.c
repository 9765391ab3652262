/* Small and plain things: bins, bollards, hydrants, mailboxes, skips, posts, fences. */
#include "prop.h"

static const struct rgb paints[] = {{0.20, 0.38, 0.28}, {0.24, 0.25, 0.27}, {0.90, 0.52, 0.14},
                                    {0.16, 0.30, 0.55}, {0.55, 0.56, 0.56}, {0.45, 0.33, 0.22}};

/* A bin on wheels with a lid, as households put out. */
static void wheelie(struct scene_pen *pen, struct rgb body) {
    static const struct rgb lids[] = {
        {0.92, 0.78, 0.12}, {0.16, 0.36, 0.66}, {0.42, 0.30, 0.20}, {0.20, 0.21, 0.22}};
    double h = pen->height_m, lid = 0.9 * h;
    struct vec3 f = pen->pose.forward;
    for (int i = -1; i <= 1; i += 2)
        scene_pen_disc(pen, scene_pen_at(pen, -0.24, 0.24 * i, 0.1), vec3_scale(f, 0.1),
                       vec3(0, 0, 0.1), rgb(0.09, 0.09, 0.1));
    for (int i = 0; i < 4; i++) { /* narrower below */
        struct vec3 p[4];
        for (int k = 0; k < 4; k++) {
            int corner = (i + (k == 1 || k == 2)) & 3;
            double wide = k < 2 ? 0.8 : 1, sf = corner == 0 || corner == 3 ? 1 : -1,
                   sl = corner < 2 ? 1 : -1;
            p[k] = scene_pen_at(pen, 0.28 * wide * sf, 0.25 * wide * sl, k < 2 ? 0.05 : lid);
        }
        scene_pen_face(pen, p, 4, body);
    }
    scene_pen_flush(pen);
    scene_pen_box(pen, 0.01, 0, lid, 0.31, 0.27, 0.07 * h,
                  scene_pen_chance(pen, 0.6) ? scene_pen_pick(pen, lids, 4) : body);
}

/* A round basket on a pole or on the ground. */
static void basket(struct scene_pen *pen, struct rgb body) {
    double h = pen->height_m, r = scene_pen_in(pen, 0.2, 0.27);
    bool hung = scene_pen_chance(pen, 0.4);
    double low = hung ? 0.4 * h : 0.03, top = 0.92 * h;
    if (hung)
        scene_pen_drum(pen, -r - 0.04, 0, 0, 0.03, h, 0.03, rgb(0.4, 0.4, 0.41));
    scene_pen_drum(pen, 0, 0, low, 0.88 * r, top, r, body);
    scene_pen_flush(pen);
    for (int i = 0; i < 14 && !hung; i++) { /* staves */
        double a = 2 * M_PI * i / 14, c = cos(a), s = sin(a);
        struct vec3 m = scene_pen_at(pen, r * c, r * s, 0.5 * h);
        if (scene_brush_faces(pen->brush, m, scene_pose_direction(&pen->pose, c, s, 0)))
            scene_pen_wire(pen, scene_pen_at(pen, 0.89 * r * c, 0.89 * r * s, 0.1 * h),
                           scene_pen_at(pen, r * c, r * s, 0.88 * h), 0.015, rgb_scale(body, 0.6));
    }
    scene_pen_flush(pen);
    scene_pen_drum(pen, 0, 0, top, 1.06 * r, top + 0.05 * h, 1.06 * r, rgb_scale(body, 0.8));
    scene_pen_flush(pen);
    scene_pen_disc(pen, scene_pen_at(pen, 0, 0, top + 0.05 * h + 0.005), vec3(0.75 * r, 0, 0),
                   vec3(0, 0.75 * r, 0), rgb(0.06, 0.06, 0.06));
    if (scene_pen_chance(pen, 0.3)) /* overfull */
        for (int i = 0; i < 4; i++) {
            struct rgb paper = scene_pen_vary(pen, rgb(0.8, 0.78, 0.74), 0.2);
            double left = scene_pen_in(pen, -0.5, 0.5) * r,
                   ahead = scene_pen_in(pen, -0.5, 0.5) * r;
            scene_pen_ball(pen, scene_pen_at(pen, ahead, left, 0.97 * h), 0.05, paper);
        }
}

/* A box with a slot, a roof over it. */
static void box_bin(struct scene_pen *pen, struct rgb body) {
    double h = pen->height_m;
    scene_pen_box(pen, 0, 0, 0, 0.26, 0.26, 0.08, rgb_scale(body, 0.6));
    scene_pen_flush(pen);
    scene_pen_box(pen, 0, 0, 0.08, 0.28, 0.28, 0.84 * h - 0.08, body);
    scene_pen_flush(pen);
    for (int i = 0; i < 2; i++) {
        struct scene_board b =
            i ? scene_board_back(pen, -0.285, 0, 0) : scene_board_of(pen, 0.285, 0, 0);
        if (!scene_board_seen(pen, &b) || pen->brush->shadow)
            continue;
        scene_board_rect(pen, &b, -0.18, 0.66 * h, 0.18, 0.78 * h, rgb(0.05, 0.05, 0.05));
        scene_board_rect(pen, &b, -0.1, 0.3 * h, 0.1, 0.5 * h, rgb_mix(body, rgb(1, 1, 1), 0.6));
    }
    scene_pen_flush(pen);
    scene_pen_box(pen, 0, 0, 0.84 * h, 0.31, 0.31, 0.1 * h, rgb_scale(body, 0.8));
}

void scene_make_bin(struct scene_pen *pen) {
    static void (*const kinds[])(struct scene_pen *, struct rgb) = {wheelie, basket, box_bin};
    struct rgb body = scene_pen_vary(pen, scene_pen_pick(pen, paints, 6), 0.12);
    kinds[weir_random_below(&pen->random, 3)](pen, body);
}

void scene_make_bollard(struct scene_pen *pen) {
    double h = pen->height_m, kind = weir_random_unit(&pen->random);
    struct rgb iron = scene_pen_vary(pen, rgb(0.17, 0.18, 0.19), 0.2),
               stone = scene_pen_vary(pen, rgb(0.62, 0.61, 0.58), 0.12);
    if (kind < 0.35) { /* cast iron with a knob */
        scene_pen_drum(pen, 0, 0, 0, 0.11, 0.12 * h, 0.10, iron);
        scene_pen_drum(pen, 0, 0, 0.12 * h, 0.07, 0.82 * h, 0.06, iron);
        scene_pen_drum(pen, 0, 0, 0.78 * h, 0.085, 0.84 * h, 0.085, iron);
        scene_pen_flush(pen);
        scene_pen_ball(pen, scene_pen_at(pen, 0, 0, 0.91 * h), 0.08, iron);
    } else if (kind < 0.6) { /* a steel tube with reflecting bands */
        bool striped = scene_pen_chance(pen, 0.6);
        struct rgb red = rgb(0.80, 0.12, 0.12), white = rgb(0.92, 0.92, 0.9);
        for (int i = 0; i < 5; i++) {
            scene_pen_drum(pen, 0, 0, 0.2 * h * i, 0.055, 0.2 * h * (i + 1), 0.055,
                           striped  ? (i & 1 ? white : red)
                           : i == 3 ? white
                                    : iron);
            scene_pen_flush(pen);
        }
    } else if (kind < 0.8) { /* stone */
        scene_pen_drum(pen, 0, 0, 0, 0.17, 0.85 * h, 0.13, stone);
        scene_pen_flush(pen);
        scene_pen_drum(pen, 0, 0, 0.85 * h, 0.13, 0.98 * h, 0.06, stone);
    } else { /* a traffic cone or a bendy post */
        struct rgb orange = rgb(0.95, 0.38, 0.10), white = rgb(0.94, 0.94, 0.92);
        double foot = fmin(0.2, 0.3 * h);
        scene_pen_box(pen, 0, 0, 0, foot, foot, 0.04, rgb(0.14, 0.14, 0.15));
        scene_pen_flush(pen);
        for (int i = 0; i < 5; i++) {
            double u0 = 0.04 + (h - 0.06) * i / 5, u1 = 0.04 + (h - 0.06) * (i + 1) / 5;
            scene_pen_drum(pen, 0, 0, u0, 0.75 * foot * (1 - 0.17 * i), u1,
                           0.75 * foot * (1 - 0.17 * (i + 1)), i & 1 ? white : orange);
            scene_pen_flush(pen);
        }
    }
}

void scene_make_hydrant(struct scene_pen *pen) {
    static const struct rgb colours[] = {
        {0.80, 0.14, 0.12}, {0.92, 0.74, 0.14}, {0.18, 0.36, 0.68}, {0.62, 0.64, 0.65}};
    double h = pen->height_m, r = 0.18 * h;
    struct rgb body = scene_pen_vary(pen, scene_pen_pick(pen, colours, 4), 0.1),
               cap = scene_pen_chance(pen, 0.5) ? rgb(0.85, 0.85, 0.83) : rgb_scale(body, 0.8);
    scene_pen_drum(pen, 0, 0, 0, 1.4 * r, 0.06 * h, 1.4 * r, rgb_scale(body, 0.7));
    scene_pen_flush(pen);
    scene_pen_drum(pen, 0, 0, 0.06 * h, r, 0.70 * h, 0.95 * r, body);
    scene_pen_flush(pen);
    struct vec3 hub = scene_pen_at(pen, 0, 0, 0.55 * h);
    static const double turns[3] = {0, M_PI / 2, -M_PI / 2};
    for (int i = 0; i < 3; i++) {
        double c = cos(turns[i]), s = sin(turns[i]);
        struct vec3 d = scene_pose_direction(&pen->pose, c, s, 0);
        struct vec3 tip = vec3_add(hub, vec3_scale(d, 1.45 * r));
        if (scene_brush_faces(pen->brush, hub, d)) {
            scene_pen_bar(pen, vec3_add(hub, vec3_scale(d, 0.7 * r)), 0.42 * r, tip, 0.42 * r,
                          body);
            scene_pen_ball(pen, tip, 0.36 * r, cap);
        } else
            scene_pen_bar(pen, hub, 0.4 * r, tip, 0.4 * r, cap);
    }
    scene_pen_flush(pen);
    scene_pen_drum(pen, 0, 0, 0.70 * h, 1.15 * r, 0.76 * h, 1.15 * r, cap);
    scene_pen_flush(pen);
    scene_pen_drum(pen, 0, 0, 0.76 * h, 0.95 * r, 0.90 * h, 0.5 * r, cap);
    scene_pen_flush(pen);
    scene_pen_drum(pen, 0, 0, 0.90 * h, 0.2 * r, 0.98 * h, 0.2 * r, body);
}

/* A pillar box, round as in the old days. */
static void pillar(struct scene_pen *pen, struct rgb body) {
    double h = pen->height_m, r = 0.26;
    scene_pen_drum(pen, 0, 0, 0, 1.1 * r, 0.08 * h, 1.1 * r, rgb(0.1, 0.1, 0.1));
    scene_pen_flush(pen);
    scene_pen_drum(pen, 0, 0, 0.08 * h, r, 0.86 * h, r, body);
    scene_pen_flush(pen);
    struct scene_board b = scene_board_of(pen, r + 0.01, 0, 0);
    if (scene_board_seen(pen, &b) && !pen->brush->shadow) {
        scene_board_rect(pen, &b, -0.13, 0.72 * h, 0.13, 0.76 * h, rgb(0.05, 0.05, 0.05));
        scene_board_rect(pen, &b, -0.09, 0.5 * h, 0.09, 0.66 * h, rgb(0.92, 0.92, 0.88));
    }
    scene_pen_flush(pen);
    scene_pen_drum(pen, 0, 0, 0.86 * h, 1.15 * r, 0.91 * h, 1.15 * r, body);
    scene_pen_flush(pen);
    scene_pen_drum(pen, 0, 0, 0.91 * h, 1.05 * r, 0.99 * h, 0.35 * r, body);
}

/* A box on legs, or the grey cabinet of a telephone company. */
static void cabinet(struct scene_pen *pen, struct rgb body, bool legs) {
    double h = pen->height_m, low = legs ? 0.42 * h : 0.06, half_f = legs ? 0.2 : 0.18,
           half_l = legs ? 0.26 : 0.38;
    for (int i = -1; i <= 1 && legs; i += 2)
        scene_pen_box(pen, 0, 0.17 * i, 0, 0.04, 0.03, low, rgb(0.3, 0.3, 0.32));
    if (!legs)
        scene_pen_box(pen, 0, 0, 0, half_f - 0.02, half_l - 0.02, low, rgb(0.4, 0.4, 0.4));
    scene_pen_flush(pen);
    scene_pen_box(pen, 0, 0, low, half_f, half_l, h - low - 0.05, body);
    scene_pen_flush(pen);
    struct scene_board b = scene_board_of(pen, half_f + 0.01, 0, 0);
    if (scene_board_seen(pen, &b) && !pen->brush->shadow) {
        struct rgb dark = rgb_scale(body, 0.5);
        scene_board_rect(pen, &b, -0.006, low, 0.006, h - 0.06, dark);
        if (legs) {
            scene_board_rect(pen, &b, -0.2, 0.86 * h, 0.2, 0.9 * h, rgb(0.05, 0.05, 0.05));
            scene_board_rect(pen, &b, -0.12, 0.6 * h, 0.12, 0.76 * h, rgb(0.15, 0.15, 0.16));
        } else if (scene_pen_chance(pen, 0.5)) /* somebody has sprayed on it */
            for (int i = 0; i < 5; i++) {
                double y1 = h * scene_pen_in(pen, 0.3, 0.75), x1 = scene_pen_in(pen, -0.3, 0.3);
                double y0 = h * scene_pen_in(pen, 0.3, 0.75), x0 = scene_pen_in(pen, -0.3, 0.3);
                scene_board_stroke(pen, &b, x0, y0, x1, y1, 0.04, rgb(0.7, 0.2, 0.5));
            }
    }
    scene_pen_flush(pen);
    scene_pen_box(pen, 0, 0, h - 0.05, half_f + 0.02, half_l + 0.02, 0.05, rgb_scale(body, 0.9));
}

void scene_make_mailbox(struct scene_pen *pen) {
    static const struct rgb posts[] = {{0.95, 0.77, 0.10}, {0.78, 0.12, 0.12}, {0.14, 0.28, 0.58}};
    static const struct rgb greys[] = {{0.58, 0.59, 0.56}, {0.45, 0.49, 0.44}, {0.70, 0.69, 0.64}};
    struct rgb colour = posts[pen->place / 16 % 3]; /* the country's */
    double kind = weir_random_unit(&pen->random);
    if (kind < 0.35)
        pillar(pen, scene_pen_vary(pen, colour, 0.08));
    else if (kind < 0.7)
        cabinet(pen, scene_pen_vary(pen, colour, 0.08), true);
    else
        cabinet(pen, scene_pen_vary(pen, scene_pen_pick(pen, greys, 3), 0.08), false);
}

/* Rubble or boards that look over the rim. */
static void heap(struct scene_pen *pen, double half_f, double half_l, double rim, double top) {
    static const struct rgb stuff[] = {{0.62, 0.58, 0.52},
                                       {0.55, 0.38, 0.24},
                                       {0.72, 0.70, 0.66},
                                       {0.48, 0.26, 0.20},
                                       {0.35, 0.35, 0.36}};
    for (int i = 0; i < 34; i++) {
        double f = scene_pen_in(pen, -0.85, 0.85), l = scene_pen_in(pen, -0.8, 0.8);
        double u = rim + (top - rim) * (1 - f * f) * (1 - l * l) * scene_pen_in(pen, 0, 0.7);
        double turn = scene_pen_in(pen, 0, M_PI), size = scene_pen_in(pen, 0.06, 0.2);
        struct vec3 a = vec3(cos(turn), sin(turn), 0), b = vec3(-sin(turn), cos(turn), 0);
        scene_pen_crate(pen, scene_pen_at(pen, f * half_f, l * half_l, u), vec3_scale(a, size),
                        vec3_scale(b, 0.6 * size), vec3(0, 0, 0.3 * size),
                        scene_pen_vary(pen, scene_pen_pick(pen, stuff, 5), 0.15));
    }
}

void scene_make_skip(struct scene_pen *pen) {
    static const struct rgb colours[] = {{0.90, 0.66, 0.12}, {0.16, 0.34, 0.58},
                                         {0.62, 0.22, 0.14}, {0.26, 0.42, 0.28},
                                         {0.42, 0.43, 0.44}, {0.86, 0.42, 0.10}};
    double h = pen->height_m, rim = 0.9 * h, foot = scene_pen_in(pen, 1.15, 1.35),
           top = scene_pen_in(pen, 1.65, 1.9), half = 0.85;
    struct rgb body = scene_pen_vary(pen, scene_pen_pick(pen, colours, 6), 0.12),
               dark = rgb_scale(body, 0.45);
    /* inside first, then what is in it, then the outer sides that are seen */
    for (int pass = 0; pass < 2; pass++) {
        for (int i = -1; i <= 1; i += 2) {
            struct vec3 end[4] = {
                scene_pen_at(pen, foot * i, -half, 0.08), scene_pen_at(pen, foot * i, half, 0.08),
                scene_pen_at(pen, top * i, half, rim), scene_pen_at(pen, top * i, -half, rim)};
            struct vec3 side[4] = {
                scene_pen_at(pen, -foot, half * i, 0.08), scene_pen_at(pen, foot, half * i, 0.08),
                scene_pen_at(pen, top, half * i, rim), scene_pen_at(pen, -top, half * i, rim)};
            struct vec3 out_end = vec3_unit(scene_pose_direction(&pen->pose, i, 0, -0.4)),
                        out_side = scene_pose_direction(&pen->pose, 0, i, 0);
            if (pen->brush->shadow || scene_brush_faces(pen->brush, end[0], out_end) == pass)
                scene_pen_face(pen, end, 4, pass ? rgb_scale(body, 0.94) : dark);
            if (pen->brush->shadow || scene_brush_faces(pen->brush, side[0], out_side) == pass)
                scene_pen_face(pen, side, 4, pass ? body : dark);
            if (pass && scene_brush_faces(pen->brush, side[0], out_side) && !pen->brush->shadow) {
                scene_pen_flush(pen);
                for (int k = -1; k <= 1; k++) { /* ribs */
                    double f = 0.7 * foot * k;
                    struct vec3 rib[4] = {scene_pen_at(pen, f - 0.05, (half + 0.02) * i, 0.12),
                                          scene_pen_at(pen, f + 0.05, (half + 0.02) * i, 0.12),
                                          scene_pen_at(pen, f + 0.05, (half + 0.02) * i, rim),
                                          scene_pen_at(pen, f - 0.05, (half + 0.02) * i, rim)};
                    scene_pen_face(pen, rib, 4, rgb_scale(body, 0.8));
                }
            }
        }
        scene_pen_flush(pen);
        if (pass)
            break;
        struct vec3 fill[4] = {
            scene_pen_at(pen, -1.45, -half, rim - 0.2), scene_pen_at(pen, 1.45, -half, rim - 0.2),
            scene_pen_at(pen, 1.45, half, rim - 0.2), scene_pen_at(pen, -1.45, half, rim - 0.2)};
        scene_pen_face(pen, fill, 4, rgb(0.35, 0.32, 0.29));
        scene_pen_flush(pen);
        if (scene_pen_chance(pen, 0.8))
            heap(pen, 1.4, half - 0.12, rim - 0.12, h + 0.3);
        scene_pen_flush(pen);
    }
    for (int i = -1; i <= 1; i += 2) { /* the rim and the lugs it is lifted by */
        scene_pen_bar(pen, scene_pen_at(pen, -top, half * i, rim), 0.04,
                      scene_pen_at(pen, top, half * i, rim), 0.04, rgb_scale(body, 1.1));
        scene_pen_bar(pen, scene_pen_at(pen, top * i, -half, rim), 0.04,
                      scene_pen_at(pen, top * i, half, rim), 0.04, rgb_scale(body, 1.1));
    }
}

void scene_make_post(struct scene_pen *pen) {
    double h = pen->height_m, arm = fmin(0.12 * h, 0.9), girth = fmin(0.5 + 0.08 * h, 1);
    bool timber = scene_pen_chance(pen, 0.6);
    struct rgb body = timber ? scene_pen_vary(pen, rgb(0.38, 0.29, 0.21), 0.2)
                             : scene_pen_vary(pen, rgb(0.52, 0.54, 0.55), 0.2);
    scene_pen_drum(pen, 0, 0, 0, (timber ? 0.14 : 0.09) * girth, h - 0.02,
                   (timber ? 0.10 : 0.07) * girth, body);
    scene_pen_flush(pen);
    if (h > 4) { /* cross-arms with insulators */
        int arms = 1 + weir_random_below(&pen->random, 2);
        for (int i = 0; i < arms; i++) {
            double u = h - 0.45 - 0.7 * i;
            scene_pen_box(pen, 0.1, 0, u, 0.05, arm, 0.1, rgb_scale(body, 0.85));
            for (int k = 0; k < 4; k++) {
                double l = arm * (-0.9 + 0.6 * k);
                scene_pen_drum(pen, 0.1, l, u + 0.1, 0.04, u + 0.24, 0.03, rgb(0.75, 0.78, 0.76));
            }
        }
        if (scene_pen_chance(pen, 0.4))
            scene_pen_drum(pen, 0.28, 0, h - 2.1, 0.19, h - 1.4, 0.19, rgb(0.55, 0.57, 0.58));
    }
    if (scene_pen_chance(pen, 0.7)) {
        double u = fmin(1.2, 0.4 * h);
        scene_pen_box(pen, 0.2, 0, u, 0.1, 0.16, 0.5, rgb(0.60, 0.62, 0.60));
        scene_pen_wire(pen, scene_pen_at(pen, 0.13, 0, u + 0.5), scene_pen_at(pen, 0.1, 0, 0.8 * h),
                       0.03, rgb(0.15, 0.15, 0.15));
    }
    if (scene_pen_chance(pen, 0.5)) { /* notices of lost cats */
        struct scene_board b = scene_board_of(pen, 0.15, 0, fmin(1.7, 0.6 * h));
        scene_board_rect(pen, &b, -0.1, -0.15, 0.1, 0.15, rgb(0.92, 0.91, 0.86));
    }
}

/* One row says what a fence is made of. */
void scene_make_fence(struct scene_pen *pen) {
    enum { PICKETS, IRON, MESH, BOARDS, RAIL, WALL, FENCES };
    int kind = weir_random_below(&pen->random, FENCES);
    double h = pen->height_m, half = pen->prop->length_m / 2;
    struct rgb timber = scene_pen_vary(pen, rgb(0.52, 0.40, 0.28), 0.2),
               white = scene_pen_vary(pen, rgb(0.88, 0.87, 0.84), 0.05),
               iron = scene_pen_vary(pen, rgb(0.16, 0.18, 0.18), 0.2),
               zinc = scene_pen_vary(pen, rgb(0.58, 0.60, 0.60), 0.1);
    struct rgb body = kind == PICKETS  ? scene_pen_chance(pen, 0.5) ? white : timber
                      : kind == IRON   ? iron
                      : kind == BOARDS ? timber
                                       : zinc;
    if (kind == WALL) {
        struct rgb brick =
            scene_pen_chance(pen, 0.5) ? rgb(0.52, 0.27, 0.20) : rgb(0.66, 0.63, 0.58);
        brick = scene_pen_vary(pen, brick, 0.1);
        int n = (int)fmax(2 * half / 1.5, 1);
        for (int i = 0; i < n; i++)
            scene_pen_box(pen, half * ((2 * i + 1.0) / n - 1), 0, 0, half / n + 0.005, 0.08,
                          0.9 * h, scene_pen_vary(pen, brick, 0.05));
        scene_pen_flush(pen);
        scene_pen_box(pen, 0, 0, 0.9 * h, half, 0.11, 0.1 * h, rgb_mix(brick, zinc, 0.7));
        return;
    }
    int posts = (int)fmax(2 * half / 2.2, 1);
    for (int i = 0; i <= posts; i++) {
        double f = half * (2.0 * i / posts - 1);
        f += f > 0 ? -0.05 : 0.05;
        scene_pen_box(pen, f, 0, 0, 0.045, 0.045, h, rgb_scale(body, 0.88));
    }
    static const double rails[FENCES][2] = {
        {0.3, 0.75}, {0.12, 0.9}, {0.05, 0.97}, {0.3, 0.8}, {0.45, 0.85}};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < posts; k++)
            scene_pen_bar(
                pen, scene_pen_at(pen, half * (2.0 * k / posts - 1), 0, rails[kind][i] * h), 0.025,
                scene_pen_at(pen, half * (2.0 * (k + 1) / posts - 1), 0, rails[kind][i] * h), 0.025,
                body);
    scene_pen_flush(pen);
    double step = kind == PICKETS ? 0.16 : kind == IRON ? 0.13 : kind == BOARDS ? 0.145 : 0.10;
    int n = kind == RAIL ? 0 : (int)(2 * half / step);
    struct vec3 d = vec3_sub(pen->view, pen->pose.at);
    double side = vec3_dot(d, pen->pose.left) > 0 ? 0.045 : -0.045;
    for (int i = 0; i < n; i++) {
        double f = -half + (i + 0.5) * 2 * half / n, top = h * (kind == IRON ? 1.0 : 0.97);
        if (kind == IRON)
            scene_pen_wire(pen, scene_pen_at(pen, f, 0, 0.06), scene_pen_at(pen, f, 0, top), 0.022,
                           body);
        else if (kind == MESH) {
            double lean = 0.5 * h;
            struct vec3 a = scene_pen_at(pen, f, 0, 0.05);
            scene_pen_wire(pen, a, scene_pen_at(pen, fmin(f + lean, half), 0, 0.95 * h), 0.006,
                           body);
            scene_pen_wire(pen, a, scene_pen_at(pen, fmax(f - lean, -half), 0, 0.95 * h), 0.006,
                           body);
        } else {
            double wide = kind == BOARDS ? 0.07 : 0.045, tip = kind == PICKETS ? 0.06 : 0;
            struct vec3 p[5] = {
                scene_pen_at(pen, f - wide, side, 0.05), scene_pen_at(pen, f + wide, side, 0.05),
                scene_pen_at(pen, f + wide, side, top - tip), scene_pen_at(pen, f, side, top),
                scene_pen_at(pen, f - wide, side, top - tip)};
            scene_pen_face(pen, p, 5, scene_pen_vary(pen, body, 0.07));
        }
    }
}
