/*
 * A site in virtual time: that journeys take what their parts take, that every frame leaves
 * once and in order, and what happens when things fail.
 */
#include "sim/world.h"

#include <math.h>
#include <string.h>

#include "sim/small_world.h"
#include "support/support.h"

#define MS WEIR_NS_PER_MS

enum { WAYS = 2 }; /* as it is, JPEG 80 */

static struct small_world *rig;

static void setup_site(const char *yaml, int users, const char *strategy) {
    rig = small_world_at(yaml, WAYS, users, weir_strategy_find(strategy), NULL);
}

static void setup_with(const char *events, int users, const char *strategy) {
    struct weir_buf yaml = {0};
    weir_buf_puts(&yaml, small_site);
    weir_buf_puts(&yaml, events);
    setup_site(weir_buf_str(&yaml), users, strategy);
    weir_buf_done(&yaml);
}

static void setup(int users, const char *strategy) {
    setup_site(small_site, users, strategy);
}

static int teardown(void **state) {
    (void)state;
    small_world_free(rig);
    return 0;
}

static void run(void) {
    small_world_run(rig);
}

struct tally {
    int64_t count[WEIR_OUTCOME_COUNT], frames, on_time;
    double mean_ms; /* of results */
};

/* Counts, and checks what must always hold: one outcome a frame, results in order. */
static struct tally tally(void) {
    struct tally t = {0};
    for (int i = 0; i < rig->result.streams; i++) {
        int64_t last = 0;
        for (int64_t k = 0; k < rig->result.stream[i].frames; k++) {
            const struct sim_frame *f = &rig->result.stream[i].frame[k];
            assert_true(f->outcome != WEIR_OUTCOME_NONE);
            t.count[f->outcome]++;
            t.frames++;
            if (f->outcome != WEIR_OUTCOME_DETECT)
                continue;
            assert_true(f->delivered_ns >= last);
            last = f->delivered_ns;
            t.mean_ms += (double)(f->delivered_ns - f->due_ns) / 1e6;
            t.on_time += f->delivered_ns - f->due_ns <= rig->stream[i].deadline_ns;
        }
    }
    t.mean_ms /= (double)t.count[WEIR_OUTCOME_DETECT];
    return t;
}

/* Mean latencies of two strategies with so many cameras; the rig is left as the second had it. */
static void compare(void **state, int users, const char *const names[2], double ret_mean[2]) {
    for (int i = 0; i < 2; i++) {
        if (i)
            teardown(state);
        setup(users, names[i]);
        run();
        struct tally t = tally();
        assert_true(t.count[WEIR_OUTCOME_DETECT] >= 0.99 * t.frames);
        ret_mean[i] = t.mean_ms;
    }
}

static void test_a_journey_takes_what_its_parts_take(void **state) {
    (void)state;
    setup(1, "cloud-only");
    run();
    struct tally t = tally();
    assert_int_equal(t.frames, 500);
    assert_int_equal(t.count[WEIR_OUTCOME_DETECT], 500);
    const struct sim_frame *f = &rig->result.stream[0].frame[7];
    double bytes = 46080, parts_ms = 0.7 * 4 /* encoded at the edge */
                                     + 2 * bytes * 8 / 100e3 + 44 /* two links */
                                     + (0.65 + 14.3) * 0.5 + 2 * 600 * 8 / 100e3;
    assert_int_equal(f->bytes, 46080);
    assert_true(fabs((double)(f->delivered_ns - f->due_ns) / 1e6 - parts_ms) < 0.01);
    assert_true(fabs(t.mean_ms - parts_ms) < 0.01);
    assert_int_equal(rig->result.sent_bytes[0][WEIR_SITE_FORWARD], 500 * 46080);
    assert_int_equal(rig->result.sent_bytes[2][WEIR_SITE_BACK], 500 * 600);
    assert_int_equal(rig->result.busy_ns[3], INT64_C(500) * 7475000);
}

