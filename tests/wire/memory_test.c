/*
 * What reading may take of the heap: a bounded multiple of the bytes that came, and no crash
 * where there is none. Linked with --wrap, so that the room's allocations go through here.
 */
#include "samples.h"

#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static size_t taken; /* bytes, in all */
static int left = -1; /* allocations until one fails; -1: none does */

static bool fails(void) {
    if (left > 0)
        left--;
    return left == 0;
}

void *__wrap_malloc(size_t size) {
    taken += size;
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    taken += count * size;
    return fails() ? NULL : __real_calloc(count, size);
}

static void reads_within_its_means(const char *data, size_t len, size_t picture) {
    struct weir_wire wire = {0};
    taken = 0;
    weir_wire_read(data, len, picture, &wire, NULL);
    size_t most = WEIR_WIRE_BASE + WEIR_WIRE_GROWTH * len + 256; /* the arena itself */
    if (taken > most)
        fail_msg("%zu bytes were taken for a message of %zu", taken, len);
    weir_wire_done(&wire);
}

static void test_messages_at_their_limits_are_read_within_theirs(void **state) {
    (void)state;
    for (int kind = WEIR_WIRE_NOTHING + 1; kind < WEIR_WIRE_KINDS; kind++)
        for (int size = 0; size < SAMPLE_SIZES; size++) {
            struct weir_wire whole = sample((enum weir_wire_kind)kind, (enum sample_size)size);
            struct weir_buf bytes = {0};
            sample_bytes(&bytes, (enum weir_wire_kind)kind, (enum sample_size)size);
            reads_within_its_means(bytes.data, bytes.len, sample_picture(&whole));
            weir_buf_done(&bytes);
        }
}

/* Field 3 of the envelope, a reply, of so many boxes without a field; each is a valid one. */
static void test_ten_thousand_boxes_of_two_bytes_are_read_within_them(void **state) {
    (void)state;
    struct weir_buf bytes = {0};
    struct weir_wire wire;
    struct weir_error err = {0};
    weir_buf_add(&bytes, "\x08\x01\x1a\xa5\x9c\x01\x12\x01g\x28\x01", 11); /* 20,005 bytes */
    for (int i = 0; i < WEIR_WIRE_MAX_BOXES; i++)
        weir_buf_add(&bytes, "\x32\x00", 2);
    reads_within_its_means(bytes.data, bytes.len, 0);
    if (weir_wire_read(bytes.data, bytes.len, 0, &wire, &err))
        fail_msg("%s", err.text);
    assert_int_equal(wire.work_reply.boxes, WEIR_WIRE_MAX_BOXES);
    weir_wire_done(&wire);
    weir_buf_done(&bytes);
}

static void test_a_message_that_says_it_is_large_takes_nothing(void **state) {
    (void)state;
    static const char lie[] = "\x08\x01\x1a\xff\xff\x3f\x32\xff\xff\x3f";
    taken = 0;
    assert_refused(lie, sizeof lie - 1, 0, WEIR_ECORRUPT, "is cut short");
    assert_true(taken < 1024);
}

static void test_without_memory_reading_fails_and_leaves_nothing(void **state) {
    (void)state;
    for (int kind = WEIR_WIRE_NOTHING + 1; kind < WEIR_WIRE_KINDS; kind++) {
        struct weir_wire whole = sample((enum weir_wire_kind)kind, SAMPLE_MOST), wire;
        struct weir_buf bytes = {0};
        int rc = WEIR_ENOMEM, n = 1;
        sample_bytes(&bytes, (enum weir_wire_kind)kind, SAMPLE_MOST);
        for (; rc && n < 100; n++) {
            struct weir_error err = {0};
            left = n;
            rc = weir_wire_read(bytes.data, bytes.len, sample_picture(&whole), &wire, &err);
            left = -1;
            if (rc) {
                assert_int_equal(rc, WEIR_ENOMEM);
                test_error_says(&err, "out of memory");
            }
        }
        assert_int_equal(rc, 0);
        assert_true(n > 2);
        weir_wire_done(&wire);
        weir_buf_done(&bytes);
    }
}

static void test_without_memory_writing_fails_and_leaves_the_buffer(void **state) {
    (void)state;
    for (int kind = WEIR_WIRE_NOTHING + 1; kind < WEIR_WIRE_KINDS; kind++) {
        struct weir_wire whole = sample((enum weir_wire_kind)kind, SAMPLE_USUAL);
        struct weir_buf bytes = {0};
        int rc = WEIR_ENOMEM, n = 1;
        weir_buf_puts(&bytes, "head");
        for (; rc && n < 100; n++) {
            left = n;
            rc = sample_write(&bytes, &whole, NULL);
            left = -1;
            assert_true(rc == 0 || (rc == WEIR_ENOMEM && bytes.len == 4));
        }
        assert_int_equal(rc, 0);
        weir_buf_done(&bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_at_their_limits_are_read_within_theirs),
        cmocka_unit_test(test_ten_thousand_boxes_of_two_bytes_are_read_within_them),
        cmocka_unit_test(test_a_message_that_says_it_is_large_takes_nothing),
        cmocka_unit_test(test_without_memory_reading_fails_and_leaves_nothing),
        cmocka_unit_test(test_without_memory_writing_fails_and_leaves_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
