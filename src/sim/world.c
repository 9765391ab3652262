/*
 * Sets a world up, and keeps its time: cameras' frames, heartbeats, what fails and returns.
 * It ends when the last frame has an outcome.
 */
#include "sim/world.h"

#include <math.h>
#include <stdlib.h>

#include "sim/state.h"

enum { PURPOSE_JITTER = 2 };

void sim_add(struct sim_world *w, int64_t at_ns, enum sim_kind kind, int who, int64_t what) {
    int rc = sim_events_add(&w->events, at_ns, (int32_t)kind, who, what);
    if (rc && !w->failed)
        w->failed = rc;
}

/* ---- setting up ---------------------------------------------------------- */

static int check_stream(const struct sim_conf *conf, int i, struct weir_error *err) {
    const struct sim_stream_conf *s = &conf->stream[i];
    if (s->node < 0 || (size_t)s->node >= conf->site->node_len)
        return weir_fail(err, WEIR_EINVAL, "stream %s: node %d is not in the site", s->name,
                         s->node);
    const int64_t most = 1000000 * WEIR_NS_PER_S;
    if (!(s->rate_fps > 0 && s->rate_fps <= 1000) || s->phase_ns < 0 || s->phase_ns > most ||
        s->until_ns < 0 || s->jitter_ns < 0 || (double)s->jitter_ns * s->rate_fps >= 1e9 ||
        s->deadline_ns <= 0 || s->deadline_ns > most)
        return weir_fail(
            err, WEIR_EINVAL,
            "stream %s: %g frames per second, phase %lld ns, jitter %lld ns, deadline "
            "%lld ns; allowed: a rate up to 1000, no negative times, less jitter than is between "
            "frames, a deadline above 0",
            s->name, s->rate_fps, (long long)s->phase_ns, (long long)s->jitter_ns,
            (long long)s->deadline_ns);
    if (s->skip < 0)
        return weir_fail(err, WEIR_EINVAL, "stream %s: skip %d; allowed: 0 and above", s->name,
                         s->skip);
    if (s->reference < 0 || s->reference >= conf->settings ||
        !(s->min_accuracy >= 0 && s->min_accuracy <= 1))
        return weir_fail(err, WEIR_EINVAL,
                         "stream %s: reference %d, floor %g; allowed: a setting of the run, 0 to 1",
                         s->name, s->reference, s->min_accuracy);
    return 0;
}

static int check_setting(const struct sim_conf *conf, int i, struct weir_error *err) {
    const struct weir_setting *s = &conf->setting[i];
    const struct sim_cost *c = &conf->cost[i];
    if (s->node < 0 || (size_t)s->node >= conf->site->node_len || s->model < 0 ||
        s->model >= conf->models || s->width < 1 || s->height < 1)
        return weir_fail(err, WEIR_EINVAL,
                         "setting %d: node %d, model %d, %dx%d pixels; allowed: nodes of the site, "
                         "models of the run, a size above 0",
                         i, s->node, s->model, s->width, s->height);
    if (c->reduce_ns < 0 || c->encode_ns < 0 || c->decode_ns < 0 || c->infer_ns <= 0)
        return weir_fail(err, WEIR_EINVAL,
                         "setting %d: a stage takes a negative time, or inference none", i);
    return 0;
}

int sim_check(const struct sim_conf *conf, struct weir_error *err) {
    int rc = 0;
    if (conf->streams < 1 || conf->settings < 1 || !(conf->seconds > 0 && conf->seconds <= 1e6))
        return weir_fail(err, WEIR_EINVAL,
                         "a simulation of %d streams, %d settings, %g s; allowed: one and more of "
                         "each, up to 1000000 s",
                         conf->streams, conf->settings, conf->seconds);
    if (conf->strategy->version != WEIR_STRATEGY_VERSION || !conf->strategy->choose)
        return weir_fail(err, WEIR_EINVAL,
                         "strategy %s: its version is %d and it %s; needed: version %d and choose",
                         conf->strategy->name, conf->strategy->version,
                         conf->strategy->choose ? "chooses" : "does not choose",
                         WEIR_STRATEGY_VERSION);
    for (int i = 0; !rc && i < conf->streams; i++)
        rc = check_stream(conf, i, err);
    for (int i = 0; !rc && i < sim_settings(conf); i++)
        rc = check_setting(conf, i, err);
    return rc;
}

