/*
 * Our reading of Houmani, Balouek-Thomert, Caron and Parashar, "Enabling microservices management
 * for Deep Learning applications across the Edge-Cloud Continuum" (SBAC-PAD 2021): the nearest
 * tier that meets the deadline at full resolution; where none does, the resolution goes down
 * step by step for as long as the predicted accuracy stays at or above the threshold. Only the
 * abstract is at hand. Where it leaves a choice, the one that serves its aim best was taken:
 *
 * - Near: the least predicted time on the network. Nodes of one tier that lie equally many links
 *   away are equally near, and the fastest of them is taken; so another edge is not "the
 *   edge", and two machines of a cloud share its load.
 * - Meets: the prediction that holds nineteen times in twenty, so that it is data-driven: network,
 *   waiting and service as measured lately. A tier that fills up looks slow, and its streams move
 *   on to the next. The prediction may take `share` of the deadline. With all of it (share=1, the
 *   abstract's letter) every tier fills up until its frames are just in time, and under load it is
 *   slower than cloud-only; less keeps queues short. The default is a compromise out of
 *   simulations of 1 to 12 cameras within 100 to 200 ms, where no other was better everywhere: who
 *   compares should try several.
 * - Full resolution: that of the reference. Steps are the smaller sizes that are offered, from
 *   large to small; at each size every tier is asked, the nearest first.
 * - The paper has one detector and one way to send a picture. Here, at one tier and size, any
 *   model, codec and quality will do whose predicted accuracy, less its margin, is at or above the
 *   threshold; of those the fastest.
 * - It does not flap: what a stream has left it returns to only once that leaves room (BACK), and
 *   among equals it moves only for a gain worth having.
 * - Where nothing meets both, the abstract says nothing: the fastest that meets the
 *   threshold, else the most accurate.
 */
#include <stdlib.h>

#include "sched/options.h"
#include "sched/pick.h"
#include "sched/strategies.h"

#define BACK 0.8 /* of what a prediction may take, to leave a choice that still meets it */
#define SHARE 0.3
#define WORTH_MOVING_NS 1000000 /* a gain below this, or below */
#define WORTH_MOVING 0.05 /* this share, is no reason to change model, codec or machine */

struct weir_strategy_state {
    double share; /* of the deadline that a prediction may take */
    int *last; /* [streams]: the setting taken before; -1: none */
    int *group; /* [nodes]: nodes of one tier, equally many links away, share a number */
};

static void close(struct weir_strategy_state *state) {
    if (!state)
        return;
    free(state->last);
    free(state->group);
    free(state);
}

static bool equally_near(const struct weir_site_view *site, int from, int a, int b) {
    const struct weir_route_view *route = &site->route[from * site->nodes];
    return route[a].links == route[b].links && !strcmp(site->node[a].tier, site->node[b].tier);
}

static bool open_agent(struct weir_strategy_state *state, const struct weir_site_view *site,
                       int node) {
    state->last = calloc((size_t)site->streams, sizeof *state->last);
    state->group = calloc((size_t)site->nodes, sizeof *state->group);
    if (!state->last || !state->group)
        return false;
    for (int i = 0; i < site->streams; i++)
        state->last[i] = -1;
    for (int i = 0; i < site->nodes; i++)
        while (!equally_near(site, node, state->group[i], i)) /* at the latest it meets itself */
            state->group[i]++;
    return true;
}

static int open(const struct weir_site_view *site, int node, const char *options,
                struct weir_strategy_state **ret_state, char *ret_reason) {
    double share = SHARE;
    if (options_read_share(site, options, "share", &share, ret_reason))
        return -1;
    struct weir_strategy_state *state = calloc(1, sizeof *state);
    if (!state || !open_agent(state, site, node)) {
        close(state);
        return pick_no_memory(ret_reason);
    }
    state->share = share;
    *ret_state = state;
    return 0;
}

