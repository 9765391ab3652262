/*
 * weir sim: a scenario in virtual time. Reads what is asked for, lets the runs be made, and
 * prints a row for each strategy and number of users; or one run as a trace, or one frame.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/sim_run.h"

enum { THREADS_MAX = 256, SEEDS_MAX = 10000, USERS_MOST = 64, SEARCHED_MOST = 20 };

struct args {
    const char *strategies, *users, *variant, *seeds, *seconds, *skip, *hindsight_seeds, *threads,
        *report, *trace, *explain;
    bool no_hindsight, best_effort, explain_all, json, quiet;
};

static const struct cli_flag flag_rows[] = {
    {"--strategies", "A,B,…", "which to compare [those of the scenario, else all]",
     CLI_AT(strategies)},
    {"--users", "A,B,…", "how many cameras at a time [those of the scenario]", CLI_AT(users)},
    {"--variant", "NAME", "of the scenario, or all: the scenario itself and every variant",
     CLI_AT(variant)},
    {"--seeds", "N", "runs of each, the same chance for every strategy [the scenario's]",
     CLI_AT(seeds)},
    {"--seconds", "S", "length of each run [the scenario's]", CLI_AT(seconds)},
    {"--skip", "N",
     "detect one frame of so many, and let the tracker carry the boxes between [the scenario's]",
     CLI_AT(skip)},
    {"--hindsight-seeds", "N",
     "runs of which the best settings are searched for in hindsight [3; none above 20 cameras]",
     CLI_AT(hindsight_seeds)},
    {"--no-hindsight", NULL, "search for none: times_hindsight and others are null",
     CLI_AT(no_hindsight)},
    {"--threads", "N", "runs at the same time [one a core]", CLI_AT(threads)},
    {"--best-effort", NULL, "run, too, what cannot keep its promises", CLI_AT(best_effort)},
    {"--report", "FILE", "write a page with plots and numbers, out.html, that needs nothing else",
     CLI_AT(report)},
    {"--trace", "FILE", "write the first run, for Perfetto or chrome://tracing", CLI_AT(trace)},
    {"--explain", "STREAM:FRAME", "say why a frame of the first run went where it went",
     CLI_AT(explain)},
    {"--explain-all", NULL,
     "list every way that was open to it, not only what could have been taken",
     CLI_AT(explain_all)},
    {"--json", NULL, "print the rows as JSON", CLI_AT(json)},
    {"--quiet", NULL, "show no progress", CLI_AT(quiet)},
};
enum { FLAGS = sizeof flag_rows / sizeof *flag_rows };

/* ---- the command line -------------------------------------------------------- */

static int read_whole(const char *flag, const char *text, int most, int *ret,
                      struct weir_error *err) {
    char *end = NULL;
    long value = text && *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : 0;
    if (!text)
        return 0;
    if (value < 1 || value > most || !end || *end)
        return weir_fail(err, WEIR_EINVAL,
                         "%s: found '%.60s'; allowed: a whole number from 1 to %d", flag, text,
                         most);
    *ret = (int)value;
    return 0;
}

static int read_users(const char *text, const struct weir_scenario *scenario, struct cli_sim *sim,
                      struct weir_error *err) {
    const int most = text ? USERS_MOST : scenario->user_counts;
    sim->users = calloc((size_t)most, sizeof *sim->users);
    if (!sim->users)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int i = 0; !text && i < most; i++)
        sim->users[sim->user_counts++] = scenario->users[i];
    for (const char *at = text; at;) {
        char word[16];
        size_t len = strcspn(at, ",");
        snprintf(word, sizeof word, "%.*s", (int)len, at);
        int value = 0,
            rc = sim->user_counts == most || len >= sizeof word
                     ? weir_fail(err, WEIR_EINVAL,
                                 "--users: found '%.60s'; allowed: up to %d whole numbers, with "
                                 "commas between",
                                 text, most)
                     : read_whole("--users", word, WEIR_SCENARIO_MAX_USERS, &value, err);
        for (int i = 0; !rc && i < sim->user_counts; i++)
            if (sim->users[i] == value)
                rc = weir_fail(err, WEIR_EINVAL, "--users: found %d a second time; allowed: once",
                               value);
        if (rc)
            return rc;
        sim->users[sim->user_counts++] = value;
        at = at[len] ? at + len + 1 : NULL;
    }
    return 0;
}

