/*
 * AP: each rule by a case whose number is worked out beside it; then random sets
 * and real annotations against a second computation, written from the rules
 * with another structure.
 */
#include "support/support.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "eval/build.h"

static struct weir_coco_ap evaluate(struct weir_dataset *truth, struct weir_dataset *found) {
    struct weir_coco_ap ap;
    struct weir_error err = {0};
    assert_int_equal(weir_coco_eval(truth, found, &ap, &err), 0);
    weir_dataset_done(truth);
    weir_dataset_done(found);
    return ap;
}

static void test_perfect_detection_is_one(void **state) {
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 10, 10, 100, 100);
    build_found(&found, 0, 0, 10, 10, 100, 100, .5);
    struct weir_coco_ap ap = evaluate(&truth, &found);
    assert_float_equal(ap.ap, 1, 1e-12);
    assert_float_equal(ap.ap50, 1, 1e-12);
    assert_float_equal(ap.ap75, 1, 1e-12);
    assert_float_equal(ap.ap_large, 1, 1e-12); /* 100^2 > 96^2 */
    assert_true(ap.ap_small == -1 && ap.ap_medium == -1);
    assert_float_equal(ap.ar1, 1, 1e-12);
    assert_float_equal(ap.ar_large, 1, 1e-12);
    assert_true(ap.ar_small == -1);
}

static void test_overlap_counts_up_to_its_threshold(void **state) {
    /* Moved by 20 of 100: IoU 80/120 = 0.667, which meets .5 .55 .6 .65: four of ten. */
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 100, 100);
    build_found(&found, 0, 0, 20, 0, 100, 100, .5);
    struct weir_coco_ap ap = evaluate(&truth, &found);
    assert_float_equal(ap.ap, .4, 1e-12);
    assert_float_equal(ap.ap50, 1, 1e-12);
    assert_true(ap.ap75 == 0);
}

/* Hit, false alarm, hit, of two truths: precision 1 at recalls up to .5, which are 51
 * of the 101 steps, then 2/3 at the 50 others. */
static const double hit_false_hit = (51 + 50 * 2 / 3.0) / 101;

static void test_precision_is_sampled_at_101_recalls(void **state) {
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 10, 10);
    build_truth(&truth, 0, 0, 50, 0, 10, 10);
    build_found(&found, 0, 0, 0, 0, 10, 10, .9);
    build_found(&found, 0, 0, 90, 90, 10, 10, .8);
    build_found(&found, 0, 0, 50, 0, 10, 10, .7);
    assert_float_equal(evaluate(&truth, &found).ap, hit_false_hit, 1e-12);
}

static void test_second_detection_of_an_object_is_a_false_alarm(void **state) {
    struct weir_dataset truth = build_dataset(2, 1), found = build_dataset(2, 1);
    build_truth(&truth, 0, 0, 0, 0, 10, 10);
    build_truth(&truth, 1, 0, 50, 0, 10, 10);
    build_found(&found, 0, 0, 0, 0, 10, 10, .9);
    build_found(&found, 0, 0, 0, 0, 10, 10, .8);
    build_found(&found, 1, 0, 50, 0, 10, 10, .7);
    assert_float_equal(evaluate(&truth, &found).ap, hit_false_hit, 1e-12);
}

static void test_detections_in_a_crowd_are_ignored(void **state) {
    /* Three boxes lie wholly in the crowd: their own area is their overlap with it, 1, and a
     * crowd is never used up. What remains is one hit of one truth. */
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 200, 200)->crowd = true;
    build_truth(&truth, 0, 0, 300, 0, 50, 50);
    build_found(&found, 0, 0, 10, 10, 20, 20, .9);
    build_found(&found, 0, 0, 50, 50, 20, 20, .8);
    build_found(&found, 0, 0, 90, 90, 20, 20, .7);
    build_found(&found, 0, 0, 300, 0, 50, 50, .5);
    assert_float_equal(evaluate(&truth, &found).ap, 1, 1e-12);
}