int64_t sim_frames_of(const struct sim_conf *conf, const struct sim_stream_conf *s) {
    double until_s = s->until_ns ? fmin(conf->seconds, (double)s->until_ns / 1e9) : conf->seconds,
           left_s = until_s - (double)s->phase_ns / 1e9;
    return left_s > 0 ? (int64_t)ceil(left_s * s->rate_fps) : 0;
}

/* What strategies may know of the site; agents know their ways by now. */
static int make_views(struct sim_world *w) {
    const struct sim_conf *conf = w->conf;
    const struct weir_site *site = w->site;
    const size_t nodes = site->node_len;
    w->node_view = calloc(nodes, sizeof *w->node_view);
    w->stream_view = calloc((size_t)conf->streams, sizeof *w->stream_view);
    w->link_view = calloc(site->link_len + 1, sizeof *w->link_view);
    w->route_view = calloc(nodes * nodes, sizeof *w->route_view);
    if (!w->node_view || !w->stream_view || !w->link_view || !w->route_view)
        return WEIR_ENOMEM;
    for (size_t i = 0; i < site->link_len; i++) {
        struct weir_link_view *view = &w->link_view[i];
        view->name = site->link[i].name;
        for (int way = 0; way < (site->link[i].one_way ? 1 : WEIR_SITE_WAYS); way++) {
            view->mbit_per_s[way] = sim_wires_mbit_per_s(&w->wires, site, (int)i, way);
        }
    }
    for (size_t i = 0; i < nodes * nodes; i++) {
        const struct sim_route *route = w->agent[i / nodes].route;
        route = route ? &route[i % nodes] : NULL;
        w->route_view[i] = route && route->link
                               ? (struct weir_route_view){route->link, route->way, route->len}
                               : (struct weir_route_view){.links = -1};
    }
    for (size_t i = 0; i < site->node_len; i++)
        w->node_view[i] = (struct weir_node_view){site->node[i].name, site->node[i].tier,
                                                  site->node[i].slots, site->node[i].slowdown};
    for (int i = 0; i < conf->streams; i++) {
        const struct sim_stream_conf *s = &conf->stream[i];
        w->audit_width[i] = s->audit_width;
        w->stream_view[i] =
            (struct weir_stream_view){s->name,   s->node,        sim_detected_fps(s), s->width,
                                      s->height, s->deadline_ns, s->min_accuracy,     s->reference};
    }
    w->view = (struct weir_site_view){
        .node = w->node_view,
        .nodes = (int)nodes,
        .link = w->link_view,
        .links = (int)site->link_len,
        .route = w->route_view,
        .model = conf->model,
        .models = conf->models,
        .setting = conf->setting,
        .settings = conf->settings,
        .stream = w->stream_view,
        .streams = conf->streams,
    };
    return 0;
}

/* Settings whose jobs may share a batch: same model, same size, same way of arriving. */
static int make_kinds(struct sim_world *w) {
    const struct sim_conf *conf = w->conf;
    w->kind = calloc((size_t)sim_settings(conf), sizeof *w->kind);
    if (!w->kind)
        return WEIR_ENOMEM;
    for (int i = 0; i < sim_settings(conf); i++) {
        const struct weir_setting *s = &conf->setting[i];
        int k = 0;
        while (conf->setting[k].model != s->model || conf->setting[k].width != s->width ||
               conf->setting[k].height != s->height || conf->setting[k].travel != s->travel)
            k++;
        w->kind[i] = k;
    }
    return 0;
}

