/*
 * Two lanes share a stretch where their middle lines come so near that bodies
 * could touch; lanes side by side never come that near. Who yields follows from
 * weight and number, so that of two lanes always exactly one does.
 */
#include "junction.h"

#include <stdlib.h>

#define TOUCH_M 2.7 /* two broad vehicles */
#define CYCLE_TOUCH_M 1.6
#define MEET_M 1.0 /* lanes that do not come nearer than this only pass each other */
#define CHAIN_M 9.0 /* no room for a vehicle between two zones */
#define ENTRY_M 1.5

static int by_place(const void *a, const void *b) {
    const struct scene_zone *x = a, *y = b;
    if (x->from != y->from)
        return x->from > y->from ? 1 : -1;
    return (x->other > y->other) - (x->other < y->other);
}

static void find_zones(const struct scene_ways *w, int lane, struct scene_junctions *j) {
    const struct scene_course *a = &w->course[lane];
    int first = j->zones;
    for (int i = 0; i < w->plan->ways; i++) {
        const struct scene_course *b = &w->course[i];
        if (i == lane || b->way->kind == SCENE_FOOTWAY)
            continue;
        bool cycles = a->way->kind == SCENE_CYCLE_LANE || b->way->kind == SCENE_CYCLE_LANE;
        struct scene_meeting m;
        for (double from = 0;
             j->zones < SCENE_MAX_ZONES &&
             scene_paths_meet(&a->path, &b->path, cycles ? CYCLE_TOUCH_M : TOUCH_M, from, &m);
             from = m.a1 + 1)
            if (m.distance_m < MEET_M)
                j->zone[j->zones++] = (struct scene_zone){
                    .other = i,
                    .from = m.a0,
                    .to = m.a1,
                    .other_from = m.b0,
                    .other_to = m.b1,
                    .joins = m.along > 0.8,
                    .yields = a->way->weight < b->way->weight ||
                              (a->way->weight == b->way->weight && lane > i),
                };
    }
    qsort(&j->zone[first], (size_t)(j->zones - first), sizeof j->zone[0], by_place);
}

void scene_junctions_find(const struct scene_ways *w, struct scene_junctions *ret) {
    struct scene_junctions *j = ret;
    *j = (struct scene_junctions){.zones = 0};
    for (int lane = 0; lane < w->plan->ways; lane++) {
        j->first[lane] = j->junctions;
        if (w->course[lane].way->kind == SCENE_FOOTWAY)
            continue;
        int i = j->zones;
        find_zones(w, lane, j);
        struct scene_junction *last = NULL;
        for (; i < j->zones; i++) {
            const struct scene_zone *z = &j->zone[i];
            if (last && z->from < last->leave_s + CHAIN_M) {
                last->leave_s = fmax(last->leave_s, z->to);
                last->zones++;
            } else if (j->junctions < SCENE_MAX_JUNCTIONS) {
                last = &j->junction[j->junctions++];
                *last = (struct scene_junction){z->from - ENTRY_M, z->to, i, 1};
            }
        }
        j->count[lane] = j->junctions - j->first[lane];
    }
}
