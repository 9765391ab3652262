/*
 * weir profile: what the stages cost on this machine, and, given clips, how well models see what
 * is in them. Costs are measured and kept, shown, compared with what was kept before; beside them
 * it is said where each model has written down how well it sees. profile_sight.c measures that.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/lists.h"
#include "cli/profile_measure.h"
#include "cli/profile_print.h"
#include "cli/profile_sight.h"
#include "model/model.h"
#include "profile/profile.h"

enum { MODELS_MAX = 32, WIDTHS_MAX = 64, BATCHES_MAX = 16, QUALITIES_MAX = 16 };

#define MODELS "street_n,street_s,street_m"
#define WIDTHS "160,224,320,416,512,640,960,1280"

struct args {
    const char *models, *widths, *batches, *codecs, *qualities, *crf, *seconds, *out;
    const char *show, *compare;
    const char *against, *height, *visibility;
    bool json, quiet;
};

static const struct cli_flag flag_rows[] = {
    {"--models", "A,B,…", "names or paths of the models [" MODELS "]", CLI_AT(models)},
    {"--widths", "A,B,…", "of pictures and inputs, even; their height follows at 16:9 [" WIDTHS "]",
     CLI_AT(widths)},
    {"--batches", "A,B,…", "pictures in one inference [1]", CLI_AT(batches)},
    {"--codecs", "A,B", "how pictures travel [jpeg,h264]", CLI_AT(codecs)},
    {"--qualities", "A,B,…", "of JPEG, 1 to 100 best [80]", CLI_AT(qualities)},
    {"--crf", "A,B,…", "constant rate factors of H.264, 0 best to 51 [23]", CLI_AT(crf)},
    {"--seconds", "S", "how long it may take, 1 to 3600 [15]", CLI_AT(seconds)},
    {"-o", "PATH",
     "where to keep it [$WEIR_PROFILE, ~/.local/share/weir/profile.json]; with SOURCE a folder "
     "[beside each model]",
     CLI_AT(out)},
    {"--show", "FILE", "print a profile, measure nothing", CLI_AT(show)},
    {"--compare", "FILE", "print new / old for each point, and what drifted", CLI_AT(compare)},
    {"--against", "MODEL", "with SOURCE: its boxes at the pictures' full size are the truth",
     CLI_AT(against)},
    {"--min-height", "PX",
     "with SOURCE: ignore truth and false alarms that are lower, in the picture [12]",
     CLI_AT(height)},
    {"--min-visibility", "V",
     "with SOURCE: ignore truth of which less is to be seen, 0 to 1 [0.35]", CLI_AT(visibility)},
    {"--json", NULL, "print JSON", CLI_AT(json)},
    {"--quiet", NULL, "show no progress", CLI_AT(quiet)},
};
enum { FLAGS = sizeof flag_rows / sizeof *flag_rows, MEASURING = 8 };

/* ---- what is asked for --------------------------------------------------- */

struct asked {
    struct cli_profile_job job;
    struct cli_words models;
    int width[WIDTHS_MAX], batch[BATCHES_MAX], quality[WEIR_COSTS_CODECS][QUALITIES_MAX];
};

static int even_and_once(const char *flag, const int *value, size_t len, bool even,
                         struct weir_error *err) {
    for (size_t i = 0; i < len; i++) {
        if (even && value[i] % 2)
            return weir_fail(err, WEIR_EINVAL, "%s: found %d; allowed: even numbers", flag,
                             value[i]);
        for (size_t k = 0; k < i; k++)
            if (value[k] == value[i])
                return weir_fail(err, WEIR_EINVAL, "%s: %d is named twice", flag, value[i]);
    }
    return 0;
}

static int read_numbers(const char *flag, const char *text, int min, int max, size_t most,
                        bool even, int *ret, size_t *ret_len, struct weir_error *err) {
    int rc = cli_wholes(flag, text, min, max, most, ret, ret_len, err);
    return rc ? rc : even_and_once(flag, ret, *ret_len, even, err);
}

