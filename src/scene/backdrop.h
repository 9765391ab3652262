/*
 * The still part of the picture, by ray casting: sky, ground and buildings with
 * their light, textures and air, and how far away each pixel is. Painted once
 * per scene.
 */
#ifndef WEIR_SCENE_BACKDROP_H
#define WEIR_SCENE_BACKDROP_H

#include <stdint.h>

#include "plan.h"

/* What a pixel shows. */
enum { SCENE_IS_SKY, SCENE_IS_GROUND, SCENE_IS_WALL };

struct scene_backdrop {
    int width, height;
    uint32_t *xrgb; /* width x height, 0x00RRGGBB, rows without gaps */
    float *depth; /* metres along the optical axis (scene_depth); 1e9 for the sky */
    uint8_t *what; /* SCENE_IS_… of the pixel's centre */
    uint8_t *sunlit; /* ground in the sun: 255; in a building's shadow or else: 0 */
};

/* Paints plan's sky, ground and buildings (no props, no bodies). 0, ENOMEM. */
int scene_backdrop_make(const struct scene_plan *plan, struct scene_backdrop *backdrop);
void scene_backdrop_done(struct scene_backdrop *backdrop);

#endif
