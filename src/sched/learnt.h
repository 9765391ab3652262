/*
 * What is believed of streams because it was measured: bytes follow what was sent, accuracy what
 * was found in a stream's own frames and in its audits (floor.h). Told of real frames on a real
 * machine, of recorded ones in virtual time. Pure. Settings that are the same but for their node
 * see alike: they are one way of a floor.
 */
#ifndef WEIR_SCHED_LEARNT_H
#define WEIR_SCHED_LEARNT_H

#include "sched/beliefs.h"
#include "sched/floor.h"
#include "weir/strategy.h"

struct weir_learnt_stream {
    int width; /* of its pictures */
    int reference; /* index into settings */
    int audit_width; /* as in weir_agent_conf */
    double min_accuracy; /* the floor */
    double rate_fps; /* of frames that are to be detected */
};

struct weir_learnt_conf {
    const struct weir_setting *setting; /* [settings]; those for audits alone among them */
    int settings;
    const struct weir_learnt_stream *stream; /* [streams] */
    int streams;
    const double *mean_bytes; /* [settings]: until something was sent; keyframes left out */
    /* [models]: how well each sees. NULL: only bytes are learnt, and beliefs have no accuracy nor
     * audits. */
    const struct weir_sight *sight;
    int models;
    double window_s; /* over which the floor is to hold */
    int64_t audit_every; /* one of so many that are detected is audited; 0: none */
    uint64_t seed;
};

struct weir_learnt;

/* conf's arrays are copied; sights outlive it. EINVAL, ENOMEM. */
int weir_learnt_new(const struct weir_learnt_conf *conf, struct weir_learnt **ret,
                    struct weir_error *err);
void weir_learnt_free(struct weir_learnt *learnt); /* NULL allowed */
/* For agents; key_bytes is NULL. */
struct weir_beliefs *weir_learnt_beliefs(struct weir_learnt *learnt);

/* What a setting found in a frame. */
struct weir_found {
    int setting; /* -1: nothing came of it */
    const struct weir_floor_box *box; /* borrowed, in pixels of the stream */
    size_t len;
};

/* So many bytes of a frame were sent, no keyframe. */
void weir_learnt_sent(struct weir_learnt *learnt, int stream, int setting, int64_t bytes);
/* A result came. now_ns never falls. */
void weir_learnt_seen(struct weir_learnt *learnt, int stream, int64_t now_ns,
                      const struct weir_found *found);
/* The viewer had this of a frame, and the auditor that. */
void weir_learnt_audited(struct weir_learnt *learnt, int stream, int64_t now_ns,
                         const struct weir_found *shown, const struct weir_found *auditor);
/* That frame was analysed in this setting, too. */
void weir_learnt_compared(struct weir_learnt *learnt, int stream, const struct weir_found *other,
                          const struct weir_found *auditor);
/* weir_floor_audit of a stream; NaN without sights. */
double weir_learnt_audit(const struct weir_learnt *learnt, int stream);

#endif
