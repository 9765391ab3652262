/* The program: picks a command. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

const struct cli_command *const cli_commands[] = {
    &cmd_run,   &cmd_scene,   &cmd_eval,  &cmd_eval_scenes, &cmd_record, &cmd_sim,
    &cmd_bench, &cmd_profile, &cmd_model, &cmd_service,     &cmd_config, &cmd_stages,
};
const size_t cli_commands_len = sizeof cli_commands / sizeof *cli_commands;

static void usage(FILE *out) {
    fputs("weir: detects and tracks objects in video\n\n"
          "usage: weir COMMAND [ARGUMENT...]\n\n",
          out);
    for (size_t i = 0; i < cli_commands_len; i++)
        fprintf(out, "  %-12s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
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

/* The command whose words are the first of the arguments; of several the longest. */
static const struct cli_command *find_command(int argc, char **argv, int *ret_words) {
    const struct cli_command *found = NULL;
    for (size_t i = 0; i < cli_commands_len; i++) {
        const char *name = cli_commands[i]->name;
        int words = 0;
        while (*name && words < argc) {
            size_t len = strcspn(name, " ");
            if (strlen(argv[words]) != len || memcmp(argv[words], name, len) != 0)
                break;
            name += len + (name[len] == ' ');
            words++;
        }
        if (!*name && (!found || words > *ret_words)) {
            found = cli_commands[i];
            *ret_words = words;
        }
    }
    return found;
}

/* The command that a word was most likely meant to be; NULL: none is near. */
static const char *nearest_command(const char *word) {
    enum { SLIPS = 2, MOST = 32 };
    const char *names[MOST];
    size_t len = 0;
    for (size_t i = 0; i < cli_commands_len && len < MOST; i++)
        if (!strchr(cli_commands[i]->name, ' '))
            names[len++] = cli_commands[i]->name;
    return weir_spec_nearest_within(word, names, len, SLIPS);
}

static int unknown_command(const char *word) {
    const char *meant = nearest_command(word);
    if (meant) {
        fprintf(stderr,
                "weir: unknown command '%s'; did you mean %s?\nweir --help lists the commands\n",
                word, meant);
        return CLI_USAGE;
    }
    fprintf(stderr, "weir: unknown command '%s'\n\n", word);
    usage(stderr);
    return CLI_USAGE;
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
    /* writing to a closed pipe, or past a limit, is an error like any other */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
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
    int words = 0;
    const struct cli_command *command = find_command(argc - 1, argv + 1, &words);
    if (command && wants_help(argc - words, argv + words)) {
        cli_help(command, stdout);
        return CLI_DONE;
    }
    if (command)
        return command->run(argc - words, argv + words);
    return unknown_command(argv[1]);
}
