/* People: measures of hundreds of looks, feet that stay where they stand, and what
 * is drawn lies where the size says. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scene/body.h"
#include "scene/figure.h"
#include "scene/random.h"

enum { WIDTH = 560, HEIGHT = 560, LOOKS = 500 };

static struct scene_sky a_day(bool rain) {
    struct scene_sky sky = {.rain = rain, .air_m = 3000, .shadow = 0.6};
    sky.sun = vec3_unit(vec3(0.6, -0.4, 0.7));
    sky.sun_rgb = rgb(0.5, 0.5, 0.45);
    sky.zenith_rgb = rgb(0.6, 0.65, 0.7);
    sky.bounce_rgb = rgb(0.35, 0.35, 0.33);
    return sky;
}

/* Looks at the origin's far side, where bodies stand 14 m away. */
static struct scene_camera a_camera(double px_per_m) {
    double pitch = 0.22, depth = 14 * cos(pitch) + 4 * sin(pitch);
    return (struct scene_camera){4,     pitch,  px_per_m * depth, WIDTH / 2.0, HEIGHT / 2.0,
                                 WIDTH, HEIGHT, sin(pitch),       cos(pitch)};
}

static struct scene_body a_person(uint64_t i, enum scene_posture posture) {
    struct scene_body body = {.kind = SCENE_PERSON, .id = 1, .look = weir_hash64(i), .y = 14};
    body.posture = posture;
    body.heading_rad = (double)i * 0.71;
    body.phase_m = (double)i * 0.37;
    body.speed_m_per_s = posture == SCENE_WALKING  ? scene_person_pace(body.look)
                         : posture == SCENE_RIDING ? 4
                                                   : 0;
    return body;
}

/* Draws body on an empty surface; the caller destroys it. */
static cairo_surface_t *drawn(const struct scene_body *body, double px_per_m, bool rain,
                              bool shadow) {
    struct scene_camera camera = a_camera(px_per_m);
    struct scene_sky sky = a_day(rain);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, WIDTH, HEIGHT);
    cairo_t *cr = cairo_create(surface);
    struct scene_brush brush = {.cr = cr,
                                .camera = &camera,
                                .sky = &sky,
                                .sunlit = 1,
                                .px_per_m = px_per_m,
                                .shadow = shadow};
    scene_person_draw(&brush, body);
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

struct bounds {
    double x0, y0, x1, y1;
};

static struct bounds of_size(const struct scene_body *body, double px_per_m) {
    struct scene_camera camera = a_camera(px_per_m);
    struct scene_pose pose = scene_pose_of(body->x, body->y, body->heading_rad);
    struct scene_size size = scene_person_size(body->posture, body->look);
    struct bounds b = {1e9, 1e9, -1e9, -1e9};
    for (int i = 0; i < 8; i++) {
        double u = 0, v = 0;
        struct vec3 p =
            scene_pose_point(&pose, (i & 1 ? 0.5 : -0.5) * size.length,
                             (i & 2 ? 0.5 : -0.5) * size.width, i & 4 ? size.height : 0);
        assert_true(scene_project(&camera, p, &u, &v));
        b = (struct bounds){fmin(b.x0, u), fmin(b.y0, v), fmax(b.x1, u), fmax(b.y1, v)};
    }
    return b;
}

static void test_sizes_are_those_of_people(void **state) {
    int children = 0;
    double sum = 0;
    for (uint64_t i = 0; i < LOOKS; i++) {
        uint64_t look = weir_hash64(i);
        struct scene_figure figure = scene_figure_of(SCENE_WALKING, look);
        assert_in_range((int)(figure.height * 100), 98, 205);
        children += figure.child;
        sum += figure.height;
        for (int posture = SCENE_WALKING; posture <= SCENE_RIDING; posture++) {
            struct scene_size size = scene_person_size((enum scene_posture)posture, look);
            assert_in_range((int)(size.height * 100), posture == SCENE_SITTING ? 85 : 98, 265);
            assert_in_range((int)(size.width * 100), 30, 170);
            assert_in_range((int)(size.length * 100), 30, 250);
        }
    }
    assert_in_range(children, LOOKS / 20, LOOKS / 5);
    assert_in_range((int)(sum / LOOKS * 100), 155, 180);
}

static void test_paces_are_those_of_walkers_and_few_runners(void **state) {
    int runners = 0;
    for (uint64_t i = 0; i < LOOKS; i++) {
        double pace = scene_person_pace(weir_hash64(i));
        assert_true(pace >= 0.5 && pace <= 3.2);
        runners += pace > 1.9;
    }
    assert_in_range(runners, 1, LOOKS / 8);
}

static void test_nothing_is_drawn_outside_of_the_size(void **state) {
    for (uint64_t i = 0; i < 480; i++) {
        struct scene_body body = a_person(i, (enum scene_posture)(i % 4));
        double px_per_m = i % 3 == 0 ? 7 : i % 3 == 1 ? 20 : 80;
        struct bounds b = of_size(&body, px_per_m);
        cairo_surface_t *surface = drawn(&body, px_per_m, i % 2, false);
        int painted = 0;
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++)
                if (pixel(surface, x, y) >> 24 > 8) {
                    painted++;
                    if (x < b.x0 - 3 || x > b.x1 + 2 || y < b.y0 - 3 || y > b.y1 + 2)
                        fail_msg("look %u posture %d at %g px/m: (%d,%d) outside %g..%g x %g..%g",
                                 (unsigned)i, body.posture, px_per_m, x, y, b.x0, b.x1, b.y0, b.y1);
                }
        assert_true(painted > 8);
        cairo_surface_destroy(surface);
    }
}

