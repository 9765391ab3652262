/*
 * One table says what each kind of phase wants. A profile is one phase without
 * end, but for the mixed one: a chain of phases drawn by chance, never the same
 * twice in a row, fading into each other over FADE_S.
 */
#include "phase.h"

#include <math.h>

#include "random.h"

#define FADE_S 4.0

enum kind { CALM, RUSH, CROWD, FAR, LULL, EMPTY, KINDS };

static const struct {
    const char *name;
    double share, from_s, to_s; /* of a mixed scene */
    struct scene_demand wants;
} kinds[KINDS] = {
    [CALM] = {"calm", .24, 14, 40, {4, .03, 1, 5, 1, .1, .1, false}},
    [RUSH] = {"rush", .26, 22, 40, {42, .075, 4, 27, 7, .5, .4, false}},
    [CROWD] = {"crowd", .20, 18, 38, {3, .02, 2, 6, 20, .9, .2, false}},
    [FAR] = {"far", .16, 12, 26, {10, .05, 2, 13, 0, 0, .5, true}},
    [LULL] = {"lull", .14, 10, 20, {0}},
    [EMPTY] = {"empty", 0, 0, 0, {0}},
};

static const enum kind profile_kind[WEIR_SCENE_PROFILES] = {
    [WEIR_SCENE_CALM] = CALM, [WEIR_SCENE_RUSH] = RUSH,   [WEIR_SCENE_MIXED] = KINDS,
    [WEIR_SCENE_FAR] = FAR,   [WEIR_SCENE_EMPTY] = EMPTY,
};

/* By share, but not `last`. */
static enum kind draw(struct weir_random *r, enum kind last) {
    for (;;) {
        double u = weir_random_unit(r);
        for (int k = 0; k < KINDS; k++) {
            u -= kinds[k].share;
            if (u < 0 && k != (int)last)
                return (enum kind)k;
            if (u < 0)
                break;
        }
    }
}

void scene_phases_make(uint64_t seed, enum weir_scene_profile profile, struct scene_phases *ret) {
    enum kind kind = profile_kind[profile];
    *ret = (struct scene_phases){.n = 1, .kind = {(uint8_t)kind}, .until_s = {INFINITY}};
    if (kind != KINDS)
        return;
    struct weir_random r = weir_random_of(seed, SCENE_RANDOM_PHASE, 0);
    double t = 0;
    for (int i = 0; i < SCENE_PHASES; i++) {
        kind = draw(&r, kind);
        t += weir_random_in(&r, kinds[kind].from_s, kinds[kind].to_s);
        ret->kind[i] = (uint8_t)kind;
        ret->until_s[i] = t;
    }
    ret->n = SCENE_PHASES;
}

/* The phase at t, with t brought into the first round. */
static int find(const struct scene_phases *p, double *t) {
    if (p->n == 1 || *t < 0)
        return 0;
    *t = fmod(*t, p->until_s[p->n - 1]);
    int low = 0, high = p->n - 1;
    while (low < high) {
        int middle = (low + high) / 2;
        if (*t < p->until_s[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static double mix(double a, double b, double t) {
    return a + (b - a) * t;
}

struct scene_demand scene_phases_at(const struct scene_phases *p, double t_s) {
    double t = t_s;
    int i = find(p, &t);
    struct scene_demand now = kinds[p->kind[i]].wants;
    double left = p->until_s[i] - t;
    if (p->n == 1 || left >= FADE_S)
        return now;
    struct scene_demand next = kinds[p->kind[(i + 1) % p->n]].wants;
    double k = 1 - left / FADE_S;
    return (struct scene_demand){mix(now.vehicles, next.vehicles, k),
                                 mix(now.vehicles_per_m, next.vehicles_per_m, k),
                                 mix(now.cyclists, next.cyclists, k),
                                 mix(now.people, next.people, k),
                                 mix(now.people_near, next.people_near, k),
                                 mix(now.spots_near, next.spots_near, k),
                                 mix(now.spots, next.spots, k),
                                 now.far_only || next.far_only};
}

const char *scene_phases_name(const struct scene_phases *p, double t_s) {
    double t = t_s;
    return kinds[p->kind[find(p, &t)]].name;
}
