/*
 * Precision, recall and F1 at one IoU threshold and one confidence threshold,
 * class-aware, counts pooled over images and classes. Detections choose by
 * falling score, as in COCO's matching; crowds and ignored boxes are neither hits
 * nor misses.
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

/*
 * The same at all confidence thresholds: a detection is judged by what scores no less, so
 * that its verdict holds for every threshold it passes.
 *
 *     struct weir_verdicts v = {0};
 *     weir_f1_judge(&truth, &results, 0.5, &v, &err);   // more can be appended
 *     double conf = weir_f1_best(&v);
 *     struct weir_f1 f1 = weir_f1_at(&v, conf);
 *     weir_verdicts_done(&v);
 */
struct weir_verdict {
    double score;
    double height; /* of the detection, pixels */
    double truth_height; /* of what it hit; -1: a false alarm */
    int32_t category;
};

struct weir_verdicts {
    struct weir_verdict *data; /* without those that count for nothing */
    size_t len, cap;
    int64_t truths; /* that count */
};

/* Appends. Arguments and errors as weir_f1_eval. */
int weir_f1_judge(const struct weir_dataset *truth, const struct weir_dataset *results,
                  double least_iou, struct weir_verdicts *verdicts, struct weir_error *err);
int weir_verdicts_append(struct weir_verdicts *into, const struct weir_verdicts *from);
void weir_verdicts_done(struct weir_verdicts *verdicts);

struct weir_f1 weir_f1_at(const struct weir_verdicts *verdicts, double conf);
/* The threshold of the highest F1, of equals the highest one; 1 where nothing hits.
 * Sorts the verdicts by falling score. */
double weir_f1_best(struct weir_verdicts *verdicts);

#endif
