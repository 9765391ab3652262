/* site.yaml: what it says, and where its traces are looked for. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spec/spec.h"

struct fixture {
    char *dir;
    struct weir_site site;
    struct weir_error err;
};

static int begin(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    unsetenv("WEIR_DATA");
    return f && (f->dir = test_scratch()) ? 0 : -1;
}

static int end(void **state) {
    struct fixture *f = *state;
    unsetenv("WEIR_DATA");
    weir_site_done(&f->site);
    test_scratch_remove(f->dir);
    free(f);
    return 0;
}

static int load(struct fixture *f, const char *text) {
    const char *path = test_path(f->dir, "site.yaml");
    assert_int_equal(weir_file_write_all(path, text, strlen(text), NULL), 0);
    weir_site_done(&f->site);
    f->err = (struct weir_error){0};
    return weir_site_load(path, &f->site, &f->err);
}

static void good(struct fixture *f, const char *text) {
    if (load(f, text))
        fail_msg("%s", f->err.text);
}

static void bad(struct fixture *f, const char *text, const char *says) {
    assert_int_equal(load(f, text), WEIR_EINVAL);
    test_error_says(&f->err, says);
    assert_null(f->site.node); /* untouched */
}

static void put_trace(const struct fixture *f, const char *name) {
    assert_int_equal(weir_file_write_all(test_path(f->dir, name), "1\n2\n", 4, NULL), 0);
}

static const char example[] =
    "site: paper\n"
    "nodes:\n"
    "  edge-1: { tier: edge, slots: 2, slowdown: 4 }\n"
    "  edge-2: { tier: edge, slots: 2, slowdown: 8 }\n"
    "  core:   { tier: core, slowdown: 2 }\n"
    "  cloud:  { tier: cloud, slots: 4, slowdown: 0.5, batch: 8, models: [street_s, street_m] }\n"
    "  gpu:    { tier: cloud, fixed_ms: 3, each_ms: 0.5, batch: 16, models: [] }\n"
    "links:\n"
    "  - { from: edge-1, to: core, mbit_per_s: 100, rtt_ms: 4 }\n"
    "  - { from: core, to: cloud, mbit_per_s: 100, rtt_ms: 40, queue_kb: 4000, loss: 0.01 }\n"
    "  - { from: edge-2, to: core, trace: lte.up, rtt_ms: 50 }\n"
    "  - { from: cloud, to: gpu, mbit_per_s: 1000, one_way: true, name: bus }\n"
    "  - { from: gpu, to: core, trace: lte.up, mbit_per_s_back: 0.5 }\n"
    "events:\n"
    "  - { at_s: 20, link: core-cloud, mbit_per_s: 4 }\n"
    "  - { at_s: 30, link: core-cloud, down_s: 5 }\n"
    "  - { at_s: 35, link: bus, mbit_per_s: 0 }\n"
    "  - { at_s: 35, link: core-cloud, mbit_per_s: 8, mbit_per_s_back: 2.5 }\n"
    "  - { at_s: 40, node: core, down_s: 10 }\n";

static void test_nodes_are_read(void **state) {
    struct fixture *f = *state;
    put_trace(f, "lte.up");
    good(f, example);
    assert_string_equal(f->site.name, "paper");
    assert_int_equal(f->site.node_len, 5);
    const struct weir_site_node *edge = &f->site.node[0], *cloud = &f->site.node[3];
    assert_string_equal(edge->name, "edge-1");
    assert_string_equal(edge->tier, "edge");
    assert_int_equal(edge->slots, 2);
    assert_true(edge->slowdown == 4 && edge->fixed_ms == 0 && edge->each_ms == 0);
    assert_int_equal(edge->batch, 1);
    assert_int_equal(edge->line, 3);
    assert_int_equal(f->site.node[2].slots, 1);
    assert_int_equal(cloud->batch, 8);
    assert_int_equal(cloud->models.len, 2);
    const struct weir_site_node *gpu = &f->site.node[4];
    assert_true(gpu->slowdown == 0 && gpu->fixed_ms == 3 && gpu->each_ms == 0.5);
}

