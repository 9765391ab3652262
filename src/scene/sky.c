/*
 * The hour and the weather of a seed. One row per kind of sky says how often it
 * comes and how likely rain and fog are under it; then the hour sets the light,
 * and weather takes from it: clouds take the sun and even the rest out, rain and
 * fog shorten the view. Everything but the choice of the row is varied a little.
 */
#include "sky.h"

#include <string.h>

#include "random.h"

static const struct kind {
    double share; /* of all seeds; the shares sum to 1 */
    enum scene_hour hour;
    bool overcast;
    double rain, fog; /* probabilities */
} kinds[] = {
    {0.40, SCENE_DAY, false, 0, 0.03},      {0.25, SCENE_DAY, true, 0.46, 0.20},
    {0.11, SCENE_DUSK, false, 0, 0.06},     {0.04, SCENE_DUSK, true, 0.70, 0.20},
    {0.13, SCENE_NIGHT, false, 0.10, 0.05}, {0.07, SCENE_NIGHT, true, 0.65, 0.25},
};

/* What the hour gives under a clear sky. */
static const struct light {
    struct rgb sun, zenith, bounce, top, horizon;
    double low, high; /* range of the sun's z */
    double air_m, noise, exposure_s;
} lights[] = {
    [SCENE_DAY] = {{0.66, 0.61, 0.52},
                   {0.46, 0.50, 0.57},
                   {0.34, 0.32, 0.30},
                   {0.28, 0.48, 0.80},
                   {0.76, 0.85, 0.94},
                   0.36,
                   0.85,
                   2400,
                   1.2,
                   1.0 / 400},
    [SCENE_DUSK] = {{0.56, 0.34, 0.17},
                    {0.37, 0.36, 0.44},
                    {0.27, 0.24, 0.24},
                    {0.23, 0.28, 0.48},
                    {0.96, 0.64, 0.40},
                    0.16,
                    0.30,
                    1500,
                    2.8,
                    1.0 / 90},
    [SCENE_NIGHT] = {{0, 0, 0},
                     {0.295, 0.315, 0.385},
                     {0.21, 0.21, 0.24},
                     {0.025, 0.035, 0.085},
                     {0.13, 0.125, 0.16},
                     0.35,
                     0.80,
                     1100,
                     5.2,
                     1.0 / 35},
};

static double luma(struct rgb c) {
    return 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b;
}

static struct rgb grey(struct rgb c, double amount) {
    double y = luma(c);
    return rgb_mix(c, rgb(y, y, y), amount);
}

static const struct kind *choose(struct weir_random *r) {
    double at = weir_random_unit(r);
    size_t i = 0, last = sizeof kinds / sizeof *kinds - 1;
    for (; i < last && at >= kinds[i].share; i++)
        at -= kinds[i].share;
    return &kinds[i];
}

/* Clouds: the sun's light comes from everywhere; the dome is one grey. */
static void cover(struct scene_sky *sky, struct weir_random *r) {
    double dark = weir_random_in(r, 0.88, 1.04);
    sky->zenith_rgb = grey(rgb_add(sky->zenith_rgb, rgb_scale(sky->sun_rgb, 0.72)), 0.7);
    sky->zenith_rgb = rgb_scale(sky->zenith_rgb, sky->hour == SCENE_NIGHT ? 1 : dark);
    sky->bounce_rgb = grey(rgb_add(sky->bounce_rgb, rgb_scale(sky->sun_rgb, 0.3)), 0.6);
    sky->sun_rgb = rgb(0, 0, 0);
    struct rgb dome = grey(rgb_mix(sky->sky_top, sky->sky_horizon, 0.6), 0.75);
    sky->sky_top = rgb_scale(dome, 0.85 * dark);
    sky->sky_horizon = rgb_scale(dome, 1.05 * dark);
    sky->air_m *= 0.55;
}

static void rain(struct scene_sky *sky, struct weir_random *r) {
    sky->wet = weir_random_in(r, 0.6, 1);
    sky->air_m = weir_random_in(r, 320, 700);
    if (sky->hour == SCENE_DAY)
        sky->zenith_rgb = rgb_scale(sky->zenith_rgb, 0.94);
}

static void fog(struct scene_sky *sky, struct weir_random *r) {
    double thin = weir_random_unit(r);
    sky->air_m = 70 + 130 * thin * thin;
    sky->sun_rgb = rgb_scale(sky->sun_rgb, 0.45);
    sky->sky_horizon = grey(sky->sky_horizon, 0.6);
    sky->sky_top = rgb_mix(sky->sky_top, sky->sky_horizon, 0.8);
}

struct scene_sky scene_sky_of(uint64_t seed) {
    struct weir_random random = weir_random_of(seed, SCENE_RANDOM_SKY, 0), *r = &random;
    struct scene_sky sky;
    memset(&sky, 0, sizeof sky); /* padding, too: plans are compared by their bytes */

    const struct kind *kind = choose(r);
    const struct light *light = &lights[kind->hour];
    sky.hour = kind->hour;
    sky.overcast = kind->overcast;
    sky.rain = weir_random_chance(r, kind->rain);
    sky.fog = weir_random_chance(r, kind->fog);

    double azimuth = weir_random_in(r, 0, 6.283185307179586);
    double z = weir_random_in(r, light->low, light->high), flat = sqrt(1 - z * z);
    sky.sun = vec3(flat * cos(azimuth), flat * sin(azimuth), z);

    double bright = weir_random_in(r, 0.92, 1.06), tint = weir_random_in(r, -0.03, 0.03);
    struct rgb cast = rgb(bright * (1 + tint), bright, bright * (1 - tint));
    sky.sun_rgb = rgb_mul(light->sun, cast);
    sky.zenith_rgb = rgb_mul(light->zenith, cast);
    sky.bounce_rgb = rgb_mul(light->bounce, cast);
    sky.sky_top = rgb_scale(light->top, weir_random_in(r, 0.85, 1.1));
    sky.sky_horizon = rgb_mul(light->horizon, cast);
    sky.air_m = light->air_m * weir_random_in(r, 0.8, 1.25);
    sky.noise = light->noise * weir_random_in(r, 0.8, 1.3);
    sky.exposure_s = light->exposure_s * weir_random_in(r, 0.8, 1.2);
    sky.lamps_lit =
        sky.hour == SCENE_NIGHT || (sky.hour == SCENE_DUSK && weir_random_chance(r, 0.75));

    if (sky.overcast)
        cover(&sky, r);
    else if (weir_random_chance(r, 0.1))
        sky.wet = weir_random_in(r, 0.1, 0.4); /* it has just rained */
    if (sky.rain)
        rain(&sky, r);
    if (sky.fog)
        fog(&sky, r);
    sky.sky_top = rgb_clamp(sky.sky_top);
    sky.sky_horizon = rgb_clamp(sky.sky_horizon);
    sky.air_rgb = rgb_mix(sky.sky_horizon, sky.sky_top, 0.15);

    double ambient = luma(sky.zenith_rgb), direct = luma(sky.sun_rgb) * sky.sun.z;
    double left = ambient / (ambient + direct);
    sky.shadow = direct > 0.02 ? fmax(0.45, left) : sky.hour == SCENE_NIGHT ? 0.85 : 0.80;
    return sky;
}
