/*
 * Roads. A road is its middle line, bent or not, with lanes about it and strips
 * beside them: bays, verge, cycleway, pavement. From that description follow the
 * patches of ground, the paint and the ways. Traffic keeps to the right.
 *
 * Patches lie over each other in the order they are added: pavements, then what
 * lies on them, then carriageways, then the squares where carriageways cross;
 * so kerbs break off where they should.
 */
#include "plan_build.h"

#define KERB_M 0.18
#define FURNITURE_M 0.9 /* kerb side of a wide pavement: lamps, benches, no walkers */

struct scene_road *scene_build_road(struct scene_build *b, const struct vec2 *point, int points) {
    struct scene_road *road = &b->road[b->roads++];
    road->points = points;
    for (int i = 0; i < points; i++) {
        road->point[i] = point[i];
        if (i)
            road->s[i] =
                road->s[i - 1] + hypot(point[i].x - point[i - 1].x, point[i].y - point[i - 1].y);
    }
    road->lane_m = 3.3;
    road->speed_m_per_s = 13;
    road->weight = 1;
    road->signal = -1;
    road->ground = SCENE_ASPHALT;
    road->walk_ground = SCENE_PAVING;
    return road;
}

double scene_road_length(const struct scene_road *road) {
    return road->s[road->points - 1];
}

static double half_lanes(const struct scene_road *road) {
    return road->median_m / 2 + road->lanes * road->lane_m;
}

double scene_road_edge(const struct scene_road *road, int side, enum scene_strip strip) {
    double at = half_lanes(road);
    for (int i = 0; i < (int)strip; i++)
        at += road->side[side].strip_m[i];
    return at;
}

static struct vec2 unit_between(struct vec2 p, struct vec2 q) {
    double d = hypot(q.x - p.x, q.y - p.y);
    return (struct vec2){(q.x - p.x) / d, (q.y - p.y) / d};
}

/* Point i of the line that runs offset to the right, with mitred corners. */
static struct vec2 corner(const struct scene_road *road, int i, double offset) {
    int last = road->points - 1;
    struct vec2 in = unit_between(road->point[i ? i - 1 : 0], road->point[i ? i : 1]);
    struct vec2 out =
        unit_between(road->point[i < last ? i : last - 1], road->point[i < last ? i + 1 : last]);
    double nx = in.y + out.y, ny = -in.x - out.x, scale = 2 / (nx * nx + ny * ny);
    return (struct vec2){road->point[i].x + offset * nx * scale,
                         road->point[i].y + offset * ny * scale};
}

static int segment_at(const struct scene_road *road, double s) {
    int i = 0;
    while (i + 2 < road->points && s > road->s[i + 1])
        i++;
    return i;
}

struct vec2 scene_road_at(const struct scene_road *road, double s, double offset,
                          struct vec2 *ret_along) {
    int i = segment_at(road, s);
    struct vec2 p = corner(road, i, offset), q = corner(road, i + 1, offset);
    double t = (s - road->s[i]) / (road->s[i + 1] - road->s[i]);
    if (ret_along)
        *ret_along = unit_between(p, q);
    return (struct vec2){p.x + t * (q.x - p.x), p.y + t * (q.y - p.y)};
}

/* Does anything of the line from p to q come near the view? */
static bool seen(const struct scene_build *b, struct vec2 p, struct vec2 q, double margin_m) {
    int steps = (int)(hypot(q.x - p.x, q.y - p.y) / 10) + 1;
    for (int i = 0; i <= steps; i++) {
        double t = (double)i / steps;
        if (scene_build_sees(b, p.x + t * (q.x - p.x), p.y + t * (q.y - p.y), margin_m))
            return true;
    }
    return false;
}

