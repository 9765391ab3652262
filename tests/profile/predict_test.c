/* From points to anything in between and beyond: tables worked out by hand. */
#include "profile/profile.h"

#include <math.h>

#include "support/support.h"

#define MS (double)WEIR_NS_PER_MS

/* Pixels 100, 400, 1600 (10x10, 20x20, 40x40): 2 + 0.01 p at batch 1; batch 4: thrice that. */
static struct weir_costs_infer infers[] = {
    {"a", 10, 10, 1, 3, 4, 0},     {"a", 20, 20, 1, 6, 7, 0},     {"a", 40, 40, 1, 18, 20, 0},
    {"a", 10, 10, 4, 9, 9, 0},     {"a", 20, 20, 4, 18, 18, 0},   {"a", 40, 40, 4, 54, 60, 0},
    {"one", 20, 20, 2, 8, 9, 0},   {"rough", 10, 10, 1, 3, 3, 0}, {"rough", 20, 20, 1, 2, 3, 0},
    {"rough", 40, 40, 1, 5, 6, 0},
};
static struct weir_costs_reduce reduces[] = {
    {40, 40, 10, 10, 1},
    {40, 40, 20, 20, 2},
    {80, 80, 10, 10, 3},
    {80, 80, 20, 20, 4},
};
static struct weir_costs_code codes[] = {
    {WEIR_COSTS_JPEG, 10, 10, 60, 1, 2, 1000, 1000},
    {WEIR_COSTS_JPEG, 20, 20, 60, 4, 5, 4000, 4000},
    {WEIR_COSTS_JPEG, 10, 10, 80, 2, 3, 2000, 2000},
    {WEIR_COSTS_JPEG, 20, 20, 80, 5, 6, 5000, 5000},
};
static const struct weir_costs costs = {
    .infer = infers, .infers = 10, .reduce = reduces, .reduces = 4, .code = codes, .codes = 4};

static void near(int64_t ns, double ms, const char *what) {
    if (fabs((double)ns / MS - ms) > 1e-5)
        fail_msg("%s: %.6f ms instead of %.6f", what, (double)ns / MS, ms);
}

