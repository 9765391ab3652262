/* Clocks and the stop token: who waits, and what wakes them. */
#include "support/support.h"

#include <pthread.h>

struct waiter {
    struct weir_clock *clock;
    struct weir_stop *stop;
    int64_t due_ns;
    int rc;
    int64_t woken_ns;
    pthread_t thread;
};

static void *wait_once(void *arg) {
    struct waiter *waiter = arg;
    waiter->rc = weir_clock_wait(waiter->clock, waiter->due_ns, waiter->stop);
    waiter->woken_ns = weir_clock_now(waiter->clock);
    return NULL;
}

static void start(struct waiter *waiter) {
    assert_int_equal(pthread_create(&waiter->thread, NULL, wait_once, waiter), 0);
}

static void test_a_manual_clock_stands_still_until_advanced(void **state) {
    struct weir_clock *clock = weir_clock_manual_new(100);
    assert_int_equal(weir_clock_now(clock), 100);
    assert_int_equal(weir_clock_now(clock), 100);
    weir_clock_advance(clock, 0);
    assert_int_equal(weir_clock_now(clock), 100);
    weir_clock_advance(clock, 23);
    assert_int_equal(weir_clock_now(clock), 123);
    weir_clock_free(clock);
}

static void test_a_manual_clock_stops_at_the_end_of_time(void **state) {
    struct weir_clock *clock = weir_clock_manual_new(10);
    weir_clock_advance(clock, INT64_MAX);
    assert_true(weir_clock_now(clock) == INT64_MAX);
    weir_clock_free(clock);
}

static void test_a_threads_clock_goes_on_with_its_own_work_alone(void **state) {
    struct weir_clock *clock = weir_clock_thread_new(), *real = weir_clock_monotonic_new();
    int64_t begin = weir_clock_now(clock), now;
    do /* ends only if this very work makes it go on */
        now = weir_clock_now(clock);
    while (now < begin + 100000);
    begin = weir_clock_now(clock);
    int64_t real_begin = weir_clock_now(real);
    assert_int_equal(weir_clock_wait(real, real_begin + 5 * WEIR_NS_PER_MS, NULL), 0);
    int64_t waited = weir_clock_now(real) - real_begin;
    assert_true(weir_clock_now(clock) - begin < waited); /* it slept for most of that */
    weir_clock_free(clock);
    weir_clock_free(real);
}

static void test_a_threads_clock_cannot_be_waited_for(void **state) {
    struct weir_clock *clock = weir_clock_thread_new();
    assert_int_equal(weir_clock_wait(clock, WEIR_FOREVER, NULL), WEIR_EUNSUPPORTED);
    assert_int_equal(weir_clock_wait(clock, 0, NULL), WEIR_EUNSUPPORTED);
    weir_clock_free(clock);
}

static void test_a_due_time_that_has_passed_is_not_waited_for(void **state) {
    struct weir_clock *manual = weir_clock_manual_new(50);
    struct weir_clock *real = weir_clock_monotonic_new();
    assert_int_equal(weir_clock_wait(manual, 50, NULL), 0);
    assert_int_equal(weir_clock_wait(manual, -5, NULL), 0);
    assert_int_equal(weir_clock_wait(real, 0, NULL), 0);
    assert_int_equal(weir_clock_wait(real, INT64_MIN, NULL), 0);
    assert_int_equal(weir_clock_wait(real, weir_clock_now(real), NULL), 0);
    weir_clock_free(manual);
    weir_clock_free(real);
}

static void test_advancing_wakes_those_whose_time_has_come_and_no_others(void **state) {
    struct weir_clock *clock = weir_clock_manual_new(0);
    struct weir_stop stop;
    weir_stop_init(&stop, clock);
    struct waiter early = {.clock = clock, .stop = &stop, .due_ns = 10, .rc = 1};
    struct waiter later = {.clock = clock, .stop = &stop, .due_ns = 30, .rc = 1};
    struct waiter never = {.clock = clock, .stop = &stop, .due_ns = WEIR_FOREVER, .rc = 1};
    start(&early);
    start(&later);
    start(&never);
    weir_clock_advance(clock, 9); /* for nobody */
    weir_clock_advance(clock, 1);
    pthread_join(early.thread, NULL);
    assert_int_equal(early.rc, 0);
    assert_int_equal(early.woken_ns, 10);
    weir_clock_advance(clock, 25);
    pthread_join(later.thread, NULL);
    assert_int_equal(later.rc, 0);
    assert_int_equal(later.woken_ns, 35);
    weir_stop_request(&stop);
    pthread_join(never.thread, NULL);
    assert_int_equal(never.rc, WEIR_ECANCELED);
    weir_clock_free(clock);
}

