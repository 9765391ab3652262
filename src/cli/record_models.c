/* The models, each open at every width, and the table's classes: what truth and models name. */
#include <stdlib.h>
#include <string.h>

#include "cli/record.h"
#include "model/model.h"
#include "profile/profile.h"

/* ---- classes ------------------------------------------------------------------- */

int record_class(struct record_plan *plan, const char *name, bool add, int *ret_class,
                 struct weir_error *err) {
    const bool listed = plan->ask->wf.set.detect.classes.len > 0;
    for (int k = 0; k < plan->classes; k++)
        if (!strncmp(plan->class_name[k], name, SIM_TABLE_NAME - 1)) {
            *ret_class = k;
            return 0;
        }
    *ret_class = -1;
    if (!add || listed)
        return 0;
    if (plan->classes == RECORD_CLASSES_MAX)
        return weir_fail(err, WEIR_ERANGE,
                         "truth and models name more than %d classes; name those that count with "
                         "--classes A,B,…",
                         RECORD_CLASSES_MAX);
    *ret_class = plan->classes++;
    snprintf(plan->class_name[*ret_class], SIM_TABLE_NAME, "%s", name);
    return 0;
}

static int map_classes(struct record_plan *plan, struct record_model *m, bool truth,
                       struct weir_error *err) {
    const struct weir_model_desc *desc = weir_model_desc(m->handle[plan->widths - 1]);
    m->class_of = malloc(((size_t)desc->classes + 1) * sizeof *m->class_of);
    int rc = m->class_of ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int c = 0; !rc && c < desc->classes; c++) {
        rc = record_class(plan, weir_labels_name(desc->labels, c), true, &m->class_of[c], err);
        if (!rc && truth && m->class_of[c] >= 0)
            plan->labelled[m->class_of[c]] = true;
    }
    return rc;
}

static bool knows(const struct record_plan *plan, const struct record_model *m, int class_id) {
    const int classes = weir_model_desc(m->handle[plan->widths - 1])->classes;
    for (int c = 0; c < classes; c++)
        if (m->class_of[c] == class_id)
            return true;
    return false;
}

/* Classes that only one side has make figures look worse than a reader would expect. */
static int compare_classes(const struct record_plan *plan, const struct record_model *m,
                           struct weir_error *err) {
    struct weir_buf missed = {0}, extra = {0};
    int common = 0, extras = 0, rc = 0;
    for (int k = 0; k < plan->classes; k++) {
        const bool known = knows(plan, m, k);
        common += known && plan->labelled[k];
        if (plan->labelled[k] && !known)
            weir_buf_printf(&missed, "%s%s", missed.len ? ", " : "", plan->class_name[k]);
        if (!plan->labelled[k] && known && ++extras <= 3)
            weir_buf_printf(&extra, "%s%s", extra.len ? ", " : "", plan->class_name[k]);
    }
    if (!common)
        rc = weir_fail(err, WEIR_EMODEL,
                       "%s: it knows none of the classes that the truth labels (%s); name classes "
                       "in a sidecar, or use another model",
                       m->path, weir_buf_str(&missed));
    else if (missed.len)
        fprintf(stderr, "weir: %s has no class %s: what is there of it counts as missed\n", m->name,
                weir_buf_str(&missed));
    if (!rc && extras)
        fprintf(stderr,
                "weir: %s knows %d classes that no truth labels (%s%s): what it finds of them "
                "counts as false alarms; name those that count with --classes\n",
                m->name, extras, weir_buf_str(&extra), extras > 3 ? ", …" : "");
    weir_buf_done(&missed);
    weir_buf_done(&extra);
    return rc;
}

static int check_listed(const struct record_plan *plan, struct weir_error *err) {
    const bool listed = plan->ask->wf.set.detect.classes.len > 0;
    for (int k = 0; listed && k < plan->classes; k++) {
        bool known = false;
        for (size_t m = 0; m < plan->models; m++)
            known |= knows(plan, &plan->model[m], k);
        if (!known)
            return weir_fail(err, WEIR_EINVAL, "--classes: found '%s'; no model knows it",
                             plan->class_name[k]);
    }
    return 0;
}

/* ---- models -------------------------------------------------------------------- */

