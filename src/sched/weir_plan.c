#include "sched/weir_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sched/waits.h"

#define SWITCH_S 5.0 /* over which the price of a move is spread */
#define WORTH_MOVING_NS 0.5e6 /* all together, for each frame of the stream; and */
#define WORTH_MOVING 0.01 /* this share of its latency: less is no reason to move */
#define DEADLINE_SHARE 0.85 /* of the deadline may be used up by plan: the rest is for chance */
#define LATE_NS 1e9 /* what a frame that will be late costs */
#define LEARN 0.2 /* of the way to what waits turned out to be, each plan */
#define REAL_LEAST 0.5
#define REAL_MOST 4.0
#define TELLING_NS 0.5e6 /* shorter waits say nothing about the model */
enum { SWEEPS = 4, TURNS = 8, MOVES_LEAST = 4, CANDIDATES = 12, PLAYED_MOST = 300000 };

struct weir_plan {
    const struct weir_site_view *site;
    struct weir_toll *toll; /* borrowed: links */
    int *at; /* [streams]: its setting by the last plan, -1: none */
    double *real; /* [nodes]: waits that were measured / those foreseen */
    int **guest; /* [nodes]: who is served there by plan */
    int *guests, *room; /* [nodes] */
    struct weir_waits waits;
    struct weir_visit *visit; /* [streams]: scratch */
    double *wait; /* [streams]: scratch */
    int turn; /* the stream that the next plan begins with */
    int64_t played; /* arrivals, by this plan */
};

void weir_plan_free(struct weir_plan *plan) {
    if (!plan)
        return;
    for (int n = 0; plan->guest && n < plan->site->nodes; n++)
        free(plan->guest[n]);
    free(plan->guest);
    free(plan->guests);
    free(plan->room);
    free(plan->at);
    free(plan->real);
    weir_waits_done(&plan->waits);
    free(plan->visit);
    free(plan->wait);
    free(plan);
}

struct weir_plan *weir_plan_new(const struct weir_site_view *site, struct weir_toll *toll) {
    const size_t nodes = (size_t)site->nodes, streams = (size_t)site->streams;
    struct weir_plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return NULL;
    plan->site = site;
    plan->toll = toll;
    plan->at = malloc(streams * sizeof *plan->at);
    plan->real = calloc(nodes, sizeof *plan->real);
    plan->guest = calloc(nodes, sizeof *plan->guest);
    plan->guests = calloc(nodes, sizeof *plan->guests);
    plan->room = calloc(nodes, sizeof *plan->room);
    plan->visit = calloc(streams, sizeof *plan->visit);
    plan->wait = calloc(streams, sizeof *plan->wait);
    if (!plan->at || !plan->real || !plan->guest || !plan->guests || !plan->room || !plan->visit ||
        !plan->wait || weir_waits_reserve(&plan->waits, streams)) {
        weir_plan_free(plan);
        return NULL;
    }
    for (size_t i = 0; i < streams; i++)
        plan->at[i] = -1;
    for (size_t n = 0; n < nodes; n++)
        plan->real[n] = 1;
    return plan;
}

/* ---- who is where -------------------------------------------------------- */

static int node_of(const struct weir_plan *plan, int stream) {
    return plan->at[stream] < 0 ? -1 : plan->site->setting[plan->at[stream]].node;
}

static const struct weir_prospect *prospect_of(const struct weir_plan_view *view, int stream,
                                               int setting) {
    return &view->prospect[(size_t)stream * (size_t)view->site->settings + (size_t)setting];
}

/* What was sent most; -1: nothing was sent. */
static int sent_to(const struct weir_plan_view *view, int stream) {
    const double *flow = view->flow + (size_t)stream * (size_t)view->site->settings;
    int best = -1;
    for (int s = 0; s < view->site->settings; s++)
        if (flow[s] > 0 && (best < 0 || flow[s] > flow[best]))
            best = s;
    return best;
}

/* Into a place, of none. False: out of memory; it stays away then, which makes a plan worse, not
 * wrong. */
