/*
 * Corners become quadratic arcs that leave the legs as far from the corner as a
 * circle of the wanted radius would, but never past a leg's middle; gentle bends
 * get wider ones, as long as the path stays within SAG_M of the corner. The line
 * is then walked in steps of one metre, so that a place is found by its number.
 */
#include "path.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

#define SAG_M 0.35
#define ARC_STEPS 12
#define COARSE 24

enum { MAX_FINE = SCENE_WAY_POINTS * (ARC_STEPS + 1) + 4 };

struct line {
    struct vec2 p[MAX_FINE];
    int n;
};

static double apart(struct vec2 a, struct vec2 b) {
    return hypot(b.x - a.x, b.y - a.y);
}

static struct vec2 between(struct vec2 a, struct vec2 b, double t) {
    return (struct vec2){a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t};
}

static void push(struct line *l, struct vec2 p) {
    if (l->n == 0 || apart(l->p[l->n - 1], p) > 1e-6)
        l->p[l->n++] = p;
}

/* The corner b between a and c. */
static void bend(struct line *l, struct vec2 a, struct vec2 b, struct vec2 c, double radius) {
    double ab = apart(a, b), bc = apart(b, c);
    if (ab < 1e-6 || bc < 1e-6)
        return;
    double cosine = ((b.x - a.x) * (c.x - b.x) + (b.y - a.y) * (c.y - b.y)) / (ab * bc);
    double half = acos(fmin(1, fmax(-0.999, cosine))) / 2;
    if (half < 1e-3) {
        push(l, b);
        return;
    }
    double r = fmax(radius, SAG_M / (1 / cos(half) - 1));
    double cut = fmin(r * tan(half), fmin(ab, bc) / 2);
    struct vec2 in = between(b, a, cut / ab), out = between(b, c, cut / bc);
    for (int i = 0; i <= ARC_STEPS; i++) {
        double t = (double)i / ARC_STEPS;
        push(l, between(between(in, b, t), between(b, out, t), t));
    }
}

static int measure(const struct line *l, struct scene_path *path) {
    double length = 0;
    for (int i = 1; i < l->n; i++)
        length += apart(l->p[i - 1], l->p[i]);
    int n = (int)fmax(2, floor(length) + 1);
    struct scene_place *at = calloc((size_t)n, sizeof *at);
    if (!at)
        return WEIR_ENOMEM;
    double begin = 0; /* of the leg from p[k-1] to p[k] */
    for (int i = 0, k = 1; i < n; i++) {
        while (k < l->n - 1 && begin + apart(l->p[k - 1], l->p[k]) < i) {
            begin += apart(l->p[k - 1], l->p[k]);
            k++;
        }
        struct vec2 p = between(l->p[k - 1], l->p[k], (i - begin) / apart(l->p[k - 1], l->p[k]));
        at[i].x = p.x;
        at[i].y = p.y;
    }
    for (int i = 0; i < n; i++) {
        const struct scene_place *p = &at[i ? i - 1 : 0], *q = &at[i < n - 1 ? i + 1 : i];
        double d = hypot(q->x - p->x, q->y - p->y);
        at[i].ux = (q->x - p->x) / d;
        at[i].uy = (q->y - p->y) / d;
    }
    path->at = at;
    path->length_m = n - 1;
    return 0;
}

int scene_path_make(const struct scene_way *way, double radius_m, double before_m, double after_m,
                    struct scene_path *ret_path) {
    struct line l = {.n = 0};
    struct vec2 p[SCENE_WAY_POINTS];
    int n = way->points;
    for (int i = 0; i < n; i++)
        p[i] = way->point[i];
    double first = apart(p[0], p[1]), last = apart(p[n - 2], p[n - 1]);
    p[0] = between(p[1], p[0], 1 + before_m / first);
    /* Two points: the first has moved already, so the leg is as much longer. */
    p[n - 1] = between(p[n - 2], p[n - 1], 1 + after_m / (n == 2 ? last + before_m : last));
    push(&l, p[0]);
    for (int i = 1; i < n - 1; i++)
        bend(&l, p[i - 1], p[i], p[i + 1], radius_m);
    push(&l, p[n - 1]);
    return measure(&l, ret_path);
}

