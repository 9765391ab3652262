/* Models over generated scenes at several input sizes, for `weir eval scenes`. */
#ifndef WEIR_CLI_EVAL_SCENES_H
#define WEIR_CLI_EVAL_SCENES_H

#include "base/base.h"
#include "eval/eval.h"
#include "pipeline/pipeline.h"
#include "scene/scene.h"

struct cli_interrupt;

struct cli_eval_scenes {
    const struct weir_settings *set; /* borrowed, as all pointers here */
    const struct weir_strings *models; /* paths or names */
    const uint64_t *seed;
    size_t seeds;
    struct weir_scene_conf scene; /* but for the seed */
    const int *width; /* of the model's input; the height follows the picture's aspect */
    size_t widths;
    struct weir_eval_limits limits;
    bool quiet; /* no progress */
    struct cli_interrupt *interrupt; /* started before this is called */
};

/* A model at one size of input. */
struct cli_scenes_row {
    size_t model; /* index into scenes->model */
    struct weir_model *handle;
    struct weir_size size;
    struct weir_dataset found; /* categories are the scene's */
    int64_t *ns; /* per frame, pre- and post-processing included */
    size_t frames; /* done */
    struct weir_coco_ap ap;
    struct weir_f1 f1; /* at the model's conf */
    double ms; /* median */
};

struct cli_scenes_model {
    char *path, *name; /* name: of the file, without ".onnx" */
    int *category; /* of the scene, by class of the model; -1: it has no such class */
    bool *has; /* by category of the scene */
    bool fixed; /* a graph of one size: the widths do not apply */
    double conf; /* the one threshold of the highest F1 over all its sizes */
    struct weir_profile profile;
};

struct cli_scenes {
    struct weir_dataset truth;
    struct cli_scenes_model *model;
    size_t models;
    struct cli_scenes_row *row; /* by model, then by width */
    size_t rows;
    int64_t wanted, done; /* inferences */
};

/*
 * Draws every scene once and runs every model at every size on each frame. Blocks. Ctrl-C
 * ends it early: done < wanted, and each row tells of the frames that it saw. To be given
 * to cli_scenes_done on failure, too. Errors of weir_model_find, weir_model_open and
 * weir_scene_new; EMODEL: a model has none of the scene's classes; ENOMEM.
 */
int cli_eval_scenes(const struct cli_eval_scenes *job, struct cli_scenes *ret,
                    struct weir_error *err);
void cli_scenes_done(struct cli_scenes *scenes);

#endif
