/*
 * Mirrors on wet ground, taken from the picture itself: the wall or sky that ends
 * the ground in a pixel's column tells where the mirrored ray ends, and the
 * colour there is smeared upright as ripples do. Lamps are not in the still
 * picture, so their streaks are drawn here.
 */
#include "wet.h"

#include "random.h"
#include "texture.h"

static struct rgb unpack(uint32_t x) {
    return rgb((x >> 16 & 255) / 255.0, (x >> 8 & 255) / 255.0, (x & 255) / 255.0);
}

static uint32_t pack(struct rgb c) {
    c = rgb_clamp(c);
    return (uint32_t)(c.r * 255 + 0.5) << 16 | (uint32_t)(c.g * 255 + 0.5) << 8 |
           (uint32_t)(c.b * 255 + 0.5);
}

/* The picture around a point, smeared over 3 rows `step` apart. */
static struct rgb smear(const struct scene_backdrop *b, double u, double v, double step) {
    struct rgb sum = rgb(0, 0, 0);
    int x = scene_floor(u);
    x = x < 0 ? 0 : x >= b->width ? b->width - 1 : x;
    for (int k = -1; k <= 1; k++) {
        int y = scene_floor(v + k * step);
        y = y < 0 ? 0 : y >= b->height ? b->height - 1 : y;
        sum = rgb_add(sum, unpack(b->xrgb[(size_t)y * (size_t)b->width + (size_t)x]));
    }
    return rgb_scale(sum, 1.0 / 3);
}

/* Puddles gather in some places, a film lies everywhere. */
static double film(const struct scene_plan *plan, struct vec3 at, double gloss) {
    uint32_t seed = (uint32_t)plan->seed + 500;
    double n = 0.65 * scene_noise(at.x / 3.1, at.y / 4.3, seed) +
               0.35 * scene_noise(at.x / 0.7, at.y / 0.9, seed + 1);
    return plan->sky.wet * gloss * (0.45 + 0.55 * scene_smooth(0.5, 0.62, n));
}

static void mirror_column(const struct scene_plan *plan, struct scene_backdrop *b,
                          const uint8_t *gloss, int x) {
    const struct scene_camera *c = &plan->camera;
    double foot = 1e6; /* how far away the ground ends above this pixel */
    for (int y = 0; y < b->height; y++) {
        size_t i = (size_t)y * (size_t)b->width + (size_t)x;
        struct vec3 ray = scene_ray(c, x + 0.5, y + 0.5);
        if (b->what[i] != SCENE_IS_GROUND) {
            foot = b->what[i] == SCENE_IS_SKY ? 1e6 : (double)b->depth[i] * ray.y;
            continue;
        }
        if (gloss[i] == 0)
            continue;
        struct vec3 at = vec3_add(scene_eye(c), vec3_scale(ray, -c->height_m / ray.z));
        double steep = -ray.z / sqrt(vec3_dot(ray, ray)), graze = 1 - steep;
        double share = film(plan, at, gloss[i] / 255.0) * (0.06 + 0.72 * graze * graze * graze);
        share *= 1 - scene_air(&plan->sky, (double)b->depth[i]);
        double s = (foot - at.y) / ray.y, u, v;
        struct vec3 q = vec3_add(at, vec3_scale(vec3(ray.x, ray.y, -ray.z), s > 0 ? s : 0));
        if (!scene_project(c, q, &u, &v))
            continue;
        double ripple = 4 * (scene_noise(at.x * 5, at.y * 2.5, 7) - 0.5);
        double step = 1 + 0.008 * b->height;
        b->xrgb[i] = pack(rgb_mix(unpack(b->xrgb[i]), smear(b, u + ripple, v, step), share));
    }
}

/* The streak below a lamp: tall and narrow around the mirrored bulb. */
static void streak(const struct scene_plan *plan, struct scene_backdrop *b, const uint8_t *gloss,
                   const struct scene_prop *lamp) {
    const struct scene_camera *c = &plan->camera;
    struct vec3 bulb = scene_lamp_bulb(lamp), below = vec3(bulb.x, bulb.y, -bulb.z);
    double u, v, depth = scene_depth(c, below);
    if (!scene_project(c, below, &u, &v))
        return;
    struct rgb light = scene_plan_lamp(plan, vec3(bulb.x, bulb.y, 0));
    double top = fmax(light.r, fmax(light.g, light.b));
    if (top <= 0)
        return;
    light = rgb_scale(light, 0.8 / top * (1 - scene_air(&plan->sky, depth)));
    double wide = fmax(1.2, c->focal_px * 0.22 / depth), tall = fmax(6, c->focal_px * 2.6 / depth);
    for (int y = (int)fmax(v - 2 * tall, 0); y < b->height && y < v + 2 * tall; y++) {
        for (int x = (int)fmax(u - 3 * wide, 0); x < b->width && x < u + 3 * wide; x++) {
            size_t i = (size_t)y * (size_t)b->width + (size_t)x;
            if (b->what[i] != SCENE_IS_GROUND)
                continue;
            struct vec3 ray = scene_ray(c, x + 0.5, y + 0.5);
            struct vec3 at = vec3_add(scene_eye(c), vec3_scale(ray, -c->height_m / ray.z));
            double ripple = scene_noise(at.x * 4, at.y * 2, 8);
            double dx = (x + 0.5 - u + wide * (ripple - 0.5)) / wide, dy = (y + 0.5 - v) / tall;
            double glint = exp(-dx * dx - 1.5 * dy * dy) * (0.35 + 0.65 * ripple);
            double share = glint * film(plan, at, gloss[i] / 255.0);
            b->xrgb[i] = pack(rgb_add(unpack(b->xrgb[i]), rgb_scale(light, share)));
        }
    }
}

void scene_wet_mirror(const struct scene_plan *plan, struct scene_backdrop *b,
                      const uint8_t *gloss) {
    for (int x = 0; x < b->width; x++)
        mirror_column(plan, b, gloss, x);
    for (int i = 0; plan->sky.lamps_lit && i < plan->props; i++)
        if (plan->prop[i].kind == SCENE_LAMP)
            streak(plan, b, gloss, &plan->prop[i]);
}
