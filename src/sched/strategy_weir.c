/*
 * What one stream takes, the others wait for: so it is charged for it. For each stream and
 * setting the planner works out what all others would wait longer if that stream went there
 * with all its frames, from how busy nodes and links are without it; a stream then takes the least
 * of its own latency plus toll, among what meets its floor and deadline. So weak nodes are used
 * before strong ones are full, and full resolution goes where it disturbs nobody. Charged like
 * this, every move that pays for one pays for all, and moves one after the other come to rest
 * (a potential game; Monderer and Shapley 1996). So only some streams get new
 * tolls with each plan, and a stream leaves its setting only for a gain worth having.
 *
 * A queue of c servers at load r, whose jobs take d, waits W = k d/c r^(sqrt(2(c+1))-1) / 2(1-r)
 * (Sakasegawa 1977, half of it for constant service). k tells how regular arrivals are and is
 * learnt from the waits that were measured: 1 for chance, near 0 for cameras that keep out of
 * each other's way.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sched/pick.h"
#include "sched/strategies.h"

#define LEARN 0.1 /* of the way to the regularity that was found, each plan */
#define LOAD_MOST 0.98 /* above, a wait would have no bound: it grows on as a straight line */
#define REGULAR_BEGIN 0.3
#define REGULAR_LEAST 0.05
#define REGULAR_MOST 1.5
#define TELLING_LOAD 0.3 /* below, waits say little about regularity */
#define TOLL_MOST_NS 1e15 /* days: nobody goes there */
#define TURNS 8 /* an eighth of the streams has its tolls renewed by each plan */
#define WORTH_MOVING_NS 1000000 /* a gain below this, or below */
#define WORTH_MOVING 0.05 /* this share of the cost, is no reason to leave a setting */

/* What flows through a node's slots, or over one way of a link, as a queue. */
struct through {
    double busy; /* servers kept busy, on average */
    double jobs; /* a second */
};

struct weir_strategy_state {
    const struct weir_site_view *site;
    /* the planner's */
    double *regular; /* [nodes]: k */
    struct through *node, *link; /* [nodes], [links][2]: of all streams, lately */
    int64_t *toll_ns; /* [streams][settings]: as last worked out */
    int turn;
    /* an agent's */
    int *last; /* [streams]: the setting taken before; -1: none */
};

static void close(struct weir_strategy_state *state) {
    if (!state)
        return;
    free(state->regular);
    free(state->node);
    free(state->link);
    free(state->toll_ns);
    free(state->last);
    free(state);
}

static bool open_planner(struct weir_strategy_state *state) {
    const struct weir_site_view *site = state->site;
    const size_t nodes = (size_t)site->nodes;
    state->regular = calloc(nodes, sizeof *state->regular);
    state->node = calloc(nodes, sizeof *state->node);
    state->link = calloc(2 * (size_t)site->links + 1, sizeof *state->link);
    state->toll_ns = calloc((size_t)site->streams * (size_t)site->settings, sizeof *state->toll_ns);
    if (!state->regular || !state->node || !state->link || !state->toll_ns)
        return false;
    for (size_t n = 0; n < nodes; n++)
        state->regular[n] = REGULAR_BEGIN;
    return true;
}

static bool open_agent(struct weir_strategy_state *state) {
    state->last = calloc((size_t)state->site->streams, sizeof *state->last);
    for (int i = 0; state->last && i < state->site->streams; i++)
        state->last[i] = -1;
    return state->last != NULL;
}

static int open(const struct weir_site_view *site, int node, const char *options,
                struct weir_strategy_state **ret_state, char *ret_reason) {
    if (pick_takes_no_options(options, ret_reason))
        return -1;
    struct weir_strategy_state *state = calloc(1, sizeof *state);
    if (state)
        state->site = site;
    if (!state || !(node < 0 ? open_planner(state) : open_agent(state))) {
        close(state);
        snprintf(ret_reason, WEIR_REASON_MAX, "out of memory");
        return -1;
    }
    *ret_state = state;
    return 0;
}

