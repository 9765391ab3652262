/*
 * Yardsticks on sites so small that every assignment can be tried: a slow edge, one core with a
 * single slot that not all can use, a cloud far away.
 */
#include "sim/hindsight.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/fixed.h"
#include "sim/measure.h"
#include "support/support.h"

#define MS WEIR_NS_PER_MS

enum { STREAMS = 3, SETTINGS = 6 };
enum { EDGE, CORE, CLOUD };

static const char small[] = "nodes:\n"
                            "  edge: { tier: edge, slots: 3, slowdown: 5 }\n"
                            "  core: { tier: core, slots: 1, slowdown: 1 }\n"
                            "  cloud: { tier: cloud, slots: 8, slowdown: 0.5 }\n"
                            "links:\n"
                            "  - { from: edge, to: core, mbit_per_s: 50, rtt_ms: 2 }\n"
                            "  - { from: core, to: cloud, mbit_per_s: 20, rtt_ms: 30 }\n";

struct rig {
    struct weir_site site;
    struct weir_setting setting[SETTINGS];
    struct sim_cost cost[SETTINGS];
    struct sim_stream_conf stream[STREAMS];
    bool meets[STREAMS * SETTINGS];
    struct sim_content content;
    struct sim_conf conf;
    struct sim_hindsight_conf how;
    struct sim_hindsight found;
};

static struct rig *rig;

/* By pixels, by stream, and every fifth frame is larger. */
static int64_t bytes_of(struct sim_content *content, int stream, int64_t frame, int setting) {
    (void)content;
    int64_t pixels = (int64_t)rig->setting[setting].width * rig->setting[setting].height;
    return pixels / 6 * (10 + stream) / 10 * (frame % 5 ? 9 : 14) / 10;
}

static int64_t mean_bytes(struct sim_content *content, int stream, int setting) {
    (void)content;
    int64_t pixels = (int64_t)rig->setting[setting].width * rig->setting[setting].height;
    return pixels / 6 * (10 + stream) / 10;
}

static void accuracy_of(struct sim_content *content, int stream, int64_t frame, int setting,
                        double *ret_accuracy, double *ret_margin) {
    (void)content;
    (void)stream;
    (void)frame;
    (void)setting;
    (void)ret_accuracy;
    (void)ret_margin;
    fail_msg("a yardstick asked what an agent believes");
}

static const char *const models[] = {"street_s"};

static void add(int at, int node, int width, int height, double infer_ms) {
    rig->setting[at] = (struct weir_setting){
        node, 0, width, height, node == EDGE ? WEIR_TRAVEL_NONE : WEIR_TRAVEL_JPEG, 80};
    rig->cost[at] = (struct sim_cost){.reduce_ns = 100000,
                                      .encode_ns = 200000,
                                      .decode_ns = node == EDGE ? 0 : 500000,
                                      .infer_ns = (int64_t)(infer_ms * 1e6)};
}

static void setup(const char *yaml, int streams) {
    struct weir_error err = {0};
    rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    if (weir_site_parse("small.yaml", yaml, strlen(yaml), &rig->site, &err))
        fail_msg("%s", err.text);
    for (int i = 0, at = 0; i < (int)rig->site.node_len; i++) {
        add(at++, i, 640, 360, 26);
        add(at++, i, 416, 234, 16);
    }
    for (int i = 0; i < streams; i++)
        rig->stream[i] = (struct sim_stream_conf){.name = "camera",
                                                  .node = EDGE,
                                                  .rate_fps = 25,
                                                  .phase_ns = i * 11 * MS,
                                                  .width = 640,
                                                  .height = 360,
                                                  .deadline_ns = 300 * MS,
                                                  .min_accuracy = 0.85,
                                                  .reference = 0};
    for (int i = 0; i < STREAMS * SETTINGS; i++)
        rig->meets[i] = true;
    rig->content = (struct sim_content){bytes_of, mean_bytes, accuracy_of};
    rig->conf = (struct sim_conf){.site = &rig->site,
                                  .stream = rig->stream,
                                  .streams = streams,
                                  .model = models,
                                  .models = 1,
                                  .setting = rig->setting,
                                  .cost = rig->cost,
                                  .settings = 2 * (int)rig->site.node_len,
                                  .content = &rig->content,
                                  .seed = 1,
                                  .seconds = 6};
    rig->how = (struct sim_hindsight_conf){
        .meets = rig->meets, .warm_up_s = 1, .starts = 4, .search_s = 6};
}

