/* Dimensions as formulas. */
#include "support/support.h"

#include "model/dims.h"

static int set_up(void **state) {
    static struct dims dims;
    dims_init(&dims, 1, 416, 352);
    *state = &dims;
    return 0;
}

static int tear_down(void **state) {
    dims_done(*state);
    return 0;
}

static struct dim div_of(struct dims *d, enum dim_base base, int64_t by) {
    struct dim whole = dim_base(d, base);
    return dim_quotient(d, &whole, 1, 0, by, 0);
}

static void test_number_one_is_empty(void **state) {
    struct dim one = dim_number(*state, 1);
    assert_int_equal(one.len, 0);
    assert_int_equal(dim_value(*state, &one), 1);
    assert_false(dim_varies(*state, &one));
}

static void test_equal_atoms_are_kept_once(void **state) {
    struct dims *d = *state;
    struct dim a = div_of(d, DIM_HEIGHT, 8), b = div_of(d, DIM_HEIGHT, 8);
    assert_int_equal(a.atom[0], b.atom[0]);
}

static void test_halving_three_times_is_an_eighth(void **state) {
    struct dims *d = *state;
    struct dim h = dim_base(d, DIM_HEIGHT);
    for (int i = 0; i < 3; i++)
        h = dim_quotient(d, &h, 1, -1, 2, 1); /* a 3x3 window, padded by 1, in steps of 2 */
    struct dim eighth = div_of(d, DIM_HEIGHT, 8);
    assert_true(dim_equal(d, &h, &eighth));
    assert_int_equal(dims_stride(d), 8);
}

static void test_doubling_undoes_halving(void **state) {
    struct dims *d = *state;
    struct dim low = div_of(d, DIM_HEIGHT, 32), mid = div_of(d, DIM_HEIGHT, 16);
    struct dim up = dim_quotient(d, &low, 2, 0, 1, 0);
    assert_true(dim_equal(d, &up, &mid));
}

static void test_height_and_width_differ_even_where_equal_now(void **state) {
    struct dims square;
    (void)state;
    dims_init(&square, 1, 416, 416);
    struct dim h = dim_base(&square, DIM_HEIGHT), w = dim_base(&square, DIM_WIDTH);
    assert_int_equal(dim_value(&square, &h), dim_value(&square, &w));
    assert_false(dim_equal(&square, &h, &w));
    dims_done(&square);
}

static void test_varying_dimension_is_no_number(void **state) {
    struct dims *d = *state;
    struct dim h = dim_base(d, DIM_HEIGHT), n = dim_number(d, 416);
    assert_false(dim_equal(d, &h, &n));
    assert_false(dim_is(d, &h, 416));
    assert_true(dim_is(d, &n, 416));
}

static void test_uneven_quotient_rounds_down_and_raises_no_stride(void **state) {
    struct dims *d = *state;
    struct dim low = div_of(d, DIM_HEIGHT, 32); /* 13 */
    int64_t stride = dims_stride(d);
    struct dim half = dim_quotient(d, &low, 1, -1, 2, 1);
    assert_int_equal(dim_value(d, &half), 7);
    assert_int_equal(dims_stride(d), stride);
    struct dim exact = dim_quotient(d, &low, 1, 0, 2, 0), up = dim_quotient(d, &low, 1, 1, 2, 0);
    assert_true(dim_equal(d, &half, &up));
    assert_false(dim_equal(d, &half, &exact));
}

static void test_sum_is_equal_at_every_size_or_not_at_all(void **state) {
    struct dims *d = *state;
    struct dim term[2];
    for (int i = 0; i < 2; i++) {
        struct dim h = div_of(d, DIM_HEIGHT, 16 << i), w = div_of(d, DIM_WIDTH, 16 << i);
        term[i] = dim_product(d, &h, &w);
    }
    struct dim sum = dim_sum(d, term, 2);
    assert_int_equal(dim_value(d, &sum), 26 * 22 + 13 * 11);
    /* five times the coarse one's cells at every size; 26 * 22 + 13 * 11 at this one alone */
    struct dim five = dim_number(d, 5), number = dim_number(d, 26 * 22 + 13 * 11);
    struct dim same = dim_product(d, &term[1], &five);
    assert_true(dim_equal(d, &sum, &same));
    assert_false(dim_equal(d, &sum, &number));
}

static void test_product_is_equal_in_any_order(void **state) {
    struct dims *d = *state;
    struct dim h = dim_base(d, DIM_HEIGHT), three = dim_number(d, 3);
    struct dim a = dim_product(d, &h, &three), b = dim_product(d, &three, &h);
    assert_true(dim_equal(d, &a, &b));
    assert_int_not_equal(a.atom[0], b.atom[0]); /* but they lie in memory otherwise */
}

static void test_product_of_too_many_fails(void **state) {
    struct dims *d = *state;
    struct dim all = {0}, h = dim_base(d, DIM_HEIGHT), w = dim_base(d, DIM_WIDTH);
    for (int i = 0; i <= DIM_ATOMS; i++)
        all = dim_product(d, &all, i % 2 ? &h : &w);
    assert_true(d->failed);
}

static void test_overflowing_number_fails(void **state) {
    struct dims *d = *state;
    struct dim big = dim_number(d, INT64_MAX / 2), four = dim_number(d, 4);
    dim_product(d, &big, &four);
    assert_true(d->failed);
}

/* Atoms that fit each, whose product would wrap to a small number. */
static void test_overflowing_product_of_varying_dimensions_fails(void **state) {
    struct dims *d = *state;
    const int64_t a = (INT64_C(1) << 32) + 65535, b = (INT64_C(1) << 32) - 65534;
    struct dim h = dim_base(d, DIM_HEIGHT), w = dim_base(d, DIM_WIDTH);
    struct dim high = dim_quotient(d, &h, 1, a - 416, 1, 0);
    struct dim wide = dim_quotient(d, &w, 1, b - 352, 1, 0);
    assert_int_equal(dim_value(d, &high), a);
    assert_int_equal(dim_value(d, &wide), b);
    assert_false(d->failed);
    dim_product(d, &high, &wide);
    assert_true(d->failed);
}

/* Worked out again from the bottom for each, 2^200 steps would be needed. */
static void test_deep_formulas_are_compared_at_once(void **state) {
    struct dims *d = *state;
    struct dim a = dim_base(d, DIM_HEIGHT), b = a;
    for (int i = 0; i < 200; i++) {
        struct dim twice[] = {a, a};
        struct dim sum = dim_sum(d, twice, 2);
        a = dim_quotient(d, &sum, 1, 1, 2, 0); /* (2a + 1) / 2 = a */
    }
    assert_int_equal(dim_value(d, &a), 416);
    assert_true(dim_equal(d, &a, &b));
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_number_one_is_empty),
        T(test_equal_atoms_are_kept_once),
        T(test_halving_three_times_is_an_eighth),
        T(test_doubling_undoes_halving),
        T(test_height_and_width_differ_even_where_equal_now),
        T(test_varying_dimension_is_no_number),
        T(test_uneven_quotient_rounds_down_and_raises_no_stride),
        T(test_sum_is_equal_at_every_size_or_not_at_all),
        T(test_product_is_equal_in_any_order),
        T(test_product_of_too_many_fails),
        T(test_overflowing_number_fails),
        T(test_overflowing_product_of_varying_dimensions_fails),
        T(test_deep_formulas_are_compared_at_once),
    };
    return cmocka_run_group_tests_name("dims", tests, NULL, NULL);
}
