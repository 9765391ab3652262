/* Plans of many seeds against the rules of plan.h. */
#include "support/support.h"

#include <math.h>
#include <string.h>

#include "scene/plan.h"

#define SEEDS 60

static struct weir_scene_conf conf_of(uint64_t seed, int profile) {
    return (struct weir_scene_conf){.seed = seed,
                                    .width = 1280,
                                    .height = 720,
                                    .fps = 25,
                                    .seconds = 10,
                                    .profile = (enum weir_scene_profile)profile};
}

static struct scene_plan *make(uint64_t seed, int profile, struct scene_plan *plan) {
    struct weir_scene_conf conf = conf_of(seed, profile);
    scene_plan_make(&conf, plan);
    return plan;
}

static void for_each_plan(void (*check)(const struct scene_plan *plan, int profile)) {
    static struct scene_plan plan;
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        for (int profile = 0; profile < WEIR_SCENE_PROFILES; profile++)
            check(make(seed, profile, &plan), profile);
}

/* Distance of a point from the line of a way. */
static double distance(const struct scene_way *w, double x, double y) {
    double best = 1e9;
    for (int i = 0; i + 1 < w->points; i++) {
        double px = w->point[i].x, py = w->point[i].y;
        double dx = w->point[i + 1].x - px, dy = w->point[i + 1].y - py;
        double t = clamp01(((x - px) * dx + (y - py) * dy) / (dx * dx + dy * dy));
        best = fmin(best, hypot(px + t * dx - x, py + t * dy - y));
    }
    return best;
}

static double length(const struct scene_way *w) {
    double sum = 0;
    for (int i = 0; i + 1 < w->points; i++)
        sum += hypot(w->point[i + 1].x - w->point[i].x, w->point[i + 1].y - w->point[i].y);
    return sum;
}

/* Is the point in the rectangle about (x,y) turned by heading? */
static bool inside(double x, double y, double heading, double half_length, double half_width,
                   double px, double py) {
    double dx = px - x, dy = py - y, c = cos(heading), s = sin(heading);
    return fabs(dx * c + dy * s) < half_length && fabs(dy * c - dx * s) < half_width;
}

/* Points all over a parked body's footprint: i of 0 … 34. */
static struct vec2 part(const struct scene_body *p, int i) {
    struct scene_size size = scene_body_size(p);
    double along = (i % 7 / 6.0 - 0.5) * size.length, across = (i / 7 / 4.0 - 0.5) * size.width;
    double c = cos(p->heading_rad), s = sin(p->heading_rad);
    return (struct vec2){p->x + along * c - across * s, p->y + along * s + across * c};
}

static void check_counts(const struct scene_plan *plan, int profile) {
    assert_non_null(plan->name);
    assert_in_range(plan->patches, 1, SCENE_MAX_PATCHES);
    assert_in_range(plan->markings, 0, SCENE_MAX_MARKINGS);
    assert_in_range(plan->buildings, 8, SCENE_MAX_BUILDINGS);
    assert_in_range(plan->props, 10, SCENE_MAX_PROPS);
    assert_in_range(plan->parked_len, 0, SCENE_MAX_PARKED);
    assert_in_range(plan->ways, 6, SCENE_MAX_WAYS);
    assert_in_range(plan->spots, 0, SCENE_MAX_SPOTS);
    for (int i = 0; i < plan->parked_len; i++) {
        assert_int_equal(plan->parked[i].id, i + 1);
        assert_true(plan->parked[i].parked);
    }
}

static void check_camera(const struct scene_plan *plan, int profile) {
    const struct scene_camera *c = &plan->camera;
    double horizon = c->cy - c->focal_px * tan(c->pitch_rad);
    assert_true(c->height_m >= 3 && c->height_m <= 12);
    assert_true(c->pitch_rad >= 0.03 && c->pitch_rad <= 0.7);
    assert_true(c->focal_px >= 0.65 * c->width && c->focal_px <= 1.2 * c->width);
    assert_true(horizon > -0.1 * c->height && horizon < 0.34 * c->height);
    assert_float_equal(c->sin_pitch, sin(c->pitch_rad), 1e-12);
    assert_float_equal(c->cos_pitch, cos(c->pitch_rad), 1e-12);
}

