/*
 * The logger: one line an event on standard error, `key=value` fields, a topic
 * per file. The only static mutable state of the program; safe from any
 * thread. Rooms below `run` return errors and do not log.
 */
#ifndef WEIR_BASE_LOG_H
#define WEIR_BASE_LOG_H

enum weir_log_level {
    WEIR_LOG_ERROR,
    WEIR_LOG_WARN,
    WEIR_LOG_INFO,
    WEIR_LOG_DEBUG,
    WEIR_LOG_TRACE,
};

/* Lines above this level are not written. Default: WEIR_LOG_WARN. */
void weir_log_set_level(enum weir_log_level level);
enum weir_log_level weir_log_level(void);

/* 0 and the level for "error", "warn", "info", "debug", "trace"; else EINVAL. */
int weir_log_level_parse(const char *name, enum weir_log_level *ret_level);

/*
 * Called before and after each line is written (a progress bar takes itself
 * off the terminal and comes back). Call before the threads start; NULL for none.
 */
void weir_log_set_hooks(void (*before)(void), void (*after)(void));

/* fmt yields the fields: "stream=%s error=\"%s\"". No newline at the end. */
void weir_log(enum weir_log_level level, const char *topic, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
