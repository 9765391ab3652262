/* Whole runs over real video with real models; the invariant holds in each. */
#include "support/support.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profile/profile.h"
#include "run/run.h"

struct fixture {
    struct weir_workflow wf;
    char *dir;
    const char *profile; /* NULL: none */
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = test_scratch();
    *state = f;
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

static void add(struct fixture *f, const char *name, const char *source, bool live) {
    struct weir_error err = {0};
    if (weir_workflow_add_stream(&f->wf, name, source, live, &err))
        fail_msg("%s", err.text);
}

static void sink(struct fixture *f, const char *kind, const char *path) {
    struct weir_error err = {0};
    if (weir_workflow_add_sink(&f->wf, kind, path, &err))
        fail_msg("%s", err.text);
}

/* The smallest real load: the nano model at 160x96 or so. */
static const char *use_model(struct fixture *f) {
    const char *path = test_data("models/yolox_nano_dyn.onnx");
    set(f, "detect.models", path);
    set(f, "detect.size", "160x96");
    return path;
}

struct events {
    pthread_mutex_t lock;
    char text[4096];
};

static void on_event(void *arg, const char *stream, const char *text) {
    struct events *events = arg;
    pthread_mutex_lock(&events->lock);
    size_t len = strlen(events->text);
    snprintf(events->text + len, sizeof events->text - len, "%s: %s\n", stream ? stream : "run",
             text);
    pthread_mutex_unlock(&events->lock);
}

static struct weir_report finish(struct weir_run *run) {
    struct weir_report report;
    struct weir_error err = {0};
    while (weir_run_wait(run, WEIR_NS_PER_S) == WEIR_EAGAIN)
        ;
    if (weir_run_report(run, &report, &err))
        fail_msg("%s", err.text);
    assert_true(report.consistent);
    assert_int_equal(report.total.frames_in, weir_counts_out(&report.total));
    weir_run_free(run);
    return report;
}

static struct weir_run *start(struct fixture *f, const char *model, struct events *events) {
    struct weir_run_conf conf = {.workflow = &f->wf,
                                 .model_path = &model,
                                 .event = events ? on_event : NULL,
                                 .event_arg = events,
                                 .profile_path = f->profile};
    struct weir_run *run;
    struct weir_error err = {0};
    if (weir_run_new(&conf, &run, &err) || weir_run_start(run, &err))
        fail_msg("%s", err.text);
    return run;
}

static struct weir_report go(struct fixture *f, const char *model, struct events *events) {
    return finish(start(f, model, events));
}

/* ---- a file -------------------------------------------------------------- */

static void test_a_file_gives_a_result_for_every_frame(void **state) {
    struct fixture *f = *state;
    const char *model = use_model(f);
    add(f, "a", test_data("videos/bottle-detection.mp4"), false);
    set(f, "run.max_frames", "150");
    struct weir_report report = go(f, model, NULL);
    assert_int_equal(report.total.frames_in, 150);
    assert_int_equal(report.total.outcome[WEIR_OUTCOME_DETECT], 150);
    assert_int_equal(report.times->latency.count, 150);
    assert_false(weir_report_failed(&report));
    weir_report_done(&report);
}

static int64_t next_int(const char **at, const char *key) {
    const char *found = strstr(*at, key);
    if (!found)
        return -1;
    *at = found + strlen(key);
    return strtoll(*at, NULL, 10);
}

static void test_results_leave_in_frame_order_whatever_the_workers_do(void **state) {
    struct fixture *f = *state;
    const char *model = use_model(f);
    struct weir_error err = {0};
    char *text;
    size_t len;
    add(f, "a", test_data("videos/bottle-detection.mp4"), false);
    set(f, "detect.threads", "4");
    set(f, "run.max_frames", "120");
    sink(f, "ndjson", f->dir);
    struct weir_report report = go(f, model, NULL);
    assert_int_equal(report.workers, 4);
    assert_int_equal(weir_file_read(test_path(f->dir, "a.ndjson"), 1 << 26, &text, &len, &err), 0);
    const char *at = text;
    for (int64_t i = 0; i < 120; i++)
        assert_int_equal(next_int(&at, "\"frame\":"), i);
    assert_int_equal(next_int(&at, "\"frame\":"), -1);
    free(text);
    weir_report_done(&report);
}

static void digest_of(struct fixture *f, const char *dir, char **ret) {
    struct weir_error err = {0};
    size_t len;
    if (weir_file_read(test_path(dir, "a.digest"), 4096, ret, &len, &err))
        fail_msg("%s", err.text);
    (void)f;
}

static void test_results_do_not_depend_on_workers_and_batches(void **state) {
    struct fixture *f = *state;
    const char *model = use_model(f);
    static const char *const shapes[][3] = {{"1", "1", "1"}, {"3", "3", "1"}, {"2", "1", "1"}};
    char *first = NULL;
    add(f, "a", test_data("videos/one-by-one-person-detection.mp4"), false);
    set(f, "run.max_frames", "80");
    sink(f, "digest", f->dir);
    for (int i = 0; i < 3; i++) {
        char *digest;
        set(f, "detect.threads", shapes[i][0]);
        set(f, "detect.workers", shapes[i][1]);
        set(f, "detect.batch", shapes[i][2]);
        struct weir_report report = go(f, model, NULL);
        weir_report_done(&report);
        digest_of(f, f->dir, &digest);
        if (first) {
            assert_string_equal(digest, first);
            free(digest);
        } else {
            first = digest;
        }
    }
    free(first);
}

static void test_batches_serve_every_frame_of_several_streams(void **state) {
    struct fixture *f = *state;
    const char *model = use_model(f);
    add(f, "a", test_data("videos/bottle-detection.mp4"), false);
    add(f, "b", test_data("videos/one-by-one-person-detection.mp4"), false);
    add(f, "c", test_data("videos/car-detection.mp4"), false);
    set(f, "detect.batch", "4");
    set(f, "run.max_frames", "60");
    struct weir_report report = go(f, model, NULL);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(report.stream[i].counts.outcome[WEIR_OUTCOME_DETECT], 60);
    weir_report_done(&report);
}

/* ---- live ---------------------------------------------------------------- */

static void test_a_live_file_passes_frames_over_when_the_detector_is_too_slow(void **state) {
    struct fixture *f = *state;
    const char *model = use_model(f);
    set(f, "detect.size", "1280x1280"); /* far more than 30 frames a second can get */
    set(f, "detect.threads", "1");
    add(f, "a", test_data("videos/bottle-detection.mp4"), true);
    set(f, "run.max_frames", "45");
    struct weir_report report = go(f, model, NULL);
    assert_true(report.stream[0].live);
    assert_int_equal(report.total.frames_in, 45);
    assert_true(report.total.outcome[WEIR_OUTCOME_REPLACED] > 0);
    assert_true(report.total.outcome[WEIR_OUTCOME_DETECT] > 0);
    assert_int_equal(report.total.outcome[WEIR_OUTCOME_DETECT] +
                         report.total.outcome[WEIR_OUTCOME_REPLACED],
                     45);
    weir_report_done(&report);
}

/* The sink is a pipe that nobody reads until every frame has come in. */
static void test_a_hanging_sink_does_not_hold_a_live_source_up(void **state) {
    struct fixture *f = *state;
    const char *model = use_model(f), *pipe = test_path(f->dir, "a.ndjson");
    char bytes[4096];
    enum { FRAMES = 120 };
    assert_int_equal(mkfifo(pipe, 0600), 0);
    int fd = open(pipe, O_RDONLY | O_NONBLOCK);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_SETPIPE_SZ, (int)sizeof bytes) > 0);
    set(f, "detect.threads", "1");
    set(f, "run.max_frames", "120");
    add(f, "a", test_data("videos/bottle-detection.mp4"), true);
    sink(f, "ndjson", f->dir);
    struct weir_run *run = start(f, model, NULL);
    struct weir_snapshot snapshot;
    do {
        weir_run_wait(run, WEIR_NS_PER_MS);
        weir_run_snapshot(run, 0, &snapshot);
    } while (snapshot.counts.frames_in < FRAMES);
    assert_false(snapshot.ended);
    assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
    while (read(fd, bytes, sizeof bytes) > 0)
        ;
    close(fd);
    struct weir_report report = finish(run);
    assert_int_equal(report.total.frames_in, FRAMES);
    assert_true(report.total.outcome[WEIR_OUTCOME_OVERLOAD] > 0);
    assert_int_equal(report.stream[0].sink_failure.code, 0);
    weir_report_done(&report);
}

