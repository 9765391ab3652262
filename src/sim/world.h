/*
 * A site in virtual time: cameras, agents that choose, links, nodes that serve, results that
 * come back in order. Decisions, queues and links are the very code that runs on a real
 * site; what this file adds is time. The same configuration gives the same outcomes, to the bit.
 */
#ifndef WEIR_SIM_WORLD_H
#define WEIR_SIM_WORLD_H

#include "link/link.h"
#include "media/media.h"
#include "sched/sched.h"
#include "sim/calls.h"
#include "sim/works.h"
#include "spec/spec.h"
#include "weir/strategy.h"

struct sim_stream_conf {
    const char *name;
    int node;
    double rate_fps;
    int64_t phase_ns; /* of the first frame; it may come late */
    int64_t until_ns; /* it goes: nothing is due from then on; 0: it stays to the end */
    int64_t jitter_ns; /* a frame comes up to that much later */
    int skip; /* one frame of so many is detected, from the first on; of the others the tracker
               * carries the boxes; 0 as 1: all are */
    int width, height;
    int64_t deadline_ns;
    double min_accuracy;
    int reference; /* index into settings */
    int audit_width; /* of the picture that the reference's model sees in audits, a setting's; 0:
                      * the reference's own */
};

/* Of how many frames one is detected. */
static inline int sim_skip(const struct sim_stream_conf *s) {
    return s->skip > 1 ? s->skip : 1;
}
static inline bool sim_detects(const struct sim_stream_conf *s, int64_t frame) {
    return frame % sim_skip(s) == 0;
}
/* Frames that are detected a second: to its agent and planner there are no others. */
static inline double sim_detected_fps(const struct sim_stream_conf *s) {
    return s->rate_fps / sim_skip(s);
}
static inline int64_t sim_period_ns(const struct sim_stream_conf *s) {
    return (int64_t)(1e9 / sim_detected_fps(s));
}

/* What a setting costs on one core of the profiled machine. */
struct sim_cost {
    int64_t reduce_ns, encode_ns, decode_ns, infer_ns;
};

/* A frame that the auditor analysed, too. */
enum { SIM_COMPARED_MAX = WEIR_COMPARED_MAX };
struct sim_audit {
    int shown; /* the setting of what the viewer had; -1: nothing came of it */
    int auditor; /* as which it was sent there */
    int compared[SIM_COMPARED_MAX], compares; /* settings that it was analysed in there, besides */
};

/* What frames are like: a recorded table, or something that a test makes up. What is optional
 * may be NULL. */
struct sim_content {
    /* Of one frame as it is sent, and on average. > 0. */
    int64_t (*bytes)(struct sim_content *content, int stream, int64_t frame, int setting);
    int64_t (*mean_bytes)(struct sim_content *content, int stream, int setting);
    /* What the agent believes of a setting's accuracy now. */
    void (*accuracy)(struct sim_content *content, int stream, int64_t frame, int setting,
                     double *ret_accuracy, double *ret_margin);
    /* Optional. Of a frame that begins H.264 anew; without it, bytes. */
    int64_t (*key_bytes)(struct sim_content *content, int stream, int64_t frame, int setting);
    /* Optional. So many bytes of a frame were sent, no keyframe. */
    void (*sent)(struct sim_content *content, int stream, int setting, int64_t bytes);
    /* Optional. What was found in a frame is known to its agent. */
    void (*seen)(struct sim_content *content, int stream, int64_t frame, int setting,
                 int64_t now_ns);
    /* Optional, all or none. Is a frame to be audited? What else is to analyse it, where the
     * auditor does in that setting, though the viewer gets what setting finds (-1: nothing): the
     * number, of settings whose model and size count. And: it was, as audit says. */
    bool (*audits)(struct sim_content *content, int stream, int64_t frame);
    int (*compares)(struct sim_content *content, int stream, int setting, int auditor,
                    int ret_setting[SIM_COMPARED_MAX]);
    void (*audited)(struct sim_content *content, int stream, int64_t frame,
                    const struct sim_audit *audit, int64_t now_ns);
};

