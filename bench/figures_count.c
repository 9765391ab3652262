#include <math.h>
#include <stdlib.h>

#include "figures.h"

/* ---- how soon frames are on time again ------------------------------------------- */

#define ON_TIME_AGAIN 0.95
#define SHOWS_WITHIN (2 * WEIR_NS_PER_S)
#define SHARE_OVER (WEIR_NS_PER_S / 2)

static int by_due(const void *a, const void *b) {
    const int64_t x = ((const struct figures_due *)a)->due_ns,
                  y = ((const struct figures_due *)b)->due_ns;
    return (x > y) - (x < y);
}

struct figures_back figures_back(struct figures_due *due, size_t len, int64_t from_ns,
                                 int64_t until_ns) {
    struct figures_back back = {0};
    size_t first = 0, on_time = 0;
    int64_t last_ns = from_ns; /* looked at */
    bool any = false, below = false, of_this = false; /* the spell: began soon enough */
    qsort(due, len, sizeof *due, by_due);
    for (size_t i = 0; i < len && due[i].due_ns < until_ns; i++) {
        const bool before = below;
        on_time += due[i].on_time;
        for (; due[first].due_ns <= due[i].due_ns - SHARE_OVER; first++)
            on_time -= due[first].on_time;
        if (due[i].due_ns < from_ns)
            continue;
        any = true;
        back.below_s += before ? (double)(due[i].due_ns - last_ns) / 1e9 : 0;
        last_ns = due[i].due_ns;
        below = (double)on_time <= ON_TIME_AGAIN * (double)(i + 1 - first);
        if (below && !before)
            of_this = last_ns - from_ns <= SHOWS_WITHIN;
        if (before && !below && of_this)
            back.back_s = (double)(last_ns - from_ns) / 1e9;
    }
    if (!any || (below && of_this))
        back.back_s = INFINITY;
    return back;
}

/* ---- who is faster ---------------------------------------------------------------- */

int figures_rival(const struct figures_entry *entry, int len, int own) {
    const double enough = fmin(entry[own].on_time, 0.99);
    int best = -1;
    for (int i = 0; i < len; i++)
        if (i != own && entry[i].held >= FIGURES_HELD && entry[i].on_time >= enough &&
            (best < 0 || entry[i].latency_ms < entry[best].latency_ms))
            best = i;
    return best;
}

bool figures_as_fast(double own_ms, double rival_ms) {
    return own_ms <= 1.02 * rival_ms || own_ms <= rival_ms + 1;
}

/* ---- what a site can do ------------------------------------------------------------- */

static double slot_s(const struct sim_conf *conf, int setting) {
    const struct weir_site_node *node = &conf->site->node[conf->setting[setting].node];
    const struct sim_cost *cost = &conf->cost[setting];
    return node->slowdown > 0 ? (double)(cost->decode_ns + cost->infer_ns) * 1e-9 * node->slowdown
                              : (node->fixed_ms / node->batch + node->each_ms) * 1e-3;
}

/* The least that a stream's frame takes at a node; INFINITY: it is not analysed there. */
static double cheapest_s(const struct sim_conf *conf, const bool *takes, int stream, int node) {
    double least = INFINITY;
    for (int k = 0; k < conf->settings; k++) {
        const struct weir_setting *s = &conf->setting[k];
        const bool stays = s->travel == WEIR_TRAVEL_NONE;
        if (s->node == node && stays == (node == conf->stream[stream].node) &&
            takes[stream * conf->settings + k])
            least = fmin(least, slot_s(conf, k));
    }
    return least;
}

double figures_capacity_fps(const struct sim_conf *conf, const bool *takes) {
    double fps = 0;
    for (int n = 0; n < (int)conf->site->node_len; n++) {
        double sum = 0;
        int served = 0;
        for (int i = 0; i < conf->streams; i++) {
            const double s = cheapest_s(conf, takes, i, n);
            served += isfinite(s);
            sum += isfinite(s) ? s : 0;
        }
        fps += served ? conf->site->node[n].slots * served / sum : 0;
    }
    return fps;
}
