/*
 * The bookkeeping of the walk: see walk.h. A dimension can be recomputed while
 * the graph runs because each varying atom remembers the first tensor that
 * shows it: Shape and Gather read it off there.
 */
#include "model/walk.h"

#include <stdlib.h>
#include <string.h>

/* Larger dimensions are no picture's; the bound keeps the arithmetic honest. */
static const int64_t DIM_LARGEST = INT32_MAX;

int walk_no_memory(struct walk *w) {
    return weir_fail(w->err, WEIR_ENOMEM, "out of memory");
}

static void print_node(struct weir_buf *out, const Onnx__NodeProto *node) {
    const char *op = node->op_type ? node->op_type : "?";
    if (node->name && *node->name)
        weir_buf_printf(out, "node %s (%s)", node->name, op);
    else
        weir_buf_printf(out, "the node that makes %s (%s)",
                        node->n_output ? node->output[0] : "nothing", op);
}

int walk_refuse(struct walk *w, const Onnx__NodeProto *node, const char *fmt, ...) {
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    struct weir_buf buf = {0};
    if (node)
        print_node(&buf, node);
    weir_fail(w->err, WEIR_EMODEL, "%s%s%s", weir_buf_str(&buf), node ? ": " : "", text);
    weir_buf_done(&buf);
    return WEIR_EMODEL;
}

void walk_note(struct walk *w, const Onnx__NodeProto *node, const char *fmt, ...) {
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    print_node(&w->report->notes, node);
    weir_buf_printf(&w->report->notes, ": %s\n", text);
}

void walk_print_dims(struct weir_buf *out, const struct walk *w, const struct dim *dim, int rank) {
    weir_buf_putc(out, '[');
    for (int i = 0; i < rank; i++)
        weir_buf_printf(out, "%s%lld", i ? "," : "", (long long)dim_value(&w->dims, &dim[i]));
    weir_buf_putc(out, ']');
}

/* ---- tensors --------------------------------------------------------------- */

int walk_init(struct walk *w, Onnx__ModelProto *model, struct weir_resize_report *report,
              struct weir_error *err) {
    *w = (struct walk){.model = model, .opset = onnx_opset(model), .report = report, .err = err};
    const Onnx__GraphProto *graph = model->graph;
    size_t max = graph->n_input + graph->n_initializer + graph->n_sparse_initializer + 16;
    for (size_t i = 0; i < graph->n_node; i++)
        max += graph->node[i]->n_output;
    w->tensor = calloc(max, sizeof *w->tensor);
    w->tensors_max = max;
    w->indexed = w->tensor && hcreate_r(max + max / 2, &w->index);
    return w->indexed ? 0 : walk_no_memory(w);
}

void walk_done(struct walk *w) {
    for (size_t i = 0; i < w->tensors; i++)
        free(w->tensor[i].value);
    free(w->tensor);
    if (w->indexed)
        hdestroy_r(&w->index);
    for (size_t i = 0; i < w->mades; i++)
        onnx_node_free(w->made[i]);
    free(w->made);
    free(w->node);
    for (int i = 0; i < w->computed_len; i++)
        free(w->computed[i]);
    free(w->computed);
    for (size_t i = 0; i < w->shapes; i++) {
        free(w->shape[i].key);
        free(w->shape[i].tensor);
    }
    free(w->shape);
    for (size_t i = 0; i < w->displaced_len; i++)
        free(w->displaced[i]);
    free(w->displaced);
    dims_done(&w->dims);
    *w = (struct walk){0};
}

struct tensor *walk_tensor(struct walk *w, const char *name) {
    ENTRY key = {.key = (char *)name}, *found = NULL;
    if (!name || !*name || !hsearch_r(key, FIND, &found, &w->index))
        return NULL;
    return found->data;
}

int walk_define(struct walk *w, const Onnx__NodeProto *node, const char *name,
                struct tensor **ret_tensor) {
    ENTRY entry = {.key = (char *)name}, *found = NULL;
    if (!name || !*name)
        return walk_refuse(w, node, "a tensor without a name");
    if (walk_tensor(w, name))
        return walk_refuse(w, node, "the tensor %s is made twice", name);
    if (w->tensors == w->tensors_max)
        return walk_no_memory(w);
    struct tensor *t = &w->tensor[w->tensors];
    entry.data = t;
    if (!hsearch_r(entry, ENTER, &found, &w->index))
        return walk_no_memory(w);
    w->tensors++;
    t->name = name;
    *ret_tensor = t;
    return 0;
}

