/*
 * Coordinate descent. What cannot pay is not tried: a run is no better than every stream at its
 * fastest alone but this one, which takes at least what the setting takes alone.
 */
#include <math.h>

#include "sim/search.h"

enum { SWEEPS = 6, TRADES = 4 };

#define BETTER 1e-6 /* ms */
#define SURELY 0.8 /* what is alone so fast is so in the trial's time, too */

/* Streams that are not placed yet send nothing, and what they lose is not counted. */
static double counted(const struct sim_search *s, const struct sim_score *score,
                      const int *setting) {
    double sum = 0;
    for (int i = 0; i < s->conf.streams; i++)
        sum += setting[i] >= 0 ? s->share[i] * score->stream_age_ms[i] : 0;
    return sum;
}

/* Could this setting of one stream pay, if all others were as fast as they are alone? */
static bool may_pay(const struct sim_search *s, const int *held, int stream, int setting,
                    double now) {
    double least = s->share[stream] * sim_search_alone_ms(s, stream, setting);
    for (int i = 0; i < s->conf.streams; i++)
        if (i != stream && held[i] >= 0)
            least += s->share[i] * sim_search_alone_ms(s, i, sim_search_fastest(s, i));
    return SURELY * least < now - BETTER;
}

static void keep(struct sim_search *s) {
    struct sim_score score = s->score;
    s->score = s->next;
    s->next = score;
}

/* Lets one stream take the best of its settings. placed: it has one already, which s->score is of.
 */
static int improve(struct sim_search *s, int *held, int stream, bool placed, bool *ret_better,
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

static void shuffle(struct sim_search *s) {
    for (int i = s->conf.streams - 1; i > 0; i--) {
        int k = weir_random_below(&s->random, i + 1), kept = s->order[i];
        s->order[i] = s->order[k];
        s->order[k] = kept;
    }
}

/* May each have what the other has, and is that something else? */
static bool may_trade(const struct sim_search *s, const int *held, int a, int b) {
    return held[a] >= 0 && held[b] >= 0 && held[a] != held[b] &&
           !isnan(sim_search_alone_ms(s, a, held[b])) && !isnan(sim_search_alone_ms(s, b, held[a]));
}

static void trade(int *held, int a, int b) {
    int kept = held[a];
    held[a] = held[b];
    held[b] = kept;
}

/* Two streams trade what they have, where no single one can do better: which of them has the
 * place at a node that is full is nothing that one of them can change. */
static int trade_all(struct sim_search *s, int *held, bool *ret_better, struct weir_error *err) {
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

int sim_search_descend(struct sim_search *s, int *held, struct weir_error *err) {
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

int sim_search_greedy(struct sim_search *s, int *ret, struct weir_error *err) {
    int rc = 0;
    bool any;
    for (int i = 0; i < s->conf.streams; i++)
        ret[i] = -1;
    shuffle(s);
    for (int i = 0; !rc && i < s->conf.streams; i++)
        rc = improve(s, ret, s->order[i], false, &any, err);
    return rc;
}
