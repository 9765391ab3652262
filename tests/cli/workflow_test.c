/* Workflow files and the environment: what wins, what paths mean, all errors at once. */
#include "cli/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void replace(char *text, const char *from, const char *to) {
    char *at = strstr(text, from);
    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
}

static void test_defaults_become_a_workflow(void **state) {
    struct program p = {0}, check = {0}, again = {0};
    assert_int_equal(PROGRAM(&p, "config", "--defaults"), 0);
    char *text = strdup(weir_buf_str(&p.out));
    replace(text, "#  gate:", "   gate:");
    replace(text, "#  yard:", "   yard:");
    replace(text, "#  - ndjson:", "   - ndjson:");
    const char *path = write_text("mine.yaml", text);
    free(text);
    check.env = again.env = (const char *const[]){"WEIR_DETECT_MODELS=some_model", NULL};
    if (PROGRAM(&check, "config", "--check", path))
        fail_msg("%s", weir_buf_str(&check.err));
    program_says(&check.out, "some_model");
    program_says(&check.out, "rtsp://10.0.0.7/main");

    /* what is printed is a workflow file itself, and says the same */
    path = write_text("printed.yaml", weir_buf_str(&check.out));
    assert_int_equal(PROGRAM(&again, "config", "--check", path), 0);
    assert_string_equal(weir_buf_str(&again.out), weir_buf_str(&check.out));
    program_done(&p);
    program_done(&check);
    program_done(&again);
}

static void test_all_errors_of_a_file_come_at_once(void **state) {
    struct program p = {0};
    char line[4096];
    const char *path = write_text("bad.yaml", "streams:\n"
                                              "  gate: { source: a.mp4, lve: true }\n"
                                              "  \"a b\": x.mp4\n"
                                              "detect: { conf: 7, sise: 3 }\n"
                                              "sinks: [ { ndjsn: out/ } ]\n"
                                              "foo: 1\n");
    static const char *const said[] = {
        ":2: streams.gate.lve: found an unknown key; allowed: source, live",
        ":3: streams.a b: found the name \"a b\"",
        ":4: detect.conf: found 7; allowed: a number from 0 to 1, or auto",
        ":4: detect.sise: found an unknown key",
        ":5: sinks: found \"ndjsn\"",
        ":6: foo: found an unknown key",
    };
    for (int run = 0; run < 2; run++) {
        int code = run ? PROGRAM(&p, "run", path) : PROGRAM(&p, "config", "--check", path);
        assert_int_equal(code, 2);
        for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
            snprintf(line, sizeof line, "%s%s", path, said[i]);
            program_says(&p.err, line);
        }
        program_says(&p.err, "(did you mean size?)");
        program_says(&p.err, "(did you mean ndjson?)");
        assert_int_equal(p.out.len, 0);
    }
    program_done(&p);
}

/* What no key tells by itself, with the line of each; config --check and run say the same. */
static void test_what_cannot_be_chosen_is_told_with_its_line_before_anything_runs(void **state) {
    struct program p = {0};
    char line[4096];
    const char *path =
        write_text("choose.yaml", "streams: { gate: { source: a.mp4, live: true } }\n"
                                  "detect:\n"
                                  "  models: [street_n, street_m]\n"
                                  "  reference: steet_m\n"
                                  "  widths: [320, 640]\n"
                                  "slo:\n"
                                  "  deadline_ms: 200\n"
                                  "  prefer: cost\n"
                                  "strategy: static:model=street_x,width=500\n");
    static const char *const said[] = {
        ":4: detect.reference: found \"steet_m\"; allowed: one of detect.models, \"street_n\"",
        ":8: slo.prefer: found cost, which no strategy of weir run seeks yet; allowed: latency",
        ":9: strategy: found model=street_x; allowed: one of detect.models",
        ":9: strategy: found width=500; allowed: one of detect.widths",
    };
    for (int run = 0; run < 2; run++) {
        int code = run ? PROGRAM(&p, "run", path) : PROGRAM(&p, "config", "--check", path);
        assert_int_equal(code, 2);
        for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
            snprintf(line, sizeof line, "%s%s", path, said[i]);
            program_says(&p.err, line);
        }
        assert_int_equal(p.out.len, 0);
    }
    program_done(&p);
}

