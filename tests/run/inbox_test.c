/* The inbox: files wait their turn, cameras keep the newest, streams take turns. */
#include "support/support.h"

#include <pthread.h>

#include "run/inbox.h"

static struct weir_frame *frame(int stream, int64_t seq) {
    struct weir_frame *f = weir_frame_new(stream);
    assert_non_null(f);
    f->seq = seq;
    return f;
}

static struct weir_frame *put(struct weir_inbox *inbox, int stream, int64_t seq, bool live) {
    struct weir_frame *replaced = (struct weir_frame *)-1;
    weir_inbox_put(inbox, frame(stream, seq), live, &replaced);
    return replaced;
}

static void take(struct weir_inbox *inbox, int stream, int64_t seq) {
    struct weir_frame *f[1];
    size_t len;
    assert_int_equal(weir_inbox_take(inbox, f, 1, &len), 0);
    assert_int_equal(len, 1);
    assert_int_equal(f[0]->stream, stream);
    assert_int_equal(f[0]->seq, seq);
    weir_frame_free(f[0]);
}

static void test_a_files_frames_are_taken_in_order(void **state) {
    (void)state;
    struct weir_inbox *inbox = weir_inbox_new(1, 3);
    for (int64_t i = 0; i < 3; i++)
        assert_null(put(inbox, 0, i, false));
    for (int64_t i = 0; i < 3; i++)
        take(inbox, 0, i);
    weir_inbox_free(inbox);
}

static void test_of_a_live_stream_only_the_newest_frame_waits(void **state) {
    (void)state;
    struct weir_inbox *inbox = weir_inbox_new(1, 3);
    assert_null(put(inbox, 0, 0, true));
    struct weir_frame *old = put(inbox, 0, 1, true);
    assert_non_null(old);
    assert_int_equal(old->seq, 0);
    weir_frame_free(old);
    take(inbox, 0, 1);
    weir_inbox_free(inbox);
}

static void test_streams_are_served_in_turn(void **state) {
    (void)state;
    struct weir_inbox *inbox = weir_inbox_new(3, 4);
    for (int64_t i = 0; i < 3; i++)
        put(inbox, 0, i, false);
    put(inbox, 2, 0, false);
    take(inbox, 0, 0);
    take(inbox, 2, 0);
    take(inbox, 0, 1);
    take(inbox, 0, 2);
    weir_inbox_free(inbox);
}

static void test_a_batch_takes_what_waits_and_no_more_than_it_holds(void **state) {
    (void)state;
    struct weir_inbox *inbox = weir_inbox_new(2, 4);
    struct weir_frame *f[3];
    size_t len;
    put(inbox, 0, 0, false);
    put(inbox, 0, 1, false);
    put(inbox, 1, 0, false);
    put(inbox, 1, 1, false);
    assert_int_equal(weir_inbox_take(inbox, f, 3, &len), 0);
    assert_int_equal(len, 3);
    for (size_t i = 0; i < len; i++)
        weir_frame_free(f[i]);
    assert_int_equal(weir_inbox_take(inbox, f, 3, &len), 0);
    assert_int_equal(len, 1);
    weir_frame_free(f[0]);
    weir_inbox_free(inbox);
}

static void test_what_waits_is_taken_before_the_end_is_told(void **state) {
    (void)state;
    struct weir_inbox *inbox = weir_inbox_new(2, 4);
    struct weir_frame *f[1];
    size_t len = 77;
    put(inbox, 1, 0, false);
    weir_inbox_end(inbox, 0);
    weir_inbox_end(inbox, 1);
    weir_inbox_end(inbox, 1); /* saying it twice counts once */
    take(inbox, 1, 0);
    assert_int_equal(weir_inbox_take(inbox, f, 1, &len), WEIR_EEOF);
    assert_int_equal(len, 77);
    weir_inbox_free(inbox);
}

static void *blocked_put(void *arg) {
    struct weir_inbox *inbox = arg;
    struct weir_frame *replaced;
    weir_inbox_put(inbox, frame(0, 1), false, &replaced);
    return replaced;
}

static void test_a_blocked_put_goes_on_when_a_place_is_free(void **state) {
    (void)state;
    struct weir_inbox *inbox = weir_inbox_new(1, 1);
    pthread_t thread;
    void *rc;
    put(inbox, 0, 0, false);
    pthread_create(&thread, NULL, blocked_put, inbox);
    take(inbox, 0, 0);
    take(inbox, 0, 1); /* blocks until the thread has put it */
    pthread_join(thread, &rc);
    assert_null(rc);
    weir_inbox_free(inbox);
}

static void *wait_for_work(void *arg) {
    struct weir_frame *f[1];
    size_t len;
    return (void *)(intptr_t)weir_inbox_take(arg, f, 1, &len);
}

static void test_sleeping_workers_wake_at_the_end(void **state) {
    (void)state;
    struct weir_inbox *inbox = weir_inbox_new(1, 1);
    pthread_t thread[2];
    void *rc;
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, wait_for_work, inbox);
    weir_inbox_end(inbox, 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(thread[i], &rc);
        assert_int_equal((intptr_t)rc, WEIR_EEOF);
    }
    weir_inbox_free(inbox);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_files_frames_are_taken_in_order),
        cmocka_unit_test(test_of_a_live_stream_only_the_newest_frame_waits),
        cmocka_unit_test(test_streams_are_served_in_turn),
        cmocka_unit_test(test_a_batch_takes_what_waits_and_no_more_than_it_holds),
        cmocka_unit_test(test_what_waits_is_taken_before_the_end_is_told),
        cmocka_unit_test(test_a_blocked_put_goes_on_when_a_place_is_free),
        cmocka_unit_test(test_sleeping_workers_wake_at_the_end),
    };
    return cmocka_run_group_tests_name("inbox", tests, NULL, NULL);
}
