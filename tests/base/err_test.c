/* Error codes, and reasons that grow a place in front. */
#include "support/support.h"

#include <errno.h>
#include <string.h>

static void test_every_code_has_its_own_name_and_message(void **state) {
    static const int codes[] = {
#define X(name, value, message) WEIR_##name,
        WEIR_ERRORS(X)
#undef X
    };
    const size_t n = sizeof codes / sizeof codes[0];
    for (size_t i = 0; i < n; i++) {
        assert_true(codes[i] < 0);
        assert_true(strlen(weir_err_str(codes[i])) > 0);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(codes[i], codes[j]);
            assert_string_not_equal(weir_err_name(codes[i]), weir_err_name(codes[j]));
        }
    }
    assert_string_equal(weir_err_name(WEIR_ENOENT), "ENOENT");
    assert_string_equal(weir_err_str(WEIR_ENOENT), "not found");
    assert_string_equal(weir_err_name(WEIR_OK), "OK");
}

static void test_an_unknown_code_still_has_a_name(void **state) {
    assert_non_null(weir_err_name(12345));
    assert_non_null(weir_err_str(-99999));
}

static void test_fail_returns_the_code_and_keeps_the_reason(void **state) {
    struct weir_error err = {0};
    assert_int_equal(weir_fail(&err, WEIR_ERANGE, "width %d of %s", 7, "gate"), WEIR_ERANGE);
    assert_int_equal(err.code, WEIR_ERANGE);
    assert_string_equal(err.text, "width 7 of gate");
}

static void test_fail_without_a_place_for_the_reason_returns_the_code(void **state) {
    assert_int_equal(weir_fail(NULL, WEIR_EIO, "%s", "lost"), WEIR_EIO);
    assert_int_equal(weir_fail_at(NULL, WEIR_EIO, "gate: "), WEIR_EIO);
}

static void test_a_place_goes_in_front_and_the_first_code_stays(void **state) {
    struct weir_error err = {0};
    weir_fail(&err, WEIR_ENOENT, "cannot open a.mp4");
    assert_int_equal(weir_fail_at(&err, WEIR_EINTERNAL, "%s: ", "gate"), WEIR_ENOENT);
    assert_string_equal(err.text, "gate: cannot open a.mp4");
    assert_int_equal(err.code, WEIR_ENOENT);
}

static void test_a_place_without_a_reason_takes_the_codes_message(void **state) {
    struct weir_error err = {0};
    assert_int_equal(weir_fail_at(&err, WEIR_ENOMEM, "gate: "), WEIR_ENOMEM);
    assert_string_equal(err.text, "gate: out of memory");
}

static void test_the_old_reason_may_be_part_of_the_new_one(void **state) {
    struct weir_error err = {0};
    weir_fail(&err, WEIR_EIO, "inner");
    weir_fail(&err, WEIR_ECORRUPT, "outer (%s)", err.text);
    assert_string_equal(err.text, "outer (inner)");
    assert_int_equal(err.code, WEIR_ECORRUPT);
}

static void test_a_reason_that_is_too_long_is_cut_and_says_so(void **state) {
    struct weir_error err = {0};
    char text[3 * sizeof err.text];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    weir_fail(&err, WEIR_EINVAL, "%s", text);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_string_equal(err.text + sizeof err.text - 4, "...");
    weir_fail_at(&err, WEIR_EINVAL, "%s", text);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void test_a_cut_never_leaves_half_a_character(void **state) {
    for (int lead = 0; lead < 3; lead++) {
        struct weir_error err = {0};
        char text[3 * sizeof err.text] = {0};
        memset(text, 'x', (size_t)lead);
        for (int i = 0; i < (int)(sizeof err.text / 3 + 100); i++)
            memcpy(text + lead + 3 * i, "\xE2\x82\xAC", 3);
        weir_fail(&err, WEIR_EINVAL, "%s", text);
        size_t len = strlen(err.text);
        assert_string_equal(err.text + len - 3, "...");
        assert_memory_equal(err.text + len - 6, "\xE2\x82\xAC", 3);
    }
}

static void test_errno_values_find_their_closest_code(void **state) {
    assert_int_equal(weir_err_from_errno(0), WEIR_OK);
    assert_int_equal(weir_err_from_errno(ENOENT), WEIR_ENOENT);
    assert_int_equal(weir_err_from_errno(ENOSPC), WEIR_ENOSPC);
    assert_int_equal(weir_err_from_errno(EDQUOT), WEIR_ENOSPC);
    assert_int_equal(weir_err_from_errno(EFBIG), WEIR_ENOSPC);
    assert_int_equal(weir_err_from_errno(ENOMEM), WEIR_ENOMEM);
    assert_int_equal(weir_err_from_errno(ECONNREFUSED), WEIR_ECONN);
    assert_int_equal(weir_err_from_errno(ETIMEDOUT), WEIR_ETIMEDOUT);
}

static void test_a_strange_errno_value_is_an_io_error(void **state) {
    assert_int_equal(weir_err_from_errno(99999), WEIR_EIO);
    assert_int_equal(weir_err_from_errno(-1), WEIR_EIO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_has_its_own_name_and_message),
        cmocka_unit_test(test_an_unknown_code_still_has_a_name),
        cmocka_unit_test(test_fail_returns_the_code_and_keeps_the_reason),
        cmocka_unit_test(test_fail_without_a_place_for_the_reason_returns_the_code),
        cmocka_unit_test(test_a_place_goes_in_front_and_the_first_code_stays),
        cmocka_unit_test(test_a_place_without_a_reason_takes_the_codes_message),
        cmocka_unit_test(test_the_old_reason_may_be_part_of_the_new_one),
        cmocka_unit_test(test_a_reason_that_is_too_long_is_cut_and_says_so),
        cmocka_unit_test(test_a_cut_never_leaves_half_a_character),
        cmocka_unit_test(test_errno_values_find_their_closest_code),
        cmocka_unit_test(test_a_strange_errno_value_is_an_io_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
