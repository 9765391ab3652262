/* Wrong use ends with 2 and says what is wrong, where, and what is allowed; help never fails. */
#include "cli/program.h"

#include <stdio.h>
#include <string.h>

/* Nothing of these starts anything: exit code 2, not a word on standard output. */
static void misused_list(const char *part, const char *const *args) {
    struct program p = {0};
    int code = program_run(&p, args);
    program_says(&p.err, part);
    assert_int_equal(code, 2);
    assert_int_equal(p.out.len, 0);
    program_done(&p);
}
#define MISUSED(part, ...) misused_list(part, (const char *const[]){__VA_ARGS__, NULL})

static void test_no_command_shows_the_commands(void **state) {
    MISUSED("usage: weir COMMAND", NULL);
}

static void test_unknown_command_is_named(void **state) {
    MISUSED("unknown command 'rnu'; did you mean run?", "rnu");
    MISUSED("unknown command '--modle'", "--modle");
    MISUSED("unknown command 'simm'; did you mean sim?\nweir --help", "simm");
    MISUSED("did you mean config?", "cofnig", "--check", "x");
    MISUSED("did you mean record?", "rcord");
}

static void test_a_word_that_is_far_from_every_command_gets_no_guess(void **state) {
    static const char *const words[] = {"x", "ab", "detect", "streets"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct program p = {0};
        assert_int_equal(PROGRAM(&p, words[i]), 2);
        program_says_not(&p.err, "did you mean");
        program_says(&p.err, "usage: weir COMMAND");
        program_done(&p);
    }
}

static void test_unknown_flag_names_the_nearest(void **state) {
    MISUSED("unknown option --modle; did you mean --model?", "run", "a.mp4", "--modle", "m");
    MISUSED("did you mean --no-track?", "run", "a.mp4", "--notrack");
    MISUSED("did you mean --annotations?", "eval", "coco", "--anotations=x");
    MISUSED("did you mean --defaults?", "config", "--default");
    MISUSED("unknown option -m", "run", "a.mp4", "-m", "x");
    MISUSED("unknown option --zzzzzzzz", "stages", "--zzzzzzzz");
}

static void test_flag_without_its_value_is_named(void **state) {
    MISUSED("--model needs a value", "run", "a.mp4", "--model");
    MISUSED("--out needs a value", "run", "a.mp4", "--out");
    MISUSED("--check needs a value", "config", "--check");
    MISUSED("--json takes no value", "run", "a.mp4", "--json=1");
    MISUSED("--live takes no value", "run", "a.mp4", "--live=yes");
}

static void test_value_out_of_range_says_what_is_allowed(void **state) {
    MISUSED("--conf: detect.conf: found 3; allowed: a number from 0 to 1, or auto", "run", "a.mp4",
            "--model", "m", "--conf", "3");
    MISUSED("--conf: detect.conf: found", "run", "a.mp4", "--model", "m", "--conf=nan");
    MISUSED("allowed: a size such as 416 or 640x384", "run", "a.mp4", "--model", "m", "--size",
            "7x");
    MISUSED("--size", "run", "a.mp4", "--model", "m", "--size", "16");
    MISUSED("--threads", "run", "a.mp4", "--model", "m", "--threads", "-1");
    MISUSED("--max-frames", "run", "a.mp4", "--model", "m", "--max-frames", "1.5");
    MISUSED("--provider", "run", "a.mp4", "--model", "m", "--provider", "tpu");
    MISUSED("cpu, cuda, tensorrt, openvino", "run", "a.mp4", "--model", "m", "--provider", "tpu");
    MISUSED("--formats: found 'xml'; allowed: ndjson, coco, mot", "run", "a.mp4", "--model", "m",
            "--out", "o", "--formats", "ndjson,xml");
    MISUSED("--formats needs --out", "run", "a.mp4", "--model", "m", "--formats", "mot");
    MISUSED("allowed: at most detect.threads", "run", "a.mp4", "--model", "m", "--threads", "2",
            "--workers", "3");
}

static void test_run_without_source_and_model_misses_both(void **state) {
    MISUSED("streams: found none", "run");
    MISUSED("detect.models: found none", "run");
    MISUSED("found standard input (-) 2 times", "run", "-", "-", "--model", "m");
    MISUSED("allowed: exactly one", "run", "a.mp4", "--model", "m,n");
}

static void test_what_a_command_does_not_take_is_refused(void **state) {
    MISUSED("takes no arguments, found 'x'", "stages", "x");
    MISUSED("unexpected argument 'x'", "config", "--defaults", "x");
    MISUSED("exactly one of --defaults, --example KIND and --check", "config");
    MISUSED("exactly one of --defaults, --example KIND and --check", "config", "--defaults",
            "--check", "a.yaml");
    MISUSED("expected list, inspect, heads, pull or resize", "model");
    MISUSED("found 'lst'", "model", "lst");
    MISUSED("inspect takes one FILE or name", "model", "inspect");
    MISUSED("resize takes IN.onnx and OUT.onnx", "model", "resize", "a.onnx");
    MISUSED("pull takes a NAME", "model", "pull");
    MISUSED("--json belongs to inspect", "model", "list", "--json");
    MISUSED("belong to pull", "model", "heads", "--all");
}