static int teardown(void **state) {
    (void)state;
    sim_hindsight_done(&rig->found);
    weir_site_done(&rig->site);
    free(rig);
    return 0;
}

static void search(void) {
    struct weir_error err = {0};
    if (sim_hindsight_of(&rig->conf, &rig->how, &rig->found, &err))
        fail_msg("%s", err.text);
}

/* Mean age with these settings, all of them being there to be offered. */
static struct sim_measures with(const int *setting) {
    struct sim_conf conf = rig->conf;
    struct sim_content free_of_beliefs = rig->content;
    struct sim_result result = {0};
    struct sim_measures m;
    struct weir_error err = {0};
    char options[64], *text = options;
    for (int i = 0; i < conf.streams; i++)
        text += sprintf(text, "%s%d", i ? "," : "", setting[i]);
    conf.strategy = &sim_strategy_fixed;
    conf.options = options;
    conf.content = &free_of_beliefs;
    if (sim_world_run(&conf, &result, &err))
        fail_msg("%s", err.text);
    assert_int_equal(sim_measure(&conf, &result, rig->how.warm_up_s, &m), 0);
    sim_result_done(&result);
    return m;
}

static void believes(struct sim_content *content, int stream, int64_t frame, int setting,
                     double *ret_accuracy, double *ret_margin) {
    (void)content;
    (void)stream;
    (void)frame;
    (void)setting;
    *ret_accuracy = 1;
    *ret_margin = 0;
}

/* The best of all assignments that meet the floor. */
static double exhaustive(int *ret) {
    int setting[STREAMS], all = 1;
    double best = INFINITY;
    rig->content.accuracy = believes;
    for (int i = 0; i < rig->conf.streams; i++)
        all *= rig->conf.settings;
    for (int code = 0; code < all; code++) {
        bool meets = true;
        for (int i = 0, rest = code; i < rig->conf.streams; i++, rest /= rig->conf.settings) {
            setting[i] = rest % rig->conf.settings;
            meets = meets && rig->meets[i * rig->conf.settings + setting[i]];
        }
        double age = meets ? with(setting).age.mean : INFINITY;
        if (age < best) {
            best = age;
            memcpy(ret, setting, sizeof setting);
        }
    }
    rig->content.accuracy = accuracy_of;
    return best;
}

static void test_the_best_of_all_assignments_is_found(void **state) {
    (void)state;
    int best[STREAMS] = {0};
    setup(small, STREAMS);
    double age = exhaustive(best);
    search();
    assert_true(fabs(rig->found.age_ms - age) < 1e-9); /* and a trial is the run it stands for */
    /* It is none of the obvious ones: the core is for some of them only. */
    int at_core = 0;
    for (int i = 0; i < STREAMS; i++)
        at_core += rig->setting[rig->found.setting[i]].node == CORE;
    assert_in_range(at_core, 1, STREAMS - 1);
    assert_true(rig->found.trials < 216);
}

static void test_it_is_found_under_floors_that_differ(void **state) {
    (void)state;
    int best[STREAMS] = {0};
    setup(small, STREAMS);
    for (int i = 0; i < SETTINGS; i++) {
        rig->meets[0 * SETTINGS + i] = rig->setting[i].width == 640;
        rig->meets[1 * SETTINGS + i] = rig->setting[i].node != CORE;
    }
    double age = exhaustive(best);
    search();
    assert_true(fabs(rig->found.age_ms - age) < 1e-9);
    for (int i = 0; i < STREAMS; i++)
        assert_true(rig->meets[i * SETTINGS + rig->found.setting[i]]);
}

