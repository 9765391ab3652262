/*
 * The loop: take what waits (up to a batch), and of that all that is to be detected in the same
 * way; make the pictures small, push all, pull all, deliver each into its lane. Every frame goes
 * on: one that cannot be inferred as `corrupt`, one that still waited when the run was stopped as
 * `stopped`, one whose deadline has passed as `late`, so that nothing downstream waits for it.
 */
#include "run/worker.h"

#include <stdlib.h>
#include <string.h>

/* How frames are detected. */
struct look {
    struct weir_stage *stage;
    struct weir_model *model;
    const char *name; /* of the model, as profiles call it */
    const int *class_of; /* NULL: its classes are those of the results */
    const struct weir_way *way; /* NULL: pictures go in as they are */
};

/* A picture that was made smaller, and what of it the frame gets back. */
struct weir_reduction {
    struct weir_image *whole; /* NULL: it went in as it is */
    int64_t taken_ns, begin_ns, end_ns;
};

/* ---- what leaves --------------------------------------------------------- */

static void hand_on(struct weir_worker *worker, struct weir_frame *frame,
                    const struct weir_choose_told *told) {
    if (frame->setting >= 0)
        weir_choices_told(worker->shared->choices, frame,
                          told ? *told : (struct weir_choose_told){0});
    if (!worker->keep_images || !weir_outcome_is_result(frame->outcome))
        weir_image_unref(&frame->image);
    weir_lane_put(worker->stream[frame->stream].lane, frame);
}

static void refuse(struct weir_worker *worker, struct weir_frame *frame,
                   const struct weir_error *err) {
    weir_stream_fail(&worker->stream[frame->stream], err);
    frame->outcome = WEIR_OUTCOME_CORRUPT;
    hand_on(worker, frame, NULL);
}

/* ---- small pictures and their boxes ---------------------------------------- */

static int make_small(struct weir_worker *worker, struct weir_frame *frame,
                      const struct weir_way *way, struct weir_reduction *r,
                      struct weir_error *err) {
    struct weir_image *small = NULL;
    r->begin_ns = weir_clock_now(worker->shared->clock);
    if (frame->image && (frame->image->width > way->width || frame->image->height > way->height)) {
        int rc = weir_reduce_image(frame->image, way->width, way->height, &small, err);
        if (rc)
            return rc;
        r->whole = frame->image;
        frame->image = small;
    }
    r->end_ns = weir_clock_now(worker->shared->clock);
    return 0;
}

static float between(float value, float least, float most) {
    return value < least ? least : value > most ? most : value;
}

/* Into pixels of the whole picture, classes of the reference. */
static void translate_boxes(const struct look *look, const struct weir_image *whole,
                            const struct weir_image *small, struct weir_boxes *boxes) {
    const float width = (float)whole->width, height = (float)whole->height,
                x = width / (float)small->width, y = height / (float)small->height;
    size_t kept = 0;
    for (size_t i = 0; i < boxes->len; i++) {
        struct weir_box box = boxes->data[i];
        if (look->class_of)
            box.class_id = look->class_of[box.class_id];
        if (box.class_id < 0)
            continue;
        box.x0 = between(box.x0 * x, 0, width);
        box.x1 = between(box.x1 * x, 0, width);
        box.y0 = between(box.y0 * y, 0, height);
        box.y1 = between(box.y1 * y, 0, height);
        boxes->data[kept++] = box;
    }
    boxes->len = kept;
}

/* The frame gets its picture back. */
static void restore(const struct look *look, struct weir_frame *frame, struct weir_reduction *r) {
    const struct weir_image *whole = r->whole ? r->whole : frame->image;
    if (look->way && whole && frame->outcome == WEIR_OUTCOME_DETECT)
        translate_boxes(look, whole, frame->image, &frame->boxes);
    if (r->whole) {
        weir_image_unref(&frame->image);
        frame->image = r->whole;
        r->whole = NULL;
    }
    if (look->way && frame->times.prepare_begin)
        frame->times.prepare_begin = r->begin_ns; /* making it small is preparing, too */
}

/* ---- one inference ------------------------------------------------------- */

