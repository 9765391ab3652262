/*
 * Everything that stands about: lamps, trees, parked vehicles, benches, spots
 * where people linger. Along roads it follows the strips, on open areas the kind
 * of area. Each is tried where it would look natural, and left out where the
 * place is taken (plan_build.c decides).
 */
#include "plan_build.h"

#define PI 3.141592653589793

static double heading_of(struct vec2 u) {
    return atan2(u.y, u.x);
}

static double in(struct scene_build *b, double from, double to) {
    return weir_random_in(&b->random, from, to);
}

static bool chance(struct scene_build *b, double p) {
    return weir_random_chance(&b->random, p);
}

/* A point beside a road: out_m beyond the kerb. toward: direction to the lanes. */
static struct vec2 beside(const struct scene_road *road, int side, double s, double out_m,
                          struct vec2 *ret_along, struct vec2 *ret_toward) {
    double sign = side == SCENE_LEFT ? -1 : 1, c = sign;
    double off = scene_road_edge(road, side, SCENE_STRIP_VERGE) + out_m;
    struct vec2 u, p = scene_road_at(road, s, sign * off, &u);
    *ret_toward = (struct vec2){-c * u.y, c * u.x};
    *ret_along = u;
    return p;
}

/* Where trees and lamps stand: the verge, or the kerb side of the pavement. */
static double furniture(const struct scene_road *road, int side) {
    const double *strip = road->side[side].strip_m;
    if (strip[SCENE_STRIP_VERGE] > 0)
        return fmax(strip[SCENE_STRIP_VERGE] / 2, 0.45);
    return strip[SCENE_STRIP_CYCLE] > 0 ? strip[SCENE_STRIP_CYCLE] + 0.4 : 0.45;
}

static double lamp_height(const struct scene_road *road) {
    return road->lanes > 1 ? 8 : road->lanes ? 6.5 : 4.5;
}

static void lamps(struct scene_build *b, const struct scene_road *road, int side) {
    double every = road->side[side].lamp_every_m, end = scene_road_length(road);
    double start = side == SCENE_LEFT ? every / 2 : 0;
    if (!road->lanes && side == SCENE_LEFT)
        return; /* a footpath has one row */
    for (double s = start + in(b, 0, 5); every > 0 && s < end; s += every) {
        struct vec2 u, t;
        for (int attempt = 0; attempt < 3; attempt++) { /* a step aside is as good */
            struct vec2 p = beside(road, side, s + 2.5 * attempt, furniture(road, side), &u, &t);
            if (hypot(p.x, p.y) > 230 || !scene_build_sees(b, p.x, p.y, 14) || b->lamps >= 46 ||
                scene_build_prop(b, SCENE_LAMP, p.x, p.y, heading_of(t), lamp_height(road), 0))
                break;
        }
    }
}

static void trees(struct scene_build *b, const struct scene_road *road, int side, double tall) {
    double every = road->side[side].tree_every_m, end = scene_road_length(road);
    for (double s = in(b, 2, 8); every > 0 && s < end; s += every * in(b, 0.85, 1.2)) {
        struct vec2 u, t, p = beside(road, side, s, furniture(road, side), &u, &t);
        if (scene_build_sees(b, p.x, p.y, 6) && hypot(p.x, p.y) < 240 && !chance(b, 0.12)) {
            double height = tall * in(b, 0.75, 1.2);
            scene_build_prop(b, SCENE_TREE, p.x, p.y, in(b, 0, 2 * PI), height, 0);
        }
    }
}

static enum scene_class vehicle(struct scene_build *b) {
    double at = weir_random_unit(&b->random);
    return at < 0.88 ? SCENE_CAR : at < 0.965 ? SCENE_TRUCK : SCENE_BUS;
}

