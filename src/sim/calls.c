/* The recorder: what a world tells becomes pieces of a tape. */
#include "sim/calls.h"

#include <stdlib.h>

#include "sim/calls_code.h"

struct sim_calls {
    struct sim_tape tape; /* written */
    struct sim_calls_last last;
    struct weir_buf bytes;
    uint64_t pieces; /* put so far; the head is number 0 */
    bool whole; /* it has its end */
};

int sim_calls_new(struct sim_calls **ret, struct weir_error *err) {
    struct sim_calls *calls = calloc(1, sizeof *calls);
    if (!calls)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    *ret = calls;
    return 0;
}

static void forget(struct sim_calls *calls) {
    sim_calls_last_done(&calls->last);
    weir_buf_reset(&calls->tape.piece);
    weir_buf_reset(&calls->bytes);
    calls->pieces = 0;
    calls->whole = false;
}

void sim_calls_free(struct sim_calls *calls) {
    if (!calls)
        return;
    forget(calls);
    sim_tape_done(&calls->tape);
    weir_buf_done(&calls->bytes);
    free(calls);
}

const char *sim_calls_bytes(const struct sim_calls *calls, size_t *ret_len) {
    *ret_len = calls->whole ? calls->bytes.len : 0;
    return calls->whole ? calls->bytes.data : NULL;
}

static void put(struct sim_calls *calls) {
    sim_tape_put(&calls->tape, calls->pieces++, &calls->bytes);
}

int sim_calls_begin(struct sim_calls *calls, const struct weir_strategy *strategy,
                    const char *options, const struct weir_site_view *site,
                    struct weir_error *err) {
    if (!calls)
        return 0;
    forget(calls);
    if (sim_calls_last_init(&calls->last, site) ||
        sim_calls_write_head(&calls->tape, strategy->name, options, site))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    put(calls);
    return 0;
}

/* Which call it is, and of whom. */
static void head(struct sim_calls *calls, enum sim_call kind, int node) {
    sim_code_int(&calls->tape, (int)kind);
    sim_code_int(&calls->tape, node);
}

void sim_calls_opened(struct sim_calls *calls, int node, int answer) {
    if (!calls)
        return;
    head(calls, SIM_CALL_OPEN, node);
    sim_code_int(&calls->tape, answer);
    put(calls);
}

void sim_calls_chosen(struct sim_calls *calls, int node, const struct weir_frame_view *view,
                      int answer) {
    if (!calls)
        return;
    struct weir_frame_view copy = *view;
    head(calls, SIM_CALL_CHOOSE, node);
    /* written from, not to */
    sim_code_choose(&calls->tape, &calls->last, &copy, (struct weir_offer *)view->offer,
                    (int64_t *)view->toll_ns, &answer);
    put(calls);
}

void sim_calls_planned(struct sim_calls *calls, const struct weir_plan_view *view,
                       const int64_t *toll_ns, const int *preferred) {
    if (!calls)
        return;
    /* written from, not to */
    struct sim_plan_call call = {
        .now_ns = view->now_ns,
        .flow = (double *)view->flow,
        .slot_ns = (int64_t *)view->slot_ns,
        .bytes = (int64_t *)view->bytes,
        .wait_ns = (int64_t *)view->wait_ns,
        .rhythm = (struct weir_rhythm *)view->rhythm,
        .prospect = (struct weir_prospect *)view->prospect,
        .toll_ns = (int64_t *)toll_ns,
        .preferred = (int *)preferred,
    };
    head(calls, SIM_CALL_PLAN, -1);
    sim_code_plan(&calls->tape, &calls->last, &call);
    put(calls);
}

void sim_calls_told(struct sim_calls *calls, int node, const struct weir_result_view *view) {
    if (!calls)
        return;
    struct weir_result_view copy = *view;
    head(calls, SIM_CALL_RESULT, node);
    sim_code_result(&calls->tape, &calls->last, &copy);
    put(calls);
}

int sim_calls_end(struct sim_calls *calls, struct weir_error *err) {
    if (!calls)
        return 0;
    head(calls, SIM_CALL_END, -1);
    put(calls);
    calls->whole = !calls->bytes.failed;
    if (calls->whole)
        return 0;
    return weir_fail(err, WEIR_ENOMEM,
                     "out of memory after recording %llu calls of the strategy; simulate fewer "
                     "seconds, or do not record",
                     (unsigned long long)calls->pieces);
}
