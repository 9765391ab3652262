/*
 * The clock of the street. A tick lets in whom the arrivals want, if there is
 * room, then moves traffic, then people; each leaves word for the other on the
 * legs of the crossings. Before time 0 the street is filled at once to what the
 * first phase wants and then runs for WARM_S, so that queues, gaps and groups
 * have come about by themselves. A picture between two ticks goes on from the
 * last one at the speeds of then.
 *
 * All draws are made in ticks and by ticks alone: who asks when changes nothing.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "arrivals.h"
#include "base/base.h"
#include "traffic.h"
#include "view.h"
#include "walkers.h"

#define WARM_S 90.0
#define COARSE_S 72.0 /* of which in long ticks: nobody looks */
#define COARSE_TICK_S 0.06
#define COARSE_TICKS 1200 /* COARSE_S / COARSE_TICK_S */
#define UPDATE_TICKS 25 /* rates */
#define SPOT_TICKS 10
#define LISTED_MARGIN 0.25 /* of the picture's width, beside and below it */

enum { MAX_BODIES = 2 * SCENE_MAX_VEHICLES + SCENE_MAX_WALKERS };

struct scene_world {
    const struct scene_plan *plan;
    struct scene_ways ways;
    struct scene_traffic traffic;
    struct scene_walkers walkers;
    struct scene_arrivals arrivals;
    struct weir_random random;
    bool changes; /* phases follow each other */
    bool deserted; /* nobody, ever */
    int64_t ticks; /* done; the first is that of -WARM_S */
    double waiting[SCENE_MAX_WAYS]; /* vehicles that found no room on their lane */
    int32_t next_id;
    struct scene_body body[MAX_BODIES];
    size_t bodies;
};

static double time_of(int64_t ticks) {
    double coarse = (double)(ticks < COARSE_TICKS ? ticks : COARSE_TICKS);
    return coarse * COARSE_TICK_S + ((double)ticks - coarse) * SCENE_TICK_S - WARM_S;
}

/* The first of count ids in a row; 0: not so many are left. */
static int32_t ids(const struct scene_world *w, int count) {
    return w->next_id > SCENE_LAST_MOVING_ID - count ? 0 : w->next_id;
}

static void drive_in(struct scene_world *w, int lane, enum scene_class kind, double s) {
    int count = kind == SCENE_BICYCLE ? 2 : 1;
    int32_t id = ids(w, count);
    if (id && scene_traffic_enter(&w->traffic, lane, kind, s, id))
        w->next_id += count;
    else if (s <= 0)
        w->waiting[lane] = fmin(2, w->waiting[lane] + 1);
}

static int party_size(struct scene_world *w) {
    double u = weir_random_unit(&w->random);
    return u < .68 ? 1 : u < .90 ? 2 : u < .96 ? 3 : 4;
}

/* What a spot should hold: all of its seats or none, and near ones in crowds. */
static bool spot_wanted(const struct scene_world *w, int spot, double now) {
    const struct scene_stay *stay = &w->walkers.stay[spot];
    struct scene_demand d = scene_phases_at(&w->arrivals.phases, now);
    if (d.far_only && stay->distance_m < SCENE_FAR_WAY_M + 4)
        return false;
    double share = w->plan->spot[spot].near ? d.spots_near : d.spots;
    /* Another choice of spots every now and then. */
    uint64_t epoch = (uint64_t)((now + WARM_S) / 45);
    uint64_t h = weir_hash64(w->plan->seed ^ weir_hash64((uint64_t)spot * 1000003u + epoch));
    return (double)(h >> 11) * 0x1p-53 < share;
}

static bool occupied(const struct scene_stay *stay) {
    return scene_stay_free(stay) < stay->seats;
}

/* A wanted and empty spot that one gets to from way going in direction; -1. */
static int goal(struct scene_world *w, int way, int direction, double s, double now) {
    for (int i = 0; i < w->plan->spots; i++) {
        const struct scene_stay *stay = &w->walkers.stay[i];
        double to = direction * (stay->s - s);
        if (stay->way == way && to > 4 && !occupied(stay) &&
            spot_wanted(w, i, now + fmin(60, to / 1.3)))
            return i;
    }
    return -1;
}

