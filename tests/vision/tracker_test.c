/*
 * The tracker on scenes made up here: what each rule of the association is for,
 * and one noisy scene scored with the identity measures.
 */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/eval.h"
#include "vision/vision.h"

enum { FRAME_NS = 40000000 }; /* 25 fps */

static struct weir_tracker *new_tracker(void) {
    struct weir_tracker_params params = weir_tracker_defaults();
    struct weir_tracker *tracker = weir_tracker_new(&params);
    assert_non_null(tracker);
    return tracker;
}

static struct weir_box box(double x, double y, double w, double h, double score, int class_id) {
    return (struct weir_box){.x0 = (float)x,
                             .y0 = (float)y,
                             .x1 = (float)(x + w),
                             .y1 = (float)(y + h),
                             .score = (float)score,
                             .class_id = class_id,
                             .track_id = -7};
}

/* One frame with these boxes; ids are left in ret_id. */
static int step(struct weir_tracker *tracker, int64_t frame, const struct weir_box *b, size_t len,
                int32_t *ret_id) {
    struct weir_boxes boxes = {0};
    for (size_t i = 0; i < len; i++)
        assert_int_equal(weir_boxes_add(&boxes, b[i]), 0);
    int rc = weir_tracker_update(tracker, &boxes, frame * FRAME_NS);
    assert_int_equal(boxes.len, len);
    for (size_t i = 0; i < len; i++)
        ret_id[i] = boxes.data[i].track_id;
    weir_boxes_done(&boxes);
    return rc;
}

static int32_t step_one(struct weir_tracker *tracker, int64_t frame, struct weir_box b) {
    int32_t id = -1;
    assert_int_equal(step(tracker, frame, &b, 1, &id), 0);
    return id;
}

static void step_none(struct weir_tracker *tracker, int64_t frame) {
    assert_int_equal(step(tracker, frame, NULL, 0, NULL), 0);
}

static void test_first_frame_is_confirmed_at_once(void **state) {
    struct weir_tracker *t = new_tracker();
    const struct weir_box b[] = {box(0, 0, 20, 40, .9, 0), box(100, 0, 20, 40, .9, 0)};
    int32_t id[2];
    assert_int_equal(step(t, 0, b, 2, id), 0);
    assert_int_equal(id[0], 1);
    assert_int_equal(id[1], 2);
    weir_tracker_free(t);
}

static void test_later_track_needs_a_second_frame(void **state) {
    struct weir_tracker *t = new_tracker();
    step_none(t, 0);
    assert_int_equal(step_one(t, 1, box(0, 0, 20, 40, .9, 0)), 0);
    assert_int_equal(step_one(t, 2, box(1, 0, 20, 40, .9, 0)), 1);
    weir_tracker_free(t);
}

static void test_flicker_of_one_frame_never_gets_an_id(void **state) {
    struct weir_tracker *t = new_tracker();
    step_none(t, 0);
    assert_int_equal(step_one(t, 1, box(0, 0, 20, 40, .9, 0)), 0);
    step_none(t, 2);
    assert_int_equal(step_one(t, 3, box(0, 0, 20, 40, .9, 0)), 0);
    assert_int_equal(step_one(t, 4, box(0, 0, 20, 40, .9, 0)), 1);
    weir_tracker_free(t);
}

static void test_score_below_fresh_starts_nothing(void **state) {
    struct weir_tracker *t = new_tracker();
    for (int f = 0; f < 5; f++)
        assert_int_equal(step_one(t, f, box(0, 0, 20, 40, .65, 0)), 0);
    weir_tracker_free(t);
}

static void test_low_score_keeps_a_track_alive(void **state) {
    struct weir_tracker *t = new_tracker();
    assert_int_equal(step_one(t, 0, box(0, 0, 20, 40, .9, 0)), 1);
    for (int f = 1; f < 60; f++)
        assert_int_equal(step_one(t, f, box(f, 0, 20, 40, .2, 0)), 1);
    assert_int_equal(step_one(t, 60, box(60, 0, 20, 40, .9, 0)), 1);
    weir_tracker_free(t);
}

