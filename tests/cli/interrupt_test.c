/*
 * What comes from outside: Ctrl-C, closed pipes, full disks. Results go into a
 * FIFO where the test must know that frames are flowing: nothing here waits for
 * a time to pass.
 */
#include "cli/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* DIR/name/<people>.ndjson as a FIFO; its reading end. */
static int make_fifo(const char *name) {
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/%s", dir, name);
    const char *path = test_path(folder, "one-by-one-person-detection.ndjson");
    assert_int_equal(mkdir(folder, 0777), 0);
    assert_int_equal(mkfifo(path, 0666), 0);
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void interrupted(const char *name, int number, bool live) {
    struct program p = {0};
    char folder[4096];
    int fifo = make_fifo(name);
    snprintf(folder, sizeof folder, "%s/%s", dir, name);
    const char *args[] = {"run",    data_people(), "--model",     data_model(),
                          "--size", "160x96",      "--json",      "--out",
                          folder,   "--formats",   "ndjson,coco", live ? "--live" : NULL,
                          NULL};
    program_start(&p, args);
    program_wait_readable(&p, fifo);
    kill(p.pid, number);
    /* from here on the FIFO must not hold the program up */
    char *line = NULL;
    FILE *lines = fdopen(fifo, "r");
    fcntl(fifo, F_SETFL, 0);
    size_t cap = 0, count = 0;
    while (getline(&line, &cap, lines) > 0)
        count++;
    free(line);
    fclose(lines);

    if (program_finish(&p))
        fail_msg("exit code %d: %s", p.code, weir_buf_str(&p.err));
    program_says(&p.err, "finishing (again to abort)");
    json_t *summary = program_json(&p);
    assert_true(json_is_true(json_object_get(summary, "stopped")));
    assert_true(json_is_true(json_object_get(summary, "consistent")));
    assert_int_equal(summed(summary), count);
    assert_in_range(json_number(summary, "results"), 1, 1389);
    json_decref(summary);
    /* the other sinks are whole, too */
    json_t *coco =
        json_load_file(test_path(folder, "one-by-one-person-detection.coco.json"), 0, NULL);
    assert_true(json_is_array(coco));
    json_decref(coco);
    program_done(&p);
}

static void test_ctrl_c_finishes_with_a_complete_summary(void **state) {
    interrupted("int", SIGINT, true);
}

static void test_sigterm_does_the_same_to_a_run_at_full_speed(void **state) {
    interrupted("term", SIGTERM, false);
}

static void test_second_ctrl_c_aborts(void **state) {
    /* The sink is stuck in a full FIFO that nobody reads, so the run cannot finish: no line
     * is longer than 600 bytes while nobody is in the picture. */
    enum { PAGE = 4096, STUCK = PAGE - 600 };
    const char *options = getenv("TSAN_OPTIONS");
    char tsan[4096]; /* an abort does not wait for its threads */
    snprintf(tsan, sizeof tsan, "TSAN_OPTIONS=%s report_thread_leaks=0", options ? options : "");
    struct program p = {.env = (const char *const[]){tsan, NULL}};
    int fifo = make_fifo("twice"), held = 0;
    assert_true(fcntl(fifo, F_SETPIPE_SZ, PAGE) >= 0);
    program_start(&p, (const char *const[]){"run", data_people(), "--model", data_model(), "--size",
                                            "160x96", "--out", test_path(dir, "twice"), "--formats",
                                            "ndjson", NULL});
    while (held < STUCK) {
        program_wait_readable(&p, fifo);
        assert_int_equal(ioctl(fifo, FIONREAD, &held), 0);
        poll(NULL, 0, 1);
    }
    kill(p.pid, SIGINT);
    program_wait_for(&p, "finishing (again to abort)");
    kill(p.pid, SIGINT);
    if (program_finish(&p) != 130)
        fail_msg("exit code %d: %s", p.code, weir_buf_str(&p.err));
    assert_int_equal(p.out.len, 0);
    close(fifo);
    program_done(&p);
}

/* ---- outputs that fail ---------------------------------------------------- */

static void check_every_line(const char *path, size_t lines) {
    struct weir_buf text = file_text(path);
    char *save = NULL;
    size_t count = 0;
    for (char *line = strtok_r(text.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        json_t *object = json_loads(line, 0, NULL);
        if (!json_object_get(object, "outcome"))
            fail_msg("no result line: %s", line);
        json_decref(object);
        count++;
    }
    assert_int_equal(count, lines);
    weir_buf_done(&text);
}

static int run_to(struct program *p, const char *out) {
    return PROGRAM(p, "run", data_video(), "--model", data_model(), "--size", "96", "--max-frames",
                   "8", "--json", "--out", out);
}

static void test_reader_that_leaves_costs_only_the_summary(void **state) {
    struct program p = {.deaf = true};
    char out[4096];
    snprintf(out, sizeof out,
             "%s/"
             "deaf",
             dir);
    assert_int_equal(run_to(&p, out), 1);
    program_says(&p.err, "the summary: cannot write to standard output");
    check_every_line(test_path(out, "bottle-detection.ndjson"), 8);
    program_done(&p);
}

static void test_closed_standard_output_spoils_no_results(void **state) {
    struct program p = {.no_stdout = true};
    char out[4096];
    snprintf(out, sizeof out,
             "%s/"
             "closed",
             dir);
    assert_int_equal(run_to(&p, out), 0);
    check_every_line(test_path(out, "bottle-detection.ndjson"), 8);
    program_done(&p);
}

static void test_full_disk_stops_that_sink_and_nothing_else(void **state) {
    struct program p = {0};
    char out[4096];
    snprintf(out, sizeof out,
             "%s/"
             "full",
             dir);
    assert_int_equal(mkdir(out, 0777), 0);
    assert_int_equal(symlink("/dev/full", test_path(out, "bottle-detection.ndjson")), 0);
    assert_int_equal(run_to(&p, out), 1);
    program_says(&p.err, "bottle-detection.ndjson: No space left on device");
    json_t *summary = program_json(&p);
    json_t *stream = json_array_get(json_object_get(summary, "streams"), 0);
    assert_int_equal(summed(summary), 8);
    assert_int_equal(json_number(summary, "results"), 8);
    assert_true(json_is_null(json_object_get(stream, "failure")));
    assert_non_null(strstr(json_string_value(json_object_get(stream, "sink_failure")), "No space"));
    json_t *coco = json_load_file(test_path(out, "bottle-detection.coco.json"), 0, NULL);
    assert_true(json_is_array(coco));
    json_decref(coco);
    json_decref(summary);
    program_done(&p);
}

static void test_output_that_cannot_be_made_is_named(void **state) {
    struct program p = {0};
    const char *file = test_path(dir, "file");
    assert_int_equal(weir_file_write_all(file, "x", 1, NULL), 0);
    assert_int_not_equal(run_to(&p, test_path(file, "below")), 0);
    program_says(&p.err, file);
    program_done(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ctrl_c_finishes_with_a_complete_summary),
        cmocka_unit_test(test_sigterm_does_the_same_to_a_run_at_full_speed),
        cmocka_unit_test(test_second_ctrl_c_aborts),
        cmocka_unit_test(test_reader_that_leaves_costs_only_the_summary),
        cmocka_unit_test(test_closed_standard_output_spoils_no_results),
        cmocka_unit_test(test_full_disk_stops_that_sink_and_nothing_else),
        cmocka_unit_test(test_output_that_cannot_be_made_is_named),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
