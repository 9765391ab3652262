/*
 * The door of run: one workflow in one process.
 *
 *     struct weir_run *run;
 *     if (weir_run_new(&conf, &run, &err)) …           the model is loaded here
 *     if (weir_run_start(run, &err)) …                 threads start
 *     while (weir_run_wait(run, 100 * WEIR_NS_PER_MS) == WEIR_EAGAIN)
 *         weir_run_snapshot(run, i, &snapshot);        progress
 *     rc = weir_run_report(run, &report, &err);
 *     weir_run_free(run);
 */
#ifndef WEIR_RUN_RUN_H
#define WEIR_RUN_RUN_H

#include "base/base.h"
#include "run/choose.h"
#include "run/meter.h"
#include "run/report.h"
#include "spec/spec.h"

struct weir_run;

struct weir_run_conf {
    const struct weir_workflow *workflow; /* checked; outlives the run */
    const char *const *model_path; /* of each of detect.models, resolved */
    /* Told of what a user should hear: a stream that failed, a sink that
     * stopped; stream NULL: of the run as a whole. Any thread; must not call into the run. May
     * be NULL. */
    void (*event)(void *arg, const char *stream, const char *text);
    void *event_arg;
    /* The machine's profile: what is measured is held against it, and folded into it at the end
     * (run.profile_update). NULL: none; it need not be there. */
    const char *profile_path;
    /* Who chooses, instead of whom the workflow's strategy names; NULL: that one. */
    const struct weir_chooser_ops *chooser;
};

/* What weir_workflow_check says, and what of it a run cannot do. All errors at once. */
int weir_run_check(const struct weir_workflow *wf, struct weir_error *err);
/* Opens the models, and closes them: do they fit the workflow, and each other? Errors as
 * weir_run_new. Blocks. */
int weir_run_check_models(const struct weir_workflow *wf, const char *const *model_path,
                          struct weir_error *err);

/* Loads the models and lays everything out; starts nothing. Errors as
 * weir_model_open, EMODEL (models without a class in common), ENOMEM. */
int weir_run_new(const struct weir_run_conf *conf, struct weir_run **ret_run,
                 struct weir_error *err);
/* Starts the threads; sources open in them, so that a slow one delays none. */
int weir_run_start(struct weir_run *run, struct weir_error *err);
/* Sources end now; what is under way finishes, what waits leaves as `stopped`.
 * Any thread, any time, more than once. Not from a signal handler. */
void weir_run_stop(struct weir_run *run);
/* Blocks until every stream ended (0), at most for timeout_ns (WEIR_EAGAIN). */
int weir_run_wait(struct weir_run *run, int64_t timeout_ns);

/* A stream at one instant. Any thread. */
struct weir_snapshot {
    struct weir_counts counts;
    int64_t frames_total; /* that the source will give, -1 unknown */
    bool live, ended, failed;
};
void weir_run_snapshot(struct weir_run *run, size_t stream, struct weir_snapshot *ret);

/*
 * After wait returned 0: joins the threads, checks that every frame that
 * entered left with one outcome, and sums up. WEIR_EINTERNAL where one did not: the
 * report is there all the same. ENOMEM: it is not.
 */
int weir_run_report(struct weir_run *run, struct weir_report *ret_report, struct weir_error *err);
/* Stops and joins what still runs. NULL allowed. */
void weir_run_free(struct weir_run *run);

#endif
