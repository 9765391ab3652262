/*
 * The still picture, in tiles of 16 x 16 pixels and three passes:
 *
 *   cast    what the centre of each pixel meets, and how far away
 *   shade   one colour a pixel: texture x light, mirrors, air
 *   refine  pixels on an edge (another face beside them, or a strong contrast)
 *           are shaded again at four points and averaged
 *
 * and wet.c lets wet ground mirror the result. Before a tile is shaded, the lists
 * of what can matter for the places seen in it are cut down: patches, markings,
 * buildings that stand towards the sun, lamps. scene_plan_sunlit and
 * scene_plan_lamp then look at a copy of the plan that holds only those.
 */
#include "backdrop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "cast.h"
#include "facade.h"
#include "skydome.h"
#include "surface.h"
#include "wet.h"

#define TILE 16
#define FACE_BITS 3

struct list {
    int at[SCENE_MAX_BLOCKS], len;
};

struct painter {
    const struct scene_plan *plan;
    struct scene_backdrop *picture;
    struct scene_cast cast;
    struct scene_front facade[SCENE_MAX_BUILDINGS];
    struct scene_skydome dome;
    double lamp_reach_m[SCENE_MAX_PROPS]; /* 0: no lamp */
    bool sun;
    /* Per pixel: what its centre meets (block and face, or SCENE_HIT_…); how much it can
     * mirror; whether it is to be refined. */
    int16_t *id;
    uint8_t *gloss, *rough;
    /* The light of lamps last computed and the face it fell on: it changes so slowly that
     * the samples of one pixel and of its neighbour share it. */
    struct rgb lamp;
    int lamp_block; /* SCENE_HIT_SKY: none yet */
    enum scene_face lamp_face;
    /* Of the tile at hand. */
    struct list blocks, patches, markings, feet;
    struct scene_plan *near;
};

struct tile {
    int x0, y0, x1, y1;
};

static double max(double a, double b) {
    return a > b ? a : b;
}

/* ---- what matters for a tile ---- */

static void cull_blocks(struct painter *p, struct tile t) {
    p->blocks.len = 0;
    for (int i = 0; i < p->cast.blocks; i++) {
        const struct scene_block *b = &p->cast.block[i];
        /* One pixel around: samples of an edge pixel leave its centre. */
        if (b->left <= t.x1 && b->right >= t.x0 && b->top <= t.y1 && b->bottom >= t.y0)
            p->blocks.at[p->blocks.len++] = i;
    }
}

/* The hit of a pixel's centre, from what the cast pass kept. */
static struct scene_hit recall(const struct painter *p, int x, int y) {
    size_t i = (size_t)y * (size_t)p->picture->width + (size_t)x;
    const struct scene_camera *c = &p->plan->camera;
    struct scene_hit h = {.ray = scene_ray(c, x + 0.5, y + 0.5), .depth = 1e9, .block = p->id[i]};
    if (h.block == SCENE_HIT_SKY)
        return h;
    h.depth = (double)p->picture->depth[i];
    if (h.block >= 0) {
        h.face = (enum scene_face)(h.block & ((1 << FACE_BITS) - 1));
        h.block >>= FACE_BITS;
    } else {
        h.depth = -c->height_m / h.ray.z;
    }
    h.at = vec3_add(scene_eye(c), vec3_scale(h.ray, h.depth));
    return h;
}

static void cull_ground(struct painter *p, const struct scene_bounds *g) {
    const struct scene_plan *plan = p->plan;
    p->patches.len = p->markings.len = p->feet.len = 0;
    if (!g->any)
        return;
    for (int i = 0; i < plan->patches; i++) {
        const struct scene_patch *a = &plan->patch[i];
        if (scene_bounds_touch(g, a->x, a->y, a->ux, a->uy, 0, a->length_m, a->half_width_m, 0.5))
            p->patches.at[p->patches.len++] = i;
    }
    for (int i = 0; i < plan->markings; i++) {
        const struct scene_marking *a = &plan->marking[i];
        if (scene_bounds_touch(g, a->x, a->y, a->ux, a->uy, 0, a->length_m, a->half_width_m, 0.1))
            p->markings.at[p->markings.len++] = i;
    }
    for (int i = 0; i < plan->buildings; i++) {
        const struct scene_building *a = &plan->building[i];
        if (scene_bounds_touch(g, a->x, a->y, a->ux, a->uy, -a->half_length_m, a->half_length_m,
                               a->half_width_m, 1.6))
            p->feet.at[p->feet.len++] = i;
    }
}

