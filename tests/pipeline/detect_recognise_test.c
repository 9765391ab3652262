/* Recognition from declarations alone: what is told apart by what, and what is refused. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/detect/head.h"

enum { PORTS = 8 };

struct declared {
    const char *name;
    int rank;
    int64_t dim[4];
};

struct sample {
    const char *head; /* NULL: not to be recognised */
    int classes;
    struct declared in[3], out[PORTS];
    const char *meta[8];
};

static void set_port(struct weir_port *port, const struct declared *from) {
    snprintf(port->name, sizeof port->name, "%s", from->name);
    port->rank = from->rank;
    memcpy(port->dim, from->dim, sizeof from->dim);
}

static struct weir_graph *graph_of(const struct sample *s) {
    struct weir_graph *g = calloc(1, sizeof *g);
    assert_non_null(g);
    for (; g->input_len < 3 && s->in[g->input_len].name; g->input_len++)
        set_port(&g->input[g->input_len], &s->in[g->input_len]);
    for (; g->output_len < PORTS && s->out[g->output_len].name; g->output_len++)
        set_port(&g->output[g->output_len], &s->out[g->output_len]);
    g->metadata = calloc(4, sizeof *g->metadata);
    assert_non_null(g->metadata);
    for (size_t i = 0; i < 8 && s->meta[i]; i += 2) {
        g->metadata[g->metadata_len].key = strdup(s->meta[i]);
        g->metadata[g->metadata_len++].value = strdup(s->meta[i + 1]);
    }
    return g;
}

static void graph_drop(struct weir_graph *g) {
    weir_graph_done(g);
    free(g);
}

/* The head's name, or the error's text, good until the next call. */
static const char *recognise(const struct sample *s, const struct weir_sidecar *side,
                             struct weir_model_desc *ret_desc) {
    static struct weir_error err;
    struct weir_graph *g = graph_of(s);
    memset(&err, 0, sizeof err);
    memset(ret_desc, 0, sizeof *ret_desc);
    int rc = weir_model_recognise(g, side, ret_desc, &err);
    graph_drop(g);
    if (!rc)
        return weir_model_head_name(ret_desc);
    assert_int_equal(rc, WEIR_EMODEL);
    return err.text;
}

#define ULTRA "author", "Ultralytics", "stride", "32"

static const struct sample known[] = {
    {"yolox", 80, {{"images", 4, {1, 3, 416, 416}}}, {{"output", 3, {1, 3549, 85}}}, {0}},
    {"yolox", 80, {{"x", 4, {1, 3, 416, 640}}}, {{"y", 3, {1, 5460, 85}}}, {0}},
    {"yolox", 1, {{"x", 4, {4, 3, 416, 416}}}, {{"y", 3, {4, 3549, 6}}}, {0}},
    {"yolox", 80, {{"images", 4, {-1, 3, -1, -1}}}, {{"output", 3, {-1, -1, 85}}}, {0}},
    {"yolov5", 80, {{"images", 4, {1, 3, 640, 640}}}, {{"output0", 3, {1, 25200, 85}}}, {0}},
    {"yolov5", 80, {{"images", 4, {1, 3, 1280, 1280}}}, {{"output", 3, {1, 102000, 85}}}, {0}},
    {"yolov5",
     2,
     {{"images", 4, {1, 3, 320, 320}}},
     {{"output", 3, {1, 6300, 7}}, {"a", 5, {1, 3, 40, 40}}, {"b", 5, {1, 3, 20, 20}}},
     {0}},
    {"yolov5",
     2,
     {{"images", 4, {-1, 3, -1, -1}}},
     {{"output", 3, {-1, -1, 7}}},
     {ULTRA, "names", "{0: 'a', 1: 'b'}"}},
    {"yolov8", 80, {{"images", 4, {1, 3, 640, 640}}}, {{"output0", 3, {1, 84, 8400}}}, {0}},
    {"yolov8", 80, {{"images", 4, {1, 640, 640, 3}}}, {{"output0", 3, {1, 84, 8400}}}, {0}},
    {"yolov8",
     2,
     {{"images", 4, {-1, 3, -1, -1}}},
     {{"output0", 3, {-1, 6, -1}}},
     {ULTRA, "names", "['a', 'b']", "task", "detect"}},
    {"yolov8", 80, {{"images", 4, {1, 3, 640, 640}}}, {{"output0", 3, {1, 300, 6}}}, {0}},
    {"yolov8",
     3,
     {{"images", 4, {-1, 3, -1, -1}}},
     {{"output0", 3, {-1, -1, 6}}},
     {ULTRA, "names", "{0: 'a', 1: 'b', 2: 'c'}"}},
    {"nanodet", 80, {{"data", 4, {1, 3, 416, 416}}}, {{"output", 3, {1, 3598, 112}}}, {0}},
    {"nanodet", 80, {{"data", 4, {1, 3, 320, 320}}}, {{"output", 3, {1, 2100, 112}}}, {0}},
    {"nanodet",
     4,
     {{"input.1", 4, {1, 3, 416, 416}}},
     {{"dis_pred_stride_32", 3, {1, 169, 32}},
      {"cls_pred_stride_8", 3, {1, 2704, 4}},
      {"dis_pred_stride_8", 3, {1, 2704, 32}},
      {"cls_pred_stride_16", 3, {1, 676, 4}},
      {"cls_pred_stride_32", 3, {1, 169, 4}},
      {"dis_pred_stride_16", 3, {1, 676, 32}}},
     {0}},
    {"detr",
     80,
     {{"images", 4, {-1, 3, 320, 320}}, {"orig_target_sizes", 2, {-1, 2}}},
     {{"labels", 2, {-1, -1}}, {"boxes", 3, {-1, -1, 4}}, {"scores", 2, {-1, -1}}},
     {0}},
    {"detr",
     80,
     {{"orig_target_sizes", 2, {1, 2}}, {"images", 4, {1, 3, 640, 640}}},
     {{"scores", 2, {1, 300}}, {"labels", 2, {1, 300}}, {"boxes", 3, {1, 300, 4}}},
     {0}},
    {"fastestdet", 80, {{"input.1", 4, {1, 3, 352, 352}}}, {{"758", 4, {1, 85, 22, 22}}}, {0}},
};

