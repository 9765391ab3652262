/* weir scene as a user runs it: the files it writes, what they are good for, what goes wrong. */
#include "cli/program.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define SMALL "--size", "192x108", "--fps", "10", "--seconds", "2", "--quiet"

static const char *in_dir(char slot[4096], const char *name) {
    snprintf(slot, 4096, "%s/%s", dir, name);
    return slot;
}

/* Files of the scratch folder that begin like that. */
static int count_like(const char *name) {
    DIR *d = opendir(dir);
    int n = 0;
    for (struct dirent *e; (e = readdir(d));)
        n += !strncmp(e->d_name, name, strlen(name));
    closedir(d);
    return n;
}

static void draw(const char *file, const char *seed) {
    struct program p = {0};
    if (PROGRAM(&p, "scene", "--seed", seed, "--profile", "rush", SMALL, "-o", file))
        fail_msg("%s", weir_buf_str(&p.err));
    assert_int_equal(p.err.len, 0);
    program_says(&p.out, "20 frames, ");
    program_done(&p);
}

static bool same_files(const char *a, const char *b) {
    struct weir_buf x = file_text(a), y = file_text(b);
    bool same = x.len == y.len && !memcmp(x.data, y.data, x.len);
    weir_buf_done(&x);
    weir_buf_done(&y);
    return same;
}

/* The labels without the video's own name, which is in every file_name. */
static bool same_labels(const char *a, const char *b) {
    char x[4096], y[4096];
    json_t *p = json_load_file(in_dir(x, a), 0, NULL), *q = json_load_file(in_dir(y, b), 0, NULL);
    assert_true(p && q);
    bool same = json_equal(json_object_get(p, "annotations"), json_object_get(q, "annotations"));
    json_decref(p);
    json_decref(q);
    return same;
}

static void test_same_seed_gives_the_same_bytes(void **state) {
    char a[4096], b[4096];
    draw(in_dir(a, "a/s.y4m"), "5");
    draw(in_dir(a, "b/s.y4m"), "5");
    assert_true(same_files(in_dir(a, "a/s.coco.json"), in_dir(b, "b/s.coco.json")));
    assert_true(same_files(in_dir(a, "a/s.mot.txt"), in_dir(b, "b/s.mot.txt")));
    assert_true(same_files(in_dir(a, "a/s.y4m"), in_dir(b, "b/s.y4m")));
    draw(in_dir(a, "c/s.y4m"), "6");
    assert_false(same_labels("a/s.coco.json", "c/s.coco.json"));
    assert_false(same_files(in_dir(a, "a/s.y4m"), in_dir(b, "c/s.y4m")));
}

static void test_labels_are_cocos_annotations(void **state) {
    static const struct {
        const char *name;
        int id;
    } classes[] = {{"person", 1}, {"bicycle", 2}, {"car", 3}, {"bus", 6}, {"truck", 8}};
    char path[4096];
    draw(in_dir(path, "coco.mp4"), "5");
    json_t *root = json_load_file(in_dir(path, "coco.coco.json"), 0, NULL);
    const json_t *images = json_object_get(root, "images");
    const json_t *categories = json_object_get(root, "categories");
    const json_t *annotations = json_object_get(root, "annotations");
    assert_int_equal(json_array_size(images), 20);
    for (size_t i = 0; i < 20; i++) {
        const json_t *image = json_array_get(images, i);
        char name[64];
        snprintf(name, sizeof name, "coco/%06zu.png", i);
        assert_int_equal(json_number(image, "id"), i);
        assert_string_equal(json_string_value(json_object_get(image, "file_name")), name);
        assert_int_equal(json_number(image, "width"), 192);
        assert_int_equal(json_number(image, "height"), 108);
    }
    assert_int_equal(json_array_size(categories), 5);
    for (size_t k = 0; k < 5; k++) {
        const json_t *c = json_array_get(categories, k);
        assert_string_equal(json_string_value(json_object_get(c, "name")), classes[k].name);
        assert_int_equal(json_number(c, "id"), classes[k].id);
    }
    assert_true(json_array_size(annotations) > 20); /* rush hour */
    for (size_t i = 0; i < json_array_size(annotations); i++) {
        const json_t *a = json_array_get(annotations, i);
        assert_int_equal(json_number(a, "id"), i + 1);
        assert_in_range(json_number(a, "image_id"), 0, 19);
        assert_true(json_number(a, "track_id") >= 1);
        assert_int_equal(json_number(a, "iscrowd"), 0);
        double v = json_number_value(json_object_get(a, "visibility"));
        assert_true(v > 0 && v <= 1);
        double side[4];
        for (size_t k = 0; k < 4; k++)
            side[k] = json_number_value(json_array_get(json_object_get(a, "bbox"), k));
        assert_true(side[0] >= 0 && side[1] >= 0 && side[2] > 0 && side[3] > 0);
        assert_true(side[0] + side[2] <= 192 && side[1] + side[3] <= 108);
        assert_float_equal(json_number_value(json_object_get(a, "area")), side[2] * side[3], .01);
    }
    /* the other file says the same */
    struct weir_buf mot = file_text(in_dir(path, "coco.mot.txt"));
    assert_int_equal(line_count(weir_buf_str(&mot)), json_array_size(annotations));
    weir_buf_done(&mot);
    json_decref(root);
}

