/*
 * Tools' side doors into a model file: what it declares, what the runtime
 * offers, and its outputs on a given input. Each call has a session of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "pipeline/detect/model.h"
#include "pipeline/detect/ort.h"

static const struct weir_ort_conf plain = {
    .provider = WEIR_PROVIDER_CPU, .threads = 1, .graph = WEIR_GRAPH_ALL};

int weir_model_graph_read(const char *path, struct weir_graph *ret_graph, struct weir_error *err) {
    struct weir_ort *ort = NULL;
    struct weir_ort_conf conf = plain;
    conf.graph = WEIR_GRAPH_NONE;
    int rc = weir_ort_open(path, &conf, &ort, err);
    if (!rc && (rc = weir_ort_graph(ort, ret_graph, err)))
        weir_fail_at(err, rc, "%s: ", path);
    weir_ort_free(ort);
    return rc;
}

void weir_model_providers(struct weir_buf *out) {
    weir_ort_providers(out);
}

/* A value for every input: the picture goes to the first of rank 4, the size to those of rank 2. */
static int make_inputs(const struct weir_graph *graph, const float *picture, int n, int h, int w,
                       int64_t *sizes, struct weir_ort_input *input, struct weir_error *err) {
    bool placed = false;
    for (size_t i = 0; i < graph->input_len; i++) {
        const struct weir_port *port = &graph->input[i];
        if (!placed && port->rank == 4 && port->dtype == WEIR_DTYPE_F32) {
            input[i] = (struct weir_ort_input){
                .data = picture, .dtype = WEIR_DTYPE_F32, .rank = 4, .dim = {n, 3, h, w}};
            placed = true;
        } else if (port->rank == 2 && port->dtype == WEIR_DTYPE_I64) {
            input[i] = (struct weir_ort_input){
                .data = sizes, .dtype = WEIR_DTYPE_I64, .rank = 2, .dim = {n, 2}};
        } else {
            return weir_fail(err, WEIR_EMODEL,
                             "input '%s' is %s of rank %d; expected one f32 picture [N,3,H,W] and "
                             "at most sizes i64 [N,2]",
                             port->name, weir_dtype_name(port->dtype), port->rank);
        }
    }
    return placed ? 0 : weir_fail(err, WEIR_EMODEL, "there is no f32 picture [N,3,H,W] to feed");
}

static int copy_output(const struct weir_tensor *tensor, const struct weir_port *declared,
                       struct weir_model_output *to) {
    to->port = *declared;
    to->port.rank = tensor->rank;
    memcpy(to->port.dim, tensor->dim, sizeof to->port.dim);
    to->len = 1;
    for (int i = 0; i < tensor->rank; i++)
        to->len *= (size_t)tensor->dim[i];
    to->f32 = malloc(to->len ? to->len * sizeof *to->f32 : 1);
    if (!to->f32)
        return WEIR_ENOMEM;
    for (size_t i = 0; i < to->len; i++)
        to->f32[i] = tensor->f32 ? tensor->f32[i] : (float)tensor->i64[i];
    return 0;
}

int weir_model_run_raw(const char *path, const float *input, int n, int h, int w,
                       struct weir_model_output **ret_out, size_t *ret_len,
                       struct weir_error *err) {
    struct weir_ort *ort = NULL;
    struct weir_ort_call *call = NULL;
    struct weir_model_output *out = NULL;
    struct weir_ort_input in[WEIR_PORTS_MAX] = {0};
    int64_t *sizes = NULL;
    size_t len = 0;
    struct weir_graph *graph = calloc(1, sizeof *graph);
    int rc = graph ? weir_ort_open(path, &plain, &ort, err) : WEIR_ENOMEM;
    if (rc)
        goto fail;
    if ((rc = weir_ort_graph(ort, graph, err)))
        goto fail;
    sizes = calloc((size_t)n, 2 * sizeof *sizes);
    call = weir_ort_call_new(ort);
    out = calloc(graph->output_len ? graph->output_len : 1, sizeof *out);
    if (!sizes || !call || !out) {
        rc = WEIR_ENOMEM;
        goto fail;
    }
    for (int i = 0; i < n; i++) {
        sizes[2 * i] = w;
        sizes[2 * i + 1] = h;
    }
    if ((rc = make_inputs(graph, input, n, h, w, sizes, in, err)) ||
        (rc = weir_ort_call_run(call, in, graph->input_len, err))) {
        weir_fail_at(err, rc, "%s: at %dx%dx%d: ", path, n, w, h);
        goto fail;
    }
    const struct weir_tensor *tensor = weir_ort_call_outputs(call, &len);
    for (size_t i = 0; !rc && i < len; i++)
        rc = copy_output(&tensor[i], &graph->output[i], &out[i]);
    if (rc)
        goto fail;
    *ret_out = out;
    *ret_len = len;
    out = NULL;

fail:
    if (rc == WEIR_ENOMEM)
        weir_fail(err, rc, "%s: out of memory", path);
    weir_model_outputs_free(out, len);
    free(sizes);
    weir_ort_call_free(call);
    weir_ort_free(ort);
    if (graph)
        weir_graph_done(graph);
    free(graph);
    return rc;
}

void weir_model_outputs_free(struct weir_model_output *out, size_t len) {
    for (size_t i = 0; out && i < len; i++)
        free(out[i].f32);
    free(out);
}
