/* Resizing from end to end: real detectors edited, then run beside what they were. */
#include "graph_support.h"

#include <stdlib.h>
#include <string.h>

#include "cli/resize_verify.h"
#include "model/model.h"
#include "pipeline/pipeline.h"

struct fixture {
    char *dir, *out;
    struct weir_resize_report report;
    struct weir_buf said;
    struct weir_error err;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = test_scratch();
    f->out = strdup(test_path(f->dir, "out.onnx"));
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    weir_buf_done(&f->report.notes);
    weir_buf_done(&f->said);
    test_scratch_remove(f->dir);
    free(f->out);
    free(f);
    return 0;
}

static void assert_ok(struct fixture *f, int rc) {
    if (rc)
        fail_msg("%s", f->err.text);
}

static void resize_and_verify(struct fixture *f, const char *in, int stride) {
    assert_ok(f, weir_model_make_dynamic(in, f->out, &f->report, &f->err));
    assert_int_equal(f->report.stride, stride);
    assert_ok(f, cli_verify_resized(in, f->out, &f->report, &f->said, &f->err));
}

static void assert_same_outputs(struct fixture *f, const char *a, const char *b, int w, int h) {
    size_t len = (size_t)3 * (size_t)w * (size_t)h, a_len, b_len;
    float *input = malloc(len * sizeof *input);
    struct weir_model_output *oa, *ob;
    for (size_t i = 0; i < len; i++)
        input[i] = (float)(i * 2654435761U >> 24 & 255);
    assert_ok(f, weir_model_run_raw(a, input, 1, h, w, &oa, &a_len, &f->err));
    assert_ok(f, weir_model_run_raw(b, input, 1, h, w, &ob, &b_len, &f->err));
    assert_int_equal(a_len, b_len);
    for (size_t i = 0; i < a_len; i++) {
        assert_int_equal(oa[i].len, ob[i].len);
        assert_memory_equal(oa[i].f32, ob[i].f32, oa[i].len * sizeof(float));
    }
    weir_model_outputs_free(oa, a_len);
    weir_model_outputs_free(ob, b_len);
    free(input);
}

/* ---- real detectors -------------------------------------------------------------- */

static void test_yolox_becomes_the_like_of_its_dynamic_version(void **state) {
    struct fixture *f = *state;
    const char *dynamic = test_data("models/yolox_nano_dyn.onnx");
    resize_and_verify(f, test_data("models/yolox_nano_416.onnx"), 32);
    assert_int_equal(f->report.reshapes, 3);
    assert_same_outputs(f, f->out, dynamic, 416, 416);
    assert_same_outputs(f, f->out, dynamic, 640, 384);
}

static void test_nanodet_with_its_channel_shuffle_is_resized(void **state) {
    struct fixture *f = *state;
    resize_and_verify(f, test_data("models/nanodet_m_416.onnx"), 32);
    assert_int_equal(f->report.reshapes, 38);
}

static void test_fastestdet_with_its_folded_batch_is_resized(void **state) {
    struct fixture *f = *state;
    resize_and_verify(f, test_data("models/fastestdet_352.onnx"), 32);
}

static void test_transformer_is_refused_at_a_node(void **state) {
    struct fixture *f = *state;
    const char *in = test_data("models/deimv2_atto.onnx");
    assert_int_equal(weir_model_make_dynamic(in, f->out, &f->report, &f->err), WEIR_EMODEL);
    test_error_says(&f->err, "node /model/");
    assert_false(weir_file_exists(f->out));
}

static void test_dynamic_model_is_refused(void **state) {
    struct fixture *f = *state;
    const char *in = test_data("models/yolox_nano_dyn.onnx");
    assert_int_equal(weir_model_make_dynamic(in, f->out, &f->report, &f->err), WEIR_EMODEL);
    test_error_says(&f->err, "several sizes as it is");
}

static void test_resized_model_is_not_resized_again(void **state) {
    struct fixture *f = *state;
    const char *in = test_data("models/fastestdet_352.onnx");
    struct weir_resize_report again = {0};
    assert_ok(f, weir_model_make_dynamic(in, f->out, &f->report, &f->err));
    assert_int_equal(weir_model_make_dynamic(f->out, test_path(f->dir, "b.onnx"), &again, &f->err),
                     WEIR_EMODEL);
}

static void test_resized_model_is_still_recognised(void **state) {
    struct fixture *f = *state;
    struct weir_graph graph = {0};
    struct weir_model_desc desc;
    assert_ok(f, weir_model_make_dynamic(test_data("models/nanodet_m_416.onnx"), f->out, &f->report,
                                         &f->err));
    assert_ok(f, weir_model_graph_read(f->out, &graph, &f->err));
    assert_ok(f, weir_model_recognise(&graph, NULL, &desc, &f->err));
    assert_string_equal(weir_model_head_name(&desc), "nanodet");
    assert_int_equal(desc.size.width, 0);
    weir_model_desc_done(&desc);
    weir_graph_done(&graph);
}

