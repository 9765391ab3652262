/*
 * NanoDet (RangiLyu/nanodet): a generalised focal loss head (Li et al., NeurIPS
 * 2020). Each cell has C class scores and, for each side of its box, a
 * distribution over R + 1 distances whose mean, times the stride, is how far that side lies
 * from the cell's centre.
 *
 * Two forms: a pair of outputs for each stride, cls_pred_stride_S [B,N,C] and
 * dis_pred_stride_S [B,N,4*(R+1)], in any order, centres at x*s + (s-1)/2; or
 * one output [B,N,C+4*(R+1)] over all strides, as NanoDet-Plus has it (strides 8 to 64,
 * centres at x*s; with three strides, centres as above). Scores are sigmoided
 * in the usual export; a trial run notices where they are not.
 */
#include "pipeline/detect/head.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LEVELS_MAX = 4, SIDES = 4, BINS_USUAL = 8, BINS_MAX = 64 };
enum { ROLE_SCORES = 0, ROLE_SIDES = LEVELS_MAX }; /* + level */
enum { FORM_PAIRS = 0, FORM_ROWS = 1, FORM_ROWS_PLUS = 2, FORM_MASK = 3, LOGITS = 4 };

static const int strides[LEVELS_MAX + 1] = {8, 16, 32, 64, 0};
static const int strides_of_three[] = {8, 16, 32, 0};

static void describe(struct weir_model_desc *desc) {
    static const float mean[3] = {103.53f, 116.28f, 123.675f};
    static const float std[3] = {57.375f, 57.12f, 58.395f};
    desc->color = WEIR_COLOR_BGR;
    desc->resize = WEIR_RESIZE_LETTERBOX;
    desc->pad = 0;
    for (int i = 0; i < 3; i++) {
        desc->mean[i] = mean[i];
        desc->scale[i] = 1 / std[i];
    }
    desc->stride = 32;
    desc->preferred = (struct weir_size){416, 416};
    desc->conf = 0.35f; /* as its own demo draws boxes */
    desc->nms_iou = 0.6f;
}

static int find_output(const struct weir_graph *graph, const char *prefix, int stride) {
    char name[64];
    snprintf(name, sizeof name, "%s%d", prefix, stride);
    for (size_t i = 0; i < graph->output_len; i++)
        if (strcmp(graph->output[i].name, name) == 0 && graph->output[i].rank == 3)
            return (int)i;
    return -1;
}

static int match_pairs(const struct weir_graph *graph, struct weir_model_desc *desc) {
    int levels = 0;
    for (int l = 0; l < LEVELS_MAX; l++) {
        desc->role[ROLE_SCORES + l] = find_output(graph, "cls_pred_stride_", strides[l]);
        desc->role[ROLE_SIDES + l] = find_output(graph, "dis_pred_stride_", strides[l]);
        if ((desc->role[ROLE_SCORES + l] < 0) != (desc->role[ROLE_SIDES + l] < 0))
            return 0;
        levels += desc->role[ROLE_SCORES + l] >= 0;
    }
    if (!levels || (size_t)levels * 2 != graph->output_len)
        return 0;
    int64_t classes = 0;
    for (int l = 0; l < LEVELS_MAX; l++) {
        if (desc->role[ROLE_SCORES + l] < 0)
            continue;
        const struct weir_port *scores = &graph->output[desc->role[ROLE_SCORES + l]];
        const struct weir_port *sides = &graph->output[desc->role[ROLE_SIDES + l]];
        if (scores->dim[2] <= 0 || (classes && scores->dim[2] != classes) ||
            (sides->dim[2] > 0 && sides->dim[2] % SIDES))
            return 0;
        classes = scores->dim[2];
    }
    desc->classes = (int)classes;
    desc->variant = FORM_PAIRS;
    snprintf(desc->why, sizeof desc->why,
             "outputs cls_pred_stride_S of %d classes and dis_pred_stride_S, a pair for each of %d "
             "strides",
             desc->classes, levels);
    return 95;
}

