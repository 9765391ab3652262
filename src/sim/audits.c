/*
 * Audits in virtual time: what an agent's auditor is to look at, too, makes a journey of its own;
 * what comes of it is told to the content once it is known what the viewer had.
 */
#include <string.h>

#include "sim/state.h"

void sim_audit_frame(struct sim_world *w, int stream, int64_t frame, int shown) {
    const struct sim_stream_conf *s = &w->conf->stream[stream];
    struct weir_agent *agent = w->agent[s->node].agent;
    const int64_t now = w->events.now_ns;
    struct weir_agent_audit audit;
    if (!weir_agent_audit(agent, stream, frame / sim_skip(s), now, shown, &audit))
        return;
    const struct sim_job *job = sim_journey_audit(w, stream, frame, &audit);
    weir_agent_audit_sent(agent, &audit, now, job->bytes);
}

void sim_audit_told(struct sim_world *w, const struct sim_job *job) {
    const struct sim_stream_conf *s = &w->conf->stream[job->stream];
    const int64_t left_ns = sim_frame_of(w, job->stream, job->frame)->due_ns + s->deadline_ns,
                  now = w->events.now_ns;
    weir_agent_audit_over(w->agent[s->node].agent,
                          &(struct weir_agent_audit){.stream = job->stream,
                                                     .frame = job->frame / sim_skip(s),
                                                     .offer = {.setting = job->setting},
                                                     .share_ns = job->share_ns});
    if (job->dropped)
        return;
    w->result->audits++;
    w->result->audit_ns += job->service_ns;
    sim_add(w, now > left_ns ? now : left_ns, SIM_AUDITED, 0, job - w->job);
}

/* A frame that nobody got says nothing of how well it was seen, but what else would have seen. */
void sim_audit_known(struct sim_world *w, const struct sim_job *job) {
    struct sim_content *content = w->conf->content;
    const struct sim_frame *f = sim_frame_of(w, job->stream, job->frame);
    struct sim_audit audit = {
        .shown = weir_outcome_is_result(f->outcome) ? f->setting : -1,
        .auditor = job->setting,
        .compares = job->compares,
    };
    memcpy(audit.compared, job->compared, sizeof audit.compared);
    content->audited(content, job->stream, job->frame, &audit, w->events.now_ns);
}
