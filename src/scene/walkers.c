/*
 * Steering towards a carried point, as in Reynolds: Steering behaviors for
 * autonomous characters (1999). On a way the point slides along it, AHEAD_M
 * before the walker and as far to the side as he likes to go; those who come
 * towards him or are slower move it aside, to the right first. One who must wait
 * at a kerb, pauses or keeps up with his group only changes his pace.
 */
#include "walkers.h"

#include <string.h>

#define AHEAD_M 1.3
#define HEED_M 3.2 /* how far ahead others matter */
#define ROOM_M 0.78 /* kept to the side of others */
#define TURN 2.6 /* rad/s */
#define GLANCE_M 5.0 /* before a kerb drivers see that one wants to cross */
#define SPARE_S 1.2
#define KERB_PATIENCE_S 7.0

void scene_walkers_init(struct scene_walkers *w, struct scene_ways *ways) {
    w->ways = ways;
    w->seed = ways->plan->seed;
    w->random = weir_random_of(w->seed, SCENE_RANDOM_WALKERS, 0);
    for (int i = 0; i < ways->plan->spots; i++)
        scene_stay_make(ways, i, &w->stay[i]);
    scene_doors_find(ways, &w->doors);
}

int scene_walkers_room(const struct scene_walkers *w) {
    return SCENE_MAX_WALKERS - w->total;
}

static int take_slot(struct scene_walkers *w, int32_t id) {
    int slot = 0;
    while (w->walker[slot].id)
        slot++;
    if (slot == w->used)
        w->used++;
    w->total++;
    w->walker[slot] =
        (struct scene_walker){.id = id,
                              .look = weir_hash64(w->seed ^ weir_hash64((uint64_t)id)),
                              .direction = 1,
                              .leader = -1,
                              .pause_s = INFINITY,
                              .back_s = INFINITY,
                              .until_s = -INFINITY,
                              .crossing = -1,
                              .door = -1,
                              .spot = -1};
    w->walker[slot].pace = scene_person_pace(w->walker[slot].look);
    return slot;
}

static void leave_seat(struct scene_walkers *w, struct scene_walker *p) {
    if (p->spot >= 0)
        w->stay[p->spot].seat[p->seat].walker = -1;
    p->spot = -1;
}

static void remove_walker(struct scene_walkers *w, struct scene_walker *p) {
    leave_seat(w, p);
    p->id = 0;
    w->total--;
    while (w->used > 0 && !w->walker[w->used - 1].id)
        w->used--;
}

static void take_seat(struct scene_walkers *w, int slot, int spot) {
    struct scene_stay *stay = &w->stay[spot];
    for (int i = 0; i < stay->seats; i++)
        if (stay->seat[i].walker < 0) {
            stay->seat[i].walker = slot;
            w->walker[slot].spot = spot;
            w->walker[slot].seat = i;
            return;
        }
}

void scene_walkers_enter(struct scene_walkers *w, const struct scene_party *party) {
    const struct scene_course *c = &w->ways->course[party->way];
    struct weir_random *r = &w->random;
    double half = c->way->half_width_m, slowest = INFINITY;
    int abreast = party->size < 4 ? party->size : 2, leader = -1;
    abreast = (int)fmin(abreast, 1 + 2 * half / 0.65);
    double room = fmax(0, half - 0.33 * (abreast - 1));
    /* Keeping to the right, more or less. */
    double middle =
        fmin(room, fmax(-room, -party->direction * room * weir_random_in(r, -0.75, 1.0)));
    for (int i = 0; i < party->size; i++) {
        int slot = take_slot(w, party->first_id + i);
        struct scene_walker *p = &w->walker[slot];
        leader = i == 0 ? slot : leader;
        p->way = party->way;
        p->direction = party->direction;
        p->leader = i ? leader : -1;
        p->leader_id = w->walker[leader].id;
        p->behind_m = i / abreast * 0.95 + weir_random_in(r, -0.12, 0.12);
        p->home_side = p->aim_side = middle + 0.66 * (i % abreast - (abreast - 1) / 2.0);
        p->pause_s = party->pause_s >= 0 ? party->direction * party->pause_s : INFINITY;
        p->pause_for_s = party->pause_for_s;
        p->near = party->near;
        p->back_s = party->back_s >= 0 ? party->direction * party->back_s : INFINITY;
        p->s = party->s - party->direction * p->behind_m;
        p->side = p->home_side;
        p->door = party->to_door;
        if (party->from_door >= 0) {
            const struct scene_door *d = &w->doors.door[party->from_door];
            p->state = SCENE_TO_WAY;
            p->s = d->s;
            p->x = d->x + d->ux * 0.6 * i;
            p->y = d->y + d->uy * 0.6 * i;
            p->ux = -d->ux;
            p->uy = -d->uy;
            slowest = fmin(slowest, p->pace);
            continue;
        }
        struct scene_place at = scene_path_at(&c->path, p->s);
        p->x = at.x - at.uy * p->side;
        p->y = at.y + at.ux * p->side;
        p->ux = at.ux * party->direction;
        p->uy = at.uy * party->direction;
        slowest = fmin(slowest, p->pace);
        if (party->spot >= 0)
            take_seat(w, slot, party->spot);
    }
    for (int i = 0; i < w->used; i++) { /* friends keep the pace of the slowest */
        struct scene_walker *p = &w->walker[i];
        if (p->id >= party->first_id && p->id < party->first_id + party->size)
            p->speed = p->pace = slowest;
    }
}

