/*
 * A strategy of sched as a chooser: this machine is a site of one node, whose slots are the
 * workers, and an agent beside its streams decides each frame, by what the profile says, by what
 * comes back, and by what it has learnt of each stream. The planner is in the same place, and is
 * asked once a second. What is audited is looked at when a worker has nothing else to do.
 *
 *   chooser_agent.c   the handlers: frames, results, plans
 *   chooser_site.c    the site: made anew when a stream comes, and all that was learnt begins anew
 *   chooser_audit.c   pictures that wait for the auditor
 */
#include <stdlib.h>
#include <string.h>

#include "run/chooser_agent.h"

/* ---- a frame -------------------------------------------------------------------- */

/* How often its frames come, by when they did. */
static void count(struct agent_member *m, int64_t capture_ns) {
    if (m->frames++ && capture_ns > m->last_ns) {
        const double gap = (double)(capture_ns - m->last_ns),
                     learn = m->frames < 50 ? 1.0 / (double)(m->frames - 1) : 0.02;
        m->gap_ns += learn * (gap - m->gap_ns);
    }
    m->last_ns = capture_ns;
}

static double rate_of(const struct agent_member *m) {
    const double rate = m->frames > 4 && m->gap_ns > 0 ? 1e9 / m->gap_ns : AGENT_RATE_FPS;
    return rate < 0.1 ? 0.1 : rate > 1000 ? 1000 : rate;
}

/* A stream came, or its frames come otherwise than was thought. */
static bool is_stale(struct agent_chooser *c, struct agent_member *m) {
    const double rate = rate_of(m);
    const bool off = m->at >= 0 && m->frames == AGENT_RATE_FRAMES &&
                     (rate > 1.1 * m->rate_fps || rate < 0.9 * m->rate_fps);
    return !c->agent || m->at < 0 || off;
}

static void renew(struct agent_chooser *c, int64_t now_ns) {
    c->planned_ns = now_ns;
    for (int i = 0; i < c->members; i++)
        c->member[i].rate_fps = rate_of(&c->member[i]);
    struct weir_error err = {0};
    int rc = agent_site_make(c, &err);
    c->broken = rc != 0;
    if (rc && c->conf.event)
        c->conf.event(c->conf.event_arg, err.text);
}

/* The workers are there: what is believed of them fades while nothing is sent, so that who was slow
 * is tried again. */
static void beat(struct agent_chooser *c, int64_t now_ns) {
    if (now_ns - c->beat_ns < AGENT_BEAT_NS)
        return;
    c->beat_ns = now_ns;
    weir_agent_heard(c->agent, 0, now_ns, 0);
}

static void plan(struct agent_chooser *c, int64_t now_ns) {
    if (!c->planner || now_ns - c->planned_ns < WEIR_NS_PER_S)
        return;
    c->planned_ns = now_ns;
    for (int i = 0; i < c->site.streams; i++) {
        struct weir_agent_report report;
        weir_agent_report(c->agent, i, now_ns, &report);
        weir_planner_hear(c->planner, i, now_ns, &report);
    }
    int64_t sum_ns, waits;
    weir_agent_report_waits(c->agent, 0, &sum_ns, &waits);
    weir_planner_hear_waits(c->planner, 0, sum_ns, waits);
    weir_planner_plan(c->planner, now_ns);
    for (int i = 0; i < c->site.streams; i++)
        weir_agent_planned(c->agent, i, weir_planner_toll(c->planner, i),
                           weir_planner_preferred(c->planner, i));
}

/* Without a site there is one setting that holds every promise of accuracy. */
static struct weir_choice reference_of(const struct agent_member *m) {
    return (struct weir_choice){.setting = m->reference};
}

static struct weir_choice choose(struct weir_chooser *chooser, const struct weir_choose_ask *ask) {
    struct agent_chooser *c = (struct agent_chooser *)chooser;
    struct agent_member *m = &c->member[ask->stream];
    struct weir_decision decision;
    count(m, ask->capture_ns);
    if (!c->broken && is_stale(c, m))
        renew(c, ask->now_ns);
    if (c->broken)
        return reference_of(m);
    beat(c, ask->now_ns);
    plan(c, ask->now_ns);
    const int64_t number = m->numbered++;
    weir_agent_due(c->agent, m->at, number, ask->capture_ns);
    weir_agent_choose(c->agent, m->at, number, ask->capture_ns, ask->now_ns, &decision);
    const bool goes = decision.choice == WEIR_CHOICE_SEND;
    if (goes) {
        weir_agent_sent(c->agent, m->at, number, ask->now_ns, &decision);
        m->sent[ask->frame % AGENT_SENT_MAX] = (struct agent_sent){
            .frame = ask->frame,
            .number = number,
            .generation = c->generation,
            .sent_ns = ask->now_ns,
            .foreseen_queue_ns = decision.offer.queue_ns,
            .predicted_ns = decision.offer.mean_ns,
        };
    }
    if (decision.choice != WEIR_CHOICE_NOWHERE)
        agent_audit_keep(c, ask, number, goes ? decision.offer.setting : -1);
    if (!goes && !m->live)
        return reference_of(m); /* every frame of a file is detected */
    if (!goes)
        return (struct weir_choice){.setting = -1,
                                    .drop = decision.choice == WEIR_CHOICE_SHED
                                                ? WEIR_OUTCOME_OVERLOAD
                                                : WEIR_OUTCOME_UNREACHABLE};
    return (struct weir_choice){.setting = decision.offer.setting,
                                .below_floor = decision.below_floor};
}

