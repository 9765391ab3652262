/*
 * Rules for operators that look at neighbourhoods: convolutions, pooling,
 * resizing, padding. Their output's height and width are rounded quotients of the
 * input's; all but the padding of constants and the target of a Resize are
 * written as steps, not sizes, and need no change.
 */
#include "model/rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AXES = WALK_RANK - 2 };
/* Kernels, strides and paddings beyond this are nonsense. */
static const int64_t STEP_LARGEST = 1 << 20;

struct window {
    int axes; /* spatial ones */
    int64_t kernel[AXES], stride[AXES], dilation[AXES], pad[AXES]; /* pad: both sides together */
    bool same; /* padded so that output = ceil(input / stride) */
};

static int get_steps(struct walk *w, Onnx__NodeProto *node, const char *attr, int axes,
                     int64_t fallback, int64_t ret[AXES]) {
    int64_t list[WALK_VALUES];
    int len, rc = walk_ints(w, node, attr, -1, list, &len);
    if (rc)
        return rc;
    if (len >= 0 && len != axes)
        return walk_refuse(w, node, "its attribute %s has %d numbers for %d axes", attr, len, axes);
    for (int i = 0; i < axes; i++) {
        ret[i] = len < 0 ? fallback : list[i];
        if (ret[i] < 1 || ret[i] > STEP_LARGEST)
            return walk_refuse(w, node, "its attribute %s holds %lld", attr, (long long)ret[i]);
    }
    return 0;
}

static int get_window(struct walk *w, Onnx__NodeProto *node, const struct tensor *in,
                      const struct tensor *weight, struct window *win) {
    *win = (struct window){.axes = in->rank - 2};
    int64_t list[WALK_VALUES];
    int len, rc = 0;
    if (weight)
        for (int i = 0; i < win->axes; i++)
            win->kernel[i] = dim_value(&w->dims, &weight->dim[i + 2]);
    else
        rc = get_steps(w, node, "kernel_shape", win->axes, 1, win->kernel);
    if (!rc)
        rc = get_steps(w, node, "strides", win->axes, 1, win->stride);
    if (!rc)
        rc = get_steps(w, node, "dilations", win->axes, 1, win->dilation);
    if (!rc)
        rc = walk_ints(w, node, "pads", -1, list, &len);
    if (rc)
        return rc;
    if (len >= 0 && len != 2 * win->axes)
        return walk_refuse(w, node, "its attribute pads has %d numbers for %d axes", len,
                           win->axes);
    for (int i = 0; i < win->axes && len >= 0; i++) {
        if (list[i] < 0 || list[i + win->axes] < 0 || list[i] > STEP_LARGEST ||
            list[i + win->axes] > STEP_LARGEST)
            return walk_refuse(w, node, "its attribute pads holds %lld and %lld",
                               (long long)list[i], (long long)list[i + win->axes]);
        win->pad[i] = list[i] + list[i + win->axes];
    }
    win->same = onnx_attr_is(node, "auto_pad", "SAME_UPPER", "NOTSET") ||
                onnx_attr_is(node, "auto_pad", "SAME_LOWER", "NOTSET");
    if (onnx_attr_is(node, "auto_pad", "VALID", "NOTSET"))
        memset(win->pad, 0, sizeof win->pad);
    return 0;
}

/* Output of a window that slides along an axis. */
static struct dim slide(struct walk *w, const struct dim *in, const struct window *win, int i,
                        bool ceil_mode) {
    int64_t s = win->stride[i];
    if (win->same)
        return dim_quotient(&w->dims, in, 1, s - 1, s, 0);
    int64_t add = win->pad[i] - ((win->kernel[i] - 1) * win->dilation[i] + 1);
    return dim_quotient(&w->dims, in, 1, add + (ceil_mode ? s - 1 : 0), s, 1);
}

static int slide_all(struct walk *w, Onnx__NodeProto *node, const struct tensor *in,
                     const struct window *win, const struct dim *channels, bool ceil_mode) {
    struct dim dim[WALK_RANK] = {in->dim[0], *channels};
    for (int i = 0; i < win->axes; i++)
        dim[i + 2] = slide(w, &in->dim[i + 2], win, i, ceil_mode);
    int rc = walk_set(w, node, 0, dim, in->rank, NULL);
    return rc ? rc : walk_set(w, node, 1, dim, in->rank, NULL); /* MaxPool's indices */
}

