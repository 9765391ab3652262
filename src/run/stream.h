/*
 * A stream under way: three threads and what lies between them.
 *
 *   read     opens the source, pulls packets               -> packets (queue)
 *   decode   packets to pictures, in display order         -> inbox, lane
 *   deliver  frames in order: track, then every sink       -> outcome counted
 *
 * Between decode and deliver a frame is with the workers of the detector
 * (worker.c), or, dropped, goes straight into the lane.
 */
#ifndef WEIR_RUN_STREAM_H
#define WEIR_RUN_STREAM_H

#include <pthread.h>
#include <stdatomic.h>

#include "pipeline/pipeline.h"
#include "run/choices.h"
#include "run/inbox.h"
#include "run/lane.h"
#include "run/meter.h"
#include "run/run.h"
#include "run/timing.h"

/* What all streams of a run share; lives in the run. */
struct weir_shared {
    const struct weir_run_conf *conf;
    struct weir_clock *clock;
    struct weir_stop stop;
    struct weir_run_models models;
    struct weir_choices *choices; /* NULL: nothing is chosen */
    bool keep_images; /* a sink wants to see the pixels */
    struct weir_inbox *inbox; /* or, where there is a deadline, */
    struct weir_agenda *agenda;
    int64_t deadline_ns; /* of live streams, from capture; 0: there is none */
    atomic_int audits; /* under way */
    struct weir_timing *timing;
    struct weir_sink_common *common;
    void (*ended)(struct weir_shared *shared); /* a stream delivered its last frame */
};

struct weir_stream {
    struct weir_shared *shared;
    int index;
    struct weir_queue *packets;
    struct weir_lane *lane;
    size_t pictures; /* that may be under way */
    struct weir_meter meter;
    struct weir_stage *source, *decode, *track;
    struct weir_stage **sink; /* one per sink of the workflow; NULL: stopped */
    size_t sink_len;
    bool opened; /* every stage of it; written by read before the first packet */
    atomic_bool live, over; /* over: the last frame was delivered */
    atomic_int_least64_t frames_total;
    pthread_mutex_t lock; /* guards the two failures */
    struct weir_error failure, sink_failure;
    pthread_t reader, decoder, deliverer;
    int threads; /* how many of them were started */
};

/* Zeroed memory in, ready to start out. */
int weir_stream_init(struct weir_stream *stream, struct weir_shared *shared, int index);
/* Starts the threads; on failure what was started ends by itself after a stop. */
int weir_stream_start(struct weir_stream *stream, struct weir_error *err);
/* Waits for the threads. */
void weir_stream_join(struct weir_stream *stream);
/* After join. */
void weir_stream_done(struct weir_stream *stream);

/* This stream gives the workers no more. */
void weir_shared_end(struct weir_shared *shared, size_t stream);

/* Remembers the first failure and tells the run's listener. Any thread. */
void weir_stream_fail(struct weir_stream *stream, const struct weir_error *err);

/* "weir-read", … as the name of the calling thread. */
void weir_thread_name(const char *job, int index);

#endif
