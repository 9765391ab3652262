/*
 * The page of a simulation: what was run, then for each case how its strategies compare by
 * number of users, for each number of users what became of the frames and how it went over
 * time, and the rows as numbers. Choosing a case, a number of users and strategies is done by
 * the page's style alone: it can be read and printed without a script. The same simulation gives
 * the same page, to the byte.
 */
#include "cli/sim_report.h"

#include <stdlib.h>
#include <string.h>

#include "sched/sched.h"

/* ---- what the parts share ---------------------------------------------------------- */

struct report_rows report_rows_of(const struct report *r, int at, int users) {
    struct report_rows rows = {0};
    for (int i = 0; i < r->sim->rows; i++) {
        const struct cli_sim_row *row = &r->sim->row[i];
        if (row->at != at || row->users != r->sim->users[users])
            continue;
        if (!rows.rows++)
            rows.row = row;
    }
    return rows;
}

void report_classes(struct report *r, const struct cli_sim_row *row) {
    weir_buf_printf(&r->out, " s%d k%d", row->strategy, r->look[row->strategy]);
}

void report_heading(struct report *r, const char *heading, const char *text) {
    weir_buf_printf(&r->out, "<h3>%s</h3><p class=\"note\">%s</p>\n", heading, text);
}

/* Each of the box has its own look, and so has the first that is loaded, and so on. */
static void choose_looks(struct report *r) {
    const int box = (int)weir_strategies_len;
    int others = 0;
    for (int i = 0; i < r->sim->strategies; i++) {
        int look = -1;
        for (int k = 0; k < box && k < REPORT_LOOKS; k++)
            if (r->sim->strategy[i].found.strategy == weir_strategies[k])
                look = k;
        for (int k = 0; k < i; k++) /* with other options: another look */
            if (r->look[k] == look)
                look = -1;
        if (look < 0)
            look = box < REPORT_LOOKS ? box + others++ % (REPORT_LOOKS - box)
                                      : others++ % REPORT_LOOKS;
        r->look[i] = look;
    }
}

/* ---- choosing ------------------------------------------------------------------------ */

/* A choice's rules: what is not chosen is not shown, and its label says so. */
static void rules(struct report *r, char kind, int len, const char *others) {
    for (int i = 0; i < len; i++)
        weir_buf_printf(&r->out,
                        "#%c%d:checked~nav label[for=%c%d]{background:var(--on);color:var(--ink)}"
                        "#%c%d:focus-visible~nav label[for=%c%d]{outline:2px solid var(--ink)}"
                        "#%c%d:checked~main .%s:not(.%c%d){display:none}\n",
                        kind, i, kind, i, kind, i, kind, i, kind, i, others, kind, i);
}

static void inputs(struct report *r, char kind, int len, int chosen) {
    for (int i = 0; i < len; i++)
        weir_buf_printf(&r->out, "<input type=\"radio\" name=\"%c\" id=\"%c%d\"%s/>", kind, kind, i,
                        i == chosen ? " checked=\"checked\"" : "");
    if (len)
        weir_buf_putc(&r->out, '\n');
}

static int most_users(const struct cli_sim *sim) {
    int most = 0;
    for (int i = 1; i < sim->user_counts; i++)
        if (sim->users[i] > sim->users[most])
            most = i;
    return most;
}

static void pieces(struct report *r, const char *const *piece) {
    for (; *piece; piece++)
        weir_buf_puts(&r->out, *piece);
}

static void head(struct report *r) {
    const struct cli_sim *sim = r->sim;
    weir_buf_puts(&r->out,
                  "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"
                  "<meta name=\"generator\" content=\"weir " WEIR_VERSION "\"/>\n<title>");
    cli_html_text(&r->out, sim->scenario->name);
    weir_buf_puts(&r->out, ": simulation</title>\n<style>\n");
    pieces(r, report_style);
    rules(r, 'c', sim->cases, "case");
    rules(r, 'u', sim->user_counts, "users");
    for (int i = 0; i < sim->strategies; i++)
        weir_buf_printf(&r->out,
                        "#s%d:not(:checked)~main .s%d{display:none}"
                        "#s%d:not(:checked)~nav label[for=s%d]{opacity:.45;text-decoration:"
                        "line-through}"
                        "#s%d:focus-visible~nav label[for=s%d]{outline:2px solid var(--ink)}\n",
                        i, i, i, i, i, i);
    weir_buf_puts(&r->out, "</style></head><body>\n");
    inputs(r, 'c', sim->cases, 0);
    inputs(r, 'u', sim->user_counts, most_users(sim));
    for (int i = 0; i < sim->strategies; i++)
        weir_buf_printf(&r->out, "<input type=\"checkbox\" id=\"s%d\" checked=\"checked\"/>", i);
}

