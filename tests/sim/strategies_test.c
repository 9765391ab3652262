/* What published approaches are worth where frames wait for each other: in a small world. */
#include "sim/small_world.h"

#include <stdlib.h>

#include "support/support.h"

enum { EDGE_1, EDGE_2, CORE, CLOUD };
enum { FULL, LARGE, MIDDLE, SMALL };

static struct small_tally run(const char *events, int cameras, const char *name,
                              const char *options, double from_s, double to_s) {
    const struct weir_strategy *s = weir_strategy_find(name);
    assert_non_null(s);
    struct small_world *w = small_world_new(events, cameras, s, options);
    small_world_run(w);
    assert_int_equal(w->result.refused, 0);
    const struct small_tally t = small_world_tally(w, from_s, to_s);
    small_world_free(w);
    return t;
}

static double on_time(const struct small_tally *t) {
    return (double)t->on_time / (double)t->frames;
}

static void test_alone_houmani21_stays_at_the_edge_in_full(void **state) {
    (void)state;
    const struct small_tally t = run("", 1, "houmani21", "share=1", 2, 20);
    assert_int_equal(t.at[EDGE_1], t.frames);
    assert_int_equal(t.width[FULL], t.frames);
}

static void test_houmani21_moves_on_to_the_next_tier_when_the_near_one_is_loaded(void **state) {
    (void)state;
    const struct small_tally few = run("", 2, "houmani21", "share=0.75", 2, 20),
                             many = run("", 8, "houmani21", "share=0.75", 2, 20);
    assert_int_equal(few.at[CLOUD], 0);
    assert_true(many.at[EDGE_1] > 0 && many.at[CORE] > 0);
    assert_true(4 * many.at[CLOUD] > many.frames); /* edges and core cannot carry them in full */
    assert_true(on_time(&many) > 0.99);
}

static void test_houmani21_is_faster_than_cloud_only_and_above_the_threshold(void **state) {
    (void)state;
    for (int cameras = 2; cameras <= 10; cameras += 2) {
        const struct small_tally cloud = run("", cameras, "cloud-only", "", 2, 20),
                                 ours = run("", cameras, "houmani21", "", 2, 20);
        print_message("# %d cameras: cloud-only %.1f ms, houmani21 %.1f ms, accuracy %.3f\n",
                      cameras, cloud.mean_ms, ours.mean_ms, ours.mean_accuracy);
        assert_true(ours.mean_ms < 0.95 * cloud.mean_ms);
        assert_true(ours.mean_accuracy >= 0.85);
        assert_true(on_time(&ours) > 0.99);
    }
}

static void test_houmani21_does_not_flap_alone(void **state) {
    (void)state;
    struct small_world *w = small_world_new("", 1, &weir_strategy_houmani21, "");
    int changes = 0;
    small_world_run(w);
    for (int64_t k = 51; k < w->result.stream[0].frames; k++)
        changes += w->result.stream[0].frame[k].setting != w->result.stream[0].frame[k - 1].setting;
    assert_true(changes <= 2);
    small_world_free(w);
}

static void test_awstream_sends_in_full_where_there_is_room(void **state) {
    (void)state;
    const struct small_tally t = run("", 2, "awstream", "", 5, 20);
    assert_int_equal(t.at[CLOUD], t.frames);
    assert_int_equal(t.width[FULL], t.frames);
    assert_true(t.mean_accuracy > 0.99);
}

static void test_awstream_holds_twelve_cameras_where_cloud_only_drowns(void **state) {
    (void)state;
    const struct small_tally cloud = run("", 12, "cloud-only", "", 5, 20),
                             ours = run("", 12, "awstream", "", 5, 20);
    assert_true(on_time(&cloud) < 100.0 / 111); /* Mbit/s that the link has, and that are wanted */
    assert_true(on_time(&ours) > 0.98);
    assert_true(ours.mean_accuracy >= 0.88);
    assert_int_equal(ours.width[SMALL], 0);
}

/* 18 Mbit/s in full; 6 remain for six seconds. */
static void test_awstream_gives_way_to_a_slow_link_and_comes_back(void **state) {
    (void)state;
    static const char slow[] = "events:\n  - { at_s: 6, link: core-cloud, mbit_per_s: 6 }\n"
                               "  - { at_s: 12, link: core-cloud, mbit_per_s: 100 }\n";
    const struct small_tally before = run(slow, 2, "awstream", "", 4, 6),
                             during = run(slow, 2, "awstream", "", 8, 12),
                             after = run(slow, 2, "awstream", "", 18, 20),
                             cloud = run(slow, 2, "cloud-only", "", 8, 12);
    assert_true(before.mean_accuracy > 0.99);
    assert_true(on_time(&cloud) < 6.0 / 18 + 0.02);
    assert_true(on_time(&during) > 0.9);
    assert_true(during.mean_accuracy >= 0.88 && during.mean_accuracy < 0.95);
    assert_int_equal(during.width[SMALL], 0);
    assert_true(on_time(&after) > 0.99);
    assert_true(after.mean_accuracy > during.mean_accuracy + 0.03);
}

static void test_awstream_has_nowhere_to_go_without_its_cloud(void **state) {
    (void)state;
    const struct small_tally t =
        run("events:\n  - { at_s: 5, node: cloud, down_s: 5 }\n", 1, "awstream", "", 5.1, 9.9);
    assert_int_equal(t.detected, 0);
    assert_int_equal(t.at[EDGE_1] + t.at[CORE], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone_houmani21_stays_at_the_edge_in_full),
        cmocka_unit_test(test_houmani21_moves_on_to_the_next_tier_when_the_near_one_is_loaded),
        cmocka_unit_test(test_houmani21_is_faster_than_cloud_only_and_above_the_threshold),
        cmocka_unit_test(test_houmani21_does_not_flap_alone),
        cmocka_unit_test(test_awstream_sends_in_full_where_there_is_room),
        cmocka_unit_test(test_awstream_holds_twelve_cameras_where_cloud_only_drowns),
        cmocka_unit_test(test_awstream_gives_way_to_a_slow_link_and_comes_back),
        cmocka_unit_test(test_awstream_has_nowhere_to_go_without_its_cloud),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
