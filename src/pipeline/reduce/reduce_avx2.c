/*
 * The row kernels for x86-64 with AVX2. The file is compiled for any x86-64; the
 * caller asks available() first. Where fewer columns are left than a register holds,
 * the last full register is done again, further left: the same goes to the same place.
 */
#include "pipeline/reduce/reduce_kernel.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
/* For what is called with constants, to be compiled for each of them. */
#define AVX2_INLINE AVX2 static inline __attribute__((always_inline))

static bool available(void) {
    return __builtin_cpu_supports("avx2");
}

AVX2_INLINE __m256i load(const void *p) {
    return _mm256_loadu_si256(p);
}

AVX2_INLINE void store(void *p, __m256i v) {
    _mm256_storeu_si256(p, v);
}

AVX2_INLINE __m256i load_2x128(const void *low, const void *high) {
    return _mm256_loadu2_m128i(high, low);
}

AVX2_INLINE __m256i bytes_8(const uint8_t *p) {
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)p));
}

/* 32 columns in 16 bits: even and odd ones apart, which takes no shuffle until the end. */
struct apart {
    __m256i even, odd;
};

AVX2_INLINE struct apart bytes_32(const uint8_t *p) {
    __m256i v = load(p);
    return (struct apart){_mm256_and_si256(v, _mm256_set1_epi16(0xff)), _mm256_srli_epi16(v, 8)};
}

AVX2_INLINE struct apart times(struct apart v, __m256i by) {
    return (struct apart){_mm256_mullo_epi16(v.even, by), _mm256_mullo_epi16(v.odd, by)};
}

AVX2_INLINE struct apart plus(struct apart v, struct apart w) {
    return (struct apart){_mm256_add_epi16(v.even, w.even), _mm256_add_epi16(v.odd, w.odd)};
}

AVX2_INLINE void store_together(int16_t *to, struct apart v) {
    __m256i low = _mm256_unpacklo_epi16(v.even, v.odd); /* columns 0 … 7 and 16 … 23 */
    __m256i high = _mm256_unpackhi_epi16(v.even, v.odd);
    _mm256_storeu2_m128i((void *)(to + 16), (void *)to, low);
    _mm256_storeu2_m128i((void *)(to + 24), (void *)(to + 8), high);
}

/* The rows between the first and the last are added before they are weighed. */
AVX2_INLINE void down_full(const struct weir_reduce_rows *rows, int full, bool has_tail,
                           int16_t *sum) {
    const __m256i head = _mm256_set1_epi16((int16_t)rows->span.head);
    const __m256i to = _mm256_set1_epi16((int16_t)rows->axis.to);
    const __m256i tail = _mm256_set1_epi16((int16_t)rows->span.tail);
    const __m256i lower = _mm256_set1_epi16(INT16_MIN);
    const ptrdiff_t stride = rows->stride;
    const int n = rows->n;
    for (int i = 0; i < n; i += 32) {
        int at = i + 32 <= n ? i : n - 32;
        const uint8_t *from = rows->src + at;
        struct apart all = plus((struct apart){lower, lower}, times(bytes_32(from), head));
        if (full > 0) {
            struct apart between = bytes_32(from += stride);
            for (int k = 1; k < full; k++)
                between = plus(between, bytes_32(from += stride));
            all = plus(all, times(between, to));
        }
        if (has_tail)
            all = plus(all, times(bytes_32(from + stride), tail));
        store_together(sum + at, all);
    }
}

AVX2 static void down(const struct weir_reduce_rows *rows, int16_t *sum) {
    bool has_tail = rows->span.tail > 0;
    if (rows->n < 32)
        weir_reduce_plain.down(rows, sum);
    else if (rows->span.full == 0 && has_tail)
        down_full(rows, 0, true, sum);
    else if (rows->span.full == 1 && has_tail)
        down_full(rows, 1, true, sum);
    else if (rows->span.full == 1)
        down_full(rows, 1, false, sum);
    else
        down_full(rows, rows->span.full, has_tail, sum);
}

