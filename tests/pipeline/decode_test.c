/* The decoder by itself: order, exactly once, limits, changes of codec. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/decode/order.h"
#include "source_test_support.h"

/* ---- order: pure ----------------------------------------------------------- */

static struct weir_frame *timed_frame(int64_t media_ns, enum weir_outcome outcome) {
    struct weir_frame *frame = weir_frame_new(0);
    assert_non_null(frame);
    frame->source_id = -1;
    frame->media_ns = media_ns;
    frame->outcome = outcome;
    return frame;
}

static void give_picture(struct order *order, int64_t id, bool in_order) {
    struct weir_frame *frame = order_find(order, id);
    assert_non_null(frame);
    frame->image = weir_image_alloc(WEIR_PIXEL_GRAY, 1, 1);
    assert_non_null(frame->image);
    order_leave(order, id, in_order);
}

static void expect_next(struct order *order, int64_t seq, int64_t media_ns, bool picture) {
    struct weir_frame *frame = order_pop(order);
    assert_non_null(frame);
    assert_int_equal(frame->seq, seq);
    assert_int_equal(frame->media_ns, media_ns);
    assert_int_equal(frame->outcome, picture ? WEIR_OUTCOME_NONE : WEIR_OUTCOME_CORRUPT);
    weir_frame_free(frame);
}

static void test_lost_picture_leaves_before_the_next_shown(void **state) {
    (void)state;
    struct order order = {0};
    const int64_t shown[] = {0, 30, 10, 20}; /* I P B B in decode order */
    for (int i = 0; i < 4; i++)
        order_enter(&order, timed_frame(shown[i], WEIR_OUTCOME_NONE), i, -1);
    give_picture(&order, 0, false);
    give_picture(&order, 3, false); /* the first B never came */
    give_picture(&order, 1, false);
    expect_next(&order, 0, 0, true);
    expect_next(&order, 1, 10, false);
    expect_next(&order, 2, 20, true);
    expect_next(&order, 3, 30, true);
    assert_null(order_pop(&order));
    order_done(&order);
}

static void test_untimed_picture_is_not_lost_because_others_overtake_it(void **state) {
    (void)state;
    struct order order = {0};
    for (int i = 0; i < 4; i++)
        order_enter(&order, timed_frame(-1, WEIR_OUTCOME_NONE), i, i * 10);
    give_picture(&order, 0, false);
    give_picture(&order, 2, false);
    give_picture(&order, 3, false);
    give_picture(&order, 1, false);
    for (int i = 0; i < 4; i++)
        expect_next(&order, i, i * 10, true);
    order_done(&order);
}

static void test_untimed_picture_is_lost_in_the_end(void **state) {
    (void)state;
    struct order order = {0};
    order_enter(&order, timed_frame(-1, WEIR_OUTCOME_NONE), 0, -1);
    int left = 0;
    for (int i = 1; i <= ORDER_OVERTAKEN_MAX + 1; i++) {
        order_enter(&order, timed_frame(-1, WEIR_OUTCOME_NONE), i, -1);
        give_picture(&order, i, false);
    }
    for (struct weir_frame *frame; (frame = order_pop(&order)); left++)
        weir_frame_free(frame);
    assert_int_equal(left, ORDER_OVERTAKEN_MAX + 2);
    assert_null(order_find(&order, 0));
    order_done(&order);
}

static void test_frames_that_never_come_out_do_not_pile_up(void **state) {
    (void)state;
    struct order order = {0};
    int left = 0;
    for (int i = 0; i < 1000; i++) {
        order_enter(&order, timed_frame(i, WEIR_OUTCOME_NONE), i, i);
        for (struct weir_frame *frame; (frame = order_pop(&order)); left++)
            weir_frame_free(frame);
        assert_true(order.len <= ORDER_MAX);
    }
    assert_int_equal(left, 1000 - ORDER_MAX);
    order_flush(&order);
    for (struct weir_frame *frame; (frame = order_pop(&order)); left++) {
        assert_int_equal(frame->outcome, WEIR_OUTCOME_CORRUPT);
        weir_frame_free(frame);
    }
    assert_int_equal(left, 1000);
    order_done(&order);
}

