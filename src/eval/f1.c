/*
 * Judges detections image by image and class by class with the same matching as
 * AP; counting and dividing come once at the end, at any threshold. That works
 * because the matching is greedy by falling score: lower ones take nothing away.
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

static int reserve(struct weir_verdicts *v, size_t more) {
    if (v->len + more <= v->cap)
        return 0;
    size_t cap = v->len + more > 2 * v->cap ? v->len + more : 2 * v->cap;
    struct weir_verdict *data = realloc(v->data, cap * sizeof *data);
    if (!data)
        return WEIR_ENOMEM;
    v->data = data;
    v->cap = cap;
    return 0;
}

/* Room for them was reserved. */
static void judge(struct room *r, const struct weir_eval_image *truth,
                  const struct weir_eval_image *found, int32_t category, double least_iou,
                  struct weir_verdicts *verdicts) {
    size_t dets = 0, truths = 0, counted;
    for (size_t i = 0; i < found->len; i++)
        if (found->box[i].category == category)
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
    for (size_t d = 0; d < dets; d++) {
        int g = r->match[d];
        if (g < 0 ? r->det[d]->ignore : r->ignore[g])
            continue;
        verdicts->data[verdicts->len++] = (struct weir_verdict){
            .score = r->det[d]->score,
            .height = r->det[d]->h,
            .truth_height = g < 0 ? -1 : r->truth[g]->h,
            .category = category,
        };
    }
    verdicts->truths += (int64_t)counted;
}

static double share(int64_t part, int64_t whole) {
    return whole ? (double)part / (double)whole : NAN;
}

int weir_f1_judge(const struct weir_dataset *truth, const struct weir_dataset *results,
                  double least_iou, struct weir_verdicts *verdicts, struct weir_error *err) {
    if (truth->images != results->images || truth->categories != results->categories)
        return weir_fail(err, WEIR_EINVAL, "truth and results are not joined");
    if (!(least_iou > 0 && least_iou <= 1))
        return weir_fail(err, WEIR_EINVAL, "IoU threshold: found %g; allowed: above 0, up to 1",
                         least_iou);
    for (size_t i = 0; i < truth->images; i++) {
        const struct weir_eval_image *t = &truth->image[i], *f = &results->image[i];
        struct room room;
        int rc = reserve(verdicts, f->len);
        if (!rc)
            rc = room_init(&room, f->len, t->len);
        if (rc)
            return weir_fail(err, rc, "out of memory");
        for (size_t k = 0; k < truth->categories; k++)
            judge(&room, t, f, (int32_t)k, least_iou, verdicts);
        room_done(&room);
    }
    return 0;
}

int weir_verdicts_append(struct weir_verdicts *into, const struct weir_verdicts *from) {
    if (reserve(into, from->len))
        return WEIR_ENOMEM;
    for (size_t i = 0; i < from->len; i++)
        into->data[into->len++] = from->data[i];
    into->truths += from->truths;
    return 0;
}

void weir_verdicts_done(struct weir_verdicts *verdicts) {
    free(verdicts->data);
    *verdicts = (struct weir_verdicts){0};
}

static struct weir_f1 divide(int64_t tp, int64_t fp, int64_t fn) {
    return (struct weir_f1){
        .tp = tp,
        .fp = fp,
        .fn = fn,
        .precision = share(tp, tp + fp),
        .recall = share(tp, tp + fn),
        .f1 = share(2 * tp, 2 * tp + fp + fn),
    };
}

struct weir_f1 weir_f1_at(const struct weir_verdicts *verdicts, double conf) {
    int64_t tp = 0, fp = 0;
    for (size_t i = 0; i < verdicts->len; i++) {
        if (!(verdicts->data[i].score >= conf))
            continue;
        tp += verdicts->data[i].truth_height >= 0;
        fp += verdicts->data[i].truth_height < 0;
    }
    return divide(tp, fp, verdicts->truths - tp);
}

static int by_falling_score(const void *a, const void *b) {
    const struct weir_verdict *x = a, *y = b;
    return (x->score < y->score) - (x->score > y->score);
}

double weir_f1_best(struct weir_verdicts *v) {
    double best = 0, conf = 1;
    int64_t tp = 0;
    if (v->len)
        qsort(v->data, v->len, sizeof *v->data, by_falling_score);
    for (size_t i = 0; i < v->len; i++) {
        tp += v->data[i].truth_height >= 0;
        if (i + 1 < v->len && v->data[i + 1].score == v->data[i].score)
            continue; /* a threshold takes all of equal score */
        double f1 = divide(tp, (int64_t)i + 1 - tp, v->truths - tp).f1;
        if (f1 > best) {
            best = f1;
            conf = v->data[i].score;
        }
    }
    return conf;
}

int weir_f1_eval(const struct weir_dataset *truth, const struct weir_dataset *results,
                 double least_iou, double conf, struct weir_f1 *ret, struct weir_error *err) {
    struct weir_verdicts verdicts = {0};
    if (isnan(conf))
        return weir_fail(err, WEIR_EINVAL, "confidence threshold: must be a number");
    int rc = weir_f1_judge(truth, results, least_iou, &verdicts, err);
    if (!rc)
        *ret = weir_f1_at(&verdicts, conf);
    weir_verdicts_done(&verdicts);
    return rc;
}
