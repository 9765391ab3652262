/* The meter: what is counted, and what is not. */
#include "support/support.h"

#include "run/meter.h"

static void leave(struct weir_meter *meter, enum weir_outcome outcome, size_t boxes) {
    struct weir_frame *frame = weir_frame_new(0);
    assert_non_null(frame);
    frame->outcome = outcome;
    for (size_t i = 0; i < boxes; i++)
        assert_int_equal(weir_boxes_add(&frame->boxes, (struct weir_box){.x1 = 1, .y1 = 1}), 0);
    frame->times = (struct weir_times){.capture = 100,
                                       .decode_begin = 110,
                                       .decode_end = 130,
                                       .prepare_begin = 140,
                                       .infer_begin = 150,
                                       .infer_end = 180,
                                       .detect_end = 190,
                                       .deliver = 200};
    weir_meter_leave(meter, frame, 200);
    weir_frame_free(frame);
}

static void test_boxes_and_times_of_results_alone_are_counted(void **state) {
    (void)state;
    struct weir_meter meter;
    weir_meter_init(&meter);
    for (int i = 0; i < 3; i++)
        weir_meter_enter(&meter, 90, 100);
    leave(&meter, WEIR_OUTCOME_DETECT, 3);
    leave(&meter, WEIR_OUTCOME_CORRUPT, 5);
    leave(&meter, WEIR_OUTCOME_REPLACED, 0);
    struct weir_counts counts = weir_meter_counts(&meter);
    assert_int_equal(counts.frames_in, 3);
    assert_int_equal(weir_counts_out(&counts), 3);
    assert_int_equal(weir_counts_results(&counts), 1);
    assert_int_equal(counts.boxes, 3);
    assert_int_equal(meter.latency.count, 1);
    weir_meter_done(&meter);
}

static void test_the_parts_of_a_latency_add_up_to_it(void **state) {
    (void)state;
    struct weir_meter meter;
    double parts = 0;
    weir_meter_init(&meter);
    leave(&meter, WEIR_OUTCOME_DETECT, 0);
    for (int i = 0; i < WEIR_PART_COUNT; i++)
        parts += weir_hist_mean(&meter.part[i]);
    assert_int_equal((int)parts, 100);
    assert_int_equal((int)weir_hist_mean(&meter.latency), 100);
    assert_int_equal((int)weir_hist_mean(&meter.overhead), 30); /* less 20 and 50 */
    assert_int_equal(weir_meter_counts(&meter).last_latency_ns, 100);
    weir_meter_done(&meter);
}

/* ---- age ----------------------------------------------------------------- */

static void deliver(struct weir_meter *meter, int64_t capture, int64_t at,
                    enum weir_outcome outcome) {
    struct weir_frame *frame = weir_frame_new(0);
    assert_non_null(frame);
    frame->outcome = outcome;
    frame->times.capture = capture;
    frame->times.deliver = at;
    frame->deadline_ns = capture + 50;
    weir_meter_leave(meter, frame, at);
    weir_frame_free(frame);
}

/* Due at 100, 200, 300 and 400. */
static void begin_ages(struct weir_meter *meter) {
    weir_meter_init(meter);
    assert_int_equal(weir_meter_measure_age(meter), 0);
    for (int64_t due = 100; due <= 400; due += 100)
        weir_meter_enter(meter, due, due);
}

static void test_a_drop_ages_until_a_later_result_is_there(void **state) {
    (void)state;
    struct weir_meter meter;
    begin_ages(&meter);
    deliver(&meter, 100, 130, WEIR_OUTCOME_DETECT); /* 30 */
    deliver(&meter, 200, 210, WEIR_OUTCOME_LATE);
    deliver(&meter, 300, 301, WEIR_OUTCOME_TRACK); /* carried boxes make nothing younger */
    assert_int_equal(meter.age.count, 1);
    deliver(&meter, 400, 460, WEIR_OUTCOME_DETECT); /* 260, 160, 60 */
    assert_int_equal(meter.age.count, 4);
    assert_int_equal((int)meter.age.sum, 30 + 260 + 160 + 60);
    assert_int_equal(meter.age.max, 260);
    assert_int_equal(weir_meter_counts(&meter).on_time, 1);
    weir_meter_end(&meter, 50);
    assert_int_equal(meter.age.count, 4);
    weir_meter_done(&meter);
}

static void test_what_never_comes_ages_until_the_end_and_its_deadline(void **state) {
    (void)state;
    struct weir_meter meter;
    begin_ages(&meter);
    deliver(&meter, 100, 500, WEIR_OUTCOME_LATE);
    deliver(&meter, 200, 501, WEIR_OUTCOME_LATE);
    deliver(&meter, 300, 502, WEIR_OUTCOME_LATE);
    deliver(&meter, 400, 600, WEIR_OUTCOME_LATE);
    assert_int_equal(meter.age.count, 0);
    weir_meter_end(&meter, 50);
    assert_int_equal(meter.age.count, 4);
    assert_int_equal((int)meter.age.sum, 4 * 650 - 1000);
    assert_int_equal(weir_meter_counts(&meter).on_time, 0);
    weir_meter_done(&meter);
}

static void test_ages_are_kept_of_so_many_frames_and_no_more(void **state) {
    (void)state;
    struct weir_meter meter;
    weir_meter_init(&meter);
    assert_int_equal(weir_meter_measure_age(&meter), 0);
    for (int64_t i = 0; i < WEIR_METER_DUE_MAX + 10; i++)
        weir_meter_enter(&meter, i, i);
    assert_int_equal(meter.age.count, 10);
    assert_int_equal(meter.age.max, WEIR_METER_DUE_MAX);
    deliver(&meter, WEIR_METER_DUE_MAX + 9, WEIR_METER_DUE_MAX + 9, WEIR_OUTCOME_DETECT);
    assert_int_equal(meter.age.count, WEIR_METER_DUE_MAX + 10);
    weir_meter_done(&meter);
}

static void test_nobody_asks_for_ages_where_there_is_no_deadline(void **state) {
    (void)state;
    struct weir_meter meter;
    weir_meter_init(&meter);
    weir_meter_enter(&meter, 100, 100);
    leave(&meter, WEIR_OUTCOME_DETECT, 0);
    weir_meter_end(&meter, 0);
    assert_int_equal(meter.age.count, 0);
    assert_int_equal(weir_meter_counts(&meter).on_time, 0);
    weir_meter_done(&meter);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boxes_and_times_of_results_alone_are_counted),
        cmocka_unit_test(test_the_parts_of_a_latency_add_up_to_it),
        cmocka_unit_test(test_a_drop_ages_until_a_later_result_is_there),
        cmocka_unit_test(test_what_never_comes_ages_until_the_end_and_its_deadline),
        cmocka_unit_test(test_ages_are_kept_of_so_many_frames_and_no_more),
        cmocka_unit_test(test_nobody_asks_for_ages_where_there_is_no_deadline),
    };
    return cmocka_run_group_tests_name("meter", tests, NULL, NULL);
}
