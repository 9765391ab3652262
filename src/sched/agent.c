#include "sched/agent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sched/agent_state.h"

/* ---- life ---------------------------------------------------------------------- */

static int make_streams(struct weir_agent *a) {
    const struct weir_site_view *site = a->conf.site;
    const size_t settings = (size_t)site->settings;
    a->stream = calloc((size_t)site->streams + 1, sizeof *a->stream);
    if (!a->stream)
        return WEIR_ENOMEM;
    for (int i = 0; i < site->streams; i++) {
        struct agent_stream *s = &a->stream[i];
        *s = (struct agent_stream){.preferred = -1, .coder = -1, .last = -1};
        if (site->stream[i].node != a->conf.node)
            continue;
        s->sent = calloc(settings + 1, sizeof *s->sent);
        s->toll_ns = calloc(settings + 1, sizeof *s->toll_ns);
        if (!s->sent || !s->toll_ns)
            return WEIR_ENOMEM;
    }
    return 0;
}

static int make(struct weir_agent *a) {
    const struct weir_site_view *site = a->conf.site;
    const size_t nodes = (size_t)site->nodes, settings = (size_t)site->settings;
    a->there = calloc(nodes, sizeof *a->there);
    a->sense = calloc(nodes, sizeof *a->sense);
    a->audit_ns = calloc(nodes, sizeof *a->audit_ns);
    a->wait_ns = calloc(nodes, sizeof *a->wait_ns);
    a->waited = calloc(nodes, sizeof *a->waited);
    a->offer = calloc(settings + 1, sizeof *a->offer);
    a->flying_bytes = calloc((size_t)site->links + 1, sizeof *a->flying_bytes);
    a->reported_sent = calloc(settings + 1, sizeof *a->reported_sent);
    a->reported_bytes = calloc(settings + 1, sizeof *a->reported_bytes);
    a->reported_prospect = calloc(settings + 1, sizeof *a->reported_prospect);
    if (!a->there || !a->sense || !a->audit_ns || !a->wait_ns || !a->waited || !a->offer ||
        !a->flying_bytes || !a->reported_sent || !a->reported_bytes || !a->reported_prospect)
        return WEIR_ENOMEM;
    memcpy(a->there, a->conf.there, nodes * sizeof *a->there);
    for (int i = 0; i < site->nodes; i++)
        weir_sense_init(&a->sense[i], site->node[i].slots, i == a->conf.node, a->there[i].rtt_ns,
                        a->there[i].mbit_per_s);
    return make_streams(a);
}

