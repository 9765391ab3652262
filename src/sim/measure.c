#include "sim/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The smallest value that at least a share q of them does not exceed. */
static double quantile(const struct sim_samples *s, double q) {
    size_t rank = (size_t)ceil(q * (double)s->len);
    return s->ms[rank > 0 ? rank - 1 : 0];
}

/* Sorts. */
static struct sim_spread spread_of(struct sim_samples *s) {
    double sum = 0;
    if (!s->len)
        return (struct sim_spread){NAN, NAN, NAN, NAN};
    qsort(s->ms, s->len, sizeof *s->ms, by_value);
    for (size_t i = 0; i < s->len; i++)
        sum += s->ms[i];
    return (struct sim_spread){sum / (double)s->len, quantile(s, .5), quantile(s, .95),
                               quantile(s, .99)};
}

static void add(struct sim_samples *s, int64_t ns) {
    s->ms[s->len++] = (double)ns / 1e6;
}

/* Until when the viewer of a stream waits for what never comes. */
static int64_t end_ns(const struct sim_conf *conf, int stream) {
    const struct sim_stream_conf *s = &conf->stream[stream];
    const int64_t run_ns = llround(conf->seconds * 1e9);
    return (s->until_ns && s->until_ns < run_ns ? s->until_ns : run_ns) + s->deadline_ns;
}

/* The last that was there when frame was due, of those up to from. */
static int64_t there(const struct sim_stream_result *r, int64_t frame, int64_t from) {
    while (from >= 0 && (r->frame[from].outcome != WEIR_OUTCOME_DETECT ||
                         r->frame[from].delivered_ns > r->frame[frame].due_ns))
        from--;
    return from;
}

int64_t sim_carried_from(const struct sim_stream_result *r, int64_t frame) {
    return there(r, frame, frame - 1);
}

/* One stream's frames, the last first, so that the next delivery is always at hand; returns
 * its share on time. */
static double look(const struct sim_conf *conf, const struct sim_result *result, int stream,
                   int64_t warm_ns, struct sim_tally *t) {
    const struct sim_stream_result *r = &result->stream[stream];
    const int64_t deadline = conf->stream[stream].deadline_ns;
    int64_t next_ns = end_ns(conf, stream), on_time = 0, frames = 0, from = r->frames;
    for (int64_t k = r->frames - 1; k >= 0 && r->frame[k].due_ns >= warm_ns; k--) {
        const struct sim_frame *f = &r->frame[k];
        frames += f->outcome != WEIR_OUTCOME_TRACK;
        t->outcome[f->outcome]++;
        if (f->outcome == WEIR_OUTCOME_DETECT) {
            next_ns = f->delivered_ns;
            on_time += f->delivered_ns - f->due_ns <= deadline;
            t->below_floor += f->below_floor;
            add(&t->latency, f->delivered_ns - f->due_ns);
        }
        add(&t->age, next_ns - f->due_ns);
        if (f->outcome == WEIR_OUTCOME_TRACK) {
            from = there(r, k, from < k ? from : k - 1); /* it falls as k does */
            t->below_floor += from >= 0 && r->frame[from].below_floor;
            if (from >= 0)
                add(&t->carried, f->due_ns - r->frame[from].due_ns);
        }
    }
    t->on_time += on_time;
    return frames ? (double)on_time / (double)frames : NAN;
}

static double uplink_mbit(const struct sim_conf *conf, const struct sim_result *result) {
    double bytes = 0;
    for (size_t i = 0; i < conf->site->link_len; i++) {
        const struct weir_site_link *link = &conf->site->link[i];
        bool from = false, to = false;
        for (int k = 0; k < conf->streams; k++) {
            from = from || conf->stream[k].node == link->from;
            to = to || conf->stream[k].node == link->to;
        }
        bytes += from ? (double)result->sent_bytes[i][WEIR_SITE_FORWARD] : 0;
        bytes += to ? (double)result->sent_bytes[i][WEIR_SITE_BACK] : 0;
    }
    return bytes * 8 / 1e6;
}

