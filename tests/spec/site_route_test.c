/* The way from one node to another. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "spec/spec.h"

enum { MOST = WEIR_SITE_MAX_NODES };

static struct weir_site parse(const struct weir_buf *text) {
    struct weir_site site;
    struct weir_error err = {0};
    if (weir_site_parse("site.yaml", weir_buf_str(text), text->len, &site, &err))
        fail_msg("%s", err.text);
    return site;
}

/* nodes n0, n1, …; a link is "FROM TO RTT" with an optional ">" at the end: one way. */
static struct weir_site build(int nodes, const char *const *links, size_t len) {
    struct weir_buf text = {0};
    weir_buf_puts(&text, "nodes:\n");
    for (int i = 0; i < nodes; i++)
        weir_buf_printf(&text, "  n%d: { tier: t }\n", i);
    weir_buf_puts(&text, "links:\n");
    for (size_t i = 0; i < len; i++) {
        int from, to, rtt;
        assert_int_equal(sscanf(links[i], "%d %d %d", &from, &to, &rtt), 3);
        weir_buf_printf(&text,
                        "  - { from: n%d, to: n%d, rtt_ms: %d, name: l%zu, mbit_per_s: 1, one_way: "
                        "%s }\n",
                        from, to, rtt, i, strchr(links[i], '>') ? "true" : "false");
    }
    struct weir_site site = parse(&text);
    weir_buf_done(&text);
    return site;
}

