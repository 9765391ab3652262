/*
 * The commands of the program, and what they share: exit codes, flags, the
 * progress line.
 */
#ifndef WEIR_CLI_CLI_H
#define WEIR_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/base.h"
#include "spec/spec.h"

/* Exit codes, documented and stable. */
enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/* A flag that belongs to a command alone; settings come from the option table. */
struct cli_flag {
    const char *name; /* "--out" */
    const char *value; /* "DIR"; NULL: takes none */
    const char *help; /* one line; NULL: it is not listed */
    /* Where in the command's arguments: the value (a const char *, borrowed from argv) goes there,
     * or true (a bool) where it takes none. */
    size_t at;
};
/* Every command keeps what its flags say in a struct args of its own. */
#define CLI_AT(field) offsetof(struct args, field)

struct cli_command {
    const char *name; /* "run", "eval scenes" */
    const char *usage; /* "SOURCE... --model M [options]\n" … one line a form */
    const char *summary; /* one line */
    /* argv[0] is the command's name. Returns an exit code. */
    int (*run)(int argc, char **argv);
    const struct cli_flag *flags; /* [flags_len] */
    size_t flags_len;
    const char *const *settings; /* option-table sections or keys taken ("detect", "run.live"),
                                    NULL-terminated; NULL: none */
    const char *details; /* more lines for help and man page; NULL: none */
};

extern const struct cli_command cmd_run, cmd_eval, cmd_eval_scenes, cmd_record, cmd_scene, cmd_sim,
    cmd_bench, cmd_profile, cmd_model, cmd_service, cmd_config, cmd_stages;
extern const struct cli_command *const cli_commands[];
extern const size_t cli_commands_len;

/*
 * Splits argv into flags, settings and positional arguments ("--flag value" and
 * "--flag=value"; "--" ends flags; a lone "-" is positional). into, the command's
 * struct args, receives what its flags say, set its settings (either NULL where it
 * has none). *ret_args points into argv, which is reordered. EINVAL names the argument, what is
 * wrong, and the nearest flag.
 */
int cli_parse(const struct cli_command *command, void *into, struct weir_settings *set, int argc,
              char **argv, char ***ret_args, size_t *ret_args_len, struct weir_error *err);
/* Does a command take this setting? */
bool cli_takes(const struct cli_command *command, const struct weir_option *opt);

/* Prints a command's help. */
void cli_help(const struct cli_command *command, FILE *out);
/* Prints the manual page weir.1 (mdoc). Returns an exit code. */
int cli_man(FILE *out);
/* "weir COMMAND: text" on stderr, and CLI_USAGE with a pointer to --help. */
int cli_misused(const struct cli_command *command, const struct weir_error *err);
/* "weir: text" on stderr, and CLI_FAILED. */
int cli_failed(const struct weir_error *err);

/* What ended a command: EINVAL is something that the user wrote, and misused; all else failed. */
int cli_ended(const struct cli_command *command, int rc, const struct weir_error *err);

/* Standard output gets text that was built in one piece. ENOMEM: it was not built; EIO. */
int cli_print(const struct weir_buf *text, struct weir_error *err);

/*
 * One line of progress. On a terminal it is redrawn in place, at most ten times a
 * second; elsewhere a plain line is printed at most every five seconds.
 */
struct cli_progress {
    FILE *out;
    bool terminal;
    int64_t last_ns; /* when it was last drawn */
    bool drawn;
};
void cli_progress_init(struct cli_progress *progress, FILE *out);
/* True when it is time to draw again, so that callers need not format in vain. */
bool cli_progress_due(struct cli_progress *progress, int64_t now_ns);
void cli_progress_show(struct cli_progress *progress, int64_t now_ns, const char *line);
/* Takes the line off a terminal. */
void cli_progress_clear(struct cli_progress *progress);
/* "[######----]" of width cells, share in [0,1]. */
void cli_progress_bar(struct weir_buf *out, double share, int width);

/* "[####--] 120 of 600 images  ETA 0:12"; total >= 1. */
void cli_progress_count(struct weir_buf *out, int64_t done, int64_t total, const char *what,
                        double elapsed_s);

/* "12.3 MB", "1:02:03" */
void cli_print_bytes(struct weir_buf *out, int64_t bytes);
void cli_print_duration(struct weir_buf *out, double seconds);

/* The paths of detect.models (cmd_run.c), heap strings; on failure those that were found. Errors of
 * weir_model_find. */
int cli_find_models(const struct weir_workflow *wf, char *ret_path[static WEIR_MODELS_MAX],
                    struct weir_error *err);
void cli_free_models(char *path[static WEIR_MODELS_MAX]);

#endif
