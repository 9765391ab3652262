/*
 * Ends that the camera could see are led on straight until they are hidden: out
 * of the picture, behind or inside a building, or beyond what is drawn. Legs
 * that follow each other closely make one crossing, walked in one go.
 */
#include "ways.h"

#include <stdlib.h>

#include "base/base.h"
#include "phase.h"
#include "view.h"

#define STOP_CLEAR_M 2.5 /* from a vehicle's front to the middle of a leg */
#define REFUGE_M 2.5 /* an island on which people wait */
#define FAR_WORTH_M 12.0
#define TURN_M 7.0 /* kept from the limit by those who will turn around */

/* By kind of way: what moves on it and how far that counts as seen. */
static const struct {
    double radius_m, height_m, seen_m, bend_m;
    double run_m; /* unseen before the first place seen */
} movers[] = {
    [SCENE_LANE] = {7, 4.4, 260, 7, 45},
    [SCENE_CYCLE_LANE] = {1.5, 2, 220, 4, 15},
    [SCENE_FOOTWAY] = {0.6, 2, 220, 1.2, 9},
};

static double spread(const struct scene_way *way) {
    return way->kind == SCENE_FOOTWAY ? way->half_width_m : 0;
}

static double wide(const struct scene_way *lane) {
    return lane->kind == SCENE_LANE ? fmin(2, fmax(1.3, lane->half_width_m)) : 0.7;
}

bool scene_ways_on_lane(const struct scene_ways *w, double x, double y, double margin_m) {
    for (int i = 0; i < w->plan->ways; i++) {
        const struct scene_course *c = &w->course[i];
        if (!c->path.at || c->way->kind == SCENE_FOOTWAY)
            continue;
        struct scene_place p = scene_path_at(&c->path, scene_path_nearest(&c->path, x, y));
        if (hypot(p.x - x, p.y - y) < wide(c->way) + margin_m)
            return true;
    }
    return false;
}

/* May one begin or end there: unseen, and, on foot, not in the road? */
static bool good_end(const struct scene_ways *w, const struct scene_way *way, double x, double y) {
    return scene_view_hidden(w->plan, x, y, movers[way->kind].radius_m + spread(way),
                             movers[way->kind].height_m) &&
           (way->kind != SCENE_FOOTWAY || !scene_ways_on_lane(w, x, y, 1.5));
}

/* How far the end p, left in direction u, must be led on. */
static double lead_on(const struct scene_ways *w, const struct scene_way *way, struct vec2 p,
                      struct vec2 u) {
    double d = 0;
    while (d < 2 * SCENE_FAR_M && !good_end(w, way, p.x + u.x * d, p.y + u.y * d))
        d += SCENE_LOOK_M;
    return d;
}

static struct vec2 toward(struct vec2 from, struct vec2 to) {
    double d = fmax(1e-6, hypot(to.x - from.x, to.y - from.y));
    return (struct vec2){(to.x - from.x) / d, (to.y - from.y) / d};
}

/* Leaves away what nobody sees, but for room to come in and to go out. */
static void trim(const struct scene_ways *w, struct scene_course *c) {
    const struct scene_way *way = c->way;
    int first = -1, last = -1, length = c->path.length_m;
    for (int s = 0; s <= length; s += SCENE_LOOK_M) {
        struct scene_place p = scene_path_at(&c->path, s);
        if (scene_view_hidden(w->plan, p.x, p.y, movers[way->kind].radius_m + spread(way),
                              movers[way->kind].height_m))
            continue;
        first = first < 0 ? s : first;
        last = s;
    }
    if (first < 0)
        return; /* never seen: nobody comes */
    double run = movers[way->kind].run_m;
    double from = c->stop_s >= 0 ? fmin(first, c->stop_s) - run : first - run;
    int begin = (int)fmax(0, from), end = (int)fmin(length, last + 2 * SCENE_LOOK_M);
    while (begin > 0 && !good_end(w, way, c->path.at[begin].x, c->path.at[begin].y))
        begin--;
    while (end < length && !good_end(w, way, c->path.at[end].x, c->path.at[end].y))
        end++;
    scene_path_cut(&c->path, begin, end);
    c->stop_s = c->stop_s >= 0 ? c->stop_s - begin : -1;
}

