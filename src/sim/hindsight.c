/*
 * The search: coordinate descent. Streams are gone through in an order by chance; each tries its
 * most promising settings, one at a time, while the others keep theirs, and keeps the one with
 * the least mean age over all streams; until nobody finds a better one, nor do two that trade.
 *
 * Promising is what is fast alone, but some at every node: where one is crowded, its
 * fastest are no help. What cannot pay is not tried: a run is no better than every stream at its
 * fastest alone but this one, which takes at least what the setting takes alone.
 */
#include "sim/hindsight.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/alone.h"
#include "sim/fixed.h"
#include "sim/trial.h"

enum { PURPOSE_SEARCH = 11, SWEEPS = 6, TRIES = 12, TRIES_MOST = 24, TRADES = 4 };
enum { START_FASTEST, START_STATIC, START_GREEDY, START_CHANCE };

#define BETTER 1e-6 /* ms */
#define SURELY 0.8 /* what is alone so fast is so in the trial's time, too */

struct tries {
    int setting[TRIES_MOST]; /* the most promising first */
    int len;
};

struct search {
    struct sim_conf conf; /* with a strategy that is there */
    const struct sim_hindsight_conf *how;
    double seconds; /* of a trial */
    struct sim_alone alone;
    struct sim_trial *trial;
    double *alone_ms; /* [streams][settings]; NaN: it cannot be had, or misses the floor */
    struct tries *tries; /* [streams] */
    int *order, *scratch; /* [streams] */
    double *share; /* [streams]: of all frames */
    struct sim_score score, next; /* of what is held, of what is tried */
    struct weir_random random;
};

static double alone_ms(const struct search *s, int stream, int setting) {
    return s->alone_ms[(size_t)stream * (size_t)s->conf.settings + (size_t)setting];
}

static int fastest(const struct search *s, int stream) {
    return s->tries[stream].len ? s->tries[stream].setting[0] : -1;
}

/* ---- setting up ---------------------------------------------------------- */

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

static void look_alone(struct search *s, int stream) {
    for (int i = 0; i < s->conf.settings; i++) {
        size_t at = (size_t)stream * (size_t)s->conf.settings + (size_t)i;
        s->alone_ms[at] = s->how->meets[at] ? sim_alone_ms(&s->alone, stream, i) : NAN;
    }
}

static bool tried(const struct tries *tries, int setting) {
    for (int i = 0; i < tries->len; i++)
        if (tries->setting[i] == setting)
            return true;
    return false;
}

/* The fastest alone that is not among them yet, at one node unless it is -1; -1: none. */
static int next_fastest(const struct search *s, int stream, int node) {
    int best = -1;
    for (int i = 0; i < s->conf.settings; i++) {
        double ms = alone_ms(s, stream, i);
        if (!isnan(ms) && (node < 0 || s->conf.setting[i].node == node) &&
            (best < 0 || ms < alone_ms(s, stream, best)) && !tried(&s->tries[stream], i))
            best = i;
    }
    return best;
}

/* The fastest of all; some of every node; then by speed. */
static void list_tries(struct search *s, int stream) {
    struct tries *tries = &s->tries[stream];
    const int nodes = (int)s->conf.site->node_len;
    int found = next_fastest(s, stream, -1), used = 0;
    if (found < 0)
        return;
    tries->setting[tries->len++] = found;
    for (int n = 0; n < nodes; n++)
        used += next_fastest(s, stream, n) >= 0;
    const int each = used && TRIES / used > 2 ? TRIES / used : 2;
    for (int i = 0; i < each; i++)
        for (int n = 0; n < nodes && tries->len < TRIES_MOST; n++)
            if ((found = next_fastest(s, stream, n)) >= 0)
                tries->setting[tries->len++] = found;
    while (tries->len < TRIES && (found = next_fastest(s, stream, -1)) >= 0)
        tries->setting[tries->len++] = found;
}

