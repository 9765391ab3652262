/*
 * The plan says what is best for all, the choice does it as long as it holds what was promised.
 *
 * Once a second the planner looks for the setting of each stream that makes the sum of all
 * latencies least (weir_plan.c), and works out what a part of its frames would cost the others in
 * each setting (weir_toll.c). For every frame an agent takes the plan's setting if that meets floor
 * and deadline by what it knows itself, and no backlog is there that the plan did not mean: more of
 * a wait than its own service. Else, or without a plan, it takes the least of its own latency plus
 * toll among what does. Left to itself it leaves a setting only for a gain worth having.
 *
 * What could not be in time anywhere is dropped at once: it would only hold up the next. Then
 * streams that had more than the mean of their agent's stand back.
 *
 * Two things keep agents that do not see each other from harm. Bytes in flight on a link stay below
 * its rate times half the deadline, so that what is under way when a link slows down does not
 * fill it for long. And what goes elsewhere than planned spends tokens of the node that it goes to,
 * which come back as fast as a part of what that node can serve: else all that find one node busy
 * would meet at the next. An agent's own node, which no other one comes to, takes none.
 */
#include <math.h>
#include <stdlib.h>

#include "sched/pick.h"
#include "sched/strategies.h"
#include "sched/weir_plan.h"
#include "sched/weir_toll.h"

#define WORTH_MOVING_NS 1000000 /* a gain below this, or below */
#define WORTH_MOVING 0.05 /* this share of the cost, is no reason to leave a setting */

enum { SPARE = 6 }; /* this part of the deadline */
#define SENT_LEARN 0.04 /* about a second's frames */
#define SHEDS 0.97 /* of an agent's frames are sent: below, there is not enough for all */
#define AHEAD 0.05 /* of its frames, that a stream may have more than the others */
#define GONE_NS 2000000000 /* without a frame, and that many periods: */
#define GONE_FRAMES 3 /* that camera waits for nothing */
#define SPILL 0.5 /* of a node's slots, that all agents together may take beside the plan */
#define SPILL_NS 1e9 /* of that are kept, if they are not spent */

struct weir_strategy_state {
    /* the planner's */
    struct weir_toll *toll;
    struct weir_plan *plan;
    /* an agent's */
    int *last; /* [streams]: the setting last meant to be taken, by plan or choice; -1: none */
    struct lot *lot; /* [streams] */
    int *mine; /* [own]: the streams of its cameras */
    int own;
    struct allowance *allowance; /* [nodes] */
    int agents; /* that there are */
    bool planned; /* what the plan says of this frame is on offer */
};

/* What a stream had lately. */
struct lot {
    double sent; /* the share of its frames that was sent */
    int64_t seen_ns; /* its last frame; 0: none yet */
};

/* Slot time of a node that may be spent beside the plan. */
struct allowance {
    double left_ns;
    int64_t told_ns; /* when that was counted; 0: never, there is as much as there can be */
};

static void close(struct weir_strategy_state *state) {
    if (!state)
        return;
    weir_toll_free(state->toll);
    weir_plan_free(state->plan);
    free(state->last);
    free(state->lot);
    free(state->mine);
    free(state->allowance);
    free(state);
}

static int count_agents(const struct weir_site_view *site) {
    int agents = 0;
    for (int i = 0; i < site->streams; i++) {
        int k = 0;
        while (site->stream[k].node != site->stream[i].node)
            k++;
        agents += k == i;
    }
    return agents;
}

static bool make(struct weir_strategy_state *state, const struct weir_site_view *site, int node) {
    if (node < 0) {
        state->toll = weir_toll_new(site);
        state->plan = state->toll ? weir_plan_new(site, state->toll) : NULL;
        return state->plan != NULL;
    }
    state->last = calloc((size_t)site->streams, sizeof *state->last);
    state->lot = calloc((size_t)site->streams, sizeof *state->lot);
    state->mine = calloc((size_t)site->streams, sizeof *state->mine);
    state->allowance = calloc((size_t)site->nodes, sizeof *state->allowance);
    state->agents = count_agents(site);
    if (!state->last || !state->lot || !state->mine || !state->allowance)
        return false;
    for (int i = 0; i < site->streams; i++) {
        state->last[i] = -1;
        state->lot[i].sent = 1;
        if (site->stream[i].node == node)
            state->mine[state->own++] = i;
    }
    return true;
}

