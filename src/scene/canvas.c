/*
 * Three maps as large as the picture say what is where: the pixels, how far away
 * what stands there is (walls and props; flat ground hides nothing), and which
 * thing owns each pixel. A thing drawn later is nearer, or is known to be hidden
 * by the still thing that owns the pixel (order by separating lines, see
 * thing.h). The truth is what a body still owns when all is drawn.
 */
#include "canvas.h"

#include <stdlib.h>
#include <string.h>

#include "glow.h"
#include "layer.h"
#include "shade.h"
#include "thing.h"

#define NOBODY 0
#define MAX_STILL (SCENE_MAX_PROPS + SCENE_MAX_PARKED)
#define FIRST_MOVING (MAX_STILL + 1) /* owner numbers: 1 … still things, then bodies */
#define OPEN_DEPTH 1e9f
#define MAX_GLOWS 512
#define BLOCK 16 /* pixels; hidden bodies are found by blocks */
#define LABEL_MIN_PX 6 /* fewer visible pixels are no object */

/* What a body owns of the picture. */
struct share {
    int total; /* pixels of its silhouette */
    int visible;
    struct scene_rect rect; /* encloses what is visible; tight once `tight` */
};

struct scene_canvas {
    const struct scene_plan *plan;
    int width, height;
    /* still, made once */
    uint32_t *still;
    float *depth; /* metres; OPEN_DEPTH where nothing stands */
    uint16_t *still_owner;
    uint8_t *sun, *ground; /* see shade.h */
    float *block_depth; /* of the farthest pixel of each block of depth */
    int blocks_x;
    struct scene_thing thing[MAX_STILL];
    struct share still_share[MAX_STILL];
    int things;
    /* the picture being drawn */
    uint32_t *pixels;
    uint16_t *owner;
    struct scene_thing *body; /* room for bodies_cap of each of these */
    struct share *share;
    int *order;
    size_t bodies_cap;
    struct share parked_share[MAX_STILL];
    struct scene_layer layer;
    struct scene_shade shade;
    struct scene_glow glow[MAX_GLOWS];
};

static struct scene_brush brush_for(const struct scene_canvas *canvas,
                                    const struct scene_thing *thing, struct scene_glows *glows) {
    double x = 0.25 * (thing->foot[0].x + thing->foot[1].x + thing->foot[2].x + thing->foot[3].x);
    double y = 0.25 * (thing->foot[0].y + thing->foot[1].y + thing->foot[2].y + thing->foot[3].y);
    struct vec3 at = vec3(x, y, 1.0);
    return (struct scene_brush){.camera = &canvas->plan->camera,
                                .sky = &canvas->plan->sky,
                                .sunlit = scene_plan_sunlit(canvas->plan, at),
                                .lamp = scene_plan_lamp(canvas->plan, at),
                                .glows = glows};
}

/* Coverage from which a pixel counts as the thing's: thin frames cover little. */
static uint32_t threshold(const struct scene_thing *thing) {
    return thing->body && thing->body->kind == SCENE_BICYCLE ? 72 : 128;
}

static inline uint32_t over(uint32_t below, uint32_t above, uint32_t air_rb, uint32_t air_g,
                            uint32_t air) { /* air: 0-256 */
    uint32_t a = above >> 24, clear = 256 - air, veil = air * a / 255, keep = 256 - (a + (a >> 7));
    uint32_t rb = ((above & 0xff00ff) * clear >> 8 & 0xff00ff) + (air_rb * veil >> 8 & 0xff00ff) +
                  ((below & 0xff00ff) * keep >> 8 & 0xff00ff);
    uint32_t g = ((above & 0x00ff00) * clear >> 8 & 0x00ff00) + (air_g * veil >> 8 & 0x00ff00) +
                 ((below & 0x00ff00) * keep >> 8 & 0x00ff00);
    return rb | g;
}

