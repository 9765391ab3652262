/*
 * What a scenario names is looked up in site and table; what is not there is told, all of it at
 * once. Then every way to analyse a frame becomes a setting: each node that serves a model, by
 * each picture of the table, as it is where a camera stands, coded from elsewhere.
 */
#include "sim/case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what does not fit ---------------------------------------------------- */

struct complaints {
    const struct sim_case *ready;
    struct weir_buf text;
    int count;
};

static void complain(struct complaints *c, int line, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void complain(struct complaints *c, int line, const char *key, const char *fmt, ...) {
    char text[2048];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    weir_buf_printf(&c->text, "%s%s:%d: %s: %s", c->count ? "\n" : "", c->ready->scenario->file,
                    line ? line : c->ready->of->line, key, text);
    c->count++;
}

const char *sim_case_name(const struct sim_case *ready) {
    return *ready->of->name ? ready->of->name : ready->scenario->name;
}

void sim_case_print_record(const struct weir_scenario_case *of, struct weir_buf *out) {
    weir_buf_puts(out, "weir record");
    for (size_t i = 0; i < of->clips.len; i++)
        weir_buf_printf(out, " %s=SOURCE", of->clips.item[i]);
    for (int i = 0; i < of->cuts; i++) {
        bool named = false;
        for (size_t k = 0; k < of->clips.len; k++)
            named = named || !strcmp(of->clips.item[k], of->cut[i].clip);
        for (int k = 0; k < i; k++)
            named = named || !strcmp(of->cut[k].clip, of->cut[i].clip);
        if (!named)
            weir_buf_printf(out, " %s=SOURCE", of->cut[i].clip);
    }
    weir_buf_puts(out, " --models ");
    for (size_t i = 0; i < of->models.len; i++)
        weir_buf_printf(out, "%s%s", i ? "," : "", of->models.item[i]);
    if (!of->models.len)
        weir_buf_puts(out, of->reference_model ? of->reference_model : "A,B,…");
    for (int i = 0; i < of->widths; i++)
        weir_buf_printf(out, "%s%d", i ? "," : " --widths ", of->width[i]);
    for (size_t i = 0; i < of->codecs.len; i++)
        weir_buf_printf(out, "%s%s", i ? "," : " --codecs ", of->codecs.item[i]);
    weir_buf_printf(out, " -o %s", of->table);
}

void sim_case_print_setting(const struct sim_case *ready, int setting, struct weir_buf *out) {
    const struct weir_setting *s = &ready->setting[setting];
    weir_buf_printf(out, "%s %dx%d", ready->model[s->model], s->width, s->height);
    if (s->travel != WEIR_TRAVEL_NONE)
        weir_buf_printf(out, " %s %d", s->travel == WEIR_TRAVEL_JPEG ? "jpeg" : "h264", s->quality);
    weir_buf_printf(out, " at %s", ready->site.node[s->node].name);
}

/* ---- reading -------------------------------------------------------------- */

static int read_site(struct sim_case *ready, struct weir_error *err) {
    const struct weir_scenario_case *of = ready->of;
    int rc = weir_site_load(of->site, &ready->site, err);
    if (rc == WEIR_ENOENT)
        return weir_fail(err, rc,
                         "%s:%d: site: found no file %s; needed: a site.yaml, with the nodes that "
                         "there are and the links between them (README, Sites)",
                         ready->scenario->file, of->at.site, of->site);
    return rc;
}

static int read_table(struct sim_case *ready, struct weir_error *err) {
    const struct weir_scenario_case *of = ready->of;
    struct weir_error why = {0};
    int rc = sim_table_open(of->table, &ready->table, &why);
    if (!rc)
        return 0;
    struct weir_buf command = {0};
    sim_case_print_record(of, &command);
    if (rc == WEIR_ENOENT)
        weir_fail(err, rc, "%s:%d: table: found no file %s; to make it: %s", ready->scenario->file,
                  of->at.table, of->table, weir_buf_str(&command));
    else
        weir_fail(err, rc, "%s:%d: table: %s; to make it anew: %s", ready->scenario->file,
                  of->at.table, why.text, weir_buf_str(&command));
    weir_buf_done(&command);
    return rc;
}

/* ---- looking up ------------------------------------------------------------ */

static int find_model(const struct sim_table *t, const char *name) {
    for (int i = 0; i < t->models; i++)
        if (!strcmp(t->model[i], name))
            return i;
    return -1;
}

static int find_clip(const struct sim_table *t, const char *name) {
    for (int i = 0; i < t->clips; i++)
        if (!strcmp(t->clip[i].name, name))
            return i;
    return -1;
}

static void no_clip(struct complaints *c, int line, const char *key, const char *name) {
    struct weir_buf has = {0}, record = {0};
    const struct sim_table *t = &c->ready->table;
    for (int i = 0; i < t->clips; i++)
        weir_buf_printf(&has, "%s%s", i ? ", " : "", t->clip[i].name);
    sim_case_print_record(c->ready->of, &record);
    complain(c, line, key, "found \"%.100s\"; allowed: clips of %s: %s; to record others: %s", name,
             c->ready->of->table, weir_buf_str(&has), weir_buf_str(&record));
    weir_buf_done(&has);
    weir_buf_done(&record);
}

static void no_model(struct complaints *c, int line, const char *key, const char *name) {
    struct weir_buf has = {0};
    const struct sim_table *t = &c->ready->table;
    for (int i = 0; i < t->models; i++)
        weir_buf_printf(&has, "%s%s", i ? ", " : "", t->model[i]);
    complain(c, line, key,
             "found \"%.100s\"; allowed: models of %s: %s; or record the table with that, too",
             name, c->ready->of->table, weir_buf_str(&has));
    weir_buf_done(&has);
}

static void find_nodes(struct complaints *c, struct sim_case *ready) {
    const struct weir_scenario_case *of = ready->of;
    for (size_t i = 0; i < of->nodes.len; i++) {
        ready->node[i] = weir_site_node(&ready->site, of->nodes.item[i]);
        if (ready->node[i] >= 0)
            continue;
        struct weir_buf has = {0};
        for (size_t k = 0; k < ready->site.node_len && k < 20; k++)
            weir_buf_printf(&has, "%s%s", k ? ", " : "", ready->site.node[k].name);
        complain(c, of->at.nodes, "cameras.nodes", "found \"%.100s\"; allowed: nodes of %s: %s",
                 of->nodes.item[i], of->site, weir_buf_str(&has));
        weir_buf_done(&has);
    }
}

static void find_clips(struct complaints *c, struct sim_case *ready) {
    const struct weir_scenario_case *of = ready->of;
    const struct sim_table *t = &ready->table;
    for (size_t i = 0; i < of->clips.len; i++)
        if ((ready->clip[i] = find_clip(t, of->clips.item[i])) < 0)
            no_clip(c, of->at.clips, "cameras.clips", of->clips.item[i]);
    for (int i = 0; i < of->cuts; i++)
        if ((ready->cut_clip[i] = find_clip(t, of->cut[i].clip)) < 0)
            no_clip(c, of->cut[i].line, "cuts.clip", of->cut[i].clip);
    if (c->count)
        return;
    /* what moves must move as fast as it did, and a camera's pictures have one size */
    for (size_t i = 0; i < of->clips.len + (size_t)of->cuts; i++) {
        const bool cut = i >= of->clips.len;
        const int at = cut ? of->cut[i - of->clips.len].line : of->at.clips;
        const struct sim_table_clip
            *first = &t->clip[ready->clip[0]],
            *clip = &t->clip[cut ? ready->cut_clip[i - of->clips.len] : ready->clip[i]];
        if (fabs(clip->rate_fps / of->rate_fps - 1) > 0.01)
            complain(c, of->at.rate ? of->at.rate : at, "cameras.rate_fps",
                     "found %g for clip %s, recorded at %g frames per second; allowed: the rate "
                     "of the clips",
                     of->rate_fps, clip->name, (double)clip->rate_fps);
        if (clip->width != first->width || clip->height != first->height)
            complain(c, at, cut ? "cuts.clip" : "cameras.clips",
                     "found %s, %dx%d pixels, beside %s, %dx%d; allowed: clips of one size",
                     clip->name, clip->width, clip->height, first->name, first->width,
                     first->height);
    }
}

/* Is a picture of the table among what the case chooses from? */
static bool wanted(const struct weir_scenario_case *of, const struct sim_table *t,
                   const struct sim_table_setting *s) {
    static const char *const codec[] = {"", "jpeg", "h264"};
    bool model = !of->models.len, width = !of->widths,
         travel = !of->codecs.len || s->travel == WEIR_TRAVEL_NONE;
    for (size_t i = 0; i < of->models.len; i++)
        model = model || !strcmp(of->models.item[i], t->model[s->model]);
    for (int i = 0; i < of->widths; i++)
        width = width || of->width[i] == s->width;
    for (size_t i = 0; i < of->codecs.len; i++)
        travel = travel || !strcmp(of->codecs.item[i], codec[s->travel]);
    return model && width && travel;
}

static void check_choice(struct complaints *c, const struct sim_case *ready) {
    static const char *const codec[] = {"", "jpeg", "h264"};
    const struct weir_scenario_case *of = ready->of;
    const struct sim_table *t = &ready->table;
    for (size_t i = 0; i < of->models.len; i++)
        if (find_model(t, of->models.item[i]) < 0)
            no_model(c, of->at.models, "models", of->models.item[i]);
    for (int i = 0; i < of->widths; i++) {
        bool has = false;
        for (int k = 0; k < t->settings; k++)
            has = has || t->setting[k].width == of->width[i];
        if (!has)
            complain(c, of->at.widths, "widths",
                     "found %d, no width of %s; record the table with that, too", of->width[i],
                     of->table);
    }
    for (size_t i = 0; i < of->codecs.len; i++) {
        bool has = false;
        for (int k = 0; k < t->settings; k++)
            has = has || !strcmp(codec[t->setting[k].travel], of->codecs.item[i]);
        if (!has)
            complain(c, of->at.codecs, "codecs",
                     "found %s, in which nothing of %s was recorded; record it with that, too",
                     of->codecs.item[i], of->table);
    }
}

/* The one of the table that others are measured by; its model and width. */
struct yardstick {
    int model, width; /* of the table */
};

static struct yardstick find_reference(struct complaints *c, const struct sim_case *ready) {
    const struct weir_scenario_case *of = ready->of;
    const struct sim_table *t = &ready->table;
    struct yardstick y = {0, of->reference_width};
    if (of->reference_model)
        y.model = find_model(t, of->reference_model);
    if (y.model < 0) {
        no_model(c, of->at.reference, "reference.model", of->reference_model);
        return y;
    }
    bool chosen = false, width = false;
    for (int i = 0; i < t->settings; i++) {
        const struct sim_table_setting *s = &t->setting[i];
        if (s->model != y.model || !wanted(of, t, s))
            continue;
        chosen = true;
        if (!of->reference_width && s->width > y.width)
            y.width = s->width;
        width = width || s->width == y.width;
    }
    if (!chosen)
        complain(c, of->at.reference, "reference.model",
                 "found %s, which models, widths or codecs leave out; allowed: one that can be "
                 "chosen",
                 t->model[y.model]);
    else if (!width)
        complain(c, of->at.reference, "reference.width",
                 "found %d, in which %s was not recorded in %s, or which widths leaves out; "
                 "allowed: a width that can be chosen",
                 y.width, t->model[y.model], of->table);
    return y;
}

/* ---- settings --------------------------------------------------------------- */

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
        if (t->setting[i].model == model && wanted(ready->of, t, &t->setting[i]))
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

static void make_settings(struct sim_case *ready, const int *model_index) {
    const struct sim_table *t = &ready->table;
    for (int n = 0; n < (int)ready->site.node_len; n++)
        for (int i = 0; i < t->settings; i++) {
            const struct sim_table_setting *s = &t->setting[i];
            if (!wanted(ready->of, t, s) ||
                !weir_site_serves(&ready->site.node[n], t->model[s->model]) ||
                (s->travel == WEIR_TRAVEL_NONE && !holds_camera(ready, n)))
                continue;
            ready->cost[ready->settings] =
                (struct sim_cost){s->reduce_ns, s->encode_ns, s->decode_ns, s->infer_ns};
            ready->setting[ready->settings++] =
                (struct weir_setting){n,         model_index[s->model],       s->width,
                                      s->height, (enum weir_travel)s->travel, s->quality};
        }
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

static int place_references(struct complaints *c, struct sim_case *ready, struct yardstick y,
                            int model, int *scratch) {
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
            complain(c, ready->of->at.reference, "reference",
                     "found %s at %d, which no node serves that a camera at %s could reach; "
                     "allowed: a model that some node serves, and a way there and back",
                     ready->model[model], y.width, ready->site.node[n].name);
    }
    return 0;
}

/* ---- the whole ---------------------------------------------------------------- */

static int find_all(struct complaints *c, struct sim_case *ready, int *model_index, int *scratch) {
    find_nodes(c, ready);
    find_clips(c, ready);
    check_choice(c, ready);
    struct yardstick y = find_reference(c, ready);
    if (c->count)
        return 0;
    list_models(ready, model_index);
    make_settings(ready, model_index);
    for (int i = 0; i < ready->settings; i++)
        if (ready->cost[i].infer_ns <= 0) {
            complain(c, ready->of->at.table, "table",
                     "found %s, which says of %s that inference takes no time; record it anew",
                     ready->of->table, ready->model[ready->setting[i].model]);
            return 0;
        }
    return place_references(c, ready, y, model_index[y.model], scratch);
}

static int make(struct sim_case *ready, struct weir_error *err) {
    const struct weir_scenario_case *of = ready->of;
    const size_t nodes = ready->site.node_len;
    const size_t room = nodes * (size_t)ready->table.settings + 1;
    struct complaints c = {.ready = ready};
    int *model_index = calloc((size_t)ready->table.models, sizeof *model_index);
    int *scratch = calloc(nodes, sizeof *scratch);
    ready->model = calloc((size_t)ready->table.models, sizeof *ready->model);
    ready->setting = calloc(room, sizeof *ready->setting);
    ready->cost = calloc(room, sizeof *ready->cost);
    ready->node = calloc(of->nodes.len + 1, sizeof *ready->node);
    ready->clip = calloc(of->clips.len + 1, sizeof *ready->clip);
    ready->cut_clip = calloc((size_t)of->cuts + 1, sizeof *ready->cut_clip);
    ready->reference = calloc(nodes, sizeof *ready->reference);
    int rc = WEIR_ENOMEM;
    if (model_index && scratch && ready->model && ready->setting && ready->cost && ready->node &&
        ready->clip && ready->cut_clip && ready->reference)
        rc = find_all(&c, ready, model_index, scratch);
    free(model_index);
    free(scratch);
    if (rc || c.text.failed)
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    else if (c.count)
        rc = weir_fail(err, WEIR_EINVAL, "%s", weir_buf_str(&c.text));
    weir_buf_done(&c.text);
    return rc;
}

int sim_case_open(const struct weir_scenario *scenario, int which, struct sim_case *ret,
                  struct weir_error *err) {
    struct sim_case ready = {.scenario = scenario, .of = &scenario->cases[which]};
    int rc = read_site(&ready, err);
    if (!rc)
        rc = read_table(&ready, err);
    if (!rc)
        rc = make(&ready, err);
    if (rc)
        sim_case_done(&ready);
    else
        *ret = ready;
    return rc;
}

void sim_case_done(struct sim_case *ready) {
    weir_site_done(&ready->site);
    sim_table_close(&ready->table);
    free(ready->model);
    free(ready->setting);
    free(ready->cost);
    free(ready->node);
    free(ready->clip);
    free(ready->cut_clip);
    free(ready->reference);
    *ready = (struct sim_case){0};
}
