/*
 * weir sim: a scenario in virtual time. Lets the runs be made, and prints a row for each strategy
 * and number of users; or one run as a trace, or one frame.
 */
#include <string.h>

#include "cli/sim_args.h"

struct args {
    struct cli_sim_args common;
    const char *trace, *explain;
    bool explain_all;
};

static const struct cli_flag flag_rows[] = {
    CLI_SIM_FLAGS,
    {"--seeds", "N", "runs of each, the same chance for every strategy [the scenario's]",
     CLI_AT(common.seeds)},
    {"--threads", "N", "runs at the same time [one a core]", CLI_AT(common.threads)},
    {"--trace", "FILE", "write the first run, for Perfetto or chrome://tracing", CLI_AT(trace)},
    {"--explain", "STREAM:FRAME", "say why a frame of the first run went where it went",
     CLI_AT(explain)},
    {"--explain-all", NULL,
     "list every way that was open to it, not only what could have been taken",
     CLI_AT(explain_all)},
};
enum { FLAGS = sizeof flag_rows / sizeof *flag_rows };

struct job {
    struct cli_sim_job base; /* the first */
    const struct args *args;
};

static const struct args *args_of(const struct cli_sim_job *job) {
    return ((const struct job *)job)->args;
}

static int check(const struct cli_sim_job *job, struct cli_sim *sim, int cases,
                 struct weir_error *err) {
    const struct args *a = args_of(job);
    const char *flag = a->explain ? "--explain" : "--trace";
    if (a->explain_all && !a->explain)
        return weir_fail(err, WEIR_EINVAL, "--explain-all needs --explain STREAM:FRAME");
    if (a->common.report && a->explain)
        return weir_fail(err, WEIR_EINVAL,
                         "--report and --explain exclude each other: a page is of all runs, "
                         "--explain of one frame");
    if ((!a->explain && !a->trace) || (cases == 1 && sim->user_counts == 1 && sim->strategies == 1))
        return 0;
    return weir_fail(err, WEIR_EINVAL,
                     "%s is of one run: found %d strategies, %d numbers of users, %d cases; name "
                     "one of each, with --strategies, --users and --variant",
                     flag, sim->strategies, sim->user_counts, cases);
}

static int check_places(const struct cli_sim *sim, const struct args *a, struct weir_error *err) {
    int rc = cli_sim_check_place(sim, "--report", a->common.report, err);
    if (!rc)
        rc = cli_sim_check_place(sim, "--trace", a->trace, err);
    if (!rc && a->common.report && a->trace && !strcmp(a->common.report, a->trace))
        rc = weir_fail(err, WEIR_EINVAL, "--report and --trace: both are %s; name two files",
                       a->trace);
    return rc;
}

static int go(const struct cli_sim_job *job, struct cli_sim *sim, struct weir_error *err) {
    const struct args *a = args_of(job);
    struct weir_buf out = {0};
    int rc = check_places(sim, a, err);
    if (!rc && a->explain) {
        rc = cli_sim_explain(sim, a->explain, a->explain_all, &out, err);
    } else if (!rc) {
        rc = cli_sim_run(sim, err);
        if (!rc && a->common.json)
            cli_sim_print_json(sim, &out);
        else if (!rc)
            cli_sim_print_text(sim, &out);
    }
    if (!rc && a->common.report && (rc = cli_sim_report(sim, a->common.report, err)))
        weir_fail_at(err, rc, "--report: ");
    if (!rc && a->trace)
        rc = cli_sim_trace(sim, a->trace, err);
    if (!rc)
        rc = cli_print(&out, err);
    weir_buf_done(&out);
    return rc;
}

static int sim_command(int argc, char **argv) {
    struct weir_error err = {0};
    struct args a = {0};
    const struct job job = {{&cmd_sim, &a.common, check, go}, &a};
    char **args;
    size_t len;
    int rc = cli_parse(&cmd_sim, &a, NULL, argc, argv, &args, &len, &err);
    return rc ? cli_misused(&cmd_sim, &err) : cli_sim_command(&job.base, args, len);
}

const struct cli_command cmd_sim = {
    .name = "sim",
    .usage = "SCENARIO.yaml [options]",
    .summary = "run a scenario in virtual time and compare strategies",
    .run = sim_command,
    .flags = flag_rows,
    .flags_len = FLAGS,
    .details =
        "A scenario names a site, a recorded table, cameras, a deadline and a floor of accuracy;\n"
        "weir config --example scenario prints one with all that it may say. Decisions, queues\n"
        "and links are those of a real site; detections, bytes and times come out of the table.\n"
        "Latency is from capture to result, of results; age is of every frame due, until a result\n"
        "for it or a later one is there. How much faster than cloud-only: 1 - mean / its mean, of\n"
        "latency where it delivers 99% of its frames, else of age. Hindsight is the best fixed\n"
        "setting of each camera, found by search; static the best for all of them; bound what a\n"
        "frame would take at least if nobody else were there. With --skip all of these are of\n"
        "what is detected, and accuracy is of all that was shown. A promise that no strategy "
        "could\n"
        "keep ends the command before it runs anything, unless --best-effort.\n"
        "The same scenario and seeds give the same output to the byte, however many threads.\n",
};
