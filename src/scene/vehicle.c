/* The door of vehicles: whichever family it is, in its own frame. */
#include "vehicle.h"

static const struct {
    struct scene_size (*size)(uint64_t look);
    void (*draw)(const struct scene_vehicle *v, uint64_t look);
} families[SCENE_CLASSES] = {
    [SCENE_CAR] = {scene_car_size, scene_car_draw},
    [SCENE_BUS] = {scene_bus_size, scene_bus_draw},
    [SCENE_TRUCK] = {scene_truck_size, scene_truck_draw},
};

struct scene_size scene_vehicle_size(enum scene_class kind, uint64_t look) {
    return families[kind].size(look);
}

void scene_vehicle_draw(struct scene_brush *brush, const struct scene_body *body) {
    struct scene_vehicle v = {
        .brush = brush,
        .pose = scene_pose_of(body->x, body->y, body->heading_rad),
        .px = brush->px_per_m,
        .lit = brush->sky->lamps_lit && !body->parked,
        .braking = body->braking && !body->parked,
        .manned = !body->parked,
    };
    struct vec3 to_eye = vec3_sub(scene_eye(brush->camera), v.pose.at);
    v.eye = vec3(vec3_dot(to_eye, v.pose.forward), vec3_dot(to_eye, v.pose.left), to_eye.z);
    /* a vehicle is many small polygons: the coarser coverage saves a quarter of the time
     * and cannot be told from the finer */
    cairo_antialias_t before = cairo_get_antialias(brush->cr);
    cairo_set_antialias(brush->cr, CAIRO_ANTIALIAS_FAST);
    families[body->kind].draw(&v, body->look);
    cairo_set_antialias(brush->cr, before);
}
