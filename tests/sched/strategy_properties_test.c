/*
 * What holds for every strategy in the box, whatever it is offered: 2,000 random frames each. The
 * numbers are coarse, so that many are equal. No strategy allocates in choose: their files
 * call malloc and calloc in open and plan alone.
 */
#include <stdlib.h>
#include <string.h>

#include "sched/strategy_support.h"
#include "sched/weir_plan.h"

enum { GATE, YARD, CORE, SKY_1, SKY_2, NODES };
enum { MODELS = 2, SIZES = 3, WAYS = 4 }; /* as it is, JPEG 80, JPEG 50, H.264 */
enum { SETTINGS = NODES * MODELS * SIZES * WAYS, STREAMS = 5 };
enum { RUNS = 100, FRAMES = 20 }; /* frames of a run go to one agent, streams in turn */

static const struct weir_node_view nodes[NODES] = {{"gate", "edge", 1, 4},
                                                   {"yard", "edge", 2, 8},
                                                   {"core", "core", 1, 2},
                                                   {"sky-1", "cloud", 4, 0.5},
                                                   {"sky-2", "cloud", 2, 0}};
static const struct weir_link_view links[] = {
    {"gate-core", {100, 100}}, {"yard-core", {50, 50}}, {"core-sky", {100, 20}}};
static const int via[][2] = {{0, 1}, {0}, {0, 2}}, way[2] = {0, 0};
static const struct weir_route_view routes[NODES * NODES] = {
    {via[0], way, 0}, {via[0], way, 2}, {via[1], way, 1}, {via[2], way, 2}, {via[2], way, 2}};
static const char *const models[] = {"street_m", "street_n"};
static const struct weir_stream_view streams[STREAMS] = {
    {"a", GATE, 25, 640, 360, 200 * MS, 0.85, 0},  {"b", GATE, 25, 640, 360, 200 * MS, 0.85, 0},
    {"c", GATE, 10, 640, 360, 120 * MS, 0.95, 72}, {"d", GATE, 5, 640, 360, 500 * MS, 0, 24},
    {"e", GATE, 25, 640, 360, 80 * MS, 0.9, 0},
};
static struct weir_setting settings[SETTINGS];

static int setup(void **state) {
    static const int width[SIZES] = {640, 416, 320}, height[SIZES] = {360, 234, 180};
    (void)state;
    for (int i = 0; i < SETTINGS; i++)
        settings[i] = (struct weir_setting){i / (WAYS * SIZES * MODELS),
                                            i / (WAYS * SIZES) % MODELS,
                                            width[i / WAYS % SIZES],
                                            height[i / WAYS % SIZES],
                                            i % WAYS == 0   ? WEIR_TRAVEL_NONE
                                            : i % WAYS == 3 ? WEIR_TRAVEL_H264
                                                            : WEIR_TRAVEL_JPEG,
                                            i % WAYS == 2 ? 50 : 80};
    return 0;
}

static struct weir_site_view site_of(const struct weir_stream_view *of) {
    struct weir_site_view site = {SITE_OF(nodes, routes, models, settings, streams), .link = links,
                                  .links = COUNT(links)};
    site.stream = of;
    return site;
}

/* What a stream at the gate is offered at random; some of what there is, sometimes nothing. */
static int offers_of(struct weir_random *r, struct weir_offer ret[SETTINGS]) {
    const double share = weir_random_below(r, 5) / 4.0;
    int len = 0;
    for (int i = 0; i < SETTINGS; i++) {
        const bool here = settings[i].node == GATE;
        if (!weir_random_chance(r, share) || here != (settings[i].travel == WEIR_TRAVEL_NONE))
            continue;
        struct weir_offer o = {.setting = i};
        o.accuracy = 0.5 + 0.05 * weir_random_below(r, 12);
        o.margin = 0.05 * weir_random_below(r, 2);
        o.source_ns = weir_random_below(r, 3) * MS;
        o.network_ns = here ? 0 : weir_random_below(r, 20) * 4 * MS;
        o.queue_ns = weir_random_below(r, 4) * 10 * MS;
        o.service_ns = (1 + weir_random_below(r, 10)) * 10 * MS;
        o.mean_ns = o.source_ns + o.network_ns + o.queue_ns + o.service_ns;
        o.high_ns = o.mean_ns + weir_random_below(r, 5) * 10 * MS;
        o.bytes = here ? 0 : (1 + weir_random_below(r, 8)) * INT64_C(4000);
        ret[len++] = o;
    }
    return len;
}

