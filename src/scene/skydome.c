/*
 * The sky: a gradient, clouds of noise on a plane far above, the glow of the sun
 * or the moon, stars; and at the horizon two rows of hills and a distant town
 * that the air has nearly swallowed.
 */
#include "skydome.h"

#include "random.h"
#include "texture.h"

struct scene_skydome scene_skydome_of(const struct scene_plan *plan) {
    struct weir_random r = weir_random_of(plan->seed, SCENE_RANDOM_BACKDROP, 0);
    struct scene_skydome d = {.sky = &plan->sky};
    d.seed = (uint32_t)weir_random_bits(&r);
    d.cover = plan->sky.overcast ? weir_random_in(&r, 0.85, 1) : weir_random_in(&r, 0.1, 0.6);
    d.scale = weir_random_in(&r, 0.5, 1.1);
    d.hills = weir_random_in(&r, 0.01, 0.05);
    d.city = weir_random_chance(&r, 0.6) ? weir_random_in(&r, 0.015, 0.05) : 0;
    return d;
}

static double fbm(double x, double y, uint32_t seed, int octaves) {
    double sum = 0, weight = 0.5;
    for (int i = 0; i < octaves; i++) {
        sum += weight * scene_noise(x, y, seed + (uint32_t)i);
        weight *= 0.5;
        /* Turned a little each time: value noise must not show its grid. */
        double turned = 1.64 * x - 1.22 * y;
        y = 1.22 * x + 1.64 * y;
        x = turned;
    }
    return sum;
}

static struct rgb gradient(const struct scene_sky *sky, double up) {
    double t = clamp01(up < 0 ? 0 : up);
    return rgb_mix(sky->sky_horizon, sky->sky_top, sqrt(t) * (1.25 - 0.25 * t));
}

static struct rgb clouds(const struct scene_skydome *d, struct vec3 dir, struct rgb below) {
    const struct scene_sky *sky = d->sky;
    double plane = d->scale * 2.2 / (dir.z + 0.09);
    double x = dir.x * plane, y = dir.y * plane;
    double n = fbm(x, y, d->seed, 5) / 0.97;
    double dense = scene_smooth(0.64 - 0.4 * d->cover, 0.84 - 0.4 * d->cover, n);
    /* Thick parts are darker, edges towards the sun brighter. */
    double thick = scene_smooth(0.45, 0.8, n);
    double sunny = vec3_dot(dir, sky->sun), toward = sunny > 0 ? sunny * sunny : 0;
    struct rgb light, dark;
    if (sky->hour == SCENE_NIGHT) {
        light = rgb_scale(sky->sky_horizon, 1.15);
        dark = rgb_scale(sky->sky_horizon, 0.75);
    } else {
        light = rgb_mix(rgb_add(rgb_scale(sky->sky_horizon, 0.55), rgb(0.42, 0.42, 0.42)),
                        sky->sky_horizon, sky->overcast ? 0.55 : 0.15);
        light = rgb_add(light, rgb_scale(sky->sun_rgb, 0.25 * toward));
        dark = rgb_scale(rgb_mix(sky->sky_horizon, sky->sky_top, 0.4), sky->overcast ? 0.84 : 0.92);
    }
    struct rgb c = rgb_mix(light, dark, sky->overcast ? thick : 0.75 * thick);
    double far = clamp01(dir.z / 0.12);
    return rgb_mix(below, c, dense * far * (sky->overcast ? 0.9 : 0.85));
}

static struct rgb luminary(const struct scene_skydome *d, struct vec3 dir, struct rgb c) {
    const struct scene_sky *sky = d->sky;
    double s = vec3_dot(dir, sky->sun);
    if (sky->overcast || sky->fog || s <= 0)
        return c;
    double s2 = s * s, s8 = s2 * s2 * s2 * s2, s64 = s8 * s8;
    s64 *= s64, s64 *= s64;
    if (sky->hour == SCENE_NIGHT) {
        double disc = scene_smooth(0.99985, 0.99989, s);
        c = rgb_add(c, rgb_scale(rgb(0.30, 0.33, 0.40), 0.25 * s64 + 0.5 * s64 * s64 * s64 * s64));
        return rgb_mix(c, rgb(0.93, 0.93, 0.86), disc);
    }
    struct rgb warm = sky->hour == SCENE_DUSK ? rgb(1, 0.62, 0.3) : rgb(1, 0.95, 0.82);
    double glow = 0.16 * s8 + 0.3 * s64 + 0.6 * s64 * s64 * s64;
    c = rgb_mix(c, warm, clamp01(glow));
    return rgb_mix(c, rgb(1, 0.98, 0.9), scene_smooth(0.9996, 0.99985, s));
}

static struct rgb stars(const struct scene_skydome *d, struct vec3 dir, struct rgb c) {
    double x = dir.x / (dir.z + 0.6) * 160, y = dir.y / (dir.z + 0.6) * 160;
    int i = scene_floor(x), j = scene_floor(y);
    double chance = scene_cell_unit(i, j, d->seed, 10);
    if (chance > 0.05)
        return c;
    double dx = x - i - 0.25 - 0.5 * scene_cell_unit(i, j, d->seed, 11);
    double dy = y - j - 0.25 - 0.5 * scene_cell_unit(i, j, d->seed, 12);
    double bright = clamp01(1 - (dx * dx + dy * dy) * 40) * (0.25 + 12 * chance);
    return rgb_add(c, rgb_scale(rgb(0.8, 0.85, 1), bright * clamp01(dir.z * 4)));
}

