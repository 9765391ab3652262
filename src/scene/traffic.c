/*
 * Everybody follows the Intelligent Driver Model (Treiber, Hennecke, Helbing:
 * Congested traffic states in empirical observations and microscopic
 * simulations, Phys. Rev. E 62, 2000): accelerate towards the wished speed,
 * brake for what lies ahead, be it a moving leader or a line at which to stop.
 * The lines come from a signal, people on a crossing, a junction that is not
 * free, a bus stop. The strongest of all reasons to brake counts.
 */
#include "traffic.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

#define SIGHT_M 120.0
#define BRAKE 2.2 /* comfortable, m/s² */
#define AMBER_BRAKE 3.6
#define HARDEST 9.0
#define STAND_M 2.0 /* to a leader who stands */
#define LINE_M 0.6 /* one stops half of that before a line */
#define PAST_M 0.4 /* a line that far behind one's front is passed */
#define BEND 2.0 /* m/s² to the side */
#define PATIENCE_S 5.0 /* of drivers at a zebra that never empties */

static const struct {
    double accelerate, headway_s, grace_m;
} kinds[SCENE_CLASSES] = {
    [SCENE_BICYCLE] = {0.9, 0.9, 0.5},
    [SCENE_CAR] = {1.7, 1.1, 0},
    [SCENE_BUS] = {1.1, 1.4, 0},
    [SCENE_TRUCK] = {1.0, 1.5, 0},
};

enum scene_light scene_signal(uint64_t seed, int group, double t_s, double *ret_left_s) {
    const double green = 12.5, amber = 3.5, clear = 3, half = green + amber + clear;
    double start = (double)(weir_hash64(seed ^ 0x51) >> 11) * 0x1p-53 * 2 * half;
    double t = fmod(t_s + start + (group & 1) * half + 1000 * half, 2 * half);
    if (ret_left_s)
        *ret_left_s = t < green + amber ? 0 : 2 * half - t;
    return t < green ? SCENE_GREEN : t < green + amber ? SCENE_AMBER : SCENE_RED;
}

/* The lane's limit, slower in bends, and before them in time. */
static float *limits(const struct scene_course *c) {
    int n = c->path.length_m + 1;
    float *limit = malloc((size_t)n * sizeof *limit);
    if (!limit)
        return NULL;
    double top = c->way->speed_m_per_s > 0 ? c->way->speed_m_per_s : 5, next = top;
    for (int i = n - 1; i >= 0; i--) {
        double bend = fabs(scene_path_bend(&c->path, i));
        next = fmin(sqrt(next * next + 2 * 1.3), fmin(top, sqrt(BEND / fmax(bend, 1e-4))));
        limit[i] = (float)next;
    }
    return limit;
}

static void sort_legs(struct scene_traffic *t) {
    const struct scene_ways *w = t->ways;
    int n = 0;
    for (int lane = 0; lane < w->plan->ways; lane++) {
        int first = n;
        for (int i = 0; i < w->legs; i++) {
            if (w->leg[i].lane != lane)
                continue;
            int k = n++;
            for (; k > first && w->leg[t->leg[k - 1]].lane_s > w->leg[i].lane_s; k--)
                t->leg[k] = t->leg[k - 1];
            t->leg[k] = (uint16_t)i;
        }
        t->first_leg[lane] = first;
        t->legs[lane] = n - first;
    }
}

int scene_traffic_init(struct scene_traffic *t, struct scene_ways *ways) {
    t->ways = ways;
    t->seed = ways->plan->seed;
    t->random = weir_random_of(t->seed, SCENE_RANDOM_TRAFFIC, 0);
    for (int i = 0; i < ways->plan->ways; i++)
        if (ways->plan->way[i].kind != SCENE_FOOTWAY && !(t->limit[i] = limits(&ways->course[i])))
            return WEIR_ENOMEM;
    scene_junctions_find(ways, &t->junctions);
    sort_legs(t);
    return 0;
}

void scene_traffic_done(struct scene_traffic *t) {
    for (int i = 0; i < SCENE_MAX_WAYS; i++)
        free(t->limit[i]);
}

static double front(const struct scene_vehicle *v) {
    return v->s + v->length / 2;
}

static double rear(const struct scene_vehicle *v) {
    return v->s - v->length / 2;
}

