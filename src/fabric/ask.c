/*
 * The asking side: clients, what they can see, and asks under way.
 *
 * An ask lives in a slot from the moment it is sent until two things have happened: its end was
 * told, and the service is done with it. Either may come first. While the service still has it, it
 * takes a place of the window; the reply that gives the place back finds the ask by its id, and
 * drops what it carries if the end was told already. An id is a running number and a slot, so
 * that an old one never finds a new ask.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fabric/seat.h"

struct weir_fabric_client {
    struct weir_fabric_client *next;
    struct weir_fabric *seat;
    char node[WEIR_FABRIC_NAME_MAX + 1], service[WEIR_FABRIC_NAME_MAX + 1];
    struct seen *seen; /* NULL: not offered, as far as is known */
    size_t open; /* asks whose end was not told */
};

const char *weir_fabric_how_name(enum weir_fabric_how how) {
    static const char *const names[] = {
        [WEIR_FABRIC_REPLIED] = "replied",   [WEIR_FABRIC_REFUSED] = "refused",
        [WEIR_FABRIC_CANCELED] = "canceled", [WEIR_FABRIC_TIMED_OUT] = "timed out",
        [WEIR_FABRIC_GONE] = "gone",
    };
    return (size_t)how < sizeof names / sizeof *names ? names[how] : "unknown";
}

/* ---- slots ---------------------------------------------------------------------- */

static struct ask *find(struct weir_fabric *seat, uint64_t id) {
    struct ask *ask = seat->slot[id % WEIR_FABRIC_ASKS_MAX];
    return ask && ask->id == id ? ask : NULL;
}

/* Frees it once both sides are done with it. */
static void reap(struct weir_fabric *seat, struct ask *ask) {
    if (!ask->told || ask->owed)
        return;
    uint16_t slot = (uint16_t)(ask->id % WEIR_FABRIC_ASKS_MAX);
    seat->slot[slot] = NULL;
    seat->idle[seat->idle_len++] = slot;
    free(ask);
}

/* The service is done with it, or never got it. */
static void give_place_back(struct weir_fabric *seat, struct ask *ask) {
    if (!ask->owed)
        return;
    ask->owed = false;
    ask->seen->under_way--;
    seat->stats.under_way--;
}

static void end(struct weir_fabric *seat, struct ask *ask, enum weir_fabric_how how, int code) {
    ask->ended = true;
    ask->how = how;
    ask->code = code;
    ask->next = NULL;
    if (!seat->ended)
        seat->ended_end = &seat->ended;
    *seat->ended_end = ask;
    seat->ended_end = &ask->next;
}

/* Ends it before its reply. */
static void end_early(struct weir_fabric *seat, struct ask *ask, enum weir_fabric_how how,
                      int code) {
    const struct head cancel = {.kind = FRAME_CANCEL, .id = ask->id};
    if (link_take_back(ask->seen->link, ask->id))
        give_place_back(seat, ask);
    else
        link_send(ask->seen->link, &cancel, NULL, NULL, true); /* at best: it ends without, too */
    end(seat, ask, how, code);
}

/* ---- telling ---------------------------------------------------------------------- */

static void count(struct weir_fabric_stats *stats, enum weir_fabric_how how) {
    uint64_t *const counts[] = {
        [WEIR_FABRIC_REPLIED] = &stats->replied,   [WEIR_FABRIC_REFUSED] = &stats->refused,
        [WEIR_FABRIC_CANCELED] = &stats->canceled, [WEIR_FABRIC_TIMED_OUT] = &stats->timed_out,
        [WEIR_FABRIC_GONE] = &stats->gone,
    };
    ++*counts[how];
}

/* With the lock, which is given up for the call. */
static void tell(struct weir_fabric *seat, struct ask *ask, struct arrival *reply) {
    struct weir_fabric_end told = {.id = ask->id, .how = ask->how, .code = ask->code};
    if (reply && ask->how == WEIR_FABRIC_REPLIED) {
        told.message = reply->message;
        told.message_len = reply->head.message_len;
        told.payload = reply->payload;
        reply->payload = NULL;
    }
    count(&seat->stats, ask->how);
    seat_unlock(seat);
    ask->done(ask->user, &told);
    weir_fabric_payload_free(told.payload);
    seat_lock(seat);
    ask->told = true;
    ask->client->open--;
    ask->client = NULL;
    pthread_cond_broadcast(&seat->called);
    reap(seat, ask);
}

