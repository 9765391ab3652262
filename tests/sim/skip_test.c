/*
 * Frames that are not detected: each leaves at once, as carried by the tracker, and takes nothing
 * from anybody; strategies see a stream of those that are left.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/calls.h"
#include "sim/small_world.h"
#include "support/support.h"

#define MS WEIR_NS_PER_MS

static struct small_world *world_of(int cameras, const char *strategy, int skip) {
    struct small_world *w = small_world_new("", cameras, weir_strategy_find(strategy), NULL);
    for (int i = 0; i < cameras; i++) {
        w->stream[i].skip = skip;
        w->stream[i].jitter_ns = 3 * MS;
    }
    return w;
}

static int64_t sent(const struct small_world *w) {
    return w->result.sent_bytes[0][WEIR_SITE_FORWARD] + w->result.sent_bytes[1][WEIR_SITE_FORWARD];
}

static int64_t count(const struct small_world *w, enum weir_outcome outcome) {
    int64_t n = 0;
    for (int i = 0; i < w->result.streams; i++)
        for (int64_t k = 0; k < w->result.stream[i].frames; k++)
            n += w->result.stream[i].frame[k].outcome == outcome;
    return n;
}

static void test_every_frame_leaves_once_whatever_is_skipped(void **state) {
    (void)state;
    static const char *const names[] = {"cloud-only", "edge-only", "greedy", "awstream", "weir"};
    for (int skip = 1; skip <= 10; skip += skip < 3 ? 1 : 7) /* 1, 2, 3, 10 */
        for (size_t s = 0; s < sizeof names / sizeof *names; s++) {
            struct small_world *w = world_of(12, names[s], skip);
            small_world_run(w);
            for (int i = 0; i < 12; i++) {
                const struct sim_stream_result *r = &w->result.stream[i];
                int64_t last_ns = 0;
                assert_in_range(r->frames, 499, 500);
                for (int64_t k = 0; k < r->frames; k++) {
                    const struct sim_frame *f = &r->frame[k];
                    assert_true(f->outcome != WEIR_OUTCOME_NONE);
                    assert_int_equal(f->outcome == WEIR_OUTCOME_TRACK, k % skip != 0);
                    if (f->outcome == WEIR_OUTCOME_TRACK) {
                        assert_int_equal(f->delivered_ns, f->due_ns);
                        assert_int_equal(f->setting, -1);
                        assert_int_equal(f->bytes, 0);
                    } else if (f->outcome == WEIR_OUTCOME_DETECT) {
                        assert_true(f->delivered_ns >= last_ns); /* these in their order */
                        last_ns = f->delivered_ns;
                    }
                }
            }
            small_world_free(w);
        }
}

static void test_to_skip_nothing_is_to_detect_all(void **state) {
    (void)state;
    struct small_world *none = world_of(8, "weir", 0), *one = world_of(8, "weir", 1);
    small_world_run(none);
    small_world_run(one);
    for (int i = 0; i < 8; i++)
        assert_memory_equal(none->result.stream[i].frame, one->result.stream[i].frame,
                            (size_t)one->result.stream[i].frames * sizeof(struct sim_frame));
    assert_int_equal(count(one, WEIR_OUTCOME_TRACK), 0);
    small_world_free(none);
    small_world_free(one);
}

static void test_half_of_the_frames_are_half_of_the_bytes_and_of_the_work(void **state) {
    (void)state;
    struct small_world *all = world_of(2, "cloud-only", 1), *half = world_of(2, "cloud-only", 2);
    small_world_run(all);
    small_world_run(half);
    assert_int_equal(count(all, WEIR_OUTCOME_DETECT), 1000);
    assert_int_equal(count(half, WEIR_OUTCOME_DETECT), 500);
    assert_int_equal(count(half, WEIR_OUTCOME_TRACK), 500);
    assert_int_equal(sent(all), 2 * sent(half));
    assert_int_equal(all->result.busy_ns[3], 2 * half->result.busy_ns[3]);
    small_world_free(all);
    small_world_free(half);
}

static void test_what_is_not_detected_gives_others_room(void **state) {
    (void)state;
    struct small_world *all = world_of(16, "edge-only", 1), *third = world_of(16, "edge-only", 3);
    small_world_run(all);
    small_world_run(third);
    assert_true(count(all, WEIR_OUTCOME_DETECT) < 7000);
    assert_true(small_world_tally(third, 0, 20).mean_ms < small_world_tally(all, 0, 20).mean_ms);
    small_world_free(all);
    small_world_free(third);
}

/* ---- what a strategy sees -------------------------------------------------------- */

struct weir_strategy_state {
    int64_t next[SMALL_CAMERAS], told[SMALL_CAMERAS];
    int64_t capture_ns[SMALL_CAMERAS];
    bool planner;
};
static int plans; /* in which a stream's rhythm was known */

static int look_open(const struct weir_site_view *site, int node, const char *options,
                     struct weir_strategy_state **ret_state, char *ret_reason) {
    (void)options;
    (void)ret_reason;
    for (int i = 0; i < site->streams; i++) {
        assert_float_equal(site->stream[i].rate_fps, 12.5, 1e-12);
        assert_int_equal(site->stream[i].deadline_ns, 200 * MS); /* as ever */
    }
    *ret_state = calloc(1, sizeof **ret_state);
    (*ret_state)->planner = node < 0;
    return 0;
}

