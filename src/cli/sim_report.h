/*
 * Inside `weir sim --report`: a page of what came of a simulation. Its parts:
 *
 *   sim_report.c         the page, and choosing what is shown of it
 *   sim_report_facts.c   what was run
 *   sim_report_users.c   measures by number of users
 *   sim_report_shares.c  shares: how late at most, what became of the frames
 *   sim_report_time.c    the first seed of each strategy, over time
 *   sim_report_series.c  frames of a run, gathered in short times
 *   sim_report_table.c   the rows as numbers
 *   sim_report_style.c   how it looks, and the script that tells values
 *
 * A strategy is of class "sN" by its place in the run, by which it is hidden, and "kN" by its
 * look, which is the same on every page for those in the box.
 */
#ifndef WEIR_CLI_SIM_REPORT_H
#define WEIR_CLI_SIM_REPORT_H

#include "cli/html.h"
#include "cli/sim_run.h"

enum { REPORT_LOOKS = 12, REPORT_SHAPES = 6 };

struct report {
    const struct cli_sim *sim;
    struct weir_buf out;
    int *look; /* [strategies] */
    int rc; /* of what failed on the way: ENOMEM */
};

/* Rows of one case with as many users, one after the other. */
struct report_rows {
    const struct cli_sim_row *row;
    int rows;
};
/* Those of a case and an index into users; none where every strategy was left out. */
struct report_rows report_rows_of(const struct report *r, int at, int users);
static inline const char *report_label(const struct report *r, const struct cli_sim_row *row) {
    return r->sim->strategy[row->strategy].label;
}
/* " s3 k7" */
void report_classes(struct report *r, const struct cli_sim_row *row);

/* Heading and what it means; text is HTML. */
void report_heading(struct report *r, const char *heading, const char *text);

void report_facts(struct report *r, int at);
void report_by_users(struct report *r, int at);
void report_shares(struct report *r, struct report_rows rows);
void report_time(struct report *r, struct report_rows rows, const char *id);
void report_table(struct report *r, int at);

extern const char *const report_style[], *const report_script[]; /* pieces, NULL-terminated */

/* ---- series ---------------------------------------------------------------------- */

/* Frames of one run by when they were due. Latency and shares are of the frames due then that were
 * to be detected, age is of all. */
struct report_series {
    int bins, nodes, widths;
    double bin_s, seconds;
    double *mean, *high; /* [bins]: latency, ms: mean and 95th percentile; NaN: no result */
    double *age; /* [bins]: mean, ms; NaN: nothing was due */
    double *node; /* [nodes of the site][bins]: came to a result there */
    double *width; /* [widths][bins]: came to a result in it */
};

/* The widths among the case's settings, rising; *ret [len], the caller's to free. ENOMEM. */
int report_widths(const struct sim_case *ready, int **ret, int *ret_len);
/* ENOMEM. */
int report_series_of(const struct report *r, const struct cli_sim_row *row, const int *width,
                     int widths, struct report_series *ret);
void report_series_done(struct report_series *series); /* zeroed allowed */

/* Whole windows of a stream past the warm-up, in the first seed; 0: none, or nobody noted beliefs.
 */
size_t report_windows(const struct cli_sim_row *row);
/* The row's own of a window of a stream, and F1 over that of the reference, NaN: nothing there. */
const struct sim_window *report_window(const struct cli_sim_row *row, int stream, size_t i);
double report_relative(const struct sim_counts *own, const struct sim_counts *reference);
/* A window of all streams together, relative to the reference. NaN: not known. */
struct report_judged {
    double truth, predicted, audited;
};
struct report_judged report_judge(const struct cli_sim_row *row, size_t i);

struct report_samples {
    double *latency, *age; /* ms, rising */
    size_t results, due; /* how many of each */
    size_t sought; /* of those due: to be detected */
};
/* Past the warm-up, of the first seed. ENOMEM. */
int report_samples_of(const struct report *r, const struct cli_sim_row *row,
                      struct report_samples *ret);
void report_samples_done(struct report_samples *samples); /* zeroed allowed */

#endif
