#include "sim/fixed.h"

#include <stdio.h>
#include <stdlib.h>

struct weir_strategy_state {
    int streams;
    int setting[]; /* [streams]; -1: drop */
};

static int refuse(char *ret_reason, const struct weir_site_view *site, int at) {
    snprintf(ret_reason, WEIR_REASON_MAX,
             "number %d of its options; needed: a number for each of %d streams, -1 to %d, and "
             "commas between them",
             at + 1, site->streams, site->settings - 1);
    return -1;
}

static int open(const struct weir_site_view *site, int node, const char *options,
                struct weir_strategy_state **ret_state, char *ret_reason) {
    (void)node;
    struct weir_strategy_state *state =
        malloc(sizeof *state + (size_t)site->streams * sizeof *state->setting);
    if (!state) {
        snprintf(ret_reason, WEIR_REASON_MAX, "out of memory");
        return -1;
    }
    state->streams = site->streams;
    for (int i = 0; i < site->streams; i++) {
        char *end;
        long v = strtol(options, &end, 10);
        bool last = i + 1 == site->streams;
        if (end == options || v < -1 || v >= site->settings || *end != (last ? 0 : ',')) {
            free(state);
            return refuse(ret_reason, site, i);
        }
        state->setting[i] = (int)v;
        options = end + !last;
    }
    *ret_state = state;
    return 0;
}

static void close(struct weir_strategy_state *state) {
    free(state);
}

static int choose(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    for (int i = 0; i < frame->offers; i++)
        if (frame->offer[i].setting == state->setting[frame->stream])
            return i;
    return WEIR_DROP;
}

const struct weir_strategy sim_strategy_fixed = {
    .version = WEIR_STRATEGY_VERSION,
    .name = "fixed",
    .about = "one setting for each stream",
    .open = open,
    .close = close,
    .choose = choose,
};
