/* Traffic signs on poles: a table of plates, each drawn on a board. */
#include "prop.h"

static const struct rgb white = {0.93, 0.93, 0.91}, red = {0.80, 0.10, 0.12},
                        blue = {0.10, 0.32, 0.70}, black = {0.10, 0.10, 0.11},
                        yellow = {0.95, 0.78, 0.12}, green = {0.08, 0.42, 0.26};

typedef void plate(struct scene_pen *pen, const struct scene_board *b, double r);

/* A person of two strokes and a head, h high, standing on y. */
static void walker(struct scene_pen *pen, const struct scene_board *b, double y, double h,
                   struct rgb rgb) {
    scene_board_round(pen, b, 0, y + 0.88 * h, 0.11 * h, 0.11 * h, 0, rgb);
    const double trunk[] = {-0.12 * h, y + 0.42 * h, 0.10 * h,  y + 0.42 * h,
                            0.14 * h,  y + 0.74 * h, -0.10 * h, y + 0.74 * h};
    scene_board_shape(pen, b, trunk, 4, rgb);
    scene_board_stroke(pen, b, 0.04 * h, y + 0.45 * h, 0.2 * h, y, 0.1 * h, rgb);
    scene_board_stroke(pen, b, -0.06 * h, y + 0.45 * h, -0.18 * h, y, 0.1 * h, rgb);
    scene_board_stroke(pen, b, 0.1 * h, y + 0.7 * h, 0.27 * h, y + 0.45 * h, 0.08 * h, rgb);
    scene_board_stroke(pen, b, -0.08 * h, y + 0.7 * h, -0.25 * h, y + 0.48 * h, 0.08 * h, rgb);
}

/* A car from the side, 2 w wide. */
static void car(struct scene_pen *pen, const struct scene_board *b, double x, double y, double w,
                struct rgb rgb) {
    const double body[] = {x - w,        y + 0.15 * w, x + w,        y + 0.15 * w,
                           x + w,        y + 0.5 * w,  x + 0.6 * w,  y + 0.55 * w,
                           x + 0.35 * w, y + 0.9 * w,  x - 0.45 * w, y + 0.9 * w,
                           x - 0.7 * w,  y + 0.55 * w, x - w,        y + 0.5 * w};
    scene_board_shape(pen, b, body, 8, rgb);
    scene_board_round(pen, b, x - 0.55 * w, y + 0.15 * w, 0.2 * w, 0.2 * w, 0, rgb);
    scene_board_round(pen, b, x + 0.55 * w, y + 0.15 * w, 0.2 * w, 0.2 * w, 0, rgb);
}

static void disc(struct scene_pen *pen, const struct scene_board *b, double r, struct rgb rgb) {
    scene_board_round(pen, b, 0, 0, r, r, 0, rgb);
}

static void digit_bars(struct scene_pen *pen, const struct scene_board *b, double r) {
    int first = 3 + weir_random_below(&pen->random, 3);
    double w = 0.12 * r, x = -0.33 * r;
    scene_board_stroke(pen, b, x - 0.2 * r, 0.4 * r, x + 0.2 * r, 0.4 * r, w, black);
    scene_board_stroke(pen, b, x - 0.18 * r, 0, x + 0.2 * r, 0, w, black);
    scene_board_stroke(pen, b, x - 0.2 * r, -0.4 * r, x + 0.2 * r, -0.4 * r, w, black);
    scene_board_stroke(pen, b, x + 0.2 * r, first == 5 ? 0 : 0.4 * r, x + 0.2 * r, -0.4 * r, w,
                       black);
    if (first != 3)
        scene_board_stroke(pen, b, x - 0.2 * r, 0.4 * r, x - 0.2 * r, 0, w, black);
    scene_board_round(pen, b, 0.36 * r, 0, 0.26 * r, 0.46 * r, 0, black);
    scene_board_round(pen, b, 0.36 * r, 0, 0.14 * r, 0.34 * r, 0, white);
}

static void limit(struct scene_pen *pen, const struct scene_board *b, double r) {
    disc(pen, b, r, red);
    disc(pen, b, 0.78 * r, white);
    digit_bars(pen, b, r);
}

static void closed(struct scene_pen *pen, const struct scene_board *b, double r) {
    disc(pen, b, r, red);
    if (scene_pen_chance(pen, 0.5)) {
        scene_board_rect(pen, b, -0.7 * r, -0.17 * r, 0.7 * r, 0.17 * r, white);
        return;
    }
    disc(pen, b, 0.78 * r, white);
    if (scene_pen_chance(pen, 0.6))
        car(pen, b, 0, -0.3 * r, 0.5 * r, black);
}

