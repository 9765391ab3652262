/*
 * The setting of least predicted latency that meets the floor; where none does, the most
 * accurate one. Selfish: what one stream takes, the others wait for.
 */
#include "sched/pick.h"
#include "sched/strategies.h"

static int choose(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    (void)state;
    int fast = -1, accurate = -1;
    for (int i = 0; i < frame->offers; i++) {
        if (pick_floor(&frame->offer[i], frame))
            fast = pick_faster(frame, fast, i);
        accurate = pick_more_accurate(frame, accurate, i);
    }
    return fast >= 0 ? fast : accurate;
}

const struct weir_strategy weir_strategy_greedy = {
    .version = WEIR_STRATEGY_VERSION,
    .name = "greedy",
    .about = "the least predicted latency that meets the floor, selfishly",
    .choose = choose,
};
