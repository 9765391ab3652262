/*
 * The row kernels for x86-64 with AVX2, FMA and F16C, eight columns at a time.
 * Samples are fetched by loads and byte shuffles, not by gathers: those are slow
 * on many machines, and slower since the microcode that fences them. The file
 * is compiled for any x86-64; the caller asks available() first.
 */
#include "pipeline/detect/preprocess_kernel.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,fma,f16c")))

static bool available(void) {
    unsigned a, b, c = 0, d;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}

AVX2 static inline __m256i load_2x16(const uint8_t *lo, const uint8_t *hi) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)lo)),
                                   _mm_loadu_si128((const __m128i *)hi), 1);
}

AVX2 static inline int load_4(const uint8_t *p) {
    int v;
    memcpy(&v, p, sizeof(v));
    return v;
}

AVX2 static inline long long load_8(const uint8_t *p) {
    long long v;
    memcpy(&v, p, sizeof(v));
    return v;
}

AVX2 static inline __m256i load_8x4(const uint8_t *src, const int32_t *base) {
    return _mm256_setr_epi32(load_4(src + base[0]), load_4(src + base[1]), load_4(src + base[2]),
                             load_4(src + base[3]), load_4(src + base[4]), load_4(src + base[5]),
                             load_4(src + base[6]), load_4(src + base[7]));
}

AVX2 static inline __m256i shuffle(__m256i v, const uint8_t *mask) {
    return _mm256_shuffle_epi8(v, _mm256_loadu_si256((const __m256i *)mask));
}

/* Eight pairs of samples, weighed and added. */
AVX2 static inline void weigh(__m256i pairs, __m256i weights, float *out) {
    _mm256_storeu_ps(out, _mm256_cvtepi32_ps(_mm256_madd_epi16(pairs, weights)));
}

AVX2 static inline __m256i weights_at(const struct weir_axis *axis, int i) {
    return _mm256_loadu_si256((const __m256i *)(axis->weight + 2 * i));
}

AVX2 static void expand_1(const struct weir_axis *axis, const uint8_t *src, float *out) {
    const int32_t *base = axis->base;
    const uint8_t *mask = axis->mask;
    if (axis->load == WEIR_LOAD_16)
        for (int i = 0; i < axis->n_pad; i += 8) {
            __m256i v = load_2x16(src + base[i], src + base[i + 4]);
            weigh(shuffle(v, mask + (size_t)4 * i), weights_at(axis, i), out + i);
        }
    else
        for (int i = 0; i < axis->n_pad; i += 8) {
            __m256i v = load_8x4(src, base + i);
            weigh(shuffle(v, mask + (size_t)4 * i), weights_at(axis, i), out + i);
        }
}

AVX2 static void expand_2(const struct weir_axis *axis, const uint8_t *src, float *const *out) {
    const int32_t *base = axis->base;
    const uint8_t *mask = axis->mask, *second = mask + (size_t)4 * axis->n_pad;
    for (int i = 0; i < axis->n_pad; i += 8) {
        __m256i v = axis->load == WEIR_LOAD_16 ? load_2x16(src + base[i], src + base[i + 4])
                                               : load_8x4(src, base + i);
        __m256i w = weights_at(axis, i);
        weigh(shuffle(v, mask + (size_t)4 * i), w, out[0] + i);
        weigh(shuffle(v, second + (size_t)4 * i), w, out[1] + i);
    }
}

AVX2 static void expand_3(const struct weir_axis *axis, const uint8_t *src, float *const *out) {
    size_t plane = (size_t)4 * axis->n_pad;
    for (int i = 0; i < axis->n_pad; i += 8) {
        const int32_t *base = axis->base + i;
        /* columns 0, 1, 4, 5 and 2, 3, 6, 7: each 128-bit lane serves its own four */
        __m256i a = _mm256_setr_epi64x(load_8(src + base[0]), load_8(src + base[1]),
                                       load_8(src + base[4]), load_8(src + base[5]));
        __m256i b = _mm256_setr_epi64x(load_8(src + base[2]), load_8(src + base[3]),
                                       load_8(src + base[6]), load_8(src + base[7]));
        __m256i w = weights_at(axis, i);
        const uint8_t *mask = axis->mask + (size_t)4 * i;
        for (int c = 0; c < 3; c++, mask += 2 * plane)
            weigh(_mm256_or_si256(shuffle(a, mask), shuffle(b, mask + plane)), w, out[c] + i);
    }
}

