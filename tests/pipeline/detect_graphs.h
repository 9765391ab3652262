/*
 * Tiny detectors of every family, as real ONNX graphs. Each takes its picture
 * seriously: output = base + gain * (the mean of one channel of the input
 * tensor), so that what pre-processing wrote can be read off the boxes.
 */
#ifndef WEIR_TESTS_PIPELINE_DETECT_GRAPHS_H
#define WEIR_TESTS_PIPELINE_DETECT_GRAPHS_H

#include "support/onnx_build.h"

struct tiny {
    enum onnx_type type; /* of the picture input; 0: f32 */
    bool nhwc;
    int64_t batch, height, width; /* declared; -1: symbolic */
    int channel; /* the one whose mean is taken */
    const char *output; /* name; NULL: "output" */
    int rank; /* of the output, 2 … 4 */
    int64_t dim[4]; /* dim[0] is 1 */
    const float *base, *gain; /* of dim[1] * … values; gain NULL: zeros */
    const char *meta[8]; /* key, value, key, value, …, NULL */
};

/* One output of any shape. */
void tiny_write(const struct tiny *tiny, const char *path);

/* labels, boxes, scores for K objects: boxes in relative terms (scaled by
 * orig_target_sizes in the graph), score = base + gain * mean. Batch 1. */
void tiny_detr_write(const char *path, int64_t height, int64_t width, int64_t k,
                     const int64_t *labels, const float *boxes, const float *scores,
                     const float *gain);

/* NanoDet in pairs of outputs, those of the largest stride first; each cell alike. */
void tiny_nanodet_write(const char *path, int64_t side, int64_t classes, const float *scores,
                        const float *distances);

/*
 * Of variable size: strided convolutions as YOLOs have them. Each cell says
 * values[0 … rows-1], and its row `score_row` is the mean of its pixels times gain. order:
 * 1: [B,rows,N]; -1: [B,N*copies,rows].
 */
void tiny_pyramid_write(const char *path, const char *output, int rows, const float *values,
                        int score_row, float gain, int order, int copies, const char *const *meta);

/* A YOLOv8 of 64x64 and one class that runs on everything but white: there its Gather
 * leaves its bounds and the run fails. Any batch; one box (20,5)-(40,35) of score 0.8. */
void tiny_picky_write(const char *path);

#endif
