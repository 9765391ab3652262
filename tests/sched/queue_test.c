/* What a service does next. Times are plain numbers: nothing here has a clock. */
#include "sched/sched.h"

#include <string.h>

#include "support/support.h"

struct fixture {
    struct weir_service_queue queue;
    struct weir_job batch[WEIR_BATCH_MAX];
    size_t len;
};

static struct fixture *fresh(void **state, size_t limit) {
    static struct fixture f;
    assert_int_equal(weir_service_queue_init(&f.queue, limit), 0);
    *state = &f;
    return &f;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    weir_service_queue_done(&f->queue);
    return 0;
}

static void push(struct fixture *f, uint64_t id, int64_t deadline, int kind, int64_t each) {
    struct weir_job job = {.id = id, .deadline_ns = deadline, .kind = kind, .each_ns = each};
    assert_int_equal(weir_service_queue_push(&f->queue, &job), 0);
}

/* What comes next, as text: "run 1 2", "drop 3", "idle". */
static void comes(struct fixture *f, int64_t now, size_t most, const char *expected) {
    static const char *const names[] = {"idle", "drop", "run"};
    char text[256];
    int at = snprintf(text, sizeof text, "%s",
                      names[weir_service_queue_next(&f->queue, now, most, f->batch, &f->len)]);
    for (size_t i = 0; i < f->len; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, " %d", (int)f->batch[i].id);
    assert_string_equal(text, expected);
}

static void test_the_earliest_deadline_goes_first(void **state) {
    struct fixture *f = fresh(state, 8);
    push(f, 1, 300, 0, 10);
    push(f, 2, 100, 0, 10);
    push(f, 3, 200, 0, 10);
    push(f, 4, WEIR_FOREVER, 0, 10);
    comes(f, 0, 1, "run 2");
    comes(f, 0, 1, "run 3");
    push(f, 5, 250, 0, 10);
    comes(f, 0, 1, "run 5");
    comes(f, 0, 1, "run 1");
    comes(f, 0, 1, "run 4");
    comes(f, 0, 1, "idle");
}

static void test_a_job_that_took_over_a_place_has_its_turn_and_its_own_deadline(void **state) {
    struct fixture *f = fresh(state, 8);
    const struct weir_job heir = {.id = 1, .deadline_ns = 300, .turn_ns = 90, .each_ns = 10};
    push(f, 2, 100, 0, 10);
    assert_int_equal(weir_service_queue_push(&f->queue, &heir), 0);
    push(f, 3, 95, 0, 10);
    comes(f, 86, 1, "run 1"); /* by a deadline of 90 it would be late */
    comes(f, 86, 1, "drop 3");
    comes(f, 86, 1, "run 2");
}

/* What took over a turn is first, but the next one's deadline is the earlier. */
static void test_a_batch_makes_none_of_its_jobs_late(void **state) {
    struct fixture *f = fresh(state, 8);
    const struct weir_job heir = {
        .id = 1, .deadline_ns = 200, .turn_ns = 10, .fixed_ns = 10, .each_ns = 15};
    const struct weir_job urgent = {.id = 2, .deadline_ns = 40, .fixed_ns = 10, .each_ns = 15};
    assert_int_equal(weir_service_queue_push(&f->queue, &heir), 0);
    assert_int_equal(weir_service_queue_push(&f->queue, &urgent), 0);
    comes(f, 8, 4, "run 1"); /* both together would end at 48 */
    comes(f, 8, 4, "run 2");
}

static void test_of_equal_deadlines_the_first_to_come_goes_first(void **state) {
    struct fixture *f = fresh(state, 64);
    for (int i = 0; i < 40; i++)
        push(f, (uint64_t)i, 500, 0, 1);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(weir_service_queue_next(&f->queue, 0, 1, f->batch, &f->len),
                         WEIR_SERVICE_RUN);
        assert_int_equal(f->batch[0].id, i);
    }
}

static void test_a_late_job_is_dropped_before_time_is_spent_on_it(void **state) {
    struct fixture *f = fresh(state, 8);
    push(f, 1, 100, 0, 10);
    push(f, 2, 120, 0, 10);
    comes(f, 91, 1, "drop 1"); /* it would be done at 101 */
    comes(f, 91, 1, "run 2");
    push(f, 3, 100, 0, 10);
    comes(f, 90, 1, "run 3"); /* at 100: just in time */
}

static void test_a_batch_holds_one_kind(void **state) {
    struct fixture *f = fresh(state, 8);
    push(f, 1, 1000, 7, 10);
    push(f, 2, 1001, 8, 10);
    push(f, 3, 1002, 7, 10);
    push(f, 4, 1003, 8, 10);
    comes(f, 0, 4, "run 1 3");
    comes(f, 20, 4, "run 2 4");
    comes(f, 40, 4, "idle");
}

static void test_a_batch_is_no_longer_than_allowed(void **state) {
    struct fixture *f = fresh(state, 80);
    for (int i = 1; i <= 70; i++)
        push(f, (uint64_t)i, 100000, 0, 10);
    comes(f, 0, 3, "run 1 2 3");
    assert_int_equal(weir_service_queue_next(&f->queue, 0, WEIR_BATCH_MAX, f->batch, &f->len),
                     WEIR_SERVICE_RUN);
    assert_int_equal(f->len, WEIR_BATCH_MAX);
}

