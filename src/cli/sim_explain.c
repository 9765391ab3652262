/*
 * One frame: the ways that were open to it, what each promised, which was taken, what came of
 * it, and the first thing that speaks against each of the others. What could have been taken
 * comes first; what is below the floor is counted by node, unless everything is asked for.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/sim_run.h"

enum { LISTED_MOST = 20, NODES_MOST = 6 };

/* How near a way came to be taken. */
enum rank { TAKEN, PLANNED, POSSIBLE, LATE, BELOW_FLOOR };

/* A way, as it looked when the frame was due. */
struct way {
    struct weir_offer offer;
    int64_t toll_ns;
    enum rank rank;
};

struct explain {
    struct sim_observer observer; /* first: it is what the run knows of this */
    int stream, skip;
    int64_t frame;
    struct way *way; /* [ways], by rank, and then in the order of latency and toll */
    int ways;
    int64_t now_ns, capture_ns, deadline_ns;
    double floor;
    int taken, preferred; /* settings; -1: none was */
    bool seen, tolls, failed;
};

static int64_t cost_of(const struct way *w) {
    return w->offer.mean_ns + w->toll_ns;
}

static int by_rank(const void *a, const void *b) {
    const struct way *x = a, *y = b;
    if (x->rank != y->rank)
        return (int)x->rank - (int)y->rank;
    int order = (cost_of(x) > cost_of(y)) - (cost_of(x) < cost_of(y));
    return order ? order : x->offer.setting - y->offer.setting;
}

static double missing(const struct explain *e, const struct way *w) {
    return e->floor - (w->offer.accuracy - w->offer.margin);
}

static int64_t late_by(const struct explain *e, const struct way *w) {
    return e->now_ns + w->offer.high_ns - e->deadline_ns;
}

static enum rank rank_of(const struct explain *e, const struct way *w) {
    return w->offer.setting == e->taken       ? TAKEN
           : w->offer.setting == e->preferred ? PLANNED
           : missing(e, w) > 0                ? BELOW_FLOOR
           : late_by(e, w) > 0                ? LATE
                                              : POSSIBLE;
}

static void chose(struct sim_observer *observer, const struct weir_frame_view *view, int choice) {
    struct explain *e = (struct explain *)observer;
    if (view->stream != e->stream || view->frame * e->skip != e->frame)
        return;
    e->seen = true;
    e->now_ns = view->now_ns;
    e->deadline_ns = view->deadline_ns;
    e->capture_ns = view->capture_ns;
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
            (struct way){.offer = view->offer[i],
                         .toll_ns = view->toll_ns ? view->toll_ns[view->offer[i].setting] : 0};
    for (int i = 0; i < e->ways; i++)
        e->way[i].rank = rank_of(e, &e->way[i]);
    qsort(e->way, (size_t)e->ways, sizeof *e->way, by_rank);
}

static double ms(int64_t ns) {
    return (double)ns / 1e6;
}

/* The first reason why a way lost. */
static void print_verdict(const struct explain *e, const struct way *w, const struct way *taken,
                          struct weir_buf *out) {
    const bool planned = taken && taken->offer.setting == e->preferred;
    if (w == taken)
        weir_buf_puts(out, planned ? "taken: the plan's" : "taken");
    else if (w->rank == PLANNED)
        weir_buf_puts(out, "the plan's, but ");
    if (missing(e, w) > 0)
        weir_buf_printf(out, "%sbelow the floor by %.3f", w == taken ? ", " : "", missing(e, w));
    else if (late_by(e, w) > 0)
        weir_buf_printf(out, "%stoo late by %.1f ms", w == taken ? ", " : "", ms(late_by(e, w)));
    else if (w != taken && w->offer.ahead_ns > (e->deadline_ns - e->capture_ns) / 2)
        weir_buf_printf(out, "%.1f ms of bytes are in flight to there", ms(w->offer.ahead_ns));
    else if (w != taken && taken && cost_of(w) >= cost_of(taken))
        weir_buf_printf(out, "slower by %.1f ms", ms(cost_of(w) - cost_of(taken)));
    else if (w != taken && taken)
        weir_buf_printf(out, "faster by %.1f ms, %s", ms(cost_of(taken) - cost_of(w)),
                        planned ? "left to others" : "not sought");
    else if (w != taken)
        weir_buf_puts(out, "would have done");
}

static void print_way(const struct explain *e, const struct sim_case *ready, const struct way *w,
                      const struct way *taken, int width, struct weir_buf *out) {
    const struct weir_offer *o = &w->offer;
    struct weir_buf name = {0};
    sim_case_print_setting(ready, o->setting, &name);
    weir_buf_printf(out, "%c %-*s %6.1f %6.1f %6.1f %6.1f %6.1f %6.1f %6.1f %5.3f  ",
                    w == taken ? '*' : ' ', width, weir_buf_str(&name), ms(o->mean_ns),
                    ms(o->source_ns), ms(o->network_ns), ms(o->queue_ns), ms(o->service_ns),
                    ms(o->high_ns), ms(w->toll_ns), o->accuracy - o->margin);
    print_verdict(e, w, taken, out);
    weir_buf_putc(out, '\n');
    weir_buf_done(&name);
}

