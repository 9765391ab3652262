/*
 * What is drawn over a picture: boxes, a plate with words for each, and a
 * line about the frame at the top left, and a warning at the bottom. One thread at a time.
 */
#ifndef WEIR_PIPELINE_SINK_OVERLAY_H
#define WEIR_PIPELINE_SINK_OVERLAY_H

#include "pipeline/sink/draw.h"
#include "pipeline/sink/tiles.h"

struct weir_overlay;

/* How source pixels lie on the canvas: canvas = source * scale + offset. */
struct weir_placement {
    double scale_x, scale_y;
    int x, y;
    int width, height; /* of the picture on the canvas */
};

/* For canvases of that size; labels NULL: class numbers; stream and labels are
 * borrowed. NULL: no memory. */
struct weir_overlay *weir_overlay_new(int width, int height, enum weir_matrix matrix,
                                      const char *stream, const struct weir_labels *labels);
void weir_overlay_free(struct weir_overlay *overlay);
/* Draws what frame found. 0, or ENOMEM: something is missing in the picture. */
int weir_overlay_draw(struct weir_overlay *overlay, const struct weir_canvas *canvas,
                      const struct weir_placement *placement, const struct weir_frame *frame);
/* The same of boxes alone, with words of the caller's own. */
int weir_overlay_draw_noted(struct weir_overlay *overlay, const struct weir_canvas *canvas,
                            const struct weir_placement *placement, const struct weir_boxes *boxes,
                            const struct weir_note *note);

#endif
