/*
 * The planner: once a second it hears from the agents what they sent where, how long that waited
 * and what else they could have, and lets the strategy put tolls on settings. Pure: who runs it
 * carries reports there and plans back, as far as links let them through.
 *
 *     for each stream: weir_planner_hear(planner, stream, &report);
 *     for each node: weir_planner_hear_waits(planner, node, sum_ns, count);
 *     weir_planner_plan(planner, now_ns);
 *     for each stream: weir_agent_planned(agent, stream, weir_planner_toll(planner, stream), …);
 *
 * One thread at a time. After new nothing allocates.
 */
#ifndef WEIR_SCHED_PLANNER_H
#define WEIR_SCHED_PLANNER_H

#include "sched/agent.h"

struct weir_planner_conf {
    const struct weir_site_view *site;
    int64_t begin_ns; /* what is heard first was sent since then */
    const int64_t *slot_ns; /* [settings]: slot time that one frame takes */
    const struct weir_strategy *strategy; /* one that plans */
    const char *options; /* NULL: none */
    struct weir_strategy_watch *watch; /* NULL: nobody watches */
};

struct weir_planner;

/* What conf points to outlives it. EINVAL (the strategy refuses: why), ENOMEM. */
int weir_planner_new(const struct weir_planner_conf *conf, struct weir_planner **ret,
                     struct weir_error *err);
void weir_planner_free(struct weir_planner *planner); /* NULL allowed */

/* What is said of a stream now, its rhythm by the planner's clock; report's arrays are copied. Of
 * who is out of touch rhythm.due_ns is -1: then what it could have does not count. */
void weir_planner_hear(struct weir_planner *planner, int stream, int64_t now_ns,
                       const struct weir_agent_report *report);
/* Added to what was heard of that node since the plan before. */
void weir_planner_hear_waits(struct weir_planner *planner, int node, int64_t sum_ns, int64_t count);

void weir_planner_plan(struct weir_planner *planner, int64_t now_ns);
/* Of the last plan: [settings], and the setting that the stream should take, -1: none. */
const int64_t *weir_planner_toll(const struct weir_planner *planner, int stream);
int weir_planner_preferred(const struct weir_planner *planner, int stream);

#endif