static void kerbside(struct scene_build *b, const struct scene_road *road, int side) {
    double bays = road->side[side].strip_m[SCENE_STRIP_BAYS], end = scene_road_length(road);
    for (double s = in(b, 0, 6); bays > 0 && s < end;) {
        bool crossing = road->cut_to > 0 && s > road->cut_from - 7 && s < road->cut_to + 7;
        enum scene_class kind = vehicle(b);
        double length = kind == SCENE_CAR ? in(b, 5.1, 5.9) : kind == SCENE_TRUCK ? 9.5 : 13.5;
        struct vec2 u, t;
        double in_m = bays / 2 + in(b, -0.08, 0.08) + (kind == SCENE_CAR ? 0 : -0.15);
        struct vec2 p = beside(road, side, s + length / 2, -in_m, &u, &t);
        bool backwards = (side == SCENE_LEFT) != chance(b, 0.06);
        double heading = heading_of(u) + (backwards ? PI : 0) + in(b, -0.02, 0.02);
        if (!crossing && hypot(p.x, p.y) < 130 && scene_build_sees(b, p.x, p.y, 6) &&
            chance(b, road->side[side].parked))
            scene_build_park(b, kind, p.x, p.y, heading);
        s += length;
    }
}

/* Bicycles side by side, or along the kerb where it is narrow. */
static void cycles(struct scene_build *b, const struct scene_road *road, int side) {
    double verge = road->side[side].strip_m[SCENE_STRIP_VERGE];
    int n = 1 + weir_random_below(&b->random, 6);
    double s = in(b, 0, 0.6 * fmin(scene_road_length(road), 160));
    double step = verge >= 2 ? 0.75 : 2.0, out = furniture(road, side);
    for (int i = 0; i < n; i++, s += step * in(b, 0.95, 1.15)) {
        struct vec2 u, t, p = beside(road, side, s, out, &u, &t);
        double heading = heading_of(verge >= 2 ? t : u) + in(b, -0.12, 0.12);
        heading += chance(b, 0.5) ? PI : 0;
        if (scene_build_sees(b, p.x, p.y, 1) && scene_build_free(b, p.x, p.y, 0.35))
            scene_build_park(b, SCENE_BICYCLE, p.x, p.y, heading);
    }
}

/* A bench and who may sit on it. */
static bool bench(struct scene_build *b, double x, double y, double heading) {
    if (!scene_build_prop(b, SCENE_BENCH, x, y, heading, 0.85, 0))
        return false;
    if (chance(b, 0.7))
        scene_build_spot(b, x, y, 0.2, SCENE_SITTING, heading);
    return true;
}

static void bus_stop(struct scene_build *b, const struct scene_road *road, int side) {
    struct vec2 u, t;
    double s = in(b, 0.1, 0.7) * fmin(scene_road_length(road), 130);
    double out = furniture(road, side) + 0.4;
    struct vec2 p = beside(road, side, s, out, &u, &t);
    if (!scene_build_sees(b, p.x, p.y, -2) ||
        !scene_build_prop(b, SCENE_SHELTER, p.x, p.y, heading_of(t), 2.5, 0))
        return;
    struct vec2 q = beside(road, side, s + 3.4, furniture(road, side), &u, &t);
    scene_build_prop(b, SCENE_SIGN, q.x, q.y, heading_of(u), 2.8, 0);
    for (int i = 0; i < 3; i++) {
        struct vec2 w = beside(road, side, s - 2.4 - 1.3 * i, furniture(road, side), &u, &t);
        scene_build_spot(b, w.x, w.y, 0.5, SCENE_STANDING, heading_of(t) + in(b, -0.5, 0.5));
    }
}

/* Small things by the kerb and along the façades. */
static const struct {
    enum scene_prop_kind kind;
    double low_m, high_m;
    double share; /* per 100 m of pavement */
    bool kerb; /* else by the façades */
} small[] = {
    {SCENE_BIN, 0.9, 1.15, 2.2, true},     {SCENE_BOLLARD, 0.8, 1.05, 2.5, true},
    {SCENE_HYDRANT, 0.7, 0.9, 0.8, true},  {SCENE_MAILBOX, 1.2, 1.5, 0.7, true},
    {SCENE_SIGN, 2.4, 3, 2.4, true},       {SCENE_POST, 1.6, 7, 1.2, true},
    {SCENE_PLANTER, 0.7, 1.1, 1.4, false}, {SCENE_BILLBOARD, 2.6, 3.6, 0.5, false},
    {SCENE_KIOSK, 2.7, 3.1, 0.3, false},   {SCENE_SKIP, 1.3, 1.6, 0.3, false},
    {SCENE_BUSH, 0.7, 1.6, 1.6, false},    {SCENE_BIN, 0.9, 1.3, 1.2, false},
};