/* Which codecs, and at which qualities. */
static int read_codecs(const struct args *a, struct asked *asked, struct weir_error *err) {
    struct cli_words words = {0};
    bool taken[WEIR_COSTS_CODECS] = {false};
    size_t *len = asked->job.qualities;
    int rc =
        cli_words("--codecs", a->codecs ? a->codecs : "jpeg,h264", WEIR_COSTS_CODECS, &words, err);
    for (size_t i = 0; !rc && i < words.list.len; i++) {
        int codec = weir_costs_codec_by_name(words.list.item[i]);
        if (codec < 0)
            rc = weir_fail(err, WEIR_EINVAL, "--codecs: found '%s'; allowed: jpeg, h264",
                           words.list.item[i]);
        else
            taken[codec] = true;
    }
    cli_words_done(&words);
    if (!rc && a->qualities && !taken[WEIR_COSTS_JPEG])
        rc = weir_fail(err, WEIR_EINVAL, "--qualities are JPEG's, which --codecs leaves out");
    if (!rc && a->crf && !taken[WEIR_COSTS_H264])
        rc = weir_fail(err, WEIR_EINVAL, "--crf is H.264's, which --codecs leaves out");
    if (!rc && taken[WEIR_COSTS_JPEG])
        rc = read_numbers("--qualities", a->qualities ? a->qualities : "80", 1, 100, QUALITIES_MAX,
                          false, asked->quality[WEIR_COSTS_JPEG], &len[WEIR_COSTS_JPEG], err);
    if (!rc && taken[WEIR_COSTS_H264])
        rc = read_numbers("--crf", a->crf ? a->crf : "23", 0, 51, QUALITIES_MAX, false,
                          asked->quality[WEIR_COSTS_H264], &len[WEIR_COSTS_H264], err);
    return rc;
}

static int read_seconds(const char *text, double *ret, struct weir_error *err) {
    char *end;
    *ret = strtod(text, &end);
    if (end == text || *end || !(*ret >= 1 && *ret <= 3600))
        return weir_fail(err, WEIR_EINVAL,
                         "--seconds: found '%s'; allowed: a number from 1 to 3600", text);
    return 0;
}

static int read_asked(const struct args *a, struct asked *asked, struct weir_error *err) {
    struct cli_profile_job *job = &asked->job;
    job->models = &asked->models.list;
    job->width = asked->width;
    job->batch = asked->batch;
    job->quiet = a->quiet;
    job->codecs_that_work = !a->codecs;
    for (int c = 0; c < WEIR_COSTS_CODECS; c++)
        job->quality[c] = asked->quality[c];
    int rc = cli_models(a->models ? a->models : MODELS, MODELS_MAX, &asked->models, err);
    if (!rc)
        rc = read_numbers("--widths", a->widths ? a->widths : WIDTHS, 32, 3840, WIDTHS_MAX, true,
                          asked->width, &job->widths, err);
    if (!rc)
        rc = read_numbers("--batches", a->batches ? a->batches : "1", 1, 256, BATCHES_MAX, false,
                          asked->batch, &job->batches, err);
    if (!rc)
        rc = read_codecs(a, asked, err);
    return rc ? rc : read_seconds(a->seconds ? a->seconds : "15", &job->seconds, err);
}

/* --show measures nothing, so that what says how to measure has no place beside it. */
static int check_show(const struct args *a, struct weir_error *err) {
    const char *const measuring[MEASURING] = {a->models,    a->widths, a->batches, a->codecs,
                                              a->qualities, a->crf,    a->seconds, a->out};
    for (int i = 0; a->show && i < MEASURING; i++)
        if (measuring[i])
            return weir_fail(err, WEIR_EINVAL, "--show measures nothing: leave out %s",
                             flag_rows[i].name);
    return 0;
}

/* ---- how well models see ------------------------------------------------- */

