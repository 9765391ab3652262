/*
 * Cars. A row of the table is a kind of body, in shares of its length from the
 * front bumper; the look shifts it a little, paints it and picks what is on it.
 * From that come two solids, the body up to the windows and the cabin on it.
 */
#include "vehicle.h"

#include <math.h>

/* Where the corners of the lower body and the cabin are in their outlines. */
enum { REAR_BUMPER, REAR_PANEL, BOOT, SHOULDER, BONNET, BROW, GRILLE, CHIN };
enum { BACK_GLASS, ROOF_BACK, ROOF_FRONT, WINDSCREEN };

#define MIRROR_M 0.11
#define TOPPING_M 0.14 /* what a sign or a light bar adds to the height */

enum topping { PLAIN, RAILS, TAXI, POLICE, BOX };

struct shape {
    double share; /* of all cars */
    double length, width, height, belt, nose, clear, wheel;
    double cowl, screen, roof, tail; /* ends of bonnet, windscreen, roof, rear window */
    double boot; /* height of the boot's edge against the belt */
    double pillar; /* width of the rear pillar */
    double axle, axle2; /* metres from the ends */
    int doors;
    double cladding; /* height of unpainted plastic */
    bool upright; /* a boxy off-roader: spare wheel at its back */
};

static const struct shape shapes[] = {
    /* hatchback */
    {.24, 4.1, 1.77, 1.47, .93, .70, .20, .31, .27, .43, .86, .965, 0, .34, .80, .70, 4, 0, 0},
    /* saloon */
    {.17, 4.7, 1.82, 1.45, .92, .70, .19, .32, .29, .44, .72, .85, .02, .22, .88, 1.02, 4, 0, 0},
    /* estate */
    {.11, 4.7, 1.82, 1.49, .92, .70, .19, .32, .28, .42, .92, .985, 0, .14, .90, .95, 4, 0, 0},
    /* sports utility */
    {.19, 4.5, 1.86, 1.69, 1.07, .88, .26, .37, .26, .40, .90, .975, 0, .26, .86, .80, 4, .50, 0},
    /* people carrier */
    {.08, 4.6, 1.84, 1.72, 1.00, .80, .20, .32, .17, .37, .93, .98, 0, .16, .86, .78, 4, 0, 0},
    /* city car */
    {.09, 3.55, 1.64, 1.50, .95, .74, .19, .28, .20, .37, .89, .97, 0, .24, .62, .55, 2, 0, 0},
    /* coupe */
    {.06, 4.35, 1.84, 1.28, .84, .62, .14, .33, .36, .52, .68, .90, .04, .30, .85, .85, 2, 0, 0},
    /* off-roader */
    {.06, 4.2, 1.84, 1.86, 1.16, 1.02, .32, .39, .31, .355, .965, .985, 0, .12, .72, .78, 4, .58,
     1},
};

/* Shares as counted on European and American roads, roughly. */
static const struct {
    double share;
    struct rgb rgb;
} paints[] = {
    {.17, {.90, .90, .89}}, /* white */
    {.04, {.86, .84, .78}}, /* cream */
    {.15, {.075, .075, .08}}, /* black */
    {.11, {.62, .64, .66}}, /* silver */
    {.12, {.34, .36, .38}}, /* grey */
    {.05, {.22, .23, .25}}, /* anthracite */
    {.10, {.10, .20, .45}}, /* blue */
    {.03, {.07, .10, .22}}, /* night blue */
    {.03, {.30, .55, .74}}, /* light blue */
    {.09, {.68, .08, .08}}, /* red */
    {.02, {.36, .05, .09}}, /* wine */
    {.03, {.10, .28, .17}}, /* racing green */
    {.02, {.42, .56, .22}}, /* apple green */
    {.01, {.08, .46, .44}}, /* teal */
    {.02, {.86, .38, .07}}, /* orange */
    {.01, {.93, .76, .10}}, /* yellow */
    {.02, {.36, .25, .17}}, /* brown */
    {.02, {.60, .53, .42}}, /* beige */
};

struct car {
    struct shape shape;
    struct rgb paint, roof, stripe;
    enum topping topping;
    struct scene_rim rim;
    bool yellow_plate, white_doors;
    double tint; /* of the windows */
    struct rgb cargo;
};

