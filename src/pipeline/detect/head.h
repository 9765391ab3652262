/*
 * A head: how one family of detectors says what it saw. Each is one file and
 * one row of the table in heads.c.
 */
#ifndef WEIR_PIPELINE_DETECT_HEAD_H
#define WEIR_PIPELINE_DETECT_HEAD_H

#include "pipeline/detect/model.h"

struct weir_head {
    const char *name; /* "yolox" */
    const char *expects; /* inputs and outputs, in words, for `inspect` and errors */

    /*
     * Does the graph look like this family? 0: no; else how sure (1–100; the
     * surest head wins). Fills desc's pre-processing, classes, stride, sizes
     * and why only when it answers above 0. Metadata and sidecar are applied
     * afterwards by the caller. Pure.
     */
    int (*match)(const struct weir_graph *graph, struct weir_model_desc *desc);

    /*
     * Reads picture b of a batch from outs (in the order of graph.output):
     * appends the boxes of score >= conf, in source pixels clipped to the
     * source. Values that are NaN or infinite make no box. lb says how the
     * picture lies in the input. Thread-safe. 0, ENOMEM, or EMODEL (outs do not fit
     * the input or the classes; boxes may then hold a part of them).
     */
    int (*decode)(const struct weir_model_desc *desc, const struct weir_tensor *outs,
                  size_t outs_len, int b, const struct weir_letterbox *lb, float conf,
                  struct weir_boxes *boxes, struct weir_error *err);

    /*
     * Optional: looks at the outputs of a trial run on a grey picture of the
     * given size and settles in desc->variant (and adds to desc->why) what shapes
     * cannot tell. Shapes are checked by decode, not here.
     */
    void (*examine)(struct weir_model_desc *desc, const struct weir_tensor *outs, size_t outs_len,
                    struct weir_size size);
};

extern const struct weir_head *const weir_heads[];
extern const size_t weir_heads_len;
extern const struct weir_head weir_head_yolox, weir_head_yolov5, weir_head_yolov8,
    weir_head_nanodet, weir_head_detr, weir_head_fastestdet;

/* Appends a box given in model-input pixels: mapped back to the source, clipped,
 * and left out where it is empty or not finite. */
int weir_head_add(struct weir_boxes *boxes, const struct weir_letterbox *lb, float x0, float y0,
                  float x1, float y1, float score, int class_id);

/* NULL where the table has no head of that name. */
const struct weir_head *weir_head_by_name(const char *name);

/*
 * Finds the picture among the inputs (rank 4, 3 channels, f32, f16 or u8) and
 * fills desc's image_input, dtype, layout, batch and size; false where there is none, or
 * where an input remains that nothing can feed (desc->size_input counts as fed).
 */
bool weir_head_find_image(const struct weir_graph *graph, struct weir_model_desc *desc);

/* Grid cells of a picture, summed over strides (a 0 ends them), each level rounded up. */
int64_t weir_head_cells(struct weir_size size, const int *strides);
/* Is n times-fold the cells of one of the pyramids that YOLOs use? Says which in words. */
bool weir_head_is_pyramid(struct weir_size size, int64_t n, int fold, const char **ret_strides);

/* Was it exported by Ultralytics, and how many class names does it carry (0: none)? */
bool weir_head_is_ultralytics(const struct weir_graph *graph);
int weir_head_named_classes(const struct weir_graph *graph);

/* "output 'output' [1,3549,85]" for desc->why. */
void weir_head_say_port(const struct weir_port *port, struct weir_buf *out);

/* The class of the highest of that many scores, the first of equals; classes >= 1. */
static inline int weir_head_best(const float *score, int classes) {
    int best = 0;
    for (int c = 1; c < classes; c++)
        if (score[c] > score[best])
            best = c;
    return best;
}

#endif
