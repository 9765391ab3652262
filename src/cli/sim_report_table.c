/*
 * The rows as numbers, as a person reads them; each is a data element whose value is that of
 * the JSON to the digit. Two tables, so that each fits a page: what viewers had, and what it took.
 */
#include <math.h>
#include <string.h>

#include "cli/sim_report.h"

enum { MS_DIGITS = 4, SHARE_DIGITS = 6 }; /* of the JSON */

/* shown: value times `times`, rounded. */
static void cell(struct weir_buf *out, double value, int exact, double times, int shown) {
    struct weir_json json;
    weir_buf_puts(out, "<td>");
    if (isfinite(value)) {
        weir_buf_puts(out, "<data value=\"");
        weir_json_init(&json, out);
        weir_json_num(&json, value, exact);
        weir_buf_puts(out, "\">");
        cli_html_num(out, times * value, shown);
        weir_buf_puts(out, "</data>");
    } else {
        cli_html_num(out, value, 0);
    }
    weir_buf_puts(out, "</td>");
}

static void whole(struct weir_buf *out, int64_t value) {
    weir_buf_printf(out, "<td><data value=\"%lld\">%lld</data></td>", (long long)value,
                    (long long)value);
}

/* Tiers in the order of the site; the node that is the first of its own. */
static bool first_of_tier(const struct weir_site *site, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (!strcmp(site->node[k].tier, site->node[i].tier))
            return false;
    return true;
}

static double busy_s(const struct weir_site *site, const struct cli_sim_row *row, size_t tier) {
    double sum = 0;
    for (size_t k = tier; k < site->node_len; k++)
        sum += strcmp(site->node[k].tier, site->node[tier].tier) ? 0 : row->busy_s[k];
    return sum;
}

/* Outcomes that some row of the case has; detect always. */
static void outcomes_of(const struct report *r, int at, bool *ret_any) {
    ret_any[WEIR_OUTCOME_DETECT] = true;
    for (int i = 0; i < r->sim->rows; i++)
        for (int o = 0; o < WEIR_OUTCOME_COUNT; o++)
            if (r->sim->row[i].at == at && r->sim->row[i].measures.outcome[o])
                ret_any[o] = true;
}

#define WHO "<thead><tr><th rowspan=\"2\">users</th><th rowspan=\"2\" class=\"w\">strategy</th>"

static void put_results_head(struct report *r) {
    weir_buf_puts(&r->out,
                  WHO "<th colspan=\"4\">latency, ms</th><th colspan=\"2\">age, ms</th>"
                      "<th rowspan=\"2\">on time, %</th><th colspan=\"2\">true accuracy</th>"
                      "<th colspan=\"3\">windows held</th><th rowspan=\"2\">Jain&#8217;s index</th>"
                      "</tr><tr><th>mean</th><th>p50</th><th>p95</th><th>p99</th><th>mean</th>"
                      "<th>p95</th><th>relative</th><th>F1</th><th>k</th><th>n</th>"
                      "<th>95% interval</th></tr></thead><tbody>\n");
}

static void put_costs_head(struct report *r, const struct weir_site *site, const bool *any) {
    struct weir_buf *out = &r->out;
    int tiers = 0, outcomes = 0;
    for (size_t i = 0; i < site->node_len; i++)
        tiers += first_of_tier(site, i);
    for (int o = 0; o < WEIR_OUTCOME_COUNT; o++)
        outcomes += any[o];
    weir_buf_printf(out,
                    WHO "<th rowspan=\"2\">uplink, Mbit/s</th>"
                        "<th colspan=\"%d\">compute, s a run</th><th colspan=\"%d\">frames</th>"
                        "<th rowspan=\"2\">compared by</th><th colspan=\"2\">faster, %%</th>"
                        "<th colspan=\"2\">times the</th></tr><tr>",
                    tiers, outcomes);
    for (size_t i = 0; i < site->node_len; i++) {
        if (!first_of_tier(site, i))
            continue;
        weir_buf_puts(out, "<th>");
        cli_html_text(out, site->node[i].tier);
        weir_buf_puts(out, "</th>");
    }
    for (int o = 0; o < WEIR_OUTCOME_COUNT; o++)
        if (any[o])
            weir_buf_printf(out, "<th>%s</th>", weir_outcome_name((enum weir_outcome)o));
    weir_buf_puts(out, "<th>than cloud-only</th><th>than best static</th><th>hindsight</th>"
                       "<th>bound</th></tr></thead><tbody>\n");
}

