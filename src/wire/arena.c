/* Blocks that double, in a list; each is filled from its beginning. */
#include "wire/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 1024, ALIGN = 16 };

struct wire_block {
    struct wire_block *next;
    _Alignas(ALIGN) char data[];
};

static void *take_bytes(void *arena, size_t size) {
    return wire_arena_take(arena, 1, size);
}

static void give_back(void *arena, void *data) {
    (void)arena;
    (void)data;
}

struct wire_arena *wire_arena_new(size_t allowed) {
    struct wire_arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        return NULL;
    arena->allocator = (ProtobufCAllocator){take_bytes, give_back, arena};
    arena->allowed = allowed;
    return arena;
}

void wire_arena_free(struct wire_arena *arena) {
    if (!arena)
        return;
    for (struct wire_block *block = arena->block, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    free(arena);
}

/* A block of at least size bytes becomes the newest. */
static bool add_block(struct wire_arena *arena, size_t size) {
    const size_t head = sizeof(struct wire_block);
    size_t room = arena->room ? 2 * arena->room : FIRST_BYTES;
    if (room > arena->allowed - head)
        room = arena->allowed - head; /* the last ones are as small as they must be */
    if (room < size)
        room = size;
    struct wire_block *block = malloc(head + room);
    if (!block) {
        arena->starved = true;
        return false;
    }
    block->next = arena->block;
    arena->block = block;
    arena->allowed -= head + room;
    arena->room = room;
    arena->used = 0;
    return true;
}

void *wire_arena_take(struct wire_arena *arena, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - ALIGN) {
        arena->exhausted = true;
        return NULL;
    }
    bytes = bytes ? (bytes + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
    if (arena->room - arena->used < bytes) {
        if (arena->allowed < sizeof(struct wire_block) ||
            arena->allowed - sizeof(struct wire_block) < bytes) {
            arena->exhausted = true;
            return NULL;
        }
        if (!add_block(arena, bytes))
            return NULL;
    }
    void *data = arena->block->data + arena->used;
    arena->used += bytes;
    return memset(data, 0, bytes);
}
