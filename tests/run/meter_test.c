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
        weir_meter_enter(&meter, 100);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boxes_and_times_of_results_alone_are_counted),
        cmocka_unit_test(test_the_parts_of_a_latency_add_up_to_it),
    };
    return cmocka_run_group_tests_name("meter", tests, NULL, NULL);
}
