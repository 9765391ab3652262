/*
 * The table of rules, and those that work element by element, reduce, or
 * multiply matrices. An operator that is not in the table stands in the way: it
 * is not known how its outputs depend on the size.
 */
#include "model/rules.h"

#include <string.h>

static int rule_same(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in, *out;
    int rc = walk_need(w, node, 0, 0, &in);
    if (!rc)
        rc = walk_set(w, node, 0, in->dim, in->rank, &out);
    for (size_t i = 1; i < node->n_output && !rc; i++) /* Dropout's mask and the like */
        rc = walk_set(w, node, i, in->dim, in->rank, NULL);
    return rc;
}

/* Identity and Cast: a shape stays a shape. */
static int rule_copy(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in, *out;
    int rc = walk_need(w, node, 0, 0, &in);
    if (!rc)
        rc = walk_set(w, node, 0, in->dim, in->rank, &out);
    if (rc || !in->has_value)
        return rc;
    bool whole = !strcmp(node->op_type, "Identity");
    int64_t to = onnx_attr_int(node, "to", 0);
    whole |=
        to == ONNX__TENSOR_PROTO__DATA_TYPE__INT64 || to == ONNX__TENSOR_PROTO__DATA_TYPE__INT32;
    return whole ? walk_set_value(w, out, in->value, in->values) : 0;
}

/* ---- element by element ----------------------------------------------------- */

/* Arithmetic on shapes: one side a number. */
static int fold(struct walk *w, const Onnx__NodeProto *node, const struct tensor *a,
                const struct tensor *b, struct tensor *out) {
    struct dim value[WALK_VALUES];
    const char *op = node->op_type;
    int values = a->values > b->values ? a->values : b->values;
    if ((a->values != values && a->values != 1) || (b->values != values && b->values != 1))
        return 0;
    for (int i = 0; i < values; i++) {
        const struct dim *x = &a->value[a->values == 1 ? 0 : i];
        const struct dim *y = &b->value[b->values == 1 ? 0 : i];
        if (!strcmp(op, "Mul")) {
            if (x->len + y->len > DIM_ATOMS)
                return 0;
            value[i] = dim_product(&w->dims, x, y);
            continue;
        }
        if (dim_varies(&w->dims, y)) {
            const struct dim *t = x;
            if (strcmp(op, "Add") || dim_varies(&w->dims, t))
                return 0;
            x = y;
            y = t;
        }
        int64_t n = dim_value(&w->dims, y);
        if (n > INT32_MAX || n < -INT32_MAX)
            return 0;
        if (!strcmp(op, "Add"))
            value[i] = dim_quotient(&w->dims, x, 1, n, 1, 0);
        else if (!strcmp(op, "Sub"))
            value[i] = dim_quotient(&w->dims, x, 1, -n, 1, 0);
        else if (!strcmp(op, "Div") && n > 0)
            value[i] = dim_quotient(&w->dims, x, 1, 0, n, 0);
        else
            return 0;
    }
    return walk_set_value(w, out, value, values);
}

/* Lines up input i with the dimensions so far; false where they do not fit. */
static bool join(struct walk *w, struct dim dim[WALK_RANK], int rank, const struct tensor *t,
                 int *ret_axis) {
    for (int k = 0; k < t->rank; k++) {
        struct dim *have = &dim[rank - t->rank + k];
        if (dim_is(&w->dims, &t->dim[k], 1))
            continue;
        if (dim_is(&w->dims, have, 1)) {
            *have = t->dim[k];
        } else if (!dim_equal(&w->dims, have, &t->dim[k])) {
            *ret_axis = rank - t->rank + k;
            return false;
        }
    }
    return true;
}

static int say_mismatch(struct walk *w, const Onnx__NodeProto *node, const struct tensor *t,
                        const struct dim *have, int rank, int axis) {
    struct weir_buf mine = {0}, theirs = {0};
    walk_print_dims(&mine, w, t->dim, t->rank);
    walk_print_dims(&theirs, w, have, rank);
    int64_t own = dim_value(&w->dims, &t->dim[axis - (rank - t->rank)]);
    if (t->data && own == dim_value(&w->dims, &have[axis]))
        walk_refuse(w, node,
                    "the constant %s %s holds values (a grid, anchors, positions) for the "
                    "fixed size",
                    t->name, weir_buf_str(&mine));
    else
        walk_refuse(w, node, "%s %s and %s differ at other sizes in dimension %d", t->name,
                    weir_buf_str(&mine), weir_buf_str(&theirs), axis);
    weir_buf_done(&mine);
    weir_buf_done(&theirs);
    return WEIR_EMODEL;
}

