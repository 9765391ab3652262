/*
 * The door of fabric: messages between nodes. A *service* is offered under a name at a node;
 * a *client*, at the same node or another, asks it and is answered. A message is bytes that the
 * fabric does not understand, with a *payload* where there is a lot of them (a picture). Bytes
 * only: no reference crosses it, not even within one process.
 *
 *     weir_fabric_open_local(NULL, &(struct weir_fabric_conf){.node = "edge-1", .clock = clock},
 *                            &fabric, &err);
 *     weir_fabric_client_new(fabric, "core-1", "detect", &client);
 *     weir_fabric_payload_new(fabric, jpeg_len, &payload);
 *     memcpy(weir_fabric_payload_data(payload), jpeg, jpeg_len);
 *     rc = weir_fabric_ask(client, &(struct weir_fabric_ask){.message = head, .message_len = len,
 *                                                            .payload = payload, .user = frame,
 *                                                            .timeout_ns = budget_ns,
 *                                                            .done = take_reply}, NULL);
 *     if (rc) {                                    // EAGAIN: its window is full; ENOENT: not there
 *         weir_fabric_payload_free(payload);       // still ours, could be sent elsewhere
 *         go_elsewhere(frame);
 *     }                                            // else take_reply is called exactly once
 *
 *     // at core-1
 *     weir_fabric_offer(fabric, &(struct weir_fabric_offer){.name = "detect", .window = 4,
 *                                                           .handle = enqueue, .user = queue},
 *                       &service, &err);
 *     // enqueue() hands the request to a worker, which ends it in its own time:
 *     if (weir_fabric_reply(request, boxes, boxes_len, NULL))
 *         weir_fabric_refuse(request, WEIR_ENOMEM);
 *
 * What holds for every fabric:
 * - An ask that was taken ends exactly once, in one of five ways (enum weir_fabric_how), by its
 *   timeout at the latest. What comes after that is dropped; it never ends another ask.
 * - Asks of one fabric to one service arrive in the order in which they were made. Replies come in
 *   any order; each knows its ask by the id.
 * - A service grants each fabric that asks it a window: so many of its asks may be under way. One
 *   that ended early (canceled, timed out) takes its place until the service is done with it or
 *   the connection is gone: a service that stalls is not asked more, whatever the timeouts.
 * - Services are found by their adverts, which are repeated every WEIR_FABRIC_HEARTBEAT_NS and
 *   expire by the receiver's clock after WEIR_FABRIC_EXPIRY_NS. Where the medium tells that a
 *   process died, its services vanish and its asks end at once.
 * - A connection that broke is made again as soon as the node is offered again; clients stay.
 * - What a peer sends is checked before it is believed. A peer that sends rubbish loses that
 *   message, or its connection, and nobody else's.
 * - Every queue and number has a limit, below.
 *
 * Threads. A fabric has one thread of its own, "weir-fabric"; all callbacks come from it, none
 * while a lock is held. A callback may call any function here that does not say otherwise; it
 * may not block, for it holds up everything that this fabric does. All functions are for any
 * thread and never wait for a peer; those that wait for callbacks to return say so.
 *
 * Ownership: success consumes, failure leaves it with the caller. Messages, names and adverts are
 * copied.
 */
#ifndef WEIR_FABRIC_FABRIC_H
#define WEIR_FABRIC_FABRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

enum {
    WEIR_FABRIC_NAME_MAX = 48, /* characters of a node's or service's name */
    WEIR_FABRIC_MESSAGE_MAX = 64 << 10, /* bytes; what is larger is a payload */
    WEIR_FABRIC_PAYLOAD_MAX = 128 << 20, /* bytes */
    WEIR_FABRIC_ADVERT_MAX = 16 << 10, /* bytes */
    WEIR_FABRIC_WINDOW_MAX = 256, /* asks under way, of one fabric at one service */
    WEIR_FABRIC_ASKS_MAX = 4096, /* asks under way, of one fabric at all */
    WEIR_FABRIC_UNSENT_MAX = 256 << 20, /* bytes that wait for one peer to read */
    WEIR_FABRIC_SERVICES_MAX = 64, /* of one fabric */
    WEIR_FABRIC_PEERS_MAX = 256, /* connections of one fabric */
    WEIR_FABRIC_INLINE_MAX = 128 << 10, /* bytes of payload that a local fabric copies at most */
};
#define WEIR_FABRIC_HEARTBEAT_NS (500 * WEIR_NS_PER_MS)
#define WEIR_FABRIC_EXPIRY_NS (1500 * WEIR_NS_PER_MS)
#define WEIR_FABRIC_TIMEOUT_MAX_NS (3600 * WEIR_NS_PER_S)

struct weir_fabric; /* a process's (loop: a node's) seat at a fabric */
struct weir_fabric_hub; /* where loop fabrics meet */
struct weir_fabric_service; /* what is offered */
struct weir_fabric_request; /* an ask as its service sees it */
struct weir_fabric_client; /* one service at one node, there or not */
struct weir_fabric_payload; /* many bytes */

/* ---- a seat ---------------------------------------------------------------- */

