/*
 * Trucks: a cab over the engine, a dark frame with large wheels, and on it what
 * the truck is for. A row of the table is a trade; how its load is drawn is the
 * row's last word. Cab and load never overlap along f, so the one farther from
 * the camera is drawn first.
 */
#include "vehicle.h"

#include <math.h>

/* Corners of the cab's outline. */
enum { BACK, CAP, DEFLECTOR, SCREEN, NOSE, BUMPER };

#define MIRROR_M 0.14
#define FRAME_M 0.98 /* height of the frame's upper side on large trucks */

struct truck;

struct trade {
    double share, length, spread; /* metres */
    double height, load_half; /* the highest point; half the load's width */
    double cab_length, cab_height, cab_half, wheel, frame;
    int rear_axles;
    bool trailer; /* the load is behind a gap, on axles of its own */
    void (*load)(const struct scene_vehicle *v, const struct truck *t);
};

struct truck {
    struct trade trade;
    struct rgb cab, load, stripe;
    int pattern;
    uint64_t bits;
    double f0, f1; /* where the load lies */
};

static struct scene_skin dark(void) {
    return scene_matt(.075, .075, .08);
}

/* Loads. */

static struct scene_solid load_box(const struct truck *t, double from, double to) {
    return scene_kit_box(t->f0, t->f1, t->trade.load_half, from, to);
}

static void tail_lift(const struct scene_vehicle *v, const struct scene_solid *s) {
    struct scene_skin gap = scene_matt(.16, .16, .17);
    scene_kit_end_box(v, s, 0, -0.012, 0.012, 0.04, 0.96, gap);
    for (int side = -1; side <= 1; side += 2) {
        scene_kit_end_box(v, s, 0, side * 0.32 - 0.015, side * 0.32 + 0.015, 0.02, 0.98, gap);
        scene_kit_end_box(v, s, 0, side * 0.95 - 0.03, side * 0.95 + 0.03, 0, 1, gap);
    }
    scene_kit_end_box(v, s, 0, -0.95, 0.95, 0.0, 0.05, gap);
}

/* A firm's colours: stripes, a field, a badge with lines that read as its name. */
static void signwriting(const struct scene_vehicle *v, const struct truck *t,
                        const struct scene_solid *s) {
    double u0 = s->outline[0].y, h = s->outline[1].y - u0, l = t->f1 - t->f0, f = t->f0;
    struct scene_skin c = scene_gloss(t->stripe);
    bool pale = t->load.r + t->load.g + t->load.b > 1.6;
    struct scene_skin ink = pale ? scene_gloss(rgb_scale(t->stripe, 0.8)) : scene_matt(.9, .9, .88);
    switch (t->pattern) {
    case 0:
        scene_kit_band(v, s, u0, u0 + 0.2 * h, 0, c);
        scene_kit_band(v, s, u0 + 0.24 * h, u0 + 0.30 * h, 0, c);
        break;
    case 1:
        scene_kit_side(
            v, s, 0, (struct vec2[]){{f, u0}, {f, u0 + h}, {f + 0.3 * l, u0 + h}, {f + .1 * l, u0}},
            4, c);
        break;
    case 2:
        scene_kit_side_spot(v, s, 0, f + 0.16 * l, u0 + 0.56 * h, 0.28 * h, 0.28 * h, c);
        break;
    case 3:
        scene_kit_side(v, s, 0,
                       (struct vec2[]){{f, u0},
                                       {f, u0 + 0.35 * h},
                                       {f + 0.5 * l, u0 + 0.12 * h},
                                       {f + l, u0 + 0.5 * h},
                                       {f + l, u0}},
                       5, c);
        break;
    default:
        break;
    }
    if (t->pattern == 5 || v->px < 7)
        return;
    double wide = fmin(0.12 * l, 0.5), x = f + 0.34 * l;
    for (int i = 0; i < 5 && x + wide < f + 0.86 * l; i++) { /* letters, as far as one can tell */
        double tall = t->bits >> (8 + i) & 1 ? 0.24 : 0.17;
        scene_kit_side_box(v, s, 0, x, x + 0.6 * wide, u0 + 0.55 * h, u0 + (0.55 + tall) * h, ink);
        x += 0.86 * wide;
    }
    scene_kit_side_box(v, s, 0, f + 0.34 * l, f + 0.74 * l, u0 + 0.42 * h, u0 + 0.46 * h, ink);
}

