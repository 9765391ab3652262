/* Frames and the names of their ends. */
#include "support/support.h"

#include <string.h>

#include "media/media.h"

static void count_image(struct weir_image *image, void *owner) {
    (void)image;
    ++*(int *)owner;
}

static void count_packet(struct weir_packet *packet, void *owner) {
    (void)packet;
    ++*(int *)owner;
}

static void test_a_new_frame_has_not_been_anywhere_yet(void **state) {
    struct weir_frame *frame = weir_frame_new(3);
    assert_int_equal(frame->stream, 3);
    assert_int_equal(frame->seq, -1);
    assert_int_equal(frame->media_ns, -1);
    assert_int_equal(frame->outcome, WEIR_OUTCOME_NONE);
    assert_int_equal(frame->times.deliver, 0);
    assert_null(frame->packet);
    assert_null(frame->image);
    assert_null(frame->name);
    assert_null(frame->next);
    assert_int_equal(frame->boxes.len, 0);
    weir_frame_free(frame);
}

static void test_a_frame_takes_what_it_holds_with_it(void **state) {
    int images = 0, packets = 0;
    struct weir_codec *codec = weir_codec_new("h264");
    struct weir_frame *frame = weir_frame_new(0);
    frame->name = strdup("000001.jpg");
    frame->packet = weir_packet_new(codec);
    frame->packet->free = count_packet;
    frame->packet->owner = &packets;
    frame->image = weir_image_new();
    frame->image->free = count_image;
    frame->image->owner = &images;
    assert_int_equal(weir_boxes_add(&frame->boxes, (struct weir_box){.x1 = 1}), 0);
    weir_frame_free(frame);
    assert_int_equal(images, 1);
    assert_int_equal(packets, 1);
    weir_codec_unref(&codec);
}

static void test_a_frame_leaves_alone_what_others_hold_too(void **state) {
    int images = 0;
    struct weir_frame *frame = weir_frame_new(0);
    struct weir_image *image = weir_image_new();
    image->free = count_image;
    image->owner = &images;
    frame->image = weir_image_ref(image);
    weir_frame_free(frame);
    assert_int_equal(images, 0);
    weir_image_unref(&image);
    assert_int_equal(images, 1);
}

static void test_freeing_no_frame_is_allowed(void **state) {
    weir_frame_free(NULL);
}

static void test_every_outcome_has_its_name(void **state) {
    static const char *const names[] = {"none",     "detect",      "track",   "late",   "overload",
                                        "replaced", "unreachable", "corrupt", "stopped"};
    assert_int_equal(WEIR_OUTCOME_COUNT, sizeof names / sizeof names[0]);
    for (int i = 0; i < WEIR_OUTCOME_COUNT; i++)
        assert_string_equal(weir_outcome_name((enum weir_outcome)i), names[i]);
}

static void test_only_detect_and_track_are_results(void **state) {
    for (int i = 0; i < WEIR_OUTCOME_COUNT; i++)
        assert_int_equal(weir_outcome_is_result((enum weir_outcome)i),
                         i == WEIR_OUTCOME_DETECT || i == WEIR_OUTCOME_TRACK);
}

static void test_a_strange_outcome_is_no_result(void **state) {
    assert_string_equal(weir_outcome_name((enum weir_outcome)99), "?");
    assert_false(weir_outcome_is_result((enum weir_outcome)99));
    assert_false(weir_outcome_is_result(WEIR_OUTCOME_COUNT));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_frame_has_not_been_anywhere_yet),
        cmocka_unit_test(test_a_frame_takes_what_it_holds_with_it),
        cmocka_unit_test(test_a_frame_leaves_alone_what_others_hold_too),
        cmocka_unit_test(test_freeing_no_frame_is_allowed),
        cmocka_unit_test(test_every_outcome_has_its_name),
        cmocka_unit_test(test_only_detect_and_track_are_results),
        cmocka_unit_test(test_a_strange_outcome_is_no_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
