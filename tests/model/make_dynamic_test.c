/* The editor of graphs on small ones built by hand: what it changes, what it refuses. */
#include "graph_support.h"

#include <stdlib.h>
#include <string.h>

#include "model/model.h"

struct fixture {
    char *dir, *in, *out;
    Onnx__ModelProto *model; /* being built */
    Onnx__ModelProto *result; /* read back */
    struct weir_resize_report report;
    struct weir_error err;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = test_scratch();
    f->in = strdup(test_path(f->dir, "in.onnx"));
    f->out = strdup(test_path(f->dir, "out.onnx"));
    f->model = graph_new(13);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    onnx_free(f->model);
    onnx_free(f->result);
    weir_buf_done(&f->report.notes);
    test_scratch_remove(f->dir);
    free(f->in);
    free(f->out);
    free(f);
    return 0;
}

static int resize(struct fixture *f) {
    assert_int_equal(onnx_save(f->model, f->in, NULL), 0);
    int rc = weir_model_make_dynamic(f->in, f->out, &f->report, &f->err);
    if (!rc)
        assert_int_equal(onnx_load(f->out, &f->result, NULL), 0);
    return rc;
}

static void assert_resized(struct fixture *f) {
    int rc = resize(f);
    if (rc)
        fail_msg("%s", f->err.text);
}

/* Refused with these words, and nothing written. */
static void assert_refused(struct fixture *f, const char *node, const char *why) {
    assert_int_equal(resize(f), WEIR_EMODEL);
    test_error_says(&f->err, node);
    test_error_says(&f->err, why);
    test_error_says(&f->err, f->in);
    assert_false(weir_file_exists(f->out));
    assert_null(f->report.notes.data);
}

static void output(struct fixture *f, const char *name, size_t rank, const int64_t *dim) {
    graph_output(f->model, name, rank, dim);
}

/* The whole numbers that a node reads as input i out of a Constant node. */
static const int64_t *constant_of(struct fixture *f, const char *node, size_t i, size_t *ret_len) {
    Onnx__NodeProto *constant = graph_find(f->result, graph_find(f->result, node)->input[i]);
    assert_non_null(constant);
    assert_string_equal(constant->op_type, "Constant");
    *ret_len = constant->attribute[0]->t->raw_data.len / sizeof(int64_t);
    return (const int64_t *)(const void *)constant->attribute[0]->t->raw_data.data;
}

static void assert_ints(struct fixture *f, const char *node, size_t i, const int64_t *want,
                        size_t want_len) {
    size_t len;
    const int64_t *got = constant_of(f, node, i, &len);
    assert_int_equal(len, want_len);
    assert_memory_equal(got, want, len * sizeof *got);
}

/* ---- what is made to follow ----------------------------------------------------- */

static void test_input_and_outputs_become_symbolic(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 64, 96);
    graph_conv(f->model, "c", "x", "y", 3, 8, 3, 2);
    output(f, "y", 4, (int64_t[]){1, 8, 32, 48});
    assert_resized(f);
    assert_string_equal(graph_shape(f->result->graph->input[0]), "batch,3,height,width");
    assert_string_equal(graph_shape(f->result->graph->output[0]), "batch,8,height_2,width_2");
    assert_int_equal(f->report.width, 96);
    assert_int_equal(f->report.height, 64);
    assert_int_equal(f->report.batch, 1);
    assert_int_equal(f->report.stride, 2);
    assert_int_equal(f->report.reshapes, 0);
}

static void test_flattening_target_becomes_zero_and_minus_one(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 64, 64);
    graph_conv(f->model, "c", "x", "y", 3, 85, 3, 2);
    graph_ints(f->model, "target", (int64_t[]){1, 85, -1}, 3);
    graph_node(f->model, "Reshape", "flat", "y target", "z");
    output(f, "z", 3, (int64_t[]){1, 85, 1024});
    assert_resized(f);
    assert_ints(f, "flat", 1, (int64_t[]){0, 85, -1}, 3);
    assert_string_equal(graph_shape(f->result->graph->output[0]), "batch,85,anchors_2");
    assert_int_equal(f->report.reshapes, 1);
    /* the old target is read by nobody and gone */
    assert_int_equal(f->result->graph->n_initializer, 1);
}