static void test_a_given_up_frame_passes_in_its_turn(void **state) {
    (void)state;
    struct order order = {0};
    order_enter(&order, timed_frame(0, WEIR_OUTCOME_NONE), 0, -1);
    order_enter(&order, timed_frame(10, WEIR_OUTCOME_CORRUPT), 1, -1);
    assert_null(order_pop(&order)); /* the one before may still come */
    give_picture(&order, 0, false);
    expect_next(&order, 0, 0, true);
    expect_next(&order, 1, 10, false);
    order_done(&order);
}

static void test_order_frees_what_nobody_pulled(void **state) {
    (void)state;
    struct order order = {0};
    for (int i = 0; i < 5; i++)
        order_enter(&order, timed_frame(i, WEIR_OUTCOME_NONE), i, -1);
    give_picture(&order, 2, false);
    order_done(&order); /* the leak checker is the assertion */
}

/* ---- the stage ------------------------------------------------------------- */

static struct weir_frame *packet_frame(struct weir_codec *codec, const void *bytes, size_t len) {
    struct weir_frame *frame = timed_frame(-1, WEIR_OUTCOME_NONE);
    frame->packet = weir_packet_new(codec);
    assert_non_null(frame->packet);
    frame->packet->data = bytes;
    frame->packet->len = len;
    return frame;
}

static void open_decode(struct rig *rig) {
    rig_init(rig, "unused.mp4", NULL);
    assert_int_equal(weir_stage_decode.open(&rig->conf, &rig->decode, &rig->err), 0);
}

static int push(struct rig *rig, struct weir_frame *frame) {
    return rig->decode->ops->push(rig->decode, frame, &rig->err);
}

static struct weir_frame *pull(struct rig *rig) {
    struct weir_frame *frame = NULL;
    int rc = rig->decode->ops->pull(rig->decode, &frame, &rig->err);
    if (rc)
        assert_null(frame);
    return frame;
}

static void test_unknown_codec_is_refused_and_the_stage_stays_usable(void **state) {
    (void)state;
    struct rig rig;
    char bytes[128] = {1};
    open_decode(&rig);
    struct weir_codec *codec = weir_codec_new("hologram");
    struct weir_frame *frame = packet_frame(codec, bytes, 64);
    assert_int_equal(push(&rig, frame), WEIR_EUNSUPPORTED);
    test_error_says(&rig.err, "hologram");
    test_error_says(&rig.err, "install");
    /* the frame stayed ours; given up, it goes through */
    weir_packet_unref(&frame->packet);
    frame->outcome = WEIR_OUTCOME_CORRUPT;
    assert_int_equal(push(&rig, frame), 0);
    assert_ptr_equal(pull(&rig), frame);
    assert_int_equal(frame->seq, 0);
    weir_frame_free(frame);
    weir_codec_unref(&codec);
    rig_done(&rig);
}

static void test_a_codec_that_is_no_video_is_refused(void **state) {
    (void)state;
    struct rig rig;
    char bytes[128] = {1};
    open_decode(&rig);
    struct weir_codec *codec = weir_codec_new("mp3");
    struct weir_frame *frame = packet_frame(codec, bytes, 64);
    assert_int_equal(push(&rig, frame), WEIR_EUNSUPPORTED);
    weir_frame_free(frame);
    weir_codec_unref(&codec);
    rig_done(&rig);
}

