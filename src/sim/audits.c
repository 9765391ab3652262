/*
 * Audits: now and then the auditor (the reference's model, on a larger picture if there is one)
 * looks at a frame, too, and at the same picture what else might do. Where that takes the least,
 * within a budget of ways and slots; what comes of it is told to the content once it is known what
 * the viewer had.
 */
#include <math.h>
#include <string.h>

#include "sim/state.h"

/* ---- what they take -------------------------------------------------------- */

int64_t sim_compare_ns(const struct sim_world *w, int node, int setting) {
    const struct weir_site_node *n = &w->site->node[node];
    if (n->slowdown == 0)
        return llround((n->fixed_ms + n->each_ms) * 1e6);
    return llround((double)w->conf->cost[setting].infer_ns * n->slowdown);
}

/* What it adds to the work of its node. */
static int64_t job_share_ns(const struct sim_world *w, const struct sim_job *job) {
    int64_t sum = job->is_done ? 0 : sim_share_ns(w, job->setting);
    for (int i = 0; i < job->compares; i++)
        sum += sim_compare_ns(w, w->conf->setting[job->setting].node, job->compared[i]);
    return sum;
}

/* How long the way to its node, or all slots there together, would be busy with it: whichever is
 * longer. */
static double spends_ns(const struct weir_sense *sense, int64_t bytes, int64_t slot_ns) {
    return fmax(sense->pace * (double)bytes, (double)slot_ns / sense->slots);
}

/* Where the auditor takes the least of what there is, of those with the best picture; false: it is
 * nowhere to be had now. */
static bool find_audit(const struct sim_world *w, int stream, int64_t frame,
                       struct weir_offer *ret) {
    const struct weir_setting *all = w->conf->setting;
    const struct sim_agent *agent = &w->agent[w->conf->stream[stream].node];
    double least_ns = INFINITY;
    struct weir_offer offer;
    int quality = 0; /* of JPEG */
    for (int i = 0; i < sim_settings(w->conf); i++)
        if (sim_audits_as(w->conf, stream, i) && all[i].travel == WEIR_TRAVEL_JPEG &&
            all[i].quality > quality && sim_agent_offer(w, stream, frame, i, &offer))
            quality = all[i].quality;
    for (int i = 0; i < sim_settings(w->conf); i++) {
        if (!sim_audits_as(w->conf, stream, i) ||
            (all[i].travel != WEIR_TRAVEL_NONE && all[i].quality != quality) ||
            !sim_agent_offer(w, stream, frame, i, &offer))
            continue;
        const double ns = spends_ns(&agent->sense[all[i].node], offer.bytes, offer.service_ns);
        if (ns < least_ns) {
            least_ns = ns;
            *ret = offer;
        }
    }
    return isfinite(least_ns);
}

/* Of settings those that a node can analyse a picture in; how many. */
static int that_it_serves(const struct sim_world *w, int node, int *setting, int len) {
    int kept = 0;
    for (int i = 0; i < len; i++)
        if (weir_site_serves(&w->site->node[node],
                             w->conf->model[w->conf->setting[setting[i]].model]))
            setting[kept++] = setting[i];
    return kept;
}

static bool uses(const struct sim_route *route, int link, int way) {
    for (int i = 0; i < route->len; i++)
        if (route->link[i] == link && route->way[i] == way)
            return true;
    return false;
}

/* How many agents share the way to a node, where most do, and its slots. */
static void sharers(const struct sim_world *w, const struct sim_route *route, int node,
                    int *ret_way, int *ret_slots) {
    *ret_way = *ret_slots = 1;
    for (int i = -1; i < route->len; i++) {
        int agents = 0;
        for (size_t n = 0; n < w->site->node_len; n++)
            if (w->agent[n].sense)
                agents += i < 0 ? w->agent[n].route[node].link != NULL
                                : uses(&w->agent[n].route[node], route->link[i], route->way[i]);
        int *most = i < 0 ? ret_slots : ret_way;
        *most = agents > *most ? agents : *most;
    }
}

/* After an audit the next one waits until both are within the budget. */
static int64_t audit_pause_ns(const struct sim_world *w, const struct sim_agent *agent, int node,
                              const struct sim_job *job) {
    const struct weir_sense *sense = &agent->sense[node];
    int way, slots;
    sharers(w, &agent->route[node], node, &way, &slots);
    return llround(fmax(sense->pace * (double)job->bytes * way / SIM_AUDIT_WAY,
                        (double)job_share_ns(w, job) / sense->slots * slots / SIM_AUDIT_SLOTS));
}

void sim_audit_frame(struct sim_world *w, int stream, int64_t frame, int shown) {
    struct sim_content *content = w->conf->content;
    struct sim_agent *agent = &w->agent[w->conf->stream[stream].node];
    const int64_t now = w->events.now_ns;
    struct weir_offer offer;
    int compared[SIM_COMPARED_MAX];
    if (!find_audit(w, stream, frame, &offer))
        return;
    const int node = w->conf->setting[offer.setting].node;
    if (now < agent->audit_ns[node])
        return;
    int compares = content->compares(content, stream, shown, offer.setting, compared);
    compares = that_it_serves(w, node, compared, compares);
    if (!compares && shown >= 0 && sim_audits_as(w->conf, stream, shown))
        return; /* nothing is to be learnt */
    const struct sim_job *job =
        sim_journey_audit(w, stream, frame, &offer, shown, compared, compares);
    struct weir_sense *sense = &agent->sense[node];
    weir_sense_sent(sense, now + offer.source_ns, job_share_ns(w, job), WEIR_FOREVER, 0);
    agent->audit_ns[node] = now + audit_pause_ns(w, agent, node, job);
}

/* Its times say nothing about frames: it waits for all of them. What it says is compared with what
 * the viewer had, once that is known. */
void sim_audit_told(struct sim_world *w, const struct sim_job *job) {
    const struct sim_stream_conf *s = &w->conf->stream[job->stream];
    const int64_t left_ns = sim_frame_of(w, job->stream, job->frame)->due_ns + s->deadline_ns,
                  now = w->events.now_ns;
    weir_sense_lost(&w->agent[s->node].sense[w->conf->setting[job->setting].node], -1,
                    job_share_ns(w, job));
    if (job->dropped)
        return;
    w->result->audits++;
    w->result->audit_ns += job->service_ns;
    sim_add(w, now > left_ns ? now : left_ns, SIM_AUDITED, 0, job - w->job);
}

/* A frame that nobody got says nothing of how well it was seen, but what else would have seen. */
void sim_audit_known(struct sim_world *w, const struct sim_job *job) {
    struct sim_content *content = w->conf->content;
    const struct sim_frame *f = sim_frame_of(w, job->stream, job->frame);
    struct sim_audit audit = {
        .shown = weir_outcome_is_result(f->outcome) ? f->setting : -1,
        .auditor = job->setting,
        .compares = job->compares,
    };
    memcpy(audit.compared, job->compared, sizeof audit.compared);
    content->audited(content, job->stream, job->frame, &audit, w->events.now_ns);
}
