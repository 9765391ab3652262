/*
 * The planner in virtual time: at the node that all agents reach soonest. What they tell it and
 * what it answers passes no link that is down, and arrives a little later.
 */
#include <math.h>
#include <stdlib.h>

#include "sim/state.h"

#define CLOCK_ERROR 0.25 /* of a round trip, at most; half of it is what could not be told */
enum { PURPOSE_CLOCK = 5 };

/* Where all cameras' nodes come through soonest, together. */
static int find_node(const struct sim_world *w) {
    int64_t least = INT64_MAX;
    int best = 0;
    for (size_t n = 0; n < w->site->node_len; n++) {
        int64_t sum = 0;
        for (int i = 0; i < w->conf->streams && sum < least; i++) {
            const struct sim_route *route = &w->agent[w->conf->stream[i].node].route[n];
            sum = route->link ? sum + route->rtt_ns : INT64_MAX;
        }
        if (sum < least) {
            least = sum;
            best = (int)n;
        }
    }
    return best;
}

/* Does what an agent tells the planner come there, and the answer back? Such messages are short:
 * they wait in no queue, but pass no link that is down. */
static bool in_touch(const struct sim_world *w, int stream) {
    const struct sim_route *route = &w->agent[w->conf->stream[stream].node].route[w->planner.node];
    const int64_t now = w->events.now_ns;
    bool open = route->link && w->node[w->planner.node].server.up;
    for (int k = 0; open && k < route->len; k++)
        open = weir_link_passes(&w->wires.link[route->link[k]][route->way[k]], now);
    for (int k = 0; open && k < route->back_len; k++)
        open = weir_link_passes(&w->wires.link[route->back_link[k]][route->back_way[k]], now);
    return open;
}

/* How far the planner is off in what it takes an agent's clock to say: it knows it by round trips,
 * which are not the same there and back. */
static int64_t clock_error_ns(const struct sim_world *w, int stream) {
    const int node = w->conf->stream[stream].node;
    struct weir_random random = weir_random_of(w->conf->seed, PURPOSE_CLOCK, (uint64_t)node);
    return llround((2 * weir_random_unit(&random) - 1) * CLOCK_ERROR *
                   (double)w->agent[node].route[w->planner.node].rtt_ns);
}

int sim_planner_init(struct sim_world *w, struct weir_error *err) {
    const struct sim_conf *conf = w->conf;
    struct sim_planner *p = &w->planner;
    if (!conf->strategy->plan)
        return 0;
    p->slot_ns = calloc((size_t)conf->settings, sizeof *p->slot_ns);
    if (!p->slot_ns)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int s = 0; s < conf->settings; s++)
        p->slot_ns[s] = sim_share_ns(w, s);
    p->node = find_node(w);
    return weir_planner_new(&(struct weir_planner_conf){.site = &w->view,
                                                        .slot_ns = p->slot_ns,
                                                        .strategy = conf->strategy,
                                                        .options = conf->options,
                                                        .watch = &w->watch.base},
                            &p->planner, err);
}

void sim_planner_done(struct sim_world *w) {
    weir_planner_free(w->planner.planner);
    free(w->planner.slot_ns);
    w->planner = (struct sim_planner){0};
}

void sim_planner_plan(struct sim_world *w) {
    struct weir_planner *planner = w->planner.planner;
    const int64_t now = w->events.now_ns;
    if (!planner)
        return;
    for (int i = 0; i < w->conf->streams; i++) {
        struct weir_agent_report report;
        weir_agent_report(w->agent[w->conf->stream[i].node].agent, i, now, &report);
        if (!in_touch(w, i))
            report.rhythm.due_ns = -1;
        else if (report.rhythm.due_ns >= 0)
            report.rhythm.due_ns += clock_error_ns(w, i);
        weir_planner_hear(planner, i, now, &report);
    }
    for (size_t n = 0; n < w->site->node_len; n++)
        for (size_t i = 0; i < w->site->node_len; i++) {
            int64_t sum_ns, count;
            if (!w->agent[i].agent)
                continue;
            weir_agent_report_waits(w->agent[i].agent, (int)n, &sum_ns, &count);
            weir_planner_hear_waits(planner, (int)n, sum_ns, count);
        }
    weir_planner_plan(planner, now);
    sim_add(w, now + SIM_PLAN_DELAY_NS, SIM_TOLLS, 0, 0);
    if (now < w->end_ns)
        sim_add(w, now + SIM_PLAN_NS, SIM_PLAN, 0, 0);
}

/* Who cannot be reached goes on with the plan before. */
void sim_planner_arrive(struct sim_world *w) {
    const struct weir_planner *planner = w->planner.planner;
    for (int i = 0; i < w->conf->streams; i++)
        if (in_touch(w, i))
            weir_agent_planned(w->agent[w->conf->stream[i].node].agent, i,
                               weir_planner_toll(planner, i), weir_planner_preferred(planner, i));
}
