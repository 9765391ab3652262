/* The replay: a strategy is shown what was recorded, and answers again. */
#include <stdlib.h>
#include <string.h>

#include "sim/calls.h"
#include "sim/calls_code.h"

struct replay {
    const struct weir_strategy *strategy;
    struct sim_tape tape;
    struct sim_calls_site site;
    const char *options;
    struct sim_calls_last last;
    bool *open; /* [1 + nodes]: the planner, agents */
    struct weir_strategy_state **state; /* likewise */
    struct weir_offer *offer; /* [settings] */
    int64_t *toll; /* [settings] */
    struct sim_plan_call plan; /* as recorded */
    int64_t *answered; /* tolls */
    int *preferred; /* likewise */
    struct sim_replay done; /* so far */
};

static bool make_room(struct replay *r) {
    const struct weir_site_view *site = &r->site.view;
    const size_t nodes = (size_t)site->nodes, settings = (size_t)site->settings,
                 streams = (size_t)site->streams, cells = streams * settings;
    r->open = calloc(nodes + 1, sizeof *r->open);
    r->state = calloc(nodes + 1, sizeof *r->state);
    r->offer = calloc(settings, sizeof *r->offer);
    r->toll = calloc(settings, sizeof *r->toll);
    struct sim_plan_call *p = &r->plan;
    p->flow = calloc(cells, sizeof *p->flow);
    p->slot_ns = calloc(settings, sizeof *p->slot_ns);
    p->bytes = calloc(cells, sizeof *p->bytes);
    p->wait_ns = calloc(nodes, sizeof *p->wait_ns);
    p->rhythm = calloc(streams, sizeof *p->rhythm);
    p->prospect = calloc(cells, sizeof *p->prospect);
    p->toll_ns = calloc(cells, sizeof *p->toll_ns);
    p->preferred = calloc(streams, sizeof *p->preferred);
    r->answered = calloc(cells, sizeof *r->answered);
    r->preferred = calloc(streams, sizeof *r->preferred);
    return r->open && r->state && r->offer && r->toll && p->flow && p->slot_ns && p->bytes &&
           p->wait_ns && p->rhythm && p->prospect && p->toll_ns && p->preferred && r->answered &&
           r->preferred && !sim_calls_last_init(&r->last, site);
}

static void done(struct replay *r) {
    for (int i = 0; r->state && i <= r->site.view.nodes; i++)
        if (r->state[i] && r->strategy->close)
            r->strategy->close(r->state[i]);
    free(r->open);
    free(r->state);
    free(r->offer);
    free(r->toll);
    free(r->plan.flow);
    free(r->plan.slot_ns);
    free(r->plan.bytes);
    free(r->plan.wait_ns);
    free(r->plan.rhythm);
    free(r->plan.prospect);
    free(r->plan.toll_ns);
    free(r->plan.preferred);
    free(r->answered);
    free(r->preferred);
    sim_calls_last_done(&r->last);
    sim_calls_site_done(&r->site);
}

static int corrupt(const struct replay *r, struct weir_error *err) {
    return weir_fail(err, WEIR_ECORRUPT,
                     "call %lld: these are not the bytes that were recorded; nothing from there on "
                     "can be replayed: record the run again",
                     (long long)r->done.calls + 1);
}

/* Do the words make sense, and was it opened? An agent is asked for its own streams only. */
static bool good(const struct replay *r, int node, int stream) {
    return !r->tape.bad && r->tape.at == r->tape.end && r->open[1 + node] &&
           (stream < 0 ? node < 0 : r->site.view.stream[stream].node == node);
}

static int replay_open(struct replay *r, int node, struct weir_error *err) {
    const int recorded = sim_code_int(&r->tape, 0);
    const char *name = node < 0 ? "the planner" : r->site.view.node[node].name;
    char reason[WEIR_REASON_MAX] = "no reason given";
    int answer = 0;
    if (r->tape.bad || r->tape.at != r->tape.end || r->open[1 + node])
        return corrupt(r, err);
    if (r->strategy->open && (node >= 0 || r->strategy->plan))
        answer = r->strategy->open(&r->site.view, node, r->options, &r->state[1 + node], reason);
    if (answer)
        r->state[1 + node] = NULL;
    r->open[1 + node] = !answer;
    if (answer == recorded)
        return 0;
    return weir_fail(
        err, WEIR_EINVAL, "call %lld, open of %s%s: recorded %d, %s now answers %d%s%.*s",
        (long long)r->done.calls + 1, node < 0 ? "" : "the agent at ", name, recorded,
        r->strategy->name, answer, answer ? ": " : "", WEIR_REASON_MAX, answer ? reason : "");
}

