/*
 * Our reading of AWStream (Zhang, Jin, Ratnasamy, Wawrzynek, Lee, SIGCOMM 2018): a stream to the
 * cloud sends in the setting of highest accuracy that its bandwidth carries. The settings that
 * are worth having are those of the Pareto front of bytes against accuracy. Each stream is in one
 * of four modes, and all that they move is `allowed`, the bytes that a frame may have:
 *
 *   startup   from the least that meets the floor up the front, a step at a time, until the top,
 *             or congestion
 *   steady    stays; after a pause without congestion it probes
 *   probe     a quarter of the frames, then a half, three quarters, all of them are sent at the
 *             next step of the front; without congestion that is the new allowance, else it was
 *             too much, and the pause until the next probe doubles
 *   degrade   at once down to what was carried lately, less a reserve so that queues drain, and
 *             at least one step; again if that does not help; steady once it does
 *
 * Congestion is what exceeds the target, `target` of the deadline: a latency that was observed,
 * the one that is predicted, the age of the oldest frame without an answer (the queue of
 * the paper's sender). Only frames that were sent since the last change tell; what is lost
 * exceeds everything. What was carried is counted from results.
 *
 * Interpretations: the paper's front is profiled beforehand and refreshed now and then; here it is
 * that of the offers as they are now. It probes with padding; here with frames, which somebody
 * can use. Its third knob is the frame rate; here every frame counts, so it is left alone. Models
 * cost no bandwidth, so of equal bytes the most accurate one is taken. The service is the
 * cloud's, whichever of its machines is fastest; only where no cloud can be reached by any
 * link it is the strongest node. Where nothing meets the floor, the most accurate is taken.
 */
#include <stdlib.h>

#include "sched/options.h"
#include "sched/pick.h"
#include "sched/strategies.h"

#define MS INT64_C(1000000)
#define TARGET 0.7
#define RESERVE 0.85 /* of what was carried, to go on with after congestion */
#define COUNT_NS (500 * MS) /* bytes carried are counted for so long; for half of it at least */
#define STARTUP_NS (200 * MS) /* a step */
#define PROBE_NS (250 * MS) /* a quarter more of the frames */
#define DRAIN_NS (200 * MS) /* what is sent so soon after a degrade stands in the old queue */
#define SETTLE_NS (500 * MS) /* without congestion, until degrade is over */
#define PAUSE_NS (1000 * MS) /* before a probe */
#define PAUSE_MOST_NS (16000 * MS)
enum { QUARTERS = 4, UNDER_WAY = 64 };

enum mode { STARTUP, STEADY, PROBE, DEGRADE };

struct sent {
    int64_t frame, at_ns, bytes;
    bool open; /* no answer yet */
};

struct sender {
    enum mode mode;
    int64_t since_ns; /* the last change: of mode, allowance, or quarters */
    int64_t since_frame; /* the first frame after it that tells; -1: none yet */
    bool heard, late; /* an answer to such a frame came in time; one was late, or will not come */
    int64_t latency_ns; /* of the last one */
    int64_t allowed; /* bytes of a frame */
    int quarters; /* of the frames that probe */
    int64_t pause_ns; /* until the next probe */
    int64_t count_ns, counted; /* bytes carried since then; -1: nothing was sent yet */
    double carried; /* bytes a second in the time before; < 0: not known */
    int64_t oldest; /* no frame before it is open */
    int server; /* where no cloud can be reached: the strongest node; -1: not chosen yet */
    struct sent sent[UNDER_WAY]; /* by frame number */
};

struct weir_strategy_state {
    const struct weir_site_view *site;
    double target; /* share of the deadline */
    bool cloud; /* one can be reached */
    int *sender_of; /* [streams]; -1: not this agent's */
    struct sender *sender;
};

static void close(struct weir_strategy_state *state) {
    if (!state)
        return;
    free(state->sender_of);
    free(state->sender);
    free(state);
}

