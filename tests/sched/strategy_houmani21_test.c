/*
 * Our reading of the published approach: the nearest tier at full resolution, then smaller
 * pictures, without flapping. A camera at an edge; another edge and a core beyond it, a cloud of
 * two machines beyond that.
 */
#include "sched/strategy_support.h"

enum { HERE, THERE, CORE, SKY_1, SKY_2, NODES };
enum { FULL, SMALLER, SMALLEST, SIZES };
enum { SETTINGS = NODES * SIZES };

static const struct weir_node_view nodes[NODES] = {{"edge-1", "edge", 1, 4},
                                                   {"edge-2", "edge", 1, 4},
                                                   {"core", "core", 1, 2},
                                                   {"sky-1", "cloud", 4, 0.5},
                                                   {"sky-2", "cloud", 4, 0.5}};
static const int links[2] = {0, 1}, ways[2] = {0, 0};
static const struct weir_route_view routes[NODES * NODES] = {
    {links, ways, 0}, {links, ways, 2}, {links, ways, 1}, {links, ways, 2}, {links, ways, 2}};
static const char *const models[] = {"street_m"};
static const struct weir_stream_view streams[] = {{"a", HERE, 25, 640, 360, 200 * MS, 0.85, 0},
                                                  {"b", HERE, 25, 640, 360, 200 * MS, 0.85, 0}};

/* [node][size] */
static struct weir_setting settings[SETTINGS];
static struct weir_site_view site;
static struct weir_strategy_state *agent;

static void setup_with(const char *options) {
    static const int width[SIZES] = {640, 416, 320}, height[SIZES] = {360, 234, 180};
    for (int i = 0; i < SETTINGS; i++)
        settings[i] = (struct weir_setting){
            i / SIZES, 0, width[i % SIZES], height[i % SIZES], WEIR_TRAVEL_JPEG, 80};
    site = (struct weir_site_view){SITE_OF(nodes, routes, models, settings, streams)};
    agent = opened(&weir_strategy_houmani21, &site, HERE, options);
}

static int setup(void **state) {
    (void)state;
    setup_with("share=1");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    weir_strategy_houmani21.close(agent);
    agent = NULL;
    return 0;
}

/* Milliseconds on the network by node; accuracy by size. */
static const int network_ms[NODES] = {0, 8, 4, 44, 44};
static const double accuracy[SIZES] = {1, 0.92, 0.86};

static struct weir_offer offer(int node, int size, int ms) {
    return (struct weir_offer){.setting = node * SIZES + size,
                               .accuracy = accuracy[size],
                               .mean_ns = ms * MS,
                               .high_ns = ms * MS,
                               .network_ns = network_ms[node] * MS};
}

/* The setting it takes for a stream; -1: drop. */
static int takes(int stream, const struct weir_offer *offers, int len) {
    struct weir_frame_view view = frame_of(&site, offers, len);
    view.stream = stream;
    int i = weir_strategy_houmani21.choose(agent, &view);
    return i == WEIR_DROP ? -1 : offers[i].setting;
}

static int at(int node, int size) {
    return node * SIZES + size;
}