/* The shapes of points, once. */
static void shapes(struct report *r) {
    static const char *const shape[REPORT_SHAPES] = {
        "M0-4a4 4 0 1 0 .01 0z",
        "M-3.6-3.6h7.2v7.2h-7.2z",
        "M0-5.2l5.2 5.2-5.2 5.2-5.2-5.2z",
        "M0-5l4.8 8.6h-9.6z",
        "M0 5l4.8-8.6h-9.6z",
        "M-1.6-4.8h3.2v3.2h3.2v3.2h-3.2v3.2h-3.2v-3.2h-3.2v-3.2h3.2z"};
    weir_buf_puts(&r->out, "<svg class=\"defs\" aria-hidden=\"true\"><defs>");
    for (int i = 0; i < REPORT_SHAPES; i++)
        weir_buf_printf(&r->out, "<path id=\"m%d\" d=\"%s\"/>", i, shape[i]);
    weir_buf_puts(&r->out, "</defs></svg>\n");
}

static void put_swatch(struct report *r, int strategy) {
    weir_buf_printf(&r->out,
                    "<svg class=\"swatch k%d\" viewBox=\"-11 -7 22 14\" aria-hidden=\"true\">"
                    "<path d=\"M-11 0H11\"/><use href=\"#m%d\"/></svg>",
                    r->look[strategy], r->look[strategy] % REPORT_SHAPES);
}

static void nav(struct report *r) {
    const struct cli_sim *sim = r->sim;
    struct weir_buf *out = &r->out;
    weir_buf_puts(out, "\n<nav aria-label=\"what is shown\">");
    if (sim->cases > 1) {
        weir_buf_puts(out, "<div class=\"pick\"><span>case</span>");
        for (int i = 0; i < sim->cases; i++) {
            weir_buf_printf(out, "<label for=\"c%d\">", i);
            cli_html_text(out, sim_case_name(&sim->at[i].ready));
            weir_buf_puts(out, "</label>");
        }
        weir_buf_puts(out, "</div>");
    }
    if (sim->user_counts > 1) {
        weir_buf_puts(out, "<div class=\"pick\"><span>users</span>");
        for (int i = 0; i < sim->user_counts; i++)
            weir_buf_printf(out, "<label for=\"u%d\">%d</label>", i, sim->users[i]);
        weir_buf_puts(out, "</div>");
    }
    weir_buf_puts(out, "<div class=\"pick who\">");
    for (int i = 0; i < sim->strategies; i++) {
        weir_buf_printf(out, "<label for=\"s%d\">", i);
        put_swatch(r, i);
        cli_html_text(out, sim->strategy[i].label);
        weir_buf_puts(out, "</label>");
    }
    weir_buf_puts(out, "</div></nav>\n");
}

/* ---- what was run ---------------------------------------------------------------------- */

/* What a reader must know before he believes the figures. */
static void warnings(struct report *r, int at) {
    const struct cli_sim *sim = r->sim;
    struct weir_buf *out = &r->out;
    if (sim->at[at].best_effort)
        weir_buf_puts(out, "<p class=\"warn\">Best effort: no strategy could keep this deadline "
                           "and this floor.</p>");
    for (int s = 0; s < sim->strategies; s++)
        if (sim->at[at].left_out[s]) {
            weir_buf_puts(out, "<p class=\"warn\">Left out: ");
            cli_html_text(out, sim->at[at].left_out[s]);
            weir_buf_puts(out, "</p>");
        }
    for (int i = 0; i < sim->rows; i++) {
        const struct cli_sim_row *row = &sim->row[i];
        if (row->at != at || !row->refused)
            continue;
        weir_buf_puts(out, "<p class=\"warn\">");
        cli_html_text(out, report_label(r, row));
        weir_buf_printf(out,
                        ", %d users: %lld of its answers made no sense; those frames went the "
                        "fastest way that meets the floor.</p>",
                        row->users, (long long)row->refused);
    }
}

