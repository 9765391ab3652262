/*
 * Track by track. Ids are first made small numbers, so that what is remembered of
 * each object is an array: the last partner it had (another one: a switch), when
 * (in the frame before: it is kept while they still overlap), and how
 * many frames it shared with each track of the results (shared.c, which the
 * identity measures assign globally).
 */
#include "eval/mot.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/shared.h"
#include "vision/vision.h"

static const double least_iou = 0.5;

struct ids {
    int64_t *id;
    size_t len;
};

/* A box of the frame at hand and the small number of its track. */
struct seen {
    const struct weir_eval_box *box;
    int track;
};

struct work {
    struct ids truth, found;
    struct seen *t, *f; /* the frame at hand: truth that counts, results */
    size_t t_len, f_len;
    double *cost;
    int *match;
    struct weir_assign assign;
    int64_t frame; /* counts them */
    int *last_partner; /* per truth track; -1: none */
    int64_t *matched; /* … in which frame */
    bool *missed; /* … since it was last matched */
    struct eval_shared shared;
};

static void work_done(struct work *w) {
    free(w->truth.id);
    free(w->found.id);
    free(w->t);
    free(w->f);
    free(w->cost);
    free(w->match);
    weir_assign_done(&w->assign);
    free(w->last_partner);
    free(w->matched);
    free(w->missed);
    eval_shared_done(&w->shared);
}

