/*
 * A growing byte string, always NUL-terminated. A failed allocation is
 * remembered (`failed`) and later appends do nothing, so that a writer checks
 * once at the end.
 */
#ifndef WEIR_BASE_BUF_H
#define WEIR_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct weir_buf {
    char *data; /* NULL while empty */
    size_t len, cap;
    bool failed;
};

void weir_buf_done(struct weir_buf *buf);
/* Empties it, keeps the memory and forgets a failure. */
void weir_buf_reset(struct weir_buf *buf);
void weir_buf_add(struct weir_buf *buf, const char *data, size_t len);
void weir_buf_puts(struct weir_buf *buf, const char *text);
void weir_buf_putc(struct weir_buf *buf, char c);
void weir_buf_printf(struct weir_buf *buf, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The text, "" while empty; owned by buf. */
const char *weir_buf_str(const struct weir_buf *buf);

#endif
