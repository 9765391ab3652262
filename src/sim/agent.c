/*
 * An agent in virtual time: its ways are the site's, its costs the profile's, what it believes is
 * asked of the content; what it decides begins a journey, and what becomes of that it is told.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/state.h"

/* The links of one direction. len -1: there is no way. */
static int find_way(const struct sim_world *w, int from, int to, int *scratch, int **ret_link,
                    int **ret_way, int *ret_len, int64_t *rtt_ns) {
    const struct weir_site *site = w->site;
    size_t len;
    int rc = weir_site_route(site, from, to, scratch, site->node_len, &len), at = from;
    if (rc == WEIR_ENOENT) {
        *ret_len = -1;
        return 0;
    }
    if (rc)
        return rc;
    *ret_link = calloc(len + 1, sizeof **ret_link);
    *ret_way = calloc(len + 1, sizeof **ret_way);
    if (!*ret_link || !*ret_way)
        return WEIR_ENOMEM;
    for (size_t i = 0; i < len; i++) {
        const struct weir_site_link *link = &site->link[scratch[i]];
        (*ret_link)[i] = scratch[i];
        (*ret_way)[i] = link->from == at ? WEIR_SITE_FORWARD : WEIR_SITE_BACK;
        *rtt_ns += llround(link->rtt_ms / 2 * 1e6);
        at = link->from == at ? link->to : link->from;
    }
    *ret_len = (int)len;
    return 0;
}

static void drop_route(struct sim_route *route) {
    free(route->link);
    free(route->way);
    free(route->back_link);
    free(route->back_way);
    *route = (struct sim_route){0};
}

/* There and back; on error what was found stays for sim_agent_done. */
static int make_route(struct sim_world *w, int from, int to, int *scratch,
                      struct sim_route *route) {
    *route = (struct sim_route){.mbit_per_s = INFINITY};
    int rc = find_way(w, from, to, scratch, &route->link, &route->way, &route->len, &route->rtt_ns);
    if (!rc)
        rc = find_way(w, to, from, scratch, &route->back_link, &route->back_way, &route->back_len,
                      &route->rtt_ns);
    if (!rc && (route->len < 0 || route->back_len < 0))
        drop_route(route);
    for (int i = 0; !rc && i < route->len; i++)
        route->mbit_per_s =
            fmin(route->mbit_per_s,
                 sim_wires_mbit_per_s(&w->wires, w->site, route->link[i], route->way[i]));
    return rc;
}

int sim_agent_init(struct sim_world *w, int node, struct weir_error *err) {
    const size_t nodes = w->site->node_len;
    struct sim_agent *agent = &w->agent[node];
    int *scratch = calloc(nodes, sizeof *scratch);
    agent->route = calloc(nodes, sizeof *agent->route);
    int rc = scratch && agent->route ? 0 : WEIR_ENOMEM;
    for (size_t i = 0; !rc && i < nodes; i++)
        rc = make_route(w, node, (int)i, scratch, &agent->route[i]);
    free(scratch);
    return rc ? weir_fail(err, rc, "out of memory") : 0;
}

int64_t sim_slot_ns(const struct sim_world *w, int setting) {
    const struct weir_site_node *node = &w->site->node[w->conf->setting[setting].node];
    const struct sim_cost *cost = &w->conf->cost[setting];
    if (node->slowdown == 0)
        return llround((node->fixed_ms + node->each_ms) * 1e6);
    return llround((double)(cost->decode_ns + cost->infer_ns) * node->slowdown);
}

int64_t sim_share_ns(const struct sim_world *w, int setting) {
    const struct weir_site_node *node = &w->site->node[w->conf->setting[setting].node];
    const int batch = node->batch < WEIR_BATCH_MAX ? node->batch : WEIR_BATCH_MAX;
    if (node->slowdown == 0)
        return llround((node->fixed_ms / batch + node->each_ms) * 1e6);
    return sim_slot_ns(w, setting);
}

/* Of analysing a picture that is at a node, too, at a setting's model and size. */
static int64_t compare_ns(const struct sim_world *w, const struct weir_site_node *node,
                          int setting) {
    if (node->slowdown == 0)
        return llround((node->fixed_ms + node->each_ms) * 1e6);
    return llround((double)w->conf->cost[setting].infer_ns * node->slowdown);
}

static struct weir_agent_cost cost_of(const struct sim_world *w, int node, int setting) {
    const struct sim_cost *cost = &w->conf->cost[setting];
    const double slowdown = w->site->node[node].slowdown > 0 ? w->site->node[node].slowdown : 1;
    const bool stays = w->conf->setting[setting].travel == WEIR_TRAVEL_NONE;
    return (struct weir_agent_cost){
        .source_ns = llround((double)(cost->reduce_ns + (stays ? 0 : cost->encode_ns)) * slowdown),
        .slot_ns = sim_slot_ns(w, setting),
        .share_ns = sim_share_ns(w, setting),
    };
}

static bool uses(const struct sim_route *route, int link, int way) {
    for (int i = 0; i < route->len; i++)
        if (route->link[i] == link && route->way[i] == way)
            return true;
    return false;
}

/* How many agents share the way to a node, where most do, and its slots. */
static void sharers(const struct sim_world *w, int node, const struct sim_route *route,
                    struct weir_agent_there *ret) {
    ret->way_sharers = ret->slot_sharers = 1;
    for (int i = -1; i < route->len; i++) {
        int agents = 0;
        for (size_t n = 0; n < w->site->node_len; n++)
            if (w->agent[n].route)
                agents += i < 0 ? w->agent[n].route[node].link != NULL
                                : uses(&w->agent[n].route[node], route->link[i], route->way[i]);
        int *most = i < 0 ? &ret->slot_sharers : &ret->way_sharers;
        *most = agents > *most ? agents : *most;
    }
}

