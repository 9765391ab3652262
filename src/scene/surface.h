/* What the ground looks like: materials, kerbs and paint, without their light. */
#ifndef WEIR_SCENE_SURFACE_H
#define WEIR_SCENE_SURFACE_H

#include "plan.h"
#include "texture.h"

/* Albedo of a material; at->a runs along, half_width_m is that of its patch (0: endless). */
struct rgb scene_surface_at(enum scene_ground ground, const struct scene_place *at,
                            double half_width_m);
/* How much of the pixel the patch covers (a from its beginning, b from its middle). */
double scene_patch_cover(const struct scene_patch *patch, const struct scene_place *at);
/* Albedo of a patch with its kerbs. */
struct rgb scene_patch_at(const struct scene_patch *patch, const struct scene_place *at);
/* How much of the pixel is painted; wear included. */
double scene_marking_cover(const struct scene_marking *marking, const struct scene_place *at);

#endif