/* ---- a head with baked anchors, as YOLOv8's exports have it ------------------------- */

static void save(struct fixture *f, Onnx__ModelProto *model, const char *name) {
    assert_ok(f, onnx_save(model, test_path(f->dir, name), &f->err));
    onnx_free(model);
}

static void yolov8_like(struct fixture *f, const char *name, int h, int w) {
    Onnx__ModelProto *m = graph_new(13);
    int cells = h / 4 * (w / 4) + h / 8 * (w / 8), at = 0;
    float *point = malloc((size_t)cells * 2 * sizeof *point);
    float *stride = malloc((size_t)cells * sizeof *stride);
    for (int s = 4; s <= 8; s *= 2)
        for (int y = 0; y < h / s; y++)
            for (int x = 0; x < w / s; x++, at++) {
                point[at] = (float)x + 0.5F;
                point[cells + at] = (float)y + 0.5F;
                stride[at] = (float)s;
            }
    graph_picture(m, h, w);
    graph_conv(m, "s2", "x", "a", 3, 4, 3, 2);
    graph_conv(m, "s4", "a", "b", 4, 2, 3, 2);
    graph_conv(m, "s8", "b", "c", 2, 2, 3, 2);
    graph_ints(m, "target", (int64_t[]){1, 2, -1}, 3);
    graph_node(m, "Reshape", "flat4", "b target", "d");
    graph_node(m, "Reshape", "flat8", "c target", "e");
    onnx_node_add_int(graph_node(m, "Concat", "cat", "d e", "offsets"), "axis", 2);
    graph_floats(m, "anchors", 3, (int64_t[]){1, 2, cells}, point);
    graph_floats(m, "strides", 2, (int64_t[]){1, cells}, stride);
    graph_node(m, "Sub", "left", "anchors offsets", "cells");
    graph_node(m, "Mul", "scale", "cells strides", "boxes");
    graph_output(m, "boxes", 3, (int64_t[]){1, 2, cells});
    free(point);
    free(stride);
    save(f, m, name);
}

static void test_baked_anchors_follow_the_size(void **state) {
    struct fixture *f = *state;
    yolov8_like(f, "in.onnx", 64, 96);
    yolov8_like(f, "other.onnx", 96, 48); /* as if exported at another size */
    resize_and_verify(f, test_path(f->dir, "in.onnx"), 8);
    assert_int_equal(f->report.others, 2);
    assert_same_outputs(f, f->out, test_path(f->dir, "other.onnx"), 48, 96);
}

/* A channel shuffle whose shapes the export did not note down, at a batch of 2. */
static void shuffle(struct fixture *f, const char *name, int64_t batch, int64_t h, int64_t w) {
    Onnx__ModelProto *m = graph_new(13);
    graph_input(m, "x", GRAPH_F32, 4, (int64_t[]){batch, 3, h, w});
    graph_conv(m, "c1", "x", "a", 3, 16, 3, 2);
    graph_ints(m, "apart", (int64_t[]){batch, 2, 8, h / 2, w / 2}, 5);
    graph_ints(m, "together", (int64_t[]){batch, 16, h / 2, w / 2}, 4);
    graph_node(m, "Reshape", "split", "a apart", "b");
    onnx_node_add_ints(graph_node(m, "Transpose", "t", "b", "c"), "perm",
                       (int64_t[]){0, 2, 1, 3, 4}, 5);
    graph_node(m, "Reshape", "join", "c together", "d");
    graph_conv(m, "c2", "d", "y", 16, 8, 3, 1);
    graph_output(m, "y", 4, (int64_t[]){batch, 8, h / 2, w / 2});
    save(f, m, name);
}

static void test_model_exported_for_a_batch_of_two_takes_one(void **state) {
    struct fixture *f = *state;
    shuffle(f, "in.onnx", 2, 32, 32);
    shuffle(f, "one.onnx", 1, 64, 48);
    resize_and_verify(f, test_path(f->dir, "in.onnx"), 2);
    assert_int_equal(f->report.batch, 2);
    assert_same_outputs(f, f->out, test_path(f->dir, "one.onnx"), 48, 64);
}

/* ---- the verification itself ------------------------------------------------------------ */

static void test_other_weights_are_found_out(void **state) {
    struct fixture *f = *state;
    Onnx__ModelProto *m;
    shuffle(f, "in.onnx", 1, 32, 32);
    const char *in = test_path(f->dir, "in.onnx");
    assert_ok(f, weir_model_make_dynamic(in, f->out, &f->report, &f->err));
    assert_ok(f, onnx_load(f->out, &m, &f->err));
    m->graph->initializer[0]->raw_data.data[2] ^= 1;
    assert_ok(f, onnx_save(m, f->out, &f->err));
    onnx_free(m);
    assert_int_equal(cli_verify_resized(in, f->out, &f->report, &f->said, &f->err), WEIR_EMODEL);
    test_error_says(&f->err, "differs after resizing");
}

