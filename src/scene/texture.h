/*
 * What every procedural texture is made of: hashed value noise, and stripes that
 * are integrated over the pixel instead of sampled, so that bricks, joints and
 * window frames turn into their mean colour with distance and never shimmer.
 */
#ifndef WEIR_SCENE_TEXTURE_H
#define WEIR_SCENE_TEXTURE_H

#include <math.h>
#include <stdint.h>

#include "sky.h"

/* Where a texture is asked: two coordinates in metres, and how much of each one
 * pixel covers (both > 0). */
struct scene_place {
    double a, b, fa, fb;
    uint32_t seed;
};

static inline uint32_t scene_cell(int a, int b, uint32_t seed) {
    uint32_t h = (uint32_t)a * 0x9e3779b1u ^ (uint32_t)b * 0x85ebca77u ^ seed * 0xc2b2ae3du;
    h = (h ^ (h >> 15)) * 0x2c1b3c6du;
    h = (h ^ (h >> 12)) * 0x297a2d39u;
    return h ^ (h >> 15);
}

/* [0,1) of a cell; k names the purpose. */
static inline double scene_cell_unit(int a, int b, uint32_t seed, uint32_t k) {
    return (double)(scene_cell(a, b, seed + k * 0x9e3779b9u) >> 8) * 0x1p-24;
}

static inline int scene_floor(double x) {
    int i = (int)x;
    return i - (x < i);
}

/* Value noise with cells of size 1, [0,1). */
static inline double scene_noise(double a, double b, uint32_t seed) {
    int i = scene_floor(a), j = scene_floor(b);
    float x = (float)(a - i), y = (float)(b - j);
    x = x * x * (3 - 2 * x);
    y = y * y * (3 - 2 * y);
    float n00 = (float)(scene_cell(i, j, seed) >> 8),
          n10 = (float)(scene_cell(i + 1, j, seed) >> 8);
    float n01 = (float)(scene_cell(i, j + 1, seed) >> 8);
    float n11 = (float)(scene_cell(i + 1, j + 1, seed) >> 8);
    float low = n00 + (n10 - n00) * x, high = n01 + (n11 - n01) * x;
    return (double)((low + (high - low) * y) * 0x1p-24f);
}

/* How much is left of a detail of that size where a pixel covers f metres. */
static inline double scene_fade(double detail_m, double f) {
    return clamp01(2 - 2 * f / detail_m);
}

/* Noise around 0 (±0.5) with cells of size_m, faded; costs nothing once faded out. */
static inline double scene_speckle(const struct scene_place *at, double size_a, double size_b,
                                   uint32_t k) {
    double fade = scene_fade(size_a, at->fa) * scene_fade(size_b, at->fb);
    if (fade <= 0)
        return 0;
    return fade * (scene_noise(at->a / size_a, at->b / size_b, at->seed + k) - 0.5);
}

/* Cells never finer than twice the pixel: the power of two of `base` that fits. */
static inline double scene_octave(double base, double f) {
    int k = 0;
    frexp(2 * f / base, &k);
    return k > 0 ? ldexp(base, k) : base;
}

/* Grain of about a pixel or two at any distance, as rough ground has at every scale;
 * weaker where cells are larger. Around 0 (±0.5). */
static inline double scene_grain(const struct scene_place *at, double base, uint32_t k) {
    double a = scene_octave(base, at->fa), b = scene_octave(base, at->fb);
    return sqrt(sqrt(base * base / (a * b))) *
           (scene_noise(at->a / a, at->b / b, at->seed + k) - 0.5);
}

/* The share of [x-f/2, x+f/2] within [lo, hi]. */
static inline double scene_band(double x, double lo, double hi, double f) {
    double from = x - f / 2 > lo ? x - f / 2 : lo, to = x + f / 2 < hi ? x + f / 2 : hi;
    return to > from ? (to - from) / f : 0;
}

static inline double scene_stripes_until(double x, double period, double width) {
    double n = floor(x / period), rest = x - n * period;
    return n * width + (rest < width ? rest : width);
}

/* The same for [0, width], [period, period + width] … */
static inline double scene_stripes(double x, double period, double width, double f) {
    return (scene_stripes_until(x + f / 2, period, width) -
            scene_stripes_until(x - f / 2, period, width)) /
           f;
}

static inline double scene_smooth(double lo, double hi, double x) {
    double t = clamp01((x - lo) / (hi - lo));
    return t * t * (3 - 2 * t);
}

#endif
