/* Draws with Cairo, then smears along the larger component of the motion. */
#include "layer.h"

#include <stdlib.h>
#include <string.h>

#define SMEAR_MAX_PX 64

int scene_layer_init(struct scene_layer *layer, int width, int height) {
    *layer = (struct scene_layer){
        .reach = {-width / 2, -height / 2, width + width / 2, height + height / 2}};
    layer->surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 2 * width, 2 * height);
    layer->cr = cairo_create(layer->surface);
    if (cairo_status(layer->cr) != CAIRO_STATUS_SUCCESS) {
        scene_layer_done(layer);
        return WEIR_ENOMEM;
    }
    layer->pixels = (uint32_t *)(void *)cairo_image_surface_get_data(layer->surface);
    layer->stride = cairo_image_surface_get_stride(layer->surface) / 4;
    cairo_translate(layer->cr, width / 2, height / 2);
    cairo_set_antialias(layer->cr, CAIRO_ANTIALIAS_FAST);
    return 0;
}

void scene_layer_done(struct scene_layer *layer) {
    if (layer->cr)
        cairo_destroy(layer->cr);
    if (layer->surface)
        cairo_surface_destroy(layer->surface);
    *layer = (struct scene_layer){0};
}

/* Pixels that the body moves during one exposure. */
static void motion(const struct scene_brush *brush, const struct scene_body *body, double *ret_du,
                   double *ret_dv) {
    double path = body->speed_m_per_s * brush->sky->exposure_s, u0, v0, u1, v1;
    struct vec3 p = vec3(body->x, body->y, 0.7);
    struct vec3 q =
        vec3(body->x + path * cos(body->heading_rad), body->y + path * sin(body->heading_rad), 0.7);
    *ret_du = *ret_dv = 0;
    if (scene_project(brush->camera, p, &u0, &v0) && scene_project(brush->camera, q, &u1, &v1)) {
        *ret_du = u1 - u0;
        *ret_dv = v1 - v0;
    }
}

/* Running mean of 2 * half + 1 pixels along a line of n pixels that lie step apart. */
static void smear_line(uint32_t *line, int n, long step, int half) {
    uint32_t ring[SMEAR_MAX_PX + 1];
    int taps = 2 * half + 1, sum[4] = {0};
    uint32_t scale = (65536 + (uint32_t)taps / 2) / (uint32_t)taps;
    memset(ring, 0, sizeof ring);
    for (int i = 0; i < n + half; i++) {
        uint32_t in = i < n ? line[i * step] : 0, out = ring[i % taps];
        ring[i % taps] = in;
        uint32_t mean = 0;
        for (int c = 0; c < 4; c++) {
            sum[c] += (int)(in >> 8 * c & 255) - (int)(out >> 8 * c & 255);
            mean |= ((uint32_t)sum[c] * scale >> 16) << 8 * c;
        }
        if (i >= half)
            line[(i - half) * step] = mean;
    }
}

static void smear(struct scene_layer *layer, struct scene_rect r, int half, bool across) {
    if (across)
        for (int y = r.y0; y < r.y1; y++)
            smear_line(scene_layer_at(layer, r.x0, y), r.x1 - r.x0, 1, half);
    else
        for (int x = r.x0; x < r.x1; x++)
            smear_line(scene_layer_at(layer, x, r.y0), r.y1 - r.y0, layer->stride, half);
}

struct scene_rect scene_layer_draw(struct scene_layer *layer, const struct scene_thing *thing,
                                   struct scene_brush brush) {
    struct scene_rect r = thing->rect;
    double du = 0, dv = 0;
    if (thing->body)
        motion(&brush, thing->body, &du, &dv);
    bool across = fabs(du) >= fabs(dv);
    int half = (int)(0.5 * (across ? fabs(du) : fabs(dv)) + 0.5);
    if (half > SMEAR_MAX_PX / 2 - 1)
        half = SMEAR_MAX_PX / 2 - 1;
    int wide = across ? half : 0, high = across ? 0 : half;
    r = scene_rect_both((struct scene_rect){r.x0 - wide, r.y0 - high, r.x1 + wide, r.y1 + high},
                        layer->reach);
    if (scene_rect_empty(r))
        return r;
    cairo_surface_flush(layer->surface);
    for (int y = r.y0; y < r.y1; y++)
        memset(scene_layer_at(layer, r.x0, y), 0, (size_t)(r.x1 - r.x0) * 4);
    cairo_surface_mark_dirty(layer->surface);

    brush.cr = layer->cr;
    brush.px_per_m = brush.camera->focal_px / thing->depth;
    cairo_save(layer->cr);
    cairo_rectangle(layer->cr, r.x0, r.y0, r.x1 - r.x0, r.y1 - r.y0);
    cairo_clip(layer->cr);
    if (thing->body)
        scene_body_draw(&brush, thing->body);
    else
        scene_prop_draw(&brush, thing->prop);
    cairo_restore(layer->cr);
    cairo_surface_flush(layer->surface);
    if (half > 0)
        smear(layer, r, half, across);
    return r;
}
