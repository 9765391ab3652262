/*
 * The families of streets. Each describes, in street coordinates (the camera at
 * the origin, the main direction +y, the mirror and a turn added later), where
 * roads and open ground lie and what lines them; chance varies every measure.
 * Each holds something near and something that leads far away, a pavement a few
 * metres before the camera, and a way or two that never come near.
 */
#include "plan_build.h"

static double in(struct scene_build *b, double from, double to) {
    return weir_random_in(&b->random, from, to);
}

static int below(struct scene_build *b, int n) {
    return weir_random_below(&b->random, n);
}

static bool chance(struct scene_build *b, double p) {
    return weir_random_chance(&b->random, p);
}

static struct scene_road *straight(struct scene_build *b, double x0, double y0, double x1,
                                   double y1) {
    struct vec2 p[] = {scene_build_at(b, x0, y0), scene_build_at(b, x1, y1)};
    return scene_build_road(b, p, 2);
}

/* From y0 to y1 at x, then turning (to the left where positive) in steps, and on. */
static struct scene_road *bent(struct scene_build *b, double x, double y0, double y1, double turn,
                               double step_m, double tail_m) {
    enum { STEPS = 4 };
    struct vec2 p[STEPS + 3] = {scene_build_at(b, x, y0)};
    for (int i = 1; i <= STEPS + 1; i++) {
        p[i] = scene_build_at(b, x, y1);
        double angle = turn * i / (STEPS + 1), length = i <= STEPS ? step_m : tail_m;
        x -= sin(angle) * length;
        y1 += cos(angle) * length;
    }
    p[STEPS + 2] = scene_build_at(b, x, y1);
    return scene_build_road(b, p, STEPS + 3);
}

/* What lies on a road's left and right in street coordinates, mirror or not. */
static struct scene_side *side_of(struct scene_build *b, struct scene_road *road, int side) {
    return &road->side[b->mirror ? 1 - side : side];
}

static void line(struct scene_build *b, struct scene_road *road, int side, enum scene_style style,
                 double walk_m, double setback_m) {
    struct scene_side *s = side_of(b, road, side);
    s->style = style;
    s->strip_m[SCENE_STRIP_WALK] = walk_m;
    s->setback_m = setback_m;
    s->lamp_every_m = in(b, 22, 29);
}

static void line_both(struct scene_build *b, struct scene_road *road, enum scene_style style,
                      double walk_m, double setback_m) {
    line(b, road, SCENE_LEFT, style, walk_m, setback_m);
    line(b, road, SCENE_RIGHT, style, walk_m, setback_m);
}

static void bays(struct scene_build *b, struct scene_road *road, int side, double taken) {
    struct scene_side *s = side_of(b, road, side);
    s->strip_m[SCENE_STRIP_BAYS] = in(b, 2.15, 2.75);
    s->parked = taken;
}

static double edge(const struct scene_build *b, const struct scene_road *road, int side) {
    return scene_road_edge(road, b->mirror ? 1 - side : side, SCENE_STRIPS);
}

/* Façades along a line, with nothing before them that walks or drives. */
static void front(struct scene_build *b, double x0, double y0, double x1, double y1, int side,
                  enum scene_style style) {
    struct scene_road *road = straight(b, x0, y0, x1, y1);
    side_of(b, road, side)->style = style;
    side_of(b, road, side)->setback_m = 0.4;
}

static void footway(struct scene_build *b, double x0, double y0, double x1, double y1,
                    double half_width, double weight) {
    struct vec2 p[] = {scene_build_at(b, x0, y0), scene_build_at(b, x1, y1)};
    scene_build_footway(b, p, 2, half_width, weight);
}

/* A road in parallel to the end of a bent one, on the outer side of the bend: it
 * crosses nothing and is never near. */