static void test_rubbish_and_empty_packets_leave_as_corrupt(void **state) {
    (void)state;
    static const char *const names[] = {"h264", "hevc", "mjpeg", "vp9", "mpeg4", "png", "vp8"};
    static char bytes[2000 + WEIR_PACKET_PADDING];
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        struct rig rig;
        int out = 0;
        fill_rubbish(bytes, 2000, (uint32_t)n + 1);
        open_decode(&rig);
        struct weir_codec *codec = weir_codec_new(names[n]);
        for (int i = 0; i < 100; i++) {
            struct weir_frame *frame = packet_frame(codec, bytes, i % 5 ? 2000 : 0);
            int rc;
            while ((rc = push(&rig, frame)) == WEIR_EAGAIN)
                for (struct weir_frame *f; (f = pull(&rig)); out++)
                    weir_frame_free(f);
            assert_int_equal(rc, 0);
        }
        assert_int_equal(rig.decode->ops->drain(rig.decode, &rig.err), 0);
        for (struct weir_frame *f; (f = pull(&rig)); out++)
            weir_frame_free(f);
        assert_int_equal(out, 100);
        weir_codec_unref(&codec);
        rig_done(&rig);
    }
}

static void test_a_frame_without_packet_or_outcome_is_refused(void **state) {
    (void)state;
    struct rig rig;
    open_decode(&rig);
    struct weir_frame *frame = timed_frame(0, WEIR_OUTCOME_NONE);
    assert_int_equal(push(&rig, frame), WEIR_EINVAL);
    weir_frame_free(frame);
    rig_done(&rig);
}

static void test_nothing_goes_in_after_drain(void **state) {
    (void)state;
    struct rig rig;
    open_decode(&rig);
    assert_int_equal(rig.decode->ops->drain(rig.decode, &rig.err), 0);
    struct weir_frame *frame = timed_frame(0, WEIR_OUTCOME_REPLACED);
    assert_int_equal(push(&rig, frame), WEIR_EINVAL);
    assert_int_equal(rig.decode->ops->pull(rig.decode, &(struct weir_frame *){NULL}, NULL),
                     WEIR_EEOF);
    weir_frame_free(frame);
    rig_done(&rig);
}

static void test_an_empty_decoder_asks_for_packets(void **state) {
    (void)state;
    struct rig rig;
    struct weir_frame *frame = NULL;
    open_decode(&rig);
    assert_int_equal(rig.decode->ops->pull(rig.decode, &frame, &rig.err), WEIR_EAGAIN);
    assert_null(frame);
    rig_done(&rig);
}

static void test_frames_inside_are_freed_with_the_stage(void **state) {
    struct rig rig;
    rig_init(&rig, make_media(*state, "inside.mp4", COUNTING(12) "-c:v libx264 -bf 3"), NULL);
    assert_int_equal(rig_open(&rig), 0);
    for (int i = 0; i < 4; i++) {
        struct weir_frame *frame = NULL;
        assert_int_equal(rig.source->ops->pull(rig.source, &frame, &rig.err), 0);
        if (push(&rig, frame))
            weir_frame_free(frame);
    }
    rig_done(&rig); /* not drained, not pulled */
}

/* A frame that is given up between the source and the decoder, as a live
 * stream that lags does. */
static void test_replaced_frames_keep_their_place(void **state) {
    struct rig rig;
    int out = 0;
    rig_init(&rig, make_media(*state, "replaced.mp4", COUNTING(20) "-c:v libx264 -bf 2 -g 5"),
             NULL);
    assert_int_equal(rig_open(&rig), 0);
    struct weir_frame *frame;
    for (int i = 0; (frame = NULL, rig.source->ops->pull(rig.source, &frame, &rig.err)) == 0; i++) {
        if (i >= 5 && i < 10) {
            weir_packet_unref(&frame->packet);
            frame->outcome = WEIR_OUTCOME_REPLACED;
        }
        int rc;
        while ((rc = push(&rig, frame)) == WEIR_EAGAIN)
            for (struct weir_frame *f; (f = pull(&rig)); weir_frame_free(f))
                assert_int_equal(f->seq, out++);
        assert_int_equal(rc, 0);
    }
    assert_int_equal(rig.decode->ops->drain(rig.decode, &rig.err), 0);
    for (struct weir_frame *f; (f = pull(&rig)); weir_frame_free(f)) {
        assert_int_equal(f->seq, out);
        assert_int_equal(f->media_ns / (100 * WEIR_NS_PER_MS), out);
        out++;
    }
    assert_int_equal(out, 20);
    rig_done(&rig);
}

