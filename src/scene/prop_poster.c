/*
 * Advertisements and what carries them: hoardings, street cases at the height of a
 * person, round columns. Some posters show a person or a car, flat and unlabelled.
 */
#include "prop.h"

static const struct rgb bright[] = {{0.86, 0.20, 0.20}, {0.95, 0.76, 0.18}, {0.15, 0.45, 0.78},
                                    {0.20, 0.58, 0.38}, {0.93, 0.92, 0.88}, {0.18, 0.20, 0.28},
                                    {0.90, 0.50, 0.20}, {0.55, 0.28, 0.60}, {0.40, 0.75, 0.80},
                                    {0.93, 0.62, 0.68}};
enum { BRIGHT = sizeof bright / sizeof *bright };
static const struct rgb skins[] = {
    {0.91, 0.72, 0.60}, {0.80, 0.58, 0.45}, {0.58, 0.39, 0.28}, {0.38, 0.26, 0.20}};

/* A drawing surface: a board and how bright it is printed. */
struct page {
    struct scene_pen *pen;
    const struct scene_board *b;
    double w, h; /* half sizes */
};

static struct rgb any(struct page *g) {
    return scene_pen_pick(g->pen, bright, BRIGHT);
}

/* x0 … y1 in -1 … 1 */
static void rect(struct page *g, double x0, double y0, double x1, double y1, struct rgb rgb) {
    scene_board_rect(g->pen, g->b, x0 * g->w, y0 * g->h, x1 * g->w, y1 * g->h, rgb);
}

static void lines(struct page *g, double x0, double x1, double y, double size, int n,
                  struct rgb rgb) {
    for (int i = 0; i < n; i++) {
        double at = x0;
        while (at < x1 - 0.05) {
            double wide = scene_pen_in(g->pen, 0.05, 0.22);
            rect(g, at, y - size, fmin(at + wide, x1), y, rgb);
            at += wide + 0.05;
        }
        y -= 1.8 * size;
    }
}

/* A person, full length: feet at y, tall metres high, around x (metres). */
static void person(struct page *g, double x, double y, double tall) {
    struct scene_pen *pen = g->pen;
    const struct scene_board *b = g->b;
    double t = tall / 8; /* a head */
    struct rgb skin = scene_pen_pick(pen, skins, 4), top = any(g), legs = any(g),
               hair = rgb(0.22, 0.15, 0.10);
    bool skirt = scene_pen_chance(pen, 0.4);
    double stride = scene_pen_in(pen, 0.3, 1.1) * t;
    struct rgb calf = skirt ? skin : legs;
    scene_board_stroke(pen, b, x - 0.35 * t, y + 4 * t, x - stride, y + 0.1 * t, 0.8 * t, calf);
    scene_board_stroke(pen, b, x + 0.35 * t, y + 4 * t, x + stride, y + 0.1 * t, 0.8 * t, calf);
    scene_board_stroke(pen, b, x - 0.8 * t, y + 6.3 * t, x - 1.5 * t, y + 4 * t, 0.55 * t, top);
    scene_board_stroke(pen, b, x + 0.8 * t, y + 6.3 * t, x + 1.5 * t, y + 4.2 * t, 0.55 * t, top);
    const double coat[] = {x - 0.8 * t,  y + 3.9 * t, x + 0.8 * t,  y + 3.9 * t,
                           x + 1.05 * t, y + 6.5 * t, x + 0.4 * t,  y + 6.9 * t,
                           x - 0.4 * t,  y + 6.9 * t, x - 1.05 * t, y + 6.5 * t};
    if (skirt) {
        const double hem[] = {x - 1.2 * t, y + 2.4 * t, x + 1.2 * t, y + 2.4 * t,
                              x + 0.7 * t, y + 4.3 * t, x - 0.7 * t, y + 4.3 * t};
        scene_board_shape(pen, b, hem, 4, legs);
    }
    scene_board_shape(pen, b, coat, 6, top);
    scene_board_round(pen, b, x, y + 7.55 * t, 0.52 * t, 0.6 * t, 0, hair);
    scene_board_round(pen, b, x + 0.06 * t, y + 7.35 * t, 0.40 * t, 0.52 * t, 0, skin);
}