/* What is to be inferred, made small; what is not goes on. How many are left in frame. */
static size_t prepare_all(struct weir_worker *worker, const struct look *look,
                          struct weir_frame **frame, size_t len) {
    const int64_t taken = look->way ? weir_clock_now(worker->shared->clock) : 0;
    size_t left = 0;
    for (size_t i = 0; i < len; i++) {
        struct weir_reduction *r = &worker->reduction[left];
        struct weir_error err = {0};
        *r = (struct weir_reduction){.taken_ns = taken};
        if (weir_stop_requested(&worker->shared->stop)) {
            frame[i]->outcome = WEIR_OUTCOME_STOPPED;
            hand_on(worker, frame[i], NULL);
        } else if (look->way && make_small(worker, frame[i], look->way, r, &err)) {
            refuse(worker, frame[i], &err);
        } else if (frame[i]->deadline_ns != WEIR_FOREVER &&
                   weir_clock_now(worker->shared->clock) > frame[i]->deadline_ns) {
            restore(look, frame[i], r);
            frame[i]->outcome = WEIR_OUTCOME_LATE;
            hand_on(worker, frame[i], NULL);
        } else {
            frame[left++] = frame[i];
        }
    }
    return left;
}

/* How many are inside, the first in frame. */
static size_t push_all(struct weir_worker *worker, const struct look *look,
                       struct weir_frame **frame, size_t len, struct weir_error *err) {
    size_t inside = 0;
    for (size_t i = 0; i < len; i++) {
        if (look->stage->ops->push(look->stage, frame[i], err) == 0) {
            worker->reduction[inside] = worker->reduction[i];
            frame[inside++] = frame[i];
        } else {
            restore(look, frame[i], &worker->reduction[i]);
            refuse(worker, frame[i], err);
        }
    }
    return inside;
}

/*
 * A profile's pictures are as wide as the input, so that pre-processing them is a part too small to
 * see. Where it was more than a twentieth here, the whole cannot be compared; and where anything
 * went wrong, it was no single inference.
 */
static bool comparable(const struct look *look, struct weir_frame *const *frame, size_t len) {
    const struct weir_times *first = &frame[0]->times, *last = &frame[len - 1]->times;
    const int graph_batch = weir_model_desc(look->model)->batch;
    bool wide = false;
    for (size_t i = 0; i < len; i++) {
        if (frame[i]->outcome != WEIR_OUTCOME_DETECT)
            return false;
        wide |= frame[i]->image->width > weir_model_size(look->model).width;
    }
    if (graph_batch > 0 && (size_t)graph_batch != len)
        return false;
    return !wide || (first->infer_begin - first->prepare_begin) * 20 <=
                        last->detect_end - first->prepare_begin;
}

/* One that is done goes on, whatever became of it. */
static void finish(struct weir_worker *worker, const struct look *look, struct weir_frame *frame,
                   struct weir_reduction *r, size_t batch) {
    const struct weir_times *t = &frame->times;
    struct weir_choose_told told = {.batch = (int)batch, .boxes = &frame->boxes};
    const int64_t prepare_ns = t->infer_begin ? t->infer_begin - t->prepare_begin : 0;
    restore(look, frame, r);
    if (look->way) {
        told.queue_ns = r->taken_ns - t->decode_end;
        told.reduce_ns = r->end_ns - r->begin_ns;
        told.preprocess_ns = prepare_ns;
        told.infer_ns = t->detect_end && t->infer_begin ? t->detect_end - t->infer_begin : 0;
    }
    hand_on(worker, frame, &told);
}

/* As many as go into one inference, at most. */
static void detect(struct weir_worker *worker, const struct look *look, struct weir_frame **frame,
                   size_t len) {
    const struct weir_stage_ops *ops = look->stage->ops;
    struct weir_error err = {0};
    size_t left = prepare_all(worker, look, frame, len), out = 0;
    const int64_t begin = worker->watch ? weir_clock_now(worker->watch) : 0;
    size_t inside = push_all(worker, look, frame, left, &err);

    while (out < inside && ops->pull(look->stage, &frame[out], &err) == 0)
        out++;
    if (worker->watch && out && comparable(look, frame, out))
        weir_timing_saw(worker->shared->timing, look->name, weir_model_size(look->model), (int)out,
                        weir_clock_now(worker->watch) - begin);
    for (size_t i = 0; i < out; i++) {
        if (frame[i]->outcome == WEIR_OUTCOME_CORRUPT)
            weir_stream_fail(&worker->stream[frame[i]->stream], &err);
        finish(worker, look, frame[i], &worker->reduction[i], out);
    }
}

/* ---- which one ----------------------------------------------------------- */

