/* The door of sched: where frames go, and in which order they are served. */
#ifndef WEIR_SCHED_SCHED_H
#define WEIR_SCHED_SCHED_H

#include "sched/agent.h"
#include "sched/beliefs.h"
#include "sched/floor.h"
#include "sched/learnt.h"
#include "sched/planner.h"
#include "sched/queue.h"
#include "sched/sense.h"
#include "sched/strategies.h"

#endif