static void bad_strategy(const char *strategy, const char *says) {
    struct program p = {0};
    char text[512];
    snprintf(text, sizeof text, "streams: { gate: a.mp4 }\ndetect: { models: [street_n] }\n%s\n",
             strategy);
    const char *path = write_text("strategy.yaml", text);
    assert_int_equal(PROGRAM(&p, "config", "--check", path), 2);
    program_says(&p.err, says);
    program_done(&p);
}

static void test_a_strategy_that_a_run_does_not_know_is_named(void **state) {
    bad_strategy("strategy: cloud-only",
                 "3: strategy: found cloud-only, which needs a site of several nodes (weir sim, "
                 "weir bench); allowed: weir, greedy, houmani21, static:model=M,width=W");
    bad_strategy("strategy: ./mine.so:x=1", "found ./mine.so, which needs a site");
    bad_strategy("strategy: weir",
                 "3: strategy: found weir, but no deadline to keep; needed: slo.deadline_ms");
    bad_strategy(
        "strategy: statik",
        "found \"statik\"; allowed: weir, greedy, houmani21, static:model=M,width=W (did you "
        "mean static?)");
    bad_strategy("strategy: static:node=cloud", "found \"node=cloud\" behind static; allowed: "
                                                "model=M and width=W");
    bad_strategy("strategy: static:width=9000", "found width=9000; allowed: width=32 to");
}

static void test_models_of_one_name_could_not_be_told_apart(void **state) {
    struct program p = {0};
    const char *path = write_text("alike.yaml", "streams: { gate: a.mp4 }\n"
                                                "detect:\n"
                                                "  models: [a/m.onnx, b/m.onnx]\n"
                                                "  reference: b/m.onnx\n"
                                                "strategy: static\n");
    assert_int_equal(PROGRAM(&p, "config", "--check", path), 2);
    program_says(&p.err, "alike.yaml:3: detect.models: found two models that are called m");
    program_done(&p);
}

static void test_a_checked_choice_prints_what_reads_back(void **state) {
    struct program p = {0};
    const char *path =
        write_text("good.yaml", "streams: { gate: a.mp4 }\n"
                                "detect: { models: [no_a, no_b], reference: no_b, widths: [320] }\n"
                                "slo: { deadline_ms: 200 }\n"
                                "strategy: static:model=no_a\n");
    assert_int_equal(PROGRAM(&p, "config", "--check", path), 0);
    program_says(&p.err, "models were not checked: "); /* they are not here */
    program_says(&p.out, "strategy: \"static:model=no_a\"");
    program_says(&p.out, "  deadline_ms: 200");
    program_says(&p.out, "  widths: [320]");
    const char *again = write_text("again.yaml", weir_buf_str(&p.out));
    assert_int_equal(PROGRAM(&p, "config", "--check", again), 0);
    program_done(&p);
}

static void bad_file(const char *path, const char *part) {
    struct program p = {0};
    assert_int_equal(PROGRAM(&p, "config", "--check", path), 2);
    program_says(&p.err, part);
    program_says(&p.err, path);
    program_done(&p);
}

static void test_file_that_is_no_workflow_is_refused(void **state) {
    bad_file(write_text("empty.yaml", ""), "the file is empty");
    bad_file(write_text("open.yaml", "streams: ["), "not valid YAML");
    bad_file(write_text("rubbish.yaml", "\xff\xfe\x01"), "not valid YAML");
    bad_file(write_text("list.yaml", "- a\n- b\n"), "list.yaml:1");
    bad_file(write_text("twice.yaml", "run: {}\nrun: {}\n"), "twice.yaml:2");
    bad_file(test_path(dir, "none.yaml"), "No such file");
    bad_file(dir, "it is a folder");
    bad_file(write_text("nothing.yaml", "streams:\n"), "streams: found none");
}

