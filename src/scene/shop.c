/*
 * Shops: a row of units, each with a plinth, a display window, a door, a sign
 * with bars that look like writing, and perhaps a striped awning.
 */
#include "facade.h"

static const struct rgb sign_colours[] = {
    {0.66, 0.12, 0.12}, {0.10, 0.25, 0.45}, {0.10, 0.38, 0.24}, {0.82, 0.62, 0.14},
    {0.16, 0.16, 0.18}, {0.80, 0.78, 0.74}, {0.45, 0.16, 0.36}, {0.12, 0.45, 0.50},
    {0.85, 0.42, 0.12}, {0.35, 0.24, 0.16},
};
#define SIGNS (sizeof sign_colours / sizeof *sign_colours)

static void blend(struct scene_texel *t, struct rgb albedo, struct rgb glow, double mirror,
                  double share) {
    t->albedo = rgb_mix(t->albedo, albedo, share);
    t->glow = rgb_mix(t->glow, glow, share);
    t->mirror += (mirror - t->mirror) * share;
}

/* Bars of uneven height and width in a line: writing nobody can read. */
static double writing(double x, double y, double w, double h, double f, uint32_t key) {
    double letter = h * 0.62;
    int n = scene_floor((x - 0.12 * w) / letter);
    if (x < 0.12 * w || x > 0.88 * w || f > letter)
        return f > letter && x > 0.12 * w && x < 0.88 * w ? 0.35 * scene_band(y, 0, h, f) : 0;
    uint32_t bits = scene_cell(n, 3, key);
    if (bits % 7 == 0)
        return 0;
    double at = (x - 0.12 * w) - n * letter, stem = letter * 0.22;
    double tall = bits & 16 ? h : h * 0.72;
    double ink = scene_band(at, 0, stem, f) * scene_band(y, 0, tall, f);
    if (bits & 32)
        ink +=
            scene_band(at, letter * 0.52, letter * 0.52 + stem, f) * scene_band(y, 0, h * 0.72, f);
    double bar = scene_band(at, 0, letter * 0.7, f);
    if (bits & 64)
        ink += bar * scene_band(y, h * 0.56, h * 0.72, f);
    if (bits & 128)
        ink += bar * scene_band(y, 0, h * 0.16, f);
    return clamp01(ink);
}

/* What a window shows: shelves of goods, or a few large things and posters. */
static struct rgb goods(double x, double y, uint32_t key, const struct scene_place *at) {
    bool large = key & 0x80000;
    double cw = large ? 0.95 : 0.3, ch = large ? 1.9 : 0.45;
    int i = scene_floor(x / cw), j = scene_floor(y / ch);
    uint32_t bits = scene_cell(i, j, key);
    /* Most goods of a shop are of one family of colours. */
    double warm = 0.6 + 0.4 * ((key >> 20) & 15) / 15.0,
           cold = 0.6 + 0.4 * ((key >> 24) & 15) / 15.0;
    double tone = 0.25 + 0.5 * (bits & 15) / 15.0, odd = 0.22 * ((bits >> 4) & 15) / 15.0;
    struct rgb c = rgb(tone * warm + odd, tone * 0.85, tone * cold + 0.22 - odd);
    double tall =
        large ? 0.9 + 0.8 * ((bits >> 12) & 7) / 7.0 : 0.16 + 0.22 * ((bits >> 12) & 7) / 7.0;
    double low = large && bits & 0x100000 ? 0.5 : 0.02,
           left = cw * (0.08 + 0.2 * ((bits >> 8) & 3) / 3);
    double there =
        scene_band(x - i * cw, left, cw * 0.92, at->fa) * scene_band(y - j * ch, low, tall, at->fb);
    struct rgb back = rgb_scale(rgb(0.30, 0.28, 0.26), 0.7 + 0.4 * clamp01(y / 2.2));
    if (!large)
        back = rgb_scale(back, 1 - 0.4 * scene_band(y - j * ch, ch - 0.03, ch, at->fb));
    return rgb_mix(back, c, there * (bits & 0x70000 ? 1 : 0));
}