void asks_tell(struct weir_fabric *seat) {
    seat_lock(seat);
    while (seat->ended) {
        struct ask *ask = seat->ended;
        seat->ended = ask->next;
        tell(seat, ask, NULL);
    }
    seat_unlock(seat);
}

void asks_hear_reply(struct link *link, struct arrival *arrival) {
    struct weir_fabric *seat = link->seat;
    const int64_t value = arrival->head.value;
    seat_lock(seat);
    struct ask *ask = find(seat, arrival->head.id);
    const bool ours = ask && ask->owed && ask->seen->link == link;
    if (ours) {
        give_place_back(seat, ask);
        if (ask->ended) {
            seat->stats.late++;
            reap(seat, ask);
        } else {
            ask->ended = true;
            ask->code = arrival->code                 ? arrival->code
                        : value <= 0 && value > -1000 ? (int)value
                                                      : WEIR_ECORRUPT;
            ask->how = ask->code ? WEIR_FABRIC_REFUSED : WEIR_FABRIC_REPLIED;
            tell(seat, ask, arrival);
        }
    }
    seat_unlock(seat);
    if (!ours)
        seat_trouble(seat, link->node, true, "a reply that nobody waits for: dropped");
    else if (arrival->code)
        seat_trouble(seat, link->node, arrival->code == WEIR_ECORRUPT,
                     "a reply's payload could not be taken: refused");
}

/* ---- what can be seen ---------------------------------------------------------------- */

static bool is_of(const struct weir_fabric_client *client, const struct seen *seen) {
    return strcmp(client->service, seen->name) == 0 && strcmp(client->node, seen->link->node) == 0;
}

/* Clients of its name ask this one from now on; or none, if it is not there. */
static void bind(struct weir_fabric *seat, struct seen *seen) {
    for (struct weir_fabric_client *c = seat->clients; c; c = c->next)
        if (is_of(c, seen) && (seen->there || c->seen == seen))
            c->seen = seen->there ? seen : NULL;
}

static void tell_seen(struct weir_fabric *seat, const struct seen *seen) {
    const struct weir_fabric_advert advert = {.node = seen->link->node,
                                              .service = seen->name,
                                              .gone = !seen->there,
                                              .window = seen->window,
                                              .data = seen->data,
                                              .len = seen->len};
    if (seat->conf.seen && !seat->closed)
        seat->conf.seen(seat->conf.user, &advert);
}

static void seen_free(struct seen *seen) {
    free(seen->data);
    free(seen);
}

static void lose(struct weir_fabric *seat, struct seen *seen) {
    seat_lock(seat);
    seen->there = false;
    bind(seat, seen);
    seat_unlock(seat);
    tell_seen(seat, seen);
}

/* Forgets those that are not there and do nothing for us any more. */
static void sweep(struct link *link) {
    for (struct seen **at = &link->seen; *at;) {
        struct seen *seen = *at;
        if (seen->there || seen->under_way) {
            at = &seen->next;
            continue;
        }
        *at = seen->next;
        link->seen_len--;
        seen_free(seen);
    }
}

static bool is_called(const struct seen *seen, const char *name, size_t len) {
    return strlen(seen->name) == len && memcmp(seen->name, name, len) == 0;
}

/* A service of that name advertises, so those before it that had its name are no more. */
static void succeed(struct link *link, const struct seen *seen) {
    for (struct seen *s = link->seen; s; s = s->next)
        if (s != seen && strcmp(s->name, seen->name) == 0)
            s->there = false;
}

static struct seen *seen_of(struct link *link, uint32_t service, const char *name, size_t len) {
    struct seen *found = NULL;
    for (struct seen *s = link->seen; s && !found; s = s->next)
        if (s->service == service)
            found = s;
    if (found || link->seen_len >= 2 * WEIR_FABRIC_SERVICES_MAX)
        return found;
    struct seen *seen = calloc(1, sizeof *seen);
    if (!seen)
        return NULL;
    seen->link = link;
    seen->service = service;
    memcpy(seen->name, name, len);
    seen->next = link->seen;
    link->seen = seen;
    link->seen_len++;
    return seen;
}