/* How a thing goes into a picture. */
struct pour {
    uint32_t *pixels;
    uint16_t *owner;
    uint16_t number; /* its owner number */
    const uint8_t *hidden_by; /* per owner number of still things: 1 hides it */
    struct share *share; /* its own */
    struct share *others; /* of owner numbers below FIRST_MOVING: index number - 1 */
    struct share *bodies; /* of the moving ones: index number - FIRST_MOVING */
    float *depth_to_write; /* still things: their depth is kept; else NULL */
};

static void lose(const struct pour *pour, uint16_t number) {
    if (number >= FIRST_MOVING)
        pour->bodies[number - FIRST_MOVING].visible--;
    else
        pour->others[number - 1].visible--;
}

static int count_outside(const struct scene_layer *layer, struct scene_rect r, int width,
                         int height, uint32_t least) {
    int n = 0;
    for (int y = r.y0; y < r.y1; y++) {
        bool beyond = y < 0 || y >= height;
        for (int x = r.x0; x < r.x1; x++) {
            if (!beyond && x >= 0 && x < width)
                x = width;
            if (x < r.x1 && *scene_layer_at(layer, x, y) >> 24 >= least)
                n++;
        }
    }
    return n;
}

static void pour_layer(struct scene_canvas *canvas, const struct scene_thing *thing,
                       struct scene_rect r, const struct pour *pour) {
    const struct scene_sky *sky = &canvas->plan->sky;
    uint32_t air = (uint32_t)(256 * scene_air(sky, thing->depth) + 0.5);
    struct rgb c = rgb_scale(rgb_clamp(sky->air_rgb), 255);
    uint32_t air_rb = (uint32_t)c.r << 16 | (uint32_t)c.b, air_g = (uint32_t)c.g << 8;
    uint32_t least = threshold(thing);
    float depth = (float)thing->depth;
    struct scene_rect in =
        scene_rect_both(r, (struct scene_rect){0, 0, canvas->width, canvas->height});
    int visible = 0, total = 0;
    for (int y = in.y0; y < in.y1; y++) {
        const uint32_t *from = scene_layer_at(&canvas->layer, in.x0, y);
        long row = (long)y * canvas->width;
        for (int x = in.x0; x < in.x1; x++) {
            while (x + 2 <= in.x1 && !((uint64_t)from[0] | from[1])) { /* most of it is clear */
                from += 2;
                x += 2;
            }
            if (x >= in.x1)
                break;
            uint32_t above = *from++;
            if (!above)
                continue;
            long at = row + x;
            bool solid = above >> 24 >= least;
            total += solid;
            uint16_t still = canvas->still_owner[at];
            if (still ? pour->hidden_by[still] : canvas->depth[at] < depth)
                continue;
            pour->pixels[at] = over(pour->pixels[at], above, air_rb, air_g, air);
            if (!solid)
                continue;
            if (pour->owner[at])
                lose(pour, pour->owner[at]);
            pour->owner[at] = pour->number;
            visible++;
            if (pour->depth_to_write)
                pour->depth_to_write[at] = depth;
        }
    }
    if (r.x0 < 0 || r.y0 < 0 || r.x1 > canvas->width || r.y1 > canvas->height)
        total += count_outside(&canvas->layer, r, canvas->width, canvas->height, least);
    *pour->share = (struct share){total, visible, in};
}

/* Shrinks a share's rectangle to the pixels that number owns. */
static struct scene_rect tight_rect(const struct scene_canvas *canvas, const uint16_t *owner,
                                    struct scene_rect r, uint16_t number) {
    struct scene_rect t = {r.x1, r.y1, r.x0, r.y0};
    for (int y = r.y0; y < r.y1; y++) {
        const uint16_t *row = owner + (long)y * canvas->width;
        int first = r.x0, last = r.x1 - 1;
        while (first < r.x1 && row[first] != number)
            first++;
        if (first == r.x1)
            continue;
        while (row[last] != number)
            last--;
        if (first < t.x0)
            t.x0 = first;
        if (last + 1 > t.x1)
            t.x1 = last + 1;
        if (y < t.y0)
            t.y0 = y;
        t.y1 = y + 1;
    }
    return t;
}

