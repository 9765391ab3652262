/*
 * The manual page weir.1, in mdoc, out of the tables: commands with their flags
 * from cli_commands[], settings from weir_options[]. Nothing is said twice;
 * what is only said here is what no table knows (files, environment, examples).
 */
#include <ctype.h>
#include <string.h>

#include "cli/cli.h"

enum { MAX_COLUMN = 72 };

/*
 * Text as roff wants it. Within an argument of a macro blanks would split it, so
 * there they become unbreakable. A '.' or "'" at the start of a line and any
 * word that is only punctuation are kept from meaning something by \&.
 */
static void text(FILE *out, const char *s, size_t len, bool argument) {
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        bool word_start = i == 0 || s[i - 1] == ' ';
        if (word_start && ((c && strchr(".'", c)) || (argument && ispunct(c))))
            fputs("\\&", out);
        if (c == '\\')
            fputs("\\e", out);
        else if (c == '-')
            fputs("\\-", out);
        else if (c == '"')
            fputs("\\(dq", out);
        else if (c == '`')
            fputs("\\(ga", out);
        else if (c == '~')
            fputs("\\(ti", out);
        else if (c == ' ' && argument)
            fputs("\\ ", out);
        else
            fputc(c, out);
    }
}

/* A paragraph, in short lines; roff wants a new one after each sentence. */
static void prose(FILE *out, const char *s) {
    size_t column = 0;
    while (*s) {
        size_t len = strcspn(s, " \n"), next = len + strspn(s + len, " \n");
        if (column && column + 1 + len > MAX_COLUMN) {
            fputc('\n', out);
            column = 0;
        }
        if (column)
            fputc(' ', out);
        text(out, s, len, false);
        column += len + (column > 0);
        if (len && s[len - 1] == '.' && s[next]) {
            fputc('\n', out);
            column = 0;
        }
        s += next;
    }
    fputc('\n', out);
}

/* ".Ar NAME" with the macro given; the flag without its dashes' meaning to mdoc. */
static void macro(FILE *out, const char *name, const char *value) {
    fprintf(out, " %s ", name);
    text(out, value, strlen(value), true);
}

static void flag_item(FILE *out, const char *flag, const char *value) {
    fputs(".It", out);
    macro(out, "Fl", flag + 1); /* Fl writes the first dash */
    if (value)
        macro(out, "Ar", value);
    fputc('\n', out);
}

static const char *value_name(const struct weir_option *opt) {
    switch (opt->type) {
    case WEIR_OPTION_BOOL:
        return NULL;
    case WEIR_OPTION_SIZE:
        return "size";
    case WEIR_OPTION_ENUM:
        return "word";
    case WEIR_OPTION_STRING:
        return "text";
    case WEIR_OPTION_INTS:
        return "n,...";
    case WEIR_OPTION_STRINGS:
        return "name,...";
    default:
        return opt->unit ? opt->unit : "n";
    }
}

static void synopsis(FILE *out) {
    for (size_t i = 0; i < cli_commands_len; i++) {
        const char *usage = cli_commands[i]->usage;
        do { /* a command that takes nothing has a form, too */
            size_t len = strcspn(usage, "\n");
            fputs(".Nm\n.Cm ", out);
            fputs(cli_commands[i]->name, out);
            if (len) {
                fputs("\n.No ", out);
                text(out, usage, len, true);
            }
            fputc('\n', out);
            usage += len + (usage[len] == '\n');
        } while (*usage);
    }
    fputs(".Nm\n.Cm \\-\\-version\n", out);
}

/* "Takes the settings of detect, run." */
static void takes(FILE *out, const struct cli_command *command) {
    if (!command->settings)
        return;
    fputs(".Pp\nTakes these settings, described below:\n", out);
    for (const char *const *s = command->settings; *s; s++)
        fprintf(out, ".Cm %s%s\n", *s, s[1] ? " ," : " .");
}

static void commands(FILE *out) {
    fputs(".Sh COMMANDS\n.Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < cli_commands_len; i++) {
        const struct cli_command *command = cli_commands[i];
        const struct cli_flag *flags = command->flags;
        const size_t len = command->flags_len;
        fputs(".It", out);
        macro(out, "Cm", command->name);
        fputc('\n', out);
        char summary[256];
        snprintf(summary, sizeof summary, "%s.", command->summary);
        summary[0] = (char)toupper((unsigned char)summary[0]);
        prose(out, summary);
        if (command->details) {
            fputs(".Pp\n", out);
            prose(out, command->details);
        }
        takes(out, command);
        if (len)
            fputs(".Bl -tag -width Ds\n", out);
        for (size_t f = 0; f < len; f++) {
            if (!flags[f].help)
                continue;
            flag_item(out, flags[f].name, flags[f].value);
            prose(out, flags[f].help);
        }
        if (len)
            fputs(".El\n", out);
    }
    fputs(".El\n", out);
}

