/* Progress: a bar that is redrawn and taken away on a terminal, plain lines elsewhere. */
#include "cli/program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REDRAW "\r\033[K"
enum { WIDE = 132, NARROW = 40 };

/* 1.2 s of a camera: long enough for several drawings, however fast the machine. */
static void watch(struct program *p, const char *extra) {
    const char *args[] = {"run",    data_people(),  "--model", data_model(), "--size", "160x96",
                          "--live", "--max-frames", "12",      extra,        NULL};
    program_start(p, args);
}

static void test_terminal_shows_a_bar_and_clears_it(void **state) {
    struct program p = {.columns = WIDE};
    watch(&p, NULL);
    assert_int_equal(program_finish(&p), 0);
    program_says(&p.out, REDRAW "[");
    program_says(&p.out, "%");
    program_says(&p.out, " frames  ");
    program_says(&p.out, " fps");
    program_says(&p.out, "  age ");
    program_says(&p.out, "  ETA 0:0");
    /* the summary begins on the row that was cleared, and no bar comes after it */
    const char *summary = strstr(weir_buf_str(&p.out), REDRAW "model ");
    assert_non_null(summary);
    assert_null(strstr(summary, "ETA"));
    program_done(&p);
}

static void test_bar_counts_the_frames_that_are_wanted(void **state) {
    /* 12 of the file's 1390: a share of the file would never leave 1 % */
    struct program p = {.columns = WIDE};
    watch(&p, NULL);
    assert_int_equal(program_finish(&p), 0);
    program_says(&p.out, "#");
    program_done(&p);
}

static void test_line_fits_a_narrow_terminal(void **state) {
    struct program p = {.columns = NARROW};
    watch(&p, NULL);
    assert_int_equal(program_finish(&p), 0);
    const char *at = strstr(weir_buf_str(&p.out), REDRAW "[");
    assert_non_null(at);
    for (; at && at[4] == '['; at = strstr(at + 4, REDRAW))
        assert_true(strcspn(at + 4, "\r\n") < NARROW);
    program_done(&p);
}

static void test_message_does_not_tear_the_bar(void **state) {
    struct program p = {.columns = WIDE};
    const char *path = test_path(dir, "one-by-one-person-detection.ndjson");
    assert_int_equal(mkfifo(path, 0666), 0);
    int fifo = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(fifo >= 0);
    program_start(&p, (const char *const[]){"run", data_people(), "--model", data_model(), "--size",
                                            "160x96", "--live", "--max-frames", "20", "--out", dir,
                                            "--formats", "ndjson", NULL});
    program_wait_for(&p, " fps");
    close(fifo); /* the sink fails at its next line */
    assert_int_equal(program_finish(&p), 1);
    program_says(&p.out, REDRAW "weir: one-by-one-person-detection: cannot write ");
    program_says(&p.out, "Broken pipe");
    program_done(&p);
}

static void test_ctrl_c_at_the_keyboard_finishes(void **state) {
    struct program p = {.columns = WIDE};
    program_start(&p, (const char *const[]){"run", data_people(), "--model", data_model(), "--size",
                                            "160x96", "--live", NULL});
    program_wait_for(&p, " fps");
    assert_int_equal(write(p.fd_out, "\x03", 1), 1);
    assert_int_equal(program_finish(&p), 0);
    program_says(&p.out, "weir: finishing (again to abort)\r\n");
    program_says(&p.out, "stopped before the end");
    program_done(&p);
}

static void test_ctrl_c_ends_an_evaluation(void **state) {
    struct program p = {.columns = WIDE};
    char images[4096], truth[4096];
    snprintf(images, sizeof images, "%s", test_data("images/coco_val_subset/images"));
    snprintf(truth, sizeof truth, "%s", test_data("images/coco_val_subset/instances.json"));
    /* many times larger than needed: seconds of work */
    program_start(&p, (const char *const[]){"eval", "coco", "--model", data_model(), "--size",
                                            "1280", "--threads", "1", "--images", images,
                                            "--annotations", truth, NULL});
    program_wait_for(&p, " of 47 images");
    assert_int_equal(write(p.fd_out, "\x03", 1), 1);
    assert_int_equal(program_finish(&p), 1);
    program_says(&p.out, "interrupted after ");
    program_says_not(&p.out, "AP75");
    program_done(&p);
}

static void test_quiet_shows_none(void **state) {
    struct program p = {.columns = WIDE};
    watch(&p, "--quiet");
    assert_int_equal(program_finish(&p), 0);
    program_says_not(&p.out, "\033");
    program_says_not(&p.out, "ETA");
    program_says(&p.out, "frames in");
    program_done(&p);
}

static void test_plain_lines_where_nobody_redraws(void **state) {
    struct program p = {0};
    program_start(&p, (const char *const[]){"run", data_people(), "--model", data_model(), "--size",
                                            "160x96", "--live", NULL});
    program_wait_for(&p, "ETA");
    kill(p.pid, SIGINT);
    assert_int_equal(program_finish(&p), 0);
    program_says(&p.err, " fps");
    program_says_not(&p.err, "\033");
    program_says_not(&p.err, "\r");
    program_says_not(&p.out, "ETA");
    program_done(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terminal_shows_a_bar_and_clears_it),
        cmocka_unit_test(test_bar_counts_the_frames_that_are_wanted),
        cmocka_unit_test(test_line_fits_a_narrow_terminal),
        cmocka_unit_test(test_message_does_not_tear_the_bar),
        cmocka_unit_test(test_ctrl_c_at_the_keyboard_finishes),
        cmocka_unit_test(test_ctrl_c_ends_an_evaluation),
        cmocka_unit_test(test_quiet_shows_none),
        cmocka_unit_test(test_plain_lines_where_nobody_redraws),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
