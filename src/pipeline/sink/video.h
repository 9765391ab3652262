/*
 * A video file being encoded: H.264 (or what the user named) in MP4, Matroska
 * or another container that the file's extension names; plain pictures in .y4m.
 * It appears under its name when it is whole. One thread at a time; the encoder may use one or two
 * of its own.
 */
#ifndef WEIR_PIPELINE_SINK_VIDEO_H
#define WEIR_PIPELINE_SINK_VIDEO_H

#include "media/media.h"

struct weir_canvas; /* pipeline/sink/draw.h */

struct weir_video_conf {
    const char *encoder; /* FFmpeg's name, or "auto" */
    int quality; /* 0 best – 51 */
    double rate_fps; /* nominal */
};

struct weir_video;

/* true where path ends in an extension of some media container. */
bool weir_video_is_file(const char *path);

/*
 * Creates the temporary beside path and looks for container and encoder. conf's
 * strings are borrowed. EUNSUPPORTED: the container cannot hold it, or there is
 * no such encoder (the text says which there are); weir_file_create's errors.
 */
int weir_video_new(const char *path, const struct weir_video_conf *conf,
                   struct weir_video **ret_video, struct weir_error *err);
/* Gives up what was not finished: nothing stays. NULL allowed. */
void weir_video_free(struct weir_video *video);

/* Opens the encoder for pictures of that even size; once, before the first
 * canvas. EUNSUPPORTED with the encoders that were tried. */
int weir_video_begin(struct weir_video *video, int width, int height, enum weir_matrix matrix,
                     struct weir_error *err);
bool weir_video_begun(const struct weir_video *video);
/* The next picture to draw on; good until it is written. ENOMEM. */
int weir_video_canvas(struct weir_video *video, struct weir_canvas *ret_canvas,
                      struct weir_error *err);
/* Encodes the canvas at that time. Times that do not rise are moved to just
 * behind the one before, and what follows moves with them. EIO, ENOSPC, ENOMEM. */
int weir_video_write(struct weir_video *video, int64_t t_ns, struct weir_error *err);
/* Encodes a picture as it is, without a copy: I420 of the size given to begin; it is
 * referenced for as long as the encoder looks at it. EINVAL (another size or format), and
 * as weir_video_write. */
int weir_video_picture(struct weir_video *video, struct weir_image *image, int64_t t_ns,
                       struct weir_error *err);
/* A remark for the file's comment; kept until finish. */
void weir_video_remark(struct weir_video *video, const char *text);
/* Writes all that is left and closes the file under its temporary name: finish then only
 * renames. For files that are to appear together. At most once, after a picture. */
int weir_video_seal(struct weir_video *video, struct weir_error *err);
/* Seals (unless that was done) and renames the file; without a single picture there is none. */
int weir_video_finish(struct weir_video *video, struct weir_error *err);

#endif
