/* Between the files of cli_profile_measure: which points there are, and how one is measured. */
#ifndef WEIR_CLI_PROFILE_WORK_H
#define WEIR_CLI_PROFILE_WORK_H

#include "cli/cli.h"
#include "cli/profile_measure.h"
#include "pipeline/pipeline.h"

enum { CLI_PROFILE_FRAMES = 16, CLI_PROFILE_WIDE = 1280, CLI_PROFILE_HALF = 640 };

/* One thing to measure. */
struct cli_profile_point {
    enum { CLI_PROFILE_REDUCE, CLI_PROFILE_CODE, CLI_PROFILE_INFER } kind;
    int width; /* of the pictures */
    int from_width; /* reduce */
    enum weir_costs_codec codec;
    int quality; /* code */
    size_t model;
    struct weir_size size; /* infer: of the input */
    int batch;
};

struct cli_profile_work {
    const struct cli_profile_job *job;
    struct cli_profile *out;
    struct weir_clock *clock;
    struct weir_stop stop;
    struct weir_workflow workflow; /* for stages; all defaults */
    struct cli_progress progress;
    int64_t begin_ns, end_ns; /* of the time there is */
    int64_t cpu_ns, wall_ns; /* of all turns */
    int64_t point_ns; /* cpu_ns when the present point began */
    int64_t share_ns; /* when its share of the time ends */
    struct cli_profile_point *point;
    size_t points, done;
    struct weir_image *drawn[CLI_PROFILE_FRAMES]; /* 1280 wide, or more where a width is */
    struct weir_image *picture[CLI_PROFILE_FRAMES]; /* the same at the width that is needed now */
    int width; /* of picture; 0: none yet */
};

/* Of a width, at 16:9: even. */
int cli_profile_height(int width);

/* Fills point, makes room for what comes of each, and finds the models. Errors of
 * weir_model_find and weir_model_open; EINVAL: a width that a model does not take; ENOMEM. */
int cli_profile_points(struct cli_profile_work *w, struct weir_error *err);

/* Opens a model as it is measured: one thread, no spinning. */
int cli_profile_model(const struct cli_profile_work *w, size_t model, struct weir_size size,
                      int batch, struct weir_model **ret, struct weir_error *err);

/* Measures one, and adds it to the profile; adds nothing after a stop. */
int cli_profile_point(struct cli_profile_work *w, const struct cli_profile_point *point,
                      struct weir_error *err);

#endif
