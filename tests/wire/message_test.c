/* Every message goes there and comes back, and is the bytes that the schema says. */
#include "samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void goes_and_comes_back(enum weir_wire_kind kind, enum sample_size size) {
    struct weir_wire sent = sample(kind, size), got = {0};
    struct weir_buf bytes = {0};
    struct weir_error err = {0};
    sample_bytes(&bytes, kind, size);
    assert_true(bytes.len <= WEIR_WIRE_MAX_BYTES);
    if (weir_wire_read(bytes.data, bytes.len, sample_picture(&sent), &got, &err))
        fail_msg("%s", err.text);
    weir_buf_done(&bytes); /* what was read owes it nothing */
    assert_same_message(&sent, &got);
    weir_wire_done(&got);
    assert_int_equal(got.kind, WEIR_WIRE_NOTHING);
}

static void all_go_and_come_back(enum sample_size size) {
    for (int kind = WEIR_WIRE_NOTHING + 1; kind < WEIR_WIRE_KINDS; kind++)
        goes_and_comes_back((enum weir_wire_kind)kind, size);
}

static void test_usual_messages_come_back_as_they_went(void **state) {
    (void)state;
    all_go_and_come_back(SAMPLE_USUAL);
}

static void test_the_least_that_can_be_said_comes_back(void **state) {
    (void)state;
    all_go_and_come_back(SAMPLE_LEAST);
}

static void test_the_most_that_can_be_said_comes_back(void **state) {
    (void)state;
    all_go_and_come_back(SAMPLE_MOST);
}

static void test_a_message_is_put_behind_what_is_there(void **state) {
    (void)state;
    struct weir_buf bytes = {0};
    weir_buf_puts(&bytes, "head");
    sample_bytes(&bytes, WEIR_WIRE_CANCEL, SAMPLE_USUAL);
    assert_memory_equal(bytes.data, "head\x08\x01", 6);
    weir_buf_done(&bytes);
}

/* By hand from proto/weir.proto: key (number << 3 | kind), then the value. */
static void test_a_cancellation_is_these_bytes(void **state) {
    (void)state;
    static const char golden[] = "\x08\x01" /* version 1 */
                                 "\x22\x0d" /* cancel, 13 bytes */
                                 "\x08\x07" /* request_id 7 */
                                 "\x12\x04gate" /* stream */
                                 "\x18\x03" /* epoch 3 */
                                 "\x20\xfa\x01"; /* frame 250 */
    struct weir_buf bytes = {0};
    sample_bytes(&bytes, WEIR_WIRE_CANCEL, SAMPLE_USUAL);
    assert_int_equal(bytes.len, sizeof golden - 1);
    assert_memory_equal(bytes.data, golden, bytes.len);
    weir_buf_done(&bytes);
}

static void test_a_reply_is_these_bytes(void **state) {
    (void)state;
    static const char golden[] = "\x08\x01" /* version 1 */
                                 "\x1a\x5a" /* work_reply, 90 bytes */
                                 "\x08\x07\x12\x04gate\x18\x03\x20\xfa\x01" /* as above */
                                 "\x28\x01" /* outcome DETECT */
                                 "\x32\x1b" /* a box, 27 bytes: 10.5 20.25 110 220 0.875 2 */
                                 "\x0d\x00\x00\x28\x41\x15\x00\x00\xa2\x41\x1d\x00\x00\xdc\x42"
                                 "\x25\x00\x00\x5c\x43\x2d\x00\x00\x60\x3f\x30\x02"
                                 "\x32\x14" /* another: -3 0 640.5 360 0.5 0 */
                                 "\x0d\x00\x00\x40\xc0\x1d\x00\x20\x20\x44\x25\x00\x00\xb4\x43"
                                 "\x2d\x00\x00\x00\x3f"
                                 "\x38\xb0\x09\x40\xd8\x04\x48\xa8\x46" /* 1200, 600, 9000 us */
                                 "\x50\xa0\x1f" /* wait_us 4000 */
                                 "\x5d\x00\x00\x40\x3f" /* load 0.75 */
                                 "\x60\xa0\x06\x68\x04\x70\x01"; /* 800 us, 4, true */
    struct weir_buf bytes = {0};
    sample_bytes(&bytes, WEIR_WIRE_WORK_REPLY, SAMPLE_USUAL);
    assert_int_equal(bytes.len, sizeof golden - 1);
    assert_memory_equal(bytes.data, golden, bytes.len);
    weir_buf_done(&bytes);
}

static void test_fields_that_are_not_known_are_passed_over(void **state) {
    (void)state;
    /* a cancellation with fields 100 (a number), 101 (8 bytes), 102 (text), 103 (4 bytes), and
     * field 60 of the envelope */
    static const char later[] = "\x08\x01"
                                "\x22\x27"
                                "\x08\x07\x12\x04gate\x18\x03\x20\xfa\x01"
                                "\xa0\x06\x96\x01"
                                "\xa9\x06\x01\x02\x03\x04\x05\x06\x07\x08"
                                "\xb2\x06\x03new"
                                "\xbd\x06\x01\x02\x03\x04"
                                "\xe0\x03\x01\xe0\x03\x01";
    struct weir_wire known = sample(WEIR_WIRE_CANCEL, SAMPLE_USUAL), got = {0};
    struct weir_error err = {0};
    if (weir_wire_read(later, sizeof later - 1, 0, &got, &err))
        fail_msg("%s", err.text);
    assert_same_message(&known, &got);
    weir_wire_done(&got);
}

