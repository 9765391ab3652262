/*
 * The messages one by one: is it right (check), make it out of protobuf's (take), make protobuf's
 * out of it (give). Take and give copy values as they are, whatever they are; what may not be is
 * found by check, after take and before give. Strings are not copied, lists lie in the arena:
 * ENOMEM is the only error. Inside wire only.
 */
#ifndef WEIR_WIRE_MESSAGE_H
#define WEIR_WIRE_MESSAGE_H

#include "weir.pb-c.h"
#include "wire/arena.h"
#include "wire/check.h"

/* proto is the body of the envelope. */
typedef void wire_check_message(struct wire_check *check, const struct weir_wire *wire);
typedef int wire_take_message(struct wire_check *check, const Weir__V1__Envelope *envelope,
                              struct wire_arena *arena, struct weir_wire *wire);
typedef int wire_give_message(const struct weir_wire *wire, struct wire_arena *arena,
                              Weir__V1__Envelope *envelope);

/* One kind of message. */
struct wire_message {
    const char *name;
    Weir__V1__Envelope__BodyCase body;
    wire_check_message *check;
    wire_take_message *take;
    wire_give_message *give;
};

extern const struct wire_message wire_work_request, wire_work_reply, wire_cancel; /* work.c */
extern const struct wire_message wire_advert, wire_plan; /* site.c */
extern const struct wire_message wire_result, wire_refusal; /* result.c */

/* ---- what several of them have (parts.c) ----------------------------------- */

/* Which frame: stream, epoch (any), frame. */
void wire_check_frame(struct wire_check *check, const char *stream, int64_t frame);

void wire_check_boxes(struct wire_check *check, const struct weir_box *box, size_t len);
int wire_take_boxes(Weir__V1__Box *const *proto, size_t len, struct wire_arena *arena,
                    const struct weir_box **ret);
int wire_give_boxes(const struct weir_box *box, size_t len, struct wire_arena *arena,
                    Weir__V1__Box ***ret);

/* codec and quality; none: may it be NONE? */
void wire_check_codec(struct wire_check *check, enum weir_wire_codec codec, int quality, bool none);

void wire_check_setting(struct wire_check *check, const struct weir_wire_setting *setting);
void wire_take_setting(const Weir__V1__Setting *proto, struct weir_wire_setting *ret);
void wire_give_setting(const struct weir_wire_setting *setting, Weir__V1__Setting *ret);

#endif