static void figure(struct page *g) {
    rect(g, -1, -0.45, 1, 1, any(g));
    rect(g, -1, -1, 1, -0.45, any(g));
    bool wide = g->w > 1.2 * g->h;
    double tall = (wide ? 1.85 : 1.65) * g->h;
    person(g, wide ? scene_pen_in(g->pen, -0.5, 0.1) * g->w : 0, -0.95 * g->h,
           fmin(tall, wide ? tall : 3.4 * g->w));
    if (wide) {
        if (scene_pen_chance(g->pen, 0.4))
            person(g, 0.35 * g->w, -0.95 * g->h, 0.9 * tall);
        lines(g, 0.3, 0.9, 0.75, 0.1, 3, rgb(0.95, 0.95, 0.93));
    } else
        lines(g, -0.8, 0.8, 0.95, 0.05, 1, rgb(0.95, 0.95, 0.93));
}

/* A face that fills the page. */
static void face(struct page *g) {
    rect(g, -1, -1, 1, 1, any(g));
    struct rgb skin = scene_pen_pick(g->pen, skins, 4);
    double r = 0.55 * fmin(g->w, g->h), x = g->w > 1.3 * g->h ? -0.4 * g->w : 0, y = 0.1 * g->h;
    struct rgb hair = rgb_scale(skin, 0.35);
    struct scene_pen *pen = g->pen;
    const double shoulders[] = {x - 1.5 * r, -g->h,        x + 1.5 * r, -g->h,
                                x + 1.2 * r, y - 1.05 * r, x - 1.2 * r, y - 1.05 * r};
    scene_board_round(pen, g->b, x, y + 0.2 * r, 0.95 * r, 1.05 * r, 0, hair);
    scene_board_rect(pen, g->b, x - 0.3 * r, y - 1.2 * r, x + 0.3 * r, y - 0.4 * r,
                     rgb_scale(skin, 0.8));
    if (y - 1.05 * r > -g->h)
        scene_board_shape(pen, g->b, shoulders, 4, any(g));
    scene_board_round(pen, g->b, x, y, 0.72 * r, 0.95 * r, 0, skin);
    for (int i = -1; i <= 1; i += 2)
        scene_board_round(pen, g->b, x + 0.28 * i * r, y + 0.15 * r, 0.1 * r, 0.07 * r, 0,
                          rgb(0.1, 0.1, 0.1));
    scene_board_round(pen, g->b, x, y - 0.45 * r, 0.25 * r, 0.07 * r, 0, rgb(0.72, 0.25, 0.25));
    lines(g, 0.2, 0.92, -0.6, 0.08, 2, rgb(0.95, 0.95, 0.93));
}

static void car(struct page *g) {
    struct rgb sky = rgb(0.62, 0.76, 0.88), paint = any(g), glass = rgb(0.16, 0.20, 0.25);
    rect(g, -1, -1, 1, 1, sky);
    rect(g, -1, -1, 1, -0.35, rgb(0.42, 0.42, 0.44));
    double w = 0.8 * fmin(g->w, 1.9 * g->h), y = -0.55 * g->h;
    const double body[] = {-w,        y,
                           w,         y,
                           w,         y + 0.28 * w,
                           0.62 * w,  y + 0.34 * w,
                           0.35 * w,  y + 0.62 * w,
                           -0.45 * w, y + 0.62 * w,
                           -0.75 * w, y + 0.34 * w,
                           -w,        y + 0.30 * w};
    const double pane[] = {0.5 * w,  y + 0.35 * w, 0.3 * w,  y + 0.56 * w,
                           -0.4 * w, y + 0.56 * w, -0.6 * w, y + 0.35 * w};
    scene_board_shape(g->pen, g->b, body, 8, paint);
    scene_board_shape(g->pen, g->b, pane, 4, glass);
    for (int i = -1; i <= 1; i += 2) {
        scene_board_round(g->pen, g->b, 0.6 * i * w, y, 0.19 * w, 0.19 * w, 0,
                          rgb(0.08, 0.08, 0.08));
        scene_board_round(g->pen, g->b, 0.6 * i * w, y, 0.10 * w, 0.10 * w, 0, rgb(0.7, 0.7, 0.72));
    }
    lines(g, -0.85, 0.4, 0.85, 0.12, 1, rgb(0.15, 0.15, 0.2));
}