static void cull_light(struct painter *p, const struct scene_bounds *all) {
    const struct scene_plan *plan = p->plan;
    p->near->buildings = p->near->props = 0;
    if (!all->any)
        return;
    for (int i = 0; p->sun && i < plan->buildings; i++)
        if (scene_bounds_shaded(&plan->building[i], all, plan->sky.sun))
            p->near->building[p->near->buildings++] = plan->building[i];
    for (int i = 0; i < plan->props; i++) {
        const struct scene_prop *lamp = &plan->prop[i];
        double reach = p->lamp_reach_m[i];
        if (reach > 0 && lamp->x > all->lo.x - reach && lamp->x < all->hi.x + reach &&
            lamp->y > all->lo.y - reach && lamp->y < all->hi.y + reach)
            p->near->prop[p->near->props++] = *lamp;
    }
}

static void cull(struct painter *p, struct tile t) {
    struct scene_bounds all = {0}, ground = {0};
    int w = p->picture->width, h = p->picture->height;
    for (int y = t.y0 > 0 ? t.y0 - 1 : 0; y <= t.y1 && y < h; y++) {
        for (int x = t.x0 > 0 ? t.x0 - 1 : 0; x <= t.x1 && x < w; x++) {
            struct scene_hit hit = recall(p, x, y);
            if (hit.block == SCENE_HIT_SKY)
                continue;
            scene_bounds_add(&all, hit.at);
            if (hit.block == SCENE_HIT_GROUND)
                scene_bounds_add(&ground, hit.at);
        }
    }
    scene_bounds_grow(&all, 0.1);
    scene_bounds_grow(&ground, 0.1);
    cull_blocks(p, t);
    cull_ground(p, &ground);
    cull_light(p, &all);
}

/* How far from a lamp its light still counts, found by trying. */
static double reach_of(struct painter *p, const struct scene_prop *lamp) {
    p->near->buildings = 0, p->near->props = 1, p->near->prop[0] = *lamp;
    double reach = 0;
    for (double r = 4; r <= 64; r += 4) {
        for (int k = 0; k < 8; k++) {
            double a = k * 0.785398;
            struct rgb c =
                scene_plan_lamp(p->near, vec3(lamp->x + r * cos(a), lamp->y + r * sin(a), 0));
            if (c.r + c.g + c.b > 0.012)
                reach = r + 4;
        }
    }
    return reach;
}

/* ---- shading ---- */

/* How a pixel's sides lie on the surface it shows. */
struct footprint {
    struct vec3 u, v;
};

static struct footprint footprint(const struct painter *p, const struct scene_hit *h,
                                  struct vec3 normal, double share) {
    const struct scene_camera *c = &p->plan->camera;
    double step = share / c->focal_px;
    struct vec3 du = vec3(step, 0, 0), dv = vec3(0, -step * c->sin_pitch, -step * c->cos_pitch);
    double facing = vec3_dot(normal, h->ray), k = h->depth / (facing < -1e-6 ? facing : -1e-6);
    return (struct footprint){
        vec3_sub(vec3_scale(du, h->depth), vec3_scale(h->ray, k * vec3_dot(normal, du))),
        vec3_sub(vec3_scale(dv, h->depth), vec3_scale(h->ray, k * vec3_dot(normal, dv)))};
}

static double extent(const struct footprint *f, struct vec3 axis) {
    double u = vec3_dot(f->u, axis), v = vec3_dot(f->v, axis);
    return sqrt(u * u + v * v) + 1e-4;
}

static struct scene_place place(const struct footprint *f, struct vec3 at, double x, double y,
                                double ux, double uy, uint64_t seed) {
    struct scene_place s = {.seed = (uint32_t)seed};
    s.a = (at.x - x) * ux + (at.y - y) * uy;
    s.b = (at.y - y) * ux - (at.x - x) * uy;
    s.fa = extent(f, vec3(ux, uy, 0));
    s.fb = extent(f, vec3(-uy, ux, 0));
    return s;
}