static void draw_box(const struct scene_vehicle *v, const struct truck *t) {
    struct scene_solid box = load_box(t, t->trade.frame, t->trade.height);
    scene_kit_solid(v, &box, scene_gloss(t->load));
    if (v->brush->shadow)
        return;
    signwriting(v, t, &box);
    struct scene_skin edge = scene_gloss(rgb_scale(t->load, 0.72));
    scene_kit_band(v, &box, t->trade.height - 0.07, t->trade.height, 0.2, edge);
    scene_kit_band(v, &box, t->trade.frame, t->trade.frame + 0.09, 0, scene_matt(.3, .3, .31));
    scene_kit_side_box(v, &box, 0, t->f0, t->f0 + 0.08, t->trade.frame, t->trade.height, edge);
    scene_kit_side_box(v, &box, 0, t->f1 - 0.08, t->f1, t->trade.frame, t->trade.height, edge);
    if (t->trade.trailer && t->bits & 1) /* a curtain: folds */
        for (double f = t->f0 + 0.6; f < t->f1 - 0.3; f += 0.6)
            scene_kit_side_box(v, &box, 0, f - 0.014, f + 0.014, t->trade.frame + 0.1,
                               t->trade.height - 0.08, edge);
    tail_lift(v, &box);
}

static void draw_tub(const struct scene_vehicle *v, const struct truck *t) {
    double rim = t->trade.height - 0.35, low = t->trade.frame + 0.1, f0 = t->f0, f1 = t->f1;
    static const struct rgb heaps[] = {
        {.48, .38, .26}, {.30, .22, .16}, {.55, .54, .52}, {.62, .54, .36}};
    struct rgb heap = heaps[t->bits & 3];
    struct scene_solid tub = {
        .outline = {{f0 + 0.35, low}, {f0, rim}, {f1, rim}, {f1 - 0.1, low}},
        .n = 4,
        .half = t->trade.load_half,
        .nose_from = 1e3,
        .tail_from = -1e3,
        .lean_from = 1e3,
    };
    struct scene_solid load = {
        .outline = {{f0 + 0.1, rim},
                    {f0 + 0.3 * (f1 - f0), t->trade.height - 0.06},
                    {f0 + 0.6 * (f1 - f0), t->trade.height},
                    {f1 - 0.1, rim}},
        .n = 4,
        .half = t->trade.load_half - 0.1,
        .nose_from = 1e3,
        .tail_from = -1e3,
        .lean_from = rim,
        .lean = 1.6,
    };
    scene_kit_solid(v, &tub, scene_gloss(t->load));
    scene_kit_end_box(v, &tub, 1, -0.93, 0.93, 0.03, 0.97, scene_matt(.1, .09, .08));
    for (double f = f0 + 0.5; f < f1; f += 0.75) /* ribs */
        scene_kit_side_box(v, &tub, 0, f - 0.06, f + 0.06, low + 0.02, rim,
                           scene_gloss(rgb_scale(t->load, 0.7)));
    scene_kit_band(v, &tub, rim - 0.12, rim, 0.1, scene_gloss(rgb_scale(t->load, 0.8)));
    scene_kit_end_box(v, &tub, 0, -0.9, 0.9, 0.75, 0.83, scene_gloss(rgb_scale(t->load, 0.7)));
    scene_kit_solid(v, &load, (struct scene_skin){SCENE_MATT, heap});
    scene_kit_block(v, vec3(f1 - 0.12, -t->trade.load_half, rim - 0.1),
                    vec3(f1, t->trade.load_half, t->trade.height - 0.02), scene_gloss(t->load));
}

