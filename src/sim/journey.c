/*
 * A frame's journey: reduced and encoded at its source; over the links, one after the other;
 * decoded; a job in the node's queue; in a slot with its batch; and its result back, by
 * the same links. Drops travel back like results, so that the agent learns of them when
 * it really would.
 */
#include <stdlib.h>

#include "sim/state.h"

static const struct weir_setting *setting_of(const struct sim_world *w, const struct sim_job *job) {
    return &w->conf->setting[job->setting];
}

static int source_of(const struct sim_world *w, const struct sim_job *job) {
    return w->conf->stream[job->stream].node;
}

static const struct sim_route *route_of(const struct sim_world *w, const struct sim_job *job) {
    return &w->agent[source_of(w, job)].route[setting_of(w, job)->node];
}

static int64_t number_of(const struct sim_world *w, const struct sim_job *job) {
    return job - w->job;
}

static int hops(const struct sim_route *route, const struct sim_job *job) {
    return job->back ? route->back_len : route->len;
}

static void home(struct sim_world *w, struct sim_job *job);

/* Do two settings bring the same picture to the same node? The model does not matter, nor by how
 * much it is enlarged there. */
static bool same_picture(const struct sim_world *w, int stream, const struct weir_setting *a,
                         const struct weir_setting *b) {
    const int most = w->conf->stream[stream].width;
    return a->node == b->node && a->travel == b->travel && a->quality == b->quality &&
           (a->width < most ? a->width : most) == (b->width < most ? b->width : most) &&
           (a->height == b->height || a->width >= most);
}

bool sim_journey_begins_anew(const struct sim_world *w, int stream, int setting) {
    const struct weir_setting *s = &w->conf->setting[setting];
    const int32_t coder = w->chain[stream].coder;
    return s->travel == WEIR_TRAVEL_H264 &&
           (coder < 0 || !same_picture(w, stream, &w->conf->setting[coder], s));
}

/* It goes on from the frame before it, or begins anew. */
static void link_chain(struct sim_world *w, struct sim_job *job) {
    struct sim_chain *chain = &w->chain[job->stream];
    if (sim_journey_begins_anew(w, job->stream, job->setting)) {
        chain->begin = job->frame;
        chain->last = -1;
    }
    job->after = chain->last;
    chain->last = job->frame;
    chain->coder = job->setting;
}

/* The agent learns that a frame was not decoded: unless it began anew since, the next one does. */
static void break_chain(struct sim_world *w, const struct sim_job *job) {
    struct sim_chain *chain = &w->chain[job->stream];
    if (job->frame >= chain->begin)
        chain->coder = -1;
}

static bool in_chain(const struct sim_world *w, const struct sim_job *job) {
    return !job->audit && setting_of(w, job)->travel == WEIR_TRAVEL_H264;
}

/* Can its node decode it? After a gap only from a keyframe on. */
static bool decodes(struct sim_world *w, const struct sim_job *job) {
    struct sim_chain *chain = &w->chain[job->stream];
    const int node = setting_of(w, job)->node;
    const int32_t life = w->node[node].life;
    if (job->after >= 0 &&
        (chain->node != node || chain->life != life || chain->decoded != job->after))
        return false;
    chain->node = node;
    chain->life = life;
    chain->decoded = job->frame;
    return true;
}

static void tell(const struct sim_world *w, const struct sim_job *job, enum sim_step step,
                 int64_t from_ns, int64_t to_ns, int where, int index) {
    sim_tell(w, &(struct sim_happening){.step = step,
                                        .stream = job->stream,
                                        .setting = job->setting,
                                        .frame = job->frame,
                                        .from_ns = from_ns,
                                        .to_ns = to_ns,
                                        .where = where,
                                        .index = index,
                                        .back = job->back,
                                        .audit = job->audit,
                                        .outcome = job->why});
}

/* Drops it before it is at its node; its agent hears of it as soon as a short message is there. */
static void drop_on_the_way(struct sim_world *w, struct sim_job *job, enum weir_outcome why) {
    job->dropped = job->back = true;
    job->undecoded = in_chain(w, job);
    job->why = why;
    if (!job->hop) {
        home(w, job);
        return;
    }
    job->hop = route_of(w, job)->back_len;
    sim_add(w, w->events.now_ns + route_of(w, job)->rtt_ns / 2, SIM_HOP, 0, number_of(w, job));
}

