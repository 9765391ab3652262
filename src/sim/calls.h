/*
 * Every call of a strategy, recorded and replayed: what it was shown and what it answered. A
 * strategy is pure, so the same calls get the same answers, whenever and wherever; one that
 * answers differently has changed, or keeps something that it should not.
 *
 * A world that is given a recorder (sim_conf.calls) tells it every open, choose, plan and result.
 * The recording is one string of bytes: the site as strategies see it, then call by call what
 * changed since, each with a hash of its own (tape.h), then an end. The same run gives the same
 * bytes.
 */
#ifndef WEIR_SIM_CALLS_H
#define WEIR_SIM_CALLS_H

#include "base/base.h"
#include "weir/strategy.h"

struct sim_calls;

/* ENOMEM. */
int sim_calls_new(struct sim_calls **ret, struct weir_error *err);
void sim_calls_free(struct sim_calls *calls); /* NULL allowed */
/* The recording of the last run that came to its end; owned by calls, until the next run. NULL and
 * 0 where there is none. */
const char *sim_calls_bytes(const struct sim_calls *calls, size_t *ret_len);

/*
 * For worlds. calls may be NULL: nothing happens. site outlives the run. begin forgets what was
 * recorded before; ENOMEM. end is ENOMEM if anything could not be recorded. An agent is named by
 * its node, the planner by -1; offers are at most as many as settings. Answers as the strategy gave
 * them, sense or nonsense.
 */
int sim_calls_begin(struct sim_calls *calls, const struct weir_strategy *strategy,
                    const char *options, const struct weir_site_view *site, struct weir_error *err);
void sim_calls_opened(struct sim_calls *calls, int node, int answer);
void sim_calls_chosen(struct sim_calls *calls, int node, const struct weir_frame_view *view,
                      int answer);
void sim_calls_planned(struct sim_calls *calls, const struct weir_plan_view *view,
                       const int64_t *toll_ns, const int *preferred);
void sim_calls_told(struct sim_calls *calls, int node, const struct weir_result_view *view);
int sim_calls_end(struct sim_calls *calls, struct weir_error *err);

struct sim_replay {
    int64_t calls; /* of all kinds */
    int64_t choices, plans, results;
};

/*
 * Shows a strategy all that was recorded, in order, and compares its answers. EINVAL: it answers
 * otherwise than recorded (the call's number, what was asked, both answers); ECORRUPT: these are
 * not the bytes that were recorded (from which call on); ENOMEM.
 */
int sim_calls_replay(const struct weir_strategy *strategy, const char *data, size_t len,
                     struct sim_replay *ret, struct weir_error *err);

#endif
