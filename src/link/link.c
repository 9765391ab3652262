/*
 * One message after the other. A link at a rate knows only when it is free again;
 * one with a trace also which packet it has come to, since a packet's rest serves the next
 * message if that is there in time.
 */
#include "link/link.h"

#include <math.h>

#include "link/capacity.h"

#define LOSS_MAX 0.9

static int check_rates(const struct weir_link_conf *conf, struct weir_error *err) {
    for (size_t i = 0; i < conf->rates; i++) {
        const struct weir_link_rate *rate = &conf->rate[i];
        if (!(rate->mbit_per_s >= 0 && rate->mbit_per_s < INFINITY))
            return weir_fail(err, WEIR_EINVAL, "link: rate %zu is %g Mbit/s; allowed: 0 and above",
                             i, rate->mbit_per_s);
        if (i ? rate->from_ns <= conf->rate[i - 1].from_ns : rate->from_ns != 0)
            return weir_fail(
                err, WEIR_EINVAL,
                "link: rate %zu begins at %lld ns; allowed: the first at 0, each later "
                "one after the one before",
                i, (long long)rate->from_ns);
    }
    return 0;
}

int weir_link_init(struct weir_link *link, const struct weir_link_conf *conf,
                   struct weir_error *err) {
    if (!conf->trace == !conf->rates)
        return weir_fail(err, WEIR_EINVAL, "link: has %s; allowed: one of a rate and a trace",
                         conf->trace ? "both" : "neither");
    if (conf->delay_ns < 0 || conf->trace_begin_ns < 0 || conf->queue_bytes < 0)
        return weir_fail(err, WEIR_EINVAL,
                         "link: delay, beginning of the trace and queue are %lld ns, %lld ns and "
                         "%lld bytes; allowed: 0 and above",
                         (long long)conf->delay_ns, (long long)conf->trace_begin_ns,
                         (long long)conf->queue_bytes);
    if (!(conf->loss >= 0 && conf->loss <= LOSS_MAX))
        return weir_fail(err, WEIR_EINVAL, "link: loss is %g; allowed: 0 to %g", conf->loss,
                         LOSS_MAX);
    int rc = check_rates(conf, err);
    if (!rc)
        *link = (struct weir_link){.conf = *conf};
    return rc;
}

/* With what must be sent again. */
static double on_the_wire(const struct weir_link *link, int64_t bytes) {
    return (double)bytes / (1 - link->conf.loss);
}

/* Takes bytes at now_ns, on a trace. */
static int64_t pass_trace(struct weir_link *link, int64_t now_ns, int64_t bytes) {
    const struct weir_trace *trace = link->conf.trace;
    int64_t begin_ns = link->conf.trace_begin_ns;
    int64_t first = link_trace_first(trace, now_ns + begin_ns);
    if (first > link->next) {
        link->next = first;
        link->left_bytes = 0;
    }
    if (link->left_bytes == 0)
        link->left_bytes = WEIR_TRACE_PACKET;
    /* The packet in which the last byte goes, and what that leaves of it. */
    int64_t over = bytes > link->left_bytes ? bytes - link->left_bytes : 0;
    int64_t packets = (over + WEIR_TRACE_PACKET - 1) / WEIR_TRACE_PACKET;
    int64_t last = link->next + packets;
    link->left_bytes += packets * WEIR_TRACE_PACKET - bytes;
    link->next = last + (link->left_bytes == 0);
    int64_t at = link_trace_at(trace, last);
    return at == WEIR_FOREVER ? at : at - begin_ns;
}

static int64_t pass(struct weir_link *link, int64_t now_ns, int64_t bytes) {
    double wire = on_the_wire(link, bytes);
    if (link->free_ns == WEIR_FOREVER)
        return WEIR_FOREVER;
    if (link->conf.trace)
        link->free_ns = pass_trace(link, now_ns, (int64_t)ceil(wire));
    else
        link->free_ns = link_rate_finish(link->conf.rate, link->conf.rates,
                                         now_ns > link->free_ns ? now_ns : link->free_ns, wire);
    return link->free_ns;
}

static int64_t after_delay(const struct weir_link *link, int64_t left_ns) {
    return left_ns == WEIR_FOREVER ? WEIR_FOREVER : left_ns + link->conf.delay_ns;
}

int weir_link_send(struct weir_link *link, int64_t now_ns, int64_t bytes, int64_t *ret_left_ns,
                   int64_t *ret_arrival_ns) {
    int64_t limit = link->conf.queue_bytes;
    if (limit && weir_link_waiting_bytes(link, now_ns) > limit - bytes)
        return WEIR_EAGAIN;
    *ret_left_ns = pass(link, now_ns, bytes);
    *ret_arrival_ns = after_delay(link, *ret_left_ns);
    return 0;
}

int64_t weir_link_foresee(const struct weir_link *link, int64_t now_ns, int64_t bytes) {
    struct weir_link copy = *link;
    return after_delay(link, pass(&copy, now_ns, bytes));
}

bool weir_link_passes(const struct weir_link *link, int64_t now_ns) {
    const struct weir_link_conf *conf = &link->conf;
    return conf->trace || link_rate_at(conf->rate, conf->rates, now_ns) > 0;
}

int64_t weir_link_waiting_bytes(const struct weir_link *link, int64_t now_ns) {
    const struct weir_link_conf *conf = &link->conf;
    double wire;
    if (link->free_ns <= now_ns)
        return 0;
    if (conf->trace) {
        int64_t first = link_trace_first(conf->trace, now_ns + conf->trace_begin_ns);
        wire = (double)((link->next - first + 1) * WEIR_TRACE_PACKET - link->left_bytes) -
               (link->left_bytes == 0 ? WEIR_TRACE_PACKET : 0);
    } else if (link->free_ns == WEIR_FOREVER) {
        return INT64_MAX;
    } else {
        wire = link_rate_between(conf->rate, conf->rates, now_ns, link->free_ns);
    }
    return (int64_t)ceil(wire * (1 - conf->loss) - 1e-6);
}