static void shuffle(struct weir_random *r, struct weir_offer *offers, int len) {
    for (int i = len - 1; i > 0; i--) {
        const int k = weir_random_below(r, i + 1);
        const struct weir_offer o = offers[i];
        offers[i] = offers[k];
        offers[k] = o;
    }
}

/* Frame k of a run, for the site's stream of that index. */
static struct weir_frame_view view_of(const struct weir_site_view *site, int stream, int k,
                                      const struct weir_offer *offers, int len,
                                      const int64_t *toll) {
    const int64_t capture = k / STREAMS * 40 * MS;
    return (struct weir_frame_view){.preferred = -1,
                                    .site = site,
                                    .stream = stream,
                                    .frame = k / STREAMS,
                                    .now_ns = capture + 2 * MS,
                                    .capture_ns = capture,
                                    .deadline_ns = capture + site->stream[stream].deadline_ns,
                                    .min_accuracy = site->stream[stream].min_accuracy,
                                    .offer = offers,
                                    .offers = len,
                                    .toll_ns = toll};
}

static void tolls_of(struct weir_random *r, int64_t ret[SETTINGS]) {
    for (int i = 0; i < SETTINGS; i++)
        ret[i] = weir_random_below(r, 6) * 5 * MS;
}

/* The setting taken; -1: dropped. Anything else fails. */
static int takes(const struct weir_strategy *strategy, struct weir_strategy_state *agent,
                 const struct weir_frame_view *view) {
    const int i = strategy->choose(agent, view);
    if (i == WEIR_DROP)
        return -1;
    if (i < 0 || i >= view->offers)
        fail_msg("%s answers %d to %d offers", strategy->name, i, view->offers);
    return view->offer[i].setting;
}

/* What came of it, the same for whoever took the same. */
static void tell(const struct weir_strategy *strategy, struct weir_strategy_state *agent,
                 const struct weir_frame_view *view, int setting, uint64_t chance) {
    if (strategy->result && setting >= 0)
        strategy->result(agent, &(struct weir_result_view){
                                    .stream = view->stream,
                                    .frame = view->frame,
                                    .now_ns = view->now_ns + (int64_t)(chance % 39) * MS,
                                    .setting = setting,
                                    .delivered = chance % 7 != 0,
                                    .latency_ns = (int64_t)(chance % 250) * MS,
                                    .predicted_ns = 100 * MS,
                                });
}

static void test_the_order_of_offers_changes_nothing(void **state) {
    (void)state;
    const struct weir_site_view site = site_of(streams);
    for (size_t n = 0; n < weir_strategies_len; n++) {
        const struct weir_strategy *s = weir_strategies[n];
        struct weir_random r = weir_random_of(1, 1, n);
        for (int run = 0; run < RUNS; run++) {
            struct weir_strategy_state *a = opened(s, &site, GATE, ""),
                                       *b = opened(s, &site, GATE, "");
            for (int k = 0; k < FRAMES; k++) {
                struct weir_offer in_order[SETTINGS], mixed[SETTINGS];
                int64_t toll[SETTINGS];
                const int len = offers_of(&r, in_order);
                const uint64_t chance = weir_random_bits(&r);
                tolls_of(&r, toll);
                memcpy(mixed, in_order, sizeof mixed);
                shuffle(&r, mixed, len);
                const struct weir_frame_view x =
                    view_of(&site, k % STREAMS, k, in_order, len, k % 2 ? toll : NULL);
                struct weir_frame_view y = x;
                y.offer = mixed;
                const int took = takes(s, a, &x), then = takes(s, b, &y);
                if (took != then)
                    fail_msg("%s, run %d, frame %d: %d, mixed %d", s->name, run, k, took, then);
                tell(s, a, &x, took, chance);
                tell(s, b, &y, then, chance);
            }
            closed(s, a);
            closed(s, b);
        }
    }
}