static int need_weight(struct walk *w, Onnx__NodeProto *node, struct tensor **in,
                       struct tensor **weight) {
    int rc = walk_need(w, node, 0, 3, in);
    if (!rc)
        rc = walk_need(w, node, 1, 3, weight);
    if (rc)
        return rc;
    if ((*weight)->rank != (*in)->rank)
        return walk_refuse(w, node, "weights of %d dimensions on an input of %d", (*weight)->rank,
                           (*in)->rank);
    for (int i = 0; i < (*weight)->rank; i++)
        if (dim_varies(&w->dims, &(*weight)->dim[i]))
            return walk_refuse(w, node, "its weights vary with the size of the input");
    if (dim_varies(&w->dims, &(*in)->dim[1]))
        return walk_refuse(w, node, "the channels of %s vary with the size of the input",
                           (*in)->name);
    return 0;
}

int rule_conv(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in, *weight;
    struct window win;
    int rc = need_weight(w, node, &in, &weight);
    if (!rc)
        rc = get_window(w, node, in, weight, &win);
    return rc ? rc : slide_all(w, node, in, &win, &weight->dim[0], false);
}

int rule_conv_transpose(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in, *weight;
    struct window win;
    int64_t extra[WALK_VALUES];
    int len, rc = need_weight(w, node, &in, &weight);
    if (!rc)
        rc = get_window(w, node, in, weight, &win);
    if (!rc)
        rc = walk_ints(w, node, "output_padding", -1, extra, &len);
    if (rc)
        return rc;
    if (onnx_attr(node, "output_shape"))
        return walk_refuse(w, node, "its attribute output_shape fixes the size");
    int64_t groups = onnx_attr_int(node, "group", 1);
    if (groups < 1 || groups > STEP_LARGEST)
        return walk_refuse(w, node, "its attribute group holds %lld", (long long)groups);
    struct dim dim[WALK_RANK] = {in->dim[0]};
    dim[1] = dim_number(&w->dims, dim_value(&w->dims, &weight->dim[1]) * groups);
    for (int i = 0; i < win.axes; i++) {
        int64_t more = len > i ? extra[i] : 0;
        if (more < 0 || more > STEP_LARGEST)
            return walk_refuse(w, node, "its attribute output_padding holds %lld", (long long)more);
        int64_t add = (win.kernel[i] - 1) * win.dilation[i] + 1 + more - win.pad[i] - win.stride[i];
        dim[i + 2] =
            dim_quotient(&w->dims, &in->dim[i + 2], win.stride[i], win.same ? 0 : add, 1, 0);
    }
    return walk_set(w, node, 0, dim, in->rank, NULL);
}

int rule_pool(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in;
    struct window win;
    int rc = walk_need(w, node, 0, 3, &in);
    if (!rc)
        rc = get_window(w, node, in, NULL, &win);
    return rc ? rc
              : slide_all(w, node, in, &win, &in->dim[1], onnx_attr_int(node, "ceil_mode", 0) != 0);
}

int rule_global_pool(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in;
    int rc = walk_need(w, node, 0, 3, &in);
    if (rc)
        return rc;
    struct dim dim[WALK_RANK] = {in->dim[0], in->dim[1]};
    return walk_set(w, node, 0, dim, in->rank, NULL);
}

/* ---- resizing ----------------------------------------------------------------- */

/* The fraction that a scale is, with a small denominator. */
static bool as_fraction(float scale, int64_t *ret_num, int64_t *ret_den) {
    if (!(scale > 0) || scale > 1024)
        return false;
    for (int64_t den = 1; den <= 64; den++) {
        float num = scale * (float)den;
        if (num >= 1 && num == floorf(num)) {
            *ret_num = (int64_t)num;
            *ret_den = den;
            return true;
        }
    }
    return false;
}

