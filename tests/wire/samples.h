/*
 * What the tests of wire share: each kind of message as it usually is and at every limit, and the
 * bytes that ought to be refused.
 */
#ifndef WEIR_TESTS_WIRE_SAMPLES_H
#define WEIR_TESTS_WIRE_SAMPLES_H

#include "support/support.h"
#include "weir.pb-c.h"
#include "wire/wire.h"

/* USUAL: every field has a value that is not its default. LEAST: as little as there can be.
 * MOST: every number, name and list at its limit (a plan's lists share one message's limit). */
enum sample_size { SAMPLE_USUAL, SAMPLE_LEAST, SAMPLE_MOST, SAMPLE_SIZES };

/* Static, the same each time. */
struct weir_wire sample(enum weir_wire_kind kind, enum sample_size size);

/* Its picture's bytes; 0 for what has none. */
size_t sample_picture(const struct weir_wire *wire);

int sample_write(struct weir_buf *out, const struct weir_wire *wire, struct weir_error *err);
/* Fails the test where it cannot be written. */
void sample_bytes(struct weir_buf *out, enum weir_wire_kind kind, enum sample_size size);

void assert_same_message(const struct weir_wire *a, const struct weir_wire *b);

/* Reading these bytes fails with code and says so, and *ret stays as it was. */
void assert_refused(const void *bytes, size_t len, size_t picture, int code, const char *says);

#endif
