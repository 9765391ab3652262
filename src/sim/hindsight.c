/* Where searches start, and the best of what they find. The search itself: search.h. */
#include "sim/hindsight.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/search.h"

enum { START_FASTEST, START_STATIC, START_GREEDY, START_CHANCE };

/* ---- where it starts ----------------------------------------------------- */

static bool same_kind(const struct sim_search *s, int a, int b) {
    const struct weir_setting *x = &s->conf.setting[a], *y = &s->conf.setting[b];
    return !strcmp(s->conf.site->node[x->node].tier, s->conf.site->node[y->node].tier) &&
           x->model == y->model && x->width == y->width && x->height == y->height &&
           x->travel == y->travel && x->quality == y->quality;
}

/* Every stream as that setting is, by what is fastest alone of its kind. False: none can. */
static bool all_as(const struct sim_search *s, int setting, int *ret) {
    bool any = false;
    for (int i = 0; i < s->conf.streams; i++) {
        int best = -1;
        for (int k = 0; k < s->conf.settings; k++)
            if (same_kind(s, setting, k) && !isnan(sim_search_alone_ms(s, i, k)) &&
                (best < 0 || sim_search_alone_ms(s, i, k) < sim_search_alone_ms(s, i, best)))
                best = k;
        any = any || best >= 0;
        ret[i] = best >= 0 ? best : sim_search_fastest(s, i);
    }
    return any;
}

static int find_static(struct sim_search *s, int *ret, double seconds, struct weir_error *err) {
    const size_t size = (size_t)s->conf.streams * sizeof *ret;
    double best = INFINITY;
    int rc = 0;
    for (int i = 0; i < s->conf.streams; i++)
        ret[i] = sim_search_fastest(s, i);
    for (int i = 0; !rc && i < s->conf.settings; i++) {
        bool first = true;
        for (int k = 0; first && k < i; k++)
            first = !same_kind(s, i, k);
        if (!first || !all_as(s, i, s->scratch))
            continue;
        rc = sim_trial_score(s->trial, s->scratch, seconds, &s->next, err);
        if (!rc && s->next.age_ms < best) {
            best = s->next.age_ms;
            memcpy(ret, s->scratch, size);
        }
    }
    return rc;
}

static int find_start(struct sim_search *s, int start, int *ret, struct weir_error *err) {
    if (start == START_STATIC)
        return find_static(s, ret, s->seconds, err);
    if (start == START_GREEDY)
        return sim_search_greedy(s, ret, err);
    for (int i = 0; i < s->conf.streams; i++) {
        const struct sim_tries *tries = &s->tries[i];
        ret[i] = sim_search_fastest(s, i);
        if (start >= START_CHANCE && tries->len)
            ret[i] = tries->setting[weir_random_below(&s->random, tries->len)];
    }
    return 0;
}

/* ---- answers ------------------------------------------------------------- */

/* Takes over setting where it is better than what ret has; ret->setting NULL: nothing yet. */
static int judge(struct sim_search *s, const int *setting, struct sim_hindsight *ret,
                 struct weir_error *err) {
    struct sim_measures m;
    int rc = sim_trial_measure(s->trial, setting, s->conf.seconds, &m, err);
    if (rc || (ret->setting && !(m.age.mean < ret->age_ms)))
        return rc;
    const size_t size = (size_t)s->conf.streams * sizeof *setting;
    if (!ret->setting && !(ret->setting = malloc(size)))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    memcpy(ret->setting, setting, size);
    ret->latency_ms = m.latency.mean;
    ret->age_ms = m.age.mean;
    ret->on_time = m.on_time;
    return 0;
}

static int from_all_starts(struct sim_search *s, int *held, struct sim_hindsight *found,
                           struct weir_error *err) {
    int rc = 0;
    for (int i = 0; !rc && i < s->how->starts; i++) {
        rc = find_start(s, i, held, err);
        if (!rc)
            rc = sim_search_descend(s, held, err);
        if (!rc)
            rc = judge(s, held, found, err);
    }
    return rc;
}

static int static_alone(struct sim_search *s, int *held, struct sim_hindsight *found,
                        struct weir_error *err) {
    int rc = find_static(s, held, s->conf.seconds, err);
    return rc ? rc : judge(s, held, found, err);
}

/* find has held [streams] to work in. */
static int answer(const struct sim_conf *conf, const struct sim_hindsight_conf *how,
                  int (*find)(struct sim_search *s, int *held, struct sim_hindsight *found,
                              struct weir_error *err),
                  struct sim_hindsight *ret, struct weir_error *err) {
    struct sim_search s = {0};
    struct sim_hindsight found = {0};
    int *held = NULL;
    int rc = sim_search_begin(&s, conf, how, err);
    if (!rc && !(held = calloc((size_t)conf->streams, sizeof *held)))
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc)
        rc = find(&s, held, &found, err);
    if (rc) {
        sim_hindsight_done(&found);
    } else {
        found.trials = sim_trial_runs(s.trial);
        *ret = found;
    }
    free(held);
    sim_search_end(&s);
    return rc;
}

int sim_hindsight_of(const struct sim_conf *conf, const struct sim_hindsight_conf *how,
                     struct sim_hindsight *ret, struct weir_error *err) {
    return answer(conf, how, from_all_starts, ret, err);
}

int sim_best_static_of(const struct sim_conf *conf, const struct sim_hindsight_conf *how,
                       struct sim_hindsight *ret, struct weir_error *err) {
    return answer(conf, how, static_alone, ret, err);
}

void sim_hindsight_done(struct sim_hindsight *hindsight) {
    free(hindsight->setting);
    *hindsight = (struct sim_hindsight){0};
}
