/*
 * Bare loops: the least a program can do for the same frames. libav and ONNX
 * Runtime called directly, with the same pre-processing, head and NMS, and no
 * queues, lanes, meters or sinks beyond what the shape of the loop needs.
 */
#ifndef WEIR_BENCH_BARE_H
#define WEIR_BENCH_BARE_H

#include "bench.h"
#include "pipeline/pipeline.h"

enum bare_shape {
    BARE_SERIAL, /* decode, then inference, in one thread; one intra-op thread */
    BARE_SERIAL_2, /* the same with two intra-op threads */
    BARE_THREAD_2, /* a decode thread and one worker with two intra-op threads */
    BARE_WORKERS, /* a decode thread and two workers of one thread on one session */
    BARE_SHAPES
};

const char *bare_name(enum bare_shape shape);

struct bare_result {
    int64_t frames, boxes;
    double seconds, cpu_s; /* from opening the video to the last box; CPU of the process */
    double checksum; /* of all boxes in frame order */
};

struct bare_conf {
    const char *video;
    struct weir_model *model; /* for its description; the loop has a session of its own */
    int64_t max_frames; /* 0: all */
    double fps; /* paced; 0: as fast as it goes */
    bool default_threads; /* ONNX Runtime's own thread settings: a thread a core, spinning */
};

/* 0, or -1 with the reason on stderr. */
int bare_run(enum bare_shape shape, const struct bare_conf *conf, struct bare_result *ret);

double bench_cpu_seconds(void);
double bench_wall_seconds(void);

#endif
