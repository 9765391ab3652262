#include "pipeline/sink/draw.h"

#include <math.h>

static uint8_t blend(uint8_t under, uint8_t over, int alpha) {
    return (uint8_t)((under * (255 - alpha) + over * alpha + 127) / 255);
}

static uint8_t clamp_byte(double value) {
    return (uint8_t)lround(fmin(fmax(value, 0), 255));
}

/* ITU-R BT.601, BT.709 and BT.2020 differ in the weights of red and blue alone. */
struct weir_ink weir_ink_rgb(uint32_t rgb, enum weir_matrix matrix) {
    static const double weights[][2] = {
        [WEIR_MATRIX_BT601] = {0.299, 0.114},
        [WEIR_MATRIX_BT709] = {0.2126, 0.0722},
        [WEIR_MATRIX_BT2020] = {0.2627, 0.0593},
    };
    double kr = weights[matrix][0], kb = weights[matrix][1];
    double r = (rgb >> 16 & 255) / 255.0, g = (rgb >> 8 & 255) / 255.0, b = (rgb & 255) / 255.0;
    double y = kr * r + (1 - kr - kb) * g + kb * b;
    return (struct weir_ink){{
        clamp_byte(16 + 219 * y),
        clamp_byte(128 + 224 * (b - y) / (2 * (1 - kb))),
        clamp_byte(128 + 224 * (r - y) / (2 * (1 - kr))),
    }};
}

static int max_int(int a, int b) {
    return a > b ? a : b;
}

static int min_int(int a, int b) {
    return a < b ? a : b;
}

/* How many of the two columns (or rows) of chroma sample c lie in [from, to). */
static int covered(int c, int from, int to) {
    return min_int(2 * c + 2, to) - max_int(2 * c, from);
}

void weir_draw_fill(const struct weir_canvas *canvas, struct weir_rect rect, struct weir_ink ink,
                    int alpha) {
    int x0 = max_int(rect.x0, 0), x1 = min_int(rect.x1, canvas->width);
    int y0 = max_int(rect.y0, 0), y1 = min_int(rect.y1, canvas->height);
    if (x0 >= x1 || y0 >= y1)
        return;
    for (int y = y0; y < y1; y++) {
        uint8_t *row = canvas->plane[0] + y * canvas->stride[0];
        for (int x = x0; x < x1; x++)
            row[x] = blend(row[x], ink.yuv[0], alpha);
    }
    for (int p = 1; p < 3; p++) {
        for (int cy = y0 / 2; 2 * cy < y1; cy++) {
            uint8_t *row = canvas->plane[p] + cy * canvas->stride[p];
            int rows = covered(cy, y0, y1);
            for (int cx = x0 / 2; 2 * cx < x1; cx++)
                row[cx] = blend(row[cx], ink.yuv[p], alpha * rows * covered(cx, x0, x1) / 4);
        }
    }
}

void weir_draw_outline(const struct weir_canvas *canvas, struct weir_rect r, int thickness,
                       struct weir_ink ink, int alpha) {
    int t = min_int(thickness, max_int(1, min_int(r.x1 - r.x0, r.y1 - r.y0) / 2));
    weir_draw_fill(canvas, (struct weir_rect){r.x0, r.y0, r.x1, r.y0 + t}, ink, alpha);
    weir_draw_fill(canvas, (struct weir_rect){r.x0, r.y1 - t, r.x1, r.y1}, ink, alpha);
    weir_draw_fill(canvas, (struct weir_rect){r.x0, r.y0 + t, r.x0 + t, r.y1 - t}, ink, alpha);
    weir_draw_fill(canvas, (struct weir_rect){r.x1 - t, r.y0 + t, r.x1, r.y1 - t}, ink, alpha);
}

static int mask_at(const struct weir_mask *mask, int x, int y) {
    if (x < 0 || y < 0 || x >= mask->width || y >= mask->height)
        return 0;
    return mask->data[y * mask->stride + x];
}

void weir_draw_mask(const struct weir_canvas *canvas, const struct weir_mask *mask, int x, int y,
                    struct weir_ink ink) {
    int x0 = max_int(x, 0), x1 = min_int(x + mask->width, canvas->width);
    int y0 = max_int(y, 0), y1 = min_int(y + mask->height, canvas->height);
    if (x0 >= x1 || y0 >= y1)
        return;
    for (int at = y0; at < y1; at++) {
        uint8_t *row = canvas->plane[0] + at * canvas->stride[0];
        const uint8_t *coverage = mask->data + (at - y) * mask->stride - x;
        for (int c = x0; c < x1; c++)
            row[c] = blend(row[c], ink.yuv[0], coverage[c]);
    }
    for (int cy = y0 / 2; 2 * cy < y1; cy++) {
        for (int cx = x0 / 2; 2 * cx < x1; cx++) {
            int mx = 2 * cx - x, my = 2 * cy - y;
            int alpha = (mask_at(mask, mx, my) + mask_at(mask, mx + 1, my) +
                         mask_at(mask, mx, my + 1) + mask_at(mask, mx + 1, my + 1)) /
                        4;
            for (int p = 1; p < 3; p++) {
                uint8_t *sample = canvas->plane[p] + cy * canvas->stride[p] + cx;
                *sample = blend(*sample, ink.yuv[p], alpha);
            }
        }
    }
}
