/*
 * A ring indexed by seq. Frames under way have consecutive numbers, so `limit`
 * places hold them all and none collides; the one mutex guards everything, and
 * is held for a few instructions at a time.
 */
#include "run/lane.h"

#include <pthread.h>
#include <stdlib.h>

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
    struct weir_frame *ring[];
};

struct weir_lane *weir_lane_new(size_t limit) {
    struct weir_lane *lane = calloc(1, sizeof *lane + limit * sizeof *lane->ring);
    if (!lane)
        return NULL;
    lane->limit = limit;
    pthread_mutex_init(&lane->lock, NULL);
    pthread_cond_init(&lane->room, NULL);
    pthread_cond_init(&lane->ready, NULL);
    return lane;
}

void weir_lane_free(struct weir_lane *lane) {
    if (!lane)
        return;
    for (size_t i = 0; i < lane->limit; i++)
        weir_frame_free(lane->ring[i]);
    pthread_cond_destroy(&lane->ready);
    pthread_cond_destroy(&lane->room);
    pthread_mutex_destroy(&lane->lock);
    free(lane);
}

void weir_lane_enter(struct weir_lane *lane, size_t most) {
    if (most > lane->limit)
        most = lane->limit;
    pthread_mutex_lock(&lane->lock);
    while ((size_t)(lane->entered - lane->left) >= most)
        pthread_cond_wait(&lane->room, &lane->lock);
    lane->entered++;
    pthread_mutex_unlock(&lane->lock);
}

void weir_lane_put(struct weir_lane *lane, struct weir_frame *frame) {
    pthread_mutex_lock(&lane->lock);
    lane->ring[(size_t)frame->seq % lane->limit] = frame;
    lane->results += weir_outcome_is_result(frame->outcome);
    if (frame->seq == lane->next)
        pthread_cond_signal(&lane->ready);
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

int weir_lane_next(struct weir_lane *lane, struct weir_frame **ret_frame) {
    pthread_mutex_lock(&lane->lock);
    struct weir_frame **place;
    while (!*(place = &lane->ring[(size_t)lane->next % lane->limit])) {
        if (lane->closed && lane->next == lane->entered) {
            pthread_mutex_unlock(&lane->lock);
            return WEIR_EEOF;
        }
        pthread_cond_wait(&lane->ready, &lane->lock);
    }
    *ret_frame = *place;
    *place = NULL;
    lane->results -= weir_outcome_is_result((*ret_frame)->outcome);
    lane->next++;
    pthread_mutex_unlock(&lane->lock);
    return 0;
}

void weir_lane_leave(struct weir_lane *lane) {
    pthread_mutex_lock(&lane->lock);
    lane->left++;
    pthread_cond_signal(&lane->room);
    pthread_mutex_unlock(&lane->lock);
}