static void test_inference_follows_the_table(void **state) {
    static const struct {
        const char *what, *model;
        int width, height, batch;
        double ms;
    } cases[] = {
        {"a point", "a", 20, 20, 1, 6},
        {"the first point", "a", 10, 10, 1, 3},
        {"the last point", "a", 40, 40, 4, 54},
        {"another shape of as many pixels", "a", 40, 10, 1, 6},
        {"between points", "a", 25, 10, 1, 4.5},
        {"between points of the second line", "a", 40, 25, 1, 12},
        {"below: on along the line", "a", 9, 9, 1, 2.81},
        {"below a level line: level", "rough", 5, 5, 1, 3},
        {"above: on along the line", "a", 80, 40, 1, 34},
        {"between batches", "a", 20, 20, 2, 10},
        {"between batches and sizes", "a", 25, 10, 2, 7.5},
        {"beyond the last batch", "a", 20, 20, 10, 42},
        {"one point: in proportion to pixels", "one", 10, 20, 2, 4},
        {"one batch: in proportion to it", "one", 20, 20, 1, 4},
        {"a point below a smaller one counts as dear", "rough", 20, 20, 1, 3},
        {"and what follows rises from there", "rough", 40, 25, 1, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        near(weir_costs_infer_ns(&costs, cases[i].model, cases[i].width, cases[i].height,
                                 cases[i].batch),
             cases[i].ms, cases[i].what);
}

static void test_far_below_the_first_point_nothing_is_negative_or_free(void **state) {
    static struct weir_costs_infer steep[] = {{"s", 10, 10, 1, 1, 1, 0},
                                              {"s", 20, 20, 1, 100, 100, 0}};
    static const struct weir_costs c = {.infer = steep, .infers = 2};
    near(weir_costs_infer_ns(&c, "s", 5, 5, 1), 0.5, "half of it at a quarter of the pixels");
    assert_true(weir_costs_infer_ns(&c, "s", 1, 1, 1) > 0);
}

static void test_far_above_a_level_end_it_still_rises(void **state) {
    static struct weir_costs_infer level[] = {{"l", 10, 10, 1, 5, 5, 0}, {"l", 20, 20, 1, 5, 5, 0}};
    static const struct weir_costs c = {.infer = level, .infers = 2};
    near(weir_costs_infer_ns(&c, "l", 40, 40, 1), 10, "twice at four times the pixels");
}

static void test_it_never_falls_with_pixels(void **state) {
    static const char *const models[] = {"a", "one", "rough"};
    for (int m = 0; m < 3; m++)
        for (int batch = 1; batch <= 4; batch++) {
            int64_t last = 0;
            for (int width = 1; width < 400; width++) {
                int64_t now = weir_costs_infer_ns(&costs, models[m], width, 9, batch);
                assert_true(now >= last && now > 0);
                last = now;
            }
        }
}

static void test_it_never_falls_with_the_batch(void **state) {
    for (int width = 1; width < 100; width += 3) {
        int64_t last = 0;
        for (int batch = 1; batch < 20; batch++) {
            int64_t now = weir_costs_infer_ns(&costs, "a", width, 16, batch);
            assert_true(now > last);
            last = now;
        }
    }
}

static void test_reduce_follows_both_sizes(void **state) {
    near(weir_costs_reduce_ns(&costs, 40, 40, 10, 10), 1, "a point");
    near(weir_costs_reduce_ns(&costs, 80, 80, 20, 20), 4, "another");
    near(weir_costs_reduce_ns(&costs, 40, 40, 25, 10), 1.5, "between sizes to");
    near(weir_costs_reduce_ns(&costs, 100, 40, 10, 10), 2, "between sizes from");
    near(weir_costs_reduce_ns(&costs, 100, 40, 25, 10), 2.5, "between both");
    near(weir_costs_reduce_ns(&costs, 160, 80, 10, 10), 3 + 2. / 4800 * 6400, "beyond");
    assert_int_equal(weir_costs_reduce_ns(&costs, 64, 36, 64, 36), 0);
}

static void test_a_pair_that_was_measured_costs_what_was_measured(void **state) {
    static struct weir_costs_reduce r[] = {{40, 40, 10, 10, 2}, {40, 40, 20, 20, 1}};
    static const struct weir_costs c = {.reduce = r, .reduces = 2};
    near(weir_costs_reduce_ns(&c, 40, 40, 20, 20), 1, "half of either side is cheap");
    near(weir_costs_reduce_ns(&c, 40, 40, 20, 19), 2, "a little off is not");
}

static void test_sources_of_as_many_pixels_are_one_point(void **state) {
    static struct weir_costs_reduce r[] = {
        {20, 80, 10, 10, 2}, {20, 80, 20, 20, 3}, {40, 40, 10, 10, 1}, {40, 40, 20, 20, 4}};
    static const struct weir_costs c = {.reduce = r, .reduces = 4};
    near(weir_costs_reduce_ns(&c, 80, 20, 10, 10), 2, "the dearer one");
    near(weir_costs_reduce_ns(&c, 80, 20, 20, 20), 4, "the dearer one, there");
}

static void test_quality_is_on_a_line_and_level_beyond(void **state) {
    near(weir_costs_encode_ns(&costs, WEIR_COSTS_JPEG, 10, 10, 60), 1, "a point");
    near(weir_costs_encode_ns(&costs, WEIR_COSTS_JPEG, 10, 10, 70), 1.5, "between");
    near(weir_costs_encode_ns(&costs, WEIR_COSTS_JPEG, 10, 10, 20), 1, "below");
    near(weir_costs_encode_ns(&costs, WEIR_COSTS_JPEG, 10, 10, 100), 2, "above");
    near(weir_costs_decode_ns(&costs, WEIR_COSTS_JPEG, 25, 10, 70), 4, "between sizes, too");
    assert_int_equal(weir_costs_bytes(&costs, WEIR_COSTS_JPEG, 20, 20, 80), 5000);
    assert_int_equal(weir_costs_bytes(&costs, WEIR_COSTS_JPEG, 20, 20, 75), 4750);
    assert_int_equal(weir_costs_bytes(&costs, WEIR_COSTS_JPEG, 25, 10, 60), 2500);
}

static void test_what_was_not_measured_is_minus_one(void **state) {
    static const struct weir_costs nothing = {0};
    assert_int_equal(weir_costs_infer_ns(&costs, "b", 10, 10, 1), -1);
    assert_int_equal(weir_costs_infer_ns(&costs, "", 10, 10, 1), -1);
    assert_int_equal(weir_costs_infer_ns(&nothing, "a", 10, 10, 1), -1);
    assert_int_equal(weir_costs_reduce_ns(&nothing, 40, 40, 10, 10), -1);
    assert_int_equal(weir_costs_encode_ns(&costs, WEIR_COSTS_H264, 10, 10, 23), -1);
    assert_int_equal(weir_costs_decode_ns(&costs, WEIR_COSTS_H264, 10, 10, 23), -1);
    assert_int_equal(weir_costs_bytes(&costs, WEIR_COSTS_H264, 10, 10, 23), -1);
}

static void test_absurd_sizes_stay_within_an_int64(void **state) {
    static struct weir_costs_infer dear[] = {{"d", 1, 1, 1, 1e7, 1e7, 0}};
    static const struct weir_costs c = {.infer = dear, .infers = 1};
    assert_true(weir_costs_infer_ns(&c, "d", INT32_MAX, INT32_MAX, INT32_MAX) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inference_follows_the_table),
        cmocka_unit_test(test_far_below_the_first_point_nothing_is_negative_or_free),
        cmocka_unit_test(test_far_above_a_level_end_it_still_rises),
        cmocka_unit_test(test_it_never_falls_with_pixels),
        cmocka_unit_test(test_it_never_falls_with_the_batch),
        cmocka_unit_test(test_reduce_follows_both_sizes),
        cmocka_unit_test(test_a_pair_that_was_measured_costs_what_was_measured),
        cmocka_unit_test(test_sources_of_as_many_pixels_are_one_point),
        cmocka_unit_test(test_quality_is_on_a_line_and_level_beyond),
        cmocka_unit_test(test_what_was_not_measured_is_minus_one),
        cmocka_unit_test(test_absurd_sizes_stay_within_an_int64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
