/*
 * Taking one of the room's JSON files apart: a value is asked for with what is allowed there,
 * and all that is wrong is kept until the end, a line each. Inside profile only.
 *
 *     struct weir_reading in;
 *     rc = weir_reading_open(&in, path, "make it anew: weir …", err);
 *     double conf = weir_reading_number(&in, "conf", json_object_get(in.root, "conf"), 0, 1);
 *     …
 *     rc = weir_reading_close(&in, err);   // EINVAL with every line
 *
 * After a value that was wrong, the least allowed one is returned, so that reading goes on.
 */
#ifndef WEIR_PROFILE_READING_H
#define WEIR_PROFILE_READING_H

#include <jansson.h>
#include <stdint.h>

#include "base/base.h"

struct weir_reading {
    const char *path; /* borrowed, as remedy */
    const char *remedy;
    json_t *root; /* an object */
    struct weir_buf text; /* what is wrong: a line each */
    int wrong;
};

/* Reads at most 16 MiB. EINVAL (not JSON, no object, too large), ENOENT, EIO, ENOMEM. After a
 * failure there is nothing to close. */
int weir_reading_open(struct weir_reading *in, const char *path, const char *remedy,
                      struct weir_error *err);
/* 0; EINVAL: all that was wrong; ENOMEM. Frees either way. */
int weir_reading_close(struct weir_reading *in, struct weir_error *err);

/* "place: found X; allowed: …"; value NULL: it is missing. */
void weir_reading_unfit(struct weir_reading *in, const char *place, const json_t *value,
                        const char *allowed);

int64_t weir_reading_int(struct weir_reading *in, const char *place, const json_t *value,
                         int64_t min, int64_t max);
double weir_reading_number(struct weir_reading *in, const char *place, const json_t *value,
                           double min, double max);
/* Copies a text of 1 to size - 1 bytes; "" where it was wrong. */
void weir_reading_text(struct weir_reading *in, const char *place, const json_t *value, char *ret,
                       size_t size);
/* The length of an array of min to max values; 0 where it was wrong. */
int weir_reading_array(struct weir_reading *in, const char *place, const json_t *value, int min,
                       int max);

#endif
