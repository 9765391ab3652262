/*
 * The lane of a stream: frames enter it in the order in which they are seen,
 * are worked on in any order, and leave it in the order in which they entered.
 * A lane bounds how many frames of its stream are under way, and knows how many
 * results, which may hold pictures, wait for whoever delivers them.
 *
 * A result waits for those before it until their deadlines at most. One that has not come by then
 * is passed over: it leaves as `late` when it comes, out of its order.
 */
#ifndef WEIR_RUN_LANE_H
#define WEIR_RUN_LANE_H

#include "base/base.h"
#include "media/media.h"

struct weir_lane;

/* limit: most frames under way, >= 1. clock: CLOCK_MONOTONIC, by which deadlines are; NULL: there
 * are none. NULL: no memory. */
struct weir_lane *weir_lane_new(size_t limit, struct weir_clock *clock);
/* Frees the frames still inside. NULL allowed. */
void weir_lane_free(struct weir_lane *lane);

/* A place for the next frame; blocks while `most` frames (or limit, if that is less)
 * are under way. Called once for every frame, in the order of their seq (0, 1, …).
 * deadline_ns: WEIR_FOREVER, whoever comes later waits. One thread. */
void weir_lane_enter(struct weir_lane *lane, size_t most, int64_t deadline_ns);
/* A frame is done: it has its outcome and waits for those before it. Owns it
 * from now on. Any thread, never blocks. */
void weir_lane_put(struct weir_lane *lane, struct weir_frame *frame);
/* Results that were put and not yet handed out. Any thread. */
size_t weir_lane_results(struct weir_lane *lane);
/* No more enter: the lane ends when what is under way has left. */
void weir_lane_close(struct weir_lane *lane);

/* The next frame in order, or one that was passed over; blocks. It stays counted as under way until
 * weir_lane_leave. WEIR_EEOF: closed and empty. One thread. */
int weir_lane_next(struct weir_lane *lane, struct weir_frame **ret_frame);
void weir_lane_leave(struct weir_lane *lane);

#endif