/* All settings that the command takes, a line each. */
static void print_settings(const struct weir_settings *set, struct weir_buf *out) {
    for (size_t i = 0; i < weir_options_len; i++) {
        if (!cli_takes(&cmd_profile, &weir_options[i]))
            continue;
        weir_buf_printf(out, "%s ", weir_options[i].flag);
        weir_option_print(&weir_options[i], set, out);
        weir_buf_putc(out, '\n');
    }
}

/* The length of the flag that line, of two texts of print_settings, begins with where they first
 * differ, and where that line begins; 0: they are the same. */
static size_t changed_flag(const char *before, const char *now, const char **ret_line) {
    *ret_line = now;
    for (; *before && *before == *now; before++, now++)
        if (*now == '\n')
            *ret_line = now + 1;
    return *before || *now ? strcspn(*ret_line, " ") : 0;
}

/* Costs and sight are measured apart: what belongs to one alone has no place beside the other.
 * before: the settings as they were without the command line. */
static int check_kind(const struct args *a, bool sources, const struct weir_buf *before,
                      const struct weir_settings *set, struct weir_error *err) {
    const char *const cost[] = {a->batches, a->codecs, a->qualities, a->crf,
                                a->seconds, a->show,   a->compare};
    static const char *const cost_name[] = {"--batches", "--codecs", "--qualities", "--crf",
                                            "--seconds", "--show",   "--compare"};
    const char *alone = a->against      ? "--against"
                        : a->height     ? "--min-height"
                        : a->visibility ? "--min-visibility"
                                        : NULL;
    for (size_t i = 0; sources && i < sizeof cost / sizeof *cost; i++)
        if (cost[i])
            return weir_fail(err, WEIR_EINVAL,
                             "%s is about costs, which are measured without SOURCE: leave it out",
                             cost_name[i]);
    if (sources)
        return 0;
    struct weir_buf now = {0};
    const char *line;
    int rc = 0;
    print_settings(set, &now);
    size_t len = changed_flag(weir_buf_str(before), weir_buf_str(&now), &line);
    if (alone || len)
        rc = weir_fail(err, WEIR_EINVAL, "%.*s needs a SOURCE, such as scene:seed=7 or street.mp4",
                       alone ? (int)strlen(alone) : (int)len, alone ? alone : line);
    weir_buf_done(&now);
    return rc;
}

static int read_sight(const struct args *a, char **source, size_t sources,
                      struct cli_sight_ask *ask, struct weir_error *err) {
    ask->json = a->json;
    ask->quiet = a->quiet;
    return cli_sight_ask_read(&(struct cli_sight_words){.models = a->models,
                                                        .widths = a->widths,
                                                        .against = a->against,
                                                        .height = a->height,
                                                        .visibility = a->visibility,
                                                        .out = a->out,
                                                        .source = source,
                                                        .sources = sources},
                              ask, err);
}

static void print_sight(const char *model, const char *path, struct weir_buf *out) {
    struct weir_sight sight = {0};
    struct weir_error err = {0};
    char *file = weir_sight_path(path);
    int rc =
        file ? weir_sight_read(file, &sight, &err) : weir_fail(&err, WEIR_ENOMEM, "out of memory");
    if (!rc)
        weir_buf_printf(out, "accuracy of %s: %s\n", model, file);
    else if (rc == WEIR_ENOENT)
        weir_buf_printf(out,
                        "accuracy of %s: not measured yet; weir profile SOURCE... --models %s\n",
                        model, path);
    else
        weir_buf_printf(out, "accuracy of %s: %s\n", model, err.text);
    weir_sight_done(&sight);
    free(file);
}

