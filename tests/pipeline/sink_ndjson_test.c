/* The NDJSON lines: every key, every frame, and never half a line. */
#include "sink_support.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static json_t *parse_line(const char *line, size_t len) {
    json_error_t error;
    json_t *json = json_loadb(line, len, 0, &error);
    if (!json)
        fail_msg("%s in: %.*s", error.text, (int)len, line);
    return json;
}

/* Parses every line, counts them, asserts that the last one is whole; gives the
 * last one (owned by the caller) where wanted. */
static int parse_all(const char *path, json_t **ret_last) {
    char *text = slurp(path);
    json_t *last = NULL;
    int lines = 0;
    for (char *at = text; *at; lines++) {
        char *end = strchr(at, '\n');
        assert_non_null(end);
        json_decref(last);
        last = parse_line(at, (size_t)(end - at));
        at = end + 1;
    }
    free(text);
    if (ret_last)
        *ret_last = last;
    else
        json_decref(last);
    return lines;
}

static double number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        fail_msg("%s is no number", key);
    return json_number_value(value);
}

static json_t *write_one(struct rig *rig, struct weir_frame *frame) {
    json_t *json;
    struct weir_stage *sink = rig_open(rig);
    push_ok(sink, frame);
    drain_ok(sink);
    weir_stage_free(sink);
    assert_int_equal(parse_all(rig_path(rig, ".ndjson"), &json), 1);
    return json;
}

static void test_line_says_everything_about_a_result(void **state) {
    (void)state;
    struct rig rig;
    static const char *const labels[] = {"person", "say \"hi\""};
    rig_init(&rig, "ndjson");
    rig_model(&rig, labels, 2, 0.3f);
    struct weir_frame *frame = make_frame(12, WEIR_OUTCOME_DETECT);
    add_box(frame, 10.5f, 20.25f, 30, 40, 0.91f, 0, 3);
    add_box(frame, 1, 2, 3, 4, 0.5f, 1, 0);
    json_t *json = write_one(&rig, frame);

    assert_string_equal(json_string_value(json_object_get(json, "stream")), "gate");
    assert_true(number(json, "frame") == 12);
    assert_float_equal(number(json, "media_time_s"), 0.48, 1e-9);
    assert_float_equal(number(json, "capture_s"), 1.48, 1e-9);
    assert_float_equal(number(json, "latency_ms"), 40, 1e-9);
    assert_string_equal(json_string_value(json_object_get(json, "outcome")), "detect");
    assert_true(number(json, "width") == 64);
    assert_true(number(json, "height") == 48);
    assert_null(json_object_get(json, "name"));

    const json_t *boxes = json_object_get(json, "boxes");
    assert_int_equal(json_array_size(boxes), 2);
    const json_t *box = json_array_get(boxes, 0);
    assert_string_equal(json_string_value(json_object_get(box, "class")), "person");
    assert_true(number(box, "class_id") == 0);
    assert_float_equal(number(box, "score"), 0.91, 1e-9);
    assert_true(number(box, "track_id") == 3);
    const json_t *bbox = json_object_get(box, "bbox");
    static const double expected[] = {10.5, 20.25, 30, 40};
    assert_int_equal(json_array_size(bbox), 4);
    for (size_t i = 0; i < 4; i++)
        assert_float_equal(json_number_value(json_array_get(bbox, i)), expected[i], 1e-9);
    box = json_array_get(boxes, 1);
    assert_string_equal(json_string_value(json_object_get(box, "class")), "say \"hi\"");
    assert_true(json_is_null(json_object_get(box, "track_id")));
    json_decref(json);
    rig_done(&rig);
}

static void test_parts_add_up_to_the_latency(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "ndjson");
    json_t *json = write_one(&rig, make_frame(0, WEIR_OUTCOME_DETECT));
    static const struct {
        const char *key;
        double ms;
    } expected[] = {{"decode_ms", 2},     {"wait_ms", 8},        {"preprocess_ms", 2},
                    {"inference_ms", 25}, {"postprocess_ms", 1}, {"deliver_ms", 2}};
    const json_t *parts = json_object_get(json, "parts");
    double sum = 0;
    assert_int_equal(json_object_size(parts), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_float_equal(number(parts, expected[i].key), expected[i].ms, 1e-9);
        sum += number(parts, expected[i].key);
    }
    assert_float_equal(sum, number(json, "latency_ms"), 1e-9);
    json_decref(json);
    rig_done(&rig);
}

/* Not time(), which may lag behind by a tick. */
static int64_t wall_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void test_capture_time_is_wall_clock_time_of_the_capture(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "ndjson"); /* the clock shows 1 s, and so does the first capture */
    int64_t before_ms = wall_ms();
    json_t *json = write_one(&rig, make_frame(0, WEIR_OUTCOME_DETECT));
    int64_t after_ms = wall_ms();
    const char *text = json_string_value(json_object_get(json, "capture_time"));
    struct tm tm = {0};
    int ms = -1, end = 0;
    assert_non_null(text);
    char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    assert_non_null(rest);
    assert_int_equal(sscanf(rest, ".%3dZ%n", &ms, &end), 1);
    assert_int_equal(end, 5);
    int64_t captured_ms = (int64_t)timegm(&tm) * 1000 + ms;
    assert_true(captured_ms >= before_ms - 1 && captured_ms <= after_ms + 1); /* rounded */
    json_decref(json);
    rig_done(&rig);
}

