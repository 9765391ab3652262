/*
 * Reshape and Flatten: where exports write the fixed size into the graph. The
 * elements keep their order in memory, so input and target are cut, outermost
 * first, into groups of equal size ([1,2,58,52,52] from [1,116,52,52]: 1 | 116 |
 * 52 | 52), and in each group the factors of the input are dealt out to the
 * target in order. That says what each target dimension is at any size. A target
 * that says something else is replaced: by 0 (as in the input) and one -1 where
 * that suffices, else by nodes that compute it.
 */
#include "model/rules.h"

#include <stdlib.h>
#include <string.h>

/* Innermost parts of a varying dimension that may be split off, as in h -> (h/2, 2). */
enum { SPLIT_LARGEST = 8 };

/* ---- what the target means --------------------------------------------------------- */

/* The factors of a group of input dimensions, not yet dealt out. */
struct factors {
    int atom[WALK_RANK * DIM_ATOMS];
    int len;
};

static void push_front(struct factors *f, const struct dim *dim) {
    memmove(f->atom + dim->len, f->atom, (size_t)f->len * sizeof *f->atom);
    memcpy(f->atom, dim->atom, (size_t)dim->len * sizeof *f->atom);
    f->len += dim->len;
}

static void drop_front(struct factors *f) {
    f->len--;
    memmove(f->atom, f->atom + 1, (size_t)f->len * sizeof *f->atom);
}

/* Takes factors of product `size` off the front. */
static bool deal(struct walk *w, struct factors *f, int64_t size, bool last, struct dim *ret) {
    struct dim out = {0};
    int64_t have = 1;
    while (f->len) {
        int at = f->atom[0];
        struct atom *atom = &w->dims.atom[at];
        int64_t value = atom->value;
        struct dim one = {.len = 1, .atom = {at}};
        /* a batch of 1 belongs to the outermost dimension that can take it */
        if (have == size && !last && !(value == 1 && out.len == 0))
            break;
        if (value != 0 && (size % (have * value) == 0)) {
            drop_front(f);
            out = dim_product(&w->dims, &out, &one);
            have *= value;
            continue;
        }
        if (value == 0 || size % have)
            return false;
        int64_t outer = size / have, inner = outer ? value / outer : 0;
        if (outer < 1 || value % outer || have == size)
            return false;
        if (atom->kind != ATOM_NUMBER && inner > SPLIT_LARGEST)
            return false;
        drop_front(f);
        struct dim part = dim_quotient(&w->dims, &one, 1, 0, inner, 0);
        struct dim rest = dim_number(&w->dims, inner);
        push_front(f, &rest);
        out = dim_product(&w->dims, &out, &part);
        have = size;
    }
    *ret = out;
    return have == size && (!last || f->len == 0) && !w->dims.failed;
}

/* What each target dimension (of these values) is at any size. */
static bool follow(struct walk *w, const struct tensor *in, const int64_t *target, int rank,
                   struct dim *ret) {
    int i = 0, j = 0;
    while (i < in->rank || j < rank) {
        struct factors f = {.len = 0};
        struct dim group = {0};
        int first = j;
        int64_t p = 1, q = 1;
        if (i < in->rank) {
            p = dim_value(&w->dims, &in->dim[i]);
            group = dim_product(&w->dims, &group, &in->dim[i++]);
        }
        if (j < rank)
            q = target[j++];
        while (p != q) {
            if (p < q && i < in->rank) {
                p *= dim_value(&w->dims, &in->dim[i]);
                group = dim_product(&w->dims, &group, &in->dim[i++]);
            } else if (q < p && j < rank) {
                q *= target[j++];
            } else {
                return false;
            }
        }
        /* what is left at the end is ones: part of the last group */
        for (; j == rank && i < in->rank; i++) {
            if (dim_value(&w->dims, &in->dim[i]) != 1)
                break;
            group = dim_product(&w->dims, &group, &in->dim[i]);
        }
        if (w->dims.failed)
            return false;
        push_front(&f, &group);
        if (j == first) { /* ones on the input's side alone, and nothing to take them */
            if (dim_varies(&w->dims, &group))
                return false;
            continue;
        }
        for (int k = first; k < j; k++)
            if (!deal(w, &f, target[k], k == j - 1, &ret[k]))
                return false;
    }
    return true;
}

/* ---- how to say it -------------------------------------------------------------------- */

