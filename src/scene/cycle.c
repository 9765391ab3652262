/*
 * Bicycles. The saddle is as high as the legs of the rider of the same look ask
 * for; all else of the frame follows from it. A bicycle is mostly air: rims, tubes
 * and tyres are lines that keep a least width, so that it stays visible far away.
 */
#include "cycle.h"

#include <math.h>

#include "figure.h"
#include "form.h"
#include "random.h"

#define TAU 6.283185307179586
#define NEAR_PX_PER_M 45 /* from here: spokes, chain, levers */

/* Measures for a rider of 1.75 m. */
static const struct {
    double weight, base, wheel_rear, wheel_front, tyre;
    double reach, rise; /* of the grips before and above the saddle */
    double grip_half, tube;
} kinds[SCENE_CYCLE_KINDS] = {
    [SCENE_DIAMOND] = {4, 1.06, 0.345, 0.345, 0.038, 0.52, 0.10, 0.29, 0.036},
    [SCENE_STEP_THROUGH] = {4, 1.10, 0.345, 0.345, 0.042, 0.44, 0.17, 0.29, 0.042},
    [SCENE_RACER] = {1.6, 0.99, 0.338, 0.338, 0.026, 0.66, -0.04, 0.21, 0.032},
    [SCENE_MOUNTAIN] = {2.2, 1.12, 0.352, 0.352, 0.058, 0.58, 0.04, 0.34, 0.044},
    [SCENE_CARGO] = {0.9, 1.86, 0.33, 0.26, 0.048, 0.42, 0.16, 0.31, 0.05},
};

static const unsigned paints[] = {0x1d1f22, 0x1d1f22, 0x23395d, 0x8f1d22, 0x2f5d3a, 0xd7d5cd,
                                  0x9aa0a6, 0x2f7f9f, 0xd8a51f, 0xc8602a, 0x6fa79a, 0x5b2f5d};

struct scene_cycle scene_cycle_of(uint64_t look) {
    struct scene_figure rider = scene_figure_of(SCENE_RIDING, look);
    struct weir_random r = weir_random_of(look, SCENE_RANDOM_LOOK, SCENE_BICYCLE);
    double sum = 0, s = rider.height / 1.75;
    for (int i = 0; i < SCENE_CYCLE_KINDS; i++)
        sum += kinds[i].weight;
    double at = weir_random_in(&r, 0, sum);
    int k = 0;
    while (k < SCENE_CYCLE_KINDS - 1 && at >= kinds[k].weight)
        at -= kinds[k++].weight;
    if (rider.child)
        k = k == SCENE_CARGO ? SCENE_MOUNTAIN : k;
    double wheel = fmin(1, 0.25 + 0.75 * s);
    struct scene_cycle c = {.kind = (enum scene_cycle_kind)k};
    unsigned p = paints[weir_random_below(&r, sizeof paints / sizeof *paints)];
    c.rgb = rgb((p >> 16 & 255) / 255.0, (p >> 8 & 255) / 255.0, (p & 255) / 255.0);
    c.trim_rgb = weir_random_chance(&r, 0.3) ? rgb(0.42, 0.26, 0.15) : rgb(0.09, 0.09, 0.1);
    c.wheel_rear = kinds[k].wheel_rear * wheel;
    c.wheel_front = kinds[k].wheel_front * wheel;
    c.tyre = kinds[k].tyre;
    double half = kinds[k].base / 2 * wheel;
    c.rear = (struct vec2){-half, c.wheel_rear};
    c.front = (struct vec2){half, c.wheel_front};
    c.crank = (struct vec2){-half + 0.45 * wheel, 0.285 * wheel};
    c.crank_m = 0.168 * s;
    c.gear_m = 4.6 * s;
    double seat = 0.40 * rider.height; /* along the seat tube */
    c.saddle = (struct vec2){c.crank.x - 0.29 * seat, c.crank.y + 0.957 * seat};
    c.grip = (struct vec2){c.saddle.x + kinds[k].reach * s, c.saddle.y + kinds[k].rise * s};
    c.grip_half = kinds[k].grip_half * (0.4 + 0.6 * s);
    double ahead = k == SCENE_CARGO ? c.grip.x + 0.10 : half - 0.10;
    c.head = (struct vec2){ahead - 0.05, c.wheel_rear * 2 + 0.06};
    c.stem = (struct vec2){ahead - 0.12,
                           fmax(c.head.y + 0.1, c.grip.y - (k == SCENE_RACER ? -0.02 : 0.06))};
    bool sporty = k == SCENE_RACER || k == SCENE_MOUNTAIN;
    c.mudguards = !sporty && weir_random_chance(&r, 0.85);
    c.rack = !sporty && weir_random_chance(&r, 0.7);
    c.basket = !sporty && k != SCENE_CARGO && weir_random_chance(&r, 0.35);
    c.child_seat = k <= SCENE_STEP_THROUGH && !rider.child && weir_random_chance(&r, 0.12);
    return c;
}

