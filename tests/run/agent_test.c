/*
 * A strategy of sched as a run's chooser, asked and told by hand, in a time of the test's own; and
 * whole runs that it chooses for.
 */
#include <stdlib.h>
#include <string.h>

#include "run/choose.h"
#include "run/run.h"
#include "sim/sim.h"
#include "support/support.h"

enum { MODELS = 2, WIDTHS = 3, SETTINGS = MODELS * WIDTHS, STREAMS = 3, FPS = 25 };
#define PERIOD (WEIR_NS_PER_S / FPS)

static const char *const names[MODELS] = {"street_m", "street_n"};
static const struct weir_size sizes[WIDTHS] = {{640, 360}, {416, 234}, {320, 180}};
static const double infer_ms[MODELS][WIDTHS] = {{12, 5, 3}, {4, 2, 1}};

static struct rig {
    struct weir_workflow wf;
    struct weir_labels *labels;
    struct weir_costs costs;
    struct weir_costs_infer infer[SETTINGS];
    const char *path[MODELS];
    struct weir_setting setting[WEIR_SETTINGS_MAX];
    struct weir_chooser *chooser;
    const struct weir_chooser_ops *ops;
    const char *strategy;
    struct weir_image *image;
    int64_t now_ns;
    struct weir_strategy_watch *watch;
} rig;

static void rig_begin(const char *strategy) {
    static const char *const classes[] = {"person", "bicycle", "car", "bus", "truck"};
    struct weir_error err = {0};
    rig = (struct rig){.ops = &weir_chooser_agent, .strategy = strategy, .now_ns = WEIR_NS_PER_S};
    assert_int_equal(weir_workflow_init(&rig.wf), 0);
    for (int i = 0; i < STREAMS; i++)
        assert_int_equal(weir_workflow_add_stream(&rig.wf, NULL, "yard.mp4", true, &err), 0);
    rig.wf.set.slo.deadline_ms = 200;
    rig.wf.set.slo.min_accuracy = 0.8;
    rig.labels = weir_labels_new(classes, 5);
    for (int i = 0; i < SETTINGS; i++) {
        const struct weir_size size = sizes[i % WIDTHS];
        rig.setting[i] =
            (struct weir_setting){.model = i / WIDTHS, .width = size.width, .height = size.height};
        rig.infer[i] = (struct weir_costs_infer){.width = size.width,
                                                 .height = size.height,
                                                 .batch = 1,
                                                 .ms = infer_ms[i / WIDTHS][i % WIDTHS]};
        snprintf(rig.infer[i].model, sizeof rig.infer[i].model, "%s", names[i / WIDTHS]);
    }
    rig.costs = (struct weir_costs){.infer = rig.infer, .infers = SETTINGS};
    weir_costs_sort(&rig.costs);
    rig.path[0] = test_source("models/street_m.onnx");
    rig.path[1] = test_source("models/street_n.onnx");
    rig.image = weir_image_new();
    assert_non_null(rig.image);
}

static int rig_open(struct weir_error *err) {
    const struct weir_choose_conf conf = {.workflow = &rig.wf,
                                          .strategy = rig.strategy,
                                          .options = "",
                                          .model = names,
                                          .model_path = rig.path,
                                          .models = MODELS,
                                          .reference = 0,
                                          .labels = rig.labels,
                                          .costs = &rig.costs,
                                          .workers = 2,
                                          .batch = 1,
                                          .watch = rig.watch};
    return rig.ops->open(&conf, &rig.chooser, err);
}

static void rig_end(void) {
    if (rig.chooser)
        rig.ops->free(rig.chooser);
    assert_int_equal(atomic_load(&rig.image->ref.count), 1); /* no picture is held */
    weir_image_unref(&rig.image);
    weir_labels_unref(&rig.labels);
    weir_workflow_done(&rig.wf);
}

static void open_or_fail(void) {
    struct weir_error err = {0};
    if (rig_open(&err))
        fail_msg("%s", err.text);
}

static void come(int stream) {
    static const int all[SETTINGS] = {0, 1, 2, 3, 4, 5};
    assert_int_equal(
        rig.ops->stream(rig.chooser, &(struct weir_choose_stream){.stream = stream,
                                                                  .width = 640,
                                                                  .height = 360,
                                                                  .live = true,
                                                                  .setting = rig.setting,
                                                                  .offer = all,
                                                                  .offers = SETTINGS,
                                                                  .reference = 0}),
        0);
}

static struct weir_choice ask(int stream, int64_t frame) {
    return rig.ops->choose(
        rig.chooser, &(struct weir_choose_ask){.stream = stream,
                                               .frame = frame,
                                               .now_ns = rig.now_ns,
                                               .capture_ns = rig.now_ns,
                                               .deadline_ns = rig.now_ns + 200 * WEIR_NS_PER_MS,
                                               .image = rig.image});
}

