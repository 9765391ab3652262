/*
 * Average precision as COCO defines it (Lin et al., "Microsoft COCO: Common
 * Objects in Context", ECCV 2014, and the rules of its detection challenge): IoU
 * thresholds 0.50 to 0.95 in steps of 0.05, precision sampled at 101 recalls, at
 * most 100 detections an image and class, crowds, boxes with `ignore` and objects outside the
 * area range ignored, mean over the classes.
 */
#ifndef WEIR_EVAL_COCO_H
#define WEIR_EVAL_COCO_H

#include "eval/dataset.h"

/* Each in [0,1], or -1 where there is no ground truth to measure it on. */
struct weir_coco_ap {
    double ap, ap50, ap75;
    double ap_small, ap_medium, ap_large; /* area up to 32^2, up to 96^2, above */
    double ar1, ar10, ar100; /* recall with 1, 10, 100 detections an image */
    double ar_small, ar_medium, ar_large;
};

/* truth and results are joined (weir_dataset_join, weir_dataset_like). 0, ENOMEM, EINVAL (they are
 * not). */
int weir_coco_eval(const struct weir_dataset *truth, const struct weir_dataset *results,
                   struct weir_coco_ap *ret, struct weir_error *err);

#endif