void scene_facade_shops(const struct scene_front *f, const struct scene_place *at, int face,
                        double length_m, struct scene_texel *t) {
    double height = f->ground_m;
    if (at->b > height + at->fb)
        return;
    int units = (int)(length_m / 6.5);
    units = units < 1 ? 1 : units;
    double w = length_m / units;
    int i = scene_floor(at->a / w);
    uint32_t key = scene_cell(i, face, f->seed + 300), bits = scene_cell(1, 2, key);
    double x = at->a - i * w, y = at->b, fa = at->fa, fb = at->fb;
    struct rgb sign = sign_colours[bits % SIGNS], none = rgb(0, 0, 0);
    bool lit = f->lit > 0 && (bits >> 8) % 5 != 0;

    /* Its own frontage between pilasters of the wall. */
    double inside = scene_band(x, 0.25, w - 0.25, fa);
    struct rgb front = bits & 0x1000 ? sign : f->trim;
    blend(t, rgb_scale(front, 0.9), none, 0, inside * scene_band(y, -1, height - 0.35, fb));

    double sign_lo = height - 1.0, sign_hi = height - 0.4, glass_hi = sign_lo - 0.15;
    double door_x = bits & 0x2000 ? 0.5 : w - 1.6, door_w = 1.1;
    double win_lo = 0.45, win_x0 = bits & 0x2000 ? 1.85 : 0.5, win_x1 = win_x0 + w - 2.35;

    /* Display window with its goods, the glass before them. */
    double glass = scene_band(x, win_x0, win_x1, fa) * scene_band(y, win_lo, glass_hi, fb);
    double mullion = scene_stripes(x - win_x0 + 0.04, (win_x1 - win_x0) / 2, 0.07, fa);
    glass *= 1 - mullion;
    if (glass > 0) {
        struct rgb show = goods(x, y - win_lo, key, at);
        show = rgb_scale(show, 0.75 - 0.25 * clamp01((y - 1.5) / 1.2));
        struct rgb warm = bits & 0x4000 ? rgb(1, 0.87, 0.62) : rgb(0.95, 0.95, 0.9);
        double fall = 0.75 + 0.45 * clamp01(y / glass_hi);
        struct rgb glow =
            lit ? rgb_scale(rgb_mul(rgb_add(rgb_scale(show, 1.15), rgb(0.13, 0.12, 0.1)), warm),
                            fall)
                : none;
        blend(t, rgb_scale(show, lit ? 0.4 : 0.6), glow, lit ? 0.12 : 0.34, glass);
    }
    /* Door: glass in a frame. */
    double door = scene_band(x, door_x, door_x + door_w, fa) * scene_band(y, 0.02, 2.25, fb);
    blend(t, rgb_scale(sign, 0.6), none, 0, door);
    double pane =
        scene_band(x, door_x + 0.14, door_x + door_w - 0.14, fa) * scene_band(y, 0.3, 2.1, fb);
    blend(t, rgb(0.1, 0.1, 0.11), lit ? rgb(0.8, 0.68, 0.48) : none, 0.3, pane);

    /* Sign. */
    double board = scene_band(x, 0.3, w - 0.3, fa) * scene_band(y, sign_lo, sign_hi, fb);
    double ink =
        board > 0 ? writing(x - 0.3, y - sign_lo - 0.13, w - 0.6, 0.36, fa > fb ? fa : fb, key + 5)
                  : 0;
    struct rgb pale =
        sign.r + sign.g + sign.b > 1.6 ? rgb(0.15, 0.13, 0.12) : rgb(0.93, 0.91, 0.85);
    struct rgb text = rgb_mix(sign, pale, ink);
    bool neon = lit && bits & 0x8000;
    blend(t, text, neon ? rgb_scale(rgb_mix(rgb_scale(sign, 0.7), pale, ink), 0.9) : none, 0.03,
          board);

    /* Awning: stripes, a scalloped edge, shade below. */
    if (bits & 0x30000) {
        double lo = sign_lo - 0.75, hi = sign_lo - 0.02;
        double scallop = 0.05 * fabs(sin((x - 0.3) * 3.14159 / 0.3)) * scene_fade(0.3, fa);
        double shade = scene_band(x, 0.3, w - 0.2, fa) * scene_band(y, lo - 0.55, lo, fb);
        t->albedo = rgb_scale(t->albedo, 1 - 0.45 * shade);
        t->mirror *= 1 - 0.7 * shade;
        double cloth = scene_band(x, 0.3, w - 0.3, fa) * scene_band(y, lo - scallop, hi, fb);
        double stripe = bits & 0x40000 ? scene_stripes(x - 0.3, 0.6, 0.3, fa) : 0;
        struct rgb c = rgb_mix(sign, rgb(0.9, 0.88, 0.82), stripe);
        double slope = 0.82 + 0.3 * clamp01((y - lo) / (hi - lo));
        slope *= 1 - 0.2 * scene_band(y, lo - 0.1, lo + 0.1, fb);
        blend(t, rgb_scale(c, slope), lit ? rgb_scale(c, 0.22) : none, 0, cloth);
    }
}
