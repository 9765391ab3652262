/*
 * A runner: one worker's private half of a model. Pictures are laid into its
 * slots, run together, and read back slot by slot. And the shared half itself,
 * which only model.c and runner.c look into.
 */
#ifndef WEIR_PIPELINE_DETECT_RUNNER_H
#define WEIR_PIPELINE_DETECT_RUNNER_H

#include "pipeline/detect/head.h"
#include "pipeline/detect/ort.h"

/* Read-only once open. */
struct weir_model {
    struct weir_ref ref;
    struct weir_model *base; /* whose all that is pointed to here is, where only the size is
                              * another; else NULL */
    char *path;
    struct weir_ort *ort;
    struct weir_graph graph;
    struct weir_model_desc desc;
    struct weir_size size;
    int workers, threads;
    enum weir_provider provider;
    int batch; /* slots of a runner: pictures in one inference, at most */
    float conf, nms_iou;
    size_t max_boxes;
    bool *wanted; /* by class; NULL: all of them */
};

/* Not thread-safe; any number of them on one model, which is borrowed. */
struct weir_runner;

struct weir_runner *weir_runner_new(struct weir_model *model); /* NULL: no memory */
void weir_runner_free(struct weir_runner *runner);

/* Pre-processes image into slot (0 … batch-1). EUNSUPPORTED (pixel format), ENOMEM. */
int weir_runner_prepare(struct weir_runner *runner, int slot, const struct weir_image *image,
                        struct weir_error *err);
/* Runs slots 0 … n-1; a graph of a fixed batch runs all of its slots. ENOMEM, EMODEL. */
int weir_runner_infer(struct weir_runner *runner, int n, struct weir_error *err);
/* Decodes slot and suppresses doubles; boxes are reset first. ENOMEM, EMODEL. */
int weir_runner_boxes(struct weir_runner *runner, int slot, struct weir_boxes *boxes,
                      struct weir_error *err);
/* The raw outputs of the last inference; borrowed. */
const struct weir_tensor *weir_runner_outputs(const struct weir_runner *runner, size_t *ret_len);

/* Bytes of an element; 0 for OTHER. */
size_t weir_dtype_bytes(enum weir_dtype dtype);

#endif