static void frames_are(const char *file, const char *rate, int frames) {
    struct program p = {0};
    char want[128];
    TOOL(&p, "ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-show_entries",
         "stream=width,height,r_frame_rate,nb_read_frames", "-of", "csv=p=0", file);
    snprintf(want, sizeof want, "192,108,%s,%d", rate, frames);
    program_says(&p.out, want);
    program_done(&p);
}

static void test_videos_hold_every_frame_at_its_rate(void **state) {
    static const char *const names[] = {"v.mp4", "v.mkv", "v.y4m"};
    char path[4096];
    for (int i = 0; i < 3; i++) {
        draw(in_dir(path, names[i]), "1");
        frames_are(path, "10/1", 20);
    }
    struct program p = {0};
    assert_int_equal(PROGRAM(&p, "scene", "--size", "192x108", "--fps", "0.5", "--seconds", "10",
                             "--quiet", "-o", in_dir(path, "slow.y4m")),
                     0);
    frames_are(path, "1/2", 5);
    program_done(&p);
}

/* The rate, the size and the pictures of a run on the video are those of its truth. */
static void test_run_on_the_video_is_measured_against_its_labels(void **state) {
    char video[4096], truth[4096], out[4096], found[4096];
    struct program p = {0};
    draw(in_dir(video, "m.mp4"), "5");
    assert_int_equal(PROGRAM(&p, "run", video, "--model", data_model(), "--size", "192x128",
                             "--quiet", "--out", in_dir(out, "out")),
                     0);
    in_dir(truth, "m.coco.json");
    in_dir(found, "out/m.coco.json");
    assert_int_equal(PROGRAM(&p, "eval", "coco", "--results", found, "--annotations", truth,
                             "--min-height", "8", "--min-visibility", "0.3", "--json"),
                     0);
    json_t *json = program_json(&p);
    assert_int_equal(json_number(json, "images"), 20);
    assert_true(json_number_value(json_object_get(json, "ap50")) >= 0);
    json_decref(json);
    in_dir(found, "out/m.ndjson");
    assert_int_equal(PROGRAM(&p, "eval", "f1", "--results", found, "--truth", truth, "--json"), 0);
    /* the truth against itself */
    in_dir(found, "m.mot.txt");
    assert_int_equal(PROGRAM(&p, "eval", "mot", "--results", found, "--truth", found, "--json"), 0);
    json = program_json(&p);
    assert_float_equal(json_number_value(json_object_get(json, "mota")), 1, 0);
    json_decref(json);
    program_done(&p);
}

static void test_single_frame_is_written_as_png(void **state) {
    struct program p = {0};
    char a[4096], b[4096];
    assert_int_equal(PROGRAM(&p, "scene", SMALL, "--picture", in_dir(a, "a.png")), 0);
    assert_int_equal(PROGRAM(&p, "scene", SMALL, "--at", "1.9", "--picture", in_dir(b, "b.png")),
                     0);
    struct weir_buf png = file_text(a);
    assert_memory_equal(png.data, "\x89PNG\r\n\x1a\n", 8);
    weir_buf_done(&png);
    assert_false(same_files(a, b));
    assert_int_equal(count_like("a."), 1); /* nothing else */
    program_done(&p);
}

/* ---- what goes wrong ------------------------------------------------------ */

static void misused_list(const char *part, const char *const *args) {
    struct program p = {.cwd = dir};
    int code = program_run(&p, args);
    program_says(&p.err, part);
    assert_int_equal(code, 2);
    assert_int_equal(p.out.len, 0);
    assert_int_equal(count_like("bad"), 0);
    program_done(&p);
}
#define MISUSED(part, ...) misused_list(part, (const char *const[]){"scene", __VA_ARGS__, NULL})

