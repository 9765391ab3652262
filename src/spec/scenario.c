/* A scenario as it was read: its cases copied, found and freed. */
#include "spec/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "spec/scenario_reader.h"

void spec_scenario_case_done(struct weir_scenario_case *which) {
    free(which->name);
    free(which->site);
    free(which->table);
    free(which->reference_model);
    spec_strings_done(&which->nodes);
    spec_strings_done(&which->clips);
    spec_strings_done(&which->sources);
    spec_strings_done(&which->models);
    spec_strings_done(&which->codecs);
    for (int i = 0; i < which->cuts; i++)
        free(which->cut[i].clip);
    free(which->cut);
    free(which->come);
    free(which->width);
    *which = (struct weir_scenario_case){0};
}

void weir_scenario_done(struct weir_scenario *scenario) {
    if (!scenario)
        return;
    for (int i = 0; i < scenario->case_count; i++)
        spec_scenario_case_done(&scenario->cases[i]);
    spec_strings_done(&scenario->strategies);
    free(scenario->cases);
    free(scenario->users);
    free(scenario->name);
    free(scenario->file);
    *scenario = (struct weir_scenario){0};
}

static bool copy_text(const char *from, char **ret) {
    *ret = from ? strdup(from) : NULL;
    return !from || *ret;
}

static bool copy_strings(const struct weir_strings *from, struct weir_strings *ret) {
    *ret = (struct weir_strings){0};
    for (size_t i = 0; i < from->len; i++)
        if (spec_strings_add(ret, from->item[i]))
            return false;
    return true;
}

/* NULL where there are none, or no memory. */
static void *copy_array(const void *from, int len, size_t each) {
    void *copy = len ? malloc((size_t)len * each) : NULL;
    if (copy)
        memcpy(copy, from, (size_t)len * each);
    return copy;
}

int spec_scenario_copy_case(const struct weir_scenario_case *from, struct weir_scenario_case *ret) {
    struct weir_scenario_case copy = *from;
    copy.name = NULL;
    copy.cuts = 0;
    copy.come = copy_array(from->come, from->comes, sizeof *copy.come);
    copy.width = copy_array(from->width, from->widths, sizeof *copy.width);
    copy.cut = copy_array(from->cut, from->cuts, sizeof *copy.cut);
    bool good =
        (copy.come || !from->comes) && (copy.width || !from->widths) && (copy.cut || !from->cuts);
    for (; good && copy.cuts < from->cuts; copy.cuts += good)
        good = copy_text(from->cut[copy.cuts].clip, &copy.cut[copy.cuts].clip);
    /* one after the other whatever came before: each then is a copy, or nothing */
    good = copy_text(from->site, &copy.site) && good;
    good = copy_text(from->table, &copy.table) && good;
    good = copy_text(from->reference_model, &copy.reference_model) && good;
    good = copy_strings(&from->nodes, &copy.nodes) && good;
    good = copy_strings(&from->clips, &copy.clips) && good;
    good = copy_strings(&from->sources, &copy.sources) && good;
    good = copy_strings(&from->models, &copy.models) && good;
    good = copy_strings(&from->codecs, &copy.codecs) && good;
    if (!good) {
        spec_scenario_case_done(&copy);
        return WEIR_ENOMEM;
    }
    *ret = copy;
    return 0;
}

int weir_scenario_case(const struct weir_scenario *scenario, const char *name) {
    for (int i = 0; i < scenario->case_count; i++)
        if (!strcmp(scenario->cases[i].name, name))
            return i;
    return -1;
}

int weir_scenario_most_users(const struct weir_scenario *scenario) {
    int most = 0;
    for (int i = 0; i < scenario->user_counts; i++)
        most = scenario->users[i] > most ? scenario->users[i] : most;
    return most;
}