int sim_agent_open(struct sim_world *w, int node, struct weir_error *err) {
    const struct sim_conf *conf = w->conf;
    const size_t nodes = w->site->node_len, models = (size_t)conf->models,
                 settings = (size_t)sim_settings(conf);
    struct sim_agent *agent = &w->agent[node];
    struct weir_agent_there *there = calloc(nodes, sizeof *there);
    agent->cost = calloc(settings, sizeof *agent->cost);
    agent->serves = calloc(nodes * models + 1, sizeof *agent->serves);
    agent->compare_ns = calloc(nodes * settings, sizeof *agent->compare_ns);
    if (!there || !agent->cost || !agent->serves || !agent->compare_ns) {
        free(there);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    for (size_t k = 0; k < settings; k++)
        agent->cost[k] = cost_of(w, node, (int)k);
    for (size_t i = 0; i < nodes; i++) {
        const struct sim_route *route = &agent->route[i];
        for (size_t m = 0; m < models; m++)
            agent->serves[i * models + m] = weir_site_serves(&w->site->node[i], conf->model[m]);
        for (size_t k = 0; k < settings; k++)
            agent->compare_ns[i * settings + k] = compare_ns(w, &w->site->node[i], (int)k);
        there[i] = (struct weir_agent_there){
            .reachable = route->link != NULL,
            .rtt_ns = route->rtt_ns,
            .mbit_per_s = route->mbit_per_s,
            .serves = agent->serves + i * models,
            .compare_ns = agent->compare_ns + i * settings,
        };
        sharers(w, (int)i, route, &there[i]);
    }
    int rc = weir_agent_new(&(struct weir_agent_conf){.site = &w->view,
                                                      .node = node,
                                                      .audit_settings = conf->audit_settings,
                                                      .cost = agent->cost,
                                                      .there = there,
                                                      .audit_width = w->audit_width,
                                                      .beliefs = &w->beliefs.base,
                                                      .strategy = conf->strategy,
                                                      .options = conf->options,
                                                      .watch = &w->watch.base},
                            &agent->agent, err);
    free(there);
    return rc;
}

void sim_agent_done(struct sim_world *w, int node) {
    struct sim_agent *agent = &w->agent[node];
    weir_agent_free(agent->agent);
    for (size_t i = 0; agent->route && i < w->site->node_len; i++)
        drop_route(&agent->route[i]);
    free(agent->route);
    free(agent->cost);
    free(agent->serves);
    free(agent->compare_ns);
    *agent = (struct sim_agent){0};
}

void sim_agent_choose(struct sim_world *w, int stream, int64_t frame) {
    const struct sim_stream_conf *s = &w->conf->stream[stream];
    struct weir_agent *agent = w->agent[s->node].agent;
    struct sim_frame *f = sim_frame_of(w, stream, frame);
    const int64_t now = w->events.now_ns, counted = frame / sim_skip(s);
    struct weir_decision decision;
    weir_agent_choose(agent, stream, counted, f->due_ns, now, &decision);
    w->result->refused += decision.refused;
    switch (decision.choice) {
    case WEIR_CHOICE_NOWHERE:
        sim_lane_dropped(w, stream, frame, WEIR_OUTCOME_UNREACHABLE);
        break;
    case WEIR_CHOICE_SHED: /* what would do may be found out even so */
        sim_lane_dropped(w, stream, frame, WEIR_OUTCOME_OVERLOAD);
        sim_audit_frame(w, stream, frame, -1);
        break;
    case WEIR_CHOICE_SEND:
        f->below_floor = decision.below_floor;
        sim_journey_begin(w, stream, frame, &decision.offer,
                          weir_agent_sent(agent, stream, counted, now, &decision));
        sim_audit_frame(w, stream, frame, decision.offer.setting);
        break;
    }
}

static enum weir_answer_kind kind_of(const struct sim_job *job) {
    if (job->answered)
        return job->dropped ? WEIR_DROPPED_THERE : WEIR_ANSWERED;
    return job->back && job->why == WEIR_OUTCOME_LATE ? WEIR_TURNED_BACK : WEIR_LOST;
}

void sim_agent_told(struct sim_world *w, const struct sim_job *job) {
    if (job->audit) {
        sim_audit_told(w, job);
        return;
    }
    const struct sim_stream_conf *s = &w->conf->stream[job->stream];
    const struct sim_frame *f = sim_frame_of(w, job->stream, job->frame);
    const int64_t now = w->events.now_ns;
    const struct weir_answer answer = {
        .kind = kind_of(job),
        .stream = job->stream,
        .setting = job->setting,
        .frame = job->frame / sim_skip(s),
        .now_ns = now,
        .sent_ns = job->announced_ns,
        .bytes = job->bytes,
        .budget_ns = job->deadline_ns - job->sent_ns,
        .queue_ns = job->queue_ns,
        .service_ns = job->service_ns,
        .wait_ns = job->wait_ns,
        .foreseen_queue_ns = job->foreseen_queue_ns,
        .delivered = !job->dropped &&
                     (f->outcome == WEIR_OUTCOME_NONE || weir_outcome_is_result(f->outcome)),
        .latency_ns = now - f->due_ns,
        .predicted_ns = f->predicted_ns,
    };
    if (answer.kind == WEIR_ANSWERED && w->conf->content->seen)
        w->conf->content->seen(w->conf->content, job->stream, job->frame, job->setting, now);
    weir_agent_told(w->agent[s->node].agent, &answer);
}
