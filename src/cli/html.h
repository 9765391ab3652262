/*
 * Writing a page: text that may hold anything, and plots as SVG. What is written is well-formed
 * XML and HTML at the same time; a plot needs neither a script nor a file beside the page.
 */
#ifndef WEIR_CLI_HTML_H
#define WEIR_CLI_HTML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base.h"

/* Text or an attribute's value: < > & " ' are escaped, what is no UTF-8 or no character of XML
 * becomes U+FFFD. */
void cli_html_text(struct weir_buf *out, const char *text);
/* A number with so many digits behind the point; a dash where there is none. */
void cli_html_num(struct weir_buf *out, double value, int digits);

/* ---- axes ---------------------------------------------------------------------- */

enum { CLI_AXIS_TICKS = 16 };

/* From values to places in a plot's pixels. */
struct cli_axis {
    double from, to; /* values at its ends, from < to */
    double at, len; /* place of from; to is len further. Upwards: len < 0 */
    bool log;
    double tick[CLI_AXIS_TICKS];
    int ticks, digits; /* behind the point of a tick's text */
};

/* Ends are widened to round values; about `most` ticks. Not finite, or empty: 0 to 1. at and len
 * are the caller's. */
struct cli_axis cli_axis_linear(double from, double to, int most);
/* Ticks at 1, 2, 5 times powers of ten, fewer where they are many. from > 0. */
struct cli_axis cli_axis_log(double from, double to);
/* What lies beyond an end is put at it; NaN stays NaN. */
double cli_axis_place(const struct cli_axis *axis, double value);

/* ---- curves ----------------------------------------------------------------------- */

/* The d of a path, in tenths of a pixel; zeroed but for out. */
struct cli_curve {
    struct weir_buf *out;
    long x, y;
    bool begun, apart; /* the next point begins a new part */
};
/* Onwards to a place; NaN: nothing is drawn between the neighbours. */
void cli_curve_to(struct cli_curve *curve, double x, double y);
/* A dot of the pen's width. */
void cli_curve_dot(struct cli_curve *curve, double x, double y);

/* ---- plots --------------------------------------------------------------------------- */

/* Opens an svg of that size, to be ended by "</svg>". units: "s ms", of x and y, for those
 * who point at it; NULL: nobody can. what: for those who cannot see it. */
void cli_plot_begin(struct weir_buf *out, double width, double height, const struct cli_axis *x,
                    const struct cli_axis *y, const char *units, const char *what);
/* Thin lines and their values; titles may be NULL. */
void cli_plot_grid(struct weir_buf *out, const struct cli_axis *x, const struct cli_axis *y,
                   const char *x_title, const char *y_title);

struct cli_plot_label {
    double y; /* where it would like to be */
    const char *text; /* shortened where it is long */
    char classes[24];
};
/* Beside each other from top to bottom without overlap, in [top, bottom]. Reorders them. */
void cli_plot_labels(struct weir_buf *out, struct cli_plot_label *label, size_t len, double x,
                     double top, double bottom);

#endif