/* The ways at a node that are below the floor; the one that comes nearest, NULL: there is none. */
static const struct way *nearest_below(const struct explain *e, const struct sim_case *ready,
                                       int node, int *ret_count) {
    const struct way *nearest = NULL;
    *ret_count = 0;
    for (int i = 0; i < e->ways; i++) {
        const struct way *w = &e->way[i];
        if (w->rank != BELOW_FLOOR || ready->setting[w->offer.setting].node != node)
            continue;
        if (!nearest || missing(e, w) < missing(e, nearest))
            nearest = w;
        ++*ret_count;
    }
    return nearest;
}

/* Those that are not listed: a line a node, as far as there are few. */
static void print_below(const struct explain *e, const struct sim_case *ready,
                        struct weir_buf *out) {
    int told = 0, rest = 0, nodes = 0, count;
    for (int n = 0; n < (int)ready->site.node_len; n++) {
        const struct way *nearest = nearest_below(e, ready, n, &count);
        if (nearest && told == NODES_MOST) {
            rest += count;
            nodes++;
        } else if (nearest) {
            told++;
            weir_buf_printf(out, "  %d below the floor at %s, by %.3f at least: ", count,
                            ready->site.node[n].name, missing(e, nearest));
            sim_case_print_setting(ready, nearest->offer.setting, out);
            weir_buf_putc(out, '\n');
        }
    }
    if (nodes)
        weir_buf_printf(out, "  %d below the floor at %d more nodes\n", rest, nodes);
}

static void print_ways(const struct explain *e, const struct sim_case *ready, bool everything,
                       struct weir_buf *out) {
    const struct way *taken = e->ways && e->way[0].rank == TAKEN ? &e->way[0] : NULL;
    int width = 7, listed = 0, more = 0;
    while (listed < e->ways &&
           (everything || (e->way[listed].rank != BELOW_FLOOR && listed < LISTED_MOST)))
        listed++;
    for (int i = listed; i < e->ways; i++)
        more += e->way[i].rank != BELOW_FLOOR;
    for (int i = 0; i < listed; i++) {
        struct weir_buf name = {0};
        sim_case_print_setting(ready, e->way[i].offer.setting, &name);
        width = (int)name.len > width ? (int)name.len : width;
        weir_buf_done(&name);
    }
    weir_buf_printf(out, "\n  %-*s %6s %6s %6s %6s %6s %6s %6s %5s\n", width, "way", "mean",
                    "source", "net", "queue", "serve", "95%", "toll", "accu-");
    weir_buf_printf(out, "  %-*s %6s %6s %6s %6s %6s %6s %6s %5s  %s\n", width, "", "ms", "ms",
                    "ms", "ms", "ms", "ms", "ms", "racy", "why");
    for (int i = 0; i < listed; i++)
        print_way(e, ready, &e->way[i], taken, width, out);
    if (more)
        weir_buf_printf(out, "  %d more that meet the floor\n", more);
    if (!everything)
        print_below(e, ready, out);
    if (listed < e->ways)
        weir_buf_puts(out, "  (--explain-all lists them, too)\n");
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

static void print(const struct cli_sim *sim, const struct explain *e, bool everything,
                  const struct sim_cameras *cameras, const struct sim_result *result,
                  struct weir_buf *out) {
    const struct sim_case *ready = &sim->at[0].ready;
    const struct sim_stream_conf *s = &cameras->stream[e->stream];
    const struct sim_frame *f = &result->stream[e->stream].frame[e->frame];
    int none = 0;
    weir_buf_printf(out,
                    "%s: %s at %s, frame %lld, due at %.3f s; strategy %s, %d user%s, seed 1\n",
                    sim_case_name(ready), s->name, ready->site.node[s->node].name,
                    (long long)e->frame, (double)f->due_ns / 1e9, sim->strategy[0].label,
                    sim->users[0], sim->users[0] == 1 ? "" : "s");
    if (f->outcome == WEIR_OUTCOME_TRACK) {
        print_carried(e, &result->stream[e->stream], out);
        return;
    }
    weir_buf_printf(out,
                    "deadline %g ms, floor %g; predicted when it was due: mean = source + net + "
                    "queue + serve,\n95%%: it stays below that so often, accuracy: less its margin",
                    ms(s->deadline_ns), e->floor);
    weir_buf_puts(out, e->tolls ? "; slower, faster: with the toll\n" : "; there are no tolls\n");
    print_ways(e, ready, everything, out);
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

int cli_sim_explain(const struct cli_sim *sim, const char *which, bool everything,
                    struct weir_buf *out, struct weir_error *err) {
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
        print(sim, &e, everything, &cameras, &result, out);
    free(e.way);
    sim_result_done(&result);
    sim_cameras_done(&cameras);
    return rc;
}
