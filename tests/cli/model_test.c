/* weir model, and what runs say to models that do not fit. */
#include "cli/program.h"
#include "support/onnx_build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- list, heads, inspect -------------------------------------------------- */

static void test_list_shows_installed_models_and_the_catalogue(void **state) {
    char models[4200];
    assert_int_equal(symlink(data_model(), test_path(dir, "mine.onnx")), 0);
    snprintf(models, sizeof models, "WEIR_MODELS=%s", dir);
    struct program p = {.env = (const char *const[]){models, NULL}};
    assert_int_equal(PROGRAM(&p, "model", "list"), 0);
    program_says(&p.out, "mine ");
    program_says(&p.out, "3.6 MB");
    program_says(&p.out, "weir model pull NAME");
    program_says(&p.out, "Apache-2.0");
    /* the name is enough */
    assert_int_equal(PROGRAM(&p, "model", "inspect", "mine"), 0);
    program_says(&p.out, "head           yolox");
    program_done(&p);
}

static void test_heads_are_listed(void **state) {
    static const char *const heads[] = {"yolox",   "yolov5", "yolov8",
                                        "nanodet", "detr",   "fastestdet"};
    struct program p = {0};
    assert_int_equal(PROGRAM(&p, "model", "heads"), 0);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        program_says(&p.out, heads[i]);
    program_done(&p);
}

static void test_every_real_model_is_recognised(void **state) {
    static const struct {
        const char *file, *head;
        int side; /* fixed; 0: variable */
    } models[] = {
        {"models/yolox_nano_dyn.onnx", "yolox", 0},
        {"models/yolox_nano_416.onnx", "yolox", 416},
        {"models/deimv2_atto.onnx", "detr", 320},
        {"models/nanodet_m_416.onnx", "nanodet", 416},
        {"models/fastestdet_352.onnx", "fastestdet", 352},
    };
    struct program p = {0};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        const char *path = test_data(models[i].file);
        if (PROGRAM(&p, "model", "inspect", path, "--json"))
            fail_msg("%s: %s", path, weir_buf_str(&p.err));
        json_t *json = program_json(&p), *size = json_object_get(json, "size");
        assert_string_equal(json_string_value(json_object_get(json, "head")), models[i].head);
        assert_int_equal(json_array_size(json_object_get(json, "classes")), 80);
        if (models[i].side)
            assert_int_equal(json_integer_value(json_array_get(size, 0)), models[i].side);
        else
            assert_true(json_is_null(size));
        json_decref(json);
        assert_int_equal(PROGRAM(&p, "model", "inspect", path), 0);
        program_says(&p.out, "recognised by");
    }
    program_done(&p);
}

static const char *with_sidecar(const char *name, const char *yaml) {
    char file[256];
    snprintf(file, sizeof file, "%s.yaml", name);
    assert_int_equal(weir_file_write_all(test_path(dir, file), yaml, strlen(yaml), NULL), 0);
    snprintf(file, sizeof file, "%s.onnx", name);
    const char *path = test_path(dir, file);
    assert_int_equal(symlink(data_model(), path), 0);
    return path;
}

static void test_sidecar_overrules_what_was_recognised(void **state) {
    struct program p = {0};
    const char *path = with_sidecar("stated", "color: rgb\nresize: stretch\nstride: 64\n");
    assert_int_equal(PROGRAM(&p, "model", "inspect", path), 0);
    program_says(&p.out, "with a sidecar");
    program_says(&p.out, "nchw rgb stretch");
    program_says(&p.out, "any multiple of 64");
    program_done(&p);
}

static void test_wrong_sidecar_is_named_by_line(void **state) {
    struct program p = {0};
    const char *path = with_sidecar("misstated", "color: green\ncolour: rgb\n");
    assert_int_equal(PROGRAM(&p, "model", "inspect", path), 1);
    program_says(&p.err, "misstated.yaml:1: color: found");
    program_says(&p.err, "misstated.yaml:2: colour: found an unknown key");
    assert_int_equal(PROGRAM(&p, "run", data_video(), "--model", path), 1);
    program_says(&p.err, "misstated.yaml:1");
    program_done(&p);
}

/* ---- models that cannot be used --------------------------------------------- */

static void unusable(const char *model, const char *size, const char *part) {
    struct program p = {0};
    int code = PROGRAM(&p, "run", data_video(), "--model", model, "--max-frames", "2", "--size",
                       size ? size : "auto");
    program_says(&p.err, part);
    program_says(&p.err, model);
    assert_int_equal(code, 1);
    program_done(&p);
}

