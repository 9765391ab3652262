/*
 * Pre-processing in the manner of checkasm: every row kernel that this machine
 * has against the definition, over formats, layouts, types, ways of fitting
 * and sizes; the definition itself against colours and gradients that can be
 * worked out by hand. Sources and tensors are heap blocks of the exact size, so
 * that a sanitizer sees every byte too far.
 */
#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/detect/preprocess_kernel.h"

/* grey levels that a fast path may lie beside the definition (before rounding to
 * the tensor's type) */
#define BOUND 0.02

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static int step_of(enum weir_pixel pixel, int plane) {
    if (pixel == WEIR_PIXEL_BGR || pixel == WEIR_PIXEL_RGB)
        return 3;
    return pixel == WEIR_PIXEL_NV12 && plane == 1 ? 2 : 1;
}

static int plane_width(const struct weir_image *image, int p) {
    int s = p == 0 ? 0 : weir_pixel_chroma_shift_x(image->pixel);
    return (image->width + s) >> s;
}

static int plane_height(const struct weir_image *image, int p) {
    int s = p == 0 ? 0 : weir_pixel_chroma_shift_y(image->pixel);
    return (image->height + s) >> s;
}

static uint8_t *pixels(const struct weir_image *image, int p) {
    return (uint8_t *)(uintptr_t)image->plane[p];
}

/* Planes in heap blocks without a byte behind the last sample, rows `gap` bytes
 * further apart than they must be. */
static struct weir_image make_image(enum weir_pixel pixel, int w, int h, int gap) {
    struct weir_image image = {.pixel = pixel, .width = w, .height = h};
    for (int p = 0; p < weir_pixel_planes(pixel); p++) {
        int row = plane_width(&image, p) * step_of(pixel, p);
        image.stride[p] = row + gap;
        image.plane[p] = malloc((size_t)image.stride[p] * (plane_height(&image, p) - 1) + row);
        assert_non_null(image.plane[p]);
    }
    return image;
}

static void free_image(struct weir_image *image) {
    for (int p = 0; p < 3; p++)
        free(pixels(image, p));
}

static void each_sample(struct weir_image *image, int p, int c, int (*value)(int x, int y)) {
    int step = step_of(image->pixel, p);
    for (int y = 0; y < plane_height(image, p); y++)
        for (int x = 0; x < plane_width(image, p); x++)
            pixels(image, p)[y * image->stride[p] + x * step + c] = (uint8_t)value(x, y);
}

static void fill_random(struct weir_image *image, uint32_t seed) {
    for (int p = 0; p < weir_pixel_planes(image->pixel); p++)
        for (int y = 0; y < plane_height(image, p); y++)
            for (int x = 0; x < plane_width(image, p) * step_of(image->pixel, p); x++) {
                uint32_t r = next_random(&seed);
                /* extremes often: they are where clamps and weights show */
                pixels(image, p)[y * image->stride[p] + x] =
                    (uint8_t)(r % 4 == 0 ? (r >> 2 & 1 ? 255 : 0) : r >> 3);
            }
}

static void fill_constant(struct weir_image *image, const int value[3]) {
    for (int p = 0; p < weir_pixel_planes(image->pixel); p++)
        for (int y = 0; y < plane_height(image, p); y++)
            for (int x = 0; x < plane_width(image, p); x++)
                for (int c = 0; c < step_of(image->pixel, p); c++)
                    pixels(image, p)[y * image->stride[p] + x * step_of(image->pixel, p) + c] =
                        (uint8_t)value[p + c];
}

static struct weir_model_desc plain_desc(void) {
    return (struct weir_model_desc){
        .dtype = WEIR_DTYPE_F32,
        .layout = WEIR_LAYOUT_NCHW,
        .color = WEIR_COLOR_RGB,
        .resize = WEIR_RESIZE_STRETCH,
        .pad = 114,
        .scale = {1, 1, 1},
    };
}

static size_t type_size(enum weir_dtype dtype) {
    return dtype == WEIR_DTYPE_F32 ? 4 : dtype == WEIR_DTYPE_F16 ? 2 : 1;
}

