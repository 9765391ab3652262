/* When what is observed is no longer what the profile says. */
#include "profile/profile.h"

#include "support/support.h"

static void saw(struct weir_drift *drift, int times, int64_t observed) {
    for (int i = 0; i < times; i++)
        weir_drift_saw(drift, 1000000, observed);
}

static void test_twice_as_slow_is_news_once(void **state) {
    struct weir_drift d = {0};
    saw(&d, 50, 2000000);
    assert_float_equal(d.ratio, 2, 1e-9);
    assert_true(weir_drift_news(&d));
    saw(&d, 100, 2000000);
    assert_false(weir_drift_news(&d));
    assert_false(weir_drift_news(&d));
}

static void test_half_as_slow_is_news_too(void **state) {
    struct weir_drift d = {0};
    saw(&d, 50, 500000);
    assert_true(weir_drift_news(&d));
}

static void test_few_observations_are_no_news(void **state) {
    struct weir_drift d = {0};
    assert_false(weir_drift_news(&d));
    saw(&d, 49, 9000000);
    assert_false(weir_drift_news(&d));
    saw(&d, 1, 9000000);
    assert_true(weir_drift_news(&d));
}

static void test_what_stays_within_bounds_is_no_news(void **state) {
    struct weir_drift d = {0};
    saw(&d, 500, 1240000);
    assert_false(weir_drift_news(&d));
    d = (struct weir_drift){0};
    saw(&d, 500, 810000);
    assert_false(weir_drift_news(&d));
}

static void test_slow_and_fast_in_turn_cancel_out(void **state) {
    struct weir_drift d = {0};
    for (int i = 0; i < 200; i++)
        saw(&d, 1, i % 2 ? 2000000 : 500000);
    assert_float_equal(d.ratio, 1, 0.02);
    assert_false(weir_drift_news(&d));
}

static void test_it_is_news_again_only_after_it_came_well_back(void **state) {
    struct weir_drift d = {0};
    saw(&d, 50, 1300000);
    assert_true(weir_drift_news(&d));
    while (d.ratio > 1.2)
        saw(&d, 1, 1180000); /* inside, but not well inside */
    while (d.ratio < 1.28)
        saw(&d, 1, 1300000);
    assert_false(weir_drift_news(&d));
    while (d.ratio > 1.14)
        saw(&d, 1, 1000000);
    while (d.ratio < 1.26) /* nobody asked in between */
        saw(&d, 1, 1300000);
    assert_true(weir_drift_news(&d));
}

static void test_one_wild_observation_is_no_drift(void **state) {
    struct weir_drift d = {0};
    saw(&d, 100, 1000000);
    saw(&d, 1, 1000000000); /* a thousand times: 1.15 in the mean */
    assert_false(weir_drift_news(&d));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twice_as_slow_is_news_once),
        cmocka_unit_test(test_half_as_slow_is_news_too),
        cmocka_unit_test(test_few_observations_are_no_news),
        cmocka_unit_test(test_what_stays_within_bounds_is_no_news),
        cmocka_unit_test(test_slow_and_fast_in_turn_cancel_out),
        cmocka_unit_test(test_it_is_news_again_only_after_it_came_well_back),
        cmocka_unit_test(test_one_wild_observation_is_no_drift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