/* By how much it may miss its deadline and is not in vain: what follows a keyframe needs it, though
 * it comes late itself, and is not late with it if the next frame does not wait for it. */
static int64_t spare_ns(const struct sim_world *w, const struct sim_job *job) {
    return in_chain(w, job) && job->after < 0 ? sim_period_ns(&w->conf->stream[job->stream]) : 0;
}

/* Sends it over the next link of its way, unless that is in vain: what cannot be answered by its
 * deadline, were everybody else away from there on, holds up what can. */
static void forward(struct sim_world *w, struct sim_job *job) {
    const struct sim_route *route = route_of(w, job);
    const int index = (job->back ? route->back_link : route->link)[job->hop];
    const int way = (job->back ? route->back_way : route->way)[job->hop];
    struct weir_link *link = &w->wires.link[index][way];
    const int64_t now = w->events.now_ns, bytes = job->back ? SIM_REPLY_BYTES : job->bytes;
    int64_t left, there;
    const int64_t after = job->profile_ns + route->rtt_ns / 2;
    if (!job->back &&
        weir_link_foresee(link, now, bytes) > job->deadline_ns + spare_ns(w, job) - after) {
        drop_on_the_way(w, job, WEIR_OUTCOME_LATE);
        return;
    }
    if (weir_link_send(link, now, bytes, &left, &there)) {
        if (!job->back)
            drop_on_the_way(w, job, WEIR_OUTCOME_OVERLOAD);
        return; /* an answer that is lost: its agent gives it up in time */
    }
    tell(w, job, SIM_STEP_LINK, now, left, index, way);
    w->result->sent_bytes[index][way] += bytes;
    if (job->audit && !job->back && !job->hop)
        w->result->audit_bytes += bytes;
    job->hop++;
    sim_add(w, there, SIM_HOP, 0, number_of(w, job));
}

static void home(struct sim_world *w, struct sim_job *job) {
    if (job->over)
        return;
    job->over = true;
    if (job->undecoded)
        break_chain(w, job);
    if (job->dropped && !job->audit)
        sim_lane_dropped(w, job->stream, job->frame, job->why);
    else if (!job->audit)
        sim_lane_arrived(w, job->stream, job->frame);
    sim_agent_told(w, job);
}

/* why: NONE for an answer. */
static void turn_back(struct sim_world *w, struct sim_job *job, enum weir_outcome why) {
    job->back = job->answered = true;
    job->hop = 0;
    job->dropped = why != WEIR_OUTCOME_NONE;
    job->why = why;
    job->wait_ns = sim_journey_wait_ns(w, setting_of(w, job)->node);
    if (route_of(w, job)->back_len)
        forward(w, job);
    else
        home(w, job);
}

/* Reduced and encoded; *job is filled but for what it sends, and where it goes first. */
static void prepare(struct sim_world *w, struct sim_job *job, int stream, int64_t frame,
                    const struct weir_offer *offer) {
    *job = (struct sim_job){
        .stream = stream,
        .setting = offer->setting,
        .frame = frame,
        .sent_ns = w->events.now_ns + offer->source_ns,
        .foreseen_queue_ns = offer->queue_ns,
        .profile_ns = sim_slot_ns(w, offer->setting),
    };
}

