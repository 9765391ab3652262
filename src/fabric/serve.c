/*
 * The serving side: what is offered, and requests in their handlers' hands. A request that is in
 * hand lies in the list of its link; if the link goes first, it loses the link and is ended in
 * vain. The window is the asker's to keep; that it is kept is checked here.
 */
#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "fabric/seat.h"

struct weir_fabric_service {
    struct weir_fabric_service *next;
    struct weir_fabric *seat;
    uint32_t number; /* never used twice */
    int window, most; /* now, and ever: asks may still come that an earlier window let through */
    void (*handle)(void *user, struct weir_fabric_request *request);
    void *user;
    char name[WEIR_FABRIC_NAME_MAX + 1];
    uint8_t *text; /* [text_len]: the name, then the advert */
    size_t text_len;
};

struct weir_fabric_request {
    struct weir_fabric_request *next; /* of those in hand over the same link */
    struct weir_fabric *seat;
    struct link *link; /* NULL: nobody waits for it */
    uint64_t id;
    uint32_t service;
    char node[WEIR_FABRIC_NAME_MAX + 1];
    int64_t deadline_ns;
    bool canceled;
    struct weir_fabric_payload *payload;
    size_t message_len;
    alignas(16) uint8_t message[];
};

/* ---- what is offered ------------------------------------------------------------------ */

static void advertise(const struct weir_fabric_service *service, struct link *link) {
    const struct head head = {.kind = FRAME_ADVERT,
                              .service = service->number,
                              .value = service->window,
                              .name_len = (uint32_t)strlen(service->name),
                              .message_len = (uint32_t)service->text_len};
    if (!link->asker && link->greeted)
        link_send(link, &head, service->text, NULL,
                  false); /* where there is no room, the next will do */
}

void serve_advertise(struct weir_fabric *seat, struct link *link) {
    for (const struct weir_fabric_service *s = seat->services; s; s = s->next) {
        if (link)
            advertise(s, link);
        for (struct link *l = link ? NULL : seat->links; l; l = l->next)
            advertise(s, l);
    }
}

static void advertise_to_all(const struct weir_fabric_service *service) {
    for (struct link *l = service->seat->links; l; l = l->next)
        advertise(service, l);
}

static int make_text(const char *name, const void *data, size_t len, uint8_t **ret_text) {
    const size_t name_len = strlen(name);
    if (len > WEIR_FABRIC_ADVERT_MAX)
        return WEIR_ERANGE;
    uint8_t *text = malloc(name_len + len);
    if (!text)
        return WEIR_ENOMEM;
    memcpy(text, name, name_len);
    if (len)
        memcpy(text + name_len, data, len);
    *ret_text = text;
    return 0;
}

static void service_free(struct weir_fabric_service *service) {
    free(service->text);
    free(service);
}

/* Into the list, the lock held. */
static int add(struct weir_fabric *seat, struct weir_fabric_service *service,
               struct weir_error *err) {
    for (const struct weir_fabric_service *s = seat->services; s; s = s->next)
        if (strcmp(s->name, service->name) == 0)
            return weir_fail(err, WEIR_EEXIST, "fabric: %s offers a service %s already", seat->node,
                             s->name);
    if (seat->services_len >= WEIR_FABRIC_SERVICES_MAX)
        return weir_fail(err, WEIR_ENOSPC,
                         "fabric: %s offers %d services; that is as many as it can", seat->node,
                         WEIR_FABRIC_SERVICES_MAX);
    int rc = seat->listening ? 0 : seat->medium->listen(seat, err);
    if (rc)
        return rc;
    seat->listening = true;
    service->number = ++seat->services_ever;
    service->next = seat->services;
    seat->services = service;
    seat->services_len++;
    advertise_to_all(service);
    return 0;
}