static double half_to_double(uint16_t h) {
    int e = h >> 10 & 31, m = h & 1023;
    double v = e == 31 ? (m ? NAN : INFINITY) : e ? ldexp(1024 + m, e - 25) : ldexp(m, -24);
    return h & 0x8000 ? -v : v;
}

static double element(const void *tensor, enum weir_dtype dtype, size_t i) {
    switch (dtype) {
    case WEIR_DTYPE_F32:
        return ((const float *)tensor)[i];
    case WEIR_DTYPE_F16:
        return half_to_double(((const uint16_t *)tensor)[i]);
    default:
        return ((const uint8_t *)tensor)[i];
    }
}

/* Fast results; NULL as pre: the definition's own. Freed by the caller. */
static void *run(struct weir_preprocess *pre, const struct weir_model_desc *desc,
                 struct weir_size size, const struct weir_image *image,
                 struct weir_letterbox *ret_lb) {
    size_t bytes = 3 * (size_t)size.width * size.height * type_size(desc->dtype);
    void *dst = malloc(bytes);
    assert_non_null(dst);
    memset(dst, 0xa5, bytes); /* a NaN in f32, so that what is left out shows */
    int rc = pre ? weir_preprocess_run(pre, desc, size, image, dst, ret_lb)
                 : weir_preprocess_reference(desc, size, image, dst, ret_lb);
    assert_int_equal(rc, 0);
    return dst;
}

/* gold: the definition in f32 NCHW; for u8 with mean 0 and scale 1. */
static void compare(const char *who, const struct weir_model_desc *desc, struct weir_size size,
                    const struct weir_image *image, const float *gold, const void *tensor,
                    double bound) {
    size_t area = (size_t)size.width * size.height;
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < area; i++) {
            size_t at = desc->layout == WEIR_LAYOUT_NCHW ? c * area + i : 3 * i + c;
            double want = gold[c * area + i], got = element(tensor, desc->dtype, at);
            double scale = desc->dtype == WEIR_DTYPE_U8 ? 1 : fabs(desc->scale[c]);
            double rounding = desc->dtype == WEIR_DTYPE_U8    ? 0.5
                              : desc->dtype == WEIR_DTYPE_F16 ? ldexp(fabs(want), -11) + 0x1p-25
                                                              : 0;
            if (!(fabs(got - want) <= bound * scale + rounding + fabs(want) * 1e-6))
                fail_msg("%s: %s %dx%d to %dx%d, resize %d layout %d type %d color %d: "
                         "channel %zu at %zu,%zu is %g, must be %g",
                         who, weir_pixel_name(image->pixel), image->width, image->height,
                         size.width, size.height, desc->resize, desc->layout, desc->dtype,
                         desc->color, c, i % size.width, i / size.width, got, want);
        }
}

enum { KERNELS_MAX = 8 };

/* A pre-processor for each kernel that runs here; NULL for the others. */
static void open_kernels(struct weir_preprocess *pre[KERNELS_MAX]) {
    assert_true(weir_preprocess_kernels_len <= KERNELS_MAX);
    for (size_t k = 0; k < weir_preprocess_kernels_len; k++) {
        pre[k] = NULL;
        if (weir_preprocess_kernels[k]->available()) {
            pre[k] = weir_preprocess_new_with(weir_preprocess_kernels[k]);
            assert_non_null(pre[k]);
        }
    }
}

static void close_kernels(struct weir_preprocess *pre[KERNELS_MAX]) {
    for (size_t k = 0; k < weir_preprocess_kernels_len; k++)
        weir_preprocess_free(pre[k]);
}

