#include "sched/options.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 512, WHOLE_MOST = 1000000 };

static int whole_of(const char *text) {
    char *end;
    long v = strtol(text, &end, 10);
    return isdigit((unsigned char)*text) && !*end && v <= WHOLE_MOST ? (int)v : -1;
}

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

static bool set(const struct weir_site_view *site, const struct option_row *row,
                const char *value) {
    double number;
    if (row->number) {
        if (!number_of(value, &number) || !(number >= row->least && number <= row->most))
            return false;
        *row->number = number;
        return true;
    }
    int whole = row->index ? row->index(site, value) : whole_of(value);
    if (whole < 0)
        return false;
    *row->whole = whole;
    return true;
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
        if (!set(site, &rows[i], value ? value : "")) {
            snprintf(ret_reason, WEIR_REASON_MAX, "%s is \"%.60s\"; allowed: %s", pair,
                     value ? value : "", rows[i].allowed);
            return -1;
        }
    }
    return 0;
}

int options_read_share(const struct weir_site_view *site, const char *options, const char *key,
                       double *share, char *ret_reason) {
    const struct option_row row = {key, "0.05 to 1, of the deadline", .number = share,
                                   .least = 0.05, .most = 1};
    return options_read(site, options, &row, 1, ret_reason);
}