static void draw_tank(const struct scene_vehicle *v, const struct truck *t) {
    double r = t->trade.load_half - 0.08, u = t->trade.height - 0.14 - r, f0 = t->f0, f1 = t->f1;
    struct rgb metal = t->bits & 1 ? rgb(.72, .74, .76) : t->load;
    scene_kit_block(v, vec3(f0 + 0.1, -0.5, t->trade.frame - 0.06), vec3(f1, 0.5, u), dark());
    scene_kit_drum(v,
                   (struct scene_ring[]){{f0, u, 0.72 * r},
                                         {f0 + 0.18, u, 0.97 * r},
                                         {f1 - 0.18, u, 0.97 * r},
                                         {f1, u, 0.72 * r}},
                   4, scene_gloss(metal));
    struct scene_solid skin = scene_kit_box(f0 + 0.3, f1 - 0.3, 0.97 * r, u - 0.12, u + 0.14);
    scene_kit_band(v, &skin, u - 0.10, u + 0.12, 0, scene_gloss(t->stripe));
    scene_kit_side_box(v, &skin, 0, f0 + 0.4, f0 + 0.85, u - 0.32, u - 0.14,
                       scene_matt(.92, .45, .06)); /* the hazard plate */
    for (int i = 0; i < 3; i++) { /* manholes */
        double f = f0 + (f1 - f0) * (0.22 + 0.28 * i);
        scene_kit_block(v, vec3(f - 0.25, -0.25, u + 0.95 * r), vec3(f + 0.25, 0.25, u + r + 0.12),
                        scene_gloss(rgb_scale(metal, 0.8)));
    }
}

static void draw_mixer(const struct scene_vehicle *v, const struct truck *t) {
    double f0 = t->f0, l = t->f1 - t->f0, top = t->trade.height;
    scene_kit_block(v, vec3(f0 + 0.3, -0.55, t->trade.frame - 0.06),
                    vec3(t->f1, 0.55, t->trade.frame + 0.35), dark());
    scene_kit_drum(v,
                   (struct scene_ring[]){{f0 + 0.25, top - 0.72, 0.5},
                                         {f0 + 0.42 * l, top - 1.12, 1.10},
                                         {f0 + 0.72 * l, top - 1.25, 1.10},
                                         {f0 + 0.97 * l, top - 1.35, 0.55}},
                   4, scene_gloss(t->load));
    struct scene_solid belt =
        scene_kit_box(f0 + 0.42 * l, f0 + 0.72 * l, 1.10, top - 1.3, top - 1.1);
    scene_kit_side(v, &belt, 0,
                   (struct vec2[]){{f0 + 0.42 * l, top - 1.45},
                                   {f0 + 0.54 * l, top - 1.45},
                                   {f0 + 0.72 * l, top - 0.95},
                                   {f0 + 0.60 * l, top - 0.95}},
                   4, scene_gloss(t->stripe));
    scene_kit_block(v, vec3(f0, -0.35, t->trade.frame), vec3(f0 + 0.35, 0.35, top - 1.0),
                    scene_gloss(t->stripe));
}

