/* CLEAR MOT and identity measures: scenes of a few boxes, numbers by hand. */
#include "support/support.h"

#include <math.h>

#include "eval/build.h"

static struct weir_mot evaluate(struct weir_dataset *truth, struct weir_dataset *found) {
    struct weir_mot mot;
    struct weir_error err = {0};
    assert_int_equal(weir_mot_eval(truth, found, &mot, &err), 0);
    weir_dataset_done(truth);
    weir_dataset_done(found);
    return mot;
}

/* One object standing still for `frames` frames, as track 1. */
static struct weir_dataset still(size_t frames) {
    struct weir_dataset d = build_dataset(frames, 1);
    for (size_t i = 0; i < frames; i++)
        build_track(&d, i, 1, 0, 0, 10, 10);
    return d;
}

static void test_perfect_tracks_score_one(void **state) {
    struct weir_dataset truth = still(5), found = still(5);
    struct weir_mot m = evaluate(&truth, &found);
    assert_true(m.mota == 1 && m.motp == 1 && m.idf1 == 1 && m.idp == 1 && m.idr == 1);
    assert_int_equal(m.tp, 5);
    assert_int_equal(m.switches + m.fragments + m.fp + m.fn, 0);
    assert_int_equal(m.truth_tracks, 1);
    assert_int_equal(m.found_tracks, 1);
}

static void test_change_of_id_is_one_switch(void **state) {
    /* Track 7 for three frames of ten, then 8: MOTA 1 - 1/10; the longer piece has the
     * identity: IDTP 7, IDF1 2*7 / (10 + 10). Nothing was missed between: no fragment. */
    struct weir_dataset truth = still(10), found = build_dataset(10, 1);
    for (size_t i = 0; i < 10; i++)
        build_track(&found, i, i < 3 ? 7 : 8, 0, 0, 10, 10);
    struct weir_mot m = evaluate(&truth, &found);
    assert_int_equal(m.switches, 1);
    assert_int_equal(m.fragments, 0);
    assert_float_equal(m.mota, .9, 1e-12);
    assert_int_equal(m.idtp, 7);
    assert_float_equal(m.idf1, .7, 1e-12);
}

static void test_switch_is_seen_across_a_gap(void **state) {
    /* 7, missed, 8: one miss, one switch, one fragment: MOTA 1 - 2/3. */
    struct weir_dataset truth = still(3), found = build_dataset(3, 1);
    build_track(&found, 0, 7, 0, 0, 10, 10);
    build_track(&found, 2, 8, 0, 0, 10, 10);
    struct weir_mot m = evaluate(&truth, &found);
    assert_int_equal(m.switches, 1);
    assert_int_equal(m.fragments, 1);
    assert_int_equal(m.fn, 1);
    assert_float_equal(m.mota, 1 / 3.0, 1e-12);
}

static void test_gap_with_the_same_id_is_a_fragment_alone(void **state) {
    struct weir_dataset truth = still(5), found = build_dataset(5, 1);
    const size_t seen[] = {0, 1, 4};
    for (size_t i = 0; i < 3; i++)
        build_track(&found, seen[i], 7, 0, 0, 10, 10);
    struct weir_mot m = evaluate(&truth, &found);
    assert_int_equal(m.switches, 0);
    assert_int_equal(m.fragments, 1);
    assert_int_equal(m.fn, 2);
    assert_float_equal(m.mota, 1 - 2 / 5.0, 1e-12);
    /* IDTP 3: F1 2*3 / (5 + 3) */
    assert_float_equal(m.idf1, .75, 1e-12);
}

static void test_object_that_was_away_is_no_fragment(void **state) {
    /* Not there in frame 1, with the same track before and after: nothing went wrong. */
    struct weir_dataset truth = still(3), found = still(3);
    truth.image[1].len = found.image[1].len = 0;
    struct weir_mot m = evaluate(&truth, &found);
    assert_int_equal(m.fragments + m.switches, 0);
    assert_true(m.mota == 1);
}

