/* Another implementation of protocol buffers, Google's protoc, reads what is written here, and
 * writes what is read here, by proto/weir.proto alone. */
#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need_protoc(void) {
    if (system("protoc --version >/dev/null 2>&1")) {
        print_message("# skipped: no program protoc (Debian: protobuf-compiler)\n");
        skip();
    }
}

/* `protoc --WHAT=weir.v1.Envelope` from dir/in to dir/out; false where it fails. */
static bool protoc(const char *what, const char *dir) {
    char command[4 * 4096];
    snprintf(command, sizeof command,
             "protoc --%s=weir.v1.Envelope --proto_path='%s' weir.proto <'%s/in' >'%s/out' "
             "2>'%s/err'",
             what, test_source("proto"), dir, dir, dir);
    return system(command) == 0;
}

static char *output(const char *dir, size_t *ret_len) {
    char *data;
    struct weir_error err = {0};
    if (weir_file_read(test_path(dir, "out"), WEIR_WIRE_MAX_BYTES * 64, &data, ret_len, &err))
        fail_msg("%s", err.text);
    return data;
}

static void input(const char *dir, const char *data, size_t len) {
    assert_int_equal(weir_file_write_all(test_path(dir, "in"), data, len, NULL), 0);
}

static void test_a_reply_is_read_as_it_was_meant(void **state) {
    (void)state;
    need_protoc();
    char *dir = test_scratch(), *text;
    struct weir_buf bytes = {0};
    size_t len;
    sample_bytes(&bytes, WEIR_WIRE_WORK_REPLY, SAMPLE_USUAL);
    input(dir, bytes.data, bytes.len);
    assert_true(protoc("decode", dir));
    text = output(dir, &len);
    assert_string_equal(text, "version: 1\n"
                              "work_reply {\n"
                              "  request_id: 7\n"
                              "  stream: \"gate\"\n"
                              "  epoch: 3\n"
                              "  frame: 250\n"
                              "  outcome: OUTCOME_DETECT\n"
                              "  boxes {\n"
                              "    x0: 10.5\n"
                              "    y0: 20.25\n"
                              "    x1: 110\n"
                              "    y1: 220\n"
                              "    score: 0.875\n"
                              "    class_id: 2\n"
                              "  }\n"
                              "  boxes {\n"
                              "    x0: -3\n"
                              "    x1: 640.5\n"
                              "    y1: 360\n"
                              "    score: 0.5\n"
                              "  }\n"
                              "  queue_us: 1200\n"
                              "  decode_us: 600\n"
                              "  inference_us: 9000\n"
                              "  wait_us: 4000\n"
                              "  load: 0.75\n"
                              "  price_us: 800\n"
                              "  credit: 4\n"
                              "  needs_keyframe: true\n"
                              "}\n");
    free(text);
    weir_buf_done(&bytes);
    test_scratch_remove(dir);
}

static void test_every_message_goes_through_another_implementation_and_back(void **state) {
    (void)state;
    need_protoc();
    char *dir = test_scratch();
    for (int kind = WEIR_WIRE_NOTHING + 1; kind < WEIR_WIRE_KINDS; kind++)
        for (int size = 0; size < SAMPLE_SIZES; size++) {
            struct weir_wire sent = sample((enum weir_wire_kind)kind, (enum sample_size)size), got;
            struct weir_buf bytes = {0};
            struct weir_error err = {0};
            size_t len;
            sample_bytes(&bytes, (enum weir_wire_kind)kind, (enum sample_size)size);
            input(dir, bytes.data, bytes.len);
            assert_true(protoc("decode", dir));
            char *text = output(dir, &len);
            input(dir, text, len);
            free(text);
            assert_true(protoc("encode", dir));
            char *back = output(dir, &len);
            if (weir_wire_read(back, len, sample_picture(&sent), &got, &err))
                fail_msg("%s", err.text);
            assert_same_message(&sent, &got);
            assert_int_equal(len, bytes.len);
            assert_memory_equal(back, bytes.data, len);
            weir_wire_done(&got);
            free(back);
            weir_buf_done(&bytes);
        }
    test_scratch_remove(dir);
}

static void test_what_another_implementation_writes_wrongly_is_refused(void **state) {
    (void)state;
    need_protoc();
    static const struct {
        const char *text, *says;
        int code;
    } rows[] = {
        {"version: 2 cancel { stream: \"gate\" }", "found 2", WEIR_EUNSUPPORTED},
        {"version: 1 cancel { }", "cancel.stream: found \"\"", WEIR_ECORRUPT},
        {"version: 1 work_reply { stream: \"gate\" outcome: OUTCOME_DETECT load: nan }",
         "work_reply.load: found nan", WEIR_ECORRUPT},
        {"version: 1 refusal { reason: 77 }", "refusal.reason: found 77", WEIR_ECORRUPT},
        {"version: 1", "nothing but a version", WEIR_ECORRUPT},
    };
    char *dir = test_scratch();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t len;
        input(dir, rows[i].text, strlen(rows[i].text));
        assert_true(protoc("encode", dir));
        char *bytes = output(dir, &len);
        assert_refused(bytes, len, 0, rows[i].code, rows[i].says);
        free(bytes);
    }
    test_scratch_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reply_is_read_as_it_was_meant),
        cmocka_unit_test(test_every_message_goes_through_another_implementation_and_back),
        cmocka_unit_test(test_what_another_implementation_writes_wrongly_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