static void test_image_source_gives_its_name_and_id(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "ndjson");
    struct weir_frame *frame = make_frame(4, WEIR_OUTCOME_DETECT);
    frame->name = strdup("0001 \"x\".jpg");
    frame->source_id = 139;
    json_t *json = write_one(&rig, frame);
    assert_string_equal(json_string_value(json_object_get(json, "name")), "0001 \"x\".jpg");
    assert_true(number(json, "image_id") == 139);
    json_decref(json);
    rig_done(&rig);
}

static void test_dropped_frame_has_a_line_without_latency_and_boxes(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "ndjson");
    struct weir_frame *frame = make_frame(7, WEIR_OUTCOME_REPLACED);
    frame->times.deliver = frame->times.capture + 5;
    add_box(frame, 1, 2, 3, 4, 0.5f, 0, 0); /* of no meaning in a dropped frame */
    json_t *json = write_one(&rig, frame);
    assert_string_equal(json_string_value(json_object_get(json, "outcome")), "replaced");
    assert_true(json_is_null(json_object_get(json, "latency_ms")));
    assert_true(json_is_null(json_object_get(json_object_get(json, "parts"), "inference_ms")));
    assert_int_equal(json_array_size(json_object_get(json, "boxes")), 0);
    json_decref(json);
    rig_done(&rig);
}

static void test_unknown_number_time_and_size_are_null(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "ndjson");
    json_t *json = write_one(&rig, weir_frame_new(0));
    static const char *const keys[] = {"frame",      "media_time_s", "capture_s", "capture_time",
                                       "latency_ms", "width",        "height"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!json_is_null(json_object_get(json, keys[i])))
            fail_msg("%s is not null", keys[i]);
    }
    json_decref(json);
    rig_done(&rig);
}

static void test_each_line_can_be_read_as_soon_as_it_is_pushed(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "ndjson");
    struct weir_stage *sink = rig_open(&rig);
    for (int i = 0; i < 5; i++) {
        push_ok(sink, make_frame(i, WEIR_OUTCOME_DETECT));
        assert_int_equal(parse_all(rig_path(&rig, ".ndjson"), NULL), i + 1);
    }
    weir_stage_free(sink); /* not drained: the lines stay */
    assert_int_equal(parse_all(rig_path(&rig, ".ndjson"), NULL), 5);
    rig_done(&rig);
}

static void test_new_run_begins_a_new_file(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "ndjson");
    json_decref(write_one(&rig, make_frame(0, WEIR_OUTCOME_DETECT)));
    json_decref(write_one(&rig, make_frame(0, WEIR_OUTCOME_DETECT)));
    rig_done(&rig);
}

static void test_full_disk_in_the_middle_of_a_line_keeps_only_whole_lines(void **state) {
    (void)state;
    struct rig rig;
    struct weir_error err;
    rig_init(&rig, "ndjson");
    assert_int_equal(run_on_full_disk(&rig, 5000, 50, &err), WEIR_ENOSPC);
    test_error_says(&err, "gate.ndjson");
    int lines = parse_all(rig_path(&rig, ".ndjson"), NULL);
    assert_true(lines >= 2 && lines < 50);
    rig_done(&rig);
}

static void test_device_that_is_full_is_an_error(void **state) {
    (void)state;
    struct rig rig;
    struct weir_error err = {0};
    rig_init(&rig, "ndjson");
    assert_int_equal(symlink("/dev/full", rig_path(&rig, ".ndjson")), 0);
    struct weir_stage *sink = rig_open(&rig);
    struct weir_frame *frame = make_frame(0, WEIR_OUTCOME_DETECT);
    assert_int_equal(sink->ops->push(sink, frame, &err), WEIR_ENOSPC);
    test_error_says(&err, "gate.ndjson");
    weir_frame_free(frame);
    weir_stage_free(sink);
    rig_done(&rig);
}

static void test_folder_in_the_place_of_the_file_is_refused(void **state) {
    (void)state;
    struct rig rig;
    struct weir_error err = {0};
    struct weir_stage *sink = NULL;
    rig_init(&rig, "ndjson");
    assert_int_equal(weir_dir_make(rig_path(&rig, ".ndjson"), NULL), 0);
    assert_true(weir_stage_sink.open(&rig.conf, &sink, &err) < 0);
    test_error_says(&err, "gate.ndjson");
    assert_null(sink);
    rig_done(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_says_everything_about_a_result),
        cmocka_unit_test(test_parts_add_up_to_the_latency),
        cmocka_unit_test(test_capture_time_is_wall_clock_time_of_the_capture),
        cmocka_unit_test(test_image_source_gives_its_name_and_id),
        cmocka_unit_test(test_dropped_frame_has_a_line_without_latency_and_boxes),
        cmocka_unit_test(test_unknown_number_time_and_size_are_null),
        cmocka_unit_test(test_each_line_can_be_read_as_soon_as_it_is_pushed),
        cmocka_unit_test(test_new_run_begins_a_new_file),
        cmocka_unit_test(test_full_disk_in_the_middle_of_a_line_keeps_only_whole_lines),
        cmocka_unit_test(test_device_that_is_full_is_an_error),
        cmocka_unit_test(test_folder_in_the_place_of_the_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
