#include "sim/accuracy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BOXES_MAX = 512 }; /* of one class in one frame; more are left out */

/* One judge's desk. */
struct desk {
    const struct sim_accuracy_conf *how;
    int *table_setting; /* [settings] of the run: index in the table */
    const struct sim_table_box *det[BOXES_MAX], *truth[BOXES_MAX];
    double iou[BOXES_MAX * BOXES_MAX];
    bool ignore[BOXES_MAX], crowd[BOXES_MAX], taken[BOXES_MAX];
    int match[BOXES_MAX];
};

double sim_f1(const struct sim_counts *c) {
    double all = (double)(2 * c->tp + c->fp + c->fn);
    return all > 0 ? (double)(2 * c->tp) / all : NAN;
}

static void add(struct sim_counts *into, const struct sim_counts *from) {
    into->tp += from->tp;
    into->fp += from->fp;
    into->fn += from->fn;
}

static int find_setting(const struct sim_conf *conf, const struct sim_table *t, int setting) {
    const struct weir_setting *s = &conf->setting[setting];
    for (int i = 0; i < t->settings; i++) {
        const struct sim_table_setting *have = &t->setting[i];
        if (!strcmp(t->model[have->model], conf->model[s->model]) && have->width == s->width &&
            have->height == s->height && have->travel == s->travel &&
            (s->travel == WEIR_TRAVEL_NONE || have->quality == s->quality))
            return i;
    }
    return -1;
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

static void judge_class(struct desk *d, size_t dets, size_t truths, struct sim_counts *counts) {
    qsort(d->det, dets, sizeof d->det[0], by_score);
    for (size_t g = 0; g < truths; g++)
        d->ignore[g] = d->truth[g]->score == 0; /* used up by one detection, as in eval/f1.c */
    for (size_t i = 0; i < dets; i++)
        for (size_t g = 0; g < truths; g++)
            d->iou[i * truths + g] = iou_of(d->det[i], d->truth[g]);
    weir_match(d->iou, dets, truths, d->ignore, d->crowd, 0.5, d->taken, d->match);
    for (size_t i = 0; i < dets; i++) {
        double height = (d->det[i]->y1 - d->det[i]->y0) / 8.0;
        if (d->match[i] >= 0)
            counts->tp += !d->ignore[d->match[i]];
        else
            counts->fp += height >= d->how->least_height;
    }
    for (size_t g = 0; g < truths; g++)
        counts->fn += !d->ignore[g] && !d->taken[g];
}

/* A frame of a clip. */
struct view {
    int clip;
    int64_t frame;
};

/* What a setting found in a frame (-1: nothing was found), against the truth of another or the
 * same. */
static struct sim_counts judge(struct desk *d, int setting, struct view shown, struct view now) {
    const struct sim_table *t = d->how->table;
    struct sim_counts counts = {0};
    size_t dets = 0, truths;
    const struct sim_table_box *det = NULL, *truth = sim_table_boxes(t, now.clip, t->settings,
                                                                     now.frame, &truths);
    if (setting >= 0)
        det = sim_table_boxes(t, shown.clip, setting, shown.frame, &dets);
    for (int class_id = 0; class_id < t->classes; class_id++)
        judge_class(d, gather(det, dets, class_id, d->det, false),
                    gather(truth, truths, class_id, d->truth, true), &counts);
    return counts;
}

static int prepare(struct desk *d, const struct sim_conf *conf, const struct sim_accuracy_conf *how,
                   struct weir_error *err) {
    const struct sim_table *t = how->table;
    d->how = how;
    if (!(how->window_s >= 0.001))
        return weir_fail(err, WEIR_EINVAL, "windows of %g s; allowed: 0.001 and above",
                         how->window_s);
    d->table_setting = calloc((size_t)conf->settings, sizeof *d->table_setting);
    if (!d->table_setting)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int i = 0; i < conf->settings; i++) {
        const struct weir_setting *s = &conf->setting[i];
        if ((d->table_setting[i] = find_setting(conf, t, i)) < 0)
            return weir_fail(err, WEIR_EINVAL,
                             "the table has no %s at %dx%d, quality %d; record it with that, too",
                             conf->model[s->model], s->width, s->height, s->quality);
    }
    for (int i = 0; i < conf->streams; i++)
        for (int k = 0; k < how->showing[i].scenes; k++) {
            const struct sim_scene *scene = &how->showing[i].scene[k];
            if (scene->clip < 0 || scene->clip >= t->clips || scene->first < 0)
                return weir_fail(err, WEIR_EINVAL, "stream %d shows clip %d; the table has %d", i,
                                 scene->clip, t->clips);
        }
    return 0;
}

