/* weir profile SOURCE as a user runs it: the project's own detectors on few small frames. */
#include "cli/program.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "profile/profile.h"

#define STREET "scene:seed=3,profile=rush,size=320x192,fps=25,seconds=0.2" /* 5 frames */
#define OTHER "scene:seed=4,profile=rush,size=320x192,fps=25,seconds=0.2"
#define LONG "scene:seed=5,profile=rush,size=320x192,fps=25,seconds=8000"

/* A street as a video with labels, and as one without; a model of one's own. */
static int prepare(void **state) {
    struct program p = {0};
    struct weir_error err = {0};
    char *data;
    size_t len;
    make_dir(state);
    p.cwd = dir;
    if (PROGRAM(&p, "scene", "--seed", "3", "--profile", "rush", "--size", "320x192", "--seconds",
                "0.2", "-o", "yard.mp4", "--quiet"))
        fail_msg("%s", weir_buf_str(&p.err));
    program_done(&p);
    assert_int_equal(weir_file_read(test_path(dir, "yard.mp4"), 1 << 24, &data, &len, &err), 0);
    write_bytes("bare.mp4", data, len);
    free(data);
    assert_int_equal(
        weir_file_read(test_source("models/street_n.onnx"), 1 << 24, &data, &len, &err), 0);
    write_bytes("mine.onnx", data, len);
    write_bytes("odd.onnx", data, len);
    write_bytes("alien.onnx", data, len);
    free(data);
    write_text("odd.yaml", "classes: [person, tram, car, bus, truck]\n"); /* no bicycle */
    write_text("alien.yaml", "classes: [a, b, c, d, e]\n");
    return 0;
}

static void profile_list(struct program *p, const char *const *args) {
    *p = (struct program){.cwd = dir};
    if (program_run(p, args))
        fail_msg("exit code %d: %s", p->code, weir_buf_str(&p->err));
}
#define PROFILE(p, ...)                                                                            \
    profile_list(p, (const char *const[]){"profile", __VA_ARGS__, "--quiet", NULL})

static json_t *file_json(const char *name) {
    json_t *root = json_load_file(test_path(dir, name), 0, NULL);
    assert_non_null(root);
    return root;
}

/* Of all classes together, or of one. */
static int64_t total(const json_t *root, const char *class, const char *key) {
    const json_t *of = json_object_get(json_object_get(root, "classes"), class);
    const json_t *counts = json_object_get(of, key);
    int64_t sum = 0;
    for (size_t i = 0; i < json_array_size(counts); i++)
        sum += json_integer_value(json_array_get(counts, i));
    return sum;
}

/* ---- what is measured ------------------------------------------------------------ */

static void test_labelled_scenes_give_what_eval_scenes_gives(void **state) {
    struct program p;
    PROFILE(&p, STREET, OTHER, "--models", "street_n,street_s", "--widths", "160,320", "-o", "a");
    SAYS_ALL(&p.out, "street_n    160x96      10 ", "street_s   320x192      10 ");
    program_done(&p);
    p = (struct program){.cwd = dir};
    if (PROGRAM(&p, "eval", "scenes", "--seeds", "3-4", "--profile", "rush", "--size", "320x192",
                "--fps", "25", "--seconds", "0.2", "--models", "street_n,street_s", "--widths",
                "160,320", "--profile-out", "b", "--quiet"))
        fail_msg("%s", weir_buf_str(&p.err));
    program_done(&p);
    static const char *const name[] = {"street_n", "street_s"};
    for (int i = 0; i < 2; i++) {
        char path[64];
        snprintf(path, sizeof path, "a/%s.accuracy.json", name[i]);
        json_t *ours = file_json(path);
        snprintf(path, sizeof path, "b/%s.accuracy.json", name[i]);
        json_t *theirs = file_json(path);
        assert_true(total(ours, "all", "truths") > 20);
        /* but for what says which pictures these were */
        assert_int_equal(json_object_del(ours, "sources"), 0);
        assert_int_equal(json_object_del(theirs, "scenes"), 0);
        assert_true(json_equal(ours, theirs));
        json_decref(ours);
        json_decref(theirs);
    }
}

