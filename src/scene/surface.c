/*
 * Ground textures. A material is a function of a place in metres and of what a
 * pixel covers there; the table at the bottom names them. Large mottling keeps
 * distant ground alive, fine grain shows only near the camera.
 */
#include "surface.h"

static double coarser(const struct scene_place *at) {
    return at->fa > at->fb ? at->fa : at->fb;
}

static struct rgb grey(double v, double warm) {
    return rgb(v * (1 + warm), v, v * (1 - warm));
}

/* Half of tar-and-stone: what asphalt of every colour has in common. */
static double tarmac(const struct scene_place *at) {
    double v = 0.05 * scene_speckle(at, 11, 5, 1) + 0.028 * scene_speckle(at, 1.7, 0.9, 2);
    v += 0.03 * scene_speckle(at, 0.2, 0.2, 3) + 0.15 * scene_grain(at, 0.026, 4);
    return v;
}

/* Thin dark lines where noise crosses its middle, in some regions only. */
static double cracks(const struct scene_place *at) {
    double fade = scene_fade(0.12, coarser(at));
    if (fade <= 0)
        return 0;
    double where = scene_noise(at->a / 9, at->b / 7, at->seed + 20);
    if (where < 0.6)
        return 0;
    double n = 0.65 * scene_noise(at->a / 2.1, at->b / 1.7, at->seed + 21) +
               0.35 * scene_noise(at->a / 0.37, at->b / 0.37, at->seed + 22);
    return fade * clamp01((where - 0.6) * 8) * clamp01(1 - fabs(n - 0.5) / 0.008);
}

/* Repairs, one in a cell of some metres: darker rectangles with a sealed seam. */
static double repairs(const struct scene_place *at) {
    double cell_a = 13, cell_b = 3.4;
    int i = scene_floor(at->a / cell_a), j = scene_floor(at->b / cell_b);
    if (scene_cell_unit(i, j, at->seed, 30) > 0.2)
        return 0;
    double x = at->a - i * cell_a, y = at->b - j * cell_b;
    double x0 = 1 + 4 * scene_cell_unit(i, j, at->seed, 31), y0 = 0.3;
    double x1 = x0 + 1 + 6 * scene_cell_unit(i, j, at->seed, 32);
    double y1 = 1 + 2 * scene_cell_unit(i, j, at->seed, 33);
    double inside = scene_band(x, x0, x1, at->fa) * scene_band(y, y0, y1, at->fb);
    double core =
        scene_band(x, x0 + 0.06, x1 - 0.06, at->fa) * scene_band(y, y0 + 0.06, y1 - 0.06, at->fb);
    return 0.1 * inside - 0.06 * core;
}

/* Manhole covers: cast iron with a ring; 0 where there is none. */
static double manhole(const struct scene_place *at, double *ret_tone) {
    double cell = 19;
    int i = scene_floor(at->a / cell), j = scene_floor(at->b / 7);
    if (scene_cell_unit(i, j, at->seed, 40) > 0.45)
        return 0;
    double x = at->a - (i + 0.3 + 0.4 * scene_cell_unit(i, j, at->seed, 41)) * cell;
    double y = at->b - (j + 0.3 + 0.4 * scene_cell_unit(i, j, at->seed, 42)) * 7;
    double r2 = x * x + y * y, f = coarser(at);
    if (r2 > 0.25 + f * f)
        return 0;
    double r = sqrt(r2), knobs = scene_stripes(at->a, 0.1, 0.05, at->fa) *
                                 scene_stripes(at->b, 0.1, 0.05, at->fb);
    *ret_tone = 0.24 + 0.12 * knobs - 0.1 * scene_band(r, 0.3, 0.35, at->fb);
    return scene_band(r, -1, 0.36, f);
}

static struct rgb asphalt(const struct scene_place *at, double half_width_m) {
    double v = 0.445 + 0.05 * (scene_cell_unit(0, 0, at->seed, 5) - 0.5) + tarmac(at);
    if (half_width_m > 2.2) {
        double lanes = floor(2 * half_width_m / 3.3 + 0.5);
        double lane = 2 * half_width_m / lanes;
        double n = (at->b + half_width_m) / lane, off = (n - floor(n) - 0.5) * lane;
        double wheel = (fabs(off) - 0.8) / 0.32, oil = off / 0.4;
        double live = (0.6 + scene_speckle(at, 17, 4, 6)) * scene_fade(1.2, at->fb);
        v += live * 0.04 / ((1 + wheel * wheel) * (1 + wheel * wheel));
        v -= live * 0.045 / ((1 + oil * oil) * (1 + oil * oil));
        double iron = 0, cover = scene_fade(0.9, coarser(at)) > 0 ? manhole(at, &iron) : 0;
        v += (iron - v) * cover;
    }
    v -= repairs(at) + 0.15 * cracks(at);
    return rgb(v * 0.985, v, v * 1.025);
}

