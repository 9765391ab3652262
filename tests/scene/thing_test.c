/* Who hides whom, and which pixels a thing can touch. */
#include "scene/thing.h"

#include <math.h>

#include "support/support.h"

static struct scene_camera camera(void) {
    struct scene_camera c = {.height_m = 5,
                             .pitch_rad = 0.2,
                             .focal_px = 1000,
                             .cx = 640,
                             .cy = 360,
                             .width = 1280,
                             .height = 720};
    c.sin_pitch = sin(c.pitch_rad);
    c.cos_pitch = cos(c.pitch_rad);
    return c;
}

static struct scene_thing block(double x, double y, double heading, double length, double width) {
    struct scene_camera c = camera();
    double co = cos(heading), si = sin(heading);
    static const double fore[4] = {0.5, 0.5, -0.5, -0.5}, left[4] = {-0.5, 0.5, 0.5, -0.5};
    struct scene_thing t = {.depth = scene_depth(&c, vec3(x, y, 0)), .rect = {0, 0, 1280, 720}};
    for (int i = 0; i < 4; i++)
        t.foot[i] = (struct vec2){x + fore[i] * length * co - left[i] * width * si,
                                  y + fore[i] * length * si + left[i] * width * co};
    return t;
}

static void test_nearer_thing_hides_the_farther(void **state) {
    (void)state;
    struct scene_thing near = block(0, 10, 0, 1, 1), far = block(0, 20, 0, 1, 1);
    assert_true(scene_thing_hides(&near, &far));
    assert_false(scene_thing_hides(&far, &near));
}

/* The walker's middle is farther than the bus's, and still the walker stands before it:
 * the bus recedes to the right, the walker is on this side of its flank. */
static void test_walker_beside_a_long_bus_is_in_front(void **state) {
    (void)state;
    struct scene_thing bus = block(4, 20, M_PI / 2, 12, 2.5);
    struct scene_thing walker = block(1.5, 23, 0, 0.5, 0.5);
    assert_true(walker.depth > bus.depth);
    assert_true(scene_thing_hides(&walker, &bus));
    assert_false(scene_thing_hides(&bus, &walker));
}

static void test_walker_behind_the_end_of_a_bus_is_hidden(void **state) {
    (void)state;
    struct scene_thing bus = block(0, 20, 0, 12, 2.5), walker = block(5, 21.6, 0, 0.5, 0.5);
    assert_true(scene_thing_hides(&bus, &walker));
}

static void test_things_that_overlap_go_by_depth(void **state) {
    (void)state;
    struct scene_thing a = block(0, 10, 0, 2, 2), b = block(0.2, 10.3, 0, 2, 2);
    assert_true(scene_thing_hides(&a, &b));
    assert_false(scene_thing_hides(&b, &a));
}

static void test_order_paints_far_to_near(void **state) {
    (void)state;
    struct scene_thing things[] = {block(0, 10, 0, 1, 1), block(0, 40, 0, 1, 1),
                                   block(0, 25, 0, 1, 1), block(0, 5, 0, 1, 1)};
    int order[4];
    scene_things_order(things, 4, order);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 2);
    assert_int_equal(order[2], 0);
    assert_int_equal(order[3], 3);
    scene_things_order(things, 0, order);
}

static void test_order_paints_the_walker_after_the_bus(void **state) {
    (void)state;
    struct scene_thing things[] = {block(1.5, 23, 0, 0.5, 0.5), block(4, 20, M_PI / 2, 12, 2.5)};
    int order[2];
    scene_things_order(things, 2, order);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 0);
}

static void test_thing_behind_the_camera_touches_nothing(void **state) {
    (void)state;
    struct scene_camera c = camera();
    struct scene_body body = {.kind = SCENE_CAR, .look = 3, .x = 0, .y = -20};
    struct scene_thing t = scene_thing_of_body(&c, &body);
    assert_true(scene_rect_empty(t.rect));
    assert_true(scene_rect_empty(scene_thing_shadow(&c, vec3(0.5, 0.5, 0.7), &t)));
}

static void test_rect_encloses_the_projected_box(void **state) {
    (void)state;
    struct scene_camera c = camera();
    struct scene_body body = {.kind = SCENE_CAR, .look = 3, .x = 2, .y = 15, .heading_rad = 0.4};
    struct scene_thing t = scene_thing_of_body(&c, &body);
    double u = 0, v = 0;
    assert_true(scene_project(&c, vec3(2, 15, 0.5), &u, &v));
    assert_true(u > t.rect.x0 && u < t.rect.x1 && v > t.rect.y0 && v < t.rect.y1);
    assert_in_range(t.rect.x1 - t.rect.x0, 100, 500);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearer_thing_hides_the_farther),
        cmocka_unit_test(test_walker_beside_a_long_bus_is_in_front),
        cmocka_unit_test(test_walker_behind_the_end_of_a_bus_is_hidden),
        cmocka_unit_test(test_things_that_overlap_go_by_depth),
        cmocka_unit_test(test_order_paints_far_to_near),
        cmocka_unit_test(test_order_paints_the_walker_after_the_bus),
        cmocka_unit_test(test_thing_behind_the_camera_touches_nothing),
        cmocka_unit_test(test_rect_encloses_the_projected_box),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
