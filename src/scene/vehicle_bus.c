/*
 * Buses: a long box with a row of windows (two in a double-decker), doors on its
 * right side, a lit board over the windscreen and a livery of two or three
 * colours. An articulated one is two boxes and a bellows.
 */
#include "vehicle.h"

#include <math.h>

/* Corners of the outline. */
enum { TAIL, BACK, BACK_EDGE, ROOF, FRONT_EDGE, FRONT, NOSE };

#define MIRROR_M 0.16

struct shape {
    double share, length, spread; /* metres, and how much it varies either way */
    double height, half;
    double floor, belt, top; /* of the windows of the (lower) deck */
    double belt2, top2; /* of the upper deck; 0: none */
    double front_axle, rear_axle; /* metres from the ends */
    int doors, axles;
    bool bendy, dark; /* articulated; windows tinted in one band (coaches) */
};

static const struct shape shapes[] = {
    {.46, 11.4, .7, 3.05, 1.26, .32, 1.20, 2.45, 0, 0, 2.6, 3.1, 3, 2, false, false}, /* city */
    {.12, 8.7, .4, 2.85, 1.17, .34, 1.15, 2.30, 0, 0, 2.0, 2.2, 2, 2, false, false}, /* midi */
    {.18, 12.2, .8, 3.60, 1.27, .45, 1.75, 2.95, 0, 0, 2.7, 3.3, 1, 3, false, true}, /* coach */
    {.15, 10.8, .4, 4.30, 1.27, .32, 1.15, 2.05, 2.75, 3.70, 2.5, 2.8, 2, 2, false, false},
    {.09, 17.9, .3, 3.10, 1.26, .32, 1.20, 2.45, 0, 0, 2.6, 3.1, 4, 2, true, false},
};

enum pattern { SKIRT, SWEEP, WAIST, WHOLE, WEDGE, PATTERNS };

static const struct {
    struct rgb base, second;
} liveries[] = {
    {{.74, .09, .09}, {.90, .88, .84}}, /* red and cream */
    {{.90, .90, .88}, {.10, .28, .60}}, /* white and blue */
    {{.90, .90, .88}, {.13, .46, .24}}, /* white and green */
    {{.94, .74, .10}, {.16, .16, .18}}, /* yellow */
    {{.16, .42, .28}, {.88, .86, .72}}, /* green and cream */
    {{.14, .30, .58}, {.92, .80, .22}}, /* blue and yellow */
    {{.86, .42, .08}, {.92, .91, .88}}, /* orange */
    {{.80, .82, .84}, {.60, .12, .40}}, /* silver and magenta */
    {{.70, .10, .12}, {.24, .06, .08}}, /* red and wine */
    {{.28, .62, .68}, {.94, .94, .92}}, /* turquoise */
    {{.24, .18, .40}, {.85, .83, .88}}, /* purple */
};

struct bus {
    struct shape shape;
    struct rgb base, second;
    enum pattern pattern;
    uint64_t people; /* a bit a window: somebody sits there */
    uint64_t number;
    bool unit; /* air conditioning on the roof */
    bool advert;
    struct rgb poster;
};

static struct bus bus_of(uint64_t look) {
    struct weir_random r = weir_random_of(look, SCENE_RANDOM_LOOK, 0);
    struct bus bus = {0};
    double at = weir_random_unit(&r);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && at >= 0; i++) {
        bus.shape = shapes[i];
        at -= shapes[i].share;
    }
    bus.shape.length += weir_random_in(&r, -1, 1) * bus.shape.spread;
    bus.shape.height *= weir_random_in(&r, 0.98, 1.02);
    int livery = weir_random_below(&r, sizeof liveries / sizeof *liveries);
    bus.base = liveries[livery].base;
    bus.second = liveries[livery].second;
    bus.pattern = (enum pattern)weir_random_below(&r, PATTERNS);
    bus.people = weir_random_bits(&r) & weir_random_bits(&r);
    bus.number = weir_random_bits(&r);
    bus.unit = weir_random_chance(&r, 0.7) && !(bus.shape.belt2 > 0);
    bus.advert = weir_random_chance(&r, 0.35) && !bus.shape.dark;
    double blue = weir_random_in(&r, .2, .9), green = weir_random_in(&r, .2, .9);
    bus.poster = rgb(weir_random_in(&r, .2, .95), green, blue);
    return bus;
}