static void test_low_score_does_not_revive_a_lost_track(void **state) {
    struct weir_tracker *t = new_tracker();
    assert_int_equal(step_one(t, 0, box(0, 0, 20, 40, .9, 0)), 1);
    step_none(t, 1);
    assert_int_equal(step_one(t, 2, box(0, 0, 20, 40, .3, 0)), 0);
    assert_int_equal(step_one(t, 3, box(0, 0, 20, 40, .9, 0)), 1);
    weir_tracker_free(t);
}

static void test_score_below_low_is_no_evidence(void **state) {
    struct weir_tracker *t = new_tracker();
    assert_int_equal(step_one(t, 0, box(0, 0, 20, 40, .9, 0)), 1);
    assert_int_equal(step_one(t, 1, box(0, 0, 20, 40, .05, 0)), 0);
    weir_tracker_free(t);
}

static void test_id_survives_an_occlusion(void **state) {
    struct weir_tracker *t = new_tracker();
    for (int f = 0; f < 20; f++)
        assert_int_equal(step_one(t, f, box(4 * f, 0, 30, 60, .9, 0)), 1);
    for (int f = 20; f < 30; f++)
        step_none(t, f);
    for (int f = 30; f < 40; f++)
        assert_int_equal(step_one(t, f, box(4 * f, 0, 30, 60, .9, 0)), 1);
    weir_tracker_free(t);
}

static void test_id_survives_dropped_frames(void **state) {
    /* The frames of the occlusion do not even arrive: one gap of eleven intervals. */
    struct weir_tracker *t = new_tracker();
    for (int f = 0; f < 20; f++)
        assert_int_equal(step_one(t, f, box(4 * f, 0, 30, 60, .9, 0)), 1);
    assert_int_equal(step_one(t, 30, box(4 * 30, 0, 30, 60, .9, 0)), 1);
    weir_tracker_free(t);
}

static void test_track_lost_too_long_is_forgotten(void **state) {
    struct weir_tracker *t = new_tracker();
    assert_int_equal(step_one(t, 0, box(0, 0, 30, 60, .9, 0)), 1);
    for (int f = 1; f < 27; f++)
        step_none(t, f);
    assert_int_equal(step_one(t, 27, box(0, 0, 30, 60, .9, 0)), 0);
    assert_int_equal(step_one(t, 28, box(0, 0, 30, 60, .9, 0)), 2);
    weir_tracker_free(t);
}

static void test_long_gap_between_frames_forgets_too(void **state) {
    struct weir_tracker *t = new_tracker();
    for (int f = 0; f < 5; f++)
        assert_int_equal(step_one(t, f, box(0, 0, 30, 60, .9, 0)), 1);
    assert_int_equal(step_one(t, 100000, box(0, 0, 30, 60, .9, 0)), 0);
    weir_tracker_free(t);
}

static void test_slow_stream_is_tracked_although_frames_are_rare(void **state) {
    struct weir_tracker *t = new_tracker();
    for (int f = 0; f < 10; f++) /* one frame in 4 s, lost tracks are kept 1 s */
        assert_int_equal(step_one(t, f * 100, box(2 * f, 0, 30, 60, .9, 0)), 1);
    weir_tracker_free(t);
}

static void test_crossing_objects_keep_their_ids(void **state) {
    struct weir_tracker *t = new_tracker();
    for (int f = 0; f < 60; f++) {
        const struct weir_box b[] = {box(5 * f, 0, 30, 60, .9, 0),
                                     box(300 - 5 * f, 10, 30, 60, .9, 0)};
        int32_t id[2];
        assert_int_equal(step(t, f, b, 2, id), 0);
        assert_int_equal(id[0], 1);
        assert_int_equal(id[1], 2);
    }
    weir_tracker_free(t);
}

