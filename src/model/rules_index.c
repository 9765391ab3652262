/*
 * Rules for operators that pick, join and permute. Bounds that mean "to the
 * end" but are written as the fixed size are rewritten to mean it; bounds that cut
 * a varying dimension at a fixed place are refused.
 */
#include "model/rules.h"

#include <string.h>

static int copy_dims(struct dim to[WALK_RANK], const struct tensor *t) {
    memcpy(to, t->dim, (size_t)t->rank * sizeof *to);
    return t->rank;
}

/* ---- joining and cutting -------------------------------------------------------- */

static int join_values(struct walk *w, Onnx__NodeProto *node, struct tensor *out) {
    struct dim value[WALK_VALUES];
    int values = 0;
    for (size_t i = 0; i < node->n_input; i++) {
        const struct tensor *t = walk_in(w, node, i);
        if (!t->has_value || values + t->values > WALK_VALUES)
            return 0;
        memcpy(value + values, t->value, (size_t)t->values * sizeof *value);
        values += t->values;
    }
    return walk_set_value(w, out, value, values);
}

int rule_concat(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *first, *t, *out;
    struct dim dim[WALK_RANK], term[256];
    int axis, rc = walk_need(w, node, 0, 1, &first);
    if (!rc)
        rc = walk_axis(w, node, onnx_attr_int(node, "axis", 1), first->rank, &axis);
    if (rc)
        return rc;
    if (node->n_input > sizeof term / sizeof *term)
        return walk_refuse(w, node, "joins %zu tensors", node->n_input);
    int rank = copy_dims(dim, first);
    for (size_t i = 0; i < node->n_input; i++) {
        if ((rc = walk_need(w, node, i, 1, &t)))
            return rc;
        if (t->rank != rank)
            return walk_refuse(w, node, "joins %s of %d dimensions with %d", t->name, t->rank,
                               rank);
        for (int k = 0; k < rank; k++)
            if (k != axis && !dim_equal(&w->dims, &t->dim[k], &dim[k]))
                return walk_refuse(w, node,
                                   "%s%s and %s differ at other sizes in dimension %d (%lld and "
                                   "%lld here)",
                                   t->data ? "the constant " : "", t->name, first->name, k,
                                   (long long)dim_value(&w->dims, &t->dim[k]),
                                   (long long)dim_value(&w->dims, &dim[k]));
        term[i] = t->dim[axis];
    }
    dim[axis] = dim_sum(&w->dims, term, (int)node->n_input);
    rc = walk_set(w, node, 0, dim, rank, &out);
    return rc || rank != 1 ? rc : join_values(w, node, out);
}

int rule_split(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in;
    struct dim dim[WALK_RANK];
    int64_t part[WALK_VALUES];
    int axis, parts, rc = walk_need(w, node, 0, 1, &in);
    if (!rc)
        rc = walk_axis(w, node, onnx_attr_int(node, "axis", 0), in->rank, &axis);
    if (!rc)
        rc = walk_ints(w, node, "split", 1, part, &parts);
    if (rc)
        return rc;
    int64_t outs = (int64_t)node->n_output, whole = dim_value(&w->dims, &in->dim[axis]);
    if (dim_varies(&w->dims, &in->dim[axis]))
        return walk_refuse(w, node, "splits dimension %d (%lld), which changes with the size", axis,
                           (long long)whole);
    int rank = copy_dims(dim, in);
    int64_t each = outs ? (whole + outs - 1) / outs : 0;
    for (size_t i = 0; i < node->n_output && !rc; i++) {
        int64_t size = parts < 0 ? (each < whole ? each : whole) : (int)i < parts ? part[i] : -1;
        if (size < 0 || size > whole)
            return walk_refuse(w, node, "its parts do not add up to %lld",
                               (long long)dim_value(&w->dims, &in->dim[axis]));
        whole -= size;
        dim[axis] = dim_number(&w->dims, size);
        rc = walk_set(w, node, i, dim, rank, NULL);
    }
    return rc;
}

static int64_t clamp(int64_t x, int64_t low, int64_t high) {
    return x < low ? low : x > high ? high : x;
}

