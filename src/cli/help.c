/* Help, output and complaints; the options come out of the tables. */
#include <string.h>

#include "cli/cli.h"

enum { COLUMN = 28, WIDTH = 96 };

/* Cells on a terminal: UTF-8's continuation bytes take none. */
static int cells(const char *text) {
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* The help, word by word, in the right column. */
static void wrap(FILE *out, const char *help, int at) {
    while (*help) {
        size_t len = strcspn(help, " ");
        char word[128];
        snprintf(word, sizeof word, "%.*s", (int)len, help);
        if (at > COLUMN && at + 1 + cells(word) > WIDTH) {
            fprintf(out, "\n%*s", COLUMN, "");
            at = COLUMN;
        }
        at += fprintf(out, "%s", at > COLUMN ? " " : "") + cells(word);
        fputs(word, out);
        help += len + strspn(help + len, " ");
    }
    fputc('\n', out);
}

static void row(FILE *out, const char *left, const char *help) {
    int used = 2 + cells(left);
    fprintf(out, "  %s", left);
    if (used > COLUMN - 2) {
        fputc('\n', out);
        used = 0;
    }
    fprintf(out, "%*s", COLUMN - used, "");
    wrap(out, help, COLUMN);
}

static const char *value_word(const struct weir_option *opt) {
    switch (opt->type) {
    case WEIR_OPTION_BOOL:
        return NULL;
    case WEIR_OPTION_SIZE:
        return "SIZE";
    case WEIR_OPTION_ENUM:
        return "WORD";
    case WEIR_OPTION_STRING:
        return "TEXT";
    case WEIR_OPTION_INTS:
        return "A,B,…";
    case WEIR_OPTION_STRINGS:
        return "A,B,…";
    default:
        return "N";
    }
}

static void option_row(FILE *out, const struct weir_option *opt) {
    struct weir_buf left = {0}, help = {0};
    const char *unit = opt->fallback && strcmp(opt->fallback, "auto") ? opt->unit : NULL;
    const char *flag = opt->no_flag ? opt->no_flag : opt->flag;
    const char *value = opt->no_flag ? NULL : value_word(opt);
    weir_buf_printf(&left, "%s%s%s", flag, value ? " " : "", value ? value : "");
    weir_buf_printf(&help, "%s%s", opt->no_flag ? "Off, which is on by default: " : "", opt->help);
    if (opt->type == WEIR_OPTION_ENUM) {
        for (const char *const *c = opt->choices; *c; c++)
            weir_buf_printf(&help, "%s%s", c == opt->choices ? " (" : "|", *c);
        weir_buf_putc(&help, ')');
    }
    if (value && opt->fallback && *opt->fallback)
        weir_buf_printf(&help, " [%s%s%s]", opt->fallback, unit ? " " : "", unit ? unit : "");
    row(out, weir_buf_str(&left), weir_buf_str(&help));
    weir_buf_done(&left);
    weir_buf_done(&help);
}

void cli_help(const struct cli_command *command, FILE *out) {
    const struct cli_flag *flags = command->flags;
    const char *line = command->usage;
    const char *lead = "usage: ";

    do { /* a command that takes nothing has a form, too */
        size_t n = strcspn(line, "\n");
        fprintf(out, "%sweir %s%s%.*s\n", lead, command->name, n ? " " : "", (int)n, line);
        line += n + (line[n] == '\n');
        lead = "       ";
    } while (*line);
    fprintf(out, "\n%s\n\n", command->summary);
    for (size_t i = 0; i < command->flags_len; i++) {
        char left[64];
        if (!flags[i].help)
            continue;
        snprintf(left, sizeof left, "%s%s%s", flags[i].name, flags[i].value ? " " : "",
                 flags[i].value ? flags[i].value : "");
        row(out, left, flags[i].help);
    }
    for (size_t i = 0; i < weir_options_len; i++)
        if (weir_options[i].flag && cli_takes(command, &weir_options[i]))
            option_row(out, &weir_options[i]);
    if (command->details)
        fprintf(out, "\n%s", command->details);
}

int cli_misused(const struct cli_command *command, const struct weir_error *err) {
    fprintf(stderr, "weir %s: %s\n", command->name, err->text);
    fprintf(stderr, "weir %s --help shows what it takes\n", command->name);
    return CLI_USAGE;
}

int cli_failed(const struct weir_error *err) {
    fprintf(stderr, "weir: %s\n", err->text);
    return CLI_FAILED;
}

int cli_ended(const struct cli_command *command, int rc, const struct weir_error *err) {
    return rc == WEIR_EINVAL ? cli_misused(command, err) : cli_failed(err);
}

int cli_print(const struct weir_buf *text, struct weir_error *err) {
    if (text->failed)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (fputs(weir_buf_str(text), stdout) < 0 || fflush(stdout))
        return weir_fail(err, WEIR_EIO, "cannot write to standard output");
    return 0;
}
