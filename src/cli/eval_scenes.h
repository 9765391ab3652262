/* Models over generated scenes at several input sizes, for `weir eval scenes`. */
#ifndef WEIR_CLI_EVAL_SCENES_H
#define WEIR_CLI_EVAL_SCENES_H

#include "cli/accuracy.h"
#include "scene/scene.h"

struct cli_eval_scenes {
    const uint64_t *seed; /* borrowed */
    size_t seeds;
    struct weir_scene_conf scene; /* but for the seed */
};

/* Size and number of the pictures that come, into the job. */
void cli_eval_scenes_frames(const struct cli_eval_scenes *scenes, struct cli_accuracy_job *ret);

/*
 * Draws every scene once and runs every model at every size on each frame; a was given to
 * cli_accuracy_init. Blocks. Ctrl-C ends it early: done < wanted, and each row tells of the frames
 * that it saw. Errors of cli_accuracy_open, cli_accuracy_push and weir_scene_new.
 */
int cli_eval_scenes(const struct cli_eval_scenes *scenes, struct cli_accuracy *a,
                    struct weir_error *err);

#endif
