/*
 * The row kernels in portable C, in loops that a compiler can vectorise. They
 * serve every machine without kernels of its own, and the tests as a second
 * opinion between the definition and the fast ones.
 */
#include "pipeline/detect/preprocess_kernel.h"

#include <math.h>
#include <string.h>

static bool always(void) {
    return true;
}

static void expand(const struct weir_axis *axis, const uint8_t *src, float *const *out) {
    const int step = axis->step, next = axis->width > 1 ? step : 0, n = axis->n_pad;
    const int32_t *restrict x = axis->x;
    const int16_t *restrict weight = axis->weight;
    for (int c = 0; c < step; c++) {
        float *restrict row = out[c];
        const uint8_t *restrict from = src + c;
        for (int i = 0; i < n; i++) {
            ptrdiff_t at = (ptrdiff_t)x[i] * step;
            row[i] = (float)(from[at] * weight[2 * i] + from[at + next] * weight[2 * i + 1]);
        }
    }
}

static float clamp(float v, float lo, float hi) {
    v = v < lo ? lo : v;
    return v > hi ? hi : v;
}

static void clamp_row(float *row, int n, float lo, float hi) {
    for (int i = 0; i < n; i++)
        row[i] = clamp(row[i], lo, hi);
}

/* One component between its two rows. */
static void mix_row(const float *restrict a, const float *restrict b, float wa, float wb, int n,
                    float *restrict out) {
    for (int i = 0; i < n; i++)
        out[i] = a[i] * wa + b[i] * wb;
}

static void matrix_row(const float *restrict y, const float *restrict u, const float *restrict v,
                       const float *gain, float offset, int n, float *restrict out) {
    float gy = gain[0], gu = gain[1], gv = gain[2];
    for (int i = 0; i < n; i++)
        out[i] = y[i] * gy + u[i] * gu + v[i] * gv + offset;
}

/* In blocks and loops small enough for compilers to make vectors of all of them. */
static void blend_yuv(const struct weir_blend *b, int n, float *const *out) {
    enum { BLOCK = 128 };
    float mixed[3][BLOCK];
    for (int i = 0; i < n; i += BLOCK) {
        int len = n - i < BLOCK ? n - i : BLOCK;
        for (int s = 0; s < 3; s++)
            mix_row(b->row0[s] + i, b->row1[s] + i, b->w0[s], b->w1[s], len, mixed[s]);
        for (int c = 0; c < 3; c++) {
            matrix_row(mixed[0], mixed[1], mixed[2], b->gain[c], b->offset[c], len, out[c] + i);
            clamp_row(out[c] + i, len, b->lo[c], b->hi[c]);
        }
    }
}

static void blend_channels(const struct weir_blend *b, int n, float *const *out) {
    for (int c = 0; c < 3; c++) {
        int s = b->kind == WEIR_BLEND_GRAY ? 0 : c;
        float *to = out[c], gain = b->gain[c][0], offset = b->offset[c];
        mix_row(b->row0[s], b->row1[s], b->w0[s] * gain, b->w1[s] * gain, n, to);
        for (int i = 0; i < n; i++)
            to[i] += offset;
    }
}

static void blend(const struct weir_blend *b, int n, float *const *out) {
    if (b->kind == WEIR_BLEND_YUV)
        blend_yuv(b, n, out);
    else
        blend_channels(b, n, out);
}

/*
 * Half precision without the hardware: numbers are moved by arithmetic that
 * rounds where a half would. Adding 2^(e+13) and taking it away again leaves
 * the multiples of a half's last place; below 2^-14 that place stays 2^-24.
 */
static uint16_t half(float v) {
    uint32_t bits;
    memcpy(&bits, &v, sizeof(bits));
    uint32_t sign = bits >> 16 & 0x8000, mag = bits & 0x7fffffff;
    if (mag >= 0x47800000) /* 65536 and above, infinity, NaN */
        return (uint16_t)(sign | (mag > 0x7f800000 ? 0x7e00 : 0x7c00));
    if (mag < 0x38800000) { /* below 2^-14: 0.5 has its last place at 2^-24 */
        float small;
        memcpy(&small, &mag, sizeof(small));
        small += 0.5f;
        memcpy(&mag, &small, sizeof(mag));
        return (uint16_t)(sign | (mag - 0x3f000000));
    }
    mag += 0xfff + (mag >> 13 & 1); /* ties to even; may carry up to infinity */
    return (uint16_t)(sign | ((mag - 0x38000000) >> 13));
}

static void to_f16(const float *src, int n, uint16_t *dst) {
    for (int i = 0; i < n; i++)
        dst[i] = half(src[i]);
}

static void to_u8(const float *src, int n, uint8_t *dst) {
    for (int i = 0; i < n; i++)
        dst[i] = (uint8_t)(int)rintf(clamp(src[i], 0, 255));
}

static void interleave(const float *const *src, int n, float *dst) {
    const float *restrict a = src[0], *restrict b = src[1], *restrict c = src[2];
    float *restrict to = dst;
    for (int i = 0; i < n; i++) {
        to[3 * i] = a[i];
        to[3 * i + 1] = b[i];
        to[3 * i + 2] = c[i];
    }
}

const struct weir_preprocess_kernel weir_preprocess_plain = {
    .name = "plain",
    .available = always,
    .widest_load = 16,
    .expand = expand,
    .blend = blend,
    .to_f16 = to_f16,
    .to_u8 = to_u8,
    .interleave = interleave,
};
