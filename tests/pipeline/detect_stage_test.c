/* The detect stage: what comes out, in which order, and what a failure takes with it. */
#include "support/support.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/detect_graphs.h"
#include "pipeline/detect_support.h"

enum { SIDE = 64, CELLS = 84, START_NS = 1000 };

struct world {
    char *dir;
    struct weir_workflow *wf;
    struct weir_clock *clock;
    struct weir_model *model;
    struct weir_stage *stage;
    int64_t seq;
};

static int setup(void **state) {
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->dir = test_scratch();
    w->wf = test_settings();
    w->clock = weir_clock_manual_new(START_NS);
    *state = w;
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;
    weir_stage_free(w->stage);
    weir_model_unref(&w->model);
    weir_clock_free(w->clock);
    test_scratch_remove(w->dir);
    test_settings_done(w->wf);
    free(w);
    return 0;
}

/* A YOLOv8 of one class, one box (20,5)-(40,35), score = mean of the red channel. */
static void write_model(const char *path, int64_t batch) {
    static float base[5 * CELLS], gain[5 * CELLS];
    static const float box[] = {30, 20, 20, 30};
    for (int i = 0; i < 4; i++)
        base[i * CELLS + 9] = box[i];
    gain[4 * CELLS + 9] = 1;
    struct tiny t = {.batch = batch,
                     .height = SIDE,
                     .width = SIDE,
                     .rank = 3,
                     .dim = {1, 5, CELLS},
                     .base = base,
                     .gain = gain};
    tiny_write(&t, path);
}

static struct weir_stage *stage_new(struct world *w) {
    struct weir_stage_conf conf = {
        .workflow = w->wf, .stream = -1, .sink = -1, .clock = w->clock, .model = w->model};
    struct weir_stage *stage = NULL;
    struct weir_error err = {0};
    if (weir_stage_detect.open(&conf, &stage, &err))
        fail_msg("%s", err.text);
    return stage;
}

static void open_stage(struct world *w, const char *path, int batch) {
    w->wf->set.detect.batch = batch;
    w->wf->set.detect.conf = 0.1;
    w->model = test_model(path, &w->wf->set);
    w->stage = stage_new(w);
}

static struct weir_frame *frame_of(struct world *w, uint8_t level) {
    struct weir_frame *frame = weir_frame_new(0);
    assert_non_null(frame);
    frame->seq = w->seq++;
    frame->image = test_flat(SIDE, SIDE, level);
    return frame;
}

static void push(struct world *w, struct weir_frame *frame) {
    assert_int_equal(w->stage->ops->push(w->stage, frame, NULL), 0);
}

static struct weir_frame *pull(struct world *w) {
    struct weir_frame *frame = NULL;
    assert_int_equal(w->stage->ops->pull(w->stage, &frame, NULL), 0);
    assert_non_null(frame);
    return frame;
}

static void score_is(const struct weir_frame *frame, int level) {
    assert_int_equal(frame->outcome, WEIR_OUTCOME_DETECT);
    assert_int_equal(frame->boxes.len, 1);
    assert_true(fabsf(frame->boxes.data[0].score - (float)level / 255) < 0.003f);
}

static void test_a_frame_comes_out_with_boxes_times_and_its_picture(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_model(path, 1);
    open_stage(w, path, 1);
    push(w, frame_of(w, 200));
    struct weir_frame *frame = pull(w);
    score_is(frame, 200);
    assert_non_null(frame->image);
    assert_int_equal(frame->times.prepare_begin, START_NS);
    assert_int_equal(frame->times.infer_begin, START_NS);
    assert_int_equal(frame->times.infer_end, START_NS);
    assert_int_equal(frame->times.detect_end, START_NS);
    weir_frame_free(frame);
}

