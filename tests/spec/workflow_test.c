/* The workflow as an object: names, sinks, the environment, the checks. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "spec/spec.h"

struct fixture {
    struct weir_workflow wf;
    struct weir_error err;
};

static int begin(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    return !f || weir_workflow_init(&f->wf);
}

static int end(void **state) {
    struct fixture *f = *state;
    weir_workflow_done(&f->wf);
    weir_workflow_done(&f->wf); /* twice does no harm */
    free(f);
    return 0;
}

static void set(struct fixture *f, const char *key, const char *text) {
    if (weir_option_set(weir_option_by_key(key), &f->wf.set, text, &f->err))
        fail_msg("%s", f->err.text);
}

static void add(struct fixture *f, const char *source) {
    if (weir_workflow_add_stream(&f->wf, NULL, source, false, &f->err))
        fail_msg("%s", f->err.text);
}

static void sink(struct fixture *f, const char *kind, const char *path) {
    if (weir_workflow_add_sink(&f->wf, kind, path, &f->err))
        fail_msg("%s", f->err.text);
}

static void fits(struct fixture *f) {
    if (weir_workflow_check(&f->wf, &f->err))
        fail_msg("%s", f->err.text);
}

static void unfit(struct fixture *f, const char *says) {
    assert_int_equal(weir_workflow_check(&f->wf, &f->err), WEIR_EINVAL);
    test_error_says(&f->err, says);
}

static void test_names_are_derived_from_sources(void **state) {
    static const char *const cases[][2] = {
        {"yard.mp4", "yard"},
        {"/a/b/front door.v2.mkv", "front_door.v2"},
        {"rtsp://10.0.0.7/main", "main"},
        {"rtsp://user:secret@cam.local:554/live/ch0?token=geheim", "ch0"},
        {"rtsp://user:secret@cam.local:554", "cam.local_554"},
        {"https://h/x/index.m3u8#t", "index"},
        {"/dev/video0", "video0"},
        {"images/*.jpg", "images"},
        {"frames/", "frames"},
        {"-", "stdin"},
        {"*.jpg", "stream"},
        {"..", "stream"},
        {"///", "stream"},
        {".hidden", "hidden"},
        {"-x.mp4", "x"},
        {"Straße.mp4", "Stra_e"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_workflow wf;
        assert_int_equal(weir_workflow_init(&wf), 0);
        assert_int_equal(weir_workflow_add_stream(&wf, NULL, cases[i][0], true, NULL), 0);
        assert_string_equal(wf.stream[0].name, cases[i][1]);
        assert_string_equal(wf.stream[0].source, cases[i][0]);
        assert_true(wf.stream[0].live);
        weir_workflow_done(&wf);
    }
}

static void test_derived_names_are_made_unique(void **state) {
    struct fixture *f = *state;
    add(f, "a/yard.mp4");
    add(f, "b/yard.mp4");
    add(f, "c/yard.avi");
    assert_string_equal(f->wf.stream[0].name, "yard");
    assert_string_equal(f->wf.stream[1].name, "yard-2");
    assert_string_equal(f->wf.stream[2].name, "yard-3");
}

static void test_bad_used_and_empty_names_are_refused(void **state) {
    struct fixture *f = *state;
    static const char *const bad[] = {"", "a b", "a/b", ".", "..", ".x", "-x", "ä", "a\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(weir_workflow_add_stream(&f->wf, bad[i], "x.mp4", false, &f->err),
                         WEIR_EINVAL);
        test_error_says(&f->err, "allowed: letters, digits");
    }
    char long_name[200];
    memset(long_name, 'x', sizeof long_name);
    long_name[101] = 0;
    assert_int_equal(weir_workflow_add_stream(&f->wf, long_name, "x", false, NULL), WEIR_EINVAL);
    long_name[100] = 0;
    assert_int_equal(weir_workflow_add_stream(&f->wf, long_name, "x", false, NULL), 0);
    assert_int_equal(weir_workflow_add_stream(&f->wf, "gate", "x.mp4", false, NULL), 0);
    assert_int_equal(weir_workflow_add_stream(&f->wf, "gate", "y.mp4", false, &f->err),
                     WEIR_EINVAL);
    test_error_says(&f->err, "\"gate\" a second time");
    assert_int_equal(f->wf.stream_len, 2);
}

