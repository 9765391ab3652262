/*
 * What a stream did: frames in, frames out by outcome, and where their time
 * went. Frames in are counted where they enter, outcomes where they leave, by
 * different threads; that both agree at the end is the invariant.
 */
#ifndef WEIR_RUN_METER_H
#define WEIR_RUN_METER_H

#include <pthread.h>

#include "base/base.h"
#include "media/media.h"

/* X(name, begin, end): the parts of a frame's latency, in order; decode begins
 * where the wait for the decoder ends. Their sum is the latency. */
#define WEIR_PARTS(X)                                                                              \
    X(queue, capture, decode_begin)                                                                \
    X(decode, decode_begin, decode_end)                                                            \
    X(wait, decode_end, prepare_begin)                                                             \
    X(preprocess, prepare_begin, infer_begin)                                                      \
    X(inference, infer_begin, infer_end)                                                           \
    X(postprocess, infer_end, detect_end)                                                          \
    X(deliver, detect_end, deliver)

enum weir_part {
#define X(name, begin, end) WEIR_PART_##name,
    WEIR_PARTS(X)
#undef X
        WEIR_PART_COUNT
};

const char *weir_part_name(enum weir_part part);

/* Frames whose age is still open; of more, the oldest count as old as they are by then. */
enum { WEIR_METER_DUE_MAX = 4096 };

/* Counts at one instant; plain data. */
struct weir_counts {
    int64_t frames_in;
    int64_t outcome[WEIR_OUTCOME_COUNT];
    int64_t boxes; /* in results */
    int64_t last_latency_ns; /* of the newest result */
    int64_t first_ns, last_ns; /* first frame in; last frame out */
    int64_t on_time; /* detected and delivered within the deadline, where there is one */
};

struct weir_meter {
    pthread_mutex_t lock;
    struct weir_counts counts;
    struct weir_hist latency; /* of frames `by: detect`, ns */
    struct weir_hist overhead; /* latency less decode, pre-process, inference, post-process */
    struct weir_hist part[WEIR_PART_COUNT];
    /*
     * Where there is a deadline: of every frame that came in, the time from its capture until what
     * was detected in it or in a later one of its stream was delivered; where nothing ever was,
     * until the stream's last frame left, and its deadline after that.
     */
    struct weir_hist age;
    int64_t
        *due_ns; /* [WEIR_METER_DUE_MAX] captures of frames whose age is open; NULL: nobody asks */
    size_t due;
};

void weir_meter_init(struct weir_meter *meter);
void weir_meter_done(struct weir_meter *meter);
/* Ages are to be measured, too; before the first frame. ENOMEM. */
int weir_meter_measure_age(struct weir_meter *meter);
void weir_meter_enter(struct weir_meter *meter, int64_t capture_ns, int64_t now_ns);
/* frame has its outcome and, for a result, all its times. */
void weir_meter_leave(struct weir_meter *meter, const struct weir_frame *frame, int64_t now_ns);
/* The last frame left: what is still open of ages is closed. */
void weir_meter_end(struct weir_meter *meter, int64_t deadline_ns);
struct weir_counts weir_meter_counts(struct weir_meter *meter);

int64_t weir_counts_out(const struct weir_counts *counts);
int64_t weir_counts_results(const struct weir_counts *counts);

#endif