/* The strip of ground between two offsets, from one path length to another. */
static void strip(struct scene_build *b, const struct scene_road *road, double from, double to,
                  double inner, double outer, enum scene_ground ground, double kerb) {
    double middle = (inner + outer) / 2, half = fabs(outer - inner) / 2;
    for (int i = 0; i + 1 < road->points && half > 0.05; i++) {
        double a = fmax(from, road->s[i]), z = fmin(to, road->s[i + 1]);
        if (z - a < 0.1)
            continue;
        struct vec2 u, p = scene_road_at(road, a + 1e-9, middle, &u);
        struct vec2 q = scene_road_at(road, z - 1e-9, middle, NULL);
        double length = hypot(q.x - p.x, q.y - p.y);
        /* Bends are gentle: a little more length fills the gap outside of the joint. */
        double more = road->points > 2 && z == road->s[i + 1] ? 0.25 * half : 0;
        if (seen(b, p, q, 10 + half))
            scene_build_patch(b, p.x, p.y, u.x, u.y, length + more, half, ground, kerb);
    }
}

/* The same on both sides of the place where the road is crossed. */
static void cut_strip(struct scene_build *b, const struct scene_road *road, double inner,
                      double outer, enum scene_ground ground) {
    double end = scene_road_length(road);
    if (road->cut_to > 0)
        strip(b, road, 0, road->cut_from, inner, outer, ground, 0);
    strip(b, road, road->cut_to, end, inner, outer, ground, 0);
}

static void mark(struct scene_build *b, const struct scene_road *road, enum scene_marking_kind kind,
                 double from, double to, double offset, double half_width) {
    for (int i = 0; i + 1 < road->points; i++) {
        double a = fmax(from, road->s[i]), z = fmin(to, road->s[i + 1]);
        if (z - a < 2)
            continue;
        struct vec2 u, p = scene_road_at(road, a + 1e-9, offset, &u);
        struct vec2 q = scene_road_at(road, z - 1e-9, offset, NULL);
        if (seen(b, p, q, 8))
            scene_build_mark(b, kind, p.x, p.y, u.x, u.y, hypot(q.x - p.x, q.y - p.y), half_width);
    }
}

static void cut_mark(struct scene_build *b, const struct scene_road *road,
                     enum scene_marking_kind kind, double offset, double half_width) {
    if (road->cut_to > 0)
        mark(b, road, kind, 0, road->cut_from - 0.5, offset, half_width);
    mark(b, road, kind, road->cut_to > 0 ? road->cut_to + 0.5 : 0, scene_road_length(road), offset,
         half_width);
}

/* Paint across the road between two offsets. */
static void mark_across(struct scene_build *b, const struct scene_road *road,
                        enum scene_marking_kind kind, double s, double from, double to,
                        double half_width) {
    struct vec2 u, p = scene_road_at(road, s, from, &u);
    scene_build_mark(b, kind, p.x, p.y, u.y, -u.x, to - from, half_width);
}

static void paint(struct scene_build *b, const struct scene_road *road) {
    double half = half_lanes(road), middle = road->median_m / 2;
    if (road->cut_to > 0) {
        mark_across(b, road, SCENE_MARK_LINE, road->cut_from - 0.6, middle, half, 0.2);
        mark_across(b, road, SCENE_MARK_LINE, road->cut_to + 0.6, -half, -middle, 0.2);
    }
    if (road->median_m == 0 && road->lanes > 0)
        cut_mark(b, road, road->lanes > 1 ? SCENE_MARK_LINE : SCENE_MARK_DASHES, 0, 0.07);
    for (int side = -1; side <= 1; side += 2) {
        int which = side > 0 ? SCENE_RIGHT : SCENE_LEFT;
        for (int i = 1; i < road->lanes; i++)
            cut_mark(b, road, SCENE_MARK_DASHES, side * (middle + i * road->lane_m), 0.07);
        if (road->edge_lines ||
            (road->lanes > 1 && road->side[which].strip_m[SCENE_STRIP_BAYS] > 0))
            cut_mark(b, road, SCENE_MARK_LINE, side * (half - 0.1), 0.07);
        double cycle = road->side[which].strip_m[SCENE_STRIP_CYCLE];
        if (cycle > 0)
            cut_mark(b, road, SCENE_MARK_CYCLE,
                     side * (scene_road_edge(road, which, SCENE_STRIP_CYCLE) + cycle / 2), 0.45);
    }
    if (road->lanes > 1 && road->cut_to > 0)
        for (int i = 0; i < road->lanes; i++)
            mark(b, road, SCENE_MARK_ARROW, road->cut_from - 42, road->cut_from - 3,
                 middle + (i + 0.5) * road->lane_m, 0.4);
}

