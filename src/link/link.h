/*
 * The door of link: a link as a function. Bytes go in at a time; out comes when the
 * last of them has left, and when it arrives. One after the other (FIFO), at a
 * capacity that is known for all time: a rate with steps (0: an outage, during which
 * what waits goes on waiting), or a recorded trace. Pure: no clock, no I/O, no
 * state but the link's own; times are nanoseconds from the run's beginning.
 *
 *     struct weir_link link;
 *     weir_link_init(&link, &(struct weir_link_conf){.rate = &step, .rates = 1,
 *                                                    .delay_ns = 2000000}, &err);
 *     if (weir_link_send(&link, now_ns, 45900, &left_ns, &there_ns) == WEIR_EAGAIN)
 *         drop(frame);                              // the queue is full
 */
#ifndef WEIR_LINK_LINK_H
#define WEIR_LINK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

/* From from_ns on the capacity is this. */
struct weir_link_rate {
    int64_t from_ns;
    double mbit_per_s; /* >= 0; 0: nothing passes */
};

/*
 * Recorded capacity, in mahimahi's format: one line, one millisecond at which a packet of
 * WEIR_TRACE_PACKET bytes may cross; lines never go back; the whole repeats after its last
 * line. What is not used when its time comes is lost.
 */
enum { WEIR_TRACE_PACKET = 1500 };
struct weir_trace {
    uint32_t *at_ms; /* [len], rising or equal */
    size_t len;
};
/* name is for messages: "name:LINE: …". EINVAL, ENOMEM. */
int weir_trace_parse(const char *name, const char *text, size_t len, struct weir_trace *ret,
                     struct weir_error *err);
void weir_trace_done(struct weir_trace *trace);
/* Of one whole period. */
double weir_trace_mean_mbit_per_s(const struct weir_trace *trace);

struct weir_link_conf {
    /* One of the two, borrowed for the link's life. rate: the first from 0 on, from_ns rising. */
    const struct weir_link_rate *rate;
    size_t rates;
    const struct weir_trace *trace;
    int64_t trace_begin_ns; /* where in the trace the run begins, >= 0 */
    int64_t delay_ns; /* propagation, one way, >= 0 */
    double loss; /* share of packets that must be sent again, [0, 0.9]: takes capacity */
    int64_t queue_bytes; /* what may wait at most, what is being sent included; 0: no limit */
};

struct weir_link {
    struct weir_link_conf conf;
    int64_t free_ns; /* all that was taken has left by then */
    int64_t next; /* of a trace: the first packet not used up, counted over all periods, */
    int64_t left_bytes; /* and what is left of it */
};

/* EINVAL (conf makes no sense: which field, what was found, what is allowed). */
int weir_link_init(struct weir_link *link, const struct weir_link_conf *conf,
                   struct weir_error *err);
/*
 * bytes > 0, now_ns not before an earlier call's. 0; EAGAIN: the queue has no room, nothing
 * was taken. Where no capacity ever comes again, both times are WEIR_FOREVER.
 */
int weir_link_send(struct weir_link *link, int64_t now_ns, int64_t bytes, int64_t *ret_left_ns,
                   int64_t *ret_arrival_ns);
/* When bytes that were sent now would arrive, were there room; nothing is sent. */
int64_t weir_link_foresee(const struct weir_link *link, int64_t now_ns, int64_t bytes);
/* Does anything pass at that time? False in an outage. */
bool weir_link_passes(const struct weir_link *link, int64_t now_ns);
/* What was taken and has not left yet; INT64_MAX where it never will. */
int64_t weir_link_waiting_bytes(const struct weir_link *link, int64_t now_ns);

#endif
