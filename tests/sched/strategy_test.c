/*
 * What each strategy picks from the same offers. One camera at the edge, a weak node there, a
 * cloud behind 40 ms; two models, the larger one the reference.
 */
#include <stdio.h>
#include <string.h>

#include "sched/strategy_support.h"

enum { EDGE, CLOUD };
enum { LARGE, SMALL };

static const struct weir_node_view nodes[] = {{"edge-1", "edge", 1, 4}, {"sky", "cloud", 4, 0.5}};
static const char *const models[] = {"street_m", "street_n"};
static const struct weir_setting settings[] = {
    {CLOUD, LARGE, 640, 360, WEIR_TRAVEL_JPEG, 80}, {CLOUD, LARGE, 640, 360, WEIR_TRAVEL_JPEG, 50},
    {CLOUD, LARGE, 320, 180, WEIR_TRAVEL_JPEG, 80}, {CLOUD, SMALL, 640, 360, WEIR_TRAVEL_JPEG, 80},
    {EDGE, LARGE, 640, 360, WEIR_TRAVEL_NONE, 80},  {EDGE, SMALL, 320, 180, WEIR_TRAVEL_NONE, 80},
    {CLOUD, LARGE, 640, 360, WEIR_TRAVEL_H264, 23},
};
static const struct weir_stream_view streams[] = {{"gate", EDGE, 25, 640, 360, 200 * MS, 0.85, 0}};
static const struct weir_site_view site = {SITE_OF(nodes, NULL, models, settings, streams)};

/* setting, accuracy, milliseconds, bytes, milliseconds of a slot */
static struct weir_offer offer(int setting, double accuracy, int ms, int bytes, int slot_ms) {
    return (struct weir_offer){.setting = setting,
                               .accuracy = accuracy,
                               .mean_ns = ms * WEIR_NS_PER_MS,
                               .high_ns = ms * WEIR_NS_PER_MS,
                               .bytes = bytes,
                               .service_ns = slot_ms * WEIR_NS_PER_MS};
}

/* Which setting a strategy picks; -1: it drops the frame. */
static int picks(const char *name, const char *options, const struct weir_offer *offers, int len) {
    const struct weir_strategy *strategy = weir_strategy_find(name);
    struct weir_frame_view view = frame_of(&site, offers, len);
    assert_non_null(strategy);
    struct weir_strategy_state *state = opened(strategy, &site, EDGE, options);
    int choice = strategy->choose(state, &view);
    closed(strategy, state);
    return choice == WEIR_DROP ? -1 : offers[choice].setting;
}

static void test_each_picks_what_it_is_named_for(void **state) {
    (void)state;
    const struct weir_offer all[] = {
        offer(0, 1.00, 62, 46000, 8), offer(1, 0.97, 60, 20000, 8), offer(2, 0.86, 52, 12000, 3),
        offer(3, 0.90, 58, 46000, 2), offer(4, 1.00, 90, 0, 88),    offer(5, 0.87, 20, 0, 18),
        offer(6, 0.99, 49, 4000, 8),
    };
    assert_int_equal(picks("cloud-only", "", all, 7), 0);
    assert_int_equal(picks("cloud-floor", "", all, 7), 6); /* the fewest bytes */
    assert_int_equal(picks("cloud-floor", "", all, 6), 2);
    assert_int_equal(picks("edge-only", "", all, 7), 5);
    assert_int_equal(picks("greedy", "", all, 7), 5);
    assert_int_equal(picks("static", "node=sky,model=street_n", all, 7), 3);
    assert_int_equal(picks("static", "travel=h264", all, 7), 6);
    assert_int_equal(picks("static", "width=640,quality=50", all, 7), 1);
    assert_int_equal(picks("static", "", all, 7), 5);
}

static void test_below_the_floor_the_most_accurate_is_left(void **state) {
    (void)state;
    const struct weir_offer poor[] = {
        offer(2, 0.70, 52, 12000, 3),
        offer(3, 0.80, 58, 46000, 2),
        offer(5, 0.60, 20, 0, 18),
        offer(4, 0.75, 90, 0, 88),
    };
    assert_int_equal(picks("greedy", "", poor, 4), 3);
    assert_int_equal(picks("edge-only", "", poor, 4), 4);
    assert_int_equal(picks("cloud-floor", "", poor, 4), 3);
}

static void test_the_margin_counts_against_an_offer(void **state) {
    (void)state;
    struct weir_offer two[] = {offer(5, 0.87, 20, 0, 18), offer(1, 0.97, 60, 20000, 8)};
    two[0].margin = 0.05;
    two[1].margin = 0.05;
    assert_int_equal(picks("greedy", "", two, 2), 1);
}