static void test_what_is_promised_on_an_idle_site_is_kept(void **state) {
    (void)state;
    setup(1, "cloud-only");
    run();
    const struct sim_stream_result *s = &rig->result.stream[0];
    for (int64_t k = 100; k < s->frames; k++) {
        double promised = (double)s->frame[k].predicted_ns,
               kept = (double)(s->frame[k].delivered_ns - s->frame[k].due_ns);
        assert_true(fabs(promised / kept - 1) < 0.02);
    }
}

static void test_the_same_seed_gives_the_same_run(void **state) {
    (void)state;
    struct sim_result first;
    setup(8, "greedy");
    for (int i = 0; i < 8; i++)
        rig->stream[i].jitter_ns = 5 * MS;
    run();
    first = rig->result;
    rig->result = (struct sim_result){0};
    run();
    bool differs = false;
    for (int i = 0; i < 8; i++)
        assert_memory_equal(first.stream[i].frame, rig->result.stream[i].frame,
                            (size_t)first.stream[i].frames * sizeof(struct sim_frame));
    rig->conf.seed = 2;
    run();
    for (int i = 0; i < 8; i++)
        differs = differs || memcmp(first.stream[i].frame, rig->result.stream[i].frame,
                                    (size_t)first.stream[i].frames * sizeof(struct sim_frame));
    assert_true(differs);
    sim_result_done(&first);
}

static void test_greedy_is_faster_than_cloud_only_while_the_core_has_room(void **state) {
    double mean[2];
    compare(state, 4, (const char *[]){"cloud-only", "greedy"}, mean);
    assert_true(mean[1] < 0.6 * mean[0]);
}

static void test_selfishness_fills_the_core_to_the_brim(void **state) {
    (void)state;
    setup(8, "greedy");
    run();
    tally();
    assert_true((double)rig->result.busy_ns[2] > 0.9 * 20e9); /* its one slot, all the time */
}

static void test_a_plan_for_all_is_far_better_than_selfishness(void **state) {
    (void)state;
    double mean[2];
    compare(state, 8, (const char *[]){"greedy", "weir"}, mean);
    assert_true(mean[1] < 0.6 * mean[0]);
}

static void test_alone_nobody_pays(void **state) {
    (void)state;
    double mean[2];
    compare(state, 1, (const char *[]){"greedy", "weir"}, mean);
    assert_true(fabs(mean[1] - mean[0]) < 0.02 * mean[0]);
}

/* Frames a second at the core do not change any more, once every stream has had its turns. */
static void test_choices_come_to_rest(void **state) {
    (void)state;
    setup(8, "weir");
    rig->conf.seconds = 60;
    run();
    tally();
    double rate[61] = {0}, mean = 0;
    for (int i = 0; i < 8; i++)
        for (int64_t k = 0; k < rig->result.stream[i].frames; k++) {
            const struct sim_frame *f = &rig->result.stream[i].frame[k];
            rate[f->due_ns / WEIR_NS_PER_S] += rig->setting[f->setting].node == 2;
        }
    for (int s = 40; s < 60; s++)
        mean += rate[s] / 20;
    for (int s = 40; s < 60; s++)
        assert_true(fabs(rate[s] - mean) <= 0.05 * mean);
}

static void test_a_lost_planner_is_no_catastrophe(void **state) {
    (void)state;
    struct weir_strategy alone = weir_strategy_weir;
    alone.plan = NULL;
    setup(8, "weir");
    rig->conf.strategy = &alone;
    run();
    struct tally t = tally();
    assert_int_equal(t.count[WEIR_OUTCOME_DETECT], t.frames);
    assert_true(t.on_time > 0.99 * t.frames);
}

static void test_too_many_cameras_lose_frames_but_none_is_forgotten(void **state) {
    (void)state;
    setup(14, "cloud-only"); /* 129 Mbit/s over 100 */
    run();
    struct tally t = tally();
    assert_true(t.count[WEIR_OUTCOME_LATE] + t.count[WEIR_OUTCOME_UNREACHABLE] > t.frames / 5);
    assert_int_equal(t.count[WEIR_OUTCOME_OVERLOAD], 0); /* its links have no limit */
}

