/* sigwait in a thread of its own: handlers may not take locks, threads may. */
#include "cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include "base/base.h"

enum { ABORTED = 128 + SIGINT };

static void signals(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
}

static void *wait_thread(void *arg) {
    struct cli_interrupt *interrupt = arg;
    sigset_t set;
    int number;

    signals(&set);
    if (sigwait(&set, &number))
        return NULL;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_mutex_lock(&interrupt->lock);
    if (!interrupt->first)
        _exit(ABORTED);
    interrupt->first(interrupt->arg);
    pthread_mutex_unlock(&interrupt->lock);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    sigwait(&set, &number);
    _exit(ABORTED);
}

int cli_interrupt_start(struct cli_interrupt *interrupt, void (*first)(void *arg), void *arg) {
    sigset_t set, before;

    interrupt->first = first;
    interrupt->arg = arg;
    signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    pthread_mutex_init(&interrupt->lock, NULL);
    if (pthread_create(&interrupt->thread, NULL, wait_thread, interrupt)) {
        pthread_mutex_destroy(&interrupt->lock);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        return WEIR_ENOMEM;
    }
    return 0;
}

void cli_interrupt_handle(struct cli_interrupt *interrupt, void (*first)(void *arg), void *arg) {
    pthread_mutex_lock(&interrupt->lock);
    interrupt->first = first;
    interrupt->arg = arg;
    pthread_mutex_unlock(&interrupt->lock);
}

void cli_interrupt_end(struct cli_interrupt *interrupt) {
    pthread_cancel(interrupt->thread);
    pthread_join(interrupt->thread, NULL);
    pthread_mutex_destroy(&interrupt->lock);
}
