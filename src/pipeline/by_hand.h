/*
 * Stages driven by hand: one thing in, one thing out, for who has a picture and no stream (the two
 * ends of a hop, an audit, a tool).
 */
#ifndef WEIR_PIPELINE_BY_HAND_H
#define WEIR_PIPELINE_BY_HAND_H

#include "pipeline/stage.h"

/*
 * A packet through a decode stage; it stays the caller's. A packet of another encoder than the one
 * before opens the decoder anew. ECORRUPT: it gives no picture; EUNSUPPORTED: the decoder holds
 * pictures back instead of giving one for each packet; errors of the stage. The frame, with its
 * picture and times, is the caller's.
 */
int weir_decode_by_hand(struct weir_stage *decode, struct weir_packet *packet,
                        struct weir_frame **ret_frame, struct weir_error *err);

/* A picture through a detect stage; it stays the caller's. EMODEL: it could not be inferred; errors
 * of the stage. The frame, with its boxes and times, is the caller's. */
int weir_detect_by_hand(struct weir_stage *detect, struct weir_image *image,
                        struct weir_frame **ret_frame, struct weir_error *err);

#endif