int weir_fabric_offer(struct weir_fabric *fabric, const struct weir_fabric_offer *offer,
                      struct weir_fabric_service **ret_service, struct weir_error *err) {
    if (!offer->name || !name_is_valid(offer->name, strlen(offer->name)))
        return weir_fail(err, WEIR_EINVAL,
                         "fabric: \"%.64s\" is no name for a service; allowed: 1 to %d letters, "
                         "digits, '-' and '_'",
                         offer->name ? offer->name : "", WEIR_FABRIC_NAME_MAX);
    if (!offer->handle || offer->window < 0 || offer->window > WEIR_FABRIC_WINDOW_MAX)
        return weir_fail(err, WEIR_EINVAL,
                         "fabric: service %s has %s and a window of %d; needed: a handler and 0 to "
                         "%d",
                         offer->name, offer->handle ? "a handler" : "no handler", offer->window,
                         WEIR_FABRIC_WINDOW_MAX);
    struct weir_fabric_service *service = calloc(1, sizeof *service);
    if (!service)
        return weir_fail(err, WEIR_ENOMEM, "fabric: no memory for service %s", offer->name);
    service->seat = fabric;
    service->window = service->most = offer->window;
    service->handle = offer->handle;
    service->user = offer->user;
    strcpy(service->name, offer->name);
    service->text_len = strlen(offer->name) + offer->advert_len;
    int rc = make_text(offer->name, offer->advert, offer->advert_len, &service->text);
    if (rc) {
        weir_fail(err, rc, "fabric: the advert of service %s has %zu bytes; allowed: %d",
                  offer->name, offer->advert_len, WEIR_FABRIC_ADVERT_MAX);
    } else {
        seat_lock(fabric);
        rc = add(fabric, service, err);
        seat_unlock(fabric);
    }
    if (rc) {
        service_free(service);
        return rc;
    }
    *ret_service = service;
    return 0;
}

int weir_fabric_advertise(struct weir_fabric_service *service, const void *data, size_t len) {
    uint8_t *text;
    int rc = make_text(service->name, data, len, &text);
    if (rc)
        return rc;
    seat_lock(service->seat);
    free(service->text);
    service->text = text;
    service->text_len = strlen(service->name) + len;
    advertise_to_all(service);
    seat_unlock(service->seat);
    return 0;
}

int weir_fabric_grant(struct weir_fabric_service *service, int window) {
    if (window < 0 || window > WEIR_FABRIC_WINDOW_MAX)
        return WEIR_EINVAL;
    seat_lock(service->seat);
    service->window = window;
    if (window > service->most)
        service->most = window;
    advertise_to_all(service);
    seat_unlock(service->seat);
    return 0;
}

void weir_fabric_withdraw(struct weir_fabric_service *service) {
    if (!service)
        return;
    struct weir_fabric *seat = service->seat;
    const struct head gone = {.kind = FRAME_GONE, .service = service->number};
    assert(!pthread_equal(pthread_self(), seat->thread));
    seat_lock(seat);
    for (struct weir_fabric_service **at = &seat->services; *at; at = &(*at)->next)
        if (*at == service) {
            *at = service->next;
            seat->services_len--;
            break;
        }
    for (struct link *l = seat->links; l; l = l->next)
        if (!l->asker && l->greeted)
            link_send(l, &gone, NULL, NULL, false); /* else it expires */
    while (seat->serving == service)
        pthread_cond_wait(&seat->called, &seat->lock);
    seat_unlock(seat);
    service_free(service);
}

void serve_free(struct weir_fabric *seat) {
    while (seat->services) {
        struct weir_fabric_service *service = seat->services;
        seat->services = service->next;
        service_free(service);
    }
}

/* ---- requests come ----------------------------------------------------------------------- */

/* The lock is held. An answer that cannot be given leaves the asker with a place less for good:
 * rather it has the connection anew. */
static void send_refusal(struct link *link, uint64_t id, int code) {
    const struct head head = {.kind = FRAME_REPLY, .id = id, .value = code};
    if (link_send(link, &head, NULL, NULL, true) == WEIR_ENOMEM)
        link_break(link);
}

static struct weir_fabric_service *service_of(struct weir_fabric *seat, uint32_t number) {
    struct weir_fabric_service *service = seat->services;
    while (service && service->number != number)
        service = service->next;
    return service;
}

static int in_hand(const struct link *link, uint32_t service) {
    int n = 0;
    for (const struct weir_fabric_request *r = link->requests; r; r = r->next)
        n += r->service == service;
    return n;
}

/* The lock is held; the payload is taken on success. */
static int take(struct link *link, struct arrival *arrival, struct weir_fabric_request **ret) {
    struct weir_fabric *seat = link->seat;
    const struct head *head = &arrival->head;
    struct weir_fabric_request *request = malloc(sizeof *request + head->message_len);
    if (!request)
        return WEIR_ENOMEM;
    int64_t budget_ns = WEIR_FABRIC_TIMEOUT_MAX_NS; /* whatever the asker says */
    if (head->value < budget_ns / 1000)
        budget_ns = head->value < 0 ? 0 : head->value * 1000;
    *request =
        (struct weir_fabric_request){.next = link->requests,
                                     .seat = seat,
                                     .link = link,
                                     .id = head->id,
                                     .service = head->service,
                                     .deadline_ns = weir_clock_now(seat->conf.clock) + budget_ns,
                                     .payload = arrival->payload,
                                     .message_len = head->message_len};
    strcpy(request->node, link->node);
    if (head->message_len)
        memcpy(request->message, arrival->message, head->message_len);
    arrival->payload = NULL;
    link->requests = request;
    weir_ref_take(&seat->ref);
    seat->stats.served++;
    seat->stats.in_hand++;
    *ret = request;
    return 0;
}

