/*
 * What a fabric is made of, inside. One *seat* (struct weir_fabric) holds what all fabrics have
 * in common: who is offered what, which asks are under way, who waits for what, the time. Below
 * it a *medium* carries frames over links and tells when a link comes or goes; that is all that
 * loop.c and local.c do, and all that another medium has to.
 *
 * A link has two ends. The *asker* made the connection; asks go from it to the *server*, which
 * sends adverts and replies. Two nodes that ask each other have two links. The asker says its
 * name in a hello first.
 *
 *     asker   hello  ask  cancel          ->
 *             <-     advert  gone  reply      server
 *
 * Threads. The seat's own thread receives, keeps the time and calls back; links, and what is seen
 * of others' services, are changed by it alone. Other threads send under the seat's lock, straight
 * to the medium: a frame changes threads once, in the receiver. Locks in this order: seat, hub,
 * clock.
 */
#ifndef WEIR_FABRIC_SEAT_H
#define WEIR_FABRIC_SEAT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fabric/fabric.h"

/* ---- frames ---------------------------------------------------------------- */

enum frame_kind {
    FRAME_HELLO, /* message: the asker's node */
    FRAME_ADVERT, /* service, value: window, name_len; message: name, then data */
    FRAME_GONE, /* service: offered no more */
    FRAME_ASK, /* id, service, value: budget in microseconds; message; payload */
    FRAME_CANCEL, /* id */
    FRAME_REPLY, /* id; value: 0 with message and payload, else why it was refused */
    FRAME_KINDS,
};

enum frame_place { PLACE_NONE, PLACE_INLINE, PLACE_MEMFD, PLACES }; /* where the payload is */

/* What every frame begins with. Stays on this host: its byte order, its alignment. */
struct head {
    uint32_t magic;
    uint8_t version, kind, place, zero;
    uint64_t id;
    int64_t value;
    uint32_t service, name_len, message_len, payload_len;
};
enum { HEAD_MAGIC = 0x72696577, HEAD_VERSION = 1 };

/* A frame that came. payload is owned; code: why it is not there though it should be. */
struct arrival {
    struct head head;
    const uint8_t *message; /* [head.message_len], borrowed */
    struct weir_fabric_payload *payload;
    int code;
};

/* A frame that waits to be sent. */
struct frame {
    struct frame *next;
    struct head head;
    struct weir_fabric_payload *payload;
    uint8_t message[];
};

struct frames {
    struct frame *first, **end; /* end NULL: empty and never used */
    size_t len, bytes;
};
/* Copies the message, takes the payload. NULL: no memory, nothing was taken. */
struct frame *frame_new(const struct head *head, const void *message,
                        struct weir_fabric_payload *payload);
void frame_free(struct frame *frame);
void frames_push(struct frames *frames, struct frame *frame);
/* The caller's; NULL: empty. */
struct frame *frames_pop(struct frames *frames);
void frames_clear(struct frames *frames);

/* ---- payloads (payload.c) --------------------------------------------------- */

struct weir_fabric_payload {
    uint8_t *bytes; /* [len]; NULL: a sealed memory file that is not mapped */
    size_t len;
    int fd; /* of the memory file; -1: bytes is on the heap */
    bool fixed; /* written no more by us */
    bool sealed; /* nor, the memory file, by anybody */
};

/* In a memory file if larger than inline_bytes, else on the heap. ERANGE, ENOMEM. */
int payload_new(size_t size, size_t inline_bytes, struct weir_fabric_payload **ret_payload);
/* Takes a heap block. NULL: no memory, block stays the caller's. */
struct weir_fabric_payload *payload_of_block(uint8_t *block, size_t len);
/* Takes fd, always. ECORRUPT: it is no memory file of that length that is sealed against every
 * change. ENOMEM. */
int payload_of_fd(int fd, size_t len, struct weir_fabric_payload **ret_payload);
/* Nobody changes it from now on; what is on the heap and larger than inline_bytes moves into a
 * memory file. ENOMEM. */
