/*
 * For tests of strategies: sites written down as arrays, agents and planners that open or are
 * refused, a frame to choose for.
 */
#ifndef WEIR_TESTS_SCHED_STRATEGY_SUPPORT_H
#define WEIR_TESTS_SCHED_STRATEGY_SUPPORT_H

#include "sched/sched.h"
#include "support/support.h"

#define MS WEIR_NS_PER_MS

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
/* For the braces of a site of all that these arrays hold; routes may be NULL. */
#define SITE_OF(nodes_, routes_, models_, settings_, streams_)                                     \
    .node = nodes_, .nodes = COUNT(nodes_), .route = routes_, .model = models_,                    \
    .models = COUNT(models_), .setting = settings_, .settings = COUNT(settings_),                  \
    .stream = streams_, .streams = COUNT(streams_)

/* An agent at a node, or with -1 the planner; fails where it is refused. NULL: it keeps nothing. */
struct weir_strategy_state *opened(const struct weir_strategy *strategy,
                                   const struct weir_site_view *site, int node,
                                   const char *options);
void closed(const struct weir_strategy *strategy, struct weir_strategy_state *state);
/* It is refused, in these words, and nothing is there then. */
void refused(const struct weir_strategy *strategy, const struct weir_site_view *site, int node,
             const char *options, const char *words);

/* Frame 0 of stream 0, within 200 ms and with a floor of 0.85; no plan. */
struct weir_frame_view frame_of(const struct weir_site_view *site, const struct weir_offer *offers,
                                int len);

#endif