static void test_lists_may_come_packed_or_one_by_one(void **state) {
    (void)state;
    struct weir_wire usual = sample(WEIR_WIRE_WORK_REQUEST, SAMPLE_USUAL), got = {0};
    struct weir_buf bytes = {0};
    struct weir_error err = {0};
    usual.work_request.class_ids = 0;
    assert_int_equal(sample_write(&bytes, &usual, &err), 0);
    weir_buf_add(&bytes, "\xa0\x01\x00\xa2\x01\x01\x02\xa0\x01\xac\x02", 11); /* 0, [2], 300 */
    bytes.data[3] += 11; /* the body's length */
    if (weir_wire_read(bytes.data, bytes.len, 4321, &got, &err))
        fail_msg("%s", err.text);
    usual = sample(WEIR_WIRE_WORK_REQUEST, SAMPLE_USUAL);
    assert_same_message(&usual, &got);
    weir_wire_done(&got);
    weir_buf_done(&bytes);
}

static void test_kinds_have_names(void **state) {
    (void)state;
    assert_string_equal(weir_wire_kind_name(WEIR_WIRE_WORK_REQUEST), "work_request");
    assert_string_equal(weir_wire_kind_name(WEIR_WIRE_REFUSAL), "refusal");
    assert_string_equal(weir_wire_kind_name(WEIR_WIRE_NOTHING), "nothing");
    assert_string_equal(weir_wire_kind_name(WEIR_WIRE_KINDS), "nothing");
}

/* ---- what is not written ------------------------------------------------------- */

static void not_written(const struct weir_wire *wire, int code, const char *says) {
    struct weir_buf out = {0};
    struct weir_error err = {0};
    weir_buf_puts(&out, "head");
    assert_int_equal(sample_write(&out, wire, &err), code);
    test_error_says(&err, says);
    assert_int_equal(out.len, 4);
    weir_buf_done(&out);
}

static void test_what_would_be_refused_is_not_written(void **state) {
    (void)state;
    struct weir_wire w = sample(WEIR_WIRE_CANCEL, SAMPLE_USUAL);
    w.cancel.stream = NULL;
    not_written(&w, WEIR_EINVAL, "cancel.stream: found \"\"");
    w.cancel.stream = "../gate";
    not_written(&w, WEIR_EINVAL, "cancel.stream: found \"../gate\" (7 bytes); allowed: 1 to 100");
    w = sample(WEIR_WIRE_CANCEL, SAMPLE_USUAL);
    w.cancel.frame = -1;
    not_written(&w, WEIR_EINVAL, "cancel.frame: found -1; allowed: 0 to 9223372036854775807");
    w = sample(WEIR_WIRE_WORK_REQUEST, SAMPLE_USUAL);
    w.work_request.after_frame = w.work_request.frame;
    not_written(&w, WEIR_EINVAL, "work_request.after_frame: found 250; allowed: -1 to 249");
    w = sample(WEIR_WIRE_WORK_REPLY, SAMPLE_USUAL);
    w.work_reply.load = NAN;
    not_written(&w, WEIR_EINVAL, "work_reply.load: found nan; allowed: 0 to 1e+06");
    w = sample(WEIR_WIRE_WORK_REPLY, SAMPLE_USUAL);
    w.work_reply.box = NULL;
    not_written(&w, WEIR_EINVAL, "work_reply.boxes: found 2 members that are nowhere");
    w = sample(WEIR_WIRE_PLAN, SAMPLE_USUAL);
    w.plan.settings = 1;
    not_written(&w, WEIR_EINVAL, "plan.streams[0].preferred: found 1; allowed: -1 to 0");
}

static void test_what_is_too_long_for_a_message_is_not_written(void **state) {
    (void)state;
    struct weir_wire w = sample(WEIR_WIRE_PLAN, SAMPLE_MOST);
    struct weir_wire_stream_plan *stream = calloc(w.plan.streams, sizeof *stream);
    for (size_t i = 0; i < w.plan.streams; i++)
        stream[i] = w.plan.stream[0]; /* tolls for all of them */
    w.plan.stream = stream;
    not_written(&w, WEIR_ERANGE, "allowed: 1048576 at most");
    free(stream);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual_messages_come_back_as_they_went),
        cmocka_unit_test(test_the_least_that_can_be_said_comes_back),
        cmocka_unit_test(test_the_most_that_can_be_said_comes_back),
        cmocka_unit_test(test_a_message_is_put_behind_what_is_there),
        cmocka_unit_test(test_a_cancellation_is_these_bytes),
        cmocka_unit_test(test_a_reply_is_these_bytes),
        cmocka_unit_test(test_fields_that_are_not_known_are_passed_over),
        cmocka_unit_test(test_lists_may_come_packed_or_one_by_one),
        cmocka_unit_test(test_kinds_have_names),
        cmocka_unit_test(test_what_would_be_refused_is_not_written),
        cmocka_unit_test(test_what_is_too_long_for_a_message_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