static void dress(struct car *car, struct weir_random *r) {
    double at = weir_random_unit(r);
    for (size_t i = 0; i < sizeof paints / sizeof *paints && at >= 0; i++) {
        car->paint = paints[i].rgb;
        at -= paints[i].share;
    }
    double tone = weir_random_in(r, 0.92, 1.06);
    car->paint = rgb_clamp(rgb_scale(car->paint, tone));
    car->roof = car->paint;
    double special = weir_random_unit(r);
    bool low = car->shape.height < 1.35;
    if (special < 0.06 && !low) {
        static const struct rgb cabs[] = {
            {.95, .72, .06}, {.07, .07, .075}, {.88, .83, .68}, {.95, .72, .06}};
        car->topping = TAXI;
        car->roof = car->paint = cabs[weir_random_below(r, 4)];
    } else if (special < 0.085 && !low) {
        static const struct rgb forces[][2] = {{{.90, .90, .91}, {.08, .20, .62}},
                                               {{.06, .06, .07}, {.90, .90, .91}}};
        const struct rgb *force = forces[weir_random_below(r, 2)];
        car->topping = POLICE;
        car->roof = car->paint = force[0];
        car->stripe = force[1];
        car->white_doors = force[0].r < 0.5;
    } else if (special < 0.14) { /* a roof of another colour */
        car->roof = weir_random_chance(r, 0.7) ? rgb(.06, .06, .065) : rgb(.9, .9, .89);
    } else if (special < 0.17 && !low) {
        car->topping = BOX;
        car->cargo = weir_random_chance(r, 0.6) ? rgb(.09, .09, .1) : rgb(.55, .57, .58);
    } else if (car->shape.pillar < 0.27 && car->shape.roof > 0.8 && weir_random_chance(r, 0.6)) {
        car->topping = RAILS;
    }
}

static struct car car_of(uint64_t look) {
    struct weir_random r = weir_random_of(look, SCENE_RANDOM_LOOK, 0);
    struct car car = {0};
    double at = weir_random_unit(&r);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && at >= 0; i++) {
        car.shape = shapes[i];
        at -= shapes[i].share;
    }
    struct shape *s = &car.shape;
    s->length *= weir_random_in(&r, 0.96, 1.05);
    s->width *= weir_random_in(&r, 0.98, 1.02);
    s->height *= weir_random_in(&r, 0.975, 1.025);
    s->nose += weir_random_in(&r, -0.03, 0.03);
    s->cowl += weir_random_in(&r, -0.012, 0.012);
    s->roof += weir_random_in(&r, -0.015, 0.01);
    s->pillar *= weir_random_in(&r, 0.8, 1.2);
    car.rim.rgb = weir_random_chance(&r, 0.25) ? rgb(.13, .13, .14) : rgb(.66, .68, .70);
    car.rim.share = weir_random_in(&r, 0.60, 0.72);
    car.rim.spokes = 5 + weir_random_below(&r, 4);
    car.yellow_plate = weir_random_chance(&r, 0.2);
    car.tint = weir_random_in(&r, 0.5, 1.2);
    dress(&car, &r);
    return car;
}

static double topping_m(enum topping t) {
    static const double high[] = {
        [RAILS] = 0.05, [TAXI] = TOPPING_M, [POLICE] = TOPPING_M, [BOX] = 0.3};
    return high[t];
}

struct scene_size scene_car_size(uint64_t look) {
    struct car car = car_of(look);
    return (struct scene_size){car.shape.length, car.shape.width + 2 * MIRROR_M,
                               car.shape.height + topping_m(car.topping)};
}

/* Metres forward of the middle of a share of the length. */
static double along(const struct shape *s, double share) {
    return s->length * (0.5 - share);
}