/* Eight large people: every setting finds them. */
static void large(struct weir_boxes *boxes) {
    weir_boxes_reset(boxes);
    for (int i = 0; i < 8; i++)
        assert_int_equal(weir_boxes_add(boxes, (struct weir_box){.x0 = (float)(20 + 70 * i),
                                                                 .y0 = 100,
                                                                 .x1 = (float)(70 + 70 * i),
                                                                 .y1 = 260,
                                                                 .score = 0.9F}),
                         0);
}

/* Of a setting, what it would find: `poor` ones nothing. */
typedef bool finds(int setting);
static bool all_find(int setting) {
    (void)setting;
    return true;
}
static bool reference_finds(int setting) {
    return setting == 0;
}

/* A result after what its setting costs, `slow` times as long; workers look at what is to be
 * audited. */
static void answer(int stream, int64_t frame, int setting, double slow, finds *does) {
    struct weir_boxes boxes = {0};
    struct weir_audit audit;
    const int64_t ns = (int64_t)(slow * infer_ms[setting / WIDTHS][setting % WIDTHS] * 1e6),
                  capture_ns = rig.now_ns;
    if (does(setting))
        large(&boxes);
    rig.ops->told(rig.chooser,
                  &(struct weir_choose_told){.stream = stream,
                                             .setting = setting,
                                             .frame = frame,
                                             .now_ns = capture_ns + ns,
                                             .capture_ns = capture_ns,
                                             .deadline_ns = capture_ns + 200 * WEIR_NS_PER_MS,
                                             .outcome = WEIR_OUTCOME_DETECT,
                                             .infer_ns = ns,
                                             .batch = 1,
                                             .boxes = &boxes});
    while (rig.ops->idle(rig.chooser, rig.now_ns + ns, &audit)) {
        assert_ptr_equal(audit.image, rig.image);
        weir_image_unref(&audit.image);
        weir_boxes_reset(&boxes);
        if (does(audit.setting))
            large(&boxes);
        rig.ops->audited(rig.chooser, &audit, rig.now_ns + ns, &boxes);
    }
    weir_boxes_done(&boxes);
}

/* So many seconds of one stream; how many frames went to each setting in the last of them. */
static void play(int stream, int seconds, double slow, finds *does, int ret_last[SETTINGS]) {
    memset(ret_last, 0, SETTINGS * sizeof *ret_last);
    for (int64_t k = 0; k < (int64_t)seconds * FPS; k++) {
        const struct weir_choice choice = ask(stream, k);
        if (choice.setting >= 0) {
            assert_in_range(choice.setting, 0, SETTINGS - 1);
            answer(stream, k, choice.setting, slow, does);
            ret_last[choice.setting] += k >= (int64_t)(seconds - 1) * FPS;
        } else {
            assert_true(choice.drop == WEIR_OUTCOME_OVERLOAD ||
                        choice.drop == WEIR_OUTCOME_UNREACHABLE);
        }
        rig.now_ns += PERIOD;
    }
}

/* ---- decisions ------------------------------------------------------------------- */

static void test_it_begins_with_the_reference(void **state) {
    (void)state;
    rig_begin("weir");
    open_or_fail();
    come(0);
    assert_int_equal(ask(0, 0).setting, 0);
    rig_end();
}

static void test_what_does_as_well_for_less_is_found_by_audits(void **state) {
    (void)state;
    int last[SETTINGS];
    rig_begin("weir");
    open_or_fail();
    come(0);
    play(0, 40, 1, all_find, last);
    assert_int_equal(last[0], 0); /* not the reference at full size any more */
    rig_end();
}

static void test_what_sees_nothing_is_never_taken(void **state) {
    (void)state;
    int last[SETTINGS];
    rig_begin("weir");
    open_or_fail();
    come(0);
    play(0, 40, 1, reference_finds, last);
    assert_int_equal(last[0], FPS);
    rig_end();
}

static void test_a_machine_that_is_too_slow_sheds_and_goes_on(void **state) {
    (void)state;
    int last[SETTINGS];
    rig_begin("weir");
    open_or_fail();
    come(0);
    play(0, 20, 40, reference_finds, last); /* 480 ms where 200 are allowed */
    play(0, 20, 1, reference_finds, last);
    assert_true(last[0] > FPS / 2);
    rig_end();
}

