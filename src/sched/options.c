#include "sched/options.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 512, DIGITS = 12 };

/* Digits and a point only: strtod would take "nan", "0x1" and a locale's comma, too. */
static bool number_of(const char *text, double *ret) {
    double v = 0, unit = 1;
    bool digits = false, point = false;
    for (; *text; text++) {
        if (*text == '.' && !point) {
            point = true;
            continue;
        }
        if (!isdigit((unsigned char)*text))
            return false;
        digits = true;
        v = 10 * v + (*text - '0');
        unit *= point ? 10 : 1;
    }
    *ret = v / unit;
    return digits;
}

/* The least value above another that a setting of the run has; -1: there is none. */
static int next_value(const struct weir_site_view *site, const struct option_row *row, int after) {
    int least = -1;
    for (int i = 0; i < site->settings; i++) {
        const int value = row->of(&site->setting[i]);
        if (value > after && (least < 0 || value < least))
            least = value;
    }
    return least;
}

static const char *word_of(const struct weir_site_view *site, const struct option_row *row,
                           int value, char digits[DIGITS]) {
    if (row->word)
        return row->word(site, value);
    snprintf(digits, DIGITS, "%d", value);
    return digits;
}

static bool set(const struct weir_site_view *site, const struct option_row *row, const char *text) {
    char digits[DIGITS];
    double number;
    if (row->number) {
        if (!number_of(text, &number) || !(number >= row->least && number <= row->most))
            return false;
        *row->number = number;
        return true;
    }
    for (int v = next_value(site, row, -1); v >= 0; v = next_value(site, row, v))
        if (!strcmp(word_of(site, row, v, digits), text)) {
            *row->whole = v;
            return true;
        }
    return false;
}

/* "node is "nope"; allowed: edge, core, cloud"; of many as many as there is room for. */
static int unfit(const struct weir_site_view *site, const struct option_row *row, const char *text,
                 char *ret_reason) {
    enum { ROOM = WEIR_REASON_MAX - 5 }; /* for ", …" */
    char digits[DIGITS];
    int at = snprintf(ret_reason, WEIR_REASON_MAX, "%s is \"%.60s\"; allowed: %s", row->key, text,
                      row->number ? row->allowed : "");
    int v = row->number ? -1 : next_value(site, row, -1);
    for (bool first = true; v >= 0; v = next_value(site, row, v), first = false) {
        const char *word = word_of(site, row, v, digits);
        if (at + 2 + (int)strlen(word) >= ROOM) {
            snprintf(ret_reason + at, (size_t)(WEIR_REASON_MAX - at), ", …");
            break;
        }
        at += snprintf(ret_reason + at, (size_t)(WEIR_REASON_MAX - at), "%s%s", first ? "" : ", ",
                       word);
    }
    return -1;
}

static int unknown(const char *key, const struct option_row *rows, int len, char *ret_reason) {
    int at = snprintf(ret_reason, WEIR_REASON_MAX, "unknown option \"%.60s\"; allowed: ", key);
    for (int i = 0; i < len && at < WEIR_REASON_MAX; i++)
        at += snprintf(ret_reason + at, (size_t)(WEIR_REASON_MAX - at), "%s%s", i ? ", " : "",
                       rows[i].key);
    return -1;
}

int options_read(const struct weir_site_view *site, const char *options,
                 const struct option_row *rows, int len, char *ret_reason) {
    char text[LONGEST], *rest = text, *pair;
    if (strlen(options) >= sizeof text) {
        snprintf(ret_reason, WEIR_REASON_MAX, "options are longer than %zu characters",
                 sizeof text - 1);
        return -1;
    }
    memcpy(text, options, strlen(options) + 1);
    while (*options && (pair = strsep(&rest, ","))) {
        char *value = strchr(pair, '=');
        int i = 0;
        if (value)
            *value++ = 0;
        while (i < len && strcmp(rows[i].key, pair))
            i++;
        if (i == len)
            return unknown(pair, rows, len, ret_reason);
        if (!set(site, &rows[i], value ? value : ""))
            return unfit(site, &rows[i], value ? value : "", ret_reason);
    }
    return 0;
}

int options_read_share(const struct weir_site_view *site, const char *options, const char *key,
                       double *share, char *ret_reason) {
    const struct option_row row = {key, .allowed = "0.05 to 1, of the deadline", .number = share,
                                   .least = 0.05, .most = 1};
    return options_read(site, options, &row, 1, ret_reason);
}
