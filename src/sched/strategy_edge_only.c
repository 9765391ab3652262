/*
 * Nothing leaves the camera's own node: the fastest setting there that meets the floor;
 * where none does, the most accurate one.
 */
#include "sched/pick.h"
#include "sched/strategies.h"

static int choose(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    (void)state;
    return pick_fastest(frame, frame->site->stream[frame->stream].node);
}

const struct weir_strategy weir_strategy_edge_only = {
    .version = WEIR_STRATEGY_VERSION,
    .name = "edge-only",
    .about = "nothing leaves the camera's own node",
    .open = pick_open,
    .choose = choose,
};
