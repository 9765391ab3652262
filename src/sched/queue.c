/*
 * A binary heap by deadline. Batches are gathered in the order of deadlines: jobs of
 * other kinds that are met on the way are set aside and put back. A batch ends where one
 * more job would make any of it late, or one of
 * those set aside, which are more urgent than what would be added.
 */
#include "sched/queue.h"

#include <stdbool.h>
#include <stdlib.h>

/* Jobs of other kinds looked past while a batch is gathered. */
enum { ASIDE_MAX = 2 * WEIR_BATCH_MAX };

int weir_service_queue_init(struct weir_service_queue *queue, size_t limit) {
    if (limit < 1)
        return WEIR_EINVAL;
    struct weir_job *heap = malloc(limit * sizeof *heap);
    if (!heap)
        return WEIR_ENOMEM;
    *queue = (struct weir_service_queue){.heap = heap, .limit = limit};
    return 0;
}

void weir_service_queue_done(struct weir_service_queue *queue) {
    free(queue->heap);
    *queue = (struct weir_service_queue){0};
}

static int64_t turn_of(const struct weir_job *job) {
    return job->turn_ns ? job->turn_ns : job->deadline_ns;
}

static bool before(const struct weir_job *a, const struct weir_job *b) {
    const int64_t mine = turn_of(a), theirs = turn_of(b);
    return mine != theirs ? mine < theirs : a->turn < b->turn;
}

static void swap(struct weir_job *a, struct weir_job *b) {
    struct weir_job job = *a;
    *a = *b;
    *b = job;
}

static void rise(struct weir_service_queue *queue, size_t i) {
    struct weir_job *heap = queue->heap;
    for (; i && before(&heap[i], &heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&heap[i], &heap[(i - 1) / 2]);
}

static void sink(struct weir_service_queue *queue, size_t i) {
    struct weir_job *heap = queue->heap;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < queue->len && before(&heap[child + 1], &heap[child]))
            child++;
        if (child >= queue->len || !before(&heap[child], &heap[i]))
            return;
        swap(&heap[i], &heap[child]);
        i = child;
    }
}

static void put(struct weir_service_queue *queue, const struct weir_job *job) {
    queue->heap[queue->len++] = *job;
    rise(queue, queue->len - 1);
}

static struct weir_job take(struct weir_service_queue *queue, size_t i) {
    struct weir_job job = queue->heap[i];
    queue->heap[i] = queue->heap[--queue->len];
    if (i < queue->len) {
        rise(queue, i);
        sink(queue, i);
    }
    return job;
}

int weir_service_queue_push(struct weir_service_queue *queue, const struct weir_job *job) {
    if (queue->len == queue->limit)
        return WEIR_EAGAIN;
    struct weir_job mine = *job;
    mine.turn = queue->turn++;
    put(queue, &mine);
    return 0;
}

int weir_service_queue_cancel(struct weir_service_queue *queue, uint64_t id,
                              struct weir_job *ret_job) {
    for (size_t i = 0; i < queue->len; i++)
        if (queue->heap[i].id == id) {
            *ret_job = take(queue, i);
            return 0;
        }
    return WEIR_ENOENT;
}

static int64_t cost(const struct weir_job *job, size_t n) {
    return job->fixed_ns + (int64_t)n * job->each_ns;
}

/* Would a batch of n jobs like this one, begun now, be done by then? */
static bool done_by(const struct weir_job *job, int64_t now_ns, size_t n, int64_t deadline_ns) {
    return deadline_ns == WEIR_FOREVER || now_ns + cost(job, n) <= deadline_ns;
}

static bool in_time(const struct weir_job *job, int64_t now_ns, size_t n) {
    return done_by(job, now_ns, n, job->deadline_ns);
}

/* How many are late if they are served one after the other from at_ns on. */
static size_t late(const struct weir_job *job, size_t len, int64_t at_ns) {
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        count += !in_time(&job[i], at_ns, 1);
        at_ns += cost(&job[i], 1);
    }
    return count;
}

/* May the batch of n jobs like first, the earliest of which is wanted by least_ns, grow by one? */
static bool may_grow(const struct weir_job *first, size_t n, int64_t least_ns,
                     const struct weir_job *aside, size_t others, int64_t now_ns) {
    return done_by(first, now_ns, n + 1, least_ns) &&
           late(aside, others, now_ns + cost(first, n + 1)) ==
               late(aside, others, now_ns + cost(first, n));
}

enum weir_service_step weir_service_queue_next(struct weir_service_queue *queue, int64_t now_ns,
                                               size_t most,
                                               struct weir_job ret_batch[static WEIR_BATCH_MAX],
                                               size_t *ret_len) {
    struct weir_job aside[ASIDE_MAX];
    size_t len = 0, others = 0;
    *ret_len = 0;
    if (!queue->len)
        return WEIR_SERVICE_IDLE;
    ret_batch[len++] = take(queue, 0);
    if (!in_time(&ret_batch[0], now_ns, 1)) {
        *ret_len = 1;
        return WEIR_SERVICE_DROP;
    }
    int64_t least_ns = ret_batch[0].deadline_ns;
    while (queue->len && len < most && others < ASIDE_MAX &&
           may_grow(&ret_batch[0], len, least_ns, aside, others, now_ns)) {
        struct weir_job job = take(queue, 0);
        if (job.kind != ret_batch[0].kind || !in_time(&job, now_ns, len + 1)) {
            aside[others++] = job;
            continue;
        }
        least_ns = job.deadline_ns < least_ns ? job.deadline_ns : least_ns;
        ret_batch[len++] = job;
    }
    for (size_t i = 0; i < others; i++)
        put(queue, &aside[i]);
    *ret_len = len;
    return WEIR_SERVICE_RUN;
}

int64_t weir_service_queue_work_ns(const struct weir_service_queue *queue, size_t most) {
    const int64_t share = (int64_t)(queue->len < most ? (queue->len ? queue->len : 1) : most);
    int64_t sum = 0;
    for (size_t i = 0; i < queue->len; i++)
        sum += queue->heap[i].fixed_ns / share + queue->heap[i].each_ns;
    return sum;
}
