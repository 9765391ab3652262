/*
 * One suite over every head: a fixture makes a graph's outputs for a batch of two
 * pictures, the second of which holds one object that is known, the first
 * nothing. The input is 64x64, there are five classes, the object is of class 2.
 */
#include "support/support.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/detect/head.h"

enum { SIDE = 64, CLASSES = 5, CLASS = 2, BATCH = 2, OUTS = 8 };

struct fixture {
    struct weir_graph graph;
    struct weir_tensor out[OUTS];
    float *f32[OUTS];
    int64_t *i64[OUTS];
    size_t len[OUTS]; /* values of each output */
    struct weir_model_desc desc;
    struct weir_box expect; /* in pixels of a 64x64 source */
};

static void add_input(struct fixture *f, const char *name, enum weir_dtype dtype, int rank,
                      const int64_t *dim) {
    struct weir_port *port = &f->graph.input[f->graph.input_len++];
    snprintf(port->name, sizeof port->name, "%s", name);
    port->dtype = dtype;
    port->rank = rank;
    memcpy(port->dim, dim, (size_t)rank * sizeof *dim);
}

static void add_output(struct fixture *f, const char *name, bool integer, int rank, int64_t d1,
                       int64_t d2, int64_t d3) {
    size_t i = f->graph.output_len++;
    struct weir_port *port = &f->graph.output[i];
    snprintf(port->name, sizeof port->name, "%s", name);
    port->dtype = integer ? WEIR_DTYPE_I64 : WEIR_DTYPE_F32;
    port->rank = f->out[i].rank = rank;
    const int64_t dim[] = {BATCH, d1, d2, d3};
    f->len[i] = 1;
    for (int d = 0; d < rank; d++) {
        port->dim[d] = f->out[i].dim[d] = dim[d];
        f->len[i] *= (size_t)dim[d];
    }
    if (integer)
        f->out[i].i64 = f->i64[i] = calloc(f->len[i], sizeof(int64_t));
    else
        f->out[i].f32 = f->f32[i] = calloc(f->len[i], sizeof(float));
    assert_true(f->i64[i] || f->f32[i]);
}

static void add_picture(struct fixture *f) {
    static const int64_t dim[] = {BATCH, 3, SIDE, SIDE};
    add_input(f, "images", WEIR_DTYPE_F32, 4, dim);
}

static void expect(struct fixture *f, float x0, float y0, float x1, float y1, float score) {
    f->expect = (struct weir_box){x0, y0, x1, y1, score, CLASS, 0};
}

/* Cell (3,2) of stride 8, then exp(log(4)) * 8 = 32 wide, 16 high. */
static void make_yolox(struct fixture *f) {
    add_picture(f);
    add_output(f, "output", false, 3, 84, 5 + CLASSES, 0);
    float *row = f->f32[0] + (84 + 2 * 8 + 3) * (5 + CLASSES);
    row[0] = 0.5f;
    row[1] = 0.25f;
    row[2] = logf(4);
    row[3] = logf(2);
    row[4] = 0.9f;
    row[5 + CLASS] = 0.8f;
    row[5 + 4] = 0.1f;
    expect(f, 28 - 16, 18 - 8, 28 + 16, 18 + 8, 0.72f);
}

static void make_yolox_in_pixels(struct fixture *f) {
    make_yolox(f);
    float *row = f->f32[0] + (84 + 2 * 8 + 3) * (5 + CLASSES);
    row[0] = 28;
    row[1] = 18;
    row[2] = 32;
    row[3] = 16;
    f->desc.variant = 1;
}

static void make_yolov5(struct fixture *f) {
    add_picture(f);
    add_output(f, "output0", false, 3, 252, 5 + CLASSES, 0);
    float *row = f->f32[0] + (252 + 100) * (5 + CLASSES);
    row[0] = 30;
    row[1] = 20;
    row[2] = 20;
    row[3] = 30;
    row[4] = 0.9f;
    row[5 + CLASS] = 0.9f;
    expect(f, 20, 5, 40, 35, 0.81f);
}