/* ---- one bad among good ones --------------------------------------------- */

static void test_a_bad_source_stops_none_of_the_others(void **state) {
    struct fixture *f = *state;
    const char *model = use_model(f);
    struct events events = {.lock = PTHREAD_MUTEX_INITIALIZER};
    const char *rubbish = test_path(f->dir, "rubbish.mp4");
    struct weir_error err = {0};
    assert_int_equal(weir_file_write_all(rubbish, "not a video at all", 18, &err), 0);
    add(f, "good", test_data("videos/bottle-detection.mp4"), false);
    add(f, "missing", test_path(f->dir, "missing.mp4"), false);
    add(f, "rubbish", rubbish, false);
    set(f, "run.max_frames", "50");
    struct weir_report report = go(f, model, &events);
    assert_int_equal(report.stream[0].counts.outcome[WEIR_OUTCOME_DETECT], 50);
    assert_int_equal(report.stream[0].failure.code, 0);
    assert_true(report.stream[1].failure.code != 0);
    assert_true(report.stream[2].failure.code != 0);
    assert_non_null(strstr(events.text, "missing: "));
    assert_non_null(strstr(events.text, "missing.mp4"));
    assert_non_null(strstr(events.text, "rubbish: "));
    assert_true(weir_report_failed(&report));
    weir_report_done(&report);
}