static int by_number(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool is_truth(const struct weir_eval_box *box) {
    return !box->ignore && !box->crowd;
}

static int collect_ids(const struct weir_dataset *d, bool truth, struct ids *ret) {
    size_t boxes = 0, len = 0, kept = 0;
    for (size_t i = 0; i < d->images; i++)
        boxes += d->image[i].len;
    ret->id = malloc((boxes + 1) * sizeof *ret->id);
    if (!ret->id)
        return WEIR_ENOMEM;
    for (size_t i = 0; i < d->images; i++) {
        for (size_t b = 0; b < d->image[i].len; b++) {
            const struct weir_eval_box *box = &d->image[i].box[b];
            if (box->track_id >= 0 && (!truth || is_truth(box)))
                ret->id[len++] = box->track_id;
        }
    }
    if (len)
        qsort(ret->id, len, sizeof *ret->id, by_number);
    for (size_t i = 0; i < len; i++)
        if (!kept || ret->id[kept - 1] != ret->id[i])
            ret->id[kept++] = ret->id[i];
    ret->len = kept;
    return 0;
}

static int track_of(const struct ids *ids, int64_t id) {
    const int64_t *at = bsearch(&id, ids->id, ids->len, sizeof id, by_number);
    return (int)(at - ids->id);
}

static int work_init(struct work *w, const struct weir_dataset *truth,
                     const struct weir_dataset *results) {
    size_t t = 0, f = 0;
    for (size_t i = 0; i < truth->images; i++) {
        t = truth->image[i].len > t ? truth->image[i].len : t;
        f = results->image[i].len > f ? results->image[i].len : f;
    }
    int rc = collect_ids(truth, true, &w->truth);
    if (!rc)
        rc = collect_ids(results, false, &w->found);
    if (!rc)
        rc = weir_assign_reserve(&w->assign, t, f);
    if (rc)
        return rc;
    size_t tracks = w->truth.len + 1;
    w->t = malloc((t + 1) * sizeof *w->t);
    w->f = malloc((f + 1) * sizeof *w->f);
    w->cost = malloc((t * f + 1) * sizeof *w->cost);
    w->match = malloc((t + 1) * sizeof *w->match);
    w->last_partner = malloc(tracks * sizeof *w->last_partner);
    w->matched = malloc(tracks * sizeof *w->matched);
    w->missed = calloc(tracks, sizeof *w->missed);
    if (!w->t || !w->f || !w->cost || !w->match || !w->last_partner || !w->matched || !w->missed)
        return WEIR_ENOMEM;
    for (size_t i = 0; i < tracks; i++) {
        w->last_partner[i] = -1;
        w->matched[i] = -2; /* before the frame before the first */
    }
    return 0;
}

static bool are_partners(const struct work *w, int truth, int found) {
    return w->matched[truth] == w->frame - 1 && w->last_partner[truth] == found;
}

static bool same_class(const struct weir_eval_box *a, const struct weir_eval_box *b) {
    return a->category == b->category;
}

/* Results that are matched best by a truth that does not count leave the frame. */
static int strike_ignored(struct work *w, const struct weir_eval_image *truth) {
    bool any = false;
    for (size_t i = 0; i < truth->len; i++)
        any |= !is_truth(&truth->box[i]);
    if (!any || !w->f_len)
        return 0;
    for (size_t i = 0; i < truth->len; i++) {
        for (size_t j = 0; j < w->f_len; j++) {
            double iou = weir_eval_iou(w->f[j].box, &truth->box[i]);
            bool may = iou >= least_iou && same_class(&truth->box[i], w->f[j].box);
            w->cost[i * w->f_len + j] = may ? -iou : 0;
        }
    }
    int rc = weir_assign_solve(&w->assign, w->cost, truth->len, w->f_len, 0, w->match);
    if (rc)
        return rc;
    for (size_t i = 0; i < truth->len; i++)
        if (w->match[i] >= 0 && !is_truth(&truth->box[i]))
            w->f[w->match[i]].box = NULL;
    size_t kept = 0;
    for (size_t j = 0; j < w->f_len; j++)
        if (w->f[j].box)
            w->f[kept++] = w->f[j];
    w->f_len = kept;
    return 0;
}

static int check_once(const struct seen *s, size_t len, int64_t frame, const char *whose,
                      struct weir_error *err) {
    for (size_t i = 0; i < len; i++)
        for (size_t j = 0; j < i; j++)
            if (s[i].track == s[j].track)
                return weir_fail(err, WEIR_EINVAL,
                                 "%s: frame %" PRId64 " (counted from 0): track %" PRId64
                                 " occurs twice; a track is in one place at a time",
                                 whose, frame, s[i].box->track_id);
    return 0;
}

static int fill_frame(struct work *w, const struct weir_eval_image *truth,
                      const struct weir_eval_image *found, struct weir_error *err) {
    w->t_len = w->f_len = 0;
    for (size_t i = 0; i < found->len; i++)
        if (found->box[i].track_id >= 0)
            w->f[w->f_len++] =
                (struct seen){&found->box[i], track_of(&w->found, found->box[i].track_id)};
    int rc = check_once(w->f, w->f_len, truth->id, "results", err);
    if (!rc)
        rc = strike_ignored(w, truth);
    for (size_t i = 0; !rc && i < truth->len; i++) {
        const struct weir_eval_box *box = &truth->box[i];
        if (!is_truth(box))
            continue;
        if (box->track_id < 0)
            return weir_fail(err, WEIR_EINVAL,
                             "ground truth: frame %" PRId64
                             " (counted from 0): a box without a track id; give a file with the "
                             "objects' identities",
                             truth->id);
        w->t[w->t_len++] = (struct seen){box, track_of(&w->truth, box->track_id)};
    }
    if (!rc)
        rc = check_once(w->t, w->t_len, truth->id, "ground truth", err);
    return rc;
}

/* Matches a frame: partners that still overlap stay, the rest by most IoU in sum. */
static int match_frame(struct work *w) {
    size_t cols = w->f_len;
    for (size_t i = 0; i < w->t_len; i++) {
        for (size_t j = 0; j < cols; j++) {
            double iou = weir_eval_iou(w->f[j].box, w->t[i].box);
            bool may = iou >= least_iou && same_class(w->t[i].box, w->f[j].box);
            w->cost[i * cols + j] = may ? -iou : 0;
            if (may && eval_shared_add(&w->shared, w->t[i].track, w->f[j].track))
                return WEIR_ENOMEM;
        }
    }
    for (size_t i = 0; i < w->t_len; i++) {
        for (size_t j = 0; j < cols; j++) {
            if (!are_partners(w, w->t[i].track, w->f[j].track) || !(w->cost[i * cols + j] < 0))
                continue;
            /* Partners have no other choice left. */
            double keep = w->cost[i * cols + j];
            for (size_t c = 0; c < cols; c++)
                w->cost[i * cols + c] = 0;
            for (size_t r = 0; r < w->t_len; r++)
                w->cost[r * cols + j] = 0;
            w->cost[i * cols + j] = keep;
            break;
        }
    }
    return weir_assign_solve(&w->assign, w->cost, w->t_len, cols, 0, w->match);
}

static void count_frame(struct work *w, struct weir_mot *m, double *iou_sum) {
    for (size_t i = 0; i < w->t_len; i++) {
        int track = w->t[i].track;
        if (w->match[i] < 0) {
            m->fn++;
            w->missed[track] = true;
            continue;
        }
        int with = w->f[w->match[i]].track;
        *iou_sum -= w->cost[i * w->f_len + (size_t)w->match[i]];
        m->tp++;
        m->switches += w->last_partner[track] >= 0 && w->last_partner[track] != with;
        m->fragments += w->last_partner[track] >= 0 && w->missed[track];
        w->missed[track] = false;
        w->last_partner[track] = with;
        w->matched[track] = w->frame;
    }
    w->frame++;
    m->truths += (int64_t)w->t_len;
    m->found += (int64_t)w->f_len;
}

static double share(double part, double whole) {
    return whole > 0 ? part / whole : NAN;
}

/* The assignment of whole tracks to whole tracks that shares most frames. */
static int count_identities(struct work *w, struct weir_mot *m) {
    int rc = eval_shared_most(&w->shared, w->truth.len, w->found.len, &w->assign, &m->idtp);
    if (rc)
        return rc;
    m->idfn = m->truths - m->idtp;
    m->idfp = m->found - m->idtp;
    return 0;
}

static int by_frame(const void *a, const void *b) {
    const struct weir_eval_image *x = *(const struct weir_eval_image *const *)a;
    const struct weir_eval_image *y = *(const struct weir_eval_image *const *)b;
    return (x->id > y->id) - (x->id < y->id);
}

int weir_mot_eval(const struct weir_dataset *truth, const struct weir_dataset *results,
                  struct weir_mot *ret, struct weir_error *err) {
    if (truth->images != results->images || truth->categories != results->categories)
        return weir_fail(err, WEIR_EINVAL, "truth and results are not joined");
    struct work w = {0};
    struct weir_mot m = {.frames = (int64_t)truth->images};
    double iou_sum = 0;
    size_t boxes = 0;
    const struct weir_eval_image **frame = malloc((truth->images + 1) * sizeof *frame);
    int rc = frame ? work_init(&w, truth, results) : WEIR_ENOMEM;
    if (rc)
        goto done;
    for (size_t i = 0; i < truth->images; i++) {
        frame[i] = &truth->image[i];
        boxes += results->image[i].len;
    }
    if (boxes && !w.found.len) {
        rc = weir_fail(err, WEIR_EINVAL,
                       "results: no box has a track id; run with tracking, and give that file");
        goto done;
    }
    if (truth->images)
        qsort(frame, truth->images, sizeof *frame, by_frame);
    for (size_t i = 0; !rc && i < truth->images; i++) {
        rc = fill_frame(&w, frame[i], &results->image[frame[i] - truth->image], err);
        if (!rc)
            rc = match_frame(&w);
        if (!rc)
            count_frame(&w, &m, &iou_sum);
    }
    if (!rc)
        rc = count_identities(&w, &m);
    if (rc)
        goto done;
    m.fp = m.found - m.tp;
    m.truth_tracks = (int64_t)w.truth.len;
    m.found_tracks = (int64_t)w.found.len;
    m.mota = m.truths ? 1 - (double)(m.fn + m.fp + m.switches) / (double)m.truths : NAN;
    m.motp = share(iou_sum, (double)m.tp);
    m.idp = share((double)m.idtp, (double)m.found);
    m.idr = share((double)m.idtp, (double)m.truths);
    m.idf1 = share(2.0 * (double)m.idtp, (double)(m.truths + m.found));
    *ret = m;
done:
    if (rc == WEIR_ENOMEM)
        weir_fail(err, rc, "out of memory");
    work_done(&w);
    free(frame);
    return rc;
}