/* Every type and layout of one picture, geometry and colour order. */
static void check_picture(struct weir_preprocess *pre[KERNELS_MAX], struct weir_model_desc desc,
                          struct weir_size size, const struct weir_image *image) {
    static const enum weir_dtype types[] = {WEIR_DTYPE_F32, WEIR_DTYPE_F16, WEIR_DTYPE_U8};
    for (int t = 0; t < 3; t++) {
        struct weir_model_desc gold_desc = desc;
        gold_desc.dtype = WEIR_DTYPE_F32;
        gold_desc.layout = WEIR_LAYOUT_NCHW;
        if (types[t] == WEIR_DTYPE_U8)
            for (int c = 0; c < 3; c++) {
                gold_desc.mean[c] = 0;
                gold_desc.scale[c] = 1;
            }
        struct weir_letterbox gold_lb, lb;
        float *gold = run(NULL, &gold_desc, size, image, &gold_lb);
        for (int l = 0; l < 2; l++) {
            desc.dtype = types[t];
            desc.layout = l ? WEIR_LAYOUT_NHWC : WEIR_LAYOUT_NCHW;
            void *tensor = run(NULL, &desc, size, image, &lb);
            compare("reference", &desc, size, image, gold, tensor, 0);
            free(tensor);
            for (size_t k = 0; k < weir_preprocess_kernels_len; k++) {
                if (!pre[k])
                    continue;
                tensor = run(pre[k], &desc, size, image, &lb);
                assert_memory_equal(&lb, &gold_lb, sizeof(lb));
                compare(weir_preprocess_kernels[k]->name, &desc, size, image, gold, tensor, BOUND);
                free(tensor);
            }
        }
        free(gold);
    }
}

static const enum weir_pixel formats[] = {WEIR_PIXEL_I420, WEIR_PIXEL_I422, WEIR_PIXEL_I444,
                                          WEIR_PIXEL_NV12, WEIR_PIXEL_GRAY, WEIR_PIXEL_BGR,
                                          WEIR_PIXEL_RGB};
enum { FORMATS = sizeof(formats) / sizeof(formats[0]) };

static struct weir_model_desc varied_desc(int variant) {
    struct weir_model_desc desc = plain_desc();
    desc.resize = (enum weir_resize)(variant % 3);
    desc.color = variant / 3 % 2 ? WEIR_COLOR_BGR : WEIR_COLOR_RGB;
    static const float mean[3] = {123.675f, 116.28f, 103.53f};
    static const float scale[3] = {1 / 58.395f, -1 / 57.12f, 1 / 57.375f};
    if (variant % 4 != 0)
        for (int c = 0; c < 3; c++) {
            desc.mean[c] = mean[c];
            desc.scale[c] = scale[c];
        }
    return desc;
}

static void test_every_kernel_equals_the_definition_within_rounding(void **state) {
    (void)state;
    static const int sources[][2] = {{1, 1},   {2, 2},   {3, 5},   {7, 1},    {1, 9},  {33, 17},
                                     {64, 48}, {97, 61}, {400, 7}, {17, 301}, {8, 130}};
    static const struct weir_size sizes[] = {{1, 1},   {5, 3},   {32, 32}, {64, 40},
                                             {100, 9}, {33, 90}, {203, 12}};
    struct weir_preprocess *pre[KERNELS_MAX];
    open_kernels(pre);
    int variant = 0;
    for (size_t s = 0; s < sizeof(sources) / sizeof(sources[0]); s++)
        for (int f = 0; f < FORMATS; f++)
            for (size_t d = 0; d < sizeof(sizes) / sizeof(sizes[0]); d++)
                for (int r = 0; r < 3; r++, variant++) {
                    struct weir_image image =
                        make_image(formats[f], sources[s][0], sources[s][1], variant % 2 ? 0 : 5);
                    image.matrix = (enum weir_matrix)(variant / 2 % 3);
                    image.full_range = variant % 5 < 2;
                    fill_random(&image, (uint32_t)variant);
                    check_picture(pre, varied_desc(r + 3 * (variant / 3 % 8)), sizes[d], &image);
                    free_image(&image);
                }
    close_kernels(pre);
}

static void check_large(int w, int h, struct weir_size size) {
    struct weir_preprocess *pre[KERNELS_MAX];
    open_kernels(pre);
    for (int f = 0; f < FORMATS; f++) {
        struct weir_image image = make_image(formats[f], w, h, 0);
        image.matrix = WEIR_MATRIX_BT709;
        fill_random(&image, (uint32_t)f + 1);
        check_picture(pre, varied_desc(f % 2 ? 3 : 1), size, &image);
        free_image(&image);
    }
    close_kernels(pre);
}

