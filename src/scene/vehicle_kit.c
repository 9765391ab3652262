/*
 * Solids, patches, wheels and lamps of vehicles. Everything is measured and culled
 * in the vehicle's frame and reaches the brush as points of the world. A solid's
 * outline is filled first, in a middle tone: faces are painted onto it, and the
 * hairlines that antialiasing leaves between neighbours show paint, not street.
 */
#include "vehicle.h"

#include <math.h>

#define THINNEST_PX 0.7 /* a patch thinner than this is left out */
#define ALL 1e3 /* beyond any vehicle, metres */
#define PATCH 24 /* points of the largest patch */

static struct vec3 world(const struct scene_vehicle *v, struct vec3 p) {
    return scene_pose_point(&v->pose, p.x, p.y, p.z);
}

static bool faces(const struct scene_vehicle *v, struct vec3 p, struct vec3 normal) {
    return vec3_dot(normal, vec3_sub(v->eye, p)) > 0;
}

bool scene_kit_sees(const struct scene_vehicle *v, int side, double half) {
    return v->eye.y * side > half;
}

/* The sky in a mirror that looks towards d (world). */
static struct rgb mirrored(const struct scene_sky *sky, struct vec3 d) {
    if (d.z < 0)
        return rgb_scale(rgb_add(sky->sky_horizon, sky->bounce_rgb), 0.22 + 0.1 * d.z);
    return rgb_mix(sky->sky_horizon, sky->sky_top, clamp01(d.z));
}

/* Colour of a surface at p with that normal, both in the vehicle's frame. */
static struct rgb colour_of(const struct scene_vehicle *v, struct scene_skin skin, struct vec3 p,
                            struct vec3 normal) {
    if (skin.kind == SCENE_SHINE || v->brush->shadow)
        return skin.rgb;
    const struct scene_sky *sky = v->brush->sky;
    struct vec3 n = scene_pose_direction(&v->pose, normal.x, normal.y, normal.z);
    struct rgb c = scene_brush_lit(v->brush, skin.rgb, n);
    if (skin.kind == SCENE_MATT)
        return c;
    struct vec3 way = vec3_unit(vec3_sub(v->eye, p));
    struct vec3 view = scene_pose_direction(&v->pose, way.x, way.y, way.z);
    double along = fmax(vec3_dot(view, n), 0);
    struct vec3 bounce = vec3_sub(vec3_scale(n, 2 * along), view);
    double graze = pow(1 - along, 4);
    double glint = pow(fmax(vec3_dot(bounce, sky->sun), 0), 24) * v->brush->sunlit;
    bool glass = skin.kind == SCENE_GLASS;
    if (glass)
        c = skin.rgb; /* the dark inside; the light of the place is in the mirror */
    double share = glass ? 0.20 + 0.18 * fmax(normal.z, 0) + 0.4 * graze : 0.05 + 0.28 * graze;
    if (glass && bounce.z < 0)
        bounce.z = 0.15 * (1 + bounce.z); /* windows bulge: their upper part sees the sky */
    c = rgb_mix(c, mirrored(sky, bounce), share);
    return rgb_add(c, rgb_scale(sky->sun_rgb, glint * 0.55));
}

/* A polygon in the vehicle's frame. */
static void fill(const struct scene_vehicle *v, const struct vec3 *p, int n, struct rgb colour) {
    struct vec3 q[PATCH];
    for (int i = 0; i < n; i++)
        q[i] = world(v, p[i]);
    if (v->brush->shadow)
        scene_brush_face(v->brush, q, n, colour, vec3(0, 0, 1));
    else
        scene_brush_shine(v->brush, q, n, colour);
}

/* Outlines. */

struct corner {
    double u, v;
    struct vec3 p;
};

static double turn(const struct corner *a, const struct corner *b, const struct corner *c) {
    return (b->u - a->u) * (c->v - a->v) - (b->v - a->v) * (c->u - a->u);
}