static int label(struct weir_truth *truth, const struct scene_body *body,
                 const struct share *share) {
    if (share->visible < LABEL_MIN_PX || scene_rect_empty(share->rect))
        return 0;
    double visibility = (double)share->visible / share->total;
    return weir_truth_add(
        truth, (struct weir_truth_object){.box = {.x0 = (float)share->rect.x0,
                                                  .y0 = (float)share->rect.y0,
                                                  .x1 = (float)share->rect.x1,
                                                  .y1 = (float)share->rect.y1,
                                                  .score = 1,
                                                  .class_id = (int32_t)body->kind,
                                                  .track_id = body->id},
                                          .visibility = (float)(visibility > 1 ? 1 : visibility)});
}

/* The still things: shadows first, then the things from far to near. */
static int paint_still(struct scene_canvas *canvas) {
    const struct scene_plan *plan = canvas->plan;
    for (int i = 0; i < plan->props; i++)
        canvas->thing[canvas->things++] = scene_thing_of_prop(&plan->camera, &plan->prop[i]);
    for (int i = 0; i < plan->parked_len; i++)
        canvas->thing[canvas->things++] = scene_thing_of_body(&plan->camera, &plan->parked[i]);
    int *order = calloc((size_t)canvas->things + 1, sizeof *order);
    if (!order)
        return WEIR_ENOMEM;
    for (int i = 0; i < canvas->things; i++)
        scene_shade_add(&canvas->shade, &canvas->thing[i],
                        brush_for(canvas, &canvas->thing[i], NULL));
    scene_shade_lay(&canvas->shade, &plan->sky, canvas->still, canvas->sun, canvas->ground, true);

    static const uint8_t none[MAX_STILL + 1]; /* painted in order: nothing done hides the next */
    struct scene_glows glows = {canvas->glow, 0, MAX_GLOWS};
    scene_things_order(canvas->thing, (size_t)canvas->things, order);
    for (int i = 0; i < canvas->things; i++) {
        int k = order[i];
        const struct scene_thing *thing = &canvas->thing[k];
        if (scene_rect_empty(thing->rect))
            continue;
        struct scene_rect r =
            scene_layer_draw(&canvas->layer, thing, brush_for(canvas, thing, &glows));
        pour_layer(canvas, thing, r,
                   &(struct pour){canvas->still, canvas->still_owner, (uint16_t)(k + 1), none,
                                  &canvas->still_share[k], canvas->still_share, NULL,
                                  canvas->depth});
    }
    free(order);
    for (size_t i = 0; i < glows.len; i++)
        scene_glow_add(&plan->camera, &plan->sky, &glows.data[i], canvas->depth, canvas->still);
    long area = (long)canvas->width * canvas->height;
    for (long i = 0; i < area; i++)
        if (canvas->still_owner[i])
            canvas->ground[i] = 0;
    for (int k = 0; k < canvas->things; k++)
        if (canvas->still_share[k].visible > 0)
            canvas->still_share[k].rect = tight_rect(
                canvas, canvas->still_owner, canvas->still_share[k].rect, (uint16_t)(k + 1));
    return 0;
}

/* For each block the depth up to which everything in it is hidden. */
static int find_block_depths(struct scene_canvas *canvas) {
    int across = (canvas->width + BLOCK - 1) / BLOCK, down = (canvas->height + BLOCK - 1) / BLOCK;
    canvas->blocks_x = across;
    canvas->block_depth = calloc((size_t)across * (size_t)down, sizeof *canvas->block_depth);
    if (!canvas->block_depth)
        return WEIR_ENOMEM;
    for (int y = 0; y < canvas->height; y++)
        for (int x = 0; x < canvas->width; x++) {
            /* long things have no one depth: see hides */
            long at = (long)y * canvas->width + x;
            float depth = canvas->still_owner[at] ? OPEN_DEPTH : canvas->depth[at];
            float *block = &canvas->block_depth[(long)(y / BLOCK) * across + x / BLOCK];
            *block = depth > *block ? depth : *block;
        }
    return 0;
}