static void check_ways(const struct scene_plan *plan, int profile) {
    int lanes = 0, walks = 0, far_walks = 0, far_lanes = 0;
    for (int i = 0; i < plan->ways; i++) {
        const struct scene_way *w = &plan->way[i];
        assert_in_range(w->points, 2, SCENE_WAY_POINTS);
        for (int k = 0; k + 1 < w->points; k++)
            assert_true(
                hypot(w->point[k + 1].x - w->point[k].x, w->point[k + 1].y - w->point[k].y) > 0.5);
        assert_true(w->nearest_m > 0 && w->weight > 0 && w->half_width_m > 0);
        assert_true(w->speed_m_per_s > 0);
        assert_true(w->stop_m < length(w));
        assert_true(w->signal >= -1 && w->signal <= 1);
        bool far = w->nearest_m > 35 && w->nearest_m < 300;
        lanes += w->kind == SCENE_LANE;
        walks += w->kind == SCENE_FOOTWAY;
        far_lanes += w->kind == SCENE_LANE && far;
        far_walks += w->kind == SCENE_FOOTWAY && far;
        if (w->kind == SCENE_LANE)
            assert_true(w->speed_m_per_s >= 5 && w->speed_m_per_s <= 25);
        else
            assert_false(w->buses);
        /* Nobody comes or goes before one's eyes. */
        for (int end = 0; end < 2; end++) {
            struct vec2 p = w->point[end ? w->points - 1 : 0];
            double u, v;
            bool seen = scene_project(&plan->camera, vec3(p.x, p.y, 0.9), &u, &v) && u >= 0 &&
                        u < 1280 && v >= 0 && v < 720;
            if (seen && hypot(p.x, p.y) < 60)
                fail_msg("seed %d, %s: way %d (kind %d) ends in view at %.1f %.1f", (int)plan->seed,
                         plan->name, i, (int)w->kind, p.x, p.y);
        }
    }
    assert_true(lanes >= 2 && walks >= 2);
    if (far_walks + far_lanes < 2)
        fail_msg("seed %d, %s: nothing far", (int)plan->seed, plan->name);
}

static void check_parked(const struct scene_plan *plan, int profile) {
    for (int i = 0; i < plan->parked_len; i++) {
        const struct scene_body *p = &plan->parked[i];
        for (int k = 0; k < 35; k++) {
            struct vec2 at = part(p, k);
            for (int j = 0; j < plan->parked_len; j++) {
                const struct scene_body *q = &plan->parked[j];
                struct scene_size size = scene_body_size(q);
                if (j != i)
                    assert_false(inside(q->x, q->y, q->heading_rad, size.length / 2, size.width / 2,
                                        at.x, at.y));
            }
            for (int j = 0; j < plan->ways; j++)
                if (plan->way[j].kind == SCENE_LANE)
                    assert_true(distance(&plan->way[j], at.x, at.y) > 1.3);
            for (int j = 0; j < plan->buildings; j++) {
                const struct scene_building *h = &plan->building[j];
                assert_false(inside(h->x, h->y, atan2(h->uy, h->ux), h->half_length_m,
                                    h->half_width_m, at.x, at.y));
            }
            for (int j = 0; j < plan->props; j++)
                assert_true(hypot(plan->prop[j].x - at.x, plan->prop[j].y - at.y) > 0.1);
        }
    }
}

static void check_props(const struct scene_plan *plan, int profile) {
    for (int i = 0; i < plan->props; i++) {
        const struct scene_prop *p = &plan->prop[i];
        assert_true(p->height_m > 0.3 && p->height_m < 20);
        for (int j = 0; j < i; j++)
            assert_true(hypot(plan->prop[j].x - p->x, plan->prop[j].y - p->y) > 0.2);
        for (int j = 0; j < plan->ways; j++)
            if (plan->way[j].kind == SCENE_LANE)
                assert_true(distance(&plan->way[j], p->x, p->y) > 1.7);
        for (int j = 0; j < plan->buildings; j++) {
            const struct scene_building *h = &plan->building[j];
            assert_false(inside(h->x, h->y, atan2(h->uy, h->ux), h->half_length_m, h->half_width_m,
                                p->x, p->y));
        }
        /* Lamps come first: scene_plan_lamp looks no further. */
        if (i > 0 && p->kind == SCENE_LAMP)
            assert_int_equal(plan->prop[i - 1].kind, SCENE_LAMP);
    }
}

static void check_buildings(const struct scene_plan *plan, int profile) {
    for (int i = 0; i < plan->buildings; i++) {
        const struct scene_building *h = &plan->building[i];
        double heading = atan2(h->uy, h->ux);
        assert_float_equal(hypot(h->ux, h->uy), 1, 1e-9);
        for (double y = 0; y <= 12; y += 0.5) /* nothing right before the lens */
            assert_false(inside(h->x, h->y, heading, h->half_length_m, h->half_width_m, 0, y));
        for (int j = 0; j < plan->ways; j++)
            if (plan->way[j].kind == SCENE_LANE)
                assert_true(distance(&plan->way[j], h->x, h->y) > h->half_width_m + 1);
    }
}

