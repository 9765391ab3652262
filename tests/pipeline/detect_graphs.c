#include "support/support.h"

#include "pipeline/detect_graphs.h"

#include <stdlib.h>
#include <string.h>

static void put_meta(struct onnx_build *b, const char *const *meta) {
    for (size_t i = 0; meta && meta[i]; i += 2)
        onnx_metadata(b, meta[i], meta[i + 1]);
}

/* "mean" [B,1,1,…] of the output's rank: the mean of one channel of input "images". */
static void put_mean(struct onnx_build *b, const struct tiny *t, enum onnx_type type, int rank) {
    int64_t nchw[] = {t->batch, 3, t->height, t->width};
    int64_t nhwc[] = {t->batch, t->height, t->width, 3};
    onnx_input(b, "images", type, 4, t->nhwc ? nhwc : nchw);
    const char *picture = "images";
    if (type == ONNX_U8) {
        onnx_node_int(b, "Cast", picture, "real", "to", ONNX_F32);
        picture = "real";
    }
    if (t->nhwc) {
        static const int64_t order[] = {0, 3, 1, 2};
        onnx_node_ints(b, "Transpose", picture, "planar", "perm", order, 4);
        picture = "planar";
    }
    int64_t channel = t->channel, one = 1;
    onnx_ints(b, "channel", 1, &one, &channel);
    char inputs[64];
    snprintf(inputs, sizeof inputs, "%s channel", picture);
    onnx_node_int(b, "Gather", inputs, "chosen", "axis", 1);
    static const int64_t plane[] = {2, 3};
    onnx_node_ints(b, "ReduceMean", "chosen", "mean4", "axes", plane, 2); /* [B,1,1,1] */
    int64_t shape[4] = {0, 1, 1, 1}, len = rank;
    onnx_ints(b, "mean_shape", 1, &len, shape);
    onnx_node(b, "Reshape", "mean4 mean_shape", "mean");
}

void tiny_write(const struct tiny *t, const char *path) {
    struct onnx_build b = {0};
    enum onnx_type type = t->type ? t->type : ONNX_F32;
    enum onnx_type real = type == ONNX_U8 ? ONNX_F32 : type;
    const char *output = t->output ? t->output : "output";
    put_mean(&b, t, type, t->rank);
    size_t len = 1;
    for (int i = 0; i < t->rank; i++)
        len *= (size_t)t->dim[i];
    float *zeros = calloc(len, sizeof *zeros);
    assert_non_null(zeros);
    onnx_floats(&b, "base", real, t->rank, t->dim, t->base);
    onnx_floats(&b, "gain", real, t->rank, t->dim, t->gain ? t->gain : zeros);
    free(zeros);
    onnx_node(&b, "Mul", "gain mean", "seen");
    onnx_node(&b, "Add", "base seen", output);
    int64_t dim[4];
    memcpy(dim, t->dim, sizeof dim);
    dim[0] = t->batch;
    onnx_output(&b, output, real, t->rank, dim);
    put_meta(&b, t->meta);
    onnx_write(&b, path);
}

void tiny_detr_write(const char *path, int64_t height, int64_t width, int64_t k,
                     const int64_t *labels, const float *boxes, const float *scores,
                     const float *gain) {
    struct onnx_build b = {0};
    struct tiny t = {.batch = 1, .height = height, .width = width, .channel = 0};
    put_mean(&b, &t, ONNX_F32, 2);
    int64_t sizes[] = {1, 2}, flat[] = {1, k}, corners[] = {1, k, 4}, one = 1, axis = 1;
    onnx_input(&b, "orig_target_sizes", ONNX_I64, 2, sizes);
    onnx_ints(&b, "label_values", 2, flat, labels);
    onnx_node(&b, "Identity", "label_values", "labels");
    onnx_floats(&b, "score_base", ONNX_F32, 2, flat, scores);
    onnx_floats(&b, "score_gain", ONNX_F32, 2, flat, gain);
    onnx_node(&b, "Mul", "score_gain mean", "score_seen");
    onnx_node(&b, "Add", "score_base score_seen", "scores");
    onnx_floats(&b, "box_values", ONNX_F32, 3, corners, boxes);
    onnx_node_int(&b, "Cast", "orig_target_sizes", "wh", "to", ONNX_F32);
    onnx_node_int(&b, "Concat", "wh wh", "whwh", "axis", 1);
    onnx_ints(&b, "axis", 1, &one, &axis);
    onnx_node(&b, "Unsqueeze", "whwh axis", "whwh3");
    onnx_node(&b, "Mul", "box_values whwh3", "boxes");
    /* Not in the order in which a reader would look. */
    onnx_output(&b, "scores", ONNX_F32, 2, flat);
    onnx_output(&b, "labels", ONNX_I64, 2, flat);
    onnx_output(&b, "boxes", ONNX_F32, 3, corners);
    onnx_write(&b, path);
}

