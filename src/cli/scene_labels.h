/*
 * The ground truth of a video that `weir scene` writes, beside it in two files:
 * NAME.coco.json (COCO's annotations; an image is a frame, its id the frame's
 * number from 0) and NAME.mot.txt (MOT Challenge's ground truth, frames and
 * coordinates from 1). Both number classes as the coco sink does. They appear
 * when they are whole. One thread.
 */
#ifndef WEIR_CLI_SCENE_LABELS_H
#define WEIR_CLI_SCENE_LABELS_H

#include "base/base.h"
#include "media/media.h"

struct cli_scene_labels {
    struct weir_file *coco, *mot;
    struct weir_buf text; /* of the file that is being appended to */
    const char *name; /* of the video, without folder and extension; inside stem */
    char *stem;
    struct weir_labels *labels;
    int width, height;
    int64_t frames, objects;
};

/* Creates both temporaries beside video. labels is referenced. As weir_file_create. */
int cli_scene_labels_open(struct cli_scene_labels *l, const char *video, struct weir_labels *labels,
                          int width, int height, struct weir_error *err);
/* about: a line on the whole. Before the first frame. EIO, ENOSPC, ENOMEM. */
int cli_scene_labels_begin(struct cli_scene_labels *l, const char *about, struct weir_error *err);
/* The next frame. EIO, ENOSPC, ENOMEM. */
int cli_scene_labels_add(struct cli_scene_labels *l, const struct weir_truth *truth,
                         struct weir_error *err);
/* Writes all that is left; commit then only renames. EIO, ENOSPC, ENOMEM. */
int cli_scene_labels_seal(struct cli_scene_labels *l, struct weir_error *err);
int cli_scene_labels_commit(struct cli_scene_labels *l, struct weir_error *err);
/* Leaves nothing of what was not committed. Accepts zeroes. */
void cli_scene_labels_done(struct cli_scene_labels *l);

#endif
