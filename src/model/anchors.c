/*
 * Anchor points baked into a graph. Exports of anchor-free detectors hold a
 * constant [1,2,8400] with the centre of every cell of every stride, and one
 * [1,8400] with the strides. Such a constant is recognised by its numbers: in
 * each row and each grid they must equal, to the bit, column * a + b, or row * a
 * + b, or b. Then nodes that compute the same (Range, Mul, Add, Expand, Concat) take
 * its place. Whatever is not exactly that stays, and the caller refuses.
 */
#include "model/rules.h"

#include <stdlib.h>
#include <string.h>

enum { GRIDS = 16, ROWS = 8 };

struct grid {
    struct dim height, width;
    int64_t rows, columns; /* at the exported size */
};

enum runs { RUNS_NOWHERE, RUNS_ACROSS, RUNS_DOWN };
/* In one row of the constant and one grid: the coordinate * a + b. */
struct line {
    enum runs runs;
    float a, b;
};

/* A dimension that is height x width of a grid, or a sum of such. */
static int get_grids(struct walk *w, const struct dim *along, struct grid grid[GRIDS]) {
    const struct dim *term = along;
    int terms = 1;
    if (along->len == 1 && w->dims.atom[along->atom[0]].kind == ATOM_SUM) {
        term = w->dims.atom[along->atom[0]].term;
        terms = w->dims.atom[along->atom[0]].terms;
    }
    if (terms > GRIDS)
        return 0;
    for (int i = 0; i < terms; i++) {
        if (term[i].len != 2)
            return 0;
        struct grid *g = &grid[i];
        g->height = (struct dim){.len = 1, .atom = {term[i].atom[0]}};
        g->width = (struct dim){.len = 1, .atom = {term[i].atom[1]}};
        g->rows = dim_value(&w->dims, &g->height);
        g->columns = dim_value(&w->dims, &g->width);
        if (!dim_varies(&w->dims, &g->height) || !dim_varies(&w->dims, &g->width) || g->rows < 2 ||
            g->columns < 2)
            return 0;
    }
    return terms;
}

static bool same_bits(float a, float b) {
    return memcmp(&a, &b, sizeof a) == 0;
}

/* Two roundings, as Mul and Add do it. */
static float line_at(const struct line *line, int64_t at) {
    volatile float scaled = (float)at * line->a;
    return scaled + line->b;
}

static bool fits(const struct line *line, const float *value, const struct grid *g) {
    for (int64_t y = 0; y < g->rows; y++)
        for (int64_t x = 0; x < g->columns; x++) {
            int64_t at = line->runs == RUNS_ACROSS ? x : line->runs == RUNS_DOWN ? y : 0;
            float want = line->runs == RUNS_NOWHERE ? line->b : line_at(line, at);
            if (!same_bits(value[y * g->columns + x], want))
                return false;
        }
    return true;
}

static bool recognise(const float *value, const struct grid *g, struct line *ret) {
    float first = value[0], across = value[1] - first, down = value[g->columns] - first;
    *ret = (struct line){RUNS_NOWHERE, 0, first};
    if (across != 0)
        *ret = (struct line){RUNS_ACROSS, across, first};
    else if (down != 0)
        *ret = (struct line){RUNS_DOWN, down, first};
    return fits(ret, value, g);
}

/* ---- nodes -------------------------------------------------------------------- */

/* op(inputs) into a new tensor; takes over and frees the names in own. */
static int emit(struct walk *w, const char *op, const char *const *inputs, size_t len,
                const char *attr, int64_t value, char **ret) {
    char *name = walk_name(w, "grid");
    Onnx__NodeProto *node = name ? onnx_node_new(op, name, inputs, len, name) : NULL;
    if (node && attr && onnx_node_add_int(node, attr, value)) {
        onnx_node_free(node);
        node = NULL;
    }
    int rc = walk_emit(w, node);
    if (rc)
        free(name);
    else
        *ret = name;
    return rc;
}

