/*
 * Which setting each stream should take, for the good of all: the sum of all latencies falls with
 * each move, so moves one after the other come to rest (coordinate descent; with every stream
 * charged what it costs the others this is a potential game, Monderer and Shapley 1996). How
 * long streams wait for each other at a node is played through (waits.h), and held against what was
 * measured there. Inside sched only.
 */
#ifndef WEIR_SCHED_WEIR_PLAN_H
#define WEIR_SCHED_WEIR_PLAN_H

#include "sched/weir_toll.h"
#include "weir/strategy.h"

/* What a byte that is sent counts as, in the plan and in the choice: 1 ms is not worth 10 kB. */
#define WEIR_PLAN_BYTE_NS 100

struct weir_plan;

/* toll keeps count of its links, and outlives it. NULL: out of memory. */
struct weir_plan *weir_plan_new(const struct weir_site_view *site, struct weir_toll *toll);
void weir_plan_free(struct weir_plan *plan); /* NULL allowed */
/* Goes on from the plan before. ret_preferred [streams], -1: nothing that is on offer will do. */
void weir_plan_make(struct weir_plan *plan, const struct weir_plan_view *view, int *ret_preferred);

#endif