static void test_a_node_serves_the_models_it_names(void **state) {
    struct fixture *f = *state;
    put_trace(f, "lte.up");
    good(f, example);
    assert_true(weir_site_serves(&f->site.node[0], "anything"));
    assert_true(weir_site_serves(&f->site.node[3], "street_m"));
    assert_false(weir_site_serves(&f->site.node[3], "street_n"));
    assert_false(weir_site_serves(&f->site.node[4], "street_m"));
}

static void test_links_are_read_both_ways(void **state) {
    struct fixture *f = *state;
    put_trace(f, "lte.up");
    good(f, example);
    assert_int_equal(f->site.link_len, 5);
    const struct weir_site_link *wan = &f->site.link[1], *lte = &f->site.link[2];
    assert_string_equal(wan->name, "core-cloud");
    assert_int_equal(wan->from, 2);
    assert_int_equal(wan->to, 3);
    assert_false(wan->one_way);
    assert_true(wan->rtt_ms == 40 && wan->loss == 0.01 && wan->queue_kb == 4000);
    assert_true(wan->capacity[WEIR_SITE_FORWARD].mbit_per_s == 100);
    assert_true(wan->capacity[WEIR_SITE_BACK].mbit_per_s == 100);
    assert_null(wan->capacity[WEIR_SITE_BACK].trace);
    for (int way = 0; way < WEIR_SITE_WAYS; way++) {
        assert_string_equal(lte->capacity[way].trace, test_path(f->dir, "lte.up"));
        assert_true(lte->capacity[way].mbit_per_s == 0);
    }
    assert_true(lte->loss == 0 && lte->queue_kb == 0);
    const struct weir_site_link *bus = &f->site.link[3];
    assert_string_equal(bus->name, "bus");
    assert_true(bus->one_way);
    assert_true(bus->capacity[WEIR_SITE_BACK].mbit_per_s == 0);
    assert_true(bus->rtt_ms == 0);
    assert_true(f->site.link[4].capacity[WEIR_SITE_BACK].mbit_per_s == 0.5);
    assert_null(f->site.link[4].capacity[WEIR_SITE_BACK].trace);
}

static void test_events_are_read(void **state) {
    struct fixture *f = *state;
    put_trace(f, "lte.up");
    good(f, example);
    assert_int_equal(f->site.event_len, 5);
    const struct weir_site_event *event = f->site.event;
    assert_true(event[0].at_s == 20 && event[0].link == 1 && event[0].node == -1);
    assert_true(event[0].down_s == 0 && event[0].mbit_per_s[WEIR_SITE_BACK] == 4);
    assert_true(event[1].at_s == 30 && event[1].down_s == 5);
    assert_true(event[2].mbit_per_s[WEIR_SITE_FORWARD] == 0 && event[2].down_s == 0);
    assert_true(event[3].mbit_per_s[WEIR_SITE_FORWARD] == 8);
    assert_true(event[3].mbit_per_s[WEIR_SITE_BACK] == 2.5);
    assert_true(event[4].node == 2 && event[4].link == -1 && event[4].down_s == 10);
    assert_int_equal(event[4].line, 19);
}

static void test_names_are_found_and_others_are_not(void **state) {
    struct fixture *f = *state;
    put_trace(f, "lte.up");
    good(f, example);
    assert_int_equal(weir_site_node(&f->site, "cloud"), 3);
    assert_int_equal(weir_site_node(&f->site, "Cloud"), -1);
    assert_int_equal(weir_site_node(&f->site, ""), -1);
    assert_int_equal(weir_site_link(&f->site, "edge-2-core"), 2);
    assert_int_equal(weir_site_link(&f->site, "bus"), 3);
    assert_int_equal(weir_site_link(&f->site, "cloud-gpu"), -1);
}

static void test_what_is_not_said_has_its_default(void **state) {
    struct fixture *f = *state;
    good(f, "nodes: { box: { tier: edge } }\nlinks:\nevents:\n");
    assert_string_equal(f->site.name, "site");
    const struct weir_site_node *node = f->site.node;
    assert_true(node->slots == 1 && node->slowdown == 1 && node->batch == 1 && node->any_model);
    assert_int_equal(f->site.link_len, 0);
    assert_int_equal(f->site.event_len, 0);
    good(f, "nodes: { box: { tier: edge, each_ms: 2 } }\n");
    assert_true(f->site.node[0].fixed_ms == 0 && f->site.node[0].each_ms == 2);
}

