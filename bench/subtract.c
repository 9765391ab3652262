/*
 * Modes of a pixel are kept by falling weight; the first ones, up to a share of
 * 0.9, are the background. A pixel that is darker than a background mode and
 * of its colour is shadow. Regions are labelled row by row by runs, joined where
 * runs touch (8 neighbours).
 */
#include "subtract.h"

#include <stdlib.h>
#include <string.h>

enum { MODES = 4 };

static const float variance_first = 15, variance_min = 4, variance_max = 75;
static const float near_background = 16, near_mode = 9; /* variances: squared distances */
static const float background_share = 0.9f, complexity = 0.05f;
static const float shadow_darkest = 0.5f, shadow_colour = 8;

struct mode {
    float weight, variance, mean[3]; /* Y, U, V */
};

struct run {
    int x0, x1, y, parent;
};

struct subtract {
    int width, height, history;
    int64_t frames;
    struct mode *mode; /* MODES a pixel */
    uint8_t *mask, *scratch;
    struct run *run;
    struct region *region;
};

struct subtract *subtract_new(int width, int height, int history) {
    struct subtract *s = calloc(1, sizeof *s);
    size_t pixels = (size_t)width * (size_t)height;
    if (!s)
        return NULL;
    *s = (struct subtract){
        .width = width,
        .height = height,
        .history = history,
        .mode = calloc(pixels, MODES * sizeof *s->mode),
        .mask = calloc(pixels, 1),
        .scratch = calloc(pixels, 1),
        .run = malloc((pixels / 2 + 1) * sizeof *s->run),
        .region = malloc((pixels / 2 + 1) * sizeof *s->region),
    };
    if (s->mode && s->mask && s->scratch && s->run && s->region)
        return s;
    subtract_free(s);
    return NULL;
}

void subtract_free(struct subtract *s) {
    if (!s)
        return;
    free(s->mode);
    free(s->mask);
    free(s->scratch);
    free(s->run);
    free(s->region);
    free(s);
}

/* ---- pixels -------------------------------------------------------------- */

static float distance(const struct mode *m, const float *v) {
    float d0 = v[0] - m->mean[0], d1 = v[1] - m->mean[1], d2 = v[2] - m->mean[2];
    return d0 * d0 + d1 * d1 + d2 * d2;
}

static bool is_shadow(const struct mode *m, const float *v) {
    float ratio = (v[0] - 16) / (m->mean[0] > 17 ? m->mean[0] - 16 : 1);
    float du = v[1] - m->mean[1], dv = v[2] - m->mean[2];
    return ratio >= shadow_darkest && ratio < 1 &&
           du * du + dv * dv < shadow_colour * shadow_colour;
}

/* A mode of greater weight moves up. */
static void rise(struct mode *mode, int i) {
    for (; i > 0 && mode[i].weight > mode[i - 1].weight; i--) {
        struct mode swap = mode[i];
        mode[i] = mode[i - 1];
        mode[i - 1] = swap;
    }
}

/* Is it background? Judged by the modes as they were, which then learn. */
static bool background(struct mode *mode, const float *v, float alpha) {
    float before = 0, sum = 0;
    bool found = false, still = false;
    for (int i = 0; i < MODES && mode[i].weight > 0; i++) {
        struct mode *m = &mode[i];
        float d = distance(m, v);
        if (before < background_share && !still)
            still = d < near_background * m->variance || is_shadow(m, v);
        before += m->weight;
        m->weight -= alpha * (m->weight + complexity);
        if (!found && d < near_mode * m->variance) {
            found = true;
            m->weight += alpha;
            float k = alpha / m->weight;
            for (int c = 0; c < 3; c++)
                m->mean[c] += k * (v[c] - m->mean[c]);
            m->variance += k * (d - m->variance);
            m->variance = m->variance < variance_min   ? variance_min
                          : m->variance > variance_max ? variance_max
                                                       : m->variance;
        }
        if (m->weight < 0)
            m->weight = 0;
    }
    int last = 0;
    while (last < MODES - 1 && mode[last].weight > 0)
        last++;
    if (!found)
        mode[last] = (struct mode){alpha, variance_first, {v[0], v[1], v[2]}};
    for (int i = 1; i < MODES; i++)
        rise(mode, i);
    for (int i = 0; i < MODES; i++)
        sum += mode[i].weight;
    for (int i = 0; i < MODES; i++)
        mode[i].weight /= sum;
    return still;
}

