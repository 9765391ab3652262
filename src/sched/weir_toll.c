#include "sched/weir_toll.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEARN 0.1 /* of the way to the regularity that was found, each plan */
#define LOAD_MOST 0.98 /* above, a wait would have no bound: it grows on as a straight line */
#define REGULAR_BEGIN 0.3
#define REGULAR_LEAST 0.05
#define REGULAR_MOST 1.5
#define TELLING_LOAD 0.3 /* below, waits say little about regularity */
#define TOLL_MOST_NS 1e15 /* days: nobody goes there */
#define PART 0.25 /* of a stream's frames: what a node or link is asked to take on besides */
#define TURNS 8 /* an eighth of the streams has its tolls renewed by each plan */

/* What flows through a node's slots, or over one way of a link, as a queue. */
struct through {
    double busy; /* servers kept busy, on average */
    double jobs; /* a second */
};

struct weir_toll {
    const struct weir_site_view *site;
    double *regular; /* [nodes]: k */
    struct through *node, *link; /* [nodes], [links][2]: of all streams, lately */
    struct through *own_node, *own_link; /* likewise: of one stream; 0 between calls */
    struct through *planned; /* [links][2]: as a plan would fill them */
    int64_t *toll_ns; /* [streams][settings]: as last worked out */
    int turn;
};

void weir_toll_free(struct weir_toll *toll) {
    if (!toll)
        return;
    free(toll->regular);
    free(toll->node);
    free(toll->link);
    free(toll->own_node);
    free(toll->own_link);
    free(toll->planned);
    free(toll->toll_ns);
    free(toll);
}

