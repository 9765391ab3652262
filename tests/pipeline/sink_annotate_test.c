/* The annotated video: pictures, times, encoders, and what is drawn. */
#include "sink_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/sink/convert.h"
#include "pipeline/sink/draw.h"
#include "pipeline/sink/font.h"
#include "pipeline/sink/overlay.h"

static void finish(struct weir_stage *sink) {
    drain_ok(sink);
    weir_stage_free(sink);
}

static void set_path(struct rig *rig, const char *path) {
    free(rig->sink.path);
    rig->sink.path = strdup(path);
}

static void test_video_decodes_with_every_result_at_its_time(void **state) {
    (void)state;
    struct rig rig;
    struct video_facts facts;
    rig_init(&rig, "annotate");
    struct weir_stage *sink = rig_open(&rig);
    for (int i = 0; i < 30; i++) {
        if (i >= 10 && i < 15)
            push_ok(sink, make_frame(i, WEIR_OUTCOME_REPLACED));
        else
            push_ok(sink, make_picture_frame(i, 128, 96));
    }
    finish(sink);
    read_video(rig_path(&rig, ".mp4"), &facts);
    assert_string_equal(facts.codec, "h264");
    assert_int_equal(facts.width, 128);
    assert_int_equal(facts.height, 96);
    assert_int_equal(facts.frames, 25);
    for (int i = 0; i < 25; i++) {
        int seq = i < 10 ? i : i + 5; /* the dropped ones leave a pause */
        assert_float_equal(facts.time_s[i], seq * 0.04, 1e-4);
        assert_in_range(facts.luma[i], 40 + seq % 8 * 20 - 4, 40 + seq % 8 * 20 + 4);
    }
    assert_string_equal(facts.comment, "");
    rig_done(&rig);
}

static void test_times_that_do_not_rise_are_moved_on(void **state) {
    (void)state;
    static const int64_t media_ms[] = {0, 40, 40, 80, 5, 45, 85};
    enum { FRAMES = sizeof media_ms / sizeof *media_ms };
    struct rig rig;
    struct video_facts facts;
    rig_init(&rig, "annotate");
    struct weir_stage *sink = rig_open(&rig);
    for (int i = 0; i < FRAMES; i++) {
        struct weir_frame *frame = make_picture_frame(i, 64, 64);
        frame->media_ns = media_ms[i] * WEIR_NS_PER_MS;
        push_ok(sink, frame);
    }
    finish(sink);
    read_video(rig_path(&rig, ".mp4"), &facts);
    assert_int_equal(facts.frames, FRAMES);
    for (int i = 1; i < FRAMES; i++)
        assert_true(facts.time_s[i] > facts.time_s[i - 1]);
    /* behind the step back the stream goes on at its own pace */
    assert_float_equal(facts.time_s[6] - facts.time_s[4], 0.08, 1e-4);
    rig_done(&rig);
}

static void test_without_media_times_the_nominal_rate_counts(void **state) {
    (void)state;
    struct rig rig;
    struct video_facts facts;
    rig_init(&rig, "annotate");
    rig.workflow.set.source.rate_fps = 10;
    struct weir_stage *sink = rig_open(&rig);
    for (int i = 0; i < 4; i++) {
        struct weir_frame *frame = make_picture_frame(i < 3 ? i : 7, 64, 64);
        frame->media_ns = -1;
        push_ok(sink, frame);
    }
    finish(sink);
    read_video(rig_path(&rig, ".mp4"), &facts);
    assert_int_equal(facts.frames, 4);
    assert_float_equal(facts.time_s[2], 0.2, 1e-4);
    assert_float_equal(facts.time_s[3], 0.7, 1e-4);
    rig_done(&rig);
}

static void test_change_of_size_and_format_keeps_the_first_size(void **state) {
    (void)state;
    static const struct {
        enum weir_pixel pixel;
        int width, height;
    } pictures[] = {
        {WEIR_PIXEL_I420, 161, 121}, /* odd: cut to 160x120 */
        {WEIR_PIXEL_I420, 320, 240}, {WEIR_PIXEL_I422, 161, 121}, {WEIR_PIXEL_I444, 64, 300},
        {WEIR_PIXEL_NV12, 161, 121}, {WEIR_PIXEL_GRAY, 33, 17},   {WEIR_PIXEL_BGR, 1, 1},
        {WEIR_PIXEL_RGB, 2000, 2},
    };
    enum { PICTURES = sizeof pictures / sizeof *pictures };
    struct rig rig;
    struct video_facts facts;
    rig_init(&rig, "annotate");
    struct weir_stage *sink = rig_open(&rig);
    for (int i = 0; i < PICTURES; i++) {
        struct weir_frame *frame = make_frame(i, WEIR_OUTCOME_DETECT);
        frame->image = make_picture(pictures[i].pixel, pictures[i].width, pictures[i].height, 100);
        add_box(frame, 1, 1, 50, 50, 0.5f, 0, 1);
        push_ok(sink, frame);
    }
    finish(sink);
    read_video(rig_path(&rig, ".mp4"), &facts);
    assert_int_equal(facts.frames, PICTURES);
    assert_int_equal(facts.width, 160);
    assert_int_equal(facts.height, 120);
    rig_done(&rig);
}

