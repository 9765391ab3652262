/* What the fixed camera cannot see: there people and vehicles may come and go. */
#ifndef WEIR_SCENE_VIEW_H
#define WEIR_SCENE_VIEW_H

#include "plan.h"

/* Farther away nobody is drawn. */
#define SCENE_FAR_M 320.0

/* Whether a cylinder standing at (x,y) lies outside of the picture even if that
 * were wider by margin (a share of its width) on each side and below, or beyond
 * SCENE_FAR_M. */
bool scene_view_outside(const struct scene_camera *camera, double x, double y, double radius_m,
                        double height_m, double margin);
/* Whether it stands behind or in the plan's buildings. */
bool scene_view_blocked(const struct scene_plan *plan, double x, double y, double radius_m,
                        double height_m);
/* Either, with a small margin. */
bool scene_view_hidden(const struct scene_plan *plan, double x, double y, double radius_m,
                       double height_m);

#endif