static void test_an_empty_stage_asks_for_frames_and_ends_when_drained(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    struct weir_frame *frame = NULL;
    write_model(path, 1);
    open_stage(w, path, 1);
    assert_int_equal(w->stage->ops->pull(w->stage, &frame, NULL), WEIR_EAGAIN);
    push(w, frame_of(w, 100));
    assert_int_equal(w->stage->ops->drain(w->stage, NULL), 0);
    weir_frame_free(pull(w));
    assert_int_equal(w->stage->ops->pull(w->stage, &frame, NULL), WEIR_EEOF);
    frame = frame_of(w, 100);
    assert_int_equal(w->stage->ops->push(w->stage, frame, NULL), WEIR_EINVAL);
    weir_frame_free(frame);
}

static void test_a_full_stage_is_pulled_first(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_model(path, -1);
    open_stage(w, path, 2);
    push(w, frame_of(w, 50));
    push(w, frame_of(w, 100));
    struct weir_frame *third = frame_of(w, 150);
    assert_int_equal(w->stage->ops->push(w->stage, third, NULL), WEIR_EAGAIN);
    weir_frame_free(pull(w));
    assert_int_equal(w->stage->ops->push(w->stage, third, NULL), WEIR_EAGAIN);
    weir_frame_free(pull(w));
    push(w, third);
    weir_frame_free(pull(w));
}

static void test_a_batch_keeps_order_and_gives_each_frame_its_own_boxes(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_model(path, -1);
    open_stage(w, path, 3);
    for (int n = 1; n <= 3; n++) { /* full and part-filled batches */
        for (int i = 0; i < n; i++)
            push(w, frame_of(w, (uint8_t)(60 * (i + 1))));
        for (int i = 0; i < n; i++) {
            struct weir_frame *frame = pull(w);
            score_is(frame, 60 * (i + 1));
            assert_int_equal(frame->seq, w->seq - n + i);
            weir_frame_free(frame);
        }
    }
}

static void test_a_fixed_batch_is_run_part_filled(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_model(path, 4);
    open_stage(w, path, 1);
    assert_int_equal(weir_model_batch(w->model), 4);
    push(w, frame_of(w, 80));
    push(w, frame_of(w, 160));
    struct weir_frame *a = pull(w), *b = pull(w);
    score_is(a, 80);
    score_is(b, 160);
    weir_frame_free(a);
    weir_frame_free(b);
}

static void test_a_frame_with_an_outcome_passes_through_untouched(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_model(path, -1);
    open_stage(w, path, 3);
    struct weir_frame *dropped = weir_frame_new(0);
    dropped->outcome = WEIR_OUTCOME_REPLACED;
    push(w, frame_of(w, 90));
    push(w, dropped);
    push(w, frame_of(w, 180));
    struct weir_frame *a = pull(w), *b = pull(w), *c = pull(w);
    score_is(a, 90);
    assert_ptr_equal(b, dropped);
    assert_int_equal(b->outcome, WEIR_OUTCOME_REPLACED);
    assert_int_equal(b->times.prepare_begin, 0);
    score_is(c, 180);
    weir_frame_free(a);
    weir_frame_free(b);
    weir_frame_free(c);
}

static void test_a_frame_without_a_picture_stays_with_its_owner(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_model(path, 1);
    open_stage(w, path, 1);
    struct weir_frame *frame = weir_frame_new(0);
    struct weir_error err = {0};
    assert_int_equal(w->stage->ops->push(w->stage, frame, &err), WEIR_EINVAL);
    test_error_says(&err, "no picture");
    weir_frame_free(frame);
    push(w, frame_of(w, 90)); /* and the stage goes on */
    weir_frame_free(pull(w));
}

static void test_a_failed_inference_leaves_corrupt_and_the_stage_goes_on(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    tiny_picky_write(path);
    open_stage(w, path, 1);
    struct weir_error err = {0};
    struct weir_frame *frame = NULL;
    push(w, frame_of(w, 255));
    assert_int_equal(w->stage->ops->pull(w->stage, &frame, &err), 0);
    assert_int_equal(frame->outcome, WEIR_OUTCOME_CORRUPT);
    assert_int_equal(frame->boxes.len, 0);
    test_error_says(&err, "m.onnx");
    weir_frame_free(frame);
    push(w, frame_of(w, 10));
    frame = pull(w);
    assert_int_equal(frame->outcome, WEIR_OUTCOME_DETECT);
    assert_int_equal(frame->boxes.len, 1);
    weir_frame_free(frame);
}

