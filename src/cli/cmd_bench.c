/*
 * weir bench: a scenario with real pictures, codecs, models and threads, on a clock that may run
 * slow; the rows are those of weir sim, and may be held against them.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench_mosaic.h"
#include "cli/sim_args.h"
#include "pipeline/pipeline.h"

/* Of the clock, where a run was invalid and is to be made once more. */
#define SLOWER 1.6

struct args {
    struct cli_sim_args common;
    const char *dilation, *mosaic, *mosaic_strategy;
    bool against_sim, retry;
};

static const struct cli_flag flag_rows[] = {
    CLI_SIM_FLAGS,
    {"--seeds", "N", "runs of each, the same chance for every strategy [1]", CLI_AT(common.seeds)},
    {"--dilation", "D",
     "so many times slower than real time, 1 to 1000 [what this machine's cores need]",
     CLI_AT(dilation)},
    {"--retry", NULL, "where a run is invalid, make all once more, with a clock 1.6 times as slow",
     CLI_AT(retry)},
    {"--mosaic", "FILE.mp4",
     "write a video of one run: each camera's pictures when they were due, with the boxes that "
     "its viewer had by then",
     CLI_AT(mosaic)},
    {"--mosaic-strategy", "NAME", "whose run it shows, one of --strategies [the last]",
     CLI_AT(mosaic_strategy)},
    {"--against-sim", NULL, "simulate the same, too, and print both side by side",
     CLI_AT(against_sim)},
};
enum { FLAGS = sizeof flag_rows / sizeof *flag_rows };

struct job {
    struct cli_sim_job base; /* the first */
    const struct args *args;
};

static int read_dilation(const char *text, double *ret, struct weir_error *err) {
    char *end = NULL;
    const double value = text ? strtod(text, &end) : 0;
    if (text && (end == text || *end || !(value >= 1 && value <= 1000)))
        return weir_fail(err, WEIR_EINVAL,
                         "--dilation: found '%.60s'; allowed: a number from 1 "
                         "to 1000",
                         text);
    *ret = value;
    return 0;
}

static int check(const struct cli_sim_job *base, struct cli_sim *sim, int cases,
                 struct weir_error *err) {
    const struct args *a = ((const struct job *)base)->args;
    double dilation;
    (void)cases;
    sim->threads = 1; /* a run has the machine to itself */
    if (a->mosaic_strategy && !a->mosaic)
        return weir_fail(err, WEIR_EINVAL, "--mosaic-strategy needs --mosaic FILE.mp4");
    if (a->mosaic && !weir_video_is_file(a->mosaic))
        return weir_fail(err, WEIR_EINVAL,
                         "--mosaic: %s: no video format has that ending; use .mp4 or .mkv",
                         a->mosaic);
    if (a->mosaic && a->common.report && !strcmp(a->mosaic, a->common.report))
        return weir_fail(err, WEIR_EINVAL, "--mosaic and --report name the same file");
    return read_dilation(a->dilation, &dilation, err);
}

/* ---- side by side ------------------------------------------------------------------ */

static double share(const struct sim_measures *m, enum weir_outcome outcome) {
    const int64_t all = m->frames;
    return all ? (double)m->outcome[outcome] / (double)all : 0;
}

/* By how much the shares of all outcomes differ, at most. */
static double outcomes_apart(const struct sim_measures *a, const struct sim_measures *b) {
    double most = 0;
    for (int o = 1; o < WEIR_OUTCOME_COUNT; o++)
        most = fmax(most, fabs(share(a, (enum weir_outcome)o) - share(b, (enum weir_outcome)o)));
    return most;
}

static void print_both(const struct cli_sim *emulated, const struct cli_sim *simulated,
                       struct weir_buf *out) {
    weir_buf_puts(out,
                  "\nemulated against simulated\n"
                  "                        mean latency ms         relative accuracy  outcomes\n"
                  "strategy      users   emu.    sim.  apart     emu.   sim.   apart     apart\n");
    for (int i = 0; i < emulated->rows; i++) {
        const struct cli_sim_row *e = &emulated->row[i], *s = &simulated->row[i];
        const double latency = e->measures.latency.mean, theirs = s->measures.latency.mean;
        weir_buf_printf(out, "%-14s%5d %6.1f  %6.1f %+5.1f%%    %.3f  %.3f  %+.3f    %5.2f%%\n",
                        emulated->strategy[e->strategy].label, e->users, latency, theirs,
                        100 * (latency / theirs - 1), e->accuracy.relative, s->accuracy.relative,
                        e->accuracy.relative - s->accuracy.relative,
                        100 * outcomes_apart(&e->measures, &s->measures));
    }
}

static void print_clock(const struct cli_sim *sim, struct weir_buf *out) {
    weir_buf_puts(out, "\nemulated: pictures, codecs, models and threads are real; the clock ran "
                       "slower by");
    for (int i = 0; i < sim->rows; i++) {
        const struct cli_sim_row *row = &sim->row[i];
        bool told = false;
        for (int k = 0; k < i; k++)
            told |= sim->row[k].users == row->users && sim->row[k].at == row->at;
        if (!told)
            weir_buf_printf(out, "%s %.1f (%d user%s)", i ? "," : "", row->dilation, row->users,
                            row->users == 1 ? "" : "s");
    }
    double most = 0;
    for (int i = 0; i < sim->rows; i++)
        if (sim->row[i].worked)
            most = fmax(most, (double)sim->row[i].late / (double)sim->row[i].worked);
    weir_buf_printf(out,
                    "\nframes done more than 1 ms later than the site's nodes would have been: at "
                    "most %.2f%% of a row's\n",
                    100 * most);
}

