/*
 * The setting of least predicted latency that meets the floor; where none does, the most
 * accurate one. Selfish: what one stream takes, the others wait for.
 */
#include "sched/pick.h"
#include "sched/strategies.h"

static int choose(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    (void)state;
    return pick_fastest(frame, -1);
}

const struct weir_strategy weir_strategy_greedy = {
    .version = WEIR_STRATEGY_VERSION,
    .name = "greedy",
    .about = "the least predicted latency that meets the floor, selfishly",
    .open = pick_open,
    .choose = choose,
};