struct scene_size scene_bus_size(uint64_t look) {
    struct bus bus = bus_of(look);
    return (struct scene_size){bus.shape.length, 2 * (bus.shape.half + MIRROR_M),
                               bus.shape.height + (bus.unit ? 0.2 : 0)};
}

/* The part of the bus from f0 to f1; only the ends of the whole are rounded. */
static struct scene_solid part_of(const struct bus *bus, double f0, double f1) {
    const struct shape *s = &bus->shape;
    double front = s->length / 2, high = s->height;
    double nose = f1 > front - 0.01 ? 1 : 0.1, tail = f0 < 0.01 - front ? 1 : 0.1;
    return (struct scene_solid){
        .outline = {[TAIL] = {f0, s->floor},
                    [BACK] = {f0 + 0.08 * tail, high - 0.22},
                    [BACK_EDGE] = {f0 + 0.22 * tail, high - 0.02},
                    [ROOF] = {(f0 + f1) / 2, high},
                    [FRONT_EDGE] = {f1 - 0.34 * nose, high - 0.02},
                    [FRONT] = {f1 - 0.16 * nose, high - 0.24},
                    [NOSE] = {f1, s->belt - 0.15},
                    [NOSE + 1] = {f1 - 0.03, s->floor - 0.04}},
        .n = NOSE + 2,
        .half = s->half,
        .nose_from = f1 - 0.35,
        .nose = 0.42 * nose,
        .tail_from = f0 + 0.22,
        .tail = 0.3 * tail,
        .lean_from = s->belt,
        .lean = 0.03 + (s->dark ? 0.03 : 0),
    };
}

static struct rgb behind_glass(const struct scene_vehicle *v, const struct bus *bus) {
    if (v->lit)
        return bus->shape.dark ? rgb(.34, .30, .24) : rgb(.80, .76, .60);
    return scene_brush_lit(v->brush, rgb(.11, .13, .14), vec3(0, 0, 1));
}

static void draw_livery(const struct scene_vehicle *v, const struct bus *bus,
                        const struct scene_solid *s) {
    struct scene_skin second = scene_gloss(bus->second);
    double floor = bus->shape.floor, belt = bus->shape.belt, top = bus->shape.height;
    double f0 = s->outline[TAIL].x + 0.24, f1 = s->outline[NOSE].x - 0.36, l = f1 - f0;
    switch (bus->pattern) {
    case SKIRT:
        scene_kit_band(v, s, floor - 0.1, 0.5 * belt + 0.1, 0, second);
        scene_kit_end_box(v, s, NOSE, -1, 1, 0.55, 1, second);
        break;
    case SWEEP:
        scene_kit_side(v, s, 0,
                       (struct vec2[]){{f0, floor + 0.02},
                                       {f0, top - 0.3},
                                       {f0 + 0.12 * l, top - 0.3},
                                       {f0 + 0.32 * l, belt},
                                       {f0 + 0.6 * l, 0.75 * belt},
                                       {f0 + 0.98 * l, floor + 0.15},
                                       {f0 + 0.98 * l, floor + 0.02}},
                       7, second);
        scene_kit_end_box(v, s, TAIL, -1, 1, 0, 1, second);
        break;
    case WAIST:
        scene_kit_band(v, s, belt - 0.26, belt - 0.06, 0, second);
        scene_kit_end_box(v, s, NOSE, -1, 1, 0.05, 0.2, second);
        break;
    case WEDGE:
        scene_kit_side(v, s, 0,
                       (struct vec2[]){{f0 + 0.05 * l, floor + 0.02},
                                       {f0 + 0.24 * l, top - 0.3},
                                       {f0 + 0.34 * l, top - 0.3},
                                       {f0 + 0.2 * l, floor + 0.02}},
                       4, second);
        scene_kit_side(v, s, 0,
                       (struct vec2[]){{f0 + 0.24 * l, floor + 0.02},
                                       {f0 + 0.38 * l, top - 0.3},
                                       {f0 + 0.41 * l, top - 0.3},
                                       {f0 + 0.28 * l, floor + 0.02}},
                       4, second);
        break;
    default:
        break;
    }
}

