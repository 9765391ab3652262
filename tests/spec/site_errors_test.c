/* What is wrong with a site.yaml, in which words and on which line; and what hostile files do. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "spec/spec.h"

/* says: the lines of the error, without "site.yaml:". */
static void bad(const char *text, const char *const *says) {
    struct weir_site site = {0};
    struct weir_error err = {0};
    assert_int_equal(weir_site_parse("site.yaml", text, strlen(text), &site, &err), WEIR_EINVAL);
    assert_null(site.node); /* untouched */
    test_error_lines(&err, "site.yaml", says);
}

#define BAD(text, ...) bad(text, (const char *const[]){__VA_ARGS__, NULL})

static void good(const char *text) {
    struct weir_site site;
    struct weir_error err = {0};
    if (weir_site_parse("site.yaml", text, strlen(text), &site, &err))
        fail_msg("%s", err.text);
    weir_site_done(&site);
}

#define NODE(what) "nodes:\n  a: { tier: edge, " what " }\n"
#define PAIR "nodes: { a: { tier: t }, b: { tier: t } }\nlinks:\n"
#define LINK(what) PAIR "  - { from: a, to: b, " what " }\n"
#define EVENTS LINK("mbit_per_s: 1") "events:\n"

static void test_unknown_keys_name_the_nearest(void **state) {
    BAD("sit: x\n" NODE("slot: 2"),
        "1: sit: found an unknown key; allowed: site, nodes, links, events (did you mean site?)",
        "3: nodes.a.slot: found an unknown key; allowed: tier, slots, slowdown, fixed_ms, each_ms, "
        "batch, models (did you mean slots?)");
    BAD(LINK("mbit_per_s: 1, mbit_per_sec_back: 3"),
        "3: links.mbit_per_sec_back: found an unknown key; allowed: from, to");
}

static void test_a_document_has_nodes(void **state) {
    BAD("", "1: the file is empty");
    BAD("~\n", "1: nodes: found none; allowed: a map of names to nodes, at least one");
    BAD("site: x\n", "1: nodes: found none");
    BAD("nodes:\n", "1: nodes: found none");
    BAD("links: []\nnodes: {}\n", "2: nodes: found none");
    BAD("nodes: [a, b]\n", "1: nodes: found a list; allowed: a map of names");
    BAD("- a\n", "1: document: found a list; allowed: a map with the keys site, nodes");
    BAD("text\n", "1: document: found \"text\"; allowed: a map");
    BAD("nodes: {\n", "2:1: not valid YAML");
}

static void test_names_are_good_and_unique(void **state) {
    BAD("site: a/b\nnodes:\n  \"a b\": { tier: \"x y\" }\n",
        "1: site: found the name \"a/b\"; allowed: letters",
        "3: nodes.a b: found the name \"a b\"; allowed: letters",
        "3: nodes.a b.tier: found the name \"x y\"; allowed: letters");
    BAD("site: []\nnodes:\n  a: { tier: t }\n  a: { tier: t }\n",
        "1: site: found a list; allowed: a name",
        "4: nodes.a: found a second time (first on line 3); allowed: once");
    BAD(NODE("slots: 1, slots: 2"), "2: nodes.a.slots: found a second time");
}

static void test_a_node_has_a_tier(void **state) {
    BAD("nodes:\n  a: {}\n  b:\n  c: 5\n  d: { tier: }\n  e: { tier: [edge] }\n",
        "1: links: found none; allowed: links that reach every node, where there are several",
        "2: nodes.a.tier: found nothing; allowed: edge, core, cloud or any other word",
        "3: nodes.b.tier: found nothing", "4: nodes.c: found 5; allowed: a map with the keys tier",
        "5: nodes.d.tier: found nothing", "6: nodes.e.tier: found a list; allowed: edge, core");
}