/* Fresh each: one row, one decision. -1 ms: cannot be had. */
static void test_the_nearest_that_meets_the_deadline_at_the_largest_size_is_taken(void **state) {
    static const struct {
        const char *what;
        int ms[NODES][SIZES];
        int node, size; /* expected; node -1: drop */
    } rows[] = {
        {"near, though far is faster",
         {{90, 40, 20}, {-1, -1, -1}, {70, 30, 20}, {60, 55, 50}, {60, 55, 50}},
         HERE,
         FULL},
        {"here is too slow in full, the core is next",
         {{230, 90, 20}, {-1, -1, -1}, {120, 60, 40}, {60, 55, 50}, {60, 55, 50}},
         CORE,
         FULL},
        {"another edge lies behind the core",
         {{230, 90, 20}, {100, 60, 40}, {120, 60, 40}, {60, 55, 50}, {60, 55, 50}},
         CORE,
         FULL},
        {"and before the cloud",
         {{230, 90, 20}, {100, 60, 40}, {240, 60, 40}, {60, 55, 50}, {60, 55, 50}},
         THERE,
         FULL},
        {"of the cloud's machines the faster",
         {{230, 90, 20}, {-1, -1, -1}, {240, 60, 40}, {70, 55, 50}, {60, 55, 50}},
         SKY_2,
         FULL},
        {"full resolution far away before less resolution here",
         {{230, 30, 20}, {-1, -1, -1}, {-1, -1, -1}, {199, 55, 50}, {-1, -1, -1}},
         SKY_1,
         FULL},
        {"a step down, the nearest again",
         {{230, 190, 20}, {-1, -1, -1}, {240, 60, 40}, {250, 55, 50}, {250, 55, 50}},
         HERE,
         SMALLER},
        {"only what can be had",
         {{-1, -1, -1}, {-1, -1, -1}, {-1, -1, 40}, {-1, -1, -1}, {-1, -1, -1}},
         CORE,
         SMALLEST},
        {"all late: the fastest",
         {{500, 400, 300}, {-1, -1, -1}, {-1, -1, -1}, {250, 240, 235}, {-1, -1, -1}},
         SKY_1,
         SMALLEST},
        {"nothing at all",
         {{-1, -1, -1}, {-1, -1, -1}, {-1, -1, -1}, {-1, -1, -1}, {-1, -1, -1}},
         -1,
         0},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct weir_offer offers[SETTINGS];
        int len = 0;
        for (int i = SETTINGS - 1; i >= 0; i--)
            if (rows[r].ms[i / SIZES][i % SIZES] >= 0)
                offers[len++] = offer(i / SIZES, i % SIZES, rows[r].ms[i / SIZES][i % SIZES]);
        int got = takes(0, offers, len),
            expected = rows[r].node < 0 ? -1 : at(rows[r].node, rows[r].size);
        if (got != expected)
            fail_msg("%s: took %d, expected %d", rows[r].what, got, expected);
        teardown(state);
        setup(state);
    }
}

static void test_resolution_goes_no_lower_than_the_threshold_allows(void **state) {
    (void)state;
    struct weir_offer three[] = {offer(HERE, FULL, 230), offer(HERE, SMALLER, 190),
                                 offer(HERE, SMALLEST, 100)};
    three[1].margin = 0.08; /* 0.92 may be 0.84 */
    assert_int_equal(takes(0, three, 3), at(HERE, SMALLEST));
    three[2].accuracy = 0.84;
    assert_int_equal(takes(0, three, 3), at(HERE, FULL)); /* late, but right */
    three[0].accuracy = 0.7; /* as after a change of scene */
    assert_int_equal(takes(0, three, 3), at(HERE, SMALLER)); /* the most accurate */
}

static void test_the_high_prediction_counts_and_so_does_time_that_has_gone_by(void **state) {
    (void)state;
    struct weir_offer two[] = {offer(HERE, FULL, 100), offer(CORE, FULL, 60)};
    two[0].high_ns = 201 * MS;
    assert_int_equal(takes(0, two, 2), at(CORE, FULL));
    two[0].high_ns = 150 * MS;
    struct weir_frame_view view = frame_of(&site, two, 2);
    view.stream = 1;
    view.now_ns = 60 * MS; /* it waited before anybody chose */
    assert_int_equal(weir_strategy_houmani21.choose(agent, &view), 1);
}

static void test_a_place_is_left_at_once_and_returned_to_only_with_room(void **state) {
    (void)state;
    struct weir_offer two[] = {offer(HERE, FULL, 150), offer(CORE, FULL, 60)};
    assert_int_equal(takes(0, two, 2), at(HERE, FULL));
    two[0] = offer(HERE, FULL, 201);
    assert_int_equal(takes(0, two, 2), at(CORE, FULL));
    two[0] = offer(HERE, FULL, 161);
    assert_int_equal(takes(0, two, 2), at(CORE, FULL)); /* over four fifths of the deadline */
    assert_int_equal(takes(1, two, 2), at(HERE, FULL)); /* another stream has left nothing */
    two[0] = offer(HERE, FULL, 159);
    assert_int_equal(takes(0, two, 2), at(HERE, FULL));
    two[0] = offer(HERE, FULL, 199);
    assert_int_equal(takes(0, two, 2), at(HERE, FULL)); /* it still meets */
}

