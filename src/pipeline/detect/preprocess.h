/*
 * Fused pre-processing: one pass from a picture (YUV planes, BGR, RGB, grey) to
 * a model's input tensor: resize, letterbox, colour, normalise, layout.
 *
 * Bilinear, half-pixel centres, edges clamped: output pixel i reads the source
 * at (i + 0.5) / scale - 0.5, from two neighbours each way (no widening of the filter
 * when it shrinks). Chroma is sampled at its own resolution, sited at the centre of
 * its luma block. Colours follow ITU-R BT.601/709/2020 and the picture's range;
 * R'G'B' is clamped to [0,255] and not rounded.
 */
#ifndef WEIR_PIPELINE_DETECT_PREPROCESS_H
#define WEIR_PIPELINE_DETECT_PREPROCESS_H

#include "pipeline/detect/model.h"

/* Weights and row buffers for one (source, destination) geometry; rebuilt when
 * the geometry changes. One per worker; not thread-safe. */
struct weir_preprocess;

struct weir_preprocess *weir_preprocess_new(void); /* NULL: no memory */
void weir_preprocess_free(struct weir_preprocess *pre);

/*
 * Writes one picture into dst: desc->dtype, desc->layout, 3 channels of
 * size.width x size.height; dst holds 3*w*h elements (f32, f16 or u8; u8 is
 * rounded and takes no mean and scale). Fills *ret_lb. Within 0.02 of a grey level of the
 * definition below, before rounding to dtype. 0, ENOMEM, EUNSUPPORTED (pixel format,
 * dtype), EINVAL (empty picture or size, missing plane).
 */
int weir_preprocess_run(struct weir_preprocess *pre, const struct weir_model_desc *desc,
                        struct weir_size size, const struct weir_image *image, void *dst,
                        struct weir_letterbox *ret_lb);

/* The same, pixel by pixel in plain C, as the definition; slow. */
int weir_preprocess_reference(const struct weir_model_desc *desc, struct weir_size size,
                              const struct weir_image *image, void *dst,
                              struct weir_letterbox *ret_lb);

/* The letterbox that desc asks for. */
struct weir_letterbox weir_preprocess_letterbox(const struct weir_model_desc *desc,
                                                struct weir_size size, int src_w, int src_h);

#endif
