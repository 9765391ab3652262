/*
 * What the tests of source and decode share: media made by the ffmpeg program,
 * and a rig that plays a source through the decoder and asserts what must hold
 * for each: every frame that went in comes out exactly once, seq counts 0, 1, 2…
 */
#ifndef WEIR_TESTS_SOURCE_TEST_SUPPORT_H
#define WEIR_TESTS_SOURCE_TEST_SUPPORT_H

#include "pipeline/stage.h"
#include "support/support.h"

enum { FRAMES_MAX = 4096 };

struct rig {
    struct weir_workflow wf;
    struct weir_clock *clock;
    struct weir_stop stop;
    struct weir_stage_conf conf;
    struct weir_stage *source, *decode; /* NULL until opened */
    struct weir_error err;
};

/* A workflow of one stream and a real clock. clock NULL: the real one. */
void rig_init(struct rig *rig, const char *source, struct weir_clock *clock);
void rig_done(struct rig *rig);
/* Opens the source (rc), then the decoder. */
int rig_open(struct rig *rig);

/* What came out, in order. */
struct shown {
    int64_t media_ns, source_id;
    int width, height, luma; /* luma: of the pixel in the middle, -1 without picture */
    enum weir_outcome outcome;
    enum weir_pixel pixel;
    bool full_range;
    enum weir_matrix matrix;
    char name[64];
    int64_t capture;
};
struct play {
    int in, out, pictures, corrupt;
    int end; /* what pull ended with; 0: max frames were read */
    struct shown *frame;
};

/* Reads at most max frames (-1: to the end), decodes all of them. */
void rig_play(struct rig *rig, int max, struct play *ret);
void play_done(struct play *play);
/* open, play to the end, close: the common case. Fails the test if it does not open. */
void play_file(const char *source, struct play *ret);
/* Opening fails with code and says so. */
void expect_refused(const char *source, int code, const char *says);

/* Runs `ffmpeg ARGS PATH`, and gives PATH (in dir); skips the test without ffmpeg. */
const char *make_media(const char *dir, const char *name, const char *args);
/* Input of `frames` frames at 10 per second, 64x48, gray of 16 + 8 * number. */
#define COUNTING(frames)                                                                           \
    "-f lavfi -i color=black:s=64x48:r=10,format=yuv420p,"                                         \
    "geq=lum=16+8*N:cb=128:cr=128 -frames:v " #frames " "
/* Every picture shows the number it should by its place, and by its time where known. */
void expect_counting(const struct play *play, int frames);

/* dir/name with these bytes. */
const char *write_bytes(const char *dir, const char *name, const void *bytes, size_t len);
char *read_bytes(const char *path, size_t *ret_len);
/* Not random, not video. */
void fill_rubbish(void *bytes, size_t len, uint32_t seed);

/* cmocka: *state is a scratch folder. */
int scratch_setup(void **state);
int scratch_teardown(void **state);

#endif