static struct scene_solid lower_of(const struct shape *s) {
    double front = s->length / 2, rear = -front, boot = s->belt + s->boot;
    return (struct scene_solid){
        .outline =
            {
                [REAR_BUMPER] = {rear + 0.10, s->clear},
                [REAR_PANEL] = {rear, s->clear + 0.30},
                [BOOT] = {rear + (s->upright ? 0.01 : 0.05), boot - 0.04},
                [SHOULDER] = {fmax(along(s, s->tail), rear + 0.10), boot + 0.01},
                [BONNET] = {along(s, s->cowl), s->belt + 0.02},
                [BROW] = {front - (s->upright ? 0.08 : 0.24), s->nose + 0.07},
                [GRILLE] = {front - 0.04, s->nose - 0.06},
                [CHIN] = {front, s->clear + 0.26},
                [CHIN + 1] = {front - 0.09, s->clear},
            },
        .n = CHIN + 2,
        .covered = SHOULDER,
        .half = s->width / 2,
        .nose_from = front - 0.42,
        .nose = s->upright ? 0.12 : 0.36,
        .tail_from = rear + 0.34,
        .tail = s->upright ? 0.08 : 0.30,
        .lean_from = s->belt - 0.22,
        .lean = s->upright ? 0.10 : 0.28,
        .sill = s->clear + 0.22,
        .shoulder = s->belt - 0.15,
    };
}

static struct scene_solid cabin_of(const struct shape *s) {
    double base = s->belt, bow = s->upright ? 0.02 : 0.045;
    double screen = along(s, s->screen), roof = along(s, s->roof);
    return (struct scene_solid){
        .outline = {[BACK_GLASS] = {along(s, s->tail), base},
                    [ROOF_BACK] = {roof, s->height - bow},
                    [ROOF_FRONT] = {0.6 * screen + 0.4 * roof, s->height},
                    [WINDSCREEN] = {screen, s->height - bow},
                    [WINDSCREEN + 1] = {along(s, s->cowl), base}},
        .n = WINDSCREEN + 2,
        .half = s->width / 2 - 0.07,
        .nose_from = screen,
        .nose = 0.10,
        .tail_from = roof,
        .tail = 0.10,
        .lean_from = base,
        .lean = s->upright ? 0.12 : 0.30,
    };
}

static struct rgb inside(const struct scene_vehicle *v, double tint) {
    struct rgb light = scene_brush_lit(v->brush, rgb(0.10, 0.11, 0.12), vec3(0, 0, 1));
    return rgb_scale(light, tint);
}

/* f of an outline's edge at height u. */
static double edge_at(const struct scene_solid *s, int edge, double u) {
    struct vec2 a = s->outline[edge], b = s->outline[edge + 1];
    return a.x + (b.x - a.x) * (u - a.y) / (b.y - a.y);
}

static void draw_windows(const struct scene_vehicle *v, const struct car *car,
                         const struct scene_solid *cabin) {
    const struct shape *s = &car->shape;
    struct scene_skin glass = scene_glass(inside(v, car->tint));
    struct scene_skin dim = scene_glass(rgb_scale(glass.rgb, 0.6));
    struct scene_skin bright =
        scene_glass(rgb_mix(glass.rgb, v->brush->sky->sky_horizon, v->lit ? 0.05 : 0.16));
    scene_kit_end_box(v, cabin, WINDSCREEN, -0.93, 0.93, 0.05, 0.97, glass);
    scene_kit_end(v, cabin, WINDSCREEN,
                  (struct vec2[]){{-0.93, 0.05}, {0.93, 0.05}, {0.93, 0.2}, {-0.93, 0.42}}, 4,
                  bright);
    bool steep = s->roof > 0.8; /* a hatch: the window ends above the lock */
    double low = steep ? 0.16 : 0.04;
    scene_kit_end_box(v, cabin, BACK_GLASS, -0.86, 0.86, low, 0.92, glass);
    scene_kit_end_box(v, cabin, BACK_GLASS, -0.86, 0.86, 0.66, 0.92, bright);

    double u0 = s->belt + 0.035, u1 = s->height - 0.125, um = u0 + 0.6 * (u1 - u0);
    double f0 = edge_at(cabin, BACK_GLASS, u0) + s->pillar,
           f1 = edge_at(cabin, BACK_GLASS, u1) + 0.8 * s->pillar,
           g1 = edge_at(cabin, WINDSCREEN, u1) - 0.04, g0 = edge_at(cabin, WINDSCREEN, u0) - 0.16;
    double fm = f0 + 0.6 * (f1 - f0), gm = g0 + 0.6 * (g1 - g0);
    scene_kit_side(v, cabin, 0, (struct vec2[]){{f0, u0}, {f1, u1}, {g1, u1}, {g0, u0}}, 4, dim);
    scene_kit_side(v, cabin, 0, (struct vec2[]){{fm, um}, {f1, u1}, {g1, u1}, {gm, um}}, 4, bright);
    double middle = s->doors == 4 ? along(s, 0.5) + 0.06 : along(s, 0.58);
    struct scene_skin bar = scene_gloss(rgb_scale(car->roof, 0.35));
    if (v->manned && v->px > 12) {
        double seat = middle + 0.18, u = s->height - 0.34;
        struct scene_skin dark =
            scene_shine(glass.rgb.r * 0.6, glass.rgb.g * 0.6, glass.rgb.b * 0.6);
        scene_kit_side_spot(v, cabin, 0, seat, u, 0.11, 0.14, dark);
        scene_kit_side_box(v, cabin, 0, seat - 0.2, seat + 0.12, u0, u - 0.12, dark);
        scene_kit_end_spot(v, cabin, WINDSCREEN, 0.45, 0.42, 0.14, 0.18, dark);
        scene_kit_end_box(v, cabin, WINDSCREEN, 0.2, 0.72, 0.62, 0.95, dark);
        scene_kit_end_spot(v, cabin, BACK_GLASS, 0.42, 0.60, 0.12, 0.17, dark);
        scene_kit_end_box(v, cabin, BACK_GLASS, 0.16, 0.70, low, 0.44, dark);
        scene_kit_end_box(v, cabin, BACK_GLASS, -0.70, -0.16, low, 0.40, dark);
    }
    scene_kit_side_box(v, cabin, 0, middle - 0.05, middle + 0.05, u0, u1, bar);
    double last = f0 + 0.36 * (middle - f0);
    if (s->doors == 4 && middle - f0 > 1.25)
        scene_kit_side(
            v, cabin, 0,
            (struct vec2[]){{last - 0.06, u0}, {last, u1}, {last + 0.06, u1}, {last, u0}}, 4, bar);
}