static int no_variant(const struct weir_scenario *scenario, const char *name,
                      struct weir_error *err) {
    struct weir_buf has = {0};
    weir_buf_puts(&has, "all");
    for (int i = 1; i < scenario->case_count; i++)
        weir_buf_printf(&has, ", %s", scenario->cases[i].name);
    int rc = weir_fail(err, WEIR_EINVAL, "--variant: found '%.60s'; allowed: %s", name,
                       weir_buf_str(&has));
    weir_buf_done(&has);
    return rc;
}

/* which has room for all cases. */
static int read_variant(const char *name, const struct weir_scenario *scenario, int *which,
                        int *ret_cases, struct weir_error *err) {
    *ret_cases = 1;
    if (!name) {
        which[0] = 0;
    } else if (!strcmp(name, "all")) {
        for (int i = 0; i < scenario->case_count; i++)
            which[i] = i;
        *ret_cases = scenario->case_count;
    } else if (!*name || (which[0] = weir_scenario_case(scenario, name)) < 0) {
        return no_variant(scenario, name, err);
    }
    return 0;
}

/* In place of what the scenario says. */
static int read_lengths(const struct args *a, struct weir_scenario *scenario, const int *which,
                        int cases, struct weir_error *err) {
    char *end = NULL;
    const double seconds = a->seconds ? strtod(a->seconds, &end) : 0;
    if (a->seconds && (end == a->seconds || *end || !(seconds >= 0.1 && seconds <= 100000)))
        return weir_fail(err, WEIR_EINVAL,
                         "--seconds: found '%.60s'; allowed: a number from 0.1 to 100000",
                         a->seconds);
    for (int i = 0; i < cases; i++) {
        struct weir_scenario_case *c = &scenario->cases[which[i]];
        int rc = read_whole("--seeds", a->seeds, SEEDS_MAX, &c->seeds, err);
        if (!rc)
            rc = read_whole("--skip", a->skip, WEIR_SCENARIO_MAX_SKIP, &c->skip, err);
        if (rc)
            return rc;
        if (a->seconds && seconds < c->warm_up_s + c->window_s)
            return weir_fail(err, WEIR_EINVAL,
                             "--seconds: found %g; allowed: %g and above, so that a window of "
                             "window_s: %g fits behind warm_up_s: %g",
                             seconds, c->warm_up_s + c->window_s, c->window_s, c->warm_up_s);
        if (a->seconds)
            c->seconds = seconds;
    }
    return 0;
}

static int read_strategies(const struct args *a, const struct weir_scenario *scenario,
                           struct cli_sim *sim, struct weir_error *err) {
    if (a->strategies || !scenario->strategies.len)
        return cli_sim_add_strategies(sim, a->strategies, err);
    int rc = 0;
    for (size_t i = 0; !rc && i < scenario->strategies.len; i++)
        rc = cli_sim_add_strategy(sim, scenario->strategies.item[i], err);
    return rc ? weir_fail_at(err, rc, "%s:%d: ", scenario->file, scenario->strategies_line) : 0;
}

static int one_of_each(const struct args *a, const struct cli_sim *sim, int cases,
                       struct weir_error *err) {
    const char *flag = a->explain ? "--explain" : "--trace";
    if ((!a->explain && !a->trace) || (cases == 1 && sim->user_counts == 1 && sim->strategies == 1))
        return 0;
    return weir_fail(err, WEIR_EINVAL,
                     "%s is of one run: found %d strategies, %d numbers of users, %d cases; name "
                     "one of each, with --strategies, --users and --variant",
                     flag, sim->strategies, sim->user_counts, cases);
}