static struct rgb cycleway(const struct scene_place *at, double half_width_m) {
    double v = 1 + 1.6 * tarmac(at) - 0.4 * cracks(at);
    return rgb(0.52 * v, 0.31 * v, 0.27 * v);
}

/* A tiling: slabs of a x b metres with joints, each row shifted by `shift` slabs. */
struct tiling {
    double a, b, joint, shift;
    double tint; /* how much slabs differ */
    struct rgb rgb;
};

static struct rgb tiled(const struct tiling *t, const struct scene_place *at) {
    int row = scene_floor(at->b / t->b);
    double shift = (row & 1) * t->shift * t->a;
    int col = scene_floor((at->a + shift) / t->a);
    double fade = scene_fade(t->a * 1.3, at->fa) * scene_fade(t->b * 1.3, at->fb);
    double v = 1;
    if (fade > 0)
        v += fade * t->tint * (scene_cell_unit(col, row, at->seed, 50) - 0.5);
    double gap_a = scene_stripes(at->a + shift, t->a, t->joint, at->fa);
    double gap_b = scene_stripes(at->b, t->b, t->joint, at->fb);
    v *= 1 - 0.42 * (1 - (1 - gap_a) * (1 - gap_b));
    v += 0.12 * scene_speckle(at, 6, 4, 51) + 0.08 * scene_speckle(at, 0.8, 0.8, 52);
    v += 0.12 * scene_grain(at, 0.03, 53);
    return rgb_scale(t->rgb, v);
}

static const struct tiling slab_kinds[] = {
    {0.5, 0.5, 0.012, 0, 0.10, {0.62, 0.61, 0.58}},
    {0.75, 0.5, 0.012, 0.5, 0.12, {0.64, 0.60, 0.54}},
    {0.4, 0.4, 0.010, 0.5, 0.13, {0.57, 0.57, 0.56}},
    {0.22, 0.11, 0.008, 0.5, 0.24, {0.60, 0.47, 0.41}},
    {0.9, 0.6, 0.014, 0.33, 0.09, {0.66, 0.64, 0.59}},
};

static struct rgb paving(const struct scene_place *at, double half_width_m) {
    unsigned n = sizeof slab_kinds / sizeof *slab_kinds;
    struct rgb c = tiled(&slab_kinds[scene_cell(7, 7, at->seed) % n], at);
    /* Trodden gum, one spot in some cells. */
    double fade = scene_fade(0.07, coarser(at));
    if (fade > 0) {
        int i = scene_floor(at->a / 0.45), j = scene_floor(at->b / 0.45);
        double x = at->a / 0.45 - i - 0.2 - 0.6 * scene_cell_unit(i, j, at->seed, 55);
        double y = at->b / 0.45 - j - 0.2 - 0.6 * scene_cell_unit(i, j, at->seed, 56);
        if (scene_cell_unit(i, j, at->seed, 57) < 0.25 && x * x + y * y < 0.0035)
            c = rgb_scale(c, 1 - 0.25 * fade);
    }
    return c;
}

static struct rgb concrete(const struct scene_place *at, double half_width_m) {
    static const struct tiling slabs = {4, 4, 0.02, 0, 0.08, {0.63, 0.62, 0.59}};
    struct rgb c = tiled(&slabs, at);
    double stain = scene_speckle(at, 2.5, 2.5, 60);
    return rgb_scale(c, 1 - 0.18 * clamp01(stain) - 0.1 * cracks(at));
}

/* Setts in wavy rows, each a little domed. */
static struct rgb cobbles(const struct scene_place *at, double half_width_m) {
    double size = 0.14, a = at->a, b = at->b + 0.02 * sin(at->a * 1.1 + (double)(at->seed & 7));
    int row = scene_floor(b / size);
    a += (row & 1) * size * 0.5 + size * 0.3 * scene_cell_unit(row, 0, at->seed, 70);
    int col = scene_floor(a / size);
    double v = 0.51 + 0.09 * scene_speckle(at, 7, 5, 71) + 0.07 * scene_speckle(at, 1.2, 1.2, 72);
    double fade = scene_fade(size * 1.4, at->fa) * scene_fade(size * 1.4, at->fb), warm = 0.02;
    if (fade > 0) {
        double x = a / size - col - 0.5, y = b / size - row - 0.5;
        double dome = 1 - 2.6 * (x * x * x * x + y * y * y * y) * 4;
        double tint = scene_cell_unit(col, row, at->seed, 73) - 0.5;
        v += fade * (0.12 * tint + 0.11 * (dome > -1 ? dome : -1) - 0.06 - 0.05 * y);
        warm += fade * 0.045 * (scene_cell_unit(col, row, at->seed, 74) - 0.4);
        v += 0.08 * scene_speckle(at, 0.02, 0.02, 75);
    }
    return grey(v, warm);
}