/* out = floor(in * scale) */
static int scale_dims(struct walk *w, Onnx__NodeProto *node, const struct tensor *in,
                      const float *scale, struct dim dim[WALK_RANK]) {
    for (int i = 0; i < in->rank; i++) {
        int64_t num, den;
        if (!as_fraction(scale[i], &num, &den))
            return walk_refuse(w, node, "scales dimension %d by %g, no simple ratio", i,
                               (double)scale[i]);
        dim[i] = dim_quotient(&w->dims, &in->dim[i], num, 0, den, 0);
    }
    return 0;
}

static int get_scales(struct walk *w, Onnx__NodeProto *node, const struct tensor *in,
                      const struct tensor *scales, float ret[WALK_RANK]) {
    if (!scales->data || onnx_tensor_len(scales->data) != in->rank)
        return walk_refuse(w, node, "its scales %s are not %d constant numbers", scales->name,
                           in->rank);
    for (int i = 0; i < in->rank; i++)
        if (onnx_tensor_float(scales->data, i, &ret[i]))
            return walk_refuse(w, node, "its scales %s cannot be read", scales->name);
    return 0;
}

/*
 * Sizes: those that follow the input already are left alone; fixed ones become the
 * scales they stand for.
 */
static int resize_to(struct walk *w, Onnx__NodeProto *node, const struct tensor *in,
                     const struct tensor *sizes, struct dim dim[WALK_RANK]) {
    float scale[WALK_RANK];
    bool fixed = false;
    if (!sizes->has_value || sizes->values != in->rank)
        return walk_refuse(w, node, "its sizes %s are computed in a way that is not followed",
                           sizes->name);
    for (int i = 0; i < in->rank; i++) {
        int64_t to = dim_value(&w->dims, &sizes->value[i]), from = dim_value(&w->dims, &in->dim[i]);
        fixed |= dim_varies(&w->dims, &in->dim[i]) && !dim_varies(&w->dims, &sizes->value[i]);
        if (from < 1 || to < 1 || (to % from && from % to))
            scale[i] = 0;
        else
            scale[i] = (float)((double)to / (double)from);
        dim[i] = sizes->value[i];
    }
    if (!fixed)
        return 0;
    for (int i = 0; i < in->rank; i++)
        if (scale[i] == 0)
            return walk_refuse(w, node,
                               "resizes dimension %d from %lld to the fixed %lld, no whole ratio",
                               i, (long long)dim_value(&w->dims, &in->dim[i]),
                               (long long)dim_value(&w->dims, &sizes->value[i]));
    int rc = scale_dims(w, node, in, scale, dim);
    if (rc)
        return rc;
    char *name = walk_name(w, "scales");
    int64_t len = in->rank;
    rc = name ? walk_emit(w, onnx_constant_floats(name, scale, &len, 1)) : walk_no_memory(w);
    if (!rc)
        rc = walk_read(w, node, 2, name);
    free(name);
    if (!rc)
        rc = walk_read(w, node, 3, "");
    if (rc)
        return rc;
    free(node->input[--node->n_input]);
    w->report->others++;
    walk_note(w, node, "its fixed sizes became the scales they stand for");
    return 0;
}

int rule_resize(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in;
    struct dim dim[WALK_RANK];
    float scale[WALK_RANK];
    int rc = walk_need(w, node, 0, 1, &in);
    if (rc)
        return rc;
    if (onnx_attr(node, "axes") ||
        !onnx_attr_is(node, "keep_aspect_ratio_policy", "stretch", "stretch"))
        return walk_refuse(w, node,
                           "resizes by axes or an aspect-ratio policy, which is not followed");
    if (onnx_attr_is(node, "coordinate_transformation_mode", "tf_crop_and_resize", "half_pixel"))
        return walk_refuse(w, node, "crops while resizing");
    const struct tensor *scales = walk_in(w, node, w->opset >= 11 ? 2 : 1);
    const struct tensor *sizes = w->opset >= 11 ? walk_in(w, node, 3) : NULL;
    if (scales && scales->rank == 1 && dim_is(&w->dims, &scales->dim[0], 0))
        scales = NULL; /* given as empty where sizes count */
    if (!scales && !sizes)
        return walk_refuse(w, node, "has neither scales nor sizes that are followed");
    if (sizes && !scales) {
        rc = resize_to(w, node, in, sizes, dim);
    } else {
        rc = get_scales(w, node, in, scales, scale);
        if (!rc)
            rc = scale_dims(w, node, in, scale, dim);
    }
    return rc ? rc : walk_set(w, node, 0, dim, in->rank, NULL);
}