/* One row of windows between two heights, with posts and those who sit behind. */
static void draw_row(const struct scene_vehicle *v, const struct bus *bus,
                     const struct scene_solid *s, double f0, double f1, double u0, double u1,
                     uint64_t people) {
    struct rgb in = behind_glass(v, bus);
    struct scene_skin glass = scene_glass(in), frame = scene_matt(.06, .06, .065);
    struct scene_skin sheen =
        scene_glass(rgb_mix(in, v->brush->sky->sky_horizon, v->lit ? 0.0 : 0.22));
    scene_kit_side_box(v, s, 0, f0, f1, u0 - 0.04, u1 + 0.04, v->px > 10 ? frame : glass);
    scene_kit_side_box(v, s, 0, f0 + 0.04, f1 - 0.04, u0, u1, glass);
    scene_kit_side_box(v, s, 0, f0 + 0.04, f1 - 0.04, u1 - 0.33 * (u1 - u0), u1, sheen);
    int n = (int)((f1 - f0) / 1.35);
    double step = (f1 - f0) / n;
    struct scene_skin head = scene_shine(.10, .08, .07);
    for (int i = 0; i < n; i++) {
        double f = f0 + (i + 0.5) * step;
        if (v->px > 9 && v->manned && people >> i & 1) {
            scene_kit_side_spot(v, s, 0, f - 0.1, u0 + 0.42, 0.12, 0.15, head);
            scene_kit_side_box(v, s, 0, f - 0.34, f + 0.12, u0 + 0.02, u0 + 0.28, head);
        } else if (v->px > 14) {
            scene_kit_side_box(v, s, 0, f - 0.32, f - 0.2, u0, u0 + 0.3, head);
        }
        if (i > 0)
            scene_kit_side_box(v, s, 0, f0 + i * step - 0.05, f0 + i * step + 0.05, u0, u1, frame);
    }
}

static void draw_door(const struct scene_vehicle *v, const struct bus *bus,
                      const struct scene_solid *s, double f) {
    double u0 = bus->shape.floor + 0.04, u1 = fmin(bus->shape.top, bus->shape.floor + 2.1);
    struct scene_skin frame = scene_matt(.07, .07, .075), glass = scene_glass(behind_glass(v, bus));
    double wide = bus->shape.dark ? 0.42 : 0.62;
    scene_kit_side_box(v, s, -1, f - wide, f + wide, u0, u1 + 0.05, frame);
    scene_kit_side_box(v, s, -1, f - wide + 0.07, f - 0.03, u0 + 0.1, u1, glass);
    scene_kit_side_box(v, s, -1, f + 0.03, f + wide - 0.07, u0 + 0.1, u1, glass);
}

/* A row of amber blocks reads as text from any distance at which it is seen. */
static void draw_board(const struct scene_vehicle *v, const struct bus *bus,
                       const struct scene_solid *s) {
    double high = bus->shape.belt2 > 0 ? 0.50 : 0.10, size = bus->shape.belt2 > 0 ? 0.09 : 0.14;
    scene_kit_end_box(v, s, FRONT, -0.78, 0.78, high - 0.02, high + size + 0.02,
                      scene_matt(.03, .03, .035));
    struct scene_skin amber = scene_shine(1, .68, .16);
    double x = 0.7;
    for (int i = 0; i < 12; i++) { /* seen from the front, left is the reader's right */
        double wide = 0.045 + 0.02 * (double)(bus->number >> (2 * i) & 3);
        if (i != 3)
            scene_kit_end_box(v, s, FRONT, x - wide, x, high + 0.01, high + size - 0.01, amber);
        x -= wide + 0.028;
        if (x < -0.62)
            break;
    }
}