struct vec3 scene_cycle_pedal(const struct scene_cycle *cycle, double phase_m, int side) {
    double turn = fmod(phase_m / cycle->gear_m, 1) * TAU + side * TAU / 2;
    return vec3(cycle->crank.x + cycle->crank_m * sin(turn), side == 0 ? 0.1 : -0.1,
                cycle->crank.y + cycle->crank_m * cos(turn));
}

double scene_cycle_lean(const struct scene_body *body) {
    double lean = atan(body->speed_m_per_s * body->turn_rad_per_s / 9.81);
    return fmin(fmax(lean, -0.14), 0.14);
}

struct vec3 scene_cycle_tip(struct vec3 p, double lean) {
    double c = cos(lean), s = sin(lean);
    return vec3(p.x, p.y * c + p.z * s, p.z * c - p.y * s);
}

/* A bicycle being drawn. */
struct draft {
    struct scene_brush *brush;
    const struct scene_body *body;
    struct scene_cycle cycle;
    struct scene_pose pose;
    double lean, steer;
};

static struct vec3 at(const struct draft *d, double f, double l, double u) {
    struct vec3 p = scene_cycle_tip(vec3(f, l, u), d->lean);
    return scene_pose_point(&d->pose, p.x, p.y, p.z);
}

/* A point of what turns with the bar, about the line of the steering tube. */
static struct vec3 steered(const struct draft *d, double f, double l, double u) {
    const struct scene_cycle *c = &d->cycle;
    double k = (u - c->head.y) / (c->stem.y - c->head.y);
    double axis = c->head.x + (c->stem.x - c->head.x) * k;
    if (c->kind == SCENE_CARGO && f > c->head.x + 0.2)
        axis = c->front.x;
    double s = sin(d->steer), co = cos(d->steer), df = f - axis;
    return at(d, axis + df * co - l * s, df * s + l * co, u);
}

static void tube(const struct draft *d, struct vec3 a, struct vec3 b, double width,
                 struct rgb albedo) {
    struct vec3 ends[2] = {a, b};
    scene_form_lines(d->brush, ends, 1, fmax(width, 0.75 / d->brush->px_per_m), albedo);
}

static void frame_tube(const struct draft *d, struct vec2 a, struct vec2 b, double scale) {
    tube(d, at(d, a.x, 0, a.y), at(d, b.x, 0, b.y), kinds[d->cycle.kind].tube * scale,
         d->cycle.rgb);
}

typedef struct vec3 frame_of(const struct draft *, double, double, double);

static void wheel(const struct draft *d, struct vec2 axle, double radius, frame_of *place) {
    struct vec3 c = place(d, axle.x, 0, axle.y);
    double r = radius - d->cycle.tyre / 2;
    struct vec3 a = vec3_sub(place(d, axle.x + r, 0, axle.y), c);
    struct vec3 b = vec3_sub(place(d, axle.x, 0, axle.y + r), c);
    double least = 0.8 / d->brush->px_per_m;
    bool near = d->brush->px_per_m > NEAR_PX_PER_M && !d->brush->shadow;
    if (near) {
        double turn = d->body->phase_m / radius;
        turn -= floor(turn / TAU) * TAU;
        struct vec3 spoke[24];
        for (int i = 0; i < 12; i++) {
            double t = -turn + i * TAU / 12;
            spoke[2 * i] = c;
            spoke[2 * i + 1] = vec3_add(c, vec3_add(vec3_scale(a, cos(t)), vec3_scale(b, sin(t))));
        }
        scene_form_lines(d->brush, spoke, 12, 0.003, rgb(0.62, 0.63, 0.65));
    }
    scene_form_hoop(d->brush, c, a, b, 0, 1, fmax(d->cycle.tyre, least), rgb(0.07, 0.07, 0.075));
    if (near) {
        double k = 1 - d->cycle.tyre * 0.62 / r;
        scene_form_hoop(d->brush, c, vec3_scale(a, k), vec3_scale(b, k), 0, 1, 0.012,
                        rgb(0.66, 0.67, 0.69));
        scene_brush_ball(d->brush, c, 0.03, rgb(0.5, 0.51, 0.53));
    }
    if (d->cycle.mudguards && d->brush->px_per_m > 20) {
        double k = 1 + d->cycle.tyre * 1.1 / r;
        bool rear = axle.x < 0;
        scene_form_hoop(d->brush, c, vec3_scale(a, k), vec3_scale(b, k), rear ? 0.13 : 0.1,
                        rear ? 0.56 : 0.48, 0.028, rgb_scale(d->cycle.rgb, 0.9));
    }
}

