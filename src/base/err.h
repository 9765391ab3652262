/*
 * Errors, once. Every fallible function returns 0 or a negative WEIR_E code;
 * outputs come last as ret_x and stay untouched on failure.
 *
 * A function that can fail for a reason the user must hear takes a
 * `struct weir_error *err` as its last parameter (NULL allowed) and states
 * there what was found, where, and what to do about it.
 */
#ifndef WEIR_BASE_ERR_H
#define WEIR_BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

/* X(name, value, message) */
#define WEIR_ERRORS(X)                                                                             \
    X(EINVAL, 1, "invalid argument")                                                               \
    X(ENOMEM, 2, "out of memory")                                                                  \
    X(EIO, 3, "input/output error")                                                                \
    X(ENOENT, 4, "not found")                                                                      \
    X(EAGAIN, 5, "try again later")                                                                \
    X(EEOF, 6, "end of stream")                                                                    \
    X(ETIMEDOUT, 7, "timed out")                                                                   \
    X(EUNSUPPORTED, 8, "not supported")                                                            \
    X(ECORRUPT, 9, "corrupt data")                                                                 \
    X(ENOSPC, 10, "no space left")                                                                 \
    X(ECANCELED, 11, "canceled")                                                                   \
    X(ERANGE, 12, "out of range")                                                                  \
    X(ECONN, 13, "connection failed")                                                              \
    X(EEXIST, 14, "already exists")                                                                \
    X(EMODEL, 15, "model does not fit")                                                            \
    X(EINTERNAL, 16, "internal error")

enum weir_errno {
    WEIR_OK = 0,
#define X(name, value, message) WEIR_##name = -(value),
    WEIR_ERRORS(X)
#undef X
};

/* The reason of a failure in words for the user: place, finding, remedy. */
struct weir_error {
    int code; /* the WEIR_E code, 0 while nothing failed */
    char text[4096];
};

/* Name ("ENOENT") and message of a code; never NULL, static strings. */
const char *weir_err_name(int code);
const char *weir_err_str(int code);

/*
 * Writes code and a printf-formatted reason to *err (unless err is NULL) and
 * returns code, so that `return weir_fail(err, WEIR_EINVAL, "…")` reads well.
 */
int weir_fail(struct weir_error *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Puts a printf-formatted place in front of the reason already in *err
 * ("gate: " + "cannot open …") and returns err's code, or code where err is
 * NULL or empty.
 */
int weir_fail_at(struct weir_error *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The WEIR_E code that is closest to an errno value (positive). */
int weir_err_from_errno(int sys_errno);

#endif