static int rule_broadcast(struct walk *w, Onnx__NodeProto *node) {
    struct dim dim[WALK_RANK] = {0};
    struct tensor *t, *out;
    int rank = 0, axis = 0, rc;

    for (size_t i = 0; i < node->n_input; i++) {
        if ((rc = walk_need(w, node, i, 0, &t)))
            return rc;
        rank = t->rank > rank ? t->rank : rank;
    }
    /* Computed inputs first: they say what a constant must follow. */
    for (size_t i = 0; i < node->n_input; i++) {
        t = walk_in(w, node, i);
        if (!t->data && !join(w, dim, rank, t, &axis))
            return say_mismatch(w, node, t, dim, rank, axis);
    }
    for (size_t i = 0; i < node->n_input; i++) {
        t = walk_in(w, node, i);
        if (!t->data || join(w, dim, rank, t, &axis))
            continue;
        rc = axis == rank - 1 ? anchors_rebuild(w, node, i, &dim[axis]) : WEIR_EUNSUPPORTED;
        if (rc == WEIR_EUNSUPPORTED)
            return say_mismatch(w, node, t, dim, rank, axis);
        if (rc)
            return rc;
    }
    rc = walk_set(w, node, 0, dim, rank, &out);
    if (rc || node->n_input != 2)
        return rc;
    const struct tensor *a = walk_in(w, node, 0), *b = walk_in(w, node, 1);
    return a && b && a->has_value && b->has_value ? fold(w, node, a, b, out) : 0;
}

static int rule_batch_norm(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in;
    int rc = walk_need(w, node, 0, 2, &in);
    return rc ? rc : walk_set(w, node, 0, in->dim, in->rank, NULL);
}

/* ---- reductions -------------------------------------------------------------- */

static int reduce(struct walk *w, Onnx__NodeProto *node, const struct tensor *in, uint32_t gone,
                  bool keep) {
    struct dim dim[WALK_RANK];
    int rank = 0;
    for (int i = 0; i < in->rank; i++) {
        if (gone & (1u << i)) {
            const struct dim batch = dim_base(&w->dims, DIM_BATCH);
            if (dim_equal(&w->dims, &in->dim[i], &batch))
                return walk_refuse(w, node, "reduces over the pictures of a batch");
            if (keep)
                dim[rank++] = dim_number(&w->dims, 1);
        } else {
            dim[rank++] = in->dim[i];
        }
    }
    return walk_set(w, node, 0, dim, rank, NULL);
}

static int rule_reduce(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in;
    int64_t axis[WALK_VALUES];
    int axes, at, rc = walk_need(w, node, 0, 0, &in);
    if (!rc)
        rc = walk_ints(w, node, "axes", 1, axis, &axes);
    if (rc)
        return rc;
    uint32_t gone = 0;
    bool keep = onnx_attr_int(node, "keepdims", 1) != 0;
    if (axes <= 0 && !onnx_attr_int(node, "noop_with_empty_axes", 0))
        gone = (1u << in->rank) - 1;
    for (int i = 0; i < axes; i++) {
        if ((rc = walk_axis(w, node, axis[i], in->rank, &at)))
            return rc;
        gone |= 1u << at;
    }
    return reduce(w, node, in, gone, keep);
}

static int rule_arg(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in;
    int at, rc = walk_need(w, node, 0, 1, &in);
    if (!rc)
        rc = walk_axis(w, node, onnx_attr_int(node, "axis", 0), in->rank, &at);
    return rc ? rc : reduce(w, node, in, 1u << at, onnx_attr_int(node, "keepdims", 1) != 0);
}

/* ---- matrices ------------------------------------------------------------------ */

static int say_inner(struct walk *w, const Onnx__NodeProto *node, const struct dim *a,
                     const struct dim *b) {
    return walk_refuse(w, node,
                       "multiplies by a matrix of the fixed size: %lld values a row here, which "
                       "change with the size of the input (the other side has %lld)",
                       (long long)dim_value(&w->dims, dim_varies(&w->dims, a) ? a : b),
                       (long long)dim_value(&w->dims, dim_varies(&w->dims, a) ? b : a));
}

static int rule_matmul(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *a, *b;
    struct dim dim[WALK_RANK] = {0};
    int axis, rc = walk_need(w, node, 0, 2, &a);
    if (!rc)
        rc = walk_need(w, node, 1, 2, &b);
    if (rc)
        return rc;
    if (!dim_equal(&w->dims, &a->dim[a->rank - 1], &b->dim[b->rank - 2]))
        return say_inner(w, node, &a->dim[a->rank - 1], &b->dim[b->rank - 2]);
    struct tensor left = *a, right = *b; /* without their matrices */
    left.rank -= 2;
    right.rank -= 2;
    int rank = left.rank > right.rank ? left.rank : right.rank;
    if (!join(w, dim, rank, &left, &axis))
        return say_mismatch(w, node, &left, dim, rank, axis);
    if (!join(w, dim, rank, &right, &axis))
        return say_mismatch(w, node, &right, dim, rank, axis);
    dim[rank] = a->dim[a->rank - 2];
    dim[rank + 1] = b->dim[b->rank - 1];
    return walk_set(w, node, 0, dim, rank + 2, NULL);
}