static void test_pictures_above_the_limit_leave_as_corrupt(void **state) {
    struct rig rig;
    struct play play;
    const char *name = make_media(*state, "wide.png", COUNTING(1) "-vf scale=300:20");
    rig_init(&rig, name, NULL);
    rig.wf.set.source.max_width = 256;
    assert_int_equal(rig_open(&rig), 0);
    rig_play(&rig, -1, &play);
    assert_int_equal(play.in, 1);
    assert_int_equal(play.corrupt, 1);
    play_done(&play);
    rig_done(&rig);
}

/* ---- colours, and single pictures -------------------------------------------- */

static void test_deep_gray_and_black_and_white_become_gray(void **state) {
    static const struct {
        const char *name, *args;
        enum weir_pixel pixel;
        int luma;
    } picture[] = {
        {"gray16.png",
         "-f lavfi -i color=white:s=40x30,scale=out_range=full,format=gray16 -frames:v 1",
         WEIR_PIXEL_GRAY, 255},
        {"bits.png", "-f lavfi -i color=white:s=40x30 -pix_fmt monob -frames:v 1", WEIR_PIXEL_GRAY,
         255},
        {"gray.pgm", "-f lavfi -i color=black:s=40x30 -pix_fmt gray -frames:v 1", WEIR_PIXEL_GRAY,
         0},
        {"deep.png", "-f lavfi -i color=0x0080ff:s=40x30 -pix_fmt rgb48be -frames:v 1",
         WEIR_PIXEL_BGR, 128},
        {"alpha.png", "-f lavfi -i color=0x0080ff:s=40x30 -pix_fmt rgba -frames:v 1",
         WEIR_PIXEL_BGR, 128},
        {"plain.png", "-f lavfi -i color=0x0080ff:s=40x30 -pix_fmt rgb24 -frames:v 1",
         WEIR_PIXEL_RGB, 128},
        {"palette.png", "-f lavfi -i color=0xffffff:s=40x30 -pix_fmt pal8 -frames:v 1",
         WEIR_PIXEL_BGR, 255},
    };
    for (size_t i = 0; i < sizeof picture / sizeof *picture; i++) {
        struct weir_image *image = NULL;
        struct weir_error err = {0};
        print_message("# %s\n", picture[i].name);
        if (weir_image_load(make_media(*state, picture[i].name, picture[i].args), &image, &err))
            fail_msg("%s", err.text);
        assert_int_equal(image->pixel, picture[i].pixel);
        assert_int_equal(image->width, 40);
        assert_int_equal(image->height, 30);
        int step = image->pixel == WEIR_PIXEL_GRAY ? 1 : 3;
        int middle = image->plane[0][15 * image->stride[0] + 20 * step + (step == 3)];
        assert_in_range(middle, picture[i].luma > 2 ? picture[i].luma - 3 : 0, picture[i].luma + 3);
        weir_image_unref(&image);
        assert_null(image);
    }
}

static void test_a_shared_picture_loads(void **state) {
    (void)state;
    struct weir_image *image = NULL;
    struct weir_error err = {0};
    const char *path = test_data("images/coco_val_subset/images/000000005001.jpg");
    assert_int_equal(weir_image_load(path, &image, &err), 0);
    assert_int_equal(image->width, 640);
    assert_int_equal(image->height, 480);
    assert_true(image->full_range);
    weir_image_unref(&image);
}

static void expect_no_picture(const char *path, int code, const char *says) {
    struct weir_image *image = NULL;
    struct weir_error err = {0};
    int rc = weir_image_load(path, &image, &err);
    if (rc != code)
        fail_msg("%s instead of %s: %s", weir_err_name(rc), weir_err_name(code), err.text);
    assert_null(image);
    test_error_says(&err, says);
}