static void test_same_region_without_crowd_flag_makes_false_alarms(void **state) {
    /* Two truths, one found by the last of four: precision 1/4 at recalls up to .5. */
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 200, 200);
    build_truth(&truth, 0, 0, 300, 0, 50, 50);
    build_found(&found, 0, 0, 10, 10, 20, 20, .9);
    build_found(&found, 0, 0, 50, 50, 20, 20, .8);
    build_found(&found, 0, 0, 90, 90, 20, 20, .7);
    build_found(&found, 0, 0, 300, 0, 50, 50, .5);
    assert_float_equal(evaluate(&truth, &found).ap, 51 * .25 / 101, 1e-12);
}

static void test_object_that_counts_comes_before_a_crowd(void **state) {
    /* The box overlaps the object by 0.64 and the crowd wholly: it is a hit where .64 meets
     * the threshold (.5 .55 .6), and ignored by the crowd at the other seven, where the
     * object is missed: 3/10. */
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 200, 200)->crowd = true;
    build_truth(&truth, 0, 0, 0, 0, 100, 100);
    build_found(&found, 0, 0, 0, 0, 80, 80, .9);
    assert_float_equal(evaluate(&truth, &found).ap, .3, 1e-12);
}

static void test_area_is_the_annotations_own(void **state) {
    /* A box of 40x40 (medium) whose mask has 500 pixels (small). The false alarm of 50x50 comes
     * first: precision 1/2 in all; small ignores it, being medium; nothing medium is there. */
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 40, 40)->area = 500;
    build_found(&found, 0, 0, 0, 0, 40, 40, .5);
    build_found(&found, 0, 0, 200, 200, 50, 50, .9);
    struct weir_coco_ap ap = evaluate(&truth, &found);
    assert_float_equal(ap.ap, .5, 1e-12);
    assert_float_equal(ap.ap_small, 1, 1e-12);
    assert_true(ap.ap_medium == -1 && ap.ap_large == -1);
}

static void test_area_on_the_border_belongs_to_both_ranges(void **state) {
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 32, 32);
    build_found(&found, 0, 0, 0, 0, 32, 32, .5);
    struct weir_coco_ap ap = evaluate(&truth, &found);
    assert_float_equal(ap.ap_small, 1, 1e-12);
    assert_float_equal(ap.ap_medium, 1, 1e-12);
    assert_true(ap.ap_large == -1);
}

/* One truth of 40 pixels and, ahead of it by score, a false alarm of 10: precision 1/2. */
static void build_low_false_alarm(struct weir_dataset *truth, struct weir_dataset *found) {
    *truth = build_dataset(1, 1);
    *found = build_dataset(1, 1);
    build_truth(truth, 0, 0, 0, 0, 20, 40);
    build_found(found, 0, 0, 90, 90, 10, 10, .9);
    build_found(found, 0, 0, 0, 0, 20, 40, .8);
}

static void limit(struct weir_dataset *truth, struct weir_dataset *found, double min_height,
                  double min_visibility) {
    const struct weir_eval_limits limits = {min_height, min_visibility};
    struct weir_error err = {0};
    if (weir_dataset_limit(truth, found, &limits, &err))
        fail_msg("%s", err.text);
}

static void test_low_detection_that_matches_nothing_is_ignored(void **state) {
    struct weir_dataset truth, found;
    build_low_false_alarm(&truth, &found);
    limit(&truth, &found, 10, 0); /* 10 is not below 10 */
    assert_float_equal(evaluate(&truth, &found).ap, .5, 1e-12);
    build_low_false_alarm(&truth, &found);
    limit(&truth, &found, 12, 0);
    assert_float_equal(evaluate(&truth, &found).ap, 1, 1e-12);
}

static void test_low_detection_of_an_object_that_counts_is_a_hit(void **state) {
    /* 11 of 14 pixels high: IoU 11/14 = .786 meets .5 to .75, six of ten. */
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 10, 14);
    build_found(&found, 0, 0, 0, 0, 10, 11, .9);
    limit(&truth, &found, 12, 0);
    assert_float_equal(evaluate(&truth, &found).ap, .6, 1e-12);
}