static void crank_arm(const struct draft *d, int side) {
    const struct scene_cycle *c = &d->cycle;
    double l = side == 0 ? 0.05 : -0.05;
    struct vec3 pedal =
        scene_cycle_pedal(c, d->body->parked ? c->gear_m * 0.3 : d->body->phase_m, side);
    tube(d, at(d, c->crank.x, l, c->crank.y), at(d, pedal.x, l, pedal.z), 0.02,
         rgb(0.42, 0.43, 0.45));
    tube(d, at(d, pedal.x, pedal.y - 0.05, pedal.z), at(d, pedal.x, pedal.y + 0.05, pedal.z), 0.03,
         rgb(0.12, 0.12, 0.12));
}

static void drive(const struct draft *d) {
    const struct scene_cycle *c = &d->cycle;
    if (d->brush->px_per_m < NEAR_PX_PER_M || d->brush->shadow)
        return;
    struct vec3 ring = at(d, c->crank.x, -0.04, c->crank.y);
    struct vec3 f = vec3_scale(d->pose.forward, 0.085), u = vec3(0, 0, 0.085);
    struct rgb steel = rgb(0.3, 0.3, 0.31);
    scene_form_hoop(d->brush, ring, f, u, 0, 1, 0.02, steel);
    for (int i = -1; i <= 1; i += 2)
        scene_brush_line(d->brush, at(d, c->crank.x, -0.04, c->crank.y + 0.085 * i),
                         at(d, c->rear.x, -0.04, c->rear.y + 0.035 * i), 0.012, steel);
}

static void frame(const struct draft *d) {
    const struct scene_cycle *c = &d->cycle;
    struct vec2 seat = {c->saddle.x + 0.06, c->saddle.y - 0.17};
    struct vec2 high = {c->head.x + (c->stem.x - c->head.x) * 0.45,
                        c->head.y + (c->stem.y - c->head.y) * 0.45};
    struct vec2 low = c->head;
    if (c->kind != SCENE_STEP_THROUGH && c->kind != SCENE_CARGO && seat.y > high.y + 0.12)
        seat.y = high.y + 0.05; /* the post stands out of the frame */
    struct vec2 knot = {c->crank.x + (seat.x - c->crank.x) * 0.45,
                        c->crank.y + (seat.y - c->crank.y) * 0.45};
    frame_tube(d, c->rear, c->crank, 0.6);
    frame_tube(d, c->rear, seat, 0.55);
    frame_tube(d, c->crank, seat, 1);
    switch (c->kind) {
    case SCENE_STEP_THROUGH:
        frame_tube(d, c->crank, low, 1.15);
        frame_tube(d, knot, (struct vec2){high.x, high.y - 0.02}, 0.9);
        break;
    case SCENE_CARGO:
        frame_tube(d, c->crank, (struct vec2){c->head.x, c->crank.y}, 1.2);
        frame_tube(d, (struct vec2){c->head.x, c->crank.y}, (struct vec2){c->front.x - 0.2, 0.3},
                   1.2);
        frame_tube(d, (struct vec2){c->front.x - 0.2, 0.3}, (struct vec2){c->front.x - 0.06, 0.62},
                   1);
        frame_tube(d, (struct vec2){c->head.x, c->crank.y}, c->stem, 1);
        frame_tube(d, knot, low, 1);
        tube(d, steered(d, c->front.x, 0.06, c->front.y), steered(d, c->front.x - 0.06, 0.04, 0.6),
             0.03, c->rgb);
        break;
    default:
        frame_tube(d, c->crank, low, 1.1);
        frame_tube(d, seat, high, 0.95);
    }
    frame_tube(d, low, c->stem, 1.1);
    tube(d, at(d, seat.x, 0, seat.y), at(d, c->saddle.x + 0.02, 0, c->saddle.y - 0.03), 0.027,
         rgb(0.5, 0.5, 0.52));
}

