/*
 * weir record: real models and codecs over labelled video, once, into a table that simulations
 * read. Reads what is asked for, records clip after clip (each is kept as a part), and writes
 * the table when all are there; or lists what a table holds.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/record.h"

struct args {
    struct record_words words;
    const char *list;
    bool compress, json, quiet;
};

static const struct cli_flag flag_rows[] = {
    {"-o", "FILE", "the table to write", CLI_AT(words.out)},
    {"--models", "A,B,…", "names or paths of the models; the first is what others are compared to",
     CLI_AT(words.models)},
    {"--widths", "A,B,…",
     "of the pictures that are analysed, even; their height follows; up to twice the clips' own "
     "width, which is always among them [160,224,320,416,512,640,960,1280, as far as the own]",
     CLI_AT(words.widths)},
    {"--codecs", "A,B,…",
     "how pictures travel: none (always among them), jpeg, h264 [none,jpeg,h264]",
     CLI_AT(words.codecs)},
    {"--qualities", "A,B,…", "of JPEG, 1 to 100 [80]", CLI_AT(words.qualities)},
    {"--crf", "N", "constant rate factor of H.264, 0 (best) to 51 [23]", CLI_AT(words.crf)},
    {"--reference", "MODEL", "its boxes at full size are the truth, of labelled clips, too",
     CLI_AT(words.reference)},
    {"--min-height", "PX", "truth that is lower in the clip's picture is to be ignored [8]",
     CLI_AT(words.height)},
    {"--min-visibility", "V", "so is truth of which less is to be seen, 0 to 1 [0.35]",
     CLI_AT(words.visibility)},
    {"--compress", NULL, "write FILE.xz beside it, too", CLI_AT(compress)},
    {"--list", "FILE", "print what a table holds, and record nothing", CLI_AT(list)},
    {"--json", NULL, "print as JSON", CLI_AT(json)},
    {"--quiet", NULL, "show no progress", CLI_AT(quiet)},
};
enum { FLAGS = sizeof flag_rows / sizeof *flag_rows };

/* ---- recording ------------------------------------------------------------------------- */

struct job {
    struct record_plan plan;
    struct record_take *take; /* [clips]; frames 0: not there yet */
    char *dir; /* of the parts */
    struct record_progress progress;
    size_t kept; /* clips that are there */
};

static void on_interrupt(void *arg) {
    weir_stop_request(arg);
}

/* Takes what an earlier command left, as far as it is what this one would record. */
static int load_parts(struct job *job, struct weir_error *err) {
    struct record_plan *plan = &job->plan;
    for (size_t i = 0; i < plan->clips; i++) {
        struct weir_buf key = {0};
        struct weir_error why = {0};
        int rc = record_part_key(plan, i, &key, &why);
        if (!rc)
            rc = record_part_read(job->dir, plan, i, &key, &job->take[i], &why);
        weir_buf_done(&key);
        if (rc == WEIR_EEXIST || rc == WEIR_ECORRUPT)
            fprintf(stderr, "weir: %s: it is recorded anew\n", why.text);
        else if (rc && rc != WEIR_ENOENT)
            return weir_fail(err, rc, "%s", why.text);
        job->kept += !rc;
    }
    if (job->kept)
        fprintf(stderr, "weir: %zu of %zu clips are there already\n", job->kept, plan->clips);
    return 0;
}

static int record_clip(struct job *job, size_t clip, struct weir_error *err) {
    struct record_plan *plan = &job->plan;
    struct weir_buf key = {0};
    job->progress.clip = clip;
    int rc = record_take_make(plan, clip, &job->progress, &job->take[clip], err);
    if (rc)
        return rc;
    rc = record_part_key(plan, clip, &key, err);
    if (!rc)
        rc = record_part_write(job->dir, plan, clip, &key, &job->take[clip], err);
    weir_buf_done(&key);
    job->kept += !rc;
    return rc;
}

