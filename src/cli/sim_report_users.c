/*
 * Measures by number of users: a line for each strategy, its name beside its end, and what they
 * are held against: floor and deadline, and what could be done at best.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/sim_report.h"

enum { WIDTH = 470, HEIGHT = 292, LEFT = 48, RIGHT = 352, TOP = 30, BOTTOM = 250, LABEL_X = 366 };

enum measure { LATENCY, AGE, ON_TIME, ACCURACY, HELD, FASTER, MEASURES };

static const struct {
    const char *heading, *note, *title, *unit;
    int digits;
} about[MEASURES] = {
    [LATENCY] = {"Latency by number of users",
                 "Capture to delivered result, mean over the frames that came to one. Hollow: "
                 "under 99% did; see the age.",
                 "ms", " ms", 1},
    [AGE] = {"Age by number of users",
             "Over every frame due: until a result for it or a later frame of its camera is "
             "delivered, mean. Drops cannot flatter it.",
             "ms", " ms", 1},
    [ON_TIME] = {"On time by number of users", "Results within the deadline, of all frames due.",
                 "% of frames due", "%", 1},
    [ACCURACY] = {"True accuracy by number of users",
                  "F1 of what a viewer had at each frame&#8217;s deadline over F1 of the "
                  "reference on the same frames, all windows together; by the ground truth.",
                  "relative F1", "", 3},
    [HELD] = {"Windows that held the floor",
              "Windows of a camera whose true accuracy is at or above the floor, of those with 20 "
              "true boxes or more; with the 95% Clopper-Pearson interval, which takes windows for "
              "independent: clips that repeat are not, and then it is too narrow.",
              "% of windows", "%", 1},
    [FASTER] =
        {"Faster than cloud-only",
         "1 &#8722; mean / mean of cloud-only: of latency where cloud-only delivers 99% of "
         "its frames or more, else of age (hollow). Below &#8722;100% is drawn at &#8722;100%.",
         "%", "%", 1},
};

static double value_of(const struct report *r, const struct cli_sim_row *row, enum measure m) {
    switch (m) {
    case LATENCY:
        return row->measures.latency.mean;
    case AGE:
        return row->measures.age.mean;
    case ON_TIME:
        return 100 * row->measures.on_time;
    case ACCURACY:
        return row->accuracy.relative;
    case HELD:
        return row->accuracy.judged
                   ? 100 * (double)row->accuracy.held / (double)row->accuracy.judged
                   : NAN;
    case FASTER:
        return 100 * cli_sim_worth(r->sim, row).vs_cloud_only;
    case MEASURES:
        break;
    }
    return NAN;
}

static bool hollow(const struct report *r, const struct cli_sim_row *row, enum measure m) {
    return (m == LATENCY && !(cli_sim_delivered(&row->measures) >= 0.99)) ||
           (m == FASTER && cli_sim_worth(r->sim, row).by_age);
}

/* ---- lines that are no strategy's ------------------------------------------------------ */

enum yard { HINDSIGHT, STATIC, BOUND, YARDS };

static double yard_of(const struct cli_sim_yard *y, enum yard which, enum measure m) {
    if (m != LATENCY && m != AGE)
        return NAN;
    if (which == BOUND)
        return y->bound;
    if (which == HINDSIGHT)
        return m == AGE ? y->hindsight_age : y->hindsight_latency;
    return m == AGE ? y->static_age : y->static_latency;
}

/* The level that a measure is held against. */
static double level_of(const struct weir_scenario_case *of, enum measure m, const char **ret_name) {
    switch (m) {
    case LATENCY:
    case AGE:
        *ret_name = "deadline";
        return of->deadline_ms;
    case ACCURACY:
        *ret_name = "floor";
        return of->min_accuracy;
    case FASTER:
        *ret_name = "cloud-only";
        return 0;
    default:
        return NAN;
    }
}

/* By rising number, however the scenario orders them. */
static int users_at(const struct cli_sim *sim, int rank) {
    for (int i = 0; i < sim->user_counts; i++) {
        int below = 0;
        for (int k = 0; k < sim->user_counts; k++)
            below += sim->users[k] < sim->users[i];
        if (below == rank)
            return i;
    }
    return 0;
}

/* ---- axes ---------------------------------------------------------------------------------- */

struct range {
    double low, high;
};

static void widen(struct range *range, double value) {
    if (!isfinite(value))
        return;
    range->low = isnan(range->low) ? value : fmin(range->low, value);
    range->high = isnan(range->high) ? value : fmax(range->high, value);
}

