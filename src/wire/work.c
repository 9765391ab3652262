/* Asking a service to look at a picture, its answer, and thinking better of it. */
#include "wire/message.h"

_Static_assert((int)WEIR_MATRIX_BT601 == WEIR__V1__MATRIX__MATRIX_BT601 &&
                   (int)WEIR_MATRIX_BT709 == WEIR__V1__MATRIX__MATRIX_BT709 &&
                   (int)WEIR_MATRIX_BT2020 == WEIR__V1__MATRIX__MATRIX_BT2020,
               "matrices are numbered alike");

/* ---- the request ------------------------------------------------------------ */

static int64_t i420_bytes(int width, int height) {
    const int64_t half = ((int64_t)width + 1) / 2 * (((int64_t)height + 1) / 2);
    return (int64_t)width * height + 2 * half;
}

static void check_picture(struct wire_check *check, const struct weir_wire_work_request *r) {
    wire_check_side(check, "picture_width", r->picture_width);
    wire_check_side(check, "picture_height", r->picture_height);
    wire_check_codec(check, r->codec, r->quality, false);
    wire_check_int(check, "payload_bytes", r->payload_bytes, 1, WEIR_WIRE_MAX_PAYLOAD);
    if (r->codec == WEIR_WIRE_CODEC_I420) {
        int64_t bytes = i420_bytes(r->picture_width, r->picture_height);
        if (r->payload_bytes != bytes)
            wire_check_fail(check, "payload_bytes",
                            "found %u; allowed: %lld, which %dx%d has in I420", r->payload_bytes,
                            (long long)bytes, r->picture_width, r->picture_height);
    }
    wire_check_int(check, "matrix", r->matrix, WEIR_MATRIX_BT601, WEIR_MATRIX_BT2020);
    if (r->codec == WEIR_WIRE_CODEC_H264)
        wire_check_int(check, "after_frame", r->after_frame, -1, r->frame > 0 ? r->frame - 1 : -1);
    else if (r->after_frame != -1)
        wire_check_fail(check, "after_frame",
                        "found frame %lld; allowed: none, but for H264 every picture stands alone",
                        (long long)r->after_frame);
}

static void check_request(struct wire_check *check, const struct weir_wire *wire) {
    const struct weir_wire_work_request *r = &wire->work_request;
    wire_check_frame(check, r->stream, r->frame);
    wire_check_us(check, "budget_us", r->budget_us);
    wire_check_word(check, "model", r->model);
    wire_check_side(check, "input_width", r->input_width);
    wire_check_side(check, "input_height", r->input_height);
    wire_check_side(check, "source_width", r->source_width);
    wire_check_side(check, "source_height", r->source_height);
    check_picture(check, r);
    wire_check_float(check, "min_score", r->min_score, 0, 1);
    wire_check_list(check, "class_ids", r->class_id, r->class_ids, WEIR_WIRE_MAX_CLASSES);
    check->list = "class_ids";
    for (check->index = 0; !check->rc && check->index < r->class_ids; check->index++)
        wire_check_int(check, "", r->class_id[check->index], 0, WEIR_WIRE_MAX_CLASSES - 1);
    check->list = NULL;
}

static int take_request(struct wire_check *check, const Weir__V1__Envelope *envelope,
                        struct wire_arena *arena, struct weir_wire *wire) {
    const Weir__V1__WorkRequest *p = envelope->work_request;
    (void)check;
    (void)arena;
    wire->work_request = (struct weir_wire_work_request){
        .request_id = p->request_id,
        .stream = p->stream,
        .epoch = p->epoch,
        .frame = (int64_t)p->frame,
        .budget_us = (int64_t)p->budget_us,
        .model = p->model,
        .input_width = (int)p->input_width,
        .input_height = (int)p->input_height,
        .source_width = (int)p->source_width,
        .source_height = (int)p->source_height,
        .picture_width = (int)p->picture_width,
        .picture_height = (int)p->picture_height,
        .payload_bytes = p->payload_bytes,
        .codec = (enum weir_wire_codec)p->codec,
        .quality = (int)p->quality,
        .matrix = (enum weir_matrix)p->matrix,
        .full_range = p->full_range,
        .after_frame = -1,
        .min_score = p->min_score,
        .class_id = p->class_ids,
        .class_ids = p->n_class_ids,
        .audit = p->audit,
    };
    if (p->goes_on_case ==
        WEIR__V1__WORK_REQUEST__GOES_ON_AFTER_FRAME) /* -1 is no frame's number */
        wire->work_request.after_frame =
            p->after_frame > INT64_MAX ? INT64_MAX : (int64_t)p->after_frame;
    return 0;
}