static void test_paths_start_at_the_files_folder(void **state) {
    struct program p = {.cwd = "/"};
    char video[4096], model[4096];
    assert_int_equal(mkdir(test_path(dir, "site"), 0777), 0);
    snprintf(video, sizeof video, "%s/site/clip.mp4", dir);
    snprintf(model, sizeof model, "%s/site/nano.onnx", dir);
    assert_int_equal(symlink(data_video(), video), 0);
    assert_int_equal(symlink(data_model(), model), 0);
    const char *path =
        write_text("site/weir.yaml", "streams:\n"
                                     "  gate: { source: clip.mp4 }\n"
                                     "  yard: clip.mp4\n"
                                     "detect: { models: [./nano.onnx], size: 160x96, conf: 0.3 }\n"
                                     "run: { max_frames: 4 }\n"
                                     "sinks: [ { ndjson: out/ }, { annotate: out/ } ]\n");
    if (PROGRAM(&p, "run", path, "--json"))
        fail_msg("%s", weir_buf_str(&p.err));
    json_t *summary = program_json(&p);
    assert_int_equal(summed(summary), 8);
    assert_int_equal(json_array_size(json_object_get(summary, "streams")), 2);
    json_decref(summary);
    for (int i = 0; i < 2; i++) {
        struct weir_buf lines =
            file_text(test_path(dir, i ? "site/out/yard.ndjson" : "site/out/gate.ndjson"));
        assert_int_equal(line_count(weir_buf_str(&lines)), 4);
        weir_buf_done(&lines);
        assert_int_equal(
            access(test_path(dir, i ? "site/out/yard.mp4" : "site/out/gate.mp4"), R_OK), 0);
    }
    program_done(&p);
}

/* The confidence that a run was made with shows in the least score of its boxes. */
static void checked_conf(const char *path, const char *const *env, const char *part) {
    struct program p = {.env = env};
    assert_int_equal(PROGRAM(&p, "config", "--check", path), 0);
    program_says(&p.out, part);
    program_done(&p);
}

static double least_score(const char *path) {
    struct weir_buf text = file_text(path);
    double least = 2;
    for (const char *at = weir_buf_str(&text); (at = strstr(at, "\"score\":")); at++) {
        double score = strtod(at + 8, NULL);
        least = score < least ? score : least;
    }
    weir_buf_done(&text);
    return least;
}

static void test_environment_wins_over_the_file_and_flags_over_both(void **state) {
    char text[8192];
    snprintf(text, sizeof text,
             "streams: { clip: %s }\n"
             "detect: { models: [%s], size: 160x96, conf: 0.05 }\n"
             "track: { enabled: false }\n"
             "run: { max_frames: 3 }\n"
             "sinks: [ { ndjson: %s/won } ]\n",
             data_video(), data_model(), dir);
    const char *path = write_text("won.yaml", text);
    char lines[4096];
    snprintf(lines, sizeof lines, "%s/won/clip.ndjson", dir);
    const char *const none[] = {NULL};
    const char *const env[] = {"WEIR_DETECT_CONF=0.45", NULL};
    checked_conf(path, none, "conf: 0.05");
    checked_conf(path, env, "conf: 0.45");

    struct program p = {0};
    assert_int_equal(PROGRAM(&p, "run", path, "--quiet"), 0);
    assert_true(least_score(lines) < 0.45);
    p.env = env;
    assert_int_equal(PROGRAM(&p, "run", path, "--quiet"), 0);
    assert_true(least_score(lines) >= 0.45 && least_score(lines) <= 1);
    assert_int_equal(PROGRAM(&p, "run", path, "--quiet", "--conf", "0.05"), 0);
    assert_true(least_score(lines) < 0.45);
    program_done(&p);
}

static void test_wrong_environment_is_named(void **state) {
    struct program p = {.env = (const char *const[]){"WEIR_DETECT_CONF=2", "WEIR_DETECT_THREDS=2",
                                                     "WEIR_SOMETHING_ELSE=1", NULL}};
    assert_int_equal(PROGRAM(&p, "run", "a.mp4", "--model", "m"), 2);
    program_says(&p.err, "WEIR_DETECT_CONF: found 2; allowed: a number from 0 to 1");
    program_says(&p.err, "WEIR_DETECT_THREDS: found an unknown setting; did you mean "
                         "WEIR_DETECT_THREADS?");
    program_says_not(&p.err, "WEIR_SOMETHING_ELSE");
    program_done(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_become_a_workflow),
        cmocka_unit_test(test_all_errors_of_a_file_come_at_once),
        cmocka_unit_test(test_what_cannot_be_chosen_is_told_with_its_line_before_anything_runs),
        cmocka_unit_test(test_a_strategy_that_a_run_does_not_know_is_named),
        cmocka_unit_test(test_models_of_one_name_could_not_be_told_apart),
        cmocka_unit_test(test_a_checked_choice_prints_what_reads_back),
        cmocka_unit_test(test_file_that_is_no_workflow_is_refused),
        cmocka_unit_test(test_paths_start_at_the_files_folder),
        cmocka_unit_test(test_environment_wins_over_the_file_and_flags_over_both),
        cmocka_unit_test(test_wrong_environment_is_named),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
