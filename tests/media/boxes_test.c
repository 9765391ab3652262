/* Lists of boxes and their stable order. */
#include "support/support.h"

#include <math.h>

#include "media/media.h"

static struct weir_box box_of(float score, int32_t id) {
    return (struct weir_box){.x1 = 2, .y1 = 3, .score = score, .track_id = id};
}

/* n boxes with few different scores, numbered in the order of their arrival. */
static void fill(struct weir_boxes *boxes, int n, unsigned seed) {
    weir_boxes_reset(boxes);
    for (int i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        assert_int_equal(weir_boxes_add(boxes, box_of((float)(seed >> 29) / 8.0f, i + 1)), 0);
    }
}

static void test_boxes_are_kept_in_the_order_of_their_arrival(void **state) {
    struct weir_boxes boxes = {0};
    fill(&boxes, 1000, 3);
    assert_int_equal(boxes.len, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(boxes.data[i].track_id, i + 1);
    weir_boxes_done(&boxes);
    assert_null(boxes.data);
    assert_int_equal(boxes.len, 0);
}

static void test_a_reset_empties_and_keeps_the_memory(void **state) {
    struct weir_boxes boxes = {0};
    fill(&boxes, 40, 1);
    struct weir_box *data = boxes.data;
    weir_boxes_reset(&boxes);
    assert_int_equal(boxes.len, 0);
    fill(&boxes, 40, 2);
    assert_ptr_equal(boxes.data, data);
    weir_boxes_done(&boxes);
}

static void test_the_highest_score_comes_first_and_equals_keep_their_order(void **state) {
    static const int sizes[] = {1, 2, 15, 16, 17, 31, 32, 33, 64, 100, 1000, 8400};
    struct weir_boxes boxes = {0};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (unsigned seed = 1; seed <= 5; seed++) {
            fill(&boxes, sizes[s], seed);
            weir_boxes_sort(&boxes);
            assert_int_equal(boxes.len, sizes[s]);
            for (size_t i = 1; i < boxes.len; i++) {
                const struct weir_box *a = &boxes.data[i - 1], *b = &boxes.data[i];
                assert_true(a->score > b->score ||
                            (a->score == b->score && a->track_id < b->track_id));
            }
        }
    }
    weir_boxes_done(&boxes);
}

static void test_scores_that_are_no_numbers_go_last(void **state) {
    struct weir_boxes boxes = {0};
    fill(&boxes, 100, 9);
    for (int i = 0; i < 100; i += 3)
        boxes.data[i].score = NAN;
    boxes.data[1].score = INFINITY;
    boxes.data[2].score = -INFINITY;
    weir_boxes_sort(&boxes);
    assert_int_equal(boxes.data[0].track_id, 2);
    assert_int_equal(boxes.data[65].track_id, 3);
    for (int i = 66; i < 100; i++) {
        assert_true(isnan(boxes.data[i].score));
        assert_int_equal(boxes.data[i].track_id, 3 * (i - 66) + 1);
    }
    weir_boxes_done(&boxes);
}

static void test_sorting_nothing_is_allowed(void **state) {
    struct weir_boxes boxes = {0};
    weir_boxes_sort(&boxes);
    assert_null(boxes.data);
    weir_boxes_done(&boxes);
    weir_boxes_done(NULL);
}

static void test_a_copy_replaces_what_was_there(void **state) {
    struct weir_boxes from = {0}, into = {0};
    fill(&from, 20, 1);
    fill(&into, 50, 2);
    assert_int_equal(weir_boxes_copy(&into, &from), 0);
    assert_int_equal(into.len, 20);
    assert_memory_equal(into.data, from.data, 20 * sizeof *from.data);
    assert_ptr_not_equal(into.data, from.data);
    weir_boxes_done(&from);
    weir_boxes_done(&into);
}

static void test_a_copy_of_nothing_or_of_itself_is_allowed(void **state) {
    struct weir_boxes none = {0}, into = {0};
    assert_int_equal(weir_boxes_copy(&into, &none), 0);
    assert_int_equal(into.len, 0);
    fill(&into, 5, 1);
    assert_int_equal(weir_boxes_copy(&into, &into), 0);
    assert_int_equal(into.len, 5);
    assert_int_equal(weir_boxes_copy(&into, &none), 0);
    assert_int_equal(into.len, 0);
    weir_boxes_done(&into);
}

static void test_a_list_too_long_for_memory_is_refused_and_left_alone(void **state) {
    struct weir_boxes into = {0};
    fill(&into, 3, 1);
    struct weir_boxes huge = {.data = into.data, .len = SIZE_MAX / 2, .cap = SIZE_MAX / 2};
    assert_int_equal(weir_boxes_copy(&into, &huge), WEIR_ENOMEM);
    assert_int_equal(into.len, 3);
    assert_int_equal(into.data[2].track_id, 3);
    weir_boxes_done(&into);
}

static void test_the_area_is_width_times_height(void **state) {
    struct weir_box box = {.x0 = 1, .y0 = 2, .x1 = 4, .y1 = 6};
    assert_true(weir_box_area(&box) == 12.0f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boxes_are_kept_in_the_order_of_their_arrival),
        cmocka_unit_test(test_a_reset_empties_and_keeps_the_memory),
        cmocka_unit_test(test_the_highest_score_comes_first_and_equals_keep_their_order),
        cmocka_unit_test(test_scores_that_are_no_numbers_go_last),
        cmocka_unit_test(test_sorting_nothing_is_allowed),
        cmocka_unit_test(test_a_copy_replaces_what_was_there),
        cmocka_unit_test(test_a_copy_of_nothing_or_of_itself_is_allowed),
        cmocka_unit_test(test_a_list_too_long_for_memory_is_refused_and_left_alone),
        cmocka_unit_test(test_the_area_is_width_times_height),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
