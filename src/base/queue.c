/*
 * A ring of pointers under one lock. Producers sleep on `not_full`, consumers on
 * `not_empty`. Items leave in the order in which they came. After close nothing
 * enters, what is inside still leaves, and nobody sleeps any more.
 */
#include "base/queue.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"

struct weir_queue {
    pthread_mutex_t lock;
    pthread_cond_t not_empty, not_full;
    bool closed;
    size_t limit, slots, head, len;
    void **item; /* slots of them, of which limit are used at a time; the oldest at head */
};

struct weir_queue *weir_queue_new(size_t limit) {
    assert(limit >= 1);
    if (limit > PTRDIFF_MAX / sizeof(void *))
        return NULL;
    struct weir_queue *queue = calloc(1, sizeof *queue);
    if (!queue)
        return NULL;
    queue->limit = queue->slots = limit ? limit : 1;
    queue->item = calloc(queue->slots, sizeof *queue->item);
    if (!queue->item)
        goto fail_items;
    if (pthread_mutex_init(&queue->lock, NULL))
        goto fail_lock;
    if (pthread_cond_init(&queue->not_empty, NULL))
        goto fail_not_empty;
    if (pthread_cond_init(&queue->not_full, NULL))
        goto fail_not_full;
    return queue;

fail_not_full:
    pthread_cond_destroy(&queue->not_empty);
fail_not_empty:
    pthread_mutex_destroy(&queue->lock);
fail_lock:
    free(queue->item);
fail_items:
    free(queue);
    return NULL;
}

void weir_queue_free(struct weir_queue *queue) {
    if (!queue)
        return;
    pthread_cond_destroy(&queue->not_full);
    pthread_cond_destroy(&queue->not_empty);
    pthread_mutex_destroy(&queue->lock);
    free(queue->item);
    free(queue);
}

/* The oldest item; the lock is held and the queue is not empty. */
static void *take(struct weir_queue *queue) {
    void *item = queue->item[queue->head];
    queue->item[queue->head] = NULL;
    queue->head = queue->head + 1 == queue->slots ? 0 : queue->head + 1;
    queue->len--;
    return item;
}

void weir_queue_narrow(struct weir_queue *queue, size_t limit) {
    pthread_mutex_lock(&queue->lock);
    if (limit < queue->limit)
        queue->limit = limit ? limit : 1;
    pthread_mutex_unlock(&queue->lock);
}

int weir_queue_push(struct weir_queue *queue, void *item) {
    if (!item)
        return WEIR_EINVAL;
    pthread_mutex_lock(&queue->lock);
    while (queue->len >= queue->limit && !queue->closed)
        pthread_cond_wait(&queue->not_full, &queue->lock);
    if (queue->closed) {
        pthread_mutex_unlock(&queue->lock);
        return WEIR_ECANCELED;
    }
    size_t tail = queue->slots - queue->head > queue->len
                      ? queue->head + queue->len
                      : queue->len - (queue->slots - queue->head);
    queue->item[tail] = item;
    queue->len++;
    pthread_cond_signal(&queue->not_empty);
    pthread_mutex_unlock(&queue->lock);
    return 0;
}

int weir_queue_pop(struct weir_queue *queue, void **ret_item) {
    pthread_mutex_lock(&queue->lock);
    while (queue->len == 0 && !queue->closed)
        pthread_cond_wait(&queue->not_empty, &queue->lock);
    void *item = queue->len > 0 ? take(queue) : NULL;
    if (item)
        pthread_cond_signal(&queue->not_full);
    pthread_mutex_unlock(&queue->lock);
    if (!item)
        return WEIR_EEOF;
    *ret_item = item;
    return 0;
}

void weir_queue_close(struct weir_queue *queue) {
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->not_empty);
    pthread_cond_broadcast(&queue->not_full);
    pthread_mutex_unlock(&queue->lock);
}

size_t weir_queue_len(struct weir_queue *queue) {
    pthread_mutex_lock(&queue->lock);
    size_t len = queue->len;
    pthread_mutex_unlock(&queue->lock);
    return len;
}