static double stay_for(struct scene_walkers *w) {
    return weir_random_in(&w->random, 15, 70);
}

void scene_walkers_settle(struct scene_walkers *w, int spot, int32_t id, double now_s,
                          bool forever) {
    int slot = take_slot(w, id);
    struct scene_walker *p = &w->walker[slot];
    take_seat(w, slot, spot);
    const struct scene_stay *stay = &w->stay[spot];
    const struct scene_seat *seat = &stay->seat[p->seat];
    p->state = SCENE_AT_SEAT;
    p->x = seat->x;
    p->y = seat->y;
    p->ux = seat->ux;
    p->uy = seat->uy;
    p->way = stay->way;
    p->until_s = forever ? INFINITY : now_s + stay_for(w);
}

void scene_walkers_rouse(struct scene_walkers *w, int spot, double now_s) {
    const struct scene_stay *stay = &w->stay[spot];
    for (int i = 0; i < stay->seats; i++) {
        struct scene_walker *p = stay->seat[i].walker < 0 ? NULL : &w->walker[stay->seat[i].walker];
        if (p && p->state == SCENE_AT_SEAT && stay->way >= 0)
            p->until_s = fmin(p->until_s, now_s + 0.7 * i);
    }
}

void scene_walkers_dismiss(struct scene_walkers *w, bool near, int count, double now_s) {
    for (int i = 0; i < w->used && count > 0; i++) {
        struct scene_walker *p = &w->walker[i];
        if (!p->id || p->state != SCENE_ON_WAY || p->near != near || p->spot >= 0 || p->door >= 0)
            continue;
        p->door = scene_door_ahead(&w->doors, p->way, p->direction, p->s, 1.5);
        p->back_s = p->pause_s = INFINITY;
        p->until_s = fmin(p->until_s, now_s);
        count -= p->door >= 0;
    }
}

/* Turns by the angle towards (dx,dy), as fast as one turns. */
static void face(struct scene_walker *p, double dx, double dy, double most, double step_s) {
    double d = hypot(dx, dy);
    p->turn = 0;
    if (d < 1e-9)
        return;
    double cross = (p->ux * dy - p->uy * dx) / d, dot = (p->ux * dx + p->uy * dy) / d;
    double angle = dot > 0 ? cross : cross < 0 ? -1 : 1;
    p->turn = fmin(most, fmax(-most, 3.5 * angle));
    double k = p->turn * step_s, x = p->ux - p->uy * k, y = p->uy + p->ux * k;
    double n = 1 / sqrt(x * x + y * y);
    p->ux = x * n;
    p->uy = y * n;
}

static void walk(struct scene_walker *p, double dx, double dy, double wish, double step_s) {
    p->turn = 0;
    if (wish > 0.01) {
        face(p, dx, dy, TURN, step_s);
        if (p->ux * dx + p->uy * dy < 0.4 * hypot(dx, dy))
            wish = fmin(wish, 0.3); /* turns around first */
    }
    double change = fmin(1.3 * step_s, fmax(-2.4 * step_s, wish - p->speed));
    p->speed = fmax(0, p->speed + change);
    p->x += p->ux * p->speed * step_s;
    p->y += p->uy * p->speed * step_s;
}

