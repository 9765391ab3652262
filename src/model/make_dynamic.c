/*
 * One fixed size made several. The graph is walked once in execution order
 * (walk.h) with batch, height and width as formulas in place of the numbers
 * that the export wrote down; rules (rules.h) carry them through each operator
 * and change the nodes that hold the fixed size. What comes out is the same
 * graph with symbolic shapes. Nothing is written unless all of it went through.
 */
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "model/rules.h"

/* A picture's sides beyond this are no picture's. */
static const int64_t SIDE_LARGEST = 1 << 16;

/* ---- the picture's input -------------------------------------------------------- */

static bool is_initializer(const Onnx__GraphProto *graph, const char *name) {
    for (size_t i = 0; i < graph->n_initializer; i++)
        if (graph->initializer[i]->name && name && !strcmp(graph->initializer[i]->name, name))
            return true;
    return false;
}

static Onnx__TensorShapeProto *shape_of(const Onnx__ValueInfoProto *info, int32_t *ret_type) {
    if (!info->type || info->type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
        return NULL;
    *ret_type = info->type->tensor_type->elem_type;
    return info->type->tensor_type->shape;
}

/* A dimension's number, or 0 where it is symbolic. */
static int64_t fixed(const Onnx__TensorShapeProto__Dimension *dim) {
    return dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE ? dim->dim_value
                                                                                   : 0;
}

static bool is_picture_type(int32_t type) {
    return type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT ||
           type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16 ||
           type == ONNX__TENSOR_PROTO__DATA_TYPE__UINT8;
}

/* The one input that a picture can go into. */
static int find_picture(const Onnx__GraphProto *graph, Onnx__ValueInfoProto **ret,
                        struct weir_error *err) {
    Onnx__ValueInfoProto *found = NULL;
    struct weir_buf seen = {0};
    for (size_t i = 0; i < graph->n_input; i++) {
        Onnx__ValueInfoProto *info = graph->input[i];
        int32_t type = 0;
        if (!info->name || is_initializer(graph, info->name))
            continue;
        const Onnx__TensorShapeProto *shape = shape_of(info, &type);
        weir_buf_printf(&seen, "%s%s of %zu dimensions", seen.len ? ", " : "", info->name,
                        shape ? shape->n_dim : 0);
        if (!found && shape && shape->n_dim == 4 && is_picture_type(type))
            found = info;
    }
    if (!found)
        weir_fail(
            err, WEIR_EMODEL,
            "no input for pictures: expected [batch,3,height,width] of floats or bytes, found %s",
            seen.len ? weir_buf_str(&seen) : "no input");
    weir_buf_done(&seen);
    *ret = found;
    return found ? 0 : WEIR_EMODEL;
}

static int check_picture(const Onnx__ValueInfoProto *info, struct weir_resize_report *report,
                         struct weir_error *err) {
    int32_t type = 0;
    const Onnx__TensorShapeProto *shape = shape_of(info, &type);
    int64_t batch = fixed(shape->dim[0]), channels = fixed(shape->dim[1]);
    int64_t height = fixed(shape->dim[2]), width = fixed(shape->dim[3]);
    if (fixed(shape->dim[3]) == 3 && channels != 3)
        return weir_fail(err, WEIR_EMODEL,
                         "input %s is [batch,height,width,3]; only [batch,3,height,width] can be "
                         "resized",
                         info->name);
    if (height <= 0 || width <= 0)
        return weir_fail(err, WEIR_EMODEL,
                         "input %s has a symbolic height or width already: the model takes several "
                         "sizes as it is",
                         info->name);
    if (channels != 3 && channels != 1)
        return weir_fail(err, WEIR_EMODEL, "input %s has %lld channels, expected 3 or 1",
                         info->name, (long long)channels);
    if (height > SIDE_LARGEST || width > SIDE_LARGEST || batch > SIDE_LARGEST || batch < 0)
        return weir_fail(err, WEIR_EMODEL, "input %s is %lldx%lld in batches of %lld", info->name,
                         (long long)width, (long long)height, (long long)batch);
    report->batch = batch ? (int)batch : 1; /* symbolic: as if exported for one */
    report->height = (int)height;
    report->width = (int)width;
    return 0;
}

/* ---- the walk ---------------------------------------------------------------------- */

static int define_inputs(struct walk *w, const Onnx__ValueInfoProto *picture) {
    const Onnx__GraphProto *graph = w->model->graph;
    struct tensor *t;
    int rc = 0;
    for (size_t i = 0; i < graph->n_input && !rc; i++) {
        const Onnx__ValueInfoProto *info = graph->input[i];
        if (!info->name || is_initializer(graph, info->name))
            continue;
        rc = walk_define(w, NULL, info->name, &t);
        if (rc)
            break;
        t->foreign = info != picture;
        if (t->foreign)
            continue;
        int32_t type = 0;
        t->rank = 4;
        t->dim[0] = dim_base(&w->dims, DIM_BATCH);
        t->dim[1] = dim_number(&w->dims, fixed(shape_of(info, &type)->dim[1]));
        t->dim[2] = dim_base(&w->dims, DIM_HEIGHT);
        t->dim[3] = dim_base(&w->dims, DIM_WIDTH);
        t->type = type;
        for (int k = 0; k < 4 && !w->dims.failed; k++) {
            struct atom *atom = t->dim[k].len ? &w->dims.atom[t->dim[k].atom[0]] : NULL;
            if (atom && atom->kind == ATOM_BASE) {
                atom->seen_in = t->name;
                atom->seen_axis = k;
            }
        }
    }
    for (size_t i = 0; i < graph->n_initializer && !rc; i++)
        rc = walk_define_constant(w, NULL, graph->initializer[i]->name, graph->initializer[i]);
    if (!rc && graph->n_sparse_initializer)
        rc = weir_fail(w->err, WEIR_EMODEL,
                       "the model holds sparse constants, which are not followed");
    if (!rc && w->dims.failed)
        rc = walk_no_memory(w);
    return rc;
}

static int walk_node(struct walk *w, Onnx__NodeProto *node) {
    const char *op = node->op_type ? node->op_type : "";
    bool standard = !node->domain || !*node->domain || !strcmp(node->domain, "ai.onnx");
    for (size_t i = 0; i < node->n_input; i++) {
        const struct tensor *t = walk_in(w, node, i);
        if (t && t->foreign)
            return walk_refuse(w, node,
                               "reads %s: only graphs with the picture as their one input "
                               "can be resized",
                               t->name);
        if (!t && *node->input[i])
            return walk_refuse(w, node, "its input %s is made by no node before it",
                               node->input[i]);
    }
    const struct rule *rule = standard ? rule_find(op) : NULL;
    if (!rule)
        return walk_refuse(w, node, "it is not known how %s%s%s depends on the size of the picture",
                           standard ? "" : node->domain, standard ? "" : ".", op);
    int rc = rule->apply(w, node);
    if (rc)
        return rc;
    if (w->dims.failed)
        return walk_refuse(w, node, "dimensions too many or too large to follow");
    if (w->nodes == w->nodes_cap) {
        size_t cap = w->nodes_cap ? w->nodes_cap * 2 : 256;
        Onnx__NodeProto **more = realloc(w->node, cap * sizeof *more);
        if (!more)
            return walk_no_memory(w);
        w->node = more;
        w->nodes_cap = cap;
    }
    w->node[w->nodes++] = node;
    return 0;
}

/* ---- the new graph -------------------------------------------------------------------- */

static bool is_read(const Onnx__GraphProto *graph, const char *name) {
    for (size_t i = 0; i < graph->n_node; i++)
        for (size_t k = 0; k < graph->node[i]->n_input; k++)
            if (!strcmp(graph->node[i]->input[k], name))
                return true;
    for (size_t i = 0; i < graph->n_output; i++)
        if (graph->output[i]->name && !strcmp(graph->output[i]->name, name))
            return true;
    return false;
}

/* Constants that no node reads any more go, from the list of inputs, too. */
static void drop_displaced(struct walk *w) {
    Onnx__GraphProto *graph = w->model->graph;
    for (size_t d = 0; d < w->displaced_len; d++) {
        const char *name = w->displaced[d];
        if (is_read(graph, name) || !is_initializer(graph, name))
            continue;
        for (size_t i = 0; i < graph->n_input; i++)
            if (graph->input[i]->name && !strcmp(graph->input[i]->name, name)) {
                onnx__value_info_proto__free_unpacked(graph->input[i], NULL);
                graph->n_input--;
                memmove(&graph->input[i], &graph->input[i + 1],
                        (graph->n_input - i) * sizeof *graph->input);
                break;
            }
        for (size_t i = 0; i < graph->n_initializer; i++)
            if (!strcmp(graph->initializer[i]->name, name)) {
                onnx__tensor_proto__free_unpacked(graph->initializer[i], NULL);
                graph->n_initializer--;
                memmove(&graph->initializer[i], &graph->initializer[i + 1],
                        (graph->n_initializer - i) * sizeof *graph->initializer);
                break;
            }
    }
}

/* The list of nodes becomes the model's; made nodes are its own from now on. */
static void hand_over(struct walk *w) {
    Onnx__GraphProto *graph = w->model->graph;
    free(graph->node);
    graph->node = w->node;
    graph->n_node = w->nodes;
    w->node = NULL;
    w->nodes = w->nodes_cap = w->mades = 0;
}

/* A name for a dimension of an output; equal dimensions have equal names. */
static void name_dim(struct walk *w, const struct dim *dim, struct weir_buf *out) {
    static const char *const base[] = {"batch", "height", "width"};
    const struct atom *a = dim->len == 1 ? &w->dims.atom[dim->atom[0]] : NULL;
    if (a && a->kind == ATOM_BASE && a->num == 1 && a->off == 0) {
        weir_buf_puts(out, base[a->base]);
        if (a->den > 1)
            weir_buf_printf(out, "_%lld", (long long)a->den);
    } else if (dim->len == 2 || (a && a->kind == ATOM_SUM)) {
        weir_buf_puts(out, "anchors");
        const struct atom *first = dim->len == 2 ? &w->dims.atom[dim->atom[0]] : NULL;
        if (first && first->kind == ATOM_BASE && first->base != DIM_BATCH)
            weir_buf_printf(out, "_%lld", (long long)first->den);
    } else {
        weir_buf_puts(out, "size");
    }
}

struct named {
    struct dim dim;
    char *name;
};

/* The name, made unlike those of other dimensions. */
static int unique_name(struct walk *w, struct named **list, size_t *len, const struct dim *dim,
                       const char **ret) {
    struct weir_buf buf = {0};
    for (size_t i = 0; i < *len; i++)
        if (dim_equal(&w->dims, &(*list)[i].dim, dim)) {
            *ret = (*list)[i].name;
            return 0;
        }
    for (unsigned n = 1, taken = 1; taken; n++) {
        weir_buf_reset(&buf);
        name_dim(w, dim, &buf);
        if (n > 1)
            weir_buf_printf(&buf, "_v%u", n);
        taken = 0;
        for (size_t i = 0; i < *len && !buf.failed; i++)
            taken |= !strcmp((*list)[i].name, buf.data);
    }
    struct named *more = buf.failed ? NULL : realloc(*list, (*len + 1) * sizeof *more);
    if (!more) {
        weir_buf_done(&buf);
        return walk_no_memory(w);
    }
    *list = more;
    more[(*len)++] = (struct named){*dim, buf.data};
    *ret = buf.data;
    return 0;
}

static int set_symbol(struct walk *w, Onnx__TensorShapeProto__Dimension *dim, const char *name) {
    char *copy = strdup(name);
    if (!copy)
        return walk_no_memory(w);
    if (dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM)
        free(dim->dim_param);
    dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
    dim->dim_param = copy;
    return 0;
}

static int declare(struct walk *w, const Onnx__ValueInfoProto *info, struct named **list,
                   size_t *len) {
    int32_t type;
    Onnx__TensorShapeProto *shape = shape_of(info, &type);
    const struct tensor *t = walk_tensor(w, info->name);
    int rc = 0;
    if (!t || !shape || (int)shape->n_dim != t->rank)
        return weir_fail(w->err, WEIR_EMODEL, "output %s: declared otherwise than it is computed",
                         info->name ? info->name : "without a name");
    for (int i = 0; i < t->rank && !rc; i++) {
        int64_t declared = fixed(shape->dim[i]), computed = dim_value(&w->dims, &t->dim[i]);
        if (declared > 0 && declared != computed)
            return weir_fail(w->err, WEIR_EMODEL,
                             "output %s: dimension %d is declared as %lld, computed as %lld",
                             info->name, i, (long long)declared, (long long)computed);
        const char *name = NULL;
        if (!dim_varies(&w->dims, &t->dim[i]))
            continue;
        rc = unique_name(w, list, len, &t->dim[i], &name);
        if (!rc)
            rc = set_symbol(w, shape->dim[i], name);
    }
    return rc;
}

/*
 * The shapes that the export noted along the way, said anew: they tell the runtime the
 * channels behind a reshape whose target is computed, which it lays out memory by.
 */
static int restate(struct walk *w, struct named **list, size_t *len) {
    Onnx__GraphProto *graph = w->model->graph;
    size_t kept = 0;
    int rc = 0;
    for (size_t i = 0; i < graph->n_value_info; i++) {
        Onnx__ValueInfoProto *info = graph->value_info[i];
        const struct tensor *t = info->name ? walk_tensor(w, info->name) : NULL;
        int32_t type;
        const Onnx__TensorShapeProto *shape = shape_of(info, &type);
        bool fits = !rc && t && shape && (int)shape->n_dim == t->rank;
        for (int k = 0; fits && k < t->rank; k++)
            fits = fixed(shape->dim[k]) == dim_value(&w->dims, &t->dim[k]);
        if (!fits) {
            onnx__value_info_proto__free_unpacked(info, NULL);
            continue;
        }
        graph->value_info[kept++] = info;
        rc = declare(w, info, list, len);
    }
    graph->n_value_info = kept;
    return rc;
}

static bool is_noted(const Onnx__GraphProto *graph, const char *name) {
    for (size_t i = 0; i < graph->n_value_info; i++)
        if (!strcmp(graph->value_info[i]->name, name))
            return true;
    for (size_t i = 0; i < graph->n_output; i++)
        if (!strcmp(graph->output[i]->name, name))
            return true;
    return false;
}

/* Notes the shapes behind computed reshapes where the export did not. */
static int note_computed(struct walk *w, struct named **list, size_t *len) {
    Onnx__GraphProto *graph = w->model->graph;
    int rc = 0;
    for (size_t i = 0; i < w->tensors && !rc; i++) {
        const struct tensor *t = &w->tensor[i];
        if (!t->computed_shape || !t->type || is_noted(graph, t->name))
            continue;
        Onnx__ValueInfoProto *info = onnx_value_info_new(t->name, t->type, (size_t)t->rank);
        Onnx__ValueInfoProto **more =
            info ? realloc(graph->value_info, (graph->n_value_info + 1) * sizeof *more) : NULL;
        if (!more) {
            if (info)
                onnx__value_info_proto__free_unpacked(info, NULL);
            return walk_no_memory(w);
        }
        graph->value_info = more;
        more[graph->n_value_info++] = info;
        Onnx__TensorShapeProto *shape = info->type->tensor_type->shape;
        for (int k = 0; k < t->rank; k++) {
            shape->dim[k]->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
            shape->dim[k]->dim_value = dim_value(&w->dims, &t->dim[k]);
        }
        rc = declare(w, info, list, len);
    }
    return rc;
}

static int declare_all(struct walk *w, const Onnx__ValueInfoProto *picture) {
    const Onnx__GraphProto *graph = w->model->graph;
    struct named *list = NULL;
    size_t len = 0;
    int rc = declare(w, picture, &list, &len);
    for (size_t i = 0; i < graph->n_output && !rc; i++)
        rc = declare(w, graph->output[i], &list, &len);
    if (!rc)
        rc = restate(w, &list, &len);
    if (!rc)
        rc = note_computed(w, &list, &len);
    for (size_t i = 0; i < len; i++)
        free(list[i].name);
    free(list);
    return rc;
}

static int make_dynamic(Onnx__ModelProto *model, struct weir_resize_report *report,
                        struct weir_error *err) {
    Onnx__ValueInfoProto *picture;
    struct walk w = {0};
    int rc = find_picture(model->graph, &picture, err);
    if (!rc)
        rc = check_picture(picture, report, err);
    if (!rc && onnx_opset(model) < 7)
        rc = weir_fail(err, WEIR_EMODEL,
                       "operator set %lld; 7 and later can be resized: export it anew",
                       (long long)onnx_opset(model));
    if (!rc)
        rc = walk_init(&w, model, report, err);
    if (rc)
        goto fail;
    dims_init(&w.dims, report->batch, report->height, report->width);
    rc = define_inputs(&w, picture);
    for (size_t i = 0; i < model->graph->n_node && !rc; i++)
        rc = walk_node(&w, model->graph->node[i]);
    if (!rc)
        rc = declare_all(&w, picture);
    if (rc)
        goto fail;
    if (dims_stride(&w.dims) > SIDE_LARGEST) {
        rc = weir_fail(err, WEIR_EMODEL, "sides would have to be multiples of %lld",
                       (long long)dims_stride(&w.dims));
        goto fail;
    }
    report->stride = (int)dims_stride(&w.dims);
    hand_over(&w);
    drop_displaced(&w);

fail:
    walk_done(&w);
    return rc;
}

int weir_model_make_dynamic(const char *in_path, const char *out_path,
                            struct weir_resize_report *ret_report, struct weir_error *err) {
    Onnx__ModelProto *model = NULL;
    struct weir_resize_report report = {0};
    int rc = onnx_load(in_path, &model, err);
    if (rc)
        return rc;
    rc = make_dynamic(model, &report, err);
    if (rc) {
        rc = weir_fail_at(err, rc, "%s: ", in_path);
        goto fail;
    }
    rc = onnx_save(model, out_path, err);
    if (rc)
        goto fail;
    *ret_report = report;
    report.notes = (struct weir_buf){0};

fail:
    weir_buf_done(&report.notes);
    onnx_free(model);
    return rc;
}
