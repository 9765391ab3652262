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
    struct weir_lane *lane = weir_lane_new(8);
    for (int i = 0; i < 5; i++)
        weir_lane_enter(lane, 8);
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
    struct weir_lane *lane = weir_lane_new(1);
    struct weir_frame *none = NULL;
    weir_lane_close(lane);
    assert_int_equal(weir_lane_next(lane, &none), WEIR_EEOF);
    weir_lane_free(lane);
}

static void test_a_freed_lane_frees_what_never_left(void **state) {
    (void)state;
    struct weir_lane *lane = weir_lane_new(4);
    weir_lane_enter(lane, 8);
    weir_lane_enter(lane, 8);
    weir_lane_put(lane, frame(1));
    weir_lane_free(lane); /* the sanitizer tells */
    weir_lane_free(NULL);
}

static void test_results_are_counted_until_they_are_handed_out(void **state) {
    (void)state;
    struct weir_lane *lane = weir_lane_new(4);
    for (int64_t i = 0; i < 3; i++) {
        struct weir_frame *f = frame(i);
        f->outcome = i == 1 ? WEIR_OUTCOME_REPLACED : WEIR_OUTCOME_DETECT;
        weir_lane_enter(lane, 4);
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
        weir_lane_enter(crowd->lane, LIMIT + 1);
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
    struct crowd crowd = {.lane = weir_lane_new(LIMIT), .lock = PTHREAD_MUTEX_INITIALIZER};
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_leave_in_the_order_in_which_they_entered),
        cmocka_unit_test(test_an_empty_lane_ends_when_it_is_closed),
        cmocka_unit_test(test_a_freed_lane_frees_what_never_left),
        cmocka_unit_test(test_results_are_counted_until_they_are_handed_out),
        cmocka_unit_test(test_no_more_than_the_limit_is_under_way_and_order_holds_under_threads),
    };
    return cmocka_run_group_tests_name("lane", tests, NULL, NULL);
}
