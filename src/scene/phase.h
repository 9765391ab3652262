/* How busy it is when: what each profile asks for at any time. */
#ifndef WEIR_SCENE_PHASE_H
#define WEIR_SCENE_PHASE_H

#include <stdbool.h>
#include <stdint.h>

#include "scene/scene.h"

/* How many the camera should see. */
struct scene_demand {
    double vehicles; /* no more than that, and */
    double vehicles_per_m; /* no denser than that over all visible lanes */
    double cyclists;
    double people; /* on foot */
    double people_near; /* besides, within SCENE_NEAR_WAY_M */
    double spots_near, spots; /* share of the places to stay that are taken; near: likewise */
    bool far_only; /* nobody nearer than SCENE_FAR_WAY_M */
};

#define SCENE_NEAR_WAY_M 20.0
#define SCENE_FAR_WAY_M 35.0

#define SCENE_PHASES 256

struct scene_phases {
    int n; /* 1 where a profile never changes */
    uint8_t kind[SCENE_PHASES];
    double until_s[SCENE_PHASES]; /* then they begin anew */
};

void scene_phases_make(uint64_t seed, enum weir_scene_profile profile, struct scene_phases *ret);
/* What is wanted at t_s; before 0 what the first phase wants. */
struct scene_demand scene_phases_at(const struct scene_phases *phases, double t_s);
/* The name of the phase at t_s, for a person. */
const char *scene_phases_name(const struct scene_phases *phases, double t_s);

#endif
