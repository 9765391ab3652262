/* The last inferences of each kind in a ring, beside its drift: a few kilobytes a kind, and no more
 * kinds than a document may have points. */
#include "profile/refresh.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RING = 1000, ENOUGH = 50, UNKNOWN_SEEN = 100 };

struct kind {
    struct weir_costs_infer of; /* model, size, batch */
    int64_t profile_ns; /* -1: the profile does not know the model */
    struct weir_drift drift;
    bool told;
    int64_t seen;
    float ms[RING];
};

struct weir_refresh {
    const struct weir_costs *costs;
    struct kind **kind;
    int kinds, cap;
};

struct weir_refresh *weir_refresh_new(const struct weir_costs *costs) {
    struct weir_refresh *refresh = calloc(1, sizeof *refresh);
    if (refresh)
        refresh->costs = costs;
    return refresh;
}

void weir_refresh_free(struct weir_refresh *refresh) {
    if (!refresh)
        return;
    for (int i = 0; i < refresh->kinds; i++)
        free(refresh->kind[i]);
    free(refresh->kind);
    free(refresh);
}

static bool is_of(const struct weir_costs_infer *p, const char *model, int width, int height,
                  int batch) {
    return p->width == width && p->height == height && p->batch == batch &&
           !strcmp(p->model, model);
}

static struct kind *add_kind(struct weir_refresh *r, const char *model, int width, int height,
                             int batch) {
    if (strlen(model) >= sizeof r->kind[0]->of.model || r->kinds == WEIR_COSTS_POINTS_MAX)
        return NULL;
    if (r->kinds == r->cap) {
        int cap = r->cap ? 2 * r->cap : 8;
        struct kind **more = realloc(r->kind, (size_t)cap * sizeof(struct kind *));
        if (!more)
            return NULL;
        r->kind = more;
        r->cap = cap;
    }
    struct kind *kind = calloc(1, sizeof *kind);
    if (!kind)
        return NULL;
    kind->of = (struct weir_costs_infer){.width = width, .height = height, .batch = batch};
    snprintf(kind->of.model, sizeof kind->of.model, "%s", model);
    kind->profile_ns = weir_costs_infer_ns(r->costs, model, width, height, batch);
    return r->kind[r->kinds++] = kind;
}

static struct kind *find_kind(struct weir_refresh *r, const char *model, int width, int height,
                              int batch) {
    for (int i = 0; i < r->kinds; i++)
        if (is_of(&r->kind[i]->of, model, width, height, batch))
            return r->kind[i];
    return add_kind(r, model, width, height, batch);
}

bool weir_refresh_saw(struct weir_refresh *refresh, const char *model, int width, int height,
                      int batch, int64_t cpu_ns, struct weir_refresh_news *ret) {
    struct kind *kind = find_kind(refresh, model, width, height, batch);
    if (!kind || cpu_ns <= 0)
        return false;
    kind->ms[kind->seen++ % RING] = (float)((double)cpu_ns / (double)WEIR_NS_PER_MS);
    if (kind->profile_ns <= 0)
        return false;
    weir_drift_saw(&kind->drift, kind->profile_ns, cpu_ns);
    if (kind->told || !weir_drift_news(&kind->drift))
        return false;
    kind->told = true;
    double profile_ms = (double)kind->profile_ns / (double)WEIR_NS_PER_MS;
    *ret = (struct weir_refresh_news){
        model, width, height, batch, profile_ms * kind->drift.ratio, profile_ms};
    return true;
}

/* ---- folding ------------------------------------------------------------- */

static int by_value(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static int64_t weight(int64_t seen) {
    return seen > RING ? RING : seen;
}

/* What this run says. */
static struct weir_costs_infer measured(const struct kind *kind) {
    struct weir_costs_infer p = kind->of;
    float ms[RING];
    int len = (int)weight(kind->seen);
    memcpy(ms, kind->ms, (size_t)len * sizeof *ms);
    qsort(ms, (size_t)len, sizeof *ms, by_value);
    p.ms = fmax((double)ms[(len + 1) / 2 - 1], 1e-6);
    p.high_ms = fmax((double)ms[(int)ceil(0.95 * len) - 1], p.ms);
    p.seen = kind->seen;
    return p;
}

static void blend(struct weir_costs_infer *into, const struct weir_costs_infer *run) {
    int64_t before = into->seen ? into->seen : UNKNOWN_SEEN;
    double old = (double)weight(before), new = (double)weight(run->seen);
    into->ms = (into->ms * old + run->ms * new) / (old + new);
    into->high_ms = fmax((into->high_ms * old + run->high_ms * new) / (old + new), into->ms);
    into->seen = before + run->seen;
}

int weir_refresh_fold(const struct weir_refresh *refresh, struct weir_costs *costs,
                      int *ret_points) {
    const size_t room = (size_t)(costs->infers + refresh->kinds) + 1;
    struct weir_costs_infer *infer = realloc(costs->infer, room * sizeof *infer);
    int points = 0, before = costs->infers;
    if (!infer)
        return WEIR_ENOMEM;
    costs->infer = infer;
    for (int i = 0; i < refresh->kinds; i++) {
        const struct kind *kind = refresh->kind[i];
        if (kind->seen < ENOUGH)
            continue;
        const struct weir_costs_infer run = measured(kind);
        struct weir_costs_infer *at = NULL;
        for (int k = 0; !at && k < before; k++)
            if (is_of(&infer[k], run.model, run.width, run.height, run.batch))
                at = &infer[k];
        if (!at && costs->infers == WEIR_COSTS_POINTS_MAX)
            continue;
        if (at)
            blend(at, &run);
        else
            infer[costs->infers++] = run;
        points++;
    }
    weir_costs_sort(costs);
    *ret_points = points;
    return 0;
}
