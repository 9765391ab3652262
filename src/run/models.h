/*
 * The models of a run: each is loaded once, and its session serves every size. Their classes go by
 * name: results have those of the reference, and what only another one knows is left out.
 */
#ifndef WEIR_RUN_MODELS_H
#define WEIR_RUN_MODELS_H

#include "pipeline/pipeline.h"

struct weir_run_model {
    char name[64];
    struct weir_model *model; /* at its own size, or detect.size */
    int *class_of; /* [classes] the reference's; -1: left out. NULL: the reference itself */
    int64_t memory_bytes; /* by which the process grew as it was loaded */
};

struct weir_run_models {
    struct weir_run_model item[WEIR_MODELS_MAX];
    int len, reference;
};

/*
 * path: [detect.models.len], resolved. Where the workflow chooses, a model's threshold is
 * detect.conf, else that of the NAME.accuracy.json beside it, else its family's. EMODEL: one has no
 * class in common with the reference; errors of weir_model_open and weir_sight_read. Blocks. What
 * was opened before a failure is for weir_run_models_done, too.
 */
int weir_run_models_open(struct weir_run_models *models, const struct weir_workflow *wf,
                         const char *const *path, bool paced, struct weir_error *err);
void weir_run_models_done(struct weir_run_models *models); /* zeroed allowed */

/* The reference; the only one where there is one. */
struct weir_model *weir_run_models_reference(const struct weir_run_models *models);
/* The most pictures that one inference of any of them takes. */
int weir_run_models_batch(const struct weir_run_models *models);

#endif
