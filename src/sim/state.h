/*
 * The world while it runs: what agents, journeys and lanes share. Inside sim only.
 *
 *   world.c    sets it up, keeps time, lets faults and heartbeats happen
 *   agent.c    one beside the cameras of a node (sched/agent): what it is told, and what it says
 *   audits.c   frames that its auditor looks at, too
 *   planner.c  one for the site (sched/planner): what gets through to it, and from it
 *   journey.c  a frame on its way: source, links, queue, slot, and back
 *   lane.c     results leave in the order of their frames
 */
#ifndef WEIR_SIM_STATE_H
#define WEIR_SIM_STATE_H

#include "sched/sched.h"
#include "sim/events.h"
#include "sim/server.h"
#include "sim/wires.h"
#include "sim/world.h"

#define SIM_REPLY_BYTES 600 /* boxes of a frame on their way back */
#define SIM_LATE_NS WEIR_NS_PER_MS /* that a frame's real works may be late together */
#define SIM_BEAT_NS (500 * WEIR_NS_PER_MS)
#define SIM_PLAN_NS WEIR_NS_PER_S
#define SIM_PLAN_DELAY_NS (50 * WEIR_NS_PER_MS) /* until every agent has it */
#define SIM_GIVE_UP_NS WEIR_NS_PER_S /* after its deadline, a frame without an answer */
#define SIM_QUEUE_MOST 4096
#define SIM_AUDIT_LOOK_NS (10 * WEIR_NS_PER_MS) /* how often one looks whether the link is idle */
#define SIM_AUDIT_NS (5 * WEIR_NS_PER_S) /* how long its answer is of use */

/* kind of an event; who, what */
enum sim_kind {
    SIM_DUE, /* stream, frame */
    SIM_HOP, /* -, job: it is at the next node on its way */
    SIM_AUDIT, /* -, job: it looks whether the link is idle */
    SIM_AUDITED, /* -, job: its frame must have left by now */
    SIM_DONE, /* node, slot and life */
    SIM_GIVEN_UP, /* -, job */
    SIM_ORDER, /* stream, -: a deadline passed for which results wait */
    SIM_BEAT, /* node, -: it tells how it is */
    SIM_HEARD, /* agent, node and the wait there in us: such a message arrives */
    SIM_PLAN, /* -, - */
    SIM_TOLLS, /* -, -: the plan is there */
    SIM_DOWN, /* node, - */
    SIM_UP, /* likewise */
};

struct sim_route {
    int *link, *way; /* [len], in order; NULL: there is no way, or none back */
    int len;
    int *back_link, *back_way; /* [back_len]: from there to here */
    int back_len;
    int64_t rtt_ns;
    double mbit_per_s; /* of the narrowest link; the mean of a trace */
};

/* A frame on its way; one for each frame of the run, and one more for its audit. */
struct sim_job {
    int stream, setting;
    int64_t frame;
    bool audit;
    int compared[SIM_COMPARED_MAX], compares; /* of an audit: settings that analyse it, too */
    int64_t share_ns; /* of an audit: what it adds to its node's work */
    bool is_there, is_done; /* of an audit, as weir_agent_audit has them */
    int64_t bytes; /* that it sends */
    int64_t deadline_ns;
    int64_t sent_ns; /* when the source's own stages were done with it */
    int64_t announced_ns; /* when they should have been: what its agent goes by */
    int64_t source_ns; /* what those cost */
    int64_t end_ns, slot; /* real works: when the present one is to be over; and its slot's name */
    int64_t late_ns; /* real works: by how much they were over too late, together */
    bool spoilt; /* real works: what its slot did went wrong */
    int64_t queued_ns, queue_ns, service_ns; /* dwell at the service */
    int64_t foreseen_queue_ns, profile_ns;
    int64_t wait_ns; /* what the reply says */
    int hop; /* links behind it, of its route */
    bool back, dropped; /* on its way back, answered or dropped there */
    enum weir_outcome why; /* of a drop */
    bool answered; /* by its service: what that says of itself is known */
    bool undecoded; /* dropped before its H.264 was decoded */
    int64_t after; /* of H.264: the frame it goes on from; -1: a keyframe */
    bool over; /* nobody waits for it any more */
};

struct sim_agent {
    struct sim_route *route; /* [nodes]; NULL: no camera here, no agent */
    struct weir_agent_cost *cost; /* [settings + audit_settings] */
    bool *serves; /* [nodes][models] */
    int64_t *compare_ns; /* [nodes][settings + audit_settings] */
    struct weir_agent *agent;
};

struct sim_planner {
    struct weir_planner *planner; /* NULL: the strategy does not plan */
    int64_t *slot_ns; /* [settings] */
    int node; /* where it runs */
};

/* What agents believe, asked of the content; and who watches them. The world behind both. */
struct sim_beliefs {
    struct weir_beliefs base; /* the first: handlers get this */
    struct sim_world *world;
};
struct sim_watch {
    struct weir_strategy_watch base; /* likewise */
    struct sim_world *world;
};

/* A stream's H.264, where it is decoded. */
struct sim_chain {
    int32_t node, life; /* where, and since when that node runs */
    int64_t decoded; /* the last frame that was */
};

struct sim_lane {
    int64_t next; /* the first frame that has not left */
    int64_t *arrived_ns; /* [frames]; WEIR_FOREVER: not there */
    int64_t waiting; /* results that have arrived and not left */
    int64_t asked; /* whose deadline will be looked at: the frame's number + 1 */
};

