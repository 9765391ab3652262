/*
 * A JSON writer onto a weir_buf: commas, escaping and nesting are its business.
 * (Reading JSON is jansson's business, where it is needed.) Text that is not
 * valid UTF-8 has its bad bytes replaced by U+FFFD; numbers that JSON cannot
 * say (NaN, infinity) are written as null.
 */
#ifndef WEIR_BASE_JSON_H
#define WEIR_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum { WEIR_JSON_DEPTH = 32 };

struct weir_json {
    struct weir_buf *out; /* borrowed */
    int depth;
    bool comma[WEIR_JSON_DEPTH];
    bool after_key;
    bool pretty; /* set after init: two spaces of indent, a line a member */
};

void weir_json_init(struct weir_json *json, struct weir_buf *out);
void weir_json_object(struct weir_json *json);
void weir_json_end_object(struct weir_json *json);
void weir_json_array(struct weir_json *json);
void weir_json_end_array(struct weir_json *json);
void weir_json_key(struct weir_json *json, const char *key);
void weir_json_str(struct weir_json *json, const char *value); /* NULL: null */
void weir_json_int(struct weir_json *json, int64_t value);
/* with that many digits after the point, trailing zeros cut */
void weir_json_num(struct weir_json *json, double value, int digits);
void weir_json_bool(struct weir_json *json, bool value);
void weir_json_null(struct weir_json *json);

/* key and value in one call */
void weir_json_key_str(struct weir_json *json, const char *key, const char *value);
void weir_json_key_int(struct weir_json *json, const char *key, int64_t value);
void weir_json_key_num(struct weir_json *json, const char *key, double value, int digits);
void weir_json_key_bool(struct weir_json *json, const char *key, bool value);

#endif