static double limit_at(const struct scene_traffic *t, int lane, double s) {
    int last = t->ways->course[lane].path.length_m;
    return (double)t->limit[lane][s <= 0 ? 0 : s >= last ? last : (int)s];
}

enum scene_class scene_traffic_draw(struct scene_traffic *t, int lane) {
    double u = weir_random_unit(&t->random), heavy = t->ways->plan->heavy;
    if (!t->ways->plan->way[lane].buses)
        return SCENE_CAR;
    return u < heavy * .375 ? SCENE_BUS : u < heavy ? SCENE_TRUCK : SCENE_CAR;
}

/* Where a bus halts: at a shelter beside the lane, else somewhere in view. */
static double bus_stop(struct scene_traffic *t, int lane) {
    const struct scene_course *c = &t->ways->course[lane];
    const struct scene_plan *plan = t->ways->plan;
    double from = c->lead_m[0], to = c->path.length_m - c->lead_m[1];
    double s = weir_random_in(&t->random, from, fmax(from, to));
    bool halts = weir_random_chance(&t->random, 0.25);
    for (int i = 0; i < plan->props; i++) {
        const struct scene_prop *p = &plan->prop[i];
        if (p->kind != SCENE_SHELTER)
            continue;
        double at = scene_path_nearest(&c->path, p->x, p->y);
        struct scene_place q = scene_path_at(&c->path, at);
        double right = (p->x - q.x) * q.uy - (p->y - q.y) * q.ux;
        if (right > 0 && right < 7.5) {
            s = at;
            halts = true;
        }
    }
    bool awkward = to - from < 20 || (c->stop_s >= 0 && s > c->stop_s - 15);
    return halts && !awkward ? s : -1;
}

static bool fits(const struct scene_traffic *t, int lane, const struct scene_vehicle *v) {
    for (int i = 0; i < t->on_lane[lane]; i++) {
        const struct scene_vehicle *o = &t->vehicle[lane][i];
        if (rear(o) < front(v) + STAND_M + 2 && front(o) > rear(v) - STAND_M - 2)
            return false;
    }
    const struct scene_junctions *js = &t->junctions;
    for (int i = 0; i < js->count[lane]; i++) {
        const struct scene_junction *j = &js->junction[js->first[lane] + i];
        if (j->enter_s > front(v) || j->leave_s < rear(v))
            continue;
        for (int k = 0; k < j->zones; k++) { /* comes in where another lane comes in, too */
            const struct scene_zone *z = &js->zone[j->zone + k];
            for (int m = 0; m < t->on_lane[z->other]; m++) {
                const struct scene_vehicle *o = &t->vehicle[z->other][m];
                if (rear(o) < z->other_to + 3 && front(o) > z->other_from - 3 &&
                    (!z->joins ||
                     fabs(o->s - z->other_from + z->from - v->s) < (o->length + v->length) / 2 + 4))
                    return false;
            }
        }
    }
    return true;
}

bool scene_traffic_enter(struct scene_traffic *t, int lane, enum scene_class kind, double s,
                         int32_t id) {
    int n = t->on_lane[lane];
    if (n == SCENE_MAX_ON_LANE || t->total == SCENE_MAX_VEHICLES)
        return false;
    struct scene_vehicle v = {.id = id, .kind = kind, .halt_s = -1};
    v.look = weir_hash64(t->seed ^ weir_hash64((uint64_t)id));
    bool cycle = kind == SCENE_BICYCLE;
    struct scene_size size = cycle ? scene_cycle_size(v.look) : scene_vehicle_size(kind, v.look);
    v.length = size.length;
    v.s = s > 0 ? s : fmin(0, 7 - v.length / 2);
    struct weir_random mood = weir_random_of(t->seed, SCENE_RANDOM_TRAFFIC, (uint64_t)id);
    v.pace = weir_random_in(&mood, 0.86, 1.08);
    v.headway_s = kinds[kind].headway_s * weir_random_in(&mood, 0.85, 1.3);
    if (cycle) {
        const struct scene_way *way = t->ways->course[lane].way;
        double ease = weir_random_in(&mood, 3.4, 6.2);
        v.pace = fmin(v.pace, ease / way->speed_m_per_s);
        v.side_m = way->kind == SCENE_LANE ? fmax(0, way->half_width_m - 0.75)
                                           : weir_random_in(&mood, -0.15, 0.25);
    }
    if (!fits(t, lane, &v))
        return false;
    int at = n; /* behind all who are farther on */
    while (at > 0 && t->vehicle[lane][at - 1].s < v.s)
        at--;
    double wish = limit_at(t, lane, v.s) * v.pace;
    v.v = wish;
    if (at > 0) {
        const struct scene_vehicle *ahead = &t->vehicle[lane][at - 1];
        double gap = rear(ahead) - front(&v) - STAND_M;
        v.v = fmin(wish, sqrt(ahead->v * ahead->v + 2 * 1.5 * gap) * 0.85);
        if (s <= 0 && v.v < fmin(2.5, wish * 0.4))
            return false; /* a queue reaches back to here */
    }
    if (kind == SCENE_BUS && s <= 0)
        v.halt_s = bus_stop(t, lane);
    memmove(&t->vehicle[lane][at + 1], &t->vehicle[lane][at],
            (size_t)(n - at) * sizeof t->vehicle[lane][0]);
    t->vehicle[lane][at] = v;
    t->on_lane[lane]++;
    t->total++;
    return true;
}

