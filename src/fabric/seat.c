/*
 * The seat: its thread, "weir-fabric", and its time. In each turn the thread does what is due
 * (heartbeats, timeouts, expiry), waits for the medium, for an alarm or for what is due next,
 * hears what has come, and calls back. due_ns is a lower bound that is lowered when something
 * earlier comes and worked out anew when it is reached; so a request costs no search.
 */
#include "fabric/seat.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS = 64, LOOKS = 16 };

bool name_is_valid(const char *name, size_t len) {
    if (len < 1 || len > WEIR_FABRIC_NAME_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_'))
            return false;
    }
    return true;
}

void seat_lock(struct weir_fabric *seat) {
    pthread_mutex_lock(&seat->lock);
}

void seat_unlock(struct weir_fabric *seat) {
    pthread_mutex_unlock(&seat->lock);
}

/* ---- what the thread watches ------------------------------------------------------------- */

static int control(struct weir_fabric *seat, int op, struct source *source, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = source};
    if (epoll_ctl(seat->epoll_fd, op, source->fd, &event) == 0)
        return 0;
    return errno == ENOMEM || errno == ENOSPC ? WEIR_ENOMEM : WEIR_EIO;
}

int seat_watch(struct weir_fabric *seat, struct source *source, uint32_t events) {
    return control(seat, EPOLL_CTL_ADD, source, events);
}

int seat_watch_again(struct weir_fabric *seat, struct source *source, uint32_t events) {
    return control(seat, EPOLL_CTL_MOD, source, events);
}

void seat_unwatch(struct weir_fabric *seat, struct source *source) {
    control(seat, EPOLL_CTL_DEL, source, 0);
}

