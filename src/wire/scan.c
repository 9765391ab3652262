/*
 * One walk over the bytes of a message, by its schema, in place and without memory. protobuf-c
 * then decodes what is known to be well-formed: it would merge fields that come twice, cut a text
 * at a NUL, drop the high bits of a number, and take memory for whatever a message says it has.
 */
#include "wire/scan.h"

#include <string.h>

#include "wire/wire.h"

enum { DEPTH_MAX = 8, VARINT_MAX = 10, SHORT_MAX = 5 };

struct bytes {
    const uint8_t *at, *end;
};

/* Where the walk is: "work_reply.boxes[3]". */
struct scan {
    struct {
        const char *name;
        size_t index;
        bool listed;
    } at[DEPTH_MAX];
    int depth;
    size_t limit;
    size_t unknown;
    struct weir_error *err;
};

struct field {
    uint32_t id;
    unsigned kind; /* ProtobufCWireType */
    uint64_t number; /* of a varint */
    struct bytes in; /* of all others */
};

static int complain(const struct scan *s, const char *what) {
    struct weir_buf place = {0};
    for (int i = 0; i < s->depth; i++) {
        weir_buf_printf(&place, "%s%s", i ? "." : "", s->at[i].name);
        if (s->at[i].listed)
            weir_buf_printf(&place, "[%zu]", s->at[i].index);
    }
    int rc = weir_fail(s->err, WEIR_ECORRUPT, "%s: %s", s->depth ? weir_buf_str(&place) : "message",
                       what);
    weir_buf_done(&place);
    return rc;
}

/* At most 64 bits. */
static bool get_varint(struct bytes *in, uint64_t *ret) {
    uint64_t value = 0;
    for (int i = 0; i < VARINT_MAX && in->at < in->end; i++) {
        uint8_t byte = *in->at++;
        if (i == VARINT_MAX - 1 && byte > 1)
            return false;
        value |= (uint64_t)(byte & 127) << 7 * i;
        if (byte < 128) {
            *ret = value;
            return true;
        }
    }
    return false;
}

/* At most 32 bits, in no more bytes than these need: protobuf-c looks at no others of keys and
 * lengths. */
static bool get_short(struct bytes *in, uint64_t *ret) {
    const uint8_t *begin = in->at;
    return get_varint(in, ret) && in->at - begin <= SHORT_MAX && *ret <= UINT32_MAX;
}

/* NULL, or what is wrong with the field at the beginning of what is left. */
static const char *next_field(struct bytes *in, struct field *ret) {
    uint64_t key, size;
    if (!get_short(in, &key) || !(key >> 3))
        return "has bytes that begin no field";
    ret->id = (uint32_t)(key >> 3);
    ret->kind = key & 7;
    switch (ret->kind) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        return get_varint(in, &ret->number) ? NULL : "has a number that is cut short or too long";
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        size = 8;
        break;
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        size = 4;
        break;
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        if (!get_short(in, &size))
            return "has a length that is cut short or too long";
        break;
    default:
        return "has a field of a kind that is not used";
    }
    if (size > (uint64_t)(in->end - in->at))
        return "is cut short";
    ret->in = (struct bytes){in->at, in->at + size};
    in->at += size;
    return NULL;
}

uint64_t wire_scan_number(const uint8_t *bytes, size_t len, uint32_t id) {
    struct bytes in = {bytes, bytes + len};
    struct field field;
    while (in.at < in.end && !next_field(&in, &field))
        if (field.id == id && field.kind == PROTOBUF_C_WIRE_TYPE_VARINT)
            return field.number;
    return 0;
}

static unsigned kind_of(ProtobufCType type) {
    switch (type) {
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return PROTOBUF_C_WIRE_TYPE_32BIT;
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return PROTOBUF_C_WIRE_TYPE_64BIT;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    default:
        return PROTOBUF_C_WIRE_TYPE_VARINT;
    }
}