static struct cli_axis axis_y(const struct report *r, int at, enum measure m, bool yards) {
    const struct cli_sim *sim = r->sim;
    struct range range = {NAN, NAN};
    struct cli_axis y;
    for (int i = 0; i < sim->rows; i++) {
        const struct cli_sim_row *row = &sim->row[i];
        if (row->at != at)
            continue;
        widen(&range, value_of(r, row, m));
        if (m == HELD && row->accuracy.judged) {
            widen(&range, 100 * row->accuracy.compliance.low);
            widen(&range, 100 * row->accuracy.compliance.high);
        }
        for (int k = 0; yards && k < YARDS; k++)
            widen(&range, yard_of(row->yard, (enum yard)k, m));
    }
    const char *name;
    const double level = level_of(sim->at[at].ready.of, m, &name);
    if (m == LATENCY || m == AGE) {
        if (range.low > 0 && range.high / range.low > 25) {
            y = cli_axis_log(range.low / 1.15, range.high * 1.15);
        } else {
            if (range.high > 0.6 * level)
                widen(&range, level);
            y = cli_axis_linear(0, range.high, 5);
        }
    } else {
        widen(&range, level);
        if (m == ON_TIME || m == HELD)
            widen(&range, 100);
        if (m == FASTER && range.low < -100) /* who is far slower needs no exact place */
            range.low = -100;
        y = cli_axis_linear(range.low, range.high, 5);
    }
    y.at = BOTTOM;
    y.len = TOP - BOTTOM;
    return y;
}

static struct cli_axis axis_x(const struct cli_sim *sim) {
    struct cli_axis x = {
        .from = sim->users[0], .to = sim->users[0], .at = LEFT, .len = RIGHT - LEFT};
    for (int i = 0; i < sim->user_counts; i++) {
        x.from = fmin(x.from, sim->users[i]);
        x.to = fmax(x.to, sim->users[i]);
    }
    /* the outermost points stay clear of the ends */
    x.log = x.to / x.from > 30;
    const double pad = x.log ? pow(x.to / x.from, 0.05) : fmax(0.06 * (x.to - x.from), 0.2);
    x.from = x.log ? x.from / pad : x.from - pad;
    x.to = x.log ? x.to * pad : x.to + pad;
    for (int i = 0; i < sim->user_counts && x.ticks < CLI_AXIS_TICKS; i++) {
        bool free = true;
        for (int k = 0; k < x.ticks; k++)
            free = free &&
                   fabs(cli_axis_place(&x, x.tick[k]) - cli_axis_place(&x, sim->users[i])) > 16;
        if (free)
            x.tick[x.ticks++] = sim->users[i];
    }
    return x;
}

/* ---- one plot ---------------------------------------------------------------------------- */

struct plot {
    struct report *r;
    int at;
    enum measure m;
    struct cli_axis x, y;
    struct cli_plot_label *label;
    size_t labels;
};

static void add_label(struct plot *p, double y, const char *text, const char *classes) {
    struct cli_plot_label *l = &p->label[p->labels++];
    *l = (struct cli_plot_label){.y = y, .text = text};
    snprintf(l->classes, sizeof l->classes, "%s", classes);
}

static void put_level(struct plot *p) {
    const char *name = "";
    const double level = level_of(p->r->sim->at[p->at].ready.of, p->m, &name);
    if (isnan(level) || level < p->y.from || level > p->y.to)
        return;
    const double y = cli_axis_place(&p->y, level);
    weir_buf_printf(&p->r->out, "<path class=\"level\" d=\"M%d %.1fH%d\"/>", LEFT, y, RIGHT);
    if (p->m != FASTER)
        add_label(p, y, name, "lev");
}

static void put_yards(struct plot *p) {
    static const char *const name[YARDS] = {"hindsight", "best static", "bound"};
    struct report *r = p->r;
    for (int k = 0; k < YARDS; k++) {
        double last = NAN;
        struct cli_curve curve = {.out = &r->out};
        weir_buf_printf(&r->out, "<path class=\"c yard y%d\" d=\"", k);
        for (int u = 0; u < r->sim->user_counts; u++) {
            const int users = users_at(r->sim, u);
            const struct report_rows rows = report_rows_of(r, p->at, users);
            if (!rows.rows)
                continue;
            const double x = cli_axis_place(&p->x, r->sim->users[users]),
                         y = cli_axis_place(&p->y, yard_of(rows.row->yard, (enum yard)k, p->m));
            cli_curve_to(&curve, x, y);
            if (r->sim->user_counts == 1 && !isnan(y)) { /* a level, where a line has one end */
                curve.apart = true;
                cli_curve_to(&curve, LEFT, y);
                cli_curve_to(&curve, RIGHT, y);
            }
            last = isnan(y) ? last : y;
        }
        weir_buf_puts(&r->out, "\"/>");
        if (!isnan(last))
            add_label(p, last, name[k], "yl");
    }
}

static void put_point(struct plot *p, const struct cli_sim_row *row, double x, double value) {
    struct weir_buf *out = &p->r->out;
    const int shape = p->r->look[row->strategy] % REPORT_SHAPES;
    const struct sim_accuracy *a = &row->accuracy;
    if (p->m == HELD)
        weir_buf_printf(out, "<path class=\"whisk\" d=\"M%.1f %.1fV%.1f\"/>", x,
                        cli_axis_place(&p->y, 100 * a->compliance.low),
                        cli_axis_place(&p->y, 100 * a->compliance.high));
    weir_buf_printf(out, "<use href=\"#m%d\" x=\"%.1f\" y=\"%.1f\"%s><title>", shape, x,
                    cli_axis_place(&p->y, value), hollow(p->r, row, p->m) ? " class=\"o\"" : "");
    cli_html_text(out, report_label(p->r, row));
    weir_buf_printf(out, ", %d user%s: ", row->users, row->users == 1 ? "" : "s");
    cli_html_num(out, value, about[p->m].digits);
    weir_buf_puts(out, about[p->m].unit);
    if (p->m == HELD)
        weir_buf_printf(out, " (%lld of %lld; %.1f to %.1f%%)", (long long)a->held,
                        (long long)a->judged, 100 * a->compliance.low, 100 * a->compliance.high);
    if (p->m == FASTER)
        weir_buf_puts(out, hollow(p->r, row, FASTER) ? " of age" : " of latency");
    weir_buf_puts(out, "</title></use>");
}