static void test_target_that_follows_already_is_left_alone(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 64, 64);
    graph_ints(f->model, "target", (int64_t[]){0, 3, -1}, 3);
    graph_node(f->model, "Reshape", "flat", "x target", "z");
    output(f, "z", 3, (int64_t[]){1, 3, 4096});
    assert_resized(f);
    assert_string_equal(graph_find(f->result, "flat")->input[1], "target");
    assert_int_equal(f->report.reshapes, 0);
}

static void test_shared_target_is_kept_for_its_other_reader(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 64, 64);
    graph_ints(f->model, "target", (int64_t[]){1, 3, -1}, 3);
    graph_node(f->model, "Reshape", "flat", "x target", "z");
    graph_node(f->model, "Cast", "other", "target", "w");
    onnx_node_add_int(graph_find(f->model, "other"), "to", GRAPH_F32);
    output(f, "z", 3, (int64_t[]){1, 3, 4096});
    output(f, "w", 1, (int64_t[]){3});
    assert_resized(f);
    assert_string_equal(graph_find(f->result, "other")->input[0], "target");
    assert_int_equal(f->result->graph->n_initializer, 1);
}

static void test_channel_shuffle_target_is_computed(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 64, 64);
    graph_conv(f->model, "c", "x", "y", 3, 8, 3, 2);
    graph_ints(f->model, "apart", (int64_t[]){1, 2, 4, 32, 32}, 5);
    graph_ints(f->model, "together", (int64_t[]){1, -1, 32, 32}, 4);
    graph_node(f->model, "Reshape", "split", "y apart", "a");
    onnx_node_add_ints(graph_node(f->model, "Transpose", "t", "a", "b"), "perm",
                       (int64_t[]){0, 2, 1, 3, 4}, 5);
    graph_node(f->model, "Reshape", "join", "b together", "z");
    output(f, "z", 4, (int64_t[]){1, 8, 32, 32});
    assert_resized(f);
    assert_int_equal(f->report.reshapes, 2);
    assert_string_equal(graph_shape(f->result->graph->output[0]), "batch,8,height_2,width_2");
    assert_non_null(strstr(graph_find(f->result, "split")->input[1], "weir/target"));
    /* the shapes behind them are noted, for the runtime */
    assert_int_equal(f->result->graph->n_value_info, 1);
    assert_string_equal(graph_shape(f->result->graph->value_info[0]), "batch,2,4,height_2,width_2");
}

static void test_equal_targets_are_computed_once(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 64, 64);
    graph_ints(f->model, "apart", (int64_t[]){1, 3, 1, 64, 64}, 5);
    graph_node(f->model, "Reshape", "one", "x apart", "a");
    graph_node(f->model, "Reshape", "two", "x apart", "b");
    graph_node(f->model, "Add", "add", "a b", "z");
    output(f, "z", 5, (int64_t[]){1, 3, 1, 64, 64});
    assert_resized(f);
    assert_string_equal(graph_find(f->result, "one")->input[1],
                        graph_find(f->result, "two")->input[1]);
}

static void test_batch_hidden_in_a_product_is_found(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 64, 32);
    graph_conv(f->model, "c", "x", "y", 3, 8, 3, 2);
    /* [B*C/2, 2, H*W] and back, as FastestDet's shuffle has it */
    graph_ints(f->model, "apart", (int64_t[]){4, 2, 512}, 3);
    graph_ints(f->model, "halves", (int64_t[]){2, -1, 4, 32, 16}, 5);
    graph_node(f->model, "Reshape", "split", "y apart", "a");
    onnx_node_add_ints(graph_node(f->model, "Transpose", "t", "a", "b"), "perm",
                       (int64_t[]){1, 0, 2}, 3);
    graph_node(f->model, "Reshape", "join", "b halves", "z");
    output(f, "z", 5, (int64_t[]){2, 1, 4, 32, 16});
    assert_resized(f);
    assert_string_equal(graph_shape(f->result->graph->output[0]), "2,batch,4,height_2,width_2");
}

static void test_allowzero_is_taken_off(void **state) {
    struct fixture *f = *state;
    f->model->opset_import[0]->version = 14;
    graph_picture(f->model, 64, 64);
    graph_ints(f->model, "target", (int64_t[]){1, 3, -1}, 3);
    onnx_node_add_int(graph_node(f->model, "Reshape", "flat", "x target", "z"), "allowzero", 1);
    output(f, "z", 3, (int64_t[]){1, 3, 4096});
    assert_resized(f);
    assert_null(onnx_attr(graph_find(f->result, "flat"), "allowzero"));
    assert_ints(f, "flat", 1, (int64_t[]){0, 3, -1}, 3);
}