static void test_truth_below_a_limit_is_neither_hit_nor_missed(void **state) {
    /* Of three truths the low one is missed and the hidden one found first: without limits two
     * of three are found, precision 1 at recalls up to 2/3, which are 67 steps. */
    for (int limited = 0; limited < 2; limited++) {
        struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
        build_truth(&truth, 0, 0, 0, 0, 20, 40)->visibility = .9;
        build_truth(&truth, 0, 0, 50, 0, 5, 11)->visibility = .9;
        build_truth(&truth, 0, 0, 90, 0, 20, 40)->visibility = .3;
        build_found(&found, 0, 0, 90, 0, 20, 40, .9);
        build_found(&found, 0, 0, 0, 0, 20, 40, .8);
        if (limited)
            limit(&truth, &found, 12, .35);
        assert_float_equal(evaluate(&truth, &found).ap, limited ? 1 : 67 / 101.0, 1e-12);
    }
}

static void test_ignored_truth_is_used_up_by_one_detection(void **state) {
    /* Unlike a crowd: the second detection of it is a false alarm, ahead of the hit. */
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 20, 40)->visibility = .9;
    build_truth(&truth, 0, 0, 90, 0, 20, 40)->visibility = .3;
    build_found(&found, 0, 0, 90, 0, 20, 40, .9);
    build_found(&found, 0, 0, 90, 0, 20, 40, .8);
    build_found(&found, 0, 0, 0, 0, 20, 40, .7);
    limit(&truth, &found, 0, .35);
    assert_float_equal(evaluate(&truth, &found).ap, .5, 1e-12);
}

static void test_object_that_counts_comes_before_an_ignored_one(void **state) {
    /* The detection overlaps the hidden object wholly and the other by .64: a hit where .64
     * meets the threshold (.5 .55 .6), else ignored and the object missed: 3/10. */
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 80, 80)->visibility = .3;
    build_truth(&truth, 0, 0, 0, 0, 100, 100)->visibility = 1;
    build_found(&found, 0, 0, 0, 0, 80, 80, .9);
    limit(&truth, &found, 0, .35);
    assert_float_equal(evaluate(&truth, &found).ap, .3, 1e-12);
}

static void test_least_visibility_needs_truth_that_states_it(void **state) {
    const struct weir_eval_limits limits = {.min_visibility = .5};
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    struct weir_error err = {0};
    assert_int_equal(weir_dataset_limit(&truth, &found, &limits, &err), 0); /* nothing is there */
    build_truth(&truth, 0, 0, 0, 0, 20, 40);
    assert_int_equal(weir_dataset_limit(&truth, &found, &limits, &err), WEIR_EINVAL);
    test_error_says(&err, "does not state how much");
    weir_dataset_done(&truth);
    weir_dataset_done(&found);
}

static void test_hundredth_detection_counts_and_the_next_does_not(void **state) {
    /* false alarms first: the hit is the 100th, precision 1/100; or the 101st, none */
    for (int alarms = 99; alarms <= 100; alarms++) {
        struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
        build_truth(&truth, 0, 0, 0, 0, 10, 10);
        for (int i = 0; i < alarms; i++)
            build_found(&found, 0, 0, 500, 500, 10, 10, .9 - i * .001);
        build_found(&found, 0, 0, 0, 0, 10, 10, .1);
        struct weir_coco_ap ap = evaluate(&truth, &found);
        assert_float_equal(ap.ap, alarms == 99 ? .01 : 0, 1e-12);
        assert_float_equal(ap.ar100, alarms == 99 ? 1 : 0, 1e-12);
        assert_true(ap.ar1 == 0 && ap.ar10 == 0);
    }
}

static void test_limits_are_per_class_and_image(void **state) {
    /* Three truths in one image: one detection an image finds a third. */
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    for (int i = 0; i < 3; i++) {
        build_truth(&truth, 0, 0, i * 50, 0, 10, 10);
        build_found(&found, 0, 0, i * 50, 0, 10, 10, .9);
    }
    struct weir_coco_ap ap = evaluate(&truth, &found);
    assert_float_equal(ap.ar1, 1 / 3.0, 1e-12);
    assert_float_equal(ap.ar10, 1, 1e-12);
}

