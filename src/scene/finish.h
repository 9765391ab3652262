/* What the air and the camera add: rain, shake, sensor noise; and I420. */
#ifndef WEIR_SCENE_FINISH_H
#define WEIR_SCENE_FINISH_H

#include <stdint.h>

#include "plan.h"

struct scene_finish;

/* plan is borrowed. NULL: no memory. */
struct scene_finish *scene_finish_new(const struct scene_plan *plan);
void scene_finish_free(struct scene_finish *finish);
/* The displacement by the mast's shake at time t_s, whole pixels; the truth moves
 * with it. */
void scene_finish_shake(const struct scene_finish *finish, double t_s, int *ret_dx, int *ret_dy);
/* xrgb (width x height of the plan's camera) at time t_s as picture number frame. */
int scene_finish_image(struct scene_finish *finish, const uint32_t *xrgb, double t_s, int64_t frame,
                       struct weir_image **ret_image);

#endif
