/* What runs are worth, on runs written by hand: frames every 100 ms, a deadline of 150 ms. */
#include "sim/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/support.h"

#define MS WEIR_NS_PER_MS

struct rig {
    struct weir_site site;
    struct sim_stream_conf stream[2];
    struct sim_frame frame[2][16];
    struct sim_stream_result of[2];
    int64_t sent[4][WEIR_SITE_WAYS];
    struct sim_conf conf;
    struct sim_result result;
};

/* Letters: a digit is delivered after so many times 10 ms ("5": 50 ms), '+' after 200 ms, '-'
 * dropped, 't' carried by the tracker, at once. */
static void setup(struct rig *rig, const char *first, const char *second) {
    const char *const text[] = {first, second};
    static const char yaml[] =
        "nodes:\n  edge: { tier: edge }\n  cloud: { tier: cloud }\n  hub: { tier: core }\n"
        "links:\n  - { from: edge, to: hub, mbit_per_s: 10 }\n"
        "  - { from: cloud, to: hub, mbit_per_s: 10 }\n";
    struct weir_error err = {0};
    memset(rig, 0, sizeof *rig);
    if (weir_site_parse("site.yaml", yaml, strlen(yaml), &rig->site, &err))
        fail_msg("%s", err.text);
    int streams = second ? 2 : 1;
    for (int i = 0; i < streams; i++) {
        rig->stream[i] = (struct sim_stream_conf){.deadline_ns = 150 * MS};
        rig->of[i] = (struct sim_stream_result){rig->frame[i], (int64_t)strlen(text[i])};
        for (int64_t k = 0; k < rig->of[i].frames; k++) {
            char c = text[i][k];
            struct sim_frame *f = &rig->frame[i][k];
            *f = (struct sim_frame){.due_ns = k * 100 * MS, .outcome = WEIR_OUTCOME_DETECT};
            if (c == '-')
                f->outcome = WEIR_OUTCOME_LATE;
            else if (c == 't')
                *f = (struct sim_frame){f->due_ns, f->due_ns, .outcome = WEIR_OUTCOME_TRACK};
            else
                f->delivered_ns = f->due_ns + (c == '+' ? 200 : (c - '0') * 10) * MS;
        }
    }
    rig->conf = (struct sim_conf){
        .site = &rig->site, .stream = rig->stream, .streams = streams, .seconds = 1};
    rig->result =
        (struct sim_result){.stream = rig->of, .streams = streams, .sent_bytes = rig->sent};
}

static struct sim_measures measured(struct rig *rig, double warm_up_s) {
    struct sim_measures m;
    assert_int_equal(sim_measure(&rig->conf, &rig->result, warm_up_s, &m), 0);
    weir_site_done(&rig->site);
    return m;
}

static void test_latency_is_of_results_alone(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, "2-4-9", NULL);
    struct sim_measures m = measured(&rig, 0);
    assert_float_equal(m.latency.mean, 50, 1e-9);
    assert_float_equal(m.latency.p50, 40, 1e-9);
    assert_float_equal(m.latency.p95, 90, 1e-9);
    assert_int_equal(m.frames, 5);
    assert_int_equal(m.outcome[WEIR_OUTCOME_LATE], 2);
    assert_int_equal(m.outcome[WEIR_OUTCOME_DETECT], 3);
    assert_int_equal(m.below_floor, 0);
}

static void test_what_was_believed_to_be_below_the_floor_is_counted_among_results(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, "2-4-9", NULL);
    rig.frame[0][0].below_floor = rig.frame[0][1].below_floor = rig.frame[0][4].below_floor = true;
    struct sim_measures m = measured(&rig, 0);
    assert_int_equal(m.below_floor, 2); /* the second was late */
    setup(&rig, "2-4-9", NULL);
    rig.frame[0][0].below_floor = true;
    m = measured(&rig, 0.05);
    assert_int_equal(m.below_floor, 0);
}

static void test_age_counts_what_was_dropped(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, "2--4", NULL); /* 20, then 240 and 140 until the fourth is there, and 40 */
    struct sim_measures m = measured(&rig, 0);
    assert_float_equal(m.age.mean, (20 + 240 + 140 + 40) / 4.0, 1e-9);
    assert_float_equal(m.latency.mean, 30, 1e-9);
}

static void test_age_runs_to_the_end_where_nothing_comes(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, "--", NULL); /* the run ends at 1 s, and its last deadline 150 ms later */
    struct sim_measures m = measured(&rig, 0);
    assert_float_equal(m.age.mean, (1150 + 1050) / 2.0, 1e-9);
    assert_true(isnan(m.latency.mean) && isnan(m.latency.p99));
    assert_float_equal(m.on_time, 0, 0);
}