static int read_args(const struct args *a, struct weir_scenario *scenario, struct cli_sim *sim,
                     int *which, int *ret_cases, struct weir_error *err) {
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    sim->scenario = scenario;
    sim->threads = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (int)cores;
    sim->hindsight_seeds = 3;
    sim->hindsight_users = a->hindsight_seeds ? INT_MAX : SEARCHED_MOST;
    sim->quiet = a->quiet;
    sim->best_effort = a->best_effort;
    int rc = read_variant(a->variant, scenario, which, ret_cases, err);
    if (!rc)
        rc = read_lengths(a, scenario, which, *ret_cases, err);
    if (!rc)
        rc = read_users(a->users, scenario, sim, err);
    if (!rc)
        rc = read_strategies(a, scenario, sim, err);
    if (!rc)
        rc = read_whole("--threads", a->threads, THREADS_MAX, &sim->threads, err);
    if (!rc && a->no_hindsight && a->hindsight_seeds)
        rc = weir_fail(err, WEIR_EINVAL, "--no-hindsight and --hindsight-seeds exclude each other");
    if (!rc)
        rc = read_whole("--hindsight-seeds", a->hindsight_seeds, SEEDS_MAX, &sim->hindsight_seeds,
                        err);
    if (a->no_hindsight)
        sim->hindsight_seeds = 0;
    if (!rc && a->explain_all && !a->explain)
        rc = weir_fail(err, WEIR_EINVAL, "--explain-all needs --explain STREAM:FRAME");
    if (!rc && a->report && a->explain)
        rc =
            weir_fail(err, WEIR_EINVAL,
                      "--report and --explain exclude each other: a page is of all runs, --explain "
                      "of one frame");
    sim->beliefs = a->report != NULL;
    return rc ? rc : one_of_each(a, sim, *ret_cases, err);
}

/* ---- the command ----------------------------------------------------------------- */

