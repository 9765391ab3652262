/*
 * The loop: take what waits (up to a batch), push it all, pull it all, deliver
 * each into its lane. Every frame goes on: one that cannot be inferred as
 * `corrupt`, one that still waited when the run was stopped as `stopped`, so that
 * nothing downstream waits for it.
 */
#include "run/worker.h"

#include <stdlib.h>

static void hand_on(struct weir_worker *worker, struct weir_frame *frame) {
    if (!worker->keep_images || !weir_outcome_is_result(frame->outcome))
        weir_image_unref(&frame->image);
    weir_lane_put(worker->stream[frame->stream].lane, frame);
}

static void refuse(struct weir_worker *worker, struct weir_frame *frame,
                   const struct weir_error *err) {
    weir_stream_fail(&worker->stream[frame->stream], err);
    frame->outcome = WEIR_OUTCOME_CORRUPT;
    hand_on(worker, frame);
}

static void detect(struct weir_worker *worker, size_t len) {
    const struct weir_stage_ops *ops = worker->detect->ops;
    struct weir_error err = {0};
    struct weir_frame *frame;
    size_t inside = 0;

    for (size_t i = 0; i < len; i++) {
        if (weir_stop_requested(&worker->shared->stop)) {
            worker->frame[i]->outcome = WEIR_OUTCOME_STOPPED;
            hand_on(worker, worker->frame[i]);
        } else if (ops->push(worker->detect, worker->frame[i], &err) == 0) {
            inside++;
        } else {
            refuse(worker, worker->frame[i], &err);
        }
    }
    while (inside && ops->pull(worker->detect, &frame, &err) == 0) {
        if (frame->outcome == WEIR_OUTCOME_CORRUPT)
            weir_stream_fail(&worker->stream[frame->stream], &err);
        hand_on(worker, frame);
        inside--;
    }
}

static void *worker_thread(void *arg) {
    struct weir_worker *worker = arg;
    size_t len;

    weir_thread_name("detect", worker->index);
    while (weir_inbox_take(worker->shared->inbox, worker->frame, (size_t)worker->batch, &len) == 0)
        detect(worker, len);
    return NULL;
}

int weir_worker_init(struct weir_worker *worker, struct weir_shared *shared,
                     struct weir_stream *stream, int index, int batch, bool keep_images,
                     struct weir_error *err) {
    struct weir_stage_conf conf = {
        .workflow = shared->conf->workflow,
        .stream = -1,
        .sink = -1,
        .clock = shared->clock,
        .stop = &shared->stop,
        .model = shared->model,
    };

    worker->shared = shared;
    worker->stream = stream;
    worker->index = index;
    worker->batch = batch;
    worker->keep_images = keep_images;
    worker->frame = calloc((size_t)batch, sizeof *worker->frame);
    if (!worker->frame)
        return weir_fail(err, WEIR_ENOMEM, "detect: out of memory");
    return weir_stage_detect.open(&conf, &worker->detect, err);
}

int weir_worker_start(struct weir_worker *worker, struct weir_error *err) {
    if (pthread_create(&worker->thread, NULL, worker_thread, worker))
        return weir_fail(err, WEIR_ENOMEM, "detect: cannot start a thread");
    worker->started = true;
    return 0;
}

void weir_worker_join(struct weir_worker *worker) {
    if (worker->started)
        pthread_join(worker->thread, NULL);
    worker->started = false;
}

void weir_worker_done(struct weir_worker *worker) {
    weir_stage_free(worker->detect);
    free(worker->frame);
}
