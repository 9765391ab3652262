#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "figures.h"

enum { STRATEGIES_MOST = 64 };

#define WHOLE 0.99 /* share of its frames that cloud-only delivers where latency is compared */

static bool of_strategy(const struct cli_sim *sim, const struct cli_sim_row *row,
                        const char *strategy) {
    return !strcmp(sim->strategy[row->strategy].label, strategy);
}

static const struct cli_sim_row *find(const struct cli_sim *sim, int at, int users,
                                      const char *strategy) {
    for (int i = 0; i < sim->rows; i++)
        if (sim->row[i].at == at && sim->row[i].users == users &&
            of_strategy(sim, &sim->row[i], strategy))
            return &sim->row[i];
    bench_require(false, "a strategy was left out");
    return NULL;
}

static double held(const struct cli_sim_row *row) {
    return row->accuracy.judged ? (double)row->accuracy.held / (double)row->accuracy.judged : 1;
}

static void key_users(struct figures_line *line, const struct cli_sim *sim) {
    weir_json_key(&line->json, "users");
    weir_json_array(&line->json);
    for (int u = 0; u < sim->user_counts; u++)
        weir_json_int(&line->json, sim->users[u]);
    weir_json_end_array(&line->json);
}

static void key_each(struct figures_line *line, const char *key, const double *value, int len) {
    weir_json_key(&line->json, key);
    weir_json_array(&line->json);
    for (int i = 0; i < len; i++)
        weir_json_num(&line->json, value[i], 4);
    weir_json_end_array(&line->json);
}

/* 1 - mean latency / that of cloud-only; NaN where that loses frames. */
static double below_cloud_only(const struct cli_sim *sim, int at, int users, const char *strategy) {
    const struct sim_measures *cloud = &find(sim, at, users, "cloud-only")->measures;
    return cli_sim_delivered(cloud) >= WHOLE
               ? 1 - find(sim, at, users, strategy)->measures.latency.mean / cloud->latency.mean
               : NAN;
}

/* ---- beside cloud-only ------------------------------------------------------------- */

static void tell_houmani(const struct cli_sim *sim, double *each) {
    int best = -1;
    for (int u = 0; u < sim->user_counts; u++) {
        each[u] = below_cloud_only(sim, 0, sim->users[u], "houmani21");
        if (!isnan(each[u]) && held(find(sim, 0, sim->users[u], "houmani21")) >= FIGURES_HELD &&
            (best < 0 || each[u] > each[best]))
            best = u;
    }
    bench_require(best >= 0, "houmani21 holds no floor where cloud-only delivers");
    const struct cli_sim_row *row = find(sim, 0, sim->users[best], "houmani21");
    struct figures_line line;
    figures_begin(&line, "houmani21_below_cloud_only", each[best], FIGURES_AT_LEAST, 0.54, true);
    weir_json_key_int(&line.json, "at_users", row->users);
    figures_say_windows(&line, row->accuracy.held, row->accuracy.judged);
    key_users(&line, sim);
    key_each(&line, "each", each, sim->user_counts);
    figures_end(&line);
}

static void tell_weir(const struct cli_sim *sim, int users) {
    const struct cli_sim_row *row = find(sim, 0, users, "weir");
    struct figures_line line;
    figures_begin(&line, "weir_below_cloud_only", below_cloud_only(sim, 0, users, "weir"),
                  FIGURES_AT_LEAST, 0.544, held(row) >= FIGURES_HELD);
    weir_json_key_int(&line.json, "users", users);
    weir_json_key_num(&line.json, "latency_ms", row->measures.latency.mean, 2);
    weir_json_key_num(&line.json, "bound_ms", row->yard->bound, 2);
    figures_say_windows(&line, row->accuracy.held, row->accuracy.judged);
    figures_end(&line);
}

