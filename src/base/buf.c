/*
 * The growing byte string. Capacity doubles, one byte more than len is always
 * there for the NUL. A failure sticks until reset: what was appended before it
 * stays intact, what comes after is dropped, and the writer asks once.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void weir_buf_done(struct weir_buf *buf) {
    if (!buf)
        return;
    free(buf->data);
    *buf = (struct weir_buf){0};
}

void weir_buf_reset(struct weir_buf *buf) {
    buf->len = 0;
    buf->failed = false;
    if (buf->data)
        buf->data[0] = '\0';
}

/* Makes room for len more bytes and the NUL. */
static bool reserve(struct weir_buf *buf, size_t len) {
    if (buf->failed)
        return false;
    if (buf->cap - buf->len > len)
        return true;
    if (len >= SIZE_MAX - buf->len)
        goto fail;
    size_t need = buf->len + len + 1;
    size_t cap = buf->cap ? buf->cap : 64;
    while (cap < need) {
        if (cap > SIZE_MAX / 2) {
            cap = need;
            break;
        }
        cap *= 2;
    }
    char *data = realloc(buf->data, cap);
    if (!data)
        goto fail;
    buf->data = data;
    buf->cap = cap;
    return true;

fail:
    buf->failed = true;
    return false;
}

void weir_buf_add(struct weir_buf *buf, const char *data, size_t len) {
    if (len == 0 || !reserve(buf, len))
        return;
    memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void weir_buf_puts(struct weir_buf *buf, const char *text) {
    weir_buf_add(buf, text, strlen(text));
}

void weir_buf_putc(struct weir_buf *buf, char c) {
    weir_buf_add(buf, &c, 1);
}

void weir_buf_printf(struct weir_buf *buf, const char *fmt, ...) {
    if (!reserve(buf, 63)) /* most texts fit and are formatted once */
        return;
    for (int attempt = 0; attempt < 2; attempt++) {
        size_t room = buf->cap - buf->len;
        va_list args;
        va_start(args, fmt);
        int len = vsnprintf(buf->data + buf->len, room, fmt, args);
        va_end(args);
        if (len >= 0 && (size_t)len < room) {
            buf->len += (size_t)len;
            return;
        }
        buf->data[buf->len] = '\0';
        if (len < 0) {
            buf->failed = true;
            return;
        }
        if (!reserve(buf, (size_t)len))
            return;
    }
    buf->data[buf->len] = '\0';
    buf->failed = true; /* an argument changed its length between the two calls */
}

const char *weir_buf_str(const struct weir_buf *buf) {
    return buf->data ? buf->data : "";
}