static void test_unknown_name_says_where_it_looked(void **state) {
    char models[4200], home[4200];
    snprintf(models, sizeof models, "WEIR_MODELS=%s/here:%s/there", dir, dir);
    snprintf(home, sizeof home, "HOME=%s", dir);
    struct program p = {.env = (const char *const[]){models, home, NULL}};
    for (int run = 0; run < 2; run++) {
        int code = run ? PROGRAM(&p, "run", "a.mp4", "--model", "nosuch")
                       : PROGRAM(&p, "model", "inspect", "nosuch");
        assert_int_equal(code, 1);
        program_says(&p.err, "nosuch: no such model in ");
        program_says(&p.err, models + strlen("WEIR_MODELS=") + strlen(dir) + strlen("/here:"));
        program_says(&p.err, "/.local/share/weir/models");
    }
    /* one that the catalogue has can be pulled */
    assert_int_equal(PROGRAM(&p, "run", "a.mp4", "--model", "yolox_nano"), 1);
    program_says(&p.err, "`weir model pull` can download it");
    program_done(&p);
}

static void test_file_that_is_no_model_is_named(void **state) {
    char text[4096], half[4096], empty[4096];
    snprintf(text, sizeof text, "%s/text.onnx", dir);
    snprintf(half, sizeof half, "%s/half.onnx", dir);
    snprintf(empty, sizeof empty, "%s/empty.onnx", dir);
    struct weir_buf whole = file_text(data_model());
    assert_int_equal(weir_file_write_all(text, "hello\n", 6, NULL), 0);
    assert_int_equal(weir_file_write_all(empty, "", 0, NULL), 0);
    assert_int_equal(weir_file_write_all(half, whole.data, whole.len / 2, NULL), 0);
    weir_buf_done(&whole);
    unusable(text, NULL, "not an ONNX model");
    unusable(half, NULL, "cut short");
    unusable(empty, NULL, "empty.onnx");
    unusable(test_path(dir, "none.onnx"), NULL, "none.onnx");
    unusable(dir, NULL, "");
}

static void test_size_that_does_not_fit_says_which_do(void **state) {
    unusable(data_model(), "100", "found 100x100; allowed: multiples of 32, such as 128x128");
    unusable(test_data("models/yolox_nano_416.onnx"), "160x96",
             "fixed at 416x416: leave the size out, or make it variable with `weir model resize`");
}

static void test_unknown_class_lists_those_of_the_model(void **state) {
    struct program p = {0};
    int code = PROGRAM(&p, "run", data_video(), "--model", data_model(), "--classes", "persn");
    assert_int_equal(code, 1);
    program_says(&p.err, "classes: found 'persn'; the model knows: person, bicycle");
    program_done(&p);
}

static void test_unavailable_provider_lists_the_available(void **state) {
    struct program p = {0};
    int code = PROGRAM(&p, "run", data_video(), "--model", data_model(), "--provider", "openvino");
    assert_int_equal(code, 1);
    program_says(&p.err, "execution provider 'openvino' is not available");
    program_says(&p.err, "built with: cpu");
    program_done(&p);
}

/* ---- odd outputs -------------------------------------------------------------- */

enum { SIDE = 96, ANCHORS = 12 * 12 + 6 * 6 + 3 * 3, ROW = 85 };

/* A YOLOX of 96x96 that says the same of every picture. */
static void write_constant(const char *path, const float *rows, int64_t anchors) {
    struct onnx_build b = {0};
    const int64_t in[] = {1, 3, SIDE, SIDE}, out[] = {1, anchors, ROW};
    onnx_input(&b, "images", ONNX_F32, 4, in);
    onnx_floats(&b, "rows", ONNX_F32, 3, out, rows);
    onnx_node(&b, "Identity", "rows", "output");
    onnx_output(&b, "output", ONNX_F32, 3, out);
    onnx_write(&b, path);
}

static void test_nan_and_infinity_become_no_boxes(void **state) {
    static float rows[ANCHORS * ROW];
    struct program p = {0};
    for (int i = 0; i < ANCHORS * ROW; i++)
        rows[i] = i % 3 ? NAN : INFINITY;
    /* but for one cell: (8,8), e*8 wide and high, a person for sure */
    memset(rows, 0, ROW * sizeof *rows);
    rows[0] = rows[1] = rows[2] = rows[3] = rows[4] = rows[5] = 1;
    const char *path = test_path(dir, "nan.onnx"), *out = test_path(dir, "nan");
    write_constant(path, rows, ANCHORS);
    int code = PROGRAM(&p, "run", data_video(), "--model", path, "--max-frames", "5", "--json",
                       "--out", out, "--formats", "ndjson");
    if (code)
        fail_msg("exit code %d: %s", code, weir_buf_str(&p.err));
    json_t *summary = program_json(&p);
    assert_int_equal(summed(summary), 5);
    assert_int_equal(json_number(summary, "results"), 5);
    assert_int_equal(json_number(summary, "boxes"), 5);
    json_decref(summary);
    struct weir_buf lines = file_text(test_path(out, "bottle-detection.ndjson"));
    assert_int_equal(line_count(weir_buf_str(&lines)), 5);
    assert_null(strstr(weir_buf_str(&lines), "nan"));
    assert_null(strstr(weir_buf_str(&lines), "inf,"));
    weir_buf_done(&lines);
    program_done(&p);
}

