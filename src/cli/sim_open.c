/*
 * Before a simulation: strategies by their names, cases with their tables, how well each
 * model sees. What cannot be promised at all is told now, with the nearest that can.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/sim_run.h"
#include "model/model.h"
#include "sched/sched.h"

/* ---- strategies ------------------------------------------------------------ */

int cli_sim_add_strategy(struct cli_sim *sim, const char *label, struct weir_error *err) {
    const size_t n = (size_t)sim->strategies;
    for (size_t i = 0; i < n; i++)
        if (!strcmp(sim->strategy[i].label, label))
            return weir_fail(err, WEIR_EINVAL,
                             "strategies: found \"%.60s\" a second time; allowed: once", label);
    struct cli_sim_strategy *more = realloc(sim->strategy, (n + 1) * sizeof *more);
    if (!more)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    sim->strategy = more;
    struct cli_sim_strategy *s = &more[n];
    if (!(s->label = strdup(label)))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    sim->strategies++;
    s->found = (struct cli_strategy){0};
    return cli_strategy_find(label, &s->found, err);
}

/* Options have commas, too: what holds "=" but no name before a colon goes on the one before. */
static bool goes_on(const char *word) {
    const char *equals = strchr(word, '='), *colon = strchr(word, ':');
    return equals && (!colon || colon > equals);
}

int cli_sim_add_strategies(struct cli_sim *sim, const char *text, struct weir_error *err) {
    int rc = 0;
    for (size_t i = 0; !text && !rc && i < weir_strategies_len; i++) {
        sim->all = true;
        if (weir_strategies[i] != &weir_strategy_static) /* which says nothing without a setting */
            rc = cli_sim_add_strategy(sim, weir_strategies[i]->name, err);
    }
    for (const char *at = text; at && !rc;) {
        size_t len = strcspn(at, ",");
        while (at[len] == ',' && goes_on(at + len + 1))
            len += 1 + strcspn(at + len + 1, ",");
        char *label = strndup(at, len);
        rc = label ? cli_sim_add_strategy(sim, label, err)
                   : weir_fail(err, WEIR_ENOMEM, "out of memory");
        free(label);
        at = at[len] ? at + len + 1 : NULL;
    }
    return rc;
}

/* ---- sights ------------------------------------------------------------------ */

static int read_sight(const char *model, struct weir_sight *ret, struct weir_error *err) {
    struct weir_buf name = {0};
    struct weir_error why = {0};
    char *path = NULL;
    weir_buf_printf(&name, "%s.accuracy.json", model);
    int rc = name.failed ? weir_fail(&why, WEIR_ENOMEM, "out of memory")
                         : weir_model_find(weir_buf_str(&name), &path, &why);
    if (rc == WEIR_ENOENT)
        weir_fail(err, rc,
                  "%s: nothing says how well it sees: there is no %s where models are; to make it: "
                  "weir profile SOURCE... --models %s (or, on generated scenes, weir eval scenes "
                  "--models %s --profile-out DIR, with DIR in $WEIR_MODELS)",
                  model, weir_buf_str(&name), model, model);
    else if (rc)
        weir_fail(err, rc, "%s", why.text);
    else if ((rc = weir_sight_read(path, ret, err)) == WEIR_EINVAL)
        rc = WEIR_ECORRUPT; /* it was measured: no mistake in a document */
    weir_buf_done(&name);
    free(path);
    return rc;
}

static int read_sights(struct cli_sim_case *c, struct weir_error *err) {
    const struct sim_table *t = &c->ready.table;
    c->sight = calloc((size_t)t->models, sizeof *c->sight);
    if (!c->sight)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int m = 0; m < t->models; m++)
        for (int i = 0; i < c->ready.models; i++)
            if (!strcmp(t->model[m], c->ready.model[i])) {
                int rc = read_sight(t->model[m], &c->sight[m], err);
                if (rc)
                    return rc;
            }
    return 0;
}

/* ---- strategies that do not run here ------------------------------------------- */

/* What nobody sends has some length. */
static int64_t one_byte(struct sim_content *content, int stream, int setting) {
    (void)content;
    (void)stream;
    (void)setting;
    return 1;
}