/* Of the seeds that the bound is of. */
static void tell_share_of_bound(const struct cli_sim *sim, int users) {
    const struct cli_sim_row *row = find(sim, 0, users, "weir");
    const double cloud = find(sim, 0, users, "cloud-only")->early.latency.mean,
                 own = row->early.latency.mean, bound = row->yard->bound;
    struct figures_line line;
    bench_require(bound > 0 && bound < cloud, "a bound that cloud-only is at");
    figures_begin(&line, "weir_share_of_bounds_speedup", (cloud - own) / (cloud - bound),
                  FIGURES_AT_LEAST, 0.95, held(row) >= FIGURES_HELD);
    weir_json_key_int(&line.json, "users", users);
    weir_json_key_num(&line.json, "latency_ms", own, 2);
    weir_json_key_num(&line.json, "cloud_only_ms", cloud, 2);
    weir_json_key_num(&line.json, "bound_ms", bound, 2);
    figures_say_windows(&line, row->accuracy.held, row->accuracy.judged);
    figures_end(&line);
}

static void tell_hindsight(const struct cli_sim *sim, const char *figure, double *each) {
    struct figures_line line;
    double most = 0;
    for (int u = 0; u < sim->user_counts; u++) {
        const struct cli_sim_row *row = find(sim, 0, sim->users[u], "weir");
        each[u] = cli_sim_worth(sim, row).times_hindsight;
        bench_require(each[u] > 0, "nothing was found in hindsight");
        most = fmax(most, each[u]);
    }
    figures_begin(&line, figure, most, FIGURES_AT_MOST, 1.02, true);
    key_users(&line, sim);
    key_each(&line, "each", each, sim->user_counts);
    weir_json_key_int(&line.json, "seeds", sim->hindsight_seeds);
    figures_end(&line);
}

static void tell_uplink(const struct cli_sim *sim, double *each) {
    struct figures_line line;
    double least = 1;
    for (int u = 0; u < sim->user_counts; u++) {
        each[u] = 1 - find(sim, 0, sim->users[u], "weir")->measures.uplink_mbit_per_s /
                          find(sim, 0, sim->users[u], "cloud-only")->measures.uplink_mbit_per_s;
        least = fmin(least, each[u]);
    }
    figures_begin(&line, "weir_uplink_below_cloud_only", least, FIGURES_AT_LEAST, 0.85, true);
    key_users(&line, sim);
    key_each(&line, "each", each, sim->user_counts);
    figures_end(&line);
}

void figures_tell_paper(const struct cli_sim *sim) {
    double *each = calloc((size_t)sim->user_counts, sizeof *each);
    bench_require(each, "out of memory");
    tell_houmani(sim, each);
    tell_weir(sim, 4);
    tell_weir(sim, 8);
    tell_share_of_bound(sim, 1);
    tell_hindsight(sim, "weir_times_hindsight", each);
    tell_uplink(sim, each);
    free(each);
}

void figures_tell_all_knowing(const struct cli_sim *sim) {
    double *each = calloc((size_t)sim->user_counts, sizeof *each);
    bench_require(each, "out of memory");
    tell_hindsight(sim, "weir_times_hindsight_where_the_truth_is_known", each);
    free(each);
}

/* ---- beside other strategies --------------------------------------------------------- */

static void keep_worst(struct figures_cells *cells, const struct cli_sim *sim,
                       const struct cli_sim_row *own, const struct cli_sim_row *rival) {
    const double own_ms = own->measures.latency.mean, rival_ms = rival->measures.latency.mean;
    if (own_ms / rival_ms <= cells->worst)
        return;
    cells->worst = own_ms / rival_ms;
    cells->own_ms = own_ms;
    cells->rival_ms = rival_ms;
    cells->users = own->users;
    snprintf(cells->scenario, sizeof cells->scenario, "%s", sim->scenario->name);
    snprintf(cells->variant, sizeof cells->variant, "%s", sim->at[own->at].ready.of->name);
    snprintf(cells->rival, sizeof cells->rival, "%s", sim->strategy[rival->strategy].label);
}

