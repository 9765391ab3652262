/* The JSON writer, byte for byte. */
#include "support/support.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define BAD "\xEF\xBF\xBD" /* U+FFFD */

/* What a lone string value is written as, quotes included. */
static void text_becomes(const char *text, const char *expected) {
    struct weir_buf buf = {0};
    struct weir_json json;
    weir_json_init(&json, &buf);
    weir_json_str(&json, text);
    assert_string_equal(weir_buf_str(&buf), expected);
    assert_false(buf.failed);
    weir_buf_done(&buf);
}

static void number_becomes(double value, int digits, const char *expected) {
    struct weir_buf buf = {0};
    struct weir_json json;
    weir_json_init(&json, &buf);
    weir_json_num(&json, value, digits);
    assert_string_equal(weir_buf_str(&buf), expected);
    weir_buf_done(&buf);
}

static void write_sample(struct weir_json *json) {
    weir_json_object(json);
    weir_json_key_str(json, "name", "gate");
    weir_json_key_int(json, "frame", INT64_MIN);
    weir_json_key_num(json, "ms", 1.5, 3);
    weir_json_key_bool(json, "ok", true);
    weir_json_key(json, "none");
    weir_json_null(json);
    weir_json_key(json, "boxes");
    weir_json_array(json);
    weir_json_array(json);
    weir_json_int(json, 1);
    weir_json_int(json, 2);
    weir_json_end_array(json);
    weir_json_object(json);
    weir_json_end_object(json);
    weir_json_array(json);
    weir_json_end_array(json);
    weir_json_end_array(json);
    weir_json_end_object(json);
}

static void test_a_nested_document_is_compact_by_default(void **state) {
    struct weir_buf buf = {0};
    struct weir_json json;
    weir_json_init(&json, &buf);
    write_sample(&json);
    assert_string_equal(weir_buf_str(&buf),
                        "{\"name\":\"gate\",\"frame\":-9223372036854775808,\"ms\":1.5,\"ok\":true,"
                        "\"none\":null,\"boxes\":[[1,2],{},[]]}");
    assert_int_equal(json.depth, 0);
    weir_buf_done(&buf);
}

static void test_a_pretty_document_has_a_line_a_member(void **state) {
    struct weir_buf buf = {0};
    struct weir_json json;
    weir_json_init(&json, &buf);
    json.pretty = true;
    write_sample(&json);
    assert_string_equal(weir_buf_str(&buf), "{\n"
                                            "  \"name\": \"gate\",\n"
                                            "  \"frame\": -9223372036854775808,\n"
                                            "  \"ms\": 1.5,\n"
                                            "  \"ok\": true,\n"
                                            "  \"none\": null,\n"
                                            "  \"boxes\": [\n"
                                            "    [\n"
                                            "      1,\n"
                                            "      2\n"
                                            "    ],\n"
                                            "    {},\n"
                                            "    []\n"
                                            "  ]\n"
                                            "}");
    weir_buf_done(&buf);
}

static void test_one_writer_fills_a_file_of_lines(void **state) {
    struct weir_buf buf = {0};
    struct weir_json json;
    weir_json_init(&json, &buf);
    for (int i = 0; i < 2; i++) {
        weir_json_object(&json);
        weir_json_key_int(&json, "i", i);
        weir_json_end_object(&json);
        weir_buf_putc(&buf, '\n');
    }
    assert_string_equal(weir_buf_str(&buf), "{\"i\":0}\n{\"i\":1}\n");
    weir_buf_done(&buf);
}

