/*
 * Laying a picture into a model's input. Inner sizes are whole pixels, and the
 * scales are taken from them after rounding (inner / src, each axis its own), so
 * that a box mapped back never drifts by the rounding.
 */
#include "vision/letterbox.h"

#include <math.h>

static int clamp_int(double v, int lo, int hi) {
    return v < lo ? lo : v > hi ? hi : (int)v;
}

static struct weir_letterbox lay(int src_w, int src_h, int dst_w, int dst_h, int inner_w,
                                 int inner_h, int x, int y) {
    return (struct weir_letterbox){
        .src_width = src_w,
        .src_height = src_h,
        .dst_width = dst_w,
        .dst_height = dst_h,
        .inner_x = x,
        .inner_y = y,
        .inner_width = inner_w,
        .inner_height = inner_h,
        .scale_x = (double)inner_w / src_w,
        .scale_y = (double)inner_h / src_h,
    };
}

struct weir_letterbox weir_letterbox_stretch(int src_w, int src_h, int dst_w, int dst_h) {
    return lay(src_w, src_h, dst_w, dst_h, dst_w, dst_h, 0, 0);
}

static void fit(int src_w, int src_h, int dst_w, int dst_h, int *ret_w, int *ret_h) {
    double s = fmin((double)dst_w / src_w, (double)dst_h / src_h);
    *ret_w = clamp_int(round(src_w * s), 1, dst_w);
    *ret_h = clamp_int(round(src_h * s), 1, dst_h);
}

struct weir_letterbox weir_letterbox_centre(int src_w, int src_h, int dst_w, int dst_h) {
    int w, h;
    fit(src_w, src_h, dst_w, dst_h, &w, &h);
    return lay(src_w, src_h, dst_w, dst_h, w, h, (dst_w - w) / 2, (dst_h - h) / 2);
}

struct weir_letterbox weir_letterbox_topleft(int src_w, int src_h, int dst_w, int dst_h) {
    int w, h;
    fit(src_w, src_h, dst_w, dst_h, &w, &h);
    return lay(src_w, src_h, dst_w, dst_h, w, h, 0, 0);
}