static void test_a_sink_that_cannot_be_opened_fails_its_stream_before_any_frame(void **state) {
    struct fixture *f = *state;
    const char *model = use_model(f);
    struct weir_error err = {0};
    const char *file = test_path(f->dir, "file");
    assert_int_equal(weir_file_write_all(file, "x", 1, &err), 0);
    add(f, "a", test_data("videos/bottle-detection.mp4"), false);
    sink(f, "ndjson", test_path(file, "below"));
    struct weir_report report = go(f, model, NULL);
    assert_int_equal(report.total.frames_in, 0);
    assert_true(report.stream[0].failure.code != 0);
    weir_report_done(&report);
}

static void test_a_full_disk_stops_the_sink_and_nothing_else(void **state) {
    struct fixture *f = *state;
    const char *model = use_model(f);
    if (access("/dev/full", W_OK))
        skip();
    assert_int_equal(symlink("/dev/full", test_path(f->dir, "a.ndjson")), 0);
    add(f, "a", test_data("videos/bottle-detection.mp4"), false);
    set(f, "run.max_frames", "40");
    sink(f, "ndjson", f->dir);
    sink(f, "mot", f->dir);
    struct weir_report report = go(f, model, NULL);
    assert_int_equal(report.total.outcome[WEIR_OUTCOME_DETECT], 40);
    assert_int_equal(report.stream[0].sink_failure.code, WEIR_ENOSPC);
    assert_true(weir_file_exists(test_path(f->dir, "a.mot.txt")));
    assert_true(weir_report_failed(&report));
    weir_report_done(&report);
}

/* ---- stopping ------------------------------------------------------------ */

static void test_a_stopped_run_accounts_for_every_frame(void **state) {
    struct fixture *f = *state;
    const char *model = use_model(f);
    add(f, "a", test_data("videos/one-by-one-person-detection.mp4"), false);
    add(f, "b", test_data("videos/bottle-detection.mp4"), true);
    struct weir_run *run = start(f, model, NULL);
    struct weir_snapshot snapshot;
    do { /* in the middle of it: some frames have come out */
        weir_run_wait(run, WEIR_NS_PER_MS);
        weir_run_snapshot(run, 0, &snapshot);
    } while (weir_counts_out(&snapshot.counts) < 20);
    weir_run_stop(run);
    weir_run_stop(run);
    struct weir_report report = finish(run);
    assert_true(report.stopped);
    assert_true(report.total.frames_in < 2600);
    weir_report_done(&report);
}

static void test_a_run_that_was_never_started_is_freed(void **state) {
    struct fixture *f = *state;
    const char *model = use_model(f);
    struct weir_run_conf conf = {.workflow = &f->wf, .model_path = &model};
    struct weir_run *run;
    struct weir_error err = {0};
    add(f, "a", test_data("videos/bottle-detection.mp4"), false);
    assert_int_equal(weir_run_new(&conf, &run, &err), 0);
    weir_run_free(run);
    weir_run_free(NULL);
}