static int match_rows(const struct weir_graph *graph, struct weir_model_desc *desc) {
    const struct weir_port *out = &graph->output[0];
    if (graph->output_len != 1 || out->rank != 3 || out->dim[2] <= SIDES * BINS_USUAL)
        return 0;
    desc->classes = (int)out->dim[2] - SIDES * BINS_USUAL;
    desc->variant = FORM_ROWS_PLUS;
    if (!desc->size.width || !desc->size.height || out->dim[1] <= 0)
        return 5;
    int64_t n = out->dim[1];
    bool plus = n == weir_head_cells(desc->size, strides);
    if (!plus && n != weir_head_cells(desc->size, strides_of_three))
        return 5;
    desc->variant = plus ? FORM_ROWS_PLUS : FORM_ROWS;
    snprintf(desc->why, sizeof desc->why,
             "output '%s' has a row of %d classes and 4 x 8 distances for each of the %lld cells "
             "of strides 8, 16, 32%s at %dx%d",
             out->name, desc->classes, (long long)n, plus ? ", 64" : "", desc->size.width,
             desc->size.height);
    /* On three strides a YOLOX of 27 classes more would look the same: COCO's 80 decide. */
    return plus ? 92 : desc->classes == 80 ? 95 : 10;
}

static int match(const struct weir_graph *graph, struct weir_model_desc *desc) {
    if (!weir_head_find_image(graph, desc) || !graph->output_len)
        return 0;
    describe(desc);
    int sure = match_pairs(graph, desc);
    return sure ? sure : match_rows(graph, desc);
}

static void examine(struct weir_model_desc *desc, const struct weir_tensor *outs, size_t outs_len,
                    struct weir_size size) {
    bool outside = false;
    bool rows = (desc->variant & FORM_MASK) != FORM_PAIRS;
    for (int l = 0; l < (rows ? 1 : LEVELS_MAX); l++) {
        int i = rows ? 0 : desc->role[ROLE_SCORES + l];
        if (i < 0 || (size_t)i >= outs_len || !outs[i].f32 || outs[i].rank != 3 ||
            outs[i].dim[2] < desc->classes)
            continue;
        for (int64_t r = 0; r < outs[i].dim[1]; r++)
            for (int c = 0; c < desc->classes; c++) {
                float v = outs[i].f32[r * outs[i].dim[2] + c];
                outside |= v < 0 || v > 1;
            }
    }
    if (outside) {
        desc->variant |= LOGITS;
        size_t used = strlen(desc->why);
        snprintf(desc->why + used, sizeof desc->why - used, "; scores come as logits");
    }
}

/* The cells of one stride: where their scores and sides begin, and how far apart rows are. */
struct level {
    const float *scores, *sides;
    int64_t score_cols, side_cols;
    int stride, bins;
    float centre; /* of cell 0 */
};

static float distance(const float *logit, int bins) {
    float top = logit[0], sum = 0, mean = 0;
    for (int k = 1; k < bins; k++)
        top = logit[k] > top ? logit[k] : top;
    for (int k = 0; k < bins; k++) {
        float e = expf(logit[k] - top);
        sum += e;
        mean += e * (float)k;
    }
    return mean / sum;
}

static int decode_level(const struct weir_model_desc *desc, const struct level *level,
                        const struct weir_letterbox *lb, float conf, struct weir_boxes *boxes) {
    int w = (lb->dst_width + level->stride - 1) / level->stride;
    int h = (lb->dst_height + level->stride - 1) / level->stride;
    const float s = (float)level->stride;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            int64_t cell = (int64_t)y * w + x;
            const float *scores = level->scores + cell * level->score_cols;
            int best = weir_head_best(scores, desc->classes);
            float score = scores[best];
            if (desc->variant & LOGITS)
                score = 1 / (1 + expf(-score));
            if (!(score >= conf))
                continue;
            float side[SIDES];
            for (int k = 0; k < SIDES; k++)
                side[k] = s * distance(level->sides + cell * level->side_cols + k * level->bins,
                                       level->bins);
            float cx = (float)x * s + level->centre, cy = (float)y * s + level->centre;
            int rc = weir_head_add(boxes, lb, cx - side[0], cy - side[1], cx + side[2],
                                   cy + side[3], score, best);
            if (rc)
                return rc;
        }
    return 0;
}

