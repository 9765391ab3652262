/*
 * Everything goes to the cloud, in the setting that sends the fewest bytes and still meets the
 * floor (of equal ones the one that takes least of a slot); where none does, in the most accurate
 * one.
 */
#include "sched/pick.h"
#include "sched/strategies.h"

static int open(const struct weir_site_view *site, int node, const char *options,
                struct weir_strategy_state **ret_state, char *ret_reason) {
    (void)node;
    (void)ret_state;
    return pick_needs_tier(site, "cloud", options, ret_reason);
}

static int choose(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    (void)state;
    int cheap = WEIR_DROP, accurate = WEIR_DROP;
    for (int i = 0; i < frame->offers; i++) {
        if (!pick_tier(frame, i, "cloud"))
            continue;
        if (pick_floor(frame, i))
            cheap = pick_cheaper(frame, cheap, i);
        accurate = pick_more_accurate(frame, accurate, i);
    }
    return cheap >= 0 ? cheap : accurate;
}

const struct weir_strategy weir_strategy_cloud_floor = {
    .version = WEIR_STRATEGY_VERSION,
    .name = "cloud-floor",
    .about = "everything to the cloud, in the cheapest setting that meets the floor",
    .open = open,
    .choose = choose,
};
