/*
 * A short FIFO a stream (linked through frame->next) and a cursor that goes
 * round the streams, under one lock. Workers sleep on `work`; a blocked decoder
 * sleeps on its own stream's `room`.
 */
#include "run/inbox.h"

#include <pthread.h>
#include <stdlib.h>

struct shelf {
    struct weir_frame *head, *tail;
    size_t len;
    bool ended;
    pthread_cond_t room;
};

struct weir_inbox {
    pthread_mutex_t lock;
    pthread_cond_t work;
    size_t streams, places, waiting, open, cursor;
    struct shelf shelf[];
};

struct weir_inbox *weir_inbox_new(size_t streams, size_t places) {
    struct weir_inbox *inbox = calloc(1, sizeof *inbox + streams * sizeof *inbox->shelf);
    if (!inbox)
        return NULL;
    pthread_mutex_init(&inbox->lock, NULL);
    pthread_cond_init(&inbox->work, NULL);
    inbox->streams = inbox->open = streams;
    inbox->places = places;
    for (size_t i = 0; i < streams; i++)
        pthread_cond_init(&inbox->shelf[i].room, NULL);
    return inbox;
}

static struct weir_frame *shelf_pop(struct shelf *shelf) {
    struct weir_frame *frame = shelf->head;
    shelf->head = frame->next;
    if (!shelf->head)
        shelf->tail = NULL;
    shelf->len--;
    frame->next = NULL;
    return frame;
}

void weir_inbox_free(struct weir_inbox *inbox) {
    if (!inbox)
        return;
    for (size_t i = 0; i < inbox->streams; i++) {
        while (inbox->shelf[i].head)
            weir_frame_free(shelf_pop(&inbox->shelf[i]));
        pthread_cond_destroy(&inbox->shelf[i].room);
    }
    pthread_cond_destroy(&inbox->work);
    pthread_mutex_destroy(&inbox->lock);
    free(inbox);
}

void weir_inbox_put(struct weir_inbox *inbox, struct weir_frame *frame, bool live,
                    struct weir_frame **ret_replaced) {
    struct shelf *shelf = &inbox->shelf[frame->stream];
    struct weir_frame *replaced = NULL;

    pthread_mutex_lock(&inbox->lock);
    while (!live && shelf->len >= inbox->places)
        pthread_cond_wait(&shelf->room, &inbox->lock);
    if (live && shelf->len) {
        replaced = shelf_pop(shelf);
        inbox->waiting--;
    }
    frame->next = NULL;
    if (shelf->tail)
        shelf->tail->next = frame;
    else
        shelf->head = frame;
    shelf->tail = frame;
    shelf->len++;
    inbox->waiting++;
    pthread_cond_signal(&inbox->work);
    pthread_mutex_unlock(&inbox->lock);
    *ret_replaced = replaced;
}

void weir_inbox_end(struct weir_inbox *inbox, size_t stream) {
    pthread_mutex_lock(&inbox->lock);
    if (!inbox->shelf[stream].ended) {
        inbox->shelf[stream].ended = true;
        inbox->open--;
    }
    if (!inbox->open)
        pthread_cond_broadcast(&inbox->work);
    pthread_mutex_unlock(&inbox->lock);
}

int weir_inbox_take(struct weir_inbox *inbox, struct weir_frame **ret_frames, size_t max,
                    size_t *ret_len) {
    size_t len = 0;

    pthread_mutex_lock(&inbox->lock);
    while (!inbox->waiting && inbox->open)
        pthread_cond_wait(&inbox->work, &inbox->lock);
    while (inbox->waiting && len < max) {
        struct shelf *shelf = &inbox->shelf[inbox->cursor];
        inbox->cursor = (inbox->cursor + 1) % inbox->streams;
        if (!shelf->len)
            continue;
        ret_frames[len++] = shelf_pop(shelf);
        inbox->waiting--;
        pthread_cond_signal(&shelf->room);
    }
    pthread_mutex_unlock(&inbox->lock);
    if (!len)
        return WEIR_EEOF;
    *ret_len = len;
    return 0;
}