/* The wait of a queue at load r, in services, where arrivals are chance (k = 1). */
static double wait_at(double r, int servers) {
    double within = fmin(r, LOAD_MOST), free_share = 1 - within;
    double wait = pow(within, sqrt(2.0 * (servers + 1)) - 1) / (2 * servers * free_share);
    return wait + (r - within) * wait / free_share;
}

/*
 * What all wait longer for each frame of a stream that comes to a queue with `mine`, where
 * `others` are: the others' jobs, each by what it now waits more, and itself. ns.
 */
static double toll_of(const struct through *others, const struct through *mine, int servers,
                      double regular) {
    if (!(mine->jobs > 0))
        return 0;
    double jobs = others->jobs + mine->jobs, busy = others->busy + mine->busy;
    double with = regular * busy / jobs * 1e9 * wait_at(busy / servers, servers), without = 0;
    if (others->jobs > 0)
        without =
            regular * others->busy / others->jobs * 1e9 * wait_at(others->busy / servers, servers);
    return fmax(0, (with - without) * others->jobs / mine->jobs);
}

static struct through less(struct through all, struct through mine) {
    return (struct through){fmax(0, all.busy - mine.busy), fmax(0, all.jobs - mine.jobs)};
}

static struct through slot_use(const struct weir_plan_view *view, int setting, double flow) {
    return (struct through){flow * (double)view->slot_ns[setting] / 1e9, flow};
}

static struct through link_use(const struct weir_plan_view *view, int stream, int setting,
                               double mbit_per_s, double flow) {
    double bits = 8 * (double)view->bytes[stream * view->site->settings + setting];
    return (struct through){mbit_per_s > 0 ? flow * bits / (1e6 * mbit_per_s) : 0,
                            bits > 0 ? flow : 0};
}

static void add(struct through *into, struct through more) {
    into->busy += more.busy;
    into->jobs += more.jobs;
}

static const struct weir_route_view *route_of(const struct weir_site_view *site, int stream,
                                              int setting) {
    return &site->route[site->stream[stream].node * site->nodes + site->setting[setting].node];
}

/* Adds what one stream sends through nodes and links. */
static void count(const struct weir_plan_view *view, int stream, struct through *node,
                  struct through *link) {
    const struct weir_site_view *site = view->site;
    for (int s = 0; s < site->settings; s++) {
        const double flow = view->flow[stream * site->settings + s];
        const struct weir_route_view *route = route_of(site, stream, s);
        if (!(flow > 0))
            continue;
        add(&node[site->setting[s].node], slot_use(view, s, flow));
        for (int k = 0; k < route->links; k++) {
            double rate = site->link[route->link[k]].mbit_per_s[route->way[k]];
            add(&link[2 * route->link[k] + route->way[k]], link_use(view, stream, s, rate, flow));
        }
    }
}

static void learn_regularity(struct weir_strategy_state *state, const struct weir_plan_view *view) {
    for (int n = 0; n < state->site->nodes; n++) {
        const int slots = state->site->node[n].slots;
        const struct through *all = &state->node[n];
        const double load = all->busy / slots;
        if (view->wait_ns[n] < 0 || load < TELLING_LOAD || load > LOAD_MOST)
            continue;
        double chance = all->busy / all->jobs * 1e9 * wait_at(load, slots);
        double k = fmin(REGULAR_MOST, fmax(REGULAR_LEAST, (double)view->wait_ns[n] / chance));
        state->regular[n] += LEARN * (k - state->regular[n]);
    }
}