/* Of every model of a profile; paths: where the models are, NULL: to be looked for. */
static void print_sights(const struct weir_costs *costs, const struct weir_strings *paths,
                         struct weir_buf *out) {
    const char *last = "";
    weir_buf_putc(out, '\n');
    for (int i = 0; i < costs->infers; i++) {
        const char *model = costs->infer[i].model;
        char *found = NULL;
        if (!strcmp(model, last))
            continue;
        last = model;
        for (size_t m = 0; paths && !found && m < paths->len; m++) {
            char *name = weir_model_name(paths->item[m]);
            if (name && !strcmp(name, model))
                found = strdup(paths->item[m]);
            free(name);
        }
        if (!found && weir_model_find(model, &found, NULL))
            weir_buf_printf(out, "accuracy of %s: the model is not here\n", model);
        else
            print_sight(model, found, out);
        free(found);
    }
}

/* ---- the command --------------------------------------------------------- */

static int report(const struct args *a, const struct weir_costs *costs,
                  const struct weir_strings *paths, const struct weir_costs *before,
                  struct weir_error *err) {
    struct cli_comparison comparison = {0};
    struct weir_buf out = {0};
    if (before) {
        int rc = cli_profile_compare(before, costs, &comparison, err);
        if (rc)
            return rc;
        (a->json ? cli_comparison_json : cli_comparison_print)(&comparison, &out);
        cli_comparison_done(&comparison);
    } else if (a->json) {
        weir_costs_print(costs, &out);
    } else {
        cli_profile_print(costs, &out);
        print_sights(costs, paths, &out);
    }
    int rc = cli_print(&out, err);
    weir_buf_done(&out);
    return rc;
}

/* Where it is kept: NULL beside --compare alone, which looks and does not replace. */
static int place(const struct args *a, char **ret_path, struct weir_error *err) {
    if (a->compare && !a->out) {
        *ret_path = NULL;
        return 0;
    }
    char *path = NULL;
    int rc = 0;
    if (!a->out)
        rc = weir_costs_path(&path, err);
    else if (!(path = strdup(a->out)))
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc)
        rc = weir_dir_make_parent(path, err); /* known before the work */
    if (rc)
        free(path);
    else
        *ret_path = path;
    return rc;
}

/* On standard error, so that standard output is the profile alone. */
static void tell(const struct cli_profile *profile, const char *path) {
    fprintf(stderr, "weir: measured in %.1f s, CPU time of one thread", profile->took_s);
    if (profile->waited > 0.1)
        fprintf(stderr, "; the machine was busy: %.0f%% of the time the thread had to wait",
                profile->waited * 100);
    fputc('\n', stderr);
    for (int c = 0; c < WEIR_COSTS_CODECS; c++)
        if (profile->left_out[c])
            fprintf(stderr, "weir: left out %s: this machine has no encoder for it\n",
                    weir_costs_codec_name((enum weir_costs_codec)c));
    if (path)
        fprintf(stderr, "weir: written to %s\n", path);
}

static int measure(struct asked *asked, const struct args *a, const struct weir_settings *set,
                   const struct weir_costs *before, struct weir_error *err) {
    struct cli_interrupt interrupt;
    struct cli_profile profile = {0};
    char *path = NULL;
    int rc = place(a, &path, err);
    if (rc)
        return rc;
    if (cli_interrupt_start(&interrupt, NULL, NULL)) {
        free(path);
        return weir_fail(err, WEIR_ENOMEM, "no thread can be started");
    }
    asked->job.interrupt = &interrupt;
    asked->job.set = set;
    rc = cli_profile_measure(&asked->job, &profile, err);
    if (!rc && path)
        rc = weir_costs_write(path, &profile.costs, err);
    if (!rc)
        rc = report(a, &profile.costs, &profile.paths, before, err);
    if (!rc)
        tell(&profile, path);
    cli_interrupt_end(&interrupt);
    cli_profile_done(&profile);
    free(path);
    return rc;
}

static int profile_run(struct asked *asked, const struct args *a, const struct weir_settings *set,
                       struct weir_error *err) {
    struct weir_costs before = {0}, shown = {0};
    int rc = a->compare ? weir_costs_read(a->compare, &before, err) : 0;
    if (!rc && a->show)
        rc = weir_costs_read(a->show, &shown, err);
    const struct weir_costs *with = a->compare ? &before : NULL;
    if (!rc)
        rc = a->show ? report(a, &shown, NULL, with, err) : measure(asked, a, set, with, err);
    weir_costs_done(&before);
    weir_costs_done(&shown);
    return rc;
}

