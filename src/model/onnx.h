/*
 * ONNX files in memory: loaded whole, edited as the C structs that protobuf-c
 * generates from the schema, written whole. Fields that the schema at build
 * time did not know are kept. Everything inside a model lives on the malloc
 * heap, so that fields may be replaced one by one.
 */
#ifndef WEIR_MODEL_ONNX_H
#define WEIR_MODEL_ONNX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "onnx.pb-c.h"

/* ENOENT, EIO; ECORRUPT: not an ONNX model, or truncated; ERANGE: over 2 GB. */
int onnx_load(const char *path, Onnx__ModelProto **ret_model, struct weir_error *err);
/* The file appears whole or not at all. */
int onnx_save(const Onnx__ModelProto *model, const char *path, struct weir_error *err);
void onnx_free(Onnx__ModelProto *model); /* NULL allowed */

/* The version of the default operator set, 0 if the model states none. */
int64_t onnx_opset(const Onnx__ModelProto *model);

/* NULL if the node has no such attribute. */
Onnx__AttributeProto *onnx_attr(const Onnx__NodeProto *node, const char *name);
int64_t onnx_attr_int(const Onnx__NodeProto *node, const char *name, int64_t fallback);
/* The bytes of a string attribute equal text; absent counts as fallback. */
bool onnx_attr_is(const Onnx__NodeProto *node, const char *name, const char *text,
                  const char *fallback);
/* Takes an attribute off a node and frees it. */
void onnx_attr_remove(Onnx__NodeProto *node, const char *name);

/* Number of elements; -1 for negative or absurd dimensions. */
int64_t onnx_tensor_len(const Onnx__TensorProto *tensor);
/* Elements of an INT64 or INT32 tensor. EMODEL: another type, or data missing. */
int onnx_tensor_int(const Onnx__TensorProto *tensor, int64_t i, int64_t *ret);
/* Elements of a FLOAT tensor, likewise. */
int onnx_tensor_float(const Onnx__TensorProto *tensor, int64_t i, float *ret);

/* Replaces a string field. ENOMEM. */
int onnx_set_string(char **field, const char *text);

/* New nodes and constants, all on the heap; NULL: no memory. inputs and outputs
 * are copied; an empty name is an input left out. */
Onnx__NodeProto *onnx_node_new(const char *op, const char *name, const char *const *inputs,
                               size_t inputs_len, const char *output);
Onnx__NodeProto *onnx_constant_ints(const char *output, const int64_t *value, size_t len,
                                    bool scalar);
Onnx__NodeProto *onnx_constant_floats(const char *output, const float *value, const int64_t *dims,
                                      size_t dims_len);
int onnx_node_add_int(Onnx__NodeProto *node, const char *name, int64_t value);
int onnx_node_add_ints(Onnx__NodeProto *node, const char *name, const int64_t *value, size_t len);
/* Of a tensor, with that many dimensions, none of them set. */
Onnx__ValueInfoProto *onnx_value_info_new(const char *name, int32_t type, size_t rank);
void onnx_node_free(Onnx__NodeProto *node);

/* Makes input i of a node read another tensor. ENOMEM. */
int onnx_node_set_input(Onnx__NodeProto *node, size_t i, const char *tensor);

#endif
