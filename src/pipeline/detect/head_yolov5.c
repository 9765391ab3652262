/*
 * YOLOv5 and YOLOv7: a first output of [B,N,5+C] with three anchors a cell, in input
 * pixels: centre, size, objectness, classes. Older exports append the raw feature
 * maps (rank 5), which are not needed.
 */
#include "pipeline/detect/head.h"

#include <stdio.h>
#include <string.h>

enum { OBJECT = 4, FIRST_CLASS = 5, ANCHORS = 3 };
enum { ROLE_ROWS };

static int sureness(const struct weir_graph *graph, const struct weir_model_desc *desc,
                    const struct weir_port *out, char *why, size_t why_size) {
    bool ultralytics = weir_head_is_ultralytics(graph);
    if (desc->size.width && desc->size.height && out->dim[1] > 0) {
        const char *strides;
        if (!weir_head_is_pyramid(desc->size, out->dim[1], ANCHORS, &strides))
            return 5;
        snprintf(why, why_size,
                 "a row of 5 + %d values for each of %lld anchors, three a cell of strides %s at "
                 "%dx%d",
                 desc->classes, (long long)out->dim[1], strides, desc->size.width,
                 desc->size.height);
        return 90;
    }
    if (ultralytics && weir_head_named_classes(graph) == desc->classes) {
        snprintf(why, why_size, "rows of 5 + %d values, as many classes as the metadata name",
                 desc->classes);
        return 85;
    }
    snprintf(why, why_size, "rows of 5 + %d values, named as a YOLOv5 export names them",
             desc->classes);
    return strcmp(out->name, "output0") == 0 ? 60 : 45;
}

static int match(const struct weir_graph *graph, struct weir_model_desc *desc) {
    if (!weir_head_find_image(graph, desc) || !graph->output_len)
        return 0;
    const struct weir_port *out = &graph->output[0];
    for (size_t i = 1; i < graph->output_len; i++)
        if (graph->output[i].rank != 5)
            return 0;
    if (out->rank != 3 || out->dim[2] <= FIRST_CLASS)
        return 0;
    desc->role[ROLE_ROWS] = 0;
    desc->classes = (int)out->dim[2] - FIRST_CLASS;
    char why[256] = "";
    int sure = sureness(graph, desc, out, why, sizeof why);
    snprintf(desc->why, sizeof desc->why, "output '%s' has %s", out->name, why);
    desc->color = WEIR_COLOR_RGB;
    desc->resize = WEIR_RESIZE_LETTERBOX;
    desc->pad = 114;
    for (int i = 0; i < 3; i++)
        desc->scale[i] = 1 / 255.0f;
    desc->stride = 32;
    desc->preferred = (struct weir_size){640, 640};
    desc->conf = 0.25f;
    desc->nms_iou = 0.45f;
    return sure;
}

static int decode(const struct weir_model_desc *desc, const struct weir_tensor *outs,
                  size_t outs_len, int b, const struct weir_letterbox *lb, float conf,
                  struct weir_boxes *boxes, struct weir_error *err) {
    int64_t cols = FIRST_CLASS + desc->classes;
    if (!outs_len || !outs[0].f32 || outs[0].rank != 3 || outs[0].dim[0] <= b ||
        outs[0].dim[2] != cols)
        return weir_fail(err, WEIR_EMODEL, "yolov5: the output does not fit: expected [%d,N,%lld]",
                         b + 1, (long long)cols);
    int64_t rows = outs[0].dim[1];
    const float *row = outs[0].f32 + b * rows * cols;
    for (int64_t i = 0; i < rows; i++, row += cols) {
        if (!(row[OBJECT] >= conf))
            continue;
        int best = weir_head_best(row + FIRST_CLASS, desc->classes);
        float score = row[OBJECT] * row[FIRST_CLASS + best];
        if (!(score >= conf))
            continue;
        float w = row[2] / 2, h = row[3] / 2;
        int rc =
            weir_head_add(boxes, lb, row[0] - w, row[1] - h, row[0] + w, row[1] + h, score, best);
        if (rc)
            return weir_fail(err, rc, "yolov5: out of memory");
    }
    return 0;
}

const struct weir_head weir_head_yolov5 = {
    .name = "yolov5",
    .expects = "first output [B,N,5+C], N = 3 x cells of strides 8, 16, 32 (YOLOv5, YOLOv7)",
    .match = match,
    .decode = decode,
};
