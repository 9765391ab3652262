/* Tensors and graphs as a detector sees them: plain data, no runtime behind. */
#ifndef WEIR_PIPELINE_DETECT_TENSOR_H
#define WEIR_PIPELINE_DETECT_TENSOR_H

#include <stddef.h>
#include <stdint.h>

enum { WEIR_RANK_MAX = 8, WEIR_PORTS_MAX = 16 };

enum weir_dtype {
    WEIR_DTYPE_F32,
    WEIR_DTYPE_F16,
    WEIR_DTYPE_U8,
    WEIR_DTYPE_I32,
    WEIR_DTYPE_I64,
    WEIR_DTYPE_OTHER,
};

/* A named input or output of a graph. dim[i] is -1 where it is symbolic. */
struct weir_port {
    char name[128];
    enum weir_dtype dtype;
    int rank;
    int64_t dim[WEIR_RANK_MAX];
    char symbol[WEIR_RANK_MAX][32]; /* "batch", or "" */
};

/* What a model file declares; recognition works on this alone. */
struct weir_graph {
    struct weir_port input[WEIR_PORTS_MAX];
    size_t input_len;
    struct weir_port output[WEIR_PORTS_MAX];
    size_t output_len;
    /* custom metadata, owned strings, metadata_len pairs */
    struct weir_graph_meta {
        char *key, *value;
    } * metadata;
    size_t metadata_len;
    char producer[64];
};

/* An output of one inference: dense, row-major, shape as declared, batch first.
 * Always f32 or i64: f16 and i32 are widened before a head sees them. */
struct weir_tensor {
    const float *f32; /* one of the two is set */
    const int64_t *i64;
    int rank;
    int64_t dim[WEIR_RANK_MAX];
};

const char *weir_dtype_name(enum weir_dtype dtype);
/* The value of a metadata key, NULL if there is none. */
const char *weir_graph_meta(const struct weir_graph *graph, const char *key);
void weir_graph_done(struct weir_graph *graph);

#endif
