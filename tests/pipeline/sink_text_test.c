/* The result files that other tools read: COCO, MOT Challenge; and the digest. */
#include "sink_support.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *read_coco(const struct rig *rig) {
    json_error_t error;
    json_t *json = json_load_file(rig_path(rig, ".coco.json"), 0, &error);
    if (!json)
        fail_msg("%s", error.text);
    assert_true(json_is_array(json));
    return json;
}

static void finish(struct weir_stage *sink) {
    drain_ok(sink);
    weir_stage_free(sink);
}

static void test_coco_records_carry_image_category_box_and_score(void **state) {
    (void)state;
    struct rig rig;
    static const char *const labels[] = {"person", "traffic light", "toothbrush"};
    rig_init(&rig, "coco");
    rig_model(&rig, labels, 3, 0.3f);
    struct weir_stage *sink = rig_open(&rig);
    struct weir_frame *frame = make_frame(0, WEIR_OUTCOME_DETECT);
    frame->source_id = 397133;
    add_box(frame, 10.125f, 20, 30, 40.5f, 0.87654f, 2, 0);
    push_ok(sink, frame);
    push_ok(sink, make_frame(1, WEIR_OUTCOME_DETECT)); /* nothing found */
    frame = make_frame(2, WEIR_OUTCOME_TRACK);
    add_box(frame, 0, 0, 1, 1, 0.5f, 1, 1);
    push_ok(sink, frame);
    finish(sink);

    json_t *all = read_coco(&rig);
    assert_int_equal(json_array_size(all), 2);
    const json_t *one = json_array_get(all, 0), *bbox = json_object_get(one, "bbox");
    assert_int_equal(json_integer_value(json_object_get(one, "image_id")), 397133);
    assert_int_equal(json_integer_value(json_object_get(one, "category_id")), 90);
    assert_float_equal(json_number_value(json_object_get(one, "score")), 0.87654, 1e-9);
    static const double expected[] = {10.125, 20, 30, 40.5};
    assert_int_equal(json_array_size(bbox), 4);
    for (size_t i = 0; i < 4; i++)
        assert_float_equal(json_number_value(json_array_get(bbox, i)), expected[i], 1e-6);
    one = json_array_get(all, 1);
    assert_int_equal(json_integer_value(json_object_get(one, "image_id")), 2);
    assert_int_equal(json_integer_value(json_object_get(one, "category_id")), 10);
    json_decref(all);
    rig_done(&rig);
}

/* Opens sink kind in a folder that holds gate.mp4 as a source and these neighbours. */
static int open_beside(const char *kind, const char *coco, const char *mot,
                       struct weir_error *err) {
    struct rig rig;
    struct weir_stage *stage = NULL;
    rig_init(&rig, kind);
    char *before = rig.workflow.stream[0].source, *source = strdup(test_path(rig.dir, "gate.mp4"));
    assert_int_equal(weir_file_write_all(source, "video", 5, err), 0);
    assert_int_equal(weir_file_write_all(rig_path(&rig, ".coco.json"), coco, strlen(coco), err), 0);
    assert_int_equal(weir_file_write_all(rig_path(&rig, ".mot.txt"), mot, strlen(mot), err), 0);
    rig.workflow.stream[0].source = source;
    struct weir_stage_conf conf = rig.conf;
    int rc = weir_stage_sink.open(&conf, &stage, err);
    weir_stage_free(stage);
    char *kept = slurp(rig_path(&rig, ".coco.json"));
    assert_string_equal(kept, coco);
    free(kept);
    rig.workflow.stream[0].source = before;
    free(source);
    rig_done(&rig);
    return rc;
}

static void test_ground_truth_beside_a_source_is_not_overwritten(void **state) {
    (void)state;
    struct weir_error err = {0};
    assert_int_equal(open_beside("coco", " \n{\"images\": []}", "", &err), WEIR_EINVAL);
    test_error_says(&err, "is the ground truth of a source of this run and would be overwritten");
    assert_int_equal(open_beside("mot", "{\"images\": []}", "1,1", &err), WEIR_EINVAL);
    test_error_says(&err, "gate.mot.txt is the ground truth");
}

static void test_results_of_an_earlier_run_may_be_overwritten(void **state) {
    (void)state;
    struct weir_error err = {0};
    assert_int_equal(open_beside("coco", "[]", "1,1", &err), 0);
    assert_int_equal(open_beside("mot", "[]", "1,1", &err), 0);
    assert_int_equal(open_beside("mot", "", "1,1", &err), 0);
}

