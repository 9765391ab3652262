/* weir eval scenes as a user runs it, with a small real detector on few small frames. */
#include "cli/program.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define FEW "--size", "320x180", "--seconds", "3", "--widths", "160,224", "--quiet"

static double real(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static void test_each_width_has_a_row(void **state) {
    struct program p = {0};
    if (PROGRAM(&p, "eval", "scenes", "--models", data_model(), "--seeds", "3-4,9", FEW, "--json",
                "--min-height", "6"))
        fail_msg("%s", weir_buf_str(&p.err));
    json_t *root = program_json(&p);
    const json_t *rows = json_object_get(root, "results");
    assert_true(json_is_true(json_object_get(root, "complete")));
    assert_int_equal(json_array_size(json_object_get(root, "seeds")), 3);
    assert_int_equal(json_number(root, "min_height"), 6);
    assert_int_equal(json_array_size(rows), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *row = json_array_get(rows, i);
        assert_string_equal(json_string_value(json_object_get(row, "model")), "yolox_nano_dyn");
        assert_int_equal(json_number(row, "width"), i ? 224 : 160);
        assert_int_equal(json_number(row, "height"), i ? 128 : 96); /* 126 and 90, in steps of 32 */
        assert_int_equal(json_number(row, "frames"), 9);
        assert_true(real(row, "ap") >= -1 && real(row, "ap") <= real(row, "ap50"));
        assert_true(real(row, "ms") > 0);
    }
    /* one threshold for all widths */
    assert_true(real(json_array_get(rows, 0), "conf") == real(json_array_get(rows, 1), "conf"));
    json_decref(root);
    program_done(&p);
}

static void test_numbers_come_again_and_print_as_a_table(void **state) {
    struct program p = {0}, q = {0};
    const char *args[] = {"eval", "scenes", "--models", data_model(), "--seeds", "5", FEW, NULL};
    assert_int_equal(program_run(&p, args), 0);
    assert_int_equal(program_run(&q, args), 0);
    program_says(&p.out, "AP50");
    program_says(&p.out, "224x128");
    for (const char *a = p.out.data, *b = q.out.data; *a;) { /* all but the last column, ms */
        size_t la = strcspn(a, "\n"), lb = strcspn(b, "\n");
        assert_true(la == lb && !memcmp(a, b, la - 8));
        a += la + 1;
        b += lb + 1;
    }
    program_done(&p);
    program_done(&q);
}

static void test_profile_counts_what_the_rows_saw(void **state) {
    struct program p = {0};
    char out[2048], path[4096];
    snprintf(out, sizeof out, "%s/profiles/new", dir);
    if (PROGRAM(&p, "eval", "scenes", "--models", data_model(), "--seeds", "3", FEW, "--profile",
                "rush", "--profile-out", out))
        fail_msg("%s", weir_buf_str(&p.err));
    snprintf(path, sizeof path, "%s/yolox_nano_dyn.accuracy.json", out);
    json_t *root = json_load_file(path, 0, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "model")), "yolox_nano_dyn");
    assert_int_equal(json_number(root, "pictures"), 6); /* 3 frames at 2 widths */
    const json_t *classes = json_object_get(root, "classes"),
                 *all = json_object_get(classes, "all");
    assert_int_equal(json_object_size(classes), 6);
    size_t bins = json_array_size(json_object_get(root, "bins"));
    assert_int_equal(bins, 15);
    int64_t truths = 0;
    for (size_t i = 0; i < bins; i++) {
        json_int_t n = json_integer_value(json_array_get(json_object_get(all, "truths"), i));
        json_int_t found = json_integer_value(json_array_get(json_object_get(all, "found"), i));
        const json_t *probability = json_array_get(json_object_get(all, "probability"), i);
        truths += n;
        assert_true(found <= n);
        if (n)
            assert_float_equal(json_number_value(probability), (double)found / (double)n, 1e-5);
        else
            assert_true(json_is_null(probability));
    }
    assert_true(truths > 0);
    json_decref(root);
    program_done(&p);
}

