/*
 * Events of a site become steps of a rate before the run begins: a link is then a function
 * of time, and needs no telling. An outage is a rate of 0 for its length, after which the last
 * step holds again, the last one that came while it was down included.
 */
#include "sim/wires.h"

#include <math.h>
#include <stdlib.h>

enum { TRACE_MAX_BYTES = 1 << 26, PURPOSE_TRACE = 1 };

static int64_t ns_of(double seconds) {
    return llround(seconds * (double)WEIR_NS_PER_S);
}

/* The rates of one way over time, outages not counted. */
static size_t read_steps(const struct weir_site *site, size_t link, enum weir_site_way way,
                         struct weir_link_rate *step) {
    size_t len = 0;
    step[len++] = (struct weir_link_rate){0, site->link[link].capacity[way].mbit_per_s};
    for (size_t i = 0; i < site->event_len; i++) {
        const struct weir_site_event *e = &site->event[i];
        if (e->link != (int)link || e->down_s > 0)
            continue;
        int64_t at = ns_of(e->at_s);
        len -= step[len - 1].from_ns == at; /* at once: the later one holds */
        step[len++] = (struct weir_link_rate){at, e->mbit_per_s[way]};
    }
    return len;
}

static double rate_at(const struct weir_link_rate *step, size_t len, int64_t at_ns) {
    size_t i = len - 1;
    while (step[i].from_ns > at_ns)
        i--;
    return step[i].mbit_per_s;
}

/* Puts nothing in [from, to) into steps of which there is room for two more. */
static size_t cut(struct weir_link_rate *step, size_t len, int64_t from_ns, int64_t to_ns) {
    double after = rate_at(step, len, to_ns);
    size_t kept = 0, rest = 0;
    while (kept < len && step[kept].from_ns < from_ns)
        kept++;
    for (rest = kept; rest < len && step[rest].from_ns <= to_ns; rest++)
        ;
    /* kept steps, the outage, what holds after it, the rest: from the end, since it grows */
    size_t tail = len - rest, grown = kept + 2;
    if (grown > rest)
        for (size_t i = tail; i-- > 0;)
            step[grown + i] = step[rest + i];
    else
        for (size_t i = 0; i < tail; i++)
            step[grown + i] = step[rest + i];
    step[kept] = (struct weir_link_rate){from_ns, 0};
    step[kept + 1] = (struct weir_link_rate){to_ns, after};
    return grown + tail;
}

static int make_rate(struct sim_wires *wires, const struct weir_site *site, size_t link,
                     enum weir_site_way way, struct weir_link_conf *conf, struct weir_error *err) {
    struct weir_link_rate *step = calloc(1 + 2 * (site->event_len + 1), sizeof *step);
    if (!step)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    wires->rate[2 * link + way] = step;
    size_t len = read_steps(site, link, way, step);
    for (size_t i = 0; i < site->event_len; i++) {
        const struct weir_site_event *e = &site->event[i];
        if (e->link == (int)link && e->down_s > 0)
            len = cut(step, len, ns_of(e->at_s), ns_of(e->at_s + e->down_s));
    }
    conf->rate = step;
    conf->rates = len;
    return 0;
}

static int make_trace(struct sim_wires *wires, const char *path, uint64_t seed, size_t at,
                      struct weir_link_conf *conf, struct weir_error *err) {
    char *text = NULL;
    size_t len = 0;
    struct weir_trace *trace = &wires->trace[at];
    int rc = weir_file_read(path, TRACE_MAX_BYTES, &text, &len, err);
    if (!rc)
        rc = weir_trace_parse(path, text, len, trace, err);
    free(text);
    if (rc)
        return rc;
    struct weir_random random = weir_random_of(seed, PURPOSE_TRACE, at);
    int64_t period_ns = trace->at_ms[trace->len - 1] * WEIR_NS_PER_MS;
    conf->trace = trace;
    conf->trace_begin_ns = (int64_t)(weir_random_unit(&random) * (double)period_ns);
    return 0;
}

/* A recorded trace knows no outages but its own. */
static int refuse_outages(const struct weir_site *site, size_t link, struct weir_error *err) {
    const struct weir_site_link *l = &site->link[link];
    bool traced = l->capacity[WEIR_SITE_FORWARD].trace || l->capacity[WEIR_SITE_BACK].trace;
    for (size_t i = 0; traced && i < site->event_len; i++)
        if (site->event[i].link == (int)link)
            return weir_fail(err, WEIR_EINVAL,
                             "link %s: has a trace and, in line %d, an event; a simulation can do "
                             "one of the two: give it mbit_per_s, or take the event out",
                             l->name, site->event[i].line);
    return 0;
}

int sim_wires_init(struct sim_wires *wires, const struct weir_site *site, uint64_t seed,
                   struct weir_error *err) {
    const size_t len = site->link_len;
    struct sim_wires w = {.link = calloc(len + 1, sizeof *w.link),
                          .rate = calloc(2 * len + 1, sizeof(struct weir_link_rate *)),
                          .trace = calloc(2 * len + 1, sizeof *w.trace),
                          .len = len};
    int rc = w.link && w.rate && w.trace ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t i = 0; !rc && i < len; i++) {
        const struct weir_site_link *l = &site->link[i];
        rc = refuse_outages(site, i, err);
        for (int way = 0; !rc && way < (l->one_way ? 1 : WEIR_SITE_WAYS); way++) {
            struct weir_link_conf conf = {.delay_ns = llround(l->rtt_ms / 2 * 1e6),
                                          .loss = l->loss,
                                          .queue_bytes = (int64_t)ceil(l->queue_kb * 1000)};
            const char *trace = l->capacity[way].trace;
            rc = trace ? make_trace(&w, trace, seed, 2 * i + (size_t)way, &conf, err)
                       : make_rate(&w, site, i, (enum weir_site_way)way, &conf, err);
            if (!rc && (rc = weir_link_init(&w.link[i][way], &conf, err)))
                weir_fail_at(err, rc, "link %s: ", l->name);
        }
    }
    if (rc)
        sim_wires_done(&w);
    else
        *wires = w;
    return rc;
}

double sim_wires_mbit_per_s(const struct sim_wires *wires, const struct weir_site *site, int link,
                            int way) {
    const struct weir_link_conf *conf = &wires->link[link][way].conf;
    return conf->trace ? weir_trace_mean_mbit_per_s(conf->trace)
                       : site->link[link].capacity[way].mbit_per_s;
}

void sim_wires_done(struct sim_wires *wires) {
    for (size_t i = 0; i < 2 * wires->len; i++) {
        if (wires->rate)
            free(wires->rate[i]);
        if (wires->trace)
            weir_trace_done(&wires->trace[i]);
    }
    free(wires->link);
    free(wires->rate);
    free(wires->trace);
    *wires = (struct sim_wires){0};
}
