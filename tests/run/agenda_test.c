/* The agenda: who is served first, what is given up, and that nothing is lost. */
#include "support/support.h"

#include <pthread.h>
#include <stdlib.h>

#include "run/agenda.h"

enum { MS = 1000000 };

static const struct weir_agenda_cost ten_ms = {0, 10 * MS};

struct bench {
    struct weir_clock *clock; /* stands still unless a test moves it */
    struct weir_agenda *agenda;
};

static struct bench begin_with(size_t streams, size_t places, int workers) {
    struct bench b = {.clock = weir_clock_manual_new(1000 * MS)};
    b.agenda = weir_agenda_new(streams, places, workers, b.clock);
    assert_non_null(b.agenda);
    return b;
}

static struct bench begin(size_t streams, size_t places) {
    return begin_with(streams, places, 1);
}

static void end(struct bench *b) {
    weir_agenda_free(b->agenda);
    weir_clock_free(b->clock);
}

static struct weir_frame *frame(int stream, int64_t seq, int64_t deadline_ms, int setting) {
    struct weir_frame *f = weir_frame_new(stream);
    assert_non_null(f);
    f->seq = seq;
    f->setting = setting;
    f->deadline_ns = deadline_ms ? deadline_ms * MS : WEIR_FOREVER;
    return f;
}

/* The seq of what it replaces, -1: nothing. */
static int64_t put(struct bench *b, bool live, struct weir_frame *f) {
    struct weir_frame *replaced;
    weir_agenda_put(b->agenda, f, live, ten_ms, &replaced);
    int64_t seq = replaced ? replaced->seq : -1;
    weir_frame_free(replaced);
    return seq;
}

/* Takes without blocking; frees, and checks the seqs. */
static void takes(struct bench *b, int rc, size_t most, const int64_t *seq, size_t len) {
    struct weir_frame *got[64] = {NULL};
    size_t n = 77;
    assert_int_equal(weir_agenda_take(b->agenda, false, got, most, &n), rc);
    if (!len) {
        assert_int_equal(n, 77); /* untouched */
        return;
    }
    assert_int_equal(n, len);
    if (!rc)
        weir_agenda_did(b->agenda, got[0]->deadline_ns);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(got[i]->seq, seq[i]);
        weir_frame_free(got[i]);
    }
}

#define TAKES(b, rc, most, ...)                                                                    \
    takes(b, rc, most, (const int64_t[]){__VA_ARGS__},                                             \
          sizeof(const int64_t[]){__VA_ARGS__} / sizeof(int64_t))

static void test_the_earliest_deadline_is_served_first(void **state) {
    (void)state;
    struct bench b = begin(3, 4);
    put(&b, true, frame(0, 10, 1300, 0));
    put(&b, true, frame(1, 11, 1100, 0));
    put(&b, true, frame(2, 12, 1200, 0));
    TAKES(&b, 0, 1, 11);
    TAKES(&b, 0, 1, 12);
    TAKES(&b, 0, 1, 10);
    takes(&b, WEIR_EAGAIN, 1, NULL, 0);
    end(&b);
}

static void test_of_a_live_stream_the_newest_frame_wins(void **state) {
    (void)state;
    struct bench b = begin(2, 4);
    assert_int_equal(put(&b, true, frame(0, 1, 1100, 0)), -1);
    assert_int_equal(put(&b, true, frame(1, 7, 1150, 0)), -1);
    assert_int_equal(put(&b, true, frame(0, 2, 1200, 0)), 1);
    assert_int_equal(put(&b, true, frame(0, 3, 1300, 0)), 2);
    TAKES(&b, 0, 1,
          3); /* it has the turn of the first, and so none of another stream goes before */
    TAKES(&b, 0, 1, 7);
    takes(&b, WEIR_EAGAIN, 1, NULL, 0);
    end(&b);
}

/* Where workers take half of what comes, every stream has its share, not the ones that come early
 * in a period. */