static void no_parking(struct scene_pen *pen, const struct scene_board *b, double r) {
    disc(pen, b, r, red);
    disc(pen, b, 0.82 * r, blue);
    scene_board_stroke(pen, b, -0.6 * r, 0.6 * r, 0.6 * r, -0.6 * r, 0.18 * r, red);
    if (scene_pen_chance(pen, 0.4))
        scene_board_stroke(pen, b, -0.6 * r, -0.6 * r, 0.6 * r, 0.6 * r, 0.18 * r, red);
}

static void triangle(struct scene_pen *pen, const struct scene_board *b, double r) {
    scene_board_round(pen, b, 0, -0.2 * r, 1.2 * r, 1.2 * r, 3, red);
    scene_board_round(pen, b, 0, -0.2 * r, 0.85 * r, 0.85 * r, 3, white);
    if (scene_pen_chance(pen, 0.5))
        walker(pen, b, -0.52 * r, 0.78 * r, black);
    else
        scene_board_stroke(pen, b, 0, -0.5 * r, 0, 0.2 * r, 0.18 * r, black);
}

static void yield(struct scene_pen *pen, const struct scene_board *b, double r) {
    for (int i = 0; i < 2; i++) {
        double k = i ? 0.68 : 1;
        const double xy[] = {
            -1.1 * r * k,       0.75 * r * k + 0.02, 1.1 * r * k, 0.75 * r * k + 0.02, 0,
            -1.0 * r * k + 0.02};
        scene_board_shape(pen, b, xy, 3, i ? white : red);
    }
}

static void stop(struct scene_pen *pen, const struct scene_board *b, double r) {
    scene_board_round(pen, b, 0, 0, 1.08 * r, 1.08 * r, 8, white);
    scene_board_round(pen, b, 0, 0, r, r, 8, red);
    for (int i = 0; i < 4; i++) {
        double x = (-0.63 + 0.36 * i) * r;
        scene_board_rect(pen, b, x, -0.25 * r, x + 0.2 * r, 0.25 * r, white);
        if (i > 1)
            scene_board_rect(pen, b, x + 0.07 * r, -0.12 * r, x + 0.14 * r, 0.14 * r, red);
    }
}

static void order(struct scene_pen *pen, const struct scene_board *b, double r) {
    disc(pen, b, r, white);
    disc(pen, b, 0.94 * r, blue);
    if (scene_pen_chance(pen, 0.5)) {
        walker(pen, b, -0.65 * r, 1.3 * r, white);
        return;
    }
    scene_board_stroke(pen, b, 0, -0.6 * r, 0, 0.3 * r, 0.2 * r, white);
    const double head[] = {-0.4 * r, 0.1 * r, 0.4 * r, 0.1 * r, 0, 0.68 * r};
    scene_board_shape(pen, b, head, 3, white);
}

static void priority(struct scene_pen *pen, const struct scene_board *b, double r) {
    for (int i = 0; i < 2; i++) {
        double k = (i ? 0.7 : 1.05) * r;
        const double xy[] = {0, -k, k, 0, 0, k, -k, 0};
        scene_board_shape(pen, b, xy, 4, i ? yellow : white);
    }
}

static void zebra(struct scene_pen *pen, const struct scene_board *b, double r) {
    scene_board_rect(pen, b, -r, -r, r, r, blue);
    scene_board_round(pen, b, 0, -0.2 * r, r, r, 3, white);
    walker(pen, b, -0.6 * r, 0.95 * r, black);
}

static void parking(struct scene_pen *pen, const struct scene_board *b, double r) {
    scene_board_rect(pen, b, -0.95 * r, -r, 0.95 * r, r, white);
    scene_board_rect(pen, b, -0.88 * r, -0.93 * r, 0.88 * r, 0.93 * r, blue);
    scene_board_stroke(pen, b, -0.25 * r, -0.7 * r, -0.25 * r, 0.6 * r, 0.2 * r, white);
    scene_board_round(pen, b, 0.05 * r, 0.28 * r, 0.42 * r, 0.4 * r, 0, white);
    scene_board_round(pen, b, 0.05 * r, 0.28 * r, 0.2 * r, 0.18 * r, 0, blue);
}

static void bus(struct scene_pen *pen, const struct scene_board *b, double r) {
    disc(pen, b, r, yellow);
    disc(pen, b, 0.9 * r, green);
    disc(pen, b, 0.74 * r, yellow);
    scene_board_stroke(pen, b, -0.25 * r, -0.42 * r, -0.25 * r, 0.42 * r, 0.18 * r, green);
    scene_board_stroke(pen, b, 0.25 * r, -0.42 * r, 0.25 * r, 0.42 * r, 0.18 * r, green);
    scene_board_stroke(pen, b, -0.25 * r, 0, 0.25 * r, 0, 0.16 * r, green);
}

