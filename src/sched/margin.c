/*
 * Of the shortfalls of the last windows the quantile 1 - level; after each window the level goes
 * up by a little if it did not fall shorter than that, and down by much if it did, so that in
 * the long run a share `miss` of them do, whatever they are like. Below level 0 even the
 * largest shortfall was not enough: the margin grows beyond it, until none can be larger.
 *
 * An audit looks at few frames, and what it says of a window scatters. The margin must cover how
 * windows scatter, not how audits do: shortfalls are drawn together around their mean by as
 * much as their spread exceeds what few frames explain.
 */
#include "sched/margin.h"

#include <math.h>

#define STEP 0.02
#define LEVEL_MOST 0.5
#define LEVEL_LEAST (-0.25) /* there the margin covers everything */
#define EVERYTHING 1.2
#define FEW 4.0 /* windows; until there are more, few frames explain most of the spread */
#define DRAW_LEAST 0.25 /* of the variance, that remains */

void margin_init(struct margin *margin, double miss) {
    *margin = (struct margin){.miss = miss, .level = miss};
}

/* Their mean, and by how much they are drawn to it. */
static double draw(const struct margin *m, double *ret_mean) {
    double sum = 0, noise = 0, squares = 0;
    for (int i = 0; i < m->len; i++) {
        sum += m->shortfall[i];
        noise += m->variance[i];
    }
    const double mean = *ret_mean = sum / m->len;
    noise /= m->len;
    for (int i = 0; i < m->len; i++)
        squares += (m->shortfall[i] - mean) * (m->shortfall[i] - mean);
    double spread = (squares + FEW * noise) / (m->len + FEW);
    return spread > 0 ? sqrt(fmax(1 - noise / spread, DRAW_LEAST)) : 1;
}

/* The quantile of what is there, by insertion: there are few. */
static double quantile(const struct margin *m, double level, double mean, double drawn) {
    double sorted[MARGIN_WINDOWS];
    for (int i = 0; i < m->len; i++) {
        double v = mean + drawn * (m->shortfall[i] - mean);
        int k = i;
        for (; k > 0 && sorted[k - 1] > v; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = v;
    }
    int rank = (int)ceil((m->len + 1) * (1 - fmax(level, 0)));
    double found = sorted[(rank < m->len ? rank : m->len) - 1];
    if (level < 0) {
        double far = level / LEVEL_LEAST;
        found = fmax(found, 0) + EVERYTHING * far * far;
    }
    return found;
}

void margin_told(struct margin *margin, double shortfall, double variance) {
    double mean;
    margin->shortfall[margin->next] = shortfall;
    margin->variance[margin->next] = variance;
    margin->next = (margin->next + 1) % MARGIN_WINDOWS;
    margin->len += margin->len < MARGIN_WINDOWS;
    const double drawn = draw(margin, &mean);
    const int missed = mean + drawn * (shortfall - mean) > margin->value;
    margin->level = fmin(margin->level + STEP * (margin->miss - missed), LEVEL_MOST);
    margin->value = fmax(quantile(margin, margin->level, mean, drawn), 0);
}
