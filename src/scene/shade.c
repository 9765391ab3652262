#include "shade.h"

#include <stdlib.h>
#include <string.h>

#define SIMPLE_PX 26 /* things lower than this cast a plain shadow */

static int mask_init(struct scene_mask *mask, int width, int height) {
    mask->surface = cairo_image_surface_create(CAIRO_FORMAT_A8, width, height);
    mask->cr = cairo_create(mask->surface);
    if (cairo_status(mask->cr) != CAIRO_STATUS_SUCCESS)
        return WEIR_ENOMEM;
    cairo_set_antialias(mask->cr, CAIRO_ANTIALIAS_FAST);
    mask->data = cairo_image_surface_get_data(mask->surface);
    mask->stride = cairo_image_surface_get_stride(mask->surface);
    return 0;
}

static void mask_done(struct scene_mask *mask) {
    if (mask->cr)
        cairo_destroy(mask->cr);
    if (mask->surface)
        cairo_surface_destroy(mask->surface);
}

int scene_shade_init(struct scene_shade *shade, int width, int height) {
    *shade = (struct scene_shade){.width = width, .height = height};
    if (mask_init(&shade->cast, width, height) < 0 ||
        mask_init(&shade->contact, width, height) < 0) {
        scene_shade_done(shade);
        return WEIR_ENOMEM;
    }
    return 0;
}

void scene_shade_done(struct scene_shade *shade) {
    mask_done(&shade->cast);
    mask_done(&shade->contact);
    *shade = (struct scene_shade){0};
}

static void soil(struct scene_shade *shade, struct scene_rect r) {
    struct scene_rect *d = &shade->dirty;
    r = scene_rect_both(r, (struct scene_rect){0, 0, shade->width, shade->height});
    if (scene_rect_empty(r))
        return;
    if (scene_rect_empty(*d)) {
        *d = r;
        return;
    }
    d->x0 = r.x0 < d->x0 ? r.x0 : d->x0;
    d->y0 = r.y0 < d->y0 ? r.y0 : d->y0;
    d->x1 = r.x1 > d->x1 ? r.x1 : d->x1;
    d->y1 = r.y1 > d->y1 ? r.y1 : d->y1;
}

/* The foot, grown: what stands on the ground keeps the sky's light from it. */
static void touch_ground(struct scene_shade *shade, const struct scene_thing *thing,
                         const struct scene_brush *brush, double grow, double alpha) {
    cairo_t *cr = shade->contact.cr;
    double cx = 0, cy = 0;
    for (int i = 0; i < 4; i++) {
        cx += 0.25 * thing->foot[i].x;
        cy += 0.25 * thing->foot[i].y;
    }
    if (thing->body && thing->body->kind == SCENE_PERSON) /* umbrellas touch no ground */
        grow *= fmin(1, 0.55 / thing->size.width);
    for (int i = 0; i < 8; i++) { /* corners cut: an octagon */
        struct vec2 a = thing->foot[i / 2], b = thing->foot[(i / 2 + (i & 1 ? 1 : 3)) & 3];
        double x = a.x + 0.2 * (b.x - a.x), y = a.y + 0.2 * (b.y - a.y), u, v;
        if (!scene_project(brush->camera, vec3(cx + grow * (x - cx), cy + grow * (y - cy), 0), &u,
                           &v)) {
            cairo_new_path(cr);
            return;
        }
        cairo_line_to(cr, u, v);
    }
    cairo_set_source_rgba(cr, 0, 0, 0, alpha);
    cairo_fill(cr);
}

/* The shadow of something small: of a slab as wide as it is. */
static void cast_block(struct scene_brush *brush, const struct scene_thing *thing) {
    struct vec3 p[4];
    const struct vec2 *f = thing->foot;
    double half = thing->body && thing->body->kind == SCENE_PERSON ? 0.25 : 0.5;
    struct vec2 a = {(f[0].x + f[1].x) / 2, (f[0].y + f[1].y) / 2};
    struct vec2 b = {(f[2].x + f[3].x) / 2, (f[2].y + f[3].y) / 2};
    struct vec2 c = {(a.x + b.x) / 2, (a.y + b.y) / 2};
    a = (struct vec2){c.x + 2 * half * (a.x - c.x), c.y + 2 * half * (a.y - c.y)};
    b = (struct vec2){c.x + 2 * half * (b.x - c.x), c.y + 2 * half * (b.y - c.y)};
    p[0] = vec3(a.x, a.y, 0);
    p[1] = vec3(b.x, b.y, 0);
    p[2] = vec3(b.x, b.y, 0.9 * thing->size.height);
    p[3] = vec3(a.x, a.y, 0.9 * thing->size.height);
    scene_brush_face(brush, p, 4, rgb(0, 0, 0), vec3(0, 0, 1));
}

