/*
 * Ctrl-C and SIGTERM, as a thread that waits for them: the first asks to
 * finish, the second ends the process at once. Where nobody is there to ask yet,
 * while a model loads, the first already ends it.
 */
#ifndef WEIR_CLI_INTERRUPT_H
#define WEIR_CLI_INTERRUPT_H

#include <pthread.h>

struct cli_interrupt {
    pthread_mutex_t lock; /* first and arg; held while first is called */
    void (*first)(void *arg); /* called in the thread; NULL: nobody to ask */
    void *arg;
    pthread_t thread;
};

/*
 * Call before other threads start, those of a model that is loaded included: they
 * inherit the blocked signals, and a signal would end the process through any that
 * did not. first may be NULL. 0 or ENOMEM.
 */
int cli_interrupt_start(struct cli_interrupt *interrupt, void (*first)(void *arg), void *arg);
/* From now on the first signal calls first(arg), or, where first is NULL, ends the process.
 * Waits for a call under way: arg may go afterwards. */
void cli_interrupt_handle(struct cli_interrupt *interrupt, void (*first)(void *arg), void *arg);
/* The signals stay blocked. */
void cli_interrupt_end(struct cli_interrupt *interrupt);

#endif
