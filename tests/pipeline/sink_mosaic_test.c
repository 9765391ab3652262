/* The mosaic: tiles of several streams, laggards, failures, whole files only. */
#include "sink_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/sink/mosaic.h"

struct wall {
    struct rig rig;
    struct weir_stage *sink[2];
    char *path;
};

static void begin(struct wall *wall) {
    struct rig *rig = &wall->rig;
    rig_init(rig, "mosaic");
    wall->path = strdup(rig->sink.path);
    rig->workflow.stream_len = 2;
    for (int i = 0; i < 2; i++) {
        rig->conf.stream = i;
        wall->sink[i] = rig_open(rig);
    }
}

static void end(struct wall *wall) {
    for (int i = 0; i < 2; i++)
        weir_stage_free(wall->sink[i]);
    free(wall->path);
    rig_done(&wall->rig);
}

static void push(struct wall *wall, int i, int64_t seq) {
    push_ok(wall->sink[i], make_picture_frame(seq, 128, 96));
}

static void test_two_streams_stand_side_by_side_in_step(void **state) {
    (void)state;
    struct wall wall;
    struct video_facts facts;
    begin(&wall);
    for (int64_t seq = 0; seq < 20; seq++)
        for (int i = 0; i < 2; i++)
            push(&wall, i, seq);
    drain_ok(wall.sink[0]);
    assert_int_equal(access(wall.path, F_OK), -1); /* not before the last has ended */
    drain_ok(wall.sink[1]);
    read_video(wall.path, &facts);
    assert_int_equal(facts.frames, 20);
    assert_int_equal(facts.width, 1280);
    assert_int_equal(facts.height, 720);
    for (int k = 1; k < 20; k++)
        assert_float_equal(facts.time_s[k] - facts.time_s[k - 1], 0.04, 1e-3);
    end(&wall);
}

static void test_one_far_ahead_does_not_wait_and_none_is_lost(void **state) {
    (void)state;
    struct wall wall;
    struct video_facts facts;
    begin(&wall);
    for (int64_t seq = 0; seq < 60; seq++)
        push(&wall, 0, seq);
    for (int64_t seq = 0; seq < 60; seq++)
        push(&wall, 1, seq);
    drain_ok(wall.sink[0]);
    drain_ok(wall.sink[1]);
    read_video(wall.path, &facts);
    assert_int_equal(facts.frames, 60);
    end(&wall);
}

static void test_hour_without_pictures_is_not_filled_with_them(void **state) {
    (void)state;
    struct wall wall;
    struct video_facts facts;
    const int64_t later = 3600 * 25;
    begin(&wall);
    for (int64_t seq = 0; seq < 20; seq++)
        for (int i = 0; i < 2; i++)
            push(&wall, i, seq < 10 ? seq : seq + later);
    drain_ok(wall.sink[0]);
    drain_ok(wall.sink[1]);
    read_video(wall.path, &facts);
    assert_in_range(facts.frames, 20, 34); /* few in between */
    assert_float_equal(facts.time_s[9], 0.36, 1e-3);
    assert_float_equal(facts.time_s[facts.frames - 10], 3600.4, 1e-3);
    assert_float_equal(facts.time_s[facts.frames - 1], 3600.76, 1e-3);
    end(&wall);
}

static void test_stream_that_never_began_leaves_a_whole_video_of_the_others(void **state) {
    (void)state;
    struct wall wall;
    struct video_facts facts;
    begin(&wall);
    weir_stage_free(wall.sink[0]);
    weir_stage_free(wall.sink[1]);
    weir_sink_common_free(wall.rig.conf.common);
    wall.rig.conf.common = weir_sink_common_new(&wall.rig.workflow);
    wall.rig.conf.stream = 0;
    wall.sink[0] = rig_open(&wall.rig);
    wall.sink[1] = NULL;
    for (int64_t seq = 0; seq < 10; seq++)
        push(&wall, 0, seq);
    drain_ok(wall.sink[0]);
    char *path = strdup(wall.path);
    weir_stage_free(wall.sink[0]);
    wall.sink[0] = NULL;
    weir_sink_common_free(wall.rig.conf.common);
    wall.rig.conf.common = NULL;
    read_video(path, &facts);
    assert_int_equal(facts.frames, 10);
    free(path);
    end(&wall);
}

static void test_sink_freed_undrained_leaves_no_file(void **state) {
    (void)state;
    struct wall wall;
    begin(&wall);
    for (int64_t seq = 0; seq < 10; seq++)
        for (int i = 0; i < 2; i++)
            push(&wall, i, seq);
    drain_ok(wall.sink[0]);
    weir_stage_free(wall.sink[1]);
    wall.sink[1] = NULL;
    weir_stage_free(wall.sink[0]);
    wall.sink[0] = NULL;
    weir_sink_common_free(wall.rig.conf.common);
    wall.rig.conf.common = NULL;
    assert_int_equal(count_files(wall.rig.dir), 0);
    end(&wall);
}

static void test_drops_and_released_pictures_are_passed_over(void **state) {
    (void)state;
    struct wall wall;
    struct video_facts facts;
    begin(&wall);
    for (int64_t seq = 0; seq < 10; seq++) {
        push(&wall, 0, seq);
        if (seq % 2)
            push_ok(wall.sink[1], make_frame(seq, WEIR_OUTCOME_LATE));
        else
            push(&wall, 1, seq);
    }
    drain_ok(wall.sink[0]);
    drain_ok(wall.sink[1]);
    read_video(wall.path, &facts);
    assert_int_equal(facts.frames, 10);
    end(&wall);
}

