/*
 * A bounded queue of pointers between threads. While it is full its producers
 * wait: back-pressure. Any number of producers and consumers.
 */
#ifndef WEIR_BASE_QUEUE_H
#define WEIR_BASE_QUEUE_H

#include <stddef.h>

struct weir_queue;

/* limit >= 1 items. NULL only when out of memory. */
struct weir_queue *weir_queue_new(size_t limit);
/* The queue must be empty or the items the caller's to free beforehand. */
void weir_queue_free(struct weir_queue *queue);

/* Lowers the limit, to at least 1; what is inside stays. Any thread. */
void weir_queue_narrow(struct weir_queue *queue, size_t limit);

/* Adds item (not NULL: EINVAL); blocks while the queue is full. WEIR_ECANCELED
 * after weir_queue_close: the item stays the caller's. */
int weir_queue_push(struct weir_queue *queue, void *item);

/* Blocks for the next item. WEIR_EEOF: closed and empty. */
int weir_queue_pop(struct weir_queue *queue, void **ret_item);

/* No more pushes; what is inside can still be popped. Wakes everybody. */
void weir_queue_close(struct weir_queue *queue);
size_t weir_queue_len(struct weir_queue *queue);

#endif