/* Renews the tolls of one stream. own_node, own_link: what it sends itself; zeroed again. */
static void charge(struct weir_strategy_state *state, const struct weir_plan_view *view, int stream,
                   struct through *own_node, struct through *own_link) {
    const struct weir_site_view *site = state->site;
    double rate = 0;
    count(view, stream, own_node, own_link);
    for (int s = 0; s < site->settings; s++)
        rate += view->flow[stream * site->settings + s];
    for (int s = 0; s < site->settings; s++) {
        const struct weir_route_view *route = route_of(site, stream, s);
        const int n = site->setting[s].node;
        struct through mine = slot_use(view, s, rate), others = less(state->node[n], own_node[n]);
        double toll = toll_of(&others, &mine, site->node[n].slots, state->regular[n]);
        for (int k = 0; k < route->links; k++) {
            const int l = 2 * route->link[k] + route->way[k];
            mine = link_use(view, stream, s, site->link[route->link[k]].mbit_per_s[route->way[k]],
                            rate);
            others = less(state->link[l], own_link[l]);
            toll += toll_of(&others, &mine, 1, REGULAR_BEGIN);
        }
        state->toll_ns[stream * site->settings + s] = llround(fmin(toll, TOLL_MOST_NS));
    }
    memset(own_node, 0, (size_t)site->nodes * sizeof *own_node);
    memset(own_link, 0, 2 * (size_t)site->links * sizeof *own_link);
}

static void plan(struct weir_strategy_state *state, const struct weir_plan_view *view,
                 int64_t *ret_toll_ns) {
    const struct weir_site_view *site = state->site;
    const int turns = site->streams < TURNS ? site->streams : TURNS;
    struct through *own_node = calloc((size_t)site->nodes, sizeof *own_node);
    struct through *own_link = calloc(2 * (size_t)site->links + 1, sizeof *own_link);
    memset(state->node, 0, (size_t)site->nodes * sizeof *state->node);
    memset(state->link, 0, 2 * (size_t)site->links * sizeof *state->link);
    for (int i = 0; i < site->streams; i++)
        count(view, i, state->node, state->link);
    learn_regularity(state, view);
    if (own_node && own_link) /* else the tolls stay as they were */
        for (int i = state->turn % turns; i < site->streams; i += turns)
            charge(state, view, i, own_node, own_link);
    state->turn = (state->turn + 1) % turns;
    memcpy(ret_toll_ns, state->toll_ns,
           (size_t)site->streams * (size_t)site->settings * sizeof *ret_toll_ns);
    free(own_node);
    free(own_link);
}

static int64_t cost_of(const struct weir_frame_view *frame, int i) {
    const struct weir_offer *offer = &frame->offer[i];
    return offer->mean_ns + (frame->toll_ns ? frame->toll_ns[offer->setting] : 0);
}

static int cheaper(const struct weir_frame_view *frame, int a, int b) {
    const int64_t more = a < 0 ? -1 : cost_of(frame, b) - cost_of(frame, a);
    return more < 0 || (!more && pick_first(frame, a, b)) ? b : a;
}

static int choose(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    int *last = &state->last[frame->stream], best = WEIR_DROP, same = WEIR_DROP;
    for (int i = 0; i < frame->offers; i++) {
        if (!weir_offer_meets(&frame->offer[i], frame))
            continue;
        best = cheaper(frame, best, i);
        if (frame->offer[i].setting == *last)
            same = i;
    }
    if (best < 0) /* late, or below the floor: the least evil */
        return pick_fastest(frame, -1);
    if (same >= 0) {
        int64_t cost = cost_of(frame, same), gain = cost - cost_of(frame, best);
        if (gain <= WORTH_MOVING_NS || (double)gain <= WORTH_MOVING * (double)cost)
            best = same;
    }
    *last = frame->offer[best].setting;
    return best;
}

const struct weir_strategy weir_strategy_weir = {
    .version = WEIR_STRATEGY_VERSION,
    .name = "weir",
    .about = "the least latency plus what it costs the others, within floor and deadline",
    .open = open,
    .close = close,
    .choose = choose,
    .plan = plan,
};
