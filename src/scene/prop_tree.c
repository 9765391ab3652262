/*
 * Broad-leaved trees. A trunk divides into boughs, one per lobe of the crown; a
 * lobe is a ball of leaf clumps. The outline of the crown, the lobes' number and
 * size, colours and bark are a species' row. The scene has a season and a favourite
 * species (streets are planted with one kind), so an avenue looks like one.
 */
#include "prop.h"

enum season { SUMMER, SPRING, AUTUMN, WINTER, SEASONS };

#define KNOTS 5
#define BARE_DEPTH 6

static const struct species {
    double half_width; /* of the crown, over the tree's height */
    double base; /* where the crown begins, likewise */
    double outline[KNOTS]; /* its width from bottom to top, over half_width */
    int lobes;
    double lobe; /* radius over half_width */
    double trunk; /* radius over the tree's height */
    struct rgb bark;
    struct rgb leaf[SEASONS]; /* none in winter */
    bool weeping;
} table[] = {
    {0.31,
     0.27,
     {0.55, 0.95, 1.0, 0.82, 0.35},
     15,
     0.40,
     0.020,
     {0.33, 0.27, 0.22},
     {{0.24, 0.38, 0.13}, {0.40, 0.55, 0.20}, {0.72, 0.50, 0.12}, {0}},
     false}, /* linden */
    {0.41,
     0.25,
     {0.60, 1.0, 1.0, 0.75, 0.40},
     18,
     0.36,
     0.027,
     {0.30, 0.26, 0.22},
     {{0.21, 0.33, 0.12}, {0.36, 0.50, 0.20}, {0.55, 0.34, 0.13}, {0}},
     false}, /* oak */
    {0.35,
     0.28,
     {0.65, 1.0, 0.95, 0.75, 0.35},
     15,
     0.39,
     0.022,
     {0.37, 0.32, 0.28},
     {{0.27, 0.40, 0.14}, {0.42, 0.54, 0.18}, {0.80, 0.36, 0.10}, {0}},
     false}, /* maple */
    {0.12,
     0.10,
     {0.60, 1.0, 1.0, 0.75, 0.15},
     14,
     0.72,
     0.015,
     {0.40, 0.38, 0.33},
     {{0.25, 0.39, 0.17}, {0.38, 0.54, 0.24}, {0.80, 0.66, 0.16}, {0}},
     false}, /* poplar */
    {0.23,
     0.22,
     {0.60, 0.95, 0.95, 0.70, 0.25},
     15,
     0.42,
     0.013,
     {0.80, 0.79, 0.75},
     {{0.34, 0.47, 0.18}, {0.48, 0.60, 0.25}, {0.84, 0.70, 0.18}, {0}},
     false}, /* birch */
    {0.40,
     0.42,
     {0.80, 1.0, 0.95, 0.70, 0.35},
     13,
     0.34,
     0.026,
     {0.35, 0.30, 0.25},
     {{0.36, 0.46, 0.17}, {0.48, 0.57, 0.22}, {0.70, 0.62, 0.20}, {0}},
     true}, /* willow */
    {0.37,
     0.30,
     {0.60, 1.0, 0.95, 0.75, 0.40},
     13,
     0.42,
     0.020,
     {0.30, 0.22, 0.20},
     {{0.26, 0.37, 0.15}, {0.90, 0.66, 0.74}, {0.66, 0.27, 0.14}, {0}},
     false}, /* cherry */
    {0.30,
     0.26,
     {0.65, 1.0, 0.95, 0.75, 0.40},
     13,
     0.44,
     0.019,
     {0.28, 0.22, 0.20},
     {{0.30, 0.13, 0.15}, {0.45, 0.18, 0.22}, {0.48, 0.14, 0.14}, {0}},
     false}, /* plum */
};
enum { SPECIES = sizeof table / sizeof *table, ORDINARY = 5 };

/* Share of the seasons, and how many trees stand bare in each. */
static const struct {
    double share, bare;
} seasons[SEASONS] = {{0.56, 0.01}, {0.16, 0.04}, {0.20, 0.08}, {0.08, 0.85}};

static enum season season_of(const struct scene_pen *pen) {
    double at = (double)(pen->place >> 11) * 0x1p-53;
    int s = 0;
    for (; s < WINTER && at >= seasons[s].share; s++)
        at -= seasons[s].share;
    return (enum season)s;
}

static double outline_at(const struct species *s, double t) {
    double at = clamp01(t) * (KNOTS - 1);
    int i = at >= KNOTS - 1 ? KNOTS - 2 : (int)at;
    return s->outline[i] + (at - i) * (s->outline[i + 1] - s->outline[i]);
}