static int make_nodes(struct sim_world *w) {
    const struct weir_site *site = w->site;
    w->node = calloc(site->node_len, sizeof *w->node);
    if (!w->node)
        return WEIR_ENOMEM;
    for (size_t i = 0; i < site->node_len; i++) {
        const struct weir_site_node *from = &site->node[i];
        struct sim_node *node = &w->node[i];
        size_t batch = from->batch < WEIR_BATCH_MAX ? (size_t)from->batch : WEIR_BATCH_MAX;
        node->slot = calloc((size_t)from->slots, sizeof *node->slot);
        node->began_ns = calloc((size_t)from->slots, sizeof *node->began_ns);
        node->working = calloc((size_t)from->slots, sizeof *node->working);
        if (!node->slot || !node->began_ns || !node->working ||
            sim_server_init(&node->server, from->slots, SIM_QUEUE_MOST, batch))
            return WEIR_ENOMEM;
    }
    return 0;
}

/* Frames are due at their stream's rate, each a little later by chance. */
static int make_streams(struct sim_world *w) {
    const struct sim_conf *conf = w->conf;
    int64_t jobs = 0;
    w->lane = calloc((size_t)conf->streams, sizeof *w->lane);
    w->first_job = calloc((size_t)conf->streams, sizeof *w->first_job);
    w->chain = calloc((size_t)conf->streams, sizeof *w->chain);
    w->result->stream = calloc((size_t)conf->streams, sizeof *w->result->stream);
    if (!w->lane || !w->first_job || !w->chain || !w->result->stream)
        return WEIR_ENOMEM;
    w->result->streams = conf->streams;
    for (int i = 0; i < conf->streams; i++) {
        const struct sim_stream_conf *s = &conf->stream[i];
        struct sim_stream_result *r = &w->result->stream[i];
        struct weir_random random = weir_random_of(conf->seed, PURPOSE_JITTER, (uint64_t)i);
        r->frames = sim_frames_of(conf, s);
        r->frame = calloc((size_t)r->frames + 1, sizeof *r->frame);
        w->lane[i].arrived_ns = calloc((size_t)r->frames + 1, sizeof *w->lane[i].arrived_ns);
        if (!r->frame || !w->lane[i].arrived_ns)
            return WEIR_ENOMEM;
        w->chain[i] = (struct sim_chain){.node = -1};
        w->first_job[i] = jobs;
        jobs += r->frames;
        for (int64_t k = 0; k < r->frames; k++) {
            double late = weir_random_unit(&random) * (double)s->jitter_ns;
            r->frame[k] = (struct sim_frame){
                .due_ns = s->phase_ns + llround((double)k * 1e9 / s->rate_fps + late),
                .setting = -1,
            };
            w->lane[i].arrived_ns[k] = WEIR_FOREVER;
        }
    }
    w->jobs = jobs;
    w->job = calloc((size_t)jobs * (conf->content->audits ? 2 : 1) + 1, sizeof *w->job);
    return w->job ? 0 : WEIR_ENOMEM;
}

/* ---- what agents ask, and what their strategies are watched at ----------------- */

static struct sim_world *world_of(struct weir_beliefs *beliefs) {
    return ((struct sim_beliefs *)beliefs)->world;
}

/* Agents count frames that are detected; content knows them all. */
static int64_t frame_of(const struct sim_world *w, int stream, int64_t counted) {
    return counted * sim_skip(&w->conf->stream[stream]);
}

static int64_t mean_bytes(struct weir_beliefs *beliefs, int stream, int setting) {
    struct sim_content *content = world_of(beliefs)->conf->content;
    return content->mean_bytes(content, stream, setting);
}

static int64_t key_bytes(struct weir_beliefs *beliefs, int stream, int64_t frame, int setting) {
    const struct sim_world *w = world_of(beliefs);
    struct sim_content *content = w->conf->content;
    return content->key_bytes(content, stream, frame_of(w, stream, frame), setting);
}

