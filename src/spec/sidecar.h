/*
 * The sidecar of a model, FILE.yaml beside FILE.onnx: states what cannot be
 * recognised from the graph, or overrules what was.
 *
 *   head: yolov8                # a name from `weir model heads`
 *   layout: nchw                # nchw | nhwc
 *   color: rgb                  # rgb | bgr
 *   resize: letterbox           # letterbox | letterbox-topleft | stretch
 *   pad: 114                    # 0–255
 *   mean: [123.7, 116.3, 103.5] # per channel, in the order of color, on 0–255
 *   std: [58.4, 57.1, 57.4]     # (value - mean) / std
 *   classes: [person, car]
 *   size: 640x384
 *   stride: 32
 */
#ifndef WEIR_SPEC_SIDECAR_H
#define WEIR_SPEC_SIDECAR_H

#include <stdbool.h>

#include "spec/workflow.h"

enum weir_layout { WEIR_LAYOUT_NCHW, WEIR_LAYOUT_NHWC };
enum weir_color { WEIR_COLOR_RGB, WEIR_COLOR_BGR };
enum weir_resize { WEIR_RESIZE_LETTERBOX, WEIR_RESIZE_LETTERBOX_TOPLEFT, WEIR_RESIZE_STRETCH };

struct weir_sidecar {
    char *head; /* NULL: not stated; likewise each has_ below */
    bool has_layout, has_color, has_resize, has_pad, has_mean, has_std, has_size, has_stride;
    enum weir_layout layout;
    enum weir_color color;
    enum weir_resize resize;
    double pad, mean[3], std[3];
    struct weir_size size;
    int stride;
    struct weir_strings classes;
};

/* ENOENT (no such file; err untouched), EINVAL with every error at once. */
int weir_sidecar_load(const char *path, struct weir_sidecar *ret, struct weir_error *err);
void weir_sidecar_done(struct weir_sidecar *sidecar);

#endif