static void test_released_picture_is_left_out_with_a_remark(void **state) {
    (void)state;
    struct rig rig;
    struct video_facts facts;
    rig_init(&rig, "annotate");
    struct weir_stage *sink = rig_open(&rig);
    push_ok(sink, make_picture_frame(0, 64, 64));
    push_ok(sink, make_frame(1, WEIR_OUTCOME_DETECT));
    push_ok(sink, make_picture_frame(2, 64, 64));
    finish(sink);
    read_video(rig_path(&rig, ".mp4"), &facts);
    assert_int_equal(facts.frames, 2);
    assert_non_null(strstr(facts.comment, "1 results had no picture"));
    rig_done(&rig);
}

static void test_path_may_be_a_file_of_another_container(void **state) {
    (void)state;
    static const char *const names[] = {"out.mkv", "a:b.mov", "new/x.y.mp4"};
    for (size_t i = 0; i < 3; i++) {
        struct rig rig;
        struct video_facts facts;
        rig_init(&rig, "annotate");
        set_path(&rig, test_path(rig.dir, names[i]));
        struct weir_stage *sink = rig_open(&rig);
        push_ok(sink, make_picture_frame(0, 64, 64));
        push_ok(sink, make_picture_frame(1, 64, 64));
        finish(sink);
        read_video(test_path(rig.dir, names[i]), &facts);
        assert_int_equal(facts.frames, 2);
        rig_done(&rig);
    }
}

static void test_folder_named_like_a_video_stays_a_folder(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "annotate");
    set_path(&rig, test_path(rig.dir, "out.mp4"));
    assert_int_equal(weir_dir_make(rig.sink.path, NULL), 0);
    struct weir_stage *sink = rig_open(&rig);
    push_ok(sink, make_picture_frame(0, 64, 64));
    finish(sink);
    assert_true(weir_file_exists(test_path(rig.dir, "out.mp4/gate.mp4")));
    rig_done(&rig);
}

static void refuse(struct rig *rig, int code, const char *part) {
    struct weir_error err = {0};
    struct weir_stage *sink = NULL;
    assert_int_equal(weir_stage_sink.open(&rig->conf, &sink, &err), code);
    assert_null(sink);
    test_error_says(&err, part);
    assert_int_equal(count_files(rig->dir), 0);
    rig_done(rig);
}

static void test_one_file_for_two_streams_is_refused(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "annotate");
    rig.workflow.stream_len = 2;
    set_path(&rig, test_path(rig.dir, "out.mp4"));
    refuse(&rig, WEIR_EINVAL, "name a folder");
}

static void test_source_of_the_run_is_not_overwritten(void **state) {
    (void)state;
    struct rig rig;
    struct weir_error err = {0};
    rig_init(&rig, "annotate");
    char *before = rig.workflow.stream[0].source;
    const char *path = test_path(rig.dir, "out.mp4");
    assert_int_equal(weir_file_write_all(path, "the only copy", 13, &err), 0);
    char *source = strdup(path);
    rig.workflow.stream[0].source = source;
    set_path(&rig, path);
    struct weir_stage *stage = NULL;
    struct weir_stage_conf conf = rig.conf;
    assert_int_equal(weir_stage_sink.open(&conf, &stage, &err), WEIR_EINVAL);
    test_error_says(&err, "would be overwritten");
    rig.workflow.stream[0].source = before;
    free(source);
    rig_done(&rig);
}

static void test_unknown_ending_is_refused(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "annotate");
    set_path(&rig, test_path(rig.dir, "out.xyz"));
    refuse(&rig, WEIR_EINVAL, "no video format has that ending");
}

static void test_container_that_cannot_hold_the_codec_is_refused(void **state) {
    (void)state;
    static const char *const names[] = {"out.webm", "out.jpg", "out.gif"};
    for (size_t i = 0; i < 3; i++) {
        struct rig rig;
        rig_init(&rig, "annotate");
        set_path(&rig, test_path(rig.dir, names[i]));
        refuse(&rig, WEIR_EUNSUPPORTED, "use .mp4 or .mkv");
    }
}

