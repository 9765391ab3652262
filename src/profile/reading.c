/*
 * jansson keeps no line numbers once a file is read: a place is the path to the value, as
 * "infer[3].width".
 */
#include "profile/reading.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 16 << 20, FOUND_BYTES = 40, TEXT_BYTES = 3072 };

int weir_reading_open(struct weir_reading *in, const char *path, const char *remedy,
                      struct weir_error *err) {
    char *data = NULL;
    size_t len = 0;
    json_error_t at;
    int rc = weir_file_read(path, FILE_BYTES_MAX, &data, &len, err);
    if (rc == WEIR_ERANGE)
        return weir_fail(err, WEIR_EINVAL, "%s: larger than %d MiB, so it is no such file; %s",
                         path, FILE_BYTES_MAX >> 20, remedy);
    if (rc)
        return rc;
    json_t *root = json_loadb(data, len, JSON_REJECT_DUPLICATES, &at);
    free(data);
    if (!root && json_error_code(&at) == json_error_out_of_memory)
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", path);
    if (!root)
        return weir_fail(err, WEIR_EINVAL, "%s:%d:%d: not valid JSON: %s; %s", path, at.line,
                         at.column, at.text, remedy);
    if (!json_is_object(root)) {
        json_decref(root);
        return weir_fail(err, WEIR_EINVAL, "%s: must hold one JSON object; %s", path, remedy);
    }
    *in = (struct weir_reading){.path = path, .remedy = remedy, .root = root};
    return 0;
}

int weir_reading_close(struct weir_reading *in, struct weir_error *err) {
    int rc = 0;
    if (in->text.failed)
        rc = weir_fail(err, WEIR_ENOMEM, "%s: out of memory", in->path);
    else if (in->wrong)
        rc = weir_fail(err, WEIR_EINVAL, "%s%s", weir_buf_str(&in->text), in->remedy);
    json_decref(in->root);
    weir_buf_done(&in->text);
    *in = (struct weir_reading){0};
    return rc;
}

/* A line of its own, but no more than an error's text holds with the remedy behind. */
static void keep(struct weir_reading *in, const char *place, const char *what) {
    in->wrong++;
    if (in->text.len >= TEXT_BYTES) {
        if (in->text.data[in->text.len - 2] != '.')
            weir_buf_puts(&in->text, "and more is wrong.\n");
        return;
    }
    size_t from = in->text.len;
    weir_buf_printf(&in->text, "%s: %.80s: %.200s", in->path, place, what);
    for (size_t i = from; i < in->text.len; i++) /* keys may hold what moves a cursor */
        if ((unsigned char)in->text.data[i] < ' ' || in->text.data[i] == 127)
            in->text.data[i] = '?';
    weir_buf_putc(&in->text, '\n');
}

void weir_reading_unfit(struct weir_reading *in, const char *place, const json_t *value,
                        const char *allowed) {
    char what[256], *dump = NULL;
    const char *found = "nothing";
    if (json_is_array(value))
        found = json_array_size(value) ? "a list" : "an empty list";
    else if (json_is_object(value))
        found = "an object";
    else if (value)
        found = dump =
            json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
    if (!found)
        found = "something else";
    bool cut = strlen(found) > FOUND_BYTES;
    snprintf(what, sizeof what, "found %.*s%s; allowed: %s", FOUND_BYTES, found, cut ? "…" : "",
             allowed);
    free(dump);
    keep(in, place, what);
}

int64_t weir_reading_int(struct weir_reading *in, const char *place, const json_t *value,
                         int64_t min, int64_t max) {
    int64_t n = json_integer_value(value);
    if (json_is_integer(value) && n >= min && n <= max)
        return n;
    char allowed[96];
    snprintf(allowed, sizeof allowed, "a whole number from %" PRId64 " to %" PRId64, min, max);
    weir_reading_unfit(in, place, value, allowed);
    return min;
}

double weir_reading_number(struct weir_reading *in, const char *place, const json_t *value,
                           double min, double max) {
    double n = json_number_value(value);
    if (json_is_number(value) && n >= min && n <= max)
        return n;
    char allowed[96];
    snprintf(allowed, sizeof allowed, "a number from %g to %g", min, max);
    weir_reading_unfit(in, place, value, allowed);
    return min;
}

void weir_reading_text(struct weir_reading *in, const char *place, const json_t *value, char *ret,
                       size_t size) {
    size_t len = json_string_length(value);
    ret[0] = 0;
    if (json_is_string(value) && len && len < size) {
        memcpy(ret, json_string_value(value), len + 1);
        return;
    }
    char allowed[64];
    snprintf(allowed, sizeof allowed, "a text of 1 to %zu bytes", size - 1);
    weir_reading_unfit(in, place, value, allowed);
}

int weir_reading_array(struct weir_reading *in, const char *place, const json_t *value, int min,
                       int max) {
    size_t len = json_array_size(value);
    if (json_is_array(value) && len >= (size_t)min && len <= (size_t)max)
        return (int)len;
    char allowed[64];
    snprintf(allowed, sizeof allowed,
             min == max ? "a list of %d values" : "a list of %d to %d values", min, max);
    if (json_is_array(value) && len)
        snprintf(allowed + strlen(allowed), sizeof allowed - strlen(allowed), ", not %zu", len);
    weir_reading_unfit(in, place, value, allowed);
    return 0;
}