/* Opens agents and planner of a run without frames. */
static int try_strategy(struct cli_sim *sim, struct cli_sim_case *c, int strategy,
                        struct weir_error *err) {
    struct sim_cameras cameras;
    struct sim_result result = {0};
    struct weir_error why = {0};
    if (sim_cameras_init(&cameras, &c->ready, 1, 1))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    cameras.stream[0].phase_ns = WEIR_NS_PER_S;
    struct sim_conf conf = sim_case_conf(&c->ready, &cameras, 1);
    conf.strategy = sim->strategy[strategy].found.strategy;
    conf.options = sim->strategy[strategy].found.options;
    conf.seconds = 0.001;
    conf.content = &(struct sim_content){.mean_bytes = one_byte};
    int rc = sim_world_run(&conf, &result, &why);
    if (!rc)
        sim_result_done(&result);
    sim_cameras_done(&cameras);
    bool refused = rc == WEIR_EINVAL && !strncmp(why.text, "strategy ", 9);
    if (refused && sim->all)
        rc = (c->left_out[strategy] = strdup(why.text + 9))
                 ? 0
                 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    else if (rc)
        weir_fail(err, rc, "%s: %s", sim_case_name(&c->ready), why.text);
    return rc;
}

/* ---- promises -------------------------------------------------------------------- */

int cli_sim_truth(const struct cli_sim_case *at, const struct sim_cameras *cameras,
                  struct sim_conf *conf, struct sim_recorded **ret_recorded, double **ret_truth,
                  struct weir_error *err) {
    const struct sim_recorded_conf how = {.verdicts = at->verdicts,
                                          .showing = cameras->showing,
                                          .window_s = at->ready.of->window_s,
                                          .seed = conf->seed};
    struct sim_recorded *recorded = NULL;
    int rc = sim_recorded_new(conf, &how, &recorded, err);
    if (rc)
        return rc;
    double *truth = calloc((size_t)conf->streams * (size_t)conf->settings, sizeof *truth);
    if (!truth) {
        sim_recorded_free(recorded);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    for (int i = 0; i < conf->streams; i++)
        for (int k = 0; k < conf->settings; k++)
            truth[i * conf->settings + k] = sim_recorded_truth(recorded, i, k);
    conf->content = sim_recorded_content(recorded);
    *ret_recorded = recorded;
    *ret_truth = truth;
    return 0;
}

static void begin_line(const struct sim_case *ready, int line, const char *key,
                       struct weir_buf *out) {
    weir_buf_printf(out, "%s%s:%d: %s: ", out->len ? "\n" : "", ready->scenario->file, line, key);
}

static void end_line(const struct sim_case *ready, struct weir_buf *out) {
    if (*ready->of->name)
        weir_buf_printf(out, " (variant %s)", ready->of->name);
    weir_buf_puts(out, ", or run it all the same with --best-effort");
}

static void tell_broken(const struct sim_case *ready, const struct sim_cameras *cameras,
                        const struct sim_promise *p, struct weir_buf *out) {
    const struct weir_scenario_case *of = ready->of;
    if (!p->floor_kept) {
        const double most = isnan(p->floor) ? 0 : floor(p->floor * 1000) / 1000;
        begin_line(ready, of->at.floor, "slo.min_accuracy", out);
        weir_buf_printf(out, "found %g, but the best that %s at %s can have is %g (",
                        of->min_accuracy, cameras->stream[p->floor_stream].name,
                        ready->site.node[cameras->stream[p->floor_stream].node].name, most);
        sim_case_print_setting(ready, p->floor_setting, out);
        weir_buf_printf(out, "); promise %g or less", most);
        end_line(ready, out);
    }
    if (!p->deadline_kept && isfinite(p->deadline_ms)) {
        begin_line(ready, of->at.deadline, "slo.deadline_ms", out);
        weir_buf_printf(out, "found %g, but what meets the floor takes %s at %s %.1f ms at least, ",
                        of->deadline_ms, cameras->stream[p->deadline_stream].name,
                        ready->site.node[cameras->stream[p->deadline_stream].node].name,
                        p->deadline_ms);
        weir_buf_puts(out, "with nobody else there (");
        sim_case_print_setting(ready, p->deadline_setting, out);
        weir_buf_printf(out, "); promise %.0f or more", ceil(p->deadline_ms));
        end_line(ready, out);
    }
}

static int check_promises(const struct cli_sim *sim, struct cli_sim_case *c, struct weir_buf *out,
                          struct weir_error *err) {
    struct sim_cameras cameras;
    struct sim_recorded *recorded = NULL;
    struct sim_promise promise;
    double *truth = NULL;
    int most = 1;
    for (int i = 0; i < sim->user_counts; i++)
        most = sim->users[i] > most ? sim->users[i] : most;
    if (sim_cameras_init(&cameras, &c->ready, most, 1))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    struct sim_conf conf = sim_case_conf(&c->ready, &cameras, 1);
    int rc = cli_sim_truth(c, &cameras, &conf, &recorded, &truth, err);
    if (!rc)
        rc = sim_promise_look(&conf, truth, &promise, err);
    if (!rc && (!promise.floor_kept || !promise.deadline_kept)) {
        c->best_effort = true;
        tell_broken(&c->ready, &cameras, &promise, out);
    }
    free(truth);
    sim_recorded_free(recorded);
    sim_cameras_done(&cameras);
    return rc;
}

int cli_sim_open(struct cli_sim *sim, const int *which, int cases, struct weir_error *err) {
    struct weir_buf broken = {0};
    sim->at = calloc((size_t)cases, sizeof *sim->at);
    int rc = sim->at ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int i = 0; !rc && i < cases; i++) {
        struct cli_sim_case *c = &sim->at[i];
        if ((rc = sim_case_open(sim->scenario, which[i], &c->ready, err)))
            break;
        sim->cases++;
        rc = sim_verdicts_new(&c->ready.table, CLI_SIM_LEAST_HEIGHT, &c->verdicts);
        if (rc) {
            weir_fail(err, rc, "out of memory");
            break;
        }
        c->left_out = calloc((size_t)sim->strategies, sizeof *c->left_out);
        rc = c->left_out ? read_sights(c, err) : weir_fail(err, WEIR_ENOMEM, "out of memory");
        for (int s = 0; !rc && s < sim->strategies; s++)
            rc = try_strategy(sim, c, s, err);
        if (!rc)
            rc = check_promises(sim, c, &broken, err);
    }
    if (!rc && broken.len && !sim->best_effort)
        rc = weir_fail(err, WEIR_EINVAL, "%s", weir_buf_str(&broken));
    weir_buf_done(&broken);
    return rc;
}

