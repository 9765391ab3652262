/*
 * The inside of a window frame: glass that mirrors the sky, with a dark room, a
 * curtain, a blind or a lamp behind it. What it is follows from its key.
 */
#include "facade.h"

/* Light of rooms: mostly warm bulbs, some cold tubes and screens. */
static const struct rgb room_lights[] = {
    {1.00, 0.78, 0.45}, {1.00, 0.72, 0.36}, {0.98, 0.84, 0.58}, {0.95, 0.88, 0.70},
    {1.00, 0.66, 0.30}, {0.85, 0.92, 0.95}, {0.98, 0.80, 0.50}, {0.50, 0.62, 0.90},
};

static const struct rgb curtain_cloths[] = {
    {0.86, 0.85, 0.82},
    {0.80, 0.76, 0.68},
    {0.72, 0.74, 0.76},
    {0.78, 0.68, 0.60},
};

struct scene_texel scene_facade_pane(const struct scene_front *f, const struct scene_place *at,
                                     double x, double y, double w, double h, uint32_t key) {
    uint32_t bits = scene_cell((int)key, 77, f->seed);
    bool office = f->building->facade == SCENE_GLASS || f->building->facade == SCENE_SHED;
    bool lit = (bits & 1023) < (uint32_t)(f->lit * 1024);
    struct rgb cloth = curtain_cloths[(bits >> 10) & 3];
    /* How far curtains are drawn from the sides, or a blind from above. */
    unsigned dress = (bits >> 12) & 7;
    double cover = 0;
    if (dress < 3 && !office) {
        double side = w * (0.12 + 0.3 * ((bits >> 15) & 3) / 3);
        cover = scene_band(x, 0, side, at->fa) + scene_band(x, w - side, w, at->fa);
        double folds = scene_stripes(x, 0.12, 0.05, at->fa);
        cloth = rgb_scale(cloth, 1 - 0.16 * folds);
    } else if (dress < 5) {
        double drop = h * (0.15 + 0.75 * ((bits >> 15) & 7) / 7);
        cover = scene_band(y, h - drop, h, at->fb);
        cloth = rgb_scale(cloth, 1 - 0.14 * scene_stripes(y, 0.08, 0.03, at->fb));
    }
    /* Depth of the room: darker below, a lighter ceiling. */
    double inside = 0.13 + 0.06 * y / h + 0.05 * ((bits >> 20) & 7) / 7.0;
    struct scene_texel t = {.albedo = rgb(inside * 0.95, inside, inside * 1.05), .mirror = 0.5};
    if (office)
        t.mirror = 0.72;
    /* No two panes hang alike. */
    t.mirror *= 0.75 + 0.4 * (double)(bits >> 28) / 15;
    t.albedo = rgb_mix(t.albedo, cloth, 0.75 * cover);
    t.mirror *= 1 - 0.5 * cover;
    if (lit) {
        struct rgb lamp = room_lights[(bits >> 23) & 7];
        if (office)
            lamp = rgb_mix(lamp, rgb(0.93, 0.95, 0.88), 0.75);
        double bright = 0.45 + 0.5 * ((bits >> 26) & 3) / 3;
        double falloff = 0.65 + 0.35 * y / h;
        /* Furniture and people's things before the lamp. */
        double thing = scene_band(x, w * 0.55, w * 0.8, at->fa) * scene_band(y, 0, h * 0.3, at->fb);
        struct rgb glow = rgb_scale(lamp, bright * falloff * (1 - 0.5 * thing));
        t.glow = rgb_mix(glow, rgb_mul(rgb_scale(cloth, 0.95), glow), cover);
        t.mirror *= 0.4;
    }
    return t;
}
