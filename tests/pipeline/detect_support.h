/* What the detector's tests share: pictures from files, settings, ground truth, overlap. */
#ifndef WEIR_TESTS_PIPELINE_DETECT_SUPPORT_H
#define WEIR_TESTS_PIPELINE_DETECT_SUPPORT_H

#include "pipeline/pipeline.h"

/* A picture from a file, or the test fails with the reason. */
struct weir_image *test_picture(const char *path);
/* A flat grey picture in BGR. */
struct weir_image *test_flat(int width, int height, uint8_t value);

/* Default settings with one thread; test_settings_done gives them back. */
struct weir_workflow *test_settings(void);
void test_settings_done(struct weir_workflow *wf);

/* Opens a model or fails the test with the reason. */
struct weir_model *test_model(const char *path, const struct weir_settings *set);

/* The boxes of one picture of the COCO subset, as the annotations give them. */
struct truth {
    char file[64];
    long id;
    struct weir_boxes boxes; /* class ids as detectors number them; score 1 */
};
struct truths {
    struct truth *item;
    size_t len;
};
void test_truths(const char *json_path, struct truths *ret);
void test_truths_done(struct truths *truths);

/* Greedy matching at IoU 0.5, class-aware, in the order of score. */
struct counts {
    int tp, fp, fn;
};
void test_count(const struct weir_boxes *found, const struct weir_boxes *truth, float conf,
                struct counts *counts);
double test_f1(const struct counts *counts);

#endif
