/*
 * Façades. A wall is a grid of bays and storeys over a material; the material is
 * a table row, what fills a cell of the grid depends on the kind of building.
 * Everything is drawn flat: sills, balconies and cornices carry their own light
 * and shade.
 */
#include "facade.h"

#include "random.h"

static const struct rgb doors[] = {
    {0.30, 0.18, 0.10}, {0.12, 0.24, 0.18}, {0.40, 0.10, 0.10},
    {0.13, 0.18, 0.32}, {0.55, 0.52, 0.48}, {0.20, 0.20, 0.21},
};
static const struct rgb shutters[] = {
    {0.20, 0.32, 0.24},
    {0.28, 0.34, 0.42},
    {0.45, 0.20, 0.16},
    {0.72, 0.70, 0.66},
};
static const struct rgb roofs[] = {
    {0.50, 0.27, 0.20},
    {0.42, 0.22, 0.17},
    {0.30, 0.29, 0.31},
    {0.36, 0.30, 0.27},
};
static const struct rgb accents[] = {
    {0.78, 0.48, 0.20}, {0.30, 0.48, 0.62}, {0.42, 0.55, 0.32},
    {0.70, 0.26, 0.22}, {0.80, 0.72, 0.40},
};
#define PICK(table, r) table[weir_random_below(r, (int)(sizeof table / sizeof *table))]

/* What buildings of a kind have in common; shares of a bay and a storey. */
static const struct habit {
    double storey_lo, storey_hi, bay_lo, bay_hi, w_lo, w_hi, h_lo, h_hi;
    double balconies, shutters, bands, lit;
} habits[SCENE_FACADES] = {
    [SCENE_BRICK] = {2.9, 3.4, 2.4, 3.6, 0.36, 0.48, 0.50, 0.60, 0.15, 0.1, 0.5, 0.38},
    [SCENE_PLASTER] = {2.9, 3.5, 2.3, 3.5, 0.34, 0.46, 0.50, 0.62, 0.35, 0.45, 0.6, 0.38},
    [SCENE_STONE] = {3.3, 4.0, 2.6, 3.8, 0.36, 0.46, 0.56, 0.66, 0.25, 0.1, 0.9, 0.3},
    [SCENE_GLASS] = {3.3, 3.8, 1.3, 1.9, 0.93, 0.96, 0.72, 0.80, 0, 0, 0, 0.32},
    [SCENE_PANELS] = {2.7, 2.9, 2.9, 3.8, 0.48, 0.60, 0.46, 0.54, 0.85, 0, 0, 0.42},
    [SCENE_SHED] = {4.5, 6.0, 4.0, 6.0, 0.70, 0.85, 0.18, 0.24, 0, 0, 0, 0.15},
};

struct scene_front scene_facade_of(const struct scene_building *b, const struct scene_sky *sky) {
    struct weir_random r = weir_random_of(b->seed, SCENE_RANDOM_BACKDROP, 2);
    const struct habit *h = &habits[b->facade];
    struct scene_front f = {.building = b, .seed = (uint32_t)weir_random_bits(&r)};
    f.storey_m = weir_random_in(&r, h->storey_lo, h->storey_hi);
    f.ground_m =
        b->shops ? weir_random_in(&r, 3.8, 4.4) : f.storey_m + weir_random_in(&r, 0.2, 0.6);
    double floors = floor((b->height_m - f.ground_m - 0.4) / f.storey_m + 0.5);
    if (floors >= 1)
        f.storey_m = (b->height_m - f.ground_m - 0.5) / floors;
    f.bay_m = weir_random_in(&r, h->bay_lo, h->bay_hi);
    f.window_w = weir_random_in(&r, h->w_lo, h->w_hi);
    f.window_h = weir_random_in(&r, h->h_lo, h->h_hi);
    f.sill = b->facade == SCENE_GLASS ? 0.14 : b->facade == SCENE_SHED ? 0.62 : 0.27;
    f.balconies = weir_random_chance(&r, h->balconies);
    f.shutters = weir_random_chance(&r, h->shutters) && !f.balconies;
    f.bands = weir_random_chance(&r, h->bands);
    f.lintels = weir_random_chance(&r, 0.7);
    f.crossbars = weir_random_chance(&r, 0.5);
    f.wall = b->rgb;
    struct rgb pale = rgb(0.83, 0.81, 0.76);
    f.trim = rgb_mix(b->rgb, pale, b->facade == SCENE_PANELS ? 0.3 : 0.75);
    f.frame = weir_random_chance(&r, 0.7) ? rgb(0.85, 0.85, 0.83) : rgb(0.25, 0.22, 0.2);
    f.base = rgb_scale(rgb_mix(b->rgb, rgb(0.45, 0.44, 0.42), 0.7), 0.85);
    f.shutter = PICK(shutters, &r);
    f.roof = PICK(roofs, &r);
    f.door = PICK(doors, &r);
    f.accent = PICK(accents, &r);
    double hour = sky->hour == SCENE_NIGHT ? 1 : 0.75;
    f.lit = sky->lamps_lit ? h->lit * hour : 0;
    return f;
}

