/*
 * How right runs are, on a table made up here: one clip of 100 frames at 10 fps. In each frame
 * are two people that move by 30 pixels a frame, and something to be ignored. The reference finds
 * both, the small setting one, and at times something that is not there.
 */
#include "sim/accuracy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/support.h"

#define MS WEIR_NS_PER_MS

enum { FRAMES = 100, SETTINGS = 2, BIG = 0, SMALL = 1 };

static const char model[1][SIM_TABLE_NAME] = {"street_s"}, person[1][SIM_TABLE_NAME] = {"person"};
static const struct sim_table_setting table_settings[SETTINGS] = {
    {0, 640, 360, WEIR_TRAVEL_NONE, 0, 0, 0, 0, 1},
    {0, 320, 180, WEIR_TRAVEL_JPEG, 80, 0, 0, 0, 1},
};
static const struct weir_setting settings[] = {
    {0, 0, 640, 360, WEIR_TRAVEL_NONE, 99}, /* what does not travel has no quality */
    {0, 0, 320, 180, WEIR_TRAVEL_JPEG, 80},
    {0, 0, 320, 180, WEIR_TRAVEL_JPEG, 50},
};
static const char *const models[] = {"street_s"};

struct rig {
    char *dir;
    struct sim_table table;
    struct sim_verdicts *verdicts;
    struct sim_stream_conf stream;
    struct sim_frame frame[FRAMES];
    struct sim_stream_result of;
    struct sim_conf conf;
    struct sim_result result;
    struct sim_scene scene;
    struct sim_showing showing;
    struct sim_accuracy_conf how;
};

static struct sim_table_box person_at(double x, double y, double height, double score) {
    return sim_table_pack(&(struct weir_box){.x0 = (float)x,
                                             .y0 = (float)y,
                                             .x1 = (float)(x + height / 2),
                                             .y1 = (float)(y + height),
                                             .score = (float)score});
}

/* false_height: of the small setting's false alarm. People move by step pixels a frame, and begin
 * again after so many. */
static void setup_moving(struct rig *rig, double false_height, double step, int again) {
    struct weir_error err = {0};
    static uint32_t bytes[SETTINGS * FRAMES], ends[(SETTINGS + 1) * FRAMES];
    static struct sim_table_box box[FRAMES * 8];
    uint32_t len = 0;
    memset(rig, 0, sizeof *rig);
    for (int s = 0; s <= SETTINGS; s++)
        for (int k = 0; k < FRAMES; k++) {
            double x = k % again * step;
            bool truth = s == SETTINGS;
            box[len++] = person_at(x, 50, 60, truth ? 1 : 0.9);
            if (s != SMALL)
                box[len++] = person_at(x, 200, 60, truth ? 1 : 0.8);
            else
                box[len++] = person_at(x, 120, false_height, 0.7);
            if (truth)
                box[len++] = person_at(x, 300, 8, 0); /* to be ignored */
            if (s == BIG)
                box[len++] = person_at(x, 300, 8, 0.6); /* and found all the same */
            ends[s * FRAMES + k] = len;
        }
    struct sim_table_draft draft = {
        {.name = "gate",
         .frames = FRAMES,
         .width = 640,
         .height = 360,
         .rate_fps = 10,
         .boxes = len},
        bytes,
        ends,
        box,
    };
    const struct sim_table shape = {.model = model,
                                    .class_name = person,
                                    .setting = table_settings,
                                    .models = 1,
                                    .classes = 1,
                                    .settings = SETTINGS,
                                    .clips = 1};
    rig->dir = test_scratch();
    const char *path = test_path(rig->dir, "a.table");
    if (sim_table_write(path, &shape, &draft, &err) || sim_table_open(path, &rig->table, &err))
        fail_msg("%s", err.text);
    rig->stream =
        (struct sim_stream_conf){.rate_fps = 10, .deadline_ns = 150 * MS, .min_accuracy = 0.8};
    rig->of = (struct sim_stream_result){rig->frame, FRAMES};
    for (int k = 0; k < FRAMES; k++)
        rig->frame[k] = (struct sim_frame){.due_ns = k * 100 * MS,
                                           .delivered_ns = k * 100 * MS + 50 * MS,
                                           .outcome = WEIR_OUTCOME_DETECT,
                                           .setting = BIG};
    rig->conf = (struct sim_conf){.stream = &rig->stream,
                                  .streams = 1,
                                  .model = models,
                                  .models = 1,
                                  .setting = settings,
                                  .settings = 2,
                                  .seconds = 10};
    rig->result = (struct sim_result){.stream = &rig->of, .streams = 1};
    rig->showing = (struct sim_showing){&rig->scene, 1};
    assert_int_equal(sim_verdicts_new(&rig->table, 12, &rig->verdicts), 0);
    rig->how = (struct sim_accuracy_conf){
        .verdicts = rig->verdicts, .showing = &rig->showing, .window_s = 2, .least_truths = 20};
}

