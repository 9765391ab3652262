/* Whole runs in which a chooser says, frame by frame, how it is detected. */
#include "support/support.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/run.h"
#include "spec/spec.h"

enum { FRAMES = 24, STREAMS = 2 };

/* ---- a chooser that does as it is told -------------------------------------- */

enum manner { ALTERNATE, NONSENSE, DROP_EVERY_THIRD, AUDIT, DEAREST };

/* What it saw; only touched under the run's lock, and by the test after the run. */
static struct seen {
    enum manner manner;
    int streams, asked, told, drops, audits;
    int told_by_outcome[WEIR_OUTCOME_COUNT];
    int times_told[STREAMS][1024]; /* by frame */
    int width[STREAMS];
    int offer[STREAMS][64], offers[STREAMS], reference[STREAMS];
    struct weir_setting setting[WEIR_SETTINGS_MAX]; /* as they were when a stream came */
    struct weir_image *kept;
    int64_t kept_frame;
    size_t audit_boxes;
    bool dwell_missing, options_missing, given, strange_audit;
} seen;

static int open_test(const struct weir_choose_conf *conf, struct weir_chooser **ret,
                     struct weir_error *err) {
    (void)err;
    seen.options_missing = !conf->options || conf->models < 1 || !conf->labels || !conf->costs;
    *ret = calloc(1, sizeof **ret);
    return *ret ? 0 : WEIR_ENOMEM;
}

static int see_stream(struct weir_chooser *chooser, const struct weir_choose_stream *s) {
    (void)chooser;
    seen.streams++;
    memcpy(seen.setting, s->setting, sizeof seen.setting);
    seen.width[s->stream] = s->width;
    seen.reference[s->stream] = s->reference;
    seen.offers[s->stream] = s->offers;
    memcpy(seen.offer[s->stream], s->offer, (size_t)s->offers * sizeof *s->offer);
    return 0;
}

static struct weir_choice choose(struct weir_chooser *chooser, const struct weir_choose_ask *ask) {
    static const struct weir_choice nonsense[] = {{.setting = 9999},
                                                  {.setting = -7},
                                                  {.setting = -1, .drop = WEIR_OUTCOME_DETECT},
                                                  {.setting = -1},
                                                  {.setting = -1, .drop = WEIR_OUTCOME_COUNT}};
    const int turn = seen.asked++;
    (void)chooser;
    if (seen.manner == NONSENSE)
        return nonsense[turn % 5];
    if (seen.manner == DROP_EVERY_THIRD && ask->frame % 3 == 0) {
        seen.drops++;
        return (struct weir_choice){.setting = -1, .drop = WEIR_OUTCOME_OVERLOAD};
    }
    if (seen.manner == DEAREST)
        return (struct weir_choice){.setting = seen.reference[ask->stream]};
    if (seen.manner == AUDIT && !seen.kept && !seen.given) {
        seen.kept = weir_image_ref(ask->image);
        seen.kept_frame = ask->frame;
    }
    return (struct weir_choice){
        .setting = seen.offer[ask->stream][ask->frame % seen.offers[ask->stream]],
        .below_floor = ask->frame % 4 == 3,
    };
}

static void told(struct weir_chooser *chooser, const struct weir_choose_told *t) {
    (void)chooser;
    seen.told++;
    seen.told_by_outcome[t->outcome]++;
    seen.times_told[t->stream][t->frame]++;
    if (t->outcome == WEIR_OUTCOME_DETECT)
        seen.dwell_missing |= t->infer_ns <= 0 || t->preprocess_ns <= 0 || t->queue_ns < 0 ||
                              t->batch < 1 || !t->boxes;
}

static bool idle(struct weir_chooser *chooser, int64_t now_ns, struct weir_audit *ret) {
    (void)chooser;
    (void)now_ns;
    if (seen.manner != AUDIT || !seen.kept)
        return false;
    *ret = (struct weir_audit){
        .stream = 0, .setting = seen.reference[0], .frame = seen.kept_frame, .image = seen.kept};
    seen.kept = NULL;
    seen.given = true;
    return true;
}

static void audited(struct weir_chooser *chooser, const struct weir_audit *audit, int64_t now_ns,
                    const struct weir_boxes *boxes) {
    (void)chooser;
    (void)now_ns;
    seen.strange_audit |= audit->frame != seen.kept_frame || !boxes;
    seen.audits++;
    seen.audit_boxes = boxes ? boxes->len : 0;
}