static void check_profile(const struct scene_plan *plan, int profile) {
    static struct scene_plan full;
    make(plan->seed, WEIR_SCENE_RUSH, &full);
    assert_true(plan->parked_len <= full.parked_len);
    assert_int_equal(plan->props, full.props); /* the street itself is the same */
    if (profile == WEIR_SCENE_EMPTY) {
        assert_int_equal(plan->parked_len, 0);
        assert_int_equal(plan->spots, 0);
    }
    if (profile != WEIR_SCENE_FAR)
        return;
    for (int i = 0; i < plan->parked_len; i++)
        assert_true(hypot(plan->parked[i].x, plan->parked[i].y) > 35);
    for (int i = 0; i < plan->spots; i++)
        assert_true(hypot(plan->spot[i].x, plan->spot[i].y) > 35);
}

static void check_spots(const struct scene_plan *plan, int profile) {
    for (int i = 0; i < plan->spots; i++) {
        const struct scene_spot *s = &plan->spot[i];
        assert_int_equal(s->near, hypot(s->x, s->y) < 20);
        bool bench = s->posture != SCENE_SITTING;
        for (int j = 0; j < plan->props && !bench; j++)
            bench = plan->prop[j].kind == SCENE_BENCH && plan->prop[j].x == s->x &&
                    plan->prop[j].y == s->y && plan->prop[j].heading_rad == s->heading_rad;
        assert_true(bench);
        for (int j = 0; j < plan->ways; j++)
            if (plan->way[j].kind == SCENE_LANE)
                assert_true(distance(&plan->way[j], s->x, s->y) > 1.5);
    }
}

static void test_counts_are_within_the_maxima(void **state) {
    for_each_plan(check_counts);
}
static void test_cameras_are_within_their_ranges(void **state) {
    for_each_plan(check_camera);
}
static void test_ways_lead_somewhere_and_end_out_of_sight(void **state) {
    for_each_plan(check_ways);
}
static void test_parked_vehicles_touch_nothing_and_leave_the_lanes_free(void **state) {
    for_each_plan(check_parked);
}
static void test_props_stand_in_nobodys_way(void **state) {
    for_each_plan(check_props);
}
static void test_no_building_stands_before_the_lens_or_on_a_lane(void **state) {
    for_each_plan(check_buildings);
}
static void test_profiles_leave_out_what_they_promise(void **state) {
    for_each_plan(check_profile);
}
static void test_those_who_sit_have_a_bench(void **state) {
    for_each_plan(check_spots);
}

static void test_equal_seeds_give_equal_bytes(void **state) {
    static struct scene_plan a, b;
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        for (int profile = 0; profile < WEIR_SCENE_PROFILES; profile++) {
            memset(&a, 0x55, sizeof a);
            memset(&b, 0xaa, sizeof b);
            make(seed, profile, &a);
            make(seed, profile, &b);
            assert_memory_equal(&a, &b, sizeof a);
        }
}

static void test_seeds_differ_in_kind_and_in_measure(void **state) {
    static struct scene_plan plan;
    const char *names[16];
    int kinds = 0, night = 0, day = 0, rain = 0;
    double last_height = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        make(seed, WEIR_SCENE_MIXED, &plan);
        int k = 0;
        while (k < kinds && strcmp(names[k], plan.name))
            k++;
        if (k == kinds && kinds < 16)
            names[kinds++] = plan.name;
        night += plan.sky.hour == SCENE_NIGHT;
        day += plan.sky.hour == SCENE_DAY;
        rain += plan.sky.rain;
        assert_true(seed == 0 || plan.building[0].height_m != last_height);
        last_height = plan.building[0].height_m;
    }
    assert_true(kinds >= 7);
    assert_true(day > 25 && night > 4 && rain > 4);
}

static void test_the_street_is_the_same_at_every_picture_size(void **state) {
    static struct scene_plan a, b;
    static const int sizes[][2] = {{640, 360}, {1000, 250}, {720, 1440}, {3840, 2160}};
    for (uint64_t seed = 0; seed < 20; seed++)
        for (int i = 0; i < 4; i++) {
            struct weir_scene_conf conf = conf_of(seed, WEIR_SCENE_RUSH);
            make(seed, WEIR_SCENE_RUSH, &a);
            conf.width = sizes[i][0];
            conf.height = sizes[i][1];
            scene_plan_make(&conf, &b);
            assert_memory_equal(a.building, b.building, sizeof a.building);
            assert_memory_equal(a.prop, b.prop, sizeof a.prop);
            assert_memory_equal(a.parked, b.parked, sizeof a.parked);
            assert_true(b.camera.pitch_rad >= 0.03 && b.camera.pitch_rad <= 0.7);
        }
}

