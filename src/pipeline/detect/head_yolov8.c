/*
 * YOLOv8, YOLO11 and their like: one output of [B,4+C,N], a column for each
 * cell: centre and size in input pixels, then the classes; no objectness. End-to-end
 * exports (YOLOv10, or nms=True) give [B,K,6] instead: corners in input
 * pixels, score, class, already suppressed.
 */
#include "pipeline/detect/head.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { VARIANT_DENSE, VARIANT_END_TO_END };
enum { FIRST_CLASS = 4, E2E_COLS = 6, E2E_ROWS_MAX = 1000, BLOCK = 64 };

static int match_end_to_end(const struct weir_graph *graph, const struct weir_port *out,
                            struct weir_model_desc *desc) {
    const char *strides;
    if (out->dim[2] != E2E_COLS || out->dim[1] > E2E_ROWS_MAX ||
        weir_head_is_pyramid(desc->size, out->dim[1], 1, &strides) ||
        weir_head_is_pyramid(desc->size, out->dim[1], 3, &strides))
        return 0;
    bool said = weir_head_is_ultralytics(graph);
    if (out->dim[1] <= 0 && !said)
        return 0;
    desc->variant = VARIANT_END_TO_END;
    desc->classes = weir_head_named_classes(graph); /* 0: the shape does not say */
    desc->nms_iou = 1;
    snprintf(desc->why, sizeof desc->why,
             "output '%s' has rows of 6 (corners, score, class), suppressed in the graph",
             out->name);
    return said ? 90 : 70;
}

static int match_dense(const struct weir_graph *graph, const struct weir_port *out,
                       struct weir_model_desc *desc) {
    if (out->dim[1] <= FIRST_CLASS)
        return 0;
    desc->variant = VARIANT_DENSE;
    desc->classes = (int)out->dim[1] - FIRST_CLASS;
    desc->nms_iou = 0.45f;
    const char *strides;
    bool named = weir_head_named_classes(graph) == desc->classes;
    if (weir_head_is_pyramid(desc->size, out->dim[2], 1, &strides)) {
        snprintf(desc->why, sizeof desc->why,
                 "output '%s' has a column of 4 + %d values for each of the %lld cells of strides "
                 "%s at %dx%d",
                 out->name, desc->classes, (long long)out->dim[2], strides, desc->size.width,
                 desc->size.height);
        return 90;
    }
    if (named && out->dim[2] < 0) {
        snprintf(desc->why, sizeof desc->why,
                 "output '%s' has columns of 4 + %d values, as many classes as the metadata name",
                 out->name, desc->classes);
        return 88;
    }
    snprintf(desc->why, sizeof desc->why, "output '%s' has columns of 4 + %d values", out->name,
             desc->classes);
    return out->dim[2] < 0 ? 50 : 5;
}

static int match(const struct weir_graph *graph, struct weir_model_desc *desc) {
    if (!weir_head_find_image(graph, desc) || graph->output_len != 1 || graph->output[0].rank != 3)
        return 0;
    const struct weir_port *out = &graph->output[0];
    int sure = match_end_to_end(graph, out, desc);
    if (!sure)
        sure = match_dense(graph, out, desc);
    desc->color = WEIR_COLOR_RGB;
    desc->resize = WEIR_RESIZE_LETTERBOX;
    desc->pad = 114;
    for (int i = 0; i < 3; i++)
        desc->scale[i] = 1 / 255.0f;
    desc->stride = 32;
    desc->preferred = (struct weir_size){640, 640};
    desc->conf = 0.25f;
    return sure;
}

static int decode_dense(const struct weir_model_desc *desc, const struct weir_tensor *out, int b,
                        const struct weir_letterbox *lb, float conf, struct weir_boxes *boxes) {
    int64_t n = out->dim[2];
    const float *base = out->f32 + b * out->dim[1] * n;
    /* Values of one class lie together: the best class of BLOCK cells at a time. */
    for (int64_t at = 0; at < n; at += BLOCK) {
        int len = n - at < BLOCK ? (int)(n - at) : BLOCK;
        float best[BLOCK];
        int best_class[BLOCK];
        for (int j = 0; j < len; j++) {
            best[j] = -INFINITY;
            best_class[j] = -1;
        }
        for (int c = 0; c < desc->classes; c++) {
            const float *score = base + (FIRST_CLASS + c) * n + at;
            for (int j = 0; j < len; j++) {
                bool more = score[j] > best[j];
                best[j] = more ? score[j] : best[j];
                best_class[j] = more ? c : best_class[j];
            }
        }
        for (int j = 0; j < len; j++) {
            if (!(best[j] >= conf) || best_class[j] < 0)
                continue;
            const float *v = base + at + j;
            float cx = v[0], cy = v[n], w = v[2 * n] / 2, h = v[3 * n] / 2;
            int rc =
                weir_head_add(boxes, lb, cx - w, cy - h, cx + w, cy + h, best[j], best_class[j]);
            if (rc)
                return rc;
        }
    }
    return 0;
}

static int decode_end_to_end(const struct weir_model_desc *desc, const struct weir_tensor *out,
                             int b, const struct weir_letterbox *lb, float conf,
                             struct weir_boxes *boxes, struct weir_error *err) {
    const float *row = out->f32 + b * out->dim[1] * E2E_COLS;
    for (int64_t i = 0; i < out->dim[1]; i++, row += E2E_COLS) {
        if (!(row[4] >= conf) || !isfinite(row[5]))
            continue;
        if (row[5] < 0 || row[5] >= (float)desc->classes)
            return weir_fail(err, WEIR_EMODEL,
                             "yolov8: the graph gave class %g; it has %d: state all of them as "
                             "'classes' in its sidecar",
                             (double)row[5], desc->classes);
        int rc = weir_head_add(boxes, lb, row[0], row[1], row[2], row[3], row[4], (int)row[5]);
        if (rc)
            return rc;
    }
    return 0;
}

static int decode(const struct weir_model_desc *desc, const struct weir_tensor *outs,
                  size_t outs_len, int b, const struct weir_letterbox *lb, float conf,
                  struct weir_boxes *boxes, struct weir_error *err) {
    bool dense = desc->variant == VARIANT_DENSE;
    if (outs_len != 1 || !outs[0].f32 || outs[0].rank != 3 || outs[0].dim[0] <= b ||
        (dense ? outs[0].dim[1] != FIRST_CLASS + desc->classes : outs[0].dim[2] != E2E_COLS))
        return dense ? weir_fail(err, WEIR_EMODEL,
                                 "yolov8: the output does not fit: expected [%d,%d,N]", b + 1,
                                 FIRST_CLASS + desc->classes)
                     : weir_fail(err, WEIR_EMODEL,
                                 "yolov8: the output does not fit: expected [%d,K,6]", b + 1);
    int rc = dense ? decode_dense(desc, &outs[0], b, lb, conf, boxes)
                   : decode_end_to_end(desc, &outs[0], b, lb, conf, boxes, err);
    return rc == WEIR_ENOMEM ? weir_fail(err, rc, "yolov8: out of memory") : rc;
}

const struct weir_head weir_head_yolov8 = {
    .name = "yolov8",
    .expects = "one output [B,4+C,N], N = cells of strides 8, 16, 32 (YOLOv8, YOLO11), or [B,K,6] "
               "end to end",
    .match = match,
    .decode = decode,
};
