#include "samples.h"

#include <string.h>

#define NAME_MOST                                                                                  \
    "a234567890b234567890c234567890d234567890e234567890f234567890g234567890h234567890_234567890-2" \
    "34567.90"
/* 100 bytes, 50 characters */
#define EE "\xc3\xa9"
#define TEN_EE EE EE EE EE EE EE EE EE EE EE
#define WORD_MOST TEN_EE TEN_EE TEN_EE TEN_EE TEN_EE
#define TEXT_MOST WORD_MOST WORD_MOST WORD_MOST WORD_MOST WORD_MOST

enum { TOLLED = 4 };

static struct weir_box many_boxes[WEIR_WIRE_MAX_BOXES];
static uint32_t many_ids[WEIR_WIRE_MAX_CLASSES];
static const char *many_names[WEIR_WIRE_MAX_CLASSES];
static struct weir_wire_time many_times[WEIR_WIRE_MAX_TIMES];
static struct weir_wire_setting many_settings[WEIR_WIRE_MAX_SETTINGS];
static int64_t many_tolls[WEIR_WIRE_MAX_SETTINGS];
static struct weir_wire_stream_plan many_streams[WEIR_WIRE_MAX_STREAMS];

static const struct weir_box boxes[] = {
    {10.5f, 20.25f, 110, 220, 0.875f, 2, 0},
    {-3, 0, 640.5f, 360, 0.5f, 0, 0},
};
static const struct weir_box tracked[] = {{10.5f, 20.25f, 110, 220, 0.875f, 2, 17}};
static const uint32_t ids[] = {0, 2, 300};
static const char *const taken[] = {"image/i420", "image/jpeg"}, *const given[] = {"boxes"};
static const char *const classes[] = {"person", "traffic light", "v" EE "lo"};
static const struct weir_wire_time times[] = {{640, 352, 9000}, {320, 192, 3000}};
static const struct weir_wire_setting settings[] = {
    {"edge-1", "street_n", 320, 180, WEIR_WIRE_CODEC_NONE, 0},
    {"cloud", "street_m", 640, 360, WEIR_WIRE_CODEC_H264, 23},
};
static const int64_t tolls[] = {0, 1500};
static const struct weir_wire_stream_plan streams[] = {{"gate", 1, tolls}, {"yard", -1, NULL}};

static void fill(void) {
    for (int i = 0; i < WEIR_WIRE_MAX_BOXES; i++)
        many_boxes[i] = (struct weir_box){
            -WEIR_WIRE_MAX_CORNER,     (float)-i, WEIR_WIRE_MAX_CORNER, WEIR_WIRE_MAX_CORNER, 1,
            WEIR_WIRE_MAX_CLASSES - 1, INT32_MAX};
    for (int i = 0; i < WEIR_WIRE_MAX_CLASSES; i++) {
        many_ids[i] = (uint32_t)i;
        many_names[i] = WORD_MOST;
    }
    for (int i = 0; i < WEIR_WIRE_MAX_TIMES; i++)
        many_times[i] =
            (struct weir_wire_time){WEIR_WIRE_MAX_SIDE, WEIR_WIRE_MAX_SIDE, WEIR_WIRE_MAX_US};
    for (int i = 0; i < WEIR_WIRE_MAX_SETTINGS; i++) {
        many_settings[i] = (struct weir_wire_setting){
            "n", "m", WEIR_WIRE_MAX_SIDE, WEIR_WIRE_MAX_SIDE, WEIR_WIRE_CODEC_JPEG, 100};
        many_tolls[i] = WEIR_WIRE_MAX_US;
    }
    for (int i = 0; i < WEIR_WIRE_MAX_STREAMS; i++)
        many_streams[i] = (struct weir_wire_stream_plan){
            &NAME_MOST[i % 90], WEIR_WIRE_MAX_SETTINGS - 1, i < TOLLED ? many_tolls : NULL};
}