static void test_a_full_link_sheds_at_once(void **state) {
    (void)state;
    setup(14, "cloud-only");
    for (size_t i = 0; i < rig->site.link_len; i++)
        rig->site.link[i].queue_kb = 100;
    rig->site.link[0].capacity[WEIR_SITE_FORWARD].mbit_per_s = 20;
    run();
    struct tally t = tally();
    assert_true(t.count[WEIR_OUTCOME_OVERLOAD] > 0);
    assert_true(t.count[WEIR_OUTCOME_DETECT] > 0);
}

/* The share of results among the frames due in [from, to) seconds. */
static double delivered(double from_s, double to_s) {
    int64_t all = 0, good = 0;
    for (int i = 0; i < rig->result.streams; i++)
        for (int64_t k = 0; k < rig->result.stream[i].frames; k++) {
            const struct sim_frame *f = &rig->result.stream[i].frame[k];
            bool in = (double)f->due_ns >= from_s * 1e9 && (double)f->due_ns < to_s * 1e9;
            all += in;
            good += in && f->outcome == WEIR_OUTCOME_DETECT;
        }
    return (double)good / (double)all;
}

static void test_a_node_that_dies_is_avoided_and_used_again(void **state) {
    (void)state;
    setup_with("events:\n  - { at_s: 5, node: core, down_s: 5 }\n", 2, "greedy");
    run();
    tally();
    assert_true(delivered(0, 4.5) == 1);
    assert_true(delivered(7.5, 20) == 1); /* within the expiry of its last heartbeat */
    int core = 0;
    for (int64_t k = 0; k < rig->result.stream[0].frames; k++) {
        const struct sim_frame *f = &rig->result.stream[0].frame[k];
        if (f->due_ns >= 11000 * MS && rig->setting[f->setting].node == 2)
            core++;
        if (f->due_ns >= 7000 * MS && f->due_ns < 10000 * MS)
            assert_int_not_equal(rig->setting[f->setting].node, 2);
    }
    assert_true(core > 0);
}

static void test_a_cut_link_leaves_the_edge_working(void **state) {
    (void)state;
    setup_with("events:\n  - { at_s: 5, link: edge-1-core, down_s: 8 }\n", 1, "greedy");
    run();
    tally();
    assert_true(delivered(7, 20) == 1);
    for (int64_t k = 0; k < rig->result.stream[0].frames; k++) {
        const struct sim_frame *f = &rig->result.stream[0].frame[k];
        if (f->due_ns >= 7000 * MS && f->due_ns < 13000 * MS)
            assert_int_equal(rig->setting[f->setting].node, 0);
    }
}

/* There by one link, back by another; the third leads there only. */
static void test_one_way_links_need_another_way_back(void **state) {
    (void)state;
    setup_site("nodes:\n  edge: { tier: edge, slowdown: 4 }\n  core: { tier: core }\n"
               "  cloud: { tier: cloud }\nlinks:\n"
               "  - { from: edge, to: core, mbit_per_s: 100, rtt_ms: 4, one_way: true }\n"
               "  - { from: core, to: edge, mbit_per_s: 10, rtt_ms: 8, one_way: true }\n"
               "  - { from: core, to: cloud, mbit_per_s: 100, one_way: true }\n",
               1, "greedy");
    run();
    struct tally t = tally();
    assert_int_equal(t.count[WEIR_OUTCOME_DETECT], t.frames);
    for (int64_t k = 0; k < rig->result.stream[0].frames; k++)
        assert_int_equal(rig->setting[rig->result.stream[0].frame[k].setting].node, 1);
    assert_true(rig->result.sent_bytes[1][WEIR_SITE_FORWARD] == INT64_C(500) * 600);
}

static void test_cloud_only_has_nowhere_to_go_without_its_cloud(void **state) {
    (void)state;
    setup_with("events:\n  - { at_s: 5, node: cloud, down_s: 5 }\n", 1, "cloud-only");
    run();
    struct tally t = tally();
    assert_true(delivered(5.1, 9.9) == 0);
    assert_true(delivered(11, 20) == 1);
    assert_true(t.count[WEIR_OUTCOME_UNREACHABLE] + t.count[WEIR_OUTCOME_OVERLOAD] > 100);
}

