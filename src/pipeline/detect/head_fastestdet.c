/*
 * FastestDet (dog-qiuqiu/FastestDet): one output [B,5+C,H/16,W/16] of planes:
 * objectness, centre and size in relative terms, classes (sigmoid and softmax
 * are in the graph). Score = objectness^0.6 * class^0.4; the centre is
 * (tanh + cell) / cells, the size a sigmoid of the picture's.
 */
#include "pipeline/detect/head.h"

#include <math.h>
#include <stdio.h>

enum { STRIDE = 16, FIRST_CLASS = 5 };

static bool fits(int64_t cells, int pixels) {
    return cells < 0 || pixels == 0 || cells == (pixels + STRIDE - 1) / STRIDE;
}

static int match(const struct weir_graph *graph, struct weir_model_desc *desc) {
    if (!weir_head_find_image(graph, desc) || graph->output_len != 1)
        return 0;
    const struct weir_port *out = &graph->output[0];
    if (out->rank != 4 || out->dim[1] <= FIRST_CLASS || !fits(out->dim[2], desc->size.height) ||
        !fits(out->dim[3], desc->size.width))
        return 0;
    desc->classes = (int)out->dim[1] - FIRST_CLASS;
    bool exact = out->dim[2] > 0 && out->dim[3] > 0 && desc->size.width && desc->size.height;
    snprintf(desc->why, sizeof desc->why, "output '%s' has 5 + %d planes, %s", out->name,
             desc->classes,
             exact ? "a sixteenth of the input wide and high" : "one value for each cell");
    desc->color = WEIR_COLOR_BGR;
    desc->resize = WEIR_RESIZE_STRETCH;
    for (int i = 0; i < 3; i++)
        desc->scale[i] = 1 / 255.0f;
    desc->stride = 32;
    desc->preferred = (struct weir_size){352, 352};
    desc->conf = 0.65f; /* as its own test program draws boxes */
    desc->nms_iou = 0.45f;
    return exact ? 90 : 50;
}

static float sigmoid(float v) {
    return 1 / (1 + expf(-v));
}

static int decode(const struct weir_model_desc *desc, const struct weir_tensor *outs,
                  size_t outs_len, int b, const struct weir_letterbox *lb, float conf,
                  struct weir_boxes *boxes, struct weir_error *err) {
    int w = (lb->dst_width + STRIDE - 1) / STRIDE, h = (lb->dst_height + STRIDE - 1) / STRIDE;
    if (outs_len != 1 || !outs[0].f32 || outs[0].rank != 4 || outs[0].dim[0] <= b ||
        outs[0].dim[1] != FIRST_CLASS + desc->classes || outs[0].dim[2] != h || outs[0].dim[3] != w)
        return weir_fail(err, WEIR_EMODEL,
                         "fastestdet: the output does not fit an input of %dx%d: expected "
                         "[%d,%d,%d,%d]",
                         lb->dst_width, lb->dst_height, b + 1, FIRST_CLASS + desc->classes, h, w);
    const int64_t cells = (int64_t)w * h;
    const float *plane = outs[0].f32 + b * cells * (FIRST_CLASS + desc->classes);
    for (int64_t i = 0; i < cells; i++) {
        float object = powf(plane[i], 0.6f);
        /* A class is at most 1: below conf here is below conf in the end. */
        if (!(object >= conf))
            continue;
        int best = 0;
        for (int c = 1; c < desc->classes; c++)
            if (plane[(FIRST_CLASS + c) * cells + i] > plane[(FIRST_CLASS + best) * cells + i])
                best = c;
        float score = object * powf(plane[(FIRST_CLASS + best) * cells + i], 0.4f);
        if (!(score >= conf))
            continue;
        int x = (int)(i % w), y = (int)(i / w);
        float cx = (tanhf(plane[cells + i]) + (float)x) / (float)w * (float)lb->dst_width;
        float cy = (tanhf(plane[2 * cells + i]) + (float)y) / (float)h * (float)lb->dst_height;
        float bw = sigmoid(plane[3 * cells + i]) * (float)lb->dst_width / 2;
        float bh = sigmoid(plane[4 * cells + i]) * (float)lb->dst_height / 2;
        int rc = weir_head_add(boxes, lb, cx - bw, cy - bh, cx + bw, cy + bh, score, best);
        if (rc)
            return weir_fail(err, rc, "fastestdet: out of memory");
    }
    return 0;
}

const struct weir_head weir_head_fastestdet = {
    .name = "fastestdet",
    .expects = "one output [B,5+C,H/16,W/16]",
    .match = match,
    .decode = decode,
};