static void test_figures_of_a_node_are_in_their_ranges(void **state) {
    BAD(NODE("slots: 0"), "2: nodes.a.slots: found 0; allowed: a whole number from 1 to 1024");
    BAD(NODE("slots: 1025"), "2: nodes.a.slots: found 1025");
    BAD(NODE("slots: 1.5"), "2: nodes.a.slots: found 1.5; allowed: a whole number");
    BAD(NODE("slots: many"), "2: nodes.a.slots: found \"many\"");
    BAD(NODE("slowdown: 0"),
        "2: nodes.a.slowdown: found 0; allowed: a number from 0.0001 to 10000");
    BAD(NODE("slowdown: -4"), "2: nodes.a.slowdown: found -4");
    BAD(NODE("batch: 0"), "2: nodes.a.batch: found 0; allowed: a whole number from 1 to 1024");
    BAD(NODE("fixed_ms: -1, each_ms: 600001"),
        "2: nodes.a.fixed_ms: found -1; allowed: a number from 0 to 600000",
        "2: nodes.a.each_ms: found 600001; allowed: a number from 0 to 600000");
}

static void test_a_node_is_slowed_down_or_has_times_of_its_own(void **state) {
    BAD(NODE("slowdown: 2, fixed_ms: 3"), "2: nodes.a: found slowdown beside fixed_ms or each_ms; "
                                          "allowed: slowdown, or the other two instead");
    BAD(NODE("slowdown: 2, each_ms: 3"), "2: nodes.a: found slowdown beside");
    BAD(NODE("fixed_ms: 0, each_ms: 0"), "2: nodes.a: found inferences that take 0 ms; allowed: "
                                         "fixed_ms or each_ms above 0");
    BAD(NODE("each_ms: 0"), "2: nodes.a: found inferences that take 0 ms");
}

static void test_models_are_a_list_of_names(void **state) {
    BAD(NODE("models:"), "2: nodes.a.models: found nothing; allowed: a list of model names, []");
    BAD(NODE("models: m"), "2: nodes.a.models: found \"m\"; allowed: a list of model names");
    BAD(NODE("models: [m, [n], ~, m/n, m]"), "2: nodes.a.models: found a list",
        "2: nodes.a.models: found nothing", "2: nodes.a.models: found the name \"m/n\"",
        "2: nodes.a.models: found \"m\" a second time; allowed: once");
}

static void test_a_link_has_a_rate_or_a_trace(void **state) {
    BAD(LINK("rtt_ms: 1"),
        "3: links.a-b: found neither mbit_per_s nor trace; allowed: exactly one of them");
    BAD(LINK("mbit_per_s: 1,\n      trace: x.up"),
        "4: links.a-b: found both mbit_per_s and trace; allowed: exactly one of them");
    BAD(LINK("mbit_per_s: 1, mbit_per_s_back: 1, trace_back: x.up"),
        "3: links.a-b: found both mbit_per_s_back and trace_back");
    BAD(LINK("mbit_per_s_back: 1"), "3: links.a-b: found neither mbit_per_s nor trace");
    BAD(LINK("one_way: true, mbit_per_s: 1, mbit_per_s_back: 1"),
        "3: links.a-b.mbit_per_s_back: found on a link with one_way; allowed: only where");
    BAD(LINK("one_way: true, mbit_per_s: 1, trace_back: x"),
        "3: links.a-b.trace_back: found on a link with one_way");
    BAD(LINK("trace:"), "3: links.a-b.trace: found nothing; allowed: a recorded capacity");
}

static void test_figures_of_a_link_are_in_their_ranges(void **state) {
    BAD(LINK("mbit_per_s: 0, mbit_per_s_back: -1, rtt_ms: -1, loss: 0.91, queue_kb: -1, "
             "one_way: perhaps"),
        "3: links.a-b.one_way: found \"perhaps\"; allowed: true or false",
        "3: links.a-b.rtt_ms: found -1; allowed: a number from 0 to 600000",
        "3: links.a-b.loss: found 0.91; allowed: a number from 0 to 0.9",
        "3: links.a-b.queue_kb: found -1; allowed: a number from 0 to 10000000",
        "3: links.a-b.mbit_per_s: found 0; allowed: a number from 0.001 to 1000000",
        "3: links.a-b.mbit_per_s_back: found -1; allowed: a number from 0.001 to 1000000");
    BAD(LINK("mbit_per_s: 1, loss: -0.01"), "3: links.a-b.loss: found -0.01");
}

