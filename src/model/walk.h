/*
 * The walk over a graph: node by node in execution order, what is known about
 * each tensor (its dimensions as formulas, its value where it holds a shape),
 * and the new list of nodes as it grows. Rules (rules.h) do the work per
 * operator; they may make a node read another input and put nodes before it.
 */
#ifndef WEIR_MODEL_WALK_H
#define WEIR_MODEL_WALK_H

#include <search.h>

#include "model/dims.h"
#include "model/model.h"
#include "model/onnx.h"

enum { WALK_RANK = 8, WALK_VALUES = 64 };

struct tensor {
    const char *name; /* borrowed from the model */
    bool foreign; /* another input than the picture, or computed from one */
    int32_t type; /* of its elements, as ONNX numbers them; 0: not followed */
    bool computed_shape; /* made by a reshape whose target is now computed */
    int rank;
    struct dim dim[WALK_RANK];
    const Onnx__TensorProto *data; /* of a constant; borrowed; NULL: computed */
    bool has_value; /* whole numbers, possibly formulas: a shape or a part of one */
    int values;
    struct dim *value; /* owned */
};

struct walk {
    Onnx__ModelProto *model; /* borrowed */
    int64_t opset;
    struct dims dims;
    struct tensor *tensor;
    size_t tensors, tensors_max;
    struct hsearch_data index; /* name -> tensor */
    bool indexed;
    Onnx__NodeProto **node; /* the new list: old ones of the model, and made ones */
    size_t nodes, nodes_cap;
    Onnx__NodeProto **made; /* owned until the list is handed over */
    size_t mades, mades_cap;
    char **computed; /* per atom: the made tensor that holds it, owned; or NULL */
    int computed_len;
    struct made_shape {
        char *key, *tensor;
    } * shape; /* made shape tensors, by what is in them */
    size_t shapes;
    char **displaced; /* owned names of inputs no longer read by some node */
    size_t displaced_len;
    unsigned names; /* counts made names */
    struct weir_resize_report *report;
    struct weir_error *err;
};

int walk_init(struct walk *w, Onnx__ModelProto *model, struct weir_resize_report *report,
              struct weir_error *err);
void walk_done(struct walk *w);

/* EMODEL: "node NAME (OP): …" */
int walk_refuse(struct walk *w, const Onnx__NodeProto *node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A line of the report. */
void walk_note(struct walk *w, const Onnx__NodeProto *node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int walk_no_memory(struct walk *w);

/* Appends "[1,3,416,416]", as at the exported size. */
void walk_print_dims(struct weir_buf *out, const struct walk *w, const struct dim *dim, int rank);

/* NULL where there is none of that name. */
struct tensor *walk_tensor(struct walk *w, const char *name);
/* Registers a tensor of a name not seen before. EMODEL, ENOMEM */
int walk_define(struct walk *w, const Onnx__NodeProto *node, const char *name,
                struct tensor **ret_tensor);
/* The same for constant data. */
int walk_define_constant(struct walk *w, const Onnx__NodeProto *node, const char *name,
                         const Onnx__TensorProto *data);

/* Input i, NULL where it is left out. */
struct tensor *walk_in(struct walk *w, const Onnx__NodeProto *node, size_t i);
/* Input i, which must be there and of at least that rank. */
int walk_need(struct walk *w, const Onnx__NodeProto *node, size_t i, int rank,
              struct tensor **ret_tensor);
/* Output i gets these dimensions; ret_tensor may be NULL. */
int walk_set(struct walk *w, const Onnx__NodeProto *node, size_t i, const struct dim *dim, int rank,
             struct tensor **ret_tensor);
/* Gives a tensor a value; copied. */
int walk_set_value(struct walk *w, struct tensor *tensor, const struct dim *value, int values);

/*
 * Whole numbers that a node is given as an attribute, or as constant input i
 * (i < 0: not as an input). *ret_len -1: given in neither way. EMODEL: given, but
 * computed while running, or too many.
 */
int walk_ints(struct walk *w, const Onnx__NodeProto *node, const char *attr, int i,
              int64_t ret[static WALK_VALUES], int *ret_len);
/* A negative axis counted from the end. EMODEL outside the rank. */
int walk_axis(struct walk *w, const Onnx__NodeProto *node, int64_t axis, int rank, int *ret);

/* Puts a made node before the one being walked. Takes it over; NULL: ENOMEM. */
int walk_emit(struct walk *w, Onnx__NodeProto *made);
/* A new tensor name, heap. NULL: no memory. */
char *walk_name(struct walk *w, const char *stem);
/* Makes the node read another tensor in place of input i, growing its list. */
int walk_read(struct walk *w, Onnx__NodeProto *node, size_t i, const char *tensor);
/* A constant of whole numbers before the node, read as its input i. */
int walk_read_ints(struct walk *w, Onnx__NodeProto *node, size_t i, const int64_t *value,
                   size_t len);
/* The tensor, of one element, that holds a dimension while running: made where it
 * is not there yet. Borrowed. */
int walk_compute(struct walk *w, const Onnx__NodeProto *node, const struct dim *dim,
                 const char **ret_tensor);
/* The made tensor that was kept under key, NULL: none yet. Borrowed. */
const char *walk_kept(const struct walk *w, const char *key);
/* Remembers a made tensor by what it holds. Takes both over, on failure too. */
int walk_keep(struct walk *w, char *key, char *tensor);

#endif
