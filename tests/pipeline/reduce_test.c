/*
 * The reducer against its definition: every row kernel that this machine has, over formats,
 * odd sizes, strides and ratios; and what it refuses.
 */
#include "support/support.h"

#include <math.h>
#include <string.h>

#include "pipeline/pipeline.h"
#include "pipeline/reduce/reduce_kernel.h"
#include "pipeline/reduce_support.h"

/* What planes may differ by: their rounding. And what Y'CbCr made of R'G'B' may: two of them. */
#define BOUND_PLANE (0.5 + 1e-6)
#define BOUND_COLOUR 1.0

static struct weir_image *reduce_with(const struct weir_reduce_kernel *kernel,
                                      const struct weir_image *image, int w, int h) {
    struct weir_image *small = NULL;
    struct weir_error err = {0};
    int rc = weir_reduce_image_with(kernel, image, w, h, &small, &err);
    if (rc != 0)
        fail_msg("%s %dx%d to %dx%d: %s", weir_pixel_name(image->pixel), image->width,
                 image->height, w, h, err.text);
    assert_int_equal(small->pixel, WEIR_PIXEL_I420);
    assert_int_equal(small->width, w);
    assert_int_equal(small->height, h);
    return small;
}

static void check_against_definition(const char *who, const struct weir_image *image,
                                     const struct weir_image *small) {
    double bound = reduce_is_rgb(image->pixel) ? BOUND_COLOUR : BOUND_PLANE;
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < reduce_plane_height(small, p); y++)
            for (int x = 0; x < reduce_plane_width(small, p); x++) {
                double want = reduce_wanted(image, small, p, x, y),
                       got = reduce_row(small, p, y)[x];
                if (!(fabs(got - want) <= bound))
                    fail_msg("%s: %s %dx%d to %dx%d: plane %d at %d,%d is %g, must be %g", who,
                             weir_pixel_name(image->pixel), image->width, image->height,
                             small->width, small->height, p, x, y, got, want);
            }
}

static void check_same(const char *who, const struct weir_image *a, const struct weir_image *b) {
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < reduce_plane_height(a, p); y++)
            if (memcmp(reduce_row(a, p, y), reduce_row(b, p, y), (size_t)reduce_row_bytes(a, p)) !=
                0)
                fail_msg("%s: %dx%d: plane %d, row %d differs", who, a->width, a->height, p, y);
}

/* The first kernel against the definition, all others against the first. */
static void check_kernels(const struct weir_image *image, int w, int h) {
    struct weir_image *first = reduce_with(&weir_reduce_plain, image, w, h);
    check_against_definition("plain", image, first);
    for (size_t k = 0; k < weir_reduce_kernels_len; k++) {
        if (!weir_reduce_kernels[k]->available())
            continue;
        struct weir_image *other = reduce_with(weir_reduce_kernels[k], image, w, h);
        check_same(weir_reduce_kernels[k]->name, first, other);
        weir_image_unref(&other);
    }
    weir_image_unref(&first);
}

static void check_random(enum weir_pixel pixel, int from_w, int from_h, int w, int h, int gap) {
    struct weir_image image = reduce_make_image(pixel, from_w, from_h, gap);
    reduce_fill_random(&image, (uint32_t)(from_w * 31 + from_h * 7 + w * 3 + h));
    check_kernels(&image, w, h);
    reduce_free_image(&image);
}

static void test_every_format_and_kernel_equals_the_definition(void **state) {
    (void)state;
    static const int sizes[][4] = {
        {1, 1, 1, 1},       {2, 2, 1, 1},       {3, 2, 2, 2},       {3, 3, 2, 1},
        {5, 4, 4, 3},       {7, 1, 3, 1},       {1, 9, 1, 4},       {2, 3, 1, 2},
        {64, 48, 32, 24},   {66, 50, 33, 25},   {62, 46, 31, 23},   {97, 61, 97, 20},
        {97, 61, 20, 61},   {97, 61, 96, 60},   {97, 61, 1, 1},     {96, 60, 32, 20},
        {96, 60, 24, 15},   {130, 90, 65, 30},  {160, 90, 104, 58}, {160, 90, 101, 57},
        {200, 120, 25, 17}, {401, 23, 133, 11}, {33, 300, 17, 150}, {260, 8, 65, 4},
    };
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
        for (int f = 0; f < REDUCE_FORMATS; f++)
            for (int gap = 0; gap <= 13; gap += 13)
                check_random(reduce_formats[f], sizes[s][0], sizes[s][1], sizes[s][2], sizes[s][3],
                             gap);
}

