/* The track stage: ids, the confidence behind it, and what passes untouched. */
#include "sink_support.h"

#include <math.h>
#include <stdlib.h>

static struct weir_stage *open_track(struct rig *rig) {
    struct weir_error err = {0};
    struct weir_stage *stage = NULL;
    if (weir_stage_track.open(&rig->conf, &stage, &err))
        fail_msg("cannot open: %s", err.text);
    return stage;
}

/* Through the stage and out again: the same frame. */
static void pass(struct weir_stage *stage, struct weir_frame *frame) {
    struct weir_frame *out = NULL;
    assert_int_equal(stage->ops->push(stage, frame, NULL), 0);
    assert_int_equal(stage->ops->pull(stage, &out, NULL), 0);
    assert_ptr_equal(out, frame);
}

/* Frame seq with one object that moves to the right; gives its track id, -1
 * where the box was removed. */
static int follow(struct weir_stage *stage, int64_t seq, float score) {
    struct weir_frame *frame = make_frame(seq, WEIR_OUTCOME_DETECT);
    add_box(frame, 20 + 2 * (float)seq, 20, 40, 80, score, 0, 0);
    pass(stage, frame);
    int id = frame->boxes.len ? frame->boxes.data[0].track_id : -1;
    weir_frame_free(frame);
    return id;
}

static void test_object_keeps_its_id(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "null");
    struct weir_stage *stage = open_track(&rig);
    assert_string_equal(stage->ops->name, "bytetrack");
    follow(stage, 0, 0.9f);
    int id = follow(stage, 1, 0.9f);
    assert_true(id > 0);
    for (int i = 2; i < 20; i++)
        assert_int_equal(follow(stage, i, 0.9f), id);
    weir_stage_free(stage);
    rig_done(&rig);
}

static void test_weak_boxes_carry_the_id_but_are_not_delivered(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "null");
    rig.workflow.set.track.lost_s = 0.1; /* without the weak ones the track would be lost */
    struct weir_stage *stage = open_track(&rig);
    int id = 0;
    for (int i = 0; i < 5; i++)
        id = follow(stage, i, 0.9f);
    for (int i = 5; i < 15; i++)
        assert_int_equal(follow(stage, i, 0.15f), -1);
    assert_int_equal(follow(stage, 15, 0.9f), id);
    weir_stage_free(stage);
    rig_done(&rig);
}

static void test_boxes_below_the_confidence_are_removed_in_order(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "null");
    rig.workflow.set.detect.conf = 0.7; /* 0.7f is less than the double 0.7, and stays */
    rig.workflow.set.track.enabled = false;
    struct weir_stage *stage = open_track(&rig);
    assert_string_equal(stage->ops->name, "filter");
    struct weir_frame *frame = make_frame(0, WEIR_OUTCOME_DETECT);
    static const float scores[] = {0.9f, 0.69f, 0.7f, NAN, 0.8f};
    for (int i = 0; i < 5; i++)
        add_box(frame, 0, 0, 1, 1, scores[i], i, 0);
    pass(stage, frame);
    assert_int_equal(frame->boxes.len, 3);
    assert_int_equal(frame->boxes.data[0].class_id, 0);
    assert_int_equal(frame->boxes.data[1].class_id, 2);
    assert_int_equal(frame->boxes.data[2].class_id, 4);
    assert_int_equal(frame->boxes.data[0].track_id, 0);
    weir_frame_free(frame);
    weir_stage_free(stage);
    rig_done(&rig);
}

static void test_models_own_confidence_holds_unless_one_is_given(void **state) {
    (void)state;
    static const char *const labels[] = {"person"};
    static const struct {
        double conf;
        size_t expected;
    } cases[] = {{-1, 1}, {0.1, 2}, {0, 2}, {0.95, 0}};
    for (size_t i = 0; i < 4; i++) {
        struct rig rig;
        rig_init(&rig, "null");
        rig_model(&rig, labels, 1, 0.6f);
        rig.workflow.set.detect.conf = cases[i].conf;
        struct weir_stage *stage = open_track(&rig);
        struct weir_frame *frame = make_frame(0, WEIR_OUTCOME_DETECT);
        add_box(frame, 0, 0, 10, 10, 0.9f, 0, 0);
        add_box(frame, 30, 30, 10, 10, 0.5f, 0, 0);
        pass(stage, frame);
        assert_int_equal(frame->boxes.len, cases[i].expected);
        weir_frame_free(frame);
        weir_stage_free(stage);
        rig_done(&rig);
    }
}

