/*
 * From FFmpeg's picture to Weir's image. Formats that Weir knows are wrapped
 * without copying; the rest is converted.
 */
#ifndef WEIR_PIPELINE_DECODE_PICTURE_H
#define WEIR_PIPELINE_DECODE_PICTURE_H

#include <libavutil/frame.h>

#include "media/media.h"

struct SwsContext;

/* What a conversion keeps from picture to picture. */
struct picture_converter {
    struct SwsContext *sws;
};

void picture_converter_done(struct picture_converter *converter);

/*
 * Makes an image of *frame, whose contents move into the image (frame is left
 * blank) or were copied from it. unspecified_full: what an unspecified range of
 * gray means here (stills: full, video: limited). Matrix and range follow the
 * frame; an unspecified matrix is BT.709 from 720 lines up, else BT.601. Alpha
 * is left away. EUNSUPPORTED (a format nobody converts), ENOMEM.
 */
int picture_to_image(struct picture_converter *converter, AVFrame *frame, bool unspecified_full,
                     struct weir_image **ret_image);

#endif