static void sort(struct scene_walkers *w) {
    int n = 0;
    for (int i = 0; i < w->ordered; i++) { /* those of the last tick are nearly in order */
        int slot = w->order[i];
        if (w->walker[slot].id && w->walker[slot].state == SCENE_ON_WAY)
            w->order[n++] = (uint16_t)slot;
    }
    bool listed[SCENE_MAX_WALKERS] = {false};
    for (int i = 0; i < n; i++)
        listed[w->order[i]] = true;
    for (int slot = 0; slot < w->used; slot++)
        if (w->walker[slot].id && w->walker[slot].state == SCENE_ON_WAY && !listed[slot])
            w->order[n++] = (uint16_t)slot;
    for (int i = 1; i < n; i++) {
        uint16_t slot = w->order[i];
        const struct scene_walker *p = &w->walker[slot];
        int k = i;
        for (; k > 0; k--) {
            const struct scene_walker *q = &w->walker[w->order[k - 1]];
            if (q->way < p->way || (q->way == p->way && q->s <= p->s))
                break;
            w->order[k] = w->order[k - 1];
        }
        w->order[k] = slot;
    }
    w->ordered = n;
}

static bool friends(const struct scene_walker *a, const struct scene_walker *b) {
    return a->leader_id && a->leader_id == b->leader_id;
}

/* Makes room for one other; may move the aim and lower the wish. */
static void heed(struct scene_walker *p, const struct scene_walker *o, double half, double *aim,
                 double *wish) {
    double ahead = p->direction * (o->s - p->s), beside = o->side - p->side;
    bool same = o->direction == p->direction;
    double closing = p->speed - (same ? o->speed : -o->speed);
    if (ahead < -0.25 || fabs(beside) > ROOM_M || friends(p, o))
        return;
    if (ahead > 0.05 && ahead < 0.95 && fabs(beside) < 0.42)
        *wish = fmin(*wish, same ? fmax(0, o->speed - 0.1) : 0.4);
    if (closing < 0.05 && ahead > 0.9)
        return;
    double away = fabs(beside) < 0.15 ? -p->direction : beside > 0 ? -1 : 1;
    double past = o->side + away * ROOM_M;
    if (fabs(past) > half + 0.25)
        past = o->side - away * ROOM_M;
    double weight = 1 - fmax(0, ahead) / HEED_M;
    *aim += (past - *aim) * weight;
}

/* Looks around from place i of the order. */
static void avoid(struct scene_walkers *w, int i, double half, double *wish, double step_s) {
    struct scene_walker *p = &w->walker[w->order[i]];
    double aim = p->home_side;
    for (int side = -1; side <= 1; side += 2)
        for (int k = i + side; k >= 0 && k < w->ordered; k += side) {
            const struct scene_walker *o = &w->walker[w->order[k]];
            if (o->way != p->way || fabs(o->s - p->s) > HEED_M)
                break;
            heed(p, o, half, &aim, wish);
        }
    aim = fmin(half + 0.2, fmax(-half - 0.2, aim));
    double change = aim - p->aim_side;
    p->aim_side += fmin(0.9 * step_s, fmax(-0.9 * step_s, change));
}

/* May one go who would be on the crossing for a while from now? */
static bool clear(const struct scene_ways *ways, const struct scene_crossing *c,
                  const struct scene_walker *p) {
    double pace = fmax(p->pace, 1);
    double kerb = p->direction > 0 ? c->from_s : c->to_s;
    for (int i = 0; i < c->legs; i++) {
        const struct scene_leg *leg = &ways->leg[c->leg + i];
        double past = (p->direction * (leg->foot_s - kerb) + leg->half_m) / pace + SPARE_S;
        bool light = leg->signalled && leg->red_s < fmin(past, 14);
        if (leg->blocked || light || leg->free_s < past)
            return false;
    }
    return true;
}

/* Tells the traffic of the legs yet to be walked; first_m: to the kerb. */
static void announce(struct scene_ways *ways, const struct scene_crossing *c,
                     const struct scene_walker *p, bool on) {
    for (int i = 0; i < c->legs; i++) {
        struct scene_leg *leg = &ways->leg[c->leg + i];
        double to = p->direction * (leg->foot_s - p->s);
        if (on && to > -leg->half_m - 0.5 && to < leg->half_m + 4.5 * fmax(p->speed, 0.8))
            leg->taken = true;
        if (to > 0 && (leg->zebra || on || p->waited_s > KERB_PATIENCE_S))
            leg->wanted = true;
    }
}