static void test_labels_beside_a_video_are_its_truth(void **state) {
    struct program p;
    PROFILE(&p, "yard.mp4", "--models", "street_n", "-o", "labels");
    /* without --widths a ladder that ends at the picture's own */
    SAYS_ALL(&p.out, "160x96", "224x160", "320x192");
    program_says_not(&p.out, "416x");
    program_done(&p);
    PROFILE(&p, STREET, "--models", "street_n", "-o", "drawn");
    program_done(&p);
    json_t *labels = file_json("labels/street_n.accuracy.json"),
           *drawn = file_json("drawn/street_n.accuracy.json");
    assert_int_equal(json_number(labels, "pictures"), 15);
    assert_int_equal(total(labels, "all", "truths"), total(drawn, "all", "truths"));
    assert_true(total(labels, "all", "found") > 0);
    json_decref(labels);
    json_decref(drawn);
}

static void test_what_a_reference_finds_is_truth_where_nothing_is_labelled(void **state) {
    struct program p;
    struct weir_sight sight;
    struct weir_error err = {0};
    PROFILE(&p, "bare.mp4", "--models", "street_n,street_m", "--against", "street_m", "--widths",
            "160,320", "-o", "against");
    program_says(&p.err, "written to against/street_m.accuracy.json");
    program_done(&p);
    json_t *root = file_json("against/street_m.accuracy.json");
    const json_t *sources = json_object_get(root, "sources");
    assert_string_equal(json_string_value(json_object_get(sources, "reference")), "street_m");
    /* at the pictures' full size the reference agrees with itself */
    int64_t truths = total(root, "all", "truths");
    assert_true(truths > 10 && total(root, "all", "found") >= truths / 2);
    json_decref(root);
    if (weir_sight_read(test_path(dir, "against/street_n.accuracy.json"), &sight, &err))
        fail_msg("%s", err.text);
    assert_string_equal(sight.model, "street_n");
    assert_int_equal(sight.classes, 5);
    assert_true(sight.conf > 0 && sight.conf < 1);
    weir_sight_done(&sight);
}

static void test_a_reference_replaces_labels(void **state) {
    struct program p;
    PROFILE(&p, "yard.mp4", "--models", "street_n", "--against", "street_m", "--widths", "320",
            "-o", "both");
    program_done(&p);
    PROFILE(&p, "bare.mp4", "--models", "street_n", "--against", "street_m", "--widths", "320",
            "-o", "one");
    program_done(&p);
    json_t *both = file_json("both/street_n.accuracy.json"),
           *one = file_json("one/street_n.accuracy.json");
    assert_true(json_equal(json_object_get(both, "classes"), json_object_get(one, "classes")));
    json_decref(both);
    json_decref(one);
}

static void test_a_stated_threshold_is_kept(void **state) {
    struct program p;
    PROFILE(&p, STREET, "--models", "street_n", "--widths", "320", "--conf", "0.7", "-o", "conf",
            "--json");
    json_t *shown = program_json(&p), *root = file_json("conf/street_n.accuracy.json");
    const json_t *row = json_array_get(json_object_get(shown, "results"), 0);
    assert_float_equal(json_number_value(json_object_get(root, "conf")), 0.7, 1e-9);
    assert_float_equal(json_number_value(json_object_get(row, "conf")), 0.7, 1e-9);
    assert_int_equal(json_number(json_object_get(shown, "sources"), "frames"), 5);
    json_decref(shown);
    program_done(&p);
    PROFILE(&p, STREET, "--models", "street_n", "--widths", "320", "--conf", "0.05", "-o", "low");
    program_done(&p);
    json_t *low = file_json("low/street_n.accuracy.json");
    assert_true(total(low, "all", "found") > total(root, "all", "found"));
    assert_true(total(low, "all", "false_alarms") > total(root, "all", "false_alarms"));
    json_decref(low);
    json_decref(root);
}

static void test_classes_that_only_one_side_has_are_told_and_left_out(void **state) {
    struct program p;
    PROFILE(&p, "bare.mp4", "--models", "./odd.onnx", "--against", "street_m", "--widths", "320",
            "-o", "shared");
    program_says(&p.err, "odd has no class bicycle: left out");
    program_says(&p.err, "odd has classes that are not labelled, tram: left out");
    program_done(&p);
    json_t *root = file_json("shared/odd.accuracy.json");
    const json_t *classes = json_object_get(root, "classes");
    assert_int_equal(json_object_size(classes), 5); /* and all */
    assert_null(json_object_get(classes, "bicycle"));
    assert_null(json_object_get(classes, "tram"));
    json_decref(root);
    PROFILE(&p, STREET, "--models", "street_n", "--widths", "320", "--classes", "person,car", "-o",
            "chosen");
    program_says_not(&p.err, "left out");
    program_done(&p);
    root = file_json("chosen/street_n.accuracy.json");
    assert_int_equal(json_object_size(json_object_get(root, "classes")), 3);
    assert_true(total(root, "person", "truths") > 0);
    json_decref(root);
}

