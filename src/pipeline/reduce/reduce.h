/*
 * Pictures made smaller: area averaging, in one pass over the decoder's planes.
 * Each sample of the result is the mean of the source area that it covers, with
 * what it covers of a sample at the edge counted in proportion.
 */
#ifndef WEIR_PIPELINE_REDUCE_REDUCE_H
#define WEIR_PIPELINE_REDUCE_REDUCE_H

#include "media/media.h"

/* Widths that pictures are reduced to where nobody says which, ascending. */
enum { WEIR_REDUCE_LADDER = 8 };
extern const int weir_reduce_ladder[WEIR_REDUCE_LADDER];

enum { WEIR_REDUCE_SIDE_MAX = 1 << 24 }; /* columns or rows of a source, for its sums to fit */

/*
 * *image reduced to width x height, of any format, as I420. Neither side may grow:
 * 1 <= width <= image->width, 1 <= height <= image->height. Sizes may be odd; chroma is
 * rounded up, and each chroma plane is reduced from its own size to its own size.
 *
 *   I420, I422, I444, NV12  plane by plane; matrix and range are the source's
 *   GRAY                    luma alone, chroma 128; full range, which grey always is
 *   RGB, BGR                averaged, rounded to 8 bits, then turned into Y'CbCr: BT.601,
 *                           limited range; chroma from each 2x2 of the small picture
 *
 * Every sample of a plane is the exact mean rounded to the nearest, halves upwards;
 * from RGB and BGR it is within 1 of the exact Y'CbCr of the exact mean. So
 * a constant plane stays what it is.
 *
 * image is borrowed and only read, no byte of it outside width x height of a plane. The
 * caller owns *ret_image: a new picture, or another reference of the same one where it
 * is I420 of that size already.
 *
 * ERANGE (a size that is not allowed, a source side over WEIR_REDUCE_SIDE_MAX),
 * EUNSUPPORTED (no enum weir_pixel), EINVAL (a plane is missing), ENOMEM. Any thread;
 * keeps nothing between calls; does not block.
 */
int weir_reduce_image(const struct weir_image *image, int width, int height,
                      struct weir_image **ret_image, struct weir_error *err);

#endif