static void test_classes_never_share_a_track(void **state) {
    struct weir_tracker *t = new_tracker();
    assert_int_equal(step_one(t, 0, box(0, 0, 30, 60, .9, 0)), 1);
    assert_int_equal(step_one(t, 1, box(0, 0, 30, 60, .9, 5)), 0);
    assert_int_equal(step_one(t, 2, box(0, 0, 30, 60, .9, 5)), 2);
    weir_tracker_free(t);
}

static void test_objects_of_two_classes_in_one_place_are_two_tracks(void **state) {
    struct weir_tracker *t = new_tracker();
    for (int f = 0; f < 10; f++) {
        const struct weir_box b[] = {box(f, 0, 30, 60, .9, 3), box(f, 0, 30, 60, .9, 1)};
        int32_t id[2];
        assert_int_equal(step(t, f, b, 2, id), 0);
        assert_int_equal(id[0], 1);
        assert_int_equal(id[1], 2);
    }
    weir_tracker_free(t);
}

static void test_empty_frames_are_fine(void **state) {
    struct weir_tracker *t = new_tracker();
    for (int f = 0; f < 10; f++)
        step_none(t, f);
    weir_tracker_free(t);
    weir_tracker_free(NULL);
}

static void test_time_that_does_not_rise_is_refused(void **state) {
    struct weir_tracker *t = new_tracker();
    struct weir_box b = box(0, 0, 30, 60, .9, 0);
    int32_t id = 0;
    assert_int_equal(step_one(t, 5, b), 1);
    assert_int_equal(step(t, 5, &b, 1, &id), WEIR_EINVAL);
    assert_int_equal(id, -7); /* untouched */
    assert_int_equal(step(t, 4, &b, 1, &id), WEIR_EINVAL);
    assert_int_equal(step_one(t, 6, b), 1); /* and nothing was lost */
    weir_tracker_free(t);
}

static void test_boxes_that_are_no_numbers_are_refused(void **state) {
    struct weir_tracker *t = new_tracker();
    struct weir_box good = box(0, 0, 30, 60, .9, 0), bad[4] = {good, good, good, good};
    int32_t id[2];
    assert_int_equal(step_one(t, 0, good), 1);
    bad[0].x0 = NAN;
    bad[1].y1 = INFINITY;
    bad[2].score = NAN;
    bad[3].x1 = -INFINITY;
    for (int i = 0; i < 4; i++) {
        const struct weir_box b[] = {good, bad[i]};
        assert_int_equal(step(t, 1, b, 2, id), WEIR_EINVAL);
        assert_int_equal(id[0], -7);
    }
    assert_int_equal(step_one(t, 1, good), 1);
    weir_tracker_free(t);
}

static void test_boxes_without_area_get_no_track(void **state) {
    struct weir_tracker *t = new_tracker();
    for (int f = 0; f < 3; f++) {
        const struct weir_box b[] = {box(0, 0, 0, 60, .9, 0), box(0, 0, 30, 0, .9, 0),
                                     box(9, 9, -3, -3, .9, 0)};
        int32_t id[3];
        assert_int_equal(step(t, f, b, 3, id), 0);
        assert_int_equal(id[0], 0);
        assert_int_equal(id[1], 0);
        assert_int_equal(id[2], 0);
    }
    weir_tracker_free(t);
}

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static double uniform(uint32_t *state) {
    return next_random(state) / 16777216.0;
}

/* Sum of twelve uniforms less six: mean 0, deviation 1, no tails. */
static double noise(uint32_t *state) {
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += uniform(state);
    return sum;
}

static void test_three_hundred_boxes_keep_three_hundred_ids(void **state) {
    enum { N = 300 };
    struct weir_tracker *t = new_tracker();
    struct weir_box b[N];
    int32_t id[N];
    for (int f = 0; f < 10; f++) {
        for (int i = 0; i < N; i++)
            b[i] = box(i % 20 * 50 + f, i / 20 * 80, 30, 60, .9, i % 3);
        assert_int_equal(step(t, f, b, N, id), 0);
        for (int i = 0; i < N; i++)
            assert_int_equal(id[i], i + 1);
    }
    weir_tracker_free(t);
}