AVX2_INLINE __m256i down_8(const struct weir_reduce_rows *rows, const uint8_t *from, __m256i head,
                           __m256i to, __m256i tail, bool has_tail) {
    __m256i all = _mm256_mullo_epi32(bytes_8(from), head), between = _mm256_setzero_si256();
    for (int k = 0; k < rows->span.full; k++)
        between = _mm256_add_epi32(between, bytes_8(from += rows->stride));
    all = _mm256_add_epi32(all, _mm256_mullo_epi32(between, to));
    if (has_tail)
        all = _mm256_add_epi32(all, _mm256_mullo_epi32(bytes_8(from + rows->stride), tail));
    return all;
}

AVX2 static void down_wide(const struct weir_reduce_rows *rows, uint32_t *sum) {
    const __m256i head = _mm256_set1_epi32((int32_t)rows->span.head);
    const __m256i to = _mm256_set1_epi32((int32_t)rows->axis.to);
    const __m256i tail = _mm256_set1_epi32((int32_t)rows->span.tail);
    if (rows->n < 8) {
        weir_reduce_plain.down_wide(rows, sum);
        return;
    }
    for (int i = 0; i < rows->n; i += 8) {
        int at = i + 8 <= rows->n ? i : rows->n - 8;
        store(sum + at, down_8(rows, rows->src + at, head, to, tail, rows->span.tail > 0));
    }
}

/* Four results of at most three sums each, from one load: the two halves of each side by side. */
AVX2_INLINE __m256i weigh_4x3(const int16_t *sum, const int32_t *pick, const int16_t *weight) {
    return _mm256_madd_epi16(_mm256_permutevar8x32_epi32(load(sum), load(pick)), load(weight));
}

AVX2_INLINE __m256i load_4(const int16_t *sum) {
    return _mm256_broadcastq_epi64(_mm_loadl_epi64((const void *)sum));
}

/* The same of four sums each. Broadcasts and blends keep off the one port that shuffles. */
AVX2_INLINE __m256i weigh_4x4(const int16_t *sum, const int32_t *base, const int16_t *weight) {
    __m256i a = _mm256_blend_epi32(load_4(sum + base[0]), load_4(sum + base[1]), 0x0c);
    __m256i b = _mm256_blend_epi32(load_4(sum + base[2]), load_4(sum + base[3]), 0xc0);
    return _mm256_madd_epi16(_mm256_blend_epi32(a, b, 0xf0), load(weight));
}

/* Two results of any number of sums, a lane each: four parts of each. */
AVX2_INLINE __m256i weigh_2(const int16_t *sum, const int32_t *base, const int16_t *weight,
                            int taps, int i, int j) {
    const int16_t *a = sum + base[i], *b = sum + base[j];
    const int16_t *v = weight + (ptrdiff_t)i * taps, *w = weight + (ptrdiff_t)j * taps;
    __m256i all = _mm256_setzero_si256();
    for (int k = 0; k < taps; k += 8)
        all = _mm256_add_epi32(
            all, _mm256_madd_epi16(load_2x128(a + k, b + k), load_2x128(v + k, w + k)));
    return all;
}

AVX2_INLINE __m256i weigh_2_wide(const uint32_t *sum, const int32_t *base, const uint32_t *weight,
                                 int taps, int i, int j) {
    const uint32_t *a = sum + base[i], *b = sum + base[j];
    const uint32_t *v = weight + (ptrdiff_t)i * taps, *w = weight + (ptrdiff_t)j * taps;
    __m256i all = _mm256_setzero_si256();
    for (int k = 0; k < taps; k += 4)
        all = _mm256_add_epi32(
            all, _mm256_mullo_epi32(load_2x128(a + k, b + k), load_2x128(v + k, w + k)));
    return all;
}

