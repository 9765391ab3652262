/* What a row is worth beside the yardsticks and beside cloud-only. */
#include <math.h>

#include "cli/sim_run.h"
#include "sched/sched.h"

double cli_sim_delivered(const struct sim_measures *m) {
    const int64_t detects = m->frames - m->outcome[WEIR_OUTCOME_TRACK];
    return detects ? (double)m->outcome[WEIR_OUTCOME_DETECT] / (double)detects : NAN;
}

static const struct cli_sim_row *cloud_only(const struct cli_sim *sim,
                                            const struct cli_sim_row *beside) {
    for (int i = 0; i < sim->rows; i++) {
        const struct cli_sim_row *row = &sim->row[i];
        if (row->at == beside->at && row->users == beside->users &&
            sim->strategy[row->strategy].found.strategy == &weir_strategy_cloud_only)
            return row;
    }
    return NULL;
}

struct cli_sim_worth cli_sim_worth(const struct cli_sim *sim, const struct cli_sim_row *row) {
    static const double enough = 0.99; /* of the frames; below, latency would flatter */
    static const double some = 0.1; /* below, age is how long the run was: no measure of others */
    const struct cli_sim_row *cloud = cloud_only(sim, row);
    const struct cli_sim_yard *yard = row->yard;
    const struct sim_measures *m = &row->measures, *early = &row->early;
    struct cli_sim_worth w = {
        .by_age = !(cli_sim_delivered(m) >= enough &&
                    cli_sim_delivered(cloud ? &cloud->measures : m) >= enough),
        .vs_cloud_only = NAN,
        .vs_best_static = NAN,
        .times_hindsight = NAN,
        .times_bound = NAN,
    };
    if (cloud && cli_sim_delivered(&cloud->measures) >= some)
        w.vs_cloud_only = 1 - (w.by_age ? m->age.mean / cloud->measures.age.mean
                                        : m->latency.mean / cloud->measures.latency.mean);
    if (sim->hindsight_seeds < 1)
        return w;
    const double own = w.by_age ? early->age.mean : early->latency.mean;
    w.vs_best_static = 1 - own / (w.by_age ? yard->static_age : yard->static_latency);
    w.times_hindsight = own / (w.by_age ? yard->hindsight_age : yard->hindsight_latency);
    w.times_bound = w.by_age ? NAN : own / yard->bound; /* which is of latency */
    return w;
}