static void draw_flat(const struct scene_vehicle *v, const struct truck *t) {
    double deck = t->trade.frame + 0.16, f0 = t->f0, f1 = t->f1, w = t->trade.load_half;
    double top = t->trade.height, l = f1 - f0;
    scene_kit_block(v, vec3(f0, -w, t->trade.frame), vec3(f1, w, deck), scene_matt(.46, .34, .22));
    struct scene_skin board = scene_gloss(t->cab);
    bool ahead = v->eye.x > f1 - 0.1;
    if (!ahead)
        scene_kit_block(v, vec3(f1 - 0.1, -w, deck), vec3(f1, w, top), board);
    int from = v->eye.x > (f0 + f1) / 2 ? 0 : 2, step = from ? -1 : 1;
    switch (t->bits >> 3 & 3) {
    case 0: /* pipes, three below and two above */
        for (int i = 0; i < 5; i++) {
            double side = v->eye.y > 0 ? 1 : -1, r = 0.30;
            double at = i < 3 ? (i - 1) * 2.2 * r : (i - 3.5) * 2.2 * r;
            double f[2] = {f0 + 0.15, f1 - 0.25}, u = deck + (i < 3 ? r : 2.8 * r);
            scene_kit_block(v, vec3(f[0], side * at - 0.85 * r, u - 0.85 * r),
                            vec3(f[1], side * at + 0.85 * r, fmin(u + 0.85 * r, top)),
                            scene_gloss(t->load));
        }
        break;
    case 1: /* timber */
        for (int i = 0; i < 3; i++)
            scene_kit_block(v, vec3(f0 + 0.1, -w + 0.12, deck + 0.36 * i + 0.03),
                            vec3(f1 - 0.3, w - 0.12, fmin(deck + 0.36 * (i + 1), top)),
                            scene_matt(.66 - .05 * i, .50, .30));
        break;
    case 2: /* a container */
        scene_kit_block(v, vec3(f0 + 0.05, -w + 0.04, deck), vec3(f1 - 0.25, w - 0.04, top),
                        scene_gloss(t->load));
        for (double f = f0 + 0.3; f < f1 - 0.4; f += 0.4) {
            struct scene_solid wall = scene_kit_box(f0, f1, w - 0.04, deck, top);
            scene_kit_side_box(v, &wall, 0, f - 0.08, f + 0.08, deck + 0.15, top - 0.12,
                               scene_gloss(rgb_scale(t->load, 0.82)));
        }
        break;
    default: /* crates */
        for (int i = from; i >= 0 && i < 3; i += step) {
            double a = f0 + 0.1 + i * (l - 0.4) / 3, b = a + (l - 0.4) / 3 - 0.12;
            double high = deck + (top - deck) * (0.55 + 0.22 * (double)(t->bits >> (6 + i) & 1));
            scene_kit_block(v, vec3(a, -w + 0.2, deck), vec3(b, w - 0.2, high),
                            scene_matt(.64 - .07 * i, .48 - .05 * i, .30));
        }
        break;
    }
    if (ahead)
        scene_kit_block(v, vec3(f1 - 0.1, -w, deck), vec3(f1, w, top), board);
}

static void draw_refuse(const struct scene_vehicle *v, const struct truck *t) {
    double f0 = t->f0, f1 = t->f1, low = t->trade.frame, top = t->trade.height;
    struct scene_solid body = {
        .outline = {{f0 + 0.45, low - 0.3},
                    {f0, low + 0.35},
                    {f0 + 0.25, top - 0.7},
                    {f0 + 1.1, top},
                    {f1, top - 0.05},
                    {f1, low}},
        .n = 6,
        .half = t->trade.load_half,
        .nose_from = 1e3,
        .tail_from = -1e3,
        .lean_from = top - 0.5,
        .lean = 0.35,
    };
    scene_kit_solid(v, &body, scene_gloss(t->load));
    scene_kit_end_box(v, &body, 1, -0.85, 0.85, 0.0, 0.62, scene_matt(.07, .07, .07));
    scene_kit_end_box(v, &body, 2, -0.9, 0.9, 0.1, 0.8, scene_gloss(t->stripe));
    for (int i = 0; i < 6; i++) /* warning stripes below the hopper */
        scene_kit_end_box(v, &body, 0, -0.95 + i * 0.32, -0.80 + i * 0.32, 0.3, 0.9,
                          i % 2 ? scene_matt(.85, .1, .08) : scene_matt(.9, .9, .9));
    scene_kit_side_box(v, &body, 0, f0 + 1.2, f0 + 1.3, low, top - 0.1,
                       scene_gloss(rgb_scale(t->load, 0.6)));
    scene_kit_band(v, &body, low + 0.35, low + 0.55, 0, scene_gloss(t->stripe));
    for (double f = f0 + 2.0; f < f1 - 0.2; f += 0.8)
        scene_kit_side_box(v, &body, 0, f - 0.05, f + 0.05, low + 0.6, top - 0.25,
                           scene_gloss(rgb_scale(t->load, 0.78)));
}

