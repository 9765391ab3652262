/* One table: how each class is measured and drawn. */
#include "body.h"

static struct scene_size person_size(const struct scene_body *b) {
    return scene_person_size(b->posture, b->look);
}

static struct scene_size cycle_size(const struct scene_body *b) {
    return scene_cycle_size(b->look);
}

static struct scene_size vehicle_size(const struct scene_body *b) {
    return scene_vehicle_size(b->kind, b->look);
}

static const struct {
    struct scene_size (*size)(const struct scene_body *body);
    void (*draw)(struct scene_brush *brush, const struct scene_body *body);
} bodies[SCENE_CLASSES] = {
    [SCENE_PERSON] = {person_size, scene_person_draw},
    [SCENE_BICYCLE] = {cycle_size, scene_cycle_draw},
    [SCENE_CAR] = {vehicle_size, scene_vehicle_draw},
    [SCENE_BUS] = {vehicle_size, scene_vehicle_draw},
    [SCENE_TRUCK] = {vehicle_size, scene_vehicle_draw},
};

struct scene_size scene_body_size(const struct scene_body *body) {
    return bodies[body->kind].size(body);
}

void scene_body_draw(struct scene_brush *brush, const struct scene_body *body) {
    bodies[body->kind].draw(brush, body);
}