static void test_an_empty_source_is_refused(void **state) {
    struct fixture *f = *state;
    assert_int_equal(weir_workflow_add_stream(&f->wf, NULL, "", false, &f->err), WEIR_EINVAL);
    test_error_says(&f->err, "found nothing");
    assert_int_equal(f->wf.stream_len, 0);
}

static void test_sinks_are_of_known_kinds_with_a_path_where_one_belongs(void **state) {
    struct fixture *f = *state;
    sink(f, "ndjson", "out");
    sink(f, "coco", "out");
    sink(f, "mot", "out");
    sink(f, "annotate", "a.mp4");
    sink(f, "digest", "out");
    sink(f, "null", NULL);
    assert_int_equal(f->wf.sink_len, 6);
    assert_null(f->wf.sink[5].path);
    assert_int_equal(weir_workflow_add_sink(&f->wf, "ndjsn", "x", &f->err), WEIR_EINVAL);
    test_error_says(&f->err, "did you mean ndjson?");
    assert_int_equal(weir_workflow_add_sink(&f->wf, "ndjson", NULL, &f->err), WEIR_EINVAL);
    test_error_says(&f->err, "without a path");
    assert_int_equal(weir_workflow_add_sink(&f->wf, "coco", "", &f->err), WEIR_EINVAL);
    assert_int_equal(weir_workflow_add_sink(&f->wf, "null", "x", &f->err), WEIR_EINVAL);
    assert_int_equal(f->wf.sink_len, 6);
}

static void test_an_empty_workflow_lacks_stream_and_model(void **state) {
    struct fixture *f = *state;
    unfit(f, "streams: found none; allowed: at least one");
    test_error_says(&f->err, "\ndetect.models: found none; allowed: at least one");
    test_error_says(&f->err, "--model NAME");
}

static void test_two_models_are_one_too_many_where_nothing_chooses(void **state) {
    struct fixture *f = *state;
    add(f, "a.mp4");
    set(f, "detect.models", "yolox_nano,deimv2_atto");
    set(f, "detect.reference", "deimv2_atto");
    unfit(f, "detect.models: found 2 (\"yolox_nano\", \"deimv2_atto\") and nothing that chooses "
             "among them; allowed: exactly one, or several beside slo.deadline_ms or strategy");
    set(f, "slo.deadline_ms", "200");
    fits(f);
    set(f, "slo.deadline_ms", "auto");
    set(f, "strategy", "greedy");
    fits(f);
    set(f, "strategy", "auto");
    set(f, "detect.models", "deimv2_atto");
    fits(f);
}

static void test_a_model_is_named_once(void **state) {
    struct fixture *f = *state;
    add(f, "a.mp4");
    set(f, "strategy", "weir");
    set(f, "detect.models", "a,b,a");
    set(f, "detect.reference", "b");
    unfit(f, "detect.models: found \"a\" a second time; allowed: once");
}

static void test_of_several_models_one_is_the_reference(void **state) {
    struct fixture *f = *state;
    add(f, "a.mp4");
    set(f, "strategy", "weir");
    set(f, "detect.models", "street_n,street_m");
    unfit(f, "detect.reference: found none for several models; allowed: one of detect.models, "
             "\"street_n\", \"street_m\"");
    set(f, "detect.reference", "steet_m");
    unfit(f, "detect.reference: found \"steet_m\"; allowed: one of detect.models, \"street_n\", "
             "\"street_m\" (did you mean street_m?)");
    set(f, "detect.reference", "street_m");
    fits(f);
}

static void test_widths_need_who_chooses_among_them(void **state) {
    struct fixture *f = *state;
    add(f, "a.mp4");
    set(f, "detect.models", "street_n");
    set(f, "detect.widths", "640, 320");
    unfit(f, "detect.widths: found 2 and nothing that chooses among them");
    set(f, "strategy", "static:width=320");
    fits(f);
    set(f, "detect.size", "640x384");
    unfit(f, "detect.size: found 640x384 beside a strategy, which chooses widths");
    set(f, "detect.size", "auto");
    set(f, "detect.widths", "320,640,320");
    unfit(f, "detect.widths: found 320 a second time; allowed: once");
}

static void test_a_floor_needs_a_deadline(void **state) {
    struct fixture *f = *state;
    add(f, "a.mp4");
    set(f, "detect.models", "street_n");
    set(f, "slo.min_accuracy", "0.9");
    unfit(f, "slo.min_accuracy: found 0.9 without a deadline; allowed: beside slo.deadline_ms");
    set(f, "slo.deadline_ms", "200");
    fits(f);
}