static void setting(FILE *out, const struct weir_option *opt) {
    struct weir_buf allowed = {0};
    fputs(".It", out);
    macro(out, "Cm", opt->key);
    fputc('\n', out);
    prose(out, opt->help);
    weir_buf_puts(&allowed, "Allowed: ");
    weir_option_allowed(opt, &allowed);
    weir_buf_putc(&allowed, '.');
    prose(out, weir_buf_str(&allowed));
    weir_buf_done(&allowed);
    if (opt->fallback) {
        fputs("Default:\n.Cm ", out);
        text(out, opt->fallback, strlen(opt->fallback), true);
        fputs(" .\n", out);
    }
    if (opt->flag) {
        fputs("Flag:\n.Fl ", out);
        text(out, opt->flag + 1, strlen(opt->flag + 1), true);
        if (value_name(opt))
            macro(out, "Ar", value_name(opt));
        fputs(opt->no_flag ? " ,\n" : " .\n", out);
    }
    if (opt->no_flag) {
        fputs(".Fl ", out);
        text(out, opt->no_flag + 1, strlen(opt->no_flag + 1), true);
        fputs(" .\n", out);
    }
}

static void settings(FILE *out) {
    fputs(".Sh SETTINGS\n"
          "Each setting is a key of a workflow file (section and key), most are\n"
          "flags, and all can be set in the environment:\n"
          ".Cm detect.conf\n"
          "is\n"
          ".Ev WEIR_DETECT_CONF .\n"
          "A flag overrides the environment, which overrides the file.\n"
          ".Bl -tag -width Ds\n",
          out);
    for (size_t i = 0; i < weir_options_len; i++)
        setting(out, &weir_options[i]);
    fputs(".El\n", out);
}

static const char head[] = ".Dd $Mdocdate$\n"
                           ".Dt WEIR 1\n"
                           ".Os\n"
                           ".Sh NAME\n"
                           ".Nm weir\n"
                           ".Nd detect and track objects in video\n"
                           ".Sh SYNOPSIS\n";

static const char description[] =
    ".Sh DESCRIPTION\n"
    ".Nm\n"
    "runs a deep-learning object detector on video from files and cameras,\n"
    "follows the objects from frame to frame, and writes what it found.\n"
    "Every frame leaves as exactly one outcome: a result, or a drop with a reason.\n";

static const char workflow[] =
    ".Sh WORKFLOW FILES\n"
    "A workflow is a YAML file with the maps\n"
    ".Cm streams\n"
    "(names to sources), a list\n"
    ".Cm sinks ,\n"
    "and the settings by section.\n"
    "Relative paths start at the file's folder.\n"
    ".Bd -literal -offset indent\n"
    "streams:\n"
    "  gate: rtsp://10.0.0.7/main\n"
    "  yard: { source: yard.mp4, live: true }\n"
    "detect: { models: [yolox_nano], classes: [person, car] }\n"
    "sinks: [ { ndjson: out/ }, { annotate: out/ } ]\n"
    ".Ed\n"
    ".Pp\n"
    "Where it is to be chosen, frame by frame, which model looks at it\n"
    "and how wide it is:\n"
    ".Bd -literal -offset indent\n"
    "detect: { models: [street_n, street_m], reference: street_m }\n"
    "slo: { deadline_ms: 200, min_accuracy: 0.85 }\n"
    "strategy: static:model=street_n,width=416\n"
    ".Ed\n"
    ".Pp\n"
    "With a deadline the earliest is served first, of live sources only\n"
    "the newest frame waits, and what would be late is dropped before\n"
    "time is spent on it.\n"
    ".Pp\n"
    "The sinks are\n"
    ".Cm ndjson , coco , mot\n"
    "(a folder each, one file a stream),\n"
    ".Cm annotate\n"
    "(a video file, or a folder where there are several streams),\n"
    ".Cm mosaic\n"
    "(a video file with all streams side by side),\n"
    ".Cm digest\n"
    "and\n"
    ".Cm null .\n";