static void letters(struct page *g) {
    struct rgb ground = any(g), ink = ground.g > 0.5 ? rgb(0.12, 0.12, 0.15) : rgb(0.95, 0.95, 0.9);
    rect(g, -1, -1, 1, 1, ground);
    if (scene_pen_chance(g->pen, 0.5))
        rect(g, -1, -1, 1, -0.4, any(g));
    lines(g, -0.8, 0.8, 0.8, 0.2, 2, ink);
    lines(g, -0.8, 0.6, -0.1, 0.07, 5, ink);
}

/* Something good: a bottle or a fruit before a bright ground. */
static void goods(struct page *g) {
    struct rgb ground = any(g), ware = any(g);
    rect(g, -1, -1, 1, 1, ground);
    double r = 0.5 * fmin(g->w, g->h);
    scene_board_round(g->pen, g->b, 0, 0, 1.6 * r, 1.6 * r, 0, rgb_mix(ground, rgb(1, 1, 1), 0.4));
    if (scene_pen_chance(g->pen, 0.5)) {
        const double bottle[] = {-0.45 * r, -1.5 * r, 0.45 * r,  -1.5 * r, 0.45 * r,  0.3 * r,
                                 0.16 * r,  0.8 * r,  0.16 * r,  1.5 * r,  -0.16 * r, 1.5 * r,
                                 -0.16 * r, 0.8 * r,  -0.45 * r, 0.3 * r};
        scene_board_shape(g->pen, g->b, bottle, 8, ware);
        scene_board_rect(g->pen, g->b, -0.45 * r, -0.9 * r, 0.45 * r, -0.1 * r,
                         rgb(0.94, 0.93, 0.88));
    } else {
        scene_board_round(g->pen, g->b, 0, -0.2 * r, r, 0.95 * r, 0, ware);
        scene_board_round(g->pen, g->b, -0.3 * r, 0.1 * r, 0.25 * r, 0.2 * r, 0,
                          rgb_mix(ware, rgb(1, 1, 1), 0.6));
    }
    lines(g, -0.9, 0.9, -0.82, 0.06, 1, rgb(0.12, 0.12, 0.15));
}

void scene_board_poster(struct scene_pen *pen, const struct scene_board *board, double w,
                        double h) {
    static void (*const pages[])(struct page *) = {figure, figure, car, face, letters, goods};
    struct page page = {pen, board, w, h};
    pages[weir_random_below(&pen->random, (int)(sizeof pages / sizeof *pages))](&page);
}

/* A framed poster on one side of a case; nothing where it is not seen. */
static void framed(struct scene_pen *pen, struct scene_board board, double w, double h) {
    board.shines = scene_pen_lit(pen);
    if (!scene_board_seen(pen, &board) || pen->brush->shadow)
        return;
    scene_pen_group(pen, board.at);
    scene_board_poster(pen, &board, w, h);
    scene_pen_ungroup(pen);
    if (board.shines)
        scene_brush_glow(pen->brush, board.at, rgb(0.10, 0.10, 0.11), 1.6 * fmax(w, h));
}

/* Both sides of a thing thick metres deep, d its half depth. */
static void both(struct scene_pen *pen, double d, double u, double w, double h) {
    framed(pen, scene_board_of(pen, d, 0, u), w, h);
    framed(pen, scene_board_back(pen, -d, 0, u), w, h);
}

static void hoarding(struct scene_pen *pen) {
    double h = pen->height_m, w = 0.58 * h, low = 0.42 * h;
    struct rgb frame = scene_pen_vary(pen, rgb(0.30, 0.31, 0.33), 0.2);
    bool one = scene_pen_chance(pen, 0.4);
    if (one)
        scene_pen_drum(pen, 0, 0, 0, 0.16, low, 0.16, frame);
    for (int i = -1; i <= 1 && !one; i += 2)
        scene_pen_box(pen, 0, 0.7 * w * i, 0, 0.07, 0.07, low, frame);
    scene_pen_flush(pen);
    scene_pen_box(pen, 0, 0, low, 0.12, w, h - low, frame);
    scene_pen_flush(pen);
    both(pen, 0.125, 0.5 * (low + h), w - 0.08, 0.5 * (h - low) - 0.08);
    scene_pen_flush(pen);
    for (int i = -1; i <= 1; i++) { /* lamps on brackets */
        struct vec3 tip = scene_pen_at(pen, 0.6, 0.55 * w * i, h + 0.05);
        scene_pen_wire(pen, scene_pen_at(pen, 0.1, 0.55 * w * i, h), tip, 0.03, frame);
    }
}

