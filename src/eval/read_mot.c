/*
 * MOT Challenge text: frame,id,left,top,width,height,score[,…] a line, frames
 * from 1, and pixels too: both are made to count from 0. Ground truth of 2016 and later has nine
 * columns, of which the seventh is a flag (0: counts for nothing), then class and visibility;
 * results and the truth of 2015 have ten (three world coordinates, unused). Six suffice.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/read.h"

enum { COLUMNS_MIN = 6, COLUMNS_MAX = 10 };

/* Splits a line into numbers; returns how many, or -1 - column where one is none. */
static int split(const char *at, const char *end, double *v) {
    int n = 0;
    for (;;) {
        char *after = NULL;
        if (n == COLUMNS_MAX)
            return -1 - n;
        v[n] = strtod(at, &after);
        /* strtod skips white space, newlines included */
        if (after == at || after > end)
            return -1 - n;
        n++;
        at = after;
        while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
            at++;
        if (at == end)
            return n;
        if (*at != ',')
            return -1 - n;
        at++;
    }
}

static bool whole(double v, double least, double most) {
    return v >= least && v <= most && v == floor(v);
}

static int read_line(const char *name, int line, const char *at, const char *end, double *v,
                     int *ret_n, struct weir_error *err) {
    int n = split(at, end, v);
    if (n < 0)
        return weir_fail(err, WEIR_ECORRUPT,
                         "%s:%d: column %d: must be a number; a line is "
                         "frame,id,left,top,width,height,score,…",
                         name, line, -n);
    if (n < COLUMNS_MIN)
        return weir_fail(err, WEIR_ECORRUPT,
                         "%s:%d: found %d columns, at least 6 are needed: "
                         "frame,id,left,top,width,height",
                         name, line, n);
    if (!whole(v[0], 1, 1e15))
        return weir_fail(err, WEIR_ECORRUPT,
                         "%s:%d: column 1: the frame must be a whole number from 1", name, line);
    if (!whole(v[1], -1, 1e15))
        return weir_fail(err, WEIR_ECORRUPT,
                         "%s:%d: column 2: the track id must be a whole number, -1 for none", name,
                         line);
    *ret_n = n;
    return 0;
}

/* Frames may come in any order; they are numbered by a first pass over the lines. */
static int read_pass(const char *name, const char *text, size_t len, double *frames,
                     size_t *frames_len, const struct weir_id_index *ids, struct weir_dataset *ret,
                     struct weir_error *err) {
    int rc = 0, line = 0;
    for (const char *at = text, *end = text + len; !rc && at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        double v[COLUMNS_MAX] = {0};
        int n = 0;
        line++;
        if (strspn(at, " \t\r") < (size_t)(stop - at)) {
            rc = read_line(name, line, at, stop, v, &n, err);
            if (!rc && frames)
                frames[(*frames_len)++] = v[0];
            size_t image = 0;
            if (!rc && ids && weir_id_index_find(ids, (int64_t)v[0] - 1, &image)) {
                struct weir_eval_box box = {
                    .x = v[2] - 1,
                    .y = v[3] - 1,
                    .w = v[4],
                    .h = v[5],
                    .area = v[4] * v[5],
                    .score = n > 6 ? v[6] : 1,
                    .track_id = (int64_t)v[1],
                    .ignore = n == 9 && v[6] == 0,
                    .visibility = n == 9 ? weir_eval_stated_visibility(v[8]) : 0,
                };
                if (!weir_eval_box_valid(&box))
                    rc = weir_fail(err, WEIR_ECORRUPT,
                                   "%s:%d: columns 3 to 7: must be finite, width and height not "
                                   "negative",
                                   name, line);
                else
                    rc = weir_dataset_add_box(ret, image, &box);
            }
        }
        at = stop + 1;
    }
    return rc;
}

static int by_number(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int weir_read_mot(const char *name, const char *text, size_t len, struct weir_dataset *ret,
                  struct weir_error *err) {
    struct weir_id_index ids = {0};
    int64_t twice = 0;
    size_t lines = 1, frames_len = 0;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    double *frames = malloc(lines * sizeof *frames);
    int rc = frames ? 0 : WEIR_ENOMEM;
    ret->format = WEIR_DATASET_MOT;
    if (!rc)
        rc = weir_dataset_add_category(ret, 0, NULL, NULL);
    if (!rc)
        rc = read_pass(name, text, len, frames, &frames_len, NULL, ret, err);
    if (!rc && frames_len)
        qsort(frames, frames_len, sizeof *frames, by_number);
    for (size_t i = 0; !rc && i < frames_len; i++)
        if (!i || frames[i] != frames[i - 1])
            rc = weir_dataset_add_image(ret, (int64_t)frames[i] - 1, NULL, NULL);
    if (!rc)
        rc = weir_id_index_images(ret, &ids, &twice);
    if (!rc)
        rc = read_pass(name, text, len, NULL, NULL, &ids, ret, err);
    weir_id_index_done(&ids);
    free(frames);
    return rc;
}
