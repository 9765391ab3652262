/* Assignment against trying every partial matching there is. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>

#include "vision/assign.h"

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* The least sum of (cost - cap) over every set of pairs from row on. */
static double brute(const double *cost, size_t rows, size_t cols, double cap, size_t row,
                    unsigned used) {
    if (row == rows)
        return 0;
    double best = brute(cost, rows, cols, cap, row + 1, used);
    for (size_t c = 0; c < cols; c++) {
        double own = cost[row * cols + c];
        if (used >> c & 1 || !(own < cap))
            continue;
        double sum = own - cap + brute(cost, rows, cols, cap, row + 1, used | 1u << c);
        best = sum < best ? sum : best;
    }
    return best;
}

static double value_of(const double *cost, size_t rows, size_t cols, double cap, const int *match) {
    double sum = 0;
    unsigned used = 0;
    for (size_t r = 0; r < rows; r++) {
        if (match[r] < 0)
            continue;
        assert_true((size_t)match[r] < cols);
        assert_false(used >> match[r] & 1); /* a column once */
        used |= 1u << match[r];
        assert_true(cost[r * cols + (size_t)match[r]] < cap);
        sum += cost[r * cols + (size_t)match[r]] - cap;
    }
    return sum;
}

static void test_random_problems_are_solved_as_well_as_by_trying_all(void **state) {
    struct weir_assign assign = {0};
    uint32_t seed = 1;
    for (int round = 0; round < 4000; round++) {
        size_t rows = next_random(&seed) % 7, cols = next_random(&seed) % 7;
        double cost[36], cap = (double)(next_random(&seed) % 12) / 10;
        int match[6];
        bool coarse = round % 2; /* many equal costs */
        for (size_t i = 0; i < rows * cols; i++)
            cost[i] = coarse ? (double)(next_random(&seed) % 4) / 4
                             : (double)(next_random(&seed) % 100000) / 100000;
        assert_int_equal(weir_assign_solve(&assign, cost, rows, cols, cap, match), 0);
        assert_float_equal(value_of(cost, rows, cols, cap, match),
                           brute(cost, rows, cols, cap, 0, 0), 1e-9);
    }
    weir_assign_done(&assign);
}

static void test_greedy_trap_is_avoided(void **state) {
    /* Taking the cheapest pair (0,0) first would cost 1 + 100. */
    const double cost[] = {1, 2, 2, 100};
    struct weir_assign assign = {0};
    int match[2];
    assert_int_equal(weir_assign_solve(&assign, cost, 2, 2, 1000, match), 0);
    assert_int_equal(match[0], 1);
    assert_int_equal(match[1], 0);
    weir_assign_done(&assign);
}

static void test_pairs_at_or_above_the_cap_stay_apart(void **state) {
    const double cost[] = {0.5, 0.8, 0.9, 0.79};
    struct weir_assign assign = {0};
    int match[2];
    assert_int_equal(weir_assign_solve(&assign, cost, 2, 2, 0.5, match), 0);
    assert_int_equal(match[0], -1);
    assert_int_equal(match[1], -1);
    assert_int_equal(weir_assign_solve(&assign, cost, 2, 2, 0.8, match), 0);
    assert_int_equal(match[0], 0);
    assert_int_equal(match[1], 1);
    weir_assign_done(&assign);
}

static void test_infinite_and_nan_costs_are_never_taken(void **state) {
    const double cost[] = {INFINITY, NAN, 0.1, INFINITY, NAN, NAN};
    struct weir_assign assign = {0};
    int match[2];
    assert_int_equal(weir_assign_solve(&assign, cost, 2, 3, 1e6, match), 0);
    assert_int_equal(match[0], 2);
    assert_int_equal(match[1], -1);
    weir_assign_done(&assign);
}

static void test_sides_without_anyone_are_no_trouble(void **state) {
    struct weir_assign assign = {0};
    int match[3] = {7, 7, 7};
    assert_int_equal(weir_assign_solve(&assign, NULL, 0, 5, 1, match), 0);
    assert_int_equal(match[0], 7);
    assert_int_equal(weir_assign_solve(&assign, NULL, 3, 0, 1, match), 0);
    assert_int_equal(match[0], -1);
    assert_int_equal(match[2], -1);
    weir_assign_done(&assign);
    weir_assign_done(&assign);
}

static void test_impossible_size_is_out_of_memory(void **state) {
    struct weir_assign assign = {0};
    assert_int_equal(weir_assign_reserve(&assign, SIZE_MAX / 2, 2), WEIR_ENOMEM);
    weir_assign_done(&assign);
}

static void test_three_hundred_by_three_hundred_has_the_known_optimum(void **state) {
    /* A hidden permutation of cost 0 among costs of at least 0.1. */
    enum { N = 300 };
    struct weir_assign assign = {0};
    double *cost = malloc(sizeof(double) * N * N);
    int hidden[N], match[N];
    uint32_t seed = 5;
    assert_non_null(cost);
    for (int i = 0; i < N; i++)
        hidden[i] = i;
    for (int i = N - 1; i > 0; i--) {
        int j = (int)(next_random(&seed) % (uint32_t)(i + 1)), swap = hidden[i];
        hidden[i] = hidden[j];
        hidden[j] = swap;
    }
    for (int i = 0; i < N * N; i++)
        cost[i] = 0.1 + (double)(next_random(&seed) % 1000) / 1000;
    for (int i = 0; i < N; i++)
        cost[i * N + hidden[i]] = 0;
    assert_int_equal(weir_assign_solve(&assign, cost, N, N, 2, match), 0);
    assert_memory_equal(match, hidden, sizeof match);
    free(cost);
    weir_assign_done(&assign);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_problems_are_solved_as_well_as_by_trying_all),
        cmocka_unit_test(test_greedy_trap_is_avoided),
        cmocka_unit_test(test_pairs_at_or_above_the_cap_stay_apart),
        cmocka_unit_test(test_infinite_and_nan_costs_are_never_taken),
        cmocka_unit_test(test_sides_without_anyone_are_no_trouble),
        cmocka_unit_test(test_impossible_size_is_out_of_memory),
        cmocka_unit_test(test_three_hundred_by_three_hundred_has_the_known_optimum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
