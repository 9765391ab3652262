/* Calls as words, and words as calls. */
#include "sim/calls_code.h"

#include <stdlib.h>
#include <string.h>

static size_t cells(const struct weir_site_view *site) {
    return (size_t)site->streams * (size_t)site->settings;
}

int sim_calls_last_init(struct sim_calls_last *last, const struct weir_site_view *site) {
    const size_t streams = (size_t)site->streams, settings = (size_t)site->settings;
    *last = (struct sim_calls_last){.site = site};
    last->frame = calloc(streams, SIM_FRAME_WORDS * sizeof *last->frame);
    last->order = calloc(settings, sizeof *last->order);
    last->offer = calloc(settings, SIM_OFFER_WORDS * sizeof *last->offer);
    last->toll = calloc(cells(site), sizeof *last->toll);
    last->result = calloc(streams, SIM_RESULT_WORDS * sizeof *last->result);
    last->flow = calloc(cells(site), sizeof *last->flow);
    last->bytes = calloc(cells(site), sizeof *last->bytes);
    last->answer = calloc(cells(site), sizeof *last->answer);
    last->slot = calloc(settings, sizeof *last->slot);
    last->wait = calloc((size_t)site->nodes, sizeof *last->wait);
    last->rhythm = calloc(streams, SIM_RHYTHM_WORDS * sizeof *last->rhythm);
    last->prospect = calloc(cells(site), SIM_PROSPECT_WORDS * sizeof *last->prospect);
    last->preferred = calloc(streams, sizeof *last->preferred);
    last->word = calloc(cells(site) + (size_t)site->nodes, sizeof *last->word);
    if (last->frame && last->order && last->offer && last->toll && last->result && last->flow &&
        last->bytes && last->answer && last->slot && last->wait && last->rhythm && last->prospect &&
        last->preferred && last->word)
        return 0;
    sim_calls_last_done(last);
    return WEIR_ENOMEM;
}

void sim_calls_last_done(struct sim_calls_last *last) {
    free(last->frame);
    free(last->order);
    free(last->offer);
    free(last->toll);
    free(last->result);
    free(last->flow);
    free(last->bytes);
    free(last->answer);
    free(last->slot);
    free(last->wait);
    free(last->rhythm);
    free(last->prospect);
    free(last->preferred);
    free(last->word);
    *last = (struct sim_calls_last){0};
}

/* An index below len, bad otherwise. */
static int code_index(struct sim_tape *tape, int v, int len) {
    v = sim_code_int(tape, v);
    if (v >= 0 && v < len)
        return v;
    tape->bad = tape->bad || tape->reads;
    return 0;
}

static void code_ns(struct sim_tape *tape, struct sim_calls_last *last, int64_t *v, uint64_t *was,
                    size_t len) {
    for (size_t i = 0; i < len && !tape->reads; i++)
        last->word[i] = (uint64_t)v[i];
    sim_tape_words(tape, last->word, was, len);
    for (size_t i = 0; i < len && tape->reads; i++)
        v[i] = (int64_t)last->word[i];
}

static void code_rates(struct sim_tape *tape, struct sim_calls_last *last, double *v, uint64_t *was,
                       size_t len) {
    for (size_t i = 0; i < len && !tape->reads; i++)
        last->word[i] = sim_bits_of(v[i]);
    sim_tape_words(tape, last->word, was, len);
    for (size_t i = 0; i < len && tape->reads; i++)
        v[i] = sim_of_bits(last->word[i]);
}

/* Unsigned: times that make no sense may overflow, and come back all the same. */
static uint64_t sum_of(const struct weir_offer *o) {
    return (uint64_t)o->source_ns + (uint64_t)o->network_ns + (uint64_t)o->queue_ns +
           (uint64_t)o->service_ns;
}

/* The mean is told by its parts, mostly; the high by how far above the mean it is. */
static void code_offer(struct sim_tape *tape, struct weir_offer *o, uint64_t *was) {
    uint64_t w[SIM_OFFER_WORDS] = {
        sim_bits_of(o->accuracy),
        sim_bits_of(o->margin),
        (uint64_t)o->mean_ns - sum_of(o),
        (uint64_t)o->source_ns,
        (uint64_t)o->network_ns,
        (uint64_t)o->queue_ns,
        (uint64_t)o->service_ns,
        (uint64_t)o->high_ns - (uint64_t)o->mean_ns,
        (uint64_t)o->bytes,
        (uint64_t)o->switch_bytes,
        (uint64_t)o->ahead_ns,
    };
    sim_tape_words(tape, w, was, SIM_OFFER_WORDS);
    if (!tape->reads)
        return;
    *o = (struct weir_offer){
        .setting = o->setting,
        .accuracy = sim_of_bits(w[0]),
        .margin = sim_of_bits(w[1]),
        .source_ns = (int64_t)w[3],
        .network_ns = (int64_t)w[4],
        .queue_ns = (int64_t)w[5],
        .service_ns = (int64_t)w[6],
        .bytes = (int64_t)w[8],
        .switch_bytes = (int64_t)w[9],
        .ahead_ns = (int64_t)w[10],
    };
    o->mean_ns = (int64_t)(w[2] + w[3] + w[4] + w[5] + w[6]);
    o->high_ns = (int64_t)((uint64_t)o->mean_ns + w[7]);
}