/* One way along the road at an offset; backwards where that is negative. */
static struct scene_way *along(struct scene_build *b, const struct scene_road *road,
                               enum scene_way_kind kind, double offset, double weight) {
    struct vec2 point[SCENE_WAY_POINTS];
    int last = road->points - 1;
    for (int i = 0; i <= last; i++)
        point[i] = corner(road, offset < 0 ? last - i : i, offset);
    struct scene_way *way = scene_build_way(b, kind, point, road->points);
    if (!way)
        return NULL;
    way->weight = weight;
    if (road->cut_to > 0 && kind != SCENE_FOOTWAY) {
        struct vec2 stop = scene_road_at(
            road, offset < 0 ? road->cut_to + 1.0 : road->cut_from - 1.0, offset, NULL);
        scene_way_distance(way, stop.x, stop.y, &way->stop_m);
        way->signal = road->signal;
    }
    return way;
}

static void ways(struct scene_build *b, const struct scene_road *road) {
    for (int side = -1; side <= 1; side += 2) {
        int which = side > 0 ? SCENE_RIGHT : SCENE_LEFT;
        const double *width = road->side[which].strip_m;
        for (int i = 0; i < road->lanes; i++) {
            double offset = side * (road->median_m / 2 + (i + 0.5) * road->lane_m);
            struct scene_way *way = along(b, road, SCENE_LANE, offset, road->weight);
            if (!way)
                continue;
            way->half_width_m = road->lane_m / 2;
            way->speed_m_per_s = road->speed_m_per_s * (i + 1 < road->lanes ? 1.12 : 1);
            way->buses = road->buses && i + 1 == road->lanes;
        }
        if (width[SCENE_STRIP_CYCLE] > 0) {
            double at = scene_road_edge(road, which, SCENE_STRIP_CYCLE);
            struct scene_way *way = along(b, road, SCENE_CYCLE_LANE,
                                          side * (at + width[SCENE_STRIP_CYCLE] / 2), road->weight);
            if (way) {
                way->half_width_m = 0.5;
                way->speed_m_per_s = 5;
            }
        }
        double walk = width[SCENE_STRIP_WALK], kerb = walk > 2.4 ? FURNITURE_M : 0.2;
        if (walk > 0) {
            double at = scene_road_edge(road, which, SCENE_STRIP_WALK);
            double half = (walk - kerb - 0.4) / 2;
            struct scene_way *way =
                along(b, road, SCENE_FOOTWAY, side * (at + kerb + half), fmin(walk / 3, 2));
            if (way) {
                way->half_width_m = half - 0.15;
                way->speed_m_per_s = 1.4;
            }
        }
    }
}

/* Where two straight parts cross; path lengths on both. */
static bool meet(const struct scene_road *a, const struct scene_road *c, double *ret_a,
                 double *ret_c) {
    for (int i = 0; i + 1 < a->points; i++)
        for (int k = 0; k + 1 < c->points; k++) {
            struct vec2 u = unit_between(a->point[i], a->point[i + 1]);
            struct vec2 v = unit_between(c->point[k], c->point[k + 1]);
            double dx = c->point[k].x - a->point[i].x, dy = c->point[k].y - a->point[i].y;
            double cross = u.x * v.y - u.y * v.x;
            if (fabs(cross) < 0.2)
                continue;
            double s = (dx * v.y - dy * v.x) / cross, t = (dx * u.y - dy * u.x) / cross;
            if (s >= 0 && t >= 0 && s <= a->s[i + 1] - a->s[i] && t <= c->s[k + 1] - c->s[k]) {
                *ret_a = a->s[i] + s;
                *ret_c = c->s[k] + t;
                return true;
            }
        }
    return false;
}