static void test_bounds_are_where_they_are_said_to_be(void **state) {
    struct fixture *f = *state;
    good(f, "nodes:\n"
            "  a: { tier: t, slots: 1, slowdown: 0.0001, batch: 1 }\n"
            "  b: { tier: t, slots: 1024, slowdown: 10000, batch: 1024 }\n"
            "  c: { tier: t, fixed_ms: 600000, each_ms: 600000 }\n"
            "links:\n"
            "  - { from: a, to: b, mbit_per_s: 0.001, rtt_ms: 0, loss: 0, queue_kb: 0 }\n"
            "  - { from: b, to: c, mbit_per_s: 1e6, rtt_ms: 600000, loss: 0.9, queue_kb: 1e7 }\n"
            "events:\n"
            "  - { at_s: 0, link: a-b, mbit_per_s: 0 }\n"
            "  - { at_s: 10000000, link: b-c, down_s: 0.001 }\n");
}

static void test_two_links_may_lie_between_two_nodes(void **state) {
    struct fixture *f = *state;
    good(f, "nodes: { a: { tier: t }, b: { tier: t } }\n"
            "links:\n"
            "  - { from: a, to: b, mbit_per_s: 1 }\n"
            "  - { from: a, to: b, mbit_per_s: 2, name: spare }\n"
            "  - { from: b, to: a, mbit_per_s: 3 }\n");
    assert_int_equal(weir_site_link(&f->site, "b-a"), 2);
}

static void test_aliases_share_what_nodes_have_in_common(void **state) {
    struct fixture *f = *state;
    good(f, "nodes: { a: &edge { tier: edge, models: [m] }, b: *edge }\n"
            "links: [ { from: a, to: b, mbit_per_s: 1 } ]\n");
    assert_string_equal(f->site.node[1].tier, "edge");
    assert_true(weir_site_serves(&f->site.node[1], "m"));
}

static void test_events_that_touch_do_not_overlap(void **state) {
    struct fixture *f = *state;
    good(f, "nodes: { a: { tier: t } }\n"
            "events:\n"
            "  - { at_s: 0.1, node: a, down_s: 0.2 }\n"
            "  - { at_s: 0.3, node: a, down_s: 1 }\n"
            "  - { at_s: 1.3, node: a, down_s: 1 }\n");
    assert_int_equal(f->site.event_len, 3);
}

static void test_a_printed_site_reads_back_the_same(void **state) {
    struct fixture *f = *state;
    struct weir_buf once = {0}, twice = {0}, name = {0};
    put_trace(f, "lte.up");
    good(f, example);
    weir_site_print(&f->site, &once);
    assert_non_null(strstr(once.data, "name: bus"));
    assert_null(strstr(once.data, "name: core-cloud"));
    good(f, weir_buf_str(&once));
    weir_site_print(&f->site, &twice);
    assert_string_equal(weir_buf_str(&once), weir_buf_str(&twice));
    weir_buf_reset(&once);
    weir_buf_reset(&twice);

    /* words that are more than text to YAML, and a link's name of 201 letters */
    for (int i = 0; i < 100; i++)
        weir_buf_putc(&name, 'n');
    weir_buf_printf(&once,
                    "site: \"true\"\n"
                    "nodes: { \"null\": { tier: \"1\" }, %s: { tier: t, models: [\"on\"] } }\n"
                    "links: [ { from: \"null\", to: %s, mbit_per_s: 0.1 },\n"
                    "  { from: %s, to: \"null\", mbit_per_s: 0.1 } ]\n",
                    name.data, name.data, name.data);
    good(f, once.data);
    weir_buf_reset(&once);
    weir_site_print(&f->site, &once);
    good(f, once.data);
    weir_site_print(&f->site, &twice);
    assert_string_equal(once.data, twice.data);
    assert_string_equal(f->site.node[0].name, "null");
    weir_buf_done(&once);
    weir_buf_done(&twice);
    weir_buf_done(&name);
}