static void expand(const struct weir_axis *axis, const uint8_t *src, float *const *out) {
    if (!axis->mask)
        weir_preprocess_plain.expand(axis, src, out);
    else if (axis->step == 1)
        expand_1(axis, src, out[0]);
    else if (axis->step == 2)
        expand_2(axis, src, out);
    else
        expand_3(axis, src, out);
}

struct lanes {
    __m256 w0[3], w1[3], gain[3][3], offset[3], lo[3], hi[3];
};

AVX2 static inline __m256 component(const struct weir_blend *b, const struct lanes *k, int s,
                                    int i) {
    return _mm256_fmadd_ps(_mm256_loadu_ps(b->row1[s] + i), k->w1[s],
                           _mm256_mul_ps(_mm256_loadu_ps(b->row0[s] + i), k->w0[s]));
}

AVX2 static inline __m256 clamp(__m256 v, const struct lanes *k, int c) {
    return _mm256_min_ps(_mm256_max_ps(v, k->lo[c]), k->hi[c]);
}

AVX2 static inline void blend_8_yuv(const struct weir_blend *b, const struct lanes *k, int i,
                                    __m256 out[3]) {
    __m256 y = component(b, k, 0, i), u = component(b, k, 1, i), v = component(b, k, 2, i);
    for (int c = 0; c < 3; c++) {
        __m256 sum = _mm256_fmadd_ps(y, k->gain[c][0], k->offset[c]);
        if (c != 0)
            sum = _mm256_fmadd_ps(u, k->gain[c][1], sum);
        if (c != 2)
            sum = _mm256_fmadd_ps(v, k->gain[c][2], sum);
        out[c] = clamp(sum, k, c);
    }
}

AVX2 static inline void blend_8_channels(const struct weir_blend *b, const struct lanes *k, int i,
                                         __m256 out[3]) {
    for (int c = 0; c < 3; c++)
        out[c] = _mm256_fmadd_ps(component(b, k, b->kind == WEIR_BLEND_GRAY ? 0 : c, i),
                                 k->gain[c][0], k->offset[c]);
}

AVX2 static void blend(const struct weir_blend *b, int n, float *const *out) {
    struct lanes k;
    for (int c = 0; c < 3; c++) {
        k.w0[c] = _mm256_set1_ps(b->w0[c]);
        k.w1[c] = _mm256_set1_ps(b->w1[c]);
        for (int s = 0; s < 3; s++)
            k.gain[c][s] = _mm256_set1_ps(b->gain[c][s]);
        k.offset[c] = _mm256_set1_ps(b->offset[c]);
        k.lo[c] = _mm256_set1_ps(b->lo[c]);
        k.hi[c] = _mm256_set1_ps(b->hi[c]);
    }
    __m256 v[3];
    bool yuv = b->kind == WEIR_BLEND_YUV;
    int i = 0;
    if (yuv)
        for (; i + 8 <= n; i += 8) {
            blend_8_yuv(b, &k, i, v);
            for (int c = 0; c < 3; c++)
                _mm256_storeu_ps(out[c] + i, v[c]);
        }
    else
        for (; i + 8 <= n; i += 8) {
            blend_8_channels(b, &k, i, v);
            for (int c = 0; c < 3; c++)
                _mm256_storeu_ps(out[c] + i, v[c]);
        }
    if (i == n)
        return;
    if (yuv)
        blend_8_yuv(b, &k, i, v);
    else
        blend_8_channels(b, &k, i, v);
    for (int c = 0; c < 3; c++)
        memcpy(out[c] + i, &v[c], (size_t)(n - i) * sizeof(float));
}

