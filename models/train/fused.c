/*
 * Batch normalisation, the sum with a second input and the ReLU in one go, and the
 * way back: what PyTorch does in seven passes over memory, each as dear on a CPU as
 * the convolution before it, takes two here. Activations are bfloat16, channels last:
 * a row is a pixel, its columns the channels, a multiple of LANES. Statistics are float.
 *
 *   y = act(gamma (x - mean) / std + beta + plus)
 *
 * fused.py compiles this file for the machine at hand, and knows what the arguments are.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 16, CHANNELS = 1024, ROWS = 64 }; /* ROWS of a tile: it stays in the cache */

typedef uint16_t bf16;
typedef float floats __attribute__((vector_size(4 * LANES)));
typedef int32_t mask __attribute__((vector_size(4 * LANES)));
typedef uint32_t words __attribute__((vector_size(4 * LANES)));
typedef uint16_t halves __attribute__((vector_size(2 * LANES)));

static inline floats wide(const bf16 *from) {
    halves h;
    memcpy(&h, from, sizeof h);
    return (floats)(__builtin_convertvector(h, words) << 16);
}

/* To the nearest, ties to even. (A NaN may become an infinity: the loss tells.) */
static inline void narrow(floats f, bf16 *to) {
    words bits = (words)f;
    halves h = __builtin_convertvector((bits + 0x7fff + (bits >> 16 & 1)) >> 16, halves);
    memcpy(to, &h, sizeof h);
}

static inline floats load(const float *from) {
    floats f;
    memcpy(&f, from, sizeof f);
    return f;
}

static inline floats where(mask m, floats f) {
    return (floats)((mask)f & m);
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static void add(double *total, floats part) {
    for (int i = 0; i < LANES; i++)
        total[i] += (double)part[i];
}

/* 0; -1: a number of channels that this file does not take. */
int weir_fused_forward(const bf16 *x, const bf16 *plus, int64_t rows, int channels,
                       const float *gamma, const float *beta, float eps, int act, bf16 *y,
                       float *mean, float *inv_std) {
    double sum[CHANNELS] = {0}, square[CHANNELS] = {0};
    float scale[CHANNELS], shift[CHANNELS];
    const int64_t tiles = (rows + ROWS - 1) / ROWS;
    if (channels > CHANNELS || channels % LANES || rows < 1)
        return -1;
#pragma omp parallel for schedule(static) reduction(+ : sum[:channels], square[:channels])
    for (int64_t t = 0; t < tiles; t++)
        for (int c = 0; c < channels; c += LANES) {
            floats s = {0}, q = {0};
            for (int64_t r = t * ROWS; r < least(t * ROWS + ROWS, rows); r++) {
                floats v = wide(x + r * channels + c);
                s += v;
                q += v * v;
            }
            add(sum + c, s);
            add(square + c, q);
        }
    for (int c = 0; c < channels; c++) {
        double m = sum[c] / (double)rows, v = square[c] / (double)rows - m * m;
        mean[c] = (float)m;
        inv_std[c] = (float)(1 / sqrt((v < 0 ? 0 : v) + (double)eps));
        scale[c] = gamma[c] * inv_std[c];
        shift[c] = beta[c] - mean[c] * scale[c];
    }
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++)
        for (int c = 0; c < channels; c += LANES) {
            const int64_t at = r * channels + c;
            floats v = wide(x + at) * load(scale + c) + load(shift + c);
            if (plus)
                v += wide(plus + at);
            narrow(act ? where(~(v <= 0), v) : v, y + at); /* a NaN stays */
        }
    return 0;
}

/* The gradient at the sum: what the ReLU let through (y is then above 0). */
static inline floats through(const bf16 *dy, const bf16 *y, int act) {
    floats g = wide(dy);
    return act ? where(wide(y) > 0, g) : g;
}