static void test_shape_chains_follow_by_themselves(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 64, 64);
    graph_ints(f->model, "zero", (int64_t[]){0}, 1);
    graph_ints(f->model, "rest", (int64_t[]){3, -1}, 2);
    graph_node(f->model, "Shape", "s", "x", "shape");
    graph_node(f->model, "Gather", "g", "shape zero", "n");
    onnx_node_add_int(graph_node(f->model, "Concat", "cat", "n rest", "target"), "axis", 0);
    graph_node(f->model, "Reshape", "flat", "x target", "z");
    output(f, "z", 3, (int64_t[]){1, 3, 4096});
    assert_resized(f);
    assert_int_equal(f->report.reshapes, 0);
    assert_string_equal(graph_shape(f->result->graph->output[0]), "batch,3,anchors_1");
}

static void test_slice_to_the_fixed_end_goes_to_the_end(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 64, 64);
    graph_ints(f->model, "from", (int64_t[]){0}, 1);
    graph_ints(f->model, "to", (int64_t[]){64}, 1);
    graph_ints(f->model, "axis", (int64_t[]){2}, 1);
    graph_ints(f->model, "step", (int64_t[]){2}, 1);
    graph_node(f->model, "Slice", "cut", "x from to axis step", "z");
    output(f, "z", 4, (int64_t[]){1, 3, 32, 64});
    assert_resized(f);
    assert_ints(f, "cut", 2, (int64_t[]){INT64_MAX}, 1);
    assert_int_equal(f->report.others, 1);
    assert_string_equal(graph_shape(f->result->graph->output[0]), "batch,3,height_2,width");
}

static void test_slice_of_old_operator_sets_is_rewritten_in_place(void **state) {
    struct fixture *f = *state;
    f->model->opset_import[0]->version = 9;
    graph_picture(f->model, 64, 64);
    Onnx__NodeProto *cut = graph_node(f->model, "Slice", "cut", "x", "z");
    onnx_node_add_ints(cut, "axes", (int64_t[]){3}, 1);
    onnx_node_add_ints(cut, "starts", (int64_t[]){2}, 1);
    onnx_node_add_ints(cut, "ends", (int64_t[]){64}, 1);
    output(f, "z", 4, (int64_t[]){1, 3, 64, 62});
    assert_resized(f);
    assert_true(onnx_attr(graph_find(f->result, "cut"), "ends")->ints[0] == INT64_MAX);
}

static void test_fixed_sizes_of_resize_become_scales(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 64, 64);
    graph_ints(f->model, "sizes", (int64_t[]){1, 3, 128, 128}, 4);
    graph_node(f->model, "Resize", "up", "x - - sizes", "z");
    output(f, "z", 4, (int64_t[]){1, 3, 128, 128});
    assert_resized(f);
    const Onnx__NodeProto *up = graph_find(f->result, "up");
    assert_int_equal(up->n_input, 3);
    const Onnx__NodeProto *scales = graph_find(f->result, up->input[2]);
    assert_non_null(scales);
    const float want[] = {1, 1, 2, 2};
    assert_memory_equal(scales->attribute[0]->t->raw_data.data, want, sizeof want);
}

static void test_upsample_and_its_skip_connection_agree(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 96, 64);
    graph_conv(f->model, "c1", "x", "a", 3, 4, 3, 2);
    graph_conv(f->model, "c2", "a", "b", 4, 4, 3, 2);
    graph_floats(f->model, "scales", 1, (int64_t[]){4}, (float[]){1, 1, 2, 2});
    graph_node(f->model, "Resize", "up", "b - scales", "c");
    onnx_node_add_int(graph_node(f->model, "Concat", "cat", "c a", "z"), "axis", 1);
    output(f, "z", 4, (int64_t[]){1, 8, 48, 32});
    assert_resized(f);
    assert_int_equal(f->report.stride, 4);
}

