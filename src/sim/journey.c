/*
 * A frame's journey: reduced and encoded at its source; over the links, one after the other;
 * decoded; a job in the node's queue; in a slot with its batch; and its result back, by
 * the same links. Drops travel back like results, so that the agent learns of them when
 * it really would.
 */
#include <stdlib.h>
#include <string.h>

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

/* The agent learns that a frame was not decoded. */
static void break_chain(struct sim_world *w, const struct sim_job *job) {
    weir_agent_broke(w->agent[source_of(w, job)].agent, job->stream,
                     job->frame / sim_skip(&w->conf->stream[job->stream]));
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

/* Nobody waits for it any more. */
static void end(struct sim_world *w, struct sim_job *job) {
    struct sim_works *works = w->conf->works;
    job->over = true;
    if (works)
        works->over(works, number_of(w, job));
}

static void home(struct sim_world *w, struct sim_job *job) {
    if (job->over)
        return;
    end(w, job);
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
        .announced_ns = w->events.now_ns + offer->source_ns,
        .source_ns = offer->source_ns,
        .end_ns = w->events.now_ns + offer->source_ns,
        .foreseen_queue_ns = offer->queue_ns,
        .profile_ns = sim_slot_ns(w, offer->setting),
    };
}

/* What it sends is known. */
static void set_bytes(struct sim_world *w, struct sim_job *job, int64_t bytes, bool key) {
    struct sim_content *content = w->conf->content;
    job->bytes = bytes;
    if (job->audit)
        return;
    sim_frame_of(w, job->stream, job->frame)->bytes = bytes;
    if (!key && content->sent)
        content->sent(content, job->stream, job->setting, bytes);
}

/* It sets out once its source's own stages are done with it. */
static void set_out(struct sim_world *w, struct sim_job *job, int64_t begun_ns) {
    tell(w, job, SIM_STEP_SOURCE, begun_ns, job->sent_ns, source_of(w, job), 0);
    sim_add(w, job->sent_ns, job->audit ? SIM_AUDIT : SIM_HOP, 0, number_of(w, job));
}

static struct sim_work work_of(const struct sim_world *w, const struct sim_job *job,
                               int64_t end_ns) {
    struct sim_work work = {
        .number = number_of(w, job),
        .stream = job->stream,
        .frame = job->frame,
        .setting = job->setting,
        .audit = job->audit,
        .is_done = job->is_done,
        .after = job->after,
        .compares = job->compares,
        .end_ns = end_ns,
    };
    memcpy(work.compared, job->compared, sizeof work.compared);
    return work;
}

static void work(struct sim_world *w, enum sim_work_kind kind, const struct sim_job *job,
                 int64_t end_ns) {
    struct sim_works *works = w->conf->works;
    const struct sim_work what = work_of(w, job, end_ns);
    int rc = works->begin(works, kind, &what);
    w->failed = w->failed ? w->failed : rc;
}

void sim_journey_begin(struct sim_world *w, int stream, int64_t frame,
                       const struct weir_offer *offer, int64_t after) {
    struct sim_content *content = w->conf->content;
    struct sim_job *job = &w->job[w->first_job[stream] + frame];
    struct sim_frame *f = sim_frame_of(w, stream, frame);
    const int setting = offer->setting;
    const enum weir_travel travel = w->conf->setting[setting].travel;
    prepare(w, job, stream, frame, offer);
    job->deadline_ns = f->due_ns + w->conf->stream[stream].deadline_ns;
    job->after = after < 0 ? -1 : after * sim_skip(&w->conf->stream[stream]);
    f->setting = setting;
    f->predicted_ns = offer->mean_ns;
    sim_add(w, job->deadline_ns + SIM_GIVE_UP_NS, SIM_GIVEN_UP, 0, number_of(w, job));
    if (w->conf->works) {
        work(w, SIM_WORK_SOURCE, job, job->sent_ns);
        return;
    }
    if (travel != WEIR_TRAVEL_NONE) {
        const bool key = travel == WEIR_TRAVEL_H264 && job->after < 0 && content->key_bytes;
        set_bytes(w, job,
                  key ? content->key_bytes(content, stream, frame, setting)
                      : content->bytes(content, stream, frame, setting),
                  key);
    }
    set_out(w, job, w->events.now_ns);
}

