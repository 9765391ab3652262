/*
 * Links are asked when something would arrive that nothing waits before: nothing is ever sent, so
 * that their queues stay empty. Their rates, traces and outages are the run's own.
 */
#include "sim/alone.h"

#include <math.h>
#include <stdlib.h>

enum { MOMENTS = 16 };

int sim_alone_init(struct sim_alone *alone, const struct sim_conf *conf, struct weir_error *err) {
    struct sim_alone a = {.world = {.conf = conf, .site = conf->site}};
    struct sim_world *w = &a.world;
    w->agent = calloc(conf->site->node_len, sizeof *w->agent);
    int rc = w->agent ? sim_wires_init(&w->wires, w->site, conf->seed, err)
                      : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int i = 0; !rc && i < conf->streams; i++)
        if (!w->agent[conf->stream[i].node].route)
            rc = sim_agent_init(w, conf->stream[i].node, err);
    if (rc)
        sim_alone_done(&a);
    else
        *alone = a;
    return rc;
}

void sim_alone_done(struct sim_alone *alone) {
    struct sim_world *w = &alone->world;
    for (size_t i = 0; w->agent && i < w->site->node_len; i++)
        sim_agent_done(w, (int)i);
    free(w->agent);
    sim_wires_done(&w->wires);
    *alone = (struct sim_alone){0};
}

static bool travels(const struct weir_setting *s) {
    return s->travel != WEIR_TRAVEL_NONE;
}

bool sim_alone_reaches(const struct sim_alone *alone, int stream, int setting) {
    const struct sim_world *w = &alone->world;
    const struct weir_setting *s = &w->conf->setting[setting];
    const int here = w->conf->stream[stream].node;
    return travels(s) == (s->node != here) && w->agent[here].route[s->node].link &&
           weir_site_serves(&w->site->node[s->node], w->conf->model[s->model]);
}

/* When bytes that set out at at_ns are there. */
static int64_t carry(const struct sim_world *w, const int *link, const int *way, int len,
                     int64_t at_ns, int64_t bytes) {
    for (int i = 0; i < len && at_ns != WEIR_FOREVER; i++) {
        const struct weir_link *l = &w->wires.link[link[i]][way[i]];
        if (l->conf.queue_bytes > 0 && bytes > l->conf.queue_bytes)
            return WEIR_FOREVER;
        at_ns = weir_link_foresee(l, at_ns, bytes);
    }
    return at_ns;
}

static bool down(const struct weir_site *site, int node, int64_t at_ns) {
    for (size_t i = 0; i < site->event_len; i++) {
        const struct weir_site_event *e = &site->event[i];
        if (e->node == node && at_ns >= llround(e->at_s * 1e9) &&
            at_ns < llround((e->at_s + e->down_s) * 1e9))
            return true;
    }
    return false;
}

int64_t sim_alone_ns(const struct sim_alone *alone, int stream, int setting, int64_t due_ns,
                     int64_t bytes) {
    const struct sim_world *w = &alone->world;
    const struct weir_setting *s = &w->conf->setting[setting];
    const struct sim_cost *cost = &w->conf->cost[setting];
    const int here = w->conf->stream[stream].node;
    const struct sim_route *route = &w->agent[here].route[s->node];
    const double slowdown = w->site->node[here].slowdown,
                 stages = (double)(cost->reduce_ns + (travels(s) ? cost->encode_ns : 0));
    int64_t at = due_ns + (int64_t)(stages * (slowdown > 0 ? slowdown : 1));
    at = carry(w, route->link, route->way, route->len, at, bytes);
    if (at == WEIR_FOREVER || down(w->site, s->node, at))
        return WEIR_FOREVER;
    at = carry(w, route->back_link, route->back_way, route->back_len, at + sim_slot_ns(w, setting),
               SIM_REPLY_BYTES);
    return at == WEIR_FOREVER ? at : at - due_ns;
}

double sim_alone_ms(const struct sim_alone *alone, int stream, int setting) {
    const struct sim_conf *conf = alone->world.conf;
    double sum = 0;
    int arrived = 0;
    if (!sim_alone_reaches(alone, stream, setting))
        return NAN;
    int64_t bytes = travels(&conf->setting[setting])
                        ? conf->content->mean_bytes(conf->content, stream, setting)
                        : 0;
    for (int i = 0; i < MOMENTS; i++) {
        int64_t ns = sim_alone_ns(alone, stream, setting,
                                  llround((i + 0.5) / MOMENTS * conf->seconds * 1e9), bytes);
        sum += ns == WEIR_FOREVER ? 0 : (double)ns / 1e6;
        arrived += ns != WEIR_FOREVER;
    }
    return arrived ? sum / arrived : NAN;
}