static const char *take_advert(struct link *link, const struct arrival *arrival,
                               struct seen **ret_changed) {
    const struct head *head = &arrival->head;
    const char *name = (const char *)arrival->message;
    const size_t name_len = head->name_len;
    if (name_len > head->message_len || !name_is_valid(name, name_len) || head->value < 0 ||
        head->value > WEIR_FABRIC_WINDOW_MAX)
        return "an advert that makes no sense: dropped";
    const uint8_t *data = arrival->message + name_len;
    const size_t len = head->message_len - name_len;
    struct seen *seen = seen_of(link, head->service, name, name_len);
    if (!seen)
        return "an advert too many: dropped";
    if (!is_called(seen, name, name_len))
        return "an advert under another name than before: dropped";
    if (!seen->there || seen->window != (int)head->value || seen->len != len ||
        (len && memcmp(seen->data, data, len) != 0)) {
        uint8_t *copy = malloc(len + 1);
        if (!copy)
            return "no memory for an advert: dropped";
        if (len)
            memcpy(copy, data, len);
        free(seen->data);
        seen->data = copy;
        seen->len = len;
        *ret_changed = seen;
    }
    link->heard = true;
    succeed(link, seen);
    seen->there = true;
    seen->window = (int)head->value;
    seen->heard_ns = weir_clock_now(link->seat->conf.clock);
    bind(link->seat, seen);
    seat_due(link->seat, seen->heard_ns + WEIR_FABRIC_EXPIRY_NS);
    return NULL;
}

void asks_hear_advert(struct link *link, struct arrival *arrival) {
    struct weir_fabric *seat = link->seat;
    struct seen *changed = NULL;
    seat_lock(seat);
    const char *wrong = take_advert(link, arrival, &changed);
    seat_unlock(seat);
    if (wrong)
        seat_trouble(seat, link->node, true, wrong);
    if (changed)
        tell_seen(seat, changed);
}

void asks_hear_gone(struct link *link, struct arrival *arrival) {
    for (struct seen *s = link->seen; s; s = s->next)
        if (s->service == arrival->head.service && s->there)
            lose(link->seat, s);
}

void asks_link_down(struct link *link) {
    struct weir_fabric *seat = link->seat;
    seat_lock(seat);
    for (size_t i = 0; i < WEIR_FABRIC_ASKS_MAX; i++) {
        struct ask *ask = seat->slot[i];
        if (!ask || !ask->owed || ask->seen->link != link)
            continue;
        give_place_back(seat, ask);
        ask->seen = NULL;
        if (!ask->ended)
            end(seat, ask, WEIR_FABRIC_GONE, WEIR_ECONN);
        else
            reap(seat, ask);
    }
    seat_unlock(seat);
    for (struct seen *s = link->seen; s; s = s->next)
        if (s->there)
            lose(seat, s);
    sweep(link);
}

int64_t asks_look(struct weir_fabric *seat, int64_t now_ns) {
    int64_t next_ns = WEIR_FOREVER;
    seat_lock(seat);
    for (size_t i = 0; i < WEIR_FABRIC_ASKS_MAX && seat->stats.under_way; i++) {
        struct ask *ask = seat->slot[i];
        if (!ask || ask->ended)
            continue;
        if (ask->deadline_ns <= now_ns)
            end_early(seat, ask, WEIR_FABRIC_TIMED_OUT, WEIR_ETIMEDOUT);
        else if (ask->deadline_ns < next_ns)
            next_ns = ask->deadline_ns;
    }
    seat_unlock(seat);
    for (struct link *link = seat->links; link; link = link->next) {
        for (struct seen *s = link->seen; s; s = s->next) {
            int64_t expiry_ns = s->heard_ns + WEIR_FABRIC_EXPIRY_NS;
            if (s->there && expiry_ns <= now_ns)
                lose(seat, s);
            else if (s->there && expiry_ns < next_ns)
                next_ns = expiry_ns;
        }
        seat_lock(seat);
        sweep(link);
        seat_unlock(seat);
    }
    return next_ns;
}

/* ---- asking ------------------------------------------------------------------------- */

int weir_fabric_client_new(struct weir_fabric *fabric, const char *node, const char *service,
                           struct weir_fabric_client **ret_client) {
    if (!name_is_valid(node, strlen(node)) || !name_is_valid(service, strlen(service)))
        return WEIR_EINVAL;
    struct weir_fabric_client *client = calloc(1, sizeof *client);
    if (!client)
        return WEIR_ENOMEM;
    client->seat = fabric;
    strcpy(client->node, node);
    strcpy(client->service, service);
    seat_lock(fabric);
    client->next = fabric->clients;
    fabric->clients = client;
    for (struct link *link = fabric->links; link; link = link->next)
        for (struct seen *s = link->seen; s; s = s->next)
            if (s->there && is_of(client, s))
                client->seen = s;
    seat_unlock(fabric);
    *ret_client = client;
    return 0;
}

