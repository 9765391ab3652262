/*
 * A request to stop, seen by everybody who holds the token: polled (libav's
 * interrupt callbacks) or woken (waits on a clock). Once requested it stays so.
 */
#ifndef WEIR_BASE_STOP_H
#define WEIR_BASE_STOP_H

#include <stdatomic.h>
#include <stdbool.h>

struct weir_clock;

struct weir_stop {
    atomic_bool requested;
    struct weir_clock *clock; /* whose waiters are woken; may be NULL */
};

void weir_stop_init(struct weir_stop *stop, struct weir_clock *clock);
/* Any thread; not from a signal handler (it takes a lock). */
void weir_stop_request(struct weir_stop *stop);
/* Any thread, never blocks; false for NULL. */
bool weir_stop_requested(const struct weir_stop *stop);

#endif
