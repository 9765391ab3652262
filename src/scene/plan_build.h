/*
 * What a plan is built with; internal to plan*.c. Three steps, each blind to the
 * ones after it:
 *
 *   a layout (plan_streets.c) describes roads, open areas and rows of buildings
 *   plan_road.c lays the ground and the ways, plan_town.c raises the buildings
 *   plan_furnish.c sets down everything that must not stand in anybody's way
 *
 * Who adds something asks plan_build.c first whether the place is free, so no
 * step need know what the others did. What does not fit is left out.
 *
 * Layouts think in street coordinates: the camera at (0,0), the street's main
 * direction along +y; scene_build_at turns (and for every other seed mirrors)
 * them into the world. All else is in world coordinates.
 */
#ifndef WEIR_SCENE_PLAN_BUILD_H
#define WEIR_SCENE_PLAN_BUILD_H

#include "plan.h"
#include "random.h"

/* A convex quadrangle: footprints, the wedge of the view. */
struct scene_quad {
    struct vec2 p[4];
};

/* Strips of a road beside the lanes, from the inside out. */
enum scene_strip {
    SCENE_STRIP_BAYS, /* parked vehicles; asphalt */
    SCENE_STRIP_VERGE, /* grass with trees and lamps */
    SCENE_STRIP_CYCLE,
    SCENE_STRIP_WALK,
    SCENE_STRIPS
};

/* Rows of a table in plan_town.c. */
enum scene_style {
    SCENE_OPEN, /* no buildings */
    SCENE_OLD_TOWN,
    SCENE_CITY,
    SCENE_OFFICES,
    SCENE_ESTATE,
    SCENE_HOUSES,
    SCENE_SHEDS,
    SCENE_STYLES
};

struct scene_side {
    double strip_m[SCENE_STRIPS]; /* widths; 0: there is none */
    double setback_m; /* from the outermost strip to the façades */
    enum scene_style style;
    double tree_every_m, lamp_every_m; /* 0: none */
    double parked; /* share of the bays that is taken */
    bool hedges; /* along the setback */
};

#define SCENE_RIGHT 0
#define SCENE_LEFT 1

struct scene_road {
    struct vec2 point[SCENE_WAY_POINTS]; /* its middle */
    double s[SCENE_WAY_POINTS]; /* path length up to each point */
    int points;
    int lanes; /* in each direction; 0: a footpath */
    double lane_m, median_m, speed_m_per_s, weight;
    bool buses, edge_lines;
    struct scene_side side[2]; /* [SCENE_RIGHT], [SCENE_LEFT] of its direction */
    enum scene_ground ground, walk_ground;
    /* Where another road or a zebra crosses; at most one, cut_to 0: none. */
    double cut_from, cut_to;
    int signal; /* -1: none */
};

enum scene_area_kind { SCENE_PLAZA, SCENE_LOT, SCENE_PARK, SCENE_AREA_KINDS };

/* Open ground: no buildings on it; furnished by kind. */
struct scene_area {
    enum scene_area_kind kind;
    double x, y, ux, uy, half_length_m, half_width_m;
    enum scene_ground ground;
};

#define SCENE_MAX_ROADS 6
#define SCENE_MAX_AREAS 6

struct scene_build {
    struct scene_plan *plan;
    struct weir_random random;
    double cos_yaw, sin_yaw;
    bool mirror;
    double tan_view; /* of half the horizontal field of view */
    struct scene_quad wedge; /* in front of the camera: free of walls and crowns */
    int lamps; /* they come first among the props */
    struct scene_road road[SCENE_MAX_ROADS];
    int roads;
    struct scene_area area[SCENE_MAX_AREAS];
    int areas;
};

/* plan_build.c: places */
struct vec2 scene_build_at(const struct scene_build *b, double x, double y);
struct vec2 scene_build_toward(const struct scene_build *b, double x, double y);
struct scene_quad scene_quad_of(double x, double y, double ux, double uy, double half_length,
                                double half_width);
bool scene_quads_touch(const struct scene_quad *a, const struct scene_quad *b);
/* Distance of (x,y) from the line of way; with the path length up to the foot. */
double scene_way_distance(const struct scene_way *way, double x, double y, double *ret_s);
/* Is it in the picture's horizontal angle, or no more than margin_m beside it? */
bool scene_build_sees(const struct scene_build *b, double x, double y, double margin_m);
enum scene_ground scene_build_ground(const struct scene_build *b, double x, double y);
/* May something of that radius stand there? */
bool scene_build_free(const struct scene_build *b, double x, double y, double radius_m);
double scene_prop_radius(enum scene_prop_kind kind);

/* plan_build.c: adding; false or NULL where it does not fit */
bool scene_build_patch(struct scene_build *b, double x, double y, double ux, double uy,
                       double length, double half_width, enum scene_ground ground, double kerb);
void scene_build_mark(struct scene_build *b, enum scene_marking_kind kind, double x, double y,
                      double ux, double uy, double length, double half_width);
struct scene_way *scene_build_way(struct scene_build *b, enum scene_way_kind kind,
                                  const struct vec2 *point, int points);
/* A footway on its own, e.g. across a square. */
void scene_build_footway(struct scene_build *b, const struct vec2 *point, int points,
                         double half_width, double weight);
bool scene_build_prop(struct scene_build *b, enum scene_prop_kind kind, double x, double y,
                      double heading, double height, double length);
bool scene_build_park(struct scene_build *b, enum scene_class kind, double x, double y,
                      double heading);
void scene_build_spot(struct scene_build *b, double x, double y, double radius,
                      enum scene_posture posture, double heading);
struct scene_area *scene_build_area(struct scene_build *b, enum scene_area_kind kind,
                                    struct vec2 centre, struct vec2 along, double half_length,
                                    double half_width, enum scene_ground ground);

/* plan_road.c */
struct scene_road *scene_build_road(struct scene_build *b, const struct vec2 *point, int points);
/* The offset (to the right positive) at which a strip of a side begins; SCENE_STRIPS
 * gives where the last one ends. Always positive: times -1 on the left. */
double scene_road_edge(const struct scene_road *road, int side, enum scene_strip strip);
struct vec2 scene_road_at(const struct scene_road *road, double s, double offset,
                          struct vec2 *ret_along);
double scene_road_length(const struct scene_road *road);
/* a and c cross at right angles: signals, zebras. */
void scene_build_junction(struct scene_build *b, struct scene_road *a, struct scene_road *c);
/* A zebra without signals at s. */
void scene_build_zebra(struct scene_build *b, struct scene_road *road, double s);
/* Ground, markings and ways of all roads and areas. */
void scene_build_pave(struct scene_build *b);

/* plan_town.c */
bool scene_build_house(struct scene_build *b, enum scene_style style, double x, double y, double ux,
                       double uy, double half_length, double half_width);
void scene_build_town(struct scene_build *b);

/* plan_furnish.c */
void scene_build_furnish(struct scene_build *b);

/* plan_streets.c: one of the layouts, by chance; gives its name. */
const char *scene_build_streets(struct scene_build *b);

#endif