static void test_without_a_model_or_a_confidence_nothing_is_removed(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "null");
    rig.workflow.set.detect.conf = -1;
    struct weir_stage *stage = open_track(&rig);
    struct weir_frame *frame = make_frame(0, WEIR_OUTCOME_DETECT);
    add_box(frame, 0, 0, 10, 10, 0.01f, 0, 0);
    pass(stage, frame);
    assert_int_equal(frame->boxes.len, 1);
    weir_frame_free(frame);
    weir_stage_free(stage);
    rig_done(&rig);
}

static void test_dropped_frames_pass_untouched(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "null");
    struct weir_stage *stage = open_track(&rig);
    follow(stage, 0, 0.9f);
    int id = follow(stage, 1, 0.9f);
    for (int i = 2; i < 8; i++) {
        struct weir_frame *frame = make_frame(i < 5 ? i : -1, WEIR_OUTCOME_REPLACED);
        add_box(frame, 1, 2, 3, 4, 0.01f, 5, 77);
        pass(stage, frame);
        assert_int_equal(frame->boxes.len, 1);
        assert_int_equal(frame->boxes.data[0].track_id, 77);
        assert_int_equal(frame->outcome, WEIR_OUTCOME_REPLACED);
        weir_frame_free(frame);
    }
    assert_int_equal(follow(stage, 8, 0.9f), id);
    weir_stage_free(stage);
    rig_done(&rig);
}

/* ---- frames that nobody looked at ------------------------------------------- */

/* The stage with an object that moves 2 pixels a frame to the right, seen in frames 0 to 9. */
static struct weir_stage *follow_ten(struct rig *rig) {
    rig->workflow.set.detect.skip = 2;
    struct weir_stage *stage = open_track(rig);
    for (int i = 0; i < 10; i++)
        assert_true(follow(stage, i, 0.9f) >= 0);
    return stage;
}

static struct weir_frame *unseen(struct weir_stage *stage, int64_t seq) {
    struct weir_frame *frame = make_frame(seq, WEIR_OUTCOME_TRACK);
    pass(stage, frame);
    assert_int_equal(frame->outcome, WEIR_OUTCOME_TRACK);
    return frame;
}

static void test_a_frame_that_nobody_looked_at_gets_the_boxes_where_their_tracks_are(void **s) {
    (void)s;
    struct rig rig;
    rig_init(&rig, "null");
    struct weir_stage *stage = follow_ten(&rig);
    for (int64_t seq = 10; seq < 12; seq++) { /* the second does not build on the first */
        struct weir_frame *frame = unseen(stage, seq);
        assert_int_equal(frame->boxes.len, 1);
        const struct weir_box *box = &frame->boxes.data[0];
        assert_true(box->track_id > 0);
        assert_true(fabsf(box->x0 - (20 + 2 * (float)seq)) < 1);
        weir_frame_free(frame);
    }
    assert_true(follow(stage, 12, 0.9f) > 0); /* it goes on as if nothing had been */
    weir_stage_free(stage);
    rig_done(&rig);
}

static void test_before_anything_was_seen_nothing_is_carried(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "null");
    rig.workflow.set.detect.skip = 2;
    struct weir_stage *stage = open_track(&rig);
    struct weir_frame *frame = unseen(stage, 0);
    assert_int_equal(frame->boxes.len, 0);
    weir_frame_free(frame);
    weir_stage_free(stage);
    rig_done(&rig);
}

static void test_without_a_tracker_boxes_stay_where_they_were(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "null");
    rig.workflow.set.track.enabled = false;
    struct weir_stage *stage = follow_ten(&rig);
    struct weir_frame *frame = unseen(stage, 10);
    assert_int_equal(frame->boxes.len, 1);
    assert_true(frame->boxes.data[0].x0 == 38);
    assert_int_equal(frame->boxes.data[0].track_id, 0);
    weir_frame_free(frame);
    weir_stage_free(stage);
    rig_done(&rig);
}

static void test_carried_boxes_end_where_the_picture_does(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "null");
    struct weir_stage *stage = follow_ten(&rig);
    struct weir_frame *frame = make_frame(10, WEIR_OUTCOME_TRACK);
    frame->width = 45;
    pass(stage, frame);
    assert_int_equal(frame->boxes.len, 1);
    assert_true(frame->boxes.data[0].x1 == 45);
    weir_frame_free(frame);
    frame = make_frame(11, WEIR_OUTCOME_TRACK);
    frame->width = 30; /* it is beside the picture */
    pass(stage, frame);
    assert_int_equal(frame->boxes.len, 0);
    weir_frame_free(frame);
    weir_stage_free(stage);
    rig_done(&rig);
}