/* A row of the distance: where it stands before the sky, its colour. */
static struct rgb row(const struct scene_skydome *d, struct rgb c, double up, double height,
                      struct rgb albedo, double air) {
    double inside = clamp01((height - up) * 900 + 0.5);
    if (inside <= 0)
        return c;
    struct rgb lit = rgb_mul(albedo, scene_light_on(d->sky, vec3(0, -1, 0), 0.5, rgb(0, 0, 0)));
    /* Haze thickens towards the ground. */
    return rgb_mix(c, rgb_mix(lit, d->sky->air_rgb, clamp01(air + 0.25 * clamp01(1 - up * 40))),
                   inside);
}

static struct rgb distance(const struct scene_skydome *d, struct vec3 dir, struct rgb c) {
    double az = atan2(dir.x, dir.y), up = dir.z;
    double clear = exp(-900 / d->sky->air_m);
    double h = d->hills * (0.3 + 1.4 * fbm(az * 3, 0.5, d->seed + 20, 4));
    c = row(d, c, up, h, rgb(0.28, 0.36, 0.40), 1 - 0.42 * clear);
    if (d->city > 0) {
        int i = scene_floor(az * 70), k = scene_floor(az * 23 + 7);
        double tall = 0.35 + 0.65 * scene_cell_unit(i, 0, d->seed, 21);
        tall *= 0.4 + scene_noise(az * 5, 9, d->seed + 22);
        if (scene_cell_unit(k, 0, d->seed, 23) < 0.15)
            tall *= 1.7;
        double top = d->city * tall;
        c = row(d, c, up, top, rgb(0.45, 0.43, 0.43), 1 - 0.55 * clear);
        if (d->sky->lamps_lit && up < top - 0.002) {
            int wx = scene_floor(az * 900), wy = scene_floor(up * 600);
            if (scene_cell_unit(wx, wy, d->seed, 24) < 0.16)
                c = rgb_mix(c, rgb(0.95, 0.75, 0.45), 0.7 * clear);
        }
    }
    double trees = 0.006 + 0.5 * d->hills * fbm(az * 9, 3, d->seed + 30, 3) +
                   0.007 * fbm(az * 130, 5, d->seed + 31, 3);
    return row(d, c, up, trees, rgb(0.20, 0.27, 0.18), 1 - 0.75 * clear);
}

struct rgb scene_skydome_at(const struct scene_skydome *d, struct vec3 direction) {
    const struct scene_sky *sky = d->sky;
    struct vec3 dir = vec3_unit(direction);
    struct rgb c = gradient(sky, dir.z);
    if (dir.z > 0) {
        c = luminary(d, dir, c);
        if (sky->hour == SCENE_NIGHT && !sky->overcast && !sky->fog)
            c = stars(d, dir, c);
        if (!sky->fog)
            c = clouds(d, dir, c);
    }
    if (dir.z < 0.16)
        c = distance(d, dir, c);
    if (sky->fog)
        c = rgb_mix(sky->air_rgb, c, 0.6 * scene_smooth(0.02, 0.6, dir.z));
    return c;
}

struct rgb scene_skydome_mirror(const struct scene_skydome *d, struct vec3 direction) {
    struct vec3 dir = vec3_unit(direction);
    struct rgb c = gradient(d->sky, dir.z < 0 ? -dir.z : dir.z);
    if (d->sky->hour != SCENE_NIGHT && dir.z > 0.05) {
        double plane = 2.2 / (dir.z + 0.3);
        double n = scene_noise(dir.x * plane * 1.7, dir.y * plane * 1.7, d->seed);
        c = rgb_mix(c, rgb_add(rgb_scale(d->sky->sky_horizon, 0.6), rgb(0.35, 0.35, 0.35)),
                    0.5 * d->cover * n);
    }
    /* Below: façades across the street, some in the sun, and the ground before them. */
    double low = 0.16 + 0.12 * scene_noise(dir.x * 9, dir.y * 9, d->seed + 40);
    double sunny = scene_smooth(0.4, 0.6, scene_noise(dir.x * 4, dir.z * 5, d->seed + 41));
    struct rgb across = rgb_mul(rgb_mix(rgb(0.50, 0.46, 0.40), rgb(0.42, 0.43, 0.45), sunny),
                                scene_light_on(d->sky, vec3(0, -1, 0), sunny, rgb(0, 0, 0)));
    struct rgb ground =
        rgb_mul(rgb(0.40, 0.40, 0.40), scene_light_on(d->sky, vec3(0, 0, 1), 0.5, rgb(0, 0, 0)));
    struct rgb street = rgb_mix(ground, across, scene_smooth(-0.16, -0.08, dir.z));
    return rgb_mix(street, c, scene_smooth(low - 0.02, low + 0.02, dir.z));
}
