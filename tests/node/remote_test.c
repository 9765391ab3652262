/* A stream's end of its hops: what comes back belongs to what was sent, and comes once. */
#include "node_support.h"

#include <stdlib.h>
#include <string.h>

/* ---- boxes come back ---------------------------------------------------------------- */

static void raw_frames(struct site_conf conf) {
    enum { FRAMES = 24 };
    struct site site;
    struct slip slip = {0};
    site_init(&site, conf);
    struct weir_wire to = site_advert(&site, "core", "detect");
    for (int i = 0; i < FRAMES; i++) {
        sent(&site, &to.advert, i, raw, &slip);
        assert_outcome(&slip, WEIR_OUTCOME_DETECT, "");
        assert_true(same_boxes(slip.boxes.data, slip.boxes.len, &truth[i % SHOTS]));
        assert_int_equal(slip.sent_bytes, WIDTH * HEIGHT * 3 / 2);
        slip_done(&slip);
    }
    assert_accounts(&site, NULL, 0);
    weir_wire_done(&to);
    site_done(&site);
}

static void test_raw_frames_give_exactly_what_the_detector_gives_in_process(void **state) {
    raw_frames((struct site_conf){.workers = 2});
}

static void test_the_same_between_processes_of_a_host(void **state) {
    raw_frames((struct site_conf){.workers = 2, .local = true});
}

static void coded_frames(struct weir_remote_setting setting, double least) {
    enum { FRAMES = 24 };
    struct site site;
    struct slip slip[FRAMES] = {0};
    double sum = 0;
    site_init(&site, (struct site_conf){.workers = 2, .local = true});
    struct weir_wire to = site_advert(&site, "core", "detect");
    for (int i = 0; i < FRAMES; i += 6) { /* six at a time */
        for (int k = i; k < i + 6; k++)
            send_frame(&site, &to.advert, k, setting, 50000, &slip[k]);
        for (int k = i; k < i + 6; k++)
            await_end(&slip[k]);
    }
    for (int i = 0; i < FRAMES; i++) {
        assert_outcome(&slip[i], WEIR_OUTCOME_DETECT, "");
        assert_int_equal(slip[i].frame, i);
        assert_int_equal(closest_shot(slip[i].boxes.data, slip[i].boxes.len), i % SHOTS);
        assert_true(slip[i].sent_bytes < WIDTH * HEIGHT);
        sum += alike(slip[i].boxes.data, slip[i].boxes.len, &truth[i % SHOTS]);
    }
    if (sum / FRAMES < least)
        fail_msg("alike by %.3f; expected %.2f", sum / FRAMES, least);
    assert_accounts(&site, slip, FRAMES);
    for (int i = 0; i < FRAMES; i++)
        slip_done(&slip[i]);
    weir_wire_done(&to);
    site_done(&site);
}

static void test_jpeg_frames_give_nearly_the_same(void **state) {
    coded_frames(jpeg, 0.85);
}

static void test_h264_frames_give_nearly_the_same(void **state) {
    coded_frames(h264, 0.85);
}

static void test_small_pictures_give_boxes_in_pixels_of_the_source(void **state) {
    struct site site;
    struct slip slip = {0};
    site_init(&site, (struct site_conf){.workers = 1});
    struct weir_wire to = site_advert(&site, "core", "detect");
    struct weir_remote_setting small = raw;
    small.width = 480;
    small.height = 270;
    for (int i = 0; i < SHOTS; i++) {
        sent(&site, &to.advert, i, small, &slip);
        assert_outcome(&slip, WEIR_OUTCOME_DETECT, "");
        assert_int_equal(closest_shot(slip.boxes.data, slip.boxes.len), i);
        slip_done(&slip);
    }
    weir_wire_done(&to);
    site_done(&site);
}

