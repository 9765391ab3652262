/* Recorded capacity: how it is read, and what a link makes of it. */
#include <stdlib.h>
#include <string.h>

#include "link/link.h"
#include "support/support.h"

#define MS WEIR_NS_PER_MS

static struct weir_trace parsed(const char *text) {
    struct weir_trace trace;
    struct weir_error err = {0};
    if (weir_trace_parse("t.up", text, strlen(text), &trace, &err))
        fail_msg("%s", err.text);
    return trace;
}

static void sends(struct weir_link *link, int64_t now_ms, int64_t bytes, int64_t there_ms) {
    int64_t foreseen = weir_link_foresee(link, now_ms * MS, bytes), left, there;
    assert_int_equal(weir_link_send(link, now_ms * MS, bytes, &left, &there), 0);
    assert_int_equal(there, there_ms * MS);
    assert_int_equal(foreseen, there);
}

static void test_a_line_is_a_packet(void **state) {
    (void)state;
    struct weir_trace trace = parsed("2\n2\n5\n\t9 \r\n10");
    struct weir_link link;
    assert_int_equal(trace.len, 5);
    assert_float_equal(weir_trace_mean_mbit_per_s(&trace), 5 * 1500 * 8 / 10e-3 / 1e6, 1e-9);
    assert_int_equal(weir_link_init(&link, &(struct weir_link_conf){.trace = &trace}, NULL), 0);
    sends(&link, 0, 1500, 2);
    sends(&link, 0, 1500, 2);
    sends(&link, 0, 3000, 9);
    assert_int_equal(weir_link_waiting_bytes(&link, 3 * MS), 3000);
    assert_int_equal(weir_link_waiting_bytes(&link, 9 * MS), 0);
    weir_trace_done(&trace);
}

static void test_a_packets_rest_serves_who_is_there_in_time(void **state) {
    (void)state;
    struct weir_trace trace = parsed("2\n5\n10\n");
    struct weir_link link;
    assert_int_equal(weir_link_init(&link, &(struct weir_link_conf){.trace = &trace}, NULL), 0);
    sends(&link, 0, 1000, 2);
    sends(&link, 1, 500, 2);
    sends(&link, 2, 1000, 5);
    assert_int_equal(weir_link_waiting_bytes(&link, 3 * MS), 1000);
    sends(&link, 6, 500, 10); /* the rest of 5 is gone */
    weir_trace_done(&trace);
}

static void test_it_repeats_after_its_last_line(void **state) {
    (void)state;
    struct weir_trace trace = parsed("0\n4\n10\n"); /* 0 4 10 10 14 20 20 24 … */
    struct weir_link link;
    assert_int_equal(weir_link_init(&link, &(struct weir_link_conf){.trace = &trace}, NULL), 0);
    sends(&link, 0, 1500, 0);
    sends(&link, 5, 3000, 10);
    sends(&link, 5, 1500, 14);
    sends(&link, 25, 1500, 30);
    sends(&link, 30, 1500, 30);
    sends(&link, 30, 1500, 34);
    sends(&link, 1000000003, 1500, 1000000004);
    weir_trace_done(&trace);
}

static void test_a_run_may_begin_in_its_middle(void **state) {
    (void)state;
    struct weir_trace trace = parsed("3\n8\n10\n");
    struct weir_link link;
    assert_int_equal(
        weir_link_init(
            &link,
            &(struct weir_link_conf){.trace = &trace, .trace_begin_ns = 4 * MS, .delay_ns = 7 * MS},
            NULL),
        0);
    sends(&link, 0, 1500, 4 + 7);
    sends(&link, 0, 3000, 9 + 7);
    weir_trace_done(&trace);
}

static void test_what_passes_is_what_was_recorded(void **state) {
    (void)state;
    static const char *const names[] = {"traces/TMobile-LTE-short.up",
                                        "traces/Verizon-LTE-short.up",
                                        "traces/ATT-LTE-driving-2016.up"};
    for (size_t i = 0; i < 3; i++) {
        struct weir_error err = {0};
        struct weir_trace trace;
        struct weir_link link;
        char *text;
        size_t len;
        assert_int_equal(weir_file_read(test_data(names[i]), 1 << 24, &text, &len, &err), 0);
        assert_int_equal(weir_trace_parse(names[i], text, len, &trace, &err), 0);
        assert_int_equal(weir_link_init(&link, &(struct weir_link_conf){.trace = &trace}, &err), 0);
        int64_t left = 0, there, bytes = 0, end = trace.at_ms[trace.len - 1] * MS;
        while (left < end) { /* always busy */
            assert_int_equal(weir_link_send(&link, 0, 4500, &left, &there), 0);
            bytes += 4500;
        }
        double rate = (double)bytes * 8e3 / (double)end;
        assert_true(rate > 0.999 * weir_trace_mean_mbit_per_s(&trace) &&
                    rate < 1.001 * weir_trace_mean_mbit_per_s(&trace));
        weir_trace_done(&trace);
        free(text);
    }
}

static void test_what_is_no_trace_is_refused_with_its_line(void **state) {
    (void)state;
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", "t.up: is empty"},
        {"1\n2\nx\n", "t.up:3: found \"x\""},
        {"1\n\n2\n", "t.up:2: found \"\""},
        {"1\n-2\n", "t.up:2: found \"-2\""},
        {"1 2\n", "t.up:1: found \"1 2\""},
        {"1.5\n", "t.up:1"},
        {"5\n4\n", "t.up:2: found 4 after 5"},
        {"1\n99999999999999999999\n", "t.up:2: found 99999999999999999999; allowed: milliseconds"},
        {"0\n0\n", "t.up:2: ends at 0"},
        {"1\n\x1b[2J\n", "t.up:2: found \"\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct weir_trace trace = {.len = 77};
        struct weir_error err = {0};
        assert_int_equal(weir_trace_parse("t.up", rows[i].text, strlen(rows[i].text), &trace, &err),
                         WEIR_EINVAL);
        test_error_says(&err, rows[i].words);
        assert_int_equal(trace.len, 77);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_is_a_packet),
        cmocka_unit_test(test_a_packets_rest_serves_who_is_there_in_time),
        cmocka_unit_test(test_it_repeats_after_its_last_line),
        cmocka_unit_test(test_a_run_may_begin_in_its_middle),
        cmocka_unit_test(test_what_passes_is_what_was_recorded),
        cmocka_unit_test(test_what_is_no_trace_is_refused_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
