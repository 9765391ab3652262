/*
 * The envelope: bytes in, a message out, and back. Reading goes through four gates, each of which
 * may rely on the one before: the version, whose meaning never changes; the form of the bytes
 * (scan.c); protobuf-c, within an arena that grows no further than the bytes justify; and what the
 * fields say (check.c and the messages). Writing goes through the last one and no other.
 */
#include "wire/wire.h"

#include <stdlib.h>
#include <string.h>

#include "wire/message.h"
#include "wire/scan.h"

enum { VERSION_FIELD = 1 };

/* By kind. */
static const struct wire_message *const messages[WEIR_WIRE_KINDS] = {
    [WEIR_WIRE_WORK_REQUEST] = &wire_work_request,
    [WEIR_WIRE_WORK_REPLY] = &wire_work_reply,
    [WEIR_WIRE_CANCEL] = &wire_cancel,
    [WEIR_WIRE_ADVERT] = &wire_advert,
    [WEIR_WIRE_PLAN] = &wire_plan,
    [WEIR_WIRE_RESULT] = &wire_result,
    [WEIR_WIRE_REFUSAL] = &wire_refusal,
};

const char *weir_wire_kind_name(enum weir_wire_kind kind) {
    return kind > WEIR_WIRE_NOTHING && kind < WEIR_WIRE_KINDS ? messages[kind]->name : "nothing";
}

void weir_wire_done(struct weir_wire *wire) {
    if (!wire)
        return;
    wire_arena_free(wire->arena);
    *wire = (struct weir_wire){0};
}

/* ---- reading ---------------------------------------------------------------- */

/* Is it a message of this version, and how many of its fields are not known? */
static int look_at(const uint8_t *bytes, size_t len, size_t *ret_unknown, struct weir_error *err) {
    if (!len)
        return weir_fail(err, WEIR_ECORRUPT, "message: found no bytes");
    if (len > WEIR_WIRE_MAX_BYTES)
        return weir_fail(err, WEIR_ECORRUPT, "message: found %zu bytes; allowed: %d at most", len,
                         WEIR_WIRE_MAX_BYTES);
    uint64_t version = wire_scan_number(bytes, len, VERSION_FIELD);
    if (!version)
        return weir_fail(err, WEIR_ECORRUPT,
                         "version: found none: these bytes are no message of Weir");
    if (version != WEIR_WIRE_VERSION)
        return weir_fail(
            err, WEIR_EUNSUPPORTED,
            "version: found %llu, this program speaks %d; bring both sides to the same "
            "version of Weir",
            (unsigned long long)version, WEIR_WIRE_VERSION);
    return wire_scan(&weir__v1__envelope__descriptor, bytes, len, WEIR_WIRE_MAX_STREAMS,
                     ret_unknown, err);
}

static int no_memory(struct weir_error *err) {
    return weir_fail(err, WEIR_ENOMEM, "message: out of memory");
}

/* Something gave up on a well-formed message. */
static int not_decoded(const struct wire_arena *arena, struct weir_error *err) {
    if (arena->starved)
        return no_memory(err);
    return weir_fail(err, WEIR_ECORRUPT,
                     arena->exhausted ? "message: would take more memory than one of its length may"
                                      : "message: cannot be decoded");
}

static int find_kind(const Weir__V1__Envelope *envelope, size_t unknown, struct weir_wire *wire,
                     struct weir_error *err) {
    for (int kind = WEIR_WIRE_NOTHING + 1; kind < WEIR_WIRE_KINDS; kind++)
        if (messages[kind]->body == envelope->body_case) {
            wire->kind = (enum weir_wire_kind)kind;
            return 0;
        }
    if (unknown)
        return weir_fail(err, WEIR_EUNSUPPORTED,
                         "message: found a kind that is not known here; bring both sides to the "
                         "same version of Weir");
    return weir_fail(err, WEIR_ECORRUPT, "message: found nothing but a version");
}

/* A work request comes with its picture, anything else by itself. */
static void check_picture(struct wire_check *check, const struct weir_wire *wire, size_t found) {
    size_t said = wire->kind == WEIR_WIRE_WORK_REQUEST ? wire->work_request.payload_bytes : 0;
    if (found != said)
        wire_check_fail(check, "payload_bytes", "found %zu, but %zu bytes came beside it", said,
                        found);
}

