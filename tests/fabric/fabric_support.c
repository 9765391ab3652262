#include "fabric_support.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BOUND_S = 30, LOOK_MS = 5, FOREVER_MS = 3600000 };

/* ---- content -------------------------------------------------------------------- */

uint64_t hash_of(const void *data, size_t len) {
    uint64_t h = len;
    const uint8_t *at = data;
    for (; len >= 8; at += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        h = weir_hash64(h ^ word);
    }
    for (; len; at++, len--)
        h = weir_hash64(h ^ *at);
    return h;
}

void fill(uint8_t *data, size_t len, uint64_t seed) {
    struct weir_random r = {seed};
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = weir_random_bits(&r);
        memcpy(data + i, &word, len - i < 8 ? len - i : 8);
    }
}

/* ---- waiting -------------------------------------------------------------------- */

struct timespec await_bound(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += BOUND_S;
    return t;
}

int await_news(struct rig *rig, const struct timespec *bound) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    if (t.tv_sec > bound->tv_sec || (t.tv_sec == bound->tv_sec && t.tv_nsec > bound->tv_nsec))
        return ETIMEDOUT;
    t.tv_nsec += LOOK_MS * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    pthread_cond_timedwait(&rig->news, &rig->lock, &t);
    return 0;
}

static void begin(struct rig *rig) {
    pthread_mutex_lock(&rig->lock);
}

static void news(struct rig *rig) {
    pthread_cond_broadcast(&rig->news);
    pthread_mutex_unlock(&rig->lock);
}

int open_fds(void) {
    int n = 0;
    DIR *list = opendir("/proc/self/fd");
    assert_non_null(list);
    while (readdir(list))
        n++;
    closedir(list);
    return n;
}

/* ---- nodes ---------------------------------------------------------------------- */

void rig_init(struct rig *rig, const struct kind *kind) {
    *rig = (struct rig){.kind = kind};
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&rig->news, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&rig->lock, NULL);
    rig->fds = open_fds();
    rig->dir = test_scratch();
    rig->hub = weir_fabric_hub_new();
    assert_non_null(rig->hub);
}

void rig_done(struct rig *rig) {
    for (int i = 0; i < rig->nodes; i++) {
        node_close(&rig->node[i]);
        weir_clock_free(rig->node[i].clock);
    }
    weir_fabric_hub_free(rig->hub);
    test_scratch_remove(rig->dir);
    pthread_cond_destroy(&rig->news);
    pthread_mutex_destroy(&rig->lock);
    assert_int_equal(open_fds(), rig->fds);
}

static void copy(char *to, size_t size, const void *from, size_t len) {
    if (len >= size)
        len = size - 1;
    if (len)
        memcpy(to, from, len);
    to[len] = '\0';
}

static int place(const struct node *node, const char *at, const char *service) {
    for (int i = 0; i < node->seen_len; i++)
        if (strcmp(node->seen[i].node, at) == 0 && strcmp(node->seen[i].service, service) == 0)
            return i;
    return -1;
}

static void note_seen(void *user, const struct weir_fabric_advert *advert) {
    struct node *node = user;
    begin(node->rig);
    int i = place(node, advert->node, advert->service);
    if (i < 0 && node->seen_len < SEEN) {
        i = node->seen_len++;
        copy(node->seen[i].node, sizeof node->seen[i].node, advert->node, strlen(advert->node));
        copy(node->seen[i].service, sizeof node->seen[i].service, advert->service,
             strlen(advert->service));
    }
    if (i >= 0) {
        node->seen[i].there = !advert->gone;
        node->seen[i].told++;
        node->seen[i].window = advert->window;
        copy(node->seen[i].data, sizeof node->seen[i].data, advert->data, advert->len);
    }
    news(node->rig);
}

static void note_trouble(void *user, const char *at, const char *text) {
    struct node *node = user;
    begin(node->rig);
    node->troubles++;
    copy(node->trouble, sizeof node->trouble, text, strlen(text));
    news(node->rig);
}

static int open_with(struct rig *rig, const char *name, struct weir_clock *clock, struct node *node,
                     struct weir_fabric **ret, struct weir_error *err) {
    const struct weir_fabric_conf conf = {.node = name,
                                          .clock = clock,
                                          .seen = node ? note_seen : NULL,
                                          .trouble = node ? note_trouble : NULL,
                                          .user = node,
                                          .inline_bytes = rig->kind->inline_bytes};
    return rig->kind->local ? weir_fabric_open_local(rig->dir, &conf, ret, err)
                            : weir_fabric_open_loop(rig->hub, &conf, ret, err);
}