static void free_test(struct weir_chooser *chooser) {
    weir_image_unref(&seen.kept);
    free(chooser);
}

static const struct weir_chooser_ops test_chooser = {
    .name = "test",
    .open = open_test,
    .stream = see_stream,
    .choose = choose,
    .told = told,
    .idle = idle,
    .audited = audited,
    .free = free_test,
};

/* ---- runs ---------------------------------------------------------------- */

struct fixture {
    struct weir_workflow wf;
    char *dir;
    const char *model[2];
    char told[4096];
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = test_scratch();
    *state = f;
    seen = (struct seen){0};
    return weir_workflow_init(&f->wf);
}

static int teardown(void **state) {
    struct fixture *f = *state;
    weir_workflow_done(&f->wf);
    test_scratch_remove(f->dir);
    free(f);
    return 0;
}

static void set(struct fixture *f, const char *key, const char *value) {
    struct weir_error err = {0};
    if (weir_option_set(weir_option_by_key(key), &f->wf.set, value, &err))
        fail_msg("%s", err.text);
}

static void on_event(void *arg, const char *stream, const char *text) {
    struct fixture *f = arg; /* one event at most in these tests */
    snprintf(f->told, sizeof f->told, "%s: %s", stream ? stream : "run", text);
}

/* Two models over a drawn street of one second; the small one, then the reference. */
static void prepare(struct fixture *f, const char *size) {
    struct weir_error err = {0};
    char source[128], both[1024];
    f->model[0] = test_source("models/street_n.onnx");
    f->model[1] = test_source("models/street_m.onnx");
    snprintf(both, sizeof both, "%s,%s", f->model[0], f->model[1]);
    snprintf(source, sizeof source, "scene:seed=7,size=%s,fps=24,seconds=1", size);
    set(f, "detect.models", both);
    set(f, "detect.reference", f->model[1]);
    set(f, "detect.threads", "2");
    set(f, "strategy", "static");
    if (weir_workflow_add_stream(&f->wf, "a", source, false, &err) ||
        weir_workflow_add_sink(&f->wf, "ndjson", f->dir, &err))
        fail_msg("%s", err.text);
}

static struct weir_report go(struct fixture *f, const struct weir_chooser_ops *chooser) {
    struct weir_run_conf conf = {.workflow = &f->wf,
                                 .model_path = f->model,
                                 .event = on_event,
                                 .event_arg = f,
                                 .chooser = chooser};
    struct weir_run *run = NULL;
    struct weir_report report;
    struct weir_error err = {0};
    if (weir_run_check(&f->wf, &err) || weir_run_new(&conf, &run, &err) ||
        weir_run_start(run, &err))
        fail_msg("%s", err.text);
    while (weir_run_wait(run, WEIR_NS_PER_S) == WEIR_EAGAIN)
        ;
    if (weir_run_report(run, &report, &err))
        fail_msg("%s", err.text);
    weir_run_free(run);
    assert_true(report.consistent);
    assert_int_equal(report.total.frames_in, weir_counts_out(&report.total));
    return report;
}

/* The lines of a stream's results. */
static json_t *results(struct fixture *f) {
    json_t *lines = json_array();
    FILE *in = fopen(test_path(f->dir, "a.ndjson"), "re");
    json_error_t where;
    assert_non_null(in);
    for (json_t *line; (line = json_loadf(in, JSON_DISABLE_EOF_CHECK, &where));)
        json_array_append_new(lines, line);
    fclose(in);
    return lines;
}

static const char *text_of(const json_t *line, const char *key) {
    return json_string_value(json_object_get(line, key));
}

static int64_t int_of(const json_t *line, const char *key) {
    return json_integer_value(json_object_get(line, key));
}

struct corners {
    double x0, y0, x1, y1;
};

static struct corners corners_of(const json_t *box) {
    const json_t *b = json_object_get(box, "bbox");
    double v[4];
    for (size_t i = 0; i < 4; i++)
        v[i] = json_number_value(json_array_get(b, i));
    return (struct corners){v[0], v[1], v[0] + v[2], v[1] + v[3]};
}

static double iou(struct corners a, struct corners b) {
    double w = fmin(a.x1, b.x1) - fmax(a.x0, b.x0), h = fmin(a.y1, b.y1) - fmax(a.y0, b.y0);
    double both = w > 0 && h > 0 ? w * h : 0;
    return both / ((a.x1 - a.x0) * (a.y1 - a.y0) + (b.x1 - b.x0) * (b.y1 - b.y0) - both);
}

