/*
 * A bounded queue of pointers between threads, with a named policy for the
 * case that it is full. Any number of producers and consumers.
 */
#ifndef WEIR_BASE_QUEUE_H
#define WEIR_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

enum weir_queue_policy {
    WEIR_QUEUE_BLOCK, /* the producer waits: back-pressure */
    WEIR_QUEUE_NEWEST, /* the oldest item is pushed out and handed back */
};

struct weir_queue;

/* limit >= 1 items. NULL only when out of memory. */
struct weir_queue *weir_queue_new(size_t limit, enum weir_queue_policy policy);
/* The queue must be empty or the items the caller's to free beforehand. */
void weir_queue_free(struct weir_queue *queue);

/*
 * Adds item (not NULL). With NEWEST a full queue gives up its oldest item as
 * *ret_evicted, else that is NULL. WEIR_ECANCELED after weir_queue_close: the
 * item stays the caller's.
 */
int weir_queue_push(struct weir_queue *queue, void *item, void **ret_evicted);

/* Blocks for the next item. WEIR_EEOF: closed and empty. */
int weir_queue_pop(struct weir_queue *queue, void **ret_item);
/* As pop, but WEIR_EAGAIN where it would block. */
int weir_queue_try_pop(struct weir_queue *queue, void **ret_item);

/* No more pushes; what is inside can still be popped. Wakes everybody. */
void weir_queue_close(struct weir_queue *queue);
size_t weir_queue_len(struct weir_queue *queue);

#endif
