#include "support/support.h"

#include "support/onnx_build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VARINT = 0, BYTES = 2 };

static void put_varint(struct weir_buf *out, uint64_t v) {
    for (; v >= 0x80; v >>= 7)
        weir_buf_putc(out, (char)(v | 0x80));
    weir_buf_putc(out, (char)v);
}

static void put_int(struct weir_buf *out, int field, int64_t v) {
    put_varint(out, (uint64_t)field << 3 | VARINT);
    put_varint(out, (uint64_t)v);
}

static void put_bytes(struct weir_buf *out, int field, const void *data, size_t len) {
    put_varint(out, (uint64_t)field << 3 | BYTES);
    put_varint(out, len);
    weir_buf_add(out, data, len);
}

static void put_text(struct weir_buf *out, int field, const char *text) {
    put_bytes(out, field, text, strlen(text));
}

/* Appends message as a field of out, and gives it back. */
static void put_message(struct weir_buf *out, int field, struct weir_buf *message) {
    put_bytes(out, field, weir_buf_str(message), message->len);
    weir_buf_done(message);
}

static void put_pair(struct weir_buf *out, int field, const char *key, const char *value) {
    struct weir_buf pair = {0};
    put_text(&pair, 1, key);
    put_text(&pair, 2, value);
    put_message(out, field, &pair);
}

static void put_value_info(struct weir_buf *out, int field, const char *name, enum onnx_type type,
                           int rank, const int64_t *dim) {
    struct weir_buf shape = {0}, tensor = {0}, kind = {0}, info = {0};
    for (int i = 0; i < rank; i++) {
        struct weir_buf d = {0};
        char symbol[16];
        snprintf(symbol, sizeof symbol, "d%d", i);
        if (dim[i] < 0)
            put_text(&d, 2, symbol);
        else
            put_int(&d, 1, dim[i]);
        put_message(&shape, 1, &d);
    }
    put_int(&tensor, 1, type);
    put_message(&tensor, 2, &shape);
    put_message(&kind, 1, &tensor);
    put_text(&info, 1, name);
    put_message(&info, 2, &kind);
    put_message(out, field, &info);
}

void onnx_input(struct onnx_build *b, const char *name, enum onnx_type type, int rank,
                const int64_t *dim) {
    put_value_info(&b->inputs, 11, name, type, rank, dim);
}

void onnx_output(struct onnx_build *b, const char *name, enum onnx_type type, int rank,
                 const int64_t *dim) {
    put_value_info(&b->outputs, 12, name, type, rank, dim);
}

void onnx_metadata(struct onnx_build *b, const char *key, const char *value) {
    put_pair(&b->metadata, 14, key, value);
}

static size_t begin_tensor(struct weir_buf *tensor, const char *name, enum onnx_type type, int rank,
                           const int64_t *dim) {
    size_t len = 1;
    for (int i = 0; i < rank; i++) {
        put_int(tensor, 1, dim[i]);
        len *= (size_t)dim[i];
    }
    put_int(tensor, 2, type);
    put_text(tensor, 8, name);
    return len;
}

/* Round to nearest, ties to even, through the definition of the format. */
static uint16_t narrow(float v) {
    uint16_t sign = signbit(v) ? 0x8000 : 0;
    double a = fabs((double)v);
    if (isnan(v))
        return (uint16_t)(sign | 0x7e00);
    if (a < ldexp(1, -14))
        return (uint16_t)(sign | (uint16_t)nearbyint(ldexp(a, 24)));
    if (a >= 65520)
        return (uint16_t)(sign | 0x7c00);
    int exponent;
    double fraction = frexp(a, &exponent); /* a = fraction * 2^exponent, fraction in [0.5, 1) */
    int bits = (int)nearbyint(ldexp(fraction, 11)); /* 1024 … 2048 */
    return (uint16_t)(sign | (((exponent + 14) << 10) + (bits - 1024)));
}

