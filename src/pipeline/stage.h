/*
 * The contract of a stage. A frame is pushed in, worked on, and pulled out; a
 * source is only pulled, a sink only pushed. `run` drives every stage through
 * this contract and knows nothing else of it.
 *
 *     while ((rc = stage->ops->pull(stage, &frame, &err)) == WEIR_EAGAIN)
 *         push the next input, or drain when there is none;
 *
 * A stage instance is used by one thread at a time, which need not be the one
 * that opened it. Whatever instances share (a model) is safe for all of them.
 * A source gives packets, or pictures where it draws them itself: those pass by
 * decode. A frame that already has an outcome (dropped, corrupt) passes by every stage
 * up to track and is pushed into track and sinks only.
 */
#ifndef WEIR_PIPELINE_STAGE_H
#define WEIR_PIPELINE_STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base.h"
#include "media/media.h"
#include "spec/spec.h"

struct weir_model;
struct weir_sink_common;
struct weir_stage;

struct weir_stage_ops {
    const char *name; /* of the implementation: "rtsp", "h264", "ndjson" */

    /*
     * Hands frame in. 0: the stage owns it now. WEIR_EAGAIN: pull first.
     * Any other error: the frame stays the caller's; the stage stays usable
     * unless it says WEIR_EIO or WEIR_ENOSPC, after which only free may follow.
     * A sink takes nothing: it reads the frame, which stays the caller's on
     * success too. May block on the medium it writes to. NULL: a source.
     */
    int (*push)(struct weir_stage *stage, struct weir_frame *frame, struct weir_error *err);

    /*
     * Hands a frame out; the caller owns it. A frame that the stage gave up
     * comes out with its outcome set. WEIR_EAGAIN: push first (never from a
     * source). WEIR_EEOF: drained, or the source has ended. WEIR_ECANCELED:
     * the stop token was requested. A source blocks, within its time-outs,
     * and fails with the reason when it is lost for good. NULL: a sink.
     */
    int (*pull)(struct weir_stage *stage, struct weir_frame **ret_frame, struct weir_error *err);

    /* No more input: what is inside comes out of pull, then WEIR_EEOF; a sink
     * finishes its file. At most once. NULL: nothing to do. */
    int (*drain)(struct weir_stage *stage, struct weir_error *err);

    /* Mandatory; drained or not. A sink that was not drained leaves no half file. */
    void (*free)(struct weir_stage *stage);
};

/* What every instance begins with. */
struct weir_stage {
    const struct weir_stage_ops *ops;
    bool live; /* a source whose frames do not wait: the newest wins */
    /* A source: how many frames it will give, -1 unknown; for the progress bar. */
    int64_t frames_total;
};

/* What a stage may know when it is opened. All borrowed; the pointers outlive it. */
struct weir_stage_conf {
    const struct weir_workflow *workflow;
    int stream; /* index into workflow->stream; -1: serves all */
    int sink; /* a sink: index into workflow->sink */
    struct weir_clock *clock; /* frames are stamped with it */
    struct weir_stop *stop;
    struct weir_model *model; /* detect: what to run; track, sinks: labels; may be NULL elsewhere */
    struct weir_sink_common *common; /* sinks: what the streams of this run share */
};

/* A row of the table: a kind of stage. */
struct weir_stage_type {
    const char *name; /* "decode" */
    const char *consumes; /* data types: NULL, "packet", "image", "boxes" */
    const char *produces;
    const char *about; /* one line */
    int (*open)(const struct weir_stage_conf *conf, struct weir_stage **ret_stage,
                struct weir_error *err);
    /* Name and description of the i-th implementation, false past the last. */
    bool (*kind)(size_t i, const char **ret_name, const char **ret_about);
};

/* In the order of a frame's path: source, decode, detect, track, sink. */
extern const struct weir_stage_type weir_stage_source;
extern const struct weir_stage_type weir_stage_decode;
extern const struct weir_stage_type weir_stage_detect;
extern const struct weir_stage_type weir_stage_track;
extern const struct weir_stage_type weir_stage_sink;
extern const struct weir_stage_type *const weir_stages[];
extern const size_t weir_stages_len;

/* Does a source of that name give frames at its own pace, like a camera? From the
 * name alone (URL scheme, device); nothing is opened. */
bool weir_source_is_live(const char *source);
/* Does a sink of that kind look at the pixels? */
bool weir_sink_wants_image(const char *kind);

/* What the sinks of all streams of one run share (a mosaic's video); freed after
 * the last of them. new: NULL: no memory. free: NULL allowed. */
struct weir_sink_common *weir_sink_common_new(const struct weir_workflow *workflow);
void weir_sink_common_free(struct weir_sink_common *common);

/*
 * One still picture from a file, decoded by the source and decode stages; the
 * caller owns the reference. ENOENT, EUNSUPPORTED (no picture that is known),
 * ECORRUPT, ENOMEM. Any thread; blocks on the file.
 */
int weir_image_load(const char *path, struct weir_image **ret_image, struct weir_error *err);
/* Writes an I420 picture as a PNG file. EUNSUPPORTED (another format), ENOMEM, and as
 * weir_file_write_all. */
int weir_image_save(const char *path, const struct weir_image *image, struct weir_error *err);

/* Frees a stage; NULL allowed. */
static inline void weir_stage_free(struct weir_stage *stage) {
    if (stage)
        stage->ops->free(stage);
}

#endif