int rule_upsample(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in, *scales;
    struct dim dim[WALK_RANK];
    float scale[WALK_RANK];
    int rc = walk_need(w, node, 0, 1, &in);
    if (rc)
        return rc;
    const Onnx__AttributeProto *attr = onnx_attr(node, "scales");
    if (attr) {
        if ((int)attr->n_floats != in->rank)
            return walk_refuse(w, node, "%zu scales for %d dimensions", attr->n_floats, in->rank);
        memcpy(scale, attr->floats, attr->n_floats * sizeof *scale);
    } else if ((rc = walk_need(w, node, 1, 0, &scales)) ||
               (rc = get_scales(w, node, in, scales, scale))) {
        return rc;
    }
    rc = scale_dims(w, node, in, scale, dim);
    return rc ? rc : walk_set(w, node, 0, dim, in->rank, NULL);
}

/* ---- padding and folding --------------------------------------------------------- */

int rule_pad(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in;
    struct dim dim[WALK_RANK];
    int64_t pad[WALK_VALUES];
    int len, rc = walk_need(w, node, 0, 1, &in);
    if (!rc)
        rc = walk_ints(w, node, "pads", 1, pad, &len);
    if (rc)
        return rc;
    if (len != 2 * in->rank || walk_in(w, node, 3))
        return walk_refuse(w, node, "%d paddings for %d dimensions, or by axes", len, in->rank);
    for (int i = 0; i < in->rank; i++) {
        int64_t a = pad[i], b = pad[i + in->rank];
        if (a < -STEP_LARGEST || a > STEP_LARGEST || b < -STEP_LARGEST || b > STEP_LARGEST)
            return walk_refuse(w, node, "pads by %lld and %lld", (long long)a, (long long)b);
        const struct dim batch = dim_base(&w->dims, DIM_BATCH);
        if ((a || b) && dim_equal(&w->dims, &in->dim[i], &batch))
            return walk_refuse(w, node, "pads the batch");
        dim[i] = dim_quotient(&w->dims, &in->dim[i], 1, a + b, 1, 0);
    }
    return walk_set(w, node, 0, dim, in->rank, NULL);
}

static int get_block(struct walk *w, Onnx__NodeProto *node, struct tensor **in, int64_t *ret) {
    int rc = walk_need(w, node, 0, 4, in);
    if (rc)
        return rc;
    *ret = onnx_attr_int(node, "blocksize", 0);
    if (*ret < 1 || *ret > 1024 || (*in)->rank != 4)
        return walk_refuse(w, node, "a block of %lld on %d dimensions", (long long)*ret,
                           (*in)->rank);
    return 0;
}

int rule_depth_to_space(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in;
    int64_t b;
    int rc = get_block(w, node, &in, &b);
    if (rc)
        return rc;
    struct dim dim[4] = {in->dim[0], dim_quotient(&w->dims, &in->dim[1], 1, 0, b * b, 0),
                         dim_quotient(&w->dims, &in->dim[2], b, 0, 1, 0),
                         dim_quotient(&w->dims, &in->dim[3], b, 0, 1, 0)};
    return walk_set(w, node, 0, dim, 4, NULL);
}

int rule_space_to_depth(struct walk *w, Onnx__NodeProto *node) {
    struct tensor *in;
    int64_t b;
    int rc = get_block(w, node, &in, &b);
    if (rc)
        return rc;
    struct dim dim[4] = {in->dim[0], dim_quotient(&w->dims, &in->dim[1], b * b, 0, 1, 0),
                         dim_quotient(&w->dims, &in->dim[2], 1, 0, b, 0),
                         dim_quotient(&w->dims, &in->dim[3], 1, 0, b, 0)};
    return walk_set(w, node, 0, dim, 4, NULL);
}
