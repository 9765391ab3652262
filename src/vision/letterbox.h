/*
 * How a picture is laid into a model's input: model = source * scale + offset,
 * on continuous coordinates (pixel c covers [c, c + 1)).
 */
#ifndef WEIR_VISION_LETTERBOX_H
#define WEIR_VISION_LETTERBOX_H

struct weir_letterbox {
    int src_width, src_height;
    int dst_width, dst_height; /* the model's input */
    int inner_x, inner_y; /* where the picture lies in it, whole pixels */
    int inner_width, inner_height;
    double scale_x, scale_y; /* inner / src */
};

/* The picture fills the input; aspect ratio given up. */
struct weir_letterbox weir_letterbox_stretch(int src_w, int src_h, int dst_w, int dst_h);
/* Largest fit with the aspect kept; the picture in the middle (odd rest: the
 * smaller half left/top) or at the top left corner. Inner size: round(src*s), at least 1. */
struct weir_letterbox weir_letterbox_centre(int src_w, int src_h, int dst_w, int dst_h);
struct weir_letterbox weir_letterbox_topleft(int src_w, int src_h, int dst_w, int dst_h);

/* A point of the model's input back to the source, not clipped. */
static inline double weir_letterbox_back_x(const struct weir_letterbox *lb, double x) {
    return (x - lb->inner_x) / lb->scale_x;
}
static inline double weir_letterbox_back_y(const struct weir_letterbox *lb, double y) {
    return (y - lb->inner_y) / lb->scale_y;
}

#endif