void onnx_floats(struct onnx_build *b, const char *name, enum onnx_type type, int rank,
                 const int64_t *dim, const float *value) {
    struct weir_buf tensor = {0};
    size_t len = begin_tensor(&tensor, name, type, rank, dim);
    if (type == ONNX_F32) {
        put_bytes(&tensor, 9, value, len * sizeof *value);
    } else {
        uint16_t *half = calloc(len + 1, sizeof *half);
        assert_non_null(half);
        for (size_t i = 0; i < len; i++)
            half[i] = narrow(value[i]);
        put_bytes(&tensor, 9, half, len * sizeof *half);
        free(half);
    }
    put_message(&b->initializers, 5, &tensor);
}

void onnx_ints(struct onnx_build *b, const char *name, int rank, const int64_t *dim,
               const int64_t *value) {
    struct weir_buf tensor = {0};
    size_t len = begin_tensor(&tensor, name, ONNX_I64, rank, dim);
    put_bytes(&tensor, 9, value, len * sizeof *value);
    put_message(&b->initializers, 5, &tensor);
}

void onnx_external(struct onnx_build *b, const char *name, int rank, const int64_t *dim,
                   const char *location) {
    struct weir_buf tensor = {0};
    begin_tensor(&tensor, name, ONNX_F32, rank, dim);
    put_pair(&tensor, 13, "location", location);
    put_int(&tensor, 14, 1);
    put_message(&b->initializers, 5, &tensor);
}

static void put_node(struct onnx_build *b, const char *op, const char *inputs, const char *output,
                     struct weir_buf *attribute) {
    struct weir_buf node = {0};
    while (*inputs) {
        size_t len = strcspn(inputs, " ");
        put_bytes(&node, 1, inputs, len);
        inputs += len + (inputs[len] == ' ');
    }
    put_text(&node, 2, output);
    put_text(&node, 3, output);
    put_text(&node, 4, op);
    if (attribute)
        put_message(&node, 5, attribute);
    put_message(&b->nodes, 1, &node);
}

void onnx_node(struct onnx_build *b, const char *op, const char *inputs, const char *output) {
    put_node(b, op, inputs, output, NULL);
}

void onnx_node_int(struct onnx_build *b, const char *op, const char *inputs, const char *output,
                   const char *attr, int64_t i) {
    struct weir_buf a = {0};
    put_text(&a, 1, attr);
    put_int(&a, 3, i);
    put_int(&a, 20, 2);
    put_node(b, op, inputs, output, &a);
}

void onnx_node_ints(struct onnx_build *b, const char *op, const char *inputs, const char *output,
                    const char *attr, const int64_t *ints, size_t len) {
    struct weir_buf a = {0};
    put_text(&a, 1, attr);
    for (size_t i = 0; i < len; i++)
        put_int(&a, 8, ints[i]);
    put_int(&a, 20, 7);
    put_node(b, op, inputs, output, &a);
}

void onnx_write(struct onnx_build *b, const char *path) {
    struct weir_buf graph = {0}, model = {0}, opset = {0};
    weir_buf_add(&graph, weir_buf_str(&b->nodes), b->nodes.len);
    put_text(&graph, 2, "test");
    weir_buf_add(&graph, weir_buf_str(&b->initializers), b->initializers.len);
    weir_buf_add(&graph, weir_buf_str(&b->inputs), b->inputs.len);
    weir_buf_add(&graph, weir_buf_str(&b->outputs), b->outputs.len);
    put_int(&model, 1, 8);
    put_text(&model, 2, "weir-test");
    put_message(&model, 7, &graph);
    put_int(&opset, 2, 13);
    put_message(&model, 8, &opset);
    weir_buf_add(&model, weir_buf_str(&b->metadata), b->metadata.len);
    assert_false(model.failed);
    assert_int_equal(weir_file_write_all(path, weir_buf_str(&model), model.len, NULL), 0);
    weir_buf_done(&model);
    weir_buf_done(&b->nodes);
    weir_buf_done(&b->initializers);
    weir_buf_done(&b->inputs);
    weir_buf_done(&b->outputs);
    weir_buf_done(&b->metadata);
}
