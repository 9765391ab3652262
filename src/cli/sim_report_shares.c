/*
 * For one number of users: what share of the frames had a result within so many milliseconds,
 * what share of the time a viewer's boxes were younger than that, and what became of the rest.
 */
#include <math.h>
#include <stdlib.h>

#include "cli/sim_report.h"

enum { WIDTH = 470, HEIGHT = 292, LEFT = 48, RIGHT = 352, TOP = 30, BOTTOM = 250, LABEL_X = 360 };
/* Of a curve: hundredths, and thousandths of the last one, which is where it flattens. */
enum { FINE = 99, STEPS = 110 };

struct plot {
    struct report *r;
    struct report_rows rows;
    struct report_samples *samples; /* [rows] */
    struct cli_axis x, y;
    bool age;
};

static const double *sorted(const struct plot *p, int i, size_t *ret_len) {
    *ret_len = p->age ? p->samples[i].due : p->samples[i].results;
    return p->age ? p->samples[i].age : p->samples[i].latency;
}

static double deadline_of(const struct plot *p) {
    return p->r->sim->at[p->rows.row->at].ready.of->deadline_ms;
}

/* To where nearly all of them are, at most far beyond the deadline; log where that is long. */
static void choose_axes(struct plot *p) {
    double low = INFINITY, high = deadline_of(p);
    for (int i = 0; i < p->rows.rows; i++) {
        size_t len;
        const double *ms = sorted(p, i, &len);
        if (!len)
            continue;
        low = fmin(low, ms[0]);
        high = fmax(high, ms[(len - 1) * 99 / 100]);
    }
    if (p->age && low > 0 && high > 4 * deadline_of(p))
        p->x = cli_axis_log(low / 1.1, high * 1.1);
    else
        p->x = cli_axis_linear(0, high, 6);
    p->y = cli_axis_linear(0, 100, 5);
    p->x.at = LEFT;
    p->x.len = RIGHT - LEFT;
    p->y.at = BOTTOM;
    p->y.len = TOP - BOTTOM;
}

/* Returns where it ends. */
static double put_curve(struct plot *p, int i) {
    size_t len, before = 0;
    const double *ms = sorted(p, i, &len);
    const double due = (double)(p->age ? p->samples[i].due : p->samples[i].sought);
    struct cli_curve curve = {.out = &p->r->out};
    double share = 0;
    weir_buf_puts(&p->r->out, "<path class=\"c l\" data-n=\"");
    cli_html_text(&p->r->out, report_label(p->r, &p->rows.row[i]));
    weir_buf_puts(&p->r->out, "\" d=\"");
    cli_curve_to(&curve, cli_axis_place(&p->x, p->x.from), cli_axis_place(&p->y, 0));
    for (int k = 0; k < STEPS && len; k++) {
        const size_t thousandths = (size_t)(k < FINE ? 10 * k : 10 * FINE + (k - FINE)),
                     at = (len - 1) * thousandths / 1000;
        if (ms[at] > p->x.to)
            break;
        if (k && at == before)
            continue;
        share = 100 * (double)(at + 1) / due;
        /* a step: what is not reached yet is not there */
        if (k && ms[at] - ms[before] > 0.02 * (p->x.to - p->x.from))
            cli_curve_to(&curve, cli_axis_place(&p->x, ms[at]),
                         cli_axis_place(&p->y, 100 * (double)(before + 1) / due));
        else if (!k)
            cli_curve_to(&curve, cli_axis_place(&p->x, ms[at]), cli_axis_place(&p->y, 0));
        cli_curve_to(&curve, cli_axis_place(&p->x, ms[at]), cli_axis_place(&p->y, share));
        before = at;
    }
    cli_curve_to(&curve, RIGHT, cli_axis_place(&p->y, share));
    weir_buf_puts(&p->r->out, "\"/>");
    return cli_axis_place(&p->y, share);
}

