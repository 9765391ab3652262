/*
 * Ctrl-C and SIGTERM, as a thread that waits for them: the first asks to
 * finish, the second ends the process at once.
 */
#ifndef WEIR_CLI_INTERRUPT_H
#define WEIR_CLI_INTERRUPT_H

#include <pthread.h>

struct cli_interrupt {
    void (*first)(void *arg); /* called in the thread */
    void *arg;
    pthread_t thread;
};

/* Call before other threads start: they inherit the blocked signals. 0 or ENOMEM. */
int cli_interrupt_start(struct cli_interrupt *interrupt, void (*first)(void *arg), void *arg);
void cli_interrupt_end(struct cli_interrupt *interrupt);

#endif
