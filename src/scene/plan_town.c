/*
 * Buildings. Along every road stand rows in the style of its sides, broken where
 * another road, an open area or the view needs room; behind them, up to the
 * horizon, boxes close the picture. A house that does not fit is tried shorter,
 * then a little further on.
 */
#include "plan_build.h"

#define REACH_M 330 /* rows end there */

static const struct style {
    double length[2], depth[2], height[2], gap[2]; /* from … to, metres */
    double shops, gable; /* probabilities */
    int facade[4]; /* one of them by chance */
} styles[SCENE_STYLES] = {
    [SCENE_OLD_TOWN] = {{7, 14},
                        {9, 13},
                        {7, 14},
                        {0, 0},
                        0.55,
                        0.6,
                        {SCENE_PLASTER, SCENE_PLASTER, SCENE_BRICK, SCENE_STONE}},
    [SCENE_CITY] = {{14, 27},
                    {11, 16},
                    {11, 21},
                    {0, 0},
                    0.6,
                    0.1,
                    {SCENE_BRICK, SCENE_PLASTER, SCENE_STONE, SCENE_PLASTER}},
    [SCENE_OFFICES] = {{20, 42},
                       {16, 26},
                       {12, 38},
                       {2, 9},
                       0.2,
                       0,
                       {SCENE_GLASS, SCENE_GLASS, SCENE_STONE, SCENE_PANELS}},
    [SCENE_ESTATE] = {{26, 48},
                      {11, 14},
                      {11, 30},
                      {9, 20},
                      0.1,
                      0,
                      {SCENE_PANELS, SCENE_PANELS, SCENE_PLASTER, SCENE_BRICK}},
    [SCENE_HOUSES] = {{9, 14},
                      {8, 10},
                      {3.4, 6.2},
                      {5, 12},
                      0.02,
                      0.95,
                      {SCENE_PLASTER, SCENE_BRICK, SCENE_PLASTER, SCENE_BRICK}},
    [SCENE_SHEDS] = {{22, 48},
                     {18, 30},
                     {6, 10},
                     {8, 18},
                     0.06,
                     0.15,
                     {SCENE_SHED, SCENE_SHED, SCENE_GLASS, SCENE_BRICK}},
};

static const struct {
    struct rgb rgb[6];
} walls[SCENE_FACADES] = {
    [SCENE_BRICK] = {{{0.56, 0.33, 0.26},
                      {0.48, 0.27, 0.22},
                      {0.62, 0.44, 0.34},
                      {0.66, 0.55, 0.43},
                      {0.42, 0.31, 0.27},
                      {0.70, 0.62, 0.50}}},
    [SCENE_PLASTER] = {{{0.86, 0.82, 0.73},
                        {0.83, 0.72, 0.52},
                        {0.74, 0.77, 0.72},
                        {0.80, 0.62, 0.52},
                        {0.68, 0.74, 0.80},
                        {0.88, 0.87, 0.85}}},
    [SCENE_STONE] = {{{0.72, 0.67, 0.57},
                      {0.64, 0.61, 0.56},
                      {0.76, 0.70, 0.60},
                      {0.58, 0.55, 0.52},
                      {0.70, 0.60, 0.50},
                      {0.66, 0.66, 0.64}}},
    [SCENE_GLASS] = {{{0.42, 0.50, 0.56},
                      {0.34, 0.42, 0.46},
                      {0.52, 0.56, 0.58},
                      {0.38, 0.44, 0.40},
                      {0.30, 0.35, 0.42},
                      {0.56, 0.54, 0.50}}},
    [SCENE_PANELS] = {{{0.74, 0.73, 0.70},
                       {0.68, 0.67, 0.62},
                       {0.78, 0.72, 0.62},
                       {0.66, 0.70, 0.72},
                       {0.72, 0.64, 0.58},
                       {0.80, 0.79, 0.77}}},
    [SCENE_SHED] = {{{0.66, 0.69, 0.72},
                     {0.48, 0.56, 0.64},
                     {0.74, 0.73, 0.69},
                     {0.50, 0.56, 0.50},
                     {0.62, 0.42, 0.36},
                     {0.80, 0.80, 0.80}}},
};

/* Does a footprint lie on a road's corridor? Before bends a little more is kept. */
static bool on_road(const struct scene_road *road, const struct scene_quad *own) {
    double left = scene_road_edge(road, SCENE_LEFT, SCENE_STRIPS),
           right = scene_road_edge(road, SCENE_RIGHT, SCENE_STRIPS);
    for (int i = 0; i + 1 < road->points; i++) {
        struct vec2 u, p = scene_road_at(road, road->s[i] + 1e-6, (right - left) / 2, &u);
        struct vec2 q = scene_road_at(road, road->s[i + 1] - 1e-6, (right - left) / 2, NULL);
        double half = hypot(q.x - p.x, q.y - p.y) / 2, more = i ? 0.3 : 0;
        struct scene_quad strip = scene_quad_of((p.x + q.x) / 2, (p.y + q.y) / 2, u.x, u.y,
                                                half + 2 * more, (left + right) / 2 + more);
        if (scene_quads_touch(own, &strip))
            return true;
    }
    return false;
}

/* A footway that belongs to no road: a wall keeps off its line. */
static bool on_way(const struct scene_plan *plan, const struct scene_quad *own) {
    for (int i = 0; i < plan->ways; i++) {
        const struct scene_way *w = &plan->way[i];
        for (int k = 0; k + 1 < w->points; k++) {
            struct vec2 p = w->point[k], q = w->point[k + 1];
            double d = hypot(q.x - p.x, q.y - p.y);
            struct scene_quad strip =
                scene_quad_of((p.x + q.x) / 2, (p.y + q.y) / 2, (q.x - p.x) / d, (q.y - p.y) / d,
                              d / 2, w->half_width_m + 0.15);
            if (scene_quads_touch(own, &strip))
                return true;
        }
    }
    return false;
}