static void test_wrong_log_level_names_the_allowed_ones(void **state) {
    struct program p = {.env = (const char *const[]){"WEIR_LOG=loud", NULL}};
    assert_int_equal(PROGRAM(&p, "stages"), 2);
    program_says(&p.err, "WEIR_LOG: found 'loud'; allowed: error, warn, info, debug, trace");
    program_done(&p);
}

static void test_every_command_has_help(void **state) {
    static const char *const commands[] = {"run", "eval", "sim", "model", "config", "stages"};
    struct program p = {0};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char usage[64];
        snprintf(usage, sizeof usage, "usage: weir %s", commands[i]);
        assert_int_equal(PROGRAM(&p, commands[i], "--help"), 0);
        program_says(&p.out, usage);
        assert_int_equal(p.err.len, 0);
        /* wherever it stands, and whatever else is wrong */
        assert_int_equal(PROGRAM(&p, commands[i], "--nonsense", "-h"), 0);
        program_says(&p.out, usage);
    }
    assert_int_equal(PROGRAM(&p, "run", "--help"), 0);
    program_says(&p.out, "--model A,B");
    program_says(&p.out, "--no-track");
    program_says(&p.out, "[cpu]");
    program_says(&p.out, "tcp|udp");
    program_done(&p);
}

static void test_help_and_version_of_the_program(void **state) {
    struct program p = {0};
    assert_int_equal(PROGRAM(&p, "--help"), 0);
    program_says(&p.out, "Exit codes: 0 done, 1 failed while running, 2 wrong use");
    assert_int_equal(PROGRAM(&p, "help"), 0);
    assert_int_equal(PROGRAM(&p, "--version"), 0);
    assert_string_equal(weir_buf_str(&p.out), "weir " WEIR_VERSION "\n");
    program_done(&p);
}

static void test_stages_are_listed_in_path_order(void **state) {
    static const char *const stages[] = {"source", "decode", "detect", "track", "sink"};
    struct program p = {0};
    assert_int_equal(PROGRAM(&p, "stages"), 0);
    const char *at = weir_buf_str(&p.out);
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        const char *line = strstr(at, stages[i]);
        if (!line)
            fail_msg("%s is missing, or out of order: %s", stages[i], weir_buf_str(&p.out));
        at = line;
    }
    program_says(&p.out, "bytetrack");
    program_says(&p.out, "annotate");
    program_done(&p);
}

static void test_manual_page_is_clean(void **state) {
    struct program p = {0}, lint = {0}, there = {0};
    TOOL(&there, "mandoc", "/dev/null"); /* skips before anything is held */
    program_done(&there);
    assert_int_equal(PROGRAM(&p, "config", "--man"), 0);
    program_says(&p.out, ".Dt WEIR 1");
    program_says(&p.out, "max\\-frames");
    lint.input = p.out.data;
    lint.input_len = p.out.len;
    TOOL(&lint, "mandoc", "-T", "lint", "-W", "warning");
    if (lint.code)
        fail_msg("%s%s", weir_buf_str(&lint.out), weir_buf_str(&lint.err));
    program_done(&p);
    program_done(&lint);
}

static void test_output_that_cannot_be_written_is_an_error(void **state) {
    struct program p = {.deaf = true};
    assert_int_equal(PROGRAM(&p, "config", "--defaults"), 1);
    program_says(&p.err, "cannot write to standard output");
    program_done(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_command_shows_the_commands),
        cmocka_unit_test(test_unknown_command_is_named),
        cmocka_unit_test(test_a_word_that_is_far_from_every_command_gets_no_guess),
        cmocka_unit_test(test_unknown_flag_names_the_nearest),
        cmocka_unit_test(test_flag_without_its_value_is_named),
        cmocka_unit_test(test_value_out_of_range_says_what_is_allowed),
        cmocka_unit_test(test_run_without_source_and_model_misses_both),
        cmocka_unit_test(test_what_a_command_does_not_take_is_refused),
        cmocka_unit_test(test_wrong_log_level_names_the_allowed_ones),
        cmocka_unit_test(test_every_command_has_help),
        cmocka_unit_test(test_help_and_version_of_the_program),
        cmocka_unit_test(test_stages_are_listed_in_path_order),
        cmocka_unit_test(test_manual_page_is_clean),
        cmocka_unit_test(test_output_that_cannot_be_written_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