int payload_fix(struct weir_fabric_payload *payload, size_t inline_bytes);

/* ---- links ------------------------------------------------------------------ */

/* A service at the other end, as its adverts tell. Under the seat's lock; changed by its thread. */
struct seen {
    struct seen *next;
    struct link *link;
    uint32_t service;
    char name[WEIR_FABRIC_NAME_MAX + 1];
    bool there; /* its adverts come */
    int window, under_way;
    int64_t heard_ns;
    uint8_t *data;
    size_t len;
};

/* One end of a connection. Made by its medium, which puts it at the beginning of its own and says
 * whose it is. */
struct link {
    struct link *next;
    struct weir_fabric *seat;
    bool asker; /* this end asks */
    bool greeted; /* a server's end: the hello came */
    bool heard; /* the asker's end: an advert came */
    bool down; /* says and hears nothing more; freed by the thread */
    bool broken; /* to be taken down by the thread */
    char node[WEIR_FABRIC_NAME_MAX + 1]; /* at the other end; "" until the hello */
    int64_t since_ns;
    struct frames outbox;
    struct seen *seen; /* the asker's end */
    size_t seen_len;
    struct weir_fabric_request *requests; /* the server's end: in hand */
};

/* ---- the medium's side ------------------------------------------------------- */

struct medium {
    /* Others can find this seat from now on. Under the lock; at most once with success. */
    int (*listen)(struct weir_fabric *seat, struct weir_error *err);
    /* Looks for nodes to connect to; the thread, without the lock. */
    void (*scan)(struct weir_fabric *seat);
    /* After each wait of the thread, without the lock. NULL: nothing to do. */
    void (*turn)(struct weir_fabric *seat);
    /* Sends or refuses the whole of it, under the lock. 0: the payload is consumed. EAGAIN: not
     * now; link_flush is called when there is room. ECONN: the other end is gone; what it had
     * sent before is still heard, then link_down is called. ENOMEM. */
    int (*send)(struct link *link, const struct head *head, const void *message,
                struct weir_fabric_payload *payload);
    /* Frees the link, which is in no list any more; the thread, under the lock. */
    void (*drop)(struct link *link);
    /* Others find it no more; the thread, before its links go down: or they would come back. */
    void (*leave)(struct weir_fabric *seat);
    /* After the last link; the thread has ended. The seat itself stays. */
    void (*close)(struct weir_fabric *seat);
};

/* Something that the thread's epoll watches. */
struct source {
    void (*ready)(struct source *source, uint32_t events); /* the thread, without the lock */
    int fd;
};
/* events: EPOLLIN …; any thread. ENOMEM, EIO. */
int seat_watch(struct weir_fabric *seat, struct source *source, uint32_t events);
int seat_watch_again(struct weir_fabric *seat, struct source *source, uint32_t events);
void seat_unwatch(struct weir_fabric *seat, struct source *source);

/* What a medium calls from the thread, without the lock. */
/* The link is in use from now on. ENOSPC: too many; it stays the medium's. node: for an asker's
 * end, else NULL. */
int link_up(struct weir_fabric *seat, struct link *link, bool asker, const char *node);
/* Ends all that goes over it; the medium drops it at the end of the turn. why: for
 * conf.trouble; NULL: it just ended. */
void link_down(struct link *link, const char *why);
void link_receive(struct link *link, struct arrival *arrival);
void link_flush(struct link *link);
/* Is there a link that asks at node? */
bool seat_asks(struct weir_fabric *seat, const char *node);
void seat_trouble(struct weir_fabric *seat, const char *node, bool rubbish, const char *text);

/* ---- the seat ---------------------------------------------------------------- */

struct ask {
    uint64_t id;
    struct weir_fabric_client *client; /* until it is told */
    struct seen *seen; /* NULL: its link is gone */
    void (*done)(void *user, struct weir_fabric_end *end);
    void *user;
    int64_t deadline_ns;
    enum weir_fabric_how how;
    int code;
    bool ended, told; /* told: done was called */
    bool owed; /* takes a place of the window until the service is done with it */
    struct ask *next; /* of those to be told */
};