struct weir_toll *weir_toll_new(const struct weir_site_view *site) {
    const size_t nodes = (size_t)site->nodes, ways = 2 * (size_t)site->links + 1;
    struct weir_toll *toll = calloc(1, sizeof *toll);
    if (!toll)
        return NULL;
    toll->site = site;
    toll->regular = calloc(nodes, sizeof *toll->regular);
    toll->node = calloc(nodes, sizeof *toll->node);
    toll->link = calloc(ways, sizeof *toll->link);
    toll->own_node = calloc(nodes, sizeof *toll->own_node);
    toll->own_link = calloc(ways, sizeof *toll->own_link);
    toll->planned = calloc(ways, sizeof *toll->planned);
    toll->toll_ns = calloc((size_t)site->streams * (size_t)site->settings, sizeof *toll->toll_ns);
    if (!toll->regular || !toll->node || !toll->link || !toll->own_node || !toll->own_link ||
        !toll->planned || !toll->toll_ns) {
        weir_toll_free(toll);
        return NULL;
    }
    for (size_t n = 0; n < nodes; n++)
        toll->regular[n] = REGULAR_BEGIN;
    return toll;
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

static void learn_regularity(struct weir_toll *toll, const struct weir_plan_view *view) {
    for (int n = 0; n < toll->site->nodes; n++) {
        const int slots = toll->site->node[n].slots;
        const struct through *all = &toll->node[n];
        const double load = all->busy / slots;
        if (view->wait_ns[n] < 0 || load < TELLING_LOAD || load > LOAD_MOST)
            continue;
        double chance = all->busy / all->jobs * 1e9 * wait_at(load, slots);
        double k = fmin(REGULAR_MOST, fmax(REGULAR_LEAST, (double)view->wait_ns[n] / chance));
        toll->regular[n] += LEARN * (k - toll->regular[n]);
    }
}

/* On the links of its way, where all, and own of them, are used so. */
static double links_toll(const struct weir_plan_view *view, const struct through *all,
                         const struct through *own, int stream, int setting, double rate) {
    const struct weir_site_view *site = view->site;
    const struct weir_route_view *route = route_of(site, stream, setting);
    double sum = 0;
    for (int k = 0; k < route->links; k++) {
        const int l = 2 * route->link[k] + route->way[k];
        struct through mine = link_use(view, stream, setting,
                                       site->link[route->link[k]].mbit_per_s[route->way[k]], rate),
                       others = own ? less(all[l], own[l]) : all[l];
        sum += toll_of(&others, &mine, 1, REGULAR_BEGIN);
    }
    return sum;
}

static double rate_of(const struct weir_plan_view *view, int stream) {
    double rate = 0;
    for (int s = 0; s < view->site->settings; s++)
        rate += view->flow[stream * view->site->settings + s];
    return rate;
}

/* Takes what a stream sends itself out of what the others are, or puts nothing there again. */
static void set_own(struct weir_toll *toll, const struct weir_plan_view *view, int stream) {
    memset(toll->own_node, 0, (size_t)toll->site->nodes * sizeof *toll->own_node);
    memset(toll->own_link, 0, 2 * (size_t)toll->site->links * sizeof *toll->own_link);
    if (stream >= 0)
        count(view, stream, toll->own_node, toll->own_link);
}

/* Renews the tolls of one stream. */
static void charge(struct weir_toll *toll, const struct weir_plan_view *view, int stream) {
    const struct weir_site_view *site = toll->site;
    const double rate = PART * rate_of(view, stream);
    set_own(toll, view, stream);
    for (int s = 0; s < site->settings; s++) {
        const int n = site->setting[s].node;
        struct through mine = slot_use(view, s, rate),
                       others = less(toll->node[n], toll->own_node[n]);
        double sum = toll_of(&others, &mine, site->node[n].slots, toll->regular[n]) +
                     links_toll(view, toll->link, toll->own_link, stream, s, rate);
        toll->toll_ns[stream * site->settings + s] = llround(fmin(sum, TOLL_MOST_NS));
    }
    set_own(toll, view, -1);
}

/* ---- links as a plan would fill them ------------------------------------------ */

static double planned_rate(const struct weir_plan_view *view, int stream) {
    return 1e9 / (double)view->rhythm[stream].period_ns;
}

void weir_toll_empty(struct weir_toll *toll) {
    memset(toll->planned, 0, 2 * (size_t)toll->site->links * sizeof *toll->planned);
}

static void use(struct weir_toll *toll, const struct weir_plan_view *view, int stream, int setting,
                double rate) {
    const struct weir_route_view *route = route_of(view->site, stream, setting);
    for (int k = 0; k < route->links; k++) {
        struct through *link = &toll->planned[2 * route->link[k] + route->way[k]];
        const double mbit_per_s = view->site->link[route->link[k]].mbit_per_s[route->way[k]];
        struct through mine = link_use(view, stream, setting, mbit_per_s, fabs(rate));
        if (rate > 0)
            add(link, mine);
        else
            *link = less(*link, mine);
    }
}

void weir_toll_come(struct weir_toll *toll, const struct weir_plan_view *view, int stream,
                    int setting) {
    use(toll, view, stream, setting, planned_rate(view, stream));
}

void weir_toll_go(struct weir_toll *toll, const struct weir_plan_view *view, int stream,
                  int setting) {
    use(toll, view, stream, setting, -planned_rate(view, stream));
}

int64_t weir_toll_links(const struct weir_toll *toll, const struct weir_plan_view *view, int stream,
                        int setting) {
    double sum = links_toll(view, toll->planned, NULL, stream, setting, planned_rate(view, stream));
    return llround(fmin(sum, TOLL_MOST_NS));
}

/* ---- a plan's tolls ------------------------------------------------------------- */

void weir_toll_plan(struct weir_toll *toll, const struct weir_plan_view *view,
                    int64_t *ret_toll_ns) {
    const struct weir_site_view *site = toll->site;
    const int turns = site->streams < TURNS ? site->streams : TURNS;
    memset(toll->node, 0, (size_t)site->nodes * sizeof *toll->node);
    memset(toll->link, 0, 2 * (size_t)site->links * sizeof *toll->link);
    for (int i = 0; i < site->streams; i++)
        count(view, i, toll->node, toll->link);
    learn_regularity(toll, view);
    for (int i = toll->turn % turns; i < site->streams; i += turns)
        charge(toll, view, i);
    toll->turn = (toll->turn + 1) % turns;
    memcpy(ret_toll_ns, toll->toll_ns,
           (size_t)site->streams * (size_t)site->settings * sizeof *ret_toll_ns);
}
