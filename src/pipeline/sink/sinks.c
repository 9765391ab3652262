/* The table of sinks, the stage that opens them, and what they share: names of
 * files and of classes. */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pipeline/pipeline.h"
#include "pipeline/sink/sink.h"

static const struct weir_sink_row *const rows[] = {
    &weir_sink_ndjson, &weir_sink_coco,   &weir_sink_mot,  &weir_sink_annotate,
    &weir_sink_mosaic, &weir_sink_digest, &weir_sink_null,
};
enum { ROWS = sizeof rows / sizeof *rows };

const char *weir_sink_stream(const struct weir_stage_conf *conf) {
    return conf->workflow->stream[conf->stream].name;
}

char *weir_sink_path(const struct weir_stage_conf *conf, const char *suffix) {
    const char *dir = conf->workflow->sink[conf->sink].path;
    const char *stream = weir_sink_stream(conf);
    size_t size = strlen(stream) + strlen(suffix) + 1;
    char *name = malloc(size);
    if (!name)
        return NULL;
    snprintf(name, size, "%s%s", stream, suffix);
    char *path = weir_path_join(dir && *dir ? dir : ".", name);
    free(name);
    return path;
}

const struct weir_labels *weir_sink_labels(const struct weir_stage_conf *conf) {
    return conf->model ? weir_model_desc(conf->model)->labels : NULL;
}

const char *weir_sink_class(const struct weir_labels *labels, int class_id, char scratch[32]) {
    if (labels)
        return weir_labels_name(labels, class_id);
    snprintf(scratch, 32, "class_%d", class_id);
    return scratch;
}

int weir_sink_category(const struct weir_labels *labels, int class_id) {
    if (labels && class_id >= 0 && (size_t)class_id < labels->len)
        return weir_labels_coco_id(labels, class_id);
    return class_id < INT_MAX ? class_id + 1 : class_id;
}

/* Whether a file holds a JSON object: a labelled data set, where results are an array. */
static bool holds_object(const char *path) {
    struct stat st; /* a pipe would wait for its writer */
    FILE *file = !stat(path, &st) && S_ISREG(st.st_mode) ? fopen(path, "re") : NULL;
    int c = EOF;
    if (!file)
        return false;
    do
        c = getc(file);
    while (c == ' ' || c == '\n' || c == '\r' || c == '\t');
    fclose(file);
    return c == '{';
}

/* Is path the ground truth beside a source: yard.coco.json or yard.mot.txt of yard.mp4? */
static bool is_truth_of(const char *path, const char *source) {
    const char *dot = strrchr(weir_path_base(source), '.');
    size_t stem = dot ? (size_t)(dot - source) : strlen(source);
    struct weir_buf coco = {0}, mot = {0};
    weir_buf_printf(&coco, "%.*s.coco.json", (int)stem, source);
    weir_buf_printf(&mot, "%.*s.mot.txt", (int)stem, source);
    bool truth = holds_object(weir_buf_str(&coco)) && (weir_file_same(path, weir_buf_str(&coco)) ||
                                                       weir_file_same(path, weir_buf_str(&mot)));
    weir_buf_done(&coco);
    weir_buf_done(&mot);
    return truth;
}

int weir_sink_check_target(const struct weir_stage_conf *conf, const char *path,
                           struct weir_error *err) {
    for (size_t i = 0; i < conf->workflow->stream_len; i++) {
        const char *source = conf->workflow->stream[i].source;
        if (!source)
            continue;
        source += strncmp(source, "file:", 5) ? 0 : 5;
        bool own = weir_file_same(path, source);
        if (own || is_truth_of(path, source))
            return weir_fail(err, WEIR_EINVAL,
                             "sink %s: %s is %s of this run and would be overwritten; write "
                             "elsewhere",
                             conf->workflow->sink[conf->sink].kind, path,
                             own ? "a source" : "the ground truth of a source");
    }
    return 0;
}

int weir_sink_fail_write(struct weir_error *err, const char *path, int sys_errno) {
    const char *why = strerrordesc_np(sys_errno);
    bool full = weir_err_from_errno(sys_errno) == WEIR_ENOSPC;
    return weir_fail(err, full ? WEIR_ENOSPC : WEIR_EIO, "cannot write %s: %s%s", path,
                     why ? why : "unknown error",
                     full ? "; free some space or write elsewhere" : "");
}

bool weir_sink_wants_image(const char *kind) {
    for (size_t i = 0; i < ROWS; i++)
        if (!strcmp(rows[i]->name, kind))
            return rows[i]->wants_image;
    return false;
}

static int sink_open(const struct weir_stage_conf *conf, struct weir_stage **ret_stage,
                     struct weir_error *err) {
    const struct weir_workflow *wf = conf->workflow;
    if (conf->sink < 0 || (size_t)conf->sink >= wf->sink_len || conf->stream < 0 ||
        (size_t)conf->stream >= wf->stream_len)
        return weir_fail(err, WEIR_EINVAL, "a sink serves one stream: stream %d, sink %d",
                         conf->stream, conf->sink);

    const struct weir_sink_spec *spec = &wf->sink[conf->sink];
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i]->name, spec->kind))
            continue;
        if (rows[i]->needs_path && !(spec->path && *spec->path))
            return weir_fail(err, WEIR_EINVAL, "sink %s: no path given; say where to write to",
                             spec->kind);
        return rows[i]->open(conf, ret_stage, err);
    }

    char known[256] = "";
    for (size_t i = 0; i < ROWS; i++) {
        size_t at = strlen(known);
        snprintf(known + at, sizeof known - at, "%s%s", i ? ", " : "", rows[i]->name);
    }
    return weir_fail(err, WEIR_EINVAL, "sink %s: no such kind; there are %s", spec->kind, known);
}

static bool sink_kind(size_t i, const char **ret_name, const char **ret_about) {
    if (i >= ROWS)
        return false;
    *ret_name = rows[i]->name;
    *ret_about = rows[i]->about;
    return true;
}

const struct weir_stage_type weir_stage_sink = {
    .name = "sink",
    .consumes = "boxes",
    .produces = NULL,
    .about = "writes what was found",
    .open = sink_open,
    .kind = sink_kind,
};