/* Albedo of the ground; gloss: how smooth it is, for water on it. */
static struct rgb ground_albedo(const struct painter *p, struct vec3 at, const struct footprint *f,
                                double *ret_gloss) {
    static const double smooth[SCENE_GROUNDS] = {
        [SCENE_GRASS] = 0.1,    [SCENE_ASPHALT] = 1,  [SCENE_PAVING] = 0.9,  [SCENE_COBBLES] = 0.7,
        [SCENE_CONCRETE] = 0.9, [SCENE_GRAVEL] = 0.4, [SCENE_CYCLEWAY] = 0.9};
    const struct scene_plan *plan = p->plan;
    struct rgb c = rgb(0, 0, 0);
    double left = 1, gloss = 0;
    for (int i = p->patches.len - 1; i >= 0 && left > 0.01; i--) {
        const struct scene_patch *a = &plan->patch[p->patches.at[i]];
        struct scene_place s = place(f, at, a->x, a->y, a->ux, a->uy, a->seed);
        double cover = left * scene_patch_cover(a, &s);
        if (cover <= 0)
            continue;
        c = rgb_add(c, rgb_scale(scene_patch_at(a, &s), cover));
        gloss += cover * smooth[a->ground];
        left -= cover;
    }
    if (left > 0.01) {
        struct scene_place s = place(f, at, 0, 0, 1, 0, plan->seed);
        c = rgb_add(c, rgb_scale(scene_surface_at(plan->ground, &s, 0), left));
        gloss += left * smooth[plan->ground];
    }
    for (int i = 0; i < p->markings.len; i++) {
        const struct scene_marking *m = &plan->marking[p->markings.at[i]];
        struct scene_place s = place(f, at, m->x, m->y, m->ux, m->uy, plan->seed);
        double cover = scene_marking_cover(m, &s);
        if (cover > 0)
            c = rgb_mix(c, m->yellow ? rgb(0.84, 0.66, 0.2) : rgb(0.84, 0.84, 0.82), cover);
    }
    *ret_gloss = gloss;
    return c;
}

/* What the foot of a wall takes of the light on the ground beside it. */
static double open_sky(const struct painter *p, struct vec3 at) {
    double open = 1;
    for (int i = 0; i < p->feet.len; i++) {
        const struct scene_building *b = &p->plan->building[p->feet.at[i]];
        double x = at.x - b->x, y = at.y - b->y;
        double a = max(fabs(x * b->ux + y * b->uy) - b->half_length_m, 0);
        double w = max(fabs(y * b->ux - x * b->uy) - b->half_width_m, 0);
        double near = clamp01(1 - hypot(a, w) / 1.6);
        open *= 1 - 0.4 * near * near;
    }
    return open;
}

static struct rgb lamp_on(struct painter *p, const struct scene_hit *h, struct vec3 at) {
    if (!p->near->props)
        return rgb(0, 0, 0);
    if (p->lamp_block != h->block || p->lamp_face != h->face) {
        p->lamp = scene_plan_lamp(p->near, at);
        p->lamp_block = h->block;
        p->lamp_face = h->face;
    }
    return p->lamp;
}

static struct rgb shade_ground(struct painter *p, const struct scene_hit *h, double share,
                               double *ret_sunlit, double *ret_gloss) {
    const struct scene_sky *sky = &p->plan->sky;
    struct vec3 up = vec3(0, 0, 1);
    struct footprint f = footprint(p, h, up, share);
    struct rgb albedo = ground_albedo(p, h->at, &f, ret_gloss);
    double sunlit = p->near->buildings ? scene_plan_sunlit(p->near, h->at) : 1;
    struct rgb light = scene_light_on(sky, up, sunlit, lamp_on(p, h, h->at));
    *ret_sunlit = sunlit;
    return rgb_scale(rgb_mul(albedo, light),
                     open_sky(p, h->at) * (1 - 0.28 * sky->wet * *ret_gloss));
}

static struct scene_texel block_texel(const struct painter *p, const struct scene_hit *h,
                                      struct vec3 normal, double share) {
    const struct scene_block *b = &p->cast.block[h->block];
    const struct scene_front *facade = &p->facade[b->building];
    struct footprint f = footprint(p, h, normal, share);
    if (h->face >= SCENE_FACE_TOP) {
        struct scene_place s = place(&f, h->at, b->x, b->y, b->ux, b->uy, facade->seed);
        return h->face == SCENE_FACE_TOP ? scene_facade_top(facade, &s)
                                         : scene_facade_roof(facade, &s);
    }
    struct vec3 right = vec3(-normal.y, normal.x, 0);
    double half = h->face <= SCENE_FACE_TAIL ? b->half_width_m : b->half_length_m;
    struct scene_place s = {.seed = facade->seed + (uint32_t)h->face};
    s.a = vec3_dot(vec3_sub(h->at, vec3(b->x, b->y, 0)), right) + half;
    s.b = h->at.z;
    s.fa = extent(&f, right), s.fb = extent(&f, vec3(0, 0, 1));
    return b->extra ? scene_facade_extra(facade, &s)
                    : scene_facade_wall(facade, &s, (int)h->face, 2 * half);
}

