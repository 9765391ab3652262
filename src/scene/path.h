/*
 * A way as it is driven: its corners rounded, measured by metres, and asked for
 * place and direction in constant time.
 */
#ifndef WEIR_SCENE_PATH_H
#define WEIR_SCENE_PATH_H

#include "plan.h"

struct scene_place {
    double x, y, ux, uy; /* u: unit vector forward */
};

struct scene_path {
    struct scene_place *at; /* one a metre: at[0 … length_m] */
    int length_m;
};

/* way, lengthened straight by before_m and after_m. Bends are at least
 * radius_m wide where the legs are long enough. 0, ENOMEM. */
int scene_path_make(const struct scene_way *way, double radius_m, double before_m, double after_m,
                    struct scene_path *ret_path);
/* Keeps from … to, whole metres. */
void scene_path_cut(struct scene_path *path, int from, int to);
void scene_path_done(struct scene_path *path); /* zeroed allowed */

/* Beyond its ends a path goes on straight. */
struct scene_place scene_path_at(const struct scene_path *path, double s);
/* The place on the path nearest to (x,y), m along it. */
double scene_path_nearest(const struct scene_path *path, double x, double y);
/* The place nearest to (x,y) for one who was near s a moment ago. */
double scene_path_follow(const struct scene_path *path, double s, double x, double y);
/* Bend at s, radians a metre. */
double scene_path_bend(const struct scene_path *path, double s);

/* Where a path leads within reach_m of another. */
struct scene_meeting {
    double a0, a1, b0, b1; /* from and to along either */
    double a, b; /* where they are nearest */
    double distance_m; /* there */
    double along; /* cosine between the directions there */
};

/* The first meeting at or after `from` m along a; false: none. */
bool scene_paths_meet(const struct scene_path *a, const struct scene_path *b, double reach_m,
                      double from, struct scene_meeting *ret_meeting);

#endif