static struct weir_wire request(enum sample_size size) {
    struct weir_wire w = {.kind = WEIR_WIRE_WORK_REQUEST};
    struct weir_wire_work_request *r = &w.work_request;
    *r = (struct weir_wire_work_request){
        .stream = "g",
        .model = "m",
        .input_width = 1,
        .input_height = 1,
        .source_width = 1,
        .source_height = 1,
        .picture_width = 1,
        .picture_height = 1,
        .payload_bytes = 3,
        .codec = WEIR_WIRE_CODEC_I420,
        .after_frame = -1,
    };
    if (size == SAMPLE_USUAL)
        *r = (struct weir_wire_work_request){
            .request_id = 7,
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
            .matrix = WEIR_MATRIX_BT709,
            .full_range = true,
            .after_frame = 249,
            .min_score = 0.25f,
            .class_id = ids,
            .class_ids = 3,
            .audit = true,
        };
    if (size == SAMPLE_MOST) {
        r->request_id = r->epoch = UINT64_MAX;
        r->stream = NAME_MOST;
        r->frame = INT64_MAX;
        r->budget_us = WEIR_WIRE_MAX_US;
        r->model = WORD_MOST;
        r->input_width = r->input_height = r->source_width = r->source_height = r->picture_width =
            r->picture_height = WEIR_WIRE_MAX_SIDE;
        r->codec = WEIR_WIRE_CODEC_JPEG;
        r->quality = 100;
        r->payload_bytes = WEIR_WIRE_MAX_PAYLOAD;
        r->matrix = WEIR_MATRIX_BT2020;
        r->min_score = 1;
        r->class_id = many_ids;
        r->class_ids = WEIR_WIRE_MAX_CLASSES;
    }
    return w;
}

static struct weir_wire reply(enum sample_size size) {
    struct weir_wire w = {.kind = WEIR_WIRE_WORK_REPLY};
    struct weir_wire_work_reply *r = &w.work_reply;
    *r = (struct weir_wire_work_reply){.stream = "g", .outcome = WEIR_OUTCOME_STOPPED};
    if (size == SAMPLE_USUAL)
        *r = (struct weir_wire_work_reply){
            .request_id = 7,
            .stream = "gate",
            .epoch = 3,
            .frame = 250,
            .outcome = WEIR_OUTCOME_DETECT,
            .box = boxes,
            .boxes = 2,
            .queue_us = 1200,
            .decode_us = 600,
            .inference_us = 9000,
            .wait_us = 4000,
            .load = 0.75f,
            .price_us = 800,
            .credit = 4,
            .needs_keyframe = true,
        };
    if (size == SAMPLE_MOST) {
        r->outcome = WEIR_OUTCOME_DETECT;
        r->box = many_boxes;
        r->boxes = WEIR_WIRE_MAX_BOXES;
        r->queue_us = r->decode_us = r->inference_us = r->wait_us = r->price_us = WEIR_WIRE_MAX_US;
        r->load = WEIR_WIRE_MAX_LOAD;
        r->credit = WEIR_WIRE_MAX_CREDIT;
    }
    return w;
}

static struct weir_wire advert(enum sample_size size) {
    struct weir_wire w = {.kind = WEIR_WIRE_ADVERT};
    struct weir_wire_advert *a = &w.advert;
    *a = (struct weir_wire_advert){.service = "s",
                                   .node = "n",
                                   .tier = "t",
                                   .model = "m",
                                   .min_width = 1,
                                   .max_width = 1,
                                   .slots = 1,
                                   .batch = 1};
    if (size == SAMPLE_USUAL)
        *a = (struct weir_wire_advert){
            .service = "cloud-street_m",
            .epoch = 12,
            .node = "cloud",
            .tier = "cloud",
            .consume = taken,
            .consumes = 2,
            .produce = given,
            .produces = 1,
            .model = "street_m",
            .class_name = classes,
            .classes = 3,
            .min_width = 160,
            .max_width = 1280,
            .slots = 4,
            .batch = 16,
            .time = times,
            .times = 2,
            .wait_us = 4000,
            .load = 0.75f,
            .price_us = 800,
        };
    if (size == SAMPLE_MOST) {
        a->service = a->node = NAME_MOST;
        a->epoch = UINT64_MAX;
        a->tier = a->model = WORD_MOST;
        a->consume = a->produce = a->class_name = many_names;
        a->consumes = a->produces = WEIR_WIRE_MAX_TYPES;
        a->classes = WEIR_WIRE_MAX_CLASSES;
        a->max_width = WEIR_WIRE_MAX_SIDE;
        a->slots = a->batch = WEIR_WIRE_MAX_SLOTS;
        a->time = many_times;
        a->times = WEIR_WIRE_MAX_TIMES;
        a->wait_us = a->price_us = WEIR_WIRE_MAX_US;
        a->load = WEIR_WIRE_MAX_LOAD;
    }
    return w;
}

