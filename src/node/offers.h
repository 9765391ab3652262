/*
 * What services are offered at present, as a fabric tells it:
 *
 *     offers = weir_offers_new(clock);
 *     conf.seen = weir_offers_saw, conf.user = offers;      // of weir_fabric_open_…
 *     if (!weir_offers_find(offers, "core-1", "detect", &wire, &err))
 *         use(&wire.advert);
 *     weir_wire_done(&wire);
 *
 * Any thread. Adverts that cannot be read, or that speak for another node, count as none and are
 * logged once per node and minute.
 */
#ifndef WEIR_NODE_OFFERS_H
#define WEIR_NODE_OFFERS_H

#include "base/base.h"
#include "fabric/fabric.h"
#include "wire/wire.h"

enum { WEIR_OFFERS_MAX = 1024 }; /* more are not noticed */

struct weir_offers;

/* clock is borrowed. NULL: no memory. */
struct weir_offers *weir_offers_new(struct weir_clock *clock);
void weir_offers_free(struct weir_offers *offers); /* NULL allowed */
/* A fabric's `seen`. */
void weir_offers_saw(void *offers, const struct weir_fabric_advert *advert);
/* The caller ends *ret, an advert, with weir_wire_done. ENOENT, ENOMEM. */
int weir_offers_find(struct weir_offers *offers, const char *node, const char *service,
                     struct weir_wire *ret, struct weir_error *err);
/* The i-th by node and service; ENOENT past the last. Otherwise as find. */
int weir_offers_at(struct weir_offers *offers, size_t i, struct weir_wire *ret,
                   struct weir_error *err);

#endif