static int nonsense(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    (void)state;
    return frame->frame % 2 ? frame->offers : -7;
}

static void test_nonsense_of_a_strategy_is_replaced_and_counted(void **state) {
    (void)state;
    static const struct weir_strategy fool = {
        .version = WEIR_STRATEGY_VERSION, .name = "fool", .choose = nonsense};
    setup(2, "greedy");
    rig->conf.strategy = &fool;
    run();
    struct tally t = tally();
    assert_int_equal(rig->result.refused, t.frames);
    assert_true(t.count[WEIR_OUTCOME_DETECT] > 0.95 * t.frames);
}

static void refused(const char *words) {
    struct weir_error err = {0};
    assert_int_equal(sim_world_run(&rig->conf, &rig->result, &err), WEIR_EINVAL);
    test_error_says(&err, words);
    assert_null(rig->result.stream);
}

static void test_what_makes_no_sense_is_refused(void **state) {
    (void)state;
    static const struct weir_strategy old = {.version = 0, .name = "old", .choose = nonsense},
                                      idle = {.version = WEIR_STRATEGY_VERSION, .name = "idle"};
    setup(2, "greedy");
    rig->stream[1].node = 4;
    refused("node 4 is not in the site");
    rig->stream[1].node = 1;
    rig->stream[1].rate_fps = 0;
    refused("0 frames per second");
    rig->stream[1].rate_fps = 25;
    rig->stream[1].jitter_ns = 40 * MS;
    refused("jitter 40000000 ns");
    rig->stream[1].jitter_ns = 0;
    rig->stream[1].reference = 1000;
    refused("reference 1000");
    rig->stream[1].reference = 0;
    rig->setting[3].model = 1;
    refused("setting 3: node 0, model 1");
    rig->setting[3].model = 0;
    rig->cost[2].infer_ns = 0;
    refused("setting 2: a stage takes");
    rig->cost[2].infer_ns = 1;
    rig->conf.seconds = NAN;
    refused("nan s");
    rig->conf.seconds = 1;
    rig->conf.strategy = &old;
    refused("strategy old: its version is 0");
    rig->conf.strategy = &idle;
    refused("does not choose");
    rig->conf.strategy = weir_strategy_find("cloud-only");
    rig->conf.options = "fast=yes";
    refused("strategy cloud-only: takes no options");
}

static void test_a_site_without_cloud_is_nothing_for_cloud_only(void **state) {
    (void)state;
    setup_site("nodes:\n  box: { tier: edge }\n", 1, "cloud-only");
    refused("no node of tier cloud");
}

static void test_an_unknown_strategy_is_not_found(void **state) {
    (void)state;
    setup(1, "greedy");
    assert_null(weir_strategy_find("clever"));
    assert_non_null(weir_strategy_find("cloud-only"));
}

int main(void) {
#define T(name) cmocka_unit_test_teardown(name, teardown)
    const struct CMUnitTest tests[] = {
        T(test_a_journey_takes_what_its_parts_take),
        T(test_what_is_promised_on_an_idle_site_is_kept),
        T(test_the_same_seed_gives_the_same_run),
        T(test_greedy_is_faster_than_cloud_only_while_the_core_has_room),
        T(test_selfishness_fills_the_core_to_the_brim),
        T(test_a_plan_for_all_is_far_better_than_selfishness),
        T(test_alone_nobody_pays),
        T(test_choices_come_to_rest),
        T(test_a_lost_planner_is_no_catastrophe),
        T(test_too_many_cameras_lose_frames_but_none_is_forgotten),
        T(test_a_full_link_sheds_at_once),
        T(test_a_node_that_dies_is_avoided_and_used_again),
        T(test_a_cut_link_leaves_the_edge_working),
        T(test_one_way_links_need_another_way_back),
        T(test_cloud_only_has_nowhere_to_go_without_its_cloud),
        T(test_nonsense_of_a_strategy_is_replaced_and_counted),
        T(test_what_makes_no_sense_is_refused),
        T(test_a_site_without_cloud_is_nothing_for_cloud_only),
        T(test_an_unknown_strategy_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