static void test_late_results_are_not_on_time(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, "2+2-", NULL);
    assert_float_equal(measured(&rig, 0).on_time, 0.5, 1e-9);
}

static void test_the_warm_up_does_not_count(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, "9999222", NULL);
    struct sim_measures m = measured(&rig, 0.4);
    assert_int_equal(m.frames, 3);
    assert_float_equal(m.latency.mean, 20, 1e-9);
    setup(&rig, "99", NULL);
    m = measured(&rig, 5);
    assert_int_equal(m.frames, 0);
    assert_true(isnan(m.on_time) && isnan(m.age.mean));
}

static void test_jain_tells_fair_from_unfair(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, "22--", "--22");
    assert_float_equal(measured(&rig, 0).jain, 1, 1e-9);
    setup(&rig, "2222", "----");
    assert_float_equal(measured(&rig, 0).jain, 0.5, 1e-9);
    setup(&rig, "----", "----");
    assert_true(isnan(measured(&rig, 0).jain));
}

static void test_the_uplink_is_what_leaves_the_cameras_nodes(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, "2", "2"); /* both on node 0, edge */
    rig.sent[0][WEIR_SITE_FORWARD] = 500000;
    rig.sent[0][WEIR_SITE_BACK] = 7000; /* results: not counted */
    rig.sent[1][WEIR_SITE_FORWARD] = 9000; /* of the cloud's */
    assert_float_equal(measured(&rig, 0).uplink_mbit_per_s, 4, 1e-9);
}

/* ---- frames that the tracker carried ------------------------------------------------ */

static void test_latency_and_age_are_of_what_is_detected(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, "2t4t", NULL); /* the last waits to the end of the run, at 1.15 s */
    struct sim_measures m = measured(&rig, 0);
    assert_float_equal(m.latency.mean, 30, 1e-9);
    assert_float_equal(m.age.mean, (20 + 140 + 40 + 850) / 4.0, 1e-9);
    assert_float_equal(m.carried.mean, 100, 1e-9);
    assert_int_equal(m.frames, 4);
    assert_int_equal(m.outcome[WEIR_OUTCOME_TRACK], 2);
    assert_float_equal(m.on_time, 1, 1e-9);
    assert_float_equal(m.jain, 1, 1e-9);
}

static void test_carrying_does_not_flatter_what_was_dropped(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, "-t-t", NULL);
    struct sim_measures m = measured(&rig, 0);
    setup(&rig, "----", NULL);
    assert_float_equal(m.age.mean, measured(&rig, 0).age.mean, 1e-9);
    assert_true(isnan(m.latency.mean) && isnan(m.carried.mean));
    assert_float_equal(m.on_time, 0, 0);
    setup(&rig, "2t-t2t+t", NULL); /* of four that were to be detected */
    assert_float_equal(measured(&rig, 0).on_time, 0.5, 1e-9);
    setup(&rig, "t", NULL); /* none was to be */
    assert_true(isnan(measured(&rig, 0).on_time));
}

static void test_what_is_carried_is_as_old_as_what_was_there_by_then(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, "+t2tt-t", NULL); /* nothing; then of the third: 100, 200, 400 */
    assert_int_equal(sim_carried_from(&rig.of[0], 1), -1);
    assert_int_equal(sim_carried_from(&rig.of[0], 3), 2);
    assert_int_equal(sim_carried_from(&rig.of[0], 6), 2);
    struct sim_measures m = measured(&rig, 0);
    assert_float_equal(m.carried.mean, 700 / 3.0, 1e-9);
    assert_float_equal(m.carried.p95, 400, 1e-9);
    assert_int_equal(m.outcome[WEIR_OUTCOME_TRACK], 4);
}

static void test_the_age_of_one_stream_is_that_of_all_of_it(void **state) {
    (void)state;
    struct rig rig;
    double ms[6];
    int64_t frames;
    setup(&rig, "2t-t4t", NULL);
    sim_ages_ms(&rig.conf, &rig.result, 0, ms);
    assert_float_equal(ms[1], 340, 1e-9);
    assert_float_equal(ms[3], 140, 1e-9);
    double mean = sim_mean_age_ms(&rig.conf, &rig.result, 0, 0, &frames);
    assert_int_equal(frames, 6);
    assert_float_equal(mean, measured(&rig, 0).age.mean, 1e-9);
}

/* ---- several runs as one ------------------------------------------------------ */

static void put(struct sim_tally *tally, const char *first, const char *second, double warm_up_s) {
    struct rig rig;
    setup(&rig, first, second);
    rig.sent[0][WEIR_SITE_FORWARD] = 250000; /* 2 Mbit in its second */
    assert_int_equal(sim_tally_add(tally, &rig.conf, &rig.result, warm_up_s), 0);
    weir_site_done(&rig.site);
}