static void test_height_is_that_of_the_drawing(void **state) {
    for (uint64_t i = 0; i < 200; i++) {
        struct scene_body body = a_person(i, SCENE_STANDING);
        struct scene_figure figure = scene_figure_of(SCENE_STANDING, body.look);
        if (figure.umbrella || figure.elder)
            continue; /* larger for what is over the head; bent */
        struct scene_joints joints;
        scene_joints_of(&figure, &body, false, &joints);
        double crown = joints.at[SCENE_HEAD].z + 0.5 * figure.head;
        assert_true(fabs(crown - figure.height) < 0.03 * figure.height);
        double size = scene_person_size(SCENE_STANDING, body.look).height;
        assert_true(size >= figure.height && size < 1.035 * figure.height);
    }
}

/* The lower of heel and toe, in the world's metres along the path. */
static void test_a_standing_foot_does_not_slide(void **state) {
    for (uint64_t i = 0; i < 60; i++) {
        struct scene_body body = a_person(i, SCENE_WALKING);
        struct scene_figure figure = scene_figure_of(SCENE_WALKING, body.look);
        double step = figure.stride / 200, at[4] = {0};
        int stood[4] = {0}, longest = 0;
        for (int k = 0; k < 400; k++) {
            body.phase_m = k * step;
            struct scene_joints joints;
            scene_joints_of(&figure, &body, false, &joints);
            for (int side = 0; side < 2; side++) {
                struct vec3 heel = joints.at[SCENE_HEEL + side], toe = joints.at[SCENE_TOE + side];
                if (fabs(heel.z) < 1e-9 && fabs(toe.z) < 1e-9) { /* flat */
                    double now = heel.x + body.phase_m;
                    if (stood[side])
                        assert_true(fabs(now - at[side]) < 1e-6);
                    at[side] = now;
                    stood[side]++;
                } else
                    stood[side] = 0;
                longest = stood[side] > longest ? stood[side] : longest;
            }
        }
        assert_true(longest >= (figure.runs ? 15 : 40));
    }
}

static void test_bones_keep_their_lengths_and_knees_bend_forward(void **state) {
    for (uint64_t i = 0; i < 400; i++) {
        struct scene_body body = a_person(i, (enum scene_posture)(i % 4));
        struct scene_figure figure = scene_figure_of(body.posture, body.look);
        struct scene_joints j;
        scene_joints_of(&figure, &body, false, &j);
        for (int side = 0; side < 2; side++) {
            struct vec3 thigh = vec3_sub(j.at[SCENE_KNEE + side], j.at[SCENE_HIP + side]);
            struct vec3 shin = vec3_sub(j.at[SCENE_ANKLE + side], j.at[SCENE_KNEE + side]);
            double t = sqrt(vec3_dot(thigh, thigh)) / figure.height;
            double s = sqrt(vec3_dot(shin, shin)) / figure.height;
            if (fabs(t - 0.245) > 0.012 || fabs(s - 0.243) > 0.012)
                fail_msg("look %u posture %d: thigh %g shin %g", (unsigned)i, body.posture, t, s);
            assert_true(thigh.x * -shin.z + thigh.z * shin.x > -1e-3); /* never backwards */
            for (int k = 0; k < SCENE_JOINTS; k++)
                assert_true(j.at[k].z > -0.02);
        }
    }
}

static void test_same_look_same_pixels(void **state) {
    for (uint64_t i = 0; i < 12; i++) {
        struct scene_body body = a_person(i, (enum scene_posture)(i % 4));
        cairo_surface_t *a = drawn(&body, 80, true, false), *b = drawn(&body, 80, true, false);
        size_t size = (size_t)cairo_image_surface_get_stride(a) * HEIGHT;
        assert_memory_equal(cairo_image_surface_get_data(a), cairo_image_surface_get_data(b), size);
        cairo_surface_destroy(a);
        cairo_surface_destroy(b);
    }
}

static void test_shadows_are_black(void **state) {
    for (uint64_t i = 0; i < 48; i++) {
        struct scene_body body = a_person(i, (enum scene_posture)(i % 4));
        cairo_surface_t *surface = drawn(&body, i % 2 ? 60 : 7, true, true);
        int painted = 0;
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++) {
                assert_int_equal(pixel(surface, x, y) & 0xffffff, 0);
                painted += pixel(surface, x, y) != 0;
            }
        assert_true(painted > 4);
        cairo_surface_destroy(surface);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_are_those_of_people),
        cmocka_unit_test(test_paces_are_those_of_walkers_and_few_runners),
        cmocka_unit_test(test_nothing_is_drawn_outside_of_the_size),
        cmocka_unit_test(test_height_is_that_of_the_drawing),
        cmocka_unit_test(test_a_standing_foot_does_not_slide),
        cmocka_unit_test(test_bones_keep_their_lengths_and_knees_bend_forward),
        cmocka_unit_test(test_same_look_same_pixels),
        cmocka_unit_test(test_shadows_are_black),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
