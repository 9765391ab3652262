/*
 * A street where people only came from its ends would take minutes to fill and
 * to empty. So they also use the houses along it: straight off the pavement and
 * through the wall, where nothing stands in between. Walls have no doors to match,
 * hence only where the camera is too far away to tell.
 */
#include "door.h"

#include "stay.h"
#include "view.h"

#define NEAREST_M 22.0
#define EVERY_M 7
#define REACH_M 9.0
#define BEHIND_M 1.4 /* the wall */

static bool hidden(const struct scene_ways *w, double x, double y) {
    return scene_view_hidden(w->plan, x, y, 0.6, 2);
}

/* Looks for a wall from s to one side. */
static bool find(const struct scene_ways *w, const struct scene_course *c, double s, double side,
                 struct scene_door *ret_door) {
    struct scene_place p = scene_path_at(&c->path, s);
    double ux = -p.uy * side, uy = p.ux * side;
    for (double d = c->way->half_width_m; d < c->way->half_width_m + REACH_M; d += 0.5) {
        double x = p.x + ux * d, y = p.y + uy * d;
        if (scene_stay_obstructed(w, x, y))
            return false;
        if (!scene_stay_indoors(w, x, y))
            continue;
        d += BEHIND_M;
        *ret_door = (struct scene_door){s, p.x + ux * d, p.y + uy * d, ux, uy};
        return scene_stay_indoors(w, ret_door->x, ret_door->y) &&
               hidden(w, ret_door->x, ret_door->y);
    }
    return false;
}

void scene_doors_find(const struct scene_ways *w, struct scene_doors *ret) {
    ret->doors = 0;
    for (int i = 0; i < w->plan->ways; i++) {
        const struct scene_course *c = &w->course[i];
        ret->first[i] = ret->doors;
        for (int s = EVERY_M; c->way->kind == SCENE_FOOTWAY && s < c->path.length_m - EVERY_M;
             s += EVERY_M) {
            struct scene_place p = scene_path_at(&c->path, s);
            double distance = hypot(p.x, p.y);
            if (distance < NEAREST_M || distance > SCENE_FAR_M || c->seen_m <= 0)
                continue;
            for (int side = -1; side <= 1 && ret->doors < SCENE_MAX_DOORS; side += 2)
                ret->doors += find(w, c, s, side, &ret->door[ret->doors]);
        }
        ret->count[i] = ret->doors - ret->first[i];
    }
}

int scene_door_ahead(const struct scene_doors *doors, int way, int direction, double s,
                     double room_m) {
    int n = doors->count[way], first = doors->first[way];
    for (int k = 0; k < n; k++) {
        int i = first + (direction > 0 ? k : n - 1 - k);
        if (direction * (doors->door[i].s - s) > room_m)
            return i;
    }
    return -1;
}