/* Some stop on the way, more of those who make up a near crowd. */
static void plan_pause(struct scene_world *w, enum scene_crowd crowd, struct scene_party *party) {
    bool near = crowd == SCENE_NEAR_WALKERS;
    double s[2];
    scene_arrivals_stretch(crowd, &w->ways.course[party->way], s);
    double at = weir_random_in(&w->random, s[0], s[1]);
    party->pause_for_s =
        near ? weir_random_in(&w->random, 6, 28) : weir_random_in(&w->random, 3, 12);
    if (weir_random_chance(&w->random, near ? 0.6 : 0.12) && party->direction * (at - party->s) > 0)
        party->pause_s = at;
}

/* Many come out of the houses along the way, or go there: else long ways would take
 * minutes to fill. */
static void plan_doors(struct scene_world *w, enum scene_crowd crowd, struct scene_party *party) {
    const struct scene_doors *doors = &w->walkers.doors;
    int n = doors->count[party->way];
    if (n == 0 || crowd == SCENE_NEAR_WALKERS || party->spot >= 0 || party->back_s >= 0)
        return;
    if (weir_random_chance(&w->random, 0.6) && party->size < 3 && w->ticks > 0) {
        party->from_door = doors->first[party->way] + weir_random_below(&w->random, n);
        party->s = doors->door[party->from_door].s;
        party->direction = weir_random_chance(&w->random, 0.5) ? 1 : -1;
    }
    if (weir_random_chance(&w->random, 0.5))
        party->to_door = scene_door_ahead(doors, party->way, party->direction, party->s,
                                          weir_random_in(&w->random, 20, 120));
}

static void walk_in(struct scene_world *w, enum scene_crowd crowd, int way, int direction, double s,
                    double back_s, double now) {
    struct scene_party party = {.way = way,
                                .direction = direction,
                                .s = s,
                                .back_s = back_s,
                                .near = crowd == SCENE_NEAR_WALKERS,
                                .pause_s = -1,
                                .from_door = -1,
                                .to_door = -1};
    plan_pause(w, crowd, &party);
    party.size = party_size(w);
    party.spot =
        back_s < 0 && weir_random_chance(&w->random, 0.7) ? goal(w, way, direction, s, now) : -1;
    if (party.spot >= 0) {
        int seats = w->walkers.stay[party.spot].seats;
        party.size = seats < 2 ? 1 : 2 + weir_random_below(&w->random, seats - 1);
    }
    plan_doors(w, crowd, &party);
    if (party.size > scene_walkers_room(&w->walkers))
        return;
    party.first_id = ids(w, party.size);
    if (!party.first_id)
        return;
    scene_walkers_enter(&w->walkers, &party);
    w->next_id += party.size;
}

/* People come in from one end of a footway, or turn back before they are near. */
static void walk_from(struct scene_world *w, enum scene_crowd crowd, int way, int end, double now) {
    const struct scene_course *c = &w->ways.course[way];
    double lead = fmin(45, c->lead_m[end] / 1.35), back = -1;
    if (!c->far && scene_phases_at(&w->arrivals.phases, now + lead).far_only) {
        double in = c->far_m[end] -
                    weir_random_in(&w->random, 0, 0.4) * fmax(0, c->far_m[end] - c->lead_m[end]);
        back = end ? c->path.length_m - in : in;
    }
    walk_in(w, crowd, way, end ? -1 : 1, end ? c->path.length_m : 0, back, now);
}

static void let_in(struct scene_world *w, double now, double step_s) {
    for (int i = 0; i < w->plan->ways; i++) {
        bool foot = w->plan->way[i].kind == SCENE_FOOTWAY;
        for (int crowd = 0; crowd < SCENE_CROWDS; crowd++)
            for (int end = 0; end < 2; end++) {
                double rate = w->arrivals.rate[crowd][i][end];
                if (rate <= 0)
                    continue;
                bool one = weir_random_chance(&w->random, rate * step_s);
                if (one && foot && weir_random_chance(&w->random, 0.68)) /* parties of 1.47 */
                    walk_from(w, (enum scene_crowd)crowd, i, end, now);
                else if (one && crowd == SCENE_CYCLISTS)
                    drive_in(w, i, SCENE_BICYCLE, 0);
                else if (one && crowd == SCENE_DRIVERS)
                    w->waiting[i] = fmin(3, w->waiting[i] + 1);
            }
        if (w->waiting[i] >= 1) {
            w->waiting[i] -= 1;
            drive_in(w, i, scene_traffic_draw(&w->traffic, i), 0);
        }
    }
}