static void test_an_offer_meets_floor_and_deadline_or_not(void **state) {
    (void)state;
    struct weir_offer one = offer(0, 0.9, 100, 0, 8);
    struct weir_frame_view view = frame_of(&site, &one, 1);
    assert_true(weir_offer_meets(&one, &view));
    one.high_ns = 201 * WEIR_NS_PER_MS;
    assert_false(weir_offer_meets(&one, &view));
    one.high_ns = 150 * WEIR_NS_PER_MS;
    view.now_ns = 51 * WEIR_NS_PER_MS; /* it waited before anybody chose */
    assert_false(weir_offer_meets(&one, &view));
    view.now_ns = 0;
    one.margin = 0.06;
    assert_false(weir_offer_meets(&one, &view));
}

static void test_what_cannot_be_reached_is_not_chosen(void **state) {
    (void)state;
    const struct weir_offer edge[] = {offer(4, 1.00, 90, 0, 88), offer(5, 0.87, 20, 0, 18)},
                            cloud[] = {offer(0, 1.00, 62, 46000, 8)};
    assert_int_equal(picks("cloud-only", "", edge, 2), -1);
    assert_int_equal(picks("cloud-floor", "", edge, 2), -1);
    assert_int_equal(picks("edge-only", "", cloud, 1), -1);
    assert_int_equal(picks("static", "node=sky", edge, 2), -1);
    assert_int_equal(picks("greedy", "", edge, 0), -1);
}

static void test_the_order_of_offers_does_not_matter(void **state) {
    (void)state;
    struct weir_offer all[] = {
        offer(0, 1.00, 62, 46000, 8), offer(1, 0.97, 60, 20000, 8), offer(2, 0.86, 52, 12000, 3),
        offer(3, 0.90, 58, 46000, 2), offer(4, 1.00, 90, 0, 88),    offer(5, 0.87, 20, 0, 18),
        offer(6, 0.99, 49, 4000, 8),
    };
    static const int expected[] = {0, 6, 5, 5};
    static const char *const names[] = {"cloud-only", "cloud-floor", "edge-only", "greedy"};
    struct weir_random r = weir_random_of(3, 1, 0);
    for (int round = 0; round < 50; round++) {
        for (int i = 6; i > 0; i--) {
            int k = weir_random_below(&r, i + 1);
            struct weir_offer o = all[i];
            all[i] = all[k];
            all[k] = o;
        }
        for (int i = 0; i < 4; i++)
            assert_int_equal(picks(names[i], "", all, 7), expected[i]);
    }
}

static void test_options_that_make_no_sense_are_refused_with_what_is_allowed(void **state) {
    (void)state;
    char longest[600];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    const struct {
        const char *name, *options, *words;
    } rows[] = {
        {"static", "speed=3", "unknown option \"speed\"; allowed: node, model"},
        {"static", "node=moon", "node is \"moon\"; allowed: edge-1, sky"},
        {"static", "model=", "model is \"\"; allowed: street_m, street_n"},
        {"static", "width=-1", "width is \"-1\"; allowed: 320, 640"},
        {"static", "width=640x", "width is \"640x\"; allowed: 320, 640"},
        {"static", "travel=pigeon", "travel is \"pigeon\"; allowed: none, jpeg, h264"},
        {"static", "quality=0", "quality is \"0\"; allowed: 23, 50, 80"},
        {"static", "width=640,,", "unknown option \"\""},
        {"static", "width=1000", "width is \"1000\"; allowed: 320, 640"},
        {"static", longest, "longer than 511"},
        {"greedy", "x", "takes no options, found \"x\""},
        {"cloud-only", "x", "takes no options"},
        {"cloud-floor", "x", "takes no options"},
        {"edge-only", "x", "takes no options"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        refused(weir_strategy_find(rows[i].name), &site, EDGE, rows[i].options, rows[i].words);
}

static void test_the_table_is_complete_and_its_names_are_unique(void **state) {
    (void)state;
    for (size_t i = 0; i < weir_strategies_len; i++) {
        const struct weir_strategy *s = weir_strategies[i];
        assert_int_equal(s->version, WEIR_STRATEGY_VERSION);
        assert_non_null(s->choose);
        assert_true(s->about && *s->about);
        assert_ptr_equal(weir_strategy_find(s->name), s);
    }
    assert_null(weir_strategy_find(""));
    assert_null(weir_strategy_find("Greedy"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_picks_what_it_is_named_for),
        cmocka_unit_test(test_below_the_floor_the_most_accurate_is_left),
        cmocka_unit_test(test_the_margin_counts_against_an_offer),
        cmocka_unit_test(test_an_offer_meets_floor_and_deadline_or_not),
        cmocka_unit_test(test_what_cannot_be_reached_is_not_chosen),
        cmocka_unit_test(test_the_order_of_offers_does_not_matter),
        cmocka_unit_test(test_options_that_make_no_sense_are_refused_with_what_is_allowed),
        cmocka_unit_test(test_the_table_is_complete_and_its_names_are_unique),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
