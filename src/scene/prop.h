/*
 * Inside of props: the pen they are built with, and one maker per kind.
 *
 * A maker puts down parts (boxes, drums, bars, faces) in its prop's own frame, in
 * any order; the pen keeps them and paints them from far to near when the maker is
 * done. Parts of a group are painted one after another as they came: a poster on
 * its board, a mark on a sign.
 */
#ifndef WEIR_SCENE_PROP_H
#define WEIR_SCENE_PROP_H

#include "plan.h"
#include "random.h"

enum scene_part_kind {
    SCENE_PART_FACE,
    SCENE_PART_SHINE, /* a face that shines by itself */
    SCENE_PART_GLASS,
    SCENE_PART_BAR, /* point[0] to point[1], radius[0] to radius[1] */
    SCENE_PART_WIRE,
    SCENE_PART_DISC, /* point[0] with half axes point[1], point[2] */
    SCENE_PART_BOX, /* point[0] with half axes point[1..3] */
    SCENE_PART_DRUM, /* upright, point[0] to point[1], radius[0] to radius[1] */
    SCENE_PARTS
};

#define SCENE_PART_POINTS 12

struct scene_part {
    enum scene_part_kind kind;
    int points;
    struct vec3 point[SCENE_PART_POINTS];
    double radius[2];
    struct rgb rgb;
    double far_m; /* painted before what is nearer */
    int rank; /* among equals: as they came */
};

#define SCENE_PEN_PARTS 224

struct scene_pen {
    struct scene_brush *brush;
    const struct scene_prop *prop;
    struct scene_pose pose;
    struct weir_random random;
    double height_m;
    uint64_t place; /* the same for all props of a scene: its season, its favourite tree */
    struct vec3 view; /* where things are looked at from: the lens; in shadow, the sun */
    bool grouped;
    double group_far_m;
    int len;
    struct scene_part part[SCENE_PEN_PARTS];
};

/* prop_pen.c. f forward, l left, u up, metres. */
static inline struct vec3 scene_pen_at(const struct scene_pen *pen, double f, double l, double u) {
    return scene_pose_point(&pen->pose, f, l, u);
}
double scene_pen_far(const struct scene_pen *pen, struct vec3 p);
/* All parts until the group ends are painted as one thing at centre. */
void scene_pen_group(struct scene_pen *pen, struct vec3 centre);
void scene_pen_ungroup(struct scene_pen *pen);
/* Paints what has been put down; when full it does so by itself. */
void scene_pen_flush(struct scene_pen *pen);

/* Faces are seen from both sides; at most SCENE_PART_POINTS points. */
void scene_pen_face(struct scene_pen *pen, const struct vec3 *p, int n, struct rgb rgb);
void scene_pen_shine(struct scene_pen *pen, const struct vec3 *p, int n, struct rgb rgb);
void scene_pen_glass(struct scene_pen *pen, const struct vec3 *p, int n, struct rgb rgb);
void scene_pen_bar(struct scene_pen *pen, struct vec3 a, double radius_a, struct vec3 b,
                   double radius_b, struct rgb rgb);
void scene_pen_ball(struct scene_pen *pen, struct vec3 c, double radius, struct rgb rgb);
void scene_pen_wire(struct scene_pen *pen, struct vec3 a, struct vec3 b, double width_m,
                    struct rgb rgb);
void scene_pen_disc(struct scene_pen *pen, struct vec3 c, struct vec3 a, struct vec3 b,
                    struct rgb rgb);
/* Around (f,l), standing on u: half lengths forward and left, full height. */
void scene_pen_box(struct scene_pen *pen, double f, double l, double u, double half_f,
                   double half_l, double height, struct rgb rgb);
void scene_pen_crate(struct scene_pen *pen, struct vec3 c, struct vec3 a, struct vec3 b,
                     struct vec3 up, struct rgb rgb);
/* An upright round body. */
void scene_pen_drum(struct scene_pen *pen, double f, double l, double u0, double radius0, double u1,
                    double radius1, struct rgb rgb);

/* Chance from the prop's seed. */
double scene_pen_in(struct scene_pen *pen, double from, double to);
bool scene_pen_chance(struct scene_pen *pen, double p);
struct rgb scene_pen_pick(struct scene_pen *pen, const struct rgb *table, int n);
/* rgb, a little lighter or darker. */
struct rgb scene_pen_vary(struct scene_pen *pen, struct rgb rgb, double amount);
bool scene_pen_lit(const struct scene_pen *pen); /* lamps are on */

