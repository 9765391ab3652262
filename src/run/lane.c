/*
 * A ring indexed by seq. Frames under way have consecutive numbers, so `limit`
 * places hold them all and none collides; the one mutex guards everything, and
 * is held for a few instructions at a time. What was passed over has no place in the ring any
 * more, since those behind it move on: it joins a list.
 */
#include "run/lane.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct weir_lane {
    pthread_mutex_t lock;
    pthread_cond_t room; /* a frame left */
    pthread_cond_t ready; /* the next frame is there, or the lane closed */
    size_t limit;
    size_t results; /* in the ring */
    int64_t entered; /* frames that entered: the seq of the next one */
    int64_t left; /* frames that left */
    int64_t next; /* seq of the next frame to hand out */
    bool closed;
    struct weir_clock *clock; /* NULL: no deadlines */
    int64_t passed; /* frames that were passed over and have not come yet */
    struct weir_frame *late; /* those that have */
    int64_t *deadline_ns; /* [limit], by seq as ring */
    struct weir_frame *ring[];
};

struct weir_lane *weir_lane_new(size_t limit, struct weir_clock *clock) {
    struct weir_lane *lane = calloc(1, sizeof *lane + limit * sizeof *lane->ring);
    if (!lane)
        return NULL;
    lane->limit = limit;
    lane->clock = clock;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&lane->lock, NULL);
    pthread_cond_init(&lane->room, NULL);
    pthread_cond_init(&lane->ready, &attr);
    pthread_condattr_destroy(&attr);
    lane->deadline_ns = calloc(limit, sizeof *lane->deadline_ns);
    if (!lane->deadline_ns) {
        weir_lane_free(lane);
        return NULL;
    }
    return lane;
}

void weir_lane_free(struct weir_lane *lane) {
    if (!lane)
        return;
    for (size_t i = 0; i < lane->limit; i++)
        weir_frame_free(lane->ring[i]);
    for (struct weir_frame *f; (f = lane->late);) {
        lane->late = f->next;
        weir_frame_free(f);
    }
    free(lane->deadline_ns);
    pthread_cond_destroy(&lane->ready);
    pthread_cond_destroy(&lane->room);
    pthread_mutex_destroy(&lane->lock);
    free(lane);
}

void weir_lane_enter(struct weir_lane *lane, size_t most, int64_t deadline_ns) {
    if (most > lane->limit)
        most = lane->limit;
    pthread_mutex_lock(&lane->lock);
    while ((size_t)(lane->entered - lane->left) >= most)
        pthread_cond_wait(&lane->room, &lane->lock);
    lane->deadline_ns[(size_t)lane->entered % lane->limit] = deadline_ns;
    lane->entered++;
    pthread_mutex_unlock(&lane->lock);
}

/* It comes after those behind it were let out: what it has is of no use any more. */
static void add_late(struct weir_lane *lane, struct weir_frame *frame) {
    if (weir_outcome_is_result(frame->outcome)) {
        frame->outcome = WEIR_OUTCOME_LATE;
        weir_boxes_reset(&frame->boxes);
        weir_image_unref(&frame->image);
    }
    frame->next = lane->late;
    lane->late = frame;
}

void weir_lane_put(struct weir_lane *lane, struct weir_frame *frame) {
    pthread_mutex_lock(&lane->lock);
    if (frame->seq < lane->next) {
        add_late(lane, frame);
        pthread_cond_signal(&lane->ready);
    } else {
        lane->ring[(size_t)frame->seq % lane->limit] = frame;
        lane->results += weir_outcome_is_result(frame->outcome);
        if (frame->seq == lane->next || lane->clock) /* else somebody waits for its turn */
            pthread_cond_signal(&lane->ready);
    }
    pthread_mutex_unlock(&lane->lock);
}

size_t weir_lane_results(struct weir_lane *lane) {
    pthread_mutex_lock(&lane->lock);
    size_t results = lane->results;
    pthread_mutex_unlock(&lane->lock);
    return results;
}

void weir_lane_close(struct weir_lane *lane) {
    pthread_mutex_lock(&lane->lock);
    lane->closed = true;
    pthread_cond_signal(&lane->ready);
    pthread_mutex_unlock(&lane->lock);
}

/* The next frame is not there: waits for something to happen, or passes it over. */
static void wait_or_pass(struct weir_lane *lane) {
    const int64_t deadline = lane->deadline_ns[(size_t)lane->next % lane->limit];
    if (!lane->clock || !lane->results || deadline == WEIR_FOREVER) {
        pthread_cond_wait(&lane->ready, &lane->lock);
    } else if (weir_clock_now(lane->clock) >= deadline) {
        lane->passed++;
        lane->next++;
    } else {
        const struct timespec until = {deadline / WEIR_NS_PER_S, deadline % WEIR_NS_PER_S};
        pthread_cond_timedwait(&lane->ready, &lane->lock, &until);
    }
}

/* Under the lock; NULL: it is not there yet. */
static struct weir_frame *take(struct weir_lane *lane) {
    struct weir_frame *frame = lane->late, **place = &lane->ring[(size_t)lane->next % lane->limit];
    if (frame) {
        lane->late = frame->next;
        frame->next = NULL;
        lane->passed--;
    } else if ((frame = *place)) {
        *place = NULL;
        lane->results -= weir_outcome_is_result(frame->outcome);
        lane->next++;
    }
    return frame;
}

int weir_lane_next(struct weir_lane *lane, struct weir_frame **ret_frame) {
    struct weir_frame *frame;
    pthread_mutex_lock(&lane->lock);
    while (!(frame = take(lane))) {
        if (lane->closed && lane->next == lane->entered && !lane->passed) {
            pthread_mutex_unlock(&lane->lock);
            return WEIR_EEOF;
        }
        wait_or_pass(lane);
    }
    pthread_mutex_unlock(&lane->lock);
    *ret_frame = frame;
    return 0;
}

void weir_lane_leave(struct weir_lane *lane) {
    pthread_mutex_lock(&lane->lock);
    lane->left++;
    pthread_cond_signal(&lane->room);
    pthread_mutex_unlock(&lane->lock);
}