static int rule_gemm(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *a, *b;
    int rc = walk_need(w, node, 0, 2, &a);
    if (!rc)
        rc = walk_need(w, node, 1, 2, &b);
    if (rc)
        return rc;
    if (a->rank != 2 || b->rank != 2)
        return walk_refuse(w, node, "matrices of %d and %d dimensions", a->rank, b->rank);
    int ta = onnx_attr_int(node, "transA", 0) != 0, tb = onnx_attr_int(node, "transB", 0) != 0;
    const struct dim *inner = &a->dim[!ta], *rows = &b->dim[tb];
    if (!dim_equal(&w->dims, inner, rows))
        return say_inner(w, node, inner, rows);
    struct dim dim[2] = {a->dim[ta], b->dim[!tb]};
    if (dim_varies(&w->dims, &dim[1]))
        return walk_refuse(w, node, "its second matrix varies with the size of the input");
    return walk_set(w, node, 0, dim, 2, NULL);
}

/* ---- the table ------------------------------------------------------------------ */

static const struct rule rules[] = {
    {"Abs", rule_same},
    {"Add", rule_broadcast},
    {"And", rule_broadcast},
    {"ArgMax", rule_arg},
    {"ArgMin", rule_arg},
    {"AveragePool", rule_pool},
    {"BatchNormalization", rule_batch_norm},
    {"Cast", rule_copy},
    {"Ceil", rule_same},
    {"Celu", rule_same},
    {"Clip", rule_same},
    {"Concat", rule_concat},
    {"Constant", rule_constant},
    {"ConstantOfShape", rule_constant_of_shape},
    {"Conv", rule_conv},
    {"ConvTranspose", rule_conv_transpose},
    {"Cos", rule_same},
    {"DepthToSpace", rule_depth_to_space},
    {"DequantizeLinear", rule_same},
    {"Div", rule_broadcast},
    {"Dropout", rule_same},
    {"Elu", rule_same},
    {"Equal", rule_broadcast},
    {"Erf", rule_same},
    {"Exp", rule_same},
    {"Expand", rule_expand},
    {"Flatten", rule_flatten},
    {"Floor", rule_same},
    {"Gather", rule_gather},
    {"Gelu", rule_same},
    {"Gemm", rule_gemm},
    {"GlobalAveragePool", rule_global_pool},
    {"GlobalMaxPool", rule_global_pool},
    {"Greater", rule_broadcast},
    {"HardSigmoid", rule_same},
    {"HardSwish", rule_same},
    {"Identity", rule_copy},
    {"InstanceNormalization", rule_batch_norm},
    {"LRN", rule_same},
    {"LeakyRelu", rule_same},
    {"Less", rule_broadcast},
    {"Log", rule_same},
    {"LogSoftmax", rule_same},
    {"MatMul", rule_matmul},
    {"Max", rule_broadcast},
    {"MaxPool", rule_pool},
    {"Mean", rule_broadcast},
    {"Min", rule_broadcast},
    {"Mish", rule_same},
    {"Mod", rule_broadcast},
    {"Mul", rule_broadcast},
    {"Neg", rule_same},
    {"Not", rule_same},
    {"Or", rule_broadcast},
    {"PRelu", rule_broadcast},
    {"Pad", rule_pad},
    {"Pow", rule_broadcast},
    {"QuantizeLinear", rule_same},
    {"Reciprocal", rule_same},
    {"ReduceL1", rule_reduce},
    {"ReduceL2", rule_reduce},
    {"ReduceMax", rule_reduce},
    {"ReduceMean", rule_reduce},
    {"ReduceMin", rule_reduce},
    {"ReduceProd", rule_reduce},
    {"ReduceSum", rule_reduce},
    {"Relu", rule_same},
    {"Reshape", rule_reshape},
    {"Resize", rule_resize},
    {"Round", rule_same},
    {"Selu", rule_same},
    {"Shape", rule_shape},
    {"Sigmoid", rule_same},
    {"Sign", rule_same},
    {"Sin", rule_same},
    {"Slice", rule_slice},
    {"Softmax", rule_same},
    {"Softplus", rule_same},
    {"Softsign", rule_same},
    {"SpaceToDepth", rule_space_to_depth},
    {"Split", rule_split},
    {"Sqrt", rule_same},
    {"Squeeze", rule_squeeze},
    {"Sub", rule_broadcast},
    {"Sum", rule_broadcast},
    {"Tanh", rule_same},
    {"ThresholdedRelu", rule_same},
    {"Tile", rule_tile},
    {"Transpose", rule_transpose},
    {"Unsqueeze", rule_unsqueeze},
    {"Upsample", rule_upsample},
    {"Where", rule_broadcast},
};

const struct rule *rule_find(const char *op) {
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (!strcmp(rules[i].op, op))
            return &rules[i];
    return NULL;
}
