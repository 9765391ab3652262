/* weir record as a user runs it: real detectors on few small frames, and the table they make. */
#include "cli/program.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/table.h"

/* 8 frames of a full street. */
#define STREET "scene:seed=1,profile=rush,size=320x192,fps=25,seconds=0.32"
#define OTHER "scene:seed=7,profile=rush,size=320x192,fps=25,seconds=0.16"
#define LONG "scene:seed=2,profile=rush,size=320x192,fps=25,seconds=8000"

static const char *street_n(void) {
    return test_source("models/street_n.onnx");
}

static void record_list(const char *const *args) {
    struct program p = {.cwd = dir};
    if (program_run(&p, args))
        fail_msg("exit code %d: %s", p.code, weir_buf_str(&p.err));
    program_done(&p);
}
#define RECORD(...) record_list((const char *const[]){"record", __VA_ARGS__, "--quiet", NULL})

static struct sim_table open_table(const char *name) {
    struct sim_table t;
    struct weir_error err = {0};
    if (sim_table_open(test_path(dir, name), &t, &err))
        fail_msg("%s", err.text);
    return t;
}

/* All boxes of a setting in a clip. */
static size_t boxes_of(const struct sim_table *t, int clip, int setting) {
    size_t all = 0, len;
    for (int64_t f = 0; f < t->clip[clip].frames; f++) {
        sim_table_boxes(t, clip, setting, f, &len);
        all += len;
    }
    return all;
}

static void check_setting(const struct sim_table_setting *s, int width, int travel, int quality) {
    assert_int_equal(s->model, 0);
    assert_int_equal(s->width, width);
    assert_int_equal(s->height, width * 192 / 320);
    assert_int_equal(s->travel, travel);
    assert_int_equal(s->quality, quality);
    assert_true(s->infer_ns > 0);
    assert_int_equal(s->encode_ns > 0, travel != WEIR_TRAVEL_NONE);
    assert_int_equal(s->decode_ns > 0, travel != WEIR_TRAVEL_NONE);
}

static void test_table_holds_every_setting_of_every_frame(void **state) {
    RECORD("rush=" STREET, OTHER, "--models", street_n(), "--widths", "160", "--qualities", "50,90",
           "--crf", "30", "-o", "whole.table");
    struct sim_table t = open_table("whole.table");
    assert_int_equal(t.models, 1);
    assert_string_equal(t.model[0], "street_n");
    assert_int_equal(t.classes, 5);
    assert_string_equal(t.class_name[0], "person");
    assert_int_equal(t.clips, 2);
    assert_string_equal(t.clip[0].name, "rush");
    assert_string_equal(t.clip[1].name, "scene");
    assert_int_equal(t.clip[0].frames, 8);
    assert_int_equal(t.clip[1].frames, 4);
    assert_true(t.clip[0].width == 320 && t.clip[0].height == 192 && t.clip[0].rate_fps == 25);
    assert_true(strstr(t.machine, " cores") && !strstr(t.machine, "threads"));
    assert_int_equal(t.settings, 8); /* the own width comes by itself */
    for (int w = 0; w < 2; w++) {
        const struct sim_table_setting *s = t.setting + 4 * w;
        check_setting(&s[0], w ? 320 : 160, WEIR_TRAVEL_NONE, 0);
        check_setting(&s[1], w ? 320 : 160, WEIR_TRAVEL_JPEG, 50);
        check_setting(&s[2], w ? 320 : 160, WEIR_TRAVEL_JPEG, 90);
        check_setting(&s[3], w ? 320 : 160, WEIR_TRAVEL_H264, 30);
        for (int64_t f = 0; f < 8; f++) {
            assert_int_equal(sim_table_bytes(&t, 0, 4 * w, f), 0);
            assert_true(sim_table_bytes(&t, 0, 4 * w + 1, f) > 500);
            assert_true(sim_table_bytes(&t, 0, 4 * w + 2, f) >
                        sim_table_bytes(&t, 0, 4 * w + 1, f));
            /* one stream: only the first frame is a keyframe */
            assert_true(!f || 2 * sim_table_bytes(&t, 0, 4 * w + 3, f) <
                                  sim_table_bytes(&t, 0, 4 * w + 3, 0));
        }
    }
    assert_false(weir_file_exists(test_path(dir, "whole.table.part.d")));
    sim_table_close(&t);
}