/* Who has not yet passed what the camera sees. */
static void count(const struct scene_world *w, double there[SCENE_CROWDS]) {
    memset(there, 0, SCENE_CROWDS * sizeof *there);
    for (int i = 0; i < w->plan->ways; i++) {
        double s[2];
        scene_arrivals_stretch(SCENE_DRIVERS, &w->ways.course[i], s);
        for (int k = 0; k < w->traffic.on_lane[i]; k++) {
            const struct scene_vehicle *v = &w->traffic.vehicle[i][k];
            if (v->s < s[1])
                there[v->kind == SCENE_BICYCLE ? SCENE_CYCLISTS : SCENE_DRIVERS] += 1;
        }
    }
    for (int i = 0; i < w->walkers.used; i++) {
        const struct scene_walker *p = &w->walkers.walker[i];
        enum scene_crowd crowd = p->near ? SCENE_NEAR_WALKERS : SCENE_WALKERS;
        double s[2];
        if (!p->id || p->state != SCENE_ON_WAY)
            continue;
        scene_arrivals_stretch(crowd, &w->ways.course[p->way], s);
        if (p->direction > 0 ? p->s < s[1] : p->s > s[0])
            there[crowd] += 1;
    }
}

/* Those who stay where nobody is wanted any more leave, one spot at a time. */
static void rouse(struct scene_world *w, double now) {
    int spot = (int)(w->ticks / SPOT_TICKS % (w->plan->spots > 0 ? w->plan->spots : 1));
    if (spot < w->plan->spots && w->changes && !spot_wanted(w, spot, now))
        scene_walkers_rouse(&w->walkers, spot, now);
}

/* One in eight of those who are too many looks for a door. */
static void dismiss(struct scene_world *w, const double there[SCENE_CROWDS], double now) {
    for (int near = 0; near < 2; near++) {
        enum scene_crowd crowd = near ? SCENE_NEAR_WALKERS : SCENE_WALKERS;
        double surplus = there[crowd] - 1.2 * w->arrivals.expected[crowd] - 1;
        if (surplus > 0)
            scene_walkers_dismiss(&w->walkers, near, (int)ceil(surplus / 8), now);
    }
}

static void tick(struct scene_world *w) {
    double now = time_of(w->ticks);
    double step_s = w->ticks < COARSE_TICKS ? COARSE_TICK_S : SCENE_TICK_S;
    if (w->ticks % UPDATE_TICKS == 0) {
        double there[SCENE_CROWDS];
        count(w, there);
        scene_arrivals_update(&w->arrivals, now, there);
        dismiss(w, there, now);
    }
    if (w->ticks % SPOT_TICKS == 0)
        rouse(w, now);
    let_in(w, now, step_s);
    scene_walkers_tick(&w->walkers, now, step_s);
    scene_traffic_tick(&w->traffic, now, step_s);
    w->ticks++;
}

