/* What the figures count with, on frames and sites written by hand. */
#include "figures.h"

#include <math.h>
#include <string.h>

#include "support/support.h"

#define MS WEIR_NS_PER_MS
#define EVENT (4000 * MS)

/* ---- on time again: 25 frames a second for ten seconds, an event at four ------------ */

enum { FRAMES = 250, PERIOD_MS = 40 };

static struct figures_due due[FRAMES];

static void all_on_time(void) {
    for (int i = 0; i < FRAMES; i++)
        due[i] = (struct figures_due){i * PERIOD_MS * MS, true};
}

static void lose(int from_ms, int to_ms) {
    for (int i = 0; i < FRAMES; i++)
        if (due[i].due_ns >= from_ms * MS && due[i].due_ns < to_ms * MS)
            due[i].on_time = false;
}

static void assert_back(double back_s, double below_s) {
    const struct figures_back back = figures_back(due, FRAMES, EVENT, 10000 * MS);
    assert_float_equal(back.back_s, back_s, 1e-9);
    assert_float_equal(back.below_s, below_s, 1e-9);
}

static void test_what_was_never_late_is_back_at_once(void **state) {
    all_on_time();
    assert_back(0, 0);
    lose(4000, 4040); /* 12 of 13 are 92% */
    assert_back(0.52, 0.52);
}

/* Frames 4.00 to 4.36 s are lost: the last of them is in a window until 4.86 s. */
static void test_a_gap_is_over_when_its_window_is(void **state) {
    all_on_time();
    lose(4000, 4400);
    assert_back(0.88, 0.88);
}

static void test_a_gap_long_after_is_not_of_the_event(void **state) {
    all_on_time();
    lose(8000, 8400);
    assert_back(0, 0.88);
    lose(4000, 4400);
    assert_back(0.88, 1.76);
}

static void test_what_happened_before_counts_as_long_as_it_is_in_the_window(void **state) {
    all_on_time();
    lose(3600, 4000);
    assert_back(0.48, 0.48);
}

static void test_what_stays_late_is_never_back(void **state) {
    all_on_time();
    lose(4000, 10000);
    assert_true(isinf(figures_back(due, FRAMES, EVENT, 10000 * MS).back_s));
    assert_true(isinf(figures_back(due, 0, EVENT, 10000 * MS).back_s));
    assert_true(isinf(figures_back(due, FRAMES, 10000 * MS, 20000 * MS).back_s));
}

static void test_frames_may_come_in_any_order(void **state) {
    all_on_time();
    lose(4000, 4400);
    for (int i = 0; i < FRAMES / 2; i++) {
        const struct figures_due last = due[FRAMES - 1 - i];
        due[FRAMES - 1 - i] = due[i];
        due[i] = last;
    }
    assert_back(0.88, 0.88);
}

/* ---- beside other strategies ---------------------------------------------------------- */

static void test_a_rival_holds_the_floor_and_is_as_often_on_time(void **state) {
    const struct figures_entry entry[] = {
        {.latency_ms = 40, .on_time = 0.995, .held = 1}, /* itself */
        {.latency_ms = 20, .on_time = 1, .held = 0.96},
        {.latency_ms = 30, .on_time = 0.98, .held = 1},
        {.latency_ms = 45, .on_time = 0.99, .held = 0.97},
        {.latency_ms = 44, .on_time = 0.991, .held = 1},
    };
    assert_int_equal(figures_rival(entry, 5, 0), 4);
    assert_int_equal(figures_rival(entry, 4, 0), 3);
    assert_int_equal(figures_rival(entry, 3, 0), -1);
}

static void test_who_is_late_is_compared_with_who_is_no_later(void **state) {
    const struct figures_entry entry[] = {
        {.latency_ms = 90, .on_time = 0.8, .held = 0.9}, /* itself */
        {.latency_ms = 60, .on_time = 0.79, .held = 1},
        {.latency_ms = NAN, .on_time = 0, .held = 1},
        {.latency_ms = 70, .on_time = 0.8, .held = 1},
    };
    assert_int_equal(figures_rival(entry, 4, 0), 3);
}

