/* The program: picks a command. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

const struct cli_command *const cli_commands[] = {
    &cmd_run, &cmd_eval, &cmd_model, &cmd_config, &cmd_stages,
};
const size_t cli_commands_len = sizeof cli_commands / sizeof *cli_commands;

static void usage(FILE *out) {
    fputs("weir: detects and tracks objects in video\n\n"
          "usage: weir COMMAND [ARGUMENT...]\n\n",
          out);
    for (size_t i = 0; i < cli_commands_len; i++)
        fprintf(out, "  %-8s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
    fputs("\nweir COMMAND --help tells more; weir --version prints the version.\n"
          "Exit codes: 0 done, 1 failed while running, 2 wrong use.\n",
          out);
}

static bool wants_help(int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return true;
    return false;
}

static int log_level_from_environment(void) {
    enum weir_log_level level;
    const char *name = getenv("WEIR_LOG");
    if (!name)
        return 0;
    if (weir_log_level_parse(name, &level)) {
        fprintf(stderr, "weir: WEIR_LOG: found '%s'; allowed: error, warn, info, debug, trace\n",
                name);
        return CLI_USAGE;
    }
    weir_log_set_level(level);
    return 0;
}

/* Where the shell closed a standard stream, the next file opened would get its
 * number, and what is printed would end up in somebody's results. */
static void keep_standard_streams(void) {
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv) {
    keep_standard_streams();
    /* Builds of ONNX Runtime with telemetry send usage events over the network, and leave
     * logs in the temporary folder, unless told not to before they are loaded. */
    setenv("ORT_DISABLE_TELEMETRY", "1", 0);
    signal(SIGPIPE, SIG_IGN); /* writing to a closed pipe is an error like any other */
    if (argc < 2) {
        usage(stderr);
        return CLI_USAGE;
    }
    if (log_level_from_environment())
        return CLI_USAGE;
    if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version")) {
        puts("weir " WEIR_VERSION);
        return CLI_DONE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        usage(stdout);
        return CLI_DONE;
    }
    for (size_t i = 0; i < cli_commands_len; i++) {
        if (strcmp(argv[1], cli_commands[i]->name))
            continue;
        if (wants_help(argc - 1, argv + 1)) {
            cli_help(cli_commands[i], stdout);
            return CLI_DONE;
        }
        return cli_commands[i]->run(argc - 1, argv + 1);
    }
    fprintf(stderr, "weir: unknown command '%s'\n\n", argv[1]);
    usage(stderr);
    return CLI_USAGE;
}