static void draw_front(const struct scene_vehicle *v, const struct bus *bus,
                       const struct scene_solid *s) {
    const struct shape *b = &bus->shape;
    struct scene_skin glass = scene_glass(rgb_scale(behind_glass(v, bus), v->lit ? 0.5 : 1));
    struct scene_skin sheen =
        scene_glass(rgb_mix(glass.rgb, v->brush->sky->sky_horizon, v->lit ? 0.0 : 0.2));
    if (b->belt2 > 0) {
        scene_kit_end_box(v, s, FRONT, -0.92, 0.92, 0.06, 0.40, glass);
        scene_kit_end_box(v, s, FRONT, -0.92, 0.92, 0.06, 0.18, sheen);
        scene_kit_end_box(v, s, FRONT, -0.92, 0.92, 0.66, 0.97, glass);
    } else {
        scene_kit_end_box(v, s, FRONT, -0.94, 0.94, 0.06, 0.97, glass);
        scene_kit_end(v, s, FRONT, (struct vec2[]){{-.94, .3}, {.94, .3}, {.94, .42}, {-.94, .6}},
                      4, sheen);
    }
    if (v->manned) {
        struct scene_skin dark = scene_shine(.05, .05, .06);
        double y = b->belt2 > 0 ? 0.84 : 0.62;
        scene_kit_end_spot(v, s, FRONT, 0.45, y, 0.10, b->belt2 > 0 ? 0.05 : 0.1, dark);
        scene_kit_end_box(v, s, FRONT, 0.28, 0.62, y + 0.1, 0.97, dark);
    }
    draw_board(v, bus, s);
    struct scene_skin lamp = scene_kit_headlamp(v), black = scene_matt(.05, .05, .055);
    scene_kit_end_box(v, s, NOSE, -0.9, 0.9, 0.82, 1, black);
    scene_kit_end_box(v, s, NOSE, -0.26, 0.26, 0.66, 0.79, scene_matt(.86, .86, .84));
    for (int side = -1; side <= 1; side += 2) {
        scene_kit_end_box(v, s, NOSE, side * 0.58, side * 0.94, 0.50, 0.72, black);
        scene_kit_end_box(v, s, NOSE, side * 0.62, side * 0.90, 0.52, 0.70, lamp);
    }
    double lamp_u = s->outline[NOSE].y + 0.6 * (b->floor - s->outline[NOSE].y);
    if (v->lit)
        scene_kit_lamps(v, 1, b->length / 2, b->half * 0.76, lamp_u, rgb(.95, .90, .75), 0.9);
}

static void draw_rear(const struct scene_vehicle *v, const struct bus *bus,
                      const struct scene_solid *s) {
    const struct shape *b = &bus->shape;
    double high = s->outline[BACK].y - s->outline[TAIL].y;
    double y0 = (b->belt + 0.25 - b->floor) / high, y1 = (b->top - b->floor) / high;
    struct scene_skin glass = scene_glass(behind_glass(v, bus)), lamp = scene_kit_taillamp(v);
    scene_kit_end_box(v, s, TAIL, -0.8, 0.8, y0, y1, glass);
    if (b->belt2 > 0)
        scene_kit_end_box(v, s, TAIL, -0.8, 0.8, (b->belt2 - b->floor) / high, 0.95, glass);
    scene_kit_end_box(v, s, TAIL, -0.6, 0.6, 0.5 / high, 0.72 / high, scene_matt(.10, .10, .11));
    scene_kit_end_box(v, s, TAIL, -0.22, 0.22, 0.25 / high, 0.38 / high, scene_matt(.84, .84, .8));
    for (int side = -1; side <= 1; side += 2) {
        scene_kit_end_box(v, s, TAIL, side * 0.80, side * 0.94, 0.35 / high, 0.85 / high, lamp);
        scene_kit_end_box(v, s, TAIL, side * 0.80, side * 0.94, 0.88 / high, 1.0 / high,
                          scene_matt(.85, .42, .08));
    }
    if (v->lit || v->braking)
        scene_kit_lamps(v, -1, -b->length / 2, b->half * 0.87, b->floor + 0.6,
                        v->braking ? rgb(.8, .1, .06) : rgb(.42, .03, .02), v->braking ? 0.6 : 0.4);
}

/* Everything on one of the parts: from f0 to f1 there is room for windows. */
static void draw_part(const struct scene_vehicle *v, const struct bus *bus,
                      const struct scene_solid *s, bool first, bool last) {
    const struct shape *b = &bus->shape;
    double f0 = s->outline[TAIL].x + (last ? 0.5 : 0.12), f1 = s->outline[NOSE].x - 0.40;
    bool whole = bus->pattern == WHOLE;
    scene_kit_solid(v, s, scene_gloss(bus->base));
    if (v->brush->shadow)
        return;
    draw_livery(v, bus, s);
    draw_row(v, bus, s, f0, f1, b->belt, b->top, bus->people);
    if (b->belt2 > 0)
        draw_row(v, bus, s, f0 - 0.2, f1, b->belt2, b->top2, bus->people >> 11);
    scene_kit_band(v, s, b->floor - 0.1, b->floor + 0.1, -0.2, scene_matt(.08, .08, .085));
    if (first) {
        draw_door(v, bus, s, f1 - 0.55);
        /* the driver's window */
        scene_kit_side_box(v, s, 1, f1 - 0.9, f1 - 0.05, b->belt - 0.15, b->belt,
                           scene_glass(behind_glass(v, bus)));
        draw_front(v, bus, s);
    }
    double wheels = first ? b->length / 2 - b->front_axle - 1.2 : f1;
    int doors = first ? b->doors - 1 : 1;
    for (int i = 0; i < doors && i < 2; i++)
        draw_door(v, bus, s, wheels + (f0 + b->rear_axle - wheels) * (0.25 + 0.5 * i));
    if (bus->advert && (first || last)) {
        double at = b->belt2 > 0 ? (b->top + b->belt2) / 2 : (b->floor + b->belt) / 2;
        double tall = b->belt2 > 0 ? 0.26 : 0.3;
        struct scene_skin poster = scene_matt(bus->poster.r, bus->poster.g, bus->poster.b);
        scene_kit_side_box(v, s, 1, f0 + 0.3 * (f1 - f0), f0 + 0.72 * (f1 - f0), at - tall,
                           at + tall, poster);
        scene_kit_side_box(v, s, 1, f0 + 0.34 * (f1 - f0), f0 + 0.54 * (f1 - f0), at - 0.06,
                           at + 0.10, scene_matt(.93, .93, .9));
    }
    if (b->dark)
        for (double f = wheels - 0.2; f > f0 + b->rear_axle + 0.8; f -= 1.1)
            scene_kit_side_box(v, s, 0, f - 0.015, f + 0.015, b->floor + 0.15, b->belt - 0.3,
                               scene_gloss(rgb_scale(whole ? bus->base : bus->second, 0.5)));
    if (last)
        draw_rear(v, bus, s);
}

