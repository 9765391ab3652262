/*
 * Boxes first, from the least score to the highest, then the plates. The surest
 * box chooses the place of its plate first: above, inside at the top, below,
 * wherever it hides no other plate. Where all is full, and for boxes lower than half
 * a plate, the outline must do. Sizes follow the short side of the picture. Each box has a dark
 * edge on both sides of its bright line, and each plate is opaque with dark words, which reads on
 * any background. Colours go by track where there is one, else by class.
 */
#include "pipeline/sink/overlay.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/sink/font.h"
#include "pipeline/sink/sink.h"

/* Bright, and far apart from their neighbours in the list: ids that follow
 * each other are often seen side by side. */
static const uint32_t palette[] = {
    0x35C6FF, 0xFFA62B, 0x5BE37D, 0xFF6F91, 0xC59BFF, 0xFFE14D, 0x2EE6C9, 0xFF7F50,
    0x8FB4FF, 0xC6EF4E, 0xFF9DE6, 0x7FE9FF, 0xFFC38A, 0x9BF0B0, 0xE0B0FF, 0xF2D98B,
};
enum {
    COLOURS = sizeof palette / sizeof *palette,
    PLATES_MAX = 300, /* a picture is full with fewer; the least sure go without */
    WORDS_FROM = 64, /* rows of a picture below which words would hide it */
};

struct weir_overlay {
    struct weir_font *font;
    const char *stream;
    const struct weir_labels *labels;
    struct weir_ink colour[COLOURS], dark, light, alarm;
    int line, pad_x, pad_y;
    struct weir_rect plate[PLATES_MAX]; /* places taken in this frame */
    size_t plate_box[PLATES_MAX]; /* whose */
    size_t plates;
    size_t *order; /* boxes of this frame by rising score */
    size_t order_cap;
};

struct weir_overlay *weir_overlay_new(int width, int height, enum weir_matrix matrix,
                                      const char *stream, const struct weir_labels *labels) {
    struct weir_overlay *o = calloc(1, sizeof *o);
    if (!o)
        return NULL;
    int side = width < height ? width : height;
    o->stream = stream;
    o->labels = labels;
    o->line = side / 360 + 1 > 2 ? side / 360 + 1 : 2;
    o->pad_x = side / 180 + 2;
    o->pad_y = side / 540 + 1;
    for (size_t i = 0; i < COLOURS; i++)
        o->colour[i] = weir_ink_rgb(palette[i], matrix);
    o->dark = weir_ink_rgb(0x0B0F14, matrix);
    o->light = weir_ink_rgb(0xFFFFFF, matrix);
    o->alarm = weir_ink_rgb(0xC62828, matrix);
    o->font = weir_font_new(6 + side / 75.0, true);
    if (!o->font) {
        weir_overlay_free(o);
        return NULL;
    }
    return o;
}

void weir_overlay_free(struct weir_overlay *overlay) {
    if (!overlay)
        return;
    weir_font_free(overlay->font);
    free(overlay->order);
    free(overlay);
}

/* What is not a number comes first, so that the order is one. */
static float rank(float score) {
    return score >= 0 ? score : -1;
}

static int compare_scores(const void *a, const void *b, void *arg) {
    const struct weir_box *box = arg;
    size_t i = *(const size_t *)a, k = *(const size_t *)b;
    float left = rank(box[i].score), right = rank(box[k].score);
    if (left != right)
        return left < right ? -1 : 1;
    return i > k ? -1 : i < k; /* the first of equals on top */
}

static int order_boxes(struct weir_overlay *o, const struct weir_boxes *boxes) {
    if (o->order_cap < boxes->len) {
        size_t *order = realloc(o->order, boxes->len * sizeof *order);
        if (!order)
            return WEIR_ENOMEM;
        o->order = order;
        o->order_cap = boxes->len;
    }
    for (size_t i = 0; i < boxes->len; i++)
        o->order[i] = i;
    if (boxes->len)
        qsort_r(o->order, boxes->len, sizeof *o->order, compare_scores, boxes->data);
    return 0;
}

