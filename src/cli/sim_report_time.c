/*
 * The first seed of each strategy over time, one below the other on the same axes: how late and
 * how old results were, how right, where frames ran, and how wide they were.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/sim_report.h"

enum { WIDTH = 330, HEIGHT = 150, LEFT = 40, RIGHT = 322, TOP = 10, BOTTOM = 124 };
enum { NODES_MOST = 6, STEPS = 9 }; /* more nodes go by tier; steps of the ramp of a stack */

enum column { LATE, RIGHT_NESS, WHERE, WIDE, COLUMNS };
static const char *const caption[COLUMNS] = {"Latency and age, ms", "Accuracy, relative F1",
                                             "Where frames ran, %", "Width, % of frames due"};

struct grid {
    struct report *r;
    struct report_rows rows;
    const char *id;
    const struct sim_case *ready;
    struct report_series *series; /* [rows] */
    int *width, widths;
    int *group; /* [nodes]: of a stack */
    const char **group_name; /* [groups] */
    int groups;
    struct cli_axis x, y[COLUMNS];
};

/* ---- axes ------------------------------------------------------------------------------- */

static void lowest(double *low, double *high, double value) {
    if (!isfinite(value))
        return;
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

static struct cli_axis axis_of_late(const struct grid *g) {
    const double deadline = g->ready->of->deadline_ms;
    double low = INFINITY, high = deadline;
    for (int i = 0; i < g->rows.rows; i++)
        for (int k = 0; k < g->series[i].bins; k++) {
            lowest(&low, &high, g->series[i].mean[k]);
            lowest(&low, &high, g->series[i].high[k]);
            lowest(&low, &high, g->series[i].age[k]);
        }
    return high > 3 * deadline && low > 0 ? cli_axis_log(low / 1.1, high * 1.1)
                                          : cli_axis_linear(0, high, 4);
}

static struct cli_axis axis_of_accuracy(const struct grid *g) {
    double low = g->ready->of->min_accuracy, high = 1;
    for (int i = 0; i < g->rows.rows; i++) {
        const struct cli_sim_row *row = &g->rows.row[i];
        const size_t windows = report_windows(row);
        for (size_t k = 0; k < windows; k++) {
            const struct report_judged j = report_judge(row, k);
            lowest(&low, &high, j.truth);
            lowest(&low, &high, j.predicted);
            lowest(&low, &high, j.audited);
        }
        for (size_t k = 0; k < windows * (size_t)row->first.streams; k++)
            if (row->accuracy.window[k].judged)
                lowest(&low, &high,
                       report_relative(&row->accuracy.window[k].own,
                                       &row->accuracy.window[k].reference));
    }
    return cli_axis_linear(fmin(low, high - 0.1), high, 6);
}

static void choose_axes(struct grid *g) {
    g->x = cli_axis_linear(0, g->ready->of->seconds, 6);
    g->x.to = g->ready->of->seconds;
    while (g->x.ticks && g->x.tick[g->x.ticks - 1] > g->x.to)
        g->x.ticks--;
    g->x.at = LEFT;
    g->x.len = RIGHT - LEFT;
    g->y[LATE] = axis_of_late(g);
    g->y[RIGHT_NESS] = axis_of_accuracy(g);
    g->y[WHERE] = g->y[WIDE] = cli_axis_linear(0, 100, 4);
    for (int c = 0; c < COLUMNS; c++) {
        g->y[c].at = BOTTOM;
        g->y[c].len = TOP - BOTTOM;
    }
}

/* ---- what all rows have behind them -------------------------------------------------------- */

static void put_instant(struct grid *g, double at_s) {
    if (at_s > 0 && at_s < g->ready->of->seconds)
        weir_buf_printf(&g->r->out, "M%.1f %dV%d", cli_axis_place(&g->x, at_s), BOTTOM, TOP);
}

/* Once for a column; each of its plots uses it. */
static void put_behind(struct grid *g, enum column c) {
    struct weir_buf *out = &g->r->out;
    const struct weir_scenario_case *of = g->ready->of;
    weir_buf_printf(out, "<g id=\"%sa%d\">", g->id, c);
    weir_buf_printf(out, "<rect class=\"warm\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>",
                    LEFT, TOP, cli_axis_place(&g->x, of->warm_up_s) - LEFT, BOTTOM - TOP);
    cli_plot_grid(out, &g->x, &g->y[c], NULL, NULL);
    weir_buf_puts(out, "</g>\n");
}

/* Before everything, where a stack would hide it. */
static void put_before(struct grid *g, enum column c) {
    struct weir_buf *out = &g->r->out;
    const struct weir_scenario_case *of = g->ready->of;
    weir_buf_printf(out, "<g id=\"%sb%d\"><path class=\"instant\" d=\"", g->id, c);
    for (size_t i = 0; i < g->ready->site.event_len; i++)
        put_instant(g, g->ready->site.event[i].at_s);
    for (int i = 0; i < of->comes; i++) {
        put_instant(g, of->come[i].from_s);
        put_instant(g, of->come[i].to_s);
    }
    for (int i = 0; i < of->cuts; i++)
        put_instant(g, of->cut[i].at_s);
    weir_buf_puts(out, "\"/>");
    if (c == LATE || c == RIGHT_NESS)
        weir_buf_printf(out, "<path class=\"level\" d=\"M%d %.1fH%d\"/>", LEFT,
                        cli_axis_place(&g->y[c], c == LATE ? of->deadline_ms : of->min_accuracy),
                        RIGHT);
    weir_buf_puts(out, "</g>\n");
}

/* ---- one plot ------------------------------------------------------------------------------ */

static double middle(const struct report_series *s, int bin) {
    return fmin((bin + 0.5) * s->bin_s, s->seconds);
}

static void put_line(struct grid *g, const struct report_series *s, const double *value,
                     const char *classes, const char *name) {
    struct cli_curve curve = {.out = &g->r->out};
    weir_buf_printf(&g->r->out, "<path class=\"c %s\" data-n=\"%s\" d=\"", classes, name);
    for (int k = 0; k < s->bins; k++)
        cli_curve_to(&curve, cli_axis_place(&g->x, middle(s, k)),
                     cli_axis_place(&g->y[LATE], value[k]));
    weir_buf_puts(&g->r->out, "\"/>");
}

static void put_late(struct grid *g, int i) {
    const struct report_series *s = &g->series[i];
    put_line(g, s, s->age, "age", "age, mean");
    put_line(g, s, s->high, "hi", "latency, 95%");
    put_line(g, s, s->mean, "l", "latency, mean");
}

/* A value for each window, as long as it is. */
static void put_windows(struct grid *g, const struct cli_sim_row *row, size_t which,
                        const char *classes, const char *name) {
    const struct weir_scenario_case *of = g->ready->of;
    struct cli_curve curve = {.out = &g->r->out};
    weir_buf_printf(&g->r->out, "<path class=\"c %s\" data-n=\"%s\" d=\"", classes, name);
    for (size_t k = 0; k < report_windows(row); k++) {
        const struct report_judged j = report_judge(row, k);
        const double value = which == 0 ? j.truth : which == 1 ? j.predicted : j.audited;
        const double from_s = of->warm_up_s + (double)k * of->window_s,
                     y = cli_axis_place(&g->y[RIGHT_NESS], value);
        cli_curve_to(&curve, cli_axis_place(&g->x, from_s), y);
        cli_curve_to(&curve, cli_axis_place(&g->x, from_s + of->window_s), y);
    }
    weir_buf_puts(&g->r->out, "\"/>");
}

/* A dot for each window of each stream that held the floor, or did not. */
static void put_dots(struct grid *g, const struct cli_sim_row *row, bool held) {
    const struct weir_scenario_case *of = g->ready->of;
    const size_t windows = report_windows(row), streams = (size_t)row->first.streams;
    struct cli_curve curve = {.out = &g->r->out};
    weir_buf_printf(&g->r->out, "<path class=\"c dot%s\" d=\"", held ? "" : " miss");
    for (size_t k = 0; k < windows * streams; k++) {
        const struct sim_window *w = &row->accuracy.window[k];
        if (!w->judged || w->held != held)
            continue;
        const double inside = ((double)(k / windows) + 1) / ((double)streams + 1),
                     at_s = of->warm_up_s + ((double)(k % windows) + inside) * of->window_s;
        cli_curve_dot(&curve, cli_axis_place(&g->x, at_s),
                      cli_axis_place(&g->y[RIGHT_NESS], report_relative(&w->own, &w->reference)));
    }
    weir_buf_puts(&g->r->out, "\"/>");
}

static void put_accuracy(struct grid *g, int i) {
    const struct cli_sim_row *row = &g->rows.row[i];
    put_dots(g, row, true);
    put_dots(g, row, false);
    put_windows(g, row, 2, "aud", "audited");
    put_windows(g, row, 1, "pre", "predicted");
    put_windows(g, row, 0, "l", "true");
}

/* Up to and with a layer, in a bin, percent. */
static double height_of(const struct grid *g, int i, enum column c, int layer, int bin) {
    const struct report_series *s = &g->series[i];
    double sum = 0;
    if (c == WIDE)
        for (int k = 0; k <= layer; k++)
            sum += s->width[k * s->bins + bin];
    else
        for (int k = 0; k < s->nodes; k++)
            sum += g->group[k] <= layer ? s->node[k * s->bins + bin] : 0;
    return 100 * sum;
}

static int step_of(int layer, int layers) {
    return layers > 1 ? layer * (STEPS - 1) / (layers - 1) : STEPS - 1;
}

/* Each layer covers what lies below it, which is drawn after it. */
static void put_stack(struct grid *g, int i, enum column c) {
    const struct report_series *s = &g->series[i];
    const int layers = c == WIDE ? s->widths : g->groups;
    for (int layer = layers - 1; layer >= 0; layer--) {
        struct cli_curve curve = {.out = &g->r->out};
        double before = 0;
        bool any = false;
        for (int k = 0; !any && k < s->bins; k++)
            any = height_of(g, i, c, layer, k) - (layer ? height_of(g, i, c, layer - 1, k) : 0) >
                  1e-9;
        if (!any)
            continue;
        weir_buf_printf(&g->r->out, "<path class=\"c q%d\" data-n=\"", step_of(layer, layers));
        if (c == WIDE)
            weir_buf_printf(&g->r->out, "%d wide", g->width[layer]);
        else
            cli_html_text(&g->r->out, g->group_name[layer]);
        weir_buf_puts(&g->r->out, "\" d=\"");
        cli_curve_to(&curve, LEFT, BOTTOM);
        for (int k = 0; k < s->bins; k++) {
            const double value = height_of(g, i, c, layer, k);
            const double x = cli_axis_place(&g->x, k * s->bin_s);
            if (k && fabs(value - before) < 0.05)
                continue;
            if (k)
                cli_curve_to(&curve, x, cli_axis_place(&g->y[c], before));
            cli_curve_to(&curve, x, cli_axis_place(&g->y[c], value));
            before = value;
        }
        cli_curve_to(&curve, RIGHT, cli_axis_place(&g->y[c], before));
        cli_curve_to(&curve, RIGHT, BOTTOM);
        weir_buf_puts(&g->r->out, "z\"/>");
    }
}

static void put_cell(struct grid *g, int i, enum column c) {
    static const char *const units[COLUMNS] = {"s ms", "s -", "s %", "s %"};
    struct weir_buf *out = &g->r->out;
    weir_buf_printf(out, "<figure><figcaption>%s</figcaption>", caption[c]);
    cli_plot_begin(out, WIDTH, HEIGHT, &g->x, &g->y[c], units[c], caption[c]);
    weir_buf_printf(out, "<use href=\"#%sa%d\"/><g class=\"p%s\">", g->id, c,
                    c == WHERE || c == WIDE ? " stack" : "");
    if (c == LATE)
        put_late(g, i);
    else if (c == RIGHT_NESS)
        put_accuracy(g, i);
    else
        put_stack(g, i, c);
    weir_buf_printf(out, "</g><use href=\"#%sb%d\"/></svg></figure>", g->id, c);
}

/* ---- all of them ---------------------------------------------------------------------------- */

static void put_number(struct weir_buf *out, const char *name, double value, int digits,
                       const char *unit) {
    weir_buf_printf(out, "<dt>%s</dt><dd>", name);
    cli_html_num(out, value, digits);
    weir_buf_printf(out, "%s</dd>", isfinite(value) ? unit : "");
}

static void put_row(struct grid *g, int i) {
    struct report *r = g->r;
    const struct cli_sim_row *row = &g->rows.row[i];
    weir_buf_puts(&r->out, "<div class=\"row");
    report_classes(r, row);
    weir_buf_puts(&r->out, "\"><div class=\"name\"><b>");
    cli_html_text(&r->out, report_label(r, row));
    weir_buf_puts(&r->out, "</b><dl>");
    put_number(&r->out, "latency", row->measures.latency.mean, 1, " ms");
    put_number(&r->out, "age", row->measures.age.mean, 1, " ms");
    put_number(&r->out, "on time", 100 * row->measures.on_time, 1, "%");
    put_number(&r->out, "true accuracy", row->accuracy.relative, 3, "");
    weir_buf_printf(&r->out, "<dt>windows held</dt><dd>%lld of %lld</dd></dl></div>\n",
                    (long long)row->accuracy.held, (long long)row->accuracy.judged);
    for (int c = 0; c < COLUMNS; c++)
        put_cell(g, i, (enum column)c);
    weir_buf_puts(&r->out, "</div>\n");
}

static void put_key(struct grid *g) {
    struct weir_buf *out = &g->r->out;
    weir_buf_puts(
        out, "<div class=\"keys\"><p class=\"key\"><b>Latency and age</b>"
             "<span><i class=\"line\"></i>latency, mean</span>"
             "<span><i class=\"line thin\"></i>latency, 95%</span>"
             "<span><i class=\"line dash\"></i>age, mean</span>"
             "<span><i class=\"line red\"></i>deadline</span></p>"
             "<p class=\"key\"><b>Accuracy</b>"
             "<span><i class=\"line\"></i>true, all cameras</span>"
             "<span><i class=\"line dash\"></i>predicted by the strategy&#8217;s estimate</span>"
             "<span><i class=\"line dotted\"></i>audited</span>"
             "<span><i class=\"spot\"></i>true, one camera&#8217;s window</span>"
             "<span><i class=\"spot miss\"></i>below the floor</span>"
             "<span><i class=\"line red\"></i>floor</span></p>"
             "<p class=\"key\"><b>Where frames ran</b>");
    for (int k = 0; k < g->groups; k++) {
        weir_buf_printf(out, "<span><i class=\"q%d\"></i>", step_of(k, g->groups));
        cli_html_text(out, g->group_name[k]);
        weir_buf_puts(out, "</span>");
    }
    weir_buf_puts(out, "<span>blank: no result</span></p><p class=\"key\"><b>Width</b>");
    for (int k = 0; k < g->widths; k++)
        weir_buf_printf(out, "<span><i class=\"q%d\"></i>%d</span>", step_of(k, g->widths),
                        g->width[k]);
    weir_buf_puts(out, "<span>pixels; blank: no result</span></p></div>\n");
}

static int group_nodes(struct grid *g) {
    const struct weir_site *site = &g->ready->site;
    g->group = calloc(site->node_len, sizeof *g->group);
    g->group_name = calloc(site->node_len, sizeof *g->group_name);
    if (!g->group || !g->group_name)
        return WEIR_ENOMEM;
    for (size_t i = 0; i < site->node_len; i++) {
        const bool own = site->node_len <= NODES_MOST;
        const char *name = own ? site->node[i].name : site->node[i].tier;
        int k = own ? g->groups : 0;
        while (k < g->groups && strcmp(g->group_name[k], name) != 0)
            k++;
        g->group[i] = k;
        if (k == g->groups)
            g->group_name[g->groups++] = name;
    }
    return 0;
}

static void put_grid(struct grid *g) {
    struct report *r = g->r;
    const struct report_series *s = &g->series[0];
    choose_axes(g);
    weir_buf_printf(&r->out,
                    "<h3>Over time, in seconds: the first seed</h3><p class=\"note\">Frames by "
                    "when they were due, gathered in %g s; the warm-up is shaded. Accuracy is of "
                    "windows of %g s: <b>true</b> by the ground truth, <b>predicted</b> as the "
                    "strategy believed of what it chose when it chose it, <b>audited</b> as the "
                    "sample that an auditor analysed, too, said by the window&#8217;s end. "
                    "The numbers at the side are of all seeds.</p>\n",
                    s->bin_s, g->ready->of->window_s);
    put_key(g);
    weir_buf_puts(&r->out, "<svg class=\"defs\" aria-hidden=\"true\"><defs>");
    for (int c = 0; c < COLUMNS; c++) {
        put_behind(g, (enum column)c);
        put_before(g, (enum column)c);
    }
    weir_buf_puts(&r->out, "</defs></svg>\n<div class=\"rows\">\n");
    for (int i = 0; i < g->rows.rows; i++)
        put_row(g, i);
    weir_buf_puts(&r->out, "</div>\n");
}

void report_time(struct report *r, struct report_rows rows, const char *id) {
    struct grid g = {.r = r, .rows = rows, .id = id, .ready = &r->sim->at[rows.row->at].ready};
    int rc = report_widths(g.ready, &g.width, &g.widths);
    g.series = calloc((size_t)rows.rows, sizeof *g.series);
    if (!rc)
        rc = g.series ? group_nodes(&g) : WEIR_ENOMEM;
    for (int i = 0; !rc && i < rows.rows; i++)
        rc = report_series_of(r, &rows.row[i], g.width, g.widths, &g.series[i]);
    if (rc)
        r->rc = rc;
    else
        put_grid(&g);
    for (int i = 0; g.series && i < rows.rows; i++)
        report_series_done(&g.series[i]);
    free(g.series);
    free(g.width);
    free(g.group);
    free(g.group_name);
}
