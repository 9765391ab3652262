/*
 * An agent: beside the cameras of one node, it senses what lies around it, turns every setting into
 * an offer, lets the strategy choose, and learns from what comes back. The same code decides on a
 * real machine and in virtual time. Pure: whoever runs it tells it what happened and when.
 *
 *     weir_agent_due(agent, stream, frame, due_ns);               a frame was captured
 *     weir_agent_choose(agent, stream, frame, due_ns, now_ns, &decision);
 *     if (decision.choice == WEIR_CHOICE_SEND) {
 *         after = weir_agent_sent(agent, stream, frame, now_ns, &decision);
 *         ... it goes there, as decision.offer says
 *     }
 *     if (weir_agent_audit(agent, stream, frame, now_ns, shown, &audit))
 *         ... the auditor looks at it, too, when nothing else wants the way
 *     weir_agent_told(agent, &answer);                            an answer came, or will not
 *
 * One thread at a time. After new nothing allocates.
 */
#ifndef WEIR_SCHED_AGENT_H
#define WEIR_SCHED_AGENT_H

#include "sched/beliefs.h"
#include "sched/sense.h"
#include "weir/strategy.h"

/* ---- what an agent is given -------------------------------------------------- */

/* What a setting costs, by the profile. */
struct weir_agent_cost {
    int64_t source_ns; /* at the agent's own node: reduced, and encoded where it travels */
    int64_t slot_ns; /* of a slot of its node, alone: decode and inference */
    int64_t share_ns; /* what it adds to its node's work where batches are full */
};

/* A node, seen from the agent's. */
struct weir_agent_there {
    bool reachable; /* there is a way, and one back */
    int64_t rtt_ns; /* without waiting, of a message without length */
    double mbit_per_s; /* of the narrowest link there */
    const bool *serves; /* [models] */
    const int64_t *compare_ns; /* [settings + audit_settings]: slot time of analysing so, there, a
                                * picture that is there already */
    int way_sharers; /* agents that use the way there, where most do; this one included */
    int slot_sharers; /* agents that can reach its slots */
};

/* What a strategy is asked and told, for who watches or records. Each may be NULL. They change
 * nothing. */
struct weir_strategy_watch {
    /* By open: the agent's node, -1 the planner. */
    void (*opened)(struct weir_strategy_watch *watch, int node, int answer);
    /* As the strategy gave it, sense or nonsense. */
    void (*answered)(struct weir_strategy_watch *watch, int node,
                     const struct weir_frame_view *view, int answer);
    /* What was made of that: an index into view's offers, or WEIR_DROP. */
    void (*took)(struct weir_strategy_watch *watch, const struct weir_frame_view *view, int choice);
    void (*told)(struct weir_strategy_watch *watch, int node, const struct weir_result_view *view);
    void (*planned)(struct weir_strategy_watch *watch, const struct weir_plan_view *view,
                    const int64_t *toll_ns, const int *preferred);
};

struct weir_agent_conf {
    const struct weir_site_view *site;
    int node; /* where it is */
    int audit_settings; /* behind site's settings there are so many more: for audits alone, no
                         * strategy is shown them */
    const struct weir_agent_cost *cost; /* [settings + audit_settings] */
    const struct weir_agent_there *there; /* [nodes]; copied, but for what they point to */
    const bool *may; /* [streams][settings]: which stream may have which; NULL: each may have all */
    const int *audit_width; /* [streams]: of the picture that the reference's model sees in audits,
                             * a setting's; 0: the reference's own. NULL: all 0 */
    struct weir_beliefs *beliefs;
    const struct weir_strategy *strategy;
    const char *options; /* the strategy's; NULL: none */
    struct weir_strategy_watch *watch; /* NULL: nobody watches */
};

struct weir_agent;

/* What conf points to outlives it. EINVAL (the strategy refuses: why), ENOMEM. */
int weir_agent_new(const struct weir_agent_conf *conf, struct weir_agent **ret,
                   struct weir_error *err);
void weir_agent_free(struct weir_agent *agent); /* NULL allowed */

/* ---- a frame ----------------------------------------------------------------- */

enum weir_agent_choice {
    WEIR_CHOICE_SEND,
    WEIR_CHOICE_SHED, /* the strategy drops it: `overload` */
    WEIR_CHOICE_NOWHERE, /* nothing can be reached: `unreachable` */
};

struct weir_decision {
    enum weir_agent_choice choice;
    struct weir_offer offer; /* SEND: what was taken, and what it promised */
    bool below_floor; /* taken though it is believed to be below its floor */
    bool refused; /* the strategy's answer made no sense: this is what was done instead */
};

/* A frame of this stream was due; frames are numbered as the strategy counts them, those that are
 * to be detected. */
void weir_agent_due(struct weir_agent *agent, int stream, int64_t frame, int64_t due_ns);
/* Lets the strategy choose. frame->site of what watchers see is conf's. */
void weir_agent_choose(struct weir_agent *agent, int stream, int64_t frame, int64_t due_ns,
                       int64_t now_ns, struct weir_decision *ret);
