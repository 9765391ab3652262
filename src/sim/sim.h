/* The door of sim: sites in virtual time, and what their runs are worth. */
#ifndef WEIR_SIM_SIM_H
#define WEIR_SIM_SIM_H

#include "sim/accuracy.h"
#include "sim/calls.h"
#include "sim/case.h"
#include "sim/finds.h"
#include "sim/hindsight.h"
#include "sim/measure.h"
#include "sim/promise.h"
#include "sim/recorded.h"
#include "sim/table.h"
#include "sim/world.h"

#endif