static void test_missing_encoder_names_what_is_there(void **state) {
    (void)state;
    static char missing[] = "libnosuch", audio[] = "aac", pixels[] = "png";
    static char *const names[] = {missing, audio, pixels};
    for (size_t i = 0; i < 3; i++) {
        struct rig rig;
        rig_init(&rig, "annotate");
        rig.workflow.set.annotate.encoder = names[i];
        refuse(&rig, WEIR_EUNSUPPORTED, "mpeg4");
    }
}

static void test_named_encoder_is_used(void **state) {
    (void)state;
    static char mpeg4[] = "mpeg4";
    struct rig rig;
    struct video_facts facts;
    rig_init(&rig, "annotate");
    rig.workflow.set.annotate.encoder = mpeg4;
    struct weir_stage *sink = rig_open(&rig);
    for (int i = 0; i < 5; i++)
        push_ok(sink, make_picture_frame(i, 64, 64));
    finish(sink);
    read_video(rig_path(&rig, ".mp4"), &facts);
    assert_string_equal(facts.codec, "mpeg4");
    assert_int_equal(facts.frames, 5);
    rig_done(&rig);
}

static void test_full_disk_in_the_middle_keeps_the_old_video(void **state) {
    (void)state;
    static const long limits[] = {100, 1500, 2500};
    for (size_t i = 0; i < 3; i++) {
        struct rig rig;
        struct weir_error err;
        rig_init(&rig, "annotate");
        assert_int_equal(weir_file_write_all(rig_path(&rig, ".mp4"), "old", 3, NULL), 0);
        assert_int_equal(run_on_full_disk(&rig, limits[i], 200, &err), WEIR_ENOSPC);
        test_error_says(&err, "gate.mp4");
        char *text = slurp(rig_path(&rig, ".mp4"));
        assert_string_equal(text, "old");
        free(text);
        assert_int_equal(count_files(rig.dir), 1);
        rig_done(&rig);
    }
}

/* A canvas over a picture of its own. */
struct easel {
    struct weir_image *image;
    struct weir_canvas canvas;
};

static struct easel easel_new(int width, int height, int value) {
    struct easel e = {.image = make_picture(WEIR_PIXEL_I420, width, height, value)};
    e.canvas.width = width;
    e.canvas.height = height;
    for (int p = 0; p < 3; p++) {
        e.canvas.plane[p] = weir_image_data(e.image, p);
        e.canvas.stride[p] = e.image->stride[p];
    }
    return e;
}

static int luma(const struct easel *e, int x, int y) {
    return e->canvas.plane[0][y * e->canvas.stride[0] + x];
}

static void convert(const struct weir_image *image, struct easel *e,
                    struct weir_placement *ret_placement) {
    struct weir_convert *convert = weir_convert_new(WEIR_MATRIX_BT601);
    assert_non_null(convert);
    assert_int_equal(weir_convert_image(convert, image, &e->canvas, ret_placement, NULL), 0);
    weir_convert_free(convert);
}

static void test_white_becomes_limited_range_white_from_every_format(void **state) {
    (void)state;
    for (int pixel = WEIR_PIXEL_I420; pixel <= WEIR_PIXEL_RGB; pixel++) {
        struct easel e = easel_new(64, 48, 0);
        struct weir_placement at;
        struct weir_image *image = make_picture((enum weir_pixel)pixel, 64, 48, 255);
        image->full_range = true;
        convert(image, &e, &at);
        if (luma(&e, 30, 20) < 234 || luma(&e, 30, 20) > 236)
            fail_msg("%s: luma %d", weir_pixel_name((enum weir_pixel)pixel), luma(&e, 30, 20));
        assert_in_range(e.canvas.plane[1][10 * e.canvas.stride[1] + 15], 127, 129);
        assert_in_range(e.canvas.plane[2][10 * e.canvas.stride[2] + 15], 127, 129);
        assert_float_equal(at.scale_x, 1, 1e-9);
        weir_image_unref(&image);
        weir_image_unref(&e.image);
    }
}

static void test_picture_of_another_aspect_is_centred_on_black(void **state) {
    (void)state;
    struct easel e = easel_new(160, 120, 77);
    struct weir_placement at;
    struct weir_image *image = make_picture(WEIR_PIXEL_I420, 64, 16, 200);
    convert(image, &e, &at);
    assert_int_equal(at.width, 160);
    assert_int_equal(at.height, 40);
    assert_int_equal(at.x, 0);
    assert_int_equal(at.y, 40);
    assert_float_equal(at.scale_x, 2.5, 1e-9);
    assert_int_equal(luma(&e, 80, 10), 16);
    assert_in_range(luma(&e, 80, 60), 199, 201);
    assert_int_equal(luma(&e, 80, 110), 16);
    weir_image_unref(&image);
    weir_image_unref(&e.image);
}