static struct rgb shade_block(struct painter *p, const struct scene_hit *h, double share) {
    const struct scene_sky *sky = &p->plan->sky;
    struct vec3 normal = p->cast.block[h->block].normal[h->face];
    struct scene_texel t = block_texel(p, h, normal, share);
    /* Off the wall, so that it does not shade itself. */
    struct vec3 at = vec3_add(h->at, vec3_scale(normal, 0.02));
    double sunlit = 0;
    if (vec3_dot(normal, sky->sun) > 0)
        sunlit = p->near->buildings ? scene_plan_sunlit(p->near, at) : 1;
    struct rgb c = rgb_mul(t.albedo, scene_light_on(sky, normal, sunlit, lamp_on(p, h, at)));
    double foot = clamp01(1 - h->at.z / 1.2);
    c = rgb_scale(c, 1 - 0.3 * foot * foot);
    if (t.mirror > 0.01) {
        struct vec3 r = vec3_sub(h->ray, vec3_scale(normal, 2 * vec3_dot(h->ray, normal)));
        c = rgb_add(c, rgb_scale(scene_skydome_mirror(&p->dome, r), t.mirror));
    }
    return rgb_add(c, t.glow);
}

static struct rgb shade(struct painter *p, const struct scene_hit *h, double share,
                        double *ret_sunlit, double *ret_gloss) {
    *ret_sunlit = *ret_gloss = 0;
    if (h->block == SCENE_HIT_SKY)
        return rgb_clamp(scene_skydome_at(&p->dome, h->ray));
    struct rgb c = h->block == SCENE_HIT_GROUND ? shade_ground(p, h, share, ret_sunlit, ret_gloss)
                                                : shade_block(p, h, share);
    const struct scene_sky *sky = &p->plan->sky;
    return rgb_mix(rgb_clamp(c), sky->air_rgb, scene_air(sky, h->depth));
}

static uint32_t pack(struct rgb c) {
    c = rgb_clamp(c);
    return (uint32_t)(c.r * 255 + 0.5) << 16 | (uint32_t)(c.g * 255 + 0.5) << 8 |
           (uint32_t)(c.b * 255 + 0.5);
}

/* ---- passes ---- */

static void cast_tile(struct painter *p, struct tile t) {
    struct scene_backdrop *b = p->picture;
    cull_blocks(p, t);
    for (int y = t.y0; y < t.y1; y++) {
        for (int x = t.x0; x < t.x1; x++) {
            size_t i = (size_t)y * (size_t)b->width + (size_t)x;
            struct scene_hit h =
                scene_cast_ray(&p->cast, p->blocks.at, p->blocks.len, x + 0.5, y + 0.5);
            b->depth[i] = (float)h.depth;
            b->what[i] = h.block >= 0                  ? SCENE_IS_WALL
                         : h.block == SCENE_HIT_GROUND ? SCENE_IS_GROUND
                                                       : SCENE_IS_SKY;
            p->id[i] = (int16_t)(h.block >= 0 ? h.block << FACE_BITS | (int)h.face : h.block);
        }
    }
}

static void shade_tile(struct painter *p, struct tile t) {
    struct scene_backdrop *b = p->picture;
    cull(p, t);
    for (int y = t.y0; y < t.y1; y++) {
        for (int x = t.x0; x < t.x1; x++) {
            size_t i = (size_t)y * (size_t)b->width + (size_t)x;
            struct scene_hit h = recall(p, x, y);
            double sunlit, gloss;
            if (!(x & 1))
                p->lamp_block = SCENE_HIT_SKY;
            b->xrgb[i] = pack(shade(p, &h, 1, &sunlit, &gloss));
            b->sunlit[i] = sunlit > 0.5 ? 255 : 0;
            p->gloss[i] = (uint8_t)(gloss * 255);
        }
    }
}

