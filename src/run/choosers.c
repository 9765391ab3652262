/* The table of choosers: of sched's strategies those that a machine alone has a use for. */
#include <string.h>

#include "run/choose.h"
#include "sched/sched.h"

static const struct {
    const char *strategy;
    const struct weir_chooser_ops *ops;
} choosers[] = {
    {"static", &weir_chooser_static},
    {"weir", &weir_chooser_agent},
    {"greedy", &weir_chooser_agent},
    {"houmani21", &weir_chooser_agent},
};
enum { CHOOSERS = sizeof choosers / sizeof *choosers };

#define ALLOWED "weir, greedy, houmani21, static:model=M,width=W"

static size_t name_len(const char *strategy) {
    return strcspn(strategy, ":");
}

const struct weir_chooser_ops *weir_chooser_find(const struct weir_workflow *wf,
                                                 const char **ret_strategy,
                                                 const char **ret_options) {
    const char *text = weir_workflow_strategy(wf);
    const size_t len = name_len(text);
    *ret_options = text + len + (text[len] == ':');
    for (int i = 0; i < CHOOSERS; i++)
        if (strlen(choosers[i].strategy) == len && !strncmp(choosers[i].strategy, text, len)) {
            *ret_strategy = choosers[i].strategy;
            return choosers[i].ops;
        }
    return NULL;
}

static int refuse(const struct weir_workflow *wf, struct weir_error *err) {
    const char *text = weir_workflow_strategy(wf), *names[32];
    const int len = (int)name_len(text);
    char name[64];
    size_t known = 0;
    snprintf(name, sizeof name, "%.*s", len, text);
    for (size_t i = 0; i < weir_strategies_len && known < 32; i++)
        names[known++] = weir_strategies[i]->name;
    if (weir_strategy_find(name) || strchr(name, '/') || strstr(name, ".so"))
        return weir_workflow_complain(
            wf, "strategy", err,
            "found %s, which needs a site of several nodes (weir sim, weir "
            "bench); allowed: " ALLOWED,
            name);
    const char *meant = weir_spec_nearest(name, names, known);
    return weir_workflow_complain(wf, "strategy", err, "found \"%s\"; allowed: " ALLOWED "%s%s%s",
                                  name, meant ? " (did you mean " : "", meant ? meant : "",
                                  meant ? "?)" : "");
}

/* Results, profiles and options call a model by its name alone. */
static int check_names(const struct weir_workflow *wf, struct weir_error *err) {
    const struct weir_strings *models = &wf->set.detect.models;
    int rc = 0;
    for (size_t i = 0; i < models->len; i++)
        for (size_t k = 0; k < i; k++) {
            char a[128], b[128];
            weir_run_model_name(models->item[i], a, sizeof a);
            weir_run_model_name(models->item[k], b, sizeof b);
            if (!strcmp(a, b) && strcmp(models->item[i], models->item[k]) != 0)
                rc = weir_workflow_complain(wf, "detect.models", err,
                                            "found two models that are called %s; allowed: a name "
                                            "of its own for each",
                                            a);
        }
    return rc;
}

int weir_choosers_check(const struct weir_workflow *wf, struct weir_error *err) {
    const char *strategy, *options;
    int rc = 0;
    if (!weir_workflow_chooses(wf))
        return 0;
    const struct weir_chooser_ops *ops = weir_chooser_find(wf, &strategy, &options);
    if (!ops)
        rc = refuse(wf, err);
    else if (ops == &weir_chooser_static)
        rc = weir_chooser_static_check(wf, options, err);
    else if (wf->set.slo.deadline_ms < 0)
        rc = weir_workflow_complain(wf, "strategy", err,
                                    "found %s, but no deadline to keep; needed: slo.deadline_ms",
                                    strategy);
    if (check_names(wf, err))
        rc = WEIR_EINVAL;
    if (wf->set.slo.prefer != WEIR_PREFER_LATENCY)
        rc = weir_workflow_complain(wf, "slo.prefer", err,
                                    "found %s, which no strategy of weir run seeks yet; allowed: "
                                    "latency",
                                    weir_option_by_key("slo.prefer")->choices[wf->set.slo.prefer]);
    return rc;
}