static void mark_foreground(struct subtract *s, const struct weir_image *image) {
    const float alpha = 1.0f / (float)(s->frames < s->history ? s->frames + 1 : s->history);
    for (int y = 0; y < s->height; y++) {
        const uint8_t *luma = image->plane[0] + y * image->stride[0];
        const uint8_t *u = image->plane[1] + y / 2 * image->stride[1];
        const uint8_t *v = image->plane[2] + y / 2 * image->stride[2];
        for (int x = 0; x < s->width; x++) {
            const float value[3] = {luma[x], u[x / 2], v[x / 2]};
            size_t at = (size_t)y * (size_t)s->width + (size_t)x;
            s->mask[at] = !background(&s->mode[at * MODES], value, alpha);
        }
    }
    s->frames++;
}

/* ---- regions ------------------------------------------------------------- */

/* Each pixel becomes the least (grow: the greatest) of those up to r beside it along a
 * step; rows, then columns, give a square. Outside is background. */
static void along(const uint8_t *from, uint8_t *to, int len, int lines, int step, int line_step,
                  int r, bool grow) {
    for (int l = 0; l < lines; l++) {
        const uint8_t *in = from + (ptrdiff_t)l * line_step;
        int count = 0;
        for (int i = 0; i < r && i < len; i++)
            count += in[(ptrdiff_t)i * step];
        for (int i = 0; i < len; i++) {
            if (i + r < len)
                count += in[(ptrdiff_t)(i + r) * step];
            if (i - r - 1 >= 0)
                count -= in[(ptrdiff_t)(i - r - 1) * step];
            to[(ptrdiff_t)l * line_step + (ptrdiff_t)i * step] = grow ? count > 0 : count > 2 * r;
        }
    }
}

static void square(struct subtract *s, int rx, int ry, bool grow) {
    along(s->mask, s->scratch, s->width, s->height, 1, s->width, rx, grow);
    along(s->scratch, s->mask, s->height, s->width, s->width, 1, ry, grow);
}

static int root(struct run *run, int i) {
    while (run[i].parent != i)
        i = run[i].parent = run[run[i].parent].parent;
    return i;
}

static int find_runs(struct subtract *s) {
    int len = 0, above = 0, above_end = 0;
    for (int y = 0; y < s->height; y++) {
        const uint8_t *row = s->mask + (size_t)y * (size_t)s->width;
        const int begin = len;
        for (int x = 0; x < s->width; x++) {
            if (!row[x])
                continue;
            int x0 = x;
            while (x < s->width && row[x])
                x++;
            s->run[len] = (struct run){x0, x, y, len};
            for (int a = above; a < above_end; a++)
                if (s->run[a].x0 <= x && s->run[a].x1 >= x0)
                    s->run[root(s->run, a)].parent = root(s->run, len);
            len++;
        }
        above = begin;
        above_end = len;
    }
    return len;
}

static size_t find_regions(struct subtract *s, int min_area) {
    int runs = find_runs(s);
    size_t len = 0;
    for (int i = 0; i < runs; i++) /* a root comes after all of its runs or before: two passes */
        s->region[i] = (struct region){s->width, s->height, 0, 0, 0};
    for (int i = 0; i < runs; i++) {
        const struct run *r = &s->run[i];
        struct region *g = &s->region[root(s->run, i)];
        g->x0 = r->x0 < g->x0 ? r->x0 : g->x0;
        g->y0 = r->y < g->y0 ? r->y : g->y0;
        g->x1 = r->x1 > g->x1 ? r->x1 : g->x1;
        g->y1 = r->y + 1 > g->y1 ? r->y + 1 : g->y1;
        g->area += r->x1 - r->x0;
    }
    for (int i = 0; i < runs; i++)
        if (s->region[i].area >= min_area)
            s->region[len++] = s->region[i];
    return len;
}

size_t subtract_next(struct subtract *s, const struct weir_image *image, int min_area,
                     const struct region **ret_regions) {
    mark_foreground(s, image);
    square(s, 1, 1, false); /* specks go */
    square(s, 1, 1, true);
    square(s, 2, 4, true); /* parts of a body meet, above one another rather than beside */
    square(s, 2, 4, false);
    *ret_regions = s->region;
    return find_regions(s, min_area);
}
