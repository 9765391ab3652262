#include "sim/measure.h"

#include <math.h>
#include <stdlib.h>

struct samples {
    double *ms;
    size_t len;
};

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The smallest value that at least a share q of them does not exceed. */
static double quantile(const struct samples *s, double q) {
    size_t rank = (size_t)ceil(q * (double)s->len);
    return s->ms[rank > 0 ? rank - 1 : 0];
}

/* Sorts. */
static struct sim_spread spread_of(struct samples *s) {
    double sum = 0;
    if (!s->len)
        return (struct sim_spread){NAN, NAN, NAN, NAN};
    qsort(s->ms, s->len, sizeof *s->ms, by_value);
    for (size_t i = 0; i < s->len; i++)
        sum += s->ms[i];
    return (struct sim_spread){sum / (double)s->len, quantile(s, .5), quantile(s, .95),
                               quantile(s, .99)};
}

static void add(struct samples *s, int64_t ns) {
    s->ms[s->len++] = (double)ns / 1e6;
}

/* One stream's frames, the last first, so that the next delivery is always at hand; returns
 * its share on time. */
static double look(const struct sim_conf *conf, const struct sim_result *result, int stream,
                   int64_t warm_ns, struct sim_measures *m, struct samples *latency,
                   struct samples *age) {
    const struct sim_stream_result *r = &result->stream[stream];
    const int64_t deadline = conf->stream[stream].deadline_ns;
    int64_t next_ns = llround(conf->seconds * 1e9) + deadline, on_time = 0, frames = 0;
    for (int64_t k = r->frames - 1; k >= 0 && r->frame[k].due_ns >= warm_ns; k--) {
        const struct sim_frame *f = &r->frame[k];
        frames++;
        m->outcome[f->outcome]++;
        if (weir_outcome_is_result(f->outcome)) {
            next_ns = f->delivered_ns;
            on_time += f->delivered_ns - f->due_ns <= deadline;
            add(latency, f->delivered_ns - f->due_ns);
        }
        add(age, next_ns - f->due_ns);
    }
    m->frames += frames;
    m->on_time += (double)on_time;
    return frames ? (double)on_time / (double)frames : NAN;
}

static double uplink(const struct sim_conf *conf, const struct sim_result *result) {
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
    return bytes * 8 / 1e6 / conf->seconds;
}

int sim_measure(const struct sim_conf *conf, const struct sim_result *result, double warm_up_s,
                struct sim_measures *ret) {
    struct sim_measures m = {0};
    struct samples latency = {0}, age = {0};
    double sum = 0, squares = 0;
    int streams = 0;
    size_t room = 1;
    for (int i = 0; i < result->streams; i++)
        room += (size_t)result->stream[i].frames;
    latency.ms = malloc(room * sizeof *latency.ms);
    age.ms = malloc(room * sizeof *age.ms);
    if (!latency.ms || !age.ms) {
        free(latency.ms);
        free(age.ms);
        return WEIR_ENOMEM;
    }
    for (int i = 0; i < result->streams; i++) {
        double share = look(conf, result, i, llround(warm_up_s * 1e9), &m, &latency, &age);
        if (isnan(share))
            continue;
        streams++;
        sum += share;
        squares += share * share;
    }
    m.latency = spread_of(&latency);
    m.age = spread_of(&age);
    m.on_time = m.frames ? m.on_time / (double)m.frames : NAN;
    m.jain = squares > 0 ? sum * sum / (streams * squares) : NAN;
    m.uplink_mbit_per_s = uplink(conf, result);
    free(latency.ms);
    free(age.ms);
    *ret = m;
    return 0;
}

double sim_mean_age_ms(const struct sim_conf *conf, const struct sim_result *result, int stream,
                       double warm_up_s, int64_t *ret_frames) {
    const struct sim_stream_result *r = &result->stream[stream];
    const int64_t warm_ns = llround(warm_up_s * 1e9);
    int64_t next_ns = llround(conf->seconds * 1e9) + conf->stream[stream].deadline_ns;
    double sum = 0;
    *ret_frames = 0;
    for (int64_t k = r->frames - 1; k >= 0 && r->frame[k].due_ns >= warm_ns; k--) {
        if (weir_outcome_is_result(r->frame[k].outcome))
            next_ns = r->frame[k].delivered_ns;
        sum += (double)(next_ns - r->frame[k].due_ns) / 1e6;
        (*ret_frames)++;
    }
    return *ret_frames ? sum / (double)*ret_frames : NAN;
}
