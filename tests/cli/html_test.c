/* Text and plots of a page: what is escaped, where ticks lie, how curves are written. */
#include "cli/html.h"

#include <math.h>
#include <string.h>

#include "support/support.h"

#define BAD "\xEF\xBF\xBD"

static void text_is(const char *text, const char *expected) {
    struct weir_buf out = {0};
    cli_html_text(&out, text);
    assert_string_equal(weir_buf_str(&out), expected);
    weir_buf_done(&out);
}

static void test_what_has_a_meaning_in_a_page_is_escaped(void **state) {
    (void)state;
    text_is("weir", "weir");
    text_is("a<b>&\"c\" 'd'", "a&lt;b&gt;&amp;&#34;c&#34; &#39;d&#39;");
    text_is("</script><script>", "&lt;/script&gt;&lt;script&gt;");
    text_is("&amp;", "&amp;amp;");
    text_is("Müller, 東京, \xF0\x9F\x8E\xA5", "Müller, 東京, \xF0\x9F\x8E\xA5");
    text_is("two\nlines\tand", "two lines and");
}

static void test_what_no_page_can_hold_is_replaced(void **state) {
    (void)state;
    text_is("\x01\x1F\x7F", BAD BAD BAD);
    text_is("a\xC3", "a" BAD); /* cut short */
    text_is("\xC0\xAF", BAD BAD); /* overlong */
    text_is("\xED\xA0\x80", BAD BAD BAD); /* a surrogate */
    text_is("\xF4\x90\x80\x80", BAD BAD BAD BAD); /* beyond the last */
    text_is("\xEF\xBF\xBF", BAD BAD BAD); /* U+FFFF */
    text_is("\xFFz", BAD "z");
    text_is("\xE2\x82<", BAD BAD "&lt;"); /* the next one is not swallowed */
}

static void test_a_number_that_is_none_is_a_dash(void **state) {
    (void)state;
    struct weir_buf out = {0};
    cli_html_num(&out, 1.25, 1);
    cli_html_num(&out, NAN, 1);
    cli_html_num(&out, INFINITY, 1);
    assert_string_equal(weir_buf_str(&out), "1.2\xE2\x80\x93\xE2\x80\x93");
    weir_buf_done(&out);
}

static void test_ticks_are_round_and_cover_the_values(void **state) {
    (void)state;
    static const double ranges[][2] = {{0, 187}, {0.83, 1.04}, {-37, 12}, {0, 0.003}, {0, 1e7}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        struct cli_axis a = cli_axis_linear(ranges[i][0], ranges[i][1], 5);
        const double step = a.tick[1] - a.tick[0], power = pow(10, floor(log10(step) + 1e-9));
        const double leading = step / power;
        assert_true(a.from <= ranges[i][0] + step * 1e-6 && a.to >= ranges[i][1] - step * 1e-6);
        assert_true(a.ticks >= 3 && a.ticks <= 8);
        assert_true(fabs(leading - 1) < 1e-6 || fabs(leading - 2) < 1e-6 ||
                    fabs(leading - 5) < 1e-6);
        for (int k = 1; k < a.ticks; k++)
            assert_float_equal(a.tick[k] - a.tick[k - 1], step, step * 1e-6);
    }
}

static void test_an_axis_of_nothing_is_one_all_the_same(void **state) {
    (void)state;
    static const double ranges[][2] = {{0, 0}, {NAN, NAN}, {0, NAN}, {5, 5}, {INFINITY, -INFINITY}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        struct cli_axis a = cli_axis_linear(ranges[i][0], ranges[i][1], 5);
        assert_true(isfinite(a.from) && isfinite(a.to) && a.from < a.to && a.ticks >= 2);
        a = cli_axis_log(ranges[i][0], ranges[i][1]);
        assert_true(isfinite(a.from) && isfinite(a.to) && a.from < a.to);
    }
}

static void test_a_logarithmic_axis_gives_each_factor_the_same_room(void **state) {
    (void)state;
    struct cli_axis a = cli_axis_log(10, 1000);
    a.at = 200;
    a.len = -100;
    assert_true(a.log);
    assert_float_equal(cli_axis_place(&a, 10), 200, 1e-9);
    assert_float_equal(cli_axis_place(&a, 100), 150, 1e-9);
    assert_float_equal(cli_axis_place(&a, 1000), 100, 1e-9);
    assert_int_equal(a.ticks, 7); /* 10 20 50 … 1000 */
}