static void bar(const struct draft *d) {
    const struct scene_cycle *c = &d->cycle;
    struct rgb steel = rgb(0.38, 0.38, 0.4);
    bool racer = c->kind == SCENE_RACER;
    if (c->kind != SCENE_CARGO)
        for (int i = -1; i <= 1; i += 2)
            tube(d, steered(d, c->head.x, 0.04 * i, c->head.y),
                 steered(d, c->front.x, 0.05 * i, c->front.y), 0.026, c->rgb);
    struct vec3 top = steered(d, c->stem.x, 0, c->stem.y + 0.03);
    tube(d, steered(d, c->stem.x, 0, c->stem.y), top, 0.028, steel);
    for (int i = -1; i <= 1; i += 2) {
        struct vec3 turn = steered(d, racer ? c->grip.x - 0.02 : c->stem.x + 0.06,
                                   0.6 * i * c->grip_half, c->grip.y + 0.01);
        struct vec3 grip = steered(d, c->grip.x, i * c->grip_half, c->grip.y);
        struct vec3 back =
            steered(d, c->grip.x - 0.07, i * (c->grip_half + 0.01), c->grip.y - 0.01);
        if (racer) /* drops */
            back = steered(d, c->grip.x - 0.03, i * c->grip_half, c->grip.y - 0.13);
        tube(d, top, turn, 0.024, steel);
        tube(d, turn, grip, 0.024, steel);
        tube(d, grip, back, 0.034, c->trim_rgb);
    }
}

static void saddle(const struct draft *d) {
    const struct scene_cycle *c = &d->cycle;
    scene_brush_limb(d->brush, at(d, c->saddle.x - 0.1, 0, c->saddle.y - 0.03), 0.05,
                     at(d, c->saddle.x + 0.15, 0, c->saddle.y - 0.02), 0.025, c->trim_rgb);
}

static void box_at(const struct draft *d, struct vec3 c, double f, double l, double u,
                   struct rgb albedo) {
    scene_form_box(d->brush, c, vec3_scale(d->pose.forward, f), vec3_scale(d->pose.left, l),
                   vec3(0, 0, u), albedo);
}

static void luggage(const struct draft *d) {
    const struct scene_cycle *c = &d->cycle;
    double rack = c->wheel_rear * 2 + 0.06;
    if ((c->rack || c->child_seat) && d->brush->px_per_m > 16) {
        for (int i = -1; i <= 1; i += 2) {
            tube(d, at(d, c->rear.x - 0.2, 0.05 * i, rack),
                 at(d, c->saddle.x + 0.02, 0.05 * i, rack), 0.014, rgb(0.3, 0.3, 0.31));
            tube(d, at(d, c->rear.x - 0.1, 0.05 * i, rack), at(d, c->rear.x, 0.06 * i, c->rear.y),
                 0.012, rgb(0.3, 0.3, 0.31));
        }
    }
    if (c->child_seat) {
        struct rgb shell = rgb_mix(rgb(0.25, 0.26, 0.28), c->rgb, 0.4);
        box_at(d, at(d, c->rear.x - 0.02, 0, rack + 0.06), 0.14, 0.13, 0.06, shell);
        box_at(d, at(d, c->rear.x - 0.17, 0, rack + 0.3), 0.035, 0.14, 0.26, shell);
    }
    if (c->basket)
        box_at(d, steered(d, c->stem.x + 0.24, 0, c->stem.y - 0.1), 0.12, 0.17, 0.11,
               rgb(0.45, 0.33, 0.2));
    if (c->kind == SCENE_CARGO) {
        double from = c->head.x + 0.12, to = c->front.x - 0.12;
        box_at(d, at(d, (from + to) / 2, 0, 0.48), (to - from) / 2 + 0.08, 0.29, 0.21,
               c->trim_rgb.r > 0.2 ? rgb(0.62, 0.46, 0.28)
                                   : rgb_mix(c->rgb, rgb(0.15, 0.15, 0.16), 0.4));
    }
}

