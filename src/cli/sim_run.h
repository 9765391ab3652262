/*
 * Inside `weir sim`: what is asked for, and what comes of it. Its parts:
 *
 *   sim_open.c     cases, strategies and sights are found; what cannot be promised is told
 *   sim_pool.c     runs are made by several threads, and pooled in a fixed order
 *   sim_one.c      one of these runs, and how right it was
 *   sim_yard.c     what could have been done at best
 *   sim_worth.c    what a row is worth beside that, and beside cloud-only
 *   sim_json.c     rows as JSON
 *   sim_text.c     rows as a table to read
 *   sim_trace.c    one run as a trace for chrome://tracing and Perfetto
 *   sim_explain.c  one frame, and why it went where it went
 *   sim_beliefs.c  what a strategy took its accuracy for, while it ran
 *   sim_report.c   all of it as a page; its parts: sim_report.h
 */
#ifndef WEIR_CLI_SIM_RUN_H
#define WEIR_CLI_SIM_RUN_H

#include "cli/cli.h"
#include "cli/strategy_load.h"
#include "profile/profile.h"
#include "sim/sim.h"

enum { CLI_SIM_LEAST_HEIGHT = 8 }; /* pixels of the clip: below, weir record ignores truth, too */

struct cli_sim_strategy {
    struct cli_strategy found;
    char *label; /* as it was written: "static:node=cloud"; owned */
};

struct cli_sim_case {
    struct sim_case ready;
    struct sim_verdicts *verdicts; /* on the table */
    struct weir_sight *sight; /* [models of the table]; those that are not chosen from: zeroed */
    bool best_effort; /* what is promised cannot be kept */
    char **left_out; /* [strategies]: why it does not run here; NULL: it does */
};

/* Whoever wants to know how far a run is; called by the thread that makes it, often. */
struct cli_sim_watch {
    void (*came)(struct cli_sim_watch *watch, double share); /* of its time */
};

/* Behind its last frame a run goes on for about so long, s, until its planner has had its say. */
enum { CLI_SIM_TAIL_S = 1 };

/* A run of one case and strategy. */
struct cli_sim_which {
    int at, users, strategy;
    uint64_t seed;
};

/* What makes runs real: emulate.h. One run at a time, then threads is 1. */
struct cli_sim_reality {
    /* So many times slower than real time such a run goes. */
    double (*dilation)(struct cli_sim_reality *reality, int at, int users);
    /* A run is about to begin: conf gets its works, ret what is found, good until end. */
    int (*begin)(struct cli_sim_reality *reality, const struct cli_sim_which *which,
                 const struct sim_cameras *cameras, struct sim_conf *conf, struct sim_finds **ret,
                 struct weir_error *err);
    /* It was judged, or failed: result NULL. What went wrong in its works, if anything did;
     * EINVAL: it went so slowly that it says nothing. */
    int (*end)(struct cli_sim_reality *reality, const struct sim_result *result,
               struct weir_error *err);
    struct cli_sim_watch *watch; /* whoever makes the runs; NULL: nobody */
};

/* What could be done at best, ms; means over the first seeds. NaN: not known. */
struct cli_sim_yard {
    double hindsight_latency, hindsight_age, static_latency, static_age, bound;
};

/*
 * What was believed of accuracy in a run, by windows past the warm-up as the truth has them, all
 * streams together: the strategy's own estimate of what it chose, and what the audits said.
 */
struct cli_sim_beliefs {
    struct sim_observer observer; /* first: it is what the run knows of this */
    const struct sim_recorded *recorded; /* of the run; NULL after */
    int64_t warm_ns, window_ns;
    int windows, streams;
    double *predicted; /* [windows]: sums over the frames that went somewhere */
    int64_t *frames; /* [windows] of these */
    double *audited; /* [windows][streams]: as it stood when the window's last frame was due */
};

/* One strategy with so many users. */
struct cli_sim_row {
    int at, users, strategy; /* at: index of the case */
    struct cli_sim_yard *yard;
    struct sim_measures measures; /* of all seeds together */
    struct sim_accuracy accuracy;
    double *busy_s; /* [nodes of the site]: slot time, mean of the runs */
    int64_t refused; /* answers that made no sense */
    double dilation; /* of emulated runs */
    int64_t worked, late; /* of theirs: frames that were sent, and those whose works were over more
                           * than 1 ms later than their nodes would have been */
    struct sim_measures early; /* of the seeds that the yardsticks are of */
    struct sim_cameras cameras; /* of the first seed, and what it came to */
    struct sim_result first;
    struct cli_sim_beliefs beliefs; /* of the first seed; zeroed unless they are asked for */
};

