#include "sched/planner.h"

#include <stdlib.h>
#include <string.h>

enum { GONE = 25 }; /* frames that did not come: the stream is gone */

struct weir_planner {
    struct weir_planner_conf conf;
    struct weir_strategy_state *state;
    int64_t last_ns; /* of the plan before */
    double *flow; /* [streams][settings], as the next three */
    int64_t *bytes;
    struct weir_prospect *prospect;
    int64_t *toll_ns;
    struct weir_rhythm *rhythm; /* [streams] */
    int *preferred; /* [streams] */
    int64_t *wait_ns, *waited; /* [nodes]: sum of waits since, and of how many; then the mean */
};

static int make(struct weir_planner *p) {
    const struct weir_site_view *site = p->conf.site;
    const size_t streams = (size_t)site->streams, nodes = (size_t)site->nodes,
                 cells = streams * (size_t)site->settings;
    p->flow = calloc(cells, sizeof *p->flow);
    p->bytes = calloc(cells, sizeof *p->bytes);
    p->prospect = calloc(cells, sizeof *p->prospect);
    p->toll_ns = calloc(cells, sizeof *p->toll_ns);
    p->rhythm = calloc(streams, sizeof *p->rhythm);
    p->preferred = calloc(streams, sizeof *p->preferred);
    p->wait_ns = calloc(nodes, sizeof *p->wait_ns);
    p->waited = calloc(nodes, sizeof *p->waited);
    return p->flow && p->bytes && p->prospect && p->toll_ns && p->rhythm && p->preferred &&
                   p->wait_ns && p->waited
               ? 0
               : WEIR_ENOMEM;
}

int weir_planner_new(const struct weir_planner_conf *conf, struct weir_planner **ret,
                     struct weir_error *err) {
    const struct weir_strategy *strategy = conf->strategy;
    char reason[WEIR_REASON_MAX] = "no reason given";
    int answer = 0;
    struct weir_planner *p = calloc(1, sizeof *p);
    if (!p)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    p->conf = *conf;
    p->last_ns = conf->begin_ns;
    if (make(p)) {
        weir_planner_free(p);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    for (int i = 0; i < conf->site->streams; i++) {
        p->rhythm[i].due_ns = -1;
        p->preferred[i] = -1;
    }
    if (strategy->open)
        answer =
            strategy->open(conf->site, -1, conf->options ? conf->options : "", &p->state, reason);
    if (conf->watch && conf->watch->opened)
        conf->watch->opened(conf->watch, -1, answer);
    if (answer) {
        weir_planner_free(p);
        return weir_fail(err, WEIR_EINVAL, "strategy %s: %.*s", strategy->name, WEIR_REASON_MAX,
                         reason);
    }
    *ret = p;
    return 0;
}

void weir_planner_free(struct weir_planner *p) {
    if (!p)
        return;
    if (p->state && p->conf.strategy->close)
        p->conf.strategy->close(p->state);
    free(p->flow);
    free(p->bytes);
    free(p->prospect);
    free(p->toll_ns);
    free(p->rhythm);
    free(p->preferred);
    free(p->wait_ns);
    free(p->waited);
    free(p);
}

void weir_planner_hear(struct weir_planner *p, int stream, int64_t now_ns,
                       const struct weir_agent_report *report) {
    const size_t settings = (size_t)p->conf.site->settings, row = (size_t)stream * settings;
    struct weir_rhythm *rhythm = &p->rhythm[stream];
    *rhythm = report->rhythm;
    if (now_ns - rhythm->due_ns > GONE * rhythm->period_ns)
        rhythm->due_ns = -1;
    for (size_t s = 0; s < settings; s++)
        p->flow[row + s] += report->sent[s];
    if (rhythm->due_ns < 0) {
        memset(p->prospect + row, 0, settings * sizeof *p->prospect);
        memset(p->bytes + row, 0, settings * sizeof *p->bytes);
    } else {
        memcpy(p->prospect + row, report->prospect, settings * sizeof *p->prospect);
        memcpy(p->bytes + row, report->bytes, settings * sizeof *p->bytes);
    }
}

void weir_planner_hear_waits(struct weir_planner *p, int node, int64_t sum_ns, int64_t count) {
    p->wait_ns[node] += sum_ns;
    p->waited[node] += count;
}

void weir_planner_plan(struct weir_planner *p, int64_t now_ns) {
    const struct weir_site_view *site = p->conf.site;
    const size_t nodes = (size_t)site->nodes,
                 cells = (size_t)site->streams * (size_t)site->settings;
    struct weir_strategy_watch *watch = p->conf.watch;
    for (size_t i = 0; i < cells; i++)
        p->flow[i] *= now_ns > p->last_ns ? 1e9 / (double)(now_ns - p->last_ns) : 0;
    for (size_t n = 0; n < nodes; n++)
        p->wait_ns[n] = p->waited[n] ? p->wait_ns[n] / p->waited[n] : -1;
    memset(p->toll_ns, 0, cells * sizeof *p->toll_ns);
    for (int i = 0; i < site->streams; i++)
        p->preferred[i] = -1;
    const struct weir_plan_view view = {
        .site = site,
        .now_ns = now_ns,
        .flow = p->flow,
        .slot_ns = p->conf.slot_ns,
        .bytes = p->bytes,
        .wait_ns = p->wait_ns,
        .rhythm = p->rhythm,
        .prospect = p->prospect,
    };
    p->conf.strategy->plan(p->state, &view, p->toll_ns, p->preferred);
    if (watch && watch->planned)
        watch->planned(watch, &view, p->toll_ns, p->preferred);
    memset(p->flow, 0, cells * sizeof *p->flow);
    memset(p->wait_ns, 0, nodes * sizeof *p->wait_ns);
    memset(p->waited, 0, nodes * sizeof *p->waited);
    p->last_ns = now_ns;
}

const int64_t *weir_planner_toll(const struct weir_planner *p, int stream) {
    return p->toll_ns + (size_t)stream * (size_t)p->conf.site->settings;
}

int weir_planner_preferred(const struct weir_planner *p, int stream) {
    return p->preferred[stream];
}