/* Waits at kerbs, lets drivers know. */
static void cross(struct scene_walkers *w, struct scene_walker *p, double *wish, double step_s) {
    struct scene_ways *ways = w->ways;
    const struct scene_course *way = &ways->course[p->way];
    for (int i = 0; i < way->crossings; i++) {
        int index = way->crossing + i;
        const struct scene_crossing *c = &ways->crossing[index];
        double to = p->direction * ((p->direction > 0 ? c->from_s : c->to_s) - p->s);
        double width = c->to_s - c->from_s;
        if (to > GLANCE_M || to < -width)
            continue;
        if (to < -0.35)
            p->crossing = index; /* on it, whatever the light says */
        if (p->crossing != index && to < 0.9 && clear(ways, c, p))
            p->crossing = index;
        announce(ways, c, p, p->crossing == index);
        if (p->crossing == index) {
            p->waited_s = 0;
            *wish = fmax(*wish, fmin(1.25, 1.15 * fmax(p->pace, 0.9)));
        } else {
            *wish = fmin(*wish, sqrt(2 * 1.2 * fmax(0, to - 0.15)));
            p->waited_s += p->speed < 0.2 ? step_s : 0;
        }
        return;
    }
    p->crossing = -1;
    p->waited_s = 0;
}

static double with_group(const struct scene_walkers *w, struct scene_walker *p, double wish) {
    const struct scene_walker *l = p->leader < 0 ? NULL : &w->walker[p->leader];
    if (!l || l->id != p->leader_id || l->state != SCENE_ON_WAY || l->way != p->way ||
        l->direction != p->direction)
        return wish;
    double gap = p->direction * (l->s - p->s) - p->behind_m;
    if (fabs(gap) > 5)
        return wish;
    return fmin(1.5 * p->pace, fmax(0, l->speed + 0.8 * gap));
}

static void on_way(struct scene_walkers *w, int i, double now, double step_s) {
    struct scene_walker *p = &w->walker[w->order[i]];
    const struct scene_course *c = &w->ways->course[p->way];
    double wish = with_group(w, p, p->pace), far = p->direction * p->s;
    if (far >= p->pause_s) {
        p->pause_s = INFINITY;
        if (p->crossing < 0)
            p->until_s = now + p->pause_for_s;
    }
    if (far >= p->back_s) {
        p->back_s = INFINITY;
        p->direction = -p->direction;
        p->home_side = -p->home_side;
        p->until_s = now + weir_random_in(&w->random, 0, 5);
    }
    if (now < p->until_s)
        wish = 0;
    avoid(w, i, c->way->half_width_m, &wish, step_s);
    cross(w, p, &wish, step_s);
    struct scene_place q = scene_path_at(&c->path, p->s + p->direction * AHEAD_M);
    walk(p, q.x - q.uy * p->aim_side - p->x, q.y + q.ux * p->aim_side - p->y, wish, step_s);
    p->s = scene_path_follow(&c->path, p->s, p->x, p->y);
    q = scene_path_at(&c->path, p->s);
    p->side = (p->y - q.y) * q.ux - (p->x - q.x) * q.uy;
    if (p->spot >= 0 && p->crossing < 0 && p->direction * (w->stay[p->spot].s - p->s) < 0.5)
        p->state = SCENE_TO_SEAT;
    if (p->door >= 0 && p->crossing < 0 && p->direction * (w->doors.door[p->door].s - p->s) < 0.5)
        p->state = SCENE_TO_DOOR;
    if (p->s * p->direction > (p->direction > 0 ? c->path.length_m : 0))
        remove_walker(w, p);
}

static void to_seat(struct scene_walkers *w, struct scene_walker *p, double now, double step_s) {
    const struct scene_stay *stay = &w->stay[p->spot];
    const struct scene_seat *seat = &stay->seat[p->seat];
    double before = stay->sits ? SCENE_BENCH_STEP_M : 0;
    double dx = seat->x + seat->ux * before - p->x, dy = seat->y + seat->uy * before - p->y;
    double distance = hypot(dx, dy);
    walk(p, dx, dy, fmin(p->pace, 0.15 + 0.9 * distance), step_s);
    if (distance < 0.2) {
        p->state = SCENE_AT_SEAT;
        p->until_s = now + stay_for(w);
    }
}

/* Sideways or backwards, a step or two. */
static double shift(struct scene_walker *p, double x, double y, double step_s) {
    double dx = x - p->x, dy = y - p->y, d = hypot(dx, dy),
           k = fmin(1, 0.5 * step_s / fmax(d, 1e-9));
    p->x += dx * k;
    p->y += dy * k;
    return d;
}