static struct scene_road *beyond(struct scene_build *b, const struct scene_road *road,
                                 double out_m) {
    struct vec2 p = road->point[road->points - 2], q = road->point[road->points - 1];
    struct vec2 first = {road->point[1].x - road->point[0].x, road->point[1].y - road->point[0].y};
    double d = hypot(q.x - p.x, q.y - p.y), ux = (q.x - p.x) / d, uy = (q.y - p.y) / d;
    double outer = ux * first.y - uy * first.x > 0 ? 1 : -1; /* left of the end: 1 */
    double x = p.x - outer * uy * out_m, y = p.y + outer * ux * out_m;
    struct vec2 ends[] = {{x - ux * 190, y - uy * 190}, {x + ux * 190, y + uy * 190}};
    struct scene_road *far = scene_build_road(b, ends, 2);
    far->lanes = 1;
    far->buses = true;
    far->speed_m_per_s = 15;
    return far;
}

static double turn_of(struct scene_build *b, double from, double to) {
    double side = chance(b, 0.5) ? 1 : -1;
    return side * in(b, from, to);
}

/* A road across the view at y. */
static struct scene_road *cross_road(struct scene_build *b, double y, int lanes,
                                     enum scene_style style, double walk_m) {
    struct scene_road *road = straight(b, -260, y, 260, y);
    road->lanes = lanes;
    road->buses = chance(b, 0.7);
    line_both(b, road, style, walk_m, in(b, 0.3, 1));
    return road;
}

static enum scene_style town_style(struct scene_build *b) {
    static const enum scene_style some[] = {SCENE_OLD_TOWN, SCENE_CITY, SCENE_CITY, SCENE_OFFICES,
                                            SCENE_ESTATE};
    return some[below(b, 5)];
}

/* One street away from the camera, cars at its kerbs, a crossing further on. */
static void avenue(struct scene_build *b) {
    enum scene_style style = chance(b, 0.5) ? SCENE_CITY : town_style(b);
    double far = in(b, 40, 95), walk = in(b, 3, 4.8);
    double x = in(b, 9.5, 12.5) + walk;
    double turn = turn_of(b, 0.3, 0.9);
    struct scene_road *a = bent(b, x, -45, far + in(b, 70, 130), turn, 14, 130);
    a->lanes = 1;
    a->lane_m = in(b, 3.1, 3.6);
    a->buses = true;
    a->speed_m_per_s = in(b, 9, 14);
    line_both(b, a, style, walk, in(b, 0.3, 1.2));
    bays(b, a, SCENE_LEFT, in(b, 0.35, 0.9));
    if (chance(b, 0.75))
        bays(b, a, SCENE_RIGHT, in(b, 0.35, 0.9));
    if (chance(b, 0.6))
        for (int i = 0; i < 2; i++) {
            a->side[i].strip_m[SCENE_STRIP_VERGE] = in(b, 1.1, 2);
            a->side[i].tree_every_m = in(b, 9, 16);
        }
    /* The camera hangs over the near pavement or at the façade behind it. */
    double shift = edge(b, a, SCENE_LEFT) + in(b, -1.2, 1.5) - x;
    struct vec2 move = scene_build_toward(b, shift, 0);
    for (int i = 0; i < a->points; i++) {
        a->point[i].x += move.x;
        a->point[i].y += move.y;
    }
    scene_build_junction(b, a, cross_road(b, far, 1, style, in(b, 2.8, 4)));
}

/* Two streets cross right before the camera. */
static void crossing(struct scene_build *b) {
    enum scene_style style = town_style(b);
    double walk = in(b, 2.8, 4.2), y = in(b, 17, 26), x = in(b, -5, 11);
    double turn = turn_of(b, 0.3, 0.9);
    struct scene_road *a = bent(b, x, -60, y + in(b, 90, 170), turn, 14, 130);
    a->lanes = chance(b, 0.3) ? 2 : 1;
    a->buses = true;
    a->speed_m_per_s = 12;
    line_both(b, a, style, walk, in(b, 0.3, 1.2));
    bool trees = chance(b, 0.5);
    for (int i = 0; i < 2; i++) {
        bays(b, a, i, in(b, 0.3, 0.8));
        a->side[i].tree_every_m = trees ? in(b, 11, 18) : 0;
    }
    double pavement = in(b, 2.8, 4);
    struct scene_road *c = cross_road(b, y, chance(b, 0.4) ? 2 : 1, style, pavement);
    if (chance(b, 0.6)) {
        double parked = in(b, 0.3, 0.8);
        bays(b, c, chance(b, 0.5), parked);
    }
    scene_build_junction(b, a, c);
    struct scene_road *far = beyond(b, a, in(b, 35, 60));
    line_both(b, far, style, 3, 2);
}

