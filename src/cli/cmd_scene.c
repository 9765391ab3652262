/*
 * weir scene: draws a street scene into a video file, with its ground truth
 * beside it, or one frame of it as a picture. Three files appear together or not
 * at all: each is first written out under its temporary name, then all are renamed.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/scene_conf.h"
#include "cli/scene_labels.h"
#include "pipeline/pipeline.h"
#include "scene/scene.h"

struct args {
    const char *key[7]; /* in the order of keys[] */
    const char *out, *picture, *at;
    bool quiet;
};

/* Of a scene's description; a flag each. */
static const char *const keys[] = {"seed",    "seconds", "size",    "fps",
                                   "profile", "heavy",   "cyclists"};
enum { KEYS = sizeof keys / sizeof *keys };

static const struct cli_flag flag_rows[] = {
    {"--seed", "N", "which street, weather and passers-by: a whole number from 0 [7]",
     CLI_AT(key[0])},
    {"--seconds", "S", "length, up to 86400 [60]", CLI_AT(key[1])},
    {"--size", "WxH", "of the picture, even numbers, 160x90 to 3840x2160 [1280x720]",
     CLI_AT(key[2])},
    {"--fps", "N", "frames per second, 0.01 to 120 [25]", CLI_AT(key[3])},
    {"--profile", "WORD", "how busy it is (calm|rush|mixed|far|empty) [mixed]", CLI_AT(key[4])},
    {"--heavy", "SHARE", "of buses and trucks among the traffic of main roads, 0 to 1 [0.16]",
     CLI_AT(key[5])},
    {"--cyclists", "N", "times as many as the profile has, 0 to 10 [1]", CLI_AT(key[6])},
    {"-o", "FILE", "the video to write: .mp4, .mkv, or .y4m for plain pictures", CLI_AT(out)},
    {"--picture", "FILE", "write a single frame as PNG, and no video", CLI_AT(picture)},
    {"--at", "S", "the time of that frame in the scene, in seconds [0]", CLI_AT(at)},
    {"--quiet", NULL, "show no progress", CLI_AT(quiet)},
};
enum { FLAGS = sizeof flag_rows / sizeof *flag_rows };

/* ---- what is asked for --------------------------------------------------- */

static int read_at(const struct args *a, const struct weir_scene_conf *conf, double *ret_s,
                   struct weir_error *err) {
    char *end = NULL;
    *ret_s = a->at ? strtod(a->at, &end) : 0;
    if (a->at && (end == a->at || *end || !(*ret_s >= 0 && *ret_s < conf->seconds)))
        return weir_fail(err, WEIR_EINVAL,
                         "--at: found '%s'; allowed: from 0 to below %g, the length of the scene",
                         a->at, conf->seconds);
    return 0;
}

static int check(const struct args *a, char **args, size_t len, struct weir_error *err) {
    if (len)
        return weir_fail(err, WEIR_EINVAL, "takes no arguments, found '%s'", args[0]);
    if (!a->out == !a->picture)
        return weir_fail(err, WEIR_EINVAL, "give one of -o FILE and --picture FILE");
    if (a->at && !a->picture)
        return weir_fail(err, WEIR_EINVAL, "--at belongs to --picture");
    if (a->out && !weir_video_is_file(a->out))
        return weir_fail(err, WEIR_EINVAL,
                         "-o: found '%s'; allowed: a file that ends in .mp4, .mkv or .y4m", a->out);
    return 0;
}

/* ---- a picture ----------------------------------------------------------- */

static int write_picture(const char *path, const struct weir_scene_conf *conf, double at_s,
                         struct weir_error *err) {
    struct weir_scene *scene = NULL;
    struct weir_image *image = NULL;
    struct weir_truth truth = {0};
    int rc = weir_scene_new(conf, &scene, err);
    if (rc)
        return rc;
    int64_t number = (int64_t)(at_s * conf->fps + 1e-6), last = weir_scene_frames(scene) - 1;
    weir_scene_skip(scene, number < last ? number : last);
    rc = weir_scene_next(scene, &image, &truth, err);
    if (!rc)
        rc = weir_image_save(path, image, err);
    if (!rc)
        printf("%s: %s\n", path, weir_scene_about(scene));
    weir_image_unref(&image);
    weir_truth_done(&truth);
    weir_scene_free(scene);
    return rc;
}

/* ---- a video ------------------------------------------------------------- */

struct job {
    const struct weir_scene_conf *conf;
    const char *path;
    bool quiet;
    struct weir_stop stop;
    struct weir_clock *clock;
    struct weir_scene *scene;
    struct weir_video *video;
    struct cli_scene_labels labels;
};

static void on_interrupt(void *arg) {
    weir_stop_request(arg);
}

/* Everything that can be wrong before a frame is drawn. */
static int open_job(struct job *job, const struct weir_settings *set, struct weir_error *err) {
    const struct weir_scene_conf *conf = job->conf;
    struct weir_video_conf video = {
        .encoder = set->annotate.encoder ? set->annotate.encoder : "auto",
        .quality = set->annotate.quality,
        .rate_fps = conf->fps,
    };
    struct weir_labels *labels = weir_scene_labels();
    int rc = labels ? weir_video_new(job->path, &video, &job->video, err)
                    : weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc)
        rc = cli_scene_labels_open(&job->labels, job->path, labels, conf->width, conf->height, err);
    weir_labels_unref(&labels);
    if (!rc)
        rc = weir_video_begin(job->video, conf->width, conf->height, WEIR_MATRIX_BT709, err);
    if (!rc)
        rc = weir_scene_new(conf, &job->scene, err);
    return rc ? rc : cli_scene_labels_begin(&job->labels, weir_scene_about(job->scene), err);
}