static struct weir_wire plan(enum sample_size size) {
    struct weir_wire w = {.kind = WEIR_WIRE_PLAN};
    if (size == SAMPLE_USUAL)
        w.plan = (struct weir_wire_plan){.epoch = 41,
                                         .number = 6,
                                         .setting = settings,
                                         .settings = 2,
                                         .stream = streams,
                                         .streams = 2};
    if (size == SAMPLE_MOST)
        w.plan = (struct weir_wire_plan){.epoch = UINT64_MAX,
                                         .number = UINT64_MAX,
                                         .setting = many_settings,
                                         .settings = WEIR_WIRE_MAX_SETTINGS,
                                         .stream = many_streams,
                                         .streams = WEIR_WIRE_MAX_STREAMS};
    return w;
}

static struct weir_wire result(enum sample_size size) {
    struct weir_wire w = {.kind = WEIR_WIRE_RESULT};
    struct weir_wire_result *r = &w.result;
    *r = (struct weir_wire_result){.stream = "g", .outcome = WEIR_OUTCOME_REPLACED};
    if (size == SAMPLE_USUAL)
        *r = (struct weir_wire_result){
            .stream = "gate",
            .epoch = 3,
            .frame = 250,
            .capture_us = 10000000,
            .latency_us = 87000,
            .outcome = WEIR_OUTCOME_TRACK,
            .late = true,
            .below_floor = true,
            .width = 1280,
            .height = 720,
            .box = tracked,
            .boxes = 1,
            .setting = settings[1],
        };
    if (size == SAMPLE_MOST) {
        r->capture_us = r->latency_us = WEIR_WIRE_MAX_US;
        r->outcome = WEIR_OUTCOME_DETECT;
        r->width = r->height = WEIR_WIRE_MAX_SIDE;
        r->box = many_boxes;
        r->boxes = WEIR_WIRE_MAX_BOXES;
        r->setting = many_settings[0];
    }
    return w;
}

struct weir_wire sample(enum weir_wire_kind kind, enum sample_size size) {
    if (!many_names[0])
        fill();
    switch (kind) {
    case WEIR_WIRE_WORK_REQUEST:
        return request(size);
    case WEIR_WIRE_WORK_REPLY:
        return reply(size);
    case WEIR_WIRE_ADVERT:
        return advert(size);
    case WEIR_WIRE_PLAN:
        return plan(size);
    case WEIR_WIRE_RESULT:
        return result(size);
    case WEIR_WIRE_CANCEL:
        if (size == SAMPLE_USUAL)
            return (struct weir_wire){.kind = kind, .cancel = {7, "gate", 3, 250}};
        if (size == SAMPLE_LEAST)
            return (struct weir_wire){.kind = kind, .cancel = {0, "g", 0, 0}};
        return (struct weir_wire){.kind = kind,
                                  .cancel = {UINT64_MAX, NAME_MOST, UINT64_MAX, INT64_MAX}};
    default:
        if (size == SAMPLE_USUAL)
            return (struct weir_wire){
                .kind = kind, .refusal = {7, WEIR_WIRE_REASON_CREDIT, "4 are under way", 1}};
        if (size == SAMPLE_LEAST)
            return (struct weir_wire){.kind = kind,
                                      .refusal = {0, WEIR_WIRE_REASON_VERSION, "", 0}};
        return (struct weir_wire){
            .kind = kind,
            .refusal = {UINT64_MAX, WEIR_WIRE_REASON_STOPPING, TEXT_MOST, UINT32_MAX}};
    }
}