struct sim_node {
    struct sim_server server;
    struct sim_batch *slot; /* [slots]: what runs in each; len 0: nothing */
    int64_t *began_ns; /* [slots] */
    int *working; /* [slots]: real works of the batch that are not over */
    int32_t life; /* goes up when it goes down: what it did before is void */
};

struct sim_world {
    const struct sim_conf *conf;
    const struct weir_site *site;
    struct sim_result *result;
    struct sim_events events;
    struct sim_wires wires;
    struct sim_node *node; /* [nodes] */
    struct sim_agent *agent; /* [nodes] */
    struct sim_planner planner;
    struct sim_beliefs beliefs;
    struct sim_watch watch;
    int *audit_width; /* [streams] */
    struct sim_lane *lane; /* [streams] */
    int64_t *first_job; /* [streams]: of its frame 0 */
    int64_t jobs; /* frames in all; the audit of a frame is so many behind it */
    struct sim_job *job;
    struct sim_chain *chain; /* [streams] */
    int32_t *kind; /* [settings + audit_settings]: the first that costs a node the same */
    struct weir_node_view *node_view;
    struct weir_stream_view *stream_view;
    struct weir_link_view *link_view;
    struct weir_route_view *route_view;
    struct weir_site_view view;
    int64_t end_ns; /* nothing is due from here on */
    int failed; /* a WEIR_E code: the run ends */
};

/* agent.c */
/* Finds its ways; then, once the views are made, lets the strategy open it. */
int sim_agent_init(struct sim_world *w, int node, struct weir_error *err);
int sim_agent_open(struct sim_world *w, int node, struct weir_error *err);
void sim_agent_done(struct sim_world *w, int node);
/* Lets the strategy choose; the frame begins its journey or leaves. */
void sim_agent_choose(struct sim_world *w, int stream, int64_t frame);
void sim_agent_told(struct sim_world *w, const struct sim_job *job);
/* The cost of a setting in a slot of its node, alone. */
int64_t sim_slot_ns(const struct sim_world *w, int setting);
/* What it adds to a node's work where batches are full. */
int64_t sim_share_ns(const struct sim_world *w, int setting);

/* audits.c */
/* Is that what a stream's auditor does, wherever it runs? */
static inline bool sim_audits_as(const struct sim_conf *conf, int stream, int setting) {
    const struct sim_stream_conf *s = &conf->stream[stream];
    return weir_audits_as(&conf->setting[setting], &conf->setting[s->reference], s->audit_width);
}
/* Has the auditor look at a frame, too, and what may be worth taking, if there is budget for it; it
 * was sent as shown says (-1: it was dropped). */
void sim_audit_frame(struct sim_world *w, int stream, int64_t frame, int shown);
/* An audit came back, or will not; and: what its viewer had is known. */
void sim_audit_told(struct sim_world *w, const struct sim_job *job);
void sim_audit_known(struct sim_world *w, const struct sim_job *job);

/* planner.c; does nothing where the strategy does not plan */
int sim_planner_init(struct sim_world *w, struct weir_error *err);
void sim_planner_done(struct sim_world *w);
void sim_planner_plan(struct sim_world *w);
/* The plan arrives. */
void sim_planner_arrive(struct sim_world *w);

/* journey.c */
/* after: of H.264, the frame that it goes on from; -1: it begins anew. */
void sim_journey_begin(struct sim_world *w, int stream, int64_t frame,
                       const struct weir_offer *offer, int64_t after);
/* The same frame once more, by the auditor, when nothing else wants the link. */
const struct sim_job *sim_journey_audit(struct sim_world *w, int stream, int64_t frame,
                                        const struct weir_agent_audit *audit);
void sim_journey_look(struct sim_world *w, int64_t job);
void sim_journey_hop(struct sim_world *w, int64_t job);
void sim_journey_done(struct sim_world *w, int node, int64_t what);
/* A real work is over. */
void sim_journey_worked(struct sim_world *w, const struct sim_done *done);
void sim_journey_given_up(struct sim_world *w, int64_t job);
void sim_journey_down(struct sim_world *w, int node);
void sim_journey_up(struct sim_world *w, int node);
/* What a job that came now would wait at node. */
int64_t sim_journey_wait_ns(const struct sim_world *w, int node);

/* lane.c */
void sim_lane_arrived(struct sim_world *w, int stream, int64_t frame);
/* A frame without a result leaves. */
void sim_lane_dropped(struct sim_world *w, int stream, int64_t frame, enum weir_outcome outcome);
/* A frame whose boxes the tracker carries leaves at once. */
void sim_lane_carried(struct sim_world *w, int stream, int64_t frame);
void sim_lane_look(struct sim_world *w, int stream);

/* world.c */
int sim_check(const struct sim_conf *conf, struct weir_error *err);
void sim_add(struct sim_world *w, int64_t at_ns, enum sim_kind kind, int who, int64_t what);

static inline struct sim_frame *sim_frame_of(struct sim_world *w, int stream, int64_t frame) {
    return &w->result->stream[stream].frame[frame];
}

static inline void sim_tell(const struct sim_world *w, const struct sim_happening *what) {
    struct sim_observer *observer = w->conf->observer;
    if (observer && observer->happened)
        observer->happened(observer, what);
}

#endif