static int set_dims(struct walk *w, const Onnx__NodeProto *node, struct tensor *t,
                    const struct dim *dim, int rank) {
    if (w->dims.failed)
        return walk_refuse(w, node, "dimensions too many or too large to follow");
    if (rank > WALK_RANK)
        return walk_refuse(w, node, "%d dimensions; at most %d are followed", rank, WALK_RANK);
    t->rank = rank;
    for (int i = 0; i < rank; i++) {
        int64_t value = dim_value(&w->dims, &dim[i]);
        if (value < 0 || value > DIM_LARGEST)
            return walk_refuse(w, node, "dimension %d of %s would be %lld", i, t->name,
                               (long long)value);
        t->dim[i] = dim[i];
        struct atom *atom = dim[i].len == 1 ? &w->dims.atom[dim[i].atom[0]] : NULL;
        if (atom && atom->kind != ATOM_NUMBER && !atom->seen_in && !t->foreign) {
            atom->seen_in = t->name;
            atom->seen_axis = i;
        }
    }
    return 0;
}

int walk_define_constant(struct walk *w, const Onnx__NodeProto *node, const char *name,
                         const Onnx__TensorProto *data) {
    struct tensor *t;
    struct dim dim[WALK_RANK], value[WALK_VALUES];
    int64_t len = onnx_tensor_len(data), number;
    if (data->n_dims > WALK_RANK || len < 0)
        return walk_refuse(w, node, "the constant %s has %zu dimensions or a negative one",
                           name ? name : "without a name", data->n_dims);
    for (size_t i = 0; i < data->n_dims; i++)
        dim[i] = dim_number(&w->dims, data->dims[i]);
    int rc = walk_define(w, node, name, &t);
    if (!rc)
        rc = set_dims(w, node, t, dim, (int)data->n_dims);
    if (rc)
        return rc;
    t->data = data;
    t->type = data->data_type;
    if (data->n_dims > 1 || len > WALK_VALUES)
        return 0;
    for (int i = 0; i < len; i++) {
        if (onnx_tensor_int(data, i, &number))
            return 0;
        value[i] = dim_number(&w->dims, number);
    }
    if (len == 0 && data->data_type != ONNX__TENSOR_PROTO__DATA_TYPE__INT64)
        return 0;
    return walk_set_value(w, t, value, (int)len);
}

struct tensor *walk_in(struct walk *w, const Onnx__NodeProto *node, size_t i) {
    return i < node->n_input ? walk_tensor(w, node->input[i]) : NULL;
}

int walk_need(struct walk *w, const Onnx__NodeProto *node, size_t i, int rank,
              struct tensor **ret_tensor) {
    struct tensor *t = walk_in(w, node, i);
    if (!t)
        return walk_refuse(w, node, "its input %zu (%s) is made by no node before it", i,
                           i < node->n_input ? node->input[i] : "left out");
    if (t->rank < rank)
        return walk_refuse(w, node, "its input %s has %d dimensions, expected at least %d", t->name,
                           t->rank, rank);
    *ret_tensor = t;
    return 0;
}

/* The element type of a node's output: that of its first input, unless it is
 * one of those that change it. */
static int32_t type_of(struct walk *w, const Onnx__NodeProto *node) {
    static const char *const change[] = {
        "ArgMax", "ArgMin",         "Cast",  "ConstantOfShape", "Equal",           "Greater",
        "Less",   "QuantizeLinear", "Shape", "Where",           "DequantizeLinear"};
    for (size_t i = 0; i < sizeof change / sizeof *change; i++)
        if (!strcmp(change[i], node->op_type))
            return (int32_t)onnx_attr_int(node, "to", 0);
    const struct tensor *first = walk_in(w, node, 0);
    return first ? first->type : 0;
}

int walk_set(struct walk *w, const Onnx__NodeProto *node, size_t i, const struct dim *dim, int rank,
             struct tensor **ret_tensor) {
    struct tensor *t;
    if (i >= node->n_output || !*node->output[i]) {
        if (ret_tensor)
            return walk_refuse(w, node, "its output %zu is missing", i);
        return 0;
    }
    int32_t type = type_of(w, node);
    int rc = walk_define(w, node, node->output[i], &t);
    if (!rc)
        rc = set_dims(w, node, t, dim, rank);
    if (rc)
        return rc;
    t->type = type;
    if (ret_tensor)
        *ret_tensor = t;
    return rc;
}