static int give_request(const struct weir_wire *wire, struct wire_arena *arena,
                        Weir__V1__Envelope *envelope) {
    const struct weir_wire_work_request *r = &wire->work_request;
    Weir__V1__WorkRequest *p = wire_arena_take(arena, 1, sizeof *p);
    if (!p)
        return WEIR_ENOMEM;
    weir__v1__work_request__init(p);
    p->request_id = r->request_id;
    p->stream = (char *)r->stream;
    p->epoch = r->epoch;
    p->frame = (uint64_t)r->frame;
    p->budget_us = (uint64_t)r->budget_us;
    p->model = (char *)r->model;
    p->input_width = (uint32_t)r->input_width;
    p->input_height = (uint32_t)r->input_height;
    p->source_width = (uint32_t)r->source_width;
    p->source_height = (uint32_t)r->source_height;
    p->picture_width = (uint32_t)r->picture_width;
    p->picture_height = (uint32_t)r->picture_height;
    p->payload_bytes = r->payload_bytes;
    p->codec = (Weir__V1__Codec)r->codec;
    p->quality = (uint32_t)r->quality;
    p->matrix = (Weir__V1__Matrix)r->matrix;
    p->full_range = r->full_range;
    if (r->after_frame >= 0) {
        p->goes_on_case = WEIR__V1__WORK_REQUEST__GOES_ON_AFTER_FRAME;
        p->after_frame = (uint64_t)r->after_frame;
    }
    p->min_score = r->min_score;
    p->class_ids = (uint32_t *)r->class_id;
    p->n_class_ids = r->class_ids;
    p->audit = r->audit;
    envelope->work_request = p;
    return 0;
}

const struct wire_message wire_work_request = {
    .name = "work_request",
    .body = WEIR__V1__ENVELOPE__BODY_WORK_REQUEST,
    .check = check_request,
    .take = take_request,
    .give = give_request,
};

/* ---- the reply -------------------------------------------------------------- */

static void check_reply(struct wire_check *check, const struct weir_wire *wire) {
    const struct weir_wire_work_reply *r = &wire->work_reply;
    wire_check_frame(check, r->stream, r->frame);
    wire_check_int(check, "outcome", r->outcome, WEIR_OUTCOME_DETECT, WEIR_OUTCOME_STOPPED);
    if (r->outcome == WEIR_OUTCOME_TRACK || r->outcome == WEIR_OUTCOME_REPLACED)
        wire_check_fail(check, "outcome", "found \"%s\"; no service can say that",
                        weir_outcome_name(r->outcome));
    wire_check_boxes(check, r->box, r->boxes);
    if (r->boxes && r->outcome != WEIR_OUTCOME_DETECT)
        wire_check_fail(check, "boxes", "found %zu of a frame that is \"%s\"; allowed: none",
                        r->boxes, weir_outcome_name(r->outcome));
    wire_check_us(check, "queue_us", r->queue_us);
    wire_check_us(check, "decode_us", r->decode_us);
    wire_check_us(check, "inference_us", r->inference_us);
    wire_check_us(check, "wait_us", r->wait_us);
    wire_check_float(check, "load", r->load, 0, WEIR_WIRE_MAX_LOAD);
    wire_check_us(check, "price_us", r->price_us);
    wire_check_int(check, "credit", r->credit, 0, WEIR_WIRE_MAX_CREDIT);
}