static void setup(struct rig *rig, double false_height) {
    setup_moving(rig, false_height, 30, 20);
}

/* One frame of so many is detected, and there after that long. */
static void detect_one(struct rig *rig, int of, int64_t after_ns) {
    rig->stream.skip = of;
    for (int k = 0; k < FRAMES; k++) {
        struct sim_frame *f = &rig->frame[k];
        f->delivered_ns = f->due_ns + after_ns;
        if (k % of)
            *f = (struct sim_frame){.due_ns = f->due_ns,
                                    .delivered_ns = f->due_ns,
                                    .outcome = WEIR_OUTCOME_TRACK,
                                    .setting = -1};
    }
}

static struct sim_accuracy judged(struct rig *rig) {
    struct sim_accuracy a;
    struct weir_error err = {0};
    if (sim_accuracy_of(&rig->conf, &rig->result, &rig->how, &a, &err))
        fail_msg("%s", err.text);
    sim_verdicts_free(rig->verdicts);
    sim_table_close(&rig->table);
    test_scratch_remove(rig->dir);
    return a;
}

static void test_the_reference_is_as_right_as_itself(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 60);
    struct sim_accuracy a = judged(&rig);
    assert_float_equal(a.f1, 1, 1e-12); /* what is to be ignored counts neither way */
    assert_float_equal(a.relative, 1, 1e-12);
    assert_int_equal(a.windows, 5);
    assert_int_equal(a.judged, 5);
    assert_int_equal(a.held, 5);
    assert_true(a.compliance.low < 0.6 && a.compliance.high == 1);
    sim_accuracy_done(&a);
}

static void test_what_a_setting_misses_and_makes_up_counts(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 60);
    for (int k = 0; k < FRAMES; k++)
        rig.frame[k].setting = SMALL;
    struct sim_accuracy a = judged(&rig);
    assert_float_equal(a.f1, 0.5, 1e-12); /* of two found one, of two alarms one true */
    assert_int_equal(a.held, 0);
    sim_accuracy_done(&a);
    setup(&rig, 11); /* too low a false alarm to matter */
    for (int k = 0; k < FRAMES; k++)
        rig.frame[k].setting = SMALL;
    a = judged(&rig);
    assert_float_equal(a.f1, 2 / 3.0, 1e-12);
    sim_accuracy_done(&a);
}

static void test_a_dropped_frame_shows_the_boxes_before_it(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 60);
    for (int k = 0; k < FRAMES; k += 2)
        rig.frame[k].outcome = WEIR_OUTCOME_LATE; /* boxes 30 pixels away: two misses, two alarms */
    struct sim_accuracy a = judged(&rig);
    assert_float_equal(a.f1, 100 / (100 + 50 + 50 - 1.0), 2e-3); /* at first nothing is shown */
    sim_accuracy_done(&a);
}