static void make_yolov8(struct fixture *f) {
    add_picture(f);
    add_output(f, "output0", false, 3, 4 + CLASSES, 84, 0);
    float *column = f->f32[0] + 84 * (4 + CLASSES) + 70;
    const float value[] = {30, 20, 20, 30, 0, 0.2f, 0.75f, 0.1f, 0};
    for (int i = 0; i < 4 + CLASSES; i++)
        column[i * 84] = value[i];
    expect(f, 20, 5, 40, 35, 0.75f);
}

static void make_end_to_end(struct fixture *f) {
    add_picture(f);
    add_output(f, "output0", false, 3, 300, 6, 0);
    float *row = f->f32[0] + (300 + 7) * 6;
    const float value[] = {20, 5, 40, 35, 0.75f, CLASS};
    memcpy(row, value, sizeof value);
    expect(f, 20, 5, 40, 35, 0.75f);
}

static void put_distances(float *logit) {
    static const int bin[] = {2, 1, 1, 2};
    for (int side = 0; side < 4; side++)
        for (int k = 0; k < 8; k++)
            logit[side * 8 + k] = k == bin[side] ? 40.0f : 0;
}

static void make_nanodet(struct fixture *f) {
    add_picture(f);
    for (int stride = 32; stride >= 8; stride /= 2) {
        char name[32];
        int64_t n = (SIDE / stride) * (SIDE / stride);
        snprintf(name, sizeof name, "dis_pred_stride_%d", stride);
        add_output(f, name, false, 3, n, 32, 0);
        snprintf(name, sizeof name, "cls_pred_stride_%d", stride);
        add_output(f, name, false, 3, n, CLASSES, 0);
    }
    int cell = 64 + 3 * 8 + 4; /* picture 1, cell (4,3) of stride 8: centre 35.5, 27.5 */
    put_distances(f->f32[4] + cell * 32);
    f->f32[5][cell * CLASSES + CLASS] = 0.7f;
    expect(f, 19.5f, 19.5f, 43.5f, 43.5f, 0.7f);
}

static void make_nanodet_plus(struct fixture *f) {
    add_picture(f);
    add_output(f, "output", false, 3, 85, CLASSES + 32, 0);
    float *row = f->f32[0] + (85 + 3 * 8 + 4) * (CLASSES + 32);
    row[CLASS] = 0.7f;
    put_distances(row + CLASSES);
    expect(f, 16, 16, 40, 40, 0.7f);
}

static void make_detr(struct fixture *f) {
    static const int64_t sizes[] = {BATCH, 2};
    add_picture(f);
    add_input(f, "orig_target_sizes", WEIR_DTYPE_I64, 2, sizes);
    add_output(f, "scores", false, 2, 10, 0, 0);
    add_output(f, "labels", true, 2, 10, 0, 0);
    add_output(f, "boxes", false, 3, 10, 4, 0);
    const float box[] = {20, 5, 40, 35};
    f->f32[0][10 + 3] = 0.75f;
    f->i64[1][10 + 3] = CLASS;
    memcpy(f->f32[2] + (10 + 3) * 4, box, sizeof box);
    expect(f, 20, 5, 40, 35, 0.75f);
}

static void make_fastestdet(struct fixture *f) {
    add_picture(f);
    add_output(f, "758", false, 4, 5 + CLASSES, 4, 4);
    float *plane = f->f32[0] + 16 * (5 + CLASSES) + (1 * 4 + 2); /* cell (2,1) */
    plane[0] = 0.8f;
    plane[1 * 16] = 0; /* centre 2/4 of the width */
    plane[2 * 16] = atanhf(0.5f); /* 1.5/4 of the height */
    plane[3 * 16] = 0; /* half as wide as the picture */
    plane[4 * 16] = -logf(3); /* a quarter as high */
    plane[(5 + CLASS) * 16] = 0.8f;
    plane[(5 + 1) * 16] = 0.1f;
    expect(f, 16, 16, 48, 32, 0.8f);
}

