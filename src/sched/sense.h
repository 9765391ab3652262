/*
 * What an agent knows of the nodes that it can reach: how long the network takes, how
 * long a job would wait there, how long it would be served. Begun with what the site and the
 * profile say, corrected by every frame's reply. Pure: told what was sent and
 * what came back, with times of the agent's own clock only (a reply carries how long
 * things took there, never when they were).
 *
 * Means and deviations are exponentially weighted as in Jacobson's round-trip estimator
 * (1988); high values are mean + 2 deviations. The network's time is rtt + wait + bytes x pace:
 * long messages tell the pace, by rate and other traffic; what is left of short ones is the wait.
 * An answer that should be there and is not speaks, too: whatever is sent now will take
 * longer by at least as much, so that a link that slows down is known long before what
 * it holds up comes home.
 * When a node will have nothing left to do is known from two sides: its last report, and
 * what this agent has sent there, as if it were a liquid that all slots drain. Both
 * run down as time goes by; the later one counts, but no more of the agent's own than is
 * under way: what was dropped or answered waits for nothing.
 */
#ifndef WEIR_SCHED_SENSE_H
#define WEIR_SCHED_SENSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"

/* A node that was not heard of for so long is not reachable. */
#define WEIR_SENSE_EXPIRY_NS (1500 * WEIR_NS_PER_MS)

struct weir_guess {
    int64_t mean_ns, high_ns;
};

enum {
    WEIR_SENSE_OPEN = 32
}; /* answers waited for by name; those that come when it is full are not */

/* Something that was sent and not answered. */
struct weir_sense_open {
    int64_t sent_ns, answer_ns; /* when, and by when the answer should be there */
    int64_t bytes;
};

/* What is known of one node. */
struct weir_sense {
    int slots;
    bool local; /* the agent's own: no network */
    int64_t rtt_ns; /* of a message without length, there and back */
    double pace, pace_dev, prior_pace; /* ns a byte */
    double hold, hold_dev; /* what the network takes beyond rtt and pace, ns */
    double stretch, stretch_dev; /* service time / what the profile says */
    double wait_dev; /* of the wait from what was foreseen, ns */
    int64_t idle_ns; /* when it would be idle by its last report, by the agent's clock */
    int64_t own_idle_ns; /* and by what the agent has sent there */
    int64_t under_way_ns; /* slot time of what was sent and not answered */
    int64_t heard_ns; /* any sign of life */
    bool replied; /* since the last heartbeat */
    struct weir_sense_open open[WEIR_SENSE_OPEN];
    int opens;
    int64_t flying_bytes; /* of them */
};

/* Priors; mbit_per_s of the narrowest link on the way (ignored where local). */
void weir_sense_init(struct weir_sense *sense, int slots, bool local, int64_t rtt_ns,
                     double mbit_per_s);

/* A job of that slot time and so many bytes is sent there at now_ns; by answer_ns an answer should
 * be there, nineteen times in twenty (WEIR_FOREVER: nobody waits for it). */
void weir_sense_sent(struct weir_sense *sense, int64_t now_ns, int64_t slot_ns, int64_t answer_ns,
                     int64_t bytes);

/* What a reply says. */
struct weir_reply {
    int64_t sent_ns, now_ns; /* by the agent's clock */
    int64_t bytes; /* that had been sent */
    int64_t queue_ns, service_ns; /* dwell there */
    int64_t foreseen_queue_ns, profile_ns; /* what had been foreseen of them */
    int64_t wait_ns; /* what a job would wait there when the reply left */
    int64_t slot_ns; /* as told to weir_sense_sent */
};
void weir_sense_reply(struct weir_sense *sense, const struct weir_reply *reply);
/* A job that was sent then, of that slot time, will not be answered any more. */
void weir_sense_lost(struct weir_sense *sense, int64_t sent_ns, int64_t slot_ns);
/* It was dropped on its way, since the network alone would have taken that long. */
void weir_sense_refused(struct weir_sense *sense, int64_t sent_ns, int64_t slot_ns,
                        int64_t network_ns, int64_t bytes);
/* A heartbeat. What is known of a node that did not reply since the one before, fades. */
void weir_sense_beat(struct weir_sense *sense, int64_t now_ns, int64_t wait_ns);

bool weir_sense_reachable(const struct weir_sense *sense, int64_t now_ns);
/* Of so many bytes sent at now_ns, there and back. */
struct weir_guess weir_sense_network(const struct weir_sense *sense, int64_t now_ns, int64_t bytes);
/* What a job would wait that is sent at now_ns. */
struct weir_guess weir_sense_queue(const struct weir_sense *sense, int64_t now_ns);
struct weir_guess weir_sense_service(const struct weir_sense *sense, int64_t profile_ns);

#endif
