/* Each model, open at every size that settings name. */
#include <stdlib.h>
#include <string.h>

#include "emu/state.h"

struct weir_stage_conf emu_stage_conf(struct weir_emu_stock *s) {
    return (struct weir_stage_conf){
        .workflow = &s->workflow, .stream = -1, .sink = -1, .clock = s->clock, .stop = &s->stop};
}

static int class_in(const struct sim_table *t, const char *name) {
    for (int c = 0; c < t->classes; c++)
        if (!strncmp(t->class_name[c], name, SIM_TABLE_NAME - 1))
            return c;
    return -1;
}

static int map_classes(const struct weir_emu_stock *s, struct emu_looker *looker) {
    const struct weir_model_desc *desc = weir_model_desc(looker->handle);
    looker->class_of = malloc(((size_t)desc->classes + 1) * sizeof *looker->class_of);
    if (!looker->class_of)
        return WEIR_ENOMEM;
    for (int c = 0; c < desc->classes; c++)
        looker->class_of[c] = class_in(s->conf.table, weir_labels_name(desc->labels, c));
    return 0;
}

/* The session that all sizes share. */
static int open_model(const struct weir_emu_stock *s, const struct weir_emu_model *model,
                      struct weir_model **ret, struct weir_error *err) {
    struct weir_settings set = s->workflow.set; /* strings stay the workflow's */
    if (model->conf >= 0)
        set.detect.conf = model->conf;
    set.detect.workers = set.detect.batch = set.detect.threads = 1;
    set.detect.spinning = WEIR_OFF;
    return weir_model_open(model->path, &set, false, ret, err);
}

static int open_looker(const struct weir_emu_stock *s, const struct weir_setting *of,
                       struct emu_looker *ret, struct weir_error *err) {
    struct weir_model *model = s->model[of->model];
    const struct weir_size picture = {of->width, of->height};
    int rc = weir_model_at(model, weir_model_fit(model, picture), &ret->handle, err);
    return rc ? rc : map_classes(s, ret) ? weir_fail(err, WEIR_ENOMEM, "out of memory") : 0;
}

static int open_all(struct weir_emu_stock *s, struct weir_error *err) {
    const struct weir_setting *all = s->conf.setting;
    const struct sim_table_clip *clip = emu_clip(s);
    int rc = 0;
    for (int m = 0; !rc && m < s->conf.models; m++)
        rc = open_model(s, &s->conf.model[m], &s->model[m], err);
    for (int i = 0; !rc && i < s->conf.settings; i++) {
        int k = 0;
        while (all[k].model != all[i].model || all[k].width != all[i].width ||
               all[k].height != all[i].height)
            k++;
        s->looks[i] = k;
        s->travels[i] = all[i].width < clip->width ? (struct weir_size){all[i].width, all[i].height}
                                                   : (struct weir_size){clip->width, clip->height};
        if (k == i)
            rc = open_looker(s, &all[i], &s->looker[i], err);
    }
    return rc;
}

int weir_emu_stock_new(const struct weir_emu_stock_conf *conf, struct weir_emu_stock **ret,
                       struct weir_error *err) {
    const size_t settings = (size_t)conf->settings;
    struct weir_emu_stock *s = calloc(1, sizeof *s);
    if (!s)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    s->conf = *conf;
    s->clock = weir_clock_monotonic_new();
    s->model = calloc((size_t)conf->models + 1, sizeof(struct weir_model *));
    s->looker = calloc(settings, sizeof *s->looker);
    s->looks = calloc(settings, sizeof *s->looks);
    s->travels = calloc(settings, sizeof *s->travels);
    int rc = s->clock && s->model && s->looker && s->looks && s->travels
                 ? weir_workflow_init(&s->workflow)
                 : WEIR_ENOMEM;
    if (rc) {
        weir_fail(err, rc, "out of memory");
    } else {
        weir_stop_init(&s->stop, s->clock);
        rc = open_all(s, err);
    }
    if (rc) {
        weir_emu_stock_free(s);
        return rc;
    }
    *ret = s;
    return 0;
}

void weir_emu_stock_free(struct weir_emu_stock *s) {
    if (!s)
        return;
    for (int i = 0; s->looker && i < s->conf.settings; i++) {
        weir_model_unref(&s->looker[i].handle);
        free(s->looker[i].class_of);
    }
    for (int m = 0; s->model && m < s->conf.models; m++)
        weir_model_unref(&s->model[m]);
    free(s->model);
    free(s->looker);
    free(s->looks);
    free(s->travels);
    weir_workflow_done(&s->workflow);
    weir_clock_free(s->clock);
    free(s);
}
