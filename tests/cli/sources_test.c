/* Sources as users have them: broken files, folders, pipes; each failure says which and what to do.
 */
#include "cli/program.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Exit code 1, the reason on standard error and in the summary, no frame in. */
static void fails(struct program *p, const char *path, const char *said) {
    char source[4096];
    snprintf(source, sizeof source, "%s", path);
    int code = PROGRAM(p, "run", source, "--model", data_model(), "--size", "96", "--json");
    assert_int_equal(code, 1);
    json_t *summary = program_json(p);
    json_t *stream = json_array_get(json_object_get(summary, "streams"), 0);
    const char *failure = json_string_value(json_object_get(stream, "failure"));
    assert_int_equal(summed(summary), 0);
    assert_non_null(failure);
    if (!strstr(failure, said))
        fail_msg("'%s' is not in: %s", said, failure);
    program_says(&p->err, failure);
    if (strcmp(source, "-"))
        program_says(&p->err, source);
    json_decref(summary);
    program_done(p);
}
#define FAILS(source, said) fails(&(struct program){0}, source, said)

static void test_missing_file_is_named(void **state) {
    FAILS(test_path(dir, "none.mp4"), "No such file or directory; check the path");
}

static void test_empty_file_is_named(void **state) {
    FAILS(write_bytes("empty.mp4", "", 0), "the file is empty; record or copy it again");
}

static void test_file_that_is_no_video_is_named(void **state) {
    FAILS(write_bytes("letter.txt", "Dear sir,\n", 10), "is no video that FFmpeg can read");
    FAILS(write_bytes("letter.mp4", "Dear sir,\n", 10), "is no video that FFmpeg can read");
    FAILS(data_model(), "is no video");
}

static void test_file_whose_index_is_cut_off_is_named(void **state) {
    struct weir_buf whole = file_text(data_video());
    const char *path = write_bytes("cut.mp4", whole.data, whole.len / 2);
    FAILS(path, "or it is damaged");
    weir_buf_done(&whole);
}

static void test_file_that_ends_too_early_gives_what_it_has(void **state) {
    struct program p = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s/front.mp4", dir);
    TOOL(&p, "ffmpeg", "-v", "error", "-i", data_video(), "-t", "1", "-c", "copy", "-movflags",
         "+faststart", path);
    struct weir_buf whole = file_text(path);
    const char *cut = write_bytes("early.mp4", whole.data, whole.len * 2 / 3);
    assert_int_equal(
        PROGRAM(&p, "run", cut, "--model", data_model(), "--size", "96", "--json", "--quiet"), 0);
    json_t *summary = program_json(&p);
    assert_in_range(json_number(summary, "results"), 1, 28);
    assert_true(summed(summary) >= json_number(summary, "results"));
    json_decref(summary);
    weir_buf_done(&whole);
    program_done(&p);
}

static void test_one_bad_source_leaves_the_good_one_whole(void **state) {
    struct program p = {0};
    char out[4096];
    snprintf(out, sizeof out,
             "%s/"
             "mixed",
             dir);
    int code = PROGRAM(&p, "run", test_path(dir, "gone.mp4"), data_video(), "--model", data_model(),
                       "--size", "96", "--max-frames", "10", "--out", out, "--formats", "ndjson",
                       "--json");
    assert_int_equal(code, 1);
    json_t *summary = program_json(&p);
    json_t *streams = json_object_get(summary, "streams");
    assert_int_equal(summed(json_array_get(streams, 0)), 0);
    assert_true(json_is_string(json_object_get(json_array_get(streams, 0), "failure")));
    assert_int_equal(summed(json_array_get(streams, 1)), 10);
    assert_true(json_is_null(json_object_get(json_array_get(streams, 1), "failure")));
    struct weir_buf lines = file_text(test_path(out, "bottle-detection.ndjson"));
    assert_int_equal(line_count(weir_buf_str(&lines)), 10);
    weir_buf_done(&lines);
    json_decref(summary);
    program_done(&p);
}

/* ---- images, and MJPEG on standard input ---------------------------------- */

static void make_pictures(const char *folder, const char *pattern) {
    struct program p = {0};
    char to[4096];
    mkdir(folder, 0777);
    snprintf(to, sizeof to, "%s/%s", folder, pattern);
    TOOL(&p, "ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10",
         "-frames:v", "5", to);
    assert_int_equal(p.code, 0);
    program_done(&p);
}

