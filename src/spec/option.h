/*
 * Options, once: one row per setting. The YAML reader, the command line, the
 * environment, `weir config --defaults` and the man page all come from this
 * table.
 */
#ifndef WEIR_SPEC_OPTION_H
#define WEIR_SPEC_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "spec/workflow.h"

enum weir_option_type {
    WEIR_OPTION_BOOL,
    WEIR_OPTION_INT,
    WEIR_OPTION_INT64,
    WEIR_OPTION_NUMBER,
    WEIR_OPTION_SIZE, /* "416" (square) or "640x384" or "auto" */
    WEIR_OPTION_ENUM,
    WEIR_OPTION_STRING,
    WEIR_OPTION_STRINGS, /* YAML list; comma-separated on the command line */
    WEIR_OPTION_INTS, /* likewise */
};

struct weir_option {
    const char *key; /* "detect.conf": YAML section and key; "strategy": a key by itself */
    const char *flag; /* "--conf"; a bool's flag takes no value; NULL: YAML and environment only */
    const char *no_flag; /* "--no-track" for a bool that is on by default; else NULL */
    enum weir_option_type type;
    size_t offset; /* into struct weir_settings */
    double min, max; /* inclusive, for numbers and both sides of a size */
    const char *const *choices; /* of an enum, NULL-terminated, in value order */
    const char *unit; /* "s", "fps", "pixels" or NULL */
    const char *fallback; /* the default, as one would write it; NULL: none. "auto" makes
                              a number take that word: -1 for NUMBER, 0 for INT */
    const char *help; /* one sentence */
};

extern const struct weir_option weir_options[];
extern const size_t weir_options_len;

/* NULL if there is none. */
const struct weir_option *weir_option_by_key(const char *key);
const struct weir_option *weir_option_by_flag(const char *flag);

/* Where the row is in the table. */
size_t weir_option_index(const struct weir_option *opt);

/* Parses text into settings. EINVAL/ERANGE with "KEY: found …; allowed …". */
int weir_option_set(const struct weir_option *opt, struct weir_settings *set, const char *text,
                    struct weir_error *err);
/* What is allowed, in words: "a number from 0 to 1". */
void weir_option_allowed(const struct weir_option *opt, struct weir_buf *out);
/* Appends the value as one would write it in YAML. */
void weir_option_print(const struct weir_option *opt, const struct weir_settings *set,
                       struct weir_buf *out);
/* A complete commented weir.yaml with every key at its default. */
void weir_options_print_defaults(struct weir_buf *out);
/* The same with streams, a model and sinks, so that it can be run as it is. */
void weir_options_print_example(struct weir_buf *out);

/* The name that word was most likely meant to be; NULL if none is near. */
const char *weir_spec_nearest(const char *word, const char *const *names, size_t len);
/* The same for few names that lie far apart: up to limit slips, fewer than the word has letters. */
const char *weir_spec_nearest_within(const char *word, const char *const *names, size_t len,
                                     size_t limit);

#endif