static void test_equal_scores_keep_the_order_of_the_file(void **state) {
    for (int first = 0; first < 2; first++) {
        struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
        build_truth(&truth, 0, 0, 0, 0, 10, 10);
        if (first)
            build_found(&found, 0, 0, 0, 0, 10, 10, .5);
        build_found(&found, 0, 0, 200, 200, 10, 10, .5);
        if (!first)
            build_found(&found, 0, 0, 0, 0, 10, 10, .5);
        assert_float_equal(evaluate(&truth, &found).ap, first ? 1 : .5, 1e-12);
    }
}

static void test_equal_scores_keep_the_order_of_the_images(void **state) {
    for (size_t hit = 0; hit < 2; hit++) {
        struct weir_dataset truth = build_dataset(2, 1), found = build_dataset(2, 1);
        build_truth(&truth, hit, 0, 0, 0, 10, 10);
        build_found(&found, 1, 0, 0, 0, 10, 10, .5);
        build_found(&found, 0, 0, 0, 0, 10, 10, .5);
        assert_float_equal(evaluate(&truth, &found).ap, hit ? .5 : 1, 1e-12);
    }
}

static void test_without_ground_truth_every_number_is_minus_one(void **state) {
    struct weir_dataset truth = build_dataset(2, 2), found = build_dataset(2, 2);
    build_found(&found, 0, 0, 0, 0, 10, 10, .5);
    struct weir_coco_ap ap = evaluate(&truth, &found);
    assert_true(ap.ap == -1 && ap.ap50 == -1 && ap.ap75 == -1 && ap.ap_small == -1);
    assert_true(ap.ar1 == -1 && ap.ar100 == -1 && ap.ar_large == -1);
}

static void test_ground_truth_of_crowds_alone_is_none(void **state) {
    struct weir_dataset truth = build_dataset(1, 1), found = build_dataset(1, 1);
    build_truth(&truth, 0, 0, 0, 0, 100, 100)->crowd = true;
    build_found(&found, 0, 0, 0, 0, 10, 10, .5);
    assert_true(evaluate(&truth, &found).ap == -1);
}

static void test_class_without_detections_counts_as_zero(void **state) {
    struct weir_dataset truth = build_dataset(1, 2), found = build_dataset(1, 2);
    build_truth(&truth, 0, 0, 0, 0, 10, 10);
    build_truth(&truth, 0, 1, 50, 0, 10, 10);
    build_found(&found, 0, 0, 0, 0, 10, 10, .5);
    assert_float_equal(evaluate(&truth, &found).ap, .5, 1e-12);
}

static void test_class_without_ground_truth_does_not_count(void **state) {
    struct weir_dataset truth = build_dataset(1, 2), found = build_dataset(1, 2);
    build_truth(&truth, 0, 0, 0, 0, 10, 10);
    build_found(&found, 0, 0, 0, 0, 10, 10, .5);
    build_found(&found, 0, 1, 0, 0, 10, 10, .9);
    assert_float_equal(evaluate(&truth, &found).ap, 1, 1e-12);
}

static void test_right_place_and_wrong_class_is_no_hit(void **state) {
    struct weir_dataset truth = build_dataset(1, 2), found = build_dataset(1, 2);
    build_truth(&truth, 0, 0, 0, 0, 10, 10);
    build_found(&found, 0, 1, 0, 0, 10, 10, .9);
    assert_true(evaluate(&truth, &found).ap == 0);
}

static void test_sets_that_were_not_joined_are_refused(void **state) {
    struct weir_dataset truth = build_dataset(2, 1), found = build_dataset(1, 1);
    struct weir_coco_ap ap;
    struct weir_error err = {0};
    assert_int_equal(weir_coco_eval(&truth, &found, &ap, &err), WEIR_EINVAL);
    weir_dataset_done(&truth);
    weir_dataset_done(&found);
}

/* ---- the second computation ----------------------------------------------- */