static struct rgb gravel(const struct scene_place *at, double half_width_m) {
    double v = 0.55 + 0.1 * scene_speckle(at, 5, 5, 80) + 0.09 * scene_speckle(at, 0.9, 0.9, 81);
    v += 0.15 * scene_speckle(at, 0.05, 0.05, 82) + 0.35 * scene_grain(at, 0.024, 83);
    return grey(v, 0.07);
}

static struct rgb grass(const struct scene_place *at, double half_width_m) {
    double dry = 0.45 + 0.5 * scene_speckle(at, 14, 14, 90) + 0.5 * scene_speckle(at, 2.6, 2.6, 91);
    double v = 1 + 0.3 * scene_speckle(at, 5.5, 5.5, 92) + 0.25 * scene_speckle(at, 0.7, 0.7, 93);
    v += 0.25 * scene_speckle(at, 0.16, 0.16, 94) + 0.6 * scene_grain(at, 0.03, 95);
    struct rgb c = rgb_mix(rgb(0.25, 0.345, 0.15), rgb(0.42, 0.43, 0.22), clamp01(dry));
    c = rgb_scale(c, v);
    double bare = scene_speckle(at, 4, 3, 96) + 0.5 * scene_speckle(at, 0.6, 0.6, 97);
    if (bare > 0.4)
        c = rgb_mix(c, rgb(0.40, 0.34, 0.25), clamp01((bare - 0.4) * 5));
    double fade = scene_fade(0.2, coarser(at));
    if (fade > 0 && scene_noise(at->a / 3, at->b / 3, at->seed + 98) > 0.6) {
        int i = scene_floor(at->a / 0.3), j = scene_floor(at->b / 0.3);
        double x = at->a / 0.3 - i - 0.2 - 0.6 * scene_cell_unit(i, j, at->seed, 99);
        double y = at->b / 0.3 - j - 0.2 - 0.6 * scene_cell_unit(i, j, at->seed, 100);
        uint32_t h = scene_cell(i, j, at->seed + 101);
        if (h % 4 == 0 && x * x + y * y < 0.006)
            c = rgb_mix(c, h & 64 ? rgb(0.9, 0.9, 0.85) : rgb(0.9, 0.78, 0.25), fade);
    }
    return c;
}

typedef struct rgb surface_fn(const struct scene_place *at, double half_width_m);

static surface_fn *const surfaces[SCENE_GROUNDS] = {
    [SCENE_GRASS] = grass,       [SCENE_ASPHALT] = asphalt,   [SCENE_PAVING] = paving,
    [SCENE_COBBLES] = cobbles,   [SCENE_CONCRETE] = concrete, [SCENE_GRAVEL] = gravel,
    [SCENE_CYCLEWAY] = cycleway,
};

struct rgb scene_surface_at(enum scene_ground ground, const struct scene_place *at,
                            double half_width_m) {
    return surfaces[ground](at, half_width_m);
}

double scene_patch_cover(const struct scene_patch *patch, const struct scene_place *at) {
    double ragged = 0;
    /* Lawns and gravel have no straight border unless a kerb holds them. */
    if ((patch->ground == SCENE_GRASS || patch->ground == SCENE_GRAVEL) && patch->kerb_m <= 0)
        ragged = 0.09 * scene_speckle(at, 0.5, 0.5, 110) + 0.1 * scene_speckle(at, 0.06, 0.06, 111);
    double h = patch->half_width_m + ragged;
    return scene_band(at->a, -ragged, patch->length_m + ragged, at->fa) *
           scene_band(at->b, -h, h, at->fb);
}