static void test_every_width_equals_the_definition(void **state) {
    (void)state;
    for (int w = 1; w <= 100; w++) {
        check_random(reduce_formats[w % REDUCE_FORMATS], 100, 4, w, 3, 0);
        check_random(reduce_formats[(w + 3) % REDUCE_FORMATS], w, 5, (w + 1) / 2, 5, 1);
    }
}

static void test_sizes_without_a_common_divisor_equal_the_definition(void **state) {
    (void)state;
    static const int sizes[][2] = {{1, 1}, {1278, 718}, {417, 235}, {640, 1}, {2, 719}, {90, 51}};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
        check_random(reduce_formats[s % REDUCE_FORMATS], 1279, 719, sizes[s][0], sizes[s][1], 0);
    check_random(WEIR_PIXEL_RGB, 1279, 719, 1, 1, 0);
    check_random(WEIR_PIXEL_NV12, 1279, 719, 417, 235, 0);
}

static void test_the_usual_steps_of_resolution_equal_the_definition(void **state) {
    (void)state;
    check_random(WEIR_PIXEL_I420, 1280, 720, 640, 360, 0);
    check_random(WEIR_PIXEL_I420, 640, 360, 416, 234, 0);
    check_random(WEIR_PIXEL_NV12, 640, 360, 320, 180, 0);
    check_random(WEIR_PIXEL_I420, 1280, 720, 416, 234, 0);
}

/* Just at and just beyond the limits between 16 and 32 bits, and between float and double. */
static void test_sums_at_the_limits_of_their_type_equal_the_definition(void **state) {
    (void)state;
    static const int sizes[][4] = {
        {40, 257, 8, 1},        {40, 258, 8, 1},      {40, 514, 40, 2},
        {127, 129, 126, 128},   {128, 129, 127, 128}, {8192, 2, 8191, 1},
        {16383, 2, 16382, 1},   {16385, 2, 16384, 1}, {16319, 257, 8160, 256},
        {16383, 257, 16381, 1}, {40000, 1, 39999, 1}, {70000, 3, 3, 2},
        {1, 70000, 1, 69999},   {1, 70000, 1, 1},     {4801, 3511, 1601, 1171},
        {64, 257, 64, 256},     {1021, 1019, 16, 7},
    };
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        check_random(WEIR_PIXEL_GRAY, sizes[s][0], sizes[s][1], sizes[s][2], sizes[s][3], 0);
        struct weir_image white = reduce_make_image(WEIR_PIXEL_GRAY, sizes[s][0], sizes[s][1], 0);
        reduce_fill_constant(&white, (int[3]){255});
        check_kernels(&white, sizes[s][2], sizes[s][3]);
        reduce_free_image(&white);
    }
}

/* Where column i of 1279 begins, were all of them to add up to 4096 in whole numbers. */
static int rounded(int i) {
    return (2 * 4096 * i + 1279) / (2 * 1279);
}

/* Bright where weights rounded to 12 bits are too large: the mean would be off by 12. */
static uint8_t where_rounded_up(int p, int i, int y) {
    return p == 0 && y >= 0 && rounded(i + 1) - rounded(i) == 4 ? 255 : 0;
}

static void test_a_pattern_that_follows_rounded_weights_keeps_its_mean(void **state) {
    (void)state;
    struct weir_image image = reduce_make_image(WEIR_PIXEL_I420, 1279, 3, 0);
    reduce_fill_each(&image, where_rounded_up);
    check_kernels(&image, 1, 1);
    check_kernels(&image, 2, 3);
    reduce_free_image(&image);
}

static void test_halving_equals_the_general_way(void **state) {
    (void)state;
    static const int sizes[][2] = {{2, 2}, {6, 4}, {62, 10}, {64, 64}, {66, 2}, {258, 130}};
    for (size_t k = 0; k < weir_reduce_kernels_len; k++) {
        struct weir_reduce_kernel general = *weir_reduce_kernels[k];
        if (!general.available())
            continue;
        assert_non_null(general.halve);
        general.halve = NULL;
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            int w = sizes[s][0], h = sizes[s][1];
            struct weir_image image = reduce_make_image(WEIR_PIXEL_I420, w, h, 3);
            reduce_fill_random(&image, (uint32_t)w);
            struct weir_image *a = reduce_with(weir_reduce_kernels[k], &image, w / 2, h / 2);
            struct weir_image *b = reduce_with(&general, &image, w / 2, h / 2);
            check_same("halving", a, b);
            weir_image_unref(&a);
            weir_image_unref(&b);
            reduce_free_image(&image);
        }
    }
}