size_t sample_picture(const struct weir_wire *wire) {
    return wire->kind == WEIR_WIRE_WORK_REQUEST ? wire->work_request.payload_bytes : 0;
}

int sample_write(struct weir_buf *out, const struct weir_wire *wire, struct weir_error *err) {
    switch (wire->kind) {
    case WEIR_WIRE_WORK_REQUEST:
        return weir_wire_write_work_request(out, &wire->work_request, err);
    case WEIR_WIRE_WORK_REPLY:
        return weir_wire_write_work_reply(out, &wire->work_reply, err);
    case WEIR_WIRE_CANCEL:
        return weir_wire_write_cancel(out, &wire->cancel, err);
    case WEIR_WIRE_ADVERT:
        return weir_wire_write_advert(out, &wire->advert, err);
    case WEIR_WIRE_PLAN:
        return weir_wire_write_plan(out, &wire->plan, err);
    case WEIR_WIRE_RESULT:
        return weir_wire_write_result(out, &wire->result, err);
    default:
        return weir_wire_write_refusal(out, &wire->refusal, err);
    }
}

void sample_bytes(struct weir_buf *out, enum weir_wire_kind kind, enum sample_size size) {
    struct weir_wire wire = sample(kind, size);
    struct weir_error err = {0};
    if (sample_write(out, &wire, &err))
        fail_msg("%s", err.text);
}

/* ---- comparing ---------------------------------------------------------------- */

#define SAME_INT(field) assert_int_equal(a->field, b->field)
#define SAME_TEXT(field) assert_string_equal(a->field, b->field)

static void same_boxes(const struct weir_box *a, const struct weir_box *b, size_t len) {
    for (size_t i = 0; i < len; i++)
        assert_memory_equal(&a[i], &b[i], sizeof *a);
}

static void same_setting(const struct weir_wire_setting *a, const struct weir_wire_setting *b) {
    SAME_TEXT(node);
    SAME_TEXT(model);
    SAME_INT(width);
    SAME_INT(height);
    SAME_INT(codec);
    SAME_INT(quality);
}

static void same_request(const struct weir_wire_work_request *a,
                         const struct weir_wire_work_request *b) {
    SAME_INT(request_id);
    SAME_TEXT(stream);
    SAME_INT(epoch);
    SAME_INT(frame);
    SAME_INT(budget_us);
    SAME_TEXT(model);
    SAME_INT(input_width);
    SAME_INT(input_height);
    SAME_INT(source_width);
    SAME_INT(source_height);
    SAME_INT(picture_width);
    SAME_INT(picture_height);
    SAME_INT(payload_bytes);
    SAME_INT(codec);
    SAME_INT(quality);
    SAME_INT(matrix);
    SAME_INT(full_range);
    SAME_INT(after_frame);
    assert_float_equal(a->min_score, b->min_score, 0);
    SAME_INT(class_ids);
    for (size_t i = 0; i < a->class_ids; i++)
        SAME_INT(class_id[i]);
    SAME_INT(audit);
}

static void same_reply(const struct weir_wire_work_reply *a, const struct weir_wire_work_reply *b) {
    SAME_INT(request_id);
    SAME_TEXT(stream);
    SAME_INT(epoch);
    SAME_INT(frame);
    SAME_INT(outcome);
    SAME_INT(boxes);
    same_boxes(a->box, b->box, a->boxes);
    SAME_INT(queue_us);
    SAME_INT(decode_us);
    SAME_INT(inference_us);
    SAME_INT(wait_us);
    assert_float_equal(a->load, b->load, 0);
    SAME_INT(price_us);
    SAME_INT(credit);
    SAME_INT(needs_keyframe);
}

static void same_words(const char *const *a, const char *const *b, size_t len) {
    for (size_t i = 0; i < len; i++)
        assert_string_equal(a[i], b[i]);
}