/* ---- materials: bare wall ---- */

static double weather(const struct scene_place *at) {
    /* Rain draws streaks downwards; large stains. */
    return 0.10 * scene_speckle(at, 0.5, 5, 1) + 0.10 * scene_speckle(at, 3.1, 2.3, 2) +
           0.06 * scene_grain(at, 0.03, 8);
}

/* Courses of a x b metres in running bond, each stone a little different. */
static struct rgb courses(const struct scene_place *at, struct rgb c, double a, double b,
                          double joint, struct rgb mortar, double tint) {
    int row = scene_floor(at->b / b);
    double shift = (row & 1) * a / 2;
    double fade = scene_fade(a * 1.5, at->fa) * scene_fade(b * 1.5, at->fb);
    if (fade > 0) {
        int col = scene_floor((at->a + shift) / a);
        c = rgb_scale(c, 1 + fade * tint * (scene_cell_unit(col, row, at->seed, 10) - 0.5));
        double red = fade * 0.3 * tint * (scene_cell_unit(col, row, at->seed, 11) - 0.5);
        c.r *= 1 + red, c.b *= 1 - red;
    }
    double gaps = 1 - (1 - scene_stripes(at->a + shift, a, joint, at->fa)) *
                          (1 - scene_stripes(at->b, b, joint, at->fb));
    return rgb_mix(c, mortar, gaps);
}

static struct rgb brick(const struct scene_front *f, const struct scene_place *at) {
    struct rgb mortar = rgb_mix(f->wall, rgb(0.66, 0.63, 0.58), 0.7);
    struct rgb c = courses(at, rgb_scale(f->wall, 0.97), 0.25, 0.077, 0.012, mortar, 0.42);
    return rgb_scale(c, 1 + weather(at) + 0.12 * scene_speckle(at, 0.8, 0.5, 3));
}

static struct rgb plaster(const struct scene_front *f, const struct scene_place *at) {
    double v = 1 + weather(at) + 0.05 * scene_speckle(at, 0.25, 0.25, 4);
    return rgb_scale(f->wall, v + 0.06 * scene_speckle(at, 0.02, 0.02, 5));
}

static struct rgb stone(const struct scene_front *f, const struct scene_place *at) {
    struct rgb joint = rgb_scale(f->wall, 0.6);
    bool rustic = at->b < f->ground_m;
    struct rgb c = courses(at, f->wall, rustic ? 1.1 : 0.8, rustic ? 0.5 : 0.4,
                           rustic ? 0.05 : 0.012, joint, 0.16);
    return rgb_scale(c, 1 + 1.2 * weather(at) + 0.1 * scene_speckle(at, 0.06, 0.06, 6));
}

static struct rgb panels(const struct scene_front *f, const struct scene_place *at) {
    double v = 1 + 1.4 * weather(at) + 0.06 * scene_speckle(at, 0.05, 0.05, 7);
    v -= 0.35 * scene_stripes(at->b - f->ground_m, f->storey_m, 0.05, at->fb);
    v -= 0.30 * scene_stripes(at->a, f->bay_m, 0.04, at->fa);
    return rgb_scale(f->wall, v);
}

static struct rgb metal(const struct scene_front *f, const struct scene_place *at) {
    /* Corrugation: light on one flank, shade on the other. */
    double up = scene_stripes(at->a, 0.3, 0.1, at->fa),
           down = scene_stripes(at->a + 0.15, 0.3, 0.1, at->fa);
    double v = 1 + 0.10 * up - 0.16 * down + weather(at);
    v -= 0.12 * scene_stripes(at->b, 3.1, 0.04, at->fb);
    return rgb_scale(f->wall, v);
}

typedef struct rgb wall_fn(const struct scene_front *f, const struct scene_place *at);

static wall_fn *const walls[SCENE_FACADES] = {
    [SCENE_BRICK] = brick,  [SCENE_PLASTER] = plaster, [SCENE_STONE] = stone,
    [SCENE_GLASS] = panels, [SCENE_PANELS] = panels,   [SCENE_SHED] = metal,
};

/* ---- what is set into it ---- */

