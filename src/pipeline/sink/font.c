/*
 * The cache is direct-mapped: a text's hash names its one slot, and a new text
 * takes the slot over. That bounds the memory whatever the texts are.
 */
#include "pipeline/sink/font.h"

#include <cairo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 256, TEXT_MAX = 256, WIDTH_MAX = 4096 };

struct slot {
    char *text; /* NULL: empty */
    struct weir_mask mask;
};

struct weir_font {
    cairo_surface_t *probe; /* a pixel to measure on */
    cairo_t *ruler;
    cairo_font_extents_t extents;
    struct slot slot[SLOTS];
};

static void choose_face(cairo_t *cr, double size_px, bool bold) {
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_ON);
    cairo_set_font_options(cr, options);
    cairo_font_options_destroy(options);
    cairo_select_font_face(cr, "sans", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, size_px);
}

struct weir_font *weir_font_new(double size_px, bool bold) {
    struct weir_font *font = calloc(1, sizeof *font);
    if (!font)
        return NULL;
    font->probe = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
    font->ruler = cairo_create(font->probe);
    choose_face(font->ruler, size_px, bold);
    cairo_font_extents(font->ruler, &font->extents);
    if (cairo_status(font->ruler) != CAIRO_STATUS_SUCCESS) {
        weir_font_free(font);
        return NULL;
    }
    return font;
}

void weir_font_free(struct weir_font *font) {
    if (!font)
        return;
    for (size_t i = 0; i < SLOTS; i++) {
        free(font->slot[i].text);
        free(font->slot[i].mask.data);
    }
    cairo_destroy(font->ruler);
    cairo_surface_destroy(font->probe);
    free(font);
}

int weir_font_height(const struct weir_font *font) {
    return (int)(ceil(font->extents.ascent) + ceil(font->extents.descent));
}

/* Length of the well-formed UTF-8 sequence at s, 0 if there is none. */
static size_t sequence(const unsigned char *s) {
    size_t len = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (s[0] > 0xF4 || s[0] < 0x20 || s[0] == 0x7F)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
        (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return len;
}

/* What Cairo accepts: valid UTF-8 of a bounded length, without control characters. */
static void clean(const char *text, char into[TEXT_MAX]) {
    size_t len = 0;
    while (*text) {
        size_t n = sequence((const unsigned char *)text);
        if (len + (n ? n : 1) >= TEXT_MAX)
            break;
        if (n)
            memcpy(into + len, text, n);
        else
            into[len] = '?';
        len += n ? n : 1;
        text += n ? n : 1;
    }
    into[len] = '\0';
}

static int render(struct weir_font *font, const char *text, struct weir_mask *ret_mask) {
    cairo_text_extents_t size;
    cairo_text_extents(font->ruler, text, &size);
    int width = (int)fmin(fmax(ceil(size.x_advance), 1), WIDTH_MAX);
    int height = weir_font_height(font);
    height = height > 0 ? height : 1;
    int stride = cairo_format_stride_for_width(CAIRO_FORMAT_A8, width);
    struct weir_mask mask = {.width = width, .height = height, .stride = stride};
    mask.data = calloc((size_t)height, (size_t)stride);
    if (!mask.data)
        return WEIR_ENOMEM;

    cairo_surface_t *surface =
        cairo_image_surface_create_for_data(mask.data, CAIRO_FORMAT_A8, width, height, stride);
    cairo_t *cr = cairo_create(surface);
    cairo_set_scaled_font(cr, cairo_get_scaled_font(font->ruler));
    cairo_move_to(cr, 0, ceil(font->extents.ascent));
    cairo_show_text(cr, text);
    cairo_status_t status = cairo_status(cr);
    cairo_surface_flush(surface);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    if (status != CAIRO_STATUS_SUCCESS) {
        free(mask.data);
        return WEIR_ENOMEM;
    }
    *ret_mask = mask;
    return 0;
}

static size_t slot_of(const char *text) {
    uint32_t hash = 2166136261u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return (hash ^ hash >> 16) % SLOTS;
}

const struct weir_mask *weir_font_text(struct weir_font *font, const char *text) {
    char wanted[TEXT_MAX];
    clean(text, wanted);
    struct slot *slot = &font->slot[slot_of(wanted)];
    if (slot->text && !strcmp(slot->text, wanted))
        return &slot->mask;

    struct weir_mask mask;
    char *copy = strdup(wanted);
    if (!copy || render(font, wanted, &mask)) {
        free(copy);
        return NULL;
    }
    free(slot->text);
    free(slot->mask.data);
    *slot = (struct slot){.text = copy, .mask = mask};
    return &slot->mask;
}
