/* What may stand in a field, and the words for what may not. */
#include "wire/check.h"

#include <stdio.h>
#include <string.h>

void wire_check_fail(struct wire_check *check, const char *field, const char *fmt, ...) {
    if (check->rc)
        return;
    char what[300], place[80] = "";
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    if (check->list)
        snprintf(place, sizeof place, "%s[%zu]%s", check->list, check->index, *field ? "." : "");
    check->rc =
        weir_fail(check->err, check->code, "%s.%s%s: %s", check->message, place, field, what);
}

void wire_check_int(struct wire_check *check, const char *field, int64_t found, int64_t min,
                    int64_t max) {
    if (found < min || found > max)
        wire_check_fail(check, field, "found %lld; allowed: %lld to %lld", (long long)found,
                        (long long)min, (long long)max);
}

void wire_check_float(struct wire_check *check, const char *field, float found, float min,
                      float max) {
    if (!(found >= min && found <= max)) /* NaN, too */
        wire_check_fail(check, field, "found %g; allowed: %g to %g", (double)found, (double)min,
                        (double)max);
}

void wire_check_us(struct wire_check *check, const char *field, int64_t found) {
    wire_check_int(check, field, found, 0, WEIR_WIRE_MAX_US);
}

void wire_check_side(struct wire_check *check, const char *field, int found) {
    wire_check_int(check, field, found, 1, WEIR_WIRE_MAX_SIDE);
}

void wire_check_list(struct wire_check *check, const char *field, const void *list, size_t len,
                     size_t max) {
    if (len > max)
        wire_check_fail(check, field, "found %zu members; allowed: %zu at most", len, max);
    else if (len && !list)
        wire_check_fail(check, field, "found %zu members that are nowhere", len);
}

/* ---- texts ---------------------------------------------------------------- */

/* The bytes of the character at text, 1 – 4; 0: it is none, or a control character. UTF-8 has one
 * way to write each: no surrogates, nothing longer than it must be, nothing above U+10FFFF. */
static size_t character(const unsigned char *text) {
    if (*text < 0x80)
        return *text >= 0x20 && *text != 0x7f;
    const size_t len = *text >= 0xf0 ? 4 : *text >= 0xe0 ? 3 : 2;
    static const uint32_t least[] = {[2] = 0xa0, [3] = 0x800, [4] = 0x10000};
    if (*text < 0xc2 || *text > 0xf4)
        return 0;
    uint32_t code = *text & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (text[i] & 0x3f);
    }
    return code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? 0 : len;
}

/* Is text UTF-8 without control characters, and at most max bytes? */
static bool readable(const char *text, size_t max) {
    size_t len = strnlen(text, max + 1), at = 0;
    while (at < len) {
        size_t size = character((const unsigned char *)text + at);
        if (!size)
            return false;
        at += size;
    }
    return len <= max;
}

/* Its beginning, as far as it can be shown to anyone. */
static const char *shown(const char *text, char into[41]) {
    size_t len = 0;
    for (; len < 40 && text[len] >= 0x20 && text[len] < 0x7f && text[len] != '"'; len++)
        into[len] = text[len];
    into[len] = 0;
    return into;
}

static bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_name(const char *text) {
    size_t len = strnlen(text, WEIR_WIRE_MAX_NAME + 1);
    if (!len || len > WEIR_WIRE_MAX_NAME || *text == '-' || *text == '.')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_letter_or_digit(text[i]) && !strchr("_-.", text[i]))
            return false;
    return true;
}

void wire_check_name(struct wire_check *check, const char *field, const char *found) {
    char begin[41];
    if (!found || !is_name(found))
        wire_check_fail(
            check, field,
            "found \"%s\" (%zu bytes); allowed: 1 to %d letters, digits, \"_\", \"-\" and "
            "\".\", beginning with a letter, digit or \"_\"",
            found ? shown(found, begin) : "", found ? strlen(found) : 0, WEIR_WIRE_MAX_NAME);
}

static void check_readable(struct wire_check *check, const char *field, const char *found,
                           size_t min, size_t max) {
    char begin[41];
    if (!found || strlen(found) < min || !readable(found, max))
        wire_check_fail(check, field,
                        "found \"%s\" (%zu bytes); allowed: %zu to %zu bytes of UTF-8 without "
                        "control characters",
                        found ? shown(found, begin) : "", found ? strlen(found) : 0, min, max);
}

void wire_check_word(struct wire_check *check, const char *field, const char *found) {
    check_readable(check, field, found, 1, WEIR_WIRE_MAX_NAME);
}

void wire_check_text(struct wire_check *check, const char *field, const char *found) {
    check_readable(check, field, found, 0, WEIR_WIRE_MAX_TEXT);
}

void wire_check_words(struct wire_check *check, const char *field, const char *const *word,
                      size_t len, size_t max) {
    wire_check_list(check, field, word, len, max);
    check->list = field;
    for (check->index = 0; !check->rc && check->index < len; check->index++)
        wire_check_word(check, "", word[check->index]);
    check->list = NULL;
}
