/*
 * The planner's prices and the agent's choice, on a site of two nodes and one link, with
 * numbers put in by hand.
 */
#include <stdlib.h>
#include <string.h>

#include "sched/strategy_support.h"

enum { EDGE, CORE, NODES };
enum { HERE, THERE, SETTINGS };

static const struct weir_node_view nodes[] = {{"edge", "edge", 2, 4}, {"core", "core", 1, 2}};
static const struct weir_link_view links[] = {{"edge-core", {100, 100}}};
static const int link_of[] = {0}, way_of[] = {0};
static const struct weir_route_view routes[NODES * NODES] = {
    {link_of, way_of, 0}, {link_of, way_of, 1}, {.links = -1}, {.links = -1}};
static const char *const models[] = {"street_s"};
static const struct weir_setting settings[SETTINGS] = {{EDGE, 0, 416, 234, WEIR_TRAVEL_NONE, 0},
                                                       {CORE, 0, 416, 234, WEIR_TRAVEL_JPEG, 80}};
static const struct weir_stream_view streams[] = {{"a", EDGE, 25, 640, 360, 200 * MS, 0.85, 0},
                                                  {"b", EDGE, 25, 640, 360, 200 * MS, 0.85, 0}};
static const struct weir_site_view site = {SITE_OF(nodes, routes, models, settings, streams),
                                           .link = links, .links = COUNT(links)};

/*
 * The tolls of stream b, which is served at the edge, after some plans in which stream a
 * sends so many frames a second to the core, where they wait.
 */
static void tolls(double at_core, int64_t wait, int64_t bytes, int plans, int64_t *ret_toll) {
    struct weir_strategy_state *state = opened(&weir_strategy_weir, &site, -1, "");
    double flow[2 * SETTINGS] = {0, at_core, 25, 0};
    int64_t slot[SETTINGS] = {25 * MS, 12 * MS}, sizes[2 * SETTINGS] = {0, bytes, 0, bytes},
            waits[NODES] = {-1, wait}, all[2 * SETTINGS];
    const struct weir_rhythm rhythm[2] = {{-1, 40 * MS, 0}, {-1, 40 * MS, 0}};
    const struct weir_prospect prospect[2 * SETTINGS] = {{0}};
    int preferred[2];
    for (int i = 0; i < plans; i++)
        weir_strategy_weir.plan(state,
                                &(struct weir_plan_view){.site = &site,
                                                         .flow = flow,
                                                         .slot_ns = slot,
                                                         .bytes = sizes,
                                                         .wait_ns = waits,
                                                         .rhythm = rhythm,
                                                         .prospect = prospect},
                                all, preferred);
    weir_strategy_weir.close(state);
    if (plans > 1)
        assert_int_equal(all[THERE], 0); /* a is alone there: it disturbs nobody */
    memcpy(ret_toll, all + SETTINGS, SETTINGS * sizeof *all);
}

static void test_an_idle_site_takes_no_toll(void **state) {
    (void)state;
    int64_t toll[SETTINGS];
    tolls(0, -1, 20000, 20, toll);
    assert_int_equal(toll[HERE], 0);
    assert_int_equal(toll[THERE], 0);
}

static void test_the_toll_grows_with_the_load_of_the_node(void **state) {
    (void)state;
    int64_t toll[SETTINGS], last = 0;
    for (double rate = 5; rate <= 80; rate += 5) {
        tolls(rate, 2 * MS, 0, 50, toll);
        assert_true(toll[THERE] > last);
        assert_int_equal(toll[HERE], 0);
        last = toll[THERE];
    }
    assert_true(last > 120 * MS); /* there is no room for 25 more: never go there */
}

static void test_regular_arrivals_make_it_cheaper(void **state) {
    (void)state;
    int64_t regular[SETTINGS], chance[SETTINGS];
    tolls(50, 1 * MS, 0, 80, regular);
    tolls(50, 20 * MS, 0, 80, chance);
    assert_true(2 * regular[THERE] < chance[THERE]);
}