/* Fills the convex hull of the points as they are seen (Andrew's monotone chain). */
static void fill_hull(const struct scene_vehicle *v, const struct vec3 *p, int n,
                      struct rgb colour) {
    struct corner c[2 * SCENE_OUTLINE + 1], hull[4 * SCENE_OUTLINE];
    for (int i = 0; i < n; i++) {
        struct corner now = {.p = p[i]};
        if (!scene_brush_point(v->brush, world(v, p[i]), &now.u, &now.v))
            return;
        int at = i;
        for (; at > 0 && (c[at - 1].u > now.u || (c[at - 1].u == now.u && c[at - 1].v > now.v));
             at--)
            c[at] = c[at - 1];
        c[at] = now;
    }
    int len = 0;
    for (int pass = 0; pass < 2; pass++) {
        int floor = len + 1;
        for (int k = 0; k < n; k++) {
            const struct corner *now = &c[pass ? n - 1 - k : k];
            while (len > floor && turn(&hull[len - 2], &hull[len - 1], now) <= 0)
                len--;
            hull[len++] = *now;
        }
        len--; /* the next pass begins with it */
    }
    struct vec3 q[PATCH];
    for (int i = 0; i < len && i < PATCH; i++)
        q[i] = hull[i].p;
    if (len >= 3)
        fill(v, q, len < PATCH ? len : PATCH, colour);
}

/* Solids. */

static double half_at(const struct scene_solid *s, double f, double u) {
    return s->half - s->nose * fmax(f - s->nose_from, 0) - s->tail * fmax(s->tail_from - f, 0) -
           s->lean * fmax(u - s->lean_from, 0);
}

static struct vec3 side_normal(const struct scene_solid *s, int side, double f, double u) {
    double forward = f > s->nose_from ? s->nose : f < s->tail_from ? -s->tail : 0;
    return vec3_unit(vec3(forward, side, u > s->lean_from ? s->lean : 0));
}

/* Keeps what of a polygon lies where sign * (x or y) <= sign * limit; returns its points. */
static int clip(struct vec2 *p, int n, bool up, double sign, double limit) {
    struct vec2 out[PATCH];
    int len = 0;
    for (int i = 0; i < n; i++) {
        struct vec2 a = p[i], b = p[(i + 1) % n];
        double da = sign * ((up ? a.y : a.x) - limit), db = sign * ((up ? b.y : b.x) - limit);
        if (da <= 0 && len < PATCH)
            out[len++] = a;
        if ((da < 0) != (db < 0) && da != 0 && db != 0 && len < PATCH) {
            double t = da / (da - db);
            out[len++] = (struct vec2){a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)};
        }
    }
    for (int i = 0; i < len; i++)
        p[i] = out[i];
    return len;
}

/* What of the side's surface lies in a range of f and u, as one flat piece. */
static void side_piece(const struct scene_vehicle *v, const struct scene_solid *s, int side,
                       struct vec2 f, struct vec2 u, double tilt, struct scene_skin skin) {
    struct vec2 p[PATCH];
    int n = s->n;
    for (int i = 0; i < n; i++)
        p[i] = s->outline[i];
    n = clip(p, n, false, -1, f.x);
    n = clip(p, n, false, 1, f.y);
    n = clip(p, n, true, -1, u.x);
    n = clip(p, n, true, 1, u.y);
    if (n < 3)
        return;
    struct vec3 q[PATCH], middle = {0};
    struct vec2 sum = {0};
    for (int i = 0; i < n; i++) {
        q[i] = vec3(p[i].x, side * half_at(s, p[i].x, p[i].y), p[i].y);
        sum.x += p[i].x / n;
        sum.y += p[i].y / n;
        middle = vec3_add(middle, vec3_scale(q[i], 1.0 / n));
    }
    struct vec3 normal = side_normal(s, side, sum.x, sum.y);
    if (!faces(v, middle, normal))
        return;
    normal.z += tilt;
    fill(v, q, n, colour_of(v, skin, middle, vec3_unit(normal)));
}