static const char site[] =
    ".Sh SITE FILES\n"
    "A site is a YAML file with a map\n"
    ".Cm nodes\n"
    "(names to machines), a list\n"
    ".Cm links\n"
    "between them, and a list\n"
    ".Cm events ,\n"
    "what fails or changes when.\n"
    ".Bd -literal -offset indent\n"
    "nodes:\n"
    "  edge: { tier: edge, slots: 2, slowdown: 4 }\n"
    "  gpu: { tier: cloud, fixed_ms: 3, each_ms: 0.5, batch: 16 }\n"
    "links: [ { from: edge, to: gpu, mbit_per_s: 20, rtt_ms: 40 } ]\n"
    "events: [ { at_s: 30, link: edge-gpu, down_s: 5 } ]\n"
    ".Ed\n"
    ".Pp\n"
    "Keys of a node: tier, slots, slowdown or fixed_ms and each_ms, batch, models.\n"
    "Keys of a link: from, to, name, mbit_per_s or trace, mbit_per_s_back or trace_back,\n"
    "rtt_ms, loss, queue_kb, one_way.\n"
    "Keys of an event: at_s, link or node, mbit_per_s (and mbit_per_s_back) or down_s.\n";

static const char tail[] =
    ".Sh ENVIRONMENT\n"
    ".Bl -tag -width Ds\n"
    ".It Ev WEIR_MODELS\n"
    "Folders, separated by colons, in which models are looked for by name;\n"
    "downloads go to the first.\n"
    ".It Ev WEIR_CATALOG\n"
    "The catalogue of downloadable models to use instead of the one that came with\n"
    ".Nm .\n"
    ".It Ev WEIR_DATA\n"
    "The folder whose\n"
    ".Pa traces\n"
    "holds the recorded links that site files name.\n"
    ".It Ev WEIR_PROFILE\n"
    "Where the machine's profile is kept.\n"
    ".It Ev WEIR_LOG\n"
    "How much is logged to standard error:\n"
    ".Cm error , warn , info , debug\n"
    "or\n"
    ".Cm trace .\n"
    ".It Ev XDG_RUNTIME_DIR\n"
    "In its folder\n"
    ".Pa weir\n"
    "services and those who ask them meet.\n"
    ".El\n"
    ".Sh FILES\n"
    ".Bl -tag -width Ds\n"
    ".It Pa \\(ti/.local/share/weir/models\n"
    "Downloaded models.\n"
    ".It Pa \\(ti/.local/share/weir/profile.json\n"
    "What inferences and codecs cost on this machine:\n"
    ".Cm weir profile\n"
    "makes it,\n"
    ".Cm weir run\n"
    "keeps it true.\n"
    ".It Pa MODEL.yaml\n"
    "Beside\n"
    ".Pa MODEL.onnx :\n"
    "states what cannot be recognised from the model itself, or overrules what was.\n"
    "Keys: head, layout, color, resize, pad, mean, std, classes, size, stride.\n"
    ".El\n"
    ".Sh EXIT STATUS\n"
    ".Bl -tag -width Ds -compact\n"
    ".It 0\n"
    "Done.\n"
    ".It 1\n"
    "Failed while running, or a model, a video or a table is not there or is damaged.\n"
    ".It 2\n"
    "Wrong use: an argument, a setting, a workflow, a site or a scenario file, also one that\n"
    "names what its site or table has not, or promises what cannot be kept.\n"
    ".It 130\n"
    "Aborted by a second Ctrl-C.\n"
    ".El\n"
    ".Sh EXAMPLES\n"
    "Detect and track in a file, and write an annotated copy:\n"
    ".Bd -literal -offset indent\n"
    "weir model pull yolox_nano\n"
    "weir run yard.mp4 \\-\\-model yolox_nano \\-\\-annotate out.mp4\n"
    ".Ed\n"
    ".Pp\n"
    "Watch a camera for people:\n"
    ".Bd -literal -offset indent\n"
    "weir run rtsp://10.0.0.7/main \\-\\-model yolox_nano \\-\\-classes person \\-\\-out results\n"
    ".Ed\n"
    ".Pp\n"
    "Detect for other processes of this machine, and see what is offered:\n"
    ".Bd -literal -offset indent\n"
    "weir service detect \\-\\-model street_s \\-\\-workers 2\n"
    "weir service list\n"
    ".Ed\n"
    ".Pp\n"
    "Begin a workflow file:\n"
    ".Bd -literal -offset indent\n"
    "weir config \\-\\-defaults >weir.yaml\n"
    "weir config \\-\\-check weir.yaml\n"
    ".Ed\n";

int cli_man(FILE *out) {
    fputs(head, out);
    synopsis(out);
    fputs(description, out);
    commands(out);
    settings(out);
    fputs(workflow, out);
    fputs(site, out);
    fputs(tail, out);
    if (fflush(out) || ferror(out)) {
        struct weir_error err = {0};
        weir_fail(&err, WEIR_EIO, "cannot write the manual page");
        return cli_failed(&err);
    }
    return CLI_DONE;
}
