/*
 * Intersection over union, and non-maximum suppression: greedy, per class,
 * highest score first.
 */
#ifndef WEIR_VISION_NMS_H
#define WEIR_VISION_NMS_H

#include "base/base.h"
#include "media/media.h"

/* [0,1]; 0 where a box has no area. */
float weir_iou(const struct weir_box *a, const struct weir_box *b);

/*
 * Sorts boxes by falling score (equal scores keep their order), drops each box
 * whose IoU with a kept one of its class exceeds iou_max, and keeps at most
 * max_boxes. In place. Cannot fail: 0.
 */
int weir_nms(struct weir_boxes *boxes, float iou_max, size_t max_boxes);

#endif