static void test_two_hundredths_or_a_millisecond_more_are_as_fast(void **state) {
    assert_true(figures_as_fast(101.9, 100));
    assert_false(figures_as_fast(102.1, 100));
    assert_true(figures_as_fast(10.9, 10));
    assert_false(figures_as_fast(11.1, 10));
}

/* ---- capacity --------------------------------------------------------------------------- */

enum { HERE, THERE, SKY, GPU };

static struct weir_site site_of(const char *nodes) {
    struct weir_error err = {0};
    struct weir_site site;
    if (weir_site_parse("site.yaml", nodes, strlen(nodes), &site, &err))
        fail_msg("%s", err.text);
    return site;
}

static void test_capacity_is_the_sum_of_what_nodes_can_do(void **state) {
    struct weir_site site = site_of("nodes:\n"
                                    "  here: { tier: edge, slots: 2, slowdown: 4 }\n"
                                    "  there: { tier: edge, models: [] }\n"
                                    "  sky: { tier: cloud, slots: 4, slowdown: 0.5 }\n"
                                    "  gpu: { tier: cloud, fixed_ms: 3, each_ms: 0.5, batch: 16 }\n"
                                    "links:\n"
                                    "  - { from: here, to: there, mbit_per_s: 10 }\n"
                                    "  - { from: there, to: sky, mbit_per_s: 10 }\n"
                                    "  - { from: sky, to: gpu, mbit_per_s: 10 }\n");
    static const struct weir_setting setting[] = {
        {HERE, 0, 640, 360, WEIR_TRAVEL_NONE, 0},
        {SKY, 0, 640, 360, WEIR_TRAVEL_JPEG, 80},
        {SKY, 0, 320, 180, WEIR_TRAVEL_JPEG, 80},
        {GPU, 0, 640, 360, WEIR_TRAVEL_JPEG, 80},
    };
    static const struct sim_cost cost[] = {
        {.infer_ns = 10 * MS},
        {.decode_ns = 1 * MS, .infer_ns = 10 * MS},
        {.decode_ns = 1 * MS, .infer_ns = 4 * MS},
        {.decode_ns = 1 * MS, .infer_ns = 10 * MS},
    };
    static const struct sim_stream_conf stream[] = {{.node = HERE}, {.node = THERE}};
    static const bool takes[] = {true, true, false, false, true, true, true, false};
    static const bool none[2 * 4], gpu[] = {false, false, false, true, false, false, false, true};
    const struct sim_conf conf = {.site = &site,
                                  .stream = stream,
                                  .streams = 2,
                                  .setting = setting,
                                  .cost = cost,
                                  .settings = 4};
    /* here 2 / 40 ms, of its own camera alone; in the sky 4 / the mean of 5.5 and 2.5 ms */
    assert_float_equal(figures_capacity_fps(&conf, takes), 50 + 1000, 1e-6);
    assert_float_equal(figures_capacity_fps(&conf, none), 0, 0);
    assert_float_equal(figures_capacity_fps(&conf, gpu), 16 / 0.011, 1e-6);
    weir_site_done(&site);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_never_late_is_back_at_once),
        cmocka_unit_test(test_a_gap_is_over_when_its_window_is),
        cmocka_unit_test(test_a_gap_long_after_is_not_of_the_event),
        cmocka_unit_test(test_what_happened_before_counts_as_long_as_it_is_in_the_window),
        cmocka_unit_test(test_what_stays_late_is_never_back),
        cmocka_unit_test(test_frames_may_come_in_any_order),
        cmocka_unit_test(test_a_rival_holds_the_floor_and_is_as_often_on_time),
        cmocka_unit_test(test_who_is_late_is_compared_with_who_is_no_later),
        cmocka_unit_test(test_two_hundredths_or_a_millisecond_more_are_as_fast),
        cmocka_unit_test(test_capacity_is_the_sum_of_what_nodes_can_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
