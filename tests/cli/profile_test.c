/* weir profile as a user runs it, with a small real detector at few widths. */
#include "cli/program.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define FEW "--models", "street_n", "--quiet", "--seconds", "1"

static char kept[4096]; /* measured once for all tests that only look */

static int measure_once(void **state) {
    struct program p = {0};
    make_dir(state);
    snprintf(kept, sizeof kept, "%s/kept/profile.json", dir);
    if (PROGRAM(&p, "profile", FEW, "--widths", "320,1280", "-o", kept))
        fail_msg("%s", weir_buf_str(&p.err));
    SAYS_ALL(&p.out, "machine: ", "320x192", "1280x736", "640x360 to 320x180",
             "accuracy of street_n: ", "street_n.accuracy.json");
    SAYS_ALL(&p.err, "written to ", kept);
    program_done(&p);
    return 0;
}

static double real(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static json_t *kept_json(void) {
    json_t *root = json_load_file(kept, 0, NULL);
    assert_non_null(root);
    return root;
}

/* The one point of a list that has these values. */
static const json_t *point(const json_t *root, const char *list, const char *codec, int width) {
    const json_t *points = json_object_get(root, list), *found = NULL;
    for (size_t i = 0; i < json_array_size(points); i++) {
        const json_t *p = json_array_get(points, i);
        const char *of = json_string_value(json_object_get(p, "codec"));
        if (json_number(p, "width") != width || (codec && strcmp(of, codec) != 0))
            continue;
        assert_null(found);
        found = p;
    }
    assert_non_null(found);
    return found;
}

static void rises(const json_t *root, const char *list, const char *codec, const char *key) {
    double narrow = real(point(root, list, codec, 320), key),
           wide = real(point(root, list, codec, 1280), key);
    if (!(narrow > 0 && wide > narrow))
        fail_msg("%s %s: %f at 320, %f at 1280", list, key, narrow, wide);
}

static void test_costs_are_positive_and_rise_with_pixels(void **state) {
    json_t *root = kept_json();
    assert_int_equal(json_array_size(json_object_get(root, "infer")), 2);
    assert_int_equal(json_array_size(json_object_get(root, "reduce")), 2); /* from either size */
    assert_int_equal(json_array_size(json_object_get(root, "code")), 4);
    rises(root, "infer", NULL, "ms");
    for (int c = 0; c < 2; c++) {
        const char *codec = c ? "h264" : "jpeg";
        rises(root, "code", codec, "encode_ms");
        rises(root, "code", codec, "decode_ms");
        rises(root, "code", codec, "bytes");
        rises(root, "code", codec, "key_bytes");
    }
    const json_t *infer = point(root, "infer", NULL, 320),
                 *h264 = point(root, "code", "h264", 1280);
    assert_string_equal(json_string_value(json_object_get(infer, "model")), "street_n");
    assert_int_equal(json_number(infer, "height"), 192); /* 180, in steps of 32 */
    assert_int_equal(json_number(infer, "batch"), 1);
    assert_true(real(infer, "high_ms") >= real(infer, "ms"));
    assert_int_equal(json_number(h264, "quality"), 23);
    assert_true(real(h264, "key_bytes") > 2 * real(h264, "bytes")); /* the street stands still */
    assert_true(json_number(json_object_get(root, "machine"), "cores") >= 1);
    json_decref(root);
}

static void test_a_profile_is_shown_and_printed_as_it_is(void **state) {
    struct program p = {0};
    assert_int_equal(PROGRAM(&p, "profile", "--show", kept), 0);
    program_says(&p.out, "inference, ms of one core");
    program_says(&p.out, "1280x736");
    program_says(&p.out, "keyframe kB");
    program_says_not(&p.err, "weir");
    program_done(&p);
    struct program q = {0};
    assert_int_equal(PROGRAM(&q, "profile", "--show", kept, "--json"), 0);
    struct weir_buf text = file_text(kept);
    assert_string_equal(q.out.data, text.data); /* it reads back to the byte */
    weir_buf_done(&text);
    program_done(&q);
}

/* kept with one inference time made that many times as long. */
static const char *doctored(const char *name, double times) {
    const char *path = test_path(dir, name);
    json_t *root = kept_json();
    json_t *first = json_array_get(json_object_get(root, "infer"), 0);
    json_object_set_new(first, "ms", json_real(real(first, "ms") * times));
    json_object_set_new(first, "high_ms", json_real(real(first, "high_ms") * times));
    assert_int_equal(json_dump_file(root, path, 0), 0);
    json_decref(root);
    return path;
}

static void test_what_drifted_is_named(void **state) {
    struct program p = {0};
    const char *old = doctored("half.json", 0.5);
    assert_int_equal(PROGRAM(&p, "profile", "--show", kept, "--compare", old), 0);
    program_says(&p.out, "1 of 16 drifted (outside 0.8 to 1.25)");
    program_says(&p.out, "\n  street_n 320x192 batch 1 inference ms: 2.00 times\n");
    program_done(&p);
    struct program q = {0};
    assert_int_equal(PROGRAM(&q, "profile", "--show", kept, "--compare", old, "--json"), 0);
    json_t *root = program_json(&q);
    assert_int_equal(json_number(root, "drifted"), 1);
    assert_int_equal(json_number(root, "compared"), 16); /* 2 + 2 + 3 of each of 4 */
    const json_t *first = json_array_get(json_object_get(root, "points"), 0);
    assert_float_equal(real(first, "ratio"), 2, 1e-3);
    assert_true(json_is_true(json_object_get(first, "drifted")));
    assert_true(json_is_true(json_object_get(root, "same_processor")));
    json_decref(root);
    program_done(&q);
}

static void test_what_became_faster_has_drifted_too(void **state) {
    struct program p = {0};
    assert_int_equal(PROGRAM(&p, "profile", "--show", kept, "--compare", doctored("twice.json", 2)),
                     0);
    program_says(&p.out, "street_n 320x192 batch 1 inference ms: 0.50 times");
    program_done(&p);
}

static void test_what_is_near_has_not_drifted(void **state) {
    struct program p = {0};
    assert_int_equal(
        PROGRAM(&p, "profile", "--show", kept, "--compare", doctored("near.json", 0.85)), 0);
    program_says(&p.out, "nothing drifted");
    program_done(&p);
}

static void test_profiles_with_nothing_in_common_are_not_compared(void **state) {
    struct program p = {0};
    const char *path = test_path(dir, "other.json");
    json_t *root = kept_json();
    json_object_set_new(root, "infer", json_array());
    json_object_set_new(root, "reduce", json_array());
    json_object_set_new(root, "code", json_array());
    assert_int_equal(json_dump_file(root, path, 0), 0);
    json_decref(root);
    assert_int_equal(PROGRAM(&p, "profile", "--show", kept, "--compare", path), 1);
    program_says(&p.err, "no point in common");
    assert_int_equal(p.out.len, 0);
    program_done(&p);
}

static void test_batches_and_qualities_are_points_and_home_is_where_it_is_kept(void **state) {
    char home[2048];
    snprintf(home, sizeof home, "HOME=%s/home", dir);
    struct program p = {.env = (const char *const[]){home, NULL}};
    if (PROGRAM(&p, "profile", FEW, "--widths", "160", "--batches", "1,4", "--codecs", "jpeg",
                "--qualities", "40,90", "--json"))
        fail_msg("%s", weir_buf_str(&p.err));
    json_t *root = program_json(&p);
    const json_t *infer = json_object_get(root, "infer"), *code = json_object_get(root, "code");
    assert_int_equal(json_array_size(infer), 2);
    assert_int_equal(json_number(json_array_get(infer, 1), "batch"), 4);
    assert_true(real(json_array_get(infer, 1), "ms") > real(json_array_get(infer, 0), "ms"));
    assert_int_equal(json_array_size(code), 2);
    assert_true(real(json_array_get(code, 1), "bytes") > real(json_array_get(code, 0), "bytes"));
    json_decref(root);
    struct weir_buf text = file_text(test_path(dir, "home/.local/share/weir/profile.json"));
    assert_string_equal(text.data, p.out.data);
    weir_buf_done(&text);
    program_done(&p);
}

static void test_measuring_to_compare_replaces_nothing(void **state) {
    struct weir_buf before = file_text(kept);
    char profile[4200];
    snprintf(profile, sizeof profile, "WEIR_PROFILE=%s", kept);
    struct program p = {.env = (const char *const[]){profile, NULL}};
    if (PROGRAM(&p, "profile", FEW, "--widths", "320", "--codecs", "jpeg", "--compare", kept))
        fail_msg("%s", weir_buf_str(&p.err));
    program_says(&p.out, "street_n 320x192 batch 1 inference ms");
    program_says(&p.out, "left out: 4 points that only the first has, 0 only the second");
    const char *bytes = strstr(p.out.data, "jpeg 80 320x180 bytes");
    assert_non_null(bytes);
    assert_non_null(strstr(bytes, " 1.00\n")); /* the same pictures: the same bytes */
    program_says_not(&p.err, "written to");
    struct weir_buf after = file_text(kept);
    assert_string_equal(before.data, after.data);
    weir_buf_done(&before);
    weir_buf_done(&after);
    program_done(&p);
}

static void test_a_model_of_one_size_has_one_point(void **state) {
    char model[4096];
    snprintf(model, sizeof model, "%s", test_data("models/yolox_nano_416.onnx"));
    struct program p = {0};
    if (PROGRAM(&p, "profile", "--models", model, "--quiet", "--seconds", "1", "--widths",
                "160,224", "--codecs", "jpeg", "--json", "-o", test_path(dir, "one.json")))
        fail_msg("%s", weir_buf_str(&p.err));
    json_t *root = program_json(&p);
    const json_t *infer = json_object_get(root, "infer");
    assert_int_equal(json_array_size(infer), 1);
    assert_int_equal(json_number(json_array_get(infer, 0), "width"), 416);
    assert_int_equal(json_number(json_array_get(infer, 0), "height"), 416);
    json_decref(root);
    program_done(&p);
}

static void test_ctrl_c_writes_nothing_and_says_so(void **state) {
    struct program p = {.columns = 100, .cwd = dir};
    program_start(&p, (const char *const[]){"profile", "--models", "street_n", "--seconds", "600",
                                            "-o", "cut.json", NULL});
    program_wait_for(&p, "points");
    kill(p.pid, SIGINT);
    assert_int_equal(program_finish(&p), 1);
    program_says(&p.out, "interrupted after ");
    program_says(&p.out, "nothing is written");
    program_says_not(&p.out, "machine: ");
    assert_false(weir_file_exists(test_path(dir, "cut.json")));
    program_done(&p);
}

static void refused_list(int code, const char *part, const char *const *args) {
    struct program p = {.cwd = dir};
    int got = program_run(&p, args);
    program_says(&p.err, part);
    assert_int_equal(got, code);
    assert_int_equal(p.out.len, 0);
    program_done(&p);
}
#define REFUSED(code, part, ...)                                                                   \
    refused_list(code, part, (const char *const[]){"profile", __VA_ARGS__, NULL})

static void test_wrong_use_is_named_before_any_work(void **state) {
    REFUSED(2, "--models: found 'a,,b'", "--models", "a,,b");
    REFUSED(2, "--models: a is named twice", "--models", "a,x/a");
    REFUSED(2, "--widths: found '16'; allowed: whole numbers from 32 to 3840", "--widths", "16");
    REFUSED(2, "--widths: found '320,'", "--widths", "320,");
    REFUSED(2, "--widths: found 321; allowed: even numbers", "--widths", "320,321");
    REFUSED(2, "--widths: 320 is named twice", "--widths", "320,640,320");
    REFUSED(2, "--batches: found '0'", "--batches", "0");
    REFUSED(2, "--codecs: found 'vp9'; allowed: jpeg, h264", "--codecs", "vp9");
    REFUSED(2, "--qualities: found '101'; allowed: whole numbers from 1 to 100", "--qualities",
            "101");
    REFUSED(2, "--crf: found '52'", "--crf", "52");
    REFUSED(2, "--qualities are JPEG's", "--codecs", "h264", "--qualities", "80");
    REFUSED(2, "--crf is H.264's", "--codecs", "jpeg", "--crf", "23");
    REFUSED(2, "--seconds: found '0'; allowed: a number from 1 to 3600", "--seconds", "0");
    REFUSED(2, "--seconds: found 'long'", "--seconds", "long");
    REFUSED(2, "--show measures nothing: leave out --widths", "--show", kept, "--widths", "320");
    REFUSED(2, "--show measures nothing: leave out -o", "--show", kept, "-o", "x");
    REFUSED(2, "with SOURCE it needs --models", "x");
    REFUSED(2, "unknown option --width; did you mean --widths?", "--width", "3");
}

static void test_what_cannot_be_done_is_told(void **state) {
    REFUSED(1, "no_such_model", "--models", "no_such_model", "-o", "x.json");
    REFUSED(1, "none.json", "--show", "none.json");
    REFUSED(1, "none.json", "--compare", "none.json", "--show", kept);
    REFUSED(1, "--widths: found 330; street_n takes multiples of 32", "--models", "street_n",
            "--widths", "330", "-o", "x.json");
    const char broken[] = "{\"weir_profile\":1,\"infer\":[{\"model\":7}]}";
    assert_int_equal(
        weir_file_write_all(test_path(dir, "broken.json"), broken, sizeof broken - 1, NULL), 0);
    REFUSED(1, "broken.json: infer[0].model: found 7", "--show", "broken.json");
    REFUSED(1, "broken.json: machine.cpu: found nothing", "--show", "broken.json");
    REFUSED(1, "broken.json", "--models", "street_n", "-o", "broken.json/x.json");
    assert_false(weir_file_exists(test_path(dir, "x.json")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_costs_are_positive_and_rise_with_pixels),
        cmocka_unit_test(test_a_profile_is_shown_and_printed_as_it_is),
        cmocka_unit_test(test_what_drifted_is_named),
        cmocka_unit_test(test_what_became_faster_has_drifted_too),
        cmocka_unit_test(test_what_is_near_has_not_drifted),
        cmocka_unit_test(test_profiles_with_nothing_in_common_are_not_compared),
        cmocka_unit_test(test_batches_and_qualities_are_points_and_home_is_where_it_is_kept),
        cmocka_unit_test(test_measuring_to_compare_replaces_nothing),
        cmocka_unit_test(test_a_model_of_one_size_has_one_point),
        cmocka_unit_test(test_ctrl_c_writes_nothing_and_says_so),
        cmocka_unit_test(test_wrong_use_is_named_before_any_work),
        cmocka_unit_test(test_what_cannot_be_done_is_told),
    };
    return cmocka_run_group_tests(tests, measure_once, remove_dir);
}
