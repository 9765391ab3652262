/* weir run on real video with a real detector: what it writes, what it counts, what flags do. */
#include "cli/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Runs with --json and the rest; fails where it does. The summary. */
static json_t *run_list(const char *const *args) {
    struct program p = {0};
    const char *all[48] = {"run", "--json", "--quiet", "--model", data_model()};
    size_t n = 5;
    for (; *args && n < 47; args++)
        all[n++] = *args;
    if (program_run(&p, all))
        fail_msg("exit code %d: %s", p.code, weir_buf_str(&p.err));
    json_t *summary = program_json(&p);
    program_done(&p);
    assert_true(json_is_true(json_object_get(summary, "consistent")));
    return summary;
}
#define RUN(...) run_list((const char *const[]){__VA_ARGS__, NULL})

/* An array of the lines' objects. */
static json_t *read_lines(const char *path) {
    struct weir_buf text = file_text(path);
    json_t *lines = json_array();
    char *save = NULL;
    for (char *line = strtok_r(text.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        json_error_t err;
        json_t *object = json_loads(line, 0, &err);
        if (!object)
            fail_msg("%s: %s: %s", path, err.text, line);
        json_array_append_new(lines, object);
    }
    weir_buf_done(&text);
    return lines;
}

static size_t boxes_of(const json_t *lines) {
    size_t boxes = 0, i;
    json_t *line;
    json_array_foreach(lines, i, line) boxes += json_array_size(json_object_get(line, "boxes"));
    return boxes;
}

static void check_lines(const json_t *lines, int frames) {
    size_t i;
    json_t *line;
    assert_int_equal(json_array_size(lines), frames);
    json_array_foreach(lines, i, line) {
        assert_int_equal(json_number(line, "frame"), i);
        assert_string_equal(json_string_value(json_object_get(line, "stream")), "bottle-detection");
        assert_string_equal(json_string_value(json_object_get(line, "outcome")), "detect");
        assert_int_equal(json_number(line, "width"), 640);
        assert_int_equal(json_number(line, "height"), 360);
        assert_true(json_number_value(json_object_get(line, "latency_ms")) > 0);
    }
}

static void check_coco(const char *path, size_t boxes) {
    json_error_t err;
    size_t i;
    json_t *row, *results = json_load_file(path, 0, &err);
    if (!results)
        fail_msg("%s: %s", path, err.text);
    assert_int_equal(json_array_size(results), boxes);
    json_array_foreach(results, i, row) {
        double score = json_number_value(json_object_get(row, "score"));
        json_number(row, "image_id");
        assert_in_range(json_number(row, "category_id"), 1, 90);
        assert_int_equal(json_array_size(json_object_get(row, "bbox")), 4);
        assert_true(score > 0 && score <= 1);
    }
    json_decref(results);
}

/* Ten columns: frame from 1, id, left, top, width, height, conf, -1, -1, -1. */
static int check_mot(const char *path, int frames) {
    struct weir_buf text = file_text(path);
    int rows = 0;
    char *save = NULL;
    for (char *line = strtok_r(text.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        int frame, id, end = 0;
        double left, top, width, height, conf;
        if (sscanf(line, "%d,%d,%lf,%lf,%lf,%lf,%lf,-1,-1,-1%n", &frame, &id, &left, &top, &width,
                   &height, &conf, &end) != 7 ||
            line[end])
            fail_msg("%s: %s", path, line);
        assert_in_range(frame, 1, frames);
        assert_true(id > 0 && width > 0 && height > 0 && conf > 0 && conf <= 1);
        rows++;
    }
    weir_buf_done(&text);
    return rows;
}

static void check_video(const char *path, int frames) {
    struct program p = {0};
    TOOL(&p, "ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries",
         "stream=codec_name,width,height,nb_read_frames", "-of", "json", path);
    assert_int_equal(p.code, 0);
    json_t *probe = program_json(&p);
    json_t *stream = json_array_get(json_object_get(probe, "streams"), 0);
    assert_int_equal(json_number(stream, "width"), 640);
    assert_int_equal(json_number(stream, "height"), 360);
    assert_int_equal(atoi(json_string_value(json_object_get(stream, "nb_read_frames"))), frames);
    json_decref(probe);
    program_done(&p);
}

static void test_every_sink_has_every_frame(void **state) {
    enum { FRAMES = 24 };
    char out[4096], video[4096];
    snprintf(out, sizeof out, "%s/all", dir);
    snprintf(video, sizeof video, "%s/all/seen.mp4", dir);
    /* 320x192, so that bottles are sure enough to get tracks */
    json_t *summary = RUN(data_video(), "--size", "320x192", "--max-frames", "24", "--out", out,
                          "--formats", "ndjson,coco,mot,digest", "--annotate", video);
    assert_int_equal(summed(summary), FRAMES);
    assert_int_equal(json_number(summary, "results"), FRAMES);
    assert_int_equal(json_number(summary, "width"), 320);
    assert_int_equal(json_number(summary, "height"), 192);
    assert_string_equal(json_string_value(json_object_get(summary, "head")), "yolox");
    assert_true(json_is_false(json_object_get(summary, "stopped")));
    json_t *stream = json_array_get(json_object_get(summary, "streams"), 0);
    assert_int_equal(summed(stream), FRAMES);
    assert_true(json_is_null(json_object_get(stream, "failure")));
    assert_true(json_is_null(json_object_get(stream, "sink_failure")));

    json_t *lines = read_lines(test_path(out, "bottle-detection.ndjson"));
    check_lines(lines, FRAMES);
    assert_true(boxes_of(lines) >= FRAMES);
    assert_int_equal(json_number(summary, "boxes"), boxes_of(lines));
    check_coco(test_path(out, "bottle-detection.coco.json"), boxes_of(lines));
    assert_true(check_mot(test_path(out, "bottle-detection.mot.txt"), FRAMES) >= FRAMES);
    assert_int_equal(access(test_path(out, "bottle-detection.digest"), R_OK), 0);
    check_video(video, FRAMES);
    json_decref(lines);
    json_decref(summary);
}

static void test_two_runs_have_one_digest(void **state) {
    struct weir_buf digest[2];
    for (int i = 0; i < 2; i++) {
        char out[4096];
        snprintf(out, sizeof out, "%s/%s", dir, i ? "second" : "first");
        json_decref(RUN(data_video(), "--size", "160x96", "--max-frames", "12", "--out", out,
                        "--formats", "digest", "--workers", i ? "1" : "2", "--threads", "2"));
        digest[i] = file_text(test_path(out, "bottle-detection.digest"));
    }
    assert_true(digest[0].len > 0);
    assert_string_equal(weir_buf_str(&digest[0]), weir_buf_str(&digest[1]));
    weir_buf_done(&digest[0]);
    weir_buf_done(&digest[1]);
}

static json_t *lines_with(const char *name, const char *flag, const char *value) {
    char out[4096];
    snprintf(out, sizeof out, "%s/%s", dir, name);
    json_t *summary = RUN(data_video(), "--size", "160x96", "--max-frames", "4", "--out", out,
                          "--formats", "ndjson", flag, value);
    assert_int_equal(summed(summary), 4);
    json_decref(summary);
    return read_lines(test_path(out, "bottle-detection.ndjson"));
}

static void test_without_tracking_no_box_has_an_id(void **state) {
    json_t *line, *box, *lines = lines_with("untracked", "--no-track", NULL);
    size_t i, k;
    assert_true(boxes_of(lines) > 0);
    json_array_foreach(lines, i, line) json_array_foreach(json_object_get(line, "boxes"), k, box)
        assert_true(json_is_null(json_object_get(box, "track_id")));
    json_decref(lines);
}

static void test_higher_confidence_leaves_fewer_boxes_of_higher_score(void **state) {
    json_t *low = lines_with("low", "--conf", "0.05"),
           *high = lines_with("high", "--conf=0.4", NULL);
    json_t *line, *box;
    size_t i, k;
    assert_true(boxes_of(high) > 0);
    assert_true(boxes_of(low) > boxes_of(high));
    json_array_foreach(high, i, line) json_array_foreach(json_object_get(line, "boxes"), k, box)
        assert_true(json_number_value(json_object_get(box, "score")) >= 0.4);
    json_decref(low);
    json_decref(high);
}

static void test_only_wanted_classes_are_kept(void **state) {
    json_t *bottles = lines_with("bottles", "--classes", "bottle,car");
    json_t *cars = lines_with("cars", "--classes", "car");
    json_t *line, *box;
    size_t i, k;
    assert_true(boxes_of(bottles) > 0);
    json_array_foreach(bottles, i, line) json_array_foreach(json_object_get(line, "boxes"), k, box)
        assert_string_equal(json_string_value(json_object_get(box, "class")), "bottle");
    assert_int_equal(boxes_of(cars), 0);
    json_decref(bottles);
    json_decref(cars);
}

static void test_size_is_a_side_or_both(void **state) {
    static const struct {
        const char *text;
        int width, height;
    } sizes[] = {{"96", 96, 96}, {"160x96", 160, 96}, {"96x160", 96, 160}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        json_t *summary = RUN(data_video(), "--max-frames", "2", "--size", sizes[i].text);
        assert_int_equal(json_number(summary, "width"), sizes[i].width);
        assert_int_equal(json_number(summary, "height"), sizes[i].height);
        json_decref(summary);
    }
}

static void test_streams_of_one_name_are_told_apart(void **state) {
    char out[4096];
    snprintf(out, sizeof out, "%s/twice", dir);
    json_t *summary = RUN(data_video(), data_video(), data_people(), "--size", "160x96",
                          "--max-frames", "5", "--out", out, "--formats", "ndjson");
    assert_int_equal(summed(summary), 15);
    assert_int_equal(json_array_size(json_object_get(summary, "streams")), 3);
    static const char *const files[] = {"bottle-detection.ndjson", "bottle-detection-2.ndjson",
                                        "one-by-one-person-detection.ndjson"};
    for (size_t i = 0; i < 3; i++) {
        json_t *lines = read_lines(test_path(out, files[i]));
        assert_int_equal(json_array_size(lines), 5);
        json_decref(lines);
    }
    json_decref(summary);
}

static void test_summary_is_text_without_json(void **state) {
    struct program p = {0};
    assert_int_equal(PROGRAM(&p, "run", data_video(), "--model", data_model(), "--size", "160x96",
                             "--max-frames", "3"),
                     0);
    program_says(&p.out, "3 frames in, 3 results, 0 dropped");
    program_says(&p.out, "at 160x96 on cpu");
    program_says(&p.out, "latency");
    program_says_not(&p.err, "weir"); /* nothing happened */
    program_says_not(&p.err, "fps"); /* too short a run for a line of progress */
    program_done(&p);
}

static void test_live_file_takes_its_own_time(void **state) {
    /* 16 frames at 10 per second: the last is due after 1.5 s, however fast the machine is */
    json_t *summary = RUN(data_people(), "--size", "160x96", "--max-frames", "16", "--live");
    json_t *stream = json_array_get(json_object_get(summary, "streams"), 0);
    assert_int_equal(summed(summary), 16);
    assert_true(json_is_true(json_object_get(stream, "live")));
    assert_true(json_number_value(json_object_get(summary, "seconds")) >= 1.4);
    json_decref(summary);
}

static void test_nothing_is_left_in_the_temporary_folder(void **state) {
    char variable[4200], empty[4096];
    snprintf(empty, sizeof empty, "%s/tmp", dir);
    snprintf(variable, sizeof variable, "TMPDIR=%s", empty);
    assert_int_equal(mkdir(empty, 0777), 0);
    struct program p = {.env = (const char *const[]){variable, NULL}};
    assert_int_equal(PROGRAM(&p, "run", data_video(), "--model", data_model(), "--size", "160x96",
                             "--max-frames", "3"),
                     0);
    assert_int_equal(rmdir(empty), 0); /* as it would not be with a file in it */
    program_done(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_sink_has_every_frame),
        cmocka_unit_test(test_two_runs_have_one_digest),
        cmocka_unit_test(test_without_tracking_no_box_has_an_id),
        cmocka_unit_test(test_higher_confidence_leaves_fewer_boxes_of_higher_score),
        cmocka_unit_test(test_only_wanted_classes_are_kept),
        cmocka_unit_test(test_size_is_a_side_or_both),
        cmocka_unit_test(test_streams_of_one_name_are_told_apart),
        cmocka_unit_test(test_summary_is_text_without_json),
        cmocka_unit_test(test_live_file_takes_its_own_time),
        cmocka_unit_test(test_nothing_is_left_in_the_temporary_folder),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