/* --conf, else what the model's accuracy was measured at; -1: the family's. */
static int find_conf(const struct record_plan *plan, struct record_model *m,
                     struct weir_error *err) {
    struct weir_error why = {0};
    m->conf = plan->ask->wf.set.detect.conf;
    if (m->conf >= 0)
        return 0;
    int rc = weir_sight_conf(m->path, &m->conf, &why);
    if (rc == WEIR_EINVAL)
        return weir_fail(err, WEIR_ECORRUPT, "%s; or state --conf", why.text);
    return rc ? weir_fail(err, rc, "%s", why.text) : 0;
}

/* At its own preferred size; it shares its session with all others. */
static int open_own(struct record_plan *plan, const struct record_model *m,
                    struct weir_model **ret_handle, struct weir_error *err) {
    struct weir_settings set = plan->ask->wf.set; /* strings stay its own */
    set.detect.size = (struct weir_size){0, 0};
    set.detect.conf = m->conf;
    set.detect.classes = (struct weir_strings){0}; /* chosen when boxes are kept */
    set.detect.workers = 1;
    set.detect.batch = 1;
    set.detect.spinning = WEIR_OFF;
    return weir_model_open(m->path, &set, false, ret_handle, err);
}

static int open_width(struct record_plan *plan, struct record_model *m, size_t width,
                      struct weir_model *own, struct weir_error *err) {
    int rc = weir_model_at(own, weir_model_fit(own, plan->size[width]), &m->handle[width], err);
    if (rc)
        return rc;
    struct weir_stage_conf conf = record_timed_conf(plan, 0);
    conf.model = m->handle[width];
    return weir_stage_detect.open(&conf, &m->detect[width], err);
}

/* From width `first` on to the widest. */
static int open_model(struct record_plan *plan, struct record_model *m, const char *name,
                      size_t first, struct weir_error *err) {
    struct weir_model *own = NULL;
    int rc = weir_model_find(name, &m->path, err);
    if (!rc && !(m->name = weir_model_name(m->path)))
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc && strlen(m->name) >= SIM_TABLE_NAME)
        rc = weir_fail(err, WEIR_EINVAL, "%s: its name is too long; allowed: up to %d bytes",
                       m->path, SIM_TABLE_NAME - 1);
    if (!rc)
        rc = find_conf(plan, m, err);
    if (!rc)
        rc = open_own(plan, m, &own, err);
    if (rc)
        return rc;
    const struct weir_model_desc *desc = weir_model_desc(own);
    m->fixed = desc->size.width > 0 || desc->size.height > 0;
    if (m->conf < 0)
        m->conf = (double)desc->conf;
    for (size_t width = first; !rc && width < plan->widths; width++)
        rc = open_width(plan, m, width, own, err);
    if (!rc && m->fixed)
        fprintf(stderr, "weir: %s is fixed in size: at every width it looks at %dx%d\n", m->name,
                weir_model_size(own).width, weir_model_size(own).height);
    weir_model_unref(&own);
    return rc;
}

int record_models_open(struct record_plan *plan, struct weir_error *err) {
    const struct record_ask *ask = plan->ask;
    int rc = 0;
    if (ask->reference)
        rc = open_model(plan, &plan->reference, ask->reference, plan->own, err);
    if (!rc && ask->reference)
        rc = map_classes(plan, &plan->reference, true, err);
    for (size_t i = 0; !rc && i < ask->models.list.len; i++) {
        struct record_model *m = &plan->model[plan->models++];
        rc = open_model(plan, m, ask->models.list.item[i], 0, err);
        for (size_t k = 0; !rc && k < i; k++)
            if (!strcmp(plan->model[k].name, m->name))
                rc = weir_fail(err, WEIR_EINVAL, "--models: %s is named twice", m->name);
        if (!rc)
            rc = map_classes(plan, m, false, err);
    }
    if (!rc)
        rc = check_listed(plan, err);
    for (size_t i = 0; !rc && i < plan->models; i++)
        rc = compare_classes(plan, &plan->model[i], err);
    return rc;
}

static void model_done(struct record_model *m) {
    for (size_t i = 0; i < RECORD_WIDTHS_MAX; i++) {
        weir_stage_free(m->detect[i]);
        weir_model_unref(&m->handle[i]);
    }
    free(m->class_of);
    free(m->path);
    free(m->name);
}

void record_models_done(struct record_plan *plan) {
    for (size_t i = 0; i < plan->models; i++)
        model_done(&plan->model[i]);
    model_done(&plan->reference);
    plan->models = 0;
    plan->reference = (struct record_model){0};
}
