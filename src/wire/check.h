/*
 * Is a message what it says it may be? The same questions are asked before one is written and after
 * one was read. The first thing that is wrong is kept, with its place; later questions
 * are passed over. Inside wire only.
 */
#ifndef WEIR_WIRE_CHECK_H
#define WEIR_WIRE_CHECK_H

#include "wire/wire.h"

struct wire_check {
    int code; /* of what is wrong: EINVAL where it was to be written, else ECORRUPT */
    const char *message; /* "work_reply" */
    const char *list; /* "boxes", while one of its members is looked at; else NULL */
    size_t index; /* which one */
    int rc; /* 0 so far */
    struct weir_error *err;
};

/* Something is wrong with a field: fmt says what was found, and what is allowed. */
void wire_check_fail(struct wire_check *check, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

void wire_check_int(struct wire_check *check, const char *field, int64_t found, int64_t min,
                    int64_t max);
void wire_check_float(struct wire_check *check, const char *field, float found, float min,
                      float max);
/* Each of them 0 – WEIR_WIRE_MAX_US; 1 – WEIR_WIRE_MAX_SIDE. */
void wire_check_us(struct wire_check *check, const char *field, int64_t found);
void wire_check_side(struct wire_check *check, const char *field, int found);
/* A list of so many members, which is there if there are any. */
void wire_check_list(struct wire_check *check, const char *field, const void *list, size_t len,
                     size_t max);
/* As wire.h has them; NULL is none. */
void wire_check_name(struct wire_check *check, const char *field, const char *found);
void wire_check_word(struct wire_check *check, const char *field, const char *found);
void wire_check_text(struct wire_check *check, const char *field, const char *found);
/* A list of words. */
void wire_check_words(struct wire_check *check, const char *field, const char *const *word,
                      size_t len, size_t max);

#endif