static void test_one_bad_frame_takes_no_other_of_its_batch_with_it(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    tiny_picky_write(path);
    open_stage(w, path, 3);
    push(w, frame_of(w, 10));
    push(w, frame_of(w, 255));
    push(w, frame_of(w, 20));
    for (int i = 0; i < 3; i++) {
        struct weir_frame *frame = pull(w);
        assert_int_equal(frame->seq, i);
        assert_int_equal(frame->outcome, i == 1 ? WEIR_OUTCOME_CORRUPT : WEIR_OUTCOME_DETECT);
        assert_int_equal(frame->boxes.len, i != 1);
        weir_frame_free(frame);
    }
}

static void test_frames_inside_are_freed_with_the_stage(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_model(path, -1);
    open_stage(w, path, 3);
    push(w, frame_of(w, 10));
    push(w, frame_of(w, 20));
    weir_frame_free(pull(w)); /* one is done, none waits; the sanitizers see the rest */
    weir_stage_free(w->stage);
    w->stage = stage_new(w);
    push(w, frame_of(w, 30));
}

static void test_a_stage_without_a_model_is_refused(void **state) {
    struct world *w = *state;
    struct weir_stage_conf conf = {.workflow = w->wf, .clock = w->clock};
    struct weir_stage *stage = NULL;
    struct weir_error err = {0};
    assert_int_equal(weir_stage_detect.open(&conf, &stage, &err), WEIR_EINVAL);
    assert_null(stage);
    test_error_says(&err, "model");
}

static void test_the_stage_lists_its_heads(void **state) {
    const char *name, *about;
    assert_true(weir_stage_detect.kind(0, &name, &about));
    assert_string_equal(name, "yolox");
    assert_false(weir_stage_detect.kind(99, &name, &about));
}

struct job {
    struct world *w;
    struct weir_stage *stage;
    int level, found;
};

static void *work(void *arg) {
    struct job *job = arg;
    for (int i = 0; i < 50; i++) {
        struct weir_frame *frame = weir_frame_new(0);
        frame->image = test_flat(SIDE, SIDE, (uint8_t)job->level);
        if (job->stage->ops->push(job->stage, frame, NULL) ||
            job->stage->ops->pull(job->stage, &frame, NULL))
            return NULL;
        float want = (float)job->level / 255;
        job->found += frame->boxes.len == 1 && fabsf(frame->boxes.data[0].score - want) < 0.003f;
        weir_frame_free(frame);
    }
    return NULL;
}

static void test_many_workers_share_one_model(void **state) {
    enum { WORKERS = 4 };
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_model(path, 1);
    w->wf->set.detect.conf = 0.1;
    w->wf->set.detect.threads = w->wf->set.detect.workers = WORKERS;
    w->model = test_model(path, &w->wf->set);
    struct job job[WORKERS];
    pthread_t thread[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        job[i] = (struct job){.w = w, .stage = stage_new(w), .level = 50 * (i + 1)};
        assert_int_equal(pthread_create(&thread[i], NULL, work, &job[i]), 0);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(job[i].found, 50);
        weir_stage_free(job[i].stage);
    }
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_a_frame_comes_out_with_boxes_times_and_its_picture),
        T(test_an_empty_stage_asks_for_frames_and_ends_when_drained),
        T(test_a_full_stage_is_pulled_first),
        T(test_a_batch_keeps_order_and_gives_each_frame_its_own_boxes),
        T(test_a_fixed_batch_is_run_part_filled),
        T(test_a_frame_with_an_outcome_passes_through_untouched),
        T(test_a_frame_without_a_picture_stays_with_its_owner),
        T(test_a_failed_inference_leaves_corrupt_and_the_stage_goes_on),
        T(test_one_bad_frame_takes_no_other_of_its_batch_with_it),
        T(test_frames_inside_are_freed_with_the_stage),
        T(test_a_stage_without_a_model_is_refused),
        T(test_the_stage_lists_its_heads),
        T(test_many_workers_share_one_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
