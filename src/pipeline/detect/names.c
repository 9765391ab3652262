/*
 * A small reader of Python and JSON literals: one container of strings, quoted
 * singly or doubly, with the escapes that repr() and JSON write. Anything else
 * (nesting, a missing key, a key twice) is refused as a whole: half a list of
 * names would put wrong names on boxes.
 */
#include "pipeline/detect/names.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 10000 };

static void skip_space(const char **at) {
    *at += strspn(*at, " \t\r\n");
}

static bool eat(const char **at, char c) {
    skip_space(at);
    if (**at != c)
        return false;
    ++*at;
    return true;
}

static void put_utf8(struct weir_buf *out, unsigned long c) {
    if (c < 0x80) {
        weir_buf_putc(out, (char)c);
    } else if (c < 0x800) {
        weir_buf_putc(out, (char)(0xc0 | c >> 6));
        weir_buf_putc(out, (char)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        weir_buf_putc(out, (char)(0xe0 | c >> 12));
        weir_buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
        weir_buf_putc(out, (char)(0x80 | (c & 0x3f)));
    } else {
        weir_buf_putc(out, (char)(0xf0 | c >> 18));
        weir_buf_putc(out, (char)(0x80 | (c >> 12 & 0x3f)));
        weir_buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
        weir_buf_putc(out, (char)(0x80 | (c & 0x3f)));
    }
}

static bool read_hex(const char **at, int digits, unsigned long *ret_value) {
    unsigned long value = 0;
    for (int i = 0; i < digits; i++, ++*at) {
        char c = **at;
        int d = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
        if (d < 0)
            return false;
        value = value << 4 | (unsigned long)d;
    }
    *ret_value = value;
    return true;
}

static bool read_escape(const char **at, struct weir_buf *out) {
    static const char from[] = "nrtbf\\'\"/", to[] = "\n\r\t\b\f\\'\"/";
    char c = *(*at)++;
    const char *plain = c ? strchr(from, c) : NULL;
    if (plain) {
        weir_buf_putc(out, to[plain - from]);
        return true;
    }
    int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    unsigned long value, low;
    if (!digits || !read_hex(at, digits, &value))
        return false;
    if (c == 'u' && value >= 0xd800 && value < 0xdc00) { /* JSON writes pairs */
        if ((*at)[0] != '\\' || (*at)[1] != 'u')
            return false;
        *at += 2;
        if (!read_hex(at, 4, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        value = 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00);
    }
    if (value == 0 || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return false;
    put_utf8(out, value);
    return true;
}

static bool read_string(const char **at, struct weir_buf *out) {
    skip_space(at);
    char quote = **at;
    if (quote != '\'' && quote != '"')
        return false;
    ++*at;
    while (**at && **at != quote) {
        char c = *(*at)++;
        if (c == '\\') {
            if (!read_escape(at, out))
                return false;
        } else {
            weir_buf_putc(out, c);
        }
    }
    if (!**at)
        return false;
    ++*at;
    return true;
}

/* 3, '3' or "3" */
static bool read_index(const char **at, long *ret_index) {
    skip_space(at);
    char quote = **at == '\'' || **at == '"' ? *(*at)++ : 0;
    if (**at < '0' || **at > '9')
        return false;
    char *end;
    long value = strtol(*at, &end, 10);
    *at = end;
    if (quote && *(*at)++ != quote)
        return false;
    *ret_index = value;
    return value < NAMES_MAX;
}

static int put_name(struct weir_strings *names, size_t index, const char *text) {
    if (index >= names->len) {
        char **grown = realloc(names->item, (index + 1) * sizeof *grown);
        if (!grown)
            return WEIR_ENOMEM;
        memset(grown + names->len, 0, (index + 1 - names->len) * sizeof *grown);
        names->item = grown;
        names->len = index + 1;
    }
    if (names->item[index])
        return WEIR_ECORRUPT;
    return (names->item[index] = strdup(text)) ? 0 : WEIR_ENOMEM;
}

static int read_all(const char *at, struct weir_strings *names, struct weir_buf *text) {
    bool dict = eat(&at, '{');
    if (!dict && !eat(&at, '['))
        return WEIR_ECORRUPT;
    char close = dict ? '}' : ']';
    for (long next = 0; !eat(&at, close); next++) {
        long index = next;
        if (dict && (!read_index(&at, &index) || !eat(&at, ':')))
            return WEIR_ECORRUPT;
        weir_buf_reset(text);
        if (index >= NAMES_MAX || !read_string(&at, text))
            return WEIR_ECORRUPT;
        if (text->failed)
            return WEIR_ENOMEM;
        int rc = put_name(names, (size_t)index, weir_buf_str(text));
        if (rc)
            return rc;
        if (!eat(&at, ',')) {
            if (!eat(&at, close))
                return WEIR_ECORRUPT;
            break;
        }
    }
    skip_space(&at);
    if (*at || !names->len)
        return WEIR_ECORRUPT;
    for (size_t i = 0; i < names->len; i++)
        if (!names->item[i])
            return WEIR_ECORRUPT;
    return 0;
}

int weir_names_parse(const char *text, struct weir_strings *ret_names) {
    struct weir_strings names = {0};
    struct weir_buf buf = {0};
    int rc = read_all(text, &names, &buf);
    weir_buf_done(&buf);
    if (rc)
        weir_names_done(&names);
    else
        *ret_names = names;
    return rc;
}

void weir_names_done(struct weir_strings *names) {
    for (size_t i = 0; i < names->len; i++)
        free(names->item[i]);
    free(names->item);
    *names = (struct weir_strings){0};
}

bool weir_names_pair(const char *text, int *ret_first, int *ret_second) {
    enum { LARGEST = 65536 };
    const char *at = text;
    char close = 0;
    if (eat(&at, '['))
        close = ']';
    else if (eat(&at, '('))
        close = ')';
    skip_space(&at);
    char *end;
    long first = strtol(at, &end, 10), second;
    if (end == at)
        return false;
    at = end;
    second = first;
    if (close && eat(&at, ',')) {
        second = strtol(at, &end, 10);
        if (end == at)
            return false;
        at = end;
    }
    if (close && !eat(&at, close))
        return false;
    skip_space(&at);
    if (*at || first < 1 || second < 1 || first > LARGEST || second > LARGEST)
        return false;
    *ret_first = (int)first;
    *ret_second = (int)second;
    return true;
}
