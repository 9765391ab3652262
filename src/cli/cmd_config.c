/*
 * weir config: the settings, workflow, site and scenario files. What --check prints of a
 * workflow is what `weir run` would do with it, the environment included; whatever it
 * prints is itself a file of the same kind.
 */
#include <string.h>

#include "cli/cli.h"
#include "run/run.h"
#include "sim/sim.h"

struct args {
    const char *file, *example;
    bool defaults, man;
};

static const struct cli_flag flag_rows[] = {
    {"--defaults", NULL, "print a commented weir.yaml with every setting at its default",
     CLI_AT(defaults)},
    {"--check", "FILE", "check a workflow, site or scenario file and print it as it was understood",
     CLI_AT(file)},
    {"--example", "KIND",
     "print a complete commented workflow, site or scenario, with every key that there is",
     CLI_AT(example)},
    {"--man", NULL, NULL, CLI_AT(man)}, /* prints the manual page: for the build */
};
enum { FLAGS = sizeof flag_rows / sizeof *flag_rows };

static int print(const struct weir_buf *text) {
    struct weir_error err = {0};
    return cli_print(text, &err) ? cli_failed(&err) : CLI_DONE;
}

static int print_defaults(void) {
    struct weir_buf text = {0};
    weir_options_print_defaults(&text);
    int code = print(&text);
    weir_buf_done(&text);
    return code;
}

static int print_example(const char *kind) {
    struct weir_buf text = {0};
    struct weir_error err = {0};
    int code = CLI_USAGE;
    if (weir_example_print(kind, &text, &err)) {
        weir_fail_at(&err, WEIR_EINVAL, "--example: ");
        code = cli_misused(&cmd_config, &err);
    } else {
        code = print(&text);
    }
    weir_buf_done(&text);
    return code;
}

/* What the whole workflow lacks has no line, but it has a file. */
static void report_lines(const char *path, const char *text) {
    while (*text) {
        int len = (int)strcspn(text, "\n");
        const bool placed = !strncmp(text, path, strlen(path)) && text[strlen(path)] == ':';
        fprintf(stderr, "%s%s%.*s\n", placed ? "" : path, placed ? "" : ": ", len, text);
        text += len + (text[len] == '\n');
    }
}

/* Bare lines, "FILE:LINE: …", that editors can follow. */
static void report(const struct weir_error *err, int rc) {
    fprintf(stderr, "%s\n", *err->text ? err->text : weir_err_str(rc));
}

static int check_site(const char *path) {
    struct weir_site site = {0};
    struct weir_error err = {0};
    struct weir_buf text = {0};
    int code = CLI_USAGE, rc = weir_site_load(path, &site, &err);
    if (rc) {
        report(&err, rc);
    } else {
        weir_site_print(&site, &text);
        code = print(&text);
    }
    weir_buf_done(&text);
    weir_site_done(&site);
    return code;
}

/* Is what a case names to be found in its site and table? That they are not there yet, or cannot be
 * read, is no mistake of this document, but it is told: what is in them could not be checked. */
static int check_case(const struct weir_scenario *scenario, int i, struct weir_error *last) {
    const struct weir_scenario_case *of = &scenario->cases[i];
    struct sim_case ready = {0};
    struct weir_error err = {0};
    int rc = WEIR_ENOENT;
    if (weir_file_exists(of->site))
        rc = sim_case_open(scenario, i, &ready, &err);
    else
        weir_fail(&err, rc, "%s:%d: site: found no file %s", scenario->file, of->at.site, of->site);
    sim_case_done(&ready);
    if (rc && strcmp(err.text, last->text) != 0) { /* variants have most of it in common */
        *last = err;
        if (rc == WEIR_EINVAL)
            report(&err, rc);
        else
            fprintf(stderr, "weir: what is named of it was not checked: %s\n", err.text);
    }
    return rc == WEIR_EINVAL ? CLI_USAGE : CLI_DONE;
}