struct rgb scene_patch_at(const struct scene_patch *patch, const struct scene_place *at) {
    struct rgb c = surfaces[patch->ground](at, patch->half_width_m);
    if (patch->kerb_m <= 0)
        return c;
    double h = patch->half_width_m, k = patch->kerb_m, side = fabs(at->b);
    double kerb = scene_band(side, h - k, h + 1, at->fb);
    /* The gutter collects dirt beside the stone. */
    double gutter = scene_band(side, h - k - 0.3, h - k, at->fb);
    c = rgb_scale(c, 1 - 0.16 * gutter);
    if (kerb <= 0)
        return c;
    double v =
        0.66 + 0.1 * scene_speckle(at, 0.9, 0.3, 120) + 0.08 * scene_speckle(at, 0.03, 0.03, 121);
    v *= 1 - 0.5 * scene_stripes(at->a, 1, 0.015, at->fa);
    v *= 1 - 0.35 * scene_band(side, h - k, h - k + 0.03, at->fb);
    return rgb_mix(c, grey(v, 0.012), kerb);
}

/* Distance of (a, b) from the segment p–q. */
static double segment(double a, double b, double pa, double pb, double qa, double qb) {
    double da = qa - pa, db = qb - pb;
    double t = clamp01(((a - pa) * da + (b - pb) * db) / (da * da + db * db));
    return hypot(a - pa - t * da, b - pb - t * db);
}

/* A bicycle as painted on roads, upright along a, about 1.9 m long. */
static double cycle_symbol(double a, double b, double f) {
    static const double frame[][4] = {
        {-0.3, -0.38, 0.2, -0.15}, {0.2, -0.15, 0.2, 0.24},  {-0.3, 0.0, 0.2, 0.24},
        {-0.3, 0.0, 0.2, -0.15},   {-0.3, -0.38, -0.3, 0.0}, {-0.3, 0.38, 0.36, 0.22},
        {0.36, 0.22, 0.36, 0.1},   {0.2, -0.15, 0.32, -0.2}, {0.32, -0.28, 0.32, -0.1},
    };
    a /= 1.7;
    if (fabs(a) > 0.8 || fabs(b) > 0.8)
        return 0;
    double d = fabs(hypot(a + 0.3, b + 0.38) - 0.24), w = 0.035;
    double other = fabs(hypot(a + 0.3, b - 0.38) - 0.24);
    d = d < other ? d : other;
    for (size_t i = 0; i < sizeof frame / sizeof *frame; i++) {
        double s = segment(a, b, frame[i][0], frame[i][1], frame[i][2], frame[i][3]);
        d = d < s ? d : s;
    }
    return clamp01((w - d) / f + 0.5);
}

static double arrow_symbol(double a, double b, double fa, double fb) {
    double shaft = scene_band(a, -1.8, 0.4, fa) * scene_band(b, -0.08, 0.08, fb);
    double half = a > 0.4 && a < 1.8 ? 0.5 * (1.8 - a) / 1.4 : 0;
    double head = half > 0 ? scene_band(b, -half, half, fb) : 0;
    return shaft > head ? shaft : head;
}

static double mark_line(const struct scene_place *at) {
    return 1;
}
static double mark_dashes(const struct scene_place *at) {
    return scene_stripes(at->a, 6, 3, at->fa);
}
static double mark_zebra(const struct scene_place *at) {
    return scene_stripes(at->a, 1, 0.5, at->fa);
}
static double mark_bays(const struct scene_place *at) {
    return scene_stripes(at->a + 0.06, 2.5, 0.12, at->fa);
}
static double mark_cycle(const struct scene_place *at) {
    return cycle_symbol(at->a - 15 * floor(at->a / 15) - 7.5, at->b, coarser(at));
}
static double mark_arrow(const struct scene_place *at) {
    return arrow_symbol(at->a - 20 * floor(at->a / 20) - 10, at->b, at->fa, at->fb);
}

typedef double mark_fn(const struct scene_place *at);

static mark_fn *const marks[] = {
    [SCENE_MARK_LINE] = mark_line,   [SCENE_MARK_DASHES] = mark_dashes,
    [SCENE_MARK_ZEBRA] = mark_zebra, [SCENE_MARK_BAYS] = mark_bays,
    [SCENE_MARK_CYCLE] = mark_cycle, [SCENE_MARK_ARROW] = mark_arrow,
};

double scene_marking_cover(const struct scene_marking *m, const struct scene_place *at) {
    double cover = scene_band(at->a, 0, m->length_m, at->fa) *
                   scene_band(at->b, -m->half_width_m, m->half_width_m, at->fb);
    if (cover <= 0)
        return 0;
    cover *= marks[m->kind](at);
    double wear = scene_speckle(at, 2.2, 1.1, 130) + 0.9 * scene_speckle(at, 0.13, 0.13, 131) +
                  0.5 * scene_speckle(at, 0.03, 0.03, 132);
    return cover * clamp01(0.86 - 0.9 * (wear > 0 ? wear : 0));
}
