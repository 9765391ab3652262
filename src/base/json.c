/*
 * The JSON writer: a stack of open objects and arrays, each remembering whether
 * its next member needs a comma. Values at the top have no commas between them,
 * so one writer can fill a file of lines. Nesting deeper than WEIR_JSON_DEPTH
 * marks the buffer as failed rather than writing something else than JSON.
 * Grammar: RFC 8259; well-formed UTF-8: Unicode 15, table 3-7.
 */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void weir_json_init(struct weir_json *json, struct weir_buf *out) {
    *json = (struct weir_json){.out = out};
}

static bool depth_fits(struct weir_json *json) {
    if (json->depth >= 0 && json->depth < WEIR_JSON_DEPTH)
        return true;
    json->out->failed = true;
    return false;
}

static void new_line(struct weir_json *json) {
    if (!json->pretty)
        return;
    weir_buf_putc(json->out, '\n');
    for (int i = 0; i < json->depth; i++)
        weir_buf_puts(json->out, "  ");
}

/* What stands between the text so far and the next key or value. */
static void begin_member(struct weir_json *json) {
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    if (!depth_fits(json) || json->depth == 0)
        return;
    if (json->comma[json->depth])
        weir_buf_putc(json->out, ',');
    json->comma[json->depth] = true;
    new_line(json);
}

static void open_scope(struct weir_json *json, char bracket) {
    begin_member(json);
    weir_buf_putc(json->out, bracket);
    json->depth++;
    if (depth_fits(json))
        json->comma[json->depth] = false;
}

static void close_scope(struct weir_json *json, char bracket) {
    bool filled = depth_fits(json) && json->comma[json->depth];
    json->depth--;
    if (!depth_fits(json) || json->after_key) {
        json->out->failed = true; /* closed more than was opened, or a key without a value */
        return;
    }
    if (filled)
        new_line(json);
    weir_buf_putc(json->out, bracket);
}

void weir_json_object(struct weir_json *json) {
    open_scope(json, '{');
}

void weir_json_end_object(struct weir_json *json) {
    close_scope(json, '}');
}

void weir_json_array(struct weir_json *json) {
    open_scope(json, '[');
}

void weir_json_end_array(struct weir_json *json) {
    close_scope(json, ']');
}

/* Length of the well-formed UTF-8 sequence at s, 0 if there is none. The NUL
 * at the end is no continuation byte, so nothing is read beyond it. */
static size_t utf8_len(const unsigned char *s) {
    if (s[0] < 0x80)
        return 1;
    size_t len;
    unsigned char low = 0x80, high = 0xBF; /* of the second byte */
    if (s[0] >= 0xC2 && s[0] <= 0xDF) {
        len = 2;
    } else if (s[0] >= 0xE0 && s[0] <= 0xEF) {
        len = 3;
        if (s[0] == 0xE0)
            low = 0xA0; /* overlong */
        if (s[0] == 0xED)
            high = 0x9F; /* surrogates */
    } else if (s[0] >= 0xF0 && s[0] <= 0xF4) {
        len = 4;
        if (s[0] == 0xF0)
            low = 0x90;
        if (s[0] == 0xF4)
            high = 0x8F; /* beyond U+10FFFF */
    } else {
        return 0;
    }
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if (s[i] < 0x80 || s[i] > 0xBF)
            return 0;
    return len;
}

static void put_escaped(struct weir_buf *out, unsigned char c) {
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    const char *at = strchr(from, c);
    if (at) {
        weir_buf_putc(out, '\\');
        weir_buf_putc(out, to[at - from]);
    } else {
        weir_buf_printf(out, "\\u%04x", c);
    }
}

static void put_text(struct weir_buf *out, const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    weir_buf_putc(out, '"');
    while (*s) {
        const unsigned char *run = s;
        size_t len = 1;
        while (*s >= 0x20 && *s != '"' && *s != '\\' && (len = utf8_len(s)) > 0)
            s += len;
        weir_buf_add(out, (const char *)run, (size_t)(s - run));
        if (!*s)
            break;
        if (len == 0) {
            weir_buf_puts(out, "\xEF\xBF\xBD"); /* U+FFFD for the one bad byte */
            s++;
        } else {
            put_escaped(out, *s++);
        }
    }
    weir_buf_putc(out, '"');
}

void weir_json_key(struct weir_json *json, const char *key) {
    begin_member(json);
    put_text(json->out, key);
    weir_buf_puts(json->out, json->pretty ? ": " : ":");
    json->after_key = true;
}

void weir_json_str(struct weir_json *json, const char *value) {
    begin_member(json);
    if (value)
        put_text(json->out, value);
    else
        weir_buf_puts(json->out, "null");
}

void weir_json_int(struct weir_json *json, int64_t value) {
    begin_member(json);
    weir_buf_printf(json->out, "%lld", (long long)value);
}

void weir_json_num(struct weir_json *json, double value, int digits) {
    if (!isfinite(value)) {
        weir_json_null(json);
        return;
    }
    begin_member(json);
    if (digits < 0)
        digits = 0;
    if (digits > 17)
        digits = 17;
    char text[352]; /* 309 digits before the point, 17 behind it */
    int len = snprintf(text, sizeof text, "%.*f", digits, value);
    if (digits > 0) {
        text[len - digits - 1] = '.'; /* whatever the locale puts there */
        while (text[len - 1] == '0')
            len--;
        if (text[len - 1] == '.')
            len--;
        text[len] = '\0';
    }
    weir_buf_puts(json->out, strcmp(text, "-0") == 0 ? "0" : text);
}

void weir_json_bool(struct weir_json *json, bool value) {
    begin_member(json);
    weir_buf_puts(json->out, value ? "true" : "false");
}

void weir_json_null(struct weir_json *json) {
    begin_member(json);
    weir_buf_puts(json->out, "null");
}

void weir_json_key_str(struct weir_json *json, const char *key, const char *value) {
    weir_json_key(json, key);
    weir_json_str(json, value);
}

void weir_json_key_int(struct weir_json *json, const char *key, int64_t value) {
    weir_json_key(json, key);
    weir_json_int(json, value);
}

void weir_json_key_num(struct weir_json *json, const char *key, double value, int digits) {
    weir_json_key(json, key);
    weir_json_num(json, value, digits);
}

void weir_json_key_bool(struct weir_json *json, const char *key, bool value) {
    weir_json_key(json, key);
    weir_json_bool(json, value);
}
