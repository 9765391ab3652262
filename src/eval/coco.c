/*
 * AP in three passes. Class by class: every image's detections are sorted and
 * matched once per area range and IoU threshold, which leaves a record per
 * detection (score, rank in its image, hit or ignored at each threshold as bits).
 * The records of a class are sorted by score, equal scores in the order of the images.
 * Then precision and recall accumulate over the records, and what the limit on
 * detections an image cuts off is passed over by rank.
 *
 * Thresholds are computed as the evaluator in use everywhere does (i * step in
 * doubles, not i / 100): a recall of exactly 0.07 falls short of its seventh step.
 */
#include "eval/coco.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "eval/match.h"

enum { THRESHOLDS = 10, RECALLS = 101, AREAS = 4, LIMITS = 3, DETS_MAX = 100 };

static const int limits[LIMITS] = {1, 10, DETS_MAX};
/* all, small, medium, large; both ends belong to the range */
static const double area_from[AREAS] = {0, 0, 32 * 32, 96 * 96};
static const double area_to[AREAS] = {1e10, 32 * 32, 96 * 96, 1e10};

/* One detection at all IoU thresholds, in one area range. */
struct record {
    double score;
    size_t order;
    int rank; /* in its image, by score */
    uint16_t hit, ignored;
};

struct records {
    struct record *data;
    size_t len, cap;
    size_t truths; /* that count */
};

/* Scratch for one image and class. */
struct bench {
    const struct weir_eval_box **det, **truth;
    double *iou, *sorted_iou;
    bool *ignore, *crowd, *taken;
    int *order, *match;
    size_t dets, truths;
};

/* Sums over the classes that have ground truth. */
struct mean {
    double sum;
    int64_t n;
};

static void bench_done(struct bench *b) {
    free(b->det);
    free(b->truth);
    free(b->iou);
    free(b->sorted_iou);
    free(b->ignore);
    free(b->crowd);
    free(b->taken);
    free(b->order);
    free(b->match);
}

/* dets, truths: the most boxes that any image has. */
static int bench_init(struct bench *b, size_t dets, size_t truths) {
    size_t kept = dets < DETS_MAX ? dets : DETS_MAX;
    *b = (struct bench){
        .det = malloc((dets + 1) * sizeof *b->det),
        .truth = malloc((truths + 1) * sizeof *b->truth),
        .iou = malloc((kept * truths + 1) * sizeof *b->iou),
        .sorted_iou = malloc((kept * truths + 1) * sizeof *b->sorted_iou),
        .ignore = malloc(truths + 1),
        .crowd = malloc(truths + 1),
        .taken = malloc(truths + 1),
        .order = malloc((truths + 1) * sizeof *b->order),
        .match = malloc((kept + 1) * sizeof *b->match),
    };
    bool ok = b->det && b->truth && b->iou && b->sorted_iou && b->ignore && b->crowd && b->taken &&
              b->order && b->match;
    if (ok)
        return 0;
    bench_done(b);
    return WEIR_ENOMEM;
}

static int by_score(const void *a, const void *b) {
    const struct weir_eval_box *x = *(const struct weir_eval_box *const *)a;
    const struct weir_eval_box *y = *(const struct weir_eval_box *const *)b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x > y) - (x < y); /* one array: the order of the file */
}

static void bench_fill(struct bench *b, const struct weir_eval_image *truth,
                       const struct weir_eval_image *found, int32_t category) {
    b->dets = b->truths = 0;
    for (size_t i = 0; i < found->len; i++)
        if (found->box[i].category == category)
            b->det[b->dets++] = &found->box[i];
    for (size_t i = 0; i < truth->len; i++)
        if (truth->box[i].category == category)
            b->truth[b->truths++] = &truth->box[i];
    if (b->dets)
        qsort(b->det, b->dets, sizeof *b->det, by_score);
    if (b->dets > DETS_MAX)
        b->dets = DETS_MAX;
    for (size_t d = 0; d < b->dets; d++)
        for (size_t g = 0; g < b->truths; g++)
            b->iou[d * b->truths + g] = weir_eval_iou(b->det[d], b->truth[g]);
}

/* What does not count in this range, for this or another reason. */
static bool outside(const struct weir_eval_box *box, int area) {
    return box->ignore || box->area < area_from[area] || box->area > area_to[area];
}

/* Puts the truths that count in this range first, and their IoUs likewise. */
static size_t order_truths(struct bench *b, int area) {
    size_t n = 0, counted;
    for (size_t g = 0; g < b->truths; g++)
        if (!b->truth[g]->crowd && !outside(b->truth[g], area))
            b->order[n++] = (int)g;
    counted = n;
    for (size_t g = 0; g < b->truths; g++)
        if (b->truth[g]->crowd || outside(b->truth[g], area))
            b->order[n++] = (int)g;
    for (size_t g = 0; g < b->truths; g++) {
        b->ignore[g] = g >= counted;
        b->crowd[g] = b->truth[b->order[g]]->crowd;
        for (size_t d = 0; d < b->dets; d++)
            b->sorted_iou[d * b->truths + g] = b->iou[d * b->truths + (size_t)b->order[g]];
    }
    return counted;
}

static double threshold(int t) {
    return t == THRESHOLDS - 1 ? 0.95 : t * ((0.95 - 0.5) / (THRESHOLDS - 1)) + 0.5;
}