static void permute(struct weir_random *r, int ret_to[STREAMS]) {
    for (int i = 0; i < STREAMS; i++)
        ret_to[i] = i;
    for (int i = STREAMS - 1; i > 0; i--) {
        const int k = weir_random_below(r, i + 1), t = ret_to[i];
        ret_to[i] = ret_to[k];
        ret_to[k] = t;
    }
}

/* An agent's state is for each stream by itself: which index a stream has is all the same. */
static void test_which_index_a_stream_has_changes_nothing(void **state) {
    (void)state;
    const struct weir_site_view site = site_of(streams);
    for (size_t n = 0; n < weir_strategies_len; n++) {
        const struct weir_strategy *s = weir_strategies[n];
        struct weir_random r = weir_random_of(2, 1, n);
        for (int run = 0; run < RUNS; run++) {
            struct weir_stream_view other[STREAMS];
            int to[STREAMS];
            permute(&r, to);
            for (int i = 0; i < STREAMS; i++)
                other[to[i]] = streams[i];
            const struct weir_site_view permuted = site_of(other);
            struct weir_strategy_state *a = opened(s, &site, GATE, ""),
                                       *b = opened(s, &permuted, GATE, "");
            for (int k = 0; k < FRAMES; k++) {
                struct weir_offer offers[SETTINGS];
                const int len = offers_of(&r, offers), stream = k % STREAMS;
                const uint64_t chance = weir_random_bits(&r);
                const struct weir_frame_view x = view_of(&site, stream, k, offers, len, NULL),
                                             y = view_of(&permuted, to[stream], k, offers, len,
                                                         NULL);
                const int took = takes(s, a, &x), then = takes(s, b, &y);
                if (took != then)
                    fail_msg("%s, run %d, frame %d: %d, permuted %d", s->name, run, k, took, then);
                tell(s, a, &x, took, chance);
                tell(s, b, &y, then, chance);
            }
            closed(s, a);
            closed(s, b);
        }
    }
}

/* A random plan's view: each stream has its frames in two settings. */
struct traffic {
    double flow[STREAMS * SETTINGS];
    int64_t slot[SETTINGS], bytes[STREAMS * SETTINGS], wait[NODES];
};

static void traffic_of(struct weir_random *r, bool waits, struct traffic *ret) {
    memset(ret, 0, sizeof *ret);
    for (int i = 0; i < STREAMS; i++)
        for (int k = 0; k < 2; k++)
            ret->flow[i * SETTINGS + weir_random_below(r, SETTINGS)] += 12;
    for (int i = 0; i < SETTINGS; i++)
        ret->slot[i] = (1 + weir_random_below(r, 20)) * MS;
    for (int i = 0; i < STREAMS * SETTINGS; i++)
        ret->bytes[i] = weir_random_below(r, 10) * INT64_C(5000);
    for (int i = 0; i < NODES; i++)
        ret->wait[i] = waits ? weir_random_below(r, 10) * MS : -1;
}

static void plan(const struct weir_strategy *s, const struct weir_site_view *site,
                 const struct traffic *t, int plans, int64_t *ret_toll) {
    struct weir_strategy_state *planner = opened(s, site, -1, "");
    struct weir_rhythm rhythm[STREAMS];
    static const struct weir_prospect nothing[STREAMS * SETTINGS];
    int preferred[STREAMS];
    for (int i = 0; i < STREAMS; i++)
        rhythm[i] = (struct weir_rhythm){-1, 40 * MS, 0};
    for (int i = 0; i < plans; i++) {
        memset(ret_toll, 0, STREAMS * SETTINGS * sizeof *ret_toll);
        s->plan(planner,
                &(struct weir_plan_view){.site = site,
                                         .now_ns = i * WEIR_NS_PER_S,
                                         .flow = t->flow,
                                         .slot_ns = t->slot,
                                         .bytes = t->bytes,
                                         .wait_ns = t->wait,
                                         .rhythm = rhythm,
                                         .prospect = nothing},
                ret_toll, preferred);
    }
    closed(s, planner);
}

/*
 * A planner renews the tolls of some streams at a time, in turn by index: so after few plans
 * the index does matter. What holds: while the traffic stays as it is, and once
 * every stream had its turn with what was learnt from it, a stream's tolls are the same, whichever
 * index it has, but for the order in which floating-point sums were taken.
 */