static void accuracy(struct weir_beliefs *beliefs, int stream, int64_t frame, int setting,
                     double *ret_accuracy, double *ret_margin) {
    const struct sim_world *w = world_of(beliefs);
    struct sim_content *content = w->conf->content;
    content->accuracy(content, stream, frame_of(w, stream, frame), setting, ret_accuracy,
                      ret_margin);
}

static bool audits(struct weir_beliefs *beliefs, int stream, int64_t frame) {
    const struct sim_world *w = world_of(beliefs);
    struct sim_content *content = w->conf->content;
    return content->audits(content, stream, frame_of(w, stream, frame));
}

static int compares(struct weir_beliefs *beliefs, int stream, int setting, int auditor,
                    int ret_setting[WEIR_COMPARED_MAX]) {
    struct sim_content *content = world_of(beliefs)->conf->content;
    return content->compares(content, stream, setting, auditor, ret_setting);
}

static const struct sim_conf *watched(struct weir_strategy_watch *watch) {
    return ((struct sim_watch *)watch)->world->conf;
}

static void opened(struct weir_strategy_watch *watch, int node, int answer) {
    sim_calls_opened(watched(watch)->calls, node, answer);
}

static void answered(struct weir_strategy_watch *watch, int node,
                     const struct weir_frame_view *view, int answer) {
    sim_calls_chosen(watched(watch)->calls, node, view, answer);
}

static void took(struct weir_strategy_watch *watch, const struct weir_frame_view *view,
                 int choice) {
    struct sim_observer *observer = watched(watch)->observer;
    if (observer && observer->chose)
        observer->chose(observer, view, choice);
}

static void told(struct weir_strategy_watch *watch, int node, const struct weir_result_view *view) {
    sim_calls_told(watched(watch)->calls, node, view);
}

static void planned(struct weir_strategy_watch *watch, const struct weir_plan_view *view,
                    const int64_t *toll_ns, const int *preferred) {
    sim_calls_planned(watched(watch)->calls, view, toll_ns, preferred);
}

static void make_ears(struct sim_world *w) {
    const struct sim_content *content = w->conf->content;
    w->watch = (struct sim_watch){{opened, answered, took, told, planned}, w};
    w->beliefs = (struct sim_beliefs){{.mean_bytes = mean_bytes, .accuracy = accuracy}, w};
    if (content->key_bytes)
        w->beliefs.base.key_bytes = key_bytes;
    if (content->audits) {
        w->beliefs.base.audits = audits;
        w->beliefs.base.compares = compares;
    }
}

static int make(struct sim_world *w, struct weir_error *err) {
    const struct sim_conf *conf = w->conf;
    const size_t nodes = w->site->node_len;
    int rc = sim_check(conf, err);
    if (rc)
        return rc;
    w->end_ns = llround(conf->seconds * 1e9);
    w->agent = calloc(nodes, sizeof *w->agent);
    w->audit_width = calloc((size_t)conf->streams, sizeof *w->audit_width);
    w->result->sent_bytes = calloc(w->site->link_len + 1, sizeof *w->result->sent_bytes);
    w->result->busy_ns = calloc(nodes, sizeof *w->result->busy_ns);
    if (!w->agent || !w->audit_width || !w->result->sent_bytes || !w->result->busy_ns ||
        make_kinds(w) || make_nodes(w) || make_streams(w))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    rc = sim_wires_init(&w->wires, w->site, conf->seed, err);
    for (int i = 0; !rc && i < conf->streams; i++)
        if (!w->agent[conf->stream[i].node].route)
            rc = sim_agent_init(w, conf->stream[i].node, err);
    if (!rc && make_views(w))
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    make_ears(w);
    if (!rc)
        rc = sim_calls_begin(conf->calls, conf->strategy, conf->options ? conf->options : "",
                             &w->view, err);
    for (size_t i = 0; !rc && i < nodes; i++)
        if (w->agent[i].route)
            rc = sim_agent_open(w, (int)i, err);
    if (!rc)
        rc = sim_planner_init(w, err);
    return rc;
}