static int record_clips(struct job *job, bool quiet, struct weir_error *err) {
    struct record_plan *plan = &job->plan;
    struct record_progress *p = &job->progress;
    *p = (struct record_progress){.quiet = quiet, .clips = plan->clips};
    for (size_t i = 0; i < plan->clips; i++) {
        if (job->take[i].draft.clip.frames)
            continue;
        const int64_t frames = plan->clip[i].frames;
        p->total = frames < 0 || p->total < 0 ? -1 : p->total + frames * record_inferences(plan);
    }
    cli_progress_init(&p->line, stderr);
    p->begin_ns = weir_clock_now(plan->clock);
    int rc = 0;
    for (size_t i = 0; !rc && i < plan->clips; i++)
        if (!job->take[i].draft.clip.frames)
            rc = weir_stop_requested(&plan->stop) ? WEIR_ECANCELED : record_clip(job, i, err);
    cli_progress_clear(&p->line);
    if (rc != WEIR_ECANCELED)
        return rc;
    if (!job->kept)
        return weir_fail(err, rc, "interrupted before the first clip was done; nothing is kept");
    return weir_fail(err, rc,
                     "interrupted with %zu of %zu clips done; they are kept in %s, and the same "
                     "command goes on from there",
                     job->kept, plan->clips, job->dir);
}

static int write_table(struct job *job, bool compress, struct weir_error *err) {
    struct record_plan *plan = &job->plan;
    char(*model)[SIM_TABLE_NAME] = calloc(plan->models, sizeof *model);
    struct sim_table_draft *draft = calloc(plan->clips, sizeof *draft);
    int rc = model && draft ? record_costs(plan, job->take, plan->setting, err)
                            : weir_fail(err, WEIR_ENOMEM, "out of memory");
    struct sim_table shape = {
        .model = (const char(*)[SIM_TABLE_NAME])model,
        .class_name = (const char(*)[SIM_TABLE_NAME])plan->class_name,
        .setting = plan->setting,
        .models = (int)plan->models,
        .classes = plan->classes,
        .settings = plan->settings,
        .clips = (int)plan->clips,
    };
    snprintf(shape.machine, sizeof shape.machine, "%s", plan->machine);
    for (size_t m = 0; !rc && m < plan->models; m++)
        snprintf(model[m], SIM_TABLE_NAME, "%s", plan->model[m].name);
    for (size_t i = 0; !rc && i < plan->clips; i++)
        draft[i] = job->take[i].draft; /* stays the take's */
    if (!rc)
        rc = sim_table_write(plan->ask->out, &shape, draft, err);
    if (!rc && compress)
        rc = sim_table_compress(plan->ask->out, err);
    free(draft);
    free(model);
    return rc;
}

static int run_job(struct job *job, const struct record_ask *ask, const struct args *a,
                   struct cli_interrupt *interrupt, struct weir_error *err) {
    struct record_plan *plan = &job->plan;
    struct weir_buf out = {0};
    int rc = record_plan_open(ask, plan, err);
    if (rc)
        return rc;
    job->take = calloc(plan->clips, sizeof *job->take);
    job->dir = record_parts_dir(ask->out);
    if (!job->take || !job->dir)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    /* a place where nothing can be written is to be known before hours of work */
    rc = weir_dir_make(job->dir, err);
    if (!rc)
        rc = load_parts(job, err);
    if (rc)
        return rc;
    cli_interrupt_handle(interrupt, on_interrupt, &plan->stop);
    rc = record_clips(job, a->quiet, err);
    cli_interrupt_handle(interrupt, NULL, NULL);
    if (!rc)
        rc = write_table(job, a->compress, err);
    if (!rc)
        record_parts_remove(job->dir);
    else
        rmdir(job->dir); /* where nothing is kept in it */
    if (!rc)
        rc = record_summary(plan, job->take, ask->out, a->json, &out, err);
    if (!rc)
        rc = cli_print(&out, err);
    weir_buf_done(&out);
    return rc;
}