/* The model's answer to one thing ahead. */
static double brake_for(const struct scene_vehicle *v, double gap, double speed, double stand_m,
                        double headway_s) {
    double most = kinds[v->kind].accelerate;
    double wish =
        stand_m + fmax(0, v->v * headway_s + v->v * (v->v - speed) / (2 * sqrt(most * BRAKE)));
    double ratio = wish / fmax(gap, 0.05);
    return -most * ratio * ratio;
}

static double to_line(const struct scene_vehicle *v, double line_s) {
    return brake_for(v, line_s - front(v) + LINE_M / 2, 0, LINE_M, 0.4);
}

/* Could it stop there without haste? */
static bool can_stop(const struct scene_vehicle *v, double line_s, double brake) {
    return line_s - front(v) >= v->v * v->v / (2 * brake);
}

static double for_signal(const struct scene_traffic *t, int lane, const struct scene_vehicle *v,
                         double now) {
    const struct scene_course *c = &t->ways->course[lane];
    double line = c->stop_s;
    if (line < 0 || c->way->signal < 0 || front(v) > line + PAST_M || front(v) < line - SIGHT_M)
        return 0;
    enum scene_light light = scene_signal(t->seed, c->way->signal, now, NULL);
    if (light == SCENE_GREEN || (light == SCENE_AMBER && !can_stop(v, line, AMBER_BRAKE)))
        return 0;
    return to_line(v, line);
}

/* Is there no room beyond `beyond_s` for one who would follow `leader`? */
static bool jammed(const struct scene_vehicle *v, const struct scene_vehicle *leader,
                   double beyond_s) {
    return leader && leader->v < 2 && rear(leader) < beyond_s + v->length + STAND_M + 0.5;
}

/* ret_line_s: the first line at which it must stop; INFINITY: none. */
static double for_people(const struct scene_traffic *t, int lane, const struct scene_vehicle *v,
                         const struct scene_vehicle *leader, double *ret_line_s) {
    double a = 0;
    *ret_line_s = INFINITY;
    for (int i = 0; i < t->legs[lane]; i++) {
        const struct scene_leg *leg = &t->ways->leg[t->leg[t->first_leg[lane] + i]];
        if (leg->lane_s - SIGHT_M > front(v))
            break;
        double line = front(v) <= leg->stop_s + PAST_M ? leg->stop_s : leg->lane_s - 1.6;
        if (front(v) > line + PAST_M)
            continue;
        bool polite = leg->wanted && !leg->signalled && v->waited_s < PATIENCE_S &&
                      (v->v < 0.5 || can_stop(v, line, BRAKE));
        bool full = (leg->zebra || leg->signalled) && jammed(v, leader, leg->lane_s + 1.6) &&
                    can_stop(v, line, BRAKE);
        if (!leg->taken && !polite && !full)
            continue;
        a = fmin(a, to_line(v, line));
        *ret_line_s = fmin(*ret_line_s, line);
    }
    return a;
}