static void test_only_the_first_of_a_chain_is_a_keyframe_until_something_changes(void **state) {
    struct site site;
    struct slip slip = {0};
    struct weir_remote_setting small = h264, sharp = h264;
    small.width = 480;
    small.height = 270;
    sharp.quality = 14;
    site_init(&site, (struct site_conf){.workers = 1});
    struct weir_wire to = site_advert(&site, "core", "detect");
    const struct {
        struct weir_remote_setting set;
        uint64_t epoch;
        bool key;
    } step[] = {{h264, 0, true},  {h264, 0, false},  {h264, 0, false},
                {small, 0, true}, {small, 0, false}, {h264, 0, true},
                {sharp, 0, true}, {sharp, 1, true},  {sharp, 1, false}};
    for (size_t i = 0; i < sizeof step / sizeof *step; i++) {
        struct weir_wire_advert at = to.advert;
        at.epoch += step[i].epoch; /* as if it had started anew */
        sent(&site, &at, (int64_t)i, step[i].set, &slip);
        assert_outcome(&slip, WEIR_OUTCOME_DETECT, "");
        if (step[i].key)
            assert_true(slip.keyframe);
        else if (slip.keyframe) /* what an encoder does by itself is its business */
            print_message("# frame %zu became a keyframe by itself\n", i);
        slip_done(&slip);
    }
    weir_wire_done(&to);
    site_done(&site);
}

static void test_streams_with_deadlines_out_of_order_keep_their_chains(void **state) {
    enum { STREAMS = 3, FRAMES = 40 };
    static const char *const name[STREAMS] = {"north", "south", "west"};
    struct site site, at[STREAMS];
    static struct slip slip[STREAMS][FRAMES];
    int by[WEIR_OUTCOME_COUNT] = {0};
    struct weir_error err = {0};
    site_init(&site, (struct site_conf){.workers = 2, .local = true});
    struct weir_wire to = site_advert(&site, "core", "detect");
    for (int s = 0; s < STREAMS; s++) {
        const struct weir_remote_conf conf = {
            .fabric = site.edge, .clock = clock_, .stream = name[s], .epoch = 1, .rate_fps = 25};
        at[s] = site;
        assert_int_equal(weir_remote_new(&conf, &at[s].remote, &err), 0);
    }
    for (int i = 0; i < FRAMES; i++)
        for (int s = 0; s < STREAMS; s++) {
            if (i >= 4)
                await_end(&slip[s][i - 4]);
            send_frame(&at[s], &to.advert, i + s, h264, (i + s) % 3 ? 50000 - 10 * i : 12,
                       &slip[s][i]);
        }
    for (int s = 0; s < STREAMS; s++) {
        for (int i = 0; i < FRAMES; i++) {
            struct slip *l = &slip[s][i];
            await_end(l);
            by[l->outcome]++;
            if (l->outcome == WEIR_OUTCOME_CORRUPT) /* frames that are late break no chain */
                fail_msg("%s frame %d: %s", name[s], i, l->why);
            if (l->outcome == WEIR_OUTCOME_DETECT)
                assert_int_equal(closest_shot(l->boxes.data, l->boxes.len), (i + s) % SHOTS);
        }
        assert_accounts(&at[s], slip[s], FRAMES);
        for (int i = 0; i < FRAMES; i++)
            slip_done(&slip[s][i]);
        weir_remote_free(at[s].remote);
    }
    print_message("# detect %d, late %d, overload %d\n", by[WEIR_OUTCOME_DETECT],
                  by[WEIR_OUTCOME_LATE], by[WEIR_OUTCOME_OVERLOAD]);
    assert_true(by[WEIR_OUTCOME_DETECT] >= STREAMS * FRAMES / 3);
    weir_wire_done(&to);
    site_done(&site);
}

/* ---- reasons come back ---------------------------------------------------------------- */

static void test_service_that_is_not_there_is_unreachable(void **state) {
    struct site site;
    struct slip slip = {0};
    site_init(&site, (struct site_conf){.workers = 1});
    struct weir_wire to = site_advert(&site, "core", "detect");
    struct weir_wire_advert nowhere = to.advert;
    nowhere.node = "nowhere";
    sent(&site, &nowhere, 0, raw, &slip);
    assert_outcome(&slip, WEIR_OUTCOME_UNREACHABLE, "not found");
    nowhere.node = "no such name";
    sent(&site, &nowhere, 1, raw, &slip);
    assert_outcome(&slip, WEIR_OUTCOME_CORRUPT, "invalid argument");
    sent(&site, &to.advert, 2, raw, &slip);
    assert_outcome(&slip, WEIR_OUTCOME_DETECT, "");
    slip_done(&slip);
    assert_accounts(&site, NULL, 0);
    weir_wire_done(&to);
    site_done(&site);
}