static void test_a_link_lies_between_two_nodes_that_are_there(void **state) {
    /* the node that nothing reaches for that reason is no second error */
    BAD("nodes: { edge-1: { tier: t }, core: { tier: t } }\n"
        "links:\n"
        "  - { from: egde-1, to: core, mbit_per_s: 1 }\n",
        "3: links.egde-1-core.from: found \"egde-1\"; allowed: the name of a node: edge-1 or core "
        "(did you mean edge-1?)");
    BAD(PAIR "  - { from: a, mbit_per_s: 1 }\n  - { to: [b], mbit_per_s: 1 }\n  -\n",
        "3: links.to: found nothing; allowed: the name of a node",
        "4: links.from: found nothing; allowed: the name of a node",
        "4: links.to: found a list; allowed: the name of a node: a or b",
        "5: links.from: found nothing", "5: links.to: found nothing",
        "5: links: found neither mbit_per_s nor trace");
    BAD(PAIR "  - { from: a, to: a, mbit_per_s: 1 }\n",
        "3: links.a-a.to: found the node where the link begins; allowed: another node");
    BAD(PAIR "  - a-b\n", "3: links: found \"a-b\"; allowed: a map with the keys from, to");
    BAD("nodes: { a: { tier: t } }\nlinks: { from: a }\n",
        "2: links: found a map; allowed: a list");
}

static void test_links_differ_in_their_names(void **state) {
    BAD(LINK("mbit_per_s: 1") "  - { from: a, to: b, mbit_per_s: 2 }\n",
        "4: links.a-b: found a second link of this name (first on line 3); allowed: a name of its "
        "own, with the key name");
    BAD(LINK("mbit_per_s: 1, name: x") "  - { from: b, to: a, name: x, mbit_per_s: 2 }\n",
        "4: links.x: found a second link of this name (first on line 3)");
    /* "a" to "b-c" and "a-b" to "c" */
    BAD("nodes: { a: &n { tier: t }, b-c: *n, a-b: *n, c: *n }\n"
        "links:\n"
        "  - { from: a, to: b-c, mbit_per_s: 1 }\n"
        "  - { from: a-b, to: c, mbit_per_s: 1 }\n",
        "4: links.a-b-c: found a second link of this name (first on line 3)");
    BAD(LINK("mbit_per_s: 1, name: \"a b\""), "3: links.name: found \"a b\"; allowed: letters");
    BAD(LINK("mbit_per_s: 1, name:"), "3: links.name: found nothing; allowed: letters");
}

static void test_each_of_several_nodes_is_on_a_link(void **state) {
    BAD("nodes:\n  a: { tier: t }\n  b: { tier: t }\n  c: { tier: t }\n"
        "links: [ { from: c, to: a, mbit_per_s: 1 } ]\n",
        "3: nodes.b: found no link from or to it; allowed: every node on a link, where there");
    BAD("nodes: { a: { tier: t }, b: { tier: t } }\n",
        "1: links: found none; allowed: links that reach every node");
    BAD(PAIR, "2: links: found none");
    BAD("nodes: { a: { tier: t }, b: { tier: t } }\nlinks: []\n", "2: links: found none");
    good("nodes: { a: { tier: t } }\nlinks: []\n");
}

static void test_an_event_happens_to_one_thing_that_is_there(void **state) {
    BAD(EVENTS "  - { at_s: 1, down_s: 1 }\n"
               "  - { at_s: 1, link: a-b, node: a, down_s: 1 }\n"
               "  - { at_s: 1, link: b-a, down_s: 1 }\n"
               "  - { at_s: 1, node: [a], down_s: 1 }\n",
        "5: events: found neither link nor node; allowed: exactly one of them",
        "6: events: found both link and node; allowed: exactly one of them",
        "7: events.link: found \"b-a\"; allowed: the name of a link: a-b",
        "8: events.node: found a list; allowed: the name of a node: a or b");
    BAD("nodes: { a: { tier: t } }\nevents:\n  - { at_s: 1, link: x, down_s: 1 }\n",
        "3: events.link: found \"x\"; allowed: the name of a link");
    BAD(EVENTS "  - nonsense\n", "5: events: found \"nonsense\"; allowed: a map with the keys");
    BAD(LINK("mbit_per_s: 1") "events: { at_s: 1 }\n", "4: events: found a map; allowed: a list");
}