AVX2 static void to_f16(const float *src, int n, uint16_t *dst) {
    int i = 0;
    for (; i + 8 <= n; i += 8)
        _mm_storeu_si128((__m128i *)(dst + i),
                         _mm256_cvtps_ph(_mm256_loadu_ps(src + i), _MM_FROUND_TO_NEAREST_INT));
    for (; i < n; i++)
        dst[i] = _cvtss_sh(src[i], _MM_FROUND_TO_NEAREST_INT);
}

AVX2 static void to_u8(const float *src, int n, uint8_t *dst) {
    int i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256i a = _mm256_cvtps_epi32(_mm256_loadu_ps(src + i));
        __m256i b = _mm256_cvtps_epi32(_mm256_loadu_ps(src + i + 8));
        __m256i ab = _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xd8);
        _mm_storeu_si128((__m128i *)(dst + i), _mm_packus_epi16(_mm256_castsi256_si128(ab),
                                                                _mm256_extracti128_si256(ab, 1)));
    }
    weir_preprocess_plain.to_u8(src + i, n - i, dst + i);
}

AVX2 static void interleave(const float *const *src, int n, float *dst) {
    /* abcabcab cabcabca bcabcabc: where each channel's values go in each vector */
    const __m256i a0 = _mm256_setr_epi32(0, 0, 0, 1, 0, 0, 2, 0);
    const __m256i b0 = _mm256_setr_epi32(0, 0, 0, 0, 1, 0, 0, 2);
    const __m256i c0 = _mm256_setr_epi32(0, 0, 0, 0, 0, 1, 0, 0);
    const __m256i c1 = _mm256_setr_epi32(2, 0, 0, 3, 0, 0, 4, 0);
    const __m256i a1 = _mm256_setr_epi32(0, 3, 0, 0, 4, 0, 0, 5);
    const __m256i b1 = _mm256_setr_epi32(0, 0, 3, 0, 0, 4, 0, 0);
    const __m256i b2 = _mm256_setr_epi32(5, 0, 0, 6, 0, 0, 7, 0);
    const __m256i c2 = _mm256_setr_epi32(0, 5, 0, 0, 6, 0, 0, 7);
    const __m256i a2 = _mm256_setr_epi32(0, 0, 6, 0, 0, 7, 0, 0);
    int i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256 a = _mm256_loadu_ps(src[0] + i), b = _mm256_loadu_ps(src[1] + i);
        __m256 c = _mm256_loadu_ps(src[2] + i);
        __m256 first = _mm256_blend_ps(
            _mm256_blend_ps(_mm256_permutevar8x32_ps(a, a0), _mm256_permutevar8x32_ps(b, b0), 0x92),
            _mm256_permutevar8x32_ps(c, c0), 0x24);
        __m256 second = _mm256_blend_ps(
            _mm256_blend_ps(_mm256_permutevar8x32_ps(c, c1), _mm256_permutevar8x32_ps(a, a1), 0x92),
            _mm256_permutevar8x32_ps(b, b1), 0x24);
        __m256 third = _mm256_blend_ps(
            _mm256_blend_ps(_mm256_permutevar8x32_ps(b, b2), _mm256_permutevar8x32_ps(c, c2), 0x92),
            _mm256_permutevar8x32_ps(a, a2), 0x24);
        _mm256_storeu_ps(dst + (size_t)3 * i, first);
        _mm256_storeu_ps(dst + (size_t)3 * i + 8, second);
        _mm256_storeu_ps(dst + (size_t)3 * i + 16, third);
    }
    const float *const rest[3] = {src[0] + i, src[1] + i, src[2] + i};
    weir_preprocess_plain.interleave(rest, n - i, dst + (size_t)3 * i);
}

const struct weir_preprocess_kernel weir_preprocess_avx2 = {
    .name = "avx2",
    .available = available,
    .widest_load = 16,
    .expand = expand,
    .blend = blend,
    .to_f16 = to_f16,
    .to_u8 = to_u8,
    .interleave = interleave,
};

#endif