/* How many of the boxes that a model was sure of are in the other list, of the same class. */
static void match(const json_t *sure, const json_t *among, int *found, int *all) {
    size_t i, k;
    json_t *a, *b;
    json_array_foreach(json_object_get(sure, "boxes"), i, a) {
        bool there = false;
        if (json_number_value(json_object_get(a, "score")) < 0.8)
            continue;
        json_array_foreach(json_object_get(among, "boxes"), k, b) there |=
            !strcmp(text_of(a, "class"), text_of(b, "class")) &&
            iou(corners_of(a), corners_of(b)) > 0.6;
        *found += there;
        ++*all;
    }
}

/* ---- tests --------------------------------------------------------------- */

static void test_each_result_carries_its_setting_and_boxes_in_pixels_of_the_source(void **state) {
    struct fixture *f = *state;
    static const char *const model[] = {"street_n", "street_n", "street_m", "street_m"};
    static const int width[] = {640, 320, 640, 320};
    int found[4] = {0}, all[4] = {0};
    prepare(f, "640x360");
    set(f, "detect.widths", "320,640");
    set(f, "strategy", "static");
    struct weir_report fixed = go(f, NULL);
    json_t *whole = results(f);
    seen.manner = ALTERNATE;
    struct weir_report report = go(f, &test_chooser);
    json_t *mixed = results(f);
    assert_int_equal(json_array_size(whole), FRAMES);
    assert_int_equal(json_array_size(mixed), FRAMES);
    for (size_t i = 0; i < FRAMES; i++) {
        const json_t *line = json_array_get(mixed, i), *setting = json_object_get(line, "setting");
        assert_int_equal(int_of(line, "frame"), i);
        assert_string_equal(text_of(setting, "model"), model[i % 4]);
        assert_int_equal(int_of(setting, "width"), width[i % 4]);
        assert_int_equal(int_of(setting, "height"), width[i % 4] * 360 / 640);
        assert_int_equal(int_of(line, "width"), 640);
        assert_int_equal(json_is_true(json_object_get(line, "below_floor")), i % 4 == 3);
        match(line, json_array_get(whole, i), &found[i % 4], &all[i % 4]);
    }
    for (int i = 0; i < 4; i++) {
        assert_true(all[i] > FRAMES / 4); /* there is something to be sure of */
        assert_true(found[i] * 2 >= all[i]); /* pixels of another picture would find next to none */
    }
    assert_int_equal(found[2], all[2]); /* the very same setting */
    assert_int_equal(report.choice.settings, 4);
    assert_int_equal(report.choice.setting[3].frames, FRAMES / 4);
    assert_int_equal(report.choice.below_floor, FRAMES / 4);
    assert_int_equal(report.choice.refused, 0);
    assert_int_equal(fixed.choice.settings, 1);
    assert_string_equal(fixed.choice.setting[0].model, "street_m");
    assert_int_equal(seen.told, FRAMES);
    assert_false(seen.dwell_missing);
    assert_false(seen.options_missing);
    json_decref(whole);
    json_decref(mixed);
    weir_report_done(&fixed);
    weir_report_done(&report);
}

static void test_without_widths_there_is_a_ladder_from_the_pictures_own_down(void **state) {
    struct fixture *f = *state;
    static const int width[] = {648, 640, 512, 416, 320, 224, 160};
    prepare(f, "648x362");
    set(f, "run.max_frames", "14");
    struct weir_report report = go(f, &test_chooser);
    assert_int_equal(seen.streams, 1);
    assert_int_equal(seen.offers[0], 14);
    for (int i = 0; i < 14; i++) {
        assert_int_equal(seen.setting[seen.offer[0][i]].width, width[i % 7]);
        assert_int_equal(seen.setting[seen.offer[0][i]].model, i / 7);
        assert_int_equal(seen.setting[seen.offer[0][i]].height % 2, 0);
    }
    assert_int_equal(seen.reference[0], seen.offer[0][7]);
    assert_int_equal(report.total.outcome[WEIR_OUTCOME_DETECT], 14);
    weir_report_done(&report);
}