/* Lets c's corridor cut road at s; a zebra where c has a pavement. */
static void cross(struct scene_build *b, struct scene_road *road, const struct scene_road *c,
                  double s, int ahead) {
    /* Of c, what lies before and after as road is driven. */
    int before = ahead > 0 ? SCENE_LEFT : SCENE_RIGHT, after = 1 - before;
    road->cut_from = s - scene_road_edge(c, before, SCENE_STRIPS) - 0.3;
    road->cut_to = s + scene_road_edge(c, after, SCENE_STRIPS) + 0.3;
    double right = scene_road_edge(road, SCENE_RIGHT, SCENE_STRIP_VERGE),
           left = scene_road_edge(road, SCENE_LEFT, SCENE_STRIP_VERGE);
    for (int i = 0; i < 2; i++) {
        int side = i ? after : before;
        double walk = c->side[side].strip_m[SCENE_STRIP_WALK];
        double at = scene_road_edge(c, side, SCENE_STRIP_WALK) + walk / 2;
        if (walk > 0)
            mark_across(b, road, SCENE_MARK_ZEBRA, s + (i ? at : -at), -left + 0.3, right - 0.3,
                        fmin(walk / 2, 2));
    }
}

void scene_build_junction(struct scene_build *b, struct scene_road *a, struct scene_road *c) {
    double at_a, at_c;
    if (!meet(a, c, &at_a, &at_c))
        return;
    struct vec2 u, v;
    scene_road_at(a, at_a, 0, &u);
    scene_road_at(c, at_c, 0, &v);
    int ahead = u.x * v.y - u.y * v.x > 0 ? -1 : 1; /* c runs to the right of a: 1 */
    cross(b, a, c, at_a, ahead);
    cross(b, c, a, at_c, -ahead);
    a->signal = 0;
    c->signal = 1;
}

void scene_build_zebra(struct scene_build *b, struct scene_road *road, double s) {
    double right = scene_road_edge(road, SCENE_RIGHT, SCENE_STRIP_VERGE),
           left = scene_road_edge(road, SCENE_LEFT, SCENE_STRIP_VERGE);
    road->cut_from = s - 2.6;
    road->cut_to = s + 2.6;
    mark_across(b, road, SCENE_MARK_ZEBRA, s, -left + 0.3, right - 0.3, 1.8);
    /* From the one pavement over to the other, and on. */
    double from = -(scene_road_edge(road, SCENE_LEFT, SCENE_STRIP_WALK) + FURNITURE_M + 0.7);
    double to = scene_road_edge(road, SCENE_RIGHT, SCENE_STRIP_WALK) + FURNITURE_M + 0.7;
    struct vec2 p[SCENE_WAY_POINTS];
    int n = 0;
    if (road->side[SCENE_LEFT].strip_m[SCENE_STRIP_WALK] > 0 &&
        road->side[SCENE_RIGHT].strip_m[SCENE_STRIP_WALK] > 0) {
        p[n++] = scene_road_at(road, 0, from, NULL);
        p[n++] = scene_road_at(road, s, from, NULL);
        p[n++] = scene_road_at(road, s, to, NULL);
        for (int i = segment_at(road, s) + 1; i < road->points && n < SCENE_WAY_POINTS; i++)
            p[n++] = corner(road, i, to);
        scene_build_footway(b, p, n, 0.6, 1.2);
    }
}

static void pave_corridor(struct scene_build *b, const struct scene_road *road) {
    double left = scene_road_edge(road, SCENE_LEFT, SCENE_STRIPS),
           right = scene_road_edge(road, SCENE_RIGHT, SCENE_STRIPS);
    if (left + right > 2 * half_lanes(road))
        strip(b, road, 0, scene_road_length(road), -left, right, road->walk_ground, 0);
}