struct det {
    const struct weir_eval_box *box;
    size_t image, order;
};

static int falling(const void *a, const void *b) {
    const struct det *x = a, *y = b;
    if (x->box->score != y->box->score)
        return x->box->score < y->box->score ? 1 : -1;
    return x->order < y->order ? -1 : 1;
}

static double overlap(const struct weir_eval_box *d, const struct weir_eval_box *g) {
    double left = d->x > g->x ? d->x : g->x, top = d->y > g->y ? d->y : g->y;
    double right = d->x + d->w < g->x + g->w ? d->x + d->w : g->x + g->w;
    double bottom = d->y + d->h < g->y + g->h ? d->y + d->h : g->y + g->h;
    if (right - left <= 0 || bottom - top <= 0)
        return 0;
    double i = (right - left) * (bottom - top);
    return i / (g->crowd ? d->w * d->h : d->w * d->h + g->w * g->h - i);
}

static bool in(double area, double from, double to) {
    return area >= from && area <= to;
}

/*
 * AP of one class at one threshold: all detections of all images in one list by score;
 * each looks for the best free truth that counts, then for the best that does not;
 * precision at a recall is the highest at any cut that reaches it. -1: no truth.
 */
static double slow_one(const struct weir_dataset *truth, const struct weir_dataset *found, int k,
                       double threshold, double from, double to) {
    size_t dets = 0, total = 0, cuts = 0;
    for (size_t i = 0; i < found->images; i++)
        total += found->image[i].len;
    struct det *det = calloc(total + 1, sizeof *det);
    double *recall = calloc(total + 1, sizeof *recall), *precision = calloc(total + 1, 8), n = 0;
    bool **used = calloc(truth->images + 1, sizeof *used);
    int *taken = calloc(truth->images + 1, sizeof *taken);
    assert_true(det && recall && precision && used && taken);
    for (size_t i = 0; i < truth->images; i++) {
        used[i] = calloc(truth->image[i].len + 1, 1);
        assert_non_null(used[i]);
        for (size_t g = 0; g < truth->image[i].len; g++) {
            const struct weir_eval_box *b = &truth->image[i].box[g];
            n += b->category == k && !b->crowd && in(b->area, from, to);
        }
        for (size_t d = 0; d < found->image[i].len; d++)
            if (found->image[i].box[d].category == k) {
                det[dets] = (struct det){&found->image[i].box[d], i, dets};
                dets++;
            }
    }
    qsort(det, dets, sizeof *det, falling);
    double hits = 0, alarms = 0, sum = 0;
    for (size_t d = 0; d < dets; d++) {
        const struct weir_eval_image *im = &truth->image[det[d].image];
        if (taken[det[d].image]++ >= 100)
            continue;
        int match[2] = {-1, -1}; /* among those that count, and those that do not */
        double best[2] = {threshold, threshold};
        for (size_t g = 0; g < im->len; g++) {
            const struct weir_eval_box *b = &im->box[g];
            int which = b->crowd || !in(b->area, from, to);
            if (b->category != k || (used[det[d].image][g] && !b->crowd))
                continue;
            double o = overlap(det[d].box, b);
            if (o >= best[which]) {
                best[which] = o;
                match[which] = (int)g;
            }
        }
        if (match[0] >= 0) {
            used[det[d].image][match[0]] = true;
            hits++;
        } else if (match[1] >= 0) {
            used[det[d].image][match[1]] = true;
        } else {
            alarms += in(det[d].box->w * det[d].box->h, from, to);
        }
        recall[cuts] = n ? hits / n : 0;
        precision[cuts++] = hits / (hits + alarms + DBL_EPSILON);
    }
    for (int r = 0; n > 0 && r <= 100; r++) {
        double most = 0;
        for (size_t c = 0; c < cuts; c++)
            if (recall[c] >= (r == 100 ? 1 : r * 0.01) && precision[c] > most)
                most = precision[c];
        sum += most / 101;
    }
    for (size_t i = 0; i < truth->images; i++)
        free(used[i]);
    free(used);
    free(taken);
    free(det);
    free(recall);
    free(precision);
    return n > 0 ? sum : -1;
}

