/*
 * Every way to analyse a frame becomes a setting: each node that serves a model, by each picture of
 * the table, as it is where a camera stands, coded from elsewhere.
 */
#include <stdlib.h>

#include "sim/case_parts.h"

/* How slow a model is: its slowest picture. */
static uint32_t slowest_ns(const struct sim_table *t, int model) {
    uint32_t most = 0;
    for (int i = 0; i < t->settings; i++)
        if (t->setting[i].model == model && t->setting[i].infer_ns > most)
            most = t->setting[i].infer_ns;
    return most;
}

static bool chosen_from(const struct sim_case *ready, int model) {
    const struct sim_table *t = &ready->table;
    for (int i = 0; i < t->settings; i++)
        if (t->setting[i].model == model && sim_case_wanted(ready->of, t, &t->setting[i]))
            return true;
    return false;
}

/* Names of the models that are chosen from, the slower first; ret_index [models of the table]. */
static void list_models(struct sim_case *ready, int *ret_index) {
    const struct sim_table *t = &ready->table;
    for (int m = 0; m < t->models; m++)
        ret_index[m] = -1;
    for (;;) {
        int next = -1;
        for (int m = 0; m < t->models; m++)
            if (ret_index[m] < 0 && chosen_from(ready, m) &&
                (next < 0 || slowest_ns(t, m) > slowest_ns(t, next)))
                next = m;
        if (next < 0)
            return;
        ret_index[next] = ready->models;
        ready->model[ready->models++] = t->model[next];
    }
}

static bool holds_camera(const struct sim_case *ready, int node) {
    for (size_t i = 0; i < ready->of->nodes.len; i++)
        if (ready->node[i] == node)
            return true;
    return false;
}

/* Of the reference's model, and wide as audits look; those of a width to choose are there already.
 */
static bool for_audits(const struct sim_case *ready, const struct sim_table_setting *s, int model) {
    return s->model == model && s->width == ready->of->audit_width &&
           s->travel != WEIR_TRAVEL_H264 && !sim_case_wanted(ready->of, &ready->table, s);
}

/* Those to choose from; audits: those that are for audits alone. How many. */
static int make_settings(struct sim_case *ready, const int *model_index, int model, bool audits) {
    const struct sim_table *t = &ready->table;
    int at = audits ? ready->settings : 0;
    for (int n = 0; n < (int)ready->site.node_len; n++)
        for (int i = 0; i < t->settings; i++) {
            const struct sim_table_setting *s = &t->setting[i];
            if (!(audits ? for_audits(ready, s, model) : sim_case_wanted(ready->of, t, s)) ||
                !weir_site_serves(&ready->site.node[n], t->model[s->model]) ||
                (s->travel == WEIR_TRAVEL_NONE && !holds_camera(ready, n)))
                continue;
            ready->cost[at] =
                (struct sim_cost){s->reduce_ns, s->encode_ns, s->decode_ns, s->infer_ns};
            ready->setting[at++] =
                (struct weir_setting){n,         model_index[s->model],       s->width,
                                      s->height, (enum weir_travel)s->travel, s->quality};
        }
    return at;
}

static double slot_ns(const struct sim_case *ready, int setting) {
    const struct weir_site_node *node = &ready->site.node[ready->setting[setting].node];
    const struct sim_cost *cost = &ready->cost[setting];
    return node->slowdown > 0 ? (double)(cost->decode_ns + cost->infer_ns) * node->slowdown
                              : (node->fixed_ms + node->each_ms) * 1e6;
}

/* The better picture first: as it is, JPEG, H.264; then better quality, then the faster node. */
static bool better(const struct sim_case *ready, int a, int b) {
    const struct weir_setting *s = &ready->setting[a], *t = &ready->setting[b];
    if (s->travel != t->travel)
        return s->travel < t->travel;
    if (s->quality != t->quality && s->travel != WEIR_TRAVEL_NONE)
        return s->travel == WEIR_TRAVEL_H264 ? s->quality < t->quality : s->quality > t->quality;
    return slot_ns(ready, a) < slot_ns(ready, b);
}

/* There and back. */
static int connected(const struct weir_site *site, int from, int to, int *scratch, bool *ret) {
    size_t len;
    int rc = weir_site_route(site, from, to, scratch, site->node_len, &len);
    if (!rc)
        rc = weir_site_route(site, to, from, scratch, site->node_len, &len);
    *ret = !rc;
    return rc == WEIR_ENOENT ? 0 : rc;
}

static int place_references(struct sim_complaints *c, struct sim_case *ready,
                            struct sim_yardstick y, int model, int *scratch) {
    for (int n = 0; n < (int)ready->site.node_len; n++) {
        ready->reference[n] = -1;
        if (!holds_camera(ready, n))
            continue;
        for (int i = 0; i < ready->settings; i++) {
            const struct weir_setting *s = &ready->setting[i];
            bool reachable = false;
            if (s->model != model || s->width != y.width ||
                (s->travel == WEIR_TRAVEL_NONE) != (s->node == n))
                continue;
            int rc = connected(&ready->site, n, s->node, scratch, &reachable);
            if (rc)
                return rc;
            if (reachable && (ready->reference[n] < 0 || better(ready, i, ready->reference[n])))
                ready->reference[n] = i;
        }
        if (ready->reference[n] < 0)
            sim_case_complain(
                c, ready->of->at.reference, "reference",
                "found %s at %d, which no node serves that a camera at %s could reach; "
                "allowed: a model that some node serves, and a way there and back",
                ready->model[model], y.width, ready->site.node[n].name);
    }
    return 0;
}

static int make(struct sim_complaints *c, struct sim_case *ready, struct sim_yardstick y,
                int *model_index, int *scratch) {
    list_models(ready, model_index);
    ready->settings = make_settings(ready, model_index, y.model, false);
    ready->audit_settings = make_settings(ready, model_index, y.model, true) - ready->settings;
    for (int i = 0; i < ready->settings + ready->audit_settings; i++)
        if (ready->cost[i].infer_ns <= 0) {
            sim_case_complain(
                c, ready->of->at.table, "table",
                "found %s, which says of %s that inference takes no time; record it anew",
                ready->of->table, ready->model[ready->setting[i].model]);
            return 0;
        }
    return place_references(c, ready, y, model_index[y.model], scratch);
}

int sim_case_settings(struct sim_complaints *c, struct sim_case *ready, struct sim_yardstick y) {
    const size_t nodes = ready->site.node_len, models = (size_t)ready->table.models,
                 room = nodes * (size_t)ready->table.settings + 1;
    int *model_index = calloc(models, sizeof *model_index);
    int *scratch = calloc(nodes, sizeof *scratch);
    ready->model = calloc(models, sizeof *ready->model);
    ready->setting = calloc(room, sizeof *ready->setting);
    ready->cost = calloc(room, sizeof *ready->cost);
    ready->reference = calloc(nodes, sizeof *ready->reference);
    int rc = WEIR_ENOMEM;
    if (model_index && scratch && ready->model && ready->setting && ready->cost && ready->reference)
        rc = make(c, ready, y, model_index, scratch);
    free(model_index);
    free(scratch);
    return rc;
}