#define ONE_LINK                                                                                   \
    "nodes: { a: { tier: t }, b: { tier: t } }\n"                                                  \
    "links: [ { from: a, to: b, "

static void test_traces_lie_beside_the_document_or_among_the_recorded(void **state) {
    struct fixture *f = *state;
    static const char site[] = ONE_LINK "trace: x.up, trace_back: sub/y.up } ]\n";
    assert_int_equal(mkdir(test_path(f->dir, "traces"), 0777), 0);
    assert_int_equal(mkdir(test_path(f->dir, "sub"), 0777), 0);
    put_trace(f, "traces/x.up");
    put_trace(f, "sub/y.up");
    setenv("WEIR_DATA", f->dir, 1);
    good(f, site);
    assert_string_equal(f->site.link[0].capacity[WEIR_SITE_FORWARD].trace,
                        test_path(f->dir, "traces/x.up"));
    assert_string_equal(f->site.link[0].capacity[WEIR_SITE_BACK].trace,
                        test_path(f->dir, "sub/y.up"));
    put_trace(f, "x.up"); /* the nearer one wins */
    good(f, site);
    assert_string_equal(f->site.link[0].capacity[WEIR_SITE_FORWARD].trace,
                        test_path(f->dir, "x.up"));
}

static void test_a_trace_may_be_given_from_the_root_or_home(void **state) {
    struct fixture *f = *state;
    char text[8192];
    put_trace(f, "x.up");
    snprintf(text, sizeof text, ONE_LINK "trace: %s/x.up, trace_back: ~/x.up } ]\n", f->dir);
    char *home = getenv("HOME") ? strdup(getenv("HOME")) : NULL;
    setenv("HOME", f->dir, 1);
    good(f, text);
    for (int way = 0; way < WEIR_SITE_WAYS; way++)
        assert_string_equal(f->site.link[0].capacity[way].trace, test_path(f->dir, "x.up"));
    if (home)
        setenv("HOME", home, 1);
    else
        unsetenv("HOME");
    free(home);
}

static void test_a_missing_trace_says_where_it_was_looked_for(void **state) {
    struct fixture *f = *state;
    char says[8192];
    static const char site[] = ONE_LINK "trace: x.up } ]\n";
    snprintf(says, sizeof says,
             "site.yaml:2: links.a-b.trace: found \"x.up\", no file in %s, and $WEIR_DATA is not "
             "set; allowed: a recorded capacity in mahimahi's format, its path relative to",
             f->dir);
    bad(f, site, says);
    setenv("WEIR_DATA", "/nowhere", 1);
    snprintf(says, sizeof says, "found \"x.up\", a file neither in %s nor in /nowhere/traces;",
             f->dir);
    bad(f, site, says);
    bad(f, ONE_LINK "trace: /nowhere/x.up } ]\n",
        "found \"/nowhere/x.up\", where there is no file; allowed:");
    bad(f, ONE_LINK "mbit_per_s: 1, trace_back: x.up } ]\n",
        "links.a-b.trace_back: found \"x.up\"");
    assert_int_equal(mkdir(test_path(f->dir, "x.up"), 0777), 0);
    bad(f, site, "links.a-b.trace: found \"x.up\", a file neither"); /* a folder is no trace */
}

static void test_relative_paths_of_a_text_begin_at_its_folder(void **state) {
    struct fixture *f = *state;
    static const char text[] = ONE_LINK "trace: x.up } ]\n";
    put_trace(f, "x.up");
    assert_int_equal(
        weir_site_parse(test_path(f->dir, "none.yaml"), text, sizeof text - 1, &f->site, &f->err),
        0);
    weir_site_done(&f->site);
    assert_int_equal(weir_site_parse("none.yaml", text, sizeof text - 1, &f->site, &f->err),
                     WEIR_EINVAL);
    test_error_says(&f->err, "none.yaml:2: links.a-b.trace: found \"x.up\", no file in .,");
}

static void load_source(struct fixture *f, const char *path) {
    weir_site_done(&f->site);
    if (weir_site_load(test_source(path), &f->site, &f->err))
        fail_msg("%s", f->err.text);
}

