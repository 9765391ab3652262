#include "sched/sense.h"

#include <math.h>

#define GAIN 0.125
#define DEV_GAIN 0.25
#define HIGH 2.0 /* deviations above the mean */
#define FEW_BYTES 512 /* a message this short tells the round trip, no pace */

void weir_sense_init(struct weir_sense *sense, int slots, bool local, int64_t rtt_ns,
                     double mbit_per_s) {
    double pace = local || !(mbit_per_s > 0) ? 0 : 8000 / mbit_per_s;
    *sense = (struct weir_sense){.slots = slots,
                                 .local = local,
                                 .rtt_ns = local ? 0 : rtt_ns,
                                 .pace = pace,
                                 .pace_dev = pace / 4,
                                 .stretch = 1,
                                 .stretch_dev = 0.1};
}

static void learn(double *mean, double *dev, double found) {
    double off = found - *mean;
    *mean += GAIN * off;
    *dev += DEV_GAIN * (fabs(off) - *dev);
}

static int64_t not_below_zero(int64_t ns) {
    return ns > 0 ? ns : 0;
}

void weir_sense_sent(struct weir_sense *sense, int64_t now_ns, int64_t slot_ns) {
    int64_t there_ns = now_ns + sense->rtt_ns / 2;
    if (sense->own_idle_ns < there_ns)
        sense->own_idle_ns = there_ns;
    sense->own_idle_ns += slot_ns / sense->slots;
    sense->under_way_ns += slot_ns;
}

static void hear(struct weir_sense *sense, int64_t now_ns, int64_t wait_ns) {
    sense->heard_ns = now_ns;
    sense->idle_ns = now_ns - sense->rtt_ns / 2 + wait_ns; /* it was said half a round trip ago */
    int64_t most = now_ns + sense->rtt_ns / 2 + wait_ns + sense->under_way_ns / sense->slots;
    if (sense->own_idle_ns > most)
        sense->own_idle_ns = most;
}

void weir_sense_lost(struct weir_sense *sense, int64_t slot_ns) {
    sense->under_way_ns = not_below_zero(sense->under_way_ns - slot_ns);
}

void weir_sense_reply(struct weir_sense *sense, const struct weir_reply *reply) {
    int64_t network = reply->now_ns - reply->sent_ns - reply->queue_ns - reply->service_ns;
    bool sane = network >= 0; /* it cannot have dwelt longer than it was away */
    if (!sense->local && sane && network < sense->rtt_ns)
        sense->rtt_ns = network; /* the least that was seen */
    if (!sense->local && sane && reply->bytes > FEW_BYTES)
        learn(&sense->pace, &sense->pace_dev,
              (double)(network - sense->rtt_ns) / (double)reply->bytes);
    if (reply->profile_ns > 0)
        learn(&sense->stretch, &sense->stretch_dev,
              (double)reply->service_ns / (double)reply->profile_ns);
    double miss = (double)(reply->queue_ns - reply->foreseen_queue_ns);
    sense->wait_dev += DEV_GAIN * (fabs(miss) - sense->wait_dev);
    weir_sense_lost(sense, reply->slot_ns);
    hear(sense, reply->now_ns, reply->wait_ns);
}

void weir_sense_beat(struct weir_sense *sense, int64_t now_ns, int64_t wait_ns) {
    hear(sense, now_ns, wait_ns);
}

bool weir_sense_reachable(const struct weir_sense *sense, int64_t now_ns) {
    return sense->local || now_ns - sense->heard_ns <= WEIR_SENSE_EXPIRY_NS;
}

static struct weir_guess guess(double mean, double dev) {
    return (struct weir_guess){llround(mean), llround(mean + HIGH * dev)};
}

struct weir_guess weir_sense_network(const struct weir_sense *sense, int64_t bytes) {
    return guess((double)sense->rtt_ns + (double)bytes * sense->pace,
                 (double)bytes * sense->pace_dev);
}

struct weir_guess weir_sense_queue(const struct weir_sense *sense, int64_t now_ns) {
    int64_t idle = sense->idle_ns > sense->own_idle_ns ? sense->idle_ns : sense->own_idle_ns;
    return guess((double)not_below_zero(idle - now_ns - sense->rtt_ns / 2), sense->wait_dev);
}

struct weir_guess weir_sense_service(const struct weir_sense *sense, int64_t profile_ns) {
    return guess(sense->stretch * (double)profile_ns, sense->stretch_dev * (double)profile_ns);
}