static void test_model_still_of_fixed_size_is_found_out(void **state) {
    struct fixture *f = *state;
    shuffle(f, "in.onnx", 1, 32, 32);
    const char *in = test_path(f->dir, "in.onnx");
    f->report = (struct weir_resize_report){.width = 32, .height = 32, .batch = 1, .stride = 2};
    assert_int_not_equal(cli_verify_resized(in, in, &f->report, &f->said, &f->err), 0);
}

static void test_wrong_number_of_anchors_is_found_out(void **state) {
    struct fixture *f = *state;
    Onnx__ModelProto *m = graph_new(13);
    graph_input(m, "x", GRAPH_F32, 4, (int64_t[]){-1, 3, -1, -1});
    /* keeps 256 values of the picture whatever its size */
    graph_ints(m, "from", (int64_t[]){0}, 1);
    graph_ints(m, "to", (int64_t[]){256}, 1);
    graph_ints(m, "axis", (int64_t[]){2}, 1);
    graph_ints(m, "target", (int64_t[]){0, 3, -1}, 3);
    graph_node(m, "Reshape", "flat", "x target", "a");
    graph_node(m, "Slice", "cut", "a from to axis", "y");
    graph_output(m, "y", 3, (int64_t[]){-1, 3, -1});
    save(f, m, "in.onnx");
    const char *in = test_path(f->dir, "in.onnx");
    f->report = (struct weir_resize_report){.width = 32, .height = 32, .batch = 1, .stride = 2};
    assert_int_equal(cli_verify_resized(in, in, &f->report, &f->said, &f->err), WEIR_EMODEL);
    test_error_says(&f->err, "not the number of anchors");
}

static void test_output_that_mixes_the_batch_is_found_out(void **state) {
    struct fixture *f = *state;
    Onnx__ModelProto *m = graph_new(13);
    graph_input(m, "x", GRAPH_F32, 4, (int64_t[]){-1, 3, -1, -1});
    onnx_node_add_ints(graph_node(m, "ReduceMean", "mean", "x", "a"), "axes", (int64_t[]){0}, 1);
    graph_node(m, "Sub", "centre", "x a", "y");
    graph_output(m, "y", 4, (int64_t[]){-1, 3, -1, -1});
    save(f, m, "in.onnx");
    const char *in = test_path(f->dir, "in.onnx");
    f->report = (struct weir_resize_report){.width = 32, .height = 32, .batch = 1, .stride = 2};
    assert_int_equal(cli_verify_resized(in, in, &f->report, &f->said, &f->err), WEIR_EMODEL);
    test_error_says(&f->err, "other pictures of a batch");
}

static void test_dimension_follows_as_anchors_do(void **state) {
    (void)state;
    const struct weir_size from = {416, 416}, to = {640, 384};
    assert_true(cli_dim_follows(3549, 80 * 48 + 40 * 24 + 20 * 12, from, to));
    assert_true(cli_dim_follows(2704, 80 * 48, from, to));
    assert_true(cli_dim_follows(3 * 3549, 3 * (80 * 48 + 40 * 24 + 20 * 12), from, to));
    assert_true(cli_dim_follows(13, 12, from, to)); /* height / 32 */
    assert_true(cli_dim_follows(13, 20, from, to)); /* width / 32 */
    assert_true(cli_dim_follows(85, 85, from, to));
}

static void test_dimension_that_stays_or_strays_does_not_follow(void **state) {
    (void)state;
    const struct weir_size from = {416, 416}, to = {640, 384};
    assert_false(cli_dim_follows(3549, 3549, from, to));
    assert_false(cli_dim_follows(3549, 5039, from, to));
    assert_false(cli_dim_follows(85, 84, from, to));
    assert_false(cli_dim_follows(13, 15, from, to));
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_yolox_becomes_the_like_of_its_dynamic_version),
        T(test_nanodet_with_its_channel_shuffle_is_resized),
        T(test_fastestdet_with_its_folded_batch_is_resized),
        T(test_transformer_is_refused_at_a_node),
        T(test_dynamic_model_is_refused),
        T(test_resized_model_is_not_resized_again),
        T(test_resized_model_is_still_recognised),
        T(test_baked_anchors_follow_the_size),
        T(test_model_exported_for_a_batch_of_two_takes_one),
        T(test_other_weights_are_found_out),
        T(test_model_still_of_fixed_size_is_found_out),
        T(test_wrong_number_of_anchors_is_found_out),
        T(test_output_that_mixes_the_batch_is_found_out),
        T(test_dimension_follows_as_anchors_do),
        T(test_dimension_that_stays_or_strays_does_not_follow),
    };
    return cmocka_run_group_tests_name("resize", tests, NULL, NULL);
}
