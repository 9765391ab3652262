/*
 * YOLOX (Ge et al., "YOLOX: Exceeding YOLO Series in 2021"): one output of
 * [B,N,5+C], a row for each cell of strides 8, 16, 32 (row by row, level after level):
 * centre offset, log size, objectness, classes, the last two already between 0 and
 * 1. The usual export leaves the grid to us: cx = (x + gx) * s, w = exp(w) * s. One
 * made with decode_in_inference gives pixels; a trial run tells the two apart.
 */
#include "pipeline/detect/head.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { VARIANT_GRID, VARIANT_PIXELS };
enum { BOX = 4, OBJECT = 4, FIRST_CLASS = 5 };

static const int strides[] = {8, 16, 32, 0};

static int sureness(const struct weir_graph *graph, const struct weir_model_desc *desc,
                    const struct weir_port *out, char *why, size_t why_size) {
    if (desc->size.width && desc->size.height && out->dim[1] > 0) {
        if (weir_head_cells(desc->size, strides) != out->dim[1])
            return 5;
        snprintf(why, why_size,
                 "a row of 5 + %d values for each of the %lld cells of strides 8, 16, 32 at %dx%d",
                 desc->classes, (long long)out->dim[1], desc->size.width, desc->size.height);
        return weir_head_is_ultralytics(graph) ? 60 : 90;
    }
    snprintf(why, why_size, "rows of 5 + %d values, and no metadata that a YOLOv5 would carry",
             desc->classes);
    if (weir_head_is_ultralytics(graph))
        return 10;
    bool official = strcmp(graph->input[desc->image_input].name, "images") == 0 &&
                    strcmp(out->name, "output") == 0;
    return official ? 60 : 45;
}

static int match(const struct weir_graph *graph, struct weir_model_desc *desc) {
    if (!weir_head_find_image(graph, desc) || graph->output_len != 1)
        return 0;
    const struct weir_port *out = &graph->output[0];
    if (out->rank != 3 || out->dim[2] <= FIRST_CLASS)
        return 0;
    desc->classes = (int)out->dim[2] - FIRST_CLASS;
    char why[256] = "";
    int sure = sureness(graph, desc, out, why, sizeof why);
    snprintf(desc->why, sizeof desc->why, "output '%s' has %s", out->name, why);
    desc->color = WEIR_COLOR_BGR;
    desc->resize = WEIR_RESIZE_LETTERBOX_TOPLEFT;
    desc->pad = 114;
    for (int i = 0; i < 3; i++)
        desc->scale[i] = 1;
    desc->stride = 32;
    desc->preferred = (struct weir_size){416, 416};
    desc->conf = 0.25f;
    desc->nms_iou = 0.45f;
    return sure;
}

/* Offsets within a cell stay near 0–1; pixels reach across the input. */
static void examine(struct weir_model_desc *desc, const struct weir_tensor *outs, size_t outs_len,
                    struct weir_size size) {
    if (outs_len != 1 || !outs[0].f32 || outs[0].rank != 3)
        return;
    int64_t rows = outs[0].dim[1], cols = outs[0].dim[2];
    int64_t far = 0;
    if (cols <= FIRST_CLASS)
        return; /* decode says so */
    for (int64_t i = 0; i < rows; i++) {
        const float *row = outs[0].f32 + i * cols;
        far += row[0] > size.width / 3.0f && row[2] >= 0;
    }
    if (rows > 0 && far * 4 > rows) {
        desc->variant = VARIANT_PIXELS;
        size_t used = strlen(desc->why);
        snprintf(desc->why + used, sizeof desc->why - used, "; boxes come in pixels already");
    }
}

static int add_row(const float *row, const struct weir_model_desc *desc,
                   const struct weir_letterbox *lb, float conf, int x, int y, int stride,
                   struct weir_boxes *boxes) {
    int best = weir_head_best(row + FIRST_CLASS, desc->classes);
    float score = row[OBJECT] * row[FIRST_CLASS + best];
    if (!(score >= conf))
        return 0;
    float cx = row[0], cy = row[1], w = row[2], h = row[3];
    if (desc->variant == VARIANT_GRID) {
        float s = (float)stride;
        cx = (cx + (float)x) * s;
        cy = (cy + (float)y) * s;
        w = expf(w) * s;
        h = expf(h) * s;
    }
    return weir_head_add(boxes, lb, cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, score, best);
}

static int decode(const struct weir_model_desc *desc, const struct weir_tensor *outs,
                  size_t outs_len, int b, const struct weir_letterbox *lb, float conf,
                  struct weir_boxes *boxes, struct weir_error *err) {
    struct weir_size size = {lb->dst_width, lb->dst_height};
    int64_t cells = weir_head_cells(size, strides);
    int64_t cols = FIRST_CLASS + desc->classes;
    if (outs_len != 1 || !outs[0].f32 || outs[0].rank != 3 || outs[0].dim[0] <= b ||
        outs[0].dim[1] != cells || outs[0].dim[2] != cols)
        return weir_fail(
            err, WEIR_EMODEL,
            "yolox: the output does not fit an input of %dx%d: expected [%d,%lld,%lld]", size.width,
            size.height, b + 1, (long long)cells, (long long)cols);
    const float *row = outs[0].f32 + b * cells * cols;
    for (const int *s = strides; *s; s++) {
        int w = (size.width + *s - 1) / *s, h = (size.height + *s - 1) / *s;
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++, row += cols) {
                /* A class is at most 1: below conf here is below conf in the end. */
                if (!(row[OBJECT] >= conf))
                    continue;
                int rc = add_row(row, desc, lb, conf, x, y, *s, boxes);
                if (rc)
                    return weir_fail(err, rc, "yolox: out of memory");
            }
    }
    return 0;
}

const struct weir_head weir_head_yolox = {
    .name = "yolox",
    .expects = "one output [B,N,5+C], N = cells of strides 8, 16, 32",
    .match = match,
    .decode = decode,
    .examine = examine,
};
