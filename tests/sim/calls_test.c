/*
 * A run's calls, recorded and replayed: the same strategy gives the same answers; another one, or
 * other bytes, are found out, and where.
 */
#include "sim/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/small_world.h"
#include "support/support.h"

static struct sim_calls *calls;
static const char *bytes; /* the recording */
static size_t len;

static int setup(void **state) {
    (void)state;
    return sim_calls_new(&calls, NULL);
}

static int teardown(void **state) {
    (void)state;
    sim_calls_free(calls);
    return 0;
}

/* So many seconds of six cameras, in a world in which a link goes down and returns. */
static void record(const struct weir_strategy *strategy, const char *options, double seconds) {
    struct small_world *w = small_world_new(
        "events:\n  - { at_s: 2, link: core-cloud, down_s: 1 }\n", 6, strategy, options);
    w->conf.seconds = seconds;
    w->conf.calls = calls;
    small_world_run(w);
    small_world_free(w);
    bytes = sim_calls_bytes(calls, &len);
    assert_non_null(bytes);
}

/* Replays; 0, or the code, with the words. */
static int replay(const struct weir_strategy *strategy, const char *data, size_t data_len,
                  struct sim_replay *ret, const char *words) {
    struct weir_error err = {0};
    struct sim_replay untouched = {-1, -1, -1, -1}, done = untouched;
    int rc = sim_calls_replay(strategy, data, data_len, &done, &err);
    if (rc) {
        assert_memory_equal(&done, &untouched, sizeof done);
        test_error_says(&err, words);
    } else if (ret) {
        *ret = done;
    }
    return rc;
}

static void test_every_strategy_gives_the_same_answers_again(void **state) {
    (void)state;
    for (size_t i = 0; i < weir_strategies_len; i++) {
        const struct weir_strategy *s = weir_strategies[i];
        struct sim_replay done;
        record(s, "", 5);
        assert_int_equal(replay(s, bytes, len, &done, ""), 0);
        assert_true(done.choices > 300 && done.choices <= 6 * 125);
        assert_int_equal(done.plans > 0, s->plan != NULL);
        assert_int_equal(done.results > 300, s->result != NULL);
        /* two agents, and the planner */
        assert_int_equal(done.calls - done.choices - done.plans - done.results, 2 + !!s->plan);
    }
}

static void test_a_strategy_is_opened_with_the_options_it_had(void **state) {
    (void)state;
    record(&weir_strategy_awstream, "target=0.9", 2);
    assert_int_equal(replay(&weir_strategy_awstream, bytes, len, NULL, ""), 0);
    assert_int_equal(replay(&weir_strategy_greedy, bytes, len, NULL,
                            "call 1, open of the agent at edge-1: recorded 0, greedy now answers "
                            "-1: takes no options, found \"target=0.9\""),
                     WEIR_EINVAL);
}

static void test_the_same_run_is_the_same_bytes(void **state) {
    (void)state;
    record(&weir_strategy_weir, "", 3);
    char *first = malloc(len);
    const size_t first_len = len;
    assert_non_null(first);
    memcpy(first, bytes, len);
    record(&weir_strategy_weir, "", 3);
    assert_int_equal(len, first_len);
    assert_memory_equal(bytes, first, len);
    free(first);
}

static void test_it_is_recorded_compactly(void **state) {
    struct sim_replay done;
    (void)state;
    record(&weir_strategy_weir, "", 5);
    assert_int_equal(replay(&weir_strategy_weir, bytes, len, &done, ""), 0);
    const double each = (double)len / (double)done.calls;
    print_message("# %.0f bytes a call, each of up to 28 offers\n", each);
    assert_true(each < 28 * 12); /* of 88 bytes in memory */
}

static void test_recording_changes_nothing(void **state) {
    (void)state;
    struct small_world *a = small_world_new("", 6, &weir_strategy_awstream, NULL),
                       *b = small_world_new("", 6, &weir_strategy_awstream, NULL);
    a->conf.seconds = b->conf.seconds = 3;
    a->conf.calls = calls;
    small_world_run(a);
    small_world_run(b);
    for (int i = 0; i < 6; i++)
        assert_memory_equal(a->result.stream[i].frame, b->result.stream[i].frame,
                            (size_t)a->result.stream[i].frames * sizeof(struct sim_frame));
    small_world_free(a);
    small_world_free(b);
}

static void test_another_strategy_is_told_with_the_number_of_the_call(void **state) {
    (void)state;
    record(&weir_strategy_weir, "", 3);
    assert_int_equal(replay(&weir_strategy_cloud_only, bytes, len, NULL,
                            "choose by the agent at edge-1 for frame 0 of stream camera"),
                     WEIR_EINVAL);
    assert_int_equal(replay(&weir_strategy_cloud_only, bytes, len, NULL, "call 4, "), WEIR_EINVAL);
    assert_int_equal(replay(&weir_strategy_cloud_only, bytes, len, NULL, "cloud-only now answers "),
                     WEIR_EINVAL);
}

