/*
 * weir eval scenes: models on generated scenes. Reads what is asked for, lets
 * eval_scenes run it, prints a row a model and input size, and writes how well
 * each model sees objects of which height.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/eval_limits.h"
#include "cli/eval_scenes.h"
#include "cli/interrupt.h"
#include "cli/lists.h"
#include "cli/scene_conf.h"

enum { SEEDS_MAX = 10000, WIDTHS_MAX = 64 };

struct args {
    const char *key[4]; /* in the order of keys[] */
    const char *models, *seeds, *widths, *height, *visibility, *profile_out;
    bool json, quiet;
};

/* Of a scene's description; a flag each. */
static const char *const keys[] = {"profile", "size", "fps", "seconds"};
enum { KEYS = sizeof keys / sizeof *keys, KEY_FPS = 2 };

static const struct cli_flag flag_rows[] = {
    {"--profile", "WORD", "of the scenes (calm|rush|mixed|far|empty) [mixed]", CLI_AT(key[0])},
    {"--size", "WxH", "of the scenes' pictures [1280x720]", CLI_AT(key[1])},
    {"--fps", "N", "pictures a second of scene [1]", CLI_AT(key[2])},
    {"--seconds", "S", "length of each scene [60]", CLI_AT(key[3])},
    {"--models", "A,B,…", "names or paths of the models", CLI_AT(models)},
    {"--seeds", "A-B,C,…", "the scenes [0-9]", CLI_AT(seeds)},
    {"--widths", "A,B,…",
     "of the model's input; its height follows the picture "
     "[160,224,320,416,512,640,960,1280]",
     CLI_AT(widths)},
    {"--min-height", "PX", "ignore truth and false alarms that are lower, in the picture [12]",
     CLI_AT(height)},
    {"--min-visibility", "V", "ignore truth of which less is to be seen, 0 to 1 [0.35]",
     CLI_AT(visibility)},
    {"--profile-out", "DIR", "write NAME.accuracy.json for each model into this folder",
     CLI_AT(profile_out)},
    {"--json", NULL, "print the numbers as JSON", CLI_AT(json)},
    {"--quiet", NULL, "show no progress", CLI_AT(quiet)},
};
enum { FLAGS = sizeof flag_rows / sizeof *flag_rows };

/* ---- what is asked for --------------------------------------------------- */

/* All that the lists of the command line hold. */
struct asked {
    struct cli_eval_scenes scenes;
    struct cli_accuracy_job job;
    struct cli_words models;
    uint64_t seed[SEEDS_MAX];
    int width[WIDTHS_MAX];
};

static const char *read_whole(const char *text, int64_t *ret) {
    char *end;
    if (*text < '0' || *text > '9')
        return NULL;
    *ret = strtoll(text, &end, 10);
    return end;
}

/* "0-9,12" */
static int read_seeds(const char *text, struct asked *asked, struct weir_error *err) {
    const char *at = text;
    while (at) {
        int64_t from = 0, to;
        at = read_whole(at, &from);
        to = from;
        if (at && *at == '-')
            at = read_whole(at + 1, &to);
        if (!at || (*at && *at != ',') || to < from || to == INT64_MAX ||
            (uint64_t)(to - from) >= SEEDS_MAX - asked->scenes.seeds) {
            at = NULL;
            break;
        }
        for (int64_t s = from; s <= to; s++)
            asked->seed[asked->scenes.seeds++] = (uint64_t)s;
        if (!*at)
            return 0;
        at++;
    }
    return weir_fail(err, WEIR_EINVAL,
                     "--seeds: found '%s'; allowed: whole numbers from 0 and ranges such as 0-9, "
                     "with commas between, at most %d in all",
                     text, SEEDS_MAX);
}