static int check_cases(const struct weir_scenario *scenario) {
    struct weir_error last = {0};
    int code = CLI_DONE;
    for (int i = 0; i < scenario->case_count; i++)
        if (check_case(scenario, i, &last) != CLI_DONE)
            code = CLI_USAGE;
    return code;
}

static int check_scenario(const char *path) {
    struct weir_scenario scenario = {0};
    struct weir_error err = {0};
    struct weir_buf text = {0};
    int code = CLI_USAGE, rc = weir_scenario_load(path, &scenario, &err);
    if (rc) {
        report(&err, rc);
    } else if (check_cases(&scenario) == CLI_DONE) {
        weir_scenario_print(&scenario, &text);
        code = print(&text);
    }
    weir_buf_done(&text);
    weir_scenario_done(&scenario);
    return code;
}

/* Where several models are to do the same: can they? That one is not here yet is no mistake of this
 * document, but it is told. */
static int check_models(const struct weir_workflow *wf, struct weir_error *err) {
    char *model[WEIR_MODELS_MAX] = {NULL};
    int rc = 0;
    if (wf->set.detect.models.len < 2)
        return 0;
    if (cli_find_models(wf, model, err)) {
        fprintf(stderr, "weir: models were not checked: %s\n", err->text);
        *err = (struct weir_error){0};
    } else {
        rc = weir_run_check_models(wf, (const char *const *)model, err);
    }
    cli_free_models(model);
    return rc;
}

static int check_workflow(const char *path) {
    struct weir_workflow wf;
    struct weir_error err = {0};
    struct weir_buf text = {0};
    int code = CLI_USAGE; /* whatever is wrong with the file */
    int rc = weir_workflow_init(&wf);
    if (!rc)
        rc = weir_workflow_load(&wf, path, &err);
    if (!rc)
        rc = weir_workflow_env(&wf, &err);
    if (!rc && ((rc = weir_run_check(&wf, &err)) || (rc = check_models(&wf, &err))))
        report_lines(path, err.text);
    else if (rc) {
        report(&err, rc);
    } else {
        weir_workflow_print(&wf, &text);
        code = print(&text);
    }
    weir_buf_done(&text);
    weir_workflow_done(&wf);
    return code;
}

static int config_command(int argc, char **argv) {
    struct args a = {0};
    char **args;
    size_t len;
    struct weir_error err = {0};
    if (cli_parse(&cmd_config, &a, NULL, argc, argv, &args, &len, &err))
        return cli_misused(&cmd_config, &err);
    if (len)
        weir_fail(&err, WEIR_EINVAL, "unexpected argument '%s'", args[0]);
    else if (a.defaults + a.man + (a.file != NULL) + (a.example != NULL) != 1)
        weir_fail(&err, WEIR_EINVAL,
                  "needs exactly one of --defaults, --example KIND and --check FILE");
    if (err.code)
        return cli_misused(&cmd_config, &err);
    if (a.man)
        return cli_man(stdout);
    if (a.defaults)
        return print_defaults();
    if (a.example)
        return print_example(a.example);
    if (weir_scenario_seems(a.file))
        return check_scenario(a.file);
    return weir_site_seems(a.file) ? check_site(a.file) : check_workflow(a.file);
}

const struct cli_command cmd_config = {
    .name = "config",
    .usage = "--defaults\n--example workflow|site|scenario\n--check FILE",
    .summary = "print the default settings or examples, or check a workflow, site or scenario file",
    .run = config_command,
    .flags = flag_rows,
    .flags_len = FLAGS,
    .details =
        "weir config --defaults >weir.yaml is a good beginning for a workflow of one's own,\n"
        "--example site and --example scenario are for simulations: each says of every key what "
        "it\n"
        "means, its unit, its range and its default, and passes --check as it is.\n"
        "--check reports everything that is wrong at once and ends with exit code 2. A scenario's\n"
        "sites and tables are looked into, too, if they are there. A file with\n"
        "the key scenario is a scenario, one with nodes or links a site, any other a workflow.\n",
};
