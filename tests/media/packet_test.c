/* Packets and the codec they share. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "media/media.h"

static void count_free(struct weir_packet *packet, void *owner) {
    assert_non_null(packet->codec); /* still there while the bytes go */
    ++*(int *)owner;
}

static void test_a_new_codec_knows_its_name_and_nothing_else(void **state) {
    struct weir_codec *codec = weir_codec_new("h264");
    assert_string_equal(codec->name, "h264");
    assert_int_equal(codec->pixel_hint, -1);
    assert_int_equal(codec->width, 0);
    assert_null(codec->extradata);
    weir_codec_unref(&codec);
    assert_null(codec);
}

static void test_a_codec_name_that_is_too_long_is_cut(void **state) {
    char name[100];
    memset(name, 'c', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct weir_codec *codec = weir_codec_new(name);
    assert_int_equal(strlen(codec->name), sizeof codec->name - 1);
    weir_codec_unref(&codec);
}

static void test_a_codec_without_a_name_has_an_empty_one(void **state) {
    struct weir_codec *codec = weir_codec_new(NULL);
    assert_string_equal(codec->name, "");
    weir_codec_unref(&codec);
}

static void test_a_packet_keeps_its_codec_alive(void **state) {
    struct weir_codec *codec = weir_codec_new("mjpeg");
    codec->extradata = malloc(4);
    codec->extradata_len = 4;
    struct weir_packet *packet = weir_packet_new(codec);
    assert_null(packet->data);
    assert_int_equal(packet->len, 0);
    assert_false(packet->keyframe);
    weir_codec_unref(&codec);
    assert_string_equal(packet->codec->name, "mjpeg");
    weir_packet_unref(&packet); /* the leak checker sees the extradata go */
    assert_null(packet);
}

static void test_bytes_are_freed_once_with_the_last_reference(void **state) {
    int freed = 0;
    struct weir_codec *codec = weir_codec_new("png");
    struct weir_packet *packet = weir_packet_new(codec), *other;
    packet->free = count_free;
    packet->owner = &freed;
    other = weir_packet_ref(packet);
    weir_packet_unref(&packet);
    assert_int_equal(freed, 0);
    weir_packet_unref(&other);
    assert_int_equal(freed, 1);
    weir_packet_unref(&other);
    assert_int_equal(freed, 1);
    weir_codec_unref(&codec);
}

static void test_no_packet_and_no_codec_are_allowed(void **state) {
    struct weir_packet *packet = NULL;
    struct weir_codec *codec = NULL;
    weir_packet_unref(&packet);
    weir_packet_unref(NULL);
    weir_codec_unref(&codec);
    weir_codec_unref(NULL);
    assert_null(weir_packet_ref(NULL));
    assert_null(weir_codec_ref(NULL));
    packet = weir_packet_new(NULL);
    assert_null(packet->codec);
    weir_packet_unref(&packet);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_codec_knows_its_name_and_nothing_else),
        cmocka_unit_test(test_a_codec_name_that_is_too_long_is_cut),
        cmocka_unit_test(test_a_codec_without_a_name_has_an_empty_one),
        cmocka_unit_test(test_a_packet_keeps_its_codec_alive),
        cmocka_unit_test(test_bytes_are_freed_once_with_the_last_reference),
        cmocka_unit_test(test_no_packet_and_no_codec_are_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
