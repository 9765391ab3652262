#include "sim/accuracy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/carry.h"

static int prepare(const struct sim_conf *conf, const struct sim_accuracy_conf *how,
                   int **ret_table_setting, struct weir_error *err) {
    const struct sim_table *t = sim_verdicts_table(how->verdicts);
    if (!(how->window_s >= 0.001))
        return weir_fail(err, WEIR_EINVAL, "windows of %g s; allowed: 0.001 and above",
                         how->window_s);
    for (int i = 0; i < conf->streams; i++)
        for (int k = 0; k < how->showing[i].scenes; k++) {
            const struct sim_scene *scene = &how->showing[i].scene[k];
            if (scene->clip < 0 || scene->clip >= t->clips || scene->first < 0)
                return weir_fail(err, WEIR_EINVAL, "stream %d shows clip %d; the table has %d", i,
                                 scene->clip, t->clips);
        }
    return sim_table_find_all(t, conf->model, conf->setting, conf->settings, ret_table_setting,
                              err);
}

/* Which detected frame's boxes a viewer sees at a frame's deadline: the last delivered by then. */
struct seen {
    int64_t frame, next; /* next to look at; frame -1: none yet */
};

static void look(const struct sim_stream_result *r, int64_t by_ns, int64_t until,
                 struct seen *seen) {
    while (seen->next <= until) {
        const struct sim_frame *f = &r->frame[seen->next];
        if (f->outcome != WEIR_OUTCOME_DETECT) {
            seen->next++; /* never delivered, or carried */
            continue;
        }
        if (f->delivered_ns > by_ns)
            return;
        seen->frame = seen->next++;
    }
}

/* By the truth of frame k: what the tracker showed since the detected frame seen, or that one. */
static struct sim_counts judge_seen(const struct sim_verdicts *v, const struct sim_carry *c,
                                    int64_t seen, int64_t k) {
    const struct sim_picture now = sim_shown(c->showing, c->table, k);
    if (c->frame > seen)
        return sim_verdicts_on(v, c->box, c->len, now);
    if (seen < 0)
        return sim_verdicts_of(v, -1, now, now);
    const int setting = c->result->frame[seen].setting;
    if (c->finds) {
        size_t len;
        const struct sim_table_box *box = c->finds->boxes(c->finds, c->stream, seen, setting, &len);
        return sim_verdicts_on(v, box, len, now);
    }
    return sim_verdicts_of(v, c->table_setting[setting], sim_shown(c->showing, c->table, seen),
                           now);
}

static int judge_stream(const struct sim_accuracy_conf *how, const int *table_setting,
                        const struct sim_conf *conf, const struct sim_result *result, int stream,
                        struct sim_window *window, size_t windows) {
    const struct sim_table *table = sim_verdicts_table(how->verdicts);
    const struct sim_stream_result *r = &result->stream[stream];
    const struct sim_stream_conf *s = &conf->stream[stream];
    const struct sim_showing *showing = &how->showing[stream];
    const int64_t warm_ns = llround(how->warm_up_s * 1e9), window_ns = llround(how->window_s * 1e9);
    const int reference = table_setting[s->reference];
    struct seen seen = {.frame = -1};
    struct sim_carry carry = {.table = table,
                              .showing = showing,
                              .result = r,
                              .table_setting = table_setting,
                              .finds = how->finds,
                              .stream = stream,
                              .rate_fps = s->rate_fps};
    int rc = sim_carry_init(&carry);
    for (int64_t k = 0; !rc && k < r->frames; k++) {
        const int64_t due = r->frame[k].due_ns;
        look(r, due + s->deadline_ns, k, &seen);
        if (r->frame[k].outcome == WEIR_OUTCOME_TRACK)
            rc = sim_carry_to(&carry, k);
        if (due < warm_ns)
            continue;
        size_t i = (size_t)((due - warm_ns) / window_ns);
        if (i >= windows)
            continue;
        const struct sim_picture now = sim_shown(showing, table, k);
        struct sim_counts own = judge_seen(how->verdicts, &carry, seen.frame, k),
                          best = sim_verdicts_of(how->verdicts, reference, now, now);
        sim_counts_add(&window[i].own, &own);
        sim_counts_add(&window[i].reference, &best);
    }
    for (size_t i = 0; i < windows; i++) {
        struct sim_window *w = &window[i];
        w->stream = stream;
        w->judged = w->reference.tp + w->reference.fn >= how->least_truths;
        w->held = w->judged && sim_f1(&w->own) >= s->min_accuracy * sim_f1(&w->reference);
    }
    sim_carry_done(&carry);
    return rc;
}

static void sum_up(struct sim_accuracy *a) {
    struct sim_counts own = {0}, reference = {0};
    a->judged = a->held = 0;
    for (size_t i = 0; i < a->windows; i++) {
        sim_counts_add(&own, &a->window[i].own);
        sim_counts_add(&reference, &a->window[i].reference);
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
    int *table_setting = NULL;
    int rc = prepare(conf, how, &table_setting, err);
    if (!rc) {
        double left_s = conf->seconds - how->warm_up_s;
        size_t each = left_s > 0 ? (size_t)floor(left_s / how->window_s + 1e-9) : 0;
        a.windows = each * (size_t)conf->streams;
        a.window = calloc(a.windows + 1, sizeof *a.window);
        if (!a.window)
            rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
        for (int i = 0; !rc && i < conf->streams; i++)
            if ((rc = judge_stream(how, table_setting, conf, result, i, a.window + (size_t)i * each,
                                   each)))
                weir_fail(err, rc, "out of memory");
    }
    free(table_setting);
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