void sim_code_choose(struct sim_tape *tape, struct sim_calls_last *last,
                     struct weir_frame_view *view, struct weir_offer *offers, int64_t *toll,
                     int *answer) {
    const struct weir_site_view *site = last->site;
    view->stream = code_index(tape, view->stream, site->streams);
    uint64_t w[SIM_FRAME_WORDS] = {
        (uint64_t)view->frame,
        (uint64_t)view->now_ns,
        (uint64_t)view->capture_ns,
        (uint64_t)view->deadline_ns,
        sim_bits_of(view->min_accuracy),
        (uint64_t)view->offers,
        view->toll_ns != NULL,
        (uint64_t)(int64_t)*answer,
        (uint64_t)(int64_t)view->preferred,
    };
    sim_tape_words(tape, w, last->frame + view->stream * SIM_FRAME_WORDS, SIM_FRAME_WORDS);
    if (tape->reads) {
        tape->bad = tape->bad || w[5] > (uint64_t)site->settings || w[6] > 1;
        *view = (struct weir_frame_view){
            .site = site,
            .stream = view->stream,
            .frame = (int64_t)w[0],
            .now_ns = (int64_t)w[1],
            .capture_ns = (int64_t)w[2],
            .deadline_ns = (int64_t)w[3],
            .min_accuracy = sim_of_bits(w[4]),
            .offer = offers,
            .offers = tape->bad ? 0 : (int)w[5],
            .toll_ns = w[6] ? toll : NULL,
            .preferred = (int)(int64_t)w[8],
        };
        *answer = (int)(int64_t)w[7];
    }
    for (int i = 0; i < view->offers && !tape->reads; i++)
        last->word[i] = (uint64_t)offers[i].setting;
    sim_tape_words(tape, last->word, last->order, (size_t)view->offers);
    for (int i = 0; i < view->offers && !tape->bad; i++) {
        if (tape->reads && last->word[i] >= (uint64_t)site->settings) {
            tape->bad = true;
            break;
        }
        offers[i].setting = (int)last->word[i];
        code_offer(tape, &offers[i], last->offer + (size_t)offers[i].setting * SIM_OFFER_WORDS);
    }
    if (view->toll_ns)
        code_ns(tape, last, toll, last->toll + (size_t)view->stream * (size_t)site->settings,
                (size_t)site->settings);
}

void sim_code_result(struct sim_tape *tape, struct sim_calls_last *last,
                     struct weir_result_view *view) {
    view->stream = code_index(tape, view->stream, last->site->streams);
    uint64_t w[SIM_RESULT_WORDS] = {
        (uint64_t)view->frame,      (uint64_t)view->now_ns,       (uint64_t)view->setting,
        (uint64_t)view->latency_ns, (uint64_t)view->predicted_ns, view->delivered,
    };
    sim_tape_words(tape, w, last->result + view->stream * SIM_RESULT_WORDS, SIM_RESULT_WORDS);
    if (!tape->reads)
        return;
    tape->bad = tape->bad || w[2] >= (uint64_t)last->site->settings || w[5] > 1;
    *view = (struct weir_result_view){
        .stream = view->stream,
        .frame = (int64_t)w[0],
        .now_ns = (int64_t)w[1],
        .setting = tape->bad ? 0 : (int)w[2],
        .latency_ns = (int64_t)w[3],
        .predicted_ns = (int64_t)w[4],
        .delivered = w[5] != 0,
    };
}

static void code_rhythm(struct sim_tape *tape, struct weir_rhythm *r, uint64_t *was) {
    uint64_t w[SIM_RHYTHM_WORDS] = {(uint64_t)r->due_ns, (uint64_t)r->period_ns,
                                    (uint64_t)r->jitter_ns};
    sim_tape_words(tape, w, was, SIM_RHYTHM_WORDS);
    if (tape->reads) /* a period is what a strategy may divide by */
        *r = (struct weir_rhythm){(int64_t)w[0], w[1] ? (int64_t)w[1] : 1, (int64_t)w[2]};
}

static void code_prospect(struct sim_tape *tape, struct weir_prospect *p, uint64_t *was) {
    uint64_t w[SIM_PROSPECT_WORDS] = {(uint64_t)p->on_offer | (uint64_t)p->meets << 1,
                                      (uint64_t)p->arrives_ns, (uint64_t)p->apart_ns,
                                      (uint64_t)p->switch_ns};
    sim_tape_words(tape, w, was, SIM_PROSPECT_WORDS);
    if (tape->reads)
        *p = (struct weir_prospect){w[0] & 1, w[0] >> 1 & 1, (int64_t)w[1], (int64_t)w[2],
                                    (int64_t)w[3]};
}

void sim_code_plan(struct sim_tape *tape, struct sim_calls_last *last, struct sim_plan_call *call) {
    const struct weir_site_view *site = last->site;
    code_ns(tape, last, &call->now_ns, &last->now, 1);
    code_rates(tape, last, call->flow, last->flow, cells(site));
    code_ns(tape, last, call->slot_ns, last->slot, (size_t)site->settings);
    code_ns(tape, last, call->bytes, last->bytes, cells(site));
    code_ns(tape, last, call->wait_ns, last->wait, (size_t)site->nodes);
    for (int i = 0; i < site->streams; i++)
        code_rhythm(tape, &call->rhythm[i], last->rhythm + i * SIM_RHYTHM_WORDS);
    for (size_t i = 0; i < cells(site); i++)
        code_prospect(tape, &call->prospect[i], last->prospect + i * SIM_PROSPECT_WORDS);
    code_ns(tape, last, call->toll_ns, last->answer, cells(site));
    for (int i = 0; i < site->streams; i++) {
        uint64_t w = (uint64_t)(int64_t)call->preferred[i];
        sim_tape_words(tape, &w, last->preferred + i, 1);
        if (tape->reads)
            call->preferred[i] = (int)(int64_t)w;
    }
}