static void test_streams_whose_frames_are_replaced_are_served_in_turn(void **state) {
    (void)state;
    enum { STREAMS = 4, ROUNDS = 40 };
    struct bench b = begin(STREAMS, 4);
    int served[STREAMS] = {0};
    for (int k = 0; k < ROUNDS; k++) {
        for (int s = 0; s < STREAMS; s++)
            put(&b, true, frame(s, k, 1200 + 40 * k + s, 0));
        for (int i = 0; i < STREAMS / 2; i++) {
            struct weir_frame *got[1];
            size_t n;
            assert_int_equal(weir_agenda_take(b.agenda, false, got, 1, &n), 0);
            weir_agenda_did(b.agenda, got[0]->deadline_ns);
            served[got[0]->stream]++;
            assert_int_equal(got[0]->seq, k); /* the newest, whoever's turn it is */
            weir_frame_free(got[0]);
        }
        weir_clock_advance(b.clock, 40 * MS);
    }
    for (int s = 0; s < STREAMS; s++)
        assert_in_range(served[s], ROUNDS / 2 - 2, ROUNDS / 2 + 2);
    end(&b);
}

static void test_what_cannot_be_done_in_time_comes_out_late_before_time_is_spent_on_it(void **s) {
    (void)s;
    struct bench b = begin(2, 4);
    put(&b, true, frame(0, 1, 1010, 0)); /* it takes 10 ms: just in time */
    put(&b, true, frame(1, 2, 1500, 0));
    weir_clock_advance(b.clock, 1);
    TAKES(&b, WEIR_ETIMEDOUT, 1, 1);
    TAKES(&b, 0, 1, 2);
    put(&b, true, frame(0, 3, 1500, 0));
    weir_clock_advance(b.clock, 600 * MS);
    TAKES(&b, WEIR_ETIMEDOUT, 4, 3);
    end(&b);
}

static void test_frames_without_a_deadline_come_last_and_are_never_late(void **state) {
    (void)state;
    struct bench b = begin(2, 4);
    put(&b, false, frame(0, 1, 0, 0));
    put(&b, false, frame(0, 2, 0, 0));
    put(&b, true, frame(1, 9, 5000, 0));
    TAKES(&b, 0, 1, 9);
    weir_clock_advance(b.clock, INT64_C(1000000) * MS);
    TAKES(&b, 0, 1, 1);
    TAKES(&b, 0, 1, 2);
    end(&b);
}

struct late_worker {
    struct weir_agenda *agenda;
    int64_t seq;
};

static void *take_one(void *arg) {
    struct late_worker *w = arg;
    struct weir_frame *got;
    size_t len;
    if (weir_agenda_take(w->agenda, true, &got, 1, &len) == 0) {
        w->seq = got->seq;
        weir_agenda_did(w->agenda, got->deadline_ns);
        weir_frame_free(got);
    }
    return NULL;
}

/* One of two workers has a file's frame; what does the other one get? */
static void second_worker_gets(bool end_camera, int64_t seq) {
    struct bench b = begin_with(2, 4, 2);
    struct weir_frame *got;
    struct late_worker second = {b.agenda, -1};
    pthread_t thread;
    size_t len;
    assert_int_equal(put(&b, true, frame(1, 8, 5000, 0)), -1);
    TAKES(&b, 0, 1, 8);
    put(&b, false, frame(0, 1, 0, 0));
    put(&b, false, frame(0, 2, 0, 0));
    assert_int_equal(weir_agenda_take(b.agenda, true, &got, 1, &len), 0);
    assert_int_equal(got->seq, 1);
    assert_int_equal(pthread_create(&thread, NULL, take_one, &second), 0);
    if (end_camera)
        weir_agenda_end(b.agenda, 1);
    else
        put(&b, true, frame(1, 9, 5000, 0));
    pthread_join(thread, NULL);
    assert_int_equal(second.seq, seq);
    weir_agenda_did(b.agenda, got->deadline_ns);
    weir_frame_free(got);
    end(&b);
}

static void test_files_leave_a_worker_to_cameras_while_there_are_any(void **state) {
    (void)state;
    second_worker_gets(false, 9);
    second_worker_gets(true, 2);
}

static void test_a_batch_is_of_one_setting_and_makes_nobody_late(void **state) {
    (void)state;
    struct bench b = begin(5, 1);
    put(&b, true, frame(0, 1, 1025, 3)); /* two of 10 ms are done by then, three are not */
    put(&b, true, frame(1, 2, 1100, 3));
    put(&b, true, frame(2, 3, 1100, 3));
    put(&b, true, frame(3, 4, 1200, 5));
    put(&b, true, frame(4, 5, 1300, 3));
    TAKES(&b, 0, 8, 1, 2);
    TAKES(&b, 0, 8, 3, 5);
    TAKES(&b, 0, 8, 4);
    end(&b);
}

static void test_a_freed_agenda_frees_what_waits(void **state) {
    (void)state;
    struct bench b = begin(2, 2);
    put(&b, false, frame(0, 1, 0, 0));
    put(&b, true, frame(1, 2, 1100, 0));
    end(&b); /* the sanitizer tells */
    weir_agenda_free(NULL);
}

