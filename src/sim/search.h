/*
 * A search for settings under way: what it knows of the streams, and its one move, the descent.
 * Streams are gone through in an order by chance; each tries its most promising settings, one at a
 * time, while the others keep theirs, and keeps the one with the least mean age over all streams;
 * until nobody finds a better one, nor do two that trade. hindsight.c says where it starts. Inside
 * sim only.
 */
#ifndef WEIR_SIM_SEARCH_H
#define WEIR_SIM_SEARCH_H

#include "sim/alone.h"
#include "sim/hindsight.h"
#include "sim/trial.h"

enum { SIM_TRIES_MOST = 24 };

struct sim_tries {
    int setting[SIM_TRIES_MOST]; /* the most promising first */
    int len;
};

struct sim_search {
    struct sim_conf conf; /* with a strategy that is there */
    const struct sim_hindsight_conf *how;
    double seconds; /* of a trial */
    struct sim_alone alone;
    struct sim_trial *trial;
    double *alone_ms; /* [streams][settings]; NaN: it cannot be had, or misses the floor */
    struct sim_tries *tries; /* [streams] */
    int *order, *scratch; /* [streams] */
    double *share; /* [streams]: of all frames */
    struct sim_score score, next; /* of what is held, of what is tried */
    struct weir_random random;
};

/* s is zeroed; on error it is still to be ended. EINVAL: conf or how makes no sense; ENOMEM. */
int sim_search_begin(struct sim_search *s, const struct sim_conf *conf,
                     const struct sim_hindsight_conf *how, struct weir_error *err);
void sim_search_end(struct sim_search *s);

static inline double sim_search_alone_ms(const struct sim_search *s, int stream, int setting) {
    return s->alone_ms[(size_t)stream * (size_t)s->conf.settings + (size_t)setting];
}

/* The setting that is fastest alone; -1: there is none. */
static inline int sim_search_fastest(const struct sim_search *s, int stream) {
    return s->tries[stream].len ? s->tries[stream].setting[0] : -1;
}

/* held [streams]: from there to where nobody does better. Errors of a trial. */
int sim_search_descend(struct sim_search *s, int *held, struct weir_error *err);
/* One stream after the other takes what is best with those that came before. Likewise. */
int sim_search_greedy(struct sim_search *s, int *ret, struct weir_error *err);

#endif