static bool fits(ProtobufCType type, uint64_t number) {
    return number <= UINT32_MAX || (type != PROTOBUF_C_TYPE_UINT32 && type != PROTOBUF_C_TYPE_ENUM);
}

static int scan_message(struct scan *s, const ProtobufCMessageDescriptor *type, struct bytes in);

/* The members of a list of numbers in one piece. */
static int scan_packed(struct scan *s, ProtobufCType type, struct bytes in, size_t *count) {
    const unsigned kind = kind_of(type);
    const size_t size = kind == PROTOBUF_C_WIRE_TYPE_32BIT ? 4 : 8;
    if (kind != PROTOBUF_C_WIRE_TYPE_VARINT) {
        *count += (size_t)(in.end - in.at) / size;
        return (size_t)(in.end - in.at) % size ? complain(s, "is cut short") : 0;
    }
    for (uint64_t number; in.at < in.end; ++*count)
        if (!get_varint(&in, &number) || !fits(type, number))
            return complain(s, "has a number that is cut short or too long");
    return 0;
}

static int scan_field(struct scan *s, const ProtobufCFieldDescriptor *known,
                      const struct field *field, size_t *count) {
    const bool list = known->label == PROTOBUF_C_LABEL_REPEATED;
    const unsigned kind = kind_of(known->type);
    if (list && kind != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED &&
        field->kind == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED) {
        int rc = scan_packed(s, known->type, field->in, count);
        return rc || *count <= s->limit ? rc : complain(s, "has too many members");
    }
    if (field->kind != kind)
        return complain(s, "is of another kind than its field");
    if (list && *count >= s->limit)
        return complain(s, "has too many members");
    ++*count;
    if (kind == PROTOBUF_C_WIRE_TYPE_VARINT && !fits(known->type, field->number))
        return complain(s, "has a number that is too large for its field");
    if (known->type == PROTOBUF_C_TYPE_STRING &&
        memchr(field->in.at, 0, (size_t)(field->in.end - field->in.at)))
        return complain(s, "has a NUL inside");
    if (known->type == PROTOBUF_C_TYPE_MESSAGE)
        return scan_message(s, known->descriptor, field->in);
    return 0;
}

static int scan_message(struct scan *s, const ProtobufCMessageDescriptor *type, struct bytes in) {
    size_t count[64] = {0};
    bool chosen = false; /* a member of the oneof */
    if (type->n_fields > 64 || s->depth == DEPTH_MAX)
        return weir_fail(s->err, WEIR_EINTERNAL, "%s: is no type that can be read", type->name);
    while (in.at < in.end) {
        struct field field;
        const char *wrong = next_field(&in, &field);
        if (wrong)
            return complain(s, wrong);
        const ProtobufCFieldDescriptor *known =
            protobuf_c_message_descriptor_get_field(type, field.id);
        if (!known) {
            if (++s->unknown > WEIR_WIRE_MAX_UNKNOWN)
                return complain(s, "has too many fields that are not known");
            continue;
        }
        size_t *seen = &count[known - type->fields];
        const bool list = known->label == PROTOBUF_C_LABEL_REPEATED;
        const bool one = known->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
        s->at[s->depth].name = known->name;
        s->at[s->depth].index = *seen;
        s->at[s->depth++].listed = list;
        int rc = !list && (*seen || (one && chosen)) ? complain(s, "comes twice")
                                                     : scan_field(s, known, &field, seen);
        if (rc)
            return rc;
        s->depth--;
        chosen = chosen || one;
    }
    return 0;
}

int wire_scan(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t len,
              size_t limit, size_t *ret_unknown, struct weir_error *err) {
    struct scan s = {.limit = limit, .err = err};
    struct field field;
    int rc = scan_message(&s, type, (struct bytes){bytes, bytes + len});
    if (rc)
        return rc;
    size_t unknown = 0;
    for (struct bytes in = {bytes, bytes + len}; in.at < in.end && !next_field(&in, &field);)
        unknown += !protobuf_c_message_descriptor_get_field(type, field.id);
    *ret_unknown = unknown;
    return 0;
}
