/* What a service makes of what it is asked, by hand: right and wrong. */
#include "node_support.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/pipeline.h"

/* A packet of shot[i]; the caller's. */
static struct weir_packet *packet_of(struct weir_encoder *encoder, int i, bool key) {
    struct weir_packet *packet = NULL;
    struct weir_error err = {0};
    if (weir_encoder_push(encoder, shot[i], key, &packet, &err))
        fail_msg("%s", err.text);
    return packet;
}

static struct weir_encoder *encoder_of(enum weir_coding coding) {
    struct weir_encoder *encoder = NULL;
    struct weir_error err = {0};
    const struct weir_encoder_conf conf = {.coding = coding,
                                           .width = WIDTH,
                                           .height = HEIGHT,
                                           .quality = coding == WEIR_CODING_JPEG ? 90 : 18,
                                           .rate_fps = 25};
    if (weir_encoder_new(&conf, &encoder, &err))
        fail_msg("%s", err.text);
    return encoder;
}

static struct weir_wire_work_request coded(enum weir_wire_codec codec, int64_t frame,
                                           int64_t after_frame, size_t bytes) {
    struct weir_wire_work_request r = a_request();
    r.codec = codec;
    r.quality = codec == WEIR_WIRE_CODEC_JPEG ? 90 : 18;
    r.frame = frame;
    r.after_frame = after_frame;
    r.payload_bytes = (uint32_t)bytes;
    return r;
}

/* ---- right ------------------------------------------------------------------------- */

static void test_raw_picture_gives_the_boxes_of_the_detector_in_process(void **state) {
    struct site site;
    uint8_t *bytes = shot_bytes(0);
    struct weir_wire_work_request r = a_request();
    site_init(&site, (struct site_conf){.workers = 1});
    struct weir_wire wire = ask_service(&site, &r, bytes);
    assert_int_equal(wire.kind, WEIR_WIRE_WORK_REPLY);
    assert_int_equal(wire.work_reply.outcome, WEIR_OUTCOME_DETECT);
    assert_true(same_boxes(wire.work_reply.box, wire.work_reply.boxes, &truth[0]));
    assert_true(wire.work_reply.inference_us > 0);
    weir_wire_done(&wire);
    free(bytes);
    site_done(&site);
}

static void test_what_is_not_wanted_is_left_out(void **state) {
    struct site site;
    uint8_t *bytes = shot_bytes(0);
    struct weir_wire_work_request r = a_request();
    const uint32_t class_id = (uint32_t)truth[0].data[0].class_id;
    size_t expected = 0;
    r.class_id = &class_id;
    r.class_ids = 1;
    r.min_score = truth[0].data[0].score;
    for (size_t i = 0; i < truth[0].len; i++)
        expected +=
            truth[0].data[i].class_id == (int32_t)class_id && truth[0].data[i].score >= r.min_score;
    site_init(&site, (struct site_conf){.workers = 1});
    struct weir_wire wire = ask_service(&site, &r, bytes);
    assert_int_equal(wire.work_reply.boxes, expected);
    weir_wire_done(&wire);
    free(bytes);
    site_done(&site);
}

static void test_advert_says_what_is_offered(void **state) {
    struct site site;
    site_init(&site, (struct site_conf){.workers = 2});
    struct weir_wire wire = site_advert(&site, "core", "detect");
    assert_string_equal(wire.advert.model, "street_n");
    assert_string_equal(wire.advert.tier, "core");
    assert_int_equal(wire.advert.slots, 2);
    assert_int_equal(wire.advert.classes, 5);
    assert_int_equal(wire.advert.min_width, 32);
    assert_int_equal(wire.advert.max_width, WEIR_SERVICE_INPUT_MAX);
    assert_int_equal(wire.advert.times, 1);
    assert_true(wire.advert.time[0].time_us > 0);
    assert_int_equal(wire.advert.wait_us, 0);
    weir_wire_done(&wire);
    site_done(&site);
}