void scene_kit_band(const struct scene_vehicle *v, const struct scene_solid *s, double u0,
                    double u1, double tilt, struct scene_skin skin) {
    if (v->brush->shadow || (u1 - u0) * v->px < THINNEST_PX)
        return;
    struct vec2 u = {u0, u1};
    double front = s->nose > 0 ? s->nose_from : ALL, rear = s->tail > 0 ? s->tail_from : -ALL;
    for (int side = -1; side <= 1; side += 2) {
        side_piece(v, s, side, (struct vec2){rear, front}, u, tilt, skin);
        if (v->px > 5 && front < ALL)
            side_piece(v, s, side, (struct vec2){front, ALL}, u, tilt, skin);
        if (v->px > 5 && rear > -ALL)
            side_piece(v, s, side, (struct vec2){-ALL, rear}, u, tilt, skin);
    }
}

/* The point x (-1 … 1) across and y (0 … 1) along an edge's surface. */
static struct vec3 end_point(const struct scene_solid *s, int edge, double x, double y) {
    struct vec2 a = s->outline[edge], b = s->outline[edge + 1];
    double f = a.x + y * (b.x - a.x), u = a.y + y * (b.y - a.y);
    return vec3(f, x * half_at(s, f, u), u);
}

static struct vec3 end_normal(const struct scene_solid *s, int edge) {
    struct vec2 a = s->outline[edge], b = s->outline[edge + 1];
    return vec3_unit(vec3(-(b.y - a.y), 0, b.x - a.x));
}

void scene_kit_end(const struct scene_vehicle *v, const struct scene_solid *s, int edge,
                   const struct vec2 *p, int n, struct scene_skin skin) {
    struct vec3 q[PATCH], normal = end_normal(s, edge);
    if (v->brush->shadow || n > PATCH || !faces(v, end_point(s, edge, 0, 0.5), normal))
        return;
    double x0 = ALL, x1 = -ALL, y0 = ALL, y1 = -ALL;
    for (int i = 0; i < n; i++) {
        q[i] = end_point(s, edge, p[i].x, p[i].y);
        x0 = fmin(x0, p[i].x), x1 = fmax(x1, p[i].x);
        y0 = fmin(y0, p[i].y), y1 = fmax(y1, p[i].y);
    }
    struct vec2 a = s->outline[edge], b = s->outline[edge + 1];
    double wide = (x1 - x0) * s->half, high = (y1 - y0) * hypot(b.x - a.x, b.y - a.y);
    if (fmin(wide, high) * v->px >= THINNEST_PX)
        fill(v, q, n, colour_of(v, skin, end_point(s, edge, (x0 + x1) / 2, (y0 + y1) / 2), normal));
}