static void test_nothing_is_enlarged(void **state) {
    struct fixture *f = *state;
    prepare(f, "320x180");
    set(f, "detect.widths", "640,1280");
    set(f, "strategy", "static:width=1280");
    set(f, "run.max_frames", "5");
    struct weir_report report = go(f, NULL);
    assert_int_equal(report.choice.settings, 1);
    assert_int_equal(report.choice.setting[0].width, 320);
    assert_int_equal(report.choice.setting[0].frames, 5);
    weir_report_done(&report);
}

static void test_static_takes_the_model_and_the_width_that_it_names(void **state) {
    struct fixture *f = *state;
    struct weir_buf text = {0};
    prepare(f, "640x360");
    set(f, "strategy", "static:model=street_n,width=416");
    set(f, "run.max_frames", "5");
    struct weir_report report = go(f, NULL);
    assert_int_equal(report.choice.settings, 1);
    assert_string_equal(report.choice.setting[0].model, "street_n");
    assert_int_equal(report.choice.setting[0].width, 416);
    assert_int_equal(report.choice.models, 2);
    weir_report_text(&report, &text);
    assert_non_null(strstr(weir_buf_str(&text), "by static:model=street_n,width=416: street_n at "
                                                "416x234 100%"));
    weir_buf_reset(&text);
    weir_report_json(&report, &text);
    assert_non_null(strstr(weir_buf_str(&text), "\"settings\""));
    weir_buf_done(&text);
    weir_report_done(&report);
}

static void test_answers_that_make_no_sense_are_counted_and_go_to_the_reference(void **state) {
    struct fixture *f = *state;
    prepare(f, "320x180");
    seen.manner = NONSENSE;
    struct weir_report report = go(f, &test_chooser);
    assert_int_equal(report.choice.refused, FRAMES);
    assert_int_equal(report.total.outcome[WEIR_OUTCOME_DETECT], FRAMES);
    assert_int_equal(report.choice.settings, 1);
    assert_string_equal(report.choice.setting[0].model, "street_m");
    assert_int_equal(report.choice.setting[0].width, 320);
    assert_non_null(strstr(f->told, "a: the strategy gave an answer that makes no sense"));
    weir_report_done(&report);
}

static void test_what_the_chooser_drops_leaves_with_its_reason_and_is_not_told_of(void **state) {
    struct fixture *f = *state;
    prepare(f, "320x180");
    set(f, "detect.widths", "160");
    seen.manner = DROP_EVERY_THIRD;
    struct weir_report report = go(f, &test_chooser);
    assert_int_equal(report.total.outcome[WEIR_OUTCOME_OVERLOAD], FRAMES / 3);
    assert_int_equal(report.total.outcome[WEIR_OUTCOME_DETECT], FRAMES - FRAMES / 3);
    assert_int_equal(seen.drops, FRAMES / 3);
    assert_int_equal(seen.told, FRAMES - FRAMES / 3);
    assert_int_equal(report.choice.refused, 0);
    weir_report_done(&report);
}

static void test_a_stopped_run_tells_once_of_every_frame_that_was_chosen_for(void **state) {
    struct fixture *f = *state;
    struct weir_run *run;
    struct weir_report report;
    struct weir_error err = {0};
    struct weir_snapshot snapshot;
    prepare(f, "640x360");
    struct weir_run_conf conf = {
        .workflow = &f->wf, .model_path = f->model, .chooser = &test_chooser};
    if (weir_run_new(&conf, &run, &err) || weir_run_start(run, &err))
        fail_msg("%s", err.text);
    do {
        weir_run_wait(run, WEIR_NS_PER_MS);
        weir_run_snapshot(run, 0, &snapshot);
    } while (weir_counts_out(&snapshot.counts) < 3);
    weir_run_stop(run);
    while (weir_run_wait(run, WEIR_NS_PER_S) == WEIR_EAGAIN)
        ;
    assert_int_equal(weir_run_report(run, &report, &err), 0);
    weir_run_free(run);
    assert_int_equal(seen.told, seen.asked);
    for (int i = 0; i < FRAMES; i++)
        assert_true(seen.times_told[0][i] <= 1);
    assert_int_equal(report.total.frames_in, weir_counts_out(&report.total));
    weir_report_done(&report);
}

