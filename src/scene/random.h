/* What a scene draws by chance: each purpose from its own stream (base/random.h). */
#ifndef WEIR_SCENE_RANDOM_H
#define WEIR_SCENE_RANDOM_H

#include "base/base.h"

/* The purposes; append only. */
enum scene_random_purpose {
    SCENE_RANDOM_PLAN = 1,
    SCENE_RANDOM_SKY,
    SCENE_RANDOM_BACKDROP,
    SCENE_RANDOM_LOOK, /* what an object looks like: i is its look */
    SCENE_RANDOM_PHASE, /* how busy it is when */
    SCENE_RANDOM_TRAFFIC,
    SCENE_RANDOM_WALKERS,
    SCENE_RANDOM_PROP,
    SCENE_RANDOM_FINISH, /* noise, rain, shake */
};

#endif