/* ---- watching --------------------------------------------------------------- */

enum sim_step {
    SIM_STEP_SOURCE, /* reduced and encoded; where: its node */
    SIM_STEP_LINK, /* where: a link, index: its way; from when it came there until its last byte
                    * left; it arrives later by the link's delay */
    SIM_STEP_QUEUE, /* where: a node; waited for a slot, or was dropped there */
    SIM_STEP_SLOT, /* where: a node, index: its slot; told once it is done */
    SIM_STEP_LEFT, /* with its outcome; where: its source's node; from its due time on */
};

struct sim_happening {
    enum sim_step step;
    int stream, setting; /* -1: none was chosen */
    int64_t frame;
    int64_t from_ns, to_ns;
    int where, index;
    bool back; /* LINK: an answer on its way back */
    bool audit; /* not the frame itself: the same once more, for an audit */
    enum weir_outcome outcome; /* LEFT; QUEUE: NONE, or why it was dropped */
};

/* Who watches a run changes nothing in it. Either may be NULL. */
struct sim_observer {
    void (*happened)(struct sim_observer *observer, const struct sim_happening *what);
    /* Of a frame that was due: an index into view's offers, or WEIR_DROP. view is gone after. */
    void (*chose)(struct sim_observer *observer, const struct weir_frame_view *view, int choice);
};

/* ---- the run ---------------------------------------------------------------- */

struct sim_conf {
    const struct weir_site *site; /* its events happen, its traces are read */
    const struct sim_stream_conf *stream;
    int streams;
    const char *const *model;
    int models;
    const struct weir_setting *setting;
    const struct sim_cost *cost; /* [settings + audit_settings] */
    int settings;
    int audit_settings; /* more of them, behind: for audits alone, no strategy is shown them */
    struct sim_content *content;
    const struct weir_strategy *strategy;
    const char *options; /* the strategy's */
    uint64_t seed;
    double seconds; /* frames that are due in this time are in the run */
    struct sim_calls *calls; /* records the strategy's calls; NULL: nobody does */
    struct sim_observer *observer; /* NULL: nobody watches */
    struct sim_works *works; /* NULL: time is virtual */
};

/* The settings there are, those for audits included. */
static inline int sim_settings(const struct sim_conf *conf) {
    return conf->settings + conf->audit_settings;
}

/* Of a stream, that are due in the run. */
int64_t sim_frames_of(const struct sim_conf *conf, const struct sim_stream_conf *s);

struct sim_frame {
    int64_t due_ns; /* capture */
    int64_t delivered_ns; /* of a result; one that was carried, when it was due */
    int64_t predicted_ns; /* the mean that was offered */
    int64_t bytes; /* sent */
    int32_t setting; /* -1: none was chosen */
    bool below_floor; /* taken though the agent believed it to be below its floor */
    enum weir_outcome outcome; /* DETECT, TRACK, LATE, OVERLOAD, UNREACHABLE or CORRUPT */
};

struct sim_stream_result {
    struct sim_frame *frame;
    int64_t frames;
};

struct sim_result {
    struct sim_stream_result *stream; /* [streams] */
    int streams;
    int64_t (*sent_bytes)[WEIR_SITE_WAYS]; /* of the site's links */
    int64_t *busy_ns; /* of the site's nodes: slot time used */
    int64_t audits, audit_bytes, audit_ns; /* that were made, what they sent, slot time */
    int64_t refused; /* answers of the strategy that made no sense */
    int64_t late; /* frames whose real works were over more than 1 ms later than they cost */
};

/* EINVAL (conf makes no sense, a trace is none, the strategy refuses: why), ENOMEM; ENOENT, EIO
 * (a trace). */
int sim_world_run(const struct sim_conf *conf, struct sim_result *ret, struct weir_error *err);
void sim_result_done(struct sim_result *result);

#endif
