/* This machine as a site: one node, no links, the streams that are there. */
#include <stdlib.h>
#include <string.h>

#include "run/chooser_agent.h"

#define WINDOW_S 10 /* over which a floor is to hold */
#define NO_DEADLINE_NS (1000000 * WEIR_NS_PER_S)
enum { AUDIT_EVERY = 25 /* frames */ };

static int read_sight(struct agent_chooser *c, int m, struct weir_error *err) {
    char *path = weir_sight_path(c->conf.model_path[m]);
    int rc = path ? weir_sight_read(path, &c->sight[m], err)
                  : weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (rc == WEIR_ENOENT)
        weir_fail(err, rc,
                  "strategy %s: nothing says how well %s sees: there is no %s; to make it: weir "
                  "profile SOURCE... --models %s",
                  c->strategy->name, c->conf.model[m], path, c->conf.model_path[m]);
    free(path);
    return rc;
}

static int map_classes(struct agent_chooser *c, struct weir_error *err) {
    const struct weir_labels *labels = c->conf.labels;
    c->class_of = malloc((labels->len + 1) * sizeof *c->class_of);
    if (!c->class_of)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t i = 0; i < labels->len; i++)
        c->class_of[i] = weir_sight_class(&c->sight[0], labels->name[i]);
    return 0;
}

static int try_options(struct agent_chooser *c, struct weir_error *err) {
    const struct weir_site_view site = {
        .node = &c->node, .nodes = 1, .route = &c->route, .model = c->model, .models = 1};
    struct weir_strategy_state *state = NULL;
    char reason[WEIR_REASON_MAX] = "no reason given";
    c->node = (struct weir_node_view){"here", "edge", c->conf.workers, 1};
    c->model[0] = c->conf.model[0];
    if (!c->strategy->open)
        return 0;
    if (c->strategy->open(&site, 0, c->conf.options, &state, reason))
        return weir_fail(err, WEIR_EINVAL, "strategy %s: %.*s", c->strategy->name, WEIR_REASON_MAX,
                         reason);
    if (state && c->strategy->close)
        c->strategy->close(state);
    return 0;
}

/* Models whose times are not known here, all of them: one command measures them. */
static int check_costs(const struct agent_chooser *c, struct weir_error *err) {
    struct weir_buf unknown = {0}, all = {0};
    for (int m = 0; m < c->conf.models; m++) {
        if (weir_costs_infer_ns(c->conf.costs, c->conf.model[m], 320, 192, 1) < 0)
            weir_buf_printf(&unknown, "%s%s", unknown.len ? ", " : "", c->conf.model[m]);
        weir_buf_printf(&all, "%s%s", m ? "," : "", c->conf.model_path[m]);
    }
    int rc = 0;
    if (unknown.len)
        rc = weir_fail(err, WEIR_ENOENT,
                       "strategy %s: this machine's profile says nothing of %s; to measure what "
                       "models cost here: weir profile --models %s",
                       c->strategy->name, weir_buf_str(&unknown), weir_buf_str(&all));
    weir_buf_done(&unknown);
    weir_buf_done(&all);
    return rc;
}

int agent_site_check(struct agent_chooser *c, struct weir_error *err) {
    int rc = try_options(c, err);
    for (int m = 0; !rc && m < c->conf.models; m++)
        rc = read_sight(c, m, err);
    if (!rc)
        rc = check_costs(c, err);
    return rc ? rc : map_classes(c, err);
}

void agent_found(const struct agent_chooser *c, int setting, const struct weir_boxes *boxes,
                 struct weir_floor_box *into, struct weir_found *ret) {
    size_t len = 0;
    for (size_t i = 0; boxes && i < boxes->len && len < AGENT_BOXES_MAX; i++) {
        const struct weir_box *b = &boxes->data[i];
        const int class_id = c->class_of[b->class_id];
        if (class_id >= 0)
            into[len++] = (struct weir_floor_box){b->x0, b->y0, b->x1, b->y1, class_id, b->score};
    }
    *ret = (struct weir_found){setting, into, len};
}

/* ---- making ------------------------------------------------------------------------- */

void agent_site_done(struct agent_chooser *c) {
    weir_agent_free(c->agent);
    weir_planner_free(c->planner);
    weir_learnt_free(c->learnt);
    free(c->stream);
    free(c->stream_name);
    free(c->cost);
    free(c->slot_ns);
    free(c->compare_ns);
    free(c->may);
    c->agent = NULL;
    c->planner = NULL;
    c->learnt = NULL;
    c->stream = NULL;
    c->stream_name = NULL;
    c->cost = NULL;
    c->slot_ns = c->compare_ns = NULL;
    c->may = NULL;
}

/* Reduced from the widest stream's picture: what it costs hardly depends on that. */
static int64_t slot_of(const struct agent_chooser *c, const struct weir_setting *s, int width,
                       int height) {
    const int64_t infer =
        weir_costs_infer_ns(c->conf.costs, c->conf.model[s->model], s->width, s->height, 1);
    const int64_t reduce = weir_costs_reduce_ns(c->conf.costs, width, height, s->width, s->height);
    return (infer > 0 ? infer : WEIR_NS_PER_MS) + (reduce > 0 ? reduce : 0);
}