static void test_hd_picture_equals_the_definition(void **state) {
    (void)state;
    check_large(1280, 720, (struct weir_size){416, 416});
}

static void test_columns_far_apart_equal_the_definition(void **state) {
    (void)state;
    check_large(3840, 24, (struct weir_size){321, 64});
}

static void test_enlarged_picture_equals_the_definition(void **state) {
    (void)state;
    check_large(50, 40, (struct weir_size){352, 288});
}

static void test_definition_gives_the_known_colours(void **state) {
    (void)state;
    /* the codes of saturated colours in 8 bits, from the coefficients of each standard */
    static const struct {
        enum weir_matrix matrix;
        bool full;
        int yuv[3];
        int rgb[3];
    } known[] = {
        {WEIR_MATRIX_BT601, false, {16, 128, 128}, {0, 0, 0}},
        {WEIR_MATRIX_BT601, false, {235, 128, 128}, {255, 255, 255}},
        {WEIR_MATRIX_BT601, false, {81, 90, 240}, {255, 0, 0}},
        {WEIR_MATRIX_BT601, false, {145, 54, 34}, {0, 255, 0}},
        {WEIR_MATRIX_BT601, false, {41, 240, 110}, {0, 0, 255}},
        {WEIR_MATRIX_BT601, true, {76, 85, 255}, {255, 0, 0}},
        {WEIR_MATRIX_BT709, false, {63, 102, 240}, {255, 0, 0}},
        {WEIR_MATRIX_BT709, false, {173, 42, 26}, {0, 255, 0}},
        {WEIR_MATRIX_BT709, false, {32, 240, 118}, {0, 0, 255}},
        {WEIR_MATRIX_BT2020, false, {74, 97, 240}, {255, 0, 0}},
        {WEIR_MATRIX_BT2020, false, {29, 240, 119}, {0, 0, 255}},
    };
    for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
        struct weir_image image = make_image(WEIR_PIXEL_I420, 5, 3, 0);
        image.matrix = known[k].matrix;
        image.full_range = known[k].full;
        fill_constant(&image, known[k].yuv);
        struct weir_model_desc desc = plain_desc();
        struct weir_letterbox lb;
        float *rgb = run(NULL, &desc, (struct weir_size){2, 2}, &image, &lb);
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < 4; i++)
                if (fabs(rgb[4 * c + i] - known[k].rgb[c]) > 2.5)
                    fail_msg("colour %zu, channel %d: %g, must be %d", k, c, rgb[4 * c + i],
                             known[k].rgb[c]);
        free(rgb);
        free_image(&image);
    }
}

static void test_grey_picture_gives_exactly_that_grey(void **state) {
    (void)state;
    struct weir_preprocess *pre = weir_preprocess_new();
    assert_non_null(pre);
    for (int f = 0; f < FORMATS; f++)
        for (int grey = 0; grey < 256; grey += 15) {
            struct weir_image image = make_image(formats[f], 37, 21, 0);
            bool yuv = weir_pixel_planes(formats[f]) > 1;
            image.full_range = true;
            fill_constant(&image, yuv ? (int[3]){grey, 128, 128} : (int[3]){grey, grey, grey});
            struct weir_model_desc desc = plain_desc();
            struct weir_letterbox lb;
            float *out = run(pre, &desc, (struct weir_size){50, 9}, &image, &lb);
            for (int i = 0; i < 3 * 50 * 9; i++)
                assert_true(fabs(out[i] - grey) < 1e-3);
            free(out);
            desc.dtype = WEIR_DTYPE_U8;
            uint8_t *bytes = run(pre, &desc, (struct weir_size){50, 9}, &image, &lb);
            for (int i = 0; i < 3 * 50 * 9; i++)
                assert_int_equal(bytes[i], grey);
            free(bytes);
            free_image(&image);
        }
    weir_preprocess_free(pre);
}