static const struct trade trades[] = {
    {.20, 6.3, .5, 2.95, 1.08, 1.75, 2.25, 1.00, .36, .80, 1, false, draw_box},
    {.22, 8.3, .9, 3.55, 1.25, 2.00, 2.75, 1.20, .49, FRAME_M, 1, false, draw_box},
    {.20, 15.2, 1.3, 3.90, 1.26, 2.35, 3.45, 1.24, .51, 1.15, 3, true, draw_box},
    {.10, 7.9, .6, 3.10, 1.24, 2.00, 2.85, 1.22, .51, FRAME_M, 2, false, draw_tub},
    {.07, 9.2, .8, 3.30, 1.22, 2.05, 2.85, 1.22, .51, FRAME_M, 2, false, draw_tank},
    {.06, 8.2, .4, 3.60, 1.20, 2.00, 2.85, 1.22, .51, FRAME_M, 2, false, draw_mixer},
    {.08, 7.8, .9, 2.75, 1.22, 1.95, 2.70, 1.18, .48, FRAME_M, 1, false, draw_flat},
    {.07, 8.8, .5, 3.35, 1.24, 2.05, 2.75, 1.22, .51, FRAME_M, 2, false, draw_refuse},
};

static struct rgb pick(struct weir_random *r, const struct rgb *of, int n) {
    return of[weir_random_below(r, n)];
}

static struct truck truck_of(uint64_t look) {
    static const struct rgb cabs[] = {
        {.90, .90, .89}, {.90, .90, .89}, {.66, .10, .10}, {.10, .24, .56}, {.92, .68, .08},
        {.13, .36, .22}, {.86, .40, .08}, {.22, .24, .27}, {.58, .60, .62}, {.16, .42, .62}};
    static const struct rgb loads[] = {
        {.91, .91, .90}, {.91, .91, .90}, {.86, .87, .88}, {.16, .32, .60}, {.74, .12, .12},
        {.92, .74, .12}, {.16, .44, .26}, {.84, .82, .74}, {.42, .26, .16}, {.84, .42, .10}};
    static const struct rgb stripes[] = {{.76, .10, .10}, {.10, .28, .62}, {.12, .46, .24},
                                         {.90, .50, .08}, {.40, .16, .48}, {.08, .50, .52},
                                         {.94, .80, .16}};
    struct weir_random r = weir_random_of(look, SCENE_RANDOM_LOOK, 0);
    struct truck t = {0};
    double at = weir_random_unit(&r);
    for (size_t i = 0; i < sizeof trades / sizeof *trades && at >= 0; i++) {
        t.trade = trades[i];
        at -= trades[i].share;
    }
    t.trade.length += weir_random_in(&r, -1, 1) * t.trade.spread;
    t.trade.height *= weir_random_in(&r, 0.97, 1.03);
    t.cab = pick(&r, cabs, sizeof cabs / sizeof *cabs);
    t.load = weir_random_chance(&r, 0.25) ? t.cab : pick(&r, loads, sizeof loads / sizeof *loads);
    t.stripe = pick(&r, stripes, sizeof stripes / sizeof *stripes);
    t.pattern = weir_random_below(&r, 6);
    t.bits = weir_random_bits(&r);
    if (t.trade.load == draw_refuse && weir_random_chance(&r, 0.6))
        t.load = weir_random_chance(&r, 0.5) ? rgb(.86, .44, .08) : rgb(.20, .46, .24);
    t.f0 = -t.trade.length / 2;
    t.f1 = t.trade.length / 2 - t.trade.cab_length - (t.trade.trailer ? 0.6 : 0.14);
    return t;
}

struct scene_size scene_truck_size(uint64_t look) {
    struct truck t = truck_of(look);
    double half = fmax(t.trade.cab_half + MIRROR_M, t.trade.load_half);
    return (struct scene_size){t.trade.length, 2 * half, fmax(t.trade.height, t.trade.cab_height)};
}

/* The cab. */

