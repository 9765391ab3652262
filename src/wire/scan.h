/*
 * What protobuf-c does not look at, and must hold before it is asked. Inside wire only.
 */
#ifndef WEIR_WIRE_SCAN_H
#define WEIR_WIRE_SCAN_H

#include <protobuf-c/protobuf-c.h>

#include "base/base.h"

/* The value of the integer field `id` at the top of a message of whatever schema, as far as that
 * can be read; 0: it has none. */
uint64_t wire_scan_number(const uint8_t *bytes, size_t len, uint32_t id);

/*
 * Is this a well-formed message of that type? No field is cut short or of another kind than its
 * schema says, none but repeated ones comes twice (of a oneof: one at most), no text has a NUL
 * inside, no number more bits than its field, no list more than limit members, and of fields that
 * are not known there are few. Types that do not contain themselves, with at most 64 fields and
 * one oneof. ECORRUPT: the first place where it is not.
 * *ret_unknown: how many fields at its top are not known.
 */
int wire_scan(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t len,
              size_t limit, size_t *ret_unknown, struct weir_error *err);

#endif