static void begin_row(struct report *r, const struct cli_sim_row *row, bool first) {
    struct weir_buf *out = &r->out;
    weir_buf_printf(out, "<tr class=\"%s", first ? "first" : "");
    report_classes(r, row);
    weir_buf_puts(out, "\">");
    whole(out, row->users);
    weir_buf_puts(out, "<th class=\"w\">");
    cli_html_text(out, report_label(r, row));
    weir_buf_puts(out, "</th>");
}

static void put_results(struct report *r, const struct cli_sim_row *row) {
    const struct sim_measures *m = &row->measures;
    const struct sim_accuracy *a = &row->accuracy;
    struct weir_buf *out = &r->out;
    cell(out, m->latency.mean, MS_DIGITS, 1, 1);
    cell(out, m->latency.p50, MS_DIGITS, 1, 1);
    cell(out, m->latency.p95, MS_DIGITS, 1, 1);
    cell(out, m->latency.p99, MS_DIGITS, 1, 1);
    cell(out, m->age.mean, MS_DIGITS, 1, 1);
    cell(out, m->age.p95, MS_DIGITS, 1, 1);
    cell(out, m->on_time, SHARE_DIGITS, 100, 1);
    cell(out, a->relative, SHARE_DIGITS, 1, 3);
    cell(out, a->f1, SHARE_DIGITS, 1, 3);
    whole(out, a->held);
    whole(out, a->judged);
    weir_buf_puts(out, "<td>");
    cli_html_num(out, 100 * a->compliance.low, 1);
    weir_buf_puts(out, " to ");
    cli_html_num(out, 100 * a->compliance.high, 1);
    weir_buf_puts(out, "%</td>");
    cell(out, m->jain, SHARE_DIGITS, 1, 3);
    weir_buf_puts(out, "</tr>\n");
}

static void put_costs(struct report *r, const struct cli_sim_row *row, const bool *any) {
    const struct weir_site *site = &r->sim->at[row->at].ready.site;
    const struct sim_measures *m = &row->measures;
    const struct cli_sim_worth worth = cli_sim_worth(r->sim, row);
    struct weir_buf *out = &r->out;
    cell(out, m->uplink_mbit_per_s, MS_DIGITS, 1, 1);
    for (size_t i = 0; i < site->node_len; i++)
        if (first_of_tier(site, i))
            cell(out, busy_s(site, row, i), MS_DIGITS, 1, 1);
    for (int o = 0; o < WEIR_OUTCOME_COUNT; o++)
        if (any[o])
            whole(out, m->outcome[o]);
    weir_buf_printf(out, "<td>%s</td>", worth.by_age ? "age" : "latency");
    cell(out, worth.vs_cloud_only, SHARE_DIGITS, 100, 1);
    cell(out, worth.vs_best_static, SHARE_DIGITS, 100, 1);
    cell(out, worth.times_hindsight, SHARE_DIGITS, 1, 2);
    cell(out, worth.times_bound, SHARE_DIGITS, 1, 2);
    weir_buf_puts(out, "</tr>\n");
}

/* any: of the costs; NULL: the results. */
static void put_rows(struct report *r, int at, const bool *any) {
    int users = 0;
    for (int i = 0; i < r->sim->rows; i++) {
        const struct cli_sim_row *row = &r->sim->row[i];
        if (row->at != at)
            continue;
        begin_row(r, row, row->users != users);
        if (any)
            put_costs(r, row, any);
        else
            put_results(r, row);
        users = row->users;
    }
    weir_buf_puts(&r->out, "</tbody></table></div>\n");
}

void report_table(struct report *r, int at) {
    bool any[WEIR_OUTCOME_COUNT] = {false};
    outcomes_of(r, at, any);
    weir_buf_puts(&r->out,
                  "<h2>In numbers</h2>\n<p class=\"note\">All seeds together, the warm-up left "
                  "out; the same figures as <code>weir sim --json</code> prints. Jain&#8217;s "
                  "index: over the cameras&#8217; shares on time; 1 is fair.</p>"
                  "<div class=\"scroll\"><table>");
    put_results_head(r);
    put_rows(r, at, NULL);
    weir_buf_puts(&r->out,
                  "<p class=\"note\">Uplink: over links that leave the cameras&#8217; "
                  "nodes. Faster: 1 &#8722; mean / theirs, of latency where 99% of the "
                  "frames came to a result, else of age.</p><div class=\"scroll\"><table>");
    put_costs_head(r, &r->sim->at[at].ready.site, any);
    put_rows(r, at, any);
}