static void show(struct cli_progress *progress, int64_t now, int64_t begin, int64_t done,
                 int64_t total) {
    struct weir_buf line = {0};
    double elapsed_s = (double)(now - begin) / (double)WEIR_NS_PER_S;
    cli_progress_count(&line, done, total, "frames", elapsed_s);
    weir_buf_printf(&line, "  %.1f fps", elapsed_s > 0 ? (double)done / elapsed_s : 0);
    cli_progress_show(progress, now, weir_buf_str(&line));
    weir_buf_done(&line);
}

static int draw_frame(struct job *job, int64_t number, struct weir_truth *truth,
                      struct weir_error *err) {
    struct weir_image *image = NULL;
    int rc = weir_scene_next(job->scene, &image, truth, err);
    if (!rc)
        rc = weir_video_picture(job->video, image, llround((double)number * 1e9 / job->conf->fps),
                                err);
    weir_image_unref(&image);
    return rc ? rc : cli_scene_labels_add(&job->labels, truth, err);
}

static int draw_frames(struct job *job, struct weir_error *err) {
    const int64_t total = weir_scene_frames(job->scene), begin = weir_clock_now(job->clock);
    struct cli_progress progress;
    struct weir_truth truth = {0};
    int rc = 0;
    cli_progress_init(&progress, stderr);
    for (int64_t i = 0; !rc && i < total; i++) {
        int64_t now = weir_clock_now(job->clock);
        if (weir_stop_requested(&job->stop))
            rc = weir_fail(err, WEIR_ECANCELED,
                           "interrupted after %lld of %lld frames; %s is not written", (long long)i,
                           (long long)total, job->path);
        else
            rc = draw_frame(job, i, &truth, err);
        if (!rc && !job->quiet && cli_progress_due(&progress, now))
            show(&progress, now, begin, i + 1, total);
    }
    cli_progress_clear(&progress);
    weir_truth_done(&truth);
    return rc;
}

static int finish_job(struct job *job, struct weir_error *err) {
    int rc = weir_video_seal(job->video, err);
    if (!rc)
        rc = cli_scene_labels_seal(&job->labels, err);
    if (!rc)
        rc = cli_scene_labels_commit(&job->labels, err);
    if (!rc)
        rc = weir_video_finish(job->video, err);
    if (!rc)
        printf("%s: %s; %lld frames, %lld objects labelled in %s.coco.json and %s.mot.txt\n",
               job->path, weir_scene_about(job->scene), (long long)job->labels.frames,
               (long long)job->labels.objects, job->labels.name, job->labels.name);
    return rc;
}

static int write_video(const char *path, const struct weir_scene_conf *conf,
                       const struct weir_settings *set, bool quiet, struct weir_error *err) {
    struct job job = {.conf = conf, .path = path, .quiet = quiet};
    struct cli_interrupt interrupt;
    job.clock = weir_clock_monotonic_new();
    if (!job.clock)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    weir_stop_init(&job.stop, job.clock);
    if (cli_interrupt_start(&interrupt, on_interrupt, &job.stop)) {
        weir_clock_free(job.clock);
        return weir_fail(err, WEIR_ENOMEM, "no thread can be started");
    }
    int rc = open_job(&job, set, err);
    if (!rc)
        rc = draw_frames(&job, err);
    if (!rc)
        rc = finish_job(&job, err);
    cli_scene_labels_done(&job.labels);
    weir_video_free(job.video);
    weir_scene_free(job.scene);
    cli_interrupt_end(&interrupt);
    weir_clock_free(job.clock);
    return rc;
}

/* ---- the command --------------------------------------------------------- */

static int scene_command(int argc, char **argv) {
    struct weir_scene_conf conf;
    struct weir_workflow wf;
    struct weir_error err = {0};
    struct args a = {0};
    double at_s = 0;
    char **args;
    size_t len;
    int code = CLI_DONE;

    if (weir_workflow_init(&wf)) {
        weir_fail(&err, WEIR_ENOMEM, "out of memory");
        return cli_failed(&err);
    }
    if (cli_parse(&cmd_scene, &a, &wf.set, argc, argv, &args, &len, &err) ||
        check(&a, args, len, &err) || cli_scene_conf(keys, a.key, KEYS, &conf, &err) ||
        read_at(&a, &conf, &at_s, &err))
        code = cli_misused(&cmd_scene, &err);
    else if (a.picture ? write_picture(a.picture, &conf, at_s, &err)
                       : write_video(a.out, &conf, &wf.set, a.quiet, &err))
        code = cli_failed(&err);
    else if (fflush(stdout))
        code = CLI_FAILED;
    weir_workflow_done(&wf);
    return code;
}

static const char *const settings[] = {"annotate", NULL};

const struct cli_command cmd_scene = {
    .name = "scene",
    .usage = "-o FILE [options]\n--picture FILE.png [--at S] [options]",
    .summary = "draw a street scene with ground truth",
    .run = scene_command,
    .flags = flag_rows,
    .flags_len = FLAGS,
    .settings = settings,
    .details =
        "Writes a generated video of a street: people, bicycles, cars, buses and trucks, by day\n"
        "and night, in any weather. The same seed and size give the same street. Beside "
        "street.mp4\n"
        "lie street.coco.json and street.mot.txt, which say what is in each frame, and how much "
        "of\n"
        "it is visible, for weir eval. The files appear together when they are whole.\n"
        "As a source without a file: weir run scene:seed=7,profile=rush.\n",
};
