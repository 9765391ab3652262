/*
 * Clocks. Those that can be waited for have one lock and one condition variable, on which every
 * waiter sleeps: a real waiter until its due time on CLOCK_MONOTONIC, a manual
 * one until somebody moves the time on. weir_clock_wake lets all of them look
 * again; because a stop is requested before the wake takes the lock, a waiter
 * either sees the request before it sleeps or is woken by it.
 */
#include "base/clock.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"
#include "base/stop.h"

struct weir_clock {
    bool manual, thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int64_t now_ns; /* manual only, under lock */
};

static struct weir_clock *new_clock(bool manual, int64_t start_ns) {
    struct weir_clock *clock = calloc(1, sizeof *clock);
    if (!clock)
        return NULL;
    clock->manual = manual;
    clock->now_ns = start_ns;

    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr)) {
        free(clock);
        return NULL;
    }
    int rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    if (!rc)
        rc = pthread_cond_init(&clock->changed, &attr);
    pthread_condattr_destroy(&attr);
    if (rc) {
        free(clock);
        return NULL;
    }
    if (pthread_mutex_init(&clock->lock, NULL)) {
        pthread_cond_destroy(&clock->changed);
        free(clock);
        return NULL;
    }
    return clock;
}

struct weir_clock *weir_clock_monotonic_new(void) {
    return new_clock(false, 0);
}

struct weir_clock *weir_clock_manual_new(int64_t start_ns) {
    return new_clock(true, start_ns);
}

struct weir_clock *weir_clock_thread_new(void) {
    struct weir_clock *clock = new_clock(false, 0);
    if (clock)
        clock->thread = true;
    return clock;
}

void weir_clock_free(struct weir_clock *clock) {
    if (!clock)
        return;
    pthread_cond_destroy(&clock->changed);
    pthread_mutex_destroy(&clock->lock);
    free(clock);
}

static int64_t system_now(clockid_t id) {
    struct timespec ts;
    clock_gettime(id, &ts);
    return ts.tv_sec * WEIR_NS_PER_S + ts.tv_nsec;
}

int64_t weir_clock_now(struct weir_clock *clock) {
    if (!clock->manual)
        return system_now(clock->thread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC);
    pthread_mutex_lock(&clock->lock);
    int64_t now_ns = clock->now_ns;
    pthread_mutex_unlock(&clock->lock);
    return now_ns;
}

void weir_clock_advance(struct weir_clock *clock, int64_t delta_ns) {
    assert(clock->manual && delta_ns >= 0);
    if (!clock->manual || delta_ns < 0)
        return; /* time never goes back, nor does real time obey */
    pthread_mutex_lock(&clock->lock);
    if (__builtin_add_overflow(clock->now_ns, delta_ns, &clock->now_ns))
        clock->now_ns = INT64_MAX;
    pthread_cond_broadcast(&clock->changed);
    pthread_mutex_unlock(&clock->lock);
}

void weir_clock_wake(struct weir_clock *clock) {
    pthread_mutex_lock(&clock->lock);
    pthread_cond_broadcast(&clock->changed);
    pthread_mutex_unlock(&clock->lock);
}

int weir_clock_wait(struct weir_clock *clock, int64_t due_ns, struct weir_stop *stop) {
    struct timespec due = {0};
    if (clock->thread) /* a thread that waits has no time that goes on */
        return WEIR_EUNSUPPORTED;
    if (due_ns > 0) {
        due.tv_sec = (time_t)(due_ns / WEIR_NS_PER_S);
        due.tv_nsec = (long)(due_ns % WEIR_NS_PER_S);
    }
    int rc = 0;
    pthread_mutex_lock(&clock->lock);
    for (;;) {
        if (weir_stop_requested(stop)) {
            rc = WEIR_ECANCELED;
            break;
        }
        int64_t now_ns = clock->manual ? clock->now_ns : system_now(CLOCK_MONOTONIC);
        if (due_ns != WEIR_FOREVER && now_ns >= due_ns)
            break;
        if (clock->manual || due_ns == WEIR_FOREVER)
            pthread_cond_wait(&clock->changed, &clock->lock);
        else
            pthread_cond_timedwait(&clock->changed, &clock->lock, &due);
    }
    pthread_mutex_unlock(&clock->lock);
    return rc;
}