int walk_set_value(struct walk *w, struct tensor *tensor, const struct dim *value, int values) {
    struct dim *copy = malloc((size_t)(values ? values : 1) * sizeof *copy);
    if (!copy)
        return walk_no_memory(w);
    if (values)
        memcpy(copy, value, (size_t)values * sizeof *copy);
    free(tensor->value);
    tensor->value = copy;
    tensor->values = values;
    tensor->has_value = true;
    return 0;
}

int walk_ints(struct walk *w, const Onnx__NodeProto *node, const char *attr, int i,
              int64_t ret[static WALK_VALUES], int *ret_len) {
    const Onnx__AttributeProto *a = onnx_attr(node, attr);
    if (a) {
        if (a->n_ints > WALK_VALUES)
            return walk_refuse(w, node, "its attribute %s has %zu numbers", attr, a->n_ints);
        for (size_t k = 0; k < a->n_ints; k++)
            ret[k] = a->ints[k];
        *ret_len = (int)a->n_ints;
        return 0;
    }
    const struct tensor *t = i >= 0 ? walk_in(w, node, (size_t)i) : NULL;
    if (!t) {
        *ret_len = -1;
        return 0;
    }
    if (!t->has_value)
        return walk_refuse(w, node, "its %s (%s) are computed while running", attr, t->name);
    for (int k = 0; k < t->values; k++) {
        if (dim_varies(&w->dims, &t->value[k]))
            return walk_refuse(w, node, "its %s (%s) vary with the size of the input", attr,
                               t->name);
        ret[k] = dim_value(&w->dims, &t->value[k]);
    }
    *ret_len = t->values;
    return 0;
}

int walk_axis(struct walk *w, const Onnx__NodeProto *node, int64_t axis, int rank, int *ret) {
    int64_t at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank)
        return walk_refuse(w, node, "axis %lld of %d dimensions", (long long)axis, rank);
    *ret = (int)at;
    return 0;
}

/* ---- new nodes ------------------------------------------------------------- */

static int push(Onnx__NodeProto ***list, size_t *len, size_t *cap, Onnx__NodeProto *node) {
    if (*len == *cap) {
        size_t more_cap = *cap ? *cap * 2 : 256;
        Onnx__NodeProto **more = realloc(*list, more_cap * sizeof *more);
        if (!more)
            return WEIR_ENOMEM;
        *list = more;
        *cap = more_cap;
    }
    (*list)[(*len)++] = node;
    return 0;
}

int walk_emit(struct walk *w, Onnx__NodeProto *made) {
    if (!made)
        return walk_no_memory(w);
    if (push(&w->made, &w->mades, &w->mades_cap, made)) {
        onnx_node_free(made);
        return walk_no_memory(w);
    }
    return push(&w->node, &w->nodes, &w->nodes_cap, made) ? walk_no_memory(w) : 0;
}

char *walk_name(struct walk *w, const char *stem) {
    struct weir_buf buf = {0};
    do {
        weir_buf_reset(&buf);
        weir_buf_printf(&buf, "weir/%s/%u", stem, w->names++);
        if (buf.failed) {
            weir_buf_done(&buf);
            return NULL;
        }
    } while (walk_tensor(w, buf.data));
    return buf.data;
}

int walk_read(struct walk *w, Onnx__NodeProto *node, size_t i, const char *tensor) {
    if (i >= node->n_input) {
        char **more = realloc(node->input, (i + 1) * sizeof *more);
        if (!more)
            return walk_no_memory(w);
        node->input = more;
        while (node->n_input <= i) {
            if (!(more[node->n_input] = strdup("")))
                return walk_no_memory(w);
            node->n_input++;
        }
    }
    if (*node->input[i]) {
        char **more = realloc(w->displaced, (w->displaced_len + 1) * sizeof *more);
        if (!more)
            return walk_no_memory(w);
        w->displaced = more;
        if (!(more[w->displaced_len] = strdup(node->input[i])))
            return walk_no_memory(w);
        w->displaced_len++;
    }
    return onnx_node_set_input(node, i, tensor) ? walk_no_memory(w) : 0;
}

int walk_read_ints(struct walk *w, Onnx__NodeProto *node, size_t i, const int64_t *value,
                   size_t len) {
    char *name = walk_name(w, "ints");
    int rc = name ? walk_emit(w, onnx_constant_ints(name, value, len, false)) : walk_no_memory(w);
    if (!rc)
        rc = walk_read(w, node, i, name);
    free(name);
    return rc;
}

