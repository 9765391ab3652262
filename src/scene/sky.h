/*
 * The hour and the weather: where light comes from and what the air does to it.
 * Colours are display values (0–1 per channel, gamma applied): a lit colour is
 * albedo x light, which is cheap and looks right enough.
 */
#ifndef WEIR_SCENE_SKY_H
#define WEIR_SCENE_SKY_H

#include <stdbool.h>
#include <stdint.h>

#include "geometry.h"

struct rgb {
    double r, g, b;
};

static inline struct rgb rgb(double r, double g, double b) {
    return (struct rgb){r, g, b};
}
static inline struct rgb rgb_mul(struct rgb a, struct rgb b) {
    return rgb(a.r * b.r, a.g * b.g, a.b * b.b);
}
static inline struct rgb rgb_add(struct rgb a, struct rgb b) {
    return rgb(a.r + b.r, a.g + b.g, a.b + b.b);
}
static inline struct rgb rgb_scale(struct rgb a, double s) {
    return rgb(a.r * s, a.g * s, a.b * s);
}
static inline struct rgb rgb_mix(struct rgb a, struct rgb b, double t) {
    return rgb_add(rgb_scale(a, 1 - t), rgb_scale(b, t));
}
static inline struct rgb rgb_clamp(struct rgb a) {
    return rgb(clamp01(a.r), clamp01(a.g), clamp01(a.b));
}

enum scene_hour { SCENE_DAY, SCENE_DUSK, SCENE_NIGHT };

struct scene_sky {
    enum scene_hour hour;
    bool overcast, rain, fog;
    struct vec3 sun; /* unit vector towards the sun (the moon at night); z > 0.15 */
    struct rgb sun_rgb; /* light on a face turned to the sun; 0 where overcast or night */
    struct rgb zenith_rgb; /* ambient light on faces turned up */
    struct rgb bounce_rgb; /* ambient light on faces turned down */
    struct rgb sky_top, sky_horizon; /* colours of the sky itself */
    struct rgb air_rgb; /* what distance fades to */
    double air_m; /* distance after which 63% is air: 60 (fog) – 3000 (clear) */
    double shadow; /* what a shadow leaves of the light on the ground, 1 = none: 0.45 – 1 */
    bool lamps_lit; /* street lamps, windows, headlights */
    double noise; /* sensor noise, deviation in 8-bit steps: 1 (day) – 7 (night) */
    double exposure_s; /* of one frame: motion blur; 1/500 (day) – 1/30 (night) */
    double wet; /* 0–1: how much the ground mirrors */
};

/* The sky of a seed. */
struct scene_sky scene_sky_of(uint64_t seed);

/* Light on a face: sunlit 0–1 is how much of the sun reaches it; lamp is added. */
static inline struct rgb scene_light_on(const struct scene_sky *sky, struct vec3 normal,
                                        double sunlit, struct rgb lamp) {
    double up = 0.5 + 0.5 * normal.z, facing = vec3_dot(normal, sky->sun);
    struct rgb light = rgb_mix(sky->bounce_rgb, sky->zenith_rgb, up);
    if (facing > 0)
        light = rgb_add(light, rgb_scale(sky->sun_rgb, facing * sunlit));
    return rgb_add(light, lamp);
}

/* How much of the air's colour covers what is depth metres away, 0–1. */
static inline double scene_air(const struct scene_sky *sky, double depth) {
    return 1 - exp(-depth / sky->air_m);
}

#endif