static void test_crowd_of_random_boxes_stays_bounded_and_repeats_itself(void **state) {
    enum { N = 300, FRAMES = 40 };
    struct weir_tracker *t[2] = {new_tracker(), new_tracker()};
    uint32_t seed = 3;
    struct weir_box b[N];
    int32_t id[2][N];
    for (int f = 0; f < FRAMES; f++) {
        for (int i = 0; i < N; i++)
            b[i] = box(uniform(&seed) * 500, uniform(&seed) * 300, 20 + uniform(&seed) * 100,
                       20 + uniform(&seed) * 100, uniform(&seed), (int)(next_random(&seed) % 2));
        for (int k = 0; k < 2; k++)
            assert_int_equal(step(t[k], f, b, N, id[k]), 0);
        assert_memory_equal(id[0], id[1], sizeof id[0]);
        for (int i = 0; i < N; i++)
            for (int j = 0; j < i; j++)
                assert_true(!id[0][i] || id[0][i] != id[0][j]); /* an id once a frame */
    }
    weir_tracker_free(t[0]);
    weir_tracker_free(t[1]);
}

/*
 * Twelve objects on straight paths for 200 frames; each box jitters by 3% of its
 * height, one in ten is missed, one in seven has a low score, and there are about
 * two false alarms in three frames. What is not there cannot be matched, so MOTA cannot
 * pass 0.9; 0.8 and an IDF1 of 0.85 leave room for tracks being born, lost and mistaken.
 */
static void test_noisy_scene_is_tracked_with_good_scores(void **state) {
    enum { OBJECTS = 12, FRAMES = 200 };
    struct weir_dataset truth = {.format = WEIR_DATASET_MOT}, found = truth;
    struct weir_tracker *t = new_tracker();
    uint32_t seed = 11;
    assert_int_equal(weir_dataset_add_category(&truth, 0, NULL, NULL), 0);
    assert_int_equal(weir_dataset_add_category(&found, 0, NULL, NULL), 0);
    for (int f = 0; f < FRAMES; f++) {
        struct weir_boxes boxes = {0};
        size_t image;
        assert_int_equal(weir_dataset_add_image(&truth, f, NULL, &image), 0);
        assert_int_equal(weir_dataset_add_image(&found, f, NULL, &image), 0);
        for (int i = 0; i < OBJECTS; i++) {
            double h = 50 + 5 * i, w = h / 2, dx = (i % 2 ? -1 : 1) * (1 + .2 * i);
            double x = (i % 2 ? 900 : 50) + dx * f + 20 * (i % 3), y = 40 * i + .1 * i * f / 3;
            struct weir_eval_box truth_box = {
                .x = x, .y = y, .w = w, .h = h, .area = w * h, .score = 1, .track_id = 100 + i};
            assert_int_equal(weir_dataset_add_box(&truth, image, &truth_box), 0);
            /* drawn one after the other: the order of arguments is the compiler's */
            double s = .03 * h, chance = uniform(&seed), draw[5];
            for (int k = 0; k < 4; k++)
                draw[k] = s * noise(&seed);
            draw[4] = uniform(&seed);
            struct weir_box b = box(x + draw[0], y + draw[1], w + draw[2], h + draw[3],
                                    draw[4] < 1 / 7.0 ? .3 : .85, 0);
            if (chance >= .1)
                assert_int_equal(weir_boxes_add(&boxes, b), 0);
        }
        double alarm = uniform(&seed), ax = uniform(&seed) * 900, ay = uniform(&seed) * 500;
        if (alarm < 2 / 3.0)
            assert_int_equal(weir_boxes_add(&boxes, box(ax, ay, 40, 80, .75, 0)), 0);
        assert_int_equal(weir_tracker_update(t, &boxes, (int64_t)f * FRAME_NS), 0);
        for (size_t i = 0; i < boxes.len; i++) {
            const struct weir_box *b = &boxes.data[i];
            struct weir_eval_box box_found = {.x = b->x0,
                                              .y = b->y0,
                                              .w = b->x1 - b->x0,
                                              .h = b->y1 - b->y0,
                                              .score = b->score,
                                              .track_id = b->track_id ? b->track_id : -1};
            assert_int_equal(weir_dataset_add_box(&found, image, &box_found), 0);
        }
        weir_boxes_done(&boxes);
    }
    struct weir_mot mot;
    struct weir_error err = {0};
    assert_int_equal(weir_mot_eval(&truth, &found, &mot, &err), 0);
    print_message("# MOTA %.4f IDF1 %.4f switches %d tracks %d\n", mot.mota, mot.idf1,
                  (int)mot.switches, (int)mot.found_tracks);
    assert_true(mot.mota >= 0.8);
    assert_true(mot.idf1 >= 0.85);
    weir_dataset_done(&truth);
    weir_dataset_done(&found);
    weir_tracker_free(t);
}

