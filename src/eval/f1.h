/*
 * Precision, recall and F1 at one IoU threshold and one confidence threshold,
 * class-aware, counts pooled over images and classes. Detections choose by
 * falling score, as in COCO's matching; crowds are neither hits nor misses.
 */
#ifndef WEIR_EVAL_F1_H
#define WEIR_EVAL_F1_H

#include "eval/dataset.h"

struct weir_f1 {
    int64_t tp, fp, fn;
    double precision, recall, f1; /* NaN where nothing was found, or nothing is there */
};

/* least_iou in (0,1]; boxes of score < conf are left out. truth and results are joined.
 * 0, ENOMEM, EINVAL. */
int weir_f1_eval(const struct weir_dataset *truth, const struct weir_dataset *results,
                 double least_iou, double conf, struct weir_f1 *ret, struct weir_error *err);

#endif