static void about(struct report *r) {
    struct weir_buf *out = &r->out;
    weir_buf_puts(out, "<header><h1>");
    cli_html_text(out, r->sim->scenario->name);
    weir_buf_puts(
        out,
        r->sim->reality
            ? "</h1><p>A site on one machine, on a clock that runs slower. Pictures, codecs, "
              "detectors and threads are real, and so are what was detected, the bytes and the "
              "decisions; how fast nodes and links are is what the site says. So no figure here "
              "was measured on a running site: latency and age are <em>emulated</em>, "
            : "</h1><p>A site in virtual time. Decisions, queues and links are those of a real "
              "site; what was detected, how many bytes were sent and how long each stage took "
              "come from a table of real models and codecs, recorded once. So no figure here was "
              "measured on a running site: latency and age are <em>simulated</em>, ");
    weir_buf_puts(
        out, "accuracy is <em>true</em> where it was judged by the recorded ground truth, which no "
             "strategy sees, <em>predicted</em> where it is the strategy&#8217;s own estimate, and "
             "<em>audited</em> where an auditor analysed a sample of frames, too.</p>"
             "<dl class=\"facts\">");
    for (int i = 0; i < r->sim->strategies; i++) {
        weir_buf_printf(out, "<dt class=\"name\"><b class=\"k%d\">", r->look[i]);
        cli_html_text(out, r->sim->strategy[i].label);
        weir_buf_puts(out, "</b></dt><dd>");
        cli_html_text(out, r->sim->strategy[i].found.strategy->about);
        weir_buf_puts(out, "</dd>");
    }
    weir_buf_puts(out, "</dl></header>\n");
}

static void one_case(struct report *r, int at) {
    const struct cli_sim_case *c = &r->sim->at[at];
    struct weir_buf *out = &r->out;
    char id[32];
    weir_buf_printf(out, "<section class=\"case c%d\"><h2>", at);
    cli_html_text(out, sim_case_name(&c->ready));
    weir_buf_puts(out, ": site ");
    cli_html_text(out, c->ready.site.name);
    weir_buf_puts(out, "</h2>\n");
    warnings(r, at);
    report_facts(r, at);
    report_by_users(r, at);
    for (int u = 0; u < r->sim->user_counts; u++) {
        const struct report_rows rows = report_rows_of(r, at, u);
        if (!rows.rows)
            continue;
        const int users = r->sim->users[u];
        snprintf(id, sizeof id, "c%du%d", at, u);
        weir_buf_printf(out, "<section class=\"users u%d\"><h2>%d user%s</h2>\n", u, users,
                        users == 1 ? "" : "s");
        report_shares(r, rows);
        report_time(r, rows, id);
        weir_buf_puts(out, "</section>\n");
    }
    report_table(r, at);
    weir_buf_puts(out, "</section>\n");
}

/* JSON in a script element: nothing in it may end the element. */
static void rows_as_json(struct report *r) {
    struct weir_buf json = {0};
    cli_sim_print_json(r->sim, &json);
    weir_buf_puts(&r->out, "<script type=\"application/json\" id=\"rows\">");
    for (const char *at = weir_buf_str(&json); *at; at++)
        if (strchr("<>&", *at))
            weir_buf_printf(&r->out, "\\u%04x", (unsigned)*at);
        else
            weir_buf_putc(&r->out, *at);
    weir_buf_puts(&r->out, "</script>\n");
    if (json.failed)
        r->rc = WEIR_ENOMEM;
    weir_buf_done(&json);
}

int cli_sim_report(const struct cli_sim *sim, const char *path, struct weir_error *err) {
    struct report r = {.sim = sim, .look = calloc((size_t)sim->strategies + 1, sizeof(int))};
    int rc = r.look ? 0 : WEIR_ENOMEM;
    if (!rc) {
        choose_looks(&r);
        head(&r);
        nav(&r);
        weir_buf_puts(&r.out, "<main>\n");
        shapes(&r);
        about(&r);
        for (int i = 0; i < sim->cases; i++)
            one_case(&r, i);
        weir_buf_puts(&r.out, "</main>\n<div id=\"tip\" hidden=\"hidden\"></div>\n");
        rows_as_json(&r);
        weir_buf_puts(&r.out, "<script>\n/*<![CDATA[*/\n");
        pieces(&r, report_script);
        weir_buf_puts(&r.out, "/*]]>*/\n</script></body></html>\n");
        rc = r.rc ? r.rc : r.out.failed ? WEIR_ENOMEM : 0;
    }
    if (rc)
        weir_fail(err, rc, "out of memory");
    else
        rc = weir_file_write_all(path, r.out.data, r.out.len, err);
    weir_buf_done(&r.out);
    free(r.look);
    return rc;
}
