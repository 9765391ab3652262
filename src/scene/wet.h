/* Water on the ground. */
#ifndef WEIR_SCENE_WET_H
#define WEIR_SCENE_WET_H

#include "backdrop.h"

/* Lets wet ground mirror what the finished picture shows above it, and the lamps.
 * gloss: how smooth the ground of each pixel is, 0–255. */
void scene_wet_mirror(const struct scene_plan *plan, struct scene_backdrop *backdrop,
                      const uint8_t *gloss);

#endif
