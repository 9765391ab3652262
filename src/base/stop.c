/*
 * The stop token: an atomic flag for those who poll, and a wake for those who
 * wait on the clock. The flag is set before the clock's lock is taken (see
 * clock.c), so no waiter can miss it.
 */
#include "base/stop.h"

#include <stddef.h>

#include "base/clock.h"

void weir_stop_init(struct weir_stop *stop, struct weir_clock *clock) {
    atomic_init(&stop->requested, false);
    stop->clock = clock;
}

void weir_stop_request(struct weir_stop *stop) {
    atomic_store_explicit(&stop->requested, true, memory_order_release);
    if (stop->clock)
        weir_clock_wake(stop->clock);
}

bool weir_stop_requested(const struct weir_stop *stop) {
    return stop && atomic_load_explicit(&stop->requested, memory_order_acquire);
}