static void test_global_pooling_and_gemm_are_fine(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 64, 64);
    graph_conv(f->model, "c", "x", "a", 3, 8, 3, 2);
    graph_node(f->model, "GlobalAveragePool", "pool", "a", "b");
    graph_node(f->model, "Flatten", "flat", "b", "c");
    graph_floats(f->model, "w", 2, (int64_t[]){8, 5}, NULL);
    graph_node(f->model, "Gemm", "dense", "c w", "z");
    output(f, "z", 2, (int64_t[]){1, 5});
    assert_resized(f);
    assert_string_equal(graph_shape(f->result->graph->output[0]), "batch,5");
}

static void test_listed_initializers_are_no_inputs(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 64, 64);
    graph_conv(f->model, "c", "x", "y", 3, 8, 3, 2);
    graph_ints(f->model, "target", (int64_t[]){1, 8, -1}, 3);
    graph_input(f->model, "c.weight", GRAPH_F32, 4, (int64_t[]){8, 3, 3, 3});
    graph_input(f->model, "target", GRAPH_I64, 1, (int64_t[]){3});
    graph_node(f->model, "Reshape", "flat", "y target", "z");
    output(f, "z", 3, (int64_t[]){1, 8, 1024});
    assert_resized(f);
    assert_int_equal(f->result->graph->n_input, 2); /* the dropped target is gone here, too */
}

static void test_uneven_last_stride_is_rounded_as_it_is(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 24, 24);
    graph_conv(f->model, "c1", "x", "a", 3, 4, 3, 2);
    graph_conv(f->model, "c2", "a", "b", 4, 4, 3, 2);
    graph_conv(f->model, "c3", "b", "c", 4, 4, 3, 2);
    graph_conv(f->model, "c4", "c", "y", 4, 4, 3, 2); /* 3 -> 2 */
    graph_ints(f->model, "target", (int64_t[]){1, 4, 4}, 3);
    graph_node(f->model, "Reshape", "flat", "y target", "z");
    output(f, "z", 3, (int64_t[]){1, 4, 4});
    assert_resized(f);
    assert_int_equal(f->report.stride, 8);
    assert_ints(f, "flat", 1, (int64_t[]){0, 4, -1}, 3);
}

/* ---- anchors --------------------------------------------------------------------------- */

/* Two strides (4, 8) of a 32x24 picture, flattened and joined: [1,2,60]. */
static void anchor_free_head(struct fixture *f) {
    graph_picture(f->model, 32, 24);
    graph_conv(f->model, "s4a", "x", "a", 3, 4, 3, 2);
    graph_conv(f->model, "s4b", "a", "b", 4, 2, 3, 2);
    graph_conv(f->model, "s8", "b", "c", 2, 2, 3, 2);
    graph_ints(f->model, "target", (int64_t[]){1, 2, -1}, 3);
    graph_node(f->model, "Reshape", "flat4", "b target", "d");
    graph_node(f->model, "Reshape", "flat8", "c target", "e");
    onnx_node_add_int(graph_node(f->model, "Concat", "cat", "d e", "boxes"), "axis", 2);
}

static void anchor_points(float out[2][60], float off) {
    int at = 0;
    for (int s = 4; s <= 8; s *= 2)
        for (int y = 0; y < 32 / s; y++)
            for (int x = 0; x < 24 / s; x++, at++) {
                out[0][at] = (float)x + off;
                out[1][at] = (float)y + off;
            }
    assert_int_equal(at, 60);
}

static void test_anchor_grid_is_recognised_and_computed(void **state) {
    struct fixture *f = *state;
    float point[2][60];
    anchor_free_head(f);
    anchor_points(point, 0.5F);
    graph_floats(f->model, "anchors", 3, (int64_t[]){1, 2, 60}, &point[0][0]);
    graph_node(f->model, "Sub", "left", "anchors boxes", "z");
    output(f, "z", 3, (int64_t[]){1, 2, 60});
    assert_resized(f);
    assert_true(graph_count(f->result, "Range") == 4);
    assert_non_null(strstr(weir_buf_str(&f->report.notes), "anchors [1,2,60]"));
    assert_string_equal(graph_shape(f->result->graph->output[0]), "batch,2,anchors");
}

