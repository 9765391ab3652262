/* The growing byte string. */
#include "support/support.h"

#include <string.h>

static void test_an_empty_buffer_is_an_empty_text(void **state) {
    struct weir_buf buf = {0};
    assert_string_equal(weir_buf_str(&buf), "");
    weir_buf_reset(&buf);
    weir_buf_add(&buf, NULL, 0);
    assert_string_equal(weir_buf_str(&buf), "");
    weir_buf_done(&buf);
    weir_buf_done(NULL);
}

static void test_pieces_follow_each_other(void **state) {
    struct weir_buf buf = {0};
    weir_buf_puts(&buf, "ab");
    weir_buf_putc(&buf, 'c');
    weir_buf_add(&buf, "defg", 2);
    weir_buf_printf(&buf, "-%d-%s", 42, "x");
    assert_string_equal(weir_buf_str(&buf), "abcde-42-x");
    assert_int_equal(buf.len, 10);
    weir_buf_done(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.len, 0);
}

static void test_a_long_text_grows_and_stays_terminated(void **state) {
    struct weir_buf buf = {0};
    for (int i = 0; i < 5000; i++) {
        weir_buf_putc(&buf, (char)('a' + i % 26));
        assert_int_equal(buf.data[buf.len], '\0');
    }
    assert_int_equal(strlen(weir_buf_str(&buf)), 5000);
    assert_false(buf.failed);
    weir_buf_done(&buf);
}

static void test_printf_formats_what_is_longer_than_the_room_left(void **state) {
    struct weir_buf buf = {0};
    char text[1000];
    memset(text, 'y', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 5; i++)
        weir_buf_printf(&buf, "%s", text);
    assert_int_equal(buf.len, 5 * (sizeof text - 1));
    assert_int_equal(strlen(weir_buf_str(&buf)), buf.len);
    weir_buf_done(&buf);
}

static void test_bytes_with_zeros_are_kept(void **state) {
    struct weir_buf buf = {0};
    weir_buf_add(&buf, "a\0b", 3);
    assert_int_equal(buf.len, 3);
    assert_memory_equal(buf.data, "a\0b", 4);
    weir_buf_done(&buf);
}

static void test_a_failure_is_remembered_and_what_follows_is_dropped(void **state) {
    struct weir_buf buf = {0};
    weir_buf_puts(&buf, "kept");
    weir_buf_add(&buf, "", SIZE_MAX - 2); /* more than there can be: refused unread */
    assert_true(buf.failed);
    weir_buf_puts(&buf, "dropped");
    weir_buf_printf(&buf, "%d", 1);
    assert_string_equal(weir_buf_str(&buf), "kept");
    assert_int_equal(buf.len, 4);
    weir_buf_done(&buf);
}

static void test_a_reset_forgets_the_failure_and_keeps_the_memory(void **state) {
    struct weir_buf buf = {0};
    weir_buf_puts(&buf, "old");
    weir_buf_add(&buf, "", SIZE_MAX - 2);
    char *data = buf.data;
    weir_buf_reset(&buf);
    assert_false(buf.failed);
    assert_string_equal(weir_buf_str(&buf), "");
    weir_buf_puts(&buf, "new");
    assert_string_equal(weir_buf_str(&buf), "new");
    assert_ptr_equal(buf.data, data);
    weir_buf_done(&buf);
}

static void test_a_buffer_can_be_used_again_after_done(void **state) {
    struct weir_buf buf = {0};
    weir_buf_puts(&buf, "x");
    weir_buf_done(&buf);
    weir_buf_puts(&buf, "y");
    assert_string_equal(weir_buf_str(&buf), "y");
    weir_buf_done(&buf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_buffer_is_an_empty_text),
        cmocka_unit_test(test_pieces_follow_each_other),
        cmocka_unit_test(test_a_long_text_grows_and_stays_terminated),
        cmocka_unit_test(test_printf_formats_what_is_longer_than_the_room_left),
        cmocka_unit_test(test_bytes_with_zeros_are_kept),
        cmocka_unit_test(test_a_failure_is_remembered_and_what_follows_is_dropped),
        cmocka_unit_test(test_a_reset_forgets_the_failure_and_keeps_the_memory),
        cmocka_unit_test(test_a_buffer_can_be_used_again_after_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