static int64_t frames_of(struct program *p, const char *source) {
    char out[4096];
    snprintf(out, sizeof out,
             "%s/"
             "out",
             dir);
    if (PROGRAM(p, "run", source, "--model", data_model(), "--size", "96", "--json", "--quiet",
                "--out", out, "--formats", "ndjson,coco"))
        fail_msg("%s: %s", source, weir_buf_str(&p->err));
    json_t *summary = program_json(p);
    int64_t frames = summed(summary);
    assert_int_equal(json_number(summary, "results"), frames);
    json_decref(summary);
    return frames;
}

static void test_folder_and_glob_give_their_pictures_in_order(void **state) {
    struct program p = {0};
    char shots[4096], glob[4200];
    snprintf(shots, sizeof shots, "%s/shots", dir);
    make_pictures(shots, "%d.png");
    assert_int_equal(frames_of(&p, shots), 5);
    struct weir_buf lines = file_text(test_path(dir, "out/shots.ndjson"));
    const char *at = weir_buf_str(&lines);
    for (int i = 1; i <= 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "\"name\":\"%d.png\"", i);
        at = strstr(at, name);
        assert_non_null(at);
    }
    weir_buf_done(&lines);
    snprintf(glob, sizeof glob, "%s/[1-3].png", shots);
    assert_int_equal(frames_of(&p, glob), 3);
    snprintf(glob, sizeof glob, "%s/4.png", shots);
    assert_int_equal(frames_of(&p, glob), 1);
    program_done(&p);
}

static void test_folder_or_glob_without_pictures_is_named(void **state) {
    assert_int_equal(mkdir(test_path(dir, "bare"), 0777), 0);
    FAILS(test_path(dir, "bare"), "holds no pictures");
    FAILS(test_path(dir, "bare/*.jpg"), "no picture fits the pattern");
}

static void test_damaged_picture_is_one_corrupt_frame(void **state) {
    struct program p = {0};
    char shots[4096];
    snprintf(shots, sizeof shots, "%s/damaged", dir);
    make_pictures(shots, "%d.png");
    assert_int_equal(weir_file_write_all(test_path(shots, "3.png"), "no picture", 10, NULL), 0);
    PROGRAM(&p, "run", shots, "--model", data_model(), "--size", "96", "--json", "--quiet");
    json_t *summary = program_json(&p);
    assert_int_equal(summed(summary), 5);
    assert_int_equal(json_number(summary, "results"), 4);
    assert_int_equal(json_number(json_object_get(summary, "dropped"), "corrupt"), 1);
    json_decref(summary);
    program_done(&p);
}

static void test_mjpeg_comes_on_standard_input(void **state) {
    struct program made = {0}, p = {0};
    TOOL(&made, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10",
         "-frames:v", "7", "-f", "mjpeg", "-");
    assert_int_equal(made.code, 0);
    p.input = made.out.data;
    p.input_len = made.out.len;
    assert_int_equal(frames_of(&p, "-"), 7);
    struct weir_buf lines = file_text(test_path(dir, "out/stdin.ndjson"));
    assert_int_equal(line_count(weir_buf_str(&lines)), 7);
    weir_buf_done(&lines);
    program_done(&p);
    program_done(&made);
}

static void test_standard_input_without_pictures_says_so(void **state) {
    struct program p = {.input = "rubbish", .input_len = 7};
    FAILS("-", "standard input (MJPEG): no picture was found");
    fails(&p, "-", "standard input (MJPEG): no picture was found");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing_file_is_named),
        cmocka_unit_test(test_empty_file_is_named),
        cmocka_unit_test(test_file_that_is_no_video_is_named),
        cmocka_unit_test(test_file_whose_index_is_cut_off_is_named),
        cmocka_unit_test(test_file_that_ends_too_early_gives_what_it_has),
        cmocka_unit_test(test_one_bad_source_leaves_the_good_one_whole),
        cmocka_unit_test(test_folder_and_glob_give_their_pictures_in_order),
        cmocka_unit_test(test_folder_or_glob_without_pictures_is_named),
        cmocka_unit_test(test_damaged_picture_is_one_corrupt_frame),
        cmocka_unit_test(test_mjpeg_comes_on_standard_input),
        cmocka_unit_test(test_standard_input_without_pictures_says_so),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
