/*
 * The workflow: what a user asks for. Streams, sinks and settings, from a
 * weir.yaml, from the environment, or from the command line; whatever is wrong
 * is reported before anything starts, all of it at once.
 */
#ifndef WEIR_SPEC_WORKFLOW_H
#define WEIR_SPEC_WORKFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

enum weir_transport { WEIR_TRANSPORT_TCP, WEIR_TRANSPORT_UDP };
enum weir_provider {
    WEIR_PROVIDER_CPU,
    WEIR_PROVIDER_CUDA,
    WEIR_PROVIDER_TENSORRT,
    WEIR_PROVIDER_OPENVINO,
    WEIR_PROVIDER_WEBGPU,
};
enum weir_tristate { WEIR_AUTO, WEIR_ON, WEIR_OFF };
enum weir_graph_opt { WEIR_GRAPH_NONE, WEIR_GRAPH_BASIC, WEIR_GRAPH_EXTENDED, WEIR_GRAPH_ALL };

/* A width and height in pixels; 0x0 means "chosen by Weir". */
struct weir_size {
    int width, height;
};

struct weir_strings {
    char **item; /* owned strings */
    size_t len;
};

struct weir_ints {
    int *item; /* owned */
    size_t len;
};

enum weir_prefer { WEIR_PREFER_LATENCY, WEIR_PREFER_ACCURACY, WEIR_PREFER_COST };

enum { WEIR_OPTIONS_MAX = 64, WEIR_MODELS_MAX = 16, WEIR_WIDTHS_MAX = 16 };

/* One row of the option table (option.c) per member; units and ranges there. */
struct weir_settings {
    struct {
        enum weir_transport rtsp_transport;
        double open_timeout_s, read_timeout_s;
        double reconnect_min_s, reconnect_max_s;
        double rate_fps; /* of media that carry no timing: images, raw MJPEG */
        int max_width, max_height;
    } source;
    struct {
        struct weir_strings models; /* paths or names; several: one of them is chosen per frame */
        char *reference; /* which of them accuracy is measured by; "auto": the only one */
        struct weir_ints widths; /* of pictures, to choose from; empty: a ladder */
        int skip; /* one of so many frames is detected */
        struct weir_strings classes; /* only these leave the detector; empty: all */
        struct weir_size size; /* of the model's input */
        double conf; /* least score of a box; < 0: the head's own default */
        double nms_iou; /* < 0: the head's own default */
        int max_boxes;
        enum weir_provider provider;
        int threads; /* CPU threads for inference in all; 0: every core */
        int workers; /* concurrent inferences; 0: as many as threads */
        int batch; /* most frames in one inference */
        enum weir_tristate spinning;
        enum weir_graph_opt graph;
    } detect;
    struct {
        double deadline_ms; /* < 0: none */
        double min_accuracy; /* the floor; < 0: the usual one, see weir_workflow_floor */
        enum weir_prefer prefer;
    } slo;
    char *strategy; /* "NAME:OPTIONS"; "auto": weir, where there is an slo */
    struct {
        bool enabled;
        double high, low, fresh, match, match_low; /* see vision/tracker.h */
        double lost_s;
    } track;
    struct {
        char *encoder; /* FFmpeg encoder name, or "auto" */
        int quality; /* constant rate factor where the encoder has one: 0 best – 51 */
    } annotate;
    struct {
        bool live; /* --live: pace files like a camera */
        int64_t max_frames; /* per stream; 0: all */
        bool profile_update; /* what is measured goes into the machine's profile */
    } run;
    int line[WEIR_OPTIONS_MAX]; /* of the file, by row: where it was set; 0: not there */
};

struct weir_stream_spec {
    char *name; /* [A-Za-z0-9_.-]+, unique: it becomes a file name */
    char *source; /* path, URL, device, folder, glob, "-" */
    bool live; /* pace this file like a camera */
};

/* kinds: "ndjson", "coco", "mot", "digest" (path is a folder, one file a stream in it),
 * "annotate" (path is a file, or a folder where there are several streams),
 * "mosaic" (path is a file, for all streams),
 * "null" (no path) */
struct weir_sink_spec {
    char *kind;
    char *path; /* NULL where the kind has none */
};

struct weir_workflow {
    struct weir_stream_spec *stream;
    size_t stream_len;
    struct weir_sink_spec *sink;
    size_t sink_len;
    struct weir_settings set;
    char *file; /* that it was read from; NULL: none */
};

/* All defaults, no streams, no sinks. */
int weir_workflow_init(struct weir_workflow *wf);
void weir_workflow_done(struct weir_workflow *wf);

/* Appends; strings are copied. EINVAL, with the reason, for a bad or used name,
 * or an unknown kind. name NULL: derived from the source ("yard.mp4": "yard"),
 * made unique with a number. */
int weir_workflow_add_stream(struct weir_workflow *wf, const char *name, const char *source,
                             bool live, struct weir_error *err);
int weir_workflow_add_sink(struct weir_workflow *wf, const char *kind, const char *path,
                           struct weir_error *err);

/* Reads a YAML file over the defaults in wf. On failure err->text holds every
 * error found, one a line: "FILE:LINE: KEY: found …; allowed: …" (and how many more
 * there are if they do not fit), and wf what could be understood. Relative paths
 * of file sources, sinks and models (those with a '/') are taken relative to the
 * file's folder; "~/" is the home folder. ENOENT, EIO, ERANGE (over 1 MiB), EINVAL. */
int weir_workflow_load(struct weir_workflow *wf, const char *path, struct weir_error *err);

/* Is the file a workflow's, right or wrong? As weir_site_seems. */
bool weir_workflow_seems(const char *path);

/* Overrides from the environment: WEIR_DETECT_CONF=0.4 for detect.conf. A variable
 * that nearly has the name of a setting is an error; others are left alone. */
int weir_workflow_env(struct weir_workflow *wf, struct weir_error *err);

/* Appends the workflow as a complete weir.yaml, every key with its value. */
void weir_workflow_print(const struct weir_workflow *wf, struct weir_buf *out);

/* What no single key can tell: at least one stream and one model, workers not
 * above threads, and so on. All errors at once, of keys that a file set with its name and line. */
int weir_workflow_check(const struct weir_workflow *wf, struct weir_error *err);

/* Is it chosen per frame how to detect it (there is an slo, or a strategy)? */
bool weir_workflow_chooses(const struct weir_workflow *wf);
/* The strategy that chooses, with its options: "weir" unless another is named. */
const char *weir_workflow_strategy(const struct weir_workflow *wf);
/* slo.min_accuracy, or 0.85. */
double weir_workflow_floor(const struct weir_workflow *wf);
/* Adds "FILE:LINE: KEY: text" to err, a line of its own behind what is there; FILE:LINE only
 * where the file set the key. EINVAL. */
int weir_workflow_complain(const struct weir_workflow *wf, const char *key, struct weir_error *err,
                           const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
