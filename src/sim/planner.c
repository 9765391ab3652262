/*
 * The planner: once a second it hears from the agents what they sent where and how long that
 * waited, and lets the strategy put tolls on settings. They reach every agent a little later.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/state.h"

static size_t cells(const struct sim_world *w) {
    return (size_t)w->conf->streams * (size_t)w->conf->settings;
}

int sim_planner_init(struct sim_world *w, struct weir_error *err) {
    const struct sim_conf *conf = w->conf;
    struct sim_planner *p = &w->planner;
    const size_t nodes = w->site->node_len;
    char reason[WEIR_REASON_MAX] = "no reason given";
    if (!conf->strategy->plan)
        return 0;
    p->flow = calloc(cells(w), sizeof *p->flow);
    p->bytes = calloc(cells(w), sizeof *p->bytes);
    p->toll_ns = calloc(cells(w), sizeof *p->toll_ns);
    p->next_toll_ns = calloc(cells(w), sizeof *p->next_toll_ns);
    p->slot_ns = calloc((size_t)conf->settings, sizeof *p->slot_ns);
    p->wait_ns = calloc(nodes, sizeof *p->wait_ns);
    p->waited = calloc(nodes, sizeof *p->waited);
    if (!p->flow || !p->bytes || !p->toll_ns || !p->next_toll_ns || !p->slot_ns || !p->wait_ns ||
        !p->waited)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int s = 0; s < conf->settings; s++)
        p->slot_ns[s] = sim_share_ns(w, s);
    for (int i = 0; i < conf->streams; i++)
        for (int s = 0; s < conf->settings; s++)
            p->bytes[i * conf->settings + s] = conf->setting[s].travel == WEIR_TRAVEL_NONE
                                                   ? 0
                                                   : conf->content->mean_bytes(conf->content, i, s);
    int answer = 0;
    if (conf->strategy->open)
        answer = conf->strategy->open(&w->view, -1, conf->options ? conf->options : "", &p->state,
                                      reason);
    sim_calls_opened(conf->calls, -1, answer);
    if (answer)
        return weir_fail(err, WEIR_EINVAL, "strategy %s: %.*s", conf->strategy->name,
                         WEIR_REASON_MAX, reason);
    return 0;
}

void sim_planner_done(struct sim_world *w) {
    struct sim_planner *p = &w->planner;
    if (p->state && w->conf->strategy->close)
        w->conf->strategy->close(p->state);
    free(p->flow);
    free(p->bytes);
    free(p->toll_ns);
    free(p->next_toll_ns);
    free(p->slot_ns);
    free(p->wait_ns);
    free(p->waited);
    *p = (struct sim_planner){0};
}

void sim_planner_sent(struct sim_world *w, int stream, int setting) {
    if (w->planner.flow)
        w->planner.flow[stream * w->conf->settings + setting]++;
}

void sim_planner_waited(struct sim_world *w, int node, int64_t wait_ns) {
    if (w->planner.flow) {
        w->planner.wait_ns[node] += wait_ns;
        w->planner.waited[node]++;
    }
}

void sim_planner_plan(struct sim_world *w) {
    struct sim_planner *p = &w->planner;
    const int64_t now = w->events.now_ns;
    const size_t nodes = w->site->node_len;
    if (!p->flow)
        return;
    for (size_t i = 0; i < cells(w); i++)
        p->flow[i] *= 1e9 / (double)(now - p->last_ns);
    for (size_t n = 0; n < nodes; n++)
        p->wait_ns[n] = p->waited[n] ? p->wait_ns[n] / p->waited[n] : -1;
    memset(p->next_toll_ns, 0, cells(w) * sizeof *p->next_toll_ns);
    const struct weir_plan_view view = {
        .site = &w->view,
        .now_ns = now,
        .flow = p->flow,
        .slot_ns = p->slot_ns,
        .bytes = p->bytes,
        .wait_ns = p->wait_ns,
    };
    w->conf->strategy->plan(p->state, &view, p->next_toll_ns);
    sim_calls_planned(w->conf->calls, &view, p->next_toll_ns);
    memset(p->flow, 0, cells(w) * sizeof *p->flow);
    memset(p->wait_ns, 0, nodes * sizeof *p->wait_ns);
    memset(p->waited, 0, nodes * sizeof *p->waited);
    p->last_ns = now;
    sim_add(w, now + SIM_PLAN_DELAY_NS, SIM_TOLLS, 0, 0);
    if (now < w->end_ns)
        sim_add(w, now + SIM_PLAN_NS, SIM_PLAN, 0, 0);
}

void sim_planner_tolls(struct sim_world *w) {
    struct sim_planner *p = &w->planner;
    memcpy(p->toll_ns, p->next_toll_ns, cells(w) * sizeof *p->toll_ns);
    p->any = true;
}

const int64_t *sim_planner_toll(const struct sim_world *w, int stream) {
    return w->planner.any ? w->planner.toll_ns + (size_t)stream * (size_t)w->conf->settings : NULL;
}