static void test_it_is_never_worse_than_one_setting_for_all(void **state) {
    (void)state;
    struct sim_hindsight best_static = {0};
    struct weir_error err = {0};
    setup(small, STREAMS);
    rig->how.starts = 2;
    search();
    if (sim_best_static_of(&rig->conf, &rig->how, &best_static, &err))
        fail_msg("%s", err.text);
    rig->content.accuracy = believes;
    double least = INFINITY;
    for (int i = 0; i < SETTINGS; i++) {
        double age = with((int[]){i, i, i}).age.mean;
        assert_true(rig->found.age_ms <= age + 1e-9);
        least = fmin(least, age);
    }
    assert_true(fabs(best_static.age_ms - least) < 1e-9);
    assert_true(best_static.age_ms > rig->found.age_ms + 1);
    for (int i = 1; i < STREAMS; i++)
        assert_int_equal(best_static.setting[i], best_static.setting[0]);
    sim_hindsight_done(&best_static);
}

static void test_a_static_setting_is_replaced_where_it_cannot_be_had(void **state) {
    (void)state;
    struct weir_error err = {0};
    setup(small, STREAMS);
    for (int i = 0; i < SETTINGS; i++)
        rig->meets[2 * SETTINGS + i] = i == 0; /* the third can do with the slow edge only */
    if (sim_best_static_of(&rig->conf, &rig->how, &rig->found, &err))
        fail_msg("%s", err.text);
    assert_int_equal(rig->found.setting[2], 0);
    assert_int_equal(rig->found.setting[0], rig->found.setting[1]);
    assert_int_not_equal(rig->found.setting[0], 0);
    assert_true(rig->found.trials <= SETTINGS + 1);
}

static void test_nothing_is_faster_than_the_bound(void **state) {
    (void)state;
    for (int streams = 1; streams <= STREAMS; streams++) {
        if (streams > 1)
            teardown(state);
        setup(small, streams);
        rig->how.warm_up_s = 0;
        search();
        double bound = sim_bound_ms(&rig->conf, rig->meets);
        assert_true(bound > 0 && bound <= rig->found.latency_ms + 1e-9);
        assert_true(rig->found.latency_ms <= rig->found.age_ms + 1e-9);
        if (streams == 1) /* nobody is in its way */
            assert_true(fabs(bound - rig->found.latency_ms) < 0.01 * bound);
    }
}

static void test_the_bound_is_the_sum_of_its_parts(void **state) {
    (void)state;
    setup(small, 1);
    for (int i = 0; i < SETTINGS; i++)
        rig->meets[i] = i == 0;
    assert_true(fabs(sim_bound_ms(&rig->conf, rig->meets) - 5 * (0.1 + 26)) < 1e-6);
    for (int i = 0; i < SETTINGS; i++)
        rig->meets[i] = i == 2; /* 38,400 bytes, and at times 1.4 times as much at 0.9 */
    double bytes = 640 * 360 / 6 * (4 * 0.9 + 1.4) / 5,
           ms = 5 * 0.3 + (bytes + 600) * 8 / 50e3 + 2 + 0.5 + 26;
    assert_true(fabs(sim_bound_ms(&rig->conf, rig->meets) - ms) < 1e-3);
    rig->meets[0] = true; /* slower: it changes nothing */
    assert_true(fabs(sim_bound_ms(&rig->conf, rig->meets) - ms) < 1e-3);
}

static void test_the_bound_is_of_what_is_detected(void **state) {
    (void)state;
    setup(small, 1);
    for (int i = 0; i < SETTINGS; i++)
        rig->meets[i] = i == 2;
    rig->stream[0].skip = 5; /* the larger ones alone */
    double ms = 5 * 0.3 + (640 * 360 / 6 * 1.4 + 600) * 8 / 50e3 + 2 + 0.5 + 26;
    assert_true(fabs(sim_bound_ms(&rig->conf, rig->meets) - ms) < 1e-3);
}

