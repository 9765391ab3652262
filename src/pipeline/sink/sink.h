/*
 * What a sink is made of: one row of the table in sinks.c and one file. A sink
 * is a stage (pipeline/stage.h) opened once per stream and sink of the
 * workflow; what the streams of one sink share is in conf->common. It only reads the frames it is
 * given, gets every frame of its stream in order, drops included, and leaves either a whole file or
 * none (ndjson: whole lines).
 */
#ifndef WEIR_PIPELINE_SINK_SINK_H
#define WEIR_PIPELINE_SINK_SINK_H

#include <stdbool.h>

#include "pipeline/stage.h"

struct weir_sink_row {
    const char *name; /* as in the workflow: "ndjson" */
    const char *about; /* one line */
    bool needs_path; /* where true, open is never called without one */
    bool wants_image; /* looks at the pixels */
    /* As weir_stage_type.open; creates its file, so that a folder that cannot be
     * written to is known before the first frame. */
    int (*open)(const struct weir_stage_conf *conf, struct weir_stage **ret_stage,
                struct weir_error *err);
};

extern const struct weir_sink_row weir_sink_ndjson;
extern const struct weir_sink_row weir_sink_coco;
extern const struct weir_sink_row weir_sink_mot;
extern const struct weir_sink_row weir_sink_annotate;
extern const struct weir_sink_row weir_sink_mosaic;
extern const struct weir_sink_row weir_sink_digest;
extern const struct weir_sink_row weir_sink_null;

/* The name of the stream that conf is about; borrowed from the workflow. */
const char *weir_sink_stream(const struct weir_stage_conf *conf);
/* FOLDER/<stream><suffix> in a new heap string; the folder is the sink's path,
 * the working folder where it has none. NULL: no memory. */
char *weir_sink_path(const struct weir_stage_conf *conf, const char *suffix);

/* The labels of conf's model; NULL without a model. Borrowed: the model outlives. */
const struct weir_labels *weir_sink_labels(const struct weir_stage_conf *conf);
/* The name of a class; "class_7" in scratch where there are no labels. */
const char *weir_sink_class(const struct weir_labels *labels, int class_id, char scratch[32]);
/* The COCO category of a class; class_id + 1 where there are no labels. */
int weir_sink_category(const struct weir_labels *labels, int class_id);

/* EINVAL where path is a file that this run reads, or the ground truth beside one (a COCO
 * data set, and the MOT text that goes with it): it would be overwritten. */
int weir_sink_check_target(const struct weir_stage_conf *conf, const char *path,
                           struct weir_error *err);

/* States that path could not be written to, and returns ENOSPC for a full disk
 * (a quota or a file-size limit is one, too), else EIO. */
int weir_sink_fail_write(struct weir_error *err, const char *path, int sys_errno);

#endif
