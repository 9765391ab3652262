/* A model over the images that annotations name, for `weir eval coco --model`. */
#ifndef WEIR_CLI_EVAL_IMAGES_H
#define WEIR_CLI_EVAL_IMAGES_H

#include "base/base.h"
#include "eval/eval.h"
#include "pipeline/pipeline.h"

struct cli_interrupt;

struct cli_eval_images {
    struct weir_model *model; /* borrowed, as all pointers here */
    const struct weir_dataset *truth; /* whose images are run, and whose categories count */
    const char *dir; /* where the images are */
    size_t max_boxes; /* of an image, those with the highest scores */
    bool quiet; /* no progress */
    struct cli_interrupt *interrupt; /* started before the model was loaded */
};

/*
 * Runs every image once, on as many threads as the model has workers; blocks.
 * *ret_results is to be given to weir_dataset_done. *ret_ms: mean time of one
 * detection, decoding not included. ENOENT names the images that are missing, EMODEL: no
 * class of the model is among the categories; ECANCELED: Ctrl-C.
 */
int cli_eval_images(const struct cli_eval_images *job, struct weir_dataset *ret_results,
                    double *ret_ms, struct weir_error *err);

#endif
