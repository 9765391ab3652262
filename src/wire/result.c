/* What became of a frame, and what became of a message that nobody could do anything with. */
#include "wire/message.h"

_Static_assert((int)WEIR_WIRE_REASON_VERSION == WEIR__V1__REASON__REASON_VERSION &&
                   (int)WEIR_WIRE_REASON_MALFORMED == WEIR__V1__REASON__REASON_MALFORMED &&
                   (int)WEIR_WIRE_REASON_MODEL == WEIR__V1__REASON__REASON_MODEL &&
                   (int)WEIR_WIRE_REASON_SIZE == WEIR__V1__REASON__REASON_SIZE &&
                   (int)WEIR_WIRE_REASON_CODEC == WEIR__V1__REASON__REASON_CODEC &&
                   (int)WEIR_WIRE_REASON_CREDIT == WEIR__V1__REASON__REASON_CREDIT &&
                   (int)WEIR_WIRE_REASON_STALE == WEIR__V1__REASON__REASON_STALE &&
                   (int)WEIR_WIRE_REASON_STOPPING == WEIR__V1__REASON__REASON_STOPPING,
               "reasons are numbered alike");

/* ---- the result -------------------------------------------------------------- */

static void check_result(struct wire_check *check, const struct weir_wire *wire) {
    const struct weir_wire_result *r = &wire->result;
    wire_check_frame(check, r->stream, r->frame);
    wire_check_us(check, "capture_us", r->capture_us);
    wire_check_us(check, "latency_us", r->latency_us);
    wire_check_int(check, "outcome", r->outcome, WEIR_OUTCOME_DETECT, WEIR_OUTCOME_STOPPED);
    if (check->rc)
        return;
    const bool is_result = weir_outcome_is_result(r->outcome);
    if (is_result || r->width || r->height) {
        wire_check_side(check, "width", r->width);
        wire_check_side(check, "height", r->height);
    }
    wire_check_boxes(check, r->box, r->boxes);
    if (r->boxes && !is_result)
        wire_check_fail(check, "boxes", "found %zu of a frame that is \"%s\"; allowed: none",
                        r->boxes, weir_outcome_name(r->outcome));
    if (r->setting.node) {
        struct wire_check inner = *check;
        inner.message = "result.setting";
        wire_check_setting(&inner, &r->setting);
        check->rc = inner.rc;
    }
}

static int take_result(struct wire_check *check, const Weir__V1__Envelope *envelope,
                       struct wire_arena *arena, struct weir_wire *wire) {
    const Weir__V1__Result *p = envelope->result;
    (void)check;
    wire->result = (struct weir_wire_result){
        .stream = p->stream,
        .epoch = p->epoch,
        .frame = (int64_t)p->frame,
        .capture_us = (int64_t)p->capture_us,
        .latency_us = (int64_t)p->latency_us,
        .outcome = (enum weir_outcome)p->outcome,
        .late = p->late,
        .below_floor = p->below_floor,
        .width = (int)p->width,
        .height = (int)p->height,
        .boxes = p->n_boxes,
    };
    if (p->setting)
        wire_take_setting(p->setting, &wire->result.setting);
    return wire_take_boxes(p->boxes, p->n_boxes, arena, &wire->result.box);
}

static int give_result(const struct weir_wire *wire, struct wire_arena *arena,
                       Weir__V1__Envelope *envelope) {
    const struct weir_wire_result *r = &wire->result;
    Weir__V1__Result *p = wire_arena_take(arena, 1, sizeof *p);
    Weir__V1__Setting *setting = wire_arena_take(arena, 1, sizeof *setting);
    if (!p || !setting)
        return WEIR_ENOMEM;
    weir__v1__result__init(p);
    p->stream = (char *)r->stream;
    p->epoch = r->epoch;
    p->frame = (uint64_t)r->frame;
    p->capture_us = (uint64_t)r->capture_us;
    p->latency_us = (uint64_t)r->latency_us;
    p->outcome = (Weir__V1__Outcome)r->outcome;
    p->late = r->late;
    p->below_floor = r->below_floor;
    p->width = (uint32_t)r->width;
    p->height = (uint32_t)r->height;
    p->n_boxes = r->boxes;
    if (r->setting.node) {
        wire_give_setting(&r->setting, setting);
        p->setting = setting;
    }
    envelope->result = p;
    return wire_give_boxes(r->box, r->boxes, arena, &p->boxes);
}

const struct wire_message wire_result = {
    .name = "result",
    .body = WEIR__V1__ENVELOPE__BODY_RESULT,
    .check = check_result,
    .take = take_result,
    .give = give_result,
};

/* ---- the refusal -------------------------------------------------------------- */

static void check_refusal(struct wire_check *check, const struct weir_wire *wire) {
    const struct weir_wire_refusal *r = &wire->refusal;
    wire_check_int(check, "reason", r->reason, WEIR_WIRE_REASON_VERSION, WEIR_WIRE_REASON_STOPPING);
    wire_check_text(check, "text", r->text);
}

static int take_refusal(struct wire_check *check, const Weir__V1__Envelope *envelope,
                        struct wire_arena *arena, struct weir_wire *wire) {
    const Weir__V1__Refusal *p = envelope->refusal;
    (void)check;
    (void)arena;
    wire->refusal = (struct weir_wire_refusal){p->request_id, (enum weir_wire_reason)p->reason,
                                               p->text, p->version};
    return 0;
}

static int give_refusal(const struct weir_wire *wire, struct wire_arena *arena,
                        Weir__V1__Envelope *envelope) {
    Weir__V1__Refusal *p = wire_arena_take(arena, 1, sizeof *p);
    if (!p)
        return WEIR_ENOMEM;
    weir__v1__refusal__init(p);
    p->request_id = wire->refusal.request_id;
    p->reason = (Weir__V1__Reason)wire->refusal.reason;
    p->text = (char *)wire->refusal.text;
    p->version = wire->refusal.version;
    envelope->refusal = p;
    return 0;
}

const struct wire_message wire_refusal = {
    .name = "refusal",
    .body = WEIR__V1__ENVELOPE__BODY_REFUSAL,
    .check = check_refusal,
    .take = take_refusal,
    .give = give_refusal,
};