static void test_late_h264_is_decoded_and_the_chain_goes_on(void **state) {
    struct site site;
    struct weir_encoder *encoder = encoder_of(WEIR_CODING_H264);
    site_init(&site, (struct site_conf){.workers = 2});
    for (int i = 0; i < 4; i++) {
        struct weir_packet *p = packet_of(encoder, i, i == 0);
        struct weir_wire_work_request r = coded(WEIR_WIRE_CODEC_H264, i, i - 1, p->len);
        r.budget_us = i < 2 ? 0 : r.budget_us;
        struct weir_wire wire = ask_service(&site, &r, p->data);
        assert_int_equal(wire.work_reply.outcome, i < 2 ? WEIR_OUTCOME_LATE : WEIR_OUTCOME_DETECT);
        assert_false(wire.work_reply.needs_keyframe);
        assert_true(wire.work_reply.decode_us > 0);
        if (i >= 2)
            assert_int_equal(closest_shot(wire.work_reply.box, wire.work_reply.boxes), i);
        else
            assert_int_equal(wire.work_reply.inference_us, 0);
        weir_wire_done(&wire);
        weir_packet_unref(&p);
    }
    weir_encoder_free(encoder);
    site_done(&site);
}

/* ---- wrong ------------------------------------------------------------------------- */

static void test_late_jpeg_is_not_even_decoded(void **state) {
    struct site site;
    struct weir_encoder *encoder = encoder_of(WEIR_CODING_JPEG);
    struct weir_packet *p = packet_of(encoder, 0, true);
    struct weir_wire_work_request r = coded(WEIR_WIRE_CODEC_JPEG, 0, -1, p->len);
    r.budget_us = 0;
    site_init(&site, (struct site_conf){.workers = 1});
    struct weir_wire wire = ask_service(&site, &r, p->data);
    assert_int_equal(wire.work_reply.outcome, WEIR_OUTCOME_LATE);
    assert_int_equal(wire.work_reply.decode_us, 0);
    weir_wire_done(&wire);
    weir_packet_unref(&p);
    weir_encoder_free(encoder);
    site_done(&site);
}

static void test_gap_in_h264_discards_to_the_next_keyframe(void **state) {
    struct site site;
    struct weir_encoder *encoder = encoder_of(WEIR_CODING_H264);
    site_init(&site, (struct site_conf){.workers = 1});
    for (int i = 0; i < 6; i++) {
        struct weir_packet *p = packet_of(encoder, i, i == 0 || i == 4);
        struct weir_wire_work_request r =
            coded(WEIR_WIRE_CODEC_H264, i, i == 0 || i == 4 ? -1 : i - 1, p->len);
        const bool broken = i == 2 || i == 3;
        if (i != 1) /* it is lost on the way */
            asked(&site, &r, p->data, broken ? WEIR_OUTCOME_CORRUPT : WEIR_OUTCOME_DETECT, broken);
        weir_packet_unref(&p);
    }
    weir_encoder_free(encoder);
    site_done(&site);
}

static void test_h264_without_a_keyframe_is_corrupt(void **state) {
    struct site site;
    struct weir_encoder *encoder = encoder_of(WEIR_CODING_H264);
    struct weir_packet *key = packet_of(encoder, 0, true), *p = packet_of(encoder, 1, false);
    struct weir_wire_work_request r = coded(WEIR_WIRE_CODEC_H264, 1, 0, p->len);
    site_init(&site, (struct site_conf){.workers = 1});
    asked(&site, &r, p->data, WEIR_OUTCOME_CORRUPT, true);
    r.after_frame = -1; /* it says that it is one */
    asked(&site, &r, p->data, WEIR_OUTCOME_CORRUPT, true);
    r = coded(WEIR_WIRE_CODEC_H264, 2, -1, key->len);
    asked(&site, &r, key->data, WEIR_OUTCOME_DETECT, false);
    r = coded(WEIR_WIRE_CODEC_H264, 3, 2, p->len);
    r.epoch++; /* another stream's chain */
    asked(&site, &r, p->data, WEIR_OUTCOME_CORRUPT, true);
    weir_packet_unref(&key);
    weir_packet_unref(&p);
    weir_encoder_free(encoder);
    site_done(&site);
}

