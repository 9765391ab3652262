#include "sched/sense.h"

#include <math.h>

#define GAIN 0.125
#define DEV_GAIN 0.25
#define OVERDUE                                                                                    \
    3.0 /* an answer that is late by so much is so much later for all that is sent now */
#define HIGH 2.0 /* deviations above the mean */
#define FEW_BYTES 512 /* a message this short tells the round trip, nothing else */
#define MANY_BYTES 16384 /* one this long tells the pace */

void weir_sense_init(struct weir_sense *sense, int slots, bool local, int64_t rtt_ns,
                     double mbit_per_s) {
    double pace = local || !(mbit_per_s > 0) ? 0 : 8000 / mbit_per_s;
    *sense = (struct weir_sense){.slots = slots,
                                 .local = local,
                                 .rtt_ns = local ? 0 : rtt_ns,
                                 .pace = pace,
                                 .pace_dev = pace / 4,
                                 .prior_pace = pace,
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

/* Where there is no room the older ones say more: they are the first to be late. */
static void wait_for(struct weir_sense *sense, int64_t sent_ns, int64_t answer_ns, int64_t bytes) {
    if (sense->opens == WEIR_SENSE_OPEN)
        return;
    sense->open[sense->opens++] = (struct weir_sense_open){sent_ns, answer_ns, bytes};
    sense->flying_bytes += bytes;
}

/* Of several that were sent at the same time, any. */
static void wait_no_more(struct weir_sense *sense, int64_t sent_ns) {
    int i = 0;
    while (i < sense->opens && sense->open[i].sent_ns != sent_ns)
        i++;
    if (i == sense->opens)
        return;
    sense->flying_bytes -= sense->open[i].bytes;
    sense->open[i] = sense->open[--sense->opens];
}

/* What was sent after it came back: whatever holds it up, the network does not. */
static void overtaken(struct weir_sense *sense, int64_t now_ns, int64_t sent_ns) {
    int kept = 0;
    for (int i = 0; i < sense->opens; i++)
        if (sense->open[i].sent_ns >= sent_ns || sense->open[i].answer_ns >= now_ns)
            sense->open[kept++] = sense->open[i];
        else
            sense->flying_bytes -= sense->open[i].bytes;
    sense->opens = kept;
}

/* By how much the worst of the answers is late. */
static int64_t late_ns(const struct weir_sense *sense, int64_t now_ns) {
    int64_t late = 0;
    for (int i = 0; i < sense->opens; i++)
        if (now_ns - sense->open[i].answer_ns > late)
            late = now_ns - sense->open[i].answer_ns;
    return late;
}

void weir_sense_sent(struct weir_sense *sense, int64_t now_ns, int64_t slot_ns, int64_t answer_ns,
                     int64_t bytes) {
    if (answer_ns != WEIR_FOREVER)
        wait_for(sense, now_ns, answer_ns, bytes);
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

void weir_sense_lost(struct weir_sense *sense, int64_t sent_ns, int64_t slot_ns) {
    wait_no_more(sense, sent_ns);
    sense->under_way_ns = not_below_zero(sense->under_way_ns - slot_ns);
}

static void learn_network(struct weir_sense *sense, double took_ns, double bytes) {
    double pace = took_ns / bytes;
    if (bytes >= MANY_BYTES)
        learn(&sense->pace, &sense->pace_dev, pace);
    else if (pace < sense->pace) /* it cannot be more */
        learn(&sense->pace, &sense->pace_dev, pace);
    if (bytes >= MANY_BYTES)
        took_ns = fmin(took_ns, sense->hold + bytes * sense->pace); /* it is all pace */
    learn(&sense->hold, &sense->hold_dev, fmax(0, took_ns - bytes * sense->pace));
}

void weir_sense_reply(struct weir_sense *sense, const struct weir_reply *reply) {
    int64_t network = reply->now_ns - reply->sent_ns - reply->queue_ns - reply->service_ns;
    bool sane = network >= 0; /* it cannot have dwelt longer than it was away */
    if (!sense->local && sane && network < sense->rtt_ns)
        sense->rtt_ns = network; /* the least that was seen */
    if (!sense->local && sane && reply->bytes > FEW_BYTES)
        learn_network(sense, (double)(network - sense->rtt_ns), (double)reply->bytes);
    if (reply->profile_ns > 0)
        learn(&sense->stretch, &sense->stretch_dev,
              (double)reply->service_ns / (double)reply->profile_ns);
    double miss = (double)(reply->queue_ns - reply->foreseen_queue_ns);
    sense->wait_dev += DEV_GAIN * (fabs(miss) - sense->wait_dev);
    weir_sense_lost(sense, reply->sent_ns, reply->slot_ns);
    overtaken(sense, reply->now_ns, reply->sent_ns);
    sense->replied = true;
    hear(sense, reply->now_ns, reply->wait_ns);
}

void weir_sense_refused(struct weir_sense *sense, int64_t sent_ns, int64_t slot_ns,
                        int64_t network_ns, int64_t bytes) {
    weir_sense_lost(sense, sent_ns, slot_ns);
    if (!sense->local && network_ns > sense->rtt_ns)
        learn(
            &sense->hold, &sense->hold_dev,
            fmax(sense->hold, (double)(network_ns - sense->rtt_ns) - (double)bytes * sense->pace));
    sense->replied = true;
}

void weir_sense_beat(struct weir_sense *sense, int64_t now_ns, int64_t wait_ns) {
    if (!sense->replied) { /* else a node that nobody uses would stay as bad as it was */
        sense->wait_dev *= 1 - GAIN;
        sense->hold *= 1 - GAIN;
        sense->hold_dev *= 1 - GAIN;
        sense->pace += GAIN * (sense->prior_pace - sense->pace);
        sense->stretch += GAIN * (1 - sense->stretch);
        sense->stretch_dev *= 1 - GAIN;
    }
    sense->replied = false;
    hear(sense, now_ns, wait_ns);
}

bool weir_sense_reachable(const struct weir_sense *sense, int64_t now_ns) {
    return sense->local || now_ns - sense->heard_ns <= WEIR_SENSE_EXPIRY_NS;
}

static struct weir_guess guess(double mean, double dev) {
    return (struct weir_guess){llround(mean), llround(mean + HIGH * dev)};
}

struct weir_guess weir_sense_network(const struct weir_sense *sense, int64_t now_ns,
                                     int64_t bytes) {
    const double late = OVERDUE * (double)late_ns(sense, now_ns);
    if (sense->local)
        return guess(0, 0);
    return guess((double)sense->rtt_ns + sense->hold + late + (double)bytes * sense->pace,
                 hypot((double)bytes * sense->pace_dev, sense->hold_dev));
}

struct weir_guess weir_sense_queue(const struct weir_sense *sense, int64_t now_ns) {
    int64_t idle = sense->idle_ns > sense->own_idle_ns ? sense->idle_ns : sense->own_idle_ns;
    return guess((double)not_below_zero(idle - now_ns - sense->rtt_ns / 2), sense->wait_dev);
}

struct weir_guess weir_sense_service(const struct weir_sense *sense, int64_t profile_ns) {
    return guess(sense->stretch * (double)profile_ns, sense->stretch_dev * (double)profile_ns);
}