static void test_a_run_freed_in_the_middle_ends_its_threads(void **state) {
    struct fixture *f = *state;
    const char *model = use_model(f);
    add(f, "a", test_data("videos/one-by-one-person-detection.mp4"), false);
    weir_run_free(start(f, model, NULL));
}

static void test_a_missing_model_is_an_error_before_anything_starts(void **state) {
    struct fixture *f = *state;
    const char *nowhere = "/nowhere/model.onnx";
    struct weir_run_conf conf = {.workflow = &f->wf, .model_path = &nowhere};
    struct weir_run *run = NULL;
    struct weir_error err = {0};
    set(f, "detect.models", nowhere);
    add(f, "a", "whatever.mp4", false);
    assert_int_equal(weir_run_new(&conf, &run, &err), WEIR_ENOENT);
    assert_null(run);
    test_error_says(&err, "/nowhere/model.onnx");
}

/* ---- the profile --------------------------------------------------------- */

/* Where a profile of this machine, or of another one, says that the nano model takes so long. */
static void keep_profile(struct fixture *f, double ms, const char *cpu) {
    struct weir_costs_infer infer = {"yolox_nano_dyn", 160, 96, 1, ms, ms, 100};
    struct weir_costs costs = {.infer = &infer, .infers = 1};
    struct weir_error err = {0};
    weir_costs_this_machine(&costs.machine);
    if (cpu)
        snprintf(costs.machine.cpu, sizeof costs.machine.cpu, "%s", cpu);
    f->profile = test_path(f->dir, "profile.json");
    if (weir_costs_write(f->profile, &costs, &err))
        fail_msg("%s", err.text);
}

static struct weir_costs_infer profiled(struct fixture *f) {
    struct weir_costs costs;
    struct weir_error err = {0};
    if (weir_costs_read(f->profile, &costs, &err))
        fail_msg("%s", err.text);
    assert_int_equal(costs.infers, 1);
    struct weir_costs_infer infer = costs.infer[0];
    weir_costs_done(&costs);
    return infer;
}

/* Never true. */
enum { HOUR_MS = 3600000 };

static int times_told(const struct events *events, const char *part) {
    int times = 0;
    for (const char *at = events->text; (at = strstr(at, part)); at++)
        times++;
    return times;
}

static struct weir_report go_profiled(struct fixture *f, struct events *events) {
    const char *model = use_model(f);
    /* as wide as the input: pre-processing is no part that counts */
    add(f, "a", "scene:seed=7,size=160x96,fps=24,seconds=5", false);
    return go(f, model, events);
}

static void test_what_inferences_took_goes_into_the_profile_and_drift_is_told_once(void **state) {
    struct fixture *f = *state;
    struct events events = {.lock = PTHREAD_MUTEX_INITIALIZER};
    keep_profile(f, HOUR_MS, NULL);
    struct weir_report report = go_profiled(f, &events);
    assert_int_equal(report.profile_points, 1);
    assert_int_equal(profiled(f).seen, 220);
    assert_true(profiled(f).ms < HOUR_MS);
    assert_int_equal(times_told(&events, "yolox_nano_dyn at 160x96 takes 0.0 times what"), 1);
    weir_report_done(&report);
}

static void test_a_profile_that_is_not_to_be_updated_stays_as_it_is(void **state) {
    struct fixture *f = *state;
    struct events events = {.lock = PTHREAD_MUTEX_INITIALIZER};
    keep_profile(f, HOUR_MS, NULL);
    set(f, "run.profile_update", "false");
    struct weir_report report = go_profiled(f, &events);
    assert_int_equal(report.profile_points, 0);
    assert_int_equal(profiled(f).seen, 100);
    assert_int_equal(times_told(&events, "yolox_nano_dyn at 160x96"), 1); /* drift all the same */
    weir_report_done(&report);
}

