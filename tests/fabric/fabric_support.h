/*
 * What tests of fabrics stand on: nodes that meet, clocks that the test owns, what came of asks,
 * and waits that end when something happens (or fail after a generous bound).
 *
 *     struct rig rig;
 *     rig_init(&rig, kind);
 *     struct node *a = rig_node(&rig, "a"), *b = rig_node(&rig, "b");
 *     struct shop shop;
 *     shop_open(&shop, b, "echo", 4, true);
 *     struct weir_fabric_client *client = client_of(a, "b", "echo");
 *     struct slip slip;
 *     assert_int_equal(ask(client, &slip, "hello", 100), 0);
 *     await_end(&slip);
 *     rig_done(&rig);
 */
#ifndef WEIR_TESTS_FABRIC_SUPPORT_H
#define WEIR_TESTS_FABRIC_SUPPORT_H

#include "support/support.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "fabric/fabric.h"

/* A fabric that is put to the test. */
struct kind {
    const char *name;
    bool local;
    size_t inline_bytes;
};

enum { NODES = 8, SEEN = 64, HELD = 600, SLIP_BYTES = 96 };

struct rig;

/* A seat, with a clock of its own that stands still. */
struct node {
    struct rig *rig;
    struct weir_fabric *fabric;
    struct weir_clock *clock;
    char name[WEIR_FABRIC_NAME_MAX + 1];
    struct {
        char node[WEIR_FABRIC_NAME_MAX + 1], service[WEIR_FABRIC_NAME_MAX + 1];
        bool there;
        int told, window;
        char data[64];
    } seen[SEEN];
    int seen_len;
    int troubles;
    char trouble[160]; /* the last one */
};

struct rig {
    const struct kind *kind;
    struct weir_fabric_hub *hub;
    char *dir;
    pthread_mutex_t lock; /* over all that callbacks write; `news` at each change */
    pthread_cond_t news;
    struct node node[NODES];
    int nodes, fds;
};

void rig_init(struct rig *rig, const struct kind *kind);
/* Closes what is open, and insists that no descriptor is left over. */
void rig_done(struct rig *rig);
struct node *rig_node(struct rig *rig, const char *name);
/* On real time, which other processes share. */
struct node *rig_node_real(struct rig *rig, const char *name);
int node_open(struct rig *rig, const char *name, struct weir_clock *clock,
              struct weir_fabric **ret_fabric, struct weir_error *err);
void node_close(struct node *node);
/* Moves its clock on, and has it look. */
void pass(struct node *node, int64_t ms);
struct weir_fabric_stats stats_of(struct node *node);
int open_fds(void);

/* Until expr, looked at under the rig's lock whenever something happened. */
#define AWAIT(rig, expr)                                                                           \
    do {                                                                                           \
        struct timespec bound_ = await_bound();                                                    \
        pthread_mutex_lock(&(rig)->lock);                                                          \
        while (!(expr))                                                                            \
            if (await_news(rig, &bound_)) {                                                        \
                pthread_mutex_unlock(&(rig)->lock);                                                \
                fail_msg("%s:%d: did not come: %s", __FILE__, __LINE__, #expr);                    \
            }                                                                                      \
        pthread_mutex_unlock(&(rig)->lock);                                                        \
    } while (0)
struct timespec await_bound(void);
/* Waits for news, or for a moment: some things are told by no callback. Nonzero: the bound. */
int await_news(struct rig *rig, const struct timespec *bound);

bool sees(struct node *node, const char *at, const char *service);
int times_told(struct node *node, const char *at, const char *service);
/* Both with the lock taken inside. */
void await_seen(struct node *node, const char *at, const char *service);
void await_lost(struct node *node, const char *at, const char *service);

/* A service. echo: answers at once, with the message, the payload's hash and the payload; else
 * holds what comes until the test has it answered. */
struct shop {
    struct rig *rig;
    struct weir_fabric_service *service;
    bool echo, with_payload;
    struct weir_fabric_request *held[HELD];
    int came, taken;
    pthread_mutex_t *gate; /* if set, the handler passes through it */
};
void shop_open(struct shop *shop, struct node *node, const char *name, int window, bool echo);
void await_came(struct shop *shop, int came);
/* The oldest that was not taken yet. */
struct weir_fabric_request *take_held(struct shop *shop);
/* Answers as an echo does, without payload. */
void answer(struct weir_fabric_request *request);
bool request_says(struct weir_fabric_request *request, const char *text);

/* What came of one ask. */
struct slip {
    struct rig *rig;
    uint64_t id, hash;
    int ends, code;
    enum weir_fabric_how how;
    size_t len, payload_len;
    char text[SLIP_BYTES]; /* of the reply's message, NUL-terminated */
    uint64_t payload_hash, told_hash; /* of the reply's payload; what the service said of ours */
};
struct weir_fabric_client *client_of(struct node *node, const char *at, const char *service);
/* Asks with a text and a payload of that many bytes (0: none) drawn from the text. */
int ask(struct node *node, struct weir_fabric_client *client, struct slip *slip, const char *text,
        size_t payload_bytes);
int ask_within(struct node *node, struct weir_fabric_client *client, struct slip *slip,
               const char *text, size_t payload_bytes, int64_t timeout_ms);
void await_end(struct slip *slip);
/* Ended once, with the reply that belongs to it. */
void assert_echoed(struct slip *slip, const char *text);
void assert_ended(struct slip *slip, enum weir_fabric_how how, int code);

uint64_t hash_of(const void *data, size_t len);
void fill(uint8_t *data, size_t len, uint64_t seed);

#endif