static void test_boxes_pass_the_threshold_best_first_within_the_picture(void **state) {
    RECORD(STREET, "--models", street_n(), "--codecs", "none", "--widths", "160", "-o", "a.table");
    RECORD(STREET, "--models", street_n(), "--codecs", "none", "--widths", "160", "-o", "b.table",
           "--conf", "0.5");
    struct sim_table t[2] = {open_table("a.table"), open_table("b.table")};
    size_t seen = 0;
    for (int i = 0; i < 2; i++)
        for (int s = 0; s < 2; s++)
            for (int64_t f = 0; f < 8; f++) {
                size_t len;
                const struct sim_table_box *b = sim_table_boxes(&t[i], 0, s, f, &len);
                for (size_t k = 0; k < len; k++) {
                    assert_true(b[k].score >= (i ? 127 : 44)); /* the profile says 0.175 */
                    assert_true(!k || b[k].score <= b[k - 1].score);
                    assert_true(b[k].x0 < b[k].x1 && b[k].x1 <= 320 * 8 + 8);
                    assert_true(b[k].y0 < b[k].y1 && b[k].y1 <= 192 * 8 + 8);
                }
                seen += len;
            }
    assert_true(seen > 50);
    assert_true(boxes_of(&t[0], 0, 1) > boxes_of(&t[1], 0, 1));
    /* truth does not hang on the threshold, and low objects in it are marked */
    size_t len, counted = 0, ignored = 0;
    assert_int_equal(boxes_of(&t[0], 0, 2), boxes_of(&t[1], 0, 2));
    const struct sim_table_box *truth = sim_table_boxes(&t[0], 0, 2, 0, &len);
    for (size_t k = 0; k < len; k++) {
        assert_true(truth[k].score == 0 || truth[k].score == 255);
        if (truth[k].y1 - truth[k].y0 < 8 * 8 - 1)
            assert_int_equal(truth[k].score, 0);
        counted += truth[k].score == 255;
        ignored += truth[k].score == 0;
    }
    assert_true(counted > 3 && ignored > 0);
    sim_table_close(&t[0]);
    sim_table_close(&t[1]);
}

/* It travels as it is, and is enlarged where it is analysed: the same bytes, and other boxes, which
 * lie in the clip's picture all the same. */
static void test_a_picture_may_be_analysed_enlarged(void **state) {
    RECORD(STREET, "--models", street_n(), "--widths", "320,640", "--codecs", "jpeg", "-o",
           "large.table");
    struct sim_table t = open_table("large.table");
    size_t low[2] = {0};
    assert_int_equal(t.settings, 4);
    check_setting(&t.setting[1], 320, WEIR_TRAVEL_JPEG, 80);
    check_setting(&t.setting[3], 640, WEIR_TRAVEL_JPEG, 80);
    assert_true(t.setting[2].infer_ns > 2 * t.setting[0].infer_ns);
    assert_int_equal(t.setting[2].reduce_ns > 100000, t.setting[0].reduce_ns > 100000);
    for (int64_t f = 0; f < 8; f++) {
        assert_int_equal(sim_table_bytes(&t, 0, 3, f), sim_table_bytes(&t, 0, 1, f));
        for (int s = 0; s < 4; s++) {
            size_t len;
            const struct sim_table_box *b = sim_table_boxes(&t, 0, s, f, &len);
            for (size_t k = 0; k < len; k++) {
                assert_true(b[k].x1 <= 320 * 8 + 8 && b[k].y1 <= 192 * 8 + 8);
                low[s / 2] += b[k].y1 - b[k].y0 < 16 * 8;
            }
        }
    }
    assert_true(low[1] > low[0]); /* what is small is seen better so */
    sim_table_close(&t);
}

/* All but what was timed. */
static void same(const struct sim_table *a, const struct sim_table *b) {
    assert_int_equal(a->clips, b->clips);
    assert_int_equal(a->settings, b->settings);
    assert_int_equal(a->classes, b->classes);
    for (int c = 0; c < a->clips; c++) {
        assert_memory_equal(&a->clip[c], &b->clip[c], sizeof a->clip[c]);
        for (int s = 0; s <= a->settings; s++)
            for (int64_t f = 0; f < a->clip[c].frames; f++) {
                size_t x, y;
                const struct sim_table_box *p = sim_table_boxes(a, c, s, f, &x),
                                           *q = sim_table_boxes(b, c, s, f, &y);
                assert_int_equal(x, y);
                assert_memory_equal(p, q, x * sizeof *p);
                if (s < a->settings)
                    assert_int_equal(sim_table_bytes(a, c, s, f), sim_table_bytes(b, c, s, f));
            }
    }
}

