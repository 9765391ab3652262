/* One run of a case, with its content out of the recorded table or emulated; and how right it was.
 */
#include "cli/emulate.h"

enum {
    AUDIT_EVERY = 25, /* frames */
    LEAST_TRUTHS = 20, /* in a window that is held against the floor */
};

static int run(const struct cli_sim *sim, int at, int strategy, const struct sim_cameras *cameras,
               uint64_t seed, struct sim_observer *observer, struct cli_sim_beliefs *beliefs,
               struct sim_works *works, struct sim_finds *finds, struct sim_result *ret,
               struct weir_error *err) {
    const struct cli_sim_case *c = &sim->at[at];
    struct sim_recorded *recorded = NULL;
    struct sim_conf conf = sim_case_conf(&c->ready, cameras, seed);
    conf.works = works;
    conf.strategy = sim->strategy[strategy].found.strategy;
    const struct sim_recorded_conf how = {
        .verdicts = c->verdicts,
        .showing = cameras->showing,
        .sight = sim->all_knowing ? NULL : c->sight,
        .window_s = c->ready.of->window_s,
        .audit_every = conf.strategy->ignores_accuracy ? 0 : AUDIT_EVERY,
        .seed = seed,
        .finds = finds,
    };
    int rc = sim_recorded_new(&conf, &how, &recorded, err);
    if (!rc && beliefs)
        rc = cli_sim_beliefs_init(beliefs, &conf, c->ready.of, recorded, &observer, err);
    if (!rc) {
        conf.content = sim_recorded_content(recorded);
        conf.options = sim->strategy[strategy].found.options;
        conf.observer = observer;
        rc = sim_world_run(&conf, ret, err);
    }
    if (beliefs)
        beliefs->recorded = NULL;
    sim_recorded_free(recorded);
    return rc;
}

static int judge(const struct cli_sim *sim, int at, const struct sim_cameras *cameras,
                 uint64_t seed, const struct sim_result *result, struct sim_finds *finds,
                 struct sim_accuracy *ret, struct weir_error *err) {
    const struct sim_case *ready = &sim->at[at].ready;
    const struct sim_conf conf = sim_case_conf(ready, cameras, seed);
    return sim_accuracy_of(&conf, result,
                           &(struct sim_accuracy_conf){.verdicts = sim->at[at].verdicts,
                                                       .showing = cameras->showing,
                                                       .warm_up_s = ready->of->warm_up_s,
                                                       .window_s = ready->of->window_s,
                                                       .least_truths = LEAST_TRUTHS,
                                                       .finds = finds},
                           ret, err);
}

int cli_sim_one(const struct cli_sim *sim, int at, int users, int strategy, uint64_t seed,
                struct sim_observer *observer, struct cli_sim_beliefs *beliefs,
                struct sim_cameras *ret_cameras, struct sim_result *ret, struct weir_error *err) {
    struct sim_cameras cameras;
    if (sim_cameras_init(&cameras, &sim->at[at].ready, users, seed))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    int rc = run(sim, at, strategy, &cameras, seed, observer, beliefs, NULL, NULL, ret, err);
    if (rc)
        sim_cameras_done(&cameras);
    else
        *ret_cameras = cameras;
    return rc;
}

int cli_sim_judge(const struct cli_sim *sim, int at, const struct sim_cameras *cameras,
                  uint64_t seed, const struct sim_result *result, struct sim_accuracy *ret,
                  struct weir_error *err) {
    return judge(sim, at, cameras, seed, result, NULL, ret, err);
}

int cli_sim_one_judged(const struct cli_sim *sim, int at, int users, int strategy, uint64_t seed,
                       struct cli_sim_beliefs *beliefs, struct sim_cameras *ret_cameras,
                       struct sim_result *ret, struct sim_accuracy *ret_accuracy,
                       struct weir_error *err) {
    struct sim_cameras cameras;
    struct cli_sim_reality *real = sim->reality;
    struct sim_result result = {0};
    struct sim_finds *finds = NULL;
    if (sim_cameras_init(&cameras, &sim->at[at].ready, users, seed))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    struct sim_conf conf = sim_case_conf(&sim->at[at].ready, &cameras, seed);
    const struct cli_sim_which which = {at, users, strategy, seed};
    int rc = real ? real->begin(real, &which, &cameras, &conf, &finds, err) : 0;
    if (!rc) {
        rc = run(sim, at, strategy, &cameras, seed, NULL, beliefs, conf.works, finds, &result, err);
        if (!rc)
            rc = judge(sim, at, &cameras, seed, &result, finds, ret_accuracy, err);
        int broken = real ? real->end(real, rc ? NULL : &result, rc ? NULL : err) : 0;
        rc = rc ? rc : broken;
    }
    if (rc) {
        sim_result_done(&result);
        sim_cameras_done(&cameras);
        return rc;
    }
    *ret = result;
    *ret_cameras = cameras;
    return 0;
}