/* dplus may be NULL. As above. */
int weir_fused_backward(const bf16 *dy, const bf16 *x, const bf16 *y, int64_t rows, int channels,
                        const float *gamma, const float *mean, const float *inv_std, int act,
                        bf16 *dx, bf16 *dplus, float *dgamma, float *dbeta) {
    double sum[CHANNELS] = {0}, along[CHANNELS] = {0};
    float scale[CHANNELS], slope[CHANNELS], shift[CHANNELS];
    const int64_t tiles = (rows + ROWS - 1) / ROWS;
    if (channels > CHANNELS || channels % LANES || rows < 1)
        return -1;
#pragma omp parallel for schedule(static) reduction(+ : sum[:channels], along[:channels])
    for (int64_t t = 0; t < tiles; t++)
        for (int c = 0; c < channels; c += LANES) {
            floats s = {0}, q = {0};
            for (int64_t r = t * ROWS; r < least(t * ROWS + ROWS, rows); r++) {
                const int64_t at = r * channels + c;
                floats g = through(dy + at, y + at, act);
                s += g;
                q += g * wide(x + at);
            }
            add(sum + c, s);
            add(along + c, q);
        }
    /* dx = scale g - slope x - shift: its mean and what lies along x are taken out. */
    for (int c = 0; c < channels; c++) {
        double per_std = (double)inv_std[c], m = (double)mean[c];
        double dg = (along[c] - m * sum[c]) * per_std;
        dgamma[c] = (float)dg;
        dbeta[c] = (float)sum[c];
        scale[c] = gamma[c] * inv_std[c];
        double k = (double)scale[c] * per_std * dg / (double)rows;
        slope[c] = (float)k;
        shift[c] = (float)((double)scale[c] * sum[c] / (double)rows - m * k);
    }
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++)
        for (int c = 0; c < channels; c += LANES) {
            const int64_t at = r * channels + c;
            floats g = through(dy + at, y + at, act);
            if (dplus)
                narrow(g, dplus + at);
            narrow(g * load(scale + c) - wide(x + at) * load(slope + c) - load(shift + c), dx + at);
        }
    return 0;
}

enum { SIDE = 5, TAPS = SIDE * SIDE }; /* of the largest kernel */

/*
 * One picture's LANES channels of the way back through a depthwise convolution k x k (3 or 5,
 * padded by k / 2), which oneDNN does an order of magnitude slower. x [images, high, wide,
 * channels], dy and its size out_*; weight and dweight [k k, channels]; room: two padded pictures
 * of them.
 */
static inline __attribute__((always_inline)) void
depthwise(const bf16 *dy, const bf16 *x, int channels, int high, int wide_, int k, int stride,
          const float *weight, bf16 *dx, float *dweight, floats *room) {
    const int pad = k / 2, span = wide_ + 2 * pad, taps = k * k;
    const int out_high = (high - 1) / stride + 1, out_wide = (wide_ - 1) / stride + 1;
    const int cells = span * (high + 2 * pad);
    floats *in = room, *back = room + cells, sum[TAPS], w[TAPS];
    memset(room, 0, 2 * (size_t)cells * sizeof *room);
    for (int t = 0; t < taps; t++) {
        sum[t] = (floats){0};
        w[t] = load(weight + t * channels);
    }
    for (int r = 0; r < high; r++)
        for (int c = 0; c < wide_; c++)
            in[(r + pad) * span + c + pad] = wide(x + (int64_t)(r * wide_ + c) * channels);
    for (int r = 0; r < out_high; r++)
        for (int c = 0; c < out_wide; c++) {
            const floats g = wide(dy + (int64_t)(r * out_wide + c) * channels);
            const int at = r * stride * span + c * stride;
            for (int i = 0; i < k; i++)
                for (int j = 0; j < k; j++) {
                    sum[i * k + j] += g * in[at + i * span + j];
                    back[at + i * span + j] += g * w[i * k + j];
                }
        }
    for (int r = 0; r < high; r++)
        for (int c = 0; c < wide_; c++)
            narrow(back[(r + pad) * span + c + pad], dx + (int64_t)(r * wide_ + c) * channels);
    for (int t = 0; t < taps; t++)
        for (int i = 0; i < LANES; i++)
            dweight[t * channels + i] += sum[t][i];
}

/* 0; -1: sizes that this file does not take; -2: out of memory. dweight is added to. */
int weir_fused_depthwise_backward(const bf16 *dy, const bf16 *x, int images, int channels, int high,
                                  int wide_, int k, int stride, const float *weight, bf16 *dx,
                                  float *dweight) {
    if (stride < 1)
        return -1;
    const int out = ((high - 1) / stride + 1) * ((wide_ - 1) / stride + 1);
    const int blocks = channels / LANES, taps = k * k * channels;
    int failed = 0;
    if (channels % LANES || channels > CHANNELS || (k != 3 && k != SIDE))
        return -1;
#pragma omp parallel reduction(+ : dweight[:taps]) reduction(| : failed)
    {
        size_t cells = (size_t)(high + k - 1) * (size_t)(wide_ + k - 1);
        floats *room = aligned_alloc(sizeof *room, 2 * cells * sizeof *room);
        failed = !room;
#pragma omp for schedule(static)
        for (int job = 0; job < images * blocks; job++) {
            const int image = job / blocks, c = job % blocks * LANES;
            const bf16 *g = dy + (int64_t)image * out * channels + c;
            const int64_t at = (int64_t)image * high * wide_ * channels + c;
            if (!room)
                continue;
            if (k == 3)
                depthwise(g, x + at, channels, high, wide_, 3, stride, weight + c, dx + at,
                          dweight + c, room);
            else
                depthwise(g, x + at, channels, high, wide_, SIDE, stride, weight + c, dx + at,
                          dweight + c, room);
        }
        free(room);
    }
    return failed ? -2 : 0;
}