static void test_quotes_and_control_characters_are_escaped(void **state) {
    text_becomes("", "\"\"");
    text_becomes("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
    text_becomes("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
    text_becomes("\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"");
}

static void test_keys_are_escaped_like_values(void **state) {
    struct weir_buf buf = {0};
    struct weir_json json;
    weir_json_init(&json, &buf);
    weir_json_object(&json);
    weir_json_key_bool(&json, "a\"\n\xFF", false);
    weir_json_end_object(&json);
    assert_string_equal(weir_buf_str(&buf), "{\"a\\\"\\n" BAD "\":false}");
    weir_buf_done(&buf);
}

static void test_good_utf8_passes_unchanged(void **state) {
    text_becomes("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80",
                 "\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\"");
    /* the first and last of each length, and both sides of the surrogates */
    text_becomes("\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF",
                 "\"\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\"");
    text_becomes("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", "\"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"");
}

static void test_bad_utf8_bytes_are_replaced_one_by_one(void **state) {
    text_becomes("a\xFFz", "\"a" BAD "z\""); /* never in UTF-8 */
    text_becomes("\x80", "\"" BAD "\""); /* continuation alone */
    text_becomes("\xC0\xAF", "\"" BAD BAD "\""); /* overlong '/' */
    text_becomes("\xE0\x9F\xBF", "\"" BAD BAD BAD "\""); /* overlong */
    text_becomes("\xED\xA0\x80", "\"" BAD BAD BAD "\""); /* a surrogate */
    text_becomes("\xF4\x90\x80\x80", "\"" BAD BAD BAD BAD "\""); /* beyond U+10FFFF */
    text_becomes("\xF5", "\"" BAD "\"");
}

static void test_a_sequence_cut_off_by_the_end_is_replaced(void **state) {
    text_becomes("\xE2\x82", "\"" BAD BAD "\"");
    text_becomes("\xF0\x9F\x98", "\"" BAD BAD BAD "\"");
    text_becomes("\xC3\"", "\"" BAD "\\\"\"");
}

static void test_no_text_is_null(void **state) {
    text_becomes(NULL, "null");
}

static void test_numbers_lose_trailing_zeros(void **state) {
    number_becomes(1.0, 6, "1");
    number_becomes(0.5, 2, "0.5");
    number_becomes(100.0, 2, "100");
    number_becomes(100.0, 0, "100");
    number_becomes(-12.3456, 3, "-12.346");
    number_becomes(0.05, 1, "0.1");
    number_becomes(1.23456789, -4, "1");
}

static void test_a_negative_zero_is_zero(void **state) {
    number_becomes(-0.0, 3, "0");
    number_becomes(-0.0001, 2, "0");
}

static void test_nan_and_infinity_are_null(void **state) {
    number_becomes(NAN, 3, "null");
    number_becomes(INFINITY, 3, "null");
    number_becomes(-INFINITY, 0, "null");
}

static void test_the_largest_double_fits(void **state) {
    struct weir_buf buf = {0};
    struct weir_json json;
    weir_json_init(&json, &buf);
    weir_json_num(&json, -DBL_MAX, 1000);
    assert_int_equal(buf.len, 310);
    weir_buf_done(&buf);
}

static void test_nesting_beyond_the_limit_fails_and_writes_no_more(void **state) {
    struct weir_buf buf = {0};
    struct weir_json json;
    weir_json_init(&json, &buf);
    for (int i = 0; i < WEIR_JSON_DEPTH - 1; i++)
        weir_json_array(&json);
    assert_false(buf.failed);
    for (int i = 0; i < 10; i++)
        weir_json_array(&json);
    assert_true(buf.failed);
    for (int i = 0; i < WEIR_JSON_DEPTH + 9; i++)
        weir_json_end_array(&json);
    weir_json_int(&json, 1);
    assert_true(buf.failed);
    weir_buf_done(&buf);
}

static void test_closing_what_is_not_open_fails(void **state) {
    struct weir_buf buf = {0};
    struct weir_json json;
    weir_json_init(&json, &buf);
    weir_json_end_object(&json);
    assert_true(buf.failed);
    weir_json_end_object(&json);
    weir_json_object(&json);
    weir_buf_done(&buf);
}

static void test_a_key_without_a_value_fails(void **state) {
    struct weir_buf buf = {0};
    struct weir_json json;
    weir_json_init(&json, &buf);
    weir_json_object(&json);
    weir_json_key(&json, "k");
    weir_json_end_object(&json);
    assert_true(buf.failed);
    weir_buf_done(&buf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_nested_document_is_compact_by_default),
        cmocka_unit_test(test_a_pretty_document_has_a_line_a_member),
        cmocka_unit_test(test_one_writer_fills_a_file_of_lines),
        cmocka_unit_test(test_quotes_and_control_characters_are_escaped),
        cmocka_unit_test(test_keys_are_escaped_like_values),
        cmocka_unit_test(test_good_utf8_passes_unchanged),
        cmocka_unit_test(test_bad_utf8_bytes_are_replaced_one_by_one),
        cmocka_unit_test(test_a_sequence_cut_off_by_the_end_is_replaced),
        cmocka_unit_test(test_no_text_is_null),
        cmocka_unit_test(test_numbers_lose_trailing_zeros),
        cmocka_unit_test(test_a_negative_zero_is_zero),
        cmocka_unit_test(test_nan_and_infinity_are_null),
        cmocka_unit_test(test_the_largest_double_fits),
        cmocka_unit_test(test_nesting_beyond_the_limit_fails_and_writes_no_more),
        cmocka_unit_test(test_closing_what_is_not_open_fails),
        cmocka_unit_test(test_a_key_without_a_value_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
