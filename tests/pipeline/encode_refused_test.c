/* What the encoders refuse, and what is left of them then: nothing, or one that goes on. */
#include "encode_support.h"

#include <libavcodec/avcodec.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- allocations that fail: ours by the linker's --wrap, FFmpeg's by its own limit ---- */

static int until_failure = -1; /* so many more succeed; -1: all */

static bool allocation_fails(void) {
    if (until_failure < 0)
        return false;
    return until_failure == 0 || until_failure-- == 0;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size) {
    return allocation_fails() ? NULL : __real_malloc(size);
}
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size) {
    return allocation_fails() ? NULL : __real_calloc(n, size);
}
void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size) {
    return allocation_fails() ? NULL : __real_aligned_alloc(align, size);
}

/* ---- configurations ------------------------------------------------------ */

static struct weir_encoder_conf conf_of(const struct kind *kind) {
    return (struct weir_encoder_conf){.coding = kind->coding,
                                      .width = 96,
                                      .height = 80,
                                      .quality = kind->good,
                                      .rate_fps = 25,
                                      .encoder = kind->encoder};
}

static void expect_no_encoder(const struct weir_encoder_conf *conf, int code, const char *says) {
    struct weir_encoder *untouched = (struct weir_encoder *)&until_failure, *encoder = untouched;
    struct weir_error err = {0};
    int rc = weir_encoder_new(conf, &encoder, &err);
    if (rc != code)
        fail_msg("%s instead of %s: %s", weir_err_name(rc), weir_err_name(code), err.text);
    assert_ptr_equal(encoder, untouched);
    assert_int_equal(err.code, code);
    test_error_says(&err, says);
    assert_int_equal(weir_encoder_new(conf, &encoder, NULL), code);
}

static void test_quality_out_of_range_is_refused(void **state) {
    const struct kind *kind = kind_of(state);
    static const int jpeg[] = {0, -1, 101, INT_MAX}, h264[] = {-1, 52, INT_MIN, INT_MAX};
    bool is_jpeg = kind->coding == WEIR_CODING_JPEG;
    for (size_t i = 0; i < 4; i++) {
        struct weir_encoder_conf conf = conf_of(kind);
        conf.quality = is_jpeg ? jpeg[i] : h264[i];
        expect_no_encoder(&conf, WEIR_ERANGE,
                          is_jpeg ? "allowed is 1 to 100" : "allowed is 0 to 51");
    }
}

static void test_size_out_of_range_is_refused(void **state) {
    const struct kind *kind = kind_of(state);
    static const int sizes[][2] = {{0, 80},       {96, 0},     {-2, 80},
                                   {96, INT_MIN}, {65502, 80}, {INT_MAX, INT_MAX}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct weir_encoder_conf conf = conf_of(kind);
        conf.width = sizes[i][0];
        conf.height = sizes[i][1];
        expect_no_encoder(&conf, WEIR_ERANGE, "allowed is 1x1 to 65500x65500");
    }
}

static void test_sizes_beyond_h264_are_refused_with_what_to_do(void **state) {
    struct weir_encoder_conf conf = conf_of(kind_of(state));
    conf.width = 16386;
    expect_no_encoder(&conf, WEIR_ERANGE, "allowed is up to 16384x16384");
    conf.width = 96;
    conf.height = 65500;
    expect_no_encoder(&conf, WEIR_ERANGE, "or use jpeg");
}

static void test_odd_sizes_are_refused_with_what_to_do(void **state) {
    const struct kind *kind = kind_of(state);
    struct weir_encoder_conf conf = conf_of(kind);
    conf.width = 161;
    expect_no_encoder(&conf, WEIR_ERANGE, "reduce them to 160x80, or use jpeg");
    conf.width = 160;
    conf.height = 121;
    expect_no_encoder(&conf, WEIR_ERANGE, "h264 of 160x121");
}

static void test_a_size_that_the_encoder_cannot_take_is_refused(void **state) {
    const struct kind *kind = kind_of(state);
    struct weir_encoder_conf conf = conf_of(kind);
    conf.width = conf.height = 16384;
    expect_no_encoder(&conf, WEIR_EUNSUPPORTED, "no H.264 encoder takes pictures of 16384x16384");
    expect_no_encoder(&conf, WEIR_EUNSUPPORTED, "tried libopenh264");
}

static void test_rate_and_key_distance_out_of_range_are_refused(void **state) {
    const struct kind *kind = kind_of(state);
    const double rates[] = {0, -25, NAN, INFINITY, 1001, 0.001};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct weir_encoder_conf conf = conf_of(kind);
        conf.rate_fps = rates[i];
        expect_no_encoder(&conf, WEIR_ERANGE, "frames a second; allowed is 0.01 to 1000");
    }
    struct weir_encoder_conf conf = conf_of(kind);
    conf.key_every = -1;
    expect_no_encoder(&conf, WEIR_ERANGE, "0 for only on demand");
}

