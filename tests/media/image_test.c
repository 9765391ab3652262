/* Pictures: layout of what is allocated, and who frees it. */
#include "support/support.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "media/media.h"

static const enum weir_pixel formats[] = {
    WEIR_PIXEL_I420, WEIR_PIXEL_I422, WEIR_PIXEL_I444, WEIR_PIXEL_NV12,
    WEIR_PIXEL_GRAY, WEIR_PIXEL_BGR,  WEIR_PIXEL_RGB,
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

/* Bytes of a row and rows of plane p, worked out from the format's own words. */
static void plane_size(enum weir_pixel pixel, int p, int width, int height, int *ret_bytes,
                       int *ret_rows) {
    int x = weir_pixel_chroma_shift_x(pixel), y = weir_pixel_chroma_shift_y(pixel);
    *ret_bytes = p ? (width + x) >> x : width;
    *ret_rows = p ? (height + y) >> y : height;
    if (pixel == WEIR_PIXEL_NV12 && p)
        *ret_bytes *= 2;
    if (pixel == WEIR_PIXEL_BGR || pixel == WEIR_PIXEL_RGB)
        *ret_bytes *= 3;
}

static void test_every_format_knows_its_planes(void **state) {
    assert_int_equal(weir_pixel_planes(WEIR_PIXEL_I420), 3);
    assert_int_equal(weir_pixel_planes(WEIR_PIXEL_NV12), 2);
    assert_int_equal(weir_pixel_planes(WEIR_PIXEL_BGR), 1);
    assert_int_equal(weir_pixel_chroma_shift_x(WEIR_PIXEL_I422), 1);
    assert_int_equal(weir_pixel_chroma_shift_y(WEIR_PIXEL_I422), 0);
    assert_int_equal(weir_pixel_chroma_shift_y(WEIR_PIXEL_NV12), 1);
    assert_int_equal(weir_pixel_chroma_shift_x(WEIR_PIXEL_I444), 0);
    for (int i = 0; i < FORMATS; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(weir_pixel_name(formats[i]), weir_pixel_name(formats[j]));
}

static void test_an_unknown_format_has_no_planes(void **state) {
    enum weir_pixel strange = (enum weir_pixel)77;
    assert_int_equal(weir_pixel_planes(strange), 0);
    assert_string_equal(weir_pixel_name(strange), "?");
    assert_null(weir_image_alloc(strange, 8, 8));
}

static void test_rows_are_aligned_and_planes_do_not_overlap(void **state) {
    static const int sizes[][2] = {{1, 1}, {3, 5}, {63, 2}, {64, 64}, {65, 7}, {641, 361}};
    for (int f = 0; f < FORMATS; f++) {
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            struct weir_image *image = weir_image_alloc(formats[f], sizes[s][0], sizes[s][1]);
            assert_non_null(image);
            assert_int_equal(image->width, sizes[s][0]);
            assert_int_equal(image->height, sizes[s][1]);
            int planes = weir_pixel_planes(formats[f]), bytes, rows;
            for (int p = 0; p < planes; p++) {
                plane_size(formats[f], p, image->width, image->height, &bytes, &rows);
                assert_int_equal((uintptr_t)image->plane[p] % 64, 0);
                assert_int_equal(image->stride[p] % 64, 0);
                assert_true(image->stride[p] >= bytes);
                assert_ptr_equal(weir_image_data(image, p), image->plane[p]);
                for (int y = 0; y < rows; y++)
                    memset(weir_image_data(image, p) + y * image->stride[p], p + 1, (size_t)bytes);
            }
            for (int p = 0; p < planes; p++) {
                plane_size(formats[f], p, image->width, image->height, &bytes, &rows);
                for (int y = 0; y < rows; y++)
                    for (int x = 0; x < bytes; x++)
                        assert_int_equal(image->plane[p][y * image->stride[p] + x], p + 1);
            }
            weir_image_unref(&image);
        }
    }
}

static void test_64_bytes_behind_the_last_row_may_be_read(void **state) {
    for (int f = 0; f < FORMATS; f++) {
        for (int width = 1; width <= 130; width++) {
            struct weir_image *image = weir_image_alloc(formats[f], width, 3);
            assert_non_null(image);
            for (int p = 0; p < weir_pixel_planes(formats[f]); p++) {
                int bytes, rows;
                plane_size(formats[f], p, width, 3, &bytes, &rows);
                const volatile uint8_t *end =
                    image->plane[p] + (rows - 1) * image->stride[p] + bytes;
                for (int i = 0; i < 64; i++)
                    (void)end[i]; /* the address sanitizer is the judge */
            }
            weir_image_unref(&image);
        }
    }
}

static void test_an_impossible_size_is_refused(void **state) {
    assert_null(weir_image_alloc(WEIR_PIXEL_I420, 0, 10));
    assert_null(weir_image_alloc(WEIR_PIXEL_I420, 10, 0));
    assert_null(weir_image_alloc(WEIR_PIXEL_GRAY, -1, 10));
    assert_null(weir_image_alloc(WEIR_PIXEL_GRAY, 10, INT_MIN));
    assert_null(weir_image_alloc(WEIR_PIXEL_BGR, INT_MAX, INT_MAX));
    assert_null(weir_image_alloc(WEIR_PIXEL_I444, INT_MAX, INT_MAX));
}

static void test_foreign_pixels_are_not_given_for_writing(void **state) {
    static const uint8_t pixels[4] = {1, 2, 3, 4};
    struct weir_image *image = weir_image_new();
    image->pixel = WEIR_PIXEL_GRAY;
    image->plane[0] = pixels;
    assert_null(weir_image_data(image, 0));
    weir_image_unref(&image); /* no free function: the header goes, the pixels stay */
    assert_int_equal(pixels[3], 4);
}

static void test_a_plane_that_is_not_there_is_not_given(void **state) {
    struct weir_image *image = weir_image_alloc(WEIR_PIXEL_NV12, 4, 4);
    assert_non_null(weir_image_data(image, 1));
    assert_null(weir_image_data(image, 2));
    assert_null(weir_image_data(image, -1));
    weir_image_unref(&image);
}

static void count_free(struct weir_image *image, void *owner) {
    (void)image;
    atomic_fetch_add((atomic_int *)owner, 1);
}

static void test_pixels_are_freed_with_the_last_reference(void **state) {
    atomic_int freed = 0;
    struct weir_image *image = weir_image_new();
    image->free = count_free;
    image->owner = &freed;
    struct weir_image *other = weir_image_ref(image);
    assert_ptr_equal(other, image);
    weir_image_unref(&image);
    assert_null(image);
    assert_int_equal(atomic_load(&freed), 0);
    weir_image_unref(&other);
    assert_int_equal(atomic_load(&freed), 1);
    weir_image_unref(&other);
    assert_int_equal(atomic_load(&freed), 1);
}

static void test_no_image_is_allowed(void **state) {
    struct weir_image *none = NULL;
    weir_image_unref(&none);
    weir_image_unref(NULL);
    assert_null(weir_image_ref(NULL));
}

static void *drop(void *arg) {
    struct weir_image *image = arg;
    volatile uint8_t first = image->plane[0][0];
    (void)first;
    for (int i = 0; i < 1000; i++) {
        struct weir_image *again = weir_image_ref(image);
        weir_image_unref(&again);
    }
    weir_image_unref(&image);
    return NULL;
}

static void test_threads_may_share_and_drop_an_image(void **state) {
    pthread_t thread[4];
    struct weir_image *image = weir_image_alloc(WEIR_PIXEL_GRAY, 16, 16);
    memset(weir_image_data(image, 0), 7, 16);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, drop, weir_image_ref(image)), 0);
    weir_image_unref(&image);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format_knows_its_planes),
        cmocka_unit_test(test_an_unknown_format_has_no_planes),
        cmocka_unit_test(test_rows_are_aligned_and_planes_do_not_overlap),
        cmocka_unit_test(test_64_bytes_behind_the_last_row_may_be_read),
        cmocka_unit_test(test_an_impossible_size_is_refused),
        cmocka_unit_test(test_foreign_pixels_are_not_given_for_writing),
        cmocka_unit_test(test_a_plane_that_is_not_there_is_not_given),
        cmocka_unit_test(test_pixels_are_freed_with_the_last_reference),
        cmocka_unit_test(test_no_image_is_allowed),
        cmocka_unit_test(test_threads_may_share_and_drop_an_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