/* Which frame's boxes a viewer sees at a frame's deadline: the last delivered by then. */
struct seen {
    int64_t frame, next; /* next to look at; frame -1: none yet */
};

static void look(const struct sim_stream_result *r, int64_t by_ns, int64_t until,
                 struct seen *seen) {
    while (seen->next <= until) {
        const struct sim_frame *f = &r->frame[seen->next];
        if (f->outcome == WEIR_OUTCOME_NONE || !weir_outcome_is_result(f->outcome)) {
            seen->next++; /* never delivered */
            continue;
        }
        if (f->delivered_ns > by_ns)
            return;
        seen->frame = seen->next++;
    }
}

static void judge_stream(struct desk *d, const struct sim_conf *conf,
                         const struct sim_result *result, int stream, struct sim_window *window,
                         size_t windows) {
    const struct sim_stream_result *r = &result->stream[stream];
    const struct sim_stream_conf *s = &conf->stream[stream];
    const struct sim_showing *showing = &d->how->showing[stream];
    const int64_t warm_ns = llround(d->how->warm_up_s * 1e9),
                  window_ns = llround(d->how->window_s * 1e9);
    const int reference = d->table_setting[s->reference];
    struct seen seen = {.frame = -1};
    for (int64_t k = 0; k < r->frames; k++) {
        const int64_t due = r->frame[k].due_ns;
        look(r, due + s->deadline_ns, k, &seen);
        if (due < warm_ns)
            continue;
        size_t i = (size_t)((due - warm_ns) / window_ns);
        if (i >= windows)
            continue;
        struct view now, shown = {0};
        int setting = -1;
        now.frame = sim_shown(showing, d->how->table, k, &now.clip);
        if (seen.frame >= 0) {
            shown.frame = sim_shown(showing, d->how->table, seen.frame, &shown.clip);
            setting = d->table_setting[r->frame[seen.frame].setting];
        }
        struct sim_counts own = judge(d, setting, shown, now), best = judge(d, reference, now, now);
        add(&window[i].own, &own);
        add(&window[i].reference, &best);
    }
    for (size_t i = 0; i < windows; i++) {
        struct sim_window *w = &window[i];
        w->stream = stream;
        w->judged = w->reference.tp + w->reference.fn >= d->how->least_truths;
        w->held = w->judged && sim_f1(&w->own) >= s->min_accuracy * sim_f1(&w->reference);
    }
}

static void sum_up(struct sim_accuracy *a) {
    struct sim_counts own = {0}, reference = {0};
    a->judged = a->held = 0;
    for (size_t i = 0; i < a->windows; i++) {
        add(&own, &a->window[i].own);
        add(&reference, &a->window[i].reference);
        a->judged += a->window[i].judged;
        a->held += a->window[i].held;
    }
    a->compliance = weir_interval_exact(a->held, a->judged, 0.95);
    a->f1 = sim_f1(&own);
    a->reference_f1 = sim_f1(&reference);
    a->relative = a->reference_f1 > 0 ? a->f1 / a->reference_f1 : NAN;
}

int sim_accuracy_of(const struct sim_conf *conf, const struct sim_result *result,
                    const struct sim_accuracy_conf *how, struct sim_accuracy *ret,
                    struct weir_error *err) {
    struct sim_accuracy a = {0};
    struct desk *d = calloc(1, sizeof *d);
    int rc = d ? prepare(d, conf, how, err) : weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc) {
        double left_s = conf->seconds - how->warm_up_s;
        size_t each = left_s > 0 ? (size_t)floor(left_s / how->window_s + 1e-9) : 0;
        a.windows = each * (size_t)conf->streams;
        a.window = calloc(a.windows + 1, sizeof *a.window);
        if (!a.window)
            rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
        for (int i = 0; !rc && i < conf->streams; i++)
            judge_stream(d, conf, result, i, a.window + (size_t)i * each, each);
    }
    if (d)
        free(d->table_setting);
    free(d);
    if (rc) {
        sim_accuracy_done(&a);
        return rc;
    }
    sum_up(&a);
    *ret = a;
    return 0;
}

int sim_accuracy_join(struct sim_accuracy *into, struct sim_accuracy *more) {
    struct sim_window *window =
        realloc(into->window, (into->windows + more->windows + 1) * sizeof *window);
    if (!window)
        return WEIR_ENOMEM;
    if (more->windows)
        memcpy(window + into->windows, more->window, more->windows * sizeof *window);
    into->window = window;
    into->windows += more->windows;
    sim_accuracy_done(more);
    sum_up(into);
    return 0;
}

void sim_accuracy_done(struct sim_accuracy *accuracy) {
    free(accuracy->window);
    *accuracy = (struct sim_accuracy){0};
}
