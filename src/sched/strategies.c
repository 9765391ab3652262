#include "sched/strategies.h"

#include <string.h>

const struct weir_strategy *const weir_strategies[] = {
    &weir_strategy_cloud_only, &weir_strategy_cloud_floor, &weir_strategy_edge_only,
    &weir_strategy_static,     &weir_strategy_greedy,      &weir_strategy_houmani21,
    &weir_strategy_awstream,   &weir_strategy_weir,
};
const size_t weir_strategies_len = sizeof weir_strategies / sizeof *weir_strategies;

const struct weir_strategy *weir_strategy_find(const char *name) {
    for (size_t i = 0; i < weir_strategies_len; i++)
        if (!strcmp(weir_strategies[i]->name, name))
            return weir_strategies[i];
    return NULL;
}