static void test_fill_is_clipped_and_blends_by_its_alpha(void **state) {
    (void)state;
    struct easel e = easel_new(16, 16, 100);
    struct weir_ink white = weir_ink_rgb(0xFFFFFF, WEIR_MATRIX_BT601);
    assert_int_equal(white.yuv[0], 235);
    weir_draw_fill(&e.canvas, (struct weir_rect){-1000, -1000, 3, 3}, white, 255);
    weir_draw_fill(&e.canvas, (struct weir_rect){12, 12, 1000, 1000}, white, 128);
    weir_draw_fill(&e.canvas, (struct weir_rect){5, 5, 5, 9}, white, 255); /* empty */
    assert_int_equal(luma(&e, 2, 2), 235);
    assert_int_equal(luma(&e, 3, 3), 100);
    assert_int_equal(luma(&e, 5, 5), 100);
    assert_in_range(luma(&e, 15, 15), 167, 169);
    weir_image_unref(&e.image);
}

static void test_box_beyond_the_picture_is_drawn_at_its_edge(void **state) {
    (void)state;
    struct easel e = easel_new(320, 240, 100);
    struct weir_overlay *overlay = weir_overlay_new(320, 240, WEIR_MATRIX_BT601, "gate", NULL);
    struct weir_placement at = {.scale_x = 1, .scale_y = 1, .width = 320, .height = 240};
    struct weir_frame *frame = make_frame(0, WEIR_OUTCOME_DETECT);
    assert_non_null(overlay);
    add_box(frame, -50, 120, 1000, 1000, 0.5f, 0, 1);
    assert_int_equal(weir_overlay_draw(overlay, &e.canvas, &at, frame), 0);
    assert_true(luma(&e, 0, 200) > 120 || luma(&e, 0, 200) < 80);
    assert_true(luma(&e, 319, 200) > 120);
    assert_true(luma(&e, 160, 239) > 120);
    assert_int_equal(luma(&e, 160, 200), 100); /* the inside stays to be seen */
    weir_frame_free(frame);
    weir_overlay_free(overlay);
    weir_image_unref(&e.image);
}

static void test_text_is_a_mask_with_ink_and_is_kept(void **state) {
    (void)state;
    struct weir_font *font = weir_font_new(14, true);
    assert_non_null(font);
    const struct weir_mask *mask = weir_font_text(font, "person 0.91 #3");
    assert_non_null(mask);
    assert_int_equal(mask->height, weir_font_height(font));
    long ink = 0;
    for (int i = 0; i < mask->stride * mask->height; i++)
        ink += mask->data[i];
    assert_true(ink > 255 * 50);
    assert_ptr_equal(weir_font_text(font, "person 0.91 #3"), mask);
    assert_non_null(weir_font_text(font, ""));
    assert_non_null(weir_font_text(font, "\xff\xc0\x80 \xed\xa0\x80 \x01"));
    weir_font_free(font);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_video_decodes_with_every_result_at_its_time),
        cmocka_unit_test(test_times_that_do_not_rise_are_moved_on),
        cmocka_unit_test(test_without_media_times_the_nominal_rate_counts),
        cmocka_unit_test(test_change_of_size_and_format_keeps_the_first_size),
        cmocka_unit_test(test_released_picture_is_left_out_with_a_remark),
        cmocka_unit_test(test_path_may_be_a_file_of_another_container),
        cmocka_unit_test(test_folder_named_like_a_video_stays_a_folder),
        cmocka_unit_test(test_one_file_for_two_streams_is_refused),
        cmocka_unit_test(test_source_of_the_run_is_not_overwritten),
        cmocka_unit_test(test_unknown_ending_is_refused),
        cmocka_unit_test(test_container_that_cannot_hold_the_codec_is_refused),
        cmocka_unit_test(test_missing_encoder_names_what_is_there),
        cmocka_unit_test(test_named_encoder_is_used),
        cmocka_unit_test(test_full_disk_in_the_middle_keeps_the_old_video),
        cmocka_unit_test(test_white_becomes_limited_range_white_from_every_format),
        cmocka_unit_test(test_picture_of_another_aspect_is_centred_on_black),
        cmocka_unit_test(test_fill_is_clipped_and_blends_by_its_alpha),
        cmocka_unit_test(test_box_beyond_the_picture_is_drawn_at_its_edge),
        cmocka_unit_test(test_text_is_a_mask_with_ink_and_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