static bool make_room(struct sim_samples *s, size_t more) {
    if (s->cap - s->len >= more)
        return true;
    size_t cap = s->len + more > 2 * s->cap ? s->len + more : 2 * s->cap;
    double *ms = realloc(s->ms, cap * sizeof *ms);
    if (!ms)
        return false;
    s->ms = ms;
    s->cap = cap;
    return true;
}

int sim_tally_add(struct sim_tally *tally, const struct sim_conf *conf,
                  const struct sim_result *result, double warm_up_s) {
    double sum = 0, squares = 0;
    int streams = 0;
    size_t frames = 1;
    for (int i = 0; i < result->streams; i++)
        frames += (size_t)result->stream[i].frames;
    if (!make_room(&tally->latency, frames) || !make_room(&tally->age, frames) ||
        !make_room(&tally->carried, frames))
        return WEIR_ENOMEM;
    for (int i = 0; i < result->streams; i++) {
        double share = look(conf, result, i, llround(warm_up_s * 1e9), tally);
        if (isnan(share))
            continue;
        streams++;
        sum += share;
        squares += share * share;
    }
    if (squares > 0) {
        tally->jain += sum * sum / (streams * squares);
        tally->fair_runs++;
    }
    tally->uplink_mbit += uplink_mbit(conf, result);
    tally->seconds += conf->seconds;
    tally->runs++;
    return 0;
}

void sim_tally_measures(struct sim_tally *tally, struct sim_measures *ret) {
    struct sim_measures m = {.frames = (int64_t)tally->age.len, .below_floor = tally->below_floor};
    memcpy(m.outcome, tally->outcome, sizeof m.outcome);
    m.latency = spread_of(&tally->latency);
    m.age = spread_of(&tally->age);
    m.carried = spread_of(&tally->carried);
    const int64_t detects = m.frames - m.outcome[WEIR_OUTCOME_TRACK];
    m.on_time = detects ? (double)tally->on_time / (double)detects : NAN;
    m.jain = tally->fair_runs ? tally->jain / tally->fair_runs : NAN;
    m.uplink_mbit_per_s = tally->runs ? tally->uplink_mbit / tally->seconds : NAN;
    *ret = m;
}

void sim_tally_done(struct sim_tally *tally) {
    free(tally->latency.ms);
    free(tally->age.ms);
    free(tally->carried.ms);
    *tally = (struct sim_tally){0};
}

int sim_measure(const struct sim_conf *conf, const struct sim_result *result, double warm_up_s,
                struct sim_measures *ret) {
    struct sim_tally tally = {0};
    int rc = sim_tally_add(&tally, conf, result, warm_up_s);
    if (!rc)
        sim_tally_measures(&tally, ret);
    sim_tally_done(&tally);
    return rc;
}

double sim_mean_age_ms(const struct sim_conf *conf, const struct sim_result *result, int stream,
                       double warm_up_s, int64_t *ret_frames) {
    const struct sim_stream_result *r = &result->stream[stream];
    const int64_t warm_ns = llround(warm_up_s * 1e9);
    int64_t next_ns = end_ns(conf, stream);
    double sum = 0;
    *ret_frames = 0;
    for (int64_t k = r->frames - 1; k >= 0 && r->frame[k].due_ns >= warm_ns; k--) {
        if (r->frame[k].outcome == WEIR_OUTCOME_DETECT)
            next_ns = r->frame[k].delivered_ns;
        sum += (double)(next_ns - r->frame[k].due_ns) / 1e6;
        (*ret_frames)++;
    }
    return *ret_frames ? sum / (double)*ret_frames : NAN;
}

void sim_ages_ms(const struct sim_conf *conf, const struct sim_result *result, int stream,
                 double *ret_ms) {
    const struct sim_stream_result *r = &result->stream[stream];
    int64_t next_ns = end_ns(conf, stream);
    for (int64_t k = r->frames - 1; k >= 0; k--) {
        if (r->frame[k].outcome == WEIR_OUTCOME_DETECT)
            next_ns = r->frame[k].delivered_ns;
        ret_ms[k] = (double)(next_ns - r->frame[k].due_ns) / 1e6;
    }
}