static void refuse(const char *path, const char *text) {
    struct rig rig;
    struct weir_stage *sink = NULL;
    struct weir_error err = {0};
    rig_init(&rig, "mosaic");
    free(rig.sink.path);
    rig.sink.path = strdup(path);
    assert_true(weir_stage_sink.open(&rig.conf, &sink, &err) < 0);
    assert_null(sink);
    assert_non_null(strstr(err.text, text));
    rig_done(&rig);
}

static void test_bad_paths_are_refused_with_the_reason(void **state) {
    (void)state;
    refuse("wall.txt", "no video format");
    refuse("folder/", "no video format");
    refuse("/proc/nowhere/wall.mp4", "/proc/nowhere");
}

static void test_tiles_of_many_streams_fill_a_grid(void **state) {
    (void)state;
    static const struct {
        size_t tiles;
        int width, height;
    } rows[] = {{1, 1280, 720}, {2, 640, 720}, {4, 640, 360}, {5, 426, 360}, {64, 160, 90}};
    struct rig rig;
    rig_init(&rig, "mosaic");
    struct weir_video_conf conf = {.encoder = "auto", .quality = 23, .rate_fps = 25};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct weir_mosaic *mosaic = NULL;
        int w, h;
        assert_int_equal(weir_mosaic_new(test_path(rig.dir, "w.mp4"), &conf, 1280, 720,
                                         rows[i].tiles, &mosaic, NULL),
                         0);
        weir_mosaic_tile_size(mosaic, &w, &h);
        assert_int_equal(w, rows[i].width);
        assert_int_equal(h, rows[i].height);
        weir_mosaic_unref(&mosaic);
        assert_null(mosaic);
    }
    assert_int_equal(count_files(rig.dir), 0);
    rig_done(&rig);
}

/* ---- drawn by hand -------------------------------------------------------------- */

static void draw(struct weir_tiles *tiles, int moments) {
    struct weir_error err = {0};
    struct weir_frame *frame = make_picture_frame(0, 128, 96);
    add_box(frame, 20, 20, 40, 40, 0.9F, 0, 0);
    const struct weir_note note = {.status = "gate", .warning = "dropped: 1 late", .alarms = true};
    for (int k = 0; k < moments; k++)
        for (int i = 0; i < 2; i++)
            if (weir_tiles_show(tiles, i, frame->image, &frame->boxes, &note,
                                k * 40 * (int64_t)WEIR_NS_PER_MS, &err))
                fail_msg("%s", err.text);
    weir_frame_free(frame);
}

static void test_tiles_are_drawn_moment_by_moment(void **state) {
    (void)state;
    struct rig rig;
    struct video_facts facts;
    struct weir_error err = {0};
    struct weir_labels *labels = weir_labels_coco();
    struct weir_tiles_conf conf = {.rate_fps = 25, .places = 2, .labels = labels};
    struct weir_tiles *tiles;
    rig_init(&rig, "mosaic");
    conf.path = rig.sink.path;
    for (int finished = 0; finished < 2; finished++) {
        assert_int_equal(weir_tiles_open(&conf, &tiles, &err), 0);
        draw(tiles, 10);
        assert_int_equal(access(conf.path, F_OK), -1);
        if (finished)
            assert_int_equal(weir_tiles_finish(tiles, &err), 0);
        weir_tiles_free(tiles); /* unfinished: no file stays */
    }
    read_video(conf.path, &facts);
    assert_int_equal(facts.frames, 10);
    assert_int_equal(facts.width, 1280);
    weir_labels_unref(&labels);
    rig_done(&rig);
}

static void test_tiles_are_refused_where_no_video_can_be(void **state) {
    (void)state;
    struct weir_error err = {0};
    struct weir_tiles *tiles = NULL;
    struct weir_tiles_conf conf = {.path = "/tmp/x.txt", .rate_fps = 25, .places = 1};
    assert_int_equal(weir_tiles_open(&conf, &tiles, &err), WEIR_EINVAL);
    assert_non_null(strstr(err.text, "use .mp4 or .mkv"));
    conf.path = "/dev/null/x.mp4";
    assert_int_not_equal(weir_tiles_open(&conf, &tiles, &err), 0);
    assert_null(tiles);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_streams_stand_side_by_side_in_step),
        cmocka_unit_test(test_one_far_ahead_does_not_wait_and_none_is_lost),
        cmocka_unit_test(test_hour_without_pictures_is_not_filled_with_them),
        cmocka_unit_test(test_stream_that_never_began_leaves_a_whole_video_of_the_others),
        cmocka_unit_test(test_sink_freed_undrained_leaves_no_file),
        cmocka_unit_test(test_drops_and_released_pictures_are_passed_over),
        cmocka_unit_test(test_bad_paths_are_refused_with_the_reason),
        cmocka_unit_test(test_tiles_of_many_streams_fill_a_grid),
        cmocka_unit_test(test_tiles_are_drawn_moment_by_moment),
        cmocka_unit_test(test_tiles_are_refused_where_no_video_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
