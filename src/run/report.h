/* The report of a run: everything measured in it, nothing predicted. */
#ifndef WEIR_RUN_REPORT_H
#define WEIR_RUN_REPORT_H

#include "base/base.h"
#include "run/meter.h"
#include "spec/spec.h"

struct weir_report_times {
    struct weir_hist latency, overhead, age, part[WEIR_PART_COUNT];
};

struct weir_stream_report {
    char *name;
    char *source;
    bool live;
    struct weir_counts counts;
    struct weir_report_times *times; /* owned; of frames `by: detect` */
    struct weir_error failure; /* code 0: none */
    struct weir_error sink_failure; /* the first sink that stopped */
};

/* How often frames were detected in one way, where that is chosen for each. */
struct weir_report_setting {
    char *model; /* owned */
    int width, height; /* of the picture that it saw */
    int64_t frames;
};

struct weir_report_model {
    char *name; /* owned */
    int64_t memory_bytes; /* by which the process grew as it was loaded */
};

/* What there is to tell only where it is chosen how frames are detected. */
struct weir_report_choice {
    char *strategy; /* owned; NULL: nothing is chosen */
    struct weir_report_model *model;
    int models;
    struct weir_report_setting *setting; /* those that were used, most used first */
    int settings;
    int64_t refused; /* answers of the strategy that made no sense */
    int64_t below_floor, audits;
};

struct weir_report {
    struct weir_stream_report *stream;
    size_t stream_len;
    struct weir_counts total;
    struct weir_report_times *times; /* of all streams */
    char *model;
    const char *head, *provider; /* static */
    struct weir_size size;
    int workers, threads;
    bool stopped; /* asked to stop before the sources ended */
    bool consistent; /* every frame in has exactly one outcome */
    double wall_s, cpu_s;
    int64_t max_rss_bytes; /* of the process so far */
    struct weir_report_choice choice;
    double deadline_ms; /* of live streams; 0: there is none */
    int64_t wanted; /* frames of live streams that were to be detected, where there is a deadline */
    int profile_points; /* of the machine's profile, brought up to date by this run */
};

void weir_report_done(struct weir_report *report);
/* Did any stream or sink fail? */
bool weir_report_failed(const struct weir_report *report);

/*
 * As text for a person, and as one JSON object: frames_in, results,
 * dropped {reason: n}, fps, latency_ms {mean, p50, p95, p99, max}, overhead_ms,
 * parts_ms {queue, decode, wait, …}, cpu_ms_per_frame, max_rss_bytes, model, streams […]; where it
 * is chosen how frames are detected, strategy, models [{name, memory_bytes}], settings [{model,
 * width, height, frames}], refused, below_floor, audits instead of one width and height; where
 * there is a deadline, deadline_ms, on_time (null without a live stream), age_ms {mean, p95} and
 * outcomes {name: n}.
 */
void weir_report_text(const struct weir_report *report, struct weir_buf *out);
void weir_report_json(const struct weir_report *report, struct weir_buf *out);

#endif