static void clutter(struct scene_build *b, const struct scene_road *road, int side) {
    double walk = road->side[side].strip_m[SCENE_STRIP_WALK];
    double end = fmin(scene_road_length(road), 220);
    double facade =
        scene_road_edge(road, side, SCENE_STRIPS) - scene_road_edge(road, side, SCENE_STRIP_VERGE);
    for (size_t i = 0; i < sizeof small / sizeof *small && walk > 0; i++)
        for (double s = in(b, 0, 200 / small[i].share); s < end;
             s += in(b, 20, 180) / small[i].share) {
            double foot = scene_prop_radius(small[i].kind);
            double out = small[i].kerb ? furniture(road, side)
                                       : facade + fmin(road->side[side].setback_m - foot - 0.2, 1);
            struct vec2 u, t, p = beside(road, side, s, out, &u, &t);
            double heading = small[i].kind == SCENE_SIGN
                                 ? heading_of(u) + (side == SCENE_RIGHT ? PI : 0)
                                 : heading_of(t);
            if (scene_build_sees(b, p.x, p.y, 2))
                scene_build_prop(b, small[i].kind, p.x, p.y, heading,
                                 in(b, small[i].low_m, small[i].high_m), 0);
        }
    for (double s = in(b, 3, 25); s < end && walk > 2.4; s += in(b, 14, 40)) {
        struct vec2 u, t, p = beside(road, side, s, furniture(road, side), &u, &t);
        if (scene_build_sees(b, p.x, p.y, -1))
            bench(b, p.x, p.y, heading_of(t) + (chance(b, 0.5) ? PI : 0));
    }
}

/* Front gardens: a hedge or fence along the pavement, green behind it. */
static void gardens(struct scene_build *b, const struct scene_road *road, int side) {
    const struct scene_side *about = &road->side[side];
    double end = fmin(scene_road_length(road), 170);
    double out =
        scene_road_edge(road, side, SCENE_STRIPS) - scene_road_edge(road, side, SCENE_STRIP_VERGE);
    for (double s = 1; about->hedges && s < end;) {
        double length = in(b, 5, 11);
        enum scene_prop_kind kind = chance(b, 0.6) ? SCENE_HEDGE : SCENE_FENCE;
        struct vec2 u, t, p = beside(road, side, s + length / 2, out + 0.6, &u, &t);
        bool bends = road->points > 2 && hypot(p.x, p.y) > 110;
        if (!bends && scene_build_sees(b, p.x, p.y, length) && !chance(b, 0.15))
            scene_build_prop(b, kind, p.x, p.y, heading_of(u), in(b, 0.9, 1.5), length);
        s += length + in(b, 1.2, 4);
        for (int i = 0; i < 2; i++) {
            static const enum scene_prop_kind green[] = {SCENE_TREE, SCENE_CONIFER, SCENE_BUSH,
                                                         SCENE_BUSH, SCENE_TREE};
            static const double tall[] = {7, 6, 1.3, 1.3, 5};
            int k = weir_random_below(&b->random, 5);
            double garden = out + in(b, 1.6, 9);
            p = beside(road, side, s - in(b, 0, 9), garden, &u, &t);
            if (scene_build_sees(b, p.x, p.y, 3)) {
                double height = tall[k] * in(b, 0.7, 1.3);
                scene_build_prop(b, green[k], p.x, p.y, in(b, 0, 6), height, 0);
            }
        }
    }
}

/* A point of an area, up to margin_m from its edges; likely one in view. */
static struct vec2 somewhere(struct scene_build *b, const struct scene_area *a, double margin_m) {
    struct vec2 p = {0, 0};
    for (int i = 0; i < 5; i++) {
        double along = in(b, -1, 1) * fmax(a->half_length_m - margin_m, 0);
        double across = in(b, -1, 1) * fmax(a->half_width_m - margin_m, 0);
        if (a->kind == SCENE_LOT) /* around the bays */
            across = (across < 0 ? -1 : 1) * (a->half_width_m + 0.6);
        p.x = a->x + along * a->ux - across * a->uy;
        p.y = a->y + along * a->uy + across * a->ux;
        if (scene_build_sees(b, p.x, p.y, 0))
            break;
    }
    return p;
}