static void paint(struct scene_texel *t, struct rgb albedo, double share) {
    if (share <= 0)
        return;
    t->albedo = rgb_mix(t->albedo, albedo, share);
    t->glow = rgb_scale(t->glow, 1 - share);
    t->mirror *= 1 - share;
}

static void shade(struct scene_texel *t, double share) {
    t->albedo = rgb_scale(t->albedo, 1 - share);
    t->mirror *= 1 - share;
}

/* One cell of the grid: x from the bay's middle, y from the floor. */
struct cell {
    double x, y, bay, storey;
    int column, floor;
    uint32_t key;
};

static void window(const struct scene_front *f, const struct scene_place *at, const struct cell *c,
                   double share_w, double lo, double hi, struct scene_texel *t) {
    double w = share_w * c->bay, half = w / 2, fa = at->fa, fb = at->fb;
    bool curtain_wall = f->building->facade == SCENE_GLASS;
    double trim = curtain_wall ? 0 : 0.12, bar = curtain_wall ? 0.03 : 0.06;
    if (fabs(c->x) > half + 0.7 + fa || c->y < lo - 0.5 - fb || c->y > hi + 0.5 + fb)
        return;
    if (f->shutters) {
        double wide = half * 0.95, slats = scene_stripes(c->y, 0.07, 0.025, fb);
        double open = scene_band(fabs(c->x), half + 0.03, half + 0.03 + wide, fa) *
                      scene_band(c->y, lo, hi, fb);
        paint(t, rgb_scale(f->shutter, 1 - 0.25 * slats), open);
    } else if (trim > 0 && f->building->facade != SCENE_SHED) {
        double round = scene_band(c->x, -half - trim, half + trim, fa);
        paint(t, f->trim, f->lintels ? round * scene_band(c->y, lo, hi + 0.2, fb) : 0);
    }
    double hole = scene_band(c->x, -half, half, fa) * scene_band(c->y, lo, hi, fb);
    if (hole > 0) {
        struct scene_texel pane =
            scene_facade_pane(f, at, c->x + half, c->y - lo, w, hi - lo, c->key);
        double frame = scene_band(fabs(c->x), half - bar, half, fa) +
                       scene_band(c->y, lo, lo + bar, fb) + scene_band(c->y, hi - bar, hi, fb);
        if (f->crossbars && !curtain_wall)
            frame += scene_band(c->y, lo + (hi - lo) * 0.68, lo + (hi - lo) * 0.68 + 0.05, fb);
        if (!curtain_wall && w > 0.8)
            frame += scene_band(c->x, -0.03, 0.03, fa);
        paint(&pane, f->frame, clamp01(frame));
        /* Set back behind the wall: the reveal throws shade from above and one side. */
        double reveal = curtain_wall ? 0.04 : 0.14;
        shade(&pane, 0.5 * scene_band(c->y, hi - reveal, hi, fb));
        shade(&pane, 0.35 * scene_band(c->x, half - reveal * 0.6, half, fa));
        t->albedo = rgb_mix(t->albedo, pane.albedo, hole);
        t->glow = rgb_mix(t->glow, pane.glow, hole);
        t->mirror += (pane.mirror - t->mirror) * hole;
    }
    if (!curtain_wall) {
        double wide = scene_band(c->x, -half - 0.12, half + 0.12, fa);
        paint(t, rgb_scale(f->trim, 1.06), wide * scene_band(c->y, lo - 0.1, lo, fb));
        shade(t, 0.28 * wide * scene_band(c->y, lo - 0.24, lo - 0.1, fb));
    }
}

static void balcony(const struct scene_front *f, const struct scene_place *at, const struct cell *c,
                    struct scene_texel *t) {
    double half = c->bay * 0.44, fa = at->fa, fb = at->fb;
    double wide = scene_band(c->x, -half, half, fa);
    if (wide <= 0)
        return;
    bool solid = f->building->facade == SCENE_PANELS;
    double rail = scene_band(c->y, 0.08, 1.0, fb);
    if (solid) {
        struct rgb front =
            scene_cell(c->column, c->floor, f->seed + 9) % 4 ? f->accent : rgb_scale(f->trim, 0.82);
        front = rgb_scale(front, 1 - 0.12 * scene_stripes(c->x, 0.5, 0.02, fa) + weather(at));
        paint(t, front, wide * rail);
        paint(t, rgb(0.3, 0.3, 0.3), wide * scene_band(c->y, 0.98, 1.06, fb));
    } else {
        double bars = scene_stripes(c->x, 0.13, 0.035, fa) * rail;
        paint(t, rgb(0.14, 0.14, 0.15), wide * bars);
        paint(t, rgb(0.14, 0.14, 0.15), wide * scene_band(c->y, 0.96, 1.03, fb));
    }
    paint(t, rgb_scale(f->trim, 0.85), wide * scene_band(c->y, -0.12, 0.08, fb));
    shade(t, 0.5 * wide * scene_band(c->y, -0.6, -0.12, fb));
}