static bool open_agent(struct weir_strategy_state *state, int node) {
    const struct weir_site_view *site = state->site;
    int len = 0;
    for (int i = 0; i < site->nodes; i++)
        if (!strcmp(site->node[i].tier, "cloud") && site->route[node * site->nodes + i].links >= 0)
            state->cloud = true;
    state->sender_of = calloc((size_t)site->streams, sizeof *state->sender_of);
    for (int i = 0; state->sender_of && i < site->streams; i++)
        state->sender_of[i] = site->stream[i].node == node ? len++ : -1;
    state->sender = calloc((size_t)len + 1, sizeof *state->sender);
    for (int i = 0; state->sender && i < len; i++)
        state->sender[i] = (struct sender){
            .since_frame = -1, .pause_ns = PAUSE_NS, .count_ns = -1, .carried = -1, .server = -1};
    return state->sender_of && state->sender;
}

static int open(const struct weir_site_view *site, int node, const char *options,
                struct weir_strategy_state **ret_state, char *ret_reason) {
    double target = TARGET;
    if (options_read_share(site, options, "target", &target, ret_reason))
        return -1;
    struct weir_strategy_state *state = calloc(1, sizeof *state);
    if (state)
        *state = (struct weir_strategy_state){.site = site, .target = target};
    if (!state || !open_agent(state, node)) {
        close(state);
        return pick_no_memory(ret_reason);
    }
    *ret_state = state;
    return 0;
}

/* ---- the front ------------------------------------------------------------- */

/* Of two offers that send the same and are as right as each other the faster is better. */
static int better(const struct weir_frame_view *frame, int a, int b) {
    if (a < 0 || frame->offer[b].accuracy != frame->offer[a].accuracy)
        return pick_more_accurate(frame, a, b);
    if (frame->offer[b].bytes != frame->offer[a].bytes)
        return frame->offer[b].bytes < frame->offer[a].bytes ? b : a;
    return pick_faster(frame, a, b);
}

static int lighter(const struct weir_frame_view *frame, int a, int b) {
    if (a < 0 || frame->offer[b].bytes != frame->offer[a].bytes)
        return a < 0 || frame->offer[b].bytes < frame->offer[a].bytes ? b : a;
    return better(frame, a, b);
}

/* Three neighbours on the front; -1: there is none. */
struct steps {
    int below, now, above;
};

/* What may be sent to: the node, or the cloud where that is -1. */
static bool serves(const struct weir_frame_view *frame, int i, int node) {
    return node < 0 ? pick_tier(frame, i, "cloud") : pick_setting(frame, i)->node == node;
}

/* The most accurate that meets the floor within the allowance, else the lightest that meets it; and
 * its neighbours. */
static struct steps steps_of(const struct weir_frame_view *frame, int node, int64_t allowed) {
    struct steps s = {-1, -1, -1};
    int light = -1;
    for (int i = 0; i < frame->offers; i++) {
        if (!serves(frame, i, node) || !pick_floor(frame, i))
            continue;
        light = lighter(frame, light, i);
        if (frame->offer[i].bytes <= allowed)
            s.now = better(frame, s.now, i);
    }
    if (s.now < 0 && (s.now = light) < 0)
        return s;
    for (int i = 0; i < frame->offers; i++) {
        if (!serves(frame, i, node) || !pick_floor(frame, i))
            continue;
        if (frame->offer[i].bytes < frame->offer[s.now].bytes)
            s.below = better(frame, s.below, i);
        if (frame->offer[i].accuracy > frame->offer[s.now].accuracy)
            s.above = lighter(frame, s.above, i);
    }
    return s;
}

/* Slot time of a frame, at the reference's model and size. */
static double weakness(const struct weir_frame_view *frame, int i) {
    const struct weir_node_view *node = &frame->site->node[pick_setting(frame, i)->node];
    return (double)frame->offer[i].service_ns / (node->slots > 0 ? node->slots : 1);
}