static void test_a_late_result_does_not_help_its_own_frame(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 60);
    for (int k = 0; k < FRAMES; k++) /* each is there 160 ms after, past its deadline */
        rig.frame[k].delivered_ns = rig.frame[k].due_ns + 160 * MS;
    struct sim_accuracy a = judged(&rig);
    assert_true(a.f1 < 0.05);
    sim_accuracy_done(&a);
}

static void test_the_floor_is_relative_and_each_window_stands_alone(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 11);
    for (int k = 40; k < 60; k++)
        rig.frame[k].setting = SMALL; /* one window of five */
    struct sim_accuracy a = judged(&rig);
    assert_int_equal(a.judged, 5);
    assert_int_equal(a.held, 4);
    assert_false(a.window[2].held);
    sim_accuracy_done(&a);
    setup(&rig, 11);
    rig.stream.min_accuracy = 0.66;
    for (int k = 40; k < 60; k++)
        rig.frame[k].setting = SMALL;
    a = judged(&rig);
    assert_int_equal(a.held, 5);
    sim_accuracy_done(&a);
}

static void test_windows_with_little_to_see_are_not_judged(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 60);
    rig.how.least_truths = 41; /* a window holds 40 */
    struct sim_accuracy a = judged(&rig);
    assert_int_equal(a.judged, 0);
    assert_true(a.compliance.low == 0 && a.compliance.high == 1);
    sim_accuracy_done(&a);
}

static void test_the_warm_up_does_not_count(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 60);
    for (int k = 0; k < 40; k++)
        rig.frame[k].outcome = WEIR_OUTCOME_OVERLOAD;
    rig.how.warm_up_s = 4;
    struct sim_accuracy a = judged(&rig);
    assert_int_equal(a.windows, 3);
    assert_float_equal(a.relative, 1, 1e-12);
    sim_accuracy_done(&a);
}

static void test_a_stream_may_begin_anywhere_in_its_clip(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 60);
    rig.scene.first = 1234567;
    struct sim_accuracy a = judged(&rig);
    assert_float_equal(a.relative, 1, 1e-12);
    sim_accuracy_done(&a);
}

static void refused(struct rig *rig, const char *words) {
    struct sim_accuracy a = {.windows = 77};
    struct weir_error err = {0};
    assert_int_equal(sim_accuracy_of(&rig->conf, &rig->result, &rig->how, &a, &err), WEIR_EINVAL);
    test_error_says(&err, words);
    assert_int_equal(a.windows, 77);
}

static void test_what_the_table_lacks_is_told(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig, 60);
    rig.conf.settings = 3;
    refused(&rig, "the table has no street_s at 320x180, quality 50; record it");
    rig.conf.settings = 2;
    rig.scene.clip = 1;
    refused(&rig, "stream 0 shows clip 1; the table has 1");
    rig.scene.clip = 0;
    rig.how.window_s = 0;
    refused(&rig, "windows of 0 s");
    rig.how.window_s = 2;
    struct sim_accuracy a = judged(&rig);
    sim_accuracy_done(&a);
}

static void test_runs_are_joined_by_their_windows(void **state) {
    (void)state;
    struct rig rig;
    struct sim_accuracy all = {0};
    setup(&rig, 11);
    struct sim_accuracy a = judged(&rig);
    setup(&rig, 11);
    for (int k = 0; k < FRAMES; k++)
        rig.frame[k].setting = SMALL;
    struct sim_accuracy b = judged(&rig);
    assert_int_equal(sim_accuracy_join(&all, &a), 0);
    assert_float_equal(all.relative, 1, 1e-12);
    assert_null(a.window); /* taken over */
    assert_int_equal(sim_accuracy_join(&all, &b), 0);
    assert_int_equal(all.windows, 10);
    assert_int_equal(all.judged, 10);
    assert_int_equal(all.held, 5);
    assert_float_equal(all.f1, 2 * 300.0 / (2 * 300 + 100), 1e-12); /* counts, not means */
    struct weir_interval exact = weir_interval_exact(5, 10, 0.95);
    assert_true(all.compliance.low == exact.low && all.compliance.high == exact.high);
    struct sim_accuracy nothing = {0};
    assert_int_equal(sim_accuracy_join(&all, &nothing), 0);
    assert_int_equal(all.held, 5);
    sim_accuracy_done(&all);
}

