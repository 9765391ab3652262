/*
 * Any picture into a limited-range I420 canvas of a fixed size: copied where it
 * fits as it is, else scaled with its aspect kept and black beside it. One
 * thread at a time.
 */
#ifndef WEIR_PIPELINE_SINK_CONVERT_H
#define WEIR_PIPELINE_SINK_CONVERT_H

#include "pipeline/sink/draw.h"
#include "pipeline/sink/overlay.h"

struct weir_convert;

/* matrix: of the canvas. NULL: no memory. */
struct weir_convert *weir_convert_new(enum weir_matrix matrix);
void weir_convert_free(struct weir_convert *convert);
/* Fills the whole canvas, whose width and height are even, and says where the
 * picture lies in it. ENOMEM, EUNSUPPORTED. */
int weir_convert_image(struct weir_convert *convert, const struct weir_image *image,
                       const struct weir_canvas *canvas, struct weir_placement *ret_placement,
                       struct weir_error *err);

#endif