static void test_what_chooses_is_weir_unless_another_is_named(void **state) {
    struct fixture *f = *state;
    assert_false(weir_workflow_chooses(&f->wf));
    assert_true(weir_workflow_floor(&f->wf) == 0.85);
    set(f, "slo.deadline_ms", "200");
    set(f, "slo.min_accuracy", "0");
    assert_true(weir_workflow_chooses(&f->wf));
    assert_true(weir_workflow_floor(&f->wf) == 0);
    assert_string_equal(weir_workflow_strategy(&f->wf), "weir");
    set(f, "strategy", "static:width=320");
    assert_string_equal(weir_workflow_strategy(&f->wf), "static:width=320");
}

static void test_workers_must_divide_the_threads(void **state) {
    struct fixture *f = *state;
    add(f, "a.mp4");
    set(f, "detect.models", "m");
    set(f, "detect.threads", "2");
    set(f, "detect.workers", "4");
    unfit(f, "detect.workers: found 4; allowed: at most detect.threads, 2");
    set(f, "detect.threads", "7");
    set(f, "detect.workers", "2");
    unfit(f, "detect.threads: found 7; allowed: a multiple of detect.workers, 2");
    set(f, "detect.threads", "8");
    fits(f);
    set(f, "detect.threads", "auto");
    set(f, "detect.workers", "9");
    fits(f);
}

static void test_lower_bounds_stay_below_upper_ones(void **state) {
    struct fixture *f = *state;
    add(f, "a.mp4");
    set(f, "detect.models", "m");
    set(f, "source.reconnect_min_s", "31");
    set(f, "track.low", "0.61");
    unfit(f, "source.reconnect_min_s: found 31; allowed: at most source.reconnect_max_s, 30");
    test_error_says(&f->err, "track.low: found 0.61; allowed: at most track.high, 0.6");
    set(f, "source.reconnect_min_s", "30");
    set(f, "track.low", "0.6");
    fits(f);
}

static void test_one_annotated_file_cannot_hold_two_streams(void **state) {
    struct fixture *f = *state;
    set(f, "detect.models", "m");
    add(f, "a.mp4");
    sink(f, "annotate", "/nowhere/out.mp4");
    fits(f);
    add(f, "b.mp4");
    unfit(f, "found the file \"/nowhere/out.mp4\" for 2 streams; allowed: a folder");
}

static void test_a_folder_of_annotated_files_holds_many_streams(void **state) {
    struct fixture *f = *state;
    char *dir = test_scratch(); /* its name may hold a dot: it exists */
    set(f, "detect.models", "m");
    add(f, "a.mp4");
    add(f, "b.mp4");
    sink(f, "annotate", dir);
    sink(f, "annotate", "/nowhere/out.d/");
    sink(f, "annotate", "/nowhere/out");
    fits(f);
    test_scratch_remove(dir);
}

static void test_two_sinks_in_one_place_are_refused(void **state) {
    struct fixture *f = *state;
    set(f, "detect.models", "m");
    add(f, "a.mp4");
    sink(f, "ndjson", "out");
    sink(f, "coco", "out");
    fits(f);
    sink(f, "ndjson", "out");
    unfit(f, "found ndjson twice");
}

static void test_two_videos_in_one_file_are_refused(void **state) {
    struct fixture *f = *state;
    set(f, "detect.models", "m");
    add(f, "a.mp4");
    sink(f, "annotate", "b.mp4");
    sink(f, "mosaic", "c.mp4");
    fits(f);
    sink(f, "mosaic", "b.mp4");
    unfit(f, "found annotate and mosaic with the same file");
}

static void test_standard_input_feeds_one_stream(void **state) {
    struct fixture *f = *state;
    set(f, "detect.models", "m");
    add(f, "-");
    fits(f);
    add(f, "-");
    unfit(f, "standard input (-) 2 times");
}

