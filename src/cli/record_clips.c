/*
 * The clips, looked into before anything is recorded: their size, which is to be one, how long
 * they are, and where their truth comes from.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/record.h"

enum { PROBE = 32, SIDE_MAX = 8191 }; /* frames; pixels that a table's boxes can tell */

static const char scene_prefix[] = "scene:";

struct weir_stage_conf record_stage_conf(struct record_plan *plan, size_t clip) {
    return (struct weir_stage_conf){.workflow = &plan->ask->wf,
                                    .stream = (int)clip,
                                    .sink = -1,
                                    .clock = plan->clock,
                                    .stop = &plan->stop};
}

struct weir_stage_conf record_timed_conf(struct record_plan *plan, size_t clip) {
    struct weir_stage_conf conf = record_stage_conf(plan, clip);
    conf.clock = plan->watch;
    return conf;
}

static int look_at_scene(struct record_clip *clip, struct weir_error *err) {
    struct weir_scene_conf conf;
    int rc = weir_scene_parse(clip->source + strlen(scene_prefix), &conf, err);
    if (rc)
        return weir_fail_at(err, rc, "%s: ", clip->name);
    clip->width = conf.width;
    clip->height = conf.height;
    clip->rate_fps = conf.fps;
    clip->frames = llround(conf.seconds * conf.fps);
    if (clip->frames < 1)
        clip->frames = 1;
    return 0;
}

/* The first frames of a medium tell its size and rate. */
static int look_at_medium(struct record_plan *plan, size_t index, struct weir_error *err) {
    struct record_clip *clip = &plan->clip[index];
    struct weir_stage_conf conf = record_stage_conf(plan, index);
    struct record_reader reader = {0};
    int64_t first_ns = -1, last_ns = -1;
    int rc = record_reader_open(&conf, &reader, err);
    if (!rc)
        clip->frames = reader.source->frames_total;
    else
        weir_fail_at(err, rc, "%s: ", clip->name);
    for (int i = 0; !rc && i < PROBE; i++) {
        struct weir_frame *frame = NULL;
        rc = record_reader_next(&reader, &frame, err);
        if (rc)
            break;
        if (!i) {
            clip->width = frame->image->width;
            clip->height = frame->image->height;
            first_ns = frame->media_ns;
        }
        last_ns = frame->media_ns;
        weir_frame_free(frame);
    }
    const int64_t seen = reader.frames;
    record_reader_done(&reader);
    if (rc == WEIR_EEOF && !seen)
        rc = weir_fail(err, WEIR_ECORRUPT, "%s: %s holds no picture", clip->name, clip->source);
    if (rc && rc != WEIR_EEOF)
        return rc;
    const double rate = first_ns >= 0 && last_ns > first_ns
                            ? (double)(seen - 1) * 1e9 / (double)(last_ns - first_ns)
                            : 0;
    clip->rate_fps = rate >= 0.01 && rate <= 1000 ? round(rate * 1000) / 1000
                                                  : plan->ask->wf.set.source.rate_fps;
    return 0;
}

/* ---- truth ------------------------------------------------------------------- */

/* "a/yard.mp4" with ".coco.json": "a/yard.coco.json"; heap, NULL: no memory. */
static char *beside(const char *source, const char *suffix) {
    if (!strncmp(source, "file:", 5))
        source += strncmp(source, "file://", 7) ? 5 : 7;
    size_t len = strlen(source);
    while (len > 1 && source[len - 1] == '/')
        len--;
    size_t stem = len;
    while (stem && source[stem - 1] != '.' && source[stem - 1] != '/')
        stem--;
    stem = stem > 1 && source[stem - 1] == '.' && source[stem - 2] != '/' ? stem - 1 : len;
    struct weir_buf path = {0};
    weir_buf_printf(&path, "%.*s%s", (int)stem, source, suffix);
    if (path.failed)
        weir_buf_done(&path);
    return path.data;
}

static int no_truth(const struct record_clip *clip, struct weir_error *err) {
    char *mot = beside(clip->source, ".mot.txt");
    const bool classless = mot && weir_file_exists(mot);
    weir_fail(err, WEIR_ENOENT,
              "%s: %s has no ground truth: there is no %s%s%s; label it, or let a model's boxes at "
              "full size be the truth with --reference MODEL",
              clip->name, clip->source, clip->truth_path,
              classless ? ", and MOT text names no classes: " : "", classless ? mot : "");
    free(mot);
    return WEIR_ENOENT;
}