static void test_long_lists_of_names_are_not_spelt_out(void **state) {
    BAD("nodes: { edge-1: &n { tier: t }, n2: *n, n3: *n, n4: *n, n5: *n, n6: *n, n7: *n, n8: *n, "
        "n9: *n }\nlinks: [ { from: n2, to: edge1, mbit_per_s: 1 } ]\n",
        "2: links.n2-edge1.to: found \"edge1\"; allowed: the name of a node (did you mean "
        "edge-1?)");
}

static void test_an_event_is_a_step_or_a_failure(void **state) {
    BAD(EVENTS "  - { at_s: 1, link: a-b }\n"
               "  - { at_s: 1, link: a-b, mbit_per_s: 1, down_s: 1 }\n"
               "  - { at_s: 1, link: a-b, mbit_per_s_back: 1, down_s: 1 }\n"
               "  - { at_s: 1, node: a }\n"
               "  - { at_s: 1, node: a, mbit_per_s: 1, mbit_per_s_back: 1, down_s: 1 }\n"
               "  - { link: a-b, down_s: 1 }\n",
        "5: events: found neither mbit_per_s nor down_s; allowed: exactly one of them",
        "6: events: found both mbit_per_s and down_s",
        "7: events.mbit_per_s_back: found without mbit_per_s; allowed: only beside it",
        "8: events.down_s: found nothing; allowed: the seconds that the node is down",
        "9: events.mbit_per_s: found for a node; allowed: only for links",
        "9: events.mbit_per_s_back: found for a node",
        "10: events.at_s: found nothing; allowed: seconds from the beginning of the run");
    BAD(EVENTS "  - { at_s: -1, link: a-b, mbit_per_s: -1 }\n"
               "  - { at_s: 1, link: a-b, down_s: 0 }\n"
               "  - { at_s: 1, node: a, down_s: -3 }\n"
               "  - { at_s: 10000001, link: a-b, mbit_per_s: 1, mbit_per_s_back: 1000001 }\n",
        "5: events.mbit_per_s: found -1; allowed: a number from 0 to 1000000",
        "5: events.at_s: found -1; allowed: a number from 0 to 10000000",
        "6: events.down_s: found 0; allowed: a number from 0.001 to 10000000",
        "7: events.down_s: found -3",
        "8: events.mbit_per_s_back: found 1000001; allowed: a number from 0 to 1000000",
        "8: events.at_s: found 10000001");
}

static void test_what_a_link_lacks_does_not_change(void **state) {
    BAD(LINK("mbit_per_s: 1, one_way: true") "events:\n"
                                             "  - { at_s: 1, link: a-b, mbit_per_s: 2, "
                                             "mbit_per_s_back: 3 }\n",
        "5: events.mbit_per_s_back: found for a-b, a link with one_way; allowed: only where");
    /* any file that is there will do */
    BAD(LINK("mbit_per_s: 1, trace_back: /proc/self/status") "events:\n"
                                                             "  - { at_s: 1, link: a-b, "
                                                             "mbit_per_s: 2 }\n",
        "5: events.mbit_per_s: found for a-b, a link with a trace; allowed: only for links with "
        "rates, and down_s for any");
}

static void test_events_come_in_the_order_of_their_time(void **state) {
    BAD(EVENTS "  - { at_s: 20, link: a-b, mbit_per_s: 2 }\n"
               "  - { at_s: 10.5, node: a, down_s: 1 }\n",
        "6: events.at_s: found 10.5 after 20 (line 5); allowed: events in the order of their time");
}