int weir_agent_new(const struct weir_agent_conf *conf, struct weir_agent **ret,
                   struct weir_error *err) {
    const struct weir_strategy *strategy = conf->strategy;
    char reason[WEIR_REASON_MAX] = "no reason given";
    int answer = 0;
    struct weir_agent *a = calloc(1, sizeof *a);
    if (!a)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    a->conf = *conf;
    if (make(a)) {
        weir_agent_free(a);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    if (strategy->open)
        answer = strategy->open(conf->site, conf->node, conf->options ? conf->options : "",
                                &a->state, reason);
    if (conf->watch && conf->watch->opened)
        conf->watch->opened(conf->watch, conf->node, answer);
    if (answer) {
        weir_agent_free(a);
        return weir_fail(err, WEIR_EINVAL, "strategy %s: %.*s", strategy->name, WEIR_REASON_MAX,
                         reason);
    }
    *ret = a;
    return 0;
}

void weir_agent_free(struct weir_agent *a) {
    if (!a)
        return;
    if (a->state && a->conf.strategy->close)
        a->conf.strategy->close(a->state);
    for (int i = 0; a->stream && i < a->conf.site->streams; i++) {
        free(a->stream[i].sent);
        free(a->stream[i].toll_ns);
    }
    free(a->stream);
    free(a->there);
    free(a->sense);
    free(a->audit_ns);
    free(a->wait_ns);
    free(a->waited);
    free(a->offer);
    free(a->flying_bytes);
    free(a->reported_sent);
    free(a->reported_bytes);
    free(a->reported_prospect);
    free(a);
}

/* ---- offers --------------------------------------------------------------------- */

bool weir_same_picture(const struct weir_stream_view *stream, const struct weir_setting *a,
                       const struct weir_setting *b) {
    const int most = stream->width;
    return a->node == b->node && a->travel == b->travel && a->quality == b->quality &&
           (a->width < most ? a->width : most) == (b->width < most ? b->width : most) &&
           (a->height == b->height || a->width >= most);
}

static bool begins_anew(const struct weir_agent *a, int stream, int setting) {
    const struct weir_site_view *site = a->conf.site;
    const struct weir_setting *s = &site->setting[setting];
    const int coder = a->stream[stream].coder;
    return s->travel == WEIR_TRAVEL_H264 &&
           (coder < 0 || !weir_same_picture(&site->stream[stream], &site->setting[coder], s));
}

static const struct weir_route_view *route_to(const struct weir_agent *a, int node) {
    const struct weir_site_view *site = a->conf.site;
    return &site->route[(size_t)a->conf.node * (size_t)site->nodes + (size_t)node];
}

/* What this agent has in flight on each link, wherever it goes. */
static void count_flying(struct weir_agent *a, int64_t now_ns) {
    const struct weir_site_view *site = a->conf.site;
    memset(a->flying_bytes, 0, ((size_t)site->links + 1) * sizeof *a->flying_bytes);
    for (int n = 0; n < site->nodes; n++) {
        const struct weir_route_view *route = route_to(a, n);
        const struct weir_sense *sense = &a->sense[n];
        for (int i = 0; i < route->links && weir_sense_reachable(sense, now_ns); i++)
            a->flying_bytes[route->link[i]][route->way[i]] += sense->flying_bytes;
    }
}

/* How long that keeps the links to a node busy: the one that it keeps busy longest. */
static int64_t ahead_ns(const struct weir_agent *a, int node) {
    const struct weir_route_view *route = route_to(a, node);
    double most = 0;
    for (int i = 0; i < route->links; i++) {
        const int link = route->link[i], way = route->way[i];
        most = fmax(most, (double)a->flying_bytes[link][way] * 8000 /
                              a->conf.site->link[link].mbit_per_s[way]);
    }
    return llround(most);
}

static double apart(struct weir_guess guess) {
    return (double)(guess.high_ns - guess.mean_ns);
}

bool weir_agent_offer(const struct weir_agent *a, int stream, int64_t frame, int setting,
                      int64_t now_ns, struct weir_offer *ret) {
    const struct weir_setting *s = &a->conf.site->setting[setting];
    const struct weir_sense *sense = &a->sense[s->node];
    const struct weir_agent_there *there = &a->there[s->node];
    const struct weir_agent_cost *cost = &a->conf.cost[setting];
    struct weir_beliefs *beliefs = a->conf.beliefs;
    const bool stays = s->travel == WEIR_TRAVEL_NONE;
    if (stays != (s->node == a->conf.node) || !there->reachable || !there->serves[s->model] ||
        !agent_may(a, stream, setting) || !weir_sense_reachable(sense, now_ns))
        return false;
    struct weir_offer offer = {.setting = setting, .source_ns = cost->source_ns};
    offer.bytes = stays ? 0 : beliefs->mean_bytes(beliefs, stream, setting);
    const struct weir_guess network = weir_sense_network(sense, now_ns, offer.bytes),
                            queue = weir_sense_queue(sense, now_ns),
                            service = weir_sense_service(sense, cost->slot_ns);
    offer.network_ns = network.mean_ns;
    offer.queue_ns = queue.mean_ns;
    offer.service_ns = service.mean_ns;
    offer.mean_ns = offer.source_ns + network.mean_ns + queue.mean_ns + service.mean_ns;
    offer.high_ns =
        offer.mean_ns +
        llround(sqrt(pow(apart(network), 2) + pow(apart(queue), 2) + pow(apart(service), 2)));
    if (beliefs->key_bytes && begins_anew(a, stream, setting)) {
        const int64_t key = beliefs->key_bytes(beliefs, stream, frame, setting),
                      period = (int64_t)(1e9 / a->conf.site->stream[stream].rate_fps);
        offer.switch_bytes = key > offer.bytes ? key - offer.bytes : 0;
        const int64_t least =
            offer.mean_ns + llround(sense->pace * (double)offer.switch_bytes) - period;
        offer.high_ns = offer.high_ns > least ? offer.high_ns : least;
    }
    beliefs->accuracy(beliefs, stream, frame, setting, &offer.accuracy, &offer.margin);
    *ret = offer;
    return true;
}

/* ---- a frame ---------------------------------------------------------------------- */

/* In place of an answer that makes no sense: the fastest that meets the floor. */
static int fallback(const struct weir_frame_view *view) {
    int best = WEIR_DROP;
    for (int i = 0; i < view->offers; i++)
        if (view->offer[i].accuracy - view->offer[i].margin >= view->min_accuracy &&
            (best < 0 || view->offer[i].mean_ns < view->offer[best].mean_ns))
            best = i;
    return best;
}

static int ask(const struct weir_agent *a, const struct weir_frame_view *view, bool *ret_refused) {
    struct weir_strategy_watch *watch = a->conf.watch;
    int choice = WEIR_DROP;
    if (view->offers) {
        choice = a->conf.strategy->choose(a->state, view);
        if (watch && watch->answered)
            watch->answered(watch, a->conf.node, view, choice);
        *ret_refused = choice != WEIR_DROP && (choice < 0 || choice >= view->offers);
        if (*ret_refused)
            choice = fallback(view);
    }
    if (watch && watch->took)
        watch->took(watch, view, choice);
    return choice;
}

void weir_agent_choose(struct weir_agent *a, int stream, int64_t frame, int64_t due_ns,
                       int64_t now_ns, struct weir_decision *ret) {
    const struct weir_site_view *site = a->conf.site;
    const struct weir_stream_view *s = &site->stream[stream];
    const struct agent_stream *mine = &a->stream[stream];
    struct weir_frame_view view = {
        .site = site,
        .stream = stream,
        .frame = frame,
        .now_ns = now_ns,
        .capture_ns = due_ns,
        .deadline_ns = due_ns + s->deadline_ns,
        .min_accuracy = s->min_accuracy,
        .offer = a->offer,
        .toll_ns = mine->planned ? mine->toll_ns : NULL,
        .preferred = mine->planned ? mine->preferred : -1,
    };
    count_flying(a, now_ns);
    for (int i = 0; i < site->settings; i++) {
        struct weir_offer *offer = &a->offer[view.offers];
        if (!weir_agent_offer(a, stream, frame, i, now_ns, offer))
            continue;
        offer->ahead_ns = ahead_ns(a, site->setting[i].node);
        view.offers++;
    }
    *ret = (struct weir_decision){.choice = WEIR_CHOICE_NOWHERE};
    const int choice = ask(a, &view, &ret->refused);
    if (choice == WEIR_DROP) {
        ret->choice = view.offers ? WEIR_CHOICE_SHED : WEIR_CHOICE_NOWHERE;
        return;
    }
    ret->choice = WEIR_CHOICE_SEND;
    ret->offer = a->offer[choice];
    ret->below_floor = !a->conf.strategy->ignores_accuracy &&
                       ret->offer.accuracy - ret->offer.margin < s->min_accuracy;
}

/* It goes on from the frame before it, or begins anew. */
static int64_t code(struct weir_agent *a, int stream, int64_t frame, int setting) {
    struct agent_stream *s = &a->stream[stream];
    if (a->conf.site->setting[setting].travel != WEIR_TRAVEL_H264)
        return -1;
    if (begins_anew(a, stream, setting)) {
        s->begin = frame;
        s->last = -1;
    }
    const int64_t after = s->last;
    s->last = frame;
    s->coder = setting;
    return after;
}

int64_t weir_agent_sent(struct weir_agent *a, int stream, int64_t frame, int64_t now_ns,
                        const struct weir_decision *decision) {
    const struct weir_offer *offer = &decision->offer;
    struct weir_sense *sense = &a->sense[a->conf.site->setting[offer->setting].node];
    weir_sense_sent(sense, now_ns + offer->source_ns, a->conf.cost[offer->setting].share_ns,
                    now_ns + offer->high_ns + llround(sense->pace * (double)offer->switch_bytes),
                    offer->bytes + offer->switch_bytes);
    a->stream[stream].sent[offer->setting]++;
    return code(a, stream, frame, offer->setting);
}

void weir_agent_broke(struct weir_agent *a, int stream, int64_t frame) {
    if (frame >= a->stream[stream].begin)
        a->stream[stream].coder = -1;
}

void weir_agent_told(struct weir_agent *a, const struct weir_answer *answer) {
    const int node = a->conf.site->setting[answer->setting].node;
    const struct weir_agent_cost *cost = &a->conf.cost[answer->setting];
    struct weir_sense *sense = &a->sense[node];
    struct weir_strategy_watch *watch = a->conf.watch;
    switch (answer->kind) {
    case WEIR_ANSWERED:
    case WEIR_DROPPED_THERE:
        weir_sense_reply(sense, &(struct weir_reply){
                                    .sent_ns = answer->sent_ns,
                                    .now_ns = answer->now_ns,
                                    .bytes = answer->bytes,
                                    .queue_ns = answer->queue_ns,
                                    .service_ns = answer->service_ns,
                                    .foreseen_queue_ns = answer->foreseen_queue_ns,
                                    .profile_ns = answer->kind == WEIR_ANSWERED ? cost->slot_ns : 0,
                                    .wait_ns = answer->wait_ns,
                                    .slot_ns = cost->share_ns,
                                });
        if (answer->kind == WEIR_ANSWERED) {
            a->wait_ns[node] += answer->queue_ns;
            a->waited[node]++;
        }
        break;
    case WEIR_TURNED_BACK:
        weir_sense_refused(sense, answer->sent_ns, cost->share_ns, answer->budget_ns,
                           answer->bytes);
        break;
    case WEIR_LOST:
        weir_sense_lost(sense, answer->sent_ns, cost->share_ns);
        break;
    }
    if (!a->conf.strategy->result)
        return;
    const struct weir_result_view view = {
        .stream = answer->stream,
        .frame = answer->frame,
        .now_ns = answer->now_ns,
        .setting = answer->setting,
        .delivered = answer->delivered,
        .latency_ns = answer->latency_ns,
        .predicted_ns = answer->predicted_ns,
    };
    if (watch && watch->told)
        watch->told(watch, a->conf.node, &view);
    a->conf.strategy->result(a->state, &view);
}

void weir_agent_heard(struct weir_agent *a, int node, int64_t now_ns, int64_t wait_ns) {
    weir_sense_beat(&a->sense[node], now_ns, wait_ns);
}
