/*
 * What the planner of weir would have each stream take, on a core with one slot and a cloud
 * further away, with rhythms and prospects put in by hand.
 */
#include <string.h>

#include "base/random.h"
#include "sched/strategy_support.h"

enum { CORE, CLOUD, NODES, STREAMS = 6, SETTINGS = 2 };

static const struct weir_node_view nodes[] = {{"core", "core", 1, 2}, {"cloud", "cloud", 8, 0.5}};
static const struct weir_route_view routes[NODES * NODES] = {{.links = 0}, {.links = 0}};
static const char *const models[] = {"street_s"};
static const struct weir_setting settings[SETTINGS] = {{CORE, 0, 416, 234, WEIR_TRAVEL_NONE, 0},
                                                       {CLOUD, 0, 416, 234, WEIR_TRAVEL_H264, 23}};

struct rig {
    struct weir_stream_view stream[STREAMS];
    struct weir_site_view site;
    double flow[STREAMS * SETTINGS];
    int64_t slot_ns[SETTINGS], bytes[STREAMS * SETTINGS], wait_ns[NODES];
    struct weir_rhythm rhythm[STREAMS];
    struct weir_prospect prospect[STREAMS * SETTINGS];
    int64_t toll[STREAMS * SETTINGS];
    int preferred[STREAMS];
    struct weir_strategy_state *state;
};

/* 25 frames a second each, without jitter, all in the cloud at first: 12 ms of slot at the core and
 * 23 ms in all, 45 ms by the cloud. */
static void setup(struct rig *rig, int streams, const int *phase_ms) {
    memset(rig, 0, sizeof *rig);
    rig->site = (struct weir_site_view){SITE_OF(nodes, routes, models, settings, rig->stream)};
    rig->site.streams = streams;
    rig->slot_ns[CORE] = 12 * MS;
    rig->slot_ns[CLOUD] = 3 * MS;
    rig->wait_ns[CORE] = rig->wait_ns[CLOUD] = -1;
    for (int i = 0; i < streams; i++) {
        rig->stream[i] = (struct weir_stream_view){"s", CORE, 25, 640, 360, 200 * MS, 0.85, 0};
        rig->rhythm[i] = (struct weir_rhythm){phase_ms[i] * MS, 40 * MS, 0};
        rig->prospect[i * SETTINGS + CORE] = (struct weir_prospect){true, true, MS, 23 * MS};
        rig->prospect[i * SETTINGS + CLOUD] = (struct weir_prospect){true, true, 21 * MS, 45 * MS};
        rig->flow[i * SETTINGS + CLOUD] = 25;
    }
    rig->state = opened(&weir_strategy_weir, &rig->site, -1, "");
}

static void plan(struct rig *rig) {
    memset(rig->toll, 0, sizeof rig->toll);
    weir_strategy_weir.plan(rig->state,
                            &(struct weir_plan_view){.site = &rig->site,
                                                     .flow = rig->flow,
                                                     .slot_ns = rig->slot_ns,
                                                     .bytes = rig->bytes,
                                                     .wait_ns = rig->wait_ns,
                                                     .rhythm = rig->rhythm,
                                                     .prospect = rig->prospect},
                            rig->toll, rig->preferred);
}

static void teardown(struct rig *rig) {
    weir_strategy_weir.close(rig->state);
}

static int at_core(const struct rig *rig) {
    int n = 0;
    for (int i = 0; i < rig->site.streams; i++)
        n += rig->preferred[i] == CORE;
    return n;
}

static void test_streams_that_never_meet_share_the_core(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 3, (int[]){0, 13, 26});
    plan(&rig);
    assert_int_equal(at_core(&rig), 3);
    teardown(&rig);
}

static void test_streams_that_would_meet_part(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 4, (int[]){0, 1, 2, 3}); /* the third would wait for 22 ms, the fourth for 33 */
    plan(&rig);
    assert_int_equal(at_core(&rig), 2);
    teardown(&rig);
}

static void test_two_change_places_where_no_single_move_helps(void **state) {
    (void)state;
    struct rig rig;
    int core[2] = {0, 0};
    /* The second and the third, or the first and the third: never the first and the second. A plan
     * that put the first two there is left only by an exchange. */
    setup(&rig, 3, (int[]){0, 11, 20});
    rig.slot_ns[CORE] = 19 * MS;
    for (int i = 0; i < 3; i++)
        rig.prospect[i * SETTINGS + CORE].apart_ns = 30 * MS;
    rig.prospect[2 * SETTINGS + CORE].on_offer = false;
    plan(&rig);
    core[0] = rig.preferred[0] == CORE && rig.preferred[1] == CORE;
    rig.prospect[2 * SETTINGS + CORE].on_offer = true;
    plan(&rig);
    core[1] = rig.preferred[0] == CORE && rig.preferred[2] == CORE;
    assert_int_equal(core[0], 1);
    assert_int_equal(core[1], 1);
    assert_int_equal(rig.preferred[1], CLOUD);
    teardown(&rig);
}

static void test_a_plan_rests(void **state) {
    (void)state;
    struct rig rig;
    int before[STREAMS];
    struct weir_random random = weir_random_of(7, 1, 0);
    for (int trial = 0; trial < 20; trial++) {
        int phase[STREAMS];
        for (int i = 0; i < STREAMS; i++)
            phase[i] = (int)(weir_random_unit(&random) * 40);
        setup(&rig, STREAMS, phase);
        for (int i = 0; i < 6; i++)
            plan(&rig);
        memcpy(before, rig.preferred, sizeof before);
        for (int i = 0; i < 10; i++) {
            plan(&rig);
            assert_memory_equal(before, rig.preferred, sizeof before);
        }
        teardown(&rig);
    }
}