struct weir_fabric {
    struct weir_ref ref; /* the opener's, and one a request in hand */
    const struct medium *medium;
    struct weir_fabric_conf conf; /* node points to ours */
    char node[WEIR_FABRIC_NAME_MAX + 1];
    pthread_t thread;
    pthread_mutex_t lock; /* all below */
    pthread_cond_t called; /* a callback returned */
    int epoll_fd;
    struct source alarm; /* an eventfd */
    atomic_bool alarmed;
    bool stop, closed, listening;
    int64_t due_ns; /* the thread looks at the time then, or before */
    int64_t beat_ns; /* the next heartbeat */

    struct link *links, *dropped;
    size_t links_len;
    bool some_broken; /* of the links */
    bool look; /* a node that had services went away: its successor may be there already */
    int looks; /* since the last heartbeat, so that one that comes and goes costs no more */

    struct weir_fabric_client *clients;
    struct ask *slot[WEIR_FABRIC_ASKS_MAX]; /* by id % ASKS_MAX */
    uint16_t idle[WEIR_FABRIC_ASKS_MAX]; /* slots never used, or free again */
    size_t idle_len;
    uint64_t asked;
    struct ask *ended, **ended_end; /* to be told */

    struct weir_fabric_service *services;
    size_t services_len;
    uint32_t services_ever;
    const struct weir_fabric_service *serving; /* whose handler is being called */

    struct weir_fabric_stats stats;
};

/* Letters, digits, '-' and '_', 1 to WEIR_FABRIC_NAME_MAX? */
bool name_is_valid(const char *name, size_t len);

/* conf is checked and copied into a seat that is all zero; starts the thread. On failure nothing is
 * left but the seat itself. */
int seat_start(struct weir_fabric *seat, const struct medium *medium,
               const struct weir_fabric_conf *conf, struct weir_error *err);
/* What conf may be; before a medium does anything of its own. EINVAL. */
int seat_check(const struct weir_fabric_conf *conf, struct weir_error *err);
void seat_lock(struct weir_fabric *seat);
void seat_unlock(struct weir_fabric *seat);
/* Under the lock: the thread is to look at the time at due_ns. */
void seat_due(struct weir_fabric *seat, int64_t due_ns);
void seat_unref(struct weir_fabric *seat);

/* Sends or queues, under the lock. 0: payload consumed. EAGAIN (only if !queue): no room now.
 * ECONN, ENOMEM. */
int link_send(struct link *link, const struct head *head, const void *message,
              struct weir_fabric_payload *payload, bool queue);
/* Has the thread take it down, whatever has not been heard yet. Under the lock. */
void link_break(struct link *link);
/* Of an ask that was not sent yet: takes it back. Under the lock. */
bool link_take_back(struct link *link, uint64_t id);

/* ---- asks (ask.c); the thread ------------------------------------------------- */

void asks_hear_advert(struct link *link, struct arrival *arrival);
void asks_hear_gone(struct link *link, struct arrival *arrival);
void asks_hear_reply(struct link *link, struct arrival *arrival);
/* The link is down: its asks end, its services are gone. */
void asks_link_down(struct link *link);
/* Ends what has timed out, lets expire what was not heard of; returns when to look again. */
int64_t asks_look(struct weir_fabric *seat, int64_t now_ns);
void asks_cancel_all(struct weir_fabric *seat);
/* Calls back for all that ended. */
void asks_tell(struct weir_fabric *seat);
void asks_free(struct weir_fabric *seat);

/* ---- services (serve.c); the thread -------------------------------------------- */

void serve_ask(struct link *link, struct arrival *arrival);
void serve_cancel(struct link *link, struct arrival *arrival);
void serve_link_down(struct link *link);
/* Tells one link, or all (NULL), of all services. Under the lock. */
void serve_advertise(struct weir_fabric *seat, struct link *link);
void serve_free(struct weir_fabric *seat);

#endif
