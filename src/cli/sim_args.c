/* From the command line to runs that can begin. */
#include "cli/sim_args.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { THREADS_MAX = 256, SEEDS_MAX = 10000, USERS_MOST = 64, SEARCHED_MOST = 20 };

/* ---- the command line -------------------------------------------------------- */

int cli_sim_whole(const char *flag, const char *text, int most, int *ret, struct weir_error *err) {
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
                     : cli_sim_whole("--users", word, WEIR_SCENARIO_MAX_USERS, &value, err);
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
static int read_lengths(const struct cli_sim_args *a, struct weir_scenario *scenario,
                        const int *which, int cases, struct weir_error *err) {
    char *end = NULL;
    const double seconds = a->seconds ? strtod(a->seconds, &end) : 0;
    if (a->seconds && (end == a->seconds || *end || !(seconds >= 0.1 && seconds <= 100000)))
        return weir_fail(err, WEIR_EINVAL,
                         "--seconds: found '%.60s'; allowed: a number from 0.1 to 100000",
                         a->seconds);
    for (int i = 0; i < cases; i++) {
        struct weir_scenario_case *c = &scenario->cases[which[i]];
        int rc = cli_sim_whole("--seeds", a->seeds, SEEDS_MAX, &c->seeds, err);
        if (!rc)
            rc = cli_sim_whole("--skip", a->skip, WEIR_SCENARIO_MAX_SKIP, &c->skip, err);
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

static int read_strategies(const struct cli_sim_args *a, const struct weir_scenario *scenario,
                           struct cli_sim *sim, struct weir_error *err) {
    if (a->strategies || !scenario->strategies.len)
        return cli_sim_add_strategies(sim, a->strategies, err);
    int rc = 0;
    for (size_t i = 0; !rc && i < scenario->strategies.len; i++)
        rc = cli_sim_add_strategy(sim, scenario->strategies.item[i], err);
    return rc ? weir_fail_at(err, rc, "%s:%d: ", scenario->file, scenario->strategies_line) : 0;
}

static int read_args(const struct cli_sim_args *a, struct weir_scenario *scenario,
                     struct cli_sim *sim, int *which, int *ret_cases, struct weir_error *err) {
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
        rc = cli_sim_whole("--threads", a->threads, THREADS_MAX, &sim->threads, err);
    if (!rc && a->no_hindsight && a->hindsight_seeds)
        rc = weir_fail(err, WEIR_EINVAL, "--no-hindsight and --hindsight-seeds exclude each other");
    if (!rc)
        rc = cli_sim_whole("--hindsight-seeds", a->hindsight_seeds, SEEDS_MAX,
                           &sim->hindsight_seeds, err);
    if (a->no_hindsight)
        sim->hindsight_seeds = 0;
    sim->beliefs = a->report != NULL;
    return rc;
}

/* ---- places ------------------------------------------------------------------ */

static bool is_folder(const char *path) {
    struct stat st;
    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* Before the runs: what cannot be written would be told only after them. A folder that is not
 * there is more likely a slip than a wish. */
static int can_be_written(const char *flag, const char *path, struct weir_error *err) {
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
        for (size_t k = 0; !read && k < ready->of->sources.len; k++) {
            const char *source = strchr(ready->of->sources.item[k], '=') + 1;
            read = weir_file_same(path, source) ? source : NULL;
        }
    }
    return read ? weir_fail(err, WEIR_EINVAL,
                            "%s: %s is read, and would be overwritten; name another", flag, read)
                : 0;
}

int cli_sim_check_place(const struct cli_sim *sim, const char *flag, const char *path,
                        struct weir_error *err) {
    int rc = path ? check_other(sim, flag, path, err) : 0;
    return rc || !path ? rc : can_be_written(flag, path, err);
}

/* ---- the scenario -------------------------------------------------------------- */

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

static int run_scenario(const struct cli_sim_job *job, const char *path) {
    struct weir_scenario scenario = {0};
    struct cli_sim sim = {0};
    struct weir_error err = {0};
    int code = CLI_USAGE, cases = 0;
    int *which = NULL, rc;
    if (another_kind(path, &err))
        return cli_misused(job->command, &err);
    if (weir_scenario_load(path, &scenario, &err)) {
        fprintf(stderr, "%s\n", err.text); /* "FILE:LINE: …", a line each */
        return code;
    }
    which = calloc((size_t)scenario.case_count, sizeof *which);
    if (!which) {
        weir_fail(&err, WEIR_ENOMEM, "out of memory");
        code = cli_failed(&err);
    } else if (read_args(job->args, &scenario, &sim, which, &cases, &err) ||
               job->check(job, &sim, cases, &err)) {
        code = cli_misused(job->command, &err);
    } else if ((rc = cli_sim_open(&sim, which, cases, &err)) || (rc = job->go(job, &sim, &err))) {
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

int cli_sim_command(const struct cli_sim_job *job, char **args, size_t len) {
    struct weir_error err = {0};
    if (len == 1)
        return run_scenario(job, args[0]);
    weir_fail(&err, WEIR_EINVAL,
              len ? "takes one scenario, found '%s', too"
                  : "needs a scenario, a file such as bench/paper.yaml",
              len ? args[1] : "");
    return cli_misused(job->command, &err);
}