/* What stands on open ground, how often it is tried, and how tall it is. */
struct scatter {
    enum scene_prop_kind kind;
    int tries;
    double low_m, high_m;
};

static const struct scatter plaza[] = {
    {SCENE_STATUE, 3, 3, 5},  {SCENE_KIOSK, 3, 2.7, 3.2},    {SCENE_LAMP, 15, 4.6, 5.6},
    {SCENE_TREE, 16, 6, 11},  {SCENE_PLANTER, 14, 0.7, 1.1}, {SCENE_PARASOL, 22, 2.3, 2.7},
    {SCENE_BIN, 7, 0.9, 1.1}, {SCENE_BOLLARD, 14, 0.8, 1},   {SCENE_BILLBOARD, 3, 2.6, 3.4},
    {SCENE_POST, 3, 2, 4},
};
static const struct scatter lot[] = {
    {SCENE_LAMP, 20, 7, 9}, {SCENE_TREE, 12, 5, 8},    {SCENE_BUSH, 16, 0.7, 1.4},
    {SCENE_SIGN, 6, 2, 3},  {SCENE_SKIP, 2, 1.3, 1.5}, {SCENE_BOLLARD, 8, 0.8, 1},
};
static const struct scatter park[] = {
    {SCENE_TREE, 30, 6, 14}, {SCENE_CONIFER, 10, 5, 13}, {SCENE_BUSH, 20, 0.6, 2},
    {SCENE_LAMP, 10, 4, 5},  {SCENE_BIN, 4, 0.9, 1.1},   {SCENE_STATUE, 1, 2.6, 4},
    {SCENE_POST, 3, 2, 6},   {SCENE_FENCE, 2, 1, 1.3},
};

static const struct {
    const struct scatter *row;
    size_t rows;
    int benches;
} scatters[SCENE_AREA_KINDS] = {
    [SCENE_PLAZA] = {plaza, sizeof plaza / sizeof *plaza, 10},
    [SCENE_LOT] = {lot, sizeof lot / sizeof *lot, 0},
    [SCENE_PARK] = {park, sizeof park / sizeof *park, 8},
};

static void strew(struct scene_build *b, const struct scene_area *a) {
    double density = in(b, 0.5, 1.1);
    for (size_t i = 0; i < scatters[a->kind].rows; i++) {
        const struct scatter *row = &scatters[a->kind].row[i];
        for (int k = 0; k < row->tries * density; k++) {
            struct vec2 p = somewhere(b, a, 1);
            double length = row->kind == SCENE_FENCE ? in(b, 4, 10) : 0;
            if (scene_build_sees(b, p.x, p.y, 2)) {
                double height = in(b, row->low_m, row->high_m);
                scene_build_prop(b, row->kind, p.x, p.y, in(b, 0, 2 * PI), height, length);
            }
        }
    }
    for (int k = 0; k < scatters[a->kind].benches; k++) {
        struct vec2 p = somewhere(b, a, 1.5);
        if (scene_build_sees(b, p.x, p.y, -1))
            bench(b, p.x, p.y, in(b, 0, 2 * PI));
    }
}

/*
 * A car park: along its length, modules of a row of bays, an aisle, a row of
 * bays. Ways are already there: the aisles are lanes, so this only fills bays.
 */
static void bays(struct scene_build *b, const struct scene_area *a) {
    double fill = in(b, 0.45, 1);
    double vx = -a->uy, vy = a->ux;
    for (double module = -a->half_width_m; module + 16 <= a->half_width_m + 0.01; module += 16)
        for (int side = 0; side < 2; side++) {
            double across = module + (side ? 13.5 : 2.5);
            scene_build_mark(b, SCENE_MARK_BAYS, a->x - a->ux * a->half_length_m + vx * across,
                             a->y - a->uy * a->half_length_m + vy * across, a->ux, a->uy,
                             2 * a->half_length_m, 2.4);
            for (double s = -a->half_length_m + 1.25; s < a->half_length_m - 1; s += 2.5) {
                double x = a->x + a->ux * s + vx * (across + in(b, -0.25, 0.25));
                double y = a->y + a->uy * s + vy * (across + in(b, -0.25, 0.25));
                double inward = side ? -1 : 1;
                double nose = chance(b, 0.75) ? -inward : inward;
                double heading = atan2(nose * vy, nose * vx) + in(b, -0.04, 0.04);
                bool taken = chance(b, fill * (1 - 0.4 * fabs(s) / a->half_length_m));
                if (taken && b->plan->parked_len < 46 && scene_build_sees(b, x, y, 3) &&
                    hypot(x, y) < 110)
                    scene_build_park(b, SCENE_CAR, x, y, heading);
            }
        }
}

