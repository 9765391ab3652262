/*
 * Plots as SVG. Places are pixels of the plot's own frame, which the page stretches as it
 * likes. Curves are relative whole numbers of a tenth of a pixel: a page holds thousands of them.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/html.h"

enum { LABEL_MOST = 15, LABEL_GAP = 14 };

/* ---- axes ---------------------------------------------------------------------- */

/* The least of 1, 2, 5 times a power of ten that is not below it. */
static double round_up(double value) {
    const double power = pow(10, floor(log10(value)));
    const double times[] = {1, 2, 5, 10};
    for (int i = 0; i < 3; i++)
        if (value <= times[i] * power * (1 + 1e-9))
            return times[i] * power;
    return 10 * power;
}

struct cli_axis cli_axis_linear(double from, double to, int most) {
    if (!isfinite(from) || !isfinite(to) || !(from < to)) {
        from = isfinite(from) ? fmin(from, 0) : 0;
        to = from + 1;
    }
    const double step = round_up((to - from) / most);
    struct cli_axis a = {.from = floor(from / step + 1e-9) * step,
                         .to = ceil(to / step - 1e-9) * step,
                         .digits = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0};
    const long steps = lround((a.to - a.from) / step);
    for (long i = 0; i <= steps && a.ticks < CLI_AXIS_TICKS; i++)
        a.tick[a.ticks++] = a.from + (double)i * step;
    return a;
}

struct cli_axis cli_axis_log(double from, double to) {
    static const int times[] = {1, 2, 5};
    if (!(from > 0) || !(to > from) || !isfinite(to))
        return cli_axis_linear(from, to, 4);
    struct cli_axis a = {.from = from, .to = to, .log = true};
    const int low = (int)floor(log10(from)), high = (int)ceil(log10(to));
    const int all = to / from < 300 ? 3 : 1; /* of 1, 2, 5 */
    for (int p = low; p <= high; p++)
        for (int i = 0; i < all; i++) {
            const double tick = times[i] * pow(10, p);
            if (tick < from * (1 - 1e-9) || tick > to * (1 + 1e-9) || a.ticks == CLI_AXIS_TICKS)
                continue;
            a.tick[a.ticks++] = tick;
            if (tick < 1 && -p > a.digits)
                a.digits = -p;
        }
    return a;
}

double cli_axis_place(const struct cli_axis *axis, double value) {
    if (isnan(value))
        return NAN;
    const double v = fmin(fmax(value, axis->from), axis->to);
    const double share = axis->log ? log(v / axis->from) / log(axis->to / axis->from)
                                   : (v - axis->from) / (axis->to - axis->from);
    return axis->at + share * axis->len;
}

/* ---- curves -------------------------------------------------------------------- */

static void pair(struct weir_buf *out, long x, long y) {
    weir_buf_printf(out, y < 0 ? "%ld%ld" : "%ld %ld", x, y);
}

void cli_curve_to(struct cli_curve *curve, double x, double y) {
    if (isnan(x) || isnan(y)) {
        curve->apart = true;
        return;
    }
    const long to_x = lround(10 * x), to_y = lround(10 * y);
    weir_buf_putc(curve->out, !curve->begun ? 'M' : curve->apart ? 'm' : 'l');
    pair(curve->out, to_x - curve->x, to_y - curve->y);
    if (!curve->begun || curve->apart) /* a round end, should nothing follow */
        weir_buf_puts(curve->out, "h0");
    *curve = (struct cli_curve){.out = curve->out, .x = to_x, .y = to_y, .begun = true};
}

void cli_curve_dot(struct cli_curve *curve, double x, double y) {
    curve->apart = true;
    cli_curve_to(curve, x, y);
}

/* ---- plots ----------------------------------------------------------------------- */

static void put_axis(struct weir_buf *out, char name, const struct cli_axis *a) {
    weir_buf_printf(out, " data-%c=\"%.6g %.6g %g %g %d\"", name, a->from, a->to, a->at, a->len,
                    a->log);
}