static void test_constant_that_is_almost_a_grid_is_refused(void **state) {
    struct fixture *f = *state;
    float point[2][60];
    anchor_free_head(f);
    anchor_points(point, 0.5F);
    point[1][37] += 1e-6F * 8;
    graph_floats(f->model, "anchors", 3, (int64_t[]){1, 2, 60}, &point[0][0]);
    graph_node(f->model, "Sub", "left", "anchors boxes", "z");
    output(f, "z", 3, (int64_t[]){1, 2, 60});
    assert_refused(f, "node left (Sub)", "the constant anchors [1,2,60] holds values");
}

static void test_grid_before_flattening_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 24);
    graph_floats(f->model, "grid", 4, (int64_t[]){1, 1, 32, 24}, NULL);
    graph_node(f->model, "Add", "shift", "x grid", "z");
    output(f, "z", 4, (int64_t[]){1, 3, 32, 24});
    assert_refused(f, "node shift (Add)", "grid [1,1,32,24]");
}

/* ---- what stands in the way ---------------------------------------------------------------- */

static void test_unknown_operator_is_named(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 32);
    graph_node(f->model, "NonZero", "pick", "x", "z");
    output(f, "z", 2, (int64_t[]){4, -1});
    assert_refused(f, "node pick (NonZero)", "not known how NonZero depends");
}

static void test_node_without_a_name_is_named_by_its_output(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 32);
    graph_node(f->model, "NonZero", "", "x", "z");
    output(f, "z", 2, (int64_t[]){4, -1});
    assert_refused(f, "the node that makes z (NonZero)", "");
}

static void test_operator_of_another_domain_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 32);
    onnx_set_string(&graph_node(f->model, "Relu", "own", "x", "z")->domain, "com.example");
    output(f, "z", 4, (int64_t[]){1, 3, 32, 32});
    assert_refused(f, "node own (Relu)", "com.example.Relu");
}

static void test_gemm_over_the_picture_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 8, 8);
    graph_node(f->model, "Flatten", "flat", "x", "a");
    graph_floats(f->model, "w", 2, (int64_t[]){192, 10}, NULL);
    graph_node(f->model, "Gemm", "dense", "a w", "z");
    output(f, "z", 2, (int64_t[]){1, 10});
    assert_refused(f, "node dense (Gemm)", "matrix of the fixed size: 192 values");
}

static void test_matmul_over_the_picture_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 8, 8);
    graph_floats(f->model, "w", 2, (int64_t[]){8, 10}, NULL);
    graph_node(f->model, "MatMul", "mix", "x w", "z");
    output(f, "z", 4, (int64_t[]){1, 3, 8, 10});
    assert_refused(f, "node mix (MatMul)", "fixed size");
}

static void test_resize_without_a_whole_ratio_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 32);
    graph_ints(f->model, "sizes", (int64_t[]){1, 3, 50, 50}, 4);
    graph_node(f->model, "Resize", "up", "x - - sizes", "z");
    output(f, "z", 4, (int64_t[]){1, 3, 50, 50});
    assert_refused(f, "node up (Resize)", "from 32 to the fixed 50");
}

static void test_crop_at_a_fixed_place_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 32);
    graph_ints(f->model, "from", (int64_t[]){0}, 1);
    graph_ints(f->model, "to", (int64_t[]){20}, 1);
    graph_ints(f->model, "axis", (int64_t[]){2}, 1);
    graph_node(f->model, "Slice", "crop", "x from to axis", "z");
    output(f, "z", 4, (int64_t[]){1, 3, 20, 32});
    assert_refused(f, "node crop (Slice)", "at the fixed 20");
}

static void test_picking_one_picture_of_the_batch_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 32);
    graph_ints(f->model, "zero", (int64_t[]){0}, 1);
    onnx_node_add_int(graph_node(f->model, "Gather", "first", "x zero", "z"), "axis", 0);
    output(f, "z", 4, (int64_t[]){1, 3, 32, 32});
    assert_refused(f, "node first (Gather)", "batch");
}

static void test_squeezing_the_batch_away_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 32);
    graph_node(f->model, "Squeeze", "drop", "x", "z");
    output(f, "z", 3, (int64_t[]){3, 32, 32});
    assert_refused(f, "node drop (Squeeze)", "batch");
}

static void test_reducing_over_the_batch_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 32);
    onnx_node_add_ints(graph_node(f->model, "ReduceMean", "mean", "x", "z"), "axes",
                       (int64_t[]){0, 2, 3}, 3);
    output(f, "z", 4, (int64_t[]){1, 3, 1, 1});
    assert_refused(f, "node mean (ReduceMean)", "pictures of a batch");
}