static int ramp_x(int x, int y) {
    (void)y;
    return x;
}

static int ramp_y(int x, int y) {
    (void)x;
    return y;
}

static int sum_ramp(int x, int y) {
    return x + y;
}

static double clamped(double v, double hi) {
    return v < 0 ? 0 : v > hi ? hi : v;
}

static void test_linear_ramps_are_reproduced_exactly(void **state) {
    (void)state;
    static const struct weir_size sizes[] = {{360, 200}, {41, 33}, {120, 100}, {7, 250}};
    struct weir_preprocess *pre[KERNELS_MAX];
    open_kernels(pre);
    struct weir_image image = make_image(WEIR_PIXEL_RGB, 120, 100, 0);
    each_sample(&image, 0, 0, ramp_x);
    each_sample(&image, 0, 1, ramp_y);
    each_sample(&image, 0, 2, sum_ramp);
    struct weir_model_desc desc = plain_desc();
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
        for (size_t k = 0; k <= weir_preprocess_kernels_len; k++) {
            bool definition = k == weir_preprocess_kernels_len;
            if (!definition && !pre[k])
                continue;
            int w = sizes[s].width, h = sizes[s].height;
            struct weir_letterbox lb;
            float *out = run(definition ? NULL : pre[k], &desc, sizes[s], &image, &lb);
            for (int y = 0; y < h; y++)
                for (int x = 0; x < w; x++) {
                    double u = clamped((x + 0.5) * 120 / w - 0.5, 119);
                    double v = clamped((y + 0.5) * 100 / h - 0.5, 99);
                    const float *p = out + y * w + x;
                    assert_true(fabs(p[0] - u) <= BOUND);
                    assert_true(fabs(p[w * h] - v) <= BOUND);
                    assert_true(fabs(p[2 * w * h] - (u + v)) <= BOUND);
                }
            free(out);
        }
    free_image(&image);
    close_kernels(pre);
}

static int chroma_ramp(int x, int y) {
    return 100 + x + y;
}

static int mid(int x, int y) {
    (void)x;
    (void)y;
    return 128;
}

static void test_chroma_is_sited_at_the_centre_of_its_luma_block(void **state) {
    (void)state;
    struct weir_preprocess *pre[KERNELS_MAX];
    open_kernels(pre);
    static const enum weir_pixel halved[] = {WEIR_PIXEL_I420, WEIR_PIXEL_NV12};
    for (int f = 0; f < 2; f++) {
        struct weir_image image = make_image(halved[f], 40, 30, 0);
        image.full_range = true;
        image.matrix = WEIR_MATRIX_BT601;
        each_sample(&image, 0, 0, mid);
        each_sample(&image, 1, 0, chroma_ramp);
        each_sample(&image, f == 0 ? 2 : 1, f == 0 ? 0 : 1, mid);
        struct weir_model_desc desc = plain_desc();
        struct weir_size size = {40, 30}; /* no resizing: chroma alone is interpolated */
        for (size_t k = 0; k < weir_preprocess_kernels_len; k++) {
            if (!pre[k])
                continue;
            struct weir_letterbox lb;
            float *out = run(pre[k], &desc, size, &image, &lb);
            for (int y = 0; y < 30; y++)
                for (int x = 0; x < 40; x++) {
                    double u = 100 + clamped((x - 0.5) / 2, 19) + clamped((y - 0.5) / 2, 14);
                    double blue = 128 + 1.772 * (u - 128);
                    assert_true(fabs(out[2 * 1200 + y * 40 + x] - blue) <= BOUND);
                }
            free(out);
        }
        free_image(&image);
    }
    close_kernels(pre);
}