static void print_target(struct weir_buf *out, const int64_t *target, int rank) {
    weir_buf_putc(out, '[');
    for (int i = 0; i < rank; i++)
        weir_buf_printf(out, "%s%lld", i ? "," : "", (long long)target[i]);
    weir_buf_putc(out, ']');
}

/* The parts of a target that is computed, outermost first: names of tensors of
 * whole numbers, joined by Concat. Equal targets are made once. */
static int emit_target(struct walk *w, const Onnx__NodeProto *node, const struct dim *want,
                       const bool *hard, const int64_t *literal, int rank, char **ret_name) {
    char *part[WALK_RANK] = {0};
    int parts = 0, rc = 0;
    for (int i = 0; i < rank && !rc;) {
        const char *made = NULL;
        if (hard[i]) {
            rc = walk_compute(w, node, &want[i], &made);
            if (!rc && !(part[parts++] = strdup(made)))
                rc = walk_no_memory(w);
            i++;
            continue;
        }
        int run = i;
        while (run < rank && !hard[run])
            run++;
        char *name = walk_name(w, "part");
        rc = name ? walk_emit(w, onnx_constant_ints(name, literal + i, (size_t)(run - i), false))
                  : walk_no_memory(w);
        part[parts++] = name;
        i = run;
    }
    char *name = NULL;
    if (!rc && !(name = walk_name(w, "target")))
        rc = walk_no_memory(w);
    if (!rc) {
        Onnx__NodeProto *concat =
            onnx_node_new("Concat", name, (const char *const *)part, (size_t)parts, name);
        if (concat && onnx_node_add_int(concat, "axis", 0)) {
            onnx_node_free(concat);
            concat = NULL;
        }
        rc = walk_emit(w, concat);
    }
    for (int i = 0; i < parts; i++)
        free(part[i]);
    if (rc)
        free(name);
    else
        *ret_name = name;
    return rc;
}

static int find_or_emit(struct walk *w, const Onnx__NodeProto *node, const struct dim *want,
                        const bool *hard, const int64_t *literal, int rank, const char **ret_name) {
    struct weir_buf key = {0};
    weir_buf_puts(&key, "target");
    for (int i = 0; i < rank; i++) {
        if (!hard[i])
            weir_buf_printf(&key, " %lld", (long long)literal[i]);
        else
            weir_buf_puts(&key, " (");
        for (int k = 0; hard[i] && k < want[i].len; k++)
            weir_buf_printf(&key, "%d ", want[i].atom[k]);
    }
    const char *kept = key.failed ? NULL : walk_kept(w, key.data);
    char *name = NULL;
    int rc = key.failed ? walk_no_memory(w) : 0;
    if (!rc && !kept)
        rc = emit_target(w, node, want, hard, literal, rank, &name);
    if (rc || kept) {
        weir_buf_done(&key);
    } else {
        rc = walk_keep(w, key.data, name);
        kept = name;
    }
    if (!rc)
        *ret_name = kept;
    return rc;
}

static int retarget(struct walk *w, Onnx__NodeProto *node, const struct tensor *in,
                    const int64_t *was, const struct dim *want, int rank, bool *ret_computed) {
    int64_t literal[WALK_RANK];
    bool hard[WALK_RANK];
    int hards = 0, free_one = -1, rc;

    onnx_attr_remove(node, "allowzero");
    for (int i = 0; i < rank; i++) {
        hard[i] = false;
        if (!dim_varies(&w->dims, &want[i])) {
            literal[i] = dim_value(&w->dims, &want[i]);
        } else if (i < in->rank && dim_equal(&w->dims, &want[i], &in->dim[i])) {
            literal[i] = 0;
        } else {
            hard[i] = true;
            hards++;
            /* the most complex one is left to be worked out */
            if (free_one < 0 || want[i].len >= want[free_one].len)
                free_one = i;
        }
    }
    if (free_one >= 0) {
        hard[free_one] = false;
        literal[free_one] = -1;
        hards--;
    }
    struct weir_buf before = {0}, after = {0};
    print_target(&before, was, rank);
    if (hards == 0) {
        print_target(&after, literal, rank);
        rc = walk_read_ints(w, node, 1, literal, (size_t)rank);
    } else {
        const char *name = NULL;
        *ret_computed = true;
        weir_buf_puts(&after, "computed while running");
        rc = find_or_emit(w, node, want, hard, literal, rank, &name);
        if (!rc)
            rc = walk_read(w, node, 1, name);
    }
    if (!rc) {
        w->report->reshapes++;
        walk_note(w, node, "target %s became %s", weir_buf_str(&before), weir_buf_str(&after));
    }
    weir_buf_done(&before);
    weir_buf_done(&after);
    return rc;
}

