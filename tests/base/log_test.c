/* The logger, read back from a standard error that is a file. */
#include "support/support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct capture {
    char *dir;
    int saved_fd;
};

static int capture_begin(void **state) {
    struct capture *capture = calloc(1, sizeof *capture);
    assert_non_null(capture);
    capture->dir = test_scratch();
    fflush(stderr);
    capture->saved_fd = dup(STDERR_FILENO);
    assert_true(capture->saved_fd >= 0);
    assert_non_null(freopen(test_path(capture->dir, "log"), "w", stderr));
    *state = capture;
    return 0;
}

static int capture_end(void **state) {
    struct capture *capture = *state;
    weir_log_set_level(WEIR_LOG_WARN);
    weir_log_set_hooks(NULL, NULL);
    fflush(stderr);
    dup2(capture->saved_fd, STDERR_FILENO);
    close(capture->saved_fd);
    test_scratch_remove(capture->dir);
    free(capture);
    return 0;
}

/* What was logged so far; the caller frees it. */
static char *logged(void **state) {
    struct capture *capture = *state;
    char *text = NULL;
    size_t len = 0;
    fflush(stderr);
    assert_int_equal(weir_file_read(test_path(capture->dir, "log"), 1 << 20, &text, &len, NULL), 0);
    return text;
}

static void test_a_line_carries_level_topic_and_fields(void **state) {
    weir_log(WEIR_LOG_WARN, "source", "stream=%s tries=%d", "gate", 3);
    char *text = logged(state);
    assert_non_null(strstr(text, " level=warn topic=source stream=gate tries=3\n"));
    assert_memory_equal(text, "time=20", 7);
    free(text);
}

static void test_a_line_above_the_level_is_not_written(void **state) {
    weir_log(WEIR_LOG_INFO, "source", "stream=gate");
    weir_log_set_level(WEIR_LOG_ERROR);
    weir_log(WEIR_LOG_WARN, "source", "stream=gate");
    char *text = logged(state);
    assert_string_equal(text, "");
    free(text);
}

static void test_a_lower_level_lets_more_through(void **state) {
    weir_log_set_level(WEIR_LOG_TRACE);
    assert_int_equal(weir_log_level(), WEIR_LOG_TRACE);
    weir_log(WEIR_LOG_TRACE, "source", "x=1");
    char *text = logged(state);
    assert_non_null(strstr(text, "level=trace"));
    free(text);
}

static void test_a_newline_in_a_field_does_not_start_a_line(void **state) {
    weir_log(WEIR_LOG_ERROR, "source", "error=\"%s\"", "a\nlevel=error\x1b[2J");
    char *text = logged(state);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    assert_null(strchr(text, '\x1b'));
    assert_non_null(strstr(text, "a\\nlevel=error\\x1b[2J"));
    free(text);
}

static void test_a_line_that_is_too_long_is_cut_and_ends_properly(void **state) {
    char *field = malloc(100001);
    assert_non_null(field);
    memset(field, '\x01', 100000);
    field[100000] = '\0';
    weir_log(WEIR_LOG_ERROR, "source", "%s", field);
    char *text = logged(state);
    size_t len = strlen(text);
    assert_true(len < 8192);
    assert_string_equal(text + len - 4, "...\n");
    free(text);
    free(field);
}

static void test_an_unknown_level_name_is_refused(void **state) {
    enum weir_log_level level = WEIR_LOG_DEBUG;
    assert_int_equal(weir_log_level_parse("loud", &level), WEIR_EINVAL);
    assert_int_equal(weir_log_level_parse("", &level), WEIR_EINVAL);
    assert_int_equal(weir_log_level_parse(NULL, &level), WEIR_EINVAL);
    assert_int_equal(weir_log_level_parse("WARN", &level), WEIR_EINVAL);
    assert_int_equal(level, WEIR_LOG_DEBUG);
}

static void test_every_level_name_is_understood(void **state) {
    static const char *const names[] = {"error", "warn", "info", "debug", "trace"};
    for (int i = 0; i < 5; i++) {
        enum weir_log_level level;
        assert_int_equal(weir_log_level_parse(names[i], &level), 0);
        assert_int_equal(level, i);
    }
}

static void write_before(void) {
    fputs("<", stderr);
}

static void write_after(void) {
    fputs(">\n", stderr);
}

static void test_hooks_stand_around_each_line(void **state) {
    weir_log_set_hooks(write_before, write_after);
    weir_log(WEIR_LOG_WARN, "bar", "x=1");
    weir_log(WEIR_LOG_DEBUG, "bar", "x=2"); /* no line, no hooks */
    char *text = logged(state);
    assert_int_equal(text[0], '<');
    assert_string_equal(text + strlen(text) - 5, "=1\n>\n");
    assert_null(strchr(text + 1, '<'));
    free(text);
}

enum { THREADS = 4, LINES = 200 };

static void *log_lines(void *arg) {
    for (int i = 0; i < LINES; i++)
        weir_log(WEIR_LOG_WARN, "thread", "who=%s i=%d end", (const char *)arg, i);
    return NULL;
}

static void test_lines_of_several_threads_stay_whole(void **state) {
    static const char *const who[THREADS] = {"aaaa", "bbbb", "cccc", "dddd"};
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, log_lines, (void *)who[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    char *text = logged(state);
    int lines = 0;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        assert_memory_equal(line, "time=", 5);
        assert_string_equal(line + strlen(line) - 4, " end");
        lines++;
    }
    assert_int_equal(lines, THREADS * LINES);
    free(text);
}

#define captured(f) cmocka_unit_test_setup_teardown(f, capture_begin, capture_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        captured(test_a_line_carries_level_topic_and_fields),
        captured(test_a_line_above_the_level_is_not_written),
        captured(test_a_lower_level_lets_more_through),
        captured(test_a_newline_in_a_field_does_not_start_a_line),
        captured(test_a_line_that_is_too_long_is_cut_and_ends_properly),
        captured(test_an_unknown_level_name_is_refused),
        captured(test_every_level_name_is_understood),
        captured(test_hooks_stand_around_each_line),
        captured(test_lines_of_several_threads_stay_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
