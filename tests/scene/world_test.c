/*
 * A street corner made up here, and some real plans, watched for minutes: nobody
 * touches anybody, jumps, jumps the light or appears out of nothing.
 */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scene/arrivals.h"
#include "scene/traffic.h"
#include "scene/view.h"
#include "scene/world.h"

#define STEP_S 0.04

static struct scene_way *add_way(struct scene_plan *plan, enum scene_way_kind kind, double x0,
                                 double y0, double x1, double y1, double nearest_m) {
    struct scene_way *way = &plan->way[plan->ways++];
    *way = (struct scene_way){.kind = kind,
                              .point = {{x0, y0}, {x1, y1}},
                              .points = 2,
                              .half_width_m = kind == SCENE_LANE ? 1.7 : 1.2,
                              .speed_m_per_s = kind == SCENE_LANE ? 12 : 1.4,
                              .stop_m = -1,
                              .signal = -1,
                              .weight = 1,
                              .nearest_m = nearest_m};
    return way;
}

static struct scene_way *add_lane(struct scene_plan *plan, double x0, double y0, double x1,
                                  double y1, double stop_m, int signal, double nearest_m) {
    struct scene_way *way = add_way(plan, SCENE_LANE, x0, y0, x1, y1, nearest_m);
    way->buses = true;
    way->stop_m = stop_m;
    way->signal = signal;
    return way;
}

/* A road across at y = 30, one that recedes along x = 12, signals, pavements, an
 * unguarded road far away, benches and places to stand in front of the camera. */
static struct scene_plan *corner(uint64_t seed) {
    struct scene_plan *plan = calloc(1, sizeof *plan);
    assert_non_null(plan);
    plan->seed = seed;
    plan->heavy = weir_scene_defaults.heavy;
    plan->cyclists = weir_scene_defaults.cyclists;
    plan->name = "corner";
    plan->camera = (struct scene_camera){.height_m = 6,
                                         .pitch_rad = 0.16,
                                         .focal_px = 1000,
                                         .cx = 640,
                                         .cy = 360,
                                         .width = 1280,
                                         .height = 720,
                                         .sin_pitch = sin(0.16),
                                         .cos_pitch = cos(0.16)};
    add_lane(plan, -90, 28.2, 110, 28.2, 93, 0, 28); /* to the right */
    add_lane(plan, 110, 31.8, -90, 31.8, 90, 0, 31);
    add_lane(plan, 13.8, -40, 13.8, 260, 62, 1, 22); /* away */
    add_lane(plan, 10.2, 260, 10.2, -40, 221, 1, 20);
    add_lane(plan, -110, 90, 150, 90, -1, -1, 85);
    add_way(plan, SCENE_CYCLE_LANE, -90, 25.4, 110, 25.4, 25)->half_width_m = 0.6;
    plan->way[plan->ways - 1].speed_m_per_s = 5;
    add_way(plan, SCENE_FOOTWAY, -70, 8, 7, 8, 8);
    add_way(plan, SCENE_FOOTWAY, -70, 36, 80, 36, 36);
    add_way(plan, SCENE_FOOTWAY, 6, 2, 6, 220, 8);
    add_way(plan, SCENE_FOOTWAY, -110, 84, 140, 84, 80);
    for (int i = 0; i < 4; i++) {
        plan->building[plan->buildings++] =
            (struct scene_building){-22 - 26 * i, 52, 1, 0, 12, 8, 14};
        plan->building[plan->buildings++] =
            (struct scene_building){36 + 26 * i, 52, 1, 0, 12, 8, 14};
    }
    for (int i = 0; i < 5; i++)
        plan->spot[plan->spots++] = (struct scene_spot){
            -5 + 2.5 * i, 12 + i % 2, i ? 0.9 : 0.2, i ? SCENE_STANDING : SCENE_SITTING,
            -1.5,         true};
    plan->spot[plan->spots++] = (struct scene_spot){-12, 38, 0.5, SCENE_STANDING, -1.5, false};
    return plan;
}

struct watch {
    const struct scene_plan *plan;
    struct scene_world *world;
    struct scene_body *last; /* by id */
    double *seen_s;
    double now_s;
    const struct scene_body *body;
    size_t bodies;
};