/* Open country ends in trees. */
static void woods(struct scene_build *b) {
    for (int i = 0; i < 16; i++) {
        double y = in(b, 110, 250), x = ((i + in(b, 0, 1)) / 8 - 1) * y * b->tan_view;
        if (scene_build_ground(b, x, y) == SCENE_GRASS) {
            double height = in(b, 7, 15), heading = in(b, 0, 2 * PI);
            scene_build_prop(b, chance(b, 0.7) ? SCENE_TREE : SCENE_CONIFER, x, y, heading, height,
                             0);
        }
    }
}

/* Can the camera see that place past the buildings? */
static bool in_sight(const struct scene_build *b, double x, double y) {
    double d = hypot(x, y);
    struct scene_quad ray = scene_quad_of(x / 2, y / 2, x / d, y / d, d / 2, 0.3);
    for (int i = 0; i < b->plan->buildings; i++) {
        const struct scene_building *h = &b->plan->building[i];
        struct scene_quad own =
            scene_quad_of(h->x, h->y, h->ux, h->uy, h->half_length_m, h->half_width_m);
        if (scene_quads_touch(&ray, &own))
            return false;
    }
    return true;
}

/* Groups that stand and talk, wherever one may stand: near ones first. */
static void groups(struct scene_build *b) {
    static const struct {
        double from_m, to_m;
        int wanted;
    } rings[] = {{4.5, 10, 5}, {8, 20, 7}, {20, 60, 8}, {60, 160, 6}};
    for (size_t i = 0; i < sizeof rings / sizeof *rings; i++)
        for (int tries = 0, found = 0, lawn = 0; tries < 160 && found < rings[i].wanted; tries++) {
            double y = in(b, rings[i].from_m, rings[i].to_m),
                   x = in(b, -0.92, 0.92) * y * b->tan_view;
            double radius = in(b, 0.45, 1.1);
            enum scene_ground ground = scene_build_ground(b, x, y);
            bool walkable = ground == SCENE_PAVING || ground == SCENE_COBBLES ||
                            ground == SCENE_CONCRETE || ground == SCENE_GRAVEL ||
                            (ground == SCENE_GRASS && lawn < 2);
            if (!walkable || !in_sight(b, x, y) || !scene_build_free(b, x, y, 0.45))
                continue;
            bool apart = true;
            for (int k = 0; k < b->plan->spots; k++)
                apart &= hypot(b->plan->spot[k].x - x, b->plan->spot[k].y - y) > 1.6;
            if (!apart)
                continue;
            scene_build_spot(b, x, y, radius, SCENE_STANDING, in(b, 0, 2 * PI));
            found++;
            lawn += ground == SCENE_GRASS;
        }
}

void scene_build_furnish(struct scene_build *b) {
    static void (*const steps[])(struct scene_build *, const struct scene_road *,
                                 int) = {lamps, kerbside, cycles, bus_stop, clutter, gardens};
    for (int i = 0; i < b->areas; i++)
        if (b->area[i].kind == SCENE_LOT)
            bays(b, &b->area[i]);
    for (size_t step = 0; step < sizeof steps / sizeof *steps; step++)
        for (int i = 0; i < b->roads; i++)
            for (int side = 0; side < 2; side++) {
                const double *strip = b->road[i].side[side].strip_m;
                bool stop = strip[SCENE_STRIP_WALK] >= 2.8 && b->road[i].buses;
                bool racks = strip[SCENE_STRIP_WALK] > 0;
                if ((steps[step] != bus_stop || stop) && (steps[step] != cycles || racks))
                    steps[step](b, &b->road[i], side);
            }
    double tall = in(b, 6, 12);
    for (int i = 0; i < b->roads; i++)
        for (int side = 0; side < 2; side++)
            trees(b, &b->road[i], side, tall);
    for (int i = 0; i < b->areas; i++)
        strew(b, &b->area[i]);
    woods(b);
    groups(b);
}
