/*
 * Bytes of a recording: pieces that are checked one by one, made of 64-bit words that are
 * written as what changed since last time. Inside sim only.
 *
 * One function writes and reads: where the tape is written, words go to it, where it is read they
 * come from it. So what is read cannot differ in layout from what was written. All numbers are
 * little-endian base-128 (LEB128); a double is its bits.
 *
 *     piece = length, bytes, 4 bytes of a hash over its number, its length and its bytes
 */
#ifndef WEIR_SIM_TAPE_H
#define WEIR_SIM_TAPE_H

#include "base/base.h"

struct sim_tape {
    bool reads;
    struct weir_buf piece; /* being written */
    const unsigned char *at, *end; /* being read */
    bool bad; /* what was read makes no sense, from there on all is 0 */
};

void sim_tape_done(struct sim_tape *tape);

/* *value goes to the tape, or comes from it; values up to most, else bad. */
void sim_tape_number(struct sim_tape *tape, uint64_t *value, uint64_t most);
/* The same for len words; last is what they were before, and becomes what they are now. */
void sim_tape_words(struct sim_tape *tape, uint64_t *word, uint64_t *last, size_t len);
/* And for text of up to most bytes without a NUL. Read: it points into the tape. */
void sim_tape_text(struct sim_tape *tape, const char **text, size_t *len, size_t most);

/* Written: the piece is put behind out, as its number. */
void sim_tape_put(struct sim_tape *tape, uint64_t number, struct weir_buf *out);
/* Read: the piece of that number at *at, which moves on; false: its bytes are not those that were
 * written. */
bool sim_tape_get(struct sim_tape *tape, uint64_t number, const unsigned char **at,
                  const unsigned char *end);

static inline uint64_t sim_bits_of(double v) {
    union {
        double v;
        uint64_t bits;
    } u = {.v = v};
    return u.bits;
}

static inline double sim_of_bits(uint64_t bits) {
    union {
        uint64_t bits;
        double v;
    } u = {.bits = bits};
    return u.v;
}

#endif
