/*
 * What an agent keeps. Inside sched only.
 *
 *   agent.c         offers, choices, and what comes of them
 *   agent_audit.c   what the auditor is asked besides, and what that takes
 *   agent_report.c  what the planner hears
 */
#ifndef WEIR_SCHED_AGENT_STATE_H
#define WEIR_SCHED_AGENT_STATE_H

#include "sched/agent.h"

/* When frames come: late is the mean over chance, spread that of deviations from it. */
struct agent_beat {
    int64_t frames, last_frame, first_ns;
    double late_ns, spread_ns;
};

struct agent_stream {
    struct agent_beat beat;
    double *sent; /* [settings]: frames since the last report; NULL: of another agent's */
    int64_t *toll_ns; /* [settings]: the plan in force */
    int preferred;
    bool planned; /* one came */
    /* its H.264: the setting whose encoder went on last, -1: none; since which frame; and the last
     * that it took */
    int coder;
    int64_t begin, last;
};

struct weir_agent {
    struct weir_agent_conf conf;
    struct weir_agent_there *there; /* [nodes] */
    struct weir_sense *sense; /* [nodes] */
    int64_t *audit_ns; /* [nodes]: no audit there before: those made are within their budget then */
    int64_t *wait_ns, *waited; /* [nodes]: since the last report */
    struct agent_stream *stream; /* [streams] */
    struct weir_strategy_state *state;
    struct weir_offer *offer; /* [settings] */
    int64_t (*flying_bytes)[2]; /* [links], there and back */
    double *reported_sent; /* [settings]: of the stream reported last, as the two behind */
    int64_t *reported_bytes;
    struct weir_prospect *reported_prospect;
};

/* May a stream have that setting? What is for audits alone all may. */
static inline bool agent_may(const struct weir_agent *a, int stream, int setting) {
    const int settings = a->conf.site->settings;
    return !a->conf.may || setting >= settings ||
           a->conf.may[(size_t)stream * (size_t)settings + (size_t)setting];
}

static inline int agent_settings(const struct weir_agent *a) {
    return a->conf.site->settings + a->conf.audit_settings;
}

#endif