static bool is_folder(const char *path) {
    struct stat st;
    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* Before the runs: what cannot be written would be told only after them. A folder that is not
 * there is more likely a slip than a wish. */
static int check_place(const char *flag, const char *path, struct weir_error *err) {
    struct weir_file *file = NULL;
    const size_t len = (size_t)(weir_path_base(path) - path);
    char *folder = strndup(path, len);
    int rc = 0;
    if (!folder)
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    else if (len && !is_folder(folder))
        rc = weir_fail(err, WEIR_EINVAL,
                       "%s: found '%.200s', and there is no folder %.200s; allowed: a file in a "
                       "folder that is there",
                       flag, path, folder);
    else if ((rc = weir_file_create(path, &file, err)))
        weir_fail_at(err, rc, "%s: ", flag);
    weir_file_discard(file);
    free(folder);
    return rc;
}

/* What is read must not be what is written. */
static int check_other(const struct cli_sim *sim, const char *flag, const char *path,
                       struct weir_error *err) {
    const char *read = NULL;
    for (int i = 0; !read && i < sim->cases; i++) {
        const struct sim_case *ready = &sim->at[i].ready;
        const char *const from[] = {ready->scenario->file, ready->of->site, ready->of->table};
        for (size_t k = 0; !read && k < sizeof from / sizeof *from; k++)
            read = from[k] && weir_file_same(path, from[k]) ? from[k] : NULL;
    }
    return read ? weir_fail(err, WEIR_EINVAL,
                            "%s: %s is read, and would be overwritten; name another", flag, read)
                : 0;
}

static int check_places(const struct cli_sim *sim, const struct args *a, struct weir_error *err) {
    int rc = a->report ? check_other(sim, "--report", a->report, err) : 0;
    if (!rc && a->trace)
        rc = check_other(sim, "--trace", a->trace, err);
    if (!rc && a->report)
        rc = check_place("--report", a->report, err);
    if (!rc && a->trace)
        rc = check_place("--trace", a->trace, err);
    if (!rc && a->report && a->trace && !strcmp(a->report, a->trace))
        rc = weir_fail(err, WEIR_EINVAL, "--report and --trace: both are %s; name two files",
                       a->report);
    return rc;
}

static int run_and_print(struct cli_sim *sim, const struct args *a, struct weir_error *err) {
    struct weir_buf out = {0};
    int rc = check_places(sim, a, err);
    if (!rc && a->explain) {
        rc = cli_sim_explain(sim, a->explain, a->explain_all, &out, err);
    } else if (!rc) {
        rc = cli_sim_run(sim, err);
        if (!rc && a->json)
            cli_sim_print_json(sim, &out);
        else if (!rc)
            cli_sim_print_text(sim, &out);
    }
    if (!rc && a->report && (rc = cli_sim_report(sim, a->report, err)))
        weir_fail_at(err, rc, "--report: ");
    if (!rc && a->trace)
        rc = cli_sim_trace(sim, a->trace, err);
    if (!rc)
        rc = cli_print(&out, err);
    weir_buf_done(&out);
    return rc;
}

/* Site or workflow: what it is, and what takes it. False where it may be meant as a scenario. */
static bool another_kind(const char *path, struct weir_error *err) {
    if (weir_scenario_seems(path))
        return false;
    if (weir_site_seems(path))
        weir_fail(err, WEIR_EINVAL,
                  "%s is a site; needed: a scenario, which names it (site: %s); weir config "
                  "--example scenario prints one",
                  path, weir_path_base(path));
    else if (weir_workflow_seems(path))
        weir_fail(err, WEIR_EINVAL,
                  "%s is a workflow, which weir run takes; needed: a scenario; weir config "
                  "--example scenario prints one",
                  path);
    else
        return false;
    return true;
}

static int run_scenario(const char *path, const struct args *a) {
    struct weir_scenario scenario = {0};
    struct cli_sim sim = {0};
    struct weir_error err = {0};
    int code = CLI_USAGE, cases = 0;
    int *which = NULL, rc;
    if (another_kind(path, &err))
        return cli_misused(&cmd_sim, &err);
    if (weir_scenario_load(path, &scenario, &err)) {
        fprintf(stderr, "%s\n", err.text); /* "FILE:LINE: …", a line each */
        return code;
    }
    which = calloc((size_t)scenario.case_count, sizeof *which);
    if (!which) {
        weir_fail(&err, WEIR_ENOMEM, "out of memory");
        code = cli_failed(&err);
    } else if (read_args(a, &scenario, &sim, which, &cases, &err)) {
        code = cli_misused(&cmd_sim, &err);
    } else if ((rc = cli_sim_open(&sim, which, cases, &err)) ||
               (rc = run_and_print(&sim, a, &err))) {
        code = rc == WEIR_EINVAL ? CLI_USAGE : CLI_FAILED;
        fprintf(stderr, "%s\n", err.text); /* "FILE:LINE: …" again */
    } else {
        code = CLI_DONE;
    }
    free(which);
    cli_sim_done(&sim);
    weir_scenario_done(&scenario);
    return code;
}

static int sim_command(int argc, char **argv) {
    struct weir_error err = {0};
    struct args a = {0};
    char **args;
    size_t len;
    int rc = cli_parse(&cmd_sim, &a, NULL, argc, argv, &args, &len, &err);
    if (!rc && len != 1)
        rc = weir_fail(&err, WEIR_EINVAL,
                       len ? "takes one scenario, found '%s', too"
                           : "needs a scenario, a file such as bench/paper.yaml",
                       len ? args[1] : "");
    return rc ? cli_misused(&cmd_sim, &err) : run_scenario(args[0], &a);
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
