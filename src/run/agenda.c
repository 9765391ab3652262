/*
 * sched/queue under a lock, and a place for each frame that waits: the queue's jobs are numbers of
 * places. Workers sleep on `work`; a blocked decoder sleeps on its own stream's `room`.
 */
#include "run/agenda.h"

#include <pthread.h>
#include <stdlib.h>

#include "sched/sched.h"

struct line {
    size_t len; /* of its frames, that wait */
    bool ended, live;
    pthread_cond_t room;
};

struct weir_agenda {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct weir_clock *clock;
    size_t streams, places, open;
    size_t cameras; /* live streams that have not ended */
    int workers, unhurried; /* workers in all; those with frames that have no deadline */
    struct weir_service_queue queue;
    struct weir_frame **place; /* [streams * places]; NULL: free */
    struct line line[];
};

struct weir_agenda *weir_agenda_new(size_t streams, size_t places, int workers,
                                    struct weir_clock *clock) {
    struct weir_agenda *a = calloc(1, sizeof *a + streams * sizeof *a->line);
    if (!a)
        return NULL;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->work, NULL);
    for (size_t i = 0; i < streams; i++)
        pthread_cond_init(&a->line[i].room, NULL);
    a->clock = clock;
    a->streams = a->open = streams;
    a->places = places;
    a->workers = workers;
    a->place = calloc(streams * places, sizeof(struct weir_frame *));
    if (!a->place || weir_service_queue_init(&a->queue, streams * places)) {
        weir_agenda_free(a);
        return NULL;
    }
    return a;
}

void weir_agenda_free(struct weir_agenda *agenda) {
    if (!agenda)
        return;
    for (size_t i = 0; agenda->place && i < agenda->streams * agenda->places; i++)
        weir_frame_free(agenda->place[i]);
    for (size_t i = 0; i < agenda->streams; i++)
        pthread_cond_destroy(&agenda->line[i].room);
    free(agenda->place);
    weir_service_queue_done(&agenda->queue);
    pthread_cond_destroy(&agenda->work);
    pthread_mutex_destroy(&agenda->lock);
    free(agenda);
}

/* ---- under the lock ------------------------------------------------------ */

static struct weir_frame *leave(struct weir_agenda *a, size_t place) {
    struct weir_frame *frame = a->place[place];
    struct line *line = &a->line[frame->stream];
    a->place[place] = NULL;
    line->len--;
    pthread_cond_signal(&line->room);
    return frame;
}

/* The frame of a live stream that waits; NULL: none. Whoever comes instead of it has its turn, or a
 * stream whose frames never wait long enough would never have one. */
static struct weir_frame *replace(struct weir_agenda *a, int stream, int64_t *ret_turn_ns) {
    const size_t first = (size_t)stream * a->places;
    struct weir_job job;
    for (size_t i = first; i < first + a->places; i++)
        if (a->place[i] && !weir_service_queue_cancel(&a->queue, i, &job)) {
            *ret_turn_ns = job.turn_ns ? job.turn_ns : job.deadline_ns;
            return leave(a, i);
        }
    return NULL;
}

static void enter(struct weir_agenda *a, struct weir_frame *frame, int64_t turn_ns,
                  struct weir_agenda_cost cost) {
    size_t at = (size_t)frame->stream * a->places;
    while (a->place[at])
        at++; /* there is one: the line has room */
    const struct weir_job job = {.id = at,
                                 .deadline_ns = frame->deadline_ns,
                                 .turn_ns = turn_ns,
                                 .kind = frame->setting,
                                 .fixed_ns = cost.fixed_ns,
                                 .each_ns = cost.each_ns};
    a->place[at] = frame;
    a->line[frame->stream].len++;
    frame->next = NULL;
    weir_service_queue_push(&a->queue, &job); /* as large as all places */
}

/* May the first be served now? */
static bool servable(const struct weir_agenda *a) {
    if (!a->queue.len)
        return false;
    return a->queue.heap[0].deadline_ns != WEIR_FOREVER || !a->cameras || a->workers < 2 ||
           a->unhurried + 1 < a->workers;
}

/* ---- the agenda ---------------------------------------------------------- */

void weir_agenda_put(struct weir_agenda *agenda, struct weir_frame *frame, bool live,
                     struct weir_agenda_cost cost, struct weir_frame **ret_replaced) {
    struct line *line = &agenda->line[frame->stream];
    struct weir_frame *replaced = NULL;
    int64_t turn_ns = 0;

    pthread_mutex_lock(&agenda->lock);
    while (!live && line->len >= agenda->places)
        pthread_cond_wait(&line->room, &agenda->lock);
    if (live && !line->live) {
        line->live = true;
        agenda->cameras++;
    }
    if (live)
        replaced = replace(agenda, frame->stream, &turn_ns);
    enter(agenda, frame, turn_ns, cost);
    pthread_cond_signal(&agenda->work);
    pthread_mutex_unlock(&agenda->lock);
    *ret_replaced = replaced;
}

void weir_agenda_end(struct weir_agenda *agenda, size_t stream) {
    pthread_mutex_lock(&agenda->lock);
    if (!agenda->line[stream].ended) {
        agenda->line[stream].ended = true;
        agenda->open--;
        agenda->cameras -= agenda->line[stream].live;
    }
    if (!agenda->open || !agenda->cameras)
        pthread_cond_broadcast(&agenda->work);
    pthread_mutex_unlock(&agenda->lock);
}

int weir_agenda_take(struct weir_agenda *agenda, bool block, struct weir_frame **ret_frames,
                     size_t most, size_t *ret_len) {
    struct weir_job batch[WEIR_BATCH_MAX];
    size_t len = 0;

    pthread_mutex_lock(&agenda->lock);
    while (!servable(agenda) && agenda->open && (block || agenda->queue.len))
        pthread_cond_wait(&agenda->work, &agenda->lock);
    const enum weir_service_step step =
        weir_service_queue_next(&agenda->queue, weir_clock_now(agenda->clock),
                                most < WEIR_BATCH_MAX ? most : WEIR_BATCH_MAX, batch, &len);
    for (size_t i = 0; i < len; i++)
        ret_frames[i] = leave(agenda, (size_t)batch[i].id);
    agenda->unhurried += len && ret_frames[0]->deadline_ns == WEIR_FOREVER;
    const bool over = !len && !agenda->open;
    pthread_mutex_unlock(&agenda->lock);
    if (!len)
        return over ? WEIR_EEOF : WEIR_EAGAIN;
    *ret_len = len;
    return step == WEIR_SERVICE_DROP ? WEIR_ETIMEDOUT : 0;
}

void weir_agenda_did(struct weir_agenda *agenda, int64_t deadline_ns) {
    if (deadline_ns != WEIR_FOREVER)
        return;
    pthread_mutex_lock(&agenda->lock);
    agenda->unhurried--;
    pthread_cond_signal(&agenda->work);
    pthread_mutex_unlock(&agenda->lock);
}