static void test_frame_without_time_is_late_and_not_sent(void **state) {
    struct site site;
    struct slip slip = {0};
    site_init(&site, (struct site_conf){.workers = 1});
    struct weir_wire to = site_advert(&site, "core", "detect");
    send_frame(&site, &to.advert, 0, h264, 0, &slip);
    assert_int_equal(slip.ends, 1); /* at once */
    assert_outcome(&slip, WEIR_OUTCOME_LATE, "before it was sent");
    assert_int_equal(slip.sent_bytes, 0);
    sent(&site, &to.advert, 1, h264, &slip);
    assert_outcome(&slip, WEIR_OUTCOME_DETECT, "");
    assert_true(slip.keyframe);
    slip_done(&slip);
    weir_wire_done(&to);
    site_done(&site);
}

static void test_what_cannot_be_encoded_or_asked_ends_with_the_reason(void **state) {
    struct site site;
    struct slip slip = {0};
    struct weir_remote_setting odd = h264, wrong = jpeg, none = raw;
    odd.width = 321;
    wrong.quality = 700;
    none.width = 0;
    site_init(&site, (struct site_conf){.workers = 1});
    struct weir_wire to = site_advert(&site, "core", "detect");
    sent(&site, &to.advert, 0, odd, &slip);
    assert_outcome(&slip, WEIR_OUTCOME_CORRUPT, "321");
    sent(&site, &to.advert, 1, wrong, &slip);
    assert_outcome(&slip, WEIR_OUTCOME_CORRUPT, "700");
    sent(&site, &to.advert, 2, none, &slip);
    assert_outcome(&slip, WEIR_OUTCOME_CORRUPT, NULL);
    none = raw;
    none.input_width = 33; /* the service refuses it */
    sent(&site, &to.advert, 3, none, &slip);
    assert_outcome(&slip, WEIR_OUTCOME_UNREACHABLE, "multiples of 32");
    sent(&site, &to.advert, 4, raw, &slip);
    assert_outcome(&slip, WEIR_OUTCOME_DETECT, "");
    slip_done(&slip);
    assert_accounts(&site, NULL, 0);
    weir_wire_done(&to);
    site_done(&site);
}

static void test_service_that_ends_answers_what_waits(void **state) {
    enum { FRAMES = 10 };
    struct site site;
    struct slip slip[FRAMES] = {0};
    struct weir_service_stats stats;
    site_init(&site, (struct site_conf){.workers = 1});
    struct weir_wire to = site_advert(&site, "core", "detect");
    for (int i = 0; i < FRAMES; i++)
        send_frame(&site, &to.advert, i, raw, 50000, &slip[i]);
    weir_service_free(site.service, &stats);
    site.service = NULL;
    for (int i = 0; i < FRAMES; i++) {
        await_end(&slip[i]);
        if (slip[i].outcome != WEIR_OUTCOME_DETECT)
            assert_outcome(&slip[i], WEIR_OUTCOME_UNREACHABLE, NULL);
        slip_done(&slip[i]);
    }
    assert_accounts(&site, NULL, 0);
    weir_wire_done(&to);
    site_done(&site);
}

static void test_remote_that_is_freed_ends_what_is_under_way(void **state) {
    enum { FRAMES = 8 };
    struct site site;
    struct slip slip[FRAMES] = {0};
    site_init(&site, (struct site_conf){.workers = 1, .local = true});
    struct weir_wire to = site_advert(&site, "core", "detect");
    for (int i = 0; i < FRAMES; i++)
        send_frame(&site, &to.advert, i, raw, 50000, &slip[i]);
    weir_remote_free(site.remote);
    site.remote = NULL;
    for (int i = 0; i < FRAMES; i++) {
        assert_int_equal(slip[i].ends, 1);
        if (slip[i].outcome != WEIR_OUTCOME_DETECT)
            assert_outcome(&slip[i], WEIR_OUTCOME_STOPPED, "canceled");
        slip_done(&slip[i]);
    }
    weir_wire_done(&to);
    site_done(&site);
}

/* ---- services that lie ------------------------------------------------------------------ */

/* Answers each request as `lie` says. */
enum lie {
    ANOTHER_FRAME,
    ANOTHER_STREAM,
    ANOTHER_EPOCH,
    ANOTHER_REQUEST,
    RUBBISH,
    A_CANCEL,
    EMPTY,
    NO_MEMORY,
    SILENCE,
    LIES
};
struct liar {
    enum lie lie;
    struct weir_fabric_request *kept;
};

