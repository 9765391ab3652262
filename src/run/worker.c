/*
 * The loop: take what waits (up to a batch), push it all, pull it all, deliver
 * each into its lane. Every frame goes on: one that cannot be inferred as
 * `corrupt`, one that still waited when the run was stopped as `stopped`, so that
 * nothing downstream waits for it.
 */
#include "run/worker.h"

#include <stdlib.h>
#include <string.h>

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

/* Pushes what is to be inferred; what is not goes on. How many are inside. */
static size_t push_all(struct weir_worker *worker, size_t len, struct weir_error *err) {
    const struct weir_stage_ops *ops = worker->detect->ops;
    size_t inside = 0;
    for (size_t i = 0; i < len; i++) {
        if (weir_stop_requested(&worker->shared->stop)) {
            worker->frame[i]->outcome = WEIR_OUTCOME_STOPPED;
            hand_on(worker, worker->frame[i]);
        } else if (ops->push(worker->detect, worker->frame[i], err) == 0) {
            inside++;
        } else {
            refuse(worker, worker->frame[i], err);
        }
    }
    return inside;
}

/*
 * A profile's pictures are as wide as the input, so that pre-processing them is a part too small to
 * see. Where it was more than a twentieth here, the whole cannot be compared; and where anything
 * went wrong, it was no single inference.
 */
static bool comparable(const struct weir_worker *worker, size_t len) {
    const struct weir_times *first = &worker->frame[0]->times,
                            *last = &worker->frame[len - 1]->times;
    bool wide = false;
    for (size_t i = 0; i < len; i++) {
        if (worker->frame[i]->outcome != WEIR_OUTCOME_DETECT)
            return false;
        wide |= worker->frame[i]->width > weir_model_size(worker->shared->model).width;
    }
    const int graph_batch = weir_model_desc(worker->shared->model)->batch;
    if (graph_batch > 0 && (size_t)graph_batch != len)
        return false;
    return !wide || (first->infer_begin - first->prepare_begin) * 20 <=
                        last->detect_end - first->prepare_begin;
}

static void detect(struct weir_worker *worker, size_t len) {
    const struct weir_stage_ops *ops = worker->detect->ops;
    struct weir_error err = {0};
    const int64_t begin = worker->watch ? weir_clock_now(worker->watch) : 0;
    size_t inside = push_all(worker, len, &err), out = 0;

    while (out < inside && ops->pull(worker->detect, &worker->frame[out], &err) == 0)
        out++;
    if (worker->watch && out && comparable(worker, out))
        weir_timing_saw(worker->shared->timing, worker->name,
                        weir_model_size(worker->shared->model), (int)out,
                        weir_clock_now(worker->watch) - begin);
    for (size_t i = 0; i < out; i++) {
        if (worker->frame[i]->outcome == WEIR_OUTCOME_CORRUPT)
            weir_stream_fail(&worker->stream[worker->frame[i]->stream], &err);
        hand_on(worker, worker->frame[i]);
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

/* As profiles call a model: its file without what is around. */
static void name_model(const char *path, char *ret, size_t size) {
    const char *base = weir_path_base(path), *dot = strrchr(base, '.');
    const bool onnx = dot && dot > base && !strcmp(dot, ".onnx");
    snprintf(ret, size, "%.*s", (int)(onnx ? (size_t)(dot - base) : strlen(base)), base);
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
    name_model(weir_model_path(shared->model), worker->name, sizeof worker->name);
    const bool alone = weir_model_threads(shared->model) == weir_model_workers(shared->model) &&
                       shared->conf->workflow->set.detect.provider == WEIR_PROVIDER_CPU;
    if (alone)
        worker->watch = weir_clock_thread_new();
    if (!worker->frame || (alone && !worker->watch))
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
    weir_clock_free(worker->watch);
    free(worker->frame);
}
