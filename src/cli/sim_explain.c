/*
 * One frame: every way that was open to it, what each promised, which was taken, what came of
 * it, and the first thing that speaks against each of the others.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/sim_run.h"

/* A way, as it looked when the frame was due. */
struct way {
    struct weir_offer offer;
    int64_t toll_ns;
};

struct explain {
    struct sim_observer observer; /* first: it is what the run knows of this */
    int stream, skip;
    int64_t frame;
    struct way *way; /* [ways], in the order of latency and toll */
    int ways;
    int64_t now_ns, deadline_ns;
    double floor;
    int taken, preferred; /* settings; -1: none was */
    bool seen, tolls, failed;
};

static int64_t cost_of(const struct way *w) {
    return w->offer.mean_ns + w->toll_ns;
}

static int by_cost(const void *a, const void *b) {
    const struct way *x = a, *y = b;
    int order = (cost_of(x) > cost_of(y)) - (cost_of(x) < cost_of(y));
    return order ? order : x->offer.setting - y->offer.setting;
}

static void chose(struct sim_observer *observer, const struct weir_frame_view *view, int choice) {
    struct explain *e = (struct explain *)observer;
    if (view->stream != e->stream || view->frame * e->skip != e->frame)
        return;
    e->seen = true;
    e->now_ns = view->now_ns;
    e->deadline_ns = view->deadline_ns;
    e->floor = view->min_accuracy;
    e->tolls = view->toll_ns != NULL;
    e->preferred = view->preferred;
    e->taken = choice == WEIR_DROP ? -1 : view->offer[choice].setting;
    e->way = calloc((size_t)view->offers + 1, sizeof *e->way);
    e->failed = !e->way;
    if (e->failed)
        return;
    for (int i = 0; i < view->offers; i++)
        e->way[e->ways++] =
            (struct way){view->offer[i], view->toll_ns ? view->toll_ns[view->offer[i].setting] : 0};
    qsort(e->way, (size_t)e->ways, sizeof *e->way, by_cost);
}

static double ms(int64_t ns) {
    return (double)ns / 1e6;
}

/* The first reason why a way lost. */
static void print_verdict(const struct explain *e, const struct way *w, const struct way *taken,
                          struct weir_buf *out) {
    const double least = w->offer.accuracy - w->offer.margin;
    const int64_t late_ns = e->now_ns + w->offer.high_ns - e->deadline_ns;
    const bool planned = taken && taken->offer.setting == e->preferred;
    if (w == taken)
        weir_buf_puts(out, planned ? "taken: the plan's" : "taken");
    else if (w->offer.setting == e->preferred)
        weir_buf_puts(out, "the plan's, but ");
    if (least < e->floor)
        weir_buf_printf(out, "%sbelow the floor by %.3f", w == taken ? ", " : "", e->floor - least);
    else if (late_ns > 0)
        weir_buf_printf(out, "%stoo late by %.1f ms", w == taken ? ", " : "", ms(late_ns));
    else if (w != taken && taken && cost_of(w) >= cost_of(taken))
        weir_buf_printf(out, "slower by %.1f ms", ms(cost_of(w) - cost_of(taken)));
    else if (w != taken && taken)
        weir_buf_printf(out, "faster by %.1f ms: %s", ms(cost_of(taken) - cost_of(w)),
                        planned ? "the plan has others there" : "not what it looks for");
    else if (w != taken)
        weir_buf_puts(out, "would have done: the frame was given up");
}

static void print_ways(const struct explain *e, const struct sim_case *ready,
                       struct weir_buf *out) {
    const struct way *taken = NULL;
    int width = 7;
    for (int i = 0; i < e->ways; i++) {
        struct weir_buf name = {0};
        sim_case_print_setting(ready, e->way[i].offer.setting, &name);
        width = (int)name.len > width ? (int)name.len : width;
        weir_buf_done(&name);
        taken = e->way[i].offer.setting == e->taken ? &e->way[i] : taken;
    }
    weir_buf_printf(out, "\n  %-*s %6s =%6s +%7s +%6s +%7s %7s %6s %8s\n", width, "ms", "mean",
                    "source", "network", "queue", "service", "high", "toll", "accuracy");
    for (int i = 0; i < e->ways; i++) {
        const struct weir_offer *o = &e->way[i].offer;
        struct weir_buf name = {0};
        sim_case_print_setting(ready, o->setting, &name);
        weir_buf_printf(out, "%c %-*s %6.1f  %6.1f  %7.1f  %6.1f  %7.1f %7.1f %6.1f %8.3f\n",
                        &e->way[i] == taken ? '*' : ' ', width, weir_buf_str(&name), ms(o->mean_ns),
                        ms(o->source_ns), ms(o->network_ns), ms(o->queue_ns), ms(o->service_ns),
                        ms(o->high_ns), ms(e->way[i].toll_ns), o->accuracy - o->margin);
        weir_buf_puts(out, "    ");
        print_verdict(e, &e->way[i], taken, out);
        weir_buf_putc(out, '\n');
        weir_buf_done(&name);
    }
}

