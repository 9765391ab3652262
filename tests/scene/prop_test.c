/* Props: every kind, drawn alone on a transparent picture. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "scene/plan.h"

#define WIDE 420
#define HIGH 420
#define AREA ((size_t)WIDE * HIGH)
#define MARGIN_PX 3
#define SEEDS 4

static struct scene_camera camera_of(double focal_px) {
    return (struct scene_camera){.height_m = 5,
                                 .pitch_rad = 0.2,
                                 .focal_px = focal_px,
                                 .cx = WIDE / 2.0,
                                 .cy = HIGH / 2.0,
                                 .width = WIDE,
                                 .height = HIGH,
                                 .sin_pitch = sin(0.2),
                                 .cos_pitch = cos(0.2)};
}

/* A clear sky of that hour. */
static struct scene_sky sky_of(enum scene_hour hour) {
    for (uint64_t seed = 0;; seed++) {
        struct scene_sky sky = scene_sky_of(seed);
        bool clear = !sky.overcast && !sky.fog && !sky.rain;
        if (sky.hour == hour && clear && sky.lamps_lit == (hour != SCENE_DAY))
            return sky;
    }
}

static struct scene_prop prop_of(enum scene_prop_kind kind, uint64_t seed) {
    static const double height_m[SCENE_PROPS] = {
        [SCENE_TREE] = 9,      [SCENE_CONIFER] = 10, [SCENE_BUSH] = 1.2,    [SCENE_HEDGE] = 1.2,
        [SCENE_LAMP] = 7,      [SCENE_SIGNAL] = 3.4, [SCENE_SIGN] = 2.7,    [SCENE_BILLBOARD] = 3.6,
        [SCENE_BIN] = 1,       [SCENE_BENCH] = 0.85, [SCENE_BOLLARD] = 0.9, [SCENE_HYDRANT] = 0.8,
        [SCENE_MAILBOX] = 1.3, [SCENE_KIOSK] = 2.8,  [SCENE_SHELTER] = 2.5, [SCENE_PLANTER] = 1,
        [SCENE_SKIP] = 1.4,    [SCENE_STATUE] = 3.4, [SCENE_POST] = 7,      [SCENE_FENCE] = 1.2,
        [SCENE_PARASOL] = 2.5,
    };
    bool line = kind == SCENE_HEDGE || kind == SCENE_FENCE;
    double h = height_m[kind];
    /* The same kind comes in several heights: short lamps, street cases. */
    if ((kind == SCENE_LAMP || kind == SCENE_BILLBOARD) && seed % 2)
        h *= 0.62;
    return (struct scene_prop){.kind = kind,
                               .x = -0.5,
                               .y = 26,
                               .heading_rad = -2.2 + 0.9 * (double)seed,
                               .height_m = h,
                               .length_m = line ? 5 : 0,
                               .seed = seed * 7919 + 3};
}

struct shot {
    uint32_t *pixel; /* premultiplied; on the heap */
    size_t glows;
};

static struct shot draw(const struct scene_prop *prop, enum scene_hour hour, bool shadow) {
    struct shot shot = {calloc(AREA, 4), 0};
    assert_non_null(shot.pixel);
    cairo_surface_t *surface = cairo_image_surface_create_for_data(
        (unsigned char *)shot.pixel, CAIRO_FORMAT_ARGB32, WIDE, HIGH, WIDE * 4);
    struct scene_camera camera = camera_of(700);
    struct scene_sky sky = sky_of(hour);
    struct scene_glow glow[32];
    struct scene_glows glows = {glow, 0, 32};
    struct scene_brush brush = {.cr = cairo_create(surface),
                                .camera = &camera,
                                .sky = &sky,
                                .sunlit = 1,
                                .px_per_m = 700 / scene_depth(&camera, vec3(prop->x, prop->y, 0)),
                                .shadow = shadow,
                                .glows = &glows};
    scene_prop_draw(&brush, prop);
    assert_int_equal(cairo_status(brush.cr), CAIRO_STATUS_SUCCESS);
    cairo_destroy(brush.cr);
    cairo_surface_finish(surface);
    assert_int_equal(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
    cairo_surface_destroy(surface);
    shot.glows = glows.len;
    return shot;
}

static size_t covered(const struct shot *shot) {
    size_t n = 0;
    for (size_t i = 0; i < AREA; i++)
        n += shot->pixel[i] >> 24 > 0;
    return n;
}

/* The pixels that the prop's box can cover, left, top, right, bottom. */
static void box_of(const struct scene_prop *prop, double ret[4]) {
    struct scene_camera camera = camera_of(700);
    struct scene_size size = scene_prop_size(prop);
    struct scene_pose pose = scene_pose_of(prop->x, prop->y, prop->heading_rad);
    ret[0] = ret[1] = 1e9;
    ret[2] = ret[3] = -1e9;
    for (int i = 0; i < 8; i++) {
        double u = 0, v = 0;
        struct vec3 p =
            scene_pose_point(&pose, size.length * (i & 1 ? 0.5 : -0.5),
                             size.width * (i & 2 ? 0.5 : -0.5), i & 4 ? size.height : 0);
        assert_true(scene_project(&camera, p, &u, &v));
        ret[0] = fmin(ret[0], u);
        ret[1] = fmin(ret[1], v);
        ret[2] = fmax(ret[2], u);
        ret[3] = fmax(ret[3], v);
    }
}

static void test_each_kind_draws_within_its_box(void **state) {
    for (int kind = 0; kind < SCENE_PROPS; kind++)
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            struct scene_prop prop = prop_of((enum scene_prop_kind)kind, seed);
            struct shot shot = draw(&prop, SCENE_DAY, false);
            double box[4];
            box_of(&prop, box);
            assert_true(covered(&shot) > 20);
            for (int y = 0; y < HIGH; y++)
                for (int x = 0; x < WIDE; x++)
                    if (shot.pixel[y * WIDE + x] >> 24 > 0 &&
                        (x + 1 < box[0] - MARGIN_PX || x > box[2] + MARGIN_PX ||
                         y + 1 < box[1] - MARGIN_PX || y > box[3] + MARGIN_PX))
                        fail_msg("kind %d seed %d: pixel %d,%d outside of %.0f,%.0f-%.0f,%.0f",
                                 kind, (int)seed, x, y, box[0], box[1], box[2], box[3]);
            free(shot.pixel);
        }
}