static void test_streams_may_come_later_and_change_their_size(void **state) {
    (void)state;
    static const int narrow[] = {6, 7};
    int last[SETTINGS];
    rig_begin("greedy");
    open_or_fail();
    come(0);
    play(0, 3, 1, all_find, last);
    rig.setting[6] = (struct weir_setting){.model = 0, .width = 320, .height = 240};
    rig.setting[7] = (struct weir_setting){.model = 1, .width = 320, .height = 240};
    assert_int_equal(
        rig.ops->stream(rig.chooser, &(struct weir_choose_stream){.stream = 2,
                                                                  .width = 320,
                                                                  .height = 240,
                                                                  .setting = rig.setting,
                                                                  .offer = narrow,
                                                                  .offers = 2,
                                                                  .reference = 6}),
        0);
    for (int64_t k = 0; k < 50; k++) { /* each has what it may have */
        assert_in_range(ask(0, 100 + k).setting, 0, SETTINGS - 1);
        assert_in_range(ask(2, k).setting, 6, 7);
        rig.now_ns += PERIOD;
    }
    rig_end();
}

static void test_frames_that_are_lost_are_forgotten(void **state) {
    (void)state;
    static const enum weir_outcome ends[] = {WEIR_OUTCOME_LATE, WEIR_OUTCOME_REPLACED,
                                             WEIR_OUTCOME_CORRUPT, WEIR_OUTCOME_STOPPED,
                                             WEIR_OUTCOME_OVERLOAD};
    rig_begin("weir");
    open_or_fail();
    come(0);
    for (int64_t k = 0; k < 100; k++) {
        const struct weir_choice choice = ask(0, k);
        if (choice.setting >= 0)
            rig.ops->told(rig.chooser,
                          &(struct weir_choose_told){.stream = 0,
                                                     .setting = choice.setting,
                                                     .frame = k,
                                                     .now_ns = rig.now_ns + WEIR_NS_PER_MS,
                                                     .capture_ns = rig.now_ns,
                                                     .outcome = ends[k % 5]});
        rig.now_ns += PERIOD;
    }
    int last[SETTINGS];
    play(0, 5, 1, reference_finds, last);
    assert_true(last[0] > FPS / 2);
    rig_end();
}

static void test_what_is_told_of_a_frame_that_nobody_asked_for_is_passed_over(void **state) {
    (void)state;
    struct weir_boxes none = {0};
    rig_begin("weir");
    open_or_fail();
    come(0);
    ask(0, 0);
    rig.ops->told(rig.chooser, &(struct weir_choose_told){.stream = 1,
                                                          .setting = 3,
                                                          .frame = 77,
                                                          .outcome = WEIR_OUTCOME_DETECT,
                                                          .boxes = &none});
    rig.ops->audited(rig.chooser, &(struct weir_audit){.stream = 1, .frame = 5}, rig.now_ns, NULL);
    assert_int_equal(ask(0, 1).setting, 0);
    rig_end();
}

/* A camera changes its picture while a frame of it is with a worker. */
static void test_an_answer_to_a_stream_that_has_just_changed_is_passed_over(void **state) {
    (void)state;
    rig_begin("weir");
    open_or_fail();
    come(0);
    const struct weir_choice choice = ask(0, 0);
    come(0);
    answer(0, 0, choice.setting, 1, all_find);
    assert_int_equal(ask(0, 1).setting, 0);
    rig_end();
}

static void test_every_frame_of_a_file_is_detected_however_old_it_is(void **state) {
    (void)state;
    static const int all[SETTINGS] = {0, 1, 2, 3, 4, 5};
    rig_begin("weir");
    open_or_fail();
    assert_int_equal(
        rig.ops->stream(rig.chooser, &(struct weir_choose_stream){.width = 640,
                                                                  .height = 360,
                                                                  .setting = rig.setting,
                                                                  .offer = all,
                                                                  .offers = SETTINGS}),
        0);
    for (int64_t k = 0; k < 100; k++) {
        const struct weir_choice choice = rig.ops->choose(
            rig.chooser, &(struct weir_choose_ask){.frame = k,
                                                   .now_ns = rig.now_ns,
                                                   .capture_ns = rig.now_ns - WEIR_NS_PER_S,
                                                   .deadline_ns = WEIR_FOREVER,
                                                   .image = rig.image});
        assert_in_range(choice.setting, 0, SETTINGS - 1);
        answer(0, k, choice.setting, 40, reference_finds);
        rig.now_ns += PERIOD;
    }
    rig_end();
}

/* ---- the same decisions as in virtual time ------------------------------------------- */

/* Records what the strategy is asked on a machine, as the simulator records it. */
static struct recorder {
    struct weir_strategy_watch base; /* the first */
    struct sim_calls *calls;
    bool begun;
} recorder;

static void answered(struct weir_strategy_watch *watch, int node,
                     const struct weir_frame_view *view, int answer) {
    struct weir_error err = {0};
    (void)watch;
    if (!recorder.begun) { /* the site is known now; agent and planner were opened before */
        assert_int_equal(
            sim_calls_begin(recorder.calls, weir_strategy_find("weir"), "", view->site, &err), 0);
        sim_calls_opened(recorder.calls, 0, 0);
        sim_calls_opened(recorder.calls, -1, 0);
        recorder.begun = true;
    }
    sim_calls_chosen(recorder.calls, node, view, answer);
}

