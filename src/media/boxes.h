/*
 * Boxes: where objects are in a picture. Coordinates are pixels of the source
 * frame as floats, origin at its top left corner, x0 <= x1, y0 <= y1; the pixel
 * in column c covers [c, c + 1).
 */
#ifndef WEIR_MEDIA_BOXES_H
#define WEIR_MEDIA_BOXES_H

#include <stddef.h>
#include <stdint.h>

struct weir_box {
    float x0, y0, x1, y1;
    float score; /* [0,1] */
    int32_t class_id; /* index into the model's labels */
    int32_t track_id; /* 1, 2, …; 0: not tracked */
};

struct weir_boxes {
    struct weir_box *data; /* NULL while empty */
    size_t len, cap;
};

void weir_boxes_done(struct weir_boxes *boxes);
/* Empties it and keeps the memory. */
void weir_boxes_reset(struct weir_boxes *boxes);
int weir_boxes_add(struct weir_boxes *boxes, struct weir_box box); /* 0, ENOMEM */
int weir_boxes_copy(struct weir_boxes *into, const struct weir_boxes *from);
/* Highest score first; equal scores keep their order (stable). */
void weir_boxes_sort(struct weir_boxes *boxes);

static inline float weir_box_area(const struct weir_box *b) {
    return (b->x1 - b->x0) * (b->y1 - b->y0);
}

#endif