/* Whether nothing of a thing can be seen: outside of the picture, or behind walls. */
static bool is_out_of_sight(const struct scene_canvas *canvas, const struct scene_thing *thing) {
    struct scene_rect r =
        scene_rect_both(thing->rect, (struct scene_rect){0, 0, canvas->width, canvas->height});
    if (scene_rect_empty(r))
        return true;
    for (int y = r.y0 / BLOCK; y <= (r.y1 - 1) / BLOCK; y++)
        for (int x = r.x0 / BLOCK; x <= (r.x1 - 1) / BLOCK; x++)
            if (canvas->block_depth[(long)y * canvas->blocks_x + x] >= (float)thing->depth)
                return false;
    return true;
}

int scene_canvas_new(const struct scene_plan *plan, struct scene_backdrop *backdrop,
                     struct scene_canvas **ret_canvas) {
    struct scene_canvas *canvas = calloc(1, sizeof *canvas);
    if (!canvas)
        return WEIR_ENOMEM;
    size_t area = (size_t)backdrop->width * (size_t)backdrop->height;
    canvas->plan = plan;
    canvas->width = backdrop->width;
    canvas->height = backdrop->height;
    canvas->still = malloc(area * sizeof *canvas->still);
    canvas->pixels = malloc(area * sizeof *canvas->pixels);
    canvas->depth = malloc(area * sizeof *canvas->depth);
    canvas->still_owner = calloc(area, sizeof *canvas->still_owner);
    canvas->owner = malloc(area * sizeof *canvas->owner);
    canvas->sun = malloc(area);
    canvas->ground = malloc(area);
    if (!canvas->still || !canvas->pixels || !canvas->depth || !canvas->still_owner ||
        !canvas->owner || !canvas->sun || !canvas->ground ||
        scene_layer_init(&canvas->layer, canvas->width, canvas->height) < 0 ||
        scene_shade_init(&canvas->shade, canvas->width, canvas->height) < 0)
        goto fail;
    memcpy(canvas->still, backdrop->xrgb, area * sizeof *canvas->still);
    for (size_t i = 0; i < area; i++) {
        canvas->ground[i] = backdrop->what[i] == SCENE_IS_GROUND;
        canvas->sun[i] = backdrop->sunlit[i];
        canvas->depth[i] = backdrop->what[i] == SCENE_IS_WALL ? backdrop->depth[i] : OPEN_DEPTH;
    }
    if (paint_still(canvas) < 0 || find_block_depths(canvas) < 0)
        goto fail;
    *ret_canvas = canvas;
    return 0;
fail:
    scene_canvas_free(canvas);
    return WEIR_ENOMEM;
}

void scene_canvas_free(struct scene_canvas *canvas) {
    if (!canvas)
        return;
    scene_layer_done(&canvas->layer);
    scene_shade_done(&canvas->shade);
    free(canvas->still);
    free(canvas->pixels);
    free(canvas->depth);
    free(canvas->still_owner);
    free(canvas->owner);
    free(canvas->sun);
    free(canvas->block_depth);
    free(canvas->ground);
    free(canvas->body);
    free(canvas->share);
    free(canvas->order);
    free(canvas);
}

static int make_room(struct scene_canvas *canvas, size_t len) {
    if (len <= canvas->bodies_cap)
        return 0;
    size_t cap = len + 64;
    struct scene_thing *body = realloc(canvas->body, cap * sizeof *body);
    if (body)
        canvas->body = body;
    struct share *share = realloc(canvas->share, cap * sizeof *share);
    if (share)
        canvas->share = share;
    int *order = realloc(canvas->order, cap * sizeof *order);
    if (order)
        canvas->order = order;
    if (!body || !share || !order)
        return WEIR_ENOMEM;
    canvas->bodies_cap = cap;
    return 0;
}

