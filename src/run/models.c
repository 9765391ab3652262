#include "run/models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profile/profile.h"
#include "run/choose.h"

void weir_run_model_name(const char *path, char *ret, size_t size) {
    size_t len;
    const char *stem = weir_path_stem(path, ".onnx", &len);
    snprintf(ret, size, "%.*s", (int)len, stem);
}

/* Of the process, now; 0 where the kernel does not say. */
static int64_t resident_bytes(void) {
    long long total, resident = 0;
    FILE *in = fopen("/proc/self/statm", "re");
    if (in && fscanf(in, "%lld %lld", &total, &resident) != 2)
        resident = 0;
    if (in)
        fclose(in);
    return resident * sysconf(_SC_PAGESIZE);
}

static int find_reference(const struct weir_workflow *wf) {
    const struct weir_strings *models = &wf->set.detect.models;
    for (size_t i = 0; i < models->len; i++)
        if (!strcmp(models->item[i], wf->set.detect.reference))
            return (int)i;
    return 0; /* checked: it is the only one */
}

static int open_one(struct weir_run_models *models, const struct weir_workflow *wf,
                    const char *path, bool paced, struct weir_error *err) {
    struct weir_run_model *m = &models->item[models->len];
    struct weir_settings set = wf->set; /* its strings stay its own */
    const int64_t before = resident_bytes();
    int rc = 0;
    weir_run_model_name(path, m->name, sizeof m->name);
    if (models->len != models->reference)
        set.detect.classes = (struct weir_strings){0}; /* it may not know them: chosen by name */
    if (weir_workflow_chooses(wf) && set.detect.conf < 0)
        rc = weir_sight_conf(path, &set.detect.conf, err);
    if (!rc)
        rc = weir_model_open(path, &set, paced, &m->model, err);
    if (rc)
        return rc;
    models->len++;
    m->memory_bytes = resident_bytes() - before;
    return 0;
}

static bool wanted(const struct weir_strings *classes, const char *name) {
    for (size_t i = 0; i < classes->len; i++)
        if (!strcmp(classes->item[i], name))
            return true;
    return !classes->len;
}

static int map_classes(struct weir_run_models *models, struct weir_run_model *m,
                       const struct weir_strings *classes, struct weir_error *err) {
    const struct weir_labels *own = weir_model_desc(m->model)->labels,
                             *reference =
                                 weir_model_desc(weir_run_models_reference(models))->labels;
    int common = 0;
    m->class_of = malloc((own->len + 1) * sizeof *m->class_of);
    if (!m->class_of)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t c = 0; c < own->len; c++) {
        m->class_of[c] =
            wanted(classes, own->name[c]) ? weir_labels_find(reference, own->name[c]) : -1;
        common += m->class_of[c] >= 0;
    }
    if (common)
        return 0;
    struct weir_buf names = {0};
    for (size_t c = 0; c < reference->len && c < 8; c++)
        weir_buf_printf(&names, "%s%s", c ? ", " : "", reference->name[c]);
    int rc =
        weir_fail(err, WEIR_EMODEL,
                  "%s: it knows none of the classes that count, which are the reference's "
                  "(%s%s); name its classes in a sidecar, or use another model",
                  weir_model_path(m->model), weir_buf_str(&names), reference->len > 8 ? ", …" : "");
    weir_buf_done(&names);
    return rc;
}

int weir_run_models_open(struct weir_run_models *models, const struct weir_workflow *wf,
                         const char *const *path, bool paced, struct weir_error *err) {
    const struct weir_settings *set = &wf->set;
    int rc = 0;
    *models = (struct weir_run_models){.reference = find_reference(wf)};
    for (size_t i = 0; i < set->detect.models.len && !rc; i++)
        rc = open_one(models, wf, path[i], paced, err);
    for (int i = 0; i < models->len && !rc; i++)
        if (i != models->reference)
            rc = map_classes(models, &models->item[i], &set->detect.classes, err);
    return rc;
}

void weir_run_models_done(struct weir_run_models *models) {
    for (int i = 0; i < WEIR_MODELS_MAX; i++) {
        weir_model_unref(&models->item[i].model);
        free(models->item[i].class_of);
    }
    *models = (struct weir_run_models){0};
}

struct weir_model *weir_run_models_reference(const struct weir_run_models *models) {
    return models->item[models->reference].model;
}

int weir_run_models_batch(const struct weir_run_models *models) {
    int most = 1;
    for (int i = 0; i < models->len; i++)
        if (weir_model_batch(models->item[i].model) > most)
            most = weir_model_batch(models->item[i].model);
    return most;
}
