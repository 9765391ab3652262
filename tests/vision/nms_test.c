/* IoU and suppression, on boxes small enough to check by eye. */
#include "support/support.h"

#include <math.h>

#include "vision/vision.h"

static struct weir_box box(float x0, float y0, float x1, float y1, float score, int class_id) {
    return (struct weir_box){x0, y0, x1, y1, score, class_id, 0};
}

static struct weir_boxes boxes_of(const struct weir_box *b, size_t len) {
    struct weir_boxes boxes = {0};
    for (size_t i = 0; i < len; i++)
        assert_int_equal(weir_boxes_add(&boxes, b[i]), 0);
    return boxes;
}

static void test_iou_of_half_overlap_is_a_third(void **state) {
    struct weir_box a = box(0, 0, 10, 10, 1, 0), b = box(5, 0, 15, 10, 1, 0);
    assert_float_equal(weir_iou(&a, &b), 1.0f / 3, 1e-6);
    assert_float_equal(weir_iou(&a, &a), 1, 0);
}

static void test_iou_of_touching_and_empty_boxes_is_zero(void **state) {
    struct weir_box a = box(0, 0, 10, 10, 1, 0), touching = box(10, 0, 20, 10, 1, 0);
    struct weir_box empty = box(5, 5, 5, 5, 1, 0), far = box(50, 50, 60, 60, 1, 0);
    assert_true(weir_iou(&a, &touching) == 0);
    assert_true(weir_iou(&a, &empty) == 0);
    assert_true(weir_iou(&empty, &empty) == 0);
    assert_true(weir_iou(&a, &far) == 0);
}

static void test_iou_of_values_that_are_no_numbers_is_zero(void **state) {
    struct weir_box a = box(0, 0, 10, 10, 1, 0), nan = box(NAN, 0, 10, 10, 1, 0);
    struct weir_box endless = box(-INFINITY, -INFINITY, INFINITY, INFINITY, 1, 0);
    assert_true(weir_iou(&a, &nan) == 0);
    assert_true(weir_iou(&nan, &a) == 0);
    assert_true(weir_iou(&endless, &endless) == 0);
}

static void test_overlapping_box_of_lower_score_is_dropped(void **state) {
    const struct weir_box in[] = {box(0, 0, 10, 10, .5f, 0), box(1, 0, 11, 10, .9f, 0),
                                  box(50, 50, 60, 60, .3f, 0)};
    struct weir_boxes boxes = boxes_of(in, 3);
    assert_int_equal(weir_nms(&boxes, 0.5f, 100), 0);
    assert_int_equal(boxes.len, 2);
    assert_float_equal(boxes.data[0].score, .9f, 0);
    assert_float_equal(boxes.data[1].score, .3f, 0);
    weir_boxes_done(&boxes);
}

static void test_other_class_in_the_same_place_is_kept(void **state) {
    const struct weir_box in[] = {box(0, 0, 10, 10, .5f, 0), box(0, 0, 10, 10, .9f, 1)};
    struct weir_boxes boxes = boxes_of(in, 2);
    assert_int_equal(weir_nms(&boxes, 0.5f, 100), 0);
    assert_int_equal(boxes.len, 2);
    weir_boxes_done(&boxes);
}

static void test_iou_equal_to_the_limit_is_kept(void **state) {
    /* 2 x 1 boxes one apart: 1/3. */
    const struct weir_box in[] = {box(0, 0, 2, 1, .9f, 0), box(1, 0, 3, 1, .8f, 0)};
    struct weir_boxes boxes = boxes_of(in, 2);
    assert_int_equal(weir_nms(&boxes, 1.0f / 3, 100), 0);
    assert_int_equal(boxes.len, 2);
    weir_boxes_done(&boxes);
}

static void test_suppressed_box_suppresses_nobody(void **state) {
    /* b falls to a; c overlaps b alone and stays. */
    const struct weir_box in[] = {box(0, 0, 10, 10, .9f, 0), box(4, 0, 14, 10, .8f, 0),
                                  box(8, 0, 18, 10, .7f, 0)};
    struct weir_boxes boxes = boxes_of(in, 3);
    assert_int_equal(weir_nms(&boxes, 0.4f, 100), 0);
    assert_int_equal(boxes.len, 2);
    assert_float_equal(boxes.data[1].score, .7f, 0);
    weir_boxes_done(&boxes);
}

static void test_equal_scores_keep_their_order(void **state) {
    const struct weir_box in[] = {box(0, 0, 10, 10, .5f, 7), box(0, 0, 10, 10, .5f, 3),
                                  box(20, 0, 30, 10, .5f, 5)};
    struct weir_boxes boxes = boxes_of(in, 3);
    assert_int_equal(weir_nms(&boxes, 0.5f, 100), 0);
    assert_int_equal(boxes.data[0].class_id, 7);
    assert_int_equal(boxes.data[1].class_id, 3);
    assert_int_equal(boxes.data[2].class_id, 5);
    weir_boxes_done(&boxes);
}

static void test_no_more_than_max_boxes_stay(void **state) {
    struct weir_boxes boxes = {0};
    for (int i = 0; i < 50; i++)
        assert_int_equal(
            weir_boxes_add(&boxes, box((float)i * 20, 0, (float)i * 20 + 10, 10, (float)i / 50, 0)),
            0);
    assert_int_equal(weir_nms(&boxes, 0.5f, 7), 0);
    assert_int_equal(boxes.len, 7);
    assert_float_equal(boxes.data[0].score, 49.0f / 50, 1e-7);
    assert_int_equal(weir_nms(&boxes, 0.5f, 0), 0);
    assert_int_equal(boxes.len, 0);
    weir_boxes_done(&boxes);
}

static void test_limit_of_one_suppresses_nothing(void **state) {
    const struct weir_box in[] = {box(0, 0, 10, 10, .5f, 0), box(0, 0, 10, 10, .9f, 0)};
    struct weir_boxes boxes = boxes_of(in, 2);
    assert_int_equal(weir_nms(&boxes, 1, 100), 0);
    assert_int_equal(boxes.len, 2);
    assert_float_equal(boxes.data[0].score, .9f, 0);
    weir_boxes_done(&boxes);
}

static void test_no_boxes_are_no_trouble(void **state) {
    struct weir_boxes boxes = {0};
    assert_int_equal(weir_nms(&boxes, 0.5f, 100), 0);
    assert_int_equal(boxes.len, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iou_of_half_overlap_is_a_third),
        cmocka_unit_test(test_iou_of_touching_and_empty_boxes_is_zero),
        cmocka_unit_test(test_iou_of_values_that_are_no_numbers_is_zero),
        cmocka_unit_test(test_overlapping_box_of_lower_score_is_dropped),
        cmocka_unit_test(test_other_class_in_the_same_place_is_kept),
        cmocka_unit_test(test_iou_equal_to_the_limit_is_kept),
        cmocka_unit_test(test_suppressed_box_suppresses_nobody),
        cmocka_unit_test(test_equal_scores_keep_their_order),
        cmocka_unit_test(test_no_more_than_max_boxes_stay),
        cmocka_unit_test(test_limit_of_one_suppresses_nothing),
        cmocka_unit_test(test_no_boxes_are_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