/* People's ground: cafés, a statue, a road on the far side. */
static void square(struct scene_build *b) {
    static const enum scene_ground grounds[] = {SCENE_PAVING, SCENE_COBBLES, SCENE_CONCRETE,
                                                SCENE_PAVING};
    double depth = in(b, 28, 40), wide = in(b, 22, 34), near = in(b, -6, 0);
    enum scene_style style = chance(b, 0.65) ? SCENE_OLD_TOWN : SCENE_CITY;
    scene_build_area(b, SCENE_PLAZA, scene_build_at(b, 0, near + depth / 2),
                     scene_build_toward(b, 1, 0), wide, depth / 2, grounds[below(b, 4)]);
    double gap = in(b, 8, 11);
    struct scene_road *c = cross_road(b, near + depth + gap, 1, style, in(b, 2.8, 4));
    side_of(b, c, SCENE_RIGHT)->style = SCENE_OPEN;
    side_of(b, c, SCENE_RIGHT)->tree_every_m = chance(b, 0.5) ? in(b, 8, 14) : 0;
    bays(b, c, SCENE_LEFT, in(b, 0.3, 0.8));
    double end = near + depth - 1;
    front(b, -wide - 0.3, near - 20, -wide - 0.3, end, SCENE_LEFT, style);
    front(b, wide + 0.3, near - 20, wide + 0.3, end, SCENE_RIGHT, style);
    front(b, -190, end, -wide - 3, end, SCENE_RIGHT, style);
    front(b, wide + 3, end, 190, end, SCENE_RIGHT, style);
    /* Across it, and out through alleys between the houses. */
    double out = wide + 25;
    double to = in(b, 4, 9);
    footway(b, -out, in(b, 4, 8), out, to, 0.9, 2);
    to = in(b, 9, 17);
    footway(b, -out, in(b, 9, 17), out, to, 1.2, 2);
    to = in(b, 17, 26);
    footway(b, -out, in(b, 17, 26), out, to, 1.2, 1.5);
    double pavement = near + depth + gap - edge(b, c, SCENE_RIGHT) + 1;
    double turn = in(b, -0.8, 0.8) * wide, away = turn > 0 ? 200 : -200;
    struct vec2 slant[] = {scene_build_at(b, in(b, -3, 3), -12), scene_build_at(b, turn, pavement),
                           scene_build_at(b, away, pavement)};
    scene_build_footway(b, slant, 3, 0.7, 1);
    /* A street leads on behind the road, the view with it. */
    double x = in(b, -0.6, 0.6) * wide;
    double bend = turn_of(b, 0.3, 0.8);
    struct scene_road *a = bent(b, x, -60, end + in(b, 90, 140), bend, 13, 120);
    a->point[0] = scene_build_at(b, x, near - 8);
    a->walk_ground = SCENE_COBBLES;
    line_both(b, a, style, in(b, 3.4, 5), 0.3);
    for (int i = 0; i < 2; i++) {
        a->side[i].tree_every_m = chance(b, 0.3) ? 16 : 0;
        a->side[i].style = style;
    }
    scene_build_junction(b, a, c);
}

