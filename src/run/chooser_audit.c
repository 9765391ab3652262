/*
 * Pictures that wait for a worker that has nothing else to do, or owes an audit: the auditor looks
 * at each, and then what it is to be compared with. What comes of it is told to what is learnt once
 * it is known what the viewer got.
 */
#include <stdlib.h>
#include <string.h>

#include "run/chooser_agent.h"

#define KEEP_NS (5 * WEIR_NS_PER_S) /* how long its answer is of use */

static void let_go(struct agent_audit *a) {
    weir_image_unref(&a->image);
    for (size_t i = 0; i < sizeof a->box / sizeof *a->box; i++)
        free(a->box[i]);
    *a = (struct agent_audit){0};
}

void agent_audits_done(struct agent_chooser *c) {
    for (int i = 0; i < AGENT_AUDITS_MAX; i++)
        let_go(&c->audit[i]);
}

/* Its boxes, kept. */
static bool keep_found(struct weir_floor_box **place, struct weir_found *found) {
    *place = malloc((found->len + 1) * sizeof **place);
    if (!*place)
        return false;
    if (found->len)
        memcpy(*place, found->box, found->len * sizeof **place);
    found->box = *place;
    return true;
}

static void give_up(struct agent_chooser *c, struct agent_audit *a) {
    weir_agent_audit_over(c->agent, &a->what);
    let_go(a);
}

static struct agent_audit *place_for(struct agent_chooser *c, int64_t now_ns) {
    for (int i = 0; i < AGENT_AUDITS_MAX; i++) {
        struct agent_audit *a = &c->audit[i];
        if (a->used && !a->busy && now_ns - a->kept_ns > KEEP_NS)
            give_up(c, a);
        if (!a->used)
            return a;
    }
    return NULL;
}

void agent_audit_keep(struct agent_chooser *c, const struct weir_choose_ask *ask, int64_t number,
                      int setting) {
    struct agent_audit *a = place_for(c, ask->now_ns);
    struct weir_agent_audit what;
    if (!a ||
        !weir_agent_audit(c->agent, c->member[ask->stream].at, number, ask->now_ns, setting, &what))
        return;
    weir_agent_audit_sent(c->agent, &what, ask->now_ns, 0);
    *a = (struct agent_audit){
        .used = true,
        .shown_known = setting < 0,
        .shown = {.setting = -1},
        .what = what,
        .stream = ask->stream,
        .frame = ask->frame,
        .generation = c->generation,
        .kept_ns = ask->now_ns,
        .image = weir_image_ref(ask->image),
        .next = what.is_done ? 0 : -1,
    };
}

/* All that was to be found out is there: it is told. */
static void conclude(struct agent_chooser *c, struct agent_audit *a, int64_t now_ns) {
    if (!a->shown_known || a->busy || a->next < a->what.compares)
        return;
    struct weir_found auditor = a->found[0];
    if (a->what.is_done)
        auditor = a->shown;
    if (auditor.setting >= 0) {
        weir_learnt_audited(c->learnt, a->what.stream, now_ns, &a->shown, &auditor);
        for (int i = 0; i < a->what.compares; i++)
            if (a->box[2 + i])
                weir_learnt_compared(c->learnt, a->what.stream, &a->found[1 + i], &auditor);
    }
    give_up(c, a);
}

void agent_audit_shown(struct agent_chooser *c, const struct weir_choose_told *told,
                       const struct weir_found *shown) {
    for (int i = 0; i < AGENT_AUDITS_MAX; i++) {
        struct agent_audit *a = &c->audit[i];
        if (!a->used || a->stream != told->stream || a->frame != told->frame || a->shown_known)
            continue;
        a->shown = *shown;
        a->shown_known = true;
        if (shown->setting >= 0 && !keep_found(&a->box[0], &a->shown))
            a->shown = (struct weir_found){.setting = -1};
        conclude(c, a, told->now_ns);
    }
}

bool agent_audit_idle(struct weir_chooser *chooser, int64_t now_ns, struct weir_audit *ret) {
    struct agent_chooser *c = (struct agent_chooser *)chooser;
    for (int i = 0; !c->broken && i < AGENT_AUDITS_MAX; i++) {
        struct agent_audit *a = &c->audit[i];
        if (a->used && !a->busy && now_ns - a->kept_ns > KEEP_NS)
            give_up(c, a);
        if (!a->used || a->busy || a->next >= a->what.compares)
            continue;
        a->busy = true;
        *ret = (struct weir_audit){
            .stream = a->stream,
            .setting = a->next < 0 ? a->what.offer.setting : a->what.compared[a->next],
            .frame = a->frame,
            .image = weir_image_ref(a->image),
        };
        return true;
    }
    return false;
}

void agent_audit_audited(struct weir_chooser *chooser, const struct weir_audit *audit,
                         int64_t now_ns, const struct weir_boxes *boxes) {
    struct agent_chooser *c = (struct agent_chooser *)chooser;
    for (int i = 0; !c->broken && i < AGENT_AUDITS_MAX; i++) {
        struct agent_audit *a = &c->audit[i];
        if (!a->used || !a->busy || a->stream != audit->stream || a->frame != audit->frame)
            continue;
        struct weir_found found;
        const int k = a->next + 1;
        a->busy = false;
        agent_found(c, audit->setting, boxes, c->own, &found);
        if (boxes && keep_found(&a->box[1 + k], &found))
            a->found[k] = found;
        else
            a->found[k].setting = -1;
        a->next++;
        conclude(c, a, now_ns);
        return;
    }
}
