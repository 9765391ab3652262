/*
 * Drawing onto an I420 picture: filled and outlined rectangles, masks of text.
 * Everything is clipped to the canvas. Pure; the caller owns the pixels.
 */
#ifndef WEIR_PIPELINE_SINK_DRAW_H
#define WEIR_PIPELINE_SINK_DRAW_H

#include <stddef.h>
#include <stdint.h>

#include "media/media.h"

/* Width and height are even; chroma planes have half of both. */
struct weir_canvas {
    uint8_t *plane[3];
    ptrdiff_t stride[3];
    int width, height;
};

/* Columns x0 … x1 - 1, rows y0 … y1 - 1. */
struct weir_rect {
    int x0, y0, x1, y1;
};

/* A colour as limited-range Y, U, V. */
struct weir_ink {
    uint8_t yuv[3];
};

/* An 8-bit coverage mask. */
struct weir_mask {
    uint8_t *data; /* height rows of stride bytes */
    int width, height, stride;
};

/* 0xRRGGBB */
struct weir_ink weir_ink_rgb(uint32_t rgb, enum weir_matrix matrix);

/* alpha: 0 leaves the picture, 255 covers it. */
void weir_draw_fill(const struct weir_canvas *canvas, struct weir_rect rect, struct weir_ink ink,
                    int alpha);
/* A border of that thickness, inside rect. */
void weir_draw_outline(const struct weir_canvas *canvas, struct weir_rect rect, int thickness,
                       struct weir_ink ink, int alpha);
/* The mask with its top left corner at (x, y). */
void weir_draw_mask(const struct weir_canvas *canvas, const struct weir_mask *mask, int x, int y,
                    struct weir_ink ink);

#endif