static void test_a_full_link_costs_by_the_byte(void **state) {
    (void)state;
    int64_t light[SETTINGS], heavy[SETTINGS];
    tolls(30, 1 * MS, 10000, 50, light);
    tolls(30, 1 * MS, 200000, 50, heavy); /* 48 of 100 Mbit/s, and a part of 40 more */
    assert_true(heavy[THERE] > light[THERE] + 4 * MS);
    assert_int_equal(heavy[HERE], 0);
}

static void test_load_beyond_capacity_has_a_price_still(void **state) {
    (void)state;
    int64_t toll[SETTINGS];
    tolls(5000, 900 * MS, 390000, 200, toll);
    assert_true(toll[THERE] > 1000 * MS);
}

static void test_streams_get_new_tolls_in_turn(void **state) {
    (void)state;
    int64_t toll[SETTINGS];
    tolls(70, 5 * MS, 0, 1, toll);
    assert_int_equal(toll[THERE], 0); /* the first plan was stream a's */
    tolls(70, 5 * MS, 0, 2, toll);
    assert_true(toll[THERE] > 0);
}

static struct weir_offer offer(int setting, int ms) {
    return (struct weir_offer){
        .setting = setting, .accuracy = 0.9, .mean_ns = ms * MS, .high_ns = ms * MS};
}

static int picks(struct weir_strategy_state *state, const struct weir_offer *offers, int len,
                 const int64_t *toll) {
    struct weir_frame_view frame = frame_of(&site, offers, len);
    frame.toll_ns = toll;
    return weir_strategy_weir.choose(state, &frame);
}

static void test_the_toll_decides_between_near_equals(void **state) {
    (void)state;
    struct weir_strategy_state *agent = opened(&weir_strategy_weir, &site, EDGE, "");
    const struct weir_offer two[] = {offer(HERE, 25), offer(THERE, 21)};
    const int64_t toll[SETTINGS] = {0, 10 * MS};
    assert_int_equal(picks(agent, two, 2, NULL), 1);
    assert_int_equal(picks(agent, two, 2, toll), 0);
    weir_strategy_weir.close(agent);
}

static void test_a_setting_is_left_only_for_a_gain_worth_having(void **state) {
    (void)state;
    struct weir_strategy_state *agent = opened(&weir_strategy_weir, &site, EDGE, "");
    struct weir_offer two[] = {offer(HERE, 30), offer(THERE, 31)};
    assert_int_equal(picks(agent, two, 2, NULL), 0);
    two[1] = offer(THERE, 29);
    assert_int_equal(picks(agent, two, 2, NULL), 0); /* 1 ms, and below a twentieth */
    two[1] = offer(THERE, 27);
    assert_int_equal(picks(agent, two, 2, NULL), 1);
    two[0] = offer(HERE, 26);
    assert_int_equal(picks(agent, two, 2, NULL), 1);
    weir_strategy_weir.close(agent);
}

static void test_what_misses_floor_or_deadline_is_taken_only_where_nothing_else_is(void **state) {
    (void)state;
    struct weir_strategy_state *agent = opened(&weir_strategy_weir, &site, EDGE, "");
    struct weir_offer two[] = {offer(HERE, 25), offer(THERE, 90)};
    two[0].accuracy = 0.8;
    assert_int_equal(picks(agent, two, 2, NULL), 1);
    two[0].accuracy = 0.9;
    two[0].high_ns = 201 * MS;
    assert_int_equal(picks(agent, two, 2, NULL), 1);
    assert_int_equal(picks(agent, two, 1, NULL), 0);
    assert_int_equal(picks(agent, two, 0, NULL), WEIR_DROP);
    two[0].mean_ns = 201 * MS;
    assert_int_equal(picks(agent, two, 1, NULL), WEIR_DROP); /* it would be late */
    two[0] = offer(HERE, 150);
    two[0].queue_ns = 100 * MS;
    two[0].service_ns = 50 * MS;
    assert_int_equal(picks(agent, two, 1, NULL), 0);
    two[0] = offer(HERE, 190); /* in time, but for those who come to the same line unseen */
    two[0].queue_ns = 140 * MS;
    two[0].service_ns = 50 * MS;
    assert_int_equal(picks(agent, two, 1, NULL), WEIR_DROP);
    weir_strategy_weir.close(agent);
}

