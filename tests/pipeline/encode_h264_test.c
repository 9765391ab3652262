/* The chain of H.264's packets: keyframes, joining, sizes, changes on the way. */
#include "encode_support.h"

#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

static struct weir_packet *push_drawn(struct weir_encoder *encoder, int width, int height, int t,
                                      bool key) {
    struct weir_image *drawn = draw(width, height, t, WEIR_MATRIX_BT709, false);
    struct weir_packet *packet = push_picture(encoder, drawn, key);
    weir_image_unref(&drawn);
    return packet;
}

static void assert_same(const struct weir_image *a, const struct weir_image *b) {
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < (p ? (a->height + 1) / 2 : a->height); y++)
            assert_memory_equal(a->plane[p] + y * a->stride[p], b->plane[p] + y * b->stride[p],
                                (size_t)(p ? (a->width + 1) / 2 : a->width));
}

static void test_a_fresh_decoder_joins_at_a_keyframe_and_sees_the_same(void **state) {
    const struct kind *kind = kind_of(state);
    struct weir_encoder *encoder = make_encoder(kind, 176, 144, 26, 0);
    struct rig first, late;
    receiver_init(&first);
    receiver_init(&late);
    for (int t = 0; t < 25; t++) {
        struct weir_packet *packet = push_drawn(encoder, 176, 144, t, t == 12);
        struct weir_image *shown = receive(&first, packet);
        assert_non_null(shown);
        if (t >= 12) {
            struct weir_image *too = receive(&late, packet);
            assert_non_null(too);
            assert_same(shown, too);
            weir_image_unref(&too);
        }
        weir_image_unref(&shown);
        weir_packet_unref(&packet);
    }
    weir_encoder_free(encoder);
    rig_done(&first);
    rig_done(&late);
}

static void test_a_fresh_decoder_cannot_join_between_keyframes(void **state) {
    const struct kind *kind = kind_of(state);
    struct weir_encoder *encoder = make_encoder(kind, 176, 144, 26, 0);
    struct rig late;
    receiver_init(&late);
    for (int t = 0; t < 8; t++) {
        struct weir_packet *packet = push_drawn(encoder, 176, 144, t, t == 6);
        struct weir_image *shown = t >= 3 ? receive(&late, packet) : NULL;
        assert_int_equal(shown != NULL, t >= 6);
        weir_image_unref(&shown);
        weir_packet_unref(&packet);
    }
    weir_encoder_free(encoder);
    rig_done(&late);
}

/* Two decoders, one of which never gets packet 9. */
static void test_a_packet_that_is_lost_is_healed_by_the_next_keyframe(void **state) {
    const struct kind *kind = kind_of(state);
    struct weir_encoder *encoder = make_encoder(kind, 176, 144, 26, 0);
    struct rig whole, lossy;
    receiver_init(&whole);
    receiver_init(&lossy);
    for (int t = 0; t < 20; t++) {
        struct weir_packet *packet = push_drawn(encoder, 176, 144, t, t == 10);
        struct weir_image *shown = receive(&whole, packet);
        assert_non_null(shown);
        if (t != 9) {
            struct weir_image *too = receive(&lossy, packet);
            assert_non_null(too);
            assert_same(shown, too);
            weir_image_unref(&too);
        }
        weir_image_unref(&shown);
        weir_packet_unref(&packet);
    }
    weir_encoder_free(encoder);
    rig_done(&whole);
    rig_done(&lossy);
}

static void test_keyframes_come_at_the_latest_after_key_every(void **state) {
    const struct kind *kind = kind_of(state);
    struct weir_encoder *encoder = make_encoder(kind, 96, 80, 26, 6);
    int since = 5, keys = 0;
    for (int t = 0; t < 40; t++) {
        struct weir_packet *packet = push_drawn(encoder, 96, 80, t, t == 20);
        since = packet->keyframe ? 0 : since + 1;
        keys += packet->keyframe;
        assert_true(since < 6);
        weir_packet_unref(&packet);
    }
    assert_in_range(keys, 7, 8);
    weir_encoder_free(encoder);
}