static void test_same_seed_gives_the_same_pixels(void **state) {
    for (int kind = 0; kind < SCENE_PROPS; kind++) {
        struct scene_prop prop = prop_of((enum scene_prop_kind)kind, 2), copy = prop;
        struct shot a = draw(&prop, SCENE_DUSK, false), b = draw(&copy, SCENE_DUSK, false);
        assert_memory_equal(a.pixel, b.pixel, AREA * 4);
        free(a.pixel);
        free(b.pixel);
    }
}

/* Kinds have few forms, colours vary besides: of a handful, some differ. */
static void test_other_seeds_give_other_pixels(void **state) {
    for (int kind = 0; kind < SCENE_PROPS; kind++) {
        struct scene_prop prop = prop_of((enum scene_prop_kind)kind, 0);
        struct shot first = draw(&prop, SCENE_DAY, false);
        int others = 0;
        for (uint64_t seed = 1; seed < 5; seed++) {
            prop.seed = seed;
            struct shot shot = draw(&prop, SCENE_DAY, false);
            others += memcmp(shot.pixel, first.pixel, AREA * 4) != 0;
            free(shot.pixel);
        }
        assert_true(others >= 3);
        free(first.pixel);
    }
}

static void test_shadow_is_black_and_glows_nowhere(void **state) {
    for (int kind = 0; kind < SCENE_PROPS; kind++)
        for (int hour = SCENE_DAY; hour <= SCENE_NIGHT; hour++) {
            struct scene_prop prop = prop_of((enum scene_prop_kind)kind, 1);
            struct shot shot = draw(&prop, (enum scene_hour)hour, true);
            assert_true(covered(&shot) > 0);
            for (size_t i = 0; i < AREA; i++)
                assert_int_equal(shot.pixel[i] & 0xffffff, 0);
            assert_int_equal(shot.glows, 0);
            free(shot.pixel);
        }
}

static void test_lamp_glows_only_when_lamps_are_lit(void **state) {
    for (uint64_t seed = 0; seed < 8; seed++) {
        struct scene_prop lamp = prop_of(SCENE_LAMP, seed % SEEDS);
        lamp.seed = seed;
        struct shot day = draw(&lamp, SCENE_DAY, false), night = draw(&lamp, SCENE_NIGHT, false);
        assert_int_equal(day.glows, 0);
        assert_true(night.glows >= 1);
        free(day.pixel);
        free(night.pixel);
    }
}

static void test_nothing_glows_by_day(void **state) {
    for (int kind = 0; kind < SCENE_PROPS; kind++) {
        struct scene_prop prop = prop_of((enum scene_prop_kind)kind, 3);
        struct shot shot = draw(&prop, SCENE_DAY, false);
        assert_int_equal(shot.glows, 0);
        free(shot.pixel);
    }
}

static void test_a_lit_bulb_hangs_where_the_plan_says(void **state) {
    struct scene_prop lamp = prop_of(SCENE_LAMP, 0);
    struct scene_camera camera = camera_of(700);
    double u = 0, v = 0;
    assert_true(scene_project(&camera, scene_lamp_bulb(&lamp), &u, &v));
    struct shot night = draw(&lamp, SCENE_NIGHT, false);
    uint32_t brightest = 0;
    for (int y = -4; y <= 4; y++)
        for (int x = -4; x <= 4; x++) {
            uint32_t pixel = night.pixel[((int)v + y) * WIDE + (int)u + x];
            brightest = (pixel >> 8 & 255) > brightest ? pixel >> 8 & 255 : brightest;
        }
    assert_true(brightest > 150);
    free(night.pixel);
}

static void test_a_prop_behind_the_lens_leaves_nothing(void **state) {
    for (int kind = 0; kind < SCENE_PROPS; kind++) {
        struct scene_prop prop = prop_of((enum scene_prop_kind)kind, 1);
        prop.y = -40;
        struct shot shot = draw(&prop, SCENE_DAY, false);
        assert_int_equal(covered(&shot), 0);
        free(shot.pixel);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_draws_within_its_box),
        cmocka_unit_test(test_same_seed_gives_the_same_pixels),
        cmocka_unit_test(test_other_seeds_give_other_pixels),
        cmocka_unit_test(test_shadow_is_black_and_glows_nowhere),
        cmocka_unit_test(test_lamp_glows_only_when_lamps_are_lit),
        cmocka_unit_test(test_nothing_glows_by_day),
        cmocka_unit_test(test_a_lit_bulb_hangs_where_the_plan_says),
        cmocka_unit_test(test_a_prop_behind_the_lens_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