static int open(const struct weir_site_view *site, int node, const char *options,
                struct weir_strategy_state **ret_state, char *ret_reason) {
    if (pick_takes_no_options(options, ret_reason))
        return -1;
    struct weir_strategy_state *state = calloc(1, sizeof *state);
    if (!state || !make(state, site, node)) {
        close(state);
        return pick_no_memory(ret_reason);
    }
    *ret_state = state;
    return 0;
}

static void plan(struct weir_strategy_state *state, const struct weir_plan_view *view,
                 int64_t *ret_toll_ns, int *ret_preferred) {
    weir_toll_plan(state->toll, view, ret_toll_ns);
    weir_plan_make(state->plan, view, ret_preferred);
}

/* ---- the choice -------------------------------------------------------------- */

static int64_t cost_of(const struct weir_frame_view *frame, int i) {
    const struct weir_offer *offer = &frame->offer[i];
    return offer->mean_ns + WEIR_PLAN_BYTE_NS * offer->bytes +
           (frame->toll_ns ? frame->toll_ns[offer->setting] : 0);
}

static int cheaper(const struct weir_frame_view *frame, int a, int b) {
    const int64_t more = a < 0 ? -1 : cost_of(frame, b) - cost_of(frame, a);
    return more < 0 || (!more && pick_first(frame, a, b)) ? b : a;
}

static bool worth_it(int64_t stay, int64_t leave) {
    return stay - leave > WORTH_MOVING_NS && (double)(stay - leave) > WORTH_MOVING * (double)stay;
}

/* Once for a keyframe what is sent is another matter. */
static bool begins_anew(const struct weir_frame_view *frame, int i) {
    return frame->offer[i].switch_bytes > 0;
}

/* Are fewer bytes in flight than its links take in half the deadline? */
static bool has_room(const struct weir_frame_view *frame, const struct weir_offer *offer) {
    return offer->ahead_ns <= (frame->deadline_ns - frame->capture_ns) / 2;
}

/* Meets floor and deadline, and its link has room; where it has to stand in line, with time to
 * spare for those who come to the same line unseen. */
static bool sure(const struct weir_frame_view *frame, int i) {
    const struct weir_offer *offer = &frame->offer[i];
    const int64_t spare = (frame->deadline_ns - frame->capture_ns) / SPARE;
    return weir_offer_meets(offer, frame) && has_room(frame, offer) &&
           (offer->queue_ns <= offer->service_ns ||
            frame->now_ns + offer->high_ns + spare <= frame->deadline_ns);
}

/* ---- tokens ------------------------------------------------------------------ */

/* A token is a nanosecond of a slot; what is left of an offer's node by now. */
static double *left_of(struct weir_strategy_state *state, const struct weir_frame_view *frame,
                       const struct weir_offer *offer) {
    const int node = frame->site->setting[offer->setting].node;
    const int64_t now_ns = frame->now_ns > 0 ? frame->now_ns : 1;
    struct allowance *a = &state->allowance[node];
    const double rate = SPILL * frame->site->node[node].slots / state->agents,
                 most = rate * SPILL_NS;
    a->left_ns = a->told_ns ? fmin(a->left_ns + rate * (double)(now_ns - a->told_ns), most) : most;
    a->told_ns = now_ns;
    return &a->left_ns;
}

/* Does taking this one need tokens? Not what is planned, nor without a plan that can be followed,
 * nor what stays at its own node, which nobody else comes to unseen. */
static bool is_spill(const struct weir_strategy_state *state, const struct weir_frame_view *frame,
                     const struct weir_offer *offer) {
    return state->planned && offer->setting != frame->preferred &&
           frame->site->setting[offer->setting].node != frame->site->stream[frame->stream].node;
}

static bool allowed(struct weir_strategy_state *state, const struct weir_frame_view *frame, int i) {
    const struct weir_offer *offer = &frame->offer[i];
    return !is_spill(state, frame, offer) ||
           *left_of(state, frame, offer) >= (double)offer->service_ns;
}

