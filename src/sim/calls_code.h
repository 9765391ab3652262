/*
 * How calls lie on a tape. Every function here writes what it is given where the tape is written,
 * and fills it in where it is read. Inside sim only: calls.c and replay.c.
 */
#ifndef WEIR_SIM_CALLS_CODE_H
#define WEIR_SIM_CALLS_CODE_H

#include "sim/tape.h"
#include "weir/strategy.h"

enum sim_call { SIM_CALL_END, SIM_CALL_OPEN, SIM_CALL_CHOOSE, SIM_CALL_PLAN, SIM_CALL_RESULT };

/* A site that was read: its arrays, texts and routes. */
struct sim_calls_site {
    struct weir_site_view view;
    struct weir_node_view *node;
    struct weir_link_view *link;
    struct weir_route_view *route;
    const char **model;
    struct weir_setting *setting;
    struct weir_stream_view *stream;
    char *text; /* names, each with its NUL */
    int *number; /* of routes */
};

void sim_calls_site_done(struct sim_calls_site *site);

/* The head of a recording: written from view and options; read into ret and
 * *ret_options (in ret->text). 0, ENOMEM; a read one that makes no sense leaves tape->bad. */
int sim_calls_write_head(struct sim_tape *tape, const char *strategy, const char *options,
                         const struct weir_site_view *view);
int sim_calls_read_head(struct sim_tape *tape, struct sim_calls_site *ret,
                        const char **ret_strategy, const char **ret_options);

enum {
    SIM_FRAME_WORDS = 9,
    SIM_OFFER_WORDS = 11,
    SIM_RESULT_WORDS = 6,
    SIM_RHYTHM_WORDS = 3,
    SIM_PROSPECT_WORDS = 4
};

/* What the words of calls were before; the same on both sides of a tape. */
struct sim_calls_last {
    const struct weir_site_view *site;
    uint64_t *frame; /* [streams][SIM_FRAME_WORDS] */
    uint64_t *order; /* [settings]: which offers there were */
    uint64_t *offer; /* [settings][SIM_OFFER_WORDS] */
    uint64_t *toll; /* [streams][settings]: as agents were shown them */
    uint64_t *result; /* [streams][SIM_RESULT_WORDS] */
    uint64_t *flow, *bytes, *answer; /* [streams][settings] */
    uint64_t *slot, *wait; /* [settings], [nodes] */
    uint64_t *rhythm; /* [streams][SIM_RHYTHM_WORDS] */
    uint64_t *prospect; /* [streams][settings][SIM_PROSPECT_WORDS] */
    uint64_t *preferred; /* [streams] */
    uint64_t now; /* of the plan before */
    uint64_t *word; /* [streams][settings] and [nodes] at least: for use within a function */
};

int sim_calls_last_init(struct sim_calls_last *last, const struct weir_site_view *site);
void sim_calls_last_done(struct sim_calls_last *last);

int sim_code_int(struct sim_tape *tape, int v);
/* Read: offers [settings] and toll [settings] are filled, and view points to them. */
void sim_code_choose(struct sim_tape *tape, struct sim_calls_last *last,
                     struct weir_frame_view *view, struct weir_offer *offers, int64_t *toll,
                     int *answer);
void sim_code_result(struct sim_tape *tape, struct sim_calls_last *last,
                     struct weir_result_view *view);
/* A planner's call, all of it: arrays as in weir_plan_view, and the answer. */
struct sim_plan_call {
    int64_t now_ns;
    double *flow;
    int64_t *slot_ns, *bytes, *wait_ns;
    struct weir_rhythm *rhythm;
    struct weir_prospect *prospect;
    int64_t *toll_ns;
    int *preferred;
};
/* Written from, or read into. */
void sim_code_plan(struct sim_tape *tape, struct sim_calls_last *last, struct sim_plan_call *call);

#endif