/* A door with steps, frame and fanlight. */
static void door(const struct scene_front *f, const struct scene_place *at, const struct cell *c,
                 struct scene_texel *t) {
    double half = 0.62, fa = at->fa, fb = at->fb,
           wide = scene_band(c->x, -half - 0.2, half + 0.2, fa);
    paint(t, f->trim, wide * scene_band(c->y, 0, 2.9, fb));
    double leaf = scene_band(c->x, -half, half, fa) * scene_band(c->y, 0.18, 2.2, fb);
    double inset =
        scene_stripes(c->x + half - 0.12, 0.6, 0.4, fa) * scene_stripes(c->y - 0.35, 0.9, 0.7, fb);
    paint(t, rgb_scale(f->door, 1 - 0.22 * inset), leaf);
    double fan = scene_band(c->x, -half, half, fa) * scene_band(c->y, 2.28, 2.7, fb);
    paint(t, rgb(0.13, 0.14, 0.15), fan);
    if (f->lit > 0)
        t->glow = rgb_add(t->glow, rgb_scale(rgb(0.9, 0.72, 0.42), 0.8 * fan));
    paint(t, rgb(0.62, 0.6, 0.57),
          scene_band(c->x, -half - 0.35, half + 0.35, fa) * scene_band(c->y, -1, 0.17, fb));
}

/* A gate that rolls up, in sheds. */
static void gate(const struct scene_front *f, const struct scene_place *at, const struct cell *c,
                 struct scene_texel *t) {
    double half = c->bay * 0.36, fb = at->fb;
    double leaf = scene_band(c->x, -half, half, at->fa) * scene_band(c->y, -1, 3.6, fb);
    double slat = scene_stripes(c->y, 0.3, 0.05, fb);
    struct rgb sheet = c->key & 1 ? f->accent : rgb(0.62, 0.63, 0.64);
    paint(t, rgb_scale(sheet, 0.9 - 0.25 * slat), leaf);
    shade(t, 0.35 * leaf * scene_band(c->y, 3.3, 3.6, fb));
}

static void ground_floor(const struct scene_front *f, const struct scene_place *at,
                         const struct cell *c, int bays, struct scene_texel *t) {
    enum scene_facade kind = f->building->facade;
    int door_at = (int)(scene_cell(c->floor, bays, f->seed + 8) % (unsigned)bays);
    if (kind == SCENE_SHED) {
        if (c->key % 3 == 0)
            gate(f, at, c, t);
        else if (c->column == door_at)
            door(f, at, c, t);
    } else if (kind == SCENE_GLASS) {
        window(f, at, c, 0.95, 0.25, f->ground_m - 0.5, t);
    } else if (c->column == door_at) {
        door(f, at, c, t);
    } else {
        window(f, at, c, f->window_w, 1.0, fmin(2.6, f->ground_m - 0.5), t);
    }
}

static void storeys(const struct scene_front *f, const struct scene_place *at, int face,
                    double length_m, struct scene_texel *t) {
    const struct scene_building *b = f->building;
    double margin = b->facade == SCENE_GLASS ? 0.2 : 0.5, room = length_m - 2 * margin;
    int bays = (int)(room / f->bay_m);
    if (room < 1.5)
        return;
    bays = bays < 1 ? 1 : bays;
    double bay = room / bays, a = at->a - margin;
    /* The back and the gable ends of some houses have hardly any windows. */
    bool blind = b->gable && face < 2 && scene_cell(face, 1, f->seed + 5) % 3 == 0;
    int column = scene_floor(a / bay);
    if (column < 0 || column >= bays)
        return;
    struct cell c = {.bay = bay, .column = column, .x = a - (column + 0.5) * bay};
    c.storey = f->storey_m;
    if (at->b < f->ground_m) {
        c.y = at->b;
        c.key = scene_cell(column, face, f->seed + 6);
        if (!b->shops && !blind)
            ground_floor(f, at, &c, bays, t);
        return;
    }
    c.floor = 1 + (int)((at->b - f->ground_m) / f->storey_m);
    c.y = at->b - f->ground_m - (c.floor - 1) * f->storey_m;
    c.key = scene_cell(column, face * 64 + c.floor, f->seed + 7);
    double lo = f->sill * f->storey_m, hi = lo + f->window_h * f->storey_m;
    double top = b->height_m - f->ground_m - (c.floor - 1) * f->storey_m;
    if (hi < top - 0.3 && !(blind && (column + c.floor) % 3)) {
        bool opens = f->balconies && (column % 3 == 1 || b->facade == SCENE_PANELS) &&
                     scene_cell(column, face, f->seed + 4) % 2;
        window(f, at, &c, opens ? 0.6 : f->window_w, opens ? 0.1 : lo, hi, t);
        if (opens)
            balcony(f, at, &c, t);
        /* The shade of the balcony of the floor above. */
        if (opens && top > f->storey_m + 1)
            shade(t, 0.4 * scene_band(c.x, -bay * 0.44, bay * 0.44, at->fa) *
                         scene_band(c.y, f->storey_m - 0.5, f->storey_m, at->fb));
    }
}