static bool come(struct weir_plan *plan, const struct weir_plan_view *view, int stream,
                 int setting) {
    const int node = plan->site->setting[setting].node;
    if (plan->guests[node] == plan->room[node]) {
        int room = plan->room[node] ? 2 * plan->room[node] : 8;
        int *guest = realloc(plan->guest[node], (size_t)room * sizeof *guest);
        if (!guest)
            return false;
        plan->guest[node] = guest;
        plan->room[node] = room;
    }
    plan->guest[node][plan->guests[node]++] = stream;
    plan->at[stream] = setting;
    weir_toll_come(plan->toll, view, stream, setting);
    return true;
}

static void go(struct weir_plan *plan, const struct weir_plan_view *view, int stream) {
    const int node = node_of(plan, stream);
    int k = 0;
    if (node < 0)
        return;
    while (plan->guest[node][k] != stream)
        k++;
    memmove(&plan->guest[node][k], &plan->guest[node][k + 1],
            (size_t)(plan->guests[node] - k - 1) * sizeof *plan->guest[node]);
    plan->guests[node]--;
    weir_toll_go(plan->toll, view, stream, plan->at[stream]);
    plan->at[stream] = -1;
}

static void take_places(struct weir_plan *plan, const struct weir_plan_view *view) {
    memset(plan->guests, 0, (size_t)plan->site->nodes * sizeof *plan->guests);
    weir_toll_empty(plan->toll);
    for (int i = 0; i < plan->site->streams; i++) {
        int at = plan->at[i];
        if (view->rhythm[i].due_ns < 0)
            at = -1;
        else if (at < 0 || !prospect_of(view, i, at)->on_offer)
            at = sent_to(view, i);
        plan->at[i] = -1;
        if (at >= 0)
            come(plan, view, i, at);
    }
}

/* ---- what it costs ------------------------------------------------------- */

static int64_t bytes_of(const struct weir_plan_view *view, int stream, int setting) {
    return view->bytes[(size_t)stream * (size_t)view->site->settings + (size_t)setting];
}

static struct weir_visit visit_of(const struct weir_plan_view *view, int stream, int setting) {
    const struct weir_rhythm *r = &view->rhythm[stream];
    return (struct weir_visit){
        .at_ns = r->due_ns + prospect_of(view, stream, setting)->arrives_ns,
        .period_ns = r->period_ns,
        .jitter_ns = r->jitter_ns,
        .slot_ns = view->slot_ns[setting],
        .luck = (uint64_t)stream + 1,
    };
}

static double rate_of(const struct weir_plan_view *view, int stream) {
    return 1e9 / (double)view->rhythm[stream].period_ns;
}

/*
 * The waits at a node with one more stream there, in some setting (-1: nobody). Their sum, each by
 * its frames a second; the newcomer's own left out, and put into ret_own_ns.
 */
static double waits_at(struct weir_plan *plan, const struct weir_plan_view *view, int node,
                       int with, int setting, double *ret_own_ns) {
    const size_t guests = (size_t)plan->guests[node];
    double sum = 0;
    for (size_t k = 0; k < guests; k++)
        plan->visit[k] = visit_of(view, plan->guest[node][k], plan->at[plan->guest[node][k]]);
    if (with >= 0)
        plan->visit[guests] = visit_of(view, with, setting);
    plan->played += weir_waits_of(&plan->waits, plan->visit, guests + (with >= 0),
                                  plan->site->node[node].slots, plan->wait);
    for (size_t k = 0; k < guests; k++)
        sum += plan->wait[k] * 1e9 / (double)plan->visit[k].period_ns;
    if (with >= 0)
        *ret_own_ns = plan->wait[guests] * plan->real[node];
    return sum * plan->real[node];
}

/* What a stream that is nowhere would cost all of them in a setting, ns for each of its frames: its
 * own latency, what the others wait longer, and a little for what is sent. */
static double cost_of(struct weir_plan *plan, const struct weir_plan_view *view, int stream,
                      int setting) {
    const int node = plan->site->setting[setting].node;
    double own, with = waits_at(plan, view, node, stream, setting, &own),
                without = waits_at(plan, view, node, -1, -1, NULL);
    double latency = (double)prospect_of(view, stream, setting)->apart_ns + own;
    double late = latency - DEADLINE_SHARE * (double)plan->site->stream[stream].deadline_ns;
    double cost = latency + (with - without) / rate_of(view, stream) +
                  (double)weir_toll_links(plan->toll, view, stream, setting) +
                  WEIR_PLAN_BYTE_NS * (double)bytes_of(view, stream, setting);
    return late > 0 ? cost + LATE_NS + late : cost;
}