static void draw_cab(const struct scene_vehicle *v, const struct truck *t) {
    const struct trade *d = &t->trade;
    double front = d->length / 2, back = front - d->cab_length, high = d->cab_height;
    double step = 0.32 + 0.1 * (d->wheel > 0.4), belt = step + 0.52 * (high - step);
    struct scene_solid cab = {
        .outline = {[BACK] = {back, step + 0.1},
                    [CAP] = {back + 0.03, high - 0.10},
                    [DEFLECTOR] = {back + 0.5 * d->cab_length, high},
                    [SCREEN] = {front - 0.34, high - 0.12},
                    [NOSE] = {front - 0.04, belt - 0.02},
                    [BUMPER] = {front, step + 0.42},
                    [BUMPER + 1] = {front - 0.04, step}},
        .n = BUMPER + 2,
        .half = d->cab_half,
        .nose_from = front - 0.35,
        .nose = 0.3,
        .tail_from = -1e3,
        .lean_from = belt,
        .lean = 0.06,
        .sill = step + 0.35,
        .shoulder = high - 0.3,
    };
    struct rgb in = rgb_scale(scene_brush_lit(v->brush, rgb(.10, .11, .12), vec3(0, 0, 1)), 0.9);
    struct scene_skin glass = scene_glass(in), lamp = scene_kit_headlamp(v), black = dark();
    struct scene_skin sheen =
        scene_glass(rgb_mix(in, v->brush->sky->sky_horizon, v->lit ? 0.04 : 0.18));
    scene_kit_solid(v, &cab, scene_gloss(t->cab));
    if (v->brush->shadow)
        return;
    scene_kit_end_box(v, &cab, SCREEN, -0.93, 0.93, 0.10, 0.96, glass);
    scene_kit_end(v, &cab, SCREEN, (struct vec2[]){{-.93, .1}, {.93, .1}, {.93, .3}, {-.93, .52}},
                  4, sheen);
    if (v->manned) {
        struct scene_skin man = scene_shine(in.r * 0.55, in.g * 0.55, in.b * 0.55);
        scene_kit_end_spot(v, &cab, SCREEN, 0.48, 0.52, 0.11, 0.15, man);
        scene_kit_end_box(v, &cab, SCREEN, 0.28, 0.68, 0.68, 0.95, man);
    }
    scene_kit_end_box(v, &cab, NOSE, -0.62, 0.62, 0.12, 0.92, black);
    for (int i = 0; i < 3; i++)
        scene_kit_end_box(v, &cab, NOSE, -0.58, 0.58, 0.22 + 0.24 * i, 0.30 + 0.24 * i,
                          scene_gloss(rgb(.45, .46, .48)));
    scene_kit_end_box(v, &cab, BUMPER, -0.98, 0.98, 0.15, 1, scene_matt(.20, .20, .21));
    scene_kit_end_box(v, &cab, BUMPER, -0.26, 0.26, 0.35, 0.65, scene_matt(.86, .86, .84));
    for (int side = -1; side <= 1; side += 2)
        scene_kit_end_box(v, &cab, BUMPER, side * 0.60, side * 0.95, 0.25, 0.65, lamp);

    double f0 = back + 0.42 * d->cab_length, f1 = front - 0.30, u1 = high - 0.32, u0 = belt + 0.04;
    scene_kit_side(v, &cab, 0,
                   (struct vec2[]){{f0, u0}, {f0, u1}, {f1 - 0.16, u1}, {f1, u0 - 0.08}}, 4, glass);
    scene_kit_side(v, &cab, 0,
                   (struct vec2[]){{f0, u1 - 0.3}, {f0, u1}, {f1 - 0.16, u1}, {f1 - 0.1, u1 - 0.2}},
                   4, sheen);
    struct scene_skin gap = scene_gloss(rgb_scale(t->cab, 0.45));
    scene_kit_side_box(v, &cab, 0, f0 - 0.07, f0 - 0.045, step + 0.3, u1 + 0.1, gap);
    scene_kit_side_box(v, &cab, 0, f0 + 0.05, f0 + 0.25, belt - 0.16, belt - 0.11, black);
    scene_kit_band(v, &cab, step, step + 0.16, 0, black);
    if (t->bits >> 20 & 1)
        scene_kit_band(v, &cab, belt - 0.36, belt - 0.22, 0, scene_gloss(t->stripe));
    double axle = front - fmin(1.25, 0.62 * d->cab_length);
    scene_kit_wheel(v, &cab, axle, d->wheel, d->cab_half - 0.02, 0.09,
                    (struct scene_rim){{.60, .61, .62}, 0.56, 8});
    for (int side = -1; side <= 1; side += 2) {
        double l = side > 0 ? d->cab_half - 0.02 : -d->cab_half - MIRROR_M;
        if (v->px > 6)
            scene_kit_block(v, vec3(front - 0.45, l, u1 - 0.55),
                            vec3(front - 0.30, l + MIRROR_M + 0.02, u1), black);
    }
    if (v->lit)
        scene_kit_lamps(v, 1, front, d->cab_half * 0.78, step + 0.25, rgb(.95, .90, .75), 0.9);
}