static void test_what_is_no_picture_is_an_error_with_its_path(void **state) {
    char rubbish[1000];
    fill_rubbish(rubbish, sizeof rubbish, 5);
    expect_no_picture(test_path(*state, "nowhere.png"), WEIR_ENOENT, "nowhere.png");
    expect_no_picture(*state, WEIR_EINVAL, "folder");
    expect_no_picture(write_bytes(*state, "bad.jpg", rubbish, sizeof rubbish), WEIR_ECORRUPT,
                      "bad.jpg");
    memcpy(rubbish, "\xff\xd8\xff\xe0", 4);
    expect_no_picture(write_bytes(*state, "worse.jpg", rubbish, sizeof rubbish), WEIR_ECORRUPT,
                      "worse.jpg");
    expect_no_picture(write_bytes(*state, "none.jpg", "", 0), WEIR_ECORRUPT, "empty");
}

static void test_times_that_lie_again_and_again_are_not_believed(void **state) {
    (void)state;
    /* in decode order I P B B P B B …, with times that rise as decoded: each P's
     * picture comes out after two that bear later times */
    enum { GROUPS = 20 };
    struct order order = {0};
    int64_t pictures = 0, last = -1;
    struct weir_frame *frame;

    for (int64_t g = 0; g < GROUPS; g++) {
        static const int64_t shown[] = {1, 2, 0};
        for (int64_t i = 0; i < 3; i++)
            order_enter(&order, timed_frame(g * 3 + i, WEIR_OUTCOME_NONE), g * 3 + i, g * 3 + i);
        for (int i = 0; i < 3; i++) {
            int64_t id = g * 3 + shown[i];
            frame = order_find(&order, id);
            if (!frame) {
                order_too_late(&order, id);
                continue;
            }
            frame->image = weir_image_alloc(WEIR_PIXEL_GRAY, 2, 2);
            order_leave(&order, id, false);
        }
    }
    order_flush(&order);
    while ((frame = order_pop(&order))) {
        pictures += frame->outcome != WEIR_OUTCOME_CORRUPT;
        assert_int_equal(frame->seq, ++last);
        weir_frame_free(frame);
    }
    assert_int_equal(last + 1, GROUPS * 3);
    assert_int_equal(pictures, GROUPS * 3 - ORDER_TOO_LATE_MAX);
    order_done(&order);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_that_lie_again_and_again_are_not_believed),
        cmocka_unit_test(test_lost_picture_leaves_before_the_next_shown),
        cmocka_unit_test(test_untimed_picture_is_not_lost_because_others_overtake_it),
        cmocka_unit_test(test_untimed_picture_is_lost_in_the_end),
        cmocka_unit_test(test_frames_that_never_come_out_do_not_pile_up),
        cmocka_unit_test(test_a_given_up_frame_passes_in_its_turn),
        cmocka_unit_test(test_order_frees_what_nobody_pulled),
        cmocka_unit_test(test_unknown_codec_is_refused_and_the_stage_stays_usable),
        cmocka_unit_test(test_a_codec_that_is_no_video_is_refused),
        cmocka_unit_test(test_rubbish_and_empty_packets_leave_as_corrupt),
        cmocka_unit_test(test_a_frame_without_packet_or_outcome_is_refused),
        cmocka_unit_test(test_nothing_goes_in_after_drain),
        cmocka_unit_test(test_an_empty_decoder_asks_for_packets),
        cmocka_unit_test(test_frames_inside_are_freed_with_the_stage),
        cmocka_unit_test(test_replaced_frames_keep_their_place),
        cmocka_unit_test(test_pictures_above_the_limit_leave_as_corrupt),
        cmocka_unit_test(test_deep_gray_and_black_and_white_become_gray),
        cmocka_unit_test(test_a_shared_picture_loads),
        cmocka_unit_test(test_what_is_no_picture_is_an_error_with_its_path),
    };
    return cmocka_run_group_tests_name("decode", tests, scratch_setup, scratch_teardown);
}