/* One axis of a slice. *end is changed where it was written as the fixed size. */
static int slice_axis(struct walk *w, Onnx__NodeProto *node, const struct dim *in, int axis,
                      int64_t start, int64_t *end, int64_t step, struct dim *ret) {
    int64_t size = dim_value(&w->dims, in);
    if (step == 0 || step == INT64_MIN)
        return walk_refuse(w, node, "a step of %lld", (long long)step);
    if (!dim_varies(&w->dims, in)) {
        int64_t from = start < 0 ? start + size : start, to = *end < 0 ? *end + size : *end;
        int64_t count;
        if (step > 0) {
            from = clamp(from, 0, size);
            to = clamp(to, 0, size);
            count = to > from ? (to - from - 1) / step + 1 : 0;
        } else {
            from = clamp(from, -1, size - 1);
            to = clamp(*end == INT64_MIN ? -1 : to, -1, size - 1);
            count = from > to ? (from - to - 1) / -step + 1 : 0;
        }
        *ret = dim_number(&w->dims, count);
        return 0;
    }
    const struct dim batch = dim_base(&w->dims, DIM_BATCH);
    bool pictures = dim_equal(&w->dims, in, &batch);
    if (step < 0 || start < 0 || start > size || (pictures && (start || step != 1)))
        return walk_refuse(w, node,
                           "cuts dimension %d (%lld), which changes with the size, from %lld "
                           "in steps of %lld",
                           axis, (long long)size, (long long)start, (long long)step);
    int64_t off = 0; /* of the end */
    if (*end == size)
        *end = INT64_MAX;
    else if (*end < 0 && *end > -size)
        off = *end;
    else if (*end < INT32_MAX)
        return walk_refuse(
            w, node, "cuts dimension %d (%lld), which changes with the size, at the fixed %lld",
            axis, (long long)size, (long long)*end);
    *ret = dim_quotient(&w->dims, in, 1, off - start + step - 1, step, 0);
    return 0;
}

/* The bounds back into the node, in the form of its operator set. */
static int set_ends(struct walk *w, Onnx__NodeProto *node, const int64_t *end, int len) {
    if (w->opset >= 10)
        return walk_read_ints(w, node, 2, end, (size_t)len);
    onnx_attr_remove(node, "ends");
    return onnx_node_add_ints(node, "ends", end, (size_t)len) ? walk_no_memory(w) : 0;
}

int rule_slice(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in, *out;
    struct dim dim[WALK_RANK];
    int64_t start[WALK_VALUES], end[WALK_VALUES], axis[WALK_VALUES], step[WALK_VALUES];
    int starts, ends, axes, steps, at, rc = walk_need(w, node, 0, 1, &in);
    if (!rc)
        rc = walk_ints(w, node, "starts", 1, start, &starts);
    if (!rc)
        rc = walk_ints(w, node, "ends", 2, end, &ends);
    if (!rc)
        rc = walk_ints(w, node, "axes", 3, axis, &axes);
    if (!rc)
        rc = walk_ints(w, node, "steps", 4, step, &steps);
    if (rc)
        return rc;
    if (starts < 1 || ends != starts || (axes >= 0 && axes != starts) ||
        (steps >= 0 && steps != starts) || starts > in->rank)
        return walk_refuse(w, node, "its starts, ends, axes and steps do not match");
    int rank = copy_dims(dim, in);
    bool changed = false;
    for (int i = 0; i < starts; i++) {
        int64_t was = end[i];
        rc = walk_axis(w, node, axes < 0 ? i : axis[i], rank, &at);
        if (!rc)
            rc = slice_axis(w, node, &in->dim[at], at, start[i], &end[i], steps < 0 ? 1 : step[i],
                            &dim[at]);
        if (rc)
            return rc;
        changed |= end[i] != was;
    }
    if (changed) {
        if ((rc = set_ends(w, node, end, ends)))
            return rc;
        w->report->others++;
        walk_note(w, node, "ends at the end, not at the fixed size");
    }
    rc = walk_set(w, node, 0, dim, rank, &out);
    int64_t count = rank == 1 ? dim_value(&w->dims, &dim[0]) : 0;
    if (rc || !in->has_value || rank != 1 || count < 1 || (steps > 0 && step[0] != 1))
        return rc;
    int64_t from = clamp(start[0] < 0 ? start[0] + in->values : start[0], 0, in->values);
    return from + count <= in->values ? walk_set_value(w, out, in->value + from, (int)count) : 0;
}