static void spend(struct weir_strategy_state *state, const struct weir_frame_view *frame, int i) {
    const struct weir_offer *offer = &frame->offer[i];
    if (!is_spill(state, frame, offer))
        return;
    double *left = left_of(state, frame, offer);
    *left = fmax(*left - (double)offer->service_ns, 0); /* in need more than there is is spent */
}

/* The plan's setting (an offer that meets), or what a frame that finds a backlog there takes
 * instead. */
static int planned(struct weir_strategy_state *state, const struct weir_frame_view *frame,
                   int wanted) {
    const struct weir_offer *offer = &frame->offer[wanted];
    int best = wanted;
    if (offer->queue_ns <= offer->service_ns)
        return wanted;
    for (int i = 0; i < frame->offers; i++)
        if (sure(frame, i) && !begins_anew(frame, i) &&
            worth_it(offer->mean_ns, cost_of(frame, i)) && allowed(state, frame, i) &&
            (best == wanted || cheaper(frame, best, i) == i))
            best = i;
    return best;
}

/* Nothing is left that is sure and allowed: the fastest, without one that meets the floor what is
 * most accurate, if it may be in time, has room on its link, and does not stand in line for being
 * late. */
static int least_evil(const struct weir_frame_view *frame) {
    const int fastest = pick_fastest(frame, -1);
    if (fastest < 0)
        return WEIR_DROP;
    const struct weir_offer *offer = &frame->offer[fastest];
    return offer->queue_ns <= 0 && has_room(frame, offer) &&
                   frame->now_ns + offer->mean_ns <= frame->deadline_ns
               ? fastest
               : WEIR_DROP;
}

static bool is_on_offer(const struct weir_frame_view *frame, int setting) {
    for (int i = 0; i < frame->offers; i++)
        if (frame->offer[i].setting == setting)
            return true;
    return false;
}

static int pick(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    int *last = &state->last[frame->stream], best = WEIR_DROP, same = WEIR_DROP;
    state->planned = is_on_offer(frame, frame->preferred);
    for (int i = 0; i < frame->offers; i++) {
        const int setting = frame->offer[i].setting;
        if (!sure(frame, i))
            continue;
        if (setting == frame->preferred) {
            *last = setting;
            return planned(state, frame, i);
        }
        if (!allowed(state, frame, i))
            continue;
        best = cheaper(frame, best, i);
        if (setting == *last)
            same = i;
    }
    if (best < 0)
        return least_evil(frame);
    if (same >= 0 && !worth_it(cost_of(frame, same), cost_of(frame, best)))
        best = same;
    *last = frame->offer[best].setting;
    return best;
}

/* Where there is not enough for all, who had more than the others waits for them. */
static bool is_ahead(const struct weir_strategy_state *state, const struct weir_frame_view *frame,
                     const struct weir_offer *offer) {
    double sum = 0;
    int there = 0;
    if (offer->queue_ns <= offer->service_ns)
        return false;
    for (int i = 0; i < state->own; i++) {
        const struct lot *lot = &state->lot[state->mine[i]];
        const double gone_ns =
            fmax(GONE_NS, GONE_FRAMES * 1e9 / frame->site->stream[state->mine[i]].rate_fps);
        if (!lot->seen_ns || (double)(frame->now_ns - lot->seen_ns) > gone_ns)
            continue;
        sum += lot->sent;
        there++;
    }
    return sum < SHEDS * there && state->lot[frame->stream].sent > sum / there + AHEAD;
}

static int choose(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    struct lot *lot = &state->lot[frame->stream];
    lot->seen_ns = frame->now_ns > 0 ? frame->now_ns : 1;
    int choice = pick(state, frame);
    if (choice != WEIR_DROP && is_ahead(state, frame, &frame->offer[choice]))
        choice = WEIR_DROP;
    if (choice != WEIR_DROP)
        spend(state, frame, choice);
    lot->sent += SENT_LEARN * ((choice != WEIR_DROP) - lot->sent);
    return choice;
}

const struct weir_strategy weir_strategy_weir = {
    .version = WEIR_STRATEGY_VERSION,
    .name = "weir",
    .about = "the least latency for all together, within floors and deadlines",
    .open = open,
    .close = close,
    .choose = choose,
    .plan = plan,
};