/* A bough from a to b, bent upwards on its way. */
static void bough(struct scene_pen *pen, struct vec3 a, struct vec3 b, double radius,
                  struct rgb bark) {
    struct vec3 bend = vec3_mix(a, b, 0.55);
    bend.z += 0.10 * (b.z - a.z);
    scene_pen_bar(pen, a, radius, bend, 0.6 * radius, bark);
    scene_pen_bar(pen, bend, 0.6 * radius, b, 0.18 * radius, bark);
}

/* The dark marks of a birch, roots' feet of the others. */
static void bark_marks(struct scene_pen *pen, const struct species *s, double radius, double top) {
    if (s->bark.r < 0.6) {
        for (int i = 0; i < 4; i++) {
            double t = scene_pen_in(pen, 0, 2 * M_PI), reach = radius * 1.7;
            scene_pen_bar(pen, scene_pen_at(pen, reach * cos(t), reach * sin(t), 0), radius * 0.25,
                          scene_pen_at(pen, 0, 0, radius * 2.5), radius * 0.7, s->bark);
        }
        return;
    }
    struct vec3 d = vec3_sub(pen->view, pen->pose.at);
    double flat = hypot(d.x, d.y) + 1e-9;
    struct vec3 across = vec3(-d.y / flat, d.x / flat, 0),
                front = vec3(d.x / flat * radius * 1.1, d.y / flat * radius * 1.1, 0);
    for (int i = 0; i < 16; i++) {
        struct vec3 m = vec3_add(pen->pose.at, front);
        m.z = scene_pen_in(pen, 0.1, top);
        double side = scene_pen_in(pen, -0.6, 0.4) * radius;
        struct vec3 a = vec3_add(m, vec3_scale(across, side));
        scene_pen_wire(pen, a, vec3_add(a, vec3_scale(across, 0.5 * radius)), 0.03,
                       rgb(0.16, 0.15, 0.14));
    }
}

/* A bare branch and all that grows out of it; kept within the crown's box. */
static void grow(struct scene_pen *pen, struct vec3 a, struct vec3 dir, double length,
                 double radius, int depth, double reach, struct rgb bark) {
    struct vec3 b = vec3_add(a, vec3_scale(dir, length));
    double dx = b.x - pen->pose.at.x, dy = b.y - pen->pose.at.y, flat = hypot(dx, dy);
    if (flat > reach) {
        b.x = pen->pose.at.x + dx * reach / flat;
        b.y = pen->pose.at.y + dy * reach / flat;
    }
    b.z = fmin(b.z, pen->height_m - 0.05);
    if (radius * pen->brush->px_per_m > 0.5)
        scene_pen_bar(pen, a, radius, b, 0.66 * radius, bark);
    else
        scene_pen_wire(pen, a, b, 1.6 * radius, bark);
    if (depth == 0)
        return;
    int twigs = depth > 3 ? 3 : 2 + (depth > 1 && scene_pen_chance(pen, 0.25));
    double turn = scene_pen_in(pen, 0, 2 * M_PI);
    for (int i = 0; i < twigs; i++) {
        double t = turn + 2 * M_PI * i / twigs + scene_pen_in(pen, -0.5, 0.5);
        double spread = scene_pen_in(pen, 0.35, 0.8) * fmin(reach / (0.3 * pen->height_m), 1);
        struct vec3 d = vec3_add(dir, vec3(spread * cos(t), spread * sin(t), 0.12));
        grow(pen, b, vec3_unit(d), length * scene_pen_in(pen, 0.62, 0.86), 0.6 * radius, depth - 1,
             reach, bark);
    }
}

/* A curtain of thin hanging twigs around the crown of a willow. */
static void weep(struct scene_pen *pen, struct scene_foliage *foliage, const struct species *s,
                 struct rgb leaf) {
    double h = pen->height_m, wide = s->half_width * h;
    for (int i = 0; i < 96; i++) {
        double t = scene_pen_in(pen, 0, 2 * M_PI), out = wide * sqrt(scene_pen_in(pen, 0.4, 0.95));
        double top = h * scene_pen_in(pen, 0.55, 0.75) - 0.15 * out,
               low = h * scene_pen_in(pen, 0.13, 0.34), step = 0.05 * h;
        struct rgb own = scene_pen_vary(pen, leaf, 0.14);
        struct vec3 normal = vec3_unit(vec3(cos(t), sin(t), 0.35));
        for (double z = top; z > low; z -= step) {
            double drift = out + 0.02 * h * (top - z) / h;
            struct vec3 at =
                vec3(pen->pose.at.x + drift * cos(t), pen->pose.at.y + drift * sin(t), z);
            scene_leaf_add(pen, foliage, at, normal, 0.019 * h, 2.3, 0.8 - 0.8 * out / wide, own);
        }
    }
}