void weir_fabric_client_free(struct weir_fabric_client *client) {
    if (!client)
        return;
    struct weir_fabric *seat = client->seat;
    assert(!pthread_equal(pthread_self(), seat->thread));
    seat_lock(seat);
    for (size_t i = 0; i < WEIR_FABRIC_ASKS_MAX && client->open; i++) {
        struct ask *ask = seat->slot[i];
        if (ask && ask->client == client && !ask->ended)
            end_early(seat, ask, WEIR_FABRIC_CANCELED, WEIR_ECANCELED);
    }
    if (client->open)
        weir_fabric_wake(seat);
    while (client->open)
        pthread_cond_wait(&seat->called, &seat->lock);
    for (struct weir_fabric_client **at = &seat->clients; *at; at = &(*at)->next)
        if (*at == client) {
            *at = client->next;
            break;
        }
    seat_unlock(seat);
    free(client);
}

/* The lock is held. */
static int send_ask(struct weir_fabric_client *client, const struct weir_fabric_ask *what,
                    uint64_t *ret_id) {
    struct weir_fabric *seat = client->seat;
    struct seen *seen = client->seen;
    if (seat->closed)
        return WEIR_ECONN;
    if (!seen)
        return WEIR_ENOENT;
    if (seen->under_way >= seen->window || !seat->idle_len ||
        seen->link->outbox.bytes > WEIR_FABRIC_UNSENT_MAX)
        return WEIR_EAGAIN;
    struct ask *ask = malloc(sizeof *ask);
    if (!ask)
        return WEIR_ENOMEM;
    const uint16_t slot = seat->idle[seat->idle_len - 1];
    *ask = (struct ask){.id = (seat->asked + 1) * WEIR_FABRIC_ASKS_MAX + slot,
                        .client = client,
                        .seen = seen,
                        .done = what->done,
                        .user = what->user,
                        .deadline_ns = weir_clock_now(seat->conf.clock) + what->timeout_ns,
                        .owed = true};
    const struct head head = {.kind = FRAME_ASK,
                              .id = ask->id,
                              .service = seen->service,
                              .value = (what->timeout_ns + 999) / 1000,
                              .message_len = (uint32_t)what->message_len};
    int rc = link_send(seen->link, &head, what->message, what->payload, true);
    if (rc) {
        free(ask);
        return rc;
    }
    seat->asked++;
    seat->idle_len--;
    seat->slot[slot] = ask;
    seat->stats.asked++;
    seat->stats.under_way++;
    seen->under_way++;
    client->open++;
    seat_due(seat, ask->deadline_ns);
    if (ret_id)
        *ret_id = ask->id;
    return 0;
}

int weir_fabric_ask(struct weir_fabric_client *client, const struct weir_fabric_ask *ask,
                    uint64_t *ret_id) {
    struct weir_fabric *seat = client->seat;
    if (!ask->done || ask->timeout_ns < 1 || ask->timeout_ns > WEIR_FABRIC_TIMEOUT_MAX_NS)
        return WEIR_EINVAL;
    if (ask->message_len > WEIR_FABRIC_MESSAGE_MAX)
        return WEIR_ERANGE;
    int rc = ask->payload ? payload_fix(ask->payload, seat->conf.inline_bytes) : 0;
    if (rc)
        return rc;
    seat_lock(seat);
    rc = send_ask(client, ask, ret_id);
    seat_unlock(seat);
    return rc;
}

int weir_fabric_cancel(struct weir_fabric *fabric, uint64_t id) {
    int rc = WEIR_ENOENT;
    seat_lock(fabric);
    struct ask *ask = find(fabric, id);
    if (ask && !ask->ended) {
        end_early(fabric, ask, WEIR_FABRIC_CANCELED, WEIR_ECANCELED);
        weir_fabric_wake(fabric);
        rc = 0;
    }
    seat_unlock(fabric);
    return rc;
}

void asks_cancel_all(struct weir_fabric *seat) {
    seat_lock(seat);
    for (size_t i = 0; i < WEIR_FABRIC_ASKS_MAX; i++) {
        struct ask *ask = seat->slot[i];
        if (ask && !ask->ended)
            end_early(seat, ask, WEIR_FABRIC_CANCELED, WEIR_ECANCELED);
    }
    seat_unlock(seat);
}

void asks_free(struct weir_fabric *seat) {
    while (seat->clients) {
        struct weir_fabric_client *client = seat->clients;
        seat->clients = client->next;
        free(client);
    }
}
