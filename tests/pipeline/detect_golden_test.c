/*
 * The real models on real pictures: against boxes that were looked at when they
 * were written down (detect_golden.h), and against COCO's annotations, whose F1
 * falls at once where pre-processing or decoding is wrong: with red and blue exchanged,
 * for one, every model here loses a tenth to a sixth of it.
 */
#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/detect_golden.h"
#include "pipeline/detect_support.h"

#define IMAGES "images/coco_val_subset/images"

static struct weir_model *open_model(const char *file, struct weir_size size, double conf) {
    char name[128];
    snprintf(name, sizeof name, "models/%s", file);
    struct weir_workflow *wf = test_settings();
    wf->set.detect.conf = conf;
    wf->set.detect.size = size;
    struct weir_model *model = test_model(test_data(name), &wf->set);
    test_settings_done(wf);
    return model;
}

static bool agrees(const struct weir_box *a, const struct weir_box *b) {
    return a->class_id == b->class_id && weir_iou(a, b) >= 0.9f &&
           fabsf(a->score - b->score) <= 0.03f;
}

static bool any_agrees(const struct weir_box *box, const struct weir_box *in, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (agrees(box, &in[i]))
            return true;
    return false;
}

/* Every golden box is found; every box found that is well above the goldens' least
 * score is golden. */
static void check(struct weir_model *model, const struct golden *golden) {
    char name[128];
    snprintf(name, sizeof name, IMAGES "/%s", golden->image);
    struct weir_image *image = test_picture(test_data(name));
    struct weir_boxes boxes = {0};
    struct weir_error err = {0};
    if (weir_model_detect_image(model, image, &boxes, &err))
        fail_msg("%s", err.text);
    size_t len = 0;
    for (; len < GOLDEN_BOXES && golden->box[len].score > 0; len++)
        if (!any_agrees(&golden->box[len], boxes.data, boxes.len))
            fail_msg("%s, %s: box %zu is not found", golden->model, golden->image, len);
    for (size_t i = 0; i < boxes.len; i++)
        if (boxes.data[i].score >= GOLDEN_SCORE + 0.03f &&
            !any_agrees(&boxes.data[i], golden->box, len))
            fail_msg("%s, %s: a box of class %d at %g,%g is too many", golden->model, golden->image,
                     (int)boxes.data[i].class_id, (double)boxes.data[i].x0,
                     (double)boxes.data[i].y0);
    weir_boxes_done(&boxes);
    weir_image_unref(&image);
}

static void test_real_models_find_the_boxes_written_down(void **state) {
    struct weir_model *model = NULL;
    const struct golden *before = NULL;
    test_data("images");
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
        const struct golden *g = &goldens[i];
        bool same =
            before && strcmp(before->model, g->model) == 0 && before->size.width == g->size.width;
        if (!same) {
            weir_model_unref(&model);
            model = open_model(g->model, g->size, GOLDEN_SCORE - 0.05);
        }
        check(model, g);
        before = g;
    }
    weir_model_unref(&model);
}

/* F1 over the 47 pictures, at the model's own threshold; large: objects of a
 * tenth of the picture's area at least, and how many of them were found. */
static double measure(const char *file, struct weir_size size, struct counts *ret_large) {
    struct truths truths;
    test_truths(test_data("images/coco_val_subset/instances.json"), &truths);
    struct weir_model *model = open_model(file, size, -1);
    struct counts counts = {0};
    for (size_t i = 0; i < truths.len; i++) {
        char name[128];
        snprintf(name, sizeof name, IMAGES "/%s", truths.item[i].file);
        struct weir_image *image = test_picture(test_data(name));
        struct weir_boxes boxes = {0}, large = {0};
        assert_int_equal(weir_model_detect_image(model, image, &boxes, NULL), 0);
        test_count(&boxes, &truths.item[i].boxes, 0, &counts);
        for (size_t k = 0; k < truths.item[i].boxes.len; k++)
            if (weir_box_area(&truths.item[i].boxes.data[k]) * 10 >=
                (float)image->width * (float)image->height)
                assert_int_equal(weir_boxes_add(&large, truths.item[i].boxes.data[k]), 0);
        test_count(&boxes, &large, 0, ret_large);
        weir_boxes_done(&boxes);
        weir_boxes_done(&large);
        weir_image_unref(&image);
    }
    weir_model_unref(&model);
    test_truths_done(&truths);
    print_message("# %s %dx%d: F1 %.3f, large objects found: %d of %d\n", file, size.width,
                  size.height, test_f1(&counts), ret_large->tp, ret_large->tp + ret_large->fn);
    return test_f1(&counts);
}