static void crown(struct scene_pen *pen, const struct species *s, struct rgb leaf,
                  struct rgb bark) {
    double h = pen->height_m, wide = s->half_width * h * scene_pen_in(pen, 0.9, 1.05);
    double low = s->base * h, tall = h - low, radius = s->trunk * h;
    struct scene_foliage foliage = {.low = vec3(-0.455 * h, -0.455 * h, 0.04 * h),
                                    .high = vec3(0.455 * h, 0.455 * h, h)};
    struct vec3 middle = scene_pen_at(pen, 0, 0, low + 0.42 * tall);
    double turn = scene_pen_in(pen, 0, 2 * M_PI), clump = fmin(fmax(0.036 * h, 0.15), 0.40);
    if (s->half_width < 0.2)
        clump *= 0.8;
    double left = scene_pen_in(pen, -0.02, 0.02) * h, ahead = scene_pen_in(pen, -0.02, 0.02) * h;
    struct vec3 fork = scene_pen_at(pen, ahead, left, low + 0.12 * tall);
    for (int i = 0; i < s->lobes; i++) {
        double t = (i + 0.5) / s->lobes + scene_pen_in(pen, -0.03, 0.03);
        double lobe = s->lobe * wide * scene_pen_in(pen, 0.8, 1.2) * (i + 1 == s->lobes ? 0.8 : 1);
        double z = low + lobe * 0.6 + t * (tall - 1.5 * lobe);
        double edge = outline_at(s, t) * wide - 0.85 * lobe;
        double out = fmax(edge, 0) * (i % 4 == 3 ? 0.35 : scene_pen_in(pen, 0.8, 1));
        double a = turn + 2.399963 * i; /* the golden angle: no two above each other */
        struct vec3 c = scene_pen_at(pen, out * cos(a), out * sin(a), z);
        int n = (int)fmin(9 + 5.2 * lobe * lobe / (clump * clump),
                          (s->weeping ? 300.0 : 600.0) / s->lobes);
        scene_leaf_lobe(pen, &foliage, c, lobe, middle, n, clump, leaf);
        bough(pen, fork, c, radius * scene_pen_in(pen, 0.35, 0.6), bark);
    }
    scene_pen_bar(pen, pen->pose.at, 1.25 * radius, fork, 0.8 * radius, bark);
    bark_marks(pen, s, radius, low);
    if (s->weeping)
        weep(pen, &foliage, s, leaf);
    scene_leaf_sort(&foliage);
    double trunk_m = scene_pen_far(pen, middle);
    scene_leaf_draw(pen, &foliage, 1e9, trunk_m + 0.25 * wide);
    scene_pen_flush(pen);
    scene_leaf_draw(pen, &foliage, trunk_m + 0.25 * wide, 0);
}

void scene_make_tree(struct scene_pen *pen) {
    enum season season = season_of(pen);
    int favourite = (int)(weir_hash64(pen->place) % SPECIES);
    int kind = scene_pen_chance(pen, 0.65)   ? favourite
               : scene_pen_chance(pen, 0.75) ? weir_random_below(&pen->random, ORDINARY)
                                             : weir_random_below(&pen->random, SPECIES);
    const struct species *s = &table[kind];
    double h = pen->height_m;
    struct rgb bark = scene_pen_vary(pen, s->bark, 0.12);
    if (scene_pen_chance(pen, seasons[season].bare)) {
        double radius = s->trunk * h, length = h * scene_pen_in(pen, 0.25, 0.3);
        double y = scene_pen_in(pen, -0.05, 0.05), x = scene_pen_in(pen, -0.05, 0.05);
        struct vec3 lean = vec3(x, y, 1);
        scene_pen_bar(pen, pen->pose.at, 1.35 * radius, scene_pen_at(pen, 0, 0, 0.1 * h), radius,
                      bark);
        bark_marks(pen, s, radius, length);
        grow(pen, pen->pose.at, vec3_unit(lean), length, radius, BARE_DEPTH,
             fmax(s->half_width, 0.18) * h, bark);
        return;
    }
    struct rgb leaf = s->leaf[season == WINTER ? SUMMER : season];
    if (season == AUTUMN) /* some turn later than others */
        leaf = rgb_mix(leaf, s->leaf[SUMMER], scene_pen_in(pen, 0, 0.6));
    leaf = scene_pen_vary(pen, rgb_scale(leaf, 1.22), 0.12);
    leaf.r *= scene_pen_in(pen, 0.9, 1.12);
    crown(pen, s, leaf, bark);
}
