#include "glow.h"

#define GLOW_MIN_PX 1.5
#define GLOW_WHOLE_PX 14.0
#define GLOW_MAX_PX 220.0

static inline uint32_t add(uint32_t pixel, int r, int g, int b) {
    r += (int)(pixel >> 16 & 255);
    g += (int)(pixel >> 8 & 255);
    b += (int)(pixel & 255);
    r = r > 255 ? 255 : r;
    g = g > 255 ? 255 : g;
    b = b > 255 ? 255 : b;
    return (uint32_t)r << 16 | (uint32_t)g << 8 | (uint32_t)b;
}

void scene_glow_add(const struct scene_camera *camera, const struct scene_sky *sky,
                    const struct scene_glow *glow, const float *depth, uint32_t *xrgb) {
    double u, v;
    if (!scene_project(camera, glow->at, &u, &v))
        return;
    double z = scene_depth(camera, glow->at);
    double radius = fmin(glow->radius_m * camera->focal_px / z, GLOW_MAX_PX);
    double weak = fmin(1, radius / GLOW_WHOLE_PX); /* many far ones lie on one spot */
    if (radius < GLOW_MIN_PX)
        return;
    int mu = (int)floor(u), mv = (int)floor(v);
    if (mu >= 0 && mv >= 0 && mu < camera->width && mv < camera->height &&
        depth[(long)mv * camera->width + mu] < z - 1.0)
        return;
    int x0 = (int)fmax(floor(u - radius), 0), x1 = (int)fmin(ceil(u + radius), camera->width);
    int y0 = (int)fmax(floor(v - radius), 0), y1 = (int)fmin(ceil(v + radius), camera->height);
    struct rgb c = rgb_scale(glow->rgb, 255 * weak * (1 - 0.7 * scene_air(sky, z)));
    float scale = (float)(1 / (radius * radius));
    for (int y = y0; y < y1; y++) {
        float dy = (float)(y + 0.5 - v);
        for (int x = x0; x < x1; x++) {
            float dx = (float)(x + 0.5 - u), q = 1 - (dx * dx + dy * dy) * scale;
            if (q <= 0)
                continue;
            float w = 0.35f * q * q + 0.65f * q * q * q * q * q * q;
            uint32_t *pixel = &xrgb[(long)y * camera->width + x];
            *pixel =
                add(*pixel, (int)(w * (float)c.r), (int)(w * (float)c.g), (int)(w * (float)c.b));
        }
    }
}
