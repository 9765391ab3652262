/*
 * Greedy suppression over boxes sorted by falling score: a box is kept when no
 * kept box of its class overlaps it by more than iou_max. Kept boxes gather at the
 * front of the same array, so each candidate meets at most max_boxes others, and
 * the walk ends as soon as that many are kept.
 */
#include "vision/nms.h"

#include <stdbool.h>

float weir_iou(const struct weir_box *a, const struct weir_box *b) {
    float w = (a->x1 < b->x1 ? a->x1 : b->x1) - (a->x0 > b->x0 ? a->x0 : b->x0);
    float h = (a->y1 < b->y1 ? a->y1 : b->y1) - (a->y0 > b->y0 ? a->y0 : b->y0);
    /* Written so that NaN answers 0, too. */
    if (!(w > 0 && h > 0))
        return 0;
    float inter = w * h;
    float both = weir_box_area(a) + weir_box_area(b) - inter;
    if (!(both > 0))
        return 0;
    float iou = inter / both;
    return iou > 1 ? 1 : iou;
}

static bool suppressed(const struct weir_box *kept, size_t kept_len, const struct weir_box *box,
                       float iou_max) {
    for (size_t i = 0; i < kept_len; i++)
        if (kept[i].class_id == box->class_id && weir_iou(&kept[i], box) > iou_max)
            return true;
    return false;
}

int weir_nms(struct weir_boxes *boxes, float iou_max, size_t max_boxes) {
    weir_boxes_sort(boxes);
    size_t kept = 0;
    for (size_t i = 0; i < boxes->len && kept < max_boxes; i++) {
        struct weir_box box = boxes->data[i];
        if (iou_max >= 1 || !suppressed(boxes->data, kept, &box, iou_max))
            boxes->data[kept++] = box;
    }
    boxes->len = kept;
    return 0;
}
