/*
 * Bounds by the corners of the box around a thing; order by separating lines:
 * depth alone errs where a long bus stands beside a walker.
 */
#include "thing.h"

#include <stdlib.h>

#define MARGIN_PX 3
#define FAR_PX 100000

static bool project_box(const struct scene_camera *camera, const struct vec2 foot[4], double height,
                        const struct vec3 *sun, struct scene_rect *ret) {
    double x0 = FAR_PX, y0 = FAR_PX, x1 = -FAR_PX, y1 = -FAR_PX;
    for (int i = 0; i < 8; i++) {
        struct vec3 p = vec3(foot[i & 3].x, foot[i & 3].y, i & 4 ? height : 0);
        double u, v;
        if (sun) {
            double t = p.z / sun->z;
            p = vec3(p.x - sun->x * t, p.y - sun->y * t, 0);
        }
        if (!scene_project(camera, p, &u, &v))
            return false;
        x0 = fmin(x0, u);
        x1 = fmax(x1, u);
        y0 = fmin(y0, v);
        y1 = fmax(y1, v);
    }
    if (x0 < -FAR_PX || y0 < -FAR_PX || x1 > FAR_PX || y1 > FAR_PX)
        return false;
    *ret = (struct scene_rect){(int)floor(x0) - MARGIN_PX, (int)floor(y0) - MARGIN_PX,
                               (int)ceil(x1) + MARGIN_PX, (int)ceil(y1) + MARGIN_PX};
    return true;
}

static struct scene_thing thing_of(const struct scene_camera *camera, double x, double y,
                                   double heading, struct scene_size size) {
    struct scene_thing thing = {.size = size, .depth = scene_depth(camera, vec3(x, y, 0))};
    double c = cos(heading), s = sin(heading);
    static const double fore[4] = {0.5, 0.5, -0.5, -0.5}, left[4] = {-0.5, 0.5, 0.5, -0.5};
    for (int i = 0; i < 4; i++) {
        double f = fore[i] * size.length, l = left[i] * size.width;
        thing.foot[i] = (struct vec2){x + f * c - l * s, y + f * s + l * c};
    }
    if (!project_box(camera, thing.foot, size.height, NULL, &thing.rect))
        thing.rect = (struct scene_rect){0};
    return thing;
}

struct scene_thing scene_thing_of_body(const struct scene_camera *camera,
                                       const struct scene_body *body) {
    struct scene_thing thing =
        thing_of(camera, body->x, body->y, body->heading_rad, scene_body_size(body));
    thing.body = body;
    return thing;
}

struct scene_thing scene_thing_of_prop(const struct scene_camera *camera,
                                       const struct scene_prop *prop) {
    struct scene_thing thing =
        thing_of(camera, prop->x, prop->y, prop->heading_rad, scene_prop_size(prop));
    thing.prop = prop;
    return thing;
}

struct scene_rect scene_thing_shadow(const struct scene_camera *camera, struct vec3 sun,
                                     const struct scene_thing *thing) {
    struct scene_rect rect;
    if (!project_box(camera, thing->foot, thing->size.height, &sun, &rect))
        return (struct scene_rect){0};
    return rect;
}

/* On which side of a's edges b lies: 1 a before b, -1 b before a, 0 no edge of a parts them. */
static int parted(const struct scene_thing *a, const struct scene_thing *b) {
    for (int i = 0; i < 4; i++) {
        struct vec2 p = a->foot[i], q = a->foot[(i + 1) & 3];
        double ex = q.x - p.x, ey = q.y - p.y;
        int outside = 0;
        for (int k = 0; k < 4; k++) /* right of a counter-clockwise edge is outside */
            outside += ex * (b->foot[k].y - p.y) - ey * (b->foot[k].x - p.x) <= 1e-9;
        if (outside < 4)
            continue;
        double eye = ex * (0 - p.y) - ey * (0 - p.x);
        if (fabs(eye) > 1e-6)
            return eye < 0 ? -1 : 1;
    }
    return 0;
}

bool scene_thing_hides(const struct scene_thing *a, const struct scene_thing *b) {
    int by_a = parted(a, b);
    if (by_a)
        return by_a > 0;
    int by_b = parted(b, a);
    if (by_b)
        return by_b < 0;
    return a->depth < b->depth;
}

static bool touch(struct scene_rect a, struct scene_rect b) {
    return !scene_rect_empty(scene_rect_both(a, b));
}

/* Farthest first by depth, then each is moved behind those that it must not cover:
 * insertion from the far end. */
void scene_things_order(const struct scene_thing *things, size_t len, int *order) {
    for (size_t i = 0; i < len; i++) {
        size_t at = i;
        while (at > 0 && things[order[at - 1]].depth < things[i].depth)
            at--;
        for (size_t k = i; k > at; k--)
            order[k] = order[k - 1];
        order[at] = (int)i;
    }
    /* one pass of repair suffices in practice: cycles of three are rare and harmless */
    for (size_t i = 1; i < len; i++) {
        int moving = order[i];
        size_t to = i;
        for (size_t k = i; k-- > 0;) {
            const struct scene_thing *other = &things[order[k]];
            if (touch(other->rect, things[moving].rect) &&
                scene_thing_hides(other, &things[moving]))
                to = k;
        }
        for (size_t k = i; k > to; k--)
            order[k] = order[k - 1];
        order[to] = moving;
    }
}