/* op(a, b) into a new tensor, *ret_name on the heap. */
static int emit_two(struct walk *w, const char *op, const char *a, const char *b, char **ret_name) {
    char *name = walk_name(w, "dim");
    const char *inputs[] = {a, b};
    int rc = name ? walk_emit(w, onnx_node_new(op, name, inputs, 2, name)) : walk_no_memory(w);
    if (rc)
        free(name);
    else
        *ret_name = name;
    return rc;
}

static int emit_number(struct walk *w, int64_t value, char **ret_name) {
    char *name = walk_name(w, "number");
    int rc = name ? walk_emit(w, onnx_constant_ints(name, &value, 1, false)) : walk_no_memory(w);
    if (rc)
        free(name);
    else
        *ret_name = name;
    return rc;
}

/* Shape and Gather where the atom was first seen. */
static int compute_atom(struct walk *w, const Onnx__NodeProto *node, int at, char **ret_name) {
    const struct atom *atom = &w->dims.atom[at];
    char *shape = NULL, *axis = NULL;
    int rc;
    if (atom->kind == ATOM_NUMBER)
        return emit_number(w, atom->value, ret_name);
    if (!atom->seen_in)
        return walk_refuse(w, node, "a dimension of %lld that no tensor shows by itself",
                           (long long)atom->value);
    if (!(shape = walk_name(w, "shape")))
        return walk_no_memory(w);
    rc = walk_emit(w, onnx_node_new("Shape", shape, &atom->seen_in, 1, shape));
    if (!rc)
        rc = emit_number(w, atom->seen_axis, &axis);
    if (!rc)
        rc = emit_two(w, "Gather", shape, axis, ret_name);
    free(shape);
    free(axis);
    return rc;
}

static int atom_tensor(struct walk *w, const Onnx__NodeProto *node, int at, const char **ret) {
    if (at >= w->computed_len) {
        char **more = realloc(w->computed, (size_t)w->dims.len * sizeof *more);
        if (!more)
            return walk_no_memory(w);
        memset(more + w->computed_len, 0, (size_t)(w->dims.len - w->computed_len) * sizeof *more);
        w->computed = more;
        w->computed_len = w->dims.len;
    }
    int rc = w->computed[at] ? 0 : compute_atom(w, node, at, &w->computed[at]);
    if (!rc)
        *ret = w->computed[at];
    return rc;
}

const char *walk_kept(const struct walk *w, const char *key) {
    for (size_t i = 0; i < w->shapes; i++)
        if (!strcmp(w->shape[i].key, key))
            return w->shape[i].tensor;
    return NULL;
}

int walk_keep(struct walk *w, char *key, char *tensor) {
    struct made_shape *more = realloc(w->shape, (w->shapes + 1) * sizeof *more);
    if (!more) {
        free(key);
        free(tensor);
        return walk_no_memory(w);
    }
    w->shape = more;
    more[w->shapes++] = (struct made_shape){key, tensor};
    return 0;
}

int walk_compute(struct walk *w, const Onnx__NodeProto *node, const struct dim *dim,
                 const char **ret_tensor) {
    if (dim->len == 1)
        return atom_tensor(w, node, dim->atom[0], ret_tensor);
    struct weir_buf key = {0};
    weir_buf_puts(&key, "product");
    for (int i = 0; i < dim->len; i++)
        weir_buf_printf(&key, " %d", dim->atom[i]);
    const char *kept = key.failed ? NULL : walk_kept(w, key.data);
    if (key.failed || kept) {
        weir_buf_done(&key);
        if (!kept)
            return walk_no_memory(w);
        *ret_tensor = kept;
        return 0;
    }
    char *product = NULL;
    int rc = dim->len ? 0 : emit_number(w, 1, &product);
    for (int i = 0; i < dim->len && !rc; i++) {
        const char *atom;
        char *next = NULL;
        rc = atom_tensor(w, node, dim->atom[i], &atom);
        if (!rc && !product)
            rc = (product = strdup(atom)) ? 0 : walk_no_memory(w);
        else if (!rc)
            rc = emit_two(w, "Mul", product, atom, &next);
        if (next) {
            free(product);
            product = next;
        }
    }
    if (rc) {
        free(product);
        weir_buf_done(&key);
        return rc;
    }
    rc = walk_keep(w, key.data, product);
    if (!rc)
        *ret_tensor = product;
    return rc;
}