static struct weir_ink colour_of(const struct weir_overlay *o, const struct weir_box *box) {
    uint32_t key = (uint32_t)(box->track_id > 0 ? box->track_id - 1 : box->class_id);
    return o->colour[key % COLOURS];
}

/* A coordinate on the canvas, kept inside the picture; NaN goes to its edge. */
static int place(double value, double scale, int offset, int size) {
    return offset + (int)lround(fmin(fmax(value * scale, 0), size));
}

static struct weir_rect box_rect(const struct weir_placement *at, const struct weir_box *box) {
    struct weir_rect r = {
        place(box->x0, at->scale_x, at->x, at->width),
        place(box->y0, at->scale_y, at->y, at->height),
        place(box->x1, at->scale_x, at->x, at->width),
        place(box->y1, at->scale_y, at->y, at->height),
    };
    r.x1 = r.x1 > r.x0 ? r.x1 : r.x0 + 1;
    r.y1 = r.y1 > r.y0 ? r.y1 : r.y0 + 1;
    return r;
}

static void draw_box(const struct weir_overlay *o, const struct weir_canvas *canvas,
                     struct weir_rect r, struct weir_ink ink) {
    int t = o->line;
    struct weir_rect outer = {r.x0 - 1, r.y0 - 1, r.x1 + 1, r.y1 + 1};
    struct weir_rect inner = {r.x0 + t, r.y0 + t, r.x1 - t, r.y1 - t};
    weir_draw_outline(canvas, outer, 1, o->dark, 140);
    if (inner.x1 - inner.x0 > 2 && inner.y1 - inner.y0 > 2)
        weir_draw_outline(canvas, inner, 1, o->dark, 90);
    weir_draw_outline(canvas, r, t, ink, 255);
}

static bool is_free(const struct weir_overlay *o, struct weir_rect r) {
    for (size_t i = 0; i < o->plates; i++) {
        const struct weir_rect *p = &o->plate[i];
        if (r.x0 < p->x1 && p->x0 < r.x1 && r.y0 < p->y1 && p->y0 < r.y1)
            return false;
    }
    return true;
}

static int clamp_int(int value, int low, int high) {
    value = value > high ? high : value;
    return value < low ? low : value;
}

/* Where a plate of w x h goes: the first free place around the box. Without one
 * it is left out, as it would cover another or what it tells of, unless the box is
 * large enough for both. */
static bool find_place(const struct weir_overlay *o, const struct weir_canvas *canvas,
                       struct weir_rect box, int w, int h, struct weir_rect *ret) {
    const int corners[][2] = {
        {box.x0, box.y0 - h},     {box.x0, box.y0},     {box.x0, box.y1},
        {box.x1 - w, box.y0 - h}, {box.x1 - w, box.y1}, {box.x1, box.y0},
        {box.x0 - w, box.y0},     {box.x1, box.y1 - h}, {box.x0 - w, box.y1 - h},
        {box.x0, box.y1 - h},
    };
    enum { CORNERS = sizeof corners / sizeof *corners, INSIDE = 1 };
    struct weir_rect first = {0};
    int tall = box.y1 - box.y0;
    if (2 * tall < h)
        return false;
    for (size_t i = 0; i < CORNERS; i++) {
        int x = clamp_int(corners[i][0], 0, canvas->width - w), y = corners[i][1];
        if (i == INSIDE)
            y = clamp_int(y, 0, canvas->height - h);
        else if (y < 0 || y + h > canvas->height)
            continue;
        struct weir_rect r = {x, y, x + w, y + h};
        if (is_free(o, r)) {
            *ret = r;
            return true;
        }
        if (first.x1 == 0)
            first = r;
    }
    *ret = first;
    return tall > 4 * h && box.x1 - box.x0 > w;
}

static const struct weir_mask *words(struct weir_overlay *o, const struct weir_box *box) {
    char text[256], scratch[32], track[16] = "";
    if (box->track_id > 0)
        snprintf(track, sizeof track, " #%d", (int)box->track_id);
    snprintf(text, sizeof text, "%.200s %.2f%s", weir_sink_class(o->labels, box->class_id, scratch),
             (double)box->score, track);
    return weir_font_text(o->font, text);
}

