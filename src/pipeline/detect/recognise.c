/*
 * Recognition: from what a graph declares, and a sidecar where there is one, to
 * a description of how to feed it and read it. Each head says how sure it is; the surest
 * wins, two equally sure ones are an error, and so is nobody. Metadata and
 * sidecar then fill in and overrule. Pure: nothing is loaded or run.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/detect/head.h"
#include "pipeline/detect/names.h"

enum { SURE_ENOUGH = 20, PORTS_TEXT = 320, COCO = 80, STRIDE_MAX = 256 };
/* What no detector's sizes exceed: so much for any dimension, and for the sides of a picture.
 * It keeps all that is worked out from them within its type. */
enum { DIM_MAX = 1 << 24, SIDE_MAX = 1 << 16 };

static void say_ports(const char *what, const struct weir_port *port, size_t len,
                      struct weir_buf *out) {
    weir_buf_printf(out, "%s ", what);
    size_t start = out->len;
    for (size_t i = 0; i < len; i++) {
        if (out->len - start > PORTS_TEXT / 2) {
            weir_buf_printf(out, ", … (%zu in all)", len);
            return;
        }
        weir_buf_puts(out, i ? ", " : "");
        weir_head_say_port(&port[i], out);
    }
}

static int fail_unknown(const struct weir_graph *graph, const char *why, struct weir_error *err) {
    struct weir_buf text = {0};
    say_ports("inputs", graph->input, graph->input_len, &text);
    say_ports("; outputs", graph->output, graph->output_len, &text);
    weir_buf_puts(&text, ". Expected a picture as input ([B,3,H,W] or [B,H,W,3]) and one of: ");
    for (size_t i = 0; i < weir_heads_len; i++)
        weir_buf_printf(&text, "%s%s: %s", i ? "; " : "", weir_heads[i]->name,
                        weir_heads[i]->expects);
    int rc = weir_fail(err, WEIR_EMODEL,
                       "%s; state it in a sidecar (FILE.yaml beside FILE.onnx: 'head: NAME'). "
                       "Found %s",
                       why, weir_buf_str(&text));
    weir_buf_done(&text);
    return rc;
}

static int check_sizes(const struct weir_port *port, size_t len, struct weir_error *err) {
    for (size_t i = 0; i < len; i++)
        for (int d = 0; d < port[i].rank; d++) {
            int64_t most = port[i].rank == 4 && d >= 1 ? SIDE_MAX : DIM_MAX;
            if (port[i].dim[d] > most)
                return weir_fail(err, WEIR_EMODEL,
                                 "dimension %d of '%s' is %lld; a detector's is at most %lld", d,
                                 port[i].name, (long long)port[i].dim[d], (long long)most);
        }
    return 0;
}

static int try_head(const struct weir_head *head, const struct weir_graph *graph,
                    struct weir_model_desc *ret_desc) {
    struct weir_model_desc desc = {.size_input = -1};
    int sure = head->match(graph, &desc);
    desc.head = head;
    if (sure > 0)
        *ret_desc = desc;
    return sure;
}

static int find_head(const struct weir_graph *graph, struct weir_model_desc *ret_desc,
                     struct weir_error *err) {
    struct weir_model_desc best = {0};
    int best_sure = 0;
    const char *rival = NULL;
    for (size_t i = 0; i < weir_heads_len; i++) {
        struct weir_model_desc desc;
        int sure = try_head(weir_heads[i], graph, &desc);
        if (sure < SURE_ENOUGH || sure < best_sure)
            continue;
        rival = sure == best_sure ? weir_heads[i]->name : NULL;
        if (sure > best_sure)
            best = desc;
        best_sure = sure;
    }
    if (!best_sure)
        return fail_unknown(graph, "not recognised as a detector", err);
    if (rival) {
        char why[128];
        snprintf(why, sizeof why, "could be %s as well as %s", best.head->name, rival);
        return fail_unknown(graph, why, err);
    }
    *ret_desc = best;
    return 0;
}

static int stated_head(const struct weir_graph *graph, const char *name,
                       struct weir_model_desc *ret_desc, struct weir_error *err) {
    const struct weir_head *head = weir_head_by_name(name);
    if (!head) {
        struct weir_buf names = {0};
        for (size_t i = 0; i < weir_heads_len; i++)
            weir_buf_printf(&names, "%s%s", i ? ", " : "", weir_heads[i]->name);
        int rc = weir_fail(err, WEIR_EMODEL, "sidecar: head: found '%s'; allowed: %s", name,
                           weir_buf_str(&names));
        weir_buf_done(&names);
        return rc;
    }
    if (try_head(head, graph, ret_desc) > 0) {
        char why[sizeof ret_desc->why];
        snprintf(why, sizeof why, "its sidecar says so%s%.480s", ret_desc->why[0] ? "; " : "",
                 ret_desc->why);
        memcpy(ret_desc->why, why, sizeof why);
        return 0;
    }
    struct weir_buf ports = {0};
    say_ports("inputs", graph->input, graph->input_len, &ports);
    say_ports("; outputs", graph->output, graph->output_len, &ports);
    int rc = weir_fail(err, WEIR_EMODEL,
                       "sidecar: head: '%s' contradicts the graph: expected %s; found %s", name,
                       head->expects, weir_buf_str(&ports));
    weir_buf_done(&ports);
    return rc;
}

static int round_up(int v, int stride) {
    return (v + stride - 1) / stride * stride;
}