/*
 * Parts of eight results, added up. Neighbours are added within lanes, so they come in the
 * order 0, 1, 4, 5, 2, 3, 6, 7; pack puts that right.
 */
AVX2_INLINE __m256i add_2_parts(__m256i r0123, __m256i r4567) {
    return _mm256_hadd_epi32(r0123, r4567);
}

AVX2_INLINE __m256i add_4_parts(__m256i r02, __m256i r13, __m256i r46, __m256i r57) {
    return _mm256_hadd_epi32(_mm256_hadd_epi32(r02, r13), _mm256_hadd_epi32(r46, r57));
}

/* 4 x 8 results as bytes, in order. */
AVX2_INLINE void pack(const __m256i v[4], uint8_t *out) {
    __m256i all =
        _mm256_packus_epi16(_mm256_packs_epi32(v[0], v[1]), _mm256_packs_epi32(v[2], v[3]));
    /* low: results 0, 1, 4, 5 of each eight; high: 2, 3, 6, 7 */
    __m128i low = _mm256_castsi256_si128(all), high = _mm256_extracti128_si256(all, 1);
    store(out, _mm256_set_m128i(_mm_unpackhi_epi16(low, high), _mm_unpacklo_epi16(low, high)));
}

AVX2_INLINE __m128i divide_4(__m128i v, __m256d offset, __m256d scale) {
    return _mm256_cvttpd_epi32(_mm256_mul_pd(_mm256_add_pd(_mm256_cvtepi32_pd(v), offset), scale));
}

AVX2_INLINE __m256i divide_2x4(__m256i v, double offset, double scale) {
    __m256d plus = _mm256_set1_pd(offset), times = _mm256_set1_pd(scale);
    return _mm256_set_m128i(divide_4(_mm256_extracti128_si256(v, 1), plus, times),
                            divide_4(_mm256_castsi256_si128(v), plus, times));
}

AVX2_INLINE __m256i divide_8(__m256i v, double scale, bool in_float) {
    if (!in_float)
        return divide_2x4(v, 0, scale);
    return _mm256_cvttps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(v), _mm256_set1_ps((float)scale)));
}

enum reach { REACH_3, REACH_4, REACH_ANY };

AVX2_INLINE __m256i across_8(const struct weir_reduce_columns *columns, enum reach reach,
                             bool in_float, const int16_t *sum, int j) {
    const int taps = reach == REACH_ANY ? columns->taps : 4;
    const int32_t *b = columns->base + j;
    const int16_t *w = columns->weight + (ptrdiff_t)j * taps;
    __m256i all;
    if (reach == REACH_3) {
        const int32_t *pick = columns->pick + (ptrdiff_t)2 * j;
        all = add_2_parts(weigh_4x3(sum + b[0], pick, w), weigh_4x3(sum + b[4], pick + 8, w + 16));
    } else if (reach == REACH_4) {
        all = add_2_parts(weigh_4x4(sum, b, w), weigh_4x4(sum, b + 4, w + 16));
    } else {
        all = add_4_parts(weigh_2(sum, b, w, taps, 0, 2), weigh_2(sum, b, w, taps, 1, 3),
                          weigh_2(sum, b, w, taps, 4, 6), weigh_2(sum, b, w, taps, 5, 7));
    }
    all = _mm256_add_epi32(all, _mm256_set1_epi32(columns->start));
    return divide_8(all, columns->scale, in_float);
}

AVX2_INLINE void across_reach(const struct weir_reduce_columns *columns, enum reach reach,
                              bool in_float, const int16_t *sum, uint8_t *out) {
    for (int j = 0; j < columns->n; j += WEIR_REDUCE_BATCH) {
        __m256i v[4];
        for (int i = 0; i < 4; i++)
            v[i] = across_8(columns, reach, in_float, sum, j + 8 * i);
        pack(v, out + j);
    }
}