static void test_coco_without_labels_counts_categories_from_one(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "coco");
    struct weir_stage *sink = rig_open(&rig);
    struct weir_frame *frame = make_frame(0, WEIR_OUTCOME_DETECT);
    add_box(frame, 0, 0, 1, 1, 0.5f, 41, 1);
    push_ok(sink, frame);
    finish(sink);
    json_t *all = read_coco(&rig);
    const json_t *category = json_object_get(json_array_get(all, 0), "category_id");
    assert_int_equal(json_integer_value(category), 42);
    json_decref(all);
    rig_done(&rig);
}

static void test_coco_of_nothing_is_an_empty_array(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "coco");
    struct weir_stage *sink = rig_open(&rig);
    struct weir_frame *dropped = make_frame(0, WEIR_OUTCOME_LATE);
    add_box(dropped, 0, 0, 1, 1, 0.5f, 1, 1); /* not a result: not written */
    push_ok(sink, dropped);
    finish(sink);
    json_t *all = read_coco(&rig);
    assert_int_equal(json_array_size(all), 0);
    json_decref(all);
    rig_done(&rig);
}

static void test_coco_file_larger_than_its_buffer_parses(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "coco");
    struct weir_stage *sink = rig_open(&rig);
    for (int i = 0; i < 40; i++) {
        struct weir_frame *frame = make_frame(i, WEIR_OUTCOME_DETECT);
        for (int k = 0; k < 100; k++)
            add_box(frame, (float)k, (float)i, 10, 10, 0.5f, k, 1);
        push_ok(sink, frame);
        assert_false(weir_file_exists(rig_path(&rig, ".coco.json")));
    }
    finish(sink);
    json_t *all = read_coco(&rig);
    assert_int_equal(json_array_size(all), 4000);
    json_decref(all);
    rig_done(&rig);
}

static void test_full_disk_after_the_first_piece_leaves_the_old_file(void **state) {
    (void)state;
    static const char *const kinds[] = {"coco", "mot"};
    static const char *const suffixes[] = {".coco.json", ".mot.txt"};
    for (size_t i = 0; i < 2; i++) {
        struct rig rig;
        struct weir_error err;
        rig_init(&rig, kinds[i]);
        assert_int_equal(weir_file_write_all(rig_path(&rig, suffixes[i]), "old", 3, NULL), 0);
        assert_int_equal(run_on_full_disk(&rig, 100000, 500, &err), WEIR_ENOSPC);
        test_error_says(&err, suffixes[i]);
        char *text = slurp(rig_path(&rig, suffixes[i]));
        assert_string_equal(text, "old");
        free(text);
        assert_int_equal(count_files(rig.dir), 1);
        rig_done(&rig);
    }
}

static void test_mot_lines_have_ten_columns_counted_from_one(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "mot");
    struct weir_stage *sink = rig_open(&rig);
    struct weir_frame *frame = make_frame(0, WEIR_OUTCOME_DETECT);
    add_box(frame, 0, 9.5f, 30, 40, 0.5f, 0, 7);
    push_ok(sink, frame);
    frame = make_frame(9, WEIR_OUTCOME_TRACK);
    add_box(frame, 99, 199, 3, 4, 1, 0, 8);
    push_ok(sink, frame);
    finish(sink);
    char *text = slurp(rig_path(&rig, ".mot.txt"));
    assert_string_equal(text, "1,7,1.00,10.50,30.00,40.00,0.5000,-1,-1,-1\n"
                              "10,8,100.00,200.00,3.00,4.00,1.0000,-1,-1,-1\n");
    free(text);
    rig_done(&rig);
}

static void test_mot_leaves_out_untracked_boxes_and_dropped_frames(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "mot");
    struct weir_stage *sink = rig_open(&rig);
    struct weir_frame *frame = make_frame(0, WEIR_OUTCOME_DETECT);
    add_box(frame, 0, 0, 1, 1, 0.5f, 0, 0);
    push_ok(sink, frame);
    frame = make_frame(1, WEIR_OUTCOME_OVERLOAD);
    add_box(frame, 0, 0, 1, 1, 0.5f, 0, 1);
    push_ok(sink, frame);
    finish(sink);
    char *text = slurp(rig_path(&rig, ".mot.txt"));
    assert_string_equal(text, "");
    free(text);
    rig_done(&rig);
}

static void test_mot_without_tracking_writes_the_id_minus_one(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "mot");
    rig.workflow.set.track.enabled = false;
    struct weir_stage *sink = rig_open(&rig);
    struct weir_frame *frame = make_frame(0, WEIR_OUTCOME_DETECT);
    add_box(frame, 0, 0, 1, 1, 0.5f, 0, 0);
    push_ok(sink, frame);
    finish(sink);
    char *text = slurp(rig_path(&rig, ".mot.txt"));
    assert_string_equal(text, "1,-1,1.00,1.00,1.00,1.00,0.5000,-1,-1,-1\n");
    free(text);
    rig_done(&rig);
}