/* What Ultralytics writes: stride "32", imgsz "[H, W]". */
static void apply_metadata(const struct weir_graph *graph, struct weir_model_desc *desc) {
    const char *text = weir_graph_meta(graph, "stride");
    int a, b;
    if (text && weir_names_pair(text, &a, &b) && a <= STRIDE_MAX)
        desc->stride = a;
    text = weir_graph_meta(graph, "imgsz");
    if (text && weir_names_pair(text, &a, &b))
        desc->preferred = (struct weir_size){round_up(b, desc->stride), round_up(a, desc->stride)};
}

static int apply_sidecar(const struct weir_sidecar *side, struct weir_model_desc *desc,
                         struct weir_error *err) {
    if (side->has_layout && side->layout != desc->layout)
        return weir_fail(
            err, WEIR_EMODEL, "sidecar: layout: contradicts the graph, whose picture input is %s",
            desc->layout == WEIR_LAYOUT_NCHW ? "nchw ([B,3,H,W])" : "nhwc ([B,H,W,3])");
    if (side->has_color)
        desc->color = side->color;
    if (side->has_resize)
        desc->resize = side->resize;
    if (side->has_pad)
        desc->pad = (float)side->pad;
    for (int i = 0; i < 3; i++) {
        /* A mean or a std alone overrules both: they only make sense together. */
        if (side->has_mean || side->has_std) {
            desc->mean[i] = side->has_mean ? (float)side->mean[i] : 0;
            desc->scale[i] = side->has_std ? (float)(1 / side->std[i]) : 1;
        }
        if (!isfinite(desc->scale[i]) || !isfinite(desc->mean[i]))
            return weir_fail(err, WEIR_EMODEL, "sidecar: std: found 0; allowed: other than 0");
    }
    if (side->has_stride)
        desc->stride = side->stride;
    if (side->has_size) {
        if ((desc->size.width && desc->size.width != side->size.width) ||
            (desc->size.height && desc->size.height != side->size.height))
            return weir_fail(err, WEIR_EMODEL,
                             "sidecar: size: %dx%d contradicts the graph, which is fixed at %dx%d",
                             side->size.width, side->size.height, desc->size.width,
                             desc->size.height);
        desc->preferred = side->size;
    }
    if (side->classes.len) {
        if (desc->classes && (size_t)desc->classes != side->classes.len)
            return weir_fail(err, WEIR_EMODEL,
                             "sidecar: classes: found %zu names; the graph has %d classes",
                             side->classes.len, desc->classes);
        desc->classes = (int)side->classes.len;
        desc->labels = weir_labels_new((const char *const *)side->classes.item, side->classes.len);
        if (!desc->labels)
            return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    return 0;
}

static int find_labels(const struct weir_graph *graph, struct weir_model_desc *desc,
                       struct weir_error *err) {
    if (desc->labels)
        return 0;
    struct weir_strings names = {0};
    const char *text = weir_graph_meta(graph, "names");
    if (text && weir_names_parse(text, &names) == WEIR_ENOMEM)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!desc->classes) {
        desc->classes = names.len ? (int)names.len : COCO;
        size_t used = strlen(desc->why);
        if (!names.len)
            snprintf(desc->why + used, sizeof desc->why - used,
                     "; its classes are not stated: taken for COCO's 80");
    }
    if (names.len && names.len == (size_t)desc->classes)
        desc->labels = weir_labels_new((const char *const *)names.item, names.len);
    else if (desc->classes == COCO)
        desc->labels = weir_labels_coco();
    else
        desc->labels = weir_labels_numbered((size_t)desc->classes);
    weir_names_done(&names);
    return desc->labels ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
}

int weir_model_recognise(const struct weir_graph *graph, const struct weir_sidecar *sidecar,
                         struct weir_model_desc *ret_desc, struct weir_error *err) {
    int rc = check_sizes(graph->input, graph->input_len, err);
    if (!rc)
        rc = check_sizes(graph->output, graph->output_len, err);
    if (rc)
        return rc;
    const char *task = weir_graph_meta(graph, "task");
    if (task && strcmp(task, "detect") != 0 && weir_head_is_ultralytics(graph))
        return weir_fail(err, WEIR_EMODEL,
                         "its metadata say that it is for the task '%s'; expected 'detect': export "
                         "a detection model",
                         task);
    struct weir_model_desc desc = {0};
    rc = sidecar && sidecar->head ? stated_head(graph, sidecar->head, &desc, err)
                                  : find_head(graph, &desc, err);
    if (rc)
        return rc;
    apply_metadata(graph, &desc);
    if (desc.dtype == WEIR_DTYPE_U8)
        for (int i = 0; i < 3; i++) { /* such graphs normalise by themselves */
            desc.mean[i] = 0;
            desc.scale[i] = 1;
        }
    if (sidecar && (rc = apply_sidecar(sidecar, &desc, err)))
        goto fail;
    if ((rc = find_labels(graph, &desc, err)))
        goto fail;
    *ret_desc = desc;
    return 0;

fail:
    weir_model_desc_done(&desc);
    return rc;
}

void weir_model_desc_done(struct weir_model_desc *desc) {
    weir_labels_unref(&desc->labels);
    memset(desc, 0, sizeof *desc);
}

bool weir_model_head(size_t i, const char **ret_name, const char **ret_expects) {
    if (i >= weir_heads_len)
        return false;
    *ret_name = weir_heads[i]->name;
    *ret_expects = weir_heads[i]->expects;
    return true;
}

const char *weir_model_head_name(const struct weir_model_desc *desc) {
    return desc->head ? desc->head->name : "none";
}
