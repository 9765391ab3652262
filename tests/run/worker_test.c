/* A worker by itself, between an inbox and a lane. */
#include "support/support.h"

#include "run/worker.h"

struct bench {
    struct weir_workflow wf;
    const char *model;
    struct weir_run_conf conf;
    struct weir_shared shared;
    struct weir_stream stream;
    struct weir_worker worker;
};

static void set_up(struct bench *b) {
    struct weir_error err = {0};
    *b = (struct bench){0};
    b->model = test_data("models/yolox_nano_dyn.onnx");
    assert_int_equal(weir_workflow_init(&b->wf), 0);
    assert_int_equal(weir_option_set(weir_option_by_key("detect.size"), &b->wf.set, "64", &err), 0);
    assert_int_equal(weir_workflow_add_stream(&b->wf, "a", "a.mp4", false, &err), 0);
    b->conf = (struct weir_run_conf){.workflow = &b->wf, .model_path = &b->model};
    b->shared.conf = &b->conf;
    b->shared.clock = weir_clock_monotonic_new();
    weir_stop_init(&b->shared.stop, b->shared.clock);
    assert_int_equal(
        weir_option_set(weir_option_by_key("detect.models"), &b->wf.set, b->model, &err), 0);
    if (weir_run_models_open(&b->shared.models, &b->wf, b->conf.model_path, false, &err))
        fail_msg("%s", err.text);
    b->shared.timing = weir_timing_new(&b->conf);
    b->shared.inbox = weir_inbox_new(1, 4);
    assert_int_equal(weir_stream_init(&b->stream, &b->shared, 0), 0);
    assert_int_equal(weir_worker_init(&b->worker, &b->shared, &b->stream, 0, 1, false, &err), 0);
}

static void tear_down(struct bench *b) {
    weir_worker_join(&b->worker);
    weir_worker_done(&b->worker);
    weir_stream_done(&b->stream);
    weir_inbox_free(b->shared.inbox);
    weir_timing_free(b->shared.timing);
    weir_run_models_done(&b->shared.models);
    weir_clock_free(b->shared.clock);
    weir_workflow_done(&b->wf);
}

/* Two frames wait, without a picture; what becomes of them? */
static void expect(struct bench *b, enum weir_outcome outcome) {
    struct weir_error err = {0};
    for (int64_t seq = 0; seq < 2; seq++) {
        struct weir_frame *frame = weir_frame_new(0), *replaced;
        assert_non_null(frame);
        frame->seq = seq;
        weir_lane_enter(b->stream.lane, 2, WEIR_FOREVER);
        weir_inbox_put(b->shared.inbox, frame, false, &replaced);
        assert_null(replaced);
    }
    weir_inbox_end(b->shared.inbox, 0);
    weir_lane_close(b->stream.lane);
    assert_int_equal(weir_worker_start(&b->worker, &err), 0);
    struct weir_frame *frame;
    int64_t n = 0;
    while (weir_lane_next(b->stream.lane, &frame) == 0) {
        assert_int_equal(frame->seq, n++);
        assert_int_equal(frame->outcome, outcome);
        weir_frame_free(frame);
        weir_lane_leave(b->stream.lane);
    }
    assert_int_equal(n, 2);
}

static void test_what_still_waits_after_a_stop_leaves_as_stopped(void **state) {
    (void)state;
    struct bench b;
    set_up(&b);
    weir_stop_request(&b.shared.stop);
    expect(&b, WEIR_OUTCOME_STOPPED);
    assert_int_equal(b.stream.failure.code, 0);
    tear_down(&b);
}

static void test_a_frame_that_the_detector_refuses_goes_on_as_corrupt(void **state) {
    (void)state;
    struct bench b;
    set_up(&b);
    expect(&b, WEIR_OUTCOME_CORRUPT);
    weir_worker_join(&b.worker);
    test_error_says(&b.stream.failure, "no picture");
    tear_down(&b);
}

static void test_a_frame_whose_deadline_is_gone_is_not_looked_at(void **state) {
    (void)state;
    struct bench b;
    struct weir_error err = {0};
    struct weir_frame *frame = weir_frame_new(0), *replaced, *out;
    set_up(&b);
    frame->seq = 0;
    frame->image = weir_image_alloc(WEIR_PIXEL_GRAY, 64, 64);
    frame->deadline_ns = weir_clock_now(b.shared.clock) - 1;
    weir_lane_enter(b.stream.lane, 2, frame->deadline_ns);
    weir_inbox_put(b.shared.inbox, frame, true, &replaced);
    weir_inbox_end(b.shared.inbox, 0);
    weir_lane_close(b.stream.lane);
    assert_int_equal(weir_worker_start(&b.worker, &err), 0);
    assert_int_equal(weir_lane_next(b.stream.lane, &out), 0);
    assert_int_equal(out->outcome, WEIR_OUTCOME_LATE);
    assert_int_equal(out->times.prepare_begin, 0);
    assert_null(out->image);
    weir_frame_free(out);
    weir_lane_leave(b.stream.lane);
    tear_down(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_still_waits_after_a_stop_leaves_as_stopped),
        cmocka_unit_test(test_a_frame_that_the_detector_refuses_goes_on_as_corrupt),
        cmocka_unit_test(test_a_frame_whose_deadline_is_gone_is_not_looked_at),
    };
    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
