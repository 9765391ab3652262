#include "sim/tape.h"

#include <string.h>

enum { CHECK = 4 };

void sim_tape_done(struct sim_tape *tape) {
    weir_buf_done(&tape->piece);
    *tape = (struct sim_tape){0};
}

static void put_number(struct weir_buf *out, uint64_t v) {
    for (; v >= 0x80; v >>= 7)
        weir_buf_putc(out, (char)(v | 0x80));
    weir_buf_putc(out, (char)v);
}

/* false: it ends too early, or is too long for 64 bits. */
static bool get_number(const unsigned char **at, const unsigned char *end, uint64_t *ret) {
    uint64_t v = 0;
    for (int shift = 0; *at < end && shift < 64; shift += 7) {
        const unsigned char byte = *(*at)++;
        if (shift == 63 && byte > 1)
            return false;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret = v;
            return true;
        }
    }
    return false;
}

void sim_tape_number(struct sim_tape *tape, uint64_t *value, uint64_t most) {
    uint64_t v = 0;
    if (!tape->reads) {
        put_number(&tape->piece, *value);
        return;
    }
    if (tape->bad || !get_number(&tape->at, tape->end, &v) || v > most) {
        tape->bad = true;
        v = 0;
    }
    *value = v;
}

/* How many stay as they were; then what the next one's bits differ in; and so on. */
void sim_tape_words(struct sim_tape *tape, uint64_t *word, uint64_t *last, size_t len) {
    for (size_t i = 0; i < len; i++) {
        uint64_t same = 0, differ = 0;
        while (!tape->reads && i + same < len && word[i + same] == last[i + same])
            same++;
        sim_tape_number(tape, &same, len - i);
        memcpy(word + i, last + i, (size_t)same * sizeof *word);
        i += (size_t)same;
        if (i == len)
            break;
        differ = tape->reads ? 0 : word[i] ^ last[i];
        sim_tape_number(tape, &differ, UINT64_MAX);
        word[i] = last[i] ^ differ;
        last[i] = word[i];
    }
}

void sim_tape_text(struct sim_tape *tape, const char **text, size_t *len, size_t most) {
    uint64_t size = *len;
    sim_tape_number(tape, &size, most);
    if (!tape->reads) {
        weir_buf_add(&tape->piece, *text, *len);
        return;
    }
    if (tape->bad || size > (size_t)(tape->end - tape->at) || memchr(tape->at, 0, (size_t)size)) {
        tape->bad = true;
        size = 0;
    }
    *text = (const char *)tape->at;
    *len = (size_t)size;
    tape->at += size;
}

static uint32_t check_of(uint64_t number, const unsigned char *data, size_t len) {
    uint64_t h = weir_hash64(number) ^ len;
    for (size_t i = 0; i < len; i++)
        h = weir_hash64(h ^ data[i]);
    return (uint32_t)(h >> 32);
}

void sim_tape_put(struct sim_tape *tape, uint64_t number, struct weir_buf *out) {
    const char *data = weir_buf_str(&tape->piece);
    const uint32_t check = check_of(number, (const unsigned char *)data, tape->piece.len);
    put_number(out, tape->piece.len);
    weir_buf_add(out, data, tape->piece.len);
    for (int i = 0; i < CHECK; i++)
        weir_buf_putc(out, (char)(check >> 8 * i));
    out->failed = out->failed || tape->piece.failed;
    weir_buf_reset(&tape->piece);
}

bool sim_tape_get(struct sim_tape *tape, uint64_t number, const unsigned char **at,
                  const unsigned char *end) {
    uint64_t len;
    uint32_t check = 0;
    const unsigned char *p = *at;
    if (!get_number(&p, end, &len) || (uint64_t)(end - p) < CHECK ||
        len > (uint64_t)(end - p) - CHECK)
        return false;
    for (int i = 0; i < CHECK; i++)
        check |= (uint32_t)p[len + (size_t)i] << 8 * i;
    if (check != check_of(number, p, (size_t)len))
        return false;
    tape->reads = true;
    tape->at = p;
    tape->end = p + len;
    tape->bad = false;
    *at = p + len + CHECK;
    return true;
}