static void test_letterbox_is_filled_with_the_normalised_pad(void **state) {
    (void)state;
    struct weir_preprocess *pre[KERNELS_MAX];
    open_kernels(pre);
    struct weir_model_desc desc = varied_desc(1);
    for (int r = 0; r < 2; r++)
        for (int tall = 0; tall < 2; tall++) {
            desc.resize = r ? WEIR_RESIZE_LETTERBOX_TOPLEFT : WEIR_RESIZE_LETTERBOX;
            struct weir_image image =
                make_image(WEIR_PIXEL_NV12, tall ? 20 : 61, tall ? 61 : 20, 0);
            fill_random(&image, 9);
            for (size_t k = 0; k < weir_preprocess_kernels_len; k++) {
                if (!pre[k])
                    continue;
                struct weir_letterbox lb;
                float *out = run(pre[k], &desc, (struct weir_size){33, 33}, &image, &lb);
                int padded = 0;
                for (int c = 0; c < 3; c++)
                    for (int y = 0; y < 33; y++)
                        for (int x = 0; x < 33; x++) {
                            bool inside = x >= lb.inner_x && x < lb.inner_x + lb.inner_width &&
                                          y >= lb.inner_y && y < lb.inner_y + lb.inner_height;
                            if (inside)
                                continue;
                            padded++;
                            double want = (114 - (double)desc.mean[c]) * desc.scale[c];
                            assert_true(fabs(out[(c * 33 + y) * 33 + x] - want) < 1e-6);
                        }
                assert_int_equal(padded, 3 * 33 * (33 - 11));
                assert_int_equal(lb.inner_x, !r && tall ? 11 : 0);
                assert_int_equal(lb.inner_y, !r && !tall ? 11 : 0);
                free(out);
            }
            free_image(&image);
        }
    close_kernels(pre);
}

static void test_bottom_up_picture_is_read_by_its_negative_stride(void **state) {
    (void)state;
    struct weir_preprocess *pre = weir_preprocess_new();
    struct weir_image image = make_image(WEIR_PIXEL_BGR, 31, 19, 0), flipped = image;
    fill_random(&image, 3);
    flipped.plane[0] = image.plane[0] + 18 * image.stride[0];
    flipped.stride[0] = -image.stride[0];
    struct weir_model_desc desc = plain_desc();
    struct weir_size size = {31, 19};
    struct weir_letterbox lb;
    float *up = run(pre, &desc, size, &image, &lb), *down = run(pre, &desc, size, &flipped, &lb);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < 19; y++)
            assert_memory_equal(up + (c * 19 + y) * 31, down + (c * 19 + 18 - y) * 31,
                                31 * sizeof(float));
    free(up);
    free(down);
    free_image(&image);
    weir_preprocess_free(pre);
}

static void test_next_picture_shows_nothing_of_the_one_before(void **state) {
    (void)state;
    struct weir_preprocess *pre = weir_preprocess_new();
    struct weir_model_desc desc = plain_desc();
    struct weir_size size = {40, 60};
    struct weir_letterbox lb;
    /* one geometry twice, others in between, back again */
    static const int sources[][2] = {{30, 20}, {30, 20}, {31, 20}, {30, 21}, {30, 20}};
    for (int i = 0; i < 5; i++)
        for (int f = 0; f < FORMATS; f++) {
            struct weir_image image = make_image(formats[f], sources[i][0], sources[i][1], 0);
            fill_random(&image, (uint32_t)(i * FORMATS + f));
            float *reused = run(pre, &desc, size, &image, &lb);
            struct weir_preprocess *fresh = weir_preprocess_new();
            float *first = run(fresh, &desc, size, &image, &lb);
            assert_memory_equal(reused, first, sizeof(float) * 3 * 40 * 60);
            free(reused);
            free(first);
            weir_preprocess_free(fresh);
            free_image(&image);
        }
    weir_preprocess_free(pre);
}

static void test_every_half_survives_the_way_there_and_back(void **state) {
    (void)state;
    for (uint32_t h = 0; h < 0x10000; h++) {
        double v = half_to_double((uint16_t)h);
        if (isnan(v))
            continue;
        assert_int_equal(weir_half_from_float((float)v), h);
        for (size_t k = 0; k < weir_preprocess_kernels_len; k++)
            if (weir_preprocess_kernels[k]->available()) {
                uint16_t back[9];
                float same[9];
                for (int i = 0; i < 9; i++)
                    same[i] = (float)v;
                weir_preprocess_kernels[k]->to_f16(same, 9, back);
                for (int i = 0; i < 9; i += 8)
                    assert_int_equal(back[i], h);
            }
    }
}