static int follows(struct weir_strategy_state *state, const struct weir_offer *offers, int len,
                   const int64_t *toll, int preferred) {
    struct weir_frame_view frame = frame_of(&site, offers, len);
    frame.toll_ns = toll;
    frame.preferred = preferred;
    return weir_strategy_weir.choose(state, &frame);
}

static void test_the_plan_is_followed_but_not_into_a_backlog(void **state) {
    (void)state;
    struct weir_strategy_state *agent = opened(&weir_strategy_weir, &site, EDGE, "");
    struct weir_offer two[] = {offer(HERE, 60), offer(THERE, 50)};
    const int64_t toll[SETTINGS] = {0, 30 * MS};
    two[0].service_ns = 40 * MS;
    two[0].queue_ns = 20 * MS;
    assert_int_equal(follows(agent, two, 2, NULL, HERE), 0); /* what it waits is meant so */
    two[0].mean_ns = two[0].high_ns = 140 * MS;
    two[0].queue_ns = 100 * MS;
    assert_int_equal(follows(agent, two, 2, NULL, HERE), 1);
    assert_int_equal(follows(agent, two, 2, toll, HERE), 1);
    two[1] = offer(THERE, 115);
    assert_int_equal(follows(agent, two, 2, toll, HERE), 0); /* it costs others more than that */
    two[1] = offer(THERE, 50);
    two[1].switch_bytes = 40000;
    assert_int_equal(follows(agent, two, 2, toll, HERE), 0); /* a keyframe for one frame */
    two[1] = offer(THERE, 50);
    two[1].accuracy = 0.8;
    assert_int_equal(follows(agent, two, 2, toll, HERE), 0);
    weir_strategy_weir.close(agent);
}

/* Of half a deadline's bytes on its way there and more, no more go there. */
static void test_bytes_in_flight_are_bounded(void **state) {
    (void)state;
    struct weir_strategy_state *agent = opened(&weir_strategy_weir, &site, EDGE, "");
    struct weir_offer two[] = {offer(HERE, 90), offer(THERE, 50)};
    two[1].ahead_ns = 100 * MS;
    assert_int_equal(picks(agent, two, 2, NULL), 1);
    assert_int_equal(follows(agent, two, 2, NULL, THERE), 1);
    two[1].ahead_ns = 100 * MS + 1;
    assert_int_equal(picks(agent, two, 2, NULL), 0);
    assert_int_equal(follows(agent, two, 2, NULL, THERE), 0);
    weir_strategy_weir.close(agent);
}

/* So many of a second's frames go there at once, then as many as come back. */
static int elsewhere(struct weir_strategy_state *agent, int64_t from_ns, int frames,
                     int preferred) {
    struct weir_offer two[] = {offer(HERE, 140), offer(THERE, 50)};
    int there = 0;
    two[0].service_ns = 40 * MS;
    two[0].queue_ns = 100 * MS;
    two[1].service_ns = 20 * MS; /* one slot: 50 a second, half of them for what is not planned */
    for (int i = 0; i < frames; i++) {
        struct weir_frame_view frame = frame_of(&site, two, 2);
        const int64_t now = from_ns + i * (WEIR_NS_PER_S / frames);
        frame.preferred = preferred;
        frame.capture_ns += now - frame.now_ns;
        frame.deadline_ns += now - frame.now_ns;
        frame.now_ns = now;
        there += weir_strategy_weir.choose(agent, &frame) == 1;
    }
    return there;
}