/* ---- moves --------------------------------------------------------------- */

/* Is b at least as good as a for everybody, and at the same node? */
static bool worse(const struct weir_plan_view *view, int stream, int a, int b) {
    const size_t row = (size_t)stream * (size_t)view->site->settings;
    const struct weir_prospect *p = prospect_of(view, stream, a), *q = prospect_of(view, stream, b);
    if (view->site->setting[a].node != view->site->setting[b].node)
        return false;
    if (q->apart_ns > p->apart_ns || view->slot_ns[b] > view->slot_ns[a] ||
        view->bytes[row + (size_t)b] > view->bytes[row + (size_t)a])
        return false;
    return q->apart_ns < p->apart_ns || view->slot_ns[b] < view->slot_ns[a] ||
           view->bytes[row + (size_t)b] < view->bytes[row + (size_t)a] || b < a;
}

/* Settings that hold the floor and are worth a look: those that are soonest done apart. */
static int candidates(const struct weir_plan_view *view, int stream, int *ret) {
    int len = 0;
    for (int s = 0; s < view->site->settings; s++) {
        const struct weir_prospect *p = prospect_of(view, stream, s);
        bool no = !p->on_offer || !p->meets;
        for (int k = 0; !no && k < len; k++)
            no = worse(view, stream, s, ret[k]);
        if (no)
            continue;
        int kept = 0;
        for (int k = 0; k < len; k++)
            if (!worse(view, stream, ret[k], s))
                ret[kept++] = ret[k];
        len = kept;
        if (len == CANDIDATES) { /* the last of them, or this one, stays behind */
            if (prospect_of(view, stream, ret[len - 1])->apart_ns <= p->apart_ns)
                continue;
            len--;
        }
        int k = len++;
        while (k > 0 && prospect_of(view, stream, ret[k - 1])->apart_ns > p->apart_ns) {
            ret[k] = ret[k - 1];
            k--;
        }
        ret[k] = s;
    }
    return len;
}

/* The setting that costs all of them least, out of a list by time apart; not at that node. What
 * it takes to leave `at` is spread over what comes after. */
static int best_of(struct weir_plan *plan, const struct weir_plan_view *view, int stream, int at,
                   const int *list, int len, int not_at, double *ret_cost) {
    int best = -1;
    *ret_cost = INFINITY;
    for (int i = 0; i < len; i++) {
        const struct weir_prospect *p = prospect_of(view, stream, list[i]);
        if (plan->site->setting[list[i]].node == not_at)
            continue;
        if ((double)p->apart_ns >= *ret_cost) /* no wait makes it sooner than it is apart */
            break;
        double cost = cost_of(plan, view, stream, list[i]);
        if (list[i] != at)
            cost += (double)p->switch_ns / (SWITCH_S * rate_of(view, stream));
        if (cost < *ret_cost) {
            *ret_cost = cost;
            best = list[i];
        }
    }
    return best;
}

/* What it costs where it was; no bound where that will not do. */
static double stay_cost(struct weir_plan *plan, const struct weir_plan_view *view, int stream,
                        int at) {
    const struct weir_prospect *p = at < 0 ? NULL : prospect_of(view, stream, at);
    return p && p->on_offer && p->meets ? cost_of(plan, view, stream, at) : INFINITY;
}

/* From where it must not stay, anything is. */
static bool worth_it(double stay, double leave) {
    if (isinf(stay))
        return leave < stay;
    return stay - leave > WORTH_MOVING_NS && stay - leave > WORTH_MOVING * stay;
}

/* Does the best for all with one stream. How many moved. */
static int move(struct weir_plan *plan, const struct weir_plan_view *view, int stream) {
    const int at = plan->at[stream];
    int list[CANDIDATES], len = candidates(view, stream, list);
    double least;
    go(plan, view, stream);
    double stay = stay_cost(plan, view, stream, at);
    int best = best_of(plan, view, stream, at, list, len, -1, &least);
    bool moves = best >= 0 && worth_it(stay, least);
    if (moves || at >= 0)
        come(plan, view, stream, moves ? best : at);
    return moves;
}

/* Puts a stream where a guest is who can do better elsewhere, if that is best for all; true: both
 * moved. What one costs is counted with the other away, or there, so that the sum is exact. */
