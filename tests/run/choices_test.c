/* The run's side of choosing: what detecting is believed to take, and what there is to choose. */
#include "support/support.h"

#include <stdlib.h>

#include "run/choices.h"

enum { MS = 1000000 };

struct bench {
    struct weir_workflow wf;
    const char *path[1];
    struct weir_run_models models;
    struct weir_costs costs;
    struct weir_clock *clock;
    struct weir_choices *choices;
};

static void set(struct bench *b, const char *key, const char *value) {
    struct weir_error err = {0};
    if (weir_option_set(weir_option_by_key(key), &b->wf.set, value, &err))
        fail_msg("%s", err.text);
}

/* One stream, one model, widths 320 and 160; the profile says that these take 10 and 4 ms. */
static struct weir_costs_infer profile[] = {{"street_n", 160, 96, 1, 4, 4, 0},
                                            {"street_n", 320, 192, 1, 10, 10, 0},
                                            {"street_n", 160, 96, 4, 10, 10, 0},
                                            {"street_n", 320, 192, 4, 25, 25, 0}};

static void begin(struct bench *b, bool profiled, const char *batch) {
    struct weir_error err = {0};
    *b = (struct bench){.path = {test_source("models/street_n.onnx")}};
    assert_int_equal(weir_workflow_init(&b->wf), 0);
    set(b, "detect.models", b->path[0]);
    set(b, "detect.widths", "160,320");
    set(b, "detect.batch", batch);
    set(b, "slo.deadline_ms", "100");
    set(b, "strategy", "static");
    if (weir_workflow_add_stream(&b->wf, "a", "a.mp4", true, &err) ||
        weir_run_models_open(&b->models, &b->wf, b->path, true, &err))
        fail_msg("%s", err.text);
    if (profiled)
        b->costs = (struct weir_costs){.infer = profile, .infers = 4};
    weir_costs_sort(&b->costs);
    b->clock = weir_clock_manual_new(0);
    const struct weir_choices_conf conf = {.workflow = &b->wf,
                                           .ops = &weir_chooser_static,
                                           .options = "",
                                           .models = &b->models,
                                           .model_path = b->path,
                                           .costs = &b->costs,
                                           .clock = b->clock};
    if (weir_choices_new(&conf, &b->choices, &err))
        fail_msg("%s", err.text);
}

static void end(struct bench *b) {
    weir_choices_free(b->choices);
    weir_run_models_done(&b->models);
    weir_clock_free(b->clock);
    weir_workflow_done(&b->wf);
}

/* A frame with its choice; its setting is the wider one. */
static struct weir_frame *chosen(struct bench *b) {
    struct weir_frame *frame = weir_frame_new(0);
    struct weir_error err = {0};
    assert_non_null(frame);
    frame->seq = 0;
    frame->image = weir_image_alloc(WEIR_PIXEL_I420, 320, 180);
    if (weir_choices_choose(b->choices, frame, true, &err))
        fail_msg("%s", err.text);
    assert_int_equal(frame->way->width, 320);
    return frame;
}

static void tell(struct bench *b, struct weir_frame *frame, enum weir_outcome outcome, int batch,
                 int64_t infer_ms) {
    frame->outcome = outcome;
    weir_choices_told(b->choices, frame,
                      (struct weir_choose_told){.batch = batch, .infer_ns = infer_ms * MS});
}

static double each_ms(struct bench *b, int setting) {
    return (double)weir_choices_cost(b->choices, setting).each_ns / MS;
}

/* The narrower setting of the two. */
static int other(const struct weir_frame *frame) {
    return 1 - frame->setting;
}

static void test_what_it_takes_begins_with_the_profile_and_follows_what_is_measured(void **state) {
    (void)state;
    struct bench b;
    begin(&b, true, "1");
    struct weir_frame *frame = chosen(&b);
    assert_int_equal(weir_choices_settings(b.choices), 2);
    assert_float_equal(each_ms(&b, frame->setting), 10, 1e-6);
    assert_float_equal(each_ms(&b, other(frame)), 4, 1e-6);
    tell(&b, frame, WEIR_OUTCOME_DETECT, 1, 20);
    assert_float_equal(each_ms(&b, frame->setting), 20, 1e-6);
    assert_float_equal(each_ms(&b, other(frame)), 8, 1e-6); /* the machine is busy for all */
    tell(&b, frame, WEIR_OUTCOME_DETECT, 1, 28);
    assert_float_equal(each_ms(&b, frame->setting), 21, 1e-6); /* an eighth of the way */
    weir_frame_free(frame);
    end(&b);
}

