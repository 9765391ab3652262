/*
 * What waits for the workers of a run with a deadline: earliest deadline first (sched/queue.h says
 * how, and how batches close); what can no longer be done in time comes out as late, before time
 * is spent on it. Of a live stream only the newest frame waits. A file's frames have no deadline,
 * come behind those that have one, and wait their turn: the decoder blocks while its places are
 * taken. So never more wait than there are places. While a camera is there, files never have all
 * workers (unless there is but one), since what a worker has begun is not interrupted.
 */
#ifndef WEIR_RUN_AGENDA_H
#define WEIR_RUN_AGENDA_H

#include "base/base.h"
#include "media/media.h"

struct weir_agenda;

/* What detecting a frame takes a worker, as far as is known: n at once take fixed + n * each. */
struct weir_agenda_cost {
    int64_t fixed_ns, each_ns;
};

/* places: how many frames of one file stream may wait, >= 1. workers >= 1. NULL: no memory. */
struct weir_agenda *weir_agenda_new(size_t streams, size_t places, int workers,
                                    struct weir_clock *clock);
/* Frees the frames still inside. NULL allowed. */
void weir_agenda_free(struct weir_agenda *agenda);

/*
 * Leaves a frame, which has its setting and deadline, for the workers. live: never blocks; the
 * stream's frame that was waiting, if any, comes back as *ret_replaced. Else blocks for a free
 * place, and *ret_replaced is NULL. One thread a stream.
 */
void weir_agenda_put(struct weir_agenda *agenda, struct weir_frame *frame, bool live,
                     struct weir_agenda_cost cost, struct weir_frame **ret_replaced);
/* This stream puts no more. */
void weir_agenda_end(struct weir_agenda *agenda, size_t stream);

/*
 * 0: one to most frames (up to 64), all of one setting, are to be detected now. WEIR_ETIMEDOUT: one
 * frame is late. WEIR_EEOF: every stream ended and nothing waits. Where nothing waits: blocks, or,
 * if not block, WEIR_EAGAIN. Any thread. After 0, and when it is done with the frames,
 * weir_agenda_did with the deadline of one of them.
 */
int weir_agenda_take(struct weir_agenda *agenda, bool block, struct weir_frame **ret_frames,
                     size_t most, size_t *ret_len);
void weir_agenda_did(struct weir_agenda *agenda, int64_t deadline_ns);

#endif