static void street_case(struct scene_pen *pen) {
    double h = pen->height_m, w = fmin(0.30 * h, 0.68), low = 0.18 * h;
    struct rgb frame = scene_pen_vary(pen, rgb(0.26, 0.28, 0.29), 0.25);
    scene_pen_box(pen, 0, 0, 0, 0.10, 0.6 * w, low, rgb_scale(frame, 0.8));
    scene_pen_flush(pen);
    scene_pen_box(pen, 0, 0, low, 0.12, w, h - low, frame);
    scene_pen_flush(pen);
    both(pen, 0.125, 0.5 * (low + h), w - 0.07, 0.5 * (h - low) - 0.08);
}

/* A column with posters all around, under a cap. */
static void column(struct scene_pen *pen) {
    double h = pen->height_m, r = fmin(0.2 * h, 0.62);
    struct rgb stone = scene_pen_vary(pen, rgb(0.56, 0.56, 0.52), 0.2),
               roof = scene_pen_vary(pen, rgb(0.22, 0.36, 0.30), 0.2);
    scene_pen_drum(pen, 0, 0, 0, 1.1 * r, 0.12 * h, 1.1 * r, stone);
    scene_pen_flush(pen);
    scene_pen_drum(pen, 0, 0, 0.12 * h, r, 0.88 * h, r, rgb(0.75, 0.74, 0.68));
    scene_pen_flush(pen);
    struct scene_pose own = pen->pose;
    for (int i = 0; i < 7 && !pen->brush->shadow; i++) { /* sheets bent around: three strips each */
        struct rgb paper = scene_pen_pick(pen, bright, BRIGHT),
                   print = scene_pen_pick(pen, bright, BRIGHT);
        double a = 2 * M_PI * i / 7, low = scene_pen_in(pen, 0.14, 0.2) * h,
               high = scene_pen_in(pen, 0.6, 0.87) * h;
        for (int k = 0; k < 4; k++) {
            double t0 = a + 0.21 * k, t1 = t0 + 0.215, q = r + 0.01;
            struct vec3 m = scene_pen_at(pen, q * cos(t0 + 0.1), q * sin(t0 + 0.1), 1),
                        n = scene_pose_direction(&own, cos(t0 + 0.1), sin(t0 + 0.1), 0);
            if (!scene_brush_faces(pen->brush, m, n))
                continue;
            const double band[3][2] = {
                {low, high}, {low + 0.1 * h, low + 0.3 * h}, {high - 0.12 * h, high - 0.05 * h}};
            for (int s = 0; s < 3; s++) {
                struct vec3 p[4] = {scene_pen_at(pen, q * cos(t0), q * sin(t0), band[s][0]),
                                    scene_pen_at(pen, q * cos(t1), q * sin(t1), band[s][0]),
                                    scene_pen_at(pen, q * cos(t1), q * sin(t1), band[s][1]),
                                    scene_pen_at(pen, q * cos(t0), q * sin(t0), band[s][1])};
                if (s == 0 || (k > 0 && k < 3))
                    scene_pen_face(pen, p, 4, s ? print : paper);
            }
        }
    }
    scene_pen_flush(pen);
    scene_pen_drum(pen, 0, 0, 0.87 * h, 1.2 * r, 0.90 * h, 1.2 * r, roof);
    scene_pen_drum(pen, 0, 0, 0.90 * h, 1.2 * r, 0.97 * h, 0.3 * r, roof);
    scene_pen_ball(pen, scene_pen_at(pen, 0, 0, 0.975 * h), 0.02 * h, roof);
}

void scene_make_billboard(struct scene_pen *pen) {
    double h = pen->height_m, kind = weir_random_unit(&pen->random);
    if (h > 3.1)
        hoarding(pen);
    else if (kind < 0.7)
        street_case(pen);
    else
        column(pen);
}
