/* Waits of periodic jobs, against what can be worked out by hand. */
#include "sched/waits.h"
#include "support/support.h"

#define MS WEIR_NS_PER_MS

static struct weir_visit visit(int64_t at_ms, int64_t slot_ms) {
    return (struct weir_visit){
        .at_ns = at_ms * MS, .period_ns = 40 * MS, .slot_ns = slot_ms * MS, .luck = 1};
}

static void waits_of(const struct weir_visit *v, size_t len, int slots, double *ret) {
    struct weir_waits waits = {0};
    assert_int_equal(weir_waits_reserve(&waits, len), 0);
    weir_waits_of(&waits, v, len, slots, ret);
    weir_waits_done(&waits);
    weir_waits_done(&waits); /* twice does no harm */
}

static void test_alone_nobody_waits(void **state) {
    (void)state;
    double wait = -1;
    waits_of((struct weir_visit[]){visit(7, 38)}, 1, 1, &wait);
    assert_float_equal(wait, 0, 0);
}

static void test_who_comes_while_another_is_served_waits_for_the_rest(void **state) {
    (void)state;
    double wait[2];
    waits_of((struct weir_visit[]){visit(10, 12), visit(15, 12)}, 2, 1, wait);
    assert_float_equal(wait[0], 0, 0);
    assert_float_equal(wait[1], 7e6, 1);
}

static void test_those_who_never_meet_never_wait(void **state) {
    (void)state;
    double wait[3];
    waits_of((struct weir_visit[]){visit(0, 12), visit(13, 12), visit(26, 12)}, 3, 1, wait);
    for (int i = 0; i < 3; i++)
        assert_float_equal(wait[i], 0, 0); /* at a load of 0.9: no formula for chance says so */
}

static void test_periods_long_ago_are_the_same_rhythm(void **state) {
    (void)state;
    double wait[2];
    waits_of((struct weir_visit[]){visit(10, 12), visit(15 + 40 * 1000, 12)}, 2, 1, wait);
    assert_float_equal(wait[0], 0, 0);
    assert_float_equal(wait[1], 7e6, 1);
    waits_of((struct weir_visit[]){visit(10, 12), visit(15 - 40 * 1000, 12)}, 2, 1, wait);
    assert_float_equal(wait[1], 7e6, 1);
}

static void test_a_second_slot_serves_the_second(void **state) {
    (void)state;
    double wait[3];
    waits_of((struct weir_visit[]){visit(0, 30), visit(1, 30), visit(2, 10)}, 3, 2, wait);
    assert_float_equal(wait[0], 0, 0);
    assert_float_equal(wait[1], 0, 0);
    assert_float_equal(wait[2], 28e6, 1);
}

static void test_more_than_all_slots_can_do_waits_for_ever_longer(void **state) {
    (void)state;
    double some[3], more[3];
    waits_of((struct weir_visit[]){visit(0, 20), visit(1, 20), visit(2, 20)}, 3, 1, some);
    waits_of((struct weir_visit[]){visit(0, 30), visit(1, 30), visit(2, 30)}, 3, 1, more);
    for (int i = 0; i < 3; i++) {
        assert_true(some[i] > 5e9); /* a load of 1.5 */
        assert_true(more[i] > some[i] + 5e9);
    }
}

static void test_chance_makes_some_of_them_meet(void **state) {
    (void)state;
    double wait[2], again[2];
    struct weir_visit two[] = {visit(0, 12), visit(13, 12)};
    two[0].jitter_ns = 8 * MS;
    two[1].luck = 2;
    waits_of(two, 2, 1, wait);
    waits_of(two, 2, 1, again);
    assert_true(wait[1] > 0.5e6 && wait[1] < 7e6);
    assert_memory_equal(wait, again, sizeof wait);
}

static void test_nobody_is_nothing(void **state) {
    (void)state;
    waits_of(NULL, 0, 3, NULL);
}

/* 25 frames a second of 20 ms, and one a second of 30 ms that comes 1 ms after every 25th: it waits
 * for 19 ms, and the one after that for 11. */
static void test_streams_of_different_rates_meet_where_they_do(void **state) {
    (void)state;
    double wait[2];
    struct weir_visit two[] = {visit(0, 20), visit(1, 30)};
    two[1].period_ns = 1000 * MS;
    waits_of(two, 2, 1, wait);
    assert_float_equal(wait[1], 19e6, 1);
    assert_true(wait[0] > 0.8 * 10e6 / 25 && wait[0] < 1.3 * 10e6 / 25);
    two[1].at_ns = 25 * MS; /* and here they never do, but for the next, which waits for 15 ms */
    waits_of(two, 2, 1, wait);
    assert_float_equal(wait[1], 0, 0);
    assert_true(wait[0] > 0.8 * 15e6 / 25 && wait[0] < 1.3 * 15e6 / 25);
}

static void test_a_rate_far_below_the_others_costs_nothing_it_does_not_show(void **state) {
    (void)state;
    double wait[2];
    struct weir_visit two[] = {visit(0, 20), visit(1, 30)};
    two[1].period_ns = INT64_C(3600000) * MS; /* once an hour: it does not come while we look */
    waits_of(two, 2, 1, wait);
    assert_float_equal(wait[1], 0, 0);
    assert_true(wait[0] <= 10e6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone_nobody_waits),
        cmocka_unit_test(test_who_comes_while_another_is_served_waits_for_the_rest),
        cmocka_unit_test(test_those_who_never_meet_never_wait),
        cmocka_unit_test(test_periods_long_ago_are_the_same_rhythm),
        cmocka_unit_test(test_a_second_slot_serves_the_second),
        cmocka_unit_test(test_more_than_all_slots_can_do_waits_for_ever_longer),
        cmocka_unit_test(test_chance_makes_some_of_them_meet),
        cmocka_unit_test(test_nobody_is_nothing),
        cmocka_unit_test(test_streams_of_different_rates_meet_where_they_do),
        cmocka_unit_test(test_a_rate_far_below_the_others_costs_nothing_it_does_not_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
