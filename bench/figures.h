/*
 * The figures by which decisions are judged, in virtual time on the scenarios beside this file.
 *
 *   figures.c          runs the scenarios, one after the other; and how fast that goes
 *   figures_rows.c     what rows say: beside cloud-only, bound, hindsight and other strategies
 *   figures_overload.c more frames than there are slots for
 *   figures_back.c     how soon frames are on time again after something happened
 *   figures_count.c    the counting behind them: pure
 *   figures_open.c     scenarios as the command opens them; figures as lines of JSON
 */
#ifndef WEIR_BENCH_FIGURES_H
#define WEIR_BENCH_FIGURES_H

#include "cli/sim_run.h"

enum { FIGURES_WINDOWS = 300 }; /* at least, before anything is said of a floor */
#define FIGURES_HELD 0.97 /* share of windows in which a floor that is held holds */

/* ---- figures_open.c ---------------------------------------------------------- */

struct figures_scenario {
    struct weir_scenario of;
    struct cli_sim sim;
};

/*
 * Opens bench/NAME.yaml: its cases from..to (excluded; 0: to the last), with these strategies
 * (NULL: all) and so many seeds (0: as many as FIGURES_WINDOWS take). Ends the program where that
 * fails.
 */
void figures_open(struct figures_scenario *s, const char *name, int from, int to,
                  const char *strategies, int seeds);
void figures_close(struct figures_scenario *s);

enum figures_sense { FIGURES_AT_LEAST, FIGURES_AT_MOST };

/* A line: begun with what was measured and wanted, then whatever else the caller says. */
struct figures_line {
    struct weir_buf text;
    struct weir_json json;
};
/* also: what else has to hold for it to be reached. */
void figures_begin(struct figures_line *line, const char *figure, double measured,
                   enum figures_sense sense, double wanted, bool also);
void figures_end(struct figures_line *line); /* prints it */
void figures_say_windows(struct figures_line *line, int64_t held, int64_t judged);

/* ---- figures_count.c --------------------------------------------------------- */

struct figures_due {
    int64_t due_ns;
    bool on_time;
};
struct figures_back {
    double back_s; /* until the share on time is above 95% again; 0: it never was below */
    double below_s; /* how long it was below in all */
};
/*
 * The share on time over the half second that ends with a frame's due time, from from_ns until
 * until_ns. What happened at from_ns shows within two seconds, where it was felt within one:
 * back_s is the end of the last spell below that began by then. INFINITY: there is none, or no
 * frame was due. Sorts due [len].
 */
struct figures_back figures_back(struct figures_due *due, size_t len, int64_t from_ns,
                                 int64_t until_ns);

/* What a strategy made of a scenario with so many users. */
struct figures_entry {
    double latency_ms, on_time, held; /* mean; shares */
};
/* The fastest of the others that hold the floor and are as often on time as entry own, or 99%; -1:
 * none is. */
int figures_rival(const struct figures_entry *entry, int len, int own);
/* Is it as fast: at most 1.02 times or 1 ms more? */
bool figures_as_fast(double own_ms, double rival_ms);

/*
 * Frames a second that all slots of the site analyse where each camera's are analysed in the
 * cheapest of the settings that takes [streams][settings] allows it, wherever that is: a node
 * serves the mean of the cameras that it can serve.
 */
double figures_capacity_fps(const struct sim_conf *conf, const bool *takes);

/* ---- figures_rows.c ---------------------------------------------------------- */

/* Cells so far: a scenario, a variant, a number of users. */
struct figures_cells {
    int cells, within;
    int alone; /* no other strategy to be compared with */
    int below_floor; /* weir is */
    int less_on_time; /* than another that holds the floor, by over a hundredth */
    /* the worst of those that were compared */
    double worst;
    char scenario[64], variant[64], rival[64];
    int users;
    double own_ms, rival_ms;
};
/* Of a scenario that was run. */
void figures_add_cells(struct figures_cells *cells, const struct cli_sim *sim);
void figures_tell_cells(const struct figures_cells *cells);
/* A line for each case of it. */
void figures_tell_floor(const struct cli_sim *sim);
/* Of the first case, which has yardsticks. */
void figures_tell_paper(const struct cli_sim *sim);
/* Of a run where agents know the truth. */
void figures_tell_all_knowing(const struct cli_sim *sim);

/* ---- figures_overload.c, figures_back.c -------------------------------------- */

/* Of the only strategy of the first case, by runs made there. */
void figures_tell_overload(const struct cli_sim *sim);
/* After each event of nodes (else of links), until the next event or the end. */
void figures_tell_back(const struct cli_sim *sim, const char *figure, bool of_nodes);

#endif
