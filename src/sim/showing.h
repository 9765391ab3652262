/* What a camera shows: frames of a table's clips, over and over, with cuts from one to another. */
#ifndef WEIR_SIM_SHOWING_H
#define WEIR_SIM_SHOWING_H

#include "sim/verdicts.h"

/* From that frame of the stream on; frame k shows (first + k - from) modulo the clip's frames. */
struct sim_scene {
    int64_t from; /* the first one's is 0; then rising */
    int clip;
    int64_t first; /* >= 0 */
};

struct sim_showing {
    const struct sim_scene *scene; /* [scenes] */
    int scenes; /* >= 1 */
};

/* What a stream's frame shows. */
static inline struct sim_picture sim_shown(const struct sim_showing *showing,
                                           const struct sim_table *table, int64_t frame) {
    const struct sim_scene *s = &showing->scene[showing->scenes - 1];
    while (s > showing->scene && s->from > frame)
        s--;
    return (struct sim_picture){
        s->clip,
        (s->first + frame - s->from) % table->clip[s->clip].frames,
    };
}

#endif