/* Rows of parked cars before a shop or a street. */
static void car_park(struct scene_build *b) {
    int modules = 1 + below(b, 2);
    double near = in(b, 9.5, 13), depth = 16.0 * modules, long_m = in(b, 42, 60);
    enum scene_ground ground = chance(b, 0.7) ? SCENE_ASPHALT : SCENE_CONCRETE;
    struct scene_area *a =
        scene_build_area(b, SCENE_LOT, scene_build_at(b, in(b, -8, 8), near + depth / 2),
                         scene_build_toward(b, 1, 0), long_m, depth / 2, ground);
    for (int i = 0; i < modules; i++)
        for (int side = 0; side < 2; side++) {
            double across = -a->half_width_m + 16 * i + 8 + (side ? 1.5 : -1.5);
            double end = (side ? -1 : 1) * (long_m + 45); /* to the right of the middle */
            struct vec2 p[2];
            for (int k = 0; k < 2; k++, end = -end)
                p[k] = (struct vec2){a->x - a->ux * end - a->uy * across,
                                     a->y - a->uy * end + a->ux * across};
            struct scene_way *way = scene_build_way(b, SCENE_LANE, p, 2);
            if (way) {
                way->half_width_m = 1.4;
                way->speed_m_per_s = 5;
                way->weight = 0.25;
            }
        }
    struct scene_road *path = straight(b, -120, near - 4.6, 120, near - 4.6);
    path->walk_ground = chance(b, 0.5) ? SCENE_PAVING : SCENE_CONCRETE;
    line(b, path, SCENE_LEFT, SCENE_OPEN, 3, 0);
    side_of(b, path, SCENE_LEFT)->strip_m[SCENE_STRIP_CYCLE] = chance(b, 0.4) ? 1.7 : 0;
    footway(b, -90, near + depth + 2, 90, near + depth + 2, 0.9, 1);
    double walk = in(b, 2, 3);
    int lanes = 1 + below(b, 2);
    struct scene_road *c = cross_road(b, near + depth + in(b, 14, 22), lanes, SCENE_SHEDS, walk);
    side_of(b, c, SCENE_RIGHT)->style = SCENE_OPEN;
    side_of(b, c, SCENE_RIGHT)->strip_m[SCENE_STRIP_VERGE] = 2;
    side_of(b, c, SCENE_RIGHT)->tree_every_m = in(b, 10, 20);
    side_of(b, c, SCENE_LEFT)->style = chance(b, 0.5) ? SCENE_SHEDS : town_style(b);
    side_of(b, c, SCENE_LEFT)->setback_m = in(b, 3, 9);
    b->plan->ground = chance(b, 0.5) ? SCENE_GRASS : SCENE_CONCRETE;
}

/* Houses behind hedges; the street bends away. */
static void suburb(struct scene_build *b) {
    double walk = in(b, 1.8, 2.6), verge = chance(b, 0.6) ? in(b, 1.2, 2.4) : 0;
    double lane = in(b, 2.7, 3.1), bay = in(b, 2.15, 2.3);
    double x = lane + bay + verge + walk + in(b, -0.5, 1.5);
    double turn = turn_of(b, 0.5, 1.2);
    struct scene_road *a = bent(b, x, -40, in(b, 55, 100), turn, 12, 150);
    a->lanes = 1;
    a->lane_m = lane;
    a->speed_m_per_s = 8;
    a->buses = chance(b, 0.4);
    line_both(b, a, SCENE_HOUSES, walk, in(b, 4, 7));
    for (int i = 0; i < 2; i++) {
        a->side[i].strip_m[SCENE_STRIP_VERGE] = verge;
        a->side[i].strip_m[SCENE_STRIP_BAYS] = bay;
        a->side[i].parked = in(b, 0.1, 0.45);
        a->side[i].tree_every_m = verge > 0 ? in(b, 11, 22) : 0;
        a->side[i].hedges = true;
    }
    if (chance(b, 0.6))
        scene_build_zebra(b, a, 45 + in(b, 16, 32));
    struct scene_road *far = beyond(b, a, in(b, 45, 80));
    line_both(b, far, SCENE_HOUSES, 2.2, 4);
    for (int i = 0; i < 2; i++)
        far->side[i].hedges = chance(b, 0.5);
    b->plan->ground = SCENE_GRASS;
}

