/*
 * Audits: now and then the auditor (the reference's model, on a larger picture if there is one)
 * looks at a frame, too, and at the same picture what else might do. Where that takes the least,
 * within a budget of ways and slots.
 */
#include <math.h>

#include "sched/agent_state.h"

/* What audits may take, of all agents together: of a link, and of a node's slots, where they come
 * after whatever waits. */
#define WAY_SHARE 0.1
#define SLOT_SHARE 0.5

bool weir_audits_as(const struct weir_setting *setting, const struct weir_setting *reference,
                    int audit_width) {
    return setting->model == reference->model &&
           setting->width == (audit_width ? audit_width : reference->width) &&
           setting->travel != WEIR_TRAVEL_H264;
}

static bool audits_as(const struct weir_agent *a, int stream, int setting) {
    const struct weir_site_view *site = a->conf.site;
    return weir_audits_as(&site->setting[setting], &site->setting[site->stream[stream].reference],
                          a->conf.audit_width ? a->conf.audit_width[stream] : 0);
}

/* How long the way to its node, or all slots there together, would be busy with it: whichever is
 * longer. */
static double spends_ns(const struct weir_sense *sense, int64_t bytes, int64_t slot_ns) {
    return fmax(sense->pace * (double)bytes, (double)slot_ns / sense->slots);
}

/* Where the auditor takes the least of what there is, of those with the best picture; false: it is
 * nowhere to be had now. */
static bool find(const struct weir_agent *a, int stream, int64_t frame, int64_t now_ns,
                 struct weir_offer *ret) {
    const struct weir_setting *all = a->conf.site->setting;
    const int settings = agent_settings(a);
    double least_ns = INFINITY;
    struct weir_offer offer;
    int quality = 0; /* of JPEG */
    for (int i = 0; i < settings; i++)
        if (audits_as(a, stream, i) && all[i].travel == WEIR_TRAVEL_JPEG &&
            all[i].quality > quality && weir_agent_offer(a, stream, frame, i, now_ns, &offer))
            quality = all[i].quality;
    for (int i = 0; i < settings; i++) {
        if (!audits_as(a, stream, i) ||
            (all[i].travel != WEIR_TRAVEL_NONE && all[i].quality != quality) ||
            !weir_agent_offer(a, stream, frame, i, now_ns, &offer))
            continue;
        const double ns = spends_ns(&a->sense[all[i].node], offer.bytes, offer.service_ns);
        if (ns < least_ns) {
            least_ns = ns;
            *ret = offer;
        }
    }
    return isfinite(least_ns);
}

/* Of settings those that a node can analyse a stream's picture in; how many. */
static int that_it_serves(const struct weir_agent *a, int stream, int node, int *setting, int len) {
    int kept = 0;
    for (int i = 0; i < len; i++)
        if (a->there[node].serves[a->conf.site->setting[setting[i]].model] &&
            agent_may(a, stream, setting[i]))
            setting[kept++] = setting[i];
    return kept;
}

bool weir_agent_audit(struct weir_agent *a, int stream, int64_t frame, int64_t now_ns, int shown,
                      struct weir_agent_audit *ret) {
    const struct weir_site_view *site = a->conf.site;
    struct weir_beliefs *beliefs = a->conf.beliefs;
    struct weir_agent_audit audit = {.stream = stream, .frame = frame, .shown = shown};
    if (!beliefs->audits || !beliefs->audits(beliefs, stream, frame) ||
        !find(a, stream, frame, now_ns, &audit.offer))
        return false;
    const int setting = audit.offer.setting, node = site->setting[setting].node;
    if (now_ns < a->audit_ns[node])
        return false;
    const int compares = beliefs->compares(beliefs, stream, shown, setting, audit.compared);
    audit.compares = that_it_serves(a, stream, node, audit.compared, compares);
    if (!audit.compares && shown >= 0 && audits_as(a, stream, shown))
        return false; /* nothing is to be learnt */
    audit.is_there = shown >= 0 && weir_same_picture(&site->stream[stream], &site->setting[shown],
                                                     &site->setting[setting]);
    audit.is_done = shown == setting;
    if (!audit.is_done) {
        audit.slot_ns = a->conf.cost[setting].slot_ns;
        audit.share_ns = a->conf.cost[setting].share_ns;
    }
    for (int i = 0; i < audit.compares; i++) {
        audit.slot_ns += a->there[node].compare_ns[audit.compared[i]];
        audit.share_ns += a->there[node].compare_ns[audit.compared[i]];
    }
    *ret = audit;
    return true;
}

/* After an audit the next one waits until both are within the budget. */
static int64_t pause_ns(const struct weir_agent *a, const struct weir_agent_audit *audit, int node,
                        int64_t bytes) {
    const struct weir_sense *sense = &a->sense[node];
    const struct weir_agent_there *there = &a->there[node];
    return llround(fmax(sense->pace * (double)bytes * there->way_sharers / WAY_SHARE,
                        (double)audit->share_ns / sense->slots * there->slot_sharers / SLOT_SHARE));
}

void weir_agent_audit_sent(struct weir_agent *a, const struct weir_agent_audit *audit,
                           int64_t now_ns, int64_t bytes) {
    const int node = a->conf.site->setting[audit->offer.setting].node;
    weir_sense_sent(&a->sense[node], now_ns + audit->offer.source_ns, audit->share_ns, WEIR_FOREVER,
                    0);
    a->audit_ns[node] = now_ns + pause_ns(a, audit, node, bytes);
}

/* Its times say nothing about frames: it waits for all of them. */
void weir_agent_audit_over(struct weir_agent *a, const struct weir_agent_audit *audit) {
    weir_sense_lost(&a->sense[a->conf.site->setting[audit->offer.setting].node], -1,
                    audit->share_ns);
}