static void look(const struct scene_plan *plan, struct scene_course *c) {
    const struct scene_way *way = c->way;
    int length = c->path.length_m;
    bool open[2] = {true, true}; /* nothing near was seen yet from that end */
    double near_sum = 0;
    c->lead_m[0] = c->lead_m[1] = length;
    for (int end = 0; end < 2; end++)
        for (int s = 0; s <= length; s += SCENE_LOOK_M) {
            struct scene_place p = scene_path_at(&c->path, end ? length - s : s);
            bool hidden = scene_view_hidden(plan, p.x, p.y, 0.5, movers[way->kind].height_m);
            double distance = hypot(p.x, p.y);
            if (!end && s / SCENE_LOOK_M < SCENE_LOOKS)
                c->blocked[s / SCENE_LOOK_M] =
                    scene_view_blocked(plan, p.x, p.y, movers[way->kind].radius_m + spread(way) + 1,
                                       movers[way->kind].height_m);
            if (hidden)
                continue;
            if (distance < movers[way->kind].seen_m) {
                c->lead_m[end] = fmin(c->lead_m[end], s);
                c->seen_m += end ? 0 : SCENE_LOOK_M;
            }
            if (distance < SCENE_NEAR_WAY_M && !end) {
                c->near_m += SCENE_LOOK_M;
                near_sum += s * (double)SCENE_LOOK_M;
            }
            if (distance < SCENE_FAR_WAY_M + TURN_M + way->half_width_m)
                open[end] = false;
            if (open[end])
                c->far_m[end] = s;
        }
    for (int end = 0; end < 2; end++)
        if (open[end] || c->far_m[end] < FAR_WORTH_M)
            c->far_m[end] = 0;
    c->far = open[0] && way->nearest_m > SCENE_FAR_WAY_M;
    c->near = c->near_m > 0;
    c->near_s = c->near ? near_sum / c->near_m : 0;
}

static int make(const struct scene_ways *w, const struct scene_way *way, struct scene_course *c) {
    int last = way->points - 1;
    const struct vec2 *p = way->point;
    double before = lead_on(w, way, p[0], toward(p[1], p[0]));
    double after = lead_on(w, way, p[last], toward(p[last - 1], p[last]));
    *c = (struct scene_course){.way = way, .stop_s = -1};
    if (scene_path_make(way, movers[way->kind].bend_m + spread(way), before, after, &c->path) < 0)
        return WEIR_ENOMEM;
    if (way->stop_m >= 0) { /* along the corners to along the path */
        double left = way->stop_m;
        int i = 0;
        while (i < last - 1 && left > hypot(p[i + 1].x - p[i].x, p[i + 1].y - p[i].y)) {
            left -= hypot(p[i + 1].x - p[i].x, p[i + 1].y - p[i].y);
            i++;
        }
        struct vec2 u = toward(p[i], p[i + 1]);
        c->stop_s = scene_path_nearest(&c->path, p[i].x + u.x * left, p[i].y + u.y * left);
    }
    trim(w, c);
    look(w->plan, c);
    return 0;
}

bool scene_course_blocked(const struct scene_course *c, double s) {
    int i = (int)fmax(0, s / SCENE_LOOK_M);
    return i + 1 < SCENE_LOOKS && i + 1 <= c->path.length_m / SCENE_LOOK_M && c->blocked[i] &&
           c->blocked[i + 1];
}

static int by_foot(const void *a, const void *b) {
    double x = ((const struct scene_leg *)a)->foot_s, y = ((const struct scene_leg *)b)->foot_s;
    if (x != y)
        return x > y ? 1 : -1;
    return ((const struct scene_leg *)a)->lane - ((const struct scene_leg *)b)->lane;
}

/* All legs of one footway, in their order along it. */
static void find_legs(struct scene_ways *w, const struct scene_course *foot) {
    int first = w->legs;
    for (int i = 0; i < w->plan->ways; i++) {
        const struct scene_course *lane = &w->course[i];
        struct scene_meeting m;
        if (lane->way->kind == SCENE_FOOTWAY)
            continue;
        for (double from = 0;
             w->legs < SCENE_MAX_LEGS && scene_paths_meet(&foot->path, &lane->path, 0.75, from, &m);
             from = m.a1 + 1) {
            if (fabs(m.along) > 0.85)
                continue;
            struct scene_leg *leg = &w->leg[w->legs++];
            struct scene_place p = scene_path_at(&lane->path, m.b);
            *leg = (struct scene_leg){.lane = i,
                                      .lane_s = m.b,
                                      .foot_s = scene_path_follow(&foot->path, m.a, p.x, p.y),
                                      .half_m = wide(lane->way) / sqrt(1 - m.along * m.along),
                                      .free_s = INFINITY};
        }
    }
    qsort(&w->leg[first], (size_t)(w->legs - first), sizeof w->leg[0], by_foot);
}