static void tolls_come_to_the_same(const struct weir_strategy *s, struct weir_random *r,
                                   bool waits) {
    struct traffic t, u;
    struct weir_stream_view other[STREAMS];
    static int64_t a[STREAMS * SETTINGS], b[STREAMS * SETTINGS];
    int to[STREAMS], plans = waits ? 400 : STREAMS;
    traffic_of(r, waits, &t);
    u = t;
    permute(r, to);
    for (int i = 0; i < STREAMS; i++) {
        other[to[i]] = streams[i];
        memcpy(u.flow + to[i] * SETTINGS, t.flow + i * SETTINGS, SETTINGS * sizeof *t.flow);
        memcpy(u.bytes + to[i] * SETTINGS, t.bytes + i * SETTINGS, SETTINGS * sizeof *t.bytes);
    }
    const struct weir_site_view site = site_of(streams), permuted = site_of(other);
    plan(s, &site, &t, plans, a);
    plan(s, &permuted, &u, plans, b);
    for (int i = 0; i < STREAMS; i++)
        for (int k = 0; k < SETTINGS; k++) {
            const int64_t x = a[i * SETTINGS + k], y = b[to[i] * SETTINGS + k],
                          off = x > y ? x - y : y - x;
            assert_true(x >= 0 && y >= 0);
            if (off > 1000 + x / 1000000)
                fail_msg("%s: stream %d, setting %d: toll %lld, permuted %lld", s->name, i, k,
                         (long long)x, (long long)y);
        }
}

static void test_tolls_do_not_depend_on_the_index_once_all_had_their_turn(void **state) {
    (void)state;
    int planners = 0;
    for (size_t n = 0; n < weir_strategies_len; n++) {
        struct weir_random r = weir_random_of(3, 1, n);
        if (!weir_strategies[n]->plan)
            continue;
        planners++;
        for (int run = 0; run < 60; run++)
            tolls_come_to_the_same(weir_strategies[n], &r, run % 2);
    }
    assert_true(planners > 0);
}

static void test_a_faster_network_makes_nothing_slower(void **state) {
    (void)state;
    const struct weir_site_view site = site_of(streams);
    static const char *const names[] = {"greedy", "weir"};
    for (size_t n = 0; n < 2; n++) {
        const struct weir_strategy *s = weir_strategy_find(names[n]);
        struct weir_random r = weir_random_of(4, 1, n);
        int faster = 0;
        for (int k = 0; k < RUNS * FRAMES; k++) {
            struct weir_offer offers[SETTINGS], better[SETTINGS];
            int64_t toll[SETTINGS];
            const int len = offers_of(&r, offers);
            const double factor = weir_random_unit(&r);
            tolls_of(&r, toll);
            for (int i = 0; i < len; i++) {
                const int64_t gain = (int64_t)(factor * (double)offers[i].network_ns);
                better[i] = offers[i];
                better[i].network_ns -= gain;
                better[i].mean_ns -= gain;
                better[i].high_ns -= gain;
            }
            const struct weir_frame_view x = view_of(&site, k % STREAMS, 0, offers, len, toll);
            struct weir_frame_view y = x;
            struct weir_strategy_state *a = opened(s, &site, GATE, ""),
                                       *b = opened(s, &site, GATE, "");
            const int i = s->choose(a, &x);
            y.offer = better;
            const int j = s->choose(b, &y);
            closed(s, a);
            closed(s, b);
            assert_true(i == WEIR_DROP || j != WEIR_DROP);
            if (i == WEIR_DROP)
                continue;
            /* What it minimises: weir its own time, bytes and the others' time, while floor and
             * deadline hold; where they begin to hold, that is worth more than time. */
            const bool tolls = s->plan && weir_offer_meets(&offers[i], &x);
            if (s->plan && !tolls && weir_offer_meets(&better[j], &y))
                continue;
            const int64_t byte_ns = tolls ? WEIR_PLAN_BYTE_NS : 0;
            const int64_t before = offers[i].mean_ns + byte_ns * offers[i].bytes +
                                   (tolls ? toll[offers[i].setting] : 0),
                          after = better[j].mean_ns + byte_ns * better[j].bytes +
                                  (tolls ? toll[better[j].setting] : 0);
            assert_true(after <= before);
            faster += after < before;
        }
        assert_true(faster > RUNS); /* it is no test of standing still */
    }
}

