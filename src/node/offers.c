/* The adverts as they came, sorted by node and service; whoever asks gets one read anew. */
#include "node/offers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct offer {
    char node[WEIR_FABRIC_NAME_MAX + 1], service[WEIR_FABRIC_NAME_MAX + 1];
    void *data;
    size_t len;
};

struct weir_offers {
    pthread_mutex_t lock;
    struct weir_clock *clock;
    struct weir_wire_gate gate;
    struct offer item[WEIR_OFFERS_MAX];
    size_t len;
};

struct weir_offers *weir_offers_new(struct weir_clock *clock) {
    struct weir_offers *o = calloc(1, sizeof *o);
    if (!o)
        return NULL;
    pthread_mutex_init(&o->lock, NULL);
    o->clock = clock;
    return o;
}

void weir_offers_free(struct weir_offers *offers) {
    if (!offers)
        return;
    for (size_t i = 0; i < offers->len; i++)
        free(offers->item[i].data);
    pthread_mutex_destroy(&offers->lock);
    free(offers);
}

static int order(const struct offer *offer, const char *node, const char *service) {
    const int by_node = strcmp(offer->node, node);
    return by_node ? by_node : strcmp(offer->service, service);
}

/* Where it is, or would be. */
static size_t find(const struct weir_offers *o, const char *node, const char *service,
                   bool *ret_there) {
    size_t at = 0;
    while (at < o->len && order(&o->item[at], node, service) < 0)
        at++;
    *ret_there = at < o->len && !order(&o->item[at], node, service);
    return at;
}

static void take_out(struct weir_offers *o, size_t at) {
    free(o->item[at].data);
    memmove(&o->item[at], &o->item[at + 1], (--o->len - at) * sizeof o->item[0]);
}

static int read_advert(const void *data, size_t len, const char *node, const char *service,
                       struct weir_wire *ret, struct weir_error *err) {
    struct weir_wire wire = {0};
    int rc = weir_wire_read(data, len, 0, &wire, err);
    if (rc)
        return rc;
    if (wire.kind != WEIR_WIRE_ADVERT)
        rc = weir_fail(err, WEIR_ECORRUPT, "found a %s where an advert should be",
                       weir_wire_kind_name(wire.kind));
    else if (strcmp(wire.advert.node, node) != 0 || strcmp(wire.advert.service, service) != 0)
        rc = weir_fail(err, WEIR_ECORRUPT, "it speaks for %s at %s", wire.advert.service,
                       wire.advert.node);
    if (rc)
        weir_wire_done(&wire);
    else
        *ret = wire;
    return rc;
}

static void keep(struct weir_offers *o, size_t at, bool there,
                 const struct weir_fabric_advert *advert) {
    void *data = malloc(advert->len);
    if (!data)
        return; /* it is said again */
    memcpy(data, advert->data, advert->len);
    if (there) {
        free(o->item[at].data);
    } else {
        memmove(&o->item[at + 1], &o->item[at], (o->len++ - at) * sizeof o->item[0]);
        strcpy(o->item[at].node, advert->node); /* names of a fabric fit */
        strcpy(o->item[at].service, advert->service);
    }
    o->item[at].data = data;
    o->item[at].len = advert->len;
}

void weir_offers_saw(void *offers, const struct weir_fabric_advert *advert) {
    struct weir_offers *o = offers;
    struct weir_error err = {0};
    struct weir_wire wire = {0};
    uint64_t unsaid;
    int rc = advert->gone ? WEIR_ENOENT
                          : read_advert(advert->data, advert->len, advert->node, advert->service,
                                        &wire, &err);
    weir_wire_done(&wire);
    pthread_mutex_lock(&o->lock);
    bool there;
    const size_t at = find(o, advert->node, advert->service, &there);
    if (!rc && (there || o->len < WEIR_OFFERS_MAX))
        keep(o, at, there, advert);
    else if (there)
        take_out(o, at);
    const bool say = rc && !advert->gone &&
                     weir_wire_gate(&o->gate, advert->node, weir_clock_now(o->clock), &unsaid);
    pthread_mutex_unlock(&o->lock);
    if (say)
        weir_log(WEIR_LOG_WARN, "offers", "node=%s service=%s error=\"%s\" more=%llu", advert->node,
                 advert->service, err.text, (unsigned long long)unsaid);
}

int weir_offers_find(struct weir_offers *offers, const char *node, const char *service,
                     struct weir_wire *ret, struct weir_error *err) {
    bool there;
    pthread_mutex_lock(&offers->lock);
    const size_t at = find(offers, node, service, &there);
    int rc = there
                 ? read_advert(offers->item[at].data, offers->item[at].len, node, service, ret, err)
                 : weir_fail(err, WEIR_ENOENT, "%s is not offered at %s", service, node);
    pthread_mutex_unlock(&offers->lock);
    return rc;
}

int weir_offers_at(struct weir_offers *offers, size_t i, struct weir_wire *ret,
                   struct weir_error *err) {
    int rc = WEIR_ENOENT;
    pthread_mutex_lock(&offers->lock);
    if (i < offers->len) {
        const struct offer *o = &offers->item[i];
        rc = read_advert(o->data, o->len, o->node, o->service, ret, err);
    }
    pthread_mutex_unlock(&offers->lock);
    return rc;
}
