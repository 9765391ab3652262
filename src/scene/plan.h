/*
 * The street of a seed: what the ground is made of, what stands on it, where
 * one drives and walks, and where the camera hangs. Pure data, made once.
 */
#ifndef WEIR_SCENE_PLAN_H
#define WEIR_SCENE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "body.h"
#include "geometry.h"
#include "scene/scene.h"
#include "sky.h"

enum scene_ground {
    SCENE_GRASS,
    SCENE_ASPHALT,
    SCENE_PAVING, /* slabs */
    SCENE_COBBLES,
    SCENE_CONCRETE,
    SCENE_GRAVEL,
    SCENE_CYCLEWAY, /* red asphalt */
    SCENE_GROUNDS
};

/* An oriented rectangle on the ground; later ones lie over earlier ones. */
struct scene_patch {
    double x, y; /* middle of its beginning */
    double ux, uy; /* unit vector along its length */
    double length_m, half_width_m;
    enum scene_ground ground;
    double kerb_m; /* width of a light kerb along both sides; 0: none */
    uint64_t seed;
};

/* Paint on the ground: drawn over the patches. */
enum scene_marking_kind {
    SCENE_MARK_LINE, /* a solid stripe as wide as the rectangle */
    SCENE_MARK_DASHES, /* 3 m on, 3 m off along the length */
    SCENE_MARK_ZEBRA, /* bars 0.5 m on, 0.5 m off across the length */
    SCENE_MARK_BAYS, /* lines across every 2.5 m: parking bays */
    SCENE_MARK_CYCLE, /* a bicycle symbol every 15 m */
    SCENE_MARK_ARROW, /* an arrow every 20 m */
};

struct scene_marking {
    double x, y, ux, uy, length_m, half_width_m;
    enum scene_marking_kind kind;
    bool yellow;
};

enum scene_facade {
    SCENE_BRICK,
    SCENE_PLASTER,
    SCENE_STONE,
    SCENE_GLASS, /* office block */
    SCENE_PANELS, /* prefabricated slabs, balconies */
    SCENE_SHED, /* corrugated sheet, few windows */
    SCENE_FACADES
};

struct scene_building {
    double x, y; /* centre */
    double ux, uy; /* unit vector along its length */
    double half_length_m, half_width_m, height_m;
    enum scene_facade facade;
    bool shops; /* ground floor with shop windows, signs and awnings */
    bool gable; /* pitched roof along its length, on top of height_m */
    struct rgb rgb; /* of its walls */
    uint64_t seed;
};

enum scene_prop_kind {
    SCENE_TREE, /* broad-leaved */
    SCENE_CONIFER,
    SCENE_BUSH,
    SCENE_HEDGE, /* length_m long along heading */
    SCENE_LAMP, /* street lamp: lights the ground below it when lit */
    SCENE_SIGNAL, /* traffic light */
    SCENE_SIGN, /* traffic sign on a pole */
    SCENE_BILLBOARD, /* sometimes shows a person or a car: not labelled */
    SCENE_BIN,
    SCENE_BENCH,
    SCENE_BOLLARD,
    SCENE_HYDRANT,
    SCENE_MAILBOX,
    SCENE_KIOSK,
    SCENE_SHELTER, /* bus stop */
    SCENE_PLANTER,
    SCENE_SKIP, /* waste container as large as a small car */
    SCENE_STATUE, /* of a person, on a pedestal: not labelled */
    SCENE_POST, /* wooden or steel pole with a box; wires lead nowhere */
    SCENE_FENCE, /* length_m long along heading */
    SCENE_PARASOL, /* table and parasol of a café */
    SCENE_PROPS
};

struct scene_prop {
    enum scene_prop_kind kind;
    double x, y, heading_rad;
    double height_m; /* of the whole */
    double length_m; /* hedges, fences; else 0 */
    uint64_t seed;
};

/* A way that is driven or walked in one direction, straight or bent. */
enum scene_way_kind { SCENE_LANE, SCENE_CYCLE_LANE, SCENE_FOOTWAY };

#define SCENE_WAY_POINTS 8

struct scene_way {
    enum scene_way_kind kind;
    struct vec2 point[SCENE_WAY_POINTS];
    int points; /* 2 … SCENE_WAY_POINTS */
    double half_width_m; /* footways: walkers spread over it; both directions */
    double speed_m_per_s; /* lanes: limit, 5–22 */
    bool buses; /* lanes: buses and trucks, too */
    /* Crossings: where vehicles wait while people cross; m along the way, < 0: none. */
    double stop_m;
    int signal; /* index of the signal group (0, 1: they alternate), -1: none */
    double weight; /* share of the traffic, relative to the others of its kind */
    double nearest_m; /* smallest distance from the camera among its visible points */
};

/* A place where people stand, sit or stroll. */
struct scene_spot {
    double x, y, radius_m;
    enum scene_posture posture; /* STANDING or SITTING (heading_rad is where they look) */
    double heading_rad;
    bool near; /* within 20 m of the camera: filled by crowds */
};

#define SCENE_MAX_PATCHES 96
#define SCENE_MAX_MARKINGS 96
#define SCENE_MAX_BUILDINGS 96
#define SCENE_MAX_PROPS 256
#define SCENE_MAX_PARKED 128
#define SCENE_MAX_WAYS 48
#define SCENE_MAX_SPOTS 48

struct scene_plan {
    uint64_t seed;
    double heavy, cyclists; /* as in weir_scene_conf */
    const char *name; /* "avenue", "crossing", "square" … */
    struct scene_camera camera;
    struct scene_sky sky;
    enum scene_ground ground; /* where no patch lies */
    struct scene_patch patch[SCENE_MAX_PATCHES];
    struct scene_marking marking[SCENE_MAX_MARKINGS];
    struct scene_building building[SCENE_MAX_BUILDINGS];
    struct scene_prop prop[SCENE_MAX_PROPS]; /* lamps first: scene_plan_lamp stops after them */
    struct scene_body parked[SCENE_MAX_PARKED]; /* vehicles and bicycles; ids 1, 2, … */
    struct scene_way way[SCENE_MAX_WAYS];
    struct scene_spot spot[SCENE_MAX_SPOTS];
    int patches, markings, buildings, props, parked_len, ways, spots;
};

/* Fills plan. Its parked objects and spots follow the profile: none where
 * empty, none within 35 m where far. */
void scene_plan_make(const struct weir_scene_conf *conf, struct scene_plan *plan);

/* Whether the sun reaches p past the buildings (pure ray casting), 0 or 1. */
double scene_plan_sunlit(const struct scene_plan *plan, struct vec3 p);
/* Light of the street lamps at p; 0 where they are not lit. */
struct rgb scene_plan_lamp(const struct scene_plan *plan, struct vec3 p);
/* Where the bulb of a lamp hangs. */
struct vec3 scene_lamp_bulb(const struct scene_prop *lamp);

/* prop.c: draws one; trees and hedges are never alike. */
void scene_prop_draw(struct scene_brush *brush, const struct scene_prop *prop);
/* A box around it for clipping: half width and height, metres. */
struct scene_size scene_prop_size(const struct scene_prop *prop);

#endif
