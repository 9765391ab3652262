/* F1, precision and recall: counts worked out by hand. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>

#include "eval/build.h"

static struct weir_f1 evaluate(struct weir_dataset *truth, struct weir_dataset *found, double iou,
                               double conf) {
    struct weir_f1 f1;
    struct weir_error err = {0};
    assert_int_equal(weir_f1_eval(truth, found, iou, conf, &f1, &err), 0);
    weir_dataset_done(truth);
    weir_dataset_done(found);
    return f1;
}

static void test_counts_are_pooled_over_images_and_classes(void **state) {
    /* hits: image 0 class 0, image 1 class 1; false: image 1; missed: image 0 class 1.
     * precision 2/3, recall 2/3, F1 4 / (4 + 1 + 1) = 2/3 */
    struct weir_dataset truth = build_dataset(2, 2), found = build_dataset(2, 2);
    build_truth(&truth, 0, 0, 0, 0, 10, 10);
    build_truth(&truth, 0, 1, 50, 0, 10, 10);
    build_truth(&truth, 1, 1, 0, 0, 10, 10);
    build_found(&found, 0, 0, 0, 0, 10, 10, .9);
    build_found(&found, 1, 1, 0, 0, 10, 10, .9);
    build_found(&found, 1, 1, 90, 0, 10, 10, .9);
    struct weir_f1 f1 = evaluate(&truth, &found, .5, 0);
    assert_int_equal(f1.tp, 2);
    assert_int_equal(f1.fp, 1);
    assert_int_equal(f1.fn, 1);
    assert_float_equal(f1.precision, 2 / 3.0, 1e-12);
    assert_float_equal(f1.recall, 2 / 3.0, 1e-12);
    assert_float_equal(f1.f1, 2 / 3.0, 1e-12);
}

static void test_wrong_class_is_a_miss_and_a_false_alarm(void **state) {
    struct weir_dataset truth = build_dataset(1, 2), found = build_dataset(1, 2);
    build_truth(&truth, 0, 0, 0, 0, 10, 10);
    build_found(&found, 0, 1, 0, 0, 10, 10, .9);
    struct weir_f1 f1 = evaluate(&truth, &found, .5, 0);
    assert_int_equal(f1.tp, 0);
    assert_int_equal(f1.fp, 1);
    assert_int_equal(f1.fn, 1);
    assert_true(f1.f1 == 0);
}

static void test_boxes_below_the_confidence_do_not_exist(void **state) {
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 10, 10);
    build_found(&found, 0, 0, 0, 0, 10, 10, .4);
    build_found(&found, 0, 0, 90, 0, 10, 10, .2);
    struct weir_f1 f1 = evaluate(&truth, &found, .5, .4);
    assert_int_equal(f1.tp, 1); /* .4 is not below .4 */
    assert_int_equal(f1.fp, 0);
}

static void test_highest_score_chooses_first(void **state) {
    /* a (.9) overlaps both truths by 9/11 and 7/13 and takes the first; b (.8) overlaps only
     * the first: it is left over. By position alone two hits would be possible. */
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 10, 0, 100, 10);
    build_truth(&truth, 0, 0, 50, 0, 100, 10);
    build_found(&found, 0, 0, 0, 0, 100, 10, .8);
    build_found(&found, 0, 0, 20, 0, 100, 10, .9);
    struct weir_f1 f1 = evaluate(&truth, &found, .5, 0);
    assert_int_equal(f1.tp, 1);
    assert_int_equal(f1.fp, 1);
    assert_int_equal(f1.fn, 1);
}

static void test_overlap_below_the_threshold_is_no_hit(void **state) {
    /* 80/120 = .667 */
    for (int strict = 0; strict < 2; strict++) {
        struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
        build_truth(&truth, 0, 0, 0, 0, 100, 100);
        build_found(&found, 0, 0, 20, 0, 100, 100, .5);
        assert_int_equal(evaluate(&truth, &found, strict ? .7 : .6, 0).tp, !strict);
    }
}

