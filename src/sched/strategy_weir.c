/*
 * The plan says what is best for all, the choice does it as long as it holds what was promised.
 *
 * Once a second the planner looks for the setting of each stream that makes the sum of all
 * latencies least (weir_plan.c), and works out what each setting would cost the others
 * (weir_toll.c). For every frame an agent takes the plan's setting if that meets floor and deadline
 * by what it knows itself; else, or without a plan, the least of its own latency plus toll among
 * what does. Left to itself it leaves a setting only for a gain worth having.
 */
#include <stdlib.h>

#include "sched/pick.h"
#include "sched/strategies.h"
#include "sched/weir_plan.h"
#include "sched/weir_toll.h"

#define WORTH_MOVING_NS 1000000 /* a gain below this, or below */
#define WORTH_MOVING 0.05 /* this share of the cost, is no reason to leave a setting */

struct weir_strategy_state {
    /* the planner's */
    struct weir_toll *toll;
    struct weir_plan *plan;
    /* an agent's */
    int *last; /* [streams]: the setting taken before; -1: none */
};

static void close(struct weir_strategy_state *state) {
    if (!state)
        return;
    weir_toll_free(state->toll);
    weir_plan_free(state->plan);
    free(state->last);
    free(state);
}

static bool make(struct weir_strategy_state *state, const struct weir_site_view *site, int node) {
    if (node < 0) {
        state->toll = weir_toll_new(site);
        state->plan = state->toll ? weir_plan_new(site, state->toll) : NULL;
        return state->plan != NULL;
    }
    state->last = calloc((size_t)site->streams, sizeof *state->last);
    for (int i = 0; state->last && i < site->streams; i++)
        state->last[i] = -1;
    return state->last != NULL;
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

static int64_t cost_of(const struct weir_frame_view *frame, int i) {
    const struct weir_offer *offer = &frame->offer[i];
    return offer->mean_ns + (frame->toll_ns ? frame->toll_ns[offer->setting] : 0);
}

static int cheaper(const struct weir_frame_view *frame, int a, int b) {
    const int64_t more = a < 0 ? -1 : cost_of(frame, b) - cost_of(frame, a);
    return more < 0 || (!more && pick_first(frame, a, b)) ? b : a;
}

static int choose(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    int *last = &state->last[frame->stream], best = WEIR_DROP, same = WEIR_DROP;
    for (int i = 0; i < frame->offers; i++) {
        const int setting = frame->offer[i].setting;
        if (!weir_offer_meets(&frame->offer[i], frame))
            continue;
        if (setting == frame->preferred) {
            *last = setting;
            return i;
        }
        best = cheaper(frame, best, i);
        if (setting == *last)
            same = i;
    }
    if (best < 0) /* late, or below the floor: the least evil */
        return pick_fastest(frame, -1);
    if (same >= 0) {
        int64_t cost = cost_of(frame, same), gain = cost - cost_of(frame, best);
        if (gain <= WORTH_MOVING_NS || (double)gain <= WORTH_MOVING * (double)cost)
            best = same;
    }
    *last = frame->offer[best].setting;
    return best;
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
