/* Recorded capacity: reading it, and finding one's way in its endless repetition. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "link/capacity.h"

#define MS_MAX 86400000u /* a day */

void weir_trace_done(struct weir_trace *trace) {
    free(trace->at_ms);
    *trace = (struct weir_trace){0};
}

static int add(struct weir_trace *trace, size_t *cap, uint32_t ms) {
    if (trace->len == *cap) {
        size_t more = *cap ? 2 * *cap : 4096;
        uint32_t *grown = realloc(trace->at_ms, more * sizeof *grown);
        if (!grown)
            return WEIR_ENOMEM;
        trace->at_ms = grown;
        *cap = more;
    }
    trace->at_ms[trace->len++] = ms;
    return 0;
}

/* The number alone on a line of len characters; white space around it is allowed. */
static int read_ms(const char *line, size_t len, uint32_t *ret) {
    uint64_t ms = 0;
    size_t i = 0, digits = 0;
    while (i < len && isspace((unsigned char)line[i]))
        i++;
    for (; i < len && isdigit((unsigned char)line[i]); i++, digits++)
        if ((ms = 10 * ms + (uint64_t)(line[i] - '0')) > MS_MAX)
            return WEIR_ERANGE;
    while (i < len && isspace((unsigned char)line[i]))
        i++;
    if (!digits || i < len)
        return WEIR_EINVAL;
    *ret = (uint32_t)ms;
    return 0;
}

static int bad_line(const char *name, int line, const char *text, size_t len, int code,
                    struct weir_error *err) {
    int shown = len < 40 ? (int)len : 40;
    for (int i = 0; i < shown; i++)
        if (!isprint((unsigned char)text[i]))
            shown = i;
    return weir_fail(err, WEIR_EINVAL,
                     code == WEIR_ERANGE ? "%s:%d: found %.*s; allowed: milliseconds up to a day"
                                         : "%s:%d: found \"%.*s\"; allowed: one whole number a "
                                           "line, the millisecond at which a packet may cross",
                     name, line, shown, text);
}

int weir_trace_parse(const char *name, const char *text, size_t len, struct weir_trace *ret,
                     struct weir_error *err) {
    struct weir_trace trace = {0};
    const char *end = text + len;
    size_t cap = 0;
    int rc = 0, number = 1;
    for (const char *line = text; !rc && line < end; number++) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t size = (size_t)((stop ? stop : end) - line);
        uint32_t ms = 0;
        int code = read_ms(line, size, &ms);
        if (code)
            rc = bad_line(name, number, line, size, code, err);
        else if (trace.len && ms < trace.at_ms[trace.len - 1])
            rc = weir_fail(err, WEIR_EINVAL,
                           "%s:%d: found %u after %u; allowed: milliseconds that never go back",
                           name, number, ms, trace.at_ms[trace.len - 1]);
        else if (add(&trace, &cap, ms))
            rc = weir_fail(err, WEIR_ENOMEM, "%s: out of memory", name);
        line = stop ? stop + 1 : end;
    }
    if (!rc && !trace.len)
        rc = weir_fail(err, WEIR_EINVAL, "%s: is empty; a trace has a line for each packet", name);
    else if (!rc && !trace.at_ms[trace.len - 1])
        rc = weir_fail(err, WEIR_EINVAL,
                       "%s:%zu: ends at 0; allowed: a last line above 0, after "
                       "which the trace repeats",
                       name, trace.len);
    if (rc)
        weir_trace_done(&trace);
    else
        *ret = trace;
    return rc;
}

static int64_t period_ms(const struct weir_trace *trace) {
    return trace->at_ms[trace->len - 1];
}

double weir_trace_mean_mbit_per_s(const struct weir_trace *trace) {
    return (double)trace->len * WEIR_TRACE_PACKET * 8 / 1000 / (double)period_ms(trace);
}

int64_t link_trace_at(const struct weir_trace *trace, int64_t packet) {
    int64_t len = (int64_t)trace->len;
    int64_t round = packet / len, most = (INT64_MAX / 2 / WEIR_NS_PER_MS) / period_ms(trace) - 1;
    if (round > most) /* centuries */
        return WEIR_FOREVER;
    return (round * period_ms(trace) + trace->at_ms[packet % len]) * WEIR_NS_PER_MS;
}

int64_t link_trace_first(const struct weir_trace *trace, int64_t at_ns) {
    int64_t at_ms = (at_ns + WEIR_NS_PER_MS - 1) / WEIR_NS_PER_MS, period = period_ms(trace);
    /* The last line of a period and the first of the next may share a millisecond: begin
     * with the period that ends at or after it. */
    int64_t round = at_ms > 0 ? (at_ms - 1) / period : 0;
    uint32_t want = (uint32_t)(at_ms - round * period);
    size_t low = 0, high = trace->len - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (trace->at_ms[middle] < want)
            low = middle + 1;
        else
            high = middle;
    }
    return round * (int64_t)trace->len + (int64_t)low;
}