static void test_a_gain_not_worth_having_moves_nobody(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 1, (int[]){0});
    rig.prospect[CORE].apart_ns = 45 * MS - 400000;
    plan(&rig);
    assert_int_equal(rig.preferred[0], CLOUD);
    rig.prospect[CORE].apart_ns = 44 * MS;
    plan(&rig);
    assert_int_equal(rig.preferred[0], CORE);
    teardown(&rig);
}

static void test_what_misses_the_floor_is_never_preferred(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 2, (int[]){0, 20});
    rig.prospect[0 * SETTINGS + CORE].meets = false;
    rig.prospect[1 * SETTINGS + CORE].meets = rig.prospect[1 * SETTINGS + CLOUD].meets = false;
    plan(&rig);
    assert_int_equal(rig.preferred[0], CLOUD);
    assert_int_equal(rig.preferred[1], -1);
    teardown(&rig);
}

static void test_a_setting_that_misses_the_floor_now_is_left_at_once(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 2, (int[]){0, 20});
    rig.prospect[0 * SETTINGS + CORE].meets = rig.prospect[1 * SETTINGS + CORE].meets = false;
    plan(&rig);
    assert_int_equal(rig.preferred[0], CLOUD);
    /* The cloud will not do any more, and the core will, though it is no faster. */
    for (int i = 0; i < 2; i++) {
        rig.prospect[i * SETTINGS + CLOUD].meets = false;
        rig.prospect[i * SETTINGS + CORE].meets = true;
        rig.prospect[i * SETTINGS + CORE].apart_ns = 60 * MS;
    }
    plan(&rig);
    assert_int_equal(at_core(&rig), 2);
    teardown(&rig);
}

static void test_a_keyframe_that_costs_more_than_it_gains_is_not_sent(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 1, (int[]){0});
    rig.prospect[CORE].apart_ns = 43 * MS; /* 2 ms less, 125 times in 5 s */
    rig.prospect[CORE].switch_ns = 200 * MS;
    plan(&rig);
    assert_int_equal(rig.preferred[0], CLOUD);
    rig.prospect[CORE].switch_ns = 20 * MS;
    plan(&rig);
    assert_int_equal(rig.preferred[0], CORE);
    teardown(&rig);
}

/* Five at the core, which has no room for a sixth; one of them, whoever it is, can go elsewhere at
 * little loss. */
static void test_every_guest_is_asked_to_make_room(void **state) {
    (void)state;
    for (int who = 0; who < 5; who++) {
        struct rig rig;
        setup(&rig, 6, (int[]){0, 8, 16, 24, 32, 8 * who + 1});
        rig.slot_ns[CORE] = 7 * MS;
        for (int i = 0; i < 6; i++) {
            rig.prospect[i * SETTINGS + CORE].apart_ns = 18 * MS;
            rig.prospect[i * SETTINGS + CLOUD].apart_ns = i == who ? 20 * MS : 60 * MS;
        }
        rig.prospect[5 * SETTINGS + CORE].on_offer = false;
        for (int i = 0; i < 4; i++)
            plan(&rig);
        assert_int_equal(at_core(&rig), 5);
        rig.prospect[5 * SETTINGS + CORE].on_offer = true;
        plan(&rig);
        assert_int_equal(rig.preferred[5], CORE);
        assert_int_equal(rig.preferred[who], CLOUD);
        assert_int_equal(at_core(&rig), 5);
        teardown(&rig);
    }
}

static void test_what_is_not_on_offer_any_more_is_left(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 2, (int[]){0, 20});
    plan(&rig);
    assert_int_equal(at_core(&rig), 2);
    rig.prospect[0 * SETTINGS + CORE].on_offer = rig.prospect[1 * SETTINGS + CORE].on_offer = false;
    plan(&rig);
    assert_int_equal(rig.preferred[0], CLOUD);
    assert_int_equal(rig.preferred[1], CLOUD);
    teardown(&rig);
}

static void test_a_stream_that_is_gone_leaves_its_place(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 3, (int[]){0, 1, 2});
    plan(&rig);
    assert_int_equal(at_core(&rig), 2);
    for (int i = 0; i < 3; i++)
        if (rig.preferred[i] == CORE) {
            rig.rhythm[i].due_ns = -1;
            rig.flow[i * SETTINGS + CLOUD] = 0;
            break;
        }
    plan(&rig);
    assert_int_equal(at_core(&rig), 2); /* the third came */
    teardown(&rig);
}

static void test_a_late_setting_is_the_last_resort(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 1, (int[]){0});
    rig.stream[0].deadline_ns = 40 * MS;
    rig.prospect[CORE].apart_ns = 43 * MS;
    rig.prospect[CLOUD].apart_ns = 36 * MS; /* over 0.85 of the deadline, too */
    plan(&rig);
    assert_int_equal(rig.preferred[0], CLOUD);
    teardown(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams_that_never_meet_share_the_core),
        cmocka_unit_test(test_streams_that_would_meet_part),
        cmocka_unit_test(test_two_change_places_where_no_single_move_helps),
        cmocka_unit_test(test_a_plan_rests),
        cmocka_unit_test(test_a_gain_not_worth_having_moves_nobody),
        cmocka_unit_test(test_what_misses_the_floor_is_never_preferred),
        cmocka_unit_test(test_a_setting_that_misses_the_floor_now_is_left_at_once),
        cmocka_unit_test(test_a_keyframe_that_costs_more_than_it_gains_is_not_sent),
        cmocka_unit_test(test_every_guest_is_asked_to_make_room),
        cmocka_unit_test(test_what_is_not_on_offer_any_more_is_left),
        cmocka_unit_test(test_a_stream_that_is_gone_leaves_its_place),
        cmocka_unit_test(test_a_late_setting_is_the_last_resort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
