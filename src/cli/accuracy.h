/*
 * Models over labelled pictures at several input sizes, and how well they see: what `weir eval
 * scenes` and `weir profile SOURCE` share, wherever their pictures and truth come from.
 *
 *     struct cli_accuracy a;
 *     cli_accuracy_init(&a, &job, &err);
 *     weir_dataset_add_category(&a.truth, …);          what is labelled
 *     cli_accuracy_open(&a, &err);
 *     for each picture
 *         add its truth to a.truth, unless it was there before
 *         cli_accuracy_push(&a, &image, &err);
 *     cli_accuracy_flush(&a, &err);
 *     cli_accuracy_judge(&a, &err);
 *     cli_accuracy_table(&a, &out);
 *     cli_accuracy_done(&a);
 *
 * One thread; Ctrl-C is asked for with weir_stop_requested(&a.stop).
 */
#ifndef WEIR_CLI_ACCURACY_H
#define WEIR_CLI_ACCURACY_H

#include "base/base.h"
#include "cli/cli.h"
#include "eval/eval.h"
#include "pipeline/pipeline.h"

struct cli_interrupt;

enum { CLI_ACCURACY_PIECE = 32, CLI_ACCURACY_BOXES = 300, CLI_ACCURACY_MODELS_MAX = 32 };

/* What scores lower counts for nothing; the family's own suppression of overlaps stays. */
extern const double cli_accuracy_least_conf;
/* What overlaps the truth by that much is a hit. */
extern const double cli_accuracy_least_iou;

struct cli_accuracy_job {
    const struct weir_settings *set; /* borrowed, as all pointers here */
    const struct weir_strings *models; /* paths or names */
    const int *width; /* of the model's input; the height follows the picture's aspect */
    size_t widths;
    bool rounded; /* a width that a model does not take becomes the next one that it does */
    struct weir_size picture; /* all are of this size */
    int64_t frames; /* that come; -1: not known */
    int64_t before; /* inferences that the caller makes on its own, and counts in done */
    struct weir_eval_limits limits;
    double conf; /* threshold of all models; -1: of each the best */
    bool quiet; /* no progress */
    struct cli_interrupt *interrupt; /* started before this is used */
};

/* A model at one size of input. */
struct cli_accuracy_row {
    size_t model; /* index into accuracy->model */
    struct weir_model *handle;
    struct weir_size size;
    struct weir_dataset found; /* categories are the truth's */
    int64_t *ns; /* per frame, pre- and post-processing included */
    size_t frames, ns_cap; /* frames: done */
    struct weir_coco_ap ap;
    struct weir_f1 f1; /* at the model's conf */
    double ms; /* median */
};

struct cli_accuracy_model {
    char *path, *name; /* name: of the file, without ".onnx" */
    int *category; /* of the truth, by class of the model; -1: it is not labelled */
    bool *has; /* by category of the truth */
    bool fixed; /* a graph of one size: the widths do not apply */
    double conf; /* the job's, or that of the highest F1 over all its sizes */
    struct weir_profile profile;
};

struct cli_accuracy {
    const struct cli_accuracy_job *job;
    struct weir_dataset truth;
    const bool *labelled; /* by category: what is labelled in the pictures that come now; NULL: all.
                           * What models find of the rest counts for nothing */
    struct cli_accuracy_model *model;
    size_t models;
    struct cli_accuracy_row *row; /* by model, then by width */
    size_t rows;
    int64_t wanted, done; /* inferences; wanted -1: not known */
    struct weir_clock *clock;
    struct weir_stop stop; /* requested by Ctrl-C from open to judge */
    struct cli_progress progress;
    int64_t begin_ns;
    struct weir_image *piece[CLI_ACCURACY_PIECE];
    size_t piece_len;
};

/* ENOMEM; done is to be called then, too. job outlives a. */
int cli_accuracy_init(struct cli_accuracy *a, const struct cli_accuracy_job *job,
                      struct weir_error *err);
void cli_accuracy_done(struct cli_accuracy *a);

/* Opens all models at all sizes, and begins the progress. The truth has its categories. Errors of
 * weir_model_find and weir_model_open; EINVAL: two of one name; EMODEL: a model has none of the
 * truth's categories; ENOMEM. */
int cli_accuracy_open(struct cli_accuracy *a, struct weir_error *err);

/* The picture of the next of the truth's images, counted from the first; *image becomes NULL. Runs
 * all rows once there are some dozens. Errors of weir_model_detect_image, ENOMEM. */
int cli_accuracy_push(struct cli_accuracy *a, struct weir_image **image, struct weir_error *err);
/* Runs what waits; after a stop it is dropped. */
int cli_accuracy_flush(struct cli_accuracy *a, struct weir_error *err);
void cli_accuracy_progress(struct cli_accuracy *a);
/* Takes progress off the terminal, and Ctrl-C back. */
void cli_accuracy_close(struct cli_accuracy *a);

/* A model at that size, 0x0: its own; for one picture after the other. Errors of
 * weir_model_open. */
int cli_accuracy_model_at(const struct cli_accuracy_job *job, const char *path,
                          struct weir_size size, double conf, struct weir_model **ret_handle,
                          struct weir_error *err);
/* The least input of that width that holds the picture's aspect. */
struct weir_size cli_accuracy_input(struct weir_size picture, int width, int stride);

/* Adds one image with what is in a picture of a scene; category: of the truth, by class of scenes,
 * -1: left out; NULL: as they are. 0, ENOMEM. */
int cli_accuracy_add_scene(struct weir_dataset *to, const struct weir_truth *truth,
                           const int *category);
/* Adds what a model found to an image; category as in struct cli_accuracy_model. 0, ENOMEM. */
int cli_accuracy_add_boxes(struct weir_dataset *to, size_t image, const struct weir_boxes *boxes,
                           const int *category, const bool *labelled);

/* Of every row what it is worth, of every model its threshold and profile; of what was seen so far
 * (accuracy_judge.c). Errors of weir_dataset_limit, ENOMEM. */
int cli_accuracy_judge(struct cli_accuracy *a, struct weir_error *err);

/* ---- what is told (accuracy_print.c) --------------------------------------- */

/* A row a model and size. */
void cli_accuracy_table(const struct cli_accuracy *a, struct weir_buf *out);
/* The members "results" and "left_out" of an open object. */
void cli_accuracy_json(const struct cli_accuracy *a, struct weir_json *json);
/* On standard error: which classes models lack, and which have a size of their own. */
void cli_accuracy_tell(const struct cli_accuracy *a);

/* The members of a model's NAME.accuracy.json, in two parts: what comes between says which
 * pictures it was measured on. */
void cli_accuracy_file_head(const struct cli_accuracy *a, size_t model, struct weir_json *json);
void cli_accuracy_file_counts(const struct cli_accuracy *a, size_t model, struct weir_json *json);

#endif
