/* Class names out of metadata, and halves widened. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/detect/half.h"
#include "pipeline/detect/names.h"

static void reads(const char *text, size_t len, const char *last) {
    struct weir_strings names = {0};
    if (weir_names_parse(text, &names))
        fail_msg("not read: %s", text);
    assert_int_equal(names.len, len);
    assert_string_equal(names.item[len - 1], last);
    weir_names_done(&names);
}

static void test_python_dict_of_names_is_read(void **state) {
    reads("{0: 'person', 1: 'bicycle'}", 2, "bicycle");
    reads(" { 0 : 'a' , } ", 1, "a");
    reads("{1: 'b', 0: 'a', 2: 'c'}", 3, "c");
}

static void test_quotes_and_escapes_in_names_are_read(void **state) {
    reads("{0: \"driver's seat\"}", 1, "driver's seat");
    reads("{0: 'it\\'s, {0: x}'}", 1, "it's, {0: x}");
    reads("{0: 'caf\\xe9'}", 1, "caf\xc3\xa9");
    reads("{\"0\": \"\\u00e9\\ud83d\\ude00\"}", 1, "\xc3\xa9\xf0\x9f\x98\x80");
    reads("{0: 'a\\\\b\\n'}", 1, "a\\b\n");
}

static void test_lists_and_json_of_names_are_read(void **state) {
    reads("['a', \"b\"]", 2, "b");
    reads("{\"0\": \"a\", \"1\": \"b\"}", 2, "b");
}

static void test_what_is_no_list_of_names_is_refused(void **state) {
    static const char *const bad[] = {
        "",
        "person",
        "{}",
        "[]",
        "{0: 'a'",
        "{0: 'a}",
        "{0 'a'}",
        "{0: a}",
        "{1: 'a'}",
        "{0: 'a', 0: 'b'}",
        "{0: 'a'} x",
        "{0: 'a', 2: 'c'}",
        "{-1: 'a'}",
        "{0: '\\q'}",
        "{0: '\\xg0'}",
        "{0: ['a']}",
        "{0: '\\ud800'}",
        "[1, 2]",
        "{99999999999999999999: 'a'}",
        "{0: '\\u0000'}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct weir_strings names = {0};
        if (weir_names_parse(bad[i], &names) != WEIR_ECORRUPT)
            fail_msg("accepted: %s", bad[i]);
        assert_null(names.item);
    }
}

static void test_pair_of_sizes_is_read(void **state) {
    int a, b;
    assert_true(weir_names_pair("[640, 384]", &a, &b));
    assert_int_equal(a, 640);
    assert_int_equal(b, 384);
    assert_true(weir_names_pair("32", &a, &b));
    assert_int_equal(b, 32);
    assert_true(weir_names_pair("(320,320)", &a, &b));
}

static void test_what_is_no_pair_of_sizes_is_refused(void **state) {
    int a = 7, b = 7;
    static const char *const bad[] = {"",   "x",    "[640",    "[640, ]",    "0",
                                      "-5", "640x", "[1,2,3]", "99999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (weir_names_pair(bad[i], &a, &b))
            fail_msg("accepted: %s", bad[i]);
    assert_int_equal(a, 7);
}

/* Every half, against the definition of the format. */
static void test_every_half_is_widened_exactly(void **state) {
    for (uint32_t h = 0; h < 0x10000; h++) {
        float got = weir_half_to_float((uint16_t)h);
        int exponent = (int)(h >> 10 & 0x1f), fraction = (int)(h & 0x3ff);
        assert_int_equal(!!signbit(got), h >> 15);
        if (exponent == 31) {
            assert_true(fraction ? isnan(got) : isinf(got));
            continue;
        }
        double want = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
        assert_true(fabs((double)got) == want);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_python_dict_of_names_is_read),
        cmocka_unit_test(test_quotes_and_escapes_in_names_are_read),
        cmocka_unit_test(test_lists_and_json_of_names_are_read),
        cmocka_unit_test(test_what_is_no_list_of_names_is_refused),
        cmocka_unit_test(test_pair_of_sizes_is_read),
        cmocka_unit_test(test_what_is_no_pair_of_sizes_is_refused),
        cmocka_unit_test(test_every_half_is_widened_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
