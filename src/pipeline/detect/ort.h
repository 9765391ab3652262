/*
 * ONNX Runtime behind plain types: a session (one loaded graph, shared by any
 * number of threads) and calls (one thread's inputs and outputs of it).
 */
#ifndef WEIR_PIPELINE_DETECT_ORT_H
#define WEIR_PIPELINE_DETECT_ORT_H

#include <stdbool.h>

#include "base/base.h"
#include "pipeline/detect/tensor.h"
#include "spec/spec.h"

struct weir_ort_conf {
    enum weir_provider provider;
    int threads; /* of one inference, the calling thread included; >= 1 */
    bool spinning; /* threads beyond the caller's wait busily between operators */
    enum weir_graph_opt graph;
};

struct weir_ort; /* a session; read-only once open */
struct weir_ort_call; /* one worker's; not thread-safe */

/*
 * Loads path. ENOENT; ECORRUPT (not ONNX, empty, truncated, external data
 * missing); EUNSUPPORTED (the provider is not there: lists those that are; an
 * operator is unknown); ENOMEM. Blocks for as long as loading takes.
 */
int weir_ort_open(const char *path, const struct weir_ort_conf *conf, struct weir_ort **ret_ort,
                  struct weir_error *err);
void weir_ort_free(struct weir_ort *ort); /* NULL allowed; no call may be left */

/* What the file declares, in a graph of the caller's. EMODEL: over the limits of tensor.h. */
int weir_ort_graph(const struct weir_ort *ort, struct weir_graph *ret_graph,
                   struct weir_error *err);

/* ort is borrowed and outlives the call. NULL: no memory. */
struct weir_ort_call *weir_ort_call_new(struct weir_ort *ort);
void weir_ort_call_free(struct weir_ort_call *call);

/* An input as the caller holds it, dense and row-major; read during the run only. */
struct weir_ort_input {
    const void *data;
    enum weir_dtype dtype; /* f32, f16, u8, i32 or i64 */
    int rank;
    int64_t dim[WEIR_RANK_MAX];
};

/*
 * Runs the graph on all its inputs, in the order of graph.input, on the calling
 * thread (and the session's own where threads > 1). Any number of calls may run at
 * once. The outputs stay good until the next run. EMODEL: the runtime refused, or an
 * output is no numeric tensor.
 */
int weir_ort_call_run(struct weir_ort_call *call, const struct weir_ort_input *input,
                      size_t input_len, struct weir_error *err);
/* The outputs of the last run that succeeded, in the order of graph.output; borrowed. */
const struct weir_tensor *weir_ort_call_outputs(const struct weir_ort_call *call, size_t *ret_len);

/* The providers compiled into the runtime, by Weir's short names: "cpu, webgpu". */
void weir_ort_providers(struct weir_buf *out);
/* "1.30.0" */
const char *weir_ort_version(void);

#endif