static int take_reply(struct wire_check *check, const Weir__V1__Envelope *envelope,
                      struct wire_arena *arena, struct weir_wire *wire) {
    const Weir__V1__WorkReply *p = envelope->work_reply;
    (void)check;
    wire->work_reply = (struct weir_wire_work_reply){
        .request_id = p->request_id,
        .stream = p->stream,
        .epoch = p->epoch,
        .frame = (int64_t)p->frame,
        .outcome = (enum weir_outcome)p->outcome,
        .boxes = p->n_boxes,
        .queue_us = (int64_t)p->queue_us,
        .decode_us = (int64_t)p->decode_us,
        .inference_us = (int64_t)p->inference_us,
        .wait_us = (int64_t)p->wait_us,
        .load = p->load,
        .price_us = (int64_t)p->price_us,
        .credit = (int)p->credit,
        .needs_keyframe = p->needs_keyframe,
    };
    return wire_take_boxes(p->boxes, p->n_boxes, arena, &wire->work_reply.box);
}

static int give_reply(const struct weir_wire *wire, struct wire_arena *arena,
                      Weir__V1__Envelope *envelope) {
    const struct weir_wire_work_reply *r = &wire->work_reply;
    Weir__V1__WorkReply *p = wire_arena_take(arena, 1, sizeof *p);
    if (!p)
        return WEIR_ENOMEM;
    weir__v1__work_reply__init(p);
    p->request_id = r->request_id;
    p->stream = (char *)r->stream;
    p->epoch = r->epoch;
    p->frame = (uint64_t)r->frame;
    p->outcome = (Weir__V1__Outcome)r->outcome;
    p->n_boxes = r->boxes;
    p->queue_us = (uint64_t)r->queue_us;
    p->decode_us = (uint64_t)r->decode_us;
    p->inference_us = (uint64_t)r->inference_us;
    p->wait_us = (uint64_t)r->wait_us;
    p->load = r->load;
    p->price_us = (uint64_t)r->price_us;
    p->credit = (uint32_t)r->credit;
    p->needs_keyframe = r->needs_keyframe;
    envelope->work_reply = p;
    return wire_give_boxes(r->box, r->boxes, arena, &p->boxes);
}

const struct wire_message wire_work_reply = {
    .name = "work_reply",
    .body = WEIR__V1__ENVELOPE__BODY_WORK_REPLY,
    .check = check_reply,
    .take = take_reply,
    .give = give_reply,
};

/* ---- the cancellation -------------------------------------------------------- */

static void check_cancel(struct wire_check *check, const struct weir_wire *wire) {
    wire_check_frame(check, wire->cancel.stream, wire->cancel.frame);
}

static int take_cancel(struct wire_check *check, const Weir__V1__Envelope *envelope,
                       struct wire_arena *arena, struct weir_wire *wire) {
    const Weir__V1__Cancel *p = envelope->cancel;
    (void)check;
    (void)arena;
    wire->cancel = (struct weir_wire_cancel){p->request_id, p->stream, p->epoch, (int64_t)p->frame};
    return 0;
}

static int give_cancel(const struct weir_wire *wire, struct wire_arena *arena,
                       Weir__V1__Envelope *envelope) {
    Weir__V1__Cancel *p = wire_arena_take(arena, 1, sizeof *p);
    if (!p)
        return WEIR_ENOMEM;
    weir__v1__cancel__init(p);
    p->request_id = wire->cancel.request_id;
    p->stream = (char *)wire->cancel.stream;
    p->epoch = wire->cancel.epoch;
    p->frame = (uint64_t)wire->cancel.frame;
    envelope->cancel = p;
    return 0;
}

const struct wire_message wire_cancel = {
    .name = "cancel",
    .body = WEIR__V1__ENVELOPE__BODY_CANCEL,
    .check = check_cancel,
    .take = take_cancel,
    .give = give_cancel,
};
