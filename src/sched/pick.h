/* Ways to pick one of a frame's offers that strategies share. Inside sched only. */
#ifndef WEIR_SCHED_PICK_H
#define WEIR_SCHED_PICK_H

#include <string.h>

#include "weir/strategy.h"

/* Is the offer's node of that tier? */
static inline bool pick_tier(const struct weir_site_view *site, const struct weir_offer *offer,
                             const char *tier) {
    return !strcmp(site->node[site->setting[offer->setting].node].tier, tier);
}

static inline bool pick_floor(const struct weir_offer *offer, const struct weir_frame_view *frame) {
    return offer->accuracy - offer->margin >= frame->min_accuracy;
}

/* Of two offers the index of the faster, the more accurate one; -1 stands for none. */
static inline int pick_faster(const struct weir_frame_view *frame, int a, int b) {
    return a < 0 || (b >= 0 && frame->offer[b].mean_ns < frame->offer[a].mean_ns) ? b : a;
}

static inline int pick_more_accurate(const struct weir_frame_view *frame, int a, int b) {
    return a < 0 || (b >= 0 && frame->offer[b].accuracy > frame->offer[a].accuracy) ? b : a;
}

#endif