static double slow(const struct weir_dataset *truth, const struct weir_dataset *found, int first,
                   int last, double from, double to) {
    double sum = 0;
    int n = 0;
    for (int k = 0; k < (int)truth->categories; k++)
        for (int t = first; t <= last; t++) {
            double threshold = t == 9 ? 0.95 : t * ((0.95 - 0.5) / 9) + 0.5;
            double one = slow_one(truth, found, k, threshold, from, to);
            if (one >= 0) {
                sum += one;
                n++;
            }
        }
    return n ? sum / n : -1;
}

static void compare(const struct weir_dataset *truth, const struct weir_dataset *found) {
    struct weir_coco_ap ap;
    struct weir_error err = {0};
    assert_int_equal(weir_coco_eval(truth, found, &ap, &err), 0);
    assert_float_equal(ap.ap, slow(truth, found, 0, 9, 0, 1e10), 1e-9);
    assert_float_equal(ap.ap50, slow(truth, found, 0, 0, 0, 1e10), 1e-9);
    assert_float_equal(ap.ap75, slow(truth, found, 5, 5, 0, 1e10), 1e-9);
    assert_float_equal(ap.ap_small, slow(truth, found, 0, 9, 0, 1024), 1e-9);
    assert_float_equal(ap.ap_medium, slow(truth, found, 0, 9, 1024, 9216), 1e-9);
    assert_float_equal(ap.ap_large, slow(truth, found, 0, 9, 9216, 1e10), 1e-9);
}

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static int below(uint32_t *state, int n) {
    return (int)(next_random(state) % (uint32_t)n);
}

static void test_random_sets_agree_with_the_second_computation(void **state) {
    uint32_t seed = 7;
    for (int round = 0; round < 150; round++) {
        struct weir_dataset truth = build_dataset(6, 3), found = build_dataset(6, 3);
        for (size_t i = 0; i < 6; i++) {
            int truths = below(&seed, 9);
            for (int g = 0; g < truths; g++) {
                /* coarse places and sizes, so that overlaps tie and ranges are met exactly */
                double x = below(&seed, 20) * 8, y = below(&seed, 20) * 8;
                double w = (1 + below(&seed, 16)) * 8, h = (1 + below(&seed, 16)) * 8;
                int k = below(&seed, 3);
                struct weir_eval_box *b = build_truth(&truth, i, k, x, y, w, h);
                b->crowd = !below(&seed, 8);
                if (!below(&seed, 3))
                    b->area *= .6;
                for (int copies = below(&seed, 3); copies > 0; copies--) {
                    double dx = below(&seed, 3) * 4, dy = below(&seed, 3) * 4;
                    double dw = below(&seed, 3) * 4, score = below(&seed, 10) / 10.0;
                    int named = below(&seed, 6) ? k : below(&seed, 3);
                    build_found(&found, i, named, x + dx, y + dy, w + dw, h, score);
                }
            }
            for (int alarms = below(&seed, 5); alarms > 0; alarms--) {
                int named = below(&seed, 3), x = below(&seed, 200), y = below(&seed, 200);
                int w = 1 + below(&seed, 120), h = 1 + below(&seed, 120);
                build_found(&found, i, named, x, y, w, h, below(&seed, 10) / 10.0);
            }
        }
        compare(&truth, &found);
        weir_dataset_done(&truth);
        weir_dataset_done(&found);
    }
}

static void load_subset(struct weir_dataset *truth, struct weir_dataset *found) {
    struct weir_error err = {0};
    const char *path = test_data("images/coco_val_subset/instances.json");
    assert_int_equal(weir_dataset_load(path, truth, &err), 0);
    assert_int_equal(truth->format, WEIR_DATASET_COCO);
    assert_int_equal(truth->images, 47);
    assert_int_equal(weir_dataset_like(truth, found), 0);
}