static void end(struct search *s) {
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

static bool make(struct search *s) {
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

/* s is zeroed; on error it is still to be ended. */
static int begin(struct search *s, const struct sim_conf *conf,
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

/* ---- descent ------------------------------------------------------------- */

/* Streams that are not placed yet send nothing, and what they lose is not counted. */
static double counted(const struct search *s, const struct sim_score *score, const int *setting) {
    double sum = 0;
    for (int i = 0; i < s->conf.streams; i++)
        sum += setting[i] >= 0 ? s->share[i] * score->stream_age_ms[i] : 0;
    return sum;
}

/* Could this setting of one stream pay, if all others were as fast as they are alone? */
static bool may_pay(const struct search *s, const int *held, int stream, int setting, double now) {
    double least = s->share[stream] * alone_ms(s, stream, setting);
    for (int i = 0; i < s->conf.streams; i++)
        if (i != stream && held[i] >= 0)
            least += s->share[i] * alone_ms(s, i, fastest(s, i));
    return SURELY * least < now - BETTER;
}

static void keep(struct search *s) {
    struct sim_score score = s->score;
    s->score = s->next;
    s->next = score;
}

/* Lets one stream take the best of its settings. placed: it has one already, which s->score is of.
 */
static int improve(struct search *s, int *held, int stream, bool placed, bool *ret_better,
                   struct weir_error *err) {
    double now = placed ? counted(s, &s->score, held) : INFINITY;
    int best = held[stream], rc = 0;
    for (int i = 0; !rc && i < s->tries[stream].len; i++) {
        const int setting = s->tries[stream].setting[i];
        if (setting == best || !may_pay(s, held, stream, setting, now))
            continue;
        held[stream] = setting;
        rc = sim_trial_score(s->trial, held, s->seconds, &s->next, err);
        double then = rc ? INFINITY : counted(s, &s->next, held);
        if (then < now - BETTER) {
            keep(s);
            now = then;
            best = setting;
            *ret_better = true;
        }
    }
    held[stream] = best;
    return rc;
}

static void shuffle(struct search *s) {
    for (int i = s->conf.streams - 1; i > 0; i--) {
        int k = weir_random_below(&s->random, i + 1), kept = s->order[i];
        s->order[i] = s->order[k];
        s->order[k] = kept;
    }
}

/* May each have what the other has, and is that something else? */
static bool may_trade(const struct search *s, const int *held, int a, int b) {
    return held[a] >= 0 && held[b] >= 0 && held[a] != held[b] && !isnan(alone_ms(s, a, held[b])) &&
           !isnan(alone_ms(s, b, held[a]));
}

static void trade(int *held, int a, int b) {
    int kept = held[a];
    held[a] = held[b];
    held[b] = kept;
}

/* Two streams trade what they have, where no single one can do better: which of them has the
 * place at a node that is full is nothing that one of them can change. */
static int trade_all(struct search *s, int *held, bool *ret_better, struct weir_error *err) {
    int64_t left = TRADES * (int64_t)s->conf.streams;
    int rc = 0;
    for (int i = 0; !rc && i < s->conf.streams; i++)
        for (int k = 0; !rc && k < i && left; k++) {
            const int a = s->order[i], b = s->order[k];
            if (!may_trade(s, held, a, b))
                continue;
            left--;
            trade(held, a, b);
            rc = sim_trial_score(s->trial, held, s->seconds, &s->next, err);
            if (!rc && s->next.age_ms < s->score.age_ms - BETTER) {
                keep(s);
                *ret_better = true;
            } else {
                trade(held, a, b);
            }
        }
    return rc;
}

static int descend(struct search *s, int *held, struct weir_error *err) {
    bool better = true;
    int rc = sim_trial_score(s->trial, held, s->seconds, &s->score, err);
    for (int sweep = 0; !rc && better && sweep < SWEEPS; sweep++) {
        better = false;
        shuffle(s);
        for (int i = 0; !rc && i < s->conf.streams; i++)
            rc = improve(s, held, s->order[i], true, &better, err);
        if (!rc && !better)
            rc = trade_all(s, held, &better, err);
    }
    return rc;
}

/* ---- where it starts ----------------------------------------------------- */

static bool same_kind(const struct search *s, int a, int b) {
    const struct weir_setting *x = &s->conf.setting[a], *y = &s->conf.setting[b];
    return !strcmp(s->conf.site->node[x->node].tier, s->conf.site->node[y->node].tier) &&
           x->model == y->model && x->width == y->width && x->height == y->height &&
           x->travel == y->travel && x->quality == y->quality;
}

/* Every stream as that setting is, by what is fastest alone of its kind. False: none can. */
static bool all_as(const struct search *s, int setting, int *ret) {
    bool any = false;
    for (int i = 0; i < s->conf.streams; i++) {
        int best = -1;
        for (int k = 0; k < s->conf.settings; k++)
            if (same_kind(s, setting, k) && !isnan(alone_ms(s, i, k)) &&
                (best < 0 || alone_ms(s, i, k) < alone_ms(s, i, best)))
                best = k;
        any = any || best >= 0;
        ret[i] = best >= 0 ? best : fastest(s, i);
    }
    return any;
}

static int find_static(struct search *s, int *ret, double seconds, struct weir_error *err) {
    const size_t size = (size_t)s->conf.streams * sizeof *ret;
    double best = INFINITY;
    int rc = 0;
    for (int i = 0; i < s->conf.streams; i++)
        ret[i] = fastest(s, i);
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

/* One stream after the other takes what is best with those that came before. */
static int find_greedy(struct search *s, int *ret, struct weir_error *err) {
    int rc = 0;
    bool any;
    for (int i = 0; i < s->conf.streams; i++)
        ret[i] = -1;
    shuffle(s);
    for (int i = 0; !rc && i < s->conf.streams; i++)
        rc = improve(s, ret, s->order[i], false, &any, err);
    return rc;
}

static int find_start(struct search *s, int start, int *ret, struct weir_error *err) {
    if (start == START_STATIC)
        return find_static(s, ret, s->seconds, err);
    if (start == START_GREEDY)
        return find_greedy(s, ret, err);
    for (int i = 0; i < s->conf.streams; i++) {
        const struct tries *tries = &s->tries[i];
        ret[i] = fastest(s, i);
        if (start >= START_CHANCE && tries->len)
            ret[i] = tries->setting[weir_random_below(&s->random, tries->len)];
    }
    return 0;
}

/* ---- answers ------------------------------------------------------------- */

/* Takes over setting where it is better than what ret has; ret->setting NULL: nothing yet. */
static int judge(struct search *s, const int *setting, struct sim_hindsight *ret,
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

static int finish(struct search *s, int rc, struct sim_hindsight *found,
                  struct sim_hindsight *ret) {
    if (rc) {
        sim_hindsight_done(found);
    } else {
        found->trials = sim_trial_runs(s->trial);
        *ret = *found;
    }
    end(s);
    return rc;
}

int sim_hindsight_of(const struct sim_conf *conf, const struct sim_hindsight_conf *how,
                     struct sim_hindsight *ret, struct weir_error *err) {
    struct search s = {0};
    struct sim_hindsight found = {0};
    int rc = begin(&s, conf, how, err), *held = NULL;
    if (!rc && !(held = calloc((size_t)conf->streams, sizeof *held)))
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int i = 0; !rc && i < how->starts; i++) {
        rc = find_start(&s, i, held, err);
        if (!rc)
            rc = descend(&s, held, err);
        if (!rc)
            rc = judge(&s, held, &found, err);
    }
    free(held);
    return finish(&s, rc, &found, ret);
}

int sim_best_static_of(const struct sim_conf *conf, const struct sim_hindsight_conf *how,
                       struct sim_hindsight *ret, struct weir_error *err) {
    struct search s = {0};
    struct sim_hindsight found = {0};
    int rc = begin(&s, conf, how, err), *held = NULL;
    if (!rc && !(held = calloc((size_t)conf->streams, sizeof *held)))
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc)
        rc = find_static(&s, held, conf->seconds, err);
    if (!rc)
        rc = judge(&s, held, &found, err);
    free(held);
    return finish(&s, rc, &found, ret);
}

void sim_hindsight_done(struct sim_hindsight *hindsight) {
    free(hindsight->setting);
    *hindsight = (struct sim_hindsight){0};
}