static void test_with_each_late_frame_it_is_believed_less_until_one_is_tried(void **state) {
    (void)state;
    struct bench b;
    begin(&b, true, "1");
    struct weir_frame *frame = chosen(&b);
    tell(&b, frame, WEIR_OUTCOME_DETECT, 1, 500);
    assert_true(each_ms(&b, frame->setting) > 400);
    for (int i = 0; i < 20; i++)
        tell(&b, frame, WEIR_OUTCOME_LATE, 0, 0);
    assert_true(each_ms(&b, frame->setting) < 50);
    for (int i = 0; i < 100; i++)
        tell(&b, frame, WEIR_OUTCOME_LATE, 0, 0);
    assert_float_equal(each_ms(&b, frame->setting), 10, 0.01); /* and no less than the profile */
    tell(&b, frame, WEIR_OUTCOME_DETECT, 1, 5);
    const double fast = each_ms(&b, frame->setting);
    assert_true(fast < 10);
    tell(&b, frame, WEIR_OUTCOME_LATE, 0, 0);
    assert_float_equal(each_ms(&b, frame->setting), fast, 1e-6);
    weir_frame_free(frame);
    end(&b);
}

static void test_without_a_profile_nothing_is_known_before_it_is_measured(void **state) {
    (void)state;
    struct bench b;
    begin(&b, false, "1");
    struct weir_frame *frame = chosen(&b);
    assert_float_equal(each_ms(&b, frame->setting), 0, 1e-9);
    tell(&b, frame, WEIR_OUTCOME_DETECT, 1, 20);
    assert_float_equal(each_ms(&b, frame->setting), 20, 1e-6);
    assert_float_equal(each_ms(&b, other(frame)), 0, 1e-9);
    for (int i = 0; i < 100; i++)
        tell(&b, frame, WEIR_OUTCOME_LATE, 0, 0);
    assert_true(each_ms(&b, frame->setting) < 0.1);
    weir_frame_free(frame);
    end(&b);
}

static void test_a_batch_costs_what_the_profile_says_of_batches(void **state) {
    (void)state;
    struct bench b;
    begin(&b, true, "4");
    struct weir_frame *frame = chosen(&b);
    struct weir_agenda_cost cost = weir_choices_cost(b.choices, frame->setting);
    assert_int_equal(cost.fixed_ns, 5 * MS); /* 10 for one, 25 for four */
    assert_int_equal(cost.each_ns, 5 * MS);
    for (int i = 0; i < 4; i++)
        tell(&b, frame, WEIR_OUTCOME_DETECT, 4, 50);
    cost = weir_choices_cost(b.choices, frame->setting);
    assert_int_equal(cost.fixed_ns, 10 * MS);
    assert_int_equal(cost.each_ns, 10 * MS);
    weir_frame_free(frame);
    end(&b);
}

static void test_drops_that_say_nothing_of_time_change_nothing(void **state) {
    (void)state;
    struct bench b;
    begin(&b, true, "1");
    struct weir_frame *frame = chosen(&b);
    tell(&b, frame, WEIR_OUTCOME_DETECT, 1, 30);
    tell(&b, frame, WEIR_OUTCOME_REPLACED, 0, 0);
    tell(&b, frame, WEIR_OUTCOME_STOPPED, 0, 0);
    tell(&b, frame, WEIR_OUTCOME_CORRUPT, 1, 900);
    tell(&b, frame, WEIR_OUTCOME_DETECT, 0, 900); /* of no batch */
    assert_float_equal(each_ms(&b, frame->setting), 30, 1e-6);
    weir_frame_free(frame);
    end(&b);
}

/* A source whose pictures never have the same size twice. */
static void test_sizes_without_end_are_refused_and_stop_nothing(void **state) {
    (void)state;
    struct bench b;
    struct weir_error err = {0};
    int refused = 0;
    begin(&b, true, "1");
    for (int i = 0; i < 2 * WEIR_SETTINGS_MAX; i++) {
        struct weir_frame *frame = weir_frame_new(0);
        frame->seq = i;
        frame->image = weir_image_alloc(WEIR_PIXEL_I420, 32 + i % 100, 32 + i);
        int rc = weir_choices_choose(b.choices, frame, true, &err);
        refused += rc == WEIR_ERANGE;
        assert_true(!rc || rc == WEIR_ERANGE);
        assert_int_equal(frame->setting >= 0, !rc);
        weir_frame_free(frame);
    }
    assert_true(refused > 0);
    test_error_says(&err, "so many sizes");
    assert_int_equal(weir_choices_settings(b.choices), WEIR_SETTINGS_MAX);
    end(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_takes_begins_with_the_profile_and_follows_what_is_measured),
        cmocka_unit_test(test_with_each_late_frame_it_is_believed_less_until_one_is_tried),
        cmocka_unit_test(test_without_a_profile_nothing_is_known_before_it_is_measured),
        cmocka_unit_test(test_a_batch_costs_what_the_profile_says_of_batches),
        cmocka_unit_test(test_drops_that_say_nothing_of_time_change_nothing),
        cmocka_unit_test(test_sizes_without_end_are_refused_and_stop_nothing),
    };
    return cmocka_run_group_tests_name("choices", tests, NULL, NULL);
}