void tiny_nanodet_write(const char *path, int64_t side, int64_t classes, const float *scores,
                        const float *distances) {
    struct onnx_build b = {0};
    struct tiny t = {.batch = 1, .height = side, .width = side};
    put_mean(&b, &t, ONNX_F32, 3);
    float zero = 0;
    onnx_floats(&b, "zero", ONNX_F32, 0, NULL, &zero);
    onnx_node(&b, "Mul", "mean zero", "nothing");
    for (int stride = 32; stride >= 8; stride /= 2) {
        int64_t n = (side / stride) * (side / stride);
        int64_t dims[] = {1, n, 0};
        for (int sides = 1; sides >= 0; sides--) {
            char constant[32], inputs[64], name[32];
            const float *row = sides ? distances : scores;
            dims[2] = sides ? 32 : classes;
            size_t cols = (size_t)dims[2];
            float *all = calloc((size_t)n * cols, sizeof *all);
            assert_non_null(all);
            for (int64_t i = 0; i < n; i++)
                memcpy(all + (size_t)i * cols, row, cols * sizeof *all);
            snprintf(name, sizeof name, "%s_pred_stride_%d", sides ? "dis" : "cls", stride);
            snprintf(constant, sizeof constant, "c_%d_%d", sides, stride);
            snprintf(inputs, sizeof inputs, "%s nothing", constant);
            onnx_floats(&b, constant, ONNX_F32, 3, dims, all);
            onnx_node(&b, "Add", inputs, name);
            onnx_output(&b, name, ONNX_F32, 3, dims);
            free(all);
        }
    }
    onnx_write(&b, path);
}

void tiny_pyramid_write(const char *path, const char *output, int rows, const float *values,
                        int score_row, float gain, int order, int copies, const char *const *meta) {
    struct onnx_build b = {0};
    int64_t picture[] = {-1, 3, -1, -1}, out[] = {-1, order > 0 ? rows : -1, order > 0 ? -1 : rows};
    onnx_input(&b, "images", ONNX_F32, 4, picture);
    int64_t shape[] = {0, rows, -1}, three = 3, rows_dim = rows;
    onnx_ints(&b, "shape", 1, &three, shape);
    onnx_floats(&b, "bias", ONNX_F32, 1, &rows_dim, values);
    char levels[256] = "";
    for (int stride = 8; stride <= 32; stride *= 2) {
        int64_t kernel[] = {rows, 3, stride, stride}, step[] = {stride, stride};
        size_t each = (size_t)3 * (size_t)stride * (size_t)stride;
        float *weight = calloc((size_t)rows * each, sizeof *weight);
        assert_non_null(weight);
        for (size_t i = 0; i < each; i++)
            weight[(size_t)score_row * each + i] = gain / (float)each;
        char name[32], inputs[64], conv[32], flat[32];
        snprintf(name, sizeof name, "w%d", stride);
        snprintf(inputs, sizeof inputs, "images w%d bias", stride);
        snprintf(conv, sizeof conv, "conv%d", stride);
        snprintf(flat, sizeof flat, "flat%d", stride);
        onnx_floats(&b, name, ONNX_F32, 4, kernel, weight);
        onnx_node_ints(&b, "Conv", inputs, conv, "strides", step, 2);
        snprintf(inputs, sizeof inputs, "%s shape", conv);
        onnx_node(&b, "Reshape", inputs, flat);
        for (int c = 0; c < copies; c++)
            snprintf(levels + strlen(levels), sizeof levels - strlen(levels), "%s%s",
                     levels[0] ? " " : "", flat);
        free(weight);
    }
    if (order > 0) {
        onnx_node_int(&b, "Concat", levels, output, "axis", 2);
    } else {
        static const int64_t perm[] = {0, 2, 1};
        onnx_node_int(&b, "Concat", levels, "columns", "axis", 2);
        onnx_node_ints(&b, "Transpose", "columns", output, "perm", perm, 3);
    }
    onnx_output(&b, output, ONNX_F32, 3, out);
    put_meta(&b, meta);
    onnx_write(&b, path);
}

void tiny_picky_write(const char *path) {
    struct onnx_build b = {0};
    struct tiny t = {.batch = -1, .height = 64, .width = 64};
    enum { COLS = 5, CELLS = 84 };
    static const float box[COLS] = {30, 20, 20, 30, 0.8f};
    int64_t dim[] = {1, COLS, CELLS}, all = -1, one = 1;
    float base[COLS * CELLS] = {0};
    for (int c = 0; c < COLS; c++)
        base[c * CELLS + 17] = box[c];
    put_mean(&b, &t, ONNX_F32, 3);
    onnx_floats(&b, "base", ONNX_F32, 3, dim, base);
    onnx_ints(&b, "all", 1, &one, &all);
    onnx_node(&b, "Reshape", "mean all", "means");
    onnx_node_int(&b, "Cast", "means", "index", "to", ONNX_I64); /* 0 below white, 1 there */
    onnx_node_int(&b, "Gather", "base index", "output0", "axis", 0);
    dim[0] = -1;
    onnx_output(&b, "output0", ONNX_F32, 3, dim);
    onnx_write(&b, path);
}