/* Fills level l; 1 where the model has no such stride. */
static int find_level(const struct weir_model_desc *desc, const struct weir_tensor *outs,
                      size_t outs_len, int b, struct weir_size size, int l, int64_t *at,
                      struct level *ret_level) {
    const int one[] = {strides[l], 0};
    int64_t cells = weir_head_cells(size, one);
    int form = desc->variant & FORM_MASK;
    struct level level = {.stride = strides[l], .centre = 0.5f * (float)(strides[l] - 1)};
    int64_t side_values;
    if (form == FORM_PAIRS) {
        int i = desc->role[ROLE_SCORES + l], j = desc->role[ROLE_SIDES + l];
        if (i < 0)
            return 1;
        if ((size_t)i >= outs_len || (size_t)j >= outs_len || !outs[i].f32 || !outs[j].f32 ||
            outs[i].rank != 3 || outs[j].rank != 3 || outs[i].dim[0] <= b || outs[j].dim[0] <= b ||
            outs[i].dim[1] != cells || outs[j].dim[1] != cells || outs[i].dim[2] != desc->classes)
            return WEIR_EMODEL;
        level.score_cols = outs[i].dim[2];
        level.side_cols = side_values = outs[j].dim[2];
        level.scores = outs[i].f32 + b * cells * level.score_cols;
        level.sides = outs[j].f32 + b * cells * level.side_cols;
    } else {
        if (form == FORM_ROWS && strides[l] > 32)
            return 1;
        int64_t all = weir_head_cells(size, form == FORM_ROWS ? strides_of_three : strides);
        if (outs_len != 1 || !outs[0].f32 || outs[0].rank != 3 || outs[0].dim[0] <= b ||
            outs[0].dim[1] != all || outs[0].dim[2] <= desc->classes)
            return WEIR_EMODEL;
        int64_t cols = outs[0].dim[2];
        level.score_cols = level.side_cols = cols;
        level.scores = outs[0].f32 + (b * all + *at) * cols;
        level.sides = level.scores + desc->classes;
        side_values = cols - desc->classes;
        *at += cells;
        if (form == FORM_ROWS_PLUS)
            level.centre = 0;
    }
    level.bins = (int)(side_values / SIDES);
    if (side_values % SIDES || level.bins < 2 || level.bins > BINS_MAX)
        return WEIR_EMODEL;
    *ret_level = level;
    return 0;
}

static int decode(const struct weir_model_desc *desc, const struct weir_tensor *outs,
                  size_t outs_len, int b, const struct weir_letterbox *lb, float conf,
                  struct weir_boxes *boxes, struct weir_error *err) {
    struct weir_size size = {lb->dst_width, lb->dst_height};
    struct level level[LEVELS_MAX];
    int levels = 0;
    int64_t at = 0;
    for (int l = 0; l < LEVELS_MAX; l++) {
        int rc = find_level(desc, outs, outs_len, b, size, l, &at, &level[levels]);
        if (rc < 0)
            return weir_fail(err, rc,
                             "nanodet: the outputs do not fit an input of %dx%d and %d classes at "
                             "stride %d",
                             size.width, size.height, desc->classes, strides[l]);
        levels += rc == 0;
    }
    for (int l = 0; l < levels; l++) {
        int rc = decode_level(desc, &level[l], lb, conf, boxes);
        if (rc)
            return weir_fail(err, rc, "nanodet: out of memory");
    }
    return 0;
}

const struct weir_head weir_head_nanodet = {
    .name = "nanodet",
    .expects = "outputs cls_pred_stride_S [B,N,C] and dis_pred_stride_S [B,N,4*(R+1)], or one "
               "[B,N,C+32]",
    .match = match,
    .decode = decode,
    .examine = examine,
};
