/*
 * Counts hits, false alarms and misses image by image and class by class with
 * the same matching as AP, and divides once at the end.
 */
#include "eval/f1.h"

#include <math.h>
#include <stdlib.h>

#include "eval/match.h"

static int by_score(const void *a, const void *b) {
    const struct weir_eval_box *x = *(const struct weir_eval_box *const *)a;
    const struct weir_eval_box *y = *(const struct weir_eval_box *const *)b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x > y) - (x < y);
}

struct room {
    const struct weir_eval_box **det, **truth;
    double *iou;
    bool *ignore, *crowd, *taken;
    int *match;
};

static void room_done(struct room *r) {
    free(r->det);
    free(r->truth);
    free(r->iou);
    free(r->ignore);
    free(r->crowd);
    free(r->taken);
    free(r->match);
}

static int room_init(struct room *r, size_t dets, size_t truths) {
    *r = (struct room){
        .det = malloc((dets + 1) * sizeof *r->det),
        .truth = malloc((truths + 1) * sizeof *r->truth),
        .iou = malloc((dets * truths + 1) * sizeof *r->iou),
        .ignore = malloc(truths + 1),
        .crowd = malloc(truths + 1),
        .taken = malloc(truths + 1),
        .match = malloc((dets + 1) * sizeof *r->match),
    };
    if (r->det && r->truth && r->iou && r->ignore && r->crowd && r->taken && r->match)
        return 0;
    room_done(r);
    return WEIR_ENOMEM;
}

static bool passed_over(const struct weir_eval_box *truth) {
    return truth->crowd || truth->ignore;
}

static void count(struct room *r, const struct weir_eval_image *truth,
                  const struct weir_eval_image *found, int32_t category, double least_iou,
                  double conf, struct weir_f1 *sum) {
    size_t dets = 0, truths = 0, counted;
    for (size_t i = 0; i < found->len; i++)
        if (found->box[i].category == category && found->box[i].score >= conf)
            r->det[dets++] = &found->box[i];
    for (size_t i = 0; i < truth->len; i++)
        if (truth->box[i].category == category && !passed_over(&truth->box[i]))
            r->truth[truths++] = &truth->box[i];
    counted = truths;
    for (size_t i = 0; i < truth->len; i++)
        if (truth->box[i].category == category && passed_over(&truth->box[i]))
            r->truth[truths++] = &truth->box[i];
    if (dets)
        qsort(r->det, dets, sizeof *r->det, by_score);
    for (size_t g = 0; g < truths; g++) {
        r->ignore[g] = g >= counted;
        r->crowd[g] = r->truth[g]->crowd;
    }
    for (size_t d = 0; d < dets; d++)
        for (size_t g = 0; g < truths; g++)
            r->iou[d * truths + g] = weir_eval_iou(r->det[d], r->truth[g]);
    weir_match(r->iou, dets, truths, r->ignore, r->crowd, least_iou, r->taken, r->match);
    int64_t hits = 0;
    for (size_t d = 0; d < dets; d++) {
        if (r->match[d] < 0)
            sum->fp++;
        else
            hits += !r->ignore[r->match[d]];
    }
    sum->tp += hits;
    sum->fn += (int64_t)counted - hits;
}

static double share(int64_t part, int64_t whole) {
    return whole ? (double)part / (double)whole : NAN;
}

int weir_f1_eval(const struct weir_dataset *truth, const struct weir_dataset *results,
                 double least_iou, double conf, struct weir_f1 *ret, struct weir_error *err) {
    if (truth->images != results->images || truth->categories != results->categories)
        return weir_fail(err, WEIR_EINVAL, "truth and results are not joined");
    if (!(least_iou > 0 && least_iou <= 1))
        return weir_fail(err, WEIR_EINVAL, "IoU threshold: found %g; allowed: above 0, up to 1",
                         least_iou);
    if (isnan(conf))
        return weir_fail(err, WEIR_EINVAL, "confidence threshold: must be a number");
    struct weir_f1 sum = {0};
    for (size_t i = 0; i < truth->images; i++) {
        struct room room;
        int rc = room_init(&room, results->image[i].len, truth->image[i].len);
        if (rc)
            return weir_fail(err, rc, "out of memory");
        for (size_t k = 0; k < truth->categories; k++)
            count(&room, &truth->image[i], &results->image[i], (int32_t)k, least_iou, conf, &sum);
        room_done(&room);
    }
    sum.precision = share(sum.tp, sum.tp + sum.fp);
    sum.recall = share(sum.tp, sum.tp + sum.fn);
    sum.f1 = share(2 * sum.tp, 2 * sum.tp + sum.fp + sum.fn);
    *ret = sum;
    return 0;
}