static void same_advert(const struct weir_wire_advert *a, const struct weir_wire_advert *b) {
    SAME_TEXT(service);
    SAME_INT(epoch);
    SAME_TEXT(node);
    SAME_TEXT(tier);
    SAME_INT(consumes);
    same_words(a->consume, b->consume, a->consumes);
    SAME_INT(produces);
    same_words(a->produce, b->produce, a->produces);
    SAME_TEXT(model);
    SAME_INT(classes);
    same_words(a->class_name, b->class_name, a->classes);
    SAME_INT(min_width);
    SAME_INT(max_width);
    SAME_INT(slots);
    SAME_INT(batch);
    SAME_INT(times);
    for (size_t i = 0; i < a->times; i++) {
        SAME_INT(time[i].width);
        SAME_INT(time[i].height);
        SAME_INT(time[i].time_us);
    }
    SAME_INT(wait_us);
    assert_float_equal(a->load, b->load, 0);
    SAME_INT(price_us);
}

static void same_plan(const struct weir_wire_plan *a, const struct weir_wire_plan *b) {
    SAME_INT(epoch);
    SAME_INT(number);
    SAME_INT(settings);
    for (size_t i = 0; i < a->settings; i++)
        same_setting(&a->setting[i], &b->setting[i]);
    SAME_INT(streams);
    for (size_t i = 0; i < a->streams; i++) {
        SAME_TEXT(stream[i].stream);
        SAME_INT(stream[i].preferred);
        assert_int_equal(!a->stream[i].toll_us, !b->stream[i].toll_us);
        for (size_t k = 0; a->stream[i].toll_us && k < a->settings; k++)
            SAME_INT(stream[i].toll_us[k]);
    }
}

static void same_result(const struct weir_wire_result *a, const struct weir_wire_result *b) {
    SAME_TEXT(stream);
    SAME_INT(epoch);
    SAME_INT(frame);
    SAME_INT(capture_us);
    SAME_INT(latency_us);
    SAME_INT(outcome);
    SAME_INT(late);
    SAME_INT(below_floor);
    SAME_INT(width);
    SAME_INT(height);
    SAME_INT(boxes);
    same_boxes(a->box, b->box, a->boxes);
    assert_int_equal(!a->setting.node, !b->setting.node);
    if (a->setting.node)
        same_setting(&a->setting, &b->setting);
}

void assert_same_message(const struct weir_wire *one, const struct weir_wire *other) {
    assert_int_equal(one->kind, other->kind);
    if (one->kind == WEIR_WIRE_WORK_REQUEST)
        same_request(&one->work_request, &other->work_request);
    else if (one->kind == WEIR_WIRE_WORK_REPLY)
        same_reply(&one->work_reply, &other->work_reply);
    else if (one->kind == WEIR_WIRE_ADVERT)
        same_advert(&one->advert, &other->advert);
    else if (one->kind == WEIR_WIRE_PLAN)
        same_plan(&one->plan, &other->plan);
    else if (one->kind == WEIR_WIRE_RESULT)
        same_result(&one->result, &other->result);
    else if (one->kind == WEIR_WIRE_CANCEL) {
        const struct weir_wire_cancel *a = &one->cancel, *b = &other->cancel;
        SAME_INT(request_id);
        SAME_TEXT(stream);
        SAME_INT(epoch);
        SAME_INT(frame);
    } else {
        const struct weir_wire_refusal *a = &one->refusal, *b = &other->refusal;
        SAME_INT(request_id);
        SAME_INT(reason);
        SAME_TEXT(text);
        SAME_INT(version);
    }
}

void assert_refused(const void *bytes, size_t len, size_t picture, int code, const char *says) {
    struct weir_error err = {0};
    struct weir_wire wire = {.kind = WEIR_WIRE_KINDS};
    assert_int_equal(weir_wire_read(bytes, len, picture, &wire, &err), code);
    assert_int_equal(err.code, code);
    test_error_says(&err, says);
    assert_int_equal(wire.kind, WEIR_WIRE_KINDS);
    assert_null(wire.arena);
}