static void find_costs(struct agent_chooser *c) {
    int width = 1, height = 1;
    for (int i = 0; i < c->members; i++)
        if (c->member[i].known && c->member[i].width > width) {
            width = c->member[i].width;
            height = c->member[i].height;
        }
    for (int k = 0; k < c->settings; k++) {
        const int64_t ns = slot_of(c, &c->setting[k], width, height);
        c->cost[k] = (struct weir_agent_cost){.slot_ns = ns, .share_ns = ns};
        c->slot_ns[k] = c->compare_ns[k] = ns;
    }
}

static void put_stream(struct agent_chooser *c, struct agent_member *m, int at) {
    const struct weir_workflow *wf = c->conf.workflow;
    const double deadline_ms = wf->set.slo.deadline_ms;
    m->at = at;
    snprintf(c->stream_name[at], sizeof *c->stream_name, "%d", at);
    c->stream[at] = (struct weir_stream_view){
        .name = c->stream_name[at],
        .rate_fps = m->rate_fps,
        .width = m->width,
        .height = m->height,
        .deadline_ns = m->live && deadline_ms > 0 ? (int64_t)(deadline_ms * 1e6) : NO_DEADLINE_NS,
        .min_accuracy = weir_workflow_floor(wf),
        .reference = m->reference,
    };
    memcpy(c->may + (size_t)at * (size_t)c->settings, m->may, (size_t)c->settings * sizeof *c->may);
}

static int make_learnt(struct agent_chooser *c, int streams, struct weir_error *err) {
    struct weir_learnt_stream *stream = calloc((size_t)streams, sizeof *stream);
    double *none = calloc((size_t)c->settings, sizeof *none);
    int rc = stream && none ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int i = 0; !rc && i < streams; i++)
        stream[i] = (struct weir_learnt_stream){
            .width = c->stream[i].width,
            .reference = c->stream[i].reference,
            .min_accuracy = c->stream[i].min_accuracy,
            .rate_fps = c->stream[i].rate_fps,
        };
    if (!rc)
        rc = weir_learnt_new(&(struct weir_learnt_conf){.setting = c->setting,
                                                        .settings = c->settings,
                                                        .stream = stream,
                                                        .streams = streams,
                                                        .mean_bytes = none,
                                                        .sight = c->sight,
                                                        .models = c->conf.models,
                                                        .window_s = WINDOW_S,
                                                        .audit_every = AUDIT_EVERY,
                                                        .seed = 1},
                             &c->learnt, err);
    free(stream);
    free(none);
    return rc;
}

static int make_agent(struct agent_chooser *c, struct weir_error *err) {
    const struct weir_agent_there there = {
        .reachable = true,
        .serves = c->serves,
        .compare_ns = c->compare_ns,
        .way_sharers = 1,
        .slot_sharers = 1,
    };
    int rc = weir_agent_new(&(struct weir_agent_conf){.site = &c->site,
                                                      .cost = c->cost,
                                                      .there = &there,
                                                      .may = c->may,
                                                      .beliefs = weir_learnt_beliefs(c->learnt),
                                                      .strategy = c->strategy,
                                                      .options = c->conf.options,
                                                      .watch = c->conf.watch},
                            &c->agent, err);
    if (!rc && c->strategy->plan)
        rc = weir_planner_new(&(struct weir_planner_conf){.site = &c->site,
                                                          .begin_ns = c->planned_ns,
                                                          .slot_ns = c->slot_ns,
                                                          .strategy = c->strategy,
                                                          .options = c->conf.options,
                                                          .watch = c->conf.watch},
                              &c->planner, err);
    return rc;
}

int agent_site_make(struct agent_chooser *c, struct weir_error *err) {
    const size_t settings = (size_t)c->settings;
    int streams = 0, at = 0;
    for (int i = 0; i < c->members; i++)
        streams += c->member[i].known;
    agent_audits_done(c);
    agent_site_done(c);
    c->generation++;
    c->stream = calloc((size_t)streams, sizeof *c->stream);
    c->stream_name = calloc((size_t)streams, sizeof *c->stream_name);
    c->cost = calloc(settings, sizeof *c->cost);
    c->slot_ns = calloc(settings, sizeof *c->slot_ns);
    c->compare_ns = calloc(settings, sizeof *c->compare_ns);
    c->may = calloc((size_t)streams * settings, sizeof *c->may);
    if (!c->stream || !c->stream_name || !c->cost || !c->slot_ns || !c->compare_ns || !c->may)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int i = 0; i < c->members; i++) {
        c->member[i].numbered = 0;
        if (c->member[i].known)
            put_stream(c, &c->member[i], at++);
    }
    for (int m = 0; m < c->conf.models; m++) {
        c->model[m] = c->conf.model[m];
        c->serves[m] = true;
    }
    find_costs(c);
    c->node = (struct weir_node_view){"here", "edge", c->conf.workers, 1};
    c->route = (struct weir_route_view){0};
    c->site = (struct weir_site_view){
        .node = &c->node,
        .nodes = 1,
        .route = &c->route,
        .model = c->model,
        .models = c->conf.models,
        .setting = c->setting,
        .settings = c->settings,
        .stream = c->stream,
        .streams = streams,
    };
    int rc = make_learnt(c, streams, err);
    return rc ? rc : make_agent(c, err);
}
