/*
 * Results leave a stream in the order of its frames. One that is early waits for those
 * before it, until their deadlines at most: a frame that has not come by then, while later ones
 * wait, leaves as late, and what comes of it afterwards is not delivered. Frames whose boxes the
 * tracker carries wait for none, and none waits for them.
 */
#include "sim/state.h"

static int64_t deadline_of(struct sim_world *w, int stream, int64_t frame) {
    return sim_frame_of(w, stream, frame)->due_ns + w->conf->stream[stream].deadline_ns;
}

static void leave(struct sim_world *w, int stream, int64_t frame, enum weir_outcome outcome) {
    struct sim_frame *f = sim_frame_of(w, stream, frame);
    f->outcome = outcome;
    sim_tell(w, &(struct sim_happening){.step = SIM_STEP_LEFT,
                                        .stream = stream,
                                        .setting = f->setting,
                                        .frame = frame,
                                        .from_ns = f->due_ns,
                                        .to_ns = w->events.now_ns,
                                        .where = w->conf->stream[stream].node,
                                        .outcome = outcome});
}

void sim_lane_look(struct sim_world *w, int stream) {
    struct sim_lane *lane = &w->lane[stream];
    const int64_t now = w->events.now_ns, frames = w->result->stream[stream].frames;
    for (; lane->next < frames; lane->next++) {
        struct sim_frame *f = sim_frame_of(w, stream, lane->next);
        if (f->outcome != WEIR_OUTCOME_NONE)
            continue;
        if (lane->arrived_ns[lane->next] != WEIR_FOREVER) {
            f->delivered_ns = now;
            leave(w, stream, lane->next, WEIR_OUTCOME_DETECT);
            lane->waiting--;
        } else if (!lane->waiting) {
            return;
        } else if (now >= deadline_of(w, stream, lane->next)) {
            leave(w, stream, lane->next, WEIR_OUTCOME_LATE);
        } else {
            if (lane->asked != lane->next + 1)
                sim_add(w, deadline_of(w, stream, lane->next), SIM_ORDER, stream, 0);
            lane->asked = lane->next + 1;
            return;
        }
    }
}

void sim_lane_arrived(struct sim_world *w, int stream, int64_t frame) {
    struct sim_lane *lane = &w->lane[stream];
    if (sim_frame_of(w, stream, frame)->outcome != WEIR_OUTCOME_NONE)
        return;
    lane->arrived_ns[frame] = w->events.now_ns;
    lane->waiting++;
    sim_lane_look(w, stream);
}

void sim_lane_dropped(struct sim_world *w, int stream, int64_t frame, enum weir_outcome outcome) {
    if (sim_frame_of(w, stream, frame)->outcome != WEIR_OUTCOME_NONE)
        return;
    leave(w, stream, frame, outcome);
    sim_lane_look(w, stream);
}

void sim_lane_carried(struct sim_world *w, int stream, int64_t frame) {
    sim_frame_of(w, stream, frame)->delivered_ns = w->events.now_ns;
    leave(w, stream, frame, WEIR_OUTCOME_TRACK);
}