/* Whether all zones of a junction are left to v. */
static bool may_enter(const struct scene_traffic *t, int lane, const struct scene_vehicle *v,
                      const struct scene_junction *j, const struct scene_vehicle *leader) {
    const struct scene_course *own = &t->ways->course[lane];
    double through_s = (j->leave_s + v->length - front(v)) / fmax(v->v, 4) + 1;
    if (jammed(v, leader, j->leave_s))
        return false;
    for (int k = 0; k < j->zones; k++) {
        const struct scene_zone *z = &t->junctions.zone[j->zone + k];
        const struct scene_course *other = &t->ways->course[z->other];
        bool signals = own->way->signal >= 0 && other->way->signal >= 0 &&
                       own->way->signal != other->way->signal;
        for (int i = 0; i < t->on_lane[z->other]; i++) {
            const struct scene_vehicle *o = &t->vehicle[z->other][i];
            if (rear(o) > z->other_to + 0.5)
                continue;
            double gap = z->other_from - front(o);
            if (gap > SIGHT_M)
                break;
            bool inside = gap < 0.5 && !(z->joins && o->s > z->other_from);
            bool held = o->v < 0.5 && gap > 3;
            bool first = z->yields && !signals && !held && gap / fmax(o->v, 1) < through_s;
            if (inside || first || (o->committed_to && gap > 0.5 && gap < 40))
                return false;
        }
    }
    return true;
}

static double for_junction(const struct scene_traffic *t, int lane, struct scene_vehicle *v,
                           const struct scene_vehicle *leader, double held_s) {
    const struct scene_junctions *js = &t->junctions;
    const struct scene_junction *next = &js->junction[js->first[lane]];
    const struct scene_junction *end = next + js->count[lane];
    while (next < end && next->leave_s < rear(v))
        next++;
    if (next != v->committed_to)
        v->committed_to = NULL;
    if (next == end || next->enter_s - SIGHT_M > front(v))
        return 0;
    double a = 0;
    for (int k = 0; k < next->zones; k++) { /* one who has joined from another lane leads */
        const struct scene_zone *z = &js->zone[next->zone + k];
        for (int i = 0; z->joins && i < t->on_lane[z->other]; i++) {
            const struct scene_vehicle *o = &t->vehicle[z->other][i];
            double at = o->s - z->other_from + z->from; /* as if on this lane */
            if (o->s > z->other_from && at > v->s && (at < z->to || v->s > z->from))
                a = fmin(a,
                         brake_for(v, at - o->length / 2 - front(v), o->v, STAND_M, v->headway_s));
        }
    }
    double line = next->enter_s;
    const struct scene_course *c = &t->ways->course[lane];
    if (c->stop_s >= 0 && c->stop_s < line && line - c->stop_s < 25)
        line = c->stop_s;
    if (front(v) > line + PAST_M)
        v->committed_to = next;
    else if (held_s <= line + PAST_M)
        v->committed_to = NULL; /* stops before it after all */
    if (v->committed_to)
        return a;
    if (line - front(v) > v->v * v->v / (2 * BRAKE) + 6)
        return a;
    if (held_s > next->leave_s + v->length && may_enter(t, lane, v, next, leader)) {
        v->committed_to = next;
        return a;
    }
    return fmin(a, to_line(v, line));
}

static double for_bus_stop(struct scene_vehicle *v, double step_s) {
    if (v->halt_s < 0 || front(v) < v->halt_s - SIGHT_M)
        return 0;
    if (v->v < 0.1 && v->halt_s - front(v) < 2) {
        v->halt_left_s += step_s;
        if (v->halt_left_s > 5 + (double)(v->look % 5))
            v->halt_s = -1;
    }
    return v->halt_s < 0 ? 0 : to_line(v, v->halt_s);
}