static int read_asked(const struct args *a, const struct weir_settings *set, struct asked *asked,
                      struct weir_error *err) {
    asked->scenes.seed = asked->seed;
    asked->job = (struct cli_accuracy_job){
        .set = set,
        .models = &asked->models.list,
        .width = asked->width,
        .limits = {.min_height = 12, .min_visibility = 0.35},
        .conf = -1,
        .quiet = a->quiet,
    };
    int rc = a->models ? cli_models(a->models, CLI_ACCURACY_MODELS_MAX, &asked->models, err)
                       : weir_fail(err, WEIR_EINVAL, "scenes needs --models A,B,…");
    if (!rc)
        rc = read_seeds(a->seeds ? a->seeds : "0-9", asked, err);
    if (!rc)
        rc = cli_wholes("--widths", a->widths ? a->widths : "160,224,320,416,512,640,960,1280", 32,
                        8192, WIDTHS_MAX, asked->width, &asked->job.widths, err);
    if (!rc)
        rc = cli_scene_conf(keys, a->key, KEYS, &asked->scenes.scene, err);
    if (!rc)
        rc = cli_eval_limits(a->height, a->visibility, &asked->job.limits, err);
    if (!rc)
        cli_eval_scenes_frames(&asked->scenes, &asked->job);
    return rc;
}

/* ---- printing ------------------------------------------------------------ */

static void write_context(const struct asked *asked, struct weir_json *json) {
    const struct cli_eval_scenes *scenes = &asked->scenes;
    char size[32];
    snprintf(size, sizeof size, "%dx%d", scenes->scene.width, scenes->scene.height);
    weir_json_key_str(json, "profile", weir_scene_profile_name(scenes->scene.profile));
    weir_json_key_str(json, "size", size);
    weir_json_key_num(json, "fps", scenes->scene.fps, 6);
    weir_json_key_num(json, "seconds", scenes->scene.seconds, 6);
    weir_json_key(json, "seeds");
    weir_json_array(json);
    for (size_t i = 0; i < scenes->seeds; i++)
        weir_json_int(json, (int64_t)scenes->seed[i]);
    weir_json_end_array(json);
    weir_json_key_num(json, "min_height", asked->job.limits.min_height, 6);
    weir_json_key_num(json, "min_visibility", asked->job.limits.min_visibility, 6);
}

static void write_json(const struct asked *asked, const struct cli_accuracy *a,
                       struct weir_buf *out) {
    struct weir_json json;
    weir_json_init(&json, out);
    weir_json_object(&json);
    weir_json_key_bool(&json, "complete", a->done == a->wanted);
    write_context(asked, &json);
    cli_accuracy_json(a, &json);
    weir_json_end_object(&json);
    weir_buf_putc(out, '\n');
}

static int write_profile(const struct asked *asked, const struct cli_accuracy *a, size_t m,
                         const char *dir, struct weir_error *err) {
    struct weir_buf text = {0}, file = {0};
    struct weir_json json;
    weir_buf_printf(&file, "%s.accuracy.json", a->model[m].name);
    char *path = weir_path_join(dir, weir_buf_str(&file));
    weir_json_init(&json, &text);
    weir_json_object(&json);
    cli_accuracy_file_head(a, m, &json);
    weir_json_key(&json, "scenes");
    weir_json_object(&json);
    write_context(asked, &json);
    weir_json_end_object(&json);
    cli_accuracy_file_counts(a, m, &json);
    weir_json_end_object(&json);
    weir_buf_putc(&text, '\n');
    int rc = !path || text.failed || file.failed
                 ? weir_fail(err, WEIR_ENOMEM, "out of memory")
                 : weir_file_write_all(path, text.data, text.len, err);
    free(path);
    weir_buf_done(&file);
    weir_buf_done(&text);
    return rc;
}

/* ---- the command --------------------------------------------------------- */

