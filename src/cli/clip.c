/* Clips, looked into before anything is done with them. */
#include "cli/clip.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scene/scene.h"

enum { PROBE = 32 }; /* frames */

static const char scene_prefix[] = "scene:";

struct weir_eval_box cli_clip_box(const struct weir_box *box, int category) {
    const double w = (double)box->x1 - box->x0, h = (double)box->y1 - box->y0;
    return (struct weir_eval_box){
        .x = box->x0,
        .y = box->y0,
        .w = w,
        .h = h,
        .area = w * h,
        .score = box->score,
        .track_id = -1,
        .category = category,
    };
}

static int look_at_scene(struct cli_clip *clip, struct weir_error *err) {
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
static int look_at_medium(const struct weir_stage_conf *conf, struct cli_clip *clip,
                          struct weir_error *err) {
    struct cli_reader reader = {0};
    int64_t first_ns = -1, last_ns = -1;
    int rc = cli_reader_open(conf, &reader, err);
    if (!rc)
        clip->frames = reader.source->frames_total;
    else
        weir_fail_at(err, rc, "%s: ", clip->name);
    for (int i = 0; !rc && i < PROBE; i++) {
        struct weir_frame *frame = NULL;
        rc = cli_reader_next(&reader, &frame, err);
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
    cli_reader_done(&reader);
    if (rc == WEIR_EEOF && !seen)
        rc = weir_fail(err, WEIR_ECORRUPT, "%s: %s holds no picture", clip->name, clip->source);
    if (rc && rc != WEIR_EEOF)
        return rc;
    const double rate = first_ns >= 0 && last_ns > first_ns
                            ? (double)(seen - 1) * 1e9 / (double)(last_ns - first_ns)
                            : 0;
    clip->rate_fps = rate >= 0.01 && rate <= 1000 ? round(rate * 1000) / 1000
                                                  : conf->workflow->set.source.rate_fps;
    return 0;
}

int cli_clip_look(const struct weir_stage_conf *conf, struct cli_clip *clip,
                  struct weir_error *err) {
    const struct weir_stream_spec *stream = &conf->workflow->stream[conf->stream];
    const int64_t most = conf->workflow->set.run.max_frames;
    *clip = (struct cli_clip){.name = stream->name, .source = stream->source, .frames = -1};
    clip->drawn = !strncmp(clip->source, scene_prefix, strlen(scene_prefix));
    if (!clip->drawn && weir_source_is_live(clip->source))
        return weir_fail(err, WEIR_EINVAL,
                         "%s: %s is live, and does not show the same twice; store it in a file "
                         "first",
                         clip->name, clip->source);
    int rc = clip->drawn ? look_at_scene(clip, err) : look_at_medium(conf, clip, err);
    clip->most = most;
    if (!rc && most && (clip->frames < 0 || clip->frames > most))
        clip->frames = most;
    return rc;
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

static int no_truth(const struct cli_clip *clip, const char *instead, struct weir_error *err) {
    char *mot = beside(clip->source, ".mot.txt");
    const bool classless = mot && weir_file_exists(mot);
    weir_fail(err, WEIR_ENOENT,
              "%s: %s has no ground truth: there is no %s%s%s; label it, or let a model's boxes at "
              "full size be the truth with %s MODEL",
              clip->name, clip->source, clip->truth_path,
              classless ? ", and MOT text names no classes: " : "", classless ? mot : "", instead);
    free(mot);
    return WEIR_ENOENT;
}

int cli_clip_truth(struct cli_clip *clip, const char *instead, struct weir_error *err) {
    clip->truth_path = beside(clip->source, ".coco.json");
    if (!clip->truth_path)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!weir_file_exists(clip->truth_path))
        return no_truth(clip, instead, err);
    int rc = weir_dataset_load(clip->truth_path, &clip->truth, err);
    if (rc)
        return rc;
    if (clip->truth.format != WEIR_DATASET_COCO)
        return weir_fail(err, WEIR_EUNSUPPORTED,
                         "%s: is no ground truth in COCO's format but results of a run; put the "
                         "labels of %s there, or use %s MODEL",
                         clip->truth_path, clip->source, instead);
    for (size_t k = 0; k < clip->truth.categories; k++)
        if (!clip->truth.category[k].name)
            return weir_fail(err, WEIR_ECORRUPT, "%s: a category has no name; name it",
                             clip->truth_path);
    return 0;
}

/* The image whose id is the frame's number; mostly they are in order. */
static const struct weir_eval_image *image_of(const struct weir_dataset *truth, int64_t frame) {
    if (frame < (int64_t)truth->images && truth->image[frame].id == frame)
        return &truth->image[frame];
    for (size_t i = 0; i < truth->images; i++)
        if (truth->image[i].id == frame)
            return &truth->image[i];
    return NULL;
}

int cli_clip_labels(const struct cli_clip *clip, int64_t frame,
                    const struct weir_eval_image **ret_image, struct weir_error *err) {
    const struct weir_eval_image *image = image_of(&clip->truth, frame);
    if (!image)
        return weir_fail(err, WEIR_ECORRUPT,
                         "%s: frame %lld has no image of that id; label every frame (from 0), or "
                         "stop before with --max-frames",
                         clip->truth_path, (long long)frame);
    *ret_image = image;
    return 0;
}

void cli_clip_done(struct cli_clip *clip) {
    free(clip->truth_path);
    weir_dataset_done(&clip->truth);
    *clip = (struct cli_clip){0};
}
