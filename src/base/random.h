/*
 * Chance that repeats: a counter-based generator (splitmix64: Steele, Lea, Flood 2014).
 * Every purpose draws from a stream of its own, named by numbers, so that a draw added
 * in one place changes nothing in another. Not for secrets.
 *
 * No two draws in the arguments of one call: which comes first is the compiler's choice,
 * and what follows would be, too.
 */
#ifndef WEIR_BASE_RANDOM_H
#define WEIR_BASE_RANDOM_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct weir_random {
    uint64_t state;
};

/* splitmix64's finaliser: a good hash of 64 bits. */
static inline uint64_t weir_hash64(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* The i-th stream of a purpose (below 256) under a seed. */
static inline struct weir_random weir_random_of(uint64_t seed, int purpose, uint64_t i) {
    return (struct weir_random){weir_hash64(weir_hash64(seed ^ ((uint64_t)purpose << 56)) + i)};
}

static inline uint64_t weir_random_bits(struct weir_random *r) {
    r->state += 0x9e3779b97f4a7c15u;
    return weir_hash64(r->state);
}

/* [0,1) */
static inline double weir_random_unit(struct weir_random *r) {
    return (double)(weir_random_bits(r) >> 11) * 0x1p-53;
}

static inline double weir_random_in(struct weir_random *r, double from, double to) {
    return from + (to - from) * weir_random_unit(r);
}

/* 0 … n-1 */
static inline int weir_random_below(struct weir_random *r, int n) {
    return (int)(weir_random_unit(r) * n);
}

static inline bool weir_random_chance(struct weir_random *r, double p) {
    return weir_random_unit(r) < p;
}

/* About normal, mean 0, deviation 1, within ±3.5 (sum of four uniforms). */
static inline double weir_random_normal(struct weir_random *r) {
    double sum = 0;
    for (int i = 0; i < 4; i++)
        sum += weir_random_unit(r);
    return (sum - 2) * 1.7320508;
}

/* Exponential with that mean. */
static inline double weir_random_exponential(struct weir_random *r, double mean) {
    return -mean * log1p(-weir_random_unit(r));
}

#endif
