/* The lane: any order in, one order out, and a bound on what is under way. */
#include "support/support.h"

#include <pthread.h>
#include <stdlib.h>

#include "run/lane.h"

static struct weir_frame *frame(int64_t seq) {
    struct weir_frame *f = weir_frame_new(0);
    assert_non_null(f);
    f->seq = seq;
    f->outcome = WEIR_OUTCOME_DETECT;
    return f;
}

static void expect(struct weir_lane *lane, int64_t seq) {
    struct weir_frame *f = NULL;
    assert_int_equal(weir_lane_next(lane, &f), 0);
    assert_int_equal(f->seq, seq);
    weir_frame_free(f);
    weir_lane_leave(lane);
}

static void test_frames_leave_in_the_order_in_which_they_entered(void **state) {
    (void)state;
    static const int64_t order[] = {2, 0, 3, 1, 4};
    struct weir_lane *lane = weir_lane_new(8, NULL);
    for (int i = 0; i < 5; i++)
        weir_lane_enter(lane, 8, WEIR_FOREVER);
    for (int i = 0; i < 5; i++)
        weir_lane_put(lane, frame(order[i]));
    weir_lane_close(lane);
    for (int64_t i = 0; i < 5; i++)
        expect(lane, i);
    struct weir_frame *none = NULL;
    assert_int_equal(weir_lane_next(lane, &none), WEIR_EEOF);
    assert_null(none);
    weir_lane_free(lane);
}

static void test_an_empty_lane_ends_when_it_is_closed(void **state) {
    (void)state;
    struct weir_lane *lane = weir_lane_new(1, NULL);
    struct weir_frame *none = NULL;
    weir_lane_close(lane);
    assert_int_equal(weir_lane_next(lane, &none), WEIR_EEOF);
    weir_lane_free(lane);
}

static void test_a_freed_lane_frees_what_never_left(void **state) {
    (void)state;
    struct weir_lane *lane = weir_lane_new(4, NULL);
    weir_lane_enter(lane, 8, WEIR_FOREVER);
    weir_lane_enter(lane, 8, WEIR_FOREVER);
    weir_lane_put(lane, frame(1));
    weir_lane_free(lane); /* the sanitizer tells */
    weir_lane_free(NULL);
}

static void test_results_are_counted_until_they_are_handed_out(void **state) {
    (void)state;
    struct weir_lane *lane = weir_lane_new(4, NULL);
    for (int64_t i = 0; i < 3; i++) {
        struct weir_frame *f = frame(i);
        f->outcome = i == 1 ? WEIR_OUTCOME_REPLACED : WEIR_OUTCOME_DETECT;
        weir_lane_enter(lane, 4, WEIR_FOREVER);
        weir_lane_put(lane, f);
    }
    assert_int_equal(weir_lane_results(lane), 2);
    expect(lane, 0);
    assert_int_equal(weir_lane_results(lane), 1);
    expect(lane, 1);
    assert_int_equal(weir_lane_results(lane), 1);
    expect(lane, 2);
    assert_int_equal(weir_lane_results(lane), 0);
    weir_lane_free(lane);
}

enum { FRAMES = 2000, LIMIT = 5, HANDS = 3 };

struct crowd {
    struct weir_lane *lane;
    pthread_mutex_t lock;
    int64_t next;
    int64_t under_way, most;
};

/* Takes the next number and puts it, so that the order in which the frames come
 * back is whatever the scheduler makes of three threads. */
static void *hand(void *arg) {
    struct crowd *crowd = arg;
    for (;;) {
        pthread_mutex_lock(&crowd->lock);
        if (crowd->next == FRAMES) {
            pthread_mutex_unlock(&crowd->lock);
            return NULL;
        }
        weir_lane_enter(crowd->lane, LIMIT + 1, WEIR_FOREVER);
        int64_t seq = crowd->next++;
        int64_t now = __atomic_add_fetch(&crowd->under_way, 1, __ATOMIC_SEQ_CST);
        if (now > crowd->most)
            crowd->most = now;
        pthread_mutex_unlock(&crowd->lock);
        weir_lane_put(crowd->lane, frame(seq));
    }
}

