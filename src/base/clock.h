/*
 * Time as an object: real monotonic time, a manual clock that a test owns, or a thread's
 * processor time.
 * All times are int64_t nanoseconds; the origin has no meaning.
 */
#ifndef WEIR_BASE_CLOCK_H
#define WEIR_BASE_CLOCK_H

#include <stdint.h>

#define WEIR_NS_PER_MS INT64_C(1000000)
#define WEIR_NS_PER_S INT64_C(1000000000)
/* "no deadline" for every wait that takes one */
#define WEIR_FOREVER INT64_MAX

struct weir_clock;
struct weir_stop;

/* CLOCK_MONOTONIC. NULL only when out of memory. */
struct weir_clock *weir_clock_monotonic_new(void);
/* Stands still until weir_clock_advance; starts at start_ns. */
struct weir_clock *weir_clock_manual_new(int64_t start_ns);
/*
 * The processor time of whichever thread asks: it goes on only while that thread runs, so
 * that what one thread's work takes is measured as if it had a core to itself. A stopwatch:
 * it cannot be waited for. NULL only when out of memory.
 */
struct weir_clock *weir_clock_thread_new(void);
void weir_clock_free(struct weir_clock *clock);

/* Any thread. */
int64_t weir_clock_now(struct weir_clock *clock);

/* Manual clocks only: moves time on and wakes those whose time has come. */
void weir_clock_advance(struct weir_clock *clock, int64_t delta_ns);

/*
 * Blocks until the clock shows due_ns (0), or until stop is requested
 * (WEIR_ECANCELED). stop may be NULL. Any thread. EUNSUPPORTED: a thread's clock.
 */
int weir_clock_wait(struct weir_clock *clock, int64_t due_ns, struct weir_stop *stop);

/* Lets every waiter look at its stop token again; weir_stop_request calls it. */
void weir_clock_wake(struct weir_clock *clock);

#endif
