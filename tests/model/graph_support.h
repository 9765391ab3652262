/* Small ONNX graphs, built by hand. Everything asserts. */
#ifndef WEIR_TESTS_MODEL_GRAPH_SUPPORT_H
#define WEIR_TESTS_MODEL_GRAPH_SUPPORT_H

#include "support/support.h"

#include "model/onnx.h"

enum {
    GRAPH_F32 = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT,
    GRAPH_I64 = ONNX__TENSOR_PROTO__DATA_TYPE__INT64
};

/* An empty model of that operator set; free with onnx_free. */
Onnx__ModelProto *graph_new(int64_t opset);
/* A dimension below 0 is symbolic. */
void graph_input(Onnx__ModelProto *model, const char *name, int32_t type, size_t rank,
                 const int64_t *dim);
void graph_output(Onnx__ModelProto *model, const char *name, size_t rank, const int64_t *dim);
/* The usual picture: "x" f32 [1,3,height,width]. */
void graph_picture(Onnx__ModelProto *model, int64_t height, int64_t width);

/* inputs and outputs are separated by spaces; "-" is an input left out. */
Onnx__NodeProto *graph_node(Onnx__ModelProto *model, const char *op, const char *name,
                            const char *inputs, const char *outputs);
void graph_ints(Onnx__ModelProto *model, const char *name, const int64_t *value, size_t len);
/* value NULL: small pseudo-random numbers */
void graph_floats(Onnx__ModelProto *model, const char *name, size_t rank, const int64_t *dim,
                  const float *value);
/* Conv `name` from in to out: k x k in steps of s, padded by k / 2, random weights. */
void graph_conv(Onnx__ModelProto *model, const char *name, const char *in, const char *out,
                int64_t from, int64_t to, int64_t k, int64_t s);

/* The first node of that name, NULL if there is none. */
Onnx__NodeProto *graph_find(const Onnx__ModelProto *model, const char *name);
/* How many nodes of that operator there are. */
int graph_count(const Onnx__ModelProto *model, const char *op);
/* "1,3,height,width" of an output, or of an input; static. */
const char *graph_shape(const Onnx__ValueInfoProto *info);

#endif
