/*
 * The row kernels for x86-64 with AVX-512 and its byte permutation (VBMI), sixteen
 * columns at a time: where their samples lie within 64 bytes, which is so up to
 * a fourfold reduction, one load and one permutation fetch them all. What
 * AVX2 does as well is left to it.
 */
#include "pipeline/detect/preprocess_kernel.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx2,fma")))

static bool available(void) {
    return weir_preprocess_avx2.available() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi");
}

AVX512 static void expand_wide(const struct weir_axis *axis, const uint8_t *src,
                               float *const *out) {
    const __mmask64 low_bytes = UINT64_C(0x5555555555555555);
    size_t plane = (size_t)4 * axis->n_pad;
    for (int i = 0; i < axis->n_pad; i += 16) {
        __m512i v = _mm512_loadu_si512(src + axis->base[i]);
        __m512i w = _mm512_loadu_si512(axis->weight + 2 * i);
        const uint8_t *mask = axis->mask + (size_t)4 * i;
        for (int c = 0; c < axis->step; c++, mask += plane) {
            __m512i pairs = _mm512_maskz_permutexvar_epi8(low_bytes, _mm512_loadu_si512(mask), v);
            _mm512_storeu_ps(out[c] + i, _mm512_cvtepi32_ps(_mm512_madd_epi16(pairs, w)));
        }
    }
}

/* The same for one component: most rows are such. */
AVX512 static void expand_wide_1(const struct weir_axis *axis, const uint8_t *src, float *out) {
    const __mmask64 low_bytes = UINT64_C(0x5555555555555555);
    const int32_t *base = axis->base;
    const int16_t *weight = axis->weight;
    const uint8_t *mask = axis->mask;
    for (int i = 0, n = axis->n_pad; i < n; i += 16) {
        __m512i v = _mm512_loadu_si512(src + base[i]);
        __m512i w = _mm512_loadu_si512(weight + 2 * i);
        __m512i pairs =
            _mm512_maskz_permutexvar_epi8(low_bytes, _mm512_loadu_si512(mask + (size_t)4 * i), v);
        _mm512_storeu_ps(out + i, _mm512_cvtepi32_ps(_mm512_madd_epi16(pairs, w)));
    }
}

static void expand(const struct weir_axis *axis, const uint8_t *src, float *const *out) {
    if (!axis->mask || axis->load != WEIR_LOAD_64)
        weir_preprocess_avx2.expand(axis, src, out);
    else if (axis->step == 1)
        expand_wide_1(axis, src, out[0]);
    else
        expand_wide(axis, src, out);
}

AVX512 static inline __m512 component(const struct weir_blend *b, const __m512 *w0,
                                      const __m512 *w1, int s, int i) {
    return _mm512_fmadd_ps(_mm512_loadu_ps(b->row1[s] + i), w1[s],
                           _mm512_mul_ps(_mm512_loadu_ps(b->row0[s] + i), w0[s]));
}

AVX512 static inline __mmask16 columns_left(int n, int i) {
    return n - i >= 16 ? 0xffff : (__mmask16)((1u << (n - i)) - 1);
}

AVX512 static void blend(const struct weir_blend *b, int n, float *const *out) {
    __m512 w0[3], w1[3], gain[3][3], offset[3], lo[3], hi[3];
    for (int c = 0; c < 3; c++) {
        w0[c] = _mm512_set1_ps(b->w0[c]);
        w1[c] = _mm512_set1_ps(b->w1[c]);
        for (int s = 0; s < 3; s++)
            gain[c][s] = _mm512_set1_ps(b->gain[c][s]);
        offset[c] = _mm512_set1_ps(b->offset[c]);
        lo[c] = _mm512_set1_ps(b->lo[c]);
        hi[c] = _mm512_set1_ps(b->hi[c]);
    }
    if (b->kind != WEIR_BLEND_YUV) {
        for (int i = 0; i < n; i += 16)
            for (int c = 0; c < 3; c++) {
                __m512 v = component(b, w0, w1, b->kind == WEIR_BLEND_GRAY ? 0 : c, i);
                v = _mm512_fmadd_ps(v, gain[c][0], offset[c]);
                _mm512_mask_storeu_ps(out[c] + i, columns_left(n, i), v);
            }
        return;
    }
    for (int i = 0; i < n; i += 16) {
        __m512 y = component(b, w0, w1, 0, i);
        __m512 u = component(b, w0, w1, 1, i);
        __m512 v = component(b, w0, w1, 2, i);
        __mmask16 left = columns_left(n, i);
        for (int c = 0; c < 3; c++) {
            __m512 sum = _mm512_fmadd_ps(y, gain[c][0], offset[c]);
            if (c != 0)
                sum = _mm512_fmadd_ps(u, gain[c][1], sum);
            if (c != 2)
                sum = _mm512_fmadd_ps(v, gain[c][2], sum);
            sum = _mm512_min_ps(_mm512_max_ps(sum, lo[c]), hi[c]);
            _mm512_mask_storeu_ps(out[c] + i, left, sum);
        }
    }
}

static void to_f16(const float *src, int n, uint16_t *dst) {
    weir_preprocess_avx2.to_f16(src, n, dst);
}

static void to_u8(const float *src, int n, uint8_t *dst) {
    weir_preprocess_avx2.to_u8(src, n, dst);
}

static void interleave(const float *const *src, int n, float *dst) {
    weir_preprocess_avx2.interleave(src, n, dst);
}

const struct weir_preprocess_kernel weir_preprocess_avx512 = {
    .name = "avx512",
    .available = available,
    .widest_load = 64,
    .expand = expand,
    .blend = blend,
    .to_f16 = to_f16,
    .to_u8 = to_u8,
    .interleave = interleave,
};

#endif