static void test_the_environment_overrides(void **state) {
    struct fixture *f = *state;
    setenv("WEIR_DETECT_CONF", "0.4", 1);
    setenv("WEIR_SOURCE_OPEN_TIMEOUT_S", "3", 1);
    setenv("WEIR_DETECT_CLASSES", "person,car", 1);
    setenv("WEIR_TRACK_ENABLED", "no", 1);
    assert_int_equal(weir_workflow_env(&f->wf, &f->err), 0);
    unsetenv("WEIR_DETECT_CONF");
    unsetenv("WEIR_SOURCE_OPEN_TIMEOUT_S");
    unsetenv("WEIR_DETECT_CLASSES");
    unsetenv("WEIR_TRACK_ENABLED");
    assert_true(f->wf.set.detect.conf == 0.4);
    assert_true(f->wf.set.source.open_timeout_s == 3);
    assert_int_equal(f->wf.set.detect.classes.len, 2);
    assert_false(f->wf.set.track.enabled);
}

static void test_other_variables_are_nobodys_settings(void **state) {
    struct fixture *f = *state;
    static const char *const names[] = {"WEIR_MODELS", "WEIR_CATALOG",     "WEIR_DATA",
                                        "WEIR_LOG",    "WEIR_SOURCE_ROOT", "WEIR_RUN_BY",
                                        "WEIR_",       "WEIR_DETECT_"};
    char *old[8];
    for (int i = 0; i < 8; i++) {
        const char *value = getenv(names[i]);
        old[i] = value ? strdup(value) : NULL;
        setenv(names[i], "/some/where", 1);
    }
    int rc = weir_workflow_env(&f->wf, &f->err);
    for (int i = 0; i < 8; i++) {
        if (old[i])
            setenv(names[i], old[i], 1);
        else
            unsetenv(names[i]);
        free(old[i]);
    }
    assert_int_equal(rc, 0);
    assert_int_equal(f->wf.set.detect.models.len, 0);
}

static void test_bad_variables_are_reported_all_at_once(void **state) {
    struct fixture *f = *state;
    setenv("WEIR_DETECT_CONF", "much", 1);
    setenv("WEIR_TRACK_HIGH", "2", 1);
    setenv("WEIR_DETECT_MAXBOXES", "3", 1);
    int rc = weir_workflow_env(&f->wf, &f->err);
    unsetenv("WEIR_DETECT_CONF");
    unsetenv("WEIR_TRACK_HIGH");
    unsetenv("WEIR_DETECT_MAXBOXES");
    assert_int_equal(rc, WEIR_EINVAL);
    test_error_says(&f->err, "WEIR_DETECT_CONF: found \"much\"; allowed: a number from 0 to 1");
    test_error_says(&f->err, "WEIR_TRACK_HIGH: found 2; allowed: a number from 0 to 1");
    test_error_says(&f->err, "WEIR_DETECT_MAXBOXES: found an unknown setting; did you mean "
                             "WEIR_DETECT_MAX_BOXES?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_derived_from_sources),
        cmocka_unit_test_setup_teardown(test_derived_names_are_made_unique, begin, end),
        cmocka_unit_test_setup_teardown(test_bad_used_and_empty_names_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_an_empty_source_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_sinks_are_of_known_kinds_with_a_path_where_one_belongs,
                                        begin, end),
        cmocka_unit_test_setup_teardown(test_an_empty_workflow_lacks_stream_and_model, begin, end),
        cmocka_unit_test_setup_teardown(test_two_models_are_one_too_many_where_nothing_chooses,
                                        begin, end),
        cmocka_unit_test_setup_teardown(test_a_model_is_named_once, begin, end),
        cmocka_unit_test_setup_teardown(test_of_several_models_one_is_the_reference, begin, end),
        cmocka_unit_test_setup_teardown(test_widths_need_who_chooses_among_them, begin, end),
        cmocka_unit_test_setup_teardown(test_a_floor_needs_a_deadline, begin, end),
        cmocka_unit_test_setup_teardown(test_what_chooses_is_weir_unless_another_is_named, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_workers_must_divide_the_threads, begin, end),
        cmocka_unit_test_setup_teardown(test_lower_bounds_stay_below_upper_ones, begin, end),
        cmocka_unit_test_setup_teardown(test_one_annotated_file_cannot_hold_two_streams, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_a_folder_of_annotated_files_holds_many_streams, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_two_sinks_in_one_place_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_two_videos_in_one_file_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_standard_input_feeds_one_stream, begin, end),
        cmocka_unit_test_setup_teardown(test_the_environment_overrides, begin, end),
        cmocka_unit_test_setup_teardown(test_other_variables_are_nobodys_settings, begin, end),
        cmocka_unit_test_setup_teardown(test_bad_variables_are_reported_all_at_once, begin, end),
    };
    return cmocka_run_group_tests_name("spec/workflow", tests, NULL, NULL);
}
