/*
 * A strategy of one's own: the fastest that will do, by what it has seen rather than by
 * what it is told. Each setting is doubted as much as its promises fell short lately, for each
 * stream by itself:
 *
 *     weir … --strategies ./mine.so                half of each new finding is believed
 *     weir … --strategies ./mine.so:belief=0.1     a tenth: steadier, slower to learn
 */
#include <stdio.h>
#include <stdlib.h>

#include "weir/strategy.h"

#define FORGET 0.995 /* with each result */

struct weir_strategy_state {
    double belief; /* (0,1] */
    int settings;
    double *doubt_ns; /* [streams][settings] */
};

static int open(const struct weir_site_view *site, int node, const char *options,
                struct weir_strategy_state **ret_state, char *ret_reason) {
    double belief = 0.5;
    int end = 0;
    (void)node; /* every agent opens one of its own */
    if (*options && (sscanf(options, "belief=%lf%n", &belief, &end) != 1 || options[end] ||
                     !(belief > 0 && belief <= 1))) {
        snprintf(ret_reason, WEIR_REASON_MAX,
                 "options are \"%.100s\"; allowed: belief=, above 0 and up to 1", options);
        return -1;
    }
    struct weir_strategy_state *state = calloc(1, sizeof *state);
    double *doubt = calloc((size_t)site->streams * (size_t)site->settings, sizeof *doubt);
    if (!state || !doubt) {
        free(state);
        free(doubt);
        snprintf(ret_reason, WEIR_REASON_MAX, "out of memory");
        return -1;
    }
    *state = (struct weir_strategy_state){belief, site->settings, doubt};
    *ret_state = state;
    return 0;
}

static void close(struct weir_strategy_state *state) {
    free(state->doubt_ns);
    free(state);
}

static double *doubt_of(struct weir_strategy_state *state, int stream, int setting) {
    return &state->doubt_ns[(size_t)stream * (size_t)state->settings + (size_t)setting];
}

static int choose(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    int best = WEIR_DROP, late = WEIR_DROP;
    double best_ns = 0, late_ns = 0;
    for (int i = 0; i < frame->offers; i++) {
        const struct weir_offer *offer = &frame->offer[i];
        const double ns = (double)offer->mean_ns + *doubt_of(state, frame->stream, offer->setting);
        if (offer->accuracy - offer->margin < frame->min_accuracy)
            continue;
        if (late < 0 || ns < late_ns) {
            late = i;
            late_ns = ns;
        }
        if (weir_offer_meets(offer, frame) && (best < 0 || ns < best_ns)) {
            best = i;
            best_ns = ns;
        }
    }
    return best >= 0 ? best : late; /* none meets the floor: the frame is dropped */
}

static void result(struct weir_strategy_state *state, const struct weir_result_view *result) {
    double *doubt = doubt_of(state, result->stream, result->setting);
    for (int s = 0; s < state->settings; s++) /* what was doubted is tried again one day */
        *doubt_of(state, result->stream, s) *= FORGET;
    if (result->delivered)
        *doubt += state->belief * ((double)(result->latency_ns - result->predicted_ns) - *doubt);
}

const struct weir_strategy weir_strategy = {
    .version = WEIR_STRATEGY_VERSION,
    .name = "mine",
    .about = "the fastest that will do, by the promises that were kept",
    .open = open,
    .close = close,
    .choose = choose,
    .result = result,
};
