/*
 * The contract of a strategy: what decides where each frame is analysed, by which model, at
 * which resolution. A strategy is pure: it sees what is passed in and its own state, and has
 * no clock, no thread, no I/O. So the simulator, the emulator and a real site run the very
 * same code, and a recorded call replays to the same answer.
 *
 * Decisions have two clocks. An *agent* runs beside the cameras of a node and chooses for
 * every frame, in microseconds, from offers: settings with their predicted latency and
 * accuracy. A *planner* looks at the whole site about once a second and puts a toll on
 * settings: what taking one costs the others; it may also name the one that each stream should
 * take. Agents share nothing else, so one that is cut off goes on by itself, with the last
 * plan or none.
 *
 * A strategy in a file of its own:
 *
 *     static int choose(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
 *         int best = WEIR_DROP;
 *         for (int i = 0; i < frame->offers; i++)
 *             if (weir_offer_meets(&frame->offer[i], frame) &&
 *                 (best < 0 || frame->offer[i].mean_ns < frame->offer[best].mean_ns))
 *                 best = i;
 *         return best;
 *     }
 *     const struct weir_strategy weir_strategy = {
 *         .version = WEIR_STRATEGY_VERSION, .name = "mine", .about = "the fastest that will do",
 *         .choose = choose,
 *     };
 *
 * built as a shared object (cc -shared -fPIC -I include mine.c -o mine.so), is used by
 * --strategies ./mine.so. This header needs nothing but the standard library.
 */
#ifndef WEIR_STRATEGY_H
#define WEIR_STRATEGY_H

#include <stdbool.h>
#include <stdint.h>

/* Grows when the contract changes; a strategy of another version is refused. */
#define WEIR_STRATEGY_VERSION 2

/* The answer of choose: no offer; the frame leaves as a drop, `overload`. */
#define WEIR_DROP (-1)

enum { WEIR_REASON_MAX = 256 };

/* ---- what does not change while a strategy runs --------------------------- */

/* How a picture travels. NONE: it stays in the process. */
enum weir_travel { WEIR_TRAVEL_NONE, WEIR_TRAVEL_JPEG, WEIR_TRAVEL_H264 };

/* One way to analyse a frame. */
struct weir_setting {
    int node; /* index into nodes: where it is analysed */
    int model; /* index into models */
    int width, height; /* pixels of the picture that is analysed; one that is larger than the
                        * stream's is sent as it is, and enlarged there */
    enum weir_travel travel;
    int quality; /* of JPEG: 1 – 100; of H.264: constant rate factor, 0 – 51 */
};

struct weir_node_view {
    const char *name, *tier; /* "edge", "core", "cloud", or any other word */
    int slots; /* batches at a time */
    double slowdown; /* time on a slot / time in the profile; 0: not known */
};

struct weir_link_view {
    const char *name;
    double mbit_per_s[2]; /* there and back, as the site says; 0: that way is closed */
};

/* The links from one node to another, in order; way: 0 there, 1 back. links -1: no way. */
struct weir_route_view {
    const int *link, *way;
    int links;
};

struct weir_stream_view {
    const char *name;
    int node; /* where its camera is */
    double rate_fps; /* nominal, of frames that are to be detected: a strategy sees no others */
    int width, height; /* of its pictures */
    int64_t deadline_ns; /* from capture to delivery */
    double min_accuracy; /* the floor: F1 relative to the reference, [0,1] */
    int reference; /* index into settings: at its own node without coding, else where it runs
                      fastest */
};

struct weir_site_view {
    const struct weir_node_view *node;
    int nodes;
    const struct weir_link_view *link;
    int links;
    const struct weir_route_view *route; /* [nodes][nodes], from, to; from nodes with cameras */
    const char *const *model; /* names; the first are the larger */
    int models;
    const struct weir_setting *setting;
    int settings;
    const struct weir_stream_view *stream;
    int streams;
};

/* ---- what an agent sees ---------------------------------------------------- */

/* A setting as it looks for one stream now. Means are over what was measured lately, begun
 * with the profile. */
struct weir_offer {
    int setting; /* index into settings */
    double accuracy; /* predicted, relative to the reference, [0,1] */
    double margin; /* what it may fall short of that */
    int64_t mean_ns; /* predicted, from capture to delivery; the sum of the parts below */
    int64_t high_ns; /* what it stays below nineteen times in twenty */
    int64_t source_ns; /* reduce and encode, at the source */
    int64_t network_ns; /* there and back, what waits at the links included */
    int64_t queue_ns; /* waiting for a slot */
    int64_t service_ns; /* decode, inference, post-processing: a slot's time */
    int64_t bytes; /* that are sent */
    int64_t ahead_ns; /* so long its agent's bytes in flight keep the links to there busy, at the
                       * rates that the site says; in no time above */
    int64_t switch_bytes; /* beyond these, once, since its codec would begin anew; in no time above,
                           * but that high_ns allows for them: this frame may be late by a period of
                           * the stream, so that no other one waits for it */
};