enum where { ANYWHERE, AT_THE_CAMERA, IN_THE_CLOUD };

/* What a strategy may take at all, and whether it heeds the floor. */
static const struct {
    const char *name;
    enum where where;
    bool floor;
} kinds[] = {
    {"cloud-only", IN_THE_CLOUD, false}, {"cloud-floor", IN_THE_CLOUD, true},
    {"edge-only", AT_THE_CAMERA, true},  {"static", ANYWHERE, false},
    {"greedy", ANYWHERE, true},          {"houmani21", ANYWHERE, true},
    {"awstream", IN_THE_CLOUD, true},    {"weir", ANYWHERE, true},
};

static bool lies(const struct weir_offer *offer, enum where where) {
    const int node = settings[offer->setting].node;
    return where == ANYWHERE || (where == AT_THE_CAMERA && node == GATE) ||
           (where == IN_THE_CLOUD && !strcmp(nodes[node].tier, "cloud"));
}

static bool meets_floor(const struct weir_offer *offer, const struct weir_frame_view *view) {
    return offer->accuracy - offer->margin >= view->min_accuracy;
}

/* Whether an offer can be had is known by its being there: what was taken before may be gone. */
static void test_answers_are_offers_of_this_frame_and_meet_the_floor_if_any_does(void **state) {
    (void)state;
    const struct weir_site_view site = site_of(streams);
    assert_int_equal(sizeof kinds / sizeof *kinds, weir_strategies_len);
    for (size_t n = 0; n < weir_strategies_len; n++) {
        const struct weir_strategy *s = weir_strategy_find(kinds[n].name);
        struct weir_random r = weir_random_of(5, 1, n);
        int taken = 0, dropped = 0;
        assert_non_null(s);
        for (int run = 0; run < RUNS; run++) {
            struct weir_strategy_state *agent = opened(s, &site, GATE, "");
            for (int k = 0; k < FRAMES; k++) {
                struct weir_offer offers[SETTINGS];
                const int len = offers_of(&r, offers);
                const uint64_t chance = weir_random_bits(&r);
                const struct weir_frame_view x = view_of(&site, k % STREAMS, k, offers, len, NULL);
                const int i = s->choose(agent, &x);
                bool any = false, good = false, in_time = false;
                for (int o = 0; o < len; o++) {
                    in_time = in_time || (meets_floor(&offers[o], &x) &&
                                          offers[o].queue_ns <= offers[o].service_ns &&
                                          x.now_ns + offers[o].high_ns <= x.deadline_ns);
                    any = any || lies(&offers[o], kinds[n].where);
                    good =
                        good || (lies(&offers[o], kinds[n].where) && meets_floor(&offers[o], &x));
                }
                assert_true(i == WEIR_DROP || (i >= 0 && i < len));
                taken += i != WEIR_DROP;
                dropped += i == WEIR_DROP;
                assert_true(i == WEIR_DROP || lies(&offers[i], kinds[n].where));
                if (kinds[n].floor && !s->plan)
                    assert_int_equal(i == WEIR_DROP, !any);
                if (s->plan && in_time) /* what may be late is given up at once */
                    assert_true(i != WEIR_DROP);
                if (kinds[n].floor && good && i != WEIR_DROP)
                    assert_true(meets_floor(&offers[i], &x));
                tell(s, agent, &x, i == WEIR_DROP ? -1 : offers[i].setting, chance);
            }
            closed(s, agent);
        }
        assert_true(taken > 100 && dropped > 10);
    }
}

static void test_every_open_refuses_options_that_it_does_not_know(void **state) {
    (void)state;
    const struct weir_site_view site = site_of(streams);
    for (size_t n = 0; n < weir_strategies_len; n++)
        refused(weir_strategies[n], &site, GATE, "colour=blue", "colour");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_order_of_offers_changes_nothing),
        cmocka_unit_test(test_which_index_a_stream_has_changes_nothing),
        cmocka_unit_test(test_tolls_do_not_depend_on_the_index_once_all_had_their_turn),
        cmocka_unit_test(test_a_faster_network_makes_nothing_slower),
        cmocka_unit_test(test_answers_are_offers_of_this_frame_and_meet_the_floor_if_any_does),
        cmocka_unit_test(test_every_open_refuses_options_that_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