void cli_sim_rows_done(struct cli_sim *sim) {
    for (int i = 0; i < sim->rows; i++) {
        struct cli_sim_row *row = &sim->row[i];
        sim_accuracy_done(&row->accuracy);
        cli_sim_beliefs_done(&row->beliefs);
        sim_cameras_done(&row->cameras);
        sim_result_done(&row->first);
        free(row->busy_s);
    }
    free(sim->row);
    free(sim->yard);
    sim->row = NULL;
    sim->yard = NULL;
    sim->rows = 0;
}

void cli_sim_done(struct cli_sim *sim) {
    cli_sim_rows_done(sim);
    for (int i = 0; i < sim->cases; i++) {
        struct cli_sim_case *c = &sim->at[i];
        for (int m = 0; c->sight && m < c->ready.table.models; m++)
            weir_sight_done(&c->sight[m]);
        for (int s = 0; c->left_out && s < sim->strategies; s++)
            free(c->left_out[s]);
        free(c->sight);
        free(c->left_out);
        sim_verdicts_free(c->verdicts);
        sim_case_done(&c->ready);
    }
    for (int i = 0; i < sim->strategies; i++) {
        cli_strategy_done(&sim->strategy[i].found);
        free(sim->strategy[i].label);
    }
    free(sim->strategy);
    free(sim->at);
    free(sim->users);
    *sim = (struct cli_sim){0};
}