static void test_a_building_throws_its_shadow_away_from_the_sun(void **state) {
    static struct scene_plan plan;
    memset(&plan, 0, sizeof plan);
    plan.sky.sun = vec3_unit(vec3(1, 0, 1)); /* 45 degrees, in the east */
    plan.buildings = 1;
    plan.building[0] = (struct scene_building){
        .y = 30, .ux = 0, .uy = 1, .half_length_m = 8, .half_width_m = 4, .height_m = 10};
    assert_float_equal(scene_plan_sunlit(&plan, vec3(-6, 30, 0)), 0, 0);
    assert_float_equal(scene_plan_sunlit(&plan, vec3(-5, 30, 5)), 0, 0);
    assert_float_equal(scene_plan_sunlit(&plan, vec3(-5.5, 30, 9)), 1, 0); /* above its top */
    assert_float_equal(scene_plan_sunlit(&plan, vec3(6, 30, 0)), 1, 0); /* the sunny side */
    assert_float_equal(scene_plan_sunlit(&plan, vec3(-6, 39, 0)), 1, 0); /* past its end */
    assert_float_equal(scene_plan_sunlit(&plan, vec3(4, 30, 5)), 1, 0); /* its own lit wall */
    assert_float_equal(scene_plan_sunlit(&plan, vec3(-13.5, 30, 0)), 0, 0);
    assert_float_equal(scene_plan_sunlit(&plan, vec3(-14.5, 30, 0)), 1, 0);
    plan.sky.sun = vec3_unit(vec3(2, 0, 1)); /* lower than the roof is steep */
    assert_float_equal(scene_plan_sunlit(&plan, vec3(-25, 30, 0)), 1, 0);
    plan.building[0].gable = true; /* a ridge 3 m above the eaves, over the middle */
    assert_float_equal(scene_plan_sunlit(&plan, vec3(-25, 30, 0)), 0, 0);
    assert_float_equal(scene_plan_sunlit(&plan, vec3(-26.5, 30, 0)), 1, 0);
}

static void test_lamps_light_a_pool_below_them_and_only_when_lit(void **state) {
    static struct scene_plan plan;
    memset(&plan, 0, sizeof plan);
    plan.props = 1;
    plan.prop[0] = (struct scene_prop){.kind = SCENE_LAMP, .y = 20, .height_m = 7, .seed = 1};
    assert_float_equal(scene_plan_lamp(&plan, vec3(0, 20, 0)).r, 0, 0);
    plan.sky.lamps_lit = true;
    plan.sky.hour = SCENE_NIGHT;
    struct vec3 bulb = scene_lamp_bulb(&plan.prop[0]);
    assert_float_equal(bulb.x, 1.2, 1e-9);
    assert_float_equal(bulb.z, 7, 0);
    struct rgb below = scene_plan_lamp(&plan, vec3(1.2, 20, 0));
    struct rgb beside = scene_plan_lamp(&plan, vec3(10.2, 20, 0));
    assert_true(below.r > 0.3 && below.r < 1.2);
    assert_true(below.r > below.g && below.g > below.b); /* warm */
    assert_true(beside.r > 0 && beside.r < 0.5 * below.r);
    plan.sky.hour = SCENE_DUSK; /* they add less to what daylight is left */
    assert_true(scene_plan_lamp(&plan, vec3(1.2, 20, 0)).r < below.r);
    assert_float_equal(scene_plan_lamp(&plan, vec3(22, 20, 0)).r, 0, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_are_within_the_maxima),
        cmocka_unit_test(test_cameras_are_within_their_ranges),
        cmocka_unit_test(test_ways_lead_somewhere_and_end_out_of_sight),
        cmocka_unit_test(test_parked_vehicles_touch_nothing_and_leave_the_lanes_free),
        cmocka_unit_test(test_props_stand_in_nobodys_way),
        cmocka_unit_test(test_no_building_stands_before_the_lens_or_on_a_lane),
        cmocka_unit_test(test_profiles_leave_out_what_they_promise),
        cmocka_unit_test(test_those_who_sit_have_a_bench),
        cmocka_unit_test(test_equal_seeds_give_equal_bytes),
        cmocka_unit_test(test_seeds_differ_in_kind_and_in_measure),
        cmocka_unit_test(test_the_street_is_the_same_at_every_picture_size),
        cmocka_unit_test(test_a_building_throws_its_shadow_away_from_the_sun),
        cmocka_unit_test(test_lamps_light_a_pool_below_them_and_only_when_lit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