static void test_target_that_mixes_sides_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 5, 7);
    graph_ints(f->model, "target", (int64_t[]){1, 7, 15}, 3);
    graph_node(f->model, "Reshape", "mix", "x target", "z");
    output(f, "z", 3, (int64_t[]){1, 7, 15});
    assert_refused(f, "node mix (Reshape)", "[1,3,5,7] into [1,7,15]");
}

static void test_target_that_does_not_fit_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 32);
    graph_ints(f->model, "target", (int64_t[]){1, 5, -1}, 3);
    graph_node(f->model, "Reshape", "odd", "x target", "z");
    output(f, "z", 3, (int64_t[]){1, 5, 614});
    assert_refused(f, "node odd (Reshape)", "does not fit");
}

static void test_joining_sides_that_differ_elsewhere_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 32);
    onnx_node_add_ints(graph_node(f->model, "Transpose", "turn", "x", "t"), "perm",
                       (int64_t[]){0, 1, 3, 2}, 4);
    onnx_node_add_int(graph_node(f->model, "Concat", "cat", "x t", "z"), "axis", 1);
    output(f, "z", 4, (int64_t[]){1, 6, 32, 32});
    assert_refused(f, "node cat (Concat)", "differ at other sizes");
}

static void test_symbolic_model_says_so(void **state) {
    struct fixture *f = *state;
    graph_input(f->model, "x", GRAPH_F32, 4, (int64_t[]){-1, 3, -1, -1});
    graph_conv(f->model, "c", "x", "y", 3, 8, 3, 2);
    output(f, "y", 4, (int64_t[]){-1, 8, -1, -1});
    assert_refused(f, "input x", "several sizes as it is");
}

static void test_symbolic_batch_alone_is_no_obstacle(void **state) {
    struct fixture *f = *state;
    graph_input(f->model, "x", GRAPH_F32, 4, (int64_t[]){-1, 3, 32, 32});
    graph_conv(f->model, "c", "x", "y", 3, 8, 3, 2);
    output(f, "y", 4, (int64_t[]){-1, 8, 16, 16});
    assert_resized(f);
    assert_string_equal(graph_shape(f->result->graph->input[0]), "batch,3,height,width");
}

static void test_channels_last_is_refused(void **state) {
    struct fixture *f = *state;
    graph_input(f->model, "x", GRAPH_F32, 4, (int64_t[]){1, 32, 32, 3});
    graph_node(f->model, "Relu", "r", "x", "z");
    output(f, "z", 4, (int64_t[]){1, 32, 32, 3});
    assert_refused(f, "input x", "[batch,height,width,3]");
}

static void test_input_of_other_rank_or_type_is_refused(void **state) {
    struct fixture *f = *state;
    graph_input(f->model, "x", GRAPH_F32, 3, (int64_t[]){3, 32, 32});
    graph_input(f->model, "n", GRAPH_I64, 4, (int64_t[]){1, 3, 32, 32});
    graph_node(f->model, "Relu", "r", "x", "z");
    output(f, "z", 3, (int64_t[]){3, 32, 32});
    assert_refused(f, "x of 3 dimensions, n of 4 dimensions", "no input for pictures");
}

static void test_second_input_is_refused_by_its_reader(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 32);
    graph_input(f->model, "scale", GRAPH_F32, 1, (int64_t[]){1});
    graph_node(f->model, "Mul", "times", "x scale", "z");
    output(f, "z", 4, (int64_t[]){1, 3, 32, 32});
    assert_refused(f, "node times (Mul)", "reads scale");
}

static void test_tensor_made_by_no_node_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 32);
    graph_node(f->model, "Add", "sum", "x later", "z");
    graph_node(f->model, "Relu", "r", "x", "later");
    output(f, "z", 4, (int64_t[]){1, 3, 32, 32});
    assert_refused(f, "node sum (Add)", "later is made by no node before it");
}

static void test_tensor_made_twice_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 32);
    graph_node(f->model, "Relu", "one", "x", "z");
    graph_node(f->model, "Relu", "two", "x", "z");
    output(f, "z", 4, (int64_t[]){1, 3, 32, 32});
    assert_refused(f, "node two (Relu)", "made twice");
}

