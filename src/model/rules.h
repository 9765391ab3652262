/*
 * The rules: how each operator's outputs follow from its inputs at every size.
 * A rule reads the node's inputs off the walk, defines its outputs, and makes
 * the node fit where a fixed size is written into it; or it refuses, saying why.
 */
#ifndef WEIR_MODEL_RULES_H
#define WEIR_MODEL_RULES_H

#include "model/walk.h"

typedef int rule_fn(struct walk *w, Onnx__NodeProto *node);

struct rule {
    const char *op;
    rule_fn *apply;
};

/* NULL for an operator whose outputs are not known to follow the size. */
const struct rule *rule_find(const char *op);

/* rules_window.c: what looks at neighbourhoods */
rule_fn rule_conv, rule_conv_transpose, rule_pool, rule_global_pool, rule_resize, rule_upsample,
    rule_pad, rule_depth_to_space, rule_space_to_depth;
/* rules_index.c: what picks, joins and permutes */
rule_fn rule_concat, rule_split, rule_slice, rule_gather, rule_transpose, rule_squeeze,
    rule_unsqueeze, rule_shape, rule_tile, rule_expand, rule_constant, rule_constant_of_shape;
/* reshape.c */
rule_fn rule_reshape, rule_flatten;

/*
 * anchors.c: input i of a node is a constant that holds a grid (the anchor
 * points of strides, or the strides themselves) for the exported size, where
 * its last dimension must be `along`. Puts nodes that compute the same
 * numbers, to the bit, at every size. EUNSUPPORTED, nothing changed: it is no such grid.
 */
int anchors_rebuild(struct walk *w, Onnx__NodeProto *node, size_t i, const struct dim *along);

#endif
