/* Generated scenes as a source: like a file, but with pictures instead of packets. */
#include <string.h>

#include "scene/scene.h"
#include "source_test_support.h"

#define SMALL "size=160x90,fps=10,seconds=1"

static void test_every_frame_comes_with_its_picture_and_its_time(void **state) {
    struct rig rig;
    struct play play;
    rig_init(&rig, "scene:seed=3," SMALL, NULL);
    assert_int_equal(rig_open(&rig), 0);
    assert_false(rig.source->live);
    assert_int_equal(rig.source->frames_total, 10);
    rig_play(&rig, -1, &play);
    assert_int_equal(play.end, WEIR_EEOF);
    assert_int_equal(play.in, 10);
    assert_int_equal(play.pictures, 10);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(play.frame[i].media_ns, i * WEIR_NS_PER_S / 10);
        assert_int_equal(play.frame[i].width, 160);
        assert_int_equal(play.frame[i].height, 90);
        assert_int_equal(play.frame[i].pixel, WEIR_PIXEL_I420);
        assert_int_equal(play.frame[i].matrix, WEIR_MATRIX_BT709);
        assert_false(play.frame[i].full_range);
    }
    play_done(&play);
    rig_done(&rig);
}

static void test_pictures_and_truth_are_those_of_the_scene(void **state) {
    struct weir_scene_conf conf;
    struct weir_scene *scene;
    struct weir_truth truth = {0};
    struct rig rig;
    assert_int_equal(weir_scene_parse("seed=5,profile=rush," SMALL, &conf, NULL), 0);
    assert_int_equal(weir_scene_new(&conf, &scene, NULL), 0);
    rig_init(&rig, "scene:seed=5,profile=rush," SMALL, NULL);
    assert_int_equal(rig_open(&rig), 0);
    for (int i = 0; i < 10; i++) {
        struct weir_frame *in = NULL, *frame = NULL;
        struct weir_image *image = NULL;
        assert_int_equal(weir_scene_next(scene, &image, &truth, NULL), 0);
        assert_int_equal(rig.source->ops->pull(rig.source, &in, &rig.err), 0);
        assert_int_equal(rig.decode->ops->push(rig.decode, in, &rig.err), 0);
        assert_int_equal(rig.decode->ops->pull(rig.decode, &frame, &rig.err), 0);
        assert_ptr_equal(frame, in);
        assert_int_equal(frame->seq, i);
        assert_true(frame->times.decode_begin > 0);
        assert_int_equal(frame->times.decode_begin, frame->times.decode_end);
        assert_non_null(frame->truth);
        assert_int_equal(frame->truth->len, truth.len);
        for (size_t k = 0; k < truth.len; k++) {
            const struct weir_truth_object *a = &frame->truth->data[k], *b = &truth.data[k];
            assert_true(a->box.x0 == b->box.x0 && a->box.y1 == b->box.y1);
            assert_true(a->box.track_id == b->box.track_id && a->visibility == b->visibility);
        }
        for (int y = 0; y < 90; y++)
            assert_memory_equal(frame->image->plane[0] + y * frame->image->stride[0],
                                image->plane[0] + y * image->stride[0], 160);
        weir_image_unref(&image);
        weir_frame_free(frame);
    }
    weir_truth_done(&truth);
    weir_scene_free(scene);
    rig_done(&rig);
}

static void test_frames_that_were_dropped_keep_their_place(void **state) {
    struct rig rig;
    rig_init(&rig, "scene:" SMALL, NULL);
    assert_int_equal(rig_open(&rig), 0);
    for (int i = 0; i < 10; i++) {
        struct weir_frame *frame = NULL;
        assert_int_equal(rig.source->ops->pull(rig.source, &frame, &rig.err), 0);
        if (i % 3 == 1) {
            weir_image_unref(&frame->image);
            frame->outcome = WEIR_OUTCOME_REPLACED;
        }
        assert_int_equal(rig.decode->ops->push(rig.decode, frame, &rig.err), 0);
        frame = NULL;
        assert_int_equal(rig.decode->ops->pull(rig.decode, &frame, &rig.err), 0);
        assert_int_equal(frame->seq, i);
        assert_int_equal(frame->outcome, i % 3 == 1 ? WEIR_OUTCOME_REPLACED : WEIR_OUTCOME_NONE);
        weir_frame_free(frame);
    }
    rig_done(&rig);
}

static void test_live_scene_keeps_its_own_time(void **state) {
    struct weir_clock *clock = weir_clock_manual_new(1000);
    struct rig rig;
    rig_init(&rig, "scene:" SMALL, clock);
    rig.wf.set.run.live = true;
    assert_int_equal(rig_open(&rig), 0);
    assert_true(rig.source->live);
    assert_int_equal(rig.source->frames_total, 10);
    for (int i = 0; i < 10; i++) {
        struct weir_frame *frame = NULL;
        assert_int_equal(rig.source->ops->pull(rig.source, &frame, &rig.err), 0);
        assert_int_equal(frame->times.capture, 1000 + i * WEIR_NS_PER_S / 10);
        weir_frame_free(frame);
        weir_clock_advance(clock, WEIR_NS_PER_S / 10);
    }
    rig_done(&rig);
}

static void test_stop_ends_a_scene(void **state) {
    struct rig rig;
    struct play play;
    rig_init(&rig, "scene:size=160x90,seconds=86400", NULL);
    assert_int_equal(rig_open(&rig), 0);
    rig_play(&rig, 3, &play);
    play_done(&play);
    weir_stop_request(&rig.stop);
    struct weir_frame *frame = NULL;
    assert_int_equal(rig.source->ops->pull(rig.source, &frame, &rig.err), WEIR_ECANCELED);
    assert_null(frame);
    rig_done(&rig);
}

static void test_what_no_scene_is_is_refused(void **state) {
    expect_refused("scene:sed=1", WEIR_EINVAL, "\"sed\"");
    expect_refused("scene:seed=x", WEIR_EINVAL, "seed is \"x\"");
    expect_refused("scene:seed=1,seed=2", WEIR_EINVAL, "twice");
    expect_refused("scene:fps=500", WEIR_ERANGE, "fps is 500; allowed: 0.01 to 120");
    expect_refused("scene:size=161x90", WEIR_ERANGE, "size is 161x90");
    expect_refused("scene:profile=fast", WEIR_EINVAL, "calm, rush, mixed, far or empty");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_frame_comes_with_its_picture_and_its_time),
        cmocka_unit_test(test_pictures_and_truth_are_those_of_the_scene),
        cmocka_unit_test(test_frames_that_were_dropped_keep_their_place),
        cmocka_unit_test(test_live_scene_keeps_its_own_time),
        cmocka_unit_test(test_stop_ends_a_scene),
        cmocka_unit_test(test_what_no_scene_is_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