static void refine_tile(struct painter *p, struct tile t) {
    static const double grid[4][2] = {
        {0.125, 0.375}, {0.625, 0.125}, {0.375, 0.875}, {0.875, 0.625}};
    struct scene_backdrop *b = p->picture;
    bool ready = false;
    for (int y = t.y0; y < t.y1; y++) {
        for (int x = t.x0; x < t.x1; x++) {
            size_t i = (size_t)y * (size_t)b->width + (size_t)x;
            if (!p->rough[i])
                continue;
            if (!ready)
                cull(p, t);
            ready = true;
            struct rgb sum = rgb(0, 0, 0);
            p->lamp_block = SCENE_HIT_SKY;
            for (int k = 0; k < 4; k++) {
                struct scene_hit h = scene_cast_ray(&p->cast, p->blocks.at, p->blocks.len,
                                                    x + grid[k][0], y + grid[k][1]);
                double sunlit, gloss;
                sum = rgb_add(sum, shade(p, &h, 0.6, &sunlit, &gloss));
            }
            b->xrgb[i] = pack(rgb_scale(sum, 0.25));
        }
    }
}

static int contrast(uint32_t a, uint32_t b) {
    int red = abs((int)(a >> 16 & 255) - (int)(b >> 16 & 255));
    int green = abs((int)(a >> 8 & 255) - (int)(b >> 8 & 255));
    return red + 2 * green;
}

/* Marks both sides of every edge. */
static void find_edges(struct painter *p) {
    const struct scene_backdrop *b = p->picture;
    size_t w = (size_t)b->width, h = (size_t)b->height;
    for (size_t y = 0; y < h; y++) {
        for (size_t x = 0; x < w; x++) {
            size_t i = y * w + x;
            for (int k = 0; k < 2; k++) {
                size_t j = k ? i + w : i + 1;
                if (k ? y + 1 == h : x + 1 == w)
                    continue;
                if (p->id[i] != p->id[j] || contrast(b->xrgb[i], b->xrgb[j]) > 100)
                    p->rough[i] = p->rough[j] = 1;
            }
        }
    }
}

static void each_tile(struct painter *p, void (*pass)(struct painter *p, struct tile t)) {
    int w = p->picture->width, h = p->picture->height;
    for (int y = 0; y < h; y += TILE)
        for (int x = 0; x < w; x += TILE)
            pass(p, (struct tile){x, y, x + TILE < w ? x + TILE : w, y + TILE < h ? y + TILE : h});
}

static void prepare(struct painter *p) {
    const struct scene_plan *plan = p->plan;
    const struct scene_sky *sky = &plan->sky;
    scene_cast_init(&p->cast, plan);
    p->dome = scene_skydome_of(plan);
    p->sun = sky->sun_rgb.r + sky->sun_rgb.g + sky->sun_rgb.b > 0;
    for (int i = 0; i < plan->buildings; i++)
        p->facade[i] = scene_facade_of(&plan->building[i], sky);
    *p->near = *plan;
    for (int i = 0; i < plan->props; i++)
        if (sky->lamps_lit && plan->prop[i].kind == SCENE_LAMP)
            p->lamp_reach_m[i] = reach_of(p, &plan->prop[i]);
}

int scene_backdrop_make(const struct scene_plan *plan, struct scene_backdrop *ret_backdrop) {
    int rc = ENOMEM;
    struct scene_backdrop b = {.width = plan->camera.width, .height = plan->camera.height};
    size_t n = (size_t)b.width * (size_t)b.height;
    struct painter *p = calloc(1, sizeof *p);
    if (!p)
        return ENOMEM;
    p->plan = plan, p->picture = &b;
    p->near = malloc(sizeof *p->near);
    p->id = malloc(n * sizeof *p->id);
    p->gloss = malloc(n), p->rough = calloc(n, 1);
    b.xrgb = malloc(n * sizeof *b.xrgb);
    b.depth = malloc(n * sizeof *b.depth);
    b.what = malloc(n), b.sunlit = malloc(n);
    if (!p->near || !p->id || !p->gloss || !p->rough || !b.xrgb || !b.depth || !b.what || !b.sunlit)
        goto done;

    prepare(p);
    each_tile(p, cast_tile);
    each_tile(p, shade_tile);
    find_edges(p);
    each_tile(p, refine_tile);
    if (plan->sky.wet > 0)
        scene_wet_mirror(plan, &b, p->gloss);
    *ret_backdrop = b;
    b = (struct scene_backdrop){0};
    rc = 0;
done:
    scene_backdrop_done(&b);
    free(p->near);
    free(p->id);
    free(p->gloss);
    free(p->rough);
    free(p);
    return rc;
}

void scene_backdrop_done(struct scene_backdrop *b) {
    free(b->xrgb);
    free(b->depth);
    free(b->what);
    free(b->sunlit);
    *b = (struct scene_backdrop){0};
}