static void test_every_family_is_recognised(void **state) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct weir_model_desc desc;
        const char *found = recognise(&known[i], NULL, &desc);
        if (strcmp(found, known[i].head) != 0)
            fail_msg("sample %zu: expected %s, found %s", i, known[i].head, found);
        assert_int_equal(desc.classes, known[i].classes);
        assert_int_equal(desc.labels->len, known[i].classes);
        assert_true(desc.why[0] && desc.stride == 32);
        weir_model_desc_done(&desc);
    }
}

static const struct sample unknown[] = {
    {NULL, 0, {{"x", 4, {1, 3, 224, 224}}}, {{"logits", 2, {1, 1000}}}, {0}},
    {NULL, 0, {{"x", 4, {1, 1, 416, 416}}}, {{"y", 3, {1, 3549, 85}}}, {0}},
    {NULL, 0, {{"x", 4, {1, 3, 416, 416}}}, {{"y", 3, {1, 3000, 85}}}, {0}},
    {NULL, 0, {{"x", 4, {1, 3, 416, 416}}, {"y", 1, {1}}}, {{"z", 3, {1, 3549, 85}}}, {0}},
    {NULL,
     0,
     {{"x", 4, {1, 3, 640, 640}}},
     {{"y", 3, {1, 116, 8400}}, {"proto", 4, {1, 32, 160, 160}}},
     {0}},
    {NULL, 0, {{"x", 4, {1, 3, 352, 352}}}, {{"y", 4, {1, 85, 11, 11}}}, {0}},
    {NULL, 0, {{"x", 4, {1, 3, 416, 416}}}, {{"cls_pred_stride_8", 3, {1, 2704, 80}}}, {0}},
    {NULL, 0, {{NULL, 0, {0}}}, {{"y", 3, {1, 3549, 85}}}, {0}},
    {NULL, 0, {{"x", 4, {1, 3, 416, 416}}}, {{NULL, 0, {0}}}, {0}},
};

static void test_what_is_no_detector_is_refused_with_what_was_found_and_expected(void **state) {
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        struct weir_model_desc desc;
        const char *text = recognise(&unknown[i], NULL, &desc);
        struct weir_error err = {.code = WEIR_EMODEL};
        snprintf(err.text, sizeof err.text, "%s", text);
        test_error_says(&err, "not recognised");
        test_error_says(&err, "sidecar");
        test_error_says(&err, "fastestdet: ");
        test_error_says(&err, "nanodet: ");
        if (unknown[i].out[0].name)
            test_error_says(&err, unknown[i].out[0].name);
    }
}