static int evaluate(struct bench *b, int area, struct records *out) {
    if (out->len + b->dets > out->cap) {
        size_t cap = 2 * (out->len + b->dets);
        struct record *more = realloc(out->data, cap * sizeof *more);
        if (!more)
            return WEIR_ENOMEM;
        out->data = more;
        out->cap = cap;
    }
    out->truths += order_truths(b, area);
    struct record *record = out->data + out->len;
    for (size_t d = 0; d < b->dets; d++)
        record[d] =
            (struct record){.score = b->det[d]->score, .order = out->len + d, .rank = (int)d};
    for (int t = 0; t < THRESHOLDS; t++) {
        weir_match(b->sorted_iou, b->dets, b->truths, b->ignore, b->crowd, threshold(t), b->taken,
                   b->match);
        for (size_t d = 0; d < b->dets; d++) {
            int g = b->match[d];
            bool ignored = g >= 0 ? b->ignore[g] : outside(b->det[d], area);
            record[d].hit |= (uint16_t)((g >= 0) << t);
            record[d].ignored |= (uint16_t)(ignored << t);
        }
    }
    out->len += b->dets;
    return 0;
}

static int by_record(const void *a, const void *b) {
    const struct record *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->order > y->order) - (x->order < y->order);
}

/* Precision at the recall steps, for one class, threshold and limit. tp, fp: scratch of
 * r->len. ret_recall: the recall reached in the end. */
static double precision_mean(const struct records *r, int t, int limit, double *recall,
                             double *precision, double *ret_recall) {
    size_t n = 0;
    double tp = 0, fp = 0, sum = 0;
    for (size_t i = 0; i < r->len; i++) {
        const struct record *d = &r->data[i];
        if (d->rank >= limit)
            continue;
        if (!(d->ignored >> t & 1)) {
            if (d->hit >> t & 1)
                tp++;
            else
                fp++;
        }
        recall[n] = tp / (double)r->truths;
        precision[n++] = tp / (fp + tp + DBL_EPSILON);
    }
    for (size_t i = n; i-- > 1;)
        if (precision[i] > precision[i - 1])
            precision[i - 1] = precision[i];
    size_t at = 0;
    for (int i = 0; i < RECALLS; i++) {
        double step = i == RECALLS - 1 ? 1 : i * 0.01;
        while (at < n && recall[at] < step)
            at++;
        if (at == n)
            break;
        sum += precision[at];
    }
    *ret_recall = n ? recall[n - 1] : 0;
    return sum / RECALLS;
}

struct sums {
    struct mean ap[AREAS], ap50, ap75, ar[AREAS], ar_limit[LIMITS];
};

static void mean_add(struct mean *mean, double value) {
    mean->sum += value;
    mean->n++;
}

static double mean_of(const struct mean *mean) {
    return mean->n ? mean->sum / (double)mean->n : -1;
}

static int accumulate(struct records *r, int area, struct sums *sums) {
    if (!r->truths)
        return 0;
    double *room = malloc((2 * r->len + 1) * sizeof *room), reached;
    if (!room)
        return WEIR_ENOMEM;
    if (r->len)
        qsort(r->data, r->len, sizeof *r->data, by_record);
    for (int t = 0; t < THRESHOLDS; t++) {
        double ap = precision_mean(r, t, DETS_MAX, room, room + r->len, &reached);
        mean_add(&sums->ap[area], ap);
        mean_add(&sums->ar[area], reached);
        if (area)
            continue;
        if (t == 0)
            mean_add(&sums->ap50, ap);
        if (t == 5)
            mean_add(&sums->ap75, ap);
        for (int m = 0; m < LIMITS; m++) {
            precision_mean(r, t, limits[m], room, room + r->len, &reached);
            mean_add(&sums->ar_limit[m], reached);
        }
    }
    free(room);
    return 0;
}

int weir_coco_eval(const struct weir_dataset *truth, const struct weir_dataset *results,
                   struct weir_coco_ap *ret, struct weir_error *err) {
    if (truth->images != results->images || truth->categories != results->categories)
        return weir_fail(err, WEIR_EINVAL, "truth and results are not joined");
    struct records records[AREAS] = {0};
    struct sums sums = {0};
    struct bench bench;
    size_t dets = 0, truths = 0;
    for (size_t i = 0; i < truth->images; i++) {
        dets = results->image[i].len > dets ? results->image[i].len : dets;
        truths = truth->image[i].len > truths ? truth->image[i].len : truths;
    }
    int rc = bench_init(&bench, dets, truths);
    if (rc)
        return weir_fail(err, rc, "out of memory");
    for (size_t k = 0; !rc && k < truth->categories; k++) {
        for (int a = 0; a < AREAS; a++)
            records[a].len = records[a].truths = 0;
        for (size_t i = 0; !rc && i < truth->images; i++) {
            bench_fill(&bench, &truth->image[i], &results->image[i], (int32_t)k);
            for (int a = 0; !rc && a < AREAS && (bench.dets || bench.truths); a++)
                rc = evaluate(&bench, a, &records[a]);
        }
        for (int a = 0; !rc && a < AREAS; a++)
            rc = accumulate(&records[a], a, &sums);
    }
    for (int a = 0; a < AREAS; a++)
        free(records[a].data);
    bench_done(&bench);
    if (rc)
        return weir_fail(err, rc, "out of memory");
    *ret = (struct weir_coco_ap){
        .ap = mean_of(&sums.ap[0]),
        .ap50 = mean_of(&sums.ap50),
        .ap75 = mean_of(&sums.ap75),
        .ap_small = mean_of(&sums.ap[1]),
        .ap_medium = mean_of(&sums.ap[2]),
        .ap_large = mean_of(&sums.ap[3]),
        .ar1 = mean_of(&sums.ar_limit[0]),
        .ar10 = mean_of(&sums.ar_limit[1]),
        .ar100 = mean_of(&sums.ar_limit[2]),
        .ar_small = mean_of(&sums.ar[1]),
        .ar_medium = mean_of(&sums.ar[2]),
        .ar_large = mean_of(&sums.ar[3]),
    };
    return 0;
}