/* ---- the rules -------------------------------------------------------------------------- */

/* The target's values at the exported size, 0 and -1 resolved; false: impossible,
 * or an empty tensor, which no detector needs. */
static bool resolve(struct walk *w, const struct tensor *in, const struct tensor *to,
                    bool zero_is_zero, int64_t *ret) {
    int64_t all = 1, known = 1;
    int open = -1;
    for (int i = 0; i < in->rank; i++)
        if (__builtin_mul_overflow(all, dim_value(&w->dims, &in->dim[i]), &all))
            return false;
    if (all < 1)
        return false;
    for (int i = 0; i < to->values; i++) {
        ret[i] = dim_value(&w->dims, &to->value[i]);
        if (ret[i] == 0 && !zero_is_zero) {
            if (i >= in->rank)
                return false;
            ret[i] = dim_value(&w->dims, &in->dim[i]);
        }
        if (ret[i] == -1 && open < 0)
            open = i;
        else if (ret[i] <= 0 || __builtin_mul_overflow(known, ret[i], &known))
            return false;
    }
    if (open >= 0) {
        if (all % known)
            return false;
        ret[open] = all / known;
    }
    return open >= 0 || known == all;
}

/* Does the target as it is mean what is wanted, at every size? */
static bool means(struct walk *w, const struct tensor *in, const struct tensor *to,
                  bool zero_is_zero, const struct dim *want) {
    for (int i = 0; i < to->values; i++) {
        const struct dim *have = &to->value[i];
        if (dim_is(&w->dims, have, -1))
            continue;
        if (dim_is(&w->dims, have, 0) && !zero_is_zero)
            have = &in->dim[i];
        if (!dim_equal(&w->dims, have, &want[i]))
            return false;
    }
    return true;
}

int rule_reshape(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in, *to, *out;
    struct dim want[WALK_RANK] = {0};
    int64_t target[WALK_RANK], was[WALK_RANK];
    int rc = walk_need(w, node, 0, 0, &in);
    if (!rc)
        rc = walk_need(w, node, 1, 0, &to);
    if (rc)
        return rc;
    bool zero_is_zero = onnx_attr_int(node, "allowzero", 0) != 0, computed = false;
    if (!to->has_value)
        return walk_refuse(w, node, "its target %s is computed in a way that is not followed",
                           to->name);
    if (to->values > WALK_RANK)
        return walk_refuse(w, node, "a target of %d dimensions", to->values);
    struct weir_buf from = {0}, into = {0};
    for (int i = 0; i < to->values; i++)
        was[i] = dim_value(&w->dims, &to->value[i]);
    walk_print_dims(&from, w, in->dim, in->rank);
    print_target(&into, was, to->values);
    if (!resolve(w, in, to, zero_is_zero, target))
        rc = walk_refuse(w, node, "%s does not fit the target %s", weir_buf_str(&from),
                         weir_buf_str(&into));
    else if (!follow(w, in, target, to->values, want))
        rc = walk_refuse(w, node,
                         "turns %s into %s, which mixes dimensions that change with the size",
                         weir_buf_str(&from), weir_buf_str(&into));
    weir_buf_done(&from);
    weir_buf_done(&into);
    if (!rc && !means(w, in, to, zero_is_zero, want))
        rc = retarget(w, node, in, was, want, to->values, &computed);
    if (!rc)
        rc = walk_set(w, node, 0, want, to->values, &out);
    if (!rc)
        out->computed_shape = computed;
    if (rc || !in->has_value || to->values > 1)
        return rc;
    return walk_set_value(w, out, in->value, in->values);
}

int rule_flatten(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in;
    struct dim dim[2] = {0};
    int rc = walk_need(w, node, 0, 0, &in);
    if (rc)
        return rc;
    int64_t axis = onnx_attr_int(node, "axis", 1);
    axis += axis < 0 ? in->rank : 0;
    if (axis < 0 || axis > in->rank)
        return walk_refuse(w, node, "axis %lld of %d dimensions", (long long)axis, in->rank);
    for (int i = 0; i < in->rank; i++)
        dim[i >= axis] = dim_product(&w->dims, &dim[i >= axis], &in->dim[i]);
    return walk_set(w, node, 0, dim, 2, NULL);
}