static void test_frames_between_are_carried_by_the_tracker_and_say_so(void **state) {
    struct fixture *f = *state;
    prepare(f, "640x360");
    set(f, "detect.skip", "3");
    set(f, "strategy", "static:width=320");
    struct weir_report report = go(f, NULL);
    assert_int_equal(report.total.outcome[WEIR_OUTCOME_DETECT], FRAMES / 3);
    assert_int_equal(report.total.outcome[WEIR_OUTCOME_TRACK], FRAMES - FRAMES / 3);
    assert_int_equal(report.times->latency.count, FRAMES / 3); /* of what was detected */
    json_t *lines = results(f);
    assert_int_equal(json_array_size(lines), FRAMES);
    for (size_t i = 0; i < FRAMES; i++) {
        const json_t *line = json_array_get(lines, i), *seen_one = json_array_get(lines, i - i % 3);
        const json_t *boxes = json_object_get(line, "boxes");
        assert_int_equal(int_of(line, "frame"), i);
        assert_string_equal(text_of(line, "outcome"), i % 3 ? "track" : "detect");
        assert_int_equal(json_object_get(line, "setting") != NULL, i % 3 == 0);
        /* all of them, but those that left the picture */
        assert_true(json_array_size(boxes) <= json_array_size(json_object_get(seen_one, "boxes")));
        assert_true(json_array_size(boxes) > 0);
        for (size_t k = 0; k < json_array_size(boxes); k++) {
            struct corners c = corners_of(json_array_get(boxes, k));
            assert_true(c.x0 >= 0 && c.y0 >= 0 && c.x1 <= 640.01 && c.y1 <= 360.01);
        }
    }
    json_decref(lines);
    weir_report_done(&report);
}

static void test_skipping_needs_no_chooser(void **state) {
    struct fixture *f = *state;
    prepare(f, "320x180");
    set(f, "detect.models", f->model[0]);
    set(f, "detect.reference", "auto");
    set(f, "strategy", "auto");
    set(f, "detect.skip", "2");
    set(f, "track.enabled", "false");
    struct weir_report report = go(f, NULL);
    assert_int_equal(report.total.outcome[WEIR_OUTCOME_DETECT], FRAMES / 2);
    assert_int_equal(report.total.outcome[WEIR_OUTCOME_TRACK], FRAMES / 2);
    assert_null(report.choice.strategy);
    weir_report_done(&report);
}

/* Two files at once, frames of four settings mixed in batches. */
static void expect_settings_of_batches(struct fixture *f) {
    static const char *const model[] = {"street_n", "street_n", "street_m", "street_m"};
    struct weir_report report = go(f, &test_chooser);
    assert_int_equal(report.total.outcome[WEIR_OUTCOME_DETECT], 2 * FRAMES);
    json_t *lines = results(f);
    for (size_t i = 0; i < FRAMES; i++) {
        const json_t *setting = json_object_get(json_array_get(lines, i), "setting");
        assert_string_equal(text_of(setting, "model"), model[i % 4]);
        assert_int_equal(int_of(setting, "width"), i % 2 ? 160 : 320);
    }
    assert_int_equal(seen.told, 2 * FRAMES);
    json_decref(lines);
    weir_report_done(&report);
}

static void test_batches_are_of_one_setting_with_and_without_a_deadline(void **state) {
    struct fixture *f = *state;
    struct weir_error err = {0};
    prepare(f, "320x180");
    set(f, "detect.widths", "160,320");
    set(f, "detect.batch", "3");
    if (weir_workflow_add_stream(&f->wf, "b", "scene:seed=8,size=640x360,fps=24,seconds=1", false,
                                 &err))
        fail_msg("%s", err.text);
    expect_settings_of_batches(f);
    seen = (struct seen){0};
    set(f, "slo.deadline_ms", "1000");
    expect_settings_of_batches(f);
}

static void test_more_settings_than_a_worker_keeps_stages_for_do_no_harm(void **state) {
    struct fixture *f = *state;
    struct weir_error err = {0};
    prepare(f, "648x362");
    if (weir_workflow_add_stream(&f->wf, "b", "scene:seed=8,size=640x480,fps=24,seconds=1", false,
                                 &err))
        fail_msg("%s", err.text);
    set(f, "detect.threads", "1");
    set(f, "run.max_frames", "14");
    struct weir_report report = go(f, &test_chooser); /* 14 and 12 settings */
    assert_int_equal(report.total.outcome[WEIR_OUTCOME_DETECT], 28);
    assert_int_equal(report.choice.settings, 14 + 12);
    weir_report_done(&report);
}

/* ---- deadlines ----------------------------------------------------------- */