static int record(const struct record_ask *ask, const struct args *a, struct weir_error *err) {
    struct cli_interrupt interrupt;
    struct job *job = calloc(1, sizeof *job);
    if (!job || !(job->plan.clock = weir_clock_monotonic_new())) {
        free(job);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    weir_stop_init(&job->plan.stop, job->plan.clock);
    if (cli_interrupt_start(&interrupt, NULL, NULL)) {
        weir_clock_free(job->plan.clock);
        free(job);
        return weir_fail(err, WEIR_ENOMEM, "no thread can be started");
    }
    int rc = run_job(job, ask, a, &interrupt, err);
    cli_interrupt_end(&interrupt);
    for (size_t i = 0; job->take && i < job->plan.clips; i++)
        record_take_done(&job->take[i]);
    free(job->take);
    free(job->dir);
    record_plan_done(&job->plan);
    weir_clock_free(job->plan.clock);
    free(job);
    return rc;
}

/* ---- listing, and the command ------------------------------------------------------------ */

static int list(const char *path, bool json, struct weir_error *err) {
    struct weir_buf out = {0};
    int rc = record_list(path, json, &out, err);
    if (!rc)
        rc = cli_print(&out, err);
    weir_buf_done(&out);
    return rc;
}

static int record_command(int argc, char **argv) {
    struct record_ask ask = {0};
    struct weir_error err = {0};
    struct args a = {0};
    char **args = NULL;
    size_t len = 0;
    int code = CLI_DONE;

    if (weir_workflow_init(&ask.wf)) {
        weir_fail(&err, WEIR_ENOMEM, "out of memory");
        return cli_failed(&err);
    }
    ask.wf.set.detect.threads = 1;
    int rc = cli_parse(&cmd_record, &a, &ask.wf.set, argc, argv, &args, &len, &err);
    if (!rc && a.list && (len || a.words.models || a.words.out))
        rc = weir_fail(&err, WEIR_EINVAL, "--list FILE records nothing: leave out %s",
                       len              ? args[0]
                       : a.words.models ? "--models"
                                        : "-o");
    a.words.source = args;
    a.words.sources = len;
    if (!rc && !a.list)
        rc = record_ask_read(&a.words, &ask, &err);
    if (rc)
        code = cli_misused(&cmd_record, &err);
    else if ((rc = a.list ? list(a.list, a.json, &err) : record(&ask, &a, &err)))
        code = cli_ended(&cmd_record, rc, &err);
    record_ask_done(&ask);
    return code;
}

static const char *const settings[] = {
    "detect.conf",    "detect.nms_iou", "detect.max_boxes", "detect.classes", "detect.provider",
    "detect.threads", "detect.graph",   "source.rate_fps",  "run.max_frames", NULL,
};

const struct cli_command cmd_record = {
    .name = "record",
    .usage = "[NAME=]SOURCE... --models A,B,… -o FILE [options]\n--list FILE [--json]",
    .summary = "record what models find in labelled video, for simulations",
    .run = record_command,
    .flags = flag_rows,
    .flags_len = FLAGS,
    .settings = settings,
    .details =
        "A SOURCE is one clip: a scene (scene:seed=7,profile=far,size=640x360,fps=25,seconds=12),\n"
        "a video with NAME.coco.json beside it, as weir scene writes it, or, with --reference,\n"
        "any video or folder of images. All are of one size. A clip's name is derived from its\n"
        "source unless one is given.\n"
        "Every model sees every frame at every width as it is after reducing (none), and as it\n"
        "is after coding and decoding; one that is wider than the clip travels as it is, and is\n"
        "enlarged after that. H.264 is one stream over a clip, whose first frame is its\n"
        "only keyframe. The table has boxes and bytes of each frame, and of each setting what its\n"
        "stages took on one core: medians of processor time, since --threads is 1 unless stated.\n"
        "Boxes are kept from a model's threshold on: --conf, else that of NAME.accuracy.json\n"
        "beside the model, else its family's.\n"
        "A clip that is done is kept in FILE.part.d until the table is whole, so that after\n"
        "Ctrl-C the same command goes on.\n"
        "Where there is no FILE but FILE.xz, whoever reads the table unpacks that, once, to\n"
        "FILE.unpacked, which may be deleted at any time.\n",
};
