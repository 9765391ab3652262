/*
 * Reading, writing and building ONNX files. protobuf-c follows nested messages
 * by recursion, so a file is first measured: one that nests deeper than any
 * real model does is refused before it can exhaust the stack.
 */
#include "model/onnx.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 };
static const size_t SIZE_MAX_BYTES = INT32_MAX; /* protobuf's own limit */

/* ---- measuring ------------------------------------------------------------ */

struct bytes {
    const uint8_t *at, *end;
};

static bool get_varint(struct bytes *in, uint64_t *ret) {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && in->at < in->end; shift += 7) {
        uint8_t byte = *in->at++;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *ret = value;
            return true;
        }
    }
    return false;
}

/* Do messages nest at most `depth` deep, as far as the bytes are readable? What
 * is not readable is the unpacker's to refuse. */
static bool shallow(const ProtobufCMessageDescriptor *type, struct bytes in, int depth) {
    uint64_t key, len;
    if (depth == 0)
        return false;
    while (in.at < in.end && get_varint(&in, &key)) {
        size_t skip = 0;
        switch (key & 7) {
        case 0:
            if (!get_varint(&in, &len))
                return true;
            break;
        case 1:
            skip = 8;
            break;
        case 5:
            skip = 4;
            break;
        case 2: {
            if (!get_varint(&in, &len) || len > (size_t)(in.end - in.at))
                return true;
            const ProtobufCFieldDescriptor *field =
                protobuf_c_message_descriptor_get_field(type, (unsigned)(key >> 3));
            if (field && field->type == PROTOBUF_C_TYPE_MESSAGE &&
                !shallow(field->descriptor, (struct bytes){in.at, in.at + len}, depth - 1))
                return false;
            skip = len;
            break;
        }
        default:
            return true;
        }
        if (skip > (size_t)(in.end - in.at))
            return true;
        in.at += skip;
    }
    return true;
}

/* ---- files ---------------------------------------------------------------- */

int onnx_load(const char *path, Onnx__ModelProto **ret_model, struct weir_error *err) {
    char *data = NULL;
    size_t len = 0;
    int rc = weir_file_read(path, SIZE_MAX_BYTES, &data, &len, err);
    if (rc)
        return rc;
    const uint8_t *bytes = (const uint8_t *)data;
    Onnx__ModelProto *model = NULL;
    if (shallow(&onnx__model_proto__descriptor, (struct bytes){bytes, bytes + len}, DEPTH_MAX))
        model = onnx__model_proto__unpack(NULL, len, bytes);
    free(data);
    if (!model || !model->graph || !model->n_opset_import || !model->graph->n_node) {
        onnx_free(model);
        return weir_fail(err, WEIR_ECORRUPT,
                         "%s: not an ONNX model, or a truncated one (%zu bytes)", path, len);
    }
    *ret_model = model;
    return 0;
}

int onnx_save(const Onnx__ModelProto *model, const char *path, struct weir_error *err) {
    size_t len = onnx__model_proto__get_packed_size(model);
    if (len > SIZE_MAX_BYTES)
        return weir_fail(err, WEIR_ERANGE, "%s: would be %zu bytes; ONNX files end at 2 GB", path,
                         len);
    uint8_t *data = malloc(len ? len : 1);
    if (!data)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    onnx__model_proto__pack(model, data);
    int rc = weir_file_write_all(path, (const char *)data, len, err);
    free(data);
    return rc;
}

void onnx_free(Onnx__ModelProto *model) {
    if (model)
        onnx__model_proto__free_unpacked(model, NULL);
}

int64_t onnx_opset(const Onnx__ModelProto *model) {
    for (size_t i = 0; i < model->n_opset_import; i++) {
        const Onnx__OperatorSetIdProto *set = model->opset_import[i];
        if (!set->domain || !*set->domain || !strcmp(set->domain, "ai.onnx"))
            return set->version;
    }
    return 0;
}

/* ---- attributes ------------------------------------------------------------ */

Onnx__AttributeProto *onnx_attr(const Onnx__NodeProto *node, const char *name) {
    for (size_t i = 0; i < node->n_attribute; i++)
        if (node->attribute[i]->name && !strcmp(node->attribute[i]->name, name))
            return node->attribute[i];
    return NULL;
}

int64_t onnx_attr_int(const Onnx__NodeProto *node, const char *name, int64_t fallback) {
    const Onnx__AttributeProto *attr = onnx_attr(node, name);
    return attr && attr->has_i ? attr->i : fallback;
}

bool onnx_attr_is(const Onnx__NodeProto *node, const char *name, const char *text,
                  const char *fallback) {
    const Onnx__AttributeProto *attr = onnx_attr(node, name);
    if (!attr || !attr->has_s)
        return !strcmp(text, fallback);
    return attr->s.len == strlen(text) && !memcmp(attr->s.data, text, attr->s.len);
}