/* It goes there now. Of H.264: the frame that its encoder goes on from, -1: a keyframe begins it
 * anew; of others -1. */
int64_t weir_agent_sent(struct weir_agent *agent, int stream, int64_t frame, int64_t now_ns,
                        const struct weir_decision *decision);
/* A frame in H.264 was not decoded: unless it began anew since, the next one does. */
void weir_agent_broke(struct weir_agent *agent, int stream, int64_t frame);

enum weir_answer_kind {
    WEIR_ANSWERED, /* analysed */
    WEIR_DROPPED_THERE, /* its node answered that it dropped it */
    WEIR_TURNED_BACK, /* on its way, since the way alone would have taken too long */
    WEIR_LOST, /* nothing came, or will */
};

/* What became of a frame that was sent. */
struct weir_answer {
    enum weir_answer_kind kind;
    int stream, setting;
    int64_t frame, now_ns;
    int64_t sent_ns; /* when its source's stages were to be done with it, as weir_agent_sent was
                      * told: now_ns + the offer's source_ns */
    int64_t bytes; /* that were sent */
    int64_t budget_ns; /* TURNED_BACK: what it had left for its way */
    int64_t queue_ns, service_ns, wait_ns; /* the first two kinds: dwell there, and what a job would
                                              wait there then */
    int64_t foreseen_queue_ns; /* its offer's */
    bool delivered; /* or waits for those before it */
    int64_t latency_ns, predicted_ns; /* of a delivered one; the mean that its offer promised */
};
void weir_agent_told(struct weir_agent *agent, const struct weir_answer *answer);
/* A node said how it is. */
void weir_agent_heard(struct weir_agent *agent, int node, int64_t now_ns, int64_t wait_ns);

/* What a setting promises for a frame of this stream now; false: it cannot be had. ahead_ns is left
 * out. */
bool weir_agent_offer(const struct weir_agent *agent, int stream, int64_t frame, int setting,
                      int64_t now_ns, struct weir_offer *ret);

/* Do two settings bring the same picture of a stream to the same node? The model does not matter,
 * nor by how much it is enlarged there. */
bool weir_same_picture(const struct weir_stream_view *stream, const struct weir_setting *a,
                       const struct weir_setting *b);

/* ---- audits ------------------------------------------------------------------- */

/* The auditor is to look at a frame, too: the reference's model, on a larger picture if there is
 * one. */
struct weir_agent_audit {
    int stream;
    int64_t frame;
    struct weir_offer offer; /* as what it is sent */
    int shown; /* the setting that its viewer gets; -1: nothing */
    bool is_there; /* that brings the same picture there: it is not sent again */
    bool is_done; /* it is what the auditor does: it need not be analysed again */
    int compared[WEIR_COMPARED_MAX], compares; /* settings that analyse it there, besides */
    int64_t slot_ns; /* that all this takes there */
    int64_t share_ns; /* and adds to its work */
};

/* Of a stream's setting: is that what its auditor does, wherever it runs? audit_width as in
 * weir_agent_conf. */
bool weir_audits_as(const struct weir_setting *setting, const struct weir_setting *reference,
                    int audit_width);

/* Is a frame to be audited, and is there budget for it? Then it is on its way, once bytes is known.
 * shown: the setting in which it was sent; -1: it was shed. */
bool weir_agent_audit(struct weir_agent *agent, int stream, int64_t frame, int64_t now_ns,
                      int shown, struct weir_agent_audit *ret);
void weir_agent_audit_sent(struct weir_agent *agent, const struct weir_agent_audit *audit,
                           int64_t now_ns, int64_t bytes);
/* Its answer came, or will not. */
void weir_agent_audit_over(struct weir_agent *agent, const struct weir_agent_audit *audit);

/* ---- what the planner hears and says -------------------------------------------- */

/* Of one stream, since the report before. */
struct weir_agent_report {
    struct weir_rhythm rhythm; /* by the agent's clock; due_ns -1: no frame came yet */
    const double *sent; /* [settings]: frames that were sent so */
    const int64_t *bytes; /* [settings]: of a frame; 0: not on offer */
    const struct weir_prospect *prospect; /* [settings] */
};
/* ret's arrays are the agent's, until the next report. */
void weir_agent_report(struct weir_agent *agent, int stream, int64_t now_ns,
                       struct weir_agent_report *ret);
/* Waits for a slot of a node since the report before: their sum, and how many they were. */
void weir_agent_report_waits(struct weir_agent *agent, int node, int64_t *ret_sum_ns,
                             int64_t *ret_count);
/* A plan came. toll_ns [settings]; preferred -1: none. Copied. */
void weir_agent_planned(struct weir_agent *agent, int stream, const int64_t *toll_ns,
                        int preferred);

#endif
