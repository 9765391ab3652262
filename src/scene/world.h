/*
 * Who is where: vehicles follow each other along lanes and stop for signals and
 * crossings, people walk, wait, sit and cross, cyclists ride. How many come
 * follows the profile's phases. Advanced in fixed ticks, so that the frame rate
 * changes nothing of what happens.
 */
#ifndef WEIR_SCENE_WORLD_H
#define WEIR_SCENE_WORLD_H

#include <stddef.h>
#include <stdint.h>

#include "plan.h"

#define SCENE_TICK_S 0.02

struct scene_world;

/* Warmed up: at time 0 the street is as busy as its first phase says. plan is
 * borrowed and outlives the world. NULL: no memory. */
struct scene_world *scene_world_new(const struct scene_plan *plan, enum weir_scene_profile profile);
void scene_world_free(struct scene_world *world);
/* Advances to time t_s (not before the time reached). 0, ENOMEM. */
int scene_world_advance(struct scene_world *world, double t_s);
/* Everybody who moves or waits now (not the plan's parked ones), in no order; riders
 * come right after their bicycle. Valid until the next advance. Ids begin at
 * SCENE_FIRST_MOVING_ID and are unique over the whole scene; there are enough for many
 * days (a world that had used them up would let nobody new come). Bodies far outside of
 * the view are left out. */
#define SCENE_FIRST_MOVING_ID 1000
#define SCENE_LAST_MOVING_ID INT32_MAX
const struct scene_body *scene_world_bodies(const struct scene_world *world, size_t *ret_len);

#endif