/* The digest of three frames, of which the second differs by what change does. */
static char *digest_of(void (*change)(struct weir_frame *frame)) {
    struct rig rig;
    rig_init(&rig, "digest");
    struct weir_stage *sink = rig_open(&rig);
    for (int i = 0; i < 3; i++) {
        struct weir_frame *frame = make_frame(i, WEIR_OUTCOME_DETECT);
        add_box(frame, 10, 20, 30, 40, 0.5f, 1, 2);
        if (change && i == 1)
            change(frame);
        push_ok(sink, frame);
    }
    finish(sink);
    char *text = slurp(rig_path(&rig, ".digest"));
    rig_done(&rig);
    return text;
}

static void no_change(struct weir_frame *frame) {
    frame->times.deliver += 1000000; /* times are no results */
    frame->boxes.data[0].x0 += 0.01f; /* less than the digest's step */
}
static void other_class(struct weir_frame *frame) {
    frame->boxes.data[0].class_id++;
}
static void other_track(struct weir_frame *frame) {
    frame->boxes.data[0].track_id++;
}
static void other_score(struct weir_frame *frame) {
    frame->boxes.data[0].score += 0.01f;
}
static void other_corner(struct weir_frame *frame) {
    frame->boxes.data[0].y1 += 0.5f;
}
static void other_outcome(struct weir_frame *frame) {
    frame->outcome = WEIR_OUTCOME_TRACK;
}
static void other_number(struct weir_frame *frame) {
    frame->seq = 7;
}
static void one_more(struct weir_frame *frame) {
    add_box(frame, 1, 1, 1, 1, 0.1f, 0, 0);
}

static void test_digest_is_the_same_for_the_same_results(void **state) {
    (void)state;
    char *one = digest_of(NULL), *two = digest_of(no_change);
    assert_string_equal(one, two);
    assert_non_null(strstr(one, "fnv1a64:"));
    assert_non_null(strstr(one, " frames=3 results=3 boxes=3\n"));
    free(one);
    free(two);
}

static void test_digest_changes_with_every_part_of_a_result(void **state) {
    (void)state;
    static void (*const changes[])(struct weir_frame *) = {
        other_class, other_track, other_score, other_corner, other_outcome, other_number, one_more,
    };
    char *plain = digest_of(NULL);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char *changed = digest_of(changes[i]);
        if (!strncmp(plain, changed, strcspn(plain, " ")))
            fail_msg("change %zu has no effect", i);
        free(changed);
    }
    free(plain);
}

/* FNV-1a's published offset basis is the digest of no input at all. */
static void test_digest_of_nothing_is_the_offset_basis(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "digest");
    finish(rig_open(&rig));
    char *text = slurp(rig_path(&rig, ".digest"));
    assert_string_equal(text, "fnv1a64:cbf29ce484222325 frames=0 results=0 boxes=0\n");
    free(text);
    rig_done(&rig);
}

static void test_digest_without_a_path_is_refused(void **state) {
    (void)state;
    struct rig rig;
    struct weir_stage *stage = NULL;
    struct weir_error err = {0};
    rig_init(&rig, "digest");
    free(rig.sink.path);
    rig.sink.path = NULL;
    struct weir_stage_conf conf = rig.conf;
    assert_int_equal(weir_stage_sink.open(&conf, &stage, &err), WEIR_EINVAL);
    assert_null(stage);
    test_error_says(&err, "no path given");
    rig_done(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coco_records_carry_image_category_box_and_score),
        cmocka_unit_test(test_ground_truth_beside_a_source_is_not_overwritten),
        cmocka_unit_test(test_results_of_an_earlier_run_may_be_overwritten),
        cmocka_unit_test(test_coco_without_labels_counts_categories_from_one),
        cmocka_unit_test(test_coco_of_nothing_is_an_empty_array),
        cmocka_unit_test(test_coco_file_larger_than_its_buffer_parses),
        cmocka_unit_test(test_full_disk_after_the_first_piece_leaves_the_old_file),
        cmocka_unit_test(test_mot_lines_have_ten_columns_counted_from_one),
        cmocka_unit_test(test_mot_leaves_out_untracked_boxes_and_dropped_frames),
        cmocka_unit_test(test_mot_without_tracking_writes_the_id_minus_one),
        cmocka_unit_test(test_digest_is_the_same_for_the_same_results),
        cmocka_unit_test(test_digest_changes_with_every_part_of_a_result),
        cmocka_unit_test(test_digest_of_nothing_is_the_offset_basis),
        cmocka_unit_test(test_digest_without_a_path_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