/* Plinth, bands between floors, cornice, drain pipes. */
static void mouldings(const struct scene_front *f, const struct scene_place *at, double length_m,
                      struct scene_texel *t) {
    const struct scene_building *b = f->building;
    double fb = at->fb, top = b->height_m;
    if (b->facade != SCENE_GLASS && !b->shops)
        paint(t, rgb_scale(f->base, 1 + weather(at)), scene_band(at->b, -1, 0.5, fb));
    if (f->bands) {
        paint(t, f->trim, scene_band(at->b, f->ground_m - 0.25, f->ground_m, fb));
        shade(t, 0.3 * scene_band(at->b, f->ground_m - 0.42, f->ground_m - 0.25, fb));
    }
    if (b->facade == SCENE_BRICK || b->facade == SCENE_PLASTER || b->facade == SCENE_STONE) {
        paint(t, rgb_scale(f->trim, 1.03), scene_band(at->b, top - 0.35, top, fb));
        paint(t, rgb_scale(f->trim, 0.8), scene_band(at->b, top - 0.45, top - 0.35, fb));
        shade(t, 0.35 * scene_band(at->b, top - 0.75, top - 0.45, fb));
        double pipe = scene_band(at->a, length_m - 0.3, length_m - 0.2, at->fa);
        paint(t, rgb(0.42, 0.42, 0.42), pipe * scene_band(at->b, 0, top - 0.4, fb));
    } else {
        paint(t, rgb_scale(f->trim, 0.75), scene_band(at->b, top - 0.25, top + 1, fb));
    }
}

struct scene_texel scene_facade_wall(const struct scene_front *f, const struct scene_place *at,
                                     int face, double length_m) {
    const struct scene_building *b = f->building;
    struct scene_texel t = {.albedo = walls[b->facade](f, at)};
    if (at->b > b->height_m)
        return t;
    mouldings(f, at, length_m, &t);
    storeys(f, at, face, length_m, &t);
    if (b->shops)
        scene_facade_shops(f, at, face, length_m, &t);
    return t;
}

struct scene_texel scene_facade_roof(const struct scene_front *f, const struct scene_place *at) {
    double row = scene_stripes(at->b, 0.32, 0.05, at->fb),
           col = scene_stripes(at->a, 0.24, 0.04, at->fa);
    int i = scene_floor(at->a / 0.24), j = scene_floor(at->b / 0.32);
    double v = 1 - 0.3 * row - 0.12 * col + 0.16 * scene_speckle(at, 1.5, 2.5, 20);
    v += scene_fade(0.3, at->fb) * 0.16 * (scene_cell_unit(i, j, f->seed, 21) - 0.5);
    return (struct scene_texel){.albedo = rgb_scale(f->roof, v)};
}

struct scene_texel scene_facade_top(const struct scene_front *f, const struct scene_place *at) {
    double v = 0.42 + 0.1 * scene_speckle(at, 3, 3, 22) + 0.1 * scene_grain(at, 0.03, 23);
    v -= 0.06 * scene_stripes(at->b, 1, 0.05, at->fb);
    return (struct scene_texel){.albedo = rgb(v, v, v * 1.02)};
}

struct scene_texel scene_facade_extra(const struct scene_front *f, const struct scene_place *at) {
    if (!f->building->gable)
        return (struct scene_texel){
            .albedo = rgb_scale(rgb_mix(f->wall, rgb(0.55, 0.56, 0.57), 0.8),
                                1 + weather(at) - 0.15 * scene_stripes(at->a, 0.6, 0.04, at->fa))};
    struct rgb c = courses(at, rgb(0.48, 0.33, 0.27), 0.25, 0.08, 0.012, rgb(0.55, 0.53, 0.5), 0.2);
    return (struct scene_texel){.albedo = rgb_scale(c, 1 + weather(at))};
}