static int draw_words(const struct weir_overlay *o, const struct weir_canvas *canvas,
                      struct weir_rect plate, const struct weir_mask *mask, struct weir_ink ink) {
    if (!mask)
        return WEIR_ENOMEM;
    weir_draw_mask(canvas, mask, plate.x0 + o->pad_x, plate.y0 + o->pad_y, ink);
    return 0;
}

/* Plates of the surest boxes: places from the surest on, drawn the other way
 * round. */
static int draw_plates(struct weir_overlay *o, const struct weir_canvas *canvas,
                       const struct weir_placement *at, const struct weir_boxes *boxes) {
    size_t first = o->plates; /* behind those of the lines about the frame */
    for (size_t i = boxes->len; i-- > 0 && o->plates < PLATES_MAX;) {
        const struct weir_box *box = &boxes->data[o->order[i]];
        const struct weir_mask *mask = words(o, box);
        if (!mask)
            return WEIR_ENOMEM;
        if (find_place(o, canvas, box_rect(at, box), mask->width + 2 * o->pad_x,
                       mask->height + 2 * o->pad_y, &o->plate[o->plates]))
            o->plate_box[o->plates++] = o->order[i];
    }
    int rc = 0;
    for (size_t n = o->plates; !rc && n-- > first;) {
        const struct weir_box *box = &boxes->data[o->plate_box[n]];
        weir_draw_fill(canvas, o->plate[n], colour_of(o, box), 255);
        rc = draw_words(o, canvas, o->plate[n], words(o, box), o->dark);
    }
    return rc;
}

/* Light words on a plate from (0, y) on, whose place is taken before any box's looks for one;
 * below: y is its lower edge. */
static int draw_line(struct weir_overlay *o, const struct weir_canvas *canvas, const char *text,
                     int y, bool below, struct weir_ink ground, int alpha) {
    const struct weir_mask *mask = weir_font_text(o->font, text);
    if (!mask)
        return WEIR_ENOMEM;
    const int width = mask->width + 2 * o->pad_x, height = mask->height + 2 * o->pad_y;
    const struct weir_rect r = {0, below ? y - height : y, width, below ? y : y + height};
    o->plate[o->plates++] = r;
    weir_draw_fill(canvas, r, ground, alpha);
    return draw_words(o, canvas, r, mask, o->light);
}

int weir_overlay_draw_noted(struct weir_overlay *o, const struct weir_canvas *canvas,
                            const struct weir_placement *at, const struct weir_boxes *boxes,
                            const struct weir_note *note) {
    o->plates = 0;
    int rc = order_boxes(o, boxes);
    if (rc)
        return rc;
    for (size_t i = 0; i < boxes->len; i++) {
        const struct weir_box *box = &boxes->data[o->order[i]];
        draw_box(o, canvas, box_rect(at, box), colour_of(o, box));
    }
    if (canvas->height < WORDS_FROM)
        return 0;
    rc = draw_line(o, canvas, note->status, 0, false, o->dark, 170);
    if (!rc && note->warning)
        rc = draw_line(o, canvas, note->warning, canvas->height, true,
                       note->alarms ? o->alarm : o->dark, note->alarms ? 255 : 170);
    return rc ? rc : draw_plates(o, canvas, at, boxes);
}

/* With "gate · frame 12 · 43 ms". */
int weir_overlay_draw(struct weir_overlay *o, const struct weir_canvas *canvas,
                      const struct weir_placement *at, const struct weir_frame *frame) {
    char text[256], latency[48] = "";
    const struct weir_times *t = &frame->times;
    if (t->capture && t->deliver > t->capture)
        snprintf(latency, sizeof latency, "  ·  %.0f ms",
                 (double)(t->deliver - t->capture) / WEIR_NS_PER_MS);
    snprintf(text, sizeof text, "%.120s  ·  frame %lld%s", o->stream, (long long)frame->seq,
             latency);
    return weir_overlay_draw_noted(o, canvas, at, &frame->boxes,
                                   &(struct weir_note){.status = text});
}
