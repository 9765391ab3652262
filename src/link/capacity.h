/* What a link can carry when. Inside link only. */
#ifndef WEIR_LINK_CAPACITY_H
#define WEIR_LINK_CAPACITY_H

#include "link/link.h"

/* Mbit/s at a time. */
double link_rate_at(const struct weir_link_rate *rate, size_t rates, int64_t at_ns);
/* When the last of bytes has left that begin to leave at from_ns, at a rate with steps;
 * WEIR_FOREVER if that never comes. */
int64_t link_rate_finish(const struct weir_link_rate *rate, size_t rates, int64_t from_ns,
                         double bytes);
/* Bytes that leave from from_ns to to_ns if there are enough of them. */
double link_rate_between(const struct weir_link_rate *rate, size_t rates, int64_t from_ns,
                         int64_t to_ns);

/* The time of packet number `packet` (>= 0, over all periods), and the first whose time is
 * at_ns or later. */
int64_t link_trace_at(const struct weir_trace *trace, int64_t packet);
int64_t link_trace_first(const struct weir_trace *trace, int64_t at_ns);

#endif