void serve_ask(struct link *link, struct arrival *arrival) {
    struct weir_fabric *seat = link->seat;
    struct weir_fabric_request *request = NULL;
    const char *wrong = NULL;
    seat_lock(seat);
    struct weir_fabric_service *service = service_of(seat, arrival->head.service);
    int code = arrival->code;
    if (code) {
        wrong = "an ask's payload could not be taken: refused";
    } else if (!service) {
        code = WEIR_ENOENT;
    } else if (in_hand(link, service->number) >= service->most) {
        wrong = "an ask beyond the window: refused";
        code = WEIR_EAGAIN;
    } else {
        code = take(link, arrival, &request);
    }
    if (code) {
        send_refusal(link, arrival->head.id, code);
    } else {
        seat->serving = service;
        seat_unlock(seat);
        service->handle(service->user, request);
        seat_lock(seat);
        seat->serving = NULL;
        pthread_cond_broadcast(&seat->called);
    }
    seat_unlock(seat);
    if (wrong)
        seat_trouble(seat, link->node, code != WEIR_ENOMEM, wrong);
}

void serve_cancel(struct link *link, struct arrival *arrival) {
    seat_lock(link->seat);
    for (struct weir_fabric_request *r = link->requests; r; r = r->next)
        if (r->id == arrival->head.id)
            r->canceled = true; /* not there: its reply is on the way */
    seat_unlock(link->seat);
}

void serve_link_down(struct link *link) {
    seat_lock(link->seat);
    for (struct weir_fabric_request *r = link->requests; r; r = r->next)
        r->link = NULL;
    link->requests = NULL;
    seat_unlock(link->seat);
}

/* ---- requests in hand ----------------------------------------------------------------------- */

const uint8_t *weir_fabric_request_message(const struct weir_fabric_request *request,
                                           size_t *ret_len) {
    *ret_len = request->message_len;
    return request->message;
}

struct weir_fabric_payload *weir_fabric_request_payload(const struct weir_fabric_request *request) {
    return request->payload;
}

struct weir_fabric_payload *weir_fabric_request_take_payload(struct weir_fabric_request *request) {
    struct weir_fabric_payload *payload = request->payload;
    request->payload = NULL;
    return payload;
}

const char *weir_fabric_request_node(const struct weir_fabric_request *request) {
    return request->node;
}

int64_t weir_fabric_request_deadline_ns(const struct weir_fabric_request *request) {
    return request->deadline_ns;
}

bool weir_fabric_request_canceled(struct weir_fabric_request *request) {
    seat_lock(request->seat);
    bool canceled = request->canceled || !request->link;
    seat_unlock(request->seat);
    return canceled;
}

/* With the lock, which is given back with the request. */
static void finish(struct weir_fabric_request *request) {
    struct weir_fabric *seat = request->seat;
    struct weir_fabric_request **at = request->link ? &request->link->requests : NULL;
    for (; at && *at; at = &(*at)->next)
        if (*at == request) {
            *at = request->next;
            break;
        }
    seat->stats.in_hand--;
    seat_unlock(seat);
    weir_fabric_payload_free(request->payload);
    free(request);
    seat_unref(seat);
}

int weir_fabric_reply(struct weir_fabric_request *request, const void *message, size_t message_len,
                      struct weir_fabric_payload *payload) {
    struct weir_fabric *seat = request->seat;
    const struct head head = {
        .kind = FRAME_REPLY, .id = request->id, .message_len = (uint32_t)message_len};
    if (message_len > WEIR_FABRIC_MESSAGE_MAX)
        return WEIR_ERANGE;
    int rc = payload ? payload_fix(payload, seat->conf.inline_bytes) : 0;
    if (rc)
        return rc;
    seat_lock(seat);
    if (request->link && request->canceled)
        send_refusal(request->link, request->id, WEIR_ECANCELED); /* for the window's sake */
    else if (request->link)
        rc = link_send(request->link, &head, message, payload, true);
    if (rc == WEIR_ENOMEM) {
        seat_unlock(seat);
        return rc;
    }
    const bool sent = request->link && !request->canceled && !rc;
    finish(request);
    if (!sent)
        weir_fabric_payload_free(payload);
    return 0;
}

void weir_fabric_refuse(struct weir_fabric_request *request, int code) {
    seat_lock(request->seat);
    if (request->link)
        send_refusal(request->link, request->id, code < 0 ? code : WEIR_EINTERNAL);
    finish(request);
}
