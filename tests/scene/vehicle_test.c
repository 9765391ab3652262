/* Cars, buses and trucks: their sizes, and that what is drawn keeps to them. */
#include "support/support.h"

#include <math.h>
#include <string.h>

#include "scene/body.h"

#define WIDTH 640
#define HEIGHT 400
#define FOCAL 800.0

struct stage {
    struct scene_camera camera;
    struct scene_sky sky;
    struct scene_glow glow[64];
    struct scene_glows glows;
    cairo_surface_t *surface;
    cairo_t *cr;
    double distance;
};

static void stage_init(struct stage *s, double distance, double pitch, bool night) {
    memset(s, 0, sizeof *s);
    s->distance = distance;
    s->camera = (struct scene_camera){.height_m = 1.2 + distance * tan(pitch),
                                      .pitch_rad = pitch,
                                      .focal_px = FOCAL,
                                      .cx = WIDTH / 2.0,
                                      .cy = HEIGHT / 2.0,
                                      .width = WIDTH,
                                      .height = HEIGHT,
                                      .sin_pitch = sin(pitch),
                                      .cos_pitch = cos(pitch)};
    s->sky = (struct scene_sky){.sun = vec3_unit(vec3(-0.5, -0.5, 0.7)),
                                .sun_rgb = night ? rgb(0, 0, 0) : rgb(.5, .5, .45),
                                .zenith_rgb = rgb(.5, .5, .6),
                                .bounce_rgb = rgb(.3, .3, .3),
                                .sky_top = rgb(.4, .6, .9),
                                .sky_horizon = rgb(.8, .85, .9),
                                .air_rgb = rgb(.7, .7, .7),
                                .air_m = 3000,
                                .shadow = 0.5,
                                .lamps_lit = night};
    s->glows = (struct scene_glows){s->glow, 0, 64};
    s->surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, WIDTH, HEIGHT);
    s->cr = cairo_create(s->surface);
}

static void stage_done(struct stage *s) {
    cairo_destroy(s->cr);
    cairo_surface_destroy(s->surface);
}

static struct scene_body body_of(const struct stage *s, enum scene_class kind, uint64_t look,
                                 double heading) {
    return (struct scene_body){
        .kind = kind, .id = 1, .look = look, .y = s->distance, .heading_rad = heading};
}

static void draw(struct stage *s, const struct scene_body *body, bool shadow) {
    struct scene_brush brush = {.cr = s->cr,
                                .camera = &s->camera,
                                .sky = &s->sky,
                                .sunlit = 1,
                                .px_per_m = FOCAL / s->distance,
                                .shadow = shadow,
                                .glows = &s->glows};
    cairo_save(s->cr);
    cairo_set_operator(s->cr, CAIRO_OPERATOR_CLEAR);
    cairo_paint(s->cr);
    cairo_restore(s->cr);
    s->glows.len = 0;
    scene_vehicle_draw(&brush, body);
    cairo_surface_flush(s->surface);
    assert_int_equal(cairo_status(s->cr), CAIRO_STATUS_SUCCESS);
}

static const uint32_t *row(const struct stage *s, int y) {
    return (const uint32_t *)(const void *)(cairo_image_surface_get_data(s->surface) +
                                            y * cairo_image_surface_get_stride(s->surface));
}

static uint64_t picture_hash(const struct stage *s) {
    uint64_t hash = 0;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            hash = (hash ^ row(s, y)[x]) * 0x100000001b3u;
    return hash;
}

static void test_sizes_are_those_of_the_street(void **state) {
    static const struct {
        enum scene_class kind;
        double length[2], width[2], height[2];
    } of[] = {
        {SCENE_CAR, {3.3, 5.3}, {1.6, 2.3}, {1.2, 2.2}},
        {SCENE_BUS, {8, 19}, {2.4, 3.1}, {2.6, 4.6}},
        {SCENE_TRUCK, {5, 17}, {2.1, 3.0}, {2.2, 4.2}},
    };
    for (size_t k = 0; k < sizeof of / sizeof *of; k++) {
        for (uint64_t look = 0; look < 500; look++) {
            struct scene_size size = scene_vehicle_size(of[k].kind, look);
            assert_true(size.length >= of[k].length[0] && size.length <= of[k].length[1]);
            assert_true(size.width >= of[k].width[0] && size.width <= of[k].width[1]);
            assert_true(size.height >= of[k].height[0] && size.height <= of[k].height[1]);
        }
    }
}

/* The picture's rectangle around the eight corners of the size's box. */
static void project_box(const struct stage *s, const struct scene_body *b, double box[4]) {
    struct scene_size size = scene_vehicle_size(b->kind, b->look);
    struct scene_pose pose = scene_pose_of(b->x, b->y, b->heading_rad);
    box[0] = box[1] = 1e9;
    box[2] = box[3] = -1e9;
    for (int i = 0; i < 8; i++) {
        double u = 0, v = 0;
        struct vec3 p =
            scene_pose_point(&pose, (i & 1 ? 0.5 : -0.5) * size.length,
                             (i & 2 ? 0.5 : -0.5) * size.width, i & 4 ? size.height : 0);
        assert_true(scene_project(&s->camera, p, &u, &v));
        box[0] = fmin(box[0], u), box[1] = fmin(box[1], v);
        box[2] = fmax(box[2], u), box[3] = fmax(box[3], v);
    }
}

