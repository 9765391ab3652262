/*
 * What waits at a service, and what it does next: earliest deadline first (Liu and
 * Layland 1973); what can no longer be done in time is dropped before time is spent
 * on it; a batch takes in jobs of one kind for as long as none of it becomes late.
 * A pure state machine: no clock, no threads; the same for every strategy.
 *
 *     weir_service_queue_push(&queue, &job);                      // EAGAIN: full
 *     // whenever a slot is free:
 *     switch (weir_service_queue_next(&queue, now_ns, most, batch, &len)) {
 *     case WEIR_SERVICE_RUN: run(batch, len); break;               // all of one kind
 *     case WEIR_SERVICE_DROP: report_late(batch[0]); break;        // and ask again
 *     case WEIR_SERVICE_IDLE: break;                               // until the next push
 *     }
 */
#ifndef WEIR_SCHED_QUEUE_H
#define WEIR_SCHED_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

enum { WEIR_BATCH_MAX = 64 };

struct weir_job {
    uint64_t id; /* the caller's */
    int64_t deadline_ns; /* by which the service must be done; WEIR_FOREVER: never late */
    int64_t turn_ns; /* the deadline by which it is its turn: an earlier one, of a job whose place
                      * it took over; 0: its own */
    /* What it takes here: a batch of n costs fixed_ns + n * each_ns. Jobs of one kind (a model
     * at a size) have the same costs. */
    int32_t kind;
    int64_t fixed_ns, each_ns; /* >= 0 */
    uint64_t turn; /* set by push: of equal deadlines the first to come is the first to go */
};

struct weir_service_queue {
    struct weir_job *heap; /* [limit], the earliest first */
    size_t len, limit;
    uint64_t turn;
};

enum weir_service_step { WEIR_SERVICE_IDLE, WEIR_SERVICE_DROP, WEIR_SERVICE_RUN };

/* limit >= 1 jobs may wait. 0, EINVAL, ENOMEM. */
int weir_service_queue_init(struct weir_service_queue *queue, size_t limit);
/* Jobs still in it are forgotten. */
void weir_service_queue_done(struct weir_service_queue *queue);

/* EAGAIN: full, the job was not taken. */
int weir_service_queue_push(struct weir_service_queue *queue, const struct weir_job *job);
/* Takes out the job with that id, as when its frame is no longer wanted. ENOENT. O(len). */
int weir_service_queue_cancel(struct weir_service_queue *queue, uint64_t id,
                              struct weir_job *ret_job);
/*
 * What a slot that is free at now_ns should do. most: jobs in a batch, 1 to WEIR_BATCH_MAX.
 * RUN: ret_batch holds *ret_len jobs, taken out, in their turn. DROP: ret_batch[0] was
 * taken out and is late (*ret_len is 1). IDLE: nothing waits (*ret_len is 0).
 */
enum weir_service_step weir_service_queue_next(struct weir_service_queue *queue, int64_t now_ns,
                                               size_t most,
                                               struct weir_job ret_batch[static WEIR_BATCH_MAX],
                                               size_t *ret_len);
/* The time that all that waits will take one slot, in batches of most. O(len). */
int64_t weir_service_queue_work_ns(const struct weir_service_queue *queue, size_t most);

#endif