static void test_kernel_larger_than_the_picture_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 4, 4);
    Onnx__NodeProto *pool = graph_node(f->model, "MaxPool", "pool", "x", "z");
    onnx_node_add_ints(pool, "kernel_shape", (int64_t[]){9, 9}, 2);
    output(f, "z", 4, (int64_t[]){1, 3, 1, 1});
    assert_refused(f, "node pool (MaxPool)", "would be -4");
}

static void test_declared_output_that_is_not_computed_is_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 32);
    graph_node(f->model, "Relu", "r", "x", "z");
    output(f, "z", 4, (int64_t[]){1, 3, 31, 32});
    assert_refused(f, "output z", "declared as 31, computed as 32");
}

static void test_old_operator_set_is_refused(void **state) {
    struct fixture *f = *state;
    f->model->opset_import[0]->version = 6;
    graph_picture(f->model, 32, 32);
    graph_node(f->model, "Relu", "r", "x", "z");
    output(f, "z", 4, (int64_t[]){1, 3, 32, 32});
    assert_refused(f, "operator set 6", "export it anew");
}

static void test_attributes_out_of_range_are_refused(void **state) {
    struct fixture *f = *state;
    graph_picture(f->model, 32, 32);
    Onnx__NodeProto *pool = graph_node(f->model, "MaxPool", "pool", "x", "z");
    onnx_node_add_ints(pool, "kernel_shape", (int64_t[]){2, 2}, 2);
    onnx_node_add_ints(pool, "strides", (int64_t[]){0, INT64_MIN}, 2);
    output(f, "z", 4, (int64_t[]){1, 3, 16, 16});
    assert_refused(f, "node pool (MaxPool)", "strides holds 0");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_input_and_outputs_become_symbolic),
        T(test_flattening_target_becomes_zero_and_minus_one),
        T(test_target_that_follows_already_is_left_alone),
        T(test_shared_target_is_kept_for_its_other_reader),
        T(test_channel_shuffle_target_is_computed),
        T(test_equal_targets_are_computed_once),
        T(test_batch_hidden_in_a_product_is_found),
        T(test_allowzero_is_taken_off),
        T(test_shape_chains_follow_by_themselves),
        T(test_slice_to_the_fixed_end_goes_to_the_end),
        T(test_slice_of_old_operator_sets_is_rewritten_in_place),
        T(test_fixed_sizes_of_resize_become_scales),
        T(test_upsample_and_its_skip_connection_agree),
        T(test_global_pooling_and_gemm_are_fine),
        T(test_listed_initializers_are_no_inputs),
        T(test_uneven_last_stride_is_rounded_as_it_is),
        T(test_anchor_grid_is_recognised_and_computed),
        T(test_constant_that_is_almost_a_grid_is_refused),
        T(test_grid_before_flattening_is_refused),
        T(test_unknown_operator_is_named),
        T(test_node_without_a_name_is_named_by_its_output),
        T(test_operator_of_another_domain_is_refused),
        T(test_gemm_over_the_picture_is_refused),
        T(test_matmul_over_the_picture_is_refused),
        T(test_resize_without_a_whole_ratio_is_refused),
        T(test_crop_at_a_fixed_place_is_refused),
        T(test_picking_one_picture_of_the_batch_is_refused),
        T(test_squeezing_the_batch_away_is_refused),
        T(test_reducing_over_the_batch_is_refused),
        T(test_target_that_mixes_sides_is_refused),
        T(test_target_that_does_not_fit_is_refused),
        T(test_joining_sides_that_differ_elsewhere_is_refused),
        T(test_symbolic_model_says_so),
        T(test_symbolic_batch_alone_is_no_obstacle),
        T(test_channels_last_is_refused),
        T(test_input_of_other_rank_or_type_is_refused),
        T(test_second_input_is_refused_by_its_reader),
        T(test_tensor_made_by_no_node_is_refused),
        T(test_tensor_made_twice_is_refused),
        T(test_kernel_larger_than_the_picture_is_refused),
        T(test_declared_output_that_is_not_computed_is_refused),
        T(test_old_operator_set_is_refused),
        T(test_attributes_out_of_range_are_refused),
    };
    return cmocka_run_group_tests_name("make_dynamic", tests, NULL, NULL);
}
