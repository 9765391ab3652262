/* Exact intervals of a share. */
#include <math.h>

#include "eval/eval.h"
#include "support/support.h"

static void is(int64_t k, int64_t n, double low, double high) {
    struct weir_interval i = weir_interval_exact(k, n, 0.95);
    if (fabs(i.low - low) > 5e-5 || fabs(i.high - high) > 5e-5)
        fail_msg("%d of %d: [%.5f, %.5f]", (int)k, (int)n, i.low, i.high);
}

/* None or all of n have closed forms: 1 - 0.025^(1/n) and 0.025^(1/n). */
static void test_none_and_all_agree_with_their_closed_forms(void **state) {
    (void)state;
    for (int n = 1; n < 2000; n = n * 3 + 1) {
        is(0, n, 0, 1 - pow(0.025, 1.0 / n));
        is(n, n, pow(0.025, 1.0 / n), 1);
    }
}

/* Of one in two: both bounds are quantiles of beta(1,2) and beta(2,1), in closed form. */
static void test_one_of_two_agrees_with_its_closed_form(void **state) {
    (void)state;
    is(1, 2, 1 - sqrt(0.975), sqrt(0.975));
}

/* The definition: at a bound, as few or as many successes have probability 2.5%. */
static void test_bounds_are_where_the_binomial_tails_are(void **state) {
    (void)state;
    static const int rows[][2] = {{1, 10}, {5, 10}, {97, 100}, {290, 300}, {13, 47}};
    for (int r = 0; r < 5; r++) {
        int k = rows[r][0], n = rows[r][1];
        struct weir_interval i = weir_interval_exact(k, n, 0.95);
        double above = 0, below = 0;
        for (int j = 0; j <= n; j++) {
            double choose = lgamma(n + 1) - lgamma(j + 1) - lgamma(n - j + 1);
            above += j >= k ? exp(choose + j * log(i.low) + (n - j) * log1p(-i.low)) : 0;
            below += j <= k ? exp(choose + j * log(i.high) + (n - j) * log1p(-i.high)) : 0;
        }
        assert_true(fabs(above - 0.025) < 1e-9);
        assert_true(fabs(below - 0.025) < 1e-9);
    }
}

static void test_successes_and_failures_mirror_each_other(void **state) {
    (void)state;
    struct weir_interval a = weir_interval_exact(3, 40, 0.9), b = weir_interval_exact(37, 40, 0.9);
    assert_true(fabs(a.low - (1 - b.high)) < 1e-12 && fabs(a.high - (1 - b.low)) < 1e-12);
}

static void test_more_trials_narrow_it_and_more_confidence_widens_it(void **state) {
    (void)state;
    struct weir_interval few = weir_interval_exact(30, 60, 0.95),
                         many = weir_interval_exact(3000, 6000, 0.95),
                         sure = weir_interval_exact(30, 60, 0.999);
    assert_true(many.high - many.low < few.high - few.low);
    assert_true(sure.high - sure.low > few.high - few.low);
}

static void test_nothing_tried_is_nothing_known(void **state) {
    (void)state;
    is(0, 0, 0, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_and_all_agree_with_their_closed_forms),
        cmocka_unit_test(test_one_of_two_agrees_with_its_closed_form),
        cmocka_unit_test(test_bounds_are_where_the_binomial_tails_are),
        cmocka_unit_test(test_successes_and_failures_mirror_each_other),
        cmocka_unit_test(test_more_trials_narrow_it_and_more_confidence_widens_it),
        cmocka_unit_test(test_nothing_tried_is_nothing_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
