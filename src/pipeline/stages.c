/* The table of stages, in the order in which a frame passes them. */
#include "pipeline/stage.h"

const struct weir_stage_type *const weir_stages[] = {
    &weir_stage_source, &weir_stage_decode, &weir_stage_detect, &weir_stage_track, &weir_stage_sink,
};
const size_t weir_stages_len = sizeof weir_stages / sizeof *weir_stages;