/* A camera of twice the rate that the slowest setting can follow, beside a file. */
static void prepare_overload(struct fixture *f, const char *deadline_ms) {
    struct weir_error err = {0};
    prepare(f, "320x180"); /* this one is read as fast as it goes */
    set(f, "detect.threads", "1");
    set(f, "slo.deadline_ms", deadline_ms);
    if (weir_workflow_add_stream(&f->wf, "b", "scene:seed=8,size=1280x720,fps=100,seconds=1", true,
                                 &err))
        fail_msg("%s", err.text);
}

static void expect_each_outcome_once(const struct weir_stream_report *stream) {
    const int64_t *out = stream->counts.outcome;
    assert_int_equal(out[WEIR_OUTCOME_DETECT] + out[WEIR_OUTCOME_LATE] +
                         out[WEIR_OUTCOME_REPLACED] + out[WEIR_OUTCOME_OVERLOAD],
                     stream->counts.frames_in);
}

static void test_under_overload_a_camera_loses_frames_and_a_file_none(void **state) {
    struct fixture *f = *state;
    struct weir_buf text = {0};
    json_error_t where;
    prepare_overload(f, "60");
    seen.manner = DEAREST; /* some 28 ms each, of one worker */
    struct weir_report report = go(f, &test_chooser);
    const int64_t *file = report.stream[0].counts.outcome, *live = report.stream[1].counts.outcome;
    assert_int_equal(file[WEIR_OUTCOME_DETECT], FRAMES);
    assert_int_equal(report.stream[1].counts.frames_in, 100);
    expect_each_outcome_once(&report.stream[1]);
    assert_true(live[WEIR_OUTCOME_LATE] + live[WEIR_OUTCOME_REPLACED] > 0);
    assert_int_equal(seen.told, seen.asked);
    assert_int_equal(report.wanted, 100);
    assert_true(report.total.on_time <= live[WEIR_OUTCOME_DETECT]);
    assert_int_equal(report.stream[0].times->age.count, 0);
    assert_int_equal(report.times->age.count, 100); /* each that was due has one */
    weir_report_json(&report, &text);
    json_t *root = json_loads(weir_buf_str(&text), 0, &where);
    assert_non_null(root);
    assert_true(json_is_number(json_object_get(root, "on_time")));
    assert_int_equal(int_of(json_object_get(root, "outcomes"), "detect"),
                     FRAMES + live[WEIR_OUTCOME_DETECT]);
    assert_int_equal(int_of(root, "deadline_ms"), 60);
    json_decref(root);
    weir_buf_done(&text);
    weir_report_done(&report);
}

static void test_a_deadline_that_nothing_can_meet_costs_a_file_nothing(void **state) {
    struct fixture *f = *state;
    prepare_overload(f, "1");
    set(f, "strategy", "static");
    struct weir_report report = go(f, NULL);
    assert_int_equal(report.stream[0].counts.outcome[WEIR_OUTCOME_DETECT], FRAMES);
    expect_each_outcome_once(&report.stream[1]);
    assert_true(report.stream[1].counts.outcome[WEIR_OUTCOME_DETECT] < 100);
    weir_report_done(&report);
}

static void test_files_have_no_deadline(void **state) {
    struct fixture *f = *state;
    struct weir_buf text = {0};
    prepare(f, "320x180");
    set(f, "slo.deadline_ms", "1");
    set(f, "strategy", "static");
    struct weir_report report = go(f, NULL);
    assert_int_equal(report.total.outcome[WEIR_OUTCOME_DETECT], FRAMES);
    assert_int_equal(report.wanted, 0);
    weir_report_json(&report, &text);
    assert_non_null(strstr(weir_buf_str(&text), "\"on_time\": null"));
    weir_buf_reset(&text);
    weir_report_text(&report, &text);
    assert_non_null(strstr(weir_buf_str(&text), "no live stream, so nothing has to be in time"));
    weir_buf_done(&text);
    weir_report_done(&report);
}

static void test_an_idle_worker_looks_at_a_picture_again_and_tells_what_it_found(void **state) {
    struct fixture *f = *state;
    struct weir_error err = {0};
    prepare(f, "320x180");
    set(f, "slo.deadline_ms", "60000");
    set(f, "detect.widths", "320");
    /* a camera leaves time between its frames, and after the last there is no more to wait for */
    if (weir_workflow_add_stream(&f->wf, "b", "scene:seed=8,size=320x180,fps=4,seconds=1", true,
                                 &err))
        fail_msg("%s", err.text);
    seen.manner = AUDIT;
    struct weir_report report = go(f, &test_chooser);
    assert_int_equal(seen.audits, 1);
    assert_false(seen.strange_audit);
    assert_true(seen.audit_boxes > 0);
    assert_int_equal(report.choice.audits, 1);
    assert_int_equal(report.total.frames_in, FRAMES + 4); /* an audit is no frame */
    weir_report_done(&report);
}