static const struct {
    const struct weir_head *head;
    void (*make)(struct fixture *f);
} fixtures[] = {
    {&weir_head_yolox, make_yolox},           {&weir_head_yolox, make_yolox_in_pixels},
    {&weir_head_yolov5, make_yolov5},         {&weir_head_yolov8, make_yolov8},
    {&weir_head_yolov8, make_end_to_end},     {&weir_head_nanodet, make_nanodet},
    {&weir_head_nanodet, make_nanodet_plus},  {&weir_head_detr, make_detr},
    {&weir_head_fastestdet, make_fastestdet},
};
enum { FIXTURES = sizeof fixtures / sizeof *fixtures };

static struct fixture *make(size_t i) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->desc.size_input = -1;
    fixtures[i].make(f);
    int variant = f->desc.variant;
    f->desc.variant = 0;
    assert_true(fixtures[i].head->match(&f->graph, &f->desc) > 0);
    f->desc.head = fixtures[i].head;
    f->desc.variant |= variant;
    if (!f->desc.classes)
        f->desc.classes = CLASSES;
    assert_int_equal(f->desc.classes, CLASSES);
    return f;
}

static void drop(struct fixture *f) {
    for (int i = 0; i < OUTS; i++) {
        free(f->f32[i]);
        free(f->i64[i]);
    }
    free(f);
}

static int decode(const struct fixture *f, int b, const struct weir_letterbox *lb, float conf,
                  struct weir_boxes *boxes, struct weir_error *err) {
    return f->desc.head->decode(&f->desc, f->out, f->graph.output_len, b, lb, conf, boxes, err);
}

static const struct weir_letterbox *same(void) {
    static const struct weir_letterbox lb = {SIDE, SIDE, SIDE, SIDE, 0, 0, SIDE, SIDE, 1, 1};
    return &lb;
}

static void near(float a, float b) {
    if (!(fabsf(a - b) < 0.01f))
        fail_msg("%g is not %g", (double)a, (double)b);
}

static void test_every_head_finds_its_object_in_the_right_picture(void **state) {
    for (size_t i = 0; i < FIXTURES; i++) {
        struct fixture *f = make(i);
        struct weir_boxes boxes = {0};
        assert_int_equal(decode(f, 0, same(), 0.3f, &boxes, NULL), 0);
        assert_int_equal(boxes.len, 0);
        assert_int_equal(decode(f, 1, same(), 0.3f, &boxes, NULL), 0);
        assert_int_equal(boxes.len, 1);
        near(boxes.data[0].x0, f->expect.x0);
        near(boxes.data[0].y0, f->expect.y0);
        near(boxes.data[0].x1, f->expect.x1);
        near(boxes.data[0].y1, f->expect.y1);
        near(boxes.data[0].score, f->expect.score);
        assert_int_equal(boxes.data[0].class_id, CLASS);
        assert_int_equal(boxes.data[0].track_id, 0);
        weir_boxes_done(&boxes);
        drop(f);
    }
}

static void test_every_head_appends_and_keeps_what_was_there(void **state) {
    for (size_t i = 0; i < FIXTURES; i++) {
        struct fixture *f = make(i);
        struct weir_boxes boxes = {0};
        assert_int_equal(weir_boxes_add(&boxes, (struct weir_box){.x1 = 1, .y1 = 1}), 0);
        assert_int_equal(decode(f, 1, same(), 0.3f, &boxes, NULL), 0);
        assert_int_equal(boxes.len, 2);
        assert_true(boxes.data[0].x1 == 1);
        weir_boxes_done(&boxes);
        drop(f);
    }
}

