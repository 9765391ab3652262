/*
 * The detect stage: one instance per worker, all on one shared model. Frames are
 * pushed until it is full (WEIR_EAGAIN), and the next pull runs those that
 * need it as one batch and hands all of them out, in the order in which they came. A
 * pull runs whatever is inside, full or not, so that nobody waits for a batch to fill.
 *
 *   pushed -> waiting list -> pull: prepare each, infer once, decode each -> done list
 *
 * A frame that already has an outcome passes through. One that cannot be detected
 * leaves as corrupt; a batch that fails is tried again frame by frame, so that one bad
 * frame takes no other with it. The picture stays with its frame: sinks may draw on it.
 */
#include <stdlib.h>

#include "pipeline/detect/runner.h"
#include "pipeline/stage.h"

struct list {
    struct weir_frame *first, **end;
};

struct detect {
    struct weir_stage stage;
    struct weir_model *model;
    struct weir_clock *clock;
    struct weir_runner *runner;
    struct list waiting, done;
    struct weir_frame **slot; /* a batch's frames while it runs */
    int waiting_len; /* frames in waiting, those that pass through included */
    bool drained;
};

static void list_init(struct list *list) {
    list->first = NULL;
    list->end = &list->first;
}

static void list_add(struct list *list, struct weir_frame *frame) {
    frame->next = NULL;
    *list->end = frame;
    list->end = &frame->next;
}

static struct weir_frame *list_take(struct list *list) {
    struct weir_frame *frame = list->first;
    if (!frame)
        return NULL;
    list->first = frame->next;
    if (!list->first)
        list->end = &list->first;
    frame->next = NULL;
    return frame;
}

static int push(struct weir_stage *stage, struct weir_frame *frame, struct weir_error *err) {
    struct detect *d = (struct detect *)stage;
    if (d->drained)
        return weir_fail(err, WEIR_EINVAL, "detect: a frame after the end");
    if (d->done.first || d->waiting_len >= weir_model_batch(d->model))
        return WEIR_EAGAIN;
    if (frame->outcome == WEIR_OUTCOME_NONE && !frame->image)
        return weir_fail(err, WEIR_EINVAL, "detect: stream %d frame %lld has no picture",
                         frame->stream, (long long)frame->seq);
    list_add(&d->waiting, frame);
    d->waiting_len++;
    return 0;
}

/* Pre-processes a frame into a slot; one that cannot be is corrupt. */
static bool prepare(struct detect *d, struct weir_frame *frame, int slot, struct weir_error *err) {
    frame->times.prepare_begin = weir_clock_now(d->clock);
    if (weir_runner_prepare(d->runner, slot, frame->image, err) == 0)
        return true;
    frame->outcome = WEIR_OUTCOME_CORRUPT;
    return false;
}

static void finish(struct detect *d, struct weir_frame *frame, int slot, struct weir_error *err) {
    int rc = weir_runner_boxes(d->runner, slot, &frame->boxes, err);
    frame->times.detect_end = weir_clock_now(d->clock);
    if (rc)
        weir_boxes_reset(&frame->boxes);
    frame->outcome = rc ? WEIR_OUTCOME_CORRUPT : WEIR_OUTCOME_DETECT;
}

/* Runs the frames in slots 0 … n-1 and finishes them; false where inference failed. */
static bool infer(struct detect *d, struct weir_frame **slot, int n, struct weir_error *err) {
    int64_t begin = weir_clock_now(d->clock);
    int rc = weir_runner_infer(d->runner, n, err);
    int64_t end = weir_clock_now(d->clock);
    if (rc)
        return false;
    for (int i = 0; i < n; i++) {
        slot[i]->times.infer_begin = begin;
        slot[i]->times.infer_end = end;
        finish(d, slot[i], i, err);
    }
    return true;
}

static void run_batch(struct detect *d, struct weir_error *err) {
    struct weir_frame **slot = d->slot;
    int n = 0;
    for (struct weir_frame *f = d->waiting.first; f; f = f->next)
        if (f->outcome == WEIR_OUTCOME_NONE && prepare(d, f, n, err))
            slot[n++] = f;
    if (n && !infer(d, slot, n, err))
        for (int i = 0; i < n; i++) {
            bool alone = n > 1 && prepare(d, slot[i], 0, err) && infer(d, &slot[i], 1, err);
            if (!alone)
                slot[i]->outcome = WEIR_OUTCOME_CORRUPT;
        }
    struct weir_frame *f;
    while ((f = list_take(&d->waiting)))
        list_add(&d->done, f);
    d->waiting_len = 0;
}

/* Where a frame comes out corrupt, err (if given) holds the reason although 0 is returned. */
static int pull(struct weir_stage *stage, struct weir_frame **ret_frame, struct weir_error *err) {
    struct detect *d = (struct detect *)stage;
    if (!d->done.first && d->waiting.first)
        run_batch(d, err);
    struct weir_frame *frame = list_take(&d->done);
    if (!frame)
        return d->drained ? WEIR_EEOF : WEIR_EAGAIN;
    *ret_frame = frame;
    return 0;
}

static int drain(struct weir_stage *stage, struct weir_error *err) {
    ((struct detect *)stage)->drained = true;
    return 0;
}

static void detect_free(struct weir_stage *stage) {
    struct detect *d = (struct detect *)stage;
    struct weir_frame *frame;
    while ((frame = list_take(&d->waiting)) || (frame = list_take(&d->done)))
        weir_frame_free(frame);
    free(d->slot);
    weir_runner_free(d->runner);
    weir_model_unref(&d->model);
    free(d);
}

static const struct weir_stage_ops ops = {
    .name = "onnx",
    .push = push,
    .pull = pull,
    .drain = drain,
    .free = detect_free,
};

static int detect_open(const struct weir_stage_conf *conf, struct weir_stage **ret_stage,
                       struct weir_error *err) {
    if (!conf->model)
        return weir_fail(err, WEIR_EINVAL, "detect: no model was given");
    struct detect *d = calloc(1, sizeof *d);
    if (!d)
        return weir_fail(err, WEIR_ENOMEM, "detect: out of memory");
    d->stage = (struct weir_stage){.ops = &ops, .frames_total = -1};
    list_init(&d->waiting);
    list_init(&d->done);
    d->clock = conf->clock;
    d->model = weir_model_ref(conf->model);
    d->runner = weir_runner_new(d->model);
    d->slot = calloc((size_t)weir_model_batch(d->model), sizeof *d->slot);
    if (!d->runner || !d->slot) {
        detect_free(&d->stage);
        return weir_fail(err, WEIR_ENOMEM, "detect: out of memory");
    }
    *ret_stage = &d->stage;
    return 0;
}

static bool kind(size_t i, const char **ret_name, const char **ret_about) {
    return weir_model_head(i, ret_name, ret_about);
}

const struct weir_stage_type weir_stage_detect = {
    .name = "detect",
    .consumes = "image",
    .produces = "boxes",
    .about = "finds objects with an ONNX model",
    .open = detect_open,
    .kind = kind,
};