static void put_curves(struct report *r, struct report_rows rows, struct report_samples *samples,
                       bool age) {
    struct plot p = {.r = r, .rows = rows, .samples = samples, .age = age};
    struct cli_plot_label *label = calloc((size_t)rows.rows + 1, sizeof *label);
    if (!label) {
        r->rc = WEIR_ENOMEM;
        return;
    }
    choose_axes(&p);
    weir_buf_puts(&r->out, "<figure>");
    if (age)
        report_heading(r, "How old the boxes were",
                       "Share of the frames due for which a result, or that of a later frame of "
                       "their camera, was there within so many milliseconds.");
    else
        report_heading(r, "How late results came",
                       "Share of the frames due that had a result within so many milliseconds: "
                       "dropped frames never do, so a curve ends at what was delivered, and "
                       "meets the deadline at what was on time.");
    cli_plot_begin(&r->out, WIDTH, HEIGHT, &p.x, &p.y, "ms %",
                   age ? "Distribution of age" : "Distribution of latency");
    cli_plot_grid(&r->out, &p.x, &p.y, age ? "age, ms" : "latency, ms", "% of frames due");
    const double at = cli_axis_place(&p.x, deadline_of(&p));
    const bool end = at > RIGHT - 60; /* its name stays off that of the axis */
    weir_buf_printf(&r->out,
                    "<path class=\"level\" d=\"M%.1f %dV%d\"/><text class=\"lab lev\" x=\"%.1f\" "
                    "y=\"%d\" text-anchor=\"%s\">deadline</text>",
                    at, BOTTOM, TOP, end ? at : fmax(at - 4, LEFT + 58), TOP - 6,
                    end ? "end" : "start");
    for (int i = 0; i < rows.rows; i++) {
        const struct cli_sim_row *row = &rows.row[i];
        label[i].text = report_label(r, row);
        snprintf(label[i].classes, sizeof label[i].classes, "s%d k%d", row->strategy,
                 r->look[row->strategy]);
        weir_buf_printf(&r->out, "<g class=\"p %s\">", label[i].classes);
        label[i].y = put_curve(&p, i);
        weir_buf_puts(&r->out, "</g>\n");
    }
    cli_plot_labels(&r->out, label, (size_t)rows.rows, LABEL_X, TOP, BOTTOM);
    weir_buf_puts(&r->out, "</svg></figure>\n");
    free(label);
}

/* ---- outcomes -------------------------------------------------------------------------- */

static const char *outcome_class(int outcome) {
    switch (outcome) {
    case WEIR_OUTCOME_DETECT:
        return "done";
    case WEIR_OUTCOME_TRACK:
        return "track";
    case WEIR_OUTCOME_LATE:
        return "late";
    case WEIR_OUTCOME_OVERLOAD:
        return "over";
    case WEIR_OUTCOME_UNREACHABLE:
        return "gone";
    default:
        return "else";
    }
}

static void put_outcomes(struct report *r, struct report_rows rows) {
    struct weir_buf *out = &r->out;
    bool seen[WEIR_OUTCOME_COUNT] = {false};
    weir_buf_puts(out, "<figure>");
    report_heading(r, "What became of the frames",
                   "Of all frames due, all seeds: the outcome of each. Late: the deadline passed "
                   "first. Overload: given up by the strategy, or a queue was full. "
                   "Unreachable: nothing could be reached, or no answer came.");
    weir_buf_puts(out, "<div class=\"bars\">");
    for (int i = 0; i < rows.rows; i++) {
        const struct sim_measures *m = &rows.row[i].measures;
        weir_buf_puts(out, "<div class=\"bar");
        report_classes(r, &rows.row[i]);
        weir_buf_puts(out, "\"><b>");
        cli_html_text(out, report_label(r, &rows.row[i]));
        weir_buf_puts(out, "</b><i>");
        for (int o = 0; o < WEIR_OUTCOME_COUNT; o++) {
            if (!m->outcome[o])
                continue;
            seen[o] = true;
            weir_buf_printf(out, "<span class=\"%s\" style=\"flex-grow:%.5f\" title=\"%s: %lld\">",
                            outcome_class(o), 100 * (double)m->outcome[o] / (double)m->frames,
                            weir_outcome_name((enum weir_outcome)o), (long long)m->outcome[o]);
            weir_buf_puts(out, "</span>");
        }
        weir_buf_puts(out, "</i><em>");
        cli_html_num(out, 100 * cli_sim_delivered(m), 1);
        weir_buf_puts(out, "%</em></div>\n");
    }
    weir_buf_puts(out, "</div><p class=\"key\">");
    for (int o = 0; o < WEIR_OUTCOME_COUNT; o++)
        if (seen[o])
            weir_buf_printf(out, "<span><i class=\"%s\"></i>%s</span>", outcome_class(o),
                            weir_outcome_name((enum weir_outcome)o));
    weir_buf_puts(out, "<span>%: came to a result</span></p></figure>\n");
}

void report_shares(struct report *r, struct report_rows rows) {
    struct report_samples *samples = calloc((size_t)rows.rows, sizeof *samples);
    int rc = samples ? 0 : WEIR_ENOMEM;
    for (int i = 0; !rc && i < rows.rows; i++)
        rc = report_samples_of(r, &rows.row[i], &samples[i]);
    if (rc) {
        r->rc = rc;
    } else {
        weir_buf_puts(&r->out, "<div class=\"plots\">\n");
        put_curves(r, rows, samples, false);
        put_curves(r, rows, samples, true);
        put_outcomes(r, rows);
        weir_buf_puts(&r->out, "</div>\n");
    }
    for (int i = 0; samples && i < rows.rows; i++)
        report_samples_done(&samples[i]);
    free(samples);
}
