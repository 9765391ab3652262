/*
 * A clip: pictures that come again the same, and where their truth is. For commands that run
 * models over a user's own video.
 *
 *   cli_clip_look   what its beginning tells: size, rate, how long it is
 *   cli_clip_truth  NAME.coco.json beside it
 *   cli_reader      its frames, one after the other
 *
 * One thread; everything may block on the medium.
 */
#ifndef WEIR_CLI_CLIP_H
#define WEIR_CLI_CLIP_H

#include "base/base.h"
#include "eval/eval.h"
#include "pipeline/pipeline.h"

struct cli_clip {
    const char *name, *source; /* the workflow's */
    bool drawn; /* a scene: truth comes with its frames */
    int width, height;
    double rate_fps; /* as far as its beginning tells */
    int64_t frames; /* -1: not known before its end */
    int64_t most; /* frames that are taken of it; 0: all */
    char *truth_path; /* of a file, NULL where none is used */
    struct weir_dataset truth;
};

/* What a detector found, as evaluations have it. */
struct weir_eval_box cli_clip_box(const struct weir_box *box, int category);

/* Looks at the stream of conf; clip is zeroed. EINVAL: it is live; ECORRUPT: it holds no picture;
 * errors of source and decoder. */
int cli_clip_look(const struct weir_stage_conf *conf, struct cli_clip *clip,
                  struct weir_error *err);

/* Loads the truth of a clip that is not drawn; all its categories have names. instead: the flag
 * whose model would do without truth, "--reference". ENOENT: there is none; EUNSUPPORTED, ECORRUPT,
 * errors of weir_dataset_load. */
int cli_clip_truth(struct cli_clip *clip, const char *instead, struct weir_error *err);

/* What the truth says of a frame, by its number. ECORRUPT: it was not labelled. */
int cli_clip_labels(const struct cli_clip *clip, int64_t frame,
                    const struct weir_eval_image **ret_image, struct weir_error *err);

void cli_clip_done(struct cli_clip *clip); /* zeroed allowed */

/* Source and decoder of a stream, driven by hand (clip_reader.c). */
struct cli_reader {
    const char *name;
    struct weir_stage *source, *decode;
    struct weir_frame *waiting; /* read, and not taken by decode yet */
    int64_t frames; /* given out */
};

int cli_reader_open(const struct weir_stage_conf *conf, struct cli_reader *reader,
                    struct weir_error *err);
/* The next frame, with its picture; the caller's. EEOF, ECANCELED; ECORRUPT: a frame that cannot
 * be decoded; errors of the source. */
int cli_reader_next(struct cli_reader *reader, struct weir_frame **ret_frame,
                    struct weir_error *err);
/* The same of a clip that was looked at: EEOF after clip->most, too. EINVAL: a picture of
 * another size; ECORRUPT: the clip has no frame at all. */
int cli_reader_next_of(struct cli_reader *reader, const struct cli_clip *clip,
                       struct weir_frame **ret_frame, struct weir_error *err);
void cli_reader_done(struct cli_reader *reader); /* zeroed allowed */

#endif
