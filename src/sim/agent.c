/*
 * An agent: beside the cameras of one node, it senses what lies around it, turns every
 * setting into an offer, lets the strategy choose, and learns from what comes back.
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
    agent->sense = calloc(nodes, sizeof *agent->sense);
    agent->route = calloc(nodes, sizeof *agent->route);
    agent->audit_ns = calloc(nodes, sizeof *agent->audit_ns);
    int rc = scratch && agent->sense && agent->route && agent->audit_ns ? 0 : WEIR_ENOMEM;
    for (size_t i = 0; !rc && i < nodes; i++) {
        rc = make_route(w, node, (int)i, scratch, &agent->route[i]);
        weir_sense_init(&agent->sense[i], w->site->node[i].slots, (int)i == node,
                        agent->route[i].rtt_ns, agent->route[i].mbit_per_s);
    }
    free(scratch);
    return rc ? weir_fail(err, rc, "out of memory") : 0;
}

int sim_agent_open(struct sim_world *w, int node, struct weir_error *err) {
    struct sim_agent *agent = &w->agent[node];
    char reason[WEIR_REASON_MAX] = "no reason given";
    int answer = 0;
    if (w->conf->strategy->open)
        answer = w->conf->strategy->open(&w->view, node, w->conf->options ? w->conf->options : "",
                                         &agent->state, reason);
    sim_calls_opened(w->conf->calls, node, answer);
    if (answer)
        return weir_fail(err, WEIR_EINVAL, "strategy %s: %.*s", w->conf->strategy->name,
                         WEIR_REASON_MAX, reason);
    return 0;
}

void sim_agent_done(struct sim_world *w, int node) {
    struct sim_agent *agent = &w->agent[node];
    if (agent->state && w->conf->strategy->close)
        w->conf->strategy->close(agent->state);
    for (size_t i = 0; agent->route && i < w->site->node_len; i++)
        drop_route(&agent->route[i]);
    free(agent->route);
    free(agent->sense);
    free(agent->audit_ns);
    *agent = (struct sim_agent){0};
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

/* What this agent has in flight on each link, wherever it goes. */
static void count_flying(struct sim_world *w, const struct sim_agent *agent) {
    memset(w->flying_bytes, 0, (w->site->link_len + 1) * sizeof *w->flying_bytes);
    for (size_t n = 0; n < w->site->node_len; n++) {
        const struct sim_route *route = &agent->route[n];
        const struct weir_sense *sense = &agent->sense[n];
        for (int i = 0; i < route->len && weir_sense_reachable(sense, w->events.now_ns); i++)
            w->flying_bytes[route->link[i]][route->way[i]] += sense->flying_bytes;
    }
}

/* How long that keeps the links to a node busy: the one that it keeps busy longest. */
static int64_t ahead_ns(const struct sim_world *w, const struct sim_route *route) {
    double most = 0;
    for (int i = 0; i < route->len; i++) {
        const int link = route->link[i], way = route->way[i];
        most = fmax(most,
                    (double)w->flying_bytes[link][way] * 8000 / w->link_view[link].mbit_per_s[way]);
    }
    return llround(most);
}

bool sim_agent_offer(const struct sim_world *w, int stream, int64_t frame, int setting,
                     struct weir_offer *ret) {
    const struct sim_conf *conf = w->conf;
    const int here = conf->stream[stream].node;
    const struct weir_setting *s = &conf->setting[setting];
    const struct sim_agent *agent = &w->agent[here];
    const struct weir_sense *sense = &agent->sense[s->node];
    const bool stays = s->travel == WEIR_TRAVEL_NONE;
    const int64_t now = w->events.now_ns;
    if (stays != (s->node == here) || !agent->route[s->node].link ||
        !weir_site_serves(&w->site->node[s->node], conf->model[s->model]) ||
        !weir_sense_reachable(sense, now))
        return false;
    const double slowdown = w->site->node[here].slowdown > 0 ? w->site->node[here].slowdown : 1;
    const struct sim_cost *cost = &conf->cost[setting];
    struct weir_offer offer = {.setting = setting};
    offer.bytes = stays ? 0 : conf->content->mean_bytes(conf->content, stream, setting);
    struct weir_guess network = weir_sense_network(sense, now, offer.bytes),
                      queue = weir_sense_queue(sense, now),
                      service = weir_sense_service(sense, sim_slot_ns(w, setting));
    offer.source_ns = llround((double)(cost->reduce_ns + (stays ? 0 : cost->encode_ns)) * slowdown);
    offer.network_ns = network.mean_ns;
    offer.queue_ns = queue.mean_ns;
    offer.service_ns = service.mean_ns;
    offer.mean_ns = offer.source_ns + network.mean_ns + queue.mean_ns + service.mean_ns;
    offer.high_ns =
        offer.mean_ns + llround(sqrt(pow((double)(network.high_ns - network.mean_ns), 2) +
                                     pow((double)(queue.high_ns - queue.mean_ns), 2) +
                                     pow((double)(service.high_ns - service.mean_ns), 2)));
    if (sim_journey_begins_anew(w, stream, setting) && conf->content->key_bytes) {
        const int64_t key = conf->content->key_bytes(conf->content, stream, frame, setting);
        offer.switch_bytes = key > offer.bytes ? key - offer.bytes : 0;
        const int64_t least = offer.mean_ns + llround(sense->pace * (double)offer.switch_bytes) -
                              sim_period_ns(&conf->stream[stream]);
        offer.high_ns = offer.high_ns > least ? offer.high_ns : least;
    }
    conf->content->accuracy(conf->content, stream, frame, setting, &offer.accuracy, &offer.margin);
    *ret = offer;
    return true;
}

