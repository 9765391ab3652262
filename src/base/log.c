/*
 * The logger. A line is built on the caller's stack, then written with one call
 * under the lock, so that lines of different threads never mix. Newlines and
 * other control characters in fields are escaped: one event is one line, and a
 * camera's text cannot steer the terminal. The level is read without the lock.
 */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/err.h"

static const char *const level_names[] = {
    [WEIR_LOG_ERROR] = "error", [WEIR_LOG_WARN] = "warn",   [WEIR_LOG_INFO] = "info",
    [WEIR_LOG_DEBUG] = "debug", [WEIR_LOG_TRACE] = "trace",
};
enum { LEVELS = sizeof level_names / sizeof level_names[0] };

static struct {
    atomic_int level;
    pthread_mutex_t lock; /* the line on its way out, and the hooks */
    void (*before)(void);
    void (*after)(void);
} logger = {.level = WEIR_LOG_WARN, .lock = PTHREAD_MUTEX_INITIALIZER};

void weir_log_set_level(enum weir_log_level level) {
    atomic_store_explicit(&logger.level, (int)level, memory_order_relaxed);
}

enum weir_log_level weir_log_level(void) {
    return (enum weir_log_level)atomic_load_explicit(&logger.level, memory_order_relaxed);
}

int weir_log_level_parse(const char *name, enum weir_log_level *ret_level) {
    for (int i = 0; name && i < LEVELS; i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *ret_level = (enum weir_log_level)i;
            return 0;
        }
    }
    return WEIR_EINVAL;
}

void weir_log_set_hooks(void (*before)(void), void (*after)(void)) {
    pthread_mutex_lock(&logger.lock);
    logger.before = before;
    logger.after = after;
    pthread_mutex_unlock(&logger.lock);
}

/* Copies text without control characters; returns the new length. */
static size_t add_clean(char *line, size_t size, size_t len, const char *text) {
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool control = c < 0x20 || c == 0x7F;
        if (len + (control ? 4 : 1) >= size)
            break;
        if (!control)
            line[len++] = (char)c;
        else if (c == '\n' || c == '\t')
            len += (size_t)snprintf(line + len, size - len, "\\%c", c == '\n' ? 'n' : 't');
        else
            len += (size_t)snprintf(line + len, size - len, "\\x%02x", c);
    }
    return len;
}

void weir_log(enum weir_log_level level, const char *topic, const char *fmt, ...) {
    if (level > weir_log_level() || (unsigned)level >= LEVELS)
        return;

    char fields[2048];
    va_list args;
    va_start(args, fmt);
    int wanted = vsnprintf(fields, sizeof fields, fmt, args);
    va_end(args);
    if (wanted < 0)
        return;

    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);

    char line[4096];
    size_t len = strftime(line, sizeof line, "time=%Y-%m-%dT%H:%M:%S", &utc);
    len += (size_t)snprintf(line + len, sizeof line - len, ".%03ldZ level=%s topic=%.64s ",
                            now.tv_nsec / 1000000, level_names[level], topic);
    const size_t room = sizeof line - 5; /* for "...\n" */
    len = add_clean(line, room, len, fields);
    if ((size_t)wanted >= sizeof fields || len + 4 >= room) {
        memcpy(line + len, "...", 3);
        len += 3;
    }
    line[len++] = '\n';

    pthread_mutex_lock(&logger.lock);
    if (logger.before)
        logger.before();
    fwrite(line, 1, len, stderr);
    fflush(stderr);
    if (logger.after)
        logger.after();
    pthread_mutex_unlock(&logger.lock);
}