static void test_another_machines_profile_is_told_of_and_left_alone(void **state) {
    struct fixture *f = *state;
    struct events events = {.lock = PTHREAD_MUTEX_INITIALIZER};
    keep_profile(f, HOUR_MS, "An Abacus");
    struct weir_report report = go_profiled(f, &events);
    assert_int_equal(report.profile_points, 0);
    assert_int_equal(profiled(f).seen, 100);
    assert_int_equal(times_told(&events, "another machine's (An Abacus"), 1);
    assert_int_equal(times_told(&events, "takes"), 0);
    weir_report_done(&report);
}

static void test_times_of_several_threads_are_not_compared(void **state) {
    struct fixture *f = *state;
    struct events events = {.lock = PTHREAD_MUTEX_INITIALIZER};
    keep_profile(f, HOUR_MS, NULL);
    set(f, "detect.threads", "2");
    set(f, "detect.workers", "1");
    struct weir_report report = go_profiled(f, &events);
    assert_int_equal(report.profile_points, 0);
    assert_string_equal(events.text, "");
    weir_report_done(&report);
}

static void test_a_damaged_profile_stops_no_run(void **state) {
    struct fixture *f = *state;
    struct events events = {.lock = PTHREAD_MUTEX_INITIALIZER};
    f->profile = test_path(f->dir, "profile.json");
    assert_int_equal(weir_file_write_all(f->profile, "{", 1, NULL), 0);
    struct weir_report report = go_profiled(f, &events);
    assert_int_equal(report.total.outcome[WEIR_OUTCOME_DETECT], 120);
    assert_int_equal(times_told(&events, "run: the profile is neither used nor updated"), 1);
    weir_report_done(&report);
}

/* ---- the report ---------------------------------------------------------- */

static void test_the_json_report_adds_up(void **state) {
    struct fixture *f = *state;
    const char *model = use_model(f);
    struct weir_buf text = {0};
    json_error_t where;
    add(f, "a", test_data("videos/bottle-detection.mp4"), false);
    set(f, "run.max_frames", "30");
    struct weir_report report = go(f, model, NULL);
    weir_report_json(&report, &text);
    json_t *root = json_loads(weir_buf_str(&text), 0, &where);
    if (!root)
        fail_msg("%s", where.text);
    assert_int_equal(json_integer_value(json_object_get(root, "frames_in")), 30);
    assert_int_equal(json_integer_value(json_object_get(root, "results")), 30);
    assert_true(json_is_true(json_object_get(root, "consistent")));
    json_t *latency = json_object_get(root, "latency_ms");
    double mean = json_number_value(json_object_get(latency, "mean")), parts = 0;
    const char *key;
    json_t *part;
    json_object_foreach(json_object_get(root, "parts_ms"), key, part) parts +=
        json_number_value(json_object_get(part, "mean"));
    assert_true(mean > 0 && parts > mean * 0.98 && parts < mean * 1.02);
    json_decref(root);
    weir_buf_reset(&text);
    weir_report_text(&report, &text);
    assert_non_null(strstr(weir_buf_str(&text), "30 frames in, 30 results, 0 dropped"));
    weir_buf_done(&text);
    weir_report_done(&report);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_a_file_gives_a_result_for_every_frame),
        T(test_results_leave_in_frame_order_whatever_the_workers_do),
        T(test_results_do_not_depend_on_workers_and_batches),
        T(test_batches_serve_every_frame_of_several_streams),
        T(test_a_live_file_passes_frames_over_when_the_detector_is_too_slow),
        T(test_a_hanging_sink_does_not_hold_a_live_source_up),
        T(test_a_bad_source_stops_none_of_the_others),
        T(test_a_sink_that_cannot_be_opened_fails_its_stream_before_any_frame),
        T(test_a_full_disk_stops_the_sink_and_nothing_else),
        T(test_a_stopped_run_accounts_for_every_frame),
        T(test_a_run_that_was_never_started_is_freed),
        T(test_a_run_freed_in_the_middle_ends_its_threads),
        T(test_a_missing_model_is_an_error_before_anything_starts),
        T(test_what_inferences_took_goes_into_the_profile_and_drift_is_told_once),
        T(test_a_profile_that_is_not_to_be_updated_stays_as_it_is),
        T(test_another_machines_profile_is_told_of_and_left_alone),
        T(test_times_of_several_threads_are_not_compared),
        T(test_a_damaged_profile_stops_no_run),
        T(test_the_json_report_adds_up),
    };
    return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