int rule_gather(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in, *index, *out;
    struct dim dim[WALK_RANK + WALK_RANK], value[WALK_VALUES];
    int axis, rank = 0, rc = walk_need(w, node, 0, 1, &in);
    if (!rc)
        rc = walk_need(w, node, 1, 0, &index);
    if (!rc)
        rc = walk_axis(w, node, onnx_attr_int(node, "axis", 0), in->rank, &axis);
    if (rc)
        return rc;
    if (dim_varies(&w->dims, &in->dim[axis]))
        return walk_refuse(w, node,
                           "picks fixed places of dimension %d (%lld), which changes with the size "
                           "or the batch",
                           axis, (long long)dim_value(&w->dims, &in->dim[axis]));
    for (int i = 0; i < axis; i++)
        dim[rank++] = in->dim[i];
    for (int i = 0; i < index->rank; i++)
        dim[rank++] = index->dim[i];
    for (int i = axis + 1; i < in->rank; i++)
        dim[rank++] = in->dim[i];
    rc = walk_set(w, node, 0, dim, rank, &out);
    if (rc || !in->has_value || !index->has_value || index->rank > 1)
        return rc;
    for (int i = 0; i < index->values; i++) {
        int64_t at = dim_value(&w->dims, &index->value[i]);
        at += at < 0 ? in->values : 0;
        if (at < 0 || at >= in->values)
            return walk_refuse(w, node, "picks place %lld of %d", (long long)at, in->values);
        value[i] = in->value[at];
    }
    return walk_set_value(w, out, value, index->values);
}

/* ---- permuting and wrapping -------------------------------------------------------- */

int rule_transpose(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in;
    struct dim dim[WALK_RANK];
    int64_t perm[WALK_VALUES];
    int perms, at, rc = walk_need(w, node, 0, 0, &in);
    if (!rc)
        rc = walk_ints(w, node, "perm", -1, perm, &perms);
    if (rc)
        return rc;
    if (perms >= 0 && perms != in->rank)
        return walk_refuse(w, node, "permutes %d of %d dimensions", perms, in->rank);
    for (int i = 0; i < in->rank; i++) {
        if ((rc = walk_axis(w, node, perms < 0 ? in->rank - 1 - i : perm[i], in->rank, &at)))
            return rc;
        dim[i] = in->dim[at];
    }
    return walk_set(w, node, 0, dim, in->rank, NULL);
}

static int axes_of(struct walk *w, Onnx__NodeProto *node, int rank, uint32_t *ret_mask) {
    int64_t axis[WALK_VALUES];
    int axes, at, rc = walk_ints(w, node, "axes", 1, axis, &axes);
    *ret_mask = 0;
    for (int i = 0; i < axes && !rc; i++) {
        rc = walk_axis(w, node, axis[i], rank, &at);
        if (!rc)
            *ret_mask |= 1u << at;
    }
    return rc ? rc : axes;
}

int rule_squeeze(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in, *out;
    struct dim dim[WALK_RANK];
    uint32_t gone;
    int rank = 0, rc = walk_need(w, node, 0, 0, &in);
    if (rc)
        return rc;
    int axes = axes_of(w, node, in->rank, &gone);
    if (axes < 0 && axes != -1)
        return axes;
    for (int i = 0; i < in->rank; i++) {
        bool one = dim_value(&w->dims, &in->dim[i]) == 1;
        bool drop = axes < 0 ? one : (gone >> i & 1) != 0;
        if (drop && (dim_varies(&w->dims, &in->dim[i]) || !one))
            return walk_refuse(w, node,
                               "drops dimension %d, which changes with the size or the batch", i);
        if (!drop)
            dim[rank++] = in->dim[i];
    }
    rc = walk_set(w, node, 0, dim, rank, &out);
    return rc || !in->has_value || rank > 1 ? rc : walk_set_value(w, out, in->value, in->values);
}

int rule_unsqueeze(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in, *out;
    struct dim dim[WALK_RANK];
    int64_t axis[WALK_VALUES];
    uint32_t fresh;
    int axes, rank, from = 0, rc = walk_need(w, node, 0, 0, &in);
    if (!rc)
        rc = walk_ints(w, node, "axes", 1, axis, &axes);
    if (rc)
        return rc;
    rank = in->rank + (axes > 0 ? axes : 0);
    if (axes < 1 || rank > WALK_RANK)
        return walk_refuse(w, node, "inserts %d dimensions into %d", axes, in->rank);
    rc = axes_of(w, node, rank, &fresh);
    if (rc < -1)
        return rc;
    for (int i = 0; i < rank; i++) {
        if (!(fresh >> i & 1) && from == in->rank)
            return walk_refuse(w, node, "inserts a dimension twice");
        dim[i] = fresh >> i & 1 ? dim_number(&w->dims, 1) : in->dim[from++];
    }
    rc = walk_set(w, node, 0, dim, rank, &out);
    return rc || !in->has_value || rank > 1 ? rc : walk_set_value(w, out, in->value, in->values);
}