static void test_a_score_at_the_threshold_counts_and_one_below_does_not(void **state) {
    for (size_t i = 0; i < FIXTURES; i++) {
        struct fixture *f = make(i);
        struct weir_boxes boxes = {0};
        assert_int_equal(decode(f, 1, same(), 0.3f, &boxes, NULL), 0);
        float score = boxes.data[0].score;
        weir_boxes_reset(&boxes);
        assert_int_equal(decode(f, 1, same(), score, &boxes, NULL), 0);
        assert_int_equal(boxes.len, 1);
        weir_boxes_reset(&boxes);
        assert_int_equal(decode(f, 1, same(), nextafterf(score, 1), &boxes, NULL), 0);
        assert_int_equal(boxes.len, 0);
        weir_boxes_done(&boxes);
        drop(f);
    }
}

static void all_sane(const struct weir_boxes *boxes, int width, int height) {
    for (size_t i = 0; i < boxes->len; i++) {
        const struct weir_box *b = &boxes->data[i];
        assert_true(b->x0 >= 0 && b->y0 >= 0 && b->x1 <= (float)width && b->y1 <= (float)height);
        assert_true(b->x0 < b->x1 && b->y0 < b->y1);
        assert_true(b->score >= 0 && b->score <= 1);
        assert_true(b->class_id >= 0 && b->class_id < CLASSES);
    }
}

static void test_values_that_are_no_numbers_make_no_box(void **state) {
    const float poison[] = {NAN, -NAN, INFINITY, -INFINITY, 3e38f, -3e38f};
    for (size_t i = 0; i < FIXTURES; i++)
        for (size_t p = 0; p < sizeof poison / sizeof *poison; p++) {
            struct fixture *f = make(i);
            for (size_t o = 0; o < f->graph.output_len; o++)
                for (size_t k = 0; f->f32[o] && k < f->len[o]; k++)
                    f->f32[o][k] = poison[p];
            struct weir_boxes boxes = {0};
            int rc = decode(f, 1, same(), 0.3f, &boxes, NULL);
            assert_true(rc == 0 || rc == WEIR_EMODEL);
            all_sane(&boxes, SIDE, SIDE);
            if (!isfinite(poison[p]))
                assert_int_equal(boxes.len, 0);
            weir_boxes_done(&boxes);
            drop(f);
        }
}

static void test_one_value_that_is_no_number_never_leaves_a_bad_box(void **state) {
    const float poison[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < FIXTURES; i++) {
        struct fixture *f = make(i);
        for (size_t o = 0; o < f->graph.output_len; o++)
            for (size_t k = f->len[o] / 2; f->f32[o] && k < f->len[o]; k++)
                for (size_t p = 0; p < sizeof poison / sizeof *poison; p++) {
                    float kept = f->f32[o][k];
                    struct weir_boxes boxes = {0};
                    f->f32[o][k] = poison[p];
                    int rc = decode(f, 1, same(), 0.3f, &boxes, NULL);
                    assert_true(rc == 0 || rc == WEIR_EMODEL);
                    all_sane(&boxes, SIDE, SIDE);
                    weir_boxes_done(&boxes);
                    f->f32[o][k] = kept;
                }
        drop(f);
    }
}

static void test_outputs_that_do_not_fit_are_refused(void **state) {
    for (size_t i = 0; i < FIXTURES; i++) {
        struct fixture *f = make(i);
        struct weir_boxes boxes = {0};
        struct weir_error err = {0};
        const struct weir_head *head = f->desc.head;
        size_t len = f->graph.output_len;
        assert_int_equal(head->decode(&f->desc, f->out, 0, 1, same(), 0.3f, &boxes, &err),
                         WEIR_EMODEL);
        assert_int_equal(decode(f, BATCH, same(), 0.3f, &boxes, &err), WEIR_EMODEL);
        for (size_t o = 0; o < len; o++) {
            struct weir_tensor kept = f->out[o];
            f->out[o].rank--;
            assert_int_equal(decode(f, 1, same(), 0.3f, &boxes, &err), WEIR_EMODEL);
            f->out[o] = kept;
            f->out[o].f32 = NULL;
            f->out[o].i64 = NULL;
            assert_int_equal(decode(f, 1, same(), 0.3f, &boxes, &err), WEIR_EMODEL);
            f->out[o] = kept;
        }
        test_error_says(&err, head->name);
        assert_int_equal(boxes.len, 0);
        weir_boxes_done(&boxes);
        drop(f);
    }
}

