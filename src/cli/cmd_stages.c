/* weir stages: what a frame passes, in the order in which it does. */
#include "cli/cli.h"
#include "pipeline/pipeline.h"

static int run(int argc, char **argv) {
    struct weir_error err = {0};
    char **args;
    size_t len;

    if (cli_parse(&cmd_stages, NULL, NULL, argc, argv, &args, &len, &err))
        return cli_misused(&cmd_stages, &err);
    if (len) {
        weir_fail(&err, WEIR_EINVAL, "takes no arguments, found '%s'", args[0]);
        return cli_misused(&cmd_stages, &err);
    }
    for (size_t i = 0; i < weir_stages_len; i++) {
        const struct weir_stage_type *type = weir_stages[i];
        const char *name, *about;
        printf("%-8s %s -> %s: %s\n", type->name, type->consumes ? type->consumes : "(medium)",
               type->produces ? type->produces : "(medium)", type->about);
        for (size_t k = 0; type->kind && type->kind(k, &name, &about); k++)
            printf("         %-12s %s\n", name, about);
    }
    return CLI_DONE;
}

const struct cli_command cmd_stages = {
    .name = "stages",
    .usage = "",
    .summary = "list the stages of the pipeline and their implementations",
    .run = run,
};