/* ---- frames in between ------------------------------------------------------------ */

static double f1_of(double step, int of, int64_t after_ns) {
    struct rig rig;
    setup_moving(&rig, 60, step, step > 5 ? (int)(590 / step) : FRAMES); /* within the picture */
    detect_one(&rig, of, after_ns);
    rig.how.warm_up_s = 2;
    struct sim_accuracy a = judged(&rig);
    const double f1 = a.f1;
    sim_accuracy_done(&a);
    return f1;
}

static void test_where_nothing_moves_skipping_costs_nothing(void **state) {
    (void)state;
    for (int of = 1; of <= 10; of++)
        assert_float_equal(f1_of(0, of, 110 * MS), 1, 1e-12);
}

static void test_what_a_setting_makes_up_is_carried_too(void **state) {
    (void)state;
    double f1[2];
    for (int i = 0; i < 2; i++) {
        struct rig rig;
        setup_moving(&rig, 60, 0, FRAMES);
        for (int k = 0; k < FRAMES; k++)
            rig.frame[k].setting = SMALL;
        detect_one(&rig, 1 + i, 50 * MS);
        rig.how.warm_up_s = 2;
        struct sim_accuracy a = judged(&rig);
        f1[i] = a.f1;
        sim_accuracy_done(&a);
    }
    assert_float_equal(f1[0], 0.5, 1e-12);
    assert_float_equal(f1[1], 0.5, 1e-12);
}

/* What is known is three frames old: where it was lies 15 pixels behind, and overlaps by a third.
 */
static void test_carried_boxes_follow_what_moves(void **state) {
    (void)state;
    assert_float_equal(f1_of(5, 2, 110 * MS), 1, 0.01);
}

static void test_skipping_is_never_better_where_something_moves(void **state) {
    (void)state;
    static const double step[] = {1, 5, 9, 16, 30};
    for (size_t i = 0; i < sizeof step / sizeof *step; i++) {
        const double all = f1_of(step[i], 1, 50 * MS);
        assert_float_equal(all, 1, 1e-12);
        for (int of = 2; of <= 10; of++)
            assert_true(f1_of(step[i], of, 50 * MS) <= all);
    }
    assert_true(f1_of(16, 2, 50 * MS) < 0.99);
    assert_true(f1_of(30, 2, 50 * MS) < 0.55); /* too fast for any track: each is seen once */
    assert_true(f1_of(30, 4, 50 * MS) < 0.3);
}

/* Windows of two frames, the second of which is carried. */
static struct sim_counts second_window_of(struct rig *rig, size_t which) {
    rig->how.window_s = 0.2;
    struct sim_accuracy a = judged(rig);
    struct sim_counts own = a.window[which].own;
    sim_accuracy_done(&a);
    return own;
}

static void counts_are(struct sim_counts c, int64_t tp, int64_t fp, int64_t fn) {
    assert_int_equal(c.tp, tp);
    assert_int_equal(c.fp, fp);
    assert_int_equal(c.fn, fn);
}

static void test_a_result_that_comes_after_a_carried_frame_is_not_in_it(void **state) {
    (void)state;
    struct rig rig;
    setup_moving(&rig, 60, 0, FRAMES);
    detect_one(&rig, 2, 100 * MS); /* when the next one is due */
    counts_are(second_window_of(&rig, 0), 4, 0, 0);
    setup_moving(&rig, 60, 0, FRAMES);
    detect_one(&rig, 2, 100 * MS + 1); /* within its deadline, but too late for the next */
    counts_are(second_window_of(&rig, 0), 2, 0, 2);
}

