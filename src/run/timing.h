/*
 * What inferences take in this run, held against the machine's profile: told where that no longer
 * holds, folded into its file at the end. Times are CPU times of the worker's thread, so only those
 * of a CPU and of one thread an inference can be compared. Any thread.
 */
#ifndef WEIR_RUN_TIMING_H
#define WEIR_RUN_TIMING_H

#include "base/base.h"
#include "profile/profile.h"
#include "run/run.h"

struct weir_timing;

/* Reads the profile of conf, which outlives it. A file that is not there is none; one that is
 * damaged or another machine's is told of, and left alone. NULL: no memory. */
struct weir_timing *weir_timing_new(const struct weir_run_conf *conf);
void weir_timing_free(struct weir_timing *timing); /* NULL allowed */

/* The profile; without points where there is none. Constant. */
const struct weir_costs *weir_timing_costs(const struct weir_timing *timing);

/* An inference at that size with `batch` pictures took so much of its thread's time. */
void weir_timing_saw(struct weir_timing *timing, const char *model, struct weir_size size,
                     int batch, int64_t cpu_ns);

/* At the end: folds what was seen into the file, unless run.profile_update says no. A failure
 * is told. How many points changed. */
int weir_timing_save(struct weir_timing *timing);

#endif
