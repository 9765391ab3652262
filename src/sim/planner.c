/*
 * The planner: once a second it hears from the agents what they sent where and how long that
 * waited, and lets the strategy put tolls on settings. They reach every agent a little later.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/state.h"

#define LEARN_BEAT 0.02
#define CLOCK_ERROR 0.25 /* of a round trip, at most; half of it is what could not be told */
enum { PURPOSE_CLOCK = 5 };
enum { GONE = 25 }; /* frames that did not come: the stream is gone */

static size_t cells(const struct sim_world *w) {
    return (size_t)w->conf->streams * (size_t)w->conf->settings;
}

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
    const size_t nodes = w->site->node_len;
    char reason[WEIR_REASON_MAX] = "no reason given";
    if (!conf->strategy->plan)
        return 0;
    p->flow = calloc(cells(w), sizeof *p->flow);
    p->bytes = calloc(cells(w), sizeof *p->bytes);
    p->toll_ns = calloc(cells(w), sizeof *p->toll_ns);
    p->next_toll_ns = calloc(cells(w), sizeof *p->next_toll_ns);
    p->any = calloc((size_t)conf->streams, sizeof *p->any);
    p->slot_ns = calloc((size_t)conf->settings, sizeof *p->slot_ns);
    p->beat = calloc((size_t)conf->streams, sizeof *p->beat);
    p->rhythm = calloc((size_t)conf->streams, sizeof *p->rhythm);
    p->prospect = calloc(cells(w), sizeof *p->prospect);
    p->preferred = calloc((size_t)conf->streams, sizeof *p->preferred);
    p->next_preferred = calloc((size_t)conf->streams, sizeof *p->next_preferred);
    p->wait_ns = calloc(nodes, sizeof *p->wait_ns);
    p->waited = calloc(nodes, sizeof *p->waited);
    if (!p->flow || !p->bytes || !p->toll_ns || !p->next_toll_ns || !p->slot_ns || !p->wait_ns ||
        !p->waited || !p->any || !p->beat || !p->rhythm || !p->prospect || !p->preferred ||
        !p->next_preferred)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int s = 0; s < conf->settings; s++)
        p->slot_ns[s] = sim_share_ns(w, s);
    p->node = find_node(w);
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
    free(p->any);
    free(p->beat);
    free(p->rhythm);
    free(p->prospect);
    free(p->preferred);
    free(p->next_preferred);
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

void sim_planner_due(struct sim_world *w, int stream, int64_t frame) {
    struct sim_beat *b = w->planner.flow ? &w->planner.beat[stream] : NULL;
    const int64_t due = sim_frame_of(w, stream, frame)->due_ns;
    if (!b)
        return;
    if (!b->frames++)
        b->first_ns = due;
    double period = 1e9 / w->conf->stream[stream].rate_fps,
           late = (double)(due - b->first_ns) - (double)frame * period,
           learn = fmax(LEARN_BEAT, 1.0 / (double)b->frames);
    b->late_ns += learn * (late - b->late_ns);
    b->spread_ns += learn * (fabs(late - b->late_ns) - b->spread_ns);
    b->last_frame = frame;
}

/* What agents tell of a stream: when its frames come, and what it could have. */
static void look(struct sim_world *w, int stream) {
    const struct sim_conf *conf = w->conf;
    struct sim_planner *p = &w->planner;
    const struct sim_beat *b = &p->beat[stream];
    const size_t row = (size_t)stream * (size_t)conf->settings;
    const int64_t period = llround(1e9 / sim_detected_fps(&conf->stream[stream])),
                  now = w->events.now_ns;
    struct weir_rhythm *r = &p->rhythm[stream];
    /* Of chance that is uniform over a time, the mean deviation is a quarter of it. */
    const double jitter = fmin(4 * b->spread_ns, 0.9 * (double)period);
    *r = (struct weir_rhythm){.due_ns = -1, .period_ns = period, .jitter_ns = llround(jitter)};
    if (b->frames)
        r->due_ns = llround((double)b->first_ns +
                            (double)b->last_frame * 1e9 / conf->stream[stream].rate_fps +
                            b->late_ns - jitter / 2) +
                    clock_error_ns(w, stream);
    if (b->frames && now - r->due_ns > GONE * period)
        r->due_ns = -1;
    if (!in_touch(w, stream))
        r->due_ns = -1;
    for (int s = 0; s < conf->settings; s++) {
        struct weir_prospect *q = &p->prospect[row + (size_t)s];
        struct weir_offer offer;
        *q = (struct weir_prospect){0};
        p->bytes[row + (size_t)s] = 0;
        if (r->due_ns < 0 || !sim_agent_offer(w, stream, b->last_frame, s, &offer))
            continue;
        const struct sim_agent *agent = &w->agent[conf->stream[stream].node];
        const int64_t back = agent->route[conf->setting[s].node].rtt_ns / 2;
        *q = (struct weir_prospect){
            .on_offer = true,
            .meets = offer.accuracy - offer.margin >= conf->stream[stream].min_accuracy,
            .arrives_ns = offer.source_ns + offer.network_ns - back,
            .apart_ns = offer.mean_ns - offer.queue_ns,
            .switch_ns =
                llround(agent->sense[conf->setting[s].node].pace * (double)offer.switch_bytes),
        };
        p->bytes[row + (size_t)s] = offer.bytes;
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
    for (int i = 0; i < w->conf->streams; i++) {
        look(w, i);
        p->next_preferred[i] = -1;
    }
    const struct weir_plan_view view = {
        .site = &w->view,
        .now_ns = now,
        .flow = p->flow,
        .slot_ns = p->slot_ns,
        .bytes = p->bytes,
        .wait_ns = p->wait_ns,
        .rhythm = p->rhythm,
        .prospect = p->prospect,
    };
    w->conf->strategy->plan(p->state, &view, p->next_toll_ns, p->next_preferred);
    sim_calls_planned(w->conf->calls, &view, p->next_toll_ns, p->next_preferred);
    memset(p->flow, 0, cells(w) * sizeof *p->flow);
    memset(p->wait_ns, 0, nodes * sizeof *p->wait_ns);
    memset(p->waited, 0, nodes * sizeof *p->waited);
    p->last_ns = now;
    sim_add(w, now + SIM_PLAN_DELAY_NS, SIM_TOLLS, 0, 0);
    if (now < w->end_ns)
        sim_add(w, now + SIM_PLAN_NS, SIM_PLAN, 0, 0);
}

/* Who cannot be reached goes on with the plan before. */
void sim_planner_tolls(struct sim_world *w) {
    struct sim_planner *p = &w->planner;
    const size_t settings = (size_t)w->conf->settings;
    for (int i = 0; i < w->conf->streams; i++) {
        const size_t row = (size_t)i * settings;
        if (!in_touch(w, i))
            continue;
        memcpy(p->toll_ns + row, p->next_toll_ns + row, settings * sizeof *p->toll_ns);
        p->preferred[i] = p->next_preferred[i];
        p->any[i] = true;
    }
}

const int64_t *sim_planner_toll(const struct sim_world *w, int stream) {
    const struct sim_planner *p = &w->planner;
    return p->any && p->any[stream] ? p->toll_ns + (size_t)stream * (size_t)w->conf->settings
                                    : NULL;
}

int sim_planner_preferred(const struct sim_world *w, int stream) {
    const struct sim_planner *p = &w->planner;
    return p->any && p->any[stream] ? p->preferred[stream] : -1;
}
