/*
 * The inbox of the detectors: decoded frames of all streams, waiting for a
 * worker. A file's frames wait their turn (the decoder blocks while its places are
 * taken); of a live stream only the newest frame waits. Streams are served in turn.
 */
#ifndef WEIR_RUN_INBOX_H
#define WEIR_RUN_INBOX_H

#include "base/base.h"
#include "media/media.h"

struct weir_inbox;

/* places: how many frames of one file stream may wait, >= 1. NULL: no memory. */
struct weir_inbox *weir_inbox_new(size_t streams, size_t places);
/* Frees the frames still inside. NULL allowed. */
void weir_inbox_free(struct weir_inbox *inbox);

/*
 * Leaves a frame for the workers. live: never blocks; the stream's frame that was
 * waiting, if any, comes back as *ret_replaced. Else blocks for a free place, and
 * *ret_replaced is NULL. One thread a stream.
 */
void weir_inbox_put(struct weir_inbox *inbox, struct weir_frame *frame, bool live,
                    struct weir_frame **ret_replaced);
/* This stream puts no more. */
void weir_inbox_end(struct weir_inbox *inbox, size_t stream);

/* Takes one to max frames, of different streams first; blocks for the first only.
 * WEIR_EEOF: every stream ended and nothing waits. Any thread. */
int weir_inbox_take(struct weir_inbox *inbox, struct weir_frame **ret_frames, size_t max,
                    size_t *ret_len);

#endif