void scene_path_cut(struct scene_path *path, int from, int to) {
    path->length_m = to - from;
    memmove(path->at, path->at + from, (size_t)(to - from + 1) * sizeof path->at[0]);
}

void scene_path_done(struct scene_path *path) {
    free(path->at);
    *path = (struct scene_path){0};
}

static int leg_of(const struct scene_path *path, double s) {
    return s <= 0 ? 0 : s >= path->length_m - 1 ? path->length_m - 1 : (int)s;
}

struct scene_place scene_path_at(const struct scene_path *path, double s) {
    int i = leg_of(path, s);
    const struct scene_place *p = &path->at[i], *q = p + 1;
    double t = s - i, turn = fmin(1, fmax(0, t));
    return (struct scene_place){p->x + (q->x - p->x) * t, p->y + (q->y - p->y) * t,
                                p->ux + (q->ux - p->ux) * turn, p->uy + (q->uy - p->uy) * turn};
}

double scene_path_bend(const struct scene_path *path, double s) {
    const struct scene_place *p = &path->at[leg_of(path, s)], *q = p + 1;
    return p->ux * q->uy - p->uy * q->ux;
}

double scene_path_follow(const struct scene_path *path, double s, double x, double y) {
    struct scene_place p = scene_path_at(path, s);
    return s + (x - p.x) * p.ux + (y - p.y) * p.uy;
}

static double to(const struct scene_path *path, int i, double x, double y) {
    double dx = path->at[i].x - x, dy = path->at[i].y - y;
    return sqrt(dx * dx + dy * dy);
}

/* Places lie a metre apart, so one that is d away cannot be followed by one that
 * is nearer than best before d - best places: with a good first guess nearly all
 * of a path is leapt over. */
static int nearest_place(const struct scene_path *path, double x, double y, double *ret_distance) {
    int found = 0;
    double best = INFINITY;
    for (int i = 0; i <= path->length_m; i += COARSE) {
        double d = to(path, i, x, y);
        if (d < best) {
            best = d;
            found = i;
        }
    }
    for (int i = 0; i <= path->length_m;) {
        double d = to(path, i, x, y);
        if (d < best) {
            best = d;
            found = i;
        }
        i += d > best + 1 ? (int)(d - best) : 1;
    }
    *ret_distance = best;
    return found;
}

double scene_path_nearest(const struct scene_path *path, double x, double y) {
    double distance;
    int i = nearest_place(path, x, y, &distance);
    double s = scene_path_follow(path, i, x, y);
    return fmin(path->length_m, fmax(0, s));
}

bool scene_paths_meet(const struct scene_path *a, const struct scene_path *b, double reach_m,
                      double from, struct scene_meeting *ret_meeting) {
    struct scene_meeting m = {.distance_m = INFINITY};
    bool found = false;
    for (int i = (int)ceil(fmax(0, from)); i <= a->length_m;) {
        double d;
        int j = nearest_place(b, a->at[i].x, a->at[i].y, &d);
        double s = scene_path_follow(b, j, a->at[i].x, a->at[i].y);
        struct scene_place p = scene_path_at(b, s);
        double exact = hypot(p.x - a->at[i].x, p.y - a->at[i].y);
        if (exact > reach_m || s < -0.5 || s > b->length_m + 0.5) {
            if (found)
                break;
            i += (int)fmax(1, floor(d - reach_m - 1));
            continue;
        }
        if (!found)
            m.a0 = i, m.b0 = m.b1 = s;
        found = true;
        m.a1 = i;
        m.b0 = fmin(m.b0, s);
        m.b1 = fmax(m.b1, s);
        if (exact < m.distance_m) {
            m.distance_m = exact;
            m.a = i;
            m.b = s;
            m.along = a->at[i].ux * p.ux + a->at[i].uy * p.uy;
        }
        i++;
    }
    if (found)
        *ret_meeting = m;
    return found;
}