static void test_an_ambiguous_graph_is_refused_and_names_both(void **state) {
    const struct sample s = {
        NULL, 0, {{"data", 4, {-1, 3, -1, -1}}}, {{"pred", 3, {-1, -1, 85}}}, {0}};
    struct weir_model_desc desc;
    struct weir_error err = {.code = WEIR_EMODEL};
    snprintf(err.text, sizeof err.text, "%s", recognise(&s, NULL, &desc));
    test_error_says(&err, "yolox as well as yolov5");
}

static void test_other_tasks_of_ultralytics_are_refused_by_name(void **state) {
    const struct sample s = {NULL,
                             0,
                             {{"images", 4, {1, 3, 640, 640}}},
                             {{"output0", 3, {1, 84, 8400}}},
                             {ULTRA, "task", "segment", "names", "{0: 'a'}"}};
    struct weir_model_desc desc;
    struct weir_error err = {.code = WEIR_EMODEL};
    snprintf(err.text, sizeof err.text, "%s", recognise(&s, NULL, &desc));
    test_error_says(&err, "'segment'");
    test_error_says(&err, "'detect'");
}

/* Bytes of a batch that wrap to few, classes that wrap to 80: all in range for the runtime. */
static void test_sizes_that_no_detector_has_are_refused(void **state) {
    static const struct sample absurd[] = {
        {NULL, 80, {{"images", 4, {4, 3, 1 << 30, 1 << 30}}}, {{"output", 3, {4, -1, 85}}}, {0}},
        {NULL,
         80,
         {{"images", 4, {1, 3, 416, 416}}},
         {{"output", 3, {1, 3549, (INT64_C(1) << 32) + 85}}},
         {0}},
        {NULL,
         80,
         {{"images", 4, {INT64_C(1) << 32, 3, 416, 416}}},
         {{"output", 3, {-1, 3549, 85}}},
         {0}},
    };
    for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++) {
        struct weir_model_desc desc;
        const char *said = recognise(&absurd[i], NULL, &desc);
        assert_non_null(strstr(said, "a detector's is at most"));
        weir_model_desc_done(&desc);
    }
}

static void test_metadata_give_names_stride_and_size(void **state) {
    const struct sample s = {
        "yolov8",
        2,
        {{"images", 4, {-1, 3, -1, -1}}},
        {{"output0", 3, {-1, 6, -1}}},
        {"names", "{0: 'owl', 1: \"bird's nest\"}", "stride", "64", "imgsz", "[384, 600]"}};
    struct weir_model_desc desc;
    assert_string_equal(recognise(&s, NULL, &desc), "yolov8");
    assert_string_equal(weir_labels_name(desc.labels, 1), "bird's nest");
    assert_int_equal(desc.stride, 64);
    assert_int_equal(desc.preferred.width, 640); /* 600 is no multiple of 64 */
    assert_int_equal(desc.preferred.height, 384);
    weir_model_desc_done(&desc);
}

static void test_names_that_do_not_fit_the_shapes_are_not_used(void **state) {
    const struct sample s = {"yolov8",
                             3,
                             {{"images", 4, {1, 3, 640, 640}}},
                             {{"output0", 3, {1, 7, 8400}}},
                             {"names", "{0: 'owl'}"}};
    struct weir_model_desc desc;
    assert_string_equal(recognise(&s, NULL, &desc), "yolov8");
    assert_string_equal(weir_labels_name(desc.labels, 0), "class_0");
    weir_model_desc_done(&desc);
}

static void test_layout_type_and_batch_come_from_the_input(void **state) {
    struct weir_model_desc desc;
    assert_string_equal(recognise(&known[9], NULL, &desc), "yolov8");
    assert_int_equal(desc.layout, WEIR_LAYOUT_NHWC);
    assert_int_equal(desc.batch, 1);
    assert_int_equal(desc.size.width, 640);
    weir_model_desc_done(&desc);
    assert_string_equal(recognise(&known[3], NULL, &desc), "yolox");
    assert_int_equal(desc.batch, -1);
    assert_int_equal(desc.size.width, 0);
    weir_model_desc_done(&desc);
}

static void test_a_byte_input_takes_no_normalisation(void **state) {
    struct weir_graph *g = graph_of(&known[8]);
    struct weir_model_desc desc;
    g->input[0].dtype = WEIR_DTYPE_U8;
    assert_int_equal(weir_model_recognise(g, NULL, &desc, NULL), 0);
    assert_true(desc.scale[0] == 1 && desc.mean[0] == 0);
    weir_model_desc_done(&desc);
    graph_drop(g);
}