/* What is offered somewhere; valid during the call. */
struct weir_fabric_advert {
    const char *node, *service;
    bool gone; /* it is not offered any more; data is the last that was heard */
    int window; /* the asks that it takes from us at a time; 0: none for now */
    const uint8_t *data; /* [len], aligned to nothing */
    size_t len;
};

struct weir_fabric_conf {
    const char *node; /* [A-Za-z0-9_-], 1 to WEIR_FABRIC_NAME_MAX */
    struct weir_clock *clock; /* borrowed; outlives fabric and requests; no thread's clock */
    /* A service appeared, said something else than before, or is gone; own services, too. May be
     * NULL. */
    void (*seen)(void *user, const struct weir_fabric_advert *advert);
    /* A peer did what no peer should, or the system refused something (out of descriptors); the
     * fabric goes on. text says what and what was done. node: "" where not known. May be NULL. */
    void (*trouble)(void *user, const char *node, const char *text);
    void *user;
    /* Local fabrics: payloads up to this many bytes are copied through the socket, larger ones
     * cross as a sealed memory file. 0: WEIR_FABRIC_INLINE_MAX, for up to there copying is
     * faster (bench/fabric.c). */
    size_t inline_bytes;
};

/* NULL: no memory. free: after the last of its fabrics; NULL allowed. */
struct weir_fabric_hub *weir_fabric_hub_new(void);
void weir_fabric_hub_free(struct weir_fabric_hub *hub);
/* A node within this process. hub is borrowed. EINVAL, ENOMEM (memory, threads, descriptors). */
int weir_fabric_open_loop(struct weir_fabric_hub *hub, const struct weir_fabric_conf *conf,
                          struct weir_fabric **ret_fabric, struct weir_error *err);
/*
 * A process among several of one user on this host, which meet in the folder dir. NULL:
 * $XDG_RUNTIME_DIR/weir, else /tmp/weir-UID. Made if it is not there, with mode 0700. EINVAL: it
 * is somebody else's, others may enter it, it is no folder, or its name is too long for a
 * socket's. ENOMEM (memory, threads, descriptors), EIO.
 */
int weir_fabric_open_local(const char *dir, const struct weir_fabric_conf *conf,
                           struct weir_fabric **ret_fabric, struct weir_error *err);

/*
 * Ends every ask as canceled, withdraws every service and waits for the callbacks to return.
 * Clients and services that still are there are freed with it. Requests that still are in
 * somebody's hands stay valid until they are ended, in vain. Not from a callback, nor while another
 * thread is in a call on this fabric. NULL allowed.
 */
void weir_fabric_close(struct weir_fabric *fabric);

/* Has the thread look at the clock: for clocks that are moved on by hand. */
void weir_fabric_wake(struct weir_fabric *fabric);

/* Since the fabric was opened, but for the last four. */
struct weir_fabric_stats {
    uint64_t asked, replied, refused, canceled, timed_out, gone; /* asks taken; ends told */
    uint64_t late; /* replies to asks that had ended */
    uint64_t served; /* requests handed to services */
    uint64_t rubbish; /* messages, and payloads, that no peer should send */
    uint64_t peers; /* connections now */
    uint64_t under_way; /* asks whose service is not done with them */
    uint64_t in_hand; /* requests that their handlers have not ended */
    uint64_t unsent_bytes; /* waiting for peers to read */
};
void weir_fabric_stats(struct weir_fabric *fabric, struct weir_fabric_stats *ret_stats);

/* ---- payloads -------------------------------------------------------------- */

/*
 * A buffer of exactly size bytes (1 to WEIR_FABRIC_PAYLOAD_MAX, else ERANGE) to be written and
 * sent over that fabric, without copying where the medium allows. Its content is undefined or
 * zero. Independent of the fabric's life. ENOMEM (memory, descriptors).
 */
int weir_fabric_payload_new(struct weir_fabric *fabric, size_t size,
                            struct weir_fabric_payload **ret_payload);
/* NULL allowed. */
void weir_fabric_payload_free(struct weir_fabric_payload *payload);
size_t weir_fabric_payload_len(const struct weir_fabric_payload *payload);
/* To write to, until it is first sent (even in vain); then, and if it was received, NULL. */
uint8_t *weir_fabric_payload_data(struct weir_fabric_payload *payload);
/* To read, aligned to 16 bytes. NULL: no memory for the mapping, possible only after it was sent
 * in vain. */
const uint8_t *weir_fabric_payload_bytes(struct weir_fabric_payload *payload);

/* ---- asking ---------------------------------------------------------------- */

/* The service need not be there yet. EINVAL (a name that cannot be one), ENOMEM. */
int weir_fabric_client_new(struct weir_fabric *fabric, const char *node, const char *service,
                           struct weir_fabric_client **ret_client);
/* Ends its asks as canceled and waits until that has been told. Not from a callback. NULL
 * allowed. */
void weir_fabric_client_free(struct weir_fabric_client *client);