/* ---- what became of it -------------------------------------------------------------- */

static enum weir_answer_kind kind_of(const struct weir_choose_told *told) {
    return told->outcome == WEIR_OUTCOME_DETECT ? WEIR_ANSWERED
           : told->outcome == WEIR_OUTCOME_LATE ? WEIR_DROPPED_THERE
                                                : WEIR_LOST;
}

static void told(struct weir_chooser *chooser, const struct weir_choose_told *what) {
    struct agent_chooser *c = (struct agent_chooser *)chooser;
    struct agent_member *m = &c->member[what->stream];
    const struct agent_sent *sent = &m->sent[what->frame % AGENT_SENT_MAX];
    const bool found = what->outcome == WEIR_OUTCOME_DETECT;
    if (c->broken || m->at < 0 || sent->frame != what->frame || sent->generation != c->generation)
        return; /* of a site that is no more */
    struct weir_found shown = {.setting = -1};
    if (found) {
        agent_found(c, what->setting, what->boxes, c->own, &shown);
        weir_learnt_seen(c->learnt, m->at, what->now_ns, &shown);
    }
    agent_audit_shown(c, what, &shown);
    weir_agent_told(c->agent,
                    &(struct weir_answer){
                        .kind = kind_of(what),
                        .stream = m->at,
                        .setting = what->setting,
                        .frame = sent->number,
                        .now_ns = what->now_ns,
                        .sent_ns = sent->sent_ns,
                        .queue_ns = found ? what->queue_ns : what->now_ns - sent->sent_ns,
                        .service_ns = what->reduce_ns + what->preprocess_ns + what->infer_ns,
                        .foreseen_queue_ns = sent->foreseen_queue_ns,
                        .delivered = found,
                        .latency_ns = what->now_ns - what->capture_ns,
                        .predicted_ns = sent->predicted_ns,
                    });
}

/* ---- life ----------------------------------------------------------------------------- */

static int see_stream(struct weir_chooser *chooser, const struct weir_choose_stream *s) {
    struct agent_chooser *c = (struct agent_chooser *)chooser;
    struct agent_member *m = &c->member[s->stream];
    memset(m->may, 0, sizeof m->may);
    for (int i = 0; i < s->offers; i++) {
        m->may[s->offer[i]] = true;
        c->setting[s->offer[i]] = s->setting[s->offer[i]];
        c->settings = s->offer[i] >= c->settings ? s->offer[i] + 1 : c->settings;
    }
    m->known = true;
    m->live = s->live;
    c->broken = false; /* it is tried again */
    m->at = -1; /* not in the site yet, or no more as it was */
    m->width = s->width;
    m->height = s->height;
    m->reference = s->reference;
    return 0;
}

static void free_agent(struct weir_chooser *chooser) {
    struct agent_chooser *c = (struct agent_chooser *)chooser;
    agent_audits_done(c);
    agent_site_done(c);
    for (int m = 0; m < WEIR_MODELS_MAX; m++)
        weir_sight_done(&c->sight[m]);
    free(c->class_of);
    free(c->member);
    free(c);
}

static int open_agent(const struct weir_choose_conf *conf, struct weir_chooser **ret,
                      struct weir_error *err) {
    const size_t streams = conf->workflow->stream_len;
    struct agent_chooser *c = calloc(1, sizeof *c);
    if (!c)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    c->conf = *conf;
    c->strategy = weir_strategy_find(conf->strategy);
    c->member = calloc(streams, sizeof *c->member);
    c->members = (int)streams;
    int rc = c->member ? agent_site_check(c, err) : weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (rc) {
        free_agent(&c->base);
        return rc;
    }
    for (int i = 0; i < c->members; i++) {
        c->member[i].at = -1;
        for (int k = 0; k < AGENT_SENT_MAX; k++)
            c->member[i].sent[k].frame = -1;
    }
    *ret = &c->base;
    return 0;
}

const struct weir_chooser_ops weir_chooser_agent = {
    .name = "agent",
    .open = open_agent,
    .stream = see_stream,
    .choose = choose,
    .told = told,
    .idle = agent_audit_idle,
    .audited = agent_audit_audited,
    .free = free_agent,
};