static void test_what_is_not_planned_spends_tokens(void **state) {
    (void)state;
    struct weir_strategy_state *agent = opened(&weir_strategy_weir, &site, EDGE, "");
    const int first = elsewhere(agent, 0, 200, HERE),
              second = elsewhere(agent, WEIR_NS_PER_S, 200, HERE),
              rested = elsewhere(agent, 60 * WEIR_NS_PER_S, 200, HERE);
    assert_true(first >= 48 && first <= 50); /* those that were kept, and those of the second */
    assert_true(second >= 24 && second <= 26);
    assert_int_equal(rested, first);
    assert_int_equal(elsewhere(agent, 61 * WEIR_NS_PER_S, 200, THERE), 200); /* that is the plan */
    weir_strategy_weir.close(agent);
    agent = opened(&weir_strategy_weir, &site, EDGE, "");
    assert_int_equal(elsewhere(agent, 0, 200, -1), 200); /* without a plan it is on its own */
    weir_strategy_weir.close(agent);
}

/* What could be taken there besides, and in which order it is offered, makes no difference. */
static void test_tokens_do_not_hang_on_the_order_of_offers(void **state) {
    (void)state;
    int there[2] = {0, 0};
    for (int k = 0; k < 2; k++) {
        struct weir_strategy_state *agent = opened(&weir_strategy_weir, &site, EDGE, "");
        struct weir_offer three[] = {offer(HERE, 140), offer(THERE, 50), offer(THERE, 70)};
        three[0].service_ns = 40 * MS;
        three[0].queue_ns = 100 * MS;
        three[1].service_ns = 20 * MS;
        three[2].service_ns = 80 * MS;
        if (k) {
            const struct weir_offer slow = three[2];
            three[2] = three[1];
            three[1] = slow;
        }
        for (int i = 0; i < 100; i++) /* all at once */
            there[k] += follows(agent, three, 3, NULL, HERE) == 1 + k;
        weir_strategy_weir.close(agent);
    }
    assert_int_equal(there[0], there[1]);
    assert_int_equal(there[0], 25); /* half a second of one slot */
}

/* Two cameras of one agent find a backlog that leaves room for one: both get their share. */
static void test_who_had_more_stands_back(void **state) {
    (void)state;
    struct weir_strategy_state *agent = opened(&weir_strategy_weir, &site, EDGE, "");
    int sent[2] = {0, 0};
    for (int k = 0; k < 400; k++)
        for (int i = 0; i < 2; i++) {
            /* The second is a little slower, and late wherever the first goes ahead. */
            struct weir_offer one = offer(HERE, 150);
            one.queue_ns = 100 * MS;
            one.service_ns = 50 * MS;
            if (i && sent[0] > sent[1] + 2)
                one.mean_ns = one.high_ns = 150 * MS;
            else if (i)
                one.mean_ns = one.high_ns = 210 * MS;
            struct weir_frame_view frame = frame_of(&site, &one, 1);
            frame.stream = i;
            sent[i] += weir_strategy_weir.choose(agent, &frame) != WEIR_DROP;
        }
    assert_true(sent[1] > 50);
    assert_true(sent[0] < 1.3 * sent[1] + 40);
    weir_strategy_weir.close(agent);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_idle_site_takes_no_toll),
        cmocka_unit_test(test_the_toll_grows_with_the_load_of_the_node),
        cmocka_unit_test(test_regular_arrivals_make_it_cheaper),
        cmocka_unit_test(test_a_full_link_costs_by_the_byte),
        cmocka_unit_test(test_load_beyond_capacity_has_a_price_still),
        cmocka_unit_test(test_streams_get_new_tolls_in_turn),
        cmocka_unit_test(test_the_toll_decides_between_near_equals),
        cmocka_unit_test(test_a_setting_is_left_only_for_a_gain_worth_having),
        cmocka_unit_test(test_who_had_more_stands_back),
        cmocka_unit_test(test_bytes_in_flight_are_bounded),
        cmocka_unit_test(test_what_is_not_planned_spends_tokens),
        cmocka_unit_test(test_tokens_do_not_hang_on_the_order_of_offers),
        cmocka_unit_test(test_the_plan_is_followed_but_not_into_a_backlog),
        cmocka_unit_test(test_what_misses_floor_or_deadline_is_taken_only_where_nothing_else_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