int node_open(struct rig *rig, const char *name, struct weir_clock *clock,
              struct weir_fabric **ret_fabric, struct weir_error *err) {
    return open_with(rig, name, clock, NULL, ret_fabric, err);
}

static struct node *add_node(struct rig *rig, const char *name, struct weir_clock *clock) {
    struct weir_error err = {0};
    assert_true(rig->nodes < NODES);
    assert_non_null(clock);
    struct node *node = &rig->node[rig->nodes++];
    node->rig = rig;
    node->clock = clock;
    copy(node->name, sizeof node->name, name, strlen(name));
    int rc = open_with(rig, name, node->clock, node, &node->fabric, &err);
    if (rc == WEIR_ENOMEM) /* where a test has an allocation fail, it is one */
        rc = open_with(rig, name, node->clock, node, &node->fabric, &err);
    if (rc)
        fail_msg("%s", err.text);
    return node;
}

struct node *rig_node(struct rig *rig, const char *name) {
    struct weir_clock *clock = weir_clock_manual_new(1000 * WEIR_NS_PER_S);
    return add_node(rig, name, clock ? clock : weir_clock_manual_new(1000 * WEIR_NS_PER_S));
}

struct node *rig_node_real(struct rig *rig, const char *name) {
    return add_node(rig, name, weir_clock_monotonic_new());
}

void node_close(struct node *node) {
    weir_fabric_close(node->fabric);
    node->fabric = NULL;
}

void pass(struct node *node, int64_t ms) {
    weir_clock_advance(node->clock, ms * WEIR_NS_PER_MS);
    weir_fabric_wake(node->fabric);
}

struct weir_fabric_stats stats_of(struct node *node) {
    struct weir_fabric_stats stats;
    weir_fabric_stats(node->fabric, &stats);
    return stats;
}

bool sees(struct node *node, const char *at, const char *service) {
    int i = place(node, at, service);
    return i >= 0 && node->seen[i].there;
}

int times_told(struct node *node, const char *at, const char *service) {
    begin(node->rig);
    int i = place(node, at, service), told = i < 0 ? 0 : node->seen[i].told;
    pthread_mutex_unlock(&node->rig->lock);
    return told;
}

void await_seen(struct node *node, const char *at, const char *service) {
    AWAIT(node->rig, sees(node, at, service));
}

void await_lost(struct node *node, const char *at, const char *service) {
    AWAIT(node->rig, !sees(node, at, service));
}

/* ---- services --------------------------------------------------------------------- */

/* The reply: the payload's hash, then the message. */
static int echo(struct weir_fabric_request *request, bool with_payload) {
    static _Thread_local uint8_t reply[8 + WEIR_FABRIC_MESSAGE_MAX];
    size_t len;
    const uint8_t *message = weir_fabric_request_message(request, &len);
    struct weir_fabric_payload *payload = weir_fabric_request_payload(request);
    uint64_t hash =
        payload ? hash_of(weir_fabric_payload_bytes(payload), weir_fabric_payload_len(payload)) : 0;
    if (len > WEIR_FABRIC_MESSAGE_MAX - 8)
        len = WEIR_FABRIC_MESSAGE_MAX - 8;
    memcpy(reply, &hash, 8);
    if (len)
        memcpy(reply + 8, message, len);
    payload = with_payload ? weir_fabric_request_take_payload(request) : NULL;
    return weir_fabric_reply(request, reply, 8 + len, payload);
}

void answer(struct weir_fabric_request *request) {
    assert_int_equal(echo(request, false), 0);
}

static void handle(void *user, struct weir_fabric_request *request) {
    struct shop *shop = user;
    if (shop->gate) {
        pthread_mutex_lock(shop->gate);
        pthread_mutex_unlock(shop->gate);
    }
    begin(shop->rig);
    int i = shop->came++;
    if (!shop->echo && i < HELD)
        shop->held[i] = request;
    news(shop->rig);
    if (shop->echo && echo(request, shop->with_payload))
        weir_fabric_refuse(request, WEIR_ENOMEM);
}

