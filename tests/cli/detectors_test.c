/*
 * The detectors that come with the project: what they say of themselves, and
 * that they find what is in generated streets, as far as models/README.md says, less a
 * margin for the small sample.
 */
#include "cli/program.h"

#include <string.h>
#include <unistd.h>

/* Least AP50 at 1280 pixels' width on the sample below; and how much larger it is
 * there than at 320, at least. */
static const struct {
    const char *file;
    double ap50, times_that_at_320;
} detectors[] = {
    {"models/street_n.onnx", 0.27, 1.8},
    {"models/street_s.onnx", 0.38, 1.8},
    {"models/street_m.onnx", 0.52, 2.0},
};
enum { DETECTORS = sizeof detectors / sizeof *detectors };

static void test_each_says_what_it_is(void **state) {
    for (size_t i = 0; i < DETECTORS; i++) {
        struct program p = {0};
        if (PROGRAM(&p, "model", "inspect", test_source(detectors[i].file)))
            fail_msg("%s", weir_buf_str(&p.err));
        program_says(&p.out, "yolov8");
        program_says(&p.out, "person");
        program_says(&p.out, "truck");
        program_done(&p);
    }
}

static void test_each_is_found_by_its_name_and_takes_any_size(void **state) {
    static const char *const sizes[] = {"160x96", "320x192", "1280x736", "192x320"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct program p = {0};
        const char *env[] = {"WEIR_MODELS=", NULL};
        char models[4096];
        snprintf(models, sizeof models, "WEIR_MODELS=%s", test_source("models"));
        env[0] = models;
        p.env = env;
        if (PROGRAM(&p, "run", "scene:seed=3,size=320x180,seconds=0.2", "--model", "street_n",
                    "--size", sizes[i], "--json", "--quiet"))
            fail_msg("%s: %s", sizes[i], weir_buf_str(&p.err));
        json_decref(program_json(&p));
        program_done(&p);
    }
}

static void test_size_off_the_stride_is_refused_with_the_remedy(void **state) {
    struct program p = {0};
    assert_int_not_equal(PROGRAM(&p, "run", "scene:seed=3,size=320x180,seconds=0.2", "--model",
                                 test_source("models/street_n.onnx"), "--size", "170x100",
                                 "--quiet"),
                         0);
    program_says(&p.err, "32");
    program_done(&p);
}

static double figure(const json_t *root, size_t row, const char *key) {
    const json_t *results = json_object_get(root, "results");
    return json_number_value(json_object_get(json_array_get(results, row), key));
}

static void test_they_find_what_is_in_the_street(void **state) {
    for (size_t i = 0; i < DETECTORS; i++) {
        struct program p = {0};
        if (PROGRAM(&p, "eval", "scenes", "--models", test_source(detectors[i].file), "--seeds",
                    "0-5", "--fps", "0.05", "--seconds", "40", "--widths", "320,1280", "--json",
                    "--quiet"))
            fail_msg("%s", weir_buf_str(&p.err));
        json_t *root = program_json(&p);
        double small = figure(root, 0, "ap50"), large = figure(root, 1, "ap50");
        print_message("# %s: AP50 %.3f at 320, %.3f at 1280\n", detectors[i].file, small, large);
        assert_int_equal(figure(root, 1, "width"), 1280);
        assert_true(large >= detectors[i].ap50);
        assert_true(large >= detectors[i].times_that_at_320 * small);
        json_decref(root);
        program_done(&p);
    }
}

static void test_an_empty_street_gives_few_false_alarms(void **state) {
    for (size_t i = 0; i < DETECTORS; i++) {
        struct program p = {0};
        if (PROGRAM(&p, "run", "scene:seed=5,size=1280x720,fps=1,seconds=4,profile=empty",
                    "--model", test_source(detectors[i].file), "--size", "1280x736", "--conf",
                    "0.7", "--json", "--quiet"))
            fail_msg("%s", weir_buf_str(&p.err));
        json_t *root = program_json(&p);
        int64_t boxes = json_number(root, "boxes");
        print_message("# %s: %lld false alarms\n", detectors[i].file, (long long)boxes);
        assert_in_range(boxes, 0, 8);
        json_decref(root);
        program_done(&p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_says_what_it_is),
        cmocka_unit_test(test_each_is_found_by_its_name_and_takes_any_size),
        cmocka_unit_test(test_size_off_the_stride_is_refused_with_the_remedy),
        cmocka_unit_test(test_they_find_what_is_in_the_street),
        cmocka_unit_test(test_an_empty_street_gives_few_false_alarms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
