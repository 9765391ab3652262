/*
 * A standing spot holds one who waits or a ring of people who face each other; a
 * bench holds one. A straight line from a footway leads there, if there is one
 * that crosses no lane and nothing that stands about.
 */
#include "stay.h"

#include "random.h"

#define REACH_M 16.0
#define CLEAR_M 0.45

bool scene_stay_indoors(const struct scene_ways *w, double x, double y) {
    for (int i = 0; i < w->plan->buildings; i++) {
        const struct scene_building *b = &w->plan->building[i];
        double dx = x - b->x, dy = y - b->y;
        if (fabs(dx * b->ux + dy * b->uy) < b->half_length_m &&
            fabs(dy * b->ux - dx * b->uy) < b->half_width_m)
            return true;
    }
    return false;
}

bool scene_stay_obstructed(const struct scene_ways *w, double x, double y) {
    const struct scene_plan *plan = w->plan;
    for (int i = 0; i < plan->props; i++)
        if (hypot(plan->prop[i].x - x, plan->prop[i].y - y) < CLEAR_M + plan->prop[i].length_m / 2)
            return true;
    for (int i = 0; i < plan->parked_len; i++)
        if (hypot(plan->parked[i].x - x, plan->parked[i].y - y) < 2.2)
            return true;
    return false;
}

/* Can one walk straight from p to the spot? What is within a step of it is part of it. */
static bool straight(const struct scene_ways *w, const struct scene_spot *spot,
                     struct scene_place p) {
    double distance = hypot(spot->x - p.x, spot->y - p.y);
    for (double d = 0; d < distance - 0.9; d += 0.5) {
        double x = p.x + (spot->x - p.x) * d / distance, y = p.y + (spot->y - p.y) * d / distance;
        if (scene_stay_obstructed(w, x, y) || scene_stay_indoors(w, x, y) ||
            scene_ways_on_lane(w, x, y, 0.1))
            return false;
    }
    return true;
}

static void find_way(const struct scene_ways *w, const struct scene_spot *spot,
                     struct scene_stay *stay) {
    double best = REACH_M;
    for (int i = 0; i < w->plan->ways; i++) {
        const struct scene_course *c = &w->course[i];
        if (c->way->kind != SCENE_FOOTWAY)
            continue;
        double nearest = scene_path_nearest(&c->path, spot->x, spot->y);
        for (int k = -2; k <= 2; k++) {
            double s = nearest + 2.5 * k;
            struct scene_place p = scene_path_at(&c->path, s);
            double distance = hypot(p.x - spot->x, p.y - spot->y);
            if (s > 1 && s < c->path.length_m - 1 && distance < best && straight(w, spot, p)) {
                best = distance;
                stay->way = i;
                stay->s = s;
            }
        }
    }
}

void scene_stay_make(const struct scene_ways *w, int index, struct scene_stay *ret_stay) {
    const struct scene_spot *spot = &w->plan->spot[index];
    struct scene_stay *stay = ret_stay;
    struct weir_random r =
        weir_random_of(w->plan->seed, SCENE_RANDOM_WALKERS, 1000000u + (uint64_t)index);
    *stay = (struct scene_stay){.way = -1, .seats = 1, .distance_m = hypot(spot->x, spot->y)};
    stay->sits = spot->posture == SCENE_SITTING;
    if (!stay->sits)
        stay->seats = (int)fmax(1, fmin(SCENE_MAX_SEATS, spot->radius_m * 3.8));
    double ring = stay->seats > 1 ? fmin(0.35 + 0.1 * stay->seats, spot->radius_m) : 0;
    double turn = weir_random_in(&r, 0, 6.2831853);
    for (int i = 0; i < stay->seats; i++) {
        double angle = turn + 6.2831853 * i / stay->seats + weir_random_in(&r, -0.2, 0.2);
        double looks = stay->sits        ? spot->heading_rad
                       : stay->seats > 1 ? angle + 3.1415927 + weir_random_in(&r, -0.35, 0.35)
                                         : spot->heading_rad + weir_random_in(&r, -0.4, 0.4);
        stay->seat[i] = (struct scene_seat){
            spot->x + ring * cos(angle), spot->y + ring * sin(angle), cos(looks), sin(looks), -1};
    }
    find_way(w, spot, stay);
    if (stay->way < 0)
        return;
    const struct scene_course *c = &w->course[stay->way];
    stay->leave = stay->s < c->far_m[0] ? -1 : c->path.length_m - stay->s < c->far_m[1] ? 1 : 0;
}

int scene_stay_free(const struct scene_stay *stay) {
    int n = 0;
    for (int i = 0; i < stay->seats; i++)
        n += stay->seat[i].walker < 0;
    return n;
}
