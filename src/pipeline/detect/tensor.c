/* What tensors and graphs are called, and how a graph is given back. */
#include "pipeline/detect/tensor.h"

#include <stdlib.h>
#include <string.h>

const char *weir_dtype_name(enum weir_dtype dtype) {
    static const char *const names[] = {
        [WEIR_DTYPE_F32] = "f32", [WEIR_DTYPE_F16] = "f16", [WEIR_DTYPE_U8] = "u8",
        [WEIR_DTYPE_I32] = "i32", [WEIR_DTYPE_I64] = "i64", [WEIR_DTYPE_OTHER] = "other",
    };
    return (size_t)dtype < sizeof names / sizeof *names ? names[dtype] : "other";
}

const char *weir_graph_meta(const struct weir_graph *graph, const char *key) {
    for (size_t i = 0; i < graph->metadata_len; i++)
        if (graph->metadata[i].key && strcmp(graph->metadata[i].key, key) == 0)
            return graph->metadata[i].value;
    return NULL;
}

void weir_graph_done(struct weir_graph *graph) {
    for (size_t i = 0; i < graph->metadata_len; i++) {
        free(graph->metadata[i].key);
        free(graph->metadata[i].value);
    }
    free(graph->metadata);
    memset(graph, 0, sizeof *graph);
}