static void unmake(struct sim_world *w) {
    const size_t nodes = w->site->node_len;
    sim_planner_done(w);
    for (size_t i = 0; w->agent && i < nodes; i++)
        sim_agent_done(w, (int)i);
    for (size_t i = 0; w->node && i < nodes; i++) {
        sim_server_done(&w->node[i].server);
        free(w->node[i].slot);
        free(w->node[i].began_ns);
        free(w->node[i].working);
    }
    for (int i = 0; w->lane && i < w->conf->streams; i++)
        free(w->lane[i].arrived_ns);
    sim_wires_done(&w->wires);
    sim_events_done(&w->events);
    free(w->agent);
    free(w->node);
    free(w->lane);
    free(w->first_job);
    free(w->job);
    free(w->chain);
    free(w->audit_width);
    free(w->kind);
    free(w->node_view);
    free(w->stream_view);
    free(w->link_view);
    free(w->route_view);
}

/* ---- time ---------------------------------------------------------------- */

/* By then every frame has left: what would happen to a node after that changes nothing, and real
 * time would have to wait for it. */
static int64_t last_ns(const struct sim_world *w) {
    int64_t deadline_ns = 0;
    for (int i = 0; i < w->conf->streams; i++)
        if (w->conf->stream[i].deadline_ns > deadline_ns)
            deadline_ns = w->conf->stream[i].deadline_ns;
    return w->end_ns + deadline_ns + SIM_AUDIT_NS + 2 * SIM_GIVE_UP_NS;
}

static void add_by(struct sim_world *w, int64_t last, int64_t at_ns, enum sim_kind kind, int node) {
    if (at_ns <= last)
        sim_add(w, at_ns, kind, node, 0);
}

static void begin(struct sim_world *w) {
    const struct weir_site *site = w->site;
    const int64_t last = last_ns(w);
    for (int i = 0; i < w->conf->streams; i++)
        if (w->result->stream[i].frames)
            sim_add(w, w->result->stream[i].frame[0].due_ns, SIM_DUE, i, 0);
    for (size_t i = 0; i < site->node_len; i++)
        sim_add(w, 0, SIM_BEAT, (int)i, 0);
    sim_add(w, SIM_PLAN_NS, SIM_PLAN, 0, 0);
    for (size_t i = 0; i < site->event_len; i++) {
        const struct weir_site_event *e = &site->event[i];
        if (e->node < 0)
            continue;
        add_by(w, last, llround(e->at_s * 1e9), SIM_DOWN, e->node);
        add_by(w, last, llround((e->at_s + e->down_s) * 1e9), SIM_UP, e->node);
    }
}

static void due(struct sim_world *w, int stream, int64_t frame) {
    const struct sim_stream_result *r = &w->result->stream[stream];
    if (frame + 1 < r->frames)
        sim_add(w, r->frame[frame + 1].due_ns, SIM_DUE, stream, frame + 1);
    if (!sim_detects(&w->conf->stream[stream], frame)) {
        sim_lane_carried(w, stream, frame);
        return;
    }
    weir_agent_due(w->agent[w->conf->stream[stream].node].agent, stream,
                   frame / sim_skip(&w->conf->stream[stream]), r->frame[frame].due_ns);
    sim_agent_choose(w, stream, frame);
}

/* A node tells every agent how it is. Such messages are short: they wait in no queue, but
 * pass no link that is down. */