static int replay_choose(struct replay *r, int node, struct weir_error *err) {
    struct weir_frame_view view = {0};
    int recorded = 0;
    sim_code_choose(&r->tape, &r->last, &view, r->offer, r->toll, &recorded);
    if (!good(r, node, view.stream))
        return corrupt(r, err);
    const int answer = r->strategy->choose(r->state[1 + node], &view);
    r->done.choices++;
    if (answer == recorded)
        return 0;
    return weir_fail(err, WEIR_EINVAL,
                     "call %lld, choose by the agent at %s for frame %lld of stream %s, from %d "
                     "offers: recorded %d, %s now answers %d",
                     (long long)r->done.calls + 1, r->site.view.node[node].name,
                     (long long)view.frame, r->site.view.stream[view.stream].name, view.offers,
                     recorded, r->strategy->name, answer);
}

static int replay_plan(struct replay *r, int node, struct weir_error *err) {
    const struct weir_site_view *site = &r->site.view;
    const size_t cells = (size_t)site->streams * (size_t)site->settings;
    const struct sim_plan_call *p = &r->plan;
    sim_code_plan(&r->tape, &r->last, &r->plan);
    if (!good(r, node, -1))
        return corrupt(r, err);
    memset(r->answered, 0, cells * sizeof *r->answered);
    for (int i = 0; i < site->streams; i++)
        r->preferred[i] = -1;
    if (r->strategy->plan)
        r->strategy->plan(r->state[0],
                          &(struct weir_plan_view){.site = site,
                                                   .now_ns = p->now_ns,
                                                   .flow = p->flow,
                                                   .slot_ns = p->slot_ns,
                                                   .bytes = p->bytes,
                                                   .wait_ns = p->wait_ns,
                                                   .rhythm = p->rhythm,
                                                   .prospect = p->prospect},
                          r->answered, r->preferred);
    r->done.plans++;
    for (size_t i = 0; i < cells; i++)
        if (r->answered[i] != p->toll_ns[i])
            return weir_fail(err, WEIR_EINVAL,
                             "call %lld, plan at %.3f s: for stream %s in setting %zu a toll of "
                             "%lld ns was recorded, %s now answers %lld",
                             (long long)r->done.calls + 1, (double)p->now_ns / 1e9,
                             site->stream[i / (size_t)site->settings].name,
                             i % (size_t)site->settings, (long long)p->toll_ns[i],
                             r->strategy->name, (long long)r->answered[i]);
    for (int i = 0; i < site->streams; i++)
        if (r->preferred[i] != p->preferred[i])
            return weir_fail(err, WEIR_EINVAL,
                             "call %lld, plan at %.3f s: for stream %s setting %d was recorded as "
                             "preferred, %s now answers %d",
                             (long long)r->done.calls + 1, (double)p->now_ns / 1e9,
                             site->stream[i].name, p->preferred[i], r->strategy->name,
                             r->preferred[i]);
    return 0;
}

static int replay_result(struct replay *r, int node, struct weir_error *err) {
    struct weir_result_view view = {0};
    sim_code_result(&r->tape, &r->last, &view);
    if (!good(r, node, view.stream))
        return corrupt(r, err);
    if (r->strategy->result)
        r->strategy->result(r->state[1 + node], &view);
    r->done.results++;
    return 0;
}

static int replay_all(struct replay *r, const unsigned char *at, const unsigned char *end,
                      struct weir_error *err) {
    for (;;) {
        if (!sim_tape_get(&r->tape, (uint64_t)r->done.calls + 1, &at, end))
            return corrupt(r, err);
        const int kind = sim_code_int(&r->tape, 0), node = sim_code_int(&r->tape, 0);
        int rc;
        if (node < -1 || node >= r->site.view.nodes)
            return corrupt(r, err);
        switch (kind) {
        case SIM_CALL_END:
            return at == end ? 0 : corrupt(r, err);
        case SIM_CALL_OPEN:
            rc = replay_open(r, node, err);
            break;
        case SIM_CALL_CHOOSE:
            rc = replay_choose(r, node, err);
            break;
        case SIM_CALL_PLAN:
            rc = replay_plan(r, node, err);
            break;
        case SIM_CALL_RESULT:
            rc = replay_result(r, node, err);
            break;
        default:
            rc = corrupt(r, err);
        }
        if (rc)
            return rc;
        r->done.calls++;
    }
}

int sim_calls_replay(const struct weir_strategy *strategy, const char *data, size_t len,
                     struct sim_replay *ret, struct weir_error *err) {
    struct replay r = {.strategy = strategy};
    const unsigned char *at = (const unsigned char *)data, *end = at + len;
    const char *recorded;
    int rc = 0;
    if (!sim_tape_get(&r.tape, 0, &at, end))
        r.tape.bad = true;
    else
        rc = sim_calls_read_head(&r.tape, &r.site, &recorded, &r.options);
    if (!rc && r.tape.bad)
        rc = weir_fail(err, WEIR_ECORRUPT,
                       "call 0, the site: this is no recording of a strategy's calls, or not as it "
                       "was recorded; record the run again");
    else if (rc || !make_room(&r))
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc)
        rc = replay_all(&r, at, end, err);
    if (!rc)
        *ret = r.done;
    done(&r);
    return rc;
}