static int load_truth(struct record_plan *plan, struct record_clip *clip, struct weir_error *err) {
    clip->truth_path = beside(clip->source, ".coco.json");
    if (!clip->truth_path)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!weir_file_exists(clip->truth_path))
        return no_truth(clip, err);
    int rc = weir_dataset_load(clip->truth_path, &clip->truth, err);
    if (rc)
        return rc;
    if (clip->truth.format != WEIR_DATASET_COCO)
        return weir_fail(err, WEIR_EUNSUPPORTED,
                         "%s: is no ground truth in COCO's format but results of a run; put the "
                         "labels of %s there, or use --reference MODEL",
                         clip->truth_path, clip->source);
    for (size_t k = 0; k < clip->truth.categories; k++) {
        int class_id;
        if (!clip->truth.category[k].name)
            return weir_fail(err, WEIR_ECORRUPT, "%s: a category has no name; name it",
                             clip->truth_path);
        rc = record_class(plan, clip->truth.category[k].name, true, &class_id, err);
        if (rc)
            return rc;
        if (class_id >= 0)
            plan->labelled[class_id] = true;
    }
    return 0;
}

static int scene_classes(struct record_plan *plan, struct weir_error *err) {
    struct weir_labels *labels = weir_scene_labels();
    int rc = labels ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t k = 0; !rc && k < labels->len; k++) {
        int class_id = -1;
        rc = record_class(plan, labels->name[k], true, &class_id, err);
        if (!rc && class_id >= 0)
            plan->labelled[class_id] = true;
    }
    weir_labels_unref(&labels);
    return rc;
}

/* ---- all of them --------------------------------------------------------------- */

static int fits_first(const struct record_clip *clip, const struct record_clip *first,
                      struct weir_error *err) {
    if (clip->width > SIDE_MAX || clip->height > SIDE_MAX || clip->width < 32 || clip->height < 32)
        return weir_fail(err, WEIR_ERANGE, "%s: its pictures are %dx%d; allowed: 32x32 to %dx%d",
                         clip->name, clip->width, clip->height, SIDE_MAX, SIDE_MAX);
    if (clip->width == first->width && clip->height == first->height)
        return 0;
    return weir_fail(err, WEIR_EINVAL,
                     "%s is %dx%d, but %s is %dx%d; a table's clips are of one size: record them "
                     "into tables of their own, or resize the video",
                     clip->name, clip->width, clip->height, first->name, first->width,
                     first->height);
}

static int open_clip(struct record_plan *plan, size_t index, struct weir_error *err) {
    const struct weir_stream_spec *stream = &plan->ask->wf.stream[index];
    const int64_t most = plan->ask->wf.set.run.max_frames;
    struct record_clip *clip = &plan->clip[index];
    *clip = (struct record_clip){.name = stream->name, .source = stream->source, .frames = -1};
    clip->drawn = !strncmp(clip->source, scene_prefix, strlen(scene_prefix));
    if (!clip->drawn && weir_source_is_live(clip->source))
        return weir_fail(
            err, WEIR_EINVAL,
            "%s: %s is live, and cannot be recorded twice the same; store it in a file "
            "first",
            clip->name, clip->source);
    int rc = clip->drawn ? look_at_scene(clip, err) : look_at_medium(plan, index, err);
    if (!rc)
        rc = fits_first(clip, plan->clip, err);
    if (!rc && !plan->ask->reference)
        rc = clip->drawn ? scene_classes(plan, err) : load_truth(plan, clip, err);
    if (most && (clip->frames < 0 || clip->frames > most))
        clip->frames = most;
    return rc;
}

int record_clips_open(struct record_plan *plan, struct weir_error *err) {
    const size_t clips = plan->ask->wf.stream_len;
    plan->clip = calloc(clips, sizeof *plan->clip);
    if (!plan->clip)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    int rc = 0;
    for (size_t i = 0; !rc && i < clips; i++) {
        plan->clips++;
        rc = open_clip(plan, i, err);
    }
    return rc;
}

void record_clips_done(struct record_plan *plan) {
    for (size_t i = 0; i < plan->clips; i++) {
        free(plan->clip[i].truth_path);
        weir_dataset_done(&plan->clip[i].truth);
    }
    free(plan->clip);
    plan->clip = NULL;
    plan->clips = 0;
}