/* ---- what is made of it ------------------------------------------------------------ */

static void refused_list(int code, const char *part, const char *const *args) {
    struct program p = {.cwd = dir};
    int got = program_run(&p, args);
    program_says(&p.err, part);
    assert_int_equal(got, code);
    assert_int_equal(p.out.len, 0);
    program_done(&p);
}
#define REFUSED(code, part, ...)                                                                   \
    refused_list(code, part, (const char *const[]){"profile", __VA_ARGS__, "--quiet", NULL})

static void test_it_goes_beside_the_model_and_replaces_nothing_unasked(void **state) {
    struct program p;
    PROFILE(&p, STREET, "--models", "./mine.onnx", "--widths", "320");
    program_says(&p.err, "written to ./mine.accuracy.json");
    program_done(&p);
    struct weir_buf before = file_text(test_path(dir, "mine.accuracy.json"));
    REFUSED(1, "./mine.accuracy.json is there already; to replace it, name its folder: -o ./",
            OTHER, "--models", "./mine.onnx");
    struct weir_buf kept = file_text(test_path(dir, "mine.accuracy.json"));
    assert_string_equal(before.data, kept.data);
    PROFILE(&p, OTHER, "--models", "./mine.onnx", "--widths", "320", "-o", "./");
    program_done(&p);
    struct weir_buf now = file_text(test_path(dir, "mine.accuracy.json"));
    assert_string_not_equal(before.data, now.data);
    weir_buf_done(&before);
    weir_buf_done(&kept);
    weir_buf_done(&now);
}

static void run_list(const char *const *env, const char *const *args) {
    struct program p = {.cwd = dir, .env = env};
    if (program_run(&p, args))
        fail_msg("exit code %d: %s", p.code, weir_buf_str(&p.err));
    program_done(&p);
}

static void test_simulations_take_it(void **state) {
    char models[4200];
    struct program p;
    snprintf(models, sizeof models, "WEIR_MODELS=%s/own", dir);
    const char *env[] = {models, NULL};
    assert_int_equal(mkdir(test_path(dir, "own"), 0777), 0);
    struct weir_buf model = file_text(test_path(dir, "mine.onnx"));
    write_bytes("own/cam.onnx", model.data, model.len);
    weir_buf_done(&model);
    PROFILE(&p, "bare.mp4", "--models", "own/cam.onnx", "--against", "street_m");
    program_done(&p);
    run_list(env, (const char *const[]){"record", "gate=bare.mp4", "--models", "cam", "--reference",
                                        "street_m", "--widths", "160", "--codecs", "jpeg", "-o",
                                        "gate.table", "--quiet", NULL});
    write_text("gate.site.yaml",
               "site: gate\nnodes:\n  edge: { tier: edge }\n"
               "  core: { tier: core }\n"
               "links: [ { from: edge, to: core, mbit_per_s: 50, rtt_ms: 2 } ]\n");
    write_text("gate.yaml", "scenario: gate\nsite: gate.site.yaml\ntable: gate.table\n"
                            "seconds: 2\nwarm_up_s: 0\nwindow_s: 1\nseeds: 1\nusers: [1]\n"
                            "cameras: { nodes: [edge], clips: [gate], rate_fps: 25 }\n"
                            "slo: { deadline_ms: 200, min_accuracy: 0.1 }\n"
                            "reference: { model: cam, width: 320 }\n");
    const char *const sim[] = {"sim",           "gate.yaml",      "--strategies", "weir",
                               "--best-effort", "--no-hindsight", "--quiet",      NULL};
    run_list(env, sim);
    write_text("own/cam.accuracy.json", "{}"); /* it is this one that was read */
    p = (struct program){.cwd = dir, .env = env};
    assert_int_equal(program_run(&p, sim), 1);
    program_says(&p.err, "own/cam.accuracy.json");
    program_says(&p.err, "make it anew: weir profile SOURCE... --models NAME -o DIR");
    program_done(&p);
}

/* ---- what is refused ---------------------------------------------------------------- */