static void look_close(struct weir_strategy_state *state) {
    free(state);
}

static int look_choose(struct weir_strategy_state *s, const struct weir_frame_view *frame) {
    const int i = frame->stream;
    assert_int_equal(frame->frame, s->next[i]); /* numbered as they come: 0, 1, 2 */
    if (s->next[i]++)
        assert_in_range(frame->capture_ns - s->capture_ns[i], 77 * MS, 83 * MS);
    s->capture_ns[i] = frame->capture_ns;
    return frame->frame % 5 == 4 ? WEIR_DROP : 0;
}

static void look_result(struct weir_strategy_state *s, const struct weir_result_view *result) {
    assert_true(result->frame < s->next[result->stream]);
    assert_int_not_equal(result->frame % 5, 4);
    s->told[result->stream]++;
}

static void look_plan(struct weir_strategy_state *s, const struct weir_plan_view *view,
                      int64_t *ret_toll_ns, int *ret_preferred) {
    (void)ret_toll_ns;
    (void)ret_preferred;
    assert_true(s->planner);
    for (int i = 0; i < view->site->streams; i++) {
        const struct weir_rhythm *r = &view->rhythm[i];
        double flow = 0;
        for (int k = 0; k < view->site->settings; k++)
            flow += view->flow[i * view->site->settings + k];
        assert_int_equal(r->period_ns, 80 * MS);
        assert_true(flow < 12.5);
        plans += r->due_ns >= 0 && view->now_ns - r->due_ns < 90 * MS;
    }
}

static void test_a_strategy_sees_a_stream_of_what_is_detected(void **state) {
    (void)state;
    static const struct weir_strategy looker = {
        .version = WEIR_STRATEGY_VERSION,
        .name = "looker",
        .open = look_open,
        .close = look_close,
        .choose = look_choose,
        .result = look_result,
        .plan = look_plan,
    };
    struct small_world *w = world_of(4, "greedy", 2);
    w->conf.strategy = &looker;
    plans = 0;
    small_world_run(w);
    assert_true(plans > 4 * 15);
    assert_int_equal(count(w, WEIR_OUTCOME_OVERLOAD), 4 * 50);
    assert_int_equal(count(w, WEIR_OUTCOME_TRACK), 4 * 250);
    small_world_free(w);
}

static void test_recorded_calls_are_answered_alike(void **state) {
    (void)state;
    struct sim_calls *calls = NULL;
    assert_int_equal(sim_calls_new(&calls, NULL), 0);
    for (size_t i = 0; i < weir_strategies_len; i++) {
        struct weir_error err = {0};
        struct sim_replay done;
        struct small_world *w = world_of(6, weir_strategies[i]->name, 3);
        w->conf.seconds = 6;
        w->conf.calls = calls;
        small_world_run(w);
        small_world_free(w);
        size_t len;
        const char *bytes = sim_calls_bytes(calls, &len);
        assert_non_null(bytes);
        if (sim_calls_replay(weir_strategies[i], bytes, len, &done, &err))
            fail_msg("%s", err.text);
        assert_int_equal(done.choices, 6 * 50);
    }
    sim_calls_free(calls);
}

static void test_to_skip_less_than_nothing_is_refused(void **state) {
    (void)state;
    struct weir_error err = {0};
    struct small_world *w = world_of(2, "greedy", 2);
    w->stream[1].skip = -1;
    assert_int_equal(sim_world_run(&w->conf, &w->result, &err), WEIR_EINVAL);
    test_error_says(&err, "stream camera: skip -1; allowed: 0 and above");
    assert_null(w->result.stream);
    small_world_free(w);
}

static void test_where_nothing_is_reached_the_tracker_goes_on(void **state) {
    (void)state;
    struct small_world *w = small_world_new("events:\n  - { at_s: 0, node: cloud, down_s: 20 }\n",
                                            1, &weir_strategy_cloud_only, NULL);
    w->stream[0].skip = 4;
    small_world_run(w);
    assert_int_equal(count(w, WEIR_OUTCOME_DETECT), 0);
    assert_int_equal(count(w, WEIR_OUTCOME_TRACK), 375); /* with nothing, as accuracy will say */
    assert_int_equal(count(w, WEIR_OUTCOME_UNREACHABLE) + count(w, WEIR_OUTCOME_OVERLOAD), 125);
    small_world_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_frame_leaves_once_whatever_is_skipped),
        cmocka_unit_test(test_to_skip_nothing_is_to_detect_all),
        cmocka_unit_test(test_half_of_the_frames_are_half_of_the_bytes_and_of_the_work),
        cmocka_unit_test(test_what_is_not_detected_gives_others_room),
        cmocka_unit_test(test_a_strategy_sees_a_stream_of_what_is_detected),
        cmocka_unit_test(test_recorded_calls_are_answered_alike),
        cmocka_unit_test(test_to_skip_less_than_nothing_is_refused),
        cmocka_unit_test(test_where_nothing_is_reached_the_tracker_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