static void draw_front(const struct scene_vehicle *v, const struct car *car,
                       const struct scene_solid *body) {
    const struct shape *s = &car->shape;
    struct scene_skin black = scene_matt(0.05, 0.05, 0.055), lamp = scene_kit_headlamp(v);
    double front = s->length / 2, u = s->nose - 0.09;
    scene_kit_end_box(v, body, BONNET, -0.55, 0.55, 0.03, 0.97,
                      scene_gloss(rgb_mix(car->paint, rgb(1, 1, 1), 0.05)));
    scene_kit_end_box(v, body, GRILLE, -0.52, 0.52, 0.05, 0.50, black);
    scene_kit_end_spot(v, body, GRILLE, 0, 0.24, 0.06, 0.14, scene_gloss(rgb(.8, .8, .82)));
    scene_kit_end_box(v, body, CHIN, -0.72, 0.72, 0.25, 1, black);
    scene_kit_end_box(v, body, GRILLE, -0.29, 0.29, 0.66, 0.98,
                      car->yellow_plate ? scene_matt(.85, .72, .12) : scene_matt(.86, .86, .84));
    for (int side = -1; side <= 1; side += 2) {
        double x0 = side * 0.56, x1 = side * 0.99;
        scene_kit_end(v, body, GRILLE,
                      (struct vec2[]){{x0, 0.12}, {x1, 0.0}, {x1, 0.46}, {x0, 0.42}}, 4, lamp);
        scene_kit_end_box(v, body, CHIN, side * 0.76, side * 0.92, 0.1, 0.5, lamp);
    }
    scene_kit_side(v, body, 0,
                   (struct vec2[]){{front - 0.05, u + 0.02},
                                   {front - 0.30, u + 0.06},
                                   {front - 0.24, u - 0.07},
                                   {front - 0.04, u - 0.11}},
                   4, lamp);
    scene_kit_side_box(v, body, 0, front - 0.34, front - 0.27, u - 0.02, u + 0.05,
                       scene_matt(.85, .42, .08));
    if (v->lit) {
        scene_kit_lamps(v, 1, front, s->width * 0.37, u, rgb(.95, .90, .75), 0.85);
        if (v->eye.x < 12 && !v->brush->shadow) /* the road ahead of it */
            scene_brush_glow(v->brush, scene_pose_point(&v->pose, front + 3.2, 0, 0),
                             rgb(.15, .14, .11), 2.6);
    }
}