static void test_resolution_comes_back_only_with_room(void **state) {
    (void)state;
    struct weir_offer two[] = {offer(HERE, FULL, 210), offer(HERE, SMALLER, 100)};
    assert_int_equal(takes(0, two, 2), at(HERE, SMALLER));
    two[0] = offer(HERE, FULL, 190);
    assert_int_equal(takes(0, two, 2), at(HERE, SMALLER));
    two[0] = offer(HERE, FULL, 150);
    assert_int_equal(takes(0, two, 2), at(HERE, FULL));
}

static void test_once_nothing_holds_it_any_place_that_meets_will_do(void **state) {
    (void)state;
    struct weir_offer three[] = {offer(HERE, FULL, 150), offer(CORE, FULL, 190),
                                 offer(HERE, SMALLER, 50)};
    assert_int_equal(takes(0, three, 3), at(HERE, FULL));
    three[0] = offer(HERE, FULL, 201);
    assert_int_equal(takes(0, three, 3), at(CORE, FULL));
    assert_int_equal(takes(0, three + 2, 1), at(HERE, SMALLER)); /* the core is gone */
    assert_int_equal(takes(0, three, 3), at(HERE, SMALLER));
}

static void test_among_equals_it_moves_for_a_gain_worth_having(void **state) {
    (void)state;
    struct weir_offer two[] = {offer(SKY_1, FULL, 100), offer(SKY_2, FULL, 101)};
    assert_int_equal(takes(0, two, 2), at(SKY_1, FULL));
    two[1] = offer(SKY_2, FULL, 96);
    assert_int_equal(takes(0, two, 2), at(SKY_1, FULL)); /* below a twentieth */
    two[1] = offer(SKY_2, FULL, 94);
    assert_int_equal(takes(0, two, 2), at(SKY_2, FULL));
}

static void test_any_model_and_codec_will_do_that_meets_the_threshold(void **state) {
    (void)state;
    struct weir_offer two[] = {offer(HERE, FULL, 150), offer(HERE, FULL, 150)};
    settings[at(CORE, FULL)] = settings[at(HERE, FULL)]; /* here, too, another model say */
    two[1].setting = at(CORE, FULL);
    two[1].mean_ns = 30 * MS;
    two[1].accuracy = 0.86;
    assert_int_equal(takes(0, two, 2), at(CORE, FULL));
    two[1].accuracy = 0.84;
    assert_int_equal(takes(1, two, 2), at(HERE, FULL));
}

static void test_a_share_of_the_deadline_may_be_all_that_it_takes(void **state) {
    teardown(state);
    setup_with("share=0.5");
    const struct weir_offer two[] = {offer(HERE, FULL, 101), offer(CORE, FULL, 100)};
    assert_int_equal(takes(0, two, 2), at(CORE, FULL));
}

static void test_three_tenths_are_what_it_takes_unless_told(void **state) {
    teardown(state);
    setup_with("");
    const struct weir_offer two[] = {offer(HERE, FULL, 61), offer(CORE, FULL, 60)};
    assert_int_equal(takes(0, two, 2), at(CORE, FULL));
}

static void test_a_share_that_makes_no_sense_is_refused(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"share=0", "share is \"0\"; allowed: 0.05 to 1, of the deadline"},
        {"share=1.01", "share is \"1.01\""},
        {"share=nan", "share is \"nan\""},
        {"share=0,5", "share is \"0\""},
        {"share=.", "share is \".\""},
        {"share=-1", "share is \"-1\""},
        {"share=1e-1", "share is \"1e-1\""},
        {"share", "share is \"\""},
        {"near=1", "unknown option \"near\"; allowed: share"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        refused(&weir_strategy_houmani21, &site, HERE, rows[i][0], rows[i][1]);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_the_nearest_that_meets_the_deadline_at_the_largest_size_is_taken),
        T(test_resolution_goes_no_lower_than_the_threshold_allows),
        T(test_the_high_prediction_counts_and_so_does_time_that_has_gone_by),
        T(test_a_place_is_left_at_once_and_returned_to_only_with_room),
        T(test_resolution_comes_back_only_with_room),
        T(test_once_nothing_holds_it_any_place_that_meets_will_do),
        T(test_among_equals_it_moves_for_a_gain_worth_having),
        T(test_any_model_and_codec_will_do_that_meets_the_threshold),
        T(test_a_share_of_the_deadline_may_be_all_that_it_takes),
        T(test_three_tenths_are_what_it_takes_unless_told),
        T(test_a_share_that_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
