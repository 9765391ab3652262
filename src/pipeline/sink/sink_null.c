/* null: swallows every frame; the pipeline by itself, for measuring. */
#include <stdlib.h>

#include "pipeline/sink/sink.h"

static int null_push(struct weir_stage *stage, struct weir_frame *frame, struct weir_error *err) {
    (void)stage;
    (void)frame;
    (void)err;
    return 0;
}

static void null_free(struct weir_stage *stage) {
    free(stage);
}

static const struct weir_stage_ops null_ops = {
    .name = "null",
    .push = null_push,
    .free = null_free,
};

static int null_open(const struct weir_stage_conf *conf, struct weir_stage **ret_stage,
                     struct weir_error *err) {
    (void)conf;
    struct weir_stage *stage = calloc(1, sizeof *stage);
    if (!stage)
        return weir_fail(err, WEIR_ENOMEM, "no memory for the sink null");
    stage->ops = &null_ops;
    stage->frames_total = -1;
    *ret_stage = stage;
    return 0;
}

const struct weir_sink_row weir_sink_null = {
    .name = "null",
    .about = "nothing at all",
    .open = null_open,
};
