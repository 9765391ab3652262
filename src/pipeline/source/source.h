/*
 * Inside the source folder: what a kind of source is, and what its instances
 * begin with.
 */
#ifndef WEIR_PIPELINE_SOURCE_SOURCE_H
#define WEIR_PIPELINE_SOURCE_SOURCE_H

#include "pipeline/stage.h"

/* An instance of any kind. */
struct source {
    struct weir_stage stage;
    /* When the frame pulled last is to be decoded, ns on the scale of its
     * media_ns; may be negative. What paces a file goes by it. */
    int64_t dts_ns;
};

struct source_kind {
    const char *name, *about;
    /* Whether text names a source of this kind; may look at the file system. */
    bool (*matches)(const char *text);
    /* Frames come when they come: `--live` has nothing to pace. */
    bool self_paced;
    /* text is borrowed for the call. */
    int (*open)(const struct weir_stage_conf *conf, const char *text, struct source **ret_source,
                struct weir_error *err);
};

/* First match wins; the last row takes everything. */
extern const struct source_kind *const source_kinds[];
extern const size_t source_kinds_len;

extern const struct source_kind source_file, source_stdin, source_scene, source_images, source_rtsp,
    source_http, source_v4l2, source_url;

/* Releases the frames of inner at their own rate (pace.c). Consumes inner on success. */
int source_pace(const struct weir_stage_conf *conf, struct source *inner,
                struct source **ret_source);

/* text without a leading "file:" or "file://". */
const char *source_path(const char *text);
/* "rtsp://": has a scheme of two letters or more followed by "://". */
bool source_has_scheme(const char *text);

#endif