static void test_partner_is_kept_while_a_better_one_is_there(void **state) {
    /* In frame 1 track 8 lies exactly on the object and 7 still overlaps by 8/12: 7 stays, and
     * 8 is a false alarm. MOTP: (1 + 2/3) / 2. */
    struct weir_dataset truth = still(2), found = build_dataset(2, 1);
    build_track(&found, 0, 7, 0, 0, 10, 10);
    build_track(&found, 1, 8, 0, 0, 10, 10);
    build_track(&found, 1, 7, 2, 0, 10, 10);
    struct weir_mot m = evaluate(&truth, &found);
    assert_int_equal(m.switches, 0);
    assert_int_equal(m.fp, 1);
    assert_float_equal(m.motp, (1 + 2 / 3.0) / 2, 1e-12);
    assert_float_equal(m.mota, .5, 1e-12);
}

static void test_partner_that_left_is_replaced(void **state) {
    /* 7 moved away (3/17 overlap): 8 takes over, a switch; 7 is a false alarm. */
    struct weir_dataset truth = still(2), found = build_dataset(2, 1);
    build_track(&found, 0, 7, 0, 0, 10, 10);
    build_track(&found, 1, 8, 0, 0, 10, 10);
    build_track(&found, 1, 7, 7, 0, 10, 10);
    struct weir_mot m = evaluate(&truth, &found);
    assert_int_equal(m.switches, 1);
    assert_int_equal(m.fp, 1);
}

static void test_overlap_of_exactly_one_half_is_a_match(void **state) {
    struct weir_dataset truth = still(1), found = build_dataset(1, 1);
    build_track(&found, 0, 7, 0, 0, 10, 5);
    struct weir_mot m = evaluate(&truth, &found);
    assert_int_equal(m.tp, 1);
    assert_float_equal(m.motp, .5, 1e-12);
}

static void test_false_alarms_push_mota_below_zero(void **state) {
    struct weir_dataset truth = still(1), found = build_dataset(1, 1);
    for (int i = 0; i < 3; i++)
        build_track(&found, 0, i, 100 + 50 * i, 0, 10, 10);
    struct weir_mot m = evaluate(&truth, &found);
    assert_float_equal(m.mota, 1 - (1 + 3) / 1.0, 1e-12);
    assert_true(isnan(m.motp));
    assert_true(m.idf1 == 0);
}

static void test_identity_is_assigned_over_the_whole_run(void **state) {
    /* Objects 1 and 2; track 7 is on 1 for 4 frames, then on 2 for 6; track 8 is on 2 for 4,
     * then on nothing. 7-2 and 8-none shares 6, 7-1 and 8-2 shares 4 + 4 = 8: IDTP 8 of 20
     * true and 14 found boxes. */
    struct weir_dataset truth = build_dataset(10, 1), found = build_dataset(10, 1);
    for (size_t i = 0; i < 10; i++) {
        build_track(&truth, i, 1, 0, 0, 10, 10);
        build_track(&truth, i, 2, 100, 0, 10, 10);
        build_track(&found, i, 7, i < 4 ? 0 : 100, 0, 10, 10);
        if (i < 4)
            build_track(&found, i, 8, 100, 0, 10, 10);
    }
    struct weir_mot m = evaluate(&truth, &found);
    assert_int_equal(m.idtp, 8);
    assert_float_equal(m.idf1, 16 / 34.0, 1e-12);
    assert_int_equal(m.idfn, 12);
    assert_int_equal(m.idfp, 6);
    assert_int_equal(m.switches, 1); /* object 2: 8, then 7 */
}

static void test_result_on_an_ignored_truth_counts_for_nothing(void **state) {
    struct weir_dataset truth = still(2), found = still(2);
    build_track(&truth, 0, 9, 100, 0, 10, 10);
    truth.image[0].box[1].ignore = true;
    build_track(&found, 0, 5, 100, 0, 10, 10);
    struct weir_mot m = evaluate(&truth, &found);
    assert_int_equal(m.fp + m.fn, 0);
    assert_int_equal(m.truths, 2);
    assert_int_equal(m.found, 2);
    assert_true(m.mota == 1);
}