/* In place of an answer that makes no sense: the fastest that meets the floor. */
static int fallback(const struct sim_world *w, const struct weir_frame_view *view) {
    int best = WEIR_DROP;
    for (int i = 0; i < view->offers; i++)
        if (w->offer[i].accuracy - w->offer[i].margin >= view->min_accuracy &&
            (best < 0 || w->offer[i].mean_ns < w->offer[best].mean_ns))
            best = i;
    return best;
}

static void watched(const struct sim_world *w, const struct weir_frame_view *view, int choice) {
    struct sim_observer *observer = w->conf->observer;
    if (observer && observer->chose)
        observer->chose(observer, view, choice);
}

void sim_agent_choose(struct sim_world *w, int stream, int64_t frame) {
    const struct sim_conf *conf = w->conf;
    const struct sim_stream_conf *s = &conf->stream[stream];
    struct sim_agent *agent = &w->agent[s->node];
    const int64_t due = sim_frame_of(w, stream, frame)->due_ns;
    struct weir_frame_view view = {
        .site = &w->view,
        .stream = stream,
        .frame = frame / sim_skip(s),
        .now_ns = w->events.now_ns,
        .capture_ns = due,
        .deadline_ns = due + s->deadline_ns,
        .min_accuracy = s->min_accuracy,
        .offer = w->offer,
        .toll_ns = sim_planner_toll(w, stream),
        .preferred = sim_planner_preferred(w, stream),
    };
    count_flying(w, agent);
    for (int i = 0; i < conf->settings; i++) {
        struct weir_offer *offer = &w->offer[view.offers];
        if (!sim_agent_offer(w, stream, frame, i, offer))
            continue;
        offer->ahead_ns = ahead_ns(w, &agent->route[conf->setting[i].node]);
        view.offers++;
    }
    if (!view.offers) {
        watched(w, &view, WEIR_DROP);
        sim_lane_dropped(w, stream, frame, WEIR_OUTCOME_UNREACHABLE);
        return;
    }
    int choice = conf->strategy->choose(agent->state, &view);
    sim_calls_chosen(conf->calls, s->node, &view, choice);
    if (choice != WEIR_DROP && (choice < 0 || choice >= view.offers)) {
        w->result->refused++;
        choice = fallback(w, &view);
    }
    watched(w, &view, choice);
    const bool audits =
        conf->content->audits && conf->content->audits(conf->content, stream, frame);
    if (choice == WEIR_DROP) {
        sim_lane_dropped(w, stream, frame, WEIR_OUTCOME_OVERLOAD);
        if (audits) /* what would do may be found out even so */
            sim_audit_frame(w, stream, frame, -1);
        return;
    }
    const struct weir_offer *offer = &w->offer[choice];
    sim_frame_of(w, stream, frame)->below_floor =
        !conf->strategy->ignores_accuracy && offer->accuracy - offer->margin < s->min_accuracy;
    struct weir_sense *sense = &agent->sense[conf->setting[offer->setting].node];
    weir_sense_sent(sense, w->events.now_ns + offer->source_ns, sim_share_ns(w, offer->setting),
                    w->events.now_ns + offer->high_ns +
                        llround(sense->pace * (double)offer->switch_bytes),
                    offer->bytes + offer->switch_bytes);
    sim_planner_sent(w, stream, offer->setting);
    sim_journey_begin(w, stream, frame, offer);
    if (audits)
        sim_audit_frame(w, stream, frame, offer->setting);
}

void sim_agent_told(struct sim_world *w, const struct sim_job *job) {
    if (job->audit) {
        sim_audit_told(w, job);
        return;
    }
    const struct sim_stream_conf *s = &w->conf->stream[job->stream];
    const int node = w->conf->setting[job->setting].node;
    struct sim_agent *agent = &w->agent[s->node];
    struct weir_sense *sense = &agent->sense[node];
    const struct sim_frame *f = sim_frame_of(w, job->stream, job->frame);
    const int64_t now = w->events.now_ns, share = sim_share_ns(w, job->setting);
    if (job->answered && !job->dropped) {
        sim_planner_waited(w, node, job->queue_ns);
        if (w->conf->content->seen)
            w->conf->content->seen(w->conf->content, job->stream, job->frame, job->setting, now);
    }
    if (job->answered)
        weir_sense_reply(sense, &(struct weir_reply){
                                    .sent_ns = job->sent_ns,
                                    .now_ns = now,
                                    .bytes = job->bytes,
                                    .queue_ns = job->queue_ns,
                                    .service_ns = job->service_ns,
                                    .foreseen_queue_ns = job->foreseen_queue_ns,
                                    .profile_ns = job->dropped ? 0 : job->profile_ns,
                                    .wait_ns = job->wait_ns,
                                    .slot_ns = share,
                                });
    else if (job->back && job->why == WEIR_OUTCOME_LATE)
        weir_sense_refused(sense, job->sent_ns, share, job->deadline_ns - job->sent_ns, job->bytes);
    else
        weir_sense_lost(sense, job->sent_ns, share);
    if (!w->conf->strategy->result)
        return;
    const struct weir_result_view view = {
        .stream = job->stream,
        .frame = job->frame / sim_skip(s),
        .now_ns = now,
        .setting = job->setting,
        .delivered = !job->dropped &&
                     (f->outcome == WEIR_OUTCOME_NONE || weir_outcome_is_result(f->outcome)),
        .latency_ns = now - f->due_ns,
        .predicted_ns = f->predicted_ns,
    };
    sim_calls_told(w->conf->calls, s->node, &view);
    w->conf->strategy->result(agent->state, &view);
}