static void test_rubbish_for_a_picture_is_corrupt_and_the_service_lives_on(void **state) {
    struct site site;
    uint8_t junk[5000], *bytes = shot_bytes(0);
    uint64_t x = 1;
    for (size_t i = 0; i < sizeof junk; i++) {
        x = x * 6364136223846793005U + 1442695040888963407U;
        junk[i] = (uint8_t)(x >> 56);
    }
    struct weir_encoder *encoder = encoder_of(WEIR_CODING_JPEG);
    struct weir_packet *p = packet_of(encoder, 0, true);
    site_init(&site, (struct site_conf){.workers = 1});
    for (int i = 0; i < 3; i++) {
        struct weir_wire_work_request r = coded(WEIR_WIRE_CODEC_JPEG, i, -1, sizeof junk);
        asked(&site, &r, junk, WEIR_OUTCOME_CORRUPT, false);
        r = coded(WEIR_WIRE_CODEC_H264, i, -1, sizeof junk);
        asked(&site, &r, junk, WEIR_OUTCOME_CORRUPT, true);
        r = coded(WEIR_WIRE_CODEC_JPEG, i, -1, 20); /* the beginning of a good one */
        asked(&site, &r, p->data, WEIR_OUTCOME_CORRUPT, false);
        r = coded(WEIR_WIRE_CODEC_JPEG, i, -1, p->len);
        asked(&site, &r, p->data, WEIR_OUTCOME_DETECT, false);
        r = a_request();
        asked(&site, &r, bytes, WEIR_OUTCOME_DETECT, false);
    }
    weir_packet_unref(&p);
    weir_encoder_free(encoder);
    free(bytes);
    site_done(&site);
}

/* Bits of good pictures are turned: each ends one way or the other, and a good one is found. */
static void damaged(enum weir_coding coding) {
    enum { TRIES = 120, BITS = 12 };
    struct site site;
    struct weir_encoder *encoder = encoder_of(coding);
    struct weir_packet *p = packet_of(encoder, 0, true);
    const enum weir_wire_codec codec =
        coding == WEIR_CODING_JPEG ? WEIR_WIRE_CODEC_JPEG : WEIR_WIRE_CODEC_H264;
    uint8_t *bytes = malloc(p->len);
    uint64_t x = 7;
    int corrupt = 0;
    site_init(&site, (struct site_conf){.workers = 1});
    for (int i = 0; i < TRIES; i++) {
        memcpy(bytes, p->data, p->len);
        for (int b = 0; b < BITS; b++) {
            x = x * 6364136223846793005U + 1442695040888963407U;
            const size_t reach = b % 2 ? p->len : 700; /* headers above all */
            bytes[(x >> 33) % reach] ^= (uint8_t)(1U << (x >> 29 & 7));
        }
        struct weir_wire_work_request r = coded(codec, i, -1, p->len);
        r.input_width = 64; /* it is not about what is found */
        r.input_height = 64;
        struct weir_wire wire = ask_service(&site, &r, bytes);
        assert_int_equal(wire.kind, WEIR_WIRE_WORK_REPLY);
        if (wire.work_reply.outcome != WEIR_OUTCOME_DETECT)
            assert_int_equal(wire.work_reply.outcome, WEIR_OUTCOME_CORRUPT);
        corrupt += wire.work_reply.outcome == WEIR_OUTCOME_CORRUPT;
        weir_wire_done(&wire);
    }
    assert_in_range(corrupt, 1, TRIES);
    struct weir_wire_work_request r = coded(codec, TRIES, -1, p->len);
    struct weir_wire wire = ask_service(&site, &r, p->data);
    assert_int_equal(wire.work_reply.outcome, WEIR_OUTCOME_DETECT);
    assert_int_equal(closest_shot(wire.work_reply.box, wire.work_reply.boxes), 0);
    weir_wire_done(&wire);
    free(bytes);
    weir_packet_unref(&p);
    weir_encoder_free(encoder);
    site_done(&site);
}