void cli_plot_begin(struct weir_buf *out, double width, double height, const struct cli_axis *x,
                    const struct cli_axis *y, const char *units, const char *what) {
    weir_buf_printf(out, "<svg viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"", width, height);
    cli_html_text(out, what);
    weir_buf_putc(out, '"');
    if (units) {
        put_axis(out, 'x', x);
        put_axis(out, 'y', y);
        weir_buf_printf(out, " data-u=\"%s\"", units);
    }
    weir_buf_puts(out, ">");
}

static void put_value(struct weir_buf *out, const struct cli_axis *a, double value) {
    if (a->log && value >= 1)
        weir_buf_printf(out, "%g", value);
    else
        weir_buf_printf(out, "%.*f", a->digits, value);
}

void cli_plot_grid(struct weir_buf *out, const struct cli_axis *x, const struct cli_axis *y,
                   const char *x_title, const char *y_title) {
    const double left = x->at, right = x->at + x->len, bottom = y->at, top = y->at + y->len;
    weir_buf_puts(out, "<path class=\"grid\" d=\"");
    for (int i = 0; i < y->ticks; i++)
        weir_buf_printf(out, "M%g %.1fH%g", left, cli_axis_place(y, y->tick[i]), right);
    weir_buf_printf(out, "\"/><path class=\"foot\" d=\"M%g %gH%g", left, bottom, right);
    for (int i = 0; i < x->ticks; i++)
        weir_buf_printf(out, "M%.1f %gv4", cli_axis_place(x, x->tick[i]), bottom);
    weir_buf_puts(out, "\"/><g class=\"ty\">");
    for (int i = 0; i < y->ticks; i++) {
        weir_buf_printf(out, "<text x=\"%g\" y=\"%.1f\">", left - 6,
                        cli_axis_place(y, y->tick[i]) + 4);
        put_value(out, y, y->tick[i]);
        weir_buf_puts(out, "</text>");
    }
    weir_buf_puts(out, "</g><g class=\"tx\">");
    for (int i = 0; i < x->ticks; i++) {
        weir_buf_printf(out, "<text x=\"%.1f\" y=\"%g\">", cli_axis_place(x, x->tick[i]),
                        bottom + 17);
        put_value(out, x, x->tick[i]);
        weir_buf_puts(out, "</text>");
    }
    weir_buf_puts(out, "</g>");
    if (x_title)
        weir_buf_printf(out, "<text class=\"ax\" x=\"%g\" y=\"%g\" text-anchor=\"end\">%s</text>",
                        right, bottom + 32, x_title);
    if (y_title)
        weir_buf_printf(out, "<text class=\"ax\" x=\"2\" y=\"%g\">%s</text>", top - 9, y_title);
}

/* ---- labels ------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b) {
    const struct cli_plot_label *x = a, *y = b;
    const int order = (x->y > y->y) - (x->y < y->y);
    return order ? order : strcmp(x->classes, y->classes);
}

/* At most so many characters, cut between two of them. */
static void put_short(struct weir_buf *out, const char *text) {
    char cut[4 * LABEL_MOST + 4];
    size_t len = 0;
    int characters = 0;
    while (text[len] && characters < LABEL_MOST && len + 4 < sizeof cut) {
        characters++;
        do
            len++;
        while ((text[len] & 0xC0) == 0x80 && len + 4 < sizeof cut);
    }
    memcpy(cut, text, len);
    cut[len] = 0;
    cli_html_text(out, cut);
    if (text[len])
        weir_buf_puts(out, "\xE2\x80\xA6");
}

void cli_plot_labels(struct weir_buf *out, struct cli_plot_label *label, size_t len, double x,
                     double top, double bottom) {
    const double gap = len > 1 ? fmin(LABEL_GAP, (bottom - top) / (double)(len - 1)) : LABEL_GAP;
    qsort(label, len, sizeof *label, by_place);
    /* each below the one before; then, from the bottom up, none beyond the end */
    for (size_t i = 0; i < len; i++)
        label[i].y = fmax(label[i].y, i ? label[i - 1].y + gap : top);
    for (size_t i = len; i-- > 0;)
        label[i].y = fmin(label[i].y, i + 1 < len ? label[i + 1].y - gap : bottom);
    for (size_t i = 0; i < len; i++) {
        weir_buf_printf(out, "<text class=\"lab %s\" x=\"%g\" y=\"%.1f\">", label[i].classes, x,
                        label[i].y + 4);
        put_short(out, label[i].text);
        weir_buf_puts(out, "</text>");
    }
}