static void test_a_stop_wakes_every_waiter_of_a_manual_clock(void **state) {
    enum { N = 6 };
    struct weir_clock *clock = weir_clock_manual_new(0);
    struct weir_stop stop;
    weir_stop_init(&stop, clock);
    struct waiter waiter[N];
    for (int i = 0; i < N; i++) {
        waiter[i] = (struct waiter){
            .clock = clock, .stop = &stop, .due_ns = i % 2 ? 1000 : WEIR_FOREVER, .rc = 1};
        start(&waiter[i]);
    }
    weir_stop_request(&stop);
    for (int i = 0; i < N; i++) {
        pthread_join(waiter[i].thread, NULL);
        assert_int_equal(waiter[i].rc, WEIR_ECANCELED);
    }
    weir_clock_free(clock);
}

static void test_a_stop_wakes_a_waiter_of_real_time(void **state) {
    struct weir_clock *clock = weir_clock_monotonic_new();
    struct weir_stop stop;
    weir_stop_init(&stop, clock);
    struct waiter far = {.clock = clock, .stop = &stop, .rc = 1};
    struct waiter never = {.clock = clock, .stop = &stop, .due_ns = WEIR_FOREVER, .rc = 1};
    far.due_ns = weir_clock_now(clock) + 86400 * WEIR_NS_PER_S;
    start(&far);
    start(&never);
    weir_stop_request(&stop);
    pthread_join(far.thread, NULL);
    pthread_join(never.thread, NULL);
    assert_int_equal(far.rc, WEIR_ECANCELED);
    assert_int_equal(never.rc, WEIR_ECANCELED);
    weir_clock_free(clock);
}

static void test_a_wait_after_the_stop_does_not_block(void **state) {
    struct weir_clock *clock = weir_clock_manual_new(5);
    struct weir_stop stop;
    weir_stop_init(&stop, clock);
    weir_stop_request(&stop);
    weir_stop_request(&stop);
    assert_int_equal(weir_clock_wait(clock, WEIR_FOREVER, &stop), WEIR_ECANCELED);
    assert_int_equal(weir_clock_wait(clock, 5, &stop), WEIR_ECANCELED);
    weir_clock_free(clock);
}

static void test_a_wake_without_a_stop_ends_no_wait(void **state) {
    struct weir_clock *clock = weir_clock_manual_new(0);
    struct waiter waiter = {.clock = clock, .due_ns = 10, .rc = 1};
    start(&waiter);
    weir_clock_wake(clock);
    weir_clock_advance(clock, 10);
    pthread_join(waiter.thread, NULL);
    assert_int_equal(waiter.rc, 0);
    assert_int_equal(waiter.woken_ns, 10);
    weir_clock_free(clock);
}

static void test_real_time_goes_on_and_is_never_woken_early(void **state) {
    struct weir_clock *clock = weir_clock_monotonic_new();
    int64_t due_ns = weir_clock_now(clock) + WEIR_NS_PER_MS;
    assert_int_equal(weir_clock_wait(clock, due_ns, NULL), 0);
    assert_true(weir_clock_now(clock) >= due_ns);
    weir_clock_free(clock);
}

static void test_a_stop_is_not_requested_at_first_and_stays_requested(void **state) {
    struct weir_stop stop;
    weir_stop_init(&stop, NULL);
    assert_false(weir_stop_requested(&stop));
    weir_stop_request(&stop);
    assert_true(weir_stop_requested(&stop));
    assert_true(weir_stop_requested(&stop));
}

static void test_no_stop_token_means_not_requested(void **state) {
    assert_false(weir_stop_requested(NULL));
}

static void test_freeing_no_clock_is_allowed(void **state) {
    weir_clock_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_manual_clock_stands_still_until_advanced),
        cmocka_unit_test(test_a_manual_clock_stops_at_the_end_of_time),
        cmocka_unit_test(test_a_threads_clock_goes_on_with_its_own_work_alone),
        cmocka_unit_test(test_a_threads_clock_cannot_be_waited_for),
        cmocka_unit_test(test_a_due_time_that_has_passed_is_not_waited_for),
        cmocka_unit_test(test_advancing_wakes_those_whose_time_has_come_and_no_others),
        cmocka_unit_test(test_a_stop_wakes_every_waiter_of_a_manual_clock),
        cmocka_unit_test(test_a_stop_wakes_a_waiter_of_real_time),
        cmocka_unit_test(test_a_wait_after_the_stop_does_not_block),
        cmocka_unit_test(test_a_wake_without_a_stop_ends_no_wait),
        cmocka_unit_test(test_real_time_goes_on_and_is_never_woken_early),
        cmocka_unit_test(test_a_stop_is_not_requested_at_first_and_stays_requested),
        cmocka_unit_test(test_no_stop_token_means_not_requested),
        cmocka_unit_test(test_freeing_no_clock_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