struct cli_sim {
    const struct weir_scenario *scenario; /* borrowed */
    struct cli_sim_case *at; /* [cases] */
    int cases;
    int *users; /* [user_counts] */
    int user_counts;
    struct cli_sim_strategy *strategy; /* [strategies] */
    int strategies;
    bool all; /* the strategies were not named: those that cannot run somewhere are left out */
    int hindsight_seeds; /* 0: no yardsticks */
    int hindsight_users; /* at most: it takes time with the square of them */
    int threads;
    bool quiet, best_effort;
    bool beliefs; /* what was believed is wanted, too */
    bool all_knowing; /* agents know the truth, and audit nothing: what decisions alone are worth */
    struct cli_sim_reality *reality; /* makes its runs real; borrowed; NULL: they are simulated */
    struct cli_sim_row *row; /* by case, users, strategy */
    int rows;
    struct cli_sim_yard *yard; /* [cases][user_counts] */
};

/* Adds strategies from "greedy,static:node=cloud,width=640" (NULL: all). EINVAL, ENOMEM. */
int cli_sim_add_strategies(struct cli_sim *sim, const char *text, struct weir_error *err);
int cli_sim_add_strategy(struct cli_sim *sim, const char *label, struct weir_error *err);

/*
 * Opens the cases, which [cases]: indices into the scenario's. users and strategies are there.
 * EINVAL: what was written: a site, all that does not fit, options of strategies, all that cannot
 * be promised unless best_effort. Of tables and of how well models see: ENOENT, ECORRUPT, EIO.
 * ENOMEM.
 */
int cli_sim_open(struct cli_sim *sim, const int *which, int cases, struct weir_error *err);
/* All runs. Errors of sim_world_run, sim_recorded_new, sim_accuracy_of. Blocks. */
int cli_sim_run(struct cli_sim *sim, struct weir_error *err);
void cli_sim_done(struct cli_sim *sim); /* zeroed allowed */
void cli_sim_rows_done(struct cli_sim *sim); /* of a copy: rows and yardsticks alone */

/* One run of a case. observer and beliefs may be NULL; beliefs are themselves the observer. Any
 * thread. */
int cli_sim_one(const struct cli_sim *sim, int at, int users, int strategy, uint64_t seed,
                struct sim_observer *observer, struct cli_sim_beliefs *beliefs,
                struct sim_cameras *ret_cameras, struct sim_result *ret, struct weir_error *err);
/* And how right it was. */
int cli_sim_judge(const struct cli_sim *sim, int at, const struct sim_cameras *cameras,
                  uint64_t seed, const struct sim_result *result, struct sim_accuracy *ret,
                  struct weir_error *err);
/* Both, for real where sim has a reality. */
int cli_sim_one_judged(const struct cli_sim *sim, int at, int users, int strategy, uint64_t seed,
                       struct cli_sim_beliefs *beliefs, struct sim_cameras *ret_cameras,
                       struct sim_result *ret, struct sim_accuracy *ret_accuracy,
                       struct weir_error *err);
/* What could be done at best with the same cameras. Any thread. */
int cli_sim_find_yard(const struct cli_sim_case *at, int users, uint64_t seed,
                      struct cli_sim_yard *ret, struct weir_error *err);
/* Of a run that is about to begin; becomes its observer. ENOMEM. */
int cli_sim_beliefs_init(struct cli_sim_beliefs *beliefs, const struct sim_conf *conf,
                         const struct weir_scenario_case *of, const struct sim_recorded *recorded,
                         struct sim_observer **ret_observer, struct weir_error *err);
void cli_sim_beliefs_done(struct cli_sim_beliefs *beliefs); /* zeroed allowed */

/* F1 of each setting over that of its stream's reference, [streams][settings], by the truth. The
 * content goes with recorded. */
int cli_sim_truth(const struct cli_sim_case *at, const struct sim_cameras *cameras,
                  struct sim_conf *conf, struct sim_recorded **ret_recorded, double **ret_truth,
                  struct weir_error *err);

/* What a row is worth beside others. NaN where it does not apply. */
struct cli_sim_worth {
    bool by_age; /* else by latency */
    double vs_cloud_only, vs_best_static; /* 1 - mean / theirs */
    double times_hindsight, times_bound;
};
struct cli_sim_worth cli_sim_worth(const struct cli_sim *sim, const struct cli_sim_row *row);
/* Share of the frames that were to be detected that came to a result. */
double cli_sim_delivered(const struct sim_measures *m);

void cli_sim_print_json(const struct cli_sim *sim, struct weir_buf *out);
void cli_sim_print_text(const struct cli_sim *sim, struct weir_buf *out);
/* The rows as one page that needs nothing else. Also EIO, ENOSPC. */
int cli_sim_report(const struct cli_sim *sim, const char *path, struct weir_error *err);

/* The first seed of the only case, users and strategy, as a file. Also EIO, ENOSPC. */
int cli_sim_trace(const struct cli_sim *sim, const char *path, struct weir_error *err);
/* Its frame: stream and number as "user-3:250" or "3:250"; everything: every way that was open.
 * EINVAL: no such frame. */
int cli_sim_explain(const struct cli_sim *sim, const char *which, bool everything,
                    struct weir_buf *out, struct weir_error *err);

#endif