static void test_halves_round_to_the_nearest_and_ties_to_even(void **state) {
    (void)state;
    assert_int_equal(weir_half_from_float(1 + 0x1p-11f), 0x3c00);
    assert_int_equal(weir_half_from_float(1 + 3 * 0x1p-11f), 0x3c02);
    assert_int_equal(weir_half_from_float(65519.0f), 0x7bff);
    assert_int_equal(weir_half_from_float(65520.0f), 0x7c00);
    assert_int_equal(weir_half_from_float(-0x1p-25f), 0x8000);
    assert_int_equal(weir_half_from_float(0x1.8p-25f), 0x0001);
    assert_true(isnan(half_to_double(weir_half_from_float(NAN))));
    uint32_t seed = 7;
    for (int i = 0; i < 100000; i++) {
        uint32_t bits = next_random(&seed) << 16 ^ next_random(&seed);
        if (i % 3 == 0)
            bits = (bits & ~0x1fffu) | 0x1000; /* ties */
        float v;
        memcpy(&v, &bits, sizeof(v));
        if (isnan(v))
            continue;
        uint16_t want = weir_half_from_float(v);
        for (size_t k = 0; k < weir_preprocess_kernels_len; k++)
            if (weir_preprocess_kernels[k]->available()) {
                float in[8] = {v, v, v, v, v, v, v, v};
                uint16_t got[8];
                weir_preprocess_kernels[k]->to_f16(in, 8, got);
                assert_int_equal(got[5], want);
            }
    }
}

static void test_plain_kernel_is_last_and_always_there(void **state) {
    (void)state;
    assert_true(weir_preprocess_kernels_len >= 1);
    assert_ptr_equal(weir_preprocess_kernels[weir_preprocess_kernels_len - 1],
                     &weir_preprocess_plain);
    assert_true(weir_preprocess_plain.available());
}

/* Both paths must refuse with that code, and leave tensor and letterbox alone. */
static void refuses(struct weir_model_desc desc, struct weir_size size,
                    const struct weir_image *image, int code) {
    struct weir_preprocess *pre = weir_preprocess_new();
    uint8_t dst[3 * 8 * 8 * 4], before[sizeof(dst)];
    memset(dst, 0x5a, sizeof(dst));
    memcpy(before, dst, sizeof(dst));
    struct weir_letterbox lb, lb_before;
    memset(&lb, 0x77, sizeof(lb));
    memcpy(&lb_before, &lb, sizeof(lb));
    assert_int_equal(weir_preprocess_run(pre, &desc, size, image, dst, &lb), code);
    assert_int_equal(weir_preprocess_reference(&desc, size, image, dst, &lb), code);
    assert_memory_equal(dst, before, sizeof(dst));
    assert_memory_equal(&lb, &lb_before, sizeof(lb));
    weir_preprocess_free(pre);
}

static void test_empty_tensor_is_refused(void **state) {
    (void)state;
    struct weir_image image = make_image(WEIR_PIXEL_GRAY, 4, 4, 0);
    refuses(plain_desc(), (struct weir_size){0, 8}, &image, WEIR_EINVAL);
    refuses(plain_desc(), (struct weir_size){8, 0}, &image, WEIR_EINVAL);
    refuses(plain_desc(), (struct weir_size){-8, 8}, &image, WEIR_EINVAL);
    free_image(&image);
}

static void test_empty_picture_is_refused(void **state) {
    (void)state;
    struct weir_image image = make_image(WEIR_PIXEL_GRAY, 4, 4, 0);
    image.width = 0;
    refuses(plain_desc(), (struct weir_size){8, 8}, &image, WEIR_EINVAL);
    image.width = 4;
    image.height = -1;
    refuses(plain_desc(), (struct weir_size){8, 8}, &image, WEIR_EINVAL);
    free_image(&image);
}