static void test_slow_and_fast_rates_are_taken(void **state) {
    const struct kind *kind = kind_of(state);
    static const double rates[] = {0.01, 1, 29.97, 1000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct weir_encoder_conf conf = conf_of(kind);
        struct weir_encoder *encoder = NULL;
        conf.rate_fps = rates[i];
        assert_int_equal(weir_encoder_new(&conf, &encoder, NULL), 0);
        weir_encoder_free(encoder);
    }
}

static void test_jpeg_asks_neither_for_rate_nor_encoder(void **state) {
    struct weir_encoder_conf conf = conf_of(kind_of(state));
    struct weir_encoder *encoder = NULL;
    conf.rate_fps = 0;
    conf.encoder = "libnosuch";
    conf.key_every = -1;
    assert_int_equal(weir_encoder_new(&conf, &encoder, NULL), 0);
    weir_encoder_free(encoder);
}

static void test_an_unknown_coding_is_refused(void **state) {
    struct weir_encoder_conf conf = conf_of(kind_of(state));
    conf.coding = (enum weir_coding)2;
    expect_no_encoder(&conf, WEIR_EINVAL, "no coding 2");
    conf.coding = (enum weir_coding) - 1;
    expect_no_encoder(&conf, WEIR_EINVAL, "no coding -1");
}

static void test_another_encoder_is_refused_and_told_which_there_are(void **state) {
    const struct kind *kind = kind_of(state);
    static const struct {
        const char *name, *says;
    } wrong[] = {{"libnosuch", "libnosuch is not there"},
                 {"", " is not there"},
                 {"h264", "h264 is not there"}, /* a decoder */
                 {"mjpeg", "mjpeg does not make H.264"},
                 {"mpeg4", "mpeg4 does not make H.264"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct weir_encoder_conf conf = conf_of(kind);
        conf.encoder = wrong[i].name;
        expect_no_encoder(&conf, WEIR_EUNSUPPORTED, wrong[i].says);
        expect_no_encoder(&conf, WEIR_EUNSUPPORTED, kind->encoder);
        expect_no_encoder(&conf, WEIR_EUNSUPPORTED, "auto");
    }
}

static void test_no_encoder_is_freed_without_a_word(void **state) {
    (void)state;
    weir_encoder_free(NULL);
}

static void test_codings_have_names(void **state) {
    (void)state;
    enum weir_coding coding = WEIR_CODING_JPEG;
    assert_string_equal(weir_coding_name(WEIR_CODING_JPEG), "jpeg");
    assert_string_equal(weir_coding_name(WEIR_CODING_H264), "h264");
    assert_string_equal(weir_coding_name((enum weir_coding)7), "?");
    assert_string_equal(weir_coding_name((enum weir_coding) - 1), "?");
    assert_int_equal(weir_coding_by_name("h264", &coding), 0);
    assert_int_equal(coding, WEIR_CODING_H264);
    static const char *const none[] = {"mjpeg", "", "H264", "jpeg "};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(weir_coding_by_name(none[i], &coding), WEIR_ENOENT);
    assert_int_equal(coding, WEIR_CODING_H264);
    assert_int_equal(weir_coding_by_name("jpeg", &coding), 0);
    assert_int_equal(coding, WEIR_CODING_JPEG);
}

/* ---- pictures ------------------------------------------------------------ */

static void expect_no_packet(struct weir_encoder *encoder, struct weir_image *image, int code,
                             const char *says) {
    struct weir_packet *untouched = (struct weir_packet *)&until_failure, *packet = untouched;
    struct weir_error err = {0};
    assert_int_equal(weir_encoder_push(encoder, image, false, &packet, &err), code);
    assert_ptr_equal(packet, untouched);
    test_error_says(&err, says);
}

static void test_a_wrong_picture_is_refused_and_the_chain_goes_on(void **state) {
    const struct kind *kind = kind_of(state);
    static const int sizes[][2] = {{98, 80}, {96, 82}, {95, 80}, {80, 96}, {1, 1}};
    static const enum weir_pixel pixels[] = {WEIR_PIXEL_I422, WEIR_PIXEL_I444, WEIR_PIXEL_NV12,
                                             WEIR_PIXEL_GRAY, WEIR_PIXEL_BGR,  WEIR_PIXEL_RGB};
    struct weir_encoder *encoder = make_encoder(kind, 96, 80, -1, 0);
    struct rig rig;
    receiver_init(&rig);
    for (int t = 0; t < 3; t++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct weir_image *image = draw_noise(sizes[i][0], sizes[i][1], 1);
            expect_no_packet(encoder, image, WEIR_EINVAL, "takes i420 of 96x80");
            weir_image_unref(&image);
        }
        for (size_t i = 0; i < sizeof pixels / sizeof *pixels; i++) {
            struct weir_image *image = weir_image_alloc(pixels[i], 96, 80);
            assert_non_null(image);
            expect_no_packet(encoder, image, WEIR_EINVAL, weir_pixel_name(pixels[i]));
            weir_image_unref(&image);
        }
        struct weir_image *drawn = draw(96, 80, t, WEIR_MATRIX_BT601, true);
        struct weir_packet *packet = push_picture(encoder, drawn, false);
        assert_int_equal(packet->keyframe, t == 0 || kind->coding == WEIR_CODING_JPEG);
        struct weir_image *shown = receive(&rig, packet);
        assert_non_null(shown);
        assert_true(psnr(drawn, shown) > PSNR_GOOD);
        weir_image_unref(&shown);
        weir_packet_unref(&packet);
        weir_image_unref(&drawn);
    }
    weir_encoder_free(encoder);
    rig_done(&rig);
}