int weir_wire_read(const void *bytes, size_t len, size_t picture_bytes, struct weir_wire *ret,
                   struct weir_error *err) {
    struct weir_wire wire = {0};
    Weir__V1__Envelope *envelope;
    size_t unknown;
    int rc = look_at(bytes, len, &unknown, err);
    if (rc)
        return rc;
    wire.arena = wire_arena_new(WEIR_WIRE_BASE + len * WEIR_WIRE_GROWTH);
    if (!wire.arena)
        return no_memory(err);
    envelope = weir__v1__envelope__unpack(&wire.arena->allocator, len, bytes);
    if (!envelope) {
        rc = not_decoded(wire.arena, err);
        goto fail;
    }
    rc = find_kind(envelope, unknown, &wire, err);
    if (rc)
        goto fail;
    struct wire_check check = {
        .code = WEIR_ECORRUPT, .message = messages[wire.kind]->name, .err = err};
    if (messages[wire.kind]->take(&check, envelope, wire.arena, &wire)) {
        rc = not_decoded(wire.arena, err);
        goto fail;
    }
    if (!check.rc)
        messages[wire.kind]->check(&check, &wire);
    check_picture(&check, &wire, picture_bytes);
    rc = check.rc;
    if (rc)
        goto fail;
    *ret = wire;
    return 0;

fail:
    weir_wire_done(&wire);
    return rc;
}

/* ---- writing ----------------------------------------------------------------- */

struct sink {
    ProtobufCBuffer buffer;
    struct weir_buf *out;
};

static void append(ProtobufCBuffer *buffer, size_t len, const uint8_t *data) {
    weir_buf_add(((struct sink *)buffer)->out, (const char *)data, len);
}

static int pack(const Weir__V1__Envelope *envelope, struct weir_buf *out, struct weir_error *err) {
    struct sink sink = {.buffer = {append}, .out = out};
    const size_t before = out->len, len = weir__v1__envelope__get_packed_size(envelope);
    if (len > WEIR_WIRE_MAX_BYTES)
        return weir_fail(err, WEIR_ERANGE, "message: has %zu bytes; allowed: %d at most", len,
                         WEIR_WIRE_MAX_BYTES);
    weir__v1__envelope__pack_to_buffer(envelope, &sink.buffer);
    if (!out->failed)
        return 0;
    out->len = before;
    return no_memory(err);
}

static int write_message(struct weir_buf *out, const struct weir_wire *wire,
                         struct weir_error *err) {
    const struct wire_message *message = messages[wire->kind];
    struct wire_check check = {.code = WEIR_EINVAL, .message = message->name, .err = err};
    Weir__V1__Envelope envelope = WEIR__V1__ENVELOPE__INIT;
    message->check(&check, wire);
    if (check.rc)
        return check.rc;
    struct wire_arena *arena = wire_arena_new(SIZE_MAX);
    if (!arena)
        return no_memory(err);
    envelope.version = WEIR_WIRE_VERSION;
    envelope.body_case = message->body;
    int rc = message->give(wire, arena, &envelope);
    rc = rc ? no_memory(err) : pack(&envelope, out, err);
    wire_arena_free(arena);
    return rc;
}

int weir_wire_write_work_request(struct weir_buf *out, const struct weir_wire_work_request *message,
                                 struct weir_error *err) {
    return write_message(
        out, &(struct weir_wire){.kind = WEIR_WIRE_WORK_REQUEST, .work_request = *message}, err);
}

int weir_wire_write_work_reply(struct weir_buf *out, const struct weir_wire_work_reply *message,
                               struct weir_error *err) {
    return write_message(
        out, &(struct weir_wire){.kind = WEIR_WIRE_WORK_REPLY, .work_reply = *message}, err);
}

int weir_wire_write_cancel(struct weir_buf *out, const struct weir_wire_cancel *message,
                           struct weir_error *err) {
    return write_message(out, &(struct weir_wire){.kind = WEIR_WIRE_CANCEL, .cancel = *message},
                         err);
}

int weir_wire_write_advert(struct weir_buf *out, const struct weir_wire_advert *message,
                           struct weir_error *err) {
    return write_message(out, &(struct weir_wire){.kind = WEIR_WIRE_ADVERT, .advert = *message},
                         err);
}

int weir_wire_write_plan(struct weir_buf *out, const struct weir_wire_plan *message,
                         struct weir_error *err) {
    return write_message(out, &(struct weir_wire){.kind = WEIR_WIRE_PLAN, .plan = *message}, err);
}

int weir_wire_write_result(struct weir_buf *out, const struct weir_wire_result *message,
                           struct weir_error *err) {
    return write_message(out, &(struct weir_wire){.kind = WEIR_WIRE_RESULT, .result = *message},
                         err);
}

int weir_wire_write_refusal(struct weir_buf *out, const struct weir_wire_refusal *message,
                            struct weir_error *err) {
    return write_message(out, &(struct weir_wire){.kind = WEIR_WIRE_REFUSAL, .refusal = *message},
                         err);
}