static void at_seat(struct scene_walkers *w, struct scene_walker *p, double now, double step_s) {
    const struct scene_stay *stay = &w->stay[p->spot];
    const struct scene_seat *seat = &stay->seat[p->seat];
    p->speed = fmax(0, p->speed - 2.4 * step_s);
    face(p, seat->ux, seat->uy, 1.9, step_s);
    bool turned = p->ux * seat->ux + p->uy * seat->uy > 0.97;
    if (turned || !stay->sits)
        shift(p, seat->x, seat->y, step_s);
    if (turned && now > p->until_s) {
        p->state = stay->sits ? SCENE_RISING : SCENE_TO_WAY;
        p->rose = true;
    }
}

static void rise(struct scene_walkers *w, struct scene_walker *p, double step_s) {
    const struct scene_seat *seat = &w->stay[p->spot].seat[p->seat];
    p->turn = 0;
    if (shift(p, seat->x + seat->ux * SCENE_BENCH_STEP_M, seat->y + seat->uy * SCENE_BENCH_STEP_M,
              step_s) < 0.05)
        p->state = SCENE_TO_WAY;
}

static void to_way(struct scene_walkers *w, struct scene_walker *p, double step_s) {
    if (p->rose) {
        p->rose = false;
        const struct scene_stay *stay = &w->stay[p->spot];
        p->way = stay->way;
        p->direction = weir_random_chance(&w->random, 0.5) ? 1 : -1;
        p->direction = stay->leave ? stay->leave : p->direction;
        p->s = stay->s;
        p->home_side = p->aim_side = 0;
        p->leader = p->door = -1;
        leave_seat(w, p);
    }
    const struct scene_path *path = &w->ways->course[p->way].path;
    struct scene_place q = scene_path_at(path, p->s);
    double dx = q.x - p->x, dy = q.y - p->y;
    walk(p, dx, dy, p->pace, step_s);
    if (hypot(dx, dy) < 0.9) {
        p->state = SCENE_ON_WAY;
        p->s = scene_path_follow(path, p->s, p->x, p->y);
        p->home_side =
            weir_random_in(&w->random, -1, 1) * w->ways->course[p->way].way->half_width_m;
    }
}

static void to_door(struct scene_walkers *w, struct scene_walker *p, double step_s) {
    const struct scene_door *d = &w->doors.door[p->door];
    walk(p, d->x - p->x, d->y - p->y, p->pace, step_s);
    if ((d->x - p->x) * d->ux + (d->y - p->y) * d->uy < 0.4)
        remove_walker(w, p);
}

void scene_walkers_tick(struct scene_walkers *w, double now_s, double step_s) {
    for (int i = 0; i < w->ways->legs; i++)
        w->ways->leg[i].taken = w->ways->leg[i].wanted = false;
    sort(w);
    for (int i = 0; i < w->used; i++) {
        struct scene_walker *p = &w->walker[i];
        if (!p->id)
            continue;
        if (p->state == SCENE_TO_SEAT)
            to_seat(w, p, now_s, step_s);
        else if (p->state == SCENE_AT_SEAT)
            at_seat(w, p, now_s, step_s);
        else if (p->state == SCENE_RISING)
            rise(w, p, step_s);
        else if (p->state == SCENE_TO_WAY)
            to_way(w, p, step_s);
        else if (p->state == SCENE_TO_DOOR)
            to_door(w, p, step_s);
        p->phase_m += p->speed > 0.05 ? p->speed * step_s : step_s;
    }
    for (int i = 0; i < w->ordered; i++) /* who left his seat just now is not in it yet */
        on_way(w, i, now_s, step_s);
}

static enum scene_posture posture_of(const struct scene_walkers *w, const struct scene_walker *p) {
    if (p->state == SCENE_AT_SEAT && w->stay[p->spot].sits) {
        const struct scene_seat *seat = &w->stay[p->spot].seat[p->seat];
        return hypot(seat->x - p->x, seat->y - p->y) < 0.03 ? SCENE_SITTING : SCENE_STANDING;
    }
    return p->speed > 0.05 ? SCENE_WALKING : SCENE_STANDING;
}

struct scene_body scene_walker_body(const struct scene_walkers *w, const struct scene_walker *p,
                                    double rest_s) {
    double on = p->speed * rest_s, turn = p->turn * rest_s;
    return (struct scene_body){
        .kind = SCENE_PERSON,
        .id = p->id,
        .look = p->look,
        .x = p->x + p->ux * on,
        .y = p->y + p->uy * on,
        .heading_rad = atan2(p->uy, p->ux) + turn,
        .speed_m_per_s = p->speed,
        .turn_rad_per_s = p->turn,
        .phase_m = p->phase_m + (p->speed > 0.05 ? on : rest_s),
        .posture = posture_of(w, p),
    };
}
