/* The strategies in the box, a file each. */
#ifndef WEIR_SCHED_STRATEGIES_H
#define WEIR_SCHED_STRATEGIES_H

#include <stddef.h>

#include "weir/strategy.h"

extern const struct weir_strategy weir_strategy_cloud_only;
extern const struct weir_strategy weir_strategy_cloud_floor;
extern const struct weir_strategy weir_strategy_edge_only;
extern const struct weir_strategy weir_strategy_static;
extern const struct weir_strategy weir_strategy_greedy;
extern const struct weir_strategy weir_strategy_houmani21;
extern const struct weir_strategy weir_strategy_awstream;
extern const struct weir_strategy weir_strategy_weir;

extern const struct weir_strategy *const weir_strategies[];
extern const size_t weir_strategies_len;
/* By name; NULL: there is none. */
const struct weir_strategy *weir_strategy_find(const char *name);

#endif
