/* What an agent tells the planner of its streams, and what it keeps of the answer. */
#include <math.h>
#include <string.h>

#include "sched/agent_state.h"

#define LEARN_BEAT 0.02
#define LOST_BEAT 5 /* periods off */

void weir_agent_due(struct weir_agent *a, int stream, int64_t frame, int64_t due_ns) {
    struct agent_beat *b = &a->stream[stream].beat;
    if (!b->frames++)
        b->first_ns = due_ns;
    const double period = 1e9 / a->conf.site->stream[stream].rate_fps,
                 late = (double)(due_ns - b->first_ns) - (double)frame * period;
    if (b->frames > 1 && fabs(late - b->late_ns) > LOST_BEAT * period) {
        /* Frames come otherwise than they did: at another rate, or some were not seen. */
        b->first_ns = due_ns - llround((double)frame * period);
        b->late_ns = b->spread_ns = 0;
        b->last_frame = frame;
        return;
    }
    const double learn = fmax(LEARN_BEAT, 1.0 / (double)b->frames);
    b->late_ns += learn * (late - b->late_ns);
    b->spread_ns += learn * (fabs(late - b->late_ns) - b->spread_ns);
    b->last_frame = frame;
}

static struct weir_rhythm rhythm_of(const struct agent_beat *b, double rate_fps) {
    const double period = 1e9 / rate_fps;
    /* Of chance that is uniform over a time, the mean deviation is a quarter of it. */
    const double jitter = fmin(4 * b->spread_ns, 0.9 * period);
    struct weir_rhythm rhythm = {-1, llround(period), llround(jitter)};
    if (b->frames)
        rhythm.due_ns =
            llround((double)b->first_ns + (double)b->last_frame * period + b->late_ns - jitter / 2);
    return rhythm;
}

void weir_agent_report(struct weir_agent *a, int stream, int64_t now_ns,
                       struct weir_agent_report *ret) {
    const struct weir_site_view *site = a->conf.site;
    const struct weir_stream_view *view = &site->stream[stream];
    struct agent_stream *s = &a->stream[stream];
    for (int i = 0; i < site->settings; i++) {
        struct weir_prospect *q = &a->reported_prospect[i];
        struct weir_offer offer;
        *q = (struct weir_prospect){0};
        a->reported_bytes[i] = 0;
        if (!s->beat.frames || !weir_agent_offer(a, stream, s->beat.last_frame, i, now_ns, &offer))
            continue;
        const int node = site->setting[i].node;
        const int64_t back = a->there[node].rtt_ns / 2;
        *q = (struct weir_prospect){
            .on_offer = true,
            .meets = offer.accuracy - offer.margin >= view->min_accuracy,
            .arrives_ns = offer.source_ns + offer.network_ns - back,
            .apart_ns = offer.mean_ns - offer.queue_ns,
            .switch_ns = llround(a->sense[node].pace * (double)offer.switch_bytes),
        };
        a->reported_bytes[i] = offer.bytes;
    }
    memcpy(a->reported_sent, s->sent, (size_t)site->settings * sizeof *s->sent);
    memset(s->sent, 0, (size_t)site->settings * sizeof *s->sent);
    *ret = (struct weir_agent_report){rhythm_of(&s->beat, view->rate_fps), a->reported_sent,
                                      a->reported_bytes, a->reported_prospect};
}

void weir_agent_report_waits(struct weir_agent *a, int node, int64_t *ret_sum_ns,
                             int64_t *ret_count) {
    *ret_sum_ns = a->wait_ns[node];
    *ret_count = a->waited[node];
    a->wait_ns[node] = a->waited[node] = 0;
}

void weir_agent_planned(struct weir_agent *a, int stream, const int64_t *toll_ns, int preferred) {
    struct agent_stream *s = &a->stream[stream];
    memcpy(s->toll_ns, toll_ns, (size_t)a->conf.site->settings * sizeof *s->toll_ns);
    s->preferred = preferred;
    s->planned = true;
}