static void test_no_more_than_the_limit_is_under_way_and_order_holds_under_threads(void **state) {
    (void)state;
    struct crowd crowd = {.lane = weir_lane_new(LIMIT, NULL), .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t thread[HANDS];
    for (int i = 0; i < HANDS; i++)
        pthread_create(&thread[i], NULL, hand, &crowd);
    for (int64_t i = 0; i < FRAMES; i++) {
        struct weir_frame *f = NULL;
        assert_int_equal(weir_lane_next(crowd.lane, &f), 0);
        assert_int_equal(f->seq, i);
        weir_frame_free(f);
        __atomic_sub_fetch(&crowd.under_way, 1, __ATOMIC_SEQ_CST);
        weir_lane_leave(crowd.lane);
    }
    for (int i = 0; i < HANDS; i++)
        pthread_join(thread[i], NULL);
    assert_true(crowd.most <= LIMIT);
    weir_lane_free(crowd.lane);
}

/* ---- deadlines ----------------------------------------------------------- */

/* A deadline that has passed and one that never will make these tests wait for nothing. */
static void enter(struct weir_lane *lane, struct weir_clock *clock, bool passed) {
    weir_lane_enter(lane, 8, passed ? weir_clock_now(clock) : WEIR_FOREVER);
}

static void test_a_result_passes_over_one_whose_deadline_is_gone_which_leaves_late(void **state) {
    (void)state;
    struct weir_clock *clock = weir_clock_monotonic_new();
    struct weir_lane *lane = weir_lane_new(8, clock);
    struct weir_frame *f = NULL, *straggler = frame(0);
    assert_int_equal(weir_boxes_add(&straggler->boxes, (struct weir_box){.x1 = 1, .y1 = 1}), 0);
    enter(lane, clock, true);
    enter(lane, clock, false);
    enter(lane, clock, false);
    weir_lane_close(lane);
    weir_lane_put(lane, frame(1));
    expect(lane, 1); /* and not 0 */
    weir_lane_put(lane, straggler);
    assert_int_equal(weir_lane_next(lane, &f), 0);
    assert_int_equal(f->seq, 0);
    assert_int_equal(f->outcome, WEIR_OUTCOME_LATE);
    assert_int_equal(f->boxes.len, 0);
    weir_frame_free(f);
    weir_lane_leave(lane);
    weir_lane_put(lane, frame(2));
    expect(lane, 2);
    assert_int_equal(weir_lane_next(lane, &f), WEIR_EEOF);
    weir_lane_free(lane);
    weir_clock_free(clock);
}

static void test_a_drop_that_was_passed_over_keeps_its_reason(void **state) {
    (void)state;
    struct weir_clock *clock = weir_clock_monotonic_new();
    struct weir_lane *lane = weir_lane_new(8, clock);
    struct weir_frame *f, *dropped = frame(0);
    dropped->outcome = WEIR_OUTCOME_REPLACED;
    enter(lane, clock, true);
    enter(lane, clock, true);
    weir_lane_close(lane);
    weir_lane_put(lane, frame(1));
    expect(lane, 1);
    weir_lane_put(lane, dropped);
    assert_int_equal(weir_lane_next(lane, &f), 0);
    assert_int_equal(f->outcome, WEIR_OUTCOME_REPLACED);
    weir_frame_free(f);
    weir_lane_leave(lane);
    assert_int_equal(weir_lane_next(lane, &f), WEIR_EEOF);
    weir_lane_free(lane);
    weir_clock_free(clock);
}

struct waiter {
    struct weir_lane *lane;
    int64_t first;
};

static void *wait_for_one(void *arg) {
    struct waiter *waiter = arg;
    struct weir_frame *f;
    if (weir_lane_next(waiter->lane, &f) == 0) {
        waiter->first = f->seq;
        weir_frame_free(f);
        weir_lane_leave(waiter->lane);
    }
    return NULL;
}

static void test_before_its_deadline_nobody_is_passed_over(void **state) {
    (void)state;
    struct weir_clock *clock = weir_clock_monotonic_new();
    struct weir_lane *lane = weir_lane_new(8, clock);
    struct waiter waiter = {lane, -1};
    pthread_t thread;
    enter(lane, clock, false);
    enter(lane, clock, true);
    weir_lane_put(lane, frame(1));
    assert_int_equal(pthread_create(&thread, NULL, wait_for_one, &waiter), 0);
    weir_lane_put(lane, frame(0));
    pthread_join(thread, NULL);
    assert_int_equal(waiter.first, 0);
    weir_lane_close(lane);
    expect(lane, 1);
    weir_lane_free(lane);
    weir_clock_free(clock);
}

static void test_drops_alone_are_no_hurry(void **state) {
    (void)state;
    struct weir_clock *clock = weir_clock_monotonic_new();
    struct weir_lane *lane = weir_lane_new(8, clock);
    struct weir_frame *dropped = frame(1);
    struct waiter waiter = {lane, -1};
    pthread_t thread;
    dropped->outcome = WEIR_OUTCOME_REPLACED;
    enter(lane, clock, true);
    enter(lane, clock, true);
    weir_lane_put(lane, dropped);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_one, &waiter), 0);
    weir_lane_put(lane, frame(0)); /* in time or not: nobody waited for it */
    pthread_join(thread, NULL);
    assert_int_equal(waiter.first, 0);
    weir_lane_close(lane);
    expect(lane, 1);
    weir_lane_free(lane);
    weir_clock_free(clock);
}

static void test_a_freed_lane_frees_stragglers(void **state) {
    (void)state;
    struct weir_clock *clock = weir_clock_monotonic_new();
    struct weir_lane *lane = weir_lane_new(8, clock);
    enter(lane, clock, true);
    enter(lane, clock, true);
    weir_lane_put(lane, frame(1));
    expect(lane, 1);
    weir_lane_put(lane, frame(0));
    weir_lane_free(lane); /* the sanitizer tells */
    weir_clock_free(clock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_leave_in_the_order_in_which_they_entered),
        cmocka_unit_test(test_an_empty_lane_ends_when_it_is_closed),
        cmocka_unit_test(test_a_freed_lane_frees_what_never_left),
        cmocka_unit_test(test_results_are_counted_until_they_are_handed_out),
        cmocka_unit_test(test_no_more_than_the_limit_is_under_way_and_order_holds_under_threads),
        cmocka_unit_test(test_a_result_passes_over_one_whose_deadline_is_gone_which_leaves_late),
        cmocka_unit_test(test_a_drop_that_was_passed_over_keeps_its_reason),
        cmocka_unit_test(test_before_its_deadline_nobody_is_passed_over),
        cmocka_unit_test(test_drops_alone_are_no_hurry),
        cmocka_unit_test(test_a_freed_lane_frees_stragglers),
    };
    return cmocka_run_group_tests_name("lane", tests, NULL, NULL);
}