static void test_events_of_one_thing_do_not_overlap(void **state) {
    BAD(EVENTS "  - { at_s: 10, link: a-b, down_s: 5 }\n"
               "  - { at_s: 11, node: a, down_s: 10 }\n"
               "  - { at_s: 14.5, link: a-b, mbit_per_s: 4 }\n"
               "  - { at_s: 20, node: a, down_s: 1 }\n",
        "7: events.at_s: found 14.5, but a-b is down until 15 (line 5); allowed: events of one "
        "node "
        "or link that do not overlap",
        "8: events.at_s: found 20, but a is down until 21 (line 6)");
    BAD(EVENTS "  - { at_s: 10, link: a-b, mbit_per_s: 5 }\n"
               "  - { at_s: 10, node: a, down_s: 1 }\n"
               "  - { at_s: 10, link: a-b, down_s: 4 }\n",
        "7: events.at_s: found 10 a second time for a-b (first on line 5); allowed: one event of a "
        "node or link at a time");
}

static void test_all_errors_are_reported_at_once_in_the_order_of_the_file(void **state) {
    BAD("sites: paper\n"
        "events:\n"
        "  - { at_s: 5, node: clod, down_s: 5 }\n"
        "links:\n"
        "  - { from: edge-1, to: cloud, mbit_per_s: fast }\n"
        "nodes:\n"
        "  edge-1: { tier: edge, slots: 0 }\n"
        "  cloud: { slowdown: 1, each_ms: 1 }\n",
        "1: sites: found an unknown key", "3: events.node: found \"clod\"",
        "5: links.edge-1-cloud.mbit_per_s: found \"fast\"", "7: nodes.edge-1.slots: found 0",
        "8: nodes.cloud.tier: found nothing", "8: nodes.cloud: found slowdown beside");
}

static void test_no_name_of_the_document_moves_a_cursor(void **state) {
    (void)state;
    static const char text[] = "nodes: { \"\\e[31mred\": { tier: t }, b: { tier: t } }\n"
                               "links: [ { from: x, to: b, mbit_per_s: 1 } ]\n";
    struct weir_site site;
    struct weir_error err = {0};
    assert_int_equal(weir_site_parse("s.yaml", text, strlen(text), &site, &err), WEIR_EINVAL);
    test_error_says(&err, "red");
    assert_null(strchr(err.text, 27));
}

static void test_numbers_are_finite_and_plain(void **state) {
    BAD(NODE("slowdown: .nan"), "2: nodes.a.slowdown: found \".nan\"; allowed: a number from");
    BAD(NODE("slowdown: nan"), "2: nodes.a.slowdown: found \"nan\"");
    BAD(NODE("fixed_ms: .inf"), "2: nodes.a.fixed_ms: found \".inf\"");
    BAD(NODE("each_ms: 1e999"), "2: nodes.a.each_ms: found \"1e999\"");
    BAD(NODE("slots: 99999999999999999999999"), "2: nodes.a.slots: found 99999999999999999999999;");
    BAD(NODE("batch: 0x10"), "2: nodes.a.batch: found \"0x10\"");
    BAD(LINK("mbit_per_s: 1, rtt_ms: 5 ms, loss: nan"), "3: links.a-b.rtt_ms: found \"5 ms\"",
        "3: links.a-b.loss: found \"nan\"");
    BAD(EVENTS "  - { at_s: nan, node: a, down_s: 1e400 }\n", "5: events.down_s: found \"1e400\"",
        "5: events.at_s: found \"nan\"");
}

static void test_control_characters_do_not_reach_the_terminal(void **state) {
    BAD("nodes:\n  \"\\e[31m\": { tier: \"\\b\" }\n", "2: nodes.?[31m: found the name \"?[31m\"",
        "2: nodes.?[31m.tier: found the name \"?\"");
    BAD(LINK("trace: \"\\e[2J\""), "3: links.a-b.trace: found \"?[2J\"");
}

static void bad_text(struct weir_buf *text, const char *says) {
    struct weir_site site = {0};
    struct weir_error err = {0};
    assert_int_equal(weir_site_parse("site.yaml", text->data, text->len, &site, &err), WEIR_EINVAL);
    test_error_says(&err, says);
    weir_buf_done(text);
}