static void test_a_constant_picture_stays_exactly_constant(void **state) {
    (void)state;
    static const int sizes[][4] = {
        {97, 61, 96, 60}, {80, 45, 52, 29}, {64, 48, 32, 24}, {1279, 19, 100, 7}, {33, 700, 8, 1}};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
        for (int f = 0; f < REDUCE_FORMATS; f++)
            for (int v = 0; v < 256; v += 17) {
                struct weir_image image =
                    reduce_make_image(reduce_formats[f], sizes[s][0], sizes[s][1], 0);
                int yuv[3] = {v, 255 - v, v / 2}, grey[3] = {v, v, v};
                reduce_fill_constant(&image, reduce_is_rgb(reduce_formats[f]) ? grey : yuv);
                int want[3] = {v, 255 - v, v / 2};
                if (reduce_is_rgb(reduce_formats[f]))
                    want[0] = (int)floor(16.5 + v * 219 / 255.0);
                if (reduce_is_rgb(reduce_formats[f]) || reduce_formats[f] == WEIR_PIXEL_GRAY)
                    want[1] = want[2] = 128;
                for (size_t k = 0; k < weir_reduce_kernels_len; k++) {
                    if (!weir_reduce_kernels[k]->available())
                        continue;
                    struct weir_image *small =
                        reduce_with(weir_reduce_kernels[k], &image, sizes[s][2], sizes[s][3]);
                    for (int p = 0; p < 3; p++)
                        for (int y = 0; y < reduce_plane_height(small, p); y++)
                            for (int x = 0; x < reduce_plane_width(small, p); x++)
                                assert_int_equal(reduce_row(small, p, y)[x], want[p]);
                    weir_image_unref(&small);
                }
                reduce_free_image(&image);
            }
}

static double mean_of(const struct weir_image *image, int p) {
    double all = 0;
    for (int y = 0; y < reduce_plane_height(image, p); y++)
        for (int i = 0; i < reduce_row_bytes(image, p); i++)
            all += reduce_row(image, p, y)[i];
    return all / reduce_row_bytes(image, p) / reduce_plane_height(image, p);
}

/* Where four become one, every fourth mean ends in a half, which goes up: 1/8 in the mean. */
static void test_the_mean_of_every_plane_is_preserved(void **state) {
    (void)state;
    static const struct {
        int width, height;
        double bias;
    } sizes[] = {{416, 234, 0}, {320, 180, 0.125}, {417, 235, 0}, {639, 359, 0}, {101, 77, 0}};
    struct weir_image image = reduce_make_image(WEIR_PIXEL_I420, 640, 360, 0);
    reduce_fill_random(&image, 5);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        struct weir_image *small = NULL;
        assert_int_equal(weir_reduce_image(&image, sizes[s].width, sizes[s].height, &small, NULL),
                         0);
        for (int p = 0; p < 3; p++)
            assert_true(fabs(mean_of(small, p) - mean_of(&image, p) - sizes[s].bias) < 0.03);
        weir_image_unref(&small);
    }
    reduce_free_image(&image);
}

static void test_one_axis_alone_leaves_the_other_as_it_is(void **state) {
    (void)state;
    struct weir_image image = reduce_make_image(WEIR_PIXEL_I444, 8, 6, 0);
    reduce_fill_random(&image, 9);
    struct weir_image *small = NULL;
    assert_int_equal(weir_reduce_image(&image, 8, 3, &small, NULL), 0);
    for (int y = 0; y < 3; y++)
        for (int x = 0; x < 8; x++)
            assert_int_equal(
                reduce_row(small, 0, y)[x],
                (reduce_row(&image, 0, 2 * y)[x] + reduce_row(&image, 0, 2 * y + 1)[x] + 1) / 2);
    weir_image_unref(&small);
    reduce_free_image(&image);
}

static void test_the_same_size_in_i420_is_another_reference(void **state) {
    (void)state;
    struct weir_image *image = weir_image_alloc(WEIR_PIXEL_I420, 7, 5), *same = NULL;
    assert_non_null(image);
    for (int p = 0; p < 3; p++)
        memset(weir_image_data(image, p), 40 + p, (size_t)image->stride[p]);
    struct weir_image *first = image;
    assert_int_equal(weir_reduce_image(image, 7, 5, &same, NULL), 0);
    assert_ptr_equal(same, first);
    weir_image_unref(&image);
    assert_int_equal(same->plane[2][0], 42); /* its own reference keeps it */
    weir_image_unref(&same);
}

