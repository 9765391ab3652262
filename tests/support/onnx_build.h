/*
 * Small real ONNX files for tests, written field by field in protobuf's wire
 * format (onnx.proto of ONNX 1.12; IR 8, opset 13). Names are borrowed for the call
 * only. Nothing here fails but by failing the test.
 */
#ifndef WEIR_TESTS_ONNX_BUILD_H
#define WEIR_TESTS_ONNX_BUILD_H

#include "base/base.h"

/* TensorProto.DataType */
enum onnx_type { ONNX_F32 = 1, ONNX_U8 = 2, ONNX_I32 = 6, ONNX_I64 = 7, ONNX_F16 = 10 };

struct onnx_build {
    struct weir_buf nodes, initializers, inputs, outputs, metadata;
};

/* Starts from {0}. A dimension of -1 is symbolic ("d0", "d1", …). */
void onnx_input(struct onnx_build *b, const char *name, enum onnx_type type, int rank,
                const int64_t *dim);
void onnx_output(struct onnx_build *b, const char *name, enum onnx_type type, int rank,
                 const int64_t *dim);
void onnx_metadata(struct onnx_build *b, const char *key, const char *value);

/* Constants; f32 values are narrowed where type is ONNX_F16. */
void onnx_floats(struct onnx_build *b, const char *name, enum onnx_type type, int rank,
                 const int64_t *dim, const float *value);
void onnx_ints(struct onnx_build *b, const char *name, int rank, const int64_t *dim,
               const int64_t *value);
/* A constant whose bytes lie in another file, which nobody writes. */
void onnx_external(struct onnx_build *b, const char *name, int rank, const int64_t *dim,
                   const char *location);

/* One node: inputs as "a b c", one output, and up to one attribute: an int (attr, i) or
 * ints (attr, ints[len]); attr NULL: none. */
void onnx_node(struct onnx_build *b, const char *op, const char *inputs, const char *output);
void onnx_node_int(struct onnx_build *b, const char *op, const char *inputs, const char *output,
                   const char *attr, int64_t i);
void onnx_node_ints(struct onnx_build *b, const char *op, const char *inputs, const char *output,
                    const char *attr, const int64_t *ints, size_t len);

/* Writes the model and empties b. */
void onnx_write(struct onnx_build *b, const char *path);

#endif