static void test_the_best_is_found_among_what_is_detected_too(void **state) {
    (void)state;
    int best[STREAMS] = {0};
    setup(small, STREAMS);
    for (int i = 0; i < STREAMS; i++)
        rig->stream[i].skip = 1 + i;
    double age = exhaustive(best);
    search();
    assert_true(fabs(rig->found.age_ms - age) < 1e-9);
    assert_true(rig->found.age_ms > rig->found.latency_ms + 15); /* the next one is waited for */
    assert_true(sim_bound_ms(&rig->conf, rig->meets) <= rig->found.latency_ms + 1e-9);
}

static void test_the_bound_knows_when_links_and_nodes_are_down(void **state) {
    (void)state;
    char yaml[1024];
    setup(small, 1);
    double calm = sim_bound_ms(&rig->conf, rig->meets);
    teardown(state);
    snprintf(yaml, sizeof yaml, "%sevents:\n  - { at_s: 2, node: core, down_s: 2 }\n", small);
    setup(yaml, 1);
    double without_core = sim_bound_ms(&rig->conf, rig->meets);
    assert_true(without_core > calm + 1);
    teardown(state);
    snprintf(yaml, sizeof yaml, "%sevents:\n  - { at_s: 2, link: edge-core, mbit_per_s: 4 }\n",
             small);
    setup(yaml, 1);
    assert_true(sim_bound_ms(&rig->conf, rig->meets) > without_core + 1);
    teardown(state);
    snprintf(yaml, sizeof yaml, "%sevents:\n  - { at_s: 0, node: edge, down_s: 100 }\n", small);
    setup(yaml, 1);
    for (int i = 0; i < SETTINGS; i++)
        rig->meets[i] = rig->setting[i].node == EDGE;
    assert_true(isnan(sim_bound_ms(&rig->conf, rig->meets))); /* no frame could be served */
}

static void test_where_nothing_meets_the_floor_there_is_nothing_to_take(void **state) {
    (void)state;
    setup(small, 2);
    memset(rig->meets, 0, sizeof rig->meets);
    search();
    assert_int_equal(rig->found.setting[0], -1);
    assert_int_equal(rig->found.setting[1], -1);
    assert_true(isnan(rig->found.latency_ms));
    assert_true(rig->found.on_time == 0);
    assert_true(isnan(sim_bound_ms(&rig->conf, rig->meets)));
    sim_hindsight_done(&rig->found);
    rig->meets[SETTINGS + 3] = true; /* the second has one */
    search();
    assert_int_equal(rig->found.setting[0], -1);
    assert_int_equal(rig->found.setting[1], 3);
    assert_true(rig->found.on_time == 0.5);
    assert_true(isnan(sim_bound_ms(&rig->conf, rig->meets)));
}

static void test_what_cannot_be_reached_is_not_taken(void **state) {
    (void)state;
    setup("nodes:\n  edge: { tier: edge, slots: 2, slowdown: 5 }\n"
          "  core: { tier: core, models: [other] }\n  cloud: { tier: cloud }\nlinks:\n"
          "  - { from: edge, to: core, mbit_per_s: 50 }\n"
          "  - { from: edge, to: cloud, mbit_per_s: 50, one_way: true }\n",
          1);
    search();
    assert_int_equal(rig->setting[rig->found.setting[0]].node, EDGE);
    for (int i = 0; i < SETTINGS; i++)
        rig->meets[i] = rig->setting[i].node != EDGE;
    sim_hindsight_done(&rig->found);
    search();
    assert_int_equal(rig->found.setting[0], -1);
    assert_true(isnan(sim_bound_ms(&rig->conf, rig->meets)));
}

