/* What strategies share: ways to pick one of a frame's offers. Inside sched only. */
#ifndef WEIR_SCHED_PICK_H
#define WEIR_SCHED_PICK_H

#include <stdio.h>
#include <string.h>

#include "weir/strategy.h"

static inline const struct weir_setting *pick_setting(const struct weir_frame_view *frame, int i) {
    return &frame->site->setting[frame->offer[i].setting];
}

/* Is the offer's node of that tier? */
static inline bool pick_tier(const struct weir_frame_view *frame, int i, const char *tier) {
    return !strcmp(frame->site->node[pick_setting(frame, i)->node].tier, tier);
}

static inline bool pick_floor(const struct weir_frame_view *frame, int i) {
    return frame->offer[i].accuracy - frame->offer[i].margin >= frame->min_accuracy;
}

/* Of equal offers the lower setting: the order in which they come must not matter. */
static inline bool pick_first(const struct weir_frame_view *frame, int a, int b) {
    return frame->offer[b].setting < frame->offer[a].setting;
}

/* Of two offers the index of the faster, the cheaper, the more accurate one; a may be -1 for
 * none. */
static inline int pick_faster(const struct weir_frame_view *frame, int a, int b) {
    if (a < 0 || frame->offer[b].mean_ns != frame->offer[a].mean_ns)
        return a < 0 || frame->offer[b].mean_ns < frame->offer[a].mean_ns ? b : a;
    return pick_first(frame, a, b) ? b : a;
}

static inline int pick_more_accurate(const struct weir_frame_view *frame, int a, int b) {
    if (a < 0 || frame->offer[b].accuracy != frame->offer[a].accuracy)
        return a < 0 || frame->offer[b].accuracy > frame->offer[a].accuracy ? b : a;
    return pick_first(frame, a, b) ? b : a;
}

static inline int pick_cheaper(const struct weir_frame_view *frame, int a, int b) {
    if (a < 0 || frame->offer[b].bytes != frame->offer[a].bytes)
        return a < 0 || frame->offer[b].bytes < frame->offer[a].bytes ? b : a;
    if (frame->offer[b].service_ns != frame->offer[a].service_ns)
        return frame->offer[b].service_ns < frame->offer[a].service_ns ? b : a;
    return pick_first(frame, a, b) ? b : a;
}

/* The fastest offer that meets the floor, else the most accurate one; at that node only, unless
 * it is -1. */
static inline int pick_fastest(const struct weir_frame_view *frame, int node) {
    int fast = WEIR_DROP, accurate = WEIR_DROP;
    for (int i = 0; i < frame->offers; i++) {
        if (node >= 0 && pick_setting(frame, i)->node != node)
            continue;
        if (pick_floor(frame, i))
            fast = pick_faster(frame, fast, i);
        accurate = pick_more_accurate(frame, accurate, i);
    }
    return fast >= 0 ? fast : accurate;
}

/* -1, with that reason. */
static inline int pick_no_memory(char *ret_reason) {
    snprintf(ret_reason, WEIR_REASON_MAX, "out of memory");
    return -1;
}

/* For strategies without options. 0, or -1 with the reason. */
static inline int pick_takes_no_options(const char *options, char *ret_reason) {
    if (!*options)
        return 0;
    snprintf(ret_reason, WEIR_REASON_MAX, "takes no options, found \"%.100s\"", options);
    return -1;
}

/* The open of strategies that keep nothing and want no options. */
static inline int pick_open(const struct weir_site_view *site, int node, const char *options,
                            struct weir_strategy_state **ret_state, char *ret_reason) {
    (void)site;
    (void)node;
    (void)ret_state;
    return pick_takes_no_options(options, ret_reason);
}

/* And where the site needs a node of that tier. */
static inline int pick_needs_tier(const struct weir_site_view *site, const char *tier,
                                  const char *options, char *ret_reason) {
    for (int i = 0; i < site->nodes; i++)
        if (!strcmp(site->node[i].tier, tier))
            return pick_takes_no_options(options, ret_reason);
    snprintf(ret_reason, WEIR_REASON_MAX, "the site has no node of tier %s", tier);
    return -1;
}

#endif