#define BUILD(nodes, ...)                                                                          \
    build(nodes, (const char *const[]){__VA_ARGS__},                                               \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* want: the links' indices in digits, "" for none. */
static void leads(const struct weir_site *site, int from, int to, const char *want) {
    int links[16];
    size_t len = 99;
    char got[17] = "";
    assert_int_equal(weir_site_route(site, from, to, links, 16, &len), 0);
    assert_true(len <= 16);
    for (size_t i = 0; i < len; i++)
        got[i] = (char)('0' + links[i]);
    assert_string_equal(got, want);
}

static void leads_nowhere(const struct weir_site *site, int from, int to, int code) {
    int links[16] = {-7};
    size_t len = 99;
    assert_int_equal(weir_site_route(site, from, to, links, 16, &len), code);
    assert_int_equal(links[0], -7);
    assert_int_equal(len, 99);
}

static void test_a_line_is_followed_both_ways(void **state) {
    struct weir_site site = BUILD(4, "0 1 4", "2 1 40", "2 3 1");
    leads(&site, 0, 3, "012");
    leads(&site, 3, 0, "210");
    leads(&site, 1, 2, "1");
    leads(&site, 2, 2, "");
    weir_site_done(&site);
}

static void test_a_ring_is_taken_the_short_way_round(void **state) {
    struct weir_site site = BUILD(5, "0 1 1", "1 2 1", "2 3 1", "3 4 1", "4 0 1");
    leads(&site, 0, 2, "01");
    leads(&site, 0, 3, "43");
    leads(&site, 2, 0, "10");
    weir_site_done(&site);
}

static void test_a_star_is_crossed_in_its_middle(void **state) {
    struct weir_site site = BUILD(5, "0 2 1", "1 2 1", "3 2 1", "2 4 1");
    leads(&site, 0, 4, "03");
    leads(&site, 4, 3, "32");
    weir_site_done(&site);
}

static void test_fewer_links_win_over_a_shorter_round_trip(void **state) {
    struct weir_site site = BUILD(3, "0 1 1", "1 2 1", "0 2 500");
    leads(&site, 0, 2, "2");
    weir_site_done(&site);
}

static void test_among_equally_many_links_the_least_round_trip_wins(void **state) {
    /* two diamonds in a row; the better half of each comes last, and first */
    struct weir_site site =
        BUILD(7, "0 1 5", "1 3 5", "0 2 9", "2 3 0", "3 4 1", "4 6 1", "3 5 1", "5 6 2");
    leads(&site, 0, 6, "2345");
    leads(&site, 6, 0, "5432");
    weir_site_done(&site);
}

static void test_of_parallel_links_the_faster_is_taken(void **state) {
    struct weir_site site = BUILD(2, "0 1 9", "1 0 3", "0 1 5");
    leads(&site, 0, 1, "1");
    leads(&site, 1, 0, "1");
    weir_site_done(&site);
}

static void test_equal_ways_are_told_apart_by_the_order_of_the_document(void **state) {
    struct weir_site site = BUILD(4, "0 2 1", "0 1 1", "1 3 1", "2 3 1");
    leads(&site, 0, 3, "03");
    weir_site_done(&site);
}

static void test_no_link_is_passed_against_its_one_way(void **state) {
    struct weir_site site = BUILD(4, "0 1 1 >", "1 2 1 >", "2 0 1 >", "2 3 1 >");
    leads(&site, 0, 1, "0");
    leads(&site, 1, 0, "12");
    leads(&site, 0, 3, "013");
    leads_nowhere(&site, 3, 0, WEIR_ENOENT);
    weir_site_done(&site);
}

static void test_there_is_no_way_between_islands(void **state) {
    struct weir_site site = BUILD(5, "0 1 1", "2 3 1", "3 4 1");
    leads(&site, 2, 4, "12");
    leads_nowhere(&site, 0, 2, WEIR_ENOENT);
    leads_nowhere(&site, 4, 1, WEIR_ENOENT);
    weir_site_done(&site);
}

static void test_a_lone_node_reaches_itself_only(void **state) {
    struct weir_site site = build(1, NULL, 0);
    leads(&site, 0, 0, "");
    leads_nowhere(&site, 0, 1, WEIR_EINVAL);
    weir_site_done(&site);
}

static void test_wrong_indices_are_refused(void **state) {
    struct weir_site site = BUILD(2, "0 1 1");
    leads_nowhere(&site, -1, 1, WEIR_EINVAL);
    leads_nowhere(&site, 0, 2, WEIR_EINVAL);
    leads_nowhere(&site, 0, -1, WEIR_EINVAL);
    leads_nowhere(&site, 2147483647, 0, WEIR_EINVAL);
    struct weir_site none = {0};
    leads_nowhere(&none, 0, 0, WEIR_EINVAL);
    weir_site_done(&site);
}

static void test_too_little_room_is_said_and_not_overrun(void **state) {
    struct weir_site site = BUILD(4, "0 1 1", "1 2 1", "2 3 1");
    int links[3] = {-7, -7, -7};
    size_t len = 99;
    assert_int_equal(weir_site_route(&site, 0, 3, links, 2, &len), WEIR_ERANGE);
    assert_true(links[0] == -7 && links[1] == -7 && len == 99);
    assert_int_equal(weir_site_route(&site, 0, 0, NULL, 0, &len), 0);
    assert_int_equal(len, 0);
    assert_int_equal(weir_site_route(&site, 0, 3, links, 3, &len), 0);
    assert_int_equal(len, 3);
    weir_site_done(&site);
}

/* Walks as the header shows, and ends where it should. */
static void walk(const struct weir_site *site, int from, int to, const int *links, size_t len) {
    int at = from;
    for (size_t i = 0; i < len; i++) {
        const struct weir_site_link *link = &site->link[links[i]];
        assert_true(at == link->from || at == link->to);
        at = at == link->from ? link->to : link->from;
    }
    assert_int_equal(at, to);
}

static void test_a_thousand_nodes_in_a_line_are_crossed(void **state) {
    struct weir_buf text = {0};
    int links[MOST];
    size_t len = 0;
    weir_buf_puts(&text, "nodes:\n");
    for (int i = 0; i < MOST; i++)
        weir_buf_printf(&text, "  n%d: { tier: edge, slots: 2, slowdown: 4, batch: 8 }\n", i);
    weir_buf_puts(&text, "links:\n");
    for (int i = 1; i < MOST; i++)
        weir_buf_printf(
            &text,
            "  - { from: n%d, to: n%d, mbit_per_s: 100, mbit_per_s_back: 20, rtt_ms: 4, "
            "queue_kb: 4000, loss: 0.01 }\n",
            i - 1, i);
    struct weir_site site = parse(&text);
    assert_int_equal(weir_site_route(&site, MOST - 1, 0, links, MOST - 1, &len), 0);
    assert_int_equal(len, MOST - 1);
    walk(&site, MOST - 1, 0, links, len);
    weir_site_done(&site);
    weir_buf_done(&text);
}

/* hops[] from every node by relaxing until nothing changes: slow, and plainly right. */
static void plain(const struct weir_site *site, int from, int *hops, double *rtt_ms) {
    for (size_t i = 0; i < site->node_len; i++)
        hops[i] = 1 << 20;
    hops[from] = 0;
    rtt_ms[from] = 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < 2 * site->link_len; i++) {
            const struct weir_site_link *link = &site->link[i / 2];
            if (i % 2 && link->one_way)
                continue;
            int a = i % 2 ? link->to : link->from, b = i % 2 ? link->from : link->to;
            double sum = rtt_ms[a] + link->rtt_ms;
            if (hops[a] == 1 << 20 || hops[a] + 1 > hops[b] ||
                (hops[a] + 1 == hops[b] && sum >= rtt_ms[b]))
                continue;
            hops[b] = hops[a] + 1;
            rtt_ms[b] = sum;
            changed = true;
        }
    }
}