static void test_nesting_and_circles_are_refused(void **state) {
    struct weir_buf text = {0};
    weir_buf_puts(&text, "nodes: ");
    for (int i = 0; i < 100000; i++)
        weir_buf_puts(&text, "{a: ");
    bad_text(&text, "nested too deeply");
    weir_buf_puts(&text, "nodes: &n { a: *n }\n");
    bad_text(&text, "an alias must not lie inside");
}

static void test_there_are_limits_to_what_is_read(void **state) {
    struct weir_buf text = {0};
    weir_buf_puts(&text, "nodes:\n");
    for (int i = 0; i <= WEIR_SITE_MAX_NODES; i++)
        weir_buf_printf(&text, "  n%d: { tier: t }\n", i);
    bad_text(&text, "site.yaml:2: nodes: found 1001; allowed: at most 1000");
    weir_buf_puts(&text, PAIR "  - &l { from: a, to: b, mbit_per_s: 1 }\n");
    for (int i = 0; i < WEIR_SITE_MAX_LINKS; i++)
        weir_buf_puts(&text, "  - *l\n");
    bad_text(&text, "site.yaml:3: links: found 5001; allowed: at most 5000");
    weir_buf_puts(&text, EVENTS "  - &e { at_s: 1, node: a, down_s: 1 }\n");
    for (int i = 0; i < WEIR_SITE_MAX_EVENTS; i++)
        weir_buf_puts(&text, "  - *e\n");
    bad_text(&text, "site.yaml:5: events: found 5001; allowed: at most 5000");
    weir_buf_puts(&text, "nodes: { a: { tier: t, models: [");
    for (int i = 0; i < 101; i++)
        weir_buf_printf(&text, "m%d, ", i);
    weir_buf_puts(&text, "] } }\n");
    bad_text(&text, "nodes.a.models: found 101 models; allowed: at most 100");
}

/* An alias costs four bytes and shows all that it names again. */
static void test_aliases_do_not_multiply_what_is_wrong(void **state) {
    struct weir_buf text = {0};
    weir_buf_puts(&text, "nodes:\n  n: &n { ");
    for (int i = 0; i < 20000; i++)
        weir_buf_printf(&text, "wrong%d: 1, ", i);
    weir_buf_puts(&text, "tier: t }\n");
    for (int i = 1; i < WEIR_SITE_MAX_NODES; i++)
        weir_buf_printf(&text, "  n%d: *n\n", i);
    bad_text(&text, "nodes.n.wrong0: found an unknown key");

    /* the longest text there may be, named by every link */
    weir_buf_puts(&text, "nodes: { a: { tier: t }, b: { tier: &long \"");
    for (int i = 0; i < 4096; i++)
        weir_buf_putc(&text, 'x');
    weir_buf_puts(&text, "\" } }\nlinks:\n");
    for (int i = 0; i < 1000; i++)
        weir_buf_puts(&text, "  - { from: a, to: *long, name: *long, trace: *long }\n");
    bad_text(&text, "links.to: found \"xxx");
}

static void test_more_errors_than_fit_are_counted(void **state) {
    struct weir_buf text = {0};
    weir_buf_puts(&text, PAIR);
    for (int i = 0; i < WEIR_SITE_MAX_LINKS; i++)
        weir_buf_puts(&text, "  - { from: a, to: c, mbit_per_s: 1, name: l }\n");
    bad_text(&text, " more errors");
}

static const char whole[] =
    "site: s\n"
    "nodes:\n"
    "  a: &x { tier: edge, slots: 2, slowdown: 4, models: [m] }\n"
    "  b: { tier: cloud, fixed_ms: 3, each_ms: 0.5, batch: 16 }\n"
    "links:\n"
    "  - { from: a, to: b, name: l, mbit_per_s: 1, mbit_per_s_back: 2, rtt_ms: 4, loss: 0.1 }\n"
    "  - { from: b, to: a, trace: /proc/self/status, queue_kb: 4, one_way: yes }\n"
    "events:\n"
    "  - { at_s: 2, link: l, mbit_per_s: 4 }\n"
    "  - { at_s: 4, node: b, down_s: 1.5 }\n";

