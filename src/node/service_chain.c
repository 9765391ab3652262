/*
 * Streams of H.264 at a service. A picture goes on from the one before, so a stream's are decoded
 * in the order in which they came, by whichever worker needs one of them: it decodes what came
 * before, too, and leaves those pictures with their jobs. Workers that meet at a chain wait for
 * each other, for as long as a picture takes to decode.
 */
#include <string.h>

#include "node/service_state.h"

static void begin(struct service_chain *c, const char *node,
                  const struct weir_wire_work_request *r) {
    weir_stage_free(c->decode);
    *c = (struct service_chain){.used = true, .epoch = r->epoch};
    snprintf(c->node, sizeof c->node, "%s", node);
    snprintf(c->stream, sizeof c->stream, "%s", r->stream);
}

struct service_chain *service_chain_of(struct weir_service *s, const char *node,
                                       const struct weir_wire_work_request *r) {
    struct service_chain *unused = NULL, *oldest = NULL, *own = NULL;
    int owns = 0;
    s->touches++;
    for (int i = 0; i < WEIR_SERVICE_CHAINS; i++) {
        struct service_chain *c = &s->chain[i];
        if (!c->used) {
            unused = unused ? unused : c;
            continue;
        }
        const bool mine = !strcmp(c->node, node);
        if (mine && c->epoch == r->epoch && !strcmp(c->stream, r->stream)) {
            c->touched = s->touches;
            return c;
        }
        owns += mine;
        if (c->jobs)
            continue;
        if (!oldest || c->touched < oldest->touched)
            oldest = c;
        if (mine && (!own || c->touched < own->touched))
            own = c;
    }
    struct service_chain *c = owns >= WEIR_SERVICE_CHAINS_EACH ? own : unused ? unused : oldest;
    if (c) {
        begin(c, node, r);
        c->touched = s->touches;
    }
    return c;
}

void service_chain_add(struct service_chain *chain, struct service_job *job) {
    job->chain = chain;
    job->next = NULL;
    chain->jobs++;
    if (chain->tail)
        chain->tail->next = job;
    else
        chain->head = job;
    chain->tail = job;
}

/* Without the lock; the chain is busy, so that its decoder is ours. */
static void decode(struct weir_service *s, struct service_chain *c, struct service_job *job) {
    const struct weir_wire_work_request *r = &job->wire.work_request;
    const bool key = r->after_frame < 0;
    if (key) { /* it begins anew */
        weir_stage_free(c->decode);
        c->decode = NULL;
    }
    if (!key && (!c->whole || c->last != r->after_frame)) {
        job->outcome = WEIR_OUTCOME_CORRUPT;
        job->quiet = true; /* its asker is told, and sends a keyframe */
        snprintf(job->why, sizeof job->why, "the picture that it goes on from did not come");
        c->whole = false;
    } else {
        service_decode(s, job, s->h264, &c->decode);
        c->whole = job->image != NULL;
        c->last = r->frame;
    }
    job->needs_keyframe = !c->whole;
}

void service_chain_reach(struct weir_service *s, struct service_job *job) {
    struct service_chain *c = job->chain;
    while (!job->decoded) {
        if (c->busy) {
            pthread_cond_wait(&s->chains, &s->lock);
            continue;
        }
        struct service_job *head = c->head;
        c->head = head->next;
        if (!c->head)
            c->tail = NULL;
        c->busy = true;
        pthread_mutex_unlock(&s->lock);
        decode(s, c, head);
        pthread_mutex_lock(&s->lock);
        c->busy = false;
        head->decoded = true;
        pthread_cond_broadcast(&s->chains);
    }
}