/* A lamp: lens that shines one way and a glow. */
static void lamp(const struct draft *d, struct vec3 p, struct rgb colour, double way) {
    bool lit = d->brush->sky->lamps_lit && !d->body->parked;
    struct vec3 ahead = vec3_scale(d->pose.forward, way);
    if (d->brush->shadow || (!lit && d->brush->px_per_m < NEAR_PX_PER_M))
        return;
    struct vec3 a = vec3_scale(d->pose.left, 0.03), b = vec3(0, 0, 0.03), quad[8];
    for (int i = 0; i < 8; i++)
        quad[i] =
            vec3_add(p, vec3_add(vec3_scale(a, cos(i * TAU / 8)), vec3_scale(b, sin(i * TAU / 8))));
    if (!lit) {
        scene_brush_face(d->brush, quad, 8, rgb_mix(colour, rgb(0.4, 0.4, 0.4), 0.5), ahead);
        return;
    }
    struct vec3 view = vec3_unit(vec3_sub(scene_eye(d->brush->camera), p));
    double seen = vec3_dot(ahead, view);
    if (seen < -0.1)
        return;
    scene_brush_shine(d->brush, quad, 8, colour);
    scene_brush_glow(d->brush, p, colour, 0.12 + 0.3 * fmax(seen, 0));
}

static void lamps(const struct draft *d) {
    const struct scene_cycle *c = &d->cycle;
    double f = c->kind == SCENE_CARGO ? c->front.x + 0.1 : c->stem.x + 0.12;
    double u = c->kind == SCENE_CARGO ? 0.6 : c->stem.y - 0.06;
    lamp(d, steered(d, f + (c->basket ? 0.26 : 0), 0, u), rgb(1, 0.97, 0.85), 1);
    lamp(d, at(d, c->rear.x - 0.24, 0, c->wheel_rear * 2 - 0.04), rgb(1, 0.12, 0.08), -1);
}

void scene_cycle_draw(struct scene_brush *brush, const struct scene_body *body) {
    struct draft d = {.brush = brush,
                      .body = body,
                      .cycle = scene_cycle_of(body->look),
                      .pose = scene_pose_of(body->x, body->y, body->heading_rad)};
    d.lean = body->parked ? 0.09 : scene_cycle_lean(body);
    d.steer =
        body->parked
            ? 0.3
            : fmin(fmax(body->turn_rad_per_s * 1.06 / fmax(body->speed_m_per_s, 0.8), -0.5), 0.5);
    struct vec3 to_eye = vec3_sub(scene_eye(brush->camera), d.pose.at);
    int far_side = vec3_dot(to_eye, d.pose.left) > 0 ? 1 : 0;
    bool front_far = vec3_dot(to_eye, d.pose.forward) < 0;
    crank_arm(&d, far_side);
    if (front_far) {
        wheel(&d, d.cycle.front, d.cycle.wheel_front, steered);
        bar(&d);
    } else
        wheel(&d, d.cycle.rear, d.cycle.wheel_rear, at);
    if (d.body->parked)
        tube(&d, at(&d, d.cycle.crank.x - 0.05, 0.02, d.cycle.crank.y),
             at(&d, d.cycle.crank.x - 0.1, 0.2, 0.03), 0.018, rgb(0.3, 0.3, 0.3));
    if (front_far) {
        luggage(&d);
        frame(&d);
    } else {
        frame(&d);
        luggage(&d);
    }
    drive(&d);
    crank_arm(&d, !far_side);
    if (front_far)
        wheel(&d, d.cycle.rear, d.cycle.wheel_rear, at);
    else {
        wheel(&d, d.cycle.front, d.cycle.wheel_front, steered);
        bar(&d);
    }
    saddle(&d);
    lamps(&d);
}

struct scene_size scene_cycle_size(uint64_t look) {
    struct scene_cycle c = scene_cycle_of(look);
    double behind = c.wheel_rear - c.rear.x + (c.child_seat ? 0.1 : 0.04);
    double ahead = fmax(c.front.x + c.wheel_front + 0.04, c.stem.x + (c.basket ? 0.4 : 0.2));
    double high = fmax(c.saddle.y, fmax(c.grip.y, c.stem.y + 0.03)) + 0.03;
    if (c.child_seat)
        high = fmax(high, 2 * c.wheel_rear + 0.65);
    return (struct scene_size){2 * fmax(ahead, behind), 2 * c.grip_half + 0.25, high};
}
