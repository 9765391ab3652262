/* The histogram against sorted exact values. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* A small generator of its own (Knuth's MMIX constants): the same on every run. */
static uint64_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 11;
}

static void test_an_empty_histogram_says_zero(void **state) {
    static struct weir_hist hist;
    weir_hist_init(&hist);
    assert_int_equal(hist.count, 0);
    assert_true(weir_hist_mean(&hist) == 0.0);
    assert_int_equal(weir_hist_quantile(&hist, 0.5), 0);
    assert_int_equal(weir_hist_quantile(&hist, 1.0), 0);
}

static void test_small_values_are_exact(void **state) {
    static struct weir_hist hist;
    weir_hist_init(&hist);
    for (int i = 1; i <= 100; i++)
        weir_hist_add(&hist, i);
    assert_int_equal(weir_hist_quantile(&hist, 0.07), 7);
    assert_int_equal(weir_hist_quantile(&hist, 0.5), 50);
    assert_int_equal(weir_hist_quantile(&hist, 0.505), 51);
    assert_true(weir_hist_mean(&hist) == 50.5);
    assert_int_equal(hist.min, 1);
    assert_int_equal(hist.max, 100);
}

static void test_one_value_is_every_quantile(void **state) {
    static struct weir_hist hist;
    weir_hist_init(&hist);
    weir_hist_add(&hist, 123456789);
    for (double q = 0; q <= 1.0; q += 0.125)
        assert_int_equal(weir_hist_quantile(&hist, q), 123456789);
}

static void test_quantiles_stay_within_one_part_in_64_of_the_sorted_values(void **state) {
    enum { N = 20000 };
    static struct weir_hist hist;
    int64_t *value = malloc(N * sizeof *value);
    assert_non_null(value);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        uint64_t random = seed;
        weir_hist_init(&hist);
        for (int i = 0; i < N; i++) {
            /* evenly spread over the exponents, up to 2^46 */
            double exponent = (double)(next_random(&random) % 46000) / 1000.0;
            value[i] = (int64_t)exp2(exponent);
            weir_hist_add(&hist, value[i]);
        }
        qsort(value, N, sizeof *value, by_value);
        for (int i = 1; i <= 1000; i++) {
            double q = i / 1000.0;
            int64_t exact = value[(size_t)i * N / 1000 - 1];
            int64_t found = weir_hist_quantile(&hist, q);
            assert_true(found >= exact);
            assert_true((double)(found - exact) <= (double)exact / WEIR_HIST_SUB);
        }
        assert_int_equal(weir_hist_quantile(&hist, 0.0), value[0]);
        assert_int_equal(weir_hist_quantile(&hist, 1.0), value[N - 1]);
    }
    free(value);
}

static void test_every_power_of_two_lands_in_a_bucket_of_its_size(void **state) {
    static struct weir_hist hist;
    for (int exponent = 0; exponent < 47; exponent++) {
        for (int64_t off = -1; off <= 1; off++) {
            int64_t value = (INT64_C(1) << exponent) + off;
            weir_hist_init(&hist);
            weir_hist_add(&hist, 0);
            weir_hist_add(&hist, value);
            weir_hist_add(&hist, INT64_MAX);
            int64_t found = weir_hist_quantile(&hist, 0.5);
            assert_true(found >= value && found - value <= value / WEIR_HIST_SUB);
        }
    }
}

static void test_values_beyond_the_last_bucket_keep_their_maximum(void **state) {
    static struct weir_hist hist;
    weir_hist_init(&hist);
    weir_hist_add(&hist, 5);
    weir_hist_add(&hist, INT64_MAX - 1);
    weir_hist_add(&hist, INT64_MAX);
    assert_true(hist.max == INT64_MAX);
    assert_true(weir_hist_quantile(&hist, 0.99) == INT64_MAX);
    assert_int_equal(weir_hist_quantile(&hist, 0.2), 5);
}

static void test_a_negative_value_counts_as_zero(void **state) {
    static struct weir_hist hist;
    weir_hist_init(&hist);
    weir_hist_add(&hist, -1);
    weir_hist_add(&hist, INT64_MIN);
    assert_int_equal(hist.count, 2);
    assert_int_equal(hist.min, 0);
    assert_int_equal(weir_hist_quantile(&hist, 0.9), 0);
}

static void test_a_strange_quantile_is_clamped(void **state) {
    static struct weir_hist hist;
    weir_hist_init(&hist);
    weir_hist_add(&hist, 1000);
    weir_hist_add(&hist, 9000);
    assert_int_equal(weir_hist_quantile(&hist, -3.0), 1000);
    assert_int_equal(weir_hist_quantile(&hist, NAN), 1000);
    assert_int_equal(weir_hist_quantile(&hist, 7.0), 9000);
}

static void test_merging_is_as_if_all_had_been_added_to_one(void **state) {
    static struct weir_hist all, a, b;
    uint64_t random = 7;
    weir_hist_init(&all);
    weir_hist_init(&a);
    weir_hist_init(&b);
    for (int i = 0; i < 1000; i++) {
        int64_t value = (int64_t)(next_random(&random) % 1000000);
        weir_hist_add(&all, value);
        weir_hist_add(i % 3 ? &a : &b, value);
    }
    weir_hist_merge(&a, &b);
    assert_memory_equal(&a, &all, sizeof all);
}

static void test_merging_an_empty_histogram_changes_nothing(void **state) {
    static struct weir_hist full, empty, copy;
    weir_hist_init(&full);
    weir_hist_init(&empty);
    weir_hist_add(&full, 42);
    copy = full;
    weir_hist_merge(&full, &empty);
    assert_memory_equal(&full, &copy, sizeof copy);
    weir_hist_merge(&empty, &full);
    assert_memory_equal(&empty, &copy, sizeof copy);
}

static void test_a_full_counter_does_not_wrap(void **state) {
    static struct weir_hist hist, other;
    weir_hist_init(&hist);
    weir_hist_add(&hist, 10);
    hist.bucket[10] = UINT32_MAX;
    other = hist;
    weir_hist_add(&hist, 10);
    weir_hist_merge(&hist, &other);
    assert_true(hist.bucket[10] == UINT32_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_histogram_says_zero),
        cmocka_unit_test(test_small_values_are_exact),
        cmocka_unit_test(test_one_value_is_every_quantile),
        cmocka_unit_test(test_quantiles_stay_within_one_part_in_64_of_the_sorted_values),
        cmocka_unit_test(test_every_power_of_two_lands_in_a_bucket_of_its_size),
        cmocka_unit_test(test_values_beyond_the_last_bucket_keep_their_maximum),
        cmocka_unit_test(test_a_negative_value_counts_as_zero),
        cmocka_unit_test(test_a_strange_quantile_is_clamped),
        cmocka_unit_test(test_merging_is_as_if_all_had_been_added_to_one),
        cmocka_unit_test(test_merging_an_empty_histogram_changes_nothing),
        cmocka_unit_test(test_a_full_counter_does_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