static void was_told(struct weir_strategy_watch *watch, int node,
                     const struct weir_result_view *view) {
    (void)watch;
    sim_calls_told(recorder.calls, node, view);
}

static void planned(struct weir_strategy_watch *watch, const struct weir_plan_view *view,
                    const int64_t *toll_ns, const int *preferred) {
    (void)watch;
    if (recorder.begun)
        sim_calls_planned(recorder.calls, view, toll_ns, preferred);
}

static void test_what_is_decided_on_a_machine_the_simulator_decides_likewise(void **state) {
    (void)state;
    struct weir_error err = {0};
    struct sim_replay replay;
    int last[SETTINGS];
    size_t len;
    recorder =
        (struct recorder){.base = {.answered = answered, .told = was_told, .planned = planned}};
    assert_int_equal(sim_calls_new(&recorder.calls, &err), 0);
    rig_begin("weir");
    rig.watch = &recorder.base;
    open_or_fail();
    come(0);
    play(0, 4, 1, all_find, last);
    assert_int_equal(sim_calls_end(recorder.calls, &err), 0);
    const char *bytes = sim_calls_bytes(recorder.calls, &len);
    if (sim_calls_replay(weir_strategy_find("weir"), bytes, len, &replay, &err))
        fail_msg("%s", err.text);
    assert_int_equal(replay.choices, 4 * FPS);
    assert_true(replay.plans >= 2);
    assert_true(sim_calls_replay(weir_strategy_find("cloud-only"), bytes, len, &replay, &err) != 0);
    rig_end();
    sim_calls_free(recorder.calls);
}

/* ---- what must be there --------------------------------------------------------------- */

static void test_a_model_of_unknown_accuracy_is_refused_with_the_remedy(void **state) {
    (void)state;
    struct weir_error err = {0};
    rig_begin("weir");
    rig.path[1] = "/nowhere/street_n.onnx";
    assert_int_equal(rig_open(&err), WEIR_ENOENT);
    test_error_says(&err, "nothing says how well street_n sees");
    test_error_says(&err, "weir profile SOURCE... --models /nowhere/street_n.onnx");
    rig_end();
}

static void test_a_model_of_unknown_cost_is_refused_with_the_remedy(void **state) {
    (void)state;
    struct weir_error err = {0};
    rig_begin("greedy");
    rig.costs.infers = 0;
    assert_int_equal(rig_open(&err), WEIR_ENOENT);
    test_error_says(&err, "this machine's profile says nothing of street_m, street_n; to measure");
    char both[2048]; /* one command, or the second would undo what the first one found */
    snprintf(both, sizeof both, "weir profile --models %s,%s", rig.path[0], rig.path[1]);
    test_error_says(&err, both);
    rig_end();
}

static void test_options_that_a_strategy_does_not_know_are_refused(void **state) {
    (void)state;
    struct weir_error err = {0};
    rig_begin("houmani21");
    const struct weir_choose_conf conf = {.workflow = &rig.wf,
                                          .strategy = rig.strategy,
                                          .options = "nonsense=1",
                                          .model = names,
                                          .model_path = rig.path,
                                          .models = MODELS,
                                          .labels = rig.labels,
                                          .costs = &rig.costs,
                                          .workers = 2,
                                          .batch = 1};
    assert_int_equal(rig.ops->open(&conf, &rig.chooser, &err), WEIR_EINVAL);
    test_error_says(&err, "nonsense");
    rig.chooser = NULL;
    rig_end();
}

int main(void) {
#define T(test) cmocka_unit_test(test)
    const struct CMUnitTest tests[] = {
        T(test_it_begins_with_the_reference),
        T(test_what_does_as_well_for_less_is_found_by_audits),
        T(test_what_sees_nothing_is_never_taken),
        T(test_a_machine_that_is_too_slow_sheds_and_goes_on),
        T(test_streams_may_come_later_and_change_their_size),
        T(test_frames_that_are_lost_are_forgotten),
        T(test_what_is_told_of_a_frame_that_nobody_asked_for_is_passed_over),
        T(test_an_answer_to_a_stream_that_has_just_changed_is_passed_over),
        T(test_every_frame_of_a_file_is_detected_however_old_it_is),
        T(test_what_is_decided_on_a_machine_the_simulator_decides_likewise),
        T(test_a_model_of_unknown_accuracy_is_refused_with_the_remedy),
        T(test_a_model_of_unknown_cost_is_refused_with_the_remedy),
        T(test_options_that_a_strategy_does_not_know_are_refused),
    };
    return cmocka_run_group_tests_name("run/agent", tests, NULL, NULL);
}