static int profile_command(int argc, char **argv) {
    struct weir_workflow wf;
    struct weir_error err = {0};
    struct weir_buf before = {0};
    struct args a = {0};
    struct asked asked = {0};
    struct cli_sight_ask sight = {.wf = &wf};
    char **args;
    size_t len = 0;
    int code = CLI_DONE;

    if (weir_workflow_init(&wf)) {
        weir_fail(&err, WEIR_ENOMEM, "out of memory");
        return cli_failed(&err);
    }
    print_settings(&wf.set, &before);
    int rc = cli_parse(&cmd_profile, &a, &wf.set, argc, argv, &args, &len, &err);
    if (!rc)
        rc = check_kind(&a, len, &before, &wf.set, &err);
    if (!rc)
        rc = check_show(&a, &err);
    if (!rc)
        rc = len ? read_sight(&a, args, len, &sight, &err) : read_asked(&a, &asked, &err);
    if (rc)
        code = cli_misused(&cmd_profile, &err);
    else if (len ? cli_profile_sight(&sight, &err) : profile_run(&asked, &a, &wf.set, &err))
        code = cli_failed(&err);
    cli_sight_ask_done(&sight);
    cli_words_done(&asked.models);
    weir_buf_done(&before);
    weir_workflow_done(&wf);
    return code;
}

static const char *const settings[] = {
    "detect.conf",    "detect.nms_iou", "detect.max_boxes", "detect.classes", "detect.provider",
    "detect.threads", "detect.graph",   "source.rate_fps",  "run.max_frames", NULL,
};

const struct cli_command cmd_profile = {
    .name = "profile",
    .usage = "[options]\n"
             "--show FILE [--compare FILE]\n"
             "SOURCE... --models A,B,… [--against MODEL] [options]\n",
    .summary = "measure what inference, codecs and reducing cost here, and how well models see",
    .run = profile_command,
    .flags = flag_rows,
    .flags_len = FLAGS,
    .settings = settings,
    .details =
        "Without SOURCE it measures costs on this machine, in one thread: each model at each "
        "width\n"
        "and batch, pre- and post-processing included; reducing pictures of 1280x720 and 640x360;\n"
        "encoding and decoding, and the bytes of it. The pictures are a generated street's. Times\n"
        "are CPU times, medians (of inferences also what 95% stay below): of other work on the\n"
        "machine only what it does to caches and clock rates counts. Each point is measured at\n"
        "least three times; more --seconds give more of them. A model of a fixed size is measured\n"
        "at that size.\n"
        "The profile is one JSON file, a line a point. With --compare the old profile is compared\n"
        "with what is measured now, which is kept only where -o says so, or with the one that\n"
        "--show names; a point drifted where new / old is outside of 0.8 to 1.25.\n"
        "\n"
        "With SOURCE it measures how well the models see, and writes NAME.accuracy.json of each,\n"
        "which weir record looks for beside the model, and weir sim where models are. A SOURCE is\n"
        "a scene (scene:seed=7), a video with NAME.coco.json beside it, as weir scene writes it,\n"
        "or, with --against, any video or folder of images. All are of one size. Every model sees\n"
        "every frame at every width; heights follow the picture, and nothing is enlarged. By the\n"
        "height of objects in pixels of the model's input it is counted how many are found, and\n"
        "how many false alarms there are, at one threshold over all widths: --conf, else the one\n"
        "of the best F1. The reference's own is that of its NAME.accuracy.json, else its "
        "family's.\n"
        "Classes go by name; what only one side has is told and left out, and with --classes all\n"
        "but those.\n"
        "Ctrl-C ends it, and nothing is written.\n",
};