static void test_the_same_size_in_another_format_becomes_i420(void **state) {
    (void)state;
    for (int f = 1; f < REDUCE_FORMATS; f++) {
        struct weir_image image = reduce_make_image(reduce_formats[f], 37, 21, 0);
        reduce_fill_random(&image, (uint32_t)f);
        struct weir_image *small = NULL;
        assert_int_equal(weir_reduce_image(&image, 37, 21, &small, NULL), 0);
        assert_ptr_not_equal(small, &image);
        if (!reduce_is_rgb(reduce_formats[f]))
            for (int y = 0; y < 21; y++)
                assert_memory_equal(reduce_row(small, 0, y), reduce_row(&image, 0, y), 37);
        check_against_definition("same size", &image, small);
        weir_image_unref(&small);
        reduce_free_image(&image);
    }
}

static void test_matrix_and_range_are_carried_over(void **state) {
    (void)state;
    for (int f = 0; f < REDUCE_FORMATS; f++)
        for (int m = 0; m < 3; m++)
            for (int full = 0; full < 2; full++) {
                struct weir_image image = reduce_make_image(reduce_formats[f], 8, 6, 0);
                image.matrix = (enum weir_matrix)m;
                image.full_range = full;
                reduce_fill_random(&image, 1);
                struct weir_image *small = NULL;
                assert_int_equal(weir_reduce_image(&image, 5, 4, &small, NULL), 0);
                bool grey = reduce_formats[f] == WEIR_PIXEL_GRAY,
                     rgb = reduce_is_rgb(reduce_formats[f]);
                assert_int_equal(small->matrix, rgb ? WEIR_MATRIX_BT601 : (enum weir_matrix)m);
                assert_int_equal(small->full_range, grey || (!rgb && full));
                weir_image_unref(&small);
                reduce_free_image(&image);
            }
}

static void test_saturated_colours_get_their_known_codes(void **state) {
    (void)state;
    /* the codes of ITU-R BT.601 in 8 bits */
    static const int known[][2][3] = {
        {{0, 0, 0}, {16, 128, 128}},   {{255, 255, 255}, {235, 128, 128}},
        {{255, 0, 0}, {81, 90, 240}},  {{0, 255, 0}, {145, 54, 34}},
        {{0, 0, 255}, {41, 240, 110}},
    };
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
        for (int reversed = 0; reversed < 2; reversed++) {
            const int *rgb = known[k][0], *yuv = known[k][1];
            struct weir_image image =
                reduce_make_image(reversed ? WEIR_PIXEL_BGR : WEIR_PIXEL_RGB, 11, 7, 0);
            reduce_fill_constant(&image, reversed ? (int[3]){rgb[2], rgb[1], rgb[0]}
                                                  : (int[3]){rgb[0], rgb[1], rgb[2]});
            struct weir_image *small = NULL;
            assert_int_equal(weir_reduce_image(&image, 5, 3, &small, NULL), 0);
            for (int p = 0; p < 3; p++)
                assert_int_equal(reduce_row(small, p, 0)[0], yuv[p]);
            weir_image_unref(&small);
            reduce_free_image(&image);
        }
}

static void test_rows_may_lie_from_the_bottom_up(void **state) {
    (void)state;
    struct weir_image image = reduce_make_image(WEIR_PIXEL_I420, 50, 40, 2), turned = image;
    reduce_fill_random(&image, 3);
    for (int p = 0; p < 3; p++) {
        turned.plane[p] = reduce_row(&image, p, reduce_plane_height(&image, p) - 1);
        turned.stride[p] = -image.stride[p];
    }
    check_kernels(&turned, 31, 17);
    check_kernels(&turned, 25, 20);
    reduce_free_image(&image);
}

static void test_the_shares_of_every_result_add_up(void **state) {
    (void)state;
    static const int axes[][2] = {{1, 1}, {20, 13}, {1279, 417}, {1279, 1}, {7, 7}, {4097, 4096}};
    for (size_t a = 0; a < sizeof axes / sizeof axes[0]; a++) {
        struct weir_reduce_axis axis = weir_reduce_axis(axes[a][0], axes[a][1]);
        struct weir_reduce_span span = WEIR_REDUCE_SPAN_START;
        for (int j = 0; j < axes[a][1]; j++) {
            weir_reduce_span_next(&axis, &span);
            uint64_t all = 0;
            int len = weir_reduce_span_len(&span);
            for (int k = 0; k < len; k++) {
                uint32_t part = weir_reduce_span_share(&axis, &span, k);
                assert_in_range(part, 1, axis.to);
                all += part;
            }
            assert_int_equal(all, axis.from);
            assert_true(span.first >= 0 && span.first + len <= axes[a][0]);
        }
    }
}