static void start(struct watch *w, const struct scene_plan *plan, enum weir_scene_profile profile) {
    *w = (struct watch){.plan = plan, .now_s = 0};
    w->world = scene_world_new(plan, profile);
    w->last = calloc(65536, sizeof *w->last);
    w->seen_s = calloc(65536, sizeof *w->seen_s);
    assert_true(w->world && w->last && w->seen_s);
    assert_int_equal(scene_world_advance(w->world, 0), 0);
    w->body = scene_world_bodies(w->world, &w->bodies);
}

static void stop(struct watch *w) {
    scene_world_free(w->world);
    free(w->last);
    free(w->seen_s);
}

static void advance(struct watch *w, int64_t step) {
    w->now_s = (double)step * STEP_S;
    assert_int_equal(scene_world_advance(w->world, w->now_s), 0);
    w->body = scene_world_bodies(w->world, &w->bodies);
}

static double radius(const struct scene_body *b) {
    struct scene_size size = scene_body_size(b);
    return b->kind == SCENE_PERSON ? 0.2 : size.length / 2 - 0.5;
}

/* Out of sight, or so far away that all come and go; slits between houses that are
 * narrower than a body do not count. */
static bool hidden(const struct scene_plan *plan, const struct scene_body *b) {
    struct scene_size size = scene_body_size(b);
    return hypot(b->x, b->y) > SCENE_FAR_M - 3 ||
           scene_view_hidden(plan, b->x, b->y, radius(b), size.height * 0.9) ||
           scene_view_blocked(plan, b->x, b->y, hypot(size.length, size.width) / 2 + 0.3,
                              size.height);
}

/* Nobody comes or goes where he is seen; nobody is anywhere else than he can be. */
static void check_steps(struct watch *w, bool first) {
    for (size_t i = 0; i < w->bodies; i++) {
        const struct scene_body *b = &w->body[i];
        assert_in_range(b->id, SCENE_FIRST_MOVING_ID, 65534);
        const struct scene_body *before = &w->last[b->id];
        double gap_s = w->now_s - w->seen_s[b->id];
        assert_true(w->seen_s[b->id] < w->now_s || first); /* not twice in one list */
        if (before->id) {
            assert_int_equal(before->kind, b->kind);
            assert_true(before->look == b->look);
            double most = fmax(b->speed_m_per_s, before->speed_m_per_s) * gap_s * 1.1 + 0.05;
            if (gap_s < 2 * STEP_S)
                assert_true(hypot(b->x - before->x, b->y - before->y) < most);
        }
        if (!first && gap_s > 1.5 * STEP_S && !hidden(w->plan, b))
            fail_msg("id %d class %d appears at %.1f %.1f, %.2f s, last seen %.2f", b->id,
                     (int)b->kind, b->x, b->y, w->now_s, w->seen_s[b->id]);
        w->last[b->id] = *b;
        w->seen_s[b->id] = w->now_s;
    }
    for (int id = SCENE_FIRST_MOVING_ID; id < 65535; id++)
        if (w->last[id].id && fabs(w->now_s - STEP_S - w->seen_s[id]) < 1e-6 &&
            !hidden(w->plan, &w->last[id]))
            fail_msg("id %d vanishes at %.1f %.1f, %.2f s", id, w->last[id].x, w->last[id].y,
                     w->now_s);
}

static void watch_steps(const struct scene_plan *plan, enum weir_scene_profile profile,
                        double seconds) {
    struct watch w;
    start(&w, plan, profile);
    check_steps(&w, true);
    for (int64_t i = 1; (double)i * STEP_S < seconds; i++) {
        advance(&w, i);
        check_steps(&w, false);
    }
    stop(&w);
}

static void test_nobody_jumps_or_pops_up(void **state) {
    struct scene_plan *plan = corner(3);
    watch_steps(plan, WEIR_SCENE_MIXED, 200);
    watch_steps(plan, WEIR_SCENE_RUSH, 60);
    watch_steps(plan, WEIR_SCENE_FAR, 60);
    free(plan);
}

static void make_real(uint64_t seed, enum weir_scene_profile profile, struct scene_plan *plan) {
    struct weir_scene_conf conf = {
        .seed = seed, .width = 1280, .height = 720, .fps = 25, .seconds = 60, .profile = profile};
    scene_plan_make(&conf, plan);
}

