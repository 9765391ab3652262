/*
 * Error codes as words. The code, its name and its message come from one
 * X-macro; a reason for the user is built front to back: the innermost function
 * writes what it found (weir_fail), the ones around it put their place in front
 * (weir_fail_at). Both format into a local copy first, so that the old text may
 * be one of the arguments.
 */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *weir_err_name(int code) {
    switch (code) {
    case WEIR_OK:
        return "OK";
#define X(name, value, message)                                                                    \
    case WEIR_##name:                                                                              \
        return #name;
        WEIR_ERRORS(X)
#undef X
    default:
        return "EUNKNOWN";
    }
}

const char *weir_err_str(int code) {
    switch (code) {
    case WEIR_OK:
        return "no error";
#define X(name, value, message)                                                                    \
    case WEIR_##name:                                                                              \
        return message;
        WEIR_ERRORS(X)
#undef X
    default:
        return "unknown error";
    }
}

/* A text that is too long ends in "..." and never inside a UTF-8 sequence. */
static void set_text(struct weir_error *err, const char *text, size_t wanted) {
    size_t len = strlen(text);
    memcpy(err->text, text, len + 1);
    if (wanted < sizeof err->text)
        return;
    size_t cut = len - 3;
    while (cut > 0 && ((unsigned char)err->text[cut] & 0xC0) == 0x80)
        cut--;
    memcpy(err->text + cut, "...", 4);
}

int weir_fail(struct weir_error *err, int code, const char *fmt, ...) {
    if (!err)
        return code;
    char text[sizeof err->text];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    err->code = code;
    if (len < 0)
        set_text(err, weir_err_str(code), 0);
    else
        set_text(err, text, (size_t)len);
    return code;
}

int weir_fail_at(struct weir_error *err, int code, const char *fmt, ...) {
    if (!err)
        return code;
    char text[sizeof err->text];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (len < 0)
        return err->code ? err->code : code;
    if (!err->code)
        err->code = code;
    const char *reason = err->text[0] ? err->text : weir_err_str(err->code);
    size_t wanted = (size_t)len + strlen(reason);
    size_t place = strlen(text);
    snprintf(text + place, sizeof text - place, "%s", reason);
    set_text(err, text, wanted);
    return err->code;
}

int weir_err_from_errno(int sys_errno) {
    switch (sys_errno) {
    case 0:
        return WEIR_OK;
    case EINVAL:
    case EISDIR:
    case ENAMETOOLONG:
    case EBADF:
        return WEIR_EINVAL;
    case ENOMEM:
        return WEIR_ENOMEM;
    case ENOENT:
    case ENOTDIR:
    case ENODEV:
    case ENXIO:
        return WEIR_ENOENT;
    case EAGAIN:
    case EINTR:
    case EBUSY:
        return WEIR_EAGAIN;
    case ETIMEDOUT:
        return WEIR_ETIMEDOUT;
    case ENOSYS:
    case EOPNOTSUPP:
    case ENOTTY:
        return WEIR_EUNSUPPORTED;
    case EBADMSG:
    case EILSEQ:
        return WEIR_ECORRUPT;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: /* the limit of the file system or of the process: no room either */
        return WEIR_ENOSPC;
    case ECANCELED:
        return WEIR_ECANCELED;
    case ERANGE:
    case EOVERFLOW:
        return WEIR_ERANGE;
    case ECONNREFUSED:
    case ECONNRESET:
    case ECONNABORTED:
    case ENOTCONN:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EPIPE:
        return WEIR_ECONN;
    case EEXIST:
    case ENOTEMPTY:
        return WEIR_EEXIST;
    default:
        return WEIR_EIO;
    }
}
