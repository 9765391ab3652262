#include "sim/promise.h"

#include <math.h>
#include <stdlib.h>

#include "sim/state.h"

/* Sum of what bytes take over the links from one node to another, ms; infinite: no way. */
static int way_ms(const struct sim_conf *conf, const struct sim_wires *wires, int from, int to,
                  double bytes, int *scratch, double *ret) {
    size_t len;
    int at = from, rc = weir_site_route(conf->site, from, to, scratch, conf->site->node_len, &len);
    *ret = rc ? INFINITY : 0;
    if (rc)
        return rc == WEIR_ENOENT ? 0 : rc;
    for (size_t i = 0; i < len; i++) {
        const struct weir_site_link *link = &conf->site->link[scratch[i]];
        const int way = link->from == at ? WEIR_SITE_FORWARD : WEIR_SITE_BACK;
        *ret += bytes * 8e-3 / sim_wires_mbit_per_s(wires, conf->site, scratch[i], way) +
                link->rtt_ms / 2;
        at = way == WEIR_SITE_FORWARD ? link->to : link->from;
    }
    return 0;
}

/* What a frame takes where nobody else is; infinite: the stream cannot have that setting. */
static int alone_ms(const struct sim_conf *conf, const struct sim_wires *wires, int stream,
                    int setting, int *scratch, double *ret) {
    const struct weir_setting *s = &conf->setting[setting];
    const struct sim_cost *cost = &conf->cost[setting];
    const int here = conf->stream[stream].node;
    const bool stays = s->travel == WEIR_TRAVEL_NONE;
    const struct weir_site_node *source = &conf->site->node[here],
                                *node = &conf->site->node[s->node];
    double there = 0, back = 0, slower = source->slowdown > 0 ? source->slowdown : 1;
    *ret = INFINITY;
    if (stays != (s->node == here) || !weir_site_serves(node, conf->model[s->model]))
        return 0;
    double bytes = stays ? 0 : (double)conf->content->mean_bytes(conf->content, stream, setting);
    int rc = way_ms(conf, wires, here, s->node, bytes, scratch, &there);
    if (!rc)
        rc = way_ms(conf, wires, s->node, here, SIM_REPLY_BYTES, scratch, &back);
    double slot = node->slowdown > 0
                      ? (double)(cost->decode_ns + cost->infer_ns) / 1e6 * node->slowdown
                      : node->fixed_ms + node->each_ms;
    if (!rc)
        *ret = (double)(cost->reduce_ns + (stays ? 0 : cost->encode_ns)) / 1e6 * slower + there +
               slot + back;
    return rc;
}

static int look(const struct sim_conf *conf, const struct sim_wires *wires, int stream,
                const double *truth, int *scratch, struct sim_promise *p) {
    const struct sim_stream_conf *s = &conf->stream[stream];
    double best = -1, least_ms = INFINITY;
    int best_setting = -1, fastest = -1;
    bool nothing_to_see = false;
    for (int i = 0; i < conf->settings; i++) {
        double ms, f = truth[stream * conf->settings + i];
        int rc = alone_ms(conf, wires, stream, i, scratch, &ms);
        if (rc)
            return rc;
        if (isinf(ms))
            continue;
        nothing_to_see = nothing_to_see || isnan(f);
        if (f > best) {
            best = f;
            best_setting = i;
        }
        if (sim_promise_meets(f, s->min_accuracy) && ms < least_ms) {
            least_ms = ms;
            fastest = i;
        }
    }
    if (best_setting >= 0 && !(best >= p->floor)) {
        p->floor = best;
        p->floor_stream = stream;
        p->floor_setting = best_setting;
    }
    p->floor_kept =
        p->floor_kept &&
        (nothing_to_see || (best_setting >= 0 && sim_promise_meets(best, s->min_accuracy)));
    if (p->deadline_stream < 0 || least_ms > p->deadline_ms) {
        p->deadline_ms = least_ms;
        p->deadline_stream = stream;
        p->deadline_setting = fastest;
    }
    p->deadline_kept = p->deadline_kept && least_ms * 1e6 <= (double)s->deadline_ns;
    return 0;
}

int sim_promise_look(const struct sim_conf *conf, const double *truth, struct sim_promise *ret,
                     struct weir_error *err) {
    struct sim_promise p = {.floor_kept = true,
                            .deadline_kept = true,
                            .floor = NAN,
                            .floor_stream = -1,
                            .floor_setting = -1,
                            .deadline_stream = -1,
                            .deadline_setting = -1};
    struct sim_wires wires = {0};
    int *scratch = calloc(conf->site->node_len, sizeof *scratch);
    int rc = scratch ? sim_wires_init(&wires, conf->site, conf->seed, err)
                     : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int i = 0; !rc && i < conf->streams; i++)
        if ((rc = look(conf, &wires, i, truth, scratch, &p)))
            weir_fail(err, rc, "out of memory");
    sim_wires_done(&wires);
    free(scratch);
    if (!rc)
        *ret = p;
    return rc;
}
