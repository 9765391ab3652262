/*
 * One medium opened through libavformat: a file, a connection, a device. Gives
 * the packets of its best video stream as frames. Knows time-outs and the stop
 * token; does not know reconnecting or pacing. Used by one thread at a time.
 */
#ifndef WEIR_PIPELINE_SOURCE_AV_H
#define WEIR_PIPELINE_SOURCE_AV_H

#include "source.h"

struct av_input;

struct av_option {
    const char *key, *value;
};

struct av_open {
    const struct weir_stage_conf *stage;
    const char *url; /* what libavformat opens */
    const char *shown; /* in messages; see av_hide_password */
    const char *format; /* NULL: found by looking at the bytes */
    const struct av_option *options; /* ended by a NULL key; NULL: none */
    bool first_keyframe_is_enough; /* do not read on to measure the frame rate */
    bool poll; /* a device that must be asked again and again */
    int fd; /* >= 0: read this instead of opening url; stays the caller's */
};

/*
 * Opens and looks for video, within source.open_timeout_s. ENOENT, ECONN,
 * ETIMEDOUT, EUNSUPPORTED, ECORRUPT (nothing that is video), ERANGE (larger than
 * the limit), EIO, ECANCELED (stop).
 */
int av_input_open(const struct av_open *how, struct av_input **ret_input, struct weir_error *err);
/* NULL allowed. */
void av_input_free(struct av_input *input);

/*
 * The next frame: packet, capture (now), media_ns and *ret_dts_ns from the
 * medium's start. Waits at most source.read_timeout_s (ETIMEDOUT). EEOF, EIO,
 * ECONN, ECANCELED; ECORRUPT where not one packet could be had.
 */
int av_input_read(struct av_input *input, struct weir_frame **ret_frame, int64_t *ret_dts_ns,
                  struct weir_error *err);

/* How many frames it holds, -1 unknown. */
int64_t av_input_frames(const struct av_input *input);
/* Its length is unknown and nothing says that it is stored: it happens now. */
bool av_input_is_live(const struct av_input *input);

/* url with the password in it replaced by stars; heap, NULL: no memory. */
char *av_hide_password(const char *url);

#endif