static void drive(struct scene_traffic *t, int lane, int i, double now, double step_s) {
    struct scene_vehicle *v = &t->vehicle[lane][i];
    const struct scene_vehicle *leader = i > 0 ? v - 1 : NULL;
    double most = kinds[v->kind].accelerate, wish = limit_at(t, lane, v->s) * v->pace;
    double ratio = v->v / wish, free = fmax(most * (1 - ratio * ratio * ratio * ratio), -BRAKE);
    double ahead = leader ? brake_for(v, rear(leader) - front(v), leader->v,
                                      STAND_M - kinds[v->kind].grace_m, v->headway_s)
                          : 0;
    double held_s, light = for_signal(t, lane, v, now);
    double people = for_people(t, lane, v, leader, &held_s);
    double junction = for_junction(t, lane, v, leader, light < 0 ? 0 : held_s);
    double hold = fmin(fmin(light, people), fmin(junction, for_bus_stop(v, step_s)));
    v->a = fmax(fmin(free, most) + fmin(ahead, hold), -HARDEST);
    if (v->v > 2)
        v->waited_s = 0;
    else if (v->v < 0.3 && held_s - front(v) < 3)
        v->waited_s += step_s;
    double speed = fmax(0, v->v + v->a * step_s), way = (v->v + speed) / 2 * step_s;
    v->v = speed;
    v->s += way;
    v->phase_m += way;
}

/* Tells walkers, where they asked, when their leg is free. */
static void report(struct scene_traffic *t, int lane, struct scene_leg *leg, double now) {
    const struct scene_course *c = &t->ways->course[lane];
    leg->red_s = 0;
    if (leg->signalled)
        scene_signal(t->seed, c->way->signal, now, &leg->red_s);
    leg->blocked = false;
    leg->free_s = INFINITY;
    for (int i = 0; i < t->on_lane[lane]; i++) {
        const struct scene_vehicle *v = &t->vehicle[lane][i];
        if (rear(v) > leg->lane_s + 1.3)
            continue;
        if (front(v) > leg->lane_s - 1.3) {
            leg->blocked = true;
            return;
        }
        bool stands = v->v < 0.3, turn = v->waited_s >= PATIENCE_S;
        bool red = leg->red_s > 0 && front(v) <= c->stop_s + PAST_M;
        bool polite = leg->wanted && !leg->signalled && !turn &&
                      (stands || can_stop(v, leg->stop_s - 1, BRAKE));
        if (!red && !polite)
            leg->free_s = (leg->lane_s - 1.3 - front(v)) / fmax(v->v, 1.5);
        return;
    }
}

void scene_traffic_tick(struct scene_traffic *t, double now_s, double step_s) {
    const struct scene_ways *w = t->ways;
    for (int lane = 0; lane < w->plan->ways; lane++) {
        for (int i = 0; i < t->on_lane[lane]; i++)
            drive(t, lane, i, now_s, step_s);
        struct scene_vehicle *first = t->vehicle[lane];
        if (t->on_lane[lane] > 0 &&
            first->s > w->course[lane].path.length_m + fmax(0, first->length / 2 - 7)) {
            t->on_lane[lane]--;
            t->total--;
            memmove(first, first + 1, (size_t)t->on_lane[lane] * sizeof *first);
        }
        for (int i = 0; i < t->legs[lane]; i++)
            report(t, lane, &t->ways->leg[t->leg[t->first_leg[lane] + i]], now_s);
    }
}

int scene_traffic_body(const struct scene_traffic *t, int lane, const struct scene_vehicle *v,
                       double rest_s, struct scene_body ret_body[2]) {
    const struct scene_path *path = &t->ways->course[lane].path;
    double on = v->v * rest_s, s = v->s + on, axle = v->length * 0.3;
    struct scene_place p = scene_path_at(path, s + axle), q = scene_path_at(path, s - axle);
    double dx = p.x - q.x, dy = p.y - q.y, d = hypot(dx, dy); /* both axles keep to the path */
    struct scene_body body = {
        .kind = v->kind,
        .id = v->id,
        .look = v->look,
        .x = (p.x + q.x) / 2 + v->side_m * dy / d,
        .y = (p.y + q.y) / 2 - v->side_m * dx / d,
        .heading_rad = atan2(dy, dx),
        .speed_m_per_s = v->v,
        .turn_rad_per_s = scene_path_bend(path, s) * v->v,
        .phase_m = v->phase_m + on,
        .posture = SCENE_RIDING,
        .braking = v->kind != SCENE_BICYCLE && (v->a < -0.7 || v->v < 0.15),
    };
    ret_body[0] = body;
    body.kind = SCENE_PERSON;
    body.id++;
    ret_body[1] = body;
    return v->kind == SCENE_BICYCLE ? 2 : 1;
}
