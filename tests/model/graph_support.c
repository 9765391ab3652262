#include "graph_support.h"

#include <stdlib.h>
#include <string.h>

static void *grow(void *list, size_t len, size_t one) {
    void *more = realloc(list, (len + 1) * one);
    assert_non_null(more);
    return more;
}

Onnx__ModelProto *graph_new(int64_t opset) {
    Onnx__ModelProto *model = malloc(sizeof *model);
    assert_non_null(model);
    onnx__model_proto__init(model);
    model->has_ir_version = 1;
    model->ir_version = 8;
    model->opset_import = malloc(sizeof *model->opset_import);
    model->opset_import[0] = malloc(sizeof **model->opset_import);
    onnx__operator_set_id_proto__init(model->opset_import[0]);
    model->opset_import[0]->has_version = 1;
    model->opset_import[0]->version = opset;
    model->n_opset_import = 1;
    model->graph = malloc(sizeof *model->graph);
    onnx__graph_proto__init(model->graph);
    onnx_set_string(&model->graph->name, "test");
    return model;
}

static Onnx__ValueInfoProto *info_of(const char *name, int32_t type, size_t rank,
                                     const int64_t *dim) {
    Onnx__ValueInfoProto *info = onnx_value_info_new(name, type, rank);
    assert_non_null(info);
    for (size_t i = 0; i < rank; i++) {
        Onnx__TensorShapeProto__Dimension *d = info->type->tensor_type->shape->dim[i];
        if (dim[i] < 0) {
            char symbol[32];
            snprintf(symbol, sizeof symbol, "d%zu", i);
            d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
            d->dim_param = strdup(symbol);
        } else {
            d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
            d->dim_value = dim[i];
        }
    }
    return info;
}

void graph_input(Onnx__ModelProto *model, const char *name, int32_t type, size_t rank,
                 const int64_t *dim) {
    Onnx__GraphProto *g = model->graph;
    g->input = grow(g->input, g->n_input, sizeof *g->input);
    g->input[g->n_input++] = info_of(name, type, rank, dim);
}

void graph_output(Onnx__ModelProto *model, const char *name, size_t rank, const int64_t *dim) {
    Onnx__GraphProto *g = model->graph;
    g->output = grow(g->output, g->n_output, sizeof *g->output);
    g->output[g->n_output++] = info_of(name, GRAPH_F32, rank, dim);
}

void graph_picture(Onnx__ModelProto *model, int64_t height, int64_t width) {
    graph_input(model, "x", GRAPH_F32, 4, (int64_t[]){1, 3, height, width});
}

static size_t words(const char *text, char ***ret) {
    char **list = NULL, *copy = strdup(text), *rest = copy, *word;
    size_t len = 0;
    while ((word = strsep(&rest, " "))) {
        list = grow(list, len, sizeof *list);
        list[len++] = strdup(strcmp(word, "-") ? word : "");
    }
    free(copy);
    *ret = list;
    return len;
}

Onnx__NodeProto *graph_node(Onnx__ModelProto *model, const char *op, const char *name,
                            const char *inputs, const char *outputs) {
    Onnx__GraphProto *g = model->graph;
    Onnx__NodeProto *node = malloc(sizeof *node);
    assert_non_null(node);
    onnx__node_proto__init(node);
    onnx_set_string(&node->op_type, op);
    onnx_set_string(&node->name, name);
    node->n_input = *inputs ? words(inputs, &node->input) : 0;
    node->n_output = words(outputs, &node->output);
    g->node = grow(g->node, g->n_node, sizeof *g->node);
    g->node[g->n_node++] = node;
    return node;
}

/* A tensor out of a made Constant node. */
static void add_initializer(Onnx__ModelProto *model, const char *name, Onnx__NodeProto *node) {
    Onnx__GraphProto *g = model->graph;
    assert_non_null(node);
    Onnx__TensorProto *tensor = node->attribute[0]->t;
    node->attribute[0]->t = NULL;
    onnx_node_free(node);
    onnx_set_string(&tensor->name, name);
    g->initializer = grow(g->initializer, g->n_initializer, sizeof *g->initializer);
    g->initializer[g->n_initializer++] = tensor;
}

void graph_ints(Onnx__ModelProto *model, const char *name, const int64_t *value, size_t len) {
    add_initializer(model, name, onnx_constant_ints(name, value, len, false));
}

void graph_floats(Onnx__ModelProto *model, const char *name, size_t rank, const int64_t *dim,
                  const float *value) {
    size_t len = 1;
    for (size_t i = 0; i < rank; i++)
        len *= (size_t)dim[i];
    float *own = NULL;
    if (!value) {
        uint32_t seed = (uint32_t)len;
        own = malloc((len ? len : 1) * sizeof *own);
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525U + 1013904223U;
            own[i] = ((float)(seed >> 16) / 65536.0F - 0.5F) / 8;
        }
    }
    add_initializer(model, name, onnx_constant_floats(name, value ? value : own, dim, rank));
    free(own);
}

void graph_conv(Onnx__ModelProto *model, const char *name, const char *in, const char *out,
                int64_t from, int64_t to, int64_t k, int64_t s) {
    char weight[64], inputs[128];
    snprintf(weight, sizeof weight, "%s.weight", name);
    snprintf(inputs, sizeof inputs, "%s %s", in, weight);
    graph_floats(model, weight, 4, (int64_t[]){to, from, k, k}, NULL);
    Onnx__NodeProto *node = graph_node(model, "Conv", name, inputs, out);
    onnx_node_add_ints(node, "kernel_shape", (int64_t[]){k, k}, 2);
    onnx_node_add_ints(node, "strides", (int64_t[]){s, s}, 2);
    onnx_node_add_ints(node, "pads", (int64_t[]){k / 2, k / 2, k / 2, k / 2}, 4);
}

Onnx__NodeProto *graph_find(const Onnx__ModelProto *model, const char *name) {
    for (size_t i = 0; i < model->graph->n_node; i++)
        if (model->graph->node[i]->name && !strcmp(model->graph->node[i]->name, name))
            return model->graph->node[i];
    return NULL;
}

int graph_count(const Onnx__ModelProto *model, const char *op) {
    int count = 0;
    for (size_t i = 0; i < model->graph->n_node; i++)
        count += !strcmp(model->graph->node[i]->op_type, op);
    return count;
}

const char *graph_shape(const Onnx__ValueInfoProto *info) {
    static char text[256];
    size_t len = 0;
    const Onnx__TensorShapeProto *shape = info->type->tensor_type->shape;
    text[0] = '\0';
    for (size_t i = 0; i < shape->n_dim; i++) {
        const Onnx__TensorShapeProto__Dimension *d = shape->dim[i];
        bool symbol = d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
        if (symbol)
            len +=
                (size_t)snprintf(text + len, sizeof text - len, "%s%s", i ? "," : "", d->dim_param);
        else
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%lld", i ? "," : "",
                                    (long long)d->dim_value);
    }
    return text;
}