static void print_outcome(const struct sim_frame *f, const struct sim_stream_conf *s,
                          struct weir_buf *out) {
    if (weir_outcome_is_result(f->outcome)) {
        const int64_t took = f->delivered_ns - f->due_ns;
        weir_buf_printf(
            out, "came of it: %s after %.1f ms, %.1f ms %s than predicted; %s its deadline\n",
            weir_outcome_name(f->outcome), ms(took), fabs(ms(took - f->predicted_ns)),
            took < f->predicted_ns ? "less" : "more", took <= s->deadline_ns ? "within" : "after");
    } else {
        weir_buf_printf(out, "came of it: no result, %s\n", weir_outcome_name(f->outcome));
    }
}

/* Nobody chose for it. */
static void print_carried(const struct explain *e, const struct sim_stream_result *r,
                          struct weir_buf *out) {
    const int64_t from = sim_carried_from(r, e->frame);
    weir_buf_printf(out, "not detected: skip %d, one frame of %d is; ", e->skip, e->skip);
    if (from < 0)
        weir_buf_puts(out, "the tracker had nothing to carry yet\n");
    else
        weir_buf_printf(out,
                        "the tracker carried the boxes of frame %lld, %.1f ms before, the last "
                        "whose result was there\n",
                        (long long)from, ms(r->frame[e->frame].due_ns - r->frame[from].due_ns));
}

static void print(const struct cli_sim *sim, const struct explain *e,
                  const struct sim_cameras *cameras, const struct sim_result *result,
                  struct weir_buf *out) {
    const struct sim_case *ready = &sim->at[0].ready;
    const struct sim_stream_conf *s = &cameras->stream[e->stream];
    const struct sim_frame *f = &result->stream[e->stream].frame[e->frame];
    int none = 0;
    weir_buf_printf(out, "%s: %s at %s, frame %lld, due at %.3f s; strategy %s, %d users, seed 1\n",
                    sim_case_name(ready), s->name, ready->site.node[s->node].name,
                    (long long)e->frame, (double)f->due_ns / 1e9, sim->strategy[0].label,
                    sim->users[0]);
    if (f->outcome == WEIR_OUTCOME_TRACK) {
        print_carried(e, &result->stream[e->stream], out);
        return;
    }
    weir_buf_printf(out, "deadline %g ms, floor %g; accuracy is what is predicted less its margin",
                    ms(s->deadline_ns), e->floor);
    weir_buf_puts(out, e->tolls ? "; slower\nis with the toll\n" : "; there are no tolls\n");
    print_ways(e, ready, out);
    for (int i = 0; i < ready->settings; i++) {
        const struct weir_setting *t = &ready->setting[i];
        none += (t->travel == WEIR_TRAVEL_NONE) == (t->node == s->node);
    }
    weir_buf_putc(out, '\n');
    if (none > e->ways)
        weir_buf_printf(out, "not to be had then: %d more, at nodes without a sign of life\n",
                        none - e->ways);
    if (e->taken < 0)
        weir_buf_puts(out, "taken: none\n");
    print_outcome(f, s, out);
}

static int read_which(const char *which, const struct sim_cameras *cameras, struct explain *e,
                      struct weir_error *err) {
    const char *colon = strchr(which, ':');
    const size_t len = colon ? (size_t)(colon - which) : 0;
    char *end = NULL;
    long long frame =
        colon && colon[1] >= '0' && colon[1] <= '9' ? strtoll(colon + 1, &end, 10) : -1;
    e->stream = -1;
    for (int i = 0; len && i < cameras->streams; i++) {
        const char *name = cameras->stream[i].name, *number = strchr(name, '-') + 1;
        if ((strlen(name) == len && !memcmp(name, which, len)) ||
            (strlen(number) == len && !memcmp(number, which, len)))
            e->stream = i;
    }
    if (e->stream < 0 || frame < 0 || *end)
        return weir_fail(err, WEIR_EINVAL,
                         "--explain: found '%.80s'; allowed: STREAM:FRAME, such as user-%d:250, "
                         "users from 0 to %d",
                         which, cameras->streams - 1, cameras->streams - 1);
    e->frame = frame;
    e->skip = sim_skip(&cameras->stream[e->stream]);
    return 0;
}

int cli_sim_explain(const struct cli_sim *sim, const char *which, struct weir_buf *out,
                    struct weir_error *err) {
    struct explain e = {.observer = {.chose = chose}, .taken = -1};
    struct sim_cameras cameras = {0};
    struct sim_result result = {0};
    if (sim_cameras_init(&cameras, &sim->at[0].ready, sim->users[0], 1))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    int rc = read_which(which, &cameras, &e, err);
    sim_cameras_done(&cameras);
    if (!rc)
        rc = cli_sim_one(sim, 0, sim->users[0], 0, 1, &e.observer, NULL, &cameras, &result, err);
    if (!rc && e.failed)
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc && !e.seen && e.frame >= result.stream[e.stream].frames)
        rc = weir_fail(err, WEIR_EINVAL, "--explain: found frame %lld; allowed: 0 to %lld of %s",
                       (long long)e.frame, (long long)result.stream[e.stream].frames - 1,
                       cameras.stream[e.stream].name);
    if (!rc)
        print(sim, &e, &cameras, &result, out);
    free(e.way);
    sim_result_done(&result);
    sim_cameras_done(&cameras);
    return rc;
}