static void test_a_batch_ends_where_its_first_job_would_be_late(void **state) {
    struct fixture *f = fresh(state, 8);
    push(f, 1, 30, 0, 10);
    push(f, 2, 1000, 0, 10);
    push(f, 3, 1000, 0, 10);
    push(f, 4, 1000, 0, 10);
    comes(f, 0, 8, "run 1 2 3"); /* 40 would be too late for 1 */
    comes(f, 30, 8, "run 4");
}

static void test_a_batch_does_not_make_a_more_urgent_job_late(void **state) {
    struct fixture *f = fresh(state, 8);
    push(f, 1, 100, 0, 10);
    push(f, 2, 105, 1, 10);
    push(f, 3, 200, 0, 10);
    comes(f, 80, 8, "run 1"); /* with 3 in it, 2 would be done at 110 */
    comes(f, 90, 8, "run 2");
    comes(f, 100, 8, "run 3");
    push(f, 4, 100, 0, 10);
    push(f, 5, 85, 1, 10); /* late anyway: it stops nobody */
    push(f, 6, 200, 0, 10);
    comes(f, 76, 8, "drop 5");
    comes(f, 76, 8, "run 4 6");
}

static void test_what_a_batch_costs_counts_its_fixed_part_once(void **state) {
    struct fixture *f = fresh(state, 8);
    for (int i = 1; i <= 6; i++)
        assert_int_equal(weir_service_queue_push(&f->queue, &(struct weir_job){.id = (uint64_t)i,
                                                                               .deadline_ns = 50,
                                                                               .fixed_ns = 30,
                                                                               .each_ns = 5}),
                         0);
    assert_int_equal(weir_service_queue_work_ns(&f->queue, 1), 6 * 35);
    assert_int_equal(weir_service_queue_work_ns(&f->queue, 3), 6 * 15);
    assert_int_equal(weir_service_queue_work_ns(&f->queue, 64), 6 * 10);
    comes(f, 0, 8, "run 1 2 3 4");
    comes(f, 20, 8, "drop 5");
}

static void test_a_full_queue_takes_nothing(void **state) {
    struct fixture *f = fresh(state, 2);
    push(f, 1, 100, 0, 10);
    push(f, 2, 90, 0, 10);
    assert_int_equal(weir_service_queue_push(&f->queue, &(struct weir_job){.id = 3}), WEIR_EAGAIN);
    comes(f, 0, 1, "run 2");
    push(f, 4, 80, 0, 10);
    comes(f, 0, 1, "run 4");
}

static void test_a_cancelled_job_is_gone(void **state) {
    struct fixture *f = fresh(state, 16);
    struct weir_job job = {.id = 77};
    for (int i = 1; i <= 9; i++)
        push(f, (uint64_t)i, 1000 - 7 * i % 31, 0, 10);
    assert_int_equal(weir_service_queue_cancel(&f->queue, 5, &job), 0);
    assert_int_equal(job.id, 5);
    assert_int_equal(weir_service_queue_cancel(&f->queue, 5, &job), WEIR_ENOENT);
    int64_t last = 0;
    for (int i = 0; i < 8; i++) {
        weir_service_queue_next(&f->queue, 0, 1, f->batch, &f->len);
        assert_true(f->batch[0].deadline_ns >= last && f->batch[0].id != 5);
        last = f->batch[0].deadline_ns;
    }
    comes(f, 0, 1, "idle");
}

static void test_every_job_leaves_once(void **state) {
    struct fixture *f = fresh(state, 50);
    unsigned char out[2000] = {0};
    uint64_t seed = 3, in = 0, left = 0;
    for (int64_t now = 0; left < sizeof out; now += 3) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        for (int i = 0; i < (int)(seed >> 62) && in < sizeof out; i++) {
            struct weir_job job = {.id = in,
                                   .deadline_ns = now + (int64_t)(seed >> 40 & 127),
                                   .kind = (int)(seed >> 50 & 3),
                                   .fixed_ns = 2,
                                   .each_ns = 1 + (int)(seed >> 55 & 3)};
            in += !weir_service_queue_push(&f->queue, &job);
        }
        weir_service_queue_next(&f->queue, now, 4, f->batch, &f->len);
        for (size_t i = 0; i < f->len; i++) {
            assert_int_equal(f->batch[i].kind, f->batch[0].kind);
            assert_int_equal(out[f->batch[i].id]++, 0);
            left++;
        }
    }
}

static void test_a_queue_without_room_is_refused(void **state) {
    struct fixture *f = fresh(state, 1);
    struct weir_service_queue other;
    assert_int_equal(weir_service_queue_init(&other, 0), WEIR_EINVAL);
    comes(f, 0, 1, "idle");
}

int main(void) {
#define T(name) cmocka_unit_test_teardown(name, teardown)
    const struct CMUnitTest tests[] = {
        T(test_the_earliest_deadline_goes_first),
        T(test_a_job_that_took_over_a_place_has_its_turn_and_its_own_deadline),
        T(test_a_batch_makes_none_of_its_jobs_late),
        T(test_of_equal_deadlines_the_first_to_come_goes_first),
        T(test_a_late_job_is_dropped_before_time_is_spent_on_it),
        T(test_a_batch_holds_one_kind),
        T(test_a_batch_is_no_longer_than_allowed),
        T(test_a_batch_ends_where_its_first_job_would_be_late),
        T(test_a_batch_does_not_make_a_more_urgent_job_late),
        T(test_what_a_batch_costs_counts_its_fixed_part_once),
        T(test_a_full_queue_takes_nothing),
        T(test_a_cancelled_job_is_gone),
        T(test_every_job_leaves_once),
        T(test_a_queue_without_room_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