void sim_journey_begin(struct sim_world *w, int stream, int64_t frame,
                       const struct weir_offer *offer) {
    struct sim_content *content = w->conf->content;
    struct sim_job *job = &w->job[w->first_job[stream] + frame];
    struct sim_frame *f = sim_frame_of(w, stream, frame);
    const int setting = offer->setting;
    const enum weir_travel travel = w->conf->setting[setting].travel;
    prepare(w, job, stream, frame, offer);
    job->deadline_ns = f->due_ns + w->conf->stream[stream].deadline_ns;
    job->after = -1;
    if (travel == WEIR_TRAVEL_H264)
        link_chain(w, job);
    if (travel == WEIR_TRAVEL_H264 && job->after < 0 && content->key_bytes)
        job->bytes = content->key_bytes(content, stream, frame, setting);
    else if (travel != WEIR_TRAVEL_NONE) {
        job->bytes = content->bytes(content, stream, frame, setting);
        if (content->sent)
            content->sent(content, stream, setting, job->bytes);
    }
    f->setting = setting;
    f->predicted_ns = offer->mean_ns;
    f->bytes = job->bytes;
    tell(w, job, SIM_STEP_SOURCE, w->events.now_ns, job->sent_ns, w->conf->stream[stream].node, 0);
    sim_add(w, job->sent_ns, SIM_HOP, 0, number_of(w, job));
    sim_add(w, job->deadline_ns + SIM_GIVE_UP_NS, SIM_GIVEN_UP, 0, number_of(w, job));
}

const struct sim_job *sim_journey_audit(struct sim_world *w, int stream, int64_t frame,
                                        const struct weir_offer *offer, int shown,
                                        const int *compared, int compares) {
    struct sim_content *content = w->conf->content;
    struct sim_job *job = &w->job[w->jobs + w->first_job[stream] + frame];
    prepare(w, job, stream, frame, offer);
    job->audit = true;
    job->compares = compares;
    const bool is_there =
        shown >= 0 && same_picture(w, stream, &w->conf->setting[shown], setting_of(w, job));
    job->is_done = shown == offer->setting;
    if (job->is_done)
        job->profile_ns = 0;
    for (int i = 0; i < compares; i++) {
        job->compared[i] = compared[i];
        job->profile_ns += sim_compare_ns(w, setting_of(w, job)->node, compared[i]);
    }
    job->deadline_ns = w->events.now_ns + SIM_AUDIT_NS;
    if (!is_there && w->conf->setting[offer->setting].travel != WEIR_TRAVEL_NONE)
        job->bytes = content->bytes(content, stream, frame, offer->setting);
    sim_add(w, job->sent_ns, SIM_AUDIT, 0, number_of(w, job));
    sim_add(w, job->deadline_ns + SIM_GIVE_UP_NS, SIM_GIVEN_UP, 0, number_of(w, job));
    return job;
}

void sim_journey_look(struct sim_world *w, int64_t number) {
    struct sim_job *job = &w->job[number];
    const struct sim_route *route = route_of(w, job);
    if (job->over)
        return;
    if (route->len &&
        weir_link_waiting_bytes(&w->wires.link[route->link[0]][route->way[0]],
                                w->events.now_ns)) /* its own link: it sees no other */
        sim_add(w, w->events.now_ns + SIM_AUDIT_LOOK_NS, SIM_AUDIT, 0, number);
    else
        sim_journey_hop(w, number);
}

/* Lets a node do what it can now. */
static void serve(struct sim_world *w, int n) {
    struct sim_node *node = &w->node[n];
    struct sim_batch batch;
    enum weir_service_step step;
    while ((step = sim_server_next(&node->server, w->events.now_ns, &batch))) {
        for (size_t i = 0; i < batch.len; i++) {
            struct sim_job *job = &w->job[batch.job[i].id];
            job->queue_ns = w->events.now_ns - job->queued_ns;
            job->why = step == WEIR_SERVICE_DROP ? WEIR_OUTCOME_LATE : WEIR_OUTCOME_NONE;
            tell(w, job, SIM_STEP_QUEUE, job->queued_ns, w->events.now_ns, n, 0);
        }
        if (step == WEIR_SERVICE_DROP) {
            turn_back(w, &w->job[batch.job[0].id], WEIR_OUTCOME_LATE);
            continue;
        }
        int slot = 0;
        while (node->slot[slot].len)
            slot++;
        node->slot[slot] = batch;
        node->began_ns[slot] = w->events.now_ns;
        sim_add(w, w->events.now_ns + sim_batch_ns(&batch), SIM_DONE, n,
                (int64_t)node->life << 16 | slot);
    }
}