static void test_it_ends_when_every_stream_has_and_nothing_waits(void **state) {
    (void)state;
    struct bench b = begin(2, 2);
    put(&b, false, frame(0, 1, 0, 0));
    weir_agenda_end(b.agenda, 0);
    weir_agenda_end(b.agenda, 0); /* once is enough */
    takes(&b, 0, 1, (const int64_t[]){1}, 1);
    takes(&b, WEIR_EAGAIN, 1, NULL, 0);
    weir_agenda_end(b.agenda, 1);
    takes(&b, WEIR_EEOF, 1, NULL, 0);
    end(&b);
}

/* ---- several threads ----------------------------------------------------- */

enum { EACH = 500, FILES = 2, LIVE = 2, WORKERS = 3 };

struct crowd {
    struct bench b;
    pthread_mutex_t lock;
    int64_t served, late, replaced;
};

struct feeder {
    struct crowd *crowd;
    int stream;
};

static void *feed(void *arg) {
    struct feeder *f = arg;
    const bool live = f->stream >= FILES;
    for (int64_t i = 0; i < EACH; i++) {
        struct weir_frame *replaced;
        weir_agenda_put(f->crowd->b.agenda,
                        frame(f->stream, i, live ? 1005 + i % 20 : 0, (int)i % 2), live, ten_ms,
                        &replaced);
        if (replaced) {
            pthread_mutex_lock(&f->crowd->lock);
            f->crowd->replaced++;
            pthread_mutex_unlock(&f->crowd->lock);
            weir_frame_free(replaced);
        }
    }
    weir_agenda_end(f->crowd->b.agenda, (size_t)f->stream);
    return NULL;
}

static void *serve(void *arg) {
    struct crowd *crowd = arg;
    struct weir_frame *got[4];
    size_t len;
    int rc;
    while ((rc = weir_agenda_take(crowd->b.agenda, true, got, 4, &len)) != WEIR_EEOF) {
        pthread_mutex_lock(&crowd->lock);
        *(rc == WEIR_ETIMEDOUT ? &crowd->late : &crowd->served) += (int64_t)len;
        pthread_mutex_unlock(&crowd->lock);
        if (!rc)
            weir_agenda_did(crowd->b.agenda, got[0]->deadline_ns);
        for (size_t i = 0; i < len; i++)
            weir_frame_free(got[i]);
    }
    return NULL;
}

static void test_every_frame_comes_out_once_whoever_puts_and_takes(void **state) {
    (void)state;
    struct crowd crowd = {.b = begin_with(FILES + LIVE, 4, WORKERS),
                          .lock = PTHREAD_MUTEX_INITIALIZER};
    struct feeder feeder[FILES + LIVE];
    pthread_t feeding[FILES + LIVE], serving[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&serving[i], NULL, serve, &crowd), 0);
    for (int i = 0; i < FILES + LIVE; i++) {
        feeder[i] = (struct feeder){&crowd, i};
        assert_int_equal(pthread_create(&feeding[i], NULL, feed, &feeder[i]), 0);
    }
    for (int i = 0; i < FILES + LIVE; i++)
        pthread_join(feeding[i], NULL);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(serving[i], NULL);
    assert_int_equal(crowd.served + crowd.late + crowd.replaced, EACH * (FILES + LIVE));
    assert_true(crowd.served >= EACH * FILES);
    end(&crowd.b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_earliest_deadline_is_served_first),
        cmocka_unit_test(test_of_a_live_stream_the_newest_frame_wins),
        cmocka_unit_test(test_streams_whose_frames_are_replaced_are_served_in_turn),
        cmocka_unit_test(
            test_what_cannot_be_done_in_time_comes_out_late_before_time_is_spent_on_it),
        cmocka_unit_test(test_frames_without_a_deadline_come_last_and_are_never_late),
        cmocka_unit_test(test_files_leave_a_worker_to_cameras_while_there_are_any),
        cmocka_unit_test(test_a_batch_is_of_one_setting_and_makes_nobody_late),
        cmocka_unit_test(test_a_freed_agenda_frees_what_waits),
        cmocka_unit_test(test_it_ends_when_every_stream_has_and_nothing_waits),
        cmocka_unit_test(test_every_frame_comes_out_once_whoever_puts_and_takes),
    };
    return cmocka_run_group_tests_name("agenda", tests, NULL, NULL);
}
