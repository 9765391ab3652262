/*
 * Everything goes to the cloud in full resolution, through the reference model, as in
 * the published comparison. What everybody does, and what others are measured by.
 */
#include <stdio.h>

#include "sched/pick.h"
#include "sched/strategies.h"

static int open(const struct weir_site_view *site, int node, const char *options,
                struct weir_strategy_state **ret_state, char *ret_reason) {
    (void)node;
    (void)ret_state;
    return pick_needs_tier(site, "cloud", options, ret_reason);
}

/* Larger picture first, then better quality, then the faster node. */
static bool better(const struct weir_site_view *site, const struct weir_offer *a,
                   const struct weir_offer *b) {
    const struct weir_setting *s = &site->setting[a->setting], *t = &site->setting[b->setting];
    if (s->width != t->width)
        return s->width > t->width;
    if (s->travel != t->travel)
        return s->travel < t->travel; /* JPEG before H.264 */
    if (s->quality != t->quality)
        return s->travel == WEIR_TRAVEL_H264 ? s->quality < t->quality : s->quality > t->quality;
    if (a->mean_ns != b->mean_ns)
        return a->mean_ns < b->mean_ns;
    return a->setting < b->setting;
}

static int choose(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    (void)state;
    const struct weir_site_view *site = frame->site;
    const int model = site->setting[site->stream[frame->stream].reference].model;
    int best = WEIR_DROP;
    for (int i = 0; i < frame->offers; i++) {
        const struct weir_offer *offer = &frame->offer[i];
        if (pick_tier(frame, i, "cloud") && site->setting[offer->setting].model == model &&
            (best < 0 || better(site, offer, &frame->offer[best])))
            best = i;
    }
    return best;
}

const struct weir_strategy weir_strategy_cloud_only = {
    .version = WEIR_STRATEGY_VERSION,
    .name = "cloud-only",
    .about = "everything to the cloud, in full resolution",
    .ignores_accuracy = true,
    .open = open,
    .choose = choose,
};