const struct sim_job *sim_journey_audit(struct sim_world *w, int stream, int64_t frame,
                                        const struct weir_agent_audit *audit) {
    struct sim_content *content = w->conf->content;
    struct sim_job *job = &w->job[w->jobs + w->first_job[stream] + frame];
    prepare(w, job, stream, frame, &audit->offer);
    job->audit = true;
    job->profile_ns = audit->slot_ns;
    job->share_ns = audit->share_ns;
    job->compares = audit->compares;
    memcpy(job->compared, audit->compared, sizeof job->compared);
    job->is_there = audit->is_there;
    job->is_done = audit->is_done;
    job->deadline_ns = w->events.now_ns + SIM_AUDIT_NS;
    sim_add(w, job->deadline_ns + SIM_GIVE_UP_NS, SIM_GIVEN_UP, 0, number_of(w, job));
    if (w->conf->works) {
        job->bytes = audit->is_there ? 0 : audit->offer.bytes; /* until they are known */
        work(w, SIM_WORK_SOURCE, job, job->sent_ns);
        return job;
    }
    if (!audit->is_there && setting_of(w, job)->travel != WEIR_TRAVEL_NONE)
        set_bytes(w, job, content->bytes(content, stream, frame, job->setting), false);
    sim_add(w, job->sent_ns, SIM_AUDIT, 0, number_of(w, job));
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

/* A slot in a node's present life. */
static int64_t slot_name(const struct sim_node *node, int slot) {
    return (int64_t)node->life << 16 | slot;
}

static void work_on_batch(struct sim_world *w, const struct sim_batch *batch, int slot,
                          int64_t end_ns) {
    for (size_t i = 0; i < batch->len; i++) {
        struct sim_job *job = &w->job[batch->job[i].id];
        job->slot = slot_name(&w->node[setting_of(w, job)->node], slot);
        job->end_ns = end_ns;
        w->node[setting_of(w, job)->node].working[slot]++;
        work(w, SIM_WORK_SLOT, job, end_ns);
    }
}

/* A frame whose work went wrong: it is dropped where it was, and the run goes on. */
static void corrupt(struct sim_job *job) {
    job->dropped = true;
    job->why = WEIR_OUTCOME_CORRUPT;
}

void sim_journey_worked(struct sim_world *w, const struct sim_done *done) {
    struct sim_job *job = &w->job[done->number];
    const int64_t now = w->events.now_ns;
    if (!job->audit && done->at_ns > job->end_ns) {
        const bool was_late = job->late_ns > SIM_LATE_NS;
        job->late_ns += done->at_ns - job->end_ns;
        w->result->late += !was_late && job->late_ns > SIM_LATE_NS;
    }
    if (done->kind == SIM_WORK_SOURCE) {
        if (job->over)
            return;
        if (done->failed) {
            corrupt(job);
            job->back = true;
            job->undecoded = in_chain(w, job);
            home(w, job);
            return;
        }
        const int64_t begun_ns = job->sent_ns - job->source_ns;
        job->sent_ns = now > job->sent_ns ? now : job->sent_ns;
        if (setting_of(w, job)->travel != WEIR_TRAVEL_NONE && !(job->audit && job->is_there))
            set_bytes(w, job, done->bytes, in_chain(w, job) && job->after < 0);
        set_out(w, job, begun_ns);
        return;
    }
    struct sim_node *node = &w->node[setting_of(w, job)->node];
    const int slot = (int)(job->slot & 0xffff);
    job->spoilt = done->failed;
    if (job->slot >> 16 == node->life && --node->working[slot] == 0)
        sim_add(w, now > job->end_ns ? now : job->end_ns, SIM_DONE, setting_of(w, job)->node,
                job->slot);
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
        const int64_t end_ns = w->events.now_ns + sim_batch_ns(&batch);
        if (w->conf->works)
            work_on_batch(w, &batch, slot, end_ns);
        else
            sim_add(w, end_ns, SIM_DONE, n, slot_name(node, slot));
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
            if (w->conf->works && in_chain(w, job)) {
                const struct sim_work what = work_of(w, job, w->events.now_ns);
                int rc = w->conf->works->arrived(w->conf->works, &what);
                w->failed = w->failed ? w->failed : rc;
            }
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
        struct sim_job *job = &w->job[batch.job[i].id];
        job->undecoded = job->spoilt && in_chain(w, job);
        turn_back(w, job, job->spoilt ? WEIR_OUTCOME_CORRUPT : WEIR_OUTCOME_NONE);
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
    end(w, job);
    job->dropped = true;
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
        node->slot[i].len = node->working[i] = 0;
}

void sim_journey_up(struct sim_world *w, int n) {
    w->node[n].server.up = true;
}