/* ---- no memory ----------------------------------------------------------- */

static void test_no_memory_for_an_encoder_leaves_nothing(void **state) {
    const struct kind *kind = kind_of(state);
    const struct weir_encoder_conf conf = conf_of(kind);
    struct weir_encoder *encoder = NULL;
    struct weir_error err = {0};
    int failures = 0, rc;
    for (;; failures++) {
        until_failure = failures;
        rc = weir_encoder_new(&conf, &encoder, &err);
        until_failure = -1;
        if (!rc)
            break;
        assert_int_equal(rc, WEIR_ENOMEM);
        assert_null(encoder);
        assert_true(failures < 20);
    }
    assert_true(failures >= 2);
    weir_encoder_free(encoder);
}

static void test_no_memory_for_a_packet_and_then_a_keyframe(void **state) {
    const struct kind *kind = kind_of(state);
    struct weir_encoder *encoder = make_encoder(kind, 96, 80, -1, 0);
    struct weir_image *drawn = draw(96, 80, 0, WEIR_MATRIX_BT601, false);
    struct weir_packet *packet = NULL;
    int failures = 0, rc;
    for (;; failures++) {
        until_failure = failures;
        rc = weir_encoder_push(encoder, drawn, false, &packet, NULL);
        until_failure = -1;
        if (!rc)
            break;
        assert_int_equal(rc, WEIR_ENOMEM);
        assert_null(packet);
        assert_true(failures < 20);
    }
    assert_true(failures >= 2);
    assert_true(packet->keyframe); /* the ones before never left */
    weir_packet_unref(&packet);
    weir_image_unref(&drawn);
    weir_encoder_free(encoder);
}

static void test_no_memory_in_ffmpeg_is_said_and_got_over(void **state) {
    const struct kind *kind = kind_of(state);
    const struct weir_encoder_conf conf = conf_of(kind);
    struct weir_encoder *encoder = NULL;
    static const size_t limits[] = {1, 64, 200};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        av_max_alloc(limits[i]);
        int rc = weir_encoder_new(&conf, &encoder, NULL);
        av_max_alloc(INT_MAX);
        assert_int_equal(rc, WEIR_ENOMEM);
        assert_null(encoder);
    }
    encoder = make_encoder(kind, 96, 80, -1, 0);
    struct weir_image *drawn = draw(96, 80, 0, WEIR_MATRIX_BT601, false);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct weir_packet *packet = push_picture(encoder, drawn, false);
        weir_packet_unref(&packet);
        av_max_alloc(limits[i]);
        int rc = weir_encoder_push(encoder, drawn, false, &packet, NULL);
        av_max_alloc(INT_MAX);
        assert_int_equal(rc, WEIR_ENOMEM);
        assert_null(packet);
        packet = push_picture(encoder, drawn, false);
        assert_true(packet->keyframe);
        weir_packet_unref(&packet);
    }
    weir_image_unref(&drawn);
    weir_encoder_free(encoder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST_ALL(test_quality_out_of_range_is_refused),
        TEST_ALL(test_size_out_of_range_is_refused),
        TEST_H264(test_odd_sizes_are_refused_with_what_to_do),
        TEST_H264(test_sizes_beyond_h264_are_refused_with_what_to_do),
        TEST_KIND(test_a_size_that_the_encoder_cannot_take_is_refused, openh264),
        TEST_H264(test_rate_and_key_distance_out_of_range_are_refused),
        TEST_H264(test_slow_and_fast_rates_are_taken),
        TEST_KIND(test_jpeg_asks_neither_for_rate_nor_encoder, jpeg),
        TEST_ALL(test_an_unknown_coding_is_refused),
        TEST_H264(test_another_encoder_is_refused_and_told_which_there_are),
        cmocka_unit_test(test_no_encoder_is_freed_without_a_word),
        cmocka_unit_test(test_codings_have_names),
        TEST_ALL(test_a_wrong_picture_is_refused_and_the_chain_goes_on),
        TEST_ALL(test_no_memory_for_an_encoder_leaves_nothing),
        TEST_ALL(test_no_memory_for_a_packet_and_then_a_keyframe),
        TEST_H264(test_no_memory_in_ffmpeg_is_said_and_got_over),
    };
    return cmocka_run_group_tests_name("encode_refused", tests, NULL, NULL);
}