/* Which still things stand before this body, where it was drawn. */
static void find_hiders(const struct scene_canvas *canvas, const struct scene_thing *body,
                        struct scene_rect drawn, uint8_t *hidden_by) {
    for (int k = 0; k < canvas->things; k++)
        hidden_by[k + 1] = !scene_rect_empty(scene_rect_both(canvas->thing[k].rect, drawn)) &&
                           scene_thing_hides(&canvas->thing[k], body);
}

/* Truth of parked bodies that are visible. Only what a moving body covered is looked at again. */
static int label_parked(struct scene_canvas *canvas, struct weir_truth *truth) {
    for (int k = 0; k < canvas->things; k++) {
        struct share share = canvas->parked_share[k];
        if (!canvas->thing[k].body || share.visible <= 0)
            continue;
        if (share.visible != canvas->still_share[k].visible)
            share.rect = tight_rect(canvas, canvas->owner, share.rect, (uint16_t)(k + 1));
        if (label(truth, canvas->thing[k].body, &share) < 0)
            return WEIR_ENOMEM;
    }
    return 0;
}

static int by_track(const void *a, const void *b) {
    const struct weir_truth_object *p = a, *q = b;
    return (p->box.track_id > q->box.track_id) - (p->box.track_id < q->box.track_id);
}

int scene_canvas_draw(struct scene_canvas *canvas, const struct scene_body *bodies, size_t len,
                      struct weir_truth *truth) {
    const struct scene_plan *plan = canvas->plan;
    size_t area = (size_t)canvas->width * (size_t)canvas->height;
    uint8_t hidden_by[MAX_STILL + 1] = {0};
    struct scene_glows glows = {canvas->glow, 0, MAX_GLOWS};
    if (make_room(canvas, len) < 0)
        return WEIR_ENOMEM;
    weir_truth_reset(truth);
    memcpy(canvas->pixels, canvas->still, area * sizeof *canvas->pixels);
    memcpy(canvas->owner, canvas->still_owner, area * sizeof *canvas->owner);
    memcpy(canvas->parked_share, canvas->still_share, sizeof canvas->parked_share);

    for (size_t i = 0; i < len; i++) {
        canvas->body[i] = scene_thing_of_body(&plan->camera, &bodies[i]);
        canvas->share[i] = (struct share){0};
        scene_shade_add(&canvas->shade, &canvas->body[i],
                        brush_for(canvas, &canvas->body[i], NULL));
    }
    scene_shade_lay(&canvas->shade, &plan->sky, canvas->pixels, canvas->sun, canvas->ground, false);
    scene_things_order(canvas->body, len, canvas->order);
    for (size_t i = 0; i < len; i++) {
        int k = canvas->order[i];
        const struct scene_thing *thing = &canvas->body[k];
        if (is_out_of_sight(canvas, thing))
            continue;
        struct scene_rect r =
            scene_layer_draw(&canvas->layer, thing, brush_for(canvas, thing, &glows));
        find_hiders(canvas, thing, r, hidden_by);
        pour_layer(canvas, thing, r,
                   &(struct pour){canvas->pixels, canvas->owner, (uint16_t)(FIRST_MOVING + k),
                                  hidden_by, &canvas->share[k], canvas->parked_share, canvas->share,
                                  NULL});
    }
    for (size_t i = 0; i < glows.len; i++)
        scene_glow_add(&plan->camera, &plan->sky, &glows.data[i], canvas->depth, canvas->pixels);

    for (size_t i = 0; i < len; i++) {
        struct share *share = &canvas->share[i];
        if (share->visible >= LABEL_MIN_PX)
            share->rect =
                tight_rect(canvas, canvas->owner, share->rect, (uint16_t)(FIRST_MOVING + i));
        if (label(truth, &bodies[i], share) < 0)
            return WEIR_ENOMEM;
    }
    if (label_parked(canvas, truth) < 0)
        return WEIR_ENOMEM;
    if (truth->len)
        qsort(truth->data, truth->len, sizeof *truth->data, by_track);
    return 0;
}

const uint32_t *scene_canvas_pixels(const struct scene_canvas *canvas) {
    return canvas->pixels;
}