static void test_wrong_use_is_named_before_any_work(void **state) {
    REFUSED(2, "with SOURCE it needs --models A,B,…", STREET);
    REFUSED(2, "--against needs a SOURCE, such as scene:seed=7 or street.mp4", "--against", "x");
    REFUSED(2, "--min-height needs a SOURCE", "--min-height", "8");
    REFUSED(2, "--conf needs a SOURCE", "--models", "x", "--conf", "0.3");
    REFUSED(2, "--max-frames needs a SOURCE", "--max-frames", "3");
    REFUSED(2, "--seconds is about costs, which are measured without SOURCE: leave it out", STREET,
            "--models", "x", "--seconds", "3");
    REFUSED(2, "--show is about costs", STREET, "--models", "x", "--show", "y");
    REFUSED(2, "--widths: found '16'; allowed: whole numbers from 32 to 8192", STREET, "--models",
            "x", "--widths", "16");
    REFUSED(2, "--widths: 64 is named twice", STREET, "--models", "x", "--widths", "64,64");
    REFUSED(2, "--conf: detect.conf: found 2; allowed: a number from 0 to 1", STREET, "--models",
            "x", "--conf", "2");
    REFUSED(2, "--min-height: found '-1'", STREET, "--models", "x", "--min-height=-1");
    REFUSED(2, "--min-visibility: what --against finds does not say", STREET, "--models", "x",
            "--against", "y", "--min-visibility", "0.5");
    REFUSED(2, "-o: found 'x.json'; allowed with SOURCE: a folder", STREET, "--models", "x", "-o",
            "x.json");
    REFUSED(2, "unknown option --width; did you mean --widths?", STREET, "--width", "3");
}

static void test_what_is_not_there_is_named(void **state) {
    REFUSED(1, "no_such_model", STREET, "--models", "no_such_model", "-o", "no");
    REFUSED(1, "no_such_reference", STREET, "--models", "street_n", "--against",
            "no_such_reference", "-o", "no");
    REFUSED(1, "none.mp4: No such file", "none.mp4", "--models", "street_n", "-o", "no");
    REFUSED(1,
            "bare.mp4 has no ground truth: there is no bare.coco.json; label it, or let a "
            "model's boxes at full size be the truth with --against MODEL",
            "bare.mp4", "--models", "street_n", "-o", "no");
    REFUSED(1, "is live, and does not show the same twice", "rtsp://127.0.0.1:1/x", "--models",
            "street_n", "--against", "street_m", "-o", "no");
    assert_false(weir_file_exists(test_path(dir, "no")));
}

static void test_a_video_without_frames_or_labels_is_refused(void **state) {
    write_text("empty.mp4", "");
    REFUSED(1, "empty.mp4: the file is empty", "empty.mp4", "--models", "street_n", "--against",
            "street_m", "-o", "no");
    write_text("text.mp4", "no video");
    REFUSED(1, "text.mp4", "text.mp4", "--models", "street_n", "--against", "street_m", "-o", "no");
    struct weir_buf video = file_text(test_path(dir, "bare.mp4"));
    write_bytes("blank.mp4", video.data, video.len);
    weir_buf_done(&video);
    write_text("blank.coco.json",
               "{\"images\": [{\"id\": 0, \"width\": 320, \"height\": 192, \"file_name\": \"0\"}], "
               "\"categories\": [{\"id\": 1, \"name\": \"person\"}], \"annotations\": []}");
    REFUSED(1, "blank.coco.json: nothing is labelled in it; label what is to be found", "blank.mp4",
            "--models", "street_n", "-o", "no");
    write_text("blank.coco.json",
               "{\"images\": [{\"id\": 0, \"width\": 320, \"height\": 192, \"file_name\": \"0\"}], "
               "\"categories\": [{\"id\": 1, \"name\": \"person\"}], \"annotations\": [{\"id\": 1, "
               "\"image_id\": 0, \"category_id\": 1, \"bbox\": [9, 9, 20, 60], \"area\": 1200, "
               "\"iscrowd\": 0}]}");
    REFUSED(1, "blank.coco.json: frame 1 has no image of that id; label every frame", "blank.mp4",
            "--models", "street_n", "-o", "no");
    REFUSED(1, "--min-visibility: blank.coco.json does not state", "blank.mp4", "--models",
            "street_n", "--min-visibility", "0.5", "-o", "no");
    REFUSED(1, "--classes: found 'tram'; the truth has no such class", "blank.mp4", "--models",
            "street_n", "--classes", "person,tram", "-o", "no");
    assert_false(weir_file_exists(test_path(dir, "no/street_n.accuracy.json")));
}

