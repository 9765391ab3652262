/* What a case was: its promises, cameras, runs and table, its machines and links, what happens. */
#include <stdlib.h>

#include "cli/sim_report.h"

static void put_list(struct weir_buf *out, const struct weir_strings *list) {
    for (size_t i = 0; i < list->len; i++) {
        weir_buf_puts(out, i ? ", " : "");
        cli_html_text(out, list->item[i]);
    }
}

static void fact(struct weir_buf *out, const char *name) {
    weir_buf_printf(out, "<dt>%s</dt><dd>", name);
}

static void facts(struct report *r, const struct cli_sim_case *c) {
    const struct weir_scenario_case *of = c->ready.of;
    const struct sim_table *t = &c->ready.table;
    struct weir_buf *out = &r->out;
    int *width = NULL, widths = 0;
    weir_buf_puts(out, "<dl class=\"facts\">");
    fact(out, "deadline");
    weir_buf_printf(out, "%g ms, from capture to delivered result</dd>", of->deadline_ms);
    fact(out, "floor");
    weir_buf_printf(out, "F1 at least %g times the reference&#8217;s</dd>", of->min_accuracy);
    fact(out, "reference");
    cli_html_text(out, of->reference_model ? of->reference_model : t->model[0]);
    if (of->reference_width)
        weir_buf_printf(out, ", %d pixels wide", of->reference_width);
    else
        weir_buf_puts(out, ", as wide as recorded");
    if (of->audit_width)
        weir_buf_printf(out, "; audits enlarge the picture to %d", of->audit_width);
    weir_buf_puts(out, "</dd>");
    fact(out, "cameras");
    weir_buf_printf(out, "%g frames a second, up to %g ms late, in turn at ", of->rate_fps,
                    of->jitter_ms);
    put_list(out, &of->nodes);
    weir_buf_puts(out, "; showing ");
    put_list(out, &of->clips);
    weir_buf_puts(out, "</dd>");
    if (of->skip > 1) {
        fact(out, "skip");
        weir_buf_printf(out,
                        "one frame of %d is detected; in those between, the tracker carries the "
                        "boxes (track), and they count for accuracy as they were shown. Latency, "
                        "on time and age are of what is detected</dd>",
                        of->skip);
    }
    fact(out, "runs");
    weir_buf_printf(out,
                    "%d seed%s of %g s, of which the first %g s are warm-up and do not count; "
                    "windows of %g s</dd>",
                    of->seeds, of->seeds == 1 ? "" : "s", of->seconds, of->warm_up_s, of->window_s);
    fact(out, "settings");
    for (int i = 0; i < c->ready.models; i++) {
        weir_buf_puts(out, i ? ", " : "");
        cli_html_text(out, c->ready.model[i]);
    }
    if (report_widths(&c->ready, &width, &widths))
        r->rc = WEIR_ENOMEM;
    weir_buf_puts(out, "; ");
    for (int i = 0; i < widths; i++)
        weir_buf_printf(out, "%s%d", i ? ", " : "", width[i]);
    free(width);
    weir_buf_puts(out, " pixels wide</dd>");
    fact(out, "recorded table");
    cli_html_text(out, weir_path_base(of->table));
    weir_buf_puts(out, *t->machine ? ", made on " : "");
    cli_html_text(out, t->machine);
    weir_buf_puts(out, "</dd></dl>\n");
}

static void put_rate(struct weir_buf *out, const struct weir_site_link *link, int way) {
    if (link->one_way && way == WEIR_SITE_BACK) {
        weir_buf_puts(out, "closed");
    } else if (link->capacity[way].trace) {
        weir_buf_puts(out, "trace ");
        cli_html_text(out, weir_path_base(link->capacity[way].trace));
    } else {
        weir_buf_printf(out, "%g", link->capacity[way].mbit_per_s);
    }
}