static void test_what_is_drawn_stays_within_its_size(void **state) {
    for (int night = 0; night < 2; night++) {
        struct stage s;
        stage_init(&s, 36, night ? 0.4 : 0.12, night);
        for (int k = SCENE_CAR; k <= SCENE_TRUCK; k++) {
            for (uint64_t look = 0; look < 60; look++) {
                struct scene_body b = body_of(&s, (enum scene_class)k, look, 0.37 * (double)look);
                double box[4], seen[4] = {1e9, 1e9, -1e9, -1e9};
                draw(&s, &b, false);
                project_box(&s, &b, box);
                for (int y = 0; y < HEIGHT; y++) {
                    for (int x = 0; x < WIDTH; x++) {
                        if (row(&s, y)[x] >> 24 < 16)
                            continue;
                        seen[0] = fmin(seen[0], x), seen[1] = fmin(seen[1], y);
                        seen[2] = fmax(seen[2], x + 1), seen[3] = fmax(seen[3], y + 1);
                    }
                }
                assert_true(seen[0] >= box[0] - 2 && seen[1] >= box[1] - 2);
                assert_true(seen[2] <= box[2] + 2 && seen[3] <= box[3] + 2);
                /* and the size is not larger than need be */
                assert_true(seen[2] - seen[0] > 0.75 * (box[2] - box[0]));
                assert_true(seen[3] - seen[1] > 0.60 * (box[3] - box[1]));
            }
        }
        stage_done(&s);
    }
}

static void test_the_same_look_is_the_same_picture(void **state) {
    struct stage s;
    stage_init(&s, 20, 0.2, false);
    for (int k = SCENE_CAR; k <= SCENE_TRUCK; k++) {
        uint64_t seen[24];
        for (uint64_t look = 0; look < 24; look++) {
            struct scene_body b = body_of(&s, (enum scene_class)k, look, 0.8);
            draw(&s, &b, false);
            seen[look] = picture_hash(&s);
            draw(&s, &b, true);
            draw(&s, &b, false);
            assert_int_equal(seen[look], picture_hash(&s));
            for (uint64_t other = 0; other < look; other++)
                assert_int_not_equal(seen[look], seen[other]);
        }
    }
    stage_done(&s);
}

static void test_a_shadow_is_black_and_glows_nowhere(void **state) {
    struct stage s;
    stage_init(&s, 25, 0.3, true);
    for (int k = SCENE_CAR; k <= SCENE_TRUCK; k++) {
        for (uint64_t look = 0; look < 30; look++) {
            struct scene_body b = body_of(&s, (enum scene_class)k, look, 0.6 * (double)look);
            int filled = 0;
            draw(&s, &b, true);
            assert_int_equal(s.glows.len, 0);
            for (int y = 0; y < HEIGHT; y++) {
                for (int x = 0; x < WIDTH; x++) {
                    assert_int_equal(row(&s, y)[x] & 0xffffff, 0);
                    filled += row(&s, y)[x] >> 24 > 128;
                }
            }
            assert_true(filled > 1000);
        }
    }
    stage_done(&s);
}

static void test_lamps_are_lit_only_when_driving_at_night(void **state) {
    for (int night = 0; night < 2; night++) {
        struct stage s;
        stage_init(&s, 25, 0.2, night);
        for (int k = SCENE_CAR; k <= SCENE_TRUCK; k++) {
            struct scene_body b = body_of(&s, (enum scene_class)k, 5, -M_PI / 2);
            draw(&s, &b, false);
            assert_int_equal(s.glows.len > 0, night);
            b.parked = true;
            draw(&s, &b, false);
            assert_int_equal(s.glows.len, 0);
        }
        stage_done(&s);
    }
}

static void test_one_that_is_too_near_or_behind_is_harmless(void **state) {
    struct stage s;
    stage_init(&s, 8, 0.3, true);
    for (int k = SCENE_CAR; k <= SCENE_TRUCK; k++) {
        for (int i = 0; i < 12; i++) {
            struct scene_body b = body_of(&s, (enum scene_class)k, (uint64_t)i, i);
            b.y = i - 6;
            draw(&s, &b, i & 1);
        }
    }
    stage_done(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_are_those_of_the_street),
        cmocka_unit_test(test_what_is_drawn_stays_within_its_size),
        cmocka_unit_test(test_the_same_look_is_the_same_picture),
        cmocka_unit_test(test_a_shadow_is_black_and_glows_nowhere),
        cmocka_unit_test(test_lamps_are_lit_only_when_driving_at_night),
        cmocka_unit_test(test_one_that_is_too_near_or_behind_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