void shop_open(struct shop *shop, struct node *node, const char *name, int window, bool does_echo) {
    struct weir_error err = {0};
    *shop = (struct shop){.rig = node->rig, .echo = does_echo, .with_payload = true};
    const struct weir_fabric_offer offer = {.name = name,
                                            .window = window,
                                            .advert = "advert",
                                            .advert_len = 6,
                                            .handle = handle,
                                            .user = shop};
    int rc = weir_fabric_offer(node->fabric, &offer, &shop->service, &err);
    if (rc == WEIR_ENOMEM)
        rc = weir_fabric_offer(node->fabric, &offer, &shop->service, &err);
    if (rc)
        fail_msg("%s", err.text);
}

void await_came(struct shop *shop, int came) {
    AWAIT(shop->rig, shop->came >= came);
}

struct weir_fabric_request *take_held(struct shop *shop) {
    await_came(shop, shop->taken + 1);
    return shop->held[shop->taken++];
}

bool request_says(struct weir_fabric_request *request, const char *text) {
    size_t len;
    const uint8_t *message = weir_fabric_request_message(request, &len);
    return len == strlen(text) && memcmp(message, text, len) == 0;
}

/* ---- asks ------------------------------------------------------------------------- */

struct weir_fabric_client *client_of(struct node *node, const char *at, const char *service) {
    struct weir_fabric_client *client;
    int rc = weir_fabric_client_new(node->fabric, at, service, &client);
    if (rc == WEIR_ENOMEM)
        rc = weir_fabric_client_new(node->fabric, at, service, &client);
    assert_int_equal(rc, 0);
    return client;
}

static void note_end(void *user, struct weir_fabric_end *end) {
    struct slip *slip = user;
    begin(slip->rig);
    slip->ends++;
    slip->how = end->how;
    slip->code = end->code;
    slip->len = end->message_len;
    if (end->message_len >= 8) {
        memcpy(&slip->told_hash, end->message, 8);
        copy(slip->text, sizeof slip->text, end->message + 8, end->message_len - 8);
    }
    if (end->payload) {
        slip->payload_len = weir_fabric_payload_len(end->payload);
        slip->payload_hash = hash_of(weir_fabric_payload_bytes(end->payload), slip->payload_len);
    }
    news(slip->rig);
}

int ask_within(struct node *node, struct weir_fabric_client *client, struct slip *slip,
               const char *text, size_t payload_bytes, int64_t timeout_ms) {
    struct weir_fabric_payload *payload = NULL;
    *slip = (struct slip){.rig = node->rig};
    if (payload_bytes) {
        assert_int_equal(weir_fabric_payload_new(node->fabric, payload_bytes, &payload), 0);
        fill(weir_fabric_payload_data(payload), payload_bytes, hash_of(text, strlen(text)));
        slip->hash = hash_of(weir_fabric_payload_data(payload), payload_bytes);
    }
    const struct weir_fabric_ask what = {.message = text,
                                         .message_len = strlen(text),
                                         .payload = payload,
                                         .timeout_ns = timeout_ms * WEIR_NS_PER_MS,
                                         .done = note_end,
                                         .user = slip};
    uint64_t id = 0;
    int rc = weir_fabric_ask(client, &what, &id);
    slip->id = id;
    if (rc)
        weir_fabric_payload_free(payload);
    return rc;
}

int ask(struct node *node, struct weir_fabric_client *client, struct slip *slip, const char *text,
        size_t payload_bytes) {
    return ask_within(node, client, slip, text, payload_bytes, FOREVER_MS);
}

void await_end(struct slip *slip) {
    AWAIT(slip->rig, slip->ends > 0);
}

void assert_ended(struct slip *slip, enum weir_fabric_how how, int code) {
    await_end(slip);
    begin(slip->rig);
    struct slip s = *slip;
    pthread_mutex_unlock(&slip->rig->lock);
    if (s.how != how || s.code != code || s.ends != 1)
        fail_msg("%s, %s, %d times; wanted %s, %s", weir_fabric_how_name(s.how),
                 weir_err_name(s.code), s.ends, weir_fabric_how_name(how), weir_err_name(code));
}

void assert_echoed(struct slip *slip, const char *text) {
    assert_ended(slip, WEIR_FABRIC_REPLIED, 0);
    assert_int_equal(slip->len, 8 + strlen(text));
    assert_true(slip->told_hash == slip->hash);
    assert_true(strncmp(slip->text, text, sizeof slip->text - 1) == 0);
    if (slip->payload_len)
        assert_true(slip->payload_hash == slip->hash);
}