static void test_nobody_pops_up_in_planned_streets(void **state) {
    struct scene_plan *plan = malloc(sizeof *plan);
    assert_non_null(plan);
    for (uint64_t seed = 0; seed < 10; seed++) {
        make_real(seed, WEIR_SCENE_MIXED, plan);
        watch_steps(plan, WEIR_SCENE_MIXED, 40);
    }
    free(plan);
}

/* By how much two oriented rectangles lie apart along one of a's axes; < 0: not. */
static double apart(const struct scene_body *a, const struct scene_body *b) {
    struct scene_size sa = scene_body_size(a), sb = scene_body_size(b);
    double ux = cos(a->heading_rad), uy = sin(a->heading_rad);
    double turn = b->heading_rad - a->heading_rad, c = fabs(cos(turn)), s = fabs(sin(turn));
    double dx = b->x - a->x, dy = b->y - a->y;
    double along = fabs(dx * ux + dy * uy) - sa.length / 2 - (sb.length * c + sb.width * s) / 2;
    double beside = fabs(dy * ux - dx * uy) - sa.width / 2 - (sb.length * s + sb.width * c) / 2;
    return fmax(along, beside);
}

static void test_vehicles_never_touch(void **state) {
    struct scene_plan *plan = corner(5);
    struct watch w;
    start(&w, plan, WEIR_SCENE_RUSH);
    for (int64_t step = 0; (double)step * STEP_S < 300; step += 3) {
        advance(&w, step);
        for (size_t i = 0; i < w.bodies; i++)
            for (size_t k = 0; k < i; k++) {
                const struct scene_body *a = &w.body[i], *b = &w.body[k];
                if (a->kind == SCENE_PERSON || b->kind == SCENE_PERSON)
                    continue;
                if (fmax(apart(a, b), apart(b, a)) < -0.1)
                    fail_msg("ids %d and %d touch at %.1f %.1f, %.2f s", a->id, b->id, a->x, a->y,
                             w.now_s);
            }
    }
    stop(&w);
    free(plan);
}

/* How far a vehicle's front is beyond the stop line of its lane; NAN: not its lane. */
static double beyond(const struct scene_way *way, const struct scene_body *b) {
    double dx = way->point[1].x - way->point[0].x, dy = way->point[1].y - way->point[0].y;
    double d = hypot(dx, dy), ux = dx / d, uy = dy / d;
    double x = b->x - way->point[0].x, y = b->y - way->point[0].y;
    if (way->kind != SCENE_LANE || fabs(y * ux - x * uy) > 1 ||
        cos(b->heading_rad - atan2(dy, dx)) < 0.9)
        return NAN;
    return x * ux + y * uy + scene_body_size(b).length / 2 - way->stop_m;
}

static void test_nobody_passes_a_red_light(void **state) {
    struct scene_plan *plan = corner(7);
    struct watch w;
    double last[2000];
    int passed = 0;
    start(&w, plan, WEIR_SCENE_RUSH);
    for (int i = 0; i < 2000; i++)
        last[i] = NAN;
    for (int64_t step = 1; (double)step * STEP_S < 200; step++) {
        advance(&w, step);
        for (size_t i = 0; i < w.bodies; i++)
            for (int lane = 0; lane < 4; lane++) {
                const struct scene_body *b = &w.body[i];
                double d = beyond(&plan->way[lane], b);
                if (b->kind == SCENE_PERSON || isnan(d) || b->id - SCENE_FIRST_MOVING_ID >= 2000)
                    continue;
                double *before = &last[b->id - SCENE_FIRST_MOVING_ID];
                if (*before <= 0.45 && d > 0.45) {
                    passed++;
                    assert_int_not_equal(
                        scene_signal(plan->seed, plan->way[lane].signal, w.now_s - STEP_S, NULL),
                        SCENE_RED);
                }
                *before = d;
            }
    }
    assert_true(passed > 60);
    stop(&w);
    free(plan);
}

static void test_signal_groups_take_turns(void **state) {
    int green[2] = {0, 0};
    for (double t = 0; t < 400; t += 0.1) {
        double left0, left1;
        enum scene_light a = scene_signal(9, 0, t, &left0), b = scene_signal(9, 1, t, &left1);
        assert_true(a == SCENE_RED || b == SCENE_RED);
        assert_true((a == SCENE_RED) == (left0 > 0));
        if (left0 > 0)
            assert_int_equal(scene_signal(9, 0, t + left0 + 1e-6, NULL), SCENE_GREEN);
        green[0] += a == SCENE_GREEN;
        green[1] += b == SCENE_GREEN;
    }
    assert_true(green[0] > 1000 && abs(green[0] - green[1]) < 200);
}