void scene_kit_end_box(const struct scene_vehicle *v, const struct scene_solid *s, int edge,
                       double x0, double x1, double y0, double y1, struct scene_skin skin) {
    scene_kit_end(v, s, edge, (struct vec2[]){{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}, 4, skin);
}

/* Ten points of an ellipse. */
static void ellipse(struct vec2 *p, double x, double y, double rx, double ry) {
    for (int i = 0; i < 10; i++) {
        double t = 2 * M_PI * i / 10;
        p[i] = (struct vec2){x + rx * cos(t), y + ry * sin(t)};
    }
}

void scene_kit_end_spot(const struct scene_vehicle *v, const struct scene_solid *s, int edge,
                        double x, double y, double rx, double ry, struct scene_skin skin) {
    struct vec2 p[10];
    ellipse(p, x, y, rx, ry);
    scene_kit_end(v, s, edge, p, 10, skin);
}

void scene_kit_solid(const struct scene_vehicle *v, const struct scene_solid *s,
                     struct scene_skin skin) {
    struct vec3 corner[2 * SCENE_OUTLINE];
    for (int i = 0; i < s->n; i++) {
        double w = half_at(s, s->outline[i].x, s->outline[i].y);
        corner[i] = vec3(s->outline[i].x, w, s->outline[i].y);
        corner[s->n + i] = vec3(s->outline[i].x, -w, s->outline[i].y);
    }
    struct vec3 middle = vec3(0, 0, s->outline[0].y);
    struct vec3 level = vec3_sub(v->eye, middle);
    level.z = 0;
    struct rgb under = colour_of(v, skin, middle, vec3_unit(level));
    fill_hull(v, corner, 2 * s->n, skin.kind == SCENE_SHINE ? under : rgb_scale(under, 0.9));
    if (v->brush->shadow)
        return;
    for (int i = 0; i + 1 < s->n; i++)
        if (i == 0 || i != s->covered)
            scene_kit_end_box(v, s, i, -1, 1, 0, 1, skin);
    if (s->shoulder > 0 && v->px > 14) {
        scene_kit_band(v, s, -ALL, s->sill, -0.45, skin);
        scene_kit_band(v, s, s->sill, s->shoulder, 0, skin);
        scene_kit_band(v, s, s->shoulder, ALL, 0.5, skin);
    } else {
        scene_kit_band(v, s, -ALL, ALL, 0, skin);
    }
}

struct scene_solid scene_kit_box(double f0, double f1, double half, double u0, double u1) {
    return (struct scene_solid){.outline = {{f0, u0}, {f0, u1}, {f1, u1}, {f1, u0}},
                                .n = 4,
                                .half = half,
                                .nose_from = ALL,
                                .tail_from = -ALL,
                                .lean_from = ALL};
}

void scene_kit_side(const struct scene_vehicle *v, const struct scene_solid *s, int side,
                    const struct vec2 *p, int n, struct scene_skin skin) {
    if (v->brush->shadow || n > PATCH)
        return;
    double f0 = ALL, f1 = -ALL, u0 = ALL, u1 = -ALL;
    for (int i = 0; i < n; i++) {
        f0 = fmin(f0, p[i].x), f1 = fmax(f1, p[i].x);
        u0 = fmin(u0, p[i].y), u1 = fmax(u1, p[i].y);
    }
    if (fmin(f1 - f0, u1 - u0) * v->px < THINNEST_PX)
        return;
    for (int to = -1; to <= 1; to += 2) {
        double f = (f0 + f1) / 2, u = (u0 + u1) / 2;
        struct vec3 normal = side_normal(s, to, f, u), middle = vec3(f, to * half_at(s, f, u), u);
        if (to == -side || !faces(v, middle, normal))
            continue;
        struct vec3 q[PATCH];
        for (int i = 0; i < n; i++)
            q[i] = vec3(p[i].x, to * half_at(s, p[i].x, p[i].y), p[i].y);
        fill(v, q, n, colour_of(v, skin, middle, normal));
    }
}

void scene_kit_side_box(const struct scene_vehicle *v, const struct scene_solid *s, int side,
                        double f0, double f1, double u0, double u1, struct scene_skin skin) {
    scene_kit_side(v, s, side, (struct vec2[]){{f0, u0}, {f1, u0}, {f1, u1}, {f0, u1}}, 4, skin);
}

void scene_kit_side_spot(const struct scene_vehicle *v, const struct scene_solid *s, int side,
                         double f, double u, double rf, double ru, struct scene_skin skin) {
    struct vec2 p[10];
    ellipse(p, f, u, rf, ru);
    scene_kit_side(v, s, side, p, 10, skin);
}

/* Blocks and drums. */

void scene_kit_block(const struct scene_vehicle *v, struct vec3 a, struct vec3 b,
                     struct scene_skin skin) {
    if (fmin(fmin(b.x - a.x, b.y - a.y), b.z - a.z) * v->px < THINNEST_PX &&
        fmax(fmax(b.x - a.x, b.y - a.y), b.z - a.z) * v->px < 4)
        return;
    struct vec3 end = vec3(v->eye.x > b.x ? b.x : a.x, v->eye.y > b.y ? b.y : a.y, b.z);
    struct vec3 c[8] = {{a.x, a.y, a.z}, {b.x, a.y, a.z}, {b.x, b.y, a.z}, {a.x, b.y, a.z},
                        {a.x, a.y, b.z}, {b.x, a.y, b.z}, {b.x, b.y, b.z}, {a.x, b.y, b.z}};
    struct vec3 top[4] = {c[4], c[5], c[6], c[7]};
    struct vec3 tip[4] = {
        {end.x, a.y, a.z}, {end.x, b.y, a.z}, {end.x, b.y, b.z}, {end.x, a.y, b.z}};
    struct vec3 flank[4] = {
        {a.x, end.y, a.z}, {b.x, end.y, a.z}, {b.x, end.y, b.z}, {a.x, end.y, b.z}};
    struct vec3 up = vec3(0, 0, 1), out = vec3(0, end.y == b.y ? 1 : -1, 0),
                on = vec3(end.x == b.x ? 1 : -1, 0, 0);
    fill_hull(v, c, 8, colour_of(v, skin, end, out));
    if (v->brush->shadow || skin.kind == SCENE_SHINE)
        return;
    if (faces(v, tip[0], on))
        fill(v, tip, 4, colour_of(v, skin, end, on));
    if (faces(v, flank[0], out))
        fill(v, flank, 4, colour_of(v, skin, end, out));
    if (faces(v, top[0], up))
        fill(v, top, 4, colour_of(v, skin, end, up));
}

#define SPOKES 16 /* of a drum's rings */

static struct vec3 ring_point(const struct scene_ring *ring, double t) {
    return vec3(ring->f, ring->r * cos(t), ring->u + ring->r * sin(t));
}

void scene_kit_drum(const struct scene_vehicle *v, const struct scene_ring *ring, int n,
                    struct scene_skin skin) {
    for (int i = 0; i + 1 < n; i++) {
        const struct scene_ring *a = &ring[i], *b = &ring[i + 1];
        struct vec3 all[2 * SCENE_OUTLINE];
        for (int k = 0; k < SCENE_OUTLINE; k++) {
            double t = 2 * M_PI * k / SCENE_OUTLINE;
            all[k] = ring_point(a, t);
            all[SCENE_OUTLINE + k] = ring_point(b, t);
        }
        struct vec3 up = vec3_unit(vec3(0, v->eye.y > 0 ? 1 : -1, 0.4));
        fill_hull(v, all, 2 * SCENE_OUTLINE, colour_of(v, skin, all[0], up));
    }
    if (v->brush->shadow || v->px < 5)
        return;
    for (int i = 0; i + 1 < n; i++) {
        const struct scene_ring *a = &ring[i], *b = &ring[i + 1];
        double slope = (a->r - b->r) / (b->f - a->f);
        for (int k = 0; k < SPOKES; k++) {
            double t0 = 2 * M_PI * k / SPOKES, t1 = 2 * M_PI * (k + 1) / SPOKES, t = (t0 + t1) / 2;
            struct vec3 normal = vec3_unit(vec3(slope, cos(t), sin(t)));
            struct vec3 q[4] = {ring_point(a, t0), ring_point(b, t0), ring_point(b, t1),
                                ring_point(a, t1)};
            if (faces(v, q[0], normal))
                fill(v, q, 4, colour_of(v, skin, vec3_mix(q[0], q[2], 0.5), normal));
        }
    }
    const struct scene_ring *cap = v->eye.x > ring[n - 1].f ? &ring[n - 1] : &ring[0];
    struct vec3 q[SPOKES], normal = vec3(cap == ring ? -1 : 1, 0, 0);
    for (int k = 0; k < SPOKES; k++)
        q[k] = ring_point(cap, 2 * M_PI * k / SPOKES);
    if (faces(v, q[0], normal))
        fill(v, q, SPOKES, colour_of(v, skin, q[0], normal));
}

/* Wheels. */

void scene_kit_belly(const struct scene_vehicle *v, double f0, double f1, double half) {
    struct vec3 q[4] = {{f0, -half, 0}, {f1, -half, 0}, {f1, half, 0}, {f0, half, 0}};
    fill(v, q, 4, scene_brush_lit(v->brush, rgb(0.06, 0.06, 0.065), vec3(0, 0, -1)));
}

static const struct scene_skin rubber = {SCENE_MATT, {0.07, 0.07, 0.075}};

void scene_kit_tyres(const struct scene_vehicle *v, double f, double r, double half, double wide) {
    if (v->brush->shadow || r * v->px < 2.2)
        return;
    for (int side = -1; side <= 1; side += 2) {
        struct vec3 p[16];
        for (int k = 0; k < 8; k++) {
            double t = 2 * M_PI * (k + 0.5) / 8, x = f + 0.98 * r * cos(t),
                   z = fmax(r * (1 + 1.06 * sin(t)), 0);
            p[k] = vec3(x, side * half, z);
            p[8 + k] = vec3(x, side * (half - wide), z);
        }
        fill_hull(v, p, 16, colour_of(v, rubber, p[0], vec3(v->eye.x > 0 ? 1 : -1, 0, 0)));
    }
}

void scene_kit_wheel(const struct scene_vehicle *v, const struct scene_solid *s, double f, double r,
                     double half, double arch, struct scene_rim rim) {
    if (v->brush->shadow)
        return;
    for (int side = -1; side <= 1; side += 2) {
        if (!scene_kit_sees(v, side, half))
            continue;
        if (arch > 0 && v->px * r > 2) {
            struct vec2 p[9];
            for (int k = 0; k < 9; k++) {
                double t = M_PI * (k - 0.6) / 6.8;
                p[k] = (struct vec2){f + (r + arch) * cos(t), r + (r + arch) * sin(t)};
            }
            scene_kit_side(v, s, side, p, 9, scene_matt(0.035, 0.035, 0.04));
        }
        struct vec3 normal = vec3(0, side, 0);
        struct vec3 n = scene_pose_direction(&v->pose, 0, side, 0), at = vec3(f, side * half, r);
        struct vec3 a = v->pose.forward, up = vec3(0, 0, 1), c = world(v, at);
        scene_brush_disc(v->brush, c, vec3_scale(a, r), vec3_scale(up, r), rubber.rgb, n);
        double in = r * rim.share;
        if (in * v->px < 0.8)
            continue;
        struct rgb metal = colour_of(v, scene_gloss(rim.rgb), at, normal);
        struct rgb light = scene_brush_lit(v->brush, rgb(1, 1, 1), n);
        struct rgb albedo = rgb(metal.r / fmax(light.r, 0.02), metal.g / fmax(light.g, 0.02),
                                metal.b / fmax(light.b, 0.02));
        scene_brush_disc(v->brush, c, vec3_scale(a, in), vec3_scale(up, in), albedo, n);
        if (in * v->px > 9)
            for (int k = 0; k < rim.spokes; k++) { /* the gaps between them */
                double t = 2 * M_PI * (k + 0.25) / rim.spokes, d = 0.42 * 2 * M_PI / rim.spokes;
                struct vec3 q[3] = {
                    {f + 0.9 * in * cos(t - d / 1.4), side * half, r + 0.9 * in * sin(t - d / 1.4)},
                    {f + 0.9 * in * cos(t + d / 1.4), side * half, r + 0.9 * in * sin(t + d / 1.4)},
                    {f + 0.32 * in * cos(t), side * half, r + 0.32 * in * sin(t)}};
                fill(v, q, 3, colour_of(v, scene_matt(0.1, 0.1, 0.11), at, normal));
            }
    }
}

/* Lamps. */

void scene_kit_lamps(const struct scene_vehicle *v, int way, double f, double l, double u,
                     struct rgb colour, double radius) {
    if (v->brush->shadow)
        return;
    struct vec3 at = vec3(f, 0, u), to = vec3_unit(vec3_sub(v->eye, at));
    double seen = to.x * way;
    if (seen <= 0.05)
        return;
    for (int side = -1; side <= 1; side += 2)
        scene_brush_glow(v->brush, world(v, vec3(f, side * l, u)),
                         rgb_scale(colour, fmin(0.25 + seen, 1)), radius);
}

struct scene_skin scene_kit_headlamp(const struct scene_vehicle *v) {
    return v->lit ? scene_shine(1, 0.98, 0.9) : scene_gloss(rgb(0.82, 0.84, 0.86));
}

struct scene_skin scene_kit_taillamp(const struct scene_vehicle *v) {
    if (v->braking)
        return scene_shine(1, 0.16, 0.10);
    return v->lit ? scene_shine(0.82, 0.06, 0.05) : scene_gloss(rgb(0.55, 0.04, 0.05));
}