static void test_runs_are_pooled_frame_by_frame(void **state) {
    (void)state;
    struct sim_tally tally = {0};
    struct sim_measures m;
    put(&tally, "22222222", NULL, 0);
    put(&tally, "86", NULL, 0);
    sim_tally_measures(&tally, &m);
    assert_float_equal(m.latency.mean, (8 * 20 + 80 + 60) / 10.0, 1e-9); /* not of the means */
    assert_float_equal(m.latency.p50, 20, 1e-9);
    assert_float_equal(m.latency.p95, 80, 1e-9);
    assert_int_equal(m.frames, 10);
    assert_float_equal(m.uplink_mbit_per_s, 2, 1e-9);
    put(&tally, "+-", NULL, 0); /* more may follow what was looked at */
    sim_tally_measures(&tally, &m);
    assert_int_equal(m.frames, 12);
    assert_int_equal(m.outcome[WEIR_OUTCOME_DETECT], 11);
    assert_int_equal(m.outcome[WEIR_OUTCOME_LATE], 1);
    assert_float_equal(m.on_time, 10 / 12.0, 1e-9);
    assert_float_equal(m.latency.p99, 200, 1e-9);
    sim_tally_done(&tally);
}

static void test_a_stream_that_starves_is_not_made_up_for_by_another_run(void **state) {
    (void)state;
    struct sim_tally tally = {0};
    struct sim_measures m;
    put(&tally, "2222", "----", 0);
    put(&tally, "----", "2222", 0);
    put(&tally, "----", "----", 0); /* it has no index */
    sim_tally_measures(&tally, &m);
    assert_float_equal(m.jain, 0.5, 1e-9);
    sim_tally_done(&tally);
}

static void test_no_runs_are_no_numbers(void **state) {
    (void)state;
    struct sim_tally tally = {0};
    struct sim_measures m;
    sim_tally_measures(&tally, &m);
    assert_int_equal(m.frames, 0);
    assert_true(isnan(m.latency.mean) && isnan(m.on_time) && isnan(m.jain));
    sim_tally_done(&tally);
}

/* Whatever is counted: each frame's own, whose mean is that of all. */
static void test_each_frame_has_its_age(void **state) {
    (void)state;
    struct rig rig;
    double ms[5];
    int64_t frames;
    setup(&rig, "2-4-+", NULL);
    sim_ages_ms(&rig.conf, &rig.result, 0, ms);
    const double expected[] = {20, 140, 40, 300, 200};
    for (int k = 0; k < 5; k++)
        assert_float_equal(ms[k], expected[k], 1e-9);
    assert_float_equal(sim_mean_age_ms(&rig.conf, &rig.result, 0, 0, &frames), 140, 1e-9);
    weir_site_done(&rig.site);
}

static void test_frames_after_the_last_result_age_to_the_end_of_the_run(void **state) {
    (void)state;
    struct rig rig;
    double ms[3];
    setup(&rig, "5--", NULL);
    sim_ages_ms(&rig.conf, &rig.result, 0, ms);
    assert_float_equal(ms[0], 50, 1e-9);
    assert_float_equal(ms[1], 1050, 1e-9); /* 1 s and its deadline */
    assert_float_equal(ms[2], 950, 1e-9);
    weir_site_done(&rig.site);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_latency_is_of_results_alone),
        cmocka_unit_test(test_what_was_believed_to_be_below_the_floor_is_counted_among_results),
        cmocka_unit_test(test_age_counts_what_was_dropped),
        cmocka_unit_test(test_age_runs_to_the_end_where_nothing_comes),
        cmocka_unit_test(test_late_results_are_not_on_time),
        cmocka_unit_test(test_the_warm_up_does_not_count),
        cmocka_unit_test(test_jain_tells_fair_from_unfair),
        cmocka_unit_test(test_the_uplink_is_what_leaves_the_cameras_nodes),
        cmocka_unit_test(test_runs_are_pooled_frame_by_frame),
        cmocka_unit_test(test_a_stream_that_starves_is_not_made_up_for_by_another_run),
        cmocka_unit_test(test_no_runs_are_no_numbers),
        cmocka_unit_test(test_each_frame_has_its_age),
        cmocka_unit_test(test_frames_after_the_last_result_age_to_the_end_of_the_run),
        cmocka_unit_test(test_latency_and_age_are_of_what_is_detected),
        cmocka_unit_test(test_carrying_does_not_flatter_what_was_dropped),
        cmocka_unit_test(test_what_is_carried_is_as_old_as_what_was_there_by_then),
        cmocka_unit_test(test_the_age_of_one_stream_is_that_of_all_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