/* Nobody on foot is in a lane but where a footway crosses it. */
static void test_people_cross_where_they_may(void **state) {
    struct scene_plan *plan = corner(11);
    struct watch w;
    int crossing = 0;
    start(&w, plan, WEIR_SCENE_RUSH);
    for (int64_t step = 0; (double)step * STEP_S < 200; step += 5) {
        advance(&w, step);
        for (size_t i = 0; i < w.bodies; i++) {
            const struct scene_body *b = &w.body[i];
            bool on_road = fabs(b->y - 30) < 3 || fabs(b->x - 12) < 3;
            if (b->kind != SCENE_PERSON || b->posture == SCENE_RIDING || !on_road)
                continue;
            crossing++;
            if (fabs(b->x - 6) > 2.2 && fabs(b->y - 8) > 2.2 && fabs(b->y - 36) > 2.2 &&
                fabs(b->y - 84) > 2.2)
                fail_msg("id %d walks in the road at %.1f %.1f, %.2f s", b->id, b->x, b->y,
                         w.now_s);
            for (size_t k = 0; k < w.bodies; k++) { /* and nobody drives over anybody */
                const struct scene_body *v = &w.body[k];
                if (v->kind > SCENE_BICYCLE && v->speed_m_per_s > 0.5 &&
                    fmax(apart(v, b), apart(b, v)) < -0.1)
                    fail_msg("id %d drives over %d at %.1f %.1f, %.2f s", v->id, b->id, b->x, b->y,
                             w.now_s);
            }
        }
    }
    assert_true(crossing > 20);
    stop(&w);
    free(plan);
}

static void test_riders_follow_their_bicycles(void **state) {
    struct scene_plan *plan = corner(13);
    struct watch w;
    int cycles = 0;
    start(&w, plan, WEIR_SCENE_RUSH);
    for (int64_t step = 0; step < 2000; step += 10) {
        advance(&w, step);
        for (size_t i = 0; i < w.bodies; i++) {
            const struct scene_body *b = &w.body[i], *rider = b + 1;
            if (b->kind != SCENE_BICYCLE) {
                assert_true(b->kind != SCENE_PERSON || b->posture != SCENE_RIDING ||
                            (i > 0 && b[-1].kind == SCENE_BICYCLE));
                continue;
            }
            cycles++;
            assert_true(i + 1 < w.bodies && rider->kind == SCENE_PERSON);
            assert_int_equal(rider->posture, SCENE_RIDING);
            assert_int_equal(rider->id, b->id + 1);
            assert_true(rider->look == b->look && rider->x == b->x && rider->y == b->y &&
                        rider->heading_rad == b->heading_rad && rider->phase_m == b->phase_m);
        }
    }
    assert_true(cycles > 100);
    stop(&w);
    free(plan);
}

static bool same(const struct scene_body *a, const struct scene_body *b) {
    return a->kind == b->kind && a->id == b->id && a->look == b->look && a->x == b->x &&
           a->y == b->y && a->heading_rad == b->heading_rad &&
           a->speed_m_per_s == b->speed_m_per_s && a->turn_rad_per_s == b->turn_rad_per_s &&
           a->phase_m == b->phase_m && a->posture == b->posture && a->braking == b->braking;
}

static void test_frame_rate_changes_nothing(void **state) {
    struct scene_plan *plan = corner(17);
    struct scene_world *fine = scene_world_new(plan, WEIR_SCENE_MIXED),
                       *coarse = scene_world_new(plan, WEIR_SCENE_MIXED);
    assert_true(fine && coarse);
    for (int i = 1; i < 120; i++) {
        double t = 0.5 * i;
        for (int k = 0; k < 12; k++)
            assert_int_equal(scene_world_advance(fine, t - 0.5 + 0.04 * k), 0);
        assert_int_equal(scene_world_advance(fine, t), 0);
        assert_int_equal(scene_world_advance(coarse, t), 0);
        size_t n, m;
        const struct scene_body *a = scene_world_bodies(fine, &n);
        const struct scene_body *b = scene_world_bodies(coarse, &m);
        assert_int_equal(n, m);
        for (size_t k = 0; k < n; k++)
            assert_true(same(&a[k], &b[k]));
    }
    scene_world_free(fine);
    scene_world_free(coarse);
    free(plan);
}