/* A box that moves by 8 pixels a frame, ten frames of it, and one that is too faint for a track. */
static struct weir_tracker *moving(struct weir_boxes *ret_last) {
    struct weir_tracker *t = new_tracker();
    for (int k = 0; k < 10; k++) {
        weir_boxes_reset(ret_last);
        weir_boxes_add(ret_last, box(100 + 8 * k, 50, 40, 80, .9, 0));
        weir_boxes_add(ret_last, box(300, 50, 40, 80, .5, 0));
        assert_int_equal(weir_tracker_update(t, ret_last, k * FRAME_NS), 0);
    }
    assert_int_equal(ret_last->data[0].track_id, 1);
    assert_int_equal(ret_last->data[1].track_id, 0);
    return t;
}

static void test_boxes_are_carried_to_where_their_tracks_will_be(void **state) {
    (void)state;
    static const double part[] = {0, 0.25, 0.5, 1, 3};
    struct weir_boxes last = {0}, moved = {0};
    struct weir_tracker *t = moving(&last);
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        assert_int_equal(weir_boxes_copy(&moved, &last), 0);
        int64_t at_ns = 9 * FRAME_NS + (int64_t)(part[i] * FRAME_NS);
        assert_int_equal(weir_tracker_carry(t, &moved, at_ns), 0);
        assert_int_equal(moved.len, 2);
        /* within a quarter of a frame's way: the filter follows a little behind */
        assert_float_equal(moved.data[0].x0, 172 + 8 * part[i], 2);
        assert_float_equal(moved.data[0].y0, 50, 0.1);
        assert_float_equal(moved.data[0].x1 - moved.data[0].x0, 40, 0.1);
        assert_float_equal(moved.data[0].score, .9, 1e-6);
        assert_int_equal(moved.data[0].track_id, 1);
        assert_memory_equal(&moved.data[1], &last.data[1], sizeof last.data[1]);
    }
    weir_boxes_done(&last);
    weir_boxes_done(&moved);
    weir_tracker_free(t);
}

static void test_what_does_not_move_is_carried_nowhere(void **state) {
    (void)state;
    struct weir_tracker *t = new_tracker();
    struct weir_boxes b = {0};
    assert_int_equal(weir_boxes_add(&b, box(100, 50, 40, 80, .9, 0)), 0);
    for (int k = 0; k < 20; k += 2) {
        assert_int_equal(weir_tracker_update(t, &b, k * FRAME_NS), 0);
        assert_int_equal(weir_tracker_carry(t, &b, (k + 1) * FRAME_NS), 0);
        assert_float_equal(b.data[0].x0, 100, 1e-3);
        assert_float_equal(b.data[0].y1, 130, 1e-3);
    }
    weir_boxes_done(&b);
    weir_tracker_free(t);
}

