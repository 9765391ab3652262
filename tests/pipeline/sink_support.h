/*
 * What the tests of track and of the sinks share: a workflow, a clock and a
 * model made by hand, frames made by hand, and a look at a written video.
 */
#ifndef WEIR_TESTS_PIPELINE_SINK_SUPPORT_H
#define WEIR_TESTS_PIPELINE_SINK_SUPPORT_H

#include "pipeline/pipeline.h"
#include "support/support.h"

struct rig {
    char *dir; /* scratch */
    struct weir_stream_spec stream[2];
    struct weir_sink_spec sink;
    struct weir_workflow workflow;
    struct weir_clock *clock;
    struct weir_model *model;
    struct weir_stage_conf conf;
};

/* One stream "gate", a sink of that kind into the scratch folder, tracking on,
 * confidence 0.25, no model. */
void rig_init(struct rig *rig, const char *kind);
void rig_done(struct rig *rig);
/* Lets the sink write into that folder (a mosaic: gate.mp4 there). */
void rig_folder(struct rig *rig, const char *dir);
/* Gives conf a model with these labels and that confidence. */
void rig_model(struct rig *rig, const char *const *labels, size_t len, float conf);
struct weir_stage *rig_open(struct rig *rig);
/* DIR/<stream><suffix>; static like test_path. */
const char *rig_path(const struct rig *rig, const char *suffix);

/* Pushes, asserts success, frees the frame. */
void push_ok(struct weir_stage *sink, struct weir_frame *frame);
void drain_ok(struct weir_stage *sink);

/* Frame seq of a 25 fps stream captured 1 s after the clock's origin, with
 * every part of its latency known (40 ms in all), no picture, no boxes. */
struct weir_frame *make_frame(int64_t seq, enum weir_outcome outcome);
/* With a grey I420 picture of that size, brighter with every frame. */
struct weir_frame *make_picture_frame(int64_t seq, int width, int height);
struct weir_image *make_picture(enum weir_pixel pixel, int width, int height, int value);
void add_box(struct weir_frame *frame, float x, float y, float w, float h, float score,
             int class_id, int track_id);

/* The whole file; heap, NUL-terminated. */
char *slurp(const char *path);
/* Number of files in a folder. */
int count_files(const char *dir);

struct video_facts {
    int width, height, frames;
    double time_s[64]; /* of the first frames */
    int luma[64]; /* in the middle of the bottom row */
    char codec[32], comment[256];
};
void read_video(const char *path, struct video_facts *ret);

/*
 * Runs sink in a child whose files may not grow beyond limit bytes: opens it,
 * pushes frames of 64x48 until something fails, drains, frees. Gives the code
 * of the failure (0: none) and its text.
 */
int run_on_full_disk(struct rig *rig, long limit_bytes, int frames, struct weir_error *ret_err);

#endif