static void lie(void *user, struct weir_fabric_request *request) {
    struct liar *liar = user;
    struct weir_buf out = {0};
    struct weir_wire wire = {0};
    size_t len;
    const uint8_t *message = weir_fabric_request_message(request, &len);
    struct weir_fabric_payload *payload = weir_fabric_request_payload(request);
    weir_wire_read(message, len, payload ? weir_fabric_payload_len(payload) : 0, &wire, NULL);
    const struct weir_wire_work_request *r = &wire.work_request;
    struct weir_wire_work_reply reply = {.request_id = r->request_id,
                                         .stream = r->stream,
                                         .epoch = r->epoch,
                                         .frame = r->frame,
                                         .outcome = WEIR_OUTCOME_DETECT,
                                         .credit = 4};
    reply.frame += liar->lie == ANOTHER_FRAME;
    reply.epoch += liar->lie == ANOTHER_EPOCH;
    reply.request_id += liar->lie == ANOTHER_REQUEST;
    reply.stream = liar->lie == ANOTHER_STREAM ? "yard" : reply.stream;
    if (liar->lie == RUBBISH)
        weir_buf_puts(&out, "\xff\xff\xff");
    else if (liar->lie == A_CANCEL)
        weir_wire_write_cancel(&out, &(struct weir_wire_cancel){1, "gate", 3, 0}, NULL);
    else if (liar->lie != EMPTY)
        weir_wire_write_work_reply(&out, &reply, NULL);
    if (liar->lie == SILENCE)
        liar->kept = request;
    else if (liar->lie == NO_MEMORY || weir_fabric_reply(request, out.data, out.len, NULL))
        weir_fabric_refuse(request, WEIR_ENOMEM);
    weir_buf_done(&out);
    weir_wire_done(&wire);
}

static void test_reply_that_belongs_elsewhere_is_not_believed(void **state) {
    for (int l = 0; l < LIES; l++) {
        struct site site;
        struct liar liar = {.lie = (enum lie)l};
        struct slip slip = {0};
        struct weir_fabric_service *service = NULL;
        struct weir_error err = {0};
        struct weir_buf advert = {0};
        const struct weir_wire_advert said = {.service = "detect",
                                              .epoch = 1,
                                              .node = "core",
                                              .tier = "core",
                                              .model = "street_n",
                                              .min_width = 32,
                                              .max_width = 640,
                                              .slots = 1,
                                              .batch = 1};
        if (weir_wire_write_advert(&advert, &said, &err))
            fail_msg("%s", err.text);
        site_init(&site, (struct site_conf){0});
        const struct weir_fabric_offer offer = {.name = "detect",
                                                .window = 4,
                                                .advert = advert.data,
                                                .advert_len = advert.len,
                                                .handle = lie,
                                                .user = &liar};
        assert_int_equal(weir_fabric_offer(site.core, &offer, &service, &err), 0);
        struct weir_wire to = site_advert(&site, "core", "detect");
        send_frame(&site, &to.advert, 5, raw, l == SILENCE ? 100 : 50000, &slip);
        await_end(&slip);
        assert_int_equal(slip.frame, 5);
        assert_int_equal(slip.boxes.len, 0);
        assert_outcome(&slip,
                       l == SILENCE     ? WEIR_OUTCOME_LATE
                       : l == NO_MEMORY ? WEIR_OUTCOME_OVERLOAD
                                        : WEIR_OUTCOME_CORRUPT,
                       l <= ANOTHER_REQUEST ? "another frame's" : NULL);
        struct weir_remote_stats stats;
        weir_remote_stats(site.remote, &stats);
        assert_int_equal(stats.strange, l < NO_MEMORY);
        if (liar.kept)
            weir_fabric_refuse(liar.kept, WEIR_ECANCELED);
        slip_done(&slip);
        weir_wire_done(&to);
        weir_buf_done(&advert);
        weir_fabric_withdraw(service);
        site_done(&site);
    }
}