static void test_what_lies_beyond_an_axis_is_put_at_its_end(void **state) {
    (void)state;
    struct cli_axis a = cli_axis_linear(0, 10, 5);
    a.at = 50;
    a.len = 100;
    assert_float_equal(cli_axis_place(&a, -3), 50, 1e-9);
    assert_float_equal(cli_axis_place(&a, 12), 150, 1e-9);
    assert_float_equal(cli_axis_place(&a, INFINITY), 150, 1e-9);
    assert_true(isnan(cli_axis_place(&a, NAN)));
}

static void test_a_curve_is_relative_and_has_gaps_where_nothing_is(void **state) {
    (void)state;
    struct weir_buf out = {0};
    struct cli_curve curve = {.out = &out};
    cli_curve_to(&curve, NAN, 1);
    cli_curve_to(&curve, 10, 20);
    cli_curve_to(&curve, 12.5, 18);
    cli_curve_to(&curve, 15, NAN);
    cli_curve_to(&curve, 20, 18.5);
    cli_curve_dot(&curve, 21, 18.5);
    assert_string_equal(weir_buf_str(&out), "M100 200h0l25-20m75 5h0m10 0h0");
    weir_buf_done(&out);
}

/* A third of a tenth, many times: rounding must not add up. */
static void test_a_long_curve_does_not_drift(void **state) {
    (void)state;
    struct weir_buf out = {0};
    struct cli_curve curve = {.out = &out};
    for (int i = 0; i <= 3000; i++)
        cli_curve_to(&curve, i / 30.0, 0);
    assert_int_equal(curve.x, 1000);
    weir_buf_done(&out);
}

static void test_labels_do_not_overlap_and_stay_where_they_may_be(void **state) {
    (void)state;
    struct weir_buf out = {0};
    struct cli_plot_label label[6];
    for (int i = 0; i < 6; i++) {
        label[i] = (struct cli_plot_label){.y = i < 4 ? 100 : 20 + i, .text = "one"};
        snprintf(label[i].classes, sizeof label[i].classes, "s%d", i);
    }
    cli_plot_labels(&out, label, 6, 300, 10, 110);
    for (int i = 0; i < 6; i++) {
        assert_true(label[i].y >= 10 - 1e-9 && label[i].y <= 110 + 1e-9);
        assert_true(!i || label[i].y - label[i - 1].y >= 14 - 1e-9);
    }
    assert_string_equal(label[0].classes, "s4"); /* the upper two stay above */
    weir_buf_done(&out);
}

static void test_more_labels_than_there_is_room_for_move_closer(void **state) {
    (void)state;
    struct weir_buf out = {0};
    struct cli_plot_label label[20];
    for (int i = 0; i < 20; i++)
        label[i] = (struct cli_plot_label){.y = 50, .text = "one"};
    cli_plot_labels(&out, label, 20, 300, 10, 105);
    for (int i = 0; i < 20; i++)
        assert_float_equal(label[i].y, 10 + 5 * i, 1e-6);
    weir_buf_done(&out);
}

static void test_a_long_label_is_cut_between_characters_and_escaped(void **state) {
    (void)state;
    struct weir_buf out = {0};
    struct cli_plot_label label = {.y = 50, .text = "<ü234567890ü2345678", .classes = "k1"};
    cli_plot_labels(&out, &label, 1, 300, 10, 105);
    assert_non_null(strstr(weir_buf_str(&out), ">&lt;ü234567890ü234\xE2\x80\xA6</text>"));
    weir_buf_done(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_has_a_meaning_in_a_page_is_escaped),
        cmocka_unit_test(test_what_no_page_can_hold_is_replaced),
        cmocka_unit_test(test_a_number_that_is_none_is_a_dash),
        cmocka_unit_test(test_ticks_are_round_and_cover_the_values),
        cmocka_unit_test(test_an_axis_of_nothing_is_one_all_the_same),
        cmocka_unit_test(test_a_logarithmic_axis_gives_each_factor_the_same_room),
        cmocka_unit_test(test_what_lies_beyond_an_axis_is_put_at_its_end),
        cmocka_unit_test(test_a_curve_is_relative_and_has_gaps_where_nothing_is),
        cmocka_unit_test(test_a_long_curve_does_not_drift),
        cmocka_unit_test(test_labels_do_not_overlap_and_stay_where_they_may_be),
        cmocka_unit_test(test_more_labels_than_there_is_room_for_move_closer),
        cmocka_unit_test(test_a_long_label_is_cut_between_characters_and_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