static void test_every_picture_may_be_a_keyframe(void **state) {
    const struct kind *kind = kind_of(state);
    for (int by_conf = 0; by_conf < 2; by_conf++) {
        struct weir_encoder *encoder = make_encoder(kind, 96, 80, 26, by_conf);
        for (int t = 0; t < 10; t++) {
            struct weir_packet *packet = push_drawn(encoder, 96, 80, t, !by_conf);
            struct rig alone;
            assert_true(packet->keyframe);
            receiver_init(&alone);
            struct weir_image *shown = receive(&alone, packet);
            assert_non_null(shown);
            weir_image_unref(&shown);
            weir_packet_unref(&packet);
            rig_done(&alone);
        }
        weir_encoder_free(encoder);
    }
}

static void test_no_keyframe_comes_unasked(void **state) {
    const struct kind *kind = kind_of(state);
    struct weir_encoder *encoder = make_encoder(kind, 96, 80, 26, 0);
    for (int t = 0; t < 400; t++) { /* more than any default period */
        struct weir_packet *packet = push_drawn(encoder, 96, 80, t, false);
        assert_int_equal(packet->keyframe, t == 0);
        weir_packet_unref(&packet);
    }
    weir_encoder_free(encoder);
}

static void test_not_even_where_the_scene_changes(void **state) {
    const struct kind *kind = kind_of(state);
    struct weir_encoder *encoder = make_encoder(kind, 96, 80, 26, 0);
    for (int t = 0; t < 20; t++) {
        struct weir_image *drawn =
            t % 5 ? draw(96, 80, t, WEIR_MATRIX_BT601, false) : draw_noise(96, 80, (uint32_t)t);
        struct weir_packet *packet = push_picture(encoder, drawn, false);
        assert_int_equal(packet->keyframe, t == 0);
        weir_packet_unref(&packet);
        weir_image_unref(&drawn);
    }
    weir_encoder_free(encoder);
}

/* Asphalt, leaves, bricks: what makes a keyframe large. */
static struct weir_image *draw_textured(int width, int height) {
    struct weir_image *image = draw(width, height, 5, WEIR_MATRIX_BT709, false);
    struct weir_image *noise = draw_noise(width, height, 1);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            weir_image_data(image, 0)[y * image->stride[0] + x] +=
                noise->plane[0][y * noise->stride[0] + x] >> 3;
    weir_image_unref(&noise);
    return image;
}

static void test_a_still_scene_costs_little_after_its_keyframe(void **state) {
    const struct kind *kind = kind_of(state);
    struct weir_encoder *encoder = make_encoder(kind, 320, 180, 23, 0);
    struct weir_image *still = draw_textured(320, 180);
    size_t key = 0, sum = 0, last = 0;
    for (int t = 0; t < 20; t++) {
        struct weir_packet *packet = push_picture(encoder, still, t == 0);
        if (t == 0)
            key = packet->len;
        else
            sum += last = packet->len; /* the first few still refine the picture */
        weir_packet_unref(&packet);
    }
    assert_true(sum / 19 * 10 < key);
    assert_true(last * 50 < key);
    weir_image_unref(&still);
    weir_encoder_free(encoder);
}