static int strongest(const struct weir_frame_view *frame) {
    const struct weir_site_view *site = frame->site;
    const struct weir_setting *ref = &site->setting[site->stream[frame->stream].reference];
    int best = -1, accurate = -1;
    for (int i = 0; i < frame->offers; i++) {
        const struct weir_setting *s = pick_setting(frame, i);
        accurate = pick_more_accurate(frame, accurate, i);
        if (s->model == ref->model && s->width == ref->width && s->height == ref->height &&
            (best < 0 || weakness(frame, i) < weakness(frame, best) ||
             (weakness(frame, i) == weakness(frame, best) && pick_first(frame, best, i))))
            best = i;
    }
    best = best < 0 ? accurate : best;
    return best < 0 ? -1 : pick_setting(frame, best)->node;
}

/* -1: the cloud. */
static int server_of(const struct weir_strategy_state *state, struct sender *s,
                     const struct weir_frame_view *frame) {
    if (state->cloud)
        return -1;
    for (int i = 0; i < frame->offers; i++)
        if (pick_setting(frame, i)->node == s->server)
            return s->server;
    return s->server = strongest(frame);
}

/* ---- congestion ------------------------------------------------------------ */

static struct sent *sent_of(struct sender *s, int64_t frame) {
    struct sent *sent = &s->sent[(uint64_t)frame % UNDER_WAY];
    return sent->open && sent->frame == frame ? sent : NULL;
}

/* How long the oldest frame has been without an answer, of those that tell. */
static int64_t oldest_age(struct sender *s, const struct weir_frame_view *frame) {
    if (s->oldest < frame->frame - UNDER_WAY)
        s->oldest = frame->frame - UNDER_WAY;
    if (s->oldest < s->since_frame)
        s->oldest = s->since_frame;
    while (s->oldest < frame->frame && !sent_of(s, s->oldest))
        s->oldest++;
    return s->oldest < frame->frame && s->since_frame >= 0
               ? frame->now_ns - sent_of(s, s->oldest)->at_ns
               : 0;
}

static bool congested(struct sender *s, const struct weir_frame_view *frame, int now,
                      int64_t target_ns) {
    const int64_t predicted = frame->now_ns - frame->capture_ns + frame->offer[now].mean_ns;
    const int64_t patience_ns = s->mode == DEGRADE ? 2 * target_ns : target_ns; /* it drains */
    return s->late || (s->heard && predicted > target_ns) || oldest_age(s, frame) > patience_ns;
}

/* Bytes a second; < 0: not known yet. */
static double carried(const struct sender *s, int64_t now_ns) {
    const int64_t counted_ns = now_ns - s->count_ns;
    return 2 * counted_ns >= COUNT_NS ? (double)s->counted * 1e9 / (double)counted_ns : s->carried;
}

/* ---- modes ----------------------------------------------------------------- */

static void change(struct sender *s, enum mode mode, int64_t now_ns) {
    s->mode = mode;
    s->since_ns = now_ns;
    s->since_frame = -1;
    s->heard = s->late = false;
}

static void degrade(struct sender *s, const struct weir_frame_view *frame, struct steps steps) {
    const double rate = frame->site->stream[frame->stream].rate_fps,
                 bytes = carried(s, frame->now_ns);
    if (s->mode == PROBE) { /* what was allowed before it went well */
        s->pause_ns = s->pause_ns < PAUSE_MOST_NS / 2 ? 2 * s->pause_ns : PAUSE_MOST_NS;
    } else {
        s->allowed = frame->offer[steps.below >= 0 ? steps.below : steps.now].bytes;
        if (bytes >= 0 && RESERVE * bytes / rate < (double)s->allowed)
            s->allowed = (int64_t)(RESERVE * bytes / rate);
    }
    change(s, DEGRADE, frame->now_ns);
}

/* One step up; above is there. */
static void advance(struct sender *s, const struct weir_frame_view *frame, struct steps steps,
                    enum mode mode) {
    s->allowed = frame->offer[steps.above].bytes;
    change(s, mode, frame->now_ns);
}

