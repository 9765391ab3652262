/* Laying pictures into inputs: sizes and places worked out by hand. */
#include "support/support.h"

#include "vision/vision.h"

static void test_wide_picture_is_centred_vertically(void **state) {
    /* 640x360 into 416: scale .65 -> 416x234; 182 rows remain, 91 above. */
    struct weir_letterbox lb = weir_letterbox_centre(640, 360, 416, 416);
    assert_int_equal(lb.inner_width, 416);
    assert_int_equal(lb.inner_height, 234);
    assert_int_equal(lb.inner_x, 0);
    assert_int_equal(lb.inner_y, 91);
}

static void test_odd_rest_leaves_the_smaller_half_on_top(void **state) {
    /* 100x51 into 100x100: 49 rows remain, 24 above and 25 below. */
    struct weir_letterbox lb = weir_letterbox_centre(100, 51, 100, 100);
    assert_int_equal(lb.inner_y, 24);
}

static void test_top_left_has_no_offset(void **state) {
    struct weir_letterbox lb = weir_letterbox_topleft(640, 360, 416, 416);
    assert_int_equal(lb.inner_x, 0);
    assert_int_equal(lb.inner_y, 0);
    assert_int_equal(lb.inner_height, 234);
}

static void test_stretch_fills_the_input(void **state) {
    struct weir_letterbox lb = weir_letterbox_stretch(640, 360, 320, 320);
    assert_int_equal(lb.inner_width, 320);
    assert_int_equal(lb.inner_height, 320);
    assert_true(lb.scale_x == 0.5);
    assert_true(lb.scale_y == 320.0 / 360);
}

static void test_extreme_aspect_keeps_one_pixel(void **state) {
    struct weir_letterbox lb = weir_letterbox_centre(16384, 1, 416, 416);
    assert_int_equal(lb.inner_width, 416);
    assert_int_equal(lb.inner_height, 1);
}

static void test_inner_never_exceeds_the_input(void **state) {
    for (int w = 1; w < 200; w += 7) {
        for (int h = 1; h < 200; h += 5) {
            struct weir_letterbox lb = weir_letterbox_centre(w, h, 96, 64);
            assert_true(lb.inner_x >= 0 && lb.inner_x + lb.inner_width <= 96);
            assert_true(lb.inner_y >= 0 && lb.inner_y + lb.inner_height <= 64);
            assert_true(lb.inner_width == 96 || lb.inner_height == 64);
        }
    }
}

static void test_points_come_back_to_the_source(void **state) {
    struct weir_letterbox lb = weir_letterbox_centre(641, 359, 416, 416);
    assert_float_equal(weir_letterbox_back_x(&lb, lb.inner_x), 0, 1e-12);
    assert_float_equal(weir_letterbox_back_y(&lb, lb.inner_y), 0, 1e-12);
    assert_float_equal(weir_letterbox_back_x(&lb, lb.inner_x + lb.inner_width), 641, 1e-9);
    assert_float_equal(weir_letterbox_back_y(&lb, lb.inner_y + lb.inner_height), 359, 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wide_picture_is_centred_vertically),
        cmocka_unit_test(test_odd_rest_leaves_the_smaller_half_on_top),
        cmocka_unit_test(test_top_left_has_no_offset),
        cmocka_unit_test(test_stretch_fills_the_input),
        cmocka_unit_test(test_extreme_aspect_keeps_one_pixel),
        cmocka_unit_test(test_inner_never_exceeds_the_input),
        cmocka_unit_test(test_points_come_back_to_the_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