/* Many lanes, a green strip between them, cycleways, tall blocks. */
static void boulevard(struct scene_build *b) {
    double far = in(b, 48, 100);
    int lanes = 2 + chance(b, 0.35);
    double median = chance(b, 0.7) ? in(b, 2.4, 6) : 1.4, verge = in(b, 1.5, 2.6),
           walk = in(b, 3, 5);
    double cycle = chance(b, 0.75) ? in(b, 1.7, 2.1) : 0;
    double x = median / 2 + lanes * 3.2 + verge + cycle + walk + in(b, -1, 1.5);
    double turn = turn_of(b, 0.15, 0.6);
    struct scene_road *a = bent(b, x, -50, far + in(b, 110, 160), turn, 18, 130);
    a->lanes = lanes;
    a->lane_m = 3.2;
    a->median_m = median;
    a->buses = true;
    a->speed_m_per_s = in(b, 12, 16);
    double setback = in(b, 0.5, 4);
    line_both(b, a, chance(b, 0.5) ? SCENE_OFFICES : town_style(b), walk, setback);
    for (int i = 0; i < 2; i++) {
        a->side[i].strip_m[SCENE_STRIP_VERGE] = verge;
        a->side[i].strip_m[SCENE_STRIP_CYCLE] = cycle;
        a->side[i].tree_every_m = chance(b, 0.8) ? in(b, 9, 15) : 0;
    }
    double across = in(b, 2.8, 4);
    scene_build_junction(b, a, cross_road(b, far, 1 + below(b, 2), SCENE_CITY, across));
}

/* Fast lanes between sheds; a path by the side. */
static void highway(struct scene_build *b) {
    int lanes = 2 + chance(b, 0.5);
    double at = in(b, 1, 4), x = at + 2.8 + in(b, 3, 8) + 2 + lanes * 3.6 + 2;
    double turn = turn_of(b, 0.1, 0.4);
    struct scene_road *a = bent(b, x, -130, in(b, 130, 200), turn, 25, 190);
    a->lanes = lanes;
    a->lane_m = 3.6;
    a->median_m = in(b, 2.2, 4);
    a->speed_m_per_s = in(b, 18, 22);
    a->buses = a->edge_lines = true;
    a->weight = 1.6;
    for (int i = 0; i < 2; i++) {
        a->side[i].strip_m[SCENE_STRIP_VERGE] = in(b, 1.6, 2.6);
        a->side[i].lamp_every_m = 30;
    }
    double right = x + edge(b, a, SCENE_RIGHT);
    /* Beside it a street to the sheds, where lorries stand. */
    struct scene_road *c = straight(b, right + 9, -120, right + 9, 290);
    c->lanes = 1;
    c->buses = true;
    c->speed_m_per_s = 10;
    line(b, c, SCENE_RIGHT, SCENE_SHEDS, 2.4, in(b, 4, 12));
    side_of(b, c, SCENE_RIGHT)->strip_m[SCENE_STRIP_BAYS] = 3.1;
    side_of(b, c, SCENE_RIGHT)->parked = in(b, 0.2, 0.6);
    /* It must not run into the bend. */
    if (a->point[a->points - 1].x * (b->mirror ? -1 : 1) > x)
        c->point[1] = scene_build_at(b, right + 9, 150);
    struct scene_road *path = straight(b, at, -40, at, 300);
    path->walk_ground = SCENE_ASPHALT;
    line(b, path, SCENE_RIGHT, SCENE_OPEN, 2.8, 0);
    double setback = in(b, 6, 14);
    line(b, path, SCENE_LEFT, chance(b, 0.5) ? SCENE_SHEDS : SCENE_ESTATE, 0, setback);
    side_of(b, path, SCENE_LEFT)->strip_m[SCENE_STRIP_CYCLE] = 2;
    b->plan->ground = SCENE_GRASS;
}

