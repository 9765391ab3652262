/*
 * One setting for each stream, and nothing else: what yardsticks are measured with. Its options
 * are the settings' numbers in the order of the streams ("3,0,-1"; -1: every frame of that one is
 * dropped). What is not on offer is dropped. Inside sim only.
 */
#ifndef WEIR_SIM_FIXED_H
#define WEIR_SIM_FIXED_H

#include "weir/strategy.h"

extern const struct weir_strategy sim_strategy_fixed;

#endif