static void test_random_sites_agree_with_plain_relaxation(void **state) {
    enum { NODES = 40 };
    unsigned dice = 12345;
    for (int round = 0; round < 20; round++) {
        struct weir_buf text = {0};
        weir_buf_puts(&text, "nodes:\n");
        for (int i = 0; i < NODES; i++)
            weir_buf_printf(&text, "  n%d: { tier: t }\n", i);
        weir_buf_puts(&text, "links:\n");
        /* each node at one link at least, and islands in the sparse rounds */
        for (int i = 0; i < NODES + 4 * round; i++) {
            dice = dice * 1103515245u + 12345u;
            int from = i < NODES ? i : (int)(dice >> 8) % NODES;
            int to = (from + 1 + (int)(dice >> 16) % (NODES - 1)) % NODES;
            weir_buf_printf(&text,
                            "  - { name: l%d, from: n%d, to: n%d, mbit_per_s: 1, rtt_ms: %u, "
                            "one_way: %s }\n",
                            i, from, to, (dice >> 12) % 8, (dice >> 20) % 4 ? "false" : "true");
        }
        struct weir_site site = parse(&text);
        for (int from = 0; from < NODES; from++) {
            int hops[NODES], links[NODES];
            double rtt_ms[NODES];
            plain(&site, from, hops, rtt_ms);
            for (int to = 0; to < NODES; to++) {
                size_t len = 0;
                int rc = weir_site_route(&site, from, to, links, NODES, &len);
                assert_int_equal(rc, hops[to] == 1 << 20 ? WEIR_ENOENT : 0);
                if (rc)
                    continue;
                double sum = 0;
                for (size_t i = 0; i < len; i++)
                    sum += site.link[links[i]].rtt_ms;
                assert_int_equal(len, hops[to]);
                assert_true(sum == rtt_ms[to]); /* whole numbers: exact */
                walk(&site, from, to, links, len);
            }
        }
        weir_site_done(&site);
        weir_buf_done(&text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_is_followed_both_ways),
        cmocka_unit_test(test_a_ring_is_taken_the_short_way_round),
        cmocka_unit_test(test_a_star_is_crossed_in_its_middle),
        cmocka_unit_test(test_fewer_links_win_over_a_shorter_round_trip),
        cmocka_unit_test(test_among_equally_many_links_the_least_round_trip_wins),
        cmocka_unit_test(test_of_parallel_links_the_faster_is_taken),
        cmocka_unit_test(test_equal_ways_are_told_apart_by_the_order_of_the_document),
        cmocka_unit_test(test_no_link_is_passed_against_its_one_way),
        cmocka_unit_test(test_there_is_no_way_between_islands),
        cmocka_unit_test(test_a_lone_node_reaches_itself_only),
        cmocka_unit_test(test_wrong_indices_are_refused),
        cmocka_unit_test(test_too_little_room_is_said_and_not_overrun),
        cmocka_unit_test(test_a_thousand_nodes_in_a_line_are_crossed),
        cmocka_unit_test(test_random_sites_agree_with_plain_relaxation),
    };
    return cmocka_run_group_tests_name("spec/site_route", tests, NULL, NULL);
}