/* Frame, wheels below the load, guards and tail lamps. */
static void draw_frame(const struct scene_vehicle *v, const struct truck *t) {
    const struct trade *d = &t->trade;
    double r = d->wheel, half = fmin(d->load_half, d->cab_half) - 0.04;
    double rear = t->f0 + (d->trailer ? 1.6 : 1.2), gap = 2 * r + 0.22;
    struct scene_rim rim = {{.52, .53, .55}, 0.56, 8};
    scene_kit_belly(v, t->f0 + 0.5, d->length / 2 - 0.35, half - 0.25);
    double front = d->length / 2 - fmin(1.25, 0.62 * d->cab_length);
    scene_kit_tyres(v, front, r, d->cab_half - 0.02, 0.32);
    double drive = d->length / 2 - d->cab_length - 1.45; /* the tractor's */
    for (int i = 0; i < d->rear_axles; i++)
        scene_kit_tyres(v, rear + i * gap, r, half, 0.55);
    if (d->trailer)
        scene_kit_tyres(v, drive, r, half, 0.55);
    scene_kit_block(v, vec3(t->f0 + 0.1, -0.45, r), vec3(d->length / 2 - 0.8, 0.45, d->frame),
                    dark());
    if (v->brush->shadow)
        return;
    struct scene_solid side = scene_kit_box(t->f0, t->f1, half - 0.02, 0.35, d->frame);
    double guard0 = rear + (d->rear_axles - 1) * gap + r + 0.25,
           guard1 = d->trailer ? drive - r - 0.3 : front - r - 0.35;
    scene_kit_side_box(v, &side, 0, guard0, guard1, 0.45, 0.58, scene_matt(.5, .5, .51));
    scene_kit_side_box(v, &side, 0, guard0, guard1, 0.70, 0.83, scene_matt(.5, .5, .51));
    if (!d->trailer && guard1 - guard0 > 1.6)
        scene_kit_side_box(v, &side, 0, guard1 - 0.9, guard1 - 0.1, 0.42, 0.92,
                           scene_gloss(rgb(.62, .63, .65)));
    for (int i = 0; i < d->rear_axles; i++)
        scene_kit_wheel(v, &side, rear + i * gap, r, half, 0, rim);
    if (d->trailer)
        scene_kit_wheel(v, &side, drive, r, half, 0, rim);
    struct scene_solid bar = scene_kit_box(t->f0 + 0.02, t->f0 + 0.15, half, 0.42, d->frame);
    scene_kit_end_box(v, &bar, 0, -0.95, 0.95, 0.05, 0.35, scene_matt(.2, .2, .21));
    scene_kit_end_box(v, &bar, 0, -0.95, 0.95, 0.55, 0.95, dark());
    scene_kit_end_box(v, &bar, 0, -0.24, 0.24, 0.58, 0.9, scene_matt(.84, .84, .8));
    for (int s = -1; s <= 1; s += 2)
        scene_kit_end_box(v, &bar, 0, s * 0.6, s * 0.95, 0.6, 0.9, scene_kit_taillamp(v));
}

void scene_truck_draw(const struct scene_vehicle *v, uint64_t look) {
    struct truck t = truck_of(look);
    bool cab_last = v->eye.x > t.f1 + 0.07;
    draw_frame(v, &t);
    if (!cab_last)
        draw_cab(v, &t);
    t.trade.load(v, &t);
    if (cab_last)
        draw_cab(v, &t);
    if (v->lit || v->braking)
        scene_kit_lamps(v, -1, t.f0, t.trade.load_half * 0.75, t.trade.frame - 0.2,
                        v->braking ? rgb(.8, .1, .06) : rgb(.42, .03, .02), v->braking ? 0.6 : 0.4);
}
