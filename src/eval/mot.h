/*
 * How well objects keep their identity: CLEAR MOT (Bernardin and Stiefelhagen,
 * "Evaluating Multiple Object Tracking Performance: The CLEAR MOT Metrics", 2008)
 * and identity F1 (Ristani et al., "Performance Measures and a Data Set for Multi-Target,
 * Multi-Camera Tracking", 2016), both at IoU >= 0.5.
 */
#ifndef WEIR_EVAL_MOT_H
#define WEIR_EVAL_MOT_H

#include "eval/dataset.h"

struct weir_mot {
    double mota; /* 1 - (fn + fp + switches) / truths; below 0 where errors outnumber objects */
    double motp; /* mean IoU of the matches; NaN without matches */
    double idf1, idp, idr;
    int64_t frames, truths, found; /* boxes of truth and of results */
    int64_t tp, fp, fn;
    int64_t switches; /* an object is matched by another track than last time */
    int64_t fragments; /* an object is found again after it was there and missed */
    int64_t idtp, idfp, idfn;
    int64_t truth_tracks, found_tracks;
};

/*
 * truth and results are joined; boxes of results without a track id are left out.
 * Results that are matched to a truth with `ignore` count for nothing. Numbers that have no
 * denominator are NaN. EINVAL: a track occurs twice in a frame, truth without
 * track ids, results with boxes but without a single track id. ENOMEM.
 */
int weir_mot_eval(const struct weir_dataset *truth, const struct weir_dataset *results,
                  struct weir_mot *ret, struct weir_error *err);

#endif