static void test_times_that_stand_still_or_jump_back_do_no_harm(void **state) {
    (void)state;
    static const int64_t media[] = {0, 40, 40, -1, -1, 20, 60, 0};
    static const int64_t capture[] = {100, 140, 140, 180, 0, 0, 50, 90};
    struct rig rig;
    rig_init(&rig, "null");
    struct weir_stage *stage = open_track(&rig);
    int id = 0;
    for (int i = 0; i < 8; i++) {
        struct weir_frame *frame = make_frame(i, WEIR_OUTCOME_DETECT);
        frame->media_ns = media[i] < 0 ? -1 : media[i] * WEIR_NS_PER_MS;
        frame->times.capture = capture[i] * WEIR_NS_PER_MS;
        add_box(frame, 20 + (float)i, 20, 40, 80, 0.9f, 0, 0);
        pass(stage, frame);
        assert_int_equal(frame->boxes.len, 1);
        if (i > 1)
            assert_int_equal(frame->boxes.data[0].track_id, id);
        id = frame->boxes.data[0].track_id;
        weir_frame_free(frame);
    }
    assert_true(id > 0);
    weir_stage_free(stage);
    rig_done(&rig);
}

static void test_one_frame_at_a_time(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "null");
    struct weir_stage *stage = open_track(&rig);
    struct weir_frame *out = NULL, *one = make_frame(0, WEIR_OUTCOME_DETECT);
    struct weir_frame *two = make_frame(1, WEIR_OUTCOME_DETECT);
    assert_int_equal(stage->ops->pull(stage, &out, NULL), WEIR_EAGAIN);
    assert_int_equal(stage->ops->push(stage, one, NULL), 0);
    assert_int_equal(stage->ops->push(stage, two, NULL), WEIR_EAGAIN); /* still ours */
    assert_int_equal(stage->ops->drain(stage, NULL), 0);
    assert_int_equal(stage->ops->pull(stage, &out, NULL), 0);
    assert_ptr_equal(out, one);
    out = NULL;
    assert_int_equal(stage->ops->pull(stage, &out, NULL), WEIR_EEOF);
    assert_null(out);
    weir_frame_free(one);
    weir_frame_free(two);
    weir_stage_free(stage);
    rig_done(&rig);
}

static void test_free_with_a_frame_inside_frees_it(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, "null");
    struct weir_stage *stage = open_track(&rig);
    assert_int_equal(stage->ops->push(stage, make_picture_frame(0, 8, 8), NULL), 0);
    weir_stage_free(stage); /* the sanitizer watches */
    rig_done(&rig);
}

static void test_kinds_are_listed(void **state) {
    (void)state;
    const char *name, *about;
    assert_true(weir_stage_track.kind(0, &name, &about));
    assert_string_equal(name, "bytetrack");
    assert_true(weir_stage_track.kind(1, &name, &about));
    assert_string_equal(name, "filter");
    assert_false(weir_stage_track.kind(2, &name, &about));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_object_keeps_its_id),
        cmocka_unit_test(test_weak_boxes_carry_the_id_but_are_not_delivered),
        cmocka_unit_test(test_boxes_below_the_confidence_are_removed_in_order),
        cmocka_unit_test(test_models_own_confidence_holds_unless_one_is_given),
        cmocka_unit_test(test_without_a_model_or_a_confidence_nothing_is_removed),
        cmocka_unit_test(test_dropped_frames_pass_untouched),
        cmocka_unit_test(test_times_that_stand_still_or_jump_back_do_no_harm),
        cmocka_unit_test(test_one_frame_at_a_time),
        cmocka_unit_test(test_free_with_a_frame_inside_frees_it),
        cmocka_unit_test(test_kinds_are_listed),
        cmocka_unit_test(test_a_frame_that_nobody_looked_at_gets_the_boxes_where_their_tracks_are),
        cmocka_unit_test(test_before_anything_was_seen_nothing_is_carried),
        cmocka_unit_test(test_without_a_tracker_boxes_stay_where_they_were),
        cmocka_unit_test(test_carried_boxes_end_where_the_picture_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