static void beat(struct sim_world *w, int node) {
    const int64_t now = w->events.now_ns, wait_us = sim_journey_wait_ns(w, node) / 1000;
    if (now < w->end_ns)
        sim_add(w, now + SIM_BEAT_NS, SIM_BEAT, node, 0);
    for (size_t i = 0; w->node[node].server.up && i < w->site->node_len; i++) {
        const struct sim_agent *agent = &w->agent[i];
        bool open = agent->agent && agent->route[node].link;
        for (int k = 0; open && k < agent->route[node].back_len; k++)
            open = weir_link_passes(
                &w->wires.link[agent->route[node].back_link[k]][agent->route[node].back_way[k]],
                now);
        if (open)
            sim_add(w, now + agent->route[node].rtt_ns / 2, SIM_HEARD, (int)i,
                    wait_us << 16 | node);
    }
}

static void happen(struct sim_world *w, const struct sim_event *e) {
    switch ((enum sim_kind)e->kind) {
    case SIM_DUE:
        due(w, e->who, e->what);
        break;
    case SIM_HOP:
        sim_journey_hop(w, e->what);
        break;
    case SIM_AUDIT:
        sim_journey_look(w, e->what);
        break;
    case SIM_AUDITED:
        sim_audit_known(w, &w->job[e->what]);
        break;
    case SIM_DONE:
        sim_journey_done(w, e->who, e->what);
        break;
    case SIM_GIVEN_UP:
        sim_journey_given_up(w, e->what);
        break;
    case SIM_ORDER:
        sim_lane_look(w, e->who);
        break;
    case SIM_BEAT:
        beat(w, e->who);
        break;
    case SIM_HEARD:
        weir_agent_heard(w->agent[e->who].agent, (int)(e->what & 0xffff), e->at_ns,
                         (e->what >> 16) * 1000);
        break;
    case SIM_PLAN:
        sim_planner_plan(w);
        break;
    case SIM_TOLLS:
        sim_planner_arrive(w);
        break;
    case SIM_DOWN:
        sim_journey_down(w, e->who);
        break;
    case SIM_UP:
        sim_journey_up(w, e->who);
        break;
    }
}

/* The next thing to happen: an event whose time has come, or, before it, a real work that is over.
 * False: nothing more. */
static bool next(struct sim_world *w, struct sim_event *ret_event, bool *ret_done,
                 struct sim_done *done) {
    struct sim_works *works = w->conf->works;
    *ret_done = false;
    if (!works)
        return sim_events_next(&w->events, ret_event);
    const int64_t due = w->events.len ? w->events.heap[0].at_ns : WEIR_FOREVER;
    if (due == WEIR_FOREVER) /* every frame has an event that ends it: nobody waits for a work */
        return false;
    *ret_done = works->wait(works, due, done);
    return *ret_done || sim_events_next(&w->events, ret_event);
}

static void worked(struct sim_world *w, const struct sim_done *done) {
    w->events.now_ns = done->at_ns > w->events.now_ns ? done->at_ns : w->events.now_ns;
    sim_journey_worked(w, done);
}

int sim_world_run(const struct sim_conf *conf, struct sim_result *ret, struct weir_error *err) {
    struct sim_result result = {0};
    struct sim_world w = {.conf = conf, .site = conf->site, .result = &result};
    struct sim_event e;
    struct sim_done done;
    bool is_done;
    int rc = make(&w, err);
    if (!rc) {
        begin(&w);
        while (!w.failed && next(&w, &e, &is_done, &done))
            if (is_done)
                worked(&w, &done);
            else
                happen(&w, &e);
        if (w.failed)
            rc = weir_fail(err, w.failed, "simulation: %s", weir_err_str(w.failed));
        else
            rc = sim_calls_end(conf->calls, err);
    }
    unmake(&w);
    if (rc)
        sim_result_done(&result);
    else
        *ret = result;
    return rc;
}

void sim_result_done(struct sim_result *result) {
    for (int i = 0; i < result->streams; i++)
        free(result->stream[i].frame);
    free(result->stream);
    free(result->sent_bytes);
    free(result->busy_ns);
    *result = (struct sim_result){0};
}