static int emit_ints(struct walk *w, const int64_t *value, size_t len, bool scalar, char **ret) {
    char *name = walk_name(w, "grid");
    int rc = name ? walk_emit(w, onnx_constant_ints(name, value, len, scalar)) : walk_no_memory(w);
    if (rc)
        free(name);
    else
        *ret = name;
    return rc;
}

static int emit_float(struct walk *w, float value, char **ret) {
    char *name = walk_name(w, "grid");
    int64_t one = 1;
    int rc = name ? walk_emit(w, onnx_constant_floats(name, &value, &one, 1)) : walk_no_memory(w);
    if (rc)
        free(name);
    else
        *ret = name;
    return rc;
}

/* *name = op(*name, constant) */
static int apply(struct walk *w, const char *op, float by, char **name) {
    char *number = NULL, *out = NULL;
    int rc = emit_float(w, by, &number);
    if (!rc)
        rc = emit(w, op, (const char *const[]){*name, number}, 2, NULL, 0, &out);
    free(number);
    if (!rc) {
        free(*name);
        *name = out;
    }
    return rc;
}

/* *name = Reshape(*name, target) */
static int reshape(struct walk *w, const int64_t *target, size_t len, char **name) {
    char *shape = NULL, *out = NULL;
    int rc = emit_ints(w, target, len, false, &shape);
    if (!rc)
        rc = emit(w, "Reshape", (const char *const[]){*name, shape}, 2, NULL, 0, &out);
    free(shape);
    if (!rc) {
        free(*name);
        *name = out;
    }
    return rc;
}

/* 0, 1, … of a dimension, as floats. */
static int emit_range(struct walk *w, const Onnx__NodeProto *node, const struct dim *dim,
                      char **ret) {
    static const int64_t zero = 0, one = 1;
    const char *count;
    char *from = NULL, *step = NULL, *to = NULL, *whole = NULL;
    int rc = walk_compute(w, node, dim, &count);
    if (!rc && !(to = strdup(count)))
        rc = walk_no_memory(w);
    if (!rc)
        rc = reshape(w, NULL, 0, &to);
    if (!rc)
        rc = emit_ints(w, &zero, 1, true, &from);
    if (!rc)
        rc = emit_ints(w, &one, 1, true, &step);
    if (!rc)
        rc = emit(w, "Range", (const char *const[]){from, to, step}, 3, NULL, 0, &whole);
    if (!rc)
        rc = emit(w, "Cast", (const char *const[]){whole}, 1, "to",
                  ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, ret);
    free(from);
    free(step);
    free(to);
    free(whole);
    return rc;
}

/* One row of one grid: [1, height * width]. */
static int emit_line(struct walk *w, const Onnx__NodeProto *node, const struct grid *g,
                     const struct line *line, char **ret) {
    static const int64_t column[] = {-1, 1}, flat[] = {1, -1};
    char *name = NULL, *shape = NULL, *out = NULL;
    const char *height, *width;
    int rc = walk_compute(w, node, &g->height, &height);
    if (!rc)
        rc = walk_compute(w, node, &g->width, &width);
    if (!rc)
        rc = emit(w, "Concat", (const char *const[]){height, width}, 2, "axis", 0, &shape);
    if (!rc && line->runs == RUNS_NOWHERE)
        rc = emit_float(w, line->b, &name);
    else if (!rc)
        rc = emit_range(w, node, line->runs == RUNS_ACROSS ? &g->width : &g->height, &name);
    if (!rc && line->runs != RUNS_NOWHERE && line->a != 1)
        rc = apply(w, "Mul", line->a, &name);
    if (!rc && line->runs != RUNS_NOWHERE && line->b != 0)
        rc = apply(w, "Add", line->b, &name);
    if (!rc && line->runs == RUNS_DOWN)
        rc = reshape(w, column, 2, &name);
    if (!rc)
        rc = emit(w, "Expand", (const char *const[]){name, shape}, 2, NULL, 0, &out);
    if (!rc)
        rc = reshape(w, flat, 2, &out);
    free(name);
    free(shape);
    if (rc)
        free(out);
    else
        *ret = out;
    return rc;
}