/* A board to draw on: x to the right as its reader sees it, y up, both in metres. */
struct scene_board {
    struct vec3 at; /* its middle */
    struct vec3 right, up; /* unit */
    bool shines;
};

/* Looks along heading from (f,l,u). */
struct scene_board scene_board_of(const struct scene_pen *pen, double f, double l, double u);
/* The same board's other side. */
struct scene_board scene_board_back(const struct scene_pen *pen, double f, double l, double u);
bool scene_board_seen(const struct scene_pen *pen, const struct scene_board *board);
void scene_board_rect(struct scene_pen *pen, const struct scene_board *board, double x0, double y0,
                      double x1, double y1, struct rgb rgb);
/* n corners x, y, x, y … */
void scene_board_shape(struct scene_pen *pen, const struct scene_board *board, const double *xy,
                       int n, struct rgb rgb);
/* Regular with n <= 12 corners, or round where n is 0. */
void scene_board_round(struct scene_pen *pen, const struct scene_board *board, double x, double y,
                       double rx, double ry, int n, struct rgb rgb);
void scene_board_stroke(struct scene_pen *pen, const struct scene_board *board, double x0,
                        double y0, double x1, double y1, double width_m, struct rgb rgb);
/* prop_poster.c: an advertisement of half sizes w and h; shines where the board does. */
void scene_board_poster(struct scene_pen *pen, const struct scene_board *board, double w, double h);

/* prop_leaf.c: a clump of leaves. */
struct scene_leaf {
    struct vec3 at, normal;
    double radius, squash; /* its height over its width */
    double shade; /* 0–1: how deep inside of the crown it lies */
    struct rgb rgb;
    double far_m;
};

#define SCENE_MAX_LEAVES 760

struct scene_foliage {
    struct scene_leaf leaf[SCENE_MAX_LEAVES];
    int len;
    bool needles; /* spikes rather than leaves */
    struct vec3 low, high; /* the clumps are pushed into this box */
};

void scene_leaf_add(struct scene_pen *pen, struct scene_foliage *foliage, struct vec3 at,
                    struct vec3 normal, double radius, double squash, double shade, struct rgb rgb);
/* Clumps on a ball; inner is the middle of the whole crown (more shade there). */
void scene_leaf_lobe(struct scene_pen *pen, struct scene_foliage *foliage, struct vec3 centre,
                     double radius, struct vec3 inner, int n, double clump, struct rgb rgb);
void scene_leaf_sort(struct scene_foliage *foliage);
/* Those nearer than from_m, down to to_m. */
void scene_leaf_draw(struct scene_pen *pen, const struct scene_foliage *foliage, double from_m,
                     double to_m);

/* The makers, by file. */
void scene_make_tree(struct scene_pen *pen); /* prop_tree.c */
void scene_make_conifer(struct scene_pen *pen); /* prop_green.c */
void scene_make_bush(struct scene_pen *pen);
void scene_make_hedge(struct scene_pen *pen);
void scene_make_planter(struct scene_pen *pen);
void scene_make_lamp(struct scene_pen *pen); /* prop_light.c */
void scene_make_signal(struct scene_pen *pen);
void scene_make_sign(struct scene_pen *pen); /* prop_sign.c */
void scene_make_billboard(struct scene_pen *pen); /* prop_poster.c */
void scene_make_bench(struct scene_pen *pen); /* prop_place.c */
void scene_make_shelter(struct scene_pen *pen);
void scene_make_kiosk(struct scene_pen *pen);
void scene_make_parasol(struct scene_pen *pen);
void scene_make_bin(struct scene_pen *pen); /* prop_street.c */
void scene_make_bollard(struct scene_pen *pen);
void scene_make_hydrant(struct scene_pen *pen);
void scene_make_mailbox(struct scene_pen *pen);
void scene_make_skip(struct scene_pen *pen);
void scene_make_post(struct scene_pen *pen);
void scene_make_fence(struct scene_pen *pen);
void scene_make_statue(struct scene_pen *pen); /* prop_statue.c */

#endif