/* Pixels; no more than the reference's, whose resolution is full. */
static int64_t size_of(const struct weir_site_view *site, int stream, int setting) {
    const struct weir_setting *s = &site->setting[setting],
                              *full = &site->setting[site->stream[stream].reference];
    const int64_t most = (int64_t)full->width * full->height, size = (int64_t)s->width * s->height;
    return size < most ? size : most;
}

/* What is being decided for a frame. */
struct search {
    const struct weir_frame_view *frame;
    const int *group;
    int last; /* -1: none */
    double most_ns; /* that a prediction may take, from capture on */
    bool stays; /* the tier and size taken before still meet that */
    int64_t size; /* found so far: this size, */
    int near; /* then one of the nearest group */
};

static int64_t size_at(const struct search *s, int i) {
    return size_of(s->frame->site, s->frame->stream, s->frame->offer[i].setting);
}

static int group_at(const struct search *s, int i) {
    return s->group[pick_setting(s->frame, i)->node];
}

/* Is it of the tier and size that was taken before? */
static bool as_before(const struct search *s, int i) {
    const struct weir_site_view *site = s->frame->site;
    return s->last >= 0 && group_at(s, i) == s->group[site->setting[s->last].node] &&
           size_at(s, i) == size_of(site, s->frame->stream, s->last);
}

static bool meets(const struct search *s, int i, double share) {
    const struct weir_frame_view *f = s->frame;
    return pick_floor(f, i) &&
           (double)(f->now_ns - f->capture_ns + f->offer[i].high_ns) <= share * s->most_ns;
}

/* May it be taken? To leave what still does, it has to leave room. */
static bool will_do(const struct search *s, int i) {
    return meets(s, i, s->stays && !as_before(s, i) ? BACK : 1);
}

static bool nearer(const struct search *s, int a, int b) {
    const int64_t more = s->frame->offer[b].network_ns - s->frame->offer[a].network_ns;
    return more < 0 || (!more && group_at(s, b) < group_at(s, a));
}

/* The largest size that will do, and there the nearest group; false: nothing will. */
static bool find_place(struct search *s) {
    for (int i = 0; i < s->frame->offers; i++)
        if (will_do(s, i) && size_at(s, i) > s->size)
            s->size = size_at(s, i);
    for (int i = 0; i < s->frame->offers; i++)
        if (will_do(s, i) && size_at(s, i) == s->size && (s->near < 0 || nearer(s, s->near, i)))
            s->near = i;
    return s->near >= 0;
}

/* The fastest there, unless the one before is about as fast. */
static int find_fastest(const struct search *s) {
    const struct weir_frame_view *frame = s->frame;
    int fast = -1, same = -1;
    for (int i = 0; i < frame->offers; i++) {
        if (!will_do(s, i) || size_at(s, i) != s->size || group_at(s, i) != group_at(s, s->near))
            continue;
        fast = pick_faster(frame, fast, i);
        if (frame->offer[i].setting == s->last)
            same = i;
    }
    if (same < 0)
        return fast;
    const int64_t cost = frame->offer[same].mean_ns, gain = cost - frame->offer[fast].mean_ns;
    return gain <= WORTH_MOVING_NS || (double)gain <= WORTH_MOVING * (double)cost ? same : fast;
}

static int choose(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    int *last = &state->last[frame->stream];
    struct search s = {
        .frame = frame,
        .group = state->group,
        .last = *last,
        .most_ns = state->share * (double)(frame->deadline_ns - frame->capture_ns),
        .near = -1,
    };
    for (int i = 0; i < frame->offers; i++)
        s.stays = s.stays || (as_before(&s, i) && meets(&s, i, 1));
    if (!find_place(&s))
        return pick_fastest(frame, -1);
    const int choice = find_fastest(&s);
    *last = frame->offer[choice].setting;
    return choice;
}

const struct weir_strategy weir_strategy_houmani21 = {
    .version = WEIR_STRATEGY_VERSION,
    .name = "houmani21",
    .about = "the nearest tier that meets the deadline, else a lower resolution (our reading): "
             "houmani21:share=0.3",
    .open = open,
    .close = close,
    .choose = choose,
};
