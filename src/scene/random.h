/*
 * Chance that repeats: a counter-based generator. Every purpose draws from its
 * own stream, named by numbers (scene_random_of(seed, SCENE_RANDOM_PLAN, i)), so
 * that a draw added in one place changes nothing in another.
 *
 * No two draws in the arguments of one call: which comes first is the compiler's choice,
 * and the street would be, too.
 */
#ifndef WEIR_SCENE_RANDOM_H
#define WEIR_SCENE_RANDOM_H

#include <stdint.h>

/* The purposes; append only. */
enum scene_random_purpose {
    SCENE_RANDOM_PLAN = 1,
    SCENE_RANDOM_SKY,
    SCENE_RANDOM_BACKDROP,
    SCENE_RANDOM_LOOK, /* what an object looks like: i is its look */
    SCENE_RANDOM_PHASE, /* how busy it is when */
    SCENE_RANDOM_TRAFFIC,
    SCENE_RANDOM_WALKERS,
    SCENE_RANDOM_PROP,
    SCENE_RANDOM_FINISH, /* noise, rain, shake */
};

struct scene_random {
    uint64_t state;
};

/* splitmix64's finaliser (Steele, Lea, Flood 2014): a good hash of 64 bits. */
static inline uint64_t scene_hash(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static inline struct scene_random scene_random_of(uint64_t seed, enum scene_random_purpose purpose,
                                                  uint64_t i) {
    return (struct scene_random){scene_hash(scene_hash(seed ^ ((uint64_t)purpose << 56)) + i)};
}

static inline uint64_t scene_random_bits(struct scene_random *r) {
    r->state += 0x9e3779b97f4a7c15u;
    return scene_hash(r->state);
}

/* [0,1) */
static inline double scene_random_unit(struct scene_random *r) {
    return (double)(scene_random_bits(r) >> 11) * 0x1p-53;
}

static inline double scene_random_in(struct scene_random *r, double from, double to) {
    return from + (to - from) * scene_random_unit(r);
}

/* 0 … n-1 */
static inline int scene_random_below(struct scene_random *r, int n) {
    return (int)(scene_random_unit(r) * n);
}

static inline int scene_random_chance(struct scene_random *r, double p) {
    return scene_random_unit(r) < p;
}

/* About normal, mean 0, deviation 1, within ±3.5 (sum of four uniforms). */
static inline double scene_random_normal(struct scene_random *r) {
    double sum = 0;
    for (int i = 0; i < 4; i++)
        sum += scene_random_unit(r);
    return (sum - 2) * 1.7320508;
}

#endif