static void test_advert_that_speaks_for_another_node_is_none(void **state) {
    struct site site;
    struct weir_fabric_service *bad = NULL, *rubbish = NULL;
    struct weir_buf advert = {0};
    struct weir_error err = {0};
    struct weir_wire wire = {0};
    struct liar liar = {0};
    const struct weir_wire_advert said = {.service = "bad",
                                          .epoch = 1,
                                          .node = "elsewhere",
                                          .tier = "core",
                                          .model = "street_n",
                                          .min_width = 32,
                                          .max_width = 640,
                                          .slots = 1,
                                          .batch = 1};
    assert_int_equal(weir_wire_write_advert(&advert, &said, &err), 0);
    site_init(&site, (struct site_conf){.workers = 1});
    struct weir_fabric_offer offer = {.name = "bad",
                                      .window = 1,
                                      .advert = advert.data,
                                      .advert_len = advert.len,
                                      .handle = lie,
                                      .user = &liar};
    assert_int_equal(weir_fabric_offer(site.core, &offer, &bad, &err), 0);
    offer.name = "rubbish";
    offer.advert = "rubbish";
    offer.advert_len = 7;
    assert_int_equal(weir_fabric_offer(site.core, &offer, &rubbish, &err), 0);
    offer.name = "zz"; /* adverts come in order: once this is there, so were the others */
    struct weir_fabric_service *last = NULL;
    struct weir_wire_advert good = said;
    struct weir_buf text = {0};
    good.node = "core";
    good.service = "zz";
    assert_int_equal(weir_wire_write_advert(&text, &good, &err), 0);
    offer.advert = text.data;
    offer.advert_len = text.len;
    assert_int_equal(weir_fabric_offer(site.core, &offer, &last, &err), 0);
    struct weir_wire there = site_advert(&site, "core", "zz");
    assert_int_equal(weir_offers_find(site.offers, "core", "bad", &wire, &err), WEIR_ENOENT);
    assert_int_equal(weir_offers_find(site.offers, "core", "rubbish", &wire, &err), WEIR_ENOENT);
    test_error_says(&err, "rubbish is not offered at core");
    assert_int_equal(weir_offers_at(site.offers, 0, &wire, &err), 0);
    assert_string_equal(wire.advert.service, "detect");
    weir_wire_done(&wire);
    assert_int_equal(weir_offers_at(site.offers, 2, &wire, &err), WEIR_ENOENT);
    weir_wire_done(&there);
    weir_buf_done(&advert);
    weir_buf_done(&text);
    weir_fabric_withdraw(bad);
    weir_fabric_withdraw(rubbish);
    weir_fabric_withdraw(last);
    site_done(&site);
}

static void test_remote_with_a_name_or_rate_that_cannot_be_is_refused(void **state) {
    struct weir_remote *remote = NULL;
    struct weir_error err = {0};
    struct weir_remote_conf conf = {.clock = clock_, .stream = "", .rate_fps = 25};
    assert_int_equal(weir_remote_new(&conf, &remote, &err), WEIR_EINVAL);
    test_error_says(&err, "stream: found \"\"");
    conf.stream = "gate";
    conf.rate_fps = 0;
    assert_int_equal(weir_remote_new(&conf, &remote, &err), WEIR_EINVAL);
    test_error_says(&err, "rate_fps: found 0");
    assert_null(remote);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_raw_frames_give_exactly_what_the_detector_gives_in_process),
        cmocka_unit_test(test_the_same_between_processes_of_a_host),
        cmocka_unit_test(test_jpeg_frames_give_nearly_the_same),
        cmocka_unit_test(test_h264_frames_give_nearly_the_same),
        cmocka_unit_test(test_small_pictures_give_boxes_in_pixels_of_the_source),
        cmocka_unit_test(test_only_the_first_of_a_chain_is_a_keyframe_until_something_changes),
        cmocka_unit_test(test_streams_with_deadlines_out_of_order_keep_their_chains),
        cmocka_unit_test(test_service_that_is_not_there_is_unreachable),
        cmocka_unit_test(test_frame_without_time_is_late_and_not_sent),
        cmocka_unit_test(test_what_cannot_be_encoded_or_asked_ends_with_the_reason),
        cmocka_unit_test(test_service_that_ends_answers_what_waits),
        cmocka_unit_test(test_remote_that_is_freed_ends_what_is_under_way),
        cmocka_unit_test(test_reply_that_belongs_elsewhere_is_not_believed),
        cmocka_unit_test(test_advert_that_speaks_for_another_node_is_none),
        cmocka_unit_test(test_remote_with_a_name_or_rate_that_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, make_shots, drop_shots);
}
