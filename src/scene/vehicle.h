/*
 * The kit that vehicles are put together from. A vehicle has its own frame: f
 * metres forward of its middle, l to the left, u above the ground. Its large
 * forms are solids, a side profile given a width, convex each, so that hiding the
 * faces turned away is all the hidden-surface work there is; what is on them
 * (windows, lamps, stripes) are patches in the coordinates of a side or an end.
 * A patch that would be thinner than about half a pixel leaves itself out; so
 * there is no level of detail to choose, and a far car is a few faces.
 *
 * In shadow a solid is one polygon, its outline, and patches are nothing.
 */
#ifndef WEIR_SCENE_VEHICLE_H
#define WEIR_SCENE_VEHICLE_H

#include "body.h"
#include "random.h"

/* One vehicle while it is drawn. */
struct scene_vehicle {
    struct scene_brush *brush;
    struct scene_pose pose;
    struct vec3 eye; /* of the camera, in the vehicle's frame */
    double px; /* pixels of a metre at its distance */
    bool lit; /* its lamps are on */
    bool braking, manned;
};

/* How a surface answers the light. */
enum scene_skin_kind { SCENE_MATT, SCENE_GLOSS, SCENE_GLASS, SCENE_SHINE };

struct scene_skin {
    enum scene_skin_kind kind;
    struct rgb rgb; /* albedo; GLASS: what is seen through it; SHINE: the colour itself */
};

static inline struct scene_skin scene_matt(double r, double g, double b) {
    return (struct scene_skin){SCENE_MATT, {r, g, b}};
}
static inline struct scene_skin scene_gloss(struct rgb c) {
    return (struct scene_skin){SCENE_GLOSS, c};
}
static inline struct scene_skin scene_glass(struct rgb c) {
    return (struct scene_skin){SCENE_GLASS, c};
}
static inline struct scene_skin scene_shine(double r, double g, double b) {
    return (struct scene_skin){SCENE_SHINE, {r, g, b}};
}

#define SCENE_OUTLINE 12

/* Side profile (f, u) from the rear's bottom over the top to the front's bottom,
 * convex, and how wide it is where. Edge i goes from point i to point i + 1. */
struct scene_solid {
    struct vec2 outline[SCENE_OUTLINE];
    int n;
    int covered; /* an edge on which another solid stands, not drawn; 0: none */
    double half; /* half its width */
    double nose_from, nose; /* f from which it narrows, metres per metre and side */
    double tail_from, tail; /* f below which it narrows */
    double lean_from, lean; /* u above which the sides lean inwards, per metre */
    double sill, shoulder; /* u between which the sides are upright; 0, 0: all of it */
};

/* An upright box: edge 0 is its rear, 1 its top, 2 its front. */
struct scene_solid scene_kit_box(double f0, double f1, double half, double u0, double u1);
void scene_kit_solid(const struct scene_vehicle *v, const struct scene_solid *s,
                     struct scene_skin skin);
/* A stripe of both sides between two heights; tilt turns it to the sky. */
void scene_kit_band(const struct scene_vehicle *v, const struct scene_solid *s, double u0,
                    double u1, double tilt, struct scene_skin skin);
/* A patch of the left (side 1) or right (-1) side or both (0), n <= 12 points (f, u). */
void scene_kit_side(const struct scene_vehicle *v, const struct scene_solid *s, int side,
                    const struct vec2 *p, int n, struct scene_skin skin);
void scene_kit_side_box(const struct scene_vehicle *v, const struct scene_solid *s, int side,
                        double f0, double f1, double u0, double u1, struct scene_skin skin);
/* A rounded patch around (f, u). */
void scene_kit_side_spot(const struct scene_vehicle *v, const struct scene_solid *s, int side,
                         double f, double u, double rf, double ru, struct scene_skin skin);
/* A patch of an edge's surface: x from right (-1) to left (1), y along the edge, 0–1. */
void scene_kit_end(const struct scene_vehicle *v, const struct scene_solid *s, int edge,
                   const struct vec2 *p, int n, struct scene_skin skin);
void scene_kit_end_box(const struct scene_vehicle *v, const struct scene_solid *s, int edge,
                       double x0, double x1, double y0, double y1, struct scene_skin skin);
void scene_kit_end_spot(const struct scene_vehicle *v, const struct scene_solid *s, int edge,
                        double x, double y, double rx, double ry, struct scene_skin skin);
/* A box anywhere: mirrors, signs, crates. */
void scene_kit_block(const struct scene_vehicle *v, struct vec3 low, struct vec3 high,
                     struct scene_skin skin);
/* A round body along f: rings of radius r around the axis at height u. */
struct scene_ring {
    double f, u, r;
};
void scene_kit_drum(const struct scene_vehicle *v, const struct scene_ring *ring, int n,
                    struct scene_skin skin);

/* The dark ground below a vehicle, from f0 to f1. */
void scene_kit_belly(const struct scene_vehicle *v, double f0, double f1, double half);
/* The treads of an axle's two wheels, drawn before the body. */
void scene_kit_tyres(const struct scene_vehicle *v, double f, double r, double half, double wide);
/* The wheel on the side that is seen, and the arch above it (arch 0: none), drawn after. */
struct scene_rim {
    struct rgb rgb;
    double share; /* of the wheel's radius */
    int spokes;
};
void scene_kit_wheel(const struct scene_vehicle *v, const struct scene_solid *s, double f, double r,
                     double half, double arch, struct scene_rim rim);

/* Light seen from before (way 1) or behind (-1); on both sides at +-l. */
void scene_kit_lamps(const struct scene_vehicle *v, int way, double f, double l, double u,
                     struct rgb colour, double radius);
/* The look of lamps, lit or not. */
struct scene_skin scene_kit_headlamp(const struct scene_vehicle *v);
struct scene_skin scene_kit_taillamp(const struct scene_vehicle *v);
/* Is the side seen from where the camera is? */
bool scene_kit_sees(const struct scene_vehicle *v, int side, double half);

/* A family of vehicles: everything from the look. */
struct scene_size scene_car_size(uint64_t look);
void scene_car_draw(const struct scene_vehicle *v, uint64_t look);
struct scene_size scene_bus_size(uint64_t look);
void scene_bus_draw(const struct scene_vehicle *v, uint64_t look);
struct scene_size scene_truck_size(uint64_t look);
void scene_truck_draw(const struct scene_vehicle *v, uint64_t look);

#endif