static void test_what_is_lost_shows_what_was_carried_last(void **state) {
    (void)state;
    struct rig rig;
    setup_moving(&rig, 60, 40, FRAMES);
    detect_one(&rig, 2, 50 * MS);
    rig.frame[4].outcome = WEIR_OUTCOME_LATE; /* boxes of frame 2, 80 and 120 pixels off */
    counts_are(second_window_of(&rig, 2), 0, 4, 4);
    setup_moving(&rig, 60, 0, FRAMES);
    detect_one(&rig, 2, 50 * MS);
    rig.frame[4].outcome = WEIR_OUTCOME_LATE;
    counts_are(second_window_of(&rig, 2), 4, 0, 0);
    setup_moving(&rig, 60, 5, FRAMES);
    detect_one(&rig, 2, 50 * MS);
    for (int k = 20; k < FRAMES; k += 2)
        rig.frame[k].outcome = WEIR_OUTCOME_OVERLOAD;
    counts_are(second_window_of(&rig, 10), 4, 0, 0); /* as it is predicted to go on */
}

static void test_without_any_result_nothing_is_carried(void **state) {
    (void)state;
    struct rig rig;
    setup_moving(&rig, 60, 0, FRAMES);
    detect_one(&rig, 2, 50 * MS);
    for (int k = 0; k < FRAMES; k += 2)
        rig.frame[k].outcome = WEIR_OUTCOME_UNREACHABLE;
    struct sim_accuracy a = judged(&rig);
    assert_float_equal(a.f1, 0, 0);
    assert_int_equal(a.held, 0);
    sim_accuracy_done(&a);
}

static void test_nothing_is_carried_out_of_the_picture(void **state) {
    (void)state;
    struct rig rig;
    setup_moving(&rig, 60, 8, FRAMES); /* they leave it at 640 pixels */
    detect_one(&rig, 10, 50 * MS);
    struct sim_accuracy a = judged(&rig);
    assert_true(a.f1 > 0 && a.f1 < 1);
    sim_accuracy_done(&a);
}

static void test_f1_of_nothing_is_no_number(void **state) {
    (void)state;
    assert_true(isnan(sim_f1(&(struct sim_counts){0, 0, 0})));
    assert_float_equal(sim_f1(&(struct sim_counts){0, 3, 0}), 0, 0);
    assert_float_equal(sim_f1(&(struct sim_counts){3, 1, 1}), 0.75, 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_reference_is_as_right_as_itself),
        cmocka_unit_test(test_what_a_setting_misses_and_makes_up_counts),
        cmocka_unit_test(test_a_dropped_frame_shows_the_boxes_before_it),
        cmocka_unit_test(test_a_late_result_does_not_help_its_own_frame),
        cmocka_unit_test(test_the_floor_is_relative_and_each_window_stands_alone),
        cmocka_unit_test(test_windows_with_little_to_see_are_not_judged),
        cmocka_unit_test(test_the_warm_up_does_not_count),
        cmocka_unit_test(test_a_stream_may_begin_anywhere_in_its_clip),
        cmocka_unit_test(test_what_the_table_lacks_is_told),
        cmocka_unit_test(test_runs_are_joined_by_their_windows),
        cmocka_unit_test(test_where_nothing_moves_skipping_costs_nothing),
        cmocka_unit_test(test_what_a_setting_makes_up_is_carried_too),
        cmocka_unit_test(test_carried_boxes_follow_what_moves),
        cmocka_unit_test(test_skipping_is_never_better_where_something_moves),
        cmocka_unit_test(test_a_result_that_comes_after_a_carried_frame_is_not_in_it),
        cmocka_unit_test(test_what_is_lost_shows_what_was_carried_last),
        cmocka_unit_test(test_without_any_result_nothing_is_carried),
        cmocka_unit_test(test_nothing_is_carried_out_of_the_picture),
        cmocka_unit_test(test_f1_of_nothing_is_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