/* ---- the command -------------------------------------------------------------------- */

/* The same without an emulation; its rows are ret's. */
static int simulate(const struct cli_sim *sim, struct cli_sim *ret, struct weir_error *err) {
    *ret = *sim;
    ret->reality = NULL;
    ret->row = NULL;
    ret->yard = NULL;
    ret->rows = 0;
    ret->hindsight_seeds = 0;
    return cli_sim_run(ret, err);
}

static int print(const struct cli_sim *sim, const struct cli_sim *simulated,
                 const struct cli_sim_args *a, struct weir_error *err) {
    struct weir_buf out = {0};
    if (a->json) {
        cli_sim_print_json(sim, &out);
        if (simulated)
            cli_sim_print_json(simulated, &out);
    } else {
        cli_sim_print_text(sim, &out);
        print_clock(sim, &out);
        if (simulated)
            print_both(sim, simulated, &out);
    }
    int rc = cli_print(&out, err);
    weir_buf_done(&out);
    return rc;
}

/* All runs; where they are invalid, once more if that is wanted. */
static int make_runs(struct cli_sim *sim, struct cli_emulation *emulation, bool retry,
                     struct weir_error *err) {
    sim->reality = cli_emulation_reality(emulation);
    int rc = cli_sim_run(sim, err);
    if (!rc || !retry || !cli_emulation_invalid(emulation))
        return rc;
    fprintf(stderr, "%s\nonce more, with a clock %g times as slow as that\n", err->text, SLOWER);
    cli_sim_rows_done(sim);
    cli_emulation_slow_down(emulation, SLOWER);
    return cli_sim_run(sim, err);
}

static int check_places(const struct cli_sim *sim, const struct args *a, struct weir_error *err) {
    int rc = cli_sim_check_place(sim, "--report", a->common.report, err);
    return rc ? rc : cli_sim_check_place(sim, "--mosaic", a->mosaic, err);
}

/* What is left to be written, once the rows are printed. */
static int write_files(const struct cli_sim *sim, struct cli_emulation *emulation,
                       const struct args *a, const struct cli_sim_which *shown,
                       struct weir_error *err) {
    int rc = a->common.report ? cli_sim_report(sim, a->common.report, err) : 0;
    if (rc)
        return weir_fail_at(err, rc, "--report: ");
    rc = a->mosaic ? cli_bench_mosaic(sim, emulation, shown, a->mosaic, err) : 0;
    return rc ? weir_fail_at(err, rc, "--mosaic: ") : 0;
}

static int go(const struct cli_sim_job *base, struct cli_sim *sim, struct weir_error *err) {
    const struct args *a = ((const struct job *)base)->args;
    struct cli_sim simulated = {0};
    struct cli_emulation *emulation = NULL;
    struct cli_sim_which shown = {0};
    double dilation = 0;
    int rc = read_dilation(a->dilation, &dilation, err);
    if (!rc)
        rc = check_places(sim, a, err);
    if (!rc && a->mosaic)
        rc = cli_bench_mosaic_which(sim, a->mosaic_strategy, &shown, err);
    if (!rc)
        rc = cli_emulation_open(sim, dilation, &emulation, err);
    if (!rc) {
        cli_emulation_keep(emulation, &shown);
        rc = make_runs(sim, emulation, a->retry, err);
    }
    if (!rc && a->against_sim)
        rc = simulate(sim, &simulated, err);
    if (!rc)
        rc = print(sim, a->against_sim ? &simulated : NULL, &a->common, err);
    if (!rc)
        rc = write_files(sim, emulation, a, &shown, err);
    cli_emulation_free(emulation);
    cli_sim_rows_done(&simulated);
    return rc;
}

static int bench_command(int argc, char **argv) {
    struct weir_error err = {0};
    struct args a = {0};
    const struct job job = {{&cmd_bench, &a.common, check, go}, &a};
    char **args;
    size_t len;
    int rc = cli_parse(&cmd_bench, &a, NULL, argc, argv, &args, &len, &err);
    if (!a.common.seeds)
        a.common.seeds = "1";
    return rc ? cli_misused(&cmd_bench, &err) : cli_sim_command(&job.base, args, len);
}

const struct cli_command cmd_bench = {
    .name = "bench",
    .usage = "SCENARIO.yaml [options]",
    .summary = "run a scenario with real pictures, codecs and models, and compare strategies",
    .run = bench_command,
    .flags = flag_rows,
    .flags_len = FLAGS,
    .details =
        "As weir sim, but what the table tells there is done here: pictures of the scenario's\n"
        "sources are reduced, encoded, decoded and analysed by the models, on this machine's\n"
        "cores. The site's nodes are emulated: a work is over when it is, but not before the\n"
        "node's speed says; links carry the bytes that were made. Decisions are made as on a\n"
        "site, from what comes back.\n"
        "The clock runs slower than real time by a factor, so that this machine can stand for all\n"
        "nodes; it is chosen and printed. A run in which more than 1% of the frames are done more\n"
        "than 1 ms later than their nodes would have been is invalid, and nothing is printed.\n"
        "--mosaic shows the first run with the most users. A tile has what its camera saw at that\n"
        "moment, and over it the last result that was back by then, as late as it really was; its\n"
        "words: where that frame was analysed, by which model at which size, how it travelled, "
        "how\n"
        "long it took, and how old it is by now. What was dropped is counted, in red when it is.\n"
        "Costs, means of bytes and the truth are the table's: it is to be recorded on this "
        "machine\n"
        "from the scenario's sources.\n",
};
