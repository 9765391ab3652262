/* The rows of a simulation as JSON. What does not apply is null. */
#include <string.h>

#include "cli/sim_run.h"

enum { MS_DIGITS = 4, SHARE_DIGITS = 6 };

static void spread(struct weir_json *json, const char *key, const struct sim_spread *s,
                   bool quantiles) {
    weir_json_key(json, key);
    weir_json_object(json);
    weir_json_key_num(json, "mean", s->mean, MS_DIGITS);
    if (quantiles)
        weir_json_key_num(json, "p50", s->p50, MS_DIGITS);
    weir_json_key_num(json, "p95", s->p95, MS_DIGITS);
    if (quantiles)
        weir_json_key_num(json, "p99", s->p99, MS_DIGITS);
    weir_json_end_object(json);
}

static void accuracy(struct weir_json *json, const struct sim_accuracy *a) {
    weir_json_key_num(json, "accuracy_relative", a->relative, SHARE_DIGITS);
    weir_json_key_num(json, "f1", a->f1, SHARE_DIGITS);
    weir_json_key_str(json, "accuracy_source", "truth of the recorded table");
    weir_json_key(json, "compliance");
    weir_json_object(json);
    weir_json_key_int(json, "k", a->held);
    weir_json_key_int(json, "n", a->judged);
    weir_json_key_num(json, "low", a->compliance.low, SHARE_DIGITS);
    weir_json_key_num(json, "high", a->compliance.high, SHARE_DIGITS);
    weir_json_end_object(json);
}

/* Slot time by tier, in the order in which the site names them. */
static void compute(struct weir_json *json, const struct weir_site *site, const double *busy_s) {
    weir_json_key(json, "compute_s");
    weir_json_object(json);
    for (size_t i = 0; i < site->node_len; i++) {
        double sum = 0;
        bool before = false;
        for (size_t k = 0; k < i; k++)
            before = before || !strcmp(site->node[k].tier, site->node[i].tier);
        if (before)
            continue;
        for (size_t k = i; k < site->node_len; k++)
            sum += strcmp(site->node[k].tier, site->node[i].tier) ? 0 : busy_s[k];
        weir_json_key_num(json, site->node[i].tier, sum, MS_DIGITS);
    }
    weir_json_end_object(json);
}

static void outcomes(struct weir_json *json, const struct sim_measures *m) {
    static const bool always[WEIR_OUTCOME_COUNT] = {
        [WEIR_OUTCOME_DETECT] = true,
        [WEIR_OUTCOME_LATE] = true,
        [WEIR_OUTCOME_OVERLOAD] = true,
        [WEIR_OUTCOME_UNREACHABLE] = true,
    };
    weir_json_key(json, "outcomes");
    weir_json_object(json);
    for (int i = 0; i < WEIR_OUTCOME_COUNT; i++)
        if (always[i] || m->outcome[i])
            weir_json_key_int(json, weir_outcome_name((enum weir_outcome)i), m->outcome[i]);
    weir_json_end_object(json);
}

static void print_row(const struct cli_sim *sim, const struct cli_sim_row *row,
                      struct weir_json *json) {
    const struct cli_sim_case *c = &sim->at[row->at];
    const struct weir_scenario_case *of = c->ready.of;
    const struct sim_measures *m = &row->measures;
    const struct cli_sim_worth worth = cli_sim_worth(sim, row);
    weir_json_object(json);
    weir_json_key_str(json, "scenario", sim->scenario->name);
    weir_json_key_str(json, "variant", *of->name ? of->name : NULL);
    weir_json_key_str(json, "strategy", sim->strategy[row->strategy].label);
    weir_json_key_int(json, "users", row->users);
    weir_json_key_int(json, "seeds", of->seeds);
    if (of->skip > 1)
        weir_json_key_int(json, "skip", of->skip);
    spread(json, "latency_ms", &m->latency, true);
    spread(json, "age_ms", &m->age, false);
    if (of->skip > 1)
        spread(json, "carried_ms", &m->carried, false);
    weir_json_key_num(json, "on_time", m->on_time, SHARE_DIGITS);
    accuracy(json, &row->accuracy);
    weir_json_key_num(json, "uplink_mbit_per_s", m->uplink_mbit_per_s, MS_DIGITS);
    compute(json, &c->ready.site, row->busy_s);
    outcomes(json, m);
    weir_json_key_int(json, "below_floor", m->below_floor);
    weir_json_key_num(json, "speedup_vs_cloud_only", worth.vs_cloud_only, SHARE_DIGITS);
    weir_json_key_str(json, "speedup_measure", worth.by_age ? "age" : "latency");
    weir_json_key_num(json, "speedup_vs_best_static", worth.vs_best_static, SHARE_DIGITS);
    weir_json_key_num(json, "times_hindsight", worth.times_hindsight, SHARE_DIGITS);
    weir_json_key_num(json, "times_bound", worth.times_bound, SHARE_DIGITS);
    weir_json_key_num(json, "jain", m->jain, SHARE_DIGITS);
    if (sim->reality) {
        weir_json_key_bool(json, "emulated", true);
        weir_json_key_num(json, "dilation", row->dilation, MS_DIGITS);
        weir_json_key_num(json, "late_share",
                          row->worked ? (double)row->late / (double)row->worked : 0, SHARE_DIGITS);
    }
    if (c->best_effort)
        weir_json_key_bool(json, "best_effort", true);
    weir_json_end_object(json);
}

static void print_left_out(const struct cli_sim *sim, struct weir_json *json) {
    weir_json_key(json, "left_out");
    weir_json_array(json);
    for (int i = 0; i < sim->cases; i++)
        for (int s = 0; s < sim->strategies; s++) {
            if (!sim->at[i].left_out[s])
                continue;
            const char *variant = sim->at[i].ready.of->name;
            weir_json_object(json);
            weir_json_key_str(json, "variant", *variant ? variant : NULL);
            weir_json_key_str(json, "strategy", sim->strategy[s].label);
            weir_json_key_str(json, "reason", sim->at[i].left_out[s]);
            weir_json_end_object(json);
        }
    weir_json_end_array(json);
}

void cli_sim_print_json(const struct cli_sim *sim, struct weir_buf *out) {
    struct weir_json json;
    weir_json_init(&json, out);
    weir_json_object(&json);
    weir_json_key(&json, "rows");
    weir_json_array(&json);
    for (int i = 0; i < sim->rows; i++)
        print_row(sim, &sim->row[i], &json);
    weir_json_end_array(&json);
    print_left_out(sim, &json);
    weir_json_end_object(&json);
    weir_buf_putc(out, '\n');
}