static void test_the_sites_that_ship_are_right(void **state) {
    struct fixture *f = *state;
    static const char *const files[] = {"bench/paper.site.yaml", "bench/paper-gpu.site.yaml"};
    for (int i = 0; i < 2; i++) {
        int links[3];
        size_t len = 0;
        load_source(f, files[i]);
        assert_int_equal(f->site.node_len, 4);
        assert_true(f->site.node[0].slots == 2 && f->site.node[0].slowdown == 4);
        assert_true(f->site.node[1].slots == 2 && f->site.node[1].slowdown == 8);
        assert_true(f->site.node[2].slots == 1 && f->site.node[2].slowdown == 2);
        int edge = weir_site_node(&f->site, "edge-2"), cloud = weir_site_node(&f->site, "cloud");
        assert_int_equal(weir_site_route(&f->site, edge, cloud, links, 3, &len), 0);
        assert_int_equal(len, 2);
        assert_true(f->site.link[links[0]].rtt_ms == 4 && f->site.link[links[1]].rtt_ms == 40);
        const struct weir_site_node *node = &f->site.node[cloud];
        assert_true(i ? node->fixed_ms == 3 && node->each_ms == 0.5 && node->batch == 16
                      : node->slots == 4 && node->slowdown == 0.5);
    }
}

static void test_a_recorded_trace_is_found(void **state) {
    struct fixture *f = *state;
    const char *path = test_data("traces/TMobile-LTE-short.up");
    char *data = strndup(path, strlen(path) - strlen("/traces/TMobile-LTE-short.up"));
    setenv("WEIR_DATA", data, 1);
    good(f, ONE_LINK "trace: TMobile-LTE-short.up } ]\n");
    assert_string_equal(f->site.link[0].capacity[WEIR_SITE_FORWARD].trace, path);
    free(data);
}

static void test_a_site_is_told_by_its_nodes_or_links(void **state) {
    struct fixture *f = *state;
    static const struct {
        const char *text;
        bool seems;
    } cases[] = {
        {"nodes: 5\n", true},
        {"links: []\nnods: {}\n", true},
        {"streams: { nodes: x }\n", false},
        {"- nodes\n", false},
        {"nodes\n", false},
        {"nodes: [\n", false},
        {"", false},
    };
    const char *path = test_path(f->dir, "any.yaml");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(weir_file_write_all(path, cases[i].text, strlen(cases[i].text), NULL), 0);
        assert_int_equal(weir_site_seems(path), cases[i].seems);
    }
    assert_false(weir_site_seems(f->dir));
    assert_false(weir_site_seems("/nowhere.yaml"));
    int fd[2];
    char pipe_path[64];
    assert_int_equal(pipe(fd), 0);
    snprintf(pipe_path, sizeof pipe_path, "/dev/fd/%d", fd[0]);
    assert_int_equal(write(fd[1], "nodes:", 6), 6);
    assert_false(weir_site_seems(pipe_path)); /* and it does not wait for more */
    close(fd[0]);
    close(fd[1]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_nodes_are_read),
        T(test_a_node_serves_the_models_it_names),
        T(test_links_are_read_both_ways),
        T(test_events_are_read),
        T(test_names_are_found_and_others_are_not),
        T(test_what_is_not_said_has_its_default),
        T(test_bounds_are_where_they_are_said_to_be),
        T(test_two_links_may_lie_between_two_nodes),
        T(test_aliases_share_what_nodes_have_in_common),
        T(test_events_that_touch_do_not_overlap),
        T(test_a_printed_site_reads_back_the_same),
        T(test_traces_lie_beside_the_document_or_among_the_recorded),
        T(test_a_trace_may_be_given_from_the_root_or_home),
        T(test_a_missing_trace_says_where_it_was_looked_for),
        T(test_relative_paths_of_a_text_begin_at_its_folder),
        T(test_the_sites_that_ship_are_right),
        T(test_a_recorded_trace_is_found),
        T(test_a_site_is_told_by_its_nodes_or_links),
    };
    return cmocka_run_group_tests_name("spec/site", tests, NULL, NULL);
}
