/*
 * Every frame in every setting is judged when the object is made; boxes shown for a later frame
 * than theirs, which is rare, when asked for.
 */
#include "sim/verdicts.h"

#include <math.h>
#include <stdlib.h>

#include "eval/eval.h"

enum { BOXES_MAX = 160 }; /* of one class in one frame; more are left out */

/* One judge's desk; 200 kB, on the stack. */
struct desk {
    const struct sim_table_box *det[BOXES_MAX], *truth[BOXES_MAX];
    double iou[BOXES_MAX * BOXES_MAX];
    bool ignore[BOXES_MAX], crowd[BOXES_MAX], taken[BOXES_MAX];
    int match[BOXES_MAX];
};

struct counts16 {
    uint16_t tp, fp, fn;
};

struct sim_verdicts {
    const struct sim_table *table;
    double least_height;
    struct counts16 **clip; /* [clips] of [settings][frames] */
};

double sim_f1(const struct sim_counts *c) {
    double all = (double)(2 * c->tp + c->fp + c->fn);
    return all > 0 ? (double)(2 * c->tp) / all : NAN;
}

void sim_counts_add(struct sim_counts *into, const struct sim_counts *more) {
    into->tp += more->tp;
    into->fp += more->fp;
    into->fn += more->fn;
}

static double iou_of(const struct sim_table_box *a, const struct sim_table_box *b) {
    int w = (a->x1 < b->x1 ? a->x1 : b->x1) - (a->x0 > b->x0 ? a->x0 : b->x0);
    int h = (a->y1 < b->y1 ? a->y1 : b->y1) - (a->y0 > b->y0 ? a->y0 : b->y0);
    if (w <= 0 || h <= 0)
        return 0;
    double inter = (double)w * h;
    return inter / ((double)(a->x1 - a->x0) * (a->y1 - a->y0) +
                    (double)(b->x1 - b->x0) * (b->y1 - b->y0) - inter);
}

/* Boxes of one class; those to be ignored (score 0 in a truth) last. */
static size_t gather(const struct sim_table_box *box, size_t len, int class_id,
                     const struct sim_table_box **ret, bool by_ignore) {
    size_t n = 0;
    for (int ignored = 0; ignored <= by_ignore; ignored++)
        for (size_t i = 0; i < len && n < BOXES_MAX; i++)
            if (box[i].class_id == class_id && (!by_ignore || (box[i].score == 0) == ignored))
                ret[n++] = &box[i];
    return n;
}

static int by_score(const void *a, const void *b) {
    const struct sim_table_box *x = *(const struct sim_table_box *const *)a;
    const struct sim_table_box *y = *(const struct sim_table_box *const *)b;
    return x->score != y->score ? (x->score < y->score ? 1 : -1) : (x > y) - (x < y);
}

static void judge_class(struct desk *d, size_t dets, size_t truths, double least_height,
                        struct sim_counts *counts) {
    qsort(d->det, dets, sizeof d->det[0], by_score);
    for (size_t g = 0; g < truths; g++) {
        d->ignore[g] = d->truth[g]->score == 0; /* used up by one detection, as in eval/f1.c */
        d->crowd[g] = false;
    }
    for (size_t i = 0; i < dets; i++)
        for (size_t g = 0; g < truths; g++)
            d->iou[i * truths + g] = iou_of(d->det[i], d->truth[g]);
    weir_match(d->iou, dets, truths, d->ignore, d->crowd, 0.5, d->taken, d->match);
    for (size_t i = 0; i < dets; i++) {
        double height = (d->det[i]->y1 - d->det[i]->y0) / 8.0;
        if (d->match[i] >= 0)
            counts->tp += !d->ignore[d->match[i]];
        else
            counts->fp += height >= least_height;
    }
    for (size_t g = 0; g < truths; g++)
        counts->fn += !d->ignore[g] && !d->taken[g];
}

static struct sim_counts judge_boxes(const struct sim_table *t, double least_height,
                                     const struct sim_table_box *det, size_t dets,
                                     struct sim_picture now) {
    struct desk d;
    struct sim_counts counts = {0};
    size_t truths;
    const struct sim_table_box *truth =
        sim_table_boxes(t, now.clip, t->settings, now.frame, &truths);
    for (int class_id = 0; class_id < t->classes; class_id++)
        judge_class(&d, gather(det, dets, class_id, d.det, false),
                    gather(truth, truths, class_id, d.truth, true), least_height, &counts);
    return counts;
}

static struct sim_counts judge(const struct sim_table *t, double least_height, int setting,
                               struct sim_picture shown, struct sim_picture now) {
    size_t dets = 0;
    const struct sim_table_box *det = NULL;
    if (setting >= 0)
        det = sim_table_boxes(t, shown.clip, setting, shown.frame, &dets);
    return judge_boxes(t, least_height, det, dets, now);
}

int sim_verdicts_new(const struct sim_table *table, double least_height,
                     struct sim_verdicts **ret) {
    struct sim_verdicts *v = calloc(1, sizeof *v);
    if (!v || !(v->clip = calloc((size_t)table->clips + 1, sizeof *v->clip)))
        goto fail;
    v->table = table;
    v->least_height = least_height;
    for (int c = 0; c < table->clips; c++) {
        const int64_t frames = table->clip[c].frames;
        v->clip[c] = calloc((size_t)table->settings * (size_t)frames + 1, sizeof *v->clip[c]);
        if (!v->clip[c])
            goto fail;
        for (int s = 0; s < table->settings; s++)
            for (int64_t k = 0; k < frames; k++) {
                struct sim_picture at = {c, k};
                struct sim_counts n = judge(table, least_height, s, at, at);
                v->clip[c][s * frames + k] =
                    (struct counts16){(uint16_t)n.tp, (uint16_t)n.fp, (uint16_t)n.fn};
            }
    }
    *ret = v;
    return 0;
fail:
    sim_verdicts_free(v);
    return WEIR_ENOMEM;
}

void sim_verdicts_free(struct sim_verdicts *v) {
    if (!v)
        return;
    for (int c = 0; v->clip && c < v->table->clips; c++)
        free(v->clip[c]);
    free(v->clip);
    free(v);
}

const struct sim_table *sim_verdicts_table(const struct sim_verdicts *v) {
    return v->table;
}

struct sim_counts sim_verdicts_of(const struct sim_verdicts *v, int setting,
                                  struct sim_picture shown, struct sim_picture now) {
    if (setting >= 0 && shown.clip == now.clip && shown.frame == now.frame) {
        const int64_t frames = v->table->clip[now.clip].frames;
        struct counts16 n = v->clip[now.clip][setting * frames + now.frame];
        return (struct sim_counts){n.tp, n.fp, n.fn};
    }
    return judge(v->table, v->least_height, setting, shown, now);
}

struct sim_counts sim_verdicts_on(const struct sim_verdicts *v, const struct sim_table_box *box,
                                  size_t len, struct sim_picture now) {
    return judge_boxes(v->table, v->least_height, box, len, now);
}