static void enqueue(struct sim_world *w, struct sim_job *job) {
    const struct weir_setting *s = setting_of(w, job);
    const struct weir_site_node *node = &w->site->node[s->node];
    const struct sim_route *route = route_of(w, job);
    job->queued_ns = w->events.now_ns;
    struct weir_job mine = {
        .id = (uint64_t)number_of(w, job),
        /* What is left for it here: the way back takes half a round trip. */
        .deadline_ns = job->deadline_ns - route->rtt_ns / 2,
        .kind = w->kind[job->setting],
        .each_ns = sim_slot_ns(w, job->setting),
    };
    if (node->slowdown == 0) {
        mine.fixed_ns = (int64_t)(node->fixed_ms * 1e6);
        mine.each_ns = (int64_t)(node->each_ms * 1e6);
    }
    if (job->compares) { /* no other job costs as much: it shares no batch */
        mine.kind = sim_settings(w->conf) + (int32_t)number_of(w, job);
        mine.fixed_ns = 0;
        mine.each_ns = job->profile_ns;
    }
    if (weir_service_queue_push(&w->node[s->node].server.queue, &mine))
        turn_back(w, job, WEIR_OUTCOME_OVERLOAD);
    else
        serve(w, s->node);
}

void sim_journey_hop(struct sim_world *w, int64_t number) {
    struct sim_job *job = &w->job[number];
    if (job->hop < hops(route_of(w, job), job))
        forward(w, job);
    else if (job->back)
        home(w, job);
    else if (w->node[setting_of(w, job)->node].server.up) {
        if (!in_chain(w, job) || decodes(w, job)) {
            enqueue(w, job);
            return;
        }
        job->undecoded = true;
        turn_back(w, job, WEIR_OUTCOME_UNREACHABLE);
    } /* else it is lost: nothing comes back, and its agent gives it up in time */
}

void sim_journey_done(struct sim_world *w, int n, int64_t what) {
    struct sim_node *node = &w->node[n];
    const int slot = (int)(what & 0xffff);
    if (what >> 16 != node->life)
        return;
    struct sim_batch batch = node->slot[slot];
    int64_t took = w->events.now_ns - node->began_ns[slot];
    node->slot[slot].len = 0;
    sim_server_free_slot(&node->server);
    w->result->busy_ns[n] += took;
    serve(w, n);
    for (size_t i = 0; i < batch.len; i++) {
        w->job[batch.job[i].id].service_ns = took;
        tell(w, &w->job[batch.job[i].id], SIM_STEP_SLOT, w->events.now_ns - took, w->events.now_ns,
             n, slot);
        turn_back(w, &w->job[batch.job[i].id], WEIR_OUTCOME_NONE);
    }
}

int64_t sim_journey_wait_ns(const struct sim_world *w, int n) {
    const struct sim_node *node = &w->node[n];
    int64_t work = weir_service_queue_work_ns(&node->server.queue, node->server.batch_most),
            soonest = INT64_MAX;
    for (int i = 0; i < node->server.slots; i++) {
        int64_t left = 0;
        if (node->slot[i].len) {
            left = node->began_ns[i] + sim_batch_ns(&node->slot[i]) - w->events.now_ns;
            left = left > 0 ? left : 0;
        }
        soonest = left < soonest ? left : soonest;
    }
    return soonest + work / node->server.slots;
}

void sim_journey_given_up(struct sim_world *w, int64_t number) {
    struct sim_job *job = &w->job[number];
    if (job->over)
        return;
    job->over = job->dropped = true;
    job->answered = false; /* whatever is on its way */
    if (in_chain(w, job))
        break_chain(w, job);
    if (!job->audit)
        sim_lane_dropped(w, job->stream, job->frame, WEIR_OUTCOME_UNREACHABLE);
    sim_agent_told(w, job);
}

void sim_journey_down(struct sim_world *w, int n) {
    struct sim_node *node = &w->node[n];
    node->server.up = false;
    node->server.busy = 0;
    node->server.queue.len = 0; /* its jobs are lost */
    node->life++;
    for (int i = 0; i < node->server.slots; i++)
        node->slot[i].len = 0;
}

void sim_journey_up(struct sim_world *w, int n) {
    w->node[n].server.up = true;
}
