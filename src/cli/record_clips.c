/*
 * The clips, looked into before anything is recorded: their size, which is to be one, how long
 * they are, and where their truth comes from.
 */
#include <stdlib.h>

#include "cli/record.h"

enum { SIDE_MAX = 8191 }; /* pixels that a table's boxes can tell */

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

/* ---- truth ------------------------------------------------------------------- */

static int load_truth(struct record_plan *plan, struct cli_clip *clip, struct weir_error *err) {
    int rc = cli_clip_truth(clip, "--reference", err);
    for (size_t k = 0; !rc && k < clip->truth.categories; k++) {
        int class_id = -1;
        rc = record_class(plan, clip->truth.category[k].name, true, &class_id, err);
        if (!rc && class_id >= 0)
            plan->labelled[class_id] = true;
    }
    return rc;
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

static int fits_first(const struct cli_clip *clip, const struct cli_clip *first,
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
    struct cli_clip *clip = &plan->clip[index];
    struct weir_stage_conf conf = record_stage_conf(plan, index);
    int rc = cli_clip_look(&conf, clip, err);
    if (!rc)
        rc = fits_first(clip, plan->clip, err);
    if (!rc && !plan->ask->reference)
        rc = clip->drawn ? scene_classes(plan, err) : load_truth(plan, clip, err);
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
    for (size_t i = 0; i < plan->clips; i++)
        cli_clip_done(&plan->clip[i]);
    free(plan->clip);
    plan->clip = NULL;
    plan->clips = 0;
}