/* ---- models that do not go together ------------------------------------------ */

/* A copy of the small model whose classes are called otherwise. */
static const char *rename_classes(struct fixture *f, const char *classes) {
    const char *model = test_path(f->dir, "other.onnx"), *side = test_path(f->dir, "other.yaml");
    struct weir_error err = {0};
    char *data, text[256];
    size_t len;
    if (weir_file_read(test_source("models/street_n.onnx"), 1 << 28, &data, &len, &err) ||
        weir_file_write_all(model, data, len, &err))
        fail_msg("%s", err.text);
    free(data);
    snprintf(text, sizeof text, "classes: [%s]\n", classes);
    assert_int_equal(weir_file_write_all(side, text, strlen(text), NULL), 0);
    return model;
}

static int try_models(struct fixture *f, const char *other, struct weir_error *err) {
    char both[1024];
    f->model[0] = other;
    snprintf(both, sizeof both, "%s,%s", f->model[0], f->model[1]);
    set(f, "detect.models", both);
    return weir_run_check_models(&f->wf, f->model, err);
}

static void test_models_without_a_class_in_common_are_refused(void **state) {
    struct fixture *f = *state;
    struct weir_error err = {0};
    prepare(f, "320x180");
    assert_int_equal(try_models(f, rename_classes(f, "cat, dog, cow, pig, hen"), &err),
                     WEIR_EMODEL);
    test_error_says(&err, "other.onnx: it knows none of the classes that count, which are the "
                          "reference's (person, bicycle, car, bus, truck)");
}

static void test_classes_go_by_name_and_what_the_reference_does_not_know_is_left_out(void **state) {
    struct fixture *f = *state;
    struct weir_error err = {0};
    prepare(f, "640x360");
    /* it calls cars people, and people cats */
    assert_int_equal(try_models(f, rename_classes(f, "cat, bicycle, person, bus, truck"), &err), 0);
    set(f, "strategy", "static:model=other");
    struct weir_report report = go(f, NULL);
    json_t *lines = results(f);
    int people = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        size_t k;
        json_t *box;
        json_array_foreach(json_object_get(json_array_get(lines, i), "boxes"), k, box) {
            assert_string_not_equal(text_of(box, "class"), "cat");
            assert_string_not_equal(text_of(box, "class"), "car");
            people += !strcmp(text_of(box, "class"), "person");
            assert_int_equal(int_of(box, "class_id") == 0,
                             !strcmp(text_of(box, "class"), "person"));
        }
    }
    assert_true(people > 0);
    json_decref(lines);
    weir_report_done(&report);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_each_result_carries_its_setting_and_boxes_in_pixels_of_the_source),
        T(test_without_widths_there_is_a_ladder_from_the_pictures_own_down),
        T(test_nothing_is_enlarged),
        T(test_static_takes_the_model_and_the_width_that_it_names),
        T(test_answers_that_make_no_sense_are_counted_and_go_to_the_reference),
        T(test_what_the_chooser_drops_leaves_with_its_reason_and_is_not_told_of),
        T(test_a_stopped_run_tells_once_of_every_frame_that_was_chosen_for),
        T(test_frames_between_are_carried_by_the_tracker_and_say_so),
        T(test_skipping_needs_no_chooser),
        T(test_batches_are_of_one_setting_with_and_without_a_deadline),
        T(test_more_settings_than_a_worker_keeps_stages_for_do_no_harm),
        T(test_under_overload_a_camera_loses_frames_and_a_file_none),
        T(test_a_deadline_that_nothing_can_meet_costs_a_file_nothing),
        T(test_files_have_no_deadline),
        T(test_an_idle_worker_looks_at_a_picture_again_and_tells_what_it_found),
        T(test_models_without_a_class_in_common_are_refused),
        T(test_classes_go_by_name_and_what_the_reference_does_not_know_is_left_out),
    };
    return cmocka_run_group_tests_name("choice", tests, NULL, NULL);
}