struct weir_frame_view {
    const struct weir_site_view *site;
    int stream; /* index into streams */
    int64_t frame; /* its number in the stream */
    int64_t now_ns; /* since the run's beginning */
    int64_t capture_ns, deadline_ns; /* likewise; deadline_ns is capture + the stream's deadline */
    double min_accuracy; /* the stream's floor */
    const struct weir_offer *offer; /* what can be reached at present, in no order */
    int offers;
    const int64_t *toll_ns; /* [settings]: the planner's last; NULL: none came yet */
    int preferred; /* the setting that the planner would have it take; -1: none */
};

/* What became of a frame that this agent chose for. */
struct weir_result_view {
    int stream;
    int64_t frame;
    int64_t now_ns;
    int setting;
    bool delivered; /* or waits for those before it; else it was dropped, anywhere on its way */
    int64_t latency_ns; /* of a delivered one */
    int64_t predicted_ns; /* the mean that the offer promised */
};

/* ---- what a planner sees --------------------------------------------------- */

/* When a stream's frames come. One clock for all, as well as that can be told: for where frames
 * meet, never for how long something took. */
struct weir_rhythm {
    int64_t
        due_ns; /* a frame was due then, on average over chance; -1: none came yet, or it is gone */
    int64_t period_ns;
    int64_t jitter_ns; /* frames come within so much after that */
};

/* A setting as an agent offered it to a stream lately. */
struct weir_prospect {
    bool on_offer;
    bool meets; /* its predicted accuracy less its margin is at the floor or above */
    int64_t arrives_ns; /* from capture until it waits for a slot */
    int64_t apart_ns; /* from capture to delivery, the wait for a slot left out */
    int64_t switch_ns; /* what the first frame takes longer, if its codec begins anew */
};

/* What happened since the plan before. */
struct weir_plan_view {
    const struct weir_site_view *site;
    int64_t now_ns;
    const double *flow; /* [streams][settings]: frames a second that were sent that way */
    const int64_t *slot_ns; /* [settings]: slot time that one frame takes */
    const int64_t *bytes; /* [streams][settings]: bytes of one frame */
    const int64_t *wait_ns; /* [nodes]: mean wait for a slot; -1: nothing was served */
    const struct weir_rhythm *rhythm; /* [streams] */
    const struct weir_prospect *prospect; /* [streams][settings] */
};

/* ---- the contract ---------------------------------------------------------- */

/* A strategy's own; it defines the struct. */
struct weir_strategy_state;

struct weir_strategy {
    int version; /* WEIR_STRATEGY_VERSION */
    const char *name; /* a word */
    const char *about; /* one line */
    bool ignores_accuracy; /* it looks at no offer's accuracy nor margin: nothing is audited for it
                            */

    /*
     * Optional; without it state is NULL. Makes the state of the agent at node, or of the
     * planner (-1). site outlives it. options is what the user wrote behind the strategy's name
     * ("width=640,quality=80"),
     * "" if nothing. Returns 0; anything else refuses the run, with a reason in
     * ret_reason [WEIR_REASON_MAX].
     */
    int (*open)(const struct weir_site_view *site, int node, const char *options,
                struct weir_strategy_state **ret_state, char *ret_reason);
    /* Optional. */
    void (*close)(struct weir_strategy_state *state);

    /*
     * Mandatory; the agent's. Which of frame's offers to take: an index into frame->offer, or
     * WEIR_DROP. A few microseconds; must not block or allocate. Anything else is refused: the
     * frame goes the fastest way that meets its floor, or is dropped where none does, and
     * the refusal is counted and told.
     */
    int (*choose)(struct weir_strategy_state *state, const struct weir_frame_view *frame);

    /*
     * Optional; the planner's (its state was opened with node -1). Fills ret_toll_ns
     * [streams][settings], all 0 before, and ret_preferred [streams], all -1 before. Up to
     * 50 ms for 1,000 streams on 100 nodes.
     */
    void (*plan)(struct weir_strategy_state *state, const struct weir_plan_view *view,
                 int64_t *ret_toll_ns, int *ret_preferred);

    /* Optional; the agent's. */
    void (*result)(struct weir_strategy_state *state, const struct weir_result_view *result);
};

/* Does an offer meet frame's floor and, nineteen times in twenty, its deadline? */
static inline bool weir_offer_meets(const struct weir_offer *offer,
                                    const struct weir_frame_view *frame) {
    return offer->accuracy - offer->margin >= frame->min_accuracy &&
           frame->now_ns + offer->high_ns <= frame->deadline_ns;
}

#endif
