/*
 * RT-DETR, D-FINE, DEIM: labels [B,K], boxes [B,K,4] (corners in pixels of the
 * source) and scores [B,K]; a second input, orig_target_sizes [B,2], tells the
 * graph how wide and high the source is. One box per object: no suppression.
 */
#include "pipeline/detect/head.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROLE_LABELS, ROLE_BOXES, ROLE_SCORES };

static int find(const struct weir_port *port, size_t len, const char *name) {
    for (size_t i = 0; i < len; i++)
        if (strcmp(port[i].name, name) == 0)
            return (int)i;
    return -1;
}

static int match(const struct weir_graph *graph, struct weir_model_desc *desc) {
    int size = find(graph->input, graph->input_len, "orig_target_sizes");
    int labels = find(graph->output, graph->output_len, "labels");
    int boxes = find(graph->output, graph->output_len, "boxes");
    int scores = find(graph->output, graph->output_len, "scores");
    if (size < 0 || labels < 0 || boxes < 0 || scores < 0 || graph->output_len != 3)
        return 0;
    const struct weir_port *in = &graph->input[size];
    if (in->rank != 2 || in->dim[1] > 2 || graph->output[labels].rank != 2 ||
        graph->output[boxes].rank != 3 || graph->output[scores].rank != 2 ||
        (graph->output[boxes].dim[2] > 0 && graph->output[boxes].dim[2] != 4))
        return 0;
    desc->size_input = size;
    if (!weir_head_find_image(graph, desc))
        return 0;
    desc->role[ROLE_LABELS] = labels;
    desc->role[ROLE_BOXES] = boxes;
    desc->role[ROLE_SCORES] = scores;
    snprintf(desc->why, sizeof desc->why,
             "input 'orig_target_sizes' and outputs 'labels', 'boxes', 'scores'");
    desc->color = WEIR_COLOR_RGB;
    desc->resize = WEIR_RESIZE_STRETCH;
    for (int i = 0; i < 3; i++)
        desc->scale[i] = 1 / 255.0f;
    desc->stride = 32;
    desc->preferred = (struct weir_size){640, 640};
    desc->classes = 0; /* the shapes do not say */
    desc->conf = 0.4f; /* as the families' own tools draw boxes */
    desc->nms_iou = 1;
    return 98;
}

/* Labels are integers in most exports, floats in some: -1 where it is no number. */
static int64_t label_at(const struct weir_tensor *labels, int64_t i) {
    if (labels->i64)
        return labels->i64[i];
    return isfinite(labels->f32[i]) && fabsf(labels->f32[i]) < 1e6f ? (int64_t)labels->f32[i] : -1;
}

static int decode(const struct weir_model_desc *desc, const struct weir_tensor *outs,
                  size_t outs_len, int b, const struct weir_letterbox *lb, float conf,
                  struct weir_boxes *boxes, struct weir_error *err) {
    if (outs_len != 3)
        return weir_fail(err, WEIR_EMODEL, "detr: found %zu outputs; expected 3", outs_len);
    const struct weir_tensor *labels = &outs[desc->role[ROLE_LABELS]];
    const struct weir_tensor *corners = &outs[desc->role[ROLE_BOXES]];
    const struct weir_tensor *scores = &outs[desc->role[ROLE_SCORES]];
    int64_t k = scores->rank == 2 ? scores->dim[1] : -1;
    if (k < 0 || !scores->f32 || !corners->f32 || (!labels->f32 && !labels->i64) ||
        labels->rank != 2 || corners->rank != 3 || labels->dim[1] != k || corners->dim[1] != k ||
        corners->dim[2] != 4 || scores->dim[0] <= b || labels->dim[0] <= b || corners->dim[0] <= b)
        return weir_fail(err, WEIR_EMODEL,
                         "detr: the outputs do not fit: expected labels [%d,K], boxes [%d,K,4], "
                         "scores [%d,K]",
                         b + 1, b + 1, b + 1);
    /* The graph was told the size of the source, or of its input where that is padded. */
    struct weir_letterbox scaled = *lb;
    if (desc->resize == WEIR_RESIZE_STRETCH)
        scaled =
            weir_letterbox_stretch(lb->src_width, lb->src_height, lb->src_width, lb->src_height);
    for (int64_t i = b * k; i < (b + 1) * k; i++) {
        if (!(scores->f32[i] >= conf) || !isfinite(scores->f32[i]))
            continue;
        int64_t label = label_at(labels, i);
        if (label < 0 || label >= desc->classes)
            return weir_fail(err, WEIR_EMODEL,
                             "detr: the graph gave class %lld; it has %d: state all of them as "
                             "'classes' in its sidecar",
                             (long long)label, desc->classes);
        const float *box = corners->f32 + i * 4;
        int rc = weir_head_add(boxes, &scaled, box[0], box[1], box[2], box[3], scores->f32[i],
                               (int)label);
        if (rc)
            return weir_fail(err, rc, "detr: out of memory");
    }
    return 0;
}

const struct weir_head weir_head_detr = {
    .name = "detr",
    .expects = "inputs picture and orig_target_sizes [B,2]; outputs labels [B,K], boxes [B,K,4], "
               "scores [B,K] (DEIM, D-FINE, RT-DETR)",
    .match = match,
    .decode = decode,
};