static int visible(const struct watch *w, enum scene_class from, enum scene_class to) {
    int n = 0;
    for (size_t i = 0; i < w->bodies; i++)
        n += w->body[i].kind >= from && w->body[i].kind <= to && !hidden(w->plan, &w->body[i]);
    return n;
}

static void count(uint64_t seed, enum weir_scene_profile profile, double *ret_vehicles,
                  double *ret_people) {
    struct scene_plan *plan = corner(seed);
    struct watch w;
    start(&w, plan, profile);
    *ret_vehicles = *ret_people = 0;
    for (int i = 0; i < 100; i++) {
        advance(&w, 25 * i);
        *ret_vehicles += visible(&w, SCENE_CAR, SCENE_TRUCK) / 100.0;
        *ret_people += visible(&w, SCENE_PERSON, SCENE_PERSON) / 100.0;
    }
    stop(&w);
    free(plan);
}

static void test_calm_is_calm_and_rush_is_not(void **state) {
    double vehicles, people;
    count(19, WEIR_SCENE_CALM, &vehicles, &people);
    assert_true(vehicles > 1.5 && vehicles < 8);
    assert_true(people > 3 && people < 18);
    count(19, WEIR_SCENE_RUSH, &vehicles, &people);
    assert_true(vehicles > 12);
    assert_true(people > 25 && people < 75);
}

/* How many of each kind come in two minutes. */
static void mix(double heavy, double cyclists, int ret_kinds[SCENE_CLASSES]) {
    struct scene_plan *plan = corner(3);
    struct watch w;
    plan->heavy = heavy;
    plan->cyclists = cyclists;
    start(&w, plan, WEIR_SCENE_RUSH);
    memset(ret_kinds, 0, SCENE_CLASSES * sizeof *ret_kinds);
    for (int i = 0; i < 120; i++) {
        advance(&w, 25 * i);
        for (size_t k = 0; k < w.bodies; k++)
            ret_kinds[w.body[k].kind]++;
    }
    stop(&w);
    free(plan);
}

static void test_traffic_is_as_heavy_as_asked_for(void **state) {
    (void)state;
    int none[SCENE_CLASSES], usual[SCENE_CLASSES], all[SCENE_CLASSES];
    mix(0, 1, none);
    mix(0.16, 1, usual);
    mix(1, 1, all);
    assert_int_equal(none[SCENE_BUS] + none[SCENE_TRUCK], 0);
    assert_true(none[SCENE_CAR] > 0);
    assert_true(usual[SCENE_CAR] > usual[SCENE_BUS] + usual[SCENE_TRUCK]);
    assert_true(usual[SCENE_BUS] + usual[SCENE_TRUCK] > 0);
    assert_int_equal(all[SCENE_CAR], 0);
    assert_true(all[SCENE_BUS] > 0 && all[SCENE_TRUCK] > all[SCENE_BUS]);
}

static void test_cyclists_come_in_the_numbers_asked_for(void **state) {
    (void)state;
    int none[SCENE_CLASSES], usual[SCENE_CLASSES], many[SCENE_CLASSES];
    mix(0.16, 0, none);
    mix(0.16, 1, usual);
    mix(0.16, 4, many);
    assert_int_equal(none[SCENE_BICYCLE], 0);
    assert_true(usual[SCENE_BICYCLE] > 0);
    assert_true(many[SCENE_BICYCLE] > 2 * usual[SCENE_BICYCLE]);
}

static void test_far_stays_far(void **state) {
    struct scene_plan *plan = corner(23);
    struct watch w;
    int seen = 0;
    start(&w, plan, WEIR_SCENE_FAR);
    for (int64_t step = 0; step < 5000; step += 10) {
        advance(&w, step);
        for (size_t i = 0; i < w.bodies; i++)
            if (!hidden(plan, &w.body[i])) {
                seen++;
                if (hypot(w.body[i].x, w.body[i].y) <= 35)
                    fail_msg("id %d class %d comes near: %.1f %.1f, %.2f s", w.body[i].id,
                             (int)w.body[i].kind, w.body[i].x, w.body[i].y, w.now_s);
            }
    }
    assert_true(seen > 500);
    stop(&w);
    free(plan);
}