static void test_outputs_of_no_known_head_are_shown(void **state) {
    static float rows[ANCHORS * ROW];
    struct program p = {0};
    const char *path = test_path(dir, "odd.onnx");
    write_constant(path, rows, ANCHORS - 89);
    assert_int_equal(PROGRAM(&p, "model", "inspect", path), 1);
    program_says(&p.out, "output f32 [1,100,85]"); /* the graph is shown all the same */
    program_says(&p.err, "odd.onnx");
    unusable(path, NULL, "[1,100,85]");
    program_done(&p);
}

/* ---- resize ------------------------------------------------------------------- */

static void test_resized_model_runs_at_another_size(void **state) {
    struct program p = {0};
    char in[4096], out[4096];
    snprintf(in, sizeof in, "%s", test_data("models/yolox_nano_416.onnx"));
    snprintf(out, sizeof out, "%s/any.onnx", dir);
    if (PROGRAM(&p, "model", "resize", in, out))
        fail_msg("%s", weir_buf_str(&p.err));
    program_says(&p.out, "was 416x416");
    program_says(&p.out, "the same to the bit");
    program_says(&p.out, "written: ");
    assert_int_equal(PROGRAM(&p, "model", "inspect", out), 0);
    program_says(&p.out, "any multiple of 32");

    /* boxes as from the model that was made so by other means */
    int64_t boxes[2];
    for (int i = 0; i < 2; i++) {
        const char *model = i ? data_model() : out;
        assert_int_equal(PROGRAM(&p, "run", data_video(), "--model", model, "--size", "160x96",
                                 "--max-frames", "3", "--json", "--quiet"),
                         0);
        json_t *summary = program_json(&p);
        assert_int_equal(summed(summary), 3);
        boxes[i] = json_number(summary, "boxes");
        json_decref(summary);
    }
    assert_true(boxes[0] > 0);
    assert_int_equal(boxes[0], boxes[1]);
    program_done(&p);
}

static void not_resized(const char *in, const char *out, const char *part) {
    struct program p = {0};
    assert_int_equal(PROGRAM(&p, "model", "resize", in, out), 1);
    program_says(&p.err, part);
    assert_int_equal(p.out.len, 0);
    assert_int_not_equal(access(out, F_OK), 0);
    program_done(&p);
}

static void test_model_is_not_resized_onto_itself(void **state) {
    char copy[4096], *bytes, *after;
    size_t len, after_len;
    snprintf(copy, sizeof copy, "%s/itself.onnx", dir);
    const char *model = test_data("models/yolox_nano_416.onnx");
    assert_int_equal(weir_file_read(model, 1 << 26, &bytes, &len, NULL), 0);
    assert_int_equal(weir_file_write_all(copy, bytes, len, NULL), 0);
    struct program p = {0};
    assert_int_equal(PROGRAM(&p, "model", "resize", copy, copy), 1);
    program_says(&p.err, "would be overwritten");
    assert_int_equal(weir_file_read(copy, 1 << 26, &after, &after_len, NULL), 0);
    assert_int_equal(after_len, len);
    assert_memory_equal(after, bytes, len);
    free(bytes);
    free(after);
    program_done(&p);
}

static void test_model_that_cannot_be_resized_names_the_node(void **state) {
    char out[4096], text[4096];
    snprintf(out, sizeof out, "%s/never.onnx", dir);
    snprintf(text, sizeof text, "%s/letter.onnx", dir);
    assert_int_equal(weir_file_write_all(text, "hello\n", 6, NULL), 0);
    not_resized(test_data("models/deimv2_atto.onnx"), out, "node ");
    not_resized(text, out, "letter.onnx");
    not_resized(test_path(dir, "nowhere.onnx"), out, "nowhere.onnx");
    not_resized(test_data("models/yolox_nano_416.onnx"), test_path(text, "below.onnx"),
                "letter.onnx: a file of that name is in the way");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_shows_installed_models_and_the_catalogue),
        cmocka_unit_test(test_heads_are_listed),
        cmocka_unit_test(test_every_real_model_is_recognised),
        cmocka_unit_test(test_sidecar_overrules_what_was_recognised),
        cmocka_unit_test(test_wrong_sidecar_is_named_by_line),
        cmocka_unit_test(test_unknown_name_says_where_it_looked),
        cmocka_unit_test(test_file_that_is_no_model_is_named),
        cmocka_unit_test(test_size_that_does_not_fit_says_which_do),
        cmocka_unit_test(test_unknown_class_lists_those_of_the_model),
        cmocka_unit_test(test_unavailable_provider_lists_the_available),
        cmocka_unit_test(test_nan_and_infinity_become_no_boxes),
        cmocka_unit_test(test_outputs_of_no_known_head_are_shown),
        cmocka_unit_test(test_resized_model_runs_at_another_size),
        cmocka_unit_test(test_model_is_not_resized_onto_itself),
        cmocka_unit_test(test_model_that_cannot_be_resized_names_the_node),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