/* Heads whose rows belong to cells know how many there must be. */
static void test_outputs_of_another_size_are_refused(void **state) {
    static const struct weir_letterbox larger = {96, 96, 96, 96, 0, 0, 96, 96, 1, 1};
    for (size_t i = 0; i < FIXTURES; i++) {
        const struct weir_head *head = fixtures[i].head;
        if (head == &weir_head_yolov5 || head == &weir_head_yolov8 || head == &weir_head_detr)
            continue;
        struct fixture *f = make(i);
        struct weir_boxes boxes = {0};
        struct weir_error err = {0};
        assert_int_equal(decode(f, 1, &larger, 0.3f, &boxes, &err), WEIR_EMODEL);
        test_error_says(&err, "96x96");
        weir_boxes_done(&boxes);
        drop(f);
    }
}

static void test_boxes_are_clipped_to_the_source(void **state) {
    /* The source lies in the middle of the input: rows 24 to 40 of 64. */
    struct weir_letterbox lb = weir_letterbox_centre(256, 64, SIDE, SIDE);
    for (size_t i = 0; i < FIXTURES; i++) {
        struct fixture *f = make(i);
        struct weir_boxes boxes = {0};
        assert_int_equal(decode(f, 1, &lb, 0.3f, &boxes, NULL), 0);
        all_sane(&boxes, 256, 64);
        if (f->desc.head == &weir_head_yolov5) {
            assert_int_equal(boxes.len, 1);
            near(boxes.data[0].x0, 80);
            near(boxes.data[0].y0, 0);
            near(boxes.data[0].x1, 160);
            near(boxes.data[0].y1, (35 - 24) * 4);
        }
        weir_boxes_done(&boxes);
        drop(f);
    }
}

static void test_a_box_outside_the_source_is_left_out(void **state) {
    struct weir_letterbox lb = weir_letterbox_topleft(64, 8, SIDE, SIDE);
    struct weir_boxes boxes = {0};
    assert_int_equal(weir_head_add(&boxes, &lb, 10, 20, 30, 40, 0.9f, 0), 0);
    assert_int_equal(weir_head_add(&boxes, &lb, 30, 2, 10, 6, 0.9f, 0), 0);
    assert_int_equal(weir_head_add(&boxes, &lb, 10, 2, 10, 6, 0.9f, 0), 0);
    assert_int_equal(boxes.len, 0);
    assert_int_equal(weir_head_add(&boxes, &lb, 10, 2, 30, 6, 1.5f, 0), 0);
    assert_int_equal(boxes.len, 1);
    assert_true(boxes.data[0].score == 1);
    weir_boxes_done(&boxes);
}

static void test_a_class_outside_the_names_is_an_error(void **state) {
    for (size_t i = 0; i < FIXTURES; i++) {
        struct weir_error err = {0};
        struct weir_boxes boxes = {0};
        struct fixture *f = make(i);
        if (fixtures[i].make == make_end_to_end)
            f->f32[0][(300 + 7) * 6 + 5] = CLASSES;
        else if (fixtures[i].make == make_detr)
            f->i64[1][10 + 3] = -1;
        else {
            drop(f);
            continue;
        }
        assert_int_equal(decode(f, 1, same(), 0.3f, &boxes, &err), WEIR_EMODEL);
        test_error_says(&err, "classes");
        weir_boxes_done(&boxes);
        drop(f);
    }
}

static void *decode_often(void *arg) {
    struct fixture *f = arg;
    size_t found = 0;
    for (int i = 0; i < 50; i++) {
        struct weir_boxes boxes = {0};
        if (decode(f, 1, same(), 0.3f, &boxes, NULL) == 0)
            found += boxes.len;
        weir_boxes_done(&boxes);
    }
    return found == 50 ? f : NULL;
}

