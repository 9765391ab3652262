/* What the benchmarks of whole runs share: workflows, clips, one run. */
#ifndef WEIR_BENCH_RUNS_H
#define WEIR_BENCH_RUNS_H

#include "bare.h"
#include "run/run.h"

/* A workflow of `streams` times the same video, two threads, no tracker, no sinks. */
struct weir_workflow bench_workflow(const char *video, int streams, const char *model,
                                    const char *size, bool live, int64_t frames);

/* Runs it to its end; on_tick (may be NULL) is called every 20 ms. */
struct weir_report bench_go(const struct weir_workflow *wf, const char *model,
                            void (*on_tick)(struct weir_run *run, void *arg), void *arg);

/* Runs a command by the shell, which must succeed. */
void bench_shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A folder for clips, removed by bench_scratch_remove. */
const char *bench_scratch(void);
void bench_scratch_remove(void);

#endif
