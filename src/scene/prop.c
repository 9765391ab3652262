/*
 * What stands on the street: one row per kind says who makes it and how much room
 * it takes. Everything about a prop's look follows from its seed.
 */
#include "prop.h"

#include <string.h>

/* Bounds in metres: half of the length (along heading) and of the width, fixed or
 * times the height; the height itself times tall plus more. */
static const struct row {
    void (*make)(struct scene_pen *pen);
    double usual_m; /* height where none is given */
    double half_f, half_l; /* metres */
    double per_f, per_l; /* times the height */
    double tall, more_m;
} rows[SCENE_PROPS] = {
    [SCENE_TREE] = {scene_make_tree, 9, 0, 0, 0.46, 0.46, 1, 0.05},
    [SCENE_CONIFER] = {scene_make_conifer, 9, 0, 0, 0.36, 0.36, 1, 0.05},
    [SCENE_BUSH] = {scene_make_bush, 1.2, 0, 0, 0.8, 0.8, 1, 0.03},
    [SCENE_HEDGE] = {scene_make_hedge, 1.2, 0.05, 0.6, 0, 0, 1, 0.05},
    [SCENE_LAMP] = {scene_make_lamp, 7, 1.9, 0.4, 0, 0, 1, 0.6},
    [SCENE_SIGNAL] = {scene_make_signal, 3.4, 0.5, 0.5, 0, 0, 1, 0.05},
    [SCENE_SIGN] = {scene_make_sign, 2.6, 0.2, 0.8, 0, 0, 1, 0.05},
    [SCENE_BILLBOARD] = {scene_make_billboard, 3.8, 0.75, 0, 0, 0.62, 1, 0.1},
    [SCENE_BIN] = {scene_make_bin, 1.0, 0.45, 0.45, 0, 0, 1, 0.05},
    [SCENE_BENCH] = {scene_make_bench, 0.85, 0.45, 1.0, 0, 0, 1, 0.05},
    [SCENE_BOLLARD] = {scene_make_bollard, 0.9, 0.25, 0.25, 0, 0, 1, 0.03},
    [SCENE_HYDRANT] = {scene_make_hydrant, 0.8, 0.3, 0.3, 0, 0, 1, 0.03},
    [SCENE_MAILBOX] = {scene_make_mailbox, 1.3, 0.4, 0.4, 0, 0, 1, 0.05},
    [SCENE_KIOSK] = {scene_make_kiosk, 2.8, 2.0, 1.7, 0, 0, 1, 0.1},
    [SCENE_SHELTER] = {scene_make_shelter, 2.5, 1.0, 2.3, 0, 0, 1, 0.05},
    [SCENE_PLANTER] = {scene_make_planter, 1.0, 0.85, 0.85, 0, 0, 1, 0.05},
    [SCENE_SKIP] = {scene_make_skip, 1.4, 2.1, 1.1, 0, 0, 1, 0.25},
    [SCENE_STATUE] = {scene_make_statue, 3.4, 0, 0, 0.42, 0.30, 1, 0.05},
    [SCENE_POST] = {scene_make_post, 7, 0.5, 0, 0, 0.14, 1, 0.05},
    [SCENE_FENCE] = {scene_make_fence, 1.2, 0.1, 0.15, 0, 0, 1, 0.1},
    [SCENE_PARASOL] = {scene_make_parasol, 2.5, 1.75, 1.75, 0, 0, 1, 0.1},
};

static double height_of(const struct scene_prop *prop) {
    return prop->height_m > 0 ? prop->height_m : rows[prop->kind].usual_m;
}

struct scene_size scene_prop_size(const struct scene_prop *prop) {
    const struct row *row = &rows[prop->kind];
    double h = height_of(prop);
    return (struct scene_size){.length = 2 * (row->half_f + row->per_f * h) + prop->length_m,
                               .width = 2 * (row->half_l + row->per_l * h),
                               .height = row->tall * h + row->more_m};
}

/* The sun is what all props of a scene share, and it never moves. */
static uint64_t place_of(const struct scene_sky *sky) {
    uint64_t bits[2];
    memcpy(&bits[0], &sky->sun.x, sizeof bits[0]);
    memcpy(&bits[1], &sky->sun.z, sizeof bits[1]);
    return weir_hash64(bits[0] ^ weir_hash64(bits[1]));
}

void scene_prop_draw(struct scene_brush *brush, const struct scene_prop *prop) {
    struct scene_pen pen;
    pen.brush = brush;
    pen.prop = prop;
    pen.pose = scene_pose_of(prop->x, prop->y, prop->heading_rad);
    pen.random = weir_random_of(prop->seed, SCENE_RANDOM_PROP, 0);
    pen.height_m = height_of(prop);
    pen.place = place_of(brush->sky);
    pen.view = brush->shadow ? vec3_add(pen.pose.at, vec3_scale(brush->sky->sun, 1000))
                             : scene_eye(brush->camera);
    pen.grouped = false;
    pen.len = 0;
    rows[prop->kind].make(&pen);
    scene_pen_flush(&pen);
}