static bool replace(struct weir_plan *plan, const struct weir_plan_view *view, int stream,
                    int setting, int guest) {
    const int node = plan->site->setting[setting].node, at = plan->at[stream],
              guest_at = plan->at[guest];
    const double rate = rate_of(view, stream), guest_rate = rate_of(view, guest);
    int list[CANDIDATES], len = candidates(view, guest, list);
    double least, stay, leave;
    go(plan, view, guest);
    stay = guest_rate * stay_cost(plan, view, guest, guest_at);
    go(plan, view, stream);
    stay += rate * stay_cost(plan, view, stream, at);
    leave = rate * cost_of(plan, view, stream, setting);
    come(plan, view, stream, setting);
    int to = best_of(plan, view, guest, guest_at, list, len, node, &least);
    leave += guest_rate * least;
    if (to >= 0 && worth_it(stay / rate, leave / rate)) {
        come(plan, view, guest, to);
        return true;
    }
    go(plan, view, stream);
    if (at >= 0)
        come(plan, view, stream, at);
    come(plan, view, guest, guest_at);
    return false;
}

/* Where no single move is worth it, two together may be. How many moved. */
static int exchange(struct weir_plan *plan, const struct weir_plan_view *view, int stream) {
    int list[CANDIDATES], len = candidates(view, stream, list);
    for (int i = 0; i < len; i++) {
        const int node = plan->site->setting[list[i]].node;
        if (node == node_of(plan, stream))
            continue;
        /* Who was tried in vain is the last of the guests then. */
        for (int k = plan->guests[node]; k > 0; k--) {
            if (plan->played > PLAYED_MOST)
                return 0;
            if (replace(plan, view, stream, list[i], plan->guest[node][0]))
                return 2;
        }
    }
    return 0;
}

/* Tries one kind of move for all streams, in turn, from where the plan before stopped; how many
 * were made. */
static int sweep(struct weir_plan *plan, const struct weir_plan_view *view,
                 int (*try)(struct weir_plan *, const struct weir_plan_view *, int), int most) {
    const int streams = plan->site->streams, first = plan->turn;
    int moved = 0;
    for (int i = 0; i < streams && moved < most; i++) {
        const int stream = (first + i) % streams;
        if (plan->played > PLAYED_MOST) {
            plan->turn = stream;
            break;
        }
        if (view->rhythm[stream].due_ns >= 0)
            moved += try(plan, view, stream);
    }
    return moved;
}

/* Waits that were measured, held against those that the plan before foresaw. */
static void learn(struct weir_plan *plan, const struct weir_plan_view *view) {
    for (int n = 0; n < plan->site->nodes; n++) {
        double sum = 0, rate = 0;
        if (view->wait_ns[n] < 0 || !plan->guests[n])
            continue;
        for (int k = 0; k < plan->guests[n]; k++)
            rate += rate_of(view, plan->guest[n][k]);
        sum = waits_at(plan, view, n, -1, -1, NULL) / plan->real[n];
        if (sum / rate < TELLING_NS)
            continue;
        double real = (double)view->wait_ns[n] / (sum / rate);
        plan->real[n] += LEARN * (fmin(REAL_MOST, fmax(REAL_LEAST, real)) - plan->real[n]);
    }
}

void weir_plan_make(struct weir_plan *plan, const struct weir_plan_view *view, int *ret_preferred) {
    const int streams = plan->site->streams;
    int left = streams / TURNS > MOVES_LEAST ? streams / TURNS : MOVES_LEAST;
    plan->played = 0;
    take_places(plan, view);
    learn(plan, view);
    for (int i = 0; i < SWEEPS && left > 0; i++) {
        int moved = sweep(plan, view, move, left);
        if (!moved)
            moved = sweep(plan, view, exchange, 1);
        if (!moved)
            break;
        left -= moved;
    }
    if (plan->played <= PLAYED_MOST)
        plan->turn = (plan->turn + 1) % streams;
    for (int i = 0; i < streams; i++)
        ret_preferred[i] = plan->at[i] >= 0 && prospect_of(view, i, plan->at[i])->on_offer &&
                                   prospect_of(view, i, plan->at[i])->meets
                               ? plan->at[i]
                               : -1;
}