static bool fits(const struct scene_build *b, const struct scene_quad *own) {
    const struct scene_plan *plan = b->plan;
    if (scene_quads_touch(own, &b->wedge))
        return false;
    for (int i = 0; i < b->roads; i++)
        if (on_road(&b->road[i], own))
            return false;
    for (int i = 0; i < b->areas; i++) {
        const struct scene_area *a = &b->area[i];
        struct scene_quad open =
            scene_quad_of(a->x, a->y, a->ux, a->uy, a->half_length_m, a->half_width_m);
        if (scene_quads_touch(own, &open))
            return false;
    }
    for (int i = 0; i < plan->buildings; i++) {
        const struct scene_building *h = &plan->building[i];
        struct scene_quad other = scene_quad_of(h->x, h->y, h->ux, h->uy, h->half_length_m - 0.02,
                                                h->half_width_m - 0.02);
        if (scene_quads_touch(own, &other))
            return false;
    }
    return !on_way(plan, own);
}

static double between(struct scene_build *b, const double range[2]) {
    return weir_random_in(&b->random, range[0], range[1]);
}

bool scene_build_house(struct scene_build *b, enum scene_style style, double x, double y, double ux,
                       double uy, double half_length, double half_width) {
    struct scene_plan *plan = b->plan;
    const struct style *st = &styles[style];
    struct weir_random *r = &b->random;
    struct scene_quad own = scene_quad_of(x, y, ux, uy, half_length, half_width);
    /* Out of sight: only such as may throw their shadow into it. */
    if (!scene_build_sees(b, x, y, 30 + half_length) || plan->buildings == SCENE_MAX_BUILDINGS ||
        !fits(b, &own))
        return false;
    struct scene_building *h = &plan->building[plan->buildings++];
    h->x = x;
    h->y = y;
    h->ux = ux;
    h->uy = uy;
    h->half_length_m = half_length;
    h->half_width_m = half_width;
    h->height_m = between(b, st->height);
    h->facade = (enum scene_facade)st->facade[weir_random_below(r, 4)];
    h->shops = weir_random_chance(r, st->shops);
    h->gable = weir_random_chance(r, st->gable) && half_width < 9;
    struct rgb wall = walls[h->facade].rgb[weir_random_below(r, 6)];
    double shade = weir_random_in(r, 0.86, 1.08);
    h->rgb.r = clamp01(wall.r * shade * weir_random_in(r, 0.96, 1.04));
    h->rgb.g = clamp01(wall.g * shade);
    h->rgb.b = clamp01(wall.b * shade * weir_random_in(r, 0.96, 1.04));
    h->seed = weir_random_bits(r);
    return true;
}

/* One side of a road, from its beginning to its end. */
static void row(struct scene_build *b, const struct scene_road *road, int side) {
    const struct scene_side *about = &road->side[side];
    const struct style *st = &styles[about->style];
    double sign = side == SCENE_LEFT ? -1 : 1, end = scene_road_length(road);
    double front = scene_road_edge(road, side, SCENE_STRIPS) + about->setback_m;
    for (double s = 0; s < end;) {
        double length = fmin(between(b, st->length), end - s), depth = between(b, st->depth);
        double jut = st->gap[1] > 0 ? weir_random_in(&b->random, 0, 1.5) : 0;
        bool built = false;
        for (int attempt = 0; attempt < 3 && !built && length > 5; attempt++) {
            struct vec2 u,
                p = scene_road_at(road, s + length / 2, sign * (front + jut + depth / 2), &u);
            if (hypot(p.x, p.y) > REACH_M)
                break;
            built = scene_build_house(b, about->style, p.x, p.y, u.x, u.y, length / 2, depth / 2);
            if (!built)
                length *= 0.7;
        }
        s += built ? length + between(b, st->gap) : 4;
    }
}

/* What is seen over and between the rows, far away. */
static void skyline(struct scene_build *b) {
    static const enum scene_style far[] = {SCENE_CITY, SCENE_OFFICES, SCENE_ESTATE, SCENE_ESTATE};
    struct weir_random *r = &b->random;
    int kind = weir_random_below(r, 4);
    double tall = weir_random_in(r, 0.6, 1.7);
    enum { SECTORS = 15, TRIES = 4 };
    for (int i = 0; i < SECTORS * TRIES; i++) {
        double y = weir_random_in(r, 150, 390);
        double sector = (i / TRIES + weir_random_unit(r)) / SECTORS;
        double x = (2 * sector - 1) * 1.12 * y * b->tan_view;
        double turn = weir_random_in(r, 0, 3.2);
        enum scene_style style = far[weir_random_chance(r, 0.7) ? kind : weir_random_below(r, 4)];
        double half_length = weir_random_in(r, 10, 24), half_width = weir_random_in(r, 7, 13);
        if (!scene_build_house(b, style, x, y, cos(turn), sin(turn), half_length, half_width))
            continue;
        b->plan->building[b->plan->buildings - 1].height_m *= y < 220 ? 1 : tall;
        i += TRIES - 1 - i % TRIES; /* one a sector */
    }
}

void scene_build_town(struct scene_build *b) {
    skyline(b); /* first: it takes few, and rows are many */
    for (int i = 0; i < b->roads; i++)
        for (int side = 0; side < 2; side++)
            if (b->road[i].side[side].style != SCENE_OPEN)
                row(b, &b->road[i], side);
}
