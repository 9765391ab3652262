/* The whole generator, as its users see it: pictures and what is in them. */
#include <stdlib.h>
#include <string.h>

#include "scene/scene.h"
#include "support/support.h"

static struct weir_scene_conf small(uint64_t seed, enum weir_scene_profile profile) {
    struct weir_scene_conf conf = weir_scene_defaults;
    conf.seed = seed;
    conf.width = 320;
    conf.height = 180;
    conf.fps = 5;
    conf.seconds = 4;
    conf.profile = profile;
    return conf;
}

static struct weir_scene *open_scene(const struct weir_scene_conf *conf) {
    struct weir_scene *scene = NULL;
    struct weir_error err = {0};
    if (weir_scene_new(conf, &scene, &err))
        fail_msg("%s", err.text);
    return scene;
}

/* FNV-1a over labels and, if wanted, pixels. */
struct digest {
    uint64_t labels, pixels;
    int64_t frames, objects;
};

static uint64_t fold(uint64_t h, const void *data, size_t len) {
    const uint8_t *p = data;
    for (size_t i = 0; i < len; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

static struct digest run(const struct weir_scene_conf *conf) {
    struct digest d = {0xcbf29ce484222325u, 0xcbf29ce484222325u, 0, 0};
    struct weir_scene *scene = open_scene(conf);
    struct weir_truth truth = {0};
    struct weir_image *image = NULL;
    int rc;
    while ((rc = weir_scene_next(scene, &image, &truth, NULL)) == 0) {
        d.frames++;
        d.objects += (int64_t)truth.len;
        for (size_t i = 0; i < truth.len; i++) {
            const struct weir_truth_object *o = &truth.data[i];
            d.labels = fold(d.labels, &o->box, sizeof o->box);
            d.labels = fold(d.labels, &o->visibility, sizeof o->visibility);
        }
        for (int y = 0; y < image->height; y++)
            d.pixels = fold(d.pixels, image->plane[0] + y * image->stride[0], (size_t)image->width);
        weir_image_unref(&image);
    }
    assert_int_equal(rc, WEIR_EEOF);
    weir_truth_done(&truth);
    weir_scene_free(scene);
    return d;
}

static void test_same_seed_gives_the_same_labels_and_pixels(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 4; seed++) {
        struct weir_scene_conf conf = small(seed, WEIR_SCENE_RUSH);
        struct digest a = run(&conf), b = run(&conf);
        assert_int_equal(a.frames, 20);
        assert_true(a.objects > 0);
        assert_int_equal(a.labels, b.labels);
        assert_int_equal(a.pixels, b.pixels);
    }
}

static void test_other_seeds_give_other_streets(void **state) {
    (void)state;
    struct weir_scene_conf one = small(1, WEIR_SCENE_RUSH), two = small(2, WEIR_SCENE_RUSH);
    struct digest a = run(&one), b = run(&two);
    assert_int_not_equal(a.labels, b.labels);
    assert_int_not_equal(a.pixels, b.pixels);
}

/* What happens does not depend on how often it is looked at. */
static void test_frame_rate_does_not_change_what_happens(void **state) {
    (void)state;
    struct weir_scene_conf slow = small(3, WEIR_SCENE_RUSH), fast = slow;
    fast.fps = 25;
    struct weir_scene *a = open_scene(&slow), *b = open_scene(&fast);
    struct weir_truth ta = {0}, tb = {0};
    struct weir_image *image = NULL;
    for (int frame = 0; frame < 20; frame++) {
        assert_int_equal(weir_scene_next(a, &image, &ta, NULL), 0);
        weir_image_unref(&image);
        for (int i = 0; i < (frame ? 5 : 1); i++) {
            assert_int_equal(weir_scene_next(b, &image, &tb, NULL), 0);
            weir_image_unref(&image);
        }
        assert_int_equal(ta.len, tb.len);
        assert_memory_equal(ta.data, tb.data, ta.len * sizeof *ta.data);
    }
    weir_truth_done(&ta);
    weir_truth_done(&tb);
    weir_scene_free(a);
    weir_scene_free(b);
}

static void check_truth(const struct weir_scene_conf *conf, const struct weir_truth *truth) {
    for (size_t i = 0; i < truth->len; i++) {
        const struct weir_truth_object *o = &truth->data[i];
        assert_true(o->box.x0 >= 0 && o->box.y0 >= 0);
        assert_true(o->box.x1 <= (float)conf->width && o->box.y1 <= (float)conf->height);
        assert_true(o->box.x1 > o->box.x0 && o->box.y1 > o->box.y0);
        assert_true(o->visibility > 0 && o->visibility <= 1);
        assert_in_range(o->box.class_id, 0, 4);
        assert_float_equal(o->box.score, 1, 0);
        assert_true(o->box.track_id >= 1);
        if (i) /* rising, so no id is there twice */
            assert_true(o->box.track_id > truth->data[i - 1].box.track_id);
    }
}

static void test_boxes_lie_inside_and_visibility_is_a_share(void **state) {
    (void)state;
    for (int profile = 0; profile < WEIR_SCENE_PROFILES; profile++)
        for (uint64_t seed = 10; seed < 14; seed++) {
            struct weir_scene_conf conf = small(seed, (enum weir_scene_profile)profile);
            struct weir_scene *scene = open_scene(&conf);
            struct weir_truth truth = {0};
            struct weir_image *image = NULL;
            while (weir_scene_next(scene, &image, &truth, NULL) == 0) {
                assert_int_equal(image->pixel, WEIR_PIXEL_I420);
                assert_int_equal(image->width, conf.width);
                assert_int_equal(image->height, conf.height);
                weir_image_unref(&image);
                check_truth(&conf, &truth);
            }
            weir_truth_done(&truth);
            weir_scene_free(scene);
        }
}

/* An id keeps its class, and its box moves no further than something on a street can. */
static void test_ids_persist_with_their_class_and_move_smoothly(void **state) {
    (void)state;
    enum { IDS = 65536 };
    struct weir_box *last = calloc(IDS, sizeof *last);
    int *seen = calloc(IDS, sizeof *seen);
    struct weir_scene_conf conf = small(21, WEIR_SCENE_RUSH);
    conf.fps = 25;
    struct weir_scene *scene = open_scene(&conf);
    struct weir_truth truth = {0};
    struct weir_image *image = NULL;
    int64_t followed = 0;
    for (int frame = 1; weir_scene_next(scene, &image, &truth, NULL) == 0; frame++) {
        weir_image_unref(&image);
        for (size_t i = 0; i < truth.len; i++) {
            const struct weir_box *b = &truth.data[i].box;
            assert_in_range(b->track_id, 1, IDS - 1);
            const struct weir_box *old = &last[b->track_id];
            if (seen[b->track_id] == frame - 1 && frame > 1) {
                followed++;
                assert_int_equal(old->class_id, b->class_id);
                /* the bottom of a thing at 20 m/s, 5 m before a lens of 320 px: 51 px/frame */
                assert_true(b->x0 - old->x1 < 60 && old->x0 - b->x1 < 60);
            } else if (seen[b->track_id]) {
                assert_int_equal(old->class_id, b->class_id);
            }
            seen[b->track_id] = frame;
            last[b->track_id] = *b;
        }
    }
    assert_true(followed > 500);
    weir_truth_done(&truth);
    weir_scene_free(scene);
    free(last);
    free(seen);
}

static void test_empty_has_nobody_and_far_nobody_tall(void **state) {
    (void)state;
    for (uint64_t seed = 30; seed < 36; seed++) {
        struct weir_scene_conf conf = small(seed, WEIR_SCENE_EMPTY);
        assert_int_equal(run(&conf).objects, 0);
        conf = small(seed, WEIR_SCENE_FAR);
        struct weir_scene *scene = open_scene(&conf);
        struct weir_truth truth = {0};
        struct weir_image *image = NULL;
        while (weir_scene_next(scene, &image, &truth, NULL) == 0) {
            weir_image_unref(&image);
            for (size_t i = 0; i < truth.len; i++) {
                const struct weir_box *b = &truth.data[i].box;
                /* 4.4 m (a bus) at 30 m, focal length 1.2 widths, seen a little from above */
                assert_true(b->y1 - b->y0 < 0.25f * (float)conf.width);
            }
        }
        weir_truth_done(&truth);
        weir_scene_free(scene);
    }
}

static void test_rush_is_busier_than_calm(void **state) {
    (void)state;
    int64_t calm = 0, rush = 0;
    for (uint64_t seed = 40; seed < 46; seed++) {
        struct weir_scene_conf conf = small(seed, WEIR_SCENE_CALM);
        calm += run(&conf).objects;
        conf.profile = WEIR_SCENE_RUSH;
        rush += run(&conf).objects;
    }
    assert_true(calm > 0);
    assert_true(rush > calm * 3 / 2);
}

static void test_sizes_and_lengths_at_the_edges_work(void **state) {
    (void)state;
    static const struct {
        int width, height;
    } sizes[] = {{160, 90}, {180, 360}, {360, 90}, {1920, 1080}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct weir_scene_conf conf = small(5, WEIR_SCENE_MIXED);
        conf.width = sizes[i].width;
        conf.height = sizes[i].height;
        conf.seconds = 0.001;
        assert_int_equal(run(&conf).frames, 1);
    }
}

static void test_labels_are_the_five_classes(void **state) {
    (void)state;
    static const char *const names[] = {"person", "bicycle", "car", "bus", "truck"};
    struct weir_labels *labels = weir_scene_labels();
    assert_non_null(labels);
    assert_int_equal(labels->len, 5);
    for (int i = 0; i < 5; i++)
        assert_string_equal(weir_labels_name(labels, i), names[i]);
    weir_labels_unref(&labels);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_gives_the_same_labels_and_pixels),
        cmocka_unit_test(test_other_seeds_give_other_streets),
        cmocka_unit_test(test_frame_rate_does_not_change_what_happens),
        cmocka_unit_test(test_boxes_lie_inside_and_visibility_is_a_share),
        cmocka_unit_test(test_ids_persist_with_their_class_and_move_smoothly),
        cmocka_unit_test(test_empty_has_nobody_and_far_nobody_tall),
        cmocka_unit_test(test_rush_is_busier_than_calm),
        cmocka_unit_test(test_sizes_and_lengths_at_the_edges_work),
        cmocka_unit_test(test_labels_are_the_five_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