static void test_duplicate_is_a_false_alarm(void **state) {
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 10, 10);
    build_found(&found, 0, 0, 0, 0, 10, 10, .9);
    build_found(&found, 0, 0, 0, 0, 10, 10, .9);
    struct weir_f1 f1 = evaluate(&truth, &found, .5, 0);
    assert_int_equal(f1.tp, 1);
    assert_int_equal(f1.fp, 1);
}

static void test_crowds_are_neither_hits_nor_misses(void **state) {
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 200, 200)->crowd = true;
    build_found(&found, 0, 0, 10, 10, 20, 20, .9);
    struct weir_f1 f1 = evaluate(&truth, &found, .5, 0);
    assert_int_equal(f1.tp + f1.fp + f1.fn, 0);
    assert_true(isnan(f1.f1));
}

static void test_nothing_found_has_no_precision(void **state) {
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 10, 10);
    struct weir_f1 f1 = evaluate(&truth, &found, .5, 0);
    assert_true(isnan(f1.precision));
    assert_true(f1.recall == 0 && f1.f1 == 0);
}

static void test_thresholds_out_of_range_are_refused(void **state) {
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1), other = {0};
    const double bad[] = {0, -1, 1.01, NAN};
    struct weir_f1 f1;
    for (size_t i = 0; i < 4; i++) {
        struct weir_error err = {0};
        assert_int_equal(weir_f1_eval(&truth, &found, bad[i], 0, &f1, &err), WEIR_EINVAL);
        test_error_says(&err, "above 0, up to 1");
    }
    assert_int_equal(weir_f1_eval(&truth, &found, .5, NAN, &f1, NULL), WEIR_EINVAL);
    assert_int_equal(weir_f1_eval(&truth, &other, .5, 0, &f1, NULL), WEIR_EINVAL);
    weir_dataset_done(&truth);
    weir_dataset_done(&found);
}

static void test_limits_make_boxes_count_for_nothing(void **state) {
    /* A hit; a low truth missed and a hidden one found; a low false alarm, and one that is
     * not low: 1 hit, 1 false alarm, no miss. */
    const struct weir_eval_limits limits = {12, .35};
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 20, 40)->visibility = .35; /* not below .35 */
    build_truth(&truth, 0, 0, 50, 0, 5, 11)->visibility = 1;
    build_truth(&truth, 0, 0, 90, 0, 20, 40)->visibility = .3;
    build_found(&found, 0, 0, 0, 0, 20, 40, .5);
    build_found(&found, 0, 0, 90, 0, 20, 40, .6);
    build_found(&found, 0, 0, 200, 0, 10, 11, .9);
    build_found(&found, 0, 0, 300, 0, 10, 12, .9);
    assert_int_equal(weir_dataset_limit(&truth, &found, &limits, NULL), 0);
    struct weir_f1 f1 = evaluate(&truth, &found, .5, 0);
    assert_int_equal(f1.tp, 1);
    assert_int_equal(f1.fp, 1);
    assert_int_equal(f1.fn, 0);
}

static void test_best_threshold_is_where_f1_is_highest(void **state) {
    /* Three truths; by score: hit, false, hit, two of .4 (a hit and a false alarm), false.
     * F1: .9: 2/4, .8: 2/5, .7: 4/6, .4: 6/8, .3: 6/9. .4 wins, and takes both. */
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    for (int i = 0; i < 3; i++)
        build_truth(&truth, 0, 0, 50 * i, 0, 10, 10);
    build_found(&found, 0, 0, 0, 0, 10, 10, .9);
    build_found(&found, 0, 0, 300, 0, 10, 10, .8);
    build_found(&found, 0, 0, 50, 0, 10, 10, .7);
    build_found(&found, 0, 0, 100, 0, 10, 10, .4);
    build_found(&found, 0, 0, 400, 0, 10, 10, .4);
    build_found(&found, 0, 0, 500, 0, 10, 10, .3);
    struct weir_verdicts v = {0};
    assert_int_equal(weir_f1_judge(&truth, &found, .5, &v, NULL), 0);
    double conf = weir_f1_best(&v);
    assert_true(conf == .4);
    assert_float_equal(weir_f1_at(&v, conf).f1, 6 / 8.0, 1e-12);
    assert_float_equal(weir_f1_at(&v, .7).f1, 4 / 6.0, 1e-12);
    assert_int_equal(weir_f1_at(&v, 0).fp, 3);
    weir_verdicts_done(&v);
    weir_dataset_done(&truth);
    weir_dataset_done(&found);
}