int rule_tile(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in;
    struct dim dim[WALK_RANK];
    int64_t repeat[WALK_VALUES];
    int repeats, rc = walk_need(w, node, 0, 0, &in);
    if (!rc)
        rc = walk_ints(w, node, "repeats", 1, repeat, &repeats);
    if (rc)
        return rc;
    if (repeats != in->rank)
        return walk_refuse(w, node, "%d repeats for %d dimensions", repeats, in->rank);
    for (int i = 0; i < in->rank; i++) {
        const struct dim batch = dim_base(&w->dims, DIM_BATCH);
        if (repeat[i] != 1 && dim_equal(&w->dims, &in->dim[i], &batch))
            return walk_refuse(w, node, "repeats the batch");
        struct dim times = dim_number(&w->dims, repeat[i]);
        dim[i] = dim_product(&w->dims, &times, &in->dim[i]);
    }
    return walk_set(w, node, 0, dim, in->rank, NULL);
}

/* ---- shapes as values ---------------------------------------------------------------- */

int rule_shape(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in, *out;
    int rc = walk_need(w, node, 0, 0, &in);
    if (rc)
        return rc;
    int64_t from = onnx_attr_int(node, "start", 0), to = onnx_attr_int(node, "end", in->rank);
    from = clamp(from < 0 ? from + in->rank : from, 0, in->rank);
    to = clamp(to < 0 ? to + in->rank : to, from, in->rank);
    struct dim len = dim_number(&w->dims, to - from);
    rc = walk_set(w, node, 0, &len, 1, &out);
    return rc ? rc : walk_set_value(w, out, in->dim + from, (int)(to - from));
}

int rule_expand(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in, *to;
    struct dim dim[WALK_RANK] = {0};
    int rc = walk_need(w, node, 0, 0, &in);
    if (!rc)
        rc = walk_need(w, node, 1, 0, &to);
    if (rc)
        return rc;
    if (!to->has_value || to->values > WALK_RANK)
        return walk_refuse(w, node, "its target %s is computed in a way that is not followed",
                           to->name);
    int rank = to->values > in->rank ? to->values : in->rank;
    for (int i = 0; i < in->rank; i++)
        dim[rank - in->rank + i] = in->dim[i];
    for (int i = 0; i < to->values; i++) {
        struct dim *have = &dim[rank - to->values + i];
        const struct dim *want = &to->value[i];
        if (dim_is(&w->dims, want, 1))
            continue;
        if (dim_is(&w->dims, have, 1))
            *have = *want;
        else if (!dim_equal(&w->dims, have, want))
            return walk_refuse(w, node, "expands dimension %d to the fixed %lld", i,
                               (long long)dim_value(&w->dims, want));
    }
    return walk_set(w, node, 0, dim, rank, NULL);
}

int rule_constant_of_shape(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *shape;
    int rc = walk_need(w, node, 0, 0, &shape);
    if (rc)
        return rc;
    if (!shape->has_value || shape->values > WALK_RANK)
        return walk_refuse(w, node, "its shape %s is computed in a way that is not followed",
                           shape->name);
    return walk_set(w, node, 0, shape->value, shape->values, NULL);
}

int rule_constant(struct walk *w, Onnx__NodeProto *node) {
    const Onnx__AttributeProto *a = node->n_attribute == 1 ? node->attribute[0] : NULL;
    struct dim value[WALK_VALUES], len;
    struct tensor *out;
    if (!a || !a->name || node->n_output != 1)
        return walk_refuse(w, node, "holds no single value");
    if (!strcmp(a->name, "value") && a->t)
        return walk_define_constant(w, node, node->output[0], a->t);
    if (!strcmp(a->name, "value_float") || !strcmp(a->name, "value_string"))
        return walk_set(w, node, 0, NULL, 0, NULL);
    if (!strcmp(a->name, "value_floats")) {
        len = dim_number(&w->dims, (int64_t)a->n_floats);
        return walk_set(w, node, 0, &len, 1, NULL);
    }
    bool one = !strcmp(a->name, "value_int");
    if ((!one && strcmp(a->name, "value_ints")) || a->n_ints > WALK_VALUES)
        return walk_refuse(w, node, "its value (%s) is of a kind that is not followed", a->name);
    for (size_t i = 0; i < a->n_ints; i++)
        value[i] = dim_number(&w->dims, a->ints[i]);
    if (one)
        value[0] = dim_number(&w->dims, a->i);
    len = dim_number(&w->dims, (int64_t)a->n_ints);
    int rc = walk_set(w, node, 0, &len, !one, &out);
    return rc ? rc : walk_set_value(w, out, value, one ? 1 : (int)a->n_ints);
}