static void sane(const char *file, struct weir_size size, double f1, double large_share) {
    struct counts large = {0};
    double found = measure(file, size, &large);
    if (!(found >= f1))
        fail_msg("%s: F1 is %.3f, expected at least %.3f", file, found, f1);
    assert_true(large.tp >= large_share * (large.tp + large.fn));
}

static void test_yolox_finds_what_people_annotated(void **state) {
    sane("yolox_nano_dyn.onnx", (struct weir_size){416, 416}, 0.44, 0.6);
}

static void test_yolox_finds_it_at_another_size(void **state) {
    sane("yolox_nano_dyn.onnx", (struct weir_size){640, 384}, 0.42, 0.6);
}

static void test_deim_finds_what_people_annotated(void **state) {
    sane("deimv2_atto.onnx", (struct weir_size){0, 0}, 0.36, 0.6);
}

static void test_nanodet_finds_what_people_annotated(void **state) {
    sane("nanodet_m_416.onnx", (struct weir_size){0, 0}, 0.38, 0.6);
}

static void test_fastestdet_finds_what_people_annotated(void **state) {
    sane("fastestdet_352.onnx", (struct weir_size){0, 0}, 0.27, 0.4);
}

static void test_fixed_and_variable_yolox_agree(void **state) {
    test_data("images");
    struct weir_size size = {416, 416};
    struct weir_model *fixed = open_model("yolox_nano_416.onnx", size, 0.3);
    struct weir_model *variable = open_model("yolox_nano_dyn.onnx", size, 0.3);
    struct weir_image *image = test_picture(test_data(IMAGES "/000000005001.jpg"));
    struct weir_boxes a = {0}, b = {0};
    assert_int_equal(weir_model_detect_image(fixed, image, &a, NULL), 0);
    assert_int_equal(weir_model_detect_image(variable, image, &b, NULL), 0);
    assert_int_equal(a.len, b.len);
    assert_true(a.len > 0);
    for (size_t i = 0; i < a.len; i++)
        assert_true(any_agrees(&a.data[i], b.data, b.len));
    weir_boxes_done(&a);
    weir_boxes_done(&b);
    weir_image_unref(&image);
    weir_model_unref(&fixed);
    weir_model_unref(&variable);
}

static void test_fixed_real_models_refuse_another_size(void **state) {
    static const char *const files[] = {"models/yolox_nano_416.onnx", "models/deimv2_atto.onnx",
                                        "models/nanodet_m_416.onnx", "models/fastestdet_352.onnx"};
    struct weir_workflow *wf = test_settings();
    test_data("models");
    wf->set.detect.size = (struct weir_size){640, 640};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct weir_model *model = NULL;
        struct weir_error err = {0};
        assert_int_equal(weir_model_open(test_data(files[i]), &wf->set, false, &model, &err),
                         WEIR_EMODEL);
        test_error_says(&err, "fixed at");
    }
    test_settings_done(wf);
}

static void test_a_truncated_real_model_is_refused(void **state) {
    char *data = NULL, *dir = test_scratch();
    size_t len = 0;
    struct weir_workflow *wf = test_settings();
    if (!test_data_or_null("models/yolox_nano_416.onnx")) {
        test_scratch_remove(dir);
        test_settings_done(wf);
        test_data("models/yolox_nano_416.onnx");
    }
    assert_int_equal(
        weir_file_read(test_data("models/yolox_nano_416.onnx"), 64 << 20, &data, &len, NULL), 0);
    const char *path = test_path(dir, "cut.onnx");
    assert_int_equal(weir_file_write_all(path, data, len / 2, NULL), 0);
    struct weir_model *model = NULL;
    struct weir_error err = {0};
    assert_int_equal(weir_model_open(path, &wf->set, false, &model, &err), WEIR_ECORRUPT);
    test_error_says(&err, "cut.onnx");
    free(data);
    test_scratch_remove(dir);
    test_settings_done(wf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_models_find_the_boxes_written_down),
        cmocka_unit_test(test_yolox_finds_what_people_annotated),
        cmocka_unit_test(test_yolox_finds_it_at_another_size),
        cmocka_unit_test(test_deim_finds_what_people_annotated),
        cmocka_unit_test(test_nanodet_finds_what_people_annotated),
        cmocka_unit_test(test_fastestdet_finds_what_people_annotated),
        cmocka_unit_test(test_fixed_and_variable_yolox_agree),
        cmocka_unit_test(test_fixed_real_models_refuse_another_size),
        cmocka_unit_test(test_a_truncated_real_model_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