static void pave_strips(struct scene_build *b, const struct scene_road *road) {
    static const enum scene_ground ground[SCENE_STRIPS] = {
        [SCENE_STRIP_VERGE] = SCENE_GRASS, [SCENE_STRIP_CYCLE] = SCENE_CYCLEWAY};
    for (int side = -1; side <= 1; side += 2)
        for (int k = SCENE_STRIP_VERGE; k <= SCENE_STRIP_CYCLE; k++) {
            int which = side > 0 ? SCENE_RIGHT : SCENE_LEFT;
            double at = scene_road_edge(road, which, (enum scene_strip)k);
            double width = road->side[which].strip_m[k];
            if (width > 0)
                cut_strip(b, road, side * at, side * (at + width), ground[k]);
        }
}

static void pave_lanes(struct scene_build *b, const struct scene_road *road) {
    double left = scene_road_edge(road, SCENE_LEFT, SCENE_STRIP_VERGE),
           right = scene_road_edge(road, SCENE_RIGHT, SCENE_STRIP_VERGE);
    if (road->lanes)
        strip(b, road, 0, scene_road_length(road), -left - KERB_M, right + KERB_M, road->ground,
              KERB_M);
}

/* The square where two carriageways cross has no kerbs. */
static void pave_crossings(struct scene_build *b) {
    for (int i = 0; i < b->roads; i++)
        for (int k = i + 1; k < b->roads; k++) {
            struct scene_road *a = &b->road[i], *c = &b->road[k];
            double s, t;
            if (a->signal < 0 || c->signal < 0 || !meet(a, c, &s, &t))
                continue;
            double wide = fmax(scene_road_edge(c, SCENE_LEFT, SCENE_STRIP_VERGE),
                               scene_road_edge(c, SCENE_RIGHT, SCENE_STRIP_VERGE)) +
                          2 * KERB_M;
            strip(b, a, s - wide, s + wide, -scene_road_edge(a, SCENE_LEFT, SCENE_STRIP_VERGE),
                  scene_road_edge(a, SCENE_RIGHT, SCENE_STRIP_VERGE), a->ground, 0);
        }
}

/* Signals or signs, facing those who wait: on their right and, where lanes are many,
 * on their left as well. */
static void guard(struct scene_build *b, const struct scene_road *road) {
    enum scene_prop_kind kind = road->signal < 0 ? SCENE_SIGN : SCENE_SIGNAL;
    for (int i = 0; i < 4 && road->cut_to > 0; i++) {
        bool back = i % 2, other = i > 1;
        if (other && road->lanes < 2)
            break;
        int side = back != other ? SCENE_LEFT : SCENE_RIGHT;
        double s = back ? road->cut_to + 0.9 : road->cut_from - 0.9;
        double height = weir_random_in(&b->random, 2.7, 3.6);
        for (int step = 0; step < 5; step++) { /* past a cycleway, if need be */
            double off = scene_road_edge(road, side, SCENE_STRIP_VERGE) + 0.45 + 0.5 * step;
            struct vec2 u, p = scene_road_at(road, s, side == SCENE_LEFT ? -off : off, &u);
            double heading = back ? atan2(u.y, u.x) : atan2(-u.y, -u.x);
            if (scene_build_prop(b, kind, p.x, p.y, heading, height, 0))
                break;
        }
    }
}

void scene_build_pave(struct scene_build *b) {
    for (int i = 0; i < b->areas; i++) {
        const struct scene_area *a = &b->area[i];
        scene_build_patch(b, a->x - a->ux * a->half_length_m, a->y - a->uy * a->half_length_m,
                          a->ux, a->uy, 2 * a->half_length_m, a->half_width_m, a->ground, 0);
    }
    static void (*const passes[])(struct scene_build *, const struct scene_road *) = {
        pave_corridor, pave_strips, pave_lanes, ways};
    for (size_t pass = 0; pass < sizeof passes / sizeof *passes; pass++)
        for (int i = 0; i < b->roads; i++)
            passes[pass](b, &b->road[i]);
    pave_crossings(b);
    for (int i = 0; i < b->roads; i++) {
        const struct scene_road *road = &b->road[i];
        if (road->median_m > 1) {
            cut_strip(b, road, -road->median_m / 2, road->median_m / 2,
                      road->median_m > 2 ? SCENE_GRASS : SCENE_CONCRETE);
        }
        paint(b, road);
        guard(b, road);
    }
}