static void test_carrying_changes_nothing_in_the_tracker(void **state) {
    (void)state;
    struct weir_boxes a = {0}, b = {0}, moved = {0};
    struct weir_tracker *t = moving(&a), *u = moving(&b);
    for (int k = 10; k < 14; k++) {
        assert_int_equal(weir_boxes_copy(&moved, &a), 0);
        assert_int_equal(weir_tracker_carry(t, &moved, k * FRAME_NS + 5), 0);
    }
    assert_int_equal(weir_tracker_update(t, &a, 15 * FRAME_NS), 0);
    assert_int_equal(weir_tracker_update(u, &b, 15 * FRAME_NS), 0);
    assert_int_equal(weir_tracker_carry(t, &a, 16 * FRAME_NS), 0);
    assert_int_equal(weir_tracker_carry(u, &b, 16 * FRAME_NS), 0);
    assert_memory_equal(a.data, b.data, 2 * sizeof *a.data);
    weir_boxes_done(&a);
    weir_boxes_done(&b);
    weir_boxes_done(&moved);
    weir_tracker_free(t);
    weir_tracker_free(u);
}

static void test_what_was_before_the_last_frame_is_not_carried(void **state) {
    (void)state;
    struct weir_boxes last = {0}, kept = {0};
    struct weir_tracker *t = moving(&last), *none = new_tracker();
    assert_int_equal(weir_boxes_copy(&kept, &last), 0);
    assert_int_equal(weir_tracker_carry(t, &last, 9 * FRAME_NS - 1), WEIR_EINVAL);
    assert_int_equal(weir_tracker_carry(none, &last, 9 * FRAME_NS), WEIR_EINVAL);
    assert_memory_equal(last.data, kept.data, 2 * sizeof *kept.data);
    weir_boxes_done(&last);
    weir_boxes_done(&kept);
    weir_tracker_free(t);
    weir_tracker_free(none);
}

static void test_a_track_that_is_gone_carries_nothing(void **state) {
    (void)state;
    struct weir_boxes last = {0};
    struct weir_tracker *t = moving(&last);
    last.data[0].track_id = 77;
    const struct weir_box kept = last.data[0];
    assert_int_equal(weir_tracker_carry(t, &last, 20 * FRAME_NS), 0);
    assert_memory_equal(&last.data[0], &kept, sizeof kept);
    weir_boxes_done(&last);
    weir_tracker_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_frame_is_confirmed_at_once),
        cmocka_unit_test(test_later_track_needs_a_second_frame),
        cmocka_unit_test(test_flicker_of_one_frame_never_gets_an_id),
        cmocka_unit_test(test_score_below_fresh_starts_nothing),
        cmocka_unit_test(test_low_score_keeps_a_track_alive),
        cmocka_unit_test(test_low_score_does_not_revive_a_lost_track),
        cmocka_unit_test(test_score_below_low_is_no_evidence),
        cmocka_unit_test(test_id_survives_an_occlusion),
        cmocka_unit_test(test_id_survives_dropped_frames),
        cmocka_unit_test(test_track_lost_too_long_is_forgotten),
        cmocka_unit_test(test_long_gap_between_frames_forgets_too),
        cmocka_unit_test(test_slow_stream_is_tracked_although_frames_are_rare),
        cmocka_unit_test(test_crossing_objects_keep_their_ids),
        cmocka_unit_test(test_classes_never_share_a_track),
        cmocka_unit_test(test_objects_of_two_classes_in_one_place_are_two_tracks),
        cmocka_unit_test(test_empty_frames_are_fine),
        cmocka_unit_test(test_time_that_does_not_rise_is_refused),
        cmocka_unit_test(test_boxes_that_are_no_numbers_are_refused),
        cmocka_unit_test(test_boxes_without_area_get_no_track),
        cmocka_unit_test(test_three_hundred_boxes_keep_three_hundred_ids),
        cmocka_unit_test(test_crowd_of_random_boxes_stays_bounded_and_repeats_itself),
        cmocka_unit_test(test_noisy_scene_is_tracked_with_good_scores),
        cmocka_unit_test(test_boxes_are_carried_to_where_their_tracks_will_be),
        cmocka_unit_test(test_what_does_not_move_is_carried_nowhere),
        cmocka_unit_test(test_carrying_changes_nothing_in_the_tracker),
        cmocka_unit_test(test_what_was_before_the_last_frame_is_not_carried),
        cmocka_unit_test(test_a_track_that_is_gone_carries_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