void scene_shade_add(struct scene_shade *shade, const struct scene_thing *thing,
                     struct scene_brush brush) {
    brush.shadow = true;
    brush.glows = NULL;
    brush.px_per_m = brush.camera->focal_px / thing->depth;
    bool vehicle = thing->body && thing->body->kind >= SCENE_CAR;
    bool tall = thing->prop && thing->prop->height_m > 3.5; /* its box is no foot */
    if (!tall && !scene_rect_empty(thing->rect)) {
        struct scene_rect r = thing->rect;
        int grow = 2 + (r.x1 - r.x0) / 4;
        soil(shade, (struct scene_rect){r.x0 - grow, r.y0, r.x1 + grow, r.y1 + grow});
        touch_ground(shade, thing, &brush, 1.12, vehicle ? 0.35 : 0.22);
        touch_ground(shade, thing, &brush, 0.92, vehicle ? 0.55 : 0.25);
    }
    if (brush.sky->shadow >= 0.999 || brush.sunlit <= 0)
        return;
    struct scene_rect r = scene_rect_both(scene_thing_shadow(brush.camera, brush.sky->sun, thing),
                                          (struct scene_rect){0, 0, shade->width, shade->height});
    if (scene_rect_empty(r))
        return;
    soil(shade, r);
    brush.cr = shade->cast.cr;
    if (thing->rect.y1 - thing->rect.y0 < SIMPLE_PX)
        cast_block(&brush, thing);
    else if (thing->body)
        scene_body_draw(&brush, thing->body);
    else
        scene_prop_draw(&brush, thing->prop);
}

static inline uint32_t darken(uint32_t pixel, uint32_t keep) { /* keep: 0-256 */
    uint32_t rb = (pixel & 0xff00ff) * keep >> 8 & 0xff00ff;
    uint32_t g = (pixel & 0x00ff00) * keep >> 8 & 0x00ff00;
    return rb | g;
}

/* Eight pixels without shadow: most of a picture. */
static inline bool are_clear(const uint8_t *mask) {
    uint64_t eight;
    memcpy(&eight, mask, sizeof eight);
    return eight == 0;
}

void scene_shade_lay(struct scene_shade *shade, const struct scene_sky *sky, uint32_t *xrgb,
                     uint8_t *sun, const uint8_t *ground, bool lower) {
    struct scene_rect r = shade->dirty;
    if (scene_rect_empty(r))
        return;
    cairo_surface_flush(shade->cast.surface);
    cairo_surface_flush(shade->contact.surface);
    uint32_t depth = (uint32_t)(256 * (1 - sky->shadow) + 0.5);
    for (int y = r.y0; y < r.y1; y++) {
        uint8_t *cast = shade->cast.data + (long)y * shade->cast.stride;
        uint8_t *contact = shade->contact.data + (long)y * shade->contact.stride;
        long row = (long)y * shade->width;
        for (int x = r.x0; x < r.x1; x++) {
            while (x + 8 <= r.x1 && are_clear(cast + x) && are_clear(contact + x))
                x += 8;
            if (x >= r.x1 || !(cast[x] | contact[x]) || !ground[row + x])
                continue;
            uint32_t shadow = (uint32_t)cast[x] * sun[row + x] / 255;
            uint32_t keep = 256 - (depth * shadow / 255);
            keep = keep * (256 - contact[x] / 2) >> 8;
            xrgb[row + x] = darken(xrgb[row + x], keep);
            if (lower)
                sun[row + x] = (uint8_t)(sun[row + x] - shadow);
        }
        memset(cast + r.x0, 0, (size_t)(r.x1 - r.x0));
        memset(contact + r.x0, 0, (size_t)(r.x1 - r.x0));
    }
    cairo_surface_mark_dirty(shade->cast.surface);
    cairo_surface_mark_dirty(shade->contact.surface);
    shade->dirty = (struct scene_rect){0};
}