/* Rows of one case and number of users. */
static void add_cell(struct figures_cells *cells, const struct cli_sim *sim,
                     const struct cli_sim_row *row, int rows) {
    struct figures_entry entry[STRATEGIES_MOST];
    int own = -1;
    bench_require(rows <= STRATEGIES_MOST, "too many strategies");
    for (int i = 0; i < rows; i++) {
        entry[i] = (struct figures_entry){row[i].measures.latency.mean, row[i].measures.on_time,
                                          held(&row[i])};
        if (of_strategy(sim, &row[i], "weir"))
            own = i;
    }
    bench_require(own >= 0 && entry[own].latency_ms > 0, "weir delivers nothing");
    bool less = false;
    for (int i = 0; i < rows; i++)
        less =
            less || (entry[i].held >= FIGURES_HELD && entry[i].on_time > entry[own].on_time + 0.01);
    cells->cells++;
    cells->less_on_time += less;
    cells->below_floor += entry[own].held < FIGURES_HELD;
    const int rival = figures_rival(entry, rows, own);
    if (rival < 0) {
        cells->alone++;
        return;
    }
    cells->within += figures_as_fast(entry[own].latency_ms, entry[rival].latency_ms);
    keep_worst(cells, sim, &row[own], &row[rival]);
}

void figures_add_cells(struct figures_cells *cells, const struct cli_sim *sim) {
    for (int i = 0, next; i < sim->rows; i = next) {
        for (next = i + 1; next < sim->rows && sim->row[next].at == sim->row[i].at &&
                           sim->row[next].users == sim->row[i].users;)
            next++;
        add_cell(cells, sim, &sim->row[i], next - i);
    }
}

void figures_tell_cells(const struct figures_cells *cells) {
    const int compared = cells->cells - cells->alone;
    struct figures_line line;
    bench_require(compared > 0, "no cell was compared");
    figures_begin(&line, "cells_as_fast_as_the_best_other",
                  (double)cells->within / (double)compared, FIGURES_AT_LEAST, 0.95, true);
    weir_json_key_int(&line.json, "within", cells->within);
    weir_json_key_int(&line.json, "compared", compared);
    weir_json_key_int(&line.json, "without_another", cells->alone);
    weir_json_key_int(&line.json, "below_floor", cells->below_floor);
    weir_json_key_int(&line.json, "less_on_time", cells->less_on_time);
    figures_end(&line);
    figures_begin(&line, "cells_worst_ratio", cells->worst, FIGURES_AT_MOST, 1.10, true);
    weir_json_key_str(&line.json, "scenario", cells->scenario);
    weir_json_key_str(&line.json, "variant", *cells->variant ? cells->variant : NULL);
    weir_json_key_int(&line.json, "users", cells->users);
    weir_json_key_num(&line.json, "latency_ms", cells->own_ms, 2);
    weir_json_key_str(&line.json, "other", cells->rival);
    weir_json_key_num(&line.json, "other_ms", cells->rival_ms, 2);
    figures_end(&line);
}

/* ---- the floor ----------------------------------------------------------------------- */

void figures_tell_floor(const struct cli_sim *sim) {
    for (int i = 0; i < sim->cases; i++) {
        const struct weir_scenario_case *of = sim->at[i].ready.of;
        struct figures_line line;
        int64_t k = 0, n = 0;
        for (int u = 0; u < sim->user_counts; u++) {
            const struct sim_accuracy *a = &find(sim, i, sim->users[u], "weir")->accuracy;
            k += a->held;
            n += a->judged;
        }
        bench_require(n >= FIGURES_WINDOWS, "too few windows with enough in them: more seeds");
        figures_begin(&line, "weir_floor_lower_bound", weir_interval_exact(k, n, 0.95).low,
                      FIGURES_AT_LEAST, FIGURES_HELD, true);
        weir_json_key_str(&line.json, "scenario", sim->scenario->name);
        weir_json_key_str(&line.json, "variant", *of->name ? of->name : NULL);
        figures_say_windows(&line, k, n);
        weir_json_key_int(&line.json, "seeds", of->seeds);
        figures_end(&line);
    }
}