static void plan_more(struct weir_strategy_state *state, const struct weir_plan_view *view,
                      int64_t *ret_toll_ns, int *ret_preferred) {
    weir_strategy_weir.plan(state, view, ret_toll_ns, ret_preferred);
    if (view->now_ns > 2 * WEIR_NS_PER_S)
        ret_toll_ns[view->site->settings + 3]++;
}

static void test_a_plan_that_differs_by_a_nanosecond_is_told(void **state) {
    (void)state;
    struct weir_strategy changed = weir_strategy_weir;
    changed.plan = plan_more;
    record(&weir_strategy_weir, "", 5);
    assert_int_equal(replay(&changed, bytes, len, NULL,
                            ", plan at 3.000 s: for stream camera in "
                            "setting 3 a toll of "),
                     WEIR_EINVAL);
}

/* The number in "call N…". */
static long call_of(const struct weir_error *err) {
    long n = -1;
    assert_int_equal(sscanf(err->text, "call %ld", &n), 1);
    return n;
}

static void test_a_flipped_byte_anywhere_is_told_with_the_number_of_the_call(void **state) {
    (void)state;
    record(&weir_strategy_weir, "", 0.5);
    char *copy = malloc(len);
    long last = 0;
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    for (size_t i = 0; i < len; i += i < 600 || i + 600 > len ? 1 : 37) {
        struct weir_error err = {0};
        struct sim_replay done;
        copy[i] ^= (char)(1 << i % 8);
        assert_int_equal(sim_calls_replay(&weir_strategy_weir, copy, len, &done, &err),
                         WEIR_ECORRUPT);
        copy[i] ^= (char)(1 << i % 8);
        assert_true(call_of(&err) >= last); /* further on in the bytes is further on in calls */
        last = call_of(&err);
    }
    assert_true(last > 60);
    assert_int_equal(replay(&weir_strategy_weir, copy, len, NULL, ""), 0);
    free(copy);
}

static void test_a_recording_that_was_cut_off_anywhere_is_told(void **state) {
    (void)state;
    record(&weir_strategy_awstream, "", 0.3);
    for (size_t cut = 0; cut < len; cut += cut < 600 || cut + 600 > len ? 1 : 41) {
        char *part = malloc(cut + 1); /* exactly as long: what lies behind it is not read */
        assert_non_null(part);
        memcpy(part, bytes, cut);
        assert_int_equal(replay(&weir_strategy_awstream, part, cut, NULL, "record"), WEIR_ECORRUPT);
        free(part);
    }
}

static void test_bytes_behind_the_end_are_told(void **state) {
    (void)state;
    record(&weir_strategy_greedy, "", 0.3);
    char *more = calloc(len + 1, 1);
    assert_non_null(more);
    memcpy(more, bytes, len);
    assert_int_equal(replay(&weir_strategy_greedy, more, len + 1, NULL, "not the bytes"),
                     WEIR_ECORRUPT);
    free(more);
}

static void test_what_is_no_recording_is_told(void **state) {
    (void)state;
    static const char *const texts[] = {"", "x", "weir calls",
                                        "\x0bweir calls\x02 a b c d e f g h"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(replay(&weir_strategy_greedy, texts[i], strlen(texts[i]), NULL,
                                "no recording of a strategy's calls"),
                         WEIR_ECORRUPT);
}

static int nonsense(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    (void)state;
    return frame->frame % 2 ? 12345 : -7;
}

static void test_nonsense_is_recorded_as_it_was_answered(void **state) {
    (void)state;
    static const struct weir_strategy fool = {
        .version = WEIR_STRATEGY_VERSION, .name = "fool", .choose = nonsense};
    record(&fool, NULL, 1);
    assert_int_equal(replay(&fool, bytes, len, NULL, ""), 0);
    assert_int_equal(replay(&weir_strategy_greedy, bytes, len, NULL, "recorded -7, greedy now"),
                     WEIR_EINVAL);
}

static void test_a_run_that_was_refused_leaves_no_recording(void **state) {
    (void)state;
    struct weir_error err = {0};
    record(&weir_strategy_greedy, "", 0.3);
    struct small_world *w = small_world_new("", 1, &weir_strategy_greedy, "fast=yes");
    w->conf.calls = calls;
    assert_int_equal(sim_world_run(&w->conf, &w->result, &err), WEIR_EINVAL);
    assert_null(sim_calls_bytes(calls, &len));
    assert_int_equal(len, 0);
    small_world_free(w);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_every_strategy_gives_the_same_answers_again),
        T(test_a_strategy_is_opened_with_the_options_it_had),
        T(test_the_same_run_is_the_same_bytes),
        T(test_it_is_recorded_compactly),
        T(test_recording_changes_nothing),
        T(test_another_strategy_is_told_with_the_number_of_the_call),
        T(test_a_plan_that_differs_by_a_nanosecond_is_told),
        T(test_a_flipped_byte_anywhere_is_told_with_the_number_of_the_call),
        T(test_a_recording_that_was_cut_off_anywhere_is_told),
        T(test_bytes_behind_the_end_are_told),
        T(test_what_is_no_recording_is_told),
        T(test_nonsense_is_recorded_as_it_was_answered),
        T(test_a_run_that_was_refused_leaves_no_recording),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
