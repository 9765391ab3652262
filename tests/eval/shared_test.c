/* Whole tracks are assigned to whole tracks: as a matrix of all would have it, without one. */
#include "eval/shared.h"

#include <stdlib.h>

#include "support/support.h"

/* As a matrix of all. */
static int64_t most_of(const double *frames, size_t rows, size_t cols) {
    struct weir_assign assign = {0};
    int *match = malloc((rows + 1) * sizeof *match);
    double *cost = malloc((rows * cols + 1) * sizeof *cost), sum = 0;
    for (size_t i = 0; i < rows * cols; i++)
        cost[i] = -frames[i];
    assert_int_equal(weir_assign_solve(&assign, cost, rows, cols, 0, match), 0);
    for (size_t i = 0; i < rows; i++)
        if (match[i] >= 0)
            sum += frames[i * cols + (size_t)match[i]];
    weir_assign_done(&assign);
    free(match);
    free(cost);
    return (int64_t)sum;
}

static void test_groups_are_assigned_as_the_whole_would_be(void **state) {
    (void)state;
    struct weir_random r = weir_random_of(3, 0, 0);
    for (int round = 0; round < 500; round++) {
        const int rows = weir_random_below(&r, 25), cols = 1 + weir_random_below(&r, 25);
        double *frames = calloc((size_t)(rows * cols) + 1, sizeof *frames);
        struct eval_shared shared = {0};
        struct weir_assign assign = {0};
        int64_t most = -1;
        const int meetings = rows ? weir_random_below(&r, 120) : 0;
        for (int i = 0; i < meetings; i++) {
            const int t = weir_random_below(&r, rows);
            const int f = weir_random_chance(&r, 0.5) ? t % cols : weir_random_below(&r, cols);
            frames[t * cols + f]++;
            assert_int_equal(eval_shared_add(&shared, t, f), 0);
        }
        assert_int_equal(eval_shared_most(&shared, (size_t)rows, (size_t)cols, &assign, &most), 0);
        assert_int_equal(most, most_of(frames, (size_t)rows, (size_t)cols));
        eval_shared_done(&shared);
        weir_assign_done(&assign);
        free(frames);
    }
}

static void test_who_shares_nothing_is_assigned_to_nobody(void **state) {
    (void)state;
    struct eval_shared shared = {0};
    struct weir_assign assign = {0};
    int64_t most = -1;
    assert_int_equal(eval_shared_most(&shared, 0, 0, &assign, &most), 0);
    assert_int_equal(most, 0);
    assert_int_equal(eval_shared_most(&shared, 100, 7, &assign, &most), 0);
    assert_int_equal(most, 0);
    eval_shared_done(&shared);
    weir_assign_done(&assign);
}

/* A matrix of all would have 90 GB. */
static void test_a_hundred_thousand_tracks_take_what_their_meetings_take(void **state) {
    (void)state;
    enum { TRACKS = 100000, FRAMES = 20 };
    struct eval_shared shared = {0};
    struct weir_assign assign = {0};
    int64_t most = -1;
    for (int i = 0; i < TRACKS; i++)
        for (int k = 0; k < FRAMES; k++)
            if (eval_shared_add(&shared, i, i / 10 * 10 + (i + (k == 0)) % 10))
                fail();
    assert_true(shared.cap < 8 * TRACKS); /* two meetings of each */
    assert_int_equal(eval_shared_most(&shared, TRACKS, TRACKS, &assign, &most), 0);
    assert_int_equal(most, (int64_t)TRACKS * (FRAMES - 1));
    eval_shared_done(&shared);
    weir_assign_done(&assign);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_are_assigned_as_the_whole_would_be),
        cmocka_unit_test(test_who_shares_nothing_is_assigned_to_nobody),
        cmocka_unit_test(test_a_hundred_thousand_tracks_take_what_their_meetings_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
