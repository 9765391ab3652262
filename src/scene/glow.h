/* Light around lamps: added to the picture as soft discs. */
#ifndef WEIR_SCENE_GLOW_H
#define WEIR_SCENE_GLOW_H

#include <stdint.h>

#include "brush.h"

/* Adds glow to xrgb (size of the camera's picture), brighter at its middle. depth: of
 * what hides it, per pixel; a glow whose middle is hidden is left out. */
void scene_glow_add(const struct scene_camera *camera, const struct scene_sky *sky,
                    const struct scene_glow *glow, const float *depth, uint32_t *xrgb);

#endif