/* Arrows to places: a town's name is a few bars from afar. */
static void directions(struct scene_pen *pen, const struct scene_board *b, double r) {
    static const struct rgb grounds[] = {
        {0.93, 0.93, 0.91}, {0.95, 0.78, 0.12}, {0.10, 0.32, 0.70}, {0.10, 0.45, 0.28}};
    struct rgb ground = scene_pen_pick(pen, grounds, 4), ink = ground.r > 0.5 ? black : white;
    int n = 1 + weir_random_below(&pen->random, 3);
    for (int i = 0; i < n; i++) {
        double y = r - 0.30 * (i + 0.5), side = scene_pen_chance(pen, 0.5) ? 1 : -1;
        const double arm[] = {-0.55 * side, y - 0.125, 0.58 * side,  y - 0.125, 0.75 * side, y,
                              0.58 * side,  y + 0.125, -0.55 * side, y + 0.125};
        const double in[] = {-0.53 * side, y - 0.105, 0.57 * side,  y - 0.105, 0.72 * side, y,
                             0.57 * side,  y + 0.105, -0.53 * side, y + 0.105};
        scene_board_shape(pen, b, arm, 5, ink);
        scene_board_shape(pen, b, in, 5, ground);
        double x = -0.42;
        for (int k = 0; k < 6; k++) {
            double wide = scene_pen_in(pen, 0.05, 0.11);
            scene_board_rect(pen, b, x, y - 0.05, x + wide, y + scene_pen_in(pen, 0.02, 0.06), ink);
            x += wide + 0.04;
        }
    }
}

static plate *const plates[] = {limit, closed,   no_parking, triangle, yield,      stop,
                                order, priority, zebra,      parking,  directions, bus};

void scene_make_sign(struct scene_pen *pen) {
    double h = pen->height_m, r = h > 2.9 ? 0.38 : 0.32;
    struct rgb pole = scene_pen_vary(pen, rgb(0.58, 0.60, 0.61), 0.15);
    int kind = weir_random_below(&pen->random, (int)(sizeof plates / sizeof *plates));
    double top = h - 0.02, y = top - 1.15 * r;
    scene_pen_drum(pen, -0.05, 0, 0, 0.035, top, 0.035, pole);
    if (plates[kind] == directions)
        scene_pen_drum(pen, -0.05, 0.6, 0, 0.035, top, 0.035, pole);
    int boards = plates[kind] != directions && h > 2.3 && scene_pen_chance(pen, 0.3) ? 2 : 1;
    for (int i = 0; i < boards; i++) {
        double u = y - i * 2.25 * r;
        struct scene_board front = scene_board_of(pen, 0.01, 0, u);
        plate *own = i == 0 ? plates[kind] : plates[weir_random_below(&pen->random, 10)];
        scene_pen_group(pen, front.at);
        if (scene_board_seen(pen, &front) || pen->brush->shadow) {
            own(pen, &front, r);
        } else { /* bare metal behind */
            bool wide = own == directions, square = own == parking || own == zebra;
            struct rgb grey = rgb(0.50, 0.52, 0.53);
            if (wide || square)
                scene_board_rect(pen, &front, wide ? -0.6 : -r, wide ? r - 0.6 : -r, wide ? 0.6 : r,
                                 r, grey);
            else
                scene_board_round(pen, &front, 0, own == triangle ? -0.2 * r : 0, 1.1 * r, 1.1 * r,
                                  own == triangle ? 3
                                  : own == stop   ? 8
                                                  : 0,
                                  grey);
            scene_pen_bar(pen, scene_pen_at(pen, -0.05, 0, u - r), 0.035,
                          scene_pen_at(pen, -0.05, 0, u + r), 0.035, pole);
        }
        scene_pen_ungroup(pen);
    }
    if (boards == 1 && h > 2.2 && scene_pen_chance(pen, 0.3) && plates[kind] != directions) {
        struct scene_board note = scene_board_of(pen, 0.01, 0, y - 1.55 * r);
        scene_pen_group(pen, note.at);
        scene_board_rect(pen, &note, -0.85 * r, -0.3 * r, 0.85 * r, 0.3 * r, white);
        scene_board_rect(pen, &note, -0.6 * r, 0.02, 0.6 * r, 0.06, black);
        scene_board_rect(pen, &note, -0.6 * r, -0.05, 0.3 * r, -0.02, black);
        scene_pen_ungroup(pen);
    }
}