static void test_wrong_use_is_named_before_any_work(void **state) {
    MISUSED("give one of -o FILE and --picture FILE", "--seed", "1");
    MISUSED("give one of -o FILE and --picture FILE", "-o", "bad.mp4", "--picture", "bad.png");
    MISUSED("-o needs a value", "-o");
    MISUSED("allowed: a file that ends in .mp4, .mkv or .y4m", "-o", "bad");
    MISUSED("allowed: a file that ends in .mp4, .mkv or .y4m", "-o", "bad.txt");
    MISUSED("takes no arguments, found 'x'", "-o", "bad.mp4", "x");
    MISUSED("seed is \"x\"; allowed: a whole number", "-o", "bad.mp4", "--seed", "x");
    MISUSED("seed is \"-1\"", "-o", "bad.mp4", "--seed=-1");
    MISUSED("--seed: found '1,fps=2'; allowed: one value", "-o", "bad.mp4", "--seed", "1,fps=2");
    MISUSED("fps is 200; allowed: 0.01 to 120", "-o", "bad.mp4", "--fps", "200");
    MISUSED("seconds is 0; allowed: more than 0", "-o", "bad.mp4", "--seconds", "0");
    MISUSED("size is 161x90; allowed: even numbers", "-o", "bad.mp4", "--size", "161x90");
    MISUSED("size is \"big\"; allowed: WIDTHxHEIGHT", "-o", "bad.mp4", "--size", "big");
    MISUSED("allowed: calm, rush, mixed, far or empty", "-o", "bad.mp4", "--profile", "fast");
    MISUSED("--at belongs to --picture", "-o", "bad.mp4", "--at", "1");
    MISUSED("--at: found '60'; allowed: from 0 to below 60", "--picture", "bad.png", "--at", "60");
    MISUSED("--at: found 'noon'", "--picture", "bad.png", "--at", "noon");
    MISUSED("--quality: annotate.quality: found 52", "-o", "bad.mp4", "--quality", "52");
    MISUSED("did you mean --seconds?", "-o", "bad.mp4", "--secnds", "3");
}

static void failed_list(const char *part, const char *const *args) {
    struct program p = {.cwd = dir};
    int code = program_run(&p, args);
    program_says(&p.err, part);
    assert_int_equal(code, 1);
    assert_int_equal(count_like("bad"), 0);
    program_done(&p);
}
#define FAILED(part, ...) failed_list(part, (const char *const[]){"scene", __VA_ARGS__, NULL})

static void test_what_cannot_be_written_is_named(void **state) {
    char path[4096];
    assert_int_equal(weir_file_write_all(in_dir(path, "file"), "x", 1, NULL), 0);
    FAILED("nope is not there; FFmpeg on this machine has", "-o", "bad.mp4", "--encoder", "nope");
    FAILED("cannot hold", "-o", "bad.y4m", "--encoder", "mpeg4");
    FAILED("file", "-o", "file/bad.mp4");
    FAILED("file", "--picture", "file/bad.png", SMALL);
}

static void test_full_disk_leaves_nothing(void **state) {
    /* Room for the labels, not for the video; for a part of both; for next to nothing. */
    static const rlim_t limits[] = {60000, 4000, 100};
    struct rlimit was;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct program p = {.cwd = dir};
        struct rlimit small = {limits[i], was.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        program_start(&p, (const char *const[]){"scene", SMALL, "--profile", "rush", "-o",
                                                i == 1 ? "full.mp4" : "full.y4m", NULL});
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
        assert_int_equal(program_finish(&p), 1);
        program_says(&p.err, "free some space or write elsewhere");
        assert_int_equal(count_like("full"), 0);
        program_done(&p);
    }
}

static void test_ctrl_c_leaves_nothing_and_says_so(void **state) {
    struct program p = {.columns = 100, .cwd = dir};
    program_start(&p, (const char *const[]){"scene", "--size", "192x108", "--seconds", "86400",
                                            "-o", "cut.mp4", NULL});
    program_wait_for(&p, "ETA");
    kill(p.pid, SIGINT);
    assert_int_equal(program_finish(&p), 1);
    program_says(&p.out, "interrupted after ");
    program_says(&p.out, "cut.mp4 is not written");
    assert_int_equal(count_like("cut"), 0);
    program_done(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_gives_the_same_bytes),
        cmocka_unit_test(test_labels_are_cocos_annotations),
        cmocka_unit_test(test_videos_hold_every_frame_at_its_rate),
        cmocka_unit_test(test_run_on_the_video_is_measured_against_its_labels),
        cmocka_unit_test(test_single_frame_is_written_as_png),
        cmocka_unit_test(test_wrong_use_is_named_before_any_work),
        cmocka_unit_test(test_what_cannot_be_written_is_named),
        cmocka_unit_test(test_full_disk_leaves_nothing),
        cmocka_unit_test(test_ctrl_c_leaves_nothing_and_says_so),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