static void draw_rear(const struct scene_vehicle *v, const struct car *car,
                      const struct scene_solid *body) {
    const struct shape *s = &car->shape;
    struct scene_skin lamp = scene_kit_taillamp(v), black = scene_matt(0.05, 0.05, 0.055);
    double rear = -s->length / 2, u1 = s->belt + s->boot - 0.07, u0 = u1 - 0.19;
    scene_kit_end_box(v, body, REAR_BUMPER, -0.8, 0.8, 0, 0.5, black);
    double plate = s->roof > 0.8 ? 0.12 : 0.40;
    if (s->upright) {
        scene_kit_end_spot(v, body, REAR_PANEL, 0.08, 0.78, 0.34, 0.44, scene_matt(.06, .06, .065));
        scene_kit_end_spot(v, body, REAR_PANEL, 0.08, 0.78, 0.20, 0.27, scene_gloss(car->paint));
        plate = 0.03;
    }
    scene_kit_end_box(v, body, REAR_PANEL, -0.28, 0.28, plate, plate + 0.24,
                      car->yellow_plate ? scene_matt(.85, .72, .12) : scene_matt(.84, .84, .82));
    for (int side = -1; side <= 1; side += 2) {
        scene_kit_end_box(v, body, REAR_PANEL, side * 0.60, side * 1.0, 0.50, 0.92, lamp);
        if (v->px > 30) {
            scene_kit_end_box(v, body, REAR_PANEL, side * 0.66, side * 0.76, 0.56, 0.66,
                              scene_matt(.85, .85, .85));
            scene_kit_end_box(v, body, REAR_PANEL, side * 0.80, side * 0.92, 0.56, 0.66,
                              scene_matt(.85, .42, .08));
        }
    }
    scene_kit_side_box(v, body, 0, rear + 0.04, rear + 0.24, u0, u1, lamp);
    if (v->braking || v->lit)
        scene_kit_lamps(v, -1, rear, s->width * 0.37, (u0 + u1) / 2,
                        v->braking ? rgb(.80, .10, .06) : rgb(.42, .03, .02),
                        v->braking ? 0.6 : 0.4);
}

static void draw_flanks(const struct scene_vehicle *v, const struct car *car,
                        const struct scene_solid *body) {
    const struct shape *s = &car->shape;
    if (s->cladding > 0)
        scene_kit_band(v, body, s->clear, s->cladding, -0.2, scene_matt(.075, .075, .08));
    else
        scene_kit_band(v, body, s->clear, s->clear + 0.09, -0.2, scene_matt(.06, .06, .065));
    double rear = along(s, 1) + s->axle2 + s->wheel + 0.1,
           front = along(s, 0) - s->axle - s->wheel - 0.1;
    if (car->topping == POLICE) {
        struct scene_skin stripe = scene_gloss(car->stripe);
        if (car->white_doors)
            scene_kit_side_box(v, body, 0, rear, front, s->clear + 0.1, s->belt, stripe);
        else
            scene_kit_band(v, body, 0.52, 0.74, 0, stripe);
    } else if (car->topping == TAXI && car->paint.r > 0.8) {
        for (int i = 0; i < 8; i++) /* chequers */
            scene_kit_side_box(v, body, 0, rear + i * 0.24, rear + 0.12 + i * 0.24, 0.62, 0.72,
                               scene_matt(.05, .05, .05));
    }
    if (v->px < 22)
        return;
    struct scene_skin gap = scene_gloss(rgb_scale(car->paint, 0.4));
    double middle = s->doors == 4 ? along(s, 0.5) + 0.06 : along(s, 0.58), low = s->clear + 0.16;
    double at[3] = {front - 0.02, middle, fmax(rear - 0.05, middle - 1.0)};
    for (int i = 0; i < (s->doors == 4 ? 3 : 2); i++)
        scene_kit_side_box(v, body, 0, at[i] - 0.010, at[i] + 0.012, low, s->belt, gap);
    scene_kit_side_box(v, body, 0, at[2], at[0], low - 0.01, low + 0.012, gap);
    struct scene_skin handle =
        scene_gloss(rgb_scale(rgb_mix(car->paint, rgb(.6, .6, .6), 0.4), .8));
    for (int i = 1; i < (s->doors == 4 ? 3 : 2); i++)
        scene_kit_side_box(v, body, 0, at[i] + 0.07, at[i] + 0.26, s->belt - 0.15, s->belt - 0.11,
                           handle);
}