static void test_damaged_jpeg_spoils_nothing_after_it(void **state) {
    damaged(WEIR_CODING_JPEG);
}

static void test_damaged_h264_spoils_nothing_after_it(void **state) {
    damaged(WEIR_CODING_H264);
}

static void test_streams_beyond_a_nodes_share_begin_anew(void **state) {
    enum { STREAMS = WEIR_SERVICE_CHAINS_EACH + 4 };
    struct site site;
    struct weir_encoder *encoder = encoder_of(WEIR_CODING_H264);
    struct weir_packet *key = packet_of(encoder, 0, true), *p = packet_of(encoder, 1, false);
    char name[16];
    site_init(&site, (struct site_conf){.workers = 1});
    for (int i = 0; i < STREAMS; i++) {
        struct weir_wire_work_request r = coded(WEIR_WIRE_CODEC_H264, 0, -1, key->len);
        snprintf(name, sizeof name, "s%d", i);
        r.stream = name;
        asked(&site, &r, key->data, WEIR_OUTCOME_DETECT, false);
    }
    struct weir_wire_work_request r = coded(WEIR_WIRE_CODEC_H264, 1, 0, p->len);
    r.stream = name; /* the last */
    asked(&site, &r, p->data, WEIR_OUTCOME_DETECT, false);
    r.stream = "s0"; /* the one that was used least */
    asked(&site, &r, p->data, WEIR_OUTCOME_CORRUPT, true);
    weir_packet_unref(&key);
    weir_packet_unref(&p);
    weir_encoder_free(encoder);
    site_done(&site);
}

static void test_picture_of_another_size_than_was_said_is_corrupt(void **state) {
    struct site site;
    struct weir_encoder *encoder = encoder_of(WEIR_CODING_JPEG);
    struct weir_packet *p = packet_of(encoder, 0, true);
    struct weir_wire_work_request r = coded(WEIR_WIRE_CODEC_JPEG, 0, -1, p->len);
    r.picture_width = 320;
    site_init(&site, (struct site_conf){.workers = 1});
    asked(&site, &r, p->data, WEIR_OUTCOME_CORRUPT, false);
    weir_packet_unref(&p);
    weir_encoder_free(encoder);
    site_done(&site);
}

static void refused(struct site *site, struct weir_wire_work_request *r,
                    enum weir_wire_reason reason, const char *text) {
    uint8_t *bytes = calloc(1, r->payload_bytes);
    struct weir_wire wire = ask_service(site, r, bytes);
    assert_int_equal(wire.kind, WEIR_WIRE_REFUSAL);
    assert_int_equal(wire.refusal.reason, reason);
    assert_int_equal(wire.refusal.request_id, r->request_id);
    assert_non_null(strstr(wire.refusal.text, text));
    weir_wire_done(&wire);
    free(bytes);
}

static void test_what_does_not_fit_the_service_is_refused_with_what_does(void **state) {
    struct site site;
    struct weir_wire_work_request r = a_request();
    site_init(&site, (struct site_conf){.workers = 1});
    r.model = "street_x";
    refused(&site, &r, WEIR_WIRE_REASON_MODEL, "found model street_x; allowed: street_n");
    r = a_request();
    r.input_width = 650;
    refused(&site, &r, WEIR_WIRE_REASON_SIZE, "multiples of 32");
    r.input_width = 4096;
    refused(&site, &r, WEIR_WIRE_REASON_SIZE, "up to 2048");
    r = coded(WEIR_WIRE_CODEC_JPEG, 0, -1, 100);
    r.picture_width = 5000;
    refused(&site, &r, WEIR_WIRE_REASON_SIZE, "sides up to 4096");
    site_done(&site);
}