/* Joins names along an axis; frees them. */
static int join_names(struct walk *w, char **part, int parts, int64_t axis, char **ret) {
    int rc = emit(w, "Concat", (const char *const *)part, (size_t)parts, "axis", axis, ret);
    for (int i = 0; i < parts; i++) {
        free(part[i]);
        part[i] = NULL;
    }
    return rc;
}

static int emit_all(struct walk *w, const Onnx__NodeProto *node, const struct tensor *t,
                    const struct grid *grid, int grids, struct line (*line)[GRIDS], int rows,
                    char **ret) {
    char *row[ROWS] = {0}, *part[GRIDS] = {0}, *name = NULL;
    int64_t shape[WALK_RANK];
    int rc = 0;
    for (int r = 0; r < rows && !rc; r++) {
        for (int g = 0; g < grids && !rc; g++)
            rc = emit_line(w, node, &grid[g], &line[r][g], &part[g]);
        if (!rc)
            rc = join_names(w, part, grids, 1, &row[r]);
    }
    if (!rc)
        rc = join_names(w, row, rows, 0, &name);
    for (int i = 0; i < t->rank; i++)
        shape[i] = i == t->rank - 1 ? -1 : dim_value(&w->dims, &t->dim[i]);
    if (!rc)
        rc = reshape(w, shape, (size_t)t->rank, &name);
    for (int i = 0; i < GRIDS; i++)
        free(part[i]);
    for (int i = 0; i < ROWS; i++)
        free(row[i]);
    if (rc)
        free(name);
    else
        *ret = name;
    return rc;
}

/* ---- the constant -------------------------------------------------------------- */

static float *get_values(const Onnx__TensorProto *data, int64_t len) {
    float last;
    if (onnx_tensor_float(data, len - 1, &last))
        return NULL; /* not all there: nothing to make room for */
    float *value = malloc((size_t)len * sizeof *value);
    for (int64_t i = 0; value && i < len; i++)
        if (onnx_tensor_float(data, i, &value[i])) {
            free(value);
            return NULL;
        }
    return value;
}

int anchors_rebuild(struct walk *w, Onnx__NodeProto *node, size_t i, const struct dim *along) {
    const struct tensor *t = walk_in(w, node, i);
    struct grid grid[GRIDS];
    struct line line[ROWS][GRIDS];
    int grids = get_grids(w, along, grid);
    int64_t anchors = dim_value(&w->dims, along), len = onnx_tensor_len(t->data);
    if (!grids || w->opset < 11 || anchors < 1 || len < 1 || len % anchors ||
        len / anchors > ROWS || dim_value(&w->dims, &t->dim[t->rank - 1]) != anchors)
        return WEIR_EUNSUPPORTED;
    int rows = (int)(len / anchors);
    float *value = get_values(t->data, len);
    bool known = value != NULL;
    for (int r = 0; r < rows && known; r++) {
        int64_t at = r * anchors;
        for (int g = 0; g < grids && known; g++) {
            known = recognise(value + at, &grid[g], &line[r][g]);
            at += grid[g].rows * grid[g].columns;
        }
    }
    free(value);
    if (!known)
        return WEIR_EUNSUPPORTED;

    struct weir_buf shape = {0};
    walk_print_dims(&shape, w, t->dim, t->rank);
    walk_note(w, node, "the constant %s %s, a grid of the fixed size, became nodes that compute it",
              t->name, weir_buf_str(&shape));
    weir_buf_done(&shape);
    char *name = NULL;
    int rc = emit_all(w, node, t, grid, grids, line, rows, &name);
    if (!rc)
        rc = walk_read(w, node, i, name);
    free(name);
    w->report->others++;
    return rc;
}
