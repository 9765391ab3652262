/* What could be done at best with the cameras of one run: searched for, by the truth. */
#include <stdlib.h>

#include "cli/sim_run.h"
#include "sched/sched.h"

enum { STARTS = 3 }; /* of the search for the best settings in hindsight */

int cli_sim_find_yard(const struct cli_sim_case *at, int users, uint64_t seed,
                      struct cli_sim_yard *ret, struct weir_error *err) {
    const struct sim_case *ready = &at->ready;
    struct sim_cameras cameras;
    struct sim_recorded *recorded = NULL;
    struct sim_hindsight best = {0}, fixed = {0};
    double *truth = NULL;
    bool *meets = NULL;
    if (sim_cameras_init(&cameras, ready, users, seed))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    struct sim_conf conf = sim_case_conf(ready, &cameras, seed);
    const size_t cells = (size_t)conf.streams * (size_t)conf.settings;
    int rc = cli_sim_truth(at, &cameras, &conf, &recorded, &truth, err);
    if (!rc && !(meets = calloc(cells, sizeof *meets)))
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t i = 0; !rc && i < cells; i++)
        meets[i] = sim_promise_meets(truth[i], ready->of->min_accuracy);
    const struct sim_hindsight_conf how = {
        .meets = meets,
        .warm_up_s = ready->of->warm_up_s,
        .starts = STARTS,
        .search_s = ready->of->seconds, /* what happens late in a run counts, too */
    };
    conf.strategy = &weir_strategy_greedy; /* not used, but there has to be one */
    if (!rc)
        rc = sim_hindsight_of(&conf, &how, &best, err);
    if (!rc)
        rc = sim_best_static_of(&conf, &how, &fixed, err);
    if (!rc)
        *ret = (struct cli_sim_yard){best.latency_ms, best.age_ms, fixed.latency_ms, fixed.age_ms,
                                     sim_bound_ms(&conf, meets)};
    sim_hindsight_done(&best);
    sim_hindsight_done(&fixed);
    free(meets);
    free(truth);
    sim_recorded_free(recorded);
    sim_cameras_done(&cameras);
    return rc;
}