static void test_without_a_hit_the_best_threshold_is_one(void **state) {
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    struct weir_verdicts v = {0};
    build_truth(&truth, 0, 0, 0, 0, 10, 10);
    assert_int_equal(weir_f1_judge(&truth, &found, .5, &v, NULL), 0);
    assert_true(weir_f1_best(&v) == 1);
    build_found(&found, 0, 0, 90, 0, 10, 10, .9);
    assert_int_equal(weir_f1_judge(&truth, &found, .5, &v, NULL), 0); /* appends */
    assert_true(weir_f1_best(&v) == 1);
    assert_int_equal(v.truths, 2);
    assert_int_equal(weir_f1_at(&v, 1).fp, 0);
    weir_verdicts_done(&v);
    weir_dataset_done(&truth);
    weir_dataset_done(&found);
}

/* Leaves out what scores less before anything is matched: the definition, by the letter. */
static void drop_below(struct weir_dataset *d, double conf) {
    for (size_t i = 0; i < d->images; i++) {
        size_t kept = 0;
        for (size_t b = 0; b < d->image[i].len; b++)
            if (d->image[i].box[b].score >= conf)
                d->image[i].box[kept++] = d->image[i].box[b];
        d->image[i].len = kept;
    }
}

static void test_verdicts_hold_at_every_threshold(void **state) {
    unsigned seed = 1;
    struct weir_dataset truth = build_dataset(20, 2), found = build_dataset(20, 2);
    for (size_t i = 0; i < 20; i++) {
        for (int k = 0; k < 12; k++) {
            double x = rand_r(&seed) % 60, y = rand_r(&seed) % 60;
            build_truth(&truth, i, k % 2, x, y, 20, 20)->crowd = k == 5;
            build_found(&found, i, rand_r(&seed) % 2, x + rand_r(&seed) % 9, y, 20, 20,
                        rand_r(&seed) % 20 / 20.0);
        }
    }
    struct weir_verdicts v = {0};
    assert_int_equal(weir_f1_judge(&truth, &found, .5, &v, NULL), 0);
    for (double conf = 0; conf <= 1; conf += .05) {
        struct weir_f1 once = weir_f1_at(&v, conf), again;
        drop_below(&found, conf); /* thresholds rise: nothing is needed again */
        assert_int_equal(weir_f1_eval(&truth, &found, .5, 0, &again, NULL), 0);
        assert_int_equal(once.tp, again.tp);
        assert_int_equal(once.fp, again.fp);
        assert_int_equal(once.fn, again.fn);
    }
    weir_verdicts_done(&v);
    weir_dataset_done(&truth);
    weir_dataset_done(&found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_are_pooled_over_images_and_classes),
        cmocka_unit_test(test_wrong_class_is_a_miss_and_a_false_alarm),
        cmocka_unit_test(test_boxes_below_the_confidence_do_not_exist),
        cmocka_unit_test(test_highest_score_chooses_first),
        cmocka_unit_test(test_overlap_below_the_threshold_is_no_hit),
        cmocka_unit_test(test_duplicate_is_a_false_alarm),
        cmocka_unit_test(test_crowds_are_neither_hits_nor_misses),
        cmocka_unit_test(test_nothing_found_has_no_precision),
        cmocka_unit_test(test_thresholds_out_of_range_are_refused),
        cmocka_unit_test(test_limits_make_boxes_count_for_nothing),
        cmocka_unit_test(test_best_threshold_is_where_f1_is_highest),
        cmocka_unit_test(test_without_a_hit_the_best_threshold_is_one),
        cmocka_unit_test(test_verdicts_hold_at_every_threshold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