void onnx_attr_remove(Onnx__NodeProto *node, const char *name) {
    for (size_t i = 0; i < node->n_attribute; i++) {
        if (!node->attribute[i]->name || strcmp(node->attribute[i]->name, name))
            continue;
        onnx__attribute_proto__free_unpacked(node->attribute[i], NULL);
        memmove(&node->attribute[i], &node->attribute[i + 1],
                (node->n_attribute - i - 1) * sizeof *node->attribute);
        node->n_attribute--;
        return;
    }
}

/* ---- tensors --------------------------------------------------------------- */

int64_t onnx_tensor_len(const Onnx__TensorProto *tensor) {
    int64_t len = 1;
    for (size_t i = 0; i < tensor->n_dims; i++)
        if (tensor->dims[i] < 0 || __builtin_mul_overflow(len, tensor->dims[i], &len))
            return -1;
    return len;
}

static bool is_inside(const Onnx__TensorProto *tensor) {
    return !(tensor->has_data_location &&
             tensor->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL);
}

/* Copies element i out of raw_data; the file is little-endian, as are we. */
static bool raw_at(const Onnx__TensorProto *tensor, int64_t i, size_t size, void *ret) {
    if (!tensor->has_raw_data || (uint64_t)i >= tensor->raw_data.len / size)
        return false;
    memcpy(ret, tensor->raw_data.data + (size_t)i * size, size);
    return true;
}

int onnx_tensor_int(const Onnx__TensorProto *tensor, int64_t i, int64_t *ret) {
    int32_t small;
    if (i < 0 || i >= onnx_tensor_len(tensor) || !is_inside(tensor))
        return WEIR_EMODEL;
    if (tensor->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__INT64) {
        if (raw_at(tensor, i, 8, ret))
            return 0;
        if ((uint64_t)i >= tensor->n_int64_data)
            return WEIR_EMODEL;
        *ret = tensor->int64_data[i];
        return 0;
    }
    if (tensor->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__INT32) {
        if (raw_at(tensor, i, 4, &small)) {
            *ret = small;
            return 0;
        }
        if ((uint64_t)i >= tensor->n_int32_data)
            return WEIR_EMODEL;
        *ret = tensor->int32_data[i];
        return 0;
    }
    return WEIR_EMODEL;
}

int onnx_tensor_float(const Onnx__TensorProto *tensor, int64_t i, float *ret) {
    if (i < 0 || i >= onnx_tensor_len(tensor) || !is_inside(tensor) ||
        tensor->data_type != ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT)
        return WEIR_EMODEL;
    if (raw_at(tensor, i, 4, ret))
        return 0;
    if ((uint64_t)i >= tensor->n_float_data)
        return WEIR_EMODEL;
    *ret = tensor->float_data[i];
    return 0;
}

/* ---- building -------------------------------------------------------------- */

int onnx_set_string(char **field, const char *text) {
    char *copy = strdup(text);
    if (!copy)
        return WEIR_ENOMEM;
    if (*field != protobuf_c_empty_string)
        free(*field);
    *field = copy;
    return 0;
}

void onnx_node_free(Onnx__NodeProto *node) {
    if (node)
        onnx__node_proto__free_unpacked(node, NULL);
}

Onnx__NodeProto *onnx_node_new(const char *op, const char *name, const char *const *inputs,
                               size_t inputs_len, const char *output) {
    Onnx__NodeProto *node = malloc(sizeof *node);
    if (!node)
        return NULL;
    onnx__node_proto__init(node);
    node->input = calloc(inputs_len ? inputs_len : 1, sizeof *node->input);
    node->output = calloc(1, sizeof *node->output);
    if (!node->input || !node->output)
        goto fail;
    for (; node->n_input < inputs_len; node->n_input++)
        if (!(node->input[node->n_input] = strdup(inputs[node->n_input])))
            goto fail;
    if (!(node->output[0] = strdup(output)))
        goto fail;
    node->n_output = 1;
    if (onnx_set_string(&node->op_type, op) || onnx_set_string(&node->name, name))
        goto fail;
    return node;
fail:
    onnx_node_free(node);
    return NULL;
}

/* A new attribute at the node's end, owned by it. */
static Onnx__AttributeProto *add_attr(Onnx__NodeProto *node, const char *name) {
    Onnx__AttributeProto **more = realloc(node->attribute, (node->n_attribute + 1) * sizeof *more);
    if (!more)
        return NULL;
    node->attribute = more;
    Onnx__AttributeProto *attr = malloc(sizeof *attr);
    if (!attr)
        return NULL;
    onnx__attribute_proto__init(attr);
    node->attribute[node->n_attribute++] = attr;
    attr->has_type = 1;
    return onnx_set_string(&attr->name, name) ? NULL : attr;
}