static const struct cli_sim_row *row_of(const struct report *r, int at, int users, int strategy) {
    const struct report_rows rows = report_rows_of(r, at, users);
    for (int i = 0; i < rows.rows; i++)
        if (rows.row[i].strategy == strategy)
            return &rows.row[i];
    return NULL;
}

/* Pixels between the two numbers of users that are closest. */
static double nearest(const struct plot *p) {
    const struct cli_sim *sim = p->r->sim;
    double least = p->x.len;
    for (int u = 1; u < sim->user_counts; u++)
        least = fmin(least, cli_axis_place(&p->x, sim->users[users_at(sim, u)]) -
                                cli_axis_place(&p->x, sim->users[users_at(sim, u - 1)]));
    return least;
}

static void put_strategy(struct plot *p, int strategy) {
    struct report *r = p->r;
    const int users = r->sim->user_counts;
    /* intervals beside each other, not upon each other */
    const double aside = p->m == HELD ? (strategy - (r->sim->strategies - 1) / 2.0) *
                                            fmin(5, 0.85 * nearest(p) / r->sim->strategies)
                                      : 0;
    struct cli_curve curve = {.out = &r->out};
    char classes[24];
    double last = NAN;
    snprintf(classes, sizeof classes, "s%d k%d", strategy, r->look[strategy]);
    weir_buf_printf(&r->out, "<g class=\"p %s\">", classes);
    if (p->m != HELD) {
        weir_buf_puts(&r->out, "<path class=\"c l\" d=\"");
        for (int u = 0; u < users; u++) {
            const struct cli_sim_row *row = row_of(r, p->at, users_at(r->sim, u), strategy);
            if (row)
                cli_curve_to(&curve, cli_axis_place(&p->x, row->users),
                             cli_axis_place(&p->y, value_of(r, row, p->m)));
        }
        weir_buf_puts(&r->out, "\"/>");
    }
    for (int u = 0; u < users; u++) {
        const struct cli_sim_row *row = row_of(r, p->at, users_at(r->sim, u), strategy);
        const double value = row ? value_of(r, row, p->m) : NAN;
        if (isnan(value))
            continue;
        put_point(p, row, cli_axis_place(&p->x, row->users) + aside, value);
        last = cli_axis_place(&p->y, value);
    }
    weir_buf_puts(&r->out, "</g>\n");
    if (!isnan(last))
        add_label(p, last, r->sim->strategy[strategy].label, classes);
}

static void put_plot(struct report *r, int at, enum measure m) {
    const bool yards = r->sim->hindsight_seeds > 0;
    struct plot p = {.r = r, .at = at, .m = m};
    p.label = calloc((size_t)r->sim->strategies + YARDS + 1, sizeof *p.label);
    if (!p.label) {
        r->rc = WEIR_ENOMEM;
        return;
    }
    p.x = axis_x(r->sim);
    p.y = axis_y(r, at, m, yards);
    weir_buf_puts(&r->out, "<figure>");
    report_heading(r, about[m].heading, about[m].note);
    cli_plot_begin(&r->out, WIDTH, HEIGHT, &p.x, &p.y, NULL, about[m].heading);
    cli_plot_grid(&r->out, &p.x, &p.y, "users", about[m].title);
    put_level(&p);
    if (yards)
        put_yards(&p);
    for (int s = 0; s < r->sim->strategies; s++)
        put_strategy(&p, s);
    cli_plot_labels(&r->out, p.label, p.labels, LABEL_X, TOP - 8, BOTTOM + 8);
    weir_buf_puts(&r->out, "</svg></figure>\n");
    free(p.label);
}

void report_by_users(struct report *r, int at) {
    weir_buf_puts(&r->out, "<h2>By number of users</h2>\n<p class=\"note\">All seeds together.");
    if (r->sim->hindsight_seeds > 0)
        weir_buf_puts(&r->out,
                      " Grey lines are what could be done at best: <b>hindsight</b>, the best "
                      "fixed setting of each camera, found by search with knowledge of the whole "
                      "run; <b>best static</b>, the best single setting for all of them; "
                      "<b>bound</b>, the least latency that any setting meeting the floor would "
                      "have if nobody else were there.");
    weir_buf_puts(&r->out, "</p>\n<div class=\"plots\">\n");
    for (int m = 0; m < MEASURES; m++)
        put_plot(r, at, (enum measure)m);
    weir_buf_puts(&r->out, "</div>\n");
}