static void try(const char *text, size_t len) {
    struct weir_site site = {0};
    struct weir_error err = {0};
    int rc = weir_site_parse("site.yaml", text, len, &site, &err);
    assert_true(rc ? rc == WEIR_EINVAL && *err.text && !site.node : site.node_len > 0);
    weir_site_done(&site);
}

static void test_no_damage_to_a_good_file_crashes_the_reader(void **state) {
    static const char with[] = "\0\xff\n\t:[]{}&*-?\"',x9";
    char copy[sizeof whole];
    good(whole);
    for (size_t i = 0; i < sizeof whole; i++)
        try(whole, i);
    for (size_t i = 0; i < sizeof whole - 1; i++) {
        for (size_t j = 0; j < sizeof with - 1; j++) {
            memcpy(copy, whole, sizeof whole);
            copy[i] = with[j];
            try(copy, sizeof whole - 1);
        }
    }
}

static void test_missing_files_and_folders_are_errors(void **state) {
    struct weir_site site = {0};
    struct weir_error err = {0};
    assert_int_equal(weir_site_load("/nowhere/site.yaml", &site, &err), WEIR_ENOENT);
    test_error_says(&err, "/nowhere/site.yaml");
    assert_int_not_equal(weir_site_load("/tmp", &site, &err), 0);
    assert_int_equal(weir_site_load("/nowhere/site.yaml", &site, NULL), WEIR_ENOENT);
    weir_site_done(&site);
    weir_site_done(NULL);
}

int main(void) {
    unsetenv("WEIR_DATA");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown_keys_name_the_nearest),
        cmocka_unit_test(test_a_document_has_nodes),
        cmocka_unit_test(test_names_are_good_and_unique),
        cmocka_unit_test(test_a_node_has_a_tier),
        cmocka_unit_test(test_figures_of_a_node_are_in_their_ranges),
        cmocka_unit_test(test_a_node_is_slowed_down_or_has_times_of_its_own),
        cmocka_unit_test(test_models_are_a_list_of_names),
        cmocka_unit_test(test_a_link_has_a_rate_or_a_trace),
        cmocka_unit_test(test_figures_of_a_link_are_in_their_ranges),
        cmocka_unit_test(test_a_link_lies_between_two_nodes_that_are_there),
        cmocka_unit_test(test_links_differ_in_their_names),
        cmocka_unit_test(test_each_of_several_nodes_is_on_a_link),
        cmocka_unit_test(test_an_event_happens_to_one_thing_that_is_there),
        cmocka_unit_test(test_long_lists_of_names_are_not_spelt_out),
        cmocka_unit_test(test_an_event_is_a_step_or_a_failure),
        cmocka_unit_test(test_what_a_link_lacks_does_not_change),
        cmocka_unit_test(test_events_come_in_the_order_of_their_time),
        cmocka_unit_test(test_events_of_one_thing_do_not_overlap),
        cmocka_unit_test(test_all_errors_are_reported_at_once_in_the_order_of_the_file),
        cmocka_unit_test(test_no_name_of_the_document_moves_a_cursor),
        cmocka_unit_test(test_numbers_are_finite_and_plain),
        cmocka_unit_test(test_control_characters_do_not_reach_the_terminal),
        cmocka_unit_test(test_nesting_and_circles_are_refused),
        cmocka_unit_test(test_there_are_limits_to_what_is_read),
        cmocka_unit_test(test_aliases_do_not_multiply_what_is_wrong),
        cmocka_unit_test(test_more_errors_than_fit_are_counted),
        cmocka_unit_test(test_no_damage_to_a_good_file_crashes_the_reader),
        cmocka_unit_test(test_missing_files_and_folders_are_errors),
    };
    return cmocka_run_group_tests_name("spec/site_errors", tests, NULL, NULL);
}