static int open_stage(struct weir_worker *worker, struct weir_model *model, struct weir_stage **ret,
                      struct weir_error *err) {
    const struct weir_stage_conf conf = {
        .workflow = worker->shared->conf->workflow,
        .stream = -1,
        .sink = -1,
        .clock = worker->shared->clock,
        .stop = &worker->shared->stop,
        .model = model,
    };
    return weir_stage_detect.open(&conf, ret, err);
}

/* The stage of a setting, opened where it was not used lately. */
static int stage_of(struct weir_worker *worker, int setting, struct weir_model *model,
                    struct weir_stage **ret, struct weir_error *err) {
    struct weir_worker_stage *at = &worker->opened[0];
    for (int i = 0; i < WEIR_WORKER_STAGES; i++) {
        struct weir_worker_stage *o = &worker->opened[i];
        if (o->stage && o->setting == setting) {
            at = o;
            break;
        }
        if (!o->stage || (at->stage && o->used < at->used))
            at = o;
    }
    if (at->stage && at->setting != setting) {
        weir_stage_free(at->stage);
        at->stage = NULL;
    }
    int rc = at->stage ? 0 : open_stage(worker, model, &at->stage, err);
    if (rc)
        return rc;
    at->setting = setting;
    at->used = ++worker->uses;
    *ret = at->stage;
    return 0;
}

static int look_at(struct weir_worker *worker, int number, struct look *ret,
                   struct weir_error *err) {
    if (number < 0) {
        const struct weir_run_model *only = &worker->shared->models.item[0];
        *ret = (struct look){.stage = worker->detect, .model = only->model, .name = only->name};
        return 0;
    }
    const struct weir_choices_setting *s = weir_choices_setting(worker->shared->choices, number);
    struct weir_stage *stage;
    int rc = stage_of(worker, number, s->model, &stage, err);
    if (!rc)
        *ret = (struct look){stage, s->model, s->of->name, s->of->class_of, &s->way};
    return rc;
}

/* The frames that are detected as the first is, moved to the front in their order: how many. */
static size_t gather(struct weir_frame **frame, size_t len) {
    size_t alike = 1;
    for (size_t i = 1; i < len; i++) {
        if (frame[i]->setting != frame[0]->setting)
            continue;
        struct weir_frame *mine = frame[i];
        memmove(&frame[alike + 1], &frame[alike], (i - alike) * sizeof(struct weir_frame *));
        frame[alike++] = mine;
    }
    return alike;
}

static void detect_all(struct weir_worker *worker, size_t len) {
    struct weir_frame **frame = worker->frame;
    while (len) {
        struct weir_error err = {0};
        struct look look;
        size_t alike = gather(frame, len);
        if (look_at(worker, frame[0]->setting, &look, &err)) {
            for (size_t i = 0; i < alike; i++)
                refuse(worker, frame[i], &err);
        } else {
            size_t most = (size_t)weir_model_batch(look.model);
            alike = alike < most ? alike : most;
            detect(worker, &look, frame, alike);
        }
        frame += alike;
        len -= alike;
    }
}

/* ---- audits -------------------------------------------------------------- */

/* Where workers are never idle audits have one of so many seconds, and no more than that saved up.
 */
enum { AUDIT_SHARE = 8 };
#define AUDIT_CREDIT_NS (500 * WEIR_NS_PER_MS)

/* A machine that is full would never learn that less would do, and so stay full. */
static bool audit_is_owed(struct weir_worker *worker) {
    const int64_t now = weir_clock_now(worker->shared->clock);
    const int64_t more = worker->credit_ns + (now - worker->credited_ns) / AUDIT_SHARE;
    worker->credit_ns = more < AUDIT_CREDIT_NS ? more : AUDIT_CREDIT_NS;
    worker->credited_ns = now;
    return worker->credit_ns > 0;
}

/* Half of the workers at most, and one at least, are kept from frames that may come. */
static bool may_audit(struct weir_shared *shared) {
    const int workers = weir_model_workers(weir_run_models_reference(&shared->models));
    const int most = workers > 1 ? workers / 2 : 1;
    if (weir_stop_requested(&shared->stop))
        return false;
    if (atomic_fetch_add(&shared->audits, 1) < most)
        return true;
    atomic_fetch_sub(&shared->audits, 1);
    return false;
}