AVX2_INLINE void across_any(const struct weir_reduce_columns *columns, bool in_float,
                            const int16_t *sum, uint8_t *out) {
    if (columns->pick)
        across_reach(columns, REACH_3, in_float, sum, out);
    else if (columns->taps == 4)
        across_reach(columns, REACH_4, in_float, sum, out);
    else
        across_reach(columns, REACH_ANY, in_float, sum, out);
}

AVX2 static void across(const struct weir_reduce_columns *columns, const int16_t *sum,
                        uint8_t *out) {
    if (columns->area <= WEIR_REDUCE_FLOAT_AREA)
        across_any(columns, true, sum, out);
    else
        across_any(columns, false, sum, out);
}

AVX2_INLINE __m256i across_8_wide(const struct weir_reduce_columns *columns, int taps,
                                  const uint32_t *sum, int j) {
    const int32_t *b = columns->base + j;
    const uint32_t *w = columns->weight_wide + (ptrdiff_t)j * taps;
    return add_4_parts(weigh_2_wide(sum, b, w, taps, 0, 2), weigh_2_wide(sum, b, w, taps, 1, 3),
                       weigh_2_wide(sum, b, w, taps, 4, 6), weigh_2_wide(sum, b, w, taps, 5, 7));
}

/* Sums are unsigned: 2^31 is turned over before the conversion, which knows signed numbers
 * only, and put back by offset. */
AVX2_INLINE void across_wide_taps(const struct weir_reduce_columns *columns, int taps,
                                  const uint32_t *sum, uint8_t *out) {
    const double offset = 0x1p31 + (double)(columns->area / 2) + 0.5;
    const double scale = 1 / (double)columns->area;
    for (int j = 0; j < columns->n; j += WEIR_REDUCE_BATCH) {
        __m256i v[4];
        for (int i = 0; i < 4; i++) {
            __m256i all = across_8_wide(columns, taps, sum, j + 8 * i);
            v[i] = divide_2x4(_mm256_xor_si256(all, _mm256_set1_epi32(INT32_MIN)), offset, scale);
        }
        pack(v, out + j);
    }
}

/* Here sums of 32 bits do for all, up to an area of 2^24: coprime sizes up to 4096x4096. */
AVX2 static void across_wide(const struct weir_reduce_columns *columns, const uint32_t *sum,
                             uint8_t *out) {
    if (!columns->weight_wide || columns->area > 1 << 24)
        weir_reduce_plain.across_wide(columns, sum, out);
    else if (columns->taps == 4)
        across_wide_taps(columns, 4, sum, out);
    else
        across_wide_taps(columns, columns->taps, sum, out);
}

/* Sums of the two neighbours in each of 32 columns and two rows, divided. */
AVX2_INLINE __m256i quarter(const uint8_t *top, const uint8_t *bottom) {
    const __m256i ones = _mm256_set1_epi8(1), two = _mm256_set1_epi16(2);
    __m256i all = _mm256_add_epi16(_mm256_maddubs_epi16(load(top), ones),
                                   _mm256_maddubs_epi16(load(bottom), ones));
    return _mm256_srli_epi16(_mm256_add_epi16(all, two), 2);
}

AVX2 static void halve(const uint8_t *top, const uint8_t *bottom, int n, uint8_t *out) {
    if (n < 32) {
        weir_reduce_plain.halve(top, bottom, n, out);
        return;
    }
    for (int i = 0; i < n; i += 32) {
        int at = i + 32 <= n ? i : n - 32;
        const uint8_t *a = top + 2 * at, *b = bottom + 2 * at;
        __m256i v = _mm256_packus_epi16(quarter(a, b), quarter(a + 32, b + 32));
        store(out + at, _mm256_permute4x64_epi64(v, 0xd8));
    }
}

const struct weir_reduce_kernel weir_reduce_avx2 = {
    .name = "avx2",
    .available = available,
    .down = down,
    .down_wide = down_wide,
    .across = across,
    .across_wide = across_wide,
    .halve = halve,
};

#endif