/* As if all had come long ago; what does not fit together sorts itself out. */
static void fill(struct scene_world *w) {
    double now = time_of(0);
    for (int i = 0; i < w->plan->ways; i++) {
        double length = w->ways.course[i].path.length_m;
        for (int crowd = 0; crowd < SCENE_CROWDS; crowd++) {
            double n = scene_arrivals_fill(&w->arrivals, crowd, i, now);
            for (double k = weir_random_unit(&w->random); k < n; k += 1) {
                double s = length * (1 - k / n);
                if (crowd == SCENE_DRIVERS)
                    drive_in(w, i, scene_traffic_draw(&w->traffic, i), fmax(0.1, s));
                else if (crowd == SCENE_CYCLISTS)
                    drive_in(w, i, SCENE_BICYCLE, fmax(0.1, s));
                else if (weir_random_chance(&w->random, 0.68)) {
                    double at = length * weir_random_unit(&w->random);
                    int direction = weir_random_chance(&w->random, 0.5) ? 1 : -1;
                    walk_in(w, (enum scene_crowd)crowd, i, direction, at, -1, now);
                }
            }
        }
    }
    for (int i = 0; i < w->plan->spots; i++) {
        const struct scene_stay *stay = &w->walkers.stay[i];
        if ((w->changes && stay->way < 0) || occupied(stay) || !spot_wanted(w, i, now))
            continue;
        int size = stay->seats < 2 ? 1 : 2 + weir_random_below(&w->random, stay->seats - 1);
        bool near = scene_phases_at(&w->arrivals.phases, now).far_only && stay->leave == 0;
        bool forever = stay->way < 0 || (near && !w->changes);
        for (int k = 0; k < size && scene_walkers_room(&w->walkers) > 0; k++) {
            scene_walkers_settle(&w->walkers, i, w->next_id++, now, forever);
        }
    }
}

struct scene_world *scene_world_new(const struct scene_plan *plan,
                                    enum weir_scene_profile profile) {
    struct scene_world *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->plan = plan;
    w->next_id = SCENE_FIRST_MOVING_ID;
    w->changes = profile == WEIR_SCENE_MIXED;
    w->deserted = profile == WEIR_SCENE_EMPTY;
    w->random = weir_random_of(plan->seed, SCENE_RANDOM_WALKERS, 1);
    if (w->deserted)
        return w;
    if (scene_ways_make(plan, &w->ways) < 0 || scene_traffic_init(&w->traffic, &w->ways) < 0) {
        scene_world_free(w);
        return NULL;
    }
    scene_walkers_init(&w->walkers, &w->ways);
    scene_arrivals_init(&w->arrivals, &w->ways, profile);
    fill(w);
    scene_world_advance(w, 0);
    return w;
}

void scene_world_free(struct scene_world *world) {
    if (!world)
        return;
    scene_traffic_done(&world->traffic);
    scene_ways_done(&world->ways);
    free(world);
}

/* Is b to be drawn? s is its place along the course; NULL: on none. */
static bool listed(const struct scene_world *w, const struct scene_course *c, double s,
                   const struct scene_body *b) {
    struct scene_size size = scene_body_size(b);
    double radius = hypot(size.length, size.width) / 2;
    if (c && scene_course_blocked(c, s) && /* a good guess, and cheap */
        scene_view_blocked(w->plan, b->x, b->y, radius + 0.3, size.height))
        return false;
    return !scene_view_outside(&w->plan->camera, b->x, b->y, radius, size.height, LISTED_MARGIN);
}

static void list(struct scene_world *w, double rest_s) {
    w->bodies = 0;
    for (int lane = 0; lane < w->plan->ways; lane++)
        for (int i = 0; i < w->traffic.on_lane[lane]; i++) {
            const struct scene_vehicle *v = &w->traffic.vehicle[lane][i];
            struct scene_body *b = &w->body[w->bodies];
            int n = scene_traffic_body(&w->traffic, lane, v, rest_s, b);
            if (listed(w, &w->ways.course[lane], v->s, b))
                w->bodies += (size_t)n;
        }
    for (int i = 0; i < w->walkers.used; i++) {
        const struct scene_walker *p = &w->walkers.walker[i];
        if (!p->id)
            continue;
        const struct scene_course *c = p->state == SCENE_ON_WAY ? &w->ways.course[p->way] : NULL;
        w->body[w->bodies] = scene_walker_body(&w->walkers, p, rest_s);
        w->bodies += listed(w, c, p->s, &w->body[w->bodies]);
    }
}

int scene_world_advance(struct scene_world *world, double t_s) {
    if (world->deserted)
        return 0;
    double fine_s = t_s + WARM_S - COARSE_S;
    int64_t target = COARSE_TICKS + (int64_t)floor(fine_s / SCENE_TICK_S + 1e-6);
    while (world->ticks < target)
        tick(world);
    list(world, fmax(0, t_s - time_of(world->ticks)));
    return 0;
}

const struct scene_body *scene_world_bodies(const struct scene_world *world, size_t *ret_len) {
    *ret_len = world->bodies;
    return world->body;
}
