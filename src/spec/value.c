/*
 * Between text and values, both ways. Stricter than libc: the whole text must
 * be the value, in decimal, finite, without blanks, so that "0x10", "1e999",
 * "nan" and "5 s" are errors and not guesses.
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "spec/reader.h"

static bool starts_a_number(const char *text) {
    if (*text == '-' || *text == '+')
        text++;
    if (*text == '.')
        text++;
    return *text >= '0' && *text <= '9';
}

int spec_parse_number(const char *text, double *ret) {
    if (!starts_a_number(text) || strpbrk(text, "xXpP"))
        return WEIR_EINVAL;
    char *end;
    double value = strtod(text, &end);
    if (*end)
        return WEIR_EINVAL;
    if (!isfinite(value))
        return WEIR_ERANGE;
    *ret = value;
    return 0;
}

int spec_parse_int(const char *text, int64_t *ret) {
    if (!starts_a_number(text))
        return WEIR_EINVAL;
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (*end || end == text)
        return WEIR_EINVAL;
    if (errno == ERANGE)
        return WEIR_ERANGE;
    *ret = value;
    return 0;
}

int spec_parse_bool(const char *text, bool *ret) {
    static const char *const yes[] = {"true", "yes", "on", "1", "True", "Yes", "On", NULL};
    static const char *const no[] = {"false", "no", "off", "0", "False", "No", "Off", NULL};
    if (spec_choice_index(yes, text) >= 0)
        *ret = true;
    else if (spec_choice_index(no, text) >= 0)
        *ret = false;
    else
        return WEIR_EINVAL;
    return 0;
}

static int parse_side(const char **text, int *ret) {
    if (**text < '0' || **text > '9')
        return WEIR_EINVAL;
    char *end;
    errno = 0;
    long value = strtol(*text, &end, 10);
    if (errno == ERANGE || value > INT_MAX)
        return WEIR_ERANGE;
    *text = end;
    *ret = (int)value;
    return 0;
}

int spec_parse_size(const char *text, struct weir_size *ret) {
    struct weir_size size;
    int rc = parse_side(&text, &size.width);
    if (rc)
        return rc;
    size.height = size.width;
    if (*text == 'x') {
        text++;
        if ((rc = parse_side(&text, &size.height)))
            return rc;
    }
    if (*text)
        return WEIR_EINVAL;
    *ret = size;
    return 0;
}

int spec_choice_index(const char *const *choice, const char *text) {
    for (int i = 0; choice[i]; i++)
        if (!strcmp(choice[i], text))
            return i;
    return -1;
}

void spec_print_choices(struct weir_buf *out, const char *const *choice) {
    for (int i = 0; choice[i]; i++) {
        if (i)
            weir_buf_puts(out, choice[i + 1] ? ", " : " or ");
        weir_buf_puts(out, choice[i]);
    }
}

void spec_print_number(struct weir_buf *out, double value) {
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    /* 300, not 3e+02 */
    if (strchr(text, 'e') && value == floor(value) && fabs(value) < 1e15)
        snprintf(text, sizeof text, "%.0f", value);
    weir_buf_puts(out, text);
}

static bool plain_is_safe(const char *text) {
    static const char *const words[] = {"null", "true", "false", "yes", "no",
                                        "on",   "off",  "~",     NULL};
    if (!*text || *text == '-' || *text == '.' || spec_choice_index(words, text) >= 0)
        return false;
    for (; *text; text++)
        if (!(*text >= 'a' && *text <= 'z') && !(*text >= 'A' && *text <= 'Z') &&
            !(*text >= '0' && *text <= '9') && !strchr("_-./", *text))
            return false;
    return true;
}

void spec_print_yaml_text(struct weir_buf *out, const char *text) {
    if (plain_is_safe(text)) {
        weir_buf_puts(out, text);
        return;
    }
    weir_buf_putc(out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            weir_buf_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            weir_buf_printf(out, "\\x%02x", c);
        else
            weir_buf_putc(out, (char)c);
    }
    weir_buf_putc(out, '"');
}

int spec_strings_add(struct weir_strings *strings, const char *text) {
    char **items = realloc(strings->item, (strings->len + 1) * sizeof *items);
    if (!items)
        return WEIR_ENOMEM;
    strings->item = items;
    if (!(items[strings->len] = strdup(text)))
        return WEIR_ENOMEM;
    strings->len++;
    return 0;
}

void spec_strings_done(struct weir_strings *strings) {
    for (size_t i = 0; i < strings->len; i++)
        free(strings->item[i]);
    free(strings->item);
    *strings = (struct weir_strings){0};
}

bool spec_name_ok(const char *name) {
    if (*name == '.' || *name == '-' || strlen(name) > 100)
        return false;
    const char *c = name;
    for (; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') && !(*c >= '0' && *c <= '9') &&
            *c != '_' && *c != '-' && *c != '.')
            return false;
    return c != name;
}