/* Boxes as a frame would have them; false: it could not be looked at. */
static bool look_once(struct weir_worker *worker, const struct weir_audit *audit,
                      struct weir_boxes *ret) {
    struct weir_frame *frame = weir_frame_new(audit->stream), *out = NULL;
    struct weir_reduction r = {0};
    struct look look;
    bool done = frame && !look_at(worker, audit->setting, &look, NULL);
    if (done) {
        frame->image = weir_image_ref(audit->image);
        done = !make_small(worker, frame, look.way, &r, NULL) &&
               !look.stage->ops->push(look.stage, frame, NULL);
    }
    if (done) {
        frame = NULL; /* the stage's */
        done = !look.stage->ops->pull(look.stage, &out, NULL);
    }
    if (out)
        restore(&look, out, &r);
    done = done && out->outcome == WEIR_OUTCOME_DETECT;
    if (done) {
        *ret = out->boxes;
        out->boxes = (struct weir_boxes){0};
    }
    weir_image_unref(&r.whole);
    weir_frame_free(frame);
    weir_frame_free(out);
    return done;
}

/* True: one was made, and time has passed. */
static bool audit(struct weir_worker *worker) {
    struct weir_shared *shared = worker->shared;
    struct weir_audit audit;
    struct weir_boxes boxes = {0};
    if (!may_audit(shared))
        return false;
    const int64_t begin_ns = weir_clock_now(shared->clock);
    const bool any = weir_choices_idle(shared->choices, &audit);
    if (any) {
        const bool done = look_once(worker, &audit, &boxes);
        weir_image_unref(&audit.image);
        weir_choices_audited(shared->choices, &audit, done ? &boxes : NULL);
        weir_boxes_done(&boxes);
        worker->credit_ns -= weir_clock_now(shared->clock) - begin_ns;
    }
    atomic_fetch_sub(&shared->audits, 1);
    return any;
}

/* ---- the loops ----------------------------------------------------------- */

static void serve_inbox(struct weir_worker *worker) {
    size_t len;
    while (weir_inbox_take(worker->shared->inbox, worker->frame, (size_t)worker->batch, &len) == 0)
        detect_all(worker, len);
}

static void serve_agenda(struct weir_worker *worker) {
    size_t len;
    bool block = false;
    worker->credited_ns = weir_clock_now(worker->shared->clock);
    for (;;) {
        if (audit_is_owed(worker))
            audit(worker);
        int rc = weir_agenda_take(worker->shared->agenda, block, worker->frame,
                                  (size_t)worker->batch, &len);
        if (rc == WEIR_EEOF)
            return;
        block = rc == WEIR_EAGAIN && !audit(worker);
        if (rc == WEIR_ETIMEDOUT) {
            worker->frame[0]->outcome = WEIR_OUTCOME_LATE;
            hand_on(worker, worker->frame[0], NULL);
        } else if (!rc) {
            const int64_t deadline = worker->frame[0]->deadline_ns;
            detect_all(worker, len);
            weir_agenda_did(worker->shared->agenda, deadline);
        }
    }
}

static void *worker_thread(void *arg) {
    struct weir_worker *worker = arg;

    weir_thread_name("detect", worker->index);
    if (worker->shared->agenda)
        serve_agenda(worker);
    else
        serve_inbox(worker);
    return NULL;
}

/* ---- life ---------------------------------------------------------------- */

int weir_worker_init(struct weir_worker *worker, struct weir_shared *shared,
                     struct weir_stream *stream, int index, int batch, bool keep_images,
                     struct weir_error *err) {
    struct weir_model *reference = weir_run_models_reference(&shared->models);
    const bool alone = weir_model_threads(reference) == weir_model_workers(reference) &&
                       shared->conf->workflow->set.detect.provider == WEIR_PROVIDER_CPU;

    worker->shared = shared;
    worker->stream = stream;
    worker->index = index;
    worker->batch = batch;
    worker->keep_images = keep_images;
    worker->frame = calloc((size_t)batch, sizeof *worker->frame);
    worker->reduction = calloc((size_t)batch, sizeof *worker->reduction);
    if (alone)
        worker->watch = weir_clock_thread_new();
    if (!worker->frame || !worker->reduction || (alone && !worker->watch))
        return weir_fail(err, WEIR_ENOMEM, "detect: out of memory");
    return shared->choices ? 0 : open_stage(worker, reference, &worker->detect, err);
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
    for (int i = 0; i < WEIR_WORKER_STAGES; i++)
        weir_stage_free(worker->opened[i].stage);
    weir_stage_free(worker->detect);
    weir_clock_free(worker->watch);
    free(worker->reduction);
    free(worker->frame);
}
