/*
 * Memory of one message: taken piece by piece, given back at once, and never more than it was
 * allowed. Also in the shape in which protobuf-c asks for it. Inside wire only.
 */
#ifndef WEIR_WIRE_ARENA_H
#define WEIR_WIRE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

struct wire_block;

struct wire_arena {
    ProtobufCAllocator allocator; /* takes from here, gives nothing back */
    struct wire_block *block;
    size_t used, room; /* bytes of the newest block */
    size_t allowed; /* bytes that may still be asked of the heap */
    bool exhausted; /* more than that was wanted */
    bool starved; /* the heap had no more */
};

/* On the heap; NULL: no memory. */
struct wire_arena *wire_arena_new(size_t allowed);
void wire_arena_free(struct wire_arena *arena); /* NULL allowed */

/* count things of that size, zeroed, aligned for anything; NULL: no memory, or no more is
 * allowed. None: not NULL, and nothing to be looked at. */
void *wire_arena_take(struct wire_arena *arena, size_t count, size_t size);

#endif