/* Vehicles that wait must not stand where people cross: a stop line that a plan has
 * too near to a leg (streets that meet at a slant) is moved back. */
static void move_stops(struct scene_ways *w) {
    for (int i = 0; i < w->legs; i++) {
        struct scene_course *lane = &w->course[w->leg[i].lane];
        double clear_s = w->leg[i].lane_s - STOP_CLEAR_M;
        if (lane->stop_s > clear_s && lane->stop_s < w->leg[i].lane_s + 2 * STOP_CLEAR_M)
            lane->stop_s = fmax(0, clear_s);
    }
}

/* Which rules hold on a leg. */
static void rule(struct scene_ways *w, struct scene_leg *leg) {
    const struct scene_course *lane = &w->course[leg->lane];
    double beyond = leg->lane_s - lane->stop_s;
    bool ruled = lane->stop_s >= 0 && beyond > 0;
    leg->signalled = ruled && lane->way->signal >= 0 && beyond < 60;
    leg->zebra = ruled && beyond < 12;
    leg->stop_s = leg->zebra ? lane->stop_s : leg->lane_s - STOP_CLEAR_M - 0.8;
}

static void find_crossings(struct scene_ways *w, struct scene_course *foot) {
    int i = w->legs;
    find_legs(w, foot);
    foot->crossing = w->crossings;
    struct scene_crossing *last = NULL;
    for (; i < w->legs; i++) {
        const struct scene_leg *leg = &w->leg[i];
        double from = leg->foot_s - leg->half_m - 0.85, to = leg->foot_s + leg->half_m + 0.85;
        if (last && from < last->to_s + REFUGE_M) {
            last->to_s = fmax(last->to_s, to);
            last->legs++;
        } else if (w->crossings < SCENE_MAX_CROSSINGS) {
            last = &w->crossing[w->crossings++];
            *last = (struct scene_crossing){from, to, i, 1};
        }
    }
    foot->crossings = w->crossings - foot->crossing;
}

/* Is there no lane of the same direction on the right of its middle? */
static bool outermost(const struct scene_ways *w, const struct scene_course *c) {
    struct scene_place p = scene_path_at(&c->path, c->path.length_m / 2);
    double x = p.x + 3.3 * p.uy, y = p.y - 3.3 * p.ux;
    for (int i = 0; i < w->plan->ways; i++) {
        const struct scene_course *o = &w->course[i];
        struct scene_place q = scene_path_at(&o->path, scene_path_nearest(&o->path, x, y));
        if (o != c && o->way->kind == SCENE_LANE && hypot(q.x - x, q.y - y) < 1.3 &&
            p.ux * q.ux + p.uy * q.uy > 0.9)
            return false;
    }
    return true;
}

int scene_ways_make(const struct scene_plan *plan, struct scene_ways *ret_ways) {
    struct scene_ways *w = ret_ways;
    *w = (struct scene_ways){.plan = plan};
    for (int foot = 0; foot < 2; foot++) /* footways last: they look where lanes are */
        for (int i = 0; i < plan->ways; i++)
            if ((plan->way[i].kind == SCENE_FOOTWAY) == foot &&
                make(w, &plan->way[i], &w->course[i]) < 0) {
                scene_ways_done(w);
                return WEIR_ENOMEM;
            }
    for (int i = 0; i < plan->ways; i++)
        if (plan->way[i].kind == SCENE_FOOTWAY)
            find_crossings(w, &w->course[i]);
        else
            w->course[i].outer = outermost(w, &w->course[i]);
    move_stops(w);
    for (int i = 0; i < w->legs; i++)
        rule(w, &w->leg[i]);
    return 0;
}

void scene_ways_done(struct scene_ways *ways) {
    for (int i = 0; i < SCENE_MAX_WAYS; i++)
        scene_path_done(&ways->course[i].path);
}