static void test_same_command_gives_same_boxes_and_bytes(void **state) {
    const char *name[] = {"one.table", "two.table"};
    for (int i = 0; i < 2; i++)
        RECORD(STREET, "--models", street_n(), "--widths", "160", "-o", name[i]);
    struct sim_table a = open_table("one.table"), b = open_table("two.table");
    same(&a, &b);
    sim_table_close(&a);
    sim_table_close(&b);
}

static void test_models_see_what_came_out_of_the_codec(void **state) {
    RECORD("scene:seed=3,profile=rush,size=320x192,fps=5,seconds=2", "--models", street_n(),
           "--widths", "320", "--codecs", "jpeg,h264", "--qualities", "1,100", "--crf", "51", "-o",
           "coded.table");
    struct sim_table t = open_table("coded.table");
    assert_int_equal(t.settings, 4);
    size_t none = boxes_of(&t, 0, 0), worst = boxes_of(&t, 0, 1), best = boxes_of(&t, 0, 2),
           blur = boxes_of(&t, 0, 3);
    assert_true(none > 20);
    assert_true(worst < none * 3 / 4 && blur < none / 2); /* less is to be seen in those */
    assert_true(best > none * 3 / 4 && best < none * 5 / 4);
    sim_table_close(&t);
}

static double real(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static void draw_video(const char *name) {
    struct program p = {.cwd = dir};
    if (PROGRAM(&p, "scene", "--seed", "3", "--size", "320x192", "--fps", "5", "--seconds", "2",
                "--profile", "rush", "-o", name, "--quiet"))
        fail_msg("%s", weir_buf_str(&p.err));
    program_done(&p);
}

/* Another way to the same number: weir run over the video, weir eval over its results. */
static void test_summary_agrees_with_run_and_eval(void **state) {
    struct program p = {.cwd = dir};
    const char *limits[] = {"--conf", "0.3", "--min-height", "10", "--min-visibility", "0.5"};
    draw_video("s.mp4");
    if (PROGRAM(&p, "record", "s.mp4", "--models", street_n(), "--widths", "160", "--codecs",
                "none", "-o", "s.table", "--json", "--quiet", limits[0], limits[1], limits[2],
                limits[3], limits[4], limits[5]))
        fail_msg("%s", weir_buf_str(&p.err));
    json_t *root = program_json(&p);
    const json_t *own = json_array_get(json_object_get(root, "uncoded"), 1);
    assert_int_equal(json_number(own, "width"), 320);
    assert_true(real(own, "relative") == 1);
    assert_int_equal(json_number(root, "frames"), 10);
    const double f1 = real(own, "f1");
    json_decref(root);
    assert_int_equal(PROGRAM(&p, "run", "s.mp4", "--model", street_n(), "--size", "320x192",
                             "--conf", "0.3", "--no-track", "--out", "out", "--formats", "ndjson",
                             "--quiet"),
                     0);
    assert_int_equal(PROGRAM(&p, "eval", "f1", "--results", "out/s.ndjson", "--truth",
                             "s.coco.json", "--json", limits[0], limits[1], limits[2], limits[3],
                             limits[4], limits[5]),
                     0);
    root = program_json(&p);
    assert_true(f1 > 0.2 && f1 < 0.9);
    /* A table keeps eighths of a pixel: one IoU beside 0.5 may come to lie on its other side. */
    const double one = 2 / (2 * real(root, "tp") + real(root, "fp") + real(root, "fn"));
    assert_float_equal(f1, real(root, "f1"), one + 2e-6);
    json_decref(root);
    program_done(&p);
}

/* It is found by name, as those of --models are. */
static void test_boxes_of_a_reference_are_the_truth(void **state) {
    char models[4200];
    struct program p = {.cwd = dir, .env = (const char *const[]){models, NULL}};
    snprintf(models, sizeof models, "WEIR_MODELS=%s", test_source("models"));
    draw_video("r.mp4");
    assert_int_equal(unlink(test_path(dir, "r.coco.json")), 0);
    if (PROGRAM(&p, "record", "r.mp4", "--models", "street_n", "--reference", "street_n",
                "--widths", "160", "--codecs", "none", "--min-height", "0", "-o", "r.table",
                "--json", "--quiet"))
        fail_msg("%s", weir_buf_str(&p.err));
    json_t *root = program_json(&p);
    const json_t *rows = json_object_get(root, "uncoded");
    assert_true(real(json_array_get(rows, 0), "f1") < 0.9);
    assert_true(real(json_array_get(rows, 1), "f1") == 1); /* it agrees with itself */
    json_decref(root);
    program_done(&p);
    struct sim_table t = open_table("r.table");
    assert_int_equal(boxes_of(&t, 0, 1), boxes_of(&t, 0, 2));
    sim_table_close(&t);
}

/* ---- going on ------------------------------------------------------------------------- */

/* Records STREET, is ended in the middle of a clip behind it, and leaves STREET's part. */
static void end_in_the_middle(const char *out, int number) {
    struct program p = {.columns = 160, .cwd = dir};
    program_start(&p, (const char *const[]){"record", "first=" STREET, "second=" LONG, "--models",
                                            street_n(), "--widths", "160", "-o", out, NULL});
    program_wait_for(&p, "clip 2 of 2 (second)");
    kill(p.pid, number);
    int code = program_finish(&p);
    if (number == SIGINT) {
        assert_int_equal(code, 1);
        program_says(&p.out, "interrupted with 1 of 2 clips done; they are kept in");
        program_says(&p.out, "the same command goes on");
    }
    program_done(&p);
    assert_false(weir_file_exists(test_path(dir, out)));
}

static void go_on(const char *out, const char *flag, const char *value, const char *says,
                  const char * not ) {
    struct program p = {.cwd = dir};
    if (PROGRAM(&p, "record", "first=" STREET, "second=" OTHER, "--models", street_n(), "--widths",
                "160", "-o", out, "--quiet", flag, value))
        fail_msg("%s", weir_buf_str(&p.err));
    program_says(&p.err, says);
    program_says_not(&p.err, not );
    program_done(&p);
}

static void test_ctrl_c_keeps_what_is_done_and_the_next_command_goes_on(void **state) {
    end_in_the_middle("go.table", SIGINT);
    assert_true(weir_file_exists(test_path(dir, "go.table.part.d/first.part")));
    go_on("go.table", "--min-height", "8", "1 of 2 clips are there already", "anew");
    assert_false(weir_file_exists(test_path(dir, "go.table.part.d")));
    go_on("fresh.table", "--min-height", "8", "", "already");
    struct sim_table a = open_table("go.table"), b = open_table("fresh.table");
    same(&a, &b);
    sim_table_close(&a);
    sim_table_close(&b);
}

static void test_part_of_another_command_line_is_recorded_anew(void **state) {
    end_in_the_middle("other.table", SIGKILL);
    go_on("other.table", "--min-height", "20",
          "first: what is kept of it was recorded in another way: it is recorded anew", "already");
    go_on("wanted.table", "--min-height", "20", "", "already");
    struct sim_table a = open_table("other.table"), b = open_table("wanted.table");
    same(&a, &b);
    sim_table_close(&a);
    sim_table_close(&b);
}

static void test_damaged_part_is_recorded_anew(void **state) {
    struct weir_error err = {0};
    char *data;
    size_t len;
    end_in_the_middle("hurt.table", SIGINT);
    const char *part = test_path(dir, "hurt.table.part.d/first.part");
    const size_t place[] = {3, 20, 2000, 9000};
    assert_int_equal(weir_file_read(part, 1 << 24, &data, &len, &err), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_true(place[i] < len);
        assert_int_equal(weir_dir_make(test_path(dir, "hurt.table.part.d"), &err), 0);
        data[place[i]] ^= 0x10;
        assert_int_equal(weir_file_write_all(part, data, i == 3 ? len / 2 : len, &err), 0);
        data[place[i]] ^= 0x10;
        go_on("hurt.table", "--min-height", "8", "is damaged: it is recorded anew", "already");
    }
    free(data);
}

/* ---- listing, and compressed tables ------------------------------------------------------ */

static void test_list_says_what_a_table_holds(void **state) {
    struct program p = {.cwd = dir};
    RECORD("gate=" STREET, "--models", street_n(), "--widths", "160", "--codecs", "jpeg", "-o",
           "l.table");
    assert_int_equal(PROGRAM(&p, "record", "--list", "l.table", "--json"), 0);
    json_t *root = program_json(&p);
    const json_t *settings = json_object_get(root, "settings"),
                 *clip = json_array_get(json_object_get(root, "clips"), 0);
    struct sim_table t = open_table("l.table");
    assert_string_equal(json_string_value(json_object_get(clip, "name")), "gate");
    assert_int_equal(json_number(clip, "boxes"), t.clip[0].boxes);
    assert_int_equal(json_array_size(settings), 4);
    double bytes = 0;
    for (int64_t f = 0; f < 8; f++)
        bytes += sim_table_bytes(&t, 0, 3, f) / 8.0;
    const json_t *last = json_array_get(settings, 3);
    assert_float_equal(real(last, "bytes"), bytes, 1e-2);
    assert_float_equal(real(last, "boxes"), (double)boxes_of(&t, 0, 3) / 8, 1e-5);
    assert_float_equal(real(last, "infer_ms"), t.setting[3].infer_ns / 1e6, 1e-5);
    assert_float_equal(real(root, "truth_boxes"), (double)boxes_of(&t, 0, 4) / 8, 1e-5);
    json_decref(root);
    assert_int_equal(PROGRAM(&p, "record", "--list", "l.table"), 0);
    program_says(&p.out, t.machine);
    program_says(&p.out, "160x96  jpeg 80");
    program_says(&p.out, "gate");
    sim_table_close(&t);
    program_done(&p);
}

static void list_fails(const char *path, const char *says) {
    struct program p = {.cwd = dir};
    assert_int_equal(PROGRAM(&p, "record", "--list", path), 1);
    program_says(&p.err, says);
    assert_int_equal(p.out.len, 0);
    program_done(&p);
}

static void test_compressed_table_is_read_and_a_broken_one_refused(void **state) {
    struct program p = {.cwd = dir};
    struct weir_error err = {0};
    char *data;
    size_t len;
    RECORD(STREET, "--models", street_n(), "--widths", "160", "--codecs", "none", "--compress",
           "-o", "z.table");
    const char *packed = test_path(dir, "z.table.xz");
    assert_int_equal(unlink(test_path(dir, "z.table")), 0);
    assert_int_equal(PROGRAM(&p, "record", "--list", "z.table"), 0);
    program_says(&p.out, "street_n");
    program_done(&p);
    assert_int_equal(unlink(test_path(dir, "z.table.unpacked")), 0);
    assert_int_equal(weir_file_read(packed, 1 << 24, &data, &len, &err), 0);
    assert_int_equal(weir_file_write_all(packed, data, len / 2, &err), 0);
    list_fails("z.table", "z.table.xz: is cut short; fetch it anew");
    data[len / 2] ^= 1;
    assert_int_equal(weir_file_write_all(packed, data, len, &err), 0);
    list_fails("z.table", "z.table.xz: is damaged; fetch it anew");
    assert_int_equal(weir_file_write_all(packed, "nothing of the kind", 19, &err), 0);
    list_fails("z.table", "z.table.xz: is no .xz file");
    assert_false(weir_file_exists(test_path(dir, "z.table.unpacked")));
    free(data);
    list_fails("none.table", "none.table: cannot be opened");
    list_fails("z.table.xz", "is no .xz file");
}

/* ---- refusals ----------------------------------------------------------------------------- */

static void refused_list(int code, const char *part, const char *const *args) {
    struct program p = {.cwd = dir};
    if (program_run(&p, args) != code)
        fail_msg("exit code %d: %s", p.code, weir_buf_str(&p.err));
    program_says(&p.err, part);
    assert_int_equal(p.out.len, 0);
    assert_false(weir_file_exists(test_path(dir, "no.table")));
    assert_false(weir_file_exists(test_path(dir, "no.table.part.d")));
    program_done(&p);
}
#define REFUSED(code, part, ...)                                                                   \
    refused_list(code, part, (const char *const[]){"record", __VA_ARGS__, "-o", "no.table", NULL})
#define MISUSED(part, ...) REFUSED(2, part, STREET, "--models", "a", __VA_ARGS__)

static void test_wrong_use_is_named_before_any_work(void **state) {
    REFUSED(2, "name a SOURCE", "--models", "a");
    REFUSED(2, "needs --models", STREET);
    refused_list(2, "needs -o FILE",
                 (const char *const[]){"record", STREET, "--models", "a", NULL});
    refused_list(2, "allowed: a name without .xz",
                 (const char *const[]){"record", STREET, "--models", "a", "-o", "a.xz", NULL});
    refused_list(2, "allowed: the name of a file",
                 (const char *const[]){"record", STREET, "--models", "a", "-o", dir, NULL});
    refused_list(2, "records nothing: leave out -o",
                 (const char *const[]){"record", "--list", "a", "-o", "b", NULL});
    MISUSED("--widths: found '30'", "--widths", "30");
    MISUSED("--widths: found 161; allowed: even numbers, such as 162", "--widths", "161");
    MISUSED("--widths: 160 is named twice", "--widths", "160,160");
    MISUSED("--codecs: found 'vp9'; allowed: none, jpeg, h264", "--codecs", "none,vp9");
    MISUSED("--qualities: found '101'", "--qualities", "101");
    MISUSED("--qualities: 80 is named twice", "--qualities", "80,80");
    MISUSED("--crf: found '52'", "--crf", "52");
    MISUSED("--crf: found '20,30'", "--crf", "20,30");
    MISUSED("--min-height: found 'x'", "--min-height", "x");
    MISUSED("--min-visibility: found '2'", "--min-visibility", "2");
    REFUSED(2, "a second time", "a=" STREET, "a=" OTHER, "--models", "a");
    REFUSED(2, "its name has 48 bytes; allowed: up to 47",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=" STREET, "--models", "a");
    REFUSED(2, "--models: a is named twice", STREET, "--models", "a,b/a");
}

static void test_table_never_takes_the_place_of_a_source(void **state) {
    draw_video("keep.mp4");
    refused_list(
        2, "keep.mp4 is a source, and would be overwritten",
        (const char *const[]){"record", "keep.mp4", "--models", "a", "-o", "./keep.mp4", NULL});
}

static void test_what_cannot_be_recorded_is_named(void **state) {
    REFUSED(1, "no_such_model: no such model", STREET, "--models", "no_such_model");
    REFUSED(2,
            "--widths: found 642; the clips are 320 wide, and are enlarged by no more than 2: "
            "allowed: up to 640",
            STREET, "--models", street_n(), "--widths", "642");
    REFUSED(2, "big is 640x360, but small is 320x192; a table's clips are of one size",
            "small=" STREET, "big=scene:size=640x360", "--models", street_n());
    REFUSED(2, "is live", "rtsp://127.0.0.1:1/x", "--models", street_n(), "--reference",
            street_n());
    REFUSED(1, "no_such_model: no such model", STREET, "--models", street_n(), "--reference",
            "no_such_model");
    REFUSED(1, "no.mp4", "no.mp4", "--models", street_n());
    REFUSED(2, "scene: profile is \"busy\"; allowed: calm", "scene:profile=busy", "--models",
            street_n());
    REFUSED(2, "--classes: found 'persn'; no model knows it", STREET, "--models", street_n(),
            "--classes", "persn,car");
}

static void test_video_without_truth_is_refused_with_a_remedy(void **state) {
    struct weir_error err = {0};
    draw_video("t.mp4");
    const char *labels = test_path(dir, "t.coco.json");
    assert_int_equal(unlink(labels), 0);
    REFUSED(1, "t.coco.json, and MOT text names no classes: t.mot.txt; label it, or", "t.mp4",
            "--models", street_n());
    assert_int_equal(unlink(test_path(dir, "t.mot.txt")), 0);
    REFUSED(1,
            "there is no t.coco.json; label it, or let a model's boxes at full size be the "
            "truth with --reference MODEL",
            "t.mp4", "--models", street_n());
    static const char results[] =
        "[{\"image_id\":0,\"category_id\":1,\"bbox\":[1,1,5,9],\"score\":1}]";
    assert_int_equal(weir_file_write_all(labels, results, strlen(results), &err), 0);
    REFUSED(1, "t.coco.json: is no ground truth", "t.mp4", "--models", street_n());
    static const char few[] = "{\"images\":[{\"id\":0,\"file_name\":\"0\"},{\"id\":1,\"file_name\":"
                              "\"1\"}],\"categories\":[{\"id\":1,"
                              "\"name\":\"person\"}],\"annotations\":[]}";
    assert_int_equal(weir_file_write_all(labels, few, strlen(few), &err), 0);
    REFUSED(1, "t.coco.json: frame 2 has no image of that id; label every frame", "t.mp4",
            "--models", street_n(), "--widths", "160", "--codecs", "none");
    RECORD("t.mp4", "--models", street_n(), "--widths", "160", "--codecs", "none", "--max-frames",
           "2", "-o", "two.table");
    struct sim_table t = open_table("two.table");
    assert_int_equal(t.clip[0].frames, 2);
    sim_table_close(&t);
}

static void test_threshold_comes_from_the_profile_beside_the_model(void **state) {
    struct weir_error err = {0};
    char *data;
    size_t len;
    const char *model = test_path(dir, "mine.onnx");
    assert_int_equal(weir_file_read(street_n(), 1 << 24, &data, &len, &err), 0);
    assert_int_equal(weir_file_write_all(model, data, len, &err), 0);
    free(data);
    write_text("mine.accuracy.json",
               "{\"model\": \"mine\", \"conf\": 0.6, \"pictures\": 1, \"bins\": [10], \"classes\": "
               "{\"person\": {\"truths\": [2], \"found\": [1], \"false_alarms\": [0]}}}");
    RECORD(STREET, "--models", "./mine.onnx", "--widths", "320", "--codecs", "none", "-o",
           "mine.table");
    struct sim_table t = open_table("mine.table");
    size_t seen = 0;
    for (int64_t f = 0; f < 8; f++) {
        const struct sim_table_box *b = sim_table_boxes(&t, 0, 0, f, &len);
        for (size_t k = 0; k < len; k++)
            assert_true(b[k].score >= 153);
        seen += len;
    }
    assert_true(seen > 0);
    sim_table_close(&t);
    write_text("mine.accuracy.json", "{\"conf\": \"high\"}");
    REFUSED(1, "mine.accuracy.json: conf: found \"high\"; allowed: a number from 0 to 1", STREET,
            "--models", "./mine.onnx");
    REFUSED(1, "or state --conf", STREET, "--models", "./mine.onnx");
    write_text("mine.accuracy.json", "{\"conf\": ");
    REFUSED(1, "mine.accuracy.json:1:9: ", STREET, "--models", "./mine.onnx");
}

static void test_more_threads_are_told_of(void **state) {
    struct program p = {.cwd = dir};
    assert_int_equal(PROGRAM(&p, "record", OTHER, "--models", street_n(), "--widths", "320",
                             "--codecs", "none", "--threads", "2", "-o", "two_threads.table",
                             "--quiet"),
                     0);
    program_says(&p.err, "inference on 2 threads: its times are not those of one core");
    struct sim_table t = open_table("two_threads.table");
    assert_non_null(strstr(t.machine, "; 2 threads"));
    sim_table_close(&t);
    program_done(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_holds_every_setting_of_every_frame),
        cmocka_unit_test(test_a_picture_may_be_analysed_enlarged),
        cmocka_unit_test(test_boxes_pass_the_threshold_best_first_within_the_picture),
        cmocka_unit_test(test_same_command_gives_same_boxes_and_bytes),
        cmocka_unit_test(test_models_see_what_came_out_of_the_codec),
        cmocka_unit_test(test_summary_agrees_with_run_and_eval),
        cmocka_unit_test(test_boxes_of_a_reference_are_the_truth),
        cmocka_unit_test(test_ctrl_c_keeps_what_is_done_and_the_next_command_goes_on),
        cmocka_unit_test(test_part_of_another_command_line_is_recorded_anew),
        cmocka_unit_test(test_damaged_part_is_recorded_anew),
        cmocka_unit_test(test_list_says_what_a_table_holds),
        cmocka_unit_test(test_compressed_table_is_read_and_a_broken_one_refused),
        cmocka_unit_test(test_wrong_use_is_named_before_any_work),
        cmocka_unit_test(test_table_never_takes_the_place_of_a_source),
        cmocka_unit_test(test_what_cannot_be_recorded_is_named),
        cmocka_unit_test(test_video_without_truth_is_refused_with_a_remedy),
        cmocka_unit_test(test_threshold_comes_from_the_profile_beside_the_model),
        cmocka_unit_test(test_more_threads_are_told_of),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