static void test_every_head_decodes_in_several_threads_at_once(void **state) {
    enum { THREADS = 4 };
    for (size_t i = 0; i < FIXTURES; i++) {
        struct fixture *f = make(i);
        pthread_t thread[THREADS];
        for (int t = 0; t < THREADS; t++)
            assert_int_equal(pthread_create(&thread[t], NULL, decode_often, f), 0);
        for (int t = 0; t < THREADS; t++) {
            void *done;
            assert_int_equal(pthread_join(thread[t], &done), 0);
            assert_ptr_equal(done, f);
        }
        drop(f);
    }
}

static void test_trial_outputs_tell_yolox_pixels_from_cells(void **state) {
    struct weir_size size = {SIDE, SIDE};
    struct fixture *f = make(0);
    f->desc.head->examine(&f->desc, f->out, 1, size);
    assert_int_equal(f->desc.variant, 0);
    for (size_t row = 0; row < 84; row++) { /* picture 0 across the whole input */
        f->f32[0][row * (5 + CLASSES)] = (float)(row % 8 * 8 + 4);
        f->f32[0][row * (5 + CLASSES) + 2] = 12;
    }
    f->desc.head->examine(&f->desc, f->out, 1, size);
    assert_int_equal(f->desc.variant, 1);
    drop(f);
}

static void test_trial_outputs_without_room_for_a_box_are_not_read(void **state) {
    struct weir_size size = {SIDE, SIDE};
    struct fixture *f = make(0);
    for (size_t i = 0; i < f->len[0]; i++)
        f->f32[0][i] = SIDE;
    f->out[0].dim[2] = 2; /* the file declares more */
    f->desc.head->examine(&f->desc, f->out, 1, size);
    assert_int_equal(f->desc.variant, 0);
    drop(f);
}

static void test_trial_outputs_tell_nanodet_logits_from_scores(void **state) {
    struct weir_size size = {SIDE, SIDE};
    struct fixture *f = make(5);
    struct weir_boxes boxes = {0};
    f->desc.head->examine(&f->desc, f->out, f->graph.output_len, size);
    for (size_t o = 1; o < 6; o += 2)
        for (size_t k = 0; k < f->len[o]; k++)
            f->f32[o][k] = f->f32[o][k] > 0 ? logf(0.7f / 0.3f) : -9;
    f->desc.head->examine(&f->desc, f->out, f->graph.output_len, size);
    assert_int_equal(decode(f, 1, same(), 0.3f, &boxes, NULL), 0);
    assert_int_equal(boxes.len, 1);
    near(boxes.data[0].score, 0.7f);
    weir_boxes_done(&boxes);
    drop(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_head_finds_its_object_in_the_right_picture),
        cmocka_unit_test(test_every_head_appends_and_keeps_what_was_there),
        cmocka_unit_test(test_a_score_at_the_threshold_counts_and_one_below_does_not),
        cmocka_unit_test(test_values_that_are_no_numbers_make_no_box),
        cmocka_unit_test(test_one_value_that_is_no_number_never_leaves_a_bad_box),
        cmocka_unit_test(test_outputs_that_do_not_fit_are_refused),
        cmocka_unit_test(test_outputs_of_another_size_are_refused),
        cmocka_unit_test(test_boxes_are_clipped_to_the_source),
        cmocka_unit_test(test_a_box_outside_the_source_is_left_out),
        cmocka_unit_test(test_a_class_outside_the_names_is_an_error),
        cmocka_unit_test(test_every_head_decodes_in_several_threads_at_once),
        cmocka_unit_test(test_trial_outputs_tell_yolox_pixels_from_cells),
        cmocka_unit_test(test_trial_outputs_without_room_for_a_box_are_not_read),
        cmocka_unit_test(test_trial_outputs_tell_nanodet_logits_from_scores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
