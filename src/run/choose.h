/*
 * The contract of a chooser: who says, frame by frame, by which model and how wide it is detected.
 * The run shows it each frame that is to be detected, carries out what it says, and tells it what
 * became of that.
 *
 *   open      before anything starts: by whoever makes the run
 *   stream    a stream's first picture is there, or its pictures have another size: decode thread
 *   choose    a frame is to be detected: decode thread of its stream
 *   told      what became of it, once for every frame that choose sent on: any thread
 *   idle      a worker has nothing to do, or owes an audit: may it look at a picture again?
 *   audited   what it found there: the same worker
 *   free      when every thread has ended
 *
 * The run makes one call at a time (under one lock), so that an implementation needs none. None may
 * block, call back into the run, or take more than a few tens of microseconds; but `open`, and the
 * first `choose` of a stream that came, which may take some milliseconds.
 *
 * Settings are numbered through the whole run as they come up, and keep their number: a stream of
 * another size brings new ones. Of struct weir_setting only model, width and height count here.
 */
#ifndef WEIR_RUN_CHOOSE_H
#define WEIR_RUN_CHOOSE_H

#include "base/base.h"
#include "media/media.h"
#include "profile/profile.h"
#include "sched/sched.h"
#include "spec/spec.h"
#include "weir/strategy.h"

enum { WEIR_SETTINGS_MAX = 512 };

/* Begins what an implementation keeps. */
struct weir_chooser {
    const struct weir_chooser_ops *ops;
};

/* What it may know from the beginning: during open, but what it points to outlives the chooser. */
struct weir_choose_conf {
    const struct weir_workflow *workflow; /* its slo, streams, skip */
    const char *strategy; /* its name */
    const char *options; /* behind the strategy's name and its ':'; "" if none */
    const char *const *model, *const *model_path; /* [models], as in detect.models */
    int models, reference; /* the latter an index */
    const struct weir_labels *labels; /* of the results: the reference's */
    const struct weir_costs *costs; /* of this machine; without points where there are none */
    int workers; /* inferences at a time */
    int batch; /* most frames in one */
    struct weir_strategy_watch *watch; /* of a strategy of sched; NULL: nobody watches */
    void (*event)(void *arg, const char *text); /* what a user should hear; may be NULL */
    void *event_arg;
};

/* What can be chosen for a stream, from now on. */
struct weir_choose_stream {
    int stream;
    int width, height; /* of its pictures */
    bool live;
    const struct weir_setting *setting; /* of the run, by number; stays where it is */
    const int *offer; /* [offers]: those that this stream may have; valid during the call */
    int offers; /* >= 1 */
    int reference; /* one of them: the reference at full resolution */
};

struct weir_choose_ask {
    int stream;
    int64_t frame;
    int64_t now_ns, capture_ns, deadline_ns; /* WEIR_FOREVER: there is none */
    /* Borrowed. It may be kept by a reference of one's own: of few, since memory is bounded. */
    struct weir_image *image;
};

struct weir_choice {
    int setting; /* one of the stream's offers; -1: the frame is dropped */
    enum weir_outcome drop; /* as which: overload, late or unreachable */
    bool below_floor; /* less accuracy is expected than is wanted */
};

/* What became of a frame. Times are this frame's; 0 where it never got there. */
struct weir_choose_told {
    int stream, setting;
    int64_t frame;
    int64_t now_ns, capture_ns, deadline_ns;
    enum weir_outcome outcome; /* detect: it is done, and waits at most for those before it */
    /* Wall time: until a worker took it; of this frame; of the whole batch, post-processing
     * included. */
    int64_t queue_ns, reduce_ns, preprocess_ns, infer_ns;
    int batch; /* frames in its inference */
    /* Of a detected one: in pixels of the stream's pictures, classes as in labels, at or above the
     * model's threshold, before tracking. Borrowed. */
    const struct weir_boxes *boxes;
};

/* A picture that is to be looked at again. */
struct weir_audit {
    int stream, setting;
    int64_t frame;
    struct weir_image *image; /* a reference that goes to the run */
};

struct weir_chooser_ops {
    const char *name;

    /* *ret begins with a struct weir_chooser, whose ops the caller sets. EINVAL with what is wrong
     * with the options; ENOMEM; whatever its files give. */
    int (*open)(const struct weir_choose_conf *conf, struct weir_chooser **ret,
                struct weir_error *err);
    /* ENOMEM. */
    int (*stream)(struct weir_chooser *chooser, const struct weir_choose_stream *stream);
    /* An answer that makes no sense is refused and counted; the frame goes to the reference. */
    struct weir_choice (*choose)(struct weir_chooser *chooser, const struct weir_choose_ask *ask);
    void (*told)(struct weir_chooser *chooser, const struct weir_choose_told *told); /* optional */
    /* Optional, as audited. False: nothing. While frames wait an eighth of the time at most; an
     * audit is not interrupted. */
    bool (*idle)(struct weir_chooser *chooser, int64_t now_ns, struct weir_audit *ret);
    /* boxes as in told; NULL: it could not be looked at. audit's picture is gone. */
    void (*audited)(struct weir_chooser *chooser, const struct weir_audit *audit, int64_t now_ns,
                    const struct weir_boxes *boxes);
    void (*free)(struct weir_chooser *chooser);
};

/* The one that the workflow's strategy names, that name, and what stands behind its ':'. NULL:
 * there is none: weir_choosers_check says why. */
const struct weir_chooser_ops *weir_chooser_find(const struct weir_workflow *wf,
                                                 const char **ret_strategy,
                                                 const char **ret_options);
/* Is the workflow's strategy one that a run can use? Adds what is wrong to err, which may hold
 * something already. EINVAL. */
int weir_choosers_check(const struct weir_workflow *wf, struct weir_error *err);

/* One setting for all frames: "model=M,width=W"; without model the reference, without width the
 * picture's own. */
extern const struct weir_chooser_ops weir_chooser_static;
/* Strategies of sched, beside all streams of the machine. ENOENT where a model's accuracy or its
 * times on this machine are not known: how to measure them. */
extern const struct weir_chooser_ops weir_chooser_agent;
/* Adds what is wrong with its options. EINVAL. */
int weir_chooser_static_check(const struct weir_workflow *wf, const char *options,
                              struct weir_error *err);

/* As results and profiles call a model: its file without folder and ".onnx". */
void weir_run_model_name(const char *path, char *ret, size_t size);

#endif