static void test_the_same_seed_finds_the_same(void **state) {
    (void)state;
    struct sim_hindsight again = {0};
    struct weir_error err = {0};
    setup(small, STREAMS);
    rig->stream[1].jitter_ns = 20 * MS;
    rig->how.search_s = 3;
    search();
    assert_int_equal(sim_hindsight_of(&rig->conf, &rig->how, &again, &err), 0);
    assert_memory_equal(again.setting, rig->found.setting, STREAMS * sizeof *again.setting);
    assert_true(again.age_ms == rig->found.age_ms && again.latency_ms == rig->found.latency_ms);
    assert_int_equal(again.trials, rig->found.trials);
    sim_hindsight_done(&again);
}

static void refused(const char *words) {
    struct sim_hindsight found = {0};
    struct weir_error err = {0};
    assert_int_equal(sim_hindsight_of(&rig->conf, &rig->how, &found, &err), WEIR_EINVAL);
    test_error_says(&err, words);
    assert_null(found.setting);
    err = (struct weir_error){0};
    assert_int_equal(sim_best_static_of(&rig->conf, &rig->how, &found, &err), WEIR_EINVAL);
    test_error_says(&err, words);
    assert_null(found.setting);
}

static void test_what_makes_no_sense_is_refused(void **state) {
    (void)state;
    setup(small, 2);
    rig->how.meets = NULL;
    refused("with no floors");
    assert_true(isnan(sim_bound_ms(&rig->conf, NULL)));
    rig->how.meets = rig->meets;
    rig->how.starts = 0;
    refused("0 starts");
    rig->how.starts = 1;
    rig->how.search_s = 1; /* no longer than the warm-up */
    refused("trials of 1 s");
    rig->how.search_s = NAN;
    refused("trials of nan s");
    rig->how.search_s = 6;
    rig->how.warm_up_s = 6;
    refused("a warm-up of 6 s");
    rig->how.warm_up_s = -1;
    refused("a warm-up of -1 s");
    rig->how.warm_up_s = 1;
    rig->conf.seconds = 0.5;
    refused("a run of 0.5 s");
    rig->conf.seconds = 6;
    rig->stream[1].node = 7;
    refused("node 7 is not in the site");
    assert_true(isnan(sim_bound_ms(&rig->conf, rig->meets)));
    rig->stream[1].node = EDGE;
    rig->cost[3].infer_ns = 0;
    refused("setting 3: a stage takes");
    sim_hindsight_done(&(struct sim_hindsight){0});
}

static void test_a_setting_for_each_stream_and_no_other_is_an_assignment(void **state) {
    (void)state;
    static const char *const bad[] = {"", "1", "1,2,3", "1,6", "-2,0", "1;2", "a,1", "1,2,"};
    struct sim_result result = {0};
    setup(small, 2);
    rig->conf.strategy = &sim_strategy_fixed;
    rig->content.accuracy = believes;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct weir_error err = {0};
        rig->conf.options = bad[i];
        assert_int_equal(sim_world_run(&rig->conf, &result, &err), WEIR_EINVAL);
        test_error_says(&err, "strategy fixed: number");
    }
    assert_int_equal(with((int[]){-1, -1}).outcome[WEIR_OUTCOME_OVERLOAD], 250);
}

int main(void) {
#define T(name) cmocka_unit_test_teardown(name, teardown)
    const struct CMUnitTest tests[] = {
        T(test_the_best_of_all_assignments_is_found),
        T(test_it_is_found_under_floors_that_differ),
        T(test_it_is_never_worse_than_one_setting_for_all),
        T(test_a_static_setting_is_replaced_where_it_cannot_be_had),
        T(test_nothing_is_faster_than_the_bound),
        T(test_the_bound_is_the_sum_of_its_parts),
        T(test_the_bound_knows_when_links_and_nodes_are_down),
        T(test_the_bound_is_of_what_is_detected),
        T(test_the_best_is_found_among_what_is_detected_too),
        T(test_where_nothing_meets_the_floor_there_is_nothing_to_take),
        T(test_what_cannot_be_reached_is_not_taken),
        T(test_the_same_seed_finds_the_same),
        T(test_what_makes_no_sense_is_refused),
        T(test_a_setting_for_each_stream_and_no_other_is_an_assignment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
