/* What every kind of sink must do, whatever it writes. */
#include "sink_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kind {
    const char *name, *suffix; /* suffix NULL: writes no file */
    bool whole; /* the file appears only when it is whole */
    bool empty_file; /* there is a file even if nothing was pushed */
};

static const struct kind kinds[] = {
    {"ndjson", ".ndjson", false, true}, {"coco", ".coco.json", true, true},
    {"mot", ".mot.txt", true, true},    {"annotate", ".mp4", true, false},
    {"mosaic", ".mp4", true, false},    {"digest", ".digest", true, true},
    {"null", NULL, true, false},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void expect_file(const struct rig *rig, const struct kind *kind, bool there) {
    int files = count_files(rig->dir);
    if (files != (there && kind->suffix))
        fail_msg("%s: %d files in its folder", kind->name, files);
    if (there && kind->suffix)
        assert_true(weir_file_exists(rig_path(rig, kind->suffix)));
}

static void test_table_lists_every_kind(void **state) {
    (void)state;
    const char *name, *about;
    for (size_t i = 0; i < KINDS; i++) {
        assert_true(weir_stage_sink.kind(i, &name, &about));
        assert_string_equal(name, kinds[i].name);
        assert_true(strlen(about) > 0);
    }
    assert_false(weir_stage_sink.kind(KINDS, &name, &about));
}

static void test_empty_run_leaves_a_valid_file_or_none(void **state) {
    (void)state;
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        struct rig rig;
        rig_init(&rig, kind->name);
        struct weir_stage *sink = rig_open(&rig);
        drain_ok(sink);
        weir_stage_free(sink);
        expect_file(&rig, kind, kind->empty_file);
        rig_done(&rig);
    }
}

static void test_one_frame_is_written_and_stays_the_callers(void **state) {
    (void)state;
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        struct rig rig;
        rig_init(&rig, kind->name);
        struct weir_stage *sink = rig_open(&rig);
        struct weir_frame *frame = make_picture_frame(0, 64, 48);
        add_box(frame, 5, 6, 20, 30, 0.9f, 0, 1);
        assert_int_equal(sink->ops->push(sink, frame, NULL), 0);
        assert_int_equal(frame->boxes.len, 1);
        assert_non_null(frame->image);
        assert_int_equal(frame->image->plane[0][0], 40); /* pixels are only read */
        weir_frame_free(frame);
        drain_ok(sink);
        weir_stage_free(sink);
        expect_file(&rig, kind, true);
        rig_done(&rig);
    }
}

static void test_drops_only_are_taken_by_every_sink(void **state) {
    (void)state;
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        struct rig rig;
        rig_init(&rig, kind->name);
        struct weir_stage *sink = rig_open(&rig);
        push_ok(sink, make_frame(0, WEIR_OUTCOME_CORRUPT));
        push_ok(sink, make_frame(1, WEIR_OUTCOME_REPLACED));
        push_ok(sink, make_frame(-1, WEIR_OUTCOME_STOPPED));
        drain_ok(sink);
        weir_stage_free(sink);
        expect_file(&rig, kind, kind->empty_file);
        rig_done(&rig);
    }
}

static void test_hundreds_of_boxes_are_written(void **state) {
    (void)state;
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        struct rig rig;
        rig_init(&rig, kind->name);
        struct weir_stage *sink = rig_open(&rig);
        for (int i = 0; i < 3; i++) {
            struct weir_frame *frame = make_picture_frame(i, 320, 240);
            for (int k = 0; k < 900; k++)
                add_box(frame, (float)(k % 300), (float)(k / 4), 20, 20, (float)(k % 100) / 100,
                        k % 80, k);
            push_ok(sink, frame);
        }
        drain_ok(sink);
        weir_stage_free(sink);
        expect_file(&rig, kind, true);
        rig_done(&rig);
    }
}

static void test_odd_names_and_values_do_no_harm(void **state) {
    (void)state;
    static char odd[] = "g\xc3\xa4te \"1\" \\ %s";
    static const char *const labels[] = {"p\"erson\\", "\xe8\xbb\x8a", "bad\xff\xfe\n"};
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        struct rig rig;
        rig_init(&rig, kind->name);
        rig.stream[0].name = odd;
        rig_model(&rig, labels, 3, 0.3f);
        struct weir_stage *sink = rig_open(&rig);
        struct weir_frame *frame = make_picture_frame(0, 320, 240);
        frame->name = strdup("a \"b\"\t\xff.jpg");
        for (int i = -1; i < 4; i++)
            add_box(frame, 10, 60 * (float)i, 100, 50, 0.5f, i, i);
        float nan = strtof("nan", NULL), inf = strtof("inf", NULL);
        add_box(frame, nan, -inf, inf, inf, nan, INT32_MAX, INT32_MAX);
        add_box(frame, -1e30f, -1e30f, 2e30f, 2e30f, 1, INT32_MIN, INT32_MIN);
        push_ok(sink, frame);
        drain_ok(sink);
        weir_stage_free(sink);
        expect_file(&rig, kind, true);
        rig_done(&rig);
    }
}