static void test_frames_count_in_the_order_of_their_numbers(void **state) {
    /* Images listed backwards; 7 then 8 in time, with a partner that stays by time. */
    struct weir_dataset truth = still(3), found = still(3);
    for (size_t i = 0; i < 3; i++)
        truth.image[i].id = found.image[i].id = 2 - (int64_t)i;
    found.image[1].len = 0; /* frame 1, the middle one */
    struct weir_mot m = evaluate(&truth, &found);
    assert_int_equal(m.fragments, 1);
    assert_int_equal(m.fn, 1);
}

static void test_empty_results_miss_everything(void **state) {
    struct weir_dataset truth = still(4), found = build_dataset(4, 1);
    struct weir_mot m = evaluate(&truth, &found);
    assert_true(m.mota == 0 && m.idf1 == 0);
    assert_true(isnan(m.motp) && isnan(m.idp));
    assert_int_equal(m.fn, 4);
}

static void test_empty_truth_has_no_mota(void **state) {
    struct weir_dataset truth = build_dataset(2, 1), found = still(2);
    struct weir_mot m = evaluate(&truth, &found);
    assert_true(isnan(m.mota));
    assert_int_equal(m.fp, 2);
}

static void refused(struct weir_dataset *truth, struct weir_dataset *found, const char *says) {
    struct weir_mot mot;
    struct weir_error err = {0};
    assert_int_equal(weir_mot_eval(truth, found, &mot, &err), WEIR_EINVAL);
    test_error_says(&err, says);
    weir_dataset_done(truth);
    weir_dataset_done(found);
}

static void test_track_twice_in_a_frame_is_refused(void **state) {
    struct weir_dataset truth = still(2), found = still(2);
    build_track(&found, 1, 1, 50, 0, 10, 10);
    refused(&truth, &found, "results: frame 1 (counted from 0): track 1 occurs twice");
    truth = still(2);
    found = still(2);
    build_track(&truth, 1, 1, 50, 0, 10, 10);
    refused(&truth, &found, "ground truth: frame 1");
}

static void test_results_without_any_id_are_refused(void **state) {
    struct weir_dataset truth = still(1), found = build_dataset(1, 1);
    build_found(&found, 0, 0, 0, 0, 10, 10, 1);
    refused(&truth, &found, "no box has a track id");
}

static void test_truth_without_ids_is_refused(void **state) {
    struct weir_dataset truth = build_dataset(1, 1), found = still(1);
    build_truth(&truth, 0, 0, 0, 0, 10, 10);
    refused(&truth, &found, "without a track id");
}

static void test_sets_that_were_not_joined_are_refused(void **state) {
    struct weir_dataset truth = still(2), found = still(1);
    refused(&truth, &found, "not joined");
}

static void test_untracked_boxes_of_results_are_left_out(void **state) {
    struct weir_dataset truth = still(1), found = still(1);
    build_found(&found, 0, 0, 50, 0, 10, 10, 1);
    struct weir_mot m = evaluate(&truth, &found);
    assert_int_equal(m.fp, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_perfect_tracks_score_one),
        cmocka_unit_test(test_change_of_id_is_one_switch),
        cmocka_unit_test(test_switch_is_seen_across_a_gap),
        cmocka_unit_test(test_gap_with_the_same_id_is_a_fragment_alone),
        cmocka_unit_test(test_object_that_was_away_is_no_fragment),
        cmocka_unit_test(test_partner_is_kept_while_a_better_one_is_there),
        cmocka_unit_test(test_partner_that_left_is_replaced),
        cmocka_unit_test(test_overlap_of_exactly_one_half_is_a_match),
        cmocka_unit_test(test_false_alarms_push_mota_below_zero),
        cmocka_unit_test(test_identity_is_assigned_over_the_whole_run),
        cmocka_unit_test(test_result_on_an_ignored_truth_counts_for_nothing),
        cmocka_unit_test(test_frames_count_in_the_order_of_their_numbers),
        cmocka_unit_test(test_empty_results_miss_everything),
        cmocka_unit_test(test_empty_truth_has_no_mota),
        cmocka_unit_test(test_track_twice_in_a_frame_is_refused),
        cmocka_unit_test(test_results_without_any_id_are_refused),
        cmocka_unit_test(test_truth_without_ids_is_refused),
        cmocka_unit_test(test_sets_that_were_not_joined_are_refused),
        cmocka_unit_test(test_untracked_boxes_of_results_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
