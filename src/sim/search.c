/*
 * What a search begins with: how long each setting takes each stream alone, and which are worth a
 * try. Promising is what is fast alone, but some at every node: where one is crowded, its fastest
 * are no help.
 */
#include "sim/search.h"

#include <math.h>
#include <stdlib.h>

#include "sim/fixed.h"

enum { PURPOSE_SEARCH = 11, TRIES = 12 };

static int check(const struct sim_conf *conf, const struct sim_hindsight_conf *how,
                 struct weir_error *err) {
    int rc = sim_check(conf, err);
    if (rc)
        return rc;
    if (!how->meets || how->starts < 1 || !(how->warm_up_s >= 0) || !isfinite(how->search_s) ||
        !(how->search_s > how->warm_up_s) || !(conf->seconds > how->warm_up_s))
        return weir_fail(err, WEIR_EINVAL,
                         "a search with %s, %d starts, trials of %g s, a warm-up of %g s and a run "
                         "of %g s; needed: which settings meet the floor, one start and more, "
                         "trials and a run that are longer than the warm-up",
                         how->meets ? "floors" : "no floors", how->starts, how->search_s,
                         how->warm_up_s, conf->seconds);
    return 0;
}

static void look_alone(struct sim_search *s, int stream) {
    for (int i = 0; i < s->conf.settings; i++) {
        size_t at = (size_t)stream * (size_t)s->conf.settings + (size_t)i;
        s->alone_ms[at] = s->how->meets[at] ? sim_alone_ms(&s->alone, stream, i) : NAN;
    }
}

static bool tried(const struct sim_tries *tries, int setting) {
    for (int i = 0; i < tries->len; i++)
        if (tries->setting[i] == setting)
            return true;
    return false;
}

/* The fastest alone that is not among them yet, at one node unless it is -1; -1: none. */
static int next_fastest(const struct sim_search *s, int stream, int node) {
    int best = -1;
    for (int i = 0; i < s->conf.settings; i++) {
        double ms = sim_search_alone_ms(s, stream, i);
        if (!isnan(ms) && (node < 0 || s->conf.setting[i].node == node) &&
            (best < 0 || ms < sim_search_alone_ms(s, stream, best)) && !tried(&s->tries[stream], i))
            best = i;
    }
    return best;
}

/* The fastest of all; some of every node; then by speed. */
static void list_tries(struct sim_search *s, int stream) {
    struct sim_tries *tries = &s->tries[stream];
    const int nodes = (int)s->conf.site->node_len;
    int found = next_fastest(s, stream, -1), used = 0;
    if (found < 0)
        return;
    tries->setting[tries->len++] = found;
    for (int n = 0; n < nodes; n++)
        used += next_fastest(s, stream, n) >= 0;
    const int each = used && TRIES / used > 2 ? TRIES / used : 2;
    for (int i = 0; i < each; i++)
        for (int n = 0; n < nodes && tries->len < SIM_TRIES_MOST; n++)
            if ((found = next_fastest(s, stream, n)) >= 0)
                tries->setting[tries->len++] = found;
    while (tries->len < TRIES && (found = next_fastest(s, stream, -1)) >= 0)
        tries->setting[tries->len++] = found;
}

void sim_search_end(struct sim_search *s) {
    sim_alone_done(&s->alone);
    sim_trial_free(s->trial);
    free(s->alone_ms);
    free(s->tries);
    free(s->order);
    free(s->scratch);
    free(s->share);
    free(s->score.stream_age_ms);
    free(s->next.stream_age_ms);
}

static bool make(struct sim_search *s) {
    const size_t streams = (size_t)s->conf.streams;
    s->alone_ms = calloc(streams * (size_t)s->conf.settings, sizeof *s->alone_ms);
    s->tries = calloc(streams, sizeof *s->tries);
    s->order = calloc(streams, sizeof *s->order);
    s->scratch = calloc(streams, sizeof *s->scratch);
    s->share = calloc(streams, sizeof *s->share);
    s->score.stream_age_ms = calloc(streams, sizeof *s->score.stream_age_ms);
    s->next.stream_age_ms = calloc(streams, sizeof *s->next.stream_age_ms);
    return s->alone_ms && s->tries && s->order && s->scratch && s->share &&
           s->score.stream_age_ms && s->next.stream_age_ms;
}

int sim_search_begin(struct sim_search *s, const struct sim_conf *conf,
                     const struct sim_hindsight_conf *how, struct weir_error *err) {
    s->conf = *conf;
    s->conf.strategy = &sim_strategy_fixed;
    s->how = how;
    int rc = check(&s->conf, how, err);
    if (rc)
        return rc;
    s->seconds = fmin(how->search_s, conf->seconds);
    s->random = weir_random_of(conf->seed, PURPOSE_SEARCH, 0);
    rc = sim_alone_init(&s->alone, &s->conf, err);
    if (rc)
        return rc;
    if (!make(s) || sim_trial_new(&s->conf, how->warm_up_s, &s->trial))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    double all = 0;
    for (int i = 0; i < conf->streams; i++) {
        look_alone(s, i);
        list_tries(s, i);
        s->order[i] = i;
        s->share[i] = (double)sim_frames_of(&s->conf, &s->conf.stream[i]);
        all += s->share[i];
    }
    for (int i = 0; i < conf->streams; i++)
        s->share[i] /= fmax(all, 1);
    return 0;
}
