/* How each H.264 encoder is told to be quick, at constant quality, one in and one out. */
#ifndef WEIR_PIPELINE_ENCODE_TUNING_H
#define WEIR_PIPELINE_ENCODE_TUNING_H

#include "pipeline/encode/encode.h"

struct AVCodecContext;

/* Sets what makes ctx's encoder one for a hop, for pictures of that kind; ctx is not
 * open yet. */
void tuning_set(struct AVCodecContext *ctx, const struct weir_encoder_conf *conf,
                enum weir_matrix matrix, bool full_range);

#endif
