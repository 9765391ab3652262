/* What is labelled: road users, moving or not, and what must be known to draw one. */
#ifndef WEIR_SCENE_BODY_H
#define WEIR_SCENE_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "brush.h"

/* The label ids of every scene. */
enum scene_class { SCENE_PERSON, SCENE_BICYCLE, SCENE_CAR, SCENE_BUS, SCENE_TRUCK, SCENE_CLASSES };

enum scene_posture {
    SCENE_WALKING, /* person: phase_m advances with the ground */
    SCENE_STANDING, /* person: waits, talks, looks at a phone; phase_m is a slow clock, seconds */
    SCENE_SITTING, /* person on a bench, seat 0.45 m high */
    SCENE_RIDING, /* person on a bicycle at the same place and heading */
};

struct scene_body {
    enum scene_class kind;
    int32_t id; /* track id, 1, 2, …; never used again in a scene */
    uint64_t look; /* all of its appearance follows from this (SCENE_RANDOM_LOOK) */
    double x, y; /* ground point below its centre */
    double heading_rad; /* of its forward direction: 0 is +x, counter-clockwise */
    double speed_m_per_s; /* along heading, >= 0 */
    double turn_rad_per_s; /* change of heading, for motion blur and steering; usually 0 */
    double phase_m; /* path travelled: gait, pedals, wheels */
    enum scene_posture posture; /* persons */
    bool braking, parked; /* vehicles; parked: no driver, no lights; bicycles: on its stand */
};

/* Length (along heading), width and height, metres. */
struct scene_size {
    double length, width, height;
};

/* vehicle.c: cars, buses, trucks */
struct scene_size scene_vehicle_size(enum scene_class kind, uint64_t look);
void scene_vehicle_draw(struct scene_brush *brush, const struct scene_body *body);
/* cycle.c: the bicycle alone; its rider is a person of the same place, heading and
 * phase with SCENE_RIDING */
struct scene_size scene_cycle_size(uint64_t look);
void scene_cycle_draw(struct scene_brush *brush, const struct scene_body *body);
/* person.c */
struct scene_size scene_person_size(enum scene_posture posture, uint64_t look);
/* Comfortable walking speed of that person, m/s (0.5 – 1.9; a jogger up to 3.2). */
double scene_person_pace(uint64_t look);
void scene_person_draw(struct scene_brush *brush, const struct scene_body *body);

/* body.c: whichever it is */
struct scene_size scene_body_size(const struct scene_body *body);
void scene_body_draw(struct scene_brush *brush, const struct scene_body *body);

#endif