/* Fails as it must: nothing comes out, and the reason is told. */
static void check_refused(const struct weir_image *image, int w, int h, int code,
                          const char *says) {
    struct weir_image *const before = (struct weir_image *)(uintptr_t)image;
    struct weir_image *small = before;
    struct weir_error err = {0};
    assert_int_equal(weir_reduce_image(image, w, h, &small, &err), code);
    assert_ptr_equal(small, before);
    assert_int_equal(err.code, code);
    test_error_says(&err, says);
    assert_int_equal(weir_reduce_image(image, w, h, &small, NULL), code);
    assert_ptr_equal(small, before);
}

/* A small picture of every format, refused at that size. */
static void check_size_refused(int w, int h, const char *found) {
    for (int f = 0; f < REDUCE_FORMATS; f++) {
        struct weir_image image = reduce_make_image(reduce_formats[f], 16, 9, 0);
        check_refused(&image, w, h, WEIR_ERANGE, found);
        check_refused(&image, w, h, WEIR_ERANGE, "allowed: 1x1 to 16x9");
        reduce_free_image(&image);
    }
}

static void test_no_width_is_refused(void **state) {
    (void)state;
    check_size_refused(0, 5, "0x5");
}

static void test_no_height_is_refused(void **state) {
    (void)state;
    check_size_refused(5, 0, "5x0");
}

static void test_a_negative_width_is_refused(void **state) {
    (void)state;
    check_size_refused(-1, 5, "-1x5");
}

static void test_a_negative_height_is_refused(void **state) {
    (void)state;
    check_size_refused(5, -7, "5x-7");
}

static void test_a_larger_width_is_refused(void **state) {
    (void)state;
    check_size_refused(17, 9, "16x9 cannot be reduced to 17x9");
}

static void test_a_larger_height_is_refused(void **state) {
    (void)state;
    check_size_refused(16, 10, "16x9 cannot be reduced to 16x10");
}

static void test_the_sides_exchanged_are_refused(void **state) {
    (void)state;
    check_size_refused(9, 16, "16x9 cannot be reduced to 9x16");
}

static void test_the_largest_and_smallest_integers_are_refused(void **state) {
    (void)state;
    check_size_refused(INT32_MAX, INT32_MAX, "2147483647x2147483647");
    check_size_refused(INT32_MIN, INT32_MIN, "-2147483648x-2147483648");
}

static void test_an_empty_picture_is_refused(void **state) {
    (void)state;
    struct weir_image image = {.pixel = WEIR_PIXEL_I420};
    check_refused(&image, 1, 1, WEIR_ERANGE, "0x0");
    check_refused(&image, 0, 0, WEIR_ERANGE, "0x0");
}

static void test_an_unknown_format_is_refused(void **state) {
    (void)state;
    struct weir_image image = reduce_make_image(WEIR_PIXEL_GRAY, 16, 9, 0);
    image.pixel = (enum weir_pixel)99;
    check_refused(&image, 8, 4, WEIR_EUNSUPPORTED, "unknown format 99");
    reduce_free_image(&image);
}

static void check_holed(int p) {
    for (int f = 0; f < REDUCE_FORMATS; f++) {
        if (p >= weir_pixel_planes(reduce_formats[f]))
            continue;
        struct weir_image image = reduce_make_image(reduce_formats[f], 16, 9, 0), holed = image;
        holed.plane[p] = NULL;
        check_refused(&holed, 8, 4, WEIR_EINVAL, "without plane");
        check_refused(&holed, 16, 9, WEIR_EINVAL, "without plane");
        reduce_free_image(&image);
    }
}

static void test_a_missing_first_plane_is_refused(void **state) {
    (void)state;
    check_holed(0);
}

static void test_a_missing_chroma_plane_is_refused(void **state) {
    (void)state;
    check_holed(1);
    check_holed(2);
}

static void test_more_columns_than_sums_can_hold_are_refused(void **state) {
    (void)state;
    uint8_t pixel = 0; /* which is not looked at */
    struct weir_image image = {.pixel = WEIR_PIXEL_GRAY, .plane = {&pixel}, .height = 1};
    image.width = WEIR_REDUCE_SIDE_MAX + 1;
    check_refused(&image, 1, 1, WEIR_ERANGE, "up to 16777216 a side");
}

