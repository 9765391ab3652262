/*
 * Inside pre-processing: the row kernels and what they work on. A picture is
 * made row by row in three steps, each on rows that stay in the L1 cache:
 *
 *   expand  one source row -> the picture's width, as floats that are
 *           WEIR_WEIGHT_ONE times the sample (exact: weights are integers)
 *   blend   two expanded rows of each component -> three channels,
 *           vertically interpolated, in R'G'B', clamped and normalised
 *   pack    three channel rows -> the tensor, where it is not plain f32 NCHW
 *
 * Kernels are pure: they keep nothing between calls and allocate nothing.
 */
#ifndef WEIR_PIPELINE_DETECT_PREPROCESS_KERNEL_H
#define WEIR_PIPELINE_DETECT_PREPROCESS_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "pipeline/detect/preprocess.h"

enum {
    WEIR_WEIGHT_ONE = 32767, /* the two weights of a column add up to this */
    WEIR_ROW_ALIGN = 16, /* columns: rows and tables are padded to a multiple */
};

/*
 * Where each column of the picture reads a source row of `width` samples,
 * `step` interleaved components each. Column i reads samples x[i] and
 * x[i] + 1, weighted by weight[2i] and weight[2i + 1]; x[i] + 1 < width unless
 * width is 1, where only x[i] = 0 may be read. Columns n … n_pad - 1 repeat the
 * last one.
 */
struct weir_axis {
    int n, n_pad;
    int width, step;
    int32_t *x;
    int16_t *weight; /* 2 * n_pad */
    /*
     * For byte shuffles; mask is NULL where the source row is too short.
     * WEIR_LOAD_64: the 64 bytes at base[i] hold all that columns i … i + 15 read, for
     * i a multiple of 16; WEIR_LOAD_16: the 16 bytes at base[i] all that four columns
     * read. WEIR_LOAD_4 and WEIR_LOAD_8: column i has a load of its own at base[i], of
     * 4 or 8 bytes, and goes into a register of 16 behind its neighbours. No load
     * reaches past the row.
     * mask: `masks` planes of 4 * n_pad shuffle indices, four a column: they make a pair
     * of 16-bit samples of one component; plane c component c. WEIR_LOAD_8 has two
     * planes a component, whose results are to be or-ed: 2c for the first two of four
     * columns in one register, 2c + 1 for the others. Index 0x80 stands for a zero.
     */
    enum weir_axis_load { WEIR_LOAD_4, WEIR_LOAD_8, WEIR_LOAD_16, WEIR_LOAD_64 } load;
    int masks;
    int32_t *base;
    uint8_t *mask;
};

/* How expanded rows become channels: weights and matrix in one. */
enum weir_blend_kind { WEIR_BLEND_YUV, WEIR_BLEND_RGB, WEIR_BLEND_GRAY };

struct weir_blend {
    enum weir_blend_kind kind;
    /* per component: the two expanded rows and their weights, 1/WEIR_WEIGHT_ONE included */
    const float *row0[3], *row1[3];
    float w0[3], w1[3];
    /*
     * channel c = clamp(gain[c][0] * p + gain[c][1] * q + gain[c][2] * r + offset[c], lo[c], hi[c])
     * for YUV, with (p, q, r) = (Y, U, V), the channels R, G, B; gain[0][1] and gain[2][2]
     * are 0. RGB: component c alone by gain[c][0]; GRAY: component 0 by gain[c][0].
     * No clamp for those two: interpolation does not leave [0,255].
     */
    float gain[3][3], offset[3], lo[3], hi[3];
};

struct weir_preprocess_kernel {
    const char *name;
    bool (*available)(void); /* on this machine */
    int widest_load; /* bytes: 64 where expand knows WEIR_LOAD_64, else 16 */
    /* src: width * step bytes; out: step rows of n_pad floats. */
    void (*expand)(const struct weir_axis *axis, const uint8_t *src, float *const *out);
    /* Writes exactly n floats to each of out[0…2]; the rows read hold n rounded
     * up to WEIR_ROW_ALIGN. */
    void (*blend)(const struct weir_blend *blend, int n, float *const *out);
    /* To half precision, ties to even; to bytes, rounded and clamped. */
    void (*to_f16)(const float *src, int n, uint16_t *dst);
    void (*to_u8)(const float *src, int n, uint8_t *dst);
    /* dst[3i + c] = src[c][i] */
    void (*interleave)(const float *const *src, int n, float *dst);
};

extern const struct weir_preprocess_kernel weir_preprocess_plain;
#if defined(__x86_64__)
extern const struct weir_preprocess_kernel weir_preprocess_avx2, weir_preprocess_avx512;
#endif
/* All of this build, fastest first, the plain one (always available) last. */
extern const struct weir_preprocess_kernel *const weir_preprocess_kernels[];
extern const size_t weir_preprocess_kernels_len;

/* A pre-processor with that kernel, which must be available. NULL: no memory. */
struct weir_preprocess *weir_preprocess_new_with(const struct weir_preprocess_kernel *kernel);

/* Tables for n columns out of src_width pixels, 1 << shift of them a sample. *axis is
 * all zero before; 0, ENOMEM (and done is still to be called). */
int weir_axis_init(struct weir_axis *axis, int n, int src_width, int shift, int step,
                   int widest_load);
void weir_axis_done(struct weir_axis *axis);

/* Where output pixel i of n reads, out of src_len pixels, 1 << shift of them a
 * sample: the first sample, and the second's weight in [0,1); the second is the next
 * one, or the same at the last. */
int weir_axis_tap(int i, int n, int src_len, int shift, double *ret_weight);

/* One value to half precision, ties to even. */
uint16_t weir_half_from_float(float v);

/* Checks what both the definition and the fast path need. 0, EINVAL, EUNSUPPORTED. */
int weir_preprocess_check(const struct weir_model_desc *desc, struct weir_size size,
                          const struct weir_image *image);

/* Y'CbCr on 0–255 to R'G'B' on 0–255: out = m[c] . (Y, U, V) + m[c][3]. */
void weir_preprocess_matrix(enum weir_matrix matrix, bool full_range, double ret_m[3][4]);

#endif
