#include "support/support.h"

#include "pipeline/detect_support.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct weir_image *test_picture(const char *path) {
    struct weir_error err = {0};
    struct weir_image *image = NULL;
    if (weir_image_load(path, &image, &err))
        fail_msg("%s", err.text);
    return image;
}

struct weir_image *test_flat(int width, int height, uint8_t value) {
    struct weir_image *image = weir_image_alloc(WEIR_PIXEL_BGR, width, height);
    assert_non_null(image);
    for (int y = 0; y < height; y++)
        memset(weir_image_data(image, 0) + y * image->stride[0], value, (size_t)width * 3);
    return image;
}

struct weir_workflow *test_settings(void) {
    struct weir_workflow *wf = calloc(1, sizeof *wf);
    assert_non_null(wf);
    assert_int_equal(weir_workflow_init(wf), 0);
    wf->set.detect.threads = 1;
    wf->set.detect.workers = 1;
    return wf;
}

void test_settings_done(struct weir_workflow *wf) {
    weir_workflow_done(wf);
    free(wf);
}

struct weir_model *test_model(const char *path, const struct weir_settings *set) {
    struct weir_error err = {0};
    struct weir_model *model = NULL;
    if (weir_model_open(path, set, false, &model, &err))
        fail_msg("%s", err.text);
    return model;
}

static struct truth *truth_by_id(struct truths *truths, long id) {
    for (size_t i = 0; i < truths->len; i++)
        if (truths->item[i].id == id)
            return &truths->item[i];
    return NULL;
}

void test_truths(const char *json_path, struct truths *ret) {
    json_t *root = json_load_file(json_path, 0, NULL);
    assert_non_null(root);
    json_t *images = json_object_get(root, "images"), *item;
    struct truths truths = {.len = json_array_size(images)};
    truths.item = calloc(truths.len, sizeof *truths.item);
    assert_non_null(truths.item);
    size_t i;
    json_array_foreach(images, i, item) {
        snprintf(truths.item[i].file, sizeof truths.item[i].file, "%s",
                 json_string_value(json_object_get(item, "file_name")));
        truths.item[i].id = (long)json_integer_value(json_object_get(item, "id"));
    }
    struct weir_labels *labels = weir_labels_coco();
    json_array_foreach(json_object_get(root, "annotations"), i, item) {
        if (json_integer_value(json_object_get(item, "iscrowd")))
            continue;
        struct truth *truth =
            truth_by_id(&truths, (long)json_integer_value(json_object_get(item, "image_id")));
        assert_non_null(truth);
        double v[4];
        for (size_t k = 0; k < 4; k++)
            v[k] = json_number_value(json_array_get(json_object_get(item, "bbox"), k));
        int category = (int)json_integer_value(json_object_get(item, "category_id")), class_id = 0;
        while (class_id < 80 && weir_labels_coco_id(labels, class_id) != category)
            class_id++;
        struct weir_box box = {.x0 = (float)v[0],
                               .y0 = (float)v[1],
                               .x1 = (float)(v[0] + v[2]),
                               .y1 = (float)(v[1] + v[3]),
                               .score = 1,
                               .class_id = class_id};
        assert_int_equal(weir_boxes_add(&truth->boxes, box), 0);
    }
    weir_labels_unref(&labels);
    json_decref(root);
    *ret = truths;
}

void test_truths_done(struct truths *truths) {
    for (size_t i = 0; i < truths->len; i++)
        weir_boxes_done(&truths->item[i].boxes);
    free(truths->item);
    *truths = (struct truths){0};
}

void test_count(const struct weir_boxes *found, const struct weir_boxes *truth, float conf,
                struct counts *counts) {
    bool *used = calloc(truth->len + 1, sizeof *used);
    assert_non_null(used);
    int tp = 0;
    for (size_t i = 0; i < found->len; i++) {
        const struct weir_box *box = &found->data[i];
        if (box->score < conf)
            continue;
        size_t best = truth->len;
        float best_iou = 0.5f;
        for (size_t k = 0; k < truth->len; k++) {
            float iou = weir_iou(box, &truth->data[k]);
            if (!used[k] && truth->data[k].class_id == box->class_id && iou >= best_iou) {
                best = k;
                best_iou = iou;
            }
        }
        if (best < truth->len) {
            used[best] = true;
            tp++;
        } else {
            counts->fp++;
        }
    }
    free(used);
    counts->tp += tp;
    counts->fn += (int)truth->len - tp;
}

double test_f1(const struct counts *counts) {
    int all = 2 * counts->tp + counts->fp + counts->fn;
    return all ? 2.0 * counts->tp / all : 0;
}