/* The longest scene is a day: it must not run out of ids and stay empty from then on. */
static void test_ids_last_for_more_than_a_day(void **state) {
    struct scene_plan *plan = corner(43);
    struct watch w;
    int32_t newest = 0;
    start(&w, plan, WEIR_SCENE_RUSH);
    for (int t_s = 0; t_s <= 300; t_s += 5) {
        assert_int_equal(scene_world_advance(w.world, t_s), 0);
        w.body = scene_world_bodies(w.world, &w.bodies);
        for (size_t i = 0; i < w.bodies; i++)
            newest = w.body[i].id > newest ? w.body[i].id : newest;
    }
    double a_day = (newest - SCENE_FIRST_MOVING_ID) * 86400.0 / 300;
    assert_true(a_day > 10000);
    assert_true(4 * a_day < SCENE_LAST_MOVING_ID - SCENE_FIRST_MOVING_ID);
    stop(&w);
    free(plan);
}

static void test_empty_is_empty(void **state) {
    struct scene_plan *plan = corner(29);
    struct watch w;
    start(&w, plan, WEIR_SCENE_EMPTY);
    for (int i = 0; i < 100; i++) {
        advance(&w, 100 * i);
        assert_int_equal(w.bodies, 0);
    }
    stop(&w);
    free(plan);
}

static void test_a_street_without_ways_is_no_error(void **state) {
    struct scene_plan *plan = corner(31);
    plan->ways = plan->spots = 0;
    struct watch w;
    start(&w, plan, WEIR_SCENE_RUSH);
    advance(&w, 1000);
    assert_int_equal(w.bodies, 0);
    stop(&w);
    free(plan);
}

static void test_mixed_changes_with_time(void **state) {
    struct scene_plan *plan = corner(37);
    struct watch w;
    int least = 1000, most = 0;
    start(&w, plan, WEIR_SCENE_MIXED);
    for (int i = 0; i < 300; i++) {
        advance(&w, 25 * i);
        int n = visible(&w, SCENE_PERSON, SCENE_TRUCK);
        least = n < least ? n : least;
        most = n > most ? n : most;
    }
    assert_true(most > least + 25);
    stop(&w);
    free(plan);
}

static void test_phases_differ_and_cover_all_time(void **state) {
    int firsts = 0;
    const char *seen[8] = {NULL};
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct scene_phases p;
        scene_phases_make(seed, WEIR_SCENE_MIXED, &p);
        assert_int_equal(p.n, SCENE_PHASES);
        for (int i = 0; i < p.n; i++) {
            double length = p.until_s[i] - (i ? p.until_s[i - 1] : 0);
            assert_true(length >= 8 && length <= 40);
            assert_true(i == 0 || p.kind[i] != p.kind[i - 1]);
        }
        const char *name = scene_phases_name(&p, 0);
        assert_ptr_equal(name, scene_phases_name(&p, -50));
        assert_ptr_equal(name, scene_phases_name(&p, p.until_s[p.n - 1] + 0.1)); /* anew */
        int k = 0;
        while (k < firsts && seen[k] != name)
            k++;
        if (k == firsts)
            seen[firsts++] = name;
    }
    assert_int_equal(firsts, 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_jumps_or_pops_up),
        cmocka_unit_test(test_nobody_pops_up_in_planned_streets),
        cmocka_unit_test(test_vehicles_never_touch),
        cmocka_unit_test(test_nobody_passes_a_red_light),
        cmocka_unit_test(test_signal_groups_take_turns),
        cmocka_unit_test(test_people_cross_where_they_may),
        cmocka_unit_test(test_riders_follow_their_bicycles),
        cmocka_unit_test(test_frame_rate_changes_nothing),
        cmocka_unit_test(test_calm_is_calm_and_rush_is_not),
        cmocka_unit_test(test_traffic_is_as_heavy_as_asked_for),
        cmocka_unit_test(test_cyclists_come_in_the_numbers_asked_for),
        cmocka_unit_test(test_far_stays_far),
        cmocka_unit_test(test_ids_last_for_more_than_a_day),
        cmocka_unit_test(test_empty_is_empty),
        cmocka_unit_test(test_a_street_without_ways_is_no_error),
        cmocka_unit_test(test_mixed_changes_with_time),
        cmocka_unit_test(test_phases_differ_and_cover_all_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