/* Noise at 640x360 and quality 23: 200 kB and more where nothing bounds it. */
static void test_a_keyframe_of_noise_is_bounded(void **state) {
    const struct kind *kind = kind_of(state);
    static const struct {
        int width, height, quality;
        size_t bound;
    } cases[] = {{640, 360, 23, 144000},
                 {640, 360, 31, 72000},
                 {320, 180, 23, 36000},
                 {640, 360, 15, 288000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int width = cases[i].width, height = cases[i].height;
        struct weir_encoder *encoder = make_encoder(kind, width, height, cases[i].quality, 0);
        for (int t = 0; t < 12; t++) {
            struct weir_image *drawn = draw_noise(width, height, (uint32_t)t);
            struct weir_packet *packet = push_picture(encoder, drawn, t == 0 || t == 8);
            if (packet->len > cases[i].bound + 4096)
                fail_msg("%dx%d at %d: picture %d takes %zu bytes", width, height, cases[i].quality,
                         t, packet->len);
            weir_packet_unref(&packet);
            weir_image_unref(&drawn);
        }
        weir_encoder_free(encoder);
    }
}

static void test_matrix_and_range_may_change_on_the_way(void **state) {
    const struct kind *kind = kind_of(state);
    static const struct {
        enum weir_matrix matrix;
        bool full;
    } parts[] = {{WEIR_MATRIX_BT709, false},
                 {WEIR_MATRIX_BT709, true},
                 {WEIR_MATRIX_BT601, true},
                 {WEIR_MATRIX_BT601, false},
                 {WEIR_MATRIX_BT2020, false}};
    struct weir_encoder *encoder = make_encoder(kind, 176, 144, -1, 0);
    const struct weir_codec *codec = NULL;
    struct rig rig;
    receiver_init(&rig);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (int t = 0; t < (i ? 3 : 1); t++) { /* one keyframe right after another, too */
            struct weir_image *drawn = draw(176, 144, t, parts[i].matrix, parts[i].full);
            struct weir_packet *packet = push_picture(encoder, drawn, false);
            assert_int_equal(packet->keyframe, t == 0);
            assert_true(!codec || packet->codec == codec);
            codec = packet->codec;
            struct weir_image *shown = receive(&rig, packet);
            assert_non_null(shown);
            assert_int_equal(shown->matrix, parts[i].matrix);
            assert_int_equal(shown->full_range, parts[i].full);
            assert_true(psnr(drawn, shown) > PSNR_GOOD);
            weir_image_unref(&shown);
            weir_packet_unref(&packet);
            weir_image_unref(&drawn);
        }
    weir_encoder_free(encoder);
    rig_done(&rig);
}

static void test_auto_is_the_first_encoder_there_is(void **state) {
    const struct kind *kind = kind_of(state);
    const struct kind automatic = {WEIR_CODING_H264, "auto", 26, {0}};
    struct weir_encoder *named = make_encoder(kind, 96, 80, 26, 0);
    struct weir_encoder *chosen = make_encoder(&automatic, 96, 80, 26, 0);
    if (strcmp(weir_av_encoder("auto", 0)->name, kind->encoder)) {
        weir_encoder_free(named);
        weir_encoder_free(chosen);
        print_message("# skipped: %s comes before %s\n", weir_av_encoder("auto", 0)->name,
                      kind->encoder);
        skip();
    }
    for (int t = 0; t < 5; t++) {
        struct weir_packet *a = push_drawn(named, 96, 80, t, false);
        struct weir_packet *b = push_drawn(chosen, 96, 80, t, false);
        assert_int_equal(a->len, b->len);
        assert_memory_equal(a->data, b->data, a->len);
        weir_packet_unref(&a);
        weir_packet_unref(&b);
    }
    weir_encoder_free(named);
    weir_encoder_free(chosen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST_H264(test_a_fresh_decoder_joins_at_a_keyframe_and_sees_the_same),
        TEST_H264(test_a_fresh_decoder_cannot_join_between_keyframes),
        TEST_H264(test_a_packet_that_is_lost_is_healed_by_the_next_keyframe),
        TEST_H264(test_keyframes_come_at_the_latest_after_key_every),
        TEST_H264(test_every_picture_may_be_a_keyframe),
        TEST_H264(test_no_keyframe_comes_unasked),
        TEST_KIND(test_not_even_where_the_scene_changes, x264),
        TEST_H264(test_a_still_scene_costs_little_after_its_keyframe),
        TEST_KIND(test_a_keyframe_of_noise_is_bounded, x264),
        TEST_H264(test_matrix_and_range_may_change_on_the_way),
        TEST_H264(test_auto_is_the_first_encoder_there_is),
    };
    return cmocka_run_group_tests_name("encode_h264", tests, NULL, NULL);
}