static void nodes(struct report *r, const struct weir_site *site) {
    struct weir_buf *out = &r->out;
    weir_buf_puts(out, "<div class=\"scroll\"><table class=\"small\"><thead><tr><th>node</th>"
                       "<th>tier</th><th>slots</th><th>time of an inference</th></tr></thead>"
                       "<tbody>");
    for (size_t i = 0; i < site->node_len; i++) {
        const struct weir_site_node *n = &site->node[i];
        weir_buf_puts(out, "<tr><th>");
        cli_html_text(out, n->name);
        weir_buf_puts(out, "</th><td class=\"w\">");
        cli_html_text(out, n->tier);
        weir_buf_printf(out, "</td><td>%d</td><td class=\"w\">", n->slots);
        if (n->slowdown > 0)
            weir_buf_printf(out, "%g times the table&#8217;s", n->slowdown);
        if (n->fixed_ms > 0 || n->each_ms > 0)
            weir_buf_printf(out, "%g ms + %g ms a frame", n->fixed_ms, n->each_ms);
        if (n->batch > 1)
            weir_buf_printf(out, ", up to %d at once", n->batch);
        weir_buf_puts(out, "</td></tr>\n");
    }
    weir_buf_puts(out, "</tbody></table></div>");
}

static void links(struct report *r, const struct weir_site *site) {
    struct weir_buf *out = &r->out;
    if (!site->link_len)
        return;
    weir_buf_puts(out, "<div class=\"scroll\"><table class=\"small\"><thead><tr><th>link</th>"
                       "<th>Mbit/s there</th><th>back</th><th>round trip, ms</th><th>loss</th>"
                       "</tr></thead><tbody>");
    for (size_t i = 0; i < site->link_len; i++) {
        const struct weir_site_link *l = &site->link[i];
        weir_buf_puts(out, "<tr><th>");
        cli_html_text(out, l->name);
        weir_buf_puts(out, "</th><td>");
        put_rate(out, l, WEIR_SITE_FORWARD);
        weir_buf_puts(out, "</td><td>");
        put_rate(out, l, WEIR_SITE_BACK);
        weir_buf_printf(out, "</td><td>%g</td><td>%g</td></tr>\n", l->rtt_ms, l->loss);
    }
    weir_buf_puts(out, "</tbody></table></div>");
}

static void happenings(struct report *r, const struct cli_sim_case *c) {
    const struct weir_site *site = &c->ready.site;
    const struct weir_scenario_case *of = c->ready.of;
    struct weir_buf *out = &r->out;
    if (!site->event_len && !of->comes && !of->cuts)
        return;
    weir_buf_puts(out, "<ul class=\"note\">");
    for (size_t i = 0; i < site->event_len; i++) {
        const struct weir_site_event *e = &site->event[i];
        weir_buf_printf(out, "<li>at %g s ", e->at_s);
        cli_html_text(out, e->node >= 0 ? site->node[e->node].name : site->link[e->link].name);
        if (e->down_s > 0)
            weir_buf_printf(out, " is down for %g s</li>", e->down_s);
        else
            weir_buf_printf(out, " has %g Mbit/s there and %g back</li>",
                            e->mbit_per_s[WEIR_SITE_FORWARD], e->mbit_per_s[WEIR_SITE_BACK]);
    }
    for (int i = 0; i < of->comes; i++)
        weir_buf_printf(out, "<li>user-%d is there from %g to %g s</li>", of->come[i].user,
                        of->come[i].from_s, of->come[i].to_s);
    for (int i = 0; i < of->cuts; i++) {
        weir_buf_printf(out, "<li>at %g s user-%d shows ", of->cut[i].at_s, of->cut[i].user);
        cli_html_text(out, of->cut[i].clip);
        weir_buf_puts(out, "</li>");
    }
    weir_buf_puts(out, "</ul>\n");
}

void report_facts(struct report *r, int at) {
    const struct cli_sim_case *c = &r->sim->at[at];
    weir_buf_puts(&r->out, "<div class=\"side\">");
    facts(r, c);
    weir_buf_puts(&r->out, "<div>");
    nodes(r, &c->ready.site);
    links(r, &c->ready.site);
    weir_buf_puts(&r->out, "</div></div>\n");
    happenings(r, c);
}