void weir_fabric_wake(struct weir_fabric *fabric) {
    const uint64_t one = 1;
    if (atomic_exchange(&fabric->alarmed, true))
        return; /* it rings already */
    while (write(fabric->alarm.fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static void alarm_rang(struct source *source, uint32_t events) {
    struct weir_fabric *seat =
        (struct weir_fabric *)((char *)source - offsetof(struct weir_fabric, alarm));
    uint64_t times;
    while (read(source->fd, &times, sizeof times) < 0 && errno == EINTR)
        ;
    atomic_store(&seat->alarmed, false); /* who rings from here on is heard in the next turn */
}

void seat_due(struct weir_fabric *seat, int64_t due_ns) {
    if (due_ns >= seat->due_ns)
        return;
    seat->due_ns = due_ns;
    if (!pthread_equal(pthread_self(), seat->thread))
        weir_fabric_wake(seat);
}

void seat_trouble(struct weir_fabric *seat, const char *node, bool rubbish, const char *text) {
    seat_lock(seat);
    seat->stats.rubbish += rubbish;
    seat_unlock(seat);
    if (seat->conf.trouble)
        seat->conf.trouble(seat->conf.user, node, text);
}

bool seat_asks(struct weir_fabric *seat, const char *node) {
    for (const struct link *l = seat->links; l; l = l->next)
        if (l->asker && strcmp(l->node, node) == 0)
            return true;
    return false;
}

/* ---- the thread ---------------------------------------------------------------------------- */

static void beat(struct weir_fabric *seat, int64_t now_ns) {
    seat->medium->scan(seat);
    seat_lock(seat);
    serve_advertise(seat, NULL);
    seat->looks = 0;
    seat->beat_ns = now_ns + WEIR_FABRIC_HEARTBEAT_NS;
    seat_unlock(seat);
    /* what the system had no room for is tried again */
    for (struct link *next, *l = seat->links; l; l = next) {
        next = l->next;
        link_flush(l);
    }
}

/* A connection that does not say who it is takes the place of one that would. */
static int64_t await_hellos(struct weir_fabric *seat, int64_t now_ns) {
    int64_t next_ns = WEIR_FOREVER;
    for (struct link *next, *l = seat->links; l; l = next) {
        next = l->next;
        int64_t until_ns = l->since_ns + WEIR_FABRIC_EXPIRY_NS;
        if (l->asker || l->greeted)
            continue;
        if (until_ns <= now_ns)
            link_down(l, "no hello in time: connection closed");
        else if (until_ns < next_ns)
            next_ns = until_ns;
    }
    return next_ns;
}

static void look_at_time(struct weir_fabric *seat, int64_t now_ns) {
    seat_lock(seat);
    seat->due_ns = WEIR_FOREVER;
    const int64_t beat_ns = seat->beat_ns;
    seat_unlock(seat);
    if (beat_ns <= now_ns)
        beat(seat, now_ns);
    int64_t hello_ns = await_hellos(seat, now_ns), ask_ns = asks_look(seat, now_ns);
    seat_lock(seat);
    seat_due(seat, seat->beat_ns);
    seat_due(seat, hello_ns);
    seat_due(seat, ask_ns);
    seat_unlock(seat);
}

/* Until something is due, in whole milliseconds; false: it is the end. */
static bool what_next(struct weir_fabric *seat, int *ret_wait_ms) {
    seat_lock(seat);
    bool stop = seat->stop;
    int64_t left_ns = seat->due_ns - weir_clock_now(seat->conf.clock);
    seat_unlock(seat);
    *ret_wait_ms = left_ns <= 0 ? 0
                   : left_ns > WEIR_NS_PER_S
                       ? 1000
                       : (int)((left_ns + WEIR_NS_PER_MS - 1) / WEIR_NS_PER_MS);
    return !stop;
}

static void drop_links(struct weir_fabric *seat) {
    seat_lock(seat);
    bool broken = seat->some_broken;
    seat->some_broken = false;
    seat_unlock(seat);
    for (struct link *next, *l = broken ? seat->links : NULL; l; l = next) {
        next = l->next;
        if (l->broken)
            link_down(l, NULL);
    }
    asks_tell(seat);
    seat_lock(seat);
    const bool look = seat->look && !seat->closed && seat->looks < LOOKS;
    seat->look = false;
    seat->looks += look;
    while (seat->dropped) {
        struct link *link = seat->dropped;
        seat->dropped = link->next;
        seat->medium->drop(link);
    }
    seat_unlock(seat);
    if (look)
        seat->medium->scan(seat);
}

static void turn(struct weir_fabric *seat, int wait_ms) {
    struct epoll_event event[EVENTS];
    int n = epoll_wait(seat->epoll_fd, event, EVENTS, wait_ms);
    for (int i = 0; i < n; i++) {
        struct source *source = event[i].data.ptr;
        source->ready(source, event[i].events);
    }
    if (seat->medium->turn)
        seat->medium->turn(seat);
}

static void *run(void *arg) {
    struct weir_fabric *seat = arg;
    int wait_ms;
    while (what_next(seat, &wait_ms)) {
        if (wait_ms == 0)
            look_at_time(seat, weir_clock_now(seat->conf.clock));
        else
            turn(seat, wait_ms);
        drop_links(seat);
    }
    seat_lock(seat);
    seat->closed = true;
    seat_unlock(seat);
    seat->medium->leave(seat);
    asks_cancel_all(seat);
    asks_tell(seat);
    while (seat->links)
        link_down(seat->links, NULL);
    drop_links(seat);
    return NULL;
}

/* ---- opening and closing --------------------------------------------------------------------- */

int seat_check(const struct weir_fabric_conf *conf, struct weir_error *err) {
    if (!conf->node || !name_is_valid(conf->node, strlen(conf->node)))
        return weir_fail(err, WEIR_EINVAL,
                         "fabric: \"%.64s\" is no name for a node; allowed: 1 to %d letters, "
                         "digits, '-' and '_'",
                         conf->node ? conf->node : "", WEIR_FABRIC_NAME_MAX);
    if (!conf->clock)
        return weir_fail(err, WEIR_EINVAL, "fabric: node %s has no clock", conf->node);
    return 0;
}

/* All signals are other threads'. */
static int start_thread(struct weir_fabric *seat) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    seat_lock(seat); /* the thread begins with a look under the lock: seat->thread is set by then */
    int rc = pthread_create(&seat->thread, NULL, run, seat);
    if (!rc)
        pthread_setname_np(seat->thread, "weir-fabric");
    seat_unlock(seat);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

int seat_start(struct weir_fabric *seat, const struct medium *medium,
               const struct weir_fabric_conf *conf, struct weir_error *err) {
    weir_ref_init(&seat->ref);
    seat->medium = medium;
    seat->conf = *conf;
    snprintf(seat->node, sizeof seat->node, "%s", conf->node);
    seat->conf.node = seat->node;
    seat->idle_len = WEIR_FABRIC_ASKS_MAX;
    for (size_t i = 0; i < WEIR_FABRIC_ASKS_MAX; i++)
        seat->idle[i] = (uint16_t)(WEIR_FABRIC_ASKS_MAX - 1 - i);
    seat->alarm = (struct source){alarm_rang, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    seat->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    seat->beat_ns = seat->due_ns = weir_clock_now(conf->clock);
    pthread_mutex_init(&seat->lock, NULL);
    pthread_cond_init(&seat->called, NULL);
    if (seat->alarm.fd >= 0 && seat->epoll_fd >= 0 &&
        seat_watch(seat, &seat->alarm, EPOLLIN) == 0 && start_thread(seat) == 0)
        return 0;

    if (seat->alarm.fd >= 0)
        close(seat->alarm.fd);
    if (seat->epoll_fd >= 0)
        close(seat->epoll_fd);
    pthread_cond_destroy(&seat->called);
    pthread_mutex_destroy(&seat->lock);
    return weir_fail(err, WEIR_ENOMEM, "fabric: node %s: no descriptors, memory or threads left",
                     conf->node);
}

void seat_unref(struct weir_fabric *seat) {
    if (!weir_ref_drop(&seat->ref))
        return;
    pthread_cond_destroy(&seat->called);
    pthread_mutex_destroy(&seat->lock);
    free(seat);
}

void weir_fabric_close(struct weir_fabric *fabric) {
    if (!fabric)
        return;
    seat_lock(fabric);
    fabric->stop = true;
    seat_unlock(fabric);
    weir_fabric_wake(fabric);
    pthread_join(fabric->thread, NULL);
    fabric->medium->close(fabric);
    close(fabric->epoll_fd);
    close(fabric->alarm.fd);
    asks_free(fabric);
    serve_free(fabric);
    seat_unref(fabric);
}

void weir_fabric_stats(struct weir_fabric *fabric, struct weir_fabric_stats *ret_stats) {
    seat_lock(fabric);
    *ret_stats = fabric->stats;
    ret_stats->peers = fabric->links_len;
    for (const struct link *l = fabric->links; l; l = l->next)
        ret_stats->unsent_bytes += l->outbox.bytes;
    seat_unlock(fabric);
}