static void test_model_of_a_fixed_size_has_one_row(void **state) {
    struct program p = {0};
    char model[4096];
    snprintf(model, sizeof model, "%s", test_data("models/yolox_nano_416.onnx"));
    assert_int_equal(
        PROGRAM(&p, "eval", "scenes", "--models", model, "--seeds", "3", FEW, "--json"), 0);
    program_says(&p.err, "yolox_nano_416 is fixed in size: the widths do not apply");
    json_t *root = program_json(&p);
    assert_int_equal(json_array_size(json_object_get(root, "results")), 1);
    json_decref(root);
    program_done(&p);
}

static void misused_list(const char *part, const char *const *args) {
    struct program p = {0};
    int code = program_run(&p, args);
    program_says(&p.err, part);
    assert_int_equal(code, 2);
    assert_int_equal(p.out.len, 0);
    program_done(&p);
}
#define MISUSED(part, ...)                                                                         \
    misused_list(part, (const char *const[]){"eval", "scenes", __VA_ARGS__, NULL})

static void test_wrong_use_is_named_before_any_work(void **state) {
    MISUSED("scenes needs --models", "--seeds", "1");
    MISUSED("--models: found 'a,,b'", "--models", "a,,b");
    MISUSED("--models: a is named twice", "--models", "a,x/a");
    MISUSED("--seeds: found '3-1'", "--models", "a", "--seeds", "3-1");
    MISUSED("--seeds: found '1,'", "--models", "a", "--seeds", "1,");
    MISUSED("--seeds: found '0-10000'", "--models", "a", "--seeds", "0-10000");
    MISUSED("--seeds: found '9223372036854775806-9223372036854775807'", "--models", "a", "--seeds",
            "9223372036854775806-9223372036854775807");
    MISUSED("--seeds: found '-4'", "--models", "a", "--seeds=-4");
    MISUSED("--widths: found '16'; allowed: whole numbers from 32", "--models", "a", "--widths",
            "16");
    MISUSED("--widths: found '320,x'", "--models", "a", "--widths", "320,x");
    MISUSED("fps is 0;", "--models", "a", "--fps", "0");
    MISUSED("allowed: calm, rush, mixed, far or empty", "--models", "a", "--profile", "x");
    MISUSED("--min-height: found '-1'", "--models", "a", "--min-height=-1");
    MISUSED("--min-visibility: found '1.5'; allowed: a number from 0 to 1", "--models", "a",
            "--min-visibility", "1.5");
    MISUSED("takes no arguments, found 'x'", "--models", "a", "x");
    MISUSED("unknown option --width; did you mean --widths?", "--models", "a", "--width", "3");
}

static void test_model_that_is_not_there_is_named(void **state) {
    struct program p = {0};
    assert_int_equal(PROGRAM(&p, "eval", "scenes", "--models", "no_such_model"), 1);
    program_says(&p.err, "no_such_model");
    program_done(&p);
}

static void test_ctrl_c_prints_what_was_seen_and_writes_no_profile(void **state) {
    struct program p = {.columns = 100, .cwd = dir};
    program_start(&p, (const char *const[]){"eval", "scenes", "--models", data_model(), "--seeds",
                                            "0-999", "--size", "320x180", "--widths", "160,224",
                                            "--profile-out", "cut", NULL});
    program_wait_for(&p, "ETA");
    kill(p.pid, SIGINT);
    assert_int_equal(program_finish(&p), 1);
    program_says(&p.out, "224x128");
    program_says(&p.out, "interrupted after ");
    program_says(&p.out, "no profile is written");
    assert_false(weir_file_exists(test_path(dir, "cut/yolox_nano_dyn.accuracy.json")));
    program_done(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_width_has_a_row),
        cmocka_unit_test(test_numbers_come_again_and_print_as_a_table),
        cmocka_unit_test(test_profile_counts_what_the_rows_saw),
        cmocka_unit_test(test_model_of_a_fixed_size_has_one_row),
        cmocka_unit_test(test_wrong_use_is_named_before_any_work),
        cmocka_unit_test(test_model_that_is_not_there_is_named),
        cmocka_unit_test(test_ctrl_c_prints_what_was_seen_and_writes_no_profile),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