static void test_frame_whose_picture_was_released_is_no_error(void **state) {
    (void)state;
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        struct rig rig;
        rig_init(&rig, kind->name);
        struct weir_stage *sink = rig_open(&rig);
        push_ok(sink, make_picture_frame(0, 64, 48));
        push_ok(sink, make_frame(1, WEIR_OUTCOME_DETECT));
        drain_ok(sink);
        weir_stage_free(sink);
        expect_file(&rig, kind, true);
        rig_done(&rig);
    }
}

static void test_free_without_drain_leaves_no_half_file(void **state) {
    (void)state;
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        for (int frames = 0; frames < 30; frames += 29) {
            struct rig rig;
            rig_init(&rig, kind->name);
            struct weir_stage *sink = rig_open(&rig);
            for (int i = 0; i < frames; i++)
                push_ok(sink, make_picture_frame(i, 64, 48));
            weir_stage_free(sink);
            expect_file(&rig, kind, !kind->whole);
            rig_done(&rig);
        }
    }
}

static void test_missing_folders_are_made(void **state) {
    (void)state;
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        struct rig rig;
        rig_init(&rig, kind->name);
        rig_folder(&rig, test_path(rig.dir, "a/b c/d"));
        struct weir_stage *sink = rig_open(&rig);
        push_ok(sink, make_picture_frame(0, 64, 48));
        drain_ok(sink);
        weir_stage_free(sink);
        char name[64];
        snprintf(name, sizeof name, "a/b c/d/gate%s", kind->suffix ? kind->suffix : "");
        if (kind->suffix)
            assert_true(weir_file_exists(test_path(rig.dir, name)));
        rig_done(&rig);
    }
}

static void test_folder_that_cannot_be_written_fails_at_open(void **state) {
    (void)state;
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        if (!kind->suffix)
            continue;
        struct rig rig;
        rig_init(&rig, kind->name);
        const char *file = test_path(rig.dir, "occupied");
        assert_int_equal(weir_file_write_all(file, "x", 1, NULL), 0);
        rig_folder(&rig, test_path(file, "below"));
        struct weir_stage *sink = NULL;
        struct weir_error err = {0};
        assert_true(weir_stage_sink.open(&rig.conf, &sink, &err) < 0);
        assert_null(sink);
        test_error_says(&err, "occupied");
        assert_int_equal(count_files(rig.dir), 1);
        rig_done(&rig);
    }
}

static void test_full_disk_is_named_and_leaves_no_half_file(void **state) {
    (void)state;
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        struct rig rig;
        struct weir_error err;
        rig_init(&rig, kind->name);
        int rc = run_on_full_disk(&rig, 16, 20, &err);
        if (!kind->suffix) {
            assert_int_equal(rc, 0);
        } else {
            if (rc != WEIR_ENOSPC || !strstr(err.text, kind->suffix))
                fail_msg("%s: %s: %s", kind->name, weir_err_name(rc), err.text);
            expect_file(&rig, kind, !kind->whole);
        }
        rig_done(&rig);
    }
}

static void test_path_is_asked_for(void **state) {
    (void)state;
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        if (!kind->suffix || !strcmp(kind->name, "digest"))
            continue;
        struct rig rig;
        rig_init(&rig, kind->name);
        free(rig.sink.path);
        rig.sink.path = NULL;
        struct weir_stage *sink = NULL;
        struct weir_error err = {0};
        assert_int_equal(weir_stage_sink.open(&rig.conf, &sink, &err), WEIR_EINVAL);
        test_error_says(&err, kind->name);
        rig_done(&rig);
    }
}

static void test_unknown_kind_names_those_there_are(void **state) {
    (void)state;
    struct rig rig;
    struct weir_error err = {0};
    struct weir_stage *sink = NULL;
    rig_init(&rig, "csv");
    assert_int_equal(weir_stage_sink.open(&rig.conf, &sink, &err), WEIR_EINVAL);
    test_error_says(&err, "csv");
    test_error_says(&err, "ndjson, coco, mot");
    rig_done(&rig);
}

static void test_sink_of_no_stream_is_refused(void **state) {
    (void)state;
    struct rig rig;
    struct weir_stage *sink = NULL;
    rig_init(&rig, "null");
    rig.conf.stream = -1;
    assert_int_equal(weir_stage_sink.open(&rig.conf, &sink, NULL), WEIR_EINVAL);
    rig.conf.stream = 0;
    rig.conf.sink = 1;
    assert_int_equal(weir_stage_sink.open(&rig.conf, &sink, NULL), WEIR_EINVAL);
    rig_done(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_lists_every_kind),
        cmocka_unit_test(test_empty_run_leaves_a_valid_file_or_none),
        cmocka_unit_test(test_one_frame_is_written_and_stays_the_callers),
        cmocka_unit_test(test_drops_only_are_taken_by_every_sink),
        cmocka_unit_test(test_hundreds_of_boxes_are_written),
        cmocka_unit_test(test_odd_names_and_values_do_no_harm),
        cmocka_unit_test(test_frame_whose_picture_was_released_is_no_error),
        cmocka_unit_test(test_free_without_drain_leaves_no_half_file),
        cmocka_unit_test(test_missing_folders_are_made),
        cmocka_unit_test(test_folder_that_cannot_be_written_fails_at_open),
        cmocka_unit_test(test_full_disk_is_named_and_leaves_no_half_file),
        cmocka_unit_test(test_path_is_asked_for),
        cmocka_unit_test(test_unknown_kind_names_those_there_are),
        cmocka_unit_test(test_sink_of_no_stream_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
