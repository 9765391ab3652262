/*
 * H.264 across a link: what comes after a keyframe needs it, so that one that is late by little is
 * sent all the same, and nobody begins with one that the next frames would have to wait for.
 */
#include "sim/small_world.h"
#include "support/support.h"

#define MS WEIR_NS_PER_MS

enum { WAYS = 2, CLOUD = 1 }; /* as it is, H.264 */

static struct small_world *rig;

static int64_t bytes_of(struct sim_content *content, int stream, int64_t frame, int setting) {
    (void)content;
    (void)stream;
    (void)frame;
    (void)setting;
    return 5000;
}

static int64_t mean_bytes(struct sim_content *content, int stream, int setting) {
    return bytes_of(content, stream, 0, setting);
}

static int64_t key_bytes(struct sim_content *content, int stream, int64_t frame, int setting) {
    return 10 * bytes_of(content, stream, frame, setting);
}

/* One camera on an edge with nothing but a link of that rate to the cloud; a P-frame takes 2 ms of
 * it at 20 Mbit/s, a keyframe 20. */
static void setup(double mbit_per_s, const char *strategy, const char *options) {
    struct weir_buf yaml = {0};
    weir_buf_printf(&yaml,
                    "nodes:\n"
                    "  edge: { tier: edge, slots: 2, slowdown: 8 }\n"
                    "  cloud: { tier: cloud, slots: 2, slowdown: 0.5 }\n"
                    "links:\n"
                    "  - { from: edge, to: cloud, mbit_per_s: %g, rtt_ms: 20 }\n",
                    mbit_per_s);
    rig = small_world_at(weir_buf_str(&yaml), WAYS, 1, weir_strategy_find(strategy), options);
    weir_buf_done(&yaml);
    rig->content.bytes = bytes_of;
    rig->content.mean_bytes = mean_bytes;
    rig->content.key_bytes = key_bytes;
    for (int i = 0; i < rig->conf.settings; i++)
        if (rig->setting[i].travel == WEIR_TRAVEL_JPEG) {
            rig->setting[i].travel = WEIR_TRAVEL_H264;
            rig->setting[i].quality = 23;
        }
}

static int teardown(void **state) {
    (void)state;
    small_world_free(rig);
    return 0;
}

static int64_t sent_there(void) {
    int64_t sent = 0;
    for (int64_t k = 0; k < rig->result.stream[0].frames; k++) {
        const int setting = rig->result.stream[0].frame[k].setting;
        sent += setting >= 0 && rig->setting[setting].node == CLOUD;
    }
    return sent;
}

/* Source 5.6 ms, link 2 or 20, round trip 20, cloud 7.5: a frame takes 35 ms, a keyframe 53. */
static void test_a_keyframe_that_is_late_by_little_serves_those_after_it(void **state) {
    (void)state;
    setup(20, "cloud-only", NULL);
    rig->stream[0].deadline_ns = 40 * MS;
    small_world_run(rig);
    const struct small_tally t = small_world_tally(rig, 0, 20);
    assert_int_equal(sent_there(), t.frames);
    assert_true(rig->result.stream[0].frame[0].outcome != WEIR_OUTCOME_DETECT);
    assert_int_equal(t.on_time, t.frames - 1);
}

/* At 4 Mbit/s a keyframe holds the link for 100 ms: two periods too late. */
static void test_a_keyframe_that_others_would_wait_for_is_not_sent(void **state) {
    (void)state;
    setup(4, "cloud-only", NULL);
    rig->stream[0].deadline_ns = 60 * MS;
    small_world_run(rig);
    assert_int_equal(small_world_tally(rig, 0, 20).detected, 0);
    assert_int_equal(rig->result.sent_bytes[0][WEIR_SITE_FORWARD], 0);
}

/* Nor begun with, where one may choose: a P-frame would be there sooner than the edge is done. */
static void test_nobody_begins_with_a_keyframe_that_others_would_wait_for(void **state) {
    (void)state;
    setup(4, "weir", NULL);
    rig->stream[0].deadline_ns = 70 * MS;
    small_world_run(rig);
    const struct small_tally t = small_world_tally(rig, 0, 20);
    assert_int_equal(sent_there(), 0);
    assert_int_equal(t.on_time, t.frames);
}

static void test_one_that_is_late_by_little_is_begun_with(void **state) {
    (void)state;
    setup(20, "weir", NULL);
    rig->stream[0].deadline_ns = 40 * MS;
    small_world_run(rig);
    const struct small_tally t = small_world_tally(rig, 0, 20);
    assert_true(sent_there() > t.frames * 9 / 10);
    assert_true(t.on_time >= t.frames - 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_keyframe_that_is_late_by_little_serves_those_after_it,
                                  teardown),
        cmocka_unit_test_teardown(test_a_keyframe_that_others_would_wait_for_is_not_sent, teardown),
        cmocka_unit_test_teardown(test_nobody_begins_with_a_keyframe_that_others_would_wait_for,
                                  teardown),
        cmocka_unit_test_teardown(test_one_that_is_late_by_little_is_begun_with, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
