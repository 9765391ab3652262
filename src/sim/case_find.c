/* What a scenario names is looked up in site and table; what is not there is told, all of it. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/case_parts.h"

static const char *const codec[] = {"", "jpeg", "h264"}; /* by how a picture travels */

void sim_case_complain(struct sim_complaints *c, int line, const char *key, const char *fmt, ...) {
    char text[2048];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    weir_buf_printf(&c->text, "%s%s:%d: %s: %s", c->count ? "\n" : "", c->ready->scenario->file,
                    line ? line : c->ready->of->line, key, text);
    c->count++;
}

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

static void no_clip(struct sim_complaints *c, int line, const char *key, const char *name) {
    struct weir_buf has = {0}, record = {0};
    const struct sim_table *t = &c->ready->table;
    for (int i = 0; i < t->clips; i++)
        weir_buf_printf(&has, "%s%s", i ? ", " : "", t->clip[i].name);
    sim_case_print_record(c->ready, &record);
    sim_case_complain(c, line, key,
                      "found \"%.100s\"; allowed: clips of %s: %s; to record others: %s", name,
                      c->ready->of->table, weir_buf_str(&has), weir_buf_str(&record));
    weir_buf_done(&has);
    weir_buf_done(&record);
}

static void no_model(struct sim_complaints *c, int line, const char *key, const char *name) {
    struct weir_buf has = {0};
    const struct sim_table *t = &c->ready->table;
    for (int i = 0; i < t->models; i++)
        weir_buf_printf(&has, "%s%s", i ? ", " : "", t->model[i]);
    sim_case_complain(
        c, line, key,
        "found \"%.100s\"; allowed: models of %s: %s; or record the table with that, too", name,
        c->ready->of->table, weir_buf_str(&has));
    weir_buf_done(&has);
}

static void find_nodes(struct sim_complaints *c, struct sim_case *ready) {
    const struct weir_scenario_case *of = ready->of;
    for (size_t i = 0; i < of->nodes.len; i++) {
        ready->node[i] = weir_site_node(&ready->site, of->nodes.item[i]);
        if (ready->node[i] >= 0)
            continue;
        struct weir_buf has = {0};
        for (size_t k = 0; k < ready->site.node_len && k < 20; k++)
            weir_buf_printf(&has, "%s%s", k ? ", " : "", ready->site.node[k].name);
        sim_case_complain(c, of->at.nodes, "cameras.nodes",
                          "found \"%.100s\"; allowed: nodes of %s: %s", of->nodes.item[i], of->site,
                          weir_buf_str(&has));
        weir_buf_done(&has);
    }
}

static void find_clips(struct sim_complaints *c, struct sim_case *ready) {
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
            sim_case_complain(
                c, of->at.rate ? of->at.rate : at, "cameras.rate_fps",
                "found %g for clip %s, recorded at %g frames per second; allowed: the rate "
                "of the clips",
                of->rate_fps, clip->name, (double)clip->rate_fps);
        if (clip->width != first->width || clip->height != first->height)
            sim_case_complain(
                c, at, cut ? "cuts.clip" : "cameras.clips",
                "found %s, %dx%d pixels, beside %s, %dx%d; allowed: clips of one size", clip->name,
                clip->width, clip->height, first->name, first->width, first->height);
    }
}

bool sim_case_wanted(const struct weir_scenario_case *of, const struct sim_table *t,
                     const struct sim_table_setting *s) {
    /* what is enlarged is for those who ask for it */
    bool model = !of->models.len, width = !of->widths && s->width <= t->clip[0].width,
         travel = !of->codecs.len || s->travel == WEIR_TRAVEL_NONE;
    for (size_t i = 0; i < of->models.len; i++)
        model = model || !strcmp(of->models.item[i], t->model[s->model]);
    for (int i = 0; i < of->widths; i++)
        width = width || of->width[i] == s->width;
    for (size_t i = 0; i < of->codecs.len; i++)
        travel = travel || !strcmp(of->codecs.item[i], codec[s->travel]);
    return model && width && travel;
}

static void check_choice(struct sim_complaints *c, const struct sim_case *ready) {
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
            sim_case_complain(c, of->at.widths, "widths",
                              "found %d, no width of %s; record the table with that, too",
                              of->width[i], of->table);
    }
    for (size_t i = 0; i < of->codecs.len; i++) {
        bool has = false;
        for (int k = 0; k < t->settings; k++)
            has = has || !strcmp(codec[t->setting[k].travel], of->codecs.item[i]);
        if (!has)
            sim_case_complain(
                c, of->at.codecs, "codecs",
                "found %s, in which nothing of %s was recorded; record it with that, too",
                of->codecs.item[i], of->table);
    }
}

/* Audits may look at what nobody chooses, but it must have been recorded. */
static void check_audit(struct sim_complaints *c, const struct sim_case *ready,
                        struct sim_yardstick y) {
    const struct weir_scenario_case *of = ready->of;
    const struct sim_table *t = &ready->table;
    bool recorded = !of->audit_width;
    for (int i = 0; i < t->settings; i++)
        recorded =
            recorded || (t->setting[i].model == y.model && t->setting[i].width == of->audit_width &&
                         t->setting[i].travel != WEIR_TRAVEL_H264);
    if (!recorded || (of->audit_width && of->audit_width < y.width))
        sim_case_complain(c, of->at.reference, "reference.audit_width",
                          "found %d; allowed: a width, from the reference's own (%d) on, in which "
                          "%s was recorded in %s, uncoded or as JPEG; without the key audits look "
                          "at the reference's",
                          of->audit_width, y.width, t->model[y.model], of->table);
}

static struct sim_yardstick find_reference(struct sim_complaints *c, const struct sim_case *ready) {
    const struct weir_scenario_case *of = ready->of;
    const struct sim_table *t = &ready->table;
    struct sim_yardstick y = {0, of->reference_width};
    if (of->reference_model)
        y.model = find_model(t, of->reference_model);
    if (y.model < 0) {
        no_model(c, of->at.reference, "reference.model", of->reference_model);
        return y;
    }
    bool chosen = false, width = false;
    for (int i = 0; i < t->settings; i++) {
        const struct sim_table_setting *s = &t->setting[i];
        if (s->model != y.model || !sim_case_wanted(of, t, s))
            continue;
        chosen = true;
        if (!of->reference_width && s->width > y.width)
            y.width = s->width;
        width = width || s->width == y.width;
    }
    if (!chosen)
        sim_case_complain(
            c, of->at.reference, "reference.model",
            "found %s, which models, widths or codecs leave out; allowed: one that can be "
            "chosen",
            t->model[y.model]);
    else if (!width)
        sim_case_complain(
            c, of->at.reference, "reference.width",
            "found %d, in which %s was not recorded in %s, or which widths leaves out; "
            "allowed: a width that can be chosen",
            y.width, t->model[y.model], of->table);
    check_audit(c, ready, y);
    return y;
}

struct sim_yardstick sim_case_find(struct sim_complaints *c, struct sim_case *ready) {
    find_nodes(c, ready);
    find_clips(c, ready);
    check_choice(c, ready);
    return find_reference(c, ready);
}