static void test_message_that_is_no_request_is_refused(void **state) {
    struct site site;
    struct weir_buf cancel = {0};
    site_init(&site, (struct site_conf){.workers = 1});
    assert_int_equal(
        weir_wire_write_cancel(&cancel, &(struct weir_wire_cancel){7, "hand", 1, 0}, NULL), 0);
    const struct {
        const void *bytes;
        size_t len;
    } bad[] = {{"", 0},
               {"\xff\xff\xff\xff", 4},
               {"rubbish of some length", 22},
               {cancel.data, cancel.len}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct weir_wire wire = ask_bytes(&site, bad[i].bytes, bad[i].len, NULL, 0);
        assert_int_equal(wire.kind, WEIR_WIRE_REFUSAL);
        assert_int_equal(wire.refusal.request_id, 0);
        weir_wire_done(&wire);
    }
    struct weir_service_stats stats;
    weir_service_stats(site.service, &stats);
    assert_int_equal(stats.unreadable, 4);
    weir_buf_done(&cancel);
    site_done(&site);
}

static void test_request_without_its_picture_is_refused(void **state) {
    struct site site;
    struct weir_buf message = {0};
    struct weir_wire_work_request r = a_request();
    site_init(&site, (struct site_conf){.workers = 1});
    assert_int_equal(weir_wire_write_work_request(&message, &r, NULL), 0);
    struct weir_wire wire = ask_bytes(&site, message.data, message.len, NULL, 0);
    assert_int_equal(wire.kind, WEIR_WIRE_REFUSAL);
    assert_int_equal(wire.refusal.reason, WEIR_WIRE_REASON_MALFORMED);
    weir_wire_done(&wire);
    weir_buf_done(&message);
    site_done(&site);
}

static void overloaded(struct site_conf conf) {
    enum { FRAMES = 12 };
    struct site site;
    struct slip slip[FRAMES] = {0};
    int by[WEIR_OUTCOME_COUNT] = {0};
    site_init(&site, conf);
    struct weir_wire to = site_advert(&site, "core", "detect");
    struct weir_remote_setting wide = raw;
    wide.input_width = 1920; /* which takes a while */
    wide.input_height = 1088;
    for (int i = 0; i < FRAMES; i++)
        send_frame(&site, &to.advert, i, wide, 50000, &slip[i]);
    for (int i = 0; i < FRAMES; i++) {
        await_end(&slip[i]);
        by[slip[i].outcome]++;
    }
    assert_true(by[WEIR_OUTCOME_DETECT] >= 1);
    assert_true(by[WEIR_OUTCOME_OVERLOAD] >= 1);
    assert_int_equal(by[WEIR_OUTCOME_DETECT] + by[WEIR_OUTCOME_OVERLOAD], FRAMES);
    assert_accounts(&site, slip, FRAMES);
    for (int i = 0; i < FRAMES; i++)
        slip_done(&slip[i]);
    weir_wire_done(&to);
    site_done(&site);
}

static void test_more_than_there_are_places_is_overload_at_once(void **state) {
    overloaded((struct site_conf){.workers = 1, .places = 1});
}

static void test_more_bytes_than_may_wait_are_overload_at_once(void **state) {
    overloaded((struct site_conf){.workers = 1, .bytes = WIDTH * HEIGHT * 3 / 2});
}

static void test_picture_that_is_more_than_may_wait_at_all_is_overload(void **state) {
    struct site site;
    uint8_t *bytes = shot_bytes(0);
    struct weir_wire_work_request r = a_request();
    site_init(&site, (struct site_conf){.workers = 1, .bytes = WIDTH * HEIGHT});
    asked(&site, &r, bytes, WEIR_OUTCOME_OVERLOAD, false);
    free(bytes);
    site_done(&site);
}

