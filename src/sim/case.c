/* A case is made ready: its site and table are read, and what the scenario names is found there. */
#include "sim/case.h"

#include <stdlib.h>

#include "sim/case_parts.h"

static int read_site(struct sim_case *ready, struct weir_error *err) {
    const struct weir_scenario_case *of = ready->of;
    int rc = weir_site_load(of->site, &ready->site, err);
    if (rc == WEIR_ENOENT)
        return weir_fail(err, WEIR_EINVAL,
                         "%s:%d: site: found no file %s; needed: a site.yaml, with the nodes that "
                         "there are and the links between them (README, Sites)",
                         ready->scenario->file, of->at.site, of->site);
    return rc == WEIR_ENOMEM ? rc : rc ? WEIR_EINVAL : 0;
}

/* What is wrong with it is no mistake in a document. */
static int read_table(struct sim_case *ready, struct weir_error *err) {
    const struct weir_scenario_case *of = ready->of;
    struct weir_error why = {0};
    int rc = sim_table_open(of->table, &ready->table, &why);
    if (!rc)
        return 0;
    struct weir_buf command = {0};
    sim_case_print_record(ready, &command);
    if (rc == WEIR_ENOENT)
        weir_fail(err, rc, "%s:%d: table: found no file %s; to make it: %s", ready->scenario->file,
                  of->at.table, of->table, weir_buf_str(&command));
    else
        weir_fail(err, rc, "%s:%d: table: %s; to make it anew: %s", ready->scenario->file,
                  of->at.table, why.text, weir_buf_str(&command));
    weir_buf_done(&command);
    return rc == WEIR_EINVAL ? WEIR_ECORRUPT : rc;
}

static int make(struct sim_case *ready, struct weir_error *err) {
    const struct weir_scenario_case *of = ready->of;
    struct sim_complaints c = {.ready = ready};
    int rc = WEIR_ENOMEM;
    ready->node = calloc(of->nodes.len + 1, sizeof *ready->node);
    ready->clip = calloc(of->clips.len + 1, sizeof *ready->clip);
    ready->cut_clip = calloc((size_t)of->cuts + 1, sizeof *ready->cut_clip);
    if (ready->node && ready->clip && ready->cut_clip) {
        const struct sim_yardstick y = sim_case_find(&c, ready);
        rc = c.count ? 0 : sim_case_settings(&c, ready, y);
    }
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
