/*
 * A message from outside. The first four bytes are how many bytes of a picture came beside it.
 * What is read can be written, and reads back to the same bytes.
 */
#include "fuzz.h"

#include <string.h>

#include "wire/wire.h"

enum { HEAD = 4 };

static int write_any(struct weir_buf *out, const struct weir_wire *w) {
    switch (w->kind) {
    case WEIR_WIRE_WORK_REQUEST:
        return weir_wire_write_work_request(out, &w->work_request, NULL);
    case WEIR_WIRE_WORK_REPLY:
        return weir_wire_write_work_reply(out, &w->work_reply, NULL);
    case WEIR_WIRE_CANCEL:
        return weir_wire_write_cancel(out, &w->cancel, NULL);
    case WEIR_WIRE_ADVERT:
        return weir_wire_write_advert(out, &w->advert, NULL);
    case WEIR_WIRE_PLAN:
        return weir_wire_write_plan(out, &w->plan, NULL);
    case WEIR_WIRE_RESULT:
        return weir_wire_write_result(out, &w->result, NULL);
    default:
        return weir_wire_write_refusal(out, &w->refusal, NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint32_t picture;
    struct weir_wire first, second;
    struct weir_error err = {0};
    struct weir_buf one = {0}, two = {0};
    if (size < HEAD)
        return 0;
    memcpy(&picture, data, HEAD);
    int rc = weir_wire_read(data + HEAD, size - HEAD, picture, &first, &err);
    if (rc) {
        FUZZ_HOLDS(rc == WEIR_ECORRUPT || rc == WEIR_EUNSUPPORTED);
        FUZZ_HOLDS(err.code == rc && err.text[0]);
        /* what is wrong with its form was found before it was decoded, and its place */
        FUZZ_HOLDS(strcmp(err.text, "message: cannot be decoded"));
        FUZZ_HOLDS(strncmp(err.text, "message: would", 14));
        return 0;
    }
    FUZZ_HOLDS(!write_any(&one, &first));
    FUZZ_HOLDS(!weir_wire_read(one.data, one.len, picture, &second, NULL));
    FUZZ_HOLDS(!write_any(&two, &second));
    FUZZ_HOLDS(one.len == two.len && !memcmp(one.data, two.data, one.len));
    weir_buf_done(&one);
    weir_buf_done(&two);
    weir_wire_done(&first);
    weir_wire_done(&second);
    return 0;
}

static void give_message(fuzz_give *give, void *arg, const char *name, const struct weir_wire *w) {
    const uint32_t picture = w->kind == WEIR_WIRE_WORK_REQUEST ? w->work_request.payload_bytes : 0;
    struct weir_buf out = {0};
    weir_buf_add(&out, (const char *)&picture, HEAD);
    FUZZ_HOLDS(!write_any(&out, w));
    give(arg, name, out.data, out.len);
    weir_buf_done(&out);
}

void fuzz_seeds(fuzz_give *give, void *arg) {
    static const struct weir_box boxes[] = {{10, 20, 110, 220, 0.875f, 2, 7},
                                            {1, 2, 3, 4, 1, 0, 0}};
    static const uint32_t ids[] = {0, 2, 300};
    static const char *const types[] = {"image/i420", "image/jpeg"}, *const classes[] = {
                                                                         "person", "v\xc3\xa9lo"};
    static const struct weir_wire_time times[] = {{640, 352, 9000}, {320, 192, 3000}};
    static const struct weir_wire_setting settings[] = {
        {"edge-1", "street_n", 320, 180, WEIR_WIRE_CODEC_NONE, 0},
        {"cloud", "street_m", 640, 360, WEIR_WIRE_CODEC_H264, 23}};
    static const int64_t tolls[] = {0, 1500};
    static const struct weir_wire_stream_plan streams[] = {{"gate", 1, tolls}, {"yard", -1, NULL}};
    give_message(give, arg, "request",
                 &(struct weir_wire){.kind = WEIR_WIRE_WORK_REQUEST,
                                     .work_request = {.request_id = 7,
                                                      .stream = "gate",
                                                      .epoch = 3,
                                                      .frame = 250,
                                                      .budget_us = 150000,
                                                      .model = "street_m",
                                                      .input_width = 640,
                                                      .input_height = 352,
                                                      .source_width = 1280,
                                                      .source_height = 720,
                                                      .picture_width = 640,
                                                      .picture_height = 360,
                                                      .payload_bytes = 4321,
                                                      .codec = WEIR_WIRE_CODEC_H264,
                                                      .quality = 23,
                                                      .after_frame = 249,
                                                      .min_score = 0.25f,
                                                      .class_id = ids,
                                                      .class_ids = 3}});
    give_message(give, arg, "reply",
                 &(struct weir_wire){.kind = WEIR_WIRE_WORK_REPLY,
                                     .work_reply = {.request_id = 7,
                                                    .stream = "gate",
                                                    .frame = 250,
                                                    .outcome = WEIR_OUTCOME_DETECT,
                                                    .box = boxes,
                                                    .boxes = 2,
                                                    .queue_us = 1200,
                                                    .load = 0.5f}});
    give_message(give, arg, "cancel",
                 &(struct weir_wire){.kind = WEIR_WIRE_CANCEL, .cancel = {7, "gate", 3, 250}});
    give_message(give, arg, "advert",
                 &(struct weir_wire){.kind = WEIR_WIRE_ADVERT,
                                     .advert = {.service = "cloud-street_m",
                                                .node = "cloud",
                                                .tier = "cloud",
                                                .consume = types,
                                                .consumes = 2,
                                                .produce = types,
                                                .produces = 1,
                                                .model = "street_m",
                                                .class_name = classes,
                                                .classes = 2,
                                                .min_width = 160,
                                                .max_width = 1280,
                                                .slots = 4,
                                                .batch = 16,
                                                .time = times,
                                                .times = 2}});
    give_message(give, arg, "plan",
                 &(struct weir_wire){.kind = WEIR_WIRE_PLAN,
                                     .plan = {.epoch = 41,
                                              .number = 6,
                                              .setting = settings,
                                              .settings = 2,
                                              .stream = streams,
                                              .streams = 2}});
    give_message(give, arg, "result",
                 &(struct weir_wire){.kind = WEIR_WIRE_RESULT,
                                     .result = {.stream = "gate",
                                                .frame = 250,
                                                .capture_us = 10000000,
                                                .outcome = WEIR_OUTCOME_TRACK,
                                                .late = true,
                                                .width = 1280,
                                                .height = 720,
                                                .box = boxes,
                                                .boxes = 2,
                                                .setting = settings[1]}});
    give_message(
        give, arg, "refusal",
        &(struct weir_wire){.kind = WEIR_WIRE_REFUSAL,
                            .refusal = {7, WEIR_WIRE_REASON_CREDIT, "4 are under way", 1}});
}