/* A broad walk under trees, a park on the one hand, a street on the other. */
static void promenade(struct scene_build *b) {
    double wide = in(b, 30, 52);
    double to = in(b, 0, 6);
    struct scene_road *path = straight(b, in(b, 1, 3.5), -40, to, 290);
    path->walk_ground = chance(b, 0.5) ? SCENE_GRAVEL : SCENE_PAVING;
    line(b, path, SCENE_RIGHT, SCENE_OPEN, in(b, 3, 4.5), 0);
    line(b, path, SCENE_LEFT, SCENE_OPEN, in(b, 2.6, 4), 0);
    side_of(b, path, SCENE_RIGHT)->strip_m[SCENE_STRIP_CYCLE] = chance(b, 0.6) ? 2 : 0;
    side_of(b, path, SCENE_RIGHT)->tree_every_m = in(b, 9, 16);
    scene_build_area(b, SCENE_PARK, scene_build_at(b, -6 - wide / 2, 75),
                     scene_build_toward(b, 0, 1), 100, wide / 2, SCENE_GRASS);
    double x = in(b, 21, 27);
    struct scene_road *a = straight(b, x, -90, x + in(b, 0, 14), 300);
    a->lanes = 1;
    a->buses = true;
    line(b, a, SCENE_LEFT, SCENE_OPEN, 2.6, 0);
    double setback = in(b, 0.4, 3), walk = in(b, 3, 4);
    line(b, a, SCENE_RIGHT, town_style(b), walk, setback);
    bays(b, a, SCENE_RIGHT, in(b, 0.3, 0.8));
    side_of(b, a, SCENE_LEFT)->tree_every_m = in(b, 10, 18);
    if (chance(b, 0.6))
        scene_build_zebra(b, a, 90 + in(b, 14, 40));
    /* Paths come out of the park and join the walk. */
    for (double y = in(b, 40, 60); y < 150; y += in(b, 45, 70)) {
        double join = y + in(b, 10, 50);
        struct vec2 p[] = {scene_build_at(b, -115, y + in(b, -25, 10)), scene_build_at(b, -6, join),
                           scene_build_at(b, -5, 300)};
        scene_build_footway(b, p, 3, 0.7, 0.6);
    }
    front(b, -130, 304, 150, 304, SCENE_LEFT, SCENE_CITY); /* closes the view */
    front(b, -wide - 8, -20, -wide - 8, 280, SCENE_LEFT,
          chance(b, 0.5) ? SCENE_ESTATE : SCENE_HOUSES);
    b->plan->ground = SCENE_GRASS;
}

/* A street for walking and shopping; traffic crosses it further on. */
static void high_street(struct scene_build *b) {
    double half = in(b, 5, 7.5), far = in(b, 42, 75);
    enum scene_style style = chance(b, 0.7) ? SCENE_OLD_TOWN : SCENE_CITY;
    double turn = turn_of(b, 0.3, 0.8), end = far + in(b, 60, 110);
    struct scene_road *a = bent(b, half + in(b, -2, 1), -40, end, turn, 12, 120);
    a->walk_ground = chance(b, 0.5) ? SCENE_COBBLES : SCENE_PAVING;
    line_both(b, a, style, half, 0.3);
    a->side[0].tree_every_m = chance(b, 0.5) ? in(b, 12, 20) : 0;
    scene_build_junction(b, a, cross_road(b, far, 1, style, in(b, 2.8, 4)));
}

static const struct {
    const char *name;
    void (*lay)(struct scene_build *);
    double share; /* of all seeds, relative */
    double turn_from, turn_to; /* radians; positive: the street's end moves to the left */
} layouts[] = {
    {"avenue", avenue, 1.3, -0.05, 0.45},           {"crossing", crossing, 1.4, -0.40, 0.40},
    {"square", square, 1.0, -0.35, 0.35},           {"car park", car_park, 0.8, -0.40, 0.40},
    {"suburb", suburb, 1.1, -0.05, 0.42},           {"boulevard", boulevard, 1.1, 0, 0.45},
    {"highway", highway, 0.8, 0.10, 0.55},          {"promenade", promenade, 1.0, 0, 0.40},
    {"high street", high_street, 0.8, -0.05, 0.25},
};

const char *scene_build_streets(struct scene_build *b) {
    double sum = 0;
    size_t n = sizeof layouts / sizeof *layouts, i = 0;
    for (size_t k = 0; k < n; k++)
        sum += layouts[k].share;
    double at = in(b, 0, sum);
    for (; i + 1 < n && at >= layouts[i].share; i++)
        at -= layouts[i].share;

    static const enum scene_ground grounds[] = {SCENE_PAVING, SCENE_CONCRETE, SCENE_COBBLES};
    b->plan->ground = grounds[below(b, 3)];
    b->mirror = chance(b, 0.5);
    double turn = in(b, layouts[i].turn_from, layouts[i].turn_to) * (b->mirror ? -1 : 1);
    b->cos_yaw = cos(turn);
    b->sin_yaw = sin(turn);
    layouts[i].lay(b);
    return layouts[i].name;
}