static void test_truth_that_a_model_cannot_find_is_no_measure(void **state) {
    REFUSED(1,
            "alien.onnx: none of its classes (a, …) is among those of the truth (person, …); "
            "name the classes in a sidecar",
            "bare.mp4", "--models", "./alien.onnx", "--against", "street_m", "-o", "no");
    REFUSED(1, "none of its classes (person, …) is among those of the truth (a, …)", "bare.mp4",
            "--models", "street_n", "--against", "./alien.onnx", "-o", "no");
    REFUSED(1,
            "street_m.onnx: it finds nothing in bare that street_n could find, too, and that is "
            "191 pixels high (--min-height); show it another clip, or take another reference",
            "bare.mp4", "--models", "street_n", "--against", "street_m", "--min-height", "191",
            "-o", "no");
    REFUSED(1, "nothing is labelled that street_n could find", STREET, "--models", "street_n",
            "--widths", "160", "--min-height", "191", "-o", "no");
    assert_false(weir_file_exists(test_path(dir, "no/street_n.accuracy.json")));
}

static void test_sizes_that_do_not_fit_are_named(void **state) {
    REFUSED(1,
            "--widths: found 352; the pictures are 320 wide, and nothing is enlarged: allowed: "
            "up to 320",
            STREET, "--models", "street_n", "--widths", "160,352", "-o", "no");
    REFUSED(1, "size: found 100x64; allowed: multiples of 32", STREET, "--models", "street_n",
            "--widths", "100", "-o", "no");
    REFUSED(1, "is 640x360, but yard is 320x192; a profile's clips are of one size", "yard.mp4",
            "scene:size=640x360", "--models", "street_n", "-o", "no");
}

static void test_a_place_that_cannot_be_written_is_told_at_once(void **state) {
    write_text("file", "");
    REFUSED(1, "cannot create the folder file", LONG, "--models", "street_n", "-o", "file");
    REFUSED(1, "cannot create the folder file: a file of that name is in the way", LONG, "--models",
            "street_n", "-o", "file/in");
    assert_int_equal(mkdir(test_path(dir, "taken"), 0777), 0);
    assert_int_equal(mkdir(test_path(dir, "taken/street_n.accuracy.json"), 0777), 0);
    REFUSED(1, "taken/street_n.accuracy.json: is no file", LONG, "--models", "street_n", "-o",
            "taken");
}

static void test_ctrl_c_leaves_no_file(void **state) {
    for (int i = 0; i < 2; i++) { /* while models look, and while the reference does */
        struct program p = {.columns = 100, .cwd = dir};
        assert_int_equal(mkdir(test_path(dir, i ? "cut1" : "cut0"), 0777), 0);
        program_start(&p, (const char *const[]){"profile", LONG, "--models", "street_n", "-o",
                                                i ? "cut1" : "cut0", i ? "--against" : NULL,
                                                "street_m", NULL});
        program_wait_for(&p, "inferences");
        kill(p.pid, SIGINT);
        assert_int_equal(program_finish(&p), 1);
        program_says(&p.out, "interrupted after ");
        program_says(&p.out, "inferences: nothing is written");
        program_says_not(&p.out, "AP50");
        program_done(&p);
        DIR *left = opendir(test_path(dir, i ? "cut1" : "cut0"));
        assert_non_null(left);
        for (struct dirent *e; (e = readdir(left));)
            if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
                fail_msg("%s was left", e->d_name);
        closedir(left);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labelled_scenes_give_what_eval_scenes_gives),
        cmocka_unit_test(test_labels_beside_a_video_are_its_truth),
        cmocka_unit_test(test_what_a_reference_finds_is_truth_where_nothing_is_labelled),
        cmocka_unit_test(test_a_reference_replaces_labels),
        cmocka_unit_test(test_a_stated_threshold_is_kept),
        cmocka_unit_test(test_classes_that_only_one_side_has_are_told_and_left_out),
        cmocka_unit_test(test_it_goes_beside_the_model_and_replaces_nothing_unasked),
        cmocka_unit_test(test_simulations_take_it),
        cmocka_unit_test(test_wrong_use_is_named_before_any_work),
        cmocka_unit_test(test_what_is_not_there_is_named),
        cmocka_unit_test(test_a_video_without_frames_or_labels_is_refused),
        cmocka_unit_test(test_truth_that_a_model_cannot_find_is_no_measure),
        cmocka_unit_test(test_sizes_that_do_not_fit_are_named),
        cmocka_unit_test(test_a_place_that_cannot_be_written_is_told_at_once),
        cmocka_unit_test(test_ctrl_c_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, prepare, remove_dir);
}