static void test_real_truth_as_detections_is_perfect(void **state) {
    struct weir_dataset truth = {0}, found = {0};
    struct weir_coco_ap ap;
    struct weir_error err = {0};
    load_subset(&truth, &found);
    for (size_t i = 0; i < truth.images; i++)
        for (size_t b = 0; b < truth.image[i].len; b++)
            if (!truth.image[i].box[b].crowd)
                assert_int_equal(weir_dataset_add_box(&found, i, &truth.image[i].box[b]), 0);
    assert_int_equal(weir_coco_eval(&truth, &found, &ap, &err), 0);
    assert_float_equal(ap.ap, 1, 1e-9);
    assert_float_equal(ap.ap_small, 1, 1e-9);
    weir_dataset_done(&truth);
    weir_dataset_done(&found);
}

static void test_real_annotations_agree_with_the_second_computation(void **state) {
    struct weir_dataset truth = {0}, found = {0};
    uint32_t seed = 9;
    load_subset(&truth, &found);
    for (size_t i = 0; i < truth.images; i++) {
        for (size_t b = 0; b < truth.image[i].len; b++) {
            struct weir_eval_box box = truth.image[i].box[b];
            for (int copies = below(&seed, 4); copies > 0; copies--) {
                struct weir_eval_box d = box;
                d.x += box.w * (below(&seed, 41) - 20) / 100;
                d.y += box.h * (below(&seed, 41) - 20) / 100;
                d.w *= (80 + below(&seed, 41)) / 100.0;
                d.h *= (80 + below(&seed, 41)) / 100.0;
                d.area = d.w * d.h;
                d.crowd = false;
                d.score = below(&seed, 50) / 50.0;
                if (!below(&seed, 10))
                    d.category = below(&seed, (int)truth.categories);
                assert_int_equal(weir_dataset_add_box(&found, i, &d), 0);
            }
        }
    }
    compare(&truth, &found);
    weir_dataset_done(&truth);
    weir_dataset_done(&found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_perfect_detection_is_one),
        cmocka_unit_test(test_overlap_counts_up_to_its_threshold),
        cmocka_unit_test(test_precision_is_sampled_at_101_recalls),
        cmocka_unit_test(test_second_detection_of_an_object_is_a_false_alarm),
        cmocka_unit_test(test_detections_in_a_crowd_are_ignored),
        cmocka_unit_test(test_same_region_without_crowd_flag_makes_false_alarms),
        cmocka_unit_test(test_object_that_counts_comes_before_a_crowd),
        cmocka_unit_test(test_area_is_the_annotations_own),
        cmocka_unit_test(test_area_on_the_border_belongs_to_both_ranges),
        cmocka_unit_test(test_low_detection_that_matches_nothing_is_ignored),
        cmocka_unit_test(test_low_detection_of_an_object_that_counts_is_a_hit),
        cmocka_unit_test(test_truth_below_a_limit_is_neither_hit_nor_missed),
        cmocka_unit_test(test_ignored_truth_is_used_up_by_one_detection),
        cmocka_unit_test(test_object_that_counts_comes_before_an_ignored_one),
        cmocka_unit_test(test_least_visibility_needs_truth_that_states_it),
        cmocka_unit_test(test_hundredth_detection_counts_and_the_next_does_not),
        cmocka_unit_test(test_limits_are_per_class_and_image),
        cmocka_unit_test(test_equal_scores_keep_the_order_of_the_file),
        cmocka_unit_test(test_equal_scores_keep_the_order_of_the_images),
        cmocka_unit_test(test_without_ground_truth_every_number_is_minus_one),
        cmocka_unit_test(test_ground_truth_of_crowds_alone_is_none),
        cmocka_unit_test(test_class_without_detections_counts_as_zero),
        cmocka_unit_test(test_class_without_ground_truth_does_not_count),
        cmocka_unit_test(test_right_place_and_wrong_class_is_no_hit),
        cmocka_unit_test(test_sets_that_were_not_joined_are_refused),
        cmocka_unit_test(test_random_sets_agree_with_the_second_computation),
        cmocka_unit_test(test_real_truth_as_detections_is_perfect),
        cmocka_unit_test(test_real_annotations_agree_with_the_second_computation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