static int report(const struct asked *asked, const struct cli_accuracy *seen, const struct args *a,
                  struct weir_error *err) {
    const bool complete = seen->done == seen->wanted;
    struct weir_buf out = {0};
    cli_accuracy_tell(seen);
    if (a->json)
        write_json(asked, seen, &out);
    else
        cli_accuracy_table(seen, &out);
    int rc = cli_print(&out, err);
    weir_buf_done(&out);
    if (!rc && !complete)
        return weir_fail(err, WEIR_ECANCELED,
                         "interrupted after %lld of %lld inferences: the numbers are of what was "
                         "seen%s",
                         (long long)seen->done, (long long)seen->wanted,
                         a->profile_out ? ", and no profile is written" : "");
    for (size_t m = 0; !rc && a->profile_out && m < seen->models; m++)
        rc = write_profile(asked, seen, m, a->profile_out, err);
    return rc;
}

static int run_scenes(struct asked *asked, const struct args *a, struct weir_error *err) {
    struct cli_interrupt interrupt;
    struct cli_accuracy seen;
    /* a folder that cannot be made is to be known before hours of work */
    int rc = a->profile_out ? weir_dir_make(a->profile_out, err) : 0;
    if (rc)
        return rc;
    if (cli_interrupt_start(&interrupt, NULL, NULL))
        return weir_fail(err, WEIR_ENOMEM, "no thread can be started");
    asked->job.interrupt = &interrupt;
    rc = cli_accuracy_init(&seen, &asked->job, err);
    if (!rc)
        rc = cli_eval_scenes(&asked->scenes, &seen, err);
    if (!rc)
        rc = report(asked, &seen, a, err);
    cli_interrupt_end(&interrupt);
    cli_accuracy_done(&seen);
    return rc;
}

static int scenes_command(int argc, char **argv) {
    struct weir_workflow wf;
    struct weir_error err = {0};
    struct args a = {.key = {[KEY_FPS] = "1"}};
    struct asked *asked = calloc(1, sizeof *asked);
    char **args;
    size_t len;
    int code = CLI_DONE;

    if (!asked || weir_workflow_init(&wf)) {
        free(asked);
        weir_fail(&err, WEIR_ENOMEM, "out of memory");
        return cli_failed(&err);
    }
    wf.set.detect.conf = cli_accuracy_least_conf;
    wf.set.detect.max_boxes = CLI_ACCURACY_BOXES;
    int rc = cli_parse(&cmd_eval_scenes, &a, &wf.set, argc, argv, &args, &len, &err);
    if (!rc && len)
        rc = weir_fail(&err, WEIR_EINVAL, "takes no arguments, found '%s'", args[0]);
    if (!rc)
        rc = read_asked(&a, &wf.set, asked, &err);
    if (rc)
        code = cli_misused(&cmd_eval_scenes, &err);
    else if (run_scenes(asked, &a, &err))
        code = cli_failed(&err);
    cli_words_done(&asked->models);
    free(asked);
    weir_workflow_done(&wf);
    return code;
}

static const char *const settings[] = {
    "detect.conf",    "detect.nms_iou",  "detect.max_boxes", "detect.provider",
    "detect.threads", "detect.spinning", "detect.graph",     NULL,
};

const struct cli_command cmd_eval_scenes = {
    .name = "eval scenes",
    .usage = "--models A,B,… [options]",
    .summary = "measure models on generated scenes, by input size",
    .run = scenes_command,
    .flags = flag_rows,
    .flags_len = FLAGS,
    .settings = settings,
    .details =
        "Runs each model at each width on every frame of the scenes, and prints AP and AP50 as\n"
        "COCO defines them, F1 at IoU 0.5 and the one threshold that is best for the model over\n"
        "all its widths, and the median time of a detection, pre- and post-processing included.\n"
        "--conf is 0.01 and --max-boxes 300 unless stated. Classes go by name; those that a model\n"
        "lacks are left out of its truth. Truth below --min-height and --min-visibility is\n"
        "ignored as in weir eval coco.\n"
        "The profile of a model says, by the height of objects in pixels of its input, how likely\n"
        "one is found and how many false alarms a picture has, pooled over the widths.\n"
        "Ctrl-C prints the numbers of what was seen so far, and writes no profile.\n",
};