static void test_missing_plane_is_refused(void **state) {
    (void)state;
    for (int p = 0; p < 3; p++) {
        struct weir_image image = make_image(WEIR_PIXEL_I420, 4, 4, 0);
        free(pixels(&image, p));
        image.plane[p] = NULL;
        refuses(plain_desc(), (struct weir_size){8, 8}, &image, WEIR_EINVAL);
        free_image(&image);
    }
}

static void test_unknown_pixel_format_is_refused(void **state) {
    (void)state;
    struct weir_image image = make_image(WEIR_PIXEL_GRAY, 4, 4, 0);
    image.pixel = (enum weir_pixel)99;
    refuses(plain_desc(), (struct weir_size){8, 8}, &image, WEIR_EUNSUPPORTED);
    free_image(&image);
}

static void test_tensor_of_integers_is_refused(void **state) {
    (void)state;
    struct weir_image image = make_image(WEIR_PIXEL_GRAY, 4, 4, 0);
    static const enum weir_dtype types[] = {WEIR_DTYPE_I32, WEIR_DTYPE_I64, WEIR_DTYPE_OTHER};
    for (int t = 0; t < 3; t++) {
        struct weir_model_desc desc = plain_desc();
        desc.dtype = types[t];
        refuses(desc, (struct weir_size){8, 8}, &image, WEIR_EUNSUPPORTED);
    }
    free_image(&image);
}

static void test_refused_picture_does_not_spoil_the_next(void **state) {
    (void)state;
    struct weir_preprocess *pre = weir_preprocess_new();
    struct weir_image image = make_image(WEIR_PIXEL_I420, 20, 10, 0), bad = image;
    fill_random(&image, 11);
    bad.plane[2] = NULL;
    struct weir_model_desc desc = plain_desc();
    struct weir_size size = {16, 16};
    struct weir_letterbox lb;
    float *before = run(pre, &desc, size, &image, &lb);
    float scratch[3 * 16 * 16];
    assert_int_equal(weir_preprocess_run(pre, &desc, size, &bad, scratch, &lb), WEIR_EINVAL);
    float *after = run(pre, &desc, size, &image, &lb);
    assert_memory_equal(before, after, sizeof(scratch));
    free(before);
    free(after);
    free_image(&image);
    weir_preprocess_free(pre);
}

static void test_freeing_nothing_is_allowed(void **state) {
    (void)state;
    weir_preprocess_free(NULL);
    struct weir_axis axis = {0};
    weir_axis_done(&axis);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kernel_equals_the_definition_within_rounding),
        cmocka_unit_test(test_hd_picture_equals_the_definition),
        cmocka_unit_test(test_columns_far_apart_equal_the_definition),
        cmocka_unit_test(test_enlarged_picture_equals_the_definition),
        cmocka_unit_test(test_definition_gives_the_known_colours),
        cmocka_unit_test(test_grey_picture_gives_exactly_that_grey),
        cmocka_unit_test(test_linear_ramps_are_reproduced_exactly),
        cmocka_unit_test(test_chroma_is_sited_at_the_centre_of_its_luma_block),
        cmocka_unit_test(test_letterbox_is_filled_with_the_normalised_pad),
        cmocka_unit_test(test_bottom_up_picture_is_read_by_its_negative_stride),
        cmocka_unit_test(test_next_picture_shows_nothing_of_the_one_before),
        cmocka_unit_test(test_every_half_survives_the_way_there_and_back),
        cmocka_unit_test(test_halves_round_to_the_nearest_and_ties_to_even),
        cmocka_unit_test(test_plain_kernel_is_last_and_always_there),
        cmocka_unit_test(test_empty_tensor_is_refused),
        cmocka_unit_test(test_empty_picture_is_refused),
        cmocka_unit_test(test_missing_plane_is_refused),
        cmocka_unit_test(test_unknown_pixel_format_is_refused),
        cmocka_unit_test(test_tensor_of_integers_is_refused),
        cmocka_unit_test(test_refused_picture_does_not_spoil_the_next),
        cmocka_unit_test(test_freeing_nothing_is_allowed),
    };
    return cmocka_run_group_tests_name("preprocess", tests, NULL, NULL);
}
