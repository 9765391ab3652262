/*
 * What `weir sim` and `weir bench` are asked alike: a scenario, and what of it to run.
 */
#ifndef WEIR_CLI_SIM_ARGS_H
#define WEIR_CLI_SIM_ARGS_H

#include "cli/sim_run.h"

struct cli_sim_args {
    const char *strategies, *users, *variant, *seeds, *seconds, *skip, *hindsight_seeds, *threads,
        *report;
    bool no_hindsight, best_effort, json, quiet;
};

/* Their flags, of a command whose struct args begins with `struct cli_sim_args common`. */
#define CLI_SIM_FLAGS                                                                              \
    {"--strategies", "A,B,…", "which to compare [those of the scenario, else all]",                \
     CLI_AT(common.strategies)},                                                                   \
        {"--users", "A,B,…", "how many cameras at a time [those of the scenario]",                 \
         CLI_AT(common.users)},                                                                    \
        {"--variant", "NAME", "of the scenario, or all: the scenario itself and every variant",    \
         CLI_AT(common.variant)},                                                                  \
        {"--seconds", "S", "length of each run [the scenario's]", CLI_AT(common.seconds)},         \
        {"--skip", "N",                                                                            \
         "detect one frame of so many, and let the tracker carry the boxes between [the "          \
         "scenario's]",                                                                            \
         CLI_AT(common.skip)},                                                                     \
        {"--hindsight-seeds", "N",                                                                 \
         "runs of which the best settings are searched for in hindsight [3; none above 20 "        \
         "cameras]",                                                                               \
         CLI_AT(common.hindsight_seeds)},                                                          \
        {"--no-hindsight", NULL, "search for none: times_hindsight and others are null",           \
         CLI_AT(common.no_hindsight)},                                                             \
        {"--best-effort", NULL, "run, too, what cannot keep its promises",                         \
         CLI_AT(common.best_effort)},                                                              \
        {"--report", "FILE",                                                                       \
         "write a page with plots and numbers, out.html, that needs nothing else",                 \
         CLI_AT(common.report)},                                                                   \
        {"--json", NULL, "print the rows as JSON", CLI_AT(common.json)}, {                         \
        "--quiet", NULL, "show no progress", CLI_AT(common.quiet)                                  \
    }

/* A command that runs a scenario; the first of a struct of its own. */
struct cli_sim_job {
    const struct cli_command *command;
    const struct cli_sim_args *args;
    /* What only this command asks; cases: how many are asked for. EINVAL. */
    int (*check)(const struct cli_sim_job *job, struct cli_sim *sim, int cases,
                 struct weir_error *err);
    /* All is open: runs and prints. EINVAL: what was asked for makes no sense. */
    int (*go)(const struct cli_sim_job *job, struct cli_sim *sim, struct weir_error *err);
};

/* Reads the command line's one argument and the scenario, opens what it names, and goes. An exit
 * code; what is wrong is told. */
int cli_sim_command(const struct cli_sim_job *job, char **args, size_t len);

/* A whole number of a flag, from 1 to most; NULL: *ret stays. EINVAL. */
int cli_sim_whole(const char *flag, const char *text, int most, int *ret, struct weir_error *err);
/* Before the runs: what cannot be written would be told only after them; nor must it be what is
 * read. path NULL: nothing is to be written. */
int cli_sim_check_place(const struct cli_sim *sim, const char *flag, const char *path,
                        struct weir_error *err);

#endif