enum weir_fabric_how {
    WEIR_FABRIC_REPLIED, /* code 0, with message and payload */
    WEIR_FABRIC_REFUSED, /* by the service, or on the way to it or back; code says why */
    WEIR_FABRIC_CANCELED, /* code ECANCELED */
    WEIR_FABRIC_TIMED_OUT, /* code ETIMEDOUT */
    WEIR_FABRIC_GONE, /* code ECONN: the service's process or connection; it may have been done */
};
const char *weir_fabric_how_name(enum weir_fabric_how how); /* "replied" …; static */

struct weir_fabric_end {
    uint64_t id; /* as weir_fabric_ask gave it */
    enum weir_fabric_how how;
    int code; /* REFUSED: what the service said. Or ENOENT: not offered any more; EAGAIN: more
               * than the window; ECORRUPT: the payload was not what it should be; ENOMEM: the
               * receiver had no memory or descriptor for it */
    const uint8_t *message; /* [message_len], valid during the call, aligned to nothing */
    size_t message_len;
    struct weir_fabric_payload *payload; /* NULL: none. Freed after the call; who keeps it sets
                                          * this to NULL */
};

struct weir_fabric_ask {
    const void *message; /* [message_len], 0 to WEIR_FABRIC_MESSAGE_MAX */
    size_t message_len;
    struct weir_fabric_payload *payload; /* may be NULL */
    int64_t timeout_ns; /* from now, 1 to WEIR_FABRIC_TIMEOUT_MAX_NS */
    void (*done)(void *user, struct weir_fabric_end *end); /* mandatory */
    void *user;
};

/*
 * Asks. 0: the payload is the fabric's, and done will be called, maybe before this returns.
 * *ret_id (may be NULL) is never 0 and never comes again in this fabric. Else nothing happened but
 * that the payload may now be read only, and done is not called: EAGAIN (the window or another
 * limit is full: try later or elsewhere), ENOENT (not offered, as far as is known), ECONN (the
 * connection broke just now), EINVAL (timeout, done), ERANGE (message too long), ENOMEM.
 */
int weir_fabric_ask(struct weir_fabric_client *client, const struct weir_fabric_ask *ask,
                    uint64_t *ret_id);
/* Ends an ask as canceled (done is called by the fabric's thread), and tells the service, which may
 * or may not still spare itself the work. ENOENT: it has ended already, or is no ask. */
int weir_fabric_cancel(struct weir_fabric *fabric, uint64_t id);

/* ---- serving --------------------------------------------------------------- */

struct weir_fabric_offer {
    const char *name; /* as a node's; a fabric has it once */
    int window; /* 0 to WEIR_FABRIC_WINDOW_MAX; 0: none for now */
    const void *advert; /* [advert_len], up to WEIR_FABRIC_ADVERT_MAX */
    size_t advert_len;
    /* A request came; it is the handler's, who ends it with reply or refuse, now or later, on any
     * thread. */
    void (*handle)(void *user, struct weir_fabric_request *request);
    void *user;
};

/* EINVAL, ERANGE (advert), EEXIST (the fabric has a service of that name; or, for its first,
 * another fabric serves under this node's name), ENOSPC (SERVICES_MAX), ENOMEM, EIO. Touches the
 * file system; waits for no peer. */
int weir_fabric_offer(struct weir_fabric *fabric, const struct weir_fabric_offer *offer,
                      struct weir_fabric_service **ret_service, struct weir_error *err);
/* Says something else from now on, and at once. ERANGE, ENOMEM: what was said before stays. */
int weir_fabric_advertise(struct weir_fabric_service *service, const void *data, size_t len);
/* Another window from now on. EINVAL. */
int weir_fabric_grant(struct weir_fabric_service *service, int window);
/* Offers it no more, and waits for its handler to return. Requests in hand are still to be ended.
 * Frees service. Not from a callback. NULL allowed. */
void weir_fabric_withdraw(struct weir_fabric_service *service);

/* Of a request that was not ended yet; pointers live as long as it. */
const uint8_t *weir_fabric_request_message(const struct weir_fabric_request *request,
                                           size_t *ret_len); /* aligned to 16 bytes */
struct weir_fabric_payload *weir_fabric_request_payload(const struct weir_fabric_request *request);
/* The payload becomes the caller's; NULL: none. Thread: who holds the request. */
struct weir_fabric_payload *weir_fabric_request_take_payload(struct weir_fabric_request *request);
/* Who asks. */
const char *weir_fabric_request_node(const struct weir_fabric_request *request);
/* When the asker gives up, by this fabric's clock, transport not counted: clocks of two nodes are
 * never compared. */
int64_t weir_fabric_request_deadline_ns(const struct weir_fabric_request *request);
/* Does nobody wait for it any more (canceled, timed out there, the asker is gone)? It must be ended
 * all the same. */
bool weir_fabric_request_canceled(struct weir_fabric_request *request);

/* Ends a request. 0, also where nobody waits any more: request and payload (may be NULL) are
 * consumed. Else both are still the caller's, who ends it another way: ERANGE (message), ENOMEM. */
int weir_fabric_reply(struct weir_fabric_request *request, const void *message, size_t message_len,
                      struct weir_fabric_payload *payload);
/* Ends a request without an answer; code: a WEIR_E code, which the asker is told. Never fails. */
void weir_fabric_refuse(struct weir_fabric_request *request, int code);

#endif
