/* Bicycles: measures, the rider's touch, and what is drawn lies where the size says. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scene/cycle.h"
#include "scene/figure.h"
#include "scene/random.h"

enum { WIDTH = 480, HEIGHT = 480, LOOKS = 500 };

static struct scene_camera a_camera(double px_per_m) {
    double pitch = 0.22, depth = 14 * cos(pitch) + 4 * sin(pitch);
    return (struct scene_camera){4,     pitch,  px_per_m * depth, WIDTH / 2.0, HEIGHT / 2.0,
                                 WIDTH, HEIGHT, sin(pitch),       cos(pitch)};
}

static struct scene_body a_cycle(uint64_t i) {
    return (struct scene_body){
        .kind = SCENE_BICYCLE,
        .id = 1,
        .look = weir_hash64(i),
        .y = 14,
        .heading_rad = (double)i * 0.71,
        .phase_m = (double)i * 0.37,
        .speed_m_per_s = i % 4 ? 4 : 0,
        .turn_rad_per_s = i % 3 ? 0 : 0.3,
        .posture = SCENE_RIDING,
        .parked = i % 4 == 0,
    };
}

static cairo_surface_t *drawn(const struct scene_body *body, double px_per_m, bool night,
                              bool shadow, struct scene_glows *glows) {
    struct scene_camera camera = a_camera(px_per_m);
    struct scene_sky sky = {.lamps_lit = night, .air_m = 3000, .shadow = 0.6};
    sky.sun = vec3_unit(vec3(0.6, -0.4, 0.7));
    sky.zenith_rgb = sky.bounce_rgb = rgb(0.6, 0.6, 0.6);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, WIDTH, HEIGHT);
    cairo_t *cr = cairo_create(surface);
    struct scene_brush brush = {.cr = cr,
                                .camera = &camera,
                                .sky = &sky,
                                .px_per_m = px_per_m,
                                .shadow = shadow,
                                .glows = glows};
    scene_cycle_draw(&brush, body);
    assert_int_equal(cairo_status(cr), CAIRO_STATUS_SUCCESS);
    cairo_destroy(cr);
    cairo_surface_flush(surface);
    return surface;
}

static uint32_t pixel(cairo_surface_t *surface, int x, int y) {
    const unsigned char *row = cairo_image_surface_get_data(surface) +
                               (size_t)y * (size_t)cairo_image_surface_get_stride(surface);
    uint32_t value;
    memcpy(&value, row + 4 * x, sizeof value);
    return value;
}

static void test_sizes_are_those_of_bicycles(void **state) {
    int seen[SCENE_CYCLE_KINDS] = {0};
    for (uint64_t i = 0; i < LOOKS; i++) {
        struct scene_size size = scene_cycle_size(weir_hash64(i));
        assert_in_range((int)(size.length * 100), 130, 290);
        assert_in_range((int)(size.width * 100), 35, 110);
        assert_in_range((int)(size.height * 100), 65, 150);
        seen[scene_cycle_of(weir_hash64(i)).kind]++;
    }
    for (int k = 0; k < SCENE_CYCLE_KINDS; k++)
        assert_true(seen[k] > 0);
}

static void test_riders_hold_the_bar_and_stand_on_the_pedals(void **state) {
    for (uint64_t i = 0; i < LOOKS; i++) {
        struct scene_body body = a_cycle(i);
        body.speed_m_per_s = 4;
        body.turn_rad_per_s = 0;
        struct scene_cycle cycle = scene_cycle_of(body.look);
        struct scene_figure rider = scene_figure_of(SCENE_RIDING, body.look);
        struct scene_joints joints;
        scene_joints_of(&rider, &body, false, &joints);
        for (int side = 0; side < 2; side++) {
            struct vec3 hand = joints.at[SCENE_HAND + side];
            struct vec3 ball =
                vec3_mix(joints.at[SCENE_HEEL + side], joints.at[SCENE_TOE + side], 0.7);
            struct vec3 pedal = scene_cycle_pedal(&cycle, body.phase_m, side);
            assert_true(hypot(hand.x - cycle.grip.x, hand.z - cycle.grip.y) < 0.04);
            assert_true(hypot(ball.x - pedal.x, ball.z - pedal.z) < 0.04);
            struct vec3 d = vec3_sub(hand, joints.at[SCENE_SHOULDER + side]);
            if (sqrt(vec3_dot(d, d)) > 0.40 * rider.height)
                fail_msg("look %u: arm of %g heights", (unsigned)i,
                         sqrt(vec3_dot(d, d)) / rider.height);
        }
    }
}

static void test_nothing_is_drawn_outside_of_the_size(void **state) {
    for (uint64_t i = 0; i < 160; i++) {
        struct scene_body body = a_cycle(i);
        double px_per_m = i % 3 == 0 ? 7 : i % 3 == 1 ? 20 : 80;
        struct scene_camera camera = a_camera(px_per_m);
        struct scene_pose pose = scene_pose_of(body.x, body.y, body.heading_rad);
        struct scene_size size = scene_cycle_size(body.look);
        double x0 = 1e9, y0 = 1e9, x1 = -1e9, y1 = -1e9;
        for (int k = 0; k < 8; k++) {
            double u = 0, v = 0;
            assert_true(scene_project(&camera,
                                      scene_pose_point(&pose, (k & 1 ? 0.5 : -0.5) * size.length,
                                                       (k & 2 ? 0.5 : -0.5) * size.width,
                                                       k & 4 ? size.height : 0),
                                      &u, &v));
            x0 = fmin(x0, u), x1 = fmax(x1, u), y0 = fmin(y0, v), y1 = fmax(y1, v);
        }
        cairo_surface_t *surface = drawn(&body, px_per_m, i % 2, false, NULL);
        int painted = 0;
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++)
                if (pixel(surface, x, y) >> 24 > 8) {
                    painted++;
                    if (x < x0 - 3 || x > x1 + 2 || y < y0 - 3 || y > y1 + 2)
                        fail_msg("look %u at %g px/m: (%d,%d) outside %g..%g x %g..%g", (unsigned)i,
                                 px_per_m, x, y, x0, x1, y0, y1);
                }
        assert_true(painted > 8);
        cairo_surface_destroy(surface);
    }
}

static void test_lamps_glow_at_night_while_it_is_ridden(void **state) {
    struct scene_glow room[8];
    struct scene_glows glows = {.data = room, .cap = 8};
    struct scene_body body = a_cycle(1);
    cairo_surface_destroy(drawn(&body, 40, true, false, &glows));
    assert_true(glows.len >= 1);
    glows.len = 0;
    cairo_surface_destroy(drawn(&body, 40, false, false, &glows));
    assert_int_equal(glows.len, 0);
    body.parked = true;
    cairo_surface_destroy(drawn(&body, 40, true, false, &glows));
    assert_int_equal(glows.len, 0);
}

static void test_same_look_same_pixels(void **state) {
    for (uint64_t i = 0; i < 8; i++) {
        struct scene_body body = a_cycle(i);
        cairo_surface_t *a = drawn(&body, 80, true, false, NULL);
        cairo_surface_t *b = drawn(&body, 80, true, false, NULL);
        size_t size = (size_t)cairo_image_surface_get_stride(a) * HEIGHT;
        assert_memory_equal(cairo_image_surface_get_data(a), cairo_image_surface_get_data(b), size);
        cairo_surface_destroy(a);
        cairo_surface_destroy(b);
    }
}

static void test_shadows_are_black(void **state) {
    for (uint64_t i = 0; i < 24; i++) {
        struct scene_body body = a_cycle(i);
        cairo_surface_t *surface = drawn(&body, 60, true, true, NULL);
        int painted = 0;
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++) {
                assert_int_equal(pixel(surface, x, y) & 0xffffff, 0);
                painted += pixel(surface, x, y) != 0;
            }
        assert_true(painted > 40);
        cairo_surface_destroy(surface);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_are_those_of_bicycles),
        cmocka_unit_test(test_riders_hold_the_bar_and_stand_on_the_pedals),
        cmocka_unit_test(test_nothing_is_drawn_outside_of_the_size),
        cmocka_unit_test(test_lamps_glow_at_night_while_it_is_ridden),
        cmocka_unit_test(test_same_look_same_pixels),
        cmocka_unit_test(test_shadows_are_black),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