int onnx_node_add_int(Onnx__NodeProto *node, const char *name, int64_t value) {
    Onnx__AttributeProto *attr = add_attr(node, name);
    if (!attr)
        return WEIR_ENOMEM;
    attr->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
    attr->has_i = 1;
    attr->i = value;
    return 0;
}

int onnx_node_add_ints(Onnx__NodeProto *node, const char *name, const int64_t *value, size_t len) {
    Onnx__AttributeProto *attr = add_attr(node, name);
    if (!attr || !(attr->ints = malloc((len ? len : 1) * sizeof *attr->ints)))
        return WEIR_ENOMEM;
    attr->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS;
    if (len)
        memcpy(attr->ints, value, len * sizeof *value);
    attr->n_ints = len;
    return 0;
}

static Onnx__NodeProto *constant(const char *output, int32_t type, const void *value, size_t size,
                                 const int64_t *dims, size_t dims_len) {
    Onnx__NodeProto *node = onnx_node_new("Constant", output, NULL, 0, output);
    Onnx__AttributeProto *attr = node ? add_attr(node, "value") : NULL;
    if (!attr || !(attr->t = malloc(sizeof *attr->t)))
        goto fail;
    onnx__tensor_proto__init(attr->t);
    attr->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR;
    attr->t->has_data_type = 1;
    attr->t->data_type = type;
    attr->t->dims = malloc((dims_len ? dims_len : 1) * sizeof *dims);
    attr->t->raw_data.data = malloc(size ? size : 1);
    attr->t->has_raw_data = 1;
    if (!attr->t->dims || !attr->t->raw_data.data)
        goto fail;
    if (dims_len)
        memcpy(attr->t->dims, dims, dims_len * sizeof *dims);
    attr->t->n_dims = dims_len;
    if (size)
        memcpy(attr->t->raw_data.data, value, size);
    attr->t->raw_data.len = size;
    return node;
fail:
    onnx_node_free(node);
    return NULL;
}

Onnx__NodeProto *onnx_constant_ints(const char *output, const int64_t *value, size_t len,
                                    bool scalar) {
    int64_t dims[1] = {(int64_t)len};
    return constant(output, ONNX__TENSOR_PROTO__DATA_TYPE__INT64, value, len * sizeof *value, dims,
                    scalar ? 0 : 1);
}

Onnx__NodeProto *onnx_constant_floats(const char *output, const float *value, const int64_t *dims,
                                      size_t dims_len) {
    size_t len = 1;
    for (size_t i = 0; i < dims_len; i++)
        len *= (size_t)dims[i];
    return constant(output, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, value, len * sizeof *value, dims,
                    dims_len);
}

static Onnx__TensorShapeProto *shape_new(size_t rank) {
    Onnx__TensorShapeProto *shape = malloc(sizeof *shape);
    if (!shape)
        return NULL;
    onnx__tensor_shape_proto__init(shape);
    shape->dim = malloc((rank ? rank : 1) * sizeof *shape->dim);
    for (; shape->dim && shape->n_dim < rank; shape->n_dim++) {
        Onnx__TensorShapeProto__Dimension *dim = malloc(sizeof *dim);
        if (!dim)
            break;
        onnx__tensor_shape_proto__dimension__init(dim);
        shape->dim[shape->n_dim] = dim;
    }
    if (shape->dim && shape->n_dim == rank)
        return shape;
    onnx__tensor_shape_proto__free_unpacked(shape, NULL);
    return NULL;
}

Onnx__ValueInfoProto *onnx_value_info_new(const char *name, int32_t type, size_t rank) {
    Onnx__ValueInfoProto *info = malloc(sizeof *info);
    Onnx__TypeProto__Tensor *tensor;
    if (!info)
        return NULL;
    onnx__value_info_proto__init(info);
    if (onnx_set_string(&info->name, name) || !(info->type = malloc(sizeof *info->type)))
        goto fail;
    onnx__type_proto__init(info->type);
    if (!(tensor = malloc(sizeof *tensor)))
        goto fail;
    onnx__type_proto__tensor__init(tensor);
    info->type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    info->type->tensor_type = tensor;
    tensor->has_elem_type = 1;
    tensor->elem_type = type;
    if (!(tensor->shape = shape_new(rank)))
        goto fail;
    return info;
fail:
    onnx__value_info_proto__free_unpacked(info, NULL);
    return NULL;
}

int onnx_node_set_input(Onnx__NodeProto *node, size_t i, const char *tensor) {
    return onnx_set_string(&node->input[i], tensor);
}