static void draw_wheels(const struct scene_vehicle *v, const struct bus *bus,
                        const struct scene_solid *front, const struct scene_solid *rear) {
    const struct shape *b = &bus->shape;
    struct scene_rim rim = {{.55, .56, .58}, 0.56, 8};
    double half = b->half - 0.02, arch = 0.09, r = 0.48, tail = b->rear_axle - b->length / 2;
    scene_kit_wheel(v, front, b->length / 2 - b->front_axle, r, half, arch, rim);
    scene_kit_wheel(v, rear, tail, r, half, arch, rim);
    if (b->axles == 3)
        scene_kit_wheel(v, rear, tail - 1.15, r, half, arch, rim);
    if (b->bendy)
        scene_kit_wheel(v, front, front->outline[TAIL].x + 1.9, r, half, arch, rim);
}

void scene_bus_draw(const struct scene_vehicle *v, uint64_t look) {
    struct bus bus = bus_of(look);
    const struct shape *b = &bus.shape;
    double end = b->length / 2, bend = b->bendy ? -1.2 : -end;
    scene_kit_belly(v, 0.4 - end, end - 0.4, b->half - 0.2);
    scene_kit_tyres(v, end - b->front_axle, 0.48, b->half - 0.02, 0.3);
    scene_kit_tyres(v, b->rear_axle - end, 0.48, b->half - 0.02, 0.5);

    struct scene_solid front = part_of(&bus, bend + (b->bendy ? 0.5 : 0), end), rear = front;
    if (b->bendy) {
        rear = part_of(&bus, -end, bend - 0.5);
        struct scene_solid folds =
            scene_kit_box(bend - 0.5, bend + 0.5, b->half - 0.07, b->floor, b->height - 0.08);
        bool before = v->eye.x > bend;
        draw_part(v, &bus, before ? &rear : &front, !before, before);
        scene_kit_solid(v, &folds, scene_matt(.12, .12, .125));
        for (int i = 0; i < 4; i++)
            scene_kit_side_box(v, &folds, 0, bend - 0.4 + i * 0.25, bend - 0.3 + i * 0.25, b->floor,
                               b->height - 0.1, scene_matt(.2, .2, .21));
        draw_part(v, &bus, before ? &front : &rear, before, !before);
    } else {
        draw_part(v, &bus, &front, true, true);
    }
    draw_wheels(v, &bus, &front, &rear);
    if (bus.unit)
        scene_kit_block(v, vec3(end - 4.2, -0.8, b->height - 0.05),
                        vec3(end - 2.2, 0.8, b->height + 0.2),
                        scene_gloss(rgb_mix(bus.base, rgb(.8, .8, .8), 0.5)));
    for (int side = -1; side <= 1; side += 2) {
        double l = side > 0 ? b->half - 0.02 : -b->half - MIRROR_M;
        if (v->px > 6 && !v->brush->shadow)
            scene_kit_block(v, vec3(end - 0.30, l, b->top - 0.45),
                            vec3(end - 0.12, l + MIRROR_M + 0.02, b->top - 0.05),
                            scene_matt(.08, .08, .085));
    }
}