static void draw_topping(const struct scene_vehicle *v, const struct car *car,
                         const struct scene_solid *cabin) {
    const struct shape *s = &car->shape;
    double top = s->height, half = s->width / 2, mid = cabin->outline[ROOF_FRONT].x;
    double high = top + topping_m(car->topping);
    double end = along(s, s->roof), head = along(s, s->screen);
    switch (car->topping) {
    case PLAIN:
        break;
    case RAILS:
        for (int side = -1; side <= 1; side += 2)
            scene_kit_block(v, vec3(end + 0.1, side * half * 0.58 - 0.02, top - 0.04),
                            vec3(head - 0.15, side * half * 0.58 + 0.02, high),
                            scene_gloss(rgb(.55, .56, .58)));
        break;
    case TAXI:
        scene_kit_block(v, vec3(mid - 0.09, -0.28, top - 0.02), vec3(mid + 0.09, 0.28, high),
                        v->lit ? scene_shine(1, .86, .42) : scene_matt(.95, .90, .70));
        if (v->lit)
            scene_brush_glow(v->brush, scene_pose_point(&v->pose, mid, 0, high), rgb(.4, .33, .14),
                             0.5);
        break;
    case POLICE:
        scene_kit_block(v, vec3(mid - 0.12, -0.5, top - 0.02), vec3(mid + 0.12, 0.0, high),
                        v->lit ? scene_shine(.25, .45, 1) : scene_gloss(rgb(.10, .22, .75)));
        scene_kit_block(v, vec3(mid - 0.12, 0.0, top - 0.02), vec3(mid + 0.12, 0.5, high),
                        v->lit ? scene_shine(.25, .45, 1) : scene_gloss(rgb(.10, .22, .75)));
        if (v->lit)
            scene_brush_glow(v->brush, scene_pose_point(&v->pose, mid, 0, high), rgb(.1, .2, .6),
                             1.2);
        break;
    case BOX:
        scene_kit_block(v, vec3(end + 0.1, -0.38, top - 0.02), vec3(end + 1.35, 0.38, high),
                        scene_gloss(car->cargo));
        break;
    }
}

void scene_car_draw(const struct scene_vehicle *v, uint64_t look) {
    struct car car = car_of(look);
    const struct shape *s = &car.shape;
    struct scene_solid body = lower_of(s), cabin = cabin_of(s);
    double half = s->width / 2, front = s->length / 2 - s->axle, rear = s->axle2 - s->length / 2;
    scene_kit_belly(v, 0.32 - s->length / 2, s->length / 2 - 0.32, half - 0.12);
    scene_kit_tyres(v, rear, s->wheel, half - 0.02, 0.22);
    scene_kit_tyres(v, front, s->wheel, half - 0.02, 0.22);
    scene_kit_solid(v, &body, scene_gloss(car.paint));
    draw_flanks(v, &car, &body);
    scene_kit_wheel(v, &body, rear, s->wheel, half - 0.02, 0.05, car.rim);
    scene_kit_wheel(v, &body, front, s->wheel, half - 0.02, 0.05, car.rim);
    draw_front(v, &car, &body);
    draw_rear(v, &car, &body);

    int far = v->eye.y > 0 ? -1 : 1;
    double mirror = edge_at(&cabin, WINDSCREEN, s->belt + 0.1) - 0.28;
    struct scene_skin shell = scene_gloss(rgb_scale(car.paint, 0.9));
    for (int i = 0; i < 2; i++) { /* the far mirror, the cabin, the near mirror */
        double l0 = (i ? -far : far) > 0 ? half - 0.09 : -half - MIRROR_M;
        if (i) {
            scene_kit_solid(v, &cabin, scene_gloss(car.roof));
            draw_windows(v, &car, &cabin);
            draw_topping(v, &car, &cabin);
        }
        if (v->px > 9 && !v->brush->shadow)
            scene_kit_block(v, vec3(mirror, l0, s->belt + 0.01),
                            vec3(mirror + 0.13, l0 + MIRROR_M + 0.09, s->belt + 0.17), shell);
    }
}