static void test_a_time_that_is_not_true_any_more_is_doubted_until_it_is_tried(void **state) {
    struct site site;
    struct weir_error err = {0};
    uint8_t *bytes = shot_bytes(0);
    struct weir_costs_infer slow = {
        .model = "street_n", .width = 320, .height = 192, .batch = 1, .ms = 20000};
    const struct weir_costs costs = {.infer = &slow, .infers = 1};
    site_init(&site, (struct site_conf){0});
    const struct weir_service_conf conf = {.fabric = site.core,
                                           .clock = clock_,
                                           .node = "core",
                                           .name = "detect",
                                           .tier = "core",
                                           .model = model,
                                           .model_name = "street_n",
                                           .costs = &costs,
                                           .workers = 1};
    if (weir_service_new(&conf, &site.service, &err))
        fail_msg("%s", err.text);
    struct weir_wire_work_request r = a_request();
    r.input_width = 320;
    r.input_height = 192;
    r.budget_us = 5000000;
    int late = 0;
    for (bool done = false; !done && late < 1000; late += !done) {
        struct weir_wire wire = ask_service(&site, &r, bytes);
        done = wire.work_reply.outcome == WEIR_OUTCOME_DETECT;
        if (!done)
            assert_int_equal(wire.work_reply.outcome, WEIR_OUTCOME_LATE);
        weir_wire_done(&wire);
    }
    assert_in_range(late, 10, 200);
    asked(&site, &r, bytes, WEIR_OUTCOME_DETECT, false); /* and now it is known */
    free(bytes);
    site_done(&site);
}

static void test_numbers_out_of_range_are_named(void **state) {
    struct site site;
    struct weir_error err = {0};
    struct weir_service *service = NULL;
    site_init(&site, (struct site_conf){0});
    struct weir_service_conf conf = {.fabric = site.core,
                                     .clock = clock_,
                                     .node = "core",
                                     .name = "detect",
                                     .tier = "core",
                                     .model = model,
                                     .model_name = "street_n"};
    assert_int_equal(weir_service_new(&conf, &service, &err), WEIR_EINVAL);
    test_error_says(&err, "workers: found 0; allowed: 1 to 64");
    conf.workers = 1;
    conf.places = 5000;
    assert_int_equal(weir_service_new(&conf, &service, &err), WEIR_EINVAL);
    test_error_says(&err, "places: found 5000; allowed: 1 to 1024");
    conf.places = 0;
    conf.name = "";
    assert_int_equal(weir_service_new(&conf, &service, &err), WEIR_EINVAL);
    test_error_says(&err, "service: found \"\"");
    conf.name = "no name";
    assert_int_not_equal(weir_service_new(&conf, &service, &err), 0);
    assert_null(service);
    site_done(&site);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_raw_picture_gives_the_boxes_of_the_detector_in_process),
        cmocka_unit_test(test_what_is_not_wanted_is_left_out),
        cmocka_unit_test(test_advert_says_what_is_offered),
        cmocka_unit_test(test_late_h264_is_decoded_and_the_chain_goes_on),
        cmocka_unit_test(test_late_jpeg_is_not_even_decoded),
        cmocka_unit_test(test_gap_in_h264_discards_to_the_next_keyframe),
        cmocka_unit_test(test_h264_without_a_keyframe_is_corrupt),
        cmocka_unit_test(test_rubbish_for_a_picture_is_corrupt_and_the_service_lives_on),
        cmocka_unit_test(test_damaged_jpeg_spoils_nothing_after_it),
        cmocka_unit_test(test_damaged_h264_spoils_nothing_after_it),
        cmocka_unit_test(test_streams_beyond_a_nodes_share_begin_anew),
        cmocka_unit_test(test_picture_of_another_size_than_was_said_is_corrupt),
        cmocka_unit_test(test_what_does_not_fit_the_service_is_refused_with_what_does),
        cmocka_unit_test(test_message_that_is_no_request_is_refused),
        cmocka_unit_test(test_request_without_its_picture_is_refused),
        cmocka_unit_test(test_more_than_there_are_places_is_overload_at_once),
        cmocka_unit_test(test_more_bytes_than_may_wait_are_overload_at_once),
        cmocka_unit_test(test_picture_that_is_more_than_may_wait_at_all_is_overload),
        cmocka_unit_test(test_a_time_that_is_not_true_any_more_is_doubted_until_it_is_tried),
        cmocka_unit_test(test_numbers_out_of_range_are_named),
    };
    return cmocka_run_group_tests(tests, make_shots, drop_shots);
}