/* Nothing is congested: goes on. */
static void proceed(struct sender *s, const struct weir_frame_view *frame, struct steps steps,
                    int64_t target_ns) {
    const int64_t now = frame->now_ns, spent = now - s->since_ns;
    const bool more = steps.above >= 0 && frame->offer[steps.above].mean_ns <= target_ns;
    if (!s->heard)
        return;
    if (s->allowed < frame->offer[steps.now].bytes) /* the floor wanted more, and it was carried */
        s->allowed = frame->offer[steps.now].bytes;
    switch (s->mode) {
    case STARTUP:
        if (more && spent >= STARTUP_NS)
            advance(s, frame, steps, STARTUP);
        else if (!more)
            change(s, STEADY, now);
        break;
    case STEADY:
        if (more && spent >= s->pause_ns) {
            s->quarters = 1;
            change(s, PROBE, now);
        }
        break;
    case PROBE:
        if (!more) {
            change(s, STEADY, now);
        } else if (spent >= PROBE_NS && s->quarters < QUARTERS) {
            s->quarters++;
            change(s, PROBE, now);
        } else if (spent >= PROBE_NS) {
            s->pause_ns = PAUSE_NS;
            advance(s, frame, steps, STEADY);
        }
        break;
    case DEGRADE:
        if (spent >= SETTLE_NS)
            change(s, STEADY, now);
        break;
    }
}

static int most_accurate(const struct weir_frame_view *frame, int node) {
    int best = WEIR_DROP;
    for (int i = 0; i < frame->offers; i++)
        if (serves(frame, i, node))
            best = better(frame, best, i);
    return best;
}

static int choose(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    struct sender *s = &state->sender[state->sender_of[frame->stream]];
    const int node = server_of(state, s, frame);
    const int64_t target_ns =
        (int64_t)(state->target * (double)(frame->deadline_ns - frame->capture_ns));
    struct steps steps = steps_of(frame, node, s->allowed);
    int choice = steps.now;
    if (choice >= 0) {
        if (congested(s, frame, choice, target_ns))
            degrade(s, frame, steps);
        else
            proceed(s, frame, steps, target_ns);
        steps = steps_of(frame, node, s->allowed);
        choice = s->mode == PROBE && steps.above >= 0 && frame->frame % QUARTERS < s->quarters
                     ? steps.above
                     : steps.now;
    } else if ((choice = most_accurate(frame, node)) < 0) {
        return WEIR_DROP;
    }
    if (s->since_frame < 0 && (s->mode != DEGRADE || frame->now_ns - s->since_ns >= DRAIN_NS))
        s->since_frame = frame->frame;
    if (s->count_ns < 0)
        s->count_ns = frame->now_ns;
    s->sent[(uint64_t)frame->frame % UNDER_WAY] =
        (struct sent){frame->frame, frame->now_ns, frame->offer[choice].bytes, true};
    return choice;
}

static void result(struct weir_strategy_state *state, const struct weir_result_view *result) {
    struct sender *s = &state->sender[state->sender_of[result->stream]];
    struct sent *sent = sent_of(s, result->frame);
    if (!sent)
        return;
    sent->open = false;
    if (result->now_ns - s->count_ns >= COUNT_NS) {
        s->carried = carried(s, result->now_ns);
        s->count_ns = result->now_ns;
        s->counted = 0;
    }
    if (result->delivered)
        s->counted += sent->bytes;
    const int64_t deadline_ns = state->site->stream[result->stream].deadline_ns;
    const bool over = (double)result->latency_ns > state->target * (double)deadline_ns,
               falls = s->mode == DEGRADE && result->latency_ns < s->latency_ns;
    s->latency_ns = result->latency_ns;
    if (s->since_frame < 0 || result->frame < s->since_frame)
        return;
    s->heard = s->heard || !over;
    s->late = s->late || !result->delivered || (over && !falls);
}

const struct weir_strategy weir_strategy_awstream = {
    .version = WEIR_STRATEGY_VERSION,
    .name = "awstream",
    .about = "to the cloud, as accurately as the bandwidth carries (our reading): "
             "awstream:target=0.7",
    .open = open,
    .close = close,
    .choose = choose,
    .result = result,
};