static void test_a_sidecar_settles_what_is_ambiguous_and_overrules(void **state) {
    const struct sample s = {
        NULL, 0, {{"data", 4, {-1, 3, -1, -1}}}, {{"pred", 3, {-1, -1, 7}}}, {0}};
    char head[] = "yolov5", a[] = "cat", b[] = "dog";
    char *names[] = {a, b};
    struct weir_sidecar side = {
        .head = head,
        .has_color = true,
        .color = WEIR_COLOR_BGR,
        .has_resize = true,
        .resize = WEIR_RESIZE_STRETCH,
        .has_pad = true,
        .pad = 7,
        .has_mean = true,
        .mean = {1, 2, 3},
        .has_std = true,
        .std = {2, 4, 8},
        .has_size = true,
        .size = {640, 384},
        .has_stride = true,
        .stride = 64,
        .classes = {names, 2},
    };
    struct weir_model_desc desc;
    assert_string_equal(recognise(&s, &side, &desc), "yolov5");
    assert_int_equal(desc.color, WEIR_COLOR_BGR);
    assert_int_equal(desc.resize, WEIR_RESIZE_STRETCH);
    assert_true(desc.pad == 7 && desc.mean[2] == 3 && desc.scale[1] == 0.25f);
    assert_int_equal(desc.preferred.width, 640);
    assert_int_equal(desc.stride, 64);
    assert_string_equal(weir_labels_name(desc.labels, 1), "dog");
    assert_non_null(strstr(desc.why, "sidecar"));
    weir_model_desc_done(&desc);
}

static void contradicts(const struct sample *s, const struct weir_sidecar *side, const char *says) {
    struct weir_model_desc desc;
    struct weir_error err = {.code = WEIR_EMODEL};
    snprintf(err.text, sizeof err.text, "%s", recognise(s, side, &desc));
    test_error_says(&err, "sidecar: ");
    test_error_says(&err, says);
}

static void test_a_sidecar_that_contradicts_the_graph_is_refused(void **state) {
    char detr[] = "detr", strange[] = "yolo99", name[] = "cat";
    char *names[] = {name};
    contradicts(&known[0], &(struct weir_sidecar){.head = detr}, "contradicts");
    contradicts(&known[0], &(struct weir_sidecar){.head = strange}, "allowed: yolox, yolov5");
    contradicts(&known[0], &(struct weir_sidecar){.classes = {names, 1}}, "80 classes");
    contradicts(&known[0], &(struct weir_sidecar){.has_layout = true, .layout = WEIR_LAYOUT_NHWC},
                "nchw");
    contradicts(&known[0], &(struct weir_sidecar){.has_size = true, .size = {640, 640}},
                "fixed at 416x416");
    contradicts(&known[0], &(struct weir_sidecar){.has_std = true, .std = {1, 0, 1}}, "std");
}

static void test_heads_are_listed_in_the_order_of_the_table(void **state) {
    const char *name, *expects;
    size_t n = 0;
    while (weir_model_head(n, &name, &expects)) {
        assert_string_equal(name, weir_heads[n]->name);
        assert_true(expects[0]);
        n++;
    }
    assert_int_equal(n, 6);
    assert_null(weir_head_by_name("nobody"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_family_is_recognised),
        cmocka_unit_test(test_what_is_no_detector_is_refused_with_what_was_found_and_expected),
        cmocka_unit_test(test_an_ambiguous_graph_is_refused_and_names_both),
        cmocka_unit_test(test_other_tasks_of_ultralytics_are_refused_by_name),
        cmocka_unit_test(test_sizes_that_no_detector_has_are_refused),
        cmocka_unit_test(test_metadata_give_names_stride_and_size),
        cmocka_unit_test(test_names_that_do_not_fit_the_shapes_are_not_used),
        cmocka_unit_test(test_layout_type_and_batch_come_from_the_input),
        cmocka_unit_test(test_a_byte_input_takes_no_normalisation),
        cmocka_unit_test(test_a_sidecar_settles_what_is_ambiguous_and_overrules),
        cmocka_unit_test(test_a_sidecar_that_contradicts_the_graph_is_refused),
        cmocka_unit_test(test_heads_are_listed_in_the_order_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