static void test_more_rows_than_sums_can_hold_are_refused(void **state) {
    (void)state;
    uint8_t pixel = 0;
    struct weir_image image = {.pixel = WEIR_PIXEL_GRAY, .plane = {&pixel}, .width = 1};
    image.height = WEIR_REDUCE_SIDE_MAX + 1;
    check_refused(&image, 1, 1, WEIR_ERANGE, "up to 16777216 a side");
}

static void test_a_result_larger_than_memory_is_refused(void **state) {
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* they end the program where malloc would return NULL */
#endif
    uint8_t pixel = 0;
    struct weir_image image = {.pixel = WEIR_PIXEL_GRAY, .plane = {&pixel}};
    image.width = image.height = WEIR_REDUCE_SIDE_MAX;
    check_refused(&image, WEIR_REDUCE_SIDE_MAX - 1, WEIR_REDUCE_SIDE_MAX - 1, WEIR_ENOMEM,
                  "no memory");
}

static void test_the_source_is_only_read(void **state) {
    (void)state;
    for (int f = 0; f < REDUCE_FORMATS; f++) {
        struct weir_image image = reduce_make_image(reduce_formats[f], 65, 33, 7);
        struct weir_image copy = reduce_make_image(reduce_formats[f], 65, 33, 7);
        reduce_fill_random(&image, 8);
        reduce_fill_random(&copy, 8);
        struct weir_image *small = NULL;
        assert_int_equal(weir_reduce_image(&image, 40, 11, &small, NULL), 0);
        weir_image_unref(&small);
        for (int p = 0; p < weir_pixel_planes(reduce_formats[f]); p++)
            for (int y = 0; y < reduce_plane_height(&image, p); y++)
                assert_memory_equal(reduce_row(&image, p, y), reduce_row(&copy, p, y),
                                    (size_t)reduce_row_bytes(&image, p));
        reduce_free_image(&image);
        reduce_free_image(&copy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format_and_kernel_equals_the_definition),
        cmocka_unit_test(test_every_width_equals_the_definition),
        cmocka_unit_test(test_sizes_without_a_common_divisor_equal_the_definition),
        cmocka_unit_test(test_the_usual_steps_of_resolution_equal_the_definition),
        cmocka_unit_test(test_sums_at_the_limits_of_their_type_equal_the_definition),
        cmocka_unit_test(test_a_pattern_that_follows_rounded_weights_keeps_its_mean),
        cmocka_unit_test(test_halving_equals_the_general_way),
        cmocka_unit_test(test_a_constant_picture_stays_exactly_constant),
        cmocka_unit_test(test_the_mean_of_every_plane_is_preserved),
        cmocka_unit_test(test_one_axis_alone_leaves_the_other_as_it_is),
        cmocka_unit_test(test_the_same_size_in_i420_is_another_reference),
        cmocka_unit_test(test_the_same_size_in_another_format_becomes_i420),
        cmocka_unit_test(test_matrix_and_range_are_carried_over),
        cmocka_unit_test(test_saturated_colours_get_their_known_codes),
        cmocka_unit_test(test_rows_may_lie_from_the_bottom_up),
        cmocka_unit_test(test_the_shares_of_every_result_add_up),
        cmocka_unit_test(test_no_width_is_refused),
        cmocka_unit_test(test_no_height_is_refused),
        cmocka_unit_test(test_a_negative_width_is_refused),
        cmocka_unit_test(test_a_negative_height_is_refused),
        cmocka_unit_test(test_a_larger_width_is_refused),
        cmocka_unit_test(test_a_larger_height_is_refused),
        cmocka_unit_test(test_the_sides_exchanged_are_refused),
        cmocka_unit_test(test_the_largest_and_smallest_integers_are_refused),
        cmocka_unit_test(test_an_empty_picture_is_refused),
        cmocka_unit_test(test_an_unknown_format_is_refused),
        cmocka_unit_test(test_a_missing_first_plane_is_refused),
        cmocka_unit_test(test_a_missing_chroma_plane_is_refused),
        cmocka_unit_test(test_more_columns_than_sums_can_hold_are_refused),
        cmocka_unit_test(test_more_rows_than_sums_can_hold_are_refused),
        cmocka_unit_test(test_a_result_larger_than_memory_is_refused),
        cmocka_unit_test(test_the_source_is_only_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
